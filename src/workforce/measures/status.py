"""Red, amber or green: on which side of its target a figure is, by the exact figure, and never in conflict with the printed one.

Where the printed figure is on another side than the exact one, the words say so and there is no colour.
"""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

import polars as pl

from workforce.book import Better, measure_book
from workforce.results import MeasureTable

GREEN: Final = "green"
AMBER: Final = "amber"
RED: Final = "red"
NEAR_TARGET: Final = "near the target"
NEAR_AMBER: Final = "between amber and red"
STATUSES: Final = (GREEN, AMBER, RED, NEAR_TARGET, NEAR_AMBER)
STATUS: Final = "status"
AGREED: Final = ("target", "amber_to", "better")
"""What was agreed, next to the status: it is nobody's figure, so that no rule rounds or withholds it."""

_FINE: Final = 9  # decimals of an exact figure: what is beyond them is the machine's
_OTHERWISE: Final = 1  # decimal of a unit that the book does not name, as in present.text.numbers


def amber_edge(target: float, amber: float, better: Better) -> float:
    """The last figure that is amber and not yet red.

    >>> amber_edge(12.0, 2.1, "lower"), amber_edge(60.0, 5.0, "higher")
    (14.1, 55.0)
    """
    exact, width = Decimal(repr(float(target))), Decimal(repr(float(amber)))
    return float(exact + width if better == "lower" else exact - width)


def as_printed(value: float, unit: str) -> Decimal:
    """A figure as it is printed, rounded half up; one that is printed as "<0.1" is half of that.

    >>> as_printed(12.04, "%"), as_printed(0.02, "%"), as_printed(-1234.5, "people")
    (Decimal('12.0'), Decimal('0.05'), Decimal('-1235'))
    """
    is_whole_fte = unit == "FTE" and float(value).is_integer()
    step = Decimal(1).scaleb(0 if is_whole_fte else -measure_book().decimals.get(unit, _OTHERWISE))
    figure = Decimal(repr(float(value))).quantize(step, ROUND_HALF_UP)
    return step / 2 if value > 0 and not figure and step < 1 else figure


def side(figure: Decimal, target: float, amber_to: float, better: Better) -> str:
    """Green: on the target or on its good side; amber: as far as `amber_to`; red: beyond.

    >>> [side(Decimal(figure), 12.0, 14.0, "lower") for figure in ("12.0", "12.1", "14.1")]
    ['green', 'amber', 'red']
    """
    way = 1 if better == "lower" else -1
    if (figure - Decimal(repr(float(target)))) * way <= 0:
        return GREEN
    return AMBER if (figure - Decimal(repr(float(amber_to)))) * way <= 0 else RED


def status_of(exact: float, shown: float, target: float, amber_to: float, *, better: Better, unit: str) -> str:
    """The side of the exact figure, where the figure that is shown, as it is printed, is on the same side.

    Parameters
    ----------
    exact, shown : float
        The figure before and after disclosure control.
    target, amber_to : float
        The target and the last figure that is amber.
    better : {"lower", "higher"}
        Which way is good.
    unit : str
        The unit, on which the printed decimals depend.

    Returns
    -------
    str
        "green", "amber" or "red"; else "near the target", or "between amber and red" where both are off the target.

    Examples
    --------
    >>> [status_of(figure, figure, 12.0, 14.0, better="lower", unit="%") for figure in (12.04, 12.06, 14.04)]
    ['near the target', 'amber', 'between amber and red']
    """
    of_exact = side(round(Decimal(repr(float(exact))), _FINE), target, amber_to, better)
    of_printed = side(as_printed(shown, unit), target, amber_to, better)
    if of_exact == of_printed:
        return of_exact
    return NEAR_TARGET if GREEN in (of_exact, of_printed) else NEAR_AMBER


def with_status(table: MeasureTable, target: float | None, amber: float, better: Better | None) -> MeasureTable:
    """Add the status of the last row, which `release` works out again for the figure that it shows, and what was agreed.

    The rows before it have none: a status is a statement about an exact figure, and the page makes it of the latest alone.

    Parameters
    ----------
    table : MeasureTable
        Rows of one group in time order.
    target : float or None
        In the unit of the figure; without one, or without a good way, the status is null.
    amber : float
        How far on the wrong side of the target is amber.
    better : {"lower", "higher"} or None
        Which way is good.

    Returns
    -------
    MeasureTable
        With the columns status, target, amber_to and better.

    Examples
    --------
    >>> from workforce.stats.rates import measure_table
    >>> sides = pl.DataFrame({"numerator": [13.0], "denominator": [100.0], "people": [100]})
    >>> with_status(measure_table(sides, "turnover", "average", by=[]), 12.0, 2.0, "lower").frame["status"].to_list()
    ['amber']
    """
    last = pl.int_range(pl.len()) == pl.len() - 1
    edge = amber_edge(target, amber, better) if target is not None and better is not None else None
    columns = dict(zip(AGREED, [target if edge is not None else None, edge, better], strict=True))
    kinds = {"target": pl.Float64, "amber_to": pl.Float64, "better": pl.String}
    frame = table.frame.with_columns(
        pl.when(last).then(pl.lit(value, kinds[c])).alias(c) for c, value in columns.items()
    )
    frame = frame.with_columns(status=restated(frame, frame))
    order = [*table.frame.columns, STATUS, *AGREED]
    return table._with(
        frame.select(order),
        added=[*table.added, STATUS, *AGREED],
        _provenance=table._provenance.with_arguments(target=target),
    )


def restated(exact: pl.DataFrame, shown: pl.DataFrame) -> pl.Series:
    """The status of each row for the value that is shown, null where none is; both frames have the rows in one order."""
    rows = zip(exact["value"], shown.select("value", "unit", *AGREED).iter_rows(named=True), strict=True)
    return pl.Series(STATUS, [_status(value, row) for value, row in rows], dtype=pl.String)


def _status(exact: float | None, row: Mapping[str, Any]) -> str | None:
    if exact is None or row["value"] is None or row["target"] is None:
        return None
    return status_of(exact, row["value"], row["target"], row["amber_to"], better=row["better"], unit=row["unit"])
