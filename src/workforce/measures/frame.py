"""The measure table: the one shape that every rate, count and median has.

Promises: the same columns always, sorted, so that equal data gives equal bytes; the rate and its limits follow from the two sides by the
measure book. Refuses: a `by=` column that the records lack.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
import polars as pl

from workforce.definitions import Definition, definition_of
from workforce.errors import UsageError, did_you_mean
from workforce.measures.intervals import FEW_EVENTS, poisson, wilson, z_value
from workforce.periods import DAYS_IN_A_YEAR

FIRST: Final = ("measure", "definition")
REST: Final = {
    "period_start": pl.Date(),
    "period_end": pl.Date(),
    "numerator": pl.Float64(),
    "denominator": pl.Float64(),
    "people": pl.Int64(),
    "value": pl.Float64(),
    "lower": pl.Float64(),
    "upper": pl.Float64(),
    "unit": pl.String(),
    "method": pl.String(),
    "marker": pl.String(),
    "left_out": pl.List(pl.String()),
}
# What `xmr`, `funnel` and `compare` add after a measure table's own columns: figures and words about a row, no groups. A funnel's limits
# are named after their level (lower_95, upper_998) and known by that form.
ADDED: Final = {
    **dict.fromkeys(("centre", "lower_limit", "upper_limit", "moving_range"), pl.Float64()),
    **dict.fromkeys(("special_cause", "variation", "assurance", "season", "position"), pl.String()),
    **dict.fromkeys(("own_published", "england", "region_value", "neighbours_mean", "neighbours_median"), pl.Float64()),
    **dict.fromkeys(("region_name", "neighbours_without", "neighbours_model", "quartile", "quartile_of"), pl.String()),
    **dict.fromkeys(("neighbours_with", "rank", "ranked", "england_rank", "england_ranked"), pl.Int64()),
    "change": pl.Float64(),
    **dict.fromkeys(("better", "compared_with", "covers"), pl.String()),
}
_FUNNEL_LIMIT: Final = re.compile(r"(lower|upper)_\d+")
NOT_AVAILABLE: Final = "x"
A_YEAR: Final = " a year"  # what an annualised unit ends in


def group_columns(table: pl.DataFrame) -> list[str]:
    """The columns of a measure table that say which group a row is: those of `by=` and those its definition adds.

    >>> group_columns(measure_table(pl.DataFrame({"team": ["A"], "numerator": [1.0]}), "leavers", "left", by=["team"]))
    ['team']
    """
    added = set(added_columns(table))
    return [c for c in table.columns if c not in FIRST and c not in REST and c not in added]


def added_columns(table: pl.DataFrame) -> list[str]:
    """The columns that `xmr`, `funnel` or `compare` added; they stand after the period, so that a group column may have any name.

    >>> table = measure_table(pl.DataFrame({"position": ["A"], "numerator": [1.0]}), "leavers", "left", by=["position"])
    >>> added_columns(table), added_columns(table.with_columns(centre=pl.lit(2.0)))
    ([], ['centre'])
    """
    own = table.columns.index("period_start") if "period_start" in table.columns else 0
    return [c for c in table.columns[own:] if c in ADDED or _FUNNEL_LIMIT.fullmatch(c)]


def as_by(by: Sequence[str] | str, *frames: pl.DataFrame | pl.LazyFrame) -> list[str]:
    """The `by=` of a call as a list, checked against the frames that must have these columns."""
    wanted = [by] if isinstance(by, str) else list(by)
    if len(set(wanted)) != len(wanted):
        raise UsageError("by= names a column twice", hint="name each column once")
    for frame in frames:
        known = frame.lazy().collect_schema().names()
        for column in wanted:
            if column not in known:
                raise UsageError(
                    'the records have no column "{column}"',
                    where="by=",
                    hint=did_you_mean(column, known),
                    column=column,
                )
    return wanted


def eager(frame: pl.DataFrame | pl.LazyFrame) -> pl.DataFrame:
    """A frame in memory, whichever kind was given; the caller's own is not changed."""
    return frame.collect() if isinstance(frame, pl.LazyFrame) else frame


def need(frame: pl.DataFrame | pl.LazyFrame, columns: Iterable[str], *, what: str) -> None:
    """Refuse a frame that lacks columns that a measure cannot do without."""
    known = frame.lazy().collect_schema().names()
    missing = [c for c in columns if c not in known]
    if missing:
        raise UsageError(
            "{subject} lacks the columns {columns}",
            hint="see data/README.md for the canonical tables",
            subject=what,
            columns=missing,
        )


def measure_table(
    sides: pl.DataFrame, measure: str, definition: str, *, by: Sequence[str], annualised: bool = False
) -> pl.DataFrame:
    """Turn the two sides of a rate into a measure table: value, limits, unit and method by the book.

    sides: the columns of `by` and those that the definition adds, period_start, period_end, numerator, denominator (either may be
    absent where the definition has none), people, and optionally value (medians), standard_error (of the ratio, for "between people"),
    marker and left_out. A row with a marker shows no figure. annualised: rates are multiplied to a year of 365.25 days, and say so in
    their unit.

    >>> sides = pl.DataFrame({"numerator": [3.0], "denominator": [60.0], "people": [60]})
    >>> measure_table(sides, "turnover", "nhs", by=[]).select("value", "lower", "upper", "method").row(0)
    (5.0, 1.0311..., 14.612..., 'exact')
    """
    book = definition_of(measure, definition)
    groups = [*by, *(c for c in book.adds if c not in by)]
    filled = _with_absent_columns(sides, groups)
    days = (pl.col("period_end") - pl.col("period_start")).dt.total_days() + 1
    unit = f"{book.unit}{A_YEAR}" if annualised else book.unit
    filled = filled.with_columns(
        scale=book.scale * (DAYS_IN_A_YEAR / days if annualised else pl.lit(1.0)), unit=pl.lit(unit)
    )
    ratio_scale = pl.col("scale")
    if book.numerator is not None and book.denominator is not None:
        rate = pl.when(pl.col("denominator") > book.more_than).then(
            pl.col("numerator") / pl.col("denominator") * ratio_scale
        )
    elif book.numerator is not None:
        rate = pl.when(pl.lit(value=True)).then(pl.col("numerator") * book.each)
    else:
        rate = pl.when(pl.lit(value=True)).then(pl.col("value"))
    frame = filled.with_columns(value=pl.when(pl.col("marker").is_null()).then(rate))
    return (
        _with_limits(frame, book)
        .select(
            pl.lit(measure).alias("measure"),
            pl.lit(definition).alias("definition"),
            *[pl.col(c).cast(pl.String) for c in groups],
            *[pl.col(c).cast(dtype) for c, dtype in REST.items()],
        )
        .sort("measure", "definition", *groups, "period_start", "period_end", nulls_last=True)
    )


def _with_absent_columns(sides: pl.DataFrame, groups: Sequence[str]) -> pl.DataFrame:
    lacking = [c for c in groups if c not in sides.columns]
    if lacking:
        raise UsageError("a measure table lacks its group columns {columns}", columns=lacking)
    absent = {
        "period_start": pl.lit(None, pl.Date),
        "period_end": pl.lit(None, pl.Date),
        "numerator": pl.lit(None, pl.Float64),
        "denominator": pl.lit(None, pl.Float64),
        "people": pl.lit(None, pl.Int64),
        "value": pl.lit(None, pl.Float64),
        "standard_error": pl.lit(None, pl.Float64),
        "marker": pl.lit(None, pl.String),
        "left_out": pl.lit([], pl.List(pl.String)),
    }
    return sides.with_columns(**{c: e for c, e in absent.items() if c not in sides.columns})


def _with_limits(frame: pl.DataFrame, book: Definition) -> pl.DataFrame:
    shown = pl.col("value").is_not_null()
    if book.limits == "none" or frame.is_empty():
        return frame.with_columns(lower=pl.lit(None, pl.Float64), upper=pl.lit(None, pl.Float64), method=pl.lit("none"))
    if book.limits.startswith("between"):
        half = z_value() * pl.col("standard_error") * pl.col("scale")
        known = shown & pl.col("standard_error").is_not_null() & pl.col("standard_error").is_not_nan()
        return frame.with_columns(
            lower=pl.when(known).then(pl.col("value") - half),
            upper=pl.when(known).then(pl.col("value") + half),
            method=pl.when(known).then(pl.lit(book.limits)).otherwise(pl.lit("none")),
        )
    count = frame["numerator"].fill_null(0.0).to_numpy()
    total = frame["denominator"].fill_null(0.0).to_numpy()
    scale = frame["scale"].to_numpy()
    if book.limits == "Wilson":
        lower, upper = wilson(count, total)
        method = np.full(len(frame), "Wilson", dtype=object)
    else:
        below, above = poisson(count)
        with np.errstate(divide="ignore", invalid="ignore"):
            lower, upper = below / total, above / total
        method = np.where(count < FEW_EVENTS, "exact", "Byar").astype(object)
    limits = pl.DataFrame(
        {"lower": lower * scale, "upper": upper * scale, "method": pl.Series(list(method), dtype=pl.String)}
    )
    return frame.with_columns(limits).with_columns(
        lower=pl.when(shown).then(pl.col("lower").fill_nan(None)),
        upper=pl.when(shown).then(pl.col("upper").fill_nan(None)),
        method=pl.when(shown).then("method").otherwise(pl.lit("none")),
    )
