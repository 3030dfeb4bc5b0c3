"""The position of a real SEND 0-25 team in January 2023, from person-level rows made to match it.

The figures are the published position of one team in January 2023; the rows behind them are made up so that they add up to
them: 79.15 full-time equivalents funded and 62.83 employed (16.32 short), 13.3 agency FTE in cover, three caseworkers seconded out of
26.5 FTE, and 11 caseworkers (8.1 FTE) who left in the year.
"""

from datetime import date
from itertools import count

import polars as pl
import pytest

from workforce.disclosure import release
from workforce.measures.headcount import headcount
from workforce.measures.turnover import leavers, turnover
from workforce.measures.vacancies import agency_rate, vacancy_cover, vacancy_rate
from workforce.periods import year_to

DAY = date(2023, 1, 31)
YEAR = year_to("2023-01")
CASEWORKER, OTHER = "SEND caseworker", "other SEND 0-25 staff"


def _rows() -> list[tuple[str, str, float, str, str, date | None]]:
    """role, employment, fte, status, and the last day of those who left."""
    in_post = (
        [(CASEWORKER, "employed", 1.0, "seconded_out", None)] * 3
        + [(CASEWORKER, "employed", 1.0, "active", None)] * 21
        + [(CASEWORKER, "employed", 0.5, "active", None)] * 5
        + [(OTHER, "employed", 1.0, "active", None)] * 31
        + [(OTHER, "employed", 0.9, "active", None)] * 5
        + [(OTHER, "employed", 0.83, "active", None)]
        + [(CASEWORKER, "agency", 1.0, "active", None)] * 12
        + [(CASEWORKER, "agency", 0.8, "active", None), (CASEWORKER, "agency", 0.5, "active", None)]
    )
    gone = [(fte, date(2022, 2 + place, 14)) for place, fte in enumerate([1.0] * 6 + [0.5] * 3 + [0.3] * 2)]
    left = [(CASEWORKER, "employed", fte, "active", day) for fte, day in gone]
    number = count(1)
    return [(f"P{next(number)}", *row) for row in in_post + left]


@pytest.fixture(scope="module")
def staff() -> pl.DataFrame:
    schema = ["person_id", "role", "employment", "fte", "status", "end_date"]
    frame = pl.DataFrame(_rows(), schema=schema, orient="row", schema_overrides={"end_date": pl.Date})
    return frame.with_columns(organisation=pl.lit("council"), start_date=pl.lit(date(2020, 1, 6)))


POSTS = pl.DataFrame(
    {
        "organisation": "council",
        "role": [CASEWORKER, OTHER],
        "funded_fte": [38.0, 41.15],
        "start_date": date(2020, 1, 1),
    }
)
VACANCIES = pl.DataFrame(
    {
        "organisation": "council",
        "role": [CASEWORKER, OTHER],
        "fte": [11.5, 4.82],
        "opened_date": date(2022, 9, 1),
        "covered_by_agency_fte": [11.5, 1.8],
    }
).with_columns(closed_date=pl.lit(None, pl.Date))


@pytest.fixture(scope="module")
def tables(staff) -> dict[str, pl.DataFrame]:
    return {
        "establishment": vacancy_rate(POSTS, VACANCIES, staff, DAY, definition="establishment"),
        "cover": vacancy_cover(VACANCIES, staff, DAY, definition="dfe"),
        "agency": agency_rate(staff, DAY),
        "in post": headcount(staff, DAY, by=["role"], basis="fte"),
        "status": headcount(staff, DAY, by=["role", "status"]),
        "leavers": leavers(staff, YEAR, by=["role"]),
        "turnover": turnover(staff, YEAR, definition="average", by=["role"], basis="fte"),
    }


def of(table: pl.DataFrame, **groups: str) -> dict[str, object]:
    return table.filter(*[pl.col(c) == v for c, v in groups.items()]).row(0, named=True)


def test_the_establishment_is_short_of_what_is_funded(tables):
    row = of(tables["establishment"])
    assert (row["denominator"], row["denominator"] - row["numerator"]) == (pytest.approx(79.15), pytest.approx(62.83))
    assert row["numerator"] == pytest.approx(16.32)
    assert row["value"] == pytest.approx(100 * 16.32 / 79.15)


def test_agency_workers_cover_most_of_it_and_are_not_subtracted_from_it(tables):
    row = of(tables["cover"])
    assert (row["numerator"], row["denominator"], row["people"]) == (pytest.approx(13.3), pytest.approx(16.32), 14)
    assert of(tables["agency"])["numerator"] == pytest.approx(13.3)


def test_three_caseworkers_of_26_and_a_half_fte_are_seconded_out(tables):
    assert of(tables["in post"], role=CASEWORKER)["value"] == pytest.approx(26.5)
    assert of(tables["status"], role=CASEWORKER, status="seconded_out")["value"] == 3.0
    assert tables["in post"]["value"].sum() == pytest.approx(62.83)


def test_eleven_caseworkers_left_in_the_year(tables):
    assert of(tables["leavers"], role=CASEWORKER)["value"] == 11.0
    assert of(tables["turnover"], role=CASEWORKER)["numerator"] == pytest.approx(8.1)


def test_the_board_sees_rounded_figures_and_not_the_three(tables):
    page = release(tables, "board")
    seconded = of(page["status"].frame, role=CASEWORKER, status="seconded_out")
    assert (seconded["numerator"], seconded["people"], seconded["value"], seconded["marker"]) == (None, None, None, "c")
    assert of(page["leavers"].frame, role=CASEWORKER)["value"] == 10.0  # to the nearest five
    short = of(page["establishment"].frame)
    assert (short["numerator"], short["denominator"], short["people"]) == (16.0, 79.0, 65)
    assert short["value"] == pytest.approx(100 * 16 / 79)  # from what is shown
    cover = of(page["cover"].frame)
    assert (cover["numerator"], cover["denominator"], cover["people"]) == (13.0, 16.0, 15)


def test_an_internal_meeting_sees_the_eleven_and_not_the_three(tables):
    page = release(tables, "internal")
    assert of(page["status"].frame, role=CASEWORKER, status="seconded_out")["marker"] == "c"
    assert of(page["leavers"].frame, role=CASEWORKER)["value"] == 11.0
    assert of(page["establishment"].frame)["numerator"] == pytest.approx(16.32)


@pytest.mark.parametrize("rule", ["board", "internal"])
def test_no_figure_of_the_page_is_three_people(tables, rule):
    page = release(tables, rule)
    for frame in page.tables.values():
        people = frame["people"].drop_nulls()
        assert not ((people > 0) & (people <= 4)).any()
