"""Data quality: which rows of each file were read, kept and refused under which rules, and what `workforce check` prints of them.

Rows read = rows kept + rows refused for every file, always. A row that breaks several rules is one refused row and counts under each of its
rules, so the rules of a file may add up to more than its refused rows. Nothing here holds a cell.
"""

from collections.abc import Iterator, Sequence
from typing import Final

import polars as pl

from workforce.errors import InputError
from workforce.records import ROW_REFUSED, Records
from workforce.roles import about_roles
from workforce.sources.notices import EXAMPLES

# Rules that were broken. rows: rows that broke the rule (a row can break several rules). example_rows: the first row numbers.
# effect: what breaking the rule does to a row.
QUALITY: Final = pl.Schema(
    {
        "organisation": pl.String(),
        "source": pl.String(),
        "table": pl.String(),
        "rule": pl.String(),
        "rows": pl.Int64(),
        "example_rows": pl.String(),
        "effect": pl.String(),
    }
)
# What was read. rows_refused counts a row once, however many rules it broke: rows_read = rows_kept + rows_refused.
READS: Final = pl.Schema(
    {
        "organisation": pl.String(),
        "source": pl.String(),
        "table": pl.String(),
        "rows_read": pl.Int64(),
        "rows_kept": pl.Int64(),
        "rows_refused": pl.Int64(),
    }
)
REFUSALS: Final = pl.Schema({"file": pl.Int64(), "row": pl.Int64(), "rule": pl.String(), "effect": pl.String()})

# What helps where a rule is broken, by what the rule's words contain.
_HINTS: Final = (
    ("not a date", "set date_format of this file, or map the texts in values"),
    ("not a number", "set numbers of this file, or map the texts in values"),
    ("not a whole number", "map the texts in values"),
    ("not yes or no", 'map the texts in values, such as values.exception = { "approved" = true }'),
    ("not a value that this column can hold", "map each of the file's words in values"),
    ("a date or number out of range", "look at the type of the column in what wrote the file"),
    ("an error of the workbook", "correct the formula, or export the column as values"),
    ("more cells than headers", "a separator inside a cell: export the file with quotation marks"),
    ("person not in assignments", "supply the staff rows of these people, too"),
    ("case not in cases", "supply the rows of these cases, too"),
    ("the row of its", "correct the row that was refused, and these are kept"),
    ("days lost", "map a column of working days; without days_lost they are counted from the dates"),
    ("before it was requested", "check which column is requested_date and which received_date"),
    ("end before start", "if the file gives the day after the last day, check end_dates of this file"),
    (
        "same key",
        "give rows that are not about the same thing numbers of their own; of the others, leave out the wrong one",
    ),
    ("missing", "ask for these cells: the table requires them"),
)


def quality_frames(
    files: pl.DataFrame, kept: pl.DataFrame, refusals: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The quality and the reads frame of a set of files.

    Parameters
    ----------
    files : polars.DataFrame
        file (a number), organisation, source, table, rows_read.
    kept : polars.DataFrame
        file, rows_kept.
    refusals : polars.DataFrame
        file, row, rule, effect: one row for every rule that a row broke.

    Returns
    -------
    tuple of polars.DataFrame
        Quality (`QUALITY`), the commonest rule of a file first, and reads (`READS`), in the order of the files.

    Examples
    --------
    >>> files = pl.DataFrame({"file": [0], "organisation": ["a"], "source": ["staff.csv"], "table": ["assignments"], "rows_read": [3]})
    >>> rules = {"rule": ["fte: missing", "grade: an error of the workbook"], "effect": [ROW_REFUSED, "cell not known"]}
    >>> refusals = pl.DataFrame({"file": [0, 0], "row": [4, 3], **rules})
    >>> quality, reads = quality_frames(files, pl.DataFrame({"file": [0], "rows_kept": [2]}), refusals)
    >>> reads.row(0)
    ('a', 'staff.csv', 'assignments', 3, 2, 1)
    >>> quality.select("rule", "rows", "example_rows").rows()
    [('fte: missing', 1, '4'), ('grade: an error of the workbook', 1, '3')]
    """
    refused = refusals.filter(effect=ROW_REFUSED).group_by("file").agg(rows_refused=pl.col("row").n_unique())
    reads = (
        files.join(kept, on="file", how="left")
        .join(refused, on="file", how="left")
        .sort("file")
        .with_columns(pl.col("rows_kept", "rows_refused").fill_null(0))
        .select(pl.col(name).cast(dtype) for name, dtype in READS.items())
    )
    quality = (
        refusals.unique()
        .group_by("file", "rule", "effect")
        .agg(rows=pl.len(), example_rows=pl.col("row").sort().head(EXAMPLES).cast(pl.String))
        .join(files, on="file", how="inner")
        .sort("file", "rows", "rule", "effect", descending=[False, True, False, False])
        .with_columns(pl.col("example_rows").list.join(", "))
        .select(pl.col(name).cast(dtype) for name, dtype in QUALITY.items())
    )
    return quality, reads


def check_lines(records: Records, problems: Sequence[InputError], *, roles: bool = False) -> Iterator[str]:
    """Lines on every file, then on what `run` would not use, then on roles.

    Parameters
    ----------
    records : Records
        The area's records.
    problems : sequence of InputError
        What is wrong with the files that are not used.
    roles : bool
        Whether every role outside the common list is named.
    """
    place = ("organisation", "source", "table")
    reads = records._reads.with_columns(last=pl.struct(place).is_last_distinct())  # the same file may be named twice
    for row in reads.iter_rows(named=True):
        yield (
            f"{row['organisation']}, {row['source']}, {row['table']}: {row['rows_read']:,} rows read, "
            f"{row['rows_kept']:,} kept, {row['rows_refused']:,} refused"
        )
        if row["last"]:
            of_file = pl.all_horizontal(pl.col(c) == row[c] for c in place)
            yield from _broken_rules(records._quality.filter(of_file).unique(maintain_order=True))
            yield from _noticed(records._notices.filter(of_file).unique(maintain_order=True))
    yield from dict.fromkeys(f"Not used: {fault}" for fault in problems)
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
