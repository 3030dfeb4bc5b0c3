"""Vacancies, cover and agency workers, each drawn as a few rows."""

from datetime import date

import polars as pl
import pytest

import workforce as wf
from builders import drawn
from workforce.errors import UsageError

DAY = date(2023, 3, 31)


def vacancy_rate(records, **options):
    return wf.staffing.vacancy_rate(records, DAY, **options)


@pytest.fixture
def records():
    return wf.Records(assignments=staff(), vacancies=open_posts())


def staff():
    return drawn(
        """organisation person_id start_date end_date   fte employment team   status
           council      a         2020-01-01 .          1.0 employed   North  active
           council      b         2020-01-01 .          0.5 employed   North  seconded_out
           council      c         2023-01-01 .          1.0 agency     North  .
           council      d         2020-01-01 2023-03-30 1.0 employed   South  active
           trust        e         2020-01-01 .          0.8 employed   Clinic active"""
    )


def open_posts():
    return drawn(
        """organisation team   fte opened_date closed_date covered_by_agency_fte
           council      North  1.0 2023-02-01  .           1.0
           council      South  0.5 2023-02-01  2023-03-31  .
           council      South  2.0 2023-02-01  2023-03-30  ."""
    )


def test_dfe_counts_the_open_vacancies_and_leaves_the_seconded_out_of_those_in_post(records):
    row = vacancy_rate(records, definition="dfe", by=["organisation"]).frame.row(0, named=True)
    assert (row["numerator"], row["denominator"], row["value"]) == (1.5, 2.5, 60.0)


def test_an_organisation_that_supplies_no_vacancies_is_not_available_rather_than_free_of_them(records):
    parts = vacancy_rate(records, definition="dfe", by=["organisation"])
    assert parts.frame["marker"].to_list() == [None, "x"]
    whole = vacancy_rate(records, definition="dfe").frame.row(0, named=True)
    assert (whole["numerator"], whole["left_out"]) == (1.5, ["trust"])


def test_the_establishment_counts_the_seconded_as_in_post_and_may_be_negative():
    posts = drawn(
        """organisation team   funded_fte start_date end_date
           council      North  1.0        2020-01-01 .
           council      South  2.0        2020-01-01 .
           trust        Clinic 0.8        2020-01-01 ."""
    )
    records = wf.Records(assignments=staff(), posts=posts)
    parts = vacancy_rate(records, definition="establishment", by=["organisation", "team"])
    assert dict(zip(parts.frame["team"], parts.frame["value"], strict=True)) == {
        "North": -50.0,
        "South": 100.0,
        "Clinic": 0.0,
    }
    whole = vacancy_rate(records, definition="establishment")
    assert wf.combine(wf.combine(parts, over=["team"])).frame["value"].item() == pytest.approx(
        whole.frame["value"].item()
    )


def test_cover_is_the_agency_fte_that_vacancies_name_over_the_vacant_or_over_all_agency(records):
    assert wf.staffing.vacancy_cover(records, DAY, definition="dfe").frame["value"].item() == pytest.approx(100 / 1.5)
    assert wf.staffing.vacancy_cover(records, DAY, definition="dfe_of_agency").frame["value"].item() == 100.0


def test_the_agency_rate_is_agency_over_agency_and_in_post(records):
    assert wf.staffing.agency_rate(records, DAY, by=["organisation"]).frame["value"].to_list() == [50.0, 0.0]
    people = wf.staffing.agency_rate(records, DAY, basis="headcount").frame.row(0, named=True)
    assert (people["numerator"], people["denominator"], people["method"]) == (1.0, 3.0, "Wilson")


# What is not recorded ----------------------------------------------------------------------------------------------------------------


def test_each_definition_needs_its_own_table_and_no_other():
    without_vacancies = wf.Records(
        assignments=staff(),
        posts=drawn("organisation team funded_fte start_date\ncouncil North 2.0 2020-01-01"),
    )
    establishment = vacancy_rate(without_vacancies, definition="establishment", by=["organisation"])
    assert establishment.frame["marker"].to_list() == [None, "x"]
    assert establishment.reasons == ("funded posts are not recorded by trust",)  # and no word of vacancies
    dfe = vacancy_rate(without_vacancies, definition="dfe", by=["organisation"])
    assert dfe.frame.select("organisation", "value", "marker").rows() == [("council", None, "x"), ("trust", None, "x")]
    assert dfe.reasons == ("vacancies are not recorded",)


def test_a_table_without_rows_is_the_same_as_none():
    absent = wf.Records(assignments=staff())
    empty = wf.Records(assignments=staff(), vacancies=open_posts().clear(), posts=pl.DataFrame())
    for definition in ("dfe", "establishment"):
        one, other = (vacancy_rate(records, definition=definition, by=["team"]) for records in (absent, empty))
        assert one.frame.equals(other.frame)
        assert one.reasons == other.reasons
        assert set(one.frame["marker"]) == {"x"}


def test_cover_without_vacancies_is_not_available():
    table = wf.staffing.vacancy_cover(wf.Records(assignments=staff()), DAY, definition="dfe")
    assert table.frame.select("value", "marker").rows() == [(None, "x")]
    assert table.frame["left_out"].to_list() == [["council", "trust"]]
    assert table.reasons == ("vacancies are not recorded",)


@pytest.mark.parametrize(
    "measured",
    [
        lambda records, **options: vacancy_rate(records, definition="dfe", **options),
        lambda records, **options: wf.staffing.vacancy_cover(records, DAY, definition="dfe", **options),
        lambda records, **options: wf.staffing.agency_rate(records, DAY, **options),
    ],
)
def test_without_staff_or_the_column_the_rows_say_why(records, measured):
    nobody = measured(wf.Records(vacancies=open_posts()))
    assert nobody.frame.select("period_start", "value", "marker").rows() == [(DAY, None, "x")]
    assert nobody.reasons == ("staff are not recorded",)
    unknown = measured(wf.Records(assignments=staff().drop("team"), vacancies=open_posts()), by=["team"])
    assert unknown.frame.select("team", "value", "marker").rows() == [(None, None, "x")]
    assert unknown.reasons == ("the team of staff is not recorded",)
    filtered = measured(records.where(pl.col("team") == "West"))
    assert filtered.frame.select("value", "marker").rows() == [(None, "x")]
    assert filtered.reasons == ("no records are left after the filter",)
    with pytest.raises(UsageError, match='no column "teams"'):
        measured(records, by=["teams"])
    with pytest.raises(UsageError, match="takes records first"):
        measured(staff())


def test_a_vacancy_table_without_the_column_is_not_available_by_it():
    records = wf.Records(assignments=staff(), vacancies=open_posts().drop("team"))
    table = vacancy_rate(records, definition="dfe", by=["team"])
    assert table.frame.select("team", "marker").rows() == [(None, "x")]
    assert table.reasons == ("the team of vacancies is not recorded",)


def test_after_a_filter_nothing_is_said_of_what_an_organisation_records(records):
    table = vacancy_rate(
        records.where(pl.col("team").is_in(["South", "Clinic"])), definition="dfe", by=["organisation"]
    )
    assert table.reasons == ("no vacancies of trust are left after the filter",)


def test_a_period_where_a_day_is_asked_for_and_an_unknown_definition_are_refused(records):
    with pytest.raises(UsageError, match="a date is needed, not a period"):
        wf.staffing.agency_rate(records, wf.month("2023-03"))
    with pytest.raises(UsageError, match="no definition"):
        vacancy_rate(records, definition="def")
    with pytest.raises(UsageError, match="not a basis"):
        wf.staffing.agency_rate(records, DAY, basis="people")
