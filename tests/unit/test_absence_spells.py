"""Spells of absence: against a walk in plain Python, under changes that must change nothing, and what is refused."""

from collections import Counter, defaultdict
from datetime import date, timedelta
from itertools import pairwise

import holidays
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

import workforce as wf
from builders import REST
from workforce import month, months, year_to
from workforce.errors import UsageError

BANK_HOLIDAYS = set(holidays.country_holidays("GB", subdiv="ENG", years=range(2022, 2026)))
FIRST = date(2022, 12, 1)
# The days and the Bradford scores at which each band begins.
LENGTHS = {"short (up to 7 days)": 1, "medium (8 to 27 days)": 8, "long (28 days and over)": 28}
SCORES = {"0": 0, "1 to 50": 1, "51 to 200": 51, "201 to 400": 201, "401 and over": 401}
PERIODS = [*months("2023-09", "2023-12"), year_to("2023-12")]
STAFF = {
    "organisation": pl.String,
    "person_id": pl.String,
    "start_date": pl.Date,
    "end_date": pl.Date,
    "fte": pl.Float64,
    "locality": pl.String,
}
SICK = {"organisation": pl.String, "person_id": pl.String, "start_date": pl.Date, "end_date": pl.Date}

who = st.tuples(st.sampled_from(["council", "trust"]), st.sampled_from(["a", "b", "c"]))


def stretches_of_days(span, longest):
    return st.tuples(st.integers(0, span), st.integers(0, longest)).map(
        lambda p: (FIRST + timedelta(days=p[0]), FIRST + timedelta(days=p[0] + p[1]))
    )


spells = st.lists(
    st.tuples(who, stretches_of_days(300, 400), st.sampled_from([1.0, 0.5]), st.sampled_from(["north", "south", None])),
    min_size=1,
    max_size=7,
)
records = st.lists(st.tuples(who, stretches_of_days(390, 40)), max_size=10)


def spells_of(staff, sick, periods, **options):
    return wf.absence.spells(wf.Records(assignments=staff, absences=sick), periods, **options)


def absence_spells(staff, sick, periods, **options):
    return spells_of(staff, sick, periods, **options).frame


def staff_of(drawn_spells):
    return pl.DataFrame([(*w, *days, fte, place) for w, days, fte, place in drawn_spells], schema=STAFF, orient="row")


def sick_of(drawn_records):
    return pl.DataFrame([(*w, *days) for w, days in drawn_records], schema=SICK, orient="row")


def every_day(first, last):
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def works(day):
    return day.weekday() < 5 and day not in BANK_HOLIDAYS


def main_post_by_day(drawn_spells):
    """(organisation, person) -> {day: locality}, gap days of less than a full week under the post before."""
    held = defaultdict(dict)
    for w, (first, last), fte, place in drawn_spells:
        for day in every_day(first, last):
            rank = (-fte, first, place or "￿")
            if day not in held[w] or rank < held[w][day][0]:
                held[w][day] = (rank, place)
    for posts in held.values():
        days = sorted(posts)
        for before, after in pairwise(days):
            if 1 < (after - before).days <= 7:
                for day in every_day(before, after)[1:-1]:
                    posts[day] = posts[before]
    return {w: {day: place for day, (_, place) in posts.items()} for w, posts in held.items()}


def whole_absences(drawn_records):
    found = defaultdict(list)
    for w, (first, last) in sorted(drawn_records, key=lambda r: (r[0], r[1])):
        mine = found[w]
        if mine and not any(works(d) for d in every_day(mine[-1][1] + timedelta(days=1), first - timedelta(days=1))):
            mine[-1] = (mine[-1][0], max(mine[-1][1], last))
        else:
            mine.append((first, last))
    return found


def band_of(number, bands):
    return [name for name, begins in bands.items() if begins <= number][-1]


def walked(drawn_spells, drawn_records, period):
    """{(definition, locality, band): numerator} for one period."""
    recording = {w[0] for w, _ in drawn_records}
    sick = whole_absences(drawn_records)
    window = every_day(period.end - timedelta(days=363), period.end)
    found = Counter()
    for w, posts in main_post_by_day(drawn_spells).items():
        if w[0] not in recording:
            continue
        s = d = 0
        for first, last in sick[w]:
            days = [day for day in every_day(first, last) if day in posts]
            if days and period.start <= days[0] <= period.end:
                found["frequency", posts[days[0]], "all"] += 1
                found["length", posts[days[0]], band_of((last - first).days + 1, LENGTHS)] += 1
            inside = [day for day in days if day in window]
            s, d = s + bool(inside), d + len(inside)
        if period.end in posts:
            found["bradford", posts[period.end], band_of(s * s * d, SCORES)] += 1
    return found


@given(spells, records)
@settings(max_examples=60)
def test_every_spell_and_every_score_is_what_a_walk_through_the_days_finds(drawn_spells, drawn_records):
    table = absence_spells(staff_of(drawn_spells), sick_of(drawn_records), PERIODS, by=["locality"])
    for period in PERIODS:
        rows = table.filter(pl.col("period_start") == period.start, pl.col("period_end") == period.end)
        counted = {
            (r["definition"], r["locality"], r["band"]): r["numerator"]
            for r in rows.iter_rows(named=True)
            if r["numerator"]
        }
        assert counted == walked(drawn_spells, drawn_records, period)


@given(spells, records, st.integers(0, 20))
@settings(max_examples=30)
def test_cutting_an_absence_splitting_a_spell_and_shuffling_rows_change_nothing(drawn_spells, drawn_records, after):
    def cut(stretch):
        middle = stretch[0] + timedelta(days=after)
        return [(stretch[0], middle), (middle + timedelta(days=1), stretch[1])] if middle < stretch[1] else [stretch]

    split = [(w, part, *terms) for w, days, *terms in reversed(drawn_spells) for part in cut(days)]
    # A post at the same FTE as another gives way to the earlier: only spells that nobody's other post overlaps are split
    alone = [s for s in drawn_spells if sum(o[0] == s[0] for o in drawn_spells) == 1]
    split = [s for s in drawn_spells if s not in alone] + [s for s in split if any(a[0] == s[0] for a in alone)]
    pieces = [(w, part) for w, days in reversed(drawn_records) for part in cut(days)]
    before = absence_spells(staff_of(drawn_spells), sick_of(drawn_records), PERIODS, by=["locality"])
    after_all = absence_spells(staff_of(split), sick_of(pieces), PERIODS, by=["locality"])
    assert_frame_equal(before, after_all, rel_tol=1e-9)


@given(spells, records)
@settings(max_examples=30)
def test_bands_add_up_and_organisations_combine_to_the_whole(drawn_spells, drawn_records):
    frames = staff_of(drawn_spells), sick_of(drawn_records)
    table = absence_spells(*frames, PERIODS)
    for (definition, _, _), rows in table.group_by("definition", "period_start", "period_end"):
        if definition != "frequency" and rows["numerator"].is_not_null().all():
            assert rows["numerator"].sum() == rows["denominator"][0]
    parts = spells_of(*frames, PERIODS, by=["organisation"]).filter(pl.col("marker").is_null())
    if len(parts):
        rolled = wf.combine(parts, over=["organisation"]).frame
        keys = ["definition", "band", "period_start", "period_end"]
        both = table.filter(pl.col("marker").is_null()).join(rolled, on=keys, suffix="_rolled")
        for side in ("numerator", "denominator"):
            assert both[side].to_list() == pytest.approx(both[f"{side}_rolled"].to_list())


def test_the_months_add_up_to_the_year_for_what_rolls_over_time():
    staff = staff_of([(("council", "a"), (date(2020, 1, 1), date(2030, 1, 1)), 1.0, "north")])
    sick = sick_of([(("council", "a"), (date(2023, m, 6), date(2023, m, 8))) for m in (1, 4, 9)])
    monthly = spells_of(staff, sick, months("2023-01", "2023-12")).filter(pl.col("definition") == "frequency")
    year = wf.combine(monthly, over=("period",)).frame.row(0, named=True)
    assert (year["numerator"], year["denominator"], year["value"]) == (3, pytest.approx(1), pytest.approx(3))
    with pytest.raises(UsageError, match="never rolls up over time"):
        wf.combine(
            spells_of(staff, sick, months("2023-01", "2023-02")).filter(pl.col("definition") == "bradford"),
            over=("period",),
        )


def test_bradford_counts_the_people_in_post_on_the_last_day():
    staff = staff_of(
        [
            (("council", "a"), (date(2020, 1, 1), date(2030, 1, 1)), 1.0, "north"),
            (("council", "b"), (date(2020, 1, 1), date(2023, 3, 30)), 1.0, "north"),
        ]
    )
    sick = sick_of([(("council", "b"), (date(2023, 3, 6), date(2023, 3, 8)))])
    table = absence_spells(staff, sick, month("2023-03")).filter(pl.col("definition") == "bradford")
    assert table["denominator"].unique().to_list() == [
        wf.staffing.headcount(wf.Records(assignments=staff), date(2023, 3, 31)).frame["value"].item()
    ]


def test_columns_are_those_of_a_measure_table_with_the_band_last_and_lazy_frames_give_the_same():
    staff = staff_of([(("council", "a"), (date(2020, 1, 1), date(2030, 1, 1)), 1.0, "north")])
    sick = sick_of([(("council", "a"), (date(2023, 3, 6), date(2023, 3, 8)))])
    table = absence_spells(staff, sick, month("2023-03"), by=["locality"])
    assert table.columns == ["measure", "definition", "locality", "band", *REST, "variance", "largest", "units"]
    assert table.equals(absence_spells(staff.lazy(), sick.lazy(), month("2023-03"), by=["locality"]))


def test_nothing_of_a_single_person_passes_a_board_release():
    staff = staff_of([(("council", f"p{n}"), (date(2020, 1, 1), date(2030, 1, 1)), 1.0, "north") for n in range(40)])
    sick = sick_of([(("council", "p0"), (date(2023, 3, 6), date(2023, 3, 8)))])
    shown = wf.release(spells_of(staff, sick, month("2023-03"))).frame
    one = shown.filter(pl.col("band").is_in(["short (up to 7 days)", "1 to 50"]))
    assert one["marker"].to_list() == ["c", "c"]
    assert one["numerator"].is_null().all()


def test_a_column_that_the_records_lack_is_refused_with_the_nearest():
    staff = staff_of([(("council", "a"), (date(2020, 1, 1), date(2030, 1, 1)), 1.0, "north")])
    with pytest.raises(UsageError) as refused:
        absence_spells(staff, sick_of([]), month("2023-03"), by=["localty"])
    assert refused.value.hint == 'did you mean "locality"?'


def test_no_staff_and_no_records_are_tables_without_figures():
    staff = staff_of([(("council", "a"), (date(2020, 1, 1), date(2030, 1, 1)), 1.0, "north")])
    nobody = absence_spells(staff.clear(), sick_of([]), month("2023-03"))
    assert nobody["value"].is_null().all()
    unrecorded = absence_spells(staff, sick_of([]), month("2023-03"))
    assert set(unrecorded["marker"]) == {"x"}
    assert unrecorded["left_out"].to_list()[0] == ["council"]


def test_the_table_knows_each_definition_and_its_band():
    staff = staff_of([(("council", "a"), (date(2020, 1, 1), date(2030, 1, 1)), 1.0, "north")])
    table = spells_of(staff, sick_of([]), month("2023-03"))
    assert {d.definition: d.adds for d in table.definitions} == dict.fromkeys(
        ("frequency", "length", "bradford"), ("band",)
    )


# What is not recorded ----------------------------------------------------------------------------------------------------------------

STAFF_ALONE = wf.Records(assignments=staff_of([(("council", "a"), (date(2020, 1, 1), None), 1.0, "north")]))


def test_without_absence_records_every_group_is_not_available():
    table = wf.absence.spells(STAFF_ALONE, month("2023-03"), by=["locality"])
    assert table.frame.select("locality", "marker").unique().rows() == [("north", "x")]
    assert table.reasons == ("sickness absences are not recorded",)


def test_without_staff_each_definition_has_a_row_that_is_not_available():
    sick = sick_of([(("council", "a"), (date(2023, 3, 6), date(2023, 3, 8)))])
    table = wf.absence.spells(wf.Records(absences=sick), month("2023-03"), by=["locality"])
    assert table.frame.select("definition", "locality", "band", "value", "marker").rows() == [
        (name, None, None, None, "x") for name in ("bradford", "frequency", "length")
    ]
    assert table.reasons == ("staff are not recorded",)


def test_only_agency_staff_and_no_absence_records_are_not_zero_days():
    agency = STAFF_ALONE.assignments.with_columns(employment=pl.lit("agency"))
    for measured in (
        wf.absence.spells(wf.Records(assignments=agency), month("2023-03")),
        wf.absence.rate(wf.Records(assignments=agency), month("2023-03"), definition="nhs"),
    ):
        assert set(measured.frame["marker"]) == {"x"}
        assert measured.frame["numerator"].is_null().all()
        assert measured.reasons == ("sickness absences are not recorded",)


def test_a_column_that_is_not_recorded_and_a_filter_that_leaves_nobody_are_said():
    unrecorded = wf.absence.spells(STAFF_ALONE, month("2023-03"), by=["team"])
    assert set(unrecorded.frame["marker"]) == {"x"}
    assert unrecorded.reasons == ("the team of staff is not recorded",)
    nobody = wf.absence.spells(STAFF_ALONE.where(pl.col("locality") == "west"), month("2023-03"))
    assert set(nobody.frame["marker"]) == {"x"}
    assert nobody.reasons == ("no records are left after the filter",)


def test_a_frame_in_place_of_records_and_a_date_in_place_of_a_period_are_refused():
    with pytest.raises(UsageError, match="takes records first"):
        wf.absence.spells(STAFF_ALONE.assignments, month("2023-03"))
    with pytest.raises(UsageError, match="a period is needed, not a date"):
        wf.absence.spells(STAFF_ALONE, date(2023, 3, 31))
