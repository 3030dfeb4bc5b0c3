"""Spread between people: how far days lost, or absences, vary from person to person, in the group or, where it is small, in the area.

One person's long absence is most of a small group's days, so that the group's own spread says little: of twenty people none may have had
one. The area's people then say how large such an absence can be.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np

from workforce.frames import Array, Whole
from workforce.stats.intervals import ratio_standard_error
from workforce.stats.rates import FEWEST_UNITS

# Below these the area's spread is used where it is the larger (measure book, "Intervals"; figures in tests/benchmarks/README.md).
A_YEAR_OF_DAYS: Final = 360
ENOUGH_PEOPLE: Final = (200, 400)  # for a year or more, and for less
ENOUGH_ABSENT: Final = 40
_ABSENT_OF_AREA: Final = FEWEST_UNITS["gamma, between people"]
_TOP: Final = 0.01  # the area's largest person: the 99th percentile of those with anything
_STEPS: Final = 64  # of the histogram to each doubling, so that a percentile is read to the next 1.1%
_DOUBLINGS: Final = (-10, 14)  # from a thousandth to 16,000 days


class Amounts:
    """How many people lost how much, for every period and reason: a histogram in steps of 1%, so that memory does not grow with people."""

    def __init__(self, cells: int) -> None:
        self._width = _STEPS * (_DOUBLINGS[1] - _DOUBLINGS[0])
        self._counts = np.zeros(cells * self._width, dtype=np.int64)

    def add(self, cell: Whole, amount: Array) -> None:
        """Add people with amounts above 0; cell: the number of their period and reason."""
        positive = amount > 0
        step = np.ceil(np.log2(amount[positive]) * _STEPS).astype(np.int64) - _DOUBLINGS[0] * _STEPS - 1
        place = cell[positive] * self._width + np.clip(step, 0, self._width - 1)
        self._counts += np.bincount(place, minlength=len(self._counts))

    def largest(self) -> Array:
        """The 99th percentile of the amounts of each cell, to the next step upwards; 0 where there is none.

        >>> people = Amounts(1)
        >>> people.add(np.zeros(200, dtype=np.int64), np.append(np.full(197, 4.0), [8.0] * 3))
        >>> float(people.largest()[0])
        8.0
        """
        counts = self._counts.reshape(-1, self._width)
        above = np.cumsum(counts[:, ::-1], axis=1)  # people from the highest step down
        rank = np.floor(_TOP * above[:, -1:]) + 1
        step = self._width - 1 - np.argmax(above >= rank, axis=1)
        return np.where(above[:, -1] > 0, 2.0 ** ((step + 1) / _STEPS + _DOUBLINGS[0]), 0.0)


def spread_between_people(sums: Mapping[str, Array], area_largest: Array, days: Whole) -> dict[str, Array]:
    """Variance, largest person and people behind a ratio, for every group, period and value of what the last axis runs along.

    sums: over the people of each cell (n people, x, y, xx, xy, yy, absent: people with x, largest: their largest x). area_largest: the
    99th percentile of x over the area. days: of each period. The area is all groups together. Where it has fewer than 10 people with x, the
    variance is the group's own, so that areas can still be put together, and `units` says how few there are.
    """
    n, x, y, xx, xy, yy, absent, largest = (
        np.broadcast_to(sums[name], sums["x"].shape) for name in ("n", "x", "y", "xx", "xy", "yy", "absent", "largest")
    )
    of_group = ratio_standard_error(n, xx, xy, yy, x, y) ** 2
    area = {name: side.sum(axis=0) for name, side in (("n", n), ("x", x), ("y", y), ("xx", xx), ("xy", xy), ("yy", yy))}
    behind_area = absent.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        error = ratio_standard_error(*(area[name] for name in ("n", "xx", "xy", "yy", "x", "y")))
        for_each_fte = (error * area["y"]) ** 2 / area["yy"]
        of_area = for_each_fte * yy / y**2
        own_largest, largest_of_area = largest / y, area_largest / y
    enough_people = np.where(days >= A_YEAR_OF_DAYS, *ENOUGH_PEOPLE)[:, None]
    small = ((n < enough_people) | (absent < ENOUGH_ABSENT)) & (behind_area >= _ABSENT_OF_AREA)
    borrowed = small & ((of_area > np.nan_to_num(of_group)) | (largest_of_area > own_largest))
    return {
        "variance": np.where(small, np.fmax(of_group, of_area), of_group),
        "largest": np.where(small, np.fmax(own_largest, largest_of_area), own_largest),
        "units": np.where(small, np.broadcast_to(behind_area, n.shape), absent),
        "spread_of_area": borrowed.astype(np.float64),
    }
