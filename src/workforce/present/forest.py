"""Hazard ratios with their limits, on a scale on which twice and half as fast are equally far from no difference.

A ratio whose limits leave out 1 is told apart by shape and colour; the numbers stand beside it; the level that others are compared with
keeps its place. Of more rows than a reader can compare, those with most people are drawn.
"""

import math
from types import ModuleType
from typing import Any, Final

import polars as pl

from workforce.disclosure import Released
from workforce.present.captions import caption
from workforce.present.drawn_groups import groups_with_room
from workforce.present.figure import Figure, _figure
from workforce.present.in_place import sentence_of
from workforce.present.layout import LINE, short
from workforce.present.numerals import capital, limits, plain
from workforce.present.ratios import (
    CHANGES,
    COMPARED,
    RATIO,
    compared,
    hazards,
    hazards_alt,
    hazards_table,
    hazards_title,
    is_clear,
)
from workforce.present.text import Text
from workforce.present.text_width import text_width, wrapped
from workforce.present.theme import GRID, INK, PALETTE, PAPER, RULE, SOFT_INK, altair, specification
from workforce.present.view import View, clean
from workforce.sealed import text_or_none

MOST_ROWS: Final = 40
PLOT: Final = 330
STEP: Final = 26
_NAME: Final = 200  # pixels of a line of a name
_BESIDE: Final = PLOT + 16  # where the ratios stand
_HEADS: Final = ("Ratio (95% limits)", "Leavers")
_SMALL: Final = 11
_TICKS: Final = (0.1, 0.2, 0.25, 0.5, 1.0, 2.0, 4.0, 5.0, 10.0)
_ENDS: Final = (0.1, 10.0)  # beyond these a ratio says only that there were few leavers
_ROOM: Final = 1.12  # past the furthest limit


def forest(released: Released, *, title: str | Text | None = None, source: str | None = None) -> Figure | Text:
    """Released hazard ratios as points with 95% limits, a heading for each covariate, the ratio and the leavers beside them.

    Limits beyond a tenth or ten times are drawn to there. Of more than 40 rows those with most people are drawn, and the caption says so.

    Parameters
    ----------
    released : Released
        Hazard ratios, released.
    title : str or Text, optional
        Without it, what is clear in the data.
    source : str, optional
        Whose data, for the caption.

    Returns
    -------
    Figure or Text
        The chart, its alternative text, its caption and its numbers as a table. A sentence with the reason where no ratio can be drawn.

    Raises
    ------
    DisclosureError
        Where the table was not released.
    UsageError
        Where the table has no hazard ratios.
    """
    source = text_or_none(source, "source")
    seen = hazards(released)
    if not compared(seen):
        return sentence_of(seen, seen.frame.filter(~pl.col("reference")), title=title, about=COMPARED)
    references = seen.frame.filter("reference")["series"].to_list()
    fitting, not_drawn = groups_with_room(seen, MOST_ROWS, always=references)
    changing = seen.frame.filter(seen.frame["check"] < CHANGES)["about"].unique(maintain_order=True).to_list()
    methods = seen.frame["method"].drop_nulls().unique().sort().to_list()
    said = [
        not_drawn,
        "Measured as hazard ratios of leaving (Cox 1972, ties by Efron, delayed entry), all else in the model equal.",
        f"Lines: 95% limits (standard errors {clean(methods[0]).replace('_id', '')})." if methods else "",
        "Diamonds: limits that leave out 1.",
        f"The ratios of {' and '.join(changing).lower()} change with length of service and are averages over it."
        if changing
        else "",
    ]
    return _figure(
        seen,
        title=title,
        chosen=hazards_title(seen),
        spec=_spec(fitting),
        alt=f"{hazards_alt(fitting)} {not_drawn}".strip(),
        caption=caption(seen, source=source, extra=" ".join(s for s in said if s)),
        table=hazards_table(released),
        source=source,
    )


def _lines(seen: View) -> list[dict[str, Any]]:
    """What is drawn, line by line: a heading for each covariate, then its levels; `n` is the line's place."""
    found: list[dict[str, Any]] = []
    heading = None
    for r in seen.rows():
        if r["about"] != heading:
            heading = r["about"]
            found.append({"w": heading, "h": True, "y": None})
        value = None if r["reference"] or r["value"] is None or not r["value"] > 0 else r["value"]
        text = "1 (compared with)" if r["reference"] and r["value"] else plain(r["value"], RATIO, r["marker"])
        between = limits(r["lower"], r["upper"], RATIO)
        found.append(
            {
                "w": capital(r["group"]),
                "h": False,
                "y": short(_clamped(value)),
                "l": short(_clamped(r["lower"])),
                "u": short(_clamped(r["upper"])),
                "k": is_clear(r),
                "t": f"{text} ({between})" if between else text,
                "d": r["leavers"],
                "s": r["series"],
            }
        )
    return found


def _clamped(value: float | None) -> float | None:
    return None if value is None else min(max(value, _ENDS[0]), _ENDS[1])


def _spec(seen: View) -> Any:  # noqa: ANN401 - a Vega-Lite specification
    alt = altair()
    rows: list[dict[str, Any]] = []
    down = 0.0
    for line in _lines(seen):
        text = wrapped(line["w"], _NAME + 12 * line["h"], bold=line["h"])
        tall = max(STEP, LINE * len(text) + 8) + (8 if line["h"] and rows else 0)
        rows.append({**line, "w": "\n".join(text), "p": down + tall / 2 + (4 if line["h"] and rows else 0)})
        down += tall
    height = max(down, STEP)
    held = [v for r in rows for v in (r.get("l"), r.get("u"), r["y"]) if v is not None]
    # At least from half to twice as fast: small differences should not look large.
    low, high = min([0.5, *(v / _ROOM for v in held)]), max([2.0, *(v * _ROOM for v in held)])
    ticks = [t for t in _TICKS if low <= t <= high]
    x_scale = alt.Scale(type="log", domain=[short(low), short(high)], nice=False)
    axis = alt.Axis(
        values=ticks,
        labelExpr="format(datum.value, '~r')",
        title="Times as fast (1 = no difference)",
        grid=True,
        gridColor=GRID,
    )

    def across(value: float) -> float:
        return PLOT * math.log(value / low) / math.log(high / low)

    leavers_end = _leavers_end(rows)
    layers: list[Any] = [
        alt.Chart(alt.Data(values=[{"v": 1}]))
        .mark_rule(color=RULE, strokeWidth=1.5)
        .encode(x=alt.X("v:Q", scale=x_scale, axis=axis), y=alt.value(0), y2=alt.value(height)),
        *_head(alt, leavers_end),
    ]
    for r in rows:
        layers += _line(alt, r, x_scale, across, leavers_end)
    return specification(
        alt.layer(*layers).properties(width=PLOT, height=height), title=["How many times as fast staff leave"]
    )


def _leavers_end(rows: list[dict[str, Any]]) -> float:
    """Where the leavers end, to the right of the widest ratio."""
    ratios = max([text_width(_HEADS[0], _SMALL), *(text_width(r["t"]) for r in rows if not r["h"])])
    leavers = max([text_width(_HEADS[1], _SMALL), *(text_width(str(r["d"] or "")) for r in rows if not r["h"])])
    return _BESIDE + ratios + 16 + leavers


def _head(alt: ModuleType, leavers_end: float) -> list[Any]:
    columns = zip(_HEADS, (_BESIDE, leavers_end), ("left", "right"), strict=True)
    return [
        alt.Chart(alt.Data(values=[{"w": words}]))
        .mark_text(align=align, baseline="bottom", fontSize=_SMALL, color=SOFT_INK)
        .encode(x=alt.value(at), y=alt.value(8), text="w:N")
        for words, at, align in columns
    ]


def _line(alt: ModuleType, r: dict[str, Any], scale: Any, across: Any, leavers_end: float) -> list[Any]:  # noqa: ANN401
    """One line of the forest: its name, its mark and its numbers."""
    y = alt.value(r["p"])
    extra = r["w"].count("\n")
    base = alt.Chart(alt.Data(values=[{k: v for k, v in r.items() if k not in ("p", "h", "k")}]))
    name = base.mark_text(
        align="right" if not r["h"] else "left",
        baseline="middle",
        lineBreak="\n",
        lineHeight=LINE,
        dy=-LINE * extra / 2,
        fontWeight="bold" if r["h"] else "normal",
    ).encode(x=alt.value(-12 if not r["h"] else -12 - _NAME), y=y, text="w:N")
    if r["h"]:
        return [name]
    layers = [
        name,
        base.mark_text(align="left", baseline="middle").encode(x=alt.value(_BESIDE), y=y, text="t:N"),
        base.mark_text(align="right", baseline="middle", color=SOFT_INK).encode(
            x=alt.value(leavers_end), y=y, text="d:N"
        ),
    ]
    if r["y"] is None:
        return layers
    if r["l"] is not None and r["u"] is not None:
        layers.append(
            base.mark_rule(strokeWidth=1.75, color=INK).encode(
                x=alt.value(across(r["l"])), x2=alt.value(across(r["u"])), y=y
            )
        )
    told = [alt.Tooltip("s:N", title="Group"), alt.Tooltip("t:N", title="Ratio"), alt.Tooltip("d:N", title="Leavers")]
    layers.append(
        base.mark_point(
            filled=True,
            shape="diamond" if r["k"] else "circle",
            color=PALETTE[2] if r["k"] else PALETTE[0],
            size=120 if r["k"] else 70,
            stroke=PAPER,
            strokeWidth=1,
        ).encode(x=alt.X("y:Q", scale=scale), y=y, tooltip=told)
    )
    return layers
