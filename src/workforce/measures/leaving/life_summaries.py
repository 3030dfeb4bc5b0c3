"""Figures read off a life table: the share still there at a time, the median stay and the restricted mean, with their limits.

Promises: a figure is null where the curve does not say it; standard errors of a curve in FTE are. Refuses: times that are negative or not
finite.
Sources: as in `life_table`.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from workforce.errors import UsageError
from workforce.measures.intervals import z_value
from workforce.measures.leaving.life_names import each_curve, in_fte, life_groups
from workforce.measures.leaving.product_limit import increments

SUMMARY: Final = {"value": pl.Float64, "standard_error": pl.Float64, "lower": pl.Float64, "upper": pl.Float64}
_HALF: Final = 0.5 + 1.5e-8  # a product such as 2/3 x 3/4 is one half; the tolerance is that of R's quantile.survfit

Array = npt.NDArray[np.float64]


def retained_at(table: pl.DataFrame, times: float | Sequence[float]) -> pl.DataFrame:
    """The share still there after each of the times, with its standard error (Greenwood) and limits.

    Returns by..., time, value, standard_error, lower, upper. Null after the last time that a group was followed to, unless everyone
    had left; the standard error and limits are null where the curve is 0.

    >>> spells = pl.DataFrame({"entry": [0, 0, 0, 0], "exit": [2, 3, 5, 5], "event": [True, False, False, False]})
    >>> from workforce.measures.leaving.life_table import life_table
    >>> retained_at(life_table(spells), [1, 2, 9]).select("time", "value").rows()
    [(1.0, 1.0), (2.0, 0.75), (9.0, None)]
    """
    groups = life_groups(table)
    asked = checked_times(times)
    found = []
    for key, rows in each_curve(table):
        known, error = rows["time"].to_numpy(), _standard_error(rows)
        last_row = len(rows) - 1
        for time in asked:
            row = int(np.searchsorted(known, time, side="right")) - 1
            if row < 0:
                found.append({**key, "time": time, "value": 1.0, "standard_error": 0.0})
            elif row == last_row and time > known[-1] and rows["value"][row] != 0:
                found.append({**key, "time": time})
            else:
                shown = rows.select("value", "lower", "upper").row(row, named=True)
                found.append({**key, "time": time, **shown, "standard_error": error[row]})
    return pl.DataFrame(found, schema={**dict.fromkeys(groups, pl.String), "time": pl.Float64, **SUMMARY})


def median_stay(table: pl.DataFrame) -> pl.DataFrame:
    """The first time at which half or fewer are still there; limits are where the curve's limits first reach one half.

    R takes the middle of a stretch on which the curve is exactly one half; the first time is taken here. Null where it was not reached.
    Returns by..., value, standard_error (null: a median from a curve has none), lower, upper.

    >>> from workforce.measures.leaving.life_table import life_table
    >>> median_stay(life_table(pl.DataFrame({"entry": [0] * 4, "exit": [1, 2, 3, 4], "event": [True] * 4})))["value"].item()
    2.0
    """
    groups = life_groups(table)
    found = [
        {
            **key,
            **{
                side: rows.filter(pl.col(side) <= _HALF)["time"].cast(pl.Float64).min()
                for side in ("value", "lower", "upper")
            },
        }
        for key, rows in each_curve(table)
    ]
    return pl.DataFrame(found, schema={**dict.fromkeys(groups, pl.String), **SUMMARY})


def restricted_mean(table: pl.DataFrame, until: float) -> pl.DataFrame:
    """The mean time stayed, counting no more than `until`: the area under the curve up to there.

    Variance as in R: the sum over times of A(t)^2 left / (at risk (at risk - left)), A(t) the area from t to the horizon; limits are
    normal, kept within 0 and the horizon. Null where a group was not followed to the horizon and some were still there.
    Returns by..., value, standard_error, lower, upper, in the unit of the times.

    >>> from workforce.measures.leaving.life_table import life_table
    >>> restricted_mean(life_table(pl.DataFrame({"entry": [0] * 4, "exit": [1, 2, 3, 4], "event": [True] * 4})), 3)["value"].item()
    2.25
    """
    groups = life_groups(table)
    horizon = checked_times([until])[0]
    found = []
    for key, rows in each_curve(table):
        within = rows.filter(pl.col("time") <= horizon)
        levels = within["value"].to_numpy()
        followed = rows["time"][-1] >= horizon or rows["value"][-1] == 0
        if not followed or within["value"].null_count():
            found.append(dict(key))
            continue
        steps = np.diff(np.concatenate([[0.0], within["time"].to_numpy(), [horizon]]))
        areas = steps * np.concatenate([[1.0], levels])
        ahead = np.cumsum(areas[::-1])[::-1][1:]  # from each time to the horizon
        if in_fte(rows):
            found.append({**key, "value": float(areas.sum())})
            continue
        mean, error = float(areas.sum()), float(np.sqrt(np.sum(ahead**2 * _greenwood(within))))
        half = z_value() * error
        limits = {"lower": max(mean - half, 0.0), "upper": min(mean + half, horizon)}
        found.append({**key, "value": mean, "standard_error": error, **limits})
    return pl.DataFrame(found, schema={**dict.fromkeys(groups, pl.String), **SUMMARY})


def _greenwood(rows: pl.DataFrame) -> Array:
    return increments(rows["at_risk"].fill_null(0.0).to_numpy(), rows["left"].fill_null(0.0).to_numpy())


def _standard_error(rows: pl.DataFrame) -> list[float | None]:
    if in_fte(rows):  # the table does not say how much each person counts for
        return [None] * len(rows)
    counted = rows.select(pl.any_horizontal(pl.col("at_risk", "left", "value").is_null())).to_series()
    errors = rows["value"].fill_null(0.0).to_numpy() * np.sqrt(np.cumsum(_greenwood(rows)))
    unknown = counted | (rows["value"] == 0).fill_null(value=True)
    return [None if gone else float(error) for error, gone in zip(errors, unknown, strict=True)]


def checked_times(times: float | Sequence[float]) -> list[float]:
    """Times in order, each once."""
    several = [float(t) for t in ([times] if isinstance(times, int | float) else times)]
    if not several or not all(np.isfinite(t) and t >= 0 for t in several):
        raise UsageError(
            "a time is needed that is 0 or later and finite", hint="give it in the table's own unit, such as days"
        )
    return sorted(set(several))
