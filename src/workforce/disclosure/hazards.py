"""Hazard ratios and tests: which comparisons have enough leavers behind them to be shown.

A level with few leavers is withheld; where counts are exact another level's goes with it, because all levels of a covariate add up to the
same total; without enough leavers in the level that the others are compared with, the whole covariate is withheld. A level without any
leaver, of enough people, is shown: 0 is no small number, and its limit follows from how many were at risk.
"""

from typing import Final

import polars as pl

from workforce.disclosure.rules import WITHHELD, Rule
from workforce.results import Hazards, Test

FEWEST_EVENTS: Final = 10  # measure book: withheld below 10 events; also what a coefficient needs (Peduzzi et al. 1995)
_FIGURES: Final = ("coefficient", "standard_error", "hazard_ratio", "lower", "upper", "p_value", "check")
_COUNTS: Final = ("spells", "events")
TOO_FEW: Final = "withheld, because few leavers are behind it"


def released_hazards(hazards: Hazards, rule: Rule) -> Hazards:
    """Return hazard ratios with enough leavers behind them; counts rounded as the rule says, ratios to three significant figures.

    Counts that are not rounded would give a withheld one back, as what is left of those of another covariate: then the counts (not the
    ratio) of the next smallest level are withheld too, until those withheld are of as many leavers as a ratio needs.
    """
    # The fitted model holds exact figures; it stays behind.
    if rule.name == "partner":
        return hazards._with(hazards.frame, fit=None)
    table = hazards.frame
    nobody_left = (pl.col("events") == 0) & (pl.col("spells") >= FEWEST_EVENTS) & ~pl.col("reference")
    few = pl.col("events").is_null() | ((pl.col("events") < FEWEST_EVENTS) & ~nobody_left)
    few_events = pl.col("marker").is_null() & few
    withheld = few_events | (few_events & pl.col("reference")).any().over("covariate")
    rounded = [
        (pl.col(c) if rule.headcounts_to is None else _to(pl.col(c), rule.headcounts_to)).alias(c) for c in _COUNTS
    ]
    figures = [
        pl.col(c).round_sig_figs(2 if c in ("standard_error", "p_value", "check") else 3).alias(c) for c in _FIGURES
    ]
    judged = table.with_columns(withheld=withheld)
    uncounted = judged["withheld"] if rule.headcounts_to is not None else _not_counted(judged)
    released = (
        judged.with_columns(*rounded, *figures, uncounted=uncounted)
        .with_columns(
            *[pl.when(~pl.col("withheld")).then(pl.col(c)).alias(c) for c in _FIGURES],
            *[pl.when(~pl.col("uncounted")).then(pl.col(c)).alias(c) for c in _COUNTS],
            marker=pl.when("withheld").then(pl.lit(WITHHELD)).otherwise("marker"),
        )
        .select(table.columns)
    )
    return hazards._with(released, fit=None)


def released_test(test: Test, rule: Rule) -> Test:
    """Return a test without the counts behind it, and without its figures where few leavers are behind it."""
    is_small = pl.col("left_out").is_between(1, rule.small)
    frame = test.frame.with_columns(left_out=pl.when(~is_small).then("left_out"))
    leavers = test.table["observed"].sum() if "observed" in test.table.columns else 0
    if test.statistic is not None and leavers < FEWEST_EVENTS:
        frame = frame.with_columns(pl.lit(None, frame.schema[c]).alias(c) for c in ("statistic", "df", "p_value"))
        return test._with(frame, table=None, reasons=[*test.reasons, TOO_FEW])
    return test._with(frame, table=None)


def _not_counted(judged: pl.DataFrame) -> pl.Series:
    """Which counts are withheld: those of withheld levels, and of the next smallest while those are of one level or of few leavers."""
    hidden: set[int] = set()
    rows = judged.select("covariate", "withheld", pl.col("events").fill_null(0)).with_row_index("row")
    for _, levels in rows.group_by("covariate", maintain_order=True):
        withheld = levels.filter("withheld")
        # The count of a level without leavers hides nothing: its limit says that there are none.
        for row in levels.filter(~pl.col("withheld") & (pl.col("events") > 0)).sort("events", "row")["row"]:
            if withheld.is_empty() or (len(withheld) > 1 and withheld["events"].sum() >= FEWEST_EVENTS):
                break
            withheld = pl.concat([withheld, levels.filter(pl.col("row") == row)])
        hidden.update(withheld["row"])
    return pl.Series("uncounted", [row in hidden for row in range(len(judged))], dtype=pl.Boolean)


def _to(count: pl.Expr, step: int) -> pl.Expr:
    """To the nearest step, halves up."""
    return ((count + step / 2) // step * step).cast(pl.Int64)
