"""Where late plans lose their time, in sentences."""

from typing import Any, Final

import polars as pl

from workforce.book.constants import PLAN_WEEKS
from workforce.disclosure import Released
from workforce.errors import UsageError
from workforce.measures.lateness import ALL_ON_TIME, NOT_RECORDED
from workforce.present.shown import Text, _sentence
from workforce.present.text.numbers import count, listed, printed
from workforce.present.text.sentences import sentence_of
from workforce.present.view import released_frame
from workforce.results import MeasureTable

_MOST: Final = 3  # stages that a sentence names
_DAYS: Final = "days per plan"


def lateness_sentence(shown: Released) -> Text:
    """How many days a late plan lost at which stage, what is not recorded, and the share of plans in time had each, or all, been on time.

    Parameters
    ----------
    shown : Released
        What `wf.casework.lateness_by_stage` returned for everyone (without `by=`).

    Returns
    -------
    Text
        The sentence, or sentences; of the latest period.
    """
    released = released_frame(shown)
    frame = released.frame
    is_table = isinstance(released.result, MeasureTable) and frame["measure"].eq("lateness").all()
    if not is_table or released.result.groups != ("stage",):
        raise UsageError(
            "expected the table of wf.casework.lateness_by_stage for everyone, got another",
            where="{table}",
            hint="use wf.casework.lateness_by_stage without by=, and release it",
            table=released.name,
        )
    rows = frame.filter(pl.col("period_end") == pl.col("period_end").max()) if len(frame) else frame
    if rows["value"].is_null().all():
        return sentence_of(shown, rows, about="where late plans lose their time")
    late = {row["stage"]: row for row in rows.filter(pl.col("definition") == "late_days").to_dicts()}
    on_time = {row["stage"]: row for row in rows.filter(pl.col("definition") == "on_time").to_dicts()}
    parts = [*_how_many(late, on_time), *_days(late), *_shares(on_time)]
    withheld = sum(row["value"] is None for row in late.values())
    if withheld:
        parts.append(f"The days of {withheld} of {len(late)} rows cannot be shown.")
    return _sentence(" ".join(parts) or "No plan of the period was late.", shown)


def _how_many(late: dict[str, dict[str, Any]], on_time: dict[str, dict[str, Any]]) -> list[str]:
    """How many of the plans issued were late, which the shares are to be compared with."""
    of_late, of_all = (
        next((row["denominator"] for row in rows.values() if row["denominator"] is not None), None)
        for rows in (late, on_time)
    )
    if not of_late or not of_all:
        return []
    return [f"Of {count(of_all, kind='cases')} plans issued, {count(of_late, kind='cases')} were late."]


def _days(late: dict[str, dict[str, Any]]) -> list[str]:
    """The stages with the most days of each late plan, and the days that nothing recorded explains."""
    shown = {stage: row for stage, row in late.items() if row["value"] is not None}
    stages = sorted((s for s in shown if s != NOT_RECORDED), key=lambda stage: (-shown[stage]["value"], stage))
    sentences = []
    if stages:
        named = [f"{printed(shown[s], _DAYS)} days with {_named(s)}" for s in stages[:_MOST]]
        sentences.append(f"Of its days past {PLAN_WEEKS} weeks, a late plan lost on average {listed(named)}.")
    if NOT_RECORDED in shown:
        days = printed(shown[NOT_RECORDED], _DAYS)
        if stages:
            sentences.append(f"No recorded date explains another {days} days of a late plan.")
        else:
            sentences.append(
                f"Late plans were late by {days} days on average; no decision or request for advice is recorded that explains one."
            )
    return sentences


def _shares(on_time: dict[str, dict[str, Any]]) -> list[str]:
    shown = {stage: row for stage, row in on_time.items() if row["value"] is not None}
    alone = sorted((s for s in shown if s != ALL_ON_TIME), key=lambda stage: (-shown[stage]["value"], stage))
    if not shown:
        return []
    named = [f"{printed(shown[s], '%')} had {_named(s)} alone been on time" for s in alone[:_MOST]]
    if ALL_ON_TIME in shown:
        named.append(f"{printed(shown[ALL_ON_TIME], '%')} had all of them been")
    return [f"Recomputed case by case, the share of plans within {PLAN_WEEKS} weeks would have been {listed(named)}."]


def _named(stage: str) -> str:
    """A stage within a sentence.

    >>> _named("advice, health"), _named("decision")
    ('the advice of health', 'the decision')
    """
    name, _, provider = stage.partition(", ")
    return f"the {name} of {provider}" if provider else f"the {name}"
