"""The caption of a figure: source, period, population, limits, what has no figure and why.

What was withheld, and how counts are rounded, is said once a page (`withheld.py`).
"""

from collections.abc import Sequence
from typing import Final

import polars as pl

from workforce.book import AS_EXPECTED, measure_book
from workforce.book.constants import FULL_WEEK
from workforce.disclosure import Released
from workforce.disclosure.rules import MARKERS
from workforce.measures.turnover import PROVISIONAL
from workforce.present.drawing.text_width import wrapped
from workforce.present.drawing.theme import WIDTH
from workforce.present.text.numbers import capital, label, listed
from workforce.present.text.text import Text, _sentence
from workforce.present.text.withheld import explained
from workforce.present.view import View, span, view_of

RULES: Final = {
    "partner": "Disclosure rule: partner. For the lead organisation under its sharing agreement.",
    "published": "Official statistics, as published.",
    "analyst": "Not for release: nothing is withheld.",
}
OWN_RECORDS: Final = "the organisations' own records"
_METHODS: Final = {"none", None}


def caption(table: View, *, source: str | None, limits: str = "", extra: Sequence[str] = ()) -> tuple[str, ...]:
    """The sentences under a figure.

    source: whose data; without it what the table names, else the organisations' own records. limits: what draws the 95%
    limits ("Shaded", "Whiskers"). extra: sentences about this chart, of which some may be empty.
    """
    published = table.book.source if table.book and table.rule == "published" else ""
    whose = source or listed(list(table.sources)) or published or OWN_RECORDS
    sentences = [f"Source: {whose.rstrip('.')}."]
    period = span(table.periods) if table.is_measure_table else ""
    if period:
        sentences.append(f"Period: {period}.")
    if table.book:
        of = table.book.denominator or table.book.numerator
        by_groups = f", by {label(table.by).lower()}" if table.by and len(table.series) > 1 else ""
        if table.book.unit == AS_EXPECTED:
            sentences.append(
                f"Compared with what the standard's rates would give for staff of the same mix{by_groups}."
            )
        elif of and not table.is_life_table:
            sentences.append(f"Population: {of.words}{by_groups}.")
        elif table.is_life_table:
            sentences.append(f"Population: {table.curve.population}{by_groups}; {table.curve.late}.")
        sentences.append(f"Measured as {table.book.formula} ({table.book.source}).")
        of_others = (
            measure_book().published.get((table.book.measure, table.book.definition))
            if table.rule == "published"
            else None
        )
        sentences.append(f"Covers {of_others.covers}." if of_others else "")
    if limits and table.frame["lower"].is_not_null().any():
        methods = table.frame["method"].drop_nulls().unique().sort().to_list() if table.is_measure_table else []
        method_names = listed([m for m in methods if m not in _METHODS])
        sentences.append(f"{limits}: 95% limits{f' ({method_names})' if method_names else ''}.")
    sentences += [
        " ".join(words for words in extra if words),
        _gaps_sentence(table, explained_only=True),
        _not_published(table) if table.rule == "published" else coverage_sentence(table).text,
        *(f"{capital(reason)}." for reason in table.reasons),
        provisional_sentence(table.frame),
        table.note,
        RULES.get(table.rule, ""),
    ]
    return tuple(s for s in dict.fromkeys(sentences) if s)


def provisional_sentence(frame: pl.DataFrame) -> str:
    """Which leavers of a table may still come back, in a sentence; empty where no row has any.

    >>> provisional_sentence(pl.DataFrame({"provisional": [None, "from 25 March 2023"]}))
    'Leavers from 25 March 2023 on are provisional: whoever comes back within 7 days has not left.'
    """
    if PROVISIONAL not in frame.columns:
        return ""
    days = frame[PROVISIONAL].drop_nulls().unique().sort().to_list()
    return (
        f"Leavers {listed(days)} on are provisional: whoever comes back within {FULL_WEEK} days has not left."
        if days
        else ""
    )


def _not_published(table: View) -> str:
    """Which units, or months, are missing from a figure because no figure is published for them; empty where all are published."""
    if not table.is_measure_table:
        return ""
    names = table.left_out
    return f"Left out where no figure is published: {listed(names)}." if names else ""


def axis_words(table: View) -> list[str]:
    """What the figures are, in lines that fit over the plot."""
    if table.book and table.book.unit == AS_EXPECTED and table.book.numerator:
        return wrapped(f"{capital(table.book.numerator.words)} / expected \N{MULTIPLICATION SIGN} 100", WIDTH)
    words = table.book.words if table.book else table.measure.replace("_", " ")
    unit = f" ({table.unit})" if table.unit and table.unit not in words else ""
    return wrapped(capital(words) + unit, WIDTH)


def withheld_sentence(shown: Released | View, *, by: str | None = None, definition: str | None = None) -> Text:
    """How many figures have a marker instead of a value, and what each marker means; empty where no figure has one.

    Parameters
    ----------
    shown : Released
        One released result.
    by : str, optional
        The column that distinguishes the series; needed only where there are several.
    definition : str, optional
        Needed only where the table has several.

    Returns
    -------
    Text
        The sentence; empty where there is nothing to say.
    """
    table = view_of(shown, by, definition)
    return _sentence(_gaps_sentence(table), table)


def _gaps_sentence(table: View, *, explained_only: bool = False) -> str:
    """How many figures of a table have each marker, and what it means; `explained_only` leaves out what is said once a page."""
    marker_counts = (
        table.frame.filter(pl.col("value").is_null()).group_by("marker").len().sort("marker", nulls_last=True).rows()
    )
    total = len(table.frame)
    clauses = []
    for marker, rows in marker_counts:
        if explained_only and marker and not explained([marker], table.rule):
            continue
        kind = (
            f"[{marker}] {MARKERS.get(marker, 'marked by its publisher')}"
            if marker
            else "without a figure, because its denominator is 0 or unknown"
        )
        clauses.append(f"{rows:,} of {total:,} figure{'' if total == 1 else 's'} {kind}")
    return f"{capital('; '.join(clauses))}." if clauses else ""


def coverage_sentence(shown: Released | View, *, by: str | None = None, definition: str | None = None) -> Text:
    """Which units are missing from roll-ups because they lack one side of a rate; empty where no unit is missing or no figure is shown.

    Parameters
    ----------
    shown : Released
        One released result.
    by : str, optional
        The column that distinguishes the series; needed only where there are several.
    definition : str, optional
        Needed only where the table has several.

    Returns
    -------
    Text
        The sentence; empty where there is nothing to say.
    """
    table = view_of(shown, by, definition)
    if not table.is_measure_table or table.frame["value"].is_null().all():
        return _sentence("", table)
    names = table.left_out
    if not names:
        return _sentence("", table)
    where = "" if len(table.frame) == 1 else " of at least one figure"
    return _sentence(f"Left out{where}, because one side of the rate is missing: {listed(names)}.", table)
