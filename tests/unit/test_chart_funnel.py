"""A funnel's lines are smooth through the released limits, what was judged before rounding holds, and ratios say what they are."""

import polars as pl

import builders
from builders import measured
from workforce import chart, stats, year_to

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
    days = turnover(
        [4, 400], share=9, measure="absence", definition="days_per_fte", variance=[64.0, 0.64], largest=0.1, units=50
    )
    around = stats.funnel(days).frame
    assert around.select(pl.min_horizontal("lower_95", "lower_998").min()).item() == 0
    assert around["upper_998"].max() > 2 * around["centre"][0]


def test_the_title_follows_the_position_that_was_judged():
    frame = stats.funnel(turnover()).frame.with_columns(
        position=pl.when(pl.col("team") == "Team 03").then(pl.lit("above the 99.8% limits")).otherwise("position")
    )
    figure = chart.funnel(builders.released({"turnover": frame}, "board"))
    assert figure.title == "Turnover is higher in Team 03 than chance would explain"
    assert any("Judged before figures were rounded." in sentence for sentence in figure.caption)
    assert "Above the 99.8% limits" in figure.table_html


def test_a_standardised_ratio_says_what_it_is_of():
    rows = turnover(
        [1000, 1500, 2000, 2500],
        share=1.02,
        measure="absence",
        definition="days_per_fte_indirect",
        variance=0.01,
        largest=0.1,
        units=50,
    )
    figure = chart.funnel(builders.released({"absence": stats.funnel(rows)}, "board"))
    assert "FTE working days lost / expected \N{MULTIPLICATION SIGN} 100" in figure.svg
    assert "expected at the standard's rates" in figure.svg
    assert "standardised sickness absence" in figure.alt
    assert any("same mix" in sentence for sentence in figure.caption)
