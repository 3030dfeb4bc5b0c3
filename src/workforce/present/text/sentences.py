"""Sentences common to several kinds: what is shown in place of a figure and why, and parts of titles and alternative texts.

The result carries the reason: what is not recorded and by whom, a setting that is missing, a model that cannot be fitted, few people.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

import polars as pl

from workforce.disclosure import Released
from workforce.disclosure.rules import MARKERS, RULES, WITHHELD
from workforce.periods import Period
from workforce.present.text.numbers import capital, is_range, label, listed, measure_name, printed_words, uncapital
from workforce.present.text.text import Text, _sentence, titled
from workforce.present.view import View, clean, dated, gap_in_words, groups_of, left_out_of
from workforce.results import NOT_AVAILABLE, Incidence

_NAMED_IN_TITLE: Final = 2  # a title names at most this many groups; more are counted
SPOKEN: Final = 12  # an alternative text has at most this many groups; the others are in the table
_PLURAL: Final = (
    "cases",
    "caseworkers",
    "changes",
    "children",
    "decisions",
    "ehc",
    "exit",
    "leavers",
    "movements",
    "parts",
    "people",
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
_PARTS: Final = ("band", "beside", "cause", "covariate", "group", "level", "scenario", "source", "stage")
"""Columns that a measure adds itself: they are not named among what it is broken down by."""
_FEW: Final = "withheld, because few people are behind the figures"
_NOTHING: Final = "the records have no data for it"
_NOT_COVERED: Final = "the records lack the data that it needs"
NOT_BY_SEASON_WORDS: Final = (
    "Points are not adjusted for the season, so a rise that comes every winter counts as a change."
)


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
    name = table.called
    return f"{table.series[0]}: {name}" if table.by and len(table.series) == 1 else capital(name)


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
