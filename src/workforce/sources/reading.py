"""Reading: the bytes of a .csv, .xlsx, .parquet or .xml file, as text, cell for cell.

Every cell arrives as stripped text or as null, under our column's name, with the number of its row as a spreadsheet shows it (the header is
row 1 where nothing is skipped; a quoted line break does not start a row; in XML the first record is row 1). No type, date or missing value
is guessed. Empty rows at the end of a text file or sheet are no rows. Columns that the settings do not name are never kept.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from workforce.errors import InputError, Phrase, did_you_mean
from workforce.file_bytes import NotReadError, bytes_of
from workforce.settings import SourceFile
from workforce.sources.csv_text import BEYOND, BLANK, rows_of, with_header
from workforce.sources.parquet import parquet_as_text, parquet_columns
from workforce.sources.workbook import sheet_as_text
from workforce.sources.xml_records import TWICE, xml_records

LARGEST_FILE: Final = 512_000_000  # bytes
MOST_ROWS: Final = 10_000_000
MOST_EMPTY_ROWS: Final = 1_000_000
LONGEST_CELL: Final = 100_000  # bytes
_LONGEST_HINT: Final = 100  # characters of a header that a hint may quote


@dataclass(frozen=True, slots=True, repr=False)
class Cells:
    """The cells of a file under the mapped headers.

    Attributes
    ----------
    frame
        row (Int64), flaw (null, or why the row as a whole cannot be read), then our columns, all String.
    sha256, size
        Of the bytes that were read.
    """

    frame: pl.DataFrame
    sha256: str
    size: int

    def __repr__(self) -> str:
        return f"Cells({self.frame.height} rows, {self.frame.width - 2} columns)"


def read_cells(path: Path, file: SourceFile, *, where: str, folder: Path | None = None) -> Cells:
    """Read the mapped columns of a file.

    Parameters
    ----------
    path : Path
        The file.
    file : SourceFile
        Its settings.
    where : str
        How messages call it.
    folder : Path, optional
        The folder that the file may not lead out of.

    Returns
    -------
    Cells
        At least one row.

    Raises
    ------
    InputError
        Where the file cannot be read, has no rows, or is beyond a limit.
    """
    data = content_of(path, where, folder=folder)
    if file.kind == "xlsx":
        frame = _workbook(data, file, where)
    elif file.kind == "parquet":
        frame = _parquet(data, file, where)
    elif file.kind == "xml":
        frame = _xml(data, file, where)
    else:
        frame = _csv(data, file, where)
    if file.kind in ("csv", "xlsx"):
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
    _check_cells(frame, list(file.columns), where)
    return Cells(
        frame.select("row", "flaw", *file.columns),
        sha256=hashlib.sha256(data).hexdigest(),
        size=len(data),
    )


def _check_cells(frame: pl.DataFrame, columns: Sequence[str], where: str) -> None:
    """Refuse what no export holds and what would take a hundred times the memory of the file."""
    if (frame["flaw"] == "empty row").sum() > MOST_EMPTY_ROWS:
        raise InputError(
            "the file has more than {most:,} empty rows",
            where="{place}",
            hint="delete them, and export it again",
            most=MOST_EMPTY_ROWS,
            place=where,
        )
    longest = frame.select(pl.max_horizontal(pl.col(columns).str.len_bytes().max())).item()
    if longest is not None and longest > LONGEST_CELL:
        raise InputError(
            "a cell is longer than {most:,} characters",
            where="{place}",
            hint="look for a quotation mark that is not closed",
            most=LONGEST_CELL,
            place=where,
        )


def content_of(path: Path, where: str, *, folder: Path | None = None) -> bytes:
    """The bytes of a file that is there, not too large and not empty."""
    fault: Phrase | None = None
    hint: Phrase | None = None
    try:
        data = bytes_of(path, most=LARGEST_FILE, folder=folder)
    except NotReadError as error:
        fault, hint = error.fault, _nearby(path) if error.missing else error.hint
    if fault:
        raise InputError("{fault}", where="{place}", hint="{advice}", fault=fault, place=where, advice=hint)
    if not data.strip():
        raise InputError("the file is empty", where="{place}", hint="check the export", place=where)
    return data


def _nearby(path: Path) -> Phrase:
    try:
        names = sorted(entry.name for entry in path.parent.iterdir() if entry.is_file())
    except OSError:
        return Phrase("its folder does not exist either; paths start from the folder of area.toml")
    return did_you_mean(path.name, names) if names else Phrase("its folder is empty")


def _positions(headers: Sequence[str | None], file: SourceFile, where: str) -> dict[str, int]:
    """The position of each of our columns in the file."""
    names = [(header or "").strip() for header in headers]
    missing = sorted({header for header in file.columns.values() if header.strip() not in names})
    if missing:
        raise InputError(
            'the header "{header}" is missing' if len(missing) == 1 else "the headers {headers} are missing",
            where="{place}",
            hint=_about_headers(missing[0], names, len(missing) < len(set(file.columns.values())), file),
            header=missing[0],
            headers=[f'"{header}"' for header in missing],
            place=where,
        )
    twice = sorted({header for header in file.columns.values() if names.count(header.strip()) > 1})
    if twice:
        raise InputError(
            'the header "{header}" appears twice',
            where="{place}",
            hint="rename one of the two columns",
            header=twice[0],
            place=where,
        )
    return {column: names.index(header.strip()) for column, header in file.columns.items()}


def _about_headers(wanted: str, names: list[str], some_found: bool, file: SourceFile) -> Phrase:  # noqa: FBT001
    # Where no mapped header is found the row may be a row of people, and must not be quoted.
    if some_found:
        return did_you_mean(wanted, [h for h in names if h and len(h) <= _LONGEST_HINT and h.isprintable()])
    if file.kind == "csv" and len(names) == 1:
        return Phrase(
            "none of the mapped headers is in row {row}, which has one cell; set separator", row=file.skip_rows + 1
        )
    return Phrase(
        "none of the mapped headers is in row {row}; if the header is lower down, set skip_rows", row=file.skip_rows + 1
    )


def _stripped(column: str) -> pl.Expr:
    return pl.col(column).str.strip_chars().replace("", None)


def _picked(frame: pl.DataFrame, positions: Mapping[str, str], *, blank: pl.Expr, flaw: pl.Expr | None) -> pl.DataFrame:
    """Our columns from the columns of a file, stripped, with the flaws that concern a whole row."""
    return frame.select(
        pl.col("row").cast(pl.Int64),
        flaw=pl.when(blank).then(pl.lit("empty row")).otherwise(pl.lit(None, pl.String) if flaw is None else flaw),
        **{column: _stripped(name) for column, name in positions.items()},
    )


def _all_empty(names: Sequence[str]) -> pl.Expr:
    return pl.all_horizontal(_stripped(name).is_null() for name in names)


def _without_empty_end(frame: pl.DataFrame) -> pl.DataFrame:
    filled = (frame["flaw"].is_null() | (frame["flaw"] != "empty row")).arg_true()
    return frame.head(filled[-1] + 1 if len(filled) else 0)


def _csv(data: bytes, file: SourceFile, where: str) -> pl.DataFrame:
    text = _decoded(data, file, where)
    read = with_header(text, separator=file.separator, skip_rows=file.skip_rows, where=where)
    del text
    places = _positions(read.headers, file, where)
    columns = {column: f"mapped {column}" for column in places}  # no name of ours is one of the two marks
    frame = rows_of(read, {columns[c]: place for c, place in places.items()}, most=MOST_ROWS, where=where)
    return _picked(
        frame.with_row_index("row", offset=file.skip_rows + 2),
        columns,
        blank=pl.col(BLANK),
        flaw=pl.when(_stripped(BEYOND).is_not_null()).then(pl.lit("more cells than headers")),
    )


def _decoded(data: bytes, file: SourceFile, where: str) -> str:
    if data.startswith(b"PK\x03\x04"):
        raise InputError(
            "this is a workbook, not text", where="{place}", hint="name it .xlsx, in area.toml too", place=where
        )
    encoding = file.codec or "utf-8"
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
    return text


def _workbook(data: bytes, file: SourceFile, where: str) -> pl.DataFrame:
    sheet = sheet_as_text(data, sheet=file.sheet, where=where)
    if sheet.height <= file.skip_rows:
        raise InputError(
            "the sheet is empty, or ends before its header",
            where="{place}",
            hint="check sheet and skip_rows",
            place=where,
        )
    places = _positions(sheet.row(file.skip_rows), file, where)
    frame = sheet.with_row_index("row", offset=1).slice(file.skip_rows + 1)
    columns = {column: sheet.columns[place] for column, place in places.items()}
    return _picked(frame, columns, blank=_all_empty(sheet.columns), flaw=None)


def _parquet(data: bytes, file: SourceFile, where: str) -> pl.DataFrame:
    headers = parquet_columns(data, most=MOST_ROWS, where=where)
    places = _positions(headers, file, where)
    columns = {column: headers[place] for column, place in places.items()}
    frame = parquet_as_text(data, list(dict.fromkeys(columns.values())), where=where)
    new_names = {name: f"mapped {number}" for number, name in enumerate(frame.columns)}
    frame = frame.rename(new_names).with_row_index("row", offset=2)
    columns = {column: new_names[name] for column, name in columns.items()}
    return _picked(frame, columns, blank=_all_empty(list(new_names.values())), flaw=None)


def _xml(data: bytes, file: SourceFile, where: str) -> pl.DataFrame:
    headers = {header.strip() for header in file.columns.values()}
    records = xml_records(data, record=file.record or "", wanted=headers, most=MOST_ROWS, where=where)
    names = records.cells.columns[2:]
    missing = sorted(headers - set(names))
    if missing:
        raise InputError(
            'no record has an element "{name}"',
            where="{place}",
            hint="{near} An element that is empty in every record may be left out of a return: take it out of columns",
            name=missing[0],
            place=where,
            near=did_you_mean(missing[0], records.elements)
            if names
            else Phrase("check record and columns in area.toml"),
        )
    columns = {column: header.strip() for column, header in file.columns.items()}
    twice = pl.when(TWICE).then(pl.lit("an element appears twice"))
    return _picked(records.cells, columns, blank=_all_empty(names), flaw=twice)
