"""Backlog: open requests past their date, by how long over, and how old the open requests are.

A request is open until its outcome or its closing, the earlier; what ended on the day is no longer open at its end.
"""

from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import Final

import polars as pl

from workforce.book.constants import DAYS_IN_A_WEEK, PLAN_WEEKS
from workforce.errors import UsageError
from workforce.measures.casework.clocks import ASSESSMENT, CHILD, by_period, dated_cases
from workforce.measures.frame import as_by, measure, measure_table, not_available
from workforce.periods import Period, as_dates
from workforce.records import Frame, Records
from workforce.results import MeasureTable, stacked
from workforce.sealed import number_given

WEEKS_OVER: Final = (4, 13, 26, 52)  # up to a month, a quarter, half a year, a year over; and beyond
ANY: Final = "past their date"
_MEDIAN, _NINETIETH = 0.5, 0.9


@measure("cases")
def backlog(
    records: Records,
    on: date | Sequence[date],
    *,
    case_type: str = ASSESSMENT,
    weeks: int = PLAN_WEEKS,
    over: Sequence[int] = WEEKS_OVER,
    by: Sequence[str] = (),
) -> MeasureTable:
    """Open requests past their date at the end of a day.

    The day of receipt is day 1, so a request is past its date from day 7 x weeks + 1 on; "up to 4 weeks over" are the 28 days after the
    date.

    Parameters
    ----------
    records : Records
        The area's records; uses `cases`.
    on : date or sequence of date
        The day, or days.
    case_type : str
        The type of case.
    weeks : int
        The deadline, in weeks from receipt.
    over : sequence of int
        Weeks over the deadline at which a band of the count ends, rising.
    by : sequence of str
        Columns to group by; any column of `cases`.

    Returns
    -------
    MeasureTable
        Two definitions. `overdue`: requests past their date by weeks over (column `band`, empty bands too), so that the bands add up to the
        backlog; people: different children. `share`: requests past their date / all open requests, in % (band "past their date");
        limits: Wilson, 95%; people: different children with an open request.

    Raises
    ------
    UsageError
        Where the bands do not rise, or the deadline is less than a week.

    References
    ----------
    This project's measure book, "backlog".

    Examples
    --------
    >>> requests = pl.DataFrame({"organisation": "council", "case_id": list("abc"), "case_type": "ehc_assessment",
    ...     "received_date": [date(2022, 11, 11), date(2022, 11, 12), date(2023, 3, 1)]})   # on 31 March: day 141, day 140, day 31
    >>> late = backlog(Records(cases=requests), date(2023, 3, 31)).frame.filter(pl.col("numerator") > 0)
    >>> late.select("definition", "band", "numerator", "denominator").rows()
    [('overdue', 'up to 4 weeks over', 1.0, None), ('share', 'past their date', 1.0, 3.0)]
    """
    edges = [int(number_given(weeks_over, "over")) for weeks_over in over]
    if not edges or edges != sorted(set(edges)) or edges[0] < 1:
        raise UsageError("the bands of a backlog do not rise", where="over=", hint="such as (4, 13, 26, 52)")
    names = [
        f"up to {edges[0]} weeks over",
        *[f"{a} to {b} weeks over" for a, b in pairwise(edges)],
        f"over {edges[-1]} weeks over",
    ]
    limits = [0, *[DAYS_IN_A_WEEK * e for e in edges], None]
    groups, days, due = as_by(by), as_dates(on), _days_to_deadline(weeks)
    if reason := records.lacks("cases", columns=groups, of="cases"):
        return not_available("backlog", ["overdue", "share"], by=groups, when=days, reason=reason)
    open_then = _OpenRequests(records.cases, case_type, due)
    counts, shares = [], []
    for day in days:
        late = open_then.days_over(day)
        for name, (after, until) in zip(names, pairwise(limits), strict=True):
            inside = late > after if until is None else late.is_between(after, until, closed="right")
            children = pl.col(CHILD).filter(inside).n_unique()
            sides = {"numerator": inside.sum(), "people": children}
            counts.append(open_then.counted(day, groups, sides).with_columns(band=pl.lit(name)))
        sides = {"numerator": (late > 0).sum(), "denominator": pl.len()}
        shares.append(open_then.counted(day, groups, sides).with_columns(band=pl.lit(ANY)))
    tables = [
        measure_table(pl.concat(frames), "backlog", name, by=groups)
        for name, frames in (("overdue", counts), ("share", shares))
    ]
    return stacked(tables)


@measure("cases")
def backlog_age(
    records: Records, on: date | Sequence[date], *, case_type: str = ASSESSMENT, by: Sequence[str] = ()
) -> MeasureTable:
    """How old the open requests are at the end of a day, in days, the day of receipt being day 1.

    Parameters
    ----------
    records : Records
        The area's records; uses `cases`.
    on : date or sequence of date
        The day, or days.
    case_type : str
        The type of case.
    by : sequence of str
        Columns to group by; any column of `cases`.

    Returns
    -------
    MeasureTable
        Two definitions. `median`, and `ninetieth`: the smallest age that at least nine in ten have not passed. Denominator: open requests;
        there is no numerator, and the rows never roll up.

    References
    ----------
    This project's measure book, "backlog_age".

    Examples
    --------
    >>> requests = pl.DataFrame({"organisation": "council", "case_id": list("abc"), "case_type": "ehc_assessment",
    ...     "received_date": [date(2023, 3, 31), date(2023, 3, 22), date(2023, 1, 1)]})
    >>> backlog_age(Records(cases=requests), date(2023, 3, 31)).frame.select("definition", "value", "denominator").rows()
    [('median', 10.0, 3.0), ('ninetieth', 90.0, 3.0)]
    """
    groups, days = as_by(by), as_dates(on)
    if reason := records.lacks("cases", columns=groups, of="cases"):
        return not_available("backlog_age", ["median", "ninetieth"], by=groups, when=days, reason=reason)
    open_then = _OpenRequests(records.cases, case_type, DAYS_IN_A_WEEK)
    tables = []
    for name, centile in (("median", _MEDIAN), ("ninetieth", _NINETIETH)):
        frames = []
        for day in days:
            age = (pl.lit(day) - pl.col("received_date")).dt.total_days() + 1
            value = age.median() if centile == _MEDIAN else _smallest_reaching(age, centile)
            frames.append(open_then.counted(day, groups, {"age": value.cast(pl.Float64), "denominator": pl.len()}))
        # Where nobody waits there is no age, rather than an age of 0.
        aged = pl.concat(frames).with_columns(value=pl.when(pl.col("denominator") > 0).then("age"))
        tables.append(measure_table(aged, "backlog_age", name, by=groups))
    return stacked(tables)


def _days_to_deadline(weeks: int) -> int:
    if weeks < 1:
        raise UsageError("a deadline is a whole number of weeks from 1", where="weeks=", hint="20 for new plans")
    return DAYS_IN_A_WEEK * weeks


class _OpenRequests:
    """The requests of one type, and those of them that are open at the end of a day."""

    def __init__(self, cases: Frame, case_type: str, due: int) -> None:
        self._every = dated_cases(cases, case_type)
        self._due = due

    def days_over(self, day: date) -> pl.Expr:
        return (pl.lit(day) - pl.col("received_date")).dt.total_days() + 1 - self._due

    def counted(self, day: date, groups: Sequence[str], sides: dict[str, pl.Expr]) -> pl.DataFrame:
        still = (pl.col("received_date") <= day) & (pl.col("ended").is_null() | (pl.col("ended") > day))
        return by_period(self._every, self._every, [Period(day, day)], by=groups, inside=[still], sides=sides)


def _smallest_reaching(age: pl.Expr, centile: float) -> pl.Expr:
    """The smallest value that at least such a share of the values do not pass (the inverse of the empirical distribution)."""
    place = (pl.len() * centile - 1e-9).ceil().cast(pl.Int64) - 1
    return age.sort().gather(place.clip(lower_bound=0)).first()
