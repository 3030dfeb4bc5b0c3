"""Paths of an outlook: what a workforce and its cases may do from month to month, many times over.

Seeded; in every path and month staff at the end = staff at the start + joiners - leavers, agency workers and cases likewise.

The steps are quarters of a month. A post is held or vacant: its holder leaves at the rate of their length of service, a vacancy is filled,
or its round fails and starts again, at the rate of its length. A case closes at the rate of its age, faster or slower as the staff at work
and the number of cases together decide (`Flow`).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from workforce.book.constants import DAYS_IN_A_YEAR
from workforce.forecast.demand import DrawnLevel, Pool, band_of, chance
from workforce.forecast.fit import Fitted
from workforce.frames import Array
from workforce.periods import Period
from workforce.sealed import Options, number_given, text_given

Counts = npt.NDArray[np.int64]
MONTH: Final = DAYS_IN_A_YEAR / 12
FASTEST: Final = 2.0  # times its usual rate: however few cases there are for the staff, each still takes some time
_A_TRIFLE: Final = 1e-9  # of a day: rounding
_OLDEST: Final = 3_650.0  # days: the last cohort of open cases holds those older
STEPS: Final = 4  # of a month
# How far a year's turnover lay from that of the three years before it, root mean square of the ratios of England's children's social
# workers, 2020 to 2025 (DfE, Children's social work workforce): no chance is left in rates of 4,000 to 5,000 leavers.
YEAR_TO_YEAR: Final = 0.15


@dataclass(frozen=True, slots=True)
class Scenario(Options):
    """What is done from the day of an outlook on. Everything that is not given stays as it was.

    Parameters
    ----------
    name : str
        What the scenario is called on charts and in tables.
    recruit : float
        Posts (FTE) on top of those that are funded, filled as fast as vacancies are.
    retain : float
        The share of leavers who stay instead, 0 to 1.
    reduce_demand : float
        The share of requests that do not come, 0 to 1.
    cut_sickness : float
        The share of sickness that is avoided, 0 to 1.
    end_agency : bool
        Whether agency workers go in the first week and none come.

    Raises
    ------
    UsageError
        Where the name is no text, or one of the others no number.

    Examples
    --------
    >>> Scenario("Five more caseworkers", recruit=5).recruit
    5.0
    """

    name: str
    recruit: float = 0.0
    retain: float = 0.0
    reduce_demand: float = 0.0
    cut_sickness: float = 0.0
    end_agency: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", text_given(self.name, "name"))
        for lever in _LEVERS:
            object.__setattr__(self, lever, number_given(getattr(self, lever), lever))

    def _arguments(self) -> dict[str, object]:
        """Return the name and what is changed; nothing where all stays as it is under the library's own name for that."""
        changed = {lever: getattr(self, lever) for lever in _LEVERS if getattr(self, lever)}
        return {} if self == AS_NOW else {"name": self.name, **changed}


_LEVERS: Final = ("recruit", "retain", "reduce_demand", "cut_sickness")
AS_NOW: Final = Scenario("as now")


@dataclass(frozen=True, slots=True)
class Paths:
    """One row a path. Stocks have a column for the start and each month's end; flows a column for each month.

    employed, agency, joined, left, agency_came, agency_went in FTE; open_cases, overdue, arrivals, closures in cases. FTE are multiples
    of those in the records, so that sums are exact but for rounding.
    """

    employed: Array
    agency: Array
    joined: Array
    left: Array
    agency_came: Array
    agency_went: Array
    open_cases: Counts
    arrivals: Counts
    closures: Counts
    overdue: Counts

    @property
    def fte(self) -> Array:
        """Caseworkers in post, agency included."""
        return self.employed + self.agency

    @property
    def caseload(self) -> Array:
        """Open cases for each FTE in post; nan where nobody is."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(self.fte > 0, self.open_cases / self.fte, np.nan)


class _Staff:
    """The posts of all paths: held or vacant, since when, covered by an agency worker or not."""

    def __init__(self, fitted: Fitted, scenario: Scenario, paths: int, rng: np.random.Generator) -> None:
        self.rng, self.scenario = rng, scenario
        staff, vacant = len(fitted.staff_fte), len(fitted.vacant_fte)
        extra = _posts(scenario.recruit)
        self.fte = np.concatenate([fitted.staff_fte, fitted.vacant_fte, extra])
        shape = (paths, len(self.fte))
        self.held = np.broadcast_to(np.arange(len(self.fte)) < staff, shape).copy()
        self.days = np.broadcast_to(
            np.concatenate([fitted.staff_service, fitted.vacant_days, np.zeros(len(extra))]), shape
        ).copy()
        covered = np.zeros(len(self.fte), dtype=bool)
        covered[staff : staff + vacant] = fitted.vacant_covered
        self.covered = np.broadcast_to(covered, shape).copy()
        self.ordered = np.zeros(shape, dtype=bool)  # cover that comes in the next step
        year = rng.gamma(YEAR_TO_YEAR**-2, YEAR_TO_YEAR**2, (paths, 1))
        self.leaving, self.leaving_at = fitted.leaving.drawn(paths, rng) * year, fitted.leaving.edges
        self.leaving *= 1 - scenario.retain
        self.filling, self.filling_at = fitted.filling.drawn(paths, rng), fitted.filling.edges
        self.failing = fitted.failing.drawn(paths, rng)
        uncovered = max(fitted.vacancy_days - fitted.covered_days, 0.0)
        typical = max(fitted.vacancy_days / max(fitted.filling.events.sum(), 1.0), 1.0)  # days of one vacancy
        self.cover = rng.beta(fitted.covered_days / typical + 0.5, uncovered / typical + 0.5, paths)
        self.others = np.full(paths, fitted.other_agency, dtype=np.int64)
        self.other_fte = fitted.agency_fte
        self.starts = rng.gamma(fitted.agency_starts + 0.5, 1.0, paths) / fitted.days
        self.ends = fitted.agency_ending.drawn(paths, rng)[:, 0]
        if scenario.end_agency:
            self.cover, self.starts = np.zeros(paths), np.zeros(paths)

    @property
    def employed(self) -> Array:
        fte: Array = self.held @ self.fte
        return fte

    @property
    def agency(self) -> Array:
        workers: Array = self.covered @ self.fte + self.others * self.other_fte
        return workers

    def step(self, days: float) -> tuple[Array, Array, Array, Array]:
        """One step: FTE joined, left, agency came, agency went."""
        rng = self.rng
        was_held, was_covered = self.held.copy(), self.covered.copy()
        leave = was_held & (rng.random(self.held.shape) < chance(_at(self.leaving, self.leaving_at, self.days), days))
        fill_rate = _at(self.filling, self.filling_at, self.days)
        fail_rate = _at(self.failing, self.filling_at, self.days)
        closed = ~was_held & (rng.random(self.held.shape) < chance(fill_rate + fail_rate, days))
        filled = closed & (rng.random(self.held.shape) * (fill_rate + fail_rate) < fill_rate)
        drawn_cover = rng.random(self.held.shape) < self.cover[:, None]
        self.held = (was_held & ~leave) | filled
        # An agency worker comes a week or so after the post has fallen vacant.
        self.covered = (was_covered | self.ordered) & ~self.held
        self.ordered = leave & drawn_cover
        if self.scenario.end_agency:
            self.ordered[:] = False
            self.covered[:] = False
        # Changes come at any time in the step, in its middle on average.
        self.days = np.where(leave | closed, days / 2, self.days + days)
        arriving = rng.poisson(self.starts * days)
        leaving = self.others.copy() if self.scenario.end_agency else rng.binomial(self.others, chance(self.ends, days))
        self.others = self.others + arriving - leaving
        return (
            filled @ self.fte,
            leave @ self.fte,
            (self.covered & ~was_covered) @ self.fte + arriving * self.other_fte,
            (was_covered & ~self.covered) @ self.fte + leaving * self.other_fte,
        )


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


def simulate(
    fitted: Fitted, scenario: Scenario, months: list[Period], *, overdue_after: float, paths: int, seed: int
) -> Paths:
    """Follow so many paths through the months. overdue_after: days since receipt from which a request is past its date."""
    streams = [np.random.default_rng(s) for s in np.random.SeedSequence(seed).spawn(5)]
    steps = STEPS * len(months)
    staff = _Staff(fitted, scenario, paths, streams[0])
    requests = Flow(fitted.cases.requests, steps, paths, streams[1], avoided=scenario.reduce_demand)
    lasting, other_cases = (
        Flow(p, steps, paths, s) for p, s in ((fitted.cases.lasting, streams[2]), (fitted.cases.others, streams[3]))
    )
    flows = (requests, lasting, other_cases)
    become = streams[4].beta(fitted.cases.followed + 0.5, fitted.cases.closed - fitted.cases.followed + 0.5, paths)
    lost = fitted.absence_rate or 0.0
    healthier = (1 - lost * (1 - scenario.cut_sickness)) / (1 - lost)
    stocks: list[list[npt.NDArray[np.generic]]] = []
    moves: list[list[npt.NDArray[np.generic]]] = []

    def note() -> None:
        total = sum(flow.total for flow in flows)
        stocks.append([staff.employed, staff.agency, np.asarray(total), requests.older_than(overdue_after)])

    note()
    for period in months:
        days, month = period.days / STEPS, period.end.month - 1
        moved = []
        for _ in range(STEPS):
            before = staff.employed + staff.agency
            changes = staff.step(days)
            present = (before + staff.employed + staff.agency) / 2
            at_work = present * healthier / max(fitted.mean_fte, _A_TRIFLE)
            arrived, closed = requests.step(days, month, at_work)
            plans = streams[4].binomial(closed, become) if fitted.cases.followed else np.zeros_like(closed)
            came_lasting, closed_lasting = lasting.step(days, month, at_work, plans)
            came_else, closed_else = other_cases.step(days, month, at_work)
            moved.append([*changes, arrived + came_lasting + came_else, closed + closed_lasting + closed_else])
        moves.append([np.sum(kind, axis=0) for kind in zip(*moved, strict=True)])
        note()
    employed, agency, open_cases, overdue = (np.stack(kind, axis=1) for kind in zip(*stocks, strict=True))
    joiners, left, came_agency, went_agency, arrivals, closures = (
        np.stack(kind, axis=1) for kind in zip(*moves, strict=True)
    )
    return Paths(employed, agency, joiners, left, came_agency, went_agency, open_cases, arrivals, closures, overdue)


def _posts(fte: float) -> Array:
    """Whole posts, and what is left of one."""
    full_posts = int(fte)
    remainder = fte - full_posts
    return np.array([1.0] * full_posts + ([remainder] if remainder > _A_TRIFLE else []))


def _at(rates: Array, edges: tuple[float, ...], days: Array) -> Array:
    """The rate of each path at each post's days."""
    return np.take_along_axis(rates, band_of(edges, days), axis=1)


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
