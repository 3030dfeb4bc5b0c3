"""The partnership's whole list of key indicators in one table: figure, target, colour, change, trend, signal and owner.

Promises: the order of the list; one A4 page for a list of a dozen; text escaped; a withheld figure has no colour, no signal and no change.
Refuses: pages without the indicators' tables.
"""

from html import escape
from typing import Final

from workforce.disclosure import Released
from workforce.disclosure.rules import WITHHELD
from workforce.errors import DisclosureError
from workforce.measures.indicators.kpi_needs import Agreed
from workforce.present.grid import Table, drawn
from workforce.present.kpi_lines import Line, amber_edge, lines_of, period_of, printed_target
from workforce.present.kpi_marks import rag_mark, sparkline
from workforce.present.kpi_words import agreement, change_words, notes, signal, summary_title, trend_words
from workforce.present.numerals import capital, count, plain
from workforce.present.text import Text
from workforce.present.view import MARKERS, when

NONE_LISTED: Final = "No key indicators are listed in the area's settings."
_ARROWS: Final = {"lower": "\N{DOWNWARDS ARROW}", "higher": "\N{UPWARDS ARROW}"}
_STUB: Final = "Indicator, owner"


def kpi_summary(page: Released, agreed: Agreed, *, title: str | None = None) -> Table:
    """The list of key indicators as one table, with a sentence on each way in which colours and signals differ.

    page: the release that holds what `kpi_tables` returned. agreed: `Settings`, or anything with kpis and targets. title: without it, how
    many are red, amber and green. A line: the latest figure with its period and the numbers behind it; the target, which way is better and
    where amber ends; red, amber or green, by the figure as printed; the change on a year before; the trend, month by month where the
    measure has months, with the target dashed; the signal of its latest point (`xmr`) and the target against its usual variation; the
    owner. A figure that is not shown takes its colour, change and signal with it; a trend of which more than a fifth is withheld is not
    drawn, and takes its signal with it. An area without a list gets a sentence instead.

    >>> from types import SimpleNamespace
    >>> empty = SimpleNamespace(kpis=[], target_value=lambda measure, definition: None)
    >>> kpi_summary(Released("board", {}), empty).title
    "No key indicators are listed in the area's settings."
    """
    if not isinstance(page, Released):
        raise DisclosureError(
            "a frame was given that has not been released", hint="release what workforce.kpi_tables returned"
        )
    lines = lines_of(page, agreed)
    if not lines:
        return Table(NONE_LISTED, Text(NONE_LISTED)._repr_html_(), page.rule)
    cells: dict[str, list[str]] = {
        _STUB: [_with_under(line.name, line.words, f"Owner: {line.owner}") for line in lines],
        "Latest": [_latest(line) for line in lines],
        "Target": [_target(line) for line in lines],
        "RAG": [_rag(line) for line in lines],
        "Year before": [_two(*change_words(line)) for line in lines],
        "Trend": [_trend(line) for line in lines],
        "Signal": [_signal(line) for line in lines],
    }
    table = drawn(
        cells,
        numbers=[],
        title=title or summary_title(lines),
        notes=[" ".join([*_meanings(cells), *notes(lines, page.rule)])],
        rule=page.rule,
        markup=list(cells),
    )
    said = "".join(Text(sentence)._repr_html_() for sentence in agreement(lines))
    return Table(table.title, f'<div class="wf-kpis">{table.html}{said}</div>', page.rule)


def _two(first: str, *more: str) -> str:
    """A cell of one line, with a capital, and smaller ones under it."""
    return _with_under(_upper(first), *more)


def _with_under(first: str, *more: str) -> str:
    under = "<br>".join(escape(words) for words in more if words)
    return f"{escape(first)}{f'<br><small>{under}</small>' if under else ''}"


def _upper(words: str) -> str:
    return words if words.startswith("[") else capital(words)


def _latest(line: Line) -> str:
    if line.now is None:
        return f"{escape(line.marker)}<br><small>{escape(line.why)}</small>"
    figure = f"<strong>{escape(plain(line.now['value'], line.unit, line.now['marker']))}</strong>"
    period = when(period_of(line.now)).removeprefix("the ")
    return f"{figure}<br><small>{escape(period)}{_behind(line)}</small>"


def _behind(line: Line) -> str:
    """The numbers behind a figure that is shown, where it is not one of them itself."""
    if line.now is None or not line.shown:
        return ""
    sides = [count(line.now[c], kind=kind) for c, kind in zip(("numerator", "denominator"), line.sides, strict=True)]
    both = " / ".join(side for side in sides if side)
    return f"<br>{escape(both)}" if line.now["denominator"] is not None else ""


def _target(line: Line) -> str:
    good = f"{line.better} is better {_ARROWS[line.better]}"
    if line.target is None:
        return _two("none", good)
    edge = amber_edge(line.target, line.amber, line.better)
    return _two(
        printed_target(line.target, line.unit),
        good,
        f"amber to {printed_target(edge, line.unit)}" if line.amber else "",
    )


def _rag(line: Line) -> str:
    if line.rag == "not shown":
        return escape(line.marker)
    mark = rag_mark(line.rag)
    return f"{mark}{' ' if mark else ''}{escape(capital(line.rag))}"


def _trend(line: Line) -> str:
    if not line.traced:
        return f"[{WITHHELD}]"
    # A target stands on the trend's scale where the trend was judged against it.
    judged = any(row["assurance"] is not None for row in line.series)
    drawing = sparkline(
        [row["value"] for row in line.series], target=line.target if judged else None, words=trend_words(line)
    )
    return drawing or escape(line.marker)


def _signal(line: Line) -> str:
    variation, cause, assurance = signal(line)
    return _two(variation, cause, assurance)


def _meanings(cells: dict[str, list[str]]) -> list[str]:
    """What the markers mean that stand in the table."""
    everything = " ".join(cell for heading, column in cells.items() if heading != _STUB for cell in column)
    said = [f"[{marker}] {words}" for marker, words in MARKERS.items() if f"[{marker}]" in everything]
    return [f"{'; '.join(said)}."] if said else []
