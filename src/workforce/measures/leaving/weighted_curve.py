"""A curve in which each person counts by a weight, such as their hours, with limits that are between people.

What each spell moved the curve, squared and added up (the infinitesimal jackknife), gives the limits. They do not follow from sums of
weights, and so do not add up over organisations.
"""

from collections.abc import Sequence

import polars as pl

from workforce.measures.intervals import z_value
from workforce.measures.leaving.incidence import incidence_table
from workforce.measures.leaving.life_table import life_table
from workforce.results import Curve


def weighted_curve(spells: pl.DataFrame, *, by: Sequence[str], weight: str) -> Curve:
    """The life table of spells (entry, exit, event) with weights, its limits those of R's `survfit(weights =, conf.type = "log-log")`.

    R's weights there are no counts.

    >>> spells = pl.DataFrame({"entry": [0, 0, 0], "exit": [1, 2, 2], "event": [True, False, False], "fte": [0.5, 1.0, 0.5]})
    >>> weighted_curve(spells, by=[], weight="fte").frame.select("time", "at_risk", "left", "value", pl.col("lower").round(4)).row(1)
    (1, 2.0, 0.5, 0.75, 0.0901)
    """
    curve = life_table(spells, by=by, weight=weight)
    table = curve.frame
    gone = spells.with_columns(cause=pl.when(pl.col("event").cast(pl.Boolean)).then(pl.lit("left")))
    left = incidence_table(gone, by=by, weight=weight).frame.select(
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
    carried = pl.col("lower", "upper").forward_fill()
    return curve._with(
        table.drop("lower", "upper")
        .join(limits, on=[*by, "time"], how="left", nulls_equal=True, maintain_order="left")
        .with_columns(carried.over(by) if by else carried)
        .with_columns(pl.when((pl.col("value") > 0) & (pl.col("value") < 1)).then(pl.col("lower", "upper")))
        .select(table.columns)
    )
