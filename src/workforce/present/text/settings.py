"""Sentences made from the area's settings: what is to be decided, how cases are weighed, which roles are common."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Protocol

from workforce.errors import UsageError
from workforce.measures.caseload import limit_given
from workforce.periods import written
from workforce.present.text.numbers import listed
from workforce.present.text.text import Text, _of_settings
from workforce.present.view import worded
from workforce.records import Records
from workforce.sealed import number_given, text_given


class Decision(Protocol):
    """A decision in the settings."""

    @property
    def decision(self) -> str:
        """What is to be decided."""

    @property
    def owner(self) -> str:
        """The role that decides."""

    @property
    def due(self) -> date | None:
        """By when."""


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
    decisions: list[Any] = [] if decision is None else [decision] if hasattr(decision, "decision") else list(decision)
    if not decisions:
        return _of_settings("No decision has been set for this question.")
    sentences: list[str] = []
    recorded: list[str] = []
    for entry in decisions:
        # Each is read once, so that what is printed is what is recorded.
        what, owner, due = text_given(entry.decision, "decision"), text_given(entry.owner, "decision"), entry.due
        day = date(due.year, due.month, due.day) if due else None
        by = written(day) if day else "no date set"
        sentences.append(f"Decision sought: {what.rstrip('.')}. Owner: {owner.rstrip('.') or 'none named'}. By: {by}.")
        recorded += [what, owner, day.isoformat() if day else ""]
    return _of_settings(" ".join(sentences), decision=recorded)


def setting(text: str) -> Text:
    """A text of the area's settings as a sentence, such as the name of an organisation.

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


def limit_sentence(limit: float | Mapping[str, float] | None) -> Text:
    """The agreed limits of caseloads: one for every role, or each with the roles that it is of.

    Parameters
    ----------
    limit : float or mapping of role to float, or None
        As in the settings.

    Returns
    -------
    Text
        The sentence, or sentences.

    Examples
    --------
    >>> limit_sentence({"SEND caseworker": 25, "Senior SEND caseworker": 25, "Social worker": 18}).text
    'Agreed limit of cases per FTE: SEND caseworker and Senior SEND caseworker 25; Social worker 18. Other roles have no limit.'
    >>> limit_sentence(25).text, limit_sentence(None).text
    ('The agreed limit is 25 cases per FTE, for every role.', 'No limit of caseloads is agreed.')
    """
    agreed = limit_given(limit)
    if agreed is None:
        return _of_settings("No limit of caseloads is agreed.")
    if isinstance(agreed, float):
        return _of_settings(f"The agreed limit is {agreed:g} cases per FTE, for every role.", limit=agreed)
    roles_of: dict[float, list[str]] = {}
    for role, most in agreed.items():
        roles_of.setdefault(most, []).append(role)
    limits = "; ".join(f"{listed(roles)} {most:g}" for most, roles in roles_of.items())
    return _of_settings(f"Agreed limit of cases per FTE: {limits}. Other roles have no limit.", limit=agreed)


def weights_sentence(weights: Mapping[str, float]) -> Text:
    """How much a case of each type counts in a weighted caseload, or that each counts one.

    Parameters
    ----------
    weights : mapping of str to float
        For each type of case what it counts, as in the settings.

    Returns
    -------
    Text
        The sentence, or sentences.

    Examples
    --------
    >>> weights_sentence({"ehc_assessment": 1.5}).text
    'A case counts by its type: EHC assessment 1.5; a case of any other type counts 1.'
    >>> weights_sentence({}).text
    'No weights by type of case are agreed: every case counts 1.'
    """
    agreed = {text_given(kind, "weights"): number_given(weight, "weights") for kind, weight in weights.items()}
    if not agreed:
        return _of_settings("No weights by type of case are agreed: every case counts 1.")
    types = listed([f"{worded(kind, 'case_type')} {weight:g}" for kind, weight in sorted(agreed.items())])
    return _of_settings(f"A case counts by its type: {types}; a case of any other type counts 1.", weights=agreed)
