"""Stages of an assessment: where the time went, and whether advice came when it was due.

Promises: the stages of a plan add up to the time from its request to its issue, whatever the order in which papers came; a case that
stands in two organisations' files counts once. Refuses: frames without the columns that are needed or named in `by`.
"""

from collections.abc import Sequence
from typing import Final

import polars as pl

from workforce.errors import UsageError
from workforce.measures.casework.clocks import ASSESSMENT, CHILD, PLAN_ISSUED, allowed, by_period, dated_cases, happened
from workforce.measures.frame import as_by, eager, measure_table, need
from workforce.measures.intervals import ratio_standard_error
from workforce.periods import Period, as_periods

Frame = pl.DataFrame | pl.LazyFrame
STAGES: Final = ("decision", "advice", "draft", "final")
REFUSED: Final = "request_refused"
_ADVICE: Final = 6  # weeks to give advice (SEND Regulations 2014, reg. 8)


def advice_timeliness(
    milestones: Frame,
    cases: Frame,
    periods: Period | Sequence[Period],
    *,
    weeks: int = _ADVICE,
    by: Sequence[str] = ("provider",),
) -> pl.DataFrame:
    """Advice for assessments given within 6 weeks of being asked for / advice that came to be due in the period.

    Definition: `regulations` (SEND Regulations 2014, reg. 8); another number of weeks is `weeks`, this project's measure book, and stands
    in the column `within`. Advice is due on day 7 x weeks, the day of asking being day 1, and counts in the period of that day; advice not
    given by then is late, whether it came later or not at all. Advice that was no longer needed, because the case closed before it was
    due, is in neither side; so is advice without a day of asking. by: columns of the milestones or of the cases. Limits: Wilson.

    >>> from datetime import date
    >>> from workforce.periods import month
    >>> request = pl.DataFrame({"organisation": ["council"], "case_id": ["a"], "case_type": ["ehc_assessment"],
    ...     "received_date": [date(2023, 1, 2)]})
    >>> asked = pl.DataFrame({"case_id": ["a", "a"], "stage": "advice", "provider": ["health", "educational psychology"],
    ...     "requested_date": [date(2023, 2, 1)] * 2, "received_date": [date(2023, 3, 14), None]})   # due on 14 March
    >>> advice_timeliness(asked, request, month("2023-03")).select("provider", "numerator", "denominator").rows()
    [('educational psychology', 0.0, 1.0), ('health', 1.0, 1.0)]
    """
    if weeks < 1:
        raise UsageError("a deadline is a whole number of weeks from 1", where="weeks=", hint="6 for advice")
    need(milestones, ["requested_date"], what="milestones")
    every = dated_cases(cases, ASSESSMENT)
    several = as_periods(periods)
    joined = _staged(milestones, every).filter(pl.col("stage") == "advice")
    groups = as_by(by, joined)
    due = pl.col("requested_date") + pl.duration(days=allowed(weeks))
    given = (pl.col("received_date") <= pl.col("due")).fill_null(value=False)
    needed = pl.col("received_date").is_not_null() | (pl.col("ended") >= pl.col("due")).fill_null(value=True)
    sides = by_period(
        joined.with_columns(due=due).filter(needed),
        every,
        several,
        by=groups,
        inside=happened("due", several),
        sides={"numerator": given.sum(), "denominator": pl.len()},
    )
    if weeks == _ADVICE:
        return measure_table(sides, "advice_timeliness", "regulations", by=groups)
    labelled = sides.with_columns(within=pl.lit(f"{weeks} weeks"))
    return measure_table(labelled, "advice_timeliness", "weeks", by=groups)


def stage_times(
    milestones: Frame, cases: Frame, periods: Period | Sequence[Period], *, by: Sequence[str] = ()
) -> pl.DataFrame:
    """Mean days that the plans issued in a period spent at each stage: decision, advice, draft, final (column `stage`).

    Definition: `mean_days`, this project's measure book. A stage runs from the end of the stage before to its own: the decision; the
    last advice to come; the draft; the plan. A paper that came after a later stage had ended took no time of its own, so that the
    stages add up to the days from request to plan. Plans whose decision, advice or draft nobody recorded are left out of both sides.
    by: columns of the cases. Limits: between plans.

    >>> from datetime import date
    >>> from workforce.periods import month
    >>> plan = pl.DataFrame({"organisation": ["council"], "case_id": ["a"], "case_type": ["ehc_assessment"], "outcome": ["plan_issued"],
    ...     "received_date": [date(2023, 1, 2)], "outcome_date": [date(2023, 3, 31)]})
    >>> came = pl.DataFrame({"case_id": ["a"] * 3, "stage": ["decision", "advice", "draft"],
    ...     "received_date": [date(2023, 1, 30), date(2023, 3, 1), date(2023, 3, 20)]})
    >>> stage_times(came, plan, month("2023-03")).select("stage", "value").rows()   # 88 days in all
    [('advice', 30.0), ('decision', 28.0), ('draft', 19.0), ('final', 11.0)]
    """
    groups, several = as_by(by, cases), as_periods(periods)
    every = dated_cases(cases, ASSESSMENT)
    ends = (
        _staged(milestones, every)
        .group_by("case_id")
        .agg(
            decided=pl.col("received_date").filter(pl.col("stage") == "decision").min(),
            # Advice still out when the plan was issued took all the time until then.
            advised=pl.when((pl.col("stage") == "advice").any()).then(
                pl.col("received_date")
                .filter(pl.col("stage") == "advice")
                .fill_null(pl.col("outcome_date").first())
                .max()
            ),
            drafted=pl.col("received_date").filter(pl.col("stage") == "draft").min(),
        )
        .drop_nulls()
    )
    plans = every.filter((pl.col("outcome") == PLAN_ISSUED) & pl.col("outcome_date").is_not_null()).join(
        ends, on="case_id"
    )
    reached = [pl.col("received_date")]
    for stage in ("decided", "advised", "drafted"):  # never before the stage before, never after the plan
        reached.append(pl.min_horizontal(pl.max_horizontal(stage, reached[-1]), "outcome_date"))
    reached.append(pl.col("outcome_date"))
    parts = []
    for stage, begun, done in zip(STAGES, reached[:-1], reached[1:], strict=True):
        x = pl.col("days").cast(pl.Float64)
        spent = by_period(
            plans.with_columns(days=(done - begun).dt.total_days()),
            every,
            several,
            by=groups,
            inside=happened("outcome_date", several),
            sides={"numerator": x.sum(), "denominator": pl.len(), "squares": (x * x).sum()},
        )
        filled = [spent[c].fill_null(0).cast(pl.Float64) for c in ("denominator", "squares", "numerator")]
        n, squares, total = filled
        error = ratio_standard_error(n, squares, total, n, total, n)
        parts.append(spent.with_columns(stage=pl.lit(stage), standard_error=pl.Series(error)))
    return measure_table(pl.concat(parts), "stage_times", "mean_days", by=groups)


def decisions(milestones: Frame, assessments: pl.DataFrame) -> pl.DataFrame:
    """Assessments with the day on which it was decided whether to assess, `decided`; those without one are left out."""
    made = (
        _staged(milestones, assessments)
        .filter(pl.col("stage") == "decision")
        .group_by("case_id")
        .agg(made=pl.col("received_date").min())
    )
    refused = pl.when(pl.col("outcome") == REFUSED).then("outcome_date")
    return (
        assessments.join(made, on="case_id", how="left")
        .with_columns(decided=pl.coalesce("made", refused))
        .filter(pl.col("decided").is_not_null())
    )


def _staged(milestones: Frame, assessments: pl.DataFrame) -> pl.DataFrame:
    """Milestones with what is known of their case; a case that two organisations list is the first one's."""
    need(milestones, ["case_id", "stage", "received_date"], what="milestones")
    stages = eager(milestones)
    own = assessments.sort("organisation").unique("case_id", keep="first", maintain_order=True)
    kept = [c for c in own.columns if c == "case_id" or c not in stages.columns]
    return stages.join(own.select(kept), on="case_id").filter(pl.col(CHILD).is_not_null())
