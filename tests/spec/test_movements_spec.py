"""Moves, first-year leavers, the retirement pipeline and bands, each drawn as a few rows."""

from datetime import date

import polars as pl
import pytest

import workforce as wf
from builders import staff
from workforce.errors import UsageError

MARCH = wf.month("2023-03")


@pytest.fixture
def partners():
    return staff(
        """organisation person_id start_date end_date   fte team
           council      a         2020-01-01 2023-03-03 1.0 North
           council      a         2023-03-06 .          1.0 South
           council      b         2020-01-01 2023-03-10 1.0 North
           trust        b         2023-03-13 .          1.0 Clinic
           council      c         2020-01-01 2023-03-10 1.0 North
           trust        c         2023-03-20 .          1.0 Clinic"""
    )


def test_a_change_of_team_over_a_weekend_is_a_move_and_over_a_full_week_is_none(partners):
    moved = wf.staffing.movements(partners, MARCH).frame
    assert moved.select("moved_from", "moved_to", "value").rows() == [("North", "South", 1.0)]
    across = wf.staffing.movements(partners, MARCH, between="organisation").frame
    assert across.select("moved_from", "moved_to", "value").rows() == [("council", "trust", 1.0)]  # c was away ten days


def test_a_move_between_partners_is_neither_a_leaver_nor_a_joiner_of_the_area(partners):
    assert (
        wf.staffing.turnover(partners, MARCH, definition="average", scope="area").frame["numerator"].item() == 1.0
    )  # c alone
    assert wf.staffing.joiners(partners, MARCH, scope="area").frame["value"].item() == 1.0


def test_moves_of_two_months_add_up(partners):
    parts = wf.staffing.movements(partners, wf.months("2023-03", "2023-04"))
    assert wf.combine(parts, over=("period",)).frame["value"].sum() == parts.frame["value"].sum()


def test_a_year_to_the_day_is_a_years_service():
    leavers = staff(
        """person_id start_date end_date   fte service_start
           short     2022-03-11 2023-03-09 1.0 .
           year      2022-03-10 2023-03-10 1.0 .
           earlier   2023-01-01 2023-03-10 1.0 2015-06-01
           stayed    2022-12-01 .          1.0 .""",
    )
    row = wf.staffing.first_year_leavers(leavers, MARCH).frame.row(0, named=True)
    assert (row["numerator"], row["denominator"], row["method"]) == (1.0, 3.0, "Wilson")


def test_nobody_left_is_no_share_rather_than_none_in_their_first_year():
    stayers = staff("person_id start_date fte\na 2020-01-01 1.0")
    row = wf.staffing.first_year_leavers(stayers, MARCH).frame.row(0, named=True)
    assert (row["denominator"], row["value"]) == (0.0, None)


def test_the_pipeline_counts_birthdays_and_leaves_out_unknown_ages():
    people = staff(
        """person_id start_date fte birth_date role
           a         2020-01-01 1.0 1968-03-31 EP
           b         2020-01-01 1.0 1968-04-01 EP
           c         2020-01-01 1.0 .          EP
           d         2020-01-01 1.0 1950-01-01 SENCO""",
    )
    table = wf.staffing.retirement_pipeline(people, date(2023, 3, 31), by=["role"]).frame
    assert table.select("role", "numerator", "denominator").rows() == [("EP", 1.0, 2.0), ("SENCO", 1.0, 1.0)]


def test_bands_are_completed_years_on_the_date_and_what_is_not_known_is_unknown():
    people = staff(
        """person_id start_date fte birth_date annual_pay staff_group
           a         2022-04-01 1.0 1998-04-01 30000      SEND
           b         2018-03-31 1.0 1998-03-31 40000      SEND
           c         2010-01-01 1.0 .          .          SEND""",
    )
    frame = people.with_bands(date(2023, 3, 31)).assignments
    assert frame["age_band"].to_list() == ["under 25", "25 to 34", "unknown"]
    assert frame["tenure_band"].to_list() == ["under 1 year", "5 to 9 years", "10 years and over"]
    assert frame["pay_quarter"].to_list() == ["Q1 (lowest paid)", "Q4 (highest paid)", "unknown"]
    assert "age_band" not in people.assignments.columns


def test_pay_quarters_are_taken_within_the_staff_group_one_post_a_person():
    rows = "\n".join(f"p{n} 2020-01-01 1.0 {20000 + 1000 * n} low" for n in range(4))
    rows += "\n" + "\n".join(f"q{n} 2020-01-01 1.0 {50000 + 1000 * n} high" for n in range(4))
    rows += "\nq0 2020-01-01 0.2 90000 high"  # a second, smaller post does not move the cut points
    people = staff("person_id start_date fte annual_pay staff_group\n" + rows)
    quarters = people.with_bands(date(2023, 3, 31), age=None, tenure=None).assignments["pay_quarter"].to_list()
    assert [q[:2] for q in quarters] == ["Q1", "Q2", "Q3", "Q4"] * 2 + ["Q4"]


def test_cut_points_out_of_order_are_refused():
    people = staff("person_id start_date fte birth_date\na 2020-01-01 1.0 1990-01-01")
    with pytest.raises(UsageError, match="must rise"):
        people.with_bands(date(2023, 3, 31), age=(35, 25), tenure=None, pay=None)


def test_what_movements_need_and_is_not_recorded_is_said(partners):
    for records, reason in (
        (wf.Records(), "staff are not recorded"),
        (wf.Records(assignments=partners.assignments.drop("team")), "the team of staff is not recorded"),
        (partners.where(pl.col("team") == "West"), "no records are left after the filter"),
    ):
        table = wf.staffing.movements(records, MARCH)
        assert table.frame.select("moved_from", "moved_to", "value", "marker").rows() == [(None, None, None, "x")]
        assert table.reasons == (reason,)
    with pytest.raises(UsageError, match='no column "tean"'):
        wf.staffing.movements(partners, MARCH, between="tean")
    with pytest.raises(UsageError, match="takes records first"):
        wf.staffing.movements(partners.assignments, MARCH)


def test_bands_of_a_column_that_is_not_recorded_are_unknown_and_a_period_is_no_date():
    people = staff("person_id start_date fte\na 2020-01-01 1.0")
    assert people.with_bands(date(2023, 3, 31)).assignments.select("age_band", "pay_quarter").row(0) == (
        "unknown",
        "unknown",
    )
    with pytest.raises(UsageError, match="a date is needed, not a period"):
        people.with_bands(MARCH)
