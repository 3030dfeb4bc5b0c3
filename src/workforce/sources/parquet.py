"""Parquet files: their columns and, of some of them, every cell as the text that a workbook would give."""

import io
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import polars as pl

from workforce.errors import InputError
from workforce.sources.parquet_sizes import stated_sizes
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
        whole = column.cast(pl.Int64, strict=False)
        if whole.null_count() == column.null_count():
            return whole.cast(pl.String)
    return _marked(column.cast(pl.String, strict=False), column).alias(name)


def _nulls(column: pl.Series) -> pl.Series:
    return pl.Series(column.name, [None], dtype=column.dtype).new_from_index(0, column.len())


def _marked(text: pl.Series, column: pl.Series) -> pl.Series:
    """The text, with an error where there was a value that has none."""
    lost = text.is_null() & column.is_not_null()
    return text.zip_with(~lost, pl.Series([ERROR_CELL]).new_from_index(0, text.len())).alias(column.name)
