"""A queue counted from cases, and what the staff who work on it could do about it."""

from datetime import date, timedelta

import polars as pl
import pytest

import workforce as wf
from builders import made, make_area
from workforce import Period
from workforce.errors import UsageError

YEAR = Period(date(2022, 4, 2), date(2023, 3, 31))  # 52 whole weeks
ROLES = ("caseworker", "social worker")
FIGURES = (
    "waiting",
    "arrivals",
    "removals",
    "load",
    "pressure",
    "target_wait",
    "target_queue",
    "target_capacity",
    "time_to_clear",
    "relief_capacity",
    "months_ahead",
    "posts",
    "posts_tried",
    "cleared_as_now",
    "cleared",
    "cleared_with_one_fewer",
    "left",
    "follows_staff",
)
QUICK = {"settings": wf.forecast.ForecastSettings(paths=100), "most_posts": 4}


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
    vacancies = pl.DataFrame(
        {
            "organisation": "council",
            "vacancy_id": ["v1", "v2"],
            "role": "caseworker",
            "fte": [1.0, 1.0],
            "opened_date": [date(2021, 5, 1), date(2023, 2, 1)],
            "closed_date": [date(2021, 8, 1), None],
            "outcome": ["filled", None],
        }
    )
    return wf.Records(assignments=staff, absences=away, cases=cases, allocations=held, vacancies=vacancies)


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
    return dict(table.frame.select("definition", "value").rows())


def test_the_queue_of_late_requests_is_counted_one_by_one():
    requests = a_year_of_requests()
    found = wf.forecast.queue_of(partnership(requests), YEAR, 4, after=20)
    due = [(received + timedelta(weeks=20), closed) for received, closed in requests]
    in_queue = [(d, c) for d, c in due if c is None or c >= d]
    came = [d for d, _ in in_queue if YEAR.start <= d <= YEAR.end]
    went = [c for _, c in in_queue if c is not None and YEAR.start <= c <= YEAR.end]
    waiting = [d for d, c in in_queue if d <= YEAR.end and (c is None or c > YEAR.end)]
    assert found.weeks == 52
    assert found.arrivals == pytest.approx(len(came) / 52)
    assert found.removals == pytest.approx(len(went) / 52)
    assert found.waiting == len(waiting)
    assert found.mean_wait == pytest.approx(sum((YEAR.end - d).days for d in waiting) / len(waiting) / 7)


def test_the_first_late_day_is_the_day_on_which_a_request_joins_the_queue():
    # Received on 11 November: 31 March is day 141, the first past the date. Received a day later: day 140, in time.
    received = [date(2022, 11, 11), date(2022, 11, 12)]
    records = partnership([(day, None) for day in received])
    others = a_year_of_requests()

    def waiting(*more):
        return wf.forecast.queue_of(partnership([*others, *more]), YEAR, 4, after=20).waiting

    assert [waiting((day, None)) - waiting() for day in received] == [1, 0]
    late = wf.casework.backlog(records, YEAR.end).frame.filter(pl.col("definition") == "share")
    assert late["numerator"].item() == 1


def test_where_nothing_was_closed_there_is_no_queue_to_clear():
    table = wf.forecast.capacity(partnership([(date(2022, 4, 10), None)] * 9), YEAR, 4, roles=ROLES)
    assert table.frame["marker"].unique().to_list() == ["z"]


def test_the_counts_of_capacity_are_those_of_the_queue():
    records = partnership(a_year_of_requests())
    table = figures(wf.forecast.capacity(records, YEAR, 4, roles=ROLES, after=20, months=6, **QUICK))
    queue = wf.forecast.queue_of(records, YEAR, 4, after=20, weeks_to_clear=(date(2023, 9, 30) - YEAR.end).days / 7)
    for name in (
        "waiting",
        "arrivals",
        "removals",
        "load",
        "pressure",
        "target_queue",
        "target_capacity",
        "relief_capacity",
    ):
        assert table[name] == pytest.approx(getattr(queue, name)), name
    assert (table["months_ahead"], table["posts_tried"]) == (6, 4)


def test_the_paths_are_those_of_the_outlook():
    area = made(make_area(staff=400, organisations=1, years=4, seed=7))
    roles = ("SEND caseworker", "Senior SEND caseworker")
    settings = wf.forecast.ForecastSettings(paths=200)
    year = Period(date(2022, 4, 1), date(2023, 3, 31))
    table = wf.forecast.capacity(area, year, 4, roles=roles, after=20, months=6, settings=settings, most_posts=3)
    three = wf.forecast.Scenario("three more", recruit=3)
    ahead = wf.forecast.outlook(area, 6, [three], roles=roles, on=year.end, settings=settings).frame
    last = ahead.filter((pl.col("definition") == "backlog") & (pl.col("period_end") == date(2023, 9, 30)))
    left = table.frame.filter(pl.col("definition") == "left")
    assert table.frame.filter(pl.col("definition") == "posts")["marker"].item() == "z"
    assert left.select("value", "lower", "upper").equals(last.select("value", "lower", "upper"))


def test_without_vacancies_the_queue_is_counted_and_the_posts_are_not_known():
    records = partnership(a_year_of_requests())
    without = wf.Records(**{**dict(records.tables()), "vacancies": None})
    table = wf.forecast.capacity(without, YEAR, 4, roles=ROLES, after=20)
    markers = dict(table.frame.select("definition", "marker").rows())
    assert markers["waiting"] is None
    assert markers["posts"] == markers["left"] == "x"
    assert table.reasons == ("vacancies are not recorded",)


def test_only_roles_that_hold_such_cases_are_behind_the_posts():
    records = partnership(a_year_of_requests())
    assert wf.forecast.roles_holding(records, "ehc_assessment", roles=ROLES) == ["caseworker"]
    assert wf.forecast.roles_holding(records, "ehc_assessment", roles=ROLES, least=0.001) == [
        "caseworker",
        "social worker",
    ]
    assert wf.forecast.roles_holding(records, "therapy", roles=ROLES) == []


def test_people_are_children_behind_cases_and_staff_behind_posts():
    table = wf.forecast.capacity(partnership(a_year_of_requests()), YEAR, 4, roles=ROLES, after=20, **QUICK)
    behind = dict(table.frame.select("definition", "people").rows())
    waiting = figures(table)["waiting"]
    assert behind["posts"] == behind["left"] == 3
    assert waiting / 2 <= behind["waiting"] <= waiting  # children, of whom some have two requests
    shown = wf.release(table, "board").frame
    markers = dict(zip(shown["definition"], shown["marker"], strict=True))
    assert markers["left"] == "c"  # three caseworkers
    assert markers["waiting"] is None
    assert markers["arrivals"] is None


def test_a_period_that_the_records_do_not_cover_is_marked():
    table = wf.forecast.capacity(
        partnership(a_year_of_requests()), Period(date(2017, 4, 1), date(2018, 3, 31)), 4, roles=ROLES
    )
    assert table.frame["definition"].to_list() == list(FIGURES)
    assert table.reasons == ("the records do not cover the period",)
    assert table.frame["marker"].unique().to_list() == ["x"]


def test_nothing_is_said_where_nobody_holds_such_cases():
    table = wf.forecast.capacity(partnership(a_year_of_requests()), YEAR, 18, roles=ROLES, case_type="therapy")
    assert table.frame["marker"].unique().to_list() == ["z"]
    assert table.frame["value"].null_count() == len(table)
    assert table.reasons == ("nobody on record has had a role in which these cases are held",)


def test_what_cannot_be_is_refused():
    records = partnership(a_year_of_requests())
    with pytest.raises(UsageError, match="before its receipt"):
        wf.forecast.queue_of(records, YEAR, 4, after=-1)
    for wrong in ({"months": 0}, {"months": 61}, {"most_posts": 0}, {"most_posts": 2.5}):
        with pytest.raises(UsageError):
            wf.forecast.capacity(records, YEAR, 4, roles=ROLES, **wrong)
    with pytest.raises(UsageError, match="needs a week"):
        wf.forecast.queue_of(records, Period(date(2023, 3, 30), date(2023, 3, 31)), 4)


def test_the_order_of_the_records_changes_nothing():
    area = make_area(staff=200, organisations=1, years=2, seed=3)
    year = Period(date(2022, 4, 1), date(2023, 3, 31))
    roles = ("SEND caseworker", "Senior SEND caseworker")
    own, mixed = (
        made(area),
        {
            name: getattr(area, name).sample(fraction=1, shuffle=True, seed=1)
            for name in ("assignments", "absences", "cases", "allocations", "vacancies")
        },
    )
    one, other = (
        wf.forecast.capacity(r, year, 4, roles=roles, after=20, **QUICK).frame for r in (own, made(area, **mixed))
    )
    assert one.equals(other)


@pytest.mark.parametrize(
    ("tables", "reason"),
    [
        ({"cases": None}, "cases are not recorded"),
        ({"allocations": None}, "allocations of cases are not recorded"),
        ({"assignments": None}, "staff are not recorded"),
    ],
)
def test_what_is_not_recorded_gives_rows_that_say_so(tables, reason):
    records = partnership(a_year_of_requests())
    table = wf.forecast.capacity(wf.Records(**{**dict(records.tables()), **tables}), YEAR, 4, roles=ROLES)
    assert table.frame["definition"].to_list() == list(FIGURES)
    assert table.frame["marker"].unique().to_list() == ["x"]
    assert table.reasons == (reason,)


def test_a_filter_that_leaves_no_cases_gives_rows_that_say_so():
    records = partnership(a_year_of_requests()).where(pl.col("case_type") == "therapy")
    table = wf.forecast.capacity(records, YEAR, 4, roles=ROLES)
    assert table.frame["marker"].unique().to_list() == ["x"]
    assert table.reasons == ("no records are left after the filter",)


def test_where_cases_are_not_recorded_nobody_holds_any_and_there_is_no_queue():
    assert wf.forecast.roles_holding(wf.Records(), roles=ROLES) == []
    with pytest.raises(UsageError, match="cases are not recorded"):
        wf.forecast.queue_of(wf.Records(), YEAR, 4)


def test_frames_and_dates_are_refused_where_records_and_a_period_are_asked_for():
    records = partnership(a_year_of_requests())
    for call in (wf.forecast.capacity, wf.forecast.roles_holding):
        with pytest.raises(UsageError, match="takes records first"):
            call(records.cases, YEAR, 4, roles=ROLES)
    for options in ({"roles": ROLES}, {}):
        with pytest.raises(UsageError, match="a period is needed, not a date"):
            (wf.forecast.capacity if options else wf.forecast.queue_of)(records, YEAR.end, 4, **options)
