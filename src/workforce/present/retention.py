"""The share of staff still in service by years of service, as the steps of a released life table.

Promises: steps, not slopes; the numbers at risk stand under the axis. Refuses: tables that are not life tables; more
than four groups.
"""

from types import ModuleType
from typing import Any, Final

from workforce.disclosure import Released
from workforce.errors import UsageError
from workforce.periods import DAYS_IN_A_YEAR
from workforce.present.alt_text import retention_alt
from workforce.present.captions import caption
from workforce.present.figure import Figure
from workforce.present.layout import Axis, short
from workforce.present.numerals import count, limits, plain
from workforce.present.steps import at_risk
from workforce.present.tables import table
from workforce.present.theme import HEIGHT, INK, SOFT_INK, WIDTH, Style, altair, specification, styles
from workforce.present.trend import end_labels, tooltips
from workforce.present.view import View, view
from workforce.present.words import retention_title

PERCENT: Final = Axis(0.0, 100.0, (0.0, 20.0, 40.0, 60.0, 80.0, 100.0))
_LABELS: Final = 10
_UNDER: Final = 58  # pixels from the plot to the numbers at risk: axis numbers and title lie between


def retention(
    released: Released,
    *,
    by: str | None = None,
    until: int | None = None,
    title: str | None = None,
    source: str | None = None,
) -> Figure:
    """A released life table as steps, with 95% limits, years of service across, and the number at risk at each whole year.

    by: the column that tells the curves apart (needed only where several columns do). until: the last year drawn.
    title: without it, a sentence chosen from the data. source: whose data, for the caption. Times are days of service,
    values proportions; both are drawn as people read them. A withheld stretch is a gap. Refuses frames that were not
    released (DisclosureError), and more than four curves (UsageError).
    """
    seen = view(released, by=by)
    if not seen.is_life_table:
        raise UsageError(
            "retention is drawn from a life table", hint="use workforce.life_table, and release what it returns"
        )
    if until is not None and until < 1:
        raise UsageError(
            "until= is a whole number of years, 1 or more", where="until=", hint="leave it out to draw every year"
        )
    style = styles(seen.series)
    return Figure(
        title=title or retention_title(seen).text,
        spec=_spec(seen, style, until),
        alt=retention_alt(seen),
        caption=caption(seen, source=source, limits="Shaded"),
        table_html=table(released, by=by).html,
        rule=seen.rule,
    )


def _rows(seen: View, until: int) -> list[dict[str, Any]]:
    """The steps: a row where the curve changes, and its first and last rows; rows between change nothing that is drawn."""
    found: list[dict[str, Any]] = []
    for name in seen.series:
        all_rows = seen.of(name).rows()
        rows = [r for r in all_rows if r["time"] <= until * DAYS_IN_A_YEAR]
        if not rows or rows[0]["time"] > 0:
            rows = [{"time": 0, "value": 1.0, "lower": None, "upper": None, "marker": None}, *rows]
        steps = [{**_step(r), "s": name} for r in rows]
        found += [
            step
            for i, step in enumerate(steps)
            if i in (0, len(steps) - 1) or any(step[k] != steps[i - 1][k] for k in ("y", "l", "u", "t"))
        ]
        if steps[-1]["x"] < until < all_rows[-1]["time"] / DAYS_IN_A_YEAR:
            found.append({**found[-1], "x": until})  # a curve that goes on is drawn to the edge
    return found


def _told(rows: list[dict[str, Any]], years: int) -> list[dict[str, Any]]:
    """What JupyterLab's tooltips tell: each curve at every half-year, not at each of its steps."""
    found = []
    for name in dict.fromkeys(r["s"] for r in rows):
        own = [r for r in rows if r["s"] == name]
        for half in range(1, 2 * years + 1):
            past = [r for r in own if r["x"] <= half / 2]
            if past and past[-1]["y"] is not None and own[-1]["x"] >= half / 2:
                found.append({**past[-1], "x": half / 2, "z": f"{half / 2:g} years"})
    return found


def _step(row: dict[str, Any]) -> dict[str, Any]:
    value, low, high = (None if row[c] is None else 100 * row[c] for c in ("value", "lower", "upper"))
    years = row["time"] / DAYS_IN_A_YEAR
    return {
        "x": short(years),
        "y": short(value),
        "l": short(low) if value is not None else None,
        "u": short(high) if value is not None else None,
        "t": plain(value, "%", row["marker"]),
        "i": limits(low, high, "%"),
    }


def _spec(seen: View, style: dict[str, Style], until: int | None) -> Any:  # noqa: ANN401 - a Vega-Lite specification
    alt = altair()
    longest = max((r["time"] for r in seen.rows()), default=0)
    years = max(1, -(-int(longest) // int(DAYS_IN_A_YEAR + 1)))  # up to the year in which the last curve ends
    years = min(years, until) if until else years
    every = next(n for n in (1, 2, 5, 10, 20) if years / n <= _LABELS or n == 20)  # noqa: PLR2004 - the last step there is
    marks = list(range(0, years + 1, every))
    rows = _rows(seen, years)
    names = list(style)
    colour = alt.Color("s:N", scale=alt.Scale(domain=names, range=[style[n].colour for n in names]), legend=None)
    dash = alt.StrokeDash("s:N", scale=alt.Scale(domain=names, range=[list(style[n].dash) for n in names]), legend=None)
    x = alt.X(
        "x:Q",
        scale=alt.Scale(domain=[0, years], nice=False),
        axis=alt.Axis(values=marks, title="Years of service", format="d"),
    )
    shown = alt.Axis(values=list(PERCENT.ticks), labelExpr="datum.value + '%'", title=None)
    scale = alt.Scale(domain=[0, 100], nice=False)
    hover = alt.selection_point(name="hover", on="pointerover", fields=["s"], clear="pointerout")
    lit = alt.condition(hover, alt.value(1), alt.value(0.25))
    base = alt.Chart(alt.Data(values=rows))
    told = [*tooltips(alt, seen, dated=False), alt.Tooltip("z:N", title="After")]
    layers = [
        base.mark_area(interpolate="step-after", opacity=0.16).encode(
            x=x, y=alt.Y("l:Q", scale=scale, axis=shown), y2="u:Q", color=colour
        ),
        base.mark_line(interpolate="step-after", strokeWidth=2.25).encode(
            x=x, y=alt.Y("y:Q", scale=scale, axis=shown), color=colour, strokeDash=dash, opacity=lit
        ),
        alt.Chart(alt.Data(values=_told(rows, years)), name="points")
        .transform_filter("isValid(datum.y)")
        .mark_point(filled=True, size=30)
        .encode(x=x, y=alt.Y("y:Q", scale=scale, axis=shown), color=colour, opacity=alt.value(0), tooltip=told)
        .add_params(hover),
        *end_labels(alt, _ends(seen, rows), style, PERCENT),
        *_at_risk(alt, seen, style, marks),
    ]
    plot = alt.layer(*layers).properties(width=WIDTH, height=HEIGHT)
    return specification(plot, title=["Share of staff still in service (%)"])


def _ends(seen: View, rows: list[dict[str, Any]]) -> list[tuple[str, str, float]]:
    found = []
    for name in seen.series:
        own = [r for r in rows if r["s"] == name]
        known = [r["y"] for r in own if r["y"] is not None]
        words = f"{name}: {own[-1]['t']}" if seen.by else own[-1]["t"]
        found.append((name, words, PERCENT.pixel(known[-1]) if known else float(HEIGHT)))
    return found


def _at_risk(alt: ModuleType, seen: View, style: dict[str, Style], marks: list[int]) -> list[Any]:
    """A row of numbers for each curve under the axis, after its shape and under the words "At risk"."""
    heading = alt.Chart(alt.Data(values=[{"w": "Staff at risk of leaving"}]))
    layers = [
        heading.mark_text(align="left", color=INK, fontSize=11).encode(
            x=alt.value(0), y=alt.value(HEIGHT + _UNDER), text="w:N"
        )
    ]
    for n, name in enumerate(style, start=1):
        down = HEIGHT + _UNDER + 18 * n
        found = [(year, at_risk(seen, name, year)) for year in marks]
        values = [{"x": year, "w": count(row["at_risk"], row["marker"])} for year, row in found if row]
        numbers = alt.Chart(alt.Data(values=values)).mark_text(fontSize=11, color=SOFT_INK)
        layers.append(numbers.encode(x="x:Q", y=alt.value(down), text="w:N"))
        if len(style) > 1:
            own = style[name]
            symbol = alt.Chart(alt.Data(values=[{"w": ""}])).mark_point(
                shape=own.shape, filled=True, size=55, color=own.colour
            )
            layers.append(symbol.encode(x=alt.value(-28), y=alt.value(down)))
    return layers
