"""What every measure asks of a caller's frame: its columns, and `by=` among them."""

from collections.abc import Collection, Iterable, Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

from workforce.errors import UsageError, did_you_mean

Array = npt.NDArray[np.float64]
Frame = pl.DataFrame | pl.LazyFrame
Whole = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


def as_by(by: Sequence[str] | str, *frames: pl.DataFrame | pl.LazyFrame, reserved: Collection[str] = ()) -> list[str]:
    """Return the `by=` of a call as a list, checked against the frames that must have these columns.

    Parameters
    ----------
    by : sequence of str
        Names of columns, or one name.
    frames : polars.DataFrame or LazyFrame
        Each must have the columns.
    reserved : collection of str
        Names of the table's own columns, which a group column may not have.

    Raises
    ------
    UsageError
        Where a column is named twice, is in none of the frames, or has a reserved name.

    Examples
    --------
    >>> as_by("team", pl.DataFrame({"team": ["north"]}))
    ['team']
    """
    names = [by] if isinstance(by, str) else list(by)
    if len(set(names)) != len(names):
        raise UsageError("by= names a column twice", hint="name each column once")
    for frame in frames:
        columns = frame.lazy().collect_schema().names()
        for column in names:
            if column not in columns:
                raise UsageError(
                    'the records have no column "{column}"',
                    where="by=",
                    hint=did_you_mean(column, columns),
                    column=column,
                )
    clashing = [column for column in names if column in reserved]
    if clashing:
        raise UsageError(
            'a group column may not be called "{column}"',
            where="by=",
            hint="rename it: the table has its own",
            column=clashing[0],
        )
    return names


def eager(frame: pl.DataFrame | pl.LazyFrame) -> pl.DataFrame:
    """Return a frame in memory, whichever kind was given; the caller's own is not changed."""
    return frame.collect() if isinstance(frame, pl.LazyFrame) else frame


def need(frame: pl.DataFrame | pl.LazyFrame, columns: Iterable[str], *, what: str) -> None:
    """Refuse a frame that lacks columns that a measure requires."""
    present = frame.lazy().collect_schema().names()
    missing = [c for c in columns if c not in present]
    if missing:
        raise UsageError(
            "{subject} lacks the columns {columns}",
            hint="see data/README.md for the canonical tables",
            subject=what,
            columns=missing,
        )
