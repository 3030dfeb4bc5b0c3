"""Proportional hazards: how many times as fast one group leaves as another, all else in the model equal.

The model is fitted from counts of covariate patterns, so that the added tables of several organisations give the fit of all their people,
and a million spells in whole days cost little more than a thousand.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import exp, isfinite
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from workforce.book import Definition
from workforce.errors import UsageError
from workforce.frames import Array, Frame, Whole, as_by, eager
from workforce.results import NOT_AVAILABLE, Hazards
from workforce.stats.cox_fit import Compared, Model, OneSided, Sums, fitted
from workforce.stats.hazard_tables import names_of, patterns_of, patterns_of_tables
from workforce.stats.incidence import one_over
from workforce.stats.intervals import z_value
from workforce.stats.survival import COUNTS, added_up, numbered, running

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
    "joint": pl.Float64,
    "method": pl.String,
    "marker": pl.String,
}
_JOINT: Final = {"covariate": pl.String, "p_value": pl.Float64}
HAZARD_GROUPS: Final = ("covariate", "level")


@dataclass(frozen=True, slots=True)
class Fit:
    """A fitted model of hazards.

    table: covariate, level (null for a number), coefficient, standard_error, hazard_ratio, lower, upper (95%), p_value (Wald). A level
    at which nobody left has no ratio: lower is 0, and at upper there is a chance of 2.5% that nobody leaves; one of which everybody left
    before anyone else has lower likewise, and no upper. A level that the covariates before it and the strata say already (a staff group
    that only one organisation has) has no figure, as in R. proportionality: covariate (and `global`), statistic, df, p_value of the
    check that the ratios do not change over time. references: the level that the others of each covariate are compared with.
    per: of a number, how much more of it the ratio is of (1 where it is not named). left_out: spells with a missing covariate. method: how
    the standard errors were made, in words. joint: covariate, p_value of the test that all its ratios are 1 (Wald; with limits on one
    side, twice the smaller of it and of theirs, corrected for how many they are). levels: covariate, level (null for a number), spells
    and events behind each level, the reference among them: what `release` looks at.
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
    joint: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=_JOINT))


GLOBAL: Final = "global"
_WIDE: Final = 100_000  # days are counted into bins up to here


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
        Where spells cannot be, or the model cannot be fitted (`NotEstimable`): nobody left, or a covariate predicts leaving exactly.

    Notes
    -----
    Where nobody of a level left, or everybody before anyone else, there is no ratio but a limit on one side, at which what happened has a
    chance of 2.5%: the profile likelihood falls by 3.69 (with expected leavers in place of times at risk, the exact limit of a count of 0).

    References
    ----------
    Cox (1972), ties by Efron (1977); robust standard errors by Lin & Wei (1989); check of proportional hazards by Grambsch & Therneau
    (1994); levels without an event: Heinze & Schemper (2001), Biometrics 57:114.

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
    covariates, strata, references, per : as in `cox`
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

    References
    ----------
    Cox (1972), JRSS B 34:187; ties: Efron (1977), JASA 72:557.

    Examples
    --------
    >>> from workforce.stats.hazard_tables import hazard_table
    >>> spells = pl.DataFrame({"entry": 0, "exit": [1, 2, 3], "event": [True, True, False], "pay": ["a", "b", "a"]})
    >>> tables = [hazard_table(part, covariates="pay") for part in (spells[:2], spells[2:])]
    >>> cox_from_tables(tables, covariates="pay").fit.table["hazard_ratio"].round(4).item()
    1.4142
    """
    counts_tables = [tables] if isinstance(tables, pl.DataFrame) else list(tables)
    if not counts_tables:
        raise UsageError("no table of counts was given", hint="give one or more that hazard_table returned")
    columns = names_of(counts_tables[0].drop("time", *COUNTS, strict=False), covariates, strata)
    labels, counts = patterns_of_tables(counts_tables, columns)
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
    without_error: list[dict[str, str | float | None]] = [_one_sided_row(level) for level in model.one_sided]
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
        sum(stratum.log_likelihood for stratum in model.sums),
        proportionality(model.sums, model.counts, terms),
        model.null_log_likelihood,
        int(model.counts["entered"].sum()),
        int(model.counts["left"].sum()),
        left_out,
        method,
        model.references,
        model.levels,
        compared.per,
        _joint_tests(model, variance, terms),
    )


def _joint_tests(model: Model, variance: Array, terms: Sequence[tuple[str, list[int]]]) -> pl.DataFrame:
    """Of each covariate the p value of the test that all its ratios are 1: covariate, p_value (null where it cannot be tested)."""
    from scipy.special import chdtrc

    places_of = dict(terms)
    tests: list[tuple[str, float | None]] = []
    for covariate in model.order:
        places = places_of.get(covariate, [])
        one_sided = [
            level.p_value for level in model.one_sided if level.covariate == covariate and isfinite(level.limit)
        ]
        p_values = [min(1.0, len(one_sided) * min(one_sided))] if one_sided else []
        block = variance[np.ix_(places, places)]
        if places and np.linalg.matrix_rank(block, hermitian=True) == len(places):
            coefficients = model.coefficients[places]
            p_values.append(float(chdtrc(len(places), coefficients @ np.linalg.solve(block, coefficients))))
        tests.append((covariate, min(1.0, len(p_values) * min(p_values)) if p_values else None))
    return pl.DataFrame(tests, schema=_JOINT, orient="row")


def _one_sided_row(limited: OneSided) -> dict[str, str | float | None]:
    """The row of a level whose ratio has a limit on one side."""
    row: dict[str, str | float | None] = {"covariate": limited.covariate, "level": limited.level}
    if isfinite(limited.limit):
        ratio = exp(limited.limit)
        row |= {"lower": 0.0 if limited.is_slower else ratio, "upper": ratio if limited.is_slower else None}
        row["p_value"] = limited.p_value
    return row


def hazard_rows(fit: Fit) -> pl.DataFrame:
    """Return the table of a fit with what release looks at: a row for every level, the reference too (ratio 1).

    Adds reference, per (of a number: how much more of it the ratio is of), spells and events of each level, `check` (the p value that the
    ratio does not change over time, by covariate), `joint` (the p value that all ratios of the covariate are 1), method and marker.
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
        .join(fit.joint.select("covariate", joint="p_value"), on="covariate", how="left")
        .with_columns(
            method=pl.lit(fit.method),
            marker=pl.when(pl.col("spells") == 0).then(pl.lit(NOT_AVAILABLE)),  # nothing is recorded of it
            per=pl.when(pl.col("level").is_null()).then(per),
        )
        .sort(pl.col("covariate").replace_strict(order, return_dtype=pl.Int64), ~pl.col("reference"), "level")
        .select(pl.col(c).cast(dtype) for c, dtype in HAZARDS.items())
    )


def proportionality(sums: Sequence[Sums], counts: pl.DataFrame, terms: Sequence[tuple[str, list[int]]]) -> pl.DataFrame:
    """The test of each covariate (all its levels at once) and of all: covariate, statistic, df, p_value.

    A small p says that the hazard ratio changed over time, so that one figure for it is an average. Null where it cannot be tested.
    terms: each covariate with the places of its coefficients.
    """
    if not terms:
        return pl.DataFrame(
            schema={"covariate": pl.String, "statistic": pl.Float64, "df": pl.Int64, "p_value": pl.Float64}
        )
    clock = _gone_before(counts, [stratum.sets.times for stratum in sums])
    leavers = np.concatenate([stratum.sets.leavers for stratum in sums])
    centre = float(np.sum(np.concatenate(clock) * leavers) / leavers.sum())
    clock = [c - centre for c in clock]
    slope = np.sum([c @ (stratum.observed - stratum.expected) for c, stratum in zip(clock, sums, strict=True)], axis=0)
    powers = [stratum.information(np.stack([c**0, c, c**2])) for c, stratum in zip(clock, sums, strict=True)]
    plain, by_time, by_square = np.sum(powers, axis=0)
    information = np.block([[plain, by_time], [by_time, by_square]])
    width = len(plain)
    everything = [*terms, (GLOBAL, list(range(width)))]
    tests = [(name, *_score_test(information, slope, places), len(places)) for name, places in everything]
    return pl.DataFrame(
        tests,
        schema={"covariate": pl.String, "statistic": pl.Float64, "p_value": pl.Float64, "df": pl.Int64},
        orient="row",
    ).select("covariate", "statistic", "df", "p_value")


def _gone_before(counts: pl.DataFrame, asked: Sequence[Array]) -> list[Array]:
    """One less the product-limit curve of all spells, just before each of the times."""
    time = counts["time"].to_numpy()
    if np.issubdtype(time.dtype, np.integer) and time.max() < len(counts) + _WIDE:
        distinct, at = np.arange(int(time.max()) + 1), time
    else:
        distinct, at = np.unique(time, return_inverse=True)
    entered, left, censored = (added_up(at, counts[c].to_numpy(), len(distinct)) for c in COUNTS)
    net = entered - left - censored
    curve = running(np.multiply, 1 - left * one_over(np.cumsum(net) - net), [0, len(distinct)])
    before = np.concatenate([[1.0], curve])
    return [1 - before[np.searchsorted(distinct, times)] for times in asked]


def _score_test(whole: Array, slope: Array, places: Sequence[int]) -> tuple[float | None, float | None]:
    from scipy.special import chdtrc

    width = len(slope)
    places_used = [*range(width), *(width + place for place in places)]
    scale = np.sqrt(np.diag(whole)[places_used])
    if not np.all(scale > 0):
        return None, None
    scaled = whole[np.ix_(places_used, places_used)] / np.outer(scale, scale)
    if np.linalg.cond(scaled) > 1e12:  # noqa: PLR2004 - nothing is left to tell time's coefficient by
        return None, None
    score = np.concatenate([np.zeros(width), slope[list(places)]]) / scale
    statistic = float(score @ np.linalg.solve(scaled, score))
    return statistic, float(chdtrc(len(places), statistic))


def robust_variance(sums: Sequence[Sums], spells: pl.DataFrame, code: Whole, person: Whole, inverse: Array) -> Array:
    """The variance of the coefficients where a person's spells go together. code: the pattern of each spell; person: whose it is."""
    entry, end = (spells[c].to_numpy().astype(np.float64) for c in ("entry", "exit"))
    happened = spells["event"].cast(pl.Boolean).to_numpy()
    added = np.zeros((int(person.max()) + 1, len(inverse)))
    for stratum in sums:
        place = np.full(int(code.max()) + 1, -1)
        place[stratum.sets.codes] = np.arange(len(stratum.sets.codes))
        place_of_spell = place[code]
        mine = place_of_spell >= 0
        residuals = _score_residuals(stratum, place_of_spell[mine], entry[mine], end[mine], happened[mine])
        for column in range(residuals.shape[1]):
            added[:, column] += np.bincount(person[mine], residuals[:, column], minlength=len(added))
    influence = np.asarray(added @ inverse, dtype=np.float64)
    return np.asarray(influence.T @ influence)


def _score_residuals(one: Sums, of: Whole, entry: Array, end: Array, happened: npt.NDArray[np.bool_]) -> Array:
    """What each spell adds to the slope of the log likelihood, less what was expected of it."""
    covariates, risk = one.design[of], one.risk[of][:, None]
    from_start = np.concatenate([[0.0], np.cumsum(one.hazard)])
    mean = one.squared[:, None] * one.at_risk - one.squared_shared[:, None] * one.left
    mean_from_start = np.concatenate([np.zeros((1, mean.shape[1])), np.cumsum(mean, axis=0)])
    begin, stop = (np.searchsorted(one.sets.times, t, side="right") for t in (entry, end))
    exposure = (from_start[stop] - from_start[begin])[:, None]
    residuals = -risk * (covariates * exposure - (mean_from_start[stop] - mean_from_start[begin]))
    at = stop[happened] - 1
    expected = (one.expected / one.sets.leavers[:, None])[at]
    # A leaver is taken out of the later of the d risk sets in part, and so is what was expected of them.
    taken_out = covariates[happened] * one.shared[at][:, None] - (
        one.squared_shared[at][:, None] * one.at_risk[at] - one.squared_twice[at][:, None] * one.left[at]
    )
    residuals[happened] += covariates[happened] - expected + risk[happened] * taken_out
    return np.asarray(residuals)
