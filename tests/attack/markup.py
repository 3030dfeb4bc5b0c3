"""A page as a tree of elements, with its tables as rows of cells, its sentences and its drawings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

_EMPTY = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"]
)
_UNSEEN = frozenset({"style", "script"})
# Columns that say what a row is about, whether or not their cells are marked as headers.
KEYS = frozenset(
    {"Period", "Month", "Date", "Staff group", "Band", "Role", "Employer", "Source", "Table", "Rule", "Organisation"}
)


@dataclass
class Element:
    """An element of a page, with its text and elements in order."""

    tag: str
    attributes: dict[str, str]
    parent: Element | None
    parts: list[Element | str] = field(default_factory=list)

    def elements(self) -> Iterator[Element]:
        """All elements below this one, in the order of the page."""
        for part in self.parts:
            if isinstance(part, Element):
                yield part
                yield from part.elements()

    def all(self, *tags: str) -> list[Element]:
        """The elements below this one that have one of these tags."""
        return [element for element in self.elements() if element.tag in tags]

    def text(self) -> str:
        """What a reader sees, with one space between words."""
        return " ".join("".join(self._words()).split())

    def _words(self) -> Iterator[str]:
        for part in self.parts:
            if isinstance(part, str):
                yield part
            elif part.tag == "br":
                yield "\n"
            elif part.tag not in _UNSEEN and part.tag != "svg":
                yield from part._words()

    def lines(self) -> list[str]:
        """The text as the lines into which breaks and small print divide it."""
        return [line for line in (" ".join(line.split()) for line in "".join(self._words()).split("\n")) if line]

    def within(self, *tags: str) -> Element | None:
        """The nearest element around this one that has one of these tags."""
        around = self.parent
        while around is not None and around.tag not in tags:
            around = around.parent
        return around


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("page", {}, None)
        self._open = self.root

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs}, self._open)
        self._open.parts.append(element)
        if tag not in _EMPTY:
            self._open = element

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open.parts.append(Element(tag, {name: value or "" for name, value in attrs}, self._open))

    def handle_endtag(self, tag: str) -> None:
        element: Element | None = self._open
        while element is not None and element.tag != tag:
            element = element.parent
        if element is not None and element.parent is not None:
            self._open = element.parent

    def handle_data(self, data: str) -> None:
        self._open.parts.append(data)


def tree(html: str) -> Element:
    """The elements of a page."""
    builder = _Builder()
    builder.feed(html)
    builder.close()
    return builder.root


@dataclass(frozen=True)
class Row:
    """A row of a table: the cells that head it, and the others, each with the lines of its text."""

    heads: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Table:
    """A table as a reader sees it."""

    caption: str
    heads: tuple[str, ...]
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...]
    element: Element


def table(element: Element) -> Table:
    """Read a table: headers that name its rows come first, those that name its columns after them."""
    caption = next((part.text() for part in element.all("caption")), "")
    lines = [[cell for cell in row.parts if isinstance(cell, Element)] for row in element.all("tr")]
    heading = [
        row
        for row in lines
        if row and all(cell.tag == "th" and cell.attributes.get("scope", "col") == "col" for cell in row)
    ]
    titles = [cell.text() for cell in heading[0]] if heading else []
    body = [line for line in lines if not any(line is row for row in heading)]
    count = max((sum(cell.tag == "th" for cell in line) for line in body), default=0)
    while count < len(titles) and titles[count] in KEYS:
        count += 1
    rows = []
    for line in body:
        heads = tuple(cell.lines()[0] if cell.lines() else "" for cell in line[:count])
        rows.append(Row(heads, tuple(tuple(cell.lines()) for cell in line[count:])))
    around = element.parent
    notes = tuple(part.text() for part in around.all("p")) if around is not None and around.tag == "div" else ()
    return Table(caption, tuple(titles[:count]), tuple(titles[count:]), tuple(rows), notes, element)
