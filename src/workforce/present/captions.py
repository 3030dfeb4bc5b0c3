"""The words of a figure: its caption (source, period, population, limits, what was withheld and why) and what it shows in words."""

from typing import Any, Final

import polars as pl

from workforce.book import AS_EXPECTED, measure_book
from workforce.disclosure import Released
from workforce.disclosure.rules import MARKERS
from workforce.periods import Period
from workforce.present.numerals import capital, label, limits, listed, number, plain, plural
from workforce.present.steps import still_there
from workforce.present.text import Text, _sentence
from workforce.present.text_width import wrapped
from workforce.present.theme import WIDTH
from workforce.present.view import View, beyond, clean, gap_in_words, preposition, seen_of, span, when
from workforce.stats.funnel import may_be_negative

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


SPOKEN: Final = 12  # so many groups are read out; the rest are in the table


def trend_alt(seen: View) -> str:
    """The alternative text of a trend."""
    periods = seen.periods
    if not periods:
        return f"Line chart of {seen.called}, without figures."
    groups = f", a line for each of {len(seen.series)} {plural(seen.by or 'group')}" if len(seen.series) > 1 else ""
    points = (
        f"{len(periods)} points from {when(periods[0])} to {when(periods[-1])}"
        if len(periods) > 1
        else f"one point, {when(periods[0])}"
    )
    said = [f"Line chart of {seen.called}: {points}{groups}."]
    said += [_line(seen, name) for name in seen.series[:SPOKEN]]
    return " ".join([*said, _rest(len(seen.series))]).strip()


def _line(seen: View, name: str) -> str:
    rows = seen.of(name).rows()
    known = [r for r in rows if r["value"] is not None]
    start = f"{name}: " if seen.by else ""
    if not known:
        return f"{capital(start)}no figure is shown."
    first, last = known[0], known[-1]
    text = f"{start}{_at(first, seen)}"
    if len(known) > 1:
        text += f", {_at(last, seen)}"
        lowest, highest = min(r["value"] for r in known), max(r["value"] for r in known)
        text += f", between {plain(lowest, seen.unit)} and {plain(highest, seen.unit)} throughout"
    hidden = len(rows) - len(known)
    return capital(text) + (f", {hidden} not shown." if hidden else ".")


def _at(row: dict[str, Any], seen: View) -> str:
    period = Period(row["period_start"], row["period_end"])
    return f"{number(row['value'], seen.unit)} {preposition(period)} {when(period)}"


def _rest(groups: int) -> str:
    return f"{groups - SPOKEN} more are in the table." if groups > SPOKEN else ""


def bars_alt(seen: View) -> str:
    """The alternative text of bars; the view is of one period, in the order drawn."""
    rows = seen.rows()
    if not rows:
        return f"Bar chart of {seen.called}, without figures."
    period = seen.periods[-1] if seen.periods else None
    at = f" {preposition(period)} {when(period)}" if period else ""
    known = sorted((r for r in rows if r["value"] is not None), key=lambda r: (-r["value"], r["series"]))
    hidden = [r for r in rows if r["value"] is None]
    said = [f"Bar chart of {seen.called}{at}."]
    figures = [f"{r['series']} {number(r['value'], seen.unit)}" for r in known[:SPOKEN]]
    if figures:
        said.append("; ".join(figures) + ".")
    said += [f"{r['series']}: {gap_in_words(r)}." for r in hidden[:SPOKEN]]
    return " ".join([*said, _rest(max(len(known), len(hidden)))]).strip()


def funnel_alt(seen: View) -> str:
    """The alternative text of a funnel; the view is of one period."""
    known = [r for r in seen.rows() if r["value"] is not None]
    period = seen.periods[-1] if seen.periods else None
    at = f" {preposition(period)} {when(period)}" if period else ""
    said = [
        f"Funnel chart of {seen.called}{at}: each of {len(known)} {plural(seen.by or 'group')} by its size and its figure."
    ]
    outside = [r for r in known if beyond(r, "998")]
    within = len(known) - len(outside)
    if outside:
        said.append(
            "Outside the 99.8% limits: "
            + listed([f"{r['series']} ({plain(r['value'], seen.unit)})" for r in outside[:SPOKEN]])
            + "."
        )
    said.append(f"{within} within the 99.8% limits.")
    hidden = len(seen.frame) - len(known)
    if hidden:
        said.append(f"{hidden} not shown.")
    return " ".join(said)


def xmr_alt(seen: View) -> str:
    """The alternative text of an XmR chart: each series' latest figure, its limits, and its special causes."""
    periods = seen.periods
    if not periods:
        return f"XmR chart of {seen.called}, without figures."
    panels = f", a panel for each of {len(seen.series)} {plural(seen.by or 'group')}" if len(seen.series) > 1 else ""
    said = [
        f"XmR chart of {seen.called}: {len(periods)} point{'' if len(periods) == 1 else 's'} to {when(periods[-1])}{panels}."
    ]
    said += [_series_with_limits(seen, name) for name in seen.series[:SPOKEN]]
    return " ".join([*said, _rest(len(seen.series))]).strip()


def _series_with_limits(seen: View, name: str) -> str:
    rows = seen.of(name).rows()
    known = [r for r in rows if r["value"] is not None]
    start = f"{name}: " if seen.by else ""
    if not known:
        return f"{capital(start)}no figure is shown."
    last = known[-1]
    text = f"{start}{_at(last, seen)}"
    limited = [r for r in rows if r["lower_limit"] is not None and r["upper_limit"] is not None]
    if last["centre"] is not None:
        text += f", mean {plain(last['centre'], seen.unit)}"
    if limited:
        low, high = limited[-1]["lower_limit"], limited[-1]["upper_limit"]
        floored = low < 0 and seen.book is not None and not may_be_negative(seen.book)
        text += f", usual variation {'up to ' + plain(high, seen.unit) if floored else limits(low, high, seen.unit)}"
    text += f"; {clean(last['variation'])}" if last["variation"] else ""
    special = [r for r in known if r["special_cause"]]
    if special:
        one = special[-1]
        latest = f"the latest in {when(Period(one['period_start'], one['period_end']))} ({clean(one['special_cause'])})"
        text += f"; {len(special)} special cause{'' if len(special) == 1 else 's'}, {latest}"
    hidden = len(rows) - len(known)
    return capital(text) + (f"; {hidden} not shown." if hidden else ".")


def retention_alt(seen: View) -> str:
    """The alternative text of a life table's curves."""
    words = seen.curve
    said = [f"Step chart of the share of {words.who} {words.still} by {words.clock[:1].lower()}{words.clock[1:]}."]
    for name in seen.series:
        found = [(units, still_there(seen, name, units)["value"]) for units in words.spoken]
        read = [f"{plain(100 * value, '%')} after {words.after(units)}" for units, value in found if value is not None]
        start = f"{name}: " if seen.by else ""
        said.append(f"{capital(start + (listed(read) or f'no figure at a whole {words.unit} is shown'))}.")
    return " ".join(said)
