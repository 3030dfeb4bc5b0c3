"""The sampling variance of an incidence: how much each spell moved it, squared and added up (the infinitesimal jackknife).

Spell i moves the incidence of cause k at t by C_i - F_k(t) G_i, where both are sums over the times s <= t at which i was at risk:
C_i of S(s-) dM_ik / Y + F_k(s) dM_i / (Y - d), G_i of dM_i / (Y - d); Y at risk, d left, S the share still there before s, dM_i what i
did at s (1 for leaving) less what was expected (d / Y). Both are differences of running sums between a spell's exit and its entry, so
that their squares add up from a few sums over the spells that end at each time, and no spell is visited twice. With weights the sums Y
and d are of weights, a spell moves the incidence by its weight as much, and what adds up are the squares of weights.

The standard errors are those of R's multi-state `survfit`, with and without weights.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workforce.measures.leaving.product_limit import added_up, running

Array = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Counts:
    """One row a group and time at which anyone left or was censored, and one at 0 that opens the group.

    begun, ended: for each spell, the last row no later than its entry, and the row of its exit. gone: leavers of each row by cause; the
    last column those censored. why: the column of each spell. late: whether anybody entered after 0. squares: at_risk, entered and gone of
    squared weights (themselves, where everyone counts once), and the squared weight of each spell (null there). people_at_risk,
    people_gone: at_risk and gone without weights.
    """

    group: Whole
    time: Array
    bounds: list[int]
    at_risk: Array
    entered: Array
    gone: Array
    begun: Whole
    ended: Whole
    why: Whole
    late: bool
    squares: "Squares"
    people_at_risk: Array
    people_gone: Array


@dataclass(frozen=True, slots=True)
class Squares:
    """Sums of squared weights: of those at risk, who entered and who went at each row; and the squared weight of each spell."""

    at_risk: Array
    entered: Array
    gone: Array
    spell: Array | None


def variance(counts: Counts, cause: int, value: Array, before: Array) -> Array:
    """The variance of the incidence of one cause at each row. value: the incidence; before: the share still there just before."""
    leavers = counts.gone[:, :-1].sum(axis=1)
    after = one_over(counts.at_risk - leavers)  # 0 where everybody left, as in Greenwood's sum
    share = one_over(counts.at_risk)
    expected = leavers * share * after
    over_all = running(np.add, expected, counts.bounds)
    over_cause = running(np.add, before * counts.gone[:, cause] * share**2 + value * expected, counts.bounds)
    # What leaving itself adds, beyond what was expected until then: to G, and to C by cause (the last column is of those censored).
    jumps_all = np.repeat(after[:, None], counts.gone.shape[1], axis=1)
    jumps_all[:, -1] = 0.0
    jumps = value[:, None] * jumps_all
    jumps[:, cause] += before * share
    entry = _at_entry(counts, over_cause, over_all)
    squares = _squares(counts, (jumps - over_cause[:, None], jumps_all - over_all[:, None]), entry)
    still = _still_at_risk(counts, over_cause, over_all, entry)
    cc, cg, gg = (running(np.add, ended, counts.bounds) + here for ended, here in zip(squares, still, strict=True))
    return np.asarray(cc - 2 * value * cg + value**2 * gg)


def one_over(number: Array) -> Array:
    """One over a number, and 0 where it is 0."""
    return np.divide(1.0, number, out=np.zeros_like(number), where=number > 0)


def _at_entry(counts: Counts, over_cause: Array, over_all: Array) -> Sequence[Array]:
    """By row and cause of exit, summed over the spells: C and G at their entry, and the squares and product of these."""
    if not counts.late:
        return [np.zeros_like(counts.gone)] * 5
    cell = counts.ended * counts.gone.shape[1] + counts.why
    values = (over_cause, over_all, over_cause**2, over_cause * over_all, over_all**2)
    own = counts.squares.spell
    at_entry = (v[counts.begun] if own is None else v[counts.begun] * own for v in values)
    return [added_up(cell, v, counts.gone.size).reshape(counts.gone.shape) for v in at_entry]


def _squares(counts: Counts, at_exit: tuple[Array, Array], entry: Sequence[Array]) -> Sequence[Array]:
    """By row, summed over the spells that end there: C squared, C times G, G squared."""
    (c, g), n = at_exit, counts.squares.gone
    c_in, g_in, cc_in, cg_in, gg_in = entry
    summed = (
        n * c**2 + 2 * c * c_in + cc_in,
        n * c * g + c * g_in + g * c_in + cg_in,
        n * g**2 + 2 * g * g_in + gg_in,
    )
    return [s.sum(axis=1) for s in summed]


def _still_at_risk(counts: Counts, over_cause: Array, over_all: Array, entry: Sequence[Array]) -> Sequence[Array]:
    """By row, summed over the spells that go on after it: C squared, C times G, G squared, so far."""
    squares = counts.squares
    here = squares.at_risk + squares.entered - squares.gone.sum(axis=1)
    values = (over_cause, over_all, over_cause**2, over_cause * over_all, over_all**2)
    c_in, g_in, cc_in, cg_in, gg_in = (
        running(np.add, squares.entered * v - out.sum(axis=1), counts.bounds)
        for v, out in zip(values, entry, strict=True)
    )
    c, g = over_cause, over_all
    return (
        here * c**2 - 2 * c * c_in + cc_in,
        here * c * g - c * g_in - g * c_in + cg_in,
        here * g**2 - 2 * g * g_in + gg_in,
    )
