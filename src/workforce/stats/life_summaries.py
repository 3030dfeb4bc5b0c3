"""Figures read off a life table, with their limits and differences: the share still there, the median stay, the restricted mean."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Final

import numpy as np
import polars as pl

from workforce.book import Definition
from workforce.book.made import summary_definition
from workforce.errors import UsageError, did_you_mean
from workforce.frames import Array
from workforce.results import FIRST, NOT_AVAILABLE, REST, Curve, Summary
from workforce.stats.intervals import z_value
from workforce.stats.life_table import checked_times, each_curve, in_fte, is_weighted, life_rows
from workforce.stats.survival import increments

ERROR: Final = "standard_error"
DAYS: Final = "calendar days"
PROPORTION: Final = "proportion"
_HALF: Final = 0.5 + 1.5e-8  # a product such as 2/3 x 3/4 is one half; the tolerance is that of R's quantile.survfit
_WITHHELD: Final = "c"  # the marker of a released life table's group that is not shown
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
    >>> from workforce.stats.life_table import life_table
    >>> spells = pl.DataFrame({"entry": [0, 0, 0, 0], "exit": [2, 3, 5, 5], "event": [True, False, False, False]})
    >>> retained_at(life_table(spells), [1, 2, 9]).frame.select("time", "value", "marker").rows()
    [(1.0, 1.0, None), (2.0, 0.75, None), (9.0, None, 'x')]
    """
    checked = checked_times(times)

    def read(rows: pl.DataFrame) -> Iterator[Row]:
        steps, error = rows["time"].to_numpy(), _standard_error(rows)
        last_row = len(rows) - 1
        for time in checked:
            row = int(np.searchsorted(steps, time, side="right")) - 1
            if row < 0:
                yield {"time": time, "value": 1.0, ERROR: 0.0}
            elif row == last_row and time > steps[-1] and rows["value"][row] != 0:
                yield {"time": time}
            else:
                figures = rows.select("value", "lower", "upper").row(row, named=True)
                yield {"time": time, **figures, ERROR: error[row]}

    book = partial(summary_definition, name="share", unit=PROPORTION)
    return _summary(curve, read, book, again=partial(retained_at, times=checked), arguments={"times": checked})


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
    >>> from workforce.stats.life_table import life_table
    >>> stays = life_table(pl.DataFrame({"entry": [0] * 4, "exit": [1, 2, 3, 4], "event": [True] * 4}))
    >>> median_stay(stays).frame.select("value", "unit", "denominator").row(0)
    (2.0, 'calendar days', 4.0)
    """

    def read(rows: pl.DataFrame) -> Iterator[Row]:
        sides = ("value", "lower", "upper")
        yield {side: rows.filter(pl.col(side) <= _HALF)["time"].cast(pl.Float64).min() for side in sides}

    book = partial(summary_definition, name="median", unit=unit)
    return _summary(curve, read, book, again=partial(median_stay, unit=unit), arguments={"unit": unit})


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
    >>> from workforce.stats.life_table import life_table
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
    recompute = partial(restricted_mean, until=horizon, unit=unit)
    return _summary(curve, read, book, again=recompute, arguments={"until": horizon, "unit": unit})


def _summary(
    curve: Curve,
    read: Callable[[pl.DataFrame], Iterator[Row]],
    book: Callable[[Definition | None], Definition],
    *,
    again: Callable[[Curve], Summary],
    arguments: dict[str, object],
) -> Summary:
    """The figures of each curve as rows of a measure table with standard errors; they have no period, because a life table has none."""
    life_rows(curve)  # refuses anything else
    rows: list[Row] = []
    books = {entry: book(entry) for entry in curve.definitions or [None]}
    people = "people_entered" if is_weighted(curve) else "entered"
    for key, base, curve_rows in each_curve(curve):
        of, withheld = books[base], _WITHHELD in curve_rows["marker"]
        followed = None if withheld else float(curve_rows[people].sum())
        for figures in read(curve_rows):
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
    timed = any("time" in entry.adds for entry in books.values())
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
        _provenance=curve._provenance.with_arguments(**arguments),
    )


def _greenwood(rows: pl.DataFrame) -> Array:
    return increments(rows["at_risk"].fill_null(0.0).to_numpy(), rows["left"].fill_null(0.0).to_numpy())


def _standard_error(rows: pl.DataFrame) -> list[float | None]:
    if in_fte(rows):  # the table does not say how much each person counts for
        return [None] * len(rows)
    withheld = rows.select(pl.any_horizontal(pl.col("at_risk", "left", "value").is_null())).to_series()
    errors = rows["value"].fill_null(0.0).to_numpy() * np.sqrt(np.cumsum(_greenwood(rows)))
    unknown = withheld | (rows["value"] == 0).fill_null(value=True)
    return [None if undefined else float(error) for error, undefined in zip(errors, unknown, strict=True)]


def difference(summary: Summary, *, against: str | Sequence[str] | None = None) -> pl.DataFrame:
    """Each group's figure less that of the group it is compared with, with limits. Exact figures, for analysts.

    Parameters
    ----------
    summary : Summary
        What `retained_at` or `restricted_mean` returned. The groups must be of different people: someone in two groups would make the
        limits wrong.
    against : str or sequence of str, optional
        The group to compare with: its value, or one for each group column; the first in order when not given.

    Returns
    -------
    polars.DataFrame
        by, time (where the summary has it), against, value, standard_error, lower, upper (95%, normal) and p_value (two-sided). Null where
        either figure is.

    Raises
    ------
    UsageError
        Where there are no groups, `against` is not among them, or something other than a summary is given.

    References
    ----------
    Altman & Bland (2003), BMJ 326:219 (the difference between two independent estimates).

    Examples
    --------
    >>> from workforce.stats.life_table import life_table
    >>> from workforce.stats.life_summaries import restricted_mean
    >>> stays = pl.DataFrame({"entry": 0, "exit": [4, 8, 2, 6], "event": True, "team": ["A", "A", "B", "B"]})
    >>> difference(restricted_mean(life_table(stays, by="team"), 10)).select("team", "against", "value", "standard_error").rows()
    [('B', 'A', -2.0, 2.0)]
    """
    if not isinstance(summary, Summary):
        raise UsageError(
            "expected figures read off a life table, got something else",
            hint="give what retained_at or restricted_mean returned",
        )
    figures = summary.frame
    timed = "time" in summary.groups
    groups = [c for c in summary.groups if c != "time"]
    if not groups:
        raise UsageError("there are no groups to compare", hint="make the life table with by=")
    names = figures.select(groups).unique(maintain_order=True)
    reference = dict(zip(groups, _chosen(names, against), strict=True))
    within = ["time"] if timed else []
    is_it = pl.all_horizontal(pl.col(c).eq_missing(pl.lit(value, pl.String)) for c, value in reference.items())
    theirs = figures.filter(is_it).select(*within, other="value", other_error="standard_error")
    ours = figures.filter(~is_it)
    pairs = (
        ours.join(theirs, on=within, how="left", maintain_order="left") if within else ours.join(theirs, how="cross")
    )
    half = z_value() * pl.col("error")
    return (
        pairs.with_columns(
            gap=pl.col("value") - pl.col("other"),
            error=(pl.col("standard_error") ** 2 + pl.col("other_error") ** 2).sqrt(),
        )
        .with_columns(pl.when(pl.col("error") > 0).then(pl.col("gap") / pl.col("error")).alias("z"))
        .select(
            *groups,
            *within,
            against=pl.lit(" / ".join("not recorded" if value is None else value for value in reference.values())),
            value=pl.when(pl.col("error").is_not_null()).then("gap"),
            standard_error="error",
            lower=pl.col("gap") - half,
            upper=pl.col("gap") + half,
            p_value=pl.col("z").map_batches(_two_sided, return_dtype=pl.Float64),
        )
    )


def _chosen(names: pl.DataFrame, against: str | Sequence[str] | None) -> tuple[str | None, ...]:
    if against is None:
        return names.row(0)
    reference = (against,) if isinstance(against, str) else tuple(against)
    if reference not in names.rows():
        choices = [" / ".join(str(value) for value in row) for row in names.rows()]
        raise UsageError(
            "the group to compare with is not among those of the summary",
            where="against=",
            hint=did_you_mean(" / ".join(reference), choices),
        )
    return reference


def _two_sided(z: pl.Series) -> pl.Series:
    from scipy.special import ndtr

    return pl.Series(2 * ndtr(-z.abs().fill_null(float("nan")).to_numpy())).fill_nan(None)
