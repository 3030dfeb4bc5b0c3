"""From two sides to a rate: value, limits, unit and method of each row of a measure table, by the measure book."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import polars as pl

from workforce.book import Definition, definition_of
from workforce.book.constants import DAYS_IN_A_YEAR
from workforce.errors import UsageError
from workforce.frames import Array
from workforce.periods import working_days
from workforce.results import A_YEAR, CONTRIBUTORS, EXACT_COLUMNS, PERIOD_COLUMNS, REST, SPREAD, MeasureTable
from workforce.stats.intervals import FEW_EVENTS, gamma, log_t, poisson, wilson, z_value

# From how many units the spread behind limits is known well enough (measure book, "Intervals").
FEWEST_UNITS: Final = {"gamma, between people": 10, "gamma, by worker": 8, "log t, between workers": 2}
OF_THE_AREA: Final = "gamma, area's spread"
WITHOUT_LIMITS: Final = {
    "gamma, between people": "95% limits need 10 people or more behind the numerator, in the group or in the area",
    "gamma, by worker": "95% limits need 8 workers or more behind the figure",
    "log t, between workers": "95% limits need two workers or more, with different caseloads",
}
_HALF: Final = 0.5


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

    Limits by gamma or log t take from the sides variance (of the bare ratio), largest (what the largest cluster adds to the ratio) and
    units (people absent, workers), which stay in the table as added columns, and spread_of_area (whether the variance is the area's).
    Below `FEWEST_UNITS` there are no limits, and a reason. Sides with `CONTRIBUTORS` keep these as added columns.

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
    is_amount = book.numerator is not None and book.numerator.kind in ("days", "hours")
    of_amounts = CONTRIBUTORS if is_amount and CONTRIBUTORS[0] in sides.columns else ()
    added = (*(SPREAD if book.limits in FEWEST_UNITS else ()), *of_amounts)
    table = (
        _with_limits(frame, book)
        .select(
            pl.lit(measure).alias("measure"),
            pl.lit(definition).alias("definition"),
            *[pl.col(c).cast(pl.String) for c in groups],
            *[pl.col(c).cast(dtype) for c, dtype in REST.items()],
            *[_of_both_sides(c) for c in added],
        )
        .sort("measure", "definition", *groups, "period_start", "period_end", nulls_last=True)
    )
    unlimited = (
        book.limits in FEWEST_UNITS
        and table.select((pl.col("value").is_not_null() & pl.col("lower").is_null()).any()).item()
    )
    return MeasureTable(table, [book], groups, [WITHOUT_LIMITS[book.limits]] if unlimited else [], added=added)


def _of_both_sides(column: str) -> pl.Expr:
    """A column of the spread, where the row has both sides; a row that is not shown keeps it with them, for roll-ups."""
    spread = pl.col(column).cast(pl.Float64)
    usable = pl.col("numerator").is_not_null() & (pl.col("denominator") > 0) & spread.is_finite()
    return pl.when(usable).then(spread).alias(column)


def contributors_of_parts(counts: pl.Expr, weight: pl.Expr | float = 1.0) -> dict[str, pl.Expr]:
    """Whom the sum of parts of different people rests on: those with the most are among those of the parts.

    >>> parts = pl.DataFrame({"numerator": [10.0, 90.0], "contributors": 2.0, "top_share": [0.6, 0.5], "top_two_share": [1.0, 0.9]})
    >>> parts.select(**contributors_of_parts(pl.lit(True))).row(0)
    (4.0, 0.45, 0.81)
    """
    amount = pl.col("numerator") * weight
    first, two = ((amount * pl.col(c)).filter(counts) for c in CONTRIBUTORS[1:])
    largest = first.append(two - first).drop_nulls().sort(descending=True).head(2)
    total, is_known = amount.filter(counts).sum(), pl.col(CONTRIBUTORS[0]).filter(counts).is_not_null().all()
    return {
        "contributors": pl.when(is_known).then(pl.col(CONTRIBUTORS[0]).filter(counts).sum()),
        "top_share": pl.when(is_known & (total > 0)).then(largest.max() / total),
        "top_two_share": pl.when(is_known & (total > 0)).then(largest.sum() / total),
    }


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
        **{c: pl.lit(None, pl.Float64) for c in EXACT_COLUMNS},
        "spread_of_area": pl.lit(value=False),
        "marker": pl.lit(None, pl.String),
        "left_out": pl.lit([], pl.List(pl.String)),
    }
    return sides.with_columns(**{c: e for c, e in absent.items() if c not in sides.columns})


def _with_limits(frame: pl.DataFrame, book: Definition) -> pl.DataFrame:
    has_value = pl.col("value").is_not_null()
    if book.limits == "none" or frame.is_empty():
        return frame.with_columns(lower=pl.lit(None, pl.Float64), upper=pl.lit(None, pl.Float64), method=pl.lit("none"))
    if book.limits in FEWEST_UNITS:
        return _with_spread(frame, book)
    if book.limits.startswith("between"):
        half = z_value() * pl.col("standard_error") * pl.col("scale")
        estimated = has_value & pl.col("standard_error").is_not_null() & pl.col("standard_error").is_not_nan()
        lower_limit: pl.Expr = pl.col("value") - half
        upper_limit: pl.Expr = pl.col("value") + half
        if book.numerator is not None:  # a ratio of hours or days, not a difference: never below none, nor above all
            estimated &= half > 0
            lower_limit = pl.max_horizontal(lower_limit, 0.0)
            upper_limit = pl.min_horizontal(upper_limit, pl.col("scale")) if book.unit == "%" else upper_limit
        return frame.with_columns(
            lower=pl.when(estimated).then(lower_limit),
            upper=pl.when(estimated).then(upper_limit),
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


def _with_spread(frame: pl.DataFrame, book: Definition) -> pl.DataFrame:
    """Limits from the variance between units, where there are enough of them; never outside what the figure can be."""
    names = ("numerator", "denominator", *SPREAD, "scale")
    count, size, variance, largest, units, scale = (frame[c].cast(pl.Float64).to_numpy() for c in names)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = count / size
    if book.limits.startswith("log t"):
        lower, upper = log_t(ratio, variance, units)
    elif book.unit.startswith("%"):
        lower, upper = _of_a_share(ratio, variance, largest)
    else:
        lower, upper = gamma(ratio, variance, largest)
        upper = np.maximum(np.fmin(upper, _most_days(frame, book)), ratio)
    enough = np.nan_to_num(units) >= FEWEST_UNITS[book.limits]
    limits = pl.DataFrame(
        {"lower": np.where(enough, lower * scale, np.nan), "upper": np.where(enough, upper * scale, np.nan)}
    )
    has_limits = pl.col("value").is_not_null() & pl.col("lower").is_not_null()
    of_area = pl.when(pl.col("spread_of_area").cast(pl.Boolean).fill_null(value=False)).then(pl.lit(OF_THE_AREA))
    return frame.with_columns(limits.with_columns(pl.all().fill_nan(None))).with_columns(
        lower=pl.when(has_limits).then("lower"),
        upper=pl.when(has_limits).then("upper"),
        method=pl.when(has_limits).then(of_area.otherwise(pl.lit(book.limits))).otherwise(pl.lit("none")),
    )


def _of_a_share(share: Array, variance: Array, largest: Array) -> tuple[Array, Array]:
    """Gamma limits of a share, within 0 and 1: above a half those of what is left of it, so that 100% has a lower limit, too.

    >>> lower, upper = _of_a_share(np.array([0.0, 1.0]), np.zeros(2), np.full(2, 0.1))
    >>> lower.round(3).tolist(), upper.round(3).tolist()
    ([0.0, 0.631], [0.369, 1.0])
    """
    above = (share > _HALF) & (share <= 1)
    lower, upper = gamma(np.where(above, 1 - share, share), variance, largest)
    upper = np.where(share <= 1, np.minimum(upper, 1), upper)  # sides of different days may give more than 100%
    return np.where(above, 1 - upper, lower), np.where(above, 1 - lower, upper)


def _most_days(frame: pl.DataFrame, book: Definition) -> Array:
    """How many days of work one full-timer can lose in each row's period; without end for what is not counted in days."""
    if not book.unit.startswith("days"):
        return np.full(len(frame), np.inf)
    days = frame.select(working_days(*PERIOD_COLUMNS).cast(pl.Float64).fill_null(np.inf)).to_series()
    return days.to_numpy()
