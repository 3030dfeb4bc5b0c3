"""From applicants to people who stay: the same vacancies at every step, and staff records beside them."""

from datetime import date

import polars as pl
import pytest

from workforce.disclosure import release
from workforce.errors import UsageError
from workforce.measures.frame import REST
from workforce.measures.recruitment.quality_of_hire import quality_of_hire
from workforce.measures.recruitment.recruitment_funnel import STEPS, recruitment_funnel
from workforce.measures.rolling.combine import combine
from workforce.measures.staffing.turnover import joiners
from workforce.periods import year_to

YEAR = year_to("2022-03")
COUNTS = ("applicants", "shortlisted", "offers_made", "offers_declined")
VACANCIES = """
organisation team   opened_date closed_date outcome   applicants shortlisted offers_made offers_declined
council      North  2021-04-01  2021-06-01  filled    10         4           2           1
council      North  2021-04-01  2021-06-01  unfilled  3          1           1           1
council      South  2021-04-01  2021-07-01  withdrawn 5          2           1           0
council      South  2021-04-01  2021-07-01  filled    7          3           1           .
council      South  2021-04-01  2021-07-01  filled    7          3           1           1
council      South  2021-04-01  2021-07-01  filled    2          3           1           0
council      South  2021-04-01  .           .         9          9           9           0
council      South  2021-04-01  2022-04-01  filled    9          9           9           0
trust        Clinic 2021-04-01  2021-08-01  filled    8          8           1           0
"""
STAFF = """
organisation person_id start_date end_date   fte team   employment
council      a         2021-06-02 .          1.0 North  employed
council      b         2021-07-02 2021-12-31 1.0 South  employed
council      c         2021-07-02 2022-03-01 1.0 South  employed
council      d         2015-01-01 .          1.0 South  employed
council      e         2021-06-02 .          1.0 South  agency
trust        f         2021-08-02 2021-08-31 1.0 Clinic employed
"""


@pytest.fixture
def vacancies(drawn):
    return drawn(VACANCIES).with_columns(pl.col(COUNTS).cast(pl.Int64))


@pytest.fixture
def staff(drawn):
    return drawn(STAFF, observed_to=date(2023, 3, 31))


def sides(table: pl.DataFrame) -> dict[str, tuple[float | None, float | None]]:
    return {row["definition"]: (row["numerator"], row["denominator"]) for row in table.to_dicts()}


def test_each_step_is_of_the_vacancies_that_record_them_all(vacancies, staff):
    # Left out: an answer that is missing, a post filled without an accepted offer, more shortlisted than applied, open, closed later.
    assert sides(recruitment_funnel(vacancies, staff, YEAR)) == {
        "applied": (26.0, None),
        "shortlisted": (15.0, 26.0),
        "offered": (5.0, 15.0),
        "accepted": (3.0, 5.0),
        "filled": (2.0, 3.0),
        "joined": (4.0, None),  # the agency worker is no hire
        "six_months": (2.0, 4.0),
        "twelve_months": (1.0, 4.0),
    }


def test_rows_come_by_step_with_the_columns_of_a_measure_table(vacancies, staff):
    table = recruitment_funnel(vacancies, staff, YEAR, by="team")
    assert table.columns == ["measure", "definition", "team", *REST]
    assert table["definition"].unique(maintain_order=True).to_list() == list(STEPS)


def test_those_who_joined_and_stayed_are_those_of_the_measures_of_that_name(vacancies, staff):
    found = sides(recruitment_funnel(vacancies, staff, YEAR))
    assert found["joined"][0] == joiners(staff, YEAR)["value"].item()
    stayed = quality_of_hire(staff, YEAR)
    assert [found[step] for step in ("six_months", "twelve_months")] == stayed.select("numerator", "denominator").rows()


def test_those_who_cannot_be_followed_so_far_have_no_figure(vacancies, drawn):
    short = drawn(STAFF, observed_to=date(2022, 3, 31))
    table = recruitment_funnel(vacancies, short, YEAR)
    assert sides(table)["six_months"] == (2.0, 4.0)
    assert table.filter(pl.col("definition") == "twelve_months").select("value", "marker").row(0) == (None, "x")


def test_an_organisation_that_records_no_offers_is_in_no_step_by_name(vacancies, staff):
    silent = vacancies.with_columns(offers_made=pl.when(pl.col("organisation") == "council").then("offers_made"))
    whole = recruitment_funnel(silent, staff, YEAR)
    assert sides(whole)["applied"] == (18.0, None)
    assert sides(whole)["joined"] == (3.0, None)
    assert whole["left_out"].to_list() == [["trust"]] * len(STEPS)
    parts = recruitment_funnel(silent, staff, YEAR, by="organisation").filter(pl.col("organisation") == "trust")
    assert parts.select("numerator", "marker").unique().rows() == [(None, "x")]


def test_an_organisation_whose_staff_records_begin_later_is_in_no_step_by_name(vacancies, staff):
    late = staff.with_columns(
        observed_from=pl.when(pl.col("organisation") == "trust").then(date(2021, 5, 1)).otherwise(date(2015, 1, 1))
    )
    whole = recruitment_funnel(vacancies, late, YEAR)
    assert (sides(whole)["applied"], sides(whole)["joined"]) == ((18.0, None), (3.0, None))
    assert whole["left_out"].to_list() == [["trust"]] * len(STEPS)


def test_teams_and_organisations_combine_to_the_whole(vacancies, staff):
    parts = recruitment_funnel(vacancies, staff, YEAR, by=["organisation", "team"])
    assert sides(combine(combine(parts, over=["team"]))) == sides(recruitment_funnel(vacancies, staff, YEAR))


def test_a_board_sees_no_small_number_of_people(vacancies, staff):
    shown = release(recruitment_funnel(vacancies, staff, YEAR)).frame
    people = shown.filter(pl.col("definition").is_in(["joined", "six_months", "twelve_months"]))
    assert people["marker"].to_list() == ["c"] * 3
    assert sides(shown)["accepted"] == (3.0, 5.0)  # nobody is behind an offer


def test_the_order_of_rows_changes_nothing_and_lazy_frames_are_as_good(vacancies, staff):
    shuffled = recruitment_funnel(vacancies.reverse().lazy(), staff.reverse().lazy(), YEAR, by="team")
    assert shuffled.equals(recruitment_funnel(vacancies, staff, YEAR, by="team"))


def test_vacancies_without_an_organisation_are_refused(vacancies, staff):
    with pytest.raises(UsageError):
        recruitment_funnel(vacancies.drop("organisation"), staff, YEAR)
