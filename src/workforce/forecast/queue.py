"""What comes in against what goes out, and what it would take to bring a queue down: in posts, days, leavers or requests.

One unit of time, the week, for waits, rates and targets.

Source: Fong et al. (2022), Understanding waiting list pressures, medRxiv, doi:10.1101/2022.08.23.22279117.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from workforce.errors import UsageError
from workforce.periods import Period
from workforce.results import MeasureTable, stacked
from workforce.sealed import Options, number_given
from workforce.stats.rates import measure_table

HALF_A_YEAR: Final = 26.0  # weeks in which to clear, where nothing else is said
WORKING_DAYS: Final = 5.0  # of a week
FIGURES: Final = (
    "waiting",
    "arrivals",
    "removals",
    "load",
    "pressure",
    "target_wait",
    "target_queue",
    "target_capacity",
    "time_to_clear",
    "relief_capacity",
    "posts",
    "days_of_sickness",
    "leavers_kept",
    "requests_avoided",
)
LEAST_ARRIVALS: Final = 2  # days on which something came in: fewer have no spread of gaps


@dataclass(frozen=True, slots=True)
class QueueStaff(Options):
    """The staff who work on a queue, for what is given in posts.

    Parameters
    ----------
    fte : float
        Full-time equivalents who worked on it, absent ones too.
    absence_rate : float
        The share of their time that was lost to sickness, from 0 to below 1.
    leavers : float, optional
        How many are expected to go in the time to clear, beyond which nobody can be kept.
    fte_of_a_leaver : float
        FTE of a leaver who is kept.

    Raises
    ------
    UsageError
        Where a number is outside its range.

    Examples
    --------
    >>> QueueStaff(fte=10, absence_rate=0.05).leavers is None
    True
    """

    fte: float
    absence_rate: float = 0.0
    leavers: float | None = None
    fte_of_a_leaver: float = 1.0

    def __post_init__(self) -> None:
        for name, value in self._arguments().items():
            object.__setattr__(self, name, number_given(value, name))
        if not 0 <= self.absence_rate < 1:
            raise UsageError("an absence rate is between 0 and 1", where="absence_rate=", hint="such as 0.05")
        positive(self.fte_of_a_leaver, "the FTE of a leaver")

    def _arguments(self) -> dict[str, object]:
        """Return the numbers of the caller by name."""
        numbers = {
            "fte": self.fte,
            "absence_rate": self.absence_rate,
            "leavers": self.leavers,
            "fte_of_a_leaver": self.fte_of_a_leaver,
        }
        return {name: value for name, value in numbers.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue over some weeks, and what would clear it; `queue` and `queue_of` make it. Rates are cases a week, waits are weeks.

    The last four are levers: what each alone would have to be. A lever is None where nothing needs to be cleared, where it cannot be worked
    out (the FTE is not known), or where it cannot do it alone.

    Parameters
    ----------
    weeks : float
        Weeks that were counted.
    arrivals, removals : float
        Cases that came and went, a week.
    cleared : float
        Cases that the staff clear a week in all: the removals, unless they have other work as well as the queue.
    waiting : float
        Cases in the queue at the end.
    target_wait, weeks_to_clear : float
        As they were given.
    load : float
        Arrivals over removals; above 1 the queue grows.
    target_queue, target_capacity : float
        The longest queue, and the removals a week, that keep the target wait.
    relief_capacity : float or None
        Removals a week that clear the queue in time; None where it is not over twice its target.
    mean_wait, pressure : float or None
        The mean wait of those in the queue, and twice that over the target wait.
    posts : float or None
        Further posts, in FTE.
    days_of_sickness : float or None
        Working days of sickness to be avoided over the weeks to clear.
    leavers_kept : float or None
        Leavers who would have to stay.
    requests_avoided : float or None
        Fewer requests a week.
    """

    weeks: float
    arrivals: float
    removals: float
    cleared: float
    waiting: float
    target_wait: float
    weeks_to_clear: float
    load: float
    target_queue: float
    target_capacity: float
    relief_capacity: float | None
    mean_wait: float | None
    pressure: float | None
    posts: float | None
    days_of_sickness: float | None
    leavers_kept: float | None
    requests_avoided: float | None

    @property
    def queue_too_long(self) -> bool:
        """Whether the queue is over twice its target."""
        return self.waiting > MUCH_TOO_LONG * self.target_queue

    def table(self, period: Period, *, people: int, staff: int | None = None) -> MeasureTable:
        """The same figures as a measure table (measure `queue`, one definition a figure), fit for `release`.

        Rates are counts over the weeks of the queue, so that rounding does little harm.

        Parameters
        ----------
        period : Period
            The period of the rows.
        people : int
            The children who wait; the people behind arrivals, removals and what follows from them are these.
        staff : int, optional
            The staff behind the posts and what is given in posts, which are withheld without it.

        Returns
        -------
        MeasureTable
            Figures that are None have their row, with marker ``z``.

        Examples
        --------
        >>> from workforce.periods import calendar_year
        >>> table = queue([4, 6], [3, 3], 20, waiting=60).table(calendar_year("2022"), people=60)
        >>> table.frame.filter(pl.col("definition") == "load").select("numerator", "denominator", "value").row(0)
        (10.0, 6.0, 1.66...)
        """
        weeks = self.weeks
        arrived, removed = self.arrivals * weeks, self.removals * weeks
        sides: dict[str, tuple[float | None, float | None, int | None]] = {
            "arrivals": (arrived, weeks, int(arrived)),
            "removals": (removed, weeks, int(removed)),
            "load": (arrived, removed, int(min(arrived, removed))),
            "waiting": (self.waiting, None, people),
            "target_queue": (self.target_queue, None, int(arrived)),
            "target_capacity": (self.target_capacity * weeks, weeks, int(arrived)),
            "relief_capacity": (_times(self.relief_capacity, weeks), weeks, people),
            "pressure": (_times(self.mean_wait, 2 * self.waiting), self.target_wait * self.waiting, people),
            "target_wait": (self.target_wait, None, 0),
            "time_to_clear": (self.weeks_to_clear, None, 0),
            "posts": (self.posts, None, staff),
            "days_of_sickness": (self.days_of_sickness, None, staff),
            "leavers_kept": (self.leavers_kept, None, staff),
            "requests_avoided": (_times(self.requests_avoided, weeks), weeks, people),
        }
        frames = []
        for name, (above, below, people_behind) in ((name, sides[name]) for name in FIGURES):
            row = pl.DataFrame(
                {
                    "numerator": [above],
                    "denominator": [below],
                    "people": [people_behind],
                    "marker": ["z" if above is None else None],
                },
                schema={"numerator": pl.Float64, "denominator": pl.Float64, "people": pl.Int64, "marker": pl.String},
            ).with_columns(period_start=pl.lit(period.start), period_end=pl.lit(period.end))
            frames.append(measure_table(row, "queue", name, by=[]))
        return stacked(frames)


FACTOR: Final = 4.0  # about 98 in 100 wait less than four times the mean of an exponential law (Fong et al. 2022)
MUCH_TOO_LONG: Final = 2.0  # relief is called for where the queue is over twice its target (Fong et al. 2022)


def queue(
    arrivals: Sequence[float],
    removals: Sequence[float],
    target_wait: float,
    *,
    waiting: float,
    mean_wait: float | None = None,
    weeks_to_clear: float = HALF_A_YEAR,
    staff: QueueStaff | None = None,
    cv: tuple[float, float] | None = None,
    cleared: float | None = None,
) -> Queue:
    """Load, target queue, relief and target capacity and pressure of a waiting list, also in posts.

    A leaver who is kept works on average half of the time to clear, as leavers go at any time in it. Requests avoided shrink the target
    queue too; with `cleared`, each one avoided frees the work of one.

    Parameters
    ----------
    arrivals, removals : sequence of float
        Cases that came and went, a number for each week.
    target_wait : float
        Weeks that nearly all should wait no longer than.
    waiting : float
        Cases in the queue at the end.
    mean_wait : float, optional
        Weeks that these have waited on average.
    weeks_to_clear : float
        Weeks in which the queue is to come down.
    staff : QueueStaff, optional
        Who works on it; without it nothing is given in posts. A day at work clears cleared / (5 x FTE x (1 - absence rate)).
    cv : pair of float, optional
        Coefficients of variation of the gaps between arrivals, and between removals; without them the variance of the weekly counts over
        their mean is used (which for gaps that do not depend on one another is their cv squared).
    cleared : float, optional
        Cases that the staff clear a week in all, where they have more work than the queue's: cleared (without it, removals) a week / fte
        is what one post clears.

    Returns
    -------
    Queue
        The exact figures; ``Queue.table`` gives them as a measure table.

    Raises
    ------
    UsageError
        Where a count is negative, a wait or a time is 0 or less, or nothing comes.

    References
    ----------
    Fong et al. (2022), Understanding waiting list pressures, medRxiv, doi:10.1101/2022.08.23.22279117.

    Examples
    --------
    >>> busy = queue([30] * 4, [25] * 4, 12, waiting=400, weeks_to_clear=26, staff=QueueStaff(10))
    >>> round(busy.load, 2), busy.target_queue, round(busy.relief_capacity, 2)
    (1.2, 90.0, 41.92)
    >>> round(busy.posts, 2)   # 16.92 more a week, at 2.5 a week for each post
    6.77
    """
    arrived, removed = _weekly(arrivals, "arrivals"), _weekly(removals, "removals")
    if waiting < 0 or (mean_wait is not None and mean_wait < 0):
        raise UsageError("a queue, or a wait, is negative", hint="give cases waiting and weeks, both from 0")
    positive(weeks_to_clear, "the time to clear")
    demand, closed = float(arrived.mean()), float(removed.mean())
    positive(demand, "arrivals")
    target = target_queue(demand, target_wait)
    cv_arrivals, cv_removals = cv if cv is not None else (_cv_of_gaps(arrived), _cv_of_gaps(removed))
    relief = relief_capacity(demand, waiting, target, weeks_to_clear) if waiting > MUCH_TOO_LONG * target else None
    short = None if relief is None else max(relief - closed, 0.0)
    done = closed if cleared is None else cleared
    per_post = done / staff.fte if staff is not None and staff.fte > 0 and done > 0 else None
    posts = None if short is None or per_post is None else short / per_post
    return Queue(
        weeks=float(len(arrived)),
        arrivals=demand,
        removals=closed,
        cleared=done,
        waiting=waiting,
        target_wait=target_wait,
        weeks_to_clear=weeks_to_clear,
        load=load(demand, closed),
        target_queue=target,
        target_capacity=target_capacity(demand, target_wait, cv_arrivals=cv_arrivals, cv_removals=cv_removals),
        relief_capacity=relief,
        mean_wait=mean_wait,
        pressure=None if mean_wait is None else pressure(mean_wait, target_wait),
        posts=posts,
        days_of_sickness=_days_of_sickness(posts, staff, weeks_to_clear),
        leavers_kept=_leavers_kept(posts, staff),
        requests_avoided=short
        if short is None or cleared is not None
        else _requests_avoided(demand, closed, waiting, target_wait, weeks_to_clear),
    )


def _days_of_sickness(posts: float | None, staff: QueueStaff | None, weeks: float) -> float | None:
    """Working days at work that do what the posts would; None where more than all that was lost would have to be avoided."""
    if posts is None or staff is None:
        return None
    # A post is at work (1 - absence rate) of its days, and a day of sickness avoided is a day at work.
    days = posts * WORKING_DAYS * weeks * (1 - staff.absence_rate)
    lost = staff.fte * WORKING_DAYS * weeks * staff.absence_rate
    return days if days <= lost else None


def _leavers_kept(posts: float | None, staff: QueueStaff | None) -> float | None:
    """Leavers who stay and do what the posts would; None where more would have to stay than are expected to go."""
    if posts is None or staff is None:
        return None
    leavers_needed = 2 * posts / staff.fte_of_a_leaver
    return leavers_needed if staff.leavers is None or leavers_needed <= staff.leavers else None


def _requests_avoided(demand: float, closed: float, waiting: float, target_wait: float, weeks: float) -> float | None:
    """How many fewer a week make today's removals the relief capacity; None where not even none at all would."""
    # d + (waiting - d x target wait / 4) / weeks = closed, solved for d.
    share = 1 - target_mean_wait(target_wait) / weeks
    if share <= 0:
        return None
    bearable = (closed - waiting / weeks) / share
    return min(max(demand - bearable, 0.0), demand) if bearable >= 0 else None


def _weekly(counts: Sequence[float], what: str) -> npt.NDArray[np.float64]:
    numbers = np.asarray(counts, dtype=np.float64)
    if numbers.ndim != 1 or not len(numbers) or not np.all(np.isfinite(numbers)) or np.any(numbers < 0):
        raise UsageError(
            "{subject} are not a count for each week",
            where="{subject}=",
            hint="numbers from 0, one a week",
            subject=what,
        )
    return numbers


def _cv_of_gaps(weekly: npt.NDArray[np.float64]) -> float:
    if len(weekly) < LEAST_ARRIVALS or weekly.mean() == 0:
        return 1.0  # a Poisson stream, where nothing can be told
    return float(np.sqrt(weekly.var(ddof=1) / weekly.mean()))


def _times(value: float | None, factor: float) -> float | None:
    return None if value is None else value * factor


def load(demand: float, capacity: float) -> float:
    """Cases that come in for each that goes out: above 1 the queue grows.

    >>> round(load(30, 27), 4)
    1.1111
    """
    positive(capacity, "removals")
    return demand / capacity


def target_queue(demand: float, target_wait: float, *, factor: float = FACTOR) -> float:
    """The longest queue that keeps the target wait (weeks) at so many arrivals a week.

    >>> target_queue(30, 52)
    390.0
    """
    return demand * target_mean_wait(target_wait, factor=factor)


def target_mean_wait(target_wait: float, *, factor: float = FACTOR) -> float:
    """The mean wait of a queue in which nearly everybody is seen within the target wait.

    >>> target_mean_wait(52)
    13.0
    """
    positive(target_wait, "the target wait")
    return target_wait / factor


def relief_capacity(demand: float, waiting: float, target: float, weeks: float) -> float:
    """Removals a week that bring a queue down to its target in so many weeks.

    >>> round(relief_capacity(30, 1200, 390, 26), 4)
    61.1538
    """
    positive(weeks, "the time to clear")
    return demand + (waiting - target) / weeks


def target_capacity(
    demand: float, target_wait: float, *, cv_arrivals: float = 1.0, cv_removals: float = 1.0, factor: float = FACTOR
) -> float:
    """Removals a week that keep the target wait once the queue is at its target; the cv are those of the gaps between cases.

    >>> round(target_capacity(4, 52), 6)
    4.076923
    """
    positive(target_wait, "the target wait")
    return demand + (cv_arrivals**2 + cv_removals**2) / 2 * factor / target_wait


def pressure(mean_wait: float, target_wait: float) -> float:
    """Twice the mean wait over the target wait, both in weeks: comparable between queues with different targets.

    >>> round(pressure(42, 24), 4)
    3.5
    """
    positive(target_wait, "the target wait")
    return 2 * mean_wait / target_wait


def positive(value: float, what: str) -> None:
    """Refuse a number that must be above 0 and is not."""
    if not value > 0:
        raise UsageError(
            "{subject} must be above 0", hint="a queue needs arrivals, removals, a target and time", subject=what
        )
