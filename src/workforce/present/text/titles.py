"""What titles say of changes and of groups, for every kind of chart: the verdict of the test that `release` made, in words.

The title of groups of one period is that of bars, and of lines of one period. Where nothing was tested a title gives figures only and says
so. What chance alone could explain is never worded as equality.
"""

from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from workforce.disclosure import Released
from workforce.disclosure.released import VERDICT_COLUMNS
from workforce.measures.difference import (
    ABOVE,
    BELOW,
    BY_CHANCE,
    DIFFER,
    FELL,
    HIGHER,
    LOWER,
    NOT_TESTED,
    ONE_ANOTHER,
    PERIOD,
    ROSE,
    SAME,
    THE_REST,
)
from workforce.present.shown import Text, _sentence
from workforce.present.text.numbers import (
    capital,
    count,
    gap_in_words,
    is_range,
    listed,
    plural,
    printed,
    printed_words,
    span,
    worded,
)
from workforce.present.text.sentences import at_latest, names_or_count, not_shown, title_in_place, title_subject, was
from workforce.present.view import View, view_of
from workforce.results import FIRST, PERIOD_COLUMNS

MOVED: Final = (ROSE, FELL)
NO_CHANGE_SHOWN: Final = (HIGHER, LOWER, SAME)
"""Verdicts of which none shows a change, and none shows that there is no change."""
BY_CHANCE_WORDS: Final = "which chance alone could explain"
CHANGE_NOT_TESTED: Final = "change not tested"
_BEFORE: Final = "than before"
_KEYS: Final = (*FIRST, *PERIOD_COLUMNS)
_PAIR: Final = 2  # groups that a title names with their figures
_FOR: Final = ("reason", "leaving_reason", "leaving_destination", "provider", "source", "stage", "step")  # not places
# Measures whose bands add up to everyone: what is counted, and the words for a band.
_IN_BANDS: Final = {
    ("backlog", "overdue"): ("cases past their date", "are {}"),
    ("caseload_distribution", "workers"): ("caseworkers", "have {} cases per FTE"),
    ("caseload_distribution", "unheld"): ("open cases that no worker present holds", "are {}"),
    ("absence_spells", "length"): ("absences", "were {}"),
    ("waiting", "nhs"): ("waiting children", "have waited {}"),
    ("timeliness_bands", "dfe"): (
        "plans",
        "are in the band \N{LEFT DOUBLE QUOTATION MARK}{}\N{RIGHT DOUBLE QUOTATION MARK}",
    ),
    ("timeliness_bands", "dfe_without_exceptions"): (
        "plans without exceptions",
        "are in the band \N{LEFT DOUBLE QUOTATION MARK}{}\N{RIGHT DOUBLE QUOTATION MARK}",
    ),
}


@dataclass(frozen=True, slots=True)
class GroupTest:
    """What tests say of the groups of one period.

    Parameters
    ----------
    verdict : str
        Of all groups at once: that they differ, that chance alone could explain by how much, or "not tested".
    group : str or None
        The group that differs most from the rest, where a test names it.
    of_group : str
        The verdict on that group.
    """

    verdict: str
    group: str | None = None
    of_group: str = NOT_TESTED


def change_of(verdicts: pl.DataFrame, earlier: dict[str, Any], later: dict[str, Any]) -> str:
    """Return the verdict on the figures of one group in two periods; "not tested" where these two were not compared.

    Parameters
    ----------
    verdicts : polars.DataFrame
        Those of the released table.
    earlier, later : dict
        Two of its rows.
    """
    columns = [*_KEYS, *_groups_of(verdicts)]
    if not set(columns) <= set(later) or any(earlier[c] != later[c] for c in columns if c not in PERIOD_COLUMNS):
        return NOT_TESTED
    compared = dict(zip(("compared_start", "compared_end"), (earlier[c] for c in PERIOD_COLUMNS), strict=True))
    return _one_verdict(_rows_of(verdicts, {"over": PERIOD, **compared, **{c: later[c] for c in columns}}))


def groups_tested(shown: View) -> GroupTest:
    """Return what tests say of the groups of a view of one period.

    Parameters
    ----------
    shown : View
        A view of one period.
    """
    verdicts, rows = shown.verdicts, shown.frame
    if shown.by is None or shown.by not in _groups_of(verdicts) or rows.is_empty():
        return GroupTest(NOT_TESTED)
    columns = [c for c in (*_KEYS, *_groups_of(verdicts)) if c != shown.by]
    if not set(columns) <= set(rows.columns) or rows.select(columns).n_unique() > 1:
        return GroupTest(NOT_TESTED)
    of_period = _rows_of(verdicts, {"over": shown.by, **rows.select(columns).row(0, named=True)})
    verdict = _one_verdict(of_period.filter(pl.col("compared_with") == ONE_ANOTHER))
    of_group = of_period.filter(pl.col("compared_with") == THE_REST)
    name = of_group[shown.by].item() if len(of_group) == 1 else None
    if name is None:
        return GroupTest(verdict)
    return GroupTest(verdict, worded(str(name), shown.by), _one_verdict(of_group))


def compared_clause(verdict: str, figure: str, at: str) -> str:
    """Return how a figure compares with an earlier one, as the end of a sentence that has given it.

    Parameters
    ----------
    verdict : str
        Any but "rose" and "fell", which are the verbs of a sentence.
    figure, at : str
        The earlier figure, and its period with its preposition.

    Examples
    --------
    >>> compared_clause(HIGHER, "10.0%", "in March 2022")
    ', higher than in March 2022 (10.0%), which chance alone could explain'
    >>> compared_clause(SAME, "10.0%", "in March 2022"), compared_clause(NOT_TESTED, "10.0%", "in March 2022")
    (', about the same as in March 2022 (10.0%)', ' and 10.0% in March 2022; change not tested')
    """
    if verdict in (HIGHER, LOWER):
        return f", {verdict.replace(_BEFORE, f'than {at} ({figure})')}"
    if verdict == SAME:
        return f", {SAME} as {at} ({figure})"
    return f" and {figure} {at}; {CHANGE_NOT_TESTED}"


def not_alike(groups: str) -> str:
    """Return the words after a test that does not show a difference: it shows no equality.

    >>> not_alike("localities")
    'that does not show that the localities are alike'
    """
    return f"that does not show that the {groups} are alike"


def _groups_of(verdicts: pl.DataFrame) -> list[str]:
    return [c for c in verdicts.columns if c not in _KEYS and c not in VERDICT_COLUMNS]


def _rows_of(verdicts: pl.DataFrame, cells: dict[str, Any]) -> pl.DataFrame:
    return verdicts.filter(pl.col(c).eq_missing(pl.lit(value, verdicts.schema[c])) for c, value in cells.items())


def _one_verdict(rows: pl.DataFrame) -> str:
    """The verdict that a page can lead with, where there is one; of an earlier period, the verdict itself."""
    if len(rows) != 1:
        return NOT_TESTED
    verdict: str | None = rows.select(pl.coalesce("leading_verdict", "verdict")).item()
    return verdict or NOT_TESTED


def bars_title(  # noqa: PLR0911 - a sentence for each case
    shown: Released | View, *, by: str | None = None, definition: str | None = None
) -> Text:
    """The title of bars of one period: what the test of the groups says and their range, or the largest of several bands.

    A group is named where it differs from the rest by more than chance. Where groups are withheld, a zero does not lead the title.

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
        The title.
    """
    table = view_of(shown, by, definition)
    if words := title_in_place(table):
        return words
    subject = capital(table.called)
    at = at_latest(table)
    rows = table.of_period(None).rows()
    if not rows:
        return _sentence(f"{subject}: no figures for this period", table)
    with_value = sorted((r for r in rows if r["value"] is not None), key=lambda r: (-r["value"], r["series"]))
    if not with_value:
        why = {gap_in_words(r) for r in rows}
        return _sentence(f"{subject}{at}: {why.pop() if len(why) == 1 else 'no figure can be shown'}", table)
    verb = was(table.called)
    top, bottom = with_value[0], with_value[-1]
    figure = printed_words(top, table.unit)
    if len(rows) == 1:
        return _sentence(f"{title_subject(table)} {verb} {figure}{at}", table)
    groups = plural(table.by or "group")
    withheld = not_shown(rows, groups)
    and_withheld = f"; {withheld}" if withheld else ""
    within = "for" if table.by in _FOR else "in"
    which = f"the {len(with_value)} {groups}" + (" shown" if withheld else "")
    highest_value, lowest_value = printed(top, table.unit), printed(bottom, table.unit)
    if highest_value == lowest_value:
        if withheld and _is_zero(highest_value):
            remaining = "the other is" if len(with_value) == 1 else f"the other {len(with_value)} are"
            return _sentence(f"{subject}{at}: {withheld}; {remaining} {figure}", table)
        where = top["series"] if len(with_value) == 1 else f"each of {which}"
        return _sentence(f"{subject} {within} {where} {verb} {figure}{at}{and_withheld}", table)
    if sentence := _largest_band(table, with_value, at, and_withheld):
        return _sentence(sentence, table)
    return _sentence(f"{subject}{at} {verb} {_compared(table.of_period(None), groups)}{and_withheld}", table)


def _compared(table: View, groups: str) -> str:
    """What the test of the groups of one period says, with their figures; groups: what they are."""
    test = groups_tested(table)
    rows = {r["series"]: r for r in table.rows() if r["value"] is not None}
    if test.verdict == BY_CHANCE:
        return f"{range_words(table)}, {BY_CHANCE_WORDS}; {not_alike(groups)}"
    if test.verdict != DIFFER:
        return f"{range_words(table)}; difference{'' if len(rows) == _PAIR else 's'} not tested"
    row = rows.pop(test.group, None) if test.group else None
    # A printed figure may not show the side: then the group is not named.
    values = [r["value"] for r in rows.values()]
    if row is not None and test.of_group == ABOVE and row["value"] > min(values):
        side = "higher"
    elif row is not None and test.of_group == BELOW and row["value"] < max(values):
        side = "lower"
    else:
        return f"{range_words(table)}; the {groups} differ, but no test shows which of them differs from the rest"
    compared_with = [f"{name} ({printed(r, table.unit)})" for name, r in rows.items()]
    total = f"{len(rows) + 1} {groups}{' shown' if len(table.frame) > len(rows) + 1 else ''}"
    within = "for" if table.by in _FOR else "in"
    against = f"{within} {compared_with[0]}" if len(rows) == 1 else f"{within} the rest of the {total}"
    return f"{side} {within} {test.group} ({printed(row, table.unit)}) than {against}"


def range_words(table: View) -> str:
    """Between which figures the groups of one period lie; two by name, and reasons and stages too, which are no groups to be ranked.

    Parameters
    ----------
    table : View
        A view of one period, with figures for two groups or more.
    """
    rows = table.rows()
    with_value = sorted((r for r in rows if r["value"] is not None), key=lambda r: (r["value"], r["series"]))
    within = "for" if table.by in _FOR else "in"
    figures = [printed(r, table.unit) for r in with_value]
    hidden = len(rows) > len(with_value)
    leads_with_zero = hidden and _is_zero(figures[0])
    if len(with_value) <= _PAIR and not leads_with_zero:
        by_name = sorted((r["series"], figure) for r, figure in zip(with_value, figures, strict=True))
        return listed([f"{figure} {within} {name}" for name, figure in by_name])
    which = f"the {len(with_value)} {plural(table.by or 'group')}{' shown' if hidden else ''}"
    if figures[0] == figures[-1]:
        return f"{figures[0]} {within} each of {which}"
    lowest, highest = span(with_value, table.unit)
    if table.by in _FOR and not any(map(is_range, with_value)):
        names = [r["series"] for r in with_value]
        lowest, highest = (
            f"{end} ({names_or_count([n for n, f in zip(names, figures, strict=True) if f == end], len(names))})"
            for end in (lowest, highest)
        )
    start = "up to" if leads_with_zero else f"between {lowest} and"
    return f"{start} {highest} {within} {which}"


def _is_zero(figure: str) -> bool:
    """Whether a figure is printed as zero.

    >>> _is_zero("0.0%"), _is_zero("<0.1%"), _is_zero("£0.00"), _is_zero("10")
    (True, False, True, False)
    """
    return not figure.strip("£%.0")


def _largest_band(table: View, with_value: list[dict[str, Any]], at: str, and_withheld: str) -> str:
    """The largest band of a distribution, with its share of all; empty for other tables, and where two bands are equally large."""
    top, second = with_value[0], with_value[1]
    book = table.book
    words = _IN_BANDS.get((book.measure, book.definition)) if book is not None and table.by == "band" else None
    if words is None or book is None or book.numerator is None or top["value"] == second["value"]:
        return ""
    subject, verb = words
    about = "About " if table.rule == "board" and book.numerator.kind == "people" else ""
    largest = count(top["numerator"])
    if book.denominator is not None:
        total = count(top["denominator"])
    elif not and_withheld:
        total = count(sum(row["value"] for row in with_value))
    else:
        return f"{about}{largest} {subject}{at} {verb.format(top['series'])}{and_withheld}"
    return f"{about}{largest} of {total} {subject}{at} {verb.format(top['series'])}{and_withheld}"
