"""Life tables with delayed entry: how long people stay, counted so that tables of several organisations add up.

Promises: at risk at t means entry < t <= exit. There is a row at every time at which someone enters, leaves or is censored, so that
`entered`, `left` and `censored` add across organisations, `at_risk` follows from them and the curve is read off the sum. Where the risk
set empties early the product limit stays 0, as in R; a figure is null where it is undefined, never NaN. Refuses: times that are missing,
negative or not finite, spells that end no later than they begin, events that are not true/false or 0/1; it counts them, unquoted.
Sources: Kaplan & Meier (1958); Greenwood (1926); limits on the log-log scale (Kalbfleisch & Prentice 1980), as R's `survfit(conf.type =
"log-log")`, and with weights as `survfit(weights =, robust = FALSE)`.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from workforce.errors import InputError, UsageError, did_you_mean
from workforce.measures.frame import as_by, eager, need
from workforce.measures.intervals import z_value
from workforce.measures.product_limit import LIFE_COLUMNS, bounds_of, increments, with_curve
from workforce.measures.spells import COUNTS, checked_spells, coded, counted

SUMMARY: Final = {"value": pl.Float64, "standard_error": pl.Float64, "lower": pl.Float64, "upper": pl.Float64}
_HALF: Final = 0.5 + 1.5e-8  # a product such as 2/3 x 3/4 is one half; the tolerance is that of R's quantile.survfit

Frame = pl.DataFrame | pl.LazyFrame
Array = npt.NDArray[np.float64]


def life_table(
    frame: Frame,
    *,
    entry: str | None = "entry",
    exit: str = "exit",  # noqa: A002 - the word of the field, and of the public interface
    event: str = "event",
    by: Sequence[str] | str = (),
    weight: str | None = None,
) -> pl.DataFrame:
    """The share still there after each time, from spells that may have come under observation late.

    frame: one row a spell. entry: the time at which it came under observation (None: everyone from 0); exit: the time at which it ended
    or was last seen; event: true (or 1) where it ended, false (or 0) where it still went on. weight: a column of weights above 0.
    Returns by... (as text), time (whole numbers stay whole), entered, at_risk, left, censored, value (a proportion), its 95% limits
    (null where the curve is 0 or 1) and marker. Fractional times tie only where they are equal.

    >>> spells = pl.DataFrame({"entry": [0, 0, 2], "exit": [2, 3, 5], "event": [True, False, True]})   # the third was not at risk at 2
    >>> life_table(spells).select("time", "entered", "at_risk", "left", "censored", "value").rows()
    [(0, 2.0, 0.0, 0.0, 0.0, 1.0), (2, 1.0, 2.0, 1.0, 0.0, 0.5), (3, 0.0, 2.0, 0.0, 1.0, 0.5), (5, 0.0, 1.0, 1.0, 0.0, 0.0)]
    """
    groups = _group_names(as_by(by, frame))
    spells = checked_spells(frame, groups, entry=entry, end=exit, event=event, weight=weight)
    labels, code = coded(spells, groups)
    counts = counted(spells, code, len(labels))
    if groups:
        names = labels[counts["code"]].select(pl.nth(place + 1).alias(c) for place, c in enumerate(groups))
        counts = pl.concat([names, counts], how="horizontal")
    return with_curve(counts, groups)


def curve_of(counts: Frame, by: Sequence[str] | str = ()) -> pl.DataFrame:
    """The life table that follows from counts of who entered, left and was censored at each time; rows of one time are added.

    counts: by..., time, entered, left, censored; other columns are not looked at. Where more leave than were at risk (as counts that
    were rounded may say) the curve stops: from there value and limits are null with marker `x`.

    >>> counts = pl.DataFrame({"time": [0, 2], "entered": [4.0, 0.0], "left": [0.0, 1.0], "censored": [0.0, 0.0]})
    >>> curve_of(counts).select("time", "at_risk", "value").rows()
    [(0, 0.0, 1.0), (2, 4.0, 0.75)]
    """
    groups = _group_names(as_by(by, counts))
    need(counts, ["time", *COUNTS], what="the frame of counts")
    held = eager(counts).select(
        *[pl.col(c).cast(pl.String) for c in groups], "time", *[pl.col(c).cast(pl.Float64) for c in COUNTS]
    )
    unusable = held.select(
        pl.any_horizontal(
            *[pl.col(c).is_null() | ~pl.col(c).is_finite() | (pl.col(c) < 0) for c in COUNTS], pl.col("time").is_null()
        ).sum()
    ).item()
    if unusable:
        raise InputError(
            f"{unusable} of {len(held)} rows of a life table have no usable counts",
            hint="add tables before they are released",
        )
    ordered = held.sort(*groups, "time", nulls_last=True, maintain_order=True)
    summed = ordered.group_by(*groups, "time", maintain_order=True).agg(pl.col(c).sum() for c in COUNTS)
    return with_curve(summed, groups)


def add_life_tables(tables: pl.DataFrame | Sequence[pl.DataFrame], *, over: Sequence[str] | str = ()) -> pl.DataFrame:
    """One life table of everyone in the tables: their counts added, the curve read off the sum.

    over: the group columns that are added up, such as `organisation`; the others stay. Tables without a column `organisation` may
    still be added over it: each is then one organisation's. Adding is exact: pooling the tables is pooling the people. Refused: tables
    grouped by different columns, columns that they lack, and released tables, whose counts are withheld.

    >>> one = life_table(pl.DataFrame({"entry": [0], "exit": [2], "event": [True]}))
    >>> two = life_table(pl.DataFrame({"entry": [0], "exit": [3], "event": [True]}))
    >>> add_life_tables([one, two], over="organisation").select("time", "at_risk", "value").rows()
    [(0, 0.0, 1.0), (2, 2.0, 0.5), (3, 1.0, 0.0)]
    """
    parts = [tables] if isinstance(tables, pl.DataFrame) else list(tables)
    if not parts:
        raise UsageError("no life table was given to add", hint="give one or more")
    groups = life_groups(parts[0])
    if any(set(life_groups(part)) != set(groups) for part in parts):
        raise UsageError("life tables grouped by different columns do not add up", hint="make them with the same by=")
    dropped = [over] if isinstance(over, str) else list(over)
    for column in dropped:
        if column not in groups and column != "organisation":
            raise UsageError(
                f'the life table has no column "{column}"', where="over=", hint=did_you_mean(column, groups)
            )
    kept = [c for c in groups if c not in dropped]
    return curve_of(pl.concat([part.select(*kept, "time", *COUNTS) for part in parts], how="vertical_relaxed"), kept)


def life_groups(table: pl.DataFrame) -> list[str]:
    """The columns of a life table that say which group a row is.

    >>> life_groups(life_table(pl.DataFrame({"team": ["A"], "entry": [0], "exit": [2], "event": [True]}), by="team"))
    ['team']
    """
    need(table, LIFE_COLUMNS, what="the life table")
    return [c for c in table.columns if c not in LIFE_COLUMNS]


def conditional_on(table: pl.DataFrame, start: float) -> pl.DataFrame:
    """The life table of those who reached a time: the curve begins at 1 there; an event on that day is kept (as R's `start.time`).

    Of use where few were at risk at first and the curve fell to 0 early. Those at risk at the start stand as entered just before it
    (the day before, where times are whole), so that conditional tables add up like others.

    >>> spells = pl.DataFrame({"entry": [0, 0, 5, 5], "exit": [2, 3, 7, 9], "event": [True, True, True, False]})
    >>> conditional_on(life_table(spells), 5).filter(pl.col("left") > 0).select("time", "value").row(0)
    (7, 0.5)
    """
    groups = life_groups(table)
    _checked_times([start])
    whole = table.schema["time"].is_integer()
    first = int(np.ceil(start)) if whole else start
    before = first - 1 if whole else float(np.nextafter(first, -np.inf))
    later = table.filter(pl.col("time") >= first).select(*groups, "time", *COUNTS)
    reached = (
        table.filter(pl.col("time") < first)
        .group_by(groups or [pl.lit(0).alias("all")])
        .agg(
            pl.lit(before, table.schema["time"]).first().alias("time"),
            entered=_still_there(),
            left=pl.lit(0.0),
            censored=pl.lit(0.0),
        )
        .filter(pl.col("entered") > 0)
        .select(*groups, "time", *COUNTS)
    )
    return curve_of(pl.concat([reached, later]), groups)


def emptied_early(table: pl.DataFrame) -> pl.DataFrame:
    """Where a curve fell to 0 although people came under observation later: by..., time of the fall. To be said beside the curve.

    >>> spells = pl.DataFrame({"entry": [0, 0, 5, 5], "exit": [2, 3, 7, 9], "event": [True, True, True, False]})
    >>> emptied_early(life_table(spells)).rows()
    [(3,)]
    """
    groups = life_groups(table)
    fallen = [
        {**key, "time": rows.filter(pl.col("value") == 0)["time"][0]}
        for key, rows in _by_group(table, groups)
        if len(rows.filter((pl.col("value") == 0) & (pl.col("entered") > 0)))
    ]
    return pl.DataFrame(fallen, schema={**dict.fromkeys(groups, pl.String), "time": table.schema["time"]})


def retained_at(table: pl.DataFrame, times: float | Sequence[float]) -> pl.DataFrame:
    """The share still there after each of the times, with its standard error (Greenwood) and limits.

    Returns by..., time, value, standard_error, lower, upper. Null after the last time that a group was followed to, unless everyone
    had left; the standard error and limits are null where the curve is 0.

    >>> spells = pl.DataFrame({"entry": [0, 0, 0, 0], "exit": [2, 3, 5, 5], "event": [True, False, False, False]})
    >>> retained_at(life_table(spells), [1, 2, 9]).select("time", "value").rows()
    [(1.0, 1.0), (2.0, 0.75), (9.0, None)]
    """
    groups = life_groups(table)
    asked = _checked_times(times)
    found = []
    for key, rows in _by_group(table, groups):
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
        for key, rows in _by_group(table, groups)
    ]
    return pl.DataFrame(found, schema={**dict.fromkeys(groups, pl.String), **SUMMARY})


def restricted_mean(table: pl.DataFrame, until: float) -> pl.DataFrame:
    """The mean time stayed, counting no more than `until`: the area under the curve up to there.

    Variance as in R: the sum over times of A(t)^2 left / (at risk (at risk - left)), A(t) the area from t to the horizon; limits are
    normal, kept within 0 and the horizon. Null where a group was not followed to the horizon and some were still there.
    Returns by..., value, standard_error, lower, upper, in the unit of the times.

    >>> restricted_mean(life_table(pl.DataFrame({"entry": [0] * 4, "exit": [1, 2, 3, 4], "event": [True] * 4})), 3)["value"].item()
    2.25
    """
    groups = life_groups(table)
    horizon = _checked_times([until])[0]
    found = []
    for key, rows in _by_group(table, groups):
        within = rows.filter(pl.col("time") <= horizon)
        levels = within["value"].to_numpy()
        followed = rows["time"][-1] >= horizon or rows["value"][-1] == 0
        if not followed or within["value"].null_count():
            found.append(dict(key))
            continue
        steps = np.diff(np.concatenate([[0.0], within["time"].to_numpy(), [horizon]]))
        areas = steps * np.concatenate([[1.0], levels])
        ahead = np.cumsum(areas[::-1])[::-1][1:]  # from each time to the horizon
        mean, error = float(areas.sum()), float(np.sqrt(np.sum(ahead**2 * _greenwood(within))))
        half = z_value() * error
        limits = {"lower": max(mean - half, 0.0), "upper": min(mean + half, horizon)}
        found.append({**key, "value": mean, "standard_error": error, **limits})
    return pl.DataFrame(found, schema={**dict.fromkeys(groups, pl.String), **SUMMARY})


def _group_names(by: list[str]) -> list[str]:
    taken = [c for c in by if c in LIFE_COLUMNS]
    if taken:
        raise UsageError(
            f'a group column may not be called "{taken[0]}"', where="by=", hint="rename it: a life table has its own"
        )
    return by


def _greenwood(rows: pl.DataFrame) -> Array:
    return increments(rows["at_risk"].fill_null(0.0).to_numpy(), rows["left"].fill_null(0.0).to_numpy())


def _standard_error(rows: pl.DataFrame) -> list[float | None]:
    counted = rows.select(pl.any_horizontal(pl.col("at_risk", "left", "value").is_null())).to_series()
    errors = rows["value"].fill_null(0.0).to_numpy() * np.sqrt(np.cumsum(_greenwood(rows)))
    unknown = counted | (rows["value"] == 0).fill_null(value=True)
    return [None if gone else float(error) for error, gone in zip(errors, unknown, strict=True)]


def _still_there() -> pl.Expr:
    return pl.col("entered").sum() - pl.col("left").sum() - pl.col("censored").sum()


def _checked_times(times: float | Sequence[float]) -> list[float]:
    several = [float(t) for t in ([times] if isinstance(times, int | float) else times)]
    if not several or not all(np.isfinite(t) and t >= 0 for t in several):
        raise UsageError(
            "a time is needed that is 0 or later and finite", hint="give it in the table's own unit, such as days"
        )
    return sorted(set(several))


def _by_group(table: pl.DataFrame, groups: Sequence[str]) -> Iterator[tuple[dict[str, object], pl.DataFrame]]:
    """Each group's rows in order of time, groups in order."""
    ordered = table.sort(*groups, "time", nulls_last=True)
    for first, end in pairwise(bounds_of(ordered, groups)):
        if first < end:
            yield {c: ordered[c][first] for c in groups}, ordered[first:end]
