"""How good plans are, how many were sent back, and how many each full-time equivalent issued. To be read with the backlog."""

from collections.abc import Mapping, Sequence
from typing import Final

import polars as pl

from workforce.frames import as_by, eager, need
from workforce.measures.availability import measure, not_available
from workforce.measures.clocks import ASSESSMENT, PLAN_ISSUED, by_period, dated_cases, happened, unable_in
from workforce.measures.presence import observed
from workforce.periods import Period, as_periods, period_frame
from workforce.records import Records
from workforce.results import NOT_APPLICABLE, NOT_AVAILABLE, MeasureTable
from workforce.sealed import text_given
from workforce.stats.rates import measure_table

GOOD: Final = ("outstanding", "good")
RETURNED: Final = "returned"
ALL: Final = "all"  # who issued the plans, where one list of roles was given
_PLANS: Final = (ASSESSMENT, "ehc_plan")


@measure("cases")
def plan_quality(records: Records, periods: Period | Sequence[Period], *, by: Sequence[str] = ()) -> MeasureTable:
    """Plans graded good or outstanding at audit / plans audited, by the day of their outcome.

    Assessments and plans with an `audit_grade` and an outcome in the period; those without a grade were not audited.

    Parameters
    ----------
    records : Records
        The area's records; uses `cases`.
    periods : Period or sequence of Period
        For example ``wf.month("2023-03")``.
    by : sequence of str
        Columns to group by; any column of `cases`.

    Returns
    -------
    MeasureTable
        Definition `audited`; value in %; limits: Wilson, 95%; people: different children whose plans were audited.

    References
    ----------
    This project's measure book, after the audits of the Special Educational Needs and Disabilities area inspections (grades "outstanding"
    and "good"; others count as not).

    Examples
    --------
    >>> from datetime import date
    >>> from workforce.periods import month
    >>> audited = pl.DataFrame({"organisation": "council", "case_id": list("abc"), "case_type": "ehc_plan",
    ...     "received_date": date(2022, 1, 3), "outcome_date": date(2023, 3, 1), "audit_grade": ["good", "inadequate", None]})
    >>> plan_quality(Records(cases=audited), month("2023-03")).frame.select("numerator", "denominator").row(0)
    (1.0, 2.0)
    """
    groups, spans = as_by(by), as_periods(periods)
    if reason := records.lacks("cases", columns=[*groups, "audit_grade"], of="cases"):
        return not_available("plan_quality", ["audited"], by=groups, when=spans, reason=reason)
    need(records.cases, ["case_type"], what="cases")
    cases = dated_cases(records.cases, None).filter(pl.col("case_type").is_in(_PLANS))
    sides = by_period(
        cases.filter(pl.col("audit_grade").is_not_null()),
        cases,
        spans,
        by=groups,
        inside=happened("outcome_date", spans),
        sides={"numerator": pl.col("audit_grade").is_in(GOOD).sum(), "denominator": pl.len()},
    )
    return measure_table(sides, "plan_quality", "audited", by=groups)


@measure("milestones", "cases", needs=["cases.outcome", "cases.outcome_date"])
def plans_returned(records: Records, periods: Period | Sequence[Period], *, by: Sequence[str] = ()) -> MeasureTable:
    """New plans that were sent back before they were issued / new plans issued in the period.

    A plan was sent back where it has a milestone of the stage "returned".

    Parameters
    ----------
    records : Records
        The area's records; uses `milestones` and `cases`.
    periods : Period or sequence of Period
        For example ``wf.month("2023-03")``.
    by : sequence of str
        Columns to group by; any column of `cases`.

    Returns
    -------
    MeasureTable
        Definition `returned`; value in %; limits: Wilson, 95%. Where no plan was ever recorded as sent back, the marker is ``x``: returns
        are then not recorded, rather than never needed.

    References
    ----------
    This project's measure book, "plans_returned".

    Examples
    --------
    >>> from datetime import date
    >>> from workforce.periods import month
    >>> issued = pl.DataFrame({"organisation": "council", "case_id": ["a", "b"], "case_type": "ehc_assessment", "outcome": "plan_issued",
    ...     "received_date": date(2022, 12, 1), "outcome_date": date(2023, 3, 1)})
    >>> sent_back = pl.DataFrame({"case_id": ["a", "a"], "stage": "returned"})
    >>> plans_returned(Records(milestones=sent_back, cases=issued), month("2023-03")).frame["value"].item()
    50.0
    """
    groups, spans = as_by(by), as_periods(periods)
    if reason := records.lacks("cases", "milestones", columns=groups, of="cases"):
        return not_available("plans_returned", ["returned"], by=groups, when=spans, reason=reason)
    need(records.milestones, ["case_id", "stage"], what="milestones")
    cases = dated_cases(records.cases, ASSESSMENT)
    back = eager(records.milestones).filter(pl.col("stage") == RETURNED).select("case_id").unique()
    plans = cases.filter((pl.col("outcome") == PLAN_ISSUED).fill_null(value=False))
    sides = by_period(
        plans.with_columns(sent_back=pl.col("case_id").is_in(back["case_id"].implode())),
        cases,
        spans,
        by=groups,
        inside=happened("outcome_date", spans),
        sides={"numerator": pl.col("sent_back").sum(), "denominator": pl.len()},
    )
    reasons = []
    if back.is_empty():
        reasons.append("plans that were sent back are not recorded")
        sides = sides.with_columns(
            pl.lit(None, pl.Float64).alias("numerator"),
            pl.lit(None, pl.Float64).alias("denominator"),
            marker=pl.lit(NOT_AVAILABLE),
        )
    return measure_table(sides, "plans_returned", "returned", by=groups)._with_reasons(*reasons)


@measure("cases", "assignments", needs=["cases.outcome", "cases.outcome_date"])
def plans_per_fte(
    records: Records,
    periods: Period | Sequence[Period],
    *,
    roles: Sequence[str] | Mapping[str, Sequence[str]],
) -> MeasureTable:
    """New plans issued in a period for each full-time equivalent in post in some roles, on average over its days (agency included).

    The plans are everybody's work, so that one for each caseworker and one for each educational psychologist are two views of the same
    plans, and groups never roll up.

    Parameters
    ----------
    records : Records
        The area's records; uses `cases` and `assignments`.
    periods : Period or sequence of Period
        For example ``wf.year_to("2023-03")``.
    roles : sequence of str, or mapping of str to sequences of str
        The roles; or several lists by what they are called, for a row each (column `staff`).

    Returns
    -------
    MeasureTable
        Definition `issued`, without limits: the plans are all of them. people: those in post at any time in the roles. Marker ``z``: nobody
        ever had one of the roles. Marker ``x``: the records of an organisation with such staff, or with plans, do not cover the period.

    References
    ----------
    This project's measure book, "plans_per_fte".

    Examples
    --------
    >>> from datetime import date
    >>> from workforce.periods import month
    >>> issued = pl.DataFrame({"organisation": "council", "case_id": ["a", "b"], "case_type": "ehc_assessment", "outcome": "plan_issued",
    ...     "received_date": date(2022, 12, 1), "outcome_date": date(2023, 3, 1)})
    >>> staff = pl.DataFrame({"organisation": ["council"], "person_id": ["p"], "start_date": [date(2020, 1, 1)], "fte": [0.5],
    ...     "role": ["psychologist"]})
    >>> area = Records(cases=issued, assignments=staff)
    >>> plans_per_fte(area, month("2023-03"), roles=["psychologist"]).frame["value"].item()
    4.0
    """
    spans = as_periods(periods)
    if reason := records.lacks("cases", "assignments"):
        return not_available("plans_per_fte", ["issued"], by=(), when=spans, reason=reason)
    need(records.assignments, ["organisation", "person_id", "role", "fte", "start_date"], what="assignments")
    everybody = eager(records.assignments)
    plans = dated_cases(records.cases, ASSESSMENT).filter((pl.col("outcome") == PLAN_ISSUED).fill_null(value=False))
    lists = roles if isinstance(roles, Mapping) else {ALL: roles}
    frames = []
    for name, several_roles in lists.items():
        staff = everybody.filter(pl.col("role").is_in(list(several_roles)))
        rows = [_per_fte(plans, staff, period) for period in spans]
        frames.append(
            pl.concat([period_frame(spans), pl.concat(rows)], how="horizontal").with_columns(
                staff=pl.lit(text_given(name, "roles"))
            )
        )
    return measure_table(pl.concat(frames), "plans_per_fte", "issued", by=[])


def _per_fte(plans: pl.DataFrame, staff: pl.DataFrame, period: Period) -> pl.DataFrame:
    end = pl.col("end_date") if "end_date" in staff.columns else pl.lit(None, pl.Date)
    last = pl.min_horizontal(end, pl.lit(period.end))
    days = (last - pl.max_horizontal("start_date", pl.lit(period.start))).dt.total_days() + 1
    in_post = staff.with_columns(days=days).filter(pl.col("days") > 0)
    unable = sorted({*unable_in(observed(staff), period), *unable_in(observed(plans), period)})
    marker = NOT_APPLICABLE if staff.is_empty() else NOT_AVAILABLE if unable else None
    issued = plans.filter(pl.col("outcome_date").is_between(period.start, period.end)).height
    people = in_post.select(pl.struct("organisation", "person_id").n_unique()).item()
    fte = (in_post["fte"] * in_post["days"]).sum() / period.days
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
