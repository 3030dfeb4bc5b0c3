"""Life tables: curves in blocks, so that no step shows one person's leaving day.

Promises: what is shown follows from cumulative counts at the midpoints of sixes, and ends where fewer people are at risk than a rate needs.
Refuses: nothing; a curve of few people is withheld whole.
"""

import polars as pl

from workforce.disclosure.rules import BLOCK, WITHHELD, Rule
from workforce.measures.life_table import curve_of


def released_curve(table: pl.DataFrame, rule: Rule) -> pl.DataFrame:
    """A life table in blocks: cumulative counts at the midpoints of sixes, so that no step shows one person's leaving day."""
    if rule.name == "partner":
        return table
    groups = [c for c in table.columns if table.schema[c] == pl.String and c != "marker"]
    parts = []
    for _, part in table.group_by(groups or [pl.lit(1)], maintain_order=True):
        ordered = part.sort("time")
        if ordered["entered"].sum() <= rule.small or ordered["left"].sum() <= rule.small:
            parts.append(_withheld_curve(ordered))
            continue
        counts = ordered.with_columns(_midpoint(pl.col(c).cum_sum()).alias(c) for c in ("entered", "left", "censored"))
        changed = counts.filter(
            pl.any_horizontal(pl.col(c) != pl.col(c).shift(1).fill_null(0.0) for c in ("entered", "left", "censored"))
        ).with_columns(pl.col(c) - pl.col(c).shift(1).fill_null(0.0) for c in ("entered", "left", "censored"))
        curve = curve_of(changed.select(*groups, "time", "entered", "left", "censored"), groups)
        parts.append(_only_while_enough(curve, ordered, rule))
    return pl.concat(parts, how="vertical_relaxed") if parts else table


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
    fewest = max(rule.rates_from, rule.small + 1)
    leaving = curve.filter(pl.col("left") > 0)
    short = leaving.filter(pl.col("at_risk") < fewest)
    if short.is_empty():
        return curve
    first = short["time"].min()
    kept = curve.filter(pl.col("time") < first)
    return kept if kept.filter(pl.col("left") > 0).height else _withheld_curve(exact)
