"""Arrivals and closures stand on one scale over what is left open; pay scales stand by role with our median on them."""

from datetime import date

import polars as pl
import pytest

import builders
from builders import measured, stacked, vega_lite
from workforce import chart, months
from workforce.errors import DisclosureError, UsageError

PERIODS = months("2022-10", "2023-03")
CAME, WENT, OPEN = [30, 32, 34, 36, 38, 40], [29, 31, 33, 35, 37, 39], [100, 101, 102, 103, 104, 105]
DAY = date(2023, 3, 31)


def flowing(came=CAME, went=WENT, left=OPEN, groups=("North",), definitions=("arrivals", "closures", "at_end")):
    parts = []
    for definition, numbers in zip(definitions, (came, went, left), strict=True):
        sides = pl.DataFrame(
            [
                {
                    "locality": g,
                    "period_start": p.start,
                    "period_end": p.end,
                    "numerator": n,
                    "people": 50,
                    "marker": "c" if n is None else None,
                }
                for g in groups
                for p, n in zip(PERIODS, numbers, strict=True)
            ],
            schema_overrides={"numerator": pl.Float64, "marker": pl.String},
        )
        parts.append(measured(sides, "case_flow", definition, by=["locality"]))
    return builders.released({"flow": stacked(parts)}, "board")


def test_the_caption_says_once_why_the_change_of_what_is_open_is_not_tested():
    reasons = [
        s
        for s in chart.flow(flowing()).caption
        if "The change of the open total is not tested: it counts every open case" in s
    ]
    assert len(reasons) == 1
    hidden = chart.flow(flowing(left=[None, *OPEN[1:]]))
    assert not any("is not tested" in sentence for sentence in hidden.caption)


def paid(roles=("SENCO",), median=21.0, gap=4.0):
    bodies = [("ours", 15.0, 25.0), ("Trust", 16.0, 27.0)]
    parts = []
    for definition in ("scale_minimum", "scale_midpoint", "scale_maximum", "median", "gap_to_maximum"):
        rows = []
        for role in roles:
            for body, low, high in bodies:
                value = {"scale_minimum": low, "scale_midpoint": (low + high) / 2, "scale_maximum": high}.get(
                    definition
                )
                if definition in ("median", "gap_to_maximum"):
                    if body != "ours":
                        continue
                    value = median if definition == "median" else gap
                rows.append(
                    {
                        "role": role,
                        "body": body,
                        "value": value,
                        "people": 40,
                        "denominator": 40.0,
                        "marker": "c" if value is None else None,
                    }
                )
        sides = pl.DataFrame(rows, schema_overrides={"value": pl.Float64, "marker": pl.String})
        dated = sides.with_columns(period_start=pl.lit(DAY), period_end=pl.lit(DAY))
        parts.append(measured(dated, "pay_position", definition, by=["role"]))
    return builders.released({"pay": stacked(parts)}, "board")


def test_the_title_says_what_is_open_and_what_came_and_went():
    assert chart.flow(flowing()).title == (
        "North: open at the end of March 2023: 105 cases and 100 at the end of October 2022; change not tested; "
        "40 received and 39 closed in March 2023"
    )
    assert " and 100 at the end of October 2022; change not tested;" in chart.flow(flowing(left=[100] * 6)).title


def test_bars_start_at_zero_and_the_open_total_has_a_plot_of_its_own():
    spec = chart.flow(flowing()).spec
    assert len(spec["vconcat"]) == 2
    for plot in spec["vconcat"]:
        assert plot["layer"][0]["encoding"]["y"]["scale"]["domain"][0] == 0


def test_what_is_withheld_is_a_gap_with_its_marker_and_is_counted_in_the_words():
    figure = chart.flow(flowing(came=[30, None, 34, 36, 38, None]))
    assert ">[c]<" in figure.svg
    assert "[c] received and 39 closed" in figure.title
    assert "2 not shown" in figure.alt


def test_one_group_is_drawn_at_a_time():
    both = flowing(groups=("North", "South"))
    with pytest.raises(UsageError) as error:
        chart.flow(both)
    assert "only=" in error.value.hint
    assert chart.flow(both, only="South").title.startswith("South: open")
    with pytest.raises(UsageError):
        chart.flow(both, only="West")


def test_a_table_without_a_flow_is_refused():
    with pytest.raises(UsageError, match="arrivals"):
        chart.flow(paid())
    with pytest.raises(DisclosureError):
        chart.flow(flowing().frame)


def test_a_bar_stands_for_each_scale_and_a_diamond_for_our_median():
    figure = chart.pay_ranges(paid())
    marks = [layer["mark"] for layer in figure.spec["layer"]]
    assert sum(m["type"] == "point" for m in marks) == 1
    assert "£15.00 to £25.00" in figure.svg
    assert "median £21.00" in figure.svg
    assert figure.title == "SENCO: the median of other employers' highest rates is 4.0% above ours"


def test_a_withheld_median_says_so_and_has_no_mark():
    figure = chart.pay_ranges(paid(median=None))
    assert "median [c] withheld" in figure.svg
    assert not [layer for layer in figure.spec["layer"] if layer["mark"]["type"] == "point"]
    assert "our median [c] withheld" in figure.alt


def test_bodies_are_written_as_asked_and_ours_comes_first():
    figure = chart.pay_ranges(paid(), names={"ours": "Westmoor Council"})
    assert figure.svg.index("Westmoor Council") < figure.svg.index(">Trust<")


def test_of_more_than_twelve_roles_those_with_most_staff_are_drawn_and_the_caption_says_so():
    many = paid(roles=[f"Role {n:02}" for n in range(13)])
    frame = many.frame.with_columns(
        denominator=pl.when(pl.col("role") == "Role 05").then(pl.lit(15.0)).otherwise("denominator")
    )
    figure = chart.pay_ranges(builders.released({"pay": frame}, "board"))
    assert ">Role 05<" not in figure.svg
    assert "Role 12" in figure.svg
    assert "12 of 13 roles are drawn, those with most people; only the table has Role 05." in " ".join(figure.caption)
    assert "Role 05" in figure.table_html
    assert "are drawn" not in " ".join(chart.pay_ranges(paid()).caption)


def test_roles_that_are_asked_for_keep_their_order_and_have_the_same_room():
    names = [f"Role {n:02}" for n in range(13)]
    many = paid(roles=names)
    assert "12 of 13 roles are drawn" in " ".join(chart.pay_ranges(many, roles=names).caption)
    figure = chart.pay_ranges(many, roles=["Role 03", "Role 01"])
    assert figure.svg.index("Role 03") < figure.svg.index("Role 01")
    assert figure.title == "The median of other employers' highest rates is above ours in 2 of 2 scales"
    with pytest.raises(UsageError):
        chart.pay_ranges(many, roles="Role 99")


def test_other_tables_are_no_pay_positions():
    with pytest.raises(UsageError):
        chart.pay_ranges(flowing())
    with pytest.raises(DisclosureError):
        chart.pay_ranges(paid().frame)


@pytest.mark.parametrize("figure", [lambda: chart.flow(flowing()), lambda: chart.pay_ranges(paid())])
def test_the_figures_are_drawn_alike_each_time_and_compile_for_jupyterlab(figure):
    assert figure().svg == figure().svg
    assert figure().vega()["$schema"].startswith("https://vega.github.io/schema/vega/v5")
    assert vega_lite(figure())


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        ("rose", "North: open rose from 100 at the end of October 2022 to 105 cases at the end of March 2023; 40 "),
        (
            "higher than before, which chance alone could explain",
            "105 cases, higher than at the end of October 2022 (100), which chance alone could explain; 40 received",
        ),
        ("about the same", "105 cases, about the same as at the end of October 2022 (100); 40 received"),
    ],
)
def test_what_is_open_is_compared_as_the_test_of_these_two_dates_says(verdict, words):
    shown = flowing()
    of_march = shown.verdicts.filter(
        pl.col("definition") == "at_end", pl.col("over") == "period", pl.col("period_end") == PERIODS[-1].end
    )
    tested = of_march.with_columns(
        compared_start=pl.lit(PERIODS[0].start),
        compared_end=pl.lit(PERIODS[0].end),
        verdict=pl.lit(verdict),
        leading_verdict=pl.lit(verdict),
    )
    assert len(tested) == 1
    name = shown.name
    assert words in chart.flow(builders.released(dict(shown.results), verdicts={name: tested})).title
    with_february = tested.with_columns(compared_start=pl.lit(PERIODS[-2].start), compared_end=pl.lit(PERIODS[-2].end))
    untested = chart.flow(builders.released(dict(shown.results), verdicts={name: with_february})).title
    assert "100 at the end of October 2022; change not tested" in untested
