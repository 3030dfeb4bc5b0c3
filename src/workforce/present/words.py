"""`wf.words`: sentences made from what was released, and from the area's settings.

Those of a kind of chart are in its file in `kinds/`; here are the others: decisions, limits, weights and roles as agreed, and the range
in which a rate could be where rows could not be read.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final, Protocol

import polars as pl

from workforce.disclosure import Released
from workforce.disclosure.counts import count_words
from workforce.errors import DisclosureError, UsageError
from workforce.measures.bounds import BOUNDS
from workforce.measures.caseload import limit_given
from workforce.periods import Period, written
from workforce.present.kinds.capacity import capacity_sentence
from workforce.present.kinds.change_parts import parts_sentence
from workforce.present.kinds.funnel import funnel_title
from workforce.present.kinds.hazards import curves_sentence, hazard_sentence, hazards_title
from workforce.present.kinds.lateness import lateness_sentence
from workforce.present.kinds.official import (
    at_a_glance,
    benchmark_title,
    neighbours_sentence,
    nhs_title,
    standing_title,
)
from workforce.present.kinds.options import options_sentence
from workforce.present.kinds.outlook import looked_back_sentence
from workforce.present.kinds.pay import costs_sentence, decomposition_sentence, equity_sentence, who_pays_more
from workforce.present.kinds.recruitment import hiring_sentence, posts_sentence, reasons_sentence
from workforce.present.kinds.retention import retention_title
from workforce.present.kinds.trend import change_sentence, movement, trend_title
from workforce.present.kinds.xmr import variation_sentence, variation_title
from workforce.present.shown import Text, _of_settings, _sentence
from workforce.present.text.numbers import capital, dated, listed, measure_name, number, percent, worded
from workforce.present.text.sentences import coverage_sentence, withheld_note, withheld_sentence
from workforce.present.text.titles import bars_title
from workforce.records import Records
from workforce.results import MeasureTable
from workforce.sealed import number_given, text_given

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
    "lateness_sentence",
    "limit_sentence",
    "looked_back_sentence",
    "movement",
    "neighbours_sentence",
    "nhs_title",
    "number",
    "options_sentence",
    "parts_sentence",
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
    "withheld_note",
    "withheld_sentence",
]

_PRINTED_STEP: Final = 0.1


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


def bounds_sentence(shown: Released) -> Text:
    """Return which rates of the latest period could differ from what is printed because rows could not be read, and by how much.

    Parameters
    ----------
    shown : Released
        One or more released tables; those without bounds (`wf.bounds`) are skipped.

    Returns
    -------
    Text
        A sentence for each rate whose bounds differ by more than the step to which it is printed; nothing where there is none.

    Raises
    ------
    DisclosureError
        Where the tables were not released.

    Examples
    --------
    >>> from datetime import date
    >>> from workforce.disclosure import release
    >>> from workforce.stats.rates import measure_table
    >>> year = {"period_start": [date(2022, 4, 1)], "period_end": [date(2023, 3, 31)]}
    >>> sides = pl.DataFrame({"numerator": [40.0], "denominator": [400.0], "people": [440], **year})
    >>> table = measure_table(sides, "turnover", "nhs", by=[])
    >>> limits = table.frame.with_columns(lower_bound=9.9, upper_bound=10.8, refused=pl.lit(3, pl.Int64))
    >>> bounds_sentence(release(table._with(limits, added=BOUNDS), "internal")).text
    'Turnover in the year to March 2023: 10.0%. It could be between 9.9% and 10.8%, because 1 to 4 rows could not be read or lack a date.'
    """
    if not isinstance(shown, Released):
        raise DisclosureError(
            "a sentence is made from what was released", hint="use wf.release on what wf.bounds returned"
        )
    sentences = [
        _bounds_words(row, result, shown.rule)
        for result in shown.results.values()
        if isinstance(result, MeasureTable) and set(BOUNDS) <= set(result.added)
        for row in _apart(result.frame)
    ]
    return _sentence(" ".join(dict.fromkeys(sentences)), shown)


def _apart(frame: pl.DataFrame) -> list[dict[str, Any]]:
    """The rows of the latest period whose bounds differ by more than the printed step."""
    differs = (pl.col("upper_bound") - pl.col("lower_bound") > _PRINTED_STEP + 1e-9) & pl.col("value").is_not_null()
    return frame.filter((pl.col("period_end") == pl.col("period_end").max()) & differs).to_dicts()


def _bounds_words(row: dict[str, Any], result: MeasureTable, rule: str) -> str:
    """One rate in words: its value, and the range in which it could be."""
    groups = ", ".join(worded(row[c], c) for c in result.groups if row[c] is not None)
    period = Period(row["period_start"], row["period_end"])
    subject = f"{capital(measure_name(row['measure']))}{f' ({groups})' if groups else ''}"
    # Under `board` the release rounds the rows up and widens the bounds to fit; under `internal` few rows are "1 to 4".
    count = f"up to {row['refused']:,}" if rule == "board" else count_words(row["refused"], rule)
    rows = f"{count} rows could not be read or lack a date"
    value, lower, upper = (number(row[c], row["unit"] or "") for c in ("value", "lower_bound", "upper_bound"))
    return f"{subject} {dated(period)}: {value}. It could be between {lower} and {upper}, because {rows}."


def __dir__() -> list[str]:
    return __all__
