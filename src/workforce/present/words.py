"""Sentences chosen from the data: changes, what was withheld, what was left out, what is to be decided.

Promises: no sentence that the figures beside it could contradict. Refuses: data that was not released.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any, Protocol

import polars as pl

from workforce.disclosure import Released
from workforce.periods import written
from workforce.present.ahead import looked_back_sentence
from workforce.present.capacity import capacity_sentence
from workforce.present.casework_words import weights_sentence
from workforce.present.hiring_words import hiring_sentence, posts_sentence, reasons_sentence
from workforce.present.numerals import capital, listed, number, percent
from workforce.present.pay_words import costs_sentence, decomposition_sentence, equity_sentence, who_pays_more
from workforce.present.ratios import curves_sentence, hazard_sentence, hazards_title
from workforce.present.signals import variation_sentence, variation_title
from workforce.present.text import Text
from workforce.present.titles import bars_title, funnel_title, movement, retention_title, seen_of, trend_title
from workforce.present.view import MARKERS, View

__all__ = [
    "Decision",
    "Text",
    "bars_title",
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
    "number",
    "percent",
    "posts_sentence",
    "reasons_sentence",
    "retention_title",
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

    Refuses nothing that was released; where the table has several groups it says how many rose and fell.
    """
    seen = seen_of(shown, by, definition)
    return Text(trend_title(seen).text + ".")


def withheld_sentence(shown: Released | View, *, by: str | None = None, definition: str | None = None) -> Text:
    """How many figures have a marker in place of a value, and what each marker means; empty where none has."""
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
    return Text(f"{capital('; '.join(parts))}." if parts else "")


def coverage_sentence(shown: Released | View, *, by: str | None = None, definition: str | None = None) -> Text:
    """Which units are missing from roll-ups, because they lack one side of a rate; empty where none is."""
    seen = seen_of(shown, by, definition)
    if "left_out" not in seen.frame.columns:
        return Text("")
    names = sorted({name for row in seen.frame["left_out"].drop_nulls().to_list() for name in row if name})
    if not names:
        return Text("")
    where = "" if len(seen.frame) == 1 else " from at least one figure"
    return Text(f"Left out{where}, because one side of the rate is missing: {listed(names)}.")


def decision_sentence(decision: Decision | Iterable[Decision] | None) -> Text:
    """The decision sought, its owner and date, or that none has been set.

    >>> decision_sentence(None).text
    'No decision has been set for this question.'
    """
    # A settings model can itself be iterated (over its fields), so a single decision is known by what it has, not by what it is.
    several: list[Any] = [] if decision is None else [decision] if hasattr(decision, "decision") else list(decision)
    if not several:
        return Text("No decision has been set for this question.")
    said = []
    for one in several:
        by = written(one.due) if one.due else "no date set"
        said.append(
            f"Decision sought: {one.decision.rstrip('.')}. Owner: {one.owner.rstrip('.') or 'none named'}. By: {by}."
        )
    return Text(" ".join(said))
