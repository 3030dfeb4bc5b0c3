"""Bad input: each kind has its clear message and exit code, and no message, frame or traceback holds a cell."""

import struct
import traceback
import zipfile

import polars as pl
import pytest
import xlsxwriter

from builders import check_area
from workforce import load_area
from workforce.errors import InputError, WorkforceError
from workforce.sources import workbook

MARK = "SECRETPERSON"
HEADER = "No,Start,End,FTE,Job,Name"
GOOD = f"1,02/01/2023,,1,{MARK},{MARK}"
SHEET = (HEADER.split(","), GOOD.split(","))
SETTINGS = """
[area]
name = "Anyshire"
slug = "anyshire"
month = "2023-03"
[organisations.council]
name = "Council"
kind = "council"
[[organisations.council.files]]
path = "FILE"
table = "assignments"
date_format = "%d/%m/%Y"
columns = { person_id = "No", start_date = "Start", end_date = "End", fte = "FTE", role = "Job", sex = "Sex" }
""".replace(', sex = "Sex"', "")


def area(tmp_path, name, content=None):
    (tmp_path / "area.toml").write_text(SETTINGS.replace("FILE", name), encoding="utf-8")
    if content is not None:
        (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return tmp_path / "area.toml"


def told(path):
    """What a person sees when the area is loaded: the error, and that no cell is in it or in its traceback."""
    before = sorted(path.parent.rglob("*"))
    with pytest.raises(WorkforceError) as caught:
        load_area(path)
    error = caught.value
    seen = "".join(traceback.format_exception(error)) + repr(error) + str(error)
    assert MARK not in seen
    assert error.hint
    assert sorted(path.parent.rglob("*")) == before
    return error


def sheet_bytes(tmp_path, rows=SHEET, name="made.xlsx"):
    book = xlsxwriter.Workbook(tmp_path / name)
    sheet = book.add_worksheet("Staff")
    for position, row in enumerate(rows):
        sheet.write_row(position, 0, row)
    book.close()
    content = (tmp_path / name).read_bytes()
    (tmp_path / name).unlink()
    return content


def test_no_such_file(tmp_path):
    area(tmp_path, "stuff.csv", "x")
    error = told(area(tmp_path, "staff.csv"))
    assert (error.exit_code, error.what) == (4, "there is no such file")
    assert '"stuff.csv"' in error.hint


def test_a_folder_instead_of_a_file(tmp_path):
    (tmp_path / "staff.csv").mkdir()
    assert told(area(tmp_path, "staff.csv")).what == "this is a folder"


@pytest.mark.parametrize("content", [b"", b"\n \n", b"\xef\xbb\xbf"])
def test_an_empty_file(tmp_path, content):
    error = told(area(tmp_path, "staff.csv", content))
    assert error.exit_code == 4


@pytest.mark.parametrize("rows", ["", "\n", "\n,,,,,\n"])
def test_a_header_and_no_rows(tmp_path, rows):
    assert told(area(tmp_path, "staff.csv", HEADER + rows)).what == "the file has a header and no rows"


def test_a_text_file_called_a_workbook(tmp_path):
    error = told(area(tmp_path, "staff.xlsx", f"{HEADER}\n{GOOD}\n"))
    assert error.exit_code == 4
    assert "not a workbook" in error.what
    assert ".csv" in error.hint


def test_a_workbook_called_a_text_file(tmp_path):
    assert "this is a workbook" in told(area(tmp_path, "staff.csv", sheet_bytes(tmp_path))).what


def test_a_text_file_called_parquet(tmp_path):
    assert "not a Parquet file" in told(area(tmp_path, "staff.parquet", f"{HEADER}\n{GOOD}\n")).what


def test_a_parquet_file_cut_short(tmp_path):
    pl.DataFrame({name: [MARK] * 100 for name in HEADER.split(",")}).write_parquet(tmp_path / "whole.parquet")
    content = (tmp_path / "whole.parquet").read_bytes()
    (tmp_path / "whole.parquet").unlink()
    for damaged in (content[:-20], content[:4] + b"\xff" * 60 + content[64:], content[: len(content) // 2]):
        assert told(area(tmp_path, "staff.parquet", damaged)).exit_code == 4


def test_a_header_renamed(tmp_path):
    error = told(area(tmp_path, "staff.csv", f"{HEADER.replace('Start', 'Started')}\n{GOOD}\n"))
    assert str(error) == 'council, staff.csv: the header "Start" is missing. Hint: did you mean "Started"?'


def test_a_file_whose_header_is_missing_is_not_quoted(tmp_path):
    assert "none of the mapped headers" in told(area(tmp_path, "staff.csv", f"{GOOD}\n{GOOD}\n")).hint
    assert (
        "none of the mapped headers"
        in told(area(tmp_path, "staff.xlsx", sheet_bytes(tmp_path, [GOOD.split(",")] * 2))).hint
    )


def test_text_in_another_encoding(tmp_path):
    for content, hint in (
        (f"{HEADER}\n{GOOD}é\n".encode("cp1252"), "cp1252"),
        (f"{HEADER}\n{GOOD}\n".encode("utf-16"), "utf-16"),
        (f"{HEADER}\n{GOOD}\0\n".encode(), "encoding"),
    ):
        assert hint in told(area(tmp_path, "staff.csv", content)).hint


def test_a_quotation_mark_that_swallows_the_file(tmp_path):
    error = told(area(tmp_path, "staff.csv", f'{HEADER}\n{GOOD}\n2,02/01/2023,,1,"{MARK},x\n{GOOD}\n'))
    assert "line 3" in error.what


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        (f"2,31/02/2023,,1,{MARK},", "start_date: not a date"),
        (f"2,{MARK},,1,TA,", "start_date: not a date"),
        (f"2,02/01/2023,,12,{MARK},", "fte: above 1.5"),
        (f"2,02/01/2023,,-1,{MARK},", "fte: below 0"),
        (f"2,02/01/2023,,{MARK},TA,", "fte: not a number"),
        (f"2,02/01/2023,01/01/2023,1,{MARK},", "end before start"),
        (f"2,02/01/0023,,1,{MARK},", "start_date: before 1940-01-01"),
        (f",02/01/2023,,1,{MARK},", "person_id: missing"),
        (f"2,02/01/2023,,1,{MARK},a,b", "more cells than headers"),
        (GOOD, "duplicate of an earlier row"),
    ],
)
def test_a_bad_row_is_refused_by_its_rule_and_the_rest_go_on(tmp_path, row, rule):
    records = load_area(area(tmp_path, "staff.csv", f"{HEADER}\n{GOOD}\n{row}\n"))
    assert records.quality.frame.select("rule", "rows", "example_rows").rows() == [(rule, 1, "3")]
    assert records.reads.frame.row(0)[3:] == (2, 1, 1)
    assert (
        MARK
        not in records.quality.frame.write_csv()
        + records.reads.frame.write_csv()
        + records.inputs.write_csv()
        + repr(records)
    )


def test_a_file_of_bad_rows_only_is_an_error_with_counts(tmp_path):
    path = area(tmp_path, "staff.csv", f"{HEADER}\n" + f"2,{MARK},,1,TA,\n" * 3)
    assert "start_date: not a date (3)" in told(path).what
    assert MARK not in check_area(path).quality.frame.write_csv()


def test_a_workbook_with_a_password_or_of_the_old_kind(tmp_path):
    error = told(area(tmp_path, "staff.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600))
    assert "password" in error.what


def test_a_damaged_workbook(tmp_path):
    content = sheet_bytes(tmp_path)
    for damaged in (content[: len(content) // 2], content[:300] + b"\xff" * 40 + content[340:]):
        assert told(area(tmp_path, "staff.xlsx", damaged)).exit_code == 4


def test_a_zip_file_that_is_no_workbook(tmp_path):
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("word/document.xml", MARK)
    assert "not a workbook" in told(area(tmp_path, "staff.xlsx", (tmp_path / "other.zip").read_bytes())).what


def test_a_sheet_that_does_not_exist(tmp_path):
    path = area(tmp_path, "staff.xlsx", sheet_bytes(tmp_path))
    path.write_text(path.read_text(encoding="utf-8") + '\nsheet = "Staf"\n', encoding="utf-8")
    assert told(path).hint == 'did you mean "Staff"?'


def test_an_empty_sheet(tmp_path):
    assert told(area(tmp_path, "staff.xlsx", sheet_bytes(tmp_path, ()))).exit_code == 4


def padded(tmp_path, size):
    """A small workbook that unpacks to far more than it says on the outside."""
    (tmp_path / "bomb.zip").write_bytes(sheet_bytes(tmp_path))
    with zipfile.ZipFile(tmp_path / "bomb.zip", "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/filling.xml", b"\0" * size)
    content = (tmp_path / "bomb.zip").read_bytes()
    (tmp_path / "bomb.zip").unlink()
    return content


def test_a_workbook_that_unpacks_too_large_is_not_opened(tmp_path, monkeypatch):
    monkeypatch.setattr(workbook, "LARGEST_UNPACKED", 2_000_000)
    content = padded(tmp_path, 5_000_000)
    assert len(content) < 20_000
    assert "unpack" in told(area(tmp_path, "staff.xlsx", content)).what


def test_a_workbook_whose_directory_lies_about_its_size_is_not_opened(tmp_path, monkeypatch):
    monkeypatch.setattr(workbook, "LARGEST_UNPACKED", 2_000_000)
    size = 5_000_000
    content = padded(tmp_path, size).replace(struct.pack("<L", size), struct.pack("<L", 1_000))
    assert "damaged" in told(area(tmp_path, "staff.xlsx", content)).what


def test_one_cell_far_away_does_not_fill_the_memory(tmp_path):
    book = xlsxwriter.Workbook(tmp_path / "made.xlsx")
    sheet = book.add_worksheet("Staff")
    sheet.write_row(0, 0, HEADER.split(","))
    sheet.write(1_048_575, 16_383, MARK)
    book.close()
    content = (tmp_path / "made.xlsx").read_bytes()
    (tmp_path / "made.xlsx").unlink()
    assert "far from the others" in told(area(tmp_path, "staff.xlsx", content)).what


def test_a_file_beyond_the_limits_is_refused(tmp_path, monkeypatch):
    path = area(tmp_path, "staff.csv", f"{HEADER}\n{GOOD}\n{GOOD}\n")
    monkeypatch.setattr("workforce.sources.reading.MOST_ROWS", 1)
    assert "more than 1 rows" in told(path).what
    monkeypatch.setattr("workforce.sources.reading.LARGEST_FILE", 10)
    assert "larger than" in told(path).what


def test_a_formula_in_a_text_file_is_text(tmp_path):
    records = load_area(area(tmp_path, "staff.csv", f"{HEADER}\n1,02/01/2023,,1,=1+1,\n"))
    assert records.assignments["role"].item() == "=1+1"


def test_every_input_error_leaves_with_exit_code_4(tmp_path):
    error = told(area(tmp_path, "staff.csv", b"PK\x03\x04"))
    assert isinstance(error, InputError)
    assert error.exit_code == 4
