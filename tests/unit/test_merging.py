"""Smallest together: which groups are merged, which stay, and that nobody is lost."""

from datetime import date

import polars as pl
import pytest

from workforce.errors import UsageError
from workforce.measures.rolling.merging import smallest_together
from workforce.measures.staffing.headcount import headcount

ON = date(2023, 3, 31)


def staff(sizes):
    rows = [(f"{place}{n}", place) for place, size in sizes.items() for n in range(size)]
    return pl.DataFrame(rows, schema=["person_id", "locality"], orient="row").with_columns(
        organisation=pl.lit("council"),
        start_date=pl.lit(date(2020, 1, 1)),
        end_date=pl.lit(None, pl.Date),
        fte=pl.lit(1.0),
    )


def sizes_of(frame):
    table = headcount(frame, ON, by=["locality"])
    return dict(table.select("locality", "people").iter_rows())


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
