"""What became of staff by years of service: the share that left for each cause, stacked, and those still in service.

Shares are read as steps, and never beyond their last time; what is not among the causes is still in service, so that all add up to one.
Of a cause in blocks the figure before its first step is withheld in words and tables, because up to five may have left.
White lines separate the areas, so that colour is not needed to tell them apart. Of more than five known causes the smallest are joined.
"""

from types import ModuleType
from typing import Any, Final

import polars as pl

from workforce.book.constants import DAYS_IN_A_YEAR
from workforce.disclosure import RULES, Released
from workforce.disclosure.curves import FEW_EACH, steps_in_blocks
from workforce.disclosure.rules import WITHHELD
from workforce.errors import UsageError, did_you_mean
from workforce.present.drawing.axes import (
    LINE,
    NAME_WIDTH,
    PANEL,
    in_panels,
    key_layers,
    note_in_plot,
    panel_title,
    short,
    spread,
    text_lines,
)
from workforce.present.drawing.text_width import wrapped
from workforce.present.drawing.theme import HEIGHT, INK, PALETTE, PAPER, QUIET, RULE, WIDTH, altair, specification
from workforce.present.kinds.retention import LATEST_YEAR, PERCENT, days_at, percent_axis
from workforce.present.shown import Figure, Table, Text, _figure, _html_table, _sentence, checked, titled
from workforce.present.text.numbers import UNRECORDED, capital, label, limits, listed, plain, plural, uncapital, worded
from workforce.present.text.sentences import SPOKEN, caption, explained, in_place, marker_meaning, title_in_place
from workforce.present.view import EVERYONE, MOST_PANELS, View, groups_with_room, released_frame
from workforce.results import Incidence
from workforce.sealed import Sealed, number_given, text_or_none

STAYED: Final = "Still in service"
UNKNOWN: Final = "Unknown"
OTHERS_FEW: Final = capital(FEW_EACH)
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
_SQUARE: Final = {"shape": "square", "size": 90, "stroke": RULE, "strokeWidth": 0.75}
_TICKS: Final = 50  # steps drawn in a year: more than a line on a page can show
_NAMED: Final = 2  # a title names at most this many causes


class Incidences(Sealed):
    """One released table of incidences. table: its rows with `series` and, in `cause`, the causes as they are written."""

    __slots__ = ("table",)

    table: View

    @property
    def groups(self) -> list[str]:
        """The groups, in order of their names."""
        return self.table.series

    def causes(self) -> list[str]:
        """The causes, the most frequent first; then those of few people, and last what is unknown."""
        last = (
            self.table.frame.drop_nulls("cause")
            .sort("time")
            .group_by("cause", "series")
            .agg(pl.col("value").last())
            .group_by("cause")
            .agg(pl.col("value").sum())
            .sort(pl.col("cause") == UNKNOWN, pl.col("cause") == OTHERS_FEW, -pl.col("value"), "cause")
        )
        return last["cause"].to_list()

    def rows(self, group: str) -> list[dict[str, Any]]:
        """The rows of a group that have a figure, by time."""
        frame = self.table.frame.filter(pl.col("series") == group, pl.col("value").is_not_null())
        return frame.sort("time", "cause").to_dicts()

    def ends(self, group: str) -> float:
        """The last time of a group; 0 where it is withheld."""
        return max((r["time"] for r in self.rows(group)), default=0)

    def at(self, group: str, year: int) -> dict[str, dict[str, Any]] | None:
        """The row of each cause that applies after a number of years; null beyond the end."""
        if self.ends(group) < days_at(year):
            return None
        past = [r for r in self.rows(group) if r["time"] <= days_at(year)]
        return {r["cause"]: r for r in past}

    def before_a_step(self, row: dict[str, Any]) -> bool:
        """Whether a row is of a cause in blocks of which no block is full."""
        return steps_in_blocks(self.table.rule) and row["value"] == 0

    def year(self) -> int | None:
        """The last whole year, up to five, that every group reaches; groups that are withheld do not count."""
        reached = [g for g in self.groups if self.ends(g)]
        return next(
            (y for y in range(LATEST_YEAR, 0, -1) if reached and all(self.at(g, y) is not None for g in reached)), None
        )


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
    if sentence := in_place(every_group.table, title=title):
        return sentence
    table, not_drawn = groups_with_room(every_group.table, MOST_PANELS)
    group_panels = Incidences._made(table=table)
    longest = max((group_panels.ends(g) for g in group_panels.groups), default=0)
    years = max(1, -(-int(longest) // int(DAYS_IN_A_YEAR + 1)))
    years = min(years, until) if until else years
    causes = group_panels.causes()
    known_causes = [c for c in causes if c not in (UNKNOWN, OTHERS_FEW)]
    small_causes = known_causes[_OWN_AREA:] if len(known_causes) > _OWN_AREA + (OTHERS_FEW not in causes) else []
    small_causes += [OTHERS_FEW] if small_causes and OTHERS_FEW in causes else []
    # The unknown causes have an area of their own: it shows how complete the others are.
    areas = [c for c in causes if c not in small_causes and c != UNKNOWN] + ([OTHERS] if small_causes else [])
    names = [*areas, *([UNKNOWN] if UNKNOWN in causes else [])]
    colours = {
        **dict(zip(areas, PALETTE, strict=False)),
        **dict.fromkeys(names[len(areas) :], QUIET),
        STAYED: STAYED_COLOUR,
    }
    sentences = [
        not_drawn,
        _BLOCKS if group_panels.table.rule in RULES else "",
        f"{OTHERS}: {listed([uncapital(c) if c == OTHERS_FEW else c for c in small_causes])}." if small_causes else "",
    ]
    return _figure(
        every_group.table,
        title=title,
        chosen=incidence_title(every_group),
        spec=_spec(group_panels, names, small_causes, colours, years),
        alt_text=f"{incidence_alt(group_panels)} {not_drawn}".strip(),
        caption=caption(every_group.table, source=source, extra=sentences),
        numbers=incidence_table(released, by=by),
        until=until,
        source=source,
    )


def _rows(shown: Incidences, group: str, names: list[str], small_causes: list[str], years: int) -> list[dict[str, Any]]:
    """The corners of each area: a row where it steps, in order from the bottom, `b` where it begins and `y` where it ends."""
    times: dict[float, dict[str, float]] = {0.0: {}}
    for r in shown.rows(group):
        if r["time"] <= years * DAYS_IN_A_YEAR:
            name = r["cause"] if r["cause"] not in small_causes else OTHERS
            at_time = times.setdefault(r["time"], {})
            at_time[name] = at_time.get(name, 0.0) + r["value"]
    if len(times) == 1:
        return []
    corners: list[dict[str, Any]] = []
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
            corners.append(
                {"s": name, "x": short(across), "b": short(bottom), "y": short(top), "t": plain(top - bottom, "%")}
            )
            bottom = top
    # A curve that goes on is drawn to the edge.
    if last < years < shown.ends(group) / DAYS_IN_A_YEAR:
        corners += [{**r, "x": years} for r in corners[-len(names) - 1 :]]
    return corners


def _areas(alt: ModuleType, rows: list[dict[str, Any]], colours: dict[str, str], years: int) -> list[Any]:
    label_step = next(n for n in (1, 2, 5, 10, 20) if years / n <= _YEARS or n == 20)  # noqa: PLR2004 - the last step there is
    x = alt.X(
        "x:Q",
        scale=alt.Scale(domain=[0, years], nice=False),
        axis=alt.Axis(values=list(range(0, years + 1, label_step)), title="Years of service", format="d"),
    )
    y = alt.Y("y:Q", **percent_axis(alt))
    names = list(colours)
    colour = alt.Color("s:N", scale=alt.Scale(domain=names, range=[colours[n] for n in names]), legend=None)
    base = alt.Chart(alt.Data(values=rows))
    tips = [
        alt.Tooltip("s:N", title="Cause"),
        alt.Tooltip("t:N", title="Share"),
        alt.Tooltip("x:Q", title="After years", format=".1f"),
    ]
    edge = {"interpolate": "step-after", "strokeWidth": 1.25}
    return [
        base.mark_area(interpolate="step-after", opacity=1).encode(x=x, y=y, y2="b:Q", color=colour, tooltip=tips),
        base.transform_filter(alt.FieldOneOfPredicate(field="s", oneOf=names[:-2]))
        .mark_line(color=PAPER, **edge)
        .encode(x=x, y=y, detail="s:N"),
        # The edge of those still in service is the curve that readers follow.
        base.transform_filter(alt.FieldEqualPredicate(field="s", equal=STAYED))
        .mark_line(color=INK, **edge)
        .encode(x=x, y=alt.Y("b:Q")),
    ]


def _spec(shown: Incidences, names: list[str], small_causes: list[str], colours: dict[str, str], years: int) -> Any:  # noqa: ANN401 - a Vega-Lite specification
    alt = altair()
    heading = ["Share of staff (%)"]
    rows = {g: _rows(shown, g, names, small_causes, years) for g in shown.groups}
    if len(rows) <= 1:
        group_rows = next(iter(rows.values()), [])
        layers = [*_areas(alt, group_rows, colours, years), *_ends(alt, group_rows, colours)]
        return specification(alt.layer(*layers).properties(width=WIDTH, height=HEIGHT), title=heading)
    width, height = PANEL
    plots = []
    for group, group_rows in rows.items():
        layers = _areas(alt, group_rows, colours, years)
        words = panel_title(alt, group if group_rows else f"{group}: withheld")
        plots.append(alt.layer(*layers).properties(width=width, height=height, title=words))
    all_panels = in_panels(alt, plots, _key(alt, colours, 2.0 * width), key_height=3 * LINE)
    return specification(all_panels, title=heading)


def _ends(alt: ModuleType, rows: list[dict[str, Any]], colours: dict[str, str]) -> list[Any]:
    """The name and last share of each area, as near its middle as the others allow, next to its colour."""
    ends = rows[-len(colours) :]
    if not ends:
        return [note_in_plot(alt, "withheld")]
    texts = [wrapped(f"{r['s']}: {r['t']}", NAME_WIDTH + 25) for r in ends]
    middles = [PERCENT.pixel((r["b"] + r["y"]) / 2) for r in ends]
    places = spread(middles, [LINE * len(t) + 3.0 for t in texts], low=0, high=HEIGHT)
    layers = []
    for r, text, place in zip(ends, texts, places, strict=True):
        base = alt.Chart(alt.Data(values=[{"w": "\n".join(text)}]))
        layers += [
            base.mark_point(filled=True, color=colours[r["s"]], **_SQUARE).encode(
                x=alt.value(WIDTH + 16), y=alt.value(place)
            ),
            text_lines(base, "\n".join(text), align="left").encode(
                x=alt.value(WIDTH + 28), y=alt.value(place), text="w:N"
            ),
        ]
    return layers


def _key(alt: ModuleType, colours: dict[str, str], width: float) -> list[Any]:
    """The names of the areas in rows, each next to its colour."""
    return key_layers(alt, {name: {**_SQUARE, "color": colour} for name, colour in colours.items()}, width)


def incidences(released: object, *, by: str | None = None) -> Incidences:
    """Look at one released table of incidences."""
    released_table = released_frame(released)
    by, frame = text_or_none(by, "by"), released_table.frame
    if not isinstance(released_table.result, Incidence):
        raise UsageError(
            "expected incidences, got another result",
            where="{table}",
            hint="use wf.leaving.incidence, and release it",
            table=released_table.name,
        )
    groups = list(released_table.result.groups)
    if by is not None and by not in groups:
        raise UsageError(
            'the table has no group column "{by}"',
            where="{table}",
            hint=did_you_mean(by, groups) if groups else "leave by= out",
            by=by,
            table=released_table.name,
        )
    telling = [c for c in groups if frame[c].n_unique() > 1]
    if len(telling) > 1 or (by is not None and telling not in ([], [by])):
        raise UsageError(
            "the groups differ in {columns}",
            where="{table}",
            hint="measure by one column",
            columns=listed(telling),
            table=released_table.name,
        )
    column = by or (telling[0] if telling else (groups[0] if len(groups) == 1 and not frame.is_empty() else None))
    rows = frame.with_columns(
        series=pl.lit(EVERYONE) if column is None else _group_words(column).fill_null(UNRECORDED),
        cause=_words("cause", "cause"),
        marker=pl.col("marker") if "marker" in frame.columns else pl.lit(None, pl.String),
    ).sort("series", "time", "cause")
    book = next(iter(released_table.result.definitions), None)
    measure = book.measure if book else "leaving"
    return Incidences._made(table=View._of(released_table, rows, by=column, measure=measure, unit="%", book=book))


def _group_words(column: str) -> pl.Expr:
    # As `view` writes them: a group has one name in every table.
    return pl.col(column).map_elements(lambda value: worded(value, column), return_dtype=pl.String)


def _words(column: str, kind: str) -> pl.Expr:
    return pl.col(column).map_elements(lambda value: capital(worded(value, kind)), return_dtype=pl.String)


def stayed(rows: dict[str, dict[str, Any]]) -> float:
    """The share still in service: 1 minus the shares of the causes."""
    return max(0.0, 1.0 - float(sum(r["value"] for r in rows.values())))


def incidence_title(shown: Incidences) -> Text:
    """The title: who left and who stayed after the last whole year, up to five, that all groups reach."""
    checked(shown, Incidences)
    if words := title_in_place(shown.table):
        return words
    year = shown.year()
    if year is None:
        return _sentence("Too few staff to show where leavers went", shown.table)
    after = f"After {year} year{'' if year == 1 else 's'}"
    rows_by_group = {g: shown.at(g, year) or {} for g in shown.groups if shown.ends(g)}
    if len(rows_by_group) == 1:
        name, rows = next(iter(rows_by_group.items()))
        left = sorted(
            (r for r in rows.values() if r["value"] > 0),
            key=lambda r: (r["cause"] == UNKNOWN, -r["value"], r["cause"]),
        )
        first = [f"{r['cause']} {plain(100 * r['value'], '%')}" for r in left[:_NAMED]]
        further_causes = len(left) - len(first)
        cause_words = (
            [*first, f"{further_causes} other{'' if further_causes == 1 else 's'}"] if further_causes else first
        )
        of = f" of {name}" if shown.table.by else ""
        leavers_words = f"; causes of leaving: {listed(cause_words)}" if cause_words else ""
        return _sentence(f"{after}{of}: {plain(100 * stayed(rows), '%')} still in service{leavers_words}", shown.table)
    shares = {g: plain(100 * stayed(rows), "%") for g, rows in rows_by_group.items()}
    if len(shares) <= 4:  # noqa: PLR2004 - as many as a title holds
        return _sentence(
            f"Still in service {after.lower()}: {listed([f'{g} {share}' for g, share in shares.items()])}", shown.table
        )
    values = sorted(stayed(rows) for rows in rows_by_group.values())
    between = f"{plain(100 * values[0], '%')} and {plain(100 * values[-1], '%')}"
    return _sentence(
        f"Still in service {after.lower()}: between {between} in {len(rows_by_group)} {plural(shown.table.by or 'group')}",
        shown.table,
    )


def incidence_alt(shown: Incidences) -> str:
    """The alternative text of stacked incidences: each group at the last whole year that it reaches."""
    sentences = [
        "Stacked areas of the share of staff who have left, by cause, and of those still in service, by years of service."
    ]
    for group in shown.groups[:SPOKEN]:
        start = f"{group}: " if shown.table.by else ""
        year = next((y for y in range(LATEST_YEAR, 0, -1) if shown.at(group, y)), None)
        rows = shown.at(group, year) if year else None
        if not rows:
            sentences.append(capital(f"{start}no figure at a whole year is shown."))
            continue
        with_figure = [c for c in shown.causes() if c in rows and not shown.before_a_step(rows[c])]
        cause_words = [f"{c} {plain(100 * rows[c]['value'], '%')}" for c in with_figure]
        end = f"{plain(100 * stayed(rows), '%')} still in service"
        sentences.append(capital(f"{start}after {year} year{'' if year == 1 else 's'} {listed([end, *cause_words])}."))
    return " ".join(sentences)


def incidence_table(released: Released, *, by: str | None = None, title: str | Text | None = None) -> Table:
    """Released incidences at whole years as an HTML table: a row for each cause, and one for those still in service."""
    words, provenance = titled(title, released)
    incidence_rows = incidences(released, by=by)
    column = incidence_rows.table.by
    cells: dict[str, list[str]] = {label(column): []} if column else {}
    years: list[str] = []
    causes: list[str] = []
    shares: list[str] = []
    between: list[str] = []
    withheld_before_a_step = False

    def add(group: str, year: str, *rest: str) -> None:
        if column:
            cells[label(column)].append(group)
        for cell, column_cells in zip((year, *rest), (years, causes, shares, between), strict=True):
            column_cells.append(cell)

    for group in incidence_rows.groups:
        last = incidence_rows.ends(group)
        if not last:
            marker = incidence_rows.table.frame.filter(pl.col("series") == group)["marker"].drop_nulls().to_list()
            add(group, "", "All causes", plain(None, "%", marker[0] if marker else None), "")
        for year in range(1, int(last / DAYS_IN_A_YEAR) + 1):
            rows = incidence_rows.at(group, year) or {}
            for cause in (c for c in incidence_rows.causes() if c in rows):
                r = rows[cause]
                low, high = (None if r[c] is None else 100 * r[c] for c in ("lower", "upper"))
                withheld = incidence_rows.before_a_step(r)
                share = plain(None, "%", WITHHELD) if withheld else plain(100 * r["value"], "%")
                withheld_before_a_step |= withheld
                add(group, str(year), cause, share, limits(low, high, "%"))
            if rows:
                add(group, str(year), STAYED, plain(100 * stayed(rows), "%"), "")
    cells |= {"Years of service": years, "What became of them": causes, "Share (%)": shares, "95% limits": between}
    markers = {*incidence_rows.table.frame["marker"].drop_nulls(), *([WITHHELD] if withheld_before_a_step else [])}
    notes = [f"{marker_meaning(m)}." for m in explained(sorted(markers), incidence_rows.table.rule)]
    return _html_table(
        cells,
        numbers=["Share (%)", "95% limits"],
        row_headers=len(cells) - 2,
        title=words or "Staff who left, by cause, by years of service",
        notes=[*notes, *([incidence_rows.table.note] if incidence_rows.table.note else [])],
        rule=incidence_rows.table.rule,
        provenance=provenance,
    )
