"""Moves, first-year leavers, the retirement pipeline and bands, each drawn as a few rows."""

from datetime import date
from itertools import pairwise

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
    # Of two people, as of a remainder of two, one is in the lower and one in the upper middle quarter (reg. 2 of the pay gap regulations).
    assert frame["pay_quarter"].to_list() == ["Q1 (lowest paid)", "Q3", "unknown"]
    assert "age_band" not in people.assignments.columns


def test_pay_quarters_are_taken_within_the_staff_group_one_post_a_person():
    rows = "\n".join(f"p{n} 2020-01-01 1.0 {20000 + 1000 * n} low" for n in range(4))
    rows += "\n" + "\n".join(f"q{n} 2020-01-01 1.0 {50000 + 1000 * n} high" for n in range(4))
    rows += "\nq0 2020-01-01 0.2 90000 high"  # a second, smaller post does not move the cut points
    people = staff("person_id start_date fte annual_pay staff_group\n" + rows)
    quarters = people.with_bands(date(2023, 3, 31), age=None, tenure=None).assignments["pay_quarter"].to_list()
    assert [q[:2] for q in quarters] == ["Q1", "Q2", "Q3", "Q4"] * 2 + ["Q4"]


def quarters(pay, on=date(2023, 3, 31), **columns):
    """The pay quarters of people with these rates of pay in one staff group, by records; each began a month after the one before."""
    people = pl.DataFrame({"annual_pay": pay, "person_id": [f"p{n:03d}" for n in range(len(pay))], **columns})
    begun = pl.date(2010, 1, 1).dt.offset_by(pl.format("{}mo", pl.int_range(pl.len())))
    frame = people.with_columns(
        organisation=pl.lit("council"), fte=pl.lit(1.0), start_date=begun, staff_group=pl.lit("Classroom support")
    )
    return wf.Records(assignments=frame).with_bands(on, age=None, tenure=None)


def sizes(records, *columns):
    return dict(records.assignments.group_by("pay_quarter", *columns).len().sort("pay_quarter", *columns).rows())


def test_people_on_one_rate_across_a_boundary_are_shared_and_every_quarter_has_its_number():
    records = quarters([22e3] * 33 + [23e3] * 33 + [24e3] * 33 + [25e3])
    assert sizes(records) == {"Q1 (lowest paid)": 25, "Q2": 25, "Q3": 25, "Q4 (highest paid)": 25}
    lowest = records.assignments.filter(pl.col("annual_pay") == 22e3)
    assert sizes(wf.Records(assignments=lowest)) == {"Q1 (lowest paid)": 25, "Q2": 8}


def test_who_of_those_on_one_rate_is_in_which_quarter_does_not_depend_on_length_of_service():
    records = quarters([20e3] * 20 + [22e3] * 30 + [24e3 + n for n in range(50)])
    tied = records.assignments.filter(pl.col("annual_pay") == 22e3).sort("start_date")
    assert sizes(wf.Records(assignments=tied)) == {"Q1 (lowest paid)": 5, "Q2": 25}
    places = [n for n, quarter in enumerate(tied["pay_quarter"]) if quarter.startswith("Q1")]
    assert [after - before for before, after in pairwise(places)] == [6] * 4  # every sixth of thirty


def test_a_group_with_more_than_a_third_on_one_rate_has_no_quarters_and_the_result_says_so():
    records = quarters([22e3] * 60 + [23e3] * 20 + [24e3] * 20, grade=["1"] * 60 + ["2"] * 20 + ["3"] * 20)
    assert sizes(records) == {"no quarters": 100}
    sentence = (
        "Classroom support have no pay quarters, as more than a third are on one rate of pay; grades can be compared"
    )
    for table in (
        wf.staffing.turnover(records, MARCH, definition="average", by=["pay_quarter"]),
        wf.staffing.headcount(records, MARCH.end, by="pay_quarter"),
    ):
        assert table.frame.select("pay_quarter", "value", "marker").rows() == [(None, None, "x")]
        assert table.reasons == (sentence,)
    assert records.pay_column == "grade"
    by_grade = wf.staffing.headcount(records, MARCH.end, by=[records.pay_column])
    assert by_grade.frame["value"].to_list() == [60.0, 20.0, 20.0]
    assert by_grade.reasons == ()


def test_staff_without_recorded_pay_are_compared_by_grade_where_grades_are_recorded():
    paid = quarters([22e3 + n for n in range(8)], grade=["1", "2"] * 4).assignments
    without_pay = wf.Records(assignments=paid.drop("annual_pay", "pay_quarter")).with_bands(MARCH.end)
    assert without_pay.pay_column == "grade"
    without_either = wf.Records(assignments=paid.drop("annual_pay", "pay_quarter", "grade")).with_bands(MARCH.end)
    assert without_either.pay_column == "pay_quarter"
    assert wf.Records(assignments=paid).pay_column == "pay_quarter"


def test_a_third_on_one_rate_is_not_more_than_a_third():
    assert len(sizes(quarters([22e3] * 4 + [23e3 + n for n in range(8)]))) == 4
    assert sizes(quarters([22e3] * 5 + [23e3 + n for n in range(8)])) == {"no quarters": 13}
    assert sizes(quarters([22e3] * 12)) == {"no quarters": 12}


def test_where_some_staff_groups_have_quarters_the_others_are_apart_and_those_of_few_people_are_not_named():
    frame = pl.concat(
        [
            quarters([20e3 + n for n in range(40)]).assignments,
            quarters([30e3] * 12).assignments.with_columns(
                staff_group=pl.lit("Therapy"), person_id="t" + pl.col("person_id")
            ),
            quarters([90e3] * 3).assignments.with_columns(
                staff_group=pl.lit("Head"), person_id="h" + pl.col("person_id")
            ),
        ]
    )
    records = wf.Records(assignments=frame).with_bands(MARCH.end, age=None, tenure=None)
    table = wf.staffing.headcount(records, MARCH.end, by="pay_quarter")
    assert table.frame.select("pay_quarter", "value").rows() == [
        ("Q1 (lowest paid)", 10.0),
        ("Q2", 10.0),
        ("Q3", 10.0),
        ("Q4 (highest paid)", 10.0),
        ("no quarters", 15.0),
    ]
    assert table.reasons == (
        "Therapy and staff groups of few people have no pay quarters, as more than a third are on one rate of pay; grades can be compared",
    )
    assert records.pay_column == "pay_quarter"


def test_those_who_are_not_in_post_on_the_day_are_placed_by_the_rates_of_those_who_are():
    pay = [20e3, 20e3, 30e3, 40e3, 50e3, 60e3, 70e3, 80e3]
    gone = [10e3, 20e3, 20e3, 24e3, 26e3, 45e3, 90e3]
    records = quarters(pay + gone, end_date=[None] * 8 + [date(2022, 1, 31)] * 7)
    assert [q[:2] for q in records.assignments["pay_quarter"]] == [
        *("Q1", "Q1", "Q2", "Q2", "Q3", "Q3", "Q4", "Q4"),
        *("Q1", "Q1", "Q1", "Q1", "Q2", "Q2", "Q4"),
    ]


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
