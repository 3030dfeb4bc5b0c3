"""What a chart shows, in words, for those who do not see it.

Promises: written from the same released rows as the chart; says the kind of chart, the measure, the periods, each
group's figures, and what is not shown. Refuses: nothing.
"""

from typing import Any, Final

from workforce.measures.comparison.funnel import may_be_negative
from workforce.periods import Period
from workforce.present.numerals import capital, limits, listed, number, plain, plural
from workforce.present.steps import still_there
from workforce.present.view import View, beyond, clean, gap_in_words, preposition, when

SPOKEN: Final = 12  # so many groups are read out; the rest are in the table


def trend_alt(seen: View) -> str:
    """The alternative text of a trend."""
    periods = seen.periods
    if not periods:
        return f"Line chart of {seen.called}, without figures."
    groups = f", a line for each of {len(seen.series)} {plural(seen.by or 'group')}" if len(seen.series) > 1 else ""
    points = (
        f"{len(periods)} points from {when(periods[0])} to {when(periods[-1])}"
        if len(periods) > 1
        else f"one point, {when(periods[0])}"
    )
    said = [f"Line chart of {seen.called}: {points}{groups}."]
    said += [_line(seen, name) for name in seen.series[:SPOKEN]]
    return " ".join([*said, _rest(len(seen.series))]).strip()


def _line(seen: View, name: str) -> str:
    rows = seen.of(name).rows()
    known = [r for r in rows if r["value"] is not None]
    start = f"{name}: " if seen.by else ""
    if not known:
        return f"{capital(start)}no figure is shown."
    first, last = known[0], known[-1]
    text = f"{start}{_at(first, seen)}"
    if len(known) > 1:
        text += f", {_at(last, seen)}"
        lowest, highest = min(r["value"] for r in known), max(r["value"] for r in known)
        text += f", between {plain(lowest, seen.unit)} and {plain(highest, seen.unit)} throughout"
    hidden = len(rows) - len(known)
    return capital(text) + (f", {hidden} not shown." if hidden else ".")


def _at(row: dict[str, Any], seen: View) -> str:
    period = Period(row["period_start"], row["period_end"])
    return f"{number(row['value'], seen.unit)} {preposition(period)} {when(period)}"


def _rest(groups: int) -> str:
    return f"{groups - SPOKEN} more are in the table." if groups > SPOKEN else ""


def bars_alt(seen: View) -> str:
    """The alternative text of bars; the view is of one period, in the order drawn."""
    rows = seen.rows()
    if not rows:
        return f"Bar chart of {seen.called}, without figures."
    period = seen.periods[-1] if seen.periods else None
    at = f" {preposition(period)} {when(period)}" if period else ""
    known = sorted((r for r in rows if r["value"] is not None), key=lambda r: (-r["value"], r["series"]))
    hidden = [r for r in rows if r["value"] is None]
    said = [f"Bar chart of {seen.called}{at}."]
    figures = [f"{r['series']} {number(r['value'], seen.unit)}" for r in known[:SPOKEN]]
    if figures:
        said.append("; ".join(figures) + ".")
    said += [f"{r['series']}: {gap_in_words(r)}." for r in hidden[:SPOKEN]]
    return " ".join([*said, _rest(max(len(known), len(hidden)))]).strip()


def funnel_alt(seen: View) -> str:
    """The alternative text of a funnel; the view is of one period."""
    known = [r for r in seen.rows() if r["value"] is not None]
    period = seen.periods[-1] if seen.periods else None
    at = f" {preposition(period)} {when(period)}" if period else ""
    said = [
        f"Funnel chart of {seen.called}{at}: each of {len(known)} {plural(seen.by or 'group')} by its size and its figure."
    ]
    outside = [r for r in known if beyond(r, "998")]
    within = len(known) - len(outside)
    if outside:
        said.append(
            "Outside the 99.8% limits: "
            + listed([f"{r['series']} ({plain(r['value'], seen.unit)})" for r in outside[:SPOKEN]])
            + "."
        )
    said.append(f"{within} within the 99.8% limits.")
    hidden = len(seen.frame) - len(known)
    if hidden:
        said.append(f"{hidden} not shown.")
    return " ".join(said)


def xmr_alt(seen: View) -> str:
    """The alternative text of an XmR chart: each series' latest figure, its limits, and its special causes."""
    periods = seen.periods
    if not periods:
        return f"XmR chart of {seen.called}, without figures."
    panels = f", a panel for each of {len(seen.series)} {plural(seen.by or 'group')}" if len(seen.series) > 1 else ""
    said = [
        f"XmR chart of {seen.called}: {len(periods)} point{'' if len(periods) == 1 else 's'} to {when(periods[-1])}{panels}."
    ]
    said += [_series_with_limits(seen, name) for name in seen.series[:SPOKEN]]
    return " ".join([*said, _rest(len(seen.series))]).strip()


def _series_with_limits(seen: View, name: str) -> str:
    rows = seen.of(name).rows()
    known = [r for r in rows if r["value"] is not None]
    start = f"{name}: " if seen.by else ""
    if not known:
        return f"{capital(start)}no figure is shown."
    last = known[-1]
    text = f"{start}{_at(last, seen)}"
    limited = [r for r in rows if r["lower_limit"] is not None and r["upper_limit"] is not None]
    if last["centre"] is not None:
        text += f", mean {plain(last['centre'], seen.unit)}"
    if limited:
        low, high = limited[-1]["lower_limit"], limited[-1]["upper_limit"]
        floored = low < 0 and seen.book is not None and not may_be_negative(seen.book)
        text += f", usual variation {'up to ' + plain(high, seen.unit) if floored else limits(low, high, seen.unit)}"
    text += f"; {clean(last['variation'])}" if last["variation"] else ""
    special = [r for r in known if r["special_cause"]]
    if special:
        one = special[-1]
        latest = f"the latest in {when(Period(one['period_start'], one['period_end']))} ({clean(one['special_cause'])})"
        text += f"; {len(special)} special cause{'' if len(special) == 1 else 's'}, {latest}"
    hidden = len(rows) - len(known)
    return capital(text) + (f"; {hidden} not shown." if hidden else ".")


def retention_alt(seen: View) -> str:
    """The alternative text of a life table's curves."""
    words = seen.curve
    said = [f"Step chart of the share of {words.who} {words.still} by {words.clock[:1].lower()}{words.clock[1:]}."]
    for name in seen.series:
        found = [(units, still_there(seen, name, units)["value"]) for units in words.spoken]
        read = [f"{plain(100 * value, '%')} after {words.after(units)}" for units, value in found if value is not None]
        start = f"{name}: " if seen.by else ""
        said.append(f"{capital(start + (listed(read) or f'no figure at a whole {words.unit} is shown'))}.")
    return " ".join(said)
