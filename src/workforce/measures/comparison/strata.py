"""Sums over strata: expected events, rates at a standard's mix, and the limits of both.

Complete-case by stratum, with the strata that are left out by name; limits from the strata's own variances.
Sources: as in `standardise`.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl

from workforce.errors import UsageError
from workforce.measures.frame import NOT_AVAILABLE
from workforce.measures.intervals import FEW_EVENTS, SURELY, Array, Numbers, byar

_PERIOD = ("period_start", "period_end")


def dobson(rate: Numbers, variance: Numbers, events: Numbers, *, confidence: float = SURELY) -> tuple[Array, Array]:
    """Return the limits of a directly standardised rate; nan below ten events, where it is not shown.

    Parameters
    ----------
    rate : array of float
        The rates, bare ratios.
    variance : array of float
        Their variances: the sum over strata of (weight / size) squared x events (x events per person squared, where one person has
        several).
    events : array of float
        The whole counts.
    confidence : float
        Level of the limits.

    References
    ----------
    Dobson et al. (1991), Statistics in Medicine 10:457, on Byar's limits of the whole count.

    Examples
    --------
    >>> lower, upper = dobson([0.1], [0.0001], [100])
    >>> round(float(lower[0]), 4), round(float(upper[0]), 4)
    (0.0814, 0.1216)
    """
    value, spread, count = (np.asarray(v, dtype=np.float64) for v in (rate, variance, events))
    enough = count >= FEW_EVENTS
    safe = np.where(enough, count, FEW_EVENTS)
    step = np.sqrt(spread / safe)
    lower, upper = (value + step * (side - safe) for side in byar(safe, confidence=confidence))
    return np.where(enough, lower, np.nan), np.where(enough, upper, np.nan)


def _stratum_name(strata: Sequence[str]) -> pl.Expr:
    return pl.concat_str([pl.col(c).fill_null("unknown") for c in strata], separator=" / ")


def _for_no_unit() -> pl.Expr:
    """Where no unit is to blame: a stratum that is empty because an organisation has no records is told by the organisation's name."""
    return pl.col("left_out").list.len().fill_null(0) == 0


def _own_variance() -> pl.Expr:
    """Of the observed number: the stratum's own, else, where one person is alone in it, what the standard's people bring each."""
    alone = pl.col("variance").is_null() & (pl.col("people") == 1)
    return pl.when(alone).then(pl.col("people") * pl.col("per_person")).otherwise("variance")


def indirect(
    ready: pl.DataFrame, known: pl.DataFrame, strata: Sequence[str], groups: Sequence[str], *, between: bool
) -> pl.DataFrame:
    """Return every group and period with its observed and expected numbers, as sides of a measure table.

    Parameters
    ----------
    ready : polars.DataFrame
        The crude rows with `variance`, that of the numerator.
    known : polars.DataFrame
        The standard by stratum and period with count, size and per_person.
    strata, groups : sequence of str
        The columns whose mix is taken out, and those that remain.
    between : bool
        Whether the measure varies between people.
    """
    rate = pl.when(pl.col("size") > 0).then(pl.col("count") / pl.col("size"))
    joined = ready.join(known, on=[*strata, *_PERIOD], how="left", nulls_equal=True).with_columns(
        # Nobody in a stratum: nothing is expected of it, whatever the standard's rate.
        expected=pl.when(pl.col("denominator") == 0).then(0.0).otherwise(pl.col("denominator") * rate),
        own=_own_variance(),
        stratum=_stratum_name(strata),
    )
    kept = pl.col("numerator").is_not_null() & pl.col("expected").is_not_null()
    if joined.height and not joined.select((kept & (pl.col("denominator") > 0)).any()).item():
        raise UsageError(
            "the standard shares no stratum with the groups", where="reference=", hint="band and name the strata alike"
        )
    error = pl.when((pl.col("own").is_not_null() | ~kept).all()).then(pl.col("own").filter(kept).sum().sqrt())
    return (
        joined.group_by(*groups, *_PERIOD)
        .agg(
            numerator=pl.when(kept.any()).then(pl.col("numerator").filter(kept).sum()),
            denominator=pl.when(kept.any()).then(pl.col("expected").filter(kept).sum()),
            people=pl.when(kept.any()).then(pl.col("people").filter(kept).sum()),
            error=error if between else pl.lit(None, pl.Float64),
            marker=pl.when(~kept.any()).then(pl.lit(NOT_AVAILABLE)),
            now_out=pl.col("stratum").filter(~kept & _for_no_unit()),
            already_out=pl.col("left_out").explode().drop_nulls(),
        )
        .with_columns(
            standard_error=pl.col("error") / pl.col("denominator"),
            left_out=pl.concat_list("now_out", "already_out").list.unique().list.sort(),
        )
    )


def direct(
    ready: pl.DataFrame, known: pl.DataFrame, strata: Sequence[str], groups: Sequence[str], *, between: bool
) -> pl.DataFrame:
    """Return every group and period with the standard's numbers at the group's rates; arguments as in `indirect`.

    Each group meets every stratum of the standard: without one of them the standard's rate cannot be built.
    """
    weighted = known.filter(pl.col("size") > 0)
    each = ready.select(*groups, *_PERIOD).unique(maintain_order=True)
    grid = each.join(weighted, on=_PERIOD, how="left", nulls_equal=True)
    share = pl.col("size") / pl.col("denominator")
    known_here = pl.col("numerator").is_not_null() & (pl.col("denominator") > 0)
    joined = grid.join(
        ready.select(*groups, *strata, *_PERIOD, "numerator", "denominator", "people", "variance", "left_out"),
        on=[*groups, *strata, *_PERIOD],
        how="left",
        nulls_equal=True,
    ).with_columns(
        complete=known_here.fill_null(value=False),
        at_rates=pl.col("numerator") * share,
        spread=(_own_variance() if between else pl.col("numerator")) * share**2,
        stratum=_stratum_name(strata),
    )
    whole = pl.col("complete").all()
    if joined.height and not joined["complete"].any():
        raise UsageError(
            "the standard shares no stratum with the groups", where="reference=", hint="band and name the strata alike"
        )
    total = pl.col("size").sum()
    shown = whole if between else whole & (pl.col("numerator").sum() >= FEW_EVENTS)
    known_spread = pl.col("spread").is_not_null().all()
    return (
        joined.group_by(*groups, *_PERIOD)
        .agg(
            # What is not shown takes its numbers with it: they would tell the few events behind it.
            numerator=pl.when(shown).then(pl.col("at_rates").sum()),
            denominator=pl.when(shown).then(total),
            people=pl.when(shown).then(pl.col("people").sum()),
            events=pl.col("numerator").sum(),
            standard_error=pl.when(shown & known_spread).then(pl.col("spread").sum().sqrt() / total),
            marker=pl.when(~shown).then(pl.lit(NOT_AVAILABLE)),
            now_out=pl.col("stratum").filter(~pl.col("complete") & _for_no_unit()),
            already_out=pl.col("left_out").explode().drop_nulls(),
        )
        .with_columns(left_out=pl.concat_list("now_out", "already_out").list.unique().list.sort())
    )


def with_dobson_limits(result: pl.DataFrame, sides: pl.DataFrame, groups: Sequence[str]) -> pl.DataFrame:
    """The limits of direct rates of counts, which do not follow from the two sides alone."""
    keys = [*groups, *_PERIOD]
    parts = result.select(keys).join(
        sides.select(*keys, "numerator", "denominator", "standard_error", "events"),
        on=keys,
        how="left",
        nulls_equal=True,
        maintain_order="left",
    )
    rate = (parts["numerator"] / parts["denominator"]).to_numpy()
    lower, upper = dobson(rate, parts["standard_error"].to_numpy() ** 2, parts["events"].to_numpy())
    with np.errstate(invalid="ignore", divide="ignore"):
        scale = result["value"].to_numpy() / rate
    shown = pl.col("value").is_not_null()
    return result.with_columns(
        lower=pl.when(shown).then(pl.Series(lower * scale).fill_nan(None)),
        upper=pl.when(shown).then(pl.Series(upper * scale).fill_nan(None)),
        method=pl.when(shown).then(pl.lit("Dobson")).otherwise(pl.lit("none")),
    )
