"""The sentences on a queue: how long it is, how much is added and cleared, and how large each measure would have to be on its own."""

from datetime import timedelta
from typing import Any, Final

import polars as pl

from workforce.book.constants import DAYS_IN_A_WEEK
from workforce.disclosure import Released
from workforce.errors import UsageError
from workforce.forecast.queue import FIGURES
from workforce.periods import written
from workforce.present.shown import Text, _sentence
from workforce.present.text.numbers import capital, count, gap_in_words, listed, plain, rounded
from workforce.present.text.sentences import why_not
from workforce.present.view import released_frame
from workforce.sealed import text_given

_ANYTHING: Final = 0.05  # cases a week: a smaller shortfall is printed as 0.0


def capacity_sentence(released: Released, *, called: str = "cases") -> Text:
    """How long a queue is and what would bring it down to its target by a date: posts, sickness, leavers or requests, each on its own.

    Parameters
    ----------
    released : Released
        The table of one queue: what `wf.forecast.capacity` or `Queue.table` returned, released.
    called : str
        The name of what waits, in the plural.

    Returns
    -------
    Text
        The sentence, or sentences.

    References
    ----------
    Fong et al. (2022); see ``wf.explain("queue")``.

    Examples
    --------
    >>> import workforce as wf
    >>> queue = wf.forecast.queue([30] * 52, [25] * 52, 12, waiting=400, staff=wf.forecast.QueueStaff(fte=10))
    >>> busy = wf.release(queue.table(wf.calendar_year("2022"), people=400, staff=12), "internal")
    >>> print(capacity_sentence(busy, called="referrals").text.split(". ")[0])
    On 31 December 2022, 400 referrals were waiting
    """
    words = text_given(called, "called")
    rows = _rows(released)
    waiting = rows.get("waiting")
    if waiting is None or waiting["value"] is None:
        reason = why_not(released, released.frame.filter(pl.col("definition") == "waiting"))
        return _sentence(f"How many {words} are waiting is not shown: {reason}.", released, called=words)
    end = waiting["period_end"]
    since = (
        "year"
        if rows["arrivals"]["denominator"] in (None, 52.0)
        else f"{rounded(rows['arrivals']['denominator'], 0)} weeks"
    )
    load_row = rows["load"]
    load = f" ({plain(load_row['value'], 'ratio')} added for each one cleared)" if load_row["value"] is not None else ""
    waiting_words = f"On {written(end)}, {count(waiting['value'])} {words} were waiting"
    sentences = [
        waiting_words,
        f"In the {since} before, {_a_week(rows['arrivals'])} were added and {_a_week(rows['removals'])} were cleared{load}",
    ]
    pressed = rows["pressure"]
    if pressed["value"] is not None:
        sentences.append(
            f"The pressure on the queue is {plain(pressed['value'], 'ratio')}; at 1 it keeps the target wait"
        )
    if rows["target_queue"]["value"] is not None:
        sentences.append(
            f"To keep nearly all waits within {count(rows['target_wait']['value'])} weeks, the queue should be at most "
            f"{plain(rows['target_queue']['value'], 'cases')}"
            + (
                f", and {_a_week(rows['target_capacity'])} would have to be cleared to keep it there"
                if rows["target_capacity"]["value"] is not None
                else ""
            )
        )
    sentences += _relief(rows)
    return _sentence(". ".join(sentences) + ".", released, called=words)


def _rows(released: Released) -> dict[str, dict[str, Any]]:
    released = released_frame(released)
    frame = released.frame
    if frame.is_empty():
        return {}
    names = frame["definition"].to_list()
    if set(frame["measure"]) != {"queue"} or not set(FIGURES) <= set(names) or len(set(names)) != len(names):
        raise UsageError(
            "this is not the table of one queue",
            where="{table}",
            hint="use wf.forecast.capacity, and release it",
            table=released.name,
        )
    return {row["definition"]: row for row in frame.iter_rows(named=True)}


def _a_week(row: dict[str, Any]) -> str:
    return f"{rounded(row['value'], 1)} a week" if row["value"] is not None else f"a number ({gap_in_words(row)})"


def _relief(rows: dict[str, dict[str, Any]]) -> list[str]:
    relief, removals = rows["relief_capacity"], rows["removals"]
    by = written(relief["period_end"] + timedelta(days=round(rows["time_to_clear"]["value"] * DAYS_IN_A_WEEK)))
    if relief["value"] is None:
        if relief["marker"] == "z":
            return ["The queue is no more than twice that, so nothing more has to be cleared"]
        return [f"The number to clear to reduce it to that by {by}: {gap_in_words(relief)}"]
    needed = f"To reduce it to that by {by}, {_a_week(relief)} would have to be cleared"
    if removals["value"] is None:
        return [needed]
    short = relief["value"] - removals["value"]
    if short < _ANYTHING:
        return [f"{needed}, which the present pace exceeds"]
    can, cannot, hidden = _levers(rows)
    sentences = [f"{needed}, {rounded(short, 1)} a week more than now"]
    if can:
        sentences.append(f"{'Any one of these' if len(can) > 1 else 'This alone'} would do it: {'; '.join(can)}")
    if cannot:
        sentences.append(f"{capital(listed(cannot))} alone would not")
    if hidden:
        sentences.append(f"{capital(listed(hidden))}: withheld, because few people are behind the figure")
    return sentences


def _levers(rows: dict[str, dict[str, Any]]) -> tuple[list[str], list[str], list[str]]:
    """How large each measure would have to be; those that are not enough on their own; those that are withheld."""
    levers = {
        "posts": (
            "more posts",
            0,
            "{} more full-time posts, filled from the first week and each clearing as many as one does now",
        ),
        "days_of_sickness": ("less sickness", 0, "{} working days of sickness avoided"),
        "leavers_kept": ("keeping leavers", 0, "keeping {} people who would otherwise leave"),
        "requests_avoided": ("fewer new cases", 1, "{} fewer new cases a week"),
    }
    can: list[str] = []
    cannot: list[str] = []
    hidden: list[str] = []
    for name, (lever, decimals, phrase) in levers.items():
        row = rows.get(name)
        if row is None:
            continue
        if row["value"] is not None:
            amount = _amount(row["value"], decimals)
            is_singular = amount in ("1", "less than 1")
            needed = phrase.format(amount)
            can.append(needed.replace("posts", "post").replace("people who", "person who") if is_singular else needed)
        else:
            (cannot if row["marker"] == "z" else hidden).append(lever)
    return can, cannot, hidden


def _amount(value: float, decimals: int) -> str:
    """The size of a measure; a small size is "less than 1", never 0."""
    text = rounded(value, decimals)
    return text if text.strip("0.,") else f"less than {'0.1' if decimals else '1'}"
