"""The small drawings of the list of key indicators: a shape for red, amber and green, and the line of a trend.

Promises: red, amber and green differ in word and in shape and never in colour alone; every mark has 3:1 on white (WCAG 2.2, 1.4.11),
tested by computing it. A trend is drawn from released figures only; what is not shown is a gap, never a bridge. Refuses: nothing.
"""

from collections.abc import Sequence
from html import escape
from itertools import groupby
from typing import Final

from workforce.present.kpi_lines import Rag
from workforce.present.theme import PALETTE, SOFT_INK

# The green of the GOV.UK palette, its red, and an orange dark enough to be seen on white.
COLOURS: Final[dict[Rag, str]] = {"green": "#00703C", "amber": "#B35900", "red": "#C8102E"}
SHAPES: Final[dict[Rag, str]] = {
    "green": '<circle cx="6" cy="6" r="5"/>',
    "amber": '<path d="M6 0.5L12 11.5H0Z"/>',
    "red": '<path d="M0.75 0.75h10.5v10.5h-10.5z"/>',
}
WIDTH: Final = 84
HEIGHT: Final = 28
_EDGE: Final = 4.0
_LEAST_SPAN: Final = 0.1  # of the highest figure: a steady figure must look steady


def rag_mark(colour: Rag) -> str:
    """The shape of a colour; the word stands beside it. Empty where there is none.

    >>> rag_mark("no target"), "circle" in rag_mark("green")
    ('', True)
    """
    if colour not in SHAPES:
        return ""
    return f'<svg aria-hidden="true" width="11" height="11" viewBox="0 0 12 12" fill="{COLOURS[colour]}">{SHAPES[colour]}</svg>'


def sparkline(values: Sequence[float | None], *, target: float | None, words: str) -> str:
    """A trend as a small line: gaps where a figure is not shown, a dot at the latest, dashes at the target; `words` is its text.

    >>> drawn = sparkline([1.0, 2.0, None, 3.0, 2.0], target=None, words="rose < 4")
    >>> drawn.count("<polyline"), drawn.count("<circle"), 'aria-label="rose &lt; 4"' in drawn
    (2, 1, True)
    """
    known = [v for v in values if v is not None]
    if not known:
        return ""
    low, high = min(known), max(known)
    if target is not None:
        low, high = min(low, target), max(high, target)
    span = max(high - low, _LEAST_SPAN * max(abs(low), abs(high))) or 1.0
    middle = (low + high) / 2

    def down(value: float) -> float:
        return HEIGHT / 2 - (value - middle) / span * (HEIGHT - 2 * _EDGE)

    def across(place: int) -> float:
        return _EDGE + place * (WIDTH - 2 * _EDGE) / max(len(values) - 1, 1)

    parts = []
    if target is not None:
        at = f"{down(target):.1f}"
        parts.append(f'<path d="M0 {at}H{WIDTH}" stroke="{SOFT_INK}" stroke-width="1" stroke-dasharray="4 3"/>')
    places = [(across(n), down(v)) if v is not None else None for n, v in enumerate(values)]
    for shown, stretch in groupby(places, key=lambda place: place is not None):
        points = [place for place in stretch if place is not None]
        if shown and len(points) > 1:
            line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
            parts.append(f'<polyline points="{line}" fill="none" stroke="{PALETTE[0]}" stroke-width="1.5"/>')
        elif shown:
            parts.append(_dot(points[0], 1.5))
    if places[-1] is not None:
        parts.append(_dot(places[-1], 2.5))
    return (
        f'<svg role="img" aria-label="{escape(words)}" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}">'
        f"{''.join(parts)}</svg>"
    )


def _dot(place: tuple[float, float], size: float) -> str:
    return f'<circle cx="{place[0]:.1f}" cy="{place[1]:.1f}" r="{size}" fill="{PALETTE[0]}"/>'
