"""Absence, drawn: a few rows as a table, and the days that come out of them."""

from datetime import date

import numpy as np
import polars as pl
import pytest
from scipy.stats import chi2

import builders
import workforce as wf
from workforce import Period, calendar_year, census_year, financial_year, month, months
from workforce.errors import UsageError

# March 2023:  Mon 6 ... Fri 10 | Mon 13 ... Fri 17 | Mon 20 ... Fri 24 | Mon 27 ... Fri 31; 23 working days, no bank holiday
# April 2023:  Fri 7 and Mon 10 are Good Friday and Easter Monday; 18 working days
MARCH, APRIL = month("2023-03"), month("2023-04")


def drawn(text):
    """A frame from a table drawn with bars between its cells."""
    return builders.drawn(text.replace("|", " "))


def absence(staff, sick, periods, **options):
    return wf.absence.rate(wf.Records(assignments=staff, absences=sick), periods, **options).frame


FULL_TIMER = drawn("""
    organisation | person_id | start_date | end_date | fte
    council      | a         | 2020-01-01 | .        | 1.0
""")


def lost(staff, sick, period, definition="days_per_fte", **options):
    return absence(staff, drawn(sick), period, definition=definition, **options)["numerator"].to_list()


@pytest.mark.parametrize(
    ("first", "last", "period", "working", "calendar"),
    [
        ("2023-03-06", "2023-03-10", MARCH, 5, 5),  # a week from Monday to Friday
        ("2023-03-10", "2023-03-13", MARCH, 2, 4),  # over a weekend
        ("2023-03-11", "2023-03-12", MARCH, 0, 2),  # a weekend alone
        ("2023-04-06", "2023-04-11", APRIL, 2, 6),  # over Easter: Thursday and Tuesday
        ("2023-03-30", "2023-04-04", MARCH, 2, 2),  # clipped at the end of the month
        ("2023-03-30", "2023-04-04", APRIL, 2, 4),  # and its other part
        ("2024-02-28", "2024-03-01", month("2024-02"), 2, 2),  # the leap day
        ("2022-09-16", "2022-09-20", month("2022-09"), 2, 5),  # the state funeral was on Monday 19 September
    ],
)
def test_days_are_counted_from_the_first_to_the_last_day_absent(first, last, period, working, calendar):
    sick = f"""
        organisation | person_id | start_date | end_date
        council      | a         | {first}    | {last}
    """
    assert lost(FULL_TIMER, sick, period) == [working]
    assert lost(FULL_TIMER, sick, period, "nhs") == [calendar]


def test_a_part_timer_loses_days_in_proportion_and_the_rate_is_over_average_fte():
    staff = drawn("""
        organisation | person_id | start_date | end_date   | fte
        council      | a         | 2020-01-01 | .          | 1.0
        council      | b         | 2020-01-01 | 2023-03-31 | 0.6
    """)
    sick = drawn("""
        organisation | person_id | start_date | end_date
        council      | b         | 2023-03-06 | 2023-03-10
    """)
    row = absence(staff, sick, Period(date(2023, 3, 1), date(2023, 4, 30)), definition="days_per_fte").row(
        0, named=True
    )
    assert row["numerator"] == pytest.approx(3.0)
    assert row["denominator"] == pytest.approx(1.0 + 0.6 * 31 / 61)
    assert row["value"] == pytest.approx(3.0 / (1.0 + 0.6 * 31 / 61))
    assert (row["unit"], row["people"], row["method"]) == ("days per FTE", 2, "none")


def test_nothing_is_lost_outside_the_contract():
    staff = drawn("""
        organisation | person_id | start_date | end_date   | fte
        council      | a         | 2020-01-01 | 2023-03-07 | 1.0
        council      | a         | 2023-03-10 | .          | 0.5
    """)
    sick = """
        organisation | person_id | start_date | end_date
        council      | a         | 2023-03-06 | 2023-03-10
    """
    assert lost(staff, sick, MARCH) == [2 + 0.5]


def test_an_open_absence_runs_to_the_end_of_the_period():
    sick = """
        organisation | person_id | start_date | end_date
        council      | a         | 2023-03-20 | .
    """
    assert lost(FULL_TIMER, sick, MARCH) == [10]
    assert lost(FULL_TIMER, sick, months("2023-03", "2023-05")) == [10, 18, 20]


def test_an_absence_counts_only_in_its_own_organisation():
    staff = drawn("""
        organisation | person_id | start_date | end_date | fte
        council      | a         | 2020-01-01 | .        | 0.5
        trust        | a         | 2020-01-01 | .        | 0.5
    """)
    sick = """
        organisation | person_id | start_date | end_date
        council      | a         | 2023-03-06 | 2023-03-10
        trust        | z         | 2023-03-06 | 2023-03-10
    """
    assert lost(staff, sick, MARCH, by=["organisation"]) == [2.5, 0]


def test_agency_and_bank_staff_are_outside():
    staff = drawn("""
        organisation | person_id | start_date | end_date | fte | employment
        council      | a         | 2020-01-01 | .        | 1.0 | employed
        council      | b         | 2020-01-01 | .        | 1.0 | agency
        council      | c         | 2020-01-01 | .        | 1.0 | bank
        council      | d         | 2020-01-01 | .        | 1.0 | .
    """)
    sick = drawn("""
        organisation | person_id | start_date | end_date
        council      | b         | 2023-03-06 | 2023-03-10
    """)
    row = absence(staff, sick, MARCH, definition="nhs").row(0, named=True)
    assert (row["numerator"], row["denominator"], row["people"]) == (0, 62, 2)


# Records that are one absence ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("end_of_first", "start_of_second", "working", "calendar"),
    [
        ("2023-03-08", "2023-03-07", 5, 5),  # overlapping
        ("2023-03-08", "2023-03-09", 5, 5),  # touching
        ("2023-03-07", "2023-03-09", 4, 4),  # a working day between: two absences
    ],
)
def test_records_that_overlap_or_touch_are_one_absence(end_of_first, start_of_second, working, calendar):
    sick = f"""
        organisation | person_id | start_date        | end_date
        council      | a         | 2023-03-06        | {end_of_first}
        council      | a         | {start_of_second} | 2023-03-10
    """
    assert lost(FULL_TIMER, sick, MARCH) == [working]
    assert lost(FULL_TIMER, sick, MARCH, "nhs") == [calendar]


def test_an_easter_between_two_records_is_part_of_one_absence():
    sick = """
        organisation | person_id | start_date | end_date
        council      | a         | 2023-04-05 | 2023-04-06
        council      | a         | 2023-04-11 | 2023-04-12
    """
    assert lost(FULL_TIMER, sick, APRIL, "nhs") == [8]
    assert lost(FULL_TIMER, sick, APRIL) == [4]


def test_one_absence_has_the_reason_of_its_longest_record():
    sick = drawn("""
        organisation | person_id | start_date | end_date   | reason
        council      | a         | 2023-03-06 | 2023-03-07 | cold
        council      | a         | 2023-03-08 | 2023-03-10 | back
        council      | a         | 2023-03-20 | 2023-03-20 | .
    """)
    rows = absence(FULL_TIMER, sick, MARCH, definition="days_per_fte", by=["reason"])
    assert rows.select("reason", "numerator", "denominator", "people").rows() == [
        ("back", 5.0, 1.0, 1),
        ("unknown", 1.0, 1.0, 1),
    ]


# Recorded days ---------------------------------------------------------------------------------------------------------------------


def test_recorded_days_replace_the_computed_ones_and_are_spread_over_the_working_days():
    sick = """
        organisation | person_id | start_date | end_date   | days_lost
        council      | a         | 2023-03-27 | 2023-04-11 | 5.0
    """
    # Ten working days: five in March, four before Easter and one after it
    assert lost(FULL_TIMER, sick, [MARCH, APRIL]) == pytest.approx([5.0 * 5 / 10, 5.0 * 5 / 10])
    assert lost(FULL_TIMER, sick, [MARCH, APRIL], "nhs") == [5, 11]


def test_recorded_days_are_shared_between_posts_by_fte():
    staff = drawn("""
        organisation | person_id | start_date | end_date   | fte | team
        council      | a         | 2020-01-01 | .          | 0.6 | east
        council      | a         | 2020-01-01 | 2023-03-08 | 0.3 | west
    """)
    sick = drawn("""
        organisation | person_id | start_date | end_date   | days_lost
        council      | a         | 2023-03-06 | 2023-03-10 | 4.0
    """)
    table = absence(staff, sick, MARCH, definition="days_per_fte", by=["team"])
    assert table["team"].to_list() == ["east", "west"]
    assert table["numerator"].to_list() == pytest.approx([0.8 * (3 * 2 / 3 + 2), 0.8 * 3 * 1 / 3])


def test_recorded_days_of_touching_records_add_up_and_of_overlapping_records_are_set_aside():
    touching = """
        organisation | person_id | start_date | end_date   | days_lost
        council      | a         | 2023-03-06 | 2023-03-07 | 1.0
        council      | a         | 2023-03-08 | 2023-03-10 | 1.5
    """
    assert lost(FULL_TIMER, touching, MARCH) == pytest.approx([2.5])
    assert lost(FULL_TIMER, touching.replace("2023-03-08", "2023-03-07"), MARCH) == [5]
    assert lost(FULL_TIMER, touching.replace("1.5", ". "), MARCH) == [5]


def test_recorded_days_of_an_absence_without_a_working_day_are_spread_over_its_days():
    sick = """
        organisation | person_id | start_date | end_date   | days_lost
        council      | a         | 2023-04-29 | 2023-05-01 | 1.5
    """
    assert lost(FULL_TIMER, sick, months("2023-04", "2023-05")) == pytest.approx([1.0, 0.5])


# Definitions -----------------------------------------------------------------------------------------------------------------------


def test_nhs_is_calendar_days_lost_over_calendar_days_available():
    staff = pl.concat([FULL_TIMER.with_columns(person_id=pl.lit(p)) for p in "abcdefghijkl"])
    sick = drawn("""
        organisation | person_id | start_date | end_date
        council      | a         | 2023-02-20 | 2023-03-12
    """)
    row = absence(staff, sick, MARCH, definition="nhs").row(0, named=True)
    assert (row["numerator"], row["denominator"], row["marker"]) == (12, 12 * 31, None)
    assert row["value"] == pytest.approx(100 * 12 / 372)


def test_nhs_shows_no_rate_on_330_days_available_or_fewer_but_keeps_the_sides():
    eleven = pl.concat([FULL_TIMER.with_columns(person_id=pl.lit(p)) for p in "abcdefghijk"])
    sick = drawn("""
        organisation | person_id | start_date | end_date
        council      | a         | 2023-04-03 | 2023-04-04
    """)
    row = absence(eleven, sick, APRIL, definition="nhs").row(0, named=True)
    assert (row["numerator"], row["denominator"], row["value"], row["lower"], row["marker"]) == (
        2,
        330,
        None,
        None,
        "x",
    )


def test_dfe_is_over_the_staff_of_the_last_day_and_253_days():
    staff = drawn("""
        organisation | person_id | start_date | end_date   | fte
        council      | a         | 2020-01-01 | .          | 1.0
        council      | b         | 2020-01-01 | 2022-09-29 | 1.0
        council      | c         | 2022-09-30 | .          | 0.5
    """)
    sick = drawn("""
        organisation | person_id | start_date | end_date
        council      | b         | 2022-03-07 | 2022-03-11
    """)
    row = absence(staff, sick, census_year("2021-22"), definition="dfe").row(0, named=True)
    assert (row["numerator"], row["denominator"], row["people"], row["unit"]) == (5, 1.5 * 253, 3, "%")


@pytest.mark.parametrize(
    ("year", "days"),
    [
        (census_year("2023-24"), 254),
        (census_year("2022-23"), 253),
        (financial_year("2023-24"), 254),
        (calendar_year("2023"), 253),
    ],
)
def test_a_year_that_contains_29_february_has_254_days(year, days):
    sick = drawn("""
        organisation | person_id | start_date | end_date
        council      | a         | 2021-03-07 | 2021-03-11
    """)
    assert absence(FULL_TIMER, sick, year, definition="dfe")["denominator"].item() == days


def test_dfe_is_refused_for_a_month():
    with pytest.raises(UsageError, match="for a year") as refused:
        absence(FULL_TIMER, drawn("organisation | person_id | start_date"), MARCH, definition="dfe")
    assert refused.value.hint


# Organisations that cannot answer ---------------------------------------------------------------------------------------------------

THREE = drawn("""
    organisation | person_id | start_date | end_date | fte | locality | observed_from | observed_to
    council      | a         | 2020-01-01 | .        | 1.0 | north    | .             | .
    schools      | b         | 2020-01-01 | .        | 1.0 | north    | .             | .
    trust        | c         | 2020-01-01 | .        | 1.0 | north    | 2023-03-02    | 2023-04-30
    trust        | d         | 2020-01-01 | .        | 1.0 | south    | 2023-03-02    | 2023-04-30
""")
SOME = drawn("""
    organisation | person_id | start_date | end_date
    council      | a         | 2023-03-06 | 2023-03-10
    trust        | c         | 2023-03-06 | 2023-03-10
""")


def test_an_organisation_that_records_no_absence_leaves_both_sides_and_is_named():
    table = absence(THREE, SOME, [MARCH, APRIL], definition="days_per_fte")
    assert table.select("numerator", "denominator", "people").rows() == [(5, 1, 1), (0, 3, 3)]
    assert table["left_out"].to_list() == [["schools", "trust"], ["schools"]]


def test_by_organisation_it_is_a_row_that_is_not_available():
    table = absence(THREE, SOME, MARCH, definition="days_per_fte", by=["organisation"])
    assert table.select("organisation", "numerator", "denominator", "people", "marker").rows() == [
        ("council", 5, 1, 1, None),
        ("schools", None, None, None, "x"),
        ("trust", None, None, None, "x"),
    ]
    assert table["left_out"].to_list() == [[], [], []]


def test_a_locality_names_only_the_organisations_that_have_staff_there():
    table = absence(THREE, SOME, MARCH, definition="days_per_fte", by=["locality"])
    assert table.select("locality", "numerator", "marker").rows() == [("north", 5, None), ("south", None, "x")]
    assert table["left_out"].to_list() == [["schools", "trust"], ["trust"]]


# Limits: days of one person are one cluster; a small group takes the area's spread ----------------------------------------------------

YEAR = financial_year("2022-23")


def gamma(value, variance, largest):
    """The limits of Fay & Feuer (1997), from scipy's own chi-square."""
    lower = variance / (2 * value) * chi2.ppf(0.025, 2 * value**2 / variance) if value else 0.0
    wider = variance + largest**2
    return lower, wider / (2 * (value + largest)) * chi2.ppf(0.975, 2 * (value + largest) ** 2 / wider)


def area_of(teams, people, ill):
    """Full-timers in teams of one size; in team n the first so many are absent for ten working days, 6 to 17 June 2022."""
    each = [(f"team {n}", f"{n}-{person}") for n in range(teams) for person in range(people)]
    staff = pl.DataFrame(each, schema=["team", "person_id"], orient="row").with_columns(
        organisation=pl.lit("council"), fte=1.0, start_date=date(2015, 1, 1)
    )
    absent = [f"{n}-{person}" for n, count in enumerate(ill) for person in range(count)] or ["nobody"]
    sick = pl.DataFrame({"person_id": absent}).with_columns(
        organisation=pl.lit("council"), start_date=date(2022, 6, 6), end_date=date(2022, 6, 17)
    )
    return wf.Records(assignments=staff, absences=sick)


def by_team(area, period=YEAR, **options):
    return wf.absence.rate(area, period, by=["team"], **{"definition": "days_per_fte", **options})


def test_a_team_in_which_nobody_was_ill_has_an_upper_limit_from_the_area():
    frame = by_team(area_of(3, 20, [8, 4, 0])).frame
    days, n = np.array([10.0] * 12 + [0.0] * 48), 60
    variance = ((days - 2.0) ** 2).sum() / (n - 1) / 20  # of one person of the area, over the 20 of the team
    largest = 10 / 20
    nobody = frame.row(2, named=True)
    assert (nobody["value"], nobody["method"], nobody["units"]) == (0.0, "gamma, area's spread", 12)
    assert nobody["variance"] == pytest.approx(variance)
    assert nobody["largest"] == pytest.approx(largest, rel=0.011)  # the area's largest is read to the next 1.1%
    assert (nobody["lower"], nobody["upper"]) == pytest.approx(gamma(0.0, variance, nobody["largest"]))
    # Where the team's own people vary more, theirs counts.
    first = frame.row(0, named=True)
    own = ((np.array([10.0] * 8 + [0.0] * 12) - 4.0) ** 2).sum() / 19 / 20
    assert own > variance
    assert first["variance"] == pytest.approx(own)
    assert (first["lower"], first["upper"]) == pytest.approx(gamma(4.0, own, first["largest"]))


def test_a_large_group_with_many_absent_stands_on_its_own():
    frame = by_team(area_of(2, 200, [40, 100])).frame
    few = frame.row(0, named=True)
    own = ((np.array([10.0] * 40 + [0.0] * 160) - 2.0) ** 2).sum() / 199 / 200
    assert (few["method"], few["units"]) == ("gamma, between people", 40)
    assert (few["variance"], few["largest"]) == (pytest.approx(own), pytest.approx(10 / 200))
    # The same in a month, for which 200 people are few: the area's people vary more.
    assert by_team(area_of(2, 200, [40, 100]), month("2022-06")).frame["method"][0] == "gamma, area's spread"


def test_fewer_than_ten_absent_in_the_area_have_no_limits_and_the_reason_is_given():
    table = by_team(area_of(2, 30, [5, 4]))
    assert table.frame.select("lower", "upper", "method").rows() == [(None, None, "none")] * 2
    assert table.reasons == ("95% limits need 10 people or more behind the numerator, in the group or in the area",)
    assert by_team(area_of(2, 30, [5, 5])).reasons == ()


def test_a_share_has_limits_up_to_a_hundred_percent():
    everyone = by_team(area_of(2, 10, [10, 10]), month("2022-06"), definition="nhs").frame
    all_month = wf.Records(
        assignments=area_of(2, 10, []).assignments,
        absences=area_of(2, 10, [10, 10]).absences.with_columns(
            start_date=date(2022, 6, 1), end_date=date(2022, 6, 30)
        ),
    )
    whole = wf.absence.rate(all_month, month("2022-06"), definition="nhs").frame.row(0, named=True)
    assert whole["value"] == 100.0
    assert 0 < whole["lower"] < 100.0 == whole["upper"]
    assert everyone["value"].is_null().all()  # 300 days available are too few for the NHS
    assert everyone["variance"].is_not_null().all()  # and stay for roll-ups, with their spread


WHOM = ["contributors", "top_share", "top_two_share"]


def test_whom_days_lost_rest_on_is_counted_for_each_group_and_for_groups_together():
    people = [("council", "a"), ("council", "b"), ("council", "c"), ("trust", "d"), ("trust", "e")]
    staff = pl.DataFrame(people, schema=["organisation", "person_id"], orient="row").with_columns(
        start_date=date(2020, 1, 1), end_date=pl.lit(None, pl.Date), fte=1.0
    )
    sick = drawn("""
        organisation | person_id | start_date | end_date
        council      | a         | 2023-03-06 | 2023-03-10
        council      | a         | 2023-03-13 | 2023-03-14
        council      | b         | 2023-03-06 | 2023-03-07
        council      | c         | 2023-03-11 | 2023-03-12
        trust        | d         | 2023-03-06 | 2023-03-08
    """)
    each = wf.absence.rate(
        wf.Records(assignments=staff, absences=sick), MARCH, definition="days_per_fte", by=["organisation"]
    )
    assert each.frame.select("numerator", *WHOM).rows() == [
        (9.0, 2.0, pytest.approx(7 / 9), 1.0),  # seven days of a and two of b; c was ill over a weekend alone
        (3.0, 1.0, 1.0, 1.0),
    ]
    whole = absence(staff, sick, MARCH, definition="days_per_fte")
    assert whole.select("numerator", *WHOM).row(0) == (12.0, 3.0, pytest.approx(7 / 12), pytest.approx(10 / 12))
    together = wf.combine(each, over="organisation").frame
    assert together.select("numerator", *WHOM).row(0) == pytest.approx(whole.select("numerator", *WHOM).row(0))


def test_nobody_dominates_where_no_day_was_lost():
    sick = "organisation | person_id | start_date | end_date\n council | z | 2023-03-06 | 2023-03-07"
    frame = absence(FULL_TIMER, drawn(sick), MARCH, definition="days_per_fte")
    assert frame.select("numerator", *WHOM).row(0) == (0.0, 0.0, None, None)
