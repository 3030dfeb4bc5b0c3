"""A series with its XmR limits: whether it varies as it always has, or something has changed.

What was judged before release is drawn, nothing is judged again; a special cause is told apart by shape and by colour, and said in words
first. No band of 95% limits: these limits are of another kind.
Source: NHS England, Making Data Count; its colours are darkened here, because its grey and blue have too little contrast on white.
"""

from dataclasses import dataclass
from types import ModuleType
from typing import Any, Final

from workforce.disclosure import Released
from workforce.errors import UsageError
from workforce.present.captions import axis_words, caption, xmr_alt
from workforce.present.drawn_groups import MOST_PANELS, groups_with_room
from workforce.present.figure import Figure, _figure
from workforce.present.in_place import in_place, subject_of
from workforce.present.layout import LINE, Axis, axis, short, spread
from workforce.present.measure_tables import measure_table_drawn
from workforce.present.numerals import capital, listed, number, plain
from workforce.present.signals import JUDGED, variation_title
from workforce.present.text import Text
from workforce.present.text_width import text_width, wrapped
from workforce.present.theme import HEIGHT, INK, PALETTE, PAPER, QUIET, RULE, SOFT_INK, WIDTH, altair, specification
from workforce.present.trend import PANEL, dates_across, gap_marks, panel_title, target_layers, value_axis
from workforce.present.view import View, clean, gap_in_words, view
from workforce.sealed import number_or_none, text_or_none
from workforce.stats.funnel import may_be_negative

_KEY: Final = 62  # pixels from the plot to the key: axis numbers and title lie between
_ADDED: Final = ("centre", "lower_limit", "upper_limit", "special_cause", "variation")
_DOT: Final = 34
_SPECIAL_DOT: Final = 95


@dataclass(frozen=True, slots=True)
class _Mark:
    colour: str
    shape: str


# Shape and colour both say what a point is; worse and better are as far apart as can be for those who see colours otherwise.
_MARKS: Final = {
    "better than expected": _Mark(PALETTE[0], "diamond"),
    "worse than expected": _Mark(PALETTE[3], "square"),
    "higher than expected": _Mark(PALETTE[2], "triangle-up"),
    "lower than expected": _Mark(PALETTE[2], "triangle-down"),
}
_USUAL: Final = _Mark(QUIET, "circle")
_NOTHING: Final = "usual"
_ALL_MARKS: Final = {_NOTHING: _USUAL, **_MARKS}
_TARGET_DASH: Final = [9, 3, 2, 3]


def xmr(
    released: Released,
    *,
    by: str | None = None,
    definition: str | None = None,
    target: float | None = None,
    title: str | Text | None = None,
    source: str | None = None,
) -> Figure | Text:
    """A released table with what `wf.stats.xmr` added, as a line between its limits; special causes are marked.

    A withheld point is a gap; limits may be withheld too. Of more than 12 groups those with most people are drawn, and the caption says so.

    Parameters
    ----------
    released : Released
        One table with what `wf.stats.xmr` added before release.
    by : str, optional
        The column that tells the series apart; each has a panel of its own, with its own limits.
    definition : str, optional
        Needed only where the table has several.
    target : float, optional
        The one that the table was judged against.
    title : str or Text, optional
        Without it, what the latest point of each series says.
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
        Where the table was not judged before release.
    """
    target, source = number_or_none(target, "target"), text_or_none(source, "source")
    seen = view(released, by=by, definition=definition)
    lacking = [c for c in _ADDED if c not in seen.added]
    if lacking:
        raise UsageError(
            "the table lacks the columns {columns}",
            hint="use wf.stats.xmr, and release what it returns",
            columns=listed(lacking),
        )
    if sentence := in_place(seen, title=title, about=f"the usual variation of {subject_of(seen)}"):
        return sentence
    if not seen.periods or seen.frame["period_end"].null_count():
        raise UsageError("a row has no period", hint="an XmR chart is drawn over periods")
    fitting, not_drawn = groups_with_room(seen, MOST_PANELS)
    width = PANEL[0] if len(fitting.series) > 1 else WIDTH
    rows = {name: _rows(fitting, name, width) for name in fitting.series}
    everything = [r[k] for own in rows.values() for r in own for k in ("y", "c", "l", "u")]
    lines = axis([*everything, target])
    cut = any(r["cut"] for own in rows.values() for r in own)
    said = [
        not_drawn,
        "Solid line: the mean of the series; dashed: the limits of its usual variation.",
        "A lower limit below zero is not drawn." if cut else "",
        "Judged before figures were rounded." if seen.rule == "board" else "",
        "The vertical axis does not start at zero." if lines.cut else "",
    ]
    spec = _panels(fitting, rows, lines, target) if len(rows) > 1 else _one_plot(fitting, rows, lines, target)
    return _figure(
        seen,
        title=title,
        chosen=variation_title(seen),
        spec=spec,
        alt=f"{xmr_alt(fitting)} {not_drawn}".strip(),
        caption=caption(seen, source=source, extra=" ".join(s for s in said if s)),
        table=measure_table_drawn(
            released, by=by, definition=definition, columns=["period", "value", "variation", "special_cause"]
        ),
        target=target,
        source=source,
    )


def _rows(seen: View, name: str, width: float) -> list[dict[str, Any]]:
    """The columns that a series needs, and no others; `k` numbers the stretches between which its limits change."""
    found: list[dict[str, Any]] = []
    bounded = seen.book is None or not may_be_negative(seen.book)
    before: tuple[Any, ...] | None = None
    stretch = 0
    for r in seen.of(name).rows():
        limits = tuple(short(r[c]) for c in ("centre", "lower_limit", "upper_limit"))
        if limits[0] is not None:
            stretch += before is not None and limits != before
            before = limits
        cut = bool(bounded and limits[1] is not None and limits[1] < 0)
        found.append(
            {
                "s": name,
                "x": f"{r['period_end']:%Y-%m-%d}",
                "y": short(r["value"]),
                "c": limits[0],
                "l": None if cut else limits[1],
                "u": limits[2],
                "k": stretch,
                "v": r["variation"] if r["value"] is not None and r["variation"] in _MARKS else _NOTHING,
                "w": clean(r["special_cause"] or ""),
                "t": plain(r["value"], seen.unit, r["marker"]),
                "cut": cut,
            }
        )
    marked = gap_marks([(r["x"], r["t"] if r["y"] is None else None) for r in found], width)
    return [{**r, "g": mark} for r, mark in zip(found, marked, strict=True)]


def _layers(alt: ModuleType, seen: View, rows: list[dict[str, Any]], lines: Axis, *, labels: int = 1) -> list[Any]:
    drawn = [{k: v for k, v in r.items() if k != "cut"} for r in rows]
    data = alt.Data(values=drawn)
    x = dates_across(alt, seen, labels=labels)
    shared = {"scale": alt.Scale(domain=[lines.low, lines.high], nice=False), "axis": value_axis(alt, seen.unit, lines)}
    base = alt.Chart(data)
    layers: list[Any] = []
    for column, dash, colour in (("c", [1, 0], RULE), ("l", [6, 4], SOFT_INK), ("u", [6, 4], SOFT_INK)):
        # Limits hold for a whole stretch, also where a point of it is withheld.
        known = base.transform_filter(f"isValid(datum.{column})")
        layers.append(
            known.mark_line(strokeWidth=1.5, strokeDash=dash, color=colour).encode(
                x=x, y=alt.Y(f"{column}:Q", **shared), detail="k:N"
            )
        )
    y = alt.Y("y:Q", **shared)
    layers.append(base.mark_line(strokeWidth=1.75, color=QUIET).encode(x=x, y=y))
    shown = [
        alt.Tooltip("x:T", title="To", format="%-d %b %Y", formatType="utc"),
        alt.Tooltip("t:N", title="Figure"),
        alt.Tooltip("v:N", title="Variation"),
        alt.Tooltip("w:N", title="Special cause"),
    ]
    points = alt.Chart(data).transform_filter("isValid(datum.y)")
    for words, mark in _ALL_MARKS.items():
        if not any(r["v"] == words and r["y"] is not None for r in rows):
            continue
        special = words != _NOTHING
        layers.append(
            points.transform_filter(alt.FieldEqualPredicate(field="v", equal=words))
            .mark_point(
                filled=True,
                shape=mark.shape,
                color=mark.colour,
                size=_SPECIAL_DOT if special else _DOT,
                stroke=PAPER,
                strokeWidth=0.75,
            )
            .encode(x=x, y=y, tooltip=shown)
        )
    if any(r["g"] for r in rows):
        gaps = base.transform_filter("isValid(datum.g)").mark_text(
            baseline="bottom", dy=-3, fontSize=11, color=SOFT_INK
        )
        layers.append(gaps.encode(x=x, y=alt.datum(lines.low), text="g:N"))
    return layers


def _key(alt: ModuleType, rows: list[dict[str, Any]], down: float, width: float) -> list[Any]:
    """What each kind of point means, in a row under the plot, or in several where one is too narrow."""
    kinds = [v for v in _ALL_MARKS if any(r["v"] == v and r["y"] is not None for r in rows)]
    layers: list[Any] = []
    across, place = 4.0, down
    for kind in kinds:
        special = kind != _NOTHING
        words = capital(kind) if special else JUDGED
        wide = 12 + text_width(words, 11) + 20
        if across > 4 and across + wide > width:  # noqa: PLR2004 - not the first of its row
            across, place = 4.0, place + LINE + 3
        mark = _ALL_MARKS[kind]
        one = alt.Chart(alt.Data(values=[{"w": words}]))
        layers += [
            one.mark_point(
                filled=True, shape=mark.shape, color=mark.colour, size=_SPECIAL_DOT if special else _DOT
            ).encode(x=alt.value(across), y=alt.value(place)),
            one.mark_text(align="left", baseline="middle", fontSize=11).encode(
                x=alt.value(across + 12), y=alt.value(place), text="w:N"
            ),
        ]
        across += wide
    return layers


def _ends(alt: ModuleType, seen: View, rows: list[dict[str, Any]], lines: Axis, target: float | None) -> list[Any]:
    """What the lines are, at their right ends, and the latest figure."""
    named = {"u": "Upper limit", "c": "Mean", "l": "Lower limit"}
    held: list[tuple[str, float, bool]] = []
    for column, words in named.items():
        known = [r[column] for r in rows if r[column] is not None]
        if known:
            held.append((f"{words} {plain(known[-1], seen.unit)}", lines.pixel(known[-1]), False))
    if target is not None:
        held.append((f"Target {plain(target, seen.unit)}", lines.pixel(target), False))
    figures = [r["y"] for r in rows if r["y"] is not None]
    if rows:
        held.append((rows[-1]["t"], lines.pixel(figures[-1]) if figures else float(HEIGHT), True))
    places = spread([at for _, at, _ in held], [LINE + 1.0] * len(held), low=0, high=HEIGHT)
    return [
        alt.Chart(alt.Data(values=[{"w": words}]))
        .mark_text(
            align="left",
            baseline="middle",
            fontSize=12 if latest else 11,
            fontWeight="bold" if latest else "normal",
            color=INK if latest else SOFT_INK,
        )
        .encode(x=alt.value(WIDTH + 10), y=alt.value(place), text="w:N")
        for (words, _, latest), place in zip(held, places, strict=True)
    ]


def _target(alt: ModuleType, target: float | None) -> list[Any]:
    """The target as a rule; its words stand with those of the limits, where no point is in their way."""
    if target is None:
        return []
    rule = alt.Chart(alt.Data(values=[{"v": target}])).mark_rule(strokeDash=_TARGET_DASH, strokeWidth=1.5, color=INK)
    return [rule.encode(y=alt.Y("v:Q", scale=alt.Scale(zero=False)))]


def _one_plot(seen: View, rows: dict[str, list[dict[str, Any]]], lines: Axis, target: float | None) -> Any:  # noqa: ANN401
    alt = altair()
    own = next(iter(rows.values()), [])
    layers = [
        *_layers(alt, seen, own, lines),
        *_target(alt, target),
        *_ends(alt, seen, own, lines, target),
        *_key(alt, own, HEIGHT + _KEY, WIDTH),
    ]
    return specification(alt.layer(*layers).properties(width=WIDTH, height=HEIGHT), title=axis_words(seen))


def _panels(seen: View, rows: dict[str, list[dict[str, Any]]], lines: Axis, target: float | None) -> Any:  # noqa: ANN401
    alt = altair()
    width, height = PANEL
    plots = []
    for name, own in rows.items():
        latest = seen.of(name).rows()[-1]
        judged = gap_in_words(latest) or clean(latest["variation"] or "not judged")
        heading = panel_title(
            alt,
            f"{name}: {number(latest['value'], seen.unit, latest['marker'])}",
            subtitle=wrapped(judged, width),
            subtitleFontSize=12,
            subtitleColor=INK,
            subtitlePadding=3,
        )
        layers = [*_layers(alt, seen, own, lines, labels=2), *target_layers(alt, target, seen.unit, across=True)]
        plots.append(alt.layer(*layers).properties(width=width, height=height, title=heading))
    every = [r for own in rows.values() for r in own]
    keys = _key(alt, every, 8, 2 * width)
    # The key is a plot of its own, so that it stands under all panels.
    under = alt.layer(*keys).properties(width=2 * width, height=2 * LINE)
    whole = alt.vconcat(alt.concat(*plots, columns=2, spacing=24), under, spacing=10)
    return specification(whole, title=axis_words(seen))
