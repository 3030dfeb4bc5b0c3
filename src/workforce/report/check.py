"""The check that every page passes before it is published.

Promises: reads the page as a browser would be given it, and says what is wrong in sentences that hold counts and element names,
never text of the page. Refuses: scripts, requests, figures that were not released, and what a screen reader could not follow.
"""

import re
from collections import Counter
from collections.abc import Collection
from html.parser import HTMLParser
from typing import Final

from workforce.report.pages import POLICY

VOID: Final = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"]
)
FORBIDDEN: Final = frozenset(
    ["script", "iframe", "frame", "object", "embed", "applet", "base", "link", "form", "portal"]
)
HEADINGS: Final = ("h1", "h2", "h3", "h4", "h5", "h6")
LOADED: Final = frozenset(["src", "srcset", "poster", "data", "background", "action", "formaction", "ping", "manifest"])
SCHEME: Final = re.compile(r"\s*(?:[a-z][a-z0-9+.-]*:|//|\\\\)", re.IGNORECASE)
STYLE_URL: Final = re.compile(r"url\(\s*+['\"]?+\s*+(?!#|data:)|@import|expression\(", re.IGNORECASE)
DATA_PICTURE: Final = re.compile(r"\s*data:(?:image|font)/", re.IGNORECASE)


class PageReader(HTMLParser):
    """Reads one page and counts what matters about it."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.counts: Counter[str] = Counter()
        self.ids: Counter[str] = Counter()
        self.levels: list[int] = []
        self.rules: set[str] = set()
        self.language: str | None = None
        self.policies: list[str] = []
        self._in_style = False
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Count an element and look at each of its attributes."""
        given = {name: value or "" for name, value in attrs}
        self.counts[tag] += 1
        self._in_style = tag == "style"
        if tag in HEADINGS:
            self.levels.append(int(tag[1]))
        if tag == "html":
            self.language = given.get("lang")
        if tag == "meta" and "http-equiv" in given:
            self._meta(given)
        if tag == "svg":
            self.counts["svg without a text alternative"] += not _has_alternative(given)
        if tag == "img":
            self.counts["picture without a text alternative"] += "alt" not in given
        for name, value in given.items():
            self._attribute(tag, name, value)

    def handle_endtag(self, tag: str) -> None:
        """Leave a style element."""
        self._in_style = self._in_style and tag != "style"

    def handle_data(self, data: str) -> None:
        """Look for addresses in a style."""
        if self._in_style:
            self.counts["address in a style"] += len(STYLE_URL.findall(data))

    def _meta(self, given: dict[str, str]) -> None:
        if given["http-equiv"].lower() == "content-security-policy":
            self.policies.append(given.get("content", ""))
        else:
            self.counts["meta element that acts"] += 1

    def _attribute(self, tag: str, name: str, value: str) -> None:
        address = re.sub(r"[\s\x00-\x1f]", "", value).lower()  # browsers skip these when they read an address
        if name == "id":
            self.ids[value] += 1
        elif name == "data-rule":
            self.rules.add(value)
        elif name.startswith("on"):
            self.counts["attribute that runs a script"] += 1
        elif name in {"href", "xlink:href"}:
            inner = tag == "a" or address.startswith("#") or DATA_PICTURE.match(value)
            self.counts["external address"] += bool(SCHEME.match(address)) and not DATA_PICTURE.match(value)
            self.counts["file that would be fetched"] += not inner
        elif name in LOADED and not DATA_PICTURE.match(value):
            self.counts["file that would be fetched"] += 1
        if address.startswith(("javascript:", "vbscript:")):
            self.counts["address that runs a script"] += 1
        if name != "content" and STYLE_URL.search(value):
            self.counts["address in a style"] += 1


def _has_alternative(given: dict[str, str]) -> bool:
    return given.get("aria-hidden") == "true" or (
        given.get("role") == "img" and bool(given.get("aria-label", "").strip())
    )


FAULTS: Final = (
    "svg without a text alternative",
    "picture without a text alternative",
    "address in a style",
    "meta element that acts",
    "attribute that runs a script",
    "external address",
    "file that would be fetched",
    "address that runs a script",
)


def check_page(html: str) -> list[str]:
    """What is wrong with a page, a sentence each; empty where nothing is.

    Exactly one first heading, headings that do not skip a level, no script, no event attribute, no address beyond the page and its
    neighbours, a text alternative on every drawing, no id twice, nothing that is not for release, the language and the policy.

    >>> check_page("<html lang='en-GB'><h1>Title</h1><h3>Skipped</h3></html>")[:2]
    ['the page has no content-security policy', 'a heading skips a level']
    """
    page = PageReader(html)
    found = [f"{page.counts[fault]} x {fault}" for fault in FAULTS if page.counts[fault]]
    found += [f"{page.counts[tag]} x element {tag}" for tag in sorted(FORBIDDEN) if page.counts[tag]]
    required = {
        "the page is not marked as British English": page.language == "en-GB",
        "the page has no content-security policy": page.policies == [POLICY],
        f"{page.levels.count(1)} first-level headings where there is one": page.levels.count(1) == 1,
        "a heading skips a level": all(
            after <= before + 1 for before, after in zip([0, *page.levels], page.levels, strict=False)
        ),
        f"{sum(n > 1 for n in page.ids.values())} ids are used more than once": max(page.ids.values(), default=1) == 1,
        "the page holds figures that are not for release": "analyst" not in page.rules,
    }
    return found + [sentence for sentence, holds in required.items() if not holds]


def rules_shown(html: str) -> frozenset[str]:
    """The disclosure rules that the figures and tables of a page, or of a part of one, carry.

    >>> sorted(rules_shown('<figure class="wf-figure" data-rule="board"></figure>'))
    ['board']
    """
    return frozenset(PageReader(html).rules)


class _Outermost(HTMLParser):
    """Collects the classes of the elements that stand in no other element."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.depth = 0
        self.classes: list[Collection[str]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self.depth == 0 and tag != "style":
            self.classes.append((dict(attrs).get("class") or "").split())
        self.depth += tag not in VOID

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.depth -= tag not in VOID

    def handle_endtag(self, tag: str) -> None:
        self.depth -= tag not in VOID

    def handle_data(self, data: str) -> None:
        if self.depth == 0 and data.strip():
            self.classes.append([])


def made_by_the_library(html: str) -> bool:
    """Whether a cell's output is a figure, table or sentence of the library, which are made of released figures only.

    A bare frame is not: it could hold people.

    >>> made_by_the_library('<p class="wf-text">Words</p>'), made_by_the_library("<table><tr><td>1</td></tr></table>")
    (True, False)
    """
    classes = _Outermost(html).classes
    return bool(classes) and all(any(name.startswith("wf-") for name in names) for names in classes)
