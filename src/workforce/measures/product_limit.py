"""From counts to a curve: the risk set, the product limit and its limits on the log-log scale.

Promises: counts of each group, in order of time, are all that it needs, so that tables which were added up give the curve of the whole.
Where counts cannot be (more left than were at risk, as after rounding) the curve stops with marker `x`. Refuses: nothing by itself.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from workforce.measures.frame import NOT_AVAILABLE
from workforce.measures.intervals import z_value
from workforce.measures.spells import COUNTS

LIFE_COLUMNS: Final = ("time", "entered", "at_risk", "left", "censored", "value", "lower", "upper", "marker")
_ROUNDING: Final = 1e-10  # sums of weights: a remainder below this share of all who entered is rounding, not a person

Array = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]


def with_curve(counts: pl.DataFrame, groups: Sequence[str]) -> pl.DataFrame:
    """Counts (sorted by group and time, a row for each) with the risk set, the curve and its limits."""
    entered, left, censored = (counts[c].to_numpy() for c in COUNTS)
    bounds = bounds_of(counts, groups)
    lengths = np.diff(bounds)
    net = entered - left - censored
    at_risk = np.maximum(running(np.add, net, bounds) - net, 0.0)
    rounding = _ROUNDING * np.repeat(np.add.reduceat(entered, bounds[:-1]), lengths) if len(counts) else net
    at_risk = np.where(np.abs(at_risk - left) <= rounding, left, at_risk)
    # The curve moves only where someone left: it is worked out there, and every row reads the last such row of its group.
    moves = np.flatnonzero(left > 0)
    moves_from = np.searchsorted(moves, bounds)
    curve = _curve(at_risk[moves], left[moves], moves_from.tolist())
    last_move = np.cumsum(left > 0) - 1
    read = curve[np.where(last_move >= np.repeat(moves_from[:-1], lengths), last_move, len(moves))]
    return pl.concat([counts, read.with_columns(at_risk=at_risk)], how="horizontal").select(*groups, *LIFE_COLUMNS)


def _curve(at_risk: Array, left: Array, bounds: Sequence[int]) -> pl.DataFrame:
    """Value, limits and marker at each time at which someone left; one more row says how it was before any did."""
    impossible = running(np.maximum, (left > at_risk).astype(np.float64), bounds) > 0
    stayed = (at_risk - left) / np.where(impossible, np.inf, at_risk)
    value = running(np.multiply, stayed, bounds)
    spread = running(np.add, increments(at_risk, left), bounds)
    inside = (value > 0) & (value < 1) & ~impossible
    log_value = np.log(value, where=inside, out=np.full_like(value, np.nan))
    factor = np.exp(z_value() * np.sqrt(spread) / -log_value)
    curve = pl.DataFrame(
        {
            "value": np.where(impossible, np.nan, value),
            "lower": np.exp(log_value * factor),
            "upper": np.exp(log_value / factor),
            "marker": pl.Series(impossible).replace_strict({True: NOT_AVAILABLE, False: None}, return_dtype=pl.String),
        }
    ).with_columns(pl.col("value", "lower", "upper").fill_nan(None))
    before = pl.DataFrame({"value": [1.0], "lower": [None], "upper": [None], "marker": [None]}, schema=curve.schema)
    return pl.concat([curve, before])


def bounds_of(rows: pl.DataFrame, groups: Sequence[str]) -> list[int]:
    """The first row of each group, and the end."""
    if not groups or rows.is_empty():
        return [0, len(rows)]
    changed = rows.select(pl.any_horizontal(pl.col(c).ne_missing(pl.col(c).shift(1)) for c in groups)).to_series()
    return [0, *(1 + np.flatnonzero(changed.to_numpy()[1:])).tolist(), len(rows)]


def running(over: np.ufunc, values: Array, bounds: Sequence[int]) -> Array:
    """A running total (product, maximum) that begins anew in each group."""
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
