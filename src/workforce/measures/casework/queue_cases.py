"""A queue counted from cases, and what the staff who work on it could do about it.

Promises: arrivals, removals and waits are counted from the cases, posts and what they clear from the staff in the roles that hold them; a
period that the records do not cover is marked, never counted as nothing. Refuses: periods under a week, frames without their columns.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from workforce.errors import UsageError
from workforce.measures.casework.clocks import ASSESSMENT, CHILD, WEEK, dated_cases
from workforce.measures.casework.outlook_fit import Tables, absence_rate, employment, in_post, mean_fte, of_caseworkers
from workforce.measures.casework.queue import FIGURES, HALF_A_YEAR, LEAST_ARRIVALS, Queue, queue
from workforce.measures.frame import NOT_AVAILABLE, measure_table
from workforce.measures.presence import observed as records_cover
from workforce.measures.staffing.turnover import leavers
from workforce.periods import Period

Frame = pl.DataFrame | pl.LazyFrame
A_TENTH: Final = 0.1  # of a type's allocations: roles with fewer hold such cases by exception
NOT_APPLICABLE: Final = "z"


def queue_of(
    cases: Frame,
    observed: Period,
    target_wait: float,
    *,
    case_type: str = ASSESSMENT,
    after: int = 0,
    weeks_to_clear: float = HALF_A_YEAR,
    fte: float | None = None,
    absence_rate: float = 0.0,
    fte_of_a_leaver: float = 1.0,
    leavers: float | None = None,
) -> Queue:
    """The queue of the cases of one type over a period: `queue`, with arrivals, removals and waits counted from the cases.

    A case comes on its day of receipt, or so many weeks (`after`) later if it is then still open: with 20, the queue is the requests past
    their date. It goes on the day of its outcome or closing, the earlier. What ends before it would come was never in the queue, but is
    part of what the staff clear. Whole weeks to the last day of the period are looked at. Waiting at the end: come by then, not gone by
    then. Mean wait: from coming to the end, in weeks. cv: of the days between one arrival and the next, one removal and the next. What
    happened after the period is not looked at.

    >>> from datetime import date
    >>> listed = pl.DataFrame({"organisation": "trust", "case_id": list("abc"), "case_type": "therapy",
    ...     "received_date": [date(2024, 1, 1), date(2024, 1, 5), date(2024, 2, 20)],
    ...     "closed_date": [None, date(2024, 1, 20), date(2024, 3, 10)]})
    >>> small = queue_of(listed, Period(date(2024, 1, 1), date(2024, 1, 31)), 20, case_type="therapy")
    >>> small.waiting, round(small.mean_wait * 7)
    (1.0, 30)
    """
    weeks = observed.days // WEEK
    if weeks < 1:
        raise UsageError("a queue needs a week of records", where="observed=", hint="a year is usual")
    if after < 0:
        raise UsageError(
            "a case cannot come before its receipt", where="after=", hint="weeks from 0; 20 for late plans"
        )
    every = queued(cases, case_type, after)
    weekly, gaps = {}, {}
    for name, day in (("arrivals", "comes"), ("removals", "ended")):
        inside = _within_weeks(every, day, observed, weeks)
        weekly[name] = np.bincount(inside["back"].to_numpy(), minlength=weeks).astype(np.float64)
        gaps[name] = _cv(np.diff(inside["day"].to_numpy().astype(np.float64)))
    still = waiting_at(every, observed)
    waited = still.select((pl.lit(observed.end) - pl.col("comes")).dt.total_days().mean() / WEEK).item()
    all_ended = _within_weeks(queued(cases, case_type, 0), "ended", observed, weeks)
    return queue(
        weekly["arrivals"].tolist(),
        weekly["removals"].tolist(),
        target_wait,
        waiting=float(len(still)),
        mean_wait=waited,
        weeks_to_clear=weeks_to_clear,
        fte=fte,
        absence_rate=absence_rate,
        fte_of_a_leaver=fte_of_a_leaver,
        leavers=leavers,
        cv=(gaps["arrivals"], gaps["removals"]),
        cleared=len(all_ended) / weeks if after else None,
    )


def queued(cases: Frame, case_type: str, after: int) -> pl.DataFrame:
    """Cases of one type that came into the queue: with `ended`, the child behind each, and `comes`, the day on which it came."""
    comes = pl.col("received_date").dt.offset_by(f"{WEEK * after}d")
    every = dated_cases(cases, case_type).with_columns(comes=comes)
    return every.filter(pl.col("ended").is_null() | (pl.col("ended") >= pl.col("comes")))


def waiting_at(every: pl.DataFrame, observed: Period) -> pl.DataFrame:
    """The cases of a queue that wait at the end of a period."""
    return every.filter(
        (pl.col("comes") <= observed.end) & (pl.col("ended").is_null() | (pl.col("ended") > observed.end))
    )


def _within_weeks(every: pl.DataFrame, day: str, observed: Period, weeks: int) -> pl.DataFrame:
    """What happened in the weeks looked at, in order: `day` as a number, and how many weeks `back` from the end."""
    start = pl.lit(observed.end).dt.offset_by(f"-{weeks * WEEK - 1}d")
    return every.filter(pl.col(day).is_between(start, observed.end)).select(
        day=pl.col(day).to_physical().sort(),
        back=(pl.lit(observed.end) - pl.col(day).sort()).dt.total_days() // WEEK,
    )


def roles_holding(
    records: Tables, case_type: str = ASSESSMENT, *, roles: Sequence[str], least: float = A_TENTH
) -> list[str]:
    """Those of the roles who hold cases of a type: each had at least so much of its allocations (a tenth), in the role held on taking it.

    For settings that name the caseworkers of several services together. Empty where nobody holds such a case.

    >>> import workforce as wf
    >>> area = wf.load_area()
    >>> roles_holding(area, "ehc_assessment", roles=area.settings.casework.caseworker_roles)
    ['SEND caseworker', 'Senior SEND caseworker']
    """
    own = records.cases.filter(pl.col("case_type") == case_type).select("organisation", "case_id")
    taken = records.allocations.join(own, on=["organisation", "case_id"], how="semi")
    posts = records.assignments.select("organisation", "person_id", "role", since="start_date", until="end_date")
    there = (pl.col("since") <= pl.col("start_date")) & (
        pl.col("until").is_null() | (pl.col("until") >= pl.col("start_date"))
    )
    held = taken.join(posts, on=["organisation", "person_id"]).filter(there & pl.col("role").is_in(list(roles)))
    shares = held.group_by("role").agg(share=pl.len() / max(len(held), 1)).filter(pl.col("share") >= least)
    return shares["role"].sort().to_list()


def capacity(
    records: Tables,
    observed: Period,
    target_wait: float,
    *,
    roles: Sequence[str],
    case_type: str = ASSESSMENT,
    after: int = 0,
    weeks_to_clear: float = HALF_A_YEAR,
) -> pl.DataFrame:
    """What a queue needs, and what each lever alone would have to be: a measure table (`measure` queue, one definition a figure).

    Definitions: Fong et al. (2022), see `explain("queue")`. The queue: `queue_of` the cases of the type, from so many weeks (`after`) after
    receipt, with the children behind it as people. In posts: the mean full-time equivalents, agency included, of those in the `roles` who
    hold such cases (`roles_holding`), the share of time that these lost to sickness, and the leavers to be expected in the weeks to clear
    at the period's rate, each with the mean FTE of the staff; people: these staff. weeks_to_clear: from the period's last day.

    Marker `x`: the records of one of the organisations do not cover the period. `z`: nothing came or went, nothing is to be
    cleared, or the lever cannot do it alone.

    >>> import workforce as wf
    >>> area = wf.load_area()
    >>> late = capacity(area, wf.year_to("2023-03"), 4, roles=area.settings.casework.caseworker_roles, after=20)
    >>> late.filter(pl.col("definition") == "time_to_clear")["value"].item()
    26.0
    """
    own = roles_holding(records, case_type, roles=roles)
    staff = of_caseworkers(records.assignments, own)
    limits = records_cover(staff)
    covered = limits.filter(
        (pl.col("observed_from") > observed.start) | (pl.col("observed_to") < observed.end)
    ).is_empty()
    every = queued(records.cases, case_type, after)
    weeks = observed.days // WEEK
    idle = any(_within_weeks(every, day, observed, weeks).is_empty() for day in ("comes", "ended"))
    if staff.is_empty() or not covered or idle:
        return _nothing(observed, NOT_AVAILABLE if not covered else NOT_APPLICABLE)
    employed = staff.filter(employment(staff) == "employed")
    now = in_post(staff, observed.end)
    left = leavers(employed, observed)["numerator"].sum()
    found = queue_of(
        records.cases,
        observed,
        target_wait,
        case_type=case_type,
        after=after,
        weeks_to_clear=weeks_to_clear,
        fte=mean_fte(staff, observed),
        absence_rate=absence_rate(employed, records.absences, observed) or 0.0,
        fte_of_a_leaver=float(now["fte"].to_numpy().mean()) if len(now) else 1.0,
        leavers=float(left) * weeks_to_clear * WEEK / observed.days,
    )
    return found.table(observed, people=waiting_at(every, observed)[CHILD].n_unique(), staff=len(now))


def _nothing(observed: Period, marker: str) -> pl.DataFrame:
    row = pl.DataFrame({"marker": [marker], "period_start": [observed.start], "period_end": [observed.end]})
    return pl.concat([measure_table(row, "queue", name, by=[]) for name in FIGURES])


def _cv(gaps: npt.NDArray[np.float64]) -> float:
    if len(gaps) < LEAST_ARRIVALS or gaps.mean() == 0:
        return 1.0
    return float(gaps.std(ddof=1) / gaps.mean())
