"""An XmR chart draws what was judged before release, says it in words first, and tells special causes apart by shape and colour."""

from datetime import date

import polars as pl
import pytest

import builders
from builders import as_result, measured, stacked, vega_lite
from workforce import chart, months, release, stats, table, words
from workforce.errors import DisclosureError, UsageError

STEADY = [38, 46] * 10


def monthly(numbers, *, group="A", denominator=1000.0, measure="turnover"):
    periods = months("2021-01", "2022-12")[: len(numbers)]
    return measured(
        pl.DataFrame(
            {
                "team": group,
                "period_start": [p.start for p in periods],
                "period_end": [p.end for p in periods],
                "numerator": [None if n is None else float(n) for n in numbers],
                "denominator": denominator,
                "people": 1000,
                "marker": ["x" if n is None else None for n in numbers],
            },
            schema_overrides={"marker": pl.String},
        ),
        measure,
        "average",
        by=["team"],
    )


def judged(*series, rule="internal", **options):
    table_ = stacked(monthly(numbers, group=g) for g, numbers in zip("ABCDE", series, strict=False))
    return release(stats.xmr(table_, **options), rule)


def points(figure, kind):
    found = []

    def walk(node):
        if isinstance(node, dict):
            mark = node.get("mark")
            if isinstance(mark, dict) and mark.get("type") == "point" and f"'{kind}'" in str(node.get("transform", "")):
                found.append(mark)
            for child in node.values():
                walk(child)
        elif isinstance(node, list):
            for child in node:
                walk(child)

    walk(dict(figure.spec))
    return found


def test_the_title_is_what_the_latest_point_says():
    assert words.variation_title(judged(STEADY)).text == "A: turnover in August 2022: no significant change"
    worse = words.variation_title(judged([*STEADY, 90])).text
    assert worse == "A: turnover in September 2022: worse than expected (above the upper limit)"
    assert chart.xmr(judged([*STEADY, 90])).title == worse


def test_fewer_than_thirteen_points_are_drawn_and_judged_by_nothing():
    figure = chart.xmr(judged([40, 44] * 5))
    assert figure.title == "A: turnover in October 2021: too few points to judge"
    assert "Upper limit" not in figure.svg
    assert "Mean 4.2%" in figure.svg


def test_several_series_are_counted_by_what_they_say():
    said = words.variation_title(judged(STEADY, [*STEADY[:-1], 90], STEADY)).text
    assert said == "Turnover in August 2022: worse than expected in B; no significant change in A and C"
    assert (
        words.variation_title(judged(STEADY, STEADY)).text
        == "Turnover in August 2022: no significant change in any of the 2 teams"
    )


def test_the_sentence_says_the_target_in_words_and_that_seasons_were_not_looked_at():
    text = words.variation_sentence(judged(STEADY, target=2.0)).text
    assert "Turnover consistently misses the target." in text
    assert "not adjusted for the season" in text
    assert "by chance" in words.variation_sentence(judged(STEADY, target=4.1)).text
    assert "target" not in words.variation_sentence(judged(STEADY)).text


def test_a_series_too_short_to_judge_says_nothing_of_its_season_or_target():
    text = words.variation_sentence(judged([40, 44] * 5, target=2.0)).text
    assert text == "A: turnover in October 2021: too few points to judge."


def test_a_series_that_is_mostly_zeros_claims_nothing_of_target_or_season():
    rare = judged([0, 0, 0, 9] * 5, target=2.0)
    assert words.variation_sentence(rare).text == "A: turnover in August 2022: too few events to judge."
    assert "special cause" not in chart.xmr(rare).alt


def test_special_causes_differ_from_other_points_by_shape_and_colour():
    figure = chart.xmr(judged([*STEADY, 90]))
    (worse,), (usual,) = points(figure, "worse than expected"), points(figure, "usual")
    assert worse["shape"] != usual["shape"]
    assert worse["color"] != usual["color"]
    assert "Worse than expected" in figure.svg


def test_there_is_no_band_of_95_percent_limits():
    figure = chart.xmr(judged(STEADY))
    assert "area" not in str(figure.spec)
    assert not any("95% limits" in sentence for sentence in figure.caption)


def test_a_withheld_point_is_a_gap_and_limits_go_on_across_it():
    released = judged([*STEADY[:8], None, *STEADY[8:]])
    figure = chart.xmr(released)
    assert ">[x]<" in figure.svg
    few = stats.xmr(monthly(STEADY)).frame.with_columns(
        people=pl.when(pl.col("period_start") == date(2021, 5, 1)).then(3).otherwise(1000)
    )
    hidden = release(as_result(few))
    assert ">[c]<" in chart.xmr(hidden).svg


def test_limits_that_were_withheld_are_not_drawn():
    frame = judged(STEADY).frame
    none = frame.with_columns(pl.lit(None, pl.Float64).alias(c) for c in ("centre", "lower_limit", "upper_limit"))
    svg = chart.xmr(builders.released({"turnover": none}, "board")).svg
    assert "Upper limit" not in svg
    assert "Mean" not in svg


def test_a_lower_limit_below_zero_is_not_drawn_where_the_measure_cannot_be_negative():
    figure = chart.xmr(judged([4, 6] * 10))
    assert "Lower limit" not in figure.svg
    assert any("below zero is not drawn" in sentence for sentence in figure.caption)
    assert "up to" in figure.alt


def test_limits_step_where_they_restart():
    figure = chart.xmr(judged([40, 44] * 6 + [80, 84] * 6, restart=[date(2022, 1, 1)]))
    stretches = {r["k"] for layer in figure.spec["layer"] for r in layer.get("data", {}).get("values", []) if "k" in r}
    assert stretches == {0, 1}


def test_each_group_has_a_panel_with_its_own_words():
    figure = chart.xmr(judged(STEADY, [*STEADY[:-1], 90]))
    assert "vconcat" in figure.spec
    assert "A: 4.6%" in figure.svg
    assert "worse than expected" in figure.svg


def test_a_target_is_a_rule_with_words_beside_the_limits():
    assert "Target 3.0%" in chart.xmr(judged(STEADY, target=3.0), target=3.0).svg


def test_a_table_that_was_not_judged_is_refused():
    with pytest.raises(UsageError, match="variation"):
        chart.xmr(release(monthly(STEADY), "internal"))
    with pytest.raises(UsageError):
        words.variation_sentence(release(monthly(STEADY), "internal"))
    with pytest.raises(DisclosureError):
        chart.xmr(stats.xmr(monthly(STEADY)))


def test_the_alternative_text_says_limits_and_special_causes():
    alt = chart.xmr(judged([*STEADY, 90])).alt
    assert alt.startswith("XmR chart of turnover: 21 points to September 2022.")
    assert "1 special cause, the latest in September 2022 (above the upper limit)" in alt


def test_the_figure_is_drawn_alike_each_time_and_compiles_for_jupyterlab():
    one, other = chart.xmr(judged(STEADY, STEADY)), chart.xmr(judged(STEADY, STEADY))
    assert one.svg == other.svg
    assert one.vega()["$schema"].startswith("https://vega.github.io/schema/vega/v5")
    assert vega_lite(one)


def test_an_empty_table_is_a_sentence():
    empty = builders.released({"turnover": judged(STEADY).frame.clear()})
    assert "not shown: the records have no data for it." in chart.xmr(empty).text


def test_a_table_shows_variation_and_special_causes_in_words_beside_the_figures():
    html = table(judged([*STEADY, 90]), columns=["period", "value", "variation", "special_cause", "centre"]).html
    for part in ("Variation", "Special cause", "Worse than expected", "Above the upper limit", ">none<", "Centre"):
        assert part in html
    with pytest.raises(UsageError, match="position"):
        table(judged(STEADY), columns=["position"])


def test_the_caption_says_how_the_latest_point_is_judged_and_how_often_chance_alone_flags_it():
    caption = " ".join(chart.xmr(judged(STEADY)).caption)
    assert "Solid line: the mean of the series; dashed: the limits of its usual variation." in caption
    rate = stats.xmr(monthly(STEADY)).frame["false_alarms"][-1]
    assert (
        f"The latest point is judged against the mean of the series; chance alone flags it in about {rate:.1f}% of stable series."
        in caption
    )


def test_a_series_that_is_not_judged_has_no_method_and_lines_that_are_not_drawn_are_not_described():
    caption = " ".join(chart.xmr(judged(STEADY[:12])).caption)
    assert "judged against" not in caption
    assert "dashed" not in caption
