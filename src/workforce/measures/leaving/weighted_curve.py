"""A curve in which each person counts by a weight, such as their hours, with limits that are between people.

Promises: the limits are those of R's `survfit(Surv(entry, exit, event) ~ 1, weights =, conf.type = "log-log")`, weights being no counts:
what each spell moved the curve, squared and added up (the infinitesimal jackknife). They do not follow from sums of weights, and so do not
add up over organisations. Refuses: what `checked_spells` refuses.
"""

from collections.abc import Sequence

import polars as pl

from workforce.measures.intervals import z_value
from workforce.measures.leaving.incidence import incidence_table
from workforce.measures.leaving.life_table import life_table


def weighted_curve(spells: pl.DataFrame, *, by: Sequence[str], weight: str) -> pl.DataFrame:
    """The life table of spells (entry, exit, event) with weights. Returns its columns, and the counts of people.

    >>> spells = pl.DataFrame({"entry": [0, 0, 0], "exit": [1, 2, 2], "event": [True, False, False], "fte": [0.5, 1.0, 0.5]})
    >>> weighted_curve(spells, by=[], weight="fte").select("time", "at_risk", "left", "value", pl.col("lower").round(4)).row(1)
    (1, 2.0, 0.5, 0.75, 0.0901)
    """
    table = life_table(spells, by=by, weight=weight)
    gone = spells.with_columns(cause=pl.when(pl.col("event").cast(pl.Boolean)).then(pl.lit("left")))
    left = incidence_table(gone, by=by, weight=weight).select(
        *by, "time", stayed=1 - pl.col("value"), error="standard_error"
    )
    inside = (pl.col("stayed") > 0) & (pl.col("stayed") < 1)
    log_value = pl.col("stayed").log()
    spread = (z_value() * pl.col("error") / pl.col("stayed") / -log_value).exp()
    limits = left.select(
        *by,
        "time",
        lower=pl.when(inside).then((log_value * spread).exp()),
        upper=pl.when(inside).then((log_value / spread).exp()),
    )
    # The curve moves only where someone left; between such times everything stays as it was.
    held = pl.col("lower", "upper").forward_fill()
    return (
        table.drop("lower", "upper")
        .join(limits, on=[*by, "time"], how="left", nulls_equal=True, maintain_order="left")
        .with_columns(held.over(by) if by else held)
        .with_columns(pl.when((pl.col("value") > 0) & (pl.col("value") < 1)).then(pl.col("lower", "upper")))
        .select(table.columns)
    )
