"""Workbooks: one sheet of an .xlsx file as text, after its zip directory and its cells have been looked at.

Promises: every cell as text, rows where the sheet has them; a cell that shows an error (#N/A, #REF!) comes as `ERROR_CELL`, which no cast
accepts, and never as an empty one. Refuses: what is not a workbook, what would unpack to more than `LARGEST_UNPACKED`, and sheets whose
far-off cells would make a grid of more than `MOST_CELLS`.
"""

import html
import io
import re
import zipfile
from typing import Final

import fastexcel
import polars as pl

from workforce.errors import InputError, did_you_mean

LARGEST_UNPACKED: Final = (
    200_000_000  # bytes: a workbook of 3.6 MB was seen to unpack to 253 MB and to take twice that to read
)
MOST_MEMBERS: Final = 10_000
MOST_CELLS: Final = 50_000_000  # one cell typed at XFD1048576 makes a grid of 17 thousand million
ERROR_CELL: Final = "\x00error cell"  # no file can hold it: a workbook's text cannot contain this character

# The reader ends with one of these on broken bytes, a panic being a failed expectation of its own. Their texts can quote cells.
_UNREADABLE: Final = (fastexcel.FastExcelError, pl.exceptions.PolarsError, pl.exceptions.PanicException, ValueError)
_OLD_OR_ENCRYPTED: Final = b"\xd0\xcf\x11\xe0"
_SHEET: Final = re.compile(rb"<(?:\w+:)?sheet\s[^>]*>")
_RELATION: Final = re.compile(rb"<(?:\w+:)?Relationship\s[^>]*>")
_ROW: Final = re.compile(rb'<(?:\w+:)?row\s[^>]*?\br="(\d+)"')
_ADDRESS: Final = re.compile(rb'<(?:\w+:)?c\s[^>]*?\br="([A-Z]{1,3})(\d{1,7})"')
_FILLED: Final = re.compile(rb'<(?:\w+:)?c\s[^>]*?\br="([A-Z]{1,3})\d{1,7}"(?:[^>]*[^/>])?>')
_ERROR: Final = re.compile(rb'<(?:\w+:)?c\s(?=[^>]*\bt="e")[^>]*?\br="([A-Z]{1,3})(\d{1,7})"')


def sheet_as_text(data: bytes, *, sheet: str | None, where: str) -> pl.DataFrame:
    """Every cell of a sheet (the first when none is named) as text, in columns 0, 1, 2 ...; the first row is row 1 of the sheet."""
    archive = _opened(data, where)
    try:
        reader = fastexcel.read_excel(data)
        names = list(reader.sheet_names)
    except _UNREADABLE:
        names = []
    if not names:
        raise InputError(
            "the workbook cannot be read",
            where="{place}",
            hint="open it in a spreadsheet and save it again as .xlsx",
            place=where,
        )
    chosen = names[0] if sheet is None else sheet
    if chosen not in names:
        raise InputError(
            "the workbook has no such sheet", where="{place}", hint=did_you_mean(chosen, names), place=where
        )
    content = _sheet_content(archive, chosen, where)
    _check_grid(content, where)
    try:
        frame = reader.load_sheet(chosen, header_row=None, skip_rows=0, dtypes="string").to_polars()
    except _UNREADABLE:
        frame = None
    if frame is None:
        raise InputError(
            "the sheet cannot be read",
            where="{place}",
            hint="open it in a spreadsheet and save it again as .xlsx",
            place=where,
        )
    frame = frame.rename({name: str(position) for position, name in enumerate(frame.columns)})
    return _with_errors_marked(frame, content)


def _opened(data: bytes, where: str) -> zipfile.ZipFile:
    if data.startswith(_OLD_OR_ENCRYPTED):
        raise InputError(
            "the workbook has a password, or is of the old .xls kind",
            where="{place}",
            hint="open it in a spreadsheet, remove the password and save it as .xlsx",
            place=where,
        )
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        members = []
    if not any(member.filename == "xl/workbook.xml" for member in members):
        raise InputError(
            "this is not a workbook, whatever its name says",
            where="{place}",
            hint="if it is a text file, name it .csv; otherwise save it again as .xlsx",
            place=where,
        )
    if sum(m.file_size for m in members) > LARGEST_UNPACKED or len(members) > MOST_MEMBERS:
        raise InputError(
            "the workbook would unpack to more than {megabytes} MB",
            where="{place}",
            hint="save the sheet that is needed as .csv",
            megabytes=LARGEST_UNPACKED // 1_000_000,
            place=where,
        )
    # A directory can lie about sizes. testzip reads every member no further than its stated size and checks its sum.
    try:
        broken = archive.testzip() is not None
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, OSError, ValueError):
        broken = True
    except Exception as error:  # zlib.error and lzma.LZMAError have no common parent
        if type(error).__name__ not in {"error", "LZMAError"}:
            raise
        broken = True
    if broken:
        raise InputError(
            "the workbook is damaged or encrypted",
            where="{place}",
            hint="open it in a spreadsheet and save it again as .xlsx",
            place=where,
        )
    return archive


def _attribute(tag: bytes, name: bytes) -> str | None:
    found = re.search(rb"\s(?:\w+:)?" + name + rb'="([^"]*)"', tag)
    return html.unescape(found[1].decode("utf-8", "replace")) if found else None


def _sheet_content(archive: zipfile.ZipFile, sheet: str, where: str) -> bytes:
    """The XML of a sheet, found through the workbook's own list."""
    relations = {
        _attribute(tag, b"Id"): _attribute(tag, b"Target")
        for tag in _RELATION.findall(_member(archive, "xl/_rels/workbook.xml.rels"))
    }
    for tag in _SHEET.findall(_member(archive, "xl/workbook.xml")):
        target = relations.get(_attribute(tag, b"id"))
        if _attribute(tag, b"name") == sheet and target:
            path = target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
            content = _member(archive, path)
            if content:
                return content
    raise InputError(
        "the sheet cannot be found in the workbook",
        where="{place}",
        hint="open it in a spreadsheet and save it again",
        place=where,
    )


def _member(archive: zipfile.ZipFile, name: str) -> bytes:
    try:
        return archive.read(name)
    except KeyError:
        return b""


def _number_of(letters: bytes) -> int:
    """The number of a column: A is 1, AA is 27."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _check_grid(content: bytes, where: str) -> None:
    rows = max((int(n) for n in _ROW.findall(content)), default=0)
    columns = max((_number_of(letters) for letters in {found[1] for found in _ADDRESS.finditer(content)}), default=0)
    if rows * columns > MOST_CELLS:
        raise InputError(
            "a cell far from the others makes the sheet too large",
            where="{place}",
            hint="delete the empty rows below and the empty columns beside the table, and save it again",
            place=where,
        )


def _with_errors_marked(frame: pl.DataFrame, content: bytes) -> pl.DataFrame:
    """Put `ERROR_CELL` where the sheet shows an error: the reader gives an empty cell there."""
    errors = [(_number_of(letters), int(row)) for letters, row in _ERROR.findall(content)]
    if not errors:
        return frame
    first = min(
        _number_of(letters) for letters in set(_FILLED.findall(content))
    )  # the reader leaves out empty columns before it
    marked = frame.with_row_index("at", offset=1)
    for position in sorted({column - first for column, _ in errors}):
        name = str(position)
        if name in frame.columns:
            rows = [row for column, row in errors if column - first == position]
            wrong = pl.col("at").is_in(rows) & pl.col(name).is_null()
            marked = marked.with_columns(pl.when(wrong).then(pl.lit(ERROR_CELL)).otherwise(name).alias(name))
    return marked.drop("at")
