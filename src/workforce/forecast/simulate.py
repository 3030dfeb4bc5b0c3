"""Paths of an outlook: what a workforce and its cases may do from month to month, many times over.

Seeded; in every path and month staff at the end = staff at the start + joiners - leavers, agency workers and cases likewise.

The steps are quarters of a month. A post is held or vacant: its holder leaves at the rate of their length of service, a vacancy is filled,
or its round fails and starts again, at the rate of its length. A case closes at the rate of its age, faster or slower as the staff at work
and the number of cases together decide (`Flow`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Final

import numpy as np
import numpy.typing as npt

from workforce.book.constants import DAYS_IN_A_WEEK, DAYS_IN_A_YEAR, NO_PLAN_WEEKS
from workforce.forecast.demand import DrawnLevel, Pool, band_of, chance
from workforce.forecast.fit import Fitted
from workforce.frames import Array
from workforce.periods import Period
from workforce.sealed import Options, number_given, number_or_none, text_given

Counts = npt.NDArray[np.int64]
MONTH: Final = DAYS_IN_A_YEAR / 12
FASTEST: Final = 2.0  # times its usual rate: however few cases there are for the staff, each still takes some time
_A_TRIFLE: Final = 1e-9  # of a day: rounding
_OLDEST: Final = 3_650.0  # days: the last cohort of open cases holds those older
STEPS: Final = 4  # of a month
# How far a year's turnover lay from that of the three years before it, root mean square of the ratios of England's children's social
# workers, 2020 to 2025 (DfE, Children's social work workforce): no chance is left in rates of 4,000 to 5,000 leavers.
YEAR_TO_YEAR: Final = 0.15
READY: Final = (
    DAYS_IN_A_WEEK * NO_PLAN_WEEKS
)  # days from which a request may be taken out of turn: its assessment is due to be decided
# The random numbers of each matter are its own, so that a lever changes nothing that does not depend on it.
OF_STAFF, OF_REQUESTS, OF_LASTING, OF_OTHERS, OF_PLANS, OF_FURTHER_POSTS, OF_CLOSINGS, OF_AVOIDED, OF_AGES = range(9)


def _stream(seed: int, *matter: int) -> np.random.Generator:
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=matter))


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
    late_first : bool
        Whether the requests that are closed are the oldest of those of 16 weeks and more, in place of the usual mix of ages; as many
        are closed.
    cost : float, optional
        Pounds that it costs a year besides the pay of staff: an offer to those who would leave, advice to schools, an occupational health
        service. None where it is not known.

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
    late_first: bool = False
    cost: float | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", text_given(self.name, "name"))
        for lever in _LEVERS:
            object.__setattr__(self, lever, number_given(getattr(self, lever), lever))
        object.__setattr__(self, "cost", number_or_none(self.cost, "cost"))

    def _arguments(self) -> dict[str, object]:
        """Return the name and what is changed; nothing where all stays as it is under the library's own name for that."""
        changed = {lever: getattr(self, lever) for lever in (*_LEVERS, "cost") if getattr(self, lever)}
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


class _Leaving:
    """How fast the staff of each path leave, come and are covered: drawn once, and the same for every post of a path."""

    def __init__(self, fitted: Fitted, scenario: Scenario, paths: int, rng: np.random.Generator) -> None:
        year = rng.gamma(YEAR_TO_YEAR**-2, YEAR_TO_YEAR**2, (paths, 1))
        self.leaving, self.leaving_at = fitted.leaving.drawn(paths, rng) * year, fitted.leaving.edges
        self.leaving *= 1 - scenario.retain
        self.filling, self.filling_at = fitted.filling.drawn(paths, rng), fitted.filling.edges
        self.failing = fitted.failing.drawn(paths, rng)
        uncovered = max(fitted.vacancy_days - fitted.covered_days, 0.0)
        typical = max(fitted.vacancy_days / max(fitted.filling.events.sum(), 1.0), 1.0)  # days of one vacancy
        self.cover = rng.beta(fitted.covered_days / typical + 0.5, uncovered / typical + 0.5, paths)
        self.others_start = rng.gamma(fitted.agency_starts + 0.5, 1.0, paths) / fitted.days
        self.others_end = fitted.agency_ending.drawn(paths, rng)[:, 0]
        self.end_agency = scenario.end_agency
        if scenario.end_agency:
            self.cover, self.others_start = np.zeros(paths), np.zeros(paths)


class _Posts:
    """Some posts of all paths: held or vacant, since when, covered by an agency worker or not."""

    def __init__(
        self,
        rates: _Leaving,
        fte: Array,
        held: npt.NDArray[np.bool_],
        days: Array,
        covered: npt.NDArray[np.bool_],
        rng: np.random.Generator,
    ) -> None:
        self.rates, self.fte, self.rng = rates, fte, rng
        shape = (len(rates.leaving), len(fte))
        self.held = np.broadcast_to(held, shape).copy()
        self.days = np.broadcast_to(days, shape).copy()
        self.covered = np.broadcast_to(covered, shape).copy()
        self.ordered = np.zeros(shape, dtype=bool)  # cover that comes in the next step

    def stock(self) -> tuple[Array, Array]:
        """FTE employed, and of agency workers."""
        return self.held @ self.fte, self.covered @ self.fte

    def step(self, days: float) -> tuple[Array, ...]:
        """One step: FTE joined, left, agency came, agency went; and how many people left."""
        rng, rates = self.rng, self.rates
        was_held, was_covered = self.held.copy(), self.covered.copy()
        leave_rate = _at(rates.leaving, rates.leaving_at, self.days)
        leave = was_held & (rng.random(self.held.shape) < chance(leave_rate, days))
        fill_rate = _at(rates.filling, rates.filling_at, self.days)
        fail_rate = _at(rates.failing, rates.filling_at, self.days)
        closed = ~was_held & (rng.random(self.held.shape) < chance(fill_rate + fail_rate, days))
        filled = closed & (rng.random(self.held.shape) * (fill_rate + fail_rate) < fill_rate)
        drawn_cover = rng.random(self.held.shape) < rates.cover[:, None]
        self.held = (was_held & ~leave) | filled
        # An agency worker comes a week or so after the post has fallen vacant.
        self.covered = (was_covered | self.ordered) & ~self.held
        self.ordered = leave & drawn_cover
        if rates.end_agency:
            self.ordered[:] = False
            self.covered[:] = False
        # Changes come at any time in the step, in its middle on average.
        self.days = np.where(leave | closed, days / 2, self.days + days)
        return (
            filled @ self.fte,
            leave @ self.fte,
            (self.covered & ~was_covered) @ self.fte,
            (was_covered & ~self.covered) @ self.fte,
            leave.sum(axis=1).astype(np.float64),
        )


@dataclass(frozen=True, slots=True)
class StaffPaths:
    """The staff of all paths, one row a path, in FTE: stocks at the start and each month's end, moves by month, presence by step.

    leavers: people who left, by month.
    """

    employed: Array
    agency: Array
    joined: Array
    left: Array
    agency_came: Array
    agency_went: Array
    leavers: Array
    present: Array

    def __add__(self, more: "StaffPaths") -> "StaffPaths":
        """Return both together."""
        return StaffPaths(*(getattr(self, f.name) + getattr(more, f.name) for f in fields(self)))


class Staffing:
    """The staff of an outlook, path by path. A further post has random numbers of its own, so that one more changes nothing else."""

    def __init__(self, fitted: Fitted, scenario: Scenario, months: Sequence[Period], paths: int, seed: int) -> None:
        self.fitted, self.months, self.paths = fitted, months, paths
        self.seed, self.rng = seed, _stream(seed, OF_STAFF)
        self.rates = _Leaving(fitted, scenario, paths, self.rng)

    def of_today(self) -> StaffPaths:
        """The posts that there are, held and vacant, with the agency workers who cover no vacancy."""
        fitted, rng, rates = self.fitted, self.rng, self.rates
        staff, vacant = len(fitted.staff_fte), len(fitted.vacant_fte)
        posts = _Posts(
            rates,
            np.concatenate([fitted.staff_fte, fitted.vacant_fte]),
            np.arange(staff + vacant) < staff,
            np.concatenate([fitted.staff_service, fitted.vacant_days]),
            np.concatenate([np.zeros(staff, dtype=bool), fitted.vacant_covered]),
            rng,
        )
        others = np.full(self.paths, fitted.other_agency, dtype=np.int64)

        def step(days: float) -> tuple[Array, ...]:
            nonlocal others
            joined, left, came, went, leavers = posts.step(days)
            arriving = rng.poisson(rates.others_start * days)
            leaving = others.copy() if rates.end_agency else rng.binomial(others, chance(rates.others_end, days))
            others = others + arriving - leaving
            return joined, left, came + arriving * fitted.agency_fte, went + leaving * fitted.agency_fte, leavers

        def stock() -> tuple[Array, Array]:
            employed, agency = posts.stock()
            return employed, agency + others * fitted.agency_fte

        return self._followed(step, stock)

    def further(self, fte: float, *, after: int = 0) -> list[StaffPaths]:
        """Further posts, one after another, vacant on the day: whole ones, and what is left of one. after: how many there are already."""
        vacant = np.zeros(1, dtype=bool)
        further_posts = []
        for n, size in enumerate(_posts(fte), start=after):
            rng = _stream(self.seed, OF_FURTHER_POSTS, n)
            post = _Posts(self.rates, np.array([size]), vacant, np.zeros(1), vacant, rng)
            further_posts.append(self._followed(post.step, post.stock))
        return further_posts

    def _followed(
        self, step: Callable[[float], tuple[Array, ...]], stock: Callable[[], tuple[Array, Array]]
    ) -> StaffPaths:
        stocks, moves, present = [stock()], [], []
        for period in self.months:
            moved = []
            for _ in range(STEPS):
                employed, agency = stock()
                moved.append(step(period.days / STEPS))
                present.append((employed + agency + sum(stock())) / 2)
            moves.append([np.sum(kind, axis=0) for kind in zip(*moved, strict=True)])
            stocks.append(stock())
        employed, agency = (np.stack(kind, axis=1) for kind in zip(*stocks, strict=True))
        joined, left, came, went, leavers = (np.stack(kind, axis=1) for kind in zip(*moves, strict=True))
        return StaffPaths(employed, agency, joined, left, came, went, leavers, np.stack(present, axis=1))


class Flow:
    """The open cases of all paths, in cohorts of one age."""

    def __init__(self, pool: Pool, steps: int, paths: int, rng: np.random.Generator) -> None:
        self.rng = rng
        counts, edges = _cohorts(pool.ages)
        self.low = np.concatenate([edges[:-1], np.zeros(steps)])  # youngest age of each cohort, days
        self.wide = np.concatenate([np.diff(edges), np.zeros(steps)])
        self.open = np.zeros((paths, len(self.low)), dtype=np.int64)
        self.open[:, : len(counts)] = counts
        self.next = len(counts)
        self.closing, self.closing_at = pool.closing.shaped(paths, rng), pool.closing.edges
        self.usual, self.arriving = pool.usual, pool.arriving
        self.arrivals, self.pace = pool.arrivals.drawn(paths, rng), pool.pace.drawn(paths, rng)

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
        due = (self.open[:, used] * rates).sum(axis=1)
        pace = self._pace(due, month, staff) * self._noise_of_closings(due, days, month, staff)
        closed = self._closed(rates * pace[:, None], days)
        self.open[:, used] -= closed
        arrivals = self._came(days, month)
        if following is not None:
            arrivals = arrivals + following
        self.low[used] += days
        # Some of those who came are closed in the step that they came in: half of it is left to them on average.
        at_once = self._drawn(arrivals[:, None], chance(self.closing[:, :1] * pace[:, None], days / 2), self.next)[:, 0]
        self.open[:, self.next] = arrivals - at_once
        self.wide[self.next] = days
        self.next += 1
        self.arrivals.wander(days / MONTH, self.rng)
        self.pace.wander(days / MONTH, self.rng)
        return arrivals, closed.sum(axis=1) + at_once

    def _pace(self, due: Array, month: int, staff: Array) -> Array:
        """How many times its rate a case closes but for the noise of the month: staff for the cases there are, the level, the season."""
        relative = np.maximum(staff * self.usual, _A_TRIFLE) / np.maximum(due, _A_TRIFLE)
        follows: Array = np.minimum(relative**self.pace.staff_share, FASTEST)
        return follows * self.pace.level * self.pace.season[:, month]

    def _noise_of_closings(self, due: Array, days: float, month: int, staff: Array) -> Array:
        return _noise(self.pace, due * self._pace(due, month, staff) * days, self.rng)

    def _closed(self, rates: Array, days: float) -> Counts:
        """How many of each cohort close."""
        return self._drawn(self.open[:, : self.next], chance(rates, days), 0)

    def _drawn(self, counts: Counts, chances: Array, first: int) -> Counts:  # noqa: ARG002 (requests need the cohort)
        """How many of so many cases of each path (row) and cohort (column, `first` and those after it)."""
        drawn: Counts = self.rng.binomial(counts, chances)
        return drawn

    def _came(self, days: float, month: int) -> Counts:
        mean = self.arriving * days * self.arrivals.level * self.arrivals.season[:, month]
        arrivals: Counts = self.rng.poisson(mean * _noise(self.arrivals, mean, self.rng))
        return arrivals


class Requests(Flow):
    """The requests of all paths.

    One more at work, or one request fewer, never leaves more of them open on any path: each request of a cohort has a random number of its
    own in each step, and the noise of a month is that of its usual closings.
    """

    def __init__(self, fitted: Fitted, scenario: Scenario, steps: int, paths: int, seed: int) -> None:
        super().__init__(fitted.cases.requests, steps, paths, _stream(seed, OF_REQUESTS))
        self.seed, self.taken = seed, self.next
        self.avoided, self.late_first = scenario.reduce_demand, scenario.late_first

    def _noise_of_closings(self, due: Array, days: float, month: int, staff: Array) -> Array:  # noqa: ARG002 (its own method)
        return _noise(self.pace, self.usual * self.pace.level * self.pace.season[:, month] * days, self.rng)

    def _closed(self, rates: Array, days: float) -> Counts:
        closed = super()._closed(rates, days)
        return _oldest_first(closed, self.open[:, : self.next], self.low[: self.next]) if self.late_first else closed

    def _drawn(self, counts: Counts, chances: Array, first: int) -> Counts:
        step = self.next - self.taken
        columns = [
            (
                _stream(self.seed, OF_CLOSINGS, step, first + c).random((int(counts[:, c].max(initial=0)), len(counts)))
                < chances[:, c]
            )
            for c in range(counts.shape[1])
        ]
        return np.stack([_of_first(drawn, counts[:, c]) for c, drawn in enumerate(columns)], axis=1)

    def _came(self, days: float, month: int) -> Counts:
        arrivals = super()._came(days, month)
        if not self.avoided:
            return arrivals
        step = self.next - self.taken
        draws = _stream(self.seed, OF_AVOIDED, step).random((int(arrivals.max(initial=0)), len(arrivals)))
        return arrivals - _of_first(draws < self.avoided, arrivals)

    def usual_closings(self, days: float, month: int, staff: Array) -> Array:
        """How many these staff would close in a step, had they the usual number of cases: no more than their pace allows."""
        return self.usual * days * self._pace(np.full(len(staff), self.usual), month, staff)

    def older_than(self, days: float) -> Counts:
        """How many are so many days old or older; of a cohort that straddles the age, those that fall beyond it."""
        used = slice(0, self.next)
        wide = np.maximum(self.wide[used], _A_TRIFLE)
        share = np.clip((self.low[used] + wide - days) / wide, 0.0, 1.0)
        older: Counts = self.open[:, used][:, share == 1].sum(axis=1)
        for c in np.flatnonzero((share > 0) & (share < 1)).tolist():
            counts = self.open[:, c]
            draws = _stream(self.seed, OF_AGES, self.next - self.taken, c).random(
                (int(counts.max(initial=0)), len(counts))
            )
            older = older + _of_first(draws < share[c], counts)
        return older


def _of_first(drawn: npt.NDArray[np.bool_], counts: Counts) -> Counts:
    """How many of the first so many of each path were drawn; drawn: a row for each case, a column for each path.

    >>> _of_first(np.array([[True, False], [True, True]]), np.array([1, 2])).tolist()
    [1, 1]
    """
    drawn_of_first: Counts = (drawn & (np.arange(len(drawn))[:, None] < counts)).sum(axis=0)
    return drawn_of_first


def simulate(
    fitted: Fitted, scenario: Scenario, months: list[Period], *, overdue_after: float, paths: int, seed: int
) -> Paths:
    """Follow so many paths through the months. overdue_after: days since receipt from which a request is past its date."""
    staffing = Staffing(fitted, scenario, months, paths, seed)
    staff = sum(staffing.further(scenario.recruit), start=staffing.of_today())
    steps = STEPS * len(months)
    requests = Requests(fitted, scenario, steps, paths, seed)
    lasting = Flow(fitted.cases.lasting, steps, paths, _stream(seed, OF_LASTING))
    other_cases = Flow(fitted.cases.others, steps, paths, _stream(seed, OF_OTHERS))
    rng = _stream(seed, OF_PLANS)
    become = rng.beta(fitted.cases.followed + 0.5, fitted.cases.closed - fitted.cases.followed + 0.5, paths)
    at_work = staff.present * at_work_share(fitted, scenario)
    flows = (requests, lasting, other_cases)
    stocks: list[tuple[Counts, Counts]] = []
    moves: list[list[Counts]] = []

    def note() -> None:
        stocks.append((np.sum([flow.total for flow in flows], axis=0), requests.older_than(overdue_after)))

    note()
    for m, period in enumerate(months):
        days, month = period.days / STEPS, period.end.month - 1
        moved = []
        for k in range(m * STEPS, (m + 1) * STEPS):
            arrived, closed = requests.step(days, month, at_work[:, k])
            plans = rng.binomial(closed, become) if fitted.cases.followed else np.zeros_like(closed)
            came_lasting, closed_lasting = lasting.step(days, month, at_work[:, k], plans)
            came_else, closed_else = other_cases.step(days, month, at_work[:, k])
            moved.append([arrived + came_lasting + came_else, closed + closed_lasting + closed_else])
        moves.append([np.sum(kind, axis=0) for kind in zip(*moved, strict=True)])
        note()
    open_cases, overdue = (np.stack(kind, axis=1) for kind in zip(*stocks, strict=True))
    arrivals, closures = (np.stack(kind, axis=1) for kind in zip(*moves, strict=True))
    return Paths(
        staff.employed,
        staff.agency,
        staff.joined,
        staff.left,
        staff.agency_came,
        staff.agency_went,
        open_cases,
        arrivals,
        closures,
        overdue,
    )


@dataclass(frozen=True, slots=True)
class RequestPaths:
    """The requests of all paths, one row a path: those past their date at the start and each month's end, and by step those that came.

    could_close: how many the staff of a step would close, had they the usual number of cases.
    """

    late: Counts
    came: Counts
    could_close: Array


def request_paths(
    fitted: Fitted,
    scenario: Scenario,
    months: Sequence[Period],
    present: Array,
    *,
    overdue_after: float,
    seed: int,
) -> RequestPaths:
    """Follow the requests alone, with so many FTE `present` on each path (row) in each step.

    The same figures as `simulate` gives, without the cases of other kinds, on which they do not depend.
    """
    at_work = present * at_work_share(fitted, scenario)
    requests = Requests(fitted, scenario, STEPS * len(months), len(present), seed)
    late, came, could_close = [requests.older_than(overdue_after)], [], []
    for m, period in enumerate(months):
        for k in range(m * STEPS, (m + 1) * STEPS):
            days, month = period.days / STEPS, period.end.month - 1
            could_close.append(requests.usual_closings(days, month, at_work[:, k]))
            came.append(requests.step(days, month, at_work[:, k])[0])
        late.append(requests.older_than(overdue_after))
    return RequestPaths(np.stack(late, axis=1), np.stack(came, axis=1), np.stack(could_close, axis=1))


def at_work_share(fitted: Fitted, scenario: Scenario) -> float:
    """The FTE at work over their mean in the history, for each FTE in post."""
    lost = fitted.absence_rate or 0.0
    return (1 - lost * (1 - scenario.cut_sickness)) / (1 - lost) / max(fitted.mean_fte, _A_TRIFLE)


def _oldest_first(closed: Counts, open_cases: Counts, ages: Array) -> Counts:
    """As many closings, but of the requests that are old enough the oldest first.

    >>> _oldest_first(np.array([[1, 2, 0]]), np.array([[5, 3, 1]]), np.array([7.0, 120.0, 300.0])).tolist()
    [[1, 1, 1]]
    """
    order = np.argsort(-ages, kind="stable")
    order = order[ages[order] >= READY]
    waiting = open_cases[:, order]
    before = np.cumsum(waiting, axis=1) - waiting
    taken = closed.copy()
    taken[:, order] = np.clip(closed[:, order].sum(axis=1, keepdims=True) - before, 0, waiting)
    return taken


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
