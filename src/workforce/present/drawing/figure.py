"""Figures: a drawing with its title, its words and its numbers, the same bytes each time, without a network or a script.

Whatever came from the data is escaped. The alternative text is on the `<svg>` itself, where print and screen readers find it; ids begin
with a hash of the content, so that figures on one page do not share them.
"""

import hashlib
import json
import os
import re
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any, Final
from xml.dom.minidom import Element, parseString

from workforce.errors import DisclosureError, EnvironmentFault, UsageError
from workforce.present.drawing.text_width import leave_room
from workforce.present.text.text import Shown, Source, Text, one_rule, titled
from workforce.present.view import drawable
from workforce.private_files import is_private, write_file

VEGA_LITE: Final = "6.4"  # what the renderer draws; Altair 6 writes it
LAB_VEGA_LITE: Final = "5.20"  # compiles to the Vega 5 that JupyterLab 4 bundles
LAB_BUNDLE: Final = "application/vnd.vega.v5+json"
ANALYST: Final = "analyst"
STAMP: Final = "Not for release"
_PAGE: Final = """<!DOCTYPE html>
<html lang="en-GB"><head><meta charset="utf-8"><title>{title}</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<style>body{{font:16px/1.5 Arial,Helvetica,sans-serif;color:#1a1a1a;max-width:60rem;margin:2rem auto;padding:0 1rem}}
figure{{margin:0}}table{{border-collapse:collapse}}th,td{{padding:.3rem .8rem;border-bottom:1px solid #bbb;text-align:left}}
.wf-number{{text-align:right}}caption{{text-align:left;font-weight:bold;padding-bottom:.5rem}}.wf-note,small{{font-size:.9rem}}</style></head>
<body><main>{body}</main></body></html>
"""


class Figure(Shown):
    """A chart that went through `wf.chart`: shown as one HTML figure, or with tooltips in JupyterLab.

    Only the library makes one, and it cannot be changed.

    Attributes
    ----------
    title : str
        One active sentence.
    alt : str
        What the chart shows, in words.
    caption : tuple of str
        Source, period, population and what was withheld, a sentence each.
    table_html : str
        Its numbers as a table.
    rule : str
        The disclosure rule that was applied.
    """

    __slots__ = ("_drawings", "_provenance", "_spec", "alt", "caption", "rule", "table_html", "title")

    title: str
    alt: str
    caption: tuple[str, ...]
    table_html: str
    rule: str
    _spec: str  # as JSON: what was drawn cannot be changed afterwards
    _drawings: dict[str, str]  # what takes long to work out

    def __str__(self) -> str:
        return f"{self.title}\n{self.alt}"

    def __repr__(self) -> str:
        return f"Figure({self.title!r})"

    @property
    def spec(self) -> dict[str, Any]:
        """The Vega-Lite specification, which holds the released columns that are drawn and no others."""
        spec: dict[str, Any] = json.loads(self._spec)
        return spec

    @property
    def id(self) -> str:
        """A name that follows from the content: equal figures have equal ids, others do not."""
        content = json.dumps([self.title, self.spec, self.alt, self.caption, self.rule], sort_keys=True)
        return "wf-" + hashlib.sha256(content.encode()).hexdigest()[:12]

    @property
    def svg(self) -> str:
        """The drawing as SVG text, with `role="img"` and the alternative text on the `<svg>` itself."""
        if "svg" not in self._drawings:
            self._drawings["svg"] = self._drawn()
        return self._drawings["svg"]

    def _drawn(self) -> str:
        import vl_convert

        svg = vl_convert.vegalite_to_svg(drawable(self.spec), vl_version=VEGA_LITE, allowed_base_urls=[])
        root = parseString(svg).documentElement  # noqa: S318 - the renderer's own output, in which text is escaped
        assert root is not None  # noqa: S101 - a parsed document has a root; this tells the type checker
        _own_ids(root, self.id)
        _shorten(root)
        leave_room(root)
        root.setAttribute("role", "img")
        root.setAttribute("aria-label", self.alt)
        root.setAttribute("style", "max-width:100%;height:auto")
        return root.toxml()

    @property
    def stamp(self) -> str:
        """`Not for release`, where the rule says so; else empty."""
        return STAMP if self.rule == ANALYST else ""

    def _head(self) -> str:
        stamp = f'<p class="wf-stamp">{STAMP}</p>' if self.stamp else ""
        return f'{stamp}<h3 class="wf-title">{escape(self.title)}</h3>'

    def _foot(self) -> str:
        sentences = escape(" ".join(s for s in self.caption if s))
        details = (
            f'<details class="wf-numbers"><summary>Show the numbers</summary>{self.table_html}</details>'
            if self.table_html
            else ""
        )
        # In HTML a figcaption is the last thing in its figure.
        return f'{details}<figcaption class="wf-caption"><p>{sentences}</p></figcaption>'

    def _repr_html_(self) -> str:
        return (
            f'<figure class="wf-figure" data-rule="{escape(self.rule)}">{self._head()}{self.svg}{self._foot()}</figure>'
        )

    def _ipython_display_(self) -> None:
        from IPython.display import display

        if not in_lab():
            display(self._repr_mimebundle_(), raw=True)  # type: ignore[no-untyped-call]
            return
        # Lab prefers text/html where both are in one bundle, so that the drawing is separate from its words.
        display({"text/html": self._head()}, raw=True)  # type: ignore[no-untyped-call]
        display({LAB_BUNDLE: self.vega(), "text/plain": self.alt}, raw=True)  # type: ignore[no-untyped-call]
        display(
            {"text/html": f'<figure class="wf-figure" data-rule="{escape(self.rule)}">{self._foot()}</figure>'},
            raw=True,
        )  # type: ignore[no-untyped-call]

    def vega(self) -> dict[str, Any]:
        """The chart for JupyterLab's own Vega: tooltips and highlighting, no network."""
        import vl_convert

        compiled: dict[str, Any] = vl_convert.vegalite_to_vega(drawable(self.spec), vl_version=LAB_VEGA_LITE)
        return {**compiled, "description": self.alt}

    def save(self, path: str | Path) -> Path:
        """Write the figure to a file, and return its path.

        Parameters
        ----------
        path : str or Path
            Ends in ``.svg``, ``.png`` (the drawing at twice its size) or ``.html`` (with title, caption and numbers).

        Raises
        ------
        DisclosureError
            Under the rule ``analyst``, whose figures withhold nothing.
        UsageError
            Where the ending is another.
        """
        to = Path(path)
        if self.rule == ANALYST:
            raise DisclosureError(
                'figures of the rule "analyst" are not for release', hint='release the table by "board" or "internal"'
            )
        if to.suffix == ".svg":
            content = self.svg.encode()
        elif to.suffix == ".png":
            import vl_convert

            content = vl_convert.svg_to_png(self.svg, scale=2)
        elif to.suffix == ".html":
            content = _PAGE.format(title=escape(self.title), body=self._repr_html_()).encode()
        else:
            raise UsageError(
                "a figure is saved as .svg, .png or .html",
                where="{file}",
                hint="change the end of the file's name",
                file=to.name,
            )
        try:
            write_file(to, content, private=is_private(self.rule))
        except OSError as error:
            raise EnvironmentFault(
                "the figure could not be written: {reason}",
                where="{file}",
                hint="check the folder",
                reason=error.strerror,
                file=to,
            ) from error
        return to


def _figure(
    *sources: Source,
    title: str | Text | None,
    chosen: str | Text,
    spec: Mapping[str, Any],
    alt_text: str,
    caption: tuple[str, ...],
    numbers: Shown,
    **given: object,
) -> Figure:
    """Return a figure made from released tables.

    Parameters
    ----------
    *sources
        What is drawn.
    title : str, Text or None
        The caller's title, if there is one.
    chosen : str or Text
        The title chosen from the data.
    spec, alt_text, caption
        The drawing and its words.
    numbers : Table
        Its numbers as a table.
    **given
        Further texts and numbers of the caller that are drawn or written under it.
    """
    words, provenance = titled(title, *sources)
    rule = one_rule(*sources, numbers)  # the table's words are the library's own, or are recorded here
    return Figure._made(
        title=words or str(chosen),
        alt=alt_text,
        caption=tuple(caption),
        table_html=numbers._repr_html_(),
        rule=rule,
        _spec=json.dumps(spec),
        _drawings={},
        _provenance=provenance.with_arguments(**given),
    )


def in_lab() -> bool:
    """Whether a kernel of a Jupyter server runs this, and WORKFORCE_STATIC does not ask for the static form."""
    return bool(os.environ.get("JPY_SESSION_NAME")) and not os.environ.get("WORKFORCE_STATIC")


_LONG: Final = re.compile(r"-?\d+\.\d{3,}(?:e-?\d+)?")


def _shorten(root: Element) -> None:
    """Write places to a hundredth of a pixel: the renderer writes all 16 digits, which doubles a curve of many steps."""
    for node in root.getElementsByTagName("*"):
        for key in ("d", "transform", "x2", "y2"):
            if node.hasAttribute(key):
                node.setAttribute(key, _LONG.sub(lambda found: f"{float(found[0]):.2f}", node.getAttribute(key)))


def _own_ids(root: Element, prefix: str) -> None:
    """Name ids after the figure, in order: the renderer numbers them through a whole process."""
    elements = [node for node in root.getElementsByTagName("*") if node.hasAttribute("id")]
    new = {node.getAttribute("id"): f"{prefix}-{n}" for n, node in enumerate(elements)}
    for node in elements:
        node.setAttribute("id", new[node.getAttribute("id")])
    for node in root.getElementsByTagName("*"):
        for key in ("clip-path", "fill", "stroke", "filter", "mask"):
            value = node.getAttribute(key)
            if value.startswith("url(#") and value[5:-1] in new:
                node.setAttribute(key, f"url(#{new[value[5:-1]]})")
