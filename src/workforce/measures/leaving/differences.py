"""Differences between groups, with limits: of the share still there at a time, or of the mean time stayed.

Promises: each group is compared with one other, the groups being different people; the limits are normal, from the two standard errors.
Refuses: figures without groups or standard errors.
"""

from collections.abc import Sequence

import polars as pl

from workforce.errors import UsageError, did_you_mean
from workforce.measures.frame import need
from workforce.measures.intervals import z_value

_FIGURES = ("time", "value", "standard_error", "lower", "upper")


def difference(summary: pl.DataFrame, *, against: str | Sequence[str] | None = None) -> pl.DataFrame:
    """Each group's figure less that of the group it is compared with, from what `retained_at` or `restricted_mean` returned.

    against: the group to compare with: its value, or one for each group column; the first in order when not given.
    Returns by..., time (where the summary has it), against, value, standard_error, lower, upper (95%), p_value (two-sided). Null where
    either figure is. A person who is in both groups would make the limits wrong: groups are of different people.

    >>> summary = pl.DataFrame({"team": ["A", "B"], "value": [0.9, 0.6], "standard_error": [0.03, 0.04], "lower": 0.0, "upper": 1.0})
    >>> difference(summary).select("team", "against", pl.col("value", "standard_error").round(4)).rows()
    [('B', 'A', -0.3, 0.05)]
    """
    need(summary, ["value", "standard_error"], what="the summary")
    groups = [c for c in summary.columns if c not in _FIGURES]
    if not groups:
        raise UsageError("there are no groups to compare", hint="make the life table with by=")
    names = summary.select(groups).unique(maintain_order=True)
    reference = dict(zip(groups, _chosen(names, against), strict=True))
    within = ["time"] if "time" in summary.columns else []
    is_it = pl.all_horizontal(pl.col(c).eq_missing(pl.lit(value, pl.String)) for c, value in reference.items())
    theirs = summary.filter(is_it).select(*within, other="value", other_error="standard_error")
    ours = summary.filter(~is_it)
    both = ours.join(theirs, on=within, how="left", maintain_order="left") if within else ours.join(theirs, how="cross")
    half = z_value() * pl.col("error")
    return (
        both.with_columns(
            gap=pl.col("value") - pl.col("other"),
            error=(pl.col("standard_error") ** 2 + pl.col("other_error") ** 2).sqrt(),
        )
        .with_columns(pl.when(pl.col("error") > 0).then(pl.col("gap") / pl.col("error")).alias("z"))
        .select(
            *groups,
            *within,
            against=pl.lit(" / ".join("not recorded" if value is None else value for value in reference.values())),
            value=pl.when(pl.col("error").is_not_null()).then("gap"),
            standard_error="error",
            lower=pl.col("gap") - half,
            upper=pl.col("gap") + half,
            p_value=pl.col("z").map_batches(_two_sided, return_dtype=pl.Float64),
        )
    )


def _chosen(names: pl.DataFrame, against: str | Sequence[str] | None) -> tuple[str | None, ...]:
    if against is None:
        return names.row(0)
    wanted = (against,) if isinstance(against, str) else tuple(against)
    if wanted not in names.rows():
        known = [" / ".join(str(value) for value in row) for row in names.rows()]
        raise UsageError(
            "the group to compare with is not among those of the summary",
            where="against=",
            hint=did_you_mean(" / ".join(wanted), known),
        )
    return wanted


def _two_sided(z: pl.Series) -> pl.Series:
    from scipy.special import ndtr

    return pl.Series(2 * ndtr(-z.abs().fill_null(float("nan")).to_numpy())).fill_nan(None)
