"""A measure over time, as lines with their limits.

What is not shown is a gap, never a bridge; each series is named at its end and told apart by colour, dash and shape. Of more series than
a plot has room for, those with most people are drawn.
"""

import math
from collections.abc import Sequence
from datetime import date
from itertools import groupby
from types import ModuleType
from typing import Any, Final

from workforce.disclosure import Released
from workforce.errors import UsageError
from workforce.present.captions import axis_words, caption, trend_alt
from workforce.present.drawn_groups import MOST_PANELS, groups_with_room
from workforce.present.figure import Figure, _figure
from workforce.present.in_place import in_place
from workforce.present.layout import LINE, Axis, axis, date_ticks, date_title, short, spread, utc
from workforce.present.measure_tables import measure_table_drawn
from workforce.present.numerals import limits, plain
from workforce.present.text import Text
from workforce.present.text_width import wrapped
from workforce.present.theme import (
    HEIGHT,
    INK,
    MOST_SERIES,
    RULE,
    SOFT_INK,
    WIDTH,
    Style,
    altair,
    specification,
    styles,
)
from workforce.present.view import View, view
from workforce.present.words import trend_title
from workforce.sealed import number_or_none, text_given, text_or_none

TARGET: Final = "Target"
NAME_WIDTH: Final = 140  # pixels of a line of a name at the end of its series
MANY: Final = 40  # with more rows than this the points of a line are not drawn, only those that stand alone
PANEL: Final = (270, 130)
MARK_ROOM: Final = 24  # pixels between two markers under a line
BANDS: Final = {1: 0.16, 2: 0.14}  # how dark the limits are; many that overlap are drawn lighter
LIGHT_BAND: Final = 0.08

Chart = Any  # one of Altair's types, which are there only once Altair is imported


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
        The column that tells the series apart; needed only where several columns do.
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
    seen = view(released, by=by, definition=definition)
    if sentence := in_place(seen, title=title):
        return sentence
    if not seen.frame.is_empty() and (not seen.periods or seen.frame["period_end"].null_count()):
        raise UsageError("a row has no period", hint="a trend is drawn over periods; use chart.bars")
    lines = axis(
        [v for c in ("value", "lower", "upper") for v in seen.frame[c].to_list()] + [target],
        # A rounded count must not look as if it leapt: counts are drawn from zero.
        zero=len(seen.periods) == 1 or (seen.book is not None and seen.book.denominator is None),
    )
    in_panels = panels and len(seen.series) > 1
    fitting, not_drawn = groups_with_room(seen, MOST_PANELS if in_panels else MOST_SERIES)
    spec = (_panels if in_panels else _one_plot)(fitting, lines, target, target_name)
    extra = [not_drawn, "The vertical axis does not start at zero." if lines.cut else ""]
    return _figure(
        seen,
        title=title,
        chosen=trend_title(seen),
        spec=spec,
        alt=f"{trend_alt(fitting)} {not_drawn}".strip(),
        caption=caption(seen, source=source, limits="Shaded", extra=" ".join(words for words in extra if words)),
        table=measure_table_drawn(released, by=by, definition=definition),
        target=target,
        target_name=target_name if target is not None and target_name != TARGET else None,
        source=source,
    )


def rows_of(seen: View) -> list[dict[str, Any]]:
    """The columns that a line needs, and no others; `p` marks the points to draw."""
    found: list[dict[str, Any]] = []
    for name in seen.series:
        rows = seen.of(name).rows()
        shown = [r["value"] is not None for r in rows]
        last = max((i for i, s in enumerate(shown) if s), default=-1)
        for i, r in enumerate(rows):
            alone = shown[i] and not (i > 0 and shown[i - 1]) and not (i + 1 < len(rows) and shown[i + 1])
            found.append(
                {
                    "s": name,
                    "x": f"{r['period_end']:%Y-%m-%d}",
                    "y": short(r["value"]),
                    "l": short(r["lower"]) if shown[i] else None,
                    "u": short(r["upper"]) if shown[i] else None,
                    "p": shown[i] and (alone or i == last or len(seen.frame) <= MANY),
                    "a": alone,
                    "t": plain(r["value"], seen.unit, r["marker"]),
                    "i": limits(r["lower"], r["upper"], seen.unit),
                }
            )
    return found


def tooltips(alt: ModuleType, seen: View, *, dated: bool = True) -> list[Any]:
    """What JupyterLab shows beside the pointer."""
    when = [alt.Tooltip("x:T", title="To", format="%-d %b %Y", formatType="utc")] if dated else []
    name = [alt.Tooltip("s:N", title="Group")] if seen.by else []
    return [*name, *when, alt.Tooltip("t:N", title="Figure"), alt.Tooltip("i:N", title="95% limits")]


def dates_across(alt: ModuleType, seen: View, *, labels: int = 1) -> Any:  # noqa: ANN401 - an Altair channel
    """The axis of the periods' ends; labels: every so many of its usual dates is written."""
    ticks = date_ticks(seen.periods)[::-1][::labels][::-1]
    ends = [f"{p.end:%Y-%m-%d}" for p in seen.periods]
    domain = [utc(min(ends)), utc(max(ends))] if len(set(ends)) > 1 else alt.Undefined
    return alt.X(
        "x:T",
        scale=alt.Scale(type="utc", domain=domain, nice=False),
        axis=alt.Axis(
            values=[utc(t) for t in ticks],
            labelExpr="utcFormat(datum.value, '%b %Y')",
            title=date_title(seen.periods),
            labelOverlap=True,
        ),
    )


def _encodings(alt: ModuleType, seen: View, lines: Axis, *, labels: int = 1) -> tuple[Any, dict[str, Any]]:
    y = {"scale": alt.Scale(domain=[lines.low, lines.high], nice=False), "axis": value_axis(alt, seen.unit, lines)}
    return dates_across(alt, seen, labels=labels), y


def value_axis(alt: ModuleType, unit: str, numbers: Axis, *, title: str | None = None, **more: Any) -> Any:  # noqa: ANN401
    """The axis of a measure: round numbers, with their unit where it is short."""
    before, after = ("'£' + " if unit.startswith("£") else ""), (" + '%'" if unit.startswith("%") else "")
    shown = f"{before}replace(format(datum.value, ',~r'), '-', '\u2212'){after}"
    return alt.Axis(values=list(numbers.ticks), labelExpr=shown, title=title, **more)


def _layers(
    alt: ModuleType,
    seen: View,
    lines: Axis,
    style: dict[str, Style],
    rows: Sequence[dict[str, Any]],
    *,
    hover: Chart | None,
    labels: int = 1,
) -> list[Any]:
    data = alt.Data(values=list(rows))
    names = list(style)
    x, same_axis = _encodings(alt, seen, lines, labels=labels)
    y, low = alt.Y("y:Q", **same_axis), alt.Y("l:Q", **same_axis)
    colour = alt.Color("s:N", scale=alt.Scale(domain=names, range=[style[n].colour for n in names]), legend=None)
    dash = alt.StrokeDash("s:N", scale=alt.Scale(domain=names, range=[list(style[n].dash) for n in names]), legend=None)
    shape = alt.Shape("s:N", scale=alt.Scale(domain=names, range=[style[n].shape for n in names]), legend=None)
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
            tooltip=tooltips(alt, seen),
        )
    )
    layers.append(points.add_params(hover) if hover is not None else points)
    if len(names) == 1 and any(r["y"] is None for r in rows):
        marks = gap_marks(
            [(r["x"], r["t"] if r["y"] is None else None) for r in rows], WIDTH if labels == 1 else PANEL[0]
        )
        shown = [{"x": r["x"], "y": None, "t": mark} for r, mark in zip(rows, marks, strict=True) if mark]
        gaps = alt.Chart(alt.Data(values=shown)).mark_text(baseline="bottom", dy=-3, fontSize=11, color=SOFT_INK)
        layers.append(gaps.encode(x=x, y=alt.datum(lines.low), text="t:N"))
    return layers


def gap_marks(points: Sequence[tuple[str, str | None]], width: float) -> list[str | None]:
    """For each point of a series its marker where it is to be written: one for each run of gaps, at its middle, where there is room.

    points: the day and, where it is a gap, its marker.

    >>> gap_marks([("2023-01-31", None), ("2023-02-28", "[c]"), ("2023-03-31", "[c]"), ("2023-04-30", "[c]")], 300)
    [None, None, '[c]', None]
    """
    days = [date.fromisoformat(day).toordinal() for day, _ in points]
    per_day = width / max(1, max(days, default=0) - min(days, default=0))
    found: list[str | None] = [None] * len(points)
    at, last = 0, -math.inf
    for mark, run in groupby(mark for _, mark in points):
        members = range(at, at + len(list(run)))
        at = members.stop
        middle = members[len(members) // 2]
        if mark and (days[middle] - last) * per_day >= MARK_ROOM:
            found[middle], last = mark, days[middle]
    return found


def target_layers(
    alt: ModuleType, target: float | None, unit: str, *, across: bool, words: str = TARGET, lift: int = 0
) -> list[Any]:
    """A dashed rule at a target with its words, over the plot (across) or down it."""
    if target is None:
        return []
    data = alt.Data(values=[{"v": target, "w": f"{words} {plain(target, unit)}"}])
    # Without this the layer's own default would stretch the shared axis down to zero.
    shared = alt.Scale(zero=False)
    rule = alt.Chart(data).mark_rule(strokeDash=[5, 4], strokeWidth=1.5, color=INK)
    text = alt.Chart(data).mark_text(align="left", baseline="bottom", dx=4, dy=-3 - lift, fontSize=11)
    if across:
        y = alt.Y("v:Q", scale=shared)
        return [rule.encode(y=y), text.encode(y=y, x=alt.value(0), text="w:N")]
    x = alt.X("v:Q", scale=shared)
    return [rule.encode(x=x), text.encode(x=x, y=alt.value(0), text="w:N")]


def panel_title(alt: ModuleType, words: str, **more: Any) -> Any:  # noqa: ANN401 - Altair's title
    """The heading of a panel, in lines that do not reach into the panel beside it."""
    return alt.Title(wrapped(words, PANEL[0], bold=True), fontWeight="bold", offset=6, **more)


def _zero(alt: ModuleType, lines: Axis) -> list[Any]:
    if not lines.low < 0 < lines.high:
        return []
    return [alt.Chart(alt.Data(values=[{"v": 0}])).mark_rule(color=RULE, strokeWidth=1.25).encode(y="v:Q")]


def _one_plot(seen: View, lines: Axis, target: float | None, words: str) -> Any:  # noqa: ANN401
    alt = altair()
    style = styles(seen.series)
    hover = (
        alt.selection_point(name="hover", on="pointerover", fields=["s"], clear="pointerout")
        if len(style) > 1
        else None
    )
    layers = [
        *_zero(alt, lines),
        *target_layers(alt, target, seen.unit, across=True, words=words),
        *_layers(alt, seen, lines, style, rows_of(seen), hover=hover),
        *end_labels(alt, _ends(seen, lines), style, lines),
    ]
    return specification(alt.layer(*layers).properties(width=WIDTH, height=HEIGHT), title=axis_words(seen))


def _ends(seen: View, lines: Axis) -> list[tuple[str, str, float]]:
    """Each series with the words at its end and where, in pixels, it ends."""
    found = []
    for name in seen.series:
        rows = seen.of(name).rows()
        known = [r["value"] for r in rows if r["value"] is not None]
        figure = plain(rows[-1]["value"], seen.unit, rows[-1]["marker"])
        words = f"{name}: {figure}" if seen.by else figure
        found.append((name, words, lines.pixel(known[-1]) if known else float(HEIGHT)))
    return found


def end_labels(
    alt: ModuleType, ends: list[tuple[str, str, float]], style: dict[str, Style], lines: Axis, *, height: float = HEIGHT
) -> list[Any]:
    """A name for each series to the right of the plot, level with its end as nearly as the others allow, with its shape."""
    texts = [wrapped(words, NAME_WIDTH) for _, words, _ in ends]
    places = spread([at for _, _, at in ends], [LINE * len(t) + 3 for t in texts], low=0, high=height)
    layers = []
    for (name, _, _), text, place in zip(ends, texts, places, strict=True):
        own = style[name]
        mark = alt.Chart(alt.Data(values=[{"y": short(lines.value(place, height)), "w": "\n".join(text)}]))
        if len(ends) > 1:
            layers.append(
                mark.mark_point(shape=own.shape, filled=True, size=55, color=own.colour).encode(
                    y=alt.Y("y:Q"), x=alt.value(WIDTH + 16)
                )
            )
        up = -LINE * (len(text) - 1) / 2  # centres the lines of a wrapped name
        layers.append(
            mark.mark_text(align="left", baseline="middle", lineBreak="\n", lineHeight=LINE, dy=up).encode(
                y=alt.Y("y:Q"), x=alt.value(WIDTH + (26 if len(ends) > 1 else 12)), text="w:N"
            )
        )
    return layers


def _panels(seen: View, lines: Axis, target: float | None, words: str) -> Any:  # noqa: ANN401
    alt = altair()
    rows = rows_of(seen)
    width, height = PANEL
    plots = []
    for name in seen.series:
        own = [r for r in rows if r["s"] == name]
        layers = [*_zero(alt, lines), *target_layers(alt, target, seen.unit, across=True, words=words)]
        layers += _layers(alt, seen, lines, styles([name]), own, hover=None, labels=2)
        heading = panel_title(alt, f"{name}: {own[-1]['t']}")
        plots.append(alt.layer(*layers).properties(width=width, height=height, title=heading))
    whole = alt.concat(*plots, columns=2, spacing=24)
    return specification(whole, title=axis_words(seen))
