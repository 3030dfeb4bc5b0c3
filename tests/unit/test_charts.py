"""Charts draw what was released, mark what was not, and are laid out so that they can be read."""

from datetime import date

import polars as pl
import pytest

import builders
from builders import as_result, life_table_of, measured, vega_lite
from workforce import Period, chart, month, months, year_to, years_to
from workforce.errors import DisclosureError, UsageError

NOW = year_to("2023-03")


def released(*cells, by="locality", measure="turnover", definition="average", rule="internal"):
    rows = [
        {
            by: group,
            "period_start": period.start,
            "period_end": period.end,
            "numerator": numerator,
            "denominator": denominator,
            "people": 50,
            "marker": marker[0] if marker else None,
        }
        for group, period, numerator, denominator, *marker in cells
    ]
    schema = {by: pl.String, "period_start": pl.Date, "period_end": pl.Date, "people": pl.Int64}
    schema |= {"numerator": pl.Float64, "denominator": pl.Float64, "marker": pl.String}
    table = measured(pl.DataFrame(rows, schema=schema), measure, definition, by=[by])
    return builders.released({"turnover": table}, rule)


def with_people(given, **people):
    """The same table with so many people in some groups."""
    size = pl.col("locality").replace_strict(people, default=50, return_dtype=pl.Int64)
    return builders.released({"turnover": given.frame.with_columns(people=size)})


def life(*groups, years=6):
    rows = [
        {"staff_group": g, "time": 30 * n, "entered": 0, "at_risk": 200 - n, "left": 1, "censored": 0, "value": 0.99**n}
        | {"lower": 0.98**n, "upper": 0.995**n, "marker": None}
        for g in groups
        for n in range(years * 12)
    ]
    frame = pl.DataFrame(rows, schema_overrides={"marker": pl.String})
    return builders.released({"life": life_table_of(frame)})


def funnelled(*cells):
    frame = released(*cells).frame
    frame = frame.with_columns(centre=10.0, lower_95=6.0, upper_95=14.0, lower_998=4.0, upper_998=16.0)
    return builders.released({"turnover": as_result(frame)})


SIX = [(name, NOW, 10 + 9 * n, 100 + 30 * n) for n, name in enumerate("ABCDEF")]


def values(figure):
    """Every row of every inline table of a specification."""
    found = []

    def walk(node):
        if isinstance(node, dict):
            if isinstance(node.get("values"), list):
                found.extend(v for v in node["values"] if isinstance(v, dict))
            for child in node.values():
                walk(child)
        elif isinstance(node, list):
            for child in node:
                walk(child)

    walk(dict(figure.spec))
    for rows in figure.spec.get("datasets", {}).values():
        found.extend(rows)
    return found


@pytest.mark.parametrize("draw", [chart.trend, chart.bars, chart.funnel, chart.retention])
def test_a_chart_refuses_a_frame_that_was_not_released(draw):
    with pytest.raises(DisclosureError) as error:
        draw(released(*SIX).frame)
    assert "wf.release" in error.value.hint


def test_a_chart_refuses_several_tables_at_once():
    table = released(*SIX).frame
    with pytest.raises(DisclosureError):
        chart.bars(builders.released({"one": as_result(table), "two": as_result(table)}, "board"))


def test_of_five_series_the_smallest_is_left_to_the_table_and_panels_have_room_for_it():
    cells = [(name, m, 10, 100) for name in "ABCDE" for m in months("2023-01", "2023-03")]
    sized = with_people(released(*cells), C=12)
    figure = chart.trend(sized)
    assert {r["s"] for r in values(figure) if "s" in r} == set("ABDE")
    assert "4 of 5 localities are drawn, those with most people; only the table has C." in " ".join(figure.caption)
    assert figure.alt.endswith("4 of 5 localities are drawn, those with most people; only the table has C.")
    assert ">C</" in figure.table_html
    assert "C: 10.0%" in chart.trend(sized, panels=True).svg


def test_of_five_curves_four_are_drawn():
    figure = chart.retention(life(*"ABCDE"))
    assert "4 of 5 staff groups are drawn" in " ".join(figure.caption)
    assert len({r["s"] for r in values(figure) if "s" in r}) == 4


def test_a_withheld_point_is_a_gap_and_shows_its_marker():
    cells = [("A", m, 10, 100) for m in months("2023-01", "2023-05")]
    cells[2] = ("A", month("2023-03"), None, None, "c")
    figure = chart.trend(released(*cells))
    drawn = [r for r in values(figure) if r.get("x") == "2023-03-31"]
    assert drawn
    assert all(r["y"] is None for r in drawn)
    assert ">[c]<" in figure.svg  # the page says once what it means


def test_a_point_between_two_gaps_is_still_drawn():
    cells = [("A", m, None, None, "c") for m in months("2023-01", "2023-05")]
    cells[2] = ("A", month("2023-03"), 10, 100)
    assert {r["x"] for r in values(chart.trend(released(*cells))) if r.get("a")} == {"2023-03-31"}


def test_each_series_is_named_in_the_drawing_and_there_is_no_legend():
    cells = [(name, m, 10, 100) for name in ("North", "South") for m in months("2023-01", "2023-03")]
    figure = chart.trend(released(*cells))
    assert "North: 10.0%" in figure.svg
    assert "role-legend" not in figure.svg


def test_a_withheld_bar_keeps_its_place_and_shows_its_marker():
    figure = chart.bars(released(*SIX, ("Island", NOW, None, None, "c")))
    assert "Island" in figure.svg
    assert "[c] withheld" in figure.svg
    assert "Island: withheld" in figure.alt


def test_bars_start_at_zero():
    figure = chart.bars(released(("A", NOW, 80, 100), ("B", NOW, 90, 100), definition="average_fte"))
    domains = [
        layer["encoding"]["x"]["scale"]["domain"]
        for layer in figure.spec["layer"]
        if "scale" in layer["encoding"].get("x", {})
    ]
    assert domains
    assert all(low <= 0 <= high for low, high in domains)


def test_bars_are_sorted_and_groups_with_an_order_of_their_own_keep_it():
    names = [r["s"] for r in values(chart.bars(released(*SIX))) if "c" in r]
    assert names[:6] == list("FEDCBA")
    quarters = [(q, NOW, 10 + 5 * n, 100) for n, q in enumerate(("Q1 (lowest paid)", "Q2", "Q3", "Q4 (highest paid)"))]
    ordered = [r["s"] for r in values(chart.bars(released(*quarters, by="pay_quarter"))) if "c" in r]
    assert ordered[:4] == ["Q1 (lowest paid)", "Q2", "Q3", "Q4 (highest paid)"]


def test_bars_show_the_latest_period_unless_told_otherwise():
    early, late = years_to("2023-03", 2)
    table = released(("A", early, 10, 100), ("A", late, 20, 100), ("B", late, 25, 100), ("B", early, 12, 100))
    assert "20.0%" in chart.bars(table).svg
    assert "10.0%" in chart.bars(table, period=early).svg
    with pytest.raises(UsageError):
        chart.bars(table, period=month("2001-01"))


def test_a_reference_is_a_line_and_not_a_bar():
    figure = chart.bars(released(*SIX), reference="C", highlight="A")
    assert "C" not in [r["s"] for r in values(figure) if "c" in r]
    assert any(sentence == "Dashed line: C." for sentence in figure.caption)
    with pytest.raises(UsageError):
        chart.bars(released(*SIX), reference="Z")


def test_of_too_many_bars_the_smallest_and_the_unknown_are_left_to_the_table():
    names = [*(f"L{n:02}" for n in range(41)), "Unknown"]
    sized = with_people(released(*[(name, NOW, 20, 100) for name in names]), L00=11, Unknown=900)
    figure = chart.bars(sized)
    assert "40 of 42 localities are drawn, those with most people; only the table has L00 and Unknown." in " ".join(
        figure.caption
    )
    assert ">L00<" not in figure.svg
    assert ">L01<" in figure.svg
    assert "L00" in figure.table_html
    highlighted = chart.bars(sized, highlight="L00").svg
    assert ">L00<" in highlighted
    assert ">L01<" not in highlighted


def test_a_target_stands_in_the_chart():
    assert "Target 12.0%" in chart.bars(released(*SIX), target=12.0).svg
    assert (
        "Target 12.0%"
        in chart.trend(released(*[("A", m, 10, 100) for m in months("2023-01", "2023-03")]), target=12.0).svg
    )


def test_a_limit_is_not_called_a_target():
    months_of_a = released(*[("A", m, 10, 100) for m in months("2023-01", "2023-03")])
    for figure in (
        chart.bars(released(*SIX), target=12.0, target_name="Agreed limit"),
        chart.trend(months_of_a, target=12.0, target_name="Agreed limit"),
    ):
        assert "Agreed limit 12.0%" in figure.svg
        assert "Target" not in figure.svg


def test_sides_beside_a_bar_are_called_what_they_are():
    changes = released(("A", NOW, 30, 100), by="locality", measure="continuity", definition="changes")
    assert "(30 changes / 100 child-years)" in chart.bars(changes).svg


def test_a_funnel_without_its_limits_is_refused():
    with pytest.raises(UsageError, match="centre"):
        chart.funnel(released(*SIX))


def test_a_funnel_draws_its_limits_by_size_and_names_its_points():
    figure = chart.funnel(funnelled(*reversed(SIX)))
    edges = [r["x"] for r in values(figure) if "centre" in r]
    assert edges[:6] == sorted(edges[:6])
    assert all(f">{name}<" in figure.svg for name in "ABCDEF")


def test_a_crowded_funnel_names_only_the_outliers():
    cells = [(f"Place {n:02}", NOW, 10, 100 + n) for n in range(30)] + [("Far", NOW, 60, 200)]
    svg = chart.funnel(funnelled(*cells)).svg
    assert ">Far<" in svg
    assert ">Place 07<" not in svg


def test_retention_steps_and_shows_the_numbers_at_risk_at_whole_years():
    figure = chart.retention(life("A", "B"))
    assert "step-after" in str(figure.spec)
    assert "Staff at risk of leaving" in figure.svg
    assert ">200<" not in figure.svg.replace(
        ">199<", ""
    )  # at time 0 nobody is at risk yet; the first row with a risk set has 199
    assert ">187<" in figure.svg  # the first row at or after 365 days is the 13th


def test_a_curve_cut_short_by_until_reaches_the_edge():
    figure = chart.retention(life("A"), until=2)
    assert max(r["x"] for r in values(figure) if "y" in r and "l" in r) == 2
    with pytest.raises(UsageError):
        chart.retention(life("A"), until=0)


def test_retention_refuses_a_measure_table_and_trend_a_life_table():
    with pytest.raises(UsageError):
        chart.retention(released(*SIX))
    with pytest.raises(UsageError):
        chart.trend(life("A"))


def test_groups_that_would_lie_over_one_another_are_refused():
    frame = (
        released(*SIX)
        .frame.with_columns(team=pl.Series(list("uvwxyz")))
        .select("measure", "definition", "team", pl.exclude("team", "measure", "definition"))
    )
    both = builders.released({"turnover": as_result(frame)}, "board")
    with pytest.raises(UsageError, match="locality"):
        chart.bars(both)
    assert chart.bars(both, by="team").title
    with pytest.raises(UsageError, match="colour"):
        chart.bars(both, by="colour")


def test_several_definitions_are_refused_until_one_is_chosen():
    frame = pl.concat([released(*SIX).frame, released(*SIX, definition="nhs").frame])
    both = builders.released({"turnover": as_result(frame)}, "board")
    with pytest.raises(UsageError, match="average and nhs"):
        chart.bars(both)
    assert "mean of opening and closing" in " ".join(chart.bars(both, definition="nhs").caption)


@pytest.mark.parametrize("draw", [chart.trend, chart.bars])
def test_a_sentence_stands_in_place_of_a_table_without_rows(draw):
    assert draw(released()).text == "Turnover by locality is not shown: the records have no data for it."


@pytest.mark.parametrize("draw", [chart.trend, chart.bars])
def test_one_row_is_drawn_and_none_with_a_figure_is_a_sentence(draw):
    assert "<svg" in draw(released(("A", NOW, 10, 100))).svg
    hidden = "Turnover by locality is not shown: withheld, because few people are behind the figures."
    assert draw(released(("A", NOW, None, None, "c"))).text == hidden
    assert "is 0 or not known" in draw(released(("A", NOW, 0, 0))).text


def test_tiny_large_and_negative_values_are_drawn():
    for numerator in (0.001, 1e7, -50):
        assert "<svg" in chart.bars(released(("A", NOW, numerator, 100), definition="average_fte")).svg
        assert "<svg" in chart.trend(released(("A", NOW, numerator, 100), definition="average_fte")).svg


def test_a_specification_holds_only_the_columns_that_are_drawn():
    for figure in (
        chart.trend(released(*SIX[:4])),
        chart.bars(released(*SIX)),
        chart.funnel(funnelled(*SIX)),
        chart.retention(life("A")),
    ):
        assert not {"people", "numerator", "denominator", "left_out", "entered", "left", "censored"} & {
            k for r in values(figure) for k in r
        }


def test_an_axis_that_leaves_out_zero_is_said_to():
    table = released(
        *[("A", Period(date(2023, n, 1), date(2023, n, 28)), 9500 + n, 10000) for n in (1, 2, 3)],
        measure="stability",
        definition="nhs",
    )
    assert "The vertical axis does not start at zero." in chart.trend(table).caption
    assert (
        "The vertical axis does not start at zero."
        not in chart.trend(released(*[("A", m, 10, 100) for m in months("2023-01", "2023-03")])).caption
    )


def test_a_plain_count_is_drawn_from_zero_so_that_rounding_does_not_look_like_a_leap():
    table = released(
        *[("A", Period(date(2023, n, 1), date(2023, n, 1)), 1500 + 5 * n, None) for n in (1, 2, 3)],
        measure="headcount",
        definition="in_post",
    )
    assert "The vertical axis does not start at zero." not in chart.trend(table).caption


def test_the_caption_says_source_period_population_and_rule():
    text = " ".join(chart.bars(released(*SIX), source="Our records").caption)
    for part in (
        "Source: Our records.",
        "Period: 1 April 2022 to 31 March 2023.",
        "Population: average headcount in post, by locality.",
        "Whiskers: 95% limits",
    ):
        assert part in text


def test_every_specification_is_valid_vega_lite():
    cells = [(name, m, 10, 100) for name in ("A", "B") for m in months("2023-01", "2023-05")]
    for figure in (
        chart.trend(released(*cells), target=9.0),
        chart.trend(released(*cells), panels=True),
        chart.bars(released(*SIX), target=9.0, reference="A", highlight="B"),
        chart.funnel(funnelled(*SIX)),
        chart.retention(life("A", "B")),
    ):
        assert vega_lite(figure)


def test_a_row_without_a_period_makes_a_bar_but_no_point_of_a_trend():
    frame = released(("A", NOW, 10, 100)).frame.with_columns(
        pl.lit(None, pl.Date).alias(c) for c in ("period_start", "period_end")
    )
    table = builders.released({"turnover": as_result(frame)})
    assert chart.bars(table).title == "A: turnover was 10.0%"
    with pytest.raises(UsageError):
        chart.trend(table)


def test_the_theme_does_not_change_an_analysts_own_charts():
    chart.bars(released(*SIX))
    import altair as alt  # after a chart was drawn: the library makes Altair's import short

    before = alt.theme.active
    chart.bars(released(*SIX), highlight="B")
    assert alt.theme.active == before
    assert "workforce" in alt.theme.names()
