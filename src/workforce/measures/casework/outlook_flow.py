"""The cases of an outlook from step to step: which come, which close, and how old those that are open get.

In every path and step, cases at the end = cases at the start + those that came - those that closed.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from workforce.book.constants import DAYS_IN_A_YEAR
from workforce.measures.casework.outlook_cases import Pool
from workforce.measures.casework.outlook_levels import DrawnLevel
from workforce.measures.casework.outlook_rates import Array, band_of, chance

Counts = npt.NDArray[np.int64]
MONTH: Final = DAYS_IN_A_YEAR / 12
FASTEST: Final = 2.0  # times its usual rate: however few cases there are for the staff, each still takes some time
_A_TRIFLE: Final = 1e-9  # of a day: rounding
_OLDEST: Final = 3_650.0  # days: the last cohort of open cases holds those older


class Flow:
    """The open cases of all paths, in cohorts of one age."""

    def __init__(self, pool: Pool, steps: int, paths: int, rng: np.random.Generator, *, avoided: float = 0.0) -> None:
        self.rng = rng
        counts, edges = _cohorts(pool.ages)
        self.low = np.concatenate([edges[:-1], np.zeros(steps)])  # youngest age of each cohort, days
        self.wide = np.concatenate([np.diff(edges), np.zeros(steps)])
        self.open = np.zeros((paths, len(self.low)), dtype=np.int64)
        self.open[:, : len(counts)] = counts
        self.next = len(counts)
        self.closing, self.closing_at = pool.closing.shaped(paths, rng), pool.closing.edges
        self.usual = pool.usual
        self.arrivals, self.pace = pool.arrivals.drawn(paths, rng), pool.pace.drawn(paths, rng)
        self.arriving = pool.arriving * (1 - avoided)

    @property
    def total(self) -> Counts:
        """Open cases of each path."""
        total: Counts = self.open.sum(axis=1)
        return total

    def step(self, days: float, month: int, staff: Array, following: Counts | None = None) -> tuple[Counts, Counts]:
        """One step: cases that came, and that closed.

        month: of the year, 0 to 11. staff: the FTE at work over their mean in the history. following: cases that come of others.
        """
        used = slice(0, self.next)
        middle = self.low[used] + self.wide[used] / 2 + days / 2
        rates = self.closing[:, band_of(self.closing_at, middle)]
        pace = self._pace((self.open[:, used] * rates).sum(axis=1), days, month, staff)
        closed = self.rng.binomial(self.open[:, used], chance(rates * pace[:, None], days))
        self.open[:, used] -= closed
        arrivals = self._came(days, month)
        if following is not None:
            arrivals = arrivals + following
        self.low[used] += days
        # Some of those who came are closed in the step that they came in: half of it is left to them on average.
        at_once = self.rng.binomial(arrivals, chance(self.closing[:, 0] * pace, days / 2))
        self.open[:, self.next] = arrivals - at_once
        self.wide[self.next] = days
        self.next += 1
        self.arrivals.wander(days / MONTH, self.rng)
        self.pace.wander(days / MONTH, self.rng)
        return arrivals, closed.sum(axis=1) + at_once

    def _pace(self, due: Array, days: float, month: int, staff: Array) -> Array:
        """How many times its rate a case closes: staff for the cases there are, the level, the season and the noise of the month."""
        relative = np.maximum(staff * self.usual, _A_TRIFLE) / np.maximum(due, _A_TRIFLE)
        follows: Array = np.minimum(relative**self.pace.staff_share, FASTEST)
        pace: Array = follows * self.pace.level * self.pace.season[:, month]
        return pace * _noise(self.pace, due * pace * days, self.rng)

    def _came(self, days: float, month: int) -> Counts:
        mean = self.arriving * days * self.arrivals.level * self.arrivals.season[:, month]
        arrivals: Counts = self.rng.poisson(mean * _noise(self.arrivals, mean, self.rng))
        return arrivals

    def older_than(self, days: float) -> Counts:
        """How many are so many days old or older; of a cohort that straddles the age, those that fall beyond it."""
        used = slice(0, self.next)
        wide = np.maximum(self.wide[used], _A_TRIFLE)
        share = np.clip((self.low[used] + wide - days) / wide, 0.0, 1.0)
        whole_cases = self.open[:, used][:, share == 1].sum(axis=1)
        partly = (share > 0) & (share < 1)
        older: Counts = whole_cases + self.rng.binomial(self.open[:, used][:, partly], share[partly]).sum(axis=1)
        return older


def _noise(level: DrawnLevel, mean: Array, rng: np.random.Generator) -> Array:
    """A factor of mean 1 that makes the variance of a Poisson number of this mean `dispersion` times the mean."""
    shape = np.maximum(mean, _A_TRIFLE) / np.maximum(level.dispersion - 1, _A_TRIFLE)
    noise: Array = np.where(level.dispersion > 1, rng.standard_gamma(shape) / shape, 1.0)
    return noise


def _cohorts(ages: Array) -> tuple[Counts, Array]:
    """Open cases by week of age in the first year, by quarter after it: counts, and the edges of the cohorts."""
    edges = np.concatenate([np.arange(0.0, 364.0, 7.0), np.arange(364.0, _OLDEST, 91.0), [_OLDEST]])
    counts, _ = np.histogram(np.minimum(ages, _OLDEST - 1), bins=edges)
    last = int(np.flatnonzero(counts).max(initial=0)) + 1
    return counts[:last].astype(np.int64), edges[: last + 1]
