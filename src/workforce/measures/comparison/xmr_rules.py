"""The limits of an XmR chart, and the rules that make a point a special cause.

Limits follow from mean moving ranges. Each point has the first rule that it breaks, in the order of Making Data Count, and its direction.
`xmr` decides which series are judged.
Source: NHS England, Making Data Count; the NHS-R Community's NHSRplotthedots.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
REACH: Final = 2.66  # limits in mean moving ranges: 3 / 1.128, the mean range of two normal values (Shewhart)
SCREEN: Final = 3.267  # a moving range over so many means is screened out once (Making Data Count)
RUN: Final = 7  # points that rise, fall or lie on one side: Making Data Count
WINDOW: Final = 3  # 2 of so many points close to a limit: Making Data Count
_SAME: Final = 1e-12  # relative: differences below it are the machine's


@dataclass(frozen=True, slots=True)
class Limits:
    """Centre and limits of one stretch of a series; limits are nan where there are too few points."""

    centre: float
    lower: float
    upper: float


def limits_of(values: Array, *, screen: bool = True) -> Limits:
    """Centre and limits of values in time order; nan is a gap, across which there is no moving range.

    >>> limits_of(np.array([4.0, 6.0, 4.0, 6.0]))
    Limits(centre=5.0, lower=-0.32..., upper=10.32...)
    """
    shown = values[~np.isnan(values)]
    if not len(shown):
        return Limits(np.nan, np.nan, np.nan)
    centre = float(shown.mean())
    ranges = np.abs(np.diff(values))
    ranges = ranges[~np.isnan(ranges)]
    if not len(ranges):
        return Limits(centre, np.nan, np.nan)
    if screen:
        ranges = ranges[ranges <= SCREEN * ranges.mean() * (1 + _SAME)]
    return Limits(centre, centre - REACH * float(ranges.mean()), centre + REACH * float(ranges.mean()))


def special_causes(values: Array, limits: Limits) -> list[tuple[str, int]]:
    """For each point the first rule that it breaks, and which way it points; ("", 0) where it breaks none.

    >>> special_causes(np.array([4.0, 6.0, 11.0]), Limits(5.0, 0.0, 10.0))
    [('', 0), ('', 0), ('above the upper limit', 1)]
    """
    same = _SAME * max(float(np.nanmax(np.abs(values))), abs(limits.centre))
    third = (limits.upper - limits.centre) / 3
    with np.errstate(invalid="ignore"):
        away = values - limits.centre
        side = np.where(np.abs(away) <= same, 0, np.sign(away))  # nan, a gap, is on neither side
        outside = np.abs(away) > limits.upper - limits.centre + same
        close = ~outside & (np.abs(away) > 2 * third + same)
        step = np.concatenate([[0.0], np.diff(values)])
        step = np.where(np.abs(step) <= same, 0.0, np.sign(step))
    one_side, trend, two_of_three = (np.zeros(len(values)) for _ in range(3))
    for i in range(len(values)):
        run = slice(i, i + RUN)
        if len(side[run]) == RUN and abs(np.nansum(side[run])) == RUN:
            one_side[run] = side[i]
        # Seven points rise by six steps; the step into the first of them does not matter.
        if len(side[run]) == RUN and abs(np.nansum(step[i + 1 : i + RUN])) == RUN - 1:
            trend[run] = step[i + 1]
        window = slice(i, i + WINDOW)
        if close[window].sum() >= WINDOW - 1 and abs(np.nansum(side[window])) == WINDOW:
            two_of_three[window] = np.where(close[window], side[i], two_of_three[window])
    found = []
    for i in range(len(values)):
        way = int(np.nan_to_num(side[i]))
        if outside[i]:
            found.append(("above the upper limit" if way > 0 else "below the lower limit", way))
        elif trend[i]:
            # A trend crosses the centre: it is good or bad by where it goes, whichever side its points are on.
            found.append((f"{RUN} points {'rising' if trend[i] > 0 else 'falling'}", int(trend[i])))
        elif two_of_three[i]:
            found.append((f"2 of {WINDOW} close to the {'upper' if way > 0 else 'lower'} limit", way))
        elif one_side[i]:
            found.append((f"{RUN} points {'above' if way > 0 else 'below'} the centre", way))
        else:
            found.append(("", 0))
    return found
