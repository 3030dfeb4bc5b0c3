"""What each body pays for the same role, as ranges; and pay in sentences: who pays more, equity, gaps and costs.

Everything by the hour; our own scales have their own colour and the median drawn on them; a withheld median has its marker.
"""

from collections.abc import Mapping, Sequence
from math import exp
from types import ModuleType
from typing import Any, Final, Protocol

import polars as pl

from workforce.disclosure import Released
from workforce.disclosure.rules import MARKERS
from workforce.errors import UsageError, did_you_mean
from workforce.measures.costs import UnitCosts
from workforce.present.drawing.axes import LINE, Axis, axis, short, text_lines, value_axis
from workforce.present.drawing.text_width import text_width, wrapped
from workforce.present.drawing.theme import INK, PALETTE, PAPER, QUIET, altair, specification
from workforce.present.kinds.wide import wide_table
from workforce.present.shown import Figure, Shown, Text, _figure, _of_settings, _sentence
from workforce.present.text.numbers import (
    capital,
    clean,
    count,
    gap_in_words,
    listed,
    number,
    plain,
    plural,
    printed,
    rounded,
    short_name,
)
from workforce.present.text.sentences import SPOKEN, caption, in_place
from workforce.present.view import View, groups_of, left_out_sentence, released_frame, smallest
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
        Which roles, in that order; without it all. Of more than 12 those with most of our staff are drawn, and the caption says so.
    names : mapping of str to str, optional
        How a body is written, where the table has a short name for it.
    title : str or Text, optional
        Without it, in how many scales other employers pay more at the top.
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
        roles
        if roles is None
        else [text_given(role, "roles") for role in ([roles] if isinstance(roles, str) else roles)]
    )
    names, source = texts_given(names or {}, "names"), text_or_none(source, "source")
    released = released_frame(released)
    frame = _positions(released)
    all_roles = frame["role"].unique().sort().to_list()
    asked_roles = list(dict.fromkeys(roles or ()))
    if sentence := in_place(released, _asked_rows(frame, all_roles), title=title):
        return sentence
    for role in asked_roles:
        if role not in all_roles:
            raise UsageError(
                'the table has no role "{name}"', where="roles=", hint=did_you_mean(role, all_roles), name=role
            )
    drawn_roles, not_drawn = _largest(frame, asked_roles if roles is not None else all_roles)
    role_rows = frame.filter(pl.col("role").is_in(drawn_roles))
    scale_rows = role_rows.filter(pl.col("definition").is_in(_SHOWN))
    table = View._of(
        released, scale_rows.with_columns(series="role"), by="role", measure=_MEASURE, unit=_HOURLY, book=None
    )
    bodies = {role: _bodies(scale_rows.filter(pl.col("role") == role), names) for role in drawn_roles}
    sentences = [
        not_drawn,
        "Bars: each employer's scale from its minimum to its maximum, with a line at its midpoint, in pounds an hour.",
        "Diamonds: median basic pay of our staff in the role.",
    ]
    return _figure(
        table,
        title=title,
        chosen=_title(role_rows, drawn_roles),
        spec=_spec(bodies),
        alt_text=f"{pay_alt(bodies)} {not_drawn}".strip(),
        caption=caption(table, source=source, extra=sentences),
        numbers=_table(released, _asked_rows(frame, asked_roles or all_roles)),
        names=names,
        source=source,
    )


def _positions(released: Released) -> pl.DataFrame:
    """The rows of the latest date, checked."""
    frame = released.frame
    by_role_and_body = isinstance(released.result, MeasureTable) and {"role", "body"} <= set(released.result.groups)
    measures = {d.measure for d in released.result.definitions} | set(
        frame["measure"] if "measure" in frame.columns else ()
    )
    if not by_role_and_body or not measures <= {_MEASURE}:
        raise UsageError(
            "this is not a table of pay positions",
            where="{table}",
            hint="use wf.pay.position, and release it",
            table=released.name,
        )
    # A row without a role has no staff: no organisation has staff in a role on that day.
    latest = frame.filter(pl.col("period_end") == pl.col("period_end").max()).drop_nulls(["role", "body"])
    if latest.select("definition", "role", "body").is_duplicated().any():
        other_columns = [g for g in groups_of(released) if g not in ("role", "body")]
        raise UsageError(
            "several rows are for one role and employer; they differ in {columns}",
            where="{table}",
            hint="measure without by=, or filter before release",
            columns=listed(other_columns),
            table=released.name,
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
    by_body: dict[str, dict[str, Any]] = {}
    for r in rows.to_dicts():
        body = by_body.setdefault(
            r["body"], {"body": clean(names.get(r["body"], r["body"])), "own": False, "gap": "", "people": ""}
        )
        body[r["definition"]] = r["value"]
        if r["definition"] == "median":
            body |= {"own": True, "gap": "" if r["value"] is not None else f"[{r['marker']}] {gap_in_words(r)}"}
            body["people"] = count(r["denominator"], r["marker"])
    return sorted(by_body.values(), key=lambda b: (not b["own"], -(b.get("scale_maximum") or 0.0), b["body"]))


def _title(role_rows: pl.DataFrame, roles: list[str]) -> str:
    gaps = role_rows.filter(pl.col("definition") == _GAP, pl.col("value").is_not_null())
    if gaps.is_empty():
        return f"Hourly pay in {len(roles)} role{'' if len(roles) == 1 else 's'} compared with other employers' scales"
    above, total = len(gaps.filter(pl.col("value") > 0)), len(gaps)
    if total == 1:
        gap, role = gaps["value"].item(), clean(gaps["role"].item())
        how = "above" if gap > 0 else "below" if gap < 0 else ""
        subject = "the median of other employers' highest rates is"
        return f"{role}: {subject} {rounded(abs(gap), 1)}% {how} ours" if how else f"{role}: {subject} the same as ours"
    return f"The median of other employers' highest rates is above ours in {above or 'none'} of {total} scales"


def pay_alt(bodies: dict[str, list[dict[str, Any]]]) -> str:
    """The alternative text of pay ranges: the scales of each role, employer by employer."""
    sentences = [
        f"Range chart of hourly pay in {len(bodies)} role{'' if len(bodies) == 1 else 's'}, a bar for each employer's scale."
    ]
    for role, role_bodies in list(bodies.items())[:SPOKEN]:
        body_words = [
            f"{b['body']} {_range(b)}"
            + (
                f", our median {plain(b['median'], _HOURLY)}"
                if b.get("median") is not None
                else f", our median {b['gap']}"
                if b["own"]
                else ""
            )
            for b in role_bodies
        ]
        sentences.append(f"{clean(role)}: {'; '.join(body_words)}.")
    return " ".join(sentences)


def _range(body: dict[str, Any]) -> str:
    low, high = body.get("scale_minimum"), body.get("scale_maximum")
    return "no scale" if low is None or high is None else f"{plain(low, _HOURLY)} to {plain(high, _HOURLY)}"


def _asked_rows(frame: pl.DataFrame, roles: list[str]) -> pl.DataFrame:
    return frame.filter(pl.col("definition").is_in(_SHOWN), pl.col("role").is_in(roles))


def _table(released: Released, rows: pl.DataFrame) -> Shown:
    drawn_table = released._narrowed(rows)
    title = "Hourly pay: each employer's scale, and the median of our staff"
    return wide_table(drawn_table, columns={c: capital(short_name(_MEASURE, c)) for c in _SHOWN}, title=title)


def _spec(bodies: dict[str, list[dict[str, Any]]]) -> Any:  # noqa: ANN401 - a Vega-Lite specification
    alt = altair()
    figures = [b.get(c) for role_bodies in bodies.values() for b in role_bodies for c in _SHOWN]
    money = axis(figures)
    ranges = max((text_width(_range(b)) for role_bodies in bodies.values() for b in role_bodies), default=0.0)
    medians = PLOT + 14 + max(ranges, 100.0) + 14
    layers: list[Any] = []
    down = 0.0
    for role, role_bodies in bodies.items():
        text = wrapped(clean(role), 2 * _NAME, bold=True)
        down += 8 if layers else 0
        layers.append(_text(alt, "\n".join(text), -_NAME, down + LINE * len(text) / 2 + 4, bold=True))
        down += LINE * len(text) + 8
        for body in role_bodies:
            name = wrapped(body["body"], _NAME - 12, bold=body["own"])
            tall = max(STEP, LINE * len(name) + 6)
            layers += _body(alt, body, "\n".join(name), down + tall / 2, money, medians)
            down += tall
    x = alt.X("v:Q", **{**value_axis(alt, "£", money, grid=True), "scale": _scale(alt, money)})
    frame = alt.Chart(alt.Data(values=[{"v": money.low}])).mark_rule(opacity=0).encode(x=x)
    title = ["Pounds an hour" + (" (the axis does not start at zero)" if money.cut else "")]
    return specification(alt.layer(frame, *layers).properties(width=PLOT, height=max(down, STEP)), title=title)


def _scale(alt: ModuleType, money: Axis) -> Any:  # noqa: ANN401
    return alt.Scale(domain=[money.low, money.high], nice=False, zero=False)


def _text(alt: ModuleType, words: str, across: float, down: float, *, bold: bool = False, align: str = "left") -> Any:  # noqa: ANN401
    base = alt.Chart(alt.Data(values=[{"w": words}]))
    text = text_lines(base, words, align=align, fontWeight="bold" if bold else "normal", color=INK)
    return text.encode(x=alt.value(across), y=alt.value(down), text="w:N")


def _body(alt: ModuleType, body: dict[str, Any], name: str, down: float, money: Axis, medians: float) -> list[Any]:
    """One body's line: its name, its scale, our median where it is ours, and the numbers; `medians` is where these begin."""
    is_ours, median = body["own"], body.get("median")
    scale = _scale(alt, money)
    words = _range(body)
    layers = [
        _text(alt, name, -12, down, align="right", bold=is_ours),
        _text(alt, words, PLOT + 14, down),
    ]
    if is_ours:
        median_words = f"median {plain(median, _HOURLY)}" if median is not None else f"median {body['gap']}"
        layers.append(_text(alt, median_words, medians, down, bold=True))
    tips = [
        alt.Tooltip("s:N", title="Employer"),
        alt.Tooltip("t:N", title="Scale"),
        alt.Tooltip("m:N", title="Our median"),
    ]
    row = {
        "s": body["body"],
        "t": words,
        "m": plain(median, _HOURLY) if median is not None else body["gap"],
        **{k: short(body.get(c)) for k, c in zip("abcy", _SHOWN, strict=True)},
    }
    base = alt.Chart(alt.Data(values=[row]))
    y = alt.value(down)
    if row["a"] is not None and row["c"] is not None:
        bar = base.mark_rule(strokeWidth=9, color=PALETTE[0] if is_ours else QUIET)
        layers.append(bar.encode(x=alt.X("a:Q", scale=scale), x2="c:Q", y=y, tooltip=tips))
        if row["b"] is not None:
            layers.append(base.mark_tick(thickness=2, size=9, color=PAPER).encode(x=alt.X("b:Q", scale=scale), y=y))
    if row["y"] is not None:
        point = base.mark_point(filled=True, shape="diamond", size=130, color=PALETTE[3], stroke=PAPER, strokeWidth=1.5)
        layers.append(point.encode(x=alt.X("y:Q", scale=scale), y=y, tooltip=tips))
    return layers


class CostsWithSource(UnitCosts, Protocol):
    """The area's unit costs, as its settings have them."""

    @property
    def source(self) -> str | None:
        """Who agreed them."""


def costs_sentence(costs: CostsWithSource) -> Text:
    """Which unit costs were used and their source, and what was not costed because area.toml has no unit cost for it.

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
    'Unit costs: £9,500 for a leaver replaced. Source: agreed in May. Not costed, because area.toml has no unit cost ...
    """
    # Each is read once, so that what is printed is what is recorded.
    agreed = {key: None if (cost := getattr(costs, key)) is None else number_given(cost, "costs") for key in _COSTS}
    whose = None if (source := costs.source) is None else text_given(source, "costs")
    cost_words = [f"£{rounded(cost, 0)} {_COSTS[key]}" for key, cost in agreed.items() if cost is not None]
    not_costed = [short_name("cost", d) for d, keys in _NEEDS.items() if any(agreed[key] is None for key in keys)]
    if not cost_words:
        return _of_settings("No costs are shown: area.toml has no unit costs under [costs], and none is assumed.")
    source_words = f" Source: {clean(whose).rstrip('.')}." if whose else " Their source is not given."
    missing = f" Not costed, because area.toml has no unit cost for it: {listed(not_costed)}." if not_costed else ""
    return _of_settings(f"Unit costs: {listed(cost_words)}.{source_words}{missing}", costs=[*agreed.values(), whose])


def who_pays_more(released: Released, *, definition: str = "maximum") -> Text:
    """In how many comparisons of a role another employer pays more an hour, and where the difference is largest.

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
    compared = frame.filter(pl.col("value").is_not_null())
    if compared.is_empty():
        reason = "; ".join(released.result.reasons) or "a scale or its hours are missing"
        return _sentence(f"No scale can be compared with another employer's: {reason}.", released)
    not_compared = len(frame) - len(compared)
    without = (
        f" {not_compared} more cannot be compared, because a scale or its hours are missing." if not_compared else ""
    )
    higher = compared.filter(pl.col("value") > 0).sort(
        "value", "role", "body", "beside", descending=[True, False, False, False]
    )
    start = f"Another employer's hourly {definition} is above ours in {len(higher)} of {len(compared)} comparisons"
    if higher.is_empty():
        return _sentence(f"{start}.{without}", released)
    first: dict[str, Any] = higher.row(0, named=True)
    median = plain(float(higher.select(pl.col("value").median()).item()), "%")
    highest_words = (
        f"{clean(first['beside'])} for {clean(first['role'])}, {printed(first, '%')} above {clean(first['body'])}"
    )
    return _sentence(f"{start}, by {median} at the median; the largest gap is {highest_words}.{without}", released)


def equity_sentence(released: Released) -> Text:
    """For each group: its distance from the group it is compared with, over all roles and within the same roles, with limits.

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
    strata = plural(groups_of(released)[-2])  # the column before the group
    sentences = []
    for group in frame["group"].drop_nulls().unique().sort().to_list():
        compared, reference = _sides(group)
        rows = {
            r["definition"]: r
            for r in frame.filter(pl.col("group") == group, pl.col("definition") != "difference").to_dicts()
        }
        overall, alike_only = (_apart(rows.get(definition)) for definition in ("overall", "like_for_like"))
        sentences.append(
            f"{capital(compared)} compared with {reference}: over all {strata} together {overall}; within the same {strata} {alike_only}."
        )
    return _sentence(" ".join(sentences) or "No two groups can be compared.", released)


def _apart(row: dict[str, Any] | None) -> str:
    if row is None or row["value"] is None:
        marker = (row or {}).get("marker") or "x"
        return f"[{marker}] {MARKERS.get(marker, 'not shown')}"
    value, lower, upper = row["value"], row["lower"], row["upper"]
    size = number(abs(value), "£ an hour")
    if lower is None or upper is None:
        return f"{size} {'less' if value > 0 else 'more'}" if value else "the same"
    nearer, further = (plain(abs(v), "£ an hour") for v in ((lower, upper) if value > 0 else (upper, lower)))
    if lower <= 0 <= upper:
        more_limit, less_limit = (plain(abs(v), "£ an hour") for v in (lower, upper))
        return f"no clear difference (95% limits: {more_limit} more to {less_limit} less)"
    return f"{size} {'less' if value > 0 else 'more'} (95% limits: {nearer} to {further})"


def decomposition_sentence(released: Released) -> Text:
    """The part of a pay gap associated with recorded factors and the part that remains; the gap in per cent, its parts in log points.

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
    totals = frame.filter(pl.col("covariate") == _ALL)
    decimals = _LOG.get(released.rule, 3)
    covariates = frame.filter(~pl.col("covariate").is_in([_ALL, "intercept"]))["covariate"].unique().sort().to_list()
    what = listed([name.replace("_", " ") for name in covariates]) or "the factors in the model"
    sentences = []
    for group in totals["group"].drop_nulls().unique().sort().to_list():
        compared, reference = _sides(group)
        rows = {r["definition"]: r for r in totals.filter(pl.col("group") == group).to_dicts()}
        gap, gap_parts = rows.get("gap"), [rows.get(d) for d in ("explained", "unexplained")]
        if gap is None or gap["value"] is None or any(p is None or p["value"] is None for p in gap_parts):
            marker = (gap or {}).get("marker") or "x"
            sentences.append(
                f"{capital(compared)} compared with {reference}: [{marker}] {MARKERS.get(marker, 'not shown')}."
            )
            continue
        value = float(gap["value"])
        size = rounded(100 * abs(1 - exp(-value)), decimals - 2)
        how = "lower" if value > 0 else "higher" if value < 0 else "the same"
        goes, remains = (rounded(float(p["value"]), decimals) for p in gap_parts if p is not None)
        sentences.append(
            f"{capital(compared)} compared with {reference}: typical hourly pay is {f'about {size}% {how}' if value else how}, or "
            f"{rounded(value, decimals)} log points (not tested here). "
            f"{goes} is associated with {what}; {remains} remains between people who are alike in these, "
            "from factors that are not in the model. Each is rounded, so they may not add up."
        )
    return _sentence(" ".join(sentences) or "No two groups can be compared.", released)


def _sides(group: str) -> tuple[str, str]:
    """The two groups of a comparison as they were recorded: the group, and the group that it is compared with.

    >>> _sides("female against male")
    ('female', 'male')
    """
    compared, _, reference = clean(group).partition(" against ")
    return compared, reference


def _latest(released: Released, measure: str, maker: str) -> pl.DataFrame:
    released = released_frame(released)
    frame = released.frame
    if not isinstance(released.result, MeasureTable) or not frame["measure"].eq(measure).all():
        raise UsageError(
            "expected the table of wf.pay.{maker}, got another",
            where="{table}",
            hint="use wf.pay.{maker}, and release it",
            table=released.name,
            maker=maker,
        )
    return frame.filter(pl.col("period_end") == pl.col("period_end").max()) if len(frame) else frame
