"""Queue: what has to be cleared, and when nothing has to be."""

from datetime import date

import pytest

import workforce as wf
from builders import MEASURE_BOOK
from workforce import Period, calendar_year
from workforce.errors import UsageError

BUSY = {
    "arrivals": [30.0] * 8,
    "removals": [25.0] * 8,
    "target_wait": 12.0,
    "waiting": 400.0,
}


def test_relief_brings_the_queue_to_its_target_in_the_time_given():
    queue = wf.forecast.queue(**BUSY)
    assert queue.queue_too_long
    assert 400 + (30 - queue.relief_capacity) * 26 == pytest.approx(queue.target_queue)


def test_a_queue_within_twice_its_target_needs_no_relief():
    found = wf.forecast.queue([30] * 4, [31] * 4, 12, waiting=180)
    assert not found.queue_too_long
    assert found.relief_capacity is None


def test_weekly_counts_tell_how_irregular_a_stream_is():
    steady, wild = (
        wf.forecast.queue(counts, [10] * 4, 12, waiting=10).target_capacity for counts in ([10] * 4, [0, 20, 0, 20])
    )
    assert steady == pytest.approx(10)
    assert wild == pytest.approx(10 + (400 / 3 / 10) / 2 * 4 / 12)


def test_the_table_can_be_released_and_says_what_is_not_applicable():
    table = wf.forecast.queue(**BUSY).table(calendar_year("2022"), people=400)
    assert set(table.frame.select("measure", "definition").rows()) <= set(MEASURE_BOOK)
    assert [MEASURE_BOOK["queue", name] for name in table.frame["definition"]] == list(table.definitions)
    shown = wf.release(table, "board").frame
    by_name = {row["definition"]: row for row in shown.iter_rows(named=True)}
    assert by_name["load"]["value"] == pytest.approx(1.2)
    assert by_name["relief_capacity"]["value"] == pytest.approx(41.9, abs=0.1)
    assert by_name["time_to_clear"]["value"] == 26
    few = wf.release(
        wf.forecast.queue(**BUSY).table(Period(date(2022, 1, 1), date(2022, 2, 25)), people=4), "board"
    ).frame
    behind = dict(zip(few["definition"], few["marker"], strict=True))
    assert behind["waiting"] == behind["relief_capacity"] == "c"
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
