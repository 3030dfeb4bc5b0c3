"""Titles chosen from the data: what rose or fell, what is highest, who stays.

A rise or fall is claimed only where the 95% limits of the two figures do not overlap, or, for a figure that has no limits, where the two
printed figures differ. A period is compared with one that shares no day with it.
"""

from typing import Any, Final, Literal

import polars as pl

from workforce.disclosure import Released
from workforce.periods import Period
from workforce.present.in_place import in_place
from workforce.present.numerals import capital, listed, number, plain, plural
from workforce.present.steps import still_there, told_at
from workforce.present.text import Text, _sentence
from workforce.present.view import View, beyond, gap_in_words, preposition, seen_of, when

Movement = Literal["rose", "fell", "same", "unclear", "unknown"]
_NAMED: Final = 2  # so many groups are named in a title; more are counted


def movement(earlier: dict[str, Any], later: dict[str, Any], unit: str) -> Movement:
    """How a figure moved between two rows of a measure table.

    Parameters
    ----------
    earlier, later : dict
        Two rows, with `value`, `lower` and `upper`.
    unit : str
        Their unit.

    Returns
    -------
    {"rose", "fell", "same", "unclear", "unknown"}
        `unclear` where the limits allow for no change, `unknown` where a value is missing.

    Examples
    --------
    >>> wide = {"lower": 8.0, "upper": 16.0}
    >>> movement({"value": 10.0, **wide}, {"value": 14.0, **wide}, "%")
    'unclear'
    """
    before, after = earlier["value"], later["value"]
    if before is None or after is None:
        return "unknown"
    if None not in (earlier["lower"], earlier["upper"], later["lower"], later["upper"]) and (
        later["lower"] <= earlier["upper"] and earlier["lower"] <= later["upper"]
    ):
        return "unclear"
    if plain(before, unit) == plain(after, unit):
        return "same"
    return "rose" if after > before else "fell"


_LEAP_DAYS: Final = 1  # February, and so a year, may be a day longer than a year before


def compared_periods(seen: View) -> tuple[Period | None, Period | None]:
    """The latest period, and the one a year before it: the same season. Without one, the latest that shares no day with it."""
    periods = seen.periods
    if not periods:
        return None, None
    latest = periods[-1]
    earlier = [p for p in periods if p.end < latest.start]
    month_of = (latest.end.year - 1, latest.end.month)
    year_before = [
        p for p in earlier if (p.end.year, p.end.month) == month_of and abs(p.days - latest.days) <= _LEAP_DAYS
    ]
    before = year_before or earlier
    return (before[-1] if before else None), latest


def _not_shown(seen: View) -> Text | None:
    """What is said in place of a title where no row has a figure."""
    sentence = in_place(seen)
    return sentence and _sentence(sentence.text.rstrip("."), seen)


def _row(seen: View, name: str, period: Period) -> dict[str, Any]:
    rows = seen.of(name).at(period).rows()
    return rows[0] if rows else {"value": None, "lower": None, "upper": None, "marker": "x"}


def _subject(seen: View) -> str:
    name = seen.called
    return f"{seen.series[0]}: {name}" if seen.by and len(seen.series) == 1 else capital(name)


def trend_title(  # noqa: PLR0911 - a sentence for each case
    shown: Released | View, *, by: str | None = None, definition: str | None = None
) -> Text:
    """The title of a trend: the change between the last two periods that share no day.

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
        The title.
    """
    seen = seen_of(shown, by, definition)
    earlier, latest = compared_periods(seen)
    if words := _not_shown(seen):
        return words
    if latest is None:
        return _sentence(f"{capital(seen.called)}: no figures for this period", seen)
    if len(seen.series) > 1:
        return _sentence(_many_moved(seen, earlier, latest), seen)
    name, unit = seen.series[0], seen.unit
    now = _row(seen, name, latest)
    then = _row(seen, name, earlier) if earlier else None
    at_latest = f"{preposition(latest)} {when(latest)}"
    if now["value"] is None:
        return _sentence(f"{_subject(seen)} {at_latest}: {gap_in_words(now)}{_last_known(seen)}", seen)
    stood = f"{_subject(seen)} stood at {number(now['value'], unit)} {at_latest}"
    if then is None or earlier is None:
        return _sentence(stood, seen)
    at_earlier = f"{preposition(earlier)} {when(earlier)}"
    moved = movement(then, now, unit)
    if moved == "unknown":
        return _sentence(f"{stood}; {when(earlier)}: {gap_in_words(then)}", seen)
    if moved == "same":
        return _sentence(f"{stood}, as {at_earlier}", seen)
    pair = f"{number(then['value'], unit)} {at_earlier}", f"{number(now['value'], unit)} {at_latest}"
    if moved == "unclear":
        return _sentence(f"{_subject(seen)} showed no clear change: {pair[0]}, {pair[1]}", seen)
    return _sentence(f"{_subject(seen)} {moved} from {pair[0]} to {pair[1]}", seen)


def _last_known(seen: View) -> str:
    known = seen.frame.filter(pl.col("value").is_not_null())
    if known.is_empty():
        return ""
    row = known.to_dicts()[-1]
    period = Period(row["period_start"], row["period_end"])
    return f"; last shown: {number(row['value'], seen.unit)} {preposition(period)} {when(period)}"


def _many_moved(seen: View, earlier: Period | None, latest: Period) -> str:
    names = seen.series
    subject = capital(seen.called)
    groups = plural(seen.by or "")
    if earlier is None:
        return bars_title(seen.at(latest)).text
    moved: dict[Movement, list[str]] = {}
    for name in names:
        how = movement(_row(seen, name, earlier), _row(seen, name, latest), seen.unit)
        moved.setdefault(how, []).append(name)
    between = f"between {when(earlier)} and {when(latest)}"
    if len(moved) == 1:
        every = {
            "rose": f"{subject} rose in every one of {len(names)} {groups} {between}",
            "fell": f"{subject} fell in every one of {len(names)} {groups} {between}",
            "same": f"{subject} stayed the same in all {len(names)} {groups} {between}",
            "unclear": f"{subject} showed no clear change in any of {len(names)} {groups} {between}",
            "unknown": f"{subject}: too few figures to compare {when(earlier)} with {when(latest)}",
        }
        return every[next(iter(moved))]
    verbs: tuple[tuple[Movement, str], ...] = (
        ("rose", "rose in"),
        ("fell", "fell in"),
        ("same", "stayed the same in"),
        ("unclear", "no clear change in"),
        ("unknown", "cannot be compared in"),
    )
    parts = [f"{verb} {_some(moved[how], len(names))}" for how, verb in verbs if how in moved]
    return f"{subject} {between}: {'; '.join(parts)}"


def _some(names: list[str], total: int) -> str:
    return listed(names) if len(names) <= _NAMED else f"{len(names)} of {total}"


def bars_title(  # noqa: PLR0911 - a sentence for each case
    shown: Released | View, *, by: str | None = None, definition: str | None = None
) -> Text:
    """The title of bars of one period: highest and lowest, with care: limits that overlap make no clear difference.

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
        The title.
    """
    seen = seen_of(shown, by, definition)
    if words := _not_shown(seen):
        return words
    subject = capital(seen.called)
    period = seen.periods[-1] if seen.periods else None
    at = f" {preposition(period)} {when(period)}" if period else ""
    rows = (seen.at(period) if period else seen).rows()
    if not rows:
        return _sentence(f"{subject}: no figures for this period", seen)
    known = sorted((r for r in rows if r["value"] is not None), key=lambda r: (-r["value"], r["series"]))
    if not known:
        why = {gap_in_words(r) for r in rows}
        return _sentence(f"{subject}{at}: {why.pop() if len(why) == 1 else 'no figure can be shown'}", seen)
    if len(rows) == 1:
        return _sentence(f"{_subject(seen)} stood at {number(known[0]['value'], seen.unit)}{at}", seen)
    if len(known) == 1:
        hidden = len(rows) - 1
        return _sentence(
            f"{subject} in {known[0]['series']} stood at {number(known[0]['value'], seen.unit)}{at}; {hidden} not shown",
            seen,
        )
    groups = plural(seen.by or "group")
    which = f"the {len(known)} {groups}" + (" shown" if len(known) < len(rows) else "")
    top, bottom = known[0], known[-1]
    most, least = plain(top["value"], seen.unit), plain(bottom["value"], seen.unit)
    if most == least:
        return _sentence(f"{subject} stood at {number(top['value'], seen.unit)} in each of {which}{at}", seen)
    limited = None not in (top["lower"], top["upper"], bottom["lower"], bottom["upper"])
    if limited and top["lower"] <= bottom["upper"]:
        return _sentence(f"No clear difference in {seen.called} between {which}{at}", seen)
    highest = [r["series"] for r in known if plain(r["value"], seen.unit) == most]
    lowest = [r["series"] for r in known if plain(r["value"], seen.unit) == least]
    among = f" of {which}" if len(known) < len(rows) else ""
    return _sentence(
        f"{subject}{at}: highest in {_some(highest, len(known))} ({most}), lowest in {_some(lowest, len(known))} ({least}){among}",
        seen,
    )


def funnel_title(shown: Released | View, *, by: str | None = None, definition: str | None = None) -> Text:
    """The title of a funnel: which groups lie outside the 99.8% limits, further than chance would put them.

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
        The title.
    """
    seen = seen_of(shown, by, definition)
    if words := _not_shown(seen):
        return words
    period = seen.periods[-1] if seen.periods else None
    rows = [
        r for r in (seen.at(period) if period else seen).rows() if r["value"] is not None and r["upper_998"] is not None
    ]
    name = seen.called
    if not rows:
        return _sentence(f"{capital(name)}: no figures for this period", seen)
    above = [r["series"] for r in rows if beyond(r, "998") > 0]
    below = [r["series"] for r in rows if beyond(r, "998") < 0]
    groups = plural(seen.by or "group")
    if not above and not below:
        return _sentence(
            f"Differences in {name} between the {len(rows)} {groups} shown are no greater than chance would explain",
            seen,
        )
    parts = [f"{word} in {_some(found, len(rows))}" for word, found in (("higher", above), ("lower", below)) if found]
    return _sentence(f"{capital(name)}: {' and '.join(parts)} than chance would explain", seen)


def retention_title(shown: Released | View, *, by: str | None = None) -> Text:
    """The title of a life table's curves: the share still there after the last whole year (or week) that all reach, up to a horizon.

    Staff are spoken of after up to five years, vacancies after up to 12 weeks, requests for a plan after up to 20.

    Parameters
    ----------
    shown : Released
        One released life table.
    by : str, optional
        The column that tells the series apart; needed only where several columns do.

    Returns
    -------
    Text
        The title.
    """
    seen = seen_of(shown, by, None)
    if sentence := _not_shown(seen):
        return sentence
    words, units = seen.curve, told_at(seen)
    if units is None:
        return _sentence(
            f"Too few {words.who} are behind these figures to say what share is {words.still} after a {words.unit}",
            seen,
        )
    after = f"after {words.after(units)}"
    found = {name: still_there(seen, name, units) for name in seen.series}
    if len(found) == 1:
        name, row = next(iter(found.items()))
        of = name if seen.by else words.who
        return _sentence(f"{plain(100 * row['value'], '%')} of {of} were {words.still} {after}", seen)
    ranked = sorted(found.items(), key=lambda pair: (-pair[1]["value"], pair[0]))
    (_, top), (_, bottom) = ranked[0], ranked[-1]
    groups = f"the {len(found)} {plural(seen.by or 'group')}"
    most, least = plain(100 * top["value"], "%"), plain(100 * bottom["value"], "%")
    if most == least:
        return _sentence(f"{most} of {words.who} were {words.still} {after} in each of {groups}", seen)
    if None not in (top["lower"], bottom["upper"]) and top["lower"] <= bottom["upper"]:
        return _sentence(f"No clear difference between {groups} in the share {words.still} {after}", seen)
    highest = _some([n for n, r in ranked if plain(100 * r["value"], "%") == most], len(found))
    lowest = _some([n for n, r in ranked if plain(100 * r["value"], "%") == least], len(found))
    return _sentence(
        f"{capital(words.still)} {after}: highest in {highest} ({most}), lowest in {lowest} ({least})", seen
    )
