"""Turnover and continuity, drawn: whom the children lost, why, and how many of them with each caseworker who left."""

from datetime import date

import polars as pl
import pytest

import workforce as wf
from builders import casework, drawn
from workforce import financial_year, month

YEAR = financial_year("2022-23")
ROLES = ["caseworker"]
STAFF = """
    organisation person_id start_date end_date   fte role       team  employment
    council      a         2020-01-01 2022-08-31 1.0 caseworker north employed
    council      b         2020-01-01 .          1.0 caseworker north employed
    council      c         2020-01-01 .          1.0 caseworker south employed
    council      g         2022-09-01 2022-12-31 1.0 caseworker north agency
    council      m         2020-01-01 2022-10-31 1.0 manager    north employed
    trust        t         2020-01-01 .          1.0 therapist  .     employed
"""
CASES = """
    organisation case_id child_id received_date closed_date
    council      1       one      2022-04-01    .
    council      2       two      2022-04-01    .
    council      3       three    2022-04-01    .
    council      4       four     2022-04-01    .
    trust        9       one      2022-04-01    .
"""
HELD = """
    organisation case_id person_id worker_role start_date end_date   change_reason
    council      1       a         caseworker  2022-04-01 2022-08-31 worker_left
    council      2       a         caseworker  2022-04-01 2022-08-31 worker_left
    council      1       g         caseworker  2022-09-05 2022-12-31 worker_left
    council      2       b         caseworker  2022-09-05 .          .
    council      1       b         caseworker  2023-01-02 .          .
    council      3       c         caseworker  2022-04-01 2022-06-30 reorganised
    council      3       b         caseworker  2022-07-01 .          .
    council      4       m         caseworker  2022-04-01 2022-10-31 worker_left
    council      4       b         caseworker  2022-11-01 .          .
    trust        9       t         therapist   2022-04-01 .          .
"""
# The children lost: a twice (she left), g once (an agency worker, who left), c once (reorganised); m is no caseworker.


@pytest.fixture
def frames():
    return drawn(HELD), drawn(CASES), drawn(STAFF)


@pytest.fixture
def area(frames):
    return casework(*frames)


def sides(table, *columns):
    return table.select(*columns, "numerator", "denominator").rows()


def of(table, definition):
    return table.filter(pl.col("definition") == definition)


def test_changes_are_told_apart_by_what_became_of_the_worker_who_was_lost(area):
    table = wf.casework.worker_changes(area, YEAR, roles=ROLES).frame
    assert sides(of(table, "employee_left")) == [(2, 4)]
    assert sides(of(table, "agency_left")) == [(1, 4)]
    assert of(table, "worker_absent").select("numerator", "marker").row(0) == (None, "x")  # nobody records it


def test_a_leaver_is_followed_by_a_change_for_each_child_who_had_them(area):
    table = wf.casework.worker_changes(area, YEAR, roles=ROLES).frame
    assert sides(of(table, "per_leaver")) == [(2, 1)]
    assert of(table, "per_leaver")["value"].item() == 2.0


def test_a_manager_who_leaves_is_no_caseworker_who_left(area):
    table = wf.casework.worker_changes(area, YEAR, roles=["caseworker", "manager"]).frame
    assert sides(of(table, "per_leaver")) == [(3, 2)]
    assert sides(of(table, "employee_left")) == [(3, 5)]


def test_the_rate_is_over_the_time_in_which_a_child_had_a_caseworker(area):
    row = of(wf.casework.worker_changes(area, YEAR, roles=ROLES).frame, "rate").row(0, named=True)
    held = {
        "one": 153 + 118 + 89,  # but for the days between: 1 to 4 September and 1 January
        "two": 153 + 208,
        "three": 91 + 274,
        "four": 151,  # once b has taken over
    }
    assert row["numerator"] == 4
    assert row["denominator"] == pytest.approx(sum(held.values()) / 365.25)
    assert (row["method"], row["lower"], row["upper"]) == ("none", None, None)  # fewer than eight workers


def test_turnover_stands_beside_as_it_is_measured_everywhere(area):
    table = wf.casework.worker_changes(area, YEAR, roles=ROLES).frame
    every = wf.staffing.turnover(area, YEAR, definition="average", by=["role"]).frame
    of_caseworkers = every.filter(pl.col("role") == "caseworker")
    shown = of(table, "average")
    assert shown["measure"].to_list() == ["turnover"]
    assert sides(shown) == sides(of_caseworkers)


def test_a_change_belongs_to_the_team_that_lost_the_worker(area):
    table = wf.casework.worker_changes(area, YEAR, roles=ROLES, by=["team"]).frame
    assert sides(of(table, "per_leaver"), "team") == [("north", 2, 1)]
    assert sides(of(table, "employee_left"), "team") == [("north", 2, 3), ("south", 0, 1)]
    assert of(table, "rate").select("team", "numerator").rows() == [("north", 3), ("south", 1)]


def test_a_change_counts_on_the_day_on_which_the_next_worker_began(area):
    months = [month("2022-08"), month("2022-09")]
    table = of(wf.casework.worker_changes(area, months, roles=ROLES).frame, "per_leaver")
    assert sides(table) == [(0, 1), (2, 0)]  # she left in August, the next ones began in September
    assert table["value"].to_list() == [0.0, None]


def test_the_post_is_the_one_that_was_held_when_the_case_was_given_up(frames):
    held, cases, _ = frames
    moved = drawn(
        """
        organisation person_id start_date end_date   fte role       team  employment
        council      a         2020-01-01 2022-06-30 1.0 caseworker west  employed
        council      a         2022-07-01 2022-08-31 1.0 caseworker north employed
        council      b         2020-01-01 .          1.0 caseworker north employed
        """
    )
    table = wf.casework.worker_changes(casework(held, cases, moved), YEAR, roles=ROLES, by=["team"]).frame
    assert sides(of(table, "per_leaver"), "team") == [("north", 2, 1)]


def test_an_organisation_that_never_says_why_leaves_both_sides_by_name(frames):
    held, cases, staff = frames
    more = drawn(
        """
        organisation person_id start_date end_date   fte role       team employment
        other        x         2020-01-01 2022-06-30 1.0 caseworker east employed
        other        y         2020-01-01 .          1.0 caseworker east employed
        """
    )
    of_theirs = drawn("organisation case_id child_id received_date closed_date\nother 7 seven 2022-04-01 .")
    held_there = drawn(
        """
        organisation case_id person_id worker_role start_date end_date   change_reason
        other        7       x         caseworker  2022-04-01 2022-06-30 .
        other        7       y         caseworker  2022-07-01 .          .
        """
    )
    table = wf.casework.worker_changes(
        casework(pl.concat([held, held_there]), pl.concat([cases, of_theirs]), pl.concat([staff, more])),
        YEAR,
        roles=ROLES,
    ).frame
    per_leaver = of(table, "per_leaver")
    assert sides(per_leaver) == [(2, 1)]
    assert per_leaver["left_out"].to_list() == [["other"]]
    assert sides(of(table, "employee_left")) == [(2, 4)]
    assert of(table, "rate")["numerator"].item() == 5


def test_records_that_do_not_cover_the_period_leave_both_sides(frames):
    held, cases, staff = frames
    late = wf.casework.worker_changes(
        casework(held, cases, staff.with_columns(observed_from=date(2022, 6, 1))), YEAR, roles=ROLES
    ).frame
    assert late.select("marker").unique().rows() == [("x",)]


def test_one_leavers_changes_are_that_workers_caseload_and_withheld(area):
    table = wf.casework.worker_changes(area, YEAR, roles=ROLES)
    assert of(table.frame, "employee_left")["people"].item() == 1
    for rule in ("board", "internal"):
        shown = wf.release(table, rule).frame
        assert of(shown, "per_leaver").select("numerator", "denominator", "value").row(0) == (None, None, None)
        assert of(shown, "employee_left").select("numerator", "value").row(0) == (None, None)


def test_continuity_too_withholds_what_one_leavers_children_lost(frames):
    table = wf.casework.continuity(wf.Records(allocations=frames[0], cases=frames[1]), YEAR).frame
    left = of(table, "worker_left")
    assert left["people"].item() == 1  # of the changes for other reasons, one worker's
