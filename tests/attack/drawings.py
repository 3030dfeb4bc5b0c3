"""The drawings of a page measured: points, ends of bars and corners of lines in the units of their axis."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from attack.markup import Element, table, tree

MINUS = "\N{MINUS SIGN}"
_NUMBER = r"-?\d*\.?\d+(?:e-?\d+)?"
BASELINE = 4.0  # labels of an upright axis stand so many pixels lower than their tick
PAST = "#1A1A1A"  # the colour of a line of what happened
CRISP = 0.5  # axes are moved by half a pixel, so that their lines are sharp


@dataclass(frozen=True)
class Mark:
    """One point, corner or end: where it is along the other axis (in pixels), and its value."""

    kind: str  # "line", "symbol", "rect"
    colour: str
    position: float
    value: float
    half: float  # how far off the value can be, by the decimals of the file


@dataclass(frozen=True)
class _Axis:
    """A linear axis: value = start + slope x pixel."""

    scope: Element
    upright: bool
    start: float
    slope: float


def _shift(element: Element) -> tuple[float, float]:
    found = re.search(rf"translate\(({_NUMBER}),\s*({_NUMBER})\)", element.attributes.get("transform", ""))
    return (float(found[1]), float(found[2])) if found else (0.0, 0.0)


def _place(element: Element) -> tuple[float, float]:
    """Where the origin of an element is on the drawing."""
    x = y = 0.0
    around: Element | None = element
    while around is not None and around.tag != "svg":
        across, down = _shift(around)
        x, y, around = x + across, y + down, around.parent
    return x, y


def _scope(element: Element) -> Element:
    """The panel in which an element is drawn: the innermost one that has axes."""
    around = element
    while around.parent is not None and around.parent.tag != "svg":
        around = around.parent
        if re.search(r"role-(scope|frame)", around.attributes.get("class", "")):
            return around
    return around


def _value(text: str) -> float | None:
    plain = re.sub(r"[£,%]", "", text).replace(MINUS, "-")
    return float(plain) if re.fullmatch(r"-?\d+(\.\d+)?", plain) else None


def _axes(svg: Element) -> Iterator[_Axis]:
    for group in svg.all("g"):
        if "role-axis-label" not in group.attributes.get("class", ""):
            continue
        labels = [(_place(text), _value(text.text())) for text in group.all("text")]
        ticks = [(place, value) for place, value in labels if value is not None]
        if len(ticks) < 2 or len(ticks) < len(labels):
            continue
        (first, low), (last, high) = ticks[0], ticks[-1]
        upright = abs(first[1] - last[1]) > abs(first[0] - last[0])
        a, b = (
            (first[1] - BASELINE - CRISP, last[1] - BASELINE - CRISP)
            if upright
            else (first[0] - CRISP, last[0] - CRISP)
        )
        if abs(a - b) > 1:
            slope = (high - low) / (b - a)
            yield _Axis(_scope(group), upright, low - slope * a, slope)


def _corners(path: str) -> Iterator[tuple[float, float]]:
    """The corners of a path in absolute coordinates."""
    x = y = 0.0
    for command, rest in re.findall(r"([MLHVhvmlZz])([^MLHVhvmlZzAC]*)", path):
        numbers = [float(number) for number in re.findall(_NUMBER, rest)]
        if command in "MLml":
            for across, down in zip(numbers[::2], numbers[1::2], strict=False):
                x, y = (x + across, y + down) if command in "ml" else (across, down)
                yield x, y
        elif command in "HhVv":
            for number in numbers:
                x = number if command == "H" else x + number if command == "h" else x
                y = number if command == "V" else y + number if command == "v" else y
                yield x, y


def marks(svg: Element) -> list[Mark]:
    """The lines, points and bars of a drawing, measured along its numeric axis."""
    axes = list(_axes(svg))
    drawn = []
    for path in svg.all("path"):
        group = path.within("g")
        kind = re.search(r"mark-(line|symbol|rect)", group.attributes.get("class", "") if group else "")
        if not kind or "role-mark" not in (group.attributes.get("class", "") if group else ""):
            continue
        scope = _scope(path)
        axis = next((axis for axis in axes if axis.scope is scope), None)
        while axis is None and scope.parent is not None and scope.parent.tag != "svg":
            scope = _scope(scope)
            axis = next((axis for axis in axes if axis.scope is scope), None)
        if axis is None:
            continue
        x, y = _place(path)
        corners = [(0.0, 0.0)] if kind[1] == "symbol" else list(_corners(path.attributes.get("d", "")))
        colour = path.attributes.get("stroke") or path.attributes.get("fill") or ""
        for across, down in corners:
            along, position = (y + down, x + across) if axis.upright else (x + across, y + down)
            drawn.append(Mark(kind[1], colour, position, axis.start + axis.slope * along, abs(axis.slope) * 0.011))
    return drawn


def _printed(figure: Element) -> list[float]:
    """The numbers that the table under a drawing prints, and the ratios of two numbers next to each other."""
    numbers: list[float] = []
    for element in figure.all("table"):
        for row in table(element).rows:
            values = [_value(cell[0] if cell else "") for cell in row.cells]
            numbers += [value for value in values if value is not None]
            for top, bottom in pairwise(values):
                if top is not None and bottom:
                    numbers += [top / bottom, 100 * top / bottom]
    return numbers


@dataclass(frozen=True)
class Finer:
    """Something that is drawn but not printed: the title of its figure, and the values."""

    title: str
    kind: str
    colour: str
    values: tuple[float, ...]


def finer_than_printed(html: str) -> list[Finer]:
    """Lines, points and bars whose values the table of their figure does not print, nor has as a ratio of two printed numbers."""
    found = []
    for figure in tree(html).all("figure"):
        numbers = [0.0, *_printed(figure)]
        title = next((part.text() for part in figure.all("h3")), "")
        for svg in figure.all("svg"):
            groups: dict[tuple[str, str], list[float]] = {}
            for mark in marks(svg):
                near = [value for value in numbers if abs(value - mark.value) <= mark.half + 0.0051]
                if not near:
                    groups.setdefault((mark.kind, mark.colour), []).append(round(mark.value, 3))
            found += [
                Finer(title, kind, colour, tuple(dict.fromkeys(values))) for (kind, colour), values in groups.items()
            ]
    return found


def _month_end(day: int) -> date:
    """The month end that is nearest to a day that was measured."""
    first = date.fromordinal(day + 15).replace(day=1)
    return first - timedelta(1)


def series_drawn(page: Element, title: str, colour: str) -> list[tuple[date, float]]:
    """The values of a line of the first drawing whose alternative text begins so, by the month ends of its axis."""
    from attack.pages import period_of

    for svg in page.all("svg"):
        if not svg.attributes.get("aria-label", "").startswith(title):
            continue
        days = []
        for group in svg.all("g"):
            if "role-axis-label" in group.attributes.get("class", ""):
                labels = [(_place(text)[0], period_of(text.text())) for text in group.all("text")]
                days = [(x, period[1]) for x, period in labels if period]
                if len(days) > 1:
                    break
        if len(days) < 2:
            return []
        (left, first), (right, last) = days[0], days[-1]
        slope = (last - first).days / (right - left)
        panel = [
            mark for mark in marks(svg) if mark.kind == "line" and mark.colour == colour and mark.position <= right + 1
        ]
        points = [(_month_end(round(first.toordinal() + (mark.position - left) * slope)), mark.value) for mark in panel]
        return list(dict.fromkeys(points))
    return []
