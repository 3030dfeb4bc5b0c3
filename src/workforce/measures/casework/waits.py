"""Waits: who is still waiting and how long, and how long it takes to get a plan, with open requests counted as far as they have come.

Promises: a request that is still open is never dropped; one that was open when the records begin enters at the age it had then. Refuses:
weeks that do not rise, frames without the columns named in `by`.
"""

from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import Literal

import polars as pl

from workforce.errors import UsageError
from workforce.measures.casework.clocks import ASSESSMENT, PLAN_ISSUED, allowed, by_period, dated_cases
from workforce.measures.frame import as_by, measure_table
from workforce.measures.leaving.life_names import named
from workforce.measures.leaving.life_table import life_table
from workforce.periods import Period, as_dates

Frame = pl.DataFrame | pl.LazyFrame


def waiting(
    cases: Frame,
    on: date | Sequence[date],
    *,
    case_type: str = "therapy",
    weeks: Sequence[int] = (18, 52),
    by: Sequence[str] = (),
) -> pl.DataFrame:
    """Children waiting at the end of a day by how long they have waited (column `band`) / all who wait.

    Definition: `nhs` (NHS England, Community health services waiting lists: 18 and 52 weeks). A referral waits until its outcome date
    (the first appointment), or until it closes without one. Up to n weeks: no more than 7n - 1 days since receipt. Every band has its
    row. Limits: Wilson.

    >>> referrals = pl.DataFrame({"organisation": "trust", "case_id": list("abc"), "case_type": "therapy",
    ...     "received_date": [date(2021, 1, 4), date(2022, 11, 28), date(2023, 3, 1)], "outcome_date": [None, None, date(2023, 3, 20)]})
    >>> waiting(referrals, date(2023, 3, 31)).select("band", "numerator", "denominator").rows()
    [('18 to 52 weeks', 0.0, 2.0), ('over 52 weeks', 1.0, 2.0), ('up to 18 weeks', 1.0, 2.0)]
    """
    edges = list(weeks)
    if not edges or edges != sorted(set(edges)) or edges[0] < 1:
        raise UsageError("the weeks of a wait do not rise", where="weeks=", hint="such as (18, 52)")
    groups, every = as_by(by, cases), dated_cases(cases, case_type)
    days = [Period(day, day) for day in as_dates(on)]
    names = [f"up to {edges[0]} weeks", *[f"{a} to {b} weeks" for a, b in pairwise(edges)], f"over {edges[-1]} weeks"]
    limits = [-1, *[allowed(w) for w in edges], None]
    parts = []
    for day in days:
        waited = (pl.lit(day.start) - pl.col("received_date")).dt.total_days()
        still = (pl.col("received_date") <= day.start) & (pl.col("ended").is_null() | (pl.col("ended") > day.start))
        for name, (after, until) in zip(names, pairwise(limits), strict=True):
            within = waited > after if until is None else waited.is_between(after, until, closed="right")
            sides = {"numerator": within.sum(), "denominator": pl.len()}
            part = by_period(every, every, [day], by=groups, inside=[still], sides=sides)
            parts.append(part.with_columns(band=pl.lit(name)))
    return measure_table(pl.concat(parts), "waiting", "nhs", by=groups)


def time_to_plan(
    cases: Frame,
    observed: Period,
    *,
    case_type: str = ASSESSMENT,
    until: Literal["plan", "outcome"] = "plan",
    by: Sequence[str] | str = (),
) -> pl.DataFrame:
    """The share of requests still without a plan after so many days, as a life table that adds up over organisations.

    Definition: Kaplan & Meier (1958) with delayed entry; this project's measure book. Time is whole days, the day of receipt being day 1,
    so that a plan in time has a time of 140 or less. A request received before the observed period enters at the age it had when the
    period began; one still open when it ends is censored there. until="plan": a request that ended otherwise (refused, no plan,
    withdrawn) is censored on that day, and the curve is about requests that go on to a plan; until="outcome": any outcome ends the wait.
    Returns measure (time_to_plan, or time_to_outcome), definition, then the columns of `life_table`, value as a proportion.

    >>> from workforce.periods import calendar_year
    >>> requests = pl.DataFrame({"organisation": "council", "case_id": ["a", "b"], "case_type": "ehc_assessment",
    ...     "received_date": [date(2022, 1, 3), date(2022, 12, 22)], "outcome": ["plan_issued", None],
    ...     "outcome_date": [date(2022, 5, 22), None]})
    >>> time_to_plan(requests, calendar_year("2022")).select("time", "at_risk", "left", "censored").rows()
    [(0, 0.0, 0.0, 0.0), (10, 2.0, 0.0, 1.0), (140, 1.0, 1.0, 0.0)]
    """
    if until not in ("plan", "outcome"):
        raise UsageError("a wait lasts until the plan or any outcome", where="until=", hint='"plan" or "outcome"')
    groups = as_by(by, cases)
    reached = pl.col("outcome_date").is_not_null()
    if until == "plan":
        reached = reached & (pl.col("outcome") == PLAN_ISSUED).fill_null(value=False)
    seen = dated_cases(cases, case_type).filter(
        (pl.col("received_date") <= observed.end) & (pl.col("ended").is_null() | (pl.col("ended") >= observed.start))
    )
    last = pl.min_horizontal(pl.col("ended"), pl.lit(observed.end))
    spells = seen.select(
        *groups,
        entry=(pl.lit(observed.start) - pl.col("received_date")).dt.total_days().clip(lower_bound=0),
        exit=(last - pl.col("received_date")).dt.total_days() + 1,
        event=reached & (pl.col("outcome_date") <= last),
    )
    return named(life_table(spells, by=groups), f"time_to_{until}")
