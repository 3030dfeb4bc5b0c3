"""The cases of an outlook: how they come, how they close at each age, which are open on the day, and the rates they are fitted with.

Nothing after the window is used; a case counts in each month by its days open in it. Every rate carries its count and its exposure, so that
the paths vary by how uncertain it is. A flow has a level, which wanders as it has wandered, and a season.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from workforce.frames import Array
from workforce.measures.clocks import CHILD
from workforce.periods import Period

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


_HALF: float = 0.5  # an event: what is added so that nothing is taken to be impossible


@dataclass(frozen=True, slots=True)
class Rates:
    """Events and days at risk in each band of time: a piecewise constant hazard that knows how sure it is."""

    edges: tuple[float, ...]
    events: Array
    days: Array

    @property
    def _pooled(self) -> float:
        return max(float(self.events.sum()), _HALF) / max(float(self.days.sum()), 1.0)

    @property
    def mean(self) -> Array:
        """The hazard per day in each band, half an event at the rate of all bands together added to each."""
        mean: Array = (self.events + _HALF) / (self.days + _HALF / self._pooled)
        return mean

    def drawn(self, paths: int, rng: np.random.Generator) -> Array:
        """A hazard per day for each path and band: gamma about the mean.

        The half event keeps a band in which nothing happened from never letting anything happen, without making the whole faster.
        """
        return rng.gamma(self.events + _HALF, 1.0, (paths, len(self.events))) / (self.days + _HALF / self._pooled)

    def shaped(self, paths: int, rng: np.random.Generator) -> Array:
        """The same, scaled so that each path's rates make as many events of the days at risk as there were.

        For use with a `Level`, which knows how sure the whole is.
        """
        rates = self.drawn(paths, rng)
        events = (rates * self.days).sum(axis=1, keepdims=True)
        shaped: Array = rates * (float((self.mean * self.days).sum()) / np.maximum(events, 1e-12))
        return shaped if self.days.sum() > 0 else rates


OF_REQUESTS: Final = (0.0, 28.0, 56.0, 84.0, 98.0, 126.0, 140.0, 168.0, 210.0, 273.0, 364.0, np.inf)  # ages, in days
OF_OTHERS: Final = (0.0, 91.0, 182.0, 364.0, 728.0, np.inf)
_FOLLOWS: Final = 31  # days after a request has closed within which a child's new case is taken to have come of it


@dataclass(frozen=True, slots=True)
class Pool:
    """Cases that are looked at together.

    ages: of the open ones, in days since receipt. arriving: how many come a day, if the level is 1, and `arrivals` their level. closing:
    rates by age, and `pace` their level; usual: closures a day that these rates made of the cases there were, on average.
    """

    ages: Array
    arriving: float
    arrivals: Level
    closing: Rates
    pace: Level
    usual: float


@dataclass(frozen=True, slots=True)
class Pools:
    """Requests; cases that last as long as the child needs them, whatever the staff; and all others.

    followed, closed: requests that closed in the history, and those of them that a lasting case of the same child followed.
    """

    requests: Pool
    lasting: Pool
    others: Pool
    followed: float
    closed: float


def pools_of(
    cases: pl.DataFrame, months: Sequence[Period], staff: Array, case_type: str, lasting: Sequence[str]
) -> Pools:
    """Fit the three pools. cases: with `ended` and the child behind each. staff: FTE at work in each month over their mean."""
    kind = pl.col("case_type")
    stay = kind.is_in(list(lasting)) & (kind != case_type)
    requests, long = cases.filter(kind == case_type), cases.filter(stay)
    remaining = cases.filter((kind != case_type) & ~stay)
    follows = _following(requests, long, months)
    return Pools(
        _pool(requests, requests, months, OF_REQUESTS, staff),
        _pool(long, long.join(follows, on=["organisation", "case_id"], how="anti"), months, OF_OTHERS, None),
        _pool(remaining, remaining, months, OF_OTHERS, staff),
        float(len(follows)),
        float(len(_within(requests, "ended", months))),
    )


def _within(cases: pl.DataFrame, day: str, months: Sequence[Period]) -> pl.DataFrame:
    return cases.filter(pl.col(day).is_between(months[0].start, months[-1].end))


def _following(requests: pl.DataFrame, long: pl.DataFrame, months: Sequence[Period]) -> pl.DataFrame:
    """The lasting cases that began when a request for the same child had just closed: organisation, case_id."""
    closed = _within(requests, "ended", months).select("organisation", CHILD, day="ended")
    since = (pl.col("received_date") - pl.col("day")).dt.total_days()
    key = ["organisation", "case_id"]
    return (
        long.select(*key, CHILD, "received_date")
        .join(closed, on=["organisation", CHILD])
        .filter(since.is_between(0, _FOLLOWS))
        .select(key)
        .unique()
        .sort(key)
    )


def _pool(
    cases: pl.DataFrame, coming: pl.DataFrame, months: Sequence[Period], edges: tuple[float, ...], staff: Array | None
) -> Pool:
    on = months[-1].end
    still = cases.filter(pl.col("ended").is_null())
    ages = (
        still.select((pl.lit(on) - pl.col("received_date")).dt.total_days()).to_series().to_numpy().astype(np.float64)
    )
    events, days = _by_month(cases, months, edges)
    closing = Rates(edges, events.sum(axis=0), days.sum(axis=0))
    length = np.array([float(m.days) for m in months])
    calendar = np.array([m.end.month - 1 for m in months])
    arrivals = _counted(coming, "received_date", months)
    arriving = float(arrivals.sum() / length.sum())
    due = (days * closing.mean).sum(axis=1)
    return Pool(
        ages,
        arriving,
        level_of(arrivals, arriving * length, calendar),
        closing,
        level_of(events.sum(axis=1), due, calendar, staff=staff),
        float(due.sum() / length.sum()),
    )


def _starts(months: Sequence[Period]) -> npt.NDArray[np.int64]:
    return np.array([m.start.toordinal() for m in months] + [months[-1].end.toordinal() + 1])


def _ordinals(days: pl.Series, missing: int) -> npt.NDArray[np.int64]:
    numbers = days.cast(pl.Date).to_physical().cast(pl.Int64) + 719_163  # 1 January 1970 as date.toordinal has it
    return numbers.fill_null(missing).to_numpy()


def _counted(cases: pl.DataFrame, day: str, months: Sequence[Period]) -> Array:
    edges = _starts(months)
    counts, _ = np.histogram(_ordinals(_within(cases, day, months)[day], 0), bins=edges)
    return counts.astype(np.float64)


def _by_month(cases: pl.DataFrame, months: Sequence[Period], edges: tuple[float, ...]) -> tuple[Array, Array]:
    """Closings, and days open, in each month and band of age. A case is open from its receipt to the day it ends, that day included."""
    bounds = _starts(months)
    last_bound = int(bounds[-1])
    begun, ended = _ordinals(cases["received_date"], last_bound), _ordinals(cases["ended"], last_bound)
    low, high = np.array(edges[:-1]), np.array(edges[1:])
    events, days = (np.zeros((len(months), len(low))) for _ in range(2))
    for m, (first, after) in enumerate(pairwise(bounds.tolist())):
        open_then = (begun < after) & (ended >= first)
        since, until = (
            np.maximum(first - begun[open_then], 0),
            np.minimum(ended[open_then] + 1, after) - begun[open_then],
        )
        days[m] = np.clip(np.clip(until[:, None], low, high) - np.clip(since[:, None], low, high), 0, None).sum(axis=0)
        age = (ended - begun)[open_then & (ended < after)] + 1
        band = np.clip(np.searchsorted(np.array(edges), age, side="left") - 1, 0, len(low) - 1)
        events[m] = np.bincount(band, minlength=len(low))
    return events, days


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


def rates_of(spells: pl.DataFrame, edges: tuple[float, ...], event: str) -> Rates:
    """Rates by band of spells with entry, exit (days) and whether each ended in the event."""
    begun, ended = (spells[c].to_numpy().astype(np.float64) for c in ("entry", "exit"))
    happened = spells[event].to_numpy()
    low, high = np.array(edges[:-1]), np.array(edges[1:])
    days = np.clip(ended[:, None], low, high) - np.clip(begun[:, None], low, high)
    band = np.searchsorted(np.array(edges), ended[happened], side="left") - 1
    events = np.bincount(np.clip(band, 0, len(low) - 1), minlength=len(low)).astype(np.float64)
    return Rates(edges, events, days.sum(axis=0))


def spell_days(frame: pl.DataFrame, begin: str, end: str, window: Period) -> pl.DataFrame:
    """Spells inside the window as days since their beginning: entry, exit, event (ended inside)."""
    under_observation = frame.filter(pl.col(end).is_null() | (pl.col(end) >= window.start))
    last = pl.min_horizontal(pl.col(end), pl.lit(window.end))
    return under_observation.select(
        entry=(pl.lit(window.start) - pl.col(begin)).dt.total_days().clip(lower_bound=0),
        exit=(last - pl.col(begin)).dt.total_days() + 1,
        event=pl.col(end).is_not_null(),
    )


def days_within(frame: pl.DataFrame, begin: str, end: str, window: Period) -> Array:
    """The days of each spell inside the window."""
    first = pl.max_horizontal(pl.col(begin), pl.lit(window.start))
    last = pl.min_horizontal(pl.col(end), pl.lit(window.end))
    days = frame.select(((last - first).dt.total_days() + 1).clip(lower_bound=0)).to_series()
    return days.to_numpy().astype(np.float64)


def band_of(edges: Sequence[float], days: Array) -> npt.NDArray[np.int64]:
    """The band in which so many days fall.

    >>> band_of((0.0, 28.0, np.inf), np.array([27.9, 28.0])).tolist()
    [0, 1]
    """
    band: npt.NDArray[np.int64] = np.clip(np.searchsorted(np.array(edges), days, side="right") - 1, 0, len(edges) - 2)
    return band


def chance(rate: Array, days: float) -> Array:
    """The chance that something at a rate per day happens within so many days."""
    return -np.expm1(-rate * days)
