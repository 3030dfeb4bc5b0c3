"""Spells of time under observation, checked and counted, and the curve that is read off their counts.

At risk at t means entry < t <= exit. Whole times are counted into bins, in one pass over the spells however many groups there are; the
order of the rows changes nothing. Counts of each group, in order of time, are all that a curve needs, so that tables which were added up
give the curve of the whole; where counts are impossible (more left than were at risk, as after rounding) the curve stops with marker `x`.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import prod
from typing import Any, Final, Literal, TypeVar

import numpy as np
import numpy.typing as npt
import polars as pl

from workforce.errors import InputError, Phrase, UsageError
from workforce.frames import Array, Flags, Frame, Whole, eager, need
from workforce.results import NOT_AVAILABLE
from workforce.stats.intervals import z_value

COUNTS: Final = ("entered", "left", "censored")
_CELLS_FOR_EACH_SPELL: Final = (
    8  # beyond it (many groups, few spells, long times) bins waste memory and sorting does not
)
CELLS_AT_LEAST: Final = 4_000_000
_BLOCK: Final = 262_144  # spells counted at once
_FEW: Final = 6  # values that are told apart faster by comparing than by looking up
LIFE_COLUMNS: Final = ("time", "entered", "at_risk", "left", "censored", "value", "lower", "upper", "marker")
_ROWS: Final = 32_768  # rows worked out at a time
ROUNDING: Final = 1e-10  # sums of weights: a remainder below this share of all who entered is rounding, not a person
Number = TypeVar("Number", np.float64, np.bool_)


def checked_spells(
    frame: Frame, groups: Sequence[str], *, entry: str | None, end: str, event: str, weight: str | None = None
) -> pl.DataFrame:
    """Spells under fixed names, or an error that counts what is wrong with them.

    Returns by_0, by_1, ... (the group columns as they came), entry, exit (Int64 where both columns are whole, else Float64), event and,
    where asked for, weight. No entry column: everyone was observed from 0.

    >>> checked_spells(pl.DataFrame({"t": [2], "e": [1]}), [], entry=None, end="t", event="e").row(0)
    (0, 2, 1)
    """
    used = [c for c in (entry, end, event, weight) if c is not None]
    need(frame, used, what="the frame of spells")
    schema = frame.lazy().collect_schema()
    for column in (c for c in (entry, end, weight) if c is not None):
        if not schema[column].is_numeric():
            raise UsageError(
                'the column "{column}" holds no numbers',
                hint="times are numbers: whole days of service are usual",
                column=column,
            )
    if not (schema[event].is_numeric() or schema[event] == pl.Boolean):
        raise UsageError(
            'the column "{event}" is neither true/false nor 0/1', hint="true where the spell ended", event=event
        )
    number = pl.Int64() if all(schema[c].is_integer() for c in (entry, end) if c is not None) else pl.Float64()
    spells = eager(
        frame.select(
            *[pl.col(c).alias(f"by_{place}") for place, c in enumerate(groups)],
            entry=pl.lit(0, number) if entry is None else pl.col(entry).cast(number),
            exit=pl.col(end).cast(number),
            event=pl.col(event),
            **({} if weight is None else {"weight": pl.col(weight).cast(pl.Float64)}),
        )
    )
    counts = spells.select(**{words: fault.sum() for words, fault in _faults(spells).items()}).row(0, named=True)
    problems = [
        Phrase("{count} of {rows} spells {fault}", count=count, rows=len(spells), fault=fault)
        for fault, count in counts.items()
        if count
    ]
    if problems:
        raise InputError(
            "{problems}",
            hint="exit = last day + 1 - first day of service, so a first-day leaver stayed one day; event is true where the spell ended",
            problems=problems,
        )
    return spells


def _faults(spells: pl.DataFrame) -> dict[str, pl.Expr]:
    begun, ended, happened = pl.col("entry"), pl.col("exit"), pl.col("event")
    faults = {
        "lack a time or an event": begun.is_null() | ended.is_null() | happened.is_null(),
        "begin before time 0": begun < 0,
        "end no later than they begin": ended <= begun,
    }
    if spells.schema["exit"].is_float():
        faults["have a time that is not finite"] = ~(begun.is_finite() & ended.is_finite())
    if spells.schema["event"] != pl.Boolean:
        faults["have an event other than 0 and 1"] = (happened != 0) & (happened != 1)
    if "weight" in spells.columns:
        usable = pl.col("weight").is_finite() & (pl.col("weight") > 0)
        faults["have a weight that is missing or not above 0"] = ~usable.fill_null(value=False)
    return faults


def coded(spells: pl.DataFrame, groups: Sequence[str]) -> tuple[pl.DataFrame, Whole | None]:
    """The groups as text, sorted, and for each spell the number of its group."""
    code_columns = [f"by_{place}" for place in range(len(groups))]
    if not code_columns:
        return pl.DataFrame({"code": [0]}), None
    labels, code = numbered(spells.select(pl.col(c).cast(pl.String) for c in code_columns))
    return labels.with_row_index("code"), code


def numbered(columns: pl.DataFrame) -> tuple[pl.DataFrame, Whole]:
    """The different rows of a frame, sorted with nulls last, and for each row the number of its like.

    >>> labels, code = numbered(pl.DataFrame({"grade": ["B", "A", "B"]}))
    >>> labels["grade"].to_list(), code.tolist()
    (['A', 'B'], [1, 0, 1])
    """
    # Each column is one processor's work, so that two are busy with several; one long column is spread over them by the streaming engine.
    alone = columns.width == 1 and len(columns) > _BLOCK
    engine: Literal["streaming", "in-memory"] = "streaming" if alone else "in-memory"
    different = columns.lazy().select(pl.all().unique().sort(nulls_last=True).implode()).collect(engine=engine)
    values = [column.item() for column in different]
    combinations = prod(len(v) for v in values)
    if combinations > max(CELLS_AT_LEAST, len(columns)):
        labels = columns.unique().sort(columns.columns, nulls_last=True).with_row_index("code")
        with_code = columns.join(labels, on=columns.columns, how="left", nulls_equal=True, maintain_order="left")
        return labels.drop("code"), with_code["code"].cast(pl.Int64).to_numpy()
    placed = columns.lazy().select(
        _places(name, distinct) for name, distinct in zip(columns.columns, values, strict=True)
    )
    places = placed.collect(engine=engine)
    if places.width == 1:  # every value is somebody's
        return values[0].to_frame(columns.columns[0]), places.to_series().to_numpy()
    code = np.zeros(len(columns), dtype=np.int64)
    for place, distinct in zip(places, values, strict=True):
        code *= len(distinct)
        code += place.to_numpy()
    used = np.flatnonzero(np.bincount(code, minlength=combinations))
    place_of = np.zeros(combinations, dtype=np.int64)
    place_of[used] = np.arange(len(used))
    value_of = np.unravel_index(used, [len(v) for v in values]) if len(used) else [used] * len(values)
    labels = pl.DataFrame(
        [v.gather(place).alias(c) for c, v, place in zip(columns.columns, values, value_of, strict=True)]
    )
    return labels, place_of[code]


def _places(name: str, distinct: pl.Series) -> pl.Expr:
    """Where each value of a column stands among the distinct ones (sorted, null last)."""
    present = distinct.drop_nulls()
    if len(present) <= _FEW:
        place = pl.sum_horizontal(
            pl.lit(0), *((pl.col(name) == v).cast(pl.UInt8) * i for i, v in enumerate(present) if i)
        )
    elif distinct.dtype == pl.String:
        place = pl.col(name).cast(pl.Enum(present)).to_physical()
    else:
        place = pl.lit(present).search_sorted(pl.col(name).fill_null(present[0] if len(present) else 0))
    return pl.when(pl.col(name).is_null()).then(len(present)).otherwise(place).cast(pl.Int64).alias(name)


def counted(spells: pl.DataFrame, code: Whole | None, number_of_groups: int) -> pl.DataFrame:
    """How many entered, left and were censored, by code of the group and time, in that order."""
    weight = spells["weight"].to_numpy() if "weight" in spells.columns else None
    latest = spells["exit"].max()
    if spells.schema["exit"].is_integer() and isinstance(latest, int):
        width = latest + 1
        if number_of_groups * width <= max(CELLS_AT_LEAST, _CELLS_FOR_EACH_SPELL * len(spells)):
            return _counted_in_bins(spells, code, weight, (number_of_groups, width))
    share = pl.lit(1.0) if weight is None else pl.col("weight")
    happened, none = pl.col("event").cast(pl.Float64), pl.lit(0.0)
    with_code = spells.with_columns(code=pl.lit(0, pl.Int64) if code is None else pl.Series(code, dtype=pl.Int64))
    entries = with_code.select("code", time="entry", entered=share, left=none, censored=none)
    exits = with_code.select("code", time="exit", entered=none, left=share * happened, censored=share * (1 - happened))
    changes = pl.concat([entries, exits]).sort("code", "time", maintain_order=True)
    return changes.group_by("code", "time", maintain_order=True).agg(pl.col(c).sum() for c in COUNTS)


def _counted_in_bins(
    spells: pl.DataFrame, code: Whole | None, weight: Array | None, shape: tuple[int, int]
) -> pl.DataFrame:
    """The same for whole times, by counting into bins: several times as fast as grouping (a bin for each group and time)."""
    groups, width = shape
    cells = groups * width
    begun: Whole = spells["entry"].to_numpy()
    ended: Whole = spells["exit"].to_numpy()
    happened = spells["event"].cast(pl.Boolean).to_numpy()
    # Numbers of 32 bits where they are whole: what counting into many bins costs is mostly their memory.
    kind = np.int32 if weight is None else np.float64
    entered: npt.NDArray[Any] = np.zeros(cells, kind)
    endings: npt.NDArray[Any] = np.zeros(2 * cells, kind)
    # A block of spells at a time, so that what lies between stays in the processor's own memory.
    for first in range(0, len(begun), _BLOCK):
        block = slice(first, first + _BLOCK)
        base: Whole | int = 0 if code is None else code[block] * width
        share = np.int32(1) if weight is None else weight[block]
        np.add.at(entered, begun[block] + base, share)
        # Those censored fill the first half of the bins, those who left the second.
        np.add.at(endings, ended[block] + base + cells * happened[block], share)
    censored, left = endings[:cells], endings[cells:]
    used = pl.Series((entered > 0) | (left > 0) | (censored > 0))
    bins = pl.DataFrame({"entered": entered, "left": left, "censored": censored}).with_row_index("bin")
    return bins.select(
        (pl.col("bin").filter(used) // width).cast(pl.Int64).alias("code"),
        (pl.col("bin").filter(used) % width).cast(pl.Int64).alias("time"),
        pl.col(*COUNTS).filter(used).cast(pl.Float64),
    )


def with_curve(counts: pl.DataFrame, groups: Sequence[str]) -> pl.DataFrame:
    """Counts (sorted by group and time, a row for each) with the risk set, the curve and its limits."""
    columns = [counts[c].to_numpy() for c in COUNTS]
    figures = {name: np.empty(len(counts)) for name in ("at_risk", "value", "lower", "upper")}
    stopped = np.empty(len(counts), dtype=np.bool_)
    for bounds in _stretches(bounds_of(counts, groups)):
        rows = slice(bounds[0], bounds[-1])
        counts_of_rows = tuple(column[rows] for column in columns)
        for column, values in zip((*figures.values(), stopped), _figures(counts_of_rows, bounds), strict=True):
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
    rounding = ROUNDING * np.repeat(np.add.reduceat(entered, bounds[:-1]), lengths) if len(net) else net
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
