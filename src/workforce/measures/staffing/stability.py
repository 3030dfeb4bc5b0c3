"""Stability: how much of the workforce that opened a period was still there at its close.

Promises: one row per group and period, in the group of the opening post; leaving and coming back counts as staying. Refuses: frames
without the columns named in `by`.
"""

from collections.abc import Sequence

import polars as pl

from workforce.measures.availability import covered, rolled_up
from workforce.measures.frame import as_by, measure_table
from workforce.measures.presence import employed, observed, timeline
from workforce.periods import Period, as_periods


def stability(
    assignments: pl.DataFrame | pl.LazyFrame,
    periods: Period | Sequence[Period],
    *,
    by: Sequence[str] = (),
    scope: str = "organisation",
) -> pl.DataFrame:
    """Share of the people in post on the day before each period who were in post in the same scope on its last day, in percent.

    Definition: NHS England, NHS workforce statistics, "stability index". Limits: Wilson.

    >>> from datetime import date
    >>> from workforce.periods import month
    >>> staff = pl.DataFrame({"organisation": ["council"] * 4, "person_id": list("abcd"), "fte": [1.0] * 4,
    ...     "start_date": [date(2020, 1, 1)] * 4, "end_date": [date(2023, 3, 9), None, None, None]})
    >>> stability(staff, month("2023-03"))["value"].item()   # one of four left
    75.0
    """
    several, groups = as_periods(periods), as_by(by, assignments)
    kept = [
        c
        for c in dict.fromkeys([*groups, *([] if scope in ("organisation", "area") else [scope])])
        if c != "organisation"
    ]
    own = list(dict.fromkeys(["organisation", *groups]))
    stretches = timeline(employed(assignments, columns=kept), columns=kept, scope=scope)
    same = ["person_id"] if scope == "area" else ["organisation", "person_id", *([scope] if scope in kept else [])]
    everyone = stretches.select(own).unique()
    frames = []
    for period in several:
        opening = stretches.filter((pl.col("first") <= period.day_before) & (pl.col("last") >= period.day_before))
        closing = (
            stretches.filter((pl.col("first") <= period.end) & (pl.col("last") >= period.end)).select(same).unique()
        )
        stayed = opening.join(closing, on=same, how="semi", nulls_equal=True)
        counted = (
            everyone.join(opening.group_by(own).agg(denominator=pl.len()), on=own, how="left", nulls_equal=True)
            .join(stayed.group_by(own).agg(numerator=pl.len()), on=own, how="left", nulls_equal=True)
            .with_columns(pl.col("numerator", "denominator").fill_null(0).cast(pl.Float64))
            .with_columns(
                period_start=pl.lit(period.start),
                period_end=pl.lit(period.end),
                people=pl.col("denominator").cast(pl.Int64),
            )
        )
        frames.append(counted)
    sides = covered(pl.concat(frames), observed(assignments), several, opening=True)
    return measure_table(rolled_up(sides, by=groups), "stability", "nhs", by=groups)
