"""Laws of the list of key indicators: a reader with the page in hand comes to the same colour, order and change."""

from dataclasses import replace
from decimal import Decimal
from types import SimpleNamespace

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

import workforce as wf
from builders import measured, released
from workforce.present.kinds.kpis import (
    agreement,
    amber_edge,
    change_words,
    lines_of,
    printed_target,
    rag,
    signal,
    sparkline,
)
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


@given(FIGURES, TARGETS, WIDTHS, BETTER, UNITS)
def test_the_colour_can_be_read_off_the_page(value, target, amber, better, unit):
    figure, aim = plain(value, unit), read(printed_target(target, unit))
    edge = read(printed_target(amber_edge(target, amber, better), unit))
    shown = read(figure.removeprefix("£").removeprefix("<")) / (2 if "<" in figure else 1)
    good = shown <= aim if better == "lower" else shown >= aim
    near = shown <= edge if better == "lower" else shown >= edge
    expected = "green" if good else "amber" if near else "red"
    assert rag(value, target, amber, better=better, unit=unit) == expected


@given(FIGURES, FIGURES, TARGETS, WIDTHS, BETTER, UNITS)
def test_figures_that_print_alike_have_one_colour(one, other, target, amber, better, unit):
    if plain(one, unit) == plain(other, unit):
        colours = {rag(v, target, amber, better=better, unit=unit) for v in (one, other)}
        assert len(colours) == 1


@given(FIGURES, TARGETS, WIDTHS, WIDTHS, BETTER, UNITS)
def test_a_wider_amber_never_makes_a_colour_worse(value, target, amber, more, better, unit):
    order = ["green", "amber", "red"]
    narrow = rag(value, target, amber, better=better, unit=unit)
    wide = rag(value, target, amber + more, better=better, unit=unit)
    assert order.index(wide) <= order.index(narrow)


def listed(order):
    kpis = [
        SimpleNamespace(measure="stability", definition="nhs", owner="A", name=f"K{n}", better=None, amber=1.0)
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
    judged = wf.stats.xmr(measured(sides, "stability", "nhs"), target=80.0)
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
        if line.latest["value"] is None:
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
