"""The parts of charts and tables that no public name returns: colours, places on an axis, lines of a funnel, the order of bands, words."""

import math
from itertools import pairwise

import polars as pl
import pytest

import workforce as wf
from builders import MEASURE_BOOK, measure_book, measured, released
from workforce import months, release, stats, year_to
from workforce.measures.recruitment import STAGES
from workforce.present.drawing import theme
from workforce.present.drawing.axes import axis, gap_marks, spread
from workforce.present.kinds import xmr
from workforce.present.kinds.funnel import LIMITS, beyond, lines_of
from workforce.present.text.numbers import count
from workforce.present.view import in_order, place

# Colours and lines


def test_marks_have_three_to_one_and_text_four_and_a_half_to_one_on_white():
    marks = [*theme.PALETTE, theme.RULE, theme.QUIET, *(style.colour for style in theme.STYLES)]
    assert all(theme.contrast(colour, theme.PAPER) >= theme.LEAST_MARK_CONTRAST for colour in marks)
    assert all(
        theme.contrast(colour, theme.PAPER) >= theme.LEAST_TEXT_CONTRAST for colour in (theme.INK, theme.SOFT_INK)
    )


def test_series_differ_in_colour_and_dash_and_shape():
    styles = theme.styles(list("ABCD")).values()
    assert len({s.colour for s in styles}) == len({s.dash for s in styles}) == len({s.shape for s in styles}) == 4


def test_every_mark_of_an_xmr_chart_has_three_to_one_on_white_and_a_shape_of_its_own():
    marks = xmr._ALL_MARKS.values()
    assert all(theme.contrast(m.colour, theme.PAPER) >= theme.LEAST_MARK_CONTRAST for m in marks)
    assert len({m.shape for m in marks}) == len(marks)


# Places on an axis


def test_labels_never_overlap_and_stay_in_the_plot():
    for wanted in ([10, 11, 12, 13], [0, 0, 0], [99, 100, 100], [50], [5, 95, 50, 51]):
        places = spread(wanted, [16.0] * len(wanted), low=0, high=100)
        ordered = sorted(places)
        assert all(b - a >= 16 - 1e-9 for a, b in pairwise(ordered))
        assert ordered[0] >= 8 - 1e-9
        assert ordered[-1] <= 92 + 1e-9


def test_an_axis_holds_every_value_on_round_ticks():
    for values_ in ([0.03], [3, 11.2], [-5, 7], [-5, -1], [1e6, 2e6], [0, 0], [100], [99.9, 100.1]):
        drawn = axis(values_)
        assert drawn.low <= min(values_)
        assert drawn.high >= max(values_)
        assert drawn.low < drawn.high
        assert 2 <= len(drawn.ticks) <= 9
        assert all(math.isfinite(t) for t in drawn.ticks)


def test_markers_of_long_runs_of_gaps_do_not_lie_over_one_another():
    days = [(f"{p.end:%Y-%m-%d}", "[c]") for p in months("2021-01", "2022-12")]
    assert [m for m in gap_marks(days, 600) if m] == ["[c]"]
    every_other = [(day, mark if n % 2 else None) for n, (day, mark) in enumerate(days)]
    assert 5 <= sum(m is not None for m in gap_marks(every_other, 270)) <= 11


@pytest.mark.parametrize(
    ("measure", "units", "step"), [("retention", 7, 1), ("retention", 31, 5), ("time_to_plan", 69, 10)]
)
def test_labels_do_not_crowd(measure, units, step):
    assert measure_book().curves[measure, "product_limit"].every(units, 10) == step


# Lines of a funnel


YEAR = year_to("2023-03")
SIZES = [25, 45, 60, 65, 70, 90, 110, 130, 150, 190]


def turnover(sizes=SIZES, share=0.13, definition="average", measure="turnover", **more):
    sides = pl.DataFrame(
        {
            "team": [f"Team {n:02}" for n in range(len(sizes))],
            "period_start": YEAR.start,
            "period_end": YEAR.end,
            "numerator": [float(round(s * share)) for s in sizes],
            "denominator": [float(s) for s in sizes],
            "people": sizes,
            **more,
        }
    )
    return measured(sides, measure, definition, by=["team"])


def test_lines_pass_within_the_rounding_of_every_released_limit():
    rows = release(stats.funnel(turnover())).frame.filter(pl.col("value").is_not_null()).to_dicts()
    line = {r["x"]: r for r in lines_of(rows, 200.0, floor=0.0)}
    for row in rows:
        for c in LIMITS:
            assert line[row["denominator"]][c] == pytest.approx(row[c], rel=0.07, abs=0.6)


def test_lines_of_rounded_limits_narrow_without_a_kink():
    rows = release(stats.funnel(turnover())).frame.filter(pl.col("value").is_not_null()).to_dicts()
    upper = [(r["x"], r["upper_95"]) for r in lines_of(rows, 200.0, floor=0.0)]
    assert all(b <= a + 1e-9 for (_, a), (_, b) in pairwise(upper))
    slopes = [(b - a) / (y - x) for (x, a), (y, b) in pairwise(upper)]
    assert all(later >= earlier - 0.01 for earlier, later in pairwise(slopes))


def test_lines_through_few_groups_go_from_limit_to_limit():
    limits = {"centre": 10.0, "lower_95": 6.0, "upper_95": 14.0, "lower_998": None, "upper_998": 16.0}
    rows = [{"denominator": n, **limits} for n in (100.0, 400.0)]
    found = lines_of(rows, 408.0, floor=0.0)
    assert found[0]["upper_95"] == 14.0
    assert all(r["lower_998"] is None for r in found)
    assert lines_of([], 10.0, floor=None) == []


def test_what_was_judged_before_rounding_holds():
    row = {"value": 20.0, "lower_998": 4.0, "upper_998": 16.0, "lower_95": 5.0, "upper_95": 15.0}
    assert (beyond(row, "998"), beyond({**row, "position": "within the limits"}, "998")) == (1, 0)
    assert beyond({**row, "position": "below the 99.8% limits"}, "998") == -1
    assert beyond({**row, "position": "above the 95% limits"}, "95") == 1


# The order of bands and stages


@pytest.mark.parametrize(
    "bands",
    [
        ["up to 18 weeks", "18 to 52 weeks", "over 52 weeks"],
        ["within 20 weeks", "over 20 weeks, within a year", "over a year"],
        ["1 to 9", "10 to 14", "15 to 19", "30 or more"],
        ["under 25", "25 to 34", "55 and over", "not recorded"],
        ["9.5 to 10", "10 to 12"],
    ],
)
def test_bands_follow_their_numbers(bands):
    assert sorted(sorted(bands), key=lambda b: place(b, "band")) == bands


def test_stages_follow_one_another():
    stages = ["Decision", "Advice", "Draft", "Final", "returned"]
    assert sorted(sorted(stages), key=lambda s: place(s, "stage")) == stages


def test_what_has_no_order_of_its_own_stays_as_it_came():
    rows = [{"team": t, "band": b} for t in ("south", "north") for b in ("over 5", "1 to 5")]
    assert in_order(rows, ["team"]) == rows
    assert [(r["team"], r["band"]) for r in in_order(rows, ["team", "band"])] == [
        ("south", "1 to 5"),
        ("south", "over 5"),
        ("north", "1 to 5"),
        ("north", "over 5"),
    ]


def test_a_table_lists_its_bands_in_order():
    bands = ["13 to 26 weeks over", "over 52 weeks over", "up to 4 weeks over", "4 to 13 weeks over"]
    late = measured(
        pl.DataFrame({"band": bands, "numerator": [9.0, 10.0, 11.0, 12.0], "people": [9, 10, 11, 12]}),
        "backlog",
        "overdue",
        by=[],
    )
    html = wf.table(released({"late": late})).html
    shown = sorted(bands, key=html.index)
    assert shown == ["up to 4 weeks over", "4 to 13 weeks over", "13 to 26 weeks over", "over 52 weeks over"]


# Words and marks of a figure


def test_every_kind_of_curve_is_in_the_measure_book():
    curves = measure_book().curves
    assert set(curves) <= set(MEASURE_BOOK)
    stages = {"product_limit", *(f"product_limit_{stage}" for stage in STAGES if stage != "hire")}
    assert {d for m, d in curves if m == "time_to_hire"} == stages


def test_a_count_that_is_not_there_is_its_marker():
    assert count(None, "c") == "[c]"
