"""What a title says of a change or a difference: the verdict of the test that `release` made, in words.

Where nothing was tested a title gives figures only and says so. What chance alone could explain is never worded as equality.
"""

from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from workforce.disclosure.released import VERDICT_COLUMNS
from workforce.measures.difference import (
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
from workforce.present.view import View, worded
from workforce.results import FIRST, PERIOD_COLUMNS

MOVED: Final = (ROSE, FELL)
NO_CHANGE_SHOWN: Final = (HIGHER, LOWER, SAME)
"""Verdicts of which none shows a change, and none shows that there is no change."""
BY_CHANCE_WORDS: Final = "which chance alone could explain"
CHANGE_NOT_TESTED: Final = "change not tested"
_BEFORE: Final = "than before"
_KEYS: Final = (*FIRST, *PERIOD_COLUMNS)


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
