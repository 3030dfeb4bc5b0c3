"""An outlook: the bands in which 80 and 95 in 100 simulated paths lie, a panel for each scenario, and what happened.

Dark is 80, light is 95; the middle path, what happened and things as they are differ in dash and in colour; withheld months are gaps.
"""

from types import ModuleType
from typing import Any, Final

from workforce.disclosure import Released
from workforce.forecast.simulate import AS_NOW
from workforce.periods import Period
from workforce.present.ahead import Ahead, ahead, ahead_alt, ahead_table, ahead_title, between, checked_sentence
from workforce.present.captions import axis_words, caption
from workforce.present.drawn_groups import MOST_PANELS, groups_with_room
from workforce.present.figure import Figure, _figure
from workforce.present.in_place import in_place
from workforce.present.layout import LINE, Axis, axis, date_ticks, short, spread, utc
from workforce.present.numerals import capital, plain
from workforce.present.text import Text
from workforce.present.text_width import text_width, wrapped
from workforce.present.theme import HEIGHT, INK, PALETTE, PAPER, SOFT_INK, WIDTH, altair, specification
from workforce.present.trend import NAME_WIDTH, PANEL, panel_title, target_layers, value_axis
from workforce.present.view import gap_in_words
from workforce.sealed import number_or_none, text_or_none

COLOUR: Final = PALETTE[0]
OTHER: Final = PALETTE[2]  # things as they are, in the panels of other scenarios
LIGHT, DARK = 0.16, 0.30
STEP: Final = "step-before"  # a figure of a month's end is drawn over its month
_DASH: Final = [5, 3]
MEANING: Final = (
    "Line: the middle path. Dark band: 80 in 100 simulated paths lie in it; light band: 95 in 100. The paths differ by chance and by what "
    "is not known of the rates."
)
ASSUMED: Final = (
    "Assumed: every leaver's post is filled again, at the pace of the history; demand and closures go on at the level they have reached; "
    "nothing changes but what a scenario says. A projection, not a promise."
)


def outlook(
    released: Released,
    *,
    definition: str | None = None,
    actual: Released | None = None,
    target: float | None = None,
    title: str | Text | None = None,
    source: str | None = None,
) -> Figure | Text:
    """A released outlook as bands by month: one plot, or a panel for each scenario with things as they are as a dashed line.

    A withheld month is a gap. Of more than 12 scenarios 12 are drawn, and the caption says so.

    Parameters
    ----------
    released : Released
        What `wf.forecast.outlook` returned, released.
    definition : {"fte", "caseload", "backlog"}, optional
        Which of its quantities; needed where the table has several.
    actual : Released, optional
        What happened (`wf.forecast.outlook_past`): before the outlook as its history, after the day it was made as the check on it.
    target : float, optional
        In the unit of the measure.
    title : str or Text, optional
        Without it, a sentence chosen from the data.
    source : str, optional
        Whose data, for the caption.

    Returns
    -------
    Figure or Text
        The chart, its alternative text, its caption and its numbers as a table. A sentence with the reason where no month can be drawn.

    Raises
    ------
    DisclosureError
        Where the table was not released.
    UsageError
        Where `wf.forecast.outlook` has not made the table.
    """
    target, source = number_or_none(target, "target"), text_or_none(source, "source")
    shown = ahead(released, definition=definition, actual=actual)
    if sentence := in_place(shown.seen, title=title, about=f"the outlook of {shown.called}"):
        return sentence
    all_scenarios = shown
    fitting, not_drawn = groups_with_room(all_scenarios.seen, MOST_PANELS, always=[AS_NOW.name])
    shown = Ahead._made(seen=fitting, past=all_scenarios.past)
    every = [r[c] for n in shown.scenarios for r in shown.rows(n) for c in ("value", "lower", "upper")]
    lines = axis([*every, *[r["value"] for r in shown.happened()], target])
    extra = [
        not_drawn,
        MEANING,
        ASSUMED,
        checked_sentence(shown).text,
        "The vertical axis does not start at zero." if lines.cut else "",
    ]
    return _figure(
        *all_scenarios.views,
        title=title,
        chosen=ahead_title(all_scenarios),
        spec=_spec(shown, lines, target),
        alt=f"{ahead_alt(shown)} {not_drawn}".strip(),
        caption=caption(all_scenarios.seen, source=source, extra=" ".join(s for s in extra if s)),
        table=ahead_table(all_scenarios),
        target=target,
        source=source,
    )


def _paths(shown: Ahead, name: str) -> list[dict[str, Any]]:
    """The months of one scenario; the last known figure before them is where they begin."""
    rows = shown.rows(name)
    found = [
        {
            "x": f"{r['period_end']:%Y-%m-%d}",
            "m": short(r["value"]),
            **{key: short(r[c]) if r["value"] is not None else None for key, c in zip("abcd", _EDGES, strict=True)},
            "t": plain(r["value"], shown.seen.unit, r["marker"]),
            "e": between(r, shown.seen.unit, 80),
            "n": between(r, shown.seen.unit, 95),
        }
        for r in rows
    ]
    before = [r for r in shown.happened() if rows and r["period_end"] < rows[0]["period_end"]]
    if before and before[-1]["value"] is not None:
        last = before[-1]
        value, text = short(last["value"]), plain(last["value"], shown.seen.unit)
        found.insert(
            0,
            {
                "x": f"{last['period_end']:%Y-%m-%d}",
                "m": value,
                **dict.fromkeys("abcd", value),
                "t": text,
                "e": "",
                "n": "",
            },
        )
    return found


_EDGES: Final = ("lower", "upper", "lower_80", "upper_80")


def _past(shown: Ahead) -> list[dict[str, Any]]:
    unit = shown.seen.unit
    return [
        {"x": f"{r['period_end']:%Y-%m-%d}", "y": short(r["value"]), "t": plain(r["value"], unit, r["marker"])}
        for r in shown.happened()
    ]


def _layers(
    alt: ModuleType, shown: Ahead, name: str, lines: Axis, *, wide: bool, beside: list[dict[str, Any]]
) -> list[Any]:
    """The bands and lines of one scenario. beside: the months of things as they are, drawn as a dashed line."""
    x = _dates(alt, shown, wide=wide)
    scale = alt.Scale(domain=[lines.low, lines.high], nice=False)
    y = {"scale": scale, "axis": value_axis(alt, shown.seen.unit, lines)}
    fan = alt.Chart(alt.Data(values=_paths(shown, name)))
    told = [
        alt.Tooltip("x:T", title="Month end", format="%-d %b %Y", formatType="utc"),
        alt.Tooltip("t:N", title="Middle path"),
        alt.Tooltip("e:N", title="80 in 100 paths"),
        alt.Tooltip("n:N", title="95 in 100 paths"),
    ]
    layers = [
        fan.mark_area(opacity=LIGHT, color=COLOUR, interpolate=STEP).encode(x=x, y=alt.Y("a:Q", **y), y2="b:Q"),
        fan.mark_area(opacity=DARK, color=COLOUR, interpolate=STEP).encode(x=x, y=alt.Y("c:Q", **y), y2="d:Q"),
    ]
    if beside:
        usual = alt.Chart(alt.Data(values=[{"x": r["x"], "m": r["m"]} for r in beside]))
        layers.append(
            usual.mark_line(color=OTHER, strokeWidth=1.75, strokeDash=_DASH, interpolate=STEP).encode(
                x=x, y=alt.Y("m:Q", **y)
            )
        )
    layers += [
        # A white line under the line keeps it apart from a band of its own colour.
        fan.mark_line(color=PAPER, strokeWidth=4, interpolate=STEP).encode(x=x, y=alt.Y("m:Q", **y)),
        fan.mark_line(color=COLOUR, strokeWidth=2.25, interpolate=STEP).encode(x=x, y=alt.Y("m:Q", **y)),
        fan.transform_filter("isValid(datum.m)")
        .mark_point(filled=True, size=42, color=COLOUR, opacity=0)
        .encode(x=x, y=alt.Y("m:Q", **y), tooltip=told),
    ]
    past = _past(shown)
    if past:
        happened = alt.Chart(alt.Data(values=past)).encode(x=x, y=alt.Y("y:Q", **y))
        layers += [
            happened.mark_line(color=PAPER, strokeWidth=4),
            happened.mark_line(color=INK, strokeWidth=1.75),
            happened.transform_filter("isValid(datum.y)").mark_point(filled=True, size=16 if wide else 9, color=INK),
        ]
    return layers


def _dates(alt: ModuleType, shown: Ahead, *, wide: bool) -> Any:  # noqa: ANN401 - an Altair channel
    periods = [*shown.seen.periods, *([] if shown.past is None else shown.past.periods)]
    ends = sorted({f"{p.end:%Y-%m-%d}" for p in periods})
    ticks = date_ticks([Period(p.end, p.end) for p in periods])[::-1][:: 1 if wide else 2][::-1]
    domain = [utc(ends[0]), utc(ends[-1])] if len(ends) > 1 else alt.Undefined
    return alt.X(
        "x:T",
        scale=alt.Scale(type="utc", domain=domain, nice=False),
        axis=alt.Axis(
            values=[utc(t) for t in ticks],
            labelExpr="utcFormat(datum.value, '%b %Y')",
            title="End of month" if wide else None,
            labelOverlap=True,
        ),
    )


def _spec(shown: Ahead, lines: Axis, target: float | None) -> Any:  # noqa: ANN401 - a Vega-Lite specification
    alt = altair()
    heading = axis_words(shown.seen)
    names = shown.scenarios
    aim = target_layers(alt, target, shown.seen.unit, across=True)
    if len(names) == 1:
        layers = [
            *_layers(alt, shown, names[0], lines, wide=True, beside=[]),
            *aim,
            *_ends(alt, shown, names[0], lines),
        ]
        return specification(alt.layer(*layers).properties(width=WIDTH, height=HEIGHT), title=heading)
    width, height = PANEL
    plots = []
    for name in names:
        beside = _paths(shown, AS_NOW.name) if AS_NOW.name in names and name != AS_NOW.name else []
        layers = [*_layers(alt, shown, name, lines, wide=False, beside=beside), *aim]
        heading_of = panel_title(alt, _panel_name(shown, name))
        plots.append(alt.layer(*layers).properties(width=width, height=height, title=heading_of))
    key = alt.layer(*_key(alt, shown)).properties(width=2 * width, height=2 * LINE + 6)
    return specification(alt.vconcat(alt.concat(*plots, columns=2, spacing=24), key, spacing=10), title=heading)


def _panel_name(shown: Ahead, name: str) -> str:
    end = shown.rows(name)[-1]
    if end["value"] is None:
        return f"{capital(name)}: {gap_in_words(end)}"
    return f"{capital(name)}: {plain(end['value'], shown.seen.unit)} ({between(end, shown.seen.unit, 80)})"


def _ends(alt: ModuleType, shown: Ahead, name: str, lines: Axis) -> list[Any]:
    """What each band and line is, with where it ends, to the right of the plot."""
    end = shown.rows(name)[-1] if shown.rows(name) else None
    if end is None or end["value"] is None:
        words = gap_in_words(end) if end else "no figures"
        note = alt.Chart(alt.Data(values=[{"w": words}])).mark_text(color=INK)
        return [note.encode(x=alt.value(WIDTH / 2), y=alt.value(HEIGHT / 2), text="w:N")]
    unit = shown.seen.unit
    told = [
        (f"95 in 100 paths: {between(end, unit, 95)}", end["upper"], SOFT_INK),
        (f"80 in 100 paths: {between(end, unit, 80)}", end["upper_80"], INK),
        (f"Middle path: {plain(end['value'], unit)}", end["value"], COLOUR),
    ]
    known = [r for r in shown.happened() if r["value"] is not None]
    if known and known[-1]["period_end"] == end["period_end"]:
        told.append((f"What happened: {plain(known[-1]['value'], unit)}", known[-1]["value"], INK))
    texts = [wrapped(words, NAME_WIDTH, bold=True) for words, _, _ in told]
    places = spread([lines.pixel(at) for _, at, _ in told], [LINE * len(t) + 3.0 for t in texts], low=0, high=HEIGHT)
    layers = []
    for (_, _, colour), text, place in zip(told, texts, places, strict=True):
        one = alt.Chart(alt.Data(values=[{"w": "\n".join(text)}]))
        up = -LINE * (len(text) - 1) / 2
        layers.append(
            one.mark_text(
                align="left", baseline="middle", lineBreak="\n", lineHeight=LINE, dy=up, color=colour, fontWeight="bold"
            ).encode(x=alt.value(WIDTH + 12), y=alt.value(place), text="w:N")
        )
    return layers


def _key(alt: ModuleType, shown: Ahead) -> list[Any]:
    """What the lines and bands of the panels are."""
    items: list[tuple[str, str, float, list[int]]] = [
        ("Middle path", COLOUR, 1.0, []),
        ("80 in 100 paths", COLOUR, DARK + LIGHT, []),
        ("95 in 100 paths", COLOUR, LIGHT, []),
    ]
    if AS_NOW.name in shown.scenarios:
        items.append(("Middle path as now", OTHER, 1.0, _DASH))
    if shown.past is not None:
        items.append(("What happened", INK, 1.0, []))
    layers: list[Any] = []
    across, down = 0.0, 8.0
    for words, colour, opacity, dash in items:
        wide = 28 + text_width(words, 11) + 18
        if across and across + wide > 2 * PANEL[0]:
            across, down = 0.0, down + LINE + 3
        one = alt.Chart(alt.Data(values=[{"w": words}]))
        thick = 10 if opacity < 1 else 2.25
        layers += [
            one.mark_rule(color=colour, opacity=opacity, strokeWidth=thick, strokeDash=dash or [1, 0]).encode(
                x=alt.value(across), x2=alt.value(across + 22), y=alt.value(down)
            ),
            one.mark_text(align="left", baseline="middle", fontSize=11).encode(
                x=alt.value(across + 28), y=alt.value(down), text="w:N"
            ),
        ]
        across += wide
    return layers
