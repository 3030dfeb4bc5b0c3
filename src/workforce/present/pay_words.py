"""Sentences about pay: who pays more, equity inside roles, what goes with a gap, what was costed and what was not."""

from math import exp
from typing import Any, Final, Protocol

import polars as pl

from workforce.disclosure import Released
from workforce.disclosure.rules import MARKERS
from workforce.errors import UsageError
from workforce.present.in_place import in_place
from workforce.present.numerals import capital, listed, number, plain, plural, rounded, short_name
from workforce.present.text import Text, _of_settings, _sentence
from workforce.present.view import clean, groups_of, released_frame
from workforce.results import MeasureTable
from workforce.sealed import number_given, text_given

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
