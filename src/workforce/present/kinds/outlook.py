"""An outlook: the bands in which 80 and 95 in 100 simulated paths lie, a panel for each scenario, and what happened.

Dark is 80, light is 95; the middle path, what happened and things as they are differ in dash and in colour; withheld months are gaps.
A title says where the bands lie and never that one is better.
"""

from datetime import date
from types import ModuleType
from typing import Any, Final

import polars as pl

from workforce.disclosure import Released
from workforce.errors import UsageError
from workforce.forecast.outlook import HAPPENED
from workforce.forecast.simulate import AS_NOW
from workforce.periods import Period
from workforce.present.drawing.axes import (
    LINE,
    NAME_WIDTH,
    PANEL,
    Axis,
    axis,
    date_ticks,
    panel_title,
    short,
    spread,
    target_layers,
    utc,
    value_axis,
)
from workforce.present.drawing.figure import Figure, _figure
from workforce.present.drawing.html_table import Table, _html_table
from workforce.present.drawing.text_width import text_width, wrapped
from workforce.present.drawing.theme import HEIGHT, INK, PALETTE, PAPER, SOFT_INK, WIDTH, altair, specification
from workforce.present.groups import MOST_PANELS, groups_with_room
from workforce.present.kinds.measure_table import notes_of
from workforce.present.text.captions import axis_words, caption
from workforce.present.text.numbers import capital, plain, short_name
from workforce.present.text.sentences import in_place
from workforce.present.text.text import Text, _sentence, checked, one_rule
from workforce.present.view import View, gap_in_words, view, when, worded
from workforce.results import Forecast
from workforce.sealed import Provenance, Sealed, number_or_none, text_or_none

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
_EDGES: Final = ("lower", "upper", "lower_80", "upper_80")
_SPOKEN: Final = 12


class Ahead(Sealed):
    """One figure of a released outlook, and what happened where that was released too."""

    __slots__ = ("past", "seen")

    seen: View
    past: View | None

    @property
    def views(self) -> list[View]:
        """The released tables behind it."""
        return [self.seen] if self.past is None else [self.seen, self.past]

    @property
    def scenarios(self) -> list[str]:
        """The scenarios, things as they are first."""
        names = self.seen.series
        return sorted(names, key=lambda name: (name != AS_NOW.name, name))

    @property
    def called(self) -> str:
        """What the figure is called within a sentence."""
        return short_name(self.seen.measure, self.seen.book.definition) if self.seen.book else self.seen.called

    def rows(self, scenario: str) -> list[dict[str, Any]]:
        """The months of a scenario, in order."""
        return self.seen.of(scenario).rows()

    def happened(self) -> list[dict[str, Any]]:
        """What happened, in order."""
        return [] if self.past is None else self.past.rows()

    @property
    def known_to(self) -> date | None:
        """The last day on which it is known what happened."""
        known = [r["period_end"] for r in self.happened() if r["value"] is not None]
        return known[-1] if known else None


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


def ahead(released: object, *, definition: str | None = None, actual: object | None = None) -> Ahead:
    """Look at one figure of a released outlook. actual: what `wf.forecast.outlook_past` made, released."""
    seen = view(released, by="scenario", definition=definition)
    if not seen.frame.is_empty() and not issubclass(seen.kind, Forecast):
        raise UsageError("this is not an outlook", hint="use wf.forecast.outlook, and release it")
    past = None if actual is None else view(actual, by="scenario", definition=definition)
    if past is not None and past.series and (past.unit != seen.unit or past.series != [worded(HAPPENED, "scenario")]):
        raise UsageError(
            "what happened is not of the same kind as the outlook", where="actual=", hint="use wf.forecast.outlook_past"
        )
    return Ahead._made(seen=seen, past=past)


def between(row: dict[str, Any], unit: str, level: int, join: str = "to") -> str:
    """Where 80 or 95 in 100 paths lie; empty where the figure is not shown.

    >>> between({"value": 20.1, "lower": 17.0, "lower_80": 18.04, "upper_80": 22.0, "upper": 23.0}, "cases per FTE", 80)
    '18.0 to 22.0'
    """
    low, high = levels(row)[level] if row["value"] is not None else (None, None)
    return "" if low is None or high is None else f"{plain(low, unit)} {join} {plain(high, unit)}"


def levels(row: dict[str, Any]) -> dict[int, tuple[Any, Any]]:
    """The two ends of each band."""
    return {80: (row["lower_80"], row["upper_80"]), 95: (row["lower"], row["upper"])}


def ahead_title(shown: Ahead) -> Text:
    """The title of an outlook: what happened against its bands where that is known; else where things as they are end, and the others."""
    checked(shown, Ahead)
    if sentence := in_place(shown.seen, about=f"the outlook of {shown.called}"):
        return _sentence(sentence.text.rstrip("."), *shown.views)
    called, unit = capital(shown.called), shown.seen.unit
    ends = {name: shown.rows(name)[-1] for name in shown.scenarios}
    name, last = next(iter(ends.items()))
    at = when(Period(last["period_end"].replace(day=1), last["period_end"]))
    if last["value"] is None:
        return _sentence(f"{called} in {at}: {gap_in_words(last)}", *shown.views)
    if shown.known_to is not None and shown.known_to >= last["period_end"]:
        return _sentence(f"{called} {_against(shown, name)}", *shown.views)
    first = f"{called} in {at}: {between(last, unit, 80)} in 80 of 100 paths {_as(name)} (middle {plain(last['value'], unit)})"
    others = [(r["value"], n) for n, r in ends.items() if n != name and r["value"] is not None]
    if not others:
        return _sentence(first, *shown.views)
    lowest, highest = min(others), max(others)
    least, most = plain(lowest[0], unit), plain(highest[0], unit)
    if least == most:
        return _sentence(
            f"{first}; middle {least} under {'the other scenario' if len(others) == 1 else 'every other scenario'}",
            *shown.views,
        )
    return _sentence(
        f"{first}; the other scenarios' middles run from {least} ({_quoted(lowest[1])}) to {most} ({_quoted(highest[1])})",
        *shown.views,
    )


def _as(name: str) -> str:
    return "with things as they are" if name == AS_NOW.name else f"under {_quoted(name)}"


def _quoted(name: str) -> str:
    return f"\N{LEFT DOUBLE QUOTATION MARK}{name}\N{RIGHT DOUBLE QUOTATION MARK}"


def _against(shown: Ahead, name: str) -> str:
    """Where the last figure that happened lies in the bands of its month."""
    rows = {r["period_end"]: r for r in shown.rows(name)}
    found = [r for r in shown.happened() if r["value"] is not None and r["period_end"] in rows]
    actual = found[-1]
    band, unit = rows[actual["period_end"]], shown.seen.unit
    inside = [level for level, (low, high) in levels(band).items() if low <= actual["value"] <= high]
    level = inside[0] if inside else 95
    where = f"inside the {level}% band" if inside else "outside the 95% band"
    at = when(Period(actual["period_end"].replace(day=1), actual["period_end"]))
    return (
        f"stood at {plain(actual['value'], unit)} in {at}, {where} of the outlook made before it "
        f"({between(band, unit, level)})"
    )


def checked_sentence(shown: Ahead) -> Text:
    """In how many of the months since an outlook was made each band held what happened; empty where nothing is known of them.

    The months are not independent of one another: what is said is what was seen, not how good the bands are.
    """
    checked(shown, Ahead)
    rows = {r["period_end"]: r for r in shown.rows(shown.scenarios[0])} if shown.scenarios else {}
    pairs = [
        (r["value"], rows[r["period_end"]])
        for r in shown.happened()
        if r["value"] is not None and r["period_end"] in rows and rows[r["period_end"]]["value"] is not None
    ]
    if not pairs:
        return _sentence("", *shown.views)
    held = [
        sum(low <= value <= high for value, row in pairs for low, high in [levels(row)[level]]) for level in (80, 95)
    ]
    months = f"{len(pairs)} month{'' if len(pairs) == 1 else 's'}"
    return _sentence(f"Of the {months} since, the 80% band held {held[0]} and the 95% band {held[1]}.", *shown.views)


def ahead_alt(shown: Ahead) -> str:
    """What the chart shows, in words."""
    unit = shown.seen.unit
    if not shown.scenarios:
        return f"Chart of the outlook of {shown.called}, without figures."
    panels = f", a panel for each of {len(shown.scenarios)} scenarios" if len(shown.scenarios) > 1 else ""
    said = [f"Band chart of the outlook of {shown.called}{panels}."]
    known = [r for r in shown.happened() if r["value"] is not None]
    if known:
        first, last = known[0], known[-1]
        said.append(
            f"What happened: {plain(first['value'], unit)} on {Period(first['period_end'], first['period_end'])}, "
            f"{plain(last['value'], unit)} on {Period(last['period_end'], last['period_end'])}."
        )
    for name in shown.scenarios[:_SPOKEN]:
        end = shown.rows(name)[-1]
        if end["value"] is None:
            said.append(f"{capital(name)}: {gap_in_words(end)}.")
            continue
        at = when(Period(end["period_end"].replace(day=1), end["period_end"]))
        said.append(
            f"{capital(name)}: the middle path ends at {plain(end['value'], unit)} in {at}, 80 in 100 paths between "
            f"{between(end, unit, 80, 'and')}, 95 in 100 between "
            f"{between(end, unit, 95, 'and')}."
        )
    return " ".join([*said, checked_sentence(shown).text]).strip()


def ahead_table(shown: Ahead) -> Table:
    """The months of each scenario: the middle path, and where 80 and 95 in 100 paths lie; what happened beside them."""
    checked(shown, Ahead)
    unit = shown.seen.unit
    happened = {r["period_end"]: r for r in shown.happened()}
    cells: dict[str, list[str]] = {
        "Scenario": [],
        "Month": [],
        "Middle path": [],
        "80 in 100 paths": [],
        "95 in 100 paths": [],
        "What happened": [],
    }
    for name in shown.scenarios:
        for r in shown.rows(name):
            actual = happened.get(r["period_end"])
            line = (
                capital(name),
                when(Period(r["period_end"].replace(day=1), r["period_end"])),
                plain(r["value"], unit, r["marker"]),
                between(r, unit, 80),
                between(r, unit, 95),
                "" if actual is None else plain(actual["value"], unit, actual["marker"]),
            )
            for column, text in zip(cells, line, strict=True):
                cells[column].append(text)
    if not any(cells["What happened"]):
        del cells["What happened"]
    title = f"Outlook of {shown.called}" + (f" ({unit})" if unit and unit not in shown.called else "")
    numbers = [c for c in cells if c not in ("Scenario", "Month")]
    frame = shown.seen.frame if shown.past is None else pl.concat([shown.seen.frame, shown.past.frame], how="diagonal")
    return _html_table(
        cells,
        numbers=numbers,
        row_headers=2,
        title=title,
        notes=notes_of(frame, shown.seen.note, shown.seen.reasons),
        rule=one_rule(*shown.views),
        provenance=Provenance.of_all(one._provenance for one in shown.views),
    )


def looked_back_sentence(released: Released, *, actual: Released, definition: str | None = None) -> Text:
    """What an outlook of a past day said of the last day known, what happened, and in how many months each band held it.

    Parameters
    ----------
    released : Released
        What `wf.forecast.outlook_checked` returned, released.
    actual : Released
        What `wf.forecast.outlook_past` returned, released.
    definition : str, optional
        Needed only where the table has several.

    Returns
    -------
    Text
        The sentence, or sentences.

    Raises
    ------
    DisclosureError
        Where the table was not released.
    UsageError
        Where other functions made the tables.
    """
    shown = ahead(released, definition=definition, actual=actual)
    return _sentence(f"{ahead_title(shown).text}. {checked_sentence(shown).text}".strip(), *shown.views)
