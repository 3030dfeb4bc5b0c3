"""The sentences on a queue: how long it is, how much is added and cleared, and how many further posts would bring it down by a date."""

from datetime import timedelta
from typing import Any, Final

import polars as pl

from workforce.book.constants import DAYS_IN_A_WEEK
from workforce.disclosure import Released
from workforce.errors import UsageError
from workforce.forecast.outlook import months_after
from workforce.forecast.queue import COUNTED
from workforce.periods import written
from workforce.present.shown import Text, _sentence
from workforce.present.text.numbers import count, gap_in_words, plain, rounded
from workforce.present.text.sentences import why_not
from workforce.present.view import released_frame
from workforce.sealed import text_given

A_TENTH: Final = 0.1  # more staff, to say what comes of it
_ANYTHING: Final = 0.05  # cases a week: a smaller shortfall is printed as 0.0


def capacity_sentence(released: Released, *, called: str = "cases") -> Text:
    """How long a queue is, and the smallest number of further posts that is likely to bring it down to its target by a date.

    Parameters
    ----------
    released : Released
        The table of one queue: what `wf.forecast.capacity` returned, released; or `Queue.table`, which says nothing of posts.
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
    >>> queue = wf.forecast.queue([30] * 52, [25] * 52, 12, waiting=400)
    >>> busy = wf.release(queue.table(wf.calendar_year("2022"), people=400), "internal")
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
        )
    sentences += [*_to_clear(rows), *_posts(rows)]
    return _sentence(". ".join(sentences) + ".", released, called=words)


def _rows(released: Released) -> dict[str, dict[str, Any]]:
    released = released_frame(released)
    frame = released.frame
    if frame.is_empty():
        return {}
    names = frame["definition"].to_list()
    if set(frame["measure"]) != {"queue"} or not set(COUNTED) <= set(names) or len(set(names)) != len(names):
        raise UsageError(
            "this is not the table of one queue",
            where="{table}",
            hint="use wf.forecast.capacity, and release it",
            table=released.name,
        )
    return {row["definition"]: row for row in frame.iter_rows(named=True)}


def _a_week(row: dict[str, Any]) -> str:
    return f"{rounded(row['value'], 1)} a week" if row["value"] is not None else f"a number ({gap_in_words(row)})"


def _by(rows: dict[str, dict[str, Any]]) -> str:
    """The day by which the queue is to be cleared."""
    weeks, months = rows["time_to_clear"], rows.get("months_ahead")
    if months is not None and months["value"] is not None:
        return written(months_after(months["period_end"], round(months["value"]))[-1].end)
    return written(weeks["period_end"] + timedelta(days=round(weeks["value"] * DAYS_IN_A_WEEK)))


def _to_clear(rows: dict[str, dict[str, Any]]) -> list[str]:
    """How much has to be cleared a week."""
    relief, removals = rows["relief_capacity"], rows["removals"]
    if relief["value"] is None:
        if relief["marker"] == "z":
            return ["The queue is no more than twice that"]
        return [f"The number to clear to reduce it to that by {_by(rows)}: {gap_in_words(relief)}"]
    needed = f"To reduce it to that by {_by(rows)}, {_a_week(relief)} would have to be cleared"
    if removals["value"] is None:
        return [needed]
    short = relief["value"] - removals["value"]
    if short < _ANYTHING:
        return [f"{needed}, which the present pace exceeds"]
    return [f"{needed}, {rounded(short, 1)} a week more than now"]


def _posts(rows: dict[str, dict[str, Any]]) -> list[str]:
    """The smallest number of further posts that is likely to do it, by the paths of the outlook; and how far closings follow staff."""
    posts = rows.get("posts")
    if posts is None:
        return []
    if posts["value"] is None and posts["marker"] != "z":
        return [f"How many further posts would do it: {gap_in_words(posts)}"]
    cleared = rows["cleared"]
    paths = f"{_percent(cleared)} of the simulated paths"
    if posts["value"] is None:
        left, tried = rows["left"], count(rows["posts_tried"]["value"])
        median = "" if left["value"] is None else f", and about {_cases(left)} would be left"
        sentence = (
            f"No number of further posts up to {tried} is likely to do it: with {tried}, filled as fast as vacancies are, {paths} are "
            f"down to it by then{median}"
        )
    elif posts["value"] == 0:
        sentence = f"No further post is needed for it to be likely: {paths} are down to it by then as things are"
    else:
        fewer = _percent(rows["cleared_with_one_fewer"])
        number = count(posts["value"])
        sentence = (
            f"{number} further {'post is' if number == '1' else 'posts are'} the smallest number with which that is likely: filled as "
            f"fast as vacancies are, they bring {paths} down to it by then; one fewer, {fewer}"
        )
    follows = rows["follows_staff"]
    if follows["value"] is None:
        return [sentence]
    more, low, high = (None if follows[c] is None else _more_closings(follows[c]) for c in ("value", "lower", "upper"))
    limits = "" if low is None or high is None else f" ({low}% to {high}%)"
    closings = f"about {more}%{limits} more closings of as many cases"
    return [sentence, f"In the months that the paths are fitted to, a tenth more staff has gone with {closings}"]


def _more_closings(share: float) -> str:
    """How many per cent more closings a tenth more staff makes, where closings follow the staff by a share (%).

    >>> _more_closings(100.0), _more_closings(25.0)
    ('10', '2')
    """
    return rounded(100 * ((1 + A_TENTH) ** (share / 100) - 1), 0)


def _percent(row: dict[str, Any]) -> str:
    if row["value"] is None:
        return f"a share ({gap_in_words(row)})"
    return "under 1%" if 0 < row["value"] < 1 else f"{rounded(row['value'], 0)}%"


def _cases(left: dict[str, Any]) -> str:
    limits = "" if left["lower"] is None else f" ({count(left['lower'])} to {count(left['upper'])} on 95% of the paths)"
    return f"{count(left['value'])}{limits}"
