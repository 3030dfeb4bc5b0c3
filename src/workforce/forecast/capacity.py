"""A queue counted from cases, and how many posts would clear it by a date, by the model of the outlook."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from workforce.book.constants import DAYS_IN_A_WEEK
from workforce.errors import NotEstimable, UsageError
from workforce.forecast.clearing import MOST_POSTS, clearing
from workforce.forecast.demand import Level
from workforce.forecast.fit import fit, in_post, of_caseworkers
from workforce.forecast.outlook import MOST_MONTHS, ForecastSettings, months_after
from workforce.forecast.queue import COUNTED, HALF_A_YEAR, LEAST_ARRIVALS, Queue, queue
from workforce.frames import eager
from workforce.measures.availability import measure, not_available
from workforce.measures.clocks import ASSESSMENT, CHILD, dated_cases
from workforce.measures.holders import with_columns_absent
from workforce.measures.presence import observed as records_cover
from workforce.periods import Period, as_period
from workforce.records import Frame, Records
from workforce.results import NOT_APPLICABLE, NOT_AVAILABLE, MeasureTable, stacked
from workforce.stats.rates import measure_table

SIMULATED: Final = (
    "months_ahead",
    "posts",
    "posts_tried",
    "cleared_as_now",
    "cleared",
    "cleared_with_one_fewer",
    "left",
    "follows_staff",
)
FIGURES: Final = (*COUNTED, *SIMULATED)
A_YEAR_AHEAD: Final = 12  # months
_MOST_TRIED: Final = 500  # posts
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
) -> Queue:
    """The queue of the cases of one type over a period: `queue`, with arrivals, removals and waits counted from the cases.

    A case comes on its day of receipt, or so many weeks (`after`) later if it is then still open: with 20, the queue is the requests past
    their date. It goes on the day of its outcome or closing, the earlier. What ends before it would come was never in the queue. Waiting
    at the end: come by then, not gone by then. Mean wait: from coming to the end, in weeks. What happened after the period is not used.

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
    weeks_to_clear : float
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
    return queue(
        weekly["arrivals"].tolist(),
        weekly["removals"].tolist(),
        target_wait,
        waiting=float(len(still)),
        mean_wait=waited,
        weeks_to_clear=weeks_to_clear,
        cv=(gaps["arrivals"], gaps["removals"]),
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
    records: Records, case_type: str = ASSESSMENT, *, roles: Sequence[str] | None = None, least: float = A_TENTH
) -> list[str]:
    """Those of the roles that hold cases of a type, for settings that name the caseworkers of several services together.

    Parameters
    ----------
    records : Records
        The area's records; uses `cases`, `allocations` and `assignments`.
    case_type : str
        The type of case.
    roles : sequence of str, optional
        The roles to choose from; without them, all roles on record.
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
        current & (pl.lit(value=True) if roles is None else pl.col("role").is_in(list(roles)))
    )
    shares = (
        held_in_role.group_by("role").agg(share=pl.len() / max(len(held_in_role), 1)).filter(pl.col("share") >= least)
    )
    return shares["role"].sort().to_list()


@measure("cases", "allocations", "assignments", "vacancies", "absences")
def capacity(
    records: Records,
    observed: Period,
    target_wait: float,
    *,
    roles: Sequence[str],
    months: int = A_YEAR_AHEAD,
    case_type: str = ASSESSMENT,
    after: int = 0,
    most_posts: int = MOST_POSTS,
    settings: ForecastSettings | None = None,
) -> MeasureTable:
    """A queue, and the smallest number of further posts with which it is likely to be down to its target by a date.

    The posts are found by the outlook itself (`outlook`, the same paths): with so many further posts, vacant on the day and filled as fast
    as vacancies are, at least half of the paths have no more cases in the queue at the end of the months than the longest queue that
    keeps the target wait; with one post fewer, under half. How far closings follow the staff is learned from the area's own history.

    Parameters
    ----------
    records : Records
        The area's records; uses `cases`, `allocations`, `assignments`, `vacancies` and `absences`.
    observed : Period
        The period in which the queue is counted, a week or more; its last day is the day of the outlook.
    target_wait : float
        Weeks that nearly all should wait no longer than.
    roles : sequence of str
        The roles of caseworkers; those of them that hold such cases (`roles_holding`) are looked at.
    months : int
        Months from the period's last day by whose end the queue is to be cleared.
    case_type : str
        The type of case.
    after : int
        Weeks from receipt after which a case joins the queue.
    most_posts : int
        The largest number of further posts that is tried.
    settings : ForecastSettings, optional
        As in `outlook`; `case_type` and `weeks` are those given here.

    Returns
    -------
    MeasureTable
        The measure `queue`, one definition a figure. people: the children behind the queue, the staff behind the posts. Marker ``x``: the
        cases, allocations, staff or vacancies are not recorded, or do not suffice for an outlook. Marker ``z``: nothing came or went, or
        (`posts`) no number that was tried does it. `left` has the range of 95 in 100 paths as its limits,
        `follows_staff` the range of 95% of what the history makes likely.

    Raises
    ------
    UsageError
        Where the period is less than a week, a case would come before its receipt, or months or posts are out of range.

    References
    ----------
    Fong et al. (2022), Understanding waiting list pressures, medRxiv, doi:10.1101/2022.08.23.22279117, for the queue; this project's
    measure book, "outlook", for the paths. See ``wf.explain("queue")``.

    Examples
    --------
    >>> import workforce as wf
    >>> area = wf.load_area()
    >>> late = capacity(area, wf.year_to("2023-03"), 4, roles=area.settings.casework.caseworker_roles, after=20, most_posts=2,
    ...     settings=ForecastSettings(paths=100))
    >>> late.frame.filter(pl.col("definition") == "posts")["marker"].item()
    'z'
    """
    as_period(observed)
    if not 1 <= months <= MOST_MONTHS:
        raise UsageError(
            "a queue is cleared in 1 to {most} months", where="months=", hint="12 is usual", most=MOST_MONTHS
        )
    if isinstance(most_posts, bool) or not isinstance(most_posts, int) or not 1 <= most_posts <= _MOST_TRIED:
        raise UsageError(
            "further posts are tried up to a whole number from 1 to 500", where="most_posts=", hint="40 is usual"
        )
    if reason := records.lacks("cases", "allocations", "assignments"):
        return not_available("queue", FIGURES, by=(), when=observed, reason=reason)
    held_in = roles_holding(records, case_type, roles=roles)
    staff = of_caseworkers(eager(records.assignments), held_in)
    limits = records_cover(staff)
    covered = limits.filter(
        (pl.col("observed_from") > observed.start) | (pl.col("observed_to") < observed.end)
    ).is_empty()
    queue_cases = queued(records.cases, case_type, after)
    weeks = observed.days // DAYS_IN_A_WEEK
    idle = any(_within_weeks(queue_cases, day, observed, weeks).is_empty() for day in ("comes", "ended"))
    if staff.is_empty() or not covered or idle:
        return _nothing(observed, NOT_HELD if staff.is_empty() else IDLE if covered else NOT_COVERED, covered=covered)
    ahead = months_after(observed.end, months)
    days = (ahead[-1].end - observed.end).days
    queue_now = queue_of(
        records, observed, target_wait, case_type=case_type, after=after, weeks_to_clear=days / DAYS_IN_A_WEEK
    )
    children = waiting_at(queue_cases, observed)[CHILD].n_unique()
    counted = queue_now.table(observed, people=children)
    simulated, reason = _posts_needed(
        records,
        observed,
        ahead,
        queue_now,
        roles=held_in,
        case_type=case_type,
        after=after,
        most=most_posts,
        settings=settings,
    )
    table = stacked([counted, simulated])
    return table._with_reasons(reason) if reason else table


def _posts_needed(
    records: Records,
    observed: Period,
    ahead: Sequence[Period],
    queue_now: Queue,
    *,
    roles: Sequence[str],
    case_type: str,
    after: int,
    most: int,
    settings: ForecastSettings | None,
) -> tuple[MeasureTable, str | None]:
    """The simulated figures of a queue, or why there are none."""
    chosen = settings or ForecastSettings()
    if reason := records.lacks("vacancies"):
        return not_available("queue", SIMULATED, by=(), when=observed, reason=reason), reason
    try:
        fitted = fit(
            records,
            roles=roles,
            on=observed.end,
            history=chosen.history,
            case_type=case_type,
            lasting=[kind for kind in chosen.lasting if kind != case_type],
        )
    except NotEstimable as error:
        return not_available("queue", SIMULATED, by=(), when=observed, reason=error.what), error.what
    found = clearing(
        fitted,
        ahead,
        target=queue_now.target_queue,
        overdue_after=DAYS_IN_A_WEEK * after,
        paths=chosen.paths,
        seed=chosen.seed,
        most=most,
    )
    low_share, share, high_share = _staff_share(fitted.cases.requests.pace)
    paths, people = float(found.paths), len(in_post(of_caseworkers(eager(records.assignments), roles), observed.end))
    lower, median, upper = found.left
    fewer = found.cleared_with_one_fewer
    # The sides of each figure; of one that is no ratio of counts the value, and its range.
    figures: dict[str, dict[str, float | None]] = {
        "months_ahead": {"numerator": len(ahead)},
        "posts": {"numerator": found.posts},
        "posts_tried": {"numerator": found.tried},
        "cleared_as_now": {"numerator": found.cleared_as_now, "denominator": paths},
        "cleared": {"numerator": found.cleared, "denominator": paths},
        "cleared_with_one_fewer": {"numerator": fewer, "denominator": paths},
        "left": {"value": median, "denominator": people},
        "follows_staff": {"value": 100 * share, "denominator": people},
    }
    table = stacked(_simulated_row(name, figures[name], observed, people) for name in SIMULATED)
    ranges = {"left": (lower, upper), "follows_staff": (100 * low_share, 100 * high_share)}
    frame = table.frame
    for name, (low, high) in ranges.items():
        this = pl.col("definition") == name
        frame = frame.with_columns(
            pl.when(this).then(pl.lit(value)).otherwise(pl.col(column)).alias(column)
            for column, value in (("lower", low), ("upper", high), ("method", "simulated"))
        )
    return table._with(frame), None


def _staff_share(pace: Level) -> tuple[float, float, float]:
    """How far closings follow the staff: the mean, between the ends of the range that holds 95% of what is believed of it."""
    order = np.argsort(pace.staff_share, kind="stable")
    believed = np.cumsum(pace.weight[order])
    ends = [float(pace.staff_share[order][np.searchsorted(believed, cut)]) for cut in (0.025, 0.975)]
    return ends[0], float((pace.weight * pace.staff_share).sum()), ends[1]


def _simulated_row(name: str, figure: dict[str, float | None], observed: Period, people: int) -> MeasureTable:
    without = all(figure.get(side) is None for side in ("numerator", "value"))
    row = pl.DataFrame(
        {
            **{side: [figure.get(side)] for side in ("numerator", "denominator", "value")},
            "people": [people],
            "marker": [NOT_APPLICABLE if without else None],
        },
        schema={
            **dict.fromkeys(("numerator", "denominator", "value"), pl.Float64),
            "people": pl.Int64,
            "marker": pl.String,
        },
    )
    dated = row.with_columns(period_start=pl.lit(observed.start), period_end=pl.lit(observed.end))
    return measure_table(dated, "queue", name, by=[])


def _nothing(observed: Period, reason: str, *, covered: bool) -> MeasureTable:
    marker = NOT_APPLICABLE if covered else NOT_AVAILABLE
    row = pl.DataFrame({"marker": [marker], "period_start": [observed.start], "period_end": [observed.end]})
    table = stacked(measure_table(row, "queue", name, by=[]) for name in FIGURES)
    return table._with_reasons(reason)


def _cv(gaps: npt.NDArray[np.float64]) -> float:
    if len(gaps) < LEAST_ARRIVALS or gaps.mean() == 0:
        return 1.0
    return float(gaps.std(ddof=1) / gaps.mean())
