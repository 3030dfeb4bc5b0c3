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

from workforce.errors import UsageError
from workforce.measures.frame import as_by, eager
from workforce.measures.intervals import z_value
from workforce.measures.leaving.cox_check import proportionality, robust_variance
from workforce.measures.leaving.cox_fit import Compared, Model, fitted
from workforce.measures.leaving.cox_tables import names_of, patterns_of, patterns_of_tables
from workforce.measures.leaving.spells import COUNTS, numbered

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
Frame = pl.DataFrame | pl.LazyFrame
Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Fit:
    """A fitted model of hazards.

    table: covariate, level (null for a number), coefficient, standard_error, hazard_ratio, lower, upper (95%), p_value (Wald). A level
    at which nobody left has hazard ratio 0 and no other figure; one that the covariates before it and the strata say already (a staff
    group that only one organisation has) has none, as in R. proportionality: covariate (and `global`), statistic, df, p_value of the
    check that the ratios do not change over time. references: the level that the others of each covariate are compared with.
    per: of a number, how much more of it the ratio is of (1 where it is not named). left_out: spells with a missing covariate. method: how
    the standard errors were made, in words. levels: covariate, level (null for a number), spells and events behind each level, the
    reference among them: what `release` looks at.
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
    per: Mapping[str, float] = field(default_factory=dict)


def cox(
    frame: Frame,
    *,
    entry: str | None = "entry",
    exit: str = "exit",  # noqa: A002 - the word of the field, and of the public interface
    event: str = "event",
    covariates: Sequence[str] | str,
    strata: Sequence[str] | str = (),
    cluster: str | None = None,
    references: Mapping[str, str] | None = None,
    per: Mapping[str, float] | None = None,
) -> Fit:
    """Hazard ratios with 95% limits, from spells that may have come under observation late.

    frame: one row a spell (or a stretch of one on unchanged covariates: someone whose covariate changes has a row until then, without
    an event, and a row from then on). entry, exit, event: as in `life_table`. Numeric covariates enter as they are, all others as
    levels against the first in sort order at which someone left. strata: each has its own baseline. cluster: whose spell it is, where
    one person may have several; standard errors are then robust. Spells with a missing covariate or person are left out and counted.
    references: for a covariate, the level that its others are compared with. per: for a number, how much more of it the ratio is of,
    such as {"caseload": 5}. There are no weights: the partial likelihood is of people who left among people at risk, and sums of hours are
    neither; hours of work are a covariate (`covariates=["fte"]`).

    >>> spells = pl.DataFrame({"entry": 0, "exit": [1, 2, 3], "event": [True, True, False], "pay": ["a", "b", "a"]})
    >>> cox(spells, covariates="pay").table.select("covariate", "level", pl.col("hazard_ratio").round(4)).row(0)   # the root of 2
    ('pay', 'b', 1.4142)
    """
    named = names_of(frame, covariates, strata)
    held = eager(frame)
    compared = Compared.of(named, held.schema, references, per)
    known = held if cluster is None else held.filter(pl.col(as_by(cluster, held)[0]).is_not_null())
    patterns = patterns_of(known, named, entry=entry, end=exit, event=event)
    model = fitted(patterns.labels, patterns.counts, named, compared)
    variance, method = model.inverse, "from the model"
    if cluster is not None:
        _, person = numbered(known.filter(patterns.used).select(pl.col(cluster)))
        variance = robust_variance(model.sums, patterns.spells, patterns.code, person, model.inverse)
        method = f"robust, spells of one {cluster} taken together"
    return _as_fit(model, variance, method, patterns.left_out + len(held) - len(known), compared)


def cox_from_tables(
    tables: pl.DataFrame | Sequence[pl.DataFrame],
    *,
    covariates: Sequence[str] | str,
    strata: Sequence[str] | str = (),
    references: Mapping[str, str] | None = None,
    per: Mapping[str, float] | None = None,
) -> Fit:
    """The same fit from tables of counts, such as one from each organisation: pooling the tables is pooling the people.

    tables: one or several frames that `hazard_table` returned. Standard errors are those of the model: counts do not say whose they are.

    >>> from workforce.measures.leaving.cox_tables import hazard_table
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
    compared = Compared.of(named, labels.schema, references, per)
    model = fitted(labels, counts, named, compared)
    return _as_fit(model, model.inverse, "from the model", 0, compared)


def _as_fit(model: Model, variance: Array, method: str, left_out: int, compared: Compared) -> Fit:
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
        compared.per,
    )
