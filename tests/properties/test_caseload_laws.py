"""Laws of caseload: against a plain reference, and under changes that must change nothing."""

from collections import defaultdict
from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

import workforce as wf
from builders import casework

DAY = date(2023, 3, 31)
AWAY = ("seconded_out", "career_break", "parental_leave")
days = st.integers(-20, 5).map(lambda n: DAY + timedelta(days=n))
ends = st.one_of(st.none(), st.integers(0, 30).map(lambda n: DAY + timedelta(days=n - 5)))
people = st.sampled_from(["p1", "p2", "p3", "p4"])
organisations = st.sampled_from(["council", "trust"])


def in_order(start, end):
    return end is None or end >= start


staff_rows = st.lists(
    st.tuples(
        organisations,
        people,
        days,
        ends,
        st.sampled_from([1.0, 0.5, 0.6]),
        st.sampled_from(["caseworker", "manager"]),
        st.sampled_from(["north", "south", None]),
        st.sampled_from([None, "active", "career_break"]),
    ).filter(lambda r: in_order(r[2], r[3])),
    max_size=8,
)
case_rows = st.lists(
    st.tuples(organisations, st.sampled_from("123456"), days, ends, st.sampled_from(["north", "south", None])).filter(
        lambda r: in_order(r[2], r[3])
    ),
    max_size=8,
    unique_by=lambda r: (r[0], r[1]),
)
held_rows = st.lists(
    st.tuples(
        organisations,
        st.sampled_from("123456"),
        people,
        days,
        ends,
        st.sampled_from(["key contact", "social worker", None]),
    ).filter(lambda r: in_order(r[3], r[4])),
    max_size=14,
)


def frames(held, cases, staff):
    return (
        pl.DataFrame(
            held,
            orient="row",
            schema={
                "organisation": pl.String,
                "case_id": pl.String,
                "person_id": pl.String,
                "start_date": pl.Date,
                "end_date": pl.Date,
                "worker_role": pl.String,
            },
        ),
        pl.DataFrame(
            cases,
            orient="row",
            schema={
                "organisation": pl.String,
                "case_id": pl.String,
                "received_date": pl.Date,
                "closed_date": pl.Date,
                "locality": pl.String,
            },
        ),
        pl.DataFrame(
            staff,
            orient="row",
            schema={
                "organisation": pl.String,
                "person_id": pl.String,
                "start_date": pl.Date,
                "end_date": pl.Date,
                "fte": pl.Float64,
                "role": pl.String,
                "locality": pl.String,
                "status": pl.String,
            },
        ),
    )


def area_of(held, cases, staff):
    return casework(*frames(held, cases, staff))


def on(start, end):
    return start <= DAY and (end is None or end >= DAY)


def holders_of(held, open_cases):
    """Who holds each case: in each part the one who took it last, of equals the first."""
    by_part = defaultdict(list)
    for organisation, case, person, start, end, part in held:
        if (organisation, case) in open_cases and on(start, end):
            by_part[organisation, case, part].append((start, person))
    holders = defaultdict(set)
    for (organisation, case, _), several in by_part.items():
        latest = max(start for start, _ in several)
        holders[organisation, case].add(min(person for start, person in several if start == latest))
    return holders


def reckoned(held, cases, staff):
    """In plain Python, over organisations that have cases, staff and allocations: the caseload of each worker, and why cases are unheld."""
    able = {r[0] for r in held} & {r[0] for r in cases} & {r[0] for r in staff}
    open_cases = {(r[0], r[1]) for r in cases if r[0] in able and on(r[2], r[3])}
    holders = holders_of(held, open_cases)
    posts = defaultdict(list)
    for organisation, person, start, end, fte, _, _, status in staff:
        if on(start, end):
            posts[organisation, person].append((fte, status not in AWAY))
    fte = {worker: sum(f for f, present in several if present) for worker, several in posts.items()}
    loads, unheld = defaultdict(int), defaultdict(int)
    for case in open_cases:
        workers = [(case[0], person) for person in holders[case]]
        for worker in workers:
            if fte.get(worker, 0) > 0:
                loads[worker] += 1
        if not workers:
            unheld["not allocated"] += 1
        elif not any(worker in posts for worker in workers):
            unheld["held by someone who has gone"] += 1
        elif not any(fte.get(worker, 0) > 0 for worker in workers):
            unheld["held by someone away"] += 1
    return loads, {worker: fte[worker] for worker in loads}, unheld, open_cases


@given(held_rows, case_rows, staff_rows)
@settings(max_examples=150, deadline=None)
def test_the_sides_are_those_of_a_plain_reckoning(held, cases, staff):
    loads, fte, unheld, _ = reckoned(held, cases, staff)
    row = wf.caseload.per_fte(area_of(held, cases, staff), DAY, definition="dfe").frame.row(0, named=True)
    assert (row["numerator"] or 0, row["people"] or 0) == (sum(loads.values()), len(loads))
    assert (row["denominator"] or 0) == pytest.approx(sum(fte.values()))
    table = wf.caseload.distribution(area_of(held, cases, staff), DAY).frame
    for band, cases_in_it in table.filter(pl.col("definition") == "unheld").select("band", "numerator").rows():
        assert (cases_in_it or 0) == unheld[band]
    bands = table.filter(pl.col("definition") == "workers")
    assert (bands["numerator"].sum() or 0) == len(loads)


@given(held_rows, case_rows, staff_rows)
@settings(max_examples=100, deadline=None)
def test_caseloads_add_up_to_the_allocated_cases(held, cases, staff):
    one_part = [(*r[:5], None) for r in held]
    loads, _, unheld, open_cases = reckoned(one_part, cases, staff)
    area = area_of(one_part, cases, staff)
    row = wf.caseload.per_fte(area, DAY, definition="dfe").frame.row(0, named=True)
    assert (row["numerator"] or 0) == len(open_cases) - sum(unheld.values()) == sum(loads.values())
    each = wf.caseload.per_fte(area, DAY, definition="dfe", by=["organisation", "person_id"]).frame.drop_nulls(
        "numerator"
    )
    assert {(o, p): n for o, p, n in each.select("organisation", "person_id", "numerator").rows()} == loads


@given(held_rows, case_rows, staff_rows, st.sampled_from([None, ("caseworker",)]))
@settings(max_examples=50, deadline=None)
def test_groups_add_up_to_the_whole(held, cases, staff, roles):
    area = area_of(held, cases, staff)
    for definition in ("dfe", "all"):
        whole = wf.caseload.per_fte(area, DAY, definition=definition, roles=roles).frame.row(0, named=True)
        for by in (["organisation"], ["locality"], ["organisation", "locality", "role"]):
            parts = wf.caseload.per_fte(area, DAY, definition=definition, by=by, roles=roles).frame
            # The people behind `all` may be the few who are not at work, of whom the whole can have more than each part.
            for side in ("numerator", "denominator", *(["people"] if definition == "dfe" else [])):
                assert parts[side].sum() == pytest.approx(whole[side] or 0)
    whole = (
        wf.caseload.distribution(area, DAY, roles=roles)
        .frame.group_by("definition", "band")
        .agg(pl.col("numerator").sum())
        .sort("definition", "band")
    )
    parts = (
        wf.caseload.distribution(area, DAY, by=["locality"], roles=roles)
        .frame.group_by("definition", "band")
        .agg(pl.col("numerator").sum())
        .sort("definition", "band")
    )
    both = whole.join(parts, on=["definition", "band"], how="left")
    assert both["numerator"].to_list() == both["numerator_right"].fill_null(0).to_list()


@given(held_rows, case_rows, staff_rows, st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_shuffling_the_rows_changes_nothing(held, cases, staff, random):
    def measured():
        area = area_of(held, cases, staff)
        return [
            wf.caseload.per_fte(area, DAY, definition="dfe", by=["locality"]).frame,
            wf.caseload.per_fte(area, DAY, definition="all", by=["locality"]).frame,
            wf.caseload.distribution(area, DAY, by=["locality"]).frame,
        ]

    before = measured()
    for rows in (held, cases, staff):
        random.shuffle(rows)
    for was, now in zip(before, measured(), strict=True):
        assert_frame_equal(was, now)


@given(case_rows, staff_rows, held_rows, people)
@settings(max_examples=60, deadline=None)
def test_handing_every_case_to_one_worker_does_not_change_the_open_cases(cases, staff, held, worker):
    area = area_of(held, cases, staff)
    handed = area_of([(*r[:2], worker, *r[3:]) for r in held], cases, staff)
    before, after = (
        wf.caseload.per_fte(records, DAY, definition="all", roles=["caseworker", "manager"]).frame
        for records in (area, handed)
    )
    columns = ["numerator", "denominator", "value"]
    assert_frame_equal(before.select(columns), after.select(columns))
