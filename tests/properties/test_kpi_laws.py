"""Laws of the list of key indicators: a reader with the page in hand comes to the same colour, order and change."""

from dataclasses import replace
from decimal import Decimal
from types import SimpleNamespace

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

import workforce as wf
from builders import measured, released
from workforce.measures.status import amber_edge, as_printed, status_of, with_status
from workforce.present.kinds.kpis import agreement, change_words, lines_of, printed_target, signal, sparkline
from workforce.present.text.numbers import MINUS, plain

RULES = ("board", "internal", "partner")
UNITS = st.sampled_from(["%", "people", "FTE", "days per FTE", "£", "changes per child per year", "ratio"])
FIGURES = st.floats(-1e6, 1e6, allow_nan=False, allow_infinity=False)
TARGETS = st.decimals(-1000, 1000, places=2).map(float)
WIDTHS = st.decimals(0, 50, places=1).map(float)
BETTER = st.sampled_from(["lower", "higher"])


def read(text):
    """A printed figure as a reader takes it."""
    return Decimal(text.replace(MINUS, "-").replace(",", "").replace("£", "").removesuffix("%"))


def sides(figure, target, amber, better):
    """On which side of the printed target and the printed edge of amber a reader puts a figure."""
    edge = read(printed_target(amber_edge(target, amber, better), "%"))
    aim = read(printed_target(target, "%"))
    good, near = (figure <= aim, figure <= edge) if better == "lower" else (figure >= aim, figure >= edge)
    return "green" if good else "amber" if near else "red"


@given(FIGURES, FIGURES, TARGETS, WIDTHS, BETTER, UNITS)
def test_a_colour_is_never_another_than_a_reader_sees_in_the_printed_figure(exact, shown, target, amber, better, unit):
    edge = amber_edge(target, amber, better)
    status = status_of(exact, shown, target, edge, better=better, unit=unit)
    text = plain(shown, unit)
    figure = read(text.removeprefix("£").removeprefix("<")) / (2 if "<" in text else 1)
    seen, behind = sides(figure, target, amber, better), sides(Decimal(repr(round(exact, 9))), target, amber, better)
    if seen == behind:
        assert status == seen
    else:
        assert status == ("near the target" if "green" in (seen, behind) else "between amber and red")


@given(FIGURES, UNITS)
def test_a_figure_is_taken_as_the_page_prints_it(value, unit):
    text = plain(value, unit)
    assert as_printed(value, unit) == read(text.removeprefix("£").removeprefix("<")) / (2 if "<" in text else 1)


@given(FIGURES, TARGETS, WIDTHS, WIDTHS, BETTER, UNITS)
def test_a_wider_amber_never_makes_a_colour_worse(value, target, amber, more, better, unit):
    order = ["green", "near the target", "amber", "between amber and red", "red"]
    narrow, wide = (
        status_of(value, value, target, amber_edge(target, width, better), better=better, unit=unit)
        for width in (amber, amber + more)
    )
    assert order.index(wide) <= order.index(narrow)


def listed(order):
    kpis = [
        SimpleNamespace(
            measure="stability", definition="nhs", owner="A", roles=(), name=f"K{n}", better=None, amber=1.0
        )
        for n in order
    ]
    for kpi, n in zip(kpis, order, strict=True):
        kpi.definition = f"nhs{n}"
    return SimpleNamespace(kpis=kpis, target_value=lambda *_: 80.0)


def table(definition, people, stayed):
    """Two years of one indicator, judged, under a definition of its own."""
    periods = wf.years_to("2023-03", 2)
    sides = pl.DataFrame(
        {
            "period_start": [p.start for p in periods],
            "period_end": [p.end for p in periods],
            "numerator": [float(min(s, p)) for s, p in zip(stayed, people, strict=True)],
            "denominator": [float(p) for p in people],
            "people": people,
        }
    )
    judged = with_status(wf.stats.xmr(measured(sides, "stability", "nhs"), target=80.0), 80.0, 1.0, "higher")
    own = [replace(one, definition=definition) for one in judged.definitions]
    return judged._with(judged.frame.with_columns(definition=pl.lit(definition)), definitions=own)


COUNTS = st.lists(st.integers(0, 40), min_size=2, max_size=2)


@given(
    st.permutations(list(range(5))),
    st.lists(st.tuples(COUNTS, COUNTS), min_size=5, max_size=5),
    st.sampled_from(RULES),
)
def test_the_order_of_the_list_is_kept_and_what_is_withheld_has_no_colour_signal_or_sentence(order, drawn, rule):
    agreed = listed(order)
    tables = {}
    for kpi, (people, stayed) in zip(agreed.kpis, drawn, strict=True):
        name = f"key indicator: {kpi.measure}, {kpi.definition}"
        tables[name] = wf.release(table(kpi.definition, people, stayed), rule).result
    for kpi in agreed.kpis:
        kpi.better = "higher"
    lines = lines_of(released(tables, rule), agreed)
    assert [line.name for line in lines] == [f"K{n}" for n in order]
    for line in lines:
        exact = table(f"nhs{line.name[1:]}", *drawn[lines.index(line)]).frame["value"][-1]
        if line.latest["value"] is not None:
            assert line.rag == status_of(exact, line.latest["value"], 80.0, 79.0, better="higher", unit="%")
        if line.latest["value"] is None:
            assert line.latest["status"] is None
            assert line.rag == "not shown"
            assert signal(line)[1:] == ("", "")
            assert signal(line)[0] == change_words(line)[0] == line.marker
            assert agreement([line]) == []


@given(st.lists(st.one_of(st.none(), st.floats(-1e3, 1e3, allow_nan=False)), min_size=1, max_size=40))
def test_a_trend_has_one_stretch_for_each_run_of_figures_and_bridges_no_gap(values):
    drawing = sparkline(values, target=None, words="w")
    assert (drawing is None) == all(value is None for value in values)
    drawn = drawing or ""
    runs, run = [], 0
    for value in [*values, None]:
        if value is None:
            runs.append(run)
            run = 0
        else:
            run += 1
    assert drawn.count("<polyline") == sum(r > 1 for r in runs)
    points = [p for part in drawn.split('points="')[1:] for p in part.split('"')[0].split()]
    assert len(points) == sum(r for r in runs if r > 1)
    assert all(0 <= float(p.split(",")[1]) <= 28 for p in points)
