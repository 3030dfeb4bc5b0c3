"""Data quality: how many rows of each file were read, kept and refused, and which rules were broken with which effect.

Rows read = rows kept + rows refused for every file, always. A row that breaks several rules is one refused row and counts under each of its
rules, so the rules of a file may add up to more than its refused rows. Examples are row numbers, as a spreadsheet shows them.
"""

from typing import Final

import polars as pl

from workforce.records_notes import ROW_REFUSED

EXAMPLES: Final = 5  # row numbers shown for a rule

# Rules that were broken. rows: rows that broke the rule (a row can stand under several rules). example_rows: the first row numbers.
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


def quality_frames(
    files: pl.DataFrame, kept: pl.DataFrame, refusals: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The quality and the reads frame of a set of files.

    files: file (a number), organisation, source, table, rows_read. kept: file, rows_kept. refusals: file, row, rule, effect, one
    row for every rule that a row broke. Returns quality (`QUALITY`), the commonest rule of a file first, and reads (`READS`), in the order
    of the files.

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
