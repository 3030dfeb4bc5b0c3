"""Whether two figures, or several groups, differ by more than chance: pure functions of arrays.

Differences and ratios take the limits that each figure already has (MOVER: the method of variance estimates recovery), so that one rule
serves every kind of figure. Two figures whose limits overlap may differ clearly: overlap is no test.

Sources: Zou & Donner (2008), Statistics in Medicine 27:1693; Newcombe (1998), Statistics in Medicine 17:873, method 10, which is the same
for shares; Donner & Zou (2012), Statistical Methods in Medical Research 21:347, for ratios; Benjamini & Hochberg (1995), JRSS B 57:289;
Schenker & Gentleman (2001), American Statistician 55:182, on overlap.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from workforce.errors import UsageError
from workforce.frames import Array
from workforce.stats.intervals import SURELY, Numbers, exact_poisson, poisson, z_value

FEW_EXPECTED: Final = 5.0  # Cochran (1954): below it in any cell chi-square is no guide
LEVEL: Final = 0.05
_DRAWS: Final = (999, 9_000)  # under the null hypothesis; the second batch only where the first leaves a doubt
_CLEARLY_MORE: Final = 0.2  # p of the first batch above which the second cannot matter
_HALVINGS: Final = 60  # of a bracket: below the machine's precision
_SEED: Final = 16931710  # so that a p value is the same each time


@dataclass(frozen=True, slots=True)
class Estimates:
    """Figures with their 95% limits; nan where there is none.

    Parameters
    ----------
    value, lower, upper : array of float
        The figures and their limits, on one scale.
    """

    value: Array
    lower: Array
    upper: Array

    @classmethod
    def of(cls, value: Numbers, lower: Numbers, upper: Numbers) -> "Estimates":
        """Return estimates of anything that numpy takes for numbers; None is nan."""
        columns = (np.atleast_1d(np.asarray(column, dtype=np.float64)) for column in (value, lower, upper))
        return cls(*np.broadcast_arrays(*columns))


@dataclass(frozen=True, slots=True)
class Contrast:
    """Differences or ratios with their 95% limits and two-sided p values.

    Parameters
    ----------
    value, lower, upper : array of float
        The differences or ratios; the upper limit of a ratio is infinite where the second figure may be 0.
    p_value : array of float
        Below 0.05 exactly where the limits exclude none (0 for a difference, 1 for a ratio).
    """

    value: Array
    lower: Array
    upper: Array
    p_value: Array


def mid_p(count: Numbers, *, confidence: float = SURELY) -> tuple[Array, Array]:
    """Return the mid-P limits of a Poisson count, as counts: those that a difference or ratio of two rates takes.

    Exact limits never cover less than they say, and so more on average; a difference of two such figures is then called clear in 2% to 4%
    where nothing changed, and a true change is missed more often than it need be. With mid-P limits it is called so in at most 5%.

    Parameters
    ----------
    count : array of float
        Events.
    confidence : float
        Level of the limits.

    References
    ----------
    Cohen & Yang (1994), Statistics in Medicine 13:2189.

    Examples
    --------
    >>> lower, upper = mid_p([0, 10])
    >>> lower.round(3).tolist(), upper.round(3).tolist()
    ([0.0, 5.08], [2.996, 17.825])
    """
    from scipy.special import gammaincc, gammaln

    x = np.atleast_1d(np.asarray(count, dtype=np.float64))
    tail = (1 - confidence) / 2

    def below(mean: Array) -> Array:
        """The chance of fewer events, and half that of as many."""
        with np.errstate(divide="ignore", invalid="ignore"):
            as_many = np.exp(np.where(x > 0, x * np.log(mean), 0.0) - mean - gammaln(x + 1))
        return np.asarray(np.where(x > 0, gammaincc(np.maximum(x, 1.0), mean), 0.0) + as_many / 2)

    ends = exact_poisson(x, confidence=confidence)
    limits = []
    for end, level in zip(ends, (1 - tail, tail), strict=True):  # the chance falls as the mean rises
        low, high = np.minimum(end, x), np.maximum(end, x)
        for _ in range(_HALVINGS):
            mean = (low + high) / 2
            too_likely = below(mean) > level
            low, high = np.where(too_likely, mean, low), np.where(too_likely, high, mean)
        limits.append((low + high) / 2)
    return np.where(x > 0, limits[0], 0.0), limits[1]


def counts_compared(estimates: Estimates, count: Numbers) -> Estimates:
    """Return figures that are counts over exposure, with the limits with which they enter a difference: mid-P.

    Parameters
    ----------
    estimates : Estimates
        The figures with exact or Byar's limits.
    count : array of float
        The events behind them.

    Examples
    --------
    >>> from workforce.stats.intervals import poisson
    >>> entered = counts_compared(Estimates.of(2.0, *(limit / 5 for limit in poisson([10]))), [10])
    >>> entered.lower.round(3).tolist(), entered.upper.round(3).tolist()
    ([1.016], [3.565])
    """
    events = np.asarray(count, dtype=np.float64)
    # What one event adds to the figure, in its unit: a figure of 0 shows it in its upper limit.
    one_event = estimates.upper / poisson(events)[1]
    lower, upper = mid_p(events)
    return Estimates(estimates.value, lower * one_event, upper * one_event)


def shares_compared(estimates: Estimates, total: Numbers) -> Estimates:
    """Return figures that are shares, with the limits with which they enter a difference: wider by the square root of n / (n - 1).

    Without it equal shares near a half of 10 to 40 each are called different in 5.2% to 5.7%; with it in 4.5% to 4.9%. It is the
    correction that Pearson's chi-square of two shares needs, too.

    Parameters
    ----------
    estimates : Estimates
        The figures with Wilson's limits.
    total : array of float
        The people behind them.

    References
    ----------
    Campbell (2007), Statistics in Medicine 26:3661, on n - 1 in the test of two shares.

    Examples
    --------
    >>> entered = shares_compared(Estimates.of(0.5, 0.2, 0.8), [10])   # 0.3 times 1.0541
    >>> entered.lower.round(4).tolist(), entered.upper.round(4).tolist()
    ([0.1838], [0.8162])
    """
    n = np.maximum(np.asarray(total, dtype=np.float64), 2.0)
    times = np.sqrt(n / (n - 1))
    lower = estimates.value - (estimates.value - estimates.lower) * times
    return Estimates(
        estimates.value, np.maximum(lower, 0.0), estimates.value + (estimates.upper - estimates.value) * times
    )


def difference_of(first: Estimates, second: Estimates) -> Contrast:
    """Return first minus second.

    Parameters
    ----------
    first, second : Estimates
        Independent figures, each with its own limits.

    Returns
    -------
    Contrast
        The limits combine the distances that face each other: for the lower one, from the first figure down to its lower limit and from
        the second up to its upper limit.

    References
    ----------
    Zou & Donner (2008), Statistics in Medicine 27:1693; for shares: Newcombe (1998), Statistics in Medicine 17:873, method 10.

    Examples
    --------
    >>> from workforce.stats.intervals import wilson
    >>> shares = [Estimates.of(x / n, *wilson(x, n)) for x, n in ((56, 70), (48, 80))]   # Newcombe (1998), table II (a)
    >>> change = difference_of(*shares)
    >>> [round(float(side[0]), 4) for side in (change.value, change.lower, change.upper, change.p_value)]
    [0.2, 0.0524, 0.3339, 0.0079]
    """
    down, up = _distances(first, second)
    value = first.value - second.value
    return Contrast(value, value - down, value + up, _p_value(value, down, up))


def ratio_of(first: Estimates, second: Estimates) -> Contrast:
    """Return first over second, for figures that cannot be negative.

    Parameters
    ----------
    first, second : Estimates
        Independent figures, each with its own limits.

    Returns
    -------
    Contrast
        The ratios for which the difference of the first figure and so many times the second is just within its limits, so that a ratio
        and a difference always agree on whether there is a change. Figures of 0 have limits, too.

    References
    ----------
    Donner & Zou (2012), Statistical Methods in Medical Research 21:347 (MOVER-R).

    Examples
    --------
    >>> from workforce.stats.intervals import wilson
    >>> shares = [Estimates.of(x / n, *wilson(x, n)) for x, n in ((56, 70), (48, 80))]
    >>> change = ratio_of(*shares)
    >>> [round(float(side[0]), 3) for side in (change.value, change.lower, change.upper)]
    [1.333, 1.078, 1.663]
    """
    product = first.value * second.value
    with np.errstate(divide="ignore", invalid="ignore"):
        value = first.value / second.value
        # Each limit is a root of a quadratic in the ratio; in this form it is also right where the leading term is 0 or negative.
        low_end = first.lower * (2 * first.value - first.lower)
        low_lead = second.upper * (2 * second.value - second.upper)
        high_end = first.upper * (2 * first.value - first.upper)
        high_lead = second.lower * (2 * second.value - second.lower)
        lower = low_end / (product + np.sqrt(product**2 - low_lead * low_end))
        upper = (product + np.sqrt(product**2 - high_lead * high_end)) / high_lead
    lower = np.where((low_end == 0) & (product == 0), 0.0, lower)
    p_value = difference_of(first, second).p_value
    return Contrast(np.where(np.isfinite(value), value, np.nan), lower, upper, p_value)


def remainder_of(whole: Estimates, group: Estimates, share: Numbers) -> Estimates:
    """Return what is left of a whole without one of its groups: the figure of the others, which is independent of the group's.

    Parameters
    ----------
    whole, group : Estimates
        The figure of the whole, and of the group that is in it.
    share : array of float
        The group's share of the whole's denominator, below 1.

    Returns
    -------
    Estimates
        Limits are nan where the group's own are wider than the whole's allow: then nothing is known of the others.

    Examples
    --------
    >>> others = remainder_of(Estimates.of(6.0, 3.5, 8.5), Estimates.of(4.0, 1.0, 7.0), 0.5)   # distances of 3 and 4, halved, make 2.5
    >>> float(others.value[0]), float(others.lower[0]), float(others.upper[0])
    (8.0, 4.0, 12.0)
    """
    of_group = np.asarray(share, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = (whole.value - of_group * group.value) / (1 - of_group)

        def distance(side_of_whole: Array, side_of_group: Array) -> Array:
            square = (side_of_whole - whole.value) ** 2 - (of_group * (side_of_group - group.value)) ** 2
            return np.asarray(np.sqrt(np.where(square > 0, square, np.nan)) / (1 - of_group))

        return Estimates(value, value - distance(whole.lower, group.lower), value + distance(whole.upper, group.upper))


def share_p_value(count: Numbers, total: Numbers) -> float:
    """Return the p value of the hypothesis that several groups have one share.

    Parameters
    ----------
    count, total : array of float
        Events and people of each group; whole numbers.

    Returns
    -------
    float
        Pearson's chi-square; where fewer than five are expected in any cell, its distribution with both margins fixed, by simulation. nan
        with fewer than two groups.

    Examples
    --------
    >>> round(share_p_value([10, 20, 30], [100, 100, 100]), 4)
    0.0019
    """
    x, n = _whole(count, total)
    x, n = x[n > 0], n[n > 0]
    if len(n) < 2:  # noqa: PLR2004 - nothing to compare
        return float("nan")
    share = x.sum() / n.sum()
    if share in (0.0, 1.0):
        return 1.0
    expected = n * share

    def statistic(counts: Numbers) -> Array:
        return np.asarray(((np.asarray(counts) - expected) ** 2 / (expected * (1 - share))).sum(axis=-1))

    if min(expected.min(), (n - expected).min()) >= FEW_EXPECTED:
        return _chi_square(float(statistic(x)), len(n) - 1)
    events, people = int(x.sum()), n.astype(np.int64)
    return _simulated(
        float(statistic(x)),
        lambda draw, size: statistic(draw.multivariate_hypergeometric(people, events, size, method="marginals")),
    )


def rate_p_value(count: Numbers, exposure: Numbers) -> float:
    """Return the p value of the hypothesis that several groups have one rate.

    Parameters
    ----------
    count : array of float
        Events of each group; whole numbers.
    exposure : array of float
        Person-time, or people in post on average.

    Returns
    -------
    float
        Chi-square of the events against those expected by exposure; where fewer than five are expected in any group, its distribution
        given the number of events, by simulation. nan with fewer than two groups.

    Examples
    --------
    >>> round(rate_p_value([12, 20, 28], [100.0, 100.0, 100.0]), 4)
    0.0408
    """
    x, e = _whole(count, exposure)
    x, e = x[e > 0], e[e > 0]
    if len(e) < 2:  # noqa: PLR2004 - nothing to compare
        return float("nan")
    events = int(x.sum())
    if not events:
        return 1.0
    shares = e / e.sum()
    expected = events * shares

    def statistic(counts: Numbers) -> Array:
        return np.asarray(((np.asarray(counts) - expected) ** 2 / expected).sum(axis=-1))

    if expected.min() >= FEW_EXPECTED:
        return _chi_square(float(statistic(x)), len(e) - 1)
    return _simulated(float(statistic(x)), lambda draw, size: statistic(draw.multinomial(events, shares, size)))


def corrected(p_values: Numbers) -> Array:
    """Return p values corrected for how many were tested, by the false discovery rate; nan stays nan and does not count.

    Parameters
    ----------
    p_values : array of float
        The p values of everything that is tested for one purpose.

    References
    ----------
    Benjamini & Hochberg (1995), JRSS B 57:289.

    Examples
    --------
    >>> corrected([0.01, 0.04, float("nan"), 0.03]).round(3).tolist()
    [0.03, 0.04, nan, 0.04]
    """
    p = np.atleast_1d(np.asarray(p_values, dtype=np.float64))
    tested = np.flatnonzero(~np.isnan(p))
    order = tested[np.argsort(p[tested])]
    scaled = p[order] * len(order) / np.arange(1, len(order) + 1)
    result = np.full(len(p), np.nan)
    result[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return result


def _distances(first: Estimates, second: Estimates) -> tuple[Array, Array]:
    down = np.hypot(first.value - first.lower, second.upper - second.value)
    up = np.hypot(first.upper - first.value, second.value - second.lower)
    return down, up


def _p_value(value: Array, down: Array, up: Array) -> Array:
    """From the distance to the limit that faces none: below 5% exactly where the limits exclude it."""
    from scipy.special import ndtr

    facing = np.where(value > 0, down, up)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(value == 0, 0.0, z_value() * np.abs(value) / facing)
    return np.where(np.isnan(facing), np.nan, 2 * ndtr(-z))


def _whole(count: Numbers, size: Numbers) -> tuple[Array, Array]:
    x, n = (np.atleast_1d(np.asarray(v, dtype=np.float64)) for v in (count, size))
    if np.any(x < 0) or np.any(x != np.rint(x)):
        raise UsageError("events are counted in whole numbers", hint="days and FTE have no such test")
    return x, n


def _chi_square(statistic: float, df: int) -> float:
    from scipy.special import gammaincc

    return float(gammaincc(df / 2, statistic / 2))


def _simulated(observed: float, drawn: Callable[[np.random.Generator, int], Array]) -> float:
    """The share of draws at least as extreme, the observed one among them (Phipson & Smyth 2010)."""
    draw = np.random.default_rng(_SEED)
    extreme = draws = 0
    for size in _DRAWS:
        extreme += int((drawn(draw, size) >= observed * (1 - 1e-12)).sum())
        draws += size
        if (extreme + 1) / (draws + 1) > _CLEARLY_MORE:
            break
    return (extreme + 1) / (draws + 1)
