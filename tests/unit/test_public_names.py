"""The public face: few names, each documented with an example, light to import and without a circle behind it."""

import doctest
import inspect
import re
import subprocess
import sys

import pytest

import workforce as wf
from workforce.errors import InputError, WorkforceError

HEAVY = (
    "altair",
    "lifelines",
    "papermill",
    "jinja2",
    "nbconvert",
    "vl_convert",
    "scipy",
    "pandas",
    "matplotlib",
    "fastexcel",
)


def test_importing_workforce_stays_light():
    code = f"import sys, workforce; print([m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run(  # noqa: S603 - our own interpreter and a fixed text
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_there_are_at_most_45_names_and_tab_shows_no_others():
    assert len(wf.__all__) <= 45
    assert dir(wf) == sorted(wf.__all__)
    assert list(wf.__all__) == sorted(set(wf.__all__))


GROUPS = [name for name in wf.__all__ if inspect.ismodule(getattr(wf, name))]
IN_GROUPS = [f"{group}.{name}" for group in GROUPS for name in getattr(wf, group).__all__]


@pytest.mark.parametrize("name", [*wf.__all__, *IN_GROUPS])
def test_every_public_name_is_there_and_says_what_it_is(name):
    assert inspect.getdoc(reached(name))


def reached(path):
    thing = wf
    for part in path.split("."):
        thing = getattr(thing, part)
    return thing


# Charts, sentences and official figures are shown at work in the notebooks.
SHOWN_ELSEWHERE = ("chart.", "words.", "benchmark.")
FUNCTIONS = [
    n for n in (*wf.__all__, *IN_GROUPS) if inspect.isfunction(reached(n)) and not n.startswith(SHOWN_ELSEWHERE)
]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_public_function_has_an_example_that_runs_in_the_doctests(name):
    assert doctest.DocTestParser().get_examples(inspect.getdoc(reached(name)) or "")


@pytest.mark.parametrize("group", GROUPS)
def test_a_group_shows_only_its_own_names(group):
    module = getattr(wf, group)
    assert dir(module) == sorted(module.__all__)


def test_every_measure_takes_records_first():
    elsewhere = {"stats", "benchmark"}  # any frame; official figures
    explained = set(re.findall(r"wf\.(\w+)", str(wf.explain())))
    assert elsewhere < explained
    for group in explained - elsewhere:
        for name in getattr(wf, group).__all__:
            thing = reached(f"{group}.{name}")
            if inspect.isfunction(thing) and name not in ("queue", "load_scales"):  # numbers of a queue; a file
                assert next(iter(inspect.signature(thing).parameters)) == "records", f"{group}.{name}"


def test_no_module_imports_itself_through_others():
    import grimp

    graph = grimp.build_graph("workforce", exclude_type_checking_imports=True)
    below = {module: set(graph.find_modules_directly_imported_by(module)) for module in graph.modules}
    while True:  # take away what imports nothing that is left; a circle remains
        leaves = {module for module, others in below.items() if not others}
        if not leaves:
            break
        below = {module: others - leaves for module, others in below.items() if module not in leaves}
    assert below == {}


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute"):
        _ = wf.turn_over


def test_errors_carry_their_parts_and_survive_a_journey_between_processes():
    import pickle

    error = InputError("3 dates could not be read", where="staff.csv, column start", hint="set date_format")
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - what was just written
    assert isinstance(again, WorkforceError)
    assert (str(again), again.exit_code, again.hint) == (str(error), 4, "set date_format")


def test_explain_says_every_definition_with_its_source():
    text = str(wf.explain("turnover"))
    for word in ("average", "nhs", "dfe", "dfe_fte", "formula", "source", "DfE"):
        assert word in text
    with pytest.raises(WorkforceError, match='did you mean "turnover"'):
        wf.explain("tunover")


def test_explain_lists_the_groups_and_what_is_in_one():
    groups = str(wf.explain())
    assert all(f"wf.{group}" in groups for group in ("staffing", "leaving", "absence", "casework", "stats"))
    assert "turnover" in str(wf.explain("staffing"))
    assert "life_table" in str(wf.explain("stats"))
