"""What a warning of each indicator is worth: how long a rise goes unnoticed, and how often a stable series is flagged.

Both are properties of the method on series that arise like the indicator's own: simulated, from a few rounded features of that series.
"""

from collections.abc import Mapping
from itertools import pairwise
from typing import Final

import numpy as np
import polars as pl

from workforce.frames import Array
from workforce.results import MeasureTable
from workforce.stats.xmr import UNJUDGED
from workforce.stats.xmr_warnings import HORIZON, Course, warnings_of

Step = MeasureTable | dict[str, MeasureTable]
NOTICED: Final = "months_to_notice"
FALSE_ALARMS: Final = "false_alarms_a_year"
NOT_ASSESSED: Final = "not assessed: its months differ in another way than those of the series that are simulated"
NOT_NOTICED: Final = f"not within {HORIZON} months"
_LONGEST_MONTH: Final = 31  # days between the ends of two points
_LONGEST_QUARTER: Final = 93
_MOST_CARRIED: Final = 0.95
_LEAST_CARRIED: Final = 0.5  # of a stock: of one that changes more from point to point the model says nothing
# Of a stock, the variance of its points over that of a number of independent cases: 1% to 99% of simulated series have one between these.
# Cases for each FTE vary far less (0.02 to 0.05 in the sample), because recruiting follows the cases.
_LEAST_SPREAD: Final = 0.06
_MOST_SPREAD: Final = 2.0
_MOSTLY: Final = 0.5  # of simulated series that have to be judged for the method to have properties


def with_detection(indicators: Mapping[str, Step]) -> dict[str, Step]:
    """Add to each series what its signals can show: months until a lasting rise of a fifth is noticed, and false alarms a year.

    Parameters
    ----------
    indicators : mapping of str to MeasureTable or ladder
        The tables of `kpis`.

    Returns
    -------
    dict of str to MeasureTable or ladder
        The same tables; those that were judged have `months_to_notice` (in words) and `false_alarms_a_year` at their latest point. Null
        where it is not judged, or points are neither months nor quarters.

    Notes
    -----
    A rise is noticed where 80% of 400 simulated series have had a signal upwards since it began. The series have the kind of the measure
    book, the indicator's number of events, spread and carry-over to two figures, and as many points. Of a share, its rarer side rises
    (those who left, of those who might have stayed); of a stock, what comes to it. The carry-over of a stock follows from its changes and
    the variance of a number of independent cases: an autocorrelation is far too low in 24 points (its median is 0.7 where 0.95 is true),
    and a stock that seems to change at once would seem to warn at once. A stock whose changes or spread do not fit is not assessed.

    References
    ----------
    This project's measure book, "Variation".

    Examples
    --------
    >>> with_detection({})
    {}
    """
    return {
        name: _with_properties(step)
        if isinstance(step, MeasureTable)
        else {words: _with_properties(table) for words, table in step.items()}
        for name, step in indicators.items()
    }


def _with_properties(table: MeasureTable) -> MeasureTable:
    if "variation" not in table.added:
        return table
    months, alarms = _properties(table)
    last = pl.int_range(pl.len()) == pl.len() - 1
    columns = {NOTICED: pl.lit(months, pl.String), FALSE_ALARMS: pl.lit(alarms, pl.Float64)}
    frame = table.frame.with_columns(pl.when(last).then(value).alias(name) for name, value in columns.items())
    return table._with(frame, added=[*table.added, *columns])


def _properties(table: MeasureTable) -> tuple[str | None, float | None]:
    """Months until a rise is noticed, in words, and false alarms a year; null where there is nothing to say."""
    frame = table.frame
    months = _months_of_a_point(frame)
    if frame.is_empty() or months is None or frame["variation"][-1] in (*UNJUDGED, None):
        return None, None
    course = _course(table)
    if course is None:
        return None, None
    if course.kind == "stock" and not _is_simulated(frame["value"].drop_nulls().to_numpy(), course):
        return NOT_ASSESSED, None
    properties = warnings_of(course, points=frame["value"].count())
    if properties.judged < _MOSTLY:
        return None, None
    words = NOT_NOTICED if properties.months is None else f"{properties.months * months} months"
    return words if words != "1 months" else "1 month", round(properties.false_alarms / months, 1)


def _months_of_a_point(frame: pl.DataFrame) -> int | None:
    steps = [(later - earlier).days for earlier, later in pairwise(frame["period_end"].to_list())]
    step = float(np.median(steps)) if steps else float("inf")
    return 1 if step <= _LONGEST_MONTH else 3 if step <= _LONGEST_QUARTER else None


def _course(table: MeasureTable) -> Course | None:
    """How the points of a series arise, to two figures; None of a kind that the measure book does not state."""
    rows = table.frame.filter(pl.col("value").is_not_null())
    book = table.definition(str(rows["measure"][0]), str(rows["definition"][0]))
    values = rows["value"].to_numpy()
    centre = float(values.mean())
    if book.series is None or centre <= 0:
        return None
    if book.series == "seasonal":
        months = rows["period_end"].dt.month().to_numpy()
        usual = np.array([values[months == month].mean() for month in months])
        return Course(
            "seasonal",
            _rounded(centre),
            spread=_rounded(_spread(values - usual) / centre),
            carry=_carry(values - usual),
        )
    if rows["numerator"].null_count() or (book.limits == "Wilson" and rows["denominator"].null_count()):
        return None
    events = float(rows["numerator"].to_numpy().mean())
    if book.series == "stock":
        return Course("stock", _rounded(events), carry=_carry_of_stock(values / centre, events))
    if book.limits == "Wilson":
        total = float(rows["denominator"].to_numpy().mean())
        rarer = min(events, total - events)
        centre, events = min(centre, book.scale - centre), rarer / (1 - rarer / total)  # as many as vary like a share
    if events <= 0 or centre <= 0:
        return None
    return Course("flow", _rounded(events), spread=_rounded(_spread(values - values.mean()) / centre))


def _spread(deviations: Array) -> float:
    return float(np.sqrt(np.sum(deviations**2) / max(len(deviations) - 1, 1)))


def _carry(deviations: Array) -> float:
    """How much of a deviation is left at the next point: the first autocorrelation, to one decimal."""
    squares = float(np.sum(deviations**2))
    share = float(np.sum(deviations[1:] * deviations[:-1])) / squares if squares else 0.0
    return min(round(max(share, 0.0), 1), _MOST_CARRIED)


def _carry_of_stock(shares: Array, present: float) -> float:
    """How much of a stock is left at the next point, to two decimals, from its changes as shares of its mean and the number present.

    Of a stock of independent cases, the mean square of a change is twice the mean times what does not carry over.

    >>> _carry_of_stock(np.array([1.0, 1.01, 1.0, 0.99]), 1000.0)
    0.95
    """
    changes = np.diff(shares)
    share = 1 - present * float(np.mean(changes**2)) / 2 if len(changes) else 0.0
    return min(round(max(share, 0.0), 2), _MOST_CARRIED)


def _is_simulated(values: Array, course: Course) -> bool:
    """Whether the changes and the spread of a stock are such as the simulated ones have."""
    spread = _spread(values / values.mean() - 1.0)
    return course.carry >= _LEAST_CARRIED and _LEAST_SPREAD <= course.mean * spread**2 <= _MOST_SPREAD


def _rounded(value: float) -> float:
    return float(f"{value:.2g}")
