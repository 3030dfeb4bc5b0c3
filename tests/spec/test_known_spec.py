"""What is not known of a person is no event: outside of known_from and known_to nobody joins, leaves, is in post or is absent."""

from datetime import date

import polars as pl
import pytest

import workforce as wf
from builders import casework, drawn, staff

YEAR = wf.financial_year("2022-23")
JUNE, END = wf.month("2022-06"), date(2023, 3, 31)

# The row of `a` that goes on from 1 July could not be read; so could the row of `b` up to 30 June; the end of `c` is no date.
OF_TEN = """person_id start_date end_date   known_from known_to   fte team  role
            a         2018-01-01 2022-06-30 .          2022-06-30 1.0 North officer
            b         2022-07-01 .          2022-07-01 .          1.0 South officer
            c         2018-01-01 2022-09-30 .          2022-09-30 1.0 North officer
            d         2018-01-01 .          .          .          1.0 North officer
            e         2018-01-01 2022-12-31 .          .          1.0 South officer"""


@pytest.fixture
def partly():
    return staff(OF_TEN)


def only(table, column="value"):
    return table.frame[column].item()


def test_who_is_lost_sight_of_is_no_leaver_and_not_in_post_from_then_on(partly):
    assert only(wf.staffing.leavers(partly, YEAR)) == 1  # e alone
    assert only(wf.staffing.headcount(partly, date(2022, 6, 30))) == 4  # a, c, d, e
    assert only(wf.staffing.headcount(partly, date(2022, 7, 1))) == 4  # b, c, d, e
    assert only(wf.staffing.headcount(partly, END)) == 2
    assert only(wf.staffing.headcount(partly, END, basis="fte")) == 2


def test_who_is_first_known_in_the_middle_of_a_stay_is_no_joiner(partly):
    assert only(wf.staffing.joiners(partly, YEAR)) == 0
    assert only(wf.staffing.joiners(partly, YEAR, basis="fte")) == 0


@pytest.mark.parametrize("scope", ["organisation", "area", "team", "role"])
def test_no_scope_makes_an_event_of_what_is_not_known(partly, scope):
    assert only(wf.staffing.leavers(partly, YEAR, scope=scope)) == 1
    assert only(wf.staffing.joiners(partly, YEAR, scope=scope)) == 0


def test_turnover_has_nobody_on_either_side_of_whom_nothing_is_known(partly):
    row = wf.staffing.turnover(partly, YEAR, definition="average").frame.row(0, named=True)
    days = 91 + (365 - 91) + 183 + 365 + 275  # a to 30 June, b from 1 July, c to 30 September, d, e to 31 December
    assert (row["numerator"], row["denominator"]) == (1.0, pytest.approx(days / 365))
    stable = wf.staffing.stability(staff(OF_TEN), JUNE).frame.row(0, named=True)
    assert (stable["numerator"], stable["denominator"]) == (4.0, 4.0)


def test_days_of_less_than_a_full_week_before_an_unreadable_row_are_days_in_post_and_a_longer_gap_is_an_end():
    gaps = staff(
        """person_id start_date end_date   known_to   fte
           week      2018-01-01 2022-06-24 2022-06-30 1.0
           longer    2018-01-01 2022-06-23 2022-06-30 1.0"""
    )
    assert only(wf.staffing.leavers(gaps, JUNE)) == 1
    assert only(wf.staffing.headcount(gaps, date(2022, 6, 29))) == 1


def test_a_gap_of_a_full_week_after_an_unreadable_row_is_a_new_stay():
    gaps = staff(
        """person_id start_date known_from fte
           week      2022-06-08 2022-06-02 1.0
           longer    2022-06-09 2022-06-02 1.0"""
    )
    assert only(wf.staffing.joiners(gaps, JUNE)) == 1


def test_rows_beyond_what_is_known_do_not_count():
    later = staff(
        """person_id start_date end_date   known_to   fte team
           a         2018-01-01 2022-05-31 2022-06-15 1.0 North
           a         2022-06-01 .          2022-06-15 1.0 South
           a         2022-06-20 2022-06-25 2022-06-15 0.5 East"""
    )
    assert only(wf.staffing.leavers(later, YEAR)) == 0
    assert only(wf.staffing.headcount(later, date(2022, 6, 22))) == 0
    moved = wf.staffing.movements(later, JUNE).frame
    assert moved.select("moved_from", "moved_to", "value").rows() == [("North", "South", 1.0)]


def test_in_the_area_a_person_is_known_where_every_organisation_knows_them():
    two = staff(
        """organisation person_id start_date end_date   known_to   fte
           council      a         2018-01-01 2022-06-30 2022-06-30 1.0
           trust        a         2018-01-01 2022-08-31 .          1.0"""
    )
    assert only(wf.staffing.leavers(two, YEAR, scope="area")) == 0
    assert wf.staffing.leavers(two, YEAR, by=["organisation"]).frame["value"].to_list() == [0.0, 1.0]


def test_a_life_table_follows_a_stay_from_and_to_where_it_is_known():
    followed = staff(
        """person_id start_date service_start end_date   known_from known_to   fte team
           lost      2022-04-01 .             2022-04-10 .          2022-04-10 1.0 North
           late      2022-04-11 2022-04-01    2022-04-20 2022-04-11 .          1.0 North
           untold    2022-04-11 .             2022-04-20 2022-04-11 .          1.0 North"""
    )
    rows = wf.leaving.spells(followed, YEAR).sort("person_id").rows()
    assert rows == [("late", 10, 20, True), ("lost", 0, 10, False)]  # how long `untold` has been there nobody can say
    curve = wf.leaving.retention(followed, YEAR).frame
    assert curve.select(pl.col("left", "censored").sum()).row(0) == (1.0, 1.0)
    changing = wf.leaving.spells(followed, YEAR, changing=["team"]).sort("person_id")
    assert changing.select("entry", "exit", "event").rows() == [(10, 20, True), (0, 10, False)]


def test_first_year_leavers_leave_out_whose_service_may_be_longer():
    leavers = staff(
        """person_id start_date service_start end_date   known_from fte
           untold    2022-04-11 .             2022-06-20 2022-04-11 1.0
           told      2022-04-11 2015-01-01    2022-06-20 2022-04-11 1.0
           short     2022-04-11 .             2022-06-20 .          1.0"""
    )
    row = wf.staffing.first_year_leavers(leavers, JUNE).frame.row(0, named=True)
    assert (row["numerator"], row["denominator"]) == (1.0, 2.0)


def test_quality_of_hire_follows_a_joiner_while_they_are_known():
    hired = staff(
        """person_id start_date end_date   known_to   fte
           lost      2022-01-10 2022-03-31 2022-03-31 1.0
           stayed    2022-01-10 .          .          1.0
           left      2022-01-10 2022-03-31 .          1.0"""
    )
    january = wf.month("2022-01")
    rows = wf.recruitment.quality_of_hire(hired, january, until=END).frame
    assert rows.select("numerator", "denominator").rows() == [(1.0, 2.0), (1.0, 2.0)]


def test_days_lost_count_while_the_person_is_known():
    ill = drawn(
        """organisation person_id start_date end_date
           council      a         2022-06-27 2022-07-08"""
    )
    area = wf.Records(assignments=staff(OF_TEN).assignments, absences=ill)
    lost = wf.absence.rate(area, wf.months("2022-06", "2022-07"), definition="days_per_fte").frame
    assert lost["numerator"].to_list() == [4.0, 0.0]  # Monday to Thursday, 27 to 30 June


def test_a_case_of_somebody_not_known_on_the_day_is_not_without_a_holder(partly):
    cases = drawn("case_id received_date\n1 2022-01-01\n2 2022-01-01\n3 2022-01-01", organisation="council")
    held = drawn("case_id person_id start_date\n1 a 2022-01-01\n2 d 2022-01-01", organisation="council")
    area = casework(held, cases, partly.assignments)
    spread = wf.caseload.distribution(area, END).filter(pl.col("definition") == "unheld").frame
    assert spread.select("band", "value").filter(pl.col("value") > 0).rows() == [("not allocated", 1.0)]  # case 3
    each = wf.caseload.per_fte(area, END, definition="dfe").frame.row(0, named=True)
    assert (each["numerator"], each["denominator"]) == (1.0, 1.0)


def test_records_without_these_columns_or_with_nulls_are_the_same():
    plain = """person_id start_date end_date   fte team
               a         2018-01-01 2022-06-30 1.0 North
               a         2022-07-03 .          0.5 South
               b         2022-05-01 2022-08-01 1.0 North"""
    without = staff(plain)
    nulls = staff(plain, known_from=None, known_to=None)
    nulls = wf.Records(assignments=nulls.assignments.with_columns(pl.col("known_from", "known_to").cast(pl.Date)))
    for measure in (wf.staffing.leavers, wf.staffing.joiners, wf.staffing.stability):
        assert measure(without, YEAR, by=["team"]).frame.equals(measure(nulls, YEAR, by=["team"]).frame)
    assert wf.leaving.spells(without, YEAR).equals(wf.leaving.spells(nulls, YEAR))


NOT_READ = {
    "organisation": "council",
    "table": "assignments",
    "why": "row refused",
    "person_id": "z",
    "start_date": date(2022, 7, 1),
    "team": "North",
}


def with_refused(records, *rows):
    empty = records._refused_rows.clear()
    frame = pl.DataFrame([dict.fromkeys(empty.columns) | row for row in rows], schema=empty.schema)
    return records._with(_refused_rows=frame)


def hundred(**refused):
    """A hundred people in post, of whom ten leave in the year, and rows that could not be read."""
    left = "\n".join(f"l{n:02} 2018-01-01 2022-12-31 1.0 North" for n in range(10))
    stay = "\n".join(f"s{n:02} 2018-01-01 . 1.0 {'North' if n < 40 else 'South'}" for n in range(90))
    area = staff(f"person_id start_date end_date fte team\n{left}\n{stay}")
    return with_refused(area, NOT_READ | refused) if refused else with_refused(area, NOT_READ)


def test_bounds_count_the_rows_that_could_belong_to_the_group_and_the_period():
    by_team = wf.staffing.turnover(hundred(), YEAR, definition="nhs", by=["team"])
    assert wf.bounds(by_team, hundred()).frame["refused"].to_list() == [1, 0]
    assert wf.bounds(by_team, hundred(team=None)).frame["refused"].to_list() == [1, 1]
    before = wf.staffing.turnover(hundred(), wf.financial_year("2021-22"), definition="nhs")
    assert wf.bounds(before, hundred()).frame["refused"].to_list() == [0]
    assert wf.bounds(before, hundred(start_date=None)).frame["refused"].to_list() == [1]


def test_turnover_is_between_n_over_d_and_r_and_n_and_r_over_d():
    area = hundred()
    row = wf.bounds(wf.staffing.turnover(area, YEAR, definition="dfe"), area).frame.row(0, named=True)
    assert (row["numerator"], row["denominator"]) == (10.0, 90.0)
    assert row["lower_bound"] == pytest.approx(100 * 10 / 91)
    assert row["upper_bound"] == pytest.approx(100 * 11 / 90)


def test_a_share_is_between_n_over_d_and_r_and_n_and_r_over_d_and_r():
    area = hundred(start_date=None)
    row = wf.bounds(wf.staffing.stability(area, YEAR), area).frame.row(0, named=True)
    assert row["lower_bound"] == pytest.approx(100 * 90 / 101)
    assert row["upper_bound"] == pytest.approx(100 * 91 / 101)


def test_a_refused_absence_adds_at_most_the_working_days_of_the_period():
    ill = drawn("person_id start_date end_date\ns01 2023-03-06 2023-03-10", organisation="council")
    area = wf.Records(assignments=hundred().assignments, absences=ill)
    area = with_refused(area, NOT_READ | {"table": "absences", "person_id": "s02", "start_date": date(2023, 3, 1)})
    march = wf.month("2023-03")  # 23 working days
    row = wf.bounds(wf.absence.rate(area, march, definition="days_per_fte"), area).frame.row(0, named=True)
    assert (row["lower_bound"], row["upper_bound"]) == (pytest.approx(5 / 90), pytest.approx((5 + 23) / 90))


def test_counts_and_medians_state_only_how_many_rows_could_concern_them():
    row = wf.bounds(wf.staffing.headcount(hundred(), END), hundred()).frame.row(0, named=True)
    assert (row["value"], row["lower_bound"], row["upper_bound"], row["refused"]) == (90.0, None, None, 1)


def test_bounds_are_released_rounded_outwards_and_for_the_board_from_printed_counts():
    area = hundred()
    table = wf.bounds(wf.staffing.turnover(area, YEAR, definition="dfe"), area)
    columns = ["value", "lower_bound", "upper_bound", "refused"]
    internal = wf.release(table, "internal").frame.select(columns[1:]).row(0)
    assert internal == (10.9, 12.3, 1)  # 10.989 and 12.222
    board = wf.release(table, "board").frame.select(columns).row(0)
    assert board == (11.0, 10.5, 16.7, 5)  # 10 / 95 and 15 / 90: of one row up to five are said


def test_a_withheld_row_shows_no_bounds_and_no_count_of_rows():
    small = with_refused(staff(OF_TEN), NOT_READ)
    shown = wf.release(wf.bounds(wf.staffing.turnover(small, YEAR, definition="average"), small), "board").frame
    assert shown.select("value", "lower_bound", "upper_bound", "refused").row(0) == (None, None, None, None)


def test_the_sentence_names_a_rate_whose_bounds_differ_by_more_than_its_printed_step():
    area = hundred()
    whole = wf.bounds(wf.staffing.turnover(area, YEAR, definition="dfe"), area)
    said = wf.words.bounds_sentence(wf.release(whole, "internal")).text
    assert said == (
        "Turnover in the year to March 2023: 11.1%. It could be between 10.9% and 12.3%, because 1 to 4 rows could not be read or "
        "lack a date."
    )
    read = wf.Records(assignments=area.assignments)
    assert not wf.words.bounds_sentence(wf.release(wf.bounds(whole, read), "internal")).text


def test_leavers_of_an_organisation_without_end_dates_are_not_available_and_leave_the_whole():
    two = staff(
        """organisation person_id start_date end_date   fte
           council      a         2018-01-01 2022-06-30 1.0
           council      b         2018-01-01 .          1.0
           trust        c         2018-01-01 .          1.0"""
    )
    two = two._with(_without_end_dates=frozenset({"trust"}))
    by_organisation = wf.staffing.turnover(two, YEAR, definition="average", by=["organisation"])
    assert by_organisation.frame.select("numerator", "marker").rows() == [(1.0, None), (None, "x")]
    whole = wf.staffing.turnover(two, YEAR, definition="average")
    assert whole.frame.select("numerator", "left_out").row(0) == (1.0, ["trust"])
    for measured in (whole, wf.staffing.leavers(two, YEAR), wf.staffing.stability(two, YEAR)):
        assert measured.reasons == ("no end dates are recorded by trust",)
    assert only(wf.staffing.headcount(two, END)) == 2  # who is in post is recorded
    hired = wf.recruitment.quality_of_hire(two, wf.month("2018-01"), by=["organisation"]).frame
    assert set(hired.filter(pl.col("organisation") == "trust")["marker"]) == {"x"}
    assert wf.leaving.spells(two, YEAR)["person_id"].to_list() == ["a", "b"]
    alone = two.where(pl.col("organisation") == "trust")
    curve = wf.leaving.retention(alone, YEAR)
    assert curve.frame.is_empty()
    assert "no end dates are recorded by trust" in curve.reasons


def test_a_post_without_hours_is_in_headcounts_and_adds_no_hours():
    career_break = staff(
        """person_id start_date end_date   fte
           a         2022-04-01 2022-06-30 1.0
           a         2022-07-01 .          0.0
           b         2022-07-01 2022-12-31 0.0"""
    )
    assert only(wf.staffing.leavers(career_break, YEAR)) == 1
    assert only(wf.staffing.headcount(career_break, END)) == 1
    assert only(wf.staffing.headcount(career_break, END, basis="fte")) == 0
    in_hours = wf.leaving.retention(career_break, YEAR, basis="fte").frame
    assert in_hours["left"].sum() == 0  # b had no hours to keep


def test_two_posts_without_hours_share_recorded_days_of_absence_evenly():
    two = drawn(
        """person_id start_date fte team
           a         2020-01-01 0.0 North
           a         2020-01-01 0.0 South
           b         2020-01-01 1.0 North""",
        organisation="council",
    )
    ill = drawn("person_id start_date end_date days_lost\na 2023-03-06 2023-03-10 5", organisation="council")
    area = wf.Records(assignments=two, absences=ill)
    lost = wf.absence.rate(area, wf.month("2023-03"), definition="schools_all", by=["team"]).frame
    assert lost["numerator"].to_list() == [2.5, 2.5]


def test_a_case_whose_allocation_was_refused_is_not_without_a_holder_while_that_may_have_run(partly):
    cases = drawn("case_id received_date\n1 2022-01-01\n2 2022-01-01\n3 2022-01-01", organisation="council")
    held = drawn("case_id person_id start_date\n2 d 2022-01-01", organisation="council")
    refused = NOT_READ | {"table": "allocations", "case_id": "1", "start_date": date(2022, 1, 1)}
    area = casework(held, cases, partly.assignments)
    for end, unheld in ((None, 1.0), (date(2023, 1, 31), 2.0)):
        spread = wf.caseload.distribution(with_refused(area, refused | {"end_date": end}), END)
        rows = spread.filter(pl.col("definition") == "unheld", pl.col("band") == "not allocated").frame
        assert rows["value"].item() == unheld
