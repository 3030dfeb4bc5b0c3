"""What became of staff by years of service: the share that left for each cause, stacked, and those still in service.

The areas add up to one; each is named at its end; white lines part them, so that colour alone tells nothing. Of more than five known causes
the smallest are joined.
"""

from types import ModuleType
from typing import Any, Final

from workforce.book.constants import DAYS_IN_A_YEAR
from workforce.disclosure import RULES, Released
from workforce.errors import UsageError
from workforce.present.captions import caption
from workforce.present.drawn_groups import MOST_PANELS, groups_with_room
from workforce.present.figure import Figure, _figure
from workforce.present.in_place import in_place
from workforce.present.layout import LINE, short, spread
from workforce.present.leaving import (
    OTHERS_FEW,
    STAYED,
    UNKNOWN,
    Incidences,
    incidence_alt,
    incidence_table,
    incidence_title,
    incidences,
)
from workforce.present.numerals import listed, plain
from workforce.present.retention import PERCENT
from workforce.present.text import Text
from workforce.present.text_width import text_width, wrapped
from workforce.present.theme import HEIGHT, INK, PALETTE, PAPER, QUIET, RULE, WIDTH, altair, specification
from workforce.present.trend import NAME_WIDTH, PANEL, panel_title
from workforce.sealed import number_given, text_or_none

STAYED_COLOUR: Final = (
    "#E9EDF1"  # what is not an area of leavers: nothing is read from its edge but the line drawn on it
)
OTHERS: Final = "Other causes"
_BLOCKS: Final = (
    "Each cause is rounded by itself, so that the share still in service may differ a little from that of a curve."
)
_OWN_AREA: Final = (
    4  # causes with an area of their own; with the others, the unknown and those still in service there are seven
)
_YEARS: Final = 10  # labels across
_TICKS: Final = 50  # steps drawn in a year: more than a line on a page can show


def incidence(
    released: Released,
    *,
    by: str | None = None,
    until: int | None = None,
    title: str | Text | None = None,
    source: str | None = None,
) -> Figure | Text:
    """Released incidences as stacked areas by years of service: who left for each cause, and who is still in service.

    A withheld group has an empty panel that says so. Of more than 12 groups those with most people are drawn, and the caption says so.

    Parameters
    ----------
    released : Released
        What `wf.leaving.incidence` returned, released.
    by : str, optional
        The column of the groups, each of which has a panel.
    until : int, optional
        The last year that is drawn.
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
        Where the table has no incidences.
    """
    until, source = None if until is None else int(number_given(until, "until")), text_or_none(source, "source")
    every_group = incidences(released, by=by)
    if until is not None and until < 1:
        raise UsageError(
            "until= is a whole number of years, 1 or more", where="until=", hint="leave it out to draw every year"
        )
    if sentence := in_place(every_group.seen, title=title):
        return sentence
    seen, not_drawn = groups_with_room(every_group.seen, MOST_PANELS)
    shown = Incidences._made(seen=seen)
    longest = max((shown.ends(g) for g in shown.groups), default=0)
    years = max(1, -(-int(longest) // int(DAYS_IN_A_YEAR + 1)))
    years = min(years, until) if until else years
    causes = shown.causes()
    known = [c for c in causes if c not in (UNKNOWN, OTHERS_FEW)]
    joined = known[_OWN_AREA:] if len(known) > _OWN_AREA + (OTHERS_FEW not in causes) else []
    joined += [OTHERS_FEW] if joined and OTHERS_FEW in causes else []
    # What is unknown keeps an area of its own: how much of it there is says what the others are worth.
    named = [c for c in causes if c not in joined and c != UNKNOWN] + ([OTHERS] if joined else [])
    names = [*named, *([UNKNOWN] if UNKNOWN in causes else [])]
    colours = {
        **dict(zip(named, PALETTE, strict=False)),
        **dict.fromkeys(names[len(named) :], QUIET),
        STAYED: STAYED_COLOUR,
    }
    said = [
        not_drawn,
        _BLOCKS if shown.seen.rule in RULES else "",
        f"{OTHERS}: {listed([c[:1].lower() + c[1:] if c == OTHERS_FEW else c for c in joined])}." if joined else "",
    ]
    return _figure(
        every_group.seen,
        title=title,
        chosen=incidence_title(every_group),
        spec=_spec(shown, names, joined, colours, years),
        alt=f"{incidence_alt(shown)} {not_drawn}".strip(),
        caption=caption(every_group.seen, source=source, extra=" ".join(s for s in said if s)),
        table=incidence_table(released, by=by),
        until=until,
        source=source,
    )


def _rows(shown: Incidences, group: str, names: list[str], joined: list[str], years: int) -> list[dict[str, Any]]:
    """The corners of each area: a row where it steps, in order from the bottom, `b` where it begins and `y` where it ends."""
    times: dict[float, dict[str, float]] = {0.0: {}}
    for r in shown.rows(group):
        if r["time"] <= years * DAYS_IN_A_YEAR:
            name = r["cause"] if r["cause"] not in joined else OTHERS
            held = times.setdefault(r["time"], {})
            held[name] = held.get(name, 0.0) + r["value"]
    if len(times) == 1:
        return []
    found: list[dict[str, Any]] = []
    last = -1.0
    ordered = sorted(times)
    for time in ordered:
        across = time / DAYS_IN_A_YEAR
        if time not in (ordered[0], ordered[-1]) and across - last < 1 / _TICKS:
            continue
        last = across
        bottom = 0.0
        for name in (*names, STAYED):
            share = times[time].get(name, 0.0)
            top = 100.0 if name == STAYED else min(100.0, bottom + 100 * share)
            found.append(
                {"s": name, "x": short(across), "b": short(bottom), "y": short(top), "t": plain(top - bottom, "%")}
            )
            bottom = top
    # A curve that goes on is drawn to the edge.
    if last < years < shown.ends(group) / DAYS_IN_A_YEAR:
        found += [{**r, "x": years} for r in found[-len(names) - 1 :]]
    return found


def _areas(alt: ModuleType, rows: list[dict[str, Any]], colours: dict[str, str], years: int) -> list[Any]:
    every = next(n for n in (1, 2, 5, 10, 20) if years / n <= _YEARS or n == 20)  # noqa: PLR2004 - the last step there is
    x = alt.X(
        "x:Q",
        scale=alt.Scale(domain=[0, years], nice=False),
        axis=alt.Axis(values=list(range(0, years + 1, every)), title="Years of service", format="d"),
    )
    y = alt.Y(
        "y:Q",
        scale=alt.Scale(domain=[0, 100], nice=False),
        axis=alt.Axis(values=list(PERCENT.ticks), labelExpr="datum.value + '%'", title=None),
    )
    names = list(colours)
    colour = alt.Color("s:N", scale=alt.Scale(domain=names, range=[colours[n] for n in names]), legend=None)
    base = alt.Chart(alt.Data(values=rows))
    told = [
        alt.Tooltip("s:N", title="Cause"),
        alt.Tooltip("t:N", title="Share"),
        alt.Tooltip("x:Q", title="After years", format=".1f"),
    ]
    edge = {"interpolate": "step-after", "strokeWidth": 1.25}
    return [
        base.mark_area(interpolate="step-after", opacity=1).encode(x=x, y=y, y2="b:Q", color=colour, tooltip=told),
        base.transform_filter(alt.FieldOneOfPredicate(field="s", oneOf=names[:-2]))
        .mark_line(color=PAPER, **edge)
        .encode(x=x, y=y, detail="s:N"),
        # The edge of those still in service is the curve that people read.
        base.transform_filter(alt.FieldEqualPredicate(field="s", equal=STAYED))
        .mark_line(color=INK, **edge)
        .encode(x=x, y=alt.Y("b:Q")),
    ]


def _spec(shown: Incidences, names: list[str], joined: list[str], colours: dict[str, str], years: int) -> Any:  # noqa: ANN401 - a Vega-Lite specification
    alt = altair()
    heading = ["Share of staff (%)"]
    rows = {g: _rows(shown, g, names, joined, years) for g in shown.groups}
    if len(rows) <= 1:
        own = next(iter(rows.values()), [])
        layers = [*_areas(alt, own, colours, years), *_ends(alt, own, colours)]
        return specification(alt.layer(*layers).properties(width=WIDTH, height=HEIGHT), title=heading)
    width, height = PANEL
    plots = []
    for group, own in rows.items():
        layers = _areas(alt, own, colours, years)
        words = panel_title(alt, group if own else f"{group}: withheld")
        plots.append(alt.layer(*layers).properties(width=width, height=height, title=words))
    under = alt.layer(*_key(alt, colours, 2.0 * width)).properties(width=2 * width, height=3 * LINE)
    return specification(alt.vconcat(alt.concat(*plots, columns=2, spacing=24), under, spacing=10), title=heading)


def _ends(alt: ModuleType, rows: list[dict[str, Any]], colours: dict[str, str]) -> list[Any]:
    """The name and last share of each area, level with its middle there as nearly as the others allow, beside its colour."""
    ends = rows[-len(colours) :]
    if not ends:
        note = alt.Chart(alt.Data(values=[{"w": "withheld"}])).mark_text(color=INK)
        return [note.encode(x=alt.value(WIDTH / 2), y=alt.value(HEIGHT / 2), text="w:N")]
    texts = [wrapped(f"{r['s']}: {r['t']}", NAME_WIDTH + 25) for r in ends]
    middles = [PERCENT.pixel((r["b"] + r["y"]) / 2) for r in ends]
    places = spread(middles, [LINE * len(t) + 3.0 for t in texts], low=0, high=HEIGHT)
    layers = []
    for r, text, place in zip(ends, texts, places, strict=True):
        one = alt.Chart(alt.Data(values=[{"w": "\n".join(text)}]))
        up = -LINE * (len(text) - 1) / 2
        layers += [
            one.mark_point(
                shape="square", filled=True, size=90, color=colours[r["s"]], stroke=RULE, strokeWidth=0.75
            ).encode(x=alt.value(WIDTH + 16), y=alt.value(place)),
            one.mark_text(align="left", baseline="middle", lineBreak="\n", lineHeight=LINE, dy=up).encode(
                x=alt.value(WIDTH + 28), y=alt.value(place), text="w:N"
            ),
        ]
    return layers


def _key(alt: ModuleType, colours: dict[str, str], width: float) -> list[Any]:
    """The names of the areas in rows, each beside its colour."""
    layers: list[Any] = []
    across, down = 4.0, 8.0
    for name, colour in colours.items():
        wide = 12 + text_width(name, 11) + 20
        if across > 4 and across + wide > width:  # noqa: PLR2004 - not the first of its row
            across, down = 4.0, down + LINE + 3
        one = alt.Chart(alt.Data(values=[{"w": name}]))
        layers += [
            one.mark_point(shape="square", filled=True, size=90, color=colour, stroke=RULE, strokeWidth=0.75).encode(
                x=alt.value(across), y=alt.value(down)
            ),
            one.mark_text(align="left", baseline="middle", fontSize=11).encode(
                x=alt.value(across + 12), y=alt.value(down), text="w:N"
            ),
        ]
        across += wide
    return layers
