"""A measure of one period by group, or the steps of a process in their order, as horizontal bars with their limits and numbers.

Bars start at zero; a withheld group or step keeps its place and shows its marker. Steps are never sorted: where one is a share of the one
before, the share is written next to its bar.
"""

from collections.abc import Mapping
from types import ModuleType
from typing import Any, Final

import polars as pl

from workforce.disclosure import Released
from workforce.errors import UsageError, did_you_mean
from workforce.periods import Period
from workforce.present.drawing.axes import (
    LINE,
    TARGET,
    axis,
    hover_over,
    short,
    target_layers,
    text_lines,
    tooltips,
    value_axis,
)
from workforce.present.drawing.text_width import text_width, wrapped
from workforce.present.drawing.theme import INK, PALETTE, PAPER, QUIET, RULE, SOFT_INK, altair, specification
from workforce.present.kinds.measure_table import measure_table_drawn
from workforce.present.shown import Figure, Text, _figure, _sentence
from workforce.present.text.numbers import (
    capital,
    count,
    gap_in_words,
    is_range,
    limits_of,
    measure_name,
    plain,
    printed,
    printed_words,
    uncapital,
)
from workforce.present.text.sentences import (
    SPOKEN,
    at_latest,
    axis_words,
    caption,
    in_place,
    more_in_table,
    sentence_of,
)
from workforce.present.text.titles import bars_title
from workforce.present.view import (
    EVERYONE,
    ORDERED,
    View,
    book_of,
    groups_of,
    groups_with_room,
    in_order,
    released_frame,
    rows_of,
    view,
)
from workforce.results import A_YEAR, FIRST, NOT_AVAILABLE
from workforce.sealed import number_or_none, text_given, text_or_none, texts_given

MOST_BARS: Final = 40
PLOT: Final = 380
NAME_WIDTH: Final = 190
_FIGURES: Final = 58  # least pixels for the figures, to the right of the plot
STEP: Final = 34
_IN_WORDS: Final = {
    "people": "people",
    "cases": "cases",
    "days": "days",
    "hours": "hours",
    "fte": "FTE",
    "posts": "FTE",
    "expected": "expected",
}
_UNITS: Final = {"FTE": "FTE"}  # full-time equivalents have a scale of their own; everything else is counted in people
_STEP: Final = "step"


def bars(
    released: Released,
    *,
    by: str | None = None,
    definition: str | None = None,
    period: Period | None = None,
    target: float | None = None,
    target_name: str = TARGET,
    reference: str | None = None,
    highlight: str | None = None,
    title: str | Text | None = None,
    source: str | None = None,
) -> Figure | Text:
    """One period of a released measure table as bars by group, with whiskers at the 95% limits and the numbers next to them.

    Of more than 40 groups those with most people are drawn, and the caption says so.

    Parameters
    ----------
    released : Released
        One released measure table.
    by : str, optional
        The column of the groups; needed only where several columns tell rows apart.
    definition : str, optional
        Needed only where the table has several.
    period : Period, optional
        Without it, the latest.
    target : float, optional
        Drawn as a line, in the unit of the measure.
    target_name : str
        What the target is, such as "Agreed limit".
    reference : str, optional
        A group, such as England, that is drawn as a line instead of a bar.
    highlight : str, optional
        A group to set apart.
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
        Where the table has no such group, period or definition, or several definitions or group columns and none is named.
    """
    target, target_name = number_or_none(target, "target"), text_given(target_name, "target_name")
    reference, highlight = text_or_none(reference, "reference"), text_or_none(highlight, "highlight")
    source = text_or_none(source, "source")
    all_periods = view(released, by=by, definition=definition)
    if all_periods.frame.is_empty():
        return sentence_of(all_periods, all_periods.frame, title=title)
    table = all_periods.of_period(period)
    if sentence := in_place(table, title=title):
        return sentence
    by_argument = {"reference": reference, "highlight": highlight}
    missing = [
        _missing(table, name, group) for name, group in by_argument.items() if group not in (None, *table.series)
    ]
    highlight = highlight if highlight in table.series else None
    rule = next((r for r in table.rows() if r["series"] == reference), None)
    always = [group for group in by_argument.values() if group is not None]
    fitting, not_drawn = groups_with_room(table, MOST_BARS + (rule is not None), always=always)
    drawn_rows = [r for r in _sorted(fitting) if r["series"] != reference]
    extra = [
        f"Dashed line: {reference}." if rule is not None and rule["value"] is not None else "",
        *missing,
        not_drawn,
    ]
    compared = table if reference is None else _without(table, reference)
    return _figure(
        table,
        title=title,
        chosen=bars_title(compared),
        spec=bar_spec(table, drawn_rows, rule=rule, target=target, target_name=target_name, highlight=highlight),
        alt_text=f"{bars_alt(fitting)} {not_drawn}".strip(),
        caption=caption(table, source=source, limits="Whiskers", extra=extra),
        numbers=measure_table_drawn(released, by=by, definition=definition),
        target=target,
        target_name=target_name if target is not None and target_name != TARGET else None,
        source=source,
    )


def _missing(table: View, argument: str, group: str | None) -> str:
    """A sentence on a group that the caller named and that has no row: an organisation without records, or without published figures."""
    names = {name for _, name in table._provenance.names}
    if group is None or (group not in names and table.rule != "published"):
        raise UsageError(
            "the table has no such group",
            where="{name}=",
            hint=did_you_mean(group or "", table.series),
            name=argument,
        )
    return f"There is no figure for {group}."


def _without(table: View, name: str) -> View:
    """The other groups; the test of all of them is not one of these."""
    return table._with(table.frame.filter(table.frame["series"] != name), _verdicts=table.verdicts.clear())


def _sorted(table: View) -> list[dict[str, Any]]:
    if table.by in ORDERED:
        return in_order(table.rows(), [table.by])
    return sorted(table.rows(), key=lambda r: (r["value"] is None, -(r["value"] or 0.0), r["series"]))


def _sides(row: dict[str, Any], table: View) -> str:
    """The numerator and denominator of a rate, which are written next to its bar."""
    book = table.book
    if row["value"] is None or not book or not book.numerator or not book.denominator:
        return ""
    if row["numerator"] is None or row["denominator"] is None:
        return ""
    kinds = book.numerator.kind, book.denominator.kind
    sides = count(row["numerator"], kind=kinds[0]), count(row["denominator"], kind=kinds[1])
    if kinds[0] != kinds[1]:
        side_names = [side.called or _IN_WORDS[side.kind] for side in (book.numerator, book.denominator)]
        return f"({sides[0]} {side_names[0]} / {sides[1]} {side_names[1]})"
    # An annual rate of a longer period is not the numerator divided by the denominator: write them separately.
    is_annual = table.unit.endswith(A_YEAR)
    return f"({sides[0]} in the period; {sides[1]} in post)" if is_annual else f"({sides[0]} of {sides[1]})"


def bar_spec(
    table: View,
    drawn_rows: list[dict[str, Any]],
    *,
    rule: dict[str, Any] | None = None,
    target: float | None = None,
    target_name: str = TARGET,
    highlight: str | None = None,
) -> Any:  # noqa: ANN401
    """Bars in the order of the rows; `shown` and `sides` of a row, where it has them, replace the words made from its figures."""
    alt = altair()
    names = [
        wrapped(
            capital(measure_name(table.measure)) if r["series"] == EVERYONE and not table.by else r["series"],
            NAME_WIDTH,
        )
        for r in drawn_rows
    ]
    numbers = axis(
        [r[c] for r in drawn_rows for c in ("value", "lower", "upper")] + [target, rule["value"] if rule else None],
        zero=True,
    )
    rows = [
        {
            "n": n,
            "s": r["series"],
            "w": "\n".join(name),
            "y": short(r["value"]),
            "l": short(r["lower"]) if r["value"] is not None else None,
            "u": short(r["upper"]) if r["value"] is not None else None,
            "t": r.get("shown") or printed(r, table.unit),
            "d": r["sides"] if "sides" in r else _sides(r, table),
            "g": _gap(r, table.unit),
            "c": PALETTE[0] if highlight is None or r["series"] == highlight else QUIET,
            "h": r["series"] == highlight,
            "i": limits_of(r, table.unit),
        }
        for n, (r, name) in enumerate(zip(drawn_rows, names, strict=True))
    ]
    lines = max((len(name) for name in names), default=1)
    step = max(STEP, LINE * lines + 12)
    data = alt.Data(values=rows)
    base = alt.Chart(data)
    y = alt.Y("n:O", axis=None, scale=alt.Scale(domain=list(range(len(rows))), paddingInner=0.35, paddingOuter=0.2))
    x = alt.X("y:Q", **value_axis(alt, table.unit, numbers, grid=True))
    figures_end = PLOT + 8 + max([_FIGURES, *(text_width(r["t"], bold=True) for r in rows)])
    hover = hover_over(alt, "n")
    lit = alt.condition(hover, alt.value(1), alt.value(0.4))
    with_value, hidden = base.transform_filter("isValid(datum.y)"), base.transform_filter("!isValid(datum.y)")
    limited = with_value.transform_filter("isValid(datum.l) && isValid(datum.u)")
    layers = [
        alt.Chart(data, name="bars")
        .transform_filter("isValid(datum.y)")
        .mark_bar()
        .encode(
            y=y,
            x=x,
            color=alt.Color("c:N", scale=None),
            opacity=lit,
            tooltip=tooltips(alt, grouped=bool(table.by), dated=False),
        )
        .add_params(hover),
        # A white edge keeps the whisker visible where it crosses its bar.
        limited.mark_rule(strokeWidth=4.5, color=PAPER).encode(y=y, x=alt.X("l:Q"), x2="u:Q"),
        limited.mark_rule(strokeWidth=1.75, color=INK).encode(y=y, x=alt.X("l:Q"), x2="u:Q"),
        *(
            limited.mark_tick(thickness=1.75, size=9, color=INK).encode(y=y, x=alt.X(f"{side}:Q"))
            for side in ("l", "u")
        ),
        alt.Chart(alt.Data(values=[{"v": 0}])).mark_rule(color=RULE).encode(x="v:Q"),
        *_names(alt, rows, y),
        with_value.mark_text(align="right", baseline="middle", fontWeight="bold").encode(
            y=y, x=alt.value(figures_end), text="t:N"
        ),
        with_value.mark_text(align="left", baseline="middle", color=SOFT_INK, fontSize=11).encode(
            y=y, x=alt.value(figures_end + 8), text="d:N"
        ),
        hidden.mark_text(align="left", baseline="middle", dx=6, color=SOFT_INK).encode(y=y, x=alt.datum(0), text="g:N"),
        # One line higher where the reference line has a label too.
        *target_layers(alt, target, table.unit, across=False, words=target_name, lift=LINE if rule else 0),
        *target_layers(
            alt, rule["value"] if rule else None, table.unit, across=False, words=rule["series"] if rule else ""
        ),
    ]
    return specification(
        alt.layer(*layers).properties(width=PLOT, height=max(1, len(rows)) * step), title=axis_words(table)
    )


def _names(alt: ModuleType, rows: list[dict[str, Any]], y: Any) -> list[Any]:  # noqa: ANN401
    """The groups' names, each centred on its bar however many lines it takes; a highlighted one is bold."""
    kinds = sorted({(r["w"].count("\n"), r["h"]) for r in rows})
    layers = []
    for extra, bold in kinds:
        names = [{"n": r["n"], "w": r["w"]} for r in rows if (r["w"].count("\n"), r["h"]) == (extra, bold)]
        name = text_lines(
            alt.Chart(alt.Data(values=names)), names[0]["w"], align="right", fontWeight="bold" if bold else "normal"
        )
        layers.append(name.encode(y=y, x=alt.value(-10), text="w:N"))
    return layers


def _gap(row: dict[str, Any], unit: str) -> str:
    """What is written where no bar is drawn: the range, or the marker and what it means."""
    if row["value"] is not None or not row["marker"]:
        return "no figure"
    return gap_in_words(row) if is_range(row) else f"{plain(None, unit, row['marker'])} {gap_in_words(row)}"


def bars_alt(table: View) -> str:
    """The alternative text of bars; the view is of one period, in the order drawn."""
    rows = table.rows()
    if not rows:
        return f"Bar chart of {table.called}, without figures."
    at = at_latest(table)
    with_value = sorted((r for r in rows if r["value"] is not None), key=lambda r: (-r["value"], r["series"]))
    hidden = [r for r in rows if r["value"] is None]
    sentences = [f"Bar chart of {table.called}{at}."]
    figures = [f"{r['series']} {printed_words(r, table.unit)}" for r in with_value[:SPOKEN]]
    if figures:
        sentences.append("; ".join(figures) + ".")
    sentences += [f"{r['series']}: {gap_in_words(r)}." for r in hidden[:SPOKEN]]
    return " ".join([*sentences, more_in_table(max(len(with_value), len(hidden)))]).strip()


def steps(
    released: Released, *, columns: Mapping[str, str], title: str | Text | None = None, source: str | None = None
) -> Figure | Text:
    """Several definitions of one released measure as bars, one a step, in the order given.

    The bars are the numerators; a step that is a share of the one before has the share with it.

    Parameters
    ----------
    released : Released
        One released measure table.
    columns : mapping of str to str
        For each definition the name of its step, in order.
    title : str or Text, optional
        Without it, the first and the last step.
    source : str, optional
        Whose data, for the caption.

    Returns
    -------
    Figure or Text
        The chart, its alternative text, its caption and its numbers as a table. A sentence where no step has a figure, with the reason.

    Raises
    ------
    DisclosureError
        Where the table was not released.
    UsageError
        Where the measure has no such definition.
    """
    columns, source = texts_given(columns, "columns"), text_or_none(source, "source")
    released = released_frame(released)
    chosen_rows = rows_of(released, list(columns))
    if sentence := in_place(released, chosen_rows.with_columns(value="numerator"), title=title):
        return sentence
    rows = _rows(released, chosen_rows, columns)
    unit = "FTE" if all(r["unit"] in _UNITS for r in rows) else "people"
    frame = pl.DataFrame(
        [
            {k: r[k] for k in ("series", "value", "lower", "upper", "marker", "left_out", "period_start", "period_end")}
            for r in rows
        ],
        schema_overrides={"value": pl.Float64, "lower": pl.Float64, "upper": pl.Float64, "marker": pl.String},
    )
    name = measure_name(str(released.frame["measure"][0]))
    table = View._of(released, frame, by=_STEP, measure=name, unit=unit, book=None)
    order = pl.DataFrame({"definition": list(columns)})
    numbers = order.join(released.frame, on="definition", maintain_order="left").select(released.frame.columns)
    chosen = _title(table, rows)
    return _figure(
        table,
        title=title,
        chosen=chosen,
        spec=bar_spec(table, rows),
        alt_text=steps_alt(table, rows),
        caption=caption(table, source=source),
        numbers=measure_table_drawn(released._narrowed(numbers), title=title or _sentence(chosen, table)),
        columns=columns,
        source=source,
    )


def _rows(released: Released, step_rows: pl.DataFrame, columns: Mapping[str, str]) -> list[dict[str, Any]]:
    """The steps in order, each with what is drawn, how it is written and the share next to it; step_rows: the released rows."""
    if step_rows.select(FIRST).is_duplicated().any():
        groups = groups_of(released)
        raise UsageError(
            "steps are drawn for one group and one date or period",
            where="{table}",
            hint="measure without by={groups}",
            table=released.name,
            groups=groups,
        )
    if step_rows["measure"].n_unique() > 1 or (step_rows["unit"].is_in(list(_UNITS)).n_unique() > 1):
        raise UsageError(
            "these steps have different units",
            where="{table}",
            hint="draw steps of one measure",
            table=released.name,
        )
    by_definition = {r["definition"]: r for r in step_rows.to_dicts()}
    blank = {**dict.fromkeys(step_rows.columns), **_alike(step_rows), "marker": NOT_AVAILABLE}
    rows = {definition: by_definition.get(definition, {**blank, "definition": definition}) for definition in columns}
    return [_drawn(released, rows[definition], name) for definition, name in columns.items()]


def _alike(step_rows: pl.DataFrame) -> dict[str, Any]:
    """What all steps share."""
    return step_rows.select("measure", "unit", "period_start", "period_end").row(0, named=True)


def _drawn(released: Released, row: dict[str, Any], name: str) -> dict[str, Any]:
    book = book_of(released.result, row["definition"])
    of = book.denominator.words if book is not None and book.denominator is not None else ""
    shares = bool(of) and row["value"] is not None
    kind = book.numerator.kind if book is not None and book.numerator is not None else "people"
    return {
        **row,
        "series": name,
        "value": row["numerator"],
        "lower": None,
        "upper": None,
        "shown": count(row["numerator"], row["marker"], kind=kind),
        "sides": f"({printed(row, '%')} of {of})" if shares else "",
    }


def _title(table: View, rows: list[dict[str, Any]]) -> str:
    """The first and the last step that can be shown."""
    subject = f"{capital(table.measure)}{at_latest(table)}"
    with_value = [r for r in rows if r["value"] is not None]
    if not with_value:
        why = {gap_in_words(r) for r in rows}
        return f"{subject}: {why.pop() if len(why) == 1 else 'no figure can be shown'}"
    unit = " FTE" if table.unit == "FTE" else ""
    ends = [f"{r['shown']}{unit} {uncapital(r['series'])}" for r in (with_value[0], with_value[-1])]
    return f"{subject}: {', '.join(dict.fromkeys(ends))}"


def steps_alt(table: View, rows: list[dict[str, Any]]) -> str:
    """The alternative text of the bars of steps."""
    step_words = [
        f"{r['series']}: {r['shown'] if r['value'] is not None else gap_in_words(r)}{' ' + r['sides'] if r['sides'] else ''}"
        for r in rows
    ]
    return f"Bar chart of {table.measure}{at_latest(table)}, a bar for each step in order. {'; '.join(step_words)}."
