"""A queue counted from cases, and what the staff who work on it could do about it."""

from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl
import pytest

from workforce.disclosure import release
from workforce.errors import UsageError
from workforce.measures.casework.backlog import backlog
from workforce.measures.casework.queue import FIGURES
from workforce.measures.casework.queue_cases import capacity, queue_of, queued, roles_holding, waiting_at
from workforce.periods import Period
from workforce.sample import make_area

YEAR = Period(date(2022, 4, 2), date(2023, 3, 31))  # 52 whole weeks
ROLES = ("caseworker", "social worker")


@dataclass(frozen=True)
class Tables:
    assignments: pl.DataFrame
    absences: pl.DataFrame
    cases: pl.DataFrame
    allocations: pl.DataFrame
    vacancies: pl.DataFrame


def partnership(requests):
    """Two and a half caseworkers, a social worker who was once lent for one request, and these requests (received, closed)."""
    staff = pl.DataFrame(
        {
            "organisation": "council",
            "person_id": ["a", "b", "c", "d", "gone"],
            "fte": [1.0, 1.0, 0.5, 1.0, 1.0],
            "role": ["caseworker", "caseworker", "caseworker", "social worker", "caseworker"],
            "start_date": [date(2018, 1, 1)] * 5,
            "end_date": [None, None, None, None, date(2022, 4, 1)],
            "observed_from": date(2018, 1, 1),
            "observed_to": date(2023, 3, 31),
        }
    )
    cases = pl.DataFrame(
        {
            "organisation": "council",
            "case_id": [f"k{n}" for n in range(len(requests))],
            "child_id": [f"child {n // 2}" for n in range(len(requests))],  # two requests a child
            "case_type": "ehc_assessment",
            "received_date": [r for r, _ in requests],
            "closed_date": [c for _, c in requests],
        },
        schema_overrides={"closed_date": pl.Date},
    )
    holders = ["abc"[n % 3] if n != 5 else "d" for n in range(len(requests))]
    held = cases.select("organisation", "case_id", start_date="received_date").with_columns(
        person_id=pl.Series(holders), end_date=pl.lit(None, pl.Date)
    )
    away = pl.DataFrame(
        {
            "organisation": ["council"],
            "person_id": ["a"],
            "start_date": [date(2022, 5, 2)],
            "end_date": [date(2022, 7, 13)],  # 73 of its 365 days
            "reason": ["other"],
        }
    )
    return Tables(staff, away, cases, held, pl.DataFrame())


def a_year_of_requests():
    """One request every second day from 2021 on; every fifth is still open, the others closed after 100 to 179 days."""
    found = []
    for n in range(410):
        received = date(2021, 1, 1) + timedelta(days=2 * n)
        closed = received + timedelta(days=100 + (n * 37) % 80)
        still = n % 5 == 0 and n > 250
        found.append((received, None if still or closed > date(2023, 3, 31) else closed))
    return found


def figures(table):
    return dict(zip(table["definition"], table["value"], strict=True))


def test_the_queue_of_late_requests_is_counted_one_by_one():
    requests = a_year_of_requests()
    found = queue_of(partnership(requests).cases, YEAR, 4, after=20)
    due = [(received + timedelta(weeks=20), closed) for received, closed in requests]
    in_queue = [(d, c) for d, c in due if c is None or c >= d]
    came = [d for d, _ in in_queue if YEAR.start <= d <= YEAR.end]
    went = [c for _, c in in_queue if c is not None and YEAR.start <= c <= YEAR.end]
    waiting = [d for d, c in in_queue if d <= YEAR.end and (c is None or c > YEAR.end)]
    closed = [c for _, c in requests if c is not None and YEAR.start <= c <= YEAR.end]
    assert found.weeks == 52
    assert found.arrivals == pytest.approx(len(came) / 52)
    assert found.removals == pytest.approx(len(went) / 52)
    assert found.cleared == pytest.approx(len(closed) / 52)
    assert found.waiting == len(waiting)
    assert found.mean_wait == pytest.approx(sum((YEAR.end - d).days for d in waiting) / len(waiting) / 7)


def test_the_first_late_day_is_the_day_on_which_a_request_joins_the_queue():
    # Received on 11 November: 31 March is day 141, the first past the date. Received a day later: day 140, in time.
    cases = partnership([(date(2022, 11, 11), None), (date(2022, 11, 12), None)]).cases
    assert waiting_at(queued(cases, "ehc_assessment", 20), YEAR)["case_id"].to_list() == ["k0"]
    late = backlog(cases, YEAR.end).filter(pl.col("definition") == "share")
    assert late["numerator"].item() == 1


def test_where_nothing_was_closed_nothing_can_be_said_in_posts():
    table = capacity(partnership([(date(2022, 4, 10), None)] * 9), YEAR, 4, roles=ROLES)
    assert table["marker"].unique().to_list() == ["z"]


def test_capacity_in_posts_by_hand():
    requests = a_year_of_requests()
    found = figures(capacity(partnership(requests), YEAR, 4, roles=ROLES, after=20, weeks_to_clear=26))
    queue = queue_of(partnership(requests).cases, YEAR, 4, after=20)
    relief = queue.arrivals + (queue.waiting - queue.arrivals * 4 / 4) / 26
    short = relief - queue.removals
    assert short > 0
    per_post = queue.cleared / 2.5  # two and a half caseworkers, the social worker is not one of them
    assert found["relief_capacity"] == pytest.approx(relief)
    assert found["posts"] == pytest.approx(short / per_post)
    assert found["requests_avoided"] == pytest.approx(short)  # each one frees the work of one
    assert found["time_to_clear"] == 26
    lost = 73 / (364 * 2.5)  # FTE days of the year that a's absence took: counted in calendar days, as the NHS does
    days = short / (per_post / (5 * (1 - lost))) * 26
    assert found["days_of_sickness"] is None or found["days_of_sickness"] == pytest.approx(days, rel=0.01)
    assert found["leavers_kept"] is None  # nobody left in the year


def test_days_of_sickness_by_hand_where_enough_were_lost():
    # Nine closed late a week, ten came: what is short is little, and the one long absence is enough of a lever.
    requests = a_year_of_requests()
    table = figures(capacity(partnership(requests), YEAR, 4, roles=ROLES, after=20, weeks_to_clear=520))
    queue = queue_of(partnership(requests).cases, YEAR, 4, after=20)
    short = queue.arrivals + (queue.waiting - queue.arrivals) / 520 - queue.removals
    posts = short / (queue.cleared / 2.5)
    lost = 73 / (364 * 2.5)
    expected = posts * 5 * 520 * (1 - lost)
    most = 2.5 * 5 * 520 * lost
    assert table["posts"] == pytest.approx(posts)
    assert (table["days_of_sickness"] is None) == (expected > most)
    if expected <= most:
        assert table["days_of_sickness"] == pytest.approx(expected, rel=0.01)


def test_only_roles_that_hold_such_cases_are_behind_the_posts():
    table = partnership(a_year_of_requests())
    assert roles_holding(table, "ehc_assessment", roles=ROLES) == ["caseworker"]
    assert roles_holding(table, "ehc_assessment", roles=ROLES, least=0.001) == ["caseworker", "social worker"]
    assert roles_holding(table, "therapy", roles=ROLES) == []


def test_people_are_children_behind_cases_and_staff_behind_posts():
    table = capacity(partnership(a_year_of_requests()), YEAR, 4, roles=ROLES, after=20)
    behind = dict(zip(table["definition"], table["people"], strict=True))
    waiting = figures(table)["waiting"]
    assert behind["posts"] == behind["leavers_kept"] == 3
    assert waiting / 2 <= behind["waiting"] <= waiting  # children, of whom some have two requests
    shown = release(table, "board").frame
    markers = dict(zip(shown["definition"], shown["marker"], strict=True))
    assert markers["posts"] == "c"  # three caseworkers
    assert markers["waiting"] is None
    assert markers["arrivals"] is None


def test_a_period_that_the_records_do_not_cover_is_marked():
    table = capacity(partnership(a_year_of_requests()), Period(date(2017, 4, 1), date(2018, 3, 31)), 4, roles=ROLES)
    assert table["definition"].to_list() == list(FIGURES)
    assert table["marker"].unique().to_list() == ["x"]


def test_nothing_is_said_where_nobody_holds_such_cases():
    table = capacity(partnership(a_year_of_requests()), YEAR, 18, roles=ROLES, case_type="therapy")
    assert table["marker"].unique().to_list() == ["z"]
    assert table["value"].null_count() == table.height


def test_what_cannot_be_is_refused():
    cases = partnership(a_year_of_requests()).cases
    with pytest.raises(UsageError, match="before its receipt"):
        queue_of(cases, YEAR, 4, after=-1)
    with pytest.raises(UsageError, match="needs a week"):
        queue_of(cases, Period(date(2023, 3, 30), date(2023, 3, 31)), 4)


def test_the_order_of_the_records_changes_nothing():
    area = make_area(staff=200, organisations=1, years=2, seed=3)
    year = Period(date(2022, 4, 1), date(2023, 3, 31))
    roles = ("SEND caseworker", "Senior SEND caseworker")
    shuffled = Tables(*(getattr(area, n).sample(fraction=1, shuffle=True, seed=1) for n in Tables.__dataclass_fields__))
    assert capacity(area, year, 4, roles=roles, after=20).equals(capacity(shuffled, year, 4, roles=roles, after=20))
