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
from workforce.present.drawing.axes import LINE, TARGET, axis, short, target_layers, tooltips, value_axis
from workforce.present.drawing.figure import Figure, _figure
from workforce.present.drawing.text_width import text_width, wrapped
from workforce.present.drawing.theme import INK, PALETTE, PAPER, QUIET, RULE, SOFT_INK, altair, specification
from workforce.present.groups import ORDERED, groups_with_room, in_order
from workforce.present.kinds.measure_table import measure_table_drawn
from workforce.present.text.captions import axis_words, caption
from workforce.present.text.numbers import capital, count, limits, measure_name, number, percent, plain, plural
from workforce.present.text.sentences import (
    SPOKEN,
    in_place,
    more_in_table,
    names_or_count,
    sentence_of,
    title_in_place,
    title_subject,
)
from workforce.present.text.text import Text, _sentence
from workforce.present.view import (
    EVERYONE,
    View,
    book_of,
    gap_in_words,
    groups_of,
    preposition,
    released_frame,
    rows_of,
    seen_of,
    view,
    when,
)
from workforce.results import A_YEAR, FIRST, NOT_AVAILABLE
from workforce.sealed import number_or_none, text_given, text_or_none, texts_given

MOST_BARS: Final = 40
PLOT: Final = 380
NAME_WIDTH: Final = 190
_FIGURES: Final = 58  # least pixels for the figures, which stand to the right of the plot
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
_UNITS: Final = {"FTE": "FTE"}  # full-time equivalents stand on a scale of their own; all else is counted in people
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
    """One period of a released measure table as bars by group, with whiskers at the 95% limits and the numbers beside them.

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
    whole = view(released, by=by, definition=definition)
    if whole.frame.is_empty():
        return sentence_of(whole, whole.frame, title=title)
    if period is not None and period not in whole.periods:
        raise UsageError("the table does not hold that period", where="period=", hint="leave it out for the latest one")
    seen = whole.at(period or whole.periods[-1]) if whole.periods else whole
    if sentence := in_place(seen, title=title):
        return sentence
    by_argument = {"reference": reference, "highlight": highlight}
    missing = [_missing(seen, name, group) for name, group in by_argument.items() if group not in (None, *seen.series)]
    highlight = highlight if highlight in seen.series else None
    rule = next((r for r in seen.rows() if r["series"] == reference), None)
    always = [group for group in by_argument.values() if group is not None]
    fitting, not_drawn = groups_with_room(seen, MOST_BARS + (rule is not None), always=always)
    drawn = [r for r in _sorted(fitting) if r["series"] != reference]
    extra = [
        f"Dashed line: {reference}." if rule is not None and rule["value"] is not None else "",
        *missing,
        not_drawn,
    ]
    compared = seen if reference is None else _without(seen, reference)
    return _figure(
        seen,
        title=title,
        chosen=bars_title(compared),
        spec=bar_spec(seen, drawn, rule=rule, target=target, target_name=target_name, highlight=highlight),
        alt=f"{bars_alt(fitting)} {not_drawn}".strip(),
        caption=caption(seen, source=source, limits="Whiskers", extra=" ".join(words for words in extra if words)),
        table=measure_table_drawn(released, by=by, definition=definition),
        target=target,
        target_name=target_name if target is not None and target_name != TARGET else None,
        source=source,
    )


def _missing(seen: View, argument: str, group: str | None) -> str:
    """A sentence on a group that was asked for and has no row: an organisation without records, or without published figures."""
    names = {printed for _, printed in seen._provenance.names}
    if group is None or (group not in names and seen.rule != "published"):
        raise UsageError(
            "the table has no such group",
            where="{name}=",
            hint=did_you_mean(group or "", seen.series),
            name=argument,
        )
    return f"There is no figure of {group}."


def _without(seen: View, name: str) -> View:
    return seen._with(seen.frame.filter(seen.frame["series"] != name))


def _sorted(seen: View) -> list[dict[str, Any]]:
    if seen.by in ORDERED:
        return in_order(seen.rows(), [seen.by])
    return sorted(seen.rows(), key=lambda r: (r["value"] is None, -(r["value"] or 0.0), r["series"]))


def _beside(row: dict[str, Any], seen: View) -> str:
    """The two sides of a rate, which stand beside the bar."""
    book = seen.book
    if row["value"] is None or not book or not book.numerator or not book.denominator:
        return ""
    if row["numerator"] is None or row["denominator"] is None:
        return ""
    kinds = book.numerator.kind, book.denominator.kind
    sides = count(row["numerator"], kind=kinds[0]), count(row["denominator"], kind=kinds[1])
    if kinds[0] != kinds[1]:
        called = [side.called or _IN_WORDS[side.kind] for side in (book.numerator, book.denominator)]
        return f"({sides[0]} {called[0]} / {sides[1]} {called[1]})"
    # An annual rate of a longer period does not follow from "so many of so many": say both apart.
    apart = seen.unit.endswith(A_YEAR)
    return f"({sides[0]} in the period; {sides[1]} in post)" if apart else f"({sides[0]} of {sides[1]})"


def bar_spec(
    seen: View,
    drawn: list[dict[str, Any]],
    *,
    rule: dict[str, Any] | None = None,
    target: float | None = None,
    target_name: str = TARGET,
    highlight: str | None = None,
) -> Any:  # noqa: ANN401
    """Bars in the order of the rows; `shown` and `beside` of a row, where it has them, stand for the words made from its figures."""
    alt = altair()
    names = [
        wrapped(
            capital(measure_name(seen.measure)) if r["series"] == EVERYONE and not seen.by else r["series"], NAME_WIDTH
        )
        for r in drawn
    ]
    numbers = axis(
        [r[c] for r in drawn for c in ("value", "lower", "upper")] + [target, rule["value"] if rule else None],
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
            "t": r.get("shown") or plain(r["value"], seen.unit, r["marker"]),
            "d": r["beside"] if "beside" in r else _beside(r, seen),
            "g": f"{plain(None, seen.unit, r['marker'])} {gap_in_words(r)}"
            if r["value"] is None and r["marker"]
            else "no figure",
            "c": PALETTE[0] if highlight is None or r["series"] == highlight else QUIET,
            "h": r["series"] == highlight,
            "i": limits(r["lower"], r["upper"], seen.unit),
        }
        for n, (r, name) in enumerate(zip(drawn, names, strict=True))
    ]
    lines = max((len(name) for name in names), default=1)
    step = max(STEP, LINE * lines + 12)
    data = alt.Data(values=rows)
    base = alt.Chart(data)
    y = alt.Y("n:O", axis=None, scale=alt.Scale(domain=list(range(len(rows))), paddingInner=0.35, paddingOuter=0.2))
    x = alt.X(
        "y:Q",
        scale=alt.Scale(domain=[numbers.low, numbers.high], nice=False),
        axis=value_axis(alt, seen.unit, numbers, grid=True),
    )
    figures_end = PLOT + 8 + max([_FIGURES, *(text_width(r["t"], bold=True) for r in rows)])
    hover = alt.selection_point(name="hover", on="pointerover", fields=["n"], clear="pointerout")
    lit = alt.condition(hover, alt.value(1), alt.value(0.4))
    shown, hidden = base.transform_filter("isValid(datum.y)"), base.transform_filter("!isValid(datum.y)")
    limited = shown.transform_filter("isValid(datum.l) && isValid(datum.u)")
    layers = [
        alt.Chart(data, name="bars")
        .transform_filter("isValid(datum.y)")
        .mark_bar()
        .encode(
            y=y,
            x=x,
            color=alt.Color("c:N", scale=None),
            opacity=lit,
            tooltip=tooltips(alt, grouped=bool(seen.by), dated=False),
        )
        .add_params(hover),
        # A white edge keeps the whisker in sight where it crosses its own bar.
        limited.mark_rule(strokeWidth=4.5, color=PAPER).encode(y=y, x=alt.X("l:Q"), x2="u:Q"),
        limited.mark_rule(strokeWidth=1.75, color=INK).encode(y=y, x=alt.X("l:Q"), x2="u:Q"),
        *(
            limited.mark_tick(thickness=1.75, size=9, color=INK).encode(y=y, x=alt.X(f"{side}:Q"))
            for side in ("l", "u")
        ),
        alt.Chart(alt.Data(values=[{"v": 0}])).mark_rule(color=RULE).encode(x="v:Q"),
        *_names(alt, rows, y),
        shown.mark_text(align="right", baseline="middle", fontWeight="bold").encode(
            y=y, x=alt.value(figures_end), text="t:N"
        ),
        shown.mark_text(align="left", baseline="middle", color=SOFT_INK, fontSize=11).encode(
            y=y, x=alt.value(figures_end + 8), text="d:N"
        ),
        hidden.mark_text(align="left", baseline="middle", dx=6, color=SOFT_INK).encode(y=y, x=alt.datum(0), text="g:N"),
        # One line up where the other rule has its words too.
        *target_layers(alt, target, seen.unit, across=False, words=target_name, lift=LINE if rule else 0),
        *target_layers(
            alt, rule["value"] if rule else None, seen.unit, across=False, words=rule["series"] if rule else ""
        ),
    ]
    return specification(
        alt.layer(*layers).properties(width=PLOT, height=max(1, len(rows)) * step), title=axis_words(seen)
    )


def _names(alt: ModuleType, rows: list[dict[str, Any]], y: Any) -> list[Any]:  # noqa: ANN401
    """The groups' names, each centred on its bar however many lines it takes; a highlighted one is bold."""
    kinds = sorted({(r["w"].count("\n"), r["h"]) for r in rows})
    return [
        alt.Chart(
            alt.Data(values=[{"n": r["n"], "w": r["w"]} for r in rows if (r["w"].count("\n"), r["h"]) == (extra, bold)])
        )
        .mark_text(
            align="right",
            baseline="middle",
            lineBreak="\n",
            lineHeight=LINE,
            dy=-LINE * extra / 2,
            fontWeight="bold" if bold else "normal",
        )
        .encode(y=y, x=alt.value(-10), text="w:N")
        for extra, bold in kinds
    ]


def bars_title(  # noqa: PLR0911 - a sentence for each case
    shown: Released | View, *, by: str | None = None, definition: str | None = None
) -> Text:
    """The title of bars of one period: highest and lowest, with care: limits that overlap make no clear difference.

    Parameters
    ----------
    shown : Released
        One released result.
    by : str, optional
        The column that tells the series apart; needed only where several columns do.
    definition : str, optional
        Needed only where the table has several.

    Returns
    -------
    Text
        The title.
    """
    seen = seen_of(shown, by, definition)
    if words := title_in_place(seen):
        return words
    subject = capital(seen.called)
    period = seen.periods[-1] if seen.periods else None
    at = f" {preposition(period)} {when(period)}" if period else ""
    rows = (seen.at(period) if period else seen).rows()
    if not rows:
        return _sentence(f"{subject}: no figures for this period", seen)
    known = sorted((r for r in rows if r["value"] is not None), key=lambda r: (-r["value"], r["series"]))
    if not known:
        why = {gap_in_words(r) for r in rows}
        return _sentence(f"{subject}{at}: {why.pop() if len(why) == 1 else 'no figure can be shown'}", seen)
    if len(rows) == 1:
        return _sentence(f"{title_subject(seen)} stood at {number(known[0]['value'], seen.unit)}{at}", seen)
    if len(known) == 1:
        hidden = len(rows) - 1
        return _sentence(
            f"{subject} in {known[0]['series']} stood at {number(known[0]['value'], seen.unit)}{at}; {hidden} not shown",
            seen,
        )
    groups = plural(seen.by or "group")
    which = f"the {len(known)} {groups}" + (" shown" if len(known) < len(rows) else "")
    top, bottom = known[0], known[-1]
    most, least = plain(top["value"], seen.unit), plain(bottom["value"], seen.unit)
    if most == least:
        return _sentence(f"{subject} stood at {number(top['value'], seen.unit)} in each of {which}{at}", seen)
    limited = None not in (top["lower"], top["upper"], bottom["lower"], bottom["upper"])
    if limited and top["lower"] <= bottom["upper"]:
        return _sentence(f"No clear difference in {seen.called} between {which}{at}", seen)
    highest = [r["series"] for r in known if plain(r["value"], seen.unit) == most]
    lowest = [r["series"] for r in known if plain(r["value"], seen.unit) == least]
    among = f" of {which}" if len(known) < len(rows) else ""
    top_names, bottom_names = (names_or_count(names, len(known)) for names in (highest, lowest))
    return _sentence(
        f"{subject}{at}: highest in {top_names} ({most}), lowest in {bottom_names} ({least}){among}",
        seen,
    )


def bars_alt(seen: View) -> str:
    """The alternative text of bars; the view is of one period, in the order drawn."""
    rows = seen.rows()
    if not rows:
        return f"Bar chart of {seen.called}, without figures."
    period = seen.periods[-1] if seen.periods else None
    at = f" {preposition(period)} {when(period)}" if period else ""
    known = sorted((r for r in rows if r["value"] is not None), key=lambda r: (-r["value"], r["series"]))
    hidden = [r for r in rows if r["value"] is None]
    said = [f"Bar chart of {seen.called}{at}."]
    figures = [f"{r['series']} {number(r['value'], seen.unit)}" for r in known[:SPOKEN]]
    if figures:
        said.append("; ".join(figures) + ".")
    said += [f"{r['series']}: {gap_in_words(r)}." for r in hidden[:SPOKEN]]
    return " ".join([*said, more_in_table(max(len(known), len(hidden)))]).strip()


def steps(
    released: Released, *, columns: Mapping[str, str], title: str | Text | None = None, source: str | None = None
) -> Figure | Text:
    """Several definitions of one released measure as bars, one a step, in the order asked for.

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
    given = released_frame(released)
    chosen_rows = rows_of(given, list(columns))
    if sentence := in_place(given, chosen_rows.with_columns(value="numerator"), title=title):
        return sentence
    rows = _rows(given, chosen_rows, columns)
    unit = "FTE" if all(r["unit"] in _UNITS for r in rows) else "people"
    frame = pl.DataFrame(
        [
            {k: r[k] for k in ("series", "value", "lower", "upper", "marker", "left_out", "period_start", "period_end")}
            for r in rows
        ],
        schema_overrides={"value": pl.Float64, "lower": pl.Float64, "upper": pl.Float64, "marker": pl.String},
    )
    name = measure_name(str(given.frame["measure"][0]))
    seen = View._of(given, frame, by=_STEP, measure=name, unit=unit, book=None)
    order = pl.DataFrame({"definition": list(columns)})
    numbers = order.join(given.frame, on="definition", maintain_order="left").select(given.frame.columns)
    chosen = _title(seen, rows)
    return _figure(
        seen,
        title=title,
        chosen=chosen,
        spec=bar_spec(seen, rows),
        alt=_alt(seen, rows),
        caption=caption(seen, source=source),
        table=measure_table_drawn(given._narrowed(numbers), title=title or _sentence(chosen, seen)),
        columns=columns,
        source=source,
    )


def _rows(given: Released, kept: pl.DataFrame, columns: Mapping[str, str]) -> list[dict[str, Any]]:
    """The steps in order, each with what is drawn, how it is written and what stands beside it; kept: the rows of these steps."""
    if kept.select(FIRST).is_duplicated().any():
        groups = groups_of(given)
        raise UsageError(
            "steps are drawn of one group and one date or period",
            where="{table}",
            hint="measure without by={groups}",
            table=given.name,
            groups=groups,
        )
    if kept["measure"].n_unique() > 1 or (kept["unit"].is_in(list(_UNITS)).n_unique() > 1):
        raise UsageError(
            "these steps do not stand on one scale", where="{table}", hint="draw those of one measure", table=given.name
        )
    found = {r["definition"]: r for r in kept.to_dicts()}
    blank = {**dict.fromkeys(kept.columns), **_alike(kept), "marker": NOT_AVAILABLE}
    rows = {definition: found.get(definition, {**blank, "definition": definition}) for definition in columns}
    return [_drawn(given, rows[definition], name) for definition, name in columns.items()]


def _alike(kept: pl.DataFrame) -> dict[str, Any]:
    """What all steps share."""
    return kept.select("measure", "unit", "period_start", "period_end").row(0, named=True)


def _drawn(given: Released, row: dict[str, Any], name: str) -> dict[str, Any]:
    book = book_of(given.result, row["definition"])
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
        "beside": f"({percent(row['value'])} of {of})" if shares else "",
    }


def _at(seen: View) -> str:
    period = seen.periods[-1] if seen.periods else None
    return f" {preposition(period)} {when(period)}" if period else ""


def _title(seen: View, rows: list[dict[str, Any]]) -> str:
    """The first and the last step that can be shown."""
    subject = f"{capital(seen.measure)}{_at(seen)}"
    known = [r for r in rows if r["value"] is not None]
    if not known:
        why = {gap_in_words(r) for r in rows}
        return f"{subject}: {why.pop() if len(why) == 1 else 'no figure can be shown'}"
    unit = " FTE" if seen.unit == "FTE" else ""
    said = [f"{r['shown']}{unit} {r['series'][:1].lower()}{r['series'][1:]}" for r in (known[0], known[-1])]
    return f"{subject}: {', '.join(dict.fromkeys(said))}"


def _alt(seen: View, rows: list[dict[str, Any]]) -> str:
    said = [
        f"{r['series']}: {r['shown'] if r['value'] is not None else gap_in_words(r)}{' ' + r['beside'] if r['beside'] else ''}"
        for r in rows
    ]
    return f"Bar chart of {seen.measure}{_at(seen)}, a bar for each step in order. {'; '.join(said)}."
