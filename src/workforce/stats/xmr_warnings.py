"""What a warning by an XmR chart is worth: how long a rise goes unnoticed, and how often a chart warns of nothing."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from workforce.frames import Array
from workforce.stats.xmr_signals import JUDGED, RUN, Kind, Options, judge

SEED: Final = 20_260
SERIES: Final = 400  # simulated for each answer: a power of 80% to within 4 points
HORIZON: Final = 36  # months after which a rise counts as not noticed
A_YEAR: Final = 12
RISE: Final = 0.2
POWER: Final = 0.8


@dataclass(frozen=True, slots=True)
class Course:
    """How the points of a series arise.

    Parameters
    ----------
    kind : {"flow", "stock", "seasonal"}
        The kind of series.
    mean : float
        Of a flow, events a point; of a stock, the number present.
    spread : float, optional
        Of a flow or a seasonal series, the standard deviation of a point over its mean; of a flow at least that of independent events,
        which it is where it is left out.
    carry : float
        Of a stock or a seasonal series, the share of a difference that carries over to the next point.
    """

    kind: Kind
    mean: float
    spread: float | None = None
    carry: float = 0.0


@dataclass(frozen=True, slots=True)
class Properties:
    """The properties of the signals of a series.

    Parameters
    ----------
    months : int or None
        Points after which a lasting rise has been noticed with the power asked; None where it has not after 36.
    false_alarms : float
        Signals that begin within 12 points of a series in which nothing changes.
    judged : float
        The share of series that are judged at all: those of few events are not.
    """

    months: int | None
    false_alarms: float
    judged: float


@lru_cache(maxsize=256)
def warnings_of(
    course: Course, *, points: int = 30, rise: float = RISE, power: float = POWER, run: int = RUN
) -> Properties:
    """Return how long a lasting rise goes unnoticed, and how many false alarms a year there are, by simulation with a fixed seed.

    Each month the last point of the latest series is judged, as `xmr` does; a rise is noticed at the first signal upwards.

    Parameters
    ----------
    course : Course
        How the points arise.
    points : int
        Points of the series, the rise not yet among them; it stays that long, so that old points drop out.
    rise : float
        The rise, as a share of the mean. A stock rises because more come to it: after one stay, by about two thirds.
    power : float
        The share of series that have to have noticed.
    run : {7, 6}
        Points that make a run.

    Returns
    -------
    Properties
        Months needed, and false alarms a year.

    Examples
    --------
    >>> many, few = warnings_of(Course("flow", 100)), warnings_of(Course("flow", 10))
    >>> many.months is not None and many.months < (few.months or HORIZON)
    True
    """
    options = Options(run=run, last=True)
    stable = _signals(_drawn(course, points + A_YEAR, points, 0.0), course.kind, points, options)
    risen = _signals(_drawn(course, points + HORIZON, points, rise), course.kind, points, options)
    noticed = (risen[0][:, 1:] > 0).cumsum(axis=1).astype(bool).mean(axis=0)  # the first window ends before the rise
    months = int(np.argmax(noticed >= power)) + 1 if noticed[-1] >= power else None
    alarms = stable[0] != 0
    begun = (alarms[:, 1:] & ~alarms[:, :-1]).sum(axis=1)
    return Properties(months, float(begun.mean()), float(stable[1].mean()))


def _signals(values: Array, kind: Kind, points: int, options: Options) -> tuple[Array, Array]:
    """The way the last point of each window points, and whether it is judged: series x windows."""
    windows = np.lib.stride_tricks.sliding_window_view(values, points, axis=1)
    series, count = windows.shape[:2]
    flat = windows.reshape(-1, points)
    judged = judge(
        kind,
        flat,
        counts=None if kind == "seasonal" else flat,
        seasons=np.arange(points) % A_YEAR if kind == "seasonal" else None,
        options=options,
    )
    shape = (series, count)
    return judged.side[:, -1].reshape(shape).astype(float), (judged.why[:, -1] == JUDGED).reshape(shape)


def _drawn(course: Course, total: int, before: int, rise: float) -> Array:
    """Series x points; the rise begins after so many points."""
    rng = np.random.default_rng(SEED)
    levels = np.where(np.arange(total) < before, 1.0, 1.0 + rise)
    if course.kind == "stock":
        return _stock(rng, course, levels)
    if course.kind == "seasonal":
        noise = _carried(rng, course.carry, total)
        half = (course.spread or 0.0) / 2  # on the square root scale
        return np.asarray(course.mean * levels * np.maximum(1 + half * noise, 0.0) ** 2)
    means = np.broadcast_to(course.mean * levels, (SERIES, total))
    extra = (course.spread or 0.0) ** 2 - 1 / course.mean
    if extra > 0:  # more than independent events vary: their mean varies too
        means = means * rng.gamma(1 / extra, extra, means.shape)
    return rng.poisson(means).astype(float)


def _stock(rng: np.random.Generator, course: Course, levels: Array) -> Array:
    numbers = [rng.poisson(course.mean, SERIES)]
    for level in levels[1:]:
        coming = rng.poisson(course.mean * (1 - course.carry) * level, SERIES)
        numbers.append(rng.binomial(numbers[-1], course.carry) + coming)
    return np.stack(numbers, axis=1).astype(float)


def _carried(rng: np.random.Generator, carry: float, total: int) -> Array:
    noise = rng.standard_normal((SERIES, total))
    for point in range(1, total):
        noise[:, point] = carry * noise[:, point - 1] + np.sqrt(1 - carry**2) * noise[:, point]
    return noise
