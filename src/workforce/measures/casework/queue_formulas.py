"""The formulas of a waiting list, each as a function: load, target queue, relief and target capacity, pressure.

Waits are in weeks, rates in cases a week.
Source: Fong et al. (2022), Understanding waiting list pressures, medRxiv, doi:10.1101/2022.08.23.22279117.
"""

from typing import Final

from workforce.errors import UsageError

FACTOR: Final = 4.0  # about 98 in 100 wait less than four times the mean of an exponential law (Fong et al. 2022)
MUCH_TOO_LONG: Final = 2.0  # relief is called for where the queue is over twice its target (Fong et al. 2022)


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
