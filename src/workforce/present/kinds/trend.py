"""A measure over time, as lines with their limits, and in words: what rose or fell.

A figure that is not shown is a gap in the line; each series is named at its end and has its own colour, dash and shape. A rise or fall is
claimed only where the test that `release` made says so. A period is compared with one that shares no day with it.
"""

from collections.abc import Sequence
from itertools import pairwise
from types import ModuleType
from typing import Any, Final

import polars as pl

from workforce.disclosure import Released
from workforce.errors import UsageError, did_you_mean
from workforce.measures.difference import FELL, NOT_TESTED, ROSE
from workforce.periods import Period
from workforce.present.drawing.axes import (
    PANEL,
    TARGET,
    Axis,
    axis,
    date_title,
    dates_across,
    end_labels,
    gap_marks,
    hover_over,
    in_panels,
    panel_title,
    series_channels,
    short,
    target_layers,
    tooltips,
    value_axis,
)
from workforce.present.drawing.theme import (
    HEIGHT,
    MOST_SERIES,
    RULE,
    SOFT_INK,
    WIDTH,
    Style,
    altair,
    specification,
    styles,
)
from workforce.present.kinds.measure_table import measure_table_drawn
from workforce.present.shown import Figure, Text, _figure, _sentence
from workforce.present.text.numbers import (
    capital,
    dated,
    gap_in_words,
    has_figure,
    limits_of,
    plural,
    printed,
    printed_words,
    span,
    when,
)
from workforce.present.text.sentences import (
    SPOKEN,
    axis_words,
    caption,
    figure_at,
    in_place,
    more_in_table,
    names_or_count,
    title_in_place,
    title_subject,
    was,
)
from workforce.present.text.titles import MOVED, NO_CHANGE_SHOWN, bars_title, change_of, compared_clause, range_words
from workforce.present.view import MOST_PANELS, View, groups_with_room, view, view_of
from workforce.sealed import number_or_none, text_given, text_or_none

MANY: Final = 40  # with more rows than this the points of a line are not drawn, only those without a neighbour
BANDS: Final = {1: 0.16, 2: 0.14}  # how dark the limits are; many that overlap are drawn lighter
LIGHT_BAND: Final = 0.08
Chart = Any  # one of Altair's types, which are there only once Altair is imported
UNCHANGED, GAP = "no change shown", "a figure is missing"  # groups of a title, by what is said of them
SERIES_BREAK: Final = "series_break"  # the column of an official series with why earlier periods are not comparable
LEAP_DAYS: Final = 1  # February, and so a year, may be a day longer than a year before


def trend(
    released: Released,
    *,
    by: str | None = None,
    definition: str | None = None,
    target: float | None = None,
    target_name: str = TARGET,
    panels: bool = False,
    title: str | Text | None = None,
    source: str | None = None,
) -> Figure | Text:
    """One released measure table of several periods as lines over time, with 95% limits and, where given, a target.

    A withheld figure is a gap, with `[c]` on the axis where there is one series. There is room for four groups, or for 12 panels: of more
    those with most people are drawn, and the caption says so.

    Parameters
    ----------
    released : Released
        One released measure table.
    by : str, optional
        The column that distinguishes the series; needed only where there are several.
    definition : str, optional
        Needed only where the table has several.
    target : float, optional
        In the unit of the measure.
    target_name : str
        What the target is, such as "Agreed limit".
    panels : bool
        Whether each group has a small plot of its own: for more than four groups.
    title : str or Text, optional
        Without it, a sentence chosen from the data.
    source : str, optional
        Whose data, for the caption.

    Returns
    -------
    Figure or Text
        The chart, its alternative text, its caption and its numbers as a table. A sentence with the reason where no figure can be drawn.

    Raises
    ------
    DisclosureError
        Where the table was not released.
    UsageError
        Where the table has several definitions or group columns and none is named.
    """
    target, target_name = number_or_none(target, "target"), text_given(target_name, "target_name")
    source = text_or_none(source, "source")
    table = view(released, by=by, definition=definition)
    if sentence := in_place(table, title=title):
        return sentence
    if not table.frame.is_empty() and (not table.periods or table.frame["period_end"].null_count()):
        raise UsageError("a row has no period", hint="a trend is drawn over periods; use chart.bars")
    scale = axis(
        [v for c in ("value", "lower", "upper") for v in table.frame[c].to_list()] + [target],
        # A rounded count must not look as if it leapt: counts are drawn from zero.
        zero=len(table.periods) == 1 or (table.book is not None and table.book.denominator is None),
    )
    panelled = panels and len(table.series) > 1
    fitting, not_drawn = groups_with_room(table, MOST_PANELS if panelled else MOST_SERIES)
    spec = (_panels if panelled else _one_plot)(fitting, scale, target, target_name)
    breaks = [f"Break in the series before {when(period)}: {words}." for period, _, words in breaks_of(table)]
    extra = [not_drawn, "The vertical axis does not start at zero." if scale.cut else "", *breaks]
    return _figure(
        table,
        title=title,
        chosen=trend_title(table),
        spec=spec,
        alt_text=" ".join(words for words in (trend_alt(fitting), not_drawn, *breaks) if words),
        caption=caption(table, source=source, limits="Shaded", extra=extra),
        numbers=measure_table_drawn(released, by=by, definition=definition),
        target=target,
        target_name=target_name if target is not None and target_name != TARGET else None,
        source=source,
    )


def breaks_of(shown: View) -> list[tuple[Period, str, str]]:
    """The first periods after a break of an official series: the period, the day of the break on the axis, and why it is one."""
    if SERIES_BREAK not in shown.added:
        return []
    reasons = dict(shown.frame.drop_nulls(SERIES_BREAK).select("period_end", SERIES_BREAK).unique().iter_rows())
    breaks = []
    for before, after in pairwise(shown.periods):
        if after.end in reasons:
            middle = before.end + (after.end - before.end) / 2
            breaks.append((after, f"{middle:%Y-%m-%d}", str(reasons[after.end])))
    return breaks


def _break_layers(alt: ModuleType, shown: View) -> list[Any]:
    """A dotted line down the plot where a series is broken."""
    days = [{"x": day, "w": "break"} for _, day, _ in breaks_of(shown)]
    if not days:
        return []
    x = dates_across(alt, shown.periods, title=date_title(shown.periods))
    data = alt.Chart(alt.Data(values=days))
    rule = data.mark_rule(strokeDash=[2, 3], strokeWidth=1.25, color=SOFT_INK).encode(x=x)
    words = data.mark_text(align="left", baseline="top", dx=4, fontSize=11, color=SOFT_INK)
    return [rule, words.encode(x=x, y=alt.value(0), text="w:N")]


def _points(shown: View) -> list[dict[str, Any]]:
    """The columns that a line needs, and no others; `p` marks the points to draw."""
    points: list[dict[str, Any]] = []
    for name in shown.series:
        rows = shown.of(name).rows()
        has_value = [r["value"] is not None for r in rows]
        last = max((i for i, s in enumerate(has_value) if s), default=-1)
        for i, r in enumerate(rows):
            alone = has_value[i] and not (i > 0 and has_value[i - 1]) and not (i + 1 < len(rows) and has_value[i + 1])
            points.append(
                {
                    "s": name,
                    "x": f"{r['period_end']:%Y-%m-%d}",
                    "y": short(r["value"]),
                    "l": short(r["lower"]) if has_value[i] else None,
                    "u": short(r["upper"]) if has_value[i] else None,
                    "p": has_value[i] and (alone or i == last or len(shown.frame) <= MANY),
                    "a": alone,
                    "t": printed(r, shown.unit),
                    "i": limits_of(r, shown.unit),
                }
            )
    return points


def _layers(
    alt: ModuleType,
    shown: View,
    scale: Axis,
    style: dict[str, Style],
    rows: Sequence[dict[str, Any]],
    *,
    hover: Chart | None,
    labels: int = 1,
) -> list[Any]:
    data = alt.Data(values=list(rows))
    names = list(style)
    x = dates_across(alt, shown.periods, title=date_title(shown.periods), labels=labels)
    same_axis = value_axis(alt, shown.unit, scale)
    y, low = alt.Y("y:Q", **same_axis), alt.Y("l:Q", **same_axis)
    colour, dash, shape = series_channels(alt, style)
    lit = alt.condition(hover, alt.value(1), alt.value(0.25)) if hover is not None else alt.value(1)
    base = alt.Chart(data)
    layers = [
        base.mark_area(opacity=BANDS.get(len(names), LIGHT_BAND)).encode(x=x, y=low, y2="u:Q", color=colour),
        base.mark_line(strokeWidth=2.25, strokeCap="butt").encode(x=x, y=y, color=colour, strokeDash=dash, opacity=lit),
        base.transform_filter("datum.a").mark_rule(strokeWidth=1.5).encode(x=x, y=low, y2="u:Q", color=colour),
    ]
    points = (
        alt.Chart(data, name="points")
        .transform_filter("isValid(datum.y)")
        .mark_point(filled=True, size=42)
        .encode(
            x=x,
            y=y,
            color=colour,
            shape=shape,
            opacity=alt.condition("datum.p", alt.value(1), alt.value(0)),
            tooltip=tooltips(alt, grouped=bool(shown.by)),
        )
    )
    layers.append(points.add_params(hover) if hover is not None else points)
    if len(names) == 1 and any(r["y"] is None for r in rows):
        marks = gap_marks(
            [(r["x"], r["t"] if r["y"] is None else None) for r in rows], WIDTH if labels == 1 else PANEL[0]
        )
        gap_labels = [{"x": r["x"], "y": None, "t": mark} for r, mark in zip(rows, marks, strict=True) if mark]
        gaps = alt.Chart(alt.Data(values=gap_labels)).mark_text(baseline="bottom", dy=-3, fontSize=11, color=SOFT_INK)
        layers.append(gaps.encode(x=x, y=alt.datum(scale.low), text="t:N"))
    return layers


def _zero(alt: ModuleType, scale: Axis) -> list[Any]:
    if not scale.low < 0 < scale.high:
        return []
    return [alt.Chart(alt.Data(values=[{"v": 0}])).mark_rule(color=RULE, strokeWidth=1.25).encode(y="v:Q")]


def _one_plot(shown: View, scale: Axis, target: float | None, words: str) -> Any:  # noqa: ANN401
    alt = altair()
    style = styles(shown.series)
    hover = hover_over(alt, "s") if len(style) > 1 else None
    layers = [
        *_zero(alt, scale),
        *_break_layers(alt, shown),
        *target_layers(alt, target, shown.unit, across=True, words=words),
        *_layers(alt, shown, scale, style, _points(shown), hover=hover),
        *end_labels(alt, _ends(shown, scale), style, scale),
    ]
    return specification(alt.layer(*layers).properties(width=WIDTH, height=HEIGHT), title=axis_words(shown))


def _ends(shown: View, scale: Axis) -> list[tuple[str, str, float]]:
    """Each series with the words at its end and where, in pixels, it ends."""
    ends = []
    for name in shown.series:
        rows = shown.of(name).rows()
        values = [r["value"] for r in rows if r["value"] is not None]
        figure = printed(rows[-1], shown.unit)
        words = f"{name}: {figure}" if shown.by else figure
        ends.append((name, words, scale.pixel(values[-1]) if values else float(HEIGHT)))
    return ends


def _panels(shown: View, scale: Axis, target: float | None, words: str) -> Any:  # noqa: ANN401
    alt = altair()
    rows = _points(shown)
    width, height = PANEL
    plots = []
    for name in shown.series:
        panel_rows = [r for r in rows if r["s"] == name]
        layers = [*_zero(alt, scale), *target_layers(alt, target, shown.unit, across=True, words=words)]
        layers += _layers(alt, shown, scale, styles([name]), panel_rows, hover=None, labels=2)
        heading = panel_title(alt, f"{name}: {panel_rows[-1]['t']}")
        plots.append(alt.layer(*layers).properties(width=width, height=height, title=heading))
    return specification(in_panels(alt, plots), title=axis_words(shown))


def movement(
    shown: Released, *, by: str | None = None, definition: str | None = None, group: str | None = None
) -> str | None:
    """What the test of the last change says of one figure, as `release` made it.

    Parameters
    ----------
    shown : Released
        One released result.
    by : str, optional
        The column that distinguishes the groups; needed only where there are several.
    definition : str, optional
        Needed only where the table has several.
    group : str, optional
        Which group; needed only where there are several.

    Returns
    -------
    str or None
        "rose", "fell", "higher than before, which chance alone could explain" (or lower), "about the same" or "not tested". None where one
        of the two figures is not shown, or there is no earlier one.

    Examples
    --------
    >>> from workforce.disclosure import release
    >>> from workforce.periods import years_to
    >>> from workforce.stats.rates import measure_table
    >>> dates = {"period_start": [y.start for y in years_to("2023-03", 2)], "period_end": [y.end for y in years_to("2023-03", 2)]}
    >>> sides = pl.DataFrame({**dates, "numerator": [60.0, 90.0], "denominator": [500.0, 500.0], "people": 500})
    >>> movement(release(measure_table(sides, "turnover", "average", by=[]), "internal"))
    'rose'
    """
    table = view(shown, by=by, definition=definition)
    group = text_or_none(group, "group")
    if group is not None and group not in table.series:
        raise UsageError("the table has no such group", where="group=", hint=did_you_mean(group, table.series))
    if group is None and len(table.series) > 1:
        raise UsageError("the table has several groups", where="group=", hint="name one of them")
    earlier, latest = compared_periods(table)
    if earlier is None or latest is None:
        return None
    rows = [table.row(period, group) for period in (earlier, latest)]
    return None if any(row["value"] is None for row in rows) else change_of(table.verdicts, *rows)


def compared_periods(shown: View) -> tuple[Period | None, Period | None]:
    """The latest period, and the one a year before it: the same season. Without one, the latest that shares no day with it."""
    periods = shown.periods
    if not periods:
        return None, None
    latest = periods[-1]
    earlier = [p for p in periods if p.end < latest.start]
    month_of = (latest.end.year - 1, latest.end.month)
    year_before = [
        p for p in earlier if (p.end.year, p.end.month) == month_of and abs(p.days - latest.days) <= LEAP_DAYS
    ]
    before = year_before or earlier
    return (before[-1] if before else None), latest


def trend_title(  # noqa: PLR0911 - a sentence for each case
    shown: Released | View, *, by: str | None = None, definition: str | None = None
) -> Text:
    """The title of a trend: what the test of the change between the last two periods that share no day says, and both figures.

    Parameters
    ----------
    shown : Released
        One released result.
    by : str, optional
        The column that distinguishes the series; needed only where there are several.
    definition : str, optional
        Needed only where the table has several.

    Returns
    -------
    Text
        The title.
    """
    shown = view_of(shown, by, definition)
    earlier, latest = compared_periods(shown)
    if words := title_in_place(shown):
        return words
    if latest is None:
        return _sentence(f"{capital(shown.called)}: no figures for this period", shown)
    if len(shown.series) > 1:
        return _sentence(_many_moved(shown, earlier, latest), shown)
    name, unit = shown.series[0], shown.unit
    latest_row = shown.row(latest, name)
    earlier_row = shown.row(earlier, name) if earlier else None
    at_latest = f"{dated(latest)}"
    if not has_figure(latest_row):
        return _sentence(f"{title_subject(shown)} {at_latest}: {gap_in_words(latest_row)}{_last_shown(shown)}", shown)
    level_words = f"{title_subject(shown)} {was(shown.called)} {printed_words(latest_row, unit)} {at_latest}"
    if earlier_row is None or earlier is None:
        return _sentence(level_words, shown)
    at_earlier = f"{dated(earlier)}"
    if not has_figure(earlier_row):
        return _sentence(f"{level_words}; {when(earlier)}: {gap_in_words(earlier_row)}", shown)
    verdict = change_of(shown.verdicts, earlier_row, latest_row)
    figures = printed_words(earlier_row, unit), printed_words(latest_row, unit)
    if verdict in MOVED:
        pair = f"from {figures[0]} {at_earlier} to {figures[1]} {at_latest}"
        return _sentence(f"{title_subject(shown)} {verdict} {pair}", shown)
    return _sentence(f"{level_words}{compared_clause(verdict, figures[0], at_earlier)}", shown)


def _last_shown(shown: View) -> str:
    with_value = shown.frame.filter(pl.col("value").is_not_null())
    if with_value.is_empty():
        return ""
    row = with_value.to_dicts()[-1]
    period = Period(row["period_start"], row["period_end"])
    return f"; the last figure shown is {printed_words(row, shown.unit)} {dated(period)}"


def _many_moved(shown: View, earlier: Period | None, latest: Period) -> str:
    names = shown.series
    subject = capital(shown.called)
    groups = plural(shown.by or "")
    if earlier is None:
        return bars_title(shown.at(latest)).text
    results: dict[str, list[str]] = {}
    for name in names:
        rows = shown.row(earlier, name), shown.row(latest, name)
        verdict = GAP if any(row["value"] is None for row in rows) else change_of(shown.verdicts, *rows)
        results.setdefault(UNCHANGED if verdict in NO_CHANGE_SHOWN else verdict, []).append(name)
    between = f"between {when(earlier)} and {when(latest)}"
    if list(results) == [NOT_TESTED]:
        figures = f"{was(shown.called)} {range_words(shown.at(latest))}"
        return f"{subject} {dated(latest)} {figures}; changes since {when(earlier)} not tested"
    if len(results) == 1:
        all_alike = {
            ROSE: f"{subject} rose in all {len(names)} {groups} {between}",
            FELL: f"{subject} fell in all {len(names)} {groups} {between}",
            UNCHANGED: f"{subject} {between}: no test of the {len(names)} {groups} shows a rise or a fall, "
            "which does not show that nothing changed",
            GAP: f"{subject}: too few figures to compare {when(earlier)} with {when(latest)}",
        }
        return all_alike[next(iter(results))]
    verbs = (
        (ROSE, "rose in"),
        (FELL, "fell in"),
        (UNCHANGED, "a test shows neither a rise nor a fall in"),
        (NOT_TESTED, "not tested in"),
        (GAP, "cannot be compared in"),
    )
    clauses = [
        f"{verb} {names_or_count(results[verdict], len(names))}" for verdict, verb in verbs if verdict in results
    ]
    return f"{subject} {between}: {'; '.join(clauses)}"


def change_sentence(shown: Released | View, *, by: str | None = None, definition: str | None = None) -> Text:
    """What the test says of one figure between its last two periods that share no day: see `trend_title`.

    Where the table has several groups it says how many rose and fell.

    Parameters
    ----------
    shown : Released
        One released result.
    by : str, optional
        The column that distinguishes the series; needed only where there are several.
    definition : str, optional
        Needed only where the table has several.

    Returns
    -------
    Text
        The sentence, or sentences.
    """
    shown = view_of(shown, by, definition)
    return _sentence(trend_title(shown).text + ".", shown)


def trend_alt(shown: View) -> str:
    """The alternative text of a trend."""
    periods = shown.periods
    if not periods:
        return f"Line chart of {shown.called}, without figures."
    groups = f", a line for each of {len(shown.series)} {plural(shown.by or 'group')}" if len(shown.series) > 1 else ""
    points = (
        f"{len(periods)} points from {when(periods[0])} to {when(periods[-1])}"
        if len(periods) > 1
        else f"one point, {when(periods[0])}"
    )
    sentences = [f"Line chart of {shown.called}: {points}{groups}."]
    sentences += [_line_in_words(shown, name) for name in shown.series[:SPOKEN]]
    return " ".join([*sentences, more_in_table(len(shown.series))]).strip()


def _line_in_words(shown: View, name: str) -> str:
    rows = shown.of(name).rows()
    with_figure = [r for r in rows if has_figure(r)]
    start = f"{name}: " if shown.by else ""
    if not with_figure:
        return f"{capital(start)}no figure is shown."
    first, last = with_figure[0], with_figure[-1]
    text = f"{start}{figure_at(first, shown)}"
    if len(with_figure) > 1:
        text += f", {figure_at(last, shown)}"
        lowest, highest = span(with_figure, shown.unit)
        text += f", between {lowest} and {highest} throughout" if lowest != highest else " and throughout"
    hidden = len(rows) - len(with_figure)
    return capital(text) + (f", {hidden} not shown." if hidden else ".")
