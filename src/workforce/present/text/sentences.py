"""Sentences common to several kinds: captions, what is shown in place of a figure and why, and what was withheld.

A result carries the reason why it has no figure: what is not recorded and by whom, a setting that is missing, a model that cannot be
fitted, few people. What was withheld, and how counts are rounded, is said once a page (`withheld_note`).
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Final

import polars as pl

from workforce.book import AS_EXPECTED, measure_book
from workforce.book.constants import FULL_WEEK
from workforce.disclosure import Released
from workforce.disclosure.precision import HALF_POINT_OFF, WHOLE_PERCENT_OFF
from workforce.disclosure.rules import MARKERS, PAGE_RULES, RULES, WITHHELD
from workforce.measures.turnover import PROVISIONAL
from workforce.periods import Period
from workforce.present.drawing.text_width import wrapped
from workforce.present.drawing.theme import WIDTH
from workforce.present.shown import Text, _sentence, checked, titled
from workforce.present.text.numbers import (
    capital,
    clean,
    dated,
    gap_in_words,
    is_range,
    label,
    listed,
    measure_name,
    period_covered,
    printed_words,
    uncapital,
)
from workforce.present.view import View, groups_of, left_out_of, together, view_of
from workforce.results import NOT_AVAILABLE, Incidence

_NAMED_IN_TITLE: Final = 2  # a title names at most this many groups; more are counted
SPOKEN: Final = 12  # an alternative text has at most this many groups; the others are in the table
_PLURAL: Final = (
    "annual",
    "cases",
    "caseworkers",
    "changes",
    "children",
    "decisions",
    "ehc",
    "exit",
    "late",
    "leavers",
    "movements",
    "parts",
    "people",
    "phase",
    "plans",
    "posts",
    "reasons",
    "recruits",
    "referrals",
    "requests",
    "staff",
    "vacancies",
)
"""First words of what measures are called, where they are in the plural."""
_PARTS: Final = ("band", "beside", "cause", "covariate", "group", "level", "part", "scenario", "source", "stage")
"""Columns that a measure adds itself: they are not named among what it is broken down by."""
_FEW: Final = "withheld, because few people are behind the figures"
_NOTHING: Final = "the records have no data for it"
_NOT_COVERED: Final = "the records lack the data that it needs"
NOT_BY_SEASON_WORDS: Final = (
    "Points are not adjusted for the season, so a rise that comes every winter counts as a change."
)

_RULE_SENTENCES: Final = {
    "partner": "Disclosure rule: partner. For the lead organisation under its sharing agreement.",
    "published": "Official statistics, as published.",
    "analyst": "Not for release: nothing is withheld.",
}
OWN_RECORDS: Final = "the organisations' own records"
_NO_METHOD: Final = {"none", None}


def in_place(
    shown: View | Released, rows: pl.DataFrame | None = None, *, title: str | Text | None = None, about: str = ""
) -> Text | None:
    """Return the sentence that replaces a chart or table without a figure.

    Parameters
    ----------
    shown : View or Released
        What is to be shown.
    rows : polars.DataFrame, optional
        Those of its rows that are to be shown, with what is drawn in `value`; without it all.
    title : str or Text, optional
        The caller's title, which names what is not shown; a sentence of the library does not, because it is about figures.
    about : str
        What is not shown, without a title; without either, what the result measures and the columns that it is broken down by.

    Returns
    -------
    Text or None
        Nothing where some row has a figure.
    """
    frame = shown.frame if rows is None else rows
    if frame["value"].is_not_null().any():
        return None
    return sentence_of(shown, frame, title=title, about=about)


def sentence_of(
    shown: View | Released, rows: pl.DataFrame, *, title: str | Text | None = None, about: str = ""
) -> Text:
    """Return the sentence on rows without a figure; title, about: as for `in_place`."""
    reason = why_not(shown, rows)
    note = f" {shown.note}" if shown.note else ""
    if isinstance(title, str):
        words, provenance = titled(title, shown)
        sentence = f"{capital(clean(words).rstrip('.'))}: not shown, because {_as_clause(reason)}.{note}"
        return Text._made(text=sentence, rule=shown.rule, _provenance=provenance)
    subject = about or subject_of(shown)
    return _sentence(f"{capital(subject)} {'are' if is_plural(subject) else 'is'} not shown: {reason}.{note}", shown)


def one_group(shown: View, name: str) -> Text:
    """Return the sentence in place of a comparison of groups of which only one has a figure."""
    subject = subject_of(shown)
    verb = "are" if is_plural(subject) else "is"
    return _sentence(f"{capital(subject)} {verb} not compared: only one group has a figure ({name}).", shown)


def _as_clause(reason: str) -> str:
    return reason.replace(_FEW, "few people are behind the figures")


def subject_of(shown: View | Released) -> str:
    """What a result is of, within a sentence: its measure and the columns that it is broken down by."""
    if isinstance(shown, View):
        name, groups = _name_of(shown), [shown.by] if shown.by else list(shown.groups)
    else:
        measures = dict.fromkeys(d.measure for d in shown.result.definitions)
        name, groups = listed([measure_name(m) for m in measures]) or shown.name, groups_of(shown)
    by = listed([uncapital(label(g)) for g in groups if g not in _PARTS])
    return f"{name} by {by}" if by else name


def _name_of(shown: View) -> str:
    """What a view shows; a life table and the causes of leaving have names of their own."""
    if issubclass(shown.kind, Incidence):
        return "what became of staff who left"
    if shown.is_life_table:
        return f"the share of {shown.curve.who} {shown.curve.still}"
    return shown.called


def is_plural(subject: str) -> bool:
    """Whether what a measure is called is in the plural.

    >>> is_plural("turnover by team"), is_plural("EHC plans issued within 20 weeks"), is_plural("absence spells by team")
    (False, True, True)
    """
    words = subject.split()
    return words[0].lower() in _PLURAL or words[1:2] == ["spells"]


def why_not(shown: View | Released, rows: pl.DataFrame) -> str:
    """Return why rows have no figure, in one clause without its full stop."""
    reasons = shown.reasons if isinstance(shown, View) else shown.result.reasons
    markers = rows["marker"].unique().to_list() if "marker" in rows.columns else []
    clauses: list[str] = []
    if rows.is_empty():
        clauses += [*reasons] or [_NOTHING]
    if NOT_AVAILABLE in markers:
        clauses += [*reasons] or [_not_covered(rows)]
    if WITHHELD in markers:
        clauses.append(_FEW if shown.rule in RULES else MARKERS[WITHHELD])
    clauses += [MARKERS.get(m, "marked by its publisher") for m in markers if m not in (None, NOT_AVAILABLE, WITHHELD)]
    if None in markers or not clauses:
        clauses += [*reasons] or [_without_denominator(shown)]
    return "; ".join(dict.fromkeys(clean(clause).rstrip(".") for clause in clauses))


def _not_covered(rows: pl.DataFrame) -> str:
    """Whose records lack what a figure needs, where the rows name them."""
    if "left_out" not in rows.columns:
        return _NOT_COVERED
    names = left_out_of(rows)
    return f"the records of {listed(names)} lack the data that it needs" if names else _NOT_COVERED


def _without_denominator(shown: View | Released) -> str:
    books = [shown.book] if isinstance(shown, View) else list(shown.result.definitions)
    sides = {book.denominator.words for book in books if book is not None and book.denominator is not None}
    what = f" ({sides.pop()})" if len(sides) == 1 else ""
    return f"its denominator{what} is 0 or not known"


def title_in_place(table: View) -> Text | None:
    """The title where no row has a figure: the reason."""
    sentence = in_place(table)
    return sentence and _sentence(sentence.text.rstrip("."), table)


def title_subject(table: View) -> str:
    """The subject of a title: what is measured, after the name of its group where there is only one."""
    group = table.series[0] if table.by and len(table.series) == 1 else together(table.note)
    return f"{group}: {table.called}" if group else capital(table.called)


def names_or_count(names: list[str], total: int) -> str:
    """Up to two groups by name; more as their number.

    >>> names_or_count(["Coast", "Hill"], 9), names_or_count(["Coast", "Hill", "Vale"], 9)
    ('Coast and Hill', '3 of 9')
    """
    return listed(names) if len(names) <= _NAMED_IN_TITLE else f"{len(names)} of {total}"


def was(subject: str) -> str:
    """The verb of a title, by the number of its subject.

    >>> was("turnover"), was("EHC plans issued within 20 weeks")
    ('was', 'were')
    """
    return "were" if is_plural(subject) else "was"


def not_shown(rows: Sequence[dict[str, Any]], groups: str) -> str:
    """How many of the rows have no figure, and why.

    >>> rows = [{"value": 1.0, "marker": None}, *[{"value": None, "marker": "c"}] * 2]
    >>> not_shown(rows, "teams"), not_shown(rows[:2], "teams"), not_shown(rows[:1], "teams")
    ('2 of 3 teams are withheld', '1 of 2 teams is withheld', '')
    """
    reasons = Counter(
        "too small for one figure" if is_range(row) else gap_in_words(row) for row in rows if row["value"] is None
    )
    (first, number_of_rows), *more = sorted(reasons.items()) or [("", 0)]
    if not number_of_rows:
        return ""
    clauses = [f"{number_of_rows} of {len(rows)} {groups} {'is' if number_of_rows == 1 else 'are'} {first}"]
    clauses += [f"{count} {'is' if count == 1 else 'are'} {reason}" for reason, count in more]
    return listed(clauses)


def figure_at(row: dict[str, Any], table: View) -> str:
    """A figure and its period: "12.0% in the year to March 2023"."""
    period = Period(row["period_start"], row["period_end"])
    return f"{printed_words(row, table.unit)} {dated(period)}"


def more_in_table(groups: int) -> str:
    """How many groups an alternative text leaves to the table; empty where it has all."""
    return f"{groups - SPOKEN} more are in the table." if groups > SPOKEN else ""


def at_latest(table: View) -> str:
    """The latest period with its preposition, after a space; empty where the rows have no period."""
    return f" {dated(table.periods[-1])}" if table.periods else ""


def marker_meaning(marker: str) -> str:
    """A marker and what it means.

    >>> marker_meaning("z")
    '[z] not applicable'
    """
    return f"[{marker}] {MARKERS.get(marker, 'marked by its publisher')}"


def explained(markers: Iterable[str], rule: str) -> list[str]:
    """Return the markers that a figure or table explains itself; what `[c]` means is said once for a page, by `withheld_note`.

    >>> explained(["c", "x"], "board"), explained(["c", "x"], "published")
    (['x'], ['c', 'x'])
    """
    return [marker for marker in markers if marker != WITHHELD or rule not in PAGE_RULES]


def withheld_note(page: Released) -> Text:
    """Return what `[c]` means, how counts are rounded, and how far off a printed rate can be: one note for a page.

    Parameters
    ----------
    page : Released
        Everything that was released for the page.

    Returns
    -------
    Text
        Up to three sentences.

    Raises
    ------
    DisclosureError
        Where the tables were not released.

    Examples
    --------
    >>> from workforce.disclosure import release
    >>> from workforce.stats.rates import measure_table
    >>> sides = pl.DataFrame({"team": ["A", "B"], "numerator": [12.0, 3.0], "denominator": [98.0, 60.0], "people": [98, 60]})
    >>> turnover = measure_table(sides, "turnover", "dfe", by=["team"])
    >>> note = withheld_note(release(turnover, "board")).text
    >>> print(note.replace(". ", "." + chr(10)))
    [c]: withheld, because few people are behind the figure (1 of 2 figures behind this page).
    Counts of people and cases are to the nearest 5, each rounded by itself, so they need not add up; rates follow from the printed counts.
    A rate in % is printed to half a point (at most 0.6 off), to a whole percent (at most 2 off) or as the range in which it lies.
    """
    checked(page, Released)
    results = page.results.values()
    frames = [result.frame for result in results if {"value", "marker"} <= set(result.frame.columns)]
    figures = sum(frame.height for frame in frames)
    withheld = sum(frame.filter(pl.col("marker") == WITHHELD).height for frame in frames)
    sentences = []
    if withheld:
        words = f"{withheld:,} of {figures:,} figure{'' if figures == 1 else 's'} behind this page"
        sentences.append(f"[{WITHHELD}]: {MARKERS[WITHHELD]} ({words}).")
    rule = RULES.get(page.rule)
    if rule is not None and rule.headcounts_to is None:
        sentences.append("No count is rounded.")
    elif rule is not None:
        sentences.append(
            f"Counts of people and cases are to the nearest {rule.headcounts_to}, each rounded by itself, so they need not add up; rates "
            "follow from the printed counts."
        )
        sentences.append(
            f"A rate in % is printed to half a point (at most {HALF_POINT_OFF:.1f} off), to a whole percent (at most "
            f"{WHOLE_PERCENT_OFF:.0f} off) or as the range in which it lies."
        )
    return _sentence(" ".join(sentences), page)


def caption(table: View, *, source: str | None, limits: str = "", extra: Sequence[str] = ()) -> tuple[str, ...]:
    """The sentences under a figure.

    source: whose data; without it what the table names, else the organisations' own records. limits: what draws the 95%
    limits ("Shaded", "Whiskers"). extra: sentences about this chart, of which some may be empty.
    """
    published = table.book.source if table.book and table.rule == "published" else ""
    whose = source or listed(list(table.sources)) or published or OWN_RECORDS
    sentences = [f"Source: {whose.rstrip('.')}."]
    period = period_covered(table.periods) if table.is_measure_table else ""
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
        method_names = listed([m for m in methods if m not in _NO_METHOD])
        sentences.append(f"{limits}: 95% limits{f' ({method_names})' if method_names else ''}.")
    sentences += [
        " ".join(words for words in extra if words),
        _gaps_sentence(table, explained_only=True),
        _not_published(table) if table.rule == "published" else coverage_sentence(table).text,
        *(f"{capital(reason)}." for reason in table.reasons),
        provisional_sentence(table.frame),
        table.note,
        _RULE_SENTENCES.get(table.rule, ""),
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
