"""Checks of a fitted hazards model: are the hazards proportional, and what if a person's spells go together.

The check is the score test for a coefficient that changes with time (Grambsch & Therneau 1994, as `cox.zph` of R's survival 3): time is
counted as one less the product-limit curve of all spells (R's transform "km"). The robust variance is that of Lin & Wei (1989), the score
residuals added up by person.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from workforce.measures.leaving.cox_sums import Sums
from workforce.measures.leaving.influence import one_over
from workforce.measures.leaving.product_limit import added_up, running
from workforce.measures.leaving.spells import COUNTS

GLOBAL: Final = "global"
_WIDE: Final = 100_000  # days are counted into bins up to here

Array = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]


def proportionality(sums: Sequence[Sums], counts: pl.DataFrame, terms: Sequence[tuple[str, list[int]]]) -> pl.DataFrame:
    """The test of each covariate (all its levels at once) and of all: covariate, statistic, df, p_value.

    A small p says that the hazard ratio changed over time, so that one figure for it is an average. Null where it cannot be tested.
    terms: each covariate with the places of its coefficients.
    """
    clock = _gone_before(counts, [one.sets.times for one in sums])
    leavers = np.concatenate([one.sets.leavers for one in sums])
    centre = float(np.sum(np.concatenate(clock) * leavers) / leavers.sum())
    clock = [c - centre for c in clock]
    slope = np.sum([c @ (one.observed - one.expected) for c, one in zip(clock, sums, strict=True)], axis=0)
    powers = [one.information(np.stack([c**0, c, c**2])) for c, one in zip(clock, sums, strict=True)]
    plain, by_time, by_square = np.sum(powers, axis=0)
    whole = np.block([[plain, by_time], [by_time, by_square]])
    width = len(plain)
    everything = [*terms, (GLOBAL, list(range(width)))]
    tests = [(name, *_score_test(whole, slope, places), len(places)) for name, places in everything]
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
    for one in sums:
        first = int(one.sets.codes[0])
        mine = (code >= first) & (code <= int(one.sets.codes[-1]))
        residuals = _score_residuals(one, code[mine] - first, entry[mine], end[mine], happened[mine])
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
