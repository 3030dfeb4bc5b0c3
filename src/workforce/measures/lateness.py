"""Where late plans lose their time: days over the limit of each stage and provider, and what each would have changed, case by case."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from workforce.book.constants import ADVICE_WEEKS, DECISION_WEEKS, PLAN_WEEKS
from workforce.frames import Array, Flags, as_by, eager
from workforce.measures.availability import measure, not_available
from workforce.measures.clocks import ASSESSMENT, CHILD, PLAN_ISSUED, allowed, by_period, dated_cases, happened
from workforce.periods import Period, as_periods
from workforce.records import Frame, Records
from workforce.results import CONTRIBUTORS, MeasureTable, stacked
from workforce.stats.rates import measure_table

DECISION: Final = "decision"
ADVICE: Final = "advice"
ALL_ON_TIME: Final = "all on time"
NOT_RECORDED: Final = "not recorded"
NO_PROVIDER: Final = "provider not recorded"
NO_CLOCK: Final = "no decision and no request for advice is recorded for the plans of the period, so that no stage explains a late day"
DEFINITIONS: Final = ("late_days", "on_time", "over_limit")
RESAMPLES: Final = 1_000
SEED: Final = 20_260_516
_EARLIER: Final = "days earlier"


@measure(
    "milestones",
    "cases",
    needs=[
        "milestones.received_date",
        "milestones.requested_date",
        "milestones.provider",
        "cases.outcome",
        "cases.outcome_date",
    ],
)
def lateness_by_stage(records: Records, periods: Period | Sequence[Period], *, by: Sequence[str] = ()) -> MeasureTable:
    """Days that the plans issued in a period lost at each stage and provider, and how many would have been in time without.

    Each case is computed anew: with the decision within 6 weeks of the request, with the advice of one provider within 6 weeks of being
    asked for, and with all of it. What follows a stage takes as long as it did.

    Parameters
    ----------
    records : Records
        The area's records; uses `milestones` and `cases`.
    periods : Period or sequence of Period
        For example ``wf.year_to("2023-03")``.
    by : sequence of str
        Columns to group by; any column of `cases`.

    Returns
    -------
    MeasureTable
        A row for each stage (column `stage`): `decision`, and `advice` with its provider. Definitions: `over_limit`, days over the stage's
        own limit for each plan that has its dates; `late_days`, the days past 20 weeks for each late plan, by the stage that explains
        them, with what no recorded date explains as `not recorded`; `on_time`, the share of plans that would have been issued within 20
        weeks had that stage alone been on time, and `all on time`. Limits, 95%: of days from a bootstrap over cases, of shares Wilson.

    Notes
    -----
    Advice is complete when its last piece has come; a piece that had not come when the plan was issued took until then. A decision that is
    made earlier brings forward the advice that was asked for on its day or later. A day of waiting for late advice is shared equally by the
    providers whose advice was still out on it. Where stages ran over by more days than the plan was late, because time was made
    up later, each counts in proportion: the rows of `late_days` add up to all days past 20 weeks. Statutory exceptions are included.

    References
    ----------
    Special Educational Needs and Disability Regulations 2014, regulations 5, 8 and 13; this project's measure book, "lateness".

    Examples
    --------
    >>> from datetime import date
    >>> from workforce.periods import month
    >>> plan = pl.DataFrame({"organisation": ["council"], "case_id": ["a"], "case_type": ["ehc_assessment"], "outcome": ["plan_issued"],
    ...     "received_date": [date(2023, 1, 2)], "outcome_date": [date(2023, 5, 31)]})   # 10 days late
    >>> came = pl.DataFrame({"case_id": ["a"] * 2, "stage": ["decision", "advice"], "provider": [None, "health"],
    ...     "requested_date": [None, date(2023, 2, 1)], "received_date": [date(2023, 2, 1), date(2023, 3, 20)]})
    >>> late = lateness_by_stage(Records(milestones=came, cases=plan), month("2023-05")).frame   # health: 47 days, 6 over its limit
    >>> late.filter(definition="late_days").select("stage", "value").rows()
    [('advice, health', 6.0), ('decision', 0.0), ('not recorded', 4.0)]
    """
    groups, spans = as_by(by), as_periods(periods)
    if reason := records.lacks("cases", "milestones", columns=groups, of="cases"):
        return not_available("lateness", DEFINITIONS, by=groups, when=spans, reason=reason)
    cases = dated_cases(records.cases, ASSESSMENT)
    issued = cases.filter(
        (pl.col("outcome") == PLAN_ISSUED).fill_null(value=False) & pl.any_horizontal(*happened("outcome_date", spans))
    ).sort("organisation", "case_id")
    clocks, plans = _recomputed(issued, records.milestones)
    inside = happened("outcome_date", spans)
    tables = []
    for definition, sides_of in _sides(clocks).items():
        frames = [
            by_period(plans.filter(counted), cases, spans, by=groups, inside=inside, sides=dict(sides)).with_columns(
                stage=pl.lit(stage)
            )
            for stage, counted, sides in sides_of
        ]
        if frames:
            tables.append(measure_table(pl.concat(frames), "lateness", definition, by=groups))
    reasons = [] if clocks or plans.is_empty() else [NO_CLOCK]
    table = stacked(tables, sort=["measure", "definition", *groups, "stage", "period_start", "period_end"])
    return table._with_reasons(*reasons)


def _sides(clocks: Sequence[str]) -> Mapping[str, Sequence[tuple[str, pl.Expr, Mapping[str, pl.Expr]]]]:
    """Of each definition its stages: which plans count, and the two sides of them."""
    all_plans, late = pl.lit(value=True), pl.col("late") > 0
    over = [(clock, pl.col(f"over {clock}").is_not_null(), _of_days(f"over {clock}")) for clock in clocks]
    explained = [(clock, late, _of_days(f"late {clock}")) for clock in (*clocks, NOT_RECORDED)]
    on_time = [(clock, all_plans, _in_time(clock)) for clock in (*clocks, *([ALL_ON_TIME] if clocks else []))]
    return {"late_days": explained, "on_time": on_time, "over_limit": over}


def _in_time(clock: str) -> dict[str, pl.Expr]:
    """The sides of plans in time had a stage been on time. Beside those in time as it was it tells of the others: they are its people."""
    would_be = pl.col("days") - pl.col(f"{_EARLIER} {clock}") <= allowed(PLAN_WEEKS)
    gained = pl.col(CHILD).filter(would_be & (pl.col("late") > 0)).n_unique()
    return {
        "numerator": would_be.sum(),
        "denominator": pl.len(),
        "people": pl.when(gained > 0).then(gained).otherwise(pl.col(CHILD).n_unique()),
    }


def _of_days(column: str) -> dict[str, pl.Expr]:
    """The sides of mean days for each plan, with the error of the mean, and whose days they are."""
    days = pl.col(column)
    of_child = days.sum().over(CHILD)
    largest = of_child.filter(pl.struct(CHILD).is_first_distinct()).sort(descending=True)
    total = days.sum()
    return {
        "numerator": total,
        "denominator": pl.len(),
        "standard_error": pl.map_groups(
            [column],
            lambda series: resampled_error(series[0].to_numpy()),
            return_dtype=pl.Float64,
            returns_scalar=True,
        ),
        CONTRIBUTORS[0]: pl.col(CHILD).filter(days > 0).n_unique().cast(pl.Float64),
        CONTRIBUTORS[1]: pl.when(total > 0).then(largest.head(1).sum() / total),
        CONTRIBUTORS[2]: pl.when(total > 0).then(largest.head(2).sum() / total),
    }


def resampled_error(days: Array) -> float:
    """Standard error of the mean days of cases, from `RESAMPLES` samples of the cases with replacement; the same in any order of rows.

    >>> round(resampled_error(np.repeat([0.0, 10.0], 50)), 1)   # 5 / sqrt(100)
    0.5
    """
    values, counts = np.unique(days, return_counts=True)
    if len(values) < 2:  # noqa: PLR2004 - no spread
        return 0.0
    draws = np.random.default_rng(SEED).multinomial(len(days), counts / len(days), size=RESAMPLES)
    return float((draws @ values / len(days)).std(ddof=1))


@dataclass(frozen=True, slots=True)
class _Paths:
    """Plans with the days of their decisions and pieces of advice, all counted from the request.

    total: days to each plan. decided: to its decision; not a number where it is not recorded. row: the plan of each piece of advice; asked
    and came: its days, asked not a number where nobody recorded it: such a piece has no clock.
    """

    total: Array
    decided: Array
    row: npt.NDArray[np.intp]
    provider: pl.Series
    asked: Array
    came: Array

    @property
    def decision_over(self) -> Array:
        return np.nan_to_num(np.maximum(self.decided - allowed(DECISION_WEEKS), 0.0))

    @property
    def advice_over(self) -> Array:
        """Days over the limit of each piece of advice; none without a clock."""
        return np.nan_to_num(np.maximum(self.came - self.asked - allowed(ADVICE_WEEKS), 0.0))

    def ready(self, *, decision: bool = False, advice: Flags | bool = False) -> Array:
        """The day on which decision and all advice are there, with the decision or some advice on time; minus infinity without either."""
        sooner = self.decision_over if decision else np.zeros(len(self.total))
        follows = self.asked >= self.decided[self.row]
        came = self.came - np.where(follows, sooner[self.row], 0.0) - np.where(advice, self.advice_over, 0.0)
        day = np.nan_to_num(self.decided - sooner, nan=-np.inf)
        np.maximum.at(day, self.row, came)
        return day

    def saved(self, *, decision: bool = False, advice: Flags | bool = False) -> Array:
        """Days that the plan would have come earlier."""
        as_it_was = self.ready()
        earlier = np.zeros(len(self.total))
        after = self.ready(decision=decision, advice=advice)
        return np.subtract(as_it_was, after, out=earlier, where=np.isfinite(as_it_was))


def _paths(plans: pl.DataFrame, milestones: Frame) -> _Paths:
    # A case that two organisations list has its milestones with the first.
    owners = plans.unique("case_id", keep="first", maintain_order=True)
    papers = (
        eager(milestones)
        .select("case_id", "stage", "provider", "requested_date", came="received_date")
        .join(owners.select("case_id", "plan", "received_date", "days"), on="case_id")
        .with_columns(
            asked=(pl.col("requested_date") - pl.col("received_date")).dt.total_days().cast(pl.Float64),
            came=(pl.col("came") - pl.col("received_date")).dt.total_days().cast(pl.Float64),
            days=pl.col("days").cast(pl.Float64),
            provider=pl.col("provider").fill_null(NO_PROVIDER),
        )
    )
    made = papers.filter(pl.col("stage") == DECISION).group_by("plan").agg(pl.col("came").min())
    decided = plans.join(made, on="plan", how="left", maintain_order="left").select(
        pl.when(pl.col("came").is_not_null()).then(pl.min_horizontal("came", pl.col("days").cast(pl.Float64)))
    )
    # Advice that was asked for after the plan, or neither asked for nor given, took none of its time.
    advice = papers.filter(
        (pl.col("stage") == ADVICE) & (pl.col("asked") <= pl.col("days")).fill_null(pl.col("came").is_not_null())
    ).with_columns(came=pl.min_horizontal("came", "days"))
    return _Paths(
        plans["days"].cast(pl.Float64).to_numpy(),
        decided.to_series().fill_null(float("nan")).to_numpy(),
        advice["plan"].to_numpy().astype(np.intp),
        advice["provider"],
        advice["asked"].fill_null(float("nan")).to_numpy(),
        advice["came"].to_numpy(),
    )


def _recomputed(issued: pl.DataFrame, milestones: Frame) -> tuple[list[str], pl.DataFrame]:
    """The recorded clocks, and the plans with the days over each, the late days that it explains, and the days that it would have saved."""
    plans = issued.with_row_index("plan").with_columns(
        days=(pl.col("outcome_date") - pl.col("received_date")).dt.total_days()
    )
    paths = _paths(plans, milestones)
    late = np.maximum(paths.total - allowed(PLAN_WEEKS), 0.0)
    by_decision, by_all = paths.saved(decision=True), paths.saved(decision=True, advice=True)
    explained = np.minimum(late, by_all)
    scale = np.divide(explained, by_all, out=np.zeros(len(late)), where=by_all > 0)
    columns = {"late": late, f"late {NOT_RECORDED}": late - explained, f"{_EARLIER} {ALL_ON_TIME}": by_all}
    clocks = []
    if not np.isnan(paths.decided).all():
        clocks.append(DECISION)
        columns[f"over {DECISION}"] = np.where(np.isnan(paths.decided), np.nan, paths.decision_over)
        columns[f"late {DECISION}"] = by_decision * scale
        columns[f"{_EARLIER} {DECISION}"] = by_decision
    has_clock = ~np.isnan(paths.asked)
    providers = paths.provider.filter(pl.Series(has_clock, dtype=pl.Boolean)).unique().sort().to_list()
    # Days for which each provider's advice was still out after all could have been there, had the decision been on time.
    waits = np.zeros((len(late), len(providers)))
    soonest = paths.ready(decision=True, advice=True)
    for place, provider in enumerate(providers):
        of_provider = (paths.provider == provider).to_numpy() & has_clock
        row, clock = paths.row[of_provider], f"{ADVICE}, {provider}"
        clocks.append(clock)
        over = np.full(len(late), np.nan)
        np.fmax.at(over, row, paths.advice_over[of_provider])
        columns[f"over {clock}"] = over
        columns[f"{_EARLIER} {clock}"] = paths.saved(advice=of_provider)
        moved = np.where(paths.asked >= paths.decided[paths.row], paths.decision_over[paths.row], 0.0)
        np.maximum.at(waits[:, place], row, (paths.came - moved)[of_provider] - soonest[row])
    for provider, days in zip(providers, _shared(waits).T, strict=True):
        columns[f"late {ADVICE}, {provider}"] = days * scale
    return clocks, plans.with_columns(pl.Series(name, values).fill_nan(None) for name, values in columns.items())


def _shared(waits: Array) -> Array:
    """Days of waiting for several at once, each day shared equally by those still waited for.

    >>> _shared(np.array([[4.0, 10.0, 0.0]])).tolist()   # four days for two, then six for one
    [[2.0, 8.0, 0.0]]
    """
    order = np.argsort(waits, axis=1, kind="stable")
    steps = np.diff(np.take_along_axis(waits, order, axis=1), axis=1, prepend=0.0)
    shares = np.cumsum(steps / np.arange(waits.shape[1], 0, -1), axis=1)
    result = np.empty_like(waits)
    np.put_along_axis(result, order, shares, axis=1)
    return result
