"""Open requests past their date, by how long over; how old the open requests are; what came and went; and how long requests wait.

A request is open until its outcome or its closing, the earlier; what ended on the day is no longer open at its end.
"""

from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import Final, Literal

import polars as pl

from workforce.book.constants import DAYS_IN_A_WEEK, PLAN_WEEKS
from workforce.errors import UsageError
from workforce.frames import as_by
from workforce.measures.availability import measure, not_available
from workforce.measures.clocks import ASSESSMENT, CHILD, PLAN_ISSUED, allowed, by_period, dated_cases
from workforce.periods import Period, as_dates, as_period, as_periods
from workforce.records import Frame, Records
from workforce.results import Curve, MeasureTable, stacked
from workforce.sealed import number_given
from workforce.stats.life_table import life_table, named
from workforce.stats.rates import measure_table

WEEKS_OVER: Final = (4, 13, 26, 52)  # up to a month, a quarter, half a year, a year over; and beyond
ANY: Final = "past their date"
_MEDIAN, _NINETIETH = 0.5, 0.9


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


_NO_SPELLS: Final = pl.DataFrame(schema={"entry": pl.Int64, "exit": pl.Int64, "event": pl.Boolean})


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


def _smallest_reaching(age: pl.Expr, centile: float) -> pl.Expr:
    """The smallest value that at least such a share of the values do not pass (the inverse of the empirical distribution)."""
    place = (pl.len() * centile - 1e-9).ceil().cast(pl.Int64) - 1
    return age.sort().gather(place.clip(lower_bound=0)).first()


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


@measure("cases")
def waiting(
    records: Records,
    on: date | Sequence[date],
    *,
    case_type: str = "therapy",
    weeks: Sequence[int] = (18, 52),
    by: Sequence[str] = (),
) -> MeasureTable:
    """Children waiting at the end of a day by how long they have waited / all who wait.

    A referral waits until its outcome date (the first appointment), or until it closes without one. Up to n weeks: no more than 7n - 1
    days since receipt.

    Parameters
    ----------
    records : Records
        The area's records; uses `cases`.
    on : date or sequence of date
        The day, or days.
    case_type : str
        The type of case.
    weeks : sequence of int
        Weeks at which a band ends, rising.
    by : sequence of str
        Columns to group by; any column of `cases`.

    Returns
    -------
    MeasureTable
        Definition `nhs`, a row for every band (column `band`), empty ones too; value in %; limits: Wilson, 95%.

    Raises
    ------
    UsageError
        Where the weeks do not rise.

    References
    ----------
    NHS England, Community health services waiting lists: 18 and 52 weeks.

    Examples
    --------
    >>> referrals = pl.DataFrame({"organisation": "trust", "case_id": list("abc"), "case_type": "therapy",
    ...     "received_date": [date(2021, 1, 4), date(2022, 11, 28), date(2023, 3, 1)], "outcome_date": [None, None, date(2023, 3, 20)]})
    >>> waiting(Records(cases=referrals), date(2023, 3, 31)).frame.select("band", "numerator", "denominator").rows()
    [('18 to 52 weeks', 0.0, 2.0), ('over 52 weeks', 1.0, 2.0), ('up to 18 weeks', 1.0, 2.0)]
    """
    edges = [int(number_given(edge, "weeks")) for edge in weeks]
    if not edges or edges != sorted(set(edges)) or edges[0] < 1:
        raise UsageError("the weeks of a wait do not rise", where="weeks=", hint="such as (18, 52)")
    groups, days = as_by(by), [Period(day, day) for day in as_dates(on)]
    if reason := records.lacks("cases", columns=groups, of="cases"):
        return not_available("waiting", ["nhs"], by=groups, when=days, reason=reason)
    cases = dated_cases(records.cases, case_type)
    names = [f"up to {edges[0]} weeks", *[f"{a} to {b} weeks" for a, b in pairwise(edges)], f"over {edges[-1]} weeks"]
    limits = [-1, *[allowed(w) for w in edges], None]
    frames = []
    for day in days:
        waited = (pl.lit(day.start) - pl.col("received_date")).dt.total_days()
        still = (pl.col("received_date") <= day.start) & (pl.col("ended").is_null() | (pl.col("ended") > day.start))
        for name, (after, until) in zip(names, pairwise(limits), strict=True):
            within = waited > after if until is None else waited.is_between(after, until, closed="right")
            sides = {"numerator": within.sum(), "denominator": pl.len()}
            waiting_now = by_period(cases, cases, [day], by=groups, inside=[still], sides=sides)
            frames.append(waiting_now.with_columns(band=pl.lit(name)))
    return measure_table(pl.concat(frames), "waiting", "nhs", by=groups)


@measure("cases", needs=["cases.outcome_date"], needs_by_option={"plan": ["cases.outcome"]})
def time_to_plan(
    records: Records,
    observed: Period | None = None,
    *,
    case_type: str = ASSESSMENT,
    until: Literal["plan", "outcome"] = "plan",
    by: Sequence[str] | str = (),
) -> Curve:
    """The share of requests still without a plan after so many days, as a life table that adds up over organisations.

    Time is whole days, the day of receipt being day 1, so that a plan in time has a time of 140 or less. A request received before the
    observed period enters at the age it had when the period began; one still open when it ends is censored there.

    Parameters
    ----------
    records : Records
        The area's records; uses `cases`.
    observed : Period, optional
        The days that are looked at; without it those that the records cover.
    case_type : str
        The type of case.
    until : {"plan", "outcome"}
        With "plan", a request that ended otherwise (refused, no plan, withdrawn) is censored on that day, and the curve is about requests
        that go on to a plan; with "outcome", any outcome ends the wait.
    by : sequence of str
        Columns to group by; any column of `cases`.

    Returns
    -------
    Curve
        Of the measure time_to_plan, or time_to_outcome: the columns of `wf.stats.life_table`, value as a proportion.

    Raises
    ------
    UsageError
        Where `until` is neither, or `observed` is no period.

    References
    ----------
    Kaplan & Meier (1958) with delayed entry; this project's measure book.

    Examples
    --------
    >>> from workforce.periods import calendar_year
    >>> requests = pl.DataFrame({"organisation": "council", "case_id": ["a", "b"], "case_type": "ehc_assessment",
    ...     "received_date": [date(2022, 1, 3), date(2022, 12, 22)], "outcome": ["plan_issued", None],
    ...     "outcome_date": [date(2022, 5, 22), None]})
    >>> curve = time_to_plan(Records(cases=requests), calendar_year("2022"))
    >>> curve.frame.select("time", "at_risk", "left", "censored").rows()
    [(0, 0.0, 0.0, 0.0), (10, 2.0, 0.0, 1.0), (140, 1.0, 1.0, 0.0)]
    """
    if until not in ("plan", "outcome"):
        raise UsageError("a wait lasts until the plan or any outcome", where="until=", hint='"plan" or "outcome"')
    groups = as_by(by)
    reason = records.lacks("cases", columns=groups, of="cases")
    if reason:
        return _curve(_NO_SPELLS.with_columns(pl.lit(None, pl.String).alias(c) for c in groups), until, groups, reason)
    window = as_period(records.observed if observed is None else observed)
    reached = pl.col("outcome_date").is_not_null()
    if until == "plan":
        reached = reached & (pl.col("outcome") == PLAN_ISSUED).fill_null(value=False)
    requests = dated_cases(records.cases, case_type).filter(
        (pl.col("received_date") <= window.end) & (pl.col("ended").is_null() | (pl.col("ended") >= window.start))
    )
    if "observed_from" in requests.columns:  # who cannot say what became of requests has records of no day
        requests = requests.filter((pl.col("observed_from") <= window.end).fill_null(value=True))
    last = pl.min_horizontal(pl.col("ended"), pl.lit(window.end))
    spells = requests.select(
        *groups,
        entry=(pl.lit(window.start) - pl.col("received_date")).dt.total_days().clip(lower_bound=0),
        exit=(last - pl.col("received_date")).dt.total_days() + 1,
        event=reached & (pl.col("outcome_date") <= last),
    )
    return _curve(spells, until, groups)


def _curve(spells: pl.DataFrame, until: str, groups: Sequence[str], *reasons: str) -> Curve:
    return named(life_table(spells, by=groups), f"time_to_{until}")._with_reasons(*reasons)
