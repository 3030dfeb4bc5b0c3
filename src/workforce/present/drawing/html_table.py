"""HTML tables: a title, headings, cells of text and notes, drawn by one template that escapes whatever is put into it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from markupsafe import Markup

from workforce.present.drawing.figure import ANALYST, STAMP
from workforce.present.text.text import Shown, paragraph
from workforce.present.view import clean
from workforce.sealed import Provenance

if TYPE_CHECKING:
    import jinja2

_TEMPLATE: Final = "table.html.j2"


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
    return environment.get_template(_TEMPLATE)
