"""Parquet files: their columns, every cell as the text that a workbook would give, and the sizes that a file states about itself."""

import io
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from workforce.errors import InputError
from workforce.sources.workbook import ERROR_CELL

LOCAL_TIME: Final = "Europe/London"
"""A timestamp in UTC is the local day: midnight in summer is 23:00 of the day before in UTC."""

MOST_COLUMNS: Final = 2_000
LARGEST_UNPACKED: Final = (
    400_000_000  # bytes of the columns that are read: equal cells take next to nothing in the file
)
MOST_TEXT: Final = 400_000_000  # bytes of all cells: many can share one long text
_A_CELL: Final = 16  # bytes of a cell in memory, however short

_FIRST_DAY: Final = -719_162  # of the year 1, in days since 1970
_LAST_DAY: Final = 2_932_896  # of the year 9999
_LARGEST: Final = 2**63 - 86_400_000_000_001  # a day before the last nanosecond that a whole number can count
_UNITS_A_DAY: Final = {"ns": 86_400_000_000_000, "us": 86_400_000_000, "ms": 86_400_000}
_WRITTEN: Final = "%Y-%m-%d %H:%M:%S"
# A panic is a failed expectation of the reader, and no `Exception`. The texts of all these can quote cells.
_UNREADABLE: Final = (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, ValueError, OverflowError)


def parquet_columns(data: bytes, *, most: int, where: str) -> list[str]:
    """The names of a file's columns, of a file with at most `most` rows."""
    sizes = stated_sizes(data)
    try:
        with _silent():
            names = list(pl.read_parquet_schema(io.BytesIO(data))) if sizes else []
    except _UNREADABLE:
        names = []
    if not names or sizes is None:
        raise InputError(
            "this is not a Parquet file, or it is damaged", where="{place}", hint="export it again", place=where
        )
    if sizes.rows > most:
        raise InputError(
            "the file has more than {most:,} rows",
            where="{place}",
            hint="split it into several files",
            most=most,
            place=where,
        )
    if len(names) > MOST_COLUMNS:
        raise InputError(
            "the file has more than {most:,} columns",
            where="{place}",
            hint="export only the columns that are needed",
            most=MOST_COLUMNS,
            place=where,
        )
    return names


def parquet_as_text(data: bytes, columns: Sequence[str], *, where: str) -> pl.DataFrame:
    """The cells of some columns: dates with a time, whole numbers without a point, a date outside of the years 1 to 9999 as an error."""
    sizes = stated_sizes(data)
    try:
        with _silent():
            schema = pl.read_parquet_schema(io.BytesIO(data)) if sizes else {}
    except _UNREADABLE:
        schema = {}
    if sizes is not None:
        unpacked = sum(sizes.unpacked.get(name, 0) + sizes.rows * _A_CELL for name in columns)
        _refuse_large(unpacked, LARGEST_UNPACKED, where)
    nested = [c for c in columns if c in schema and is_nested(schema[c])]
    if nested:
        raise InputError(
            'the column "{column}" holds more than one value a cell',
            where="{place}",
            hint="export it as text",
            column=nested[0],
            place=where,
        )
    durations = [c for c in columns if c in schema and schema[c] == pl.Duration]
    if durations:
        raise InputError(
            'the column "{column}" holds lengths of time, not days or numbers',
            where="{place}",
            hint="export it as a number, such as of days or hours",
            column=durations[0],
            place=where,
        )
    try:
        with _silent():
            frame = pl.read_parquet(io.BytesIO(data), columns=list(columns)) if sizes else None
        length = sum(_length(column) for column in frame) if frame is not None else 0
        text = None
        if frame is not None and length <= MOST_TEXT:
            text = frame.select(_as_text(frame[name]) for name in columns)
    except _UNREADABLE:
        text, length = None, 0
    _refuse_large(length, MOST_TEXT, where)
    if text is None:
        raise InputError("the Parquet file is damaged", where="{place}", hint="export it again", place=where)
    return text


def _length(column: pl.Series) -> int:
    """The bytes of a column's texts, one by one, although they may share their room."""
    if column.dtype not in (pl.String(), pl.Categorical(), pl.Enum):
        return 0
    return int(column.cast(pl.String).str.len_bytes().sum())


@contextmanager
def _silent() -> Iterator[None]:
    """Keep what a panic prints off the terminal: it comes before the error, and can quote cells."""
    try:
        terminal = os.dup(2)
    except OSError:  # it is closed
        yield
        return
    try:
        with open(os.devnull, "wb") as nowhere:  # noqa: PTH123 - a device by its name on this system
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(terminal, 2)
        os.close(terminal)


def _refuse_large(size: int, most: int, where: str) -> None:
    if size > most:
        raise InputError(
            "the columns that are read would unpack to more than {megabytes} MB",
            where="{place}",
            hint="split the file into several, such as one for each year",
            megabytes=most // 1_000_000,
            place=where,
        )


def is_nested(dtype: pl.DataType) -> bool:
    """Whether cells of this type hold more than one value, or bytes."""
    return dtype.is_nested() or dtype in (pl.Binary(), pl.Object())


def _as_text(column: pl.Series) -> pl.Series:
    """A typed column as text.

    >>> from datetime import datetime, timezone
    >>> _as_text(pl.Series("start", [datetime(2023, 6, 30, 23, tzinfo=timezone.utc)])).item()
    '2023-07-01 00:00:00'
    """
    name, dtype = column.name, column.dtype
    if dtype == pl.Date:
        readable = column.to_physical().is_between(_FIRST_DAY, _LAST_DAY)
        return _marked(column.zip_with(readable, _nulls(column)).cast(pl.Datetime("us")).dt.strftime(_WRITTEN), column)
    if isinstance(dtype, pl.Datetime):
        day = _UNITS_A_DAY[dtype.time_unit]
        # A day less at either end: a time zone can move a time beyond it.
        first, last = max((_FIRST_DAY + 1) * day, -_LARGEST), min(_LAST_DAY * day, _LARGEST)
        readable = column.to_physical().is_between(first, last)
        times = column.zip_with(readable, _nulls(column))
        if dtype.time_zone in ("UTC", "Etc/UTC", "+00:00", "GMT", "Z"):
            times = times.dt.convert_time_zone(LOCAL_TIME)
        return _marked(times.dt.strftime(_WRITTEN), column)
    if (
        dtype.is_float()
        and column.is_finite().fill_null(value=True).all()
        and (column.round() == column).fill_null(value=True).all()
    ):
        # A nullable column of whole numbers is often stored as float; "12345.0" would not be the same person as "12345".
        integers = column.cast(pl.Int64, strict=False)
        if integers.null_count() == column.null_count():
            return integers.cast(pl.String)
    return _marked(column.cast(pl.String, strict=False), column).alias(name)


def _nulls(column: pl.Series) -> pl.Series:
    return pl.Series(column.name, [None], dtype=column.dtype).new_from_index(0, column.len())


def _marked(text: pl.Series, column: pl.Series) -> pl.Series:
    """The text, with an error where there was a value that has none."""
    lost = text.is_null() & column.is_not_null()
    return text.zip_with(~lost, pl.Series([ERROR_CELL]).new_from_index(0, text.len())).alias(column.name)


# What a file states about its own sizes, compared with the file before a reader of Parquet makes room for it. The footer and the headers of
# pages are in the compact protocol of Thrift. A stated count or size that the file cannot have would make a reader ask for more memory than
# there is, which ends the process and not only the reading.

MARK: Final = b"PAR1"
LARGEST_FOOTER: Final = 8_000_000  # bytes
MOST_VALUES: Final = 4_000_000  # of the footer
MOST_PAGES: Final = 200_000
LARGEST_PAGE: Final = 512_000_000  # bytes, unpacked
DEEPEST: Final = 32

# Numbers of fields, as parquet.thrift gives them.
_SCHEMA, _ROWS, _GROUPS = 2, 3, 4
_COLUMNS, _ROWS_OF_GROUP = 1, 3
_META_DATA, _OF_FILE = 3, 1
_PATH, _VALUES, _UNPACKED, _PACKED, _DATA_AT, _DICTIONARY_AT = 3, 5, 6, 7, 9, 11
_KIND, _PAGE_UNPACKED, _PAGE_PACKED, _DATA, _DICTIONARY, _DATA_2 = 1, 2, 3, 5, 7, 8
_VALUES_OF_PAGE, _LEVELS_2 = 1, (5, 6)
_DATA_PAGE, _DICTIONARY_PAGE, _DATA_PAGE_2 = 0, 2, 3
_NAME, _REPETITION, _CHILDREN = 4, 3, 5
_REPEATED: Final = 2

_TRUE, _FALSE, _BYTE, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = 1, 2, 3, 7, 8, 9, 10, 11, 12
_INTEGERS: Final = (4, 5, 6)
_BYTES_OF: Final = {_TRUE: 1, _FALSE: 1, _BYTE: 1, _DOUBLE: 8}
_LONG_LIST: Final = 15
_MOST_BITS: Final = 63


class _NotPossibleError(Exception):
    """The footer or a page states what the file cannot have."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """What a file holds: its rows, and for each column how many bytes its values take when unpacked."""

    rows: int
    unpacked: Mapping[str, int]


def stated_sizes(data: bytes) -> Sizes | None:
    """What a Parquet file states of its sizes, or None where it is no such file or cannot have what it states."""
    try:
        return _sizes(data)
    except (_NotPossibleError, IndexError, KeyError, TypeError, ValueError, AttributeError):
        return None


def _sizes(data: bytes) -> Sizes:
    length = int.from_bytes(data[-8:-4], "little")
    begin = len(data) - 8 - length
    if data[:4] != MARK or data[-4:] != MARK or begin < len(MARK) or not 0 < length <= LARGEST_FOOTER:
        raise _NotPossibleError
    footer = _Reader(data, begin, len(data) - 8).struct()
    nested = _nested(footer[_SCHEMA])
    unpacked: dict[str, int] = {}
    rows = pages = 0
    for group in footer.get(_GROUPS, []):
        rows_of_group = _count(group[_ROWS_OF_GROUP])
        rows += rows_of_group
        for column in group[_COLUMNS]:
            stated = column[_META_DATA]
            name = stated[_PATH][0].decode("utf-8")
            if _OF_FILE in column:  # a chunk may be in another file
                raise _NotPossibleError
            values = _count(stated[_VALUES])
            if name not in nested and values != rows_of_group:
                raise _NotPossibleError
            size, pages = _chunk(data, begin, stated, values, pages)
            unpacked[name] = unpacked.get(name, 0) + size
    if rows != _count(footer[_ROWS]):
        raise _NotPossibleError
    return Sizes(rows, unpacked)


def _nested(schema: list[Any]) -> set[str]:
    """The columns of which a row may have other than one value."""
    nested, at = set(), 1
    while at < len(schema):
        name = schema[at][_NAME].decode("utf-8")
        if schema[at].get(_CHILDREN) or schema[at].get(_REPETITION) == _REPEATED:
            nested.add(name)
        at = _after(schema, at, 0)
    return nested


def _after(schema: list[Any], at: int, depth: int) -> int:
    """Where the element after one and all that is within it stands."""
    if depth > DEEPEST:
        raise _NotPossibleError
    children, at = schema[at].get(_CHILDREN, 0), at + 1
    for _ in range(children):
        at = _after(schema, at, depth + 1)
    return at


def _chunk(data: bytes, most: int, stated: dict[int, Any], values: int, pages: int) -> tuple[int, int]:
    """The unpacked bytes of a column's chunk, and how many pages were read so far."""
    if not values:
        return 0, pages
    at = min(_count(stated[_DATA_AT]), _count(stated.get(_DICTIONARY_AT)) or most)
    end = at + _count(stated[_PACKED])
    if at < len(MARK) or end > most:
        raise _NotPossibleError
    size = of_pages = 0
    while at < end and of_pages < values:
        pages += 1
        reader = _Reader(data, at, end)
        header = reader.struct()
        packed, unpacked = _count(header[_PAGE_PACKED]), _count(header[_PAGE_UNPACKED])
        at = reader.at + packed
        if at > end or unpacked > LARGEST_PAGE or pages > MOST_PAGES:
            raise _NotPossibleError
        size += unpacked
        of_pages += _values_of(header, unpacked)
    if of_pages != values or size > _count(stated[_UNPACKED]):
        raise _NotPossibleError
    return size, pages


def _values_of(header: dict[int, Any], unpacked: int) -> int:
    """How many values a page adds to its column."""
    kind = header[_KIND]
    if kind == _DICTIONARY_PAGE:
        if _count(header[_DICTIONARY][_VALUES_OF_PAGE]) > unpacked:  # each takes a byte or more
            raise _NotPossibleError
        return 0
    if kind == _DATA_PAGE:
        return _count(header[_DATA][_VALUES_OF_PAGE])
    if kind == _DATA_PAGE_2:
        if sum(_count(header[_DATA_2][level]) for level in _LEVELS_2) > unpacked:
            raise _NotPossibleError
        return _count(header[_DATA_2][_VALUES_OF_PAGE])
    return 0


def _count(number: Any) -> int:  # noqa: ANN401 - whatever the file holds there
    """A stated count or size; 0 for none."""
    if number is None:
        return 0
    if not isinstance(number, int) or isinstance(number, bool) or number < 0:
        raise _NotPossibleError
    return number


class _Reader:
    """Structures of the compact protocol: a dictionary of their fields by number."""

    def __init__(self, data: bytes, at: int, end: int) -> None:
        self.at = at
        self._data = data
        self._end = end
        self._values = 0

    def struct(self, depth: int = 0) -> dict[int, Any]:
        if depth > DEEPEST:
            raise _NotPossibleError
        fields: dict[int, Any] = {}
        number = 0
        while head := self._byte():
            kind, step = head & 15, head >> 4
            number = number + step if step else self._integer()
            fields[number] = kind == _TRUE if kind in (_TRUE, _FALSE) else self._value(kind, depth)
        return fields

    def _value(self, kind: int, depth: int) -> Any:  # noqa: ANN401 - of whatever type it says
        self._values += 1
        if self._values > MOST_VALUES or depth > DEEPEST:
            raise _NotPossibleError
        if kind in _INTEGERS:
            return self._integer()
        if kind == _BINARY:
            return self._bytes(self._whole())
        if kind == _STRUCT:
            return self.struct(depth + 1)
        if kind in (_LIST, _SET):
            return self._list(depth)
        if kind == _MAP:
            return self._map(depth)
        if kind not in _BYTES_OF:
            raise _NotPossibleError
        return self._bytes(_BYTES_OF[kind])

    def _list(self, depth: int) -> list[Any]:
        head = self._byte()
        length = head >> 4 if head >> 4 != _LONG_LIST else self._whole()
        if length > self._end - self.at:  # each takes a byte or more
            raise _NotPossibleError
        return [self._value(head & 15, depth + 1) for _ in range(length)]

    def _map(self, depth: int) -> list[Any]:
        length = self._whole()
        if length > self._end - self.at:
            raise _NotPossibleError
        kinds = self._byte() if length else 0
        return [(self._value(kinds >> 4, depth + 1), self._value(kinds & 15, depth + 1)) for _ in range(length)]

    def _bytes(self, length: int) -> bytes:
        begin, self.at = self.at, self.at + length
        if self.at > self._end:
            raise _NotPossibleError
        return self._data[begin : self.at]

    def _byte(self) -> int:
        if self.at >= self._end:
            raise _NotPossibleError
        self.at += 1
        return self._data[self.at - 1]

    def _whole(self) -> int:
        number = shift = 0
        while True:
            byte = self._byte()
            number |= (byte & 127) << shift
            shift += 7
            if byte < 128:  # noqa: PLR2004 - the highest bit says that another byte follows
                return number
            if shift > _MOST_BITS:
                raise _NotPossibleError

    def _integer(self) -> int:
        number = self._whole()
        return (number >> 1) ^ -(number & 1)
