"""Proportional hazards: how many times as fast one group leaves as another, all else in the model equal.

The model is fitted from counts of covariate patterns, so that the added tables of several organisations give the fit of all their people,
and a million spells in whole days cost little more than a thousand.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from workforce.book import Definition
from workforce.errors import UsageError
from workforce.measures.frame import NOT_AVAILABLE, as_by, eager
from workforce.measures.intervals import z_value
from workforce.measures.leaving.cox_check import proportionality, robust_variance
from workforce.measures.leaving.cox_fit import Compared, Model, fitted
from workforce.measures.leaving.cox_tables import names_of, patterns_of, patterns_of_tables
from workforce.measures.leaving.spells import COUNTS, numbered
from workforce.results import Hazards

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
# The rows of a `Hazards` result: those of the fit, with what release looks at.
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
HAZARD_GROUPS: Final = ("covariate", "level")
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
) -> Hazards:
    """Hazard ratios with 95% limits, from spells that may have come under observation late.

    There are no weights: the partial likelihood is of people who left among people at risk, and sums of hours are neither; hours of work
    are a covariate (``covariates=["fte"]``).

    Parameters
    ----------
    frame : polars.DataFrame or LazyFrame
        One row a spell, or a stretch of one on unchanged covariates: someone whose covariate changes has a row until then, without an
        event, and a row from then on.
    entry, exit, event : str
        As in `life_table`.
    covariates : sequence of str
        Numbers enter as they are, all others as levels against the first in sort order at which someone left.
    strata : sequence of str
        Each has its own baseline.
    cluster : str, optional
        The column that says whose spell it is, where one person may have several; standard errors are then robust.
    references : mapping of covariate to level, optional
        The level that its others are compared with.
    per : mapping of covariate to number, optional
        For a number, how much more of it the ratio is of, such as ``{"caseload": 5}``.

    Returns
    -------
    Hazards
        A row for each covariate and level; `fit` has the fitted model. Spells with a missing covariate or person are left out and counted
        in ``fit.left_out``.

    Raises
    ------
    UsageError
        Where a column is absent, or `references` and `per` name no covariate of their kind.
    InputError
        Where spells cannot be, or the model cannot be fitted (`NotEstimable`): nobody left, or a covariate alone decides who leaves.

    References
    ----------
    Cox (1972), ties by Efron (1977); robust standard errors by Lin & Wei (1989); check of proportional hazards by Grambsch & Therneau
    (1994).

    Examples
    --------
    >>> spells = pl.DataFrame({"entry": 0, "exit": [1, 2, 3], "event": [True, True, False], "pay": ["a", "b", "a"]})
    >>> cox(spells, covariates="pay").frame.select("level", "reference", pl.col("hazard_ratio").round(4)).rows()   # the root of 2
    [('a', True, 1.0), ('b', False, 1.4142)]
    """
    fit = fitted_to_spells(
        frame,
        entry=entry,
        end=exit,
        event=event,
        covariates=covariates,
        strata=strata,
        cluster=cluster,
        references=references,
        per=per,
    )
    return hazards_of(fit)


def fitted_to_spells(
    frame: Frame,
    *,
    entry: str | None = "entry",
    end: str = "exit",
    event: str = "event",
    covariates: Sequence[str] | str,
    strata: Sequence[str] | str = (),
    cluster: str | None = None,
    references: Mapping[str, str] | None = None,
    per: Mapping[str, float] | None = None,
) -> Fit:
    """Return the fitted model of `cox`."""
    columns = names_of(frame, covariates, strata)
    rows = eager(frame)
    compared = Compared.of(columns, rows.schema, references, per)
    of_persons = rows if cluster is None else rows.filter(pl.col(as_by(cluster, rows)[0]).is_not_null())
    patterns = patterns_of(of_persons, columns, entry=entry, end=end, event=event)
    model = fitted(patterns.labels, patterns.counts, columns, compared)
    variance, method = model.inverse, "from the model"
    if cluster is not None:
        _, person = numbered(of_persons.filter(patterns.used).select(pl.col(cluster)))
        variance = robust_variance(model.sums, patterns.spells, patterns.code, person, model.inverse)
        method = f"robust, spells of one {cluster} taken together"
    return _as_fit(model, variance, method, patterns.left_out + len(rows) - len(of_persons), compared)


def cox_from_tables(
    tables: pl.DataFrame | Sequence[pl.DataFrame],
    *,
    covariates: Sequence[str] | str,
    strata: Sequence[str] | str = (),
    references: Mapping[str, str] | None = None,
    per: Mapping[str, float] | None = None,
) -> Hazards:
    """Hazard ratios from tables of counts, such as one from each organisation: pooling the tables is pooling the people.

    Parameters
    ----------
    tables : polars.DataFrame or sequence of these
        What `hazard_table` returned.
    covariates, strata, references, per
        As in `cox`.

    Returns
    -------
    Hazards
        As `cox` returns them. Standard errors are those of the model: counts do not say whose they are.

    Raises
    ------
    UsageError
        Where no table is given, or a column is absent.
    InputError
        Where counts are not whole numbers, or the model cannot be fitted.

    Examples
    --------
    >>> from workforce.measures.leaving.cox_tables import hazard_table
    >>> spells = pl.DataFrame({"entry": 0, "exit": [1, 2, 3], "event": [True, True, False], "pay": ["a", "b", "a"]})
    >>> tables = [hazard_table(part, covariates="pay") for part in (spells[:2], spells[2:])]
    >>> cox_from_tables(tables, covariates="pay").fit.table["hazard_ratio"].round(4).item()
    1.4142
    """
    parts = [tables] if isinstance(tables, pl.DataFrame) else list(tables)
    if not parts:
        raise UsageError("no table of counts was given", hint="give one or more that hazard_table returned")
    columns = names_of(parts[0].drop("time", *COUNTS, strict=False), covariates, strata)
    labels, counts = patterns_of_tables(parts, columns)
    compared = Compared.of(columns, labels.schema, references, per)
    model = fitted(labels, counts, columns, compared)
    return hazards_of(_as_fit(model, model.inverse, "from the model", 0, compared))


def hazards_of(fit: Fit, definitions: Sequence[Definition] = (), reasons: Sequence[str] = ()) -> Hazards:
    """Return the result that shows a fitted model."""
    return Hazards(hazard_rows(fit), definitions, HAZARD_GROUPS, reasons, fit=fit)


def _as_fit(model: Model, variance: Array, method: str, left_out: int, compared: Compared) -> Fit:
    from scipy.special import ndtr

    error = np.sqrt(np.diag(variance))
    half = z_value() * error
    estimated = pl.DataFrame(
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
    without_error = [{"covariate": covariate, "level": level, "hazard_ratio": 0.0} for covariate, level in model.absent]
    without_error += [{"covariate": covariate, "level": level} for covariate, level in model.follows]
    order = model.order
    table = pl.concat([estimated, pl.DataFrame(without_error, schema=FIT_TABLE)])
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


def hazard_rows(fit: Fit) -> pl.DataFrame:
    """Return the table of a fit with what release looks at: a row for every level, the reference too (ratio 1).

    Adds reference, per (of a number: how much more of it the ratio is of), spells and events of each level, `check` (the p value that the
    ratio does not change over time, by covariate), method and marker.
    """
    references = pl.DataFrame(
        [
            {"covariate": covariate, "level": level, "coefficient": 0.0, "hazard_ratio": 1.0, "reference": True}
            for covariate, level in fit.references.items()
        ],
        schema={c: HAZARDS[c] for c in (*FIT_TABLE, "reference")},
    )
    rows = pl.concat([references, fit.table.with_columns(reference=pl.lit(value=False)).select(references.columns)])
    # A covariate of one level has no ratio, and no row in the fit's table.
    order = {c: place for place, c in enumerate(fit.levels["covariate"].unique(maintain_order=True).to_list())}
    checks = fit.proportionality.select("covariate", check="p_value")
    per = pl.col("covariate").replace_strict(dict(fit.per), default=1.0, return_dtype=pl.Float64)
    counts = fit.levels.select("covariate", "level", "spells", "events")
    return (
        rows.join(counts, on=["covariate", "level"], how="left", nulls_equal=True)
        .join(checks, on="covariate", how="left")
        .with_columns(
            method=pl.lit(fit.method),
            marker=pl.when(pl.col("spells") == 0).then(pl.lit(NOT_AVAILABLE)),  # nothing is recorded of it
            per=pl.when(pl.col("level").is_null()).then(per),
        )
        .sort(pl.col("covariate").replace_strict(order, return_dtype=pl.Int64), ~pl.col("reference"), "level")
        .select(pl.col(c).cast(dtype) for c, dtype in HAZARDS.items())
    )
