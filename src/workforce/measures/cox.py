"""Proportional hazards: how many times as fast one group leaves as another, all else in the model equal.

Promises: Cox (1972) with Efron's handling of ties, delayed entry and strata, fitted to the last digit. It is fitted from counts of
covariate patterns, so that the added tables of several organisations give the fit of all their people, and a million spells in whole
days cost little more than a thousand. Covariates with many values take the same way, pattern by pattern.
Refuses: a covariate that alone decides who leaves, and what `hazard_table` refuses.
Sources: Cox (1972); Efron (1977); Lin & Wei (1989); Grambsch & Therneau (1994). The oracles are R's survival and lifelines.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from workforce.errors import InputError, UsageError
from workforce.measures.cox_check import proportionality, robust_variance
from workforce.measures.cox_sums import Sums, sums_at
from workforce.measures.cox_tables import Named, names_of, patterns_of, patterns_of_tables, risk_sets
from workforce.measures.frame import as_by, eager
from workforce.measures.intervals import z_value
from workforce.measures.spells import COUNTS, numbered

FIT_TABLE: Final = {
    "covariate": pl.String,
    "level": pl.String,
    "coefficient": pl.Float64,
    "standard_error": pl.Float64,
    "hazard_ratio": pl.Float64,
    "lower": pl.Float64,
    "upper": pl.Float64,
    "p_value": pl.Float64,
}
_STEPS: Final = 60
_CLOSE: Final = (
    1e-12  # squared length of a Newton step, in standard errors: what is left after it is of the order of that square
)
_ROUNDING: Final = 1e-12  # of the log likelihood: a step that loses no more has not gone too far
_SINGULAR: Final = 1e-10  # smallest eigenvalue of the information scaled to ones on its diagonal
_SAME: Final = (
    1e-9  # share of a covariate's information that is left beside the others: below it there is only rounding
)
_HINT: Final = "leave a covariate out, or join levels"
_LONGEST_STEP: Final = 5.0  # in logs of the hazard
_NO_END: Final = 25.0  # logs of the hazard between two patterns: a ratio of 7e10 is one without end

Frame = pl.DataFrame | pl.LazyFrame
Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Fit:
    """A fitted model of hazards.

    table: covariate, level (null for a number), coefficient, standard_error, hazard_ratio, lower, upper (95%), p_value (Wald). A level
    at which nobody left has hazard ratio 0 and no other figure; one that the covariates before it and the strata say already (a staff
    group that only one organisation has) has none, as in R. proportionality: covariate (and `global`), statistic, df, p_value of the
    check that the ratios do not change over time. references: the level that the others of each covariate are compared with.
    left_out: spells with a missing covariate. method: how the standard errors were made, in words. levels: covariate, level (null for a
    number), spells and events behind each level, the reference among them: what `release` looks at.
    """

    table: pl.DataFrame
    log_likelihood: float
    proportionality: pl.DataFrame
    null_log_likelihood: float
    spells: int
    events: int
    left_out: int
    method: str
    references: Mapping[str, str] = field(default_factory=dict)
    levels: pl.DataFrame = field(default_factory=pl.DataFrame)


def cox(
    frame: Frame,
    *,
    entry: str | None = "entry",
    exit: str = "exit",  # noqa: A002 - the word of the field, and of the public interface
    event: str = "event",
    covariates: Sequence[str] | str,
    strata: Sequence[str] | str = (),
    cluster: str | None = None,
) -> Fit:
    """Hazard ratios with 95% limits, from spells that may have come under observation late.

    frame: one row a spell (or a stretch of one on unchanged covariates: someone whose covariate changes has a row until then, without
    an event, and a row from then on). entry, exit, event: as in `life_table`. Numeric covariates enter as they are, all others as
    levels against the first in sort order at which someone left. strata: each has its own baseline. cluster: whose spell it is, where
    one person may have several; standard errors are then robust. Spells with a missing covariate or person are left out and counted.

    >>> spells = pl.DataFrame({"entry": 0, "exit": [1, 2, 3], "event": [True, True, False], "pay": ["a", "b", "a"]})
    >>> cox(spells, covariates="pay").table.select("covariate", "level", pl.col("hazard_ratio").round(4)).row(0)   # the root of 2
    ('pay', 'b', 1.4142)
    """
    named = names_of(frame, covariates, strata)
    held = eager(frame)
    known = held if cluster is None else held.filter(pl.col(as_by(cluster, held)[0]).is_not_null())
    patterns = patterns_of(known, named, entry=entry, end=exit, event=event)
    model = _fitted(patterns.labels, patterns.counts, named)
    variance, method = model.inverse, "from the model"
    if cluster is not None:
        _, person = numbered(known.filter(patterns.used).select(pl.col(cluster)))
        variance = robust_variance(model.sums, patterns.spells, patterns.code, person, model.inverse)
        method = f"robust, spells of one {cluster} taken together"
    return _as_fit(model, variance, method, patterns.left_out + len(held) - len(known))


def cox_from_tables(
    tables: pl.DataFrame | Sequence[pl.DataFrame], *, covariates: Sequence[str] | str, strata: Sequence[str] | str = ()
) -> Fit:
    """The same fit from tables of counts, such as one from each organisation: pooling the tables is pooling the people.

    tables: one or several frames that `hazard_table` returned. Standard errors are those of the model: counts do not say whose they are.

    >>> from workforce.measures.cox_tables import hazard_table
    >>> spells = pl.DataFrame({"entry": 0, "exit": [1, 2, 3], "event": [True, True, False], "pay": ["a", "b", "a"]})
    >>> tables = [hazard_table(part, covariates="pay") for part in (spells[:2], spells[2:])]
    >>> cox_from_tables(tables, covariates="pay").table["hazard_ratio"].round(4).item()
    1.4142
    """
    parts = [tables] if isinstance(tables, pl.DataFrame) else list(tables)
    if not parts:
        raise UsageError("no table of counts was given", hint="give one or more that hazard_table returned")
    named = names_of(parts[0].drop("time", *COUNTS, strict=False), covariates, strata)
    labels, counts = patterns_of_tables(parts, named)
    model = _fitted(labels, counts, named)
    return _as_fit(model, model.inverse, "from the model", 0)


@dataclass(frozen=True, slots=True)
class _Model:
    """Coefficients with what they were fitted from.

    names: covariate and level of each; absent: levels at which nobody left; follows: those that the others say already.
    """

    names: list[tuple[str, str | None]]
    absent: list[tuple[str, str]]
    follows: list[tuple[str, str | None]]
    references: dict[str, str]
    coefficients: Array
    sums: list[Sums]
    inverse: Array
    null_log_likelihood: float
    counts: pl.DataFrame
    order: list[str]
    levels: pl.DataFrame


def _fitted(labels: pl.DataFrame, counts: pl.DataFrame, named: Named) -> _Model:
    leavers = np.zeros(len(labels))
    np.add.at(leavers, counts["code"].to_numpy(), counts["left"].to_numpy())
    if not leavers.sum():
        raise InputError("nobody left, so hazards cannot be compared", hint="look at a longer period")
    names: list[tuple[str, str | None]] = []
    absent: list[tuple[str, str]] = []
    references: dict[str, str] = {}
    columns = []
    compared = np.ones(len(labels), dtype=np.bool_)
    for covariate in named.covariates:
        values = labels[covariate]
        if values.dtype.is_numeric():
            columns.append(values.cast(pl.Float64).to_numpy())
            names.append((covariate, None))
            continue
        texts = values.cast(pl.String)
        left = set(texts.filter(pl.Series(leavers > 0)).to_list())
        levels = sorted(texts.unique().to_list())
        never = [level for level in levels if level not in left]
        # Where nobody of a level left, its hazard ratio is 0 and the other ratios are those without its spells: the likelihood's limit.
        absent += [(covariate, level) for level in never]
        compared &= ~texts.is_in(never).to_numpy()
        reference, *others = [level for level in levels if level in left]
        references[covariate] = reference
        columns += [(texts == level).cast(pl.Float64).to_numpy() for level in others]
        names += [(covariate, level) for level in others]
    if not names:
        raise InputError(
            "no covariate has two values among those who left", hint="compare groups in which someone left"
        )
    design = np.stack(columns, axis=1)
    design -= (leavers @ design) / leavers.sum()  # centred, so that sums of squares keep their digits
    sets = risk_sets(labels, counts, named.strata)
    everyone = sums_at(sets, design, np.zeros(len(names)))
    null = sum(one.log_likelihood for one in everyone)
    begun = everyone if compared.all() else sums_at(sets, design, np.zeros(len(names)), compared)
    kept = _told_by_itself(_information(begun), leavers @ design**2)
    if not kept:
        raise InputError("nothing can be compared: nobody of two groups was at risk on one day", hint=_HINT)
    follows = [name for place, name in enumerate(names) if place not in kept]
    if follows:
        names, design = [names[place] for place in kept], design[:, kept]
        begun = sums_at(sets, design, np.zeros(len(names)), compared)
    coefficients, sums = _newton(begun, design, leavers, compared)
    inverse = np.asarray(np.linalg.inv(_information(sums)), dtype=np.float64)
    return _Model(
        names,
        absent,
        follows,
        references,
        coefficients,
        sums,
        inverse,
        null,
        counts,
        named.covariates,
        _levels(labels, counts, named),
    )


def _levels(labels: pl.DataFrame, counts: pl.DataFrame, named: Named) -> pl.DataFrame:
    """How many spells and events are behind each level of each covariate; one row, with a null level, for a number."""
    entered, left = np.zeros(len(labels)), np.zeros(len(labels))
    np.add.at(entered, counts["code"].to_numpy(), counts["entered"].to_numpy())
    np.add.at(left, counts["code"].to_numpy(), counts["left"].to_numpy())
    behind = labels.with_columns(spells=pl.Series(entered).cast(pl.Int64), events=pl.Series(left).cast(pl.Int64))
    parts = []
    for covariate in named.covariates:
        level = pl.lit(None, pl.String) if labels.schema[covariate].is_numeric() else pl.col(covariate).cast(pl.String)
        summed = behind.group_by(level.alias("level")).agg(pl.col("spells", "events").sum())
        parts.append(summed.select(pl.lit(covariate).alias("covariate"), "level", "spells", "events").sort("level"))
    return pl.concat(parts)


def _newton(
    sums: list[Sums], design: Array, leavers: Array, compared: npt.NDArray[np.bool_]
) -> tuple[Array, list[Sums]]:
    """The coefficients at which the likelihood is largest, and the sums there; sums: those at coefficients of 0."""
    at, size, sets = np.zeros(design.shape[1]), leavers @ design**2, [one.sets for one in sums]
    reached = sum(one.log_likelihood for one in sums)
    for _ in range(_STEPS):
        information = _information(sums)
        _told_apart(information, size)
        slope = np.sum([one.slope for one in sums], axis=0)
        step = np.linalg.solve(information, slope)
        length = float(step @ slope)
        step *= min(1.0, _LONGEST_STEP / max(float(np.ptp(design @ step)), _LONGEST_STEP))
        while True:
            tried = sums_at(sets, design, at + step, compared)
            likelihood = sum(one.log_likelihood for one in tried)
            if likelihood >= reached - _ROUNDING * abs(reached):
                break
            step = step / 2
        at, sums, reached = at + step, tried, likelihood
        if np.ptp(design[compared] @ at) > _NO_END:
            break
        if length < _CLOSE:
            return at, sums
    raise InputError(
        "a covariate alone decides who leaves, so its hazard ratio has no end",
        hint=_HINT,
    )


def _information(sums: Sequence[Sums]) -> Array:
    return np.asarray(np.sum([one.information()[0] for one in sums], axis=0))


def _told_apart(information: Array, size: Array) -> None:
    """Refuse covariates of which nothing is known beside the others. size: how large their squares are."""
    spread = np.diag(information)
    if np.all(spread > _SINGULAR * size):
        scale = np.sqrt(spread)
        if np.linalg.eigvalsh(information / np.outer(scale, scale))[0] > _SINGULAR:
            return
    raise InputError("the covariates cannot be told apart, or one of them alone decides who leaves", hint=_HINT)


def _told_by_itself(information: Array, size: Array) -> list[int]:
    """The places of the coefficients that do not follow from those before them."""
    kept: list[int] = []
    for place, spread in enumerate(np.diag(information)):
        if spread <= _SINGULAR * size[place]:
            continue
        crossed = information[kept, place]
        left_over = spread - crossed @ np.linalg.solve(information[np.ix_(kept, kept)], crossed)
        if left_over > _SAME * spread:
            kept.append(place)
    return kept


def _as_fit(model: _Model, variance: Array, method: str, left_out: int) -> Fit:
    from scipy.special import ndtr

    error = np.sqrt(np.diag(variance))
    half = z_value() * error
    fitted = pl.DataFrame(
        {
            "covariate": [covariate for covariate, _ in model.names],
            "level": [level for _, level in model.names],
            "coefficient": model.coefficients,
            "standard_error": error,
            "hazard_ratio": np.exp(model.coefficients),
            "lower": np.exp(model.coefficients - half),
            "upper": np.exp(model.coefficients + half),
            "p_value": 2 * ndtr(-np.abs(model.coefficients / error)),
        },
        schema=FIT_TABLE,
    )
    beside = [{"covariate": covariate, "level": level, "hazard_ratio": 0.0} for covariate, level in model.absent]
    beside += [{"covariate": covariate, "level": level} for covariate, level in model.follows]
    order = model.order
    table = pl.concat([fitted, pl.DataFrame(beside, schema=FIT_TABLE)])
    table = table.sort(
        pl.col("covariate").replace_strict(order, range(len(order)), return_dtype=pl.Int64),
        "level",
        maintain_order=True,
    )
    terms = [
        (covariate, [place for place, (name, _) in enumerate(model.names) if name == covariate])
        for covariate in order
        if any(name == covariate for name, _ in model.names)
    ]
    return Fit(
        table,
        sum(one.log_likelihood for one in model.sums),
        proportionality(model.sums, model.counts, terms),
        model.null_log_likelihood,
        int(model.counts["entered"].sum()),
        int(model.counts["left"].sum()),
        left_out,
        method,
        model.references,
        model.levels,
    )
