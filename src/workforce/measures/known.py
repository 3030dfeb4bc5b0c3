"""On which days anything is known of a person: a row that could not be read is evidence of nothing before or after it."""

from typing import Final

import polars as pl

Frame = pl.DataFrame | pl.LazyFrame
KNOWN_FROM: Final = "known_from"
KNOWN_TO: Final = "known_to"


def restricted(frame: Frame) -> list[str]:
    """Return which of `known_from` and `known_to` a frame has.

    >>> restricted(pl.DataFrame({"known_to": [None]}))
    ['known_to']
    """
    names = frame.collect_schema().names()
    return [c for c in (KNOWN_FROM, KNOWN_TO) if c in names]


def within_known(assignments: Frame) -> Frame:
    """Return spells cut to the days on which anything is known of the person, without those that lie outside of them.

    Parameters
    ----------
    assignments : polars.DataFrame or polars.LazyFrame
        Spells; `known_from` and `known_to` are null where nothing restricts them, and may be absent.

    Examples
    --------
    >>> from datetime import date
    >>> spells = pl.DataFrame({"start_date": [date(2020, 1, 1), date(2023, 1, 1)], "end_date": [None, None],
    ...     "known_to": [date(2022, 6, 30)] * 2}, schema_overrides={"end_date": pl.Date})
    >>> within_known(spells)["end_date"].to_list()
    [datetime.date(2022, 6, 30)]
    """
    edges = restricted(assignments)
    if isinstance(assignments, pl.DataFrame):
        edges = [c for c in edges if assignments[c].null_count() < assignments.height]
    if not edges:
        return assignments
    names = assignments.collect_schema().names()
    first, last = (pl.col(c) if c in edges else pl.lit(None, pl.Date) for c in (KNOWN_FROM, KNOWN_TO))
    end = pl.col("end_date") if "end_date" in names else pl.lit(None, pl.Date)
    outside = (pl.col("start_date") > last).fill_null(value=False) | (end < first).fill_null(value=False)
    return assignments.filter(~outside).with_columns(
        start_date=pl.max_horizontal("start_date", first), end_date=pl.min_horizontal(end, last)
    )
