"""The sample's deliberate bad rows: rows that no person stands behind, added to some files so that data quality has something to show.

Promises: each breaks one rule (the count is in `FLAWS`, which data/README.md prints); refusing them leaves exactly what was made. Refuses:
nothing.
"""

from dataclasses import dataclass
from typing import Final

import polars as pl

NO_SUCH_DAY: Final = "31/02/2022"
TWELVE: Final = 12.0


@dataclass(frozen=True, slots=True)
class Flaw:
    """So many bad rows of one kind in one file of one kind of organisation."""

    body: str
    path: str
    table: str
    rule: str
    rows: int = 1


FLAWS: Final = (
    Flaw("council", "staff.csv", "assignments", "a first day of 31/02/2022, which is no day"),
    Flaw("council", "staff.csv", "assignments", "an FTE of 12"),
    Flaw("council", "staff.csv", "assignments", "an end before the start"),
    Flaw("council", "staff.csv", "assignments", "the same row twice"),
    Flaw("council", "sickness.csv", "absences", "a first day of 31/02/2022, which is no day"),
    Flaw("council", "send_cases.csv", "cases", "closed before it was received"),
    Flaw("psychology", "staff.parquet", "assignments", "no start date"),
    Flaw("nhs", "esr_staff.csv", "assignments", "an FTE of 12"),
    Flaw("nhs", "esr_absence.csv", "absences", "an end before the start", 2),
    Flaw("nhs", "esr_absence.csv", "absences", "the same row twice"),
    Flaw("schools", "people.xlsx", "assignments", "an FTE of 12"),
)
_NEW_PERSON: Final = 9_990_001  # numbers that nobody has


def flawed(body: str, path: str, table: str, frame: pl.DataFrame) -> pl.DataFrame:
    """The canonical rows of a file with its bad rows put in, spread over the file.

    A date that does not exist is a null here and a mark in the column `no_such_day` (the name of the column), for the writer to spell out.
    """
    mine = [flaw for flaw in FLAWS if (flaw.body, flaw.path, flaw.table) == (body, path, table)]
    if not mine or frame.is_empty():
        return frame
    frame = frame.with_columns(no_such_day=pl.lit(None, pl.String))
    number = 0
    for flaw in mine:
        for _ in range(flaw.rows):
            at = (number + 1) * frame.height // 14
            bad = _spoilt(frame.slice(at, 1), flaw.rule, number)
            frame = pl.concat([frame.head(at + 1), bad, frame.tail(frame.height - at - 1)])
            number += 1
    return frame


def _spoilt(row: pl.DataFrame, rule: str, number: int) -> pl.DataFrame:
    if rule == "the same row twice":
        return row
    # Of a new number, so that the row breaks the one rule and is not a duplicate as well.
    number_column = "case_id" if "case_id" in row.columns else "person_id"
    first = pl.lit(row[number_column].item()[:1])
    if "reason" not in row.columns:  # an absence keeps its person: it would otherwise be of nobody
        row = row.with_columns((first + pl.lit(str(_NEW_PERSON + number))).alias(number_column))
    end = "closed_date" if "case_id" in row.columns else "end_date"
    begin = "received_date" if "case_id" in row.columns else "start_date"
    if "31/02/2022" in rule:
        return row.with_columns(pl.lit(None, pl.Date).alias(begin), no_such_day=pl.lit(begin))
    if "FTE" in rule:
        return row.with_columns(fte=pl.lit(TWELVE))
    if rule == "no start date":
        return row.with_columns(start_date=pl.lit(None, pl.Date))
    return row.with_columns(pl.col(begin).dt.offset_by("-9d").alias(end))
