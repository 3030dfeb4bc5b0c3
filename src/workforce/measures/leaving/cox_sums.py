"""Efron's partial likelihood, its slope and its curvature, from risk sets by covariate pattern.

At a time with d leavers Efron (1977) takes the risk set d times, each time less a further share of the leavers. Everything that this
needs are five sums of d numbers for each time; the rest are products of matrices, whatever the number of people.
The sums are those over the people, exactly.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workforce.measures.leaving.cox_tables import RiskSets

Array = npt.NDArray[np.float64]


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


def sums_at(
    sets: Sequence[RiskSets], design: Array, coefficients: Array, compared: npt.NDArray[np.bool_] | None = None
) -> list[Sums]:
    """The sums of every stratum. design: the covariates of each pattern, centred; compared: false where a pattern has no hazard at all."""
    everyone = np.ones(len(design), dtype=np.bool_) if compared is None else compared
    return [_sums(one, design[one.codes], coefficients, everyone[one.codes]) for one in sets]


def _sums(sets: RiskSets, design: Array, coefficients: Array, compared: npt.NDArray[np.bool_]) -> Sums:
    score = design @ coefficients
    score -= score[compared].max()  # a constant changes nothing, and exp stays finite
    risk = np.where(compared, np.exp(np.minimum(score, 0.0)), 0.0)
    weighted = risk[:, None] * np.concatenate([np.ones((len(risk), 1)), design], axis=1)
    at_risk, left = sets.over_risk(weighted), sets.over_left(weighted)
    size = np.repeat(at_risk[:, 0], sets.takes) - sets.share * np.repeat(left[:, 0], sets.takes)
    one = 1.0 / size
    part = sets.share * one
    added = [np.add.reduceat(v, sets.first) for v in (one, part, one * one, part * one, part * part)]
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
