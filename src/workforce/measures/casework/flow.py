"""Arrivals and closures: for every group and period, cases at the end = cases at the start + arrivals - closures."""

from collections.abc import Sequence

import polars as pl

from workforce.measures.casework.clocks import CHILD, by_period, dated_cases
from workforce.measures.frame import as_by, measure, measure_table, not_available
from workforce.periods import Period, as_periods
from workforce.records import Records
from workforce.results import MeasureTable, stacked


@measure("cases")
def flow(
    records: Records, periods: Period | Sequence[Period], *, case_type: str | None = None, by: Sequence[str] = ()
) -> MeasureTable:
    """Cases open as a period began, received in it, closed in it, and open after it ended.

    `closed_date` is the last day on which a case is open: one that closed on the last day of the period is among its closures and no
    longer in `at_end` (a caseload of that day still counts it).

    Parameters
    ----------
    records : Records
        The area's records; uses `cases`.
    periods : Period or sequence of Period
        For example ``wf.month("2023-03")``.
    case_type : str, optional
        One type of case alone.
    by : sequence of str
        Columns to group by; any column of `cases`.

    Returns
    -------
    MeasureTable
        Four counts: `at_start`, `arrivals`, `closures`, `at_end`; every group that has any of the four has all. Arrivals and closures add
        up over time, the stocks do not. people: different children behind the count.

    References
    ----------
    This project's measure book, "case_flow".

    Examples
    --------
    >>> from datetime import date
    >>> from workforce.periods import month
    >>> open_cases = pl.DataFrame({"organisation": "council", "case_id": list("abc"),
    ...     "received_date": [date(2023, 1, 1), date(2023, 3, 1), date(2023, 3, 9)], "closed_date": [date(2023, 3, 31), None, None]})
    >>> flow(Records(cases=open_cases), month("2023-03")).frame.select("definition", "value").rows()
    [('arrivals', 2.0), ('at_end', 2.0), ('at_start', 1.0), ('closures', 1.0)]
    """
    groups, spans = as_by(by), as_periods(periods)
    frames: dict[str, list[pl.DataFrame]] = {"arrivals": [], "at_end": [], "at_start": [], "closures": []}
    if reason := records.lacks("cases", columns=groups, of="cases"):
        return not_available("case_flow", list(frames), by=groups, when=spans, reason=reason)
    cases = dated_cases(records.cases, case_type)
    for period in spans:
        received = pl.col("received_date").is_between(period.start, period.end)
        closed = pl.col("closed_date").is_between(period.start, period.end).fill_null(value=False)
        before = pl.col("received_date") < period.start
        open_at_start = before & (pl.col("closed_date").is_null() | (pl.col("closed_date") >= period.start))
        open_at_end = (pl.col("received_date") <= period.end) & (
            pl.col("closed_date").is_null() | (pl.col("closed_date") > period.end)
        )
        counts = {
            "arrivals": received,
            "at_end": open_at_end,
            "at_start": open_at_start,
            "closures": closed & (before | received),
        }
        sides = by_period(
            cases,
            cases,
            [period],
            by=groups,
            inside=[received | open_at_start],
            sides={
                **{name: inside.sum().cast(pl.Float64) for name, inside in counts.items()},
                **{f"{name} people": pl.col(CHILD).filter(inside).n_unique() for name, inside in counts.items()},
            },
        )
        for name, rows in frames.items():
            rows.append(sides.with_columns(numerator=pl.col(name), people=pl.col(f"{name} people")))
    return stacked(measure_table(pl.concat(rows), "case_flow", name, by=groups) for name, rows in frames.items())
