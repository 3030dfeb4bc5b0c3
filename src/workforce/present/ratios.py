"""Reading released hazard ratios: which comparisons are clear, in a table and in words.

A comparison is clear where its 95% limits leave out 1. Where a ratio was found to change with service the sentence says that it is an
average; a ratio is never called a cause.
"""

from typing import Any, Final

import polars as pl

from workforce.disclosure import Released
from workforce.disclosure.rules import MARKERS, WITHHELD
from workforce.errors import UsageError, did_you_mean
from workforce.present.grid import Table, _html_table
from workforce.present.in_place import sentence_of
from workforce.present.numerals import capital, count, label, limits, listed, plain, plural, rounded
from workforce.present.order import ORDERED, place
from workforce.present.text import Text, _sentence, titled
from workforce.present.view import View, clean, gap_in_words, released_frame, worded
from workforce.results import Hazards, Test
from workforce.sealed import text_given

RATIO: Final = "ratio"
COMPARED: Final = "how fast staff of different groups leave"
CHANGES: Final = 0.05  # below it the check says that a ratio changes with service
# What covariates are called, what a number is of, and how those of a group are spoken of (before and after its name).
_ABOUT: Final = {
    "caseload": "Cases per FTE, month before",
    "caseload_band": "Cases per FTE, month before",
    "fte": "FTE",
}
_UNITS: Final = {"caseload": "cases per FTE", "fte": "FTE"}
_WHO: Final = {"locality": ("in", ""), "caseload_band": ("with", " cases per FTE"), "age_band": ("aged", "")}
_NAMED: Final = 2
_SPOKEN: Final = 12
_SMALLEST: Final = 0.001
_CHANCE: Final = 0.05  # the level of a test, as of the 95% limits


def hazards(released: object) -> View:
    """One released table of hazard ratios, with `series` (covariate and level as written), `group` and `against` (the reference level)."""
    given = released_frame(released)
    frame = given.frame
    if not isinstance(given.result, Hazards):
        raise UsageError(
            "expected hazard ratios, got another result",
            where="{table}",
            hint="release what wf.leaving.hazards returned",
            table=given.name,
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
    seen = pl.DataFrame(_in_their_order(rows), schema={**frame.schema, **words, "value": pl.Float64})
    return View._of(given, seen, by=None, measure="leaving", unit=RATIO, book=None)


def _in_their_order(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Levels that have an order of their own, such as bands, in it; the others after the one that they are compared with."""
    covariates = list(dict.fromkeys(r["covariate"] for r in rows))

    def key(row: dict[str, Any]) -> tuple[Any, ...]:
        ordered = row["covariate"] in ORDERED
        return covariates.index(row["covariate"]), place(row["level"], row["covariate"]) if ordered else ()

    return sorted(rows, key=key)


def compared(seen: View) -> list[dict[str, Any]]:
    """The rows that compare a level with another, with a figure."""
    return [r for r in seen.rows() if not r["reference"] and r["value"] is not None]


def is_clear(row: dict[str, Any]) -> bool:
    """Whether the limits of a ratio leave out 1: no difference.

    >>> is_clear({"lower": 1.1, "upper": 1.6}), is_clear({"lower": 0.9, "upper": 1.6})
    (True, False)
    """
    return row["lower"] is not None and row["upper"] is not None and (row["lower"] > 1 or row["upper"] < 1)


def hazards_title(shown: Released | View) -> Text:
    """Which groups leave clearly faster or slower than those that they are compared with.

    Parameters
    ----------
    shown : Released
        What `wf.leaving.hazards` returned, released.

    Returns
    -------
    Text
        The title.
    """
    seen = shown if isinstance(shown, View) else hazards(shown)
    rows = compared(seen)
    if not rows:
        words = sentence_of(seen, seen.frame.filter(~pl.col("reference")), about=COMPARED)
        return _sentence(words.text.rstrip("."), seen)
    clear = [r for r in rows if is_clear(r)]
    if not clear:
        return _sentence("No clear difference in how fast staff leave between the groups that are compared", seen)
    if len(clear) <= _NAMED:
        return _sentence("; ".join(_said(r) for r in clear), seen)
    faster, slower = (sum(r["value"] > 1 for r in clear), sum(r["value"] < 1 for r in clear))
    parts = [f"{n} left clearly {word}" for n, word in ((faster, "faster"), (slower, "slower")) if n]
    return _sentence(f"Of {len(rows)} groups {listed(parts)} than those that they are compared with", seen)


def hazard_sentence(shown: Released | View, covariate: str) -> Text:
    """What a model says of one covariate: each level beside the one that it is compared with, with limits, all else in the model equal.

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
    seen = shown if isinstance(shown, View) else hazards(shown)
    known = seen.frame["covariate"].unique().sort().to_list()
    if seen.frame.is_empty():
        return sentence_of(seen, seen.frame, about=_by(covariate))
    if covariate not in known:
        raise UsageError(
            'the model has no covariate "{covariate}"',
            where="covariate",
            hint=did_you_mean(covariate, known),
            covariate=covariate,
        )
    rows = [r for r in compared(seen) if r["covariate"] == covariate]
    if not rows:
        own = seen.frame.filter(pl.col("covariate") == covariate)
        levels = own.filter(~pl.col("reference"))
        return sentence_of(seen, own if levels.is_empty() else levels, about=_by(covariate))
    hidden = [r for r in seen.rows() if r["covariate"] == covariate and r["value"] is None]
    said = [f"{_said(r)} ({_between(r)})." for r in rows if is_clear(r)]
    unclear = [
        f"{_beside(r)} {plain(r['value'], RATIO)} times{' as fast' if r['level'] is None else ''} ({_between(r)})"
        for r in rows
        if not is_clear(r)
    ]
    if unclear:
        said.append(f"No clear difference: {'; '.join(unclear)}.")
    one = len(rows) == 1
    if rows:
        holds, cause = ("This ratio holds", "it is no cause") if one else ("These ratios hold", "they are not causes")
        said.append(f"{holds} all else in the model equal; {cause}.")
    check = next((r["check"] for r in rows if r["check"] is not None), None)
    if check is not None and check < CHANGES:
        changes, each = ("It changes", "it is") if one else ("They change", "each is")
        said.append(f"{changes} with length of service (p {_p(check)}), so {each} an average over it.")
    if hidden:
        groups = plural(covariate) if len(hidden) > 1 else label(covariate).lower()
        why = gap_in_words(hidden[0]) or "not shown"
        because = ", because few of them left" if hidden[0]["marker"] == WITHHELD else ""
        said.append(f"{len(hidden)} {groups} {why}{because}.")
    return _sentence(" ".join(said), seen)


def _by(covariate: str) -> str:
    """What a comparison by one covariate is of."""
    return f"how fast staff leave by {label(covariate)[:1].lower()}{label(covariate)[1:]}"


def curves_sentence(released: Released, *, groups: str) -> Text:
    """What a released test of retention curves says, with the test named.

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
    verdict = (
        "differ by more than chance would explain" if differ else "do not differ by more than chance would explain"
    )
    freedom = f"{test.df} degree{'s' if test.df != 1 else ''} of freedom"
    left_out = {None: " A few stays whose group is not known are left out.", 0: ""}.get(
        test.left_out, f" {test.left_out:,} stays whose group is not known are left out." if test.left_out else ""
    )
    figures = f"{test.name.replace('_', ' ')}: {rounded(test.statistic, 1)} on {freedom}, p {_p(test.p_value)}"
    return _sentence(f"The curves of the {words} {verdict} ({figures}).{left_out}", released, groups=words)


def _said(row: dict[str, Any]) -> str:
    return capital(f"{_subject(row)} left {plain(row['value'], RATIO)} times as fast" + _as(row))


def _subject(row: dict[str, Any]) -> str:
    """Who a ratio is of: a group as it is called, or those with so much more of a number."""
    if row["level"] is None:
        unit = _UNITS.get(row["covariate"]) or f"in {row['about'].lower()}"
        return f"with {row['group']} {unit} staff"
    return _staff(row["group"], row["covariate"], "staff")


def _staff(group: str, covariate: str, whose: str) -> str:
    """Those of a group: "staff in Highmarl", "those with 25 to 29 cases per FTE"; where there are no such words, the group as it is."""
    words = _WHO.get(covariate)
    if words is None:
        return group
    counted = any(c.isdigit() for c in group)
    return f"{whose} {words[0]} {group}{words[1] if counted and whose == 'staff' else ''}"


def _beside(row: dict[str, Any]) -> str:
    other = _staff(row["against"], row["covariate"], "those") if row["against"] else ""
    return f"{_subject(row)} beside {other}" if other else f"{_subject(row)} left"


def _as(row: dict[str, Any]) -> str:
    return f" as {_staff(row['against'], row['covariate'], 'those')}" if row["against"] else ""


def _between(row: dict[str, Any]) -> str:
    found = limits(row["lower"], row["upper"], RATIO)
    return f"95% limits {found}" if found else "no limits"


def _p(value: float) -> str:
    return f"< {_SMALLEST}" if value < _SMALLEST else f"= {value:.2g}"


def hazards_alt(seen: View) -> str:
    """The alternative text of a forest: each ratio with its limits."""
    rows = [r for r in seen.rows() if not r["reference"]]
    said = [f"Forest chart of {len(rows)} hazard ratios of leaving; 1 is no difference."]
    for r in rows[:_SPOKEN]:
        figure = f"{plain(r['value'], RATIO)} ({_between(r)})" if r["value"] is not None else gap_in_words(r)
        beside = f" beside {r['against']}" if r["against"] else ""
        said.append(f"{r['series']}{beside} {figure}.")
    if len(rows) > _SPOKEN:
        rest = len(rows) - _SPOKEN
        said.append(f"{rest} more {'is' if rest == 1 else 'are'} in the table.")
    return " ".join(said)


def hazards_table(released: Released, *, title: str | Text | None = None) -> Table:
    """Released hazard ratios as an HTML table: each level with its leavers, its ratio, limits and p value."""
    words, provenance = titled(title, released)
    seen = hazards(released)
    rows = seen.rows()
    markers = seen.frame["marker"].drop_nulls().unique().sort().to_list()
    cells = {
        "Group": [r["series"] for r in rows],
        "Leavers": [r["leavers"] for r in rows],
        "Hazard ratio": [
            "1 (compared with)" if r["reference"] and r["value"] else plain(r["value"], RATIO, r["marker"])
            for r in rows
        ],
        "95% limits": [limits(r["lower"], r["upper"], RATIO) for r in rows],
        "p": ["" if r["p_value"] is None else _p(r["p_value"]).removeprefix("= ") for r in rows],
    }
    return _html_table(
        cells,
        numbers=["Leavers", "Hazard ratio", "95% limits", "p"],
        title=words or "How many times as fast staff leave, all else in the model equal",
        notes=[
            *[f"[{m}] {MARKERS.get(m, 'marked by its publisher')}." for m in markers],
            *([seen.note] if seen.note else []),
        ],
        rule=seen.rule,
        provenance=provenance,
    )
