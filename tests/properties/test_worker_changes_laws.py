"""Laws of changes of worker: teams make up the whole, a change is counted once, and leaving is all that a leaver's ratio counts."""

from datetime import date, timedelta
from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

import workforce as wf
from builders import casework
from workforce import year_to, years_to

FIRST, YEAR = date(2022, 4, 1), year_to("2023-03")
WORKERS = "abcdef"
TEAMS = dict(zip(WORKERS, ["north", "north", "south", "south", None, "north"], strict=True))
AGENCY = "f"
spells = st.lists(
    st.tuples(
        st.sampled_from("123"),  # the child
        st.sampled_from(WORKERS),
        st.integers(0, 500),
        st.sampled_from(["worker_left", "reorganised", None]),
    ),
    min_size=1,  # without any allocation nobody can say
    max_size=12,
    unique_by=lambda s: (s[0], s[2]),
)
leaving = st.dictionaries(st.sampled_from(WORKERS), st.integers(100, 360), max_size=4)
few = settings(max_examples=25)


def frames(rows, gone):
    """Each child's one case, held by the workers in turn, each until the next begins."""
    held = []
    for child in sorted({r[0] for r in rows}):
        own = sorted((r[2], r[1], r[3]) for r in rows if r[0] == child)
        ends = [start - 1 for start, *_ in own[1:]] + [None]
        held += [
            (
                "council",
                child,
                worker,
                "caseworker",
                FIRST + timedelta(days=start),
                end and FIRST + timedelta(days=end),
                why,
            )
            for (start, worker, why), end in zip(own, ends, strict=True)
        ]
    staff = [
        ("council", w, date(2020, 1, 1), FIRST + timedelta(days=gone[w]) if w in gone else None, 1.0, "caseworker", TEAMS[w],
         "agency" if w == AGENCY else "employed")
        for w in WORKERS
    ]  # fmt: skip
    dates = {"start_date": pl.Date, "end_date": pl.Date}
    text = dict.fromkeys(("organisation", "case_id", "person_id", "worker_role"), pl.String)
    return (
        pl.DataFrame(held, schema=text | dates | {"change_reason": pl.String}, orient="row"),
        pl.DataFrame(
            {"organisation": "council", "case_id": list("123"), "child_id": list("123"), "received_date": FIRST}
        ),
        pl.DataFrame(
            staff,
            schema={"organisation": pl.String, "person_id": pl.String}
            | dates
            | {"fte": pl.Float64, "role": pl.String, "team": pl.String, "employment": pl.String},
            orient="row",
        ),
    )


def of(table, definition):
    return table.filter(pl.col("definition") == definition)


@given(spells, leaving)
@few
def test_teams_add_up_to_the_whole(rows, gone):
    area = casework(*frames(rows, gone))
    whole = wf.casework.worker_changes(area, YEAR, roles=["caseworker"])
    parts = wf.casework.worker_changes(area, YEAR, roles=["caseworker"], by=["team"])
    for definition in ("employee_left", "agency_left", "per_leaver", "average"):
        of_teams, of_all = of(parts, definition), of(whole, definition).frame
        if of_teams.frame["numerator"].null_count() == len(of_teams):
            continue
        rolled = wf.combine(of_teams, over=["team"]).frame
        assert rolled["numerator"].sum() == of_all["numerator"].sum()
        assert rolled["denominator"].sum() == pytest.approx(of_all["denominator"].sum())
    assert of(parts, "rate").frame["numerator"].sum() == of(whole, "rate").frame["numerator"].item()


@given(spells, leaving)
@few
def test_each_change_is_counted_once_and_by_what_is_recorded_of_it(rows, gone):
    """Counted in plain Python: each child's workers in turn."""
    changes = []
    for child in {r[0] for r in rows}:
        own = sorted((r[2], r[1], r[3]) for r in rows if r[0] == child)
        changes += [
            (was, why, start) for (_, was, why), (start, now, _) in pairwise(own) if was != now and start < YEAR.days
        ]
    table = wf.casework.worker_changes(casework(*frames(rows, gone)), YEAR, roles=["caseworker"]).frame
    assert of(table, "rate")["numerator"].item() == len(changes)
    left = [was for was, why, _ in changes if why == "worker_left"]
    recorded = any(r[3] == "worker_left" for r in rows)
    if recorded and changes:
        assert of(table, "employee_left")["numerator"].item() == sum(w != AGENCY for w in left)
        assert of(table, "agency_left")["numerator"].item() == left.count(AGENCY)
    if recorded:
        per_leaver = of(table, "per_leaver").row(0, named=True)
        assert per_leaver["numerator"] == sum(w != AGENCY for w in left)
        assert per_leaver["denominator"] == len([w for w in gone if w != AGENCY])


@given(spells, leaving, st.randoms(use_true_random=False))
@few
def test_shuffling_the_rows_changes_nothing(rows, gone, random):
    held, cases, staff = frames(rows, gone)
    order = list(range(held.height))
    random.shuffle(order)
    measured = [
        wf.casework.worker_changes(
            casework(h, cases, s), years_to("2023-03", 2), roles=["caseworker"], by=["team"]
        ).frame
        for h, s in ((held, staff), (held[order], staff.reverse()))
    ]
    assert_frame_equal(*measured, abs_tol=1e-9)
