"""Confidence limits of counts, rates and proportions, as pure functions of arrays.

Limits never leave the possible range; a count of 0 has lower limit 0.

Sources: Wilson (1927) and Newcombe (1998) for proportions; Breslow & Day (1987) for Byar's approximation; exact limits by the chi-square
relation (Ulm 1990). The switch at ten events is the practice of the Office for Health Improvement and Disparities. Ratios whose events come
in clusters (the days of one person, the children of one worker): gamma limits (Fay & Feuer 1997), or t on the log scale.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from workforce.errors import UsageError
from workforce.frames import Array

Numbers = npt.ArrayLike
FEW_EVENTS: Final = 10  # below it a rate takes exact Poisson limits (OHID technical guide, confidence intervals)
_ROUNDING: Final = 1e-11  # sums of squares agree to fifteen digits at best
SURELY: Final = 0.95  # the confidence of every limit in a measure table


def z_value(confidence: float = SURELY) -> float:
    """The two-sided normal quantile.

    >>> round(z_value(0.95), 6)
    1.959964
    """
    from scipy.special import ndtri

    if not 0 < confidence < 1:
        raise UsageError("a confidence is between 0 and 1", hint="0.95 is usual")
    return float(ndtri(0.5 + confidence / 2))


def wilson(count: Numbers, total: Numbers, *, confidence: float = SURELY) -> tuple[Array, Array]:
    """Wilson score limits of a proportion, as proportions (not percentages); null (nan) where the total is 0.

    >>> lower, upper = wilson([65], [100])
    >>> round(float(lower[0]), 4), round(float(upper[0]), 4)
    (0.5525, 0.7364)
    """
    x, n = _checked(count), _checked(total)
    if np.any(x > n):
        raise UsageError("a proportion has more events than people", hint="is this a rate? rates take Byar limits")
    z2 = z_value(confidence) ** 2
    with np.errstate(divide="ignore", invalid="ignore"):
        centre = (2 * x + z2) / (2 * (n + z2))
        spread = np.sqrt(z2) * np.sqrt(z2 + 4 * x * (1 - x / n)) / (2 * (n + z2))
        return np.where(n > 0, np.maximum(centre - spread, 0), np.nan), np.where(
            n > 0, np.minimum(centre + spread, 1), np.nan
        )


def byar(count: Numbers, *, confidence: float = SURELY) -> tuple[Array, Array]:
    """Byar's limits of a Poisson count, as counts; the lower limit is null (nan) where the approximation falls below 0.

    >>> lower, upper = byar([65])
    >>> round(float(lower[0]), 3), round(float(upper[0]), 3)
    (50.163, 82.849)
    """
    x = _checked(count)
    z = z_value(confidence)
    with np.errstate(divide="ignore", invalid="ignore"):
        lower = x * (1 - 1 / (9 * x) - z / (3 * np.sqrt(x))) ** 3
    upper = (x + 1) * (1 - 1 / (9 * (x + 1)) + z / (3 * np.sqrt(x + 1))) ** 3
    return np.where(x == 0, 0.0, np.where(lower < 0, np.nan, lower)), upper


def exact_poisson(count: Numbers, *, confidence: float = SURELY) -> tuple[Array, Array]:
    """Exact limits of a Poisson count, as counts.

    >>> lower, upper = exact_poisson([0])
    >>> float(lower[0]), round(float(upper[0]), 4)
    (0.0, 3.6889)
    """
    from scipy.special import gammaincinv

    x = _checked(count)
    tail = (1 - confidence) / 2
    lower = np.where(x > 0, gammaincinv(np.maximum(x, 1e-300), tail), 0.0)
    return lower, np.asarray(gammaincinv(x + 1, 1 - tail))


def poisson(count: Numbers, *, confidence: float = SURELY) -> tuple[Array, Array]:
    """Limits of a count behind a rate: exact below ten events, Byar from ten.

    >>> [round(float(side[0]), 4) for side in poisson([5])]
    [1.6235, 11.6683]
    """
    x = _checked(count)
    below_ten = x < FEW_EVENTS
    exact, approximate = exact_poisson(x, confidence=confidence), byar(x, confidence=confidence)
    return np.where(below_ten, exact[0], approximate[0]), np.where(below_ten, exact[1], approximate[1])


def gamma(ratio: Numbers, variance: Numbers, largest: Numbers, *, confidence: float = SURELY) -> tuple[Array, Array]:
    """Gamma limits of a ratio whose numerator comes in clusters of unequal size; null (nan) where one of the three is unknown.

    Where nothing happened the lower limit is 0 and the upper one is that of the largest cluster, not 0. With clusters of 1 and
    ``variance = ratio / exposure`` these are the exact limits of a Poisson rate. The limits always enclose the ratio.

    Parameters
    ----------
    ratio : array of float
        The ratio, 0 or more.
    variance : array of float
        Its variance, from the spread between the clusters.
    largest : array of float
        What the largest cluster adds to the ratio: its part of the numerator over the whole denominator.
    confidence : float
        Level of the limits.

    Returns
    -------
    tuple of array
        Lower and upper limits, in the unit of the ratio.

    References
    ----------
    Fay & Feuer (1997), Statistics in Medicine 16:791, "Confidence intervals for directly standardized rates".

    Examples
    --------
    >>> lower, upper = gamma([0.0, 5.0], [0.0, 5.0], [1.0, 1.0])   # 0 and 5 events, each a cluster of its own: exact Poisson limits
    >>> lower.round(4).tolist(), upper.round(4).tolist()
    ([0.0, 1.6235], [3.6889, 11.6683])
    """
    from scipy.special import gammaincinv

    mean, spread, step = np.broadcast_arrays(*(np.atleast_1d(_numbers(v)) for v in (ratio, variance, largest)))
    tail = (1 - confidence) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        lower = np.where(spread > 0, spread / mean * gammaincinv(mean**2 / spread, tail), mean)
        # One more of the largest cluster: what chance could have added.
        raised, wider = mean + step, spread + step**2
        upper = np.where(wider > 0, wider / raised * gammaincinv(raised**2 / wider, 1 - tail), raised)
    unknown = np.isnan(mean + spread + step) | (step <= 0)
    return (
        np.where(unknown, np.nan, np.where(mean > 0, np.minimum(lower, mean), 0.0)),
        np.where(unknown, np.nan, np.maximum(upper, mean)),
    )


def log_t(ratio: Numbers, variance: Numbers, units: Numbers, *, confidence: float = SURELY) -> tuple[Array, Array]:
    """Limits of a ratio on the log scale, by Student's t with one degree of freedom fewer than there are units.

    Null (nan) below two units, where the ratio is 0, and where the units do not differ: their spread is then not known.

    Parameters
    ----------
    ratio : array of float
        The ratio, 0 or more.
    variance : array of float
        Its variance between units.
    units : array of float
        The number of units (workers); of several parts put together, the number that their degrees of freedom amount to.
    confidence : float
        Level of the limits.

    Returns
    -------
    tuple of array
        Lower and upper limits, in the unit of the ratio.

    References
    ----------
    Student's t on the logarithm, with the variance of Cochran (1977), section 2.11, by the delta method.

    Examples
    --------
    >>> lower, upper = log_t([20.0], [4.0], [5])   # t with 4 degrees of freedom is 2.776; 20 / exp(0.2776) and 20 x exp(0.2776)
    >>> round(float(lower[0]), 2), round(float(upper[0]), 2)
    (15.15, 26.4)
    """
    from scipy.special import stdtrit

    mean, spread, n = np.broadcast_arrays(*(np.atleast_1d(_numbers(v)) for v in (ratio, variance, units)))
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        usable = (n > 1) & (mean > 0) & (spread > 0)
        times = np.exp(stdtrit(np.where(usable, n - 1, 1.0), 0.5 + confidence / 2) * np.sqrt(spread) / mean)
        return np.where(usable, mean / times, np.nan), np.where(usable, mean * times, np.nan)


def ratio_standard_error(
    units: Numbers, sum_xx: Numbers, sum_xy: Numbers, sum_yy: Numbers, sum_x: Numbers, sum_y: Numbers
) -> Array:
    """Standard error of a ratio of sums, sum(x) / sum(y), from the spread between independent units (people, workers).

    The days of one absence are not independent of one another; the people are. Null (nan) below two units.
    Source: Cochran, Sampling Techniques (3rd ed., 1977), ratio estimators, section 2.11 without the finite population correction.

    >>> round(float(ratio_standard_error(2, 5.0, 3.0, 2.0, 3.0, 2.0)), 4)   # x = 1, 2; y = 1, 1
    0.5
    """
    n, xx, xy, yy, x, y = (np.asarray(v, dtype=np.float64) for v in (units, sum_xx, sum_xy, sum_yy, sum_x, sum_y))
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = x / y
        residual = xx - 2 * ratio * xy + ratio**2 * yy
        # Where everyone has the same ratio the three sums cancel; what is left is rounding, and its square root would not be small.
        residual = np.where(residual > _ROUNDING * (xx + ratio**2 * yy), residual, 0.0)
        return np.where((n > 1) & (y > 0), np.sqrt(n / (n - 1) * residual) / y, np.nan)


def _numbers(values: Numbers) -> Array:
    """Numbers, nan where there is none."""
    return np.asarray(values, dtype=np.float64)


def _checked(values: Numbers) -> Array:
    counts = np.asarray(values, dtype=np.float64)
    if np.any(counts < 0):
        raise UsageError("a count is negative", hint="limits are for counts of 0 or more")
    return np.atleast_1d(counts)
