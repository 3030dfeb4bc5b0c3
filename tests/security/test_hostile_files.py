"""Files made to harm: none ends or holds up the process, none loses a row unseen, and no message holds a cell."""

import io
import json
import os
import re
import stat
import subprocess
import sys
import time
import traceback
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from builders import check_area
from workforce.errors import InputError, WorkforceError
from workforce.file_bytes import LARGEST_SETTINGS
from workforce.present.text.numbers import clean
from workforce.pseudonyms import find_key
from workforce.settings import load_settings
from workforce.sources import workbook
from workforce.sources.area import load_area
from workforce.sources.published import add_published, load_official, recognise

MARK = "SECRETPERSON"
HEADER = "No,Start,End,FTE,Job,Pay,Team"
ROW = f"P7700001,02/01/2023,,1,Officer,30123,{MARK}"
SETTINGS = """
[area]
name = "Anyshire"
slug = "anyshire"
month = "2023-03"
fictional = true
[organisations.council]
name = "Council"
kind = "council"
records_from = 2017-04-01
records_to = 2023-03-31
[[organisations.council.files]]
path = "{name}"
table = "assignments"
date_format = "%d/%m/%Y"
columns = {{ person_id = "No", start_date = "Start", end_date = "End", fte = "FTE", role = "Job", annual_pay = "Pay", team = "Team" }}
"""


def area(folder, name="staff.csv", content=None, settings=SETTINGS):
    (folder / "area.toml").write_text(settings.format(name=name), encoding="utf-8")
    if content is not None:
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return folder / "area.toml"


def refusal(path, reading=load_area):
    """The error of a file that is not read: one line, without a cell."""
    with pytest.raises(WorkforceError) as caught:
        reading(path)
    seen = "".join(traceback.format_exception(caught.value)) + repr(caught.value)
    assert MARK not in seen
    assert "P77" not in seen
    assert len(str(caught.value)) <= 2_000
    assert str(caught.value).isprintable()
    return caught.value


def staff(path):
    """Start and end dates and the team of the staff that were read, and rows read, kept and refused."""
    records = check_area(path)
    rows = records.assignments.lazy().collect().select("start_date", "end_date", "team").rows()
    return rows, records.reads.frame.select("rows_read", "rows_kept", "rows_refused").row(0)


# Text


def test_an_unclosed_quotation_mark_in_a_header_prints_no_row(tmp_path):
    error = refusal(area(tmp_path, content=f"{HEADER.replace('End', chr(34) + 'End')}\n{ROW}\n{ROW}\n"))
    assert "quotation mark" in error.what
    assert error.exit_code == 4


def test_a_header_with_a_line_break_is_a_header_and_is_not_quoted(tmp_path):
    header = HEADER.replace("Team", '"Team\nname"')
    assert "\n" not in str(refusal(area(tmp_path, content=f"{header}\n{ROW}\n")))
    assert staff(area(tmp_path, content=f'{HEADER},"Other\nnotes"\n{ROW},\n'))[1] == (1, 1, 0)


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
@pytest.mark.parametrize("within", ["\r", "\n", "\r\n"])
def test_no_row_is_lost_whatever_ends_a_line_in_the_header_or_in_a_cell(tmp_path, end, within):
    rows = [f'P770000{n},02/01/2023,,1,Officer,30123,"T{within}{n}"' for n in range(3)]
    path = area(tmp_path, content=end.join([f'{HEADER},"Other{within}notes"', *rows, ""]))
    assert sorted(team for _, _, team in staff(path)[0]) == ["T\n0", "T\n1", "T\n2"]
    assert staff(path)[1] == (3, 3, 0)


def test_a_lone_carriage_return_without_quotation_marks_ends_a_row_and_both_parts_are_counted(tmp_path):
    path = area(tmp_path, content=f"{HEADER}\n{ROW}\nP7700002,02/01/2023,,1,Off\ricer,30124,T\n")
    assert staff(path)[1][0] == 3


@pytest.mark.parametrize(
    ("opened", "closed", "what"),
    [
        ('"on leave', 'until May"', "begins in line 5 has a cell with lines that look like rows of the file"),
        ('"5 ft desk', '"laptop"', "begins in line 5 has a quotation mark that is not closed"),
        ('"never closed', "", "begins in line 5 has a quotation mark that is not closed"),
        ('"', '"', "begins in line 5 has a cell with lines that look like rows of the file"),
    ],
)
def test_a_quotation_mark_in_a_column_that_is_not_mapped_takes_no_rows_with_it(tmp_path, opened, closed, what):
    notes = {3: opened, 9: closed}
    rows = "".join(f"P77000{n:02},02/01/2023,,1,Officer,30123,T,{notes.get(n, '')}\n" for n in range(20))
    error = refusal(area(tmp_path, content=f"{HEADER},Notes\n{rows}"))
    assert what in error.what
    assert "P77" not in str(error)


@pytest.mark.parametrize("note", ["moved, then\nleft", "a, b, c\nd, e, f\ng", "one\n\nthree", "a,b,c,d,e,f,g,h\nb"])
def test_a_note_of_several_lines_is_a_cell(tmp_path, note):
    rows = "".join(f'P77000{n:02},02/01/2023,,1,Officer,30123,T,"{note}"\n' for n in range(20))
    one = "".join(f"P78000{n:02},02/01/2023,,1,Officer,30123,T,\n" for n in range(20))
    assert staff(area(tmp_path, content=f"{HEADER},Notes\n{one}{rows}"))[1] == (40, 40, 0)


def test_a_quotation_mark_within_a_cell_loses_no_row(tmp_path):
    rows = "".join(f'P770000{n},02/01/2023,,1,Officer,30123,5" T{n}\n' for n in range(4))
    assert staff(area(tmp_path, content=f"{HEADER}\n{rows}"))[1] == (4, 4, 0)


def test_a_table_of_thousands_of_columns_is_refused_and_short_rows_below_a_wide_header_are_read(tmp_path):
    assert "columns" in refusal(area(tmp_path, content=f"{HEADER}{',' * 5_000}\n{ROW}\n")).what
    rows = "".join(f"P{n},02/01/2023,,1,Officer,30123,T\n" for n in range(100_000))
    began = time.monotonic()
    assert staff(area(tmp_path, content=f"{HEADER}{',' * 1_900}\n{rows}"))[1][0] == 100_000
    assert time.monotonic() - began < 20


def test_a_date_far_beyond_the_calendar_is_not_read_as_a_date(tmp_path):
    row = ROW.replace("02/01/2023", "01/01/+262142")
    records = check_area(area(tmp_path, content=f"{HEADER}\n{ROW}\n{row.replace('001', '002')}\n"))
    assert records.quality.frame["rule"].to_list()[0] == "start_date: not a date"


def test_a_cell_or_empty_rows_without_end_are_refused(tmp_path, monkeypatch):
    assert "longer than" in refusal(area(tmp_path, content=f"{HEADER}\n{ROW.replace('Officer', 'x' * 100_001)}\n")).what
    assert (
        "longer than"
        in refusal(area(tmp_path, "staff.xlsx", book([*ROWS, ["x", 1, 1, 1, "Officer"]], change=long_cell))).what
    )
    monkeypatch.setattr("workforce.sources.reading.MOST_EMPTY_ROWS", 2)
    assert "empty rows" in refusal(area(tmp_path, content=f"{HEADER}\n{',' * 20}\n\n,,,\n{ROW}\n")).what
    monkeypatch.setattr("workforce.sources.csv_text.MOST_SHORT_ROWS", 10)
    assert "next to nothing" in refusal(area(tmp_path, content=f"{HEADER}\n{'a,b' * 1}\n" + "a,b\n" * 12)).what


def long_cell(text):
    return text.replace("<v>30123</v>", f"<v>{'1' * 200_000}</v>", 1)


def test_a_role_title_forges_no_line_and_moves_no_cursor(tmp_path):
    from workforce.roles import about_roles

    titles = f'"\x1b]0;owned\x07\x1b[2J\nother, staff.csv: 1,000 rows read{"x" * 3_000}"'
    (tmp_path / "posts.csv").write_text(f"r,f,s\n{titles},1,2020-01-01\n", encoding="utf-8")
    posts = """[[organisations.council.files]]
path = "posts.csv"
table = "posts"
columns = {{ role = "r", funded_fte = "f", start_date = "s" }}
[roles]
"Officer" = []
"""
    records = check_area(area(tmp_path, content=f"{HEADER}\n{ROW}\n", settings=SETTINGS + posts))
    (line,) = about_roles(records.unmapped_roles, pl.DataFrame({"role": ["Officer"]}), [], every=True)
    assert line.isprintable()
    assert len(line) < 500


# Workbooks


def book(rows, change=lambda text: text, member="xl/worksheets/sheet1.xml", form="dd/mm/yyyy", **options):
    """A workbook of rows whose second and third cells are dates, with one member of it changed."""
    made = io.BytesIO()
    written = xlsxwriter.Workbook(made, {"in_memory": True, **options})
    day = written.add_format({"num_format": form})
    sheet = written.add_worksheet("Staff")
    for at, row in enumerate(rows):
        for column, cell in enumerate(row):
            sheet.write(at, column, cell, *([day] if column in (1, 2) and at else []))
    written.close()
    again = io.BytesIO()
    with zipfile.ZipFile(made) as before, zipfile.ZipFile(again, "w", zipfile.ZIP_DEFLATED) as after:
        for name in before.namelist():
            content = before.read(name).decode()
            changed = change(content) if name == member else content
            assert name != member or changed != content or change("a") == "a"
            after.writestr(name, changed)
    return again.getvalue()


ROWS = (
    HEADER.split(","),
    ["P7700001", 44928, None, 1, "Officer", 30123, MARK],
    ["P7700002", 44928, None, 1, "Officer", 30123, "T"],
)


def test_a_workbook_without_harm_is_read(tmp_path):
    rows, counts = staff(area(tmp_path, "staff.xlsx", book(ROWS)))
    assert counts == (2, 2, 0)
    assert rows[0][:2] == (date(2023, 1, 2), None)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace('"', "'"),
        lambda text: re.sub(r' r="[A-Z]*\d+"', "", text),
        lambda text: re.sub(r' r="([A-Z]+\d+)"', lambda found: found[0].lower(), text),
        lambda text: re.sub(r'<dimension ref="[^"]*"', '<dimension ref="A1:XFD1048576"', text),
        lambda text: re.sub(r"<(/?)(\w+)", r"<\1x:\2", text).replace("xmlns=", "xmlns:x="),
        lambda text: text.replace("<c ", "<c\n\t"),
    ],
    ids=[
        "single quotation marks",
        "no addresses",
        "small letters",
        "a false dimension",
        "prefixes",
        "line breaks in tags",
    ],
)
def test_however_the_sheet_is_written_its_cells_are_the_same(tmp_path, change):
    full = [
        [*row[:2], "x" if not n else 44930, *row[3:]] for n, row in enumerate(ROWS)
    ]  # no gaps: addresses can be left out
    full[0][2] = "End"
    plain, changed = (
        staff(area(tmp_path, "staff.xlsx", book(full, change=way))) for way in (lambda text: text, change)
    )
    assert changed == plain
    assert plain[1] == (2, 2, 0)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda text: text.replace("</sheetData>", "<row r='1048576'><c r='XFD1048576' t='str'><v>x</v></c></row></sheetData>"), "far"),
        (lambda text: text.replace("</sheetData>", "<row r='99999999'><c r='A99999999'><v>1</v></c></row></sheetData>"), "order"),
        (lambda text: text.replace("</sheetData>", "<row><c r='A1048576'><v>1</v></c></row></sheetData>"), "order"),
        (lambda text: text.replace("</sheetData>", "<row r='2'><c r='A2'><v>1</v></c></row></sheetData>"), "order"),
        (lambda text: text.replace("</sheetData>", "<row><c r='ZZZ4'><v>1</v></c></row></sheetData>"), "order"),
        (lambda text: text.replace("<worksheet", "<!DOCTYPE a [<!ENTITY b 'c'>]><worksheet"), "document type"),
        (lambda text: text.replace("<sheetData>", "<a>" * 200 + "</a>" * 200 + "<sheetData>"), "unpack"),
        (lambda text: text.replace("</sheetData>", ""), "cannot be read"),
    ],
)  # fmt: skip
def test_a_sheet_that_claims_to_be_what_it_is_not_is_refused(tmp_path, change, words):
    assert words in refusal(area(tmp_path, "staff.xlsx", book(ROWS, change=change))).what


@pytest.mark.parametrize("stored", ["", "<v></v>", "<v/>"])
def test_a_formula_without_a_stored_result_is_not_an_empty_cell(tmp_path, stored):
    rows = [
        *ROWS,
        ["P7700003", 44928, 44929, 1, "Officer", 30123, "T"],
        ["P7700004", 44928, None, 1, "Officer", 98765, "T"],
    ]
    content = book(
        rows,
        change=lambda text: text.replace("<v>44929</v>", f"<f>B4+1</f>{stored}").replace(
            "<v>98765</v>", f"<f>1</f>{stored}"
        ),
    )
    records = check_area(area(tmp_path, "staff.xlsx", content))
    assert sorted(records.quality.frame.select("rule", "effect", "example_rows").rows()) == [
        ("annual_pay: an error of the workbook", "cell not known", "5"),
        ("end_date: an error of the workbook", "end not known", "4"),
    ]
    required = book(ROWS, change=lambda text: text.replace("<v>44928</v>", f"<f>TODAY()</f>{stored}", 1))
    assert staff(area(tmp_path, "staff.xlsx", required))[1] == (2, 1, 1)


def test_a_formula_whose_stored_result_is_an_empty_text_is_an_empty_cell(tmp_path):
    rows = [*ROWS, ["P7700003", 44928, 44929, 1, "Officer", 30123, "T"]]
    found = re.compile(r'<c r="C4"([^>]*)><v>44929</v>')
    content = book(rows, change=lambda text: found.sub(r'<c r="C4"\1 t="str"><f>IF(1,"")</f><v></v>', text))
    assert check_area(area(tmp_path, "staff.xlsx", content)).quality.frame.is_empty()


def test_many_cells_of_one_long_text_do_not_fill_the_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(workbook, "MOST_TEXT", 100_000)
    content = book([HEADER.split(","), *[["P1", 44928, None, 1, "Officer", 1, MARK * 1_000]] * 20])
    assert len(content) < 20_000
    assert "unpack" in refusal(area(tmp_path, "staff.xlsx", content)).what


@pytest.mark.parametrize("serial", [2_958_466, 1e9, -1, 60, 1e300])
def test_a_date_that_the_calendar_of_workbooks_does_not_have_is_never_an_empty_end(serial):
    rows = [ROWS[0], [*ROWS[1][:2], serial, *ROWS[1][3:]], ROWS[2]]
    cells = workbook.sheet_as_text(book(rows), sheet=None, where="x")
    assert cells["2"].to_list() == ["End", workbook.ERROR_CELL, None]


@pytest.mark.parametrize("value", ["<v>x</v>", "<v>1e999</v>", "<v>0x10</v>", "<v>1_000</v>"])
def test_a_number_that_is_none_is_never_an_empty_cell(value):
    content = book(ROWS, change=lambda text: text.replace("<v>30123</v>", value, 1))
    assert workbook.sheet_as_text(content, sheet=None, where="x")["5"].to_list()[1] == workbook.ERROR_CELL


def test_a_shared_text_that_does_not_exist_is_never_an_empty_cell():
    content = book(ROWS, change=lambda text: text.replace('t="s"><v>7</v>', 't="s"><v>99999</v>'))
    assert workbook.ERROR_CELL in workbook.sheet_as_text(content, sheet=None, where="x").row(1)


@pytest.mark.parametrize(
    ("form", "shown"),
    [
        ("dd/mm/yyyy", "2023-01-02 00:00:00"),
        ("[$-809]d mmmm yyyy;@", "2023-01-02 00:00:00"),
        ("[h]:mm", "2023-01-02 00:00:00"),
        ('0.0 "days"', "44928"),
        ("[Red]0;[Blue]-0", "44928"),
        ("General", "44928"),
        ("\\d0", "44928"),
    ],
)
def test_a_number_is_a_date_where_its_format_is_one(form, shown):
    assert workbook.sheet_as_text(book(ROWS, form=form), sheet=None, where="x")["1"].to_list()[1] == shown


def test_days_are_counted_from_1904_where_the_workbook_says_so():
    content = book(
        ROWS, change=lambda text: text.replace("<workbookPr ", '<workbookPr date1904="1" '), member="xl/workbook.xml"
    )
    assert workbook.sheet_as_text(content, sheet=None, where="x")["1"].to_list()[1] == "2027-01-03 00:00:00"


# Parquet


def parquet(**columns):
    frame = pl.DataFrame(
        {
            "No": ["P7700001"],
            "Start": [date(2023, 1, 2)],
            "End": [None],
            "FTE": [1.0],
            "Job": ["Officer"],
            "Pay": [1.0],
            "Team": [MARK],
        }
        | columns
    )
    to = io.BytesIO()
    frame.write_parquet(to)
    return to.getvalue()


@pytest.mark.parametrize("days", [-(2**31), 2**31 - 1, -719_163, 2_932_897])
def test_a_date_at_the_limit_of_its_type_is_refused_and_not_emptied(tmp_path, days):
    far = pl.Series("Start", [days], dtype=pl.Int32).cast(pl.Date)
    assert staff(area(tmp_path, "staff.parquet", parquet(Start=far)))[1] == (1, 0, 1)


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
def test_a_column_of_lengths_of_time_is_named_and_the_file_is_not_called_damaged(tmp_path, unit):
    lengths = pl.Series("End", [86_400_000], dtype=pl.Int64).cast(pl.Duration(unit))
    error = refusal(area(tmp_path, "staff.parquet", parquet(End=lengths)))
    assert error.what == 'the column "End" holds lengths of time, not days or numbers'


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "UTC", "Pacific/Apia"])
@pytest.mark.parametrize("time", [-(2**63) + 1, 2**63 - 1])
def test_a_time_at_the_limit_of_its_type_neither_panics_nor_is_emptied(tmp_path, unit, zone, time):
    far = pl.Series("Start", [time], dtype=pl.Int64).cast(pl.Datetime(unit, zone))
    assert staff(area(tmp_path, "staff.parquet", parquet(Start=far)))[1] == (1, 0, 1)


@pytest.mark.parametrize(
    ("moment", "zone", "day"),
    [
        (datetime(2023, 6, 30, 23, tzinfo=UTC), "UTC", date(2023, 7, 1)),
        (datetime(2023, 1, 2, 0, tzinfo=UTC), "UTC", date(2023, 1, 2)),
        (datetime(2023, 6, 30, 23, tzinfo=UTC), "Europe/London", date(2023, 7, 1)),
    ],
)
def test_midnight_of_a_summer_day_is_that_day(tmp_path, moment, zone, day):
    start = pl.Series("Start", [moment]).dt.convert_time_zone(zone)
    path = area(tmp_path, "staff.parquet", parquet(Start=start))
    path.write_text(path.read_text().replace("2023-03", "2023-07").replace("2023-03-31", "2023-07-31"))
    assert staff(path)[0][0][0] == day


def test_a_parquet_file_of_more_rows_than_a_file_may_have_is_not_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr("workforce.sources.reading.MOST_ROWS", 100)
    to = io.BytesIO()
    pl.DataFrame({name: ["x"] * 101 for name in HEADER.split(",")}).write_parquet(to)
    assert "more than 100 rows" in refusal(area(tmp_path, "staff.parquet", to.getvalue())).what


# What is no file


@pytest.mark.parametrize("kind", ["pipe", "device", "socket", "loop", "long"])
def test_a_pipe_a_device_or_a_loop_of_links_is_refused_at_once(tmp_path, kind):
    name = "x" * 300 + ".csv" if kind == "long" else "staff.csv"
    path, place = area(tmp_path, name), tmp_path / name
    if kind == "pipe":
        os.mkfifo(place)
    elif kind == "device":
        place.symlink_to("/dev/zero")
    elif kind == "socket":
        os.mknod(place, stat.S_IFSOCK | 0o600)
    elif kind == "loop":
        place.symlink_to(place)
    began = time.monotonic()
    assert refusal(path).exit_code in (3, 4)
    assert time.monotonic() - began < 5


def test_a_link_out_of_the_folder_is_refused_also_where_it_was_put_there_after_the_settings_were_read(tmp_path):
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "secret.csv").write_text(f"{HEADER}\n{ROW}\n")
    inner = tmp_path / "area"
    inner.mkdir()
    path = area(inner, content=f"{HEADER}\n{ROW}\n")
    settings = load_settings(path)
    (inner / "staff.csv").unlink()
    (inner / "staff.csv").symlink_to(tmp_path / "other" / "secret.csv")
    assert refusal(path).exit_code == 3
    from workforce.sources.reading import read_cells

    file = settings.organisation("council").files[0]
    with pytest.raises(InputError, match="leads out of the folder"):
        read_cells(inner / "staff.csv", file, where="staff.csv", folder=inner)


@pytest.mark.parametrize("target", ["/dev/zero", "/dev/null"])
def test_settings_keys_and_official_files_are_files_too(tmp_path, target):
    place = tmp_path / "area.toml"
    place.symlink_to(target)
    assert "device" in refusal(place, load_settings).what
    assert refusal(place, lambda path: find_key(key_file=path, environment={})).exit_code == 3
    assert "device" in refusal(place, recognise).what
    os.mkfifo(tmp_path / "pipe")
    assert refusal(tmp_path / "pipe", load_settings).exit_code == 3
    assert refusal(tmp_path / "pipe", recognise).exit_code == 4


# Settings


@pytest.mark.parametrize(
    "line",
    [
        "x = " + "[" * 900,
        "x = " + "{a=" * 900,
        "x = " + "[" * 900 + "]" * 900,
        "a" + ".a" * 900 + " = 1",
        "x = 1" + "0" * 5_000,
    ],
)
def test_settings_within_settings_without_end_are_refused(tmp_path, line):
    error = refusal(area(tmp_path, content=f"{HEADER}\n{ROW}\n", settings=SETTINGS + line.replace("{", "{{")))
    assert error.exit_code == 3


def test_settings_of_more_than_a_megabyte_are_refused(tmp_path):
    path = area(tmp_path)
    path.write_bytes(path.read_bytes() + b"#" * LARGEST_SETTINGS)
    assert "larger than 1 MB" in refusal(path).what


def test_a_blank_at_the_end_of_a_name_is_no_part_of_it(tmp_path):
    path = area(
        tmp_path,
        content=f"{HEADER}\n{ROW}\n",
        settings=SETTINGS.replace('"Council"', '"Council "').replace('"Team"', '" Team"'),
    )
    assert load_settings(path).organisation_names == {"council": "Council"}
    assert staff(path)[1] == (1, 1, 0)


def test_the_checksum_of_the_settings_is_of_the_bytes_that_were_read(tmp_path):
    from hashlib import sha256

    path = area(tmp_path, content=f"{HEADER}\n{ROW}\n")
    content = path.read_bytes()
    settings = load_settings(path)
    path.write_text("changed", encoding="utf-8")
    assert settings.checksum == (sha256(content).hexdigest(), len(content))


def test_a_record_within_a_record_is_not_lost_in_silence(tmp_path):
    settings = SETTINGS.replace("date_format", 'record = "W"\ndate_format')
    names = HEADER.split(",")
    person = "".join(f"<{name}>{cell}</{name}>" for name, cell in zip(names, ROW.split(","), strict=True))
    path = area(tmp_path, "staff.xml", f"<M><W>{person}<W>{person}</W></W></M>", settings=settings)
    assert "within another" in refusal(path).what
    assert staff(area(tmp_path, "staff.xml", f"<M><W>{person}<W>a cell</W></W></M>", settings=settings))[1] == (1, 1, 0)


# Official figures


def test_an_official_file_that_is_no_workbook_or_has_cells_of_another_type_is_refused_or_counted(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as archive:
        archive.writestr("word/document.xml", MARK)
    assert refusal(tmp_path / "a.xlsx", recognise).exit_code == 4
    names = ["Short Desc", "Years", "LA and Regions", "Values", "LA Number"]
    pl.DataFrame({name: [None] * 3 for name in names}).write_parquet(tmp_path / "a.parquet")
    assert "no figure could be read" in refusal(tmp_path / "a.parquet", recognise).what
    pl.DataFrame({name: [date(2023, 1, 1)] * 3 for name in names}).write_parquet(tmp_path / "b.parquet")
    assert "3 rows" in refusal(tmp_path / "b.parquet", recognise).what


def test_a_row_of_an_official_file_with_more_cells_than_the_header_refuses_the_file(tmp_path):
    (tmp_path / "a.csv").write_text(
        "LA Number,LA Name,Region,Type\n301,Barking, and Dagenham,London,OLB\n", encoding="utf-8"
    )
    assert "more cells" in refusal(tmp_path / "a.csv", recognise).what


def test_a_store_that_was_damaged_is_refused_without_a_word_of_it(tmp_path):
    (tmp_path / "codes.csv").write_text("LA Number,LA Name,Region,Type\n301,Barking,London,OLB\n", encoding="utf-8")
    add_published([tmp_path / "codes.csv"], tmp_path / "store")
    (tmp_path / "store" / "areas.parquet").write_bytes(b"PAR1" + MARK.encode() * 10 + b"PAR1")
    assert refusal(tmp_path / "store", load_official).exit_code == 4


# Characters


@pytest.mark.parametrize(
    "character", ["\uffff", "\ufffe", chr(0xD800), chr(0xDFFF), "\ufdd0", chr(0x10FFFF), "\x00", "\x1b", "\u2028"]
)
def test_a_name_with_a_character_that_no_chart_can_hold_is_drawn_without_it(character):
    from xml.dom.minidom import parseString

    text = clean(f"Team{character}A")
    assert character not in text
    assert parseString(f"<a>{text}</a>").documentElement.firstChild.data == text  # noqa: S318


def test_the_chart_renderer_lives_on_whatever_a_specification_holds():
    code = """
from workforce.present.shown import drawable
import vl_convert
for mark in ("\\uffff", "\\ufffe", "\\ud800", "\\U0010ffff"):
    spec = {"data": {"values": [{"a" + mark: "x" + mark, "b": 1}]}, "mark": "bar", "title": "T" + mark,
            "encoding": {"x": {"field": "a" + mark, "type": "nominal"}, "y": {"field": "b", "type": "quantitative"}}}
    vl_convert.vegalite_to_svg(drawable(spec), vl_version="6.4", allowed_base_urls=[])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=60, check=False)  # noqa: S603
    assert done.returncode == 0, done.stderr[-500:]


# Parquet files that lie about their sizes

LYING = """
import io, random, resource, sys
resource.setrlimit(resource.RLIMIT_AS, (6_000_000_000, 6_000_000_000))
import polars as pl
from datetime import date
from workforce.errors import InputError
from workforce.sources.parquet import parquet_as_text, parquet_columns

def number(n):  # as the footer writes it
    n, pieces = (n << 1) ^ (n >> 63), b""
    while n > 127:
        pieces, n = pieces + bytes([n & 127 | 128]), n >> 7
    return pieces + bytes([n])

frame = pl.DataFrame({"a": ["x", None, "y"] * 300, "b": [1.5, 2.0, 3.0] * 300, "c": [date(2023, 1, 2)] * 900})
chance, codes = random.Random(1), {"read": 0, "refused": 0}
for compression in ("zstd", "uncompressed"):
    to = io.BytesIO()
    frame.write_parquet(to, compression=compression)
    whole = to.getvalue()
    begin = len(whole) - 8 - int.from_bytes(whole[-8:-4], "little")
    for _ in range(100):
        at = chance.randrange(begin, len(whole) - 8) if chance.random() < 0.8 else chance.randrange(4, begin)
        wrong = number(chance.choice((2**31 - 1, 2**40, 2**62, -1, -(2**40), 0, 8_191, 900_000)))
        content = whole[:at] + wrong + whole[at + chance.choice((1, 2)) : -8]
        if at < begin:  # the footer stays as it is, and its place too
            content = (whole[:at] + wrong)[:begin] + whole[min(at + len(wrong), begin) : -8]
        content += (len(content) - begin).to_bytes(4, "little") + b"PAR1"
        try:
            text = parquet_as_text(content, parquet_columns(content, most=1_000_000, where="x"), where="x")
            codes["read"] += 1
            assert text.height == 900
        except InputError:
            codes["refused"] += 1
print(codes)
sys.exit(not (codes["read"] > 20 and codes["refused"] > 20))
"""


def test_a_parquet_file_that_lies_about_its_sizes_is_read_whole_or_refused_and_prints_nothing():
    done = subprocess.run([sys.executable, "-c", LYING], capture_output=True, text=True, timeout=120, check=False)  # noqa: S603
    assert (done.returncode, done.stderr) == (0, ""), done.stdout


@pytest.mark.parametrize(
    ("rows", "cell"), [(4_000_000, "x"), (200_000, "x" * 5_000)], ids=["millions of equal rows", "one long cell"]
)
def test_a_small_parquet_file_that_unpacks_to_much_more_is_refused(tmp_path, rows, cell):
    to = io.BytesIO()
    pl.select(No=pl.repeat("x", rows), Start=pl.repeat("x", rows), Team=pl.repeat(cell, rows)).with_columns(
        pl.lit("x").alias(name) for name in ("End", "FTE", "Job", "Pay")
    ).write_parquet(to)
    assert len(to.getvalue()) < 200_000
    assert "would unpack to more than 400 MB" in str(refusal(area(tmp_path, "staff.parquet", to.getvalue())))


# Mutated files


def fuzzed(first, last, *options):
    """The seeds of a range in a process of their own, and what it prints of those that break a rule."""
    script = Path(__file__).parent.parent / "fuzz.py"
    done = subprocess.run(  # noqa: S603 - the project's own file
        [sys.executable, script, str(first), str(last), *options],
        capture_output=True,
        text=True,
        timeout=25 * (last - first),
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_mutated_files_of_every_kind_are_checked_and_reported_on_or_refused_in_a_sentence():
    codes = fuzzed(0, 42)
    counted = codes.pop("counted")
    assert counted > 5  # that many were compared with an independent count
    assert sum(codes.values()) == 42
    assert {key.split()[1] for key in codes} == {"0", "1", "3", "4"}


@pytest.mark.more
def test_a_thousand_mutated_files_are_checked_and_reported_on_or_refused_in_a_sentence():
    fuzzed(42, 1_042)


@pytest.mark.slow
def test_the_installed_command_ends_with_mutated_files_as_the_runs_without_kernels_do():
    assert sum(fuzzed(0, 3, "--command").values()) >= 3


@pytest.mark.more
def test_forty_mutated_files_through_the_installed_command():
    fuzzed(3, 43, "--command")


def test_the_generator_makes_the_same_file_of_the_same_seed_and_most_seeds_change_something():
    import fuzz

    plain = fuzz.settings("csv", 'date_format = "%d/%m/%Y"')
    assert [fuzz.mutant(n).files for n in range(14) if n % 7 not in (1, 5)] == [
        fuzz.mutant(n).files for n in range(14) if n % 7 not in (1, 5)
    ]
    assert sum(fuzz.mutant(n).files["area.toml"] != plain for n in range(4, 144, 7)) > 15


def test_a_mutant_that_breaks_a_rule_is_a_finding(tmp_path):
    import fuzz

    one = fuzz.Mutant(0, "csv", {"staff.csv": b""}, count=3)
    area = tmp_path / "area"
    (area / "outputs").mkdir(parents=True)
    page = {"not used": 0, "failed": 0, "cells": 0, "records": 1}

    def outcome(code=0, text="", seconds=1.0, memory=1, reads=(("staff.csv", 3, 2, 1),), check=0, page=page):
        return fuzz.Outcome(code, text, seconds, memory, list(reads), check, page)

    assert fuzz.faults_of(one, outcome(text="council, staff.csv: 3 rows read\n"), area) == []
    assert fuzz.faults_of(one, outcome(1, check=4, page=page | {"not used": 2}), area) == []
    assert fuzz.faults_of(one, outcome(4, check=4, page={}), area) == []
    for bad in (
        outcome(-6, check=-6, page={}),
        outcome(4, MARK, check=4, page={}),
        outcome(text="x" * 2_001),
        outcome(text="\x1b[31m"),
        outcome(text="TypeError: this was not foreseen"),
        outcome(memory=2_000_000_000),
        outcome(seconds=21.0),
        outcome(reads=[("staff.csv", 3, 3, 1)]),
        outcome(reads=[("staff.csv", 2, 2, 0)]),
        outcome(check=4),  # `check` and `run` differ
        outcome(1, check=0, page=page | {"not used": 1}),
        outcome(3, check=4, page={}),
        outcome(4, check=4),  # a page was made, and the run says that it was not
        outcome(page={}),
        outcome(1, check=4),  # the page does not say that a file is not used
        outcome(page=page | {"not used": 1}),
        outcome(page=page | {"failed": 1}),
        outcome(page=page | {"cells": 1}),
        outcome(page=page | {"records": 0}),  # a report of which nothing says what was read
        outcome(page=page | {"records": 2}),
    ):
        assert len(fuzz.faults_of(one, bad, area)) == 1
    (area / "elsewhere").mkdir()
    assert len(fuzz.faults_of(one, outcome(), area)) == 1


def test_the_private_record_of_a_report_is_all_that_may_stand_beside_it_and_a_cell_in_it_is_a_finding(tmp_path):
    import fuzz

    one = fuzz.Mutant(0, "csv", {"staff.csv": b""})
    report, private = tmp_path / "outputs" / "anyshire" / "2023-03", tmp_path / "outputs-ledger" / "anyshire"
    for folder in (report, private):
        folder.mkdir(parents=True)
    (report / "index.html").write_text("a page", encoding="utf-8")
    (report / "manifest.json").write_text('{"rule": "board", "notebooks": []}', encoding="utf-8")
    record = private / "2023-03-board-20230403T090500Z-0a1b.json"
    record.write_text('{"inputs": []}', encoding="utf-8")

    def found():
        return fuzz.faults_of(one, fuzz.Outcome(0, "", 1.0, 1, check=0, page=fuzz._page(tmp_path)), tmp_path)

    assert found() == []
    for cell in fuzz.CELLS:
        record.write_text(json.dumps({"inputs": [f"x {cell}"]}), encoding="utf-8")
        assert len(found()) == 1
    record.write_text('{"inputs": []}', encoding="utf-8")
    others = ("staff.csv", "2023-03-board.txt", "2023-02-board-20230403T090500Z-0a1b.json", "../staff.json")
    for other in (*others, "../elsewhere/2023-03-board-20230403T090500Z-0a1b.json"):
        place = private / other
        place.parent.mkdir(exist_ok=True)
        place.write_text("{}", encoding="utf-8")
        assert len(found()) == 1
        place.unlink()
        if place.parent.name == "elsewhere":
            place.parent.rmdir()
    record.unlink()
    assert len(found()) == 2  # no record, and a folder of none
