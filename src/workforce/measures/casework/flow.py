"""Arrivals and closures: what came in, what went out, and that it adds up to what is there.

Promises: for every group and period, cases at the end = cases at the start + arrivals - closures; and what one period ends with, the next
one starts with. Refuses: frames without the columns named in `by`.
"""

from collections.abc import Sequence

import polars as pl

from workforce.measures.casework.clocks import CHILD, by_period, dated_cases
from workforce.measures.frame import as_by, measure_table
from workforce.periods import Period, as_periods

Frame = pl.DataFrame | pl.LazyFrame


def case_flow(
    cases: Frame, periods: Period | Sequence[Period], *, case_type: str | None = None, by: Sequence[str] = ()
) -> pl.DataFrame:
    """Cases open as a period began, received in it, closed in it, and open after it ended.

    Definitions, all of this project's measure book: `at_start`, `arrivals`, `closures`, `at_end`. `closed_date` is the last day on which a
    case is open: one that closed on the last day of the period is among its closures and no longer in `at_end` (a caseload of that day
    still counts it). case_type: one type alone. by: columns of the cases; every group that has any of the four has all. Arrivals
    and closures add up over time, stocks do not. people: different children behind the count.

    >>> from datetime import date
    >>> from workforce.periods import month
    >>> open_cases = pl.DataFrame({"organisation": "council", "case_id": list("abc"),
    ...     "received_date": [date(2023, 1, 1), date(2023, 3, 1), date(2023, 3, 9)], "closed_date": [date(2023, 3, 31), None, None]})
    >>> case_flow(open_cases, month("2023-03")).select("definition", "value").rows()
    [('arrivals', 2.0), ('at_end', 2.0), ('at_start', 1.0), ('closures', 1.0)]
    """
    groups, several = as_by(by, cases), as_periods(periods)
    every = dated_cases(cases, case_type)
    parts: dict[str, list[pl.DataFrame]] = {"arrivals": [], "at_end": [], "at_start": [], "closures": []}
    for period in several:
        came = pl.col("received_date").is_between(period.start, period.end)
        went = pl.col("closed_date").is_between(period.start, period.end).fill_null(value=False)
        before = pl.col("received_date") < period.start
        open_at_start = before & (pl.col("closed_date").is_null() | (pl.col("closed_date") >= period.start))
        open_at_end = (pl.col("received_date") <= period.end) & (
            pl.col("closed_date").is_null() | (pl.col("closed_date") > period.end)
        )
        flows = {"arrivals": came, "at_end": open_at_end, "at_start": open_at_start, "closures": went & (before | came)}
        counted = by_period(
            every,
            every,
            [period],
            by=groups,
            inside=[came | open_at_start],
            sides={
                **{name: counted.sum().cast(pl.Float64) for name, counted in flows.items()},
                **{f"{name} people": pl.col(CHILD).filter(counted).n_unique() for name, counted in flows.items()},
            },
        )
        for name, rows in parts.items():
            rows.append(counted.with_columns(numerator=pl.col(name), people=pl.col(f"{name} people")))
    return pl.concat([measure_table(pl.concat(rows), "case_flow", name, by=groups) for name, rows in parts.items()])
