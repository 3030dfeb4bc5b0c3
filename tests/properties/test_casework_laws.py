"""Laws of casework: what comes in and goes out adds up, groups and months roll up, and a reallocation is no new case."""

from datetime import date, timedelta
from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

import workforce as wf
from builders import casework
from workforce import Period, months, year_to

FIRST = date(2022, 1, 1)
days = st.integers(0, 500).map(lambda n: FIRST + timedelta(days=n))
lengths = st.one_of(st.none(), st.integers(0, 450))
case_rows = st.lists(
    st.tuples(
        st.sampled_from(["council", "trust"]),
        st.sampled_from(["c1", "c2", "c3", None]),
        days,
        lengths,
        st.sampled_from(["plan_issued", "no_plan", "request_refused"]),
        st.sampled_from(["north", "south", None]),
        st.booleans(),
    ),
    min_size=1,  # without any case none is recorded
    max_size=12,
)
GROUPS = st.sampled_from([(), ("organisation",), ("locality",), ("organisation", "locality"), ("outcome",)])
few = settings(max_examples=25)
YEAR, MONTHS = year_to("2023-03"), months("2022-04", "2023-03")


def cases_of(rows):
    return pl.DataFrame(
        [
            {
                "organisation": organisation,
                "case_id": str(number),
                "child_id": child,
                "case_type": "ehc_assessment",
                "received_date": received,
                "closed_date": None if length is None else received + timedelta(days=length),
                "outcome_date": None if length is None else received + timedelta(days=length),
                "outcome": None if length is None else outcome,
                "locality": locality,
                "exception": exception,
            }
            for number, (organisation, child, received, length, outcome, locality, exception) in enumerate(rows)
        ],
        schema={
            "organisation": pl.String,
            "case_id": pl.String,
            "child_id": pl.String,
            "case_type": pl.String,
            "received_date": pl.Date,
            "closed_date": pl.Date,
            "outcome_date": pl.Date,
            "outcome": pl.String,
            "locality": pl.String,
            "exception": pl.Boolean,
        },
    )


def of(table, definition):
    return table.filter(pl.col("definition") == definition)["numerator"]


@given(case_rows, GROUPS)
@few
def test_cases_at_the_end_are_those_at_the_start_and_arrivals_less_closures_in_every_group_and_month(rows, by):
    table = wf.casework.flow(wf.Records(cases=cases_of(rows)), MONTHS, by=by).frame
    expected = of(table, "at_start") + of(table, "arrivals") - of(table, "closures")
    assert expected.to_list() == of(table, "at_end").to_list()


@given(case_rows)
@few
def test_what_one_month_ends_with_the_next_one_starts_with(rows):
    table = wf.casework.flow(wf.Records(cases=cases_of(rows)), MONTHS).frame
    assert of(table, "at_end").to_list()[:-1] == of(table, "at_start").to_list()[1:]
    year = wf.casework.flow(wf.Records(cases=cases_of(rows)), YEAR).frame
    for flow in ("arrivals", "closures"):
        assert of(table, flow).sum() == of(year, flow).item()


@given(case_rows, st.sampled_from(["organisation", "locality"]))
@few
def test_groups_roll_up_to_the_whole(rows, column):
    area = wf.Records(cases=cases_of(rows))
    for measured in (
        lambda by: wf.casework.timeliness(area, YEAR, by=by),
        lambda by: wf.casework.timeliness_bands(area, YEAR, by=by),
        lambda by: wf.casework.flow(area, YEAR, by=by),
        lambda by: wf.casework.backlog(area, YEAR.end, by=by),
        lambda by: wf.casework.waiting(area, YEAR.end, case_type="ehc_assessment", by=by),
    ):
        whole, parts = measured([]).frame, measured([column])
        if parts.frame.is_empty():
            assert whole["numerator"].sum() == 0
            continue
        rolled = wf.combine(parts, over=[column]).frame
        keys = [c for c in ("measure", "definition", "band") if c in whole.columns]
        both = whole.join(rolled, on=keys, how="full", coalesce=True, suffix=" of the parts")
        assert both["numerator"].to_list() == both["numerator of the parts"].to_list()
        assert both["value"].to_list() == pytest.approx(both["value of the parts"].to_list())


@given(case_rows)
@few
def test_months_of_timeliness_roll_up_to_the_year(rows):
    area = wf.Records(cases=cases_of(rows))
    rolled = wf.combine(wf.casework.timeliness(area, MONTHS), over=("period",)).frame
    columns = ["numerator", "denominator", "value", "lower", "upper"]
    assert_frame_equal(rolled.select(columns), wf.casework.timeliness(area, YEAR).frame.select(columns))


@given(case_rows)
@few
def test_the_backlog_is_its_bands_and_part_of_what_is_open_at_the_end(rows):
    area = wf.Records(cases=cases_of(rows))
    table = wf.casework.backlog(area, YEAR.end).frame
    share = table.filter(pl.col("definition") == "share")
    assert of(table, "overdue").sum() == share["numerator"].item()
    assert share["denominator"].item() == of(wf.casework.flow(area, YEAR).frame, "at_end").item()
    ages = wf.casework.backlog_age(area, YEAR.end).frame
    assert ages["denominator"].unique().to_list() == [share["denominator"].item()]
    waits = wf.casework.waiting(area, YEAR.end, case_type="ehc_assessment").frame
    assert waits["numerator"].sum() == share["denominator"].item()


@given(case_rows, st.randoms(use_true_random=False))
@few
def test_shuffling_the_rows_changes_nothing(rows, random):
    cases = cases_of(rows)
    order = list(range(cases.height))
    random.shuffle(order)
    held = held_of(rows)
    for measured in (
        lambda c, h: wf.casework.timeliness(wf.Records(cases=c), MONTHS, by=["locality"]).frame,  # noqa: ARG005
        lambda c, h: wf.casework.backlog(wf.Records(cases=c), YEAR.end, by=["locality"]).frame,  # noqa: ARG005
        lambda c, h: wf.casework.flow(wf.Records(cases=c), YEAR, by=["organisation"]).frame,  # noqa: ARG005
        lambda c, h: wf.casework.continuity(wf.Records(allocations=h, cases=c), YEAR, by=["organisation"]).frame,
    ):
        assert_frame_equal(measured(cases, held), measured(cases[order], held.reverse()))


@given(case_rows)
@few
def test_life_tables_of_organisations_add_up(rows):
    area = wf.Records(cases=cases_of(rows))
    whole, parts = wf.casework.time_to_plan(area, YEAR), wf.casework.time_to_plan(area, YEAR, by=["organisation"])
    if not parts.frame.is_empty():
        assert_frame_equal(wf.combine(parts, over=["organisation"]).frame, whole.frame)


@given(
    case_rows,
    st.lists(st.tuples(st.integers(-20, 300), st.integers(-20, 300), st.integers(-20, 300)), min_size=12, max_size=12),
)
@few
def test_the_stages_add_up_to_the_time_from_request_to_plan(rows, offsets):
    cases = cases_of(rows)
    milestones = pl.DataFrame(
        [
            {"case_id": str(number), "stage": stage, "received_date": row[2] + timedelta(days=offset)}
            for number, (row, given_days) in enumerate(zip(rows, offsets, strict=False))
            for stage, offset in zip(("decision", "advice", "draft"), given_days, strict=True)
        ],
        schema={"case_id": pl.String, "stage": pl.String, "received_date": pl.Date},
    )
    table = wf.casework.stages(wf.Records(milestones=milestones, cases=cases), YEAR).frame
    plans = cases.filter((pl.col("outcome") == "plan_issued") & pl.col("outcome_date").is_between(YEAR.start, YEAR.end))
    took = (plans["outcome_date"] - plans["received_date"]).dt.total_days().sum()
    assert table["numerator"].sum() == took
    assert table["denominator"].unique().to_list() == [plans.height]


# Continuity -----------------------------------------------------------------------------------------------------------------------


def held_of(rows, workers="ab"):
    """Every case held from its first day, by the workers in turn."""
    return pl.DataFrame(
        [
            {
                "organisation": row[0],
                "case_id": str(number),
                "person_id": workers[number % len(workers)],
                "start_date": row[2],
                "worker_role": "caseworker",
            }
            for number, row in enumerate(rows)
        ],
        schema=dict.fromkeys(("organisation", "case_id", "person_id"), pl.String)
        | {"start_date": pl.Date, "worker_role": pl.String},
    )


@given(case_rows, st.integers(0, 11), st.integers(1, 100))
@few
def test_a_reallocation_changes_continuity_but_not_the_caseload(rows, chosen, later):
    cases, held = cases_of(rows), held_of(rows, "a")
    row = rows[chosen % len(rows)]
    on = row[2] + timedelta(days=later)
    handed = pl.concat(
        [
            held,
            held.filter(pl.col("case_id") == str(chosen % len(rows))).with_columns(
                person_id=pl.lit("z"), start_date=pl.lit(on)
            ),
        ]
    )
    staff = pl.DataFrame(
        {"organisation": ["council", "council", "trust", "trust"], "person_id": ["a", "z", "a", "z"]}
    ).with_columns(start_date=pl.lit(FIRST), fte=pl.lit(1.0), role=pl.lit("caseworker"))
    columns = ["numerator", "denominator", "value"]
    for definition in ("dfe", "all"):
        before, after = (
            wf.caseload.per_fte(casework(h, cases, staff), YEAR.end, definition=definition, roles=["caseworker"]).frame
            for h in (held, handed)
        )
        assert before["numerator"].to_list() == after["numerator"].to_list()
        if definition == "all":
            assert_frame_equal(before.select(columns), after.select(columns))
    period = Period(FIRST, date(2024, 12, 31))
    was, now = (
        of(wf.casework.continuity(wf.Records(allocations=h, cases=cases), period).frame, "changes").item()
        for h in (held, handed)
    )
    assert was == 0
    assert now >= 1


@given(case_rows)
@few
def test_child_years_never_count_a_day_twice(rows):
    table = wf.casework.continuity(wf.Records(allocations=held_of(rows), cases=cases_of(rows)), YEAR).frame.filter(
        pl.col("definition") == "changes"
    )
    covered = set()
    for number, (organisation, child, received, length, *_) in enumerate(rows):
        last = YEAR.end if length is None else min(received + timedelta(days=length), YEAR.end)
        day = max(received, YEAR.start)
        while day <= last:
            covered.add((child or (organisation, number), day))
            day += timedelta(days=1)
    assert table["denominator"].item() == pytest.approx(len(covered) / 365.25)


@given(case_rows)
@few
def test_every_change_is_between_two_workers_in_order(rows):
    """Counted in plain Python: each child's allocations in the order in which they began."""
    table = wf.casework.continuity(wf.Records(allocations=held_of(rows), cases=cases_of(rows)), YEAR).frame.filter(
        pl.col("definition") == "changes"
    )
    by_child = {}
    for number, (organisation, child, received, *_) in enumerate(rows):
        by_child.setdefault(child or (organisation, number), []).append((received, "ab"[number % 2]))
    expected = 0
    for taken in by_child.values():
        ordered = sorted(taken)
        for (_, previous), (day, worker) in pairwise(ordered):
            expected += worker != previous and YEAR.start <= day <= YEAR.end
    assert table["numerator"].item() == expected
