"""Laws of absence: against a reference that walks through every person and day, and under changes that must change nothing."""

import math
from collections import defaultdict
from datetime import date, timedelta

import holidays
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

import workforce as wf
from workforce import Period, financial_year, month, months, year_to

FIRST = date(2023, 12, 1)
BANK_HOLIDAYS = set(holidays.country_holidays("GB", subdiv="ENG", years=range(2023, 2026)))
STAFF = {
    "organisation": pl.String,
    "person_id": pl.String,
    "start_date": pl.Date,
    "end_date": pl.Date,
    "fte": pl.Float64,
    "locality": pl.String,
    "employment": pl.String,
}
SICK = {
    "organisation": pl.String,
    "person_id": pl.String,
    "start_date": pl.Date,
    "end_date": pl.Date,
    "reason": pl.String,
    "days_lost": pl.Float64,
}
PERIODS = [
    *months("2024-01", "2024-06"),
    Period(date(2024, 1, 1), date(2024, 3, 31)),
    *(year_to(text) for text in ("2024-04", "2024-05", "2024-06")),
]

days = st.integers(0, 240).map(lambda n: FIRST + timedelta(days=n))


@st.composite
def spell(draw):
    start = draw(days)
    end = draw(st.one_of(st.none(), st.integers(0, 200).map(lambda n: start + timedelta(days=n))))
    return (
        draw(st.sampled_from(["council", "trust"])),
        draw(st.sampled_from(["p1", "p2", "p3"])),
        start,
        end,
        draw(st.sampled_from([1.0, 0.5, 0.6, 1 / 3])),
        draw(st.sampled_from(["north", "south", None])),
        draw(st.sampled_from(["employed", "employed", None, "agency"])),
    )


@st.composite
def record(draw):
    start = draw(days)
    end = draw(st.one_of(st.none(), st.integers(0, 30).map(lambda n: start + timedelta(days=n))))
    return (
        draw(st.sampled_from(["council", "council", "trust"])),
        draw(st.sampled_from(["p1", "p2", "p3"])),
        start,
        end,
        draw(st.sampled_from(["flu", "back", None])),
        draw(st.sampled_from([None, None, 0.0, 1.5, 4.0])),
    )


spells = st.lists(spell(), max_size=8)
records = st.lists(record(), max_size=8)


def staff_of(rows):
    return pl.DataFrame(rows, schema=STAFF, orient="row")


def sick_of(rows):
    return pl.DataFrame(rows, schema=SICK, orient="row")


def absence(staff, sick, periods, **options):
    return wf.absence.rate(wf.Records(assignments=staff, absences=sick), periods, **options).frame


def works(day):
    return day.weekday() < 5 and day not in BANK_HOLIDAYS


def stretch(first, last):
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def whole_absences(rows, horizon):
    """By employee: (days, rate per day or None, reason), one by one and day by day."""
    by_employee = defaultdict(list)
    for organisation, person, start, end, reason, recorded in rows:
        by_employee[organisation, person].append(
            (start, end or max(start, horizon), end is None, reason or "unknown", recorded)
        )
    found = defaultdict(list)
    for employee, several in by_employee.items():
        clusters = []
        for one in sorted(several, key=lambda r: (r[0], r[1])):
            latest = max((r[1] for r in clusters[-1]), default=None) if clusters else None
            apart = latest is None or any(
                works(d) for d in stretch(latest + timedelta(days=1), one[0] - timedelta(days=1))
            )
            if apart:
                clusters.append([one])
            else:
                clusters[-1].append(one)
        for cluster in clusters:
            held = stretch(min(r[0] for r in cluster), max(r[1] for r in cluster))
            claimed = [d for r in cluster for d in stretch(r[0], r[1])]
            clean = len(claimed) == len(set(claimed)) and all(r[4] is not None and not r[2] for r in cluster)
            spread = [d for d in held if works(d)] or held
            rate = sum(r[4] for r in cluster) / len(spread) if clean else None
            longest = min(cluster, key=lambda r: (-math.inf if r[2] else (r[0] - r[1]).days, r[0], r[3]))
            found[employee].append((held, set(spread), rate, longest[3]))
    return found


def walked(staff, sick, period, definition, by, horizon):
    """(group..., reason) -> days lost; group -> exposure; group -> people. Every person, every day, in plain Python."""
    absences = whole_absences(sick, horizon)
    recording = {r[0] for r in sick}
    kept = [s for s in staff if s[6] in ("employed", None) and s[0] in recording]
    lost, exposure, people = (
        defaultdict(lambda: defaultdict(float)),
        defaultdict(lambda: defaultdict(float)),
        defaultdict(set),
    )
    for day in stretch(period.start, period.end):
        on = [s for s in kept if s[2] <= day and (s[3] is None or s[3] >= day)]
        total = defaultdict(float)
        for s in on:
            total[s[0], s[1]] += s[4]
        for s in on:
            group, employee = tuple({"organisation": s[0], "locality": s[5]}[c] for c in by), (s[0], s[1])
            people[group].add(employee)
            exposure[group][employee] += s[4] / (1 if definition == "nhs" else period.days)
            for held, spread, rate, reason in absences[employee]:
                if day not in held:
                    continue
                if definition == "nhs":
                    lost[group, reason][employee] += s[4]
                elif rate is None:
                    lost[group, reason][employee] += s[4] * works(day)
                elif day in spread:
                    lost[group, reason][employee] += rate * s[4] / total[employee]
    return lost, exposure, people


def spread_of(x, y):
    """The standard error of sum(x) / sum(y) between people, from its definition."""
    n, total = len(y), sum(y.values())
    if n < 2 or total == 0:
        return None
    ratio = sum(x.values()) / total
    return math.sqrt(n / (n - 1) * sum((x.get(k, 0.0) - ratio * v) ** 2 for k, v in y.items())) / total


@given(
    spells,
    records,
    st.sampled_from([(), ("locality",), ("organisation", "locality")]),
    st.sampled_from(["nhs", "days_per_fte"]),
)
@settings(max_examples=120, deadline=None)
def test_no_day_is_lost_or_counted_twice_against_a_walk_through_every_day(staff, sick, by, definition):
    horizon = max(p.end for p in PERIODS)
    table = absence(staff_of(staff), sick_of(sick), PERIODS, definition=definition, by=[*by, "reason"])
    whole = absence(staff_of(staff), sick_of(sick), PERIODS, definition=definition, by=by)
    for period in PERIODS:
        lost, exposure, people = walked(staff, sick, period, definition, by, horizon)
        rows = whole.filter(
            pl.col("period_start") == period.start, pl.col("period_end") == period.end, pl.col("people") > 0
        )
        assert {tuple(r[c] for c in by) for r in rows.iter_rows(named=True)} == set(people)
        for row in rows.iter_rows(named=True):
            group = tuple(row[c] for c in by)
            days_lost = defaultdict(float)
            for (at, _), each in lost.items():
                for employee, some in each.items():
                    days_lost[employee] += some if at == group else 0.0
            assert row["numerator"] == pytest.approx(sum(days_lost.values()), rel=1e-9, abs=1e-9)
            assert row["denominator"] == pytest.approx(sum(exposure[group].values()), rel=1e-9)
            assert row["people"] == len(people[group])
            error = spread_of(days_lost, exposure[group])
            if row["value"] is not None and error is not None:  # of so few people, the group's own
                assert row["variance"] == pytest.approx(error**2, rel=1e-6, abs=1e-9)
                largest = max(days_lost.values(), default=0.0) / row["denominator"]
                assert row["largest"] == pytest.approx(largest, rel=1e-9, abs=1e-9)
                assert row["units"] == sum(some > 0 for some in days_lost.values())
        split = table.filter(
            pl.col("period_start") == period.start, pl.col("period_end") == period.end, pl.col("people") > 0
        )
        for row in split.iter_rows(named=True):
            cell = lost[tuple(row[c] for c in by), row["reason"]]
            assert row["numerator"] == pytest.approx(sum(cell.values()), rel=1e-9, abs=1e-9)


@given(spells, records, st.sampled_from([(), ("locality",)]))
@settings(max_examples=40, deadline=None)
def test_schools_count_whoever_lost_a_day_against_a_walk_through_every_day(staff, sick, by):
    horizon = max(p.end for p in PERIODS)
    table = absence(staff_of(staff), sick_of(sick), PERIODS, definition="schools", by=by)
    for period in PERIODS:
        lost, _, people = walked(staff, sick, period, "days_per_fte", by, horizon)
        rows = table.filter(
            pl.col("period_start") == period.start, pl.col("period_end") == period.end, pl.col("marker").is_null()
        )
        for row in rows.iter_rows(named=True):
            group = tuple(row[c] for c in by)
            days = defaultdict(float)
            for (at, _), each in lost.items():
                for employee, some in each.items():
                    days[employee] += some if at == group else 0.0
            ill = {e: d for e, d in days.items() if d > 0}
            everyone = dict.fromkeys(people[group], 1.0)
            sides, error = {
                "schools_any": ((len(ill), len(everyone)), None),
                "schools_all": ((sum(ill.values()), len(everyone)), spread_of(ill, everyone)),
                "schools_per_absentee": ((sum(ill.values()), len(ill)), spread_of(ill, dict.fromkeys(ill, 1.0))),
            }[row["definition"]]
            assert (row["numerator"], row["denominator"]) == pytest.approx(sides)
            assert row["people"] == sides[1]
            if error is not None:
                assert row["variance"] == pytest.approx(error**2, rel=1e-6, abs=1e-9)


def figures(table, by=()):
    return table.select(
        *by,
        "period_start",
        "period_end",
        "numerator",
        "denominator",
        "people",
        "value",
        "lower",
        "upper",
        "marker",
        "left_out",
    )


@given(spells, records, st.sampled_from(["nhs", "days_per_fte"]))
@settings(max_examples=60, deadline=None)
def test_localities_and_organisations_add_up_to_the_whole(staff, sick, definition):
    frames = staff_of(staff), sick_of(sick)
    periods = months("2024-01", "2024-04")
    whole = absence(*frames, periods, definition=definition)
    for by in (["organisation"], ["locality"], ["organisation", "locality"]):
        parts = (
            absence(*frames, periods, definition=definition, by=by)
            .group_by("period_start")
            .agg(pl.col("numerator").sum(), pl.col("denominator").sum(), pl.col("people").sum())
        )
        both = whole.select("period_start", n="numerator", d="denominator", p="people").join(parts, on="period_start")
        for row in both.iter_rows(named=True):
            assert row["numerator"] == pytest.approx(row["n"] or 0, abs=1e-9)
            assert row["denominator"] == pytest.approx(row["d"] or 0, abs=1e-9)
            if by == ["organisation"]:
                assert row["people"] == (row["p"] or 0)


@given(spells, records, st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_shuffling_the_rows_changes_nothing(staff, sick, random):
    by = ["locality", "reason"]
    before = absence(staff_of(staff), sick_of(sick), PERIODS, definition="days_per_fte", by=by)
    random.shuffle(staff)
    random.shuffle(sick)
    assert_frame_equal(before, absence(staff_of(staff), sick_of(sick), PERIODS, definition="days_per_fte", by=by))


@given(spells, records, st.sampled_from(["nhs", "days_per_fte"]), st.integers(1, 60))
@settings(max_examples=60, deadline=None)
def test_splitting_a_spell_in_two_on_unchanged_terms_changes_nothing(staff, sick, definition, after):
    split = []
    for organisation, person, start, end, *terms in staff:
        last_of_first = start + timedelta(days=after)
        if end is not None and last_of_first >= end:
            split.append((organisation, person, start, end, *terms))
        else:
            split.append((organisation, person, start, last_of_first, *terms))
            split.append((organisation, person, last_of_first + timedelta(days=1), end, *terms))
    by = ["organisation", "locality"]
    one = absence(staff_of(staff), sick_of(sick), PERIODS, definition=definition, by=by)
    two = absence(staff_of(split), sick_of(sick), PERIODS, definition=definition, by=by)
    assert_frame_equal(figures(one, by), figures(two, by), rel_tol=1e-9, abs_tol=1e-7)


@given(spells, records, st.sampled_from(["nhs", "days_per_fte"]), st.integers(0, 20))
@settings(max_examples=60, deadline=None)
def test_cutting_an_absence_into_two_touching_records_changes_nothing(staff, sick, definition, after):
    cut = []
    for organisation, person, start, end, reason, recorded in sick:
        last_of_first = start + timedelta(days=after)
        if end is not None and last_of_first >= end:
            cut.append((organisation, person, start, end, reason, recorded))
            continue
        # Days recorded on a finished absence are split between the two by their working days; on an open one they do not count.
        parts = [stretch(start, last_of_first), stretch(last_of_first + timedelta(days=1), end) if end else []]
        worked = [sum(works(d) for d in part) for part in parts]
        share = worked[0] / sum(worked) if sum(worked) else 0.5
        first, second = (None, None) if recorded is None or end is None else (recorded * share, recorded * (1 - share))
        cut.append((organisation, person, start, last_of_first, reason, first))
        cut.append((organisation, person, last_of_first + timedelta(days=1), end, reason, second))
    one = absence(staff_of(staff), sick_of(sick), PERIODS, definition=definition, by=["organisation"])
    two = absence(staff_of(staff), sick_of(cut), PERIODS, definition=definition, by=["organisation"])
    assert_frame_equal(figures(one, ["organisation"]), figures(two, ["organisation"]), rel_tol=1e-9, abs_tol=1e-7)


@given(spells, records)
@settings(max_examples=40, deadline=None)
def test_the_months_add_up_to_the_year(staff, sick):
    frames = staff_of(staff), sick_of(sick)
    year = financial_year("2023-24")
    for definition in ("nhs", "days_per_fte"):
        parts = absence(*frames, months("2023-04", "2024-03"), definition=definition)
        whole = absence(*frames, year, definition=definition)
        assert parts["numerator"].sum() == pytest.approx(whole["numerator"].item() or 0, abs=1e-9)
        if definition == "nhs":
            assert parts["denominator"].sum() == pytest.approx(whole["denominator"].item() or 0, abs=1e-9)
        else:
            assert sum(r["denominator"] or 0 for r in weighted(parts)) / 366 == pytest.approx(
                whole["denominator"].item() or 0, abs=1e-9
            )


def weighted(parts):
    length = (pl.col("period_end") - pl.col("period_start")).dt.total_days() + 1
    return parts.with_columns(pl.col("denominator") * length).iter_rows(named=True)


@given(spells, records)
@settings(max_examples=30, deadline=None)
def test_asking_for_many_periods_at_once_is_asking_for_each(staff, sick):
    frames = staff_of([s for s in staff if s[3] is not None]), sick_of([r for r in sick if r[3] is not None])
    together = absence(*frames, PERIODS, definition="days_per_fte", by=["organisation"])
    apart = pl.concat(absence(*frames, p, definition="days_per_fte", by=["organisation"]) for p in PERIODS)
    order = ["organisation", "period_start", "period_end"]
    assert_frame_equal(together.sort(order), apart.sort(order), rel_tol=1e-9, abs_tol=1e-9)


def test_a_frame_is_not_changed_by_measuring_it():
    staff = staff_of([("council", "p1", FIRST, None, 1.0, "north", None)])
    sick = sick_of([("council", "p1", FIRST, None, None, None)])
    before = staff.clone(), sick.clone()
    absence(staff, sick, month("2024-01"), definition="nhs")
    assert_frame_equal(staff, before[0])
    assert_frame_equal(sick, before[1])
