"""The seal without a kernel: whatever is tried with public names, what is shown is what was released and what the caller wrote."""

import copy
import dataclasses
import pickle
import types
from datetime import date
from decimal import Decimal
from fractions import Fraction

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import workforce as wf
from builders import as_result, drawn, measured, official, released
from workforce.book import definition_of, measure_book
from workforce.errors import DisclosureError, UsageError, WorkforceError
from workforce.present.shown import Figure, Table, Text
from workforce.present.view import view
from workforce.records import Notes
from workforce.report.permitted import Permitted, literals, message, settings_of
from workforce.sealed import FILES, Sealed
from workforce.signature import KIND, _signature, opened

JANUARY = {"period_start": [date(2023, 1, 1)] * 2, "period_end": [date(2023, 1, 31)] * 2}
SIDES = {"locality": ["Coast", "Moor"], "numerator": [10.0, 30.0], "denominator": [100.0, 120.0], "people": [100, 120]}
EXACT = 987654.0  # stands for a number that was not released, and is nowhere else


@pytest.fixture(scope="module")
def area() -> wf.Records:
    return wf.load_area()


@pytest.fixture(scope="module")
def turnover(area):
    return wf.staffing.turnover(area, wf.year_to("2023-03"), definition="average", by=["organisation"])


@pytest.fixture(scope="module")
def board(turnover):
    return wf.release(turnover)


@pytest.fixture
def page():
    """A released table of two localities, without a rule applied."""
    return released(measured({**SIDES, **JANUARY}, "turnover", "average", by=["locality"]))


def shown_objects(released_table):
    return [
        released_table,
        wf.table(released_table),
        wf.chart.bars(released_table),
        wf.words.bars_title(released_table),
        view(released_table),
    ]


# Making, changing, copying.


@pytest.mark.parametrize("kind", [Figure, Table, Text, wf.Released, Notes, Sealed])
def test_nothing_that_is_shown_can_be_constructed(kind):
    with pytest.raises(DisclosureError, match="made by the library only"):
        kind("board", {"table": pl.DataFrame({"people": [3]})})
    with pytest.raises(DisclosureError, match="made by the library only"):
        kind(text="3 people left", rule="board")


@pytest.mark.parametrize("kind", [Figure, Table, Text, wf.Released, Sealed])
def test_nothing_that_is_shown_can_be_subclassed(kind):
    with pytest.raises(DisclosureError, match="cannot be subclassed"):
        type("Mine", (kind,), {"text": "3 people left", "rule": "board"})


def test_what_was_made_cannot_be_changed_copied_into_another_or_pickled(page):
    for one in shown_objects(page):
        for name in ("rule", "text", "html", "title", "frame", "note"):
            with pytest.raises(DisclosureError, match="cannot be changed"):
                setattr(one, name, "3 people left")
        with pytest.raises(DisclosureError, match="cannot be changed"):
            del one.rule
        assert copy.copy(one) is one
        assert copy.deepcopy(one) is one
        with pytest.raises(DisclosureError, match="cannot be pickled"):
            pickle.dumps(one)
        with pytest.raises(TypeError):
            dataclasses.replace(one, rule="board")


def test_a_frame_that_is_changed_changes_nothing_that_was_released(page):
    before = wf.table(page).html
    frame = page.frame
    frame[0, "numerator"] = EXACT
    frame["value"][0] = EXACT
    page.frame.drop_in_place("value")
    page.tables["table"][0, "numerator"] = EXACT
    page.frame.columns = [f"x{n}" for n in range(page.frame.width)]
    with pytest.raises(TypeError):
        page.tables["table"] = frame
    with pytest.raises(TypeError):
        page.results["table"] = frame
    numbers = page.frame["numerator"].to_numpy()
    with pytest.raises(ValueError, match=r"read-only|WRITEABLE"):
        numbers[0] = EXACT
    seen = view(page)
    seen.frame[0, "value"] = EXACT
    seen.rows()[0]["value"] = EXACT
    assert wf.table(page).html == before
    assert str(wf.words.bars_title(seen)) == str(wf.words.bars_title(page))


def test_a_specification_that_is_changed_changes_no_figure(page):
    figure = wf.chart.bars(page)
    before = figure._repr_html_()
    figure.spec["title"] = f"{EXACT} people left"
    figure.vega()["title"] = f"{EXACT} people left"
    assert figure._repr_html_() == before
    again = wf.chart.bars(page)
    again.spec["layer"].clear()
    assert again._repr_html_() == before


def test_a_result_that_is_changed_before_its_release_is_not_changed(turnover):
    before = wf.release(turnover).frame
    turnover.frame[0, "numerator"] = EXACT
    turnover.frame.extend(turnover.frame)
    with pytest.raises(WorkforceError, match="cannot be changed"):
        turnover.frame = before
    assert wf.release(turnover).frame.equals(before)


def test_settings_that_are_changed_change_no_name_in_what_is_measured(area):
    before = area.settings.organisation_names["council"]
    settings = area.settings
    settings.organisations["council"] = settings.organisations["council"].model_copy(update={"name": f"{EXACT} people"})
    settings.casework.weights["ehc_assessment"] = EXACT
    assert area.settings.organisation_names["council"] == before
    assert (
        "ehc_assessment" not in area.settings.casework.weights
        or area.settings.casework.weights["ehc_assessment"] != EXACT
    )


def test_the_measure_book_cannot_be_changed():
    with pytest.raises(TypeError):
        measure_book().definitions["turnover", "nhs"] = definition_of("turnover", "average")


# Where figures come from.


def test_only_records_that_were_loaded_make_loaded_results(area, turnover, board):
    assert turnover._provenance.loaded
    assert {name for name, _ in board._provenance.arguments} >= {FILES}
    assert wf.staffing.headcount(area.where(pl.col("fte") > 0.5), date(2023, 3, 31))._provenance.loaded
    assert wf.staffing.headcount(area.only("council"), date(2023, 3, 31))._provenance.loaded
    tables = dict(area.tables())
    built = wf.Records(**tables, settings=area.settings)
    assert not built._provenance.loaded
    copied = wf.staffing.turnover(built, wf.year_to("2023-03"), definition="average", by=["organisation"])
    assert not wf.release(copied)._provenance.loaded


def test_what_is_made_from_several_results_is_loaded_only_where_all_of_them_are(turnover):
    own = type(turnover)(turnover.frame, turnover.definitions, turnover.groups)
    assert wf.combine(turnover, over=["organisation"])._provenance.loaded
    other = own.filter(pl.col("organisation") == "council")
    assert not wf.combine(
        turnover.filter(pl.col("organisation") != "council"), other, over=["organisation"]
    )._provenance.loaded
    assert not wf.release({"a": turnover, "b": own})._provenance.loaded
    assert not wf.stats.funnel(own)._provenance.loaded


def test_a_result_that_was_pickled_no_longer_counts_as_loaded(turnover):
    again = pickle.loads(pickle.dumps(turnover))  # noqa: S301 - our own bytes
    assert again.frame.equals(turnover.frame)
    assert not again._provenance.loaded


def test_a_subclass_of_a_result_or_of_records_is_not_loaded(turnover):
    class Mine(type(turnover)):
        @property
        def frame(self):
            return pl.DataFrame({"people": [EXACT]})

    assert not Mine(turnover.frame, turnover.definitions, turnover.groups)._provenance.loaded
    assert not type("Records2", (wf.Records,), {})()._provenance.loaded


def test_a_frame_is_not_released():
    for given_frame in (pl.DataFrame({"people": [3]}), {"a": pl.DataFrame({"people": [3]})}, "3 people", [1]):
        with pytest.raises(WorkforceError):
            wf.release(given_frame)


# Official figures.


def test_only_figures_of_the_official_store_are_released_as_published(turnover):
    fake = as_result(turnover.frame.with_columns(source=pl.lit("DfE")))
    for one in (fake, turnover):
        with pytest.raises(DisclosureError, match="only figures of the official store"):
            wf.release(one, "published")
    store = wf.load_official()
    made_up = types.SimpleNamespace(
        published=store.published.with_columns(value=pl.lit(EXACT)), neighbours=store.neighbours, areas=store.areas
    )
    page = wf.benchmark.page(made_up, measure="turnover", definition="dfe_fte", area="Devon")
    with pytest.raises(DisclosureError, match="only figures of the official store"):
        wf.release(page, "published")
    with pytest.raises(DisclosureError):
        wf.words.at_a_glance(made_up, area="Devon")
    with pytest.raises(DisclosureError):
        wf.words.neighbours_sentence(made_up, area="Devon")


def test_the_store_of_official_figures_cannot_be_changed():
    store = wf.load_official()
    store.published[0, "value"] = EXACT
    assert EXACT not in store.published["value"].to_list()
    with pytest.raises(DisclosureError, match="cannot be changed"):
        store.published = store.neighbours
    with pytest.raises(DisclosureError, match="made by the library only"):
        type(store)(store.published, store.neighbours, store.areas)


def test_official_comparators_that_are_not_of_the_store_are_nobody_s():
    store = wf.load_official()
    own = wf.benchmark.figures(store, "turnover", "dfe_fte", areas=["Devon"])
    assert wf.benchmark.compare(own, store, area="Devon")._provenance.official
    made_up = types.SimpleNamespace(published=store.published, neighbours=store.neighbours)
    assert not wf.benchmark.compare(own, made_up, area="Devon")._provenance.loaded


# What the caller gives.


class Two(str):
    """A text that says one thing when it is recorded and another when it is printed."""

    __slots__ = ()

    def replace(self, *_):
        return "987654 people left"

    format = strip = rstrip = capitalize = upper = lower = removesuffix = removeprefix = replace


class Changing(dict):
    """A mapping that says one thing when it is recorded and another when it is printed."""

    def items(self):
        return [("average", "Turnover")]

    def values(self):
        return ["Turnover"]


def given_of(one):
    return {value for _, value in one._provenance.arguments}


def html_of(one):
    return one._repr_html_()


NUMBERED = {
    "locality": SIDES["locality"],
    "numerator": [10.0, 30.0],
    "denominator": [100.0, 120.0],
    "people": [100, 120],
}


def calls(page):
    """Every function that prints texts or numbers of its caller, with a mark for each of them."""
    marks = {name: f"mark of {name}" for name in ("title", "source", "target_name", "people", "called", "groups")}
    headings = {"average": "mark of a column"}
    return {
        "bars": lambda: wf.chart.bars(
            page, title=marks["title"], source=marks["source"], target=EXACT, target_name=marks["target_name"]
        ),
        "trend": lambda: wf.chart.trend(
            page, title=marks["title"], source=marks["source"], target=EXACT, target_name=marks["target_name"]
        ),
        "steps": lambda: wf.chart.steps(
            released(
                measured({k: v[:1] for k, v in {**SIDES, **JANUARY}.items() if k != "locality"}, "turnover", "average")
            ),
            columns=headings,
            title=marks["title"],
            source=marks["source"],
        ),
        "table": lambda: wf.table(page, title=marks["title"], headings={"value": "mark of a heading"}),
        "wide": lambda: wf.tables.wide(page, columns=headings, people=marks["people"], title=marks["title"]),
        "looks": lambda: wf.tables.looks(page, by="locality", looks=["table"], title=marks["title"]),
        "decision": lambda: wf.words.decision_sentence(
            types.SimpleNamespace(decision="mark of a decision", owner="mark of an owner", due=date(2031, 5, 17))
        ),
        "costs": lambda: wf.words.costs_sentence(
            types.SimpleNamespace(leaver=EXACT, agency_fte=None, employed_fte=None, source="mark of source")
        ),
        "weights": lambda: wf.words.weights_sentence({"mark of a type": EXACT}),
        "setting": lambda: wf.words.setting("mark of a setting"),
    }


@pytest.mark.parametrize(
    "name", ["bars", "trend", "steps", "table", "wide", "looks", "decision", "costs", "weights", "setting"]
)
def test_every_text_and_number_of_the_caller_that_is_printed_is_recorded(page, name):
    one = calls(page)[name]()
    html, recorded = html_of(one).lower(), given_of(one)
    texts = {value for value in recorded if isinstance(value, str)}
    marks = {
        f"mark of {word}"
        for word in (
            "title",
            "source",
            "target_name",
            "people",
            "a column",
            "a heading",
            "a decision",
            "an owner",
            "a type",
            "a setting",
        )
    }
    printed = {mark for mark in marks if mark in html}
    assert printed
    assert {mark for mark in marks if any(mark == text.lower() for text in texts)} >= printed
    if "987,654" in html or "987654" in html or "987.7" in html:
        assert EXACT in recorded
    if "may 2031" in html:
        assert "2031-05-17" in recorded


@pytest.mark.parametrize("value", [Decimal(987654), Fraction(987654), np.float64(EXACT), np.int64(987654), 987654])
def test_a_number_is_recorded_whatever_its_type(page, value):
    assert ("target", EXACT) in wf.chart.bars(page, target=value)._provenance.arguments


@pytest.mark.parametrize("value", [True, "987654", [987654], pl.Series([987654]), types.SimpleNamespace(real=987654)])
def test_what_is_no_number_is_no_target(page, value):
    with pytest.raises(UsageError, match="is a number"):
        wf.chart.bars(page, target=value)


def test_a_text_with_a_second_meaning_is_printed_as_it_is_recorded(page):
    for one in (
        wf.chart.bars(page, title=Two("Turnover"), source=Two("Records")),
        wf.chart.bars(page, by=Two("locality"), definition=Two("average")),
        wf.chart.bars(page, reference=Two("Coast"), highlight=Two("Moor"), target=1, target_name=Two("Agreed")),
        wf.table(page, title=Two("Turnover"), by=Two("locality"), headings={Two("value"): Two("Share")}),
        wf.tables.wide(page, columns={Two("average"): Two("Turnover")}, people=Two("People"), title=Two("Turnover")),
        wf.words.bars_title(page, by=Two("locality")),
        wf.words.setting(Two("Turnover")),
        wf.words.decision_sentence(types.SimpleNamespace(decision=Two("Agree"), owner=Two("Director"), due=None)),
    ):
        assert "987654" not in html_of(one)
        assert "987,654" not in html_of(one)
        assert all(type(value) in (str, float) for value in given_of(one))
    assert (
        wf.release(measured({**SIDES, **JANUARY}, "turnover", "average", by=["locality"]), Two("board")).rule == "board"
    )
    assert (
        type(wf.release(measured({**SIDES, **JANUARY}, "turnover", "average", by=["locality"]), Two("board")).rule)
        is str
    )


def test_a_mapping_with_a_second_meaning_is_recorded_as_it_is_printed(page):
    columns = Changing({"average": "987654 people left"})
    wide = wf.tables.wide(page, columns=columns, title="Turnover")
    assert ("987654 people left" in html_of(wide)) == ("987654 people left" in given_of(wide))
    headings = wf.table(page, headings=Changing({"value": "987654 people left"}))
    assert ("987654 people left" in html_of(headings)) == ("987654 people left" in given_of(headings))


def test_a_decision_that_changes_while_it_is_read_is_printed_as_it_is_recorded():
    class Decision:
        count = 0
        owner = "Director"
        due = None

        @property
        def decision(self):
            type(self).count += 1
            return "Agree" if type(self).count % 2 else "987654 people left"

    one = wf.words.decision_sentence(Decision())
    assert ("987654" in html_of(one)) == any("987654" in str(value) for value in given_of(one))


def test_a_sentence_as_a_title_brings_where_it_came_from(board):
    mine = wf.release(measured({**SIDES, **JANUARY}, "turnover", "average", by=["locality"]))
    of_frames = wf.words.bars_title(mine)
    assert not wf.table(board, title=of_frames)._provenance.loaded
    assert not wf.chart.bars(board, title=of_frames)._provenance.loaded
    assert ("setting", "987654 people left") in wf.table(
        board, title=wf.words.setting("987654 people left")
    )._provenance.arguments
    own = wf.words.bars_title(board)
    assert wf.table(board, title=own)._provenance.loaded
    assert "title" not in {name for name, _ in wf.chart.bars(board, title=own)._provenance.arguments}


def test_what_was_released_under_another_rule_is_not_shown_together(turnover, board):
    exact = wf.words.bars_title(wf.release(turnover, "analyst"))
    for show in (wf.table, wf.chart.bars):
        with pytest.raises(DisclosureError, match="several rules: analyst, board"):
            show(board, title=exact)


def test_words_for_a_coarser_table_are_recorded_where_they_are_printed():
    few = measured(
        {"locality": ["A"], "numerator": [2.0], "denominator": [9.0], "people": [9]},
        "turnover",
        "average",
        by=["locality"],
    )
    whole = measured({"numerator": [20.0], "denominator": [90.0], "people": [90]}, "turnover", "average")
    coarse = wf.release({"a": {"987654 people": few, "together": whole}})
    assert "987654 people" in coarse["a"].note
    assert ("steps", "987654 people") in coarse._provenance.arguments


def test_a_scenario_s_name_and_levers_are_recorded():
    scenario = wf.forecast.Scenario(Two("Five more"), recruit=5)
    assert scenario._arguments().items() >= {"name": "Five more"}.items()
    assert type(scenario.name) is str


@given(st.text(min_size=1, max_size=30))
def test_a_text_that_is_written_nowhere_is_not_printed(words):
    one = wf.words.setting(words)
    written = Permitted(literals(["wf.words.setting(settings.area.name)", "title = 'Turnover'"]))
    may = all(written.may_print(name, value) for name, value in one._provenance.arguments)
    assert may == (words == "")


def test_the_list_of_indicators_may_print_what_its_settings_say_and_no_other_target(area):
    page = wf.release(wf.indicators.kpis(area, "2023-03"))
    permitted = Permitted(settings=settings_of(area.settings.path))

    def refused(agreed):
        given = wf.tables.kpis(page, agreed)._provenance.arguments
        return {(name, value) for name, value in given if name != FILES and not permitted.may_print(name, value)}

    assert refused(area.settings) == set()
    other = types.SimpleNamespace(kpis=area.settings.kpis, target_value=lambda *_: EXACT)
    assert refused(other) == {("agreed", EXACT)}


# Signatures.


def test_nothing_is_signed_outside_a_published_run(page):
    assert KIND not in wf.table(page)._repr_mimebundle_()
    assert _signature("<p>3 people left</p>", "board", page._provenance) is None


def test_a_signature_holds_for_its_own_html_alone(page, monkeypatch):
    monkeypatch.setattr("workforce.signature._keys", [b"key"])
    bundle = wf.table(page, title="Turnover")._repr_mimebundle_()
    signed = opened(bundle["text/html"], bundle[KIND], b"key")
    assert signed.rule == "internal"
    provenance = page._provenance.with_arguments(title="Turnover")
    assert signed.provenance == dataclasses.replace(provenance, names=frozenset(), group_size=None)
    assert opened(bundle["text/html"] + " ", bundle[KIND], b"key") is None
    assert opened(bundle["text/html"], bundle[KIND], b"other") is None
    assert (
        opened(
            bundle["text/html"],
            {**bundle[KIND], "statement": bundle[KIND]["statement"].replace("internal", "board")},
            b"key",
        )
        is None
    )


# Errors.


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (WorkforceError("987654 people left"), "an error of the library"),
        (WorkforceError(f"{ {'name': 'Ann'} }"), "an error of the library"),
        (UsageError('the table has no group column "{by}"', by="Ann Other"), 'the table has no group column "..."'),
        (UsageError('the table has no group column "{by}"', by="team"), 'the table has no group column "team"'),
        (UsageError("give {count} files", count=987654), "an error of the library"),
        (UsageError('there is no rule "{rule}"', where="987654", rule="987654"), "an error of the library"),
    ],
)
def test_an_error_says_what_the_library_wrote_and_no_more(error, text):
    said = message(error, Permitted())
    assert said.startswith(text)
    assert "987654" not in said
    assert "Ann" not in said


def test_an_error_may_say_what_is_written_in_the_notebook_but_no_number():
    error = UsageError('the table has no definition "{definition}"', definition="mine")
    assert "mine" in message(error, Permitted(literals(['wf.table(a, definition="mine")'])))
    counted = UsageError("{rows} bars; at most {most} can be compared", rows=41, most=40)
    said = message(counted, Permitted(literals(["f(41, rows=41)"])))
    assert "41" not in said


def test_a_store_that_a_test_has_drawn_is_official():
    store = official(wf.load_official().published, wf.load_official().neighbours)
    assert wf.benchmark.figures(store, "turnover", "dfe_fte")._provenance.official
    assert drawn("a\n1")["a"].to_list() == ["1"]
