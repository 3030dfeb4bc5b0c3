"""XmR: which rule comes first, what a gap does, where a baseline restarts, and what is never claimed."""

from datetime import date

import numpy as np
import polars as pl
import pytest

import workforce as wf
from builders import measured, records, stacked
from workforce.errors import UsageError

ADDED = ("centre", "lower_limit", "upper_limit", "moving_range", "special_cause", "variation", "assurance", "season")
COMMON = "no significant change"
NO_FIGURE = "left out: no figure"
TOO_FEW = "too few points to judge"
TOO_FEW_EVENTS = "too few events to judge"
STEADY = [10.0, 12.0] * 7
xmr = wf.stats.xmr


def judged_rows(table, **options):
    return xmr(table, **options).frame


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
    judged = judged_rows(series([*STEADY, *[v + 40 for v in STEADY]]), baseline=[date(2016, 2, 15)])
    assert judged["centre"].to_list() == [11.0] * 14 + [51.0] * 14
    assert set(judged["variation"]) == {"no significant change"}
    assert judged["moving_range"][14] is None


def test_a_restart_with_few_points_since_claims_nothing_of_them():
    judged = judged_rows(series([*STEADY, 50.0, 52.0, 50.0]), baseline=date(2016, 3, 1))
    assert judged["variation"].to_list()[-3:] == [TOO_FEW] * 3
    assert judged["upper_limit"].null_count() == 3
    assert judged["centre"][-1] == pytest.approx(152 / 3)


def test_limits_of_a_baseline_period_hold_for_the_whole_series():
    values = [*STEADY, *[v + 40 for v in STEADY]]
    by_count = judged_rows(series(values), baseline=14)
    by_period = judged_rows(series(values), baseline=wf.Period(date(2015, 1, 1), date(2016, 2, 29)))
    assert by_count.equals(by_period)
    assert by_count["special_cause"].to_list()[14:] == ["above the upper limit"] * 14


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


@pytest.mark.parametrize("wrong", [{"improvement": "up"}, {"baseline": "2016"}, {"baseline": 0}, {"baseline": True}])
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


def test_a_series_that_is_mostly_zeros_has_too_few_events_to_judge():
    rare = [0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 2.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0]
    judged = judged_rows(series(rare), improvement="lower", target=1.0)
    assert set(judged["variation"]) == set(judged["assurance"]) == {TOO_FEW_EVENTS}
    assert judged["special_cause"].null_count() == judged["upper_limit"].null_count() == len(rare)
    assert judged["centre"][0] == pytest.approx(4 / 16)


def test_a_share_of_nearly_everybody_has_too_few_of_the_rest_to_judge():
    judged = judged_rows(shares([12.0, 12.0, 11.0] * 5))
    assert set(judged["variation"]) == {TOO_FEW_EVENTS}


def test_a_rate_may_be_one_for_one_without_having_nobody_left():
    # Turnover is no share: as many left as were there on average says nothing of anybody who stayed.
    judged = judged_rows(shares([12.0, 12.0, 11.0] * 5, measure="turnover", definition="average"))
    assert TOO_FEW_EVENTS not in judged["variation"].to_list()


def test_a_series_with_just_under_half_zeros_is_judged():
    judged = judged_rows(series([0.0, 2.0, 3.0] * 5))
    assert set(judged["variation"]) == {COMMON}


def test_a_series_that_never_leaves_zero_has_not_changed():
    assert set(judged_rows(series([0.0] * 14))["variation"]) == {COMMON}


def test_whether_events_are_too_few_is_asked_of_each_stretch_by_itself():
    judged = judged_rows(series([*STEADY, *[0.0, 0.0, 1.0] * 5]), baseline=date(2016, 3, 1))
    assert set(judged["variation"][:14]) == {COMMON}
    assert set(judged["variation"][14:]) == {TOO_FEW_EVENTS}


def test_months_without_a_figure_do_not_count_as_months_without_an_event():
    judged = judged_rows(series([*[0.0, 2.0, 3.0] * 5, *[None] * 14]))
    assert set(judged["variation"][:15]) == {COMMON}
