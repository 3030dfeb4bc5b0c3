"""How finely a rate is printed: to the step that its rounded counts allow, or as a range.

A rate tells no more than the counts beside it. Each count is rounded, so that the exact rate lies somewhere in
(n - a) / (d + b) to (n + a) / (d - b), where a and b are half the steps to which the two sides are rounded. Where that range is narrow the
rate is printed as one figure; else the range is printed. A count that is withheld because it is small leaves a range, too.

Source: this project's measure book, "Disclosure".
"""

from typing import Final

import polars as pl

from workforce.book import Definition, Side, measure_book
from workforce.book.constants import DAYS_IN_A_YEAR
from workforce.disclosure.rules import HALF, WITHHELD, Rule
from workforce.results import A_YEAR, PRINTED

# The widest half of a range that is printed as one figure to a step, from fine to coarse: (half of the range, step).
_OF_PERCENTAGES: Final = ((0.3, 0.5), (1.5, 1.0))
_OF_OTHERS: Final = ((0.01, 0.01), (0.1, 0.1), (0.5, 1.0))
# How far an exact rate in % can be from the figure that is printed: half of its range and half of the step, in points.
HALF_POINT_OFF, WHOLE_PERCENT_OFF = (widest + step / 2 for widest, step in _OF_PERCENTAGES)
_RANGE_OF_PERCENTAGES, _RANGE_OF_OTHERS = 1.0, 0.1  # the steps to which ranges are printed
WIDEST: Final = 20.0  # points: a range of a withheld count that is wider is not printed
_EPSILON: Final = 1e-9


def with_precision(shown: pl.DataFrame, book: Definition, rule: Rule, small: pl.Expr) -> pl.DataFrame:
    """Print each rate as finely as its printed counts allow.

    Parameters
    ----------
    shown : polars.DataFrame
        Rows as the rule shows them, with value and limits from the rounded sides.
    book : Definition
        Their definition.
    rule : Rule
        The disclosure rule, which rounds headcounts.
    small : polars.Expr
        Whether a row is withheld for its small numerator alone, so that its denominator may be shown.

    Returns
    -------
    polars.DataFrame
        The rows with `PRINTED` added: printed_low and printed_high where a range is printed in place of the figure, and printed_step, the
        step to which the figure is rounded. Limits are rounded outwards to it and never lie inside the range.
    """
    above, below = book.numerator, book.denominator
    if above is None or below is None or not (above.is_count or below.is_count):
        return shown.with_columns(pl.lit(None, pl.Float64).alias(c) for c in PRINTED)
    is_share = book.unit.startswith("%") or book.scale != 1
    n, d, value = pl.col("numerator"), pl.col("denominator"), pl.col("value")
    a = pl.when(n > 0).then(_half_step(above, rule)).otherwise(0.0)  # a printed 0 is none
    b = pl.lit(_half_step(below, rule))
    scale = _scale(book)
    low: pl.Expr = pl.max_horizontal(n - a, 0.0) / (d + b) * scale
    high: pl.Expr = pl.when(d > b).then((n + a) / (d - b) * scale)
    if book.is_closed:
        none_left = n == d  # a printed 100% is all of them, as a printed 0% is none
        low = pl.when(none_left).then(book.scale).otherwise(low)
    if book.limits == "Wilson" or book.is_closed:  # a share, also where offers are filled by posts
        high = pl.min_horizontal(high, book.scale)
    coarse = _RANGE_OF_PERCENTAGES if is_share else _RANGE_OF_OTHERS
    half = (high - low) / 2
    step: pl.Expr = pl.lit(None, pl.Float64)
    decimals = measure_book().decimals.get(book.unit, 1)
    for widest, finest in reversed(_OF_PERCENTAGES if is_share else _OF_OTHERS):
        if finest >= 10.0**-decimals:
            step = pl.when(half <= widest + _EPSILON).then(finest).otherwise(step)
    none_or_all = (n == 0) | ((n == d) & pl.lit(book.is_closed))
    step = pl.when(none_or_all).then(coarse).otherwise(step)  # they need no decimals
    is_range = value.is_not_null() & step.is_null()
    ranged = shown.with_columns(
        printed_step=pl.when(value.is_not_null()).then(step.fill_null(coarse)),
        printed_low=pl.when(is_range).then(_down(low, coarse)),
        printed_high=pl.when(is_range).then(_up(high, coarse)),
    )
    fine = pl.col("printed_step")
    ranged = _with_ranges_at_the_ends(
        ranged.with_columns(value=((value / fine + HALF + _EPSILON).floor() * fine).round(6)), book
    ).with_columns(
        lower=_down(pl.min_horizontal("lower", pl.when(pl.col("lower").is_not_null()).then("printed_low")), fine),
        upper=_up(pl.max_horizontal("upper", pl.when(pl.col("upper").is_not_null()).then("printed_high")), fine),
    )
    return _with_ranges_of_small_counts(ranged, book, rule, small) if is_share else ranged


def _with_ranges_at_the_ends(shown: pl.DataFrame, book: Definition) -> pl.DataFrame:
    """A figure that some are behind must not read as none of them, nor as all of them where one is missing."""
    n, value, step = pl.col("numerator"), pl.col("value"), pl.col("printed_step")
    as_none = (value == 0) & (n > 0)
    as_all = (value == book.scale) & (n < pl.col("denominator")) & pl.lit(book.is_closed)
    return shown.with_columns(
        printed_low=pl.when(as_none).then(0.0).when(as_all).then(book.scale - step).otherwise("printed_low"),
        printed_high=pl.when(as_none).then(step).when(as_all).then(book.scale).otherwise("printed_high"),
    )


def _with_ranges_of_small_counts(shown: pl.DataFrame, book: Definition, rule: Rule, small: pl.Expr) -> pl.DataFrame:
    """A count from 1 to the rule's largest small one leaves its rate a range, which the rule alone gives away."""
    d, b, scale = pl.col("denominator"), _half_step(book.denominator, rule), _scale(book)
    low, high = (
        _down(scale / (d + b), _RANGE_OF_PERCENTAGES),
        _up(rule.small * scale / (d - b), _RANGE_OF_PERCENTAGES),
    )
    is_narrow = small & (pl.col("marker") == WITHHELD) & (d > b) & (high - low < WIDEST)
    return shown.with_columns(
        printed_low=pl.when(is_narrow).then(low).otherwise("printed_low"),
        printed_high=pl.when(is_narrow).then(high).otherwise("printed_high"),
    )


def _scale(book: Definition) -> pl.Expr:
    """What the ratio of the two sides is multiplied by in a row; annualised rates by the years of their period, too."""
    days = (pl.col("period_end") - pl.col("period_start")).dt.total_days() + 1
    of_a_year = pl.col("unit").str.ends_with(A_YEAR).fill_null(value=False)
    return pl.when(of_a_year).then(DAYS_IN_A_YEAR / days).otherwise(1.0) * book.scale


def _half_step(side: Side | None, rule: Rule) -> float:
    return (rule.headcounts_to or 0) / 2 if side is not None and side.is_count else HALF


def _down(value: pl.Expr, step: pl.Expr | float) -> pl.Expr:
    return ((value / step + _EPSILON).floor() * step).round(6) + 0.0


def _up(value: pl.Expr, step: pl.Expr | float) -> pl.Expr:
    return ((value / step - _EPSILON).ceil() * step).round(6) + 0.0
