"""What a page shows: sentences, figures and tables, made by the library only, from what was released or from the settings.

Each is signed in a published run. A figure is a drawing with its title, its words and its numbers: the same bytes each time, without a
network or a script. Whatever came from the data is escaped; the alternative text is on the `<svg>` itself, where print and screen readers
find it; ids begin with a hash of the content, so that figures on one page do not share them.
"""

import hashlib
import json
import os
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol
from xml.dom.minidom import Element, parseString

from markupsafe import Markup

from workforce.errors import DisclosureError, EnvironmentFault, UsageError
from workforce.present.drawing.text_width import leave_room
from workforce.present.text.numbers import NOT_DRAWN, REPLACEMENT, clean
from workforce.private_files import is_private, write_file
from workforce.sealed import Provenance, Sealed, text_given
from workforce.signature import KIND, _signature

if TYPE_CHECKING:
    import jinja2

SETTINGS = "settings"
"""The rule of a sentence that is made from the area's settings alone: a page of any rule may show it."""

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


class Source(Protocol):
    """What a figure, a table or a sentence is made from."""

    @property
    def rule(self) -> str:
        """The disclosure rule that was applied."""

    @property
    def _provenance(self) -> Provenance: ...


class Shown(Sealed):
    """Base of the three things that a page shows. In a published run it signs what it shows."""

    __slots__ = ()

    rule: str
    _provenance: Provenance

    def _repr_html_(self) -> str:
        raise NotImplementedError

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        del include, exclude
        html = self._repr_html_()
        signature = _signature(html, self.rule, self._provenance)
        return {"text/html": html, "text/plain": str(self), **({KIND: signature} if signature else {})}


def checked(value: object, kind: type[Sealed]) -> None:
    """Refuse anything that the library has not made."""
    if not isinstance(value, kind):
        raise DisclosureError(
            "something was given that has not been released",
            hint='use wf.release(result, rule="board") and show what it returns',
        )


def one_rule(*sources: Source) -> str:
    """Return the rule under which all the sources were released; refuse several."""
    rules = sorted({source.rule for source in sources})
    if len(rules) != 1:
        raise DisclosureError(
            "what is shown together was released under several rules: {rules}",
            hint="release it under one rule",
            rules=rules,
        )
    return rules[0]


class Text(Shown):
    """A sentence that shows itself as a paragraph, with whatever came from the data escaped.

    Only the library makes one: free text belongs in a markdown cell.

    >>> Text("Turnover < 5%")
    Traceback (most recent call last):
    workforce.errors.DisclosureError: a Text is made by the library only. ...
    """

    __slots__ = ("_provenance", "rule", "text")

    text: str
    rule: str
    _provenance: Provenance

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"Text({self.text!r})"

    def _repr_html_(self) -> str:
        return paragraph(self.text)


def paragraph(words: str) -> str:
    """Return a sentence as HTML, escaped; nothing where there are no words.

    >>> paragraph("Turnover < 5%")
    '<p class="wf-text">Turnover &lt; 5%</p>'
    """
    return f'<p class="wf-text">{escape(words)}</p>' if words else ""


def _sentence(words: str, *sources: Source, **given: object) -> Text:
    """Return a sentence made from released tables; given: texts and numbers of the caller that it prints."""
    provenance = Provenance.of_all(source._provenance for source in sources)
    return Text._made(text=words, rule=one_rule(*sources), _provenance=provenance.with_arguments(**given))


def _of_settings(words: str, **given: object) -> Text:
    """Return a sentence made from the area's settings alone; given: every text and number that it prints."""
    return Text._made(text=words, rule=SETTINGS, _provenance=Provenance(loaded=True).with_arguments(**given))


def titled(title: object, *sources: Source) -> tuple[str, Provenance]:
    """Return the title that a caller passed, empty without one, and the provenance of what is made from the sources and has this title.

    A text is recorded as given. A sentence of the library brings its own provenance; one of another rule is refused, because it could say
    what the rule of the sources withholds.
    """
    provenance = Provenance.of_all(source._provenance for source in sources)
    if title is None:
        return "", provenance
    if isinstance(title, Text):
        if title.rule != SETTINGS:
            one_rule(title, *sources)
        return title.text, Provenance.of_all([provenance, title._provenance])
    words = text_given(title, "title")
    return words, provenance.with_arguments(title=words)


def drawable(spec: Any) -> Any:  # noqa: ANN401 - JSON
    r"""A chart's specification without characters that the renderer cannot draw.

    >>> drawable({"title": "half \ud800", "values": [1, None]})["values"]
    [1, None]
    """
    if isinstance(spec, dict):
        return {drawable(key): drawable(value) for key, value in spec.items()}
    if isinstance(spec, list | tuple):
        return [drawable(value) for value in spec]
    return NOT_DRAWN.sub(REPLACEMENT, spec) if isinstance(spec, str) else spec


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


class Table(Shown):
    """A table of released numbers as HTML, with its title and the disclosure rule that was applied.

    `table`, `wide_table`, `cross_table`, `looks_table`, `kpi_summary` and `notes_table` make it. In a notebook it shows itself.
    """

    __slots__ = ("_provenance", "html", "rule", "title")

    title: str
    html: str
    rule: str
    _provenance: Provenance

    def __str__(self) -> str:
        return self.title

    def __repr__(self) -> str:
        return f"Table({self.title!r})"

    def _repr_html_(self) -> str:
        return self.html


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of more than one text.

    Parameters
    ----------
    text : str
        The first line.
    under : tuple of str
        Smaller lines under it.
    strong : bool
        Whether the first line is in bold type.
    drawing : Markup, optional
        A drawing of the library before the first line; the only markup that a cell can hold.
    """

    text: str = ""
    under: tuple[str, ...] = ()
    strong: bool = False
    drawing: Markup | None = None


@dataclass(frozen=True, slots=True)
class _Column:
    heading: str
    is_number: bool
    is_row_header: bool


def _html_table(
    columns: Mapping[str, Sequence[str | Cell]],
    *,
    title: str,
    rule: str,
    provenance: Provenance,
    numbers: Collection[str] = (),
    row_headers: int = 1,
    notes: Sequence[str] = (),
    layout: str = "",
    sentences: Sequence[str] = (),
) -> Table:
    """Draw columns of text as one accessible HTML table; the same columns give the same bytes.

    Parameters
    ----------
    columns : mapping of heading to cells
        In order; all of the same length.
    title : str
        The caption.
    rule : str
        The disclosure rule of the content.
    provenance : Provenance
        Where the content came from, with the texts that the caller gave.
    numbers : collection of str
        Headings of the columns that are aligned to the right.
    row_headers : int
        How many of the first columns name the row.
    notes : sequence of str
        Sentences in small type under the table, such as what its markers mean.
    layout : str
        A further class, for a table that the stylesheet lays out in its own way.
    sentences : sequence of str
        Sentences of the text that belong to the table, after the notes.

    Examples
    --------
    >>> shown = _html_table({"Team": ["A & B"]}, title="Teams", rule="board", provenance=Provenance())
    >>> print(shown.html)
    <div class="wf-table" data-rule="board">
    <table>
    <caption>Teams</caption>
    <thead>
    <tr><th scope="col">Team</th></tr>
    </thead>
    <tbody>
    <tr><th scope="row">A &amp; B</th></tr>
    </tbody>
    </table>
    </div>
    """
    html = _template().render(
        columns=[
            _Column(clean(heading), heading in numbers, place < row_headers) for place, heading in enumerate(columns)
        ],
        rows=list(zip(*columns.values(), strict=True)),
        title=clean(title),
        rule=rule,
        stamp=STAMP if rule == ANALYST else "",
        notes=[clean(note) for note in notes],
        layout=layout,
        sentences=[clean(sentence) for sentence in sentences],
    )
    return Table._made(title=title, html=html, rule=rule, _provenance=provenance)


def _sentence_table(sentence: str, *, rule: str, provenance: Provenance) -> Table:
    """Return a sentence where there is no table to show, such as an area without key indicators."""
    return Table._made(title=sentence, html=paragraph(sentence), rule=rule, _provenance=provenance)


@cache
def _template() -> "jinja2.Template":
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("table.html.j2")
