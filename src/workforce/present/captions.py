"""The words under a figure: source, period, population, limits, what was withheld and by which rule.

Promises: each sentence follows from the released table and the measure book. Refuses: nothing.
"""

from typing import Final

from workforce.definitions import AS_EXPECTED
from workforce.measures.comparison.official import COVERS
from workforce.present.numerals import capital, label, listed
from workforce.present.text_width import wrapped
from workforce.present.theme import WIDTH
from workforce.present.view import View, span
from workforce.present.words import coverage_sentence, withheld_sentence

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
        covers = COVERS.get((seen.book.measure, seen.book.definition)) if seen.rule == "published" else None
        sentences.append(f"Covers {covers}." if covers else "")
    if limits and seen.frame["lower"].is_not_null().any():
        methods = seen.frame["method"].drop_nulls().unique().sort().to_list() if seen.is_measure_table else []
        named = listed([m for m in methods if m not in _METHODS])
        sentences.append(f"{limits}: 95% limits{f' ({named})' if named else ''}.")
    sentences += [
        extra,
        withheld_sentence(seen).text,
        _not_published(seen) if seen.rule == "published" else coverage_sentence(seen).text,
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
