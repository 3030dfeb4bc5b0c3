"""The public face: every name there, documented with an example, and light to import."""

import doctest
import inspect
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


@pytest.mark.parametrize("name", wf.__all__)
def test_every_public_name_is_there_and_says_what_it_is(name):
    assert inspect.getdoc(getattr(wf, name))


@pytest.mark.parametrize("name", [n for n in wf.__all__ if inspect.isfunction(getattr(wf, n))])
def test_every_public_function_has_an_example_that_runs_in_the_doctests(name):
    found = doctest.DocTestParser().get_examples(inspect.getdoc(getattr(wf, name)) or "")
    assert found


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
