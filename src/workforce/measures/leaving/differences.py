"""Differences between groups, with limits: of the share still there at a time, or of the mean time stayed."""

from collections.abc import Sequence

import polars as pl

from workforce.errors import UsageError, did_you_mean
from workforce.measures.intervals import z_value
from workforce.results import Summary


def difference(summary: Summary, *, against: str | Sequence[str] | None = None) -> pl.DataFrame:
    """Each group's figure less that of the group it is compared with, with limits. Exact figures, for analysts.

    Parameters
    ----------
    summary : Summary
        What `retained_at` or `restricted_mean` returned. The groups must be of different people: someone in two groups would make the
        limits wrong.
    against : str or sequence of str, optional
        The group to compare with: its value, or one for each group column; the first in order when not given.

    Returns
    -------
    polars.DataFrame
        by, time (where the summary has it), against, value, standard_error, lower, upper (95%, normal) and p_value (two-sided). Null where
        either figure is.

    Raises
    ------
    UsageError
        Where there are no groups, `against` is not among them, or something other than a summary is given.

    Examples
    --------
    >>> from workforce.measures.leaving.life_table import life_table, restricted_mean
    >>> stays = pl.DataFrame({"entry": 0, "exit": [4, 8, 2, 6], "event": True, "team": ["A", "A", "B", "B"]})
    >>> difference(restricted_mean(life_table(stays, by="team"), 10)).select("team", "against", "value", "standard_error").rows()
    [('B', 'A', -2.0, 2.0)]
    """
    if not isinstance(summary, Summary):
        raise UsageError(
            "expected figures read off a life table, got something else",
            hint="give what retained_at or restricted_mean returned",
        )
    figures = summary.frame
    timed = "time" in summary.groups
    groups = [c for c in summary.groups if c != "time"]
    if not groups:
        raise UsageError("there are no groups to compare", hint="make the life table with by=")
    names = figures.select(groups).unique(maintain_order=True)
    reference = dict(zip(groups, _chosen(names, against), strict=True))
    within = ["time"] if timed else []
    is_it = pl.all_horizontal(pl.col(c).eq_missing(pl.lit(value, pl.String)) for c, value in reference.items())
    theirs = figures.filter(is_it).select(*within, other="value", other_error="standard_error")
    ours = figures.filter(~is_it)
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
        choices = [" / ".join(str(value) for value in row) for row in names.rows()]
        raise UsageError(
            "the group to compare with is not among those of the summary",
            where="against=",
            hint=did_you_mean(" / ".join(wanted), choices),
        )
    return wanted


def _two_sided(z: pl.Series) -> pl.Series:
    from scipy.special import ndtr

    return pl.Series(2 * ndtr(-z.abs().fill_null(float("nan")).to_numpy())).fill_nan(None)
