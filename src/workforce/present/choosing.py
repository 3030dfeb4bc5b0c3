"""Choosing from a released table what one chart, table or sentence is about: a definition, and the column that tells its groups apart.

Promises: nothing is chosen that the caller did not name where several would do. Refuses: definitions and columns that are not there.
"""

import polars as pl

from workforce.errors import UsageError, did_you_mean
from workforce.present.numerals import listed


def one_definition(frame: pl.DataFrame, definition: str | None, *, where: str) -> pl.DataFrame:
    """The rows of one measure by one definition."""
    known = frame["definition"].unique().sort().to_list()
    if definition is not None:
        if definition not in known:
            raise UsageError(
                'the table has no definition "{definition}"',
                where="{place}",
                hint=did_you_mean(definition, known),
                definition=definition,
                place=where,
            )
        frame = frame.filter(pl.col("definition") == definition)
    if frame.select("measure", "definition").n_unique() > 1:
        raise UsageError(
            "the table holds several definitions: {definitions}",
            where="{place}",
            hint="choose one with definition=, or use wf.table",
            definitions=listed(known),
            place=where,
        )
    return frame


def grouping(frame: pl.DataFrame, groups: list[str], by: str | None, *, where: str) -> str | None:
    """The column that tells groups apart: the one that was named, else the only one that does."""
    if by is not None:
        if by not in groups:
            raise UsageError(
                'the table has no group column "{by}"',
                where="{place}",
                hint=did_you_mean(by, groups) if groups else "leave by= out",
                by=by,
                place=where,
            )
        return by
    telling = [c for c in groups if frame[c].n_unique() > 1]
    if len(telling) > 1:
        raise UsageError(
            "the groups differ in {columns}",
            where="{place}",
            hint="name the column to draw with by=",
            columns=listed(telling),
            place=where,
        )
    if telling:
        return telling[0]
    # One group only: its name is still worth showing.
    return groups[0] if len(groups) == 1 and not frame.is_empty() else None
