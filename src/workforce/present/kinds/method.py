"""How each key indicator is defined and judged: two tables for whoever asks how a number was made."""

from collections.abc import Callable, Sequence
from typing import Final

from workforce.disclosure import Released
from workforce.indicators.detection import FALSE_ALARMS, NOTICED
from workforce.indicators.kpi_list import Agreed
from workforce.present.kinds.kpis import (
    NONE_LISTED,
    Line,
    cell_of,
    judged_against,
    lines_of,
    not_judged,
    owner_words,
    signal,
    target_words,
)
from workforce.present.shown import Cell, Table, Text, _html_table, _sentence_table, titled
from workforce.present.text.numbers import clean, plain
from workforce.sealed import Provenance
from workforce.stats.xmr_warnings import HORIZON

NO_LIMITS: Final = "none"
_DEFINED: Final = "How each key indicator is defined"
_NOTES: Final = (
    "Flagged: how often the latest point of a series of this kind, size and length has a special cause although nothing has changed.",
    f"Noticed: months after a lasting rise of a fifth until 80% of such series have had a signal upwards, followed for {HORIZON} months.",
    "Of a share its rarer side rises; of a level what comes to it.",
    "False alarms: signals that begin in a year of a series in which nothing changes. All of these are simulated.",
)
_DETECTED: Final = "How each key indicator is judged, and what its warnings can show"


def definitions_table(page: Released, agreed: Agreed, *, title: str | Text | None = None) -> Table:
    """Draw how each key indicator is defined: what it says, its formula, its limits, whose rule it is, its target and its owner.

    Parameters
    ----------
    page : Released
        The release of what `wf.indicators.kpis` returned.
    agreed : Settings
        The area's settings.
    title : str, optional
        The caption.

    Returns
    -------
    Table
        A sentence where the settings list no indicators.

    Raises
    ------
    DisclosureError
        Where the page was not released.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> from workforce.disclosure import release
    >>> definitions_table(release({}), SimpleNamespace(kpis=[])).title
    "No key indicators are listed in the area's settings."
    """
    return _drawn(page, agreed, title, _definitions, _DEFINED)


def detection_table(page: Released, agreed: Agreed, *, title: str | Text | None = None) -> Table:
    """Draw how the latest point of each key indicator is judged, how soon a lasting rise is noticed, and how often it warns of nothing.

    Parameters
    ----------
    page : Released
        The release of what `wf.indicators.kpis` returned with ``detection=True``.
    agreed : Settings
        The area's settings.
    title : str, optional
        The caption.

    Returns
    -------
    Table
        A sentence where the settings list no indicators.

    Raises
    ------
    DisclosureError
        Where the page was not released.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> from workforce.disclosure import release
    >>> detection_table(release({}), SimpleNamespace(kpis=[])).title
    "No key indicators are listed in the area's settings."
    """
    return _drawn(page, agreed, title, _detections, _DETECTED, notes=_NOTES)


Columns = dict[str, list[Cell]]


def _drawn(
    page: Released,
    agreed: Agreed,
    title: str | Text | None,
    columns_of: Callable[[Sequence[Line]], Columns],
    usual_title: str,
    *,
    notes: Sequence[str] = (),
) -> Table:
    lines = lines_of(page, agreed)
    if not lines:
        return _sentence_table(NONE_LISTED, rule=page.rule, provenance=Provenance(loaded=True))
    words, provenance = titled(title, page)
    return _html_table(
        columns_of(lines),
        title=words or usual_title,
        notes=[" ".join(notes)] if notes else [],
        rule=page.rule,
        provenance=provenance.with_arguments(agreed=[line.recorded for line in lines]),
    )


def _name(line: Line) -> Cell:
    return Cell(line.name, (line.whose,) if line.whose else ())


def _definitions(lines: Sequence[Line]) -> Columns:
    return {
        "Indicator": [_name(line) for line in lines],
        "What it says": [cell_of(*_meaning(line)) for line in lines],
        "95% limits": [cell_of(_limits(line)) for line in lines],
        "Source": [cell_of(clean(line.book.source) if line.book else "the organisations' own count") for line in lines],
        "Target and owner": [cell_of(*target_words(line), owner_words(line)) for line in lines],
    }


def _meaning(line: Line) -> tuple[str, str]:
    if line.book is None:
        return line.why, ""
    unit = f", in {clean(line.book.unit)}" if line.book.unit else ""
    return clean(line.book.words), f"{clean(line.book.formula)}{unit}"


def _limits(line: Line) -> str:
    """What the limits of the latest figure rest on, as its row says; without a row, what the measure book says."""
    method = line.latest["method"] if line.latest else line.book.limits if line.book else NO_LIMITS
    return clean(method or NO_LIMITS)


def _detections(lines: Sequence[Line]) -> Columns:
    return {
        "Indicator": [_name(line) for line in lines],
        "Change on a year before": [cell_of(_test_of_change(line)) for line in lines],
        "Latest point": [cell_of(*_judged(line)) for line in lines],
        "Flagged": [cell_of(_share(line)) for line in lines],
        "A rise of a fifth is noticed": [cell_of(_of_latest(line, NOTICED)) for line in lines],
        "False alarms a year": [cell_of(_of_latest(line, FALSE_ALARMS)) for line in lines],
    }


def _test_of_change(line: Line) -> str:
    """Whether a change is tested: the difference of two figures has limits where both of them have."""
    if not line.shown:
        return line.marker
    if line.before is None or _limits(line) == NO_LIMITS:
        return "not tested"
    return f"tested; limits: {_limits(line)}"


def _judged(line: Line) -> tuple[str, str]:
    variation, *_ = signal(line)
    if variation.startswith("["):
        return variation, ""
    return (judged_against(line), "") if not not_judged(line) else ("not judged", not_judged(line))


def _share(line: Line) -> str:
    share = line.series[-1].get("false_alarms") if line.series and line.traced else None
    return plain(share, "%") if share is not None and not not_judged(line) else "not known"


def _of_latest(line: Line, column: str) -> str:
    value = line.series[-1].get(column) if line.series and line.traced else None
    if value is None or not_judged(line):
        return "not known"
    return clean(value) if isinstance(value, str) else plain(value, "")
