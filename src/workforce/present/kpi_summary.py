"""The partnership's whole list of key indicators in one table: figure, target, colour, change, trend, signal and owner.

A withheld figure has no colour, no signal and no change. A list of a dozen indicators fits one A4 page.
"""

from typing import Final

from workforce.disclosure import Released
from workforce.disclosure.rules import MARKERS, WITHHELD
from workforce.errors import DisclosureError
from workforce.indicators.kpi_list import Agreed
from workforce.present.grid import Cell, Table, _html_table, _sentence_table
from workforce.present.kpi_lines import Line, amber_edge, lines_of, period_of, printed_target
from workforce.present.kpi_marks import rag_mark, sparkline
from workforce.present.kpi_words import agreement, change_words, notes, signal, summary_title, trend_words
from workforce.present.numerals import capital, count, plain
from workforce.present.text import Text, titled
from workforce.present.view import when
from workforce.sealed import Provenance

NONE_LISTED: Final = "No key indicators are listed in the area's settings."
_ARROWS: Final = {"lower": "\N{DOWNWARDS ARROW}", "higher": "\N{UPWARDS ARROW}"}
_STUB: Final = "Indicator, owner"


def kpi_summary(page: Released, agreed: Agreed, *, title: str | Text | None = None) -> Table:
    """Draw the list of key indicators as one table, with a sentence on each way in which colours and signals differ.

    A row has the latest value with its period and the numbers behind it; the target, which way is better and where amber ends; red, amber
    or green, by the value as printed; the change on a year before; the trend, month by month where the measure has months, with the target
    dashed; and the signal of its latest point (`xmr`). A value that is not shown takes its colour, change and signal with it; a trend of
    which more than a fifth is withheld is not drawn, and takes its signal with it.

    Parameters
    ----------
    page : Released
        The release of what `kpi_tables` returned.
    agreed : Settings
        The area's settings, or anything with kpis and targets.
    title : str, optional
        Without it, how many indicators are red, amber and green.

    Returns
    -------
    Table
        A sentence where the settings list no indicators.

    Raises
    ------
    DisclosureError
        Where the page was not released.
    UsageError
        Where the page has no table of an indicator, or nothing says which way is better.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> from workforce.disclosure import release
    >>> empty = SimpleNamespace(kpis=[], target_value=lambda measure, definition: None)
    >>> kpi_summary(release({}, "board"), empty).title
    "No key indicators are listed in the area's settings."
    """
    if not isinstance(page, Released):
        raise DisclosureError(
            "a frame was given that has not been released", hint="release what wf.indicators.kpis returned"
        )
    lines = lines_of(page, agreed)
    if not lines:
        return _sentence_table(NONE_LISTED, rule=page.rule, provenance=Provenance(loaded=True))
    cells: dict[str, list[Cell]] = {
        _STUB: [Cell(line.name, tuple(u for u in (line.words, f"Owner: {line.owner}") if u)) for line in lines],
        "Latest": [_latest(line) for line in lines],
        "Target": [_target(line) for line in lines],
        "RAG": [_rag(line) for line in lines],
        "Year before": [_cell(*change_words(line)) for line in lines],
        "Trend": [_trend(line) for line in lines],
        "Signal": [_signal(line) for line in lines],
    }
    words, provenance = titled(title, page)
    return _html_table(
        cells,
        title=words or summary_title(lines),
        notes=[" ".join([*_meanings(cells), *notes(lines, page.rule)])],
        layout="wf-kpis",
        sentences=agreement(lines),
        rule=page.rule,
        provenance=provenance.with_given(agreed=[line.given for line in lines]),
    )


def _cell(first: str, *more: str) -> Cell:
    """A line with a capital, and smaller ones under it."""
    return Cell(_upper(first), tuple(line for line in more if line))


def _upper(words: str) -> str:
    return words if words.startswith("[") else capital(words)


def _latest(line: Line) -> Cell:
    if line.now is None:
        return Cell(line.marker, (line.why,))
    period = when(period_of(line.now)).removeprefix("the ")
    sides = _behind(line)
    figure = plain(line.now["value"], line.unit, line.now["marker"])
    return Cell(figure, (period, sides) if sides else (period,), strong=True)


def _behind(line: Line) -> str:
    """The numbers behind a figure that is shown, where it is not one of them itself."""
    if line.now is None or not line.shown:
        return ""
    sides = [count(line.now[c], kind=kind) for c, kind in zip(("numerator", "denominator"), line.sides, strict=True)]
    both = " / ".join(side for side in sides if side)
    return both if line.now["denominator"] is not None else ""


def _target(line: Line) -> Cell:
    good = f"{line.better} is better {_ARROWS[line.better]}"
    if line.target is None:
        return _cell("none", good)
    edge = amber_edge(line.target, line.amber, line.better)
    return _cell(
        printed_target(line.target, line.unit),
        good,
        f"amber to {printed_target(edge, line.unit)}" if line.amber else "",
    )


def _rag(line: Line) -> Cell:
    if line.rag == "not shown":
        return Cell(line.marker)
    return Cell(capital(line.rag), drawing=rag_mark(line.rag))


def _trend(line: Line) -> Cell:
    if not line.traced:
        return Cell(f"[{WITHHELD}]")
    # A target stands on the trend's scale where the trend was judged against it.
    judged = any(row["assurance"] is not None for row in line.series)
    drawing = sparkline(
        [row["value"] for row in line.series], target=line.target if judged else None, words=trend_words(line)
    )
    return Cell(drawing=drawing) if drawing else Cell(line.marker)


def _signal(line: Line) -> Cell:
    variation, cause, assurance = signal(line)
    return _cell(variation, cause, assurance)


def _meanings(cells: dict[str, list[Cell]]) -> list[str]:
    """What the markers in the table mean."""
    rest = [cell for heading, column in cells.items() if heading != _STUB for cell in column]
    texts = " ".join(text for cell in rest for text in (cell.text, *cell.under))
    meanings = [f"[{marker}] {words}" for marker, words in MARKERS.items() if f"[{marker}]" in texts]
    return [f"{'; '.join(meanings)}."] if meanings else []
