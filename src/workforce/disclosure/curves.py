"""Life tables, incidences, hazard ratios and tests: what is shown of people who are followed over time.

Curves and shares by cause are shown in blocks, so that no step shows one person's leaving day or where they went. What is shown follows
from cumulative counts of people at the midpoints of sixes, and ends where fewer people are at risk than a rate needs. A group of few people
is withheld whole. Sums of weights, such as hours of work, are no counts of people: the steps of such a curve are those of its people, and
the sums themselves are never shown. Figures that are read off a curve follow from the one that is shown.

Shares by cause add up to one with those who stayed. Causes of few people are joined, never dropped: a share that was left out could be had
by subtraction.

A hazard ratio or a test is shown where enough leavers are behind it. A level with few leavers is withheld; where counts are exact another
level's goes with it, because all levels of a covariate add up to the same total; without enough leavers in the level that the others are
compared with, the whole covariate is withheld.
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl
from numpy.typing import ArrayLike

from workforce.disclosure.primary import to_nearest
from workforce.disclosure.rules import BLOCK, WITHHELD, Rule
from workforce.errors import DisclosureError
from workforce.results import FIRST, Curve, Hazards, Incidence, Summary, Test
from workforce.stats.incidence import INCIDENCE_COLUMNS, PEOPLE_LEAVING
from workforce.stats.intervals import z_value
from workforce.stats.life_table import PEOPLE_COUNTS, curve_of, is_weighted, life_keys
from workforce.stats.survival import COUNTS

Array = npt.NDArray[np.float64]

_DIGITS: Final = 3  # of a weighted share: a thousandth
_CURVE_FIGURES: Final = ("entered", "at_risk", "left", "censored", "value", "lower", "upper")
FEW_EACH: Final = "others, of few people each"
_DAYS: Final = 30  # times are told to so many days
_INCIDENCE_FIGURES: Final = ("cause", "at_risk", "left", "value", "standard_error", "lower", "upper")
FEWEST_EVENTS: Final = 10  # measure book: withheld below 10 events; also what a coefficient needs (Peduzzi et al. 1995)
_RATIO_FIGURES: Final = ("coefficient", "standard_error", "hazard_ratio", "lower", "upper", "p_value", "check", "joint")
_EVENT_COUNTS: Final = ("spells", "events")
TOO_FEW: Final = "withheld, because few leavers are behind it"


def released_curve(curve: Curve, rule: Rule) -> Curve:
    """Return a life table in blocks: cumulative counts at the midpoints of sixes, so that no step shows one person's leaving day.

    A weighted table needs the counts of people that `life_table` puts beside its sums. It is shown with those, and at each step with the
    weighted share that held when the number of leavers shown had gone.
    """
    if rule.name == "partner":
        return curve
    table, weighted, groups = curve.frame, is_weighted(curve), life_keys(curve)
    curves = []
    for _, group in table.group_by(groups or [pl.lit(1)], maintain_order=True):
        exact = group.sort("time")
        ordered = _by_people(exact) if weighted else exact
        if ordered["entered"].sum() <= rule.small or ordered["left"].sum() <= rule.small:
            curves.append(_withheld(ordered, _CURVE_FIGURES))
            continue
        counts = ordered.with_columns(pl.Series(c, _midpoint(ordered[c].cum_sum())) for c in COUNTS)
        changed = counts.filter(
            pl.any_horizontal(pl.col(c) != pl.col(c).shift(1).fill_null(0.0) for c in COUNTS)
        ).with_columns(pl.col(c) - pl.col(c).shift(1).fill_null(0.0) for c in COUNTS)
        steps = curve_of(changed.select(*groups, "time", *COUNTS), groups)
        curves.append(_only_while_enough(_weighted_steps(steps, exact) if weighted else steps, ordered, rule))
    return curve._with(pl.concat(curves, how="vertical_relaxed")) if curves else curve


def released_summary(summary: Summary, rule: Rule) -> Summary:
    """Return figures as they follow from the released life table, so that they say no more than it does.

    A group without a figure there has none; it is withheld where the group's curve is.
    """
    if rule.name == "partner":
        return summary
    curve = released_curve(summary.curve, rule)
    keys = [*FIRST, *summary.groups]
    figures = summary.frame.select(keys).join(
        summary.read_off(curve).frame, on=keys, how="left", nulls_equal=True, maintain_order="left"
    )
    return summary._with(figures, curve=curve)


def _by_people(part: pl.DataFrame) -> pl.DataFrame:
    """A weighted table with the counts of its people in place of the sums of their weights."""
    names = dict(zip(COUNTS, PEOPLE_COUNTS, strict=True))
    return part.with_columns(**{c: pl.col(people) for c, people in names.items()}).drop(PEOPLE_COUNTS)


def _weighted_steps(curve: pl.DataFrame, exact: pl.DataFrame) -> pl.DataFrame:
    """The curve of people with the weighted share, and its limits, where so many had left as the curve says."""
    people_left = exact["people_left"].cum_sum()
    leavers_shown = curve["left"].cum_sum()
    place = people_left.search_sorted(leavers_shown, side="left").clip(0, len(exact) - 1)
    figures = exact.select(pl.col("value", "lower", "upper").round(_DIGITS))[place]
    before = pl.Series(leavers_shown == 0)
    return curve.with_columns(
        value=pl.select(pl.when(before).then(1.0).otherwise(figures["value"])).to_series(),
        lower=pl.select(pl.when(~before).then(figures["lower"])).to_series(),
        upper=pl.select(pl.when(~before).then(figures["upper"])).to_series(),
    )


def _withheld(part: pl.DataFrame, figures: Sequence[str]) -> pl.DataFrame:
    """One row that says that a group is withheld."""
    return part.head(1).with_columns(
        *[pl.lit(None, part.schema[c]).alias(c) for c in figures],
        time=pl.lit(0).cast(part.schema["time"]),
        marker=pl.lit(WITHHELD),
    )


def _only_while_enough(curve: pl.DataFrame, exact: pl.DataFrame, rule: Rule) -> pl.DataFrame:
    """The curve up to where fewer people than a rate needs are at risk; all of it withheld where that is so from the beginning."""
    minimum = max(rule.rates_from, rule.small + 1)
    leaving = curve.filter(pl.col("left") > 0)
    short = leaving.filter(pl.col("at_risk") < minimum)
    if short.is_empty():
        return curve
    first = short["time"].min()
    enough = curve.filter(pl.col("time") < first)
    return enough if enough.filter(pl.col("left") > 0).height else _withheld(exact, _CURVE_FIGURES)


def released_incidence(incidence: Incidence, rule: Rule) -> Incidence:
    """Return incidences in blocks. It needs the counts behind it: at_risk (of all causes) and left (for the cause).

    Returns by..., time, cause, at_risk, left, value, standard_error, lower, upper, marker. Limits follow from a standard error of two
    significant figures; of joined causes there are none. Times are told to 30 days: the day of a step is the day on which somebody left,
    and here it would say where to as well.

    >>> from workforce.disclosure.rules import RULES
    >>> from workforce.stats.incidence import incidence_table
    >>> causes = ["nhs", "nhs", "retirement", None] * 24
    >>> spells = pl.DataFrame({"entry": 0, "exit": [40 * (n % 8) + 40 for n in range(96)], "cause": causes})
    >>> shown = released_incidence(incidence_table(spells), RULES["board"]).frame
    >>> shown.head(2).select("time", "cause", "at_risk", "left").rows()
    [(60, 'nhs', 93.0, 9.0), (60, 'retirement', 93.0, 0.0)]
    """
    table = incidence.frame
    groups = [*(c for c in FIRST if c in table.columns), *incidence.groups]
    with_marker = table.with_columns(marker=pl.lit(None, pl.String))
    if rule.name == "partner" or table.is_empty():
        return incidence._with(with_marker)
    if set(PEOPLE_LEAVING) <= set(table.columns):
        raise DisclosureError(
            "incidences by hours of work do not say how many people are behind each step",
            hint='release those of headcount (basis="headcount")',
        )
    blocks = [
        _in_blocks(group.sort("time", "cause"), groups, rule)
        for _, group in with_marker.group_by(groups or [pl.lit(1)], maintain_order=True)
    ]
    return incidence._with(pl.concat(blocks).select(with_marker.columns))


def _in_blocks(part: pl.DataFrame, groups: list[str], rule: Rule) -> pl.DataFrame:
    totals = {str(c): float(n) for c, n in part.group_by("cause").agg(pl.col("left").sum()).sort("cause").iter_rows()}
    if sum(totals.values()) <= rule.small or part["at_risk"].max() <= rule.small:  # type: ignore[operator]
        return _withheld(part, _INCIDENCE_FIGURES)
    small_causes = _few(totals, rule.small)
    causes = [c for c in totals if c not in small_causes] + ([FEW_EACH] if small_causes else [])
    times = part["time"].unique().sort()
    at_risk = part.group_by("time").agg(pl.col("at_risk").first()).sort("time")["at_risk"].to_numpy()
    counts: dict[str, Array] = {}
    errors: dict[str, Array | None] = {}
    for cause in causes:
        of_cause = part.filter(pl.col("cause").is_in(small_causes) if cause == FEW_EACH else pl.col("cause") == cause)
        counts[cause] = of_cause.group_by("time").agg(pl.col("left").sum()).sort("time")["left"].to_numpy()
        errors[cause] = None if cause == FEW_EACH else of_cause.sort("time")["standard_error"].to_numpy()
    midpoints = np.stack([_midpoint(np.cumsum(counts[c])) for c in causes], axis=1)
    steps = np.diff(midpoints, axis=0, prepend=0.0)
    minimum = max(rule.rates_from, rule.small + 1)
    rows: list[dict[str, Any]] = []
    value, stayed = np.zeros(len(causes)), 1.0
    end = times[0]
    for i, time in enumerate(times):
        n = float(_midpoint(at_risk[i]))
        if at_risk[i] < minimum or steps[i].sum() > n:
            break
        end = time
        if not steps[i].any():
            continue
        value = value + stayed * steps[i] / n
        stayed *= 1 - steps[i].sum() / n
        for place, cause in enumerate(causes):
            exact = errors[cause]
            error = None if exact is None else float(exact[i])
            rows.append(
                {
                    "time": time,
                    "cause": cause,
                    "at_risk": n,
                    "left": float(steps[i][place]),
                    **_limits(value[place], error),
                }
            )
    if not rows:
        return _withheld(part, _INCIDENCE_FIGURES)
    rows = _to_whole_steps(rows)
    last = int(end // _DAYS * _DAYS)
    if last > rows[-1]["time"]:
        rows += [{**r, "time": last, "left": 0.0, "at_risk": None} for r in rows[-len(causes) :]]
    first = part.head(1)
    figures = {c: part.schema[c] for c in INCIDENCE_COLUMNS}
    return pl.DataFrame(rows, schema=figures, strict=False).select(
        *[pl.lit(first[g].item(), pl.String).alias(g) for g in groups], *figures, marker=pl.lit(None, pl.String)
    )


def _to_whole_steps(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows that hold at the end of each step of 30 days, with all who left in it."""
    steps: dict[tuple[int, str], dict[str, Any]] = {}
    for row in rows:
        key = int(-(-row["time"] // _DAYS) * _DAYS), row["cause"]
        before = steps.get(key)
        steps[key] = {**row, "time": key[0], "left": row["left"] + (before["left"] if before else 0.0)}
    return list(steps.values())


def _few(totals: dict[str, float], small: int) -> list[str]:
    """Causes that are joined: those of few people, and where these are few together, the next smallest as well."""
    by_size = sorted((n, c) for c, n in totals.items() if n > 0)
    causes = [c for n, c in by_size if n <= small]
    leavers = sum(n for n, c in by_size if n <= small)
    for n, cause in by_size[len(causes) :]:
        if not causes or (leavers > small and len(causes) > 1):
            break
        causes.append(cause)
        leavers += n
    return causes


def _midpoint(count: ArrayLike) -> Array:
    """Every count from 1 to 6 as 3, from 7 to 12 as 9, and so on; 0 stays 0."""
    counts = np.asarray(count, float)
    return np.where(counts > 0, np.ceil(counts / BLOCK) * BLOCK - BLOCK / 2, 0.0)


def _limits(value: float, error: float | None) -> dict[str, float | None]:
    """A share with limits on the log-log scale; without them where it is 0 or 1, or has no standard error."""
    nothing = {"value": float(value), "standard_error": None, "lower": None, "upper": None}
    if error is None or not np.isfinite(error) or not 0 < value < 1:
        return nothing
    rounded = float(f"{error:.2g}")
    spread = np.exp(z_value() * rounded / (value * -np.log(value)))
    return {
        "value": float(value),
        "standard_error": rounded,
        "lower": float(value**spread),
        "upper": float(value ** (1 / spread)),
    }


def released_hazards(hazards: Hazards, rule: Rule) -> Hazards:
    """Return hazard ratios with enough leavers behind them; counts rounded as the rule says, ratios to three significant figures.

    Counts that are not rounded would give a withheld one back, as what is left of those of another covariate: then the counts (not the
    ratio) of the next smallest level are withheld too, until those withheld are of as many leavers as a ratio needs.
    """
    # The fitted model holds exact figures; it stays behind.
    if rule.name == "partner":
        return hazards._with(hazards.frame, fit=None)
    table = hazards.frame
    nobody_left = (pl.col("events") == 0) & (pl.col("spells") >= FEWEST_EVENTS) & ~pl.col("reference")
    few = pl.col("events").is_null() | ((pl.col("events") < FEWEST_EVENTS) & ~nobody_left)
    few_events = pl.col("marker").is_null() & few
    withheld = few_events | (few_events & pl.col("reference")).any().over("covariate")
    rounded = [
        (pl.col(c) if rule.headcounts_to is None else to_nearest(pl.col(c), rule.headcounts_to).cast(pl.Int64)).alias(c)
        for c in _EVENT_COUNTS
    ]
    figures = [
        pl.col(c).round_sig_figs(2 if c in ("standard_error", "p_value", "check", "joint") else 3).alias(c)
        for c in _RATIO_FIGURES
    ]
    judged = table.with_columns(withheld=withheld)
    uncounted = judged["withheld"] if rule.headcounts_to is not None else _not_counted(judged)
    released = (
        judged.with_columns(*rounded, *figures, uncounted=uncounted)
        .with_columns(
            *[pl.when(~pl.col("withheld")).then(pl.col(c)).alias(c) for c in _RATIO_FIGURES],
            *[pl.when(~pl.col("uncounted")).then(pl.col(c)).alias(c) for c in _EVENT_COUNTS],
            marker=pl.when("withheld").then(pl.lit(WITHHELD)).otherwise("marker"),
        )
        .select(table.columns)
    )
    return hazards._with(released, fit=None)


def released_test(test: Test, rule: Rule) -> Test:
    """Return a test without the counts behind it, and without its figures where few leavers are behind it."""
    is_small = pl.col("left_out").is_between(1, rule.small)
    frame = test.frame.with_columns(left_out=pl.when(~is_small).then("left_out"))
    leavers = test.table["observed"].sum() if "observed" in test.table.columns else 0
    if test.statistic is not None and leavers < FEWEST_EVENTS:
        frame = frame.with_columns(pl.lit(None, frame.schema[c]).alias(c) for c in ("statistic", "df", "p_value"))
        return test._with(frame, table=None, reasons=[*test.reasons, TOO_FEW])
    return test._with(frame, table=None)


def _not_counted(judged: pl.DataFrame) -> pl.Series:
    """Which counts are withheld: those of withheld levels, and of the next smallest while those are of one level or of few leavers."""
    hidden: set[int] = set()
    rows = judged.select("covariate", "withheld", pl.col("events").fill_null(0)).with_row_index("row")
    for _, levels in rows.group_by("covariate", maintain_order=True):
        withheld = levels.filter("withheld")
        # The count of a level without leavers hides nothing: its limit says that there are none.
        for row in levels.filter(~pl.col("withheld") & (pl.col("events") > 0)).sort("events", "row")["row"]:
            if withheld.is_empty() or (len(withheld) > 1 and withheld["events"].sum() >= FEWEST_EVENTS):
                break
            withheld = pl.concat([withheld, levels.filter(pl.col("row") == row)])
        hidden.update(withheld["row"])
    return pl.Series("uncounted", [row in hidden for row in range(len(judged))], dtype=pl.Boolean)
