"""Time use, drawn: whose hours went where in March 2023, and which organisation never wrote any down."""

from datetime import date

import polars as pl
import pytest

import workforce as wf
from builders import drawn, measured
from workforce import Period, month, months

MARCH = month("2023-03")
STAFF = """
    organisation person_id start_date end_date   fte role       team  employment
    council      a         2020-01-01 .          1.0 caseworker north employed
    council      b         2020-01-01 .          1.0 caseworker south agency
    council      c         2020-01-01 .          1.0 caseworker south employed
    council      m         2020-01-01 .          1.0 manager    north employed
    trust        t         2020-01-01 .          1.0 caseworker north employed
    schools      s         2020-01-01 .          1.0 teacher    .     employed
"""


@pytest.fixture
def staff():
    return drawn(STAFF)


@pytest.fixture
def hours():
    # March has 23 working days, April two bank holidays; the fortnight from 27 March has five working days in each month.
    return drawn(
        """
        organisation person_id activity period_start_date period_end_date amount
        council      a         cases    2023-03-01        2023-03-31      90
        council      a         travel   2023-03-01        2023-03-31      10
        council      b         cases    2023-03-27        2023-04-06      54
        council      m         meetings 2023-03-01        2023-03-31      100
        """
    ).select(
        "organisation",
        "person_id",
        "activity",
        period_start="period_start_date",
        period_end="period_end_date",
        hours=pl.col("amount").cast(pl.Float64),
    )


@pytest.fixture
def area(hours, staff):
    return wf.Records(hours=hours, assignments=staff)


def sides(table, *columns):
    return table.select(*columns, "numerator", "denominator", "people").rows()


def of(table, definition):
    return table.filter(pl.col("definition") == definition)


def test_shares_are_of_all_hours_recorded_and_a_stretch_across_the_edge_counts_by_working_days(area):
    table = wf.casework.time_use(area, MARCH, core=["cases"]).frame
    # b's 54 hours over nine working days: five of them in March, 30 hours
    assert sides(of(table, "share"), "activity") == [
        ("cases", 120, 230, 3),
        ("meetings", 100, 230, 3),
        ("travel", 10, 230, 3),
    ]
    assert sides(of(table, "core"), "activity") == [("all", 120, 230, 3)]
    april = of(wf.casework.time_use(area, month("2023-04")).frame, "share")
    assert sides(april.filter(pl.col("numerator") > 0), "activity") == [("cases", 24, 24, 1)]


def test_whoever_could_have_recorded_time_stands_beside_those_who_did(area):
    table = of(wf.casework.time_use(area, MARCH).frame, "coverage")
    assert sides(table) == [(3, 4, 4)]  # of the council's four; the others supply none
    assert table["left_out"].to_list() == [["schools", "trust"]]


def test_roles_leave_out_those_who_have_another_and_the_organisations_without_them(area):
    table = wf.casework.time_use(area, MARCH, core=["cases"], roles=["caseworker"]).frame
    assert sides(of(table, "core")) == [(120, 130, 2)]
    assert sides(of(table, "coverage")) == [(2, 3, 3)]
    assert table["left_out"].unique().to_list() == [["trust"]]  # no teacher is a caseworker
    assert "meetings" not in table["activity"].to_list()


def test_groups_are_read_from_the_post_unless_the_hours_say_them(area, hours, staff):
    by_team = of(wf.casework.time_use(area, MARCH, by=["team"]).frame, "share").filter(pl.col("activity") == "cases")
    # the teacher of schools that supply none is in no team
    assert sides(by_team, "team") == [("north", 90, 200, 2), ("south", 30, 30, 1), (None, None, None, None)]
    assert by_team["left_out"].to_list() == [["trust"], [], ["schools"]]
    said = hours.with_columns(team=pl.when(pl.col("person_id") == "a").then(pl.lit("west")))
    moved = of(
        wf.casework.time_use(wf.Records(hours=said, assignments=staff), MARCH, by=["team"]).frame, "share"
    ).filter(pl.col("activity") == "cases")
    assert sides(moved, "team")[:3] == [("north", 0, 100, 1), ("south", 30, 30, 1), ("west", 90, 100, 1)]


def test_an_organisation_that_supplies_none_is_not_available(area):
    table = of(
        wf.casework.time_use(area, MARCH, core=["cases"], roles=["caseworker"], by=["organisation"]).frame,
        "core",
    )
    assert table.select("organisation", "numerator", "marker").rows() == [("council", 120, None), ("trust", None, "x")]
    before = wf.casework.time_use(area, month("2022-03"), core=["cases"]).frame
    assert before.select("numerator", "marker").unique().rows() == [(None, "x")]
    assert before["left_out"].unique().to_list() == [["council", "schools", "trust"]]


def test_where_nobody_supplies_any_every_figure_is_not_available_and_nothing_is_refused(hours, staff):
    for area in (wf.Records(hours=hours.clear(), assignments=staff), wf.Records(assignments=staff)):
        table = wf.casework.time_use(area, MARCH, core=["cases"])
        assert table.frame.select("definition", "activity", "marker").rows() == [
            ("core", "all", "x"),
            ("coverage", "all", "x"),
            ("share", None, "x"),
        ]
        assert table.reasons == ("hours of work by activity are not recorded",)


def test_without_core_activities_there_is_no_share_of_core_casework(area):
    core = of(wf.casework.time_use(area, MARCH).frame, "core")
    assert core.select("numerator", "denominator", "people", "marker").row(0) == (None, None, None, "x")


def test_a_stretch_without_a_working_day_counts_by_its_days(staff):
    weekend = pl.DataFrame(
        {
            "organisation": ["council"],
            "person_id": ["a"],
            "activity": ["cases"],
            "period_start": [date(2023, 4, 29)],
            "period_end": [date(2023, 5, 1)],  # Saturday, Sunday and the May bank holiday
            "hours": [9.0],
        }
    )
    table = of(
        wf.casework.time_use(wf.Records(hours=weekend, assignments=staff), months("2023-04", "2023-05")).frame, "share"
    )
    assert table["numerator"].to_list() == [6, 3]


def test_limits_are_between_people(area):
    row = of(wf.casework.time_use(area, MARCH, core=["cases"]).frame, "core").row(0, named=True)
    x, y = [90.0, 30.0, 0.0], [100.0, 30.0, 100.0]
    ratio = sum(x) / sum(y)
    error = (3 / 2 * sum((a - ratio * b) ** 2 for a, b in zip(x, y, strict=True))) ** 0.5 / sum(y)
    assert row["method"] == "between people"
    half = 100 * 1.959963984540054 * error
    assert half > 50  # of three people anything is possible
    assert (row["lower"], row["upper"]) == (max(row["value"] - half, 0.0), min(row["value"] + half, 100.0))


def test_one_day_is_a_period_too(area):
    day = Period(date(2023, 3, 27), date(2023, 3, 27))
    assert of(wf.casework.time_use(area, day).frame, "share").filter(pl.col("activity") == "cases")[
        "numerator"
    ].item() == (pytest.approx(54 / 9 + 90 / 23))


def test_limits_of_a_share_of_hours_lie_within_what_is_possible_and_are_never_none_to_none():
    sides = pl.DataFrame(
        {"activity": ["a", "b", "c"], "numerator": [1.0, 99.0, 0.0], "denominator": [100.0] * 3, "people": [20] * 3}
    ).with_columns(standard_error=pl.Series([0.02, 0.02, 0.0]))
    rows = measured(sides, "time_use", "share", by=["activity"]).frame.select("lower", "upper").rows()
    assert rows[0] == (0.0, pytest.approx(1 + 100 * 1.959963984540054 * 0.02))
    assert rows[1] == (pytest.approx(99 - 100 * 1.959963984540054 * 0.02), 100.0)
    assert rows[2] == (None, None)
