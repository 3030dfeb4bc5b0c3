"""How wide a text is in the widest font that a page may be shown in, and drawings that leave room for it.

The renderer lays a drawing out for Arial. A machine without Arial or Liberation Sans shows it in DejaVu Sans, which is a
sixth wider (a fifth in bold): without this, labels would be clipped or run into one another there.
"""

import math
import re
import unicodedata
from collections.abc import Iterator
from typing import Final
from xml.dom.minidom import Element

SIZE: Final = 12  # pixels: the size of text unless a mark says otherwise
_MARGIN: Final = 6  # pixels between the outermost text and the edge of its drawing
_ASCENT, _DESCENT = 0.93, 0.24  # of the size: DejaVu Sans again

# Advance widths as shares of the font size: for each character the wider of DejaVu Sans and Liberation Sans (which has
# Arial's widths), rounded up to a twentieth. Read from the fonts' tables: DejaVu 2.37, Liberation 1.07.
_REGULAR: Final = {
    0.3: "'Iijl",
    0.35: " ,./:;\\|\N{LEFT SINGLE QUOTATION MARK}\N{RIGHT SINGLE QUOTATION MARK}·",
    0.4: "()-[]ft",
    0.45: "!r",
    0.5: '"*J`°',
    0.55: "csz“”",
    0.6: "?L_kvxy\N{EN DASH}•",
    0.65: "$0123456789FTabdeghnopqu{}£",
    0.7: "ABEKPSVXYZ",
    0.75: "CNRU",
    0.8: "&DGHOQ",
    0.85: "#+<=>^w~\N{MINUS SIGN}\N{MULTIPLICATION SIGN}÷±≤≥↑↓",
    0.9: "M",
    1.0: "%Wm—…½¼¾→",
    1.05: "@",
}
_BOLD: Final = {
    0.35: " 'ijl",
    0.4: ",./:;I\\|\N{LEFT SINGLE QUOTATION MARK}\N{RIGHT SINGLE QUOTATION MARK}·",
    0.45: "-f",
    0.5: "!()[]`rt°",
    0.55: '"*',
    0.6: "J_csz\N{EN DASH}",
    0.65: "?Lx•",
    0.7: "$0123456789EFTaekovy£“”",
    0.75: "CPSYZbdghnpqu{}",
    0.8: "ABKRVX",
    0.85: "#+<=>DGHNU^~\N{MINUS SIGN}\N{MULTIPLICATION SIGN}÷±≤≥↑↓",
    0.9: "&OQ",
    0.95: "w",
    1.0: "@M—…→",
    1.05: "%m½¼¾",
    1.15: "W",
}
_OTHER: Final = 1.05  # any other character: wider than nearly all letters of other alphabets
_WIDTHS: Final = tuple(
    {character: width for width, characters in table.items() for character in characters} for table in (_REGULAR, _BOLD)
)


def text_width(text: str, size: float = SIZE, *, bold: bool = False) -> float:
    """Pixels that one line of text takes in the widest font that a page may be shown in.

    >>> text_width("Year ending") > text_width("Year"), round(text_width("31"), 1)
    (True, 15.6)
    """
    widths = _WIDTHS[bold]
    # A letter with an accent is as wide as the letter; what combines with one has no width.
    plain = (c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    return size * sum(widths.get(c, _OTHER) for c in plain)


def wrapped(text: str, room: float, size: float = SIZE, *, bold: bool = False) -> list[str]:
    """A text in lines of at most so many pixels; a word that is longer than a line is broken, after a hyphen if it has one.

    >>> wrapped("Mid and East of the county", 85)
    ['Mid and East', 'of the county']
    """

    def fits(line: str) -> bool:
        return text_width(line, size, bold=bold) <= room

    lines: list[str] = []
    for word in text.split():
        if lines and fits(f"{lines[-1]} {word}"):
            lines[-1] += f" {word}"
            continue
        lines.append("")
        for piece in re.findall(r"[^-]+-*|-+", word):
            if not lines[-1] or fits(lines[-1] + piece):
                lines[-1] += piece
            else:
                lines.append(piece)
            while len(lines[-1]) > 1 and not fits(lines[-1]):
                end = next((n for n in range(len(lines[-1]) - 1, 1, -1) if fits(lines[-1][:n])), 1)
                lines[-1:] = [lines[-1][:end], lines[-1][end:]]
    return lines or [""]


Box = tuple[float, float, float, float]  # left, top, right, bottom


def leave_room(root: Element) -> None:
    """Widen a drawing where one of its texts would pass its edge in the widest font."""
    left, top, width, height = (float(n) for n in root.getAttribute("viewBox").split())
    boxes = [(left + _MARGIN, top + _MARGIN, left + width - _MARGIN, top + height - _MARGIN), *_texts(root, 0.0, 0.0)]
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    left, top = math.floor(min(lefts)) - _MARGIN, math.floor(min(tops)) - _MARGIN
    width, height = math.ceil(max(rights)) + _MARGIN - left, math.ceil(max(bottoms)) + _MARGIN - top
    root.setAttribute("viewBox", f"{left} {top} {width} {height}")
    box = {"width": width, "height": height}
    for key, value in box.items():
        root.setAttribute(key, str(value))
    for paper in root.childNodes:
        if isinstance(paper, Element) and paper.tagName == "rect":
            for key, value in {"x": left, "y": top, **box}.items():
                paper.setAttribute(key, str(value))


_TRANSLATE: Final = re.compile(r"translate\(([-\d.e]+)[ ,]+([-\d.e]+)\)")


def _texts(node: Element, across: float, down: float) -> Iterator[Box]:
    """The box of each text under a node that lies so far across and down; the renderer moves groups and never turns them."""
    moved = _TRANSLATE.match(node.getAttribute("transform"))
    if moved:
        across, down = across + float(moved[1]), down + float(moved[2])
    # An axis hides the labels that would overlap.
    if node.tagName == "text" and node.getAttribute("opacity") != "0":
        yield from _lines(node, across, down)
    for child in node.childNodes:
        if isinstance(child, Element):
            yield from _texts(child, across, down)


def _lines(text: Element, across: float, down: float) -> Iterator[Box]:
    size = float(text.getAttribute("font-size").removesuffix("px"))
    bold = text.getAttribute("font-weight") == "bold"
    before = {"middle": 0.5, "end": 1.0}.get(text.getAttribute("text-anchor"), 0.0)
    for line in text.getElementsByTagName("tspan") or [text]:
        down += float(line.getAttribute("dy") or 0) if line is not text else 0.0
        words = "".join(child.data for child in line.childNodes if child.nodeType == child.TEXT_NODE)
        width = text_width(words, size, bold=bold)
        if words.strip():
            yield across - before * width, down - _ASCENT * size, across + (1 - before) * width, down + _DESCENT * size
