"""Laws of presence: checked against a plain day-by-day count written independently of the library."""

from datetime import date, timedelta
from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import workforce as wf
from workforce import Period

DAY0 = date(2022, 1, 1)
DAYS = 90  # the little world of these laws
PERIODS = [
    Period(DAY0 + timedelta(days=10), DAY0 + timedelta(days=39)),
    Period(DAY0 + timedelta(days=40), DAY0 + timedelta(days=69)),
]
SCHEMA = {
    "organisation": pl.String,
    "person_id": pl.String,
    "start_date": pl.Date,
    "end_date": pl.Date,
    "fte": pl.Float64,
    "role": pl.String,
    "team": pl.String,
    "staff_group": pl.String,
    "employment": pl.String,
}

spell = st.tuples(
    st.sampled_from(["council", "trust"]),
    st.sampled_from(["a", "b", "c"]),
    st.integers(0, DAYS),
    st.one_of(st.none(), st.integers(0, 45)),
    st.sampled_from([0.2, 0.5, 0.6, 1.0]),
    st.sampled_from(["caseworker", "manager"]),
    st.sampled_from(["North", "South", None]),
    st.sampled_from(["employed", "employed", "employed", "agency", None]),
)


def frame_of(spells):
    rows = [
        (
            org,
            person,
            DAY0 + timedelta(days=s),
            None if n is None else DAY0 + timedelta(days=s + n),
            fte,
            role,
            team,
            role,
            kind,
        )
        for org, person, s, n, fte, role, team, kind in spells
    ]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


IN_PLACES = ("team", "role", "staff_group")
scopes = st.sampled_from(["organisation", *IN_PLACES, "area"])
frames = st.lists(spell, min_size=1, max_size=9).map(frame_of)


def measured(measure):
    """A measure of the staff as a function of their frame."""
    return lambda frame, *when, **options: measure(wf.Records(assignments=frame), *when, **options).frame


headcount, stability = measured(wf.staffing.headcount), measured(wf.staffing.stability)
joiners, turnover = measured(wf.staffing.joiners), measured(wf.staffing.turnover)


def main_post_by_day(frame, *, area=False):
    """day -> {person key: (organisation, team, role)}, counting gap days of less than a full week under the post before."""
    rows = [r for r in frame.iter_rows(named=True) if (r["employment"] or "employed") == "employed"]
    held = {}
    for offset in range(-30, DAYS + 60):
        day = DAY0 + timedelta(days=offset)
        today = {}
        for r in rows:
            if r["start_date"] <= day and (r["end_date"] is None or r["end_date"] >= day):
                key = r["person_id"] if area else (r["organisation"], r["person_id"])
                today.setdefault(key, []).append(r)
        held[day] = {
            key: min(
                posts,
                key=lambda r: (
                    -r["fte"],
                    r["start_date"],
                    r["organisation"],
                    *(("￿" if r[c] is None else r[c]) for c in ("team", "role")),
                ),
            )
            for key, posts in today.items()
        }
    days = sorted(held)
    for key in {k for today in held.values() for k in today}:
        present = [d for d in days if key in held[d]]
        for before, after in pairwise(present):
            gap = (after - before).days
            if 1 < gap <= 7:
                for step in range(1, gap):
                    held[before + timedelta(days=step)][key] = held[before][key]
    return held


def present_by_day(frame, scope):
    """(person, scope value) -> the days on which the person is there: those of all employed spells there, and gaps of less than a week."""
    days = {}
    for r in frame.iter_rows(named=True):
        if (r["employment"] or "employed") == "employed":
            person = r["person_id"] if scope == "area" else (r["organisation"], r["person_id"])
            end = r["end_date"] or DAY0 + timedelta(days=DAYS + 60)
            key = (person, r[scope] if scope in IN_PLACES else None)
            length = (end - r["start_date"]).days + 1
            days.setdefault(key, set()).update(r["start_date"] + timedelta(days=n) for n in range(length))
    for there in days.values():
        for before, after in pairwise(sorted(there)):
            if (after - before).days <= 7:
                there.update(before + timedelta(days=n) for n in range(1, (after - before).days))
    return days


def stays(frame, scope):
    """(person, scope value) -> list of (first day, last day) by runs of consecutive days."""
    runs = {}
    for key, days in present_by_day(frame, scope).items():
        spans = runs.setdefault(key, [])
        for day in sorted(days):
            if spans and (day - spans[-1][1]).days == 1:
                spans[-1][1] = day
            else:
                spans.append([day, day])
    return runs


def days_of(row):
    length = (row["period_end"] - row["period_start"]).days + 1
    return [row["period_start"] + timedelta(days=n) for n in range(length)]


@given(frames)
def test_average_headcount_is_a_day_by_day_count(frame):
    held = main_post_by_day(frame)
    table = turnover(frame, PERIODS, definition="average", by=["team"])
    for row in table.iter_rows(named=True):
        days = [
            row["period_start"] + timedelta(days=n) for n in range((row["period_end"] - row["period_start"]).days + 1)
        ]
        expected = sum(sum(p["team"] == row["team"] for p in held[d].values()) for d in days) / len(days)
        assert row["denominator"] == pytest.approx(expected, abs=1e-9)


@given(frames, scopes)
def test_leavers_and_joiners_are_runs_of_the_spells_that_end_and_begin(frame, scope):
    runs = stays(frame, scope)
    table = turnover(frame, PERIODS, definition="average", scope=scope)
    came = joiners(frame, PERIODS, scope=scope)
    for period, left, joined in zip(PERIODS, table["numerator"], came["numerator"], strict=True):
        assert left == sum(period.start <= last <= period.end for spans in runs.values() for _, last in spans)
        assert joined == sum(period.start <= first <= period.end for spans in runs.values() for first, _ in spans)


@given(frames, st.sampled_from(IN_PLACES))
def test_whoever_leaves_a_team_leaves_it_in_its_own_row_with_the_hours_held_there(frame, scope):
    runs = stays(frame, scope)
    posts = frame.filter(pl.col("employment").fill_null("employed") == "employed").rows(named=True)
    heads, hours = (
        turnover(frame, PERIODS, definition="average", scope=scope, by=[scope], basis=basis)
        for basis in ("headcount", "fte")
    )
    for row, of_fte in zip(heads.iter_rows(named=True), hours.iter_rows(named=True), strict=True):
        leaving = [
            (person, last)
            for (person, value), spans in runs.items()
            for _, last in spans
            if value == row[scope] and row["period_start"] <= last <= row["period_end"]
        ]
        assert row["numerator"] == len(leaving)
        fte = sum(
            post["fte"]
            for person, last in leaving
            for post in posts
            if (post["organisation"], post["person_id"], post[scope]) == (*person, row[scope])
            and post["start_date"] <= last <= (post["end_date"] or last)
        )
        assert of_fte["numerator"] == pytest.approx(fte)


@given(frames, scopes)
def test_no_day_in_a_scope_is_lost_or_counted_twice(frame, scope):
    there = present_by_day(frame, scope)
    table = turnover(frame, PERIODS, definition="average", scope=scope)
    for row in table.iter_rows(named=True):
        days = days_of(row)
        assert row["denominator"] * len(days) == pytest.approx(sum(d in there[key] for d in days for key in there))
        assert row["people"] == len({person for (person, _), at in there.items() if at & set(days)}) or scope == "area"
    if scope in IN_PLACES:
        parts = turnover(frame, PERIODS, definition="average", scope=scope, by=[scope])
        for row in parts.iter_rows(named=True):
            of_place = [at for (_, value), at in there.items() if value == row[scope]]
            days = days_of(row)
            assert row["denominator"] * len(days) == pytest.approx(sum(d in at for d in days for at in of_place))
            assert row["people"] == len({p for (p, v), at in there.items() if v == row[scope] and at & set(days)})


@given(frames, scopes)
def test_joiners_less_leavers_is_the_change_in_those_in_post(frame, scope):
    there = present_by_day(frame, scope)
    for period in PERIODS:
        joined = joiners(frame, period, scope=scope)["numerator"].item()
        left = turnover(frame, period, definition="nhs", scope=scope)["numerator"].item()
        days = [period.day_before, period.end]
        # Whoever leaves on a day is in post on it, and gone after it.
        before, after = (sum({day, day + timedelta(days=1)} <= at for at in there.values()) for day in days)
        assert joined - left == after - before
        if scope == "organisation":
            in_post = [sum(day in at for at in there.values()) for day in days]
            assert in_post == headcount(frame, days)["value"].to_list()


@given(frames, scopes)
def test_stability_is_of_each_stay_in_the_scope(frame, scope):
    there = present_by_day(frame, scope)
    for row in stability(frame, PERIODS, scope=scope).iter_rows(named=True):
        opening = {key for key, at in there.items() if row["period_start"] - timedelta(days=1) in at}
        assert row["denominator"] == len(opening)
        assert row["numerator"] == sum(row["period_end"] in there[key] for key in opening)


@given(frames)
def test_people_counts_each_person_once_however_often_they_come_back(frame):
    held = main_post_by_day(frame)
    table = turnover(frame, PERIODS, definition="average", by=["organisation", "team"])
    for row in table.iter_rows(named=True):
        days = [
            row["period_start"] + timedelta(days=n) for n in range((row["period_end"] - row["period_start"]).days + 1)
        ]
        people = {
            k
            for d in days
            for k, p in held[d].items()
            if p["organisation"] == row["organisation"] and p["team"] == row["team"]
        }
        assert row["people"] == len(people)


@given(frames, st.randoms(use_true_random=False), st.sampled_from(["headcount", "fte"]), scopes)
def test_row_order_changes_nothing(frame, random, basis, scope):
    order = list(range(len(frame)))
    random.shuffle(order)
    for definition in ("average", "nhs"):
        first, second = (
            turnover(rows, PERIODS, definition=definition, by=["team"], basis=basis, scope=scope)
            for rows in (frame, frame[order])
        )
        assert first.equals(second)
    assert joiners(frame, PERIODS, by=["team"], scope=scope).equals(
        joiners(frame[order], PERIODS, by=["team"], scope=scope)
    )


@given(frames, st.integers(1, 40))
def test_a_spell_split_in_two_on_unchanged_terms_changes_nothing(frame, cut):
    parts = []
    for row in frame.iter_rows(named=True):
        day = row["start_date"] + timedelta(days=cut)
        if row["end_date"] is None or row["end_date"] >= day:
            parts += [{**row, "end_date": day - timedelta(days=1)}, {**row, "start_date": day}]
        else:
            parts.append(row)
    # Which of two equal posts is the earlier can change when a spell is cut; the count of people cannot.
    split = pl.DataFrame(parts, schema=SCHEMA)
    for measure in (
        lambda f: turnover(f, PERIODS, definition="average", basis="headcount"),
        lambda f: turnover(f, PERIODS, definition="average", basis="fte", by=["team"]).select("denominator"),
        lambda f: joiners(f, PERIODS),
        lambda f: stability(f, PERIODS),
    ):
        assert measure(frame).equals(measure(split))


@given(frames, st.sampled_from(["average", "nhs"]), st.sampled_from(["headcount", "fte"]))
def test_combining_organisations_equals_measuring_the_whole(frame, definition, basis):
    parts = wf.staffing.turnover(
        wf.Records(assignments=frame), PERIODS, definition=definition, by=["organisation"], basis=basis
    )
    whole = turnover(frame, PERIODS, definition=definition, basis=basis)
    rolled = wf.combine(parts).frame
    for column in ("numerator", "denominator", "value", "people"):
        assert rolled[column].to_list() == pytest.approx(whole[column].to_list(), nan_ok=True)


@given(frames)
def test_combining_months_equals_the_longer_period(frame):
    parts = wf.staffing.turnover(wf.Records(assignments=frame), PERIODS, definition="average", by=["team"])
    whole = turnover(frame, Period(PERIODS[0].start, PERIODS[1].end), definition="average", by=["team"])
    rolled = wf.combine(parts, over=("period",)).frame
    assert len(rolled) == len(whole)
    assert set(rolled["period_start"]) <= {PERIODS[0].start}
    for column in ("numerator", "denominator", "value"):
        assert rolled[column].to_list() == pytest.approx(whole[column].to_list(), nan_ok=True)
