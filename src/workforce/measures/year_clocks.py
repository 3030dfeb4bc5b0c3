"""The clocks of the year: decisions after annual reviews, plans reviewed within 12 months, and phase transfers by their dates.

An annual review is a case of type "annual_review": its day of receipt is the day of the meeting, its outcome date the day of the decision.
It belongs to the plan of the same child in the same organisation. A phase transfer is a case of type "phase_transfer" whose `deadline` is
one of the two dates of the regulations, and whose outcome is `plan_issued` on the day of the final plan.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Final

import polars as pl

from workforce.book.constants import (
    DAYS_IN_A_WEEK,
    MONTH_OF_TRANSFERS,
    POST_16_TRANSFER_DAY,
    REVIEW_MONTHS,
    REVIEW_WEEKS,
    TRANSFER_DAY,
)
from workforce.frames import as_by
from workforce.measures.availability import listed, measure, not_available
from workforce.measures.clocks import CHILD, PLAN_ISSUED, REVIEW, TRANSFER, allowed, by_period, dated_cases, happened
from workforce.measures.presence import OPEN
from workforce.periods import Period, as_dates, as_periods
from workforce.records import Records
from workforce.results import MeasureTable
from workforce.stats.rates import measure_table

PLAN: Final = "ehc_plan"
NO_REVIEWS: Final = "annual reviews are not recorded"
NO_CHILDREN: Final = "whose annual reviews they are is not recorded"
NO_PLANS: Final = "EHC plans are not recorded"
NO_TRANSFERS: Final = "phase transfers are not recorded"
NO_DEADLINES: Final = "the deadline of phase transfers is not recorded"
UNDATED_REVIEWS: Final = "reviews whose outcome has no date are left out"
UNCLEAR_TRANSFERS: Final = "phase transfers whose outcome, or its date, is not recorded are left out"
UNUSUAL_DEADLINES: Final = (
    f"phase transfers due on another day than {TRANSFER_DAY} or {POST_16_TRANSFER_DAY} are left out"
)
PLANS_OF_NOBODY: Final = "plans without the number of the child are left out, because their reviews cannot be told"
REVIEWS_OF_NOBODY: Final = (
    "reviews without the number of the child count for no plan, so that plans reviewed can count as overdue"
)
WEEKS_OVER: Final = (4, 13, 26, 52)
LENGTH_UNKNOWN: Final = "length not recorded"
NO_DECISION: Final = ("withdrawn", "moved_away")  # outcomes after which nobody decides on the review
UNKNOWN: Final = "unknown"
TRANSFER_DAYS: Final = (TRANSFER_DAY, POST_16_TRANSFER_DAY)


def end_of_review_year(day: pl.Expr) -> pl.Expr:
    """The last day of the 12 months that start with a day.

    The 12 months from 10 March end on 9 March; those from 29 February on 28 February.

    >>> days = pl.DataFrame({"made": [date(2023, 3, 10), date(2023, 3, 1), date(2024, 2, 29)]})
    >>> days.select(end_of_review_year(pl.col("made")))["made"].to_list()
    [datetime.date(2024, 3, 9), datetime.date(2024, 2, 29), datetime.date(2025, 2, 28)]
    """
    anniversary = day.dt.offset_by(f"{REVIEW_MONTHS}mo")
    return pl.when(anniversary.dt.day() == day.dt.day()).then(anniversary.dt.offset_by("-1d")).otherwise(anniversary)


@measure("cases", needs=["cases.outcome_date"])
def review_decisions(records: Records, periods: Period | Sequence[Period], *, by: Sequence[str] = ()) -> MeasureTable:
    """Annual reviews decided within 4 weeks of the meeting / annual reviews whose decision came to be due in the period.

    The decision is due on day 28, the day of the meeting being day 1, and the review counts in the period of that day; a decision not made
    by then is late, whether it came later or not at all. `timeliness` counts the decisions of a period instead, as DfE does: a review that
    nobody decided is in neither of its sides. Reviews that were withdrawn, or closed without a decision, before the decision was due are in
    neither side; so are those whose outcome is recorded without its date.

    Parameters
    ----------
    records : Records
        The area's records; uses `cases`.
    periods : Period or sequence of Period
        For example ``wf.year_to("2023-03")``.
    by : sequence of str
        Columns to group by; any column of `cases`.

    Returns
    -------
    MeasureTable
        Definition `due`; value in %; limits: Wilson, 95%; people: different children. Records have to cover the period and the four weeks
        before it. Where no annual review is on record, the marker is ``x``.

    References
    ----------
    Special Educational Needs and Disability Regulations 2014, regulation 20(10).

    Examples
    --------
    >>> from workforce.periods import month
    >>> meetings = pl.DataFrame({"organisation": "council", "case_id": list("abc"), "case_type": "annual_review",
    ...     "received_date": date(2023, 3, 1), "outcome_date": [date(2023, 3, 28), date(2023, 3, 29), None]})   # due on 28 March
    >>> review_decisions(Records(cases=meetings), month("2023-03")).frame.select("numerator", "denominator").row(0)
    (1.0, 3.0)
    """
    groups, spans = as_by(by), as_periods(periods)
    reason = records.lacks("cases", columns=groups, of="cases")
    reviews = None if reason else dated_cases(records.cases, REVIEW)
    if reviews is None or reviews.is_empty():
        return not_available("review_timeliness", ["due"], by=groups, when=spans, reason=reason or NO_REVIEWS)
    due = pl.col("received_date") + pl.duration(days=allowed(REVIEW_WEEKS))
    dated = pl.col("outcome_date").is_not_null()
    undated = (
        pl.col("outcome").is_not_null() & ~dated & ~(_ended_without_decision() & pl.col("closed_date").is_not_null())
    )
    over = (pl.col("ended") < due) & (~dated | _ended_without_decision())
    rows = reviews.with_columns(due=due).filter(~undated & ~over.fill_null(value=False))
    windows = [Period(span.start - timedelta(days=allowed(REVIEW_WEEKS)), span.end) for span in spans]
    in_time = (pl.col("outcome_date") <= pl.col("due")).fill_null(value=False) & ~_ended_without_decision()
    sides = _over_windows(
        rows,
        reviews,
        spans,
        windows,
        by=groups,
        inside=happened("due", spans),
        sides={"numerator": in_time.sum(), "denominator": pl.len()},
    )
    reasons = [] if reviews.filter(undated).is_empty() else [UNDATED_REVIEWS]
    return measure_table(sides, "review_timeliness", "due", by=groups)._with_reasons(*reasons)


@measure("cases", needs=["cases.child_id"])
def plans_reviewed(records: Records, on: date | Sequence[date], *, by: Sequence[str] = ()) -> MeasureTable:
    """Open plans that were made, or had a review meeting, within 12 months / open plans, at the end of a day.

    The 12 months start with the day on which the plan was made or, after a review, with the day of the last meeting, so that a plan made on
    10 March is up to date until 9 March. The meeting counts, whether or not a decision followed; for that, use `review_decisions`.

    Parameters
    ----------
    records : Records
        The area's records; uses `cases`.
    on : date or sequence of date
        The day, or days.
    by : sequence of str
        Columns to group by; any column of `cases`.

    Returns
    -------
    MeasureTable
        Definition `within_year`; value in %; limits: Wilson, 95%; people: different children with an open plan. An organisation whose
        records do not cover the 12 months, or that has plans and no annual review on record, is left out. Plans without the number of the
        child are in neither side.

    References
    ----------
    Children and Families Act 2014, section 44(1).

    Examples
    --------
    >>> cases = pl.DataFrame({"organisation": "council", "case_id": list("abc"), "child_id": ["one", "two", "one"],
    ...     "case_type": ["ehc_plan", "ehc_plan", "annual_review"],
    ...     "received_date": [date(2020, 1, 6), date(2022, 3, 31), date(2022, 4, 1)]})   # child one: reviewed on 1 April 2022
    >>> plans_reviewed(Records(cases=cases), date(2023, 3, 31)).frame.select("numerator", "denominator").row(0)
    (1.0, 2.0)
    """
    groups, days = as_by(by), as_dates(on)
    plans = _Plans(records, groups)
    if plans.lacking:
        return not_available("plans_reviewed", ["within_year"], by=groups, when=days, reason=plans.lacking)
    frames = [
        plans.counted(day, groups, {"numerator": (pl.col("due") >= day).sum(), "denominator": pl.len()}) for day in days
    ]
    return measure_table(pl.concat(frames), "plans_reviewed", "within_year", by=groups)._with_reasons(*plans.reasons)


@measure("cases", needs=["cases.child_id"])
def reviews_overdue(records: Records, on: date | Sequence[date], *, by: Sequence[str] = ()) -> MeasureTable:
    """Open plans without a review meeting within 12 months, at the end of a day, by weeks over.

    "up to 4 weeks over" are the 28 days after the last day of the 12 months. Of a plan made before the records of its organisation are
    complete, and without a meeting since, it is certain that the review is overdue, and not for how long.

    Parameters
    ----------
    records : Records
        The area's records; uses `cases`.
    on : date or sequence of date
        The day, or days.
    by : sequence of str
        Columns to group by; any column of `cases`.

    Returns
    -------
    MeasureTable
        Definition `overdue`: a count for each band (column `band`, empty bands too), so that the bands add up to the open plans that
        `plans_reviewed` does not count as reviewed; without limits, because all plans are counted.

    References
    ----------
    Children and Families Act 2014, section 44(1); the bands are this project's, as in `backlog`.

    Examples
    --------
    >>> cases = pl.DataFrame({"organisation": "council", "case_id": list("abc"), "child_id": ["one", "two", "one"],
    ...     "case_type": ["ehc_plan", "ehc_plan", "annual_review"],
    ...     "received_date": [date(2020, 1, 6), date(2022, 1, 31), date(2022, 3, 31)]})   # due on 30 March 2023 and on 30 January 2023
    >>> late = reviews_overdue(Records(cases=cases), date(2023, 3, 31)).frame.filter(pl.col("numerator") > 0)
    >>> late.select("band", "numerator").rows()
    [('4 to 13 weeks over', 1.0), ('up to 4 weeks over', 1.0)]
    """
    groups, days = as_by(by), as_dates(on)
    plans = _Plans(records, groups)
    if plans.lacking:
        return not_available("reviews_overdue", ["overdue"], by=groups, when=days, reason=plans.lacking)
    frames = []
    for day in days:
        over = (pl.lit(day) - pl.col("due")).dt.total_days()
        unclear = (over > 0) & pl.col("unclear")
        bands = {band: over.is_between(*edges, closed="right") & ~unclear for band, edges in _bands().items()}
        bands[LENGTH_UNKNOWN] = unclear
        for band, inside in bands.items():
            sides = {"numerator": inside.sum(), "people": pl.col(CHILD).filter(inside).n_unique()}
            frames.append(plans.counted(day, groups, sides).with_columns(band=pl.lit(band)))
    return measure_table(pl.concat(frames), "reviews_overdue", "overdue", by=groups)._with_reasons(*plans.reasons)


@measure("cases", needs=["cases.outcome", "cases.outcome_date"])
def phase_transfers(records: Records, periods: Period | Sequence[Period], *, by: Sequence[str] = ()) -> MeasureTable:
    """Phase transfers whose final plan was issued by their date / phase transfers due in the period: 15 February, 31 March for post-16.

    A transfer counts in the period of its deadline. A plan not issued by then is late, whether it came later or not at all. Transfers that
    were no longer needed before they were due are in neither side; so are those whose outcome, or its date, is not recorded, and those due
    on another day. The regulation says "before"; a plan of the day itself is in time here, as in the code of practice ("by").

    Parameters
    ----------
    records : Records
        The area's records; uses `cases`.
    periods : Period or sequence of Period
        For example ``wf.year_to("2023-03")``, in which both dates of 2023 lie.
    by : sequence of str
        Columns to group by; any column of `cases`.

    Returns
    -------
    MeasureTable
        Definition `regulations`; a row for each of the two dates (column `transfer`); value in %; limits: Wilson, 95%; people: different
        children. Records have to cover the period, and the months from September of the year before each date in it. Where no phase
        transfer is on record, or none has a deadline, the marker is ``x``.

    References
    ----------
    Special Educational Needs and Disability Regulations 2014, regulation 18(1); DfE and Department of Health, SEND code of practice: 0 to
    25 years, section 9.

    Examples
    --------
    >>> from workforce.periods import financial_year
    >>> moves = pl.DataFrame({"organisation": "council", "case_id": list("abc"), "case_type": "phase_transfer", "outcome": "plan_issued",
    ...     "received_date": date(2022, 10, 3), "outcome_date": [date(2023, 2, 15), date(2023, 2, 16), date(2023, 2, 16)],
    ...     "deadline": [date(2023, 2, 15), date(2023, 2, 15), date(2023, 3, 31)]})
    >>> phase_transfers(Records(cases=moves), financial_year("2022-23")).frame.select("transfer", "numerator", "denominator").rows()
    [('by 15 February', 1.0, 2.0), ('by 31 March', 1.0, 1.0)]
    """
    groups, spans = as_by(by), as_periods(periods)
    reason = records.lacks("cases", columns=groups, of="cases")
    moves = None if reason else dated_cases(records.cases, TRANSFER)
    if reason is None and moves is not None:
        with_deadline = "deadline" in moves.columns and moves["deadline"].null_count() < moves.height
        reason = NO_TRANSFERS if moves.is_empty() else None if with_deadline else NO_DEADLINES
    if moves is None or reason:
        return not_available(
            "transfer_timeliness", ["regulations"], by=groups, when=spans, reason=reason or NO_TRANSFERS
        )
    usual = moves.with_columns(transfer="by " + pl.col("deadline").dt.strftime("%-d %B"))
    names = [f"by {day}" for day in TRANSFER_DAYS]
    issued = (pl.col("outcome") == PLAN_ISSUED).fill_null(value=False)
    without_outcome = pl.col("outcome").is_null() | (pl.col("outcome") == UNKNOWN)
    ended = pl.col("outcome_date").is_not_null() | pl.col("closed_date").is_not_null()
    unclear = pl.when(without_outcome).then(ended).when(issued).then(pl.col("outcome_date").is_null()).otherwise(~ended)
    not_needed = ~issued & (pl.col("ended") < pl.col("deadline")).fill_null(value=False)
    in_time = issued & (pl.col("outcome_date") <= pl.col("deadline"))
    silent = _without(moves, pl.col("deadline").is_not_null())
    covered = _silenced(moves, silent)
    windows = [_needed_for(span) for span in spans]
    frames = [
        _over_windows(
            _silenced(usual, silent).filter(pl.col("transfer") == name, ~unclear, ~not_needed),
            covered,
            spans,
            windows,
            by=groups,
            inside=happened("deadline", spans),
            sides={"numerator": in_time.sum(), "denominator": pl.len()},
        ).with_columns(transfer=pl.lit(name))
        for name in names
    ]
    usable = usual.filter(~pl.col("organisation").is_in(silent))
    reasons = [f"{NO_DEADLINES} by {listed(_named(records, silent))}"] if silent else []
    if not usable.filter(~pl.col("transfer").is_in(names).fill_null(value=False)).is_empty():
        reasons.append(UNUSUAL_DEADLINES)
    if not usable.filter(unclear).is_empty():
        reasons.append(UNCLEAR_TRANSFERS)
    return measure_table(pl.concat(frames), "transfer_timeliness", "regulations", by=groups)._with_reasons(*reasons)


class _Plans:
    """The plans of an area with their review meetings; `lacking` says why there are none to measure, `reasons` what is left out."""

    def __init__(self, records: Records, groups: Sequence[str]) -> None:
        self.reasons: list[str] = []
        self.lacking = records.lacks("cases", columns=groups, of="cases")
        if self.lacking:
            return
        every, meetings = dated_cases(records.cases, PLAN), dated_cases(records.cases, REVIEW)
        if every.is_empty() or meetings.is_empty():
            self.lacking = NO_PLANS if every.is_empty() else NO_REVIEWS
            return
        # Of a plan, "plan_issued" is how it began.
        issued = (pl.col("outcome") == PLAN_ISSUED).fill_null(value=False)
        every = every.with_columns(
            made=pl.coalesce(pl.when(issued).then("outcome_date"), "received_date"),
            ended=pl.when(issued).then("closed_date").otherwise("ended"),
        )
        of_child = pl.col("child_id").is_not_null()
        self._meetings = meetings.filter(of_child).select("organisation", "child_id", meeting="received_date")
        if self._meetings.is_empty():
            self.lacking = NO_CHILDREN
            return
        unrecorded = sorted({*every["organisation"]} - {*meetings["organisation"]})
        silent = sorted({*every["organisation"]} - {*self._meetings["organisation"]})
        self._every = _silenced(every, silent)
        self._plans = self._every.filter(of_child)
        for sentence, organisations in (
            (NO_REVIEWS, unrecorded),
            (NO_CHILDREN, [slug for slug in silent if slug not in unrecorded]),
        ):
            if organisations:
                self.reasons.append(f"{sentence} by {listed(_named(records, organisations))}")
        if self._plans.height < every.height:
            self.reasons.append(PLANS_OF_NOBODY)
        if self._meetings.height < meetings.height:
            self.reasons.append(REVIEWS_OF_NOBODY)

    def counted(self, day: date, groups: Sequence[str], sides: dict[str, pl.Expr]) -> pl.DataFrame:
        """Sides of the plans open at the end of a day. `due` is the last day of their 12 months, `unclear` whether it may be later."""
        last = (
            self._meetings.filter(pl.col("meeting") <= day)
            .group_by("organisation", "child_id")
            .agg(pl.col("meeting").max())
        )
        base = pl.max_horizontal("made", "meeting")
        since = pl.col("observed_from") if "observed_from" in self._plans.columns else pl.lit(None, pl.Date)
        plans = self._plans.join(last, on=["organisation", "child_id"], how="left").with_columns(
            due=end_of_review_year(base), unclear=(base < since).fill_null(value=False)
        )
        still = (pl.col("made") <= day) & (pl.col("ended").is_null() | (pl.col("ended") > day))
        window = Period(pl.select(pl.lit(day).dt.offset_by(f"-{REVIEW_MONTHS}mo").dt.offset_by("1d")).item(), day)
        today = [Period(day, day)]
        return _over_windows(plans, self._every, today, [window], by=groups, inside=[still], sides=sides)


def _over_windows(
    rows: pl.DataFrame,
    every: pl.DataFrame,
    spans: Sequence[Period],
    windows: Sequence[Period],
    *,
    by: Sequence[str],
    inside: Sequence[pl.Expr],
    sides: dict[str, pl.Expr],
) -> pl.DataFrame:
    """Sides of each period, of the organisations whose records cover the longer window that the figure needs."""
    return pl.concat(
        by_period(rows, every, [window], by=by, inside=[in_span], sides=sides).with_columns(
            period_start=pl.lit(span.start)
        )
        for span, window, in_span in zip(spans, windows, inside, strict=True)
    )


def _ended_without_decision() -> pl.Expr:
    return pl.col("outcome").is_in(NO_DECISION).fill_null(value=False)


def _bands() -> dict[str, tuple[int, int]]:
    """Days over, above the first and up to the second, by what a band is called."""
    edges = [0, *(DAYS_IN_A_WEEK * weeks for weeks in WEEKS_OVER), (OPEN - date.min).days]
    names = [
        f"up to {WEEKS_OVER[0]} weeks over",
        *[f"{after} to {until} weeks over" for after, until in pairwise(WEEKS_OVER)],
        f"over {WEEKS_OVER[-1]} weeks over",
    ]
    return dict(zip(names, pairwise(edges), strict=True))


def _needed_for(span: Period) -> Period:
    """The days that records have to cover: the period, and the months before each date of transfers in it."""
    deadlines = [
        day
        for year in range(span.start.year, span.end.year + 1)
        for day in _dates_of(year)
        if span.start <= day <= span.end
    ]
    begins = [date(day.year - 1, MONTH_OF_TRANSFERS, 1) for day in deadlines]
    return Period(min([span.start, *begins]), span.end)


def _dates_of(year: int) -> list[date]:
    """The two dates of transfers in a year.

    >>> _dates_of(2024)
    [datetime.date(2024, 2, 15), datetime.date(2024, 3, 31)]
    """
    days = pl.DataFrame({"day": [f"{day} {year}" for day in TRANSFER_DAYS]})
    return days["day"].str.to_date("%d %B %Y").to_list()


def _without(cases: pl.DataFrame, recorded: pl.Expr) -> list[str]:
    """Organisations of whose cases none has something recorded."""
    by_organisation = cases.group_by("organisation").agg(recorded=recorded.any())
    return by_organisation.filter(~pl.col("recorded"))["organisation"].sort().to_list()


def _silenced(cases: pl.DataFrame, organisations: Sequence[str]) -> pl.DataFrame:
    """Cases with those of some organisations as if their records covered no day."""
    since = pl.col("observed_from") if "observed_from" in cases.columns else pl.lit(None, pl.Date)
    silent = pl.col("organisation").is_in(list(organisations))
    return cases.with_columns(observed_from=pl.when(silent).then(pl.lit(OPEN)).otherwise(since))


def _named(records: Records, organisations: Sequence[str]) -> list[str]:
    names = records._settings.organisation_names if records._settings is not None else {}
    return [names.get(slug, slug) for slug in organisations]
