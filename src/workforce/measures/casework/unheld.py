"""Cases that nobody at work holds: not allocated, or in the name of someone who has gone, is away or has long been sick.

Every open case counts once, and is held as soon as one of its workers is at work.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import polars as pl

from workforce.book.constants import LONG_ABSENCE_DAYS
from workforce.measures.casework.holders import NOT_ALLOCATED, WORKER, Snapshot
from workforce.measures.frame import eager, need
from workforce.periods import working_days

Frame = pl.DataFrame | pl.LazyFrame
GONE: Final = "held by someone who has gone"
ABSENT: Final = "held by someone away"
SICK: Final = "held by someone long sick"


@dataclass(frozen=True, slots=True)
class Absent:
    """Who has been absent for four weeks or more by a day (organisation, person_id), and which organisations record absence at all."""

    workers: pl.DataFrame
    recording: tuple[str, ...]

    @classmethod
    def on(cls, day: date, absences: Frame) -> "Absent":
        """Look at one day. Records of a person that overlap or touch (no working day between) are one absence; one without an end runs on.

        >>> notes = pl.DataFrame({"organisation": "council", "person_id": ["a", "a", "b"],
        ...     "start_date": [date(2023, 3, 1), date(2023, 3, 20), date(2023, 3, 20)], "end_date": [date(2023, 3, 17), None, None]})
        >>> Absent.on(date(2023, 3, 31), notes).workers["person_id"].to_list()   # from 1 March but for a weekend
        ['a']
        """
        need(absences, [*WORKER, "start_date"], what="absences")
        records = eager(absences)
        end = pl.col("end_date") if "end_date" in records.columns else pl.lit(None, pl.Date)
        begun = (
            records.filter(pl.col("start_date") <= day)
            .select(*WORKER, first="start_date", last=pl.min_horizontal(end, pl.lit(day)))
            .sort(*WORKER, "first", "last")
        )
        reached = pl.col("last").cum_max().shift(1).over(WORKER)
        between = working_days(reached + pl.duration(days=1), pl.col("first") - pl.duration(days=1))
        pieces = begun.with_columns(place=(between > 0).fill_null(value=True).cum_sum().over(WORKER))
        spells = pieces.group_by(*WORKER, "place").agg(pl.col("first").min(), pl.col("last").max())
        long = (pl.col("last") == day) & (pl.col("first") <= day - timedelta(days=LONG_ABSENCE_DAYS - 1))
        workers = spells.filter(long).select(WORKER).unique().sort(WORKER)
        return cls(workers, tuple(records["organisation"].unique().sort()))


def unheld(shot: Snapshot, unable: Sequence[str], absent: Absent | None) -> pl.DataFrame:
    """Open cases that nobody at work holds, by why; people are those whose names still stand against them."""
    why = (
        pl.when(pl.col("person_id").is_null())
        .then(pl.lit(NOT_ALLOCATED))
        .when(~pl.col("in_post"))
        .then(pl.lit(GONE))
        .when(~pl.col("present"))
        .then(pl.when("sick").then(pl.lit(SICK)).otherwise(pl.lit(ABSENT)))
    )
    cases = shot.first_holders(absent.workers if absent else None).with_columns(band=why)
    rows = [_counted(cases, shot, unable, [NOT_ALLOCATED, GONE, ABSENT])]
    if absent:  # who records no absence cannot tell that nobody is
        silent = cases["organisation"].unique().filter(~cases["organisation"].unique().is_in(list(absent.recording)))
        rows.append(_counted(cases, shot, sorted({*unable, *silent}), [SICK]))
    return pl.concat(rows)


def _counted(cases: pl.DataFrame, shot: Snapshot, unable: Sequence[str], bands: Sequence[str]) -> pl.DataFrame:
    counts = (
        cases.filter(~pl.col("organisation").is_in(list(unable)))
        .group_by(*shot.groups, "band")
        .agg(
            numerator=pl.len().cast(pl.Float64),
            people=pl.struct(WORKER).filter(pl.col("person_id").is_not_null()).n_unique().cast(pl.Int64),
        )
    )
    return (
        shot.answering(cases, unable)
        .join(pl.DataFrame({"band": bands}), how="cross")
        .join(counts, on=[*shot.groups, "band"], how="left", nulls_equal=True)
        .with_columns(pl.when("able").then(pl.col(c).fill_null(0)) for c in ("numerator", "people"))
    )
