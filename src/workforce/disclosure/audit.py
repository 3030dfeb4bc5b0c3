"""The audit: whether every withheld number stays unknown to whoever adds and subtracts what is published, and what to withhold as well.

A withheld count has to keep five possible values in a row (`internal`: three), a withheld sum of days or FTE 15% either way. Another table
in whole numbers shows that, which agrees with everything printed and in which the withheld numbers are so far from what they are: most
are found by few exchanges, the others by a linear program for all of them at once, then by one for each number that is left. Where there
is none, a program looks for a table in which few figures are other than printed, and these are withheld as well.

Source: cell suppression by linear programs, Fischetti & Salazar-Gonzalez (2005); a sliding protection level, Hundepool et al. (2012),
Statistical Disclosure Control, ch. 4.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
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
_FAR: Final = 1e6  # instead of no bound: a number of people, cases or days beyond any area's
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
    told : frozenset of str
        The withheld numbers that tables tell which cannot be changed.
    secrets : int
        How many numbers were looked at.
    """

    withheld: frozenset[Row] = frozenset()
    left_out: tuple[str, ...] = ()
    told: frozenset[str] = frozenset()
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
    names, left_out = frozenset(fixed), list[str]()
    # What earlier publications tell among themselves is told already.
    told = audit(figures.filter(pl.col("table").is_in(list(names)))).told if names else frozenset[str]()
    while True:
        programs = _Programs(system_of(figures.filter(~pl.col("table").is_in(left_out))), names)
        failing = [n for n in programs.failing() if programs.name(n) not in told]
        withheld: set[Row] = set()
        for _ in range(_REPAIRS):
            rows = programs.repair(failing)
            withheld |= rows
            failing = programs.failing() if rows else programs.failing_alone(failing)
            failing = [n for n in failing if programs.name(n) not in told]
            if not failing or not rows:
                break
        tables = programs.tables_that_tell(failing)
        if not tables:
            return Audit(
                frozenset(withheld), tuple(left_out), frozenset(map(programs.name, failing)), len(programs.secret)
            )
        left_out.append(max(tables, key=lambda name: (tables[name], name)))


@dataclass(frozen=True, slots=True)
class _Moved:
    """Another table: which numbers it is about and which were to move, what they are in it, and which are other than printed."""

    numbers: Numbers
    goals: Numbers
    table: Array
    changed: Numbers
    cost: float


class _Programs:
    """The linear programs over a system: which tables agree with what is printed, and how far its secret numbers can be in them."""

    def __init__(self, system: System, fixed: frozenset[str]) -> None:
        self.unknowns = system.unknowns
        self.depth = [len(groups) for _, groups, _ in system.keys]
        self.keys = [(name, sorted(groups), dates) for name, groups, dates in system.keys]
        self.fixed = fixed
        self.far = max([_FAR, *(2 * abs(u.exact) for u in self.unknowns if u.exact is not None)])
        ranges = np.array([self._range(u, u.ranges) for u in self.unknowns]).reshape(-1, 2)
        self.low, self.high = ranges[:, 0].copy(), ranges[:, 1].copy()
        self.whole = np.array([u.is_whole for u in self.unknowns], dtype=bool)
        self.secret = np.array([n for n, u in enumerate(self.unknowns) if u.is_secret], dtype=np.int64)
        self.gone: set[Row] = set()
        self.random = np.random.default_rng(_SEED)
        self.equations, self.base = self._that_hold(system.equations)
        self.lowest, self.highest = self.base.copy(), self.base.copy()

    def _that_hold(self, equations: Iterable[Terms]) -> tuple[list[Terms], Array]:
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
        off = eye_array(len(in_doubt), format="csr")
        lines = hstack([_matrix([sums[line] for line in in_doubt], len(exact)), off, -off])
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
        broken = {line for line, far in zip(in_doubt, above + below, strict=True) if far >= _CHANGED}
        return [terms for line, terms in enumerate(sums) if line not in broken], np.where(
            is_open, table[: len(exact)], exact
        )

    def _range(self, unknown: Unknown, rows: Iterable[Row]) -> tuple[float, float]:
        """Between what a number lies by some of its rows, with bounds where there are none; what it is lies between them."""
        low, high = unknown.range_by(rows)
        exact = max(low, 0.0) if unknown.exact is None else unknown.exact
        return min(max(low, -self.far), exact), max(min(high, self.far), exact)

    @cached_property
    def matrix(self) -> Any:  # noqa: ANN401 - a matrix of scipy
        """The sums, a line for each."""
        return _matrix(self.equations, len(self.low))

    @cached_property
    def component(self) -> Numbers:
        """Which numbers hang together by sums: those with the same component."""
        from scipy.sparse.csgraph import connected_components

        together = abs(self.matrix).T @ abs(self.matrix)
        return np.asarray(connected_components(together, directed=False)[1], dtype=np.int64)

    @cached_property
    def component_of_line(self) -> Numbers:
        """The component of each sum."""
        return np.array([self.component[terms[0][1]] for terms in self.equations], dtype=np.int64)

    def name(self, number: int) -> str:
        """What identifies a number in every system: what it counts, of whom and when, and its figure."""
        return f"{self.keys[number]} {self.unknowns[number].exact}"

    def tables_that_tell(self, numbers: Sequence[int]) -> Counter[str]:
        """The tables that can be left out and that show numbers, or other numbers that hang together with them, with how often they do."""
        tables: Counter[str] = Counter()
        for number in numbers:
            rows = {row for row in self.unknowns[number].ranges if row[0] not in self.fixed}
            if not rows:
                together = np.flatnonzero(self.component == self.component[number])
                rows = {row for n in together for row in self.unknowns[n].ranges if row[0] not in self.fixed}
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
        far = unknown.off * exact
        if unknown.is_whole:
            far = float(np.ceil(far - _NEAR))
        return 0.0 if below >= far - _NEAR else far, 0.0 if above >= far - _NEAR else far

    def failing(self) -> list[int]:
        """The secret numbers that cannot be shown to stay unknown."""
        left = self._exchange([n for n in self.secret.tolist() if not self.is_safe(n)])
        for turn in range(_TURNS):
            if not left:
                return []
            self._note(self._moved(left, self._directions(left, turn), withholds=False))
            left = [n for n in left if not self.is_safe(n)]
        return self.failing_alone(left) if len(left) <= _ALONE else left

    def _exchange(self, numbers: Sequence[int]) -> list[int]:
        """Which of some numbers few changes do not show to stay unknown."""
        if not numbers:
            return []
        exchanges = Exchanges(self.equations, self.base - self.low, self.high - self.base, self.whole)
        for number, downward in product(numbers, (False, True)):
            if self.is_safe(number):
                continue
            below, above = self._distances(number)
            by = -min(below, exchanges.down[number]) if downward else min(above, exchanges.up[number])
            for changed, change in exchanges.changes(number, by).items():
                table = self.base[changed] + change
                self.lowest[changed] = min(self.lowest[changed], table)
                self.highest[changed] = max(self.highest[changed], table)
        return [n for n in numbers if not self.is_safe(n)]

    def failing_alone(self, numbers: Sequence[int]) -> list[int]:
        """Which of some numbers cannot be shown to stay unknown, by programs for each of them alone."""
        for number in numbers:
            for turn in range(2):
                if not self.is_safe(number):
                    moved = self._moved([number], self._directions([number], turn), withholds=False)
                    self._note(moved, widely=True)
        return [n for n in numbers if not self.is_safe(n)]

    def repair(self, failing: Sequence[int]) -> set[Row]:
        """Withhold the cheapest figures that let failing numbers move enough, and return their rows."""
        rows = self._withhold_fewest(failing)
        failing = self._exchange([n for n in failing if not self.is_safe(n)]) if rows else failing
        if not failing:
            return rows
        for turn in range(2):  # what lies in the middle of its range, and every sum of days, has to move both ways
            choices = [self._moved(failing, self._directions(failing, t), withholds=True) for t in (turn, turn + 2)]
            moved = min((choice for choice in choices if choice), key=lambda choice: choice.cost, default=None)
            if moved is not None:
                rows |= self._withhold(moved.changed.tolist())
                self._note(moved)
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
        shown = [n for n, u in enumerate(self.unknowns) if self._can_be_withheld(n) and not rows.isdisjoint(u.ranges)]
        return self._withhold(shown, rows)

    def _cheapest_rows(self, numbers: Numbers, secrets: Sequence[int]) -> set[Row]:
        """The cheapest rows by one program: two tables for each secret number, other than printed only where rows are withheld."""
        from scipy.optimize import Bounds, LinearConstraint, milp
        from scipy.sparse import block_diag, csr_array, hstack, vstack

        base = self.base[numbers]
        open_numbers = {k: n for k, n in enumerate(numbers.tolist()) if self._can_be_withheld(n)}
        cost: dict[Row, float] = {}
        shows: dict[Row, list[int]] = defaultdict(list)
        for n in open_numbers.values():
            for row in self._shown_by(n):
                cost[row] = max(cost.get(row, 0.0), self._cost(n) / len(self._shown_by(n)))
                shows[row].append(n)
        if not cost:
            return set()
        # By what they show, so that the order of tables and of their rows changes nothing.
        order = {row: k for k, row in enumerate(sorted(cost, key=lambda row: (shows[row], row)))}
        far = [max(self.unknowns[n].values - 1.0, float(np.ceil(self.unknowns[n].off * self.base[n]))) for n in secrets]
        most = 10 * sum(far)  # no figure has to change by more
        low, high = np.maximum(self.low[numbers] - base, -most), np.minimum(self.high[numbers] - base, most)
        least, largest = low.copy(), high.copy()
        limits: list[tuple[int, float, int, float]] = []
        for k, n in open_numbers.items():
            without = self._without(n)
            least[k], largest[k] = max(without[0] - base[k], -most), min(without[1] - base[k], most)
            for row in sorted(self._shown_by(n), key=order.__getitem__):
                limits += [(k, 1.0, order[row], largest[k] - high[k]), (k, -1.0, order[row], low[k] - least[k])]
        count, size = 2 * len(secrets), len(numbers)
        lines = range(len(limits))
        of_table = csr_array(
            ([sign for _, sign, _, _ in limits], (lines, [k for k, _, _, _ in limits])), shape=(len(limits), size)
        )
        of_rows = csr_array(
            ([-by for _, _, _, by in limits], (lines, [row for _, _, row, _ in limits])),
            shape=(len(limits), len(order)),
        )
        ends = np.array([high[k] if sign > 0 else -low[k] for k, sign, _, _ in limits])
        sums = self.matrix[:, numbers]
        sums = sums[np.flatnonzero(np.diff(sums.indptr))]
        far_lines = np.zeros((0, len(order) + count * size))
        asked = []
        for k, (secret, distance) in enumerate(zip(secrets, far, strict=True)):
            place = int(np.searchsorted(numbers, secret))
            up, down = (len(order) + (2 * k + d) * size + place for d in (0, 1))
            by_values = bool(self.unknowns[secret].values)
            for signs in ([(up, 1), (down, -1)],) if by_values else ([(up, 1)], [(down, -1)]):
                line = np.zeros((1, far_lines.shape[1]))
                for column, sign in signs:
                    line[0, column] = sign
                far_lines = np.vstack([far_lines, line])
                asked.append(distance)
        constraints = [
            LinearConstraint(
                hstack([vstack([of_rows] * count), block_diag([of_table] * count)]), -np.inf, np.tile(ends, count)
            ),
            LinearConstraint(far_lines, asked, np.inf),
        ]
        if sums.shape[0]:
            none = csr_array((sums.shape[0] * count, len(order)))
            constraints.append(LinearConstraint(hstack([none, block_diag([sums] * count)]), 0, 0))
        prices = np.array([cost[row] for row in order])
        found = milp(
            np.r_[prices, np.zeros(count * size)],
            integrality=np.r_[np.ones(len(order)), np.zeros(count * size)],
            bounds=Bounds(
                np.r_[np.zeros(len(order)), np.tile(least, count)], np.r_[np.ones(len(order)), np.tile(largest, count)]
            ),
            constraints=constraints,
            options={"node_limit": 10 * _NODES, "time_limit": _SECONDS},
        )
        return set() if found.x is None else {row for row, k in order.items() if found.x[k] > _HALF}

    def _directions(self, numbers: Sequence[int], turn: int) -> Array:
        """Up (1) or down (-1) for each number, where both are possible."""
        if turn > 1:
            return self.random.choice([-1.0, 1.0], len(numbers))
        return np.full(len(numbers), (1.0, -1.0)[turn])

    def _note(self, moved: _Moved | None, *, widely: bool = False) -> None:
        """Remember where the numbers of a table are, in whole numbers."""
        if moved is None:
            return
        table, parts, broken = self._by_parts(moved)
        self._remember(moved.numbers, np.where(broken, np.nan, table))
        if broken.any() and len(moved.changed):  # what was withheld leaves more room to exchange
            self._exchange([n for n in moved.goals.tolist() if not self.is_safe(n)])
        unsafe = np.isin(moved.numbers, [n for n in moved.goals.tolist() if not self.is_safe(n)])
        broken &= np.isin(parts, parts[broken & unsafe])
        if broken.any():
            self._remember(moved.numbers, self._in_whole_numbers(moved, broken, widely=widely))

    def _remember(self, numbers: Numbers, table: Array) -> None:
        """How far numbers are in a table, where it has them."""
        self.lowest[numbers] = np.fmin(self.lowest[numbers], table)
        self.highest[numbers] = np.fmax(self.highest[numbers], table)

    def _by_parts(self, moved: _Moved) -> tuple[Array, Numbers, npt.NDArray[np.bool_]]:
        """The table, rounded; its changes that sums connect, each such part a table by itself; the parts not in whole numbers."""
        from scipy.sparse.csgraph import connected_components

        numbers = moved.numbers
        base, whole = self.base[numbers], self.whole[numbers]
        is_changed = np.abs(moved.table - base) > _SAME
        entries = abs(self.matrix[:, numbers[is_changed]])
        parts = np.full(len(numbers), -1)
        parts[is_changed] = connected_components(entries.T @ entries, directed=False)[1]
        is_broken = is_changed & whole & (np.abs(moved.table - np.round(moved.table)) > _NEAR)
        broken = is_changed & np.isin(parts, parts[is_broken])
        return np.where(is_changed, np.where(whole, np.round(moved.table), moved.table), base), parts, broken

    def _in_whole_numbers(self, moved: _Moved, broken: npt.NDArray[np.bool_], *, widely: bool) -> Array:
        """What a program in whole numbers makes of parts of a table, as many goals as it can moved toward it; NaN elsewhere.

        With `widely` it may change whatever hangs together, not only what is changed already.
        """
        from scipy.optimize import Bounds, LinearConstraint, milp

        numbers = moved.numbers
        base, whole, table = self.base[numbers], self.whole[numbers], moved.table
        if widely:
            broken = np.isin(self.component[numbers], self.component[numbers[broken]])
        is_goal = whole & np.isin(numbers, moved.goals)
        least = np.where(is_goal, np.fmin(base, np.ceil(table - _NEAR)), self.low[numbers])[broken]
        most = np.where(is_goal, np.fmax(base, np.floor(table + _NEAR)), self.high[numbers])[broken]
        gain = np.where(is_goal, np.sign(table - base), 0.0)[broken]
        sums = self.matrix[:, numbers[broken]]
        sums = sums[np.flatnonzero(np.diff(sums.indptr))]
        found = milp(
            -gain,
            integrality=whole[broken].astype(int),
            bounds=Bounds(least - base[broken], most - base[broken]),
            constraints=LinearConstraint(sums, 0, 0),
            options={"node_limit": _NODES, "mip_rel_gap": _GAP, "time_limit": _SECONDS},
        )
        another = np.full(len(numbers), np.nan)
        if found.x is not None:
            another[broken] = base[broken] + np.where(whole[broken], np.round(found.x), found.x)
        return another

    def _moved(self, goals: Sequence[int], directions: Array, *, withholds: bool) -> _Moved | None:
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
            far = min(above, up[place]) if direction > 0 else min(below, down[place])
            if far <= 0:
                continue
            gain = gain_up if direction > 0 else gain_down
            gain[place] = _REWARD / far
            up[place], down[place] = (far, 0.0) if direction > 0 else (0.0, far)
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
    ) -> _Moved | None:
        """The table with the highest gain and the fewest changes that programs with changing weights find."""
        from scipy.sparse import hstack

        gain_up, gain_down, cost = prices
        weight, best = cost, None
        withholds = bool(cost.any())
        signs = (1, -1, 1, -1) if withholds else (1, -1)
        lines = hstack([sign * matrix for sign in signs])
        high = np.concatenate(rooms[: len(signs)])
        for _ in range(_WEIGHTINGS if withholds else 1):
            price = np.concatenate([_STEP - gain_up, _STEP - gain_down, *([weight + _STEP] * (len(signs) - 2))])
            found = _solved(price, lines, np.zeros(len(high)), high)
            if found is None:
                return best
            moves = np.split(found, len(signs))
            change = sum(sign * move for sign, move in zip(signs, moves, strict=True))
            off = moves[2] + moves[3] if withholds else np.zeros(len(numbers))
            changed = off > _CHANGED
            gained = float(gain_up @ moves[0] + gain_down @ moves[1])
            table = self.base[numbers] + change
            choice = _Moved(numbers, numbers[goals], table, numbers[changed], float(cost[changed].sum()) - gained)
            best = choice if best is None or choice.cost < best.cost else best
            weight = cost / (off + 0.5)
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
            if row[0] not in self.fixed and row[1] >= 0 and row not in self.gone
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
        self.gone |= rows
        for number, unknown in enumerate(self.unknowns if rows else ()):
            if not unknown.is_secret and unknown.exact and not rows.isdisjoint(unknown.ranges):
                left = [row for row in unknown.ranges if row not in self.gone]
                self.low[number], self.high[number] = self._range(unknown, left)
        return rows


def _matrix(equations: Sequence[Terms], count: int, len_of: int = 0) -> Any:  # noqa: ANN401 - a matrix of scipy
    from scipy.sparse import csr_array

    entries = [(line, number, factor) for line, terms in enumerate(equations) for factor, number in terms]
    lines, numbers, factors = zip(*entries, strict=True) if entries else ((), (), ())
    return csr_array((np.array(factors, dtype=float), (lines, numbers)), shape=(len(equations) or len_of, count))


def _solved(cost: Array, matrix: Any, low: Array, high: Array) -> Array | None:  # noqa: ANN401 - a matrix of scipy
    """The cheapest numbers within their ranges that add up, as a linear program finds them; None where there are none."""
    from scipy.optimize import linprog

    sums = {"A_eq": matrix, "b_eq": np.zeros(matrix.shape[0])} if matrix.shape[0] else {}
    found = linprog(cost, **sums, bounds=np.column_stack([low, high]), method="highs")
    return np.asarray(found.x) if found.status == 0 else None
