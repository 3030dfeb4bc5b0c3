"""Spells of absence, drawn: how many began, how long they lasted, and the Bradford factor of the people who had them."""

from datetime import date

import polars as pl
import pytest

import workforce as wf
from builders import drawn
from workforce import month, year_to

MARCH, APRIL = month("2023-03"), month("2023-04")
LENGTHS = SHORT, MEDIUM, LONG = ("short (up to 7 days)", "medium (8 to 27 days)", "long (28 days and over)")
SCORES = ("0", "1 to 50", "51 to 200", "201 to 400", "401 and over")


def absence_spells(staff, sick, periods, **options):
    return wf.absence.spells(wf.Records(assignments=staff, absences=sick), periods, **options).frame


def absence(staff, sick, periods, **options):
    return wf.absence.rate(wf.Records(assignments=staff, absences=sick), periods, **options).frame


@pytest.fixture(scope="module")
def staff():
    return drawn("""
        organisation person_id start_date end_date fte locality
        council      a         2020-01-01 .        1.0 north
        council      b         2020-01-01 .        0.5 north
        council      c         2020-01-01 .        1.0 south
    """)


def rows(table, definition, *columns):
    return table.filter(pl.col("definition") == definition).select(*columns).rows()


def test_an_absence_counts_in_the_month_in_which_it_began(staff):
    sick = drawn("""
        organisation person_id start_date end_date
        council      a         2023-02-27 2023-03-03
        council      a         2023-03-13 2023-03-14
        council      b         2023-03-30 2023-04-05
    """)
    table = absence_spells(staff, sick, [MARCH, APRIL])
    assert rows(table, "frequency", "band", "numerator", "denominator", "people") == [
        ("all", 2, 3, 3),
        ("all", 0, 3, 3),
    ]


@pytest.mark.parametrize(
    ("last", "band"),
    [
        ("2023-03-06", SHORT),
        ("2023-03-12", SHORT),
        ("2023-03-13", MEDIUM),
        ("2023-04-01", MEDIUM),
        ("2023-04-02", LONG),
    ],
)
def test_the_whole_absence_decides_its_band_not_its_days_in_the_month(staff, last, band):
    sick = drawn(f"""
        organisation person_id start_date end_date
        council      a         2023-03-06 {last}
    """)
    table = absence_spells(staff, sick, MARCH)
    assert rows(table, "length", "band", "numerator", "denominator") == [(b, float(b == band), 1.0) for b in LENGTHS]


def test_records_that_overlap_or_touch_are_one_spell(staff):
    sick = drawn("""
        organisation person_id start_date end_date
        council      a         2023-03-06 2023-03-10
        council      a         2023-03-13 2023-03-17
        council      a         2023-03-15 2023-03-16
    """)
    table = absence_spells(staff, sick, MARCH)
    assert rows(table, "frequency", "numerator") == [(1,)]
    assert [r for r in rows(table, "length", "band", "numerator") if r[1]] == [(MEDIUM, 1)]


def test_a_spell_counts_once_in_the_group_where_it_began():
    moved = drawn("""
        organisation person_id start_date end_date   fte locality
        council      a         2020-01-01 2023-03-15 1.0 north
        council      a         2023-03-16 .          1.0 south
    """)
    sick = drawn("""
        organisation person_id start_date end_date
        council      a         2023-03-13 2023-03-24
    """)
    table = absence_spells(moved, sick, MARCH, by=["locality"])
    assert rows(table, "frequency", "locality", "numerator", "denominator") == [
        ("north", 1, pytest.approx(15 / 31)),
        ("south", 0, pytest.approx(16 / 31)),
    ]
    # The Bradford factor goes with the person, to the group of the last day: one spell of twelve days
    scored = [r for r in rows(table, "bradford", "locality", "band", "numerator") if r[2]]
    assert scored == [("south", "1 to 50", 1)]


def test_a_person_with_two_posts_is_absent_once():
    double = drawn("""
        organisation person_id start_date end_date fte locality
        council      a         2020-01-01 .        0.6 north
        council      a         2020-01-01 .        0.4 south
    """)
    sick = drawn("""
        organisation person_id start_date end_date
        council      a         2023-03-06 2023-03-07
    """)
    table = absence_spells(double, sick, MARCH, by=["locality"])
    assert rows(table, "frequency", "locality", "numerator", "denominator") == [("north", 1, 1)]


def test_an_absence_under_way_on_the_first_day_at_work_counts_on_that_day():
    new = drawn("""
        organisation person_id start_date end_date fte
        council      a         2023-03-13 .        1.0
    """)
    sick = drawn("""
        organisation person_id start_date end_date
        council      a         2023-02-13 2023-03-17
    """)
    table = absence_spells(new, sick, MARCH)
    assert rows(table, "frequency", "numerator") == [(1,)]
    assert [r for r in rows(table, "length", "band", "numerator") if r[1]] == [(LONG, 1)]
    assert [r for r in rows(table, "bradford", "band", "numerator") if r[1]] == [
        ("1 to 50", 1)
    ]  # five days in the post


def test_frequency_varies_between_people_and_bradford_has_wilson_limits(staff):
    sick = drawn("""
        organisation person_id start_date end_date
        council      a         2023-03-06 2023-03-07
        council      a         2023-03-13 2023-03-14
    """)
    table = absence_spells(staff, sick, MARCH)
    spells = table.filter(pl.col("definition") == "frequency").row(0, named=True)
    # x = 2, 0, 0 against 1, 1, 1: the variance of a mean of three
    assert spells["variance"] == pytest.approx(3 / 2 * ((2 - 2 / 3) ** 2 + 2 * (2 / 3) ** 2) / 9)
    assert (spells["largest"], spells["units"]) == (pytest.approx(2 / 3), 1)
    assert (spells["lower"], spells["upper"], spells["method"]) == (None, None, "none")  # one absent person is too few
    assert set(table.filter(pl.col("definition") == "bradford")["method"]) == {"Wilson"}


# Bradford --------------------------------------------------------------------------------------------------------------------------


def test_bradford_scores_fall_into_every_band():
    # spells of one day, so that S x S x D is S cubed: 0, 1, 27, 64, 216, 512
    staff = pl.concat(
        drawn("""
            organisation person_id start_date end_date fte
            council      .         2020-01-01 .        1.0
        """).with_columns(person_id=pl.lit(f"p{spells}"))
        for spells in (0, 1, 3, 4, 6, 8)
    )
    sick = pl.DataFrame(
        [("council", f"p{n}", date(2023, 1 + k, 2), date(2023, 1 + k, 2)) for n in (1, 3, 4, 6, 8) for k in range(n)],
        schema=["organisation", "person_id", "start_date", "end_date"],
        orient="row",
    )
    found = rows(absence_spells(staff, sick, month("2023-08")), "bradford", "band", "numerator")
    assert found == [("0", 1), ("1 to 50", 2), ("51 to 200", 1), ("201 to 400", 1), ("401 and over", 1)]


@pytest.mark.parametrize(
    ("score", "band"), [(50, "1 to 50"), (51, "51 to 200"), (200, "51 to 200"), (201, "201 to 400")]
)
def test_bands_begin_at_the_trigger(score, band):
    staff = drawn("""
        organisation person_id start_date end_date fte
        council      a         2020-01-01 .        1.0
    """)
    last = date.fromordinal(date(2022, 6, 1).toordinal() + score - 1)  # one spell of so many calendar days
    sick = drawn(f"""
        organisation person_id start_date end_date
        council      a         2022-06-01 {last}
    """)
    table = absence_spells(staff, sick, MARCH)
    assert [r for r in rows(table, "bradford", "band", "numerator") if r[1]] == [(band, 1)]


def test_the_window_is_52_weeks_that_end_on_the_last_day(staff):
    sick = drawn("""
        organisation person_id start_date end_date
        council      a         2022-03-01 2022-04-01
        council      b         2022-03-01 2022-04-02
    """)
    # The 364 days to 31 March 2023 begin on 2 April 2022
    table = absence_spells(staff, sick, MARCH)
    assert dict(rows(table, "bradford", "band", "numerator")) == {
        name: {"0": 2, "1 to 50": 1}.get(name, 0) for name in SCORES
    }


# Records that do not cover it --------------------------------------------------------------------------------------------------------


def test_bradford_needs_records_of_52_weeks_and_the_rest_only_of_the_period():
    staff = drawn("""
        organisation person_id start_date fte observed_from
        council      a         2020-01-01 1.0 2020-01-01
        trust        b         2020-01-01 1.0 2022-06-01
        schools      c         2020-01-01 1.0 2020-01-01
    """)
    sick = drawn("""
        organisation person_id start_date end_date
        council      a         2023-03-06 2023-03-07
        trust        b         2023-03-06 2023-03-07
    """)
    table = absence_spells(staff, sick, MARCH)
    said = dict(zip(table["definition"], table["left_out"].to_list(), strict=True))
    assert said == {"bradford": ["schools", "trust"], "frequency": ["schools"], "length": ["schools"]}
    own = absence_spells(staff, sick, MARCH, by=["organisation"])
    assert own.filter(pl.col("definition") == "frequency")["marker"].to_list() == [None, "x", None]
    assert set(own.filter(pl.col("organisation") == "trust", pl.col("definition") == "bradford")["marker"]) == {"x"}


# What schools say ----------------------------------------------------------------------------------------------------------------------


def test_schools_say_who_was_absent_and_how_long_in_three_rows(staff):
    sick = drawn("""
        organisation person_id start_date end_date
        council      a         2023-03-06 2023-03-10
        council      b         2023-03-06 2023-03-07
        council      b         2023-03-20 2023-03-20
    """)
    table = absence(staff, sick, year_to("2023-03"), definition="schools")
    assert table.select("definition", "numerator", "denominator", "people", "unit").rows() == [
        ("schools_all", 6.5, 3, 3, "days"),
        ("schools_any", 2, 3, 3, "%"),
        ("schools_per_absentee", 6.5, 2, 2, "days"),
    ]
    assert table["method"].to_list() == ["none", "Wilson", "none"]  # two absent people are too few
    assert table["value"].to_list() == pytest.approx([6.5 / 3, 100 * 2 / 3, 3.25])
    # x = 5, 1.5 against 1, 1: the variance of a mean of two
    assert table["variance"][2] == pytest.approx(2 * (1.75**2 * 2) / 4)


def test_schools_alone_give_their_one_row_and_by_reason_each_reason_its_absentees(staff):
    sick = drawn("""
        organisation person_id start_date end_date   reason
        council      a         2023-03-06 2023-03-07 cold
        council      a         2023-03-20 2023-03-20 .
        council      b         2023-03-11 2023-03-12 cold
    """)
    table = absence(staff, sick, MARCH, definition="schools_any", by=["reason"])  # a weekend loses no day
    assert table.select("definition", "reason", "numerator", "denominator").rows() == [
        ("schools_any", "cold", 1, 3),
        ("schools_any", "unknown", 1, 3),
    ]
