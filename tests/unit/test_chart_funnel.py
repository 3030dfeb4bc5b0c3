"""A funnel's lines are smooth through the released limits, what was judged before rounding holds, and ratios say what they are."""

from itertools import pairwise

import polars as pl
import pytest

import builders
from builders import measured
from workforce import chart, release, stats, year_to
from workforce.definitions import definition_of
from workforce.measures.comparison.funnel import may_be_negative
from workforce.present.funnel_lines import LIMITS, lines_of
from workforce.present.view import beyond

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


def test_the_lower_limit_of_days_lost_is_never_below_zero():
    days = turnover([4, 400], share=9, measure="absence", definition="days_per_fte", standard_error=[8.0, 0.8])
    around = stats.funnel(days).frame
    assert around.select(pl.min_horizontal("lower_95", "lower_998").min()).item() == 0
    assert around["upper_998"].max() > 2 * around["centre"][0]


def test_of_rates_with_two_sides_only_the_vacancy_rate_by_establishment_can_be_negative():
    assert may_be_negative(definition_of("vacancy_rate", "establishment"))
    assert not may_be_negative(definition_of("caseload", "dfe"))


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


def test_the_title_follows_the_position_that_was_judged():
    frame = stats.funnel(turnover()).frame.with_columns(
        position=pl.when(pl.col("team") == "Team 03").then(pl.lit("above the 99.8% limits")).otherwise("position")
    )
    figure = chart.funnel(builders.released({"turnover": frame}, "board"))
    assert figure.title == "Turnover: higher in Team 03 than chance would explain"
    assert any("Judged before figures were rounded." in sentence for sentence in figure.caption)
    assert "Above the 99.8% limits" in figure.table_html


def test_a_standardised_ratio_says_what_it_is_of():
    rows = turnover(
        [1000, 1500, 2000, 2500], share=1.02, measure="absence", definition="days_per_fte_indirect", standard_error=0.1
    )
    figure = chart.funnel(builders.released({"absence": stats.funnel(rows)}, "board"))
    assert "FTE working days lost / expected \N{MULTIPLICATION SIGN} 100" in figure.svg
    assert "expected at the standard's rates" in figure.svg
    assert "standardised sickness absence" in figure.alt
    assert any("same mix" in sentence for sentence in figure.caption)
