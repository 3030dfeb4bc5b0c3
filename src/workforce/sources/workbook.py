"""Workbooks: one sheet of an .xlsx file as text, read with an XML parser and within limits.

Every cell comes as text, in the row that it has in the sheet; a cell that shows an error (#N/A, #REF!), a formula of which no result is
stored, or a date that no calendar of the workbook has, comes as `ERROR_CELL`, which no cast accepts, and never as an empty one. What a
workbook claims about itself (the size of its sheets, the positions of its cells, the sizes in its zip directory) is checked before
anything of that size is made.
"""

import io
import re
import zipfile
from array import array
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from pyexpat import ExpatError, ParserCreate
from typing import Final

import numpy as np
import polars as pl

from workforce.errors import InputError, Phrase, did_you_mean

LARGEST_UNPACKED: Final = (
    200_000_000  # bytes: a workbook of 3.6 MB was seen to unpack to 253 MB and to take twice that to read
)
MOST_MEMBERS: Final = 10_000
MOST_CELLS: Final = 50_000_000  # one cell typed at XFD1048576 makes a grid of 17 thousand million
MOST_ROWS: Final = 1_048_576  # of a sheet of this kind of file
MOST_COLUMNS: Final = 16_384
LONGEST_CELL: Final = 100_000  # characters; a spreadsheet takes 32,767
MOST_FILLED_COLUMNS: Final = 2_000
MOST_TEXT: Final = 200_000_000  # characters of all cells together: many cells can share one long text
MOST_ELEMENTS: Final = 20_000_000  # of the XML of one sheet
DEEPEST: Final = 100  # elements within elements
ERROR_CELL: Final = "\x00error cell"  # no file can hold it: a workbook's text cannot contain this character

_OLD_OR_ENCRYPTED: Final = b"\xd0\xcf\x11\xe0"
_BATCH: Final = 200_000  # cells that are put into one series
_ADDRESS: Final = re.compile(r"\$?([A-Za-z]{1,3})\$?([0-9]{1,7})")
_NUMBER: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,4})?")
_ISO_TIME: Final = re.compile(r"(\d{4}-\d{2}-\d{2})T?(\d{2}:\d{2}:\d{2})?(\.\d+)?Z?")
_HALF_CHARACTERS: Final = range(0xD800, 0xE000)
_ESCAPED: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")
# In a number format: texts in quotation marks, a character after \ _ or *, and conditions or colours in brackets are no part of a date.
_NOT_OF_A_DATE: Final = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
_OF_A_DATE: Final = re.compile(r"[dmyhs]", re.IGNORECASE)
_BUILT_IN_DATES: Final = frozenset([*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)])
_LAST_SERIAL: Final = 2_958_466  # one day after 31 December 9999
_NO_SUCH_DAY: Final = 60  # the 29 February 1900 of these workbooks
_A_MOMENT: Final = 5e-9  # of a day: half a thousandth of a second
_FROM_1904: Final = 1_462  # days between the two calendars of workbooks
_YES_OR_NO: Final = {"1": "true", "0": "false", "true": "true", "false": "false"}
_LONGEST_WHOLE: Final = 9
_MOST_REMEMBERED: Final = 100_000  # numbers whose texts are remembered
_PIECE: Final = 1_000_000  # bytes that are unpacked at a time
_VALUE, _INLINE = 1, 2
_LONGEST_NUMBER: Final = 40  # characters


class _NotReadableError(Exception):
    """The XML is damaged, or goes beyond a limit."""

    def __init__(self, fault: Phrase | None = None, hint: Phrase | None = None) -> None:
        self.fault = fault or Phrase("the workbook cannot be read")
        self.hint = hint or Phrase("open it in a spreadsheet and save it again as .xlsx")
        super().__init__(str(self.fault))


_TOO_LARGE: Final = Phrase(
    "the workbook would unpack to more than {megabytes} MB", megabytes=LARGEST_UNPACKED // 1_000_000
)
_AS_TEXT: Final = Phrase("save the sheet that is needed as .csv")


def sheet_as_text(data: bytes, *, sheet: str | None, where: str) -> pl.DataFrame:
    """Every cell of a sheet (the first when none is named) as text: its rows from row 1 on, and its columns that have a cell."""
    archive = _opened(data, where)
    try:
        names, frame = _read(archive, sheet)
    except _NotReadableError as error:
        fault, hint = error.fault, error.hint
    else:
        if frame is not None:
            return frame
        fault, hint = Phrase("the workbook has no such sheet"), did_you_mean(sheet or "", names)
    # Raised here, outside the handler: the parser's error knows the text.
    raise InputError("{fault}", where="{place}", hint="{advice}", fault=fault, place=where, advice=hint)


def _read(archive: zipfile.ZipFile, sheet: str | None) -> tuple[list[str], pl.DataFrame | None]:
    book = _Book()
    _parse(archive, "xl/workbook.xml", book.start)
    if not book.sheets:
        raise _NotReadableError
    chosen = next(iter(book.sheets)) if sheet is None else sheet
    if chosen not in book.sheets:
        return list(book.sheets), None
    relations = _Relations()
    _parse(archive, "xl/_rels/workbook.xml.rels", relations.start)
    target = relations.targets.get(book.sheets[chosen], "")
    sheet_member = target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
    if not _has(archive, sheet_member):
        raise _NotReadableError(Phrase("the sheet cannot be found in the workbook"))
    texts, styles = _Texts(), _Styles()
    shared = _SharedTexts(texts)
    if _has(archive, "xl/sharedStrings.xml"):
        _parse(archive, "xl/sharedStrings.xml", shared.start, shared.end, shared.text)
    texts.end_shared()
    if _has(archive, "xl/styles.xml"):
        _parse(archive, "xl/styles.xml", styles.start, styles.end, styles.text)
    cells = _Cells(texts, styles.dates(), _FROM_1904 if book.from_1904 else 0)
    _parse(archive, sheet_member, cells.start, cells.end, cells.text)
    return list(book.sheets), cells.frame()


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
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, RuntimeError, OverflowError):
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
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, OSError, ValueError, OverflowError):
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


def _has(archive: zipfile.ZipFile, name: str) -> bool:
    """Whether a part of the workbook is there and not empty."""
    try:
        return archive.getinfo(name).file_size > 0
    except KeyError:
        return False


def _pieces(archive: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    """A part of the workbook, unpacked piece by piece; nothing where it cannot be."""
    with (
        suppress(KeyError, zipfile.BadZipFile, ValueError, OSError, RuntimeError, NotImplementedError),
        archive.open(name) as member,
    ):
        while piece := member.read(_PIECE):
            yield piece


Start = Callable[[str, dict[str, str]], None]


def _parse(
    archive: zipfile.ZipFile,
    member: str,
    start: Start,
    end: Callable[[str], None] | None = None,
    text: Callable[[str], None] | None = None,
) -> None:
    """Read the XML of a part, without document types, and pass on its elements by their names without prefixes."""
    elements = depth = 0

    def opened(name: str, attributes: dict[str, str]) -> None:
        nonlocal elements, depth
        elements += 1
        depth += 1
        if elements > MOST_ELEMENTS or depth > DEEPEST:
            raise _NotReadableError(_TOO_LARGE, _AS_TEXT)
        start(name.rpartition(":")[2] if ":" in name else name, attributes)

    def closed(name: str) -> None:
        nonlocal depth
        depth -= 1
        if end:
            end(name.rpartition(":")[2] if ":" in name else name)

    def refused(*_: object) -> None:
        raise _NotReadableError(Phrase("the workbook declares a document type, which can hide what it reads"))

    parser = ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = opened
    parser.EndElementHandler = closed
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = refused
    fault = False
    try:
        for piece in _pieces(archive, member):
            parser.Parse(piece, False)  # noqa: FBT003
        parser.Parse(b"", True)  # noqa: FBT003
    except (ExpatError, UnicodeError, LookupError, ValueError):
        fault = True
    if fault:
        raise _NotReadableError


def _attribute(attributes: dict[str, str], name: str) -> str:
    """An attribute by its name without prefix."""
    return next((value for key, value in attributes.items() if key.rpartition(":")[2] == name), "")


@dataclass
class _Book:
    """The list of sheets: the relation of each by its name."""

    sheets: dict[str, str] = field(default_factory=dict)
    from_1904: bool = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "sheet":
            self.sheets.setdefault(attributes.get("name", ""), _relation(attributes))
        elif name == "workbookPr":
            self.from_1904 = attributes.get("date1904", "0").strip().lower() in ("1", "true", "on")


def _relation(attributes: dict[str, str]) -> str:
    return next((value for key, value in attributes.items() if key.endswith(":id")), "")


@dataclass
class _Relations:
    """Where the parts of the workbook are."""

    targets: dict[str, str] = field(default_factory=dict)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "Relationship":
            self.targets[_attribute(attributes, "Id")] = _attribute(attributes, "Target")


class _Texts:
    """The texts of cells by their codes: those that cells share, and those of single cells, kept as columns and not as Python's texts."""

    def __init__(self) -> None:
        self.shared = 0  # how many of the first texts are those that cells share
        self.lengths = array("i")
        self._batch: list[str] = []
        self._parts: list[pl.Series] = [pl.Series(dtype=pl.String)]
        self.error = -1

    def add(self, text: str) -> int:
        """Take a text in; return its code."""
        self._batch.append(text)
        self.lengths.append(len(text))
        if len(self._batch) == _BATCH:
            self._parts.append(pl.Series(self._batch, dtype=pl.String()))
            self._batch = []
        return len(self.lengths) - 1

    def end_shared(self) -> None:
        """All texts so far are those that cells share."""
        self.shared = len(self.lengths)
        self.error = self.add(ERROR_CELL)

    def column(self) -> pl.Series:
        """All texts in the order of their codes."""
        return pl.concat([*self._parts, pl.Series(self._batch, dtype=pl.String())])


@dataclass
class _SharedTexts:
    """Texts that cells refer to by their number. Of a text in several scripts, how it is pronounced is left out."""

    texts: _Texts
    pieces: list[str] = field(default_factory=list)
    within: bool = False
    spoken: bool = False

    def start(self, name: str, _: dict[str, str]) -> None:
        if name == "si":
            self.pieces = []
        elif name == "rPh":
            self.spoken = True
        elif name == "t":
            self.within = not self.spoken

    def text(self, content: str) -> None:
        if self.within:
            self.pieces.append(content)

    def end(self, name: str) -> None:
        if name == "t":
            self.within = False
        elif name == "rPh":
            self.spoken = False
        elif name == "si":
            self.texts.add(_unescaped("".join(self.pieces)))


def _unescaped(text: str) -> str:
    """A text without the escapes of control characters: _x000D_ is a carriage return."""
    if "_x" not in text:
        return text
    return _ESCAPED.sub(lambda match: _character(int(match[1], 16)), text)


def _character(code: int) -> str:
    return " " if code == 0 or code in _HALF_CHARACTERS else chr(code)


@dataclass
class _Styles:
    """Which styles of cells show a number as a date."""

    formats: dict[str, str] = field(default_factory=dict)
    of_cells: list[str] = field(default_factory=list)
    within: bool = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "cellXfs":
            self.within = True
        elif name == "numFmt":
            self.formats[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif name == "xf" and self.within:
            self.of_cells.append(attributes.get("numFmtId", "0"))

    def text(self, _: str) -> None:
        return

    def end(self, name: str) -> None:
        if name == "cellXfs":
            self.within = False

    def dates(self) -> list[bool]:
        return [self._is_date(number) for number in self.of_cells]

    def _is_date(self, number: str) -> bool:
        if number in self.formats:
            return _shows_a_date(self.formats[number])
        return _whole(number) in _BUILT_IN_DATES


def _shows_a_date(code: str) -> bool:
    r"""Whether a number format is one of dates or times.

    >>> [_shows_a_date(code) for code in ("dd/mm/yyyy", '0.00 "days"', "[Red]0", "[h]:mm", "General", "yyyy\\-mm")]
    [True, False, False, True, False, True]
    """
    return (
        code.strip().lower() != "general"
        and _OF_A_DATE.search(_NOT_OF_A_DATE.sub("", code.partition(";")[0])) is not None
    )


class _Cells:
    """The filled cells of a sheet, as they come: for each of its columns the rows and the codes of their texts."""

    def __init__(self, texts: _Texts, dates: list[bool], shift: int) -> None:
        self._texts = texts
        self._dates = dates
        self._shift = shift  # days that the calendar of the workbook begins after the usual one
        self._row = 0
        self._row_text = ""
        self._column = 0
        self._kind = "n"
        self._is_date = False
        self._target = 0  # where text goes: nowhere, to the value, or to a text that the cell itself holds
        self._value = ""
        self._formula = False
        self._result = False  # whether a value is stored; of a text it may be the empty one
        self._inline: list[str] = []
        self._spoken = False
        self._size = 0  # characters of the cell
        self._length = 0  # characters of all cells
        self._last_column = 0
        self._columns: dict[int, tuple[array[int], array[int]]] = {}
        self._codes: dict[tuple[str, bool], int] = {}  # of numbers and dates, most of which come again and again
        self._letters = [""]

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "v":
            self._target, self._result = _VALUE, True
        elif name == "c":
            self._cell(attributes)
        elif name == "row":
            self._begin_row(attributes)
        elif name == "t":
            self._target = 0 if self._spoken else _INLINE
        elif name == "rPh":
            self._spoken = True
        elif name == "f":
            self._target, self._formula = 0, True

    def _begin_row(self, attributes: dict[str, str]) -> None:
        stated = attributes.get("r", "").strip()
        row = _whole(stated) if stated else self._row + 1
        if row <= self._row or row > MOST_ROWS:
            raise _NotReadableError(Phrase("the rows of the sheet are not in their order"))
        self._row, self._row_text, self._column = row, str(row), 0

    def _cell(self, attributes: dict[str, str]) -> None:
        column = self._column + 1
        stated = attributes.get("r", "")
        if column >= len(self._letters):
            self._letters.append(_letters_of(column))
        if stated != self._letters[column] + self._row_text and stated.strip():  # not simply the next cell
            address = _ADDRESS.fullmatch(stated.strip())
            column = _number_of(address[1]) if address and int(address[2]) == self._row else 0
        if column <= self._column or column > MOST_COLUMNS or not self._row:
            raise _NotReadableError(Phrase("the cells of the sheet are not in their order"))
        while column >= len(self._letters):
            self._letters.append(_letters_of(len(self._letters)))
        self._column = column
        self._kind = attributes.get("t", "n")
        self._is_date = "s" in attributes and self._of_date(attributes["s"])
        self._value, self._inline, self._spoken, self._target, self._size = "", [], False, 0, 0
        self._formula = self._result = False

    def _of_date(self, style: str) -> bool:
        number = _whole(style.strip())
        return 0 <= number < len(self._dates) and self._dates[number]

    def text(self, content: str) -> None:
        if not self._target:
            return
        self._size += len(content)
        if self._size > LONGEST_CELL:
            raise _NotReadableError(Phrase("a cell is longer than {most:,} characters", most=LONGEST_CELL), _AS_TEXT)
        if self._target == _VALUE:
            self._value += content
        else:
            self._inline.append(content)

    def end(self, name: str) -> None:
        if name == "v":
            self._target = 0
        elif name == "c":
            self._end_cell()
        elif name in ("t", "f"):
            self._target = 0
        elif name == "rPh":
            self._spoken = False

    def _end_cell(self) -> None:
        bare = self._value.strip()
        if self._formula and not bare and not (self._kind == "str" and self._result) and self._kind != "inlineStr":
            self._add(self._texts.error)  # a program that does not calculate wrote it: what it would show is not known
        elif self._kind == "n":
            if bare:
                self._add(self._code_of_number(bare))
        elif self._kind == "s":
            if bare:
                number = _whole(bare)
                self._add(number if 0 <= number < self._texts.shared else self._texts.error)
        elif text := self._shown(bare):
            self._add(self._texts.add(text))

    def _shown(self, bare: str) -> str:
        """What a cell shows that holds neither a number nor a shared text."""
        if self._kind == "inlineStr":
            return _unescaped("".join(self._inline))
        if self._kind == "e":
            return ERROR_CELL
        if self._kind == "str":
            return _unescaped(self._value) if bare else ""
        if self._kind == "b":
            return _YES_OR_NO.get(bare.lower(), ERROR_CELL) if bare else ""
        stated = _ISO_TIME.fullmatch(bare) if self._kind == "d" else None
        return f"{stated[1]} {stated[2] or '00:00:00'}" if stated else ERROR_CELL if bare else ""

    def _code_of_number(self, bare: str) -> int:
        remembered = (bare, self._is_date)
        code = self._codes.get(remembered)
        if code is None:
            code = self._texts.add(self._number(bare))
            if len(self._codes) < _MOST_REMEMBERED:
                self._codes[remembered] = code
        return code

    def _number(self, value: str) -> str:
        if len(value) > _LONGEST_NUMBER or not _NUMBER.fullmatch(value):
            return ERROR_CELL
        number = float(value)
        if self._is_date:
            return _day(number, self._shift)
        if not np.isfinite(number):
            return ERROR_CELL
        return str(int(number)) if number.is_integer() else f"{Decimal(repr(number)):f}"

    def _add(self, code: int) -> None:
        length = self._texts.lengths[code]
        if not length:
            return
        self._length += length
        self._last_column = max(self._last_column, self._column)
        if self._row * self._last_column > MOST_CELLS:
            raise _NotReadableError(
                Phrase("a cell far from the others makes the sheet too large"),
                Phrase("delete the empty rows below and the empty columns after the table, and save it again"),
            )
        if self._length > MOST_TEXT:
            raise _NotReadableError(_TOO_LARGE, _AS_TEXT)
        column = self._columns.get(self._column)
        if column is None:
            column = self._columns[self._column] = (array("i"), array("i"))
        column[0].append(self._row - 1)
        column[1].append(code)

    def frame(self) -> pl.DataFrame:
        """A column for each column of the sheet that has a cell, in their order, from row 1 to the last row with a cell."""
        if len(self._columns) > MOST_FILLED_COLUMNS:
            raise _NotReadableError(
                Phrase("the sheet has more than {most:,} columns", most=MOST_FILLED_COLUMNS),
                Phrase("keep only the columns that are needed"),
            )
        texts = self._texts.column()
        self._codes.clear()
        height = max((rows[-1] + 1 for rows, _ in self._columns.values()), default=0)
        columns = {}
        for place, number in enumerate(sorted(self._columns)):
            rows, codes = self._columns.pop(number)
            source = np.full(height, -1, dtype=np.int32)
            source[np.frombuffer(rows, dtype=np.intc)] = np.frombuffer(codes, dtype=np.intc)
            indices = pl.Series(source)
            columns[str(place)] = texts.gather(indices.set(indices < 0, None).cast(pl.UInt32))
        return pl.DataFrame(columns)


def _whole(text: str) -> int:
    """A whole number of at most nine digits; -1 where the text is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _LONGEST_WHOLE else -1


def _letters_of(number: int) -> str:
    """The letters of a column.

    >>> _letters_of(1), _letters_of(27), _letters_of(16_384)
    ('A', 'AA', 'XFD')
    """
    letters = ""
    while number:
        number, letter = divmod(number - 1, 26)
        letters = chr(65 + letter) + letters
    return letters


def _number_of(letters: str) -> int:
    """The number of a column.

    >>> _number_of("A"), _number_of("aa")
    (1, 27)
    """
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


def _day(number: float, shift: int) -> str:
    """A number of days as the date and time that the workbook shows.

    >>> _day(43831.5, 0), _day(59.0, 0), _day(60.0, 0) == ERROR_CELL, _day(1e9, 0) == ERROR_CELL
    ('2020-01-01 12:00:00', '1900-02-28 00:00:00', True, True)
    >>> _day(45016.99999999, 0), _day(43831.50069444444, 0)   # the last moment of 31 March; one minute past noon
    ('2023-03-31 23:59:59', '2020-01-01 12:01:00')
    """
    days = number + shift
    if not 0 <= days < _LAST_SERIAL or (_NO_SUCH_DAY <= days < _NO_SUCH_DAY + 1 and not shift):
        return ERROR_CELL
    whole_days = int(days + _A_MOMENT)  # a serial holds a second only nearly; the last moment of a day stays in it
    seconds = min(max(round((days - whole_days) * 86_400), 0), 86_399)
    moment = datetime(1899, 12, 31 if days < _NO_SUCH_DAY else 30) + timedelta(days=whole_days, seconds=seconds)  # noqa: DTZ001
    return f"{moment:%Y-%m-%d %H:%M:%S}"
