"""Recruitment tables: shapes, groups, and what a board may see of them."""

from datetime import date

import polars as pl

from workforce.disclosure import release
from workforce.measures.frame import REST
from workforce.measures.leaving.life_table import life_groups
from workforce.measures.recruitment.recruitment import recruitment, time_to_hire, vacancy_time
from workforce.measures.rolling.combine import combine
from workforce.periods import Period, months

YEAR = Period(date(2022, 4, 1), date(2023, 3, 31))
MONTHS = months("2022-04", "2023-03")
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


def test_the_columns_are_those_of_a_measure_table_and_of_a_life_table():
    assert recruitment(VACANCIES, YEAR, by="team").columns == ["measure", "definition", "team", *REST]
    assert vacancy_time(VACANCIES, YEAR).columns == ["measure", "definition", *REST]
    assert life_groups(time_to_hire(VACANCIES, YEAR, by=["organisation", "team"])) == ["organisation", "team"]


def test_organisations_combine_to_the_whole_and_months_to_the_year():
    parts = recruitment(VACANCIES, YEAR, by="organisation")
    figures = ["definition", "numerator", "denominator", "value", "lower"]
    assert combine(parts).select(figures).equals(recruitment(VACANCIES, YEAR).select(figures))
    by_month = combine(recruitment(VACANCIES, MONTHS), over=("period",))
    assert by_month.select(figures).equals(recruitment(VACANCIES, YEAR).select(figures))


def test_months_vacant_add_up_to_the_year():
    whole, parts = vacancy_time(VACANCIES, YEAR), combine(vacancy_time(VACANCIES, MONTHS), over=("period",))
    assert (whole["value"] - parts["value"]).abs().max() < 1e-9


def test_counts_of_posts_pass_a_board_and_counts_of_applicants_are_controlled():
    table = recruitment(VACANCIES, YEAR, by="organisation")
    shown = release(table).frame
    posts = pl.col("definition").is_in(["fill_rate", "failed", "withdrawn", "offers_lost", "declined", "cost_per_hire"])
    assert shown.filter(posts).equals(table.filter(posts))
    few = recruitment(VACANCIES.head(3), YEAR).filter(pl.col("definition") == "applicants")
    assert 0 < few["people"].item() <= 7
    assert release(few).frame["marker"].item() == "c"


def test_no_vacancies_at_all_give_an_empty_life_table_and_rates_of_nothing():
    assert time_to_hire(VACANCIES.clear(), YEAR).is_empty()
    assert recruitment(VACANCIES.clear(), YEAR)["value"].null_count() == 8


def test_the_order_of_rows_changes_nothing_and_lazy_frames_are_as_good():
    assert recruitment(VACANCIES.reverse().lazy(), YEAR, by="team").equals(recruitment(VACANCIES, YEAR, by="team"))
    assert time_to_hire(VACANCIES.reverse().lazy(), YEAR).equals(time_to_hire(VACANCIES, YEAR))


def test_what_an_organisation_records_of_no_vacancy_is_not_available_there_and_it_is_named():
    given = VACANCIES.with_columns(
        offers_made=pl.when(pl.col("organisation") == "council").then(2),
        offers_declined=pl.when(pl.col("organisation") == "council").then(1),
        cost=pl.lit(None, pl.Float64),
    )
    parts = recruitment(given, YEAR, by="organisation").filter(pl.col("definition") == "declined")
    assert parts.select("organisation", "value", "marker").rows() == [("council", 50.0, None), ("trust", None, "x")]
    whole = recruitment(given, YEAR).filter(pl.col("definition") == "declined").row(0, named=True)
    assert (whole["value"], whole["left_out"]) == (50.0, ["trust"])
    nobody = recruitment(given, YEAR).filter(pl.col("definition") == "cost_per_hire").row(0, named=True)
    assert (nobody["value"], nobody["marker"], nobody["left_out"]) == (None, "x", ["council", "trust"])
    figures = ["definition", "numerator", "denominator", "value", "lower", "marker", "left_out"]
    combined = combine(recruitment(given, YEAR, by="organisation"))
    assert combined.select(figures).equals(recruitment(given, YEAR).select(figures))
