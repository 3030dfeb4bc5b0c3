"""Reading: the bytes of a .csv, .xlsx, .parquet or .xml file, as text, cell for cell.

Promises: every cell arrives as stripped text or as null, under our column's name, beside the number of its row as a spreadsheet shows it
(the header is row 1 where nothing is skipped; a quoted line break does not start a row; in XML the first record is row 1). Nothing is
guessed: no types, no dates, no missing values. Empty rows at the end are no rows. Columns that the settings do not name are never kept.
Refuses: files that are missing, too large, empty, damaged, of another kind than their name says, without a mapped header or with one twice.
"""

import csv
import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from workforce.errors import InputError, Phrase, did_you_mean
from workforce.settings import SourceFile
from workforce.settings_checks import encoding_of
from workforce.sources.workbook import sheet_as_text
from workforce.sources.xml_records import TWICE, xml_records

LARGEST_FILE: Final = 512_000_000  # bytes
MOST_ROWS: Final = 10_000_000
# The readers end with one of these on broken bytes; a panic is a failed expectation of their own. Their texts can quote cells.
_UNREADABLE: Final = (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, ValueError)


@dataclass(frozen=True, slots=True, repr=False)
class Cells:
    """What a file holds under the mapped headers.

    frame: row (Int64), flaw (null, or why the row as a whole cannot be read), then our columns, all String. typed_dates: whether dates may
    have come from typed cells, as "2023-01-02 00:00:00". sha256, size: of the bytes that were read.
    """

    frame: pl.DataFrame
    typed_dates: bool
    sha256: str
    size: int

    def __repr__(self) -> str:
        return f"Cells({self.frame.height} rows, {self.frame.width - 2} columns)"


def read_cells(path: Path, file: SourceFile, *, where: str) -> Cells:
    """Read the mapped columns of a file. `where` is how messages call it."""
    data = content_of(path, where)
    if file.kind == "xlsx":
        frame = _workbook(data, file, where)
    elif file.kind == "parquet":
        frame = _parquet(data, file, where)
    elif file.kind == "xml":
        frame = _xml(data, file, where)
    else:
        frame = _csv(data, file, where)
    frame = _without_empty_end(frame)
    if frame.is_empty():
        raise InputError(
            "the file has a header and no rows",
            where="{place}",
            hint="check the export, or take the file out of area.toml",
            place=where,
        )
    if frame.height > MOST_ROWS:
        raise InputError(
            "the file has more than {most:,} rows",
            where="{place}",
            hint="split it into several files",
            most=MOST_ROWS,
            place=where,
        )
    return Cells(
        frame.select("row", "flaw", *file.columns),
        typed_dates=file.kind in ("xlsx", "parquet"),
        sha256=hashlib.sha256(data).hexdigest(),
        size=len(data),
    )


def content_of(path: Path, where: str) -> bytes:
    """The bytes of a file that is there, not too large and not empty."""
    if path.is_dir():
        raise InputError("this is a folder", where="{place}", hint="give the path of a file", place=where)
    try:
        size = path.stat().st_size
        if size > LARGEST_FILE:
            raise InputError(
                "the file is larger than {megabytes} MB",
                where="{place}",
                hint="split it into several files",
                megabytes=LARGEST_FILE // 1_000_000,
                place=where,
            )
        data = path.read_bytes()
    except FileNotFoundError:
        raise InputError("there is no such file", where="{place}", hint=_nearby(path), place=where) from None
    except OSError:
        raise InputError(
            "the file cannot be opened",
            where="{place}",
            hint="check its permissions, and that no program holds it",
            place=where,
        ) from None
    if not data.strip():
        raise InputError("the file is empty", where="{place}", hint="check the export", place=where)
    return data


def _nearby(path: Path) -> Phrase:
    folder = path.parent
    if not folder.is_dir():
        return Phrase("its folder does not exist either; paths start from the folder of area.toml")
    names = sorted(entry.name for entry in folder.iterdir() if entry.is_file())
    return did_you_mean(path.name, names) if names else Phrase("its folder is empty")


def _positions(headers: Sequence[str | None], file: SourceFile, where: str) -> dict[str, int]:
    """Where each of our columns stands in the file."""
    known = [(header or "").strip() for header in headers]
    missing = sorted({header for header in file.columns.values() if header.strip() not in known})
    if missing:
        raise InputError(
            'the header "{header}" is missing' if len(missing) == 1 else "the headers {headers} are missing",
            where="{place}",
            hint=_about_headers(missing[0], known, len(missing) < len(set(file.columns.values())), file),
            header=missing[0],
            headers=[f'"{header}"' for header in missing],
            place=where,
        )
    twice = sorted({header for header in file.columns.values() if known.count(header.strip()) > 1})
    if twice:
        raise InputError(
            'the header "{header}" stands there twice',
            where="{place}",
            hint="rename one of the two columns",
            header=twice[0],
            place=where,
        )
    return {column: known.index(header.strip()) for column, header in file.columns.items()}


def _about_headers(wanted: str, known: list[str], some_found: bool, file: SourceFile) -> Phrase:  # noqa: FBT001
    # Where no mapped header is found the row may be a row of people, and must not be quoted.
    if some_found:
        return did_you_mean(wanted, [header for header in known if header])
    if file.kind == "csv" and len(known) == 1:
        return Phrase(
            "none of the mapped headers is in row {row}, which has one cell; set separator", row=file.skip_rows + 1
        )
    return Phrase(
        "none of the mapped headers is in row {row}; if the header stands lower, set skip_rows", row=file.skip_rows + 1
    )


def _picked(frame: pl.DataFrame, positions: Mapping[str, int], names: Sequence[str], flaw: pl.Expr) -> pl.DataFrame:
    """Our columns from columns by position, stripped, with the flaws that concern a whole row."""
    cells = {name: pl.col(name).str.strip_chars().replace("", None) for name in names}
    empty = pl.all_horizontal(cell.is_null() for cell in cells.values())
    return frame.select(
        pl.col("row").cast(pl.Int64),
        flaw=pl.when(empty).then(pl.lit("empty row")).otherwise(flaw),
        **{column: cells[names[position]] for column, position in positions.items()},
    )


def _without_empty_end(frame: pl.DataFrame) -> pl.DataFrame:
    filled = (frame["flaw"].is_null() | (frame["flaw"] != "empty row")).arg_true()
    return frame.head(filled[-1] + 1 if len(filled) else 0)


def _csv(data: bytes, file: SourceFile, where: str) -> pl.DataFrame:
    text = _decoded(data, file, where)
    head = csv.reader(io.StringIO(text, newline=""), delimiter=file.separator)
    try:
        for _ in range(file.skip_rows):
            next(head)
        headers = next(head)
    except StopIteration:
        raise InputError(
            "the file ends before its header", where="{place}", hint="check skip_rows", place=where
        ) from None
    except csv.Error:
        raise InputError(
            "the header cannot be read", where="{place}", hint="check separator and encoding", place=where
        ) from None
    positions = _positions(headers, file, where)
    names = [
        f"column_{n}" for n in range(1, len(headers) + 2)
    ]  # one more than there are headers: it catches shifted rows
    try:
        frame = pl.read_csv(
            io.BytesIO(text.encode()),
            has_header=False,
            skip_lines=head.line_num,
            separator=file.separator,
            schema=dict.fromkeys(names, pl.String()),
            truncate_ragged_lines=True,
            missing_columns="insert",
            extra_columns="ignore",
            row_index_name="row",
            row_index_offset=file.skip_rows + 2,
        )
    except _UNREADABLE:
        frame = None  # quotation marks within cells: the slower reader knows them, and says which line is at fault
    if frame is None:
        frame = _read_line_by_line(text, names, file, skip_lines=head.line_num, where=where)
    beyond = pl.col(names[-1]).str.strip_chars().replace("", None)
    flaw = pl.when(beyond.is_not_null()).then(pl.lit("more cells than headers"))
    return _picked(frame, positions, names, flaw)


def _decoded(data: bytes, file: SourceFile, where: str) -> str:
    if data.startswith(b"PK\x03\x04"):
        raise InputError(
            "this is a workbook, not text", where="{place}", hint="name it .xlsx, in area.toml too", place=where
        )
    encoding = encoding_of(file) or "utf-8"
    if encoding == "utf-8":
        encoding = "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeError:
        utf16 = data.startswith((b"\xff\xfe", b"\xfe\xff"))
        raise InputError(
            "the text is not {encoding}",
            where="{place}",
            hint='set encoding = "utf-16"' if utf16 else 'set encoding = "cp1252" if it comes from Excel on Windows',
            encoding=file.encoding,
            place=where,
        ) from None
    if "\0" in text:
        raise InputError(
            "the file holds bytes that are not text", where="{place}", hint="check its kind, and encoding", place=where
        )
    return text.replace("\r", "\n") if "\n" not in text else text


def _read_line_by_line(text: str, names: list[str], file: SourceFile, *, skip_lines: int, where: str) -> pl.DataFrame:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=file.separator, strict=True)
    rows, begins = [], 1
    try:
        for record in reader:
            if begins > skip_lines:
                rows.append((record + [""] * len(names))[: len(names)])
            begins = reader.line_num + 1
    except csv.Error:
        begins = -begins
    if begins < 0:
        raise InputError(
            "the record that begins in line {line} has a quotation mark that is not closed, or not doubled",
            where="{place}",
            hint="open it in a spreadsheet and save it again as .csv",
            line=-begins,
            place=where,
        )
    frame = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String()), orient="row")
    return frame.with_row_index("row", offset=file.skip_rows + 2)


def _workbook(data: bytes, file: SourceFile, where: str) -> pl.DataFrame:
    sheet = sheet_as_text(data, sheet=file.sheet, where=where)
    if sheet.height <= file.skip_rows:
        raise InputError(
            "the sheet is empty, or ends before its header",
            where="{place}",
            hint="check sheet and skip_rows",
            place=where,
        )
    headers = sheet.row(file.skip_rows)
    positions = _positions(headers, file, where)
    frame = sheet.with_row_index("row", offset=1).slice(file.skip_rows + 1)
    return _picked(frame, positions, sheet.columns, pl.lit(None, pl.String))


def _parquet(data: bytes, file: SourceFile, where: str) -> pl.DataFrame:
    try:
        schema = pl.read_parquet_schema(io.BytesIO(data))
        rows = pl.scan_parquet(io.BytesIO(data)).select(pl.len()).collect().item()
    except _UNREADABLE:
        schema, rows = {}, 0
    if not schema:
        raise InputError(
            "this is not a Parquet file, or it is damaged", where="{place}", hint="export it again", place=where
        )
    headers = list(schema)
    positions = _positions(headers, file, where)
    if rows > MOST_ROWS:
        raise InputError(
            "the file has more than {most:,} rows",
            where="{place}",
            hint="split it into several files",
            most=MOST_ROWS,
            place=where,
        )
    nested = [
        headers[p]
        for p in positions.values()
        if schema[headers[p]].is_nested() or schema[headers[p]] in (pl.Binary(), pl.Object())
    ]
    if nested:
        raise InputError(
            'the column "{column}" holds more than one value a cell',
            where="{place}",
            hint="export it as text",
            column=nested[0],
            place=where,
        )
    flat = [name for name, dtype in schema.items() if not dtype.is_nested() and dtype not in (pl.Binary(), pl.Object())]
    try:
        typed = pl.read_parquet(io.BytesIO(data), columns=flat)
    except _UNREADABLE:
        typed = None
    if typed is None:
        raise InputError("the Parquet file is damaged", where="{place}", hint="export it again", place=where)
    frame = typed.select(_as_text(typed[name]).alias(f"{headers.index(name)}") for name in flat)
    names = [str(position) for position in range(len(headers))]
    absent = [pl.lit(None, pl.String).alias(name) for name in names if name not in frame.columns]
    return _picked(
        frame.with_columns(absent).with_row_index("row", offset=2), positions, names, pl.lit(None, pl.String)
    )


def _xml(data: bytes, file: SourceFile, where: str) -> pl.DataFrame:
    headers = {header.strip() for header in file.columns.values()}
    found = xml_records(data, record=file.record or "", wanted=headers, most=MOST_ROWS, where=where)
    names = found.cells.columns[2:]
    missing = sorted(headers - set(names))
    if missing:
        raise InputError(
            'no record has an element "{name}"',
            where="{place}",
            hint="{near} An element that is empty in every record may be left out of a return: take it out of columns",
            name=missing[0],
            place=where,
            near=did_you_mean(missing[0], found.elements) if names else Phrase("check record and columns in area.toml"),
        )
    positions = {column: names.index(header.strip()) for column, header in file.columns.items()}
    return _picked(found.cells, positions, names, pl.when(TWICE).then(pl.lit("an element stands there twice")))


def _as_text(column: pl.Series) -> pl.Series:
    """A typed column as the text that a workbook would give: dates with a time, whole numbers without a point."""
    if column.dtype.is_temporal() and column.dtype not in (pl.Time, pl.Duration):
        return (column.cast(pl.Datetime("us")) if column.dtype == pl.Date else column).dt.strftime("%Y-%m-%d %H:%M:%S")
    if (
        column.dtype.is_float()
        and column.is_finite().fill_null(value=True).all()
        and (column.round() == column).fill_null(value=True).all()
    ):
        # A nullable column of whole numbers is often stored as float; "12345.0" would not be the same person as "12345".
        whole = column.cast(pl.Int64, strict=False)
        if whole.null_count() == column.null_count():
            return whole.cast(pl.String)
    return column.cast(pl.String)
