"""An XmR chart draws what was judged before release, says it in words first, and tells special causes apart by shape and colour."""

from datetime import date

import numpy as np
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


def test_the_sentence_says_the_target_in_words():
    text = words.variation_sentence(judged(STEADY, target=2.0)).text
    assert "Turnover consistently misses the target." in text
    assert "season" not in text  # leavers have none
    either_way = "Turnover can meet or miss the target without anything having changed, because the target is within its usual variation."
    assert either_way in words.variation_sentence(judged(STEADY, target=4.1)).text
    assert "target" not in words.variation_sentence(judged(STEADY)).text


def test_a_seasonal_series_that_was_judged_without_its_season_says_so():
    tables = [stats.xmr(sickness(), kind="plain"), stats.xmr(sickness())]
    texts = [words.variation_sentence(release(judged_table)).text for judged_table in tables]
    assert ["not adjusted for the season" in text for text in texts] == [True, False]


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
        f"The latest point is judged against the mean of the series; chance alone flags it in about {rate:.1f}% of series in which nothing "
        "has changed." in caption
    )


def test_a_series_that_is_not_judged_has_no_method_and_lines_that_are_not_drawn_are_not_described():
    caption = " ".join(chart.xmr(judged(STEADY[:12])).caption)
    assert "judged against" not in caption
    assert "dashed" not in caption


WINTERS = [5, 5, 5, 6, 6, 5, 6, 7, 9, 10, 7, 6]  # from April
PRINTED = ["board", "internal"]


def sickness(*, years=3, seed=3, extra=None, few=(), missing=(), until="2023-03"):
    """Days lost by month; extra: times as many in a month, by its place; few, missing: places of withheld and missing months."""
    periods = months(f"{int(until[:4]) - years}-04", until)
    noise = np.random.default_rng(seed).normal(1, 0.06, len(periods))
    days = [round(240 * WINTERS[i % 12] * noise[i] * (extra or {}).get(i, 1)) for i in range(len(periods))]
    return with_days(periods, days, few=few, missing=missing)


def with_days(periods, days, *, few=(), missing=()):
    places = range(len(periods))
    frame = {
        "period_start": [p.start for p in periods],
        "period_end": [p.end for p in periods],
        "numerator": [None if i in missing else float(n) for i, n in zip(places, days, strict=True)],
        "denominator": 30000.0,
        "people": [3 if i in few else 1000 for i in places],
        "marker": ["x" if i in missing else None for i in places],
    }
    types = {"marker": pl.String, "numerator": pl.Float64}
    return measured(pl.DataFrame(frame, schema_overrides=types), "absence", "nhs")


def headcount(seed=4, *, size=180, stay=0.95, count=36):
    rng = np.random.default_rng(seed)
    people = [size]
    while len(people) < count:
        people.append(rng.binomial(people[-1], stay) + rng.poisson(size * (1 - stay)))
    ends = [p.end for p in months("2018-04", "2023-03")[-count:]]
    frame = {"period_start": ends, "period_end": ends, "numerator": [float(n) for n in people], "people": people}
    return measured(pl.DataFrame(frame), "headcount", "in_post")


def drawn(figure):
    """The rows that the lines of a chart of one series are drawn from, and the columns that a line is drawn of."""
    layers = [layer for layer in figure.spec["layer"] if layer["mark"]["type"] == "line"]
    return layers[0]["data"]["values"], [layer["encoding"]["y"]["field"] for layer in layers]


def caption_of(figure):
    return " ".join(figure.caption)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("rule", PRINTED)
def test_the_season_of_each_month_lies_among_the_printed_figures_of_that_month(rule, seed):
    rows, lines = drawn(chart.xmr(release(stats.xmr(sickness(seed=seed)), rule)))
    assert lines == ["c", "l", "u", "y"]
    for month in {r["x"][5:7] for r in rows}:
        figures = [r["y"] for r in rows if r["x"][5:7] == month]
        (season,) = {r["c"] for r in rows if r["x"][5:7] == month}
        assert min(figures) - 1e-4 <= season <= max(figures) + 1e-4
    assert all(r["l"] <= r["u"] for r in rows[1:])
    assert rows[0]["u"] is None  # no point before it


def test_where_nothing_is_rounded_or_withheld_the_lines_are_those_that_were_judged():
    exact = stats.xmr(sickness())
    rows, _ = drawn(chart.xmr(release(exact, "internal")))
    for column, name in (("c", "season_mean"), ("l", "lower_limit"), ("u", "upper_limit")):
        assert [r[column] for r in rows] == [None if v is None else round(v, 4) for v in exact.frame[name]]


@pytest.mark.parametrize("seed", range(3))
def test_lines_after_release_follow_from_the_printed_figures_alone(seed):
    periods = months("2020-04", "2023-03")
    rng = np.random.default_rng(seed)
    days = [round(240 * WINTERS[i % 12] * rng.normal(1, 0.06)) for i in range(36)]
    unlike = [
        n + d for n, d in zip(days, rng.uniform(-0.45, 0.45, 36), strict=True)
    ]  # days are printed as whole numbers
    one, other = (release(stats.xmr(with_days(periods, d)), "board") for d in (days, unlike))
    assert one.frame["upper_limit"].null_count() == 36
    assert [[r[c] for c in "clu"] for r in drawn(chart.xmr(one))[0]] == [
        [r[c] for c in "clu"] for r in drawn(chart.xmr(other))[0]
    ]


@pytest.mark.parametrize("rule", PRINTED)
def test_no_limit_is_drawn_at_a_withheld_month_nor_at_the_month_after_it(rule):
    rows, _ = drawn(chart.xmr(release(stats.xmr(sickness(few=[15])), rule)))
    assert [i for i, r in enumerate(rows) if r["u"] is None] == [0, 15, 16]
    assert rows[15]["y"] is None


def test_a_season_of_which_too_few_months_are_printed_is_neither_drawn_nor_described():
    figure = chart.xmr(release(stats.xmr(sickness(few=[3, 15])), "board"))
    assert drawn(figure)[1] == ["y"]
    for words_of_lines in ("Stepped", "dashed", "worked out"):
        assert words_of_lines not in caption_of(figure)
    assert "Season" not in figure.svg
    assert "season" not in figure.alt


def test_the_caption_says_what_the_lines_of_a_season_are_and_where_they_are_from():
    figure = chart.xmr(release(stats.xmr(sickness()), "board"))
    assert "Stepped line: the season, which is the mean of each month over the years; dashed:" in caption_of(figure)
    assert "Lines are worked out from the figures shown, signals from the exact ones." in caption_of(figure)
    assert "Season 4.8%" in figure.svg
    assert "season 4.8%, limits" in figure.alt
    assert "worked out" not in caption_of(chart.xmr(release(stats.xmr(sickness()), "internal")))


def test_a_january_above_other_januaries_is_marked_above_its_limit():
    rows, _ = drawn(chart.xmr(release(stats.xmr(sickness(extra={33: 1.5})), "board")))
    assert [r["x"] for r in rows if r["v"] == "worse than expected"] == ["2023-01-31"]
    assert rows[33]["y"] > rows[33]["u"]


def test_a_signal_that_the_printed_lines_do_not_show_is_said_to_be_possible():
    shown = release(stats.xmr(sickness()), "board")
    frame = shown.frame
    outside = pl.when(pl.int_range(pl.len()) == 20).then(pl.lit("above the upper limit")).otherwise("special_cause")
    figure = chart.xmr(builders.released({"absence": frame.with_columns(special_cause=outside)}, "board"))
    assert "on the other side of a limit than its signal says" in caption_of(figure)
    assert "on the other side" not in caption_of(chart.xmr(shown))


def test_the_season_restarts_where_limits_restart():
    jump = dict.fromkeys(range(36, 72), 2.0)
    rows, _ = drawn(chart.xmr(release(stats.xmr(sickness(years=6, extra=jump), restart=[date(2020, 4, 1)]), "board")))
    assert [r["k"] for r in rows] == [0] * 36 + [1] * 36
    before, after = ({r["x"][5:7]: r["c"] for r in rows if r["k"] == k} for k in (0, 1))
    assert all(after[month] > 1.5 * before[month] for month in before)


def test_the_limits_of_a_baseline_are_worked_out_from_the_baseline():
    calm_then_wild = {i: (1.5, 0.6)[i % 2] for i in range(24, 36)}
    table_ = sickness(extra=calm_then_wild)
    rows, _ = drawn(chart.xmr(release(stats.xmr(table_, baseline=24), "board")))
    exact = stats.xmr(table_, baseline=24).frame
    assert [r["u"] for r in rows[1:]] == pytest.approx(exact["upper_limit"][1:].to_list(), abs=0.02)
    assert [r["c"] for r in rows] == pytest.approx(exact["season_mean"].to_list(), abs=0.01)


def test_the_caption_names_the_highest_month_of_the_last_year_and_of_the_year_before():
    shown = release(stats.xmr(sickness()), "board")
    last, before = (shown.frame[-12:], shown.frame[-24:-12])
    high, earlier = (f"{rows['value'].max():.1f}%" for rows in (last, before))
    sentence = (
        f"The highest month of the last 12 was {high} in January 2023; of the 12 before, {earlier} in January 2022."
    )
    caption = caption_of(chart.xmr(shown))
    assert f"{sentence} The difference was not tested." in caption
    assert [rows["period_end"][rows["value"].arg_max()].month for rows in (last, before)] == [1, 1]


def test_of_several_groups_the_highest_months_are_named_by_group():
    named = [sickness(seed=seed) for seed in (3, 5)]
    frames = [t.frame.with_columns(team=pl.lit(team)) for t, team in zip(named, "AB", strict=True)]
    sides = pl.concat(frames).select("team", "period_start", "period_end", "numerator", "denominator", "people")
    caption = caption_of(chart.xmr(release(stats.xmr(measured(sides, "absence", "nhs", by=["team"])), "board")))
    assert [f"{team}: the highest month of the last 12 was" in caption for team in "AB"] == [True, True]
    assert caption.count("not tested") == 1


def test_months_printed_alike_are_the_highest_together():
    periods = months("2021-04", "2023-03")
    figures = [1500, *[900] * 7, 2400, 2401, *[900] * 2, *[900] * 8, 2100, *[900] * 3]
    caption = caption_of(chart.xmr(release(stats.xmr(with_days(periods, figures)), "board")))
    assert "the last 12 was 7.0% in December 2022; of the 12 before, 8.0% in December 2021 and January 2022." in caption


@pytest.mark.parametrize("gap", [{"few": [13]}, {"few": [35]}, {"missing": [20]}, {"years": 1}])
def test_no_highest_month_is_named_where_a_month_of_the_two_years_is_not_shown(gap):
    assert "highest month" not in caption_of(chart.xmr(release(stats.xmr(sickness(**gap)), "board")))
    assert "highest month" in caption_of(chart.xmr(release(stats.xmr(sickness(few=[3])), "board")))


def test_series_without_a_season_have_no_highest_month():
    assert "highest month" not in caption_of(chart.xmr(judged([38, 46] * 12)))


@pytest.mark.parametrize("rule", PRINTED)
def test_a_stock_has_the_lines_of_what_the_month_before_leads_one_to_expect(rule):
    figure = chart.xmr(release(stats.xmr(headcount()), rule))
    rows, lines = drawn(figure)
    assert lines == ["c", "l", "u", "y"]
    assert all(r["l"] < r["c"] < r["u"] for r in rows[1:])
    assert "Stepped line: what the month before leads one to expect; dashed:" in caption_of(figure)
    assert "Expected" in figure.svg
    assert "Mean" not in figure.svg


def test_longer_periods_that_are_judged_are_drawn_as_steps():
    slow = stats.xmr(headcount(size=30, stay=0.97, count=60))
    assert slow.frame["judged_against"][-1] == "the point before, by quarter"
    for rule in ("board", "analyst"):
        figure = chart.xmr(release(slow, rule))
        rows, lines = drawn(figure)
        assert lines == ["c", "l", "u", "j", "y"]
        assert [r["j"] for r in rows[3:]] == [float(rows[i - i % 3 + 2]["y"]) for i in range(3, 60)]
        assert [r["j"] for r in rows[:3]] == [None] * 3  # no quarter before it
        assert "Thick steps: the quarters that are judged, because single months have too few events." in caption_of(
            figure
        )
