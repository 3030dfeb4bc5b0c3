"""What `workforce check` prints of an area: for every file what is read, kept and refused, why, and the line that helps."""

from collections.abc import Iterator
from typing import Final

import polars as pl

from workforce.records import Records
from workforce.roles import about_roles
from workforce.sources.area import AreaRead

# What helps where a rule is broken, by what the rule's words contain.
_HINTS: Final = (
    ("not a date", "set date_format of this file, or map the texts in values"),
    ("not a number", "set numbers of this file, or map the texts in values"),
    ("not a whole number", "map the texts in values"),
    ("not yes or no", 'map the texts in values, such as values.exception = { "approved" = true }'),
    ("not a value that this column can hold", "map each of the file's words in values"),
    ("a value that no date or number stands for", "look at the type of the column in what wrote the file"),
    ("an error of the workbook", "correct the formula, or export the column as values"),
    ("more cells than headers", "a separator inside a cell: export the file with quotation marks"),
    ("person not in assignments", "hand over the staff rows of these people, too"),
    ("case not in cases", "hand over the rows of these cases, too"),
    ("the row of its", "correct the row that was refused, and these are kept"),
    ("end before start", "if the file gives the day after the last day, check end_dates of this file"),
    ("missing", "ask for these cells: the table cannot do without them"),
)


def check_lines(area: AreaRead, *, roles: bool = False) -> Iterator[str]:
    """Lines on every file, then on what `run` would not use, then on roles.

    Parameters
    ----------
    area : AreaRead
        As `read_area` returns it.
    roles : bool
        Whether every role outside the common list is named.
    """
    records = area.records
    for row in records._reads.iter_rows(named=True):
        yield (
            f"{row['organisation']}, {row['source']}, {row['table']}: {row['rows_read']:,} rows read, "
            f"{row['rows_kept']:,} kept, {row['rows_refused']:,} refused"
        )
        place = pl.all_horizontal(pl.col(c) == row[c] for c in ("organisation", "source", "table"))
        yield from _broken_rules(records._quality.filter(place))
        yield from _noticed(records._notices.filter(place))
    for fault in area.problems:
        yield f"Not used: {fault}"
    yield from _about_roles(records, every=roles)


def _broken_rules(quality: pl.DataFrame) -> Iterator[str]:
    for row in quality.iter_rows(named=True):
        hint = next((f". Hint: {hint}" for words, hint in _HINTS if words in row["rule"]), "")
        yield f"  {row['rule']}: {row['rows']:,} rows, {row['effect']} (such as {row['example_rows']}){hint}"


def _noticed(frame: pl.DataFrame) -> Iterator[str]:
    for row in frame.iter_rows(named=True):
        yield f"  {row['notice']}"
        if row["paste"]:
            yield f"    in area.toml, for this file: {row['paste']}"


def _about_roles(records: Records, *, every: bool) -> Iterator[str]:
    staff, casework = records.assignments.lazy().collect(), records.settings.casework
    yield from about_roles(records.unmapped_roles, staff, casework.caseworker_roles, every=every)
