"""Laws of reading: no row is lost without being counted, and the order of rows changes nothing."""

import csv
import io
import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from builders import check_area

SETTINGS = """
[area]
name = "Anyshire"
slug = "anyshire"
month = "2023-03"
fictional = true
[organisations.council]
name = "Council"
kind = "council"
[[organisations.council.files]]
path = "staff.csv"
table = "assignments"
columns = { person_id = "No", start_date = "Start", end_date = "End", fte = "FTE", role = "Job", employment = "Kind" }
[[organisations.council.files]]
path = "sick.csv"
table = "absences"
columns = { person_id = "No", start_date = "From" }
"""
dirt = st.sampled_from(
    ["", " ", "nan", "-1", "31/02/2023", "2023-02-31", '5"', "a,b", "two\nlines", "£1", "=1+1", "é", "\u00a0", "\x1f"]
)
number = st.sampled_from(["1", "2", "3", "4"]) | dirt
day = st.sampled_from(["2020-01-01", "2021-06-30", "2022-12-31", "1901-01-01"]) | dirt
fte = st.sampled_from(["1", "0.5", "12", "0"]) | dirt
kind = st.sampled_from(["employed", "agency", ""]) | dirt
staff = st.lists(
    st.tuples(number, day, day, fte, st.just("TA"), kind) | st.lists(dirt, min_size=1, max_size=9), max_size=12
)
absences = st.lists(st.tuples(number, day), max_size=8)
GOOD_STAFF = ("1", "2020-01-01", "", "1", "TA", "employed")
GOOD_ABSENCE = ("1", "2021-06-30")


def text_of(header, rows):
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue()


def checked(staff_rows, absence_rows):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        (path / "area.toml").write_text(SETTINGS, encoding="utf-8")
        (path / "staff.csv").write_text(
            text_of(["No", "Start", "End", "FTE", "Job", "Kind"], staff_rows), encoding="utf-8", newline=""
        )
        (path / "sick.csv").write_text(text_of(["No", "From"], absence_rows), encoding="utf-8", newline="")
        return check_area(path / "area.toml")


def has_content(row):
    return any(cell.strip("\t\n\v\f\r \x85\xa0") for cell in row)


@given(staff, absences)
def test_rows_read_are_rows_kept_and_rows_refused(staff_rows, absence_rows):
    records = checked([*staff_rows, GOOD_STAFF], [*absence_rows, GOOD_ABSENCE])
    reads = records.reads.frame
    assert reads["rows_read"].to_list() == [len(staff_rows) + 1, len(absence_rows) + 1]
    assert (reads["rows_read"] == reads["rows_kept"] + reads["rows_refused"]).all()
    assert reads["rows_kept"].to_list() == [records.assignments.height, records.absences.height]
    assert reads["rows_refused"].to_list()[0] <= records.quality.frame.filter(table="assignments")["rows"].sum()
    assert records.refused <= records.quality.frame["rows"].sum()


@given(staff, absences, st.randoms())
def test_the_order_of_rows_changes_neither_what_is_kept_nor_what_is_refused(staff_rows, absence_rows, chance):
    # Only the last rows of a file may be dropped for being empty, so both orders end with a good row.
    first = checked([*staff_rows, GOOD_STAFF], [*absence_rows, GOOD_ABSENCE])
    for rows in (staff_rows, absence_rows):
        chance.shuffle(rows)
    second = checked([*staff_rows, GOOD_STAFF], [*absence_rows, GOOD_ABSENCE])
    key = ["person_id", "start_date", "fte", "role"]
    assert first.assignments.select(key).equals(second.assignments.select(key))
    assert first.absences.equals(second.absences)
    counted = ["table", "rule", "rows"]
    assert first.quality.frame.select(counted).equals(second.quality.frame.select(counted))


@given(st.lists(dirt, min_size=1, max_size=30))
def test_no_dirt_of_a_cell_reaches_what_is_shown(cells):
    marked = [("1", f"SECRETPERSON{cell}", "", "1", "TA", "employed") for cell in cells]
    records = checked([*marked, GOOD_STAFF], [GOOD_ABSENCE])
    assert "SECRETPERSON" not in records.quality.frame.write_csv() + records.reads.frame.write_csv() + repr(records)
    # A file that loses five rows and more than 2% is not used: the good row is refused with it.
    refused = len(cells) if len(cells) < 5 else len(cells) + 1
    assert records.reads.frame["rows_refused"].to_list() == [refused, 0]
    assert records.not_used.frame.height == (len(cells) >= 5)
