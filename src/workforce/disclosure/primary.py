"""Measure tables: which rows are withheld, how the rest is rounded, and the rates that follow from what is shown.

A rate and its limits follow from the numerator and denominator that are shown. A row whose number of people is unknown is withheld.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
import polars as pl

from workforce.benchmark.compare import with_change
from workforce.book import Definition, Side, measure_book
from workforce.disclosure.precision import with_precision
from workforce.disclosure.rules import (
    HALF,
    MOST_OF_ONE,
    MOST_OF_TWO,
    OTHER_PAY_STEP,
    PAY_STEPS,
    STOCKS,
    WHOLE_STOCKS,
    WITHHELD,
    Rule,
    few,
)
from workforce.measures.bounds import BOUNDS, Refused, with_limits
from workforce.measures.status import AGREED, STATUS, restated
from workforce.results import CONTRIBUTORS, EXACT_COLUMNS, PERIOD_COLUMNS, PRINTED, SPREAD, Forecast, MeasureTable
from workforce.stats.intervals import z_value
from workforce.stats.rates import FEWEST_UNITS, OF_THE_AREA, measure_table
from workforce.stats.xmr import EXACT, LIMITS, POINT_BY_POINT

# What `compare` adds to a row that is not its own number: published by others, so never withheld.
PUBLISHED_BESIDE: Final = (
    "own_published",
    "england",
    "region_value",
    "region_name",
    "neighbours_mean",
    "neighbours_median",
    "neighbours_with",
    "neighbours_without",
    "neighbours_model",
    "better",
    "compared_with",
    "covers",
    *AGREED,  # a target is nobody's figure
)

BOUND_STEP: Final = 0.1  # as figures are printed
HANDED_ON: Final = "partner"  # the rule whose tables are combined afterwards


def released_rows(table: MeasureTable, book: Definition, rule: Rule) -> pl.DataFrame:
    """Return the rows of one measure by one definition as a rule shows them.

    Parameters
    ----------
    table : MeasureTable
        Rows of one measure and definition.
    book : Definition
        That definition.
    rule : Rule
        The disclosure rule.

    Returns
    -------
    polars.DataFrame
        The same columns. Withheld numbers are null with marker ``c``; value and limits are those of the rounded sides.

    Examples
    --------
    >>> from workforce.disclosure.rules import RULES
    >>> counts = pl.DataFrame({"team": ["A", "B"], "numerator": [3.0, 22.0], "people": [3, 22]})
    >>> table = measure_table(counts, "headcount", "in_post", by=["team"])
    >>> released_rows(table, table.definitions[0], RULES["board"]).select("team", "numerator", "marker").rows()
    [('A', None, 'c'), ('B', 20.0, None)]
    """
    frame = table.frame
    if book.public:
        is_cost = book.numerator is not None and book.unit == "£"
        # A cost follows from whole posts, as they are printed elsewhere.
        whole_posts = frame.with_columns(*_rounded(book, rule))
        return _recomputed(whole_posts, table.groups, book).select(frame.columns) if is_cost else frame
    withheld, no_rate, few_events = _small(book, rule)
    otherwise_few = _share_one_value(table, book, rule) & pl.col("marker").is_null()
    if is_past := book.counts_as_value and not isinstance(table, Forecast):
        otherwise_few |= few(pl.col("value"), rule) & pl.col("marker").is_null()
    if set(CONTRIBUTORS) <= set(table.added):
        otherwise_few |= _rests_on_few(rule) & pl.col("marker").is_null()
    # The exact spread is for `combine` and tests; only tables handed to the lead under an agreement keep it.
    spread = [c for c in SPREAD if c in table.added]
    exact = [c for c in EXACT_COLUMNS if c in table.added]
    columns = [c for c in frame.columns if c not in exact or rule.name == HANDED_ON]
    added = [c for c in table.added if c in columns]
    rounded = frame.with_columns(
        *_rounded(book, rule),
        *(_coarse_spread(book, rule) if spread else []),
        spread_of_area=pl.col("method") == OF_THE_AREA,
        standard_error=_two_figures((pl.col("upper") - pl.col("lower")) / (2 * z_value())) / _scale_of_row(book),
        withheld=withheld | otherwise_few,
        no_rate=no_rate,
        few_events=few_events & ~otherwise_few & ~no_rate,
    )
    if rule.headcounts_to is not None:
        rounded = _as_rounded(rounded, table, book, added, rule.headcounts_to if is_past else 1)
    released = (
        _without_withheld(rounded, added, book, rule)
        .with_columns(method=pl.when(pl.col("lower").is_null()).then(pl.lit("none")).otherwise("method"))
        .with_columns(_blurred(frame, added, pl.col("marker") == WITHHELD, book, rule))
    )
    if rule.headcounts_to is not None:
        released = with_precision(released, book, rule, pl.col("few_events"))
        columns = [*columns, *PRINTED]
    released = released.select(columns)
    if STATUS in added:
        released = released.with_columns(restated(frame, released))
    if set(BOUNDS) <= set(added):
        released = _with_bounds(released, book, rule).select(columns)
    # A change from a withheld year would give that year back: it is taken between the two figures that are shown.
    return with_change(table._with(released)).frame.select(columns) if "change" in added else released.select(columns)


def _without_withheld(rounded: pl.DataFrame, added: Sequence[str], book: Definition, rule: Rule) -> pl.DataFrame:
    """Rows without the figures that may not be shown, and with their marker.

    Parameters
    ----------
    rounded : polars.DataFrame
        Rows with whether each is `withheld`, has `no_rate` to be shown, or has `few_events` in its numerator only.
    added : sequence of str
        The columns that a measure added.
    book : Definition
        The definition of the rows.
    rule : Rule
        The disclosure rule.
    """
    rates = ["value", "lower", "upper", *(c for c in added if c not in PUBLISHED_BESIDE)]
    only_count = book.denominator is None

    def hidden_side(column: str) -> pl.Expr:
        # Days and FTE are not rounded to five: beside their denominator they would give the withheld rate back.
        side = book.numerator if column == "numerator" else None
        return pl.col("no_rate") if side is not None and not side.is_count and not only_count else pl.lit(value=False)

    def shown_side(column: str) -> pl.Expr:
        # A rule that rounds says between which counts a small one lies; what it is out of tells no more.
        return pl.col("few_events") if column != "numerator" and rule.headcounts_to else pl.lit(value=False)

    return rounded.with_columns(
        *[
            pl.when(shown_side(c) | ~(pl.col("withheld") | hidden_side(c))).then(pl.col(c)).alias(c)
            for c in ("numerator", "denominator", "people")
        ],
        *[pl.when(~pl.col("withheld") & (~pl.col("no_rate") | only_count)).then(pl.col(c)).alias(c) for c in rates],
        marker=pl.when(pl.col("withheld") | (pl.col("no_rate") & pl.lit(not only_count)))
        .then(pl.lit(WITHHELD))
        .otherwise("marker"),
    )


def _as_rounded(
    rounded: pl.DataFrame, table: MeasureTable, book: Definition, added: Sequence[str], step_of_stocks: float
) -> pl.DataFrame:
    """Value and limits of the rounded sides; of pay to a step of its unit, and of stocks without sides to a step of their own."""
    if book.numerator is not None:
        return _recomputed(rounded, table.groups, book)
    if book.is_pay:
        step = PAY_STEPS.get(book.unit, OTHER_PAY_STEP)
        return rounded.with_columns((to_nearest(pl.col(c), step) + 0.0).alias(c) for c in ("value", "lower", "upper"))
    if book.unit not in STOCKS:
        return rounded
    # A stock without sides, such as an outlook's: to whole numbers, its past to five, what is for each FTE to three figures.
    ours = [c for c in added if table.frame.schema[c] == pl.Float64 and c not in PUBLISHED_BESIDE]
    stocks = [pl.col(c) for c in ("value", "lower", "upper", *ours)]
    return rounded.with_columns(
        to_nearest(c, step_of_stocks) if book.unit in WHOLE_STOCKS else c.round_sig_figs(3) for c in stocks
    )


def _blurred(frame: pl.DataFrame, added: list[str], withheld: pl.Expr, book: Definition, rule: Rule) -> list[pl.Expr]:
    """Added figures of our own, so coarse that no withheld row can be had from them: a mean and all its points but one tell the one.

    Three significant figures where counts are rounded. Where any row of the table is withheld, two for counts of people and cases and three
    for days (whose sums are far larger than a small group's). Of an XmR chart nothing from which the exact figure of a point follows:
    no moving range, which is the difference of two points. Published comparators are not ours to blur.
    """
    of_people = book.numerator is not None and (book.numerator.is_count or book.numerator.kind == "fte")
    hidden = withheld.fill_null(value=False).any()
    blurred = [c for c in added if frame.schema[c] == pl.Float64 and c not in (*PUBLISHED_BESIDE, *BOUNDS)]
    exact = pl.lit(rule.headcounts_to is None)
    # Limits of a point that follow from the point before, or from few others, give exact figures back.
    by_point = (
        pl.col("judged_against").str.contains_any(list(POINT_BY_POINT)) if "judged_against" in added else pl.lit(None)
    )
    gives_back = {c: pl.lit(value=True) for c in EXACT} | {c: by_point.fill_null(value=False) for c in LIMITS}
    return [
        pl.when(exact & ~hidden)
        .then(c)
        .when(gives_back.get(c, pl.lit(value=False)))
        .then(None)
        .when(hidden)
        .then(pl.col(c).round_sig_figs(2 if of_people else 3))
        .otherwise(pl.col(c).round_sig_figs(3))
        .alias(c)
        for c in blurred
    ]


def _with_bounds(frame: pl.DataFrame, book: Definition, rule: Rule) -> pl.DataFrame:
    """Rows with their bounds rounded outwards. Where counts are rounded, bounds follow from those that are shown, and from no others."""
    if rule.headcounts_to is not None:
        up = (pl.col("refused") / rule.headcounts_to).ceil() * rule.headcounts_to
        frame = frame.with_columns(refused=up.cast(pl.Int64))
        rows = frame["refused"].fill_null(0).cast(pl.Float64).to_numpy()
        frame = with_limits(frame, book, Refused(rows, np.zeros(len(rows)), np.zeros(len(rows))))
    return frame.with_columns(
        lower_bound=((pl.col("lower_bound") / BOUND_STEP + 1e-9).floor() * BOUND_STEP).round(6) + 0.0,
        upper_bound=((pl.col("upper_bound") / BOUND_STEP - 1e-9).ceil() * BOUND_STEP).round(6) + 0.0,
    )


def _small(book: Definition, rule: Rule) -> tuple[pl.Expr, pl.Expr, pl.Expr]:
    """Which rows are withheld, which show their counts but no rate, and which are withheld for their few events alone."""
    has_figure = pl.col("marker").is_null()

    def few_on(column: str, side: Side | None) -> pl.Expr:
        # Few full-time equivalents are few people, and an FTE of 0.6 is one person's.
        guarded = side is not None and (side.is_count or side.kind == "fte")
        return few(pl.col(column), rule) if guarded else pl.lit(value=False)

    few_events = few_on("numerator", book.numerator)
    few_people = few(pl.col("people"), rule) | pl.col("people").is_null() | few_on("denominator", book.denominator)
    if book.is_closed:
        few_people |= few(pl.col("denominator") - pl.col("numerator"), rule)
    minimum = rule.pay_from if book.is_pay else rule.rates_from
    if book.is_pay:
        few_people |= pl.col("people") < minimum
    both_counted = all(side is not None and side.is_count for side in (book.numerator, book.denominator))
    return (
        # Behind a row of nobody (cases that no worker holds) there is nobody to protect.
        (few_events | few_people) & has_figure,
        pl.col("people").is_between(1, minimum - 1) & has_figure,
        few_events & ~few_people & has_figure & pl.lit(both_counted),
    )


def private_columns(groups: Sequence[str]) -> list[str]:
    """The columns that say of a person what others do not know.

    >>> private_columns(["locality", "leaving_reason"])
    ['leaving_reason']
    """
    columns = measure_book().columns
    return [c for c in groups if c in columns and columns[c].private]


def _share_one_value(table: MeasureTable, book: Definition, rule: Rule) -> pl.Expr:
    """Whether all people of a total, or all but few, are in one group of a private column: the table would tell it of each of them."""
    private = private_columns(table.groups)
    if not private or book.numerator is None or not book.numerator.is_count:
        return pl.lit(value=False)
    total = [*(c for c in table.groups if c not in private), *PERIOD_COLUMNS]
    count = pl.col("numerator")
    people = pl.col("denominator") if book.is_closed else count.sum().over(total)
    nearly_all = (count > 0) & (people - count < rule.small + HALF)
    return nearly_all.any().over(total).fill_null(value=False)


def _rests_on_few(rule: Rule) -> pl.Expr:
    """Whether a sum of days is that of few people, or mostly that of one or two: whoever knows their own would know the other's."""
    contributors, largest_share, two_largest = (pl.col(c) for c in CONTRIBUTORS)
    dominated = (largest_share > MOST_OF_ONE) | (two_largest > MOST_OF_TWO)
    if rule.name == HANDED_ON:  # who makes up most is judged once the organisations' tables are put together
        return few(contributors, rule)
    return (few(contributors, rule) | ((contributors > 0) & dominated)).fill_null(value=False)


def to_nearest(value: pl.Expr, step: float) -> pl.Expr:
    """The nearest multiple of a step, halves away from zero, as published figures are."""
    return ((value.abs() / step + 0.5 + 1e-9).floor() * step * value.sign()).round(6)


def _rounded(book: Definition, rule: Rule) -> list[pl.Expr]:
    if rule.headcounts_to is None:
        return []
    steps = {"people": to_nearest(pl.col("people"), rule.headcounts_to).cast(pl.Int64)}
    for column, side in (("numerator", book.numerator), ("denominator", book.denominator)):
        if side is not None:
            steps[column] = to_nearest(pl.col(column), rule.headcounts_to if side.is_count else 1)
    return [expression.alias(name) for name, expression in steps.items()]


def _coarse_spread(book: Definition, rule: Rule) -> list[pl.Expr]:
    """The spread behind limits that are worked out anew: so coarse that the limits do not tell one person's days."""
    if rule.headcounts_to is None:
        return []
    units = pl.col("units")
    if book.limits.startswith("log t"):
        units = pl.when(units >= FEWEST_UNITS[book.limits]).then(
            pl.max_horizontal(to_nearest(units, rule.headcounts_to), FEWEST_UNITS[book.limits])
        )
    return [_two_figures(pl.col("variance")), pl.col("largest").round_sig_figs(1), units.alias("units")]


def _two_figures(value: pl.Expr) -> pl.Expr:
    """Two significant figures: a standard error says no more, and tells nothing of a single person."""
    return value.round_sig_figs(2)


def _scale_of_row(book: Definition) -> pl.Expr:
    """What the ratio of the two sides was multiplied by in this row (annualised rates have their own)."""
    ratio = pl.col("numerator") / pl.col("denominator")
    return pl.when((ratio > 0) & ratio.is_finite()).then(pl.col("value") / ratio).otherwise(pl.lit(book.scale))


def _recomputed(rounded: pl.DataFrame, groups_of_table: Sequence[str], book: Definition) -> pl.DataFrame:
    """The same rows with value and limits from the rounded sides."""
    groups = [c for c in groups_of_table if c not in book.adds]
    with_rows = rounded.with_columns(row=pl.int_range(pl.len()).cast(pl.String))
    tables = []
    for (unit,), rows in with_rows.group_by("unit", maintain_order=True):
        annualised = str(unit) != book.unit
        tables.append(
            measure_table(
                rows.drop("value"), book.measure, book.definition, by=["row", *groups], annualised=annualised, book=book
            ).frame
        )
    fresh = pl.concat(tables).select("row", "value", "lower", "upper", "method")
    return with_rows.drop("value", "lower", "upper", "method").join(fresh, on="row", maintain_order="left").drop("row")
