"""Waits: who is still waiting and how long, and how long it takes to get a plan, with open requests counted as far as they have come."""

from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import Final, Literal

import polars as pl

from workforce.errors import UsageError
from workforce.measures.casework.clocks import ASSESSMENT, PLAN_ISSUED, allowed, by_period, dated_cases
from workforce.measures.frame import as_by, measure, measure_table, not_available
from workforce.measures.leaving.life_names import named
from workforce.measures.leaving.life_table import life_table
from workforce.periods import Period, as_dates, as_period
from workforce.records import Records
from workforce.results import Curve, MeasureTable
from workforce.sealed import number_given


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


@measure("cases")
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
    last = pl.min_horizontal(pl.col("ended"), pl.lit(window.end))
    spells = requests.select(
        *groups,
        entry=(pl.lit(window.start) - pl.col("received_date")).dt.total_days().clip(lower_bound=0),
        exit=(last - pl.col("received_date")).dt.total_days() + 1,
        event=reached & (pl.col("outcome_date") <= last),
    )
    return _curve(spells, until, groups)


_NO_SPELLS: Final = pl.DataFrame(schema={"entry": pl.Int64, "exit": pl.Int64, "event": pl.Boolean})


def _curve(spells: pl.DataFrame, until: str, groups: Sequence[str], *reasons: str) -> Curve:
    return named(life_table(spells, by=groups), f"time_to_{until}")._with_reasons(*reasons)
