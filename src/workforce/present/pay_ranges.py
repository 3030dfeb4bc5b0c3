"""What each body pays for the same role: its scale from minimum to maximum, and where the median pay of our staff stands in ours.

Everything by the hour; our own scales are told apart by colour and by the median drawn on them; a withheld median says so. Of more roles
than a page can hold, those with most people are drawn.
"""

from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Any, Final

import polars as pl

from workforce.disclosure import Released
from workforce.errors import UsageError, did_you_mean
from workforce.present.captions import caption
from workforce.present.drawn_groups import left_out_sentence, smallest
from workforce.present.figure import Figure, _figure
from workforce.present.in_place import in_place
from workforce.present.layout import LINE, Axis, axis, short
from workforce.present.numerals import capital, count, listed, plain, rounded, short_name
from workforce.present.text import Shown, Text
from workforce.present.text_width import text_width, wrapped
from workforce.present.theme import INK, PALETTE, PAPER, QUIET, altair, specification
from workforce.present.trend import value_axis
from workforce.present.view import View, clean, gap_in_words, groups_of, released_frame
from workforce.present.wide import wide_table
from workforce.results import MeasureTable
from workforce.sealed import text_given, text_or_none, texts_given

MOST_ROLES: Final = 12
_MEASURE: Final = "pay_position"
PLOT: Final = 340
STEP: Final = 22
_NAME: Final = 205  # pixels of a line of a body's name
_HOURLY: Final = "£ an hour"
_SHOWN: Final = ("scale_minimum", "scale_midpoint", "scale_maximum", "median")
_GAP: Final = "gap_to_maximum"
_SPOKEN: Final = 12


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
