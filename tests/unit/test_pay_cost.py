"""Costs at unit costs that the area gives: nothing assumed, and nothing that tells more than the count that is shown."""

from datetime import date

import polars as pl
import pytest

from workforce.disclosure import release
from workforce.errors import UsageError
from workforce.measures.frame import REST
from workforce.measures.pay.pay_cost import agency_premium, leavers_cost, vacancies_held
from workforce.measures.rolling.combine import combine
from workforce.periods import Period, months

YEAR = Period(date(2022, 4, 1), date(2023, 3, 31))
MONTHS = months("2022-04", "2023-03")


def staff(leave: int, stay: int, **columns: str) -> pl.DataFrame:
    people = leave + stay
    return pl.DataFrame(
        {
            "organisation": ["council"] * people,
            "person_id": [f"P{i}" for i in range(people)],
            "start_date": [date(2020, 1, 1)] * people,
            "end_date": [date(2022, 4 + i % 9, 15) if i < leave else None for i in range(people)],
            "fte": [0.5] * people,
        }
    ).with_columns(**{c: pl.lit(v) for c, v in columns.items()})


def test_leavers_cost_what_each_costs():
    row = leavers_cost(staff(12, 30), YEAR, each=9_500).row(0, named=True)
    assert (row["numerator"], row["people"], row["value"], row["unit"]) == (12.0, 12, 114_000.0, "£")
    assert row["definition"] == "leavers_replaced at 9,500"
    assert leavers_cost(staff(12, 30), YEAR, each=9_500).columns == ["measure", "definition", *REST]


def test_agency_cover_costs_the_difference_to_an_employed_post():
    table = agency_premium(staff(0, 10, employment="agency"), YEAR, agency_cost=80_000, employed_cost=50_000)
    assert table["value"].item() == pytest.approx(5 * 365 / 365.25 * 30_000)
    assert table["people"].item() == 10
    cheaper = agency_premium(staff(0, 10, employment="agency"), YEAR, agency_cost=40_000, employed_cost=50_000)
    assert cheaper["value"].item() < 0
    none = agency_premium(staff(0, 10), YEAR, agency_cost=80_000, employed_cost=50_000)
    assert none["value"].item() == 0.0


def test_posts_held_vacant_without_cover_are_not_paid_for():
    vacancies = pl.DataFrame({"opened_date": [date(2020, 1, 1)], "fte": [2.0], "covered_by_agency_fte": [0.5]})
    assert vacancies_held(vacancies, YEAR, each=36_525)["value"].item() == pytest.approx(1.5 * 365 * 100)


def test_months_add_up_to_the_year():
    for whole, parts in (
        (leavers_cost(staff(12, 30), YEAR, each=100), leavers_cost(staff(12, 30), MONTHS, each=100)),
        (
            agency_premium(staff(12, 30, employment="agency"), YEAR, agency_cost=2, employed_cost=1),
            agency_premium(staff(12, 30, employment="agency"), MONTHS, agency_cost=2, employed_cost=1),
        ),
    ):
        assert parts["value"].sum() == pytest.approx(whole["value"].item())
        assert combine(parts, over=("period",))["value"].item() == pytest.approx(whole["value"].item())


def test_a_released_cost_follows_from_the_rounded_count_and_so_tells_no_more_than_it():
    shown = release(leavers_cost(staff(12, 30), YEAR, each=9_500)).frame
    assert shown.select("numerator", "value").row(0) == (10.0, 95_000.0)
    few = release(leavers_cost(staff(3, 30), YEAR, each=9_500)).frame
    assert few.select("numerator", "value", "marker").row(0) == (None, None, "c")


@pytest.mark.parametrize("each", [0, -1, float("nan"), float("inf")])
def test_a_unit_cost_is_above_nought(each):
    with pytest.raises(UsageError, match="above 0"):
        leavers_cost(staff(1, 1), YEAR, each=each)


def test_two_unit_costs_are_two_definitions_and_stay_apart():
    both = pl.concat([leavers_cost(staff(12, 30), YEAR, each=each) for each in (100, 200)])
    assert combine(both, over=("period",))["value"].to_list() == [1_200.0, 2_400.0]
