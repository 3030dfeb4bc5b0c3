"""Levels: how far a flow of cases runs above or below what was expected of it, how that wanders, and what each month of the year adds.

Month-to-month noise, wandering and how far a flow follows the staff are drawn for each path, as often as the history makes them likely.

Source: the local level model (Harvey 1989, Forecasting, structural time series models and the Kalman filter), filtered over a grid of its
parameters, each weighted by how likely it makes the history.
"""

from dataclasses import dataclass
from itertools import product
from typing import Final

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
MONTHS: Final = 12
DISPERSIONS: Final = (1.0, 1.5, 2.5, 4.0)  # variance of a month's count over its mean, the level known
WANDERINGS: Final = (0.0, 0.01, 0.02, 0.04)  # standard deviation of the level's change from one month to the next
_BELIEVED: Final = (
    8.0,
    4.0,
    2.0,
    1.0,
)  # how likely each of either is before the history is looked at: most are near the least
STAFF_SHARES: Final = (0.0, 0.25, 0.5, 0.75, 1.0)  # of a flow that follows the staff rather than the cases there are
_AT_FIRST: Final = 0.5  # standard deviation of the level when the history begins: hardly anything is known of it
_LEAST: Final = 0.1  # a level never falls below this share of what was expected
_TWO_YEARS: Final = 2  # of history without which nothing is said of the season
_NOTHING: Final = 1e-9


@dataclass(frozen=True, slots=True)
class DrawnLevel:
    """One level for each path: the level itself, its wandering, dispersion and staff share, and a factor for each month of the year."""

    level: Array
    wandering: Array
    dispersion: Array
    staff_share: Array
    season: Array  # paths x 12

    def wander(self, months: float, rng: np.random.Generator) -> None:
        """Let the levels wander through so many months."""
        steps = rng.standard_normal(len(self.level)) * self.wandering * np.sqrt(months)
        np.maximum(self.level + steps, _LEAST, out=self.level)


@dataclass(frozen=True, slots=True)
class Level:
    """What a history says of a level: a mean and a spread for each combination of parameters, with its weight; and the season."""

    weight: Array
    staff_share: Array
    dispersion: Array
    wandering: Array
    mean: Array
    spread: Array
    season: Array
    season_spread: Array

    @classmethod
    def known(cls, *, staff_share: float = 0.0, dispersion: float = 1.0) -> "Level":
        """A level that is as expected, known for sure and does not wander."""
        unit = np.ones(1)
        nothing = np.zeros(MONTHS)
        return cls(unit, unit * staff_share, unit * dispersion, 0 * unit, unit, 0 * unit, 1 + nothing, nothing)

    def drawn(self, paths: int, rng: np.random.Generator) -> DrawnLevel:
        """A level for each path, as likely as the history makes it."""
        at = rng.choice(len(self.weight), paths, p=self.weight)
        level = np.maximum(self.mean[at] + self.spread[at] * rng.standard_normal(paths), _LEAST)
        season = self.season + self.season_spread * rng.standard_normal((paths, MONTHS))
        return DrawnLevel(
            level, self.wandering[at], self.dispersion[at], self.staff_share[at], np.maximum(season, _LEAST)
        )


def level_of(counts: Array, expected: Array, calendar: npt.NDArray[np.int64], *, staff: Array | None = None) -> Level:
    """The level of a flow from its monthly counts and what was expected of each month.

    calendar: the month of the year (0 to 11) of each. staff: full-time equivalents at work in each month over their mean; with it, the
    flow follows staff and cases in shares that are learned too: a flow with share s is `expected` ** (1 - s) x staff ** s, so that twice
    the staff with twice the cases do twice the work whatever s is.
    """
    season, season_spread = _season(counts, expected, calendar)
    usual = max(float(expected.mean()), _NOTHING)
    share, dispersion, wandering = (
        np.array(side)
        for side in zip(*product(STAFF_SHARES if staff is not None else (0.0,), DISPERSIONS, WANDERINGS), strict=True)
    )
    relative = np.maximum(
        (np.ones_like(expected) if staff is None else staff) * usual / np.maximum(expected, _NOTHING), _NOTHING
    )
    foreseen = expected * season[calendar] * relative ** share[:, None]
    mean, variance, likelihood = _filtered(counts, foreseen, dispersion, wandering)
    believed = np.prod(
        [
            np.array(_BELIEVED)[np.searchsorted(of, values)]
            for of, values in ((DISPERSIONS, dispersion), (WANDERINGS, wandering))
        ],
        axis=0,
    )
    weight = believed * np.exp(likelihood - likelihood.max())
    return Level(weight / weight.sum(), share, dispersion, wandering, mean, np.sqrt(variance), season, season_spread)


def _filtered(counts: Array, foreseen: Array, dispersion: Array, wandering: Array) -> tuple[Array, Array, Array]:
    """The level at the end, its variance, and the log likelihood, for each combination (a row of `foreseen`)."""
    mean, variance = np.ones(len(dispersion)), np.full(len(dispersion), _AT_FIRST**2)
    likelihood = np.zeros(len(dispersion))
    for count, due in zip(counts, foreseen.T, strict=True):
        variance = variance + wandering**2
        informative = due > _NOTHING
        noise = dispersion / np.where(informative, due, 1.0)
        total = variance + noise
        off = np.where(informative, count / np.where(informative, due, 1.0) - mean, 0.0)
        # In terms of the count itself, so that combinations that foresee different numbers can be compared.
        gain = np.where(informative, variance / total, 0.0)
        likelihood += np.where(
            informative, -0.5 * (np.log(total) + off**2 / total) - np.log(np.where(informative, due, 1.0)), 0.0
        )
        mean, variance = mean + gain * off, variance * (1 - gain)
    return mean, variance, likelihood


def _season(counts: Array, expected: Array, calendar: npt.NDArray[np.int64]) -> tuple[Array, Array]:
    """A factor for each month of the year and its standard error, drawn towards 1 as far as chance would explain its distance."""
    years = len(counts) // MONTHS
    flat = np.ones(MONTHS), np.zeros(MONTHS)
    if years < _TWO_YEARS:
        return flat
    last = slice(len(counts) - years * MONTHS, None)
    count, due, when = (a[last].reshape(years, MONTHS) for a in (counts, expected, calendar))
    if due.min() <= _NOTHING or count.sum() == 0:
        return flat
    month = np.arange(years * MONTHS).reshape(years, MONTHS)
    ratio, total = count / due, due.sum(axis=0)
    mean, middle = ((due * a).sum(axis=0) / total for a in (ratio, month))
    # A straight line is fitted with the season: a flow that falls all the time would else seem to fall from the first month to the last.
    slope = (due * (month - middle) * (ratio - mean)).sum() / (due * (month - middle) ** 2).sum()
    factor = mean - slope * (middle - (due * month).sum() / due.sum())
    level = (total * factor).sum() / total.sum()
    left = (due * (ratio - mean - slope * (month - middle)) ** 2).sum() / ((years - 1) * MONTHS - 1)
    if level <= _NOTHING:
        return flat
    factor, noise = factor / level, max(float(left / level), 1.0) / (total * level)
    between = max(float(((factor - 1) ** 2 - noise).mean()), 0.0)
    shrinkage = between / (between + noise)
    season = np.maximum(1 + shrinkage * (factor - 1), _LEAST)
    order = np.argsort(when[0])
    return (season / season.mean())[order], np.sqrt(shrinkage * noise)[order]
