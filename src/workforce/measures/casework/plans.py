"""Plans: how good they are, how many were sent back, and how many each full-time equivalent issued. To be read beside the backlog.

Promises: what nobody records is not available, never 0 in 100; roles that nobody has are not applicable. Refuses: frames without the
columns they need or named in `by`.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import polars as pl

from workforce.measures.casework.clocks import ASSESSMENT, PLAN_ISSUED, by_period, dated_cases, happened, unable_in
from workforce.measures.frame import NOT_AVAILABLE, as_by, eager, measure_table, need
from workforce.measures.presence import observed
from workforce.periods import Period, as_periods, period_frame

Frame = pl.DataFrame | pl.LazyFrame
GOOD: Final = ("outstanding", "good")
RETURNED: Final = "returned"
ALL: Final = "all"  # who issued the plans, where one list of roles was given
NOT_APPLICABLE: Final = "z"
_PLANS: Final = (ASSESSMENT, "ehc_plan")


def plan_quality(cases: Frame, periods: Period | Sequence[Period], *, by: Sequence[str] = ()) -> pl.DataFrame:
    """Plans graded good or outstanding at audit / plans audited, by the day of their outcome.

    Definition: `audited`, this project's measure book, after the audits of the Special Educational Needs and Disabilities area inspections
    (grades "outstanding", "good"; others count as not). Assessments and plans with an `audit_grade` and an outcome in the period; those
    without a grade were not audited. Limits: Wilson.

    >>> from datetime import date
    >>> from workforce.periods import month
    >>> audited = pl.DataFrame({"organisation": "council", "case_id": list("abc"), "case_type": "ehc_plan",
    ...     "received_date": date(2022, 1, 3), "outcome_date": date(2023, 3, 1), "audit_grade": ["good", "inadequate", None]})
    >>> plan_quality(audited, month("2023-03")).select("numerator", "denominator").row(0)
    (1.0, 2.0)
    """
    need(cases, ["case_type", "audit_grade"], what="cases")
    groups, several = as_by(by, cases), as_periods(periods)
    every = dated_cases(cases, None).filter(pl.col("case_type").is_in(_PLANS))
    sides = by_period(
        every.filter(pl.col("audit_grade").is_not_null()),
        every,
        several,
        by=groups,
        inside=happened("outcome_date", several),
        sides={"numerator": pl.col("audit_grade").is_in(GOOD).sum(), "denominator": pl.len()},
    )
    return measure_table(sides, "plan_quality", "audited", by=groups)


def plans_returned(
    milestones: Frame, cases: Frame, periods: Period | Sequence[Period], *, by: Sequence[str] = ()
) -> pl.DataFrame:
    """New plans that were sent back before they were issued / new plans issued in the period.

    Definition: `returned`, this project's measure book: a milestone of the stage "returned". Where no plan was ever recorded as sent
    back, not available (marker `x`): returns are then not recorded, rather than never needed. Limits: Wilson.

    >>> from datetime import date
    >>> from workforce.periods import month
    >>> issued = pl.DataFrame({"organisation": "council", "case_id": ["a", "b"], "case_type": "ehc_assessment", "outcome": "plan_issued",
    ...     "received_date": date(2022, 12, 1), "outcome_date": date(2023, 3, 1)})
    >>> sent_back = pl.DataFrame({"case_id": ["a", "a"], "stage": "returned"})
    >>> plans_returned(sent_back, issued, month("2023-03"))["value"].item()
    50.0
    """
    need(milestones, ["case_id", "stage"], what="milestones")
    groups, several = as_by(by, cases), as_periods(periods)
    every = dated_cases(cases, ASSESSMENT)
    back = eager(milestones).filter(pl.col("stage") == RETURNED).select("case_id").unique()
    plans = every.filter((pl.col("outcome") == PLAN_ISSUED).fill_null(value=False))
    sides = by_period(
        plans.with_columns(sent_back=pl.col("case_id").is_in(back["case_id"].implode())),
        every,
        several,
        by=groups,
        inside=happened("outcome_date", several),
        sides={"numerator": pl.col("sent_back").sum(), "denominator": pl.len()},
    )
    if back.is_empty():
        sides = sides.with_columns(
            pl.lit(None, pl.Float64).alias("numerator"),
            pl.lit(None, pl.Float64).alias("denominator"),
            marker=pl.lit(NOT_AVAILABLE),
        )
    return measure_table(sides, "plans_returned", "returned", by=groups)


def plans_per_fte(
    cases: Frame,
    assignments: Frame,
    periods: Period | Sequence[Period],
    *,
    roles: Sequence[str] | Mapping[str, Sequence[str]],
) -> pl.DataFrame:
    """New plans issued in a period for each full-time equivalent in post in some roles, on average over its days (agency included).

    Definition: `issued`, this project's measure book. The plans are everybody's work, so that one for each caseworker and one for each
    educational psychologist are two views of the same plans, and groups never roll up. roles: a list; or lists by what they are called,
    for a row each (column `staff`). Roles that nobody ever had: not applicable (marker `z`). people: those in post at any time in the
    roles. Limits: none; the plans are all of them. A period that the records of an organisation with such staff, or with plans, do not
    cover is not available.

    >>> from datetime import date
    >>> from workforce.periods import month
    >>> issued = pl.DataFrame({"organisation": "council", "case_id": ["a", "b"], "case_type": "ehc_assessment", "outcome": "plan_issued",
    ...     "received_date": date(2022, 12, 1), "outcome_date": date(2023, 3, 1)})
    >>> staff = pl.DataFrame({"organisation": ["council"], "person_id": ["p"], "start_date": [date(2020, 1, 1)], "fte": [0.5],
    ...     "role": ["psychologist"]})
    >>> plans_per_fte(issued, staff, month("2023-03"), roles=["psychologist"])["value"].item()
    4.0
    """
    need(assignments, ["organisation", "person_id", "role", "fte", "start_date"], what="assignments")
    several, everybody = as_periods(periods), eager(assignments)
    plans = dated_cases(cases, ASSESSMENT).filter((pl.col("outcome") == PLAN_ISSUED).fill_null(value=False))
    named = roles if isinstance(roles, Mapping) else {ALL: roles}
    parts = []
    for called, wanted in named.items():
        staff = everybody.filter(pl.col("role").is_in(list(wanted)))
        rows = [_per_fte(plans, staff, period) for period in several]
        parts.append(
            pl.concat([period_frame(several), pl.concat(rows)], how="horizontal").with_columns(staff=pl.lit(called))
        )
    return measure_table(pl.concat(parts), "plans_per_fte", "issued", by=[])


def _per_fte(plans: pl.DataFrame, staff: pl.DataFrame, period: Period) -> pl.DataFrame:
    end = pl.col("end_date") if "end_date" in staff.columns else pl.lit(None, pl.Date)
    last = pl.min_horizontal(end, pl.lit(period.end))
    days = (last - pl.max_horizontal("start_date", pl.lit(period.start))).dt.total_days() + 1
    there = staff.with_columns(days=days).filter(pl.col("days") > 0)
    unable = sorted({*unable_in(observed(staff), period), *unable_in(observed(plans), period)})
    marker = NOT_APPLICABLE if staff.is_empty() else NOT_AVAILABLE if unable else None
    issued = plans.filter(pl.col("outcome_date").is_between(period.start, period.end)).height
    people = there.select(pl.struct("organisation", "person_id").n_unique()).item()
    fte = (there["fte"] * there["days"]).sum() / period.days
    return pl.DataFrame(
        {
            "numerator": [None if marker else float(issued)],
            "denominator": [None if marker else float(fte)],
            "people": [None if marker else people],
            "marker": [marker],
            "left_out": [[] if staff.is_empty() else unable],
        },
        schema={
            "numerator": pl.Float64(),
            "denominator": pl.Float64(),
            "people": pl.Int64(),
            "marker": pl.String(),
            "left_out": pl.List(pl.String),
        },
    )
