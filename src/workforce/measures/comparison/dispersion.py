"""Over-dispersion: how much more groups differ than chance explains, as an additive variance between groups.

Spiegelhalter's dispersion ratio and the DerSimonian-Laird variance, after truncating or winsorising, so that outlying groups do not widen
their own limits. Fewer than two groups have no variance between them.
Sources: Spiegelhalter et al., Statistical methods for healthcare regulation, JRSS A 175 (2012) 1, sections 2 and 3; NHS England, SHMI
methodology specification (truncation); the NHS-R Community's FunnelPlotR, whose results this module reproduces.
"""

from typing import Final

import numpy as np

from workforce.measures.intervals import Array

TAMED: Final = 0.1  # of the groups at each end: Spiegelhalter et al. (2012) and SHMI alike


def winsorised(scores: Array) -> Array:
    """Standardised distances with a tenth at each end drawn in to the tenth and ninetieth centiles.

    >>> winsorised(np.array([-9.0, -1.0, 0.0, 1.0, 9.0])).round(1).tolist()
    [-5.8, -1.0, 0.0, 1.0, 5.8]
    """
    return np.clip(scores, np.quantile(scores, TAMED), np.quantile(scores, 1 - TAMED))


def truncated(scores: Array) -> Array:
    """Standardised distances with those in the first and last tenth of the ranks left out (nan).

    >>> truncated(np.arange(-6.0, 6.0)).tolist()
    [nan, -5.0, -4.0, -3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0, 4.0, nan]
    """
    # Ties share the mean of their ranks.
    ranks = np.array([(scores < s).sum() + ((scores == s).sum() + 1) / 2 for s in scores])
    tenth = np.floor(
        ranks / TAMED / (len(scores) + 1) + 1e-9
    )  # a rank of a whole tenth is in it, whatever the machine makes of it
    return np.where((tenth > 0) & (tenth < 1 / TAMED - 1), scores, np.nan)


def dispersion(scores: Array) -> float:
    """The dispersion ratio: the mean squared distance. 1 is chance alone.

    >>> dispersion(np.array([2.0, -2.0, np.nan]))
    4.0
    """
    return float(np.nanmean(scores**2)) if (~np.isnan(scores)).any() else 0.0


def between_groups(scores: Array, errors: Array) -> float:
    """The variance between groups, over and above their standard errors; 0 where chance explains their distances.

    >>> between_groups(np.array([2.0, -2.0]), np.array([1.0, 1.0]))
    7.0
    """
    used = ~np.isnan(scores)
    count, weights = int(used.sum()), 1 / errors[used] ** 2
    if count < 2:  # noqa: PLR2004 - one group does not differ from others
        return 0.0
    more = count * dispersion(scores) - (count - 1)
    return max(0.0, float(more / (weights.sum() - (weights**2).sum() / weights.sum())))
