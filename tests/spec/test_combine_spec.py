"""Rolling up: complete-case, by the measure book, with limits only where they can be had."""

from dataclasses import replace
from datetime import date

import polars as pl
import pytest
from scipy.stats import chi2

import workforce as wf
from builders import measured
from workforce import Period, months
from workforce.errors import UsageError


def combine(*tables, **options):
    return wf.combine(*tables, **options).frame


def table_of(measure, definition, by, **columns):
    return measured(columns, measure, definition, by=by)


def test_a_unit_that_lacks_one_side_leaves_both_and_is_named():
    table = table_of(
        "vacancy_cover",
        "dfe",
        ["organisation"],
        organisation=["a", "b", "c"],
        numerator=[30.0, None, 20.0],
        denominator=[50.0, 70.0, None],
    )
    row = combine(table).row(0, named=True)
    assert (row["numerator"], row["denominator"], row["value"], row["left_out"]) == (30.0, 50.0, 60.0, ["b", "c"])


def test_low_stands_for_a_number_that_rounds_to_nothing_and_counts_as_zero():
    table = table_of(
        "vacancy_cover",
        "dfe",
        ["organisation"],
        organisation=["a", "b"],
        numerator=[30.0, None],
        denominator=[50.0, 10.0],
        marker=[None, "low"],
    )
    row = combine(table).row(0, named=True)
    assert (row["numerator"], row["denominator"], row["left_out"]) == (30.0, 60.0, [])


def test_where_nobody_has_both_sides_the_whole_is_not_available():
    table = table_of("vacancy_cover", "dfe", ["organisation"], organisation=["a"], numerator=[None], denominator=[50.0])
    row = combine(table).row(0, named=True)
    assert (row["value"], row["marker"], row["left_out"]) == (None, "x", ["a"])


def test_names_left_out_before_are_kept_when_rolled_up_again():
    table = table_of(
        "vacancy_cover",
        "dfe",
        ["area"],
        area=["north", "south"],
        numerator=[3.0, 4.0],
        denominator=[5.0, 6.0],
        left_out=[["a"], ["b", "a"]],
    )
    assert combine(table, over=["area"])["left_out"].item().to_list() == ["a", "b"]


def test_limits_of_a_ratio_between_people_come_from_the_parts():
    table = table_of(
        "absence",
        "days_per_fte",
        ["organisation"],
        organisation=["a", "b"],
        numerator=[100.0, 300.0],
        denominator=[10.0, 30.0],
        people=[12, 40],
        variance=[1.0, 4.0],
        largest=[3.0, 2.0],
        units=[6.0, 7.0],
    )
    assert table.frame["method"].to_list() == [
        "none",
        "none",
    ]  # six or seven absent people are too few, thirteen are not
    row = combine(table).row(0, named=True)
    variance = ((10 * 1.0) ** 2 + (30 * 2.0) ** 2) / 40**2  # weights d_i / D
    assert (row["variance"], row["largest"], row["units"]) == (pytest.approx(variance), 1.5, 13)  # 60 days of 40 FTE
    wider = variance + 1.5**2
    lower = variance / 20 * chi2.ppf(0.025, 200 / variance)
    upper = wider / 23 * chi2.ppf(0.975, 2 * 11.5**2 / wider)
    assert (row["lower"], row["upper"]) == (pytest.approx(lower), pytest.approx(upper))
    assert (row["method"], row["people"]) == ("gamma, between people", 52)


def test_limits_that_cannot_be_had_are_null_and_the_method_says_why():
    one, two = months("2023-01", "2023-02")
    table = table_of(
        "absence",
        "nhs",
        [],
        numerator=[10.0, 20.0],
        denominator=[300.0, 280.0],
        period_start=[one.start, two.start],
        period_end=[one.end, two.end],
        people=[12, 14],
        variance=[0.01, 0.04],
        largest=[0.1, 0.1],
        units=[11.0, 12.0],
    )
    row = combine(table, over=("period",)).row(0, named=True)
    assert (row["numerator"], row["denominator"], row["lower"]) == (30.0, 580.0, None)
    assert row["method"] == "none (the same people over time)"


def monthly_turnover(first, last):
    several = months(first, last)
    return measured(
        {
            "period_start": [p.start for p in several],
            "period_end": [p.end for p in several],
            "numerator": [1.0] * len(several),
            "denominator": [100.0 + n for n in range(len(several))],
            "people": [105] * len(several),
        },
        "turnover",
        "average",
        by=[],
    )


def test_average_headcount_averages_over_time_weighted_by_days():
    row = combine(monthly_turnover("2023-01", "2023-02"), over=("period",)).row(0, named=True)
    assert row["numerator"] == 2.0
    assert row["denominator"] == pytest.approx((100 * 31 + 101 * 28) / 59)


def test_an_annualised_rate_stays_annualised_for_the_longer_period():
    table = monthly_turnover("2023-01", "2023-02")
    yearly = measured(
        table.frame.drop("value", "lower", "upper", "unit", "method"), "turnover", "average", by=[], annualised=True
    )
    row = combine(yearly, over=("period",)).row(0, named=True)
    assert row["unit"] == "% a year"
    assert row["value"] == pytest.approx(100 * 2 / row["denominator"] * 365.25 / 59)


def test_periods_that_overlap_or_leave_a_gap_are_refused():
    table = monthly_turnover("2023-01", "2023-03")
    with pytest.raises(UsageError, match="overlap"):
        combine(table, table, over=("period",))
    with pytest.raises(UsageError, match="gap"):
        combine(table.filter(pl.col("period_start") != date(2023, 2, 1)), over=("period",))


def test_a_month_that_is_not_available_makes_the_year_not_available_by_name():
    table = monthly_turnover("2023-01", "2023-02")
    missing = measured(
        table.frame.with_columns(
            numerator=pl.when(pl.col("period_start") == date(2023, 2, 1)).then(None).otherwise(pl.col("numerator"))
        ),
        "turnover",
        "average",
    )
    row = combine(missing, over=("period",)).row(0, named=True)
    assert (row["value"], row["marker"], row["left_out"]) == (None, "x", ["from 1 February 2023"])


@pytest.mark.parametrize("definition", ["nhs", "dfe"])
def test_turnover_by_nhs_and_dfe_never_rolls_up_over_time(definition):
    period = Period(date(2022, 1, 1), date(2022, 12, 31))
    table = table_of(
        "turnover",
        definition,
        [],
        numerator=[1.0],
        denominator=[10.0],
        period_start=[period.start],
        period_end=[period.end],
        people=[11],
    )
    with pytest.raises(UsageError, match="never rolls up over time"):
        combine(table, over=("period",))


def test_a_median_never_rolls_up():
    table = table_of(
        "pay_position",
        "median",
        ["organisation"],
        organisation=["a"],
        body=["a"],
        denominator=[12.0],
        people=[12],
        value=[20.0],
    )
    with pytest.raises(UsageError, match="never rolls up"):
        combine(table)


def test_a_unit_given_twice_is_refused():
    table = table_of("stability", "nhs", ["organisation"], organisation=["a"], numerator=[9.0], denominator=[10.0])
    with pytest.raises(UsageError, match="comes twice"):
        combine(table, table)


def test_life_tables_of_two_organisations_add_up_to_the_table_of_all_their_people():
    spells = pl.DataFrame(
        {
            "organisation": ["a", "a", "b", "b", "b"],
            "entry": [0, 2, 0, 1, 3],
            "exit": [4, 5, 4, 6, 7],
            "event": [True, False, True, True, False],
        }
    )
    parts = [wf.stats.life_table(part, by=["organisation"]) for part in spells.partition_by("organisation")]
    assert combine(*parts).equals(wf.stats.life_table(spells).frame)


def test_curves_and_measure_tables_are_not_combined_with_one_another_or_with_frames():
    spells = pl.DataFrame({"organisation": ["a"], "entry": [0], "exit": [4], "event": [True]})
    curve = wf.stats.life_table(spells, by=["organisation"])
    table = table_of("stability", "nhs", ["organisation"], organisation=["a"], numerator=[9.0], denominator=[10.0])
    for several in ((curve, table), (table, table.frame), (table.frame,)):
        with pytest.raises(UsageError, match="combine takes measure tables, or life tables"):
            wf.combine(*several)
    with pytest.raises(UsageError, match="nothing to combine"):
        wf.combine()


def test_the_whole_keeps_definitions_reasons_and_the_groups_that_are_left():
    def part(organisation):
        table = table_of(
            "stability",
            "nhs",
            ["organisation", "team"],
            organisation=[organisation] * 2,
            team=["North", "South"],
            numerator=[9.0, 4.0],
            denominator=[10.0, 5.0],
        )
        return table._with_reasons(f"nothing is known of {organisation}")

    whole = wf.combine(part("a"), part("b"))
    assert whole.groups == ("team",)
    assert whole.definitions == part("a").definitions
    assert whole.reasons == ("nothing is known of a", "nothing is known of b")
    assert whole.frame["numerator"].to_list() == [18.0, 8.0]


def test_what_xmr_added_to_the_months_is_not_rolled_up():
    added = wf.stats.xmr(monthly_turnover("2023-01", "2023-03"))
    assert added.added
    whole = wf.combine(added, over="period")
    assert whole.frame.equals(combine(monthly_turnover("2023-01", "2023-03"), over=("period",)))
    assert whole.added == ()


def test_two_meanings_of_one_name_are_refused():
    ours = table_of("stability", "nhs", ["organisation"], organisation=["a"], numerator=[9.0], denominator=[10.0])
    sides = {"organisation": ["b"], "numerator": [9.0], "denominator": [10.0]}
    theirs = replace(ours.definitions[0], words="counted in another way")
    with pytest.raises(UsageError, match=r"mean different things by stability \(nhs\)"):
        wf.combine(ours, measured(sides, "stability", "nhs", by=["organisation"], book=theirs))
