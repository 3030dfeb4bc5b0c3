"""Queue: what it says in posts, and when it says nothing."""

from datetime import date

import pytest

import workforce as wf
from builders import MEASURE_BOOK
from workforce import Period, calendar_year
from workforce.errors import UsageError

QueueStaff = wf.forecast.QueueStaff
BUSY = {
    "arrivals": [30.0] * 8,
    "removals": [25.0] * 8,
    "target_wait": 12.0,
    "waiting": 400.0,
    "staff": QueueStaff(fte=10.0, absence_rate=0.2),
}


def test_each_lever_alone_does_what_relief_asks():
    found = wf.forecast.queue(**BUSY)
    short = 30 + (400 - 90) / 26 - 25
    assert found.queue_too_long
    assert found.relief_capacity == pytest.approx(short + 25)
    assert found.posts == pytest.approx(short / 2.5)
    assert found.leavers_kept == pytest.approx(2 * short / 2.5)
    demand = 30 - found.requests_avoided
    assert demand + (400 - demand * 12 / 4) / 26 == pytest.approx(25)


def test_a_lever_that_cannot_do_it_alone_is_none():
    def kept(**change):
        staff = QueueStaff(fte=10.0, absence_rate=0.2, **change)
        return wf.forecast.queue(**{**BUSY, "staff": staff}).leavers_kept

    assert wf.forecast.queue(**BUSY).days_of_sickness is None  # 704 days, of 260 that were lost
    assert wf.forecast.queue(**{**BUSY, "waiting": 40_000.0}).requests_avoided is None
    assert wf.forecast.queue(**{**BUSY, "staff": None}).posts is None
    assert kept(leavers=14) == pytest.approx(13.54, abs=0.01)
    assert kept(leavers=13) is None


def test_sickness_that_was_lost_can_be_avoided():
    found = wf.forecast.queue([10.0] * 4, [9.9] * 4, 12, waiting=61, weeks_to_clear=52, staff=QueueStaff(50, 0.1))
    short = 10 + (61 - 30) / 52 - 9.9
    # a day at work clears 9.9 / (5 x 50 x 0.9) cases
    assert found.days_of_sickness == pytest.approx(short / (9.9 / (5 * 50 * 0.9)) * 52)


def test_a_queue_within_twice_its_target_needs_no_relief():
    found = wf.forecast.queue([30] * 4, [31] * 4, 12, waiting=180)
    assert not found.queue_too_long
    assert (found.relief_capacity, found.posts, found.requests_avoided) == (None, None, None)


def test_a_queue_that_comes_down_fast_enough_needs_no_posts():
    found = wf.forecast.queue([30] * 4, [60] * 4, 12, waiting=400, staff=QueueStaff(10))
    assert (found.posts, found.requests_avoided) == (0, 0)


def test_weekly_counts_tell_how_irregular_a_stream_is():
    steady, wild = (
        wf.forecast.queue(counts, [10] * 4, 12, waiting=10).target_capacity for counts in ([10] * 4, [0, 20, 0, 20])
    )
    assert steady == pytest.approx(10)
    assert wild == pytest.approx(10 + (400 / 3 / 10) / 2 * 4 / 12)


def test_the_table_can_be_released_and_says_what_is_not_applicable():
    table = wf.forecast.queue(**BUSY).table(calendar_year("2022"), people=400, staff=12)
    assert set(table.frame.select("measure", "definition").rows()) <= set(MEASURE_BOOK)
    assert [MEASURE_BOOK["queue", name] for name in table.frame["definition"]] == list(table.definitions)
    shown = wf.release(table, "board").frame
    by_name = {row["definition"]: row for row in shown.iter_rows(named=True)}
    assert by_name["load"]["value"] == pytest.approx(1.2)
    assert by_name["relief_capacity"]["value"] == pytest.approx(41.9, abs=0.1)
    assert by_name["posts"]["value"] == 7
    assert by_name["days_of_sickness"]["marker"] == "z"
    assert by_name["time_to_clear"]["value"] == 26
    few = wf.release(
        wf.forecast.queue(**BUSY).table(Period(date(2022, 1, 1), date(2022, 2, 25)), people=4), "board"
    ).frame
    behind = dict(zip(few["definition"], few["marker"], strict=True))
    assert behind["waiting"] == behind["relief_capacity"] == behind["requests_avoided"] == "c"
    assert behind["posts"] == "c"  # nobody said how many staff are behind them
    assert behind["arrivals"] is None  # 240 came


@pytest.mark.parametrize(
    "change",
    [
        {"arrivals": []},
        {"arrivals": [-1.0, 2.0]},
        {"arrivals": [0.0]},
        {"removals": [0.0]},
        {"removals": [float("nan")]},
        {"target_wait": 0},
        {"waiting": -1},
        {"weeks_to_clear": 0},
        {"mean_wait": -1.0},
    ],
)
def test_what_cannot_be_is_refused(change):
    with pytest.raises(UsageError):
        wf.forecast.queue(**{**BUSY, **change})


@pytest.mark.parametrize("change", [{"absence_rate": 1.0}, {"fte_of_a_leaver": 0}, {"fte": "ten"}])
def test_staff_that_cannot_be_are_refused(change):
    with pytest.raises(UsageError):
        QueueStaff(**{"fte": 10.0, **change})
