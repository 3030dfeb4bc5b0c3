"""Hazard ratios: which comparisons have enough leavers behind them to be shown.

Promises: a level with few leavers is withheld, and with it every count of its covariate, because all levels of a covariate add up to the
same total; without enough leavers in the level that the others are compared with, the whole covariate is. Refuses: a fit that does not say
how many leavers are behind each level.
"""

from typing import Final

import polars as pl

from workforce.disclosure.rules import WITHHELD, Rule
from workforce.errors import DisclosureError
from workforce.measures.cox import FIT_TABLE, Fit

FEWEST_EVENTS: Final = 10  # measure book: withheld below 10 events; also what a coefficient needs (Peduzzi et al. 1995)
HAZARDS: Final = {
    **FIT_TABLE,
    "reference": pl.Boolean,
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

    Adds reference, spells and events of each level, `check` (the p value that the ratio does not change over time, by covariate), method,
    marker. The fit's `levels` (covariate, level, spells, events) are needed.
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
    order = {c: place for place, c in enumerate(fit.table["covariate"].unique(maintain_order=True).to_list())}
    checks = fit.proportionality.select("covariate", check="p_value")
    return (
        rows.join(
            levels.select("covariate", "level", *_COUNTS), on=["covariate", "level"], how="left", nulls_equal=True
        )
        .join(checks, on="covariate", how="left")
        .with_columns(method=pl.lit(fit.method), marker=pl.lit(None, pl.String))
        .sort(pl.col("covariate").replace_strict(order, return_dtype=pl.Int64), ~pl.col("reference"), "level")
        .select(pl.col(c).cast(dtype) for c, dtype in HAZARDS.items())
    )


def released_hazards(table: pl.DataFrame, rule: Rule) -> pl.DataFrame:
    """Hazard ratios with enough leavers behind them; counts rounded as the rule says, ratios to three significant figures."""
    if rule.name == "partner":
        return table
    few = pl.col("events").is_null() | (pl.col("events") < FEWEST_EVENTS)
    withheld = few | (few & pl.col("reference")).any().over("covariate")
    rounded = [
        (pl.col(c) if rule.headcounts_to is None else _to(pl.col(c), rule.headcounts_to)).alias(c) for c in _COUNTS
    ]
    figures = [
        pl.col(c).round_sig_figs(2 if c in ("standard_error", "p_value", "check") else 3).alias(c) for c in _FIGURES
    ]
    return (
        table.with_columns(withheld=withheld)
        .with_columns(any_withheld=pl.col("withheld").any().over("covariate"))
        .with_columns(*rounded, *figures)
        .with_columns(
            *[pl.when(~pl.col("withheld")).then(pl.col(c)).alias(c) for c in _FIGURES],
            *[pl.when(~pl.col("any_withheld")).then(pl.col(c)).alias(c) for c in _COUNTS],
            marker=pl.when("withheld").then(pl.lit(WITHHELD)),
        )
        .select(table.columns)
    )


def _to(count: pl.Expr, step: int) -> pl.Expr:
    """To the nearest step, halves up."""
    return ((count + step / 2) // step * step).cast(pl.Int64)
