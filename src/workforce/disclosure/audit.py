"""The audit: whether every withheld number stays unknown to whoever adds and subtracts what is published, and what to withhold as well.

A withheld count has to keep five possible values in a row (`internal`: three), a withheld sum of days or FTE 15% either way. What shows
this is another table in whole numbers: it agrees with everything printed, and the withheld number in it is that far from what it is.

1. `failing` looks for such tables: by a few exchanges for each number (`exchanges.py`), by linear programs for all numbers that are left,
   and at last by a program for each of them alone.
2. `repair` withholds more for the numbers that fail. Where few numbers hang together, one program in whole numbers finds the cheapest rows.
   Else a linear program looks for a table in which few figures are other than printed, and these are withheld.
3. `audit` repeats both. A table is left out where nothing that can be withheld helps.

Source: cell suppression by linear programs, Fischetti & Salazar-Gonzalez (2005); a sliding protection level, Hundepool et al. (2012),
Statistical Disclosure Control, ch. 4.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from workforce.disclosure.exchanges import Exchanges
from workforce.disclosure.system import Row, System, Terms, Unknown, system_of

Array = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]
_NEAR: Final = 1e-6  # how near to a whole number, or to what is asked for, a solution has to be
_CHANGED: Final = 1e-5  # how far from what is printed a figure has to be to count as changed
_BOUND: Final = 1e6  # instead of no bound: a number of people, cases or days beyond any area's
_TURNS: Final = 4  # tries for all numbers at once: all up, all down, and some up and some down
_ALONE: Final = 40  # so few that are left are looked at one by one before anything is withheld
_WEIGHTINGS: Final = 4  # of a program that looks for few figures: what was changed little costs more next time
_REPAIRS: Final = 6  # rounds, after which what still fails is named
_REWARD: Final = 1e4  # for a number that moves as far as it has to; more than what any figures cost
_STEP: Final = 1e-3  # cost of a change within what is printed, so that few things change
# Up to so many numbers times secret ones that hang together, one program finds what is cheapest to withhold.
_FEW: Final = 400
_HALF: Final = 0.5  # a choice of yes or no in a solution
_SAME: Final = 1e-7  # a number that is no further from what it is has not changed
_NODES: Final = 100  # of a program in whole numbers; a limit that is the same on a busy machine
_SECONDS: Final = 60.0  # for a program in whole numbers, which none should need
_GAP: Final = 0.05  # of the numbers that a program in whole numbers moves: the others are left for the next
_SEED: Final = 20_260_101


@dataclass(frozen=True, slots=True)
class Audit:
    """What an audit came to.

    Parameters
    ----------
    withheld : frozenset of Row
        The rows that have to be withheld as well.
    left_out : tuple of str
        The tables that have to be left out: their marks alone tell a number, whatever else is withheld.
    disclosed : frozenset of str
        The withheld numbers that tables tell which cannot be changed.
    secrets : int
        How many numbers were looked at.
    """

    withheld: frozenset[Row] = frozenset()
    left_out: tuple[str, ...] = ()
    disclosed: frozenset[str] = frozenset()
    secrets: int = 0


def audit(figures: pl.DataFrame, fixed: Iterable[str] = ()) -> Audit:
    """Return what has to be withheld as well, so that no withheld number of tables can be worked out.

    Parameters
    ----------
    figures : polars.DataFrame
        The figures of everything that is published together, as `figures_of` returns them.
    fixed : iterable of str
        The tables that cannot be changed any more, because they were published before.

    Returns
    -------
    Audit
        The rows to withhold, the tables to leave out, and what earlier tables tell.
    """
    earlier_tables, left_out = frozenset(fixed), list[str]()
    # What earlier publications tell among themselves cannot be protected any more.
    disclosed = frozenset[str]()
    if earlier_tables:
        disclosed = audit(figures.filter(pl.col("table").is_in(list(earlier_tables)))).disclosed
    while True:
        programs = _Programs(system_of(figures.filter(~pl.col("table").is_in(left_out))), earlier_tables)
        failing = [n for n in programs.failing() if programs.name(n) not in disclosed]
        withheld: set[Row] = set()
        for _ in range(_REPAIRS):
            rows = programs.repair(failing)
            withheld |= rows
            failing = programs.failing() if rows else programs.failing_alone(failing)
            failing = [n for n in failing if programs.name(n) not in disclosed]
            if not failing or not rows:
                break
        tables = programs.tables_to_leave_out(failing)
        if not tables:
            return Audit(
                frozenset(withheld), tuple(left_out), frozenset(map(programs.name, failing)), len(programs.secret)
            )
        left_out.append(max(tables, key=lambda name: (tables[name], name)))


@dataclass(frozen=True, slots=True)
class _Alternative:
    """Another table that obeys all sums.

    Parameters
    ----------
    numbers : array of int
        The numbers that it is about.
    goals : array of int
        Those of them that were to move away from what they are.
    table : array of float
        What each of `numbers` is in it.
    changed : array of int
        The figures that are other than printed, so that the table needs them to be withheld.
    cost : float
        What is lost with these figures, less what the goals gain.
    """

    numbers: Numbers
    goals: Numbers
    table: Array
    changed: Numbers
    cost: float


class _Programs:
    """The linear programs over a system: which tables agree with what is printed, and how far its secret numbers can be in them.

    `base` is a table with the exact figures. `low` and `high` are the range of each number that an outsider sees; they widen with
    everything that is withheld. `lowest` and `highest` are the extremes of each number in the tables found so far: a secret number is safe
    where these are far enough apart.
    """

    def __init__(self, system: System, fixed: frozenset[str]) -> None:
        self.unknowns = system.unknowns
        self.depth = [len(groups) for _, groups, _ in system.keys]
        self.keys = [(name, sorted(groups), dates) for name, groups, dates in system.keys]
        self.fixed = fixed
        self.bound = max([_BOUND, *(2 * abs(u.exact) for u in self.unknowns if u.exact is not None)])
        ranges = np.array([self._range(u, u.ranges) for u in self.unknowns]).reshape(-1, 2)
        self.low, self.high = ranges[:, 0].copy(), ranges[:, 1].copy()
        self.is_whole = np.array([u.is_whole for u in self.unknowns], dtype=bool)
        self.secret = np.array([n for n, u in enumerate(self.unknowns) if u.is_secret], dtype=np.int64)
        self.withheld_rows: set[Row] = set()
        self.random = np.random.default_rng(_SEED)
        self.equations, self.base = self._sums_that_hold(system.equations)
        self.lowest, self.highest = self.base.copy(), self.base.copy()

    def _sums_that_hold(self, equations: Iterable[Terms]) -> tuple[list[Terms], Array]:
        """The sums that exact figures obey, and a table with all exact figures and with numbers for what no table shows.

        Sums of exact figures hold. Of those that have a number without one (parts of periods, what a sum has more) as many hold as can be:
        some periods were restated, or are of others. With something added or taken away there are always such numbers.
        """
        from scipy.sparse import eye_array, hstack

        exact = np.array([np.nan if u.exact is None else u.exact for u in self.unknowns])
        is_open, sums = np.isnan(exact), list(equations)
        in_doubt = [line for line, terms in enumerate(sums) if any(is_open[n] for _, n in terms)]
        low, high = np.where(is_open, self.low, exact), np.where(is_open, self.high, exact)
        if not in_doubt:
            return sums, low
        slack = eye_array(len(in_doubt), format="csr")
        lines = hstack([_matrix([sums[line] for line in in_doubt], len(exact)), slack, -slack])
        count = 2 * len(in_doubt)
        table = _solved(
            np.r_[np.zeros(len(exact)), np.ones(count)],
            lines,
            np.r_[low, np.zeros(count)],
            np.r_[high, [np.inf] * count],
        )
        if table is None:
            # Of numbers that no program can handle all sums stay, which allows fewer other tables and not more.
            return sums, low
        above, below = np.split(table[len(exact) :], 2)
        broken = {line for line, deviation in zip(in_doubt, above + below, strict=True) if deviation >= _CHANGED}
        return [terms for line, terms in enumerate(sums) if line not in broken], np.where(
            is_open, table[: len(exact)], exact
        )

    def _range(self, unknown: Unknown, rows: Iterable[Row]) -> tuple[float, float]:
        """Between what a number lies by some of its rows, with bounds where there are none; what it is lies between them."""
        low, high = unknown.range_by(rows)
        exact = max(low, 0.0) if unknown.exact is None else unknown.exact
        return min(max(low, -self.bound), exact), max(min(high, self.bound), exact)

    @cached_property
    def matrix(self) -> Any:  # noqa: ANN401 - a matrix of scipy
        """The sums, a line for each."""
        return _matrix(self.equations, len(self.low))

    @cached_property
    def component(self) -> Numbers:
        """Which numbers hang together by sums: those with the same component."""
        from scipy.sparse.csgraph import connected_components

        sums_in_common = abs(self.matrix).T @ abs(self.matrix)
        return np.asarray(connected_components(sums_in_common, directed=False)[1], dtype=np.int64)

    @cached_property
    def component_of_line(self) -> Numbers:
        """The component of each sum."""
        return np.array([self.component[terms[0][1]] for terms in self.equations], dtype=np.int64)

    def name(self, number: int) -> str:
        """What identifies a number in every system: what it counts, of whom and when, and its figure."""
        return f"{self.keys[number]} {self.unknowns[number].exact}"

    def tables_to_leave_out(self, numbers: Sequence[int]) -> Counter[str]:
        """The tables that can be left out and that show numbers, or other numbers that hang together with them, with how often they do."""
        tables: Counter[str] = Counter()
        for number in numbers:
            rows = {row for row in self.unknowns[number].ranges if row[0] not in self.fixed}
            if not rows:
                component = np.flatnonzero(self.component == self.component[number])
                rows = {row for n in component for row in self.unknowns[n].ranges if row[0] not in self.fixed}
            tables.update(name for name, _ in rows)
        return tables

    def is_safe(self, number: int) -> bool:
        """Whether the tables found so far show that a number stays unknown."""
        below, above = self._distances(number)
        return below <= _NEAR and above <= _NEAR if not self.unknowns[number].values else min(below, above) <= _NEAR

    def _distances(self, number: int) -> tuple[float, float]:
        """How far a number still has to be able to go down, and up: a count one of the two, a sum of days both."""
        unknown, exact = self.unknowns[number], float(self.base[number])
        below, above = exact - float(self.lowest[number]), float(self.highest[number]) - exact
        if unknown.values:  # so many values in a row
            missing = unknown.values - 1 - below - above
            return below + missing if missing > _NEAR else 0.0, above + missing if missing > _NEAR else 0.0
        distance = unknown.off * exact
        if unknown.is_whole:
            distance = float(np.ceil(distance - _NEAR))
        return 0.0 if below >= distance - _NEAR else distance, 0.0 if above >= distance - _NEAR else distance

    def failing(self) -> list[int]:
        """The secret numbers that cannot be shown to stay unknown."""
        unsafe = self._exchange([n for n in self.secret.tolist() if not self.is_safe(n)])
        for turn in range(_TURNS):
            if not unsafe:
                return []
            self._record(self._alternative(unsafe, self._directions(unsafe, turn), withholds=False))
            unsafe = [n for n in unsafe if not self.is_safe(n)]
        return self.failing_alone(unsafe) if len(unsafe) <= _ALONE else unsafe

    def _exchange(self, numbers: Sequence[int]) -> list[int]:
        """Search for other tables by few changes, a number after the other, and return the numbers that these do not show to be safe."""
        if not numbers:
            return []
        exchanges = Exchanges(self.equations, self.base - self.low, self.high - self.base, self.is_whole)
        for number, downward in product(numbers, (False, True)):
            if self.is_safe(number):
                continue
            below, above = self._distances(number)
            by = -min(below, exchanges.down[number]) if downward else min(above, exchanges.up[number])
            for changed, change in exchanges.changes(number, by).items():
                value = self.base[changed] + change
                self.lowest[changed] = min(self.lowest[changed], value)
                self.highest[changed] = max(self.highest[changed], value)
        return [n for n in numbers if not self.is_safe(n)]

    def failing_alone(self, numbers: Sequence[int]) -> list[int]:
        """Which of some numbers cannot be shown to stay unknown, by programs for each of them alone."""
        for number in numbers:
            for turn in range(2):
                if not self.is_safe(number):
                    alternative = self._alternative([number], self._directions([number], turn), withholds=False)
                    self._record(alternative, widely=True)
        return [n for n in numbers if not self.is_safe(n)]

    def repair(self, failing: Sequence[int]) -> set[Row]:
        """Withhold the cheapest figures that let failing numbers move enough, and return their rows."""
        rows = self._withhold_fewest(failing)
        failing = self._exchange([n for n in failing if not self.is_safe(n)]) if rows else failing
        if not failing:
            return rows
        for turn in range(2):  # what lies in the middle of its range, and every sum of days, has to move both ways
            choices = [
                self._alternative(failing, self._directions(failing, t), withholds=True) for t in (turn, turn + 2)
            ]
            cheapest = min((choice for choice in choices if choice), key=lambda choice: choice.cost, default=None)
            if cheapest is not None:
                rows |= self._withhold(cheapest.changed.tolist())
                self._record(cheapest)
            failing = [n for n in failing if not self.is_safe(n)]
            if not failing:
                break
        return rows

    def _withhold_fewest(self, failing: Sequence[int]) -> set[Row]:
        """Withhold the cheapest rows that let all secret numbers move enough, of those failing ones that hang together with few others."""
        rows: set[Row] = set()
        for component in np.unique(self.component[list(failing)]).tolist():
            numbers = np.flatnonzero(self.component == component)
            secrets = [n for n in self.secret.tolist() if self.component[n] == component]
            if len(numbers) * len(secrets) <= _FEW:
                rows |= self._cheapest_rows(numbers, secrets)
        figures = [n for n, u in enumerate(self.unknowns) if self._can_be_withheld(n) and not rows.isdisjoint(u.ranges)]
        return self._withhold(figures, rows)

    def _cheapest_rows(self, numbers: Numbers, secrets: Sequence[int]) -> set[Row]:
        """The cheapest rows with which all secret numbers of a component can move far enough, by one program in whole numbers.

        Its unknowns are a choice for each row, 1 where it is withheld, then two tables for each secret number: in one it is higher and in
        the other lower. They hold the changes of `numbers` from what these are, beyond what is printed only where a row is withheld.
        """
        from scipy.optimize import Bounds, LinearConstraint, milp
        from scipy.sparse import block_diag, csr_array, hstack

        figures = {place: n for place, n in enumerate(numbers.tolist()) if self._can_be_withheld(n)}
        costs = self._costs_of_rows(figures.values())
        if not costs:
            return set()
        distances = [
            max(self.unknowns[n].values - 1.0, float(np.ceil(self.unknowns[n].off * self.base[n]))) for n in secrets
        ]
        bound = 10 * sum(distances)  # no figure has to change by more
        base = self.base[numbers]
        printed = np.maximum(self.low[numbers] - base, -bound), np.minimum(self.high[numbers] - base, bound)
        lowest, highest = printed[0].copy(), printed[1].copy()  # with all rows withheld
        for place, n in figures.items():
            low, high = self._without(n)
            lowest[place], highest[place] = max(low - base[place], -bound), min(high - base[place], bound)
        choices, size, count = len(costs), len(numbers), 2 * len(secrets)
        constraints = [
            self._changes_of_withheld(figures, list(costs), printed, (lowest, highest), count),
            self._moves_of_secrets(secrets, distances, np.searchsorted(numbers, secrets), (choices, size)),
        ]
        sums = _with_entries(self.matrix[:, numbers])
        if sums.shape[0]:
            none = csr_array((sums.shape[0] * count, choices))
            constraints.append(LinearConstraint(hstack([none, block_diag([sums] * count)]), 0, 0))
        solution = milp(
            np.r_[list(costs.values()), np.zeros(count * size)],
            integrality=np.r_[np.ones(choices), np.zeros(count * size)],
            bounds=Bounds(
                np.r_[np.zeros(choices), np.tile(lowest, count)], np.r_[np.ones(choices), np.tile(highest, count)]
            ),
            constraints=constraints,
            options={"node_limit": 10 * _NODES, "time_limit": _SECONDS},
        ).x
        return set() if solution is None else {row for k, row in enumerate(costs) if solution[k] > _HALF}

    def _costs_of_rows(self, figures: Iterable[int]) -> dict[Row, float]:
        """What is lost with each row that shows one of some figures: as much as with the figure in it of which most is lost."""
        costs: dict[Row, float] = {}
        figures_of: dict[Row, list[int]] = defaultdict(list)
        for number in figures:
            rows = self._shown_by(number)
            for row in rows:
                costs[row] = max(costs.get(row, 0.0), self._cost(number) / len(rows))
                figures_of[row].append(number)
        # By what they show, so that the order of tables and of their rows changes nothing.
        return {row: costs[row] for row in sorted(costs, key=lambda row: (figures_of[row], row))}

    def _changes_of_withheld(
        self,
        figures: Mapping[int, int],
        rows: Sequence[Row],
        printed: tuple[Array, Array],
        withheld: tuple[Array, Array],
        count: int,
    ) -> Any:  # noqa: ANN401 - a constraint of scipy
        """That figures change by no more than is printed (`printed`), unless a row is withheld (`withheld`), in so many tables (`count`).

        `figures` are the numbers that can be withheld, by their place in a table.
        """
        from scipy.optimize import LinearConstraint
        from scipy.sparse import block_diag, csr_array, hstack, vstack

        columns = {row: column for column, row in enumerate(rows)}
        # The figure's place, up or down, the row's column, and how far the figure can go beyond what is printed without the row.
        limits: list[tuple[int, float, int, float]] = []
        for place, number in figures.items():
            more_up, more_down = withheld[1][place] - printed[1][place], printed[0][place] - withheld[0][place]
            for column in sorted(columns[row] for row in self._shown_by(number)):
                limits += [(place, 1.0, column, more_up), (place, -1.0, column, more_down)]
        lines = range(len(limits))
        of_table = csr_array(
            ([sign for _, sign, _, _ in limits], (lines, [place for place, _, _, _ in limits])),
            shape=(len(limits), len(printed[0])),
        )
        of_rows = csr_array(
            ([-extra for _, _, _, extra in limits], (lines, [column for _, _, column, _ in limits])),
            shape=(len(limits), len(rows)),
        )
        ends = np.array([printed[1][place] if sign > 0 else -printed[0][place] for place, sign, _, _ in limits])
        lines_of_tables = hstack([vstack([of_rows] * count), block_diag([of_table] * count)])
        return LinearConstraint(lines_of_tables, -np.inf, np.tile(ends, count))

    def _moves_of_secrets(
        self, secrets: Sequence[int], distances: Sequence[float], places: Numbers, shape: tuple[int, int]
    ) -> Any:  # noqa: ANN401 - a constraint of scipy
        """That each secret number is far enough up in its first table and down in its second: a count in total, a sum of days in each.

        `shape`: how many choices come before the tables, and how many numbers a table has.
        """
        from scipy.optimize import LinearConstraint

        choices, size = shape
        lines, least = [], []
        for k, (secret, distance, place) in enumerate(zip(secrets, distances, places.tolist(), strict=True)):
            up, down = (choices + (2 * k + table) * size + place for table in (0, 1))
            moves = [(up, 1), (down, -1)]
            for signs in [moves] if self.unknowns[secret].values else [[move] for move in moves]:
                line = np.zeros(choices + 2 * len(secrets) * size)
                for column, sign in signs:
                    line[column] = sign
                lines.append(line)
                least.append(distance)
        return LinearConstraint(np.array(lines), least, np.inf)

    def _directions(self, numbers: Sequence[int], turn: int) -> Array:
        """Up (1) or down (-1) for each number, where both are possible."""
        if turn > 1:
            return self.random.choice([-1.0, 1.0], len(numbers))
        return np.full(len(numbers), (1.0, -1.0)[turn])

    def _record(self, alternative: _Alternative | None, *, widely: bool = False) -> None:
        """Extend the extremes of numbers by what they are in a table, after its broken counts are made whole.

        Parameters
        ----------
        alternative : _Alternative or None
            The table; nothing is recorded without one.
        widely : bool
            Whether all numbers of a component may change to make counts whole, not only those that the table changes.
        """
        if alternative is None:
            return
        numbers, goals = alternative.numbers, alternative.goals.tolist()
        table, clusters, is_broken = self._in_clusters(alternative)
        self._extend_extremes(numbers, np.where(is_broken, np.nan, table))
        if is_broken.any() and len(alternative.changed):  # what was withheld leaves more room to exchange
            self._exchange([n for n in goals if not self.is_safe(n)])
        is_unsafe = np.isin(numbers, [n for n in goals if not self.is_safe(n)])
        is_broken &= np.isin(clusters, clusters[is_broken & is_unsafe])
        if is_broken.any():
            self._extend_extremes(numbers, self._in_whole_numbers(alternative, is_broken, widely=widely))

    def _extend_extremes(self, numbers: Numbers, table: Array) -> None:
        """Extend the extremes of numbers by what they are in a table; where it has NaN they stay."""
        self.lowest[numbers] = np.fmin(self.lowest[numbers], table)
        self.highest[numbers] = np.fmax(self.highest[numbers], table)

    def _in_clusters(self, alternative: _Alternative) -> tuple[Array, Numbers, npt.NDArray[np.bool_]]:
        """A table with its counts rounded, the clusters of its changes, and which numbers are in a cluster with a broken count.

        A cluster is changes that sums connect: made alone, it is another table. Numbers that do not change have -1 for a cluster.
        """
        from scipy.sparse.csgraph import connected_components

        numbers = alternative.numbers
        base, is_whole = self.base[numbers], self.is_whole[numbers]
        is_changed = np.abs(alternative.table - base) > _SAME
        entries = abs(self.matrix[:, numbers[is_changed]])
        clusters = np.full(len(numbers), -1)
        clusters[is_changed] = connected_components(entries.T @ entries, directed=False)[1]
        rounded = np.round(alternative.table)
        is_fraction = is_changed & is_whole & (np.abs(alternative.table - rounded) > _NEAR)
        is_broken = is_changed & np.isin(clusters, clusters[is_fraction])
        return np.where(is_changed, np.where(is_whole, rounded, alternative.table), base), clusters, is_broken

    def _in_whole_numbers(self, alternative: _Alternative, is_broken: npt.NDArray[np.bool_], *, widely: bool) -> Array:
        """What a program in whole numbers makes of the broken clusters, with as many goals as it can moved as the table has them.

        NaN elsewhere. With `widely` all numbers of a component may change, not only those of the clusters.
        """
        from scipy.optimize import Bounds, LinearConstraint, milp

        numbers = alternative.numbers
        base, is_whole, table = self.base[numbers], self.is_whole[numbers], alternative.table
        if widely:
            is_broken = np.isin(self.component[numbers], self.component[numbers[is_broken]])
        is_goal = is_whole & np.isin(numbers, alternative.goals)
        lowest = np.where(is_goal, np.fmin(base, np.ceil(table - _NEAR)), self.low[numbers])[is_broken]
        highest = np.where(is_goal, np.fmax(base, np.floor(table + _NEAR)), self.high[numbers])[is_broken]
        gain = np.where(is_goal, np.sign(table - base), 0.0)[is_broken]
        solution = milp(
            -gain,
            integrality=is_whole[is_broken].astype(int),
            bounds=Bounds(lowest - base[is_broken], highest - base[is_broken]),
            constraints=LinearConstraint(_with_entries(self.matrix[:, numbers[is_broken]]), 0, 0),
            options={"node_limit": _NODES, "mip_rel_gap": _GAP, "time_limit": _SECONDS},
        ).x
        repaired = np.full(len(numbers), np.nan)
        if solution is not None:
            repaired[is_broken] = base[is_broken] + np.where(is_whole[is_broken], np.round(solution), solution)
        return repaired

    def _alternative(self, goals: Sequence[int], directions: Array, *, withholds: bool) -> _Alternative | None:
        """A table in which numbers are as far from what they are as they have to be able to be, as many of them as possible.

        Parameters
        ----------
        goals : sequence of int
            The numbers.
        directions : array
            Up or down for each of them.
        withholds : bool
            Whether figures may be other than printed, at their cost.
        """
        of_goals = np.isin(self.component, np.unique(self.component[list(goals)]))
        numbers = np.flatnonzero(of_goals)
        matrix = self.matrix[np.isin(self.component_of_line, np.unique(self.component[numbers]))][:, numbers]
        up, down = self.high[numbers] - self.base[numbers], self.base[numbers] - self.low[numbers]
        gain_up, gain_down = np.zeros(len(numbers)), np.zeros(len(numbers))
        places = np.searchsorted(numbers, list(goals))
        for number, place, direction in zip(goals, places, directions, strict=True):
            below, above = self._distances(number)
            if self.unknowns[number].values and (down[place] < below) != (up[place] < above):
                direction = 1.0 if down[place] < below else -1.0  # noqa: PLW2901
            distance = min(above, up[place]) if direction > 0 else min(below, down[place])
            if distance <= 0:
                continue
            gain = gain_up if direction > 0 else gain_down
            gain[place] = _REWARD / distance
            up[place], down[place] = (distance, 0.0) if direction > 0 else (0.0, distance)
        over, under, cost = (np.zeros(len(numbers)) for _ in range(3))
        for place, number in enumerate(numbers.tolist() if withholds else ()):
            if self._can_be_withheld(number):
                low, high = self._without(number)
                over[place], under[place] = max(high - self.high[number], 0.0), max(self.low[number] - low, 0.0)
                cost[place] = self._cost(number)
        return self._cheapest(numbers, np.asarray(places), matrix, (up, down, over, under), (gain_up, gain_down, cost))

    def _cheapest(
        self,
        numbers: Numbers,
        goals: Numbers,
        matrix: Any,  # noqa: ANN401 - a matrix of scipy
        rooms: tuple[Array, Array, Array, Array],
        prices: tuple[Array, Array, Array],
    ) -> _Alternative | None:
        """The table with the highest gain and the fewest figures other than printed that programs with changing weights find.

        Parameters
        ----------
        numbers, goals : array of int
            The numbers of the table, and the places of the goals among them.
        matrix : sparse matrix
            The sums of these numbers.
        rooms : tuple of array
            How far each number can go up and down within what is printed, then up and down beyond it.
        prices : tuple of array
            What each number gains by a step up and by a step down, and what is lost where it goes beyond what is printed.
        """
        from scipy.sparse import hstack

        gain_up, gain_down, cost = prices
        weight, best = cost, None
        withholds = bool(cost.any())
        signs = (1, -1, 1, -1) if withholds else (1, -1)
        lines = hstack([sign * matrix for sign in signs])
        high = np.concatenate(rooms[: len(signs)])
        for _ in range(_WEIGHTINGS if withholds else 1):
            price = np.concatenate([_STEP - gain_up, _STEP - gain_down, *([weight + _STEP] * (len(signs) - 2))])
            solution = _solved(price, lines, np.zeros(len(high)), high)
            if solution is None:
                return best
            moves = np.split(solution, len(signs))
            change = sum(sign * move for sign, move in zip(signs, moves, strict=True))
            beyond_printed = moves[2] + moves[3] if withholds else np.zeros(len(numbers))
            is_changed = beyond_printed > _CHANGED
            gained = float(gain_up @ moves[0] + gain_down @ moves[1])
            table = self.base[numbers] + change
            choice = _Alternative(
                numbers, numbers[goals], table, numbers[is_changed], float(cost[is_changed].sum()) - gained
            )
            best = choice if best is None or choice.cost < best.cost else best
            weight = cost / (beyond_printed + 0.5)
        return best

    def _can_be_withheld(self, number: int) -> bool:
        """Whether a figure is shown, in tables that can still be changed; a zero is no secret to anyone who knows the rule."""
        unknown = self.unknowns[number]
        return not unknown.is_secret and bool(unknown.exact) and bool(self._shown_by(number))

    def _shown_by(self, number: int) -> list[Row]:
        """The rows that show a number and that can still be withheld."""
        return [
            row
            for row in self.unknowns[number].ranges
            if row[0] not in self.fixed and row[1] >= 0 and row not in self.withheld_rows
        ]

    def _without(self, number: int) -> tuple[float, float]:
        """Between what a number lies by the tables that cannot be changed."""
        unknown = self.unknowns[number]
        return self._range(unknown, (row for row in unknown.ranges if row[0] in self.fixed))

    def _cost(self, number: int) -> float:
        """What is lost with a figure: each row that shows it, a total more than a group, many people more than few."""
        unknown = self.unknowns[number]
        of_all = 3.0 if self.depth[number] == 0 else 1.0
        return len(self._shown_by(number)) * of_all * (1 + float(np.log1p(unknown.size)) / 10)

    def _withhold(self, numbers: Sequence[int], of_rows: set[Row] | None = None) -> set[Row]:
        """Take away the ranges of figures, and of all that their rows show; or those of some of their rows."""
        rows = {row for number in numbers for row in self._shown_by(number) if of_rows is None or row in of_rows}
        self.withheld_rows |= rows
        for number, unknown in enumerate(self.unknowns if rows else ()):
            if not unknown.is_secret and unknown.exact and not rows.isdisjoint(unknown.ranges):
                rows_shown = [row for row in unknown.ranges if row not in self.withheld_rows]
                self.low[number], self.high[number] = self._range(unknown, rows_shown)
        return rows


def _with_entries(matrix: Any) -> Any:  # noqa: ANN401 - matrices of scipy
    """The lines of a matrix that have an entry."""
    return matrix[np.flatnonzero(np.diff(matrix.indptr))]


def _matrix(equations: Sequence[Terms], count: int) -> Any:  # noqa: ANN401 - a matrix of scipy
    """The sums of so many numbers, a line for each."""
    from scipy.sparse import csr_array

    entries = [(line, number, factor) for line, terms in enumerate(equations) for factor, number in terms]
    lines, numbers, factors = zip(*entries, strict=True) if entries else ((), (), ())
    return csr_array((np.array(factors, dtype=float), (lines, numbers)), shape=(len(equations), count))


def _solved(cost: Array, matrix: Any, low: Array, high: Array) -> Array | None:  # noqa: ANN401 - a matrix of scipy
    """The cheapest numbers within their ranges that add up, as a linear program finds them; None where there are none."""
    from scipy.optimize import linprog

    sums = {"A_eq": matrix, "b_eq": np.zeros(matrix.shape[0])} if matrix.shape[0] else {}
    result = linprog(cost, **sums, bounds=np.column_stack([low, high]), method="highs")
    return np.asarray(result.x) if result.status == 0 else None
