"""Of what was decided, issued or advised in a period, the share that was in time; and how long each stage took.

Each deadline has its definition, so that figures by two deadlines are never in one row; a request that came before the period
counts in the period of its outcome, as DfE counts it. The weeks are in `book/constants.py`.
"""

from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

import polars as pl

from workforce.book.constants import (
    ADVICE_WEEKS,
    DECISION_WEEKS,
    LONG_WAIT_WEEKS,
    NO_PLAN_WEEKS,
    PLAN_WEEKS,
    REVIEW_WEEKS,
    THERAPY_WEEKS,
)
from workforce.errors import UsageError
from workforce.frames import as_by, eager, need
from workforce.measures.availability import measure, not_available
from workforce.measures.clocks import (
    ASSESSMENT,
    CHILD,
    PLAN_ISSUED,
    allowed,
    by_period,
    dated_cases,
    happened,
    not_recorded,
)
from workforce.periods import Period, as_periods
from workforce.records import Frame, Records
from workforce.results import NOT_AVAILABLE, MeasureTable
from workforce.sealed import number_given
from workforce.stats.intervals import ratio_standard_error
from workforce.stats.rates import measure_table

Exceptions = Literal["include", "leave_out"]
NO_PLAN: Final = "no_plan"
BANDS: Final = (f"within {PLAN_WEEKS} weeks", f"over {PLAN_WEEKS} weeks, within a year", "over a year")


class Deadline(NamedTuple):
    """The definition of a deadline, and the outcome that it is about (None: any)."""

    definition: str
    outcome: str | None


_DEADLINES: Final[dict[tuple[str, int], Deadline]] = {
    (ASSESSMENT, PLAN_WEEKS): Deadline("dfe", PLAN_ISSUED),
    (ASSESSMENT, NO_PLAN_WEEKS): Deadline("no_plan", NO_PLAN),
    ("annual_review", REVIEW_WEEKS): Deadline("review", None),
    ("therapy", THERAPY_WEEKS): Deadline("therapy_18", None),
    ("therapy", LONG_WAIT_WEEKS): Deadline("therapy_52", None),
}
STAGES: Final = ("decision", "advice", "draft", "final")
REFUSED: Final = "request_refused"
# To leave exceptions out they have to be recorded; new plans are told from other ends of a request by the outcome.
_NEEDED: Final = {"leave_out": ["cases.exception"], ASSESSMENT: ["cases.outcome"]}


@measure("cases", needs=["cases.outcome_date"], needs_by_option=_NEEDED)
def timeliness(
    records: Records,
    periods: Period | Sequence[Period],
    *,
    case_type: str = ASSESSMENT,
    weeks: int = PLAN_WEEKS,
    exceptions: Exceptions = "include",
    by: Sequence[str] = (),
) -> MeasureTable:
    """Outcomes of a period within so many weeks of receipt / outcomes of the period.

    Within n weeks: outcome_date - received_date <= 7n - 1 days. A plan without an outcome date is in no period; `wf.bounds` says between
    which numbers the rate lies, wherever it belongs.

    Parameters
    ----------
    records : Records
        The area's records; uses `cases`.
    periods : Period or sequence of Period
        For example ``wf.year_to("2023-03")``.
    case_type : str
        The type of case.
    weeks : int
        The deadline, in weeks from receipt.
    exceptions : {"include", "leave_out"}
        With "leave_out", cases to which a statutory exception applies are in neither side.
    by : sequence of str
        Columns to group by; any column of `cases`.

    Returns
    -------
    MeasureTable
        The definition follows from type and weeks: `dfe` (new EHC plans, `PLAN_WEEKS`), `no_plan` (assessments that ended without a
        plan, `NO_PLAN_WEEKS`), `review` (annual reviews, `REVIEW_WEEKS` from the meeting, their day of receipt), `therapy_18` and
        `therapy_52` (referrals whose outcome date is the first appointment; where it is the discharge, use `waiting`). Any other
        number of weeks is `weeks`, with the number in the column `within`: plans for assessments, any outcome for other types. The
        weeks are in `book/constants.py`, and `wf.explain("timeliness")` writes them out. Without exceptions, the name
        ends in `_without_exceptions`. Value in %; limits: Wilson, 95%; people: different children behind the denominator. A type of which
        no case is on record has marker ``x``.

    Raises
    ------
    UsageError
        Where the deadline is less than a week, or exceptions are left out of cases that have none; for the 6-week decision, use
        `decisions`.

    References
    ----------
    DfE, Education, health and care plans: methodology; Special Educational Needs and Disability Regulations 2014, regulations 10, 13 and
    20; NHS England, Community health services waiting lists; this project's measure book.

    Examples
    --------
    >>> from datetime import date
    >>> from workforce.periods import calendar_year
    >>> requests = pl.DataFrame({"organisation": "council", "case_id": ["a", "b"], "case_type": "ehc_assessment", "outcome": "plan_issued",
    ...     "received_date": [date(2022, 1, 3)] * 2, "outcome_date": [date(2022, 5, 22), date(2022, 5, 23)]})   # day 140 and day 141
    >>> plans = timeliness(Records(cases=requests), calendar_year("2022"))
    >>> plans.frame.select("definition", "numerator", "denominator", "value").row(0)
    ('dfe', 1.0, 2.0, 50.0)
    """
    deadline = _deadline(case_type, weeks, exceptions)
    groups, spans = as_by(by), as_periods(periods)
    if reason := records.lacks("cases", columns=groups, of="cases"):
        return not_available("timeliness", [deadline.definition], by=groups, when=spans, reason=reason)
    cases = dated_cases(records.cases, case_type)
    sides = by_period(
        _outcomes(cases, deadline.outcome, exceptions),
        cases,
        spans,
        by=groups,
        inside=happened("outcome_date", spans),
        sides={"numerator": (pl.col("days") <= allowed(weeks)).sum(), "denominator": pl.len()},
    )
    reasons = []
    if cases.is_empty():  # nothing is known of the type, rather than that nothing happened
        reasons.append("cases of this type are not recorded")
        sides = sides.with_columns(
            *[pl.lit(None, sides.schema[c]).alias(c) for c in ("numerator", "denominator", "people")],
            marker=pl.lit(NOT_AVAILABLE),
        )
    if deadline.definition.startswith("weeks"):
        sides = sides.with_columns(within=pl.lit(f"{number_given(weeks, 'weeks'):g} weeks"))
    return measure_table(sides, "timeliness", deadline.definition, by=groups)._with_reasons(*reasons)


@measure("cases", needs=["cases.outcome", "cases.outcome_date"], needs_by_option=_NEEDED)
def timeliness_bands(
    records: Records, periods: Period | Sequence[Period], *, exceptions: Exceptions = "include", by: Sequence[str] = ()
) -> MeasureTable:
    """New EHC plans of a period by the time since the request: within the deadline, over it but within a year, over a year.

    A plan issued on the day before the anniversary of the request is within the year.

    Parameters
    ----------
    records : Records
        The area's records; uses `cases`.
    periods : Period or sequence of Period
        For example ``wf.year_to("2023-03")``.
    exceptions : {"include", "leave_out"}
        With "leave_out", cases to which a statutory exception applies are in neither side.
    by : sequence of str
        Columns to group by; any column of `cases`.

    Returns
    -------
    MeasureTable
        Definition `dfe`, or `dfe_without_exceptions`; a row for every band (column `band`), empty ones too; value in %; limits: Wilson,
        95%.

    Raises
    ------
    UsageError
        Where `exceptions` is neither.

    References
    ----------
    DfE, Education, health and care plans: methodology.

    Examples
    --------
    >>> from datetime import date
    >>> from workforce.periods import calendar_year
    >>> requests = pl.DataFrame({"organisation": "council", "case_id": ["a", "b"], "case_type": "ehc_assessment", "outcome": "plan_issued",
    ...     "received_date": [date(2022, 1, 3)] * 2, "outcome_date": [date(2022, 5, 22), date(2023, 1, 3)]})   # the second in 2023
    >>> plans = timeliness_bands(Records(cases=requests), calendar_year("2022"))
    >>> plans.frame.select("band", "numerator", "denominator").rows()
    [('over 20 weeks, within a year', 0.0, 1.0), ('over a year', 0.0, 1.0), ('within 20 weeks', 1.0, 1.0)]
    """
    groups, spans, definition = as_by(by), as_periods(periods), _with("dfe", exceptions)
    if reason := records.lacks("cases", columns=groups, of="cases"):
        return not_available("timeliness_bands", [definition], by=groups, when=spans, reason=reason)
    cases = dated_cases(records.cases, ASSESSMENT)
    rows = _outcomes(cases, PLAN_ISSUED, exceptions)
    prompt = pl.col("days") <= allowed(PLAN_WEEKS)
    slow = pl.col("outcome_date") >= pl.col("received_date").dt.offset_by("1y")
    frames = [
        by_period(
            rows,
            cases,
            spans,
            by=groups,
            inside=happened("outcome_date", spans),
            sides={"numerator": inside.sum(), "denominator": pl.len()},
        ).with_columns(band=pl.lit(band))
        for band, inside in zip(BANDS, (prompt, ~prompt & ~slow, slow), strict=True)
    ]
    return measure_table(pl.concat(frames), "timeliness_bands", definition, by=groups)


@measure(
    "milestones",
    "cases",
    needs=["milestones.received_date"],
    needs_by_option={"leave_out": ["cases.exception"]},
)
def decisions(
    records: Records,
    periods: Period | Sequence[Period],
    *,
    exceptions: Exceptions = "include",
    by: Sequence[str] = (),
) -> MeasureTable:
    """Decisions of a period whether to assess, made within 6 weeks of the request / decisions of the period.

    The day is the milestone `decision`; of a refusal without one, the day of the outcome. Requests whose decision nobody recorded are in
    neither side.

    Parameters
    ----------
    records : Records
        The area's records; uses `milestones` and `cases`.
    periods : Period or sequence of Period
        For example ``wf.month("2023-03")``.
    exceptions : {"include", "leave_out"}
        With "leave_out", cases to which a statutory exception applies are in neither side.
    by : sequence of str
        Columns to group by; any column of `cases`.

    Returns
    -------
    MeasureTable
        Definition `regulations`, or `regulations_without_exceptions`; value in %; limits: Wilson, 95%.

    Raises
    ------
    UsageError
        Where `exceptions` is neither.

    References
    ----------
    Special Educational Needs and Disability Regulations 2014, regulation 5.

    Examples
    --------
    >>> from datetime import date
    >>> from workforce.periods import month
    >>> requests = pl.DataFrame({"organisation": "council", "case_id": ["a", "b"], "case_type": "ehc_assessment",
    ...     "received_date": [date(2023, 1, 30)] * 2})
    >>> decided = pl.DataFrame({"case_id": ["a", "b"], "stage": "decision", "received_date": [date(2023, 3, 12), date(2023, 3, 13)]})
    >>> area = Records(milestones=decided, cases=requests)
    >>> decisions(area, month("2023-03")).frame["value"].item()   # six weeks end on 12 March
    50.0
    """
    groups, spans, definition = as_by(by), as_periods(periods), _with("regulations", exceptions)
    if reason := records.lacks("cases", "milestones", columns=groups, of="cases"):
        return not_available("decision_timeliness", [definition], by=groups, when=spans, reason=reason)
    cases = dated_cases(records.cases, ASSESSMENT)
    rows = _counted(assessments_decided(records.milestones, cases), exceptions).with_columns(
        days=(pl.col("decided") - pl.col("received_date")).dt.total_days()
    )
    sides = by_period(
        rows,
        cases,
        spans,
        by=groups,
        inside=happened("decided", spans),
        sides={"numerator": (pl.col("days") <= allowed(DECISION_WEEKS)).sum(), "denominator": pl.len()},
    )
    return measure_table(sides, "decision_timeliness", definition, by=groups)


def _deadline(case_type: str, weeks: int, exceptions: Exceptions) -> Deadline:
    if weeks < 1:
        raise UsageError("a deadline is a whole number of weeks from 1", where="weeks=", hint="20 for new plans")
    if case_type == ASSESSMENT and weeks == DECISION_WEEKS:
        raise UsageError(
            "the decision whether to assess is not an outcome of a case",
            where="weeks=6",
            hint="use wf.casework.decisions(records, periods)",
        )
    deadline = _DEADLINES.get((case_type, weeks), Deadline("weeks", PLAN_ISSUED if case_type == ASSESSMENT else None))
    if exceptions == "leave_out" and case_type != ASSESSMENT:
        raise UsageError(
            "statutory exceptions are known for assessments only", where="exceptions=", hint='leave it at "include"'
        )
    return Deadline(_with(deadline.definition, exceptions), deadline.outcome)


def _with(definition: str, exceptions: Exceptions) -> str:
    if exceptions not in ("include", "leave_out"):
        raise UsageError("exceptions are included or left out", where="exceptions=", hint='"include" or "leave_out"')
    return definition if exceptions == "include" else f"{definition}_without_exceptions"


def _counted(cases: pl.DataFrame, exceptions: Exceptions) -> pl.DataFrame:
    return cases if exceptions == "include" else cases.filter(~pl.col("exception").fill_null(value=False))


def _outcomes(cases: pl.DataFrame, outcome: str | None, exceptions: Exceptions) -> pl.DataFrame:
    ended_so = pl.lit(value=True) if outcome is None else (pl.col("outcome") == outcome).fill_null(value=False)
    return (
        _counted(cases, exceptions)
        .filter(ended_so & pl.col("outcome_date").is_not_null())
        .with_columns(days=(pl.col("outcome_date") - pl.col("received_date")).dt.total_days())
    )


@measure("milestones", "cases", needs=["milestones.received_date"])
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


@measure("milestones", "cases", needs=["milestones.received_date", "cases.outcome", "cases.outcome_date"])
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
