"""Laws of the readers: whatever a file holds, its rows are those that another program finds, or it is refused in a sentence."""

import csv
import io
import re
from datetime import date, datetime, timedelta

import fastexcel
import polars as pl
import pytest
import xlsxwriter
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from workforce.errors import SettingsError, WorkforceError
from workforce.settings import load_settings
from workforce.sources.csv_text import BEYOND, BLANK, rows_of, with_header
from workforce.sources.official import as_text
from workforce.sources.parquet import parquet_as_text, parquet_columns
from workforce.sources.published import recognise
from workforce.sources.workbook import ERROR_CELL, sheet_as_text
from workforce.sources.xml_records import xml_records

ODD = st.text(st.sampled_from('ab1 ,;"\n\r\t£\u00a0\u2028'), max_size=30)
CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
YEARS = (datetime(1901, 1, 1), datetime(2199, 12, 31))  # noqa: DTZ001 - workbooks know no time zones
HARMLESS = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


def refused_in_a_sentence(reading):
    """What a reading gives, or None where it is refused in one line."""
    try:
        return reading()
    except WorkforceError as error:
        text = str(error)
    assert text.isprintable()
    assert len(text) <= 2_000
    return None


# Text


@given(
    st.lists(st.lists(CELL, min_size=3, max_size=3), max_size=8),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_what_a_writer_of_text_files_wrote_is_read_cell_for_cell(rows, separator, end):
    to = io.StringIO(newline="")
    csv.writer(to, delimiter=separator, lineterminator=end, quoting=csv.QUOTE_ALL).writerows([["a", "b", "c"], *rows])
    read = with_header(to.getvalue(), separator=separator, skip_rows=0, where="x")
    frame = rows_of(read, {"a": 0, "b": 1, "c": 2}, most=100, where="x")
    same = [[re.sub("\r\n?", "\n", cell) for cell in row] for row in rows]
    while same and not "".join(same[-1]).strip():
        same.pop()
    assert [[(cell or "").strip() for cell in row] for row in frame.select("a", "b", "c").rows()][: len(same)] == [
        [cell.strip() for cell in row] for row in same
    ]
    assert frame[BLANK].to_list()[: len(same)] == [not "".join(row).strip() for row in same]
    assert frame[BLANK][len(same) :].all()


def lines_after_the_first(row):
    """The lines of a row as they stand in its text, but the first."""
    return ",".join(f'"{cell}"' for cell in row).split("\n")[1:]


ROWS = st.lists(
    st.tuples(st.integers(1, 999), st.dates(), st.sampled_from(["Officer", "Lead", "Team leader"]), st.just("note")),
    min_size=4,
    max_size=12,
)


@given(ROWS, st.data())
def test_no_row_is_lost_where_one_quotation_mark_opens_a_cell_and_another_ends_one(rows, data):
    lines = [f"P{number},{day},{role},{note}" for number, day, role, note in rows]
    begin = data.draw(st.integers(1, len(lines) - 2))
    end = data.draw(st.integers(begin + 1, len(lines) - 1))
    opened, closed = (data.draw(st.integers(0, 3)) for _ in range(2))
    lines[begin] = ",".join(f'"{cell}' if n == opened else cell for n, cell in enumerate(lines[begin].split(",")))
    lines[end] = ",".join(f'{cell}"' if n == closed else cell for n, cell in enumerate(lines[end].split(",")))
    read = with_header("No,Start,Role,Notes\n" + "\n".join(lines), separator=",", skip_rows=0, where="x")
    assert refused_in_a_sentence(lambda: rows_of(read, {"No": 0, "Start": 1}, most=100, where="x")) is None


@given(st.text(st.sampled_from('ab1 ,"\n\r'), max_size=60))
def test_rows_of_any_text_are_those_of_pythons_reader_or_the_text_is_refused(body):
    read = refused_in_a_sentence(lambda: with_header("a,b,c\n" + body, separator=",", skip_rows=0, where="x"))
    assume(read is not None)
    frame = refused_in_a_sentence(lambda: rows_of(read, {"a": 0, "b": 1, "c": 2}, most=1_000, where="x"))
    text = body.replace("\r\n", "\n").replace("\r", "\n").rstrip()
    expected = list(csv.reader(io.StringIO(text, newline="")))
    if frame is None and any(line.count(",") == 2 for row in expected for line in lines_after_the_first(row)):
        return  # a cell with what may be rows of the file
    if frame is None:  # else only for a mark that is not closed or not doubled
        with pytest.raises(csv.Error):
            list(csv.reader(io.StringIO(text, newline=""), strict=True))
        return
    cells = [[*row, *[""] * 4][:4] for row in expected]
    assert [[cell or "" for cell in row] for row in frame.select("a", "b", "c", BEYOND).rows()] == cells


@given(st.text(st.sampled_from('ab ,"\n\r'), max_size=40), st.integers(0, 3))
def test_any_header_is_read_or_refused_and_no_line_is_lost(text, skip_rows):
    read = refused_in_a_sentence(lambda: with_header(text, separator=",", skip_rows=skip_rows, where="x"))
    if read is not None:
        lines = re.sub("\r\n?", "\n", text)
        assert lines.split("\n", read.lines_above)[-1].rstrip() == read.body or read.body == ""


# Workbooks


def number_or_none(text):
    try:
        return float(text)
    except ValueError:
        return None


def workbook(rows):
    made = io.BytesIO()
    book = xlsxwriter.Workbook(
        made, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    )
    book.set_properties({"created": datetime(2023, 1, 2)})  # noqa: DTZ001 - the same bytes at any time of day
    day = book.add_format({"num_format": "dd/mm/yyyy"})
    sheet = book.add_worksheet()
    for at, row in enumerate(rows):
        for column, cell in enumerate(row):
            if isinstance(cell, datetime):
                sheet.write_datetime(at, column, cell, day)
            elif cell is not None:
                sheet.write(at, column, cell)
    book.close()
    return made.getvalue()


@given(
    st.lists(
        st.lists(
            st.one_of(
                st.none(),
                st.booleans(),
                st.integers(-(10**14), 10**14),
                st.floats(-1e10, 1e10).filter(lambda x: x == 0 or abs(x) > 1e-6),
                st.datetimes(*YEARS).map(lambda d: d.replace(microsecond=0, hour=12)),
                st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), min_size=1, max_size=8).filter(
                    lambda t: "_x" not in t
                ),
            ),
            min_size=1,
            max_size=4,
        ),
        min_size=1,
        max_size=6,
    )
)
def test_a_workbook_has_the_text_that_another_reader_finds(rows):
    assume(any(cell is not None for row in rows for cell in row))
    content = workbook(rows)
    ours = sheet_as_text(content, sheet=None, where="x")
    theirs = fastexcel.read_excel(content).load_sheet(0, header_row=None, skip_rows=0, dtypes="string").to_polars()
    theirs = theirs.select(s for s in theirs if s.null_count() < len(s))
    assert ours.height == theirs.height
    for mine, other in zip(ours.rows(), theirs.rows(), strict=True):
        for one, two in zip(mine, other, strict=True):
            # The other reader prints ten digits, or nine decimals, of some numbers; what was written is asked for digit by digit below.
            assert one == two or float(one) == pytest.approx(float(two), rel=1e-9) or f"{float(one):.9f}" == two
    read = {cell for row in ours.rows() for cell in row if cell is not None}
    for cell in (cell for row in rows for cell in row):
        if isinstance(cell, datetime):
            assert f"{cell:%Y-%m-%d %H:%M:%S}" in read
        elif isinstance(cell, float):
            assert any(
                number == pytest.approx(cell, rel=1e-14) for number in map(number_or_none, read) if number is not None
            )


@given(st.data())
def test_any_bytes_within_a_workbook_are_read_or_refused(data):
    content = bytearray(workbook([["a", "b"], ["x", 1.5], [datetime(2023, 1, 2), True]]))  # noqa: DTZ001
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    refused_in_a_sentence(lambda: sheet_as_text(bytes(content), sheet=None, where="x"))


# Parquet


def parquet(frame):
    to = io.BytesIO()
    frame.write_parquet(to)
    return to.getvalue()


@given(st.lists(st.one_of(st.none(), st.integers(-(2**31), 2**31 - 1)), min_size=1, max_size=8))
def test_a_day_of_a_parquet_file_is_that_day_or_an_error_and_never_empty(days):
    content = parquet(pl.DataFrame({"d": pl.Series(days, dtype=pl.Int32).cast(pl.Date)}))
    text = parquet_as_text(content, ["d"], where="x")["d"].to_list()
    for day, written in zip(days, text, strict=True):
        if day is None:
            assert written is None
        elif -719_162 <= day <= 2_932_896:
            assert written == f"{(date(1970, 1, 1) + timedelta(days=day)).isoformat()} 00:00:00"
        else:
            assert written == ERROR_CELL


@given(
    st.lists(st.one_of(st.none(), st.integers(-(2**63) + 1, 2**63 - 1)), min_size=1, max_size=8),
    st.sampled_from(["ms", "us", "ns"]),
    st.sampled_from([None, "UTC", "Europe/London", "Pacific/Apia", "America/New_York"]),
)
def test_a_time_of_a_parquet_file_is_never_empty_where_there_is_one(times, unit, zone):
    content = parquet(pl.DataFrame({"t": pl.Series(times, dtype=pl.Int64).cast(pl.Datetime(unit, zone))}))
    text = parquet_as_text(content, ["t"], where="x")["t"]
    assert text.is_null().to_list() == [time is None for time in times]
    assert all(one is None or one == ERROR_CELL or re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", one) for one in text)


@given(st.data())
def test_any_bytes_within_a_parquet_file_are_read_or_refused(data):
    content = bytearray(parquet(pl.DataFrame({"a": ["x", None, "y"] * 3, "b": [1.5] * 9, "c": [date(2023, 1, 2)] * 9})))
    place = data.draw(st.integers(4, len(content) - 9))
    content[place : place + 2] = data.draw(st.binary(min_size=2, max_size=2))

    def reading():
        columns = parquet_columns(bytes(content), most=1_000, where="x")
        return parquet_as_text(bytes(content), columns, where="x")

    refused_in_a_sentence(reading)


# XML, settings, official figures


@given(st.lists(st.dictionaries(st.sampled_from(["A", "B"]), CELL, min_size=0), min_size=1, max_size=6))
def test_every_record_of_an_xml_file_is_a_row_with_its_cells(records):
    from xml.sax.saxutils import escape

    allowed = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
    clean = [{name: allowed.sub("", cell) for name, cell in record.items()} for record in records]
    body = "".join(
        f"<R>{''.join(f'<{name}>{escape(cell)}</{name}>' for name, cell in one.items())}</R>" for one in clean
    )
    read = xml_records(f"<M>{body}</M>".encode(), record="R", wanted=["A", "B"], most=100, where="x")
    assert read.cells.height == len(records)
    for name in set(read.cells.columns) & {"A", "B"}:
        expected = [re.sub("\r\n?", "\n", one[name]) if name in one else None for one in clean]
        assert read.cells[name].to_list() == expected


@given(st.binary(max_size=60))
def test_any_bytes_are_read_as_xml_or_refused(content):
    refused_in_a_sentence(
        lambda: xml_records(b"<M><R><A>" + content + b"</A></R></M>", record="R", wanted=["A"], most=9, where="x")
    )


@HARMLESS
@given(st.text(st.sampled_from("[]{}=\"a.\n1-#, \\'"), max_size=60))
def test_any_text_is_settings_or_refused_as_settings(tmp_path, text):
    (tmp_path / "area.toml").write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        load_settings(tmp_path / "area.toml")
    assert str(caught.value).isprintable()


@HARMLESS
@given(st.sampled_from(["LA Number,LA Name,Region,Type", "Short Desc,Years,LA and Regions,Values,LA Number"]), ODD)
def test_rows_of_an_official_file_are_kept_or_refused(tmp_path, header, body):
    path = tmp_path / "official.csv"
    path.write_text(f"{header}\n{body}", encoding="utf-8", newline="")
    rows = refused_in_a_sentence(lambda: as_text(path))
    reading = refused_in_a_sentence(lambda: recognise(path))
    if reading is not None:
        assert rows is not None
        assert reading.rows_read == rows.height
        tables = [frame.height for frame in (reading.figures, reading.areas) if frame is not None]
        assert sum(tables) == reading.rows_read - reading.rows_refused
