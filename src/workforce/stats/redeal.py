"""What chance alone would make of a group's ratio, found by dealing the units of all groups (people) out to them again and again.

Amounts that few people have, such as days lost, are far from normal in a small group. Dealt out within strata, every unit is as likely to
be in one group as in another, whatever the distribution of the amounts; sizes of groups and their make-up by stratum stay as they are.

Source: Fisher (1935), The design of experiments, section 21; Phipson & Smyth (2010), Stat Appl Genet Mol Biol 9:39 (counting the limits).
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np

from workforce.errors import UsageError
from workforce.frames import Array, Whole

DEALS: Final = 20_000
SEED: Final = 1935
_AT_A_TIME: Final = (
    100_000  # numbers in one step, a deal having one for each unit: they stay in the cache of a processor
)
_FEW_BITS: Final = 9  # of a place among up to 512 units, which short numbers hold next to 23 random bits
_SAME: Final = 1e-9  # of a limit: sums of the same units in another order


def dealt_limits(
    amount: Array, size: Array, group: Whole, stratum: Whole, levels: Sequence[float], *, deals: int = DEALS
) -> list[tuple[Array, Array]]:
    """Return lower and upper limits of each group's sum of amounts over its sum of sizes, one pair for each level.

    A group outside its limits of 99.8% is further out, on that side, than in all but a thousandth of the deals.

    Parameters
    ----------
    amount, size : array of float
        Numerator and denominator of each unit.
    group, stratum : array of int
        The group (0, 1, ...) and the stratum of each unit; units are dealt out within their stratum.
    levels : sequence of float
        Levels of the limits.
    deals : int
        How often units are dealt out; the same deals for the same units, in whatever order they come.

    Raises
    ------
    UsageError
        Where so few deals say nothing of a level.

    Examples
    --------
    >>> days, people = np.array([0.0, 0.0, 0.0, 12.0]), np.ones(4)
    >>> dealt_limits(days, people, np.array([0, 0, 1, 1]), np.zeros(4, dtype=int), [0.95], deals=999)   # 0 or 12 days for two people
    [(array([0., 0.]), array([6.00..., 6.00...]))]
    """
    ranks = [int((1 - level) / 2 * (deals + 1) + _SAME) for level in levels]
    if not all(ranks):
        raise UsageError("limits of this level need more deals", where="limits=", hint="(0.95, 0.998) is usual")
    ratios = _dealt_ratios(amount, size, group, stratum, deals)
    places = sorted({place for rank in ranks for place in (rank - 1, deals - rank)})
    ratios.partition(places, axis=1)
    return [(ratios[:, rank - 1] * (1 - _SAME), ratios[:, deals - rank] * (1 + _SAME)) for rank in ranks]


def _dealt_ratios(amount: Array, size: Array, group: Whole, stratum: Whole, deals: int) -> Array:
    """The ratio of each group (a row) in each deal (a column); 0 where its size is 0."""
    # Not in the order in which they come, which may be that of their keys.
    order = np.lexsort((size, amount, group, stratum))
    amount, size, group, stratum = amount[order], size[order], group[order], stratum[order]
    rng = np.random.default_rng(SEED)
    amounts, sizes = (np.zeros((deals, int(group.max()) + 1)) for _ in range(2))
    edges = [0, *(np.flatnonzero(np.diff(stratum)) + 1).tolist(), len(stratum)]
    for first, stop in pairwise(edges):
        runs = np.concatenate([[0], np.flatnonzero(np.diff(group[first:stop])) + 1])
        groups = group[first:stop][runs]
        if len(runs) == 1:  # a stratum of one group: whoever is dealt, its sums are the same
            amounts[:, groups[0]] += amount[first:stop].sum()
            sizes[:, groups[0]] += size[first:stop].sum()
            continue
        step = max(1, _AT_A_TIME // (stop - first))
        for begin in range(0, deals, step):
            rows = slice(begin, min(begin + step, deals))
            units = _shuffled(rng, rows.stop - rows.start, stop - first)
            amounts[rows, groups] += np.add.reduceat(amount[first:stop][units], runs, axis=1)
            sizes[rows, groups] += np.add.reduceat(size[first:stop][units], runs, axis=1)
    ratios = np.divide(amounts, sizes, out=np.zeros_like(amounts), where=sizes > 0)
    return np.ascontiguousarray(ratios.T)


def _shuffled(rng: np.random.Generator, deals: int, units: int) -> Whole:
    """The places 0, 1, ... of units in random order, a row for each deal: numbers at random whose last bits are the place, sorted."""
    bits = max(1, (units - 1).bit_length())
    # Two units with the same random bits come in the order of their places: with 23 bits or more, in one of 60 deals or fewer.
    short = bits <= _FEW_BITS
    keys = (
        rng.integers(0, 1 << 32, (deals, units), dtype=np.uint32) if short else rng.integers(0, 1 << 63, (deals, units))
    )
    keys >>= bits
    keys <<= bits
    keys |= np.arange(units).astype(keys.dtype)
    keys.sort(axis=1)
    keys &= (1 << bits) - 1
    return keys.astype(np.int64)
