"""Backlog: open requests past their date, by how long over, and how old the open requests are.

Promises: a request is open until its outcome or its closing, the earlier; what ended on the day is no longer open at its end. Medians are
of open requests and never roll up; the counts do. Refuses: weeks below 1, bands that do not rise, frames without the columns of `by`.
"""

from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import Final

import polars as pl

from workforce.errors import UsageError
from workforce.measures.casework.clocks import ASSESSMENT, CHILD, WEEK, by_period, dated_cases
from workforce.measures.frame import as_by, measure_table
from workforce.periods import Period, as_dates

Frame = pl.DataFrame | pl.LazyFrame
WEEKS_OVER: Final = (4, 13, 26, 52)  # up to a month, a quarter, half a year, a year over; and beyond
ANY: Final = "past their date"
_MEDIAN, _NINETIETH = 0.5, 0.9


def backlog(
    cases: Frame,
    on: date | Sequence[date],
    *,
    case_type: str = ASSESSMENT,
    weeks: int = 20,
    over: Sequence[int] = WEEKS_OVER,
    by: Sequence[str] = (),
) -> pl.DataFrame:
    """Open requests past their date at the end of a day.

    Definitions, both of this project's measure book, told apart by `definition`: `overdue`, a count by weeks over (column `band`, every
    band, empty ones too), so that the bands add up to the backlog; `share`, those past their date / all open requests (band "past their
    date"). The day of receipt is day 1, so a request is past its date from day 7 x weeks + 1 on; "up to 4 weeks over" are the 28 days
    after the date. people: different children behind the numerator of a count, the denominator of the share.

    >>> requests = pl.DataFrame({"organisation": "council", "case_id": list("abc"), "case_type": "ehc_assessment",
    ...     "received_date": [date(2022, 11, 11), date(2022, 11, 12), date(2023, 3, 1)]})   # on 31 March: day 141, day 140, day 31
    >>> table = backlog(requests, date(2023, 3, 31))
    >>> table.filter(pl.col("numerator") > 0).select("definition", "band", "numerator", "denominator").rows()
    [('overdue', 'up to 4 weeks over', 1.0, None), ('share', 'past their date', 1.0, 3.0)]
    """
    edges = list(over)
    if not edges or edges != sorted(set(edges)) or edges[0] < 1:
        raise UsageError("the bands of a backlog do not rise", where="over=", hint="such as (4, 13, 26, 52)")
    names = [
        f"up to {edges[0]} weeks over",
        *[f"{a} to {b} weeks over" for a, b in pairwise(edges)],
        f"over {edges[-1]} weeks over",
    ]
    limits = [0, *[WEEK * e for e in edges], None]
    groups, open_then = as_by(by, cases), _OpenRequests(cases, case_type, weeks)
    counts, shares = [], []
    for day in as_dates(on):
        late = open_then.days_over(day)
        for name, (after, until) in zip(names, pairwise(limits), strict=True):
            inside = late > after if until is None else late.is_between(after, until, closed="right")
            behind = pl.col(CHILD).filter(inside).n_unique()
            sides = {"numerator": inside.sum(), "people": behind}
            counts.append(open_then.counted(day, groups, sides).with_columns(band=pl.lit(name)))
        sides = {"numerator": (late > 0).sum(), "denominator": pl.len()}
        shares.append(open_then.counted(day, groups, sides).with_columns(band=pl.lit(ANY)))
    tables = [
        measure_table(pl.concat(parts), "backlog", name, by=groups)
        for name, parts in (("overdue", counts), ("share", shares))
    ]
    return pl.concat(tables)


def backlog_age(
    cases: Frame, on: date | Sequence[date], *, case_type: str = ASSESSMENT, by: Sequence[str] = ()
) -> pl.DataFrame:
    """How old the open requests are at the end of a day, in days, the day of receipt being day 1.

    Definitions of this project's measure book: `median`; `ninetieth`, the smallest age that at least nine in ten have not passed. A
    numerator there is none; the denominator is the number of open requests. Never rolls up: measure the whole.

    >>> requests = pl.DataFrame({"organisation": "council", "case_id": list("abc"), "case_type": "ehc_assessment",
    ...     "received_date": [date(2023, 3, 31), date(2023, 3, 22), date(2023, 1, 1)]})
    >>> backlog_age(requests, date(2023, 3, 31)).select("definition", "value", "denominator").rows()
    [('median', 10.0, 3.0), ('ninetieth', 90.0, 3.0)]
    """
    groups, open_then = as_by(by, cases), _OpenRequests(cases, case_type, 1)
    tables = []
    for name, centile in (("median", _MEDIAN), ("ninetieth", _NINETIETH)):
        parts = []
        for day in as_dates(on):
            age = (pl.lit(day) - pl.col("received_date")).dt.total_days() + 1
            value = age.median() if centile == _MEDIAN else _smallest_reaching(age, centile)
            parts.append(open_then.counted(day, groups, {"age": value.cast(pl.Float64), "denominator": pl.len()}))
        # Where nobody waits there is no age, rather than an age of 0.
        aged = pl.concat(parts).with_columns(value=pl.when(pl.col("denominator") > 0).then("age"))
        tables.append(measure_table(aged, "backlog_age", name, by=groups))
    return pl.concat(tables)


class _OpenRequests:
    """The requests of one type, and those of them that are open at the end of a day."""

    def __init__(self, cases: Frame, case_type: str, weeks: int) -> None:
        if weeks < 1:
            raise UsageError("a deadline is a whole number of weeks from 1", where="weeks=", hint="20 for new plans")
        self._every = dated_cases(cases, case_type)
        self._due = WEEK * weeks

    def days_over(self, day: date) -> pl.Expr:
        return (pl.lit(day) - pl.col("received_date")).dt.total_days() + 1 - self._due

    def counted(self, day: date, groups: Sequence[str], sides: dict[str, pl.Expr]) -> pl.DataFrame:
        still = (pl.col("received_date") <= day) & (pl.col("ended").is_null() | (pl.col("ended") > day))
        return by_period(self._every, self._every, [Period(day, day)], by=groups, inside=[still], sides=sides)


def _smallest_reaching(age: pl.Expr, centile: float) -> pl.Expr:
    """The smallest value that at least such a share of the values do not pass (the inverse of the empirical distribution)."""
    place = (pl.len() * centile - 1e-9).ceil().cast(pl.Int64) - 1
    return age.sort().gather(place.clip(lower_bound=0)).first()
