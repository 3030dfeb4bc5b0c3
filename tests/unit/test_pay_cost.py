"""Costs at unit costs that the area gives: nothing assumed, and nothing that tells more than the count that is shown."""

from datetime import date

import polars as pl
import pytest

import workforce as wf
from builders import REST
from workforce.errors import UsageError

YEAR = wf.Period(date(2022, 4, 1), date(2023, 3, 31))
MONTHS = wf.months("2022-04", "2023-03")


def staff(leave: int, stay: int, **columns: str) -> wf.Records:
    people = leave + stay
    frame = pl.DataFrame(
        {
            "organisation": ["council"] * people,
            "person_id": [f"P{i}" for i in range(people)],
            "start_date": [date(2020, 1, 1)] * people,
            "end_date": [date(2022, 4 + i % 9, 15) if i < leave else None for i in range(people)],
            "fte": [0.5] * people,
        }
    )
    return wf.Records(assignments=frame.with_columns(**{c: pl.lit(v) for c, v in columns.items()}))


def test_leavers_cost_what_each_costs():
    row = wf.costs.leavers(staff(12, 30), YEAR, each=9_500).frame.row(0, named=True)
    assert (row["numerator"], row["people"], row["value"], row["unit"]) == (12.0, 12, 114_000.0, "£")
    assert row["definition"] == "leavers_replaced at 9,500"
    assert wf.costs.leavers(staff(12, 30), YEAR, each=9_500).frame.columns == ["measure", "definition", *REST]


def test_agency_cover_costs_the_difference_to_an_employed_post():
    table = wf.costs.agency_premium(staff(0, 10, employment="agency"), YEAR, agency_cost=80_000, employed_cost=50_000)
    assert table.frame["value"].item() == pytest.approx(5 * 365 / 365.25 * 30_000)
    assert table.frame["people"].item() == 10
    cheaper = wf.costs.agency_premium(staff(0, 10, employment="agency"), YEAR, agency_cost=40_000, employed_cost=50_000)
    assert cheaper.frame["value"].item() < 0
    none = wf.costs.agency_premium(staff(0, 10, employment="employed"), YEAR, agency_cost=80_000, employed_cost=50_000)
    assert none.frame["value"].item() == 0.0


def test_posts_held_vacant_without_cover_are_not_paid_for():
    vacancies = pl.DataFrame({"opened_date": [date(2020, 1, 1)], "fte": [2.0], "covered_by_agency_fte": [0.5]})
    held = wf.costs.vacancies_held(wf.Records(vacancies=vacancies), YEAR, each=36_525)
    assert held.frame["value"].item() == pytest.approx(1.5 * 365 * 100)


def test_months_add_up_to_the_year():
    for whole, parts in (
        (wf.costs.leavers(staff(12, 30), YEAR, each=100), wf.costs.leavers(staff(12, 30), MONTHS, each=100)),
        (
            wf.costs.agency_premium(staff(12, 30, employment="agency"), YEAR, agency_cost=2, employed_cost=1),
            wf.costs.agency_premium(staff(12, 30, employment="agency"), MONTHS, agency_cost=2, employed_cost=1),
        ),
    ):
        assert parts.frame["value"].sum() == pytest.approx(whole.frame["value"].item())
        assert wf.combine(parts, over=("period",)).frame["value"].item() == pytest.approx(whole.frame["value"].item())


def test_a_released_cost_follows_from_the_rounded_count_and_so_tells_no_more_than_it():
    shown = wf.release(wf.costs.leavers(staff(12, 30), YEAR, each=9_500)).frame
    assert shown.select("numerator", "value").row(0) == (10.0, 95_000.0)
    few = wf.release(wf.costs.leavers(staff(3, 30), YEAR, each=9_500)).frame
    assert few.select("numerator", "value", "marker").row(0) == (None, None, "c")


@pytest.mark.parametrize("each", [0, -1, float("nan"), float("inf")])
def test_a_unit_cost_is_above_nought(each):
    with pytest.raises(UsageError, match="above 0"):
        wf.costs.leavers(staff(1, 1), YEAR, each=each)


def test_two_unit_costs_are_two_definitions_and_stay_apart():
    both = [wf.costs.leavers(staff(12, 30), YEAR, each=each) for each in (100, 200)]
    assert wf.combine(*both, over=("period",)).frame["value"].to_list() == [1_200.0, 2_400.0]


COSTS = {
    "leavers": {"each": 9_500},
    "agency_premium": {"agency_cost": 80_000, "employed_cost": 50_000},
    "vacancies_held": {"each": 51_000},
}
NAMES = {
    "leavers": "leavers_replaced at 9,500",
    "agency_premium": "agency_premium at 30,000",
    "vacancies_held": "vacancies_held at 51,000",
}
VACANCY = pl.DataFrame({"opened_date": [date(2020, 1, 1)], "fte": [2.0]})
BOTH = wf.Records(assignments=staff(1, 1, employment="agency").assignments, vacancies=VACANCY)


@pytest.mark.parametrize("measure", COSTS)
@pytest.mark.parametrize(
    ("records", "by", "reason"),
    [
        (wf.Records(), (), "{table} are not recorded"),
        (BOTH, "team", "the team of {table} is not recorded"),
        (BOTH.where(pl.col("fte") > 9), (), "no records are left after the filter"),
    ],
)
def test_what_is_not_recorded_has_marked_rows_with_the_reason_and_costs_no_nought(measure, records, by, reason):
    table = getattr(wf.costs, measure)(records, MONTHS[:2], by=by, **COSTS[measure])
    assert table.frame.select("definition", "value", "numerator", "marker").unique().rows() == [
        (NAMES[measure], None, None, "x")
    ]
    assert len(table) == 2
    assert table.reasons == (reason.format(table="vacancies" if measure == "vacancies_held" else "staff"),)
    assert wf.release(table).frame["marker"].to_list() == ["x", "x"]


def test_where_it_is_not_recorded_who_is_an_agency_worker_there_is_no_premium():
    table = wf.costs.agency_premium(staff(0, 10), YEAR, **COSTS["agency_premium"])
    assert table.frame.select("value", "marker").row(0) == (None, "x")
    assert table.reasons == ("the employment of staff is not recorded",)


@pytest.mark.parametrize("measure", COSTS)
def test_a_callers_mistake_is_refused_with_a_sentence(measure):
    call, costs = getattr(wf.costs, measure), COSTS[measure]
    with pytest.raises(UsageError, match="records first"):
        call("staff", YEAR, **costs)
    with pytest.raises(UsageError, match='no column "shoe_size"'):
        call(BOTH, YEAR, by="shoe_size", **costs)
    with pytest.raises(UsageError, match="is a number"):
        call(BOTH, YEAR, **dict.fromkeys(costs, "9500"))


def test_a_definition_with_a_unit_cost_travels_with_its_table_alone():
    table = wf.costs.leavers(staff(12, 30), YEAR, each=9_501)
    assert table.definition("cost", "leavers_replaced at 9,501").each == 9_501
    with pytest.raises(UsageError, match="no definition"):
        wf.costs.leavers(staff(12, 30), YEAR, each=9_502).definition("cost", "leavers_replaced at 9,501")
