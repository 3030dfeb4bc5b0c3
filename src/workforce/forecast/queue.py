"""What comes in against what goes out: load, pressure, the longest queue that keeps a wait, and what has to be cleared for it.

One unit of time, the week, for waits, rates and targets. What staff could do about a queue is simulated (`capacity`).

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
from workforce.stats.rates import measure_table

HALF_A_YEAR: Final = 26.0  # weeks in which to clear, where nothing else is said
COUNTED: Final = (
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
)
LEAST_ARRIVALS: Final = 2  # days on which something came in: fewer have no spread of gaps


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue over some weeks, and what would have to be cleared; `queue` and `queue_of` make it. Rates are cases a week, waits are weeks.

    Parameters
    ----------
    weeks : float
        Weeks that were counted.
    arrivals, removals : float
        Cases that came and went, a week.
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
    """

    weeks: float
    arrivals: float
    removals: float
    waiting: float
    target_wait: float
    weeks_to_clear: float
    load: float
    target_queue: float
    target_capacity: float
    relief_capacity: float | None
    mean_wait: float | None
    pressure: float | None

    @property
    def queue_too_long(self) -> bool:
        """Whether the queue is over twice its target."""
        return self.waiting > MUCH_TOO_LONG * self.target_queue

    def table(self, period: Period, *, people: int) -> MeasureTable:
        """The same figures as a measure table (measure `queue`, one definition a figure), fit for `release`.

        Rates are counts over the weeks of the queue, so that rounding does little harm.

        Parameters
        ----------
        period : Period
            The period of the rows.
        people : int
            The children who wait; the people behind arrivals, removals and what follows from them are these.

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
        }
        frames = []
        for name, (above, below, people_behind) in ((name, sides[name]) for name in COUNTED):
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
    cv: tuple[float, float] | None = None,
) -> Queue:
    """Load, target queue, relief and target capacity and pressure of a waiting list.

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
    cv : pair of float, optional
        Coefficients of variation of the gaps between arrivals, and between removals; without them the variance of the weekly counts over
        their mean is used (which for gaps that do not depend on one another is their cv squared).

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
    >>> busy = queue([30] * 4, [25] * 4, 12, waiting=400, weeks_to_clear=26)
    >>> round(busy.load, 2), busy.target_queue, round(busy.relief_capacity, 2)
    (1.2, 90.0, 41.92)
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
    return Queue(
        weeks=float(len(arrived)),
        arrivals=demand,
        removals=closed,
        waiting=waiting,
        target_wait=target_wait,
        weeks_to_clear=weeks_to_clear,
        load=load(demand, closed),
        target_queue=target,
        target_capacity=target_capacity(demand, target_wait, cv_arrivals=cv_arrivals, cv_removals=cv_removals),
        relief_capacity=relief,
        mean_wait=mean_wait,
        pressure=None if mean_wait is None else pressure(mean_wait, target_wait),
    )


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
