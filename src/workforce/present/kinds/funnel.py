"""A measure of one period by the size of each group, with the limits that chance alone would explain.

The limits were calculated before release. A line passes within the rounding of every released limit; where no smooth line
does, it goes from limit to limit.
"""

import math
from collections.abc import Sequence
from itertools import pairwise
from types import ModuleType
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from workforce.disclosure import Released
from workforce.errors import UsageError
from workforce.periods import Period
from workforce.present.drawing.axes import LINE, Axis, axis, short, spread, tooltips, value_axis
from workforce.present.drawing.text_width import text_width, wrapped
from workforce.present.drawing.theme import INK, PALETTE, PAPER, SOFT_INK, WIDTH, altair, specification
from workforce.present.kinds.measure_table import figures_of, measure_table_drawn
from workforce.present.shown import Figure, Text, _figure, _sentence
from workforce.present.text.numbers import capital, count, limits_of, listed, plural, printed
from workforce.present.text.sentences import (
    SPOKEN,
    at_latest,
    axis_words,
    caption,
    in_place,
    is_plural,
    names_or_count,
    one_group,
    sentence_of,
    title_in_place,
)
from workforce.present.text.titles import not_alike
from workforce.present.view import View, view, view_of
from workforce.sealed import text_or_none
from workforce.stats.funnel import may_be_negative

ALL_NAMED: Final = 15  # with more points only those outside the 95% limits are named
TALL: Final = 340
_JUDGED: Final = {"position"}
_NAME: Final = 140  # pixels of a line of a name
_SMALL: Final = 11  # pixels: the size in which names are set
Box = tuple[float, float, float, float]  # left, top, right, bottom
LIMITS: Final = ("centre", "lower_95", "upper_95", "lower_998", "upper_998")
_POINTS: Final = 72
_FIGURES: Final = (2, 3)  # significant figures to which release rounds what was added to a table
_MORE: Final = 3  # a curve needs this many more limits than its degree
Array = npt.NDArray[np.float64]


def funnel(
    released: Released,
    *,
    by: str | None = None,
    definition: str | None = None,
    period: Period | None = None,
    title: str | Text | None = None,
    source: str | None = None,
) -> Figure | Text:
    """One period of a released table as points by size, between lines at the 95% and 99.8% limits around the centre.

    Of more than 15 points only those outside the 95% limits are named.

    Parameters
    ----------
    released : Released
        One table with what `wf.stats.funnel` added before release.
    by : str, optional
        The column of the groups.
    definition : str, optional
        Needed only where the table has several.
    period : Period, optional
        Without it, the latest.
    title : str or Text, optional
        Without it, a sentence chosen from the data.
    source : str, optional
        Whose data, for the caption.

    Returns
    -------
    Figure or Text
        The chart, its alternative text, its caption and its numbers as a table. A sentence where there is no figure to draw, or of one
        group only.

    Raises
    ------
    DisclosureError
        Where the table was not released.
    UsageError
        Where the table lacks the limits.
    """
    source = text_or_none(source, "source")
    all_periods = view(released, by=by, definition=definition)
    missing = [c for c in LIMITS if c not in all_periods.added]
    if missing:
        raise UsageError(
            "the table lacks the columns {columns}",
            hint="add the limits of a funnel to the measure table before it is released",
            columns=listed(missing),
        )
    if all_periods.frame.is_empty():
        return sentence_of(all_periods, all_periods.frame, title=title)
    table = all_periods.of_period(period)
    if sentence := in_place(table, title=title):
        return sentence
    points = [r for r in table.rows() if r["value"] is not None]
    if len(points) == 1:
        return one_group(table, points[0]["series"])
    extra = ["Lines: centre, 95% limits (dashed) and 99.8% limits (solid) of what chance would explain."]
    if table.rule == "board" and set(table.added) >= _JUDGED:
        extra.append("Judged before figures were rounded.")
    if len(points) > ALL_NAMED:
        groups = f"{len(points)} {plural(table.by or 'group')}"
        extra.append(f"Of {groups} only those outside the 95% limits are named; the table has all.")
    return _figure(
        table,
        title=title,
        chosen=funnel_title(table),
        spec=_spec(table),
        alt_text=funnel_alt(table),
        caption=caption(table, source=source, extra=extra),
        numbers=measure_table_drawn(
            released,
            by=by,
            definition=definition,
            columns=[*figures_of(all_periods.frame), *_JUDGED & set(all_periods.added)],
        ),
        source=source,
    )


def _spec(table: View) -> Any:  # noqa: ANN401 - a Vega-Lite specification
    alt = altair()
    rows = [r for r in table.rows() if r["value"] is not None and r["denominator"] is not None]
    # The plot ends just past the largest group, so that the names of the lines are at their ends.
    widest = 1.02 * max((r["denominator"] for r in rows), default=1.0)
    across = axis([0.0, widest])
    across = Axis(0.0, widest, tuple(t for t in across.ticks if t <= widest))
    up = axis([r[c] for r in rows for c in ("value", *LIMITS)])
    points = [
        {
            "s": r["series"],
            "x": short(r["denominator"]),
            "y": short(r["value"]),
            "o": bool(beyond(r, "998")),
            "t": printed(r, table.unit),
            "i": limits_of(r, table.unit),
            "d": count(r["denominator"]),
        }
        for r in rows
    ]
    edges = lines_of(rows, widest, floor=None if table.book is None or may_be_negative(table.book) else 0.0)
    sizes = table.book.denominator.words if table.book and table.book.denominator else "size of the group"
    x = alt.X("x:Q", **value_axis(alt, "", across, title=capital(sizes)))
    y_axis = value_axis(alt, table.unit, up)
    base = alt.Chart(alt.Data(values=edges))
    layers = [
        base.mark_line(
            color=INK if c == "centre" else SOFT_INK,
            strokeWidth=1.5,
            strokeDash=[5, 3] if c.endswith("_95") else [1, 0],
        ).encode(x=x, y=alt.Y(f"{c}:Q", **y_axis))
        for c in LIMITS
    ]
    layers += _edge_names(alt, edges, up)
    point_base = alt.Chart(alt.Data(values=points), name="points").encode(x=x, y=alt.Y("y:Q", **y_axis))
    inside, outside = point_base.transform_filter("!datum.o"), point_base.transform_filter("datum.o")
    size = alt.Tooltip("d:N", title=capital(sizes))
    tips = [*tooltips(alt, grouped=bool(table.by), dated=False), size]
    layers += [
        inside.mark_point(filled=True, size=60, shape="circle", color=PALETTE[0], stroke=PAPER, strokeWidth=1).encode(
            tooltip=tips
        ),
        outside.properties(name="outside")
        .mark_point(filled=True, size=110, shape="diamond", color=PALETTE[2], stroke=PAPER, strokeWidth=1)
        .encode(tooltip=tips),
    ]
    layers += _name_layers(alt, rows, edges, widest, up)
    return specification(alt.layer(*layers).properties(width=WIDTH, height=TALL), title=axis_words(table))


def _edge_names(alt: ModuleType, edges: list[dict[str, Any]], up: Axis) -> list[Any]:
    """What each line is, at the right edge of the plot."""
    line_names = {"upper_998": "99.8%", "upper_95": "95%", "centre": "Centre", "lower_95": "95%", "lower_998": "99.8%"}
    limits_drawn = [c for c in line_names if edges and edges[-1][c] is not None]
    places = spread([up.pixel(edges[-1][c], TALL) for c in limits_drawn], [LINE] * len(limits_drawn), low=0, high=TALL)
    return [
        alt.Chart(alt.Data(values=[{"w": line_names[c]}]))
        .mark_text(align="left", baseline="middle", fontSize=11, color=SOFT_INK)
        .encode(x=alt.value(WIDTH + 6), y=alt.value(place), text="w:N")
        for c, place in zip(limits_drawn, places, strict=True)
    ]


def _name_layers(
    alt: ModuleType, rows: list[dict[str, Any]], edges: list[dict[str, Any]], widest: float, up: Axis
) -> list[Any]:
    """Names next to their points, each in a free place, with a thin line to a point that is further away."""
    labelled = rows if len(rows) <= ALL_NAMED else [r for r in rows if beyond(r, "95")]
    at = {r["series"]: (r["denominator"] / widest * WIDTH, up.pixel(r["value"], TALL)) for r in rows}
    points = [(x - 6, y - 6, x + 6, y + 6) for x, y in at.values()]
    lines = _line_boxes(edges, widest, up)
    names: list[Box] = []
    layers: list[Any] = []
    for r in sorted(labelled, key=lambda r: (not bool(beyond(r, "998")), r["series"])):
        text = wrapped(r["series"], _NAME, _SMALL)
        x, y = at[r["series"]]
        size = (max(text_width(t, _SMALL) for t in text) + 2, float(LINE * len(text)))
        # Better over a limit line than over a point or another name.
        free_place = _place(x, y, size, [*points, *names, *lines]) or _place(x, y, size, [*points, *names])
        left, top, moved = free_place or (min(x + 9, WIDTH - size[0]), y - size[1] / 2, False)
        names.append((left, top, left + size[0], top + size[1]))
        mark = alt.Chart(
            alt.Data(values=[{"x": short(r["denominator"]), "y": short(r["value"]), "w": "\n".join(text)}])
        )
        if moved:
            leader_end = min(max(x, left), left + size[0]), min(max(y, top), top + size[1])
            leader = mark.mark_rule(strokeWidth=0.75, color=SOFT_INK)
            layers.append(leader.encode(x="x:Q", y="y:Q", x2=alt.value(leader_end[0]), y2=alt.value(leader_end[1])))
        words = mark.mark_text(align="left", baseline="top", fontSize=_SMALL, lineBreak="\n", lineHeight=LINE)
        layers.append(words.encode(x=alt.value(left), y=alt.value(top + 2), text="w:N"))
    return layers


def _line_boxes(edges: list[dict[str, Any]], widest: float, up: Axis) -> list[Box]:
    """The limit lines as boxes round their stretches."""
    boxes = []
    for start, end in pairwise(edges):
        for c in LIMITS:
            if start[c] is None or end[c] is None:
                continue
            left, right = start["x"] / widest * WIDTH, end["x"] / widest * WIDTH
            top, bottom = sorted((up.pixel(start[c], TALL), up.pixel(end[c], TALL)))
            boxes.append((left, top - 1, right, bottom + 1))
    return boxes


def _place(x: float, y: float, size: tuple[float, float], taken: list[Box]) -> tuple[float, float, bool] | None:
    """The nearest free place for a name: right, left, above, below, then further out; null where none is free."""
    wide, high = size
    for ring in range(8):
        away = 10 * ring
        for left, top in (
            (x + 9 + away, y - high / 2),
            (x - 9 - away - wide, y - high / 2),
            (x - wide / 2, y - 7 - high - away),
            (x - wide / 2, y + 7 + away),
            (x + 9 + away, y - high - away),
            (x + 9 + away, y + away),
            (x - 9 - away - wide, y - high - away),
            (x - 9 - away - wide, y + away),
        ):
            inside = left >= 2 and left + wide <= WIDTH and top >= 0 and top + high <= TALL  # noqa: PLR2004 - clear of the axis
            if inside and all(left >= c or left + wide <= a or top >= d or top + high <= b for a, b, c, d in taken):
                return left, top, ring > 0
    return None


def lines_of(rows: Sequence[dict[str, Any]], widest: float, *, floor: float | None) -> list[dict[str, float | None]]:
    """Points of the lines from the smallest group to the edge of the plot: x, and each limit there.

    rows: released rows with denominator and limits. floor: below which no limit can lie, if there is such a value.

    >>> limits = {c: 10.0 for c in LIMITS}
    >>> rows = [{"denominator": n, **limits, "upper_95": 10 + 20 / n**0.5} for n in (25.0, 100.0, 225.0, 400.0)]
    >>> found = lines_of(rows, 408.0, floor=0.0)
    >>> found[0], found[-1]["upper_95"]
    ({'x': 25.0, 'centre': 10.0, 'lower_95': 10.0, 'upper_95': 14.0, 'lower_998': 10.0, 'upper_998': 10.0}, 10.990...)
    """
    limited = sorted(
        (r for r in rows if r["centre"] is not None and r["denominator"] > 0), key=lambda r: r["denominator"]
    )
    if not limited:
        return []
    sizes = np.array([float(r["denominator"]) for r in limited])
    # Close together where the lines bend: evenly by root of the size; the sizes themselves among them.
    roots = np.linspace(math.sqrt(sizes[0]), math.sqrt(max(widest, sizes[-1])), _POINTS)
    at = np.unique(np.concatenate([roots[1:] ** 2, sizes]))
    lines: dict[str, list[float | None]] = {}
    figures = _rounded_to([r[c] for r in limited for c in LIMITS if r[c] is not None])
    for column in LIMITS:
        places = [i for i, r in enumerate(limited) if r[column] is not None]
        line = _line(limited, places, column, at, figures, floor)
        lines[column] = [None] * len(at) if line is None else [short(float(v)) for v in line]
    return [{"x": short(float(x)), **{c: lines[c][i] for c in LIMITS}} for i, x in enumerate(at)]


def _line(
    limited: Sequence[dict[str, Any]],
    places: list[int],
    column: str,
    at: Array,
    figures: int | None,
    floor: float | None,
) -> Array | None:
    if not places:
        return None
    sizes = np.array([float(limited[i]["denominator"]) for i in places])
    limits = np.array([float(limited[i][column]) for i in places])
    centre = np.array([float(limited[i]["centre"]) for i in places])
    across: Array = np.interp(at, sizes, centre)
    if column == "centre":
        return across
    # Limits that were cut at the floor do not show the curve above it.
    free = np.ones(len(limits), dtype=bool) if floor is None else limits > floor
    away = (limits - centre) * np.sqrt(sizes)  # nearly the same at every size: limits narrow with its root
    for degree in (1, 2):
        if len(np.unique(sizes[free])) < degree + _MORE:
            break
        curve = np.polynomial.Polynomial.fit(1 / np.sqrt(sizes[free]), away[free], degree)
        fitted = _floored(centre + curve(1 / np.sqrt(sizes)) / np.sqrt(sizes), floor)
        if np.all(np.abs(fitted - limits) <= _rounding(limits, centre, sizes, figures)):
            return _floored(across + curve(1 / np.sqrt(at)) / np.sqrt(at), floor)
    return _floored(across + np.interp(at, sizes, away) / np.sqrt(at), floor)


def _floored(line: Array, floor: float | None) -> Array:
    return line if floor is None else np.maximum(line, floor)


def _rounded_to(limits: Sequence[float]) -> int | None:
    """To how many significant figures all limits were rounded; null where they were not."""
    return next((n for n in _FIGURES if all(math.isclose(v, float(f"{v:.{n}g}"), rel_tol=1e-9) for v in limits)), None)


def _rounding(limits: Array, centre: Array, sizes: Array, figures: int | None) -> Array:
    """How far each limit may be from its curve because it, its centre or its group's size was rounded."""
    step = next((s for s in (5.0, 1.0) if np.all(sizes % s == 0)), 0.0)
    of_size = np.abs(limits - centre) * step / sizes / 4  # half the relative error of the size, which is half a step
    if figures is None:
        return 0.004 * np.maximum(np.abs(limits), np.abs(centre)) + of_size
    return _half_a_unit(limits, figures) + _half_a_unit(centre, figures) + of_size


def _half_a_unit(values: Array, figures: int) -> Array:
    size = np.maximum(np.abs(values), 1e-9)
    return 0.5 * 10.0 ** (np.floor(np.log10(size)) - (figures - 1))


def funnel_title(shown: Released | View, *, by: str | None = None, definition: str | None = None) -> Text:
    """The title of a funnel: which groups are outside the 99.8% limits, further than chance would explain.

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
    table = view_of(shown, by, definition)
    if words := title_in_place(table):
        return words
    rows = [r for r in table.of_period(None).rows() if r["value"] is not None and r["upper_998"] is not None]
    name = table.called
    if not rows:
        return _sentence(f"{capital(name)}: no figures for this period", table)
    above = [r["series"] for r in rows if beyond(r, "998") > 0]
    below = [r["series"] for r in rows if beyond(r, "998") < 0]
    groups = plural(table.by or "group")
    if not above and not below:
        return _sentence(
            f"{capital(name)}: none of the {len(rows)} {groups} shown is outside the 99.8% limits; {not_alike(groups)}",
            table,
        )
    clauses = [
        f"{word} in {names_or_count(group_names, len(rows))}"
        for word, group_names in (("higher", above), ("lower", below))
        if group_names
    ]
    return _sentence(
        f"{capital(name)} {'are' if is_plural(name) else 'is'} {' and '.join(clauses)} than chance would explain", table
    )


def funnel_alt(table: View) -> str:
    """The alternative text of a funnel; the view is of one period."""
    with_value = [r for r in table.rows() if r["value"] is not None]
    at = at_latest(table)
    sentences = [
        f"Funnel chart of {table.called}{at}: {len(with_value)} {plural(table.by or 'group')} by size and value."
    ]
    outside = [r for r in with_value if beyond(r, "998")]
    within = len(with_value) - len(outside)
    if outside:
        sentences.append(
            "Outside the 99.8% limits: "
            + listed([f"{r['series']} ({printed(r, table.unit)})" for r in outside[:SPOKEN]])
            + "."
        )
    sentences.append(f"{within} within the 99.8% limits.")
    hidden = len(table.frame) - len(with_value)
    if hidden:
        sentences.append(f"{hidden} not shown.")
    return " ".join(sentences)


def beyond(row: dict[str, Any], level: str) -> int:
    """Whether a row of a funnel lies above (1) or below (-1) the limits of a level ("95", "998"), or between them (0).

    Judgements made before release apply; limits and figures that were rounded since are not judged again.

    >>> beyond({"value": 9.0, "position": "above the 95% limits"}, "95"), beyond({"value": 9.0, "position": "above the 95% limits"}, "998")
    (1, 0)
    """
    if row["value"] is None:
        return 0
    position: str | None = row.get("position")
    if position is not None:
        outer = "99.8" in position or level == "95"
        return outer * (int(position.startswith("above")) - int(position.startswith("below")))
    low, high = row[f"lower_{level}"], row[f"upper_{level}"]
    return int(high is not None and row["value"] > high) - int(low is not None and row["value"] < low)
