"""The small drawings of the list of key indicators: a shape for red, amber and green, and the line of a trend.

Red, amber and green differ in word and in shape and never in colour alone; every mark has 3:1 on white (WCAG 2.2, 1.4.11).
"""

from collections.abc import Sequence
from itertools import groupby
from typing import Final

from markupsafe import Markup

from workforce.present.kpi_lines import Rag
from workforce.present.theme import PALETTE, SOFT_INK

# The green of the GOV.UK palette, its red, and an orange dark enough to be seen on white.
COLOURS: Final[dict[Rag, str]] = {"green": "#00703C", "amber": "#B35900", "red": "#C8102E"}
SHAPES: Final[dict[Rag, Markup]] = {
    "green": Markup('<circle cx="6" cy="6" r="5"/>'),
    "amber": Markup('<path d="M6 0.5L12 11.5H0Z"/>'),
    "red": Markup('<path d="M0.75 0.75h10.5v10.5h-10.5z"/>'),
}
_MARK: Final = Markup('<svg aria-hidden="true" width="11" height="11" viewBox="0 0 12 12" fill="{}">{}</svg>')
_SPARKLINE: Final = Markup(
    '<svg role="img" aria-label="{words}" width="{width}" height="{height}" viewBox="0 0 {width} {height}">{parts}</svg>'
)
_TARGET: Final = Markup('<path d="M0 {at:.1f}H{width}" stroke="{ink}" stroke-width="1" stroke-dasharray="4 3"/>')
_LINE: Final = Markup('<polyline points="{points}" fill="none" stroke="{ink}" stroke-width="1.5"/>')
_DOT: Final = Markup('<circle cx="{x:.1f}" cy="{y:.1f}" r="{size}" fill="{ink}"/>')
WIDTH: Final = 84
HEIGHT: Final = 28
_EDGE: Final = 4.0
_LEAST_SPAN: Final = 0.1  # of the highest figure: a steady figure must look steady


def rag_mark(colour: Rag) -> Markup | None:
    """Return the shape of a colour, which is shown next to its word; None where there is no colour.

    >>> rag_mark("no target"), "circle" in rag_mark("green")
    (None, True)
    """
    return _MARK.format(COLOURS[colour], SHAPES[colour]) if colour in SHAPES else None


def sparkline(values: Sequence[float | None], *, target: float | None, words: str) -> Markup | None:
    """Draw a trend as a small line: a gap where a value is not shown, a dot at the latest, dashes at the target.

    Parameters
    ----------
    values : sequence of float or None
        Oldest first.
    target : float, optional
        Where the dashes are.
    words : str
        The alternative text.

    Returns
    -------
    Markup, optional
        None where there is no value.

    Examples
    --------
    >>> drawing = sparkline([1.0, 2.0, None, 3.0, 2.0], target=None, words="rose < 4")
    >>> drawing.count("<polyline"), drawing.count("<circle"), 'aria-label="rose &lt; 4"' in drawing
    (2, 1, True)
    """
    shown = [v for v in values if v is not None]
    if not shown:
        return None
    low, high = min(shown), max(shown)
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
        parts.append(_TARGET.format(at=down(target), width=WIDTH, ink=SOFT_INK))
    places = [(across(n), down(v)) if v is not None else None for n, v in enumerate(values)]
    for _, stretch in groupby(places, key=lambda place: place is not None):
        points = [place for place in stretch if place is not None]
        if len(points) > 1:
            line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
            parts.append(_LINE.format(points=line, ink=PALETTE[0]))
        elif points:
            parts.append(_dot(points[0], 1.5))
    if places[-1] is not None:
        parts.append(_dot(places[-1], 2.5))
    return _SPARKLINE.format(words=words, width=WIDTH, height=HEIGHT, parts=Markup().join(parts))


def _dot(place: tuple[float, float], size: float) -> Markup:
    return _DOT.format(x=place[0], y=place[1], size=size, ink=PALETTE[0])
