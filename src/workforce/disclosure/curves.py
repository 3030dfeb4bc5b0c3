"""Life tables, incidences, hazard ratios and tests: what is shown of people who are followed over time.

Curves and shares by cause are shown in blocks, so that no step shows one person's leaving day or where they went. A curve steps on a grid
of 30 days, where at least six have left since its last step, and ends before fewer than ten are at risk; what is shown follows from
cumulative counts of people in sixes. A group of few people is withheld whole. Sums of weights, such as hours of work, are no counts of
people: the steps of such a curve are those of its people, and the sums themselves are never shown. Figures that are read off a curve
follow from the one that is shown.

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

from workforce.disclosure.primary import to_nearest
from workforce.disclosure.rules import BLOCK, RULES, WITHHELD, Rule
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
GRID_DAYS: Final = 30  # measure book: curves step at multiples of so many days
FEWEST_AT_RISK: Final = 10  # measure book: nothing is shown where fewer are at risk
_INCIDENCE_FIGURES: Final = ("cause", "at_risk", "left", "value", "standard_error", "lower", "upper")
FEWEST_EVENTS: Final = 10  # measure book: withheld below 10 events; also what a coefficient needs (Peduzzi et al. 1995)
_RATIO_FIGURES: Final = ("coefficient", "standard_error", "hazard_ratio", "lower", "upper", "p_value", "check", "joint")
_EVENT_COUNTS: Final = ("spells", "events")
TOO_FEW: Final = "withheld, because few leavers are behind it"


def steps_in_blocks(rule: str) -> bool:
    """Whether curves released by a rule step in blocks on the grid of days; those of the other rules are exact.

    >>> steps_in_blocks("board"), steps_in_blocks("partner"), steps_in_blocks("analyst")
    (True, False, False)
    """
    return rule in RULES and rule != "partner"


def released_curve(curve: Curve, rule: Rule) -> Curve:
    """Return a life table in blocks of six on a grid of 30 days, so that no step shows one person's leaving day.

    A step stands at the first multiple of 30 days by which at least six have left since the step before; a block that is not full makes
    none. Cumulative counts are shown as the middles of sixes (6 to 11 as 9, 12 to 17 as 15; fewer than 6 as 0), and the curve and its
    limits follow from them: at risk are those on the day of the step, and who left since the step before. It ends on the grid, before
    fewer than ten are at risk on a day of the grid, exactly or as shown; a group where that is so before its first step is withheld.

    The curve is a little too high on average, because it steps late: the leavers shown on a day of the grid are at most 3 more and 7
    fewer than had left, on average 2 fewer, which is one percentage point of 200 at risk. Between two days of the grid up to 30 days'
    leavers come on top. In the sample (1,007 at risk after 30 days) the shares after one, two and three years are 0.2 and -0.2 and 1.2
    points off; of a body with 62 at risk they are 2 points off after the first step, which comes after a year.

    A weighted table needs the counts of people that `life_table` puts beside its sums. It is shown with those, and with the weighted
    share on the day of each step.
    """
    if rule.name == "partner":
        return curve
    weighted, groups = is_weighted(curve), life_keys(curve)
    curves = []
    for _, group in curve.frame.group_by(groups or [pl.lit(1)], maintain_order=True):
        exact = group.sort("time")
        people = _by_people(exact) if weighted else exact
        few_people = people["entered"].sum() <= rule.small or people["left"].sum() <= rule.small
        steps = None if few_people else _on_the_grid(people)
        if steps is None:
            curves.append(_withheld(people, _CURVE_FIGURES))
            continue
        names = [pl.lit(people[c][0], people.schema[c]).alias(c) for c in groups]
        stepped = curve_of(steps.select(*names, pl.col("time").cast(people.schema["time"]), *COUNTS), groups)
        curves.append(_weighted_steps(stepped, exact) if weighted else stepped)
    return curve._with(pl.concat(curves, how="vertical_relaxed")) if curves else curve


def _on_the_grid(exact: pl.DataFrame) -> pl.DataFrame | None:
    """Who entered, left and was censored by the days of the grid, in blocks; None where no step can be shown.

    Those who entered or were censored between two days of the grid are counted on the first of them, those who left on the second: at
    risk on a day are then those who exactly are, and the leavers since the step before.
    """
    times = exact["time"].to_numpy()
    days = _grid(times)
    by, before = np.searchsorted(times, days, side="right"), np.searchsorted(times, days)
    before_next = np.searchsorted(times, days + GRID_DAYS)
    entered, left, censored = (np.concatenate([[0.0], exact[c].cum_sum().to_numpy()]) for c in COUNTS)
    at_risk = entered[before] - left[before] - censored[before]
    cumulative = np.stack(
        [_in_sixes(c) for c in (entered[before_next], _in_blocks(left[by]), censored[before_next])], axis=1
    )
    last = 0
    for day in range(1, len(days)):
        at_risk_shown = cumulative[day - 1] @ [1.0, -1.0, -1.0]
        leavers_shown = cumulative[day, 1] - cumulative[day - 1, 1]
        # More may not leave than are at risk; nor may all, which would be said of people who have not left.
        if min(at_risk[day], at_risk_shown) < FEWEST_AT_RISK or leavers_shown >= at_risk_shown:
            break
        last = day
    changes = np.diff(cumulative[: last + 1], axis=0, prepend=0.0)
    if not changes[:, 1].any():
        return None
    days_shown = np.arange(last + 1)
    printed = changes.any(axis=1) | (days_shown == 0) | (days_shown == last)
    counts = dict(zip(COUNTS, changes[printed].T, strict=True))
    return pl.DataFrame({"time": days[: last + 1][printed], **counts})


def _grid(times: Array) -> npt.NDArray[np.int64]:
    """The multiples of 30 days up to the last time.

    >>> _grid(np.array([10.0, 75.0])).tolist()
    [0, 30, 60]
    """
    return np.arange(0, int(times[-1]) + 1, GRID_DAYS)


def _in_blocks(left: Array) -> Array:
    """Cumulative leavers as they were where the last block of six was full.

    >>> _in_blocks(np.array([2.0, 7.0, 12.0, 13.0, 30.0])).tolist()
    [0.0, 7.0, 7.0, 13.0, 30.0]
    """
    blocks, in_full_blocks = np.zeros_like(left), 0.0
    for place, leavers in enumerate(left):
        in_full_blocks = leavers if leavers - in_full_blocks >= BLOCK else in_full_blocks
        blocks[place] = in_full_blocks
    return blocks


def released_summary(summary: Summary, rule: Rule) -> Summary:
    """Return figures as they follow from the released life table, so that they say no more than it does.

    A group without a figure there has none; it is withheld where the group's curve is. A share before the first step of a curve is
    withheld as well: it would be said to be 100%.
    """
    if rule.name == "partner":
        return summary
    curve = released_curve(summary.curve, rule)
    keys = [*FIRST, *summary.groups]
    figures = summary.frame.select(keys).join(
        summary.read_off(curve).frame, on=keys, how="left", nulls_equal=True, maintain_order="left"
    )
    if "time" in summary.groups:  # shares: before the first step up to five may have left
        before_a_step = (pl.col("time") > 0) & (pl.col("value") == 1)
        emptied = [c for c in ("value", "lower", "upper", "standard_error") if c in figures.columns]
        figures = figures.with_columns(
            *[pl.when(before_a_step.fill_null(value=False)).then(None).otherwise(pl.col(c)).alias(c) for c in emptied],
            marker=pl.when(before_a_step).then(pl.lit(WITHHELD)).otherwise("marker"),
        )
    return summary._with(figures, curve=curve)


def _by_people(group: pl.DataFrame) -> pl.DataFrame:
    """A weighted table with the counts of its people in place of the sums of their weights."""
    names = dict(zip(COUNTS, PEOPLE_COUNTS, strict=True))
    return group.with_columns(**{c: pl.col(people) for c, people in names.items()}).drop(PEOPLE_COUNTS)


def _weighted_steps(curve: pl.DataFrame, exact: pl.DataFrame) -> pl.DataFrame:
    """The curve of people with the weighted share, and its limits, on the day of the last step."""
    steps = pl.select(pl.when(pl.Series(curve["left"] > 0)).then(pl.Series(curve["time"])).forward_fill()).to_series()
    stepped = steps.is_not_null()
    place = exact["time"].search_sorted(steps.fill_null(0), side="right").cast(pl.Int64) - 1
    figures = exact.select(pl.col("value", "lower", "upper").round(_DIGITS))[place.clip(0)]
    return curve.with_columns(
        value=pl.select(pl.when(stepped).then(figures["value"]).otherwise(1.0)).to_series(),
        lower=pl.select(pl.when(stepped).then(figures["lower"])).to_series(),
        upper=pl.select(pl.when(stepped).then(figures["upper"])).to_series(),
    )


def _withheld(group: pl.DataFrame, figures: Sequence[str]) -> pl.DataFrame:
    """One row that says that a group is withheld."""
    return group.head(1).with_columns(
        *[pl.lit(None, group.schema[c]).alias(c) for c in figures],
        time=pl.lit(0).cast(group.schema["time"]),
        marker=pl.lit(WITHHELD),
    )


def released_incidence(incidence: Incidence, rule: Rule) -> Incidence:
    """Return incidences in blocks on the grid of 30 days, as `released_curve` does a life table: a block is of leavers of one cause.

    It needs the counts behind it: at_risk (of all causes) and left (for the cause). Causes of few people, or of fewer than a block, are
    joined. Standard errors, of two significant figures, and limits follow from the counts that are shown; of joined causes there are none.
    Shares of causes are a little too low on average, because they step late.

    Returns by..., time, cause, at_risk, left, value, standard_error, lower, upper, marker.

    >>> from workforce.disclosure.rules import RULES
    >>> from workforce.stats.incidence import incidence_table
    >>> causes = ["nhs", "nhs", "retirement", None] * 24
    >>> spells = pl.DataFrame({"entry": 0, "exit": [40 * (n % 8) + 40 for n in range(96)], "cause": causes})
    >>> shown = released_incidence(incidence_table(spells), RULES["board"]).frame
    >>> shown.head(2).select("time", "cause", "at_risk", "left").rows()   # 12 left for the NHS after 40 days, none retired
    [(60, 'nhs', 99.0, 15.0), (60, 'retirement', 99.0, 0.0)]
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
        _blocks_of_causes(group.sort("time", "cause"), groups, rule)
        for _, group in with_marker.group_by(groups or [pl.lit(1)], maintain_order=True)
    ]
    return incidence._with(pl.concat(blocks).select(with_marker.columns))


def _blocks_of_causes(group: pl.DataFrame, groups: list[str], rule: Rule) -> pl.DataFrame:
    """The incidences of one group in blocks; one withheld row where no step can be shown."""
    withheld = _withheld(group, _INCIDENCE_FIGURES)
    causes = group["cause"].unique().sort().to_list()
    times = group["time"].unique().sort().to_numpy()
    left = group.sort("time", "cause")["left"].to_numpy().reshape(len(times), len(causes))
    at_risk = group.group_by("time").agg(pl.col("at_risk").first()).sort("time")["at_risk"].to_numpy()
    if left.sum() <= rule.small or at_risk.max() <= rule.small:
        return withheld
    days = _grid(times)
    cumulative = np.concatenate([np.zeros((1, len(causes))), left.cumsum(axis=0)])
    by, before = np.searchsorted(times, days, side="right"), np.searchsorted(times, days)
    at_risk_next = at_risk[before]
    # Between two times of the table some may have entered: the smaller number counts.
    after_last = np.where(by > before, at_risk_next, (at_risk - left.sum(axis=1))[np.maximum(before - 1, 0)])
    enough = np.minimum(at_risk_next, np.where(before > 0, after_last, at_risk_next)) >= FEWEST_AT_RISK
    enough[0] = True
    last = int(enough.argmin()) - 1 if not enough.all() else len(days) - 1
    by_cause = dict(zip(causes, cumulative[by].T, strict=True))
    small_causes = _causes_to_join({c: float(n[last]) for c, n in by_cause.items()}, max(rule.small, BLOCK - 1))
    names = [c for c in causes if c not in small_causes] + ([FEW_EACH] if small_causes else [])
    leavers = [by_cause[c] for c in names if c != FEW_EACH]
    if small_causes:
        leavers.append(np.sum([by_cause[c] for c in small_causes], axis=0))
    blocks = np.stack([_in_blocks(n) for n in leavers], axis=1)
    steps = np.diff(_in_sixes(blocks), axis=0, prepend=0.0)
    waiting = cumulative[before].sum(axis=1) - np.concatenate([[0.0], blocks.sum(axis=1)[:-1]])
    at_risk_shown = _in_sixes(at_risk_next + waiting)
    possible = (at_risk_shown >= FEWEST_AT_RISK) & (steps.sum(axis=1) < at_risk_shown)
    possible[0] = True
    last = min(last, len(days) - 1 if possible.all() else int(possible.argmin()) - 1)
    stepped = np.flatnonzero(steps[: last + 1].any(axis=1))
    if not len(stepped):
        return withheld
    value, error = _cumulative_incidence(at_risk_shown[stepped], steps[stepped])
    rows: list[dict[str, Any]] = [
        {
            "time": int(days[day]),
            "cause": cause,
            "at_risk": float(at_risk_shown[day]),
            "left": float(steps[day, column]),
            **_limits(value[row, column], None if cause == FEW_EACH else float(error[row, column])),
        }
        for row, day in enumerate(stepped)
        for column, cause in enumerate(names)
    ]
    if days[last] > rows[-1]["time"]:
        rows += [{**r, "time": int(days[last]), "left": 0.0, "at_risk": None} for r in rows[-len(names) :]]
    first = group.head(1)
    figures = {c: group.schema[c] for c in INCIDENCE_COLUMNS}
    return pl.DataFrame(rows, schema=figures, strict=False).select(
        *[pl.lit(first[g].item(), pl.String).alias(g) for g in groups], *figures, marker=pl.lit(None, pl.String)
    )


def _cumulative_incidence(at_risk: Array, left: Array) -> tuple[Array, Array]:
    """The incidence of each cause (a column) after each step (a row) and its standard error (Marubini & Valsecchi 1995, 10.12).

    >>> value, error = _cumulative_incidence(np.array([4.0, 2.0]), np.array([[1.0], [1.0]]))
    >>> value[:, 0].tolist(), error[:, 0].round(4).tolist()   # of one cause: Kaplan and Meier's curve, and Greenwood's error
    ([0.25, 0.625], [0.2165, 0.2864])
    """
    leavers = left.sum(axis=1)
    stayed = np.cumprod(1 - leavers / at_risk)
    before = np.concatenate([[1.0], stayed[:-1]])
    value = np.cumsum(before[:, None] * left / at_risk[:, None], axis=0)
    hazard = leavers / (at_risk * (at_risk - leavers))
    by_cause = before[:, None] * left / at_risk[:, None] ** 2
    squares = before[:, None] ** 2 * left * (at_risk[:, None] - left) / at_risk[:, None] ** 3
    ahead = value[:, None, :] - value[None, :, :]  # by later step, earlier step and cause
    earlier = np.tri(len(value))[:, :, None]
    variance = (earlier * (ahead**2 * hazard[None, :, None] + squares[None] - 2 * ahead * by_cause[None])).sum(axis=1)
    return value, np.sqrt(np.maximum(variance, 0.0))


def _causes_to_join(totals: dict[str, float], small: int) -> list[str]:
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


def _in_sixes(count: Array) -> Array:
    """Every count from 6 to 11 as 9, from 12 to 17 as 15, and so on; fewer than 6 as 0: a count changes where a block of six is full.

    >>> _in_sixes(np.array([0.0, 5.0, 6.0, 11.0, 12.0])).tolist()
    [0.0, 0.0, 9.0, 9.0, 15.0]
    """
    return np.where(count >= BLOCK, np.floor(count / BLOCK) * BLOCK + BLOCK / 2, 0.0)


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
    is_small = pl.col("events").is_null() | ((pl.col("events") < FEWEST_EVENTS) & ~nobody_left)
    few_events = pl.col("marker").is_null() & is_small
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
