"""XmR: which rule comes first, what a gap does, where a baseline restarts, and what is never claimed."""

from datetime import date

import numpy as np
import polars as pl
import pytest

from workforce.errors import UsageError
from workforce.measures.comparison.xmr import ADDED, COMMON, NO_FIGURE, TOO_FEW, TOO_FEW_EVENTS, xmr
from workforce.measures.frame import measure_table
from workforce.periods import Period

STEADY = [10.0, 12.0] * 7


def days(count, first=2015):
    return [date(first + i // 12, i % 12 + 1, 1) for i in range(count)]


def series(values, *, definition="in_post", measure="headcount", team=None):
    on = days(len(values))
    sides = pl.DataFrame(
        {"team": team or "A", "period_start": on, "period_end": on, "numerator": values},
        schema_overrides={"numerator": pl.Float64},
    )
    return measure_table(sides, measure, definition, by=["team"])


def test_a_steady_series_shows_no_significant_change():
    judged = xmr(series(STEADY))
    assert set(judged["variation"]) == {"no significant change"}
    assert judged["special_cause"].null_count() == len(STEADY)
    assert judged["centre"].to_list() == [11.0] * 14
    assert judged["upper_limit"][0] == pytest.approx(11 + 2.66 * 2)


def test_the_rows_and_columns_of_the_table_stay_as_they_were():
    shuffled = series(STEADY).sample(fraction=1.0, shuffle=True, seed=3)
    judged = xmr(shuffled)
    assert judged.select(shuffled.columns).equals(shuffled)
    assert judged.columns == [*shuffled.columns, *ADDED]


def test_fewer_than_thirteen_points_are_drawn_and_claim_nothing():
    judged = xmr(series([10.0] * 11 + [90.0]), target=5.0, improvement="higher")
    assert judged["centre"][0] == pytest.approx(200 / 12)
    assert judged["upper_limit"].null_count() == judged["special_cause"].null_count() == 12
    assert set(judged["variation"]) == set(judged["assurance"]) == {TOO_FEW}


def test_thirteen_points_are_judged():
    assert xmr(series([10.0, 11.0] * 6 + [90.0]))["special_cause"][-1] == "above the upper limit"


def test_being_outside_the_limits_comes_before_a_trend():
    judged = xmr(series([*STEADY, 11.0, 12.0, 13.0, 14.0, 15.0, 16.0, 60.0]))
    assert judged["special_cause"].to_list()[-7:] == ["7 points rising"] * 6 + ["above the upper limit"]


def test_six_points_on_one_side_are_common_cause_and_seven_are_not():
    low = [*[1.0, 3.0] * 10, 1.0]
    six = xmr(series([*low, 3.2, 3.4, 3.1, 3.4, 3.2, 3.1, 1.0]))
    seven = xmr(series([*low, 3.2, 3.4, 3.1, 3.4, 3.2, 3.1, 3.3, 1.0]))
    assert six["special_cause"].null_count() == len(six)
    assert seven["special_cause"].to_list()[21:28] == ["7 points above the centre"] * 7
    assert seven["special_cause"].null_count() == len(seven) - 7


def test_a_month_without_a_figure_is_left_out_says_so_and_ends_a_run():
    run = [3.2, 3.4, 3.1, 3.4, 3.2, 3.1, 3.3]
    gap = xmr(series([*[1.0, 3.0] * 10, 1.0, *run[:4], None, *run[4:]]))
    assert gap["variation"].to_list()[25] == NO_FIGURE
    assert gap["special_cause"].null_count() == len(gap)
    assert gap["moving_range"].is_null().to_list()[25:27] == [True, True]
    assert gap["centre"].is_not_null().all()


def test_the_improvement_direction_is_data():
    up = [*STEADY, 60.0]
    assert xmr(series(up), improvement="higher")["variation"][-1] == "better than expected"
    assert xmr(series(up), improvement="lower")["variation"][-1] == "worse than expected"
    assert (
        xmr(series(up))["variation"][-1] == "higher than expected"
    )  # the book knows no better direction of a headcount
    assert xmr(series([*STEADY, -60.0]))["variation"][-1] == "lower than expected"


def test_without_a_direction_given_the_measure_book_says_which_is_better():
    on = days(15)
    sides = pl.DataFrame({"period_start": on, "period_end": on, "numerator": [*STEADY, 60.0], "denominator": 100.0})
    absence = measure_table(sides, "absence", "days_per_fte", by=[])
    assert xmr(absence)["variation"][-1] == "worse than expected"


@pytest.mark.parametrize(
    ("target", "lower", "higher"),
    [
        (3.0, "consistently misses the target", "consistently hits the target"),
        (11.0, "hit or miss", "hit or miss"),
        (30.0, "consistently hits the target", "consistently misses the target"),
    ],
)
def test_assurance_is_the_target_against_the_limits(target, lower, higher):
    assert set(xmr(series(STEADY), target=target, improvement="lower")["assurance"]) == {lower}
    assert set(xmr(series(STEADY), target=target, improvement="higher")["assurance"]) == {higher}


def test_no_assurance_is_given_without_a_target_or_a_direction():
    assert xmr(series(STEADY), improvement="lower")["assurance"].null_count() == 14
    assert xmr(series(STEADY), target=3.0)["assurance"].null_count() == 14


def test_limits_restart_at_the_first_period_on_or_after_a_date():
    judged = xmr(series([*STEADY, *[v + 40 for v in STEADY]]), baseline=[date(2016, 2, 15)])
    assert judged["centre"].to_list() == [11.0] * 14 + [51.0] * 14
    assert set(judged["variation"]) == {"no significant change"}
    assert judged["moving_range"][14] is None


def test_a_restart_with_few_points_since_claims_nothing_of_them():
    judged = xmr(series([*STEADY, 50.0, 52.0, 50.0]), baseline=date(2016, 3, 1))
    assert judged["variation"].to_list()[-3:] == [TOO_FEW] * 3
    assert judged["upper_limit"].null_count() == 3
    assert judged["centre"][-1] == pytest.approx(152 / 3)


def test_limits_of_a_baseline_period_hold_for_the_whole_series():
    values = [*STEADY, *[v + 40 for v in STEADY]]
    by_count = xmr(series(values), baseline=14)
    by_period = xmr(series(values), baseline=Period(date(2015, 1, 1), date(2016, 2, 29)))
    assert by_count.equals(by_period)
    assert by_count["special_cause"].to_list()[14:] == ["above the upper limit"] * 14


def test_a_point_in_a_monthly_series_is_said_not_to_be_judged_against_its_season():
    assert set(xmr(series(STEADY))["season"]) == {"not judged against its season"}
    years = [date(2000 + i, 3, 31) for i in range(14)]
    yearly = pl.DataFrame({"period_start": years, "period_end": years, "numerator": STEADY})
    assert xmr(measure_table(yearly, "headcount", "in_post", by=[]))["season"].null_count() == 14


def test_each_group_is_judged_by_its_own_series():
    both = xmr(pl.concat([series(STEADY), series([v * 5 for v in STEADY], team="B")]))
    assert both.group_by("team").agg(pl.col("centre").first()).sort("team")["centre"].to_list() == [11.0, 55.0]


def test_the_source_of_a_figure_does_not_split_its_series():
    table = series(STEADY)
    at = table.columns.index("period_start")
    sourced = table.insert_column(at, pl.Series("source", [f"release {i}" for i in range(14)]))
    assert set(xmr(sourced)["variation"]) == {"no significant change"}


def test_rolling_years_are_refused_because_they_share_their_days():
    starts = days(24)
    ends = [date(d.year + 1, d.month, 1) for d in starts]
    sides = pl.DataFrame({"period_start": starts, "period_end": ends, "numerator": np.arange(24.0)})
    with pytest.raises(UsageError, match="overlap"):
        xmr(measure_table(sides, "leavers", "left", by=[]))


@pytest.mark.parametrize("wrong", [{"improvement": "up"}, {"baseline": "2016"}, {"baseline": 0}, {"baseline": True}])
def test_options_that_make_no_sense_are_refused(wrong):
    with pytest.raises(UsageError):
        xmr(series(STEADY), **wrong)


def test_one_target_for_two_definitions_is_refused():
    two = pl.concat([series(STEADY), series(STEADY, definition="in_post_fte")])
    assert xmr(two)["centre"].null_count() == 0
    with pytest.raises(UsageError, match="one target"):
        xmr(two, target=3.0)


def test_a_table_that_has_been_judged_is_not_judged_again():
    with pytest.raises(UsageError, match="already has"):
        xmr(xmr(series(STEADY)))


def test_an_empty_table_keeps_its_shape():
    assert xmr(series(STEADY).clear()).columns == xmr(series(STEADY)).columns
    assert xmr(series(STEADY).clear()).schema == xmr(series(STEADY)).schema


def shares(numerators, denominator=12.0, *, measure="stability", definition="nhs"):
    on = days(len(numerators))
    sides = pl.DataFrame({"period_start": on, "period_end": on, "numerator": numerators, "denominator": denominator})
    return measure_table(sides, measure, definition, by=[])


def test_a_series_that_is_mostly_zeros_has_too_few_events_to_judge():
    rare = [0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 2.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0]
    judged = xmr(series(rare), improvement="lower", target=1.0)
    assert set(judged["variation"]) == set(judged["assurance"]) == {TOO_FEW_EVENTS}
    assert judged["special_cause"].null_count() == judged["upper_limit"].null_count() == len(rare)
    assert judged["centre"][0] == pytest.approx(4 / 16)


def test_a_share_of_nearly_everybody_has_too_few_of_the_rest_to_judge():
    judged = xmr(shares([12.0, 12.0, 11.0] * 5))
    assert set(judged["variation"]) == {TOO_FEW_EVENTS}


def test_a_rate_may_be_one_for_one_without_having_nobody_left():
    # Turnover is no share: as many left as were there on average says nothing of anybody who stayed.
    judged = xmr(shares([12.0, 12.0, 11.0] * 5, measure="turnover", definition="average"))
    assert TOO_FEW_EVENTS not in judged["variation"].to_list()


def test_a_series_with_just_under_half_zeros_is_judged():
    judged = xmr(series([0.0, 2.0, 3.0] * 5))
    assert set(judged["variation"]) == {COMMON}


def test_a_series_that_never_leaves_zero_has_not_changed():
    assert set(xmr(series([0.0] * 14))["variation"]) == {COMMON}


def test_whether_events_are_too_few_is_asked_of_each_stretch_by_itself():
    judged = xmr(series([*STEADY, *[0.0, 0.0, 1.0] * 5]), baseline=date(2016, 3, 1))
    assert set(judged["variation"][:14]) == {COMMON}
    assert set(judged["variation"][14:]) == {TOO_FEW_EVENTS}


def test_months_without_a_figure_do_not_count_as_months_without_an_event():
    judged = xmr(series([*[0.0, 2.0, 3.0] * 5, *[None] * 14]))
    assert set(judged["variation"][:15]) == {COMMON}
