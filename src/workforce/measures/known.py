"""On which days anything is known of a person: a row that could not be read is evidence of nothing before or after it."""

from typing import Final

import polars as pl

Frame = pl.DataFrame | pl.LazyFrame
KNOWN_FROM: Final = "known_from"
KNOWN_TO: Final = "known_to"
IN_AREA: Final = {KNOWN_FROM: "known_in_area_from", KNOWN_TO: "known_in_area_to"}
"""The same for all of a person's organisations together; only where a row of another organisation was refused."""


def restricted(frame: Frame) -> list[str]:
    """Return which of `known_from` and `known_to` a frame has.

    >>> restricted(pl.DataFrame({"known_to": [None]}))
    ['known_to']
    """
    names = frame.collect_schema().names()
    return [c for c in (KNOWN_FROM, KNOWN_TO) if c in names]


def known_in_area(spells: pl.DataFrame) -> pl.DataFrame:
    """Return spells whose `known_from` and `known_to` are those of the person in all organisations together.

    Parameters
    ----------
    spells : polars.DataFrame
        Spells with person_id; where they do not say what is known in the area, the narrowest days of any organisation count.

    Examples
    --------
    >>> from datetime import date
    >>> day = date(2022, 6, 30)
    >>> spells = pl.DataFrame({"person_id": ["p", "p"], "known_to": [None, day]})
    >>> known_in_area(spells)["known_to"].to_list() == [day, day]
    True
    """
    stated = {ours: area for ours, area in IN_AREA.items() if area in spells.columns}
    if stated:
        return spells.with_columns(pl.col(area).alias(ours) for ours, area in stated.items())
    narrowest = {KNOWN_FROM: pl.col(KNOWN_FROM).max(), KNOWN_TO: pl.col(KNOWN_TO).min()}
    return spells.with_columns(narrowest[c].over("person_id") for c in restricted(spells))


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
