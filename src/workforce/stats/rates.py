"""From two sides to a rate: value, limits, unit and method of each row of a measure table, by the measure book."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from workforce.book import Definition, definition_of
from workforce.book.constants import DAYS_IN_A_YEAR
from workforce.errors import UsageError
from workforce.results import A_YEAR, REST, MeasureTable
from workforce.stats.intervals import FEW_EVENTS, poisson, wilson, z_value


def measure_table(
    sides: pl.DataFrame,
    measure: str,
    definition: str,
    *,
    by: Sequence[str],
    annualised: bool = False,
    book: Definition | None = None,
) -> MeasureTable:
    """Turn the two sides of a rate into a measure table: value, limits, unit and method by the book.

    book: the definition, where the measure book has none of that name (counts and costs of an area). sides: the columns of `by` and those
    that the definition adds, period_start, period_end, numerator, denominator (either may be absent where the definition has none),
    people, and optionally value (medians), standard_error (of the ratio, for "between people"), marker and left_out. A row with a marker
    shows no figure. annualised: rates are multiplied to a year of 365.25 days, and say so in their unit.

    >>> sides = pl.DataFrame({"numerator": [3.0], "denominator": [60.0], "people": [60]})
    >>> measure_table(sides, "turnover", "nhs", by=[]).frame.select("value", "lower", "upper", "method").row(0)
    (5.0, 1.0311..., 14.612..., 'exact')
    """
    book = book or definition_of(measure, definition)
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
    table = (
        _with_limits(frame, book)
        .select(
            pl.lit(measure).alias("measure"),
            pl.lit(definition).alias("definition"),
            *[pl.col(c).cast(pl.String) for c in groups],
            *[pl.col(c).cast(dtype) for c, dtype in REST.items()],
        )
        .sort("measure", "definition", *groups, "period_start", "period_end", nulls_last=True)
    )
    return MeasureTable(table, [book], groups)


def _with_absent_columns(sides: pl.DataFrame, groups: Sequence[str]) -> pl.DataFrame:
    missing = [c for c in groups if c not in sides.columns]
    if missing:
        raise UsageError("a measure table lacks its group columns {columns}", columns=missing)
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
    has_value = pl.col("value").is_not_null()
    if book.limits == "none" or frame.is_empty():
        return frame.with_columns(lower=pl.lit(None, pl.Float64), upper=pl.lit(None, pl.Float64), method=pl.lit("none"))
    if book.limits.startswith("between"):
        half = z_value() * pl.col("standard_error") * pl.col("scale")
        estimated = has_value & pl.col("standard_error").is_not_null() & pl.col("standard_error").is_not_nan()
        return frame.with_columns(
            lower=pl.when(estimated).then(pl.col("value") - half),
            upper=pl.when(estimated).then(pl.col("value") + half),
            method=pl.when(estimated).then(pl.lit(book.limits)).otherwise(pl.lit("none")),
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
        lower=pl.when(has_value).then(pl.col("lower").fill_nan(None)),
        upper=pl.when(has_value).then(pl.col("upper").fill_nan(None)),
        method=pl.when(has_value).then("method").otherwise(pl.lit("none")),
    )
