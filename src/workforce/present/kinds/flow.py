"""Arrivals and closures by period, and the number left open.

Arrivals and closures are side by side on one scale from zero; the open total has its own plot below, on the same dates, so that the scales
are not confused; a withheld figure is a gap with its marker.
"""

import math
from types import ModuleType
from typing import Any, Final

import polars as pl

from workforce.disclosure import Released
from workforce.errors import UsageError, did_you_mean
from workforce.measures.difference import NOT_TESTED
from workforce.periods import Period, written
from workforce.present.drawing.axes import LINE, Axis, axis, date_ticks, date_title, gap_marks, short, value_axis
from workforce.present.drawing.text_width import text_width
from workforce.present.drawing.theme import INK, PALETTE, RULE, SOFT_INK, WIDTH, altair, specification
from workforce.present.kinds.measure_table import measure_table_drawn
from workforce.present.shown import Figure, Text, _figure
from workforce.present.text.numbers import (
    capital,
    dated,
    gap_in_words,
    listed,
    measure_name,
    plain,
    printed,
    printed_words,
    short_name,
    when,
)
from workforce.present.text.sentences import caption, in_place
from workforce.present.text.titles import MOVED, change_of, compared_clause
from workforce.present.view import View, book_of, released_frame, rows_of, view
from workforce.results import MeasureTable
from workforce.sealed import text_given, text_or_none

_HEIGHTS: Final = (170, 110)
_COLOURS: Final = (PALETTE[0], PALETTE[1])


def flow(
    released: Released,
    *,
    only: str | None = None,
    by: str | None = None,
    came: str = "arrivals",
    went: str = "closures",
    total: str = "at_end",
    title: str | Text | None = None,
    source: str | None = None,
) -> Figure | Text:
    """Arrivals and closures of each period as paired bars, over a line of how many are open after it.

    Parameters
    ----------
    released : Released
        One table with the three definitions, as `wf.casework.flow` returns it.
    only : str, optional
        The group to draw, where there are several.
    by : str, optional
        The column that distinguishes the groups.
    came, went, total : str
        The definitions of arrivals, closures and the number left.
    title : str or Text, optional
        Without it, how the open total moved.
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
        Where the measure has no such definition, or the table has several groups.
    """
    arguments = {"came": came, "went": went, "total": total}
    definitions = [text_given(definition, name) for name, definition in arguments.items()]
    source = text_or_none(source, "source")
    released = released_frame(released)
    if not isinstance(released.result, MeasureTable):
        raise UsageError(
            "expected a measure table, got another result",
            where="{table}",
            hint="use wf.casework.flow, and release it",
            table=released.name,
        )
    measure = next((d.measure for d in released.result.definitions), released.name)
    books = [book_of(released.result, d) for d in definitions]
    names = [short_name(book.measure if book else measure, d) for book, d in zip(books, definitions, strict=True)]
    words = [capital(name) for name in names]
    if sentence := in_place(
        released,
        rows_of(released, definitions),
        title=title,
        about=f"{measure_name(measure)} ({listed(names)})",
    ):
        return sentence
    sides = [_side(released, definition, by, only) for definition in definitions]
    all_rows = pl.concat([s.frame for s in sides])
    all_sides = sides[0]._with(all_rows, book=None)
    drawn_table = released._narrowed(all_rows.drop("series"))
    book = books[-1]
    total_words = f"{words[2]} at the end: {book.words}, {book.formula}." if book else ""
    untested = _why_not_tested(sides[2])
    return _figure(
        released,
        title=title,
        chosen=_title(sides, words),
        spec=_spec(sides, words),
        alt_text=flow_alt(sides, words),
        caption=caption(all_sides, source=source, extra=[total_words, untested]),
        numbers=measure_table_drawn(drawn_table),
        source=source,
    )


def _side(released: Released, definition: str, by: str | None, only: str | None) -> View:
    table = view(released, by=by, definition=definition)
    if only is not None:
        if only not in table.series:
            raise UsageError("the table has no such group", where="only=", hint=did_you_mean(only, table.series))
        return table.of(only)
    if len(table.series) > 1:
        raise UsageError("{groups} groups in one flow", hint="draw one of them with only=", groups=len(table.series))
    return table


def _title(sides: list[View], words: list[str]) -> str:
    periods = sides[2].periods
    if not periods:
        return f"{words[2]}: no figures for this period"
    first, last = periods[0], periods[-1]
    first_row, last_row = sides[2].row(first), sides[2].row(last)
    flows = " and ".join(
        f"{printed(row, side.unit)} {name.lower()}"
        for side, row, name in ((s, s.row(last), w) for s, w in zip(sides[:2], words[:2], strict=True))
    )
    flows = f"{flows} {dated(last)}"
    of = f"{sides[2].series[0]}: {words[2].lower()}" if sides[2].by else words[2]
    figure = printed_words(last_row, sides[2].unit) if last_row["value"] is not None else gap_in_words(last_row)
    open_words = f"{of} at the end of {when(last)}: {figure}"
    if None in (last_row["value"], first_row["value"]) or len(periods) == 1:
        return f"{open_words}; {flows}"
    verdict = change_of(sides[2].verdicts, first_row, last_row)
    at_first, first_figure = f"at the end of {when(first)}", printed(first_row, sides[2].unit)
    if verdict in MOVED:
        return f"{of} {verdict} from {first_figure} {at_first} to {figure} at the end of {when(last)}; {flows}"
    return f"{open_words}{compared_clause(verdict, first_figure, at_first)}; {flows}"


def _why_not_tested(total: View) -> str:
    """Why the change of the open total is not tested, in a sentence; empty where it is, or where two dates are not compared."""
    periods = total.periods
    if len(periods) < 2:  # noqa: PLR2004 - two dates
        return ""
    first, last = total.row(periods[0]), total.row(periods[-1])
    if None in (first["value"], last["value"]) or change_of(total.verdicts, first, last) != NOT_TESTED:
        return ""
    return (
        "The change of the open total is not tested: it counts every open case, most of which were open on the day before too, "
        "so that it has no limits."
    )


def flow_alt(sides: list[View], words: list[str]) -> str:
    """The alternative text of a flow: what came, what went and what is open."""
    periods = sides[2].periods
    if not periods:
        return "Flow chart without figures."
    layout = f"Paired bars of {words[0].lower()} and {words[1].lower()} over a line of {words[2].lower()} at the end"
    sentences = [f"{layout}: {len(periods)} period{'' if len(periods) == 1 else 's'} to {when(periods[-1])}."]
    for table, name in zip(sides, words, strict=True):
        with_value = [r for r in table.rows() if r["value"] is not None]
        hidden = len(table.frame) - len(with_value)
        if with_value:
            values = [r["value"] for r in with_value]
            low, high, last = (plain(v, table.unit) for v in (min(values), max(values), values[-1]))
            text = f"{name}: between {low} and {high}, last {last}"
        else:
            text = f"{name}: no figure is shown"
        sentences.append(text + (f", {hidden} not shown." if hidden else "."))
    return " ".join(sentences)


def _labels(periods: list[Period]) -> dict[str, str]:
    """How each period's end is written under the axis: its month, or its day where a month has several."""
    months = [f"{p.end:%b %Y}" for p in periods]
    unique = len(set(months)) == len(months)
    return {f"{p.end:%Y-%m-%d}": m if unique else written(p.end) for p, m in zip(periods, months, strict=True)}


def _spec(sides: list[View], words: list[str]) -> Any:  # noqa: ANN401 - a Vega-Lite specification
    alt = altair()
    periods = sorted({p for s in sides for p in s.periods}, key=lambda p: p.end)
    labels = _labels(periods)
    ends = [f"{p.end:%Y-%m-%d}" for p in periods]
    rows: list[list[dict[str, Any]]] = []
    for table, name in zip(sides, words, strict=True):
        by_end = {f"{r['period_end']:%Y-%m-%d}": r for r in table.rows()}
        rows.append(
            [
                {
                    "x": labels[end],
                    "s": name,
                    "y": short(by_end[end]["value"]) if end in by_end else None,
                    "t": printed(by_end[end], table.unit) if end in by_end else "[x]",
                }
                for end in ends
            ]
        )
    ticks = [labels[t] for t in date_ticks(periods)]
    widest = max((text_width(t) for t in ticks), default=0.0) + 6
    ticks = ticks[:: -max(1, math.ceil(len(ticks) * widest / WIDTH))][::-1]
    across = {"values": ticks, "labelAngle": 0, "labelOverlap": False}
    x = alt.X(
        "x:O",
        scale=alt.Scale(domain=[labels[e] for e in ends], paddingInner=0.25, paddingOuter=0.1),
        axis=alt.Axis(title=None, labels=False, **across),
    )
    below = x.copy()
    below["axis"] = alt.Axis(title=date_title(periods), **across)
    top = axis([r["y"] for side_rows in rows[:2] for r in side_rows], zero=True, ticks=4)
    bottom = axis([r["y"] for r in rows[2]], zero=True, ticks=3)
    plots = [
        alt.layer(*_bars(alt, rows[:2], x, top, words, ends)).properties(width=WIDTH, height=_HEIGHTS[0]),
        alt.layer(*_line(alt, rows[2], below, bottom, words[2], ends)).properties(width=WIDTH, height=_HEIGHTS[1]),
    ]
    return specification(alt.vconcat(*plots, spacing=24), title=[capital(sides[0].unit)])


def _tips(alt: ModuleType) -> list[Any]:
    return [alt.Tooltip("x:O", title="Period"), alt.Tooltip("s:N", title="What"), alt.Tooltip("t:N", title="Figure")]


def _gaps(alt: ModuleType, rows: list[dict[str, Any]], x: Any, at: float, ends: list[str]) -> list[Any]:  # noqa: ANN401
    marks = gap_marks([(end, r["t"] if r["y"] is None else None) for end, r in zip(ends, rows, strict=True)], WIDTH)
    labels = [{"x": r["x"], "t": mark} for r, mark in zip(rows, marks, strict=True) if mark]
    if not labels:
        return []
    # Under the axis of the bars, where no other bar is in its way; at the top of the line's plot, where its axis has no words.
    text = alt.Chart(alt.Data(values=labels)).mark_text(baseline="top", dy=6, fontSize=11, color=SOFT_INK)
    return [text.encode(x=x, y=alt.datum(at), text="t:N")]


def _bars(
    alt: ModuleType,
    rows: list[list[dict[str, Any]]],
    x: Any,  # noqa: ANN401
    numbers: Axis,
    words: list[str],
    ends: list[str],
) -> list[Any]:
    all_rows = [r for side_rows in rows for r in side_rows]
    y = alt.Y("y:Q", **value_axis(alt, "", numbers))
    colour = alt.Color("s:N", scale=alt.Scale(domain=words[:2], range=list(_COLOURS)), legend=None)
    bars = alt.Chart(alt.Data(values=all_rows)).transform_filter("isValid(datum.y)").mark_bar()
    layers = [bars.encode(x=x, y=y, xOffset=alt.XOffset("s:N", sort=words[:2]), color=colour, tooltip=_tips(alt))]
    hidden = [
        {**a, "y": None if a["y"] is None or b["y"] is None else 0.0, "t": a["t"] if a["y"] is None else b["t"]}
        for a, b in zip(*rows, strict=True)
    ]
    layers += _gaps(alt, hidden, x, numbers.low, ends)
    last = [side_rows[-1]["t"] if side_rows else "" for side_rows in rows]
    for place, (name, figure, colour_of) in enumerate(zip(words[:2], last, _COLOURS, strict=True)):
        layers += _name(alt, name, figure, 12.0 + place * (2 * LINE + 12), colour_of, "square")
    return layers


def _line(alt: ModuleType, rows: list[dict[str, Any]], x: Any, numbers: Axis, name: str, ends: list[str]) -> list[Any]:  # noqa: ANN401
    y = alt.Y("y:Q", **value_axis(alt, "", numbers))
    base = alt.Chart(alt.Data(values=rows))
    layers = [
        base.mark_line(color=PALETTE[2], strokeWidth=2.25).encode(x=x, y=y),
        base.transform_filter("isValid(datum.y)")
        .mark_point(filled=True, size=26, color=PALETTE[2])
        .encode(x=x, y=y, tooltip=_tips(alt)),
    ]
    values = [r["y"] for r in rows if r["y"] is not None]
    at = numbers.pixel(values[-1], _HEIGHTS[1]) if values else float(_HEIGHTS[1])
    at = min(max(at, LINE), _HEIGHTS[1] - LINE)
    return [
        *layers,
        *_gaps(alt, rows, x, numbers.high, ends),
        *_name(alt, f"{name} at the end", rows[-1]["t"] if rows else "", at, PALETTE[2], "circle"),
    ]


def _name(alt: ModuleType, name: str, figure: str, down: float, colour: str, shape: str) -> list[Any]:
    """What a mark is, and its last figure, to the right of its plot."""
    base = alt.Chart(alt.Data(values=[{"w": f"{name}:", "f": figure}]))
    return [
        base.mark_point(shape=shape, filled=True, size=70, color=colour, stroke=RULE, strokeWidth=0).encode(
            x=alt.value(WIDTH + 16), y=alt.value(down)
        ),
        base.mark_text(align="left", baseline="middle").encode(x=alt.value(WIDTH + 28), y=alt.value(down), text="w:N"),
        base.mark_text(align="left", baseline="middle", fontWeight="bold", color=INK).encode(
            x=alt.value(WIDTH + 28), y=alt.value(down + LINE), text="f:N"
        ),
    ]
