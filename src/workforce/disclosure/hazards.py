"""Hazard ratios: which comparisons have enough leavers behind them to be shown.

Promises: a level with few leavers is withheld; where counts are exact another level's goes with it, because all levels of a covariate add
up to the same total; without enough leavers in the level that the others are compared with, the whole covariate is. Refuses: a fit that
does not say how many leavers are behind each level.
"""

from typing import Final

import polars as pl

from workforce.disclosure.rules import WITHHELD, Rule

FEWEST_EVENTS: Final = 10  # measure book: withheld below 10 events; also what a coefficient needs (Peduzzi et al. 1995)
_FIGURES: Final = ("coefficient", "standard_error", "hazard_ratio", "lower", "upper", "p_value", "check")
_COUNTS: Final = ("spells", "events")


def released_hazards(table: pl.DataFrame, rule: Rule) -> pl.DataFrame:
    """Hazard ratios with enough leavers behind them; counts rounded as the rule says, ratios to three significant figures.

    Counts that are not rounded would give a withheld one back, as what is left of those of another covariate: then the counts (not the
    ratio) of the next smallest level are withheld too, until those withheld are of as many leavers as a ratio needs.
    """
    if rule.name == "partner":
        return table
    few = pl.col("marker").is_null() & (pl.col("events").is_null() | (pl.col("events") < FEWEST_EVENTS))
    withheld = few | (few & pl.col("reference")).any().over("covariate")
    rounded = [
        (pl.col(c) if rule.headcounts_to is None else _to(pl.col(c), rule.headcounts_to)).alias(c) for c in _COUNTS
    ]
    figures = [
        pl.col(c).round_sig_figs(2 if c in ("standard_error", "p_value", "check") else 3).alias(c) for c in _FIGURES
    ]
    marked = table.with_columns(withheld=withheld)
    uncounted = marked["withheld"] if rule.headcounts_to is not None else _not_counted(marked)
    return (
        marked.with_columns(*rounded, *figures, uncounted=uncounted)
        .with_columns(
            *[pl.when(~pl.col("withheld")).then(pl.col(c)).alias(c) for c in _FIGURES],
            *[pl.when(~pl.col("uncounted")).then(pl.col(c)).alias(c) for c in _COUNTS],
            marker=pl.when("withheld").then(pl.lit(WITHHELD)).otherwise("marker"),
        )
        .select(table.columns)
    )


def _not_counted(marked: pl.DataFrame) -> pl.Series:
    """Which counts are withheld: those of withheld levels, and of the next smallest while those are of one level or of few leavers."""
    hidden: set[int] = set()
    numbered = marked.select("covariate", "withheld", pl.col("events").fill_null(0)).with_row_index("row")
    for _, levels in numbered.group_by("covariate", maintain_order=True):
        own = levels.filter("withheld")
        for row in levels.filter(~pl.col("withheld")).sort("events", "row")["row"]:
            if own.is_empty() or (len(own) > 1 and own["events"].sum() >= FEWEST_EVENTS):
                break
            own = pl.concat([own, levels.filter(pl.col("row") == row)])
        hidden.update(own["row"])
    return pl.Series("uncounted", [row in hidden for row in range(len(marked))], dtype=pl.Boolean)


def _to(count: pl.Expr, step: int) -> pl.Expr:
    """To the nearest step, halves up."""
    return ((count + step / 2) // step * step).cast(pl.Int64)
