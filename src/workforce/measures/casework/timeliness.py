"""Timeliness: of what was decided, issued or seen in a period, the share that was in time.

Promises: every figure stands under the definition of its deadline, so that 20 weeks and 16 weeks are never one line; a request that came
before the period counts in the period of its outcome, as DfE counts it. Refuses: the 6-week decision without milestones, exceptions where
the law knows none, frames without the columns named in `by`.
"""

from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

import polars as pl

from workforce.errors import UsageError
from workforce.measures.casework.clocks import ASSESSMENT, PLAN_ISSUED, allowed, by_period, dated_cases, happened
from workforce.measures.casework.stages import decisions
from workforce.measures.frame import NOT_AVAILABLE, as_by, measure_table
from workforce.periods import Period, as_periods

Frame = pl.DataFrame | pl.LazyFrame
Exceptions = Literal["include", "leave_out"]
NO_PLAN: Final = "no_plan"
_DECIDE: Final = 6  # weeks to decide whether to assess (SEND Regulations 2014, reg. 5)
_PLAN: Final = 20  # weeks from the request to the final plan (SEND Regulations 2014, reg. 13)
BANDS: Final = ("within 20 weeks", "over 20 weeks, within a year", "over a year")


class Deadline(NamedTuple):
    """The definition of a deadline, and the outcome that it is about (None: any)."""

    definition: str
    outcome: str | None


_DEADLINES: Final[dict[tuple[str, int], Deadline]] = {
    (ASSESSMENT, _PLAN): Deadline("dfe", PLAN_ISSUED),
    (ASSESSMENT, 16): Deadline(
        "no_plan", NO_PLAN
    ),  # weeks to say that there will be no plan (SEND Regulations 2014, reg. 10)
    ("annual_review", 4): Deadline("review", None),  # weeks from the review meeting (SEND Regulations 2014, reg. 20)
    ("therapy", 18): Deadline("therapy_18", None),  # weeks, the NHS waiting-time standard
    ("therapy", 52): Deadline("therapy_52", None),  # weeks: beyond it a wait is reported as long
}


def timeliness(
    cases: Frame,
    periods: Period | Sequence[Period],
    *,
    case_type: str = ASSESSMENT,
    weeks: int = 20,
    exceptions: Exceptions = "include",
    by: Sequence[str] = (),
) -> pl.DataFrame:
    """Outcomes of a period within so many weeks of receipt / outcomes of the period.

    The definition follows from type and weeks: `dfe` (new EHC plans, 20 weeks; DfE, Education, health and care plans: methodology),
    `no_plan` (assessments that ended without a plan, 16 weeks), `review` (annual reviews, 4 weeks from the meeting, which is their day of
    receipt), `therapy_18` and `therapy_52` (referrals whose outcome date is the first appointment; where it is the discharge, use
    `waiting`), all of the SEND Regulations 2014 or NHS England's reports. Any other number of weeks is `weeks`, this project's measure
    book, and stands in the column `within`: plans for assessments, any outcome for other types. exceptions="leave_out" takes out cases
    to which a statutory exception applies and adds `_without_exceptions`. A type of which no case is on record is not available
    (marker `x`).
    Within n weeks: outcome_date - received_date <= 7n - 1 days. people: different children behind the denominator. Limits: Wilson.

    >>> from datetime import date
    >>> from workforce.periods import calendar_year
    >>> requests = pl.DataFrame({"organisation": "council", "case_id": ["a", "b"], "case_type": "ehc_assessment", "outcome": "plan_issued",
    ...     "received_date": [date(2022, 1, 3)] * 2, "outcome_date": [date(2022, 5, 22), date(2022, 5, 23)]})   # day 140 and day 141
    >>> timeliness(requests, calendar_year("2022")).select("definition", "numerator", "denominator", "value").row(0)
    ('dfe', 1.0, 2.0, 50.0)
    """
    deadline = _deadline(case_type, weeks, exceptions)
    groups, several = as_by(by, cases), as_periods(periods)
    every = dated_cases(cases, case_type)
    sides = by_period(
        _outcomes(every, deadline.outcome, exceptions),
        every,
        several,
        by=groups,
        inside=happened("outcome_date", several),
        sides={"numerator": (pl.col("days") <= allowed(weeks)).sum(), "denominator": pl.len()},
    )
    if (
        every.is_empty()
    ):  # a type of case that nobody records: nothing is known of it, rather than that nothing happened
        sides = sides.with_columns(
            *[pl.lit(None, sides.schema[c]).alias(c) for c in ("numerator", "denominator", "people")],
            marker=pl.lit(NOT_AVAILABLE),
        )
    if deadline.definition.startswith("weeks"):
        sides = sides.with_columns(within=pl.lit(f"{weeks} weeks"))
    return measure_table(sides, "timeliness", deadline.definition, by=groups)


def timeliness_bands(
    cases: Frame, periods: Period | Sequence[Period], *, exceptions: Exceptions = "include", by: Sequence[str] = ()
) -> pl.DataFrame:
    """New EHC plans of a period by the time since the request: within 20 weeks, over 20 weeks but within a year, over a year.

    Definitions: `dfe`, `dfe_without_exceptions` (DfE, Education, health and care plans: methodology). Every band has its row, empty ones
    too, in the column `band`; a plan issued on the day before the anniversary of the request is within the year. Limits: Wilson.

    >>> from datetime import date
    >>> from workforce.periods import calendar_year
    >>> requests = pl.DataFrame({"organisation": "council", "case_id": ["a", "b"], "case_type": "ehc_assessment", "outcome": "plan_issued",
    ...     "received_date": [date(2022, 1, 3)] * 2, "outcome_date": [date(2022, 5, 22), date(2023, 1, 3)]})   # the second in 2023
    >>> timeliness_bands(requests, calendar_year("2022")).select("band", "numerator", "denominator").rows()
    [('over 20 weeks, within a year', 0.0, 1.0), ('over a year', 0.0, 1.0), ('within 20 weeks', 1.0, 1.0)]
    """
    groups, several = as_by(by, cases), as_periods(periods)
    every = dated_cases(cases, ASSESSMENT)
    rows = _outcomes(every, PLAN_ISSUED, exceptions)
    prompt = pl.col("days") <= allowed(_PLAN)
    slow = pl.col("outcome_date") >= pl.col("received_date").dt.offset_by("1y")
    parts = [
        by_period(
            rows,
            every,
            several,
            by=groups,
            inside=happened("outcome_date", several),
            sides={"numerator": inside.sum(), "denominator": pl.len()},
        ).with_columns(band=pl.lit(band))
        for band, inside in zip(BANDS, (prompt, ~prompt & ~slow, slow), strict=True)
    ]
    return measure_table(pl.concat(parts), "timeliness_bands", _with("dfe", exceptions), by=groups)


def decision_timeliness(
    milestones: Frame,
    cases: Frame,
    periods: Period | Sequence[Period],
    *,
    exceptions: Exceptions = "include",
    by: Sequence[str] = (),
) -> pl.DataFrame:
    """Decisions of a period whether to assess, made within 6 weeks of the request / decisions of the period.

    Definition: `regulations` (SEND Regulations 2014, reg. 5), with exceptions="leave_out" `regulations_without_exceptions`. The day is the
    milestone `decision`; of a refusal without one, the day of the outcome. Requests whose decision nobody recorded are in neither side.
    by: columns of the cases. Limits: Wilson.

    >>> from datetime import date
    >>> from workforce.periods import month
    >>> requests = pl.DataFrame({"organisation": "council", "case_id": ["a", "b"], "case_type": "ehc_assessment",
    ...     "received_date": [date(2023, 1, 30)] * 2})
    >>> decided = pl.DataFrame({"case_id": ["a", "b"], "stage": "decision", "received_date": [date(2023, 3, 12), date(2023, 3, 13)]})
    >>> decision_timeliness(decided, requests, month("2023-03"))["value"].item()   # six weeks end on 12 March
    50.0
    """
    groups, several = as_by(by, cases), as_periods(periods)
    every = dated_cases(cases, ASSESSMENT)
    rows = _kept(decisions(milestones, every), exceptions).with_columns(
        days=(pl.col("decided") - pl.col("received_date")).dt.total_days()
    )
    sides = by_period(
        rows,
        every,
        several,
        by=groups,
        inside=happened("decided", several),
        sides={"numerator": (pl.col("days") <= allowed(_DECIDE)).sum(), "denominator": pl.len()},
    )
    return measure_table(sides, "decision_timeliness", _with("regulations", exceptions), by=groups)


def _deadline(case_type: str, weeks: int, exceptions: Exceptions) -> Deadline:
    if weeks < 1:
        raise UsageError("a deadline is a whole number of weeks from 1", where="weeks=", hint="20 for new plans")
    if case_type == ASSESSMENT and weeks == _DECIDE:
        raise UsageError(
            "the decision whether to assess is not an outcome of a case",
            where="weeks=6",
            hint="use decision_timeliness(milestones, cases, periods)",
        )
    known = _DEADLINES.get((case_type, weeks), Deadline("weeks", PLAN_ISSUED if case_type == ASSESSMENT else None))
    if exceptions == "leave_out" and case_type != ASSESSMENT:
        raise UsageError(
            "statutory exceptions are known for assessments only", where="exceptions=", hint='leave it at "include"'
        )
    return Deadline(_with(known.definition, exceptions), known.outcome)


def _with(definition: str, exceptions: Exceptions) -> str:
    if exceptions not in ("include", "leave_out"):
        raise UsageError("exceptions are included or left out", where="exceptions=", hint='"include" or "leave_out"')
    return definition if exceptions == "include" else f"{definition}_without_exceptions"


def _kept(cases: pl.DataFrame, exceptions: Exceptions) -> pl.DataFrame:
    return cases if exceptions == "include" else cases.filter(~pl.col("exception").fill_null(value=False))


def _outcomes(cases: pl.DataFrame, outcome: str | None, exceptions: Exceptions) -> pl.DataFrame:
    wanted = pl.lit(value=True) if outcome is None else (pl.col("outcome") == outcome).fill_null(value=False)
    return (
        _kept(cases, exceptions)
        .filter(wanted & pl.col("outcome_date").is_not_null())
        .with_columns(days=(pl.col("outcome_date") - pl.col("received_date")).dt.total_days())
    )
