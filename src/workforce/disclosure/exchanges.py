"""Another table in whole numbers by few changes: what one number gains, others of its sums lose, until all sums are right again.

Most withheld counts are shown to stay unknown in this way, at the cost of some additions each; programs look at what is left. Nothing
that is found here rests on a program or on rounding: what is returned adds up and stays within all ranges.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from workforce.disclosure.system import Terms

_STEPS: Final = 60  # changes, after which a search ends
_TRIES: Final = 8  # orders in which numbers that would do equally well are tried
_SEED: Final = 20_260_102
_ZERO: Final = 1e-9  # a sum is right that is no further off
_NEAR: Final = 1e-6  # how near to a whole number a range has to be
Array = npt.NDArray[np.float64]


class Exchanges:
    """Searches from a table for others that agree with the same ranges and sums.

    Parameters
    ----------
    sums : sequence of Terms
        What adds up to zero.
    down, up : array
        How far each number can go.
    is_whole : array
        Which numbers are whole.
    """

    def __init__(self, sums: Sequence[Terms], down: Array, up: Array, is_whole: npt.NDArray[np.bool_]) -> None:
        self.is_whole = is_whole.tolist()
        self.down = np.where(is_whole, np.floor(down + _NEAR), down).tolist()
        self.up = np.where(is_whole, np.floor(up + _NEAR), up).tolist()
        self.sums_of: list[list[tuple[int, float]]] = [[] for _ in self.is_whole]
        self.movable: list[list[tuple[int, float]]] = []
        for line, terms in enumerate(sums):
            for factor, number in terms:
                self.sums_of[number].append((line, factor))
            self.movable.append([(n, factor) for factor, n in terms if self.up[n] > 0 or self.down[n] > 0])
        random = np.random.default_rng(_SEED)
        self.orders = [random.random(len(self.is_whole)).tolist() for _ in range(_TRIES)]

    def changes(self, number: int, by: float) -> dict[int, float]:
        """What changes with a number that goes as far as was found; empty where nothing was.

        Parameters
        ----------
        number : int
            The number.
        by : float
            How far it is to go, within its range.
        """
        total: dict[int, float] = {}
        if any(all(n == number for n, _ in self.movable[line]) for line, _ in self.sums_of[number]):
            return total  # nothing else of a sum can change
        step = by
        while abs(step) > _ZERO:
            searches = (self._search(number, step, order, total) for order in self.orders)
            changed = next((changes for changes in searches if changes), None)
            if changed is None:
                step = self._smaller(number, step)
                continue
            for n, change in changed.items():
                total[n] = total.get(n, 0.0) + change
            left = by - total[number]
            step = left if abs(left) < abs(step) else step
        return total

    def _smaller(self, number: int, step: float) -> float:
        """The step after one that is too large: a quarter, of whole numbers at least one; at last none."""
        if abs(step) <= 1:
            return 0.0
        return float(np.sign(step)) * max(abs(step) // 4, 1.0) if self.is_whole[number] else step / 4

    def _search(
        self, first: int, by: float, order: Sequence[float], total: Mapping[int, float]
    ) -> dict[int, float] | None:
        """Set one sum right after another by the number that puts the fewest others wrong; none goes back, so that it ends."""
        search = _Search(first, total, order)
        search.change(first, by, self.sums_of[first])
        for _ in range(_STEPS):
            line = search.next_wrong()
            if line is None:
                return search.changes
            number, change = self._cheapest(search, line)
            if not change:
                return None
            search.change(number, change, self.sums_of[number])
        return None

    def _cheapest(self, search: "_Search", line: int) -> tuple[int, float]:
        """The number that sets a sum right, or nearer, at the least cost to others, and how it changes; 0 where none can."""
        chosen, amount, least, off = -1, 0.0, np.inf, search.off
        for number, factor in self.movable[line]:
            change, before = -off[line] / factor, search.changes.get(number, 0.0)
            if number == search.first or before * change < 0:
                continue
            place = before + search.total.get(number, 0.0)
            change = min(change, self.up[number] - place) if change > 0 else max(change, -self.down[number] - place)
            if self.is_whole[number]:
                change = float(int(change))
            if not change:
                continue
            price = 0.0
            for sum_line, weight in self.sums_of[number]:
                before_change = off.get(sum_line, 0.0)
                price += abs(before_change + weight * change) - abs(before_change)
            # In units of a sum for each unit; among equals what changes most, then by the order.
            price = price / abs(change) - 1e-4 * abs(change) + 1e-5 * search.order[number]
            if price < least:
                chosen, amount, least = number, change, price
        return chosen, amount


class _Search:
    """The state of one search: what it has changed, after `total` changed before, and by how much each sum is wrong.

    `wrong` has the sums that are wrong, in the order in which they became so, with some that have been set right since.
    """

    __slots__ = ("changes", "first", "off", "order", "total", "wrong")

    def __init__(self, first: int, total: Mapping[int, float], order: Sequence[float]) -> None:
        self.first, self.total, self.order = first, total, order
        self.changes: dict[int, float] = {}
        self.off: dict[int, float] = {}
        self.wrong: deque[int] = deque()

    def change(self, number: int, by: float, sums: Sequence[tuple[int, float]]) -> None:
        """Change a number and the sums that it is in."""
        self.changes[number] = self.changes.get(number, 0.0) + by
        for line, factor in sums:
            before = self.off.get(line, 0.0)
            self.off[line] = before + factor * by
            if abs(before) <= _ZERO:
                self.wrong.append(line)

    def next_wrong(self) -> int | None:
        """The sum that has been wrong for longest."""
        while self.wrong and abs(self.off[self.wrong[0]]) <= _ZERO:
            self.wrong.popleft()
        return self.wrong[0] if self.wrong else None
