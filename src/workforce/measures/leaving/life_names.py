"""What a life table is of: its measure, its groups, and whether it counts people or hours of work."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final, TypeVar

import polars as pl

from workforce.book import Definition, definition_of
from workforce.errors import UsageError
from workforce.measures.frame import FIRST, need
from workforce.measures.leaving.product_limit import LIFE_COLUMNS, bounds_of
from workforce.results import Curve, Incidence

PRODUCT_LIMIT: Final = "product_limit"
# Counts of hours: their limits are between people, do not follow from the counts and do not add up.
IN_FTE: Final = f"{PRODUCT_LIMIT}_fte"
PEOPLE_COUNTS: Final = (
    "people_entered",
    "people_left",
    "people_censored",
)  # beside sums of weights, which are not people
Table = TypeVar("Table", Curve, Incidence)


def named(table: Table, measure: str, definition: str = PRODUCT_LIMIT) -> Table:
    """Return a life table, or incidences, with the names of its measure and definition in its first columns.

    Captions and titles follow from them, and tables of different measures are never added up as one.

    Parameters
    ----------
    table : Curve or Incidence
        One that does not say yet what it is of.
    measure, definition : str
        Names in the measure book.

    Raises
    ------
    UsageError
        Where the measure book has no such names.
    """
    book = definition_of(measure, definition)
    names = (pl.lit(measure).alias(FIRST[0]), pl.lit(definition).alias(FIRST[1]))
    return table._with(table.frame.select(*names, pl.all()), definitions=[book])


def life_rows(curve: Curve) -> pl.DataFrame:
    """Return the rows of a life table, or refuse anything else."""
    if not isinstance(curve, Curve):
        raise UsageError(
            "expected a life table, got something else",
            hint="give what wf.leaving.retention or wf.stats.life_table returned",
        )
    frame = curve.frame
    need(frame, LIFE_COLUMNS, what="the life table")
    return frame


def life_keys(curve: Curve) -> list[str]:
    """Return the columns that say which curve a row is of: the names of its measure, where it has them, and its groups."""
    return [*(c for c in FIRST if c in life_rows(curve).columns), *curve.groups]


def is_weighted(curve: Curve) -> bool:
    """Whether the counts of a life table are sums of weights, with the counts of people in further columns."""
    return set(PEOPLE_COUNTS) <= set(curve.frame.columns)


def in_fte(table: pl.DataFrame) -> bool:
    """Whether the counts of a table are hours of work, whose limits do not follow from them."""
    return FIRST[1] in table.columns and IN_FTE in table[FIRST[1]]


def each_curve(curve: Curve) -> Iterator[tuple[dict[str, object], Definition | None, pl.DataFrame]]:
    """Yield the group, the definition and the rows of each curve in order of time, groups in order."""
    keys = life_keys(curve)
    ordered = life_rows(curve).sort(*keys, "time", nulls_last=True)
    for first, end in pairwise(bounds_of(ordered, keys)):
        if first < end:
            book = None
            if curve.definitions:
                book = curve.definition(ordered[FIRST[0]][first], ordered[FIRST[1]][first])
            yield {c: ordered[c][first] for c in curve.groups}, book, ordered[first:end]


def only_own_limits(curve: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    """Return a curve that was read off counts, without limits where the counts are hours of work."""
    if FIRST[1] not in keys:
        return curve
    people = pl.col(FIRST[1]) != IN_FTE
    return curve.with_columns(pl.when(people).then(pl.col("lower", "upper")))
