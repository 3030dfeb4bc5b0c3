"""Widening: one measure over longer and longer years, as a ladder for a release."""

from datetime import date

import polars as pl
import pytest

import workforce as wf
from builders import staff
from workforce.errors import UsageError


@pytest.fixture
def records():
    return staff(
        """person_id start_date end_date   fte
           a         2010-01-01 2021-06-30 1.0
           b         2010-01-01 .          1.0"""
    )


def test_each_step_is_the_measure_over_the_years_that_end_with_the_month(records):
    ladder = wf.widening(wf.staffing.stability, records, month="2023-03", years=(3, 1, 5))
    assert list(ladder) == ["for the year", "over three years", "over five years"]
    for table, years in zip(ladder.values(), (1, 3, 5), strict=True):
        assert table.frame.equals(wf.staffing.stability(records, wf.span_to("2023-03", years)).frame)


def test_turnover_over_more_than_a_year_is_annualised_so_that_the_steps_have_one_scale(records):
    ladder = wf.widening(wf.staffing.turnover, records, month="2023-03", definition="average")
    assert [table.frame["unit"].item() for table in ladder.values()] == ["%", "% a year"]
    three = wf.staffing.turnover(records, wf.span_to("2023-03", 3), definition="average", annualised=True)
    assert ladder["over three years"].frame.equals(three.frame)


def test_a_ladder_of_what_is_not_recorded_says_so_at_every_step():
    ladder = wf.widening(wf.staffing.turnover, wf.Records(), month="2023-03", definition="nhs", by=["team"])
    for table in ladder.values():
        assert table.frame["marker"].to_list() == ["x"]
        assert table.reasons == ("staff are not recorded",)


def test_a_ladder_goes_to_release(records):
    ladder = wf.widening(wf.staffing.leavers, records, month="2023-03")
    assert len(wf.release({"leavers": ladder}, "internal")["leavers"].frame) == 1


@pytest.mark.parametrize("years", [(), (0, 1), (-1,)])
def test_less_than_a_year_is_refused(records, years):
    with pytest.raises(UsageError, match="needs whole years"):
        wf.widening(wf.staffing.stability, records, month="2023-03", years=years)


def test_a_frame_in_place_of_records_is_refused(records):
    with pytest.raises(UsageError, match="takes records first"):
        wf.widening(wf.staffing.stability, records.assignments, month="2023-03")
    with pytest.raises(UsageError, match="could not be read"):
        wf.widening(wf.staffing.stability, records, month=date(2023, 3, 31))


def test_leaving_reasons_end_in_two_classes_of_all_leavers():
    rows = [
        ("council", f"p{n}", date(2015, 1, 1), date(2020 + n % 3, 6, 1 + n % 28), 1.0, reason)
        for n, reason in enumerate(["resignation"] * 30 + ["retirement"] * 4 + ["death"] * 2 + [None] * 5)
    ]
    columns = ["organisation", "person_id", "start_date", "end_date", "fte", "leaving_reason"]
    staff = pl.DataFrame(rows, schema=columns, orient="row").with_columns(
        observed_from=date(2018, 4, 1), observed_to=date(2023, 3, 31)
    )
    steps = wf.widening(wf.staffing.leavers, wf.Records(assignments=staff), month="2023-03", by=["leaving_reason"])
    assert list(steps) == ["for the year", "over three years", "over three years, in two classes"]
    three_years, classes = (
        table.frame.filter(pl.col("numerator") > 0).select("leaving_reason", "numerator").rows()
        for table in (steps["over three years"], steps["over three years, in two classes"])
    )
    assert sum(n for _, n in classes) == sum(n for _, n in three_years)
    assert dict(classes)["resignation"] == dict(three_years)["resignation"]
    assert {name for name, _ in classes} == {"resignation", "other_or_unknown_reasons"}
    released = wf.release({"reasons": steps})["reasons"]
    assert released.frame.filter(pl.col("numerator") > 0)["marker"].null_count() == 2
    assert released.note.startswith("Shown over three years, in two classes")
