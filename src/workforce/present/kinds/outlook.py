"""An outlook: the bands in which 80 and 95 in 100 simulated paths lie, a panel for each scenario, and what happened.

Dark is 80, light is 95; the middle path, what happened and things as they are differ in dash and in colour; withheld months are gaps.
A title gives the range of the bands and never calls a scenario better.
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
    dates_across,
    in_panels,
    key_places,
    key_text,
    note_in_plot,
    panel_title,
    short,
    spread,
    target_layers,
    text_lines,
    value_axis,
)
from workforce.present.drawing.text_width import text_width, wrapped
from workforce.present.drawing.theme import HEIGHT, INK, PALETTE, PAPER, SOFT_INK, WIDTH, altair, specification
from workforce.present.kinds.measure_table import notes_of
from workforce.present.shown import Figure, Table, Text, _figure, _html_table, _sentence, checked, one_rule
from workforce.present.text.numbers import capital, gap_in_words, plain, printed, short_name, when, worded
from workforce.present.text.sentences import SPOKEN, axis_words, caption, in_place, was
from workforce.present.view import MOST_PANELS, View, groups_with_room, view
from workforce.results import Forecast
from workforce.sealed import Provenance, Sealed, number_or_none, text_or_none

COLOUR: Final = PALETTE[0]
OTHER: Final = PALETTE[2]  # the scenario "as now", in the panels of other scenarios
LIGHT, DARK = 0.16, 0.30
STEP: Final = "step-before"  # a figure of a month's end is drawn over its month
_DASH: Final = [5, 3]
MEANING: Final = (
    "Line: the median of the simulated paths. Dark band: 80 in 100 paths are inside it; light band: 95 in 100. The paths differ by chance "
    "and because the rates are uncertain."
)
ASSUMED: Final = (
    "Assumed: every leaver's post is filled again at the past pace; demand and closures stay at their present level; nothing changes "
    "except as a scenario says. This is a projection, not a promise."
)
_EDGES: Final = ("lower", "upper", "lower_80", "upper_80")


class Ahead(Sealed):
    """One figure of a released outlook, and what happened where that was released too."""

    __slots__ = ("past", "table")

    table: View
    past: View | None

    @property
    def views(self) -> list[View]:
        """The released tables behind it."""
        return [self.table] if self.past is None else [self.table, self.past]

    @property
    def scenarios(self) -> list[str]:
        """The scenarios, "as now" first."""
        names = self.table.series
        return sorted(names, key=lambda name: (name != AS_NOW.name, name))

    @property
    def called(self) -> str:
        """What the figure is called within a sentence."""
        return short_name(self.table.measure, self.table.book.definition) if self.table.book else self.table.called

    def rows(self, scenario: str) -> list[dict[str, Any]]:
        """The months of a scenario, in order."""
        return self.table.of(scenario).rows()

    def happened(self) -> list[dict[str, Any]]:
        """What happened, in order."""
        return [] if self.past is None else self.past.rows()

    @property
    def happened_to(self) -> date | None:
        """The last day on which it is known what happened."""
        days = [r["period_end"] for r in self.happened() if r["value"] is not None]
        return days[-1] if days else None


def outlook(
    released: Released,
    *,
    definition: str | None = None,
    actual: Released | None = None,
    target: float | None = None,
    title: str | Text | None = None,
    source: str | None = None,
) -> Figure | Text:
    """A released outlook as bands by month: one plot, or a panel for each scenario with "as now" as a dashed line.

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
    all_scenarios = ahead(released, definition=definition, actual=actual)
    if sentence := in_place(all_scenarios.table, title=title, about=f"the outlook of {all_scenarios.called}"):
        return sentence
    fitting, not_drawn = groups_with_room(all_scenarios.table, MOST_PANELS, always=[AS_NOW.name])
    scenarios = Ahead._made(table=fitting, past=all_scenarios.past)
    band_values = [r[c] for n in scenarios.scenarios for r in scenarios.rows(n) for c in ("value", "lower", "upper")]
    scale = axis([*band_values, *[r["value"] for r in scenarios.happened()], target])
    extra = [
        not_drawn,
        MEANING,
        ASSUMED,
        checked_sentence(scenarios).text,
        "The vertical axis does not start at zero." if scale.cut else "",
    ]
    return _figure(
        *all_scenarios.views,
        title=title,
        chosen=ahead_title(all_scenarios),
        spec=_spec(scenarios, scale, target),
        alt_text=f"{ahead_alt(scenarios)} {not_drawn}".strip(),
        caption=caption(all_scenarios.table, source=source, extra=extra),
        numbers=ahead_table(all_scenarios),
        target=target,
        source=source,
    )


def _paths(shown: Ahead, name: str) -> list[dict[str, Any]]:
    """The months of one scenario; the last known figure before them is where they begin."""
    rows = shown.rows(name)
    points = [
        {
            "x": f"{r['period_end']:%Y-%m-%d}",
            "m": short(r["value"]),
            **{key: short(r[c]) if r["value"] is not None else None for key, c in zip("abcd", _EDGES, strict=True)},
            "t": printed(r, shown.table.unit),
            "e": between(r, shown.table.unit, 80),
            "n": between(r, shown.table.unit, 95),
        }
        for r in rows
    ]
    before = [r for r in shown.happened() if rows and r["period_end"] < rows[0]["period_end"]]
    if before and before[-1]["value"] is not None:
        last = before[-1]
        value, text = short(last["value"]), printed(last, shown.table.unit)
        points.insert(
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
    return points


def _past(shown: Ahead) -> list[dict[str, Any]]:
    unit = shown.table.unit
    return [
        {"x": f"{r['period_end']:%Y-%m-%d}", "y": short(r["value"]), "t": printed(r, unit)} for r in shown.happened()
    ]


def _layers(
    alt: ModuleType, shown: Ahead, name: str, scale: Axis, *, wide: bool, as_now: list[dict[str, Any]]
) -> list[Any]:
    """The bands and lines of one scenario. as_now: the months of the scenario "as now", drawn as a dashed line."""
    periods = [period for source in shown.views for period in source.periods]
    x = dates_across(alt, periods, title="End of month" if wide else None, labels=1 if wide else 2)
    y = value_axis(alt, shown.table.unit, scale)
    fan = alt.Chart(alt.Data(values=_paths(shown, name)))
    tips = [
        alt.Tooltip("x:T", title="Month end", format="%-d %b %Y", formatType="utc"),
        alt.Tooltip("t:N", title="Median path"),
        alt.Tooltip("e:N", title="80 in 100 paths"),
        alt.Tooltip("n:N", title="95 in 100 paths"),
    ]
    layers = [
        fan.mark_area(opacity=LIGHT, color=COLOUR, interpolate=STEP).encode(x=x, y=alt.Y("a:Q", **y), y2="b:Q"),
        fan.mark_area(opacity=DARK, color=COLOUR, interpolate=STEP).encode(x=x, y=alt.Y("c:Q", **y), y2="d:Q"),
    ]
    if as_now:
        usual = alt.Chart(alt.Data(values=[{"x": r["x"], "m": r["m"]} for r in as_now]))
        layers.append(
            usual.mark_line(color=OTHER, strokeWidth=1.75, strokeDash=_DASH, interpolate=STEP).encode(
                x=x, y=alt.Y("m:Q", **y)
            )
        )
    layers += [
        # A white line under the line makes it visible on a band of the same colour.
        fan.mark_line(color=PAPER, strokeWidth=4, interpolate=STEP).encode(x=x, y=alt.Y("m:Q", **y)),
        fan.mark_line(color=COLOUR, strokeWidth=2.25, interpolate=STEP).encode(x=x, y=alt.Y("m:Q", **y)),
        fan.transform_filter("isValid(datum.m)")
        .mark_point(filled=True, size=42, color=COLOUR, opacity=0)
        .encode(x=x, y=alt.Y("m:Q", **y), tooltip=tips),
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


def _spec(shown: Ahead, scale: Axis, target: float | None) -> Any:  # noqa: ANN401 - a Vega-Lite specification
    alt = altair()
    heading = axis_words(shown.table)
    names = shown.scenarios
    aim = target_layers(alt, target, shown.table.unit, across=True)
    if len(names) == 1:
        layers = [
            *_layers(alt, shown, names[0], scale, wide=True, as_now=[]),
            *aim,
            *_ends(alt, shown, names[0], scale),
        ]
        return specification(alt.layer(*layers).properties(width=WIDTH, height=HEIGHT), title=heading)
    width, height = PANEL
    plots = []
    for name in names:
        as_now = _paths(shown, AS_NOW.name) if AS_NOW.name in names and name != AS_NOW.name else []
        layers = [*_layers(alt, shown, name, scale, wide=False, as_now=as_now), *aim]
        heading_of = panel_title(alt, _panel_name(shown, name))
        plots.append(alt.layer(*layers).properties(width=width, height=height, title=heading_of))
    return specification(in_panels(alt, plots, _key(alt, shown), key_height=2 * LINE + 6), title=heading)


def _panel_name(shown: Ahead, name: str) -> str:
    end = shown.rows(name)[-1]
    if end["value"] is None:
        return f"{capital(name)}: {gap_in_words(end)}"
    return f"{capital(name)}: {plain(end['value'], shown.table.unit)} ({between(end, shown.table.unit, 80)})"


def _ends(alt: ModuleType, shown: Ahead, name: str, scale: Axis) -> list[Any]:
    """What each band and line is, with where it ends, to the right of the plot."""
    end = shown.rows(name)[-1] if shown.rows(name) else None
    if end is None or end["value"] is None:
        words = gap_in_words(end) if end else "no figures"
        return [note_in_plot(alt, words)]
    unit = shown.table.unit
    labels = [
        (f"95 in 100 paths: {between(end, unit, 95)}", end["upper"], SOFT_INK),
        (f"80 in 100 paths: {between(end, unit, 80)}", end["upper_80"], INK),
        (f"Median path: {plain(end['value'], unit)}", end["value"], COLOUR),
    ]
    past_rows = [r for r in shown.happened() if r["value"] is not None]
    if past_rows and past_rows[-1]["period_end"] == end["period_end"]:
        labels.append((f"What happened: {plain(past_rows[-1]['value'], unit)}", past_rows[-1]["value"], INK))
    texts = [wrapped(words, NAME_WIDTH, bold=True) for words, _, _ in labels]
    places = spread([scale.pixel(at) for _, at, _ in labels], [LINE * len(t) + 3.0 for t in texts], low=0, high=HEIGHT)
    layers = []
    for (_, _, colour), text, place in zip(labels, texts, places, strict=True):
        base = alt.Chart(alt.Data(values=[{"w": "\n".join(text)}]))
        label = text_lines(base, "\n".join(text), align="left", color=colour, fontWeight="bold")
        layers.append(label.encode(x=alt.value(WIDTH + 12), y=alt.value(place), text="w:N"))
    return layers


def _key(alt: ModuleType, shown: Ahead) -> list[Any]:
    """What the lines and bands of the panels are."""
    items: list[tuple[str, str, float, list[int]]] = [
        ("Median path", COLOUR, 1.0, []),
        ("80 in 100 paths", COLOUR, DARK + LIGHT, []),
        ("95 in 100 paths", COLOUR, LIGHT, []),
    ]
    if AS_NOW.name in shown.scenarios:
        items.append(("Median path as now", OTHER, 1.0, _DASH))
    if shown.past is not None:
        items.append(("What happened", INK, 1.0, []))
    layers: list[Any] = []
    places = key_places([28 + text_width(words, 11) + 18 for words, *_ in items], 2 * PANEL[0], left=0.0)
    for (words, colour, opacity, dash), (across, down) in zip(items, places, strict=True):
        base = alt.Chart(alt.Data(values=[{"w": words}]))
        thick = 10 if opacity < 1 else 2.25
        layers += [
            base.mark_rule(color=colour, opacity=opacity, strokeWidth=thick, strokeDash=dash or [1, 0]).encode(
                x=alt.value(across), x2=alt.value(across + 22), y=alt.value(down)
            ),
            key_text(alt, base, across + 28, down),
        ]
    return layers


def ahead(released: object, *, definition: str | None = None, actual: object | None = None) -> Ahead:
    """Look at one figure of a released outlook. actual: what `wf.forecast.outlook_past` made, released."""
    table = view(released, by="scenario", definition=definition)
    if not table.frame.is_empty() and not issubclass(table.kind, Forecast):
        raise UsageError("this is not an outlook", hint="use wf.forecast.outlook, and release it")
    past = None if actual is None else view(actual, by="scenario", definition=definition)
    if past is not None and past.series and (past.unit != table.unit or past.series != [worded(HAPPENED, "scenario")]):
        raise UsageError(
            "what happened is not of the same kind as the outlook", where="actual=", hint="use wf.forecast.outlook_past"
        )
    return Ahead._made(table=table, past=past)


def between(row: dict[str, Any], unit: str, level: int, join: str = "to") -> str:
    """The range of 80 or 95 in 100 paths; empty where the figure is not shown.

    >>> between({"value": 20.1, "lower": 17.0, "lower_80": 18.04, "upper_80": 22.0, "upper": 23.0}, "cases per FTE", 80)
    '18.0 to 22.0'
    """
    low, high = levels(row)[level] if row["value"] is not None else (None, None)
    return "" if low is None or high is None else f"{plain(low, unit)} {join} {plain(high, unit)}"


def levels(row: dict[str, Any]) -> dict[int, tuple[Any, Any]]:
    """The two ends of each band."""
    return {80: (row["lower_80"], row["upper_80"]), 95: (row["lower"], row["upper"])}


def ahead_title(shown: Ahead) -> Text:
    """The title of an outlook: what happened against its bands where that is known; else where "as now" ends, and the other scenarios."""
    checked(shown, Ahead)
    if sentence := in_place(shown.table, about=f"the outlook of {shown.called}"):
        return _sentence(sentence.text.rstrip("."), *shown.views)
    figure_name, unit = capital(shown.called), shown.table.unit
    ends = {name: shown.rows(name)[-1] for name in shown.scenarios}
    name, last = next(iter(ends.items()))
    at = when(Period(last["period_end"].replace(day=1), last["period_end"]))
    if last["value"] is None:
        return _sentence(f"{figure_name} in {at}: {gap_in_words(last)}", *shown.views)
    if shown.happened_to is not None and shown.happened_to >= last["period_end"]:
        return _sentence(f"{figure_name} {_against(shown, name)}", *shown.views)
    median = printed(last, unit)
    paths = f"{between(last, unit, 80)} in 80 of 100 simulated paths {_scenario(name)} (median {median})"
    first = f"{figure_name} in {at}: {paths}"
    other_ends = [(r["value"], n) for n, r in ends.items() if n != name and r["value"] is not None]
    if not other_ends:
        return _sentence(first, *shown.views)
    lowest, highest = min(other_ends), max(other_ends)
    lowest_value, highest_value = plain(lowest[0], unit), plain(highest[0], unit)
    if lowest_value == highest_value:
        return _sentence(
            f"{first}; {'the other scenario has' if len(other_ends) == 1 else 'all other scenarios have'} a median of {lowest_value}",
            *shown.views,
        )
    return _sentence(
        f"{first}; the other scenarios have medians from {lowest_value} ({_quoted(lowest[1])}) to {highest_value} ({_quoted(highest[1])})",
        *shown.views,
    )


def _scenario(name: str) -> str:
    return "if things stay as they are" if name == AS_NOW.name else f"under {_quoted(name)}"


def _quoted(name: str) -> str:
    return f"\N{LEFT DOUBLE QUOTATION MARK}{name}\N{RIGHT DOUBLE QUOTATION MARK}"


def _against(shown: Ahead, name: str) -> str:
    """Where the last figure that happened lies in the bands of its month."""
    rows = {r["period_end"]: r for r in shown.rows(name)}
    past_rows = [r for r in shown.happened() if r["value"] is not None and r["period_end"] in rows]
    actual = past_rows[-1]
    band, unit = rows[actual["period_end"]], shown.table.unit
    inside = [level for level, (low, high) in levels(band).items() if low <= actual["value"] <= high]
    level = inside[0] if inside else 95
    where = f"inside the {level}% band" if inside else "outside the 95% band"
    at = when(Period(actual["period_end"].replace(day=1), actual["period_end"]))
    return (
        f"{was(shown.called)} {plain(actual['value'], unit)} in {at}, {where} of the outlook made earlier "
        f"({between(band, unit, level)})"
    )


def checked_sentence(shown: Ahead) -> Text:
    """In how many of the months since an outlook was made the figure was inside each band; empty where no such month has a figure.

    The months depend on one another, so the sentence gives the counts and does not judge the bands.
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
    inside = [
        sum(low <= value <= high for value, row in pairs for low, high in [levels(row)[level]]) for level in (80, 95)
    ]
    months = f"{len(pairs)} month{'' if len(pairs) == 1 else 's'}"
    inside_80, inside_95 = inside
    was_inside = (
        f"{inside_80} {'was' if inside_80 == 1 else 'were'} inside the 80% band and {inside_95} inside the 95% band"
    )
    return _sentence(f"Of the {months} since, {was_inside}.", *shown.views)


def ahead_alt(shown: Ahead) -> str:
    """The alternative text of an outlook."""
    unit = shown.table.unit
    if not shown.scenarios:
        return f"Chart of the outlook of {shown.called}, without figures."
    panels = f", a panel for each of {len(shown.scenarios)} scenarios" if len(shown.scenarios) > 1 else ""
    sentences = [f"Band chart of the outlook of {shown.called}{panels}."]
    past_rows = [r for r in shown.happened() if r["value"] is not None]
    if past_rows:
        first, last = past_rows[0], past_rows[-1]
        sentences.append(
            f"What happened: {plain(first['value'], unit)} on {Period(first['period_end'], first['period_end'])}, "
            f"{plain(last['value'], unit)} on {Period(last['period_end'], last['period_end'])}."
        )
    for name in shown.scenarios[:SPOKEN]:
        end = shown.rows(name)[-1]
        if end["value"] is None:
            sentences.append(f"{capital(name)}: {gap_in_words(end)}.")
            continue
        at = when(Period(end["period_end"].replace(day=1), end["period_end"]))
        sentences.append(
            f"{capital(name)}: the median path ends at {plain(end['value'], unit)} in {at}, 80 in 100 paths between "
            f"{between(end, unit, 80, 'and')}, 95 in 100 between "
            f"{between(end, unit, 95, 'and')}."
        )
    return " ".join([*sentences, checked_sentence(shown).text]).strip()


def ahead_table(shown: Ahead) -> Table:
    """The months of each scenario: the median path, the ranges of 80 and 95 in 100 paths, and what happened."""
    checked(shown, Ahead)
    unit = shown.table.unit
    happened = {r["period_end"]: r for r in shown.happened()}
    cells: dict[str, list[str]] = {
        "Scenario": [],
        "Month": [],
        "Median path": [],
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
                printed(r, unit),
                between(r, unit, 80),
                between(r, unit, 95),
                "" if actual is None else printed(actual, unit),
            )
            for column, text in zip(cells, line, strict=True):
                cells[column].append(text)
    if not any(cells["What happened"]):
        del cells["What happened"]
    title = f"Outlook of {shown.called}" + (f" ({unit})" if unit and unit not in shown.called else "")
    numbers = [c for c in cells if c not in ("Scenario", "Month")]
    frame = (
        shown.table.frame if shown.past is None else pl.concat([shown.table.frame, shown.past.frame], how="diagonal")
    )
    return _html_table(
        cells,
        numbers=numbers,
        row_headers=2,
        title=title,
        notes=notes_of(frame, shown.table.note, shown.table.reasons, rule=shown.table.rule),
        rule=one_rule(*shown.views),
        provenance=Provenance.of_all(source._provenance for source in shown.views),
    )


def looked_back_sentence(released: Released, *, actual: Released, definition: str | None = None) -> Text:
    """Compare an outlook made in the past with what happened: on the last day with a figure, and month by month with each band.

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
    checked_outlook = ahead(released, definition=definition, actual=actual)
    return _sentence(
        f"{ahead_title(checked_outlook).text}. {checked_sentence(checked_outlook).text}".strip(), *checked_outlook.views
    )
