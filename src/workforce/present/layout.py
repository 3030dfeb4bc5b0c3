"""Where things go on a chart: axes that end on round numbers, names that wrap, labels that do not lie over one another.

Promises: worked out here and not left to the renderer, so that the same data is laid out alike everywhere. Refuses:
nothing.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from workforce.periods import Period
from workforce.present.theme import HEIGHT

LINE: Final = 15  # pixels a line of 12-pixel text takes
_NICE: Final = (1.0, 2.0, 2.5, 5.0, 10.0)
_ZOOM: Final = 0.5  # an axis leaves out zero only where the lowest figure is over half the highest
_DATE_LABELS: Final = 7


@dataclass(frozen=True, slots=True)
class Axis:
    """The ends and ticks of a number axis."""

    low: float
    high: float
    ticks: tuple[float, ...]

    @property
    def cut(self) -> bool:
        """Whether zero is not on the axis."""
        return self.low > 0 or self.high < 0

    def pixel(self, value: float, height: float = HEIGHT) -> float:
        """How far below the top of the plot a value lies."""
        return height * (self.high - value) / (self.high - self.low)

    def value(self, pixel: float, height: float = HEIGHT) -> float:
        """The value that lies so far below the top of the plot."""
        return self.high - pixel * (self.high - self.low) / height


def axis(values: Sequence[float | None], *, zero: bool = False, ticks: int = 5) -> Axis:
    """An axis on round numbers that holds all values.

    Zero is left out only where all lie far from it, and never with `zero`.

        >>> axis([3.0, 11.2]).ticks, axis([1480.0, 1530.0]).low, axis([]).high
        ((0.0, 2.5, 5.0, 7.5, 10.0, 12.5), 1480.0, 1.0)
    """
    known = [v for v in values if v is not None and math.isfinite(v)]
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    if zero or low <= _ZOOM * high:
        low = min(low, 0.0)
    if high < 0:
        high = 0.0
    if high == low:
        low, high = (0.0, high or 1.0) if high >= 0 else (low, 0.0)
    raw = (high - low) / ticks
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(n * power for n in _NICE if n * power >= raw * 0.999999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    marks = tuple(round(n * step, 10) for n in range(first, last + 1))
    return Axis(marks[0], marks[-1], marks)


def spread(wanted: Sequence[float], sizes: Sequence[float], *, low: float, high: float) -> list[float]:
    """Centres nearest to the wanted ones, in the same order, at which labels of these sizes do not overlap.

    >>> spread([50.0, 52.0], [16.0, 16.0], low=0, high=100)
    [43.0, 59.0]
    """
    order = sorted(range(len(wanted)), key=lambda i: (wanted[i], i))
    blocks: list[tuple[list[int], float]] = []  # labels that touch, and where the block begins
    for i in order:
        members, start = [i], wanted[i] - sizes[i] / 2
        while blocks and blocks[-1][1] + sum(sizes[j] for j in blocks[-1][0]) > start:
            members = blocks.pop()[0] + members
            start = _best_start(members, wanted, sizes)
        blocks.append((members, start))
    centres = [0.0] * len(wanted)
    floor = low
    placed = []
    for members, start in blocks:
        total = sum(sizes[j] for j in members)
        begin = max(min(start, high - total), floor)
        placed.append((members, begin))
        floor = begin + total
    for members, begin in placed:
        at = begin
        for j in members:
            centres[j] = at + sizes[j] / 2
            at += sizes[j]
    return centres


def _best_start(members: Sequence[int], wanted: Sequence[float], sizes: Sequence[float]) -> float:
    offset, starts = 0.0, []
    for j in members:
        starts.append(wanted[j] - offset - sizes[j] / 2)
        offset += sizes[j]
    return sum(starts) / len(starts)


def date_ticks(periods: Sequence[Period]) -> list[str]:
    """Which period ends a date axis is labelled at: the last one, and every so many before it.

    >>> from workforce.periods import months
    >>> date_ticks(months("2021-04", "2023-03"))
    ['2021-09-30', '2022-03-31', '2022-09-30', '2023-03-31']
    """
    ends = sorted({p.end for p in periods})
    step = max(1, math.ceil(len(ends) / _DATE_LABELS))
    # Whole years, halves and quarters read better than every fifth month.
    step = next((s for s in (1, 2, 3, 6, 12, 24, 36, 60) if s >= step), step)
    return [f"{e:%Y-%m-%d}" for e in reversed(ends[::-1][::step])]


def utc(day: str) -> dict[str, Any]:
    """A day as Vega-Lite's date, in universal time whatever the machine's own."""
    year, month, number = (int(part) for part in day.split("-"))
    return {"year": year, "month": month, "date": number, "utc": True}


def date_title(periods: Sequence[Period]) -> str:
    """What a date axis shows.

    >>> from workforce.periods import months, year_to
    >>> date_title(months("2021-04", "2021-06")), date_title([year_to("2023-03")])
    ('Month', 'Year ending')
    """
    if all(p.start == p.end for p in periods):
        return "Date"
    if all(p.is_a_year for p in periods):
        return "Year ending"
    return "Month" if all(" to " not in str(p) for p in periods) else "Period ending"


def short(value: float | None) -> float | None:
    """A number as it stands in a specification: four decimals are more than a chart can show."""
    return None if value is None else round(float(value), 4)
