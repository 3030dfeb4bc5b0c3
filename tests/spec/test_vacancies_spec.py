"""Vacancies, cover and agency workers, each drawn as a few rows."""

from datetime import date

import polars as pl
import pytest

from workforce.measures.rolling.combine import combine
from workforce.measures.staffing.vacancies import agency_rate, vacancy_cover, vacancy_rate

DAY = date(2023, 3, 31)
NOTHING = pl.DataFrame()


@pytest.fixture
def staff(drawn):
    return drawn(
        """organisation person_id start_date end_date   fte employment team   status
           council      a         2020-01-01 .          1.0 employed   North  active
           council      b         2020-01-01 .          0.5 employed   North  seconded_out
           council      c         2023-01-01 .          1.0 agency     North  .
           council      d         2020-01-01 2023-03-30 1.0 employed   South  active
           trust        e         2020-01-01 .          0.8 employed   Clinic active"""
    )


@pytest.fixture
def open_posts(drawn):
    return drawn(
        """organisation team   fte opened_date closed_date covered_by_agency_fte
           council      North  1.0 2023-02-01  .           1.0
           council      South  0.5 2023-02-01  2023-03-31  .
           council      South  2.0 2023-02-01  2023-03-30  ."""
    )


def test_dfe_counts_the_open_vacancies_and_leaves_the_seconded_out_of_those_in_post(staff, open_posts):
    row = vacancy_rate(NOTHING, open_posts, staff, DAY, definition="dfe", by=["organisation"]).row(0, named=True)
    assert (row["numerator"], row["denominator"], row["value"]) == (1.5, 2.5, 60.0)


def test_an_organisation_that_supplies_no_vacancies_is_not_available_rather_than_free_of_them(staff, open_posts):
    parts = vacancy_rate(NOTHING, open_posts, staff, DAY, definition="dfe", by=["organisation"])
    assert parts["marker"].to_list() == [None, "x"]
    whole = vacancy_rate(NOTHING, open_posts, staff, DAY, definition="dfe").row(0, named=True)
    assert (whole["numerator"], whole["left_out"]) == (1.5, ["trust"])


def test_the_establishment_counts_the_seconded_as_in_post_and_may_be_negative(staff, drawn):
    posts = drawn(
        """organisation team   funded_fte start_date end_date
           council      North  1.0        2020-01-01 .
           council      South  2.0        2020-01-01 .
           trust        Clinic 0.8        2020-01-01 ."""
    )
    parts = vacancy_rate(posts, NOTHING, staff, DAY, definition="establishment", by=["organisation", "team"])
    assert dict(zip(parts["team"], parts["value"], strict=True)) == {"North": -50.0, "South": 100.0, "Clinic": 0.0}
    whole = vacancy_rate(posts, NOTHING, staff, DAY, definition="establishment")
    assert combine(combine(parts, over=["team"]))["value"].item() == pytest.approx(whole["value"].item())


def test_cover_is_the_agency_fte_that_vacancies_name_over_the_vacant_or_over_all_agency(staff, open_posts):
    assert vacancy_cover(open_posts, staff, DAY, definition="dfe")["value"].item() == pytest.approx(100 / 1.5)
    assert vacancy_cover(open_posts, staff, DAY, definition="dfe_of_agency")["value"].item() == 100.0


def test_the_agency_rate_is_agency_over_agency_and_in_post(staff):
    assert agency_rate(staff, DAY, by=["organisation"])["value"].to_list() == [50.0, 0.0]
    people = agency_rate(staff, DAY, basis="headcount").row(0, named=True)
    assert (people["numerator"], people["denominator"], people["method"]) == (1.0, 3.0, "Wilson")
