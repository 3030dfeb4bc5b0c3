"""From counts to a curve: the risk set, the product limit and its limits on the log-log scale.

Counts of each group, in order of time, are all that it needs, so that tables which were added up give the curve of the whole. Where counts
cannot be (more left than were at risk, as after rounding) the curve stops with marker `x`.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final, TypeVar

import numpy as np
import numpy.typing as npt
import polars as pl

from workforce.measures.frame import NOT_AVAILABLE
from workforce.measures.intervals import z_value
from workforce.measures.leaving.spells import COUNTS

LIFE_COLUMNS: Final = ("time", "entered", "at_risk", "left", "censored", "value", "lower", "upper", "marker")
_ROWS: Final = 32_768  # rows worked out at a time
_ROUNDING: Final = 1e-10  # sums of weights: a remainder below this share of all who entered is rounding, not a person

Array = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Number = TypeVar("Number", np.float64, np.bool_)


def with_curve(counts: pl.DataFrame, groups: Sequence[str]) -> pl.DataFrame:
    """Counts (sorted by group and time, a row for each) with the risk set, the curve and its limits."""
    columns = [counts[c].to_numpy() for c in COUNTS]
    figures = {name: np.empty(len(counts)) for name in ("at_risk", "value", "lower", "upper")}
    stopped = np.empty(len(counts), dtype=np.bool_)
    for bounds in _stretches(bounds_of(counts, groups)):
        rows = slice(bounds[0], bounds[-1])
        counted = tuple(column[rows] for column in columns)
        for column, values in zip((*figures.values(), stopped), _figures(counted, bounds), strict=True):
            column[rows] = values
    curve = pl.DataFrame(figures).with_columns(
        pl.col("value", "lower", "upper").fill_nan(None),
        marker=pl.when(pl.Series(stopped)).then(pl.lit(NOT_AVAILABLE)),
    )
    return pl.concat([counts, curve], how="horizontal").select(*groups, *LIFE_COLUMNS)


def _stretches(bounds: Sequence[int]) -> Iterator[Sequence[int]]:
    """The bounds of some groups at a time, so that what is worked out for them stays in the processor's own memory."""
    first = 0
    for last in range(1, len(bounds)):
        if bounds[last] - bounds[first] >= _ROWS or last == len(bounds) - 1:
            yield bounds[first : last + 1]
            first = last


def _figures(counted: tuple[Array, ...], rows: Sequence[int]) -> tuple[Array | Flags, ...]:
    """At risk, value, limits and whether the curve had to stop, row by row (NaN where there is no figure); rows: the groups' bounds."""
    entered, left, censored = counted
    bounds = [row - rows[0] for row in rows]
    lengths = np.diff(bounds)
    net = entered - left - censored
    at_risk = np.maximum(running(np.add, net, bounds) - net, 0.0)
    rounding = _ROUNDING * np.repeat(np.add.reduceat(entered, bounds[:-1]), lengths) if len(net) else net
    at_risk = np.where(np.abs(at_risk - left) <= rounding, left, at_risk)
    # The curve moves only where someone left: it is worked out there, and every row reads the last such row of its group.
    moved = left > 0
    moves = np.flatnonzero(moved)
    moves_from = np.searchsorted(moves, bounds)
    last_move = np.cumsum(moved) - 1
    read = np.where(last_move >= np.repeat(moves_from[:-1], lengths), last_move, len(moves))
    return at_risk, *(values[read] for values in _curve(at_risk[moves], left[moves], moves_from.tolist()))


def _curve(at_risk: Array, left: Array, bounds: Sequence[int]) -> tuple[Array | Flags, ...]:
    """Value, limits and whether counts cannot be, at each time at which someone left; one more row says how it was before any did."""
    impossible = left > at_risk
    if impossible.any():  # hardly ever: counts that were rounded may say so
        impossible = running(np.logical_or, impossible, bounds)
    value = running(np.multiply, (at_risk - left) / np.where(impossible, np.inf, at_risk), bounds)
    spread = running(np.add, increments(at_risk, left), bounds)
    log_value = np.log(np.where((value > 0) & (value < 1) & ~impossible, value, np.nan))
    factor = np.exp(z_value() * np.sqrt(spread) / -log_value)
    value = np.where(impossible, np.nan, value)
    return (
        np.append(value, 1.0),
        np.append(np.exp(log_value * factor), np.nan),
        np.append(np.exp(log_value / factor), np.nan),
        np.append(impossible, False),
    )


def bounds_of(rows: pl.DataFrame, groups: Sequence[str]) -> list[int]:
    """The first row of each group, and the end."""
    if not groups or rows.is_empty():
        return [0, len(rows)]
    changed = rows.select(pl.any_horizontal(pl.col(c).ne_missing(pl.col(c).shift(1)) for c in groups)).to_series()
    return [0, *(1 + np.flatnonzero(changed.to_numpy()[1:])).tolist(), len(rows)]


def running(over: np.ufunc, values: npt.NDArray[Number], bounds: Sequence[int]) -> npt.NDArray[Number]:
    """A running total (product, maximum, whether ever) that begins anew in each group."""
    result = np.empty_like(values)
    for first, end in pairwise(bounds):
        over.accumulate(values[first:end], out=result[first:end])
    return result


def added_up(place: Whole, values: Array, length: int) -> Array:
    """Values added up by place."""
    return np.bincount(place, values, minlength=length).astype(np.float64, copy=False)


def increments(at_risk: Array, left: Array) -> Array:
    """Greenwood's terms, left / (at risk (at risk - left)); 0 where nobody left and where everybody did (as in R)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where((left > 0) & (at_risk > left), left / (at_risk * (at_risk - left)), 0.0)
