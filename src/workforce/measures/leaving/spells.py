"""Spells of time under observation, checked and counted: what life tables and everything made from them are counted from.

Whole times are counted into bins, in one pass over the spells however many groups there are; the order of the rows changes nothing. What is
wrong with spells is counted and never quoted.
"""

from collections.abc import Sequence
from math import prod
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt
import polars as pl

from workforce.errors import InputError, Phrase, UsageError
from workforce.measures.frame import eager, need

COUNTS: Final = ("entered", "left", "censored")
_CELLS_FOR_EACH_SPELL: Final = (
    8  # beyond it (many groups, few spells, long times) bins waste memory and sorting does not
)
_CELLS_AT_LEAST: Final = 4_000_000
_BLOCK: Final = 262_144  # spells counted at once
_FEW: Final = 6  # values that are told apart faster by comparing than by looking up

Frame = pl.DataFrame | pl.LazyFrame
Array = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]


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
    own = [f"by_{place}" for place in range(len(groups))]
    if not own:
        return pl.DataFrame({"code": [0]}), None
    labels, code = numbered(spells.select(pl.col(c).cast(pl.String) for c in own))
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
    if combinations > max(_CELLS_AT_LEAST, len(columns)):
        labels = columns.unique().sort(columns.columns, nulls_last=True).with_row_index("code")
        joined = columns.join(labels, on=columns.columns, how="left", nulls_equal=True, maintain_order="left")
        return labels.drop("code"), joined["code"].cast(pl.Int64).to_numpy()
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
    there = distinct.drop_nulls()
    if len(there) <= _FEW:
        place = pl.sum_horizontal(
            pl.lit(0), *((pl.col(name) == v).cast(pl.UInt8) * i for i, v in enumerate(there) if i)
        )
    elif distinct.dtype == pl.String:
        place = pl.col(name).cast(pl.Enum(there)).to_physical()
    else:
        place = pl.lit(there).search_sorted(pl.col(name).fill_null(there[0] if len(there) else 0))
    return pl.when(pl.col(name).is_null()).then(len(there)).otherwise(place).cast(pl.Int64).alias(name)


def counted(spells: pl.DataFrame, code: Whole | None, number_of_groups: int) -> pl.DataFrame:
    """How many entered, left and were censored, by code of the group and time, in that order."""
    weight = spells["weight"].to_numpy() if "weight" in spells.columns else None
    latest = spells["exit"].max()
    if spells.schema["exit"].is_integer() and isinstance(latest, int):
        width = latest + 1
        if number_of_groups * width <= max(_CELLS_AT_LEAST, _CELLS_FOR_EACH_SPELL * len(spells)):
            return _counted_in_bins(spells, code, weight, (number_of_groups, width))
    one = pl.lit(1.0) if weight is None else pl.col("weight")
    happened, none = pl.col("event").cast(pl.Float64), pl.lit(0.0)
    numbered = spells.with_columns(code=pl.lit(0, pl.Int64) if code is None else pl.Series(code, dtype=pl.Int64))
    came = numbered.select("code", time="entry", entered=one, left=none, censored=none)
    went = numbered.select("code", time="exit", entered=none, left=one * happened, censored=one * (1 - happened))
    both = pl.concat([came, went]).sort("code", "time", maintain_order=True)
    return both.group_by("code", "time", maintain_order=True).agg(pl.col(c).sum() for c in COUNTS)


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
    gone: npt.NDArray[Any] = np.zeros(2 * cells, kind)
    # A block of spells at a time, so that what lies between stays in the processor's own memory.
    for first in range(0, len(begun), _BLOCK):
        part = slice(first, first + _BLOCK)
        base: Whole | int = 0 if code is None else code[part] * width
        share = np.int32(1) if weight is None else weight[part]
        np.add.at(entered, begun[part] + base, share)
        # Those censored fill the first half of the bins, those who left the second.
        np.add.at(gone, ended[part] + base + cells * happened[part], share)
    censored, left = gone[:cells], gone[cells:]
    used = pl.Series((entered > 0) | (left > 0) | (censored > 0))
    bins = pl.DataFrame({"entered": entered, "left": left, "censored": censored}).with_row_index("bin")
    return bins.select(
        (pl.col("bin").filter(used) // width).cast(pl.Int64).alias("code"),
        (pl.col("bin").filter(used) % width).cast(pl.Int64).alias("time"),
        pl.col(*COUNTS).filter(used).cast(pl.Float64),
    )
