"""The audit: whether every withheld number stays unknown to whoever adds and subtracts what is published, and what to withhold as well.

A withheld count has to keep five possible values in a row (`internal`: three), a withheld sum of days or FTE 15% either way. Another table
in whole numbers shows that, which agrees with everything printed and in which the withheld numbers are so far from what they are: one
linear program looks for all of them at once, then one for each number that is left. Where there is none, a program looks for a table in
which few figures are other than printed, and these are withheld as well.

Source: cell suppression by linear programs, Fischetti & Salazar-Gonzalez (2005); a sliding protection level, Hundepool et al. (2012),
Statistical Disclosure Control, ch. 4.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from workforce.disclosure.system import Row, System, Terms, system_of

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
_SECONDS: Final = 3.0  # for a program in whole numbers
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
        printed = np.array([u.range_by(u.ranges) for u in self.unknowns]).reshape(-1, 2)
        self.low, self.high = np.maximum(printed[:, 0], -_FAR), np.minimum(printed[:, 1], _FAR)
        self.whole = np.array([u.is_whole for u in self.unknowns], dtype=bool)
        self.secret = np.array([n for n, u in enumerate(self.unknowns) if u.is_secret], dtype=np.int64)
        self.gone: set[Row] = set()
        self.random = np.random.default_rng(_SEED)
        self.equations, self.base = self._that_hold(system.equations)
        self.lowest, self.highest = self.base.copy(), self.base.copy()

    def _that_hold(self, equations: Mapping[Terms, bool]) -> tuple[list[Terms], Array]:
        """The sums that exact figures obey (some periods were restated, or are of others), and a table with all exact figures."""
        exact = np.array([np.nan if u.exact is None else u.exact for u in self.unknowns])
        of_parts = [terms for terms, is_of_parts in equations.items() if is_of_parts]
        others = [terms for terms, is_of_parts in equations.items() if not is_of_parts]
        if not np.isnan(exact).any():
            return list(equations), exact
        from scipy.sparse import eye_array, hstack, vstack

        count, known = len(exact), ~np.isnan(exact)
        slack = eye_array(len(of_parts), format="csr")
        lines = hstack([_matrix(of_parts, count), slack, -slack])
        if others:
            of_others = _matrix([terms for terms in others if not all(known[n] for _, n in terms)], count)
            lines = vstack([lines, hstack([of_others, _matrix([], 2 * len(of_parts), len_of=of_others.shape[0])])])
        low = np.r_[np.where(known, exact, self.low), np.zeros(2 * len(of_parts))]
        high = np.r_[np.where(known, exact, self.high), np.full(2 * len(of_parts), _FAR)]
        found = _solved(np.r_[np.zeros(count), np.ones(2 * len(of_parts))], lines, low, high)
        if found is None:
            raise RuntimeError("no parts of periods agree with the figures of the periods")
        above, below = np.split(found[count:], 2)
        hold = [terms for terms, off in zip(of_parts, above + below, strict=True) if off < _CHANGED]
        return [*others, *hold], np.where(known, exact, found[:count])

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
        left = [n for n in self.secret.tolist() if not self.is_safe(n)]
        for turn in range(_TURNS):
            if not left:
                return []
            self._note(self._moved(left, self._directions(left, turn), withholds=False))
            left = [n for n in left if not self.is_safe(n)]
        return self.failing_alone(left) if len(left) <= _ALONE else left

    def failing_alone(self, numbers: Sequence[int]) -> list[int]:
        """Which of some numbers cannot be shown to stay unknown, by programs for each of them alone."""
        for number in numbers:
            for turn in range(2):
                if not self.is_safe(number):
                    self._note(self._moved([number], self._directions([number], turn), withholds=False))
        return [n for n in numbers if not self.is_safe(n)]

    def repair(self, failing: Sequence[int]) -> set[Row]:
        """Withhold the cheapest figures that let failing numbers move enough, and return their rows."""
        if not failing:
            return set()
        rows: set[Row] = set()
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

    def _directions(self, numbers: Sequence[int], turn: int) -> Array:
        """Up (1) or down (-1) for each number, where both are possible."""
        if turn > 1:
            return self.random.choice([-1.0, 1.0], len(numbers))
        return np.full(len(numbers), (1.0, -1.0)[turn])

    def _note(self, moved: _Moved | None) -> None:
        """Remember where the numbers of a table are, of its components that are in whole numbers."""
        if moved is None:
            return
        table = self._in_whole_numbers(moved)
        self.lowest[moved.numbers] = np.fmin(self.lowest[moved.numbers], table)
        self.highest[moved.numbers] = np.fmax(self.highest[moved.numbers], table)

    def _in_whole_numbers(self, moved: _Moved) -> Array:
        """The table, with parts that a program in whole numbers found for its secret numbers; NaN where it found none."""
        from scipy.optimize import Bounds, LinearConstraint, milp

        table, numbers = moved.table.copy(), moved.numbers
        whole = self.whole[numbers]
        component = self.component[numbers]
        broken = np.isin(component, np.unique(component[whole & (np.abs(table - np.round(table)) > _NEAR)]))
        table = np.where(whole & ~broken, np.round(table), table)
        if not broken.any():
            return table
        low, high = self.low[numbers], self.high[numbers]
        is_goal = np.isin(numbers, moved.goals)
        toward = np.where(table >= self.base[numbers], np.floor(table + _NEAR), np.ceil(table - _NEAR))
        lines = np.isin(self.component_of_line, np.unique(component[broken]))
        sums = LinearConstraint(self.matrix[lines][:, numbers[broken]], 0, 0)
        gain = np.where(is_goal, np.sign(table - self.base[numbers]), 0.0)
        # All of them where they are first; where that cannot be, as many as can.
        for all_of_them in (True, False):
            from_, to = (
                (toward, toward)
                if all_of_them
                else (np.fmin(self.base[numbers], table), np.fmax(self.base[numbers], table))
            )
            least, most = np.where(is_goal & whole, from_, low), np.where(is_goal & whole, to, high)
            found = milp(
                np.zeros(int(broken.sum())) if all_of_them else -gain[broken],
                integrality=whole[broken].astype(int),
                bounds=Bounds(least[broken], most[broken]),
                constraints=sums,
                options={"time_limit": _SECONDS, "mip_rel_gap": _GAP},
            )
            if found.x is not None:
                break
        table[broken] = np.nan if found.x is None else found.x
        return table

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
        low, high = unknown.range_by(row for row in unknown.ranges if row[0] in self.fixed)
        return max(low, -_FAR), min(high, _FAR)

    def _cost(self, number: int) -> float:
        """What is lost with a figure: each row that shows it, a total more than a group, many people more than few."""
        unknown = self.unknowns[number]
        of_all = 3.0 if self.depth[number] == 0 else 1.0
        return len(self._shown_by(number)) * of_all * (1 + float(np.log1p(unknown.size)) / 10)

    def _withhold(self, numbers: Sequence[int]) -> set[Row]:
        """Take away the ranges of figures, and of all that their rows show."""
        rows = {row for number in numbers for row in self._shown_by(number)}
        self.gone |= rows
        for number, unknown in enumerate(self.unknowns if rows else ()):
            if not unknown.is_secret and unknown.exact and not rows.isdisjoint(unknown.ranges):
                left = [row for row in unknown.ranges if row not in self.gone]
                low, high = unknown.range_by(left)
                self.low[number], self.high[number] = max(low, -_FAR), min(high, _FAR)
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
