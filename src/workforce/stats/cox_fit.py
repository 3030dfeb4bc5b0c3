"""The coefficients of proportional hazards at which Efron's partial likelihood is largest, found by Newton's steps.

Every step that is taken raises the likelihood, so that the result is its only maximum; a covariate that follows from the others is left
out, as in R.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from workforce.errors import NotEstimable, UsageError, did_you_mean
from workforce.frames import Array
from workforce.stats.hazard_tables import Named, RiskSets, risk_sets


@dataclass(frozen=True, slots=True)
class Sums:
    """One stratum at some coefficients: risk-weighted sums at each time (of those at risk and of the leavers), and Efron's scalars.

    hazard: sum of 1/n over the d takes; shared: of f/n, f the share of leavers taken out; squared, squared_shared, squared_twice: of 1/n^2,
    f/n^2, f^2/n^2.
    """

    sets: RiskSets
    design: Array
    risk: Array
    at_risk: Array
    left: Array
    hazard: Array
    shared: Array
    squared: Array
    squared_shared: Array
    squared_twice: Array
    log_likelihood: float
    observed: Array

    @property
    def expected(self) -> Array:
        """At each time, the sum of the leavers' expected covariates."""
        return self.hazard[:, None] * self.at_risk - self.shared[:, None] * self.left

    @property
    def slope(self) -> Array:
        """The first derivative of the log likelihood."""
        return np.asarray((self.observed - self.expected).sum(axis=0))

    def information(self, weights: Array | None = None) -> Array:
        """The curvature (minus the second derivative) of the log likelihood: a matrix for each row of weights of the times."""
        rows = np.ones((1, len(self.hazard))) if weights is None else weights
        exposures = self.sets.risk_over_time(rows * self.hazard) - self.sets.left_over_time(rows * self.shared)
        return np.stack([self._curvature(w, e) for w, e in zip(rows, exposures, strict=True)])

    def _curvature(self, w: Array, exposure: Array) -> Array:
        second = self.design.T @ ((self.risk * exposure)[:, None] * self.design)
        crossed = self.at_risk.T @ ((w * self.squared_shared)[:, None] * self.left)
        return (
            second
            - self.at_risk.T @ ((w * self.squared)[:, None] * self.at_risk)
            + crossed
            + crossed.T
            - self.left.T @ ((w * self.squared_twice)[:, None] * self.left)
        )


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


@dataclass(frozen=True, slots=True)
class Compared:
    """What ratios are of, where the caller chose: the level that a covariate's others are compared with; how much more of a number."""

    references: Mapping[str, str]
    per: Mapping[str, float]

    @classmethod
    def of(
        cls, named: Named, schema: pl.Schema, references: Mapping[str, str] | None, per: Mapping[str, float] | None
    ) -> "Compared":
        """What was asked for, checked against the covariates and their types."""
        reference_levels, units = dict(references or {}), dict(per or {})
        for named_for, where in ((reference_levels, "references="), (units, "per=")):
            for covariate in named_for:
                if covariate not in named.covariates:
                    raise UsageError(
                        'the model has no covariate "{covariate}"',
                        where="{place}",
                        hint=did_you_mean(covariate, named.covariates),
                        covariate=covariate,
                        place=where,
                    )
                if schema[covariate].is_numeric() != (where == "per="):
                    kind = "numbers, which have no levels" if where == "references=" else "levels, which have no unit"
                    raise UsageError(
                        'the covariate "{covariate}" holds {kind}',
                        where="{place}",
                        hint="levels are text, units numbers",
                        covariate=covariate,
                        kind=kind,
                        place=where,
                    )
        if not all(isfinite(unit) and unit > 0 for unit in units.values()):
            raise UsageError("a ratio is of more than nothing", where="per=", hint='such as {{"caseload": 5}}')
        return cls(reference_levels, units)


@dataclass(frozen=True, slots=True)
class Model:
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


@dataclass(frozen=True, slots=True)
class _Columns:
    """The covariates of each pattern as numbers: a column a coefficient; `compared`: false where a pattern has no hazard at all."""

    names: list[tuple[str, str | None]]
    absent: list[tuple[str, str]]
    references: dict[str, str]
    design: Array
    compared: npt.NDArray[np.bool_]


def fitted(labels: pl.DataFrame, counts: pl.DataFrame, named: Named, compared: Compared) -> Model:
    """The model that fits counts of patterns best. labels: the patterns, in the order of their codes."""
    leavers = np.zeros(len(labels))
    np.add.at(leavers, counts["code"].to_numpy(), counts["left"].to_numpy())
    if not leavers.sum():
        raise NotEstimable("nobody left, so hazards cannot be compared", hint="look at a longer period")
    columns = _columns(labels, leavers, named, compared)
    names, design, inside = columns.names, columns.design, columns.compared
    design -= (leavers @ design) / leavers.sum()  # centred, so that sums of squares keep their digits
    sets = risk_sets(labels, counts, named.strata)
    everyone = sums_at(sets, design, np.zeros(len(names)))
    null = sum(stratum.log_likelihood for stratum in everyone)
    begun = everyone if inside.all() else sums_at(sets, design, np.zeros(len(names)), inside)
    independent = _independent(_information(begun), leavers @ design**2)
    if not independent:
        raise NotEstimable("nothing can be compared: nobody of two groups was at risk on one day", hint=_HINT)
    follows = [name for place, name in enumerate(names) if place not in independent]
    if follows:
        names, design = [names[place] for place in independent], design[:, independent]
        begun = sums_at(sets, design, np.zeros(len(names)), inside)
    coefficients, sums = _newton(begun, design, leavers, inside)
    inverse = np.asarray(np.linalg.inv(_information(sums)), dtype=np.float64)
    levels = _levels(labels, counts, named)
    references, absent = columns.references, columns.absent
    return Model(
        names, absent, follows, references, coefficients, sums, inverse, null, counts, named.covariates, levels
    )


def _columns(labels: pl.DataFrame, leavers: Array, named: Named, compared: Compared) -> _Columns:
    names: list[tuple[str, str | None]] = []
    absent: list[tuple[str, str]] = []
    references: dict[str, str] = {}
    columns = []
    inside = np.ones(len(labels), dtype=np.bool_)
    for covariate in named.covariates:
        values = labels[covariate]
        if values.dtype.is_numeric():
            columns.append(values.cast(pl.Float64).to_numpy() / compared.per.get(covariate, 1.0))
            names.append((covariate, None))
            continue
        texts = values.cast(pl.String)
        left = set(texts.filter(pl.Series(leavers > 0)).to_list())
        levels = sorted(texts.unique().to_list())
        never = [level for level in levels if level not in left]
        # Where nobody of a level left, its hazard ratio is 0 and the other ratios are those without its spells: the likelihood's limit.
        absent += [(covariate, level) for level in never]
        inside &= ~texts.is_in(never).to_numpy()
        reference = compared.references.get(covariate, next(level for level in levels if level in left))
        if reference not in left:
            raise NotEstimable(
                'nobody left at the level of "{covariate}" that the others are to be compared with',
                hint="give a level at which someone left, as the records write it",
                covariate=covariate,
            )
        compared_levels = [level for level in levels if level in left and level != reference]
        references[covariate] = reference
        columns += [(texts == level).cast(pl.Float64).to_numpy() for level in compared_levels]
        names += [(covariate, level) for level in compared_levels]
    if not names:
        raise NotEstimable(
            "no covariate has two values among those who left", hint="compare groups in which someone left"
        )
    return _Columns(names, absent, references, np.stack(columns, axis=1), inside)


def _levels(labels: pl.DataFrame, counts: pl.DataFrame, named: Named) -> pl.DataFrame:
    """How many spells and events are behind each level of each covariate; one row, with a null level, for a number."""
    entered, left = np.zeros(len(labels)), np.zeros(len(labels))
    np.add.at(entered, counts["code"].to_numpy(), counts["entered"].to_numpy())
    np.add.at(left, counts["code"].to_numpy(), counts["left"].to_numpy())
    rows = labels.with_columns(spells=pl.Series(entered).cast(pl.Int64), events=pl.Series(left).cast(pl.Int64))
    levels_tables = []
    for covariate in named.covariates:
        level = pl.lit(None, pl.String) if labels.schema[covariate].is_numeric() else pl.col(covariate).cast(pl.String)
        summed = rows.group_by(level.alias("level")).agg(pl.col("spells", "events").sum())
        levels_tables.append(
            summed.select(pl.lit(covariate).alias("covariate"), "level", "spells", "events").sort("level")
        )
    return pl.concat(levels_tables)


def _newton(
    sums: list[Sums], design: Array, leavers: Array, compared: npt.NDArray[np.bool_]
) -> tuple[Array, list[Sums]]:
    """The coefficients at which the likelihood is largest, and the sums there; sums: those at coefficients of 0."""
    at, size, sets = np.zeros(design.shape[1]), leavers @ design**2, [stratum.sets for stratum in sums]
    reached = sum(stratum.log_likelihood for stratum in sums)
    for _ in range(_STEPS):
        information = _information(sums)
        _told_apart(information, size)
        slope = np.sum([stratum.slope for stratum in sums], axis=0)
        step = np.linalg.solve(information, slope)
        length = float(step @ slope)
        step *= min(1.0, _LONGEST_STEP / max(float(np.ptp(design @ step)), _LONGEST_STEP))
        while True:
            tried = sums_at(sets, design, at + step, compared)
            likelihood = sum(stratum.log_likelihood for stratum in tried)
            if likelihood >= reached - _ROUNDING * abs(reached):
                break
            step = step / 2
        at, sums, reached = at + step, tried, likelihood
        if np.ptp(design[compared] @ at) > _NO_END:
            break
        if length < _CLOSE:
            return at, sums
    raise NotEstimable(
        "a covariate alone decides who leaves, so its hazard ratio has no end",
        hint=_HINT,
    )


def _information(sums: Sequence[Sums]) -> Array:
    return np.asarray(np.sum([stratum.information()[0] for stratum in sums], axis=0))


def _told_apart(information: Array, size: Array) -> None:
    """Refuse covariates of which nothing is known beside the others. size: how large their squares are."""
    spread = np.diag(information)
    if np.all(spread > _SINGULAR * size):
        scale = np.sqrt(spread)
        if np.linalg.eigvalsh(information / np.outer(scale, scale))[0] > _SINGULAR:
            return
    raise NotEstimable("the covariates cannot be told apart, or one of them alone decides who leaves", hint=_HINT)


def _independent(information: Array, size: Array) -> list[int]:
    """The places of the coefficients that do not follow from those before them."""
    independent: list[int] = []
    for place, spread in enumerate(np.diag(information)):
        if spread <= _SINGULAR * size[place]:
            continue
        crossed = information[independent, place]
        left_over = spread - crossed @ np.linalg.solve(information[np.ix_(independent, independent)], crossed)
        if left_over > _SAME * spread:
            independent.append(place)
    return independent


def sums_at(
    sets: Sequence[RiskSets], design: Array, coefficients: Array, compared: npt.NDArray[np.bool_] | None = None
) -> list[Sums]:
    """The sums of every stratum. design: the covariates of each pattern, centred; compared: false where a pattern has no hazard at all."""
    everyone = np.ones(len(design), dtype=np.bool_) if compared is None else compared
    return [_sums(stratum, design[stratum.codes], coefficients, everyone[stratum.codes]) for stratum in sets]


def _sums(sets: RiskSets, design: Array, coefficients: Array, compared: npt.NDArray[np.bool_]) -> Sums:
    score = design @ coefficients
    score -= score[compared].max()  # a constant changes nothing, and exp stays finite
    risk = np.where(compared, np.exp(np.minimum(score, 0.0)), 0.0)
    weighted = risk[:, None] * np.concatenate([np.ones((len(risk), 1)), design], axis=1)
    at_risk, left = sets.over_risk(weighted), sets.over_left(weighted)
    size = np.repeat(at_risk[:, 0], sets.takes) - sets.share * np.repeat(left[:, 0], sets.takes)
    inverse = 1.0 / size
    tied = sets.share * inverse
    added = [np.add.reduceat(v, sets.first) for v in (inverse, tied, inverse * inverse, tied * inverse, tied * tied)]
    observed = sets.over_left(np.concatenate([score[:, None], design], axis=1))
    likelihood = float(observed[:, 0].sum() - np.log(size).sum())
    hazard, shared, squared, squared_shared, squared_twice = added
    return Sums(
        sets,
        design,
        risk,
        at_risk[:, 1:],
        left[:, 1:],
        hazard,
        shared,
        squared,
        squared_shared,
        squared_twice,
        likelihood,
        observed[:, 1:],
    )
