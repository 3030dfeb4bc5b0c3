"""The retirement pipeline: how much of each role is near the end of its working life.

Promises: one row per group and date; people whose birth date is not known are outside both sides and counted in nobody's favour. Refuses:
frames without birth dates.
"""

from collections.abc import Sequence
from datetime import date
from typing import Final

import polars as pl

from workforce.measures.availability import covered, rolled_up
from workforce.measures.bands import completed_years
from workforce.measures.frame import as_by, measure_table, need
from workforce.measures.presence import employed, observed, timeline
from workforce.periods import Period, as_dates

PIPELINE_AGE: Final = 55  # measure book: "staff aged 55 and over", the earliest age of most public-service pensions


def retirement_pipeline(
    assignments: pl.DataFrame | pl.LazyFrame, on: date | Sequence[date], *, by: Sequence[str] = ()
) -> pl.DataFrame:
    """Of the people in post on each date whose age is known, the share aged 55 and over, in percent, by role or any other column.

    Definition: this project's measure book. Limits: Wilson.

    >>> staff = pl.DataFrame({"organisation": ["council"] * 2, "person_id": ["a", "b"], "fte": [1.0] * 2,
    ...     "start_date": [date(2020, 1, 1)] * 2, "birth_date": [date(1968, 3, 31), date(1968, 4, 1)]})
    >>> retirement_pipeline(staff, date(2023, 3, 31))["value"].item()
    50.0
    """
    groups, days = as_by(by, assignments), as_dates(on)
    need(assignments, ["birth_date"], what="assignments")
    kept = [c for c in dict.fromkeys([*groups, "birth_date"]) if c != "organisation"]
    own = list(dict.fromkeys(["organisation", *groups]))
    stretches = timeline(employed(assignments, columns=kept), columns=kept)
    everyone = stretches.select(own).unique()
    frames = []
    for day in days:
        counted = (
            stretches.filter((pl.col("first") <= day) & (pl.col("last") >= day) & pl.col("birth_date").is_not_null())
            .group_by(own)
            .agg(
                numerator=(completed_years("birth_date", day) >= PIPELINE_AGE).sum().cast(pl.Float64),
                denominator=pl.len().cast(pl.Float64),
                people=pl.len().cast(pl.Int64),
            )
        )
        frames.append(
            everyone.join(counted, on=own, how="left", nulls_equal=True).with_columns(
                pl.col("numerator", "denominator", "people").fill_null(0),
                period_start=pl.lit(day),
                period_end=pl.lit(day),
            )
        )
    rows = rolled_up(covered(pl.concat(frames), observed(assignments), [Period(d, d) for d in days]), by=groups)
    return measure_table(rows, "retirement_pipeline", "aged_55", by=groups)
