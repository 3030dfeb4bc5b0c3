"""Reading a released life table: who is still there after so many whole units of time, and how many were at risk then.

Promises: a curve is read as the steps that it is, and never beyond its last time. Refuses: nothing.
"""

from typing import Any, Final

from workforce.book.constants import DAYS_IN_A_YEAR
from workforce.present.view import View

LATEST_YEAR: Final = 5  # the horizon of a title: boards speak of five years


def days_at(year: int) -> int:
    """A whole number of years of service in days.

    >>> days_at(1), days_at(4)
    (365, 1461)
    """
    return int(year * DAYS_IN_A_YEAR)


def still_there(seen: View, name: str, units: int) -> dict[str, Any]:
    """The row of a group's curve that holds after so many units of its time, with proportions; null values beyond its end."""
    nothing: dict[str, Any] = {"value": None, "lower": None, "upper": None, "marker": None}
    rows = seen.of(name).rows()
    day = seen.curve.days(units)
    if not rows or rows[-1]["time"] < day:
        return nothing
    past = [r for r in rows if r["time"] <= day]
    return past[-1] if past else {"value": 1.0, "lower": None, "upper": None, "marker": None}


def at_risk(seen: View, name: str, units: int) -> dict[str, Any] | None:
    """The row that holds the number at risk just before so many units of time; null beyond the curve's end.

    That is the row of the next time at or after it: between two times of a life table nobody joins or leaves the risk set,
    because its rows stand at every time of an entry too.
    """
    day = max(seen.curve.days(units), 1)  # nobody is at risk at time 0: at risk means entry < t
    return next((r for r in seen.of(name).rows() if r["time"] >= day), None)


def told_at(seen: View) -> int | None:
    """The last whole unit, up to the horizon of its kind, at which every group's curve has a figure."""
    names = seen.series
    for units in range(seen.curve.horizon, 0, -1):
        if names and all(still_there(seen, name, units)["value"] is not None for name in names):
            return units
    return None
