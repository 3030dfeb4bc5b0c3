"""Several measures as one table, to be read side by side."""

from collections.abc import Sequence
from typing import Final

import polars as pl

from workforce.errors import UsageError, did_you_mean
from workforce.measures.frame import FIRST, REST
from workforce.results import MeasureTable, agreed_definitions
from workforce.sealed import Provenance

WHOLE: Final = "all"  # in a column that only another definition adds


def side_by_side(*tables: MeasureTable, definitions: Sequence[str]) -> MeasureTable:
    """The rows of some definitions of several measure tables, as one measure table for `wf.tables.wide`.

    The rows stay as they are: no ratio or difference is taken. A column that only some of the definitions add (a band) says "all" in the
    rows of the others.

    Parameters
    ----------
    *tables : MeasureTable
        What measures returned, all with the same ``by=``.
    definitions : sequence of str
        The definitions whose rows are taken.

    Returns
    -------
    MeasureTable
        The rows, table by table.

    Raises
    ------
    UsageError
        Where no table has a definition, two have a figure of one name, or the tables are grouped by different columns.

    Examples
    --------
    >>> one = {"period_start": None, "period_end": None, "numerator": [3.0], "denominator": [10.0], "people": [10]}
    >>> from workforce.measures.frame import measure_table
    >>> tables = [measure_table(pl.DataFrame(one), m, d, by=[]) for m, d in (("plan_quality", "audited"), ("plans_returned", "returned"))]
    >>> side_by_side(*tables, definitions=["audited", "returned"]).frame.select("definition", "value").rows()
    [('audited', 30.0), ('returned', 30.0)]
    """
    if not tables or not all(isinstance(table, MeasureTable) for table in tables):
        raise UsageError("side_by_side takes measure tables", hint="give what the measures returned")
    chosen = [table.filter(pl.col("definition").is_in(list(definitions))) for table in tables]
    pairs = [pair for table in tables for pair in table.frame.select(FIRST).unique(maintain_order=True).rows()]
    names = [definition for _, definition in pairs]
    for definition in definitions:
        if definition not in names:
            raise UsageError(
                'no table has a definition "{definition}"',
                where="definitions=",
                hint=did_you_mean(definition, names),
                definition=definition,
            )
        if names.count(definition) > 1:
            raise UsageError(
                'two tables have figures called "{definition}"',
                where="definitions=",
                hint="show them one by one",
                definition=definition,
            )
    books = agreed_definitions(chosen)
    adds = {c for table in tables for book in table.definitions for c in book.adds}
    groups = [[c for c in table.groups if c not in adds] for table in chosen]
    if any(set(columns) != set(groups[0]) for columns in groups):
        raise UsageError("the tables have different group columns", hint="measure each with the same by=")
    columns = list(dict.fromkeys([*groups[0], *(c for table in chosen for c in table.groups)]))
    rows = pl.concat(
        frame.with_columns(pl.lit(WHOLE).alias(c) for c in columns if c not in frame.columns).select(
            *FIRST, *columns, *REST
        )
        for frame in (table.frame for table in chosen)
    )
    return MeasureTable(
        rows,
        [book for book in books if book.definition in definitions],
        columns,
        [reason for table in chosen for reason in table.reasons],
        _provenance=Provenance.of_all(table._provenance for table in chosen),
    )
