"""How a chart looks: the colours, line styles and shapes of series, and the Altair theme that all charts share.

At most four series, each with its own colour, dash and shape; every mark has 3:1 and every text 4.5:1 on white (WCAG 2.2, 1.4.11 and
1.4.3), tested by computing it. Source of the colours:
Government Analysis Function, "Data visualisation: colours in charts".
"""

import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Final

from workforce.errors import UsageError

PALETTE: Final = ("#12436D", "#28A197", "#801650", "#F46A25", "#3D3D3D", "#A285D1")
INK: Final = "#1A1A1A"  # text
SOFT_INK: Final = "#525252"  # axis numbers and notes
RULE: Final = "#6F6F6F"  # axis lines and comparator rules
GRID: Final = "#DADADA"  # decoration only: nothing is read from a grid line
PAPER: Final = "#FFFFFF"
QUIET: Final = "#7A8794"  # bars next to a highlighted one
# Liberation Sans ships with the renderer and has Arial's widths, so that an SVG is laid out alike with and without Arial.
FONT: Final = "Arial, Liberation Sans, Helvetica, DejaVu Sans, sans-serif"
MOST_SERIES: Final = 4  # Analysis Function: readers cannot distinguish more than four colours
WIDTH: Final = 600
HEIGHT: Final = 280
_CONTROLS: Final = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]")  # all but the line break of a wrapped name
LEAST_TEXT_CONTRAST: Final = 4.5  # WCAG 2.2, 1.4.3
LEAST_MARK_CONTRAST: Final = 3.0  # WCAG 2.2, 1.4.11


@dataclass(frozen=True, slots=True)
class Style:
    """How one series is drawn."""

    colour: str
    dash: tuple[int, ...]
    shape: str


STYLES: Final = (
    Style(PALETTE[0], (1, 0), "circle"),
    Style(PALETTE[1], (7, 3), "square"),
    Style(PALETTE[2], (2, 2), "triangle-up"),
    Style(PALETTE[3], (9, 3, 2, 3), "diamond"),
)


def styles(series: Sequence[str]) -> dict[str, Style]:
    """A style for each series, in their order.

    >>> styles(["North", "South"])["South"].shape
    'square'
    """
    if len(series) > MOST_SERIES:
        raise UsageError(
            "{series} series on one chart; at most {most} can be told apart",
            hint="draw each in a panel of its own with panels=True, use chart.bars, or measure fewer groups",
            series=len(series),
            most=MOST_SERIES,
        )
    return dict(zip(series, STYLES, strict=False))


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours (WCAG 2.2): 1 for equal colours, 21 for black on white.

    >>> contrast("#000000", "#FFFFFF")
    21.0
    """
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    # The relative luminance of sRGB, with the constants of WCAG 2.2.
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)  # noqa: PLR2004
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def config() -> dict[str, Any]:
    """The theme as the `config` of a Vega-Lite specification.

    >>> config()["range"]["category"][0]
    '#12436D'
    """
    return {
        # Marks would each carry their value in an aria-label; the figure's own text and table are shorter and clearer.
        "aria": False,
        "background": PAPER,
        "font": FONT,
        "padding": 6,
        "view": {"stroke": None, "continuousWidth": WIDTH, "continuousHeight": HEIGHT},
        "range": {"category": list(PALETTE)},
        "axis": {
            "labelColor": SOFT_INK,
            "labelFontSize": 12,
            "titleColor": INK,
            "titleFontSize": 12,
            "titleFontWeight": "normal",
            "titlePadding": 8,
            "domainColor": RULE,
            "tickColor": RULE,
            "gridColor": GRID,
            "labelFlush": False,
        },
        "axisX": {"grid": False, "labelSeparation": 10},  # room for what a wider font adds to two dates
        "axisY": {"domain": False, "ticks": False, "grid": True, "labelPadding": 8},
        "title": {
            "anchor": "start",
            "frame": "group",
            "fontSize": 12,
            "fontWeight": "normal",
            "color": INK,
            "offset": 12,
            "lineHeight": 16,
        },
        "header": {
            "labelFontSize": 13,
            "labelColor": INK,
            "labelAnchor": "start",
            "labelFontWeight": "bold",
            "title": None,
        },
        "text": {"fontSize": 12, "color": INK},
        "rule": {"color": RULE},
        # Vega-Lite draws points and ticks at 0.7, which takes the lighter colours under 3:1.
        "point": {"opacity": 1},
        "tick": {"opacity": 1},
    }


def altair() -> ModuleType:
    """Altair, imported on first use, with this theme registered in it under the name `workforce`.

    The theme is used for this library's charts only; `altair.theme.enable("workforce")` lets an analyst's own charts
    look the same.
    """
    # A dependency of jsonschema that JupyterLab brings builds grammars for 2.5 s at import and is needed only to check web addresses,
    # which no chart has. Without this line every process pays for it. To be dropped when rfc3987_syntax imports quickly.
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
    import altair as alt

    # Each time, in the place of whatever else was registered under the name: a theme can write on the axes.
    alt.theme.register("workforce", enable=False)(_theme)
    return alt


def _theme() -> Any:  # noqa: ANN401 - Altair's own type needs Altair imported
    return {"config": config()}


def specification(chart: Any, *, title: Sequence[str] = ()) -> Mapping[str, Any]:  # noqa: ANN401 - one of Altair's chart types
    """A chart as a Vega-Lite specification in this theme; `title` is what the vertical axis shows, a line each."""
    alt = altair()
    with alt.theme.enable("workforce"):
        # Checked against the schema in the tests, not at each drawing: the check takes longer than the drawing.
        spec: dict[str, Any] = chart.to_dict(validate=False)
    if title:
        spec["title"] = {"text": list(title)}
    plain: dict[str, Any] = _without_controls(spec)
    return plain


def _without_controls(node: Any) -> Any:  # noqa: ANN401 - any part of a specification
    """The same with a space for each control character: the renderer ends the whole process at a NUL in a text."""
    if isinstance(node, str):
        return _CONTROLS.sub(" ", node)
    if isinstance(node, dict):
        return {key: _without_controls(child) for key, child in node.items()}
    return [_without_controls(child) for child in node] if isinstance(node, list) else node
