"""From applicants to people who stay: the same vacancies at every step, and staff records beside them."""

from datetime import date

import polars as pl
import pytest

import workforce as wf
from builders import REST

YEAR = wf.year_to("2022-03")
STEPS = ["applied", "shortlisted", "offered", "accepted", "filled", "joined", "six_months", "twelve_months"]
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


def area(vacancies, staff) -> wf.Records:
    return wf.Records(vacancies=vacancies, assignments=staff)


def funnel(vacancies, staff, periods, **options) -> pl.DataFrame:
    return wf.recruitment.funnel(area(vacancies, staff), periods, **options).frame


def sides(table: pl.DataFrame) -> dict[str, tuple[float | None, float | None]]:
    return {row["definition"]: (row["numerator"], row["denominator"]) for row in table.to_dicts()}


def test_each_step_is_of_the_vacancies_that_record_them_all(vacancies, staff):
    # Left out: an answer that is missing, a post filled without an accepted offer, more shortlisted than applied, open, closed later.
    assert sides(funnel(vacancies, staff, YEAR)) == {
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
    table = funnel(vacancies, staff, YEAR, by="team")
    assert table.columns == ["measure", "definition", "team", *REST]
    assert table["definition"].unique(maintain_order=True).to_list() == STEPS


def test_those_who_joined_and_stayed_are_those_of_the_measures_of_that_name(vacancies, staff):
    found = sides(funnel(vacancies, staff, YEAR))
    assert found["joined"][0] == wf.staffing.joiners(wf.Records(assignments=staff), YEAR).frame["value"].item()
    stayed = wf.recruitment.quality_of_hire(wf.Records(assignments=staff), YEAR).frame
    assert [found[step] for step in ("six_months", "twelve_months")] == stayed.select("numerator", "denominator").rows()


def test_those_who_cannot_be_followed_so_far_have_no_figure(vacancies, drawn):
    short = drawn(STAFF, observed_to=date(2022, 3, 31))
    table = funnel(vacancies, short, YEAR)
    assert sides(table)["six_months"] == (2.0, 4.0)
    assert table.filter(pl.col("definition") == "twelve_months").select("value", "marker").row(0) == (None, "x")


def test_an_organisation_that_records_no_offers_is_in_no_step_by_name(vacancies, staff):
    silent = vacancies.with_columns(offers_made=pl.when(pl.col("organisation") == "council").then("offers_made"))
    whole = funnel(silent, staff, YEAR)
    assert sides(whole)["applied"] == (18.0, None)
    assert sides(whole)["joined"] == (3.0, None)
    assert whole["left_out"].to_list() == [["trust"]] * len(STEPS)
    parts = funnel(silent, staff, YEAR, by="organisation").filter(pl.col("organisation") == "trust")
    assert parts.select("numerator", "marker").unique().rows() == [(None, "x")]


def test_an_organisation_whose_staff_records_begin_later_is_in_no_step_by_name(vacancies, staff):
    late = staff.with_columns(
        observed_from=pl.when(pl.col("organisation") == "trust").then(date(2021, 5, 1)).otherwise(date(2015, 1, 1))
    )
    whole = funnel(vacancies, late, YEAR)
    assert (sides(whole)["applied"], sides(whole)["joined"]) == ((18.0, None), (3.0, None))
    assert whole["left_out"].to_list() == [["trust"]] * len(STEPS)


def test_teams_and_organisations_combine_to_the_whole(vacancies, staff):
    parts = wf.recruitment.funnel(area(vacancies, staff), YEAR, by=["organisation", "team"])
    assert sides(wf.combine(wf.combine(parts, over=["team"])).frame) == sides(funnel(vacancies, staff, YEAR))


def test_a_board_sees_no_small_number_of_people(vacancies, staff):
    shown = wf.release(wf.recruitment.funnel(area(vacancies, staff), YEAR)).frame
    people = shown.filter(pl.col("definition").is_in(["joined", "six_months", "twelve_months"]))
    assert people["marker"].to_list() == ["c"] * 3
    assert sides(shown)["accepted"] == (None, None)  # an offer is made to a person


def test_the_order_of_rows_changes_nothing_and_lazy_frames_are_as_good(vacancies, staff):
    shuffled = funnel(vacancies.reverse().lazy(), staff.reverse().lazy(), YEAR, by="team")
    assert shuffled.equals(funnel(vacancies, staff, YEAR, by="team"))


@pytest.mark.parametrize(
    ("vacancies_without", "staff_without", "by", "reason"),
    [
        (None, [], (), "vacancies are not recorded"),
        ([], None, (), "staff are not recorded"),
        (["organisation"], [], (), "the organisation of vacancies is not recorded"),
        (["outcome"], [], (), "the outcome of vacancies is not recorded"),
        (["team"], [], "team", "the team of vacancies is not recorded"),
        ([], ["team"], "team", "the team of staff is not recorded"),
    ],
)
def test_what_is_not_recorded_gives_marked_rows_with_the_reason(
    vacancies, staff, vacancies_without, staff_without, by, reason
):
    tables = {"vacancies": (vacancies, vacancies_without), "assignments": (staff, staff_without)}
    records = wf.Records(**{name: frame.drop(lost) for name, (frame, lost) in tables.items() if lost is not None})
    table = wf.recruitment.funnel(records, YEAR, by=by)
    assert table.frame.select("definition", "numerator", "value", "marker").rows() == [
        (step, None, None, "x") for step in STEPS
    ]
    assert table.reasons == (reason,)


def test_a_filter_that_leaves_nobody_gives_marked_rows_with_the_reason(vacancies, staff):
    table = wf.recruitment.funnel(area(vacancies, staff).where(pl.col("team") == "West"), YEAR)
    assert table.frame["marker"].to_list() == ["x"] * len(STEPS)
    assert table.reasons == ("no records are left after the filter",)


def test_steps_that_no_vacancy_records_are_told_with_the_table(vacancies, staff):
    table = wf.recruitment.funnel(area(vacancies.drop("offers_made"), staff), YEAR)
    assert table.frame["marker"].unique().to_list() == ["x"]
    assert "offers made and declined are not recorded" in table.reasons
