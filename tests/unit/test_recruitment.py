"""Recruitment tables: shapes, groups, and what a board may see of them."""

from datetime import date

import polars as pl

import workforce as wf
from builders import REST, measured

YEAR = wf.Period(date(2022, 4, 1), date(2023, 3, 31))
MONTHS = wf.months("2022-04", "2023-03")
VACANCIES = pl.DataFrame(
    {
        "organisation": ["council"] * 30 + ["trust"] * 10,
        "team": (["North"] * 20 + ["South"] * 10) + ["Clinic"] * 10,
        "fte": [1.0] * 40,
        "opened_date": [date(2022, 4, 1 + i % 28) for i in range(40)],
        "offered_date": [date(2022, 6, 1 + i % 28) if i % 4 else None for i in range(40)],
        "closed_date": [date(2022, 7, 1 + i % 28) if i % 5 else None for i in range(40)],
    }
).with_columns(
    outcome=pl.when(pl.col("closed_date").is_null())
    .then(None)
    .when(pl.col("offered_date").is_null())
    .then(pl.lit("unfilled"))
    .otherwise(pl.lit("filled")),
    applicants=pl.Series([i % 7 for i in range(40)], dtype=pl.Int64),
    shortlisted=pl.Series([i % 3 for i in range(40)], dtype=pl.Int64),
)


def recruitment(vacancies, periods, **options):
    return wf.recruitment.endings(wf.Records(vacancies=vacancies), periods, **options)


def time_to_hire(vacancies, observed, **options):
    return wf.recruitment.time_to_hire(wf.Records(vacancies=vacancies), observed, **options)


def vacancy_time(vacancies, periods, **options):
    return wf.recruitment.vacancy_time(wf.Records(vacancies=vacancies), periods, **options)


def test_the_columns_are_those_of_a_measure_table_and_of_a_life_table():
    assert recruitment(VACANCIES, YEAR, by="team").frame.columns == ["measure", "definition", "team", *REST]
    assert vacancy_time(VACANCIES, YEAR).frame.columns == ["measure", "definition", *REST]
    assert time_to_hire(VACANCIES, YEAR, by=["organisation", "team"]).groups == ("organisation", "team")


def test_organisations_combine_to_the_whole_and_months_to_the_year():
    parts = recruitment(VACANCIES, YEAR, by="organisation")
    figures = ["definition", "numerator", "denominator", "value", "lower"]
    whole = recruitment(VACANCIES, YEAR).frame.select(figures)
    assert wf.combine(parts).frame.select(figures).equals(whole)
    by_month = wf.combine(recruitment(VACANCIES, MONTHS), over=("period",))
    assert by_month.frame.select(figures).equals(whole)


def test_months_vacant_add_up_to_the_year():
    whole = vacancy_time(VACANCIES, YEAR).frame
    parts = wf.combine(vacancy_time(VACANCIES, MONTHS), over=("period",)).frame
    assert (whole["value"] - parts["value"]).abs().max() < 1e-9


def test_counts_of_posts_pass_a_board_and_counts_of_applicants_and_offers_are_controlled():
    table = recruitment(VACANCIES, YEAR, by="organisation")
    shown = wf.release(table).frame
    posts = pl.col("definition").is_in(["fill_rate", "failed", "withdrawn", "offers_lost", "cost_per_hire"])
    columns = table.frame.columns
    assert shown.filter(posts).select(columns).equals(table.frame.filter(posts))
    sides = pl.DataFrame({"numerator": [3.0], "denominator": [40.0], "people": [0]})
    declined = wf.release(measured(sides, "recruitment", "declined", by=[])).frame
    assert declined.select("numerator", "denominator", "marker").row(0) == (None, 40.0, "c")  # three people declined
    few = recruitment(VACANCIES.head(3), YEAR).filter(pl.col("definition") == "applicants")
    assert 0 < few.frame["people"].item() <= 7
    assert wf.release(few).frame["marker"].item() == "c"


def test_no_vacancies_at_all_give_an_empty_life_table_and_rates_of_nothing():
    assert len(time_to_hire(VACANCIES.clear(), YEAR)) == 0
    assert recruitment(VACANCIES.clear(), YEAR).frame["value"].null_count() == 8


def test_the_order_of_rows_changes_nothing_and_lazy_frames_are_as_good():
    turned = VACANCIES.reverse().lazy()
    assert recruitment(turned, YEAR, by="team").frame.equals(recruitment(VACANCIES, YEAR, by="team").frame)
    assert time_to_hire(turned, YEAR).frame.equals(time_to_hire(VACANCIES, YEAR).frame)


def test_what_an_organisation_records_of_no_vacancy_is_not_available_there_and_it_is_named():
    given = VACANCIES.with_columns(
        offers_made=pl.when(pl.col("organisation") == "council").then(2),
        offers_declined=pl.when(pl.col("organisation") == "council").then(1),
        cost=pl.lit(None, pl.Float64),
    )
    parts = recruitment(given, YEAR, by="organisation").filter(pl.col("definition") == "declined")
    assert parts.frame.select("organisation", "value", "marker").rows() == [
        ("council", 50.0, None),
        ("trust", None, "x"),
    ]
    whole = recruitment(given, YEAR).frame.filter(pl.col("definition") == "declined").row(0, named=True)
    assert (whole["value"], whole["left_out"]) == (50.0, ["trust"])
    nobody = recruitment(given, YEAR).frame.filter(pl.col("definition") == "cost_per_hire").row(0, named=True)
    assert (nobody["value"], nobody["marker"], nobody["left_out"]) == (None, "x", ["council", "trust"])
    figures = ["definition", "numerator", "denominator", "value", "lower", "marker", "left_out"]
    combined = wf.combine(recruitment(given, YEAR, by="organisation")).frame
    assert combined.select(figures).equals(recruitment(given, YEAR).frame.select(figures))
