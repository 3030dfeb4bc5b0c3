"""XmR: which rule comes first, what a gap does, where a baseline restarts, and what is never claimed."""

from datetime import date

import numpy as np
import polars as pl
import pytest

import workforce as wf
from builders import measured, records, stacked
from workforce.errors import UsageError

ADDED = (
    "centre",
    "lower_limit",
    "upper_limit",
    "moving_range",
    "special_cause",
    "variation",
    "assurance",
    "season",
    "judged_against",
    "judged_value",
    "season_mean",
    "false_alarms",
    "stretch",
    "sets_limits",
)
COMMON = "no significant change"
NO_FIGURE = "left out: no figure"
TOO_FEW = "too few points to judge"
TOO_FEW_EVENTS = "too few events to judge"
STEADY = [10.0, 12.0] * 7
xmr = wf.stats.xmr


def judged_rows(table, **options):
    """By the plain method, unless the test names a kind of series, or None for the measure book's."""
    return xmr(table, **{"kind": "plain", **options}).frame


def days(count, first=2015):
    return [date(first + i // 12, i % 12 + 1, 1) for i in range(count)]


def series(values, *, definition="in_post", measure="headcount", team=None):
    on = days(len(values))
    sides = pl.DataFrame(
        {"team": team or "A", "period_start": on, "period_end": on, "numerator": values},
        schema_overrides={"numerator": pl.Float64},
    )
    return measured(sides, measure, definition, by=["team"])


def test_a_steady_series_shows_no_significant_change():
    judged = judged_rows(series(STEADY))
    assert set(judged["variation"]) == {"no significant change"}
    assert judged["special_cause"].null_count() == len(STEADY)
    assert judged["centre"].to_list() == [11.0] * 14
    assert judged["upper_limit"][0] == pytest.approx(11 + 2.66 * 2)


def test_the_rows_and_columns_of_the_table_stay_as_they_were():
    table = series(STEADY)
    shuffled = table._with(table.frame.sample(fraction=1.0, shuffle=True, seed=3))
    judged = xmr(shuffled)
    assert judged.frame.select(shuffled.frame.columns).equals(shuffled.frame)
    assert judged.frame.columns == [*shuffled.frame.columns, *ADDED]
    assert (judged.added, judged.groups, judged.definitions) == (ADDED, ("team",), table.definitions)


def test_fewer_than_thirteen_points_are_drawn_and_claim_nothing():
    judged = judged_rows(series([10.0] * 11 + [90.0]), target=5.0, improvement="higher")
    assert judged["centre"][0] == pytest.approx(200 / 12)
    assert judged["upper_limit"].null_count() == judged["special_cause"].null_count() == 12
    assert set(judged["variation"]) == set(judged["assurance"]) == {TOO_FEW}


def test_the_target_is_recorded_as_the_callers_number():
    assert ("target", 5.0) in xmr(series(STEADY), target=5.0)._provenance.arguments


def test_thirteen_points_are_judged():
    assert judged_rows(series([10.0, 11.0] * 6 + [90.0]))["special_cause"][-1] == "above the upper limit"


def test_being_outside_the_limits_comes_before_a_trend():
    judged = judged_rows(series([*STEADY, 11.0, 12.0, 13.0, 14.0, 15.0, 16.0, 60.0]))
    assert judged["special_cause"].to_list()[-7:] == ["7 points rising"] * 6 + ["above the upper limit"]


def test_six_points_on_one_side_are_common_cause_and_seven_are_not():
    low = [*[1.0, 3.0] * 10, 1.0]
    six = judged_rows(series([*low, 3.2, 3.4, 3.1, 3.4, 3.2, 3.1, 1.0]))
    seven = judged_rows(series([*low, 3.2, 3.4, 3.1, 3.4, 3.2, 3.1, 3.3, 1.0]))
    assert six["special_cause"].null_count() == len(six)
    assert seven["special_cause"].to_list()[21:28] == ["7 points above the centre"] * 7
    assert seven["special_cause"].null_count() == len(seven) - 7


def test_a_month_without_a_figure_is_left_out_says_so_and_ends_a_run():
    run = [3.2, 3.4, 3.1, 3.4, 3.2, 3.1, 3.3]
    gap = judged_rows(series([*[1.0, 3.0] * 10, 1.0, *run[:4], None, *run[4:]]))
    assert gap["variation"].to_list()[25] == NO_FIGURE
    assert gap["special_cause"].null_count() == len(gap)
    assert gap["moving_range"].is_null().to_list()[25:27] == [True, True]
    assert gap["centre"].is_not_null().all()


def test_the_improvement_direction_is_data():
    up = [*STEADY, 60.0]
    assert judged_rows(series(up), improvement="higher")["variation"][-1] == "better than expected"
    assert judged_rows(series(up), improvement="lower")["variation"][-1] == "worse than expected"
    # the book knows no better direction of a headcount
    assert judged_rows(series(up))["variation"][-1] == "higher than expected"
    assert judged_rows(series([*STEADY, -60.0]))["variation"][-1] == "lower than expected"


def test_without_a_direction_given_the_measure_book_says_which_is_better():
    on = days(15)
    sides = pl.DataFrame({"period_start": on, "period_end": on, "numerator": [*STEADY, 60.0], "denominator": 100.0})
    absence = measured(sides, "absence", "days_per_fte", by=[])
    assert judged_rows(absence)["variation"][-1] == "worse than expected"


@pytest.mark.parametrize(
    ("target", "lower", "higher"),
    [
        (3.0, "consistently misses the target", "consistently hits the target"),
        (11.0, "hit or miss", "hit or miss"),
        (30.0, "consistently hits the target", "consistently misses the target"),
    ],
)
def test_assurance_is_the_target_against_the_limits(target, lower, higher):
    assert set(judged_rows(series(STEADY), target=target, improvement="lower")["assurance"]) == {lower}
    assert set(judged_rows(series(STEADY), target=target, improvement="higher")["assurance"]) == {higher}


def test_no_assurance_is_given_without_a_target_or_a_direction():
    assert judged_rows(series(STEADY), improvement="lower")["assurance"].null_count() == 14
    assert judged_rows(series(STEADY), target=3.0)["assurance"].null_count() == 14


def test_limits_restart_at_the_first_period_on_or_after_a_date():
    judged = judged_rows(series([*STEADY, *[v + 40 for v in STEADY]]), restart=[date(2016, 2, 15)])
    assert judged["centre"].to_list() == [11.0] * 14 + [51.0] * 14
    assert set(judged["variation"]) == {"no significant change"}
    assert judged["moving_range"][14] is None
    assert judged["stretch"].to_list() == [0] * 14 + [1] * 14


def test_a_restart_with_few_points_since_claims_nothing_of_them():
    judged = judged_rows(series([*STEADY, 50.0, 52.0, 50.0]), restart=date(2016, 3, 1))
    assert judged["variation"].to_list()[-3:] == [TOO_FEW] * 3
    assert judged["upper_limit"].null_count() == 3
    assert judged["centre"][-1] == pytest.approx(152 / 3)


def test_limits_of_a_baseline_period_hold_for_the_whole_series():
    values = [*STEADY, *[v + 40 for v in STEADY]]
    by_count = judged_rows(series(values), baseline=14)
    by_period = judged_rows(series(values), baseline=wf.Period(date(2015, 1, 1), date(2016, 2, 29)))
    assert by_count.equals(by_period)
    assert by_count["special_cause"].to_list()[14:] == ["above the upper limit"] * 14
    assert by_count["sets_limits"].to_list() == [True] * 14 + [False] * 14


def test_a_point_in_a_monthly_series_is_said_not_to_be_judged_against_its_season():
    assert set(judged_rows(series(STEADY))["season"]) == {"not judged against its season"}
    years = [date(2000 + i, 3, 31) for i in range(14)]
    yearly = pl.DataFrame({"period_start": years, "period_end": years, "numerator": STEADY})
    assert judged_rows(measured(yearly, "headcount", "in_post", by=[]))["season"].null_count() == 14


def test_each_group_is_judged_by_its_own_series():
    both = judged_rows(stacked([series(STEADY), series([v * 5 for v in STEADY], team="B")]))
    assert both.group_by("team").agg(pl.col("centre").first()).sort("team")["centre"].to_list() == [11.0, 55.0]


def test_the_source_of_a_figure_does_not_split_its_series():
    on = days(len(STEADY))
    sides = pl.DataFrame({"team": "A", "source": [f"release {i}" for i in range(14)], "numerator": STEADY})
    sourced = measured(
        sides.with_columns(period_start=pl.Series(on), period_end=pl.Series(on)),
        "headcount",
        "in_post",
        by=["team", "source"],
    )
    assert set(judged_rows(sourced)["variation"]) == {"no significant change"}


def test_rolling_years_are_refused_because_they_share_their_days():
    starts = days(24)
    ends = [date(d.year + 1, d.month, 1) for d in starts]
    sides = pl.DataFrame({"period_start": starts, "period_end": ends, "numerator": np.arange(24.0)})
    with pytest.raises(UsageError, match="overlap"):
        xmr(measured(sides, "leavers", "left", by=[]))


@pytest.mark.parametrize(
    "wrong",
    [
        {"improvement": "up"},
        {"baseline": "2016"},
        {"baseline": 0},
        {"baseline": True},
        {"baseline": date(2016, 1, 1)},
        {"restart": "2016"},
        {"restart": 2016},
        {"kind": "rare"},
        {"run": 5},
    ],
)
def test_options_that_make_no_sense_are_refused(wrong):
    with pytest.raises(UsageError):
        xmr(series(STEADY), **wrong)


def test_one_target_for_two_definitions_is_refused():
    two = stacked([series(STEADY), series(STEADY, definition="in_post_fte")])
    assert judged_rows(two)["centre"].null_count() == 0
    with pytest.raises(UsageError, match="one target"):
        xmr(two, target=3.0)


def test_a_table_that_has_been_judged_is_not_judged_again():
    with pytest.raises(UsageError, match="already has"):
        xmr(xmr(series(STEADY)))


def test_an_empty_table_keeps_its_shape():
    nothing = series(STEADY).filter(pl.lit(value=False))
    assert judged_rows(nothing).is_empty()
    assert judged_rows(nothing).schema == judged_rows(series(STEADY)).schema
    assert judged_rows(nothing).columns == judged_rows(series(STEADY)).columns


@pytest.mark.parametrize("given", [pl.DataFrame({"value": [1.0]}), None, "turnover"])
def test_anything_but_a_measure_table_is_refused_with_a_sentence(given):
    with pytest.raises(UsageError, match="xmr takes what a measure returned"):
        xmr(given)


def test_what_is_not_recorded_is_not_judged_and_keeps_its_reason():
    several = wf.months("2022-01", "2023-03")
    nothing = wf.staffing.turnover(records(), several, definition="average")
    judged = xmr(nothing, target=5.0)
    assert set(judged.frame["marker"]) == {"x"}
    assert set(judged.frame["variation"]) == {NO_FIGURE}
    assert judged.frame["centre"].null_count() == len(several)
    assert judged.reasons == nothing.reasons == ("staff are not recorded",)


def shares(numerators, denominator=12.0, *, measure="stability", definition="nhs"):
    on = days(len(numerators))
    sides = pl.DataFrame({"period_start": on, "period_end": on, "numerator": numerators, "denominator": denominator})
    return measured(sides, measure, definition, by=[])


def leavers(values):
    return series(values, measure="leavers", definition="left")


def by_its_kind(table, **options):
    """By the method of the kind of series that the measure book states."""
    return judged_rows(table, kind=None, **options)


def test_a_series_that_is_mostly_zeros_has_too_few_events_to_judge():
    rare = [0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 2.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0]
    judged = by_its_kind(leavers(rare), improvement="lower", target=1.0)
    assert set(judged["variation"]) == set(judged["assurance"]) == {TOO_FEW_EVENTS}
    assert judged["special_cause"].null_count() == judged["upper_limit"].null_count() == len(rare)
    assert judged["judged_against"].null_count() == judged["false_alarms"].null_count() == len(rare)
    assert judged["centre"][0] == pytest.approx(4 / 16)


def test_a_share_of_nearly_everybody_has_too_few_of_the_rest_to_judge():
    judged = by_its_kind(shares([12.0, 12.0, 11.0] * 5))
    assert set(judged["variation"]) == {TOO_FEW_EVENTS}


def test_a_rate_may_be_one_for_one_without_having_nobody_left():
    # Turnover is no share: as many left as were there on average says nothing of anybody who stayed.
    judged = by_its_kind(shares([12.0, 12.0, 11.0] * 5, measure="turnover", definition="average"))
    assert set(judged["variation"]) == {COMMON}


def test_a_flow_of_four_events_a_month_is_judged_and_one_of_fewer_is_not():
    assert set(by_its_kind(leavers([3.0, 5.0] * 7))["variation"]) == {COMMON}
    assert set(by_its_kind(leavers([3.0, 4.0] * 7))["variation"]) == {TOO_FEW_EVENTS}


def test_events_that_come_several_at_a_time_are_as_few_as_the_times():
    # 120 changes of worker in 15 months, all on six days on which a worker left.
    judged = by_its_kind(leavers([0.0, 20.0, 0.0, 0.0, 20.0] * 3))
    assert set(judged["variation"]) == {TOO_FEW_EVENTS}


def test_months_of_few_events_are_judged_by_quarter_back_from_the_last():
    values = [9.0, *[2.0, 2.0, 2.0, 2.0, 3.0, 2.0] * 6, 3.0, 3.0, 4.0]
    judged = by_its_kind(leavers(values))
    assert set(judged["judged_against"]) == {"the mean of the series, by quarter"}
    assert judged["judged_value"].to_list() == pytest.approx([None, *([2.0] * 3 + [7 / 3] * 3) * 6, *[10 / 3] * 3])
    assert judged["centre"][0] == judged["centre"][-1] == pytest.approx((6 * 6 + 6 * 7 + 10) / 39)  # a month
    assert judged["special_cause"].to_list() == [None] * 37 + ["above the upper limit"] * 3
    assert judged["variation"][0] == TOO_FEW_EVENTS  # the first month is in no whole quarter


def test_a_rate_of_a_quarter_is_that_of_all_its_months_together():
    judged = by_its_kind(shares([1.0, 2.0, 3.0] * 13, denominator=pl.Series([10.0, 20.0, 50.0] * 12 + [9.0] * 3)))
    assert judged["judged_value"][0] == pytest.approx(100 * 6 / 80)
    assert judged["judged_value"][-1] == pytest.approx(100 * 6 / 27)


def test_a_series_that_has_never_varied_has_not_changed_and_has_no_limits():
    for constant in (leavers([0.0] * 14), series([8.0] * 14), series([1.1] * 14)):
        judged = by_its_kind(constant, target=9.0, improvement="lower")
        assert set(judged["variation"]) == {COMMON}
        assert set(judged["assurance"]) == {"consistently hits the target"}
        assert judged["upper_limit"].null_count() == judged["special_cause"].null_count() == 14


@pytest.mark.parametrize(
    "values",
    [
        [8.0] * 14 + [9.0],
        [8.0] * 7 + [9.0] * 4 + [8.0] * 4,
        [8.0] * 3 + [9.0] * 5 + [8.0] * 6 + [9.0] * 4 + [10.0] * 4 + [9.0] * 2,
    ],
)
@pytest.mark.parametrize("kind", ["plain", "flow", "stock"])
def test_limits_never_have_no_width(values, kind):
    judged = judged_rows(series(values), kind=kind)
    width = (judged["upper_limit"] - judged["lower_limit"]).drop_nulls()
    assert (width > 0.1).all()
    if kind == "stock":  # one person more is no news of a stock in which so little happens
        assert set(judged["variation"]) == {TOO_FEW_EVENTS}


NO_SPREAD = "not judged: no spread to make limits of"


def test_a_baseline_that_never_varied_makes_no_limits_and_says_so():
    judged = judged_rows(series([8.0] * 13 + [9.0, 7.0]), baseline=13)
    assert set(judged["variation"]) == {NO_SPREAD}
    assert judged["upper_limit"].null_count() == 15


def test_a_stock_that_changes_by_the_same_each_month_has_no_limits_and_is_compared_with_a_target_by_its_range():
    falling = series([700.0 - 2 * i for i in range(30)])
    judged = by_its_kind(falling, target=640.0, improvement="lower")
    assert set(judged["variation"][1:]) == {NO_SPREAD}
    assert judged["assurance"][-1] == "consistently misses the target"
    assert by_its_kind(falling, target=650.0, improvement="lower")["assurance"][-1] == "hit or miss"


def wandering(points=60, mean=180, stay=36.0):
    """A stable number of open cases: each is open for three years on average."""
    rng = np.random.default_rng(11)
    numbers = [rng.poisson(mean)]
    for _ in range(points - 1):
        numbers.append(rng.binomial(numbers[-1], np.exp(-1 / stay)) + rng.poisson(mean * (1 - np.exp(-1 / stay))))
    return [float(v) for v in numbers]


def test_a_stable_stock_is_judged_against_the_point_before_it():
    values = wandering()
    judged = by_its_kind(series(values))
    assert judged_rows(series(values))["special_cause"].count() > 20  # limits about its mean are too narrow
    assert judged["special_cause"].count() == 0
    assert set(judged["judged_against"]) == {"the point before"}
    assert judged["variation"][0] == "not judged: no point before it"
    assert judged["upper_limit"][0] is None
    assert set(judged["variation"][1:]) == {COMMON}
    # what is expected lies between the point before and the mean of the series, or at the point before
    centre, before = judged["centre"].to_numpy()[1:], np.array(values[:-1])
    assert (np.abs(centre - before) <= np.abs(before - np.mean(values)) + 3).all()


def test_a_jump_of_a_stock_is_a_special_cause_and_staying_there_is_none():
    values = [v + 60 * (i >= 50) for i, v in enumerate(wandering())]
    judged = by_its_kind(series(values), improvement="lower")
    assert judged["special_cause"][50] == "above the upper limit"
    assert judged["variation"][50] == "worse than expected"
    assert judged["special_cause"][51:].count() == 0


def test_a_target_of_a_stock_is_judged_against_where_it_may_go_in_the_long_run():
    table = series(wandering())
    last = by_its_kind(table)["upper_limit"][-1]
    assert by_its_kind(table, target=last + 1, improvement="lower")["assurance"][-1] == "hit or miss"
    assert by_its_kind(table, target=900.0, improvement="lower")["assurance"][-1] == "consistently hits the target"


def test_the_point_after_a_missing_month_has_none_before_it():
    table = series(wandering())
    judged = by_its_kind(table.filter(pl.col("period_start") != date(2016, 3, 1)))
    after = judged.filter(pl.col("period_start") == date(2016, 4, 1))
    assert after["variation"].item() == "not judged: no point before it"


def sickness(years, extra=0.0):
    """Days lost for each FTE: a winter peak, a little noise, and something extra in the last month, which is a January."""
    season = [0.5, 0.5, 0.5, 0.6, 0.6, 0.5, 0.6, 0.7, 0.9, 1.0, 0.7, 0.6]  # from April
    noise = np.random.default_rng(4).normal(0, 0.02, 12 * years + 10)
    values = np.array([season[i % 12] for i in range(12 * years + 10)]) + noise
    values[-1] += extra
    months = wf.months_to("2025-01", len(values))
    sides = pl.DataFrame(
        {
            "period_start": [m.start for m in months],
            "period_end": [m.end for m in months],
            "numerator": values * 100,
            "denominator": 100.0,
        }
    )
    return measured(sides, "absence", "days_per_fte", by=[])


def test_winter_sickness_is_judged_against_earlier_winters():
    judged = by_its_kind(sickness(3))
    assert judged_rows(sickness(3))["special_cause"].count() > 0  # every winter
    assert judged["special_cause"].count() == 0
    assert set(judged["judged_against"]) == {"the same part of other years"}
    assert judged["season"].null_count() == len(judged)
    january = judged.filter(pl.col("period_end").dt.month() == 1)
    assert january["season_mean"].n_unique() == 1
    assert january["season_mean"][0] == pytest.approx(january["value"].sqrt().mean() ** 2)


def test_a_january_above_other_januaries_is_a_special_cause():
    judged = by_its_kind(sickness(3, extra=0.4))
    assert (judged["special_cause"][-1], judged["variation"][-1]) == ("above the upper limit", "worse than expected")
    assert judged["lower_limit"].min() >= 0


def test_a_season_needs_two_years():
    assert set(by_its_kind(sickness(1))["variation"]) == {TOO_FEW}
    assert set(by_its_kind(sickness(2))["variation"][1:]) == {COMMON}


def test_sickness_of_a_few_people_has_too_few_events():
    days = [0.0] * 33
    days[5] = days[17] = days[18] = days[30] = 21.0
    on = wf.months_to("2025-01", 33)
    sides = pl.DataFrame(
        {
            "period_start": [m.start for m in on],
            "period_end": [m.end for m in on],
            "numerator": days,
            "denominator": 8.0,
        }
    )
    assert set(by_its_kind(measured(sides, "absence", "days_per_fte", by=[]))["variation"]) == {TOO_FEW_EVENTS}


def test_a_restart_and_a_baseline_hold_together():
    values = [*STEADY, *[v + 40 for v in STEADY], *[v + 80 for v in STEADY]]
    restart = date(2016, 3, 1)
    by_count = judged_rows(series(values), restart=restart, baseline=14)
    assert by_count["centre"].to_list() == [11.0] * 14 + [51.0] * 28
    assert by_count["special_cause"].to_list()[:27] == [None] * 27
    assert by_count["special_cause"].to_list()[28:] == ["above the upper limit"] * 14
    # A stretch in which the baseline does not lie has limits of its own.
    period = wf.Period(date(2016, 3, 1), date(2017, 4, 30))
    by_period = judged_rows(series(values), restart=restart, baseline=period)
    assert by_period.equals(by_count)


def test_six_points_are_a_run_where_the_caller_says_so():
    low = [*[1.0, 3.0] * 10, 1.0]
    table = series([*low, 3.2, 3.4, 3.1, 3.4, 3.2, 3.1, 1.0])
    assert judged_rows(table)["special_cause"].count() == 0
    assert judged_rows(table, run=6)["special_cause"].to_list()[21:27] == ["6 points above the centre"] * 6
    rising = series([*STEADY, 9.0, 10.0, 11.0, 12.0, 13.0, 14.0])
    assert judged_rows(rising)["special_cause"].count() == 0
    assert judged_rows(rising, run=6)["special_cause"][-1] == "6 points rising"


def test_the_stated_rate_of_false_alarms_is_by_kind_size_and_length():
    def stated(values, **options):
        return by_its_kind(leavers(values), **options)["false_alarms"][-1]

    assert 1 < stated([9.0, 11.0] * 15) < stated([3.0, 5.0] * 15) < stated([3.0, 5.0] * 15, run=6) < 5
    assert stated([9.0, 11.0] * 7) < stated([9.0, 11.0] * 30)
    assert stated([9.0, 11.0] * 15, baseline=20) is None  # limits that the simulation did not have
    assert judged_rows(leavers([9.0, 11.0] * 15))["false_alarms"][-1] is None


def test_whether_events_are_too_few_is_asked_of_each_stretch_by_itself():
    judged = by_its_kind(leavers([*STEADY, *[0.0, 0.0, 1.0] * 5]), restart=date(2016, 3, 1))
    assert set(judged["variation"][:14]) == {COMMON}
    assert set(judged["variation"][14:]) == {TOO_FEW_EVENTS}


def test_months_without_a_figure_do_not_count_as_months_without_an_event():
    judged = by_its_kind(leavers([*[3.0, 4.0, 5.0] * 5, *[None] * 14]))
    assert set(judged["variation"][:15]) == {COMMON}
