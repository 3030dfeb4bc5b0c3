"""Life tables: curves in blocks, so that no step shows one person's leaving day, and the figures that are read off them.

What is shown follows from cumulative counts of people at the midpoints of sixes, and ends where fewer people are at risk than a rate needs.
Sums of weights, such as hours of work, are no counts of people: the steps of such a curve are those of its people, and the sums themselves
are never shown. A curve of few people is withheld whole.
"""

from typing import Final

import polars as pl

from workforce.disclosure.rules import BLOCK, WITHHELD, Rule
from workforce.results import FIRST, Curve, Summary
from workforce.stats.life_table import PEOPLE_COUNTS, curve_of, is_weighted, life_keys
from workforce.stats.survival import COUNTS

_DIGITS: Final = 3  # of a weighted share: a thousandth


def released_curve(curve: Curve, rule: Rule) -> Curve:
    """Return a life table in blocks: cumulative counts at the midpoints of sixes, so that no step shows one person's leaving day.

    A weighted table needs the counts of people that `life_table` puts beside its sums. It is shown with those, and at each step with the
    weighted share that held when the number of leavers shown had gone.
    """
    if rule.name == "partner":
        return curve
    table, weighted, groups = curve.frame, is_weighted(curve), life_keys(curve)
    curves = []
    for _, group in table.group_by(groups or [pl.lit(1)], maintain_order=True):
        exact = group.sort("time")
        ordered = _by_people(exact) if weighted else exact
        if ordered["entered"].sum() <= rule.small or ordered["left"].sum() <= rule.small:
            curves.append(_withheld_curve(ordered))
            continue
        counts = ordered.with_columns(_midpoint(pl.col(c).cum_sum()).alias(c) for c in COUNTS)
        changed = counts.filter(
            pl.any_horizontal(pl.col(c) != pl.col(c).shift(1).fill_null(0.0) for c in COUNTS)
        ).with_columns(pl.col(c) - pl.col(c).shift(1).fill_null(0.0) for c in COUNTS)
        steps = curve_of(changed.select(*groups, "time", *COUNTS), groups)
        curves.append(_only_while_enough(_weighted_steps(steps, exact) if weighted else steps, ordered, rule))
    return curve._with(pl.concat(curves, how="vertical_relaxed")) if curves else curve


def released_summary(summary: Summary, rule: Rule) -> Summary:
    """Return figures as they follow from the released life table, so that they say no more than it does.

    A group without a figure there has none; it is withheld where the group's curve is.
    """
    if rule.name == "partner":
        return summary
    curve = released_curve(summary.curve, rule)
    keys = [*FIRST, *summary.groups]
    figures = summary.frame.select(keys).join(
        summary.read_off(curve).frame, on=keys, how="left", nulls_equal=True, maintain_order="left"
    )
    return summary._with(figures, curve=curve)


def _by_people(part: pl.DataFrame) -> pl.DataFrame:
    """A weighted table with the counts of its people in place of the sums of their weights."""
    names = dict(zip(COUNTS, PEOPLE_COUNTS, strict=True))
    return part.with_columns(**{c: pl.col(people) for c, people in names.items()}).drop(PEOPLE_COUNTS)


def _weighted_steps(curve: pl.DataFrame, exact: pl.DataFrame) -> pl.DataFrame:
    """The curve of people with the weighted share, and its limits, where so many had left as the curve says."""
    people_left = exact["people_left"].cum_sum()
    leavers_shown = curve["left"].cum_sum()
    place = people_left.search_sorted(leavers_shown, side="left").clip(0, len(exact) - 1)
    figures = exact.select(pl.col("value", "lower", "upper").round(_DIGITS))[place]
    before = pl.Series(leavers_shown == 0)
    return curve.with_columns(
        value=pl.select(pl.when(before).then(1.0).otherwise(figures["value"])).to_series(),
        lower=pl.select(pl.when(~before).then(figures["lower"])).to_series(),
        upper=pl.select(pl.when(~before).then(figures["upper"])).to_series(),
    )


def _midpoint(count: pl.Expr) -> pl.Expr:
    """Every count from 1 to 6 as 3, from 7 to 12 as 9, and so on; 0 stays 0."""
    return pl.when(count > 0).then((count / BLOCK).ceil() * BLOCK - BLOCK / 2).otherwise(0.0)


def _withheld_curve(part: pl.DataFrame) -> pl.DataFrame:
    """One row that says that a group's curve is withheld."""
    figures = ("entered", "at_risk", "left", "censored", "value", "lower", "upper")
    return part.head(1).with_columns(
        *[pl.lit(None, part.schema[c]).alias(c) for c in figures],
        time=pl.lit(0).cast(part.schema["time"]),
        marker=pl.lit(WITHHELD),
    )


def _only_while_enough(curve: pl.DataFrame, exact: pl.DataFrame, rule: Rule) -> pl.DataFrame:
    """The curve up to where fewer people than a rate needs are at risk; all of it withheld where that is so from the beginning."""
    minimum = max(rule.rates_from, rule.small + 1)
    leaving = curve.filter(pl.col("left") > 0)
    short = leaving.filter(pl.col("at_risk") < minimum)
    if short.is_empty():
        return curve
    first = short["time"].min()
    enough = curve.filter(pl.col("time") < first)
    return enough if enough.filter(pl.col("left") > 0).height else _withheld_curve(exact)
