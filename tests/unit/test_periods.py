"""Periods as people write them, and working days counted by date."""

from datetime import date, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import workforce as wf
from workforce.errors import UsageError
from workforce.periods import as_date, as_dates, as_period, as_periods, bank_holidays, working_days


def counted(first, last):
    return pl.select(working_days(pl.lit(first), pl.lit(last))).item()


def test_years_are_those_of_the_bodies_that_use_them():
    assert (wf.financial_year("2022-23").start, wf.financial_year("2022-23").end) == (
        date(2022, 4, 1),
        date(2023, 3, 31),
    )
    assert (wf.census_year("2021-22").start, wf.census_year("2021-22").end) == (date(2021, 10, 1), date(2022, 9, 30))
    assert (wf.academic_year("2022-23").start, wf.academic_year("2022-23").end) == (date(2022, 9, 1), date(2023, 8, 31))
    assert wf.financial_year("1999-00").end == date(2000, 3, 31)


@pytest.mark.parametrize("text", ["2022", "2022-24", "22-23", "2022/23", ""])
def test_a_year_that_is_not_two_years_in_a_row_is_refused(text):
    with pytest.raises(UsageError, match="could not be read"):
        wf.financial_year(text)


@pytest.mark.parametrize("text", ["2023-13", "2023-00", "2023-3", "March", "2023-03-01"])
def test_a_month_that_is_not_one_is_refused(text):
    with pytest.raises(UsageError, match="could not be read"):
        wf.month(text)


def test_a_period_that_ends_before_it_starts_is_refused():
    with pytest.raises(UsageError, match="ends before it starts"):
        wf.Period(date(2023, 2, 1), date(2023, 1, 1))


def test_the_year_to_a_leap_february_is_twelve_whole_months():
    year = wf.year_to("2024-02")
    assert (year.start, year.end, year.is_a_year) == (date(2023, 3, 1), date(2024, 2, 29), True)
    assert wf.Period(date(2024, 2, 29), date(2025, 2, 28)).is_a_year
    assert not wf.month("2024-02").is_a_year


def test_a_bank_holiday_on_a_weekend_counts_once_through_its_substitute():
    # Christmas Day 2021 was a Saturday: its substitute was Monday 27, Boxing Day's Tuesday 28.
    assert counted(date(2021, 12, 24), date(2021, 12, 31)) == 4
    assert date(2021, 12, 25) in bank_holidays(2021, 2021)


def test_nothing_is_counted_where_the_last_day_is_before_the_first():
    assert counted(date(2023, 3, 2), date(2023, 3, 1)) == 0


@given(st.dates(date(2016, 1, 1), date(2026, 12, 1)), st.integers(0, 400), st.integers(0, 400))
def test_working_days_of_two_stretches_side_by_side_add_up(start, first, second):
    middle, end = start + timedelta(days=first), start + timedelta(days=first + second + 1)
    assert counted(start, middle) + counted(middle + timedelta(days=1), end) == counted(start, end)


@given(st.dates(date(2016, 1, 1), date(2026, 12, 1)), st.integers(0, 60))
def test_working_days_are_those_of_a_plain_count(start, length):
    days = [start + timedelta(days=n) for n in range(length + 1)]
    closed = set(bank_holidays(2015, 2027))
    assert counted(days[0], days[-1]) == sum(d.weekday() < 5 and d not in closed for d in days)


def test_periods_come_in_order_without_repeats_and_nothing_is_refused():
    march, april = wf.months("2023-03", "2023-04")
    assert as_periods([april, march, april]) == [march, april]
    with pytest.raises(UsageError, match="a period is needed"):
        as_periods([])
    with pytest.raises(UsageError, match="a period is needed, not text"):
        as_periods("2023-03")
    with pytest.raises(UsageError, match="a period is needed"):
        as_periods(None)


def test_months_and_years_that_lead_to_a_month():
    assert [str(p) for p in wf.years_to("2023-03", 2)] == [
        "1 April 2021 to 31 March 2022",
        "1 April 2022 to 31 March 2023",
    ]
    assert wf.month_ends("2023-03", 3) == [date(2023, 1, 31), date(2023, 2, 28), date(2023, 3, 31)]
    assert len(wf.rolling_years("2023-03", 36)) == 36
    assert wf.span_to("2023-03", 3).days == 1095


# What is given in place of a period or a date ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("2023-03-01", "2023-03-31"),
        (date(2023, 3, 1), "2023-03-31"),
        ("2023-03", None),
        (date(2023, 3, 1), None),
        (datetime(2023, 3, 1, 9), datetime(2023, 3, 31, 17)),  # noqa: DTZ001 - no time zone is meant
        (20230301, 20230331),
    ],
)
def test_a_period_is_made_of_two_dates(first, last):
    with pytest.raises(UsageError, match="made of two dates") as refused:
        wf.Period(first, last)
    assert 'wf.month("2023-03")' in refused.value.hint


@pytest.mark.parametrize("value", [202303, None, date(2023, 3, 1), wf.month("2023-03"), ["2023-03"], 2023.03])
def test_what_is_no_text_is_no_month_and_no_year(value):
    for maker in (wf.month, wf.year_to, wf.financial_year, wf.census_year, wf.academic_year, wf.calendar_year):
        with pytest.raises(UsageError, match="could not be read"):
            maker(value)
    with pytest.raises(UsageError, match="could not be read"):
        wf.months(value, "2023-03")
    with pytest.raises(UsageError, match="could not be read"):
        wf.months_to(value, 3)


@pytest.mark.parametrize(
    ("given_", "sentence"),
    [
        (date(2023, 3, 31), "a period is needed, not a date"),
        ([wf.month("2023-03"), date(2023, 3, 31)], "a period is needed, not a date"),
        ("2023-03", "a period is needed, not text"),
        (["2023-03"], "a period is needed, not text"),
        (202303, "a period is needed"),
    ],
)
def test_what_is_no_period_is_refused_with_what_it_is(given_, sentence):
    for reader in (as_periods, as_period):
        with pytest.raises(UsageError, match=sentence):
            reader(given_)


@pytest.mark.parametrize(
    ("given_", "sentence"),
    [
        (wf.month("2023-03"), "a date is needed, not a period"),
        ([date(2023, 3, 31), wf.month("2023-03")], "a date is needed, not a period"),
        ("2023-03-31", "a date is needed, not text"),
        (datetime(2023, 3, 31, 9), "without a time of day"),  # noqa: DTZ001 - no time zone is meant
        ([], "a date is needed"),
        (None, "a date is needed"),
    ],
)
def test_what_is_no_date_is_refused_with_what_it_is(given_, sentence):
    for reader in (as_dates, as_date):
        with pytest.raises(UsageError, match=sentence):
            reader(given_)


def test_several_are_not_one():
    with pytest.raises(UsageError, match="one date is needed, not several"):
        as_date([date(2023, 3, 31)])
    with pytest.raises(UsageError, match="one period is needed"):
        as_period(wf.months("2023-03", "2023-04"))
    assert as_date(date(2023, 3, 31)) == date(2023, 3, 31)
    assert as_period(wf.month("2023-03")) == wf.month("2023-03")
