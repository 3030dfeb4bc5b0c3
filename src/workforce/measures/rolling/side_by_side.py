"""Several measures as one table, to be read side by side.

Promises: the rows of each measure as they were, and nothing new: no ratio or difference is taken. Refuses: definitions that no table has,
two figures of one name, measures of different groups.
"""

from collections.abc import Sequence
from typing import Final

import polars as pl

from workforce.definitions import definition_of
from workforce.errors import UsageError, did_you_mean
from workforce.measures.frame import FIRST, REST, group_columns

WHOLE: Final = "all"  # in a column that only another definition adds


def side_by_side(*tables: pl.DataFrame, definitions: Sequence[str]) -> pl.DataFrame:
    """The rows of some definitions of several measure tables, as one measure table for `wide_table`.

    definitions: which of them to keep. A column that only some of the definitions add (a band) says "all" in the rows of the others.

    >>> one = {"period_start": None, "period_end": None, "numerator": [3.0], "denominator": [10.0], "people": [10]}
    >>> from workforce.measures.frame import measure_table
    >>> tables = [measure_table(pl.DataFrame(one), m, d, by=[]) for m, d in (("plan_quality", "audited"), ("plans_returned", "returned"))]
    >>> side_by_side(*tables, definitions=["audited", "returned"]).select("definition", "value").rows()
    [('audited', 30.0), ('returned', 30.0)]
    """
    kept = [t.filter(pl.col("definition").is_in(list(definitions))) for t in tables]
    found = [pair for t in tables for pair in t.select(FIRST).unique(maintain_order=True).rows()]
    known = [definition for _, definition in found]
    for definition in definitions:
        if definition not in known:
            raise UsageError(
                'no table has a definition "{definition}"',
                where="definitions=",
                hint=did_you_mean(definition, known),
                definition=definition,
            )
        if known.count(definition) > 1:
            raise UsageError(
                'two tables have figures called "{definition}"',
                where="definitions=",
                hint="show them one by one",
                definition=definition,
            )
    adds = {c for measure, definition in found for c in definition_of(measure, definition).adds}
    groups = [[c for c in group_columns(t) if c not in adds] for t in kept]
    if any(set(one) != set(groups[0]) for one in groups):
        raise UsageError("the tables have different group columns", hint="measure each with the same by=")
    columns = list(dict.fromkeys([*groups[0], *(c for t in kept for c in group_columns(t))]))
    return pl.concat(
        t.with_columns(pl.lit(WHOLE).alias(c) for c in columns if c not in t.columns).select(*FIRST, *columns, *REST)
        for t in kept
    )
