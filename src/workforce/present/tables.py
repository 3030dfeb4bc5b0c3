"""`wf.table` and `wf.tables`: a released result as a table, whatever its kind, and tables of several definitions, looks or indicators."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import polars as pl

from workforce.disclosure import Released
from workforce.disclosure.counts import EXACT, count_range, count_words, phrase_of_record, phrase_words, total_words
from workforce.errors import DisclosureError, UsageError, did_you_mean
from workforce.present.kinds.hazards import COMPARED, compared, hazards, hazards_table
from workforce.present.kinds.incidence import incidence_table, incidences
from workforce.present.kinds.kpis import kpi_summary as kpis
from workforce.present.kinds.looks import looks_table as looks
from workforce.present.kinds.measure_table import measure_table_drawn
from workforce.present.kinds.method import definitions_table as definitions
from workforce.present.kinds.method import detection_table as detection
from workforce.present.kinds.official import glance_table as glance
from workforce.present.kinds.official import sources_table as sources
from workforce.present.kinds.retention import curve_table
from workforce.present.kinds.wide import cross_table as cross
from workforce.present.kinds.wide import wide_table as wide
from workforce.present.shown import Table, Text, _html_table, titled
from workforce.present.text.numbers import capital, clean, label
from workforce.present.text.sentences import in_place, sentence_of
from workforce.present.view import released_frame, rows_of, view
from workforce.records import Notes
from workforce.results import Curve, Hazards, Incidence, Test
from workforce.sealed import text_given, text_or_none

__all__ = ["cross", "definitions", "detection", "glance", "kpis", "looks", "notes", "sources", "wide"]

_NUMBERS: Final = ("value", "numerator", "denominator")
_RULES_OF_NOTES: Final = ("board", "internal", EXACT)
_FOR_THE_ANALYST: Final = ("rows_kept", "example_rows")


def table(
    released: Released,
    *,
    by: str | None = None,
    columns: Sequence[str] | None = None,
    definition: str | None = None,
    title: str | Text | None = None,
    headings: Mapping[str, str] | None = None,
) -> Table | Text:
    """Draw one released result as an HTML table: a measure table row by row, a life table or incidences at whole years.

    Parameters
    ----------
    released : Released
        One released result.
    by : str, optional
        Show this group column only; the others must not tell rows apart.
    columns : sequence of str, optional
        Which of period, numerator, denominator, value, limits and people to show, and which of those that `xmr`, `funnel` or `compare`
        added, such as variation or position. Without it, all of the first kind that have a value, but people.
    definition : str, optional
        One of several definitions in the table.
    title : str, optional
        Without it the table says what it measures.
    headings : mapping of column to heading, optional
        Headings of some of the columns, such as ``{"numerator": "In time"}`` where the rows share no words of their own.

    Returns
    -------
    Table or Text
        The table as HTML, with its caption and notes. A sentence where there is no number to show, with the reason.

    Raises
    ------
    DisclosureError
        Where the result was not released.
    UsageError
        Where a column or definition is not there.

    Examples
    --------
    >>> import polars as pl
    >>> from workforce.disclosure import release
    >>> from workforce.stats.rates import measure_table
    >>> sides = pl.DataFrame({"locality": ["Coast"], "numerator": [12.0], "denominator": [100.0], "people": [100]})
    >>> turnover = measure_table(sides, "turnover", "nhs", by=["locality"])
    >>> shown = table(release(turnover, "internal"))
    >>> "12.0%" in shown.html, "6.2 to 21.0" in shown.html
    (True, True)
    """
    released = released_frame(released)
    by, definition = text_or_none(by, "by"), text_or_none(definition, "definition")
    if isinstance(released.result, Test):
        raise UsageError(
            "a test is one sentence, not a table",
            where="{table}",
            hint="use wf.words.curves_sentence",
            table=released.name,
        )
    if isinstance(released.result, Incidence):
        return in_place(incidences(released, by=by).table, title=title) or incidence_table(released, by=by, title=title)
    if isinstance(released.result, Hazards):
        ratios = hazards(released)
        if not compared(ratios):
            return sentence_of(ratios, ratios.frame.filter(~pl.col("reference")), title=title, about=COMPARED)
        return hazards_table(released, title=title)
    if isinstance(released.result, Curve):
        curve = view(released, by=by, definition=definition)
        return in_place(curve, title=title) or curve_table(released, by=by, definition=definition, title=title)
    rows = released.frame if definition is None else rows_of(released, [definition])
    numbers = [c for c in columns or _NUMBERS if c in (*_NUMBERS, "people")] or ["value"]
    if sentence := in_place(released, rows.with_columns(value=pl.coalesce(*numbers)), title=title):
        return sentence
    return measure_table_drawn(released, by=by, columns=columns, definition=definition, title=title, headings=headings)


def notes_table(notes: Notes, title: str | Text, *, rule: str = "board") -> Table | Text:
    """Draw the notes of an area's records on their files, such as rows read and refused, as an HTML table.

    Parameters
    ----------
    notes : Notes
        `Records.reads`, `.quality`, `.notices`, `.not_used`, `.reads_by_organisation` or `.unmapped_roles_shown`.
    title : str
        The caption.
    rule : {"board", "internal", "analyst"}
        How counts are printed: to the nearest 5 with "1 to 7"; exact with "1 to 4"; or as they are, with row numbers, which no page shows.
        Where a part of a total is small, the total is the range that follows from the printed parts. Rows kept are shown to the analyst
        only: next to rows read they would tell how many were refused.

    Returns
    -------
    Table or Text
        The table as HTML, with its caption and notes. A sentence where there are no rows.

    Raises
    ------
    DisclosureError
        Where anything else is given: what is about people goes through `release`.
    UsageError
        Where there is no such rule.

    Examples
    --------
    >>> from workforce.records import Records
    >>> print(notes_table(Records().quality, "Rows refused"))
    Rows refused: none.
    """
    if not isinstance(notes, Notes):
        raise DisclosureError(
            "a table of notes shows only the notes of the records on their files",
            hint="give records.reads, .quality, .notices, .reads_by_organisation or .unmapped_roles_shown; release anything else",
        )
    rule = text_given(rule, "rule")
    if rule not in _RULES_OF_NOTES:
        raise UsageError('notes have no rule "{rule}"', hint=did_you_mean(rule, _RULES_OF_NOTES), rule=rule)
    frame = notes._frame
    words, provenance = titled(title, notes)
    if frame.is_empty():
        return Text._made(text=f"{clean(words).rstrip('.')}: none.", rule=rule, _provenance=provenance)
    numbers = [name for name in frame.columns if frame[name].dtype.is_integer()]
    rows = _in_printed_order(frame, rule).to_dicts()
    columns = [name for name in notes.frame.columns if rule == EXACT or name not in _FOR_THE_ANALYST]
    return _html_table(
        {label(name): [_note(row, name, rule) for row in rows] for name in columns},
        numbers=[label(name) for name in numbers],
        title=words,
        rule=rule,
        provenance=provenance,
    )


def _in_printed_order(frame: pl.DataFrame, rule: str) -> pl.DataFrame:
    """The rules of each file by their printed counts: the order tells nothing more of the exact ones."""
    if not {"source", "rule", "rows"} <= set(frame.columns):
        return frame
    files = pl.struct(c for c in ("organisation", "source", "table") if c in frame.columns).rle_id()
    least = pl.col("rows").map_elements(lambda rows: count_range(rows, rule)[0], return_dtype=pl.Int64)
    return frame.sort(files, least, "rule", descending=[False, True, False], maintain_order=True)


def _note(row: Mapping[str, Any], name: str, rule: str) -> str:
    value = row[name]
    if value is None:
        return ""
    if name == "notice" and "_phrase" in row:
        value = phrase_words(phrase_of_record(row["_phrase"]), rule)
    groups = row.get({"rows_read": "_read", "rows_refused": "_refused"}.get(name, ""))
    if isinstance(value, int):
        return count_words(value, rule) if groups is None else total_words(value, groups, rule)
    if name == "rule":
        return capital(clean(value).replace("_", " "))
    return capital(clean(value)) if name == "notice" else clean(value)


notes = notes_table


def __dir__() -> list[str]:
    return __all__
