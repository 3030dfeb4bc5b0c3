"""Smallest together: which groups are merged, which stay, and that nobody is lost."""

from datetime import date

import polars as pl
import pytest

import workforce as wf
from workforce.errors import UsageError

ON = date(2023, 3, 31)


def staff(sizes):
    rows = [(f"{place}{n}", place) for place, size in sizes.items() for n in range(size)]
    return pl.DataFrame(rows, schema=["person_id", "locality"], orient="row").with_columns(
        organisation=pl.lit("council"),
        start_date=pl.lit(date(2020, 1, 1)),
        end_date=pl.lit(None, pl.Date),
        fte=pl.lit(1.0),
    )


def smallest_together(frame, column, on, **options):
    return wf.staffing.smallest_together(wf.Records(assignments=frame), column, on, **options).assignments


def sizes_of(frame):
    table = wf.staffing.headcount(wf.Records(assignments=frame), ON, by=["locality"])
    return dict(table.frame.select("locality", "people").iter_rows())


def test_a_small_locality_stands_with_the_next_smallest():
    merged = smallest_together(staff({"Hill": 40, "Isle": 6, "Lea": 20}), "locality", ON)
    assert sizes_of(merged) == {"Hill": 40, "Isle and Lea": 26}


def test_several_small_ones_that_are_enough_together_need_no_large_one():
    merged = smallest_together(staff({"Hill": 40, "Isle": 6, "Lea": 20, "Ness": 5}), "locality", ON)
    assert sizes_of(merged) == {"Hill": 40, "Lea": 20, "Ness and Isle": 11}


def test_where_every_locality_is_large_enough_nothing_changes():
    frame = staff({"Hill": 40, "Lea": 20})
    assert smallest_together(frame, "locality", ON).equals(frame)


def test_the_only_locality_has_nobody_to_stand_with():
    assert sizes_of(smallest_together(staff({"Isle": 6}), "locality", ON)) == {"Isle": 6}


def test_a_locality_that_nobody_is_in_on_the_day_and_rows_without_one_keep_theirs():
    gone = staff({"Old": 3}).with_columns(end_date=pl.lit(date(2022, 1, 1)))
    nowhere = staff({"x": 12}).with_columns(locality=pl.lit(None, pl.String))
    frame = pl.concat([staff({"Hill": 40, "Isle": 6, "Lea": 20}), gone, nowhere], how="vertical_relaxed")
    merged = smallest_together(frame, "locality", ON)
    assert merged.height == frame.height
    assert set(merged["locality"]) == {"Hill", "Isle and Lea", "Old", None}


def test_the_callers_frame_is_left_as_it_was():
    frame = staff({"Hill": 40, "Isle": 6, "Lea": 20})
    before = frame.clone()
    smallest_together(frame, "locality", ON)
    assert frame.equals(before)


def test_a_column_that_the_staff_lack_is_refused():
    with pytest.raises(UsageError):
        smallest_together(staff({"Hill": 40}), "patch", ON)


def test_a_column_that_is_not_recorded_and_records_without_staff_are_left_as_they_are():
    frame = staff({"Hill": 40, "Isle": 6}).drop("locality")
    assert smallest_together(frame, "locality", ON).equals(frame)
    assert wf.staffing.smallest_together(wf.Records(), "locality", ON).assignments.is_empty()


def test_every_table_that_has_the_column_takes_the_joint_names():
    places = pl.DataFrame({"organisation": ["council"] * 2, "locality": ["Isle", "Hill"], "funded_fte": [7.0, 40.0]})
    records = wf.Records(
        assignments=staff({"Hill": 40, "Isle": 6, "Lea": 20}), posts=places, absences=places.drop("locality")
    )
    merged = wf.staffing.smallest_together(records, "locality", ON)
    assert merged.posts["locality"].to_list() == ["Isle and Lea", "Hill"]
    assert merged.absences.equals(places.drop("locality"))
    assert records.posts["locality"].to_list() == ["Isle", "Hill"]


def test_a_frame_in_place_of_records_and_a_period_in_place_of_a_day_are_refused():
    with pytest.raises(UsageError, match="takes records first"):
        wf.staffing.smallest_together(staff({"Hill": 40}), "locality", ON)
    with pytest.raises(UsageError, match="a date is needed, not a period"):
        smallest_together(staff({"Hill": 40}), "locality", wf.month("2023-03"))
