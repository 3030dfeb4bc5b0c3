"""The lines of a funnel: smooth curves through the limits that were released for each group.

Promises: a line passes within the rounding of every limit that was released; where no smooth one does, it goes from limit to limit.
Nothing is worked out from the groups' own figures. Refuses: nothing.
"""

import math
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from workforce.present.layout import short

LIMITS: Final = ("centre", "lower_95", "upper_95", "lower_998", "upper_998")
_POINTS: Final = 72
_FIGURES: Final = (2, 3)  # significant figures to which release rounds what was added to a table
_MORE: Final = 3  # a curve is fitted to so many more limits than its degree

Array = npt.NDArray[np.float64]


def lines_of(rows: Sequence[dict[str, Any]], widest: float, *, floor: float | None) -> list[dict[str, float | None]]:
    """Points of the lines from the smallest group to the edge of the plot: x, and each limit there.

    rows: released rows with denominator and limits. floor: below which no limit can lie, if there is such a value.

    >>> limits = {c: 10.0 for c in LIMITS}
    >>> rows = [{"denominator": n, **limits, "upper_95": 10 + 20 / n**0.5} for n in (25.0, 100.0, 225.0, 400.0)]
    >>> found = lines_of(rows, 408.0, floor=0.0)
    >>> found[0], found[-1]["upper_95"]
    ({'x': 25.0, 'centre': 10.0, 'lower_95': 10.0, 'upper_95': 14.0, 'lower_998': 10.0, 'upper_998': 10.0}, 10.990...)
    """
    held = sorted((r for r in rows if r["centre"] is not None and r["denominator"] > 0), key=lambda r: r["denominator"])
    if not held:
        return []
    sizes = np.array([float(r["denominator"]) for r in held])
    # Close together where the lines bend: evenly by root of the size; the sizes themselves among them.
    roots = np.linspace(math.sqrt(sizes[0]), math.sqrt(max(widest, sizes[-1])), _POINTS)
    at = np.unique(np.concatenate([roots[1:] ** 2, sizes]))
    found: dict[str, list[float | None]] = {}
    figures = _rounded_to([r[c] for r in held for c in LIMITS if r[c] is not None])
    for column in LIMITS:
        known = [i for i, r in enumerate(held) if r[column] is not None]
        line = _line(held, known, column, at, figures, floor)
        found[column] = [None] * len(at) if line is None else [short(float(v)) for v in line]
    return [{"x": short(float(x)), **{c: found[c][i] for c in LIMITS}} for i, x in enumerate(at)]


def _line(
    held: Sequence[dict[str, Any]], known: list[int], column: str, at: Array, figures: int | None, floor: float | None
) -> Array | None:
    if not known:
        return None
    sizes = np.array([float(held[i]["denominator"]) for i in known])
    limits = np.array([float(held[i][column]) for i in known])
    centre = np.array([float(held[i]["centre"]) for i in known])
    across: Array = np.interp(at, sizes, centre)
    if column == "centre":
        return across
    # Limits that were cut at the floor say nothing of the curve above it.
    free = np.ones(len(limits), dtype=bool) if floor is None else limits > floor
    away = (limits - centre) * np.sqrt(sizes)  # nearly the same at every size: limits narrow with its root
    for degree in (1, 2):
        if len(np.unique(sizes[free])) < degree + _MORE:
            break
        curve = np.polynomial.Polynomial.fit(1 / np.sqrt(sizes[free]), away[free], degree)
        fitted = _floored(centre + curve(1 / np.sqrt(sizes)) / np.sqrt(sizes), floor)
        if np.all(np.abs(fitted - limits) <= _rounding(limits, centre, sizes, figures)):
            return _floored(across + curve(1 / np.sqrt(at)) / np.sqrt(at), floor)
    return _floored(across + np.interp(at, sizes, away) / np.sqrt(at), floor)


def _floored(line: Array, floor: float | None) -> Array:
    return line if floor is None else np.maximum(line, floor)


def _rounded_to(limits: Sequence[float]) -> int | None:
    """To how many significant figures all limits were rounded; null where they were not."""
    return next((n for n in _FIGURES if all(math.isclose(v, float(f"{v:.{n}g}"), rel_tol=1e-9) for v in limits)), None)


def _rounding(limits: Array, centre: Array, sizes: Array, figures: int | None) -> Array:
    """How far each limit may stand from its curve because it, its centre or its group's size was rounded."""
    step = next((s for s in (5.0, 1.0) if np.all(sizes % s == 0)), 0.0)
    of_size = np.abs(limits - centre) * step / sizes / 4  # half the relative error of the size, which is half a step
    if figures is None:
        return 0.004 * np.maximum(np.abs(limits), np.abs(centre)) + of_size
    return _half_a_unit(limits, figures) + _half_a_unit(centre, figures) + of_size


def _half_a_unit(values: Array, figures: int) -> Array:
    size = np.maximum(np.abs(values), 1e-9)
    return 0.5 * 10.0 ** (np.floor(np.log10(size)) - (figures - 1))
