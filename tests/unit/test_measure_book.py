"""The measure book: every definition of version 0.1 is in it and means the same, all that it names exists, and a mistake in it is named."""

import json
import re
import shutil
from importlib import resources
from inspect import isfunction
from pathlib import Path

import pytest

import workforce as wf
from builders import TABLES, SideName, constants_of_the_book, definition_of, identities, measure_book, read_book
from workforce.errors import EnvironmentFault

FOLDER = Path(str(resources.files("workforce") / "book"))
TOPICS = sorted(FOLDER.glob("*.toml"))
BEFORE = Path(__file__).parents[1] / "golden" / "measure_book_0_1.json"
# What varies between people or workers has other limits since version 0.1: by measure, those before and those now (place 3 of a meaning).
LIMITS, PLACE = (
    {
        ("absence", "between people"): "gamma, between people",
        ("absence_spells", "between people"): "gamma, between people",
        ("caseload", "between workers"): "log t, between workers",
        ("continuity", "between people"): "gamma, by worker",
        ("continuity", "Wilson"): "gamma, by worker",
        ("worker_changes", "between people"): "gamma, by worker",
        ("worker_changes", "Wilson"): "gamma, by worker",
        ("worker_changes", "between workers"): "log t, between workers",
    },
    3,
)
# What is calculated of a queue is nobody's case.
CALCULATED = {f"queue {name}" for name in ("target_queue", "relief_capacity", "target_capacity")}
# What it would take is simulated now: posts in place of a formula that the outlook contradicted, the other levers as scenarios.
SIMULATED = {f"queue {name}" for name in ("posts", "days_of_sickness", "leavers_kept", "requests_avoided")}
NUMERATOR, DENOMINATOR, PUBLIC = 1, 2, 6
# An offer is made to a person.
OFFERS = {
    "recruitment declined": (NUMERATOR, DENOMINATOR),
    "recruitment_funnel offered": (NUMERATOR,),
    "recruitment_funnel accepted": (NUMERATOR, DENOMINATOR),
    "recruitment_funnel filled": (NUMERATOR, DENOMINATOR),
}
# Functions of groups that measure nothing by a definition of the book: they lay out, load, combine, or take any frame.
NO_MEASURES = {
    "absence": {"funnel"},
    "benchmark": {"compare", "figures", "nhs_by_month", "nhs_by_organisation", "page", "standings"},
    "caseload": {"with_history"},
    "counts": {"table"},
    "forecast": {"outlook_checked", "planned", "queue", "queue_of", "roles_holding"},
    "indicators": {"kpis"},
    "leaving": {"spells"},
    "pay": {"load_scales"},
    "staffing": {"rare_names_together", "smallest_together"},
}


def meaning(d):
    """What a definition means, without its words."""
    sides = [(s.kind, s.over_groups, s.over_time) if s else None for s in (d.numerator, d.denominator)]
    plain = [d.unit, *sides, d.limits, d.adds, d.better, d.public, d.more_than, d.each, d.scale, d.is_pay]
    return json.loads(json.dumps(plain))


def test_every_definition_of_version_0_1_is_in_the_book_and_means_the_same():
    before = {
        key: entry for key, entry in json.loads(BEFORE.read_text(encoding="utf-8")).items() if key not in SIMULATED
    }
    for key, entry in before.items():
        entry.pop()  # what one counts beyond another is an identity of the book now
        entry[PLACE] = LIMITS.get((key.split(" ")[0], entry[PLACE]), entry[PLACE])
        if key in CALCULATED:
            entry[NUMERATOR][0] = "expected"
        for place in OFFERS.get(key, ()):
            entry[place][0] = "people"
            entry[PUBLIC] = False
    book = measure_book().definitions
    assert {key: meaning(book[tuple(key.split(" "))]) for key in before} == before
    assert len(book) >= len(before) == 196 - len(SIMULATED)


def test_every_measure_names_functions_and_tables_that_exist():
    for measure in measure_book().measures.values():
        for name in measure.functions:
            group, _, function = name.partition(".")
            assert callable(getattr(getattr(wf, group), function)), name
        assert set(measure.records) <= {*TABLES, "pay_scales"}, measure.measure
        assert measure.functions
        assert bool(measure.records) != (measure.topic == "official"), measure.measure


def test_every_function_of_a_group_is_in_the_book_or_measures_nothing_by_it():
    named = {name for measure in measure_book().measures.values() for name in measure.functions}
    groups = set(re.findall(r"wf\.(\w+)", str(wf.explain()))) - {"stats"}  # which takes any frame
    missing = {
        f"{group}.{name}"
        for group in groups
        for name in getattr(wf, group).__all__
        if isfunction(getattr(getattr(wf, group), name))
        and f"{group}.{name}" not in named
        and name not in NO_MEASURES.get(group, ())
    }
    assert not missing


def test_every_definition_says_what_it_is_in_full():
    for d in measure_book().definitions.values():
        assert all((d.words, d.formula, d.source, d.unit)), d
        assert not re.search(r"[{}]|stands? (at|below|above)|beside", f"{d.words} {d.formula} {d.source}"), d


def test_every_source_and_number_of_the_book_is_used():
    texts = "".join(path.read_text(encoding="utf-8") for path in TOPICS)
    code = "".join(
        path.read_text(encoding="utf-8") for path in FOLDER.parent.rglob("*.py") if path.name != "constants.py"
    )
    sources = re.findall(r"^(\w+) =", (FOLDER / "sources.toml").read_text(encoding="utf-8"), re.MULTILINE)
    assert [name for name in sources if f"{{{name}}}" not in texts and f'"{name}"' not in code] == []
    unused = [
        name
        for name in constants_of_the_book()
        if f"{{{name}}}" not in texts and not re.search(rf"\b{name.upper()}\b", code)
    ]
    assert unused == []


@pytest.mark.parametrize("path", TOPICS, ids=lambda path: path.stem)
def test_a_number_that_a_law_or_a_method_sets_is_quoted_by_name(path):
    text = path.read_text(encoding="utf-8")
    assert re.findall(r"within \d+ weeks|\b52\.143\b|\b25[34]\b|\b330\b|aged \d\d and", text) == []


def test_the_numbers_of_the_law_are_what_the_texts_say():
    assert "within 20 weeks" in definition_of("timeliness", "dfe").words
    assert "within 6 weeks" in definition_of("decision_timeliness", "regulations").words
    assert "x 253; 254 in a leap year" in definition_of("absence", "dfe").formula
    assert definition_of("absence", "nhs").more_than == 330
    assert measure_book().curves["time_to_plan", "product_limit"].spoken == (6, 12, 16, 20)
    assert measure_book().recipes["timeliness", "no_plan"].options == {"weeks": 16}


def test_pay_by_another_name_is_guarded_as_pay(tmp_path):
    folder = tmp_path / "book"
    shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    pay = (folder / "pay.toml").read_text(encoding="utf-8")
    (folder / "pay.toml").write_text(pay.replace("[pay_gap", "[earnings_gap"), encoding="utf-8")
    renamed, before = read_book(folder).definitions, measure_book().definitions
    guarded = {definition for measure, definition in renamed if measure == "earnings_gap"}
    assert guarded
    assert all(
        renamed["earnings_gap", definition].is_pay is before["pay_gap", definition].is_pay is True
        for definition in guarded
    )
    assert not renamed["unusable_pay", "people"].is_pay


MISTAKES = [
    ("staffing.toml", 'unit = "%"', "unit = 5", "staffing.toml, turnover.average.unit", "expected a text, got a whole"),
    ("staffing.toml", "formula =", "formla =", "staffing.toml, headcount.in_post.formla", 'did you mean "formula"'),
    (
        "staffing.toml",
        'kind = "people"',
        'kind = "persons"',
        "headcount.in_post.numerator.kind",
        "is not one of people",
    ),
    ("staffing.toml", "functions =", "function =", "staffing.toml, headcount.functions", "it is missing"),
    ("staffing.toml", '"{book}"', '"{bok}"', "staffing.toml, headcount, source", 'did you mean "book"'),
    ("staffing.toml", '"nhs", "dfe"]', '"nsh"]', "staffing.toml, turnover.standardised", "no definition nsh"),
    ("absence.toml", "[absence_spells]", "[headcount]", "absence.toml, headcount", "in another file too"),
    ("absence.toml", '"{fewest_days_available}"', '"many"', "absence.toml, absence.nhs.more_than", "expected a number"),
    ("absence.toml", '"seasonal"', '"weekly"', "absence.toml, absence.days_per_fte.series", "not one of flow, stock"),
    ("absence.toml", "topic =", "topic", "absence.toml", "cannot be read"),
    ("words.toml", '"costs", "official"]', '"official"]', "words.toml, topics", "costs.toml is not in the list"),
    ("pay.toml", "pay = true", "", "pay.toml, pay_position.pay", "it is missing: set pay = true"),
    ("words.toml", "[columns]", "[colums]", "words.toml, columns", "it is missing"),
    ("words.toml", '"people" = 0', '"people" = true', "words.toml, units.people", "got true or false"),
]


@pytest.mark.parametrize(("file", "text", "mistake", "where", "what"), MISTAKES, ids=[m[3] for m in MISTAKES])
def test_a_mistake_in_the_book_is_named_with_its_file_and_key(tmp_path, file, text, mistake, where, what):
    folder = tmp_path / "book"
    folder.mkdir()
    for path in TOPICS:
        shutil.copy(path, folder)
    written = (folder / file).read_text(encoding="utf-8")
    assert text in written
    (folder / file).write_text(written.replace(text, mistake, 1), encoding="utf-8")
    with pytest.raises(EnvironmentFault) as raised:
        read_book(folder)
    assert where in str(raised.value)
    assert what in str(raised.value)


def test_a_book_without_one_of_its_files_is_refused(tmp_path):
    for path in TOPICS:
        if path.stem != "absence":
            shutil.copy(path, tmp_path)
    with pytest.raises(EnvironmentFault, match=r"absence\.toml"):
        read_book(tmp_path)


def test_explain_tells_an_analyst_function_records_formula_limits_and_roll_up():
    text = str(wf.explain("stability"))
    assert text.splitlines() == [
        "stability, computed by wf.staffing.stability from assignments",
        "  nhs: of those in post when the period opened, the share in post when it closed (%)",
        "    formula: in post on both days / in post on the day before the period",
        "    better: higher",
        "    limits: Wilson",
        "    roll-up: over groups it adds up; over time it does not add up",
        "    source: NHS England, NHS workforce statistics: methodology",
    ]


@pytest.mark.parametrize("name", ["absence", "caseload"])
def test_a_name_of_a_group_and_of_a_measure_explains_both(name):
    text = str(wf.explain(name))
    assert text.startswith(f"wf.{name}\n")
    assert f"wf.{name}." in text
    assert "formula: " in text
    assert "formula" in wf.explain(name)._repr_html_().lower()


# Life tables and tests of them, forecasts, and pay scales of other bodies: their rows follow no month after month.
NO_SERIES = {
    "change_parts",
    "compare_retention",
    "leaving_hazards",
    "leaving_incidence",
    "option",
    "outlook",
    "pay_comparison",
    "queue",
    "retention",
    "time_to_hire",
    "time_to_outcome",
    "time_to_plan",
}


def test_every_definition_that_can_be_a_series_says_of_which_kind():
    definitions = measure_book().definitions.values()
    assert {d.measure for d in definitions if d.series is None} == NO_SERIES
    assert {d.measure for d in definitions if d.series is not None}.isdisjoint(NO_SERIES)
    assert {d.series for d in definitions if d.measure == "absence"} == {"seasonal"}


def test_every_identity_names_sides_of_the_book_once():
    book = identities()
    assert len(book.quantities) > 100
    quantity = book.quantity
    assert quantity("leavers", "left", "numerator") == quantity("turnover", "nhs", "numerator")
    assert quantity("turnover", "average_indirect", "numerator") == quantity("turnover", "average", "numerator")
    opening = quantity("stability", "nhs", "denominator")
    assert (opening.name, opening.day) == (quantity("headcount", "in_post", "numerator").name, "opening")
    for entry in (*book.sums, *book.at_most):
        assert entry.whole not in [part for _, part in entry.parts]


@pytest.mark.parametrize("text", ["turnover.nsh", "turnover", "leavers.left/denominator", "leavers.left@noon", "a.b/c"])
def test_an_identity_of_a_side_that_no_definition_has_is_refused(text):
    with pytest.raises(EnvironmentFault, match=r"identities\.toml"):
        SideName.read(text)
