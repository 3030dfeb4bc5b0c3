"""The check that every page passes before it is published: no element that the library never writes, no script, no request.

It is the second fence; escaping is the first. Its sentences give counts and names of elements, never text of the page.
"""

import re
from collections import Counter
from html.parser import HTMLParser
from typing import Final, Literal

from workforce.report.pages import POLICY

Place = Literal["head", "body", "drawing"]
# Every element that the page template, the markdown of notebooks, tables and figures consist of, by where it may be.
ELEMENTS: Final[dict[Place, frozenset[str]]] = {
    "head": frozenset({"meta", "title", "style"}),
    "body": frozenset(
        {
            *("header", "main", "nav", "footer", "div", "p", "a", "strong", "em", "del", "code", "pre", "br", "hr"),
            *("h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "dl", "dt", "dd", "blockquote"),
            *("table", "caption", "thead", "tbody", "tr", "th", "td", "small"),
            *("figure", "figcaption", "details", "summary", "svg"),
        }
    ),
    "drawing": frozenset(
        {"g", "path", "line", "polyline", "rect", "circle", "text", "tspan", "defs", "clippath"}  # in lower case
    ),
}
ONCE: Final = ("html", "head", "body", "style", "title", "main")
# A fault names an element that is listed here or in ELEMENTS; any other name could be a text of the page.
OTHERS: Final = frozenset(
    {
        *(
            "script",
            "iframe",
            "frame",
            "object",
            "embed",
            "applet",
            "base",
            "link",
            "form",
            "portal",
            "template",
            "slot",
        ),
        *("img", "picture", "source", "video", "audio", "canvas", "input", "button", "select", "textarea", "label"),
        *("span", "b", "i", "u", "s", "font", "center", "marquee", "section", "article", "aside", "tfoot", "math"),
        *(
            "use",
            "image",
            "foreignobject",
            "animate",
            "set",
            "symbol",
            "mask",
            "filter",
            "pattern",
            "marker",
            "noscript",
        ),
    }
)
HEADINGS: Final = ("h1", "h2", "h3", "h4", "h5", "h6")
LOADED: Final = frozenset(["src", "srcset", "poster", "data", "background", "action", "formaction", "ping", "manifest"])
SCHEME: Final = re.compile(r"\s*(?:[a-z][a-z0-9+.-]*:|//|\\\\)", re.IGNORECASE)
STYLE_URL: Final = re.compile(r"url\(\s*+['\"]?+\s*+(?!#|data:)|@import|expression\(", re.IGNORECASE)
DATA_PICTURE: Final = re.compile(r"\s*data:(?:image|font)/", re.IGNORECASE)


class PageReader(HTMLParser):
    """Reads one page as a browser would be given it, and counts what matters about it."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.counts: Counter[str] = Counter()
        self.foreign: Counter[str] = Counter()
        self.ids: Counter[str] = Counter()
        self.levels: list[int] = []
        self.rules: set[str] = set()
        self.language: str | None = None
        self.policies: list[str] = []
        self._in_style = False
        self._in_head = False
        self._drawings = 0
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Count an element and look at each of its attributes."""
        attributes = {name: value or "" for name, value in attrs}
        self.counts[tag] += 1
        self._element(tag)
        self._in_style = tag == "style"
        if tag in HEADINGS:
            self.levels.append(int(tag[1]))
        if tag == "html":
            self.language = attributes.get("lang")
        if tag == "meta" and "http-equiv" in attributes:
            self._meta(attributes)
        if tag == "svg":
            self.counts["svg without a text alternative"] += not _has_alternative(attributes)
        for name, value in attributes.items():
            self._attribute(tag, name, value)

    def handle_endtag(self, tag: str) -> None:
        """Leave a style, the head or a drawing."""
        self._in_style = self._in_style and tag != "style"
        self._in_head = self._in_head and tag != "head"
        self._drawings = max(0, self._drawings - (tag == "svg"))

    def handle_data(self, data: str) -> None:
        """Look for addresses in a style."""
        if self._in_style:
            self.counts["address in a style"] += len(STYLE_URL.findall(data))

    def handle_comment(self, data: str) -> None:
        """Count a comment: it could hide the rest of a page."""
        del data
        self.counts["comment"] += 1

    def unknown_decl(self, data: str) -> None:
        """Count a marked section, which a browser reads as a comment."""
        self.handle_comment(data)

    def handle_pi(self, data: str) -> None:
        """Count a processing instruction, which a browser reads as a comment."""
        self.handle_comment(data)

    def _element(self, tag: str) -> None:
        place: Place = "drawing" if self._drawings else "head" if self._in_head else "body"
        if tag not in ELEMENTS[place] and tag not in {"html", "head", "body"}:
            self.foreign[tag] += 1
        self._in_head = self._in_head or tag == "head"
        self._drawings += tag == "svg"

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
    "comment",
    "address in a style",
    "meta element that acts",
    "attribute that runs a script",
    "external address",
    "file that would be fetched",
    "address that runs a script",
)


def check_page(html: str) -> list[str]:
    """Return what is wrong with a page, a sentence each; nothing where the page is sound.

    A sound page has only elements that the library writes, exactly one first heading, headings that do not skip a level, no event
    attribute, no address beyond the page and its neighbours, a text alternative on every drawing, no id twice, nothing that is not for
    release, the language and the policy.

    Parameters
    ----------
    html : str
        The whole page.

    Examples
    --------
    >>> check_page("<html lang='en-GB'><h1>Title</h1><h3>Skipped</h3><img></html>")[:3]
    ['1 x element img, which the library does not write there', 'the page has no content-security policy', 'a heading skips a level']
    """
    page = PageReader(html)
    faults = [f"{page.counts[fault]} x {fault}" for fault in FAULTS if page.counts[fault]]
    faults += _foreign(page.foreign)
    faults += [f"{page.counts[tag]} x element {tag} where there is one" for tag in ONCE if page.counts[tag] > 1]
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
    return faults + [sentence for sentence, holds in required.items() if not holds]


def _foreign(elements: Counter[str]) -> list[str]:
    """A sentence for each kind of element that the library does not write where it is; a name of no standard element is not repeated."""
    names = OTHERS.union(*ELEMENTS.values())
    faults = [
        f"{number} x element {tag}, which the library does not write there"
        for tag, number in sorted(elements.items())
        if tag in names
    ]
    unknown = sum(number for tag, number in elements.items() if tag not in names)
    return faults + ([f"{unknown} x element of a name that the library does not write"] if unknown else [])
