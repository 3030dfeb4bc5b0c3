"""Sentences about posts, hiring and leaving: how many are empty, how long it takes to fill one, and the reasons for leaving."""

from typing import Any

import polars as pl

from workforce.disclosure import Released
from workforce.errors import UsageError
from workforce.measures.recruitment import STAGE_NAMES
from workforce.periods import written
from workforce.present.shown import Text, _sentence
from workforce.present.text.numbers import count, listed, measure_name, percent, printed, worded
from workforce.present.text.sentences import in_place, sentence_of
from workforce.present.view import released_frame


def posts_sentence(shown: Released) -> Text:
    """How many posts are funded, filled and short on the latest day, how many of the vacancies are being recruited to and covered.

    Parameters
    ----------
    shown : Released
        What `wf.staffing.post_funnel` returned for everyone (without `by=`).

    Returns
    -------
    Text
        The sentence, or sentences.

    Examples
    --------
    >>> from datetime import date
    >>> from workforce.disclosure import release
    >>> from workforce.stats.rates import measure_table
    >>> from workforce.results import stacked
    >>> day = {"period_start": [date(2023, 3, 31)], "period_end": [date(2023, 3, 31)], "people": [70]}
    >>> parts = [measure_table(pl.DataFrame({**day, "numerator": [n]}), "post_funnel", d, by=[])
    ...     for d, n in (("funded", 79.0), ("in_post", 63.0), ("short", 16.0))]
    >>> posts_sentence(release(stacked(parts), "internal")).text
    '63 of 79 funded full-time equivalents were in post on 31 March 2023, 16 short.'
    """
    rows = _of_everyone(shown, "post_funnel")
    figures = {name: row["value"] for name, row in rows.items()}
    day = next((row["period_end"] for row in rows.values()), None)
    if day is None or figures.get("funded") is None:
        funded_rows = shown.frame.filter(pl.col("definition") == "funded")
        return sentence_of(shown, funded_rows, about="the number of funded posts")
    funded = f"{_fte(figures['funded'])} funded full-time equivalents"
    if figures.get("in_post") is None or figures.get("short") is None:
        sentences = [f"There were {funded} on {written(day)}; the number in post cannot be shown."]
    else:
        short = figures["short"]
        gap = f"{_fte(short)} short" if short >= 0 else f"{_fte(-short)} more than are funded"
        sentences = [f"{_fte(figures['in_post'])} of {funded} were in post on {written(day)}, {gap}."]
    vacant, recruiting, offered = (figures.get(step) for step in ("vacant", "recruiting", "offered"))
    if vacant is not None:
        has_stages = recruiting is not None and offered is not None
        of_them = (
            f": {_fte(recruiting)} advertised without an accepted offer, {_fte(offered)} with someone due to start"
            if has_stages
            else ""
        )
        sentences.append(f"Open vacancies add up to {_fte(vacant)} full-time equivalents{of_them}.")
    if figures.get("covered") is not None and figures.get("uncovered") is not None:
        sentences.append(
            f"Agency workers covered {_fte(figures['covered'])} of them; {_fte(figures['uncovered'])} had no cover."
        )
    return _sentence(" ".join(sentences), shown)


def hiring_sentence(shown: Released) -> Text:
    """How long it takes from opening to an accepted offer: the median with its limits, and the shares within 60 and 90 days.

    Parameters
    ----------
    shown : Released
        What `wf.recruitment.hiring_time` returned for everyone (without `by=`), with the stage `hire`.

    Returns
    -------
    Text
        The sentence, or sentences.
    """
    rows = _of_everyone(shown, "hiring_time", stage=STAGE_NAMES["hire"])
    median, *shares = (rows.get(name, {}) for name in ("median", "within_60", "within_90"))
    if all(row.get("value") is None for row in (median, *shares)):
        return sentence_of(shown, shown.frame, about=measure_name("hiring_time"))
    if median.get("value") is None:
        first = "Fewer than half of the vacancies reached an accepted offer while they were followed"
    else:
        limits = (
            f" (95% limits {count(median['lower'])} to {count(median['upper'])})"
            if median["lower"] is not None and median["upper"] is not None
            else ""
        )
        first = f"Half of the vacancies had an accepted offer within {count(median['value'])} days of opening{limits}"
    share_words = [
        f"{printed(row, '%')} within {days} days"
        for row, days in zip(shares, (60, 90), strict=True)
        if row.get("value") is not None
    ]
    return _sentence(f"{first}{'; ' + ' and '.join(share_words) if share_words else ''}.", shown)


def reasons_sentence(shown: Released) -> Text:
    """The most frequent reason recorded for leavers who were interviewed, and the most frequent reason that they gave.

    Parameters
    ----------
    shown : Released
        What `wf.exits.beside_records` returned for everyone (without `by=`).

    Returns
    -------
    Text
        The sentence, or sentences.
    """
    released_table = released_frame(shown)
    if not _is_of(released_table, "reasons_beside"):
        raise UsageError(
            "this sentence is about reasons_beside",
            where="{table}",
            hint="give what it returned",
            table=released_table.name,
        )
    if sentence := in_place(released_table):
        return sentence
    sentences = []
    for definition, words in (
        ("recorded", "The most frequent recorded reason of the leavers who were interviewed: {}."),
        ("said", "The most frequent reason that they gave: {}."),
    ):
        rows = released_table.frame.filter(_latest()).filter(pl.col("definition") == definition, pl.col("value") > 0)
        if rows.select("period_start", "reason").is_duplicated().any():
            raise UsageError(
                "this sentence is about everyone together",
                where="{table}",
                hint="measure without by=",
                table=released_table.name,
            )
        most_frequent = rows.filter(pl.col("value") == pl.col("value").max()).sort("reason")
        if most_frequent.height:
            names = listed([worded(reason, "reason") for reason in most_frequent["reason"]])
            sentences.append(words.format(f"{names} ({percent(most_frequent['value'][0])})"))
    if not sentences:
        return _sentence("Too few leavers were interviewed to show the most frequent reason.", shown)
    return _sentence(" ".join([*sentences, "Differences between reasons are not tested."]), shown)


def _is_of(released_table: Released, measure: str) -> bool:
    """Whether a table is of a measure; without rows, by its definitions."""
    measures = set(released_table.frame["measure"]) | {d.measure for d in released_table.result.definitions}
    return measures <= {measure}


def _fte(value: Any) -> str:  # noqa: ANN401 - a figure of the table
    return count(value, kind="fte")


def _of_everyone(shown: Released, measure: str, **groups: str) -> dict[str, dict[str, Any]]:
    """The rows of the latest period by definition."""
    released_table = released_frame(shown)
    if not _is_of(released_table, measure):
        raise UsageError(
            "this sentence is about {measure}",
            where="{table}",
            hint="give what {measure} returned",
            measure=measure,
            table=released_table.name,
        )
    latest_rows = released_table.frame.filter(_latest(), *(pl.col(c) == v for c, v in groups.items()))
    if latest_rows["definition"].is_duplicated().any():
        raise UsageError(
            "this sentence is about everyone together",
            where="{table}",
            hint="measure without by=",
            table=released_table.name,
        )
    return {row["definition"]: row for row in latest_rows.to_dicts()}


def _latest() -> pl.Expr:
    return pl.col("period_end").eq_missing(pl.col("period_end").max())
