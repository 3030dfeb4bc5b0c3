"""The coefficients of proportional hazards at which Efron's partial likelihood is largest, found by Newton's steps.

Every step that is taken raises the likelihood, so that the result is its only maximum; a covariate that follows from the others is left
out, as in R. Where nobody of a level leaves, or everybody before anyone else, the likelihood has no maximum: the ratio of that level has a
limit on one side, and the other ratios are those that the likelihood tends to.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite, log
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from workforce.errors import NotEstimable, UsageError, did_you_mean
from workforce.frames import Array
from workforce.stats.hazard_tables import Named, RiskSets, risk_sets
from workforce.stats.survival import bounds_of


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
# At the limit of a ratio on one side, what happened (nobody of the level left; only they left while they were at risk) has a chance of
# 2.5%, as at the exact limit of a count of 0. The usual fall of a likelihood (1.92, by chi-squared) leaves 14.7%, Firth's penalty 3.4%.
_ONE_SIDED: Final = -log(0.025)
_EXACT: Final = 1e-10  # of the log of a limit
_FURTHEST: Final = 40.0  # logs of the hazard: where a limit lies beyond, there is none
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

    names: covariate and level of each; one_sided: levels without a ratio, with its limit; follows: those that the others say already.
    """

    names: list[tuple[str, str | None]]
    one_sided: list["OneSided"]
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
class OneSided:
    """A level of which nobody left while others were at risk (`is_slower`), or only its people left while they were.

    limit: the log of the hazard ratio, which is lower (higher) than this; nan where the data do not limit it. p_value: that it is 0.
    """

    covariate: str
    level: str
    is_slower: bool
    limit: float = float("nan")
    p_value: float = float("nan")


class _Separation(NotEstimable):
    """A covariate predicts leaving exactly."""


@dataclass(frozen=True, slots=True)
class _Columns:
    """The covariates of each pattern as numbers: a column a coefficient; `compared`: false where a pattern has no hazard at all."""

    names: list[tuple[str, str | None]]
    absent: list[OneSided]
    references: dict[str, str]
    design: Array
    compared: npt.NDArray[np.bool_]


def fitted(labels: pl.DataFrame, counts: pl.DataFrame, named: Named, compared: Compared) -> Model:
    """The model that fits counts of patterns best. labels: the patterns, in the order of their codes."""
    leavers = np.zeros(len(labels))
    np.add.at(leavers, counts["code"].to_numpy(), counts["left"].to_numpy())
    if not leavers.sum():
        raise NotEstimable("nobody left, so hazards cannot be compared", hint="look at a longer period")
    separated: list[OneSided] = []
    while True:
        try:
            return _fitted(labels, counts, named, compared, leavers, separated)
        except _Separation:
            excluded = {(level.covariate, level.level) for level in separated} | set(compared.references.items())
            candidates = [
                level
                for level in _separated(labels, counts, named, leavers)
                if (level.covariate, level.level) not in excluded
                and len(_usable(labels, leavers, level.covariate, separated)) > 1
            ]
            if not candidates:
                raise
            # The first level stays the one that others are compared with, where it can.
            separated.append(candidates[-1])


def _fitted(
    labels: pl.DataFrame,
    counts: pl.DataFrame,
    named: Named,
    compared: Compared,
    leavers: Array,
    separated: list[OneSided],
) -> Model:
    """The model with some levels in strata of their own, which is what the likelihood tends to as their ratios go to 0 or without end."""
    columns = _columns(labels, leavers, named, compared, separated)
    names, design, inside = columns.names, columns.design, columns.compared
    design -= (leavers @ design) / leavers.sum()  # centred, so that sums of squares keep their digits
    all_sets = risk_sets(labels, counts, named.strata)
    null = sum(stratum.log_likelihood for stratum in sums_at(all_sets, design, np.zeros(len(names))))
    sets = _with_strata_of_their_own(labels, counts, named, separated) if separated else all_sets
    begun = sums_at(sets, design, np.zeros(len(names)), inside)
    independent = _independent(_information(begun), leavers @ design**2)
    if names and not independent:
        raise NotEstimable("nothing can be compared: nobody of two groups was at risk on one day", hint=_HINT)
    follows = [name for place, name in enumerate(names) if place not in independent]
    if follows:
        names, design = [names[place] for place in independent], design[:, independent]
        begun = sums_at(sets, design, np.zeros(len(names)), inside)
    coefficients, sums = _newton(begun, design, leavers, inside, names)
    inverse = np.asarray(np.linalg.inv(_information(sums)), dtype=np.float64)
    levels = _levels(labels, counts, named)
    reached = sum(stratum.log_likelihood for stratum in sums)
    one_sided = []
    for level in [*columns.absent, *separated]:
        elsewhere = [other_level for other_level in separated if other_level is not level]
        at_risk = _with_strata_of_their_own(labels, counts, named, elsewhere) if elsewhere else all_sets
        is_level = _is_level(labels, level)
        profile = _Profile(at_risk, design, is_level, inside | is_level, coefficients, reached)
        one_sided.append(profile.limited(level))
    return Model(
        names,
        one_sided,
        follows,
        columns.references,
        coefficients,
        sums,
        inverse,
        null,
        counts,
        named.covariates,
        levels,
    )


def _is_level(labels: pl.DataFrame, level: OneSided) -> npt.NDArray[np.bool_]:
    """Which patterns have a level."""
    texts = labels[level.covariate].cast(pl.String)
    return (texts == level.level).fill_null(value=False).to_numpy()


def _with_strata_of_their_own(
    labels: pl.DataFrame, counts: pl.DataFrame, named: Named, separated: Sequence[OneSided]
) -> list[RiskSets]:
    """The risk sets with the patterns of separated levels in strata of their combination."""
    combination = np.zeros(len(labels), dtype=np.int64)
    for level in separated:
        combination = 2 * combination + _is_level(labels, level)
    bounds = bounds_of(labels, named.strata)
    stratum = np.repeat(np.arange(len(bounds) - 1), np.diff(bounds))
    order = np.lexsort((combination, stratum))
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    moved = labels[order].with_columns(code=pl.Series(combination[order]))  # no column of a model may be called so
    recoded = counts.with_columns(code=pl.Series(place[counts["code"].to_numpy()])).sort("code", "time")
    return [replace(sets, codes=order[sets.codes]) for sets in risk_sets(moved, recoded, [*named.strata, "code"])]


def _separated(labels: pl.DataFrame, counts: pl.DataFrame, named: Named, leavers: Array) -> list[OneSided]:
    """The levels with leavers of which nobody, or only whose people, ever left while others were at risk with them."""
    levels = []
    for covariate in named.covariates:
        if labels.schema[covariate].is_numeric():
            continue
        texts = labels[covariate].cast(pl.String)
        left = set(texts.filter(pl.Series(leavers > 0)).to_list())
        levels += [OneSided(covariate, level, is_slower) for level in sorted(left) for is_slower in (True, False)]
    sets = risk_sets(labels, counts, named.strata)
    return [level for level in levels if _separates(sets, _is_level(labels, level), slower=level.is_slower)]


def _separates(sets: Sequence[RiskSets], is_level: npt.NDArray[np.bool_], *, slower: bool) -> bool:
    shared, contrary = 0, 0
    for stratum in sets:
        is_either = np.stack([is_level[stratum.codes], ~is_level[stratum.codes]], axis=1).astype(np.float64)
        at_risk, left = stratum.over_risk(is_either), stratum.over_left(is_either)
        met = (at_risk > 0.5).all(axis=1)  # noqa: PLR2004 - whole numbers of spells
        shared += int(met.sum())
        contrary += int((left[met, 0 if slower else 1] > 0).sum())
    return shared > 0 and contrary == 0


@dataclass(frozen=True, slots=True)
class _Profile:
    """The likelihood at each ratio of one level, the other coefficients being those that fit best with it.

    compared: false where a pattern has no hazard at all. reached: the log likelihood that it tends to.
    """

    sets: list[RiskSets]
    design: Array
    is_level: npt.NDArray[np.bool_]
    compared: npt.NDArray[np.bool_]
    coefficients: Array
    reached: float

    def limited(self, level: OneSided) -> OneSided:
        """The level with the limit of its ratio."""
        at, start = 0.0, self.coefficients
        fall, slope, start = self._fall(at, start)
        p_value = min(1.0, 2 * float(np.exp(-fall)))
        for _ in range(_STEPS):
            if fall <= 0 or slope == 0 or abs(at) > _FURTHEST:
                return replace(level, p_value=p_value)
            # The fall is nearly an exponential of the log of the ratio: its logarithm is nearly a line.
            step = (log(_ONE_SIDED) - log(fall)) * fall / slope
            at += float(np.clip(step, -_LONGEST_STEP, _LONGEST_STEP))
            if abs(step) < _EXACT:
                return replace(level, limit=at, p_value=p_value)
            fall, slope, start = self._fall(at, start)
        return replace(level, p_value=p_value)

    def _fall(self, at: float, start: Array) -> tuple[float, float, Array]:
        """How far the log likelihood lies below what it tends to, its slope, and the other coefficients."""
        design = np.column_stack([self.design, self.is_level.astype(np.float64)])
        coefficients, width = start, len(start)
        sums = sums_at(self.sets, design, np.append(coefficients, at), self.compared)
        likelihood = sum(stratum.log_likelihood for stratum in sums)
        for _ in range(_STEPS if width else 0):
            information, slope = _information(sums)[:width, :width], _slope(sums)[:width]
            step = np.linalg.solve(information, slope)
            length = float(step @ slope)
            while True:
                tried = sums_at(self.sets, design, np.append(coefficients + step, at), self.compared)
                reached = sum(stratum.log_likelihood for stratum in tried)
                if reached >= likelihood - _ROUNDING * abs(likelihood):
                    break
                step = step / 2
            coefficients, sums, likelihood = coefficients + step, tried, reached
            if length < _CLOSE:
                break
        return self.reached - likelihood, -float(_slope(sums)[-1]), coefficients


def _columns(
    labels: pl.DataFrame, leavers: Array, named: Named, compared: Compared, separated: Sequence[OneSided]
) -> _Columns:
    names: list[tuple[str, str | None]] = []
    absent: list[OneSided] = []
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
        # Where nobody of a level left, the other ratios are those without its spells: the likelihood's limit.
        absent += [OneSided(covariate, level, is_slower=True) for level in never]
        inside &= ~texts.is_in(never).to_numpy()
        usable = _usable(labels, leavers, covariate, separated)
        reference = compared.references.get(covariate, usable[0])
        if reference not in left:
            raise NotEstimable(
                'nobody left at the level of "{covariate}" that the others are to be compared with',
                hint="give a level at which someone left, as the records write it",
                covariate=covariate,
            )
        compared_levels = [level for level in usable if level != reference]
        references[covariate] = reference
        columns += [(texts == level).cast(pl.Float64).to_numpy() for level in compared_levels]
        names += [(covariate, level) for level in compared_levels]
    if not (names or absent or separated):
        raise NotEstimable(
            "no covariate has two values among those who left", hint="compare groups in which someone left"
        )
    design = np.stack(columns, axis=1) if columns else np.zeros((len(labels), 0))
    return _Columns(names, absent, references, design, inside)


def _usable(labels: pl.DataFrame, leavers: Array, covariate: str, separated: Sequence[OneSided]) -> list[str]:
    """The levels of a covariate that have a ratio, or are what others are compared with, in order."""
    separated_levels = [level.level for level in separated if level.covariate == covariate]
    left = labels[covariate].cast(pl.String).filter(pl.Series(leavers > 0))
    return left.filter(~left.is_in(separated_levels)).drop_nulls().unique().sort().to_list()


def _perfect_separation(covariate: str) -> _Separation:
    return _Separation(
        'perfect separation: "{covariate}" predicts leaving exactly, so its hazard ratio cannot be estimated',
        hint=_HINT,
        covariate=covariate,
    )


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
    sums: list[Sums],
    design: Array,
    leavers: Array,
    compared: npt.NDArray[np.bool_],
    names: Sequence[tuple[str, str | None]],
) -> tuple[Array, list[Sums]]:
    """The coefficients at which the likelihood is largest, and the sums there; sums: those at coefficients of 0."""
    at, size, sets = np.zeros(design.shape[1]), leavers @ design**2, [stratum.sets for stratum in sums]
    if not names:
        return at, sums
    reached = sum(stratum.log_likelihood for stratum in sums)
    for _ in range(_STEPS):
        information = _information(sums)
        if not _identified(information, size):
            if at.any():
                break
            raise NotEstimable(
                "two covariates are almost the same, so their hazard ratios cannot be told apart", hint=_HINT
            )
        slope = _slope(sums)
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
    raise _perfect_separation(names[int(np.argmax(np.ptp(design[compared] * at, axis=0)))][0])


def _slope(sums: Sequence[Sums]) -> Array:
    return np.asarray(np.sum([stratum.slope for stratum in sums], axis=0))


def _information(sums: Sequence[Sums]) -> Array:
    return np.asarray(np.sum([stratum.information()[0] for stratum in sums], axis=0))


def _identified(information: Array, size: Array) -> bool:
    """Whether something is known of each covariate beside the others. size: how large their squares are."""
    spread = np.diag(information)
    if not np.all(spread > _SINGULAR * size):
        return False
    scale = np.sqrt(spread)
    return bool(np.linalg.eigvalsh(information / np.outer(scale, scale))[0] > _SINGULAR)


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
