"""A measure of one period by group, as horizontal bars with their limits and numbers.

Bars start at zero; a withheld group keeps its place and shows its marker; the numbers stand beside the bars. Of more groups than a reader
can compare, those with most people are drawn.
"""

from types import ModuleType
from typing import Any, Final

from workforce.disclosure import Released
from workforce.errors import UsageError, did_you_mean
from workforce.periods import Period
from workforce.present.captions import axis_words, bars_alt, caption
from workforce.present.drawn_groups import groups_with_room
from workforce.present.figure import Figure, _figure
from workforce.present.in_place import in_place, sentence_of
from workforce.present.layout import LINE, axis, short
from workforce.present.measure_tables import measure_table_drawn
from workforce.present.numerals import capital, count, limits, measure_name, plain
from workforce.present.order import ORDERED, in_order
from workforce.present.text import Text
from workforce.present.text_width import text_width, wrapped
from workforce.present.theme import INK, PALETTE, PAPER, QUIET, RULE, SOFT_INK, altair, specification
from workforce.present.trend import TARGET, target_layers, tooltips, value_axis
from workforce.present.view import EVERYONE, View, gap_in_words, view
from workforce.present.words import bars_title
from workforce.results import A_YEAR
from workforce.sealed import number_or_none, text_given, text_or_none

MOST_BARS: Final = 40
PLOT: Final = 380
NAME_WIDTH: Final = 190
_FIGURES: Final = 58  # least pixels for the figures, which stand to the right of the plot
STEP: Final = 34


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


_IN_WORDS: Final = {
    "people": "people",
    "cases": "cases",
    "days": "days",
    "hours": "hours",
    "fte": "FTE",
    "posts": "FTE",
    "expected": "expected",
}


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
        .encode(y=y, x=x, color=alt.Color("c:N", scale=None), opacity=lit, tooltip=tooltips(alt, seen, dated=False))
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
