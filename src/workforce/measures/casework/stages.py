"""Stages of an assessment: where the time went, and whether advice came when it was due.

The stages of a plan add up to the time from its request to its issue, whatever the order in which papers came; a case in two
organisations' files counts once.
"""

from collections.abc import Sequence
from typing import Final

import polars as pl

from workforce.book.constants import ADVICE_WEEKS
from workforce.errors import UsageError
from workforce.measures.casework.clocks import (
    ASSESSMENT,
    CHILD,
    PLAN_ISSUED,
    allowed,
    by_period,
    dated_cases,
    happened,
    not_recorded,
)
from workforce.measures.frame import as_by, eager, measure, measure_table, need, not_available
from workforce.measures.intervals import ratio_standard_error
from workforce.periods import Period, as_periods
from workforce.records import Frame, Records
from workforce.results import MeasureTable
from workforce.sealed import number_given

STAGES: Final = ("decision", "advice", "draft", "final")
REFUSED: Final = "request_refused"


@measure("milestones", "cases")
def advice(
    records: Records,
    periods: Period | Sequence[Period],
    *,
    weeks: int = ADVICE_WEEKS,
    by: Sequence[str] = ("provider",),
) -> MeasureTable:
    """Advice for assessments given within 6 weeks of being asked for / advice that came to be due in the period.

    Advice is due on day 7 x weeks, the day of asking being day 1, and counts in the period of that day; advice not given by then is late,
    whether it came later or not at all. Advice that was no longer needed, because the case closed before it was due, is in neither side;
    so is advice without a day of asking.

    Parameters
    ----------
    records : Records
        The area's records; uses `milestones` and `cases`.
    periods : Period or sequence of Period
        For example ``wf.month("2023-03")``.
    weeks : int
        The deadline, in weeks from the day of asking.
    by : sequence of str
        Columns to group by; any column of `milestones` or of `cases`.

    Returns
    -------
    MeasureTable
        Definition `regulations`; with another number of weeks `weeks`, and the number is in the column `within`. Value in %; limits:
        Wilson, 95%.

    Raises
    ------
    UsageError
        Where the deadline is less than a week.

    References
    ----------
    Special Educational Needs and Disability Regulations 2014, regulation 8; this project's measure book.

    Examples
    --------
    >>> from datetime import date
    >>> from workforce.periods import month
    >>> request = pl.DataFrame({"organisation": ["council"], "case_id": ["a"], "case_type": ["ehc_assessment"],
    ...     "received_date": [date(2023, 1, 2)]})
    >>> asked = pl.DataFrame({"case_id": ["a", "a"], "stage": "advice", "provider": ["health", "educational psychology"],
    ...     "requested_date": [date(2023, 2, 1)] * 2, "received_date": [date(2023, 3, 14), None]})   # due on 14 March
    >>> given = advice(Records(milestones=asked, cases=request), month("2023-03"))
    >>> given.frame.select("provider", "numerator", "denominator").rows()
    [('educational psychology', 0.0, 1.0), ('health', 1.0, 1.0)]
    """
    if weeks < 1:
        raise UsageError("a deadline is a whole number of weeks from 1", where="weeks=", hint="6 for advice")
    groups, spans = as_by(by), as_periods(periods)
    definition = "regulations" if weeks == ADVICE_WEEKS else "weeks"
    reason = not_recorded(records, "cases", "milestones", by=groups, of=("milestones", "cases"))
    reason = reason or records.lacks(columns=["requested_date"], of="milestones")
    if reason:
        return not_available("advice_timeliness", [definition], by=groups, when=spans, reason=reason)
    cases = dated_cases(records.cases, ASSESSMENT)
    papers = _staged(records.milestones, cases).filter(pl.col("stage") == "advice")
    due = pl.col("requested_date") + pl.duration(days=allowed(weeks))
    in_time = (pl.col("received_date") <= pl.col("due")).fill_null(value=False)
    needed = pl.col("received_date").is_not_null() | (pl.col("ended") >= pl.col("due")).fill_null(value=True)
    sides = by_period(
        papers.with_columns(due=due).filter(needed),
        cases,
        spans,
        by=groups,
        inside=happened("due", spans),
        sides={"numerator": in_time.sum(), "denominator": pl.len()},
    )
    labelled = sides.with_columns(within=pl.lit(f"{number_given(weeks, 'weeks'):g} weeks"))
    return measure_table(labelled, "advice_timeliness", definition, by=groups)


@measure("milestones", "cases")
def stages(records: Records, periods: Period | Sequence[Period], *, by: Sequence[str] = ()) -> MeasureTable:
    """Mean days that the plans issued in a period spent at each stage: decision, advice, draft, final.

    A stage runs from the end of the stage before to its own: the decision; the last advice to come; the draft; the plan. A paper that came
    after a later stage had ended took no time of its own, so that the stages add up to the days from request to plan. Plans whose
    decision, advice or draft nobody recorded are left out of both sides.

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
        Definition `mean_days`, a row for each stage (column `stage`); value in days; limits between plans, 95%.

    References
    ----------
    This project's measure book, "stage_times".

    Examples
    --------
    >>> from datetime import date
    >>> from workforce.periods import month
    >>> plan = pl.DataFrame({"organisation": ["council"], "case_id": ["a"], "case_type": ["ehc_assessment"], "outcome": ["plan_issued"],
    ...     "received_date": [date(2023, 1, 2)], "outcome_date": [date(2023, 3, 31)]})
    >>> came = pl.DataFrame({"case_id": ["a"] * 3, "stage": ["decision", "advice", "draft"],
    ...     "received_date": [date(2023, 1, 30), date(2023, 3, 1), date(2023, 3, 20)]})
    >>> issued = stages(Records(milestones=came, cases=plan), month("2023-03"))
    >>> issued.frame.select("stage", "value").rows()   # 88 days in all
    [('advice', 30.0), ('decision', 28.0), ('draft', 19.0), ('final', 11.0)]
    """
    groups, spans = as_by(by), as_periods(periods)
    if reason := records.lacks("cases", "milestones", columns=groups, of="cases"):
        return not_available("stage_times", ["mean_days"], by=groups, when=spans, reason=reason)
    cases = dated_cases(records.cases, ASSESSMENT)
    ends = (
        _staged(records.milestones, cases)
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
    plans = cases.filter((pl.col("outcome") == PLAN_ISSUED) & pl.col("outcome_date").is_not_null()).join(
        ends, on="case_id"
    )
    reached = [pl.col("received_date")]
    for stage in ("decided", "advised", "drafted"):  # never before the stage before, never after the plan
        reached.append(pl.min_horizontal(pl.max_horizontal(stage, reached[-1]), "outcome_date"))
    reached.append(pl.col("outcome_date"))
    frames = []
    for stage, begun, done in zip(STAGES, reached[:-1], reached[1:], strict=True):
        x = pl.col("days").cast(pl.Float64)
        spent = by_period(
            plans.with_columns(days=(done - begun).dt.total_days()),
            cases,
            spans,
            by=groups,
            inside=happened("outcome_date", spans),
            sides={"numerator": x.sum(), "denominator": pl.len(), "squares": (x * x).sum()},
        )
        filled = [spent[c].fill_null(0).cast(pl.Float64) for c in ("denominator", "squares", "numerator")]
        n, squares, total = filled
        error = ratio_standard_error(n, squares, total, n, total, n)
        frames.append(spent.with_columns(stage=pl.lit(stage), standard_error=pl.Series(error)))
    return measure_table(pl.concat(frames), "stage_times", "mean_days", by=groups)


def assessments_decided(milestones: Frame, assessments: pl.DataFrame) -> pl.DataFrame:
    """Assessments with the day on which it was decided whether to assess, `decided`; those without one are left out."""
    decided = (
        _staged(milestones, assessments)
        .filter(pl.col("stage") == "decision")
        .group_by("case_id")
        .agg(made=pl.col("received_date").min())
    )
    refused = pl.when(pl.col("outcome") == REFUSED).then("outcome_date")
    return (
        assessments.join(decided, on="case_id", how="left")
        .with_columns(decided=pl.coalesce("made", refused))
        .filter(pl.col("decided").is_not_null())
    )


def _staged(milestones: Frame, assessments: pl.DataFrame) -> pl.DataFrame:
    """Milestones with what is known of their case; a case that two organisations list is the first one's."""
    need(milestones, ["case_id", "stage", "received_date"], what="milestones")
    papers = eager(milestones)
    cases = assessments.sort("organisation").unique("case_id", keep="first", maintain_order=True)
    columns = [c for c in cases.columns if c == "case_id" or c not in papers.columns]
    return papers.join(cases.select(columns), on="case_id").filter(pl.col(CHILD).is_not_null())
