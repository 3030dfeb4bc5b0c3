"""Sentences are chosen by the data, and no sentence may be contradicted by it."""

from dataclasses import dataclass
from datetime import date

import polars as pl
import pytest

import builders
from builders import life_table_of, measured
from workforce import Period, month, words, year_to, years_to
from workforce.errors import DisclosureError, UsageError

LAST, NOW = years_to("2023-03", 2)


def released(*cells, measure="turnover", definition="average", by="locality", rule="internal"):
    """One released table; a cell is (group, period, numerator, denominator) and may end in a marker."""
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
    types = {"numerator": pl.Float64, "denominator": pl.Float64, "marker": pl.String, by: pl.String}
    schema = {by: pl.String, "period_start": pl.Date, "period_end": pl.Date, "people": pl.Int64, **types}
    frame = pl.DataFrame(rows, schema=schema)
    return builders.released({"turnover": measured(frame, measure, definition, by=[by])}, rule)


def test_a_rise_beyond_the_limits_is_a_rise():
    text = words.trend_title(released(("Coast", LAST, 20, 400), ("Coast", NOW, 60, 400))).text
    assert text == "Coast: turnover rose from 5.0% in the year to March 2022 to 15.0% in the year to March 2023"


def test_a_fall_beyond_the_limits_is_a_fall():
    text = words.change_sentence(released(("Coast", LAST, 60, 400), ("Coast", NOW, 20, 400))).text
    assert text == "Coast: turnover fell from 15.0% in the year to March 2022 to 5.0% in the year to March 2023."


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (
            46,
            "11.5% in the year to March 2023, higher than in the year to March 2022 (10.0%), which chance alone could explain",
        ),
        (
            36,
            "9.0% in the year to March 2023, lower than in the year to March 2022 (10.0%), which chance alone could explain",
        ),
        (41, "10.3% in the year to March 2023, about the same as in the year to March 2022 (10.0%)"),
    ],
)
def test_a_change_that_chance_could_explain_is_no_rise_and_no_fall(now, said):
    table = released(("Coast", LAST, 40, 400), ("Coast", NOW, now, 400))
    assert words.trend_title(table).text == f"Coast: turnover was {said}"
    assert words.movement(table) in {
        "higher than before, which chance alone could explain",
        "lower than before, which chance alone could explain",
        "about the same",
    }


def test_limits_that_overlap_are_no_test():
    # 10.0% (7.2 to 13.6) and 15.0% (11.5 to 19.3): the limits of the difference exclude none.
    table = released(("Coast", LAST, 40, 400), ("Coast", NOW, 60, 400))
    before, after = table.frame.rows(named=True)
    assert after["lower"] < before["upper"]
    assert words.movement(table) == "rose"
    assert " rose from 10.0% " in words.trend_title(table).text


@pytest.mark.parametrize("numerator", [40, 46, 400])
def test_what_was_not_tested_gives_figures_only(numerator):
    table = released(("Coast", LAST, 40, 400), ("Coast", NOW, numerator, 400), definition="average_fte")
    assert words.movement(table) == "not tested"
    assert words.trend_title(table).text == (
        f"Coast: turnover was {words.number(numerator / 4, '%')} in the year to March 2023 and 10.0% in the year to March 2022; "
        "change not tested"
    )


def test_the_verdict_of_the_release_decides_and_not_the_figures():
    table = released(("Coast", LAST, 20, 400), ("Coast", NOW, 60, 400))
    without = builders.released(dict(table.results), verdicts={})
    assert words.movement(table) == "rose"
    assert words.movement(without) == "not tested"
    assert words.trend_title(without).text.endswith("; change not tested")
    corrected = table.verdicts.with_columns(
        leading_verdict=pl.lit("higher than before, which chance alone could explain")
    )
    assert (
        "chance alone"
        in words.trend_title(builders.released(dict(table.results), verdicts={"turnover": corrected})).text
    )


def test_a_movement_is_that_of_one_group_and_of_two_figures():
    table = released(("A", LAST, 20, 400), ("A", NOW, 60, 400), ("B", LAST, 60, 400), ("B", NOW, None, None, "c"))
    assert words.movement(table, group="A") == "rose"
    assert words.movement(table, group="B") is None
    with pytest.raises(UsageError, match="several groups"):
        words.movement(table)
    with pytest.raises(UsageError, match="no such group"):
        words.movement(table, group="C")


def test_a_withheld_latest_figure_is_said_to_be_withheld_and_no_change_is_claimed():
    text = words.trend_title(released(("Coast", LAST, 40, 400), ("Coast", NOW, None, None, "c"))).text
    assert (
        text
        == "Coast: turnover in the year to March 2023: withheld; the last figure shown is 10.0% in the year to March 2022"
    )


def test_a_withheld_earlier_figure_leaves_the_latest_alone():
    text = words.trend_title(released(("Coast", LAST, None, None, "c"), ("Coast", NOW, 40, 400))).text
    assert text == "Coast: turnover was 10.0% in the year to March 2023; the year to March 2022: withheld"


def test_one_row_is_stated_without_a_change():
    assert (
        words.trend_title(released(("Coast", NOW, 40, 400))).text
        == "Coast: turnover was 10.0% in the year to March 2023"
    )


def test_no_rows_is_said_to_be_no_figures():
    empty = released()
    nothing = "Turnover by locality is not shown: the records have no data for it"
    assert words.trend_title(empty).text == nothing
    assert words.bars_title(empty).text == nothing
    assert words.change_sentence(empty).text == f"{nothing}."
    assert words.withheld_sentence(empty).text == ""
    assert words.coverage_sentence(empty).text == ""


def test_a_denominator_of_zero_gives_no_figure_and_no_zero():
    text = words.trend_title(released(("Coast", NOW, 0, 0))).text
    assert text == "Turnover by locality is not shown: its denominator (average headcount in post) is 0 or not known"
    assert "denominator is 0" in words.withheld_sentence(released(("Coast", NOW, 0, 0))).text


def test_negative_figures_keep_their_sign():
    table = released(("Coast", LAST, -8, 100), ("Coast", NOW, -2, 100), definition="average_fte")
    assert words.trend_title(table).text.startswith("Coast: turnover was \u22122.0%")


def test_rolling_years_are_compared_with_the_last_year_that_shares_no_day():
    periods = [year_to("2022-03"), year_to("2023-02"), year_to("2023-03")]
    table = released(*[("Coast", p, n, 400) for p, n in zip(periods, (20, 58, 60), strict=True)])
    assert "year to March 2022" in words.trend_title(table).text
    assert "February" not in words.trend_title(table).text


def test_overlapping_years_alone_claim_no_change():
    table = released(("Coast", year_to("2023-02"), 10, 400), ("Coast", year_to("2023-03"), 60, 400))
    assert words.trend_title(table).text == "Coast: turnover was 15.0% in the year to March 2023"


def test_several_series_are_sorted_by_what_happened_to_them():
    cells = [("Up", LAST, 20, 400), ("Up", NOW, 60, 400), ("Down", LAST, 60, 400), ("Down", NOW, 20, 400)]
    cells += [
        ("Flat", LAST, 40, 400),
        ("Flat", NOW, 41, 400),
        ("Hidden", LAST, 40, 400),
        ("Hidden", NOW, None, None, "c"),
    ]
    assert words.trend_title(released(*cells)).text == (
        "Turnover between the year to March 2022 and the year to March 2023: rose in Up; fell in Down; "
        "a test shows neither a rise nor a fall in Flat; cannot be compared in Hidden"
    )


@pytest.mark.parametrize(
    ("then", "now", "said"),
    [
        (20, 60, "rose in all 2 localities"),
        (60, 20, "fell in all 2"),
        (40, 41, "no test of the 2 localities shows a rise or a fall, which does not show that nothing changed"),
    ],
)
def test_series_that_did_alike_are_counted(then, now, said):
    cells = [(g, p, n, 400) for g in ("A", "B") for p, n in ((LAST, then), (NOW, now))]
    assert said in words.trend_title(released(*cells)).text


def test_series_that_were_not_tested_give_figures_only():
    cells = [(g, p, n, 400) for g, now in (("A", 20), ("B", 60), ("C", 90)) for p, n in ((LAST, 40), (NOW, now))]
    assert words.trend_title(released(*cells, definition="average_fte")).text == (
        "Turnover in the year to March 2023 was between 5.0% and 22.5% in the 3 localities; "
        "changes since the year to March 2022 not tested"
    )


START = "Turnover in the year to March 2023 was"
CHANCE = "which chance alone could explain; that does not show that the localities are alike"


def test_bars_that_chance_could_explain_are_neither_ranked_nor_called_alike():
    pair = released(("A", NOW, 40, 400), ("B", NOW, 46, 400))
    assert words.bars_title(pair).text == f"{START} 10.0% in A and 11.5% in B, {CHANCE}"
    three = released(("A", NOW, 38, 400), ("B", NOW, 43, 400), ("C", NOW, 40, 400))
    assert words.bars_title(three).text == f"{START} between 9.5% and 10.8% in the 3 localities, {CHANCE}"


def test_bars_that_differ_name_the_group_that_differs_most():
    table = released(("A", NOW, 10, 400), ("B", NOW, 80, 400), ("C", NOW, 40, 400))
    assert words.bars_title(table).text == f"{START} lower in A (2.5%) than in the rest of the 3 localities"
    pair = released(("A", NOW, 10, 400), ("B", NOW, 80, 400))
    assert words.bars_title(pair).text == f"{START} lower in A (2.5%) than in B (20.0%)"


def test_bars_that_differ_without_a_group_that_stands_out_name_none():
    table = released(("A", NOW, 10, 400), ("B", NOW, 80, 400), ("C", NOW, 40, 400))
    of_all = table.verdicts.filter(pl.col("compared_with") == "one another")
    assert of_all["verdict"].to_list() == ["they differ"]
    shown = builders.released(dict(table.results), verdicts={"turnover": of_all})
    assert words.bars_title(shown).text == (
        f"{START} between 2.5% and 20.0% in the 3 localities; the localities differ, but no test shows which of them differs from the rest"
    )


def test_a_group_is_not_named_where_the_printed_figures_contradict_the_test():
    table = released(("A", NOW, 10, 400), ("B", NOW, 80, 400), ("C", NOW, 40, 400))
    above = table.verdicts.with_columns(
        pl.when(pl.col("compared_with") == "the rest")
        .then(pl.lit("higher than the rest"))
        .otherwise(pl.col(c))
        .alias(c)
        for c in ("verdict", "leading_verdict")
    )
    assert (
        "no test shows which"
        in words.bars_title(builders.released(dict(table.results), verdicts={"turnover": above})).text
    )


@pytest.mark.parametrize("verdicts", [{}, None])
def test_bars_that_were_not_tested_give_figures_only(verdicts):
    definition = "average" if verdicts == {} else "average_fte"  # without limits nothing is tested
    table = released(("A", NOW, 10, 400), ("B", NOW, 80, 400), ("C", NOW, 40, 400), definition=definition)
    shown = builders.released(dict(table.results), verdicts=verdicts)
    assert words.bars_title(shown).text == f"{START} between 2.5% and 20.0% in the 3 localities; differences not tested"


def test_reasons_have_no_test_and_are_named_with_their_figures():
    cells = [("pay", NOW, 10, 100), ("retirement", NOW, 30, 100), ("workload", NOW, 10, 100)]
    title = words.bars_title(released(*cells, definition="average_fte", by="leaving_reason")).text
    assert (
        title
        == f"{START} between 10.0% (Pay and Workload) and 30.0% (Retirement) for the 3 leaving reasons; differences not tested"
    )


def test_bars_with_a_withheld_group_say_so():
    table = released(("A", NOW, 10, 400), ("B", NOW, 80, 400), ("C", NOW, None, None, "c"))
    assert words.bars_title(table).text == f"{START} lower in A (2.5%) than in B (20.0%); 1 of 3 localities is withheld"


def test_equal_bars_are_equal():
    table = released(("A", NOW, 40, 400), ("B", NOW, 40, 400), definition="average_fte")
    assert words.bars_title(table).text == "Turnover in each of the 2 localities was 10.0% in the year to March 2023"


def test_bars_that_are_all_withheld_say_so():
    table = released(("A", NOW, None, None, "c"), ("B", NOW, None, None, "c"))
    assert "not shown: withheld, because few people are behind the figures" in words.bars_title(table).text


def test_one_shown_bar_of_two_is_no_comparison():
    table = released(("A", NOW, 40, 400), ("B", NOW, None, None, "c"))
    assert (
        words.bars_title(table).text
        == "Turnover in A was 10.0% in the year to March 2023; 1 of 2 localities is withheld"
    )


def test_a_title_never_leads_with_a_zero_where_groups_are_withheld():
    hidden = ("C", NOW, None, None, "c")
    some = released(("A", NOW, 0, 400), ("B", NOW, 80, 400), hidden, definition="average_fte")
    assert words.bars_title(some).text == (
        f"{START} up to 20.0% in the 2 localities shown; difference not tested; 1 of 3 localities is withheld"
    )
    none_above = released(("A", NOW, 0, 400), ("B", NOW, 0, 400), hidden, definition="average_fte")
    assert words.bars_title(none_above).text == (
        "Turnover in the year to March 2023: 1 of 3 localities is withheld; the other 2 are 0.0%"
    )
    single = released(("A", NOW, 0, 400), hidden)
    assert words.bars_title(single).text == (
        "Turnover in the year to March 2023: 1 of 2 localities is withheld; the other is 0.0%"
    )
    shown = released(("A", NOW, 0, 400), ("B", NOW, 80, 400))
    assert "lower in A (0.0%)" in words.bars_title(shown).text


def in_bands(*cells, definition="overdue", measure="backlog", rule="internal"):
    return released(*cells, measure=measure, definition=definition, by="band", rule=rule)


def test_bands_that_add_up_say_how_many_are_in_the_largest():
    late = [("up to 4 weeks over", NOW, 12, None), ("4 to 13 weeks over", NOW, 13, None)]
    assert words.bars_title(in_bands(*late, ("13 to 26 weeks over", NOW, 10, None))).text == (
        "13 of 35 cases past their date in the year to March 2023 are 4 to 13 weeks over"
    )
    withheld = in_bands(*late, ("13 to 26 weeks over", NOW, None, None, "c"))
    assert words.bars_title(withheld).text == (
        "13 cases past their date in the year to March 2023 are 4 to 13 weeks over; 1 of 3 bands is withheld"
    )
    short = [("short (up to 7 days)", NOW, 77, 100), ("long", NOW, 23, 100)]
    assert words.bars_title(in_bands(*short, measure="absence_spells", definition="length")).text == (
        "77 of 100 absences in the year to March 2023 were short (up to 7 days)"
    )
    equal = in_bands(
        ("up to 4 weeks over", NOW, 12, None), ("4 to 13 weeks over", NOW, 12, None), ("over", NOW, 1, None)
    )
    assert words.bars_title(equal).text.endswith("were between 1 and 12 in the 3 bands; differences not tested")


def test_bands_of_people_that_were_rounded_are_about_so_many():
    loads = [("15 to 19", NOW, 70, 240), ("20 to 24", NOW, 90, 240), ("1 to 9", NOW, None, None, "c")]
    title = words.bars_title(in_bands(*loads, measure="caseload_distribution", definition="workers", rule="board")).text
    assert title == (
        "About 90 of 240 caseworkers in the year to March 2023 have 20 to 24 cases per FTE; 1 of 3 bands is withheld"
    )


def funnelled(*cells):
    table = released(*cells).frame
    return builders.released(
        {"turnover": table.with_columns(centre=10.0, lower_95=6.0, upper_95=14.0, lower_998=4.0, upper_998=16.0)}
    )


def test_a_funnel_without_outliers_does_not_call_the_groups_alike():
    assert words.funnel_title(funnelled(("A", NOW, 40, 400), ("B", NOW, 44, 400))).text == (
        "Turnover: none of the 2 localities shown is outside the 99.8% limits; that does not show that the localities are alike"
    )


def test_a_funnel_names_those_outside_its_outer_limits():
    text = words.funnel_title(funnelled(("A", NOW, 80, 400), ("B", NOW, 44, 400), ("C", NOW, 4, 400))).text
    assert text == "Turnover is higher in A and lower in C than chance would explain"


def life(*curves, by=True):
    """Curves of (group, [(years, value, lower, upper), ...])."""
    rows = [
        {"staff_group": g, "time": int(y * 365.25), "entered": 0, "at_risk": 100, "left": 1, "censored": 0}
        | {"value": v, "lower": lo, "upper": up, "marker": None if v is not None else "c"}
        for g, points in curves
        for y, v, lo, up in points
    ]
    types = {"value": pl.Float64, "lower": pl.Float64, "upper": pl.Float64, "marker": pl.String}
    frame = pl.DataFrame(rows, schema_overrides=types)
    return builders.released({"life": life_table_of(frame if by else frame.drop("staff_group"))})


def test_one_curve_is_read_at_its_last_whole_year():
    table = life(("All", [(0.5, 0.9, 0.85, 0.95), (1.9, 0.8, 0.7, 0.9), (3.2, 0.6, 0.5, 0.7)]), by=False)
    assert words.retention_title(table).text == "80.0% of staff were still in service after 3 years"


def test_of_several_curves_the_title_gives_figures_only():
    table = life(("A", [(1, 0.9, 0.85, 0.95)]), ("B", [(1, 0.6, 0.5, 0.7)]))
    assert words.retention_title(table).text == (
        "The share still in service after 1 year was 90.0% in A and 60.0% in B; differences not tested here"
    )
    five = life(*[(g, [(1, v, 0.4, 0.95)]) for g, v in zip("ABCDE", (0.9, 0.8, 0.7, 0.6, 0.5), strict=True)])
    assert words.retention_title(five).text == (
        "The share still in service after 1 year was between 50.0% and 90.0% in the 5 staff groups; differences not tested here"
    )


def test_a_curve_that_is_withheld_or_ends_within_a_year_is_not_read():
    assert "not shown" in words.retention_title(life(("A", [(1, None, None, None), (2, None, None, None)]))).text
    assert "Too few" in words.retention_title(life(("A", [(0.5, 0.9, 0.8, 0.95)]))).text


def test_a_curve_is_never_read_beyond_its_end():
    table = life(("A", [(1, 0.9, 0.85, 0.95), (4, 0.5, 0.4, 0.6)]), ("B", [(1, 0.6, 0.5, 0.7), (1.5, 0.5, 0.4, 0.6)]))
    assert "after 1 year" in words.retention_title(table).text


def test_withheld_figures_are_counted_by_marker():
    table = released(("A", NOW, 40, 400), ("B", NOW, None, None, "c"), ("C", NOW, None, None, "x"))
    text = words.withheld_sentence(table).text
    assert "1 of 3 figures [c] withheld" in text
    assert "1 of 3 figures [x] not available" in text


def test_units_that_were_left_out_are_named():
    table = released(("A", NOW, 40, 400))
    frame = table.frame.with_columns(left_out=pl.lit(["north_trust", "moor_schools"], pl.List(pl.String)))
    text = words.coverage_sentence(builders.released({"turnover": frame})).text
    assert text == "Left out, because one side of the rate is missing: moor_schools and north_trust."


@dataclass
class Setting:
    decision: str
    owner: str
    due: date | None

    def __iter__(self):
        return iter(self.__dict__.items())


def test_a_decision_has_its_owner_and_date():
    said = words.decision_sentence(Setting("Fund two posts.", "Director", date(2023, 6, 30))).text
    assert said == "Decision sought: Fund two posts. Owner: Director. By: 30 June 2023."


def test_a_decision_without_a_date_says_so_and_none_at_all_says_so():
    assert words.decision_sentence(Setting("Wait", "Director", None)).text.endswith("By: no date set.")
    assert (
        words.decision_sentence(None).text
        == words.decision_sentence([]).text
        == "No decision has been set for this question."
    )


def test_several_decisions_are_all_said():
    said = words.decision_sentence([Setting("One", "A", None), Setting("Two", "B", None)]).text
    assert said.count("Decision sought") == 2


def test_a_sentence_refuses_a_frame_that_was_not_released():
    with pytest.raises(DisclosureError, match="released"):
        words.trend_title(pl.DataFrame({"value": [1.0]}))


def test_a_sentence_escapes_what_came_from_the_data():
    named = released(("<b>&", NOW, 40, 400))
    text = words.trend_title(named)
    assert text.text.startswith("<b>&: ")
    assert text._repr_html_().startswith('<p class="wf-text">&lt;b&gt;&amp;: ')
    assert words.coverage_sentence(named)._repr_html_() == ""


def test_numbers_are_rounded_half_up():
    assert words.percent(0.25) == "0.3%"
    assert words.percent(-0.25) == "\u22120.3%"
    assert words.number(2.5, "people") == "3 people"
    assert words.number(1234567.0, "people") == "1,234,567 people"


def test_a_tiny_figure_is_not_none_at_all():
    assert words.percent(0.04) == "<0.1%"
    assert words.percent(0.0) == "0.0%"
    assert words.percent(-0.04) == "0.0%"


def test_a_figure_that_is_not_there_is_its_marker():
    assert words.number(None, "%", "x") == "[x]"
    assert words.number(None, "%") == "no figure"


def test_money_has_its_sign_before_the_pound():
    assert words.number(-18.4, "£ an hour") == "\u2212£18.40 an hour"


def test_a_stretch_that_is_no_year_is_said_from_to():
    table = released(("Coast", Period(date(2023, 1, 1), date(2023, 2, 14)), 40, 400))
    assert "from 1 January 2023 to 14 February 2023" in words.trend_title(table).text


def test_a_month_is_named():
    assert words.trend_title(released(("Coast", month("2023-03"), 40, 400))).text.endswith("in March 2023")
