"""Hazard ratios with their limits, on a scale on which twice and half as fast are equally far from no difference.

A comparison is clear where its 95% limits exclude 1; it then has its own shape and colour. A level of which nobody left has no ratio but a
limit, "at most 0.30 times". What a title claims also passes the joint test of all levels of its covariate. Where a ratio changes with
length of service the sentence says that it is an average; a ratio is never called a cause.
"""

import math
from types import ModuleType
from typing import Any, Final

import polars as pl

from workforce.disclosure import Released
from workforce.disclosure.rules import WITHHELD
from workforce.errors import UsageError, did_you_mean
from workforce.present.drawing.axes import LINE, short, text_lines
from workforce.present.drawing.text_width import text_width, wrapped
from workforce.present.drawing.theme import GRID, INK, PALETTE, PAPER, RULE, SOFT_INK, altair, specification
from workforce.present.shown import Figure, Table, Text, _figure, _html_table, _sentence, titled
from workforce.present.text.numbers import (
    capital,
    clean,
    count,
    gap_in_words,
    label,
    limits,
    listed,
    plain,
    plural,
    rounded,
    uncapital,
    worded,
)
from workforce.present.text.sentences import SPOKEN, caption, explained, marker_meaning, sentence_of
from workforce.present.text.titles import not_alike
from workforce.present.view import ORDERED, View, groups_with_room, place, released_frame
from workforce.results import Hazards, Test
from workforce.sealed import text_given, text_or_none

MOST_ROWS: Final = 40
PLOT: Final = 330
STEP: Final = 26
_NAME: Final = 200  # pixels of a line of a name
_RATIOS_AT: Final = PLOT + 16  # pixels: where the ratios begin
_HEADS: Final = ("Ratio (95% limits)", "Leavers")
_SMALL: Final = 11
_TICKS: Final = (0.1, 0.2, 0.25, 0.5, 1.0, 2.0, 4.0, 5.0, 10.0)
_ENDS: Final = (0.1, 10.0)  # a ratio beyond these shows only that there were few leavers
_ROOM: Final = 1.12  # past the furthest limit
RATIO: Final = "ratio"
ALLOWING: Final = "allowing for everything else in the model"
COMPARED: Final = "how fast staff of different groups leave"
CHANGES: Final = 0.05  # below this p value a ratio changes with length of service
# What covariates are called, the units of numbers, and the words before and after the name of a group.
_ABOUT: Final = {
    "caseload": "Cases per FTE, month before",
    "caseload_band": "Cases per FTE, month before",
    "fte": "FTE",
}
_UNITS: Final = {"caseload": "cases per FTE", "fte": "FTE"}
_WHO: Final = {"locality": ("in", ""), "caseload_band": ("with", " cases per FTE"), "age_band": ("aged", "")}
_ONE_SIDED: Final = (
    '"At most": nobody of the group left; "at least": all left before the others. The data give a limit and no ratio.'
)
_NAMED: Final = 2
_SMALLEST: Final = 0.001
_CHANCE: Final = 0.05  # the level of a test, as of the 95% limits


def forest(released: Released, *, title: str | Text | None = None, source: str | None = None) -> Figure | Text:
    """Released hazard ratios as points with 95% limits, a heading for each covariate, and the ratio and the leavers next to them.

    Limits beyond a tenth or ten times are drawn to there. Of more than 40 rows those with most people are drawn, and the caption says so.

    Parameters
    ----------
    released : Released
        Hazard ratios, released.
    title : str or Text, optional
        Without it, what is clear in the data.
    source : str, optional
        Whose data, for the caption.

    Returns
    -------
    Figure or Text
        The chart, its alternative text, its caption and its numbers as a table. A sentence with the reason where no ratio can be drawn.

    Raises
    ------
    DisclosureError
        Where the table was not released.
    UsageError
        Where the table has no hazard ratios.
    """
    source = text_or_none(source, "source")
    table = hazards(released)
    if not compared(table):
        return sentence_of(table, table.frame.filter(~pl.col("reference")), title=title, about=COMPARED)
    references = table.frame.filter("reference")["series"].to_list()
    fitting, not_drawn = groups_with_room(table, MOST_ROWS, always=references)
    changing = table.frame.filter(table.frame["check"] < CHANGES)["about"].unique(maintain_order=True).to_list()
    methods = table.frame["method"].drop_nulls().unique().sort().to_list()
    sentences = [
        not_drawn,
        f"Measured as hazard ratios of leaving (Cox 1972, ties by Efron, delayed entry), {ALLOWING}.",
        f"Lines: 95% limits (standard errors {clean(methods[0]).replace('_id', '')})." if methods else "",
        "Diamonds: the limits exclude 1.",
        f"Lines that end in a bar have no point. {_ONE_SIDED}" if any(has_one_limit(r) for r in fitting.rows()) else "",
        f"The ratios for {' and '.join(changing).lower()} change with length of service and are averages over all lengths of service."
        if changing
        else "",
    ]
    return _figure(
        table,
        title=title,
        chosen=hazards_title(table),
        spec=_spec(fitting),
        alt_text=f"{hazards_alt(fitting)} {not_drawn}".strip(),
        caption=caption(table, source=source, extra=sentences),
        numbers=hazards_table(released),
        source=source,
    )


def _lines(table: View) -> list[dict[str, Any]]:
    """What is drawn, line by line: a heading for each covariate, then its levels; `n` is the line's place."""
    lines: list[dict[str, Any]] = []
    heading = None
    for r in table.rows():
        if r["about"] != heading:
            heading = r["about"]
            lines.append({"w": heading, "h": True, "y": None})
        value = None if r["reference"] or r["value"] is None or not r["value"] > 0 else r["value"]
        between = "" if has_one_limit(r) else limits(r["lower"], r["upper"], RATIO)
        text = ratio_text(r)
        lines.append(
            {
                "w": capital(r["group"]),
                "h": False,
                "y": short(_clamped(value)),
                "l": short(_clamped(r["lower"])),
                "u": short(_clamped(r["upper"])),
                "k": is_clear(r),
                "o": has_one_limit(r),
                "t": f"{text} ({between})" if between else text,
                "d": r["leavers"],
                "s": r["series"],
            }
        )
    return lines


def _clamped(value: float | None) -> float | None:
    return None if value is None else min(max(value, _ENDS[0]), _ENDS[1])


def _spec(table: View) -> Any:  # noqa: ANN401 - a Vega-Lite specification
    alt = altair()
    rows: list[dict[str, Any]] = []
    down = 0.0
    for line in _lines(table):
        text = wrapped(line["w"], _NAME + 12 * line["h"], bold=line["h"])
        tall = max(STEP, LINE * len(text) + 8) + (8 if line["h"] and rows else 0)
        rows.append({**line, "w": "\n".join(text), "p": down + tall / 2 + (4 if line["h"] and rows else 0)})
        down += tall
    height = max(down, STEP)
    extent = [v for r in rows for v in (r.get("l"), r.get("u"), r["y"]) if v is not None]
    # At least from half to twice as fast: small differences should not look large.
    low, high = min([0.5, *(v / _ROOM for v in extent)]), max([2.0, *(v * _ROOM for v in extent)])
    ticks = [t for t in _TICKS if low <= t <= high]
    x_scale = alt.Scale(type="log", domain=[short(low), short(high)], nice=False)
    axis = alt.Axis(
        values=ticks,
        labelExpr="format(datum.value, '~r')",
        title="Times as fast (1 = no difference)",
        grid=True,
        gridColor=GRID,
    )

    def across(value: float) -> float:
        return PLOT * math.log(value / low) / math.log(high / low)

    leavers_end = _leavers_end(rows)
    layers: list[Any] = [
        alt.Chart(alt.Data(values=[{"v": 1}]))
        .mark_rule(color=RULE, strokeWidth=1.5)
        .encode(x=alt.X("v:Q", scale=x_scale, axis=axis), y=alt.value(0), y2=alt.value(height)),
        *_head(alt, leavers_end),
    ]
    for r in rows:
        layers += _line(alt, r, x_scale, across, leavers_end)
    return specification(
        alt.layer(*layers).properties(width=PLOT, height=height), title=["How many times as fast staff leave"]
    )


def _leavers_end(rows: list[dict[str, Any]]) -> float:
    """Where the leavers end, to the right of the widest ratio."""
    ratios = max([text_width(_HEADS[0], _SMALL), *(text_width(r["t"]) for r in rows if not r["h"])])
    leavers = max([text_width(_HEADS[1], _SMALL), *(text_width(str(r["d"] or "")) for r in rows if not r["h"])])
    return _RATIOS_AT + ratios + 16 + leavers


def _head(alt: ModuleType, leavers_end: float) -> list[Any]:
    columns = zip(_HEADS, (_RATIOS_AT, leavers_end), ("left", "right"), strict=True)
    return [
        alt.Chart(alt.Data(values=[{"w": words}]))
        .mark_text(align=align, baseline="bottom", fontSize=_SMALL, color=SOFT_INK)
        .encode(x=alt.value(at), y=alt.value(8), text="w:N")
        for words, at, align in columns
    ]


def _line(alt: ModuleType, r: dict[str, Any], scale: Any, across: Any, leavers_end: float) -> list[Any]:  # noqa: ANN401
    """One line of the forest: its name, its mark and its numbers."""
    y = alt.value(r["p"])
    base = alt.Chart(alt.Data(values=[{k: v for k, v in r.items() if k not in ("p", "h", "k", "o")}]))
    heading = {"align": "left", "fontWeight": "bold"} if r["h"] else {"align": "right", "fontWeight": "normal"}
    name = text_lines(base, r["w"], **heading).encode(x=alt.value(-12 if not r["h"] else -12 - _NAME), y=y, text="w:N")
    if r["h"]:
        return [name]
    layers = [
        name,
        base.mark_text(align="left", baseline="middle").encode(x=alt.value(_RATIOS_AT), y=y, text="t:N"),
        base.mark_text(align="right", baseline="middle", color=SOFT_INK).encode(
            x=alt.value(leavers_end), y=y, text="d:N"
        ),
    ]
    if r["o"]:
        return layers + _one_sided_line(alt, base, r, across)
    if r["y"] is None:
        return layers
    if r["l"] is not None and r["u"] is not None:
        layers.append(
            base.mark_rule(strokeWidth=1.75, color=INK).encode(
                x=alt.value(across(r["l"])), x2=alt.value(across(r["u"])), y=y
            )
        )
    tips = [alt.Tooltip("s:N", title="Group"), alt.Tooltip("t:N", title="Ratio"), alt.Tooltip("d:N", title="Leavers")]
    layers.append(
        base.mark_point(
            filled=True,
            shape="diamond" if r["k"] else "circle",
            color=PALETTE[2] if r["k"] else PALETTE[0],
            size=120 if r["k"] else 70,
            stroke=PAPER,
            strokeWidth=1,
        ).encode(x=alt.X("y:Q", scale=scale), y=y, tooltip=tips)
    )
    return layers


def _one_sided_line(alt: ModuleType, base: Any, r: dict[str, Any], across: Any) -> list[Any]:  # noqa: ANN401
    """A line from the edge of the chart to the limit, and a bar across its end."""
    colour = PALETTE[2] if r["k"] else INK
    end = across(r["u"]) if r["u"] is not None else across(r["l"])
    edge = 0 if r["u"] is not None else PLOT
    return [
        base.mark_rule(strokeWidth=1.75, color=colour).encode(
            x=alt.value(edge), x2=alt.value(end), y=alt.value(r["p"])
        ),
        base.mark_rule(strokeWidth=2.5, color=colour).encode(
            x=alt.value(end), y=alt.value(r["p"] - 6), y2=alt.value(r["p"] + 6)
        ),
    ]


def hazards(released: object) -> View:
    """One released table of hazard ratios, with `series` (covariate and level as written), `group` and `against` (the reference level)."""
    released_table = released_frame(released)
    frame = released_table.frame
    if not isinstance(released_table.result, Hazards):
        raise UsageError(
            "expected hazard ratios, got another result",
            where="{table}",
            hint="release what wf.leaving.hazards returned",
            table=released_table.name,
        )
    rows = frame.to_dicts()
    against = {r["covariate"]: r["level"] for r in rows if r["reference"]}
    for r in rows:
        covariate = r["covariate"]
        r["about"] = _ABOUT.get(covariate) or label(clean(covariate))
        r["group"] = worded(r["level"], covariate) if r["level"] is not None else f"each {r['per'] or 1:g} more"
        r["against"] = worded(against[covariate], covariate) if against.get(covariate) is not None else None
        r["series"] = f"{r['about']}: {r['group']}"
        r["value"] = r["hazard_ratio"]
        # A count that is withheld to hide another's is marked like it.
        r["leavers"] = count(r["events"], r["marker"] or "c")
    words = dict.fromkeys(("about", "group", "against", "series", "leavers"), pl.String)
    table = pl.DataFrame(_in_their_order(rows), schema={**frame.schema, **words, "value": pl.Float64})
    return View._of(released_table, table, by=None, measure="leaving", unit=RATIO, book=None)


def _in_their_order(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Levels with an order of their own, such as bands, in that order; others after the reference level."""
    covariates = list(dict.fromkeys(r["covariate"] for r in rows))

    def key(row: dict[str, Any]) -> tuple[Any, ...]:
        ordered = row["covariate"] in ORDERED
        return covariates.index(row["covariate"]), place(row["level"], row["covariate"]) if ordered else ()

    return sorted(rows, key=key)


def compared(table: View) -> list[dict[str, Any]]:
    """The rows that compare a level with another, with a ratio or a limit of it."""
    return [r for r in table.rows() if not r["reference"] and (r["value"] is not None or has_one_limit(r))]


def is_clear(row: dict[str, Any]) -> bool:
    """Whether the limits of a ratio, or the one that it has, exclude 1, which is no difference.

    >>> is_clear({"lower": 1.1, "upper": 1.6}), is_clear({"lower": 0.9, "upper": 1.6}), is_clear({"lower": 2.0, "upper": None})
    (True, False, True)
    """
    return (row["lower"] is not None and row["lower"] > 1) or (row["upper"] is not None and row["upper"] < 1)


def has_one_limit(row: dict[str, Any]) -> bool:
    """Whether a level has no ratio but a limit on one side: nobody left, or everybody before anyone else.

    >>> has_one_limit({"value": None, "lower": 0.0, "upper": 0.3}), has_one_limit({"value": 1.2, "lower": 0.9, "upper": 1.6})
    (True, False)
    """
    return row["value"] is None and (row["upper"] is not None or bool(row["lower"]))


def ratio_text(row: dict[str, Any]) -> str:
    """A ratio as written in a table: the ratio, "at most 0.30" where only a limit can be given, or why there is none."""
    if row["reference"] and row["value"]:
        return "1 (compared with)"
    if not has_one_limit(row):
        return plain(row["value"], RATIO, row["marker"])
    if row["upper"] is not None:
        return f"at most {plain(row['upper'], RATIO)}"
    return f"at least {plain(row['lower'], RATIO)}"


def _nobody_left(row: dict[str, Any]) -> str:
    """Why a level has a limit in place of a ratio."""
    if row["upper"] is None:
        return "all left before any of the others"
    return "nobody of them left" if row["events"] == 0 else "nobody of them left while others could have"


def _may_lead(row: dict[str, Any]) -> bool:
    """Whether a title may claim a ratio: its limits exclude 1, and the joint test of its covariate shows a difference."""
    return is_clear(row) and (row["joint"] is None or row["joint"] < _CHANCE)


def _differing(rows: list[dict[str, Any]]) -> dict[str, float]:
    """The covariates of which the joint test shows that their groups differ, with its p value."""
    return {r["covariate"]: r["joint"] for r in rows if r["joint"] is not None and r["joint"] < _CHANCE}


def hazards_title(shown: Released | View) -> Text:
    """Which groups leave clearly faster or slower than the group that they are compared with.

    Parameters
    ----------
    shown : Released
        What `wf.leaving.hazards` returned, released.

    Returns
    -------
    Text
        The title.
    """
    table = shown if isinstance(shown, View) else hazards(shown)
    rows = compared(table)
    if not rows:
        words = sentence_of(table, table.frame.filter(~pl.col("reference")), about=COMPARED)
        return _sentence(words.text.rstrip("."), table)
    clear = [r for r in rows if _may_lead(r)]
    differing = _differing(rows)
    if not clear and differing:
        tests = [f"{plural(c)} (test p {_p(p)})" for c, p in differing.items()]
        return _sentence(
            f"How fast staff leave differs between {listed(tests)}; no single group differs clearly from the one compared with",
            table,
        )
    if not clear:
        by_chance = "Chance alone could explain how the groups that are compared differ in how fast staff leave"
        return _sentence(f"{by_chance}; {not_alike('groups')}", table)
    if len(clear) <= _NAMED:
        return _sentence("; ".join(_comparison(r) for r in clear), table)
    faster = sum(r["lower"] is not None and r["lower"] > 1 for r in clear)
    slower = len(clear) - faster
    clauses = [f"{n} left clearly {word}" for n, word in ((faster, "faster"), (slower, "slower")) if n]
    return _sentence(f"Of {len(rows)} groups, {listed(clauses)} than the group that they are compared with", table)


def hazard_sentence(shown: Released | View, covariate: str) -> Text:
    """What a model shows for one covariate: each level compared with the reference level, with limits, allowing for the other covariates.

    Parameters
    ----------
    shown : Released
        What `wf.leaving.hazards` returned, released.
    covariate : str
        The covariate.

    Returns
    -------
    Text
        The sentence, or sentences.
    """
    covariate = text_given(covariate, "covariate")
    table = shown if isinstance(shown, View) else hazards(shown)
    covariates = table.frame["covariate"].unique().sort().to_list()
    if table.frame.is_empty():
        return sentence_of(table, table.frame, about=_by(covariate))
    if covariate not in covariates:
        raise UsageError(
            'the model has no covariate "{covariate}"',
            where="covariate",
            hint=did_you_mean(covariate, covariates),
            covariate=covariate,
        )
    rows = [r for r in compared(table) if r["covariate"] == covariate]
    if not rows:
        covariate_rows = table.frame.filter(pl.col("covariate") == covariate)
        levels = covariate_rows.filter(~pl.col("reference"))
        return sentence_of(table, covariate_rows if levels.is_empty() else levels, about=_by(covariate))
    hidden = [r for r in table.rows() if r["covariate"] == covariate and r["value"] is None and not has_one_limit(r)]
    sentences = [f"{_comparison(r)} ({_between(r)})." for r in rows if is_clear(r)]
    unclear = [
        f"{_pair(r)}{'' if r['level'] is None else ':'} {ratio_text(r)} times as fast ({_between(r)})"
        for r in rows
        if not is_clear(r)
    ]
    if unclear:
        sentences.append(f"Chance alone could explain these: {'; '.join(unclear)}.")
    sentences.append(_joint_sentence(rows, covariate))
    is_single = len(rows) == 1
    if rows:
        ratios_allow = "This ratio allows" if is_single else "These ratios allow"
        cause = "it does not show a cause" if is_single else "they do not show causes"
        sentences.append(f"{ratios_allow} for everything else in the model; {cause}.")
    check = next((r["check"] for r in rows if r["check"] is not None), None)
    if check is not None and check < CHANGES:
        changes, each_is = ("It changes", "it is") if is_single else ("They change", "each is")
        sentences.append(
            f"{changes} with length of service (p {_p(check)}), so {each_is} an average over all lengths of service."
        )
    if hidden:
        groups = plural(covariate) if len(hidden) > 1 else label(covariate).lower()
        why = gap_in_words(hidden[0]) or "not shown"
        because = ", because few of their staff left" if hidden[0]["marker"] == WITHHELD else ""
        sentences.append(f"{len(hidden)} {groups} {'is' if len(hidden) == 1 else 'are'} {why}{because}.")
    return _sentence(" ".join(filter(None, sentences)), table)


def _joint_sentence(rows: list[dict[str, Any]], covariate: str) -> str:
    """What the joint test of several groups says where it does not say the same as their limits."""
    joint = rows[0]["joint"]
    if joint is None or len(rows) == 1 or (joint < _CHANCE) == any(is_clear(r) for r in rows):
        return ""
    if joint < _CHANCE:
        return (
            f"Taken together the {plural(covariate)} differ by more than chance would explain (joint test p {_p(joint)}), "
            "but no single ratio shows which."
        )
    return f"Taken together, chance alone could explain how the {plural(covariate)} differ (joint test p {_p(joint)})."


def _by(covariate: str) -> str:
    """What is compared, by one covariate."""
    return f"how fast staff leave by {uncapital(label(covariate))}"


def curves_sentence(released: Released, *, groups: str) -> Text:
    """The result of a released test of retention curves, with the name of the test.

    Parameters
    ----------
    released : Released
        What `wf.leaving.compare` returned, released.
    groups : str
        What was compared, in the plural.

    Returns
    -------
    Text
        The sentence, or sentences.
    """
    words = text_given(groups, "groups")
    test = released_frame(released).result
    if not isinstance(test, Test):
        raise UsageError(
            "expected a test, got another result",
            where="{table}",
            hint="use wf.leaving.compare, and release it",
            table=released.name,
        )
    if test.statistic is None or test.p_value is None:
        why = "; ".join(test.reasons) or "there is no figure"
        return _sentence(f"The curves of the {words} are not compared: {why}.", released, groups=words)
    differ = test.p_value < _CHANCE
    freedom = f"{test.df} degree{'s' if test.df != 1 else ''} of freedom"
    left_out = {None: " A few stays whose group is not known are left out.", 0: ""}.get(
        test.left_out, f" {test.left_out:,} stays whose group is not known are left out." if test.left_out else ""
    )
    figures = f"{test.name.replace('_', ' ')}: {rounded(test.statistic, 1)} on {freedom}, p {_p(test.p_value)}"
    verdict = (
        f"The curves of the {words} differ by more than chance would explain ({figures})."
        if differ
        else f"The test does not show that the curves of the {words} differ ({figures}); {not_alike(words)}."
    )
    return _sentence(f"{verdict}{left_out}", released, groups=words)


def _comparison(row: dict[str, Any]) -> str:
    return capital(f"{_subject(row)} left {ratio_text(row)} times as fast" + _as_fast_as(row))


def _subject(row: dict[str, Any]) -> str:
    """Whose ratio it is: a group by its name, or staff with more of a number, such as cases."""
    if row["level"] is None:
        unit = _UNITS.get(row["covariate"]) or f"in {row['about'].lower()}"
        return f"with {row['group']} {unit} staff"
    return _staff(row["group"], row["covariate"], "staff")


def _staff(group: str, covariate: str, whose: str) -> str:
    """The staff of a group: "staff in Highmarl", "those with 25 to 29 cases per FTE"; without such words, the name of the group."""
    words = _WHO.get(covariate)
    if words is None:
        return group
    has_number = any(c.isdigit() for c in group)
    return f"{whose} {words[0]} {group}{words[1] if has_number and whose == 'staff' else ''}"


def _pair(row: dict[str, Any]) -> str:
    reference_staff = _staff(row["against"], row["covariate"], "those") if row["against"] else ""
    return f"{_subject(row)} compared with {reference_staff}" if reference_staff else f"{_subject(row)} left"


def _as_fast_as(row: dict[str, Any]) -> str:
    return f" as {_staff(row['against'], row['covariate'], 'those')}" if row["against"] else ""


def _between(row: dict[str, Any]) -> str:
    if has_one_limit(row):
        return f"{_nobody_left(row)}; 95% limit"
    between = limits(row["lower"], row["upper"], RATIO)
    return f"95% limits {between}" if between else "no limits"


def _p(value: float) -> str:
    return f"< {_SMALLEST}" if value < _SMALLEST else f"= {value:.2g}"


def hazards_alt(table: View) -> str:
    """The alternative text of a forest: each ratio with its limits."""
    rows = [r for r in table.rows() if not r["reference"]]
    sentences = [f"Forest chart of {len(rows)} hazard ratios of leaving; 1 is no difference."]
    for r in rows[:SPOKEN]:
        has_figure = r["value"] is not None or has_one_limit(r)
        figure = f"{ratio_text(r)} ({_between(r)})" if has_figure else gap_in_words(r)
        compared_with = f" compared with {r['against']}" if r["against"] else ""
        sentences.append(f"{r['series']}{compared_with} {figure}.")
    if len(rows) > SPOKEN:
        unspoken = len(rows) - SPOKEN
        sentences.append(f"{unspoken} more {'is' if unspoken == 1 else 'are'} in the table.")
    return " ".join(sentences)


def hazards_table(released: Released, *, title: str | Text | None = None) -> Table:
    """Released hazard ratios as an HTML table: each level with its leavers, its ratio, limits and p value."""
    words, provenance = titled(title, released)
    table = hazards(released)
    rows = table.rows()
    markers = table.frame["marker"].drop_nulls().unique().sort().to_list()
    cells = {
        "Group": [r["series"] for r in rows],
        "Leavers": [r["leavers"] for r in rows],
        "Hazard ratio": [ratio_text(r) for r in rows],
        "95% limits": ["one side only" if has_one_limit(r) else limits(r["lower"], r["upper"], RATIO) for r in rows],
        "p": ["" if r["p_value"] is None else _p(r["p_value"]).removeprefix("= ") for r in rows],
    }
    return _html_table(
        cells,
        numbers=["Leavers", "Hazard ratio", "95% limits", "p"],
        title=words or f"How many times as fast staff leave, {ALLOWING}",
        notes=[
            *[f"{marker_meaning(m)}." for m in explained(markers, table.rule)],
            *([_ONE_SIDED] if any(has_one_limit(r) for r in rows) else []),
            *([table.note] if table.note else []),
        ],
        rule=table.rule,
        provenance=provenance,
    )
