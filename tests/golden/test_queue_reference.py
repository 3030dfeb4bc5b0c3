"""Queue formulas against the tests of the NHSRwaitinglist package.

Provenance: github.com/nhs-r-community/NHSRwaitinglist @ 0d85b69 (v0.1.2.9001), tests/testthat/test-calc_*.R, MIT; method Fong et al. 2022,
doi:10.1101/2022.08.23.22279117. The package counts the first and last day as arrivals and divides a wait in days by a target in weeks;
ours counts arrivals only and keeps one unit, the week. The waits of the second list are a direct count.
"""

from datetime import date

import polars as pl
import pytest

import workforce as wf
from workforce import Period
from workforce.forecast.queue import load, pressure, relief_capacity, target_capacity, target_mean_wait, target_queue

TOLERANCE = 1e-6


@pytest.mark.parametrize(
    ("demand", "capacity", "out"), [(30, 27, 1.11111111), (35, 27, 1.2962963), (30, 25, 1.2), (52, 42, 1.23809524)]
)
def test_load(demand, capacity, out):
    assert load(demand, capacity) == pytest.approx(out, abs=TOLERANCE)


@pytest.mark.parametrize(("demand", "wait", "factor", "out"), [(30, 52, 4, 390), (30, 50, 4, 375), (30, 50, 6, 250)])
def test_target_queue(demand, wait, factor, out):
    assert target_queue(demand, wait, factor=factor) == pytest.approx(out, abs=TOLERANCE)


@pytest.mark.parametrize(("wait", "factor", "out"), [(35, 4, 8.75), (30, 4, 7.5), (52, 6, 8.6666667)])
def test_target_mean_wait(wait, factor, out):
    assert target_mean_wait(wait, factor=factor) == pytest.approx(out, abs=TOLERANCE)


@pytest.mark.parametrize(
    ("demand", "waiting", "target", "weeks", "out"),
    [(30, 1200, 390, 26, 61.153846), (33, 800, 200, 30, 53), (35, 250, 100, 15, 45)],
)
def test_relief_capacity(demand, waiting, target, weeks, out):
    assert relief_capacity(demand, waiting, target, weeks) == pytest.approx(out, abs=TOLERANCE)


@pytest.mark.parametrize(
    ("demand", "wait", "factor", "cv_arrivals", "cv_removals", "out"),
    [
        (30, 52, 3, 1.1, 1.2, 30.076442),
        (30, 52, 3, 1.1, 1.4, 30.0914423),
        (42, 65, 2, 1.2, 1.5, 42.0567692),
        (35, 50, 1, 1.3, 1.6, 35.0425),
        (4, 52, 4, 1, 1, 4.07692307692308),
    ],
)
def test_target_capacity(demand, wait, factor, cv_arrivals, cv_removals, out):
    found = target_capacity(demand, wait, cv_arrivals=cv_arrivals, cv_removals=cv_removals, factor=factor)
    assert found == pytest.approx(out, abs=TOLERANCE)


@pytest.mark.parametrize(("mean_wait", "target", "out"), [(63, 52, 2.42307692), (42, 24, 3.5), (55, 50, 2.2)])
def test_pressure(mean_wait, target, out):
    assert pressure(mean_wait, target) == pytest.approx(out, abs=TOLERANCE)


def test_a_whole_queue_says_what_its_parts_say():
    found = wf.forecast.queue([30] * 10, [27] * 10, 52, waiting=1200, mean_wait=63, weeks_to_clear=26)
    assert found.load == pytest.approx(1.11111111, abs=TOLERANCE)
    assert found.target_queue == pytest.approx(390, abs=TOLERANCE)
    assert found.relief_capacity == pytest.approx(61.153846, abs=TOLERANCE)
    assert found.pressure == pytest.approx(2.42307692, abs=TOLERANCE)


def test_what_happens_after_the_window_is_not_looked_at():
    # The package stops with an error on this list; a direct count says one waits, for 30 days.
    listed = pl.DataFrame(
        {
            "organisation": "trust",
            "case_id": ["1", "2", "3"],
            "case_type": "therapy",
            "received_date": [date(2024, 1, 1), date(2024, 1, 5), date(2024, 2, 20)],
            "closed_date": [None, date(2024, 1, 20), date(2024, 3, 10)],
        }
    )
    found = wf.forecast.queue_of(
        wf.Records(cases=listed), Period(date(2024, 1, 1), date(2024, 1, 31)), 20, case_type="therapy"
    )
    assert found.waiting == 1
    assert found.mean_wait * 7 == pytest.approx(30)


def test_the_four_referrals_of_the_package_in_one_unit():
    # Its example: pressure 3 in mixed units; 2 x (6/7) / 4 = 0.4286 in weeks.
    listed = pl.DataFrame(
        {
            "organisation": "trust",
            "case_id": ["1", "2", "3", "4"],
            "case_type": "therapy",
            "received_date": [date(2024, 1, day) for day in (1, 4, 10, 16)],
            "closed_date": [date(2024, 1, 8), None, None, None],
        }
    )
    found = wf.forecast.queue_of(
        wf.Records(cases=listed), Period(date(2024, 1, 1), date(2024, 1, 16)), 4, case_type="therapy"
    )
    assert found.waiting == 3
    assert found.mean_wait == pytest.approx(6 / 7)
    assert found.pressure == pytest.approx(0.4286, abs=5e-5)
