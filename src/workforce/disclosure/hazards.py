"""Hazard ratios: which comparisons have enough leavers behind them to be shown.

Promises: a level with few leavers is withheld; where counts are exact another level's goes with it, because all levels of a covariate add
up to the same total; without enough leavers in the level that the others are compared with, the whole covariate is. Refuses: a fit that
does not say how many leavers are behind each level.
"""

from typing import Final

import polars as pl

from workforce.disclosure.rules import WITHHELD, Rule
from workforce.errors import DisclosureError
from workforce.measures.frame import NOT_AVAILABLE
from workforce.measures.leaving.cox import FIT_TABLE, Fit

FEWEST_EVENTS: Final = 10  # measure book: withheld below 10 events; also what a coefficient needs (Peduzzi et al. 1995)
HAZARDS: Final = {
    **FIT_TABLE,
    "reference": pl.Boolean,
    "per": pl.Float64,
    "spells": pl.Int64,
    "events": pl.Int64,
    "check": pl.Float64,
    "method": pl.String,
    "marker": pl.String,
}
_FIGURES: Final = ("coefficient", "standard_error", "hazard_ratio", "lower", "upper", "p_value", "check")
_COUNTS: Final = ("spells", "events")


def is_hazards(table: pl.DataFrame) -> bool:
    """Whether a table is what `hazard_rows` returned.

    >>> is_hazards(pl.DataFrame(schema=HAZARDS))
    True
    """
    return set(HAZARDS) <= set(table.columns)


def hazard_rows(fit: Fit) -> pl.DataFrame:
    """The table of a fit with what release looks at: a row for every level, the one that others are compared with too (ratio 1).

    Adds reference, per (of a number: how much more of it the ratio is of), spells and events of each level, `check` (the p value that the
    ratio does not change over time, by covariate), method, marker. The fit's `levels` (covariate, level, spells, events) are needed.
    """
    levels: pl.DataFrame | None = getattr(fit, "levels", None)
    if levels is None or not {"covariate", "level", *_COUNTS} <= set(levels.columns):
        raise DisclosureError(
            "the fit does not say how many leavers are behind each level", hint="fit it again with this version"
        )
    references = pl.DataFrame(
        [
            {"covariate": covariate, "level": level, "coefficient": 0.0, "hazard_ratio": 1.0, "reference": True}
            for covariate, level in fit.references.items()
        ],
        schema={c: HAZARDS[c] for c in (*FIT_TABLE, "reference")},
    )
    rows = pl.concat([references, fit.table.with_columns(reference=pl.lit(value=False)).select(references.columns)])
    # A covariate of one level has no ratio, and no row in the fit's table.
    order = {c: place for place, c in enumerate(levels["covariate"].unique(maintain_order=True).to_list())}
    checks = fit.proportionality.select("covariate", check="p_value")
    per = pl.col("covariate").replace_strict(dict(fit.per), default=1.0, return_dtype=pl.Float64)
    return (
        rows.join(
            levels.select("covariate", "level", *_COUNTS), on=["covariate", "level"], how="left", nulls_equal=True
        )
        .join(checks, on="covariate", how="left")
        .with_columns(
            method=pl.lit(fit.method),
            marker=pl.when(pl.col("spells") == 0).then(pl.lit(NOT_AVAILABLE)),  # nothing is recorded of it
            per=pl.when(pl.col("level").is_null()).then(per),
        )
        .sort(pl.col("covariate").replace_strict(order, return_dtype=pl.Int64), ~pl.col("reference"), "level")
        .select(pl.col(c).cast(dtype) for c, dtype in HAZARDS.items())
    )


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
