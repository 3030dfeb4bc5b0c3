"""The caption of a figure: source, period, population, limits, what was withheld and why."""

from typing import Final

import polars as pl

from workforce.book import AS_EXPECTED, measure_book
from workforce.disclosure import Released
from workforce.disclosure.rules import MARKERS
from workforce.present.drawing.text_width import wrapped
from workforce.present.drawing.theme import WIDTH
from workforce.present.text.numbers import capital, label, listed
from workforce.present.text.text import Text, _sentence
from workforce.present.view import View, seen_of, span

RULES: Final = {
    "board": "Disclosure rule: board. Small numbers are withheld, counts are rounded, and rates follow from the rounded counts.",
    "internal": "Disclosure rule: internal. Small numbers are withheld; nothing is rounded.",
    "partner": "Disclosure rule: partner. For the lead organisation under its sharing agreement.",
    "published": "Official statistics, as published.",
    "analyst": "Not for release: nothing is withheld.",
}
OWN_RECORDS: Final = "the organisations' own records"
_METHODS: Final = {"none", None}


def caption(seen: View, *, source: str | None, limits: str = "", extra: str = "") -> tuple[str, ...]:
    """The sentences under a figure.

    source: whose data; without it what the table names, else the organisations' own records. limits: what draws the 95%
    limits ("Shaded", "Whiskers"). extra: a sentence about this chart.
    """
    published = seen.book.source if seen.book and seen.rule == "published" else ""
    whose = source or listed(list(seen.sources)) or published or OWN_RECORDS
    sentences = [f"Source: {whose.rstrip('.')}."]
    period = span(seen.periods) if seen.is_measure_table else ""
    if period:
        sentences.append(f"Period: {period}.")
    if seen.book:
        of = seen.book.denominator or seen.book.numerator
        each = f", by {label(seen.by).lower()}" if seen.by and len(seen.series) > 1 else ""
        if seen.book.unit == AS_EXPECTED:
            sentences.append(f"Beside what the standard's rates would give staff of the same mix{each}.")
        elif of and not seen.is_life_table:
            sentences.append(f"Population: {of.words}{each}.")
        elif seen.is_life_table:
            sentences.append(f"Population: {seen.curve.population}{each}; {seen.curve.late}.")
        sentences.append(f"Measured as {seen.book.formula} ({seen.book.source}).")
        of_others = (
            measure_book().published.get((seen.book.measure, seen.book.definition))
            if seen.rule == "published"
            else None
        )
        sentences.append(f"Covers {of_others.covers}." if of_others else "")
    if limits and seen.frame["lower"].is_not_null().any():
        methods = seen.frame["method"].drop_nulls().unique().sort().to_list() if seen.is_measure_table else []
        named = listed([m for m in methods if m not in _METHODS])
        sentences.append(f"{limits}: 95% limits{f' ({named})' if named else ''}.")
    sentences += [
        extra,
        withheld_sentence(seen).text,
        _not_published(seen) if seen.rule == "published" else coverage_sentence(seen).text,
        *(f"{capital(reason)}." for reason in seen.reasons),
        seen.note,
        RULES.get(seen.rule, f"Disclosure rule: {seen.rule}."),
    ]
    return tuple(s for s in dict.fromkeys(sentences) if s)


def _not_published(seen: View) -> str:
    """Which units, or months, are missing from a figure because nothing is published of them; empty where none is."""
    if not seen.is_measure_table:
        return ""
    names = sorted({name for row in seen.frame["left_out"].drop_nulls().to_list() for name in row if name})
    return f"Left out where no figure is published: {listed(names)}." if names else ""


def axis_words(seen: View) -> list[str]:
    """What the figures are, in lines that fit over the plot."""
    if seen.book and seen.book.unit == AS_EXPECTED and seen.book.numerator:
        return wrapped(f"{capital(seen.book.numerator.words)} / expected \N{MULTIPLICATION SIGN} 100", WIDTH)
    words = seen.book.words if seen.book else seen.measure.replace("_", " ")
    unit = f" ({seen.unit})" if seen.unit and seen.unit not in words else ""
    return wrapped(capital(words) + unit, WIDTH)


def withheld_sentence(shown: Released | View, *, by: str | None = None, definition: str | None = None) -> Text:
    """How many figures have a marker in place of a value, and what each marker means; empty where none has.

    Parameters
    ----------
    shown : Released
        One released result.
    by : str, optional
        The column that tells the series apart; needed only where several columns do.
    definition : str, optional
        Needed only where the table has several.

    Returns
    -------
    Text
        The sentence; empty where there is nothing to say.
    """
    seen = seen_of(shown, by, definition)
    counted = (
        seen.frame.filter(pl.col("value").is_null()).group_by("marker").len().sort("marker", nulls_last=True).rows()
    )
    total = len(seen.frame)
    parts = []
    for marker, rows in counted:
        kind = (
            f"[{marker}] {MARKERS.get(marker, 'marked by its publisher')}"
            if marker
            else "without a figure, because its denominator is 0 or unknown"
        )
        parts.append(f"{rows:,} of {total:,} figure{'' if total == 1 else 's'} {kind}")
    return _sentence(f"{capital('; '.join(parts))}." if parts else "", seen)


def coverage_sentence(shown: Released | View, *, by: str | None = None, definition: str | None = None) -> Text:
    """Which units are missing from roll-ups, because they lack one side of a rate; empty where none is, and where there is no figure.

    Parameters
    ----------
    shown : Released
        One released result.
    by : str, optional
        The column that tells the series apart; needed only where several columns do.
    definition : str, optional
        Needed only where the table has several.

    Returns
    -------
    Text
        The sentence; empty where there is nothing to say.
    """
    seen = seen_of(shown, by, definition)
    if not seen.is_measure_table or seen.frame["value"].is_null().all():
        return _sentence("", seen)
    names = sorted({name for row in seen.frame["left_out"].drop_nulls().to_list() for name in row if name})
    if not names:
        return _sentence("", seen)
    where = "" if len(seen.frame) == 1 else " from at least one figure"
    return _sentence(f"Left out{where}, because one side of the rate is missing: {listed(names)}.", seen)
