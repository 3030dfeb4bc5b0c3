"""A queue counted from cases, and what the staff who work on it could do about it.

Arrivals, removals and waits are counted from the cases, posts and what they clear from the staff in the roles that hold them.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from workforce.book.constants import DAYS_IN_A_WEEK
from workforce.errors import UsageError
from workforce.forecast.fit import absence_rate, employment, in_post, mean_fte, of_caseworkers
from workforce.forecast.queue import FIGURES, HALF_A_YEAR, LEAST_ARRIVALS, Queue, QueueStaff, queue
from workforce.frames import eager
from workforce.measures.availability import measure, not_available
from workforce.measures.clocks import ASSESSMENT, CHILD, dated_cases
from workforce.measures.holders import with_columns_absent
from workforce.measures.presence import observed as records_cover
from workforce.measures.turnover import leavers
from workforce.periods import Period, as_period
from workforce.records import Frame, Records
from workforce.results import NOT_APPLICABLE, NOT_AVAILABLE, MeasureTable, stacked
from workforce.stats.rates import measure_table

A_TENTH: Final = 0.1  # of a type's allocations: roles with fewer hold such cases by exception
NOT_COVERED: Final = "the records do not cover the period"
NOT_HELD: Final = "nobody on record has had a role in which these cases are held"
IDLE: Final = "no such case came in, or none was closed, in the period"


@measure("cases")
def queue_of(
    records: Records,
    observed: Period,
    target_wait: float,
    *,
    case_type: str = ASSESSMENT,
    after: int = 0,
    weeks_to_clear: float = HALF_A_YEAR,
    staff: QueueStaff | None = None,
) -> Queue:
    """The queue of the cases of one type over a period: `queue`, with arrivals, removals and waits counted from the cases.

    A case comes on its day of receipt, or so many weeks (`after`) later if it is then still open: with 20, the queue is the requests past
    their date. It goes on the day of its outcome or closing, the earlier. What ends before it would come was never in the queue, but is
    part of what the staff clear. Waiting at the end: come by then, not gone by then. Mean wait: from coming to the end, in weeks. What
    happened after the period is not used.

    Parameters
    ----------
    records : Records
        The area's records; uses `cases`.
    observed : Period
        The period; whole weeks to its last day are counted.
    target_wait : float
        Weeks that nearly all should wait no longer than.
    case_type : str
        The type of case.
    after : int
        Weeks from receipt after which a case joins the queue.
    weeks_to_clear, staff : float, QueueStaff
        As in `queue`.

    Returns
    -------
    Queue
        The exact figures, for analysts. `capacity` gives them as a table that can be released, with marker ``x`` where something is not
        recorded.

    Raises
    ------
    UsageError
        Where the period is less than a week, a case would come before its receipt, or no case came or went.

    References
    ----------
    Fong et al. (2022), Understanding waiting list pressures, medRxiv, doi:10.1101/2022.08.23.22279117.

    Examples
    --------
    >>> from datetime import date
    >>> listed = pl.DataFrame({"organisation": "trust", "case_id": list("abc"), "case_type": "therapy",
    ...     "received_date": [date(2024, 1, 1), date(2024, 1, 5), date(2024, 2, 20)],
    ...     "closed_date": [None, date(2024, 1, 20), date(2024, 3, 10)]})
    >>> january = Period(date(2024, 1, 1), date(2024, 1, 31))
    >>> small = queue_of(Records(cases=listed), january, 20, case_type="therapy")
    >>> small.waiting, round(small.mean_wait * 7)
    (1.0, 30)
    """
    weeks = as_period(observed).days // DAYS_IN_A_WEEK
    if weeks < 1:
        raise UsageError("a queue needs a week of records", where="observed=", hint="a year is usual")
    if after < 0:
        raise UsageError(
            "a case cannot come before its receipt", where="after=", hint="weeks from 0; 20 for late plans"
        )
    if reason := records.lacks("cases"):
        raise UsageError("{reason}, so there is no queue", hint="capacity gives rows that say so", reason=reason)
    queue_cases = queued(records.cases, case_type, after)
    weekly, gaps = {}, {}
    for name, day in (("arrivals", "comes"), ("removals", "ended")):
        inside = _within_weeks(queue_cases, day, observed, weeks)
        weekly[name] = np.bincount(inside["back"].to_numpy(), minlength=weeks).astype(np.float64)
        gaps[name] = _cv(np.diff(inside["day"].to_numpy().astype(np.float64)))
    still = waiting_at(queue_cases, observed)
    waited = still.select((pl.lit(observed.end) - pl.col("comes")).dt.total_days().mean() / DAYS_IN_A_WEEK).item()
    all_ended = _within_weeks(queued(records.cases, case_type, 0), "ended", observed, weeks)
    return queue(
        weekly["arrivals"].tolist(),
        weekly["removals"].tolist(),
        target_wait,
        waiting=float(len(still)),
        mean_wait=waited,
        weeks_to_clear=weeks_to_clear,
        staff=staff,
        cv=(gaps["arrivals"], gaps["removals"]),
        cleared=len(all_ended) / weeks if after else None,
    )


def queued(cases: Frame, case_type: str, after: int) -> pl.DataFrame:
    """Cases of one type that came into the queue: with `ended`, the child behind each, and `comes`, the day on which it came."""
    comes = pl.col("received_date").dt.offset_by(f"{DAYS_IN_A_WEEK * after}d")
    queue_cases = dated_cases(cases, case_type).with_columns(comes=comes)
    return queue_cases.filter(pl.col("ended").is_null() | (pl.col("ended") >= pl.col("comes")))


def waiting_at(every: pl.DataFrame, observed: Period) -> pl.DataFrame:
    """The cases of a queue that wait at the end of a period."""
    return every.filter(
        (pl.col("comes") <= observed.end) & (pl.col("ended").is_null() | (pl.col("ended") > observed.end))
    )


def _within_weeks(every: pl.DataFrame, day: str, observed: Period, weeks: int) -> pl.DataFrame:
    """What happened in the weeks looked at, in order: `day` as a number, and how many weeks `back` from the end."""
    start = pl.lit(observed.end).dt.offset_by(f"-{weeks * DAYS_IN_A_WEEK - 1}d")
    return every.filter(pl.col(day).is_between(start, observed.end)).select(
        day=pl.col(day).to_physical().sort(),
        back=(pl.lit(observed.end) - pl.col(day).sort()).dt.total_days() // DAYS_IN_A_WEEK,
    )


@measure("cases", "allocations", "assignments")
def roles_holding(
    records: Records, case_type: str = ASSESSMENT, *, roles: Sequence[str], least: float = A_TENTH
) -> list[str]:
    """Those of the roles that hold cases of a type, for settings that name the caseworkers of several services together.

    Parameters
    ----------
    records : Records
        The area's records; uses `cases`, `allocations` and `assignments`.
    case_type : str
        The type of case.
    roles : sequence of str
        The roles to choose from.
    least : float
        The share of the type's allocations that a role must have had, in the role held on taking the case.

    Returns
    -------
    list of str
        In order; empty where nobody in the roles holds such a case, or one of the tables is not recorded.

    References
    ----------
    This project's measure book, "queue".

    Examples
    --------
    >>> import workforce as wf
    >>> area = wf.load_area()
    >>> roles_holding(area, "ehc_assessment", roles=area.settings.casework.caseworker_roles)
    ['SEND caseworker', 'Senior SEND caseworker']
    """
    of_type = eager(records.cases).filter(pl.col("case_type") == case_type).select("organisation", "case_id")
    allocations = eager(records.allocations).join(of_type, on=["organisation", "case_id"], how="semi")
    staff = with_columns_absent(eager(records.assignments), {"end_date": pl.Date()})
    posts = staff.select("organisation", "person_id", "role", since="start_date", until="end_date")
    current = (pl.col("since") <= pl.col("start_date")) & (
        pl.col("until").is_null() | (pl.col("until") >= pl.col("start_date"))
    )
    held_in_role = allocations.join(posts, on=["organisation", "person_id"]).filter(
        current & pl.col("role").is_in(list(roles))
    )
    shares = (
        held_in_role.group_by("role").agg(share=pl.len() / max(len(held_in_role), 1)).filter(pl.col("share") >= least)
    )
    return shares["role"].sort().to_list()


@measure("cases", "allocations", "assignments", "absences")
def capacity(
    records: Records,
    observed: Period,
    target_wait: float,
    *,
    roles: Sequence[str],
    case_type: str = ASSESSMENT,
    after: int = 0,
    weeks_to_clear: float = HALF_A_YEAR,
) -> MeasureTable:
    """What a queue needs, and what each lever alone would have to be.

    In posts: the mean full-time equivalents, agency included, of those in the `roles` who hold such cases (`roles_holding`), the share of
    time that these lost to sickness, and the leavers to be expected in the weeks to clear at the period's rate, each with the mean FTE of
    the staff.

    Parameters
    ----------
    records : Records
        The area's records; uses `cases`, `allocations`, `assignments` and `absences`.
    observed : Period
        The period, a week or more.
    target_wait : float
        Weeks that nearly all should wait no longer than.
    roles : sequence of str
        The roles of caseworkers.
    case_type : str
        The type of case.
    after : int
        Weeks from receipt after which a case joins the queue.
    weeks_to_clear : float
        Weeks from the period's last day in which the queue is to come down.

    Returns
    -------
    MeasureTable
        The measure `queue`, one definition a figure. people: the children behind the queue, the staff behind the posts. Marker ``x``:
        cases, allocations or staff are not recorded, or the records of one of the organisations do not cover the period. Marker ``z``:
        nothing came or went, nothing is to be cleared, or the lever cannot do it alone.

    Raises
    ------
    UsageError
        Where the period is less than a week, or a case would come before its receipt.

    References
    ----------
    Fong et al. (2022), Understanding waiting list pressures, medRxiv, doi:10.1101/2022.08.23.22279117; see ``wf.explain("queue")``.

    Examples
    --------
    >>> import workforce as wf
    >>> area = wf.load_area()
    >>> late = capacity(area, wf.year_to("2023-03"), 4, roles=area.settings.casework.caseworker_roles, after=20)
    >>> late.frame.filter(pl.col("definition") == "time_to_clear")["value"].item()
    26.0
    """
    as_period(observed)
    if reason := records.lacks("cases", "allocations", "assignments"):
        return not_available("queue", FIGURES, by=(), when=observed, reason=reason)
    staff = of_caseworkers(eager(records.assignments), roles_holding(records, case_type, roles=roles))
    limits = records_cover(staff)
    covered = limits.filter(
        (pl.col("observed_from") > observed.start) | (pl.col("observed_to") < observed.end)
    ).is_empty()
    queue_cases = queued(records.cases, case_type, after)
    weeks = observed.days // DAYS_IN_A_WEEK
    idle = any(_within_weeks(queue_cases, day, observed, weeks).is_empty() for day in ("comes", "ended"))
    if staff.is_empty() or not covered or idle:
        return _nothing(observed, NOT_HELD if staff.is_empty() else IDLE if covered else NOT_COVERED, covered=covered)
    employed = staff.filter(employment(staff) == "employed")
    staff_at_end = in_post(staff, observed.end)
    left = leavers(Records(assignments=employed), observed).frame["numerator"].sum()
    figures = queue_of(
        records,
        observed,
        target_wait,
        case_type=case_type,
        after=after,
        weeks_to_clear=weeks_to_clear,
        staff=QueueStaff(
            fte=mean_fte(staff, observed),
            absence_rate=absence_rate(employed, records.absences, observed) or 0.0,
            leavers=float(left) * weeks_to_clear * DAYS_IN_A_WEEK / observed.days,
            fte_of_a_leaver=float(staff_at_end["fte"].to_numpy().mean()) if len(staff_at_end) else 1.0,
        ),
    )
    return figures.table(observed, people=waiting_at(queue_cases, observed)[CHILD].n_unique(), staff=len(staff_at_end))


def _nothing(observed: Period, reason: str, *, covered: bool) -> MeasureTable:
    marker = NOT_APPLICABLE if covered else NOT_AVAILABLE
    row = pl.DataFrame({"marker": [marker], "period_start": [observed.start], "period_end": [observed.end]})
    table = stacked(measure_table(row, "queue", name, by=[]) for name in FIGURES)
    return table._with_reasons(reason)


def _cv(gaps: npt.NDArray[np.float64]) -> float:
    if len(gaps) < LEAST_ARRIVALS or gaps.mean() == 0:
        return 1.0
    return float(gaps.std(ddof=1) / gaps.mean())
