"""Annual reviews and phase transfers against a plain count, case by case, in Python without polars; and what adds up."""

from calendar import monthrange
from datetime import date, timedelta
from itertools import pairwise

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

import workforce as wf
from workforce import Period

FIRST = date(2023, 1, 1)
days = st.integers(0, 1_200).map(lambda n: FIRST + timedelta(days=n))
optional_days = st.one_of(st.none(), days)
# About 29 February, the two dates of transfers, and the ends of the records.
some_days = st.sampled_from(
    [date(2024, 2, 28), date(2024, 2, 29), date(2024, 3, 1), date(2025, 2, 28), date(2025, 3, 1), date(2025, 3, 31)]
)
deadlines = st.sampled_from([None, date(2024, 2, 15), date(2025, 2, 15), date(2025, 3, 31), date(2025, 2, 14)])
case_rows = st.lists(
    st.tuples(
        st.sampled_from(["council", "borough"]),
        st.sampled_from(["one", "two", "three", None]),
        st.sampled_from(["ehc_plan", "annual_review", "phase_transfer"]),
        st.one_of(days, some_days),
        st.integers(0, 500),  # to the outcome
        st.booleans(),
        optional_days,
        st.sampled_from([None, "plan_issued", "withdrawn", "ceased", "maintain", "unknown"]),
        deadlines,
    ),
    min_size=1,
    max_size=14,
)
begins = st.fixed_dictionaries(
    {"council": st.one_of(st.none(), days, some_days), "borough": st.one_of(st.none(), days, some_days)}
)
few = settings(max_examples=50, deadline=None)


def cases_of(rows, since):
    """The rows as dictionaries; closed on or after the day of receipt."""
    cases = []
    for number, (organisation, child, case_type, received, length, dated, closed, outcome, deadline) in enumerate(rows):
        cases.append(
            {
                "organisation": organisation,
                "case_id": str(number),
                "child_id": child,
                "case_type": case_type,
                "received_date": received,
                "closed_date": None if closed is None or closed < received else closed,
                "outcome": outcome,
                "outcome_date": received + timedelta(days=length) if dated else None,
                "deadline": deadline if case_type == "phase_transfer" else None,
                "observed_from": since[organisation],
            }
        )
    return cases


SCHEMA = {
    "organisation": pl.String,
    "case_id": pl.String,
    "child_id": pl.String,
    "case_type": pl.String,
    "received_date": pl.Date,
    "closed_date": pl.Date,
    "outcome": pl.String,
    "outcome_date": pl.Date,
    "deadline": pl.Date,
    "observed_from": pl.Date,
}


def records_of(cases):
    return wf.Records(cases=pl.DataFrame(cases, schema=SCHEMA))


def ended(case):
    """The outcome or the closing, the earlier; an issued plan without its date ended on a day that is not known."""
    dates = [day for day in (case["outcome_date"], case["closed_date"]) if day]
    if dates:
        return min(dates)
    return case["received_date"] if case["outcome"] == "plan_issued" else None


def complete(cases, begin):
    """Organisations whose records begin no later than a day."""
    return {c["organisation"] for c in cases if c["observed_from"] is None or c["observed_from"] <= begin}


def figures(table, *columns):
    return table.frame.select(*columns, "numerator", "denominator", "people").rows()


def one_row(in_time, of, organisations):
    """Numerator, denominator and children of the whole; nothing where no organisation's records cover the days."""
    if not organisations:
        return (None, None, None)
    rows = [c for c in of if c["organisation"] in organisations]
    children = {c["child_id"] or (c["organisation"], c["case_id"]) for c in rows}
    return (sum(map(in_time, rows)), len(rows), len(children))


@few
@given(case_rows, begins, days)
def test_review_decisions_are_those_of_a_count_review_by_review(rows, since, start):
    cases = cases_of(rows, since)
    span = Period(start, start + timedelta(days=200))
    reviews = [c for c in cases if c["case_type"] == "annual_review"]
    table = wf.casework.review_decisions(records_of(cases), span)
    if not reviews:
        assert figures(table) == [(None, None, None)]
        return

    def due(case):
        return case["received_date"] + timedelta(weeks=4) - timedelta(days=1)

    def counts(case):
        stopped = case["outcome"] == "withdrawn"
        if case["outcome"] and not case["outcome_date"]:
            return stopped and case["closed_date"] is not None and case["closed_date"] >= due(case)
        if stopped or not case["outcome_date"]:
            return ended(case) is None or ended(case) >= due(case)
        return True

    def in_time(case):
        return bool(case["outcome_date"]) and case["outcome"] != "withdrawn" and case["outcome_date"] <= due(case)

    counted = [c for c in reviews if span.start <= due(c) <= span.end and counts(c)]
    able = complete(reviews, span.start - timedelta(days=27))
    assert figures(table) == [one_row(in_time, counted, able)]


def a_year_later(day):
    """The day after the last of the 12 months that begin with a day."""
    last = monthrange(day.year + 1, day.month)[1]
    return date(day.year + 1, day.month, day.day) if day.day <= last else date(day.year + 1, 3, 1)


@few
@given(case_rows, begins, st.one_of(days, some_days))
def test_plans_reviewed_are_those_of_a_count_plan_by_plan_and_the_overdue_are_the_others(rows, since, day):
    cases = cases_of(rows, since)
    records = records_of(cases)
    table, late = wf.casework.plans_reviewed(records, day), wf.casework.reviews_overdue(records, day)
    plans = [c for c in cases if c["case_type"] == "ehc_plan"]
    meetings = [c for c in cases if c["case_type"] == "annual_review" and c["child_id"]]
    if not plans or not meetings:
        assert figures(table) == [(None, None, None)]
        assert set(late.frame["marker"]) == {"x"}
        return

    def made(case):
        issued = case["outcome"] == "plan_issued" and case["outcome_date"]
        return case["outcome_date"] if issued else case["received_date"]

    def is_open(case):
        end = case["closed_date"] if case["outcome"] == "plan_issued" else ended(case)
        return made(case) <= day and (end is None or end > day)

    def last(case):
        key = (case["organisation"], case["child_id"])
        held = [m["received_date"] for m in meetings if (m["organisation"], m["child_id"]) == key]
        return max([made(case), *[held_on for held_on in held if held_on <= day]])

    counted = [c for c in plans if c["child_id"] and is_open(c)]
    first_needed = min(
        begin for begin in (day - timedelta(days=n) for n in range(340, 370)) if a_year_later(begin) > day
    )
    able = complete(plans, first_needed) & {m["organisation"] for m in meetings}
    expected = one_row(lambda case: a_year_later(last(case)) > day, counted, able)
    assert figures(table) == [expected]
    if not able:
        assert set(late.frame["numerator"]) == {None}
        return
    over = [
        (day - a_year_later(last(c))).days + 1
        for c in counted
        if c["organisation"] in able and a_year_later(last(c)) <= day
        if c["observed_from"] is None or last(c) >= c["observed_from"]
    ]
    edges = [0, 28, 91, 182, 364, 10**6]
    bands = [sum(low < days_over <= high for days_over in over) for low, high in pairwise(edges)]
    unclear = expected[1] - expected[0] - len(over)
    names = ["up to 4", "4 to 13", "13 to 26", "26 to 52", "over 52"]
    expected_bands = {f"{name} weeks over": number for name, number in zip(names, bands, strict=True)}
    assert dict(late.frame.select("band", "numerator").rows()) == expected_bands | {"length not recorded": unclear}


@few
@given(case_rows, begins)
def test_phase_transfers_are_those_of_a_count_child_by_child(rows, since):
    cases = cases_of(rows, since)
    span = Period(date(2024, 4, 1), date(2025, 3, 31))
    table = wf.casework.phase_transfers(records_of(cases), span)
    moves = [c for c in cases if c["case_type"] == "phase_transfer"]
    with_deadlines = {c["organisation"] for c in moves if c["deadline"]}
    if not with_deadlines:
        assert figures(table) == [(None, None, None)]
        return

    def counts(case):
        outcome, end = case["outcome"], ended(case)
        if outcome in (None, "unknown"):
            return end is None
        if outcome == "plan_issued":
            return case["outcome_date"] is not None
        return end is not None and end >= case["deadline"]

    def in_time(case):
        return case["outcome"] == "plan_issued" and case["outcome_date"] <= case["deadline"]

    able = complete(moves, date(2024, 4, 1)) & with_deadlines
    expected = [
        ("by " + name, *one_row(in_time, [c for c in moves if c["deadline"] == due and counts(c)], able))
        for name, due in (("15 February", date(2025, 2, 15)), ("31 March", date(2025, 3, 31)))
    ]
    assert figures(table, "transfer") == expected


@few
@given(case_rows, begins, days)
def test_groups_add_up_to_the_whole(rows, since, start):
    records = records_of(cases_of(rows, since))
    span = Period(start, start + timedelta(days=400))
    for measured, when in (
        (wf.casework.review_decisions, span),
        (wf.casework.plans_reviewed, span.end),
        (wf.casework.reviews_overdue, span.end),
        (wf.casework.phase_transfers, span),
    ):
        whole, by_outcome = (measured(records, when, by=by).frame for by in ((), ["outcome"]))
        for side in ("numerator", "denominator"):
            assert whole[side].sum() == by_outcome[side].sum()
