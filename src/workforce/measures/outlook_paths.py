"""Paths of an outlook: what a workforce and its cases may do from month to month, many times over.

Promises: seeded; in every path and month staff at the end = staff at the start + joiners - leavers, agency workers and cases likewise.
Refuses: nothing by itself.

The steps are quarters of a month. A post is held or vacant: its holder leaves at the rate of their length of service, a vacancy is filled,
or its round fails and starts again, at the rate of its length. A case closes at the rate of its age, in proportion to the FTE at work.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from workforce.measures.outlook_fit import Fitted, Pool
from workforce.periods import Period

Array = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]
STEPS: Final = 4  # of a month
_A_TRIFLE: Final = 1e-9  # of a post, or of a day: rounding
_OLDEST: Final = 3_650.0  # days: the last cohort of open cases holds those older


@dataclass(frozen=True, slots=True)
class Scenario:
    """What is done from the day on. Everything that is not said stays as it was.

    recruit: posts (FTE) on top of those that are funded, filled as fast as vacancies are. retain: the share of leavers who stay instead.
    reduce_demand: the share of requests that do not come. cut_sickness: the share of sickness that is avoided. end_agency: agency
    workers go in the first week and none come.
    """

    name: str
    recruit: float = 0.0
    retain: float = 0.0
    reduce_demand: float = 0.0
    cut_sickness: float = 0.0
    end_agency: bool = False


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
        held, vacant = len(fitted.staff_fte), len(fitted.vacant_fte)
        extra = _posts(scenario.recruit)
        self.fte = np.concatenate([fitted.staff_fte, fitted.vacant_fte, extra])
        shape = (paths, len(self.fte))
        self.held = np.broadcast_to(np.arange(len(self.fte)) < held, shape).copy()
        self.days = np.broadcast_to(
            np.concatenate([fitted.staff_service, fitted.vacant_days, np.zeros(len(extra))]), shape
        ).copy()
        covered = np.zeros(len(self.fte), dtype=bool)
        covered[held : held + vacant] = fitted.vacant_covered
        self.covered = np.broadcast_to(covered, shape).copy()
        self.leaving, self.leaving_at = fitted.leaving.drawn(paths, rng) * (1 - scenario.retain), fitted.leaving.edges
        self.filling, self.filling_at = fitted.filling.drawn(paths, rng), fitted.filling.edges
        self.failing = fitted.failing.drawn(paths, rng)
        uncovered = max(fitted.vacancy_days - fitted.covered_days, 0.0)
        typical = max(fitted.vacancy_days / max(fitted.filling.events.sum(), 1.0), 1.0)  # days of one vacancy
        self.cover = rng.beta(fitted.covered_days / typical + 0.5, uncovered / typical + 0.5, paths)
        self.others = np.full(paths, fitted.other_agency, dtype=np.int64)
        self.other_fte = fitted.agency_fte
        self.starts = rng.gamma(max(fitted.agency_starts, 0.5), 1.0, paths) / fitted.days
        self.ends = fitted.agency_ending.drawn(paths, rng)[:, 0]
        if scenario.end_agency:
            self.cover, self.starts = np.zeros(paths), np.zeros(paths)

    @property
    def employed(self) -> Array:
        held: Array = self.held @ self.fte
        return held

    @property
    def agency(self) -> Array:
        workers: Array = self.covered @ self.fte + self.others * self.other_fte
        return workers

    def step(self, days: float) -> tuple[Array, Array, Array, Array]:
        """One step: FTE joined, left, agency came, agency went."""
        rng = self.rng
        was_held, was_covered = self.held.copy(), self.covered.copy()
        leave = was_held & (rng.random(self.held.shape) < _chance(_at(self.leaving, self.leaving_at, self.days), days))
        fill_rate = _at(self.filling, self.filling_at, self.days)
        fail_rate = _at(self.failing, self.filling_at, self.days)
        closed = ~was_held & (rng.random(self.held.shape) < _chance(fill_rate + fail_rate, days))
        filled = closed & (rng.random(self.held.shape) * (fill_rate + fail_rate) < fill_rate)
        drawn_cover = rng.random(self.held.shape) < self.cover[:, None]
        self.held = (was_held & ~leave) | filled
        self.covered = (was_covered & ~filled) | (leave & drawn_cover)
        if self.scenario.end_agency:
            self.covered[:] = False
        # Changes come at any time in the step, in its middle on average.
        self.days = np.where(leave | closed, days / 2, self.days + days)
        came = rng.poisson(self.starts * days)
        went = self.others.copy() if self.scenario.end_agency else rng.binomial(self.others, _chance(self.ends, days))
        self.others = self.others + came - went
        return (
            filled @ self.fte,
            leave @ self.fte,
            (self.covered & ~was_covered) @ self.fte + came * self.other_fte,
            (was_covered & ~self.covered) @ self.fte + went * self.other_fte,
        )


class _Cases:
    """The open cases of all paths, in cohorts of one age."""

    def __init__(
        self, pool: Pool, fitted: Fitted, scenario: Scenario, steps: int, paths: int, rng: np.random.Generator
    ) -> None:
        self.rng = rng
        counts, edges = _cohorts(pool.ages)
        self.low = np.concatenate([edges[:-1], np.zeros(steps)])  # youngest age of each cohort, days
        self.wide = np.concatenate([np.diff(edges), np.zeros(steps)])
        self.open = np.zeros((paths, len(self.low)), dtype=np.int64)
        self.open[:, : len(counts)] = counts
        self.next = len(counts)
        self.closing, self.closing_at = pool.closing.drawn(paths, rng), pool.closing.edges
        rate = rng.gamma(pool.arrivals + 0.5, pool.dispersion, paths) / (fitted.days * pool.dispersion)
        self.rate = rate * (1 - scenario.reduce_demand)
        self.dispersion = pool.dispersion

    @property
    def total(self) -> Counts:
        total: Counts = self.open.sum(axis=1)
        return total

    def step(self, days: float, at_work: Array) -> tuple[Counts, Counts]:
        """One step: cases that came, and that closed. at_work: the FTE at work over that of the history."""
        used = slice(0, self.next)
        middle = self.low[used] + self.wide[used] / 2 + days / 2
        rates = self.closing[:, _band(self.closing_at, middle)] * at_work[:, None]
        closed = self.rng.binomial(self.open[:, used], _chance(rates, days))
        self.open[:, used] -= closed
        mean = self.rate * days
        if (
            self.dispersion > 1
        ):  # a Poisson number whose mean varies, so that the variance is `dispersion` times the mean
            mean = self.rng.gamma(mean / (self.dispersion - 1), self.dispersion - 1)
        came = self.rng.poisson(mean)
        self.low[used] += days
        # Some of those who came are closed in the step that they came in: half of it is left to them on average.
        at_once = self.rng.binomial(came, _chance(self.closing[:, 0] * at_work, days / 2))
        self.open[:, self.next] = came - at_once
        self.wide[self.next] = days
        self.next += 1
        return came, closed.sum(axis=1) + at_once

    def older_than(self, days: float) -> Counts:
        """How many are so many days old or older; of a cohort that straddles the age, those that fall beyond it."""
        used = slice(0, self.next)
        wide = np.maximum(self.wide[used], _A_TRIFLE)
        share = np.clip((self.low[used] + wide - days) / wide, 0.0, 1.0)
        whole = self.open[:, used][:, share == 1].sum(axis=1)
        partly = (share > 0) & (share < 1)
        older: Counts = whole + self.rng.binomial(self.open[:, used][:, partly], share[partly]).sum(axis=1)
        return older


def simulate(
    fitted: Fitted, scenario: Scenario, months: list[Period], *, overdue_after: float, paths: int, seed: int
) -> Paths:
    """Follow so many paths through the months. overdue_after: days since receipt from which a request is past its date."""
    streams = [np.random.default_rng(s) for s in np.random.SeedSequence(seed).spawn(3)]
    steps = STEPS * len(months)
    staff = _Staff(fitted, scenario, paths, streams[0])
    requests = _Cases(fitted.requests, fitted, scenario, steps, paths, streams[1])
    others = _Cases(fitted.others, fitted, AS_NOW, steps, paths, streams[2])  # demand is reduced in requests
    lost = fitted.absence_rate or 0.0
    healthier = (1 - lost * (1 - scenario.cut_sickness)) / (1 - lost)
    stocks: list[list[npt.NDArray[np.generic]]] = []
    flows: list[list[npt.NDArray[np.generic]]] = []

    def note() -> None:
        stocks.append([staff.employed, staff.agency, requests.total + others.total, requests.older_than(overdue_after)])

    note()
    for period in months:
        days = period.days / STEPS
        moved = []
        for _ in range(STEPS):
            before = staff.employed + staff.agency
            changes = staff.step(days)
            present = (before + staff.employed + staff.agency) / 2
            at_work = present * healthier / max(fitted.mean_fte, _A_TRIFLE)
            came, closed = requests.step(days, at_work)
            came_else, closed_else = others.step(days, at_work)
            moved.append([*changes, came + came_else, closed + closed_else])
        flows.append([np.sum(kind, axis=0) for kind in zip(*moved, strict=True)])
        note()
    employed, agency, open_cases, overdue = (np.stack(kind, axis=1) for kind in zip(*stocks, strict=True))
    joined, left, came_agency, went_agency, arrivals, closures = (
        np.stack(kind, axis=1) for kind in zip(*flows, strict=True)
    )
    return Paths(employed, agency, joined, left, came_agency, went_agency, open_cases, arrivals, closures, overdue)


def _posts(fte: float) -> Array:
    """Whole posts, and what is left of one."""
    whole = int(fte)
    rest = fte - whole
    return np.array([1.0] * whole + ([rest] if rest > _A_TRIFLE else []))


def _cohorts(ages: Array) -> tuple[Counts, Array]:
    """Open cases by week of age in the first year, by quarter after it: counts, and the edges of the cohorts."""
    edges = np.concatenate([np.arange(0.0, 364.0, 7.0), np.arange(364.0, _OLDEST, 91.0), [_OLDEST]])
    counts, _ = np.histogram(np.minimum(ages, _OLDEST - 1), bins=edges)
    last = int(np.flatnonzero(counts).max(initial=0)) + 1
    return counts[:last].astype(np.int64), edges[: last + 1]


def _chance(rate: Array, days: float) -> Array:
    return -np.expm1(-rate * days)


def _band(edges: tuple[float, ...], days: Array) -> Counts:
    band: Counts = np.clip(np.searchsorted(np.array(edges), days, side="right") - 1, 0, len(edges) - 2)
    return band


def _at(rates: Array, edges: tuple[float, ...], days: Array) -> Array:
    """The rate of each path at each post's days."""
    return np.take_along_axis(rates, _band(edges, days), axis=1)
