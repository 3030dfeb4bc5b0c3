"""The retirement pipeline: how much of each role is near the end of its working life."""

from collections.abc import Sequence
from datetime import date

import polars as pl

from workforce.bands import completed_years
from workforce.book.constants import PIPELINE_AGE
from workforce.measures.availability import covered, rolled_up
from workforce.measures.frame import as_by, measure, measure_table, not_available
from workforce.measures.presence import employed, observed, timeline
from workforce.periods import Period, as_dates
from workforce.records import Records
from workforce.results import MeasureTable


@measure("assignments")
def retirement_pipeline(records: Records, on: date | Sequence[date], *, by: Sequence[str] = ()) -> MeasureTable:
    """Of the people in post on each date whose age is recorded, the share aged 55 and over, in percent.

    Parameters
    ----------
    records : Records
        The area's records; uses `assignments` and their `birth_date`.
    on : date or sequence of date
        The days, for example ``wf.month("2023-03").end``.
    by : sequence of str
        Columns to group by; any text column of `assignments`.

    Returns
    -------
    MeasureTable
        Numerator: people aged 55 and over; denominator: people in post whose birth date is recorded; value in %. Limits: Wilson, 95%.

    References
    ----------
    This project's measure book, "retirement pipeline".

    Examples
    --------
    >>> staff = pl.DataFrame({"organisation": ["council"] * 2, "person_id": ["a", "b"], "fte": [1.0] * 2,
    ...     "start_date": [date(2020, 1, 1)] * 2, "birth_date": [date(1968, 3, 31), date(1968, 4, 1)]})
    >>> retirement_pipeline(Records(assignments=staff), date(2023, 3, 31)).frame["value"].item()
    50.0
    """
    groups, days = as_by(by), as_dates(on)
    if reason := records.lacks("assignments", columns=[*groups, "birth_date"]):
        return not_available("retirement_pipeline", ["aged_55"], by=groups, when=days, reason=reason)
    assignments = records.assignments
    columns = [c for c in dict.fromkeys([*groups, "birth_date"]) if c != "organisation"]
    keys = list(dict.fromkeys(["organisation", *groups]))
    stretches = timeline(employed(assignments, columns=columns), columns=columns)
    everyone = stretches.select(keys).unique()
    frames = []
    for day in days:
        counts = (
            stretches.filter((pl.col("first") <= day) & (pl.col("last") >= day) & pl.col("birth_date").is_not_null())
            .group_by(keys)
            .agg(
                numerator=(completed_years("birth_date", day) >= PIPELINE_AGE).sum().cast(pl.Float64),
                denominator=pl.len().cast(pl.Float64),
                people=pl.len().cast(pl.Int64),
            )
        )
        frames.append(
            everyone.join(counts, on=keys, how="left", nulls_equal=True).with_columns(
                pl.col("numerator", "denominator", "people").fill_null(0),
                period_start=pl.lit(day),
                period_end=pl.lit(day),
            )
        )
    rows = rolled_up(covered(pl.concat(frames), observed(assignments), [Period(d, d) for d in days]), by=groups)
    return measure_table(rows, "retirement_pipeline", "aged_55", by=groups)
