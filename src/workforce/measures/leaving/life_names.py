"""What a life table is of: its measure, its groups, and whether it counts people or hours of work.

Promises: a table that says what it is of carries the names of its measure and definition before its groups, as measure tables do, so that
captions and titles follow from the table and tables of different measures are never added up as one. Refuses: names that are not in the
measure book; frames that are no life tables.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

import polars as pl

from workforce.definitions import definition_of
from workforce.measures.frame import FIRST, need
from workforce.measures.leaving.product_limit import LIFE_COLUMNS, bounds_of

PRODUCT_LIMIT: Final = "product_limit"
# Counts of hours: their limits are between people, do not follow from the counts and do not add up.
IN_FTE: Final = f"{PRODUCT_LIMIT}_fte"
PEOPLE_COUNTS: Final = (
    "people_entered",
    "people_left",
    "people_censored",
)  # beside sums of weights, which are not people


def named(table: pl.DataFrame, measure: str, definition: str = PRODUCT_LIMIT) -> pl.DataFrame:
    """A life table with the names of its measure and definition in its first columns."""
    definition_of(measure, definition)
    return table.select(pl.lit(measure).alias(FIRST[0]), pl.lit(definition).alias(FIRST[1]), pl.all())


def life_keys(table: pl.DataFrame) -> list[str]:
    """The columns of a life table that say which curve a row is of: the names of its measure, where it has them, and its groups."""
    need(table, LIFE_COLUMNS, what="the life table")
    return [c for c in table.columns if c not in LIFE_COLUMNS and c not in PEOPLE_COUNTS]


def life_groups(table: pl.DataFrame) -> list[str]:
    """The columns of a life table that say which group a row is.

    >>> from workforce.measures.leaving.life_table import life_table
    >>> life_groups(life_table(pl.DataFrame({"team": ["A"], "entry": [0], "exit": [2], "event": [True]}), by="team"))
    ['team']
    """
    return [c for c in life_keys(table) if c not in FIRST]


def in_fte(table: pl.DataFrame) -> bool:
    """Whether the counts of a table are hours of work, whose limits do not follow from them."""
    return FIRST[1] in table.columns and IN_FTE in table[FIRST[1]]


def each_curve(table: pl.DataFrame) -> Iterator[tuple[dict[str, object], pl.DataFrame]]:
    """The group and the rows of each curve in order of time, groups in order."""
    keys, groups = life_keys(table), life_groups(table)
    ordered = table.sort(*keys, "time", nulls_last=True)
    for first, end in pairwise(bounds_of(ordered, keys)):
        if first < end:
            yield {c: ordered[c][first] for c in groups}, ordered[first:end]


def only_own_limits(curve: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    """A curve that was read off counts, without limits where the counts are hours of work."""
    if FIRST[1] not in keys:
        return curve
    people = pl.col(FIRST[1]) != IN_FTE
    return curve.with_columns(pl.when(people).then(pl.col("lower", "upper")))
