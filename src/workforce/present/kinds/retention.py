"""The share still there by time, as the steps of a released life table: staff in service, posts still vacant, requests without a plan.

Steps, not slopes, and never beyond the last time; the numbers at risk are under the axis. A curve released in blocks steps on a grid of
30 days. In weeks it is read on that grid, at the weeks nearest to its days: the statutory 20 weeks lie between two steps, and the figure
of the one before would be far too high. Before its first step it has no figure, because up to five may have left.
"""

from collections.abc import Mapping
from types import ModuleType
from typing import Any, Final

import polars as pl

from workforce.book import CurveWords
from workforce.book.constants import DAYS_IN_A_YEAR
from workforce.disclosure import Released
from workforce.disclosure.curves import GRID_DAYS, steps_in_blocks
from workforce.disclosure.rules import WITHHELD
from workforce.errors import DisclosureError, UsageError
from workforce.present.drawing.axes import Axis, end_labels, hover_over, series_channels, short, tooltips
from workforce.present.drawing.theme import (
    HEIGHT,
    INK,
    MOST_SERIES,
    SOFT_INK,
    WIDTH,
    Style,
    altair,
    specification,
    styles,
)
from workforce.present.kinds.measure_table import notes_of
from workforce.present.shown import ANALYST, Figure, Table, Text, _figure, _html_table, _sentence, titled
from workforce.present.text.numbers import capital, count, label, limits, listed, plain, plural, uncapital
from workforce.present.text.sentences import caption, in_place, title_in_place
from workforce.present.view import View, groups_with_room, view, view_of
from workforce.sealed import number_given, text_given, text_or_none

PERCENT: Final = Axis(0.0, 100.0, (0.0, 20.0, 40.0, 60.0, 80.0, 100.0))
_LABELS: Final = 10
_NAMED: Final = 4  # a title gives the figures of so many curves
_UNDER: Final = 58  # pixels from the plot to the numbers at risk: axis numbers and title lie between
LATEST_YEAR: Final = 5  # the horizon of a title: boards speak of five years
_BETWEEN_STEPS: Final = f"The curve steps every {GRID_DAYS} days at most, so that between two steps it is too high."
_ROWS: Final = {"year": 40, "week": 16}  # for each curve, at most: every year of service is asked for


def retention(
    released: Released,
    *,
    by: str | None = None,
    until: int | None = None,
    title: str | Text | None = None,
    source: str | None = None,
    definition: str | None = None,
    fitted: Mapping[str, pl.DataFrame] | None = None,
) -> Figure | Text:
    """A released life table as steps, with 95% limits, years of service across, and the number at risk at each whole year.

    What the curve is of follows from the table: `retention` is shown in years of service, `time_to_hire` and `time_to_plan` in weeks; a
    plain `life_table` is of those "still there", in years. A withheld stretch is a gap. There is room for four curves, fitted ones
    included: of more groups those with most people are drawn, and the caption says so.

    Parameters
    ----------
    released : Released
        One life table; times in days, values as proportions.
    by : str, optional
        The column that distinguishes the curves; needed only where the table has several group columns.
    until : int, optional
        The last year (or week) that is drawn.
    title : str or Text, optional
        Without it, a sentence chosen from the data.
    source : str, optional
        Whose data, for the caption.
    definition : str, optional
        Needed only where the table has several definitions.
    fitted : mapping of str to polars.DataFrame, optional
        Curves of your own models, by name, drawn as lines over the steps: ``time`` in days and ``value``, the proportion still there.
        Only with a table of the rule ``analyst``, because no disclosure rule knows your model.

    Returns
    -------
    Figure or Text
        The chart, its alternative text, its caption and its numbers as a table. A sentence with the reason where no figure can be drawn.

    Raises
    ------
    DisclosureError
        Where the table was not released, or a fitted curve would be drawn under another rule than ``analyst``.
    UsageError
        Where the table is no life table, more than three curves are fitted, or a fitted curve has no usable times and values.
    """
    until, source = None if until is None else int(number_given(until, "until")), text_or_none(source, "source")
    table = view(released, by=by, definition=definition)
    if not table.is_life_table:
        raise UsageError(
            "retention is drawn from a life table", hint="use wf.leaving.retention, and release what it returns"
        )
    if until is not None and until < 1:
        raise UsageError(
            "until= is a whole number of {unit}s, 1 or more",
            where="until=",
            hint="leave it out to draw all",
            unit=table.curve.unit,
        )
    lines = _fitted(table, fitted or {})
    if sentence := in_place(table, title=title):
        return sentence
    fitting, not_drawn = groups_with_room(table, max(1, MOST_SERIES - len(lines)))
    style = styles([*fitting.series, *lines])
    names = listed(list(lines))
    return _figure(
        table,
        title=title,
        chosen=retention_title(table),
        spec=_spec(fitting, style, until, lines),
        alt_text=" ".join(
            [retention_alt(fitting), *filter(None, [not_drawn, f"Lines of fitted models: {names}." if lines else ""])]
        ),
        caption=caption(
            table,
            source=source,
            limits="Shaded",
            extra=[
                not_drawn,
                _BETWEEN_STEPS if _weeks_in_blocks(table) else "",
                f"Fitted by the analyst: {names}." if lines else "",
            ],
        ),
        numbers=curve_table(released, by=by, definition=definition),
        until=until,
        source=source,
    )


def _fitted(table: View, models: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """The curves of the analyst's own models by name, in order of time, as they are drawn."""
    if models and table.rule != ANALYST:
        raise DisclosureError(
            "fitted= draws what no disclosure rule has looked at", hint='release the life table with rule="analyst"'
        )
    curves = {}
    for name, frame in models.items():
        words = text_given(name, "fitted")
        if words in table.series:
            raise UsageError('"{name}" is a curve of the table', where="fitted=", hint="rename the model", name=words)
        if not _is_curve(frame):
            raise UsageError(
                "a fitted curve has columns time (days, 0 or more) and value (a proportion)",
                where="fitted=",
                hint="give a polars frame with these two columns of numbers",
            )
        curves[words] = frame.select(pl.col("time", "value").cast(pl.Float64)).sort("time")
    return curves


def _is_curve(frame: object) -> bool:
    """Whether something has times of 0 or more and a proportion at each."""
    if not isinstance(frame, pl.DataFrame) or frame.is_empty() or not {"time", "value"} <= set(frame.columns):
        return False
    columns = frame.select("time", "value")
    if not all(dtype.is_numeric() for dtype in columns.dtypes):
        return False
    fits = pl.col("time").is_finite() & (pl.col("time") >= 0) & pl.col("value").is_between(0, 1)
    return bool(columns.cast(pl.Float64).select(fits.fill_null(value=False).all()).item())


def _rows(table: View, until: int) -> list[dict[str, Any]]:
    """The steps: a row where the curve changes, and its first and last rows; rows between change nothing that is drawn."""
    points: list[dict[str, Any]] = []
    for name in table.series:
        all_rows = table.of(name).rows()
        rows = [r for r in all_rows if r["time"] <= until * table.curve.days_in_a_unit]
        if not rows or rows[0]["time"] > 0:
            rows = [{"time": 0, "value": 1.0, "lower": None, "upper": None, "marker": None}, *rows]
        steps = [{**_step(r, table.curve), "s": name} for r in rows]
        points += [
            step
            for i, step in enumerate(steps)
            if i in (0, len(steps) - 1) or any(step[k] != steps[i - 1][k] for k in ("y", "l", "u", "t"))
        ]
        if steps[-1]["x"] < until < all_rows[-1]["time"] / table.curve.days_in_a_unit:
            points.append({**points[-1], "x": until})  # a curve that goes on is drawn to the edge
    return points


def _tip_points(rows: list[dict[str, Any]], units: int, table: View) -> list[dict[str, Any]]:
    """What JupyterLab's tooltips tell: each curve at every half-year (or week, or 30 days of one in blocks), not at each of its steps."""
    points = []
    words = table.curve
    if _weeks_in_blocks(table):
        days = range(GRID_DAYS, int(units * words.days_in_a_unit) + 1, GRID_DAYS)
        times = [(short(day / words.days_in_a_unit), f"{day} days") for day in days]
    else:
        per_unit = 2 if words.unit == "year" else 1
        halves = [n / per_unit for n in range(1, per_unit * units + 1)]
        times = [(at, f"{at:g} {words.unit}{'' if at == 1 else 's'}") for at in halves]
    for name in dict.fromkeys(r["s"] for r in rows):
        series_points = [r for r in rows if r["s"] == name]
        for at, after in times:
            past = [r for r in series_points if r["x"] <= at]
            if past and past[-1]["y"] is not None and series_points[-1]["x"] >= at:
                points.append({**past[-1], "x": at, "z": after})
    return points


def _step(row: dict[str, Any], words: CurveWords) -> dict[str, Any]:
    value, low, high = (None if row[c] is None else 100 * row[c] for c in ("value", "lower", "upper"))
    return {
        "x": short(row["time"] / words.days_in_a_unit),
        "y": short(value),
        "l": short(low) if value is not None else None,
        "u": short(high) if value is not None else None,
        "t": plain(value, "%", row["marker"]),
        "i": limits(low, high, "%"),
    }


def _spec(  # the layers of one chart
    table: View, style: dict[str, Style], until: int | None, fitted: Mapping[str, pl.DataFrame]
) -> Any:  # noqa: ANN401 - a Vega-Lite specification
    alt = altair()
    words = table.curve
    longest = max((r["time"] for r in table.rows()), default=0)
    # Up to the year (or week) in which the last curve ends.
    units = max(1, -(-int(longest) // int(words.days_in_a_unit + (words.unit == "year"))))
    units = min(units, until) if until else units
    marks = list(range(0, units + 1, words.every(units, _LABELS)))
    rows = _rows(table, units)
    modelled = [
        {"x": short(time / words.days_in_a_unit), "y": short(100 * value), "s": name}
        for name, curve in fitted.items()
        for time, value in curve.filter(pl.col("time") <= units * words.days_in_a_unit).iter_rows()
    ]
    colour, dash, _ = series_channels(alt, style)
    x = alt.X(
        "x:Q",
        scale=alt.Scale(domain=[0, units], nice=False),
        axis=alt.Axis(values=marks, title=words.clock, format="d"),
    )
    shares = percent_axis(alt)
    hover = hover_over(alt, "s")
    lit = alt.condition(hover, alt.value(1), alt.value(0.25))
    base = alt.Chart(alt.Data(values=rows))
    tips = [*tooltips(alt, grouped=bool(table.by), dated=False), alt.Tooltip("z:N", title="After")]
    layers = [
        base.mark_area(interpolate="step-after", opacity=0.16).encode(
            x=x, y=alt.Y("l:Q", **shares), y2="u:Q", color=colour
        ),
        base.mark_line(interpolate="step-after", strokeWidth=2.25).encode(
            x=x, y=alt.Y("y:Q", **shares), color=colour, strokeDash=dash, opacity=lit
        ),
        alt.Chart(alt.Data(values=_tip_points(rows, units, table)), name="points")
        .transform_filter("isValid(datum.y)")
        .mark_point(filled=True, size=30)
        .encode(x=x, y=alt.Y("y:Q", **shares), color=colour, opacity=alt.value(0), tooltip=tips)
        .add_params(hover),
        *end_labels(alt, [*_ends(table, rows, named=bool(fitted)), *_model_ends(modelled)], style, PERCENT),
        *_at_risk(alt, table, {name: style[name] for name in table.series}, marks),
    ]
    if modelled:
        lines = alt.Chart(alt.Data(values=modelled)).mark_line(strokeWidth=2)
        layers.insert(2, lines.encode(x=x, y=alt.Y("y:Q", **shares), color=colour, strokeDash=dash))
    plot = alt.layer(*layers).properties(width=WIDTH, height=HEIGHT)
    return specification(plot, title=[f"Share of {words.who} {words.still} (%)"])


def percent_axis(alt: ModuleType) -> dict[str, Any]:
    """The scale and the axis of shares from 0% to 100%, as a channel takes them."""
    labels = alt.Axis(values=list(PERCENT.ticks), labelExpr="datum.value + '%'", title=None)
    return {"scale": alt.Scale(domain=[0, 100], nice=False), "axis": labels}


def _ends(table: View, rows: list[dict[str, Any]], *, named: bool) -> list[tuple[str, str, float]]:
    """The name of each curve and its last figure; a curve that is alone needs a name only where others are drawn over it."""
    ends = []
    for name in table.series:
        points = [r for r in rows if r["s"] == name]
        values = [r["y"] for r in points if r["y"] is not None]
        words = f"{name if table.by else 'Life table'}: {points[-1]['t']}" if table.by or named else points[-1]["t"]
        ends.append((name, words, PERCENT.pixel(values[-1]) if values else float(HEIGHT)))
    return ends


def _model_ends(rows: list[dict[str, Any]]) -> list[tuple[str, str, float]]:
    """The name of each fitted curve at the height of its last point."""
    last = {row["s"]: row for row in rows}
    return [(name, f"{name}: {plain(row['y'], '%')}", PERCENT.pixel(row["y"])) for name, row in last.items()]


def _at_risk(alt: ModuleType, table: View, style: dict[str, Style], marks: list[int]) -> list[Any]:
    """A row of numbers for each curve under the axis, after its shape and under the words for those at risk."""
    heading = alt.Chart(alt.Data(values=[{"w": table.curve.at_risk}]))
    layers = [
        heading.mark_text(align="left", color=INK, fontSize=11).encode(
            x=alt.value(0), y=alt.value(HEIGHT + _UNDER), text="w:N"
        )
    ]
    for n, name in enumerate(style, start=1):
        down = HEIGHT + _UNDER + 18 * n
        by_units = [(units, at_risk(table, name, units)) for units in marks]
        values = [{"x": units, "w": count(row["at_risk"], row["marker"])} for units, row in by_units if row]
        numbers = alt.Chart(alt.Data(values=values)).mark_text(fontSize=11, color=SOFT_INK)
        layers.append(numbers.encode(x="x:Q", y=alt.value(down), text="w:N"))
        if len(style) > 1:
            series_style = style[name]
            symbol = alt.Chart(alt.Data(values=[{"w": ""}])).mark_point(
                shape=series_style.shape, filled=True, size=55, color=series_style.colour
            )
            layers.append(symbol.encode(x=alt.value(-28), y=alt.value(down)))
    return layers


def days_at(year: int) -> int:
    """A whole number of years of service in days.

    >>> days_at(1), days_at(4)
    (365, 1461)
    """
    return int(year * DAYS_IN_A_YEAR)


def _weeks_in_blocks(table: View) -> bool:
    """Whether a curve is spoken of in weeks, and steps on the grid of days, where weeks do not lie."""
    return table.curve.unit == "week" and steps_in_blocks(table.rule)


def _day(table: View, units: int) -> int:
    """The day on which a curve is read for a number of units of its time; of weeks in blocks, the nearest of the grid."""
    day = table.curve.days(units)
    return round(day / GRID_DAYS) * GRID_DAYS if _weeks_in_blocks(table) else day


def _unit_read(table: View, units: int) -> int:
    """The unit at which a curve can be read instead of another: of weeks in blocks, the nearest to a day of the grid.

    20 weeks are 140 days, the nearest of the grid are 150, and these are nearest to 21 weeks.
    """
    if not _weeks_in_blocks(table):
        return units
    return max(1, round(max(_day(table, units), GRID_DAYS) / table.curve.days_in_a_unit))


def still_there(table: View, name: str, units: int) -> dict[str, Any]:
    """The row of a group's curve that applies after a number of units of its time, with proportions; null values beyond its end.

    Of a curve in blocks the figure before the first step is withheld: up to five may have left.
    """
    nothing: dict[str, Any] = {"value": None, "lower": None, "upper": None, "marker": None}
    rows = table.of(name).rows()
    day = _day(table, units)
    if not rows or rows[-1]["time"] < day:
        return nothing
    past = [r for r in rows if r["time"] <= day]
    if day > 0 and steps_in_blocks(table.rule) and (not past or past[-1]["value"] == 1):
        return {**nothing, "marker": WITHHELD}
    return past[-1] if past else {"value": 1.0, "lower": None, "upper": None, "marker": None}


def at_risk(table: View, name: str, units: int) -> dict[str, Any] | None:
    """The row with the number at risk just before a number of units of time; null beyond the curve's end.

    That is the row of the next time at or after it: between two times of a life table the risk set does not change,
    because every entry has a row too.
    """
    day = max(_day(table, units), 1)  # no one is at risk at time 0: at risk means entry < t
    return next((r for r in table.of(name).rows() if r["time"] >= day), None)


def last_common_unit(table: View) -> int | None:
    """The last whole unit, up to the horizon of its kind, at which every group's curve has a figure."""
    names = table.series
    for units in dict.fromkeys(_unit_read(table, n) for n in range(table.curve.horizon, 0, -1)):
        if names and all(still_there(table, name, units)["value"] is not None for name in names):
            return units
    return None


def retention_title(shown: Released | View, *, by: str | None = None) -> Text:
    """The title of a life table's curves: the share still there after the last whole year (or week) that all reach, up to a horizon.

    Of several curves it gives figures only: whether they differ is tested by `wf.leaving.compare`. The measure book has the latest time
    of each curve: `horizon` of its `curve`.

    Parameters
    ----------
    shown : Released
        One released life table.
    by : str, optional
        The column that distinguishes the series; needed only where there are several.

    Returns
    -------
    Text
        The title.
    """
    table = view_of(shown, by, None)
    if sentence := title_in_place(table):
        return sentence
    words, units = table.curve, last_common_unit(table)
    if units is None:
        return _sentence(
            f"Too few {words.who} to show the share {words.still} after a {words.unit}",
            table,
        )
    after = f"after {words.after(units)}"
    by_group = {name: still_there(table, name, units) for name in table.series}
    if len(by_group) == 1:
        name, row = next(iter(by_group.items()))
        of = name if table.by else words.who
        return _sentence(f"{plain(100 * row['value'], '%')} of {of} were {words.still} {after}", table)
    shares = {name: plain(100 * row["value"], "%") for name, row in by_group.items()}
    groups = f"the {len(by_group)} {plural(table.by or 'group')}"
    if len(shares) <= _NAMED:
        share_words = listed([f"{share} in {name}" for name, share in shares.items()])
    else:
        lowest, highest = (plain(100 * end([r["value"] for r in by_group.values()]), "%") for end in (min, max))
        share_words = (
            f"between {lowest} and {highest} in {groups}" if lowest != highest else f"{lowest} in each of {groups}"
        )
    return _sentence(f"The share {words.still} {after} was {share_words}; differences not tested here", table)


def retention_alt(table: View) -> str:
    """The alternative text of a life table's curves."""
    words = table.curve
    sentences = [f"Step chart of the share of {words.who} {words.still} by {uncapital(words.clock)}."]
    for name in table.series:
        spoken = dict.fromkeys(_unit_read(table, units) for units in words.spoken)
        readings = [(units, still_there(table, name, units)["value"]) for units in spoken]
        read = [
            f"{plain(100 * value, '%')} after {words.after(units)}" for units, value in readings if value is not None
        ]
        start = f"{name}: " if table.by else ""
        sentences.append(f"{capital(start + (listed(read) or f'no figure at a whole {words.unit} is shown'))}.")
    return " ".join(sentences)


def curve_table(
    released: Released, *, by: str | None = None, definition: str | None = None, title: str | Text | None = None
) -> Table:
    """The share still there, with its limits and the number at risk, at whole years or weeks up to its last time."""
    heading, provenance = titled(title, released)
    table = view(released, by=by, definition=definition)
    words = table.curve
    share = f"{capital(words.still)} (%)"
    cells: dict[str, list[str]] = {label(table.by): []} if table.by else {}
    cells |= {words.clock: [], words.at_risk: [], share: [], "95% limits": []}
    longest = max((row["time"] for row in table.rows()), default=0) / words.days_in_a_unit
    step = words.every(longest, _ROWS[words.unit])
    units_told = [0, *dict.fromkeys(_unit_read(table, n) for n in range(step, int(longest) + 2, step))]
    withheld_before_a_step = False
    for name in table.series:
        last = table.of(name).rows()[-1]["time"]
        for units in units_told:
            if _day(table, units) > last:
                break
            risk, row = at_risk(table, name, units), still_there(table, name, units)
            if table.by:
                cells[label(table.by)].append(name)
            cells[words.clock].append(str(units))
            cells[words.at_risk].append(count(risk["at_risk"], risk["marker"]) if risk else "")
            withheld_before_a_step |= row["marker"] == WITHHELD
            value, low, high = (None if row[c] is None else 100 * row[c] for c in ("value", "lower", "upper"))
            cells[share].append(plain(value, "%", row["marker"]))
            cells["95% limits"].append(limits(low, high, "%"))
    return _html_table(
        cells,
        row_headers=2 if table.by else 1,
        numbers=[words.at_risk, share, "95% limits"],
        title=heading or f"{capital(words.who)} {words.still} by {uncapital(words.clock)}",
        notes=notes_of(
            released.frame,
            released.note,
            released.result.reasons,
            also=[WITHHELD] if withheld_before_a_step else (),
            rule=released.rule,
        ),
        rule=table.rule,
        provenance=provenance,
    )
