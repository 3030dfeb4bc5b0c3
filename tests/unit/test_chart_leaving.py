"""Incidences stack up to one, hazard ratios stand with their limits, and neither shows what few people are behind."""

import re

import polars as pl
import pytest

import builders
from builders import HAZARDS, Hazards, as_result, vega_lite
from workforce import chart, release, stats, table, words
from workforce.errors import DisclosureError, UsageError

CAUSES = ["nhs", "other_sector", "retirement", "unknown", None, None]


def spells(people=600, causes=CAUSES, **more):
    return pl.DataFrame(
        {
            "entry": 0,
            "exit": [31 + (n * 37) % 2300 for n in range(people)],
            "cause": [causes[n % len(causes)] for n in range(people)],
            **more,
        }
    )


def ratios(*rows, rule="board"):
    """Rows of covariate, level, ratio (null: the reference), lower, upper, leavers."""
    given = [
        {
            "covariate": c,
            "level": level,
            "coefficient": 0.1,
            "standard_error": 0.1,
            "hazard_ratio": 1.0 if ratio is None else ratio,
            "lower": low,
            "upper": high,
            "p_value": None if ratio is None else 0.012,
            "reference": ratio is None,
            "spells": 3 * events,
            "events": events,
            "check": 0.4,
            "method": "from the model",
            "marker": None,
        }
        for c, level, ratio, low, high, events in rows
    ]
    return release(as_result(pl.DataFrame(given, schema=HAZARDS), Hazards), rule)


PAY = (
    ("pay_quarter", "Q1 (lowest paid)", None, None, None, 43),
    ("pay_quarter", "Q2", 1.05, 0.8, 1.4, 51),
    ("pay_quarter", "Q4 (highest paid)", 1.41, 1.1, 1.8, 62),
)


def areas(figure):
    return [r for r in figure.spec["layer"][0]["data"]["values"] if "b" in r]


def test_the_areas_of_each_time_lie_on_one_another_and_add_up_to_one():
    rows = areas(chart.incidence(release(stats.incidence_table(spells()))))
    for time in {r["x"] for r in rows}:
        stack = [r for r in rows if r["x"] == time]
        assert stack[0]["b"] == 0
        assert stack[-1]["y"] == 100
        assert [r["y"] for r in stack[:-1]] == [r["b"] for r in stack[1:]]


def test_each_area_is_named_with_its_last_share_and_the_unknown_comes_last_of_the_causes():
    figure = chart.incidence(release(stats.incidence_table(spells())))
    names = [r["s"] for r in areas(figure)[:5]]
    assert names[-2:] == ["Unknown", "Still in service"]
    assert "NHS: " in figure.svg
    assert "Still in service: " in figure.svg


def test_of_many_causes_the_smallest_are_joined_and_named_in_the_caption():
    causes = [f"sector_{n}" for n in range(8) for _ in range(8 - n)] + [None] * 12
    figure = chart.incidence(release(stats.incidence_table(spells(4000, causes))))
    assert "Other causes" in figure.svg
    assert any("Other causes: Sector 4" in sentence for sentence in figure.caption)


def test_each_group_has_a_panel_and_a_withheld_one_says_so():
    few = pl.concat([spells(600, team="A"), spells(9, team="B")])
    figure = chart.incidence(release(stats.incidence_table(few, by="team")))
    assert "B: withheld" in figure.svg
    assert "[c]" in figure.table_html
    assert figure.title.startswith("After 5 years of A: ")


def test_the_title_says_who_is_still_there_and_the_alternative_text_every_cause():
    figure = chart.incidence(release(stats.incidence_table(spells())))
    assert figure.title.startswith("After 5 years: ")
    assert "still in service; causes of leaving: " in figure.title
    assert all(word in figure.alt for word in ("NHS", "Retirement", "Unknown", "still in service"))


def test_what_has_no_counts_behind_it_cannot_be_released_or_drawn():
    with pytest.raises(DisclosureError):
        release(stats.incidence(spells()))
    with pytest.raises(DisclosureError):
        chart.incidence(stats.incidence_table(spells()))
    with pytest.raises(UsageError):
        chart.incidence(ratios(*PAY))
    with pytest.raises(UsageError):
        chart.incidence(release(stats.incidence_table(spells())), until=0)


def test_incidences_are_told_at_whole_years_in_a_table():
    html = table(release(stats.incidence_table(spells()))).html
    assert html.count("Still in service") == 6
    assert "Years of service" in html


def test_the_analysts_own_incidences_are_drawn_as_they_are():
    html = table(release(stats.incidence_table(spells()), "analyst")).html
    years = [row for row in html.split("<tr>") if "Still in service" in row]
    assert len(years) >= 3
    assert 0 < float(re.findall(r">([\d.]+)%?<", years[2])[1]) < 100
    assert chart.incidence(release(stats.incidence_table(spells()), "analyst")).stamp == "Not for release"


def test_the_sentence_of_a_covariate_says_the_ratio_with_its_limits_and_that_it_is_no_cause():
    text = words.hazard_sentence(ratios(*PAY), "pay_quarter").text
    assert text.startswith("Q4 (highest paid) left 1.41 times as fast as Q1 (lowest paid) (95% limits 1.10 to 1.80).")
    assert (
        "Chance alone could explain these: Q2 compared with Q1 (lowest paid): 1.05 times as fast (95% limits 0.80 to 1.40)."
        in text
    )
    assert "they do not show causes" in text
    with pytest.raises(UsageError, match="grade"):
        words.hazard_sentence(ratios(*PAY), "grade")


def test_a_ratio_that_changes_with_service_is_said_to_be_an_average():
    frame = ratios(*PAY).frame.with_columns(check=pl.lit(0.003))
    changing = builders.released({"hazards": frame}, "board")
    assert "They change with length of service (p = 0.003)" in words.hazard_sentence(changing, "pay_quarter").text
    assert any("averages over all lengths of service" in sentence for sentence in chart.forest(changing).caption)


def test_the_title_claims_only_what_the_limits_leave_clear():
    assert words.hazards_title(ratios(*PAY)).text == "Q4 (highest paid) left 1.41 times as fast as Q1 (lowest paid)"
    assert words.hazards_title(ratios(*PAY[:2])).text.endswith("; that does not show that the groups are alike")
    many = [("team", t, 1.5 if t < "E" else 0.5, 1.2 if t < "E" else 0.3, 1.9 if t < "E" else 0.8, 40) for t in "BCDE"]
    title = words.hazards_title(ratios(("team", "A", None, None, None, 40), *many)).text
    assert (
        title
        == "Of 4 groups, 3 left clearly faster and 1 left clearly slower than the group that they are compared with"
    )


def test_a_forest_marks_clear_ratios_by_shape_and_writes_the_numbers_beside_them():
    figure = chart.forest(ratios(*PAY))
    shapes = [layer["mark"]["shape"] for layer in figure.spec["layer"] if layer["mark"]["type"] == "point"]
    assert shapes == ["circle", "diamond"]
    assert "1.41 (1.10 to 1.80)" in figure.svg
    assert "1 (compared with)" in figure.svg


def test_a_level_that_is_withheld_keeps_its_place_without_a_mark():
    shown = ratios(*PAY[:2], ("pay_quarter", "Q4 (highest paid)", 9.0, 1.1, 70.0, 4))
    figure = chart.forest(shown)
    assert "[c]" in figure.svg
    assert "9.00" not in figure._repr_html_()
    assert "withheld" in words.hazard_sentence(shown, "pay_quarter").text


def test_limits_far_away_are_drawn_to_the_edge_and_written_in_full():
    figure = chart.forest(ratios(PAY[0], ("pay_quarter", "Q2", 2.0, 0.01, 400.0, 12)))
    assert "0.01 to 400.00" in figure.svg


def test_a_number_has_a_ratio_for_each_one_more():
    figure = chart.forest(ratios(("annual_pay", None, 1.02, 1.01, 1.03, 90)))
    assert "Each 1 more" in figure.svg
    text = words.hazard_sentence(ratios(("annual_pay", None, 1.02, 1.01, 1.03, 90)), "annual_pay").text
    assert text.startswith("With each 1 more in annual pay staff left 1.02 times as fast")


def test_a_number_may_be_told_for_so_many_more():
    frame = ratios(("caseload", None, 1.2, 1.1, 1.3, 90)).frame.with_columns(per=pl.lit(5.0))
    shown = builders.released({"hazards": frame}, "board")
    assert "Each 5 more" in chart.forest(shown).svg
    text = words.hazard_sentence(shown, "caseload").text
    assert text.startswith("With each 5 more cases per FTE staff left 1.20 times as fast (95% limits 1.10 to 1.30).")


LOADS = (
    ("caseload_band", "15 to 19", None, None, None, 40),
    ("caseload_band", "25 to 29", 1.5, 1.2, 1.9, 45),
    ("caseload_band", "no caseload", 0.9, 0.7, 1.2, 300),
    ("caseload_band", "under 15", 0.6, 0.4, 0.9, 20),
    ("locality", "Coast", None, None, None, 40),
    ("locality", "Hill", 1.5, 1.2, 1.9, 45),
)


def test_bands_of_caseload_are_spoken_of_as_cases_per_fte():
    text = words.hazard_sentence(ratios(*LOADS), "caseload_band").text
    assert text.startswith(
        "Staff with under 15 cases per FTE left 0.60 times as fast as those with 15 to 19 (95% limits 0.40 to 0.90). "
        "Staff with 25 to 29 cases per FTE left 1.50 times as fast as those with 15 to 19 (95% limits 1.20 to 1.90). "
        "Chance alone could explain these: staff with no caseload compared with those with 15 to 19: 0.90 times as fast"
    )
    assert words.hazard_sentence(ratios(*LOADS), "locality").text.startswith(
        "Staff in Hill left 1.50 times as fast as those in Coast"
    )


def test_bands_stand_in_their_order_with_the_one_compared_with_among_them():
    figure = chart.forest(ratios(*LOADS))
    words = [layer["data"]["values"][0].get("w") for layer in figure.spec["layer"] if "values" in layer["data"]]
    names = [w for w in words if w in ("Under 15", "15 to 19", "25 to 29", "No caseload")]
    assert list(dict.fromkeys(names)) == ["Under 15", "15 to 19", "25 to 29", "No caseload"]
    assert "Cases per FTE, month before" in figure.svg


def test_a_count_that_hides_another_is_marked_like_it():
    rows = [("team", t, None if t == "A" else 1.1, 0.9, 1.3, n) for t, n in (("A", 40), ("B", 4), ("C", 30), ("D", 50))]
    html = table(ratios(*rows, rule="internal")).html
    assert html.count("[c]") == 3  # the ratio and leavers of B, the leavers of C; the page says what it means
    assert "1.10" in html


def test_of_too_many_rows_the_smallest_are_left_to_the_table():
    rows = [("team", f"T{n:02}", 1.1, 0.9, 1.3, 40) for n in range(41)]
    figure = chart.forest(ratios(*rows))
    assert "are drawn, those with most people" in " ".join(figure.caption)
    assert "are drawn, those with most people" in figure.alt


@pytest.mark.parametrize("draw", [chart.forest, chart.incidence])
def test_the_figures_are_drawn_alike_each_time_and_compile_for_jupyterlab(draw):
    given = (
        ratios(*PAY)
        if draw is chart.forest
        else release(stats.incidence_table(pl.concat([spells(team="A"), spells(team="B")]), by="team"))
    )
    assert draw(given).svg == draw(given).svg
    assert draw(given).vega()["$schema"].startswith("https://vega.github.io/schema/vega/v5")
    assert vega_lite(draw(given))


def fitted_chart(fitted, rule="analyst", **more):
    stays = pl.DataFrame({"entry": 0, "exit": [31 + (n * 37) % 2300 for n in range(600)], "event": True})
    return chart.retention(release(stats.life_table(stays), rule), fitted=fitted, **more)


def model(times=(0, 365, 730, 1461), values=(1.0, 0.8, 0.6, 0.25)):
    return pl.DataFrame({"time": list(times), "value": list(values)})


def test_a_fitted_curve_is_a_line_over_the_steps_in_years_and_per_cent():
    figure = fitted_chart({"Weibull": model()}, until=2)
    lines = [
        rows
        for layer in figure.spec["layer"]
        if (rows := layer.get("data", {}).get("values", [])) and rows[0].get("s") == "Weibull"
    ]
    assert [[(r["x"], r["y"]) for r in rows] for rows in lines] == [[(0.0, 100.0), (0.9993, 80.0), (1.9986, 60.0)]]
    assert "Lines of fitted models: Weibull." in figure.alt
    assert "Fitted by the analyst: Weibull." in figure.caption
    assert "Weibull: 60.0%" in figure.svg
    assert "Life table: " in figure.svg
    assert figure.vega()


def test_without_a_fitted_curve_nothing_is_said_of_one():
    figure = fitted_chart(None)
    assert "itted" not in f"{figure.alt} {figure.caption} {figure.svg}"


@pytest.mark.parametrize("rule", ["board", "internal"])
def test_a_fitted_curve_is_never_drawn_on_what_may_be_published(rule):
    with pytest.raises(DisclosureError, match='rule="analyst"'):
        fitted_chart({"Weibull": model()}, rule)


@pytest.mark.parametrize(
    "wrong",
    [
        model(times=[-1, 0, 1, 2]),
        model(values=[1.0, 0.5, 0.2, 1.2]),
        model(values=[1.0, 0.5, float("nan"), 0.1]),
        model(values=[1.0, None, 0.2, 0.1]),
        model(values=["a", "b", "c", "d"]),
        model()[:0],
        model().rename({"value": "share"}),
        [1.0, 0.5],
    ],
)
def test_a_fitted_curve_without_usable_times_and_values_is_refused(wrong):
    with pytest.raises(UsageError, match="time"):
        fitted_chart({"Weibull": wrong})


def test_at_most_four_curves_are_drawn_and_a_model_has_a_name_of_its_own():
    with pytest.raises(UsageError, match="5 series"):
        fitted_chart({f"Model {n}": model() for n in range(4)})
    stays = pl.DataFrame({"entry": 0, "exit": [31 + n for n in range(60)], "event": True, "team": ["A", "B"] * 30})
    curves = release(stats.life_table(stays, by=["team"]), "analyst")
    with pytest.raises(UsageError, match="rename the model"):
        chart.retention(curves, fitted={"A": model()})


def limited(lower, upper, events, joint=None):
    """A reference level and a level with a limit on one side, and one with a ratio."""
    shown = ratios(
        PAY[0], ("pay_quarter", "Q2", 1.05, 0.8, 1.4, 51), ("pay_quarter", "Q4 (highest paid)", 2.0, lower, upper, 40)
    )
    is_limited = pl.col("level") == "Q4 (highest paid)"
    frame = shown.frame.with_columns(
        pl.when(is_limited).then(None).otherwise("hazard_ratio").alias("hazard_ratio"),
        pl.when(is_limited).then(pl.lit(events)).otherwise("events").alias("events"),
        joint=pl.lit(joint, pl.Float64),
    )
    return builders.released({"hazards": frame}, "board")


def test_a_level_without_leavers_has_a_limit_in_place_of_a_ratio_and_may_be_clear():
    shown = limited(0.0, 0.28, 0)
    assert words.hazards_title(shown).text == "Q4 (highest paid) left at most 0.28 times as fast as Q1 (lowest paid)"
    assert words.hazard_sentence(shown, "pay_quarter").text.startswith(
        "Q4 (highest paid) left at most 0.28 times as fast as Q1 (lowest paid) (nobody of them left; 95% limit)."
    )
    figure = chart.forest(shown)
    assert "at most 0.28" in figure.svg
    assert "at most 0.28" in figure.table_html
    assert "at most 0.28 (nobody of them left; 95% limit)" in figure.alt
    assert "0.00 to" not in figure._repr_html_()


def test_a_limit_on_one_side_that_leaves_room_for_no_difference_is_not_clear():
    shown = limited(0.0, 1.6, 0)
    assert words.hazards_title(shown).text.startswith("Chance alone could explain")
    assert "Q4 (highest paid) compared with Q1 (lowest paid): at most 1.60 times as fast" in (
        words.hazard_sentence(shown, "pay_quarter").text
    )


def test_a_level_of_which_all_left_first_has_a_lower_limit():
    shown = limited(3.5, None, 12)
    assert words.hazards_title(shown).text == "Q4 (highest paid) left at least 3.50 times as fast as Q1 (lowest paid)"
    assert "all left before any of the others" in chart.forest(shown).alt


@pytest.mark.parametrize(
    ("upper", "joint", "title"),
    [
        (1.6, 0.0002, "How fast staff leave differs between pay quarters (test p < 0.001)"),
        (0.28, 0.0002, "Q4 (highest paid) left at most 0.28 times as fast"),
        (0.28, 0.3, "Chance alone could explain"),
    ],
)
def test_a_title_follows_the_joint_test_of_the_levels_of_a_covariate(upper, joint, title):
    assert words.hazards_title(limited(0.0, upper, 0, joint)).text.startswith(title)


def test_the_joint_test_of_two_levels_is_the_test_of_their_ratio():
    stays = spells(people=120, causes=["a", None, None], team=["A", "B"] * 60).with_columns(
        event=pl.col("cause") == "a"
    )
    rows = stats.cox(stays.with_columns(pl.col("event").fill_null(value=False)), covariates="team").frame.filter(
        ~pl.col("reference")
    )
    assert rows["joint"].item() == pytest.approx(rows["p_value"].item(), rel=1e-9)
