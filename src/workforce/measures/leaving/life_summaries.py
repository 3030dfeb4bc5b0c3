"""Figures read off a life table: the share still there at a time, the median stay and the restricted mean, with their limits."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from workforce.book import Definition
from workforce.book.made import summary_definition
from workforce.errors import UsageError
from workforce.measures.frame import FIRST, NOT_AVAILABLE, REST
from workforce.measures.intervals import z_value
from workforce.measures.leaving.life_names import each_curve, in_fte, is_weighted, life_rows
from workforce.measures.leaving.product_limit import increments
from workforce.results import Curve, Summary

ERROR: Final = "standard_error"
DAYS: Final = "calendar days"
PROPORTION: Final = "proportion"
_HALF: Final = 0.5 + 1.5e-8  # a product such as 2/3 x 3/4 is one half; the tolerance is that of R's quantile.survfit
_WITHHELD: Final = "c"  # the marker of a released life table's group that is not shown

Array = npt.NDArray[np.float64]
Row = dict[str, object]


def retained_at(curve: Curve, times: float | Sequence[float]) -> Summary:
    """The share still there after each of the times, with its standard error (Greenwood) and limits.

    Parameters
    ----------
    curve : Curve
        What `wf.leaving.retention` or `wf.stats.life_table` returned.
    times : number or sequence of numbers
        In the unit of the life table, such as days of service.

    Returns
    -------
    Summary
        A row for each group and time (column `time`): value as a proportion, lower, upper, standard_error; the denominator is how many were
        followed. After the last time that a group was followed to there is no value (marker ``x``), unless everyone had left; where the
        curve is 0 there are no standard error and no limits.

    Raises
    ------
    UsageError
        Where a time is negative or not finite, or something other than a life table is given.

    References
    ----------
    Kaplan & Meier (1958); Greenwood (1926); limits on the log-log scale (Kalbfleisch & Prentice 1980).

    Examples
    --------
    >>> from workforce.measures.leaving.life_table import life_table
    >>> spells = pl.DataFrame({"entry": [0, 0, 0, 0], "exit": [2, 3, 5, 5], "event": [True, False, False, False]})
    >>> retained_at(life_table(spells), [1, 2, 9]).frame.select("time", "value", "marker").rows()
    [(1.0, 1.0, None), (2.0, 0.75, None), (9.0, None, 'x')]
    """
    asked = checked_times(times)

    def read(rows: pl.DataFrame) -> Iterator[Row]:
        steps, error = rows["time"].to_numpy(), _standard_error(rows)
        last_row = len(rows) - 1
        for time in asked:
            row = int(np.searchsorted(steps, time, side="right")) - 1
            if row < 0:
                yield {"time": time, "value": 1.0, ERROR: 0.0}
            elif row == last_row and time > steps[-1] and rows["value"][row] != 0:
                yield {"time": time}
            else:
                shown = rows.select("value", "lower", "upper").row(row, named=True)
                yield {"time": time, **shown, ERROR: error[row]}

    book = partial(summary_definition, name="share", unit=PROPORTION)
    return _summary(curve, read, book, again=partial(retained_at, times=asked), given={"times": asked})


def median_stay(curve: Curve, *, unit: str = DAYS) -> Summary:
    """The first time at which half or fewer are still there; limits are where the curve's limits first reach one half.

    R takes the middle of a stretch on which the curve is exactly one half; the first time is taken here.

    Parameters
    ----------
    curve : Curve
        What `wf.leaving.retention` or `wf.stats.life_table` returned.
    unit : str
        The unit of the life table's times, for tables and captions.

    Returns
    -------
    Summary
        A row for each group: value, lower and upper in the unit of the times; the denominator is how many were followed. Without a value
        (marker ``x``) where the curve does not reach one half. A median read off a curve has no standard error.

    Raises
    ------
    UsageError
        Where something other than a life table is given.

    References
    ----------
    Brookmeyer & Crowley (1982).

    Examples
    --------
    >>> from workforce.measures.leaving.life_table import life_table
    >>> stays = life_table(pl.DataFrame({"entry": [0] * 4, "exit": [1, 2, 3, 4], "event": [True] * 4}))
    >>> median_stay(stays).frame.select("value", "unit", "denominator").row(0)
    (2.0, 'calendar days', 4.0)
    """

    def read(rows: pl.DataFrame) -> Iterator[Row]:
        sides = ("value", "lower", "upper")
        yield {side: rows.filter(pl.col(side) <= _HALF)["time"].cast(pl.Float64).min() for side in sides}

    book = partial(summary_definition, name="median", unit=unit)
    return _summary(curve, read, book, again=partial(median_stay, unit=unit), given={"unit": unit})


def restricted_mean(curve: Curve, until: float, *, unit: str = DAYS) -> Summary:
    """The mean time stayed, counting no more than `until`: the area under the curve up to there.

    Parameters
    ----------
    curve : Curve
        What `wf.leaving.retention` or `wf.stats.life_table` returned.
    until : number
        The horizon, in the unit of the life table.
    unit : str
        The unit of the life table's times, for tables and captions.

    Returns
    -------
    Summary
        A row for each group: value, lower, upper and standard_error in the unit of the times; the denominator is how many were followed.
        Limits are normal, kept within 0 and the horizon. Without a value (marker ``x``) where a group was not followed to the horizon and
        some were still there.

    Raises
    ------
    UsageError
        Where the horizon is negative or not finite, or something other than a life table is given.

    References
    ----------
    The variance is that of R's survival: the sum over times of A(t)^2 left / (at risk (at risk - left)), A(t) the area from t to the
    horizon.

    Examples
    --------
    >>> from workforce.measures.leaving.life_table import life_table
    >>> stays = life_table(pl.DataFrame({"entry": [0] * 4, "exit": [1, 2, 3, 4], "event": [True] * 4}))
    >>> restricted_mean(stays, 3).frame["value"].item()
    2.25
    """
    horizon = checked_times([until])[0]

    def read(rows: pl.DataFrame) -> Iterator[Row]:
        within = rows.filter(pl.col("time") <= horizon)
        levels = within["value"].to_numpy()
        followed = rows["time"][-1] >= horizon or rows["value"][-1] == 0
        if not followed or within["value"].null_count():
            yield {}
            return
        steps = np.diff(np.concatenate([[0.0], within["time"].to_numpy(), [horizon]]))
        areas = steps * np.concatenate([[1.0], levels])
        ahead = np.cumsum(areas[::-1])[::-1][1:]  # from each time to the horizon
        mean = float(areas.sum())
        if in_fte(rows):
            yield {"value": mean}
            return
        error = float(np.sqrt(np.sum(ahead**2 * _greenwood(within))))
        half = z_value() * error
        yield {"value": mean, ERROR: error, "lower": max(mean - half, 0.0), "upper": min(mean + half, horizon)}

    book = partial(summary_definition, name="restricted_mean", unit=unit, until=horizon)
    again = partial(restricted_mean, until=horizon, unit=unit)
    return _summary(curve, read, book, again=again, given={"until": horizon, "unit": unit})


def _summary(
    curve: Curve,
    read: Callable[[pl.DataFrame], Iterator[Row]],
    book: Callable[[Definition | None], Definition],
    *,
    again: Callable[[Curve], Summary],
    given: dict[str, object],
) -> Summary:
    """The figures of each curve as rows of a measure table with standard errors; they have no period, because a life table has none."""
    life_rows(curve)  # refuses anything else
    rows: list[Row] = []
    books = {one: book(one) for one in curve.definitions or [None]}
    people = "people_entered" if is_weighted(curve) else "entered"
    for key, base, part in each_curve(curve):
        of, withheld = books[base], _WITHHELD in part["marker"]
        followed = None if withheld else float(part[people].sum())
        for figures in read(part):
            limited = figures.get("lower") is not None
            side = of.denominator
            missing = None if figures.get("value") is not None else _WITHHELD if withheld else NOT_AVAILABLE
            row = {"measure": of.measure, "definition": of.definition, **key, **figures, "denominator": followed}
            row |= {"unit": of.unit, "method": of.limits if limited else "none", "marker": missing, "left_out": []}
            rows.append({**row, "people": followed if side is not None and side.kind in ("people", "fte") else None})
    if not rows and curve.reasons:  # a life table that could not be made
        of = books[curve.definitions[0] if curve.definitions else None]
        row = {"measure": of.measure, "definition": of.definition, "unit": of.unit, "method": "none", "left_out": []}
        rows.append({**row, "marker": NOT_AVAILABLE})
    timed = any("time" in one.adds for one in books.values())
    groups = [*curve.groups, *(["time"] if timed else [])]
    schema: dict[str, pl.DataType | type[pl.DataType]] = {
        **dict.fromkeys((*FIRST, *curve.groups), pl.String),
        **({"time": pl.Float64} if timed else {}),
        **REST,
        ERROR: pl.Float64,
    }
    return Summary(
        pl.DataFrame(rows, schema=schema, strict=False),
        list(books.values()),
        groups,
        curve.reasons,
        curve=curve,
        read=again,
        _provenance=curve._provenance.with_given(**given),
    )


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
    """Return times in order, each once; refuse those that cannot be."""
    several = [float(t) for t in ([times] if isinstance(times, int | float) else times)]
    if not several or not all(np.isfinite(t) and t >= 0 for t in several):
        raise UsageError(
            "a time is needed that is 0 or later and finite", hint="give it in the table's own unit, such as days"
        )
    return sorted(set(several))
