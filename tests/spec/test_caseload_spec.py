"""Caseload, drawn: who holds what on 31 March 2023, and what a board sees of it."""

from datetime import date
from math import exp, sqrt

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from scipy.stats import t

import workforce as wf
from builders import casework

DAY = date(2023, 3, 31)


def drawn(text):
    """A frame from a drawn table: a header, then rows; `.` for null."""
    header, *rows = [
        [cell.strip() for cell in line.strip().strip("|").split("|")] for line in text.strip().splitlines()
    ]
    frame = pl.DataFrame(rows, schema=dict.fromkeys(header, pl.String), orient="row")
    return frame.with_columns(pl.all().replace(".", None)).with_columns(
        *[pl.col(c).str.to_date() for c in header if c.endswith("_date") or c.startswith("observed")],
        *[pl.col(c).cast(pl.Float64) for c in header if c == "fte"],
    )


STAFF = drawn("""
    organisation | person_id | start_date | end_date   | fte | role       | team | locality | employment | status
    council      | a         | 2020-01-01 | .          | 1.0 | caseworker | east | north    | employed   | .
    council      | b         | 2020-01-01 | .          | 0.5 | caseworker | west | south    | agency     | active
    council      | c         | 2020-01-01 | .          | 1.0 | caseworker | west | south    | employed   | .
    council      | d         | 2020-01-01 | .          | 1.0 | caseworker | east | north    | employed   | parental_leave
    council      | e         | 2020-01-01 | 2023-03-30 | 1.0 | caseworker | east | north    | employed   | .
    council      | m         | 2020-01-01 | .          | 1.0 | manager    | east | north    | employed   | .
""")
CASES = drawn("""
    organisation | case_id | received_date | closed_date | locality
    council      | 1       | 2023-01-09    | .           | north
    council      | 2       | 2023-01-09    | 2023-03-31  | north
    council      | 3       | 2023-03-31    | .           | south
    council      | 4       | 2023-01-09    | .           | south
    council      | 5       | 2023-01-09    | .           | south
    council      | 6       | 2023-01-09    | .           | north
    council      | 7       | 2023-01-09    | 2023-03-30  | north
    council      | 8       | 2023-04-01    | .           | north
""")
HELD = drawn("""
    organisation | case_id | person_id | start_date | end_date   | worker_role
    council      | 1       | a         | 2023-01-10 | .          | caseworker
    council      | 2       | a         | 2023-01-10 | .          | caseworker
    council      | 3       | b         | 2023-03-31 | .          | caseworker
    council      | 4       | d         | 2023-01-10 | .          | caseworker
    council      | 5       | e         | 2023-01-10 | .          | caseworker
    council      | 6       | a         | 2023-01-10 | 2023-03-30 | caseworker
    council      | 7       | a         | 2023-01-10 | .          | caseworker
    council      | 8       | a         | 2023-04-01 | .          | caseworker
""")
AREA = casework(HELD, CASES, STAFF)
# Open on the day: 1 to 6. Held by someone present: 1, 2 (a), 3 (b). 4 by someone on leave, 5 by someone gone, 6 by nobody.


def sides(table, *columns):
    return table.select(*columns, "numerator", "denominator", "people").rows()


def test_dfe_is_cases_held_over_the_fte_of_those_who_hold_them_agency_included():
    table = wf.caseload.per_fte(AREA, DAY, definition="dfe").frame
    assert sides(table) == [(3, 1.5, 2)]
    assert table.select("value", "unit", "method").row(0) == (
        2.0,
        "cases per FTE",
        "none",
    )  # both have two for each FTE


def test_all_is_every_open_case_over_every_caseworker_in_post():
    row = wf.caseload.per_fte(AREA, DAY, definition="all").frame.row(0, named=True)
    assert (row["numerator"], row["denominator"]) == (6, 3.5)  # a, b, c and d, who is on leave


def test_where_one_or_two_who_are_not_at_work_hold_cases_they_are_the_people_behind_all():
    """The difference from `dfe` would be their caseloads: 4 is d's, 5 is e's."""
    assert wf.caseload.per_fte(AREA, DAY, definition="all").frame["people"].item() == 2
    without = HELD.filter(~pl.col("person_id").is_in(["d", "e"]))
    assert wf.caseload.per_fte(casework(without, CASES, STAFF), DAY, definition="all").frame["people"].item() == 4


def test_the_roles_of_caseworkers_may_be_named():
    with_managers = wf.caseload.per_fte(AREA, DAY, definition="all", roles=["caseworker", "manager"]).frame
    assert with_managers.select("numerator", "denominator").row(0) == (6, 4.5)
    assert sides(wf.caseload.per_fte(AREA, DAY, definition="dfe", roles=["manager"]).frame) == [(0, 0, 0)]


def test_groups_are_those_of_the_holder_and_of_the_case_where_nobody_in_post_holds_it():
    held = wf.caseload.per_fte(AREA, DAY, definition="dfe", by=["locality"]).frame
    assert sides(held, "locality") == [("north", 2, 1.0, 1), ("south", 1, 0.5, 1)]
    every = wf.caseload.per_fte(AREA, DAY, definition="all", by=["locality"]).frame
    # 4 (south) is d's, who is in post in the north; 5 (south) and 6 (north) are under their own localities
    assert sides(every, "locality") == [("north", 4, 2.0, 1), ("south", 2, 1.5, 1)]  # d's one case; e's one case


def test_a_case_without_the_group_of_its_own_is_shown_as_not_allocated():
    table = wf.caseload.per_fte(AREA, DAY, definition="all", by=["team"]).frame
    assert sides(table, "team") == [("east", 3, 2.0, 1), ("not allocated", 2, 0, 1), ("west", 1, 1.5, 2)]
    assert table.filter(pl.col("team") == "not allocated")["value"].item() is None


def test_the_cases_that_nobody_present_holds_are_told_apart():
    table = wf.caseload.distribution(AREA, DAY).frame.filter(pl.col("definition") == "unheld")
    assert table.select("band", "numerator", "value", "people").rows() == [
        ("held by someone away", 1, 1, 1),
        ("held by someone who has gone", 1, 1, 1),
        ("not allocated", 1, 1, 0),
    ]


def test_a_case_of_someone_who_has_been_sick_for_four_weeks_is_found_too():
    sick = drawn("""
        organisation | person_id | start_date | end_date
        council      | a         | 2023-03-04 | .
        council      | b         | 2023-03-05 | .
        council      | c         | 2023-01-01 | 2023-03-30
    """)
    every = wf.caseload.distribution(casework(HELD, CASES, STAFF, absences=sick), DAY, long_sick=True).frame
    table = every.filter(pl.col("definition") == "unheld")
    # a has been away for 28 days (1 and 2), b for 27; c is back
    assert table.select("band", "numerator", "people").rows() == [
        ("held by someone away", 1, 1),
        ("held by someone long sick", 2, 1),
        ("held by someone who has gone", 1, 1),
        ("not allocated", 1, 0),
    ]


def test_two_notes_with_a_weekend_between_are_one_absence():
    notes = drawn("""
        organisation | person_id | start_date | end_date
        council      | a         | 2023-02-27 | 2023-03-10
        council      | a         | 2023-03-13 | .
    """)
    table = wf.caseload.distribution(casework(HELD, CASES, STAFF, absences=notes), DAY, long_sick=True).frame
    assert table.filter(pl.col("band") == "held by someone long sick")["numerator"].item() == 2
    apart = notes.with_columns(pl.col("start_date").replace(date(2023, 3, 13), date(2023, 3, 14)))
    table = wf.caseload.distribution(casework(HELD, CASES, STAFF, absences=apart), DAY, long_sick=True).frame
    assert table.filter(pl.col("band") == "held by someone long sick")["numerator"].to_list() == [0]


def test_an_organisation_that_records_no_absence_cannot_tell_whether_anybody_is_sick():
    nobody = pl.DataFrame(schema={"organisation": pl.String, "person_id": pl.String, "start_date": pl.Date})
    for area in (AREA, casework(HELD, CASES, STAFF, absences=nobody)):
        result = wf.caseload.distribution(area, DAY, long_sick=True)
        table = result.frame
        row = table.filter(pl.col("band") == "held by someone long sick").row(0, named=True)
        assert (row["numerator"], row["marker"], row["left_out"]) == (None, "x", ["council"])
        assert table.filter(pl.col("band") == "not allocated")["numerator"].item() == 1
        assert "sickness absences are not recorded" in result.reasons


def test_without_being_asked_for_the_long_sick_are_at_work():
    sick = pl.DataFrame({"organisation": ["council"], "person_id": ["a"], "start_date": [date(2023, 1, 1)]})
    area = casework(HELD, CASES, STAFF, absences=sick)
    assert_frame_equal(wf.caseload.distribution(area, DAY).frame, wf.caseload.distribution(AREA, DAY).frame)


def test_a_case_that_a_worker_in_another_part_is_at_work_on_is_held():
    both = HELD.vstack(HELD.head(1).with_columns(person_id=pl.lit("b"), worker_role=pl.lit("key contact")))
    sick = pl.DataFrame({"organisation": ["council"], "person_id": ["a"], "start_date": [date(2023, 1, 1)]})
    table = wf.caseload.distribution(casework(both, CASES, STAFF, absences=sick), DAY, long_sick=True).frame
    assert table.filter(pl.col("band") == "held by someone long sick")["numerator"].item() == 1  # 2; b has 1 as well


def test_a_handover_on_the_day_counts_once_for_the_one_who_took_over():
    handed_over = drawn("""
        organisation | case_id | person_id | start_date | end_date   | worker_role
        council      | 1       | a         | 2023-01-10 | 2023-03-31 | caseworker
        council      | 1       | b         | 2023-03-31 | .          | caseworker
    """)
    assert sides(
        wf.caseload.per_fte(casework(handed_over, CASES, STAFF), DAY, definition="dfe", by=["team"]).frame, "team"
    ) == [("west", 1, 0.5, 1)]


def test_of_two_who_took_a_case_on_one_day_the_first_in_order_holds_it():
    both = drawn("""
        organisation | case_id | person_id | start_date | worker_role
        council      | 1       | b         | 2023-03-01 | caseworker
        council      | 1       | a         | 2023-03-01 | caseworker
    """)
    assert sides(
        wf.caseload.per_fte(casework(both, CASES, STAFF), DAY, definition="dfe", by=["team"]).frame, "team"
    ) == [("east", 1, 1.0, 1)]


def test_two_workers_in_different_parts_both_carry_a_case_but_it_is_one_open_case():
    parts = drawn("""
        organisation | case_id | person_id | start_date | worker_role
        council      | 1       | a         | 2023-03-01 | key contact
        council      | 1       | b         | 2023-03-02 | social worker
        council      | 2       | a         | 2023-03-01 | key contact
        council      | 2       | a         | 2023-03-01 | social worker
    """)
    assert sides(wf.caseload.per_fte(casework(parts, CASES, STAFF), DAY, definition="dfe").frame) == [(3, 1.5, 2)]
    assert wf.caseload.per_fte(casework(parts, CASES, STAFF), DAY, definition="all").frame["numerator"].item() == 6


def test_a_worker_with_two_posts_is_one_worker_under_the_larger():
    staff = drawn("""
        organisation | person_id | start_date | fte | role       | team
        council      | a         | 2020-01-01 | 0.4 | caseworker | east
        council      | a         | 2021-01-01 | 0.6 | caseworker | west
    """)
    assert sides(
        wf.caseload.per_fte(casework(HELD, CASES, staff), DAY, definition="dfe", by=["team"]).frame, "team"
    ) == [("west", 2, 1.0, 1)]


@pytest.mark.parametrize(
    ("cases", "fte", "band", "over"),
    [
        (1, 1.0, "1 to 9", 0),
        (19, 2.0, "1 to 9", 0),
        (10, 1.0, "10 to 14", 0),
        (25, 1.0, "25 to 29", 0),
        (13, 0.5, "25 to 29", 1),
        (40, 1.0, "30 or more", 1),
    ],
)
def test_workers_stand_in_the_band_of_their_cases_for_each_fte(cases, fte, band, over):
    staff = STAFF.head(1).with_columns(fte=pl.lit(fte))
    many = pl.DataFrame({"organisation": "council", "case_id": [str(n) for n in range(cases)], "received_date": DAY})
    held = many.select("organisation", "case_id", person_id=pl.lit("a"), start_date=pl.lit(DAY))
    table = wf.caseload.distribution(casework(held, many, staff), DAY).frame
    workers = table.filter(pl.col("definition") == "workers")
    assert workers["band"].to_list() == ["1 to 9", "10 to 14", "15 to 19", "20 to 24", "25 to 29", "30 or more"]
    assert workers.filter(pl.col("numerator") == 1)["band"].to_list() == [band]
    assert workers["numerator"].sum() == 1
    assert workers["denominator"].to_list() == [1] * 6
    assert table.filter(pl.col("definition") == "over_limit").select("band", "numerator").row(0) == ("over 25", over)


# Organisations that cannot answer ---------------------------------------------------------------------------------------------------

TWO = drawn("""
    organisation | person_id | start_date | fte | role       | locality | observed_from
    council      | a         | 2020-01-01 | 1.0 | caseworker | north    | .
    trust        | t         | 2020-01-01 | 1.0 | caseworker | north    | 2023-03-01
""")
CASES_OF_TWO = drawn("""
    organisation | case_id | received_date | locality
    council      | 1       | 2023-01-09    | north
    trust        | 9       | 2023-01-09    | south
""")


def test_an_organisation_without_allocations_leaves_dfe_and_is_named():
    table = wf.caseload.per_fte(casework(HELD.head(1), CASES_OF_TWO, TWO), DAY, definition="dfe").frame
    assert sides(table) == [(1, 1.0, 1)]
    assert table["left_out"].to_list() == [["trust"]]
    each = wf.caseload.per_fte(
        casework(HELD.head(1), CASES_OF_TWO, TWO), DAY, definition="dfe", by=["organisation"]
    ).frame
    assert each.select("organisation", "numerator", "marker").rows() == [("council", 1, None), ("trust", None, "x")]
    unheld = wf.caseload.distribution(casework(HELD.head(1), CASES_OF_TWO, TWO), DAY).frame.filter(
        pl.col("definition") == "unheld"
    )
    assert unheld["numerator"].to_list() == [0, 0, 0]
    assert unheld["left_out"].to_list() == [["trust"]] * 3


def test_an_organisation_without_cases_brings_no_caseworkers_to_all():
    table = wf.caseload.per_fte(casework(HELD.head(1), CASES_OF_TWO.head(1), TWO), DAY, definition="all").frame
    assert sides(table) == [(1, 1.0, 1)]
    assert table["left_out"].to_list() == [["trust"]]


def test_a_day_outside_an_organisations_records_is_not_available():
    days = [date(2023, 2, 28), date(2023, 3, 1)]
    table = wf.caseload.per_fte(
        casework(HELD.head(1), CASES_OF_TWO, TWO), days, definition="all", by=["organisation"]
    ).frame
    assert table.select("organisation", "numerator", "marker").rows() == [
        ("council", 1, None),
        ("council", 1, None),
        ("trust", None, "x"),
        ("trust", 1, None),
    ]


# Limits ------------------------------------------------------------------------------------------------------------------------------


def teams_with(**loads):
    """Teams of full-timers with so many cases each."""
    each = [(team, f"{team}-{n}", load) for team, of_team in loads.items() for n, load in enumerate(of_team)]
    staff = pl.DataFrame({"team": [e[0] for e in each], "person_id": [e[1] for e in each]}).with_columns(
        organisation=pl.lit("council"), fte=1.0, role=pl.lit("caseworker"), start_date=date(2015, 1, 1)
    )
    held = [(worker, f"{worker}-{case}") for _, worker, load in each for case in range(load)]
    cases = pl.DataFrame(held, schema=["person_id", "case_id"], orient="row").with_columns(
        organisation=pl.lit("council"), received_date=date(2022, 1, 1), start_date=date(2022, 1, 1)
    )
    return casework(cases, cases.drop("person_id", "start_date"), staff)


def test_limits_are_on_the_log_scale_with_t_between_workers():
    row = wf.caseload.per_fte(teams_with(one=[10, 20, 30, 20]), DAY, definition="dfe").frame.row(0, named=True)
    variance = 4 / 3 * (100 + 0 + 100 + 0) / 16
    times = exp(t.ppf(0.975, 3) * sqrt(variance) / 20)
    assert (row["value"], row["variance"], row["units"]) == (20.0, pytest.approx(variance), 4)
    assert (row["lower"], row["upper"]) == (pytest.approx(20 / times), pytest.approx(20 * times))
    assert row["method"] == "log t, between workers"


def test_workers_with_like_caseloads_take_half_of_the_areas_variance():
    area = teams_with(alike=[20, 20, 20], apart=[10, 30, 10, 30, 10, 30, 20])
    alike = wf.caseload.per_fte(area, DAY, definition="dfe", by=["team"]).frame.row(0, named=True)
    of_one = 10 / 9 * 6 * 100 / 10  # over the area's ten workers, whose mean is 20
    assert alike["variance"] == pytest.approx(of_one / 2 / 3)
    assert alike["lower"] < 20 < alike["upper"]
    few = wf.caseload.per_fte(teams_with(alike=[20, 20, 20], apart=[10, 30]), DAY, definition="dfe", by=["team"])
    assert few.frame.row(0, named=True)["lower"] is None  # five workers are no area
    assert few.reasons == ("95% limits need two workers or more, with different caseloads",)
