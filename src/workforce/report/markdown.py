"""A notebook's markdown as HTML: headings with anchors, addresses as text, everything else escaped.

A page has one first-level heading, and all others are a level or more below it. Raw HTML in markdown is shown as text.
"""

import re
from dataclasses import dataclass
from html import escape, unescape
from typing import Any, Final

import mistune

PLUGINS: Final = (
    "strikethrough",
    "table",
    "def_list",
)  # not "url": a bare address stays text, for a page links to nothing outside itself
WITHIN_THE_REPORT: Final = re.compile(r"#|[\w-]+\.html(?:#|$)")


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of a page: its level, its words, and the anchor that a contents list leads to."""

    level: int
    text: str
    anchor: str


class PageRenderer(mistune.HTMLRenderer):
    """Renders the markdown cells of one page, in order, and remembers the headings."""

    def __init__(self) -> None:
        super().__init__(escape=True)
        self.headings: list[Heading] = []
        self._render = mistune.create_markdown(renderer=self, plugins=list(PLUGINS))

    def render(self, source: str) -> str:
        """One cell as HTML."""
        return str(self._render(source))

    def heading(self, text: str, level: int, **_: Any) -> str:  # noqa: ANN401  # mistune's own signature
        """The page's first heading is its title; all others are at least one level lower."""
        level = max(level, 2) if self.headings else 1
        plain = unescape(re.sub(r"<[^>]*>", "", text)).strip()
        anchor = self._anchor(plain)
        self.headings.append(Heading(level, plain, anchor))
        return f'<h{level} id="{anchor}">{text}</h{level}>\n'

    def link(self, text: str, url: str, title: str | None = None) -> str:
        """A link within the report, or the words with the address behind them."""
        if WITHIN_THE_REPORT.match(url):
            return super().link(text, url, title)
        return text if unescape(text) == url else f"{text} ({escape(url)})"

    def _anchor(self, text: str) -> str:
        base = "section-" + (re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "untitled")
        anchors = {heading.anchor for heading in self.headings}
        return base if base not in anchors else f"{base}-{len(anchors)}"


def opening(source: str) -> tuple[str, str]:
    r"""The title and the first paragraph of a notebook's first markdown cell, as plain text: what a page is, and what it answers.

    >>> opening("# Data quality\n\nWhat was *refused*, and why.\n\nMore.")
    ('Data quality', 'What was refused, and why.')
    """
    renderer = PageRenderer()
    html = renderer.render(source)
    title = renderer.headings[0].text if renderer.headings else ""
    paragraph = re.search(r"<p>(.*?)</p>", html, re.DOTALL)
    return title, unescape(re.sub(r"<[^>]*>", "", paragraph[1])).strip() if paragraph else ""
