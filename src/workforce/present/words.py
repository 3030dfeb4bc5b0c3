"""Sentences made from what was released, and from the settings: changes, what was withheld and left out, what is to be decided."""

from collections.abc import Iterable
from datetime import date
from typing import Any, Protocol

from workforce.disclosure import Released
from workforce.errors import UsageError
from workforce.periods import written
from workforce.present.ahead import looked_back_sentence
from workforce.present.bounds_words import bounds_sentence
from workforce.present.capacity import capacity_sentence
from workforce.present.captions import coverage_sentence, withheld_sentence
from workforce.present.casework_words import weights_sentence
from workforce.present.hiring_words import hiring_sentence, posts_sentence, reasons_sentence
from workforce.present.numerals import number, percent
from workforce.present.official_words import (
    at_a_glance,
    benchmark_title,
    neighbours_sentence,
    nhs_title,
    standing_title,
)
from workforce.present.pay_words import costs_sentence, decomposition_sentence, equity_sentence, who_pays_more
from workforce.present.ratios import curves_sentence, hazard_sentence, hazards_title
from workforce.present.signals import variation_sentence, variation_title
from workforce.present.text import Text, _of_settings, _sentence
from workforce.present.titles import bars_title, funnel_title, movement, retention_title, trend_title
from workforce.present.view import View, seen_of
from workforce.records import Records
from workforce.sealed import text_given

__all__ = [
    "Decision",
    "Text",
    "at_a_glance",
    "bars_title",
    "benchmark_title",
    "bounds_sentence",
    "capacity_sentence",
    "change_sentence",
    "costs_sentence",
    "coverage_sentence",
    "curves_sentence",
    "decision_sentence",
    "decomposition_sentence",
    "equity_sentence",
    "funnel_title",
    "hazard_sentence",
    "hazards_title",
    "hiring_sentence",
    "looked_back_sentence",
    "movement",
    "neighbours_sentence",
    "nhs_title",
    "number",
    "percent",
    "posts_sentence",
    "reasons_sentence",
    "retention_title",
    "roles_sentence",
    "setting",
    "standing_title",
    "trend_title",
    "variation_sentence",
    "variation_title",
    "weights_sentence",
    "who_pays_more",
    "withheld_sentence",
]


class Decision(Protocol):
    """What the settings say about a decision."""

    @property
    def decision(self) -> str:
        """What is to be decided."""

    @property
    def owner(self) -> str:
        """The role that decides."""

    @property
    def due(self) -> date | None:
        """By when."""


def change_sentence(shown: Released | View, *, by: str | None = None, definition: str | None = None) -> Text:
    """What happened to one figure between its last two periods that share no day: rose, fell, the same, or no clear change.

    Where the table has several groups it says how many rose and fell.

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
        The sentence, or sentences.
    """
    seen = seen_of(shown, by, definition)
    return _sentence(trend_title(seen).text + ".", seen)


def decision_sentence(decision: Decision | Iterable[Decision] | None) -> Text:
    """The decision sought, its owner and date, or that none has been set.

    Parameters
    ----------
    decision : Decision, iterable of these, or None
        What `records.settings.decision` returned.

    Returns
    -------
    Text
        The sentence, or sentences.

    Examples
    --------
    >>> decision_sentence(None).text
    'No decision has been set for this question.'
    """
    # A settings model can itself be iterated (over its fields), so a single decision is known by what it has, not by what it is.
    several: list[Any] = [] if decision is None else [decision] if hasattr(decision, "decision") else list(decision)
    if not several:
        return _of_settings("No decision has been set for this question.")
    sentences: list[str] = []
    given: list[str] = []
    for one in several:
        # Each is read once, so that what is printed is what is recorded.
        what, owner, due = text_given(one.decision, "decision"), text_given(one.owner, "decision"), one.due
        day = date(due.year, due.month, due.day) if due else None
        by = written(day) if day else "no date set"
        sentences.append(f"Decision sought: {what.rstrip('.')}. Owner: {owner.rstrip('.') or 'none named'}. By: {by}.")
        given += [what, owner, day.isoformat() if day else ""]
    return _of_settings(" ".join(sentences), decision=given)


def setting(text: str) -> Text:
    """A text of the area's settings as a sentence of its own, such as the name of an organisation.

    A published page refuses a text that is written neither in the settings nor in the notebook.

    Parameters
    ----------
    text : str
        The text, as it is in the settings.

    Returns
    -------
    Text
        The same, to be shown.

    Examples
    --------
    >>> setting("Wealdmere Council").text
    'Wealdmere Council'
    """
    words = text_given(text, "setting")
    return _of_settings(words, setting=words)


def roles_sentence(records: Records) -> Text:
    """Whether there is a common list of roles, and how many titles of the records are not in it.

    Parameters
    ----------
    records : Records
        The area's records.

    Returns
    -------
    Text
        The sentence, or sentences.
    """
    if not isinstance(records, Records):
        raise UsageError("a sentence about roles is made from records", hint="give what wf.load_area returned")
    count = records.unmapped_roles["role"].n_unique()
    if not records.settings.roles:
        words = "No common list of roles is set: figures by role compare the organisations' own titles."
    elif not count:
        words = "Every role in the records is in the common list or one of its names."
    else:
        are, them = ("1 title is", "it") if count == 1 else (f"{count} titles are", "them")
        words = f"{are} not in the common list of roles: figures by role show {them} as they were written."
    return Text._made(text=words, rule="notes", _provenance=records._provenance)


def __dir__() -> list[str]:
    return __all__
