"""What each body pays for the same role, as ranges; and pay in sentences: who pays more, equity, gaps and costs.

Everything by the hour; our own scales are told apart by colour and by the median drawn on them; a withheld median says so.
"""

from collections.abc import Mapping, Sequence
from math import exp
from types import ModuleType
from typing import Any, Final, Protocol

import polars as pl

from workforce.disclosure import Released
from workforce.disclosure.rules import MARKERS
from workforce.errors import UsageError, did_you_mean
from workforce.present.drawing.axes import LINE, Axis, axis, short, value_axis
from workforce.present.drawing.figure import Figure, _figure
from workforce.present.drawing.text_width import text_width, wrapped
from workforce.present.drawing.theme import INK, PALETTE, PAPER, QUIET, altair, specification
from workforce.present.groups import left_out_sentence, smallest
from workforce.present.kinds.wide import wide_table
from workforce.present.text.captions import caption
from workforce.present.text.numbers import capital, count, listed, number, plain, plural, rounded, short_name
from workforce.present.text.sentences import in_place
from workforce.present.text.text import Shown, Text, _of_settings, _sentence
from workforce.present.view import View, clean, gap_in_words, groups_of, released_frame
from workforce.results import MeasureTable
from workforce.sealed import number_given, text_given, text_or_none, texts_given

MOST_ROLES: Final = 12
_MEASURE: Final = "pay_position"
PLOT: Final = 340
STEP: Final = 22
_NAME: Final = 205  # pixels of a line of a body's name
_HOURLY: Final = "£ an hour"
_SHOWN: Final = ("scale_minimum", "scale_midpoint", "scale_maximum", "median")
_GAP: Final = "gap_to_maximum"
_SPOKEN: Final = 12
_LOG: Final = {"board": 2}  # decimals of log points by rule, otherwise 3: 0.001 is a tenth of a per cent
_ALL: Final = "all"
_COSTS: Final = {
    "leaver": "for a leaver replaced",
    "agency_fte": "for an agency full-time equivalent a year",
    "employed_fte": "for an employed full-time equivalent a year",
}
_NEEDS: Final = {
    "leavers_replaced": ("leaver",),
    "agency_premium": ("agency_fte", "employed_fte"),
    "vacancies_held": ("employed_fte",),
}


def pay_ranges(
    released: Released,
    *,
    roles: Sequence[str] | str | None = None,
    names: Mapping[str, str] | None = None,
    title: str | Text | None = None,
    source: str | None = None,
) -> Figure | Text:
    """Released pay positions as a bar for each body's scale, by role, with the median hourly pay of our staff as a point.

    Parameters
    ----------
    released : Released
        What `wf.pay.position` returned, released; its latest date is shown.
    roles : sequence of str, optional
        Which roles, in that order; without it all. Of more than 12 those in which most of our staff are are drawn, and the caption says so.
    names : mapping of str to str, optional
        How a body is written, where the table has a short name for it.
    title : str or Text, optional
        Without it, in how many roles the comparators pay more at the top.
    source : str, optional
        Whose data, for the caption.

    Returns
    -------
    Figure or Text
        The chart, its alternative text, its caption and its numbers as a table. A sentence where there is neither a scale nor a median to
        draw, with the reason.

    Raises
    ------
    DisclosureError
        Where the table was not released.
    UsageError
        Where `wf.pay.position` has not made the table, or it has no such role.
    """
    roles = (
        roles if roles is None else [text_given(one, "roles") for one in ([roles] if isinstance(roles, str) else roles)]
    )
    names, source = texts_given(names or {}, "names"), text_or_none(source, "source")
    given = released_frame(released)
    frame = _positions(given)
    known = frame["role"].unique().sort().to_list()
    asked = list(dict.fromkeys(roles or ()))
    if sentence := in_place(given, _asked_rows(frame, known), title=title):
        return sentence
    for one in asked:
        if one not in known:
            raise UsageError('the table has no role "{name}"', where="roles=", hint=did_you_mean(one, known), name=one)
    wanted, not_drawn = _largest(frame, asked if roles is not None else known)
    shown = frame.filter(pl.col("role").is_in(wanted))
    drawn = shown.filter(pl.col("definition").is_in(_SHOWN))
    seen = View._of(given, drawn.with_columns(series="role"), by="role", measure=_MEASURE, unit=_HOURLY, book=None)
    bodies = {role: _bodies(drawn.filter(pl.col("role") == role), names) for role in wanted}
    said = [
        not_drawn,
        "Bars: each body's scale from its minimum to its maximum, with a line at its midpoint, in pounds an hour.",
        "Diamonds: median basic pay of our staff in the role.",
    ]
    return _figure(
        seen,
        title=title,
        chosen=_title(shown, wanted),
        spec=_spec(bodies),
        alt=f"{_alt(bodies)} {not_drawn}".strip(),
        caption=caption(seen, source=source, extra=" ".join(words for words in said if words)),
        table=_table(given, _asked_rows(frame, asked or known)),
        names=names,
        source=source,
    )


def _positions(given: Released) -> pl.DataFrame:
    """The rows of the latest date, checked."""
    frame = given.frame
    by_role_and_body = isinstance(given.result, MeasureTable) and {"role", "body"} <= set(given.result.groups)
    measures = {d.measure for d in given.result.definitions} | set(
        frame["measure"] if "measure" in frame.columns else ()
    )
    if not by_role_and_body or not measures <= {_MEASURE}:
        raise UsageError(
            "this is not a table of pay positions",
            where="{table}",
            hint="use wf.pay.position, and release it",
            table=given.name,
        )
    # A row without a role is of nobody: no organisation has staff in a role on that day.
    latest = frame.filter(pl.col("period_end") == pl.col("period_end").max()).drop_nulls(["role", "body"])
    if latest.select("definition", "role", "body").is_duplicated().any():
        others = [g for g in groups_of(given) if g not in ("role", "body")]
        raise UsageError(
            "several rows stand for one role and body; they differ in {columns}",
            where="{table}",
            hint="measure without by=, or filter before release",
            columns=listed(others),
            table=given.name,
        )
    return latest


def _largest(frame: pl.DataFrame, roles: list[str]) -> tuple[list[str], str]:
    """The roles that one chart has room for, in their order, and a sentence on the others."""
    if len(roles) <= MOST_ROLES:
        return roles, ""
    staff = frame.filter(pl.col("definition") == "median").group_by("role").agg(pl.col("denominator").sum())
    sizes = dict.fromkeys(roles, 0.0) | {role: size for role, size in staff.iter_rows() if role in roles}
    left_out = smallest(sizes, len(roles) - MOST_ROLES)
    return [role for role in roles if role not in left_out], left_out_sentence(left_out, len(roles), "roles")


def _bodies(rows: pl.DataFrame, names: Mapping[str, str]) -> list[dict[str, Any]]:
    """The bodies with a scale or a median for one role: our own first, then the others by their maximum."""
    found: dict[str, dict[str, Any]] = {}
    for r in rows.to_dicts():
        held = found.setdefault(
            r["body"], {"body": clean(names.get(r["body"], r["body"])), "own": False, "gap": "", "people": ""}
        )
        held[r["definition"]] = r["value"]
        if r["definition"] == "median":
            held |= {"own": True, "gap": "" if r["value"] is not None else f"[{r['marker']}] {gap_in_words(r)}"}
            held["people"] = count(r["denominator"], r["marker"])
    return sorted(found.values(), key=lambda b: (not b["own"], -(b.get("scale_maximum") or 0.0), b["body"]))


def _title(shown: pl.DataFrame, roles: list[str]) -> str:
    gaps = shown.filter(pl.col("definition") == _GAP, pl.col("value").is_not_null())
    if gaps.is_empty():
        return f"Hourly pay in {len(roles)} role{'' if len(roles) == 1 else 's'} beside other bodies' scales"
    above, total = len(gaps.filter(pl.col("value") > 0)), len(gaps)
    if total == 1:
        gap, role = gaps["value"].item(), clean(gaps["role"].item())
        how = "above" if gap > 0 else "below" if gap < 0 else ""
        most = "the middle one of other bodies' highest rates is"
        return f"{role}: {most} {rounded(abs(gap), 1)}% {how} ours" if how else f"{role}: {most} the same as ours"
    if not above:
        return f"In none of {total} scales do other bodies' highest rates, by their median, pass ours"
    return f"Other bodies' highest rates, by their median, pass ours in {above} of {total} scales"


def _alt(bodies: dict[str, list[dict[str, Any]]]) -> str:
    said = [
        f"Range chart of hourly pay in {len(bodies)} role{'' if len(bodies) == 1 else 's'}, a bar for each body's scale."
    ]
    for role, held in list(bodies.items())[:_SPOKEN]:
        parts = [
            f"{b['body']} {_range(b)}"
            + (
                f", our median {plain(b['median'], _HOURLY)}"
                if b.get("median") is not None
                else f", our median {b['gap']}"
                if b["own"]
                else ""
            )
            for b in held
        ]
        said.append(f"{clean(role)}: {'; '.join(parts)}.")
    return " ".join(said)


def _range(body: dict[str, Any]) -> str:
    low, high = body.get("scale_minimum"), body.get("scale_maximum")
    return "no scale" if low is None or high is None else f"{plain(low, _HOURLY)} to {plain(high, _HOURLY)}"


def _asked_rows(frame: pl.DataFrame, roles: list[str]) -> pl.DataFrame:
    return frame.filter(pl.col("definition").is_in(_SHOWN), pl.col("role").is_in(roles))


def _table(given: Released, drawn: pl.DataFrame) -> Shown:
    only = given._narrowed(drawn)
    title = "Hourly pay: each body's scale, and the median of our staff"
    return wide_table(only, columns={c: capital(short_name(_MEASURE, c)) for c in _SHOWN}, title=title)


def _spec(bodies: dict[str, list[dict[str, Any]]]) -> Any:  # noqa: ANN401 - a Vega-Lite specification
    alt = altair()
    figures = [b.get(c) for held in bodies.values() for b in held for c in _SHOWN]
    money = axis(figures)
    ranges = max((text_width(_range(b)) for held in bodies.values() for b in held), default=0.0)
    medians = PLOT + 14 + max(ranges, 100.0) + 14
    layers: list[Any] = []
    down = 0.0
    for role, held in bodies.items():
        text = wrapped(clean(role), 2 * _NAME, bold=True)
        down += 8 if layers else 0
        layers.append(_text(alt, "\n".join(text), -_NAME, down + LINE * len(text) / 2 + 4, bold=True))
        down += LINE * len(text) + 8
        for body in held:
            name = wrapped(body["body"], _NAME - 12, bold=body["own"])
            tall = max(STEP, LINE * len(name) + 6)
            layers += _body(alt, body, "\n".join(name), down + tall / 2, money, medians)
            down += tall
    x = alt.X("v:Q", scale=_scale(alt, money), axis=value_axis(alt, "£", money, grid=True))
    frame = alt.Chart(alt.Data(values=[{"v": money.low}])).mark_rule(opacity=0).encode(x=x)
    title = ["Pounds an hour" + (" (the axis does not start at zero)" if money.cut else "")]
    return specification(alt.layer(frame, *layers).properties(width=PLOT, height=max(down, STEP)), title=title)


def _scale(alt: ModuleType, money: Axis) -> Any:  # noqa: ANN401
    return alt.Scale(domain=[money.low, money.high], nice=False, zero=False)


def _text(alt: ModuleType, words: str, across: float, down: float, *, bold: bool = False, align: str = "left") -> Any:  # noqa: ANN401
    lines = words.count("\n")
    return (
        alt.Chart(alt.Data(values=[{"w": words}]))
        .mark_text(
            align=align,
            baseline="middle",
            lineBreak="\n",
            lineHeight=LINE,
            dy=-LINE * lines / 2,
            fontWeight="bold" if bold else "normal",
            color=INK,
        )
        .encode(x=alt.value(across), y=alt.value(down), text="w:N")
    )


def _body(alt: ModuleType, body: dict[str, Any], name: str, down: float, money: Axis, medians: float) -> list[Any]:
    """One body's line: its name, its scale, our median where it is ours, and the numbers; `medians` is where these begin."""
    own, median = body["own"], body.get("median")
    scale = _scale(alt, money)
    words = _range(body)
    layers = [
        _text(alt, name, -12, down, align="right", bold=own),
        _text(alt, words, PLOT + 14, down),
    ]
    if own:
        said = f"median {plain(median, _HOURLY)}" if median is not None else f"median {body['gap']}"
        layers.append(_text(alt, said, medians, down, bold=True))
    told = [alt.Tooltip("s:N", title="Body"), alt.Tooltip("t:N", title="Scale"), alt.Tooltip("m:N", title="Our median")]
    row = {
        "s": body["body"],
        "t": words,
        "m": plain(median, _HOURLY) if median is not None else body["gap"],
        **{k: short(body.get(c)) for k, c in zip("abcy", _SHOWN, strict=True)},
    }
    base = alt.Chart(alt.Data(values=[row]))
    y = alt.value(down)
    if row["a"] is not None and row["c"] is not None:
        bar = base.mark_rule(strokeWidth=9, color=PALETTE[0] if own else QUIET)
        layers.append(bar.encode(x=alt.X("a:Q", scale=scale), x2="c:Q", y=y, tooltip=told))
        if row["b"] is not None:
            layers.append(base.mark_tick(thickness=2, size=9, color=PAPER).encode(x=alt.X("b:Q", scale=scale), y=y))
    if row["y"] is not None:
        point = base.mark_point(filled=True, shape="diamond", size=130, color=PALETTE[3], stroke=PAPER, strokeWidth=1.5)
        layers.append(point.encode(x=alt.X("y:Q", scale=scale), y=y, tooltip=told))
    return layers


class CostsWithSource(Protocol):
    """The area's unit costs, as its settings have them."""

    @property
    def leaver(self) -> float | None:
        """Replacing one person who left."""

    @property
    def agency_fte(self) -> float | None:
        """One agency full-time equivalent for a year."""

    @property
    def employed_fte(self) -> float | None:
        """One employed full-time equivalent for a year."""

    @property
    def source(self) -> str | None:
        """Who agreed them."""


def costs_sentence(costs: CostsWithSource) -> Text:
    """Which unit costs were used and whose they are, and what was not costed because none was given.

    Parameters
    ----------
    costs : Costs
        The unit costs, as `records.settings.costs` has them.

    Returns
    -------
    Text
        The sentence, or sentences.

    Examples
    --------
    >>> from collections import namedtuple
    >>> given = namedtuple("Costs", "leaver agency_fte employed_fte source")(9500.0, None, None, "agreed in May")
    >>> costs_sentence(given).text
    'Unit costs: £9,500 for a leaver replaced. Source: agreed in May. Not costed, because area.toml gives no unit cost ...
    """
    # Each is read once, so that what is printed is what is recorded.
    agreed = {key: None if (cost := getattr(costs, key)) is None else number_given(cost, "costs") for key in _COSTS}
    whose = None if (source := costs.source) is None else text_given(source, "costs")
    parts = [f"£{rounded(cost, 0)} {_COSTS[key]}" for key, cost in agreed.items() if cost is not None]
    lacking = [short_name("cost", d) for d, keys in _NEEDS.items() if any(agreed[key] is None for key in keys)]
    if not parts:
        return _of_settings("Nothing is costed: area.toml gives no unit costs under [costs], and none is assumed.")
    named = f" Source: {clean(whose).rstrip('.')}." if whose else " Their source is not given."
    missing = f" Not costed, because area.toml gives no unit cost for it: {listed(lacking)}." if lacking else ""
    return _of_settings(f"Unit costs: {listed(parts)}.{named}{missing}", costs=[*agreed.values(), whose])


def who_pays_more(released: Released, *, definition: str = "maximum") -> Text:
    """In how many comparisons of a role another employer pays more, hour for hour, and where by most.

    Parameters
    ----------
    released : Released
        What `wf.pay.comparison` returned, released; its latest date is used.
    definition : str
        Which end of the scales.

    Returns
    -------
    Text
        The sentence, or sentences.
    """
    definition = text_given(definition, "definition")
    frame = _latest(released, "pay_comparison", "comparison").filter(pl.col("definition") == definition)
    shown = frame.filter(pl.col("value").is_not_null())
    if shown.is_empty():
        reason = "; ".join(released.result.reasons) or "a scale or its hours are missing"
        return _sentence(f"No scale can be compared with another employer's: {reason}.", released)
    lacking = len(frame) - len(shown)
    without = f" {lacking} more cannot be compared, because a scale or its hours are missing." if lacking else ""
    higher = shown.filter(pl.col("value") > 0).sort(
        "value", "role", "body", "beside", descending=[True, False, False, False]
    )
    start = f"Hour for hour, another employer's {definition} is above ours in {len(higher)} of {len(shown)} comparisons"
    if higher.is_empty():
        return _sentence(f"{start}.{without}", released)
    first: dict[str, Any] = higher.row(0, named=True)
    middle = plain(float(higher.select(pl.col("value").median()).item()), "%")
    most = f"{clean(first['beside'])} for {clean(first['role'])}, {plain(first['value'], '%')} above {clean(first['body'])}"
    return _sentence(f"{start}, by {middle} in the middle one of these; the most: {most}.{without}", released)


def equity_sentence(released: Released) -> Text:
    """For each group: its distance from the group it is compared with, over all roles and inside the same roles, with limits.

    Parameters
    ----------
    released : Released
        What `wf.pay.equity` returned, released.

    Returns
    -------
    Text
        The sentence, or sentences.
    """
    frame = _latest(released, "pay_equity", "equity")
    if sentence := in_place(released, frame):
        return sentence
    held = plural(groups_of(released)[-2])  # what was held alike stands before the group
    said = []
    for group in frame["group"].drop_nulls().unique().sort().to_list():
        other, one = _sides(group)
        rows = {
            r["definition"]: r
            for r in frame.filter(pl.col("group") == group, pl.col("definition") != "difference").to_dicts()
        }
        together = _apart(rows.get("overall"))
        alike = _apart(rows.get("like_for_like"))
        said.append(
            f"{capital(other)} beside {one}: over all {held} together {together}; inside the same {held} {alike}."
        )
    return _sentence(" ".join(said) or "No two groups can be compared.", released)


def _apart(row: dict[str, Any] | None) -> str:
    if row is None or row["value"] is None:
        marker = (row or {}).get("marker") or "x"
        return f"[{marker}] {MARKERS.get(marker, 'not shown')}"
    value, lower, upper = row["value"], row["lower"], row["upper"]
    size = number(abs(value), "£ an hour")
    if lower is None or upper is None:
        return f"{size} {'less' if value > 0 else 'more'}" if value else "the same"
    near, far = (plain(abs(v), "£ an hour") for v in ((lower, upper) if value > 0 else (upper, lower)))
    if lower <= 0 <= upper:
        more, less = (plain(abs(v), "£ an hour") for v in (lower, upper))
        return f"no clear difference (95% limits: {more} more to {less} less)"
    return f"{size} {'less' if value > 0 else 'more'} (95% limits: {near} to {far})"


def decomposition_sentence(released: Released) -> Text:
    """What goes with a gap in pay and what remains, for each group; in per cent for the gap, in log points for its parts.

    Parameters
    ----------
    released : Released
        What `wf.pay.oaxaca` returned, released.

    Returns
    -------
    Text
        The sentence, or sentences.
    """
    frame = _latest(released, "pay_gap_parts", "oaxaca")
    if sentence := in_place(released, frame):
        return sentence
    whole = frame.filter(pl.col("covariate") == _ALL)
    decimals = _LOG.get(released.rule, 3)
    named = frame.filter(~pl.col("covariate").is_in([_ALL, "intercept"]))["covariate"].unique().sort().to_list()
    what = listed([name.replace("_", " ") for name in named]) or "what was put in"
    said = []
    for group in whole["group"].drop_nulls().unique().sort().to_list():
        other, one = _sides(group)
        rows = {r["definition"]: r for r in whole.filter(pl.col("group") == group).to_dicts()}
        gap, parts = rows.get("gap"), [rows.get(d) for d in ("explained", "unexplained")]
        if gap is None or gap["value"] is None or any(p is None or p["value"] is None for p in parts):
            marker = (gap or {}).get("marker") or "x"
            said.append(f"{capital(other)} beside {one}: [{marker}] {MARKERS.get(marker, 'not shown')}.")
            continue
        value = float(gap["value"])
        size = rounded(100 * abs(1 - exp(-value)), decimals - 2)
        how = "lower" if value > 0 else "higher" if value < 0 else "the same"
        goes, remains = (rounded(float(p["value"]), decimals) for p in parts if p is not None)
        said.append(
            f"{capital(other)} beside {one}: typical hourly pay is {f'about {size}% {how}' if value else how}, or "
            f"{rounded(value, decimals)} log points. {goes} goes with {what}; {remains} remains between people alike in these, for "
            "whatever was not put in. Each is rounded, so they need not add up."
        )
    return _sentence(" ".join(said) or "No two groups can be compared.", released)


def _sides(group: str) -> tuple[str, str]:
    """The two groups of a comparison as they were recorded: the one that is compared, and with whom.

    >>> _sides("female against male")
    ('female', 'male')
    """
    other, _, one = clean(group).partition(" against ")
    return other, one


def _latest(released: Released, measure: str, maker: str) -> pl.DataFrame:
    given = released_frame(released)
    frame = given.frame
    if not isinstance(given.result, MeasureTable) or not frame["measure"].eq(measure).all():
        raise UsageError(
            "this is another table",
            where="{table}",
            hint="use wf.pay.{maker}, and release it",
            table=given.name,
            maker=maker,
        )
    return frame.filter(pl.col("period_end") == pl.col("period_end").max()) if len(frame) else frame
