"""Leaving rates over person-time by financial year, from base R arithmetic.

Numbers copied from the reference file person_time_leaving_rate (R 4.2.2; eight spells made for the case). The last working day counts
as a day in post; limits are exact Poisson; a year has 365.25 days.
"""

from datetime import date

import polars as pl
import pytest

import workforce as wf
from builders import measured, records

DAYS_IN_A_YEAR = 365.25

# start, last day worked, whether they left then
SPELLS = [
    (date(2019, 3, 1), date(2021, 8, 31), True),
    (date(2020, 6, 15), date(2023, 3, 31), False),
    (date(2021, 1, 4), date(2021, 12, 31), True),
    (date(2018, 9, 1), date(2023, 3, 31), False),
    (date(2021, 11, 22), date(2022, 5, 20), True),
    (date(2022, 2, 28), date(2023, 3, 31), False),
    (date(2020, 2, 29), date(2022, 9, 30), True),
    (date(2022, 7, 1), date(2022, 12, 24), True),
]
STAFF = pl.DataFrame(
    {
        "organisation": "council",
        "person_id": [f"P{row}" for row in range(len(SPELLS))],
        "start_date": [start for start, _, _ in SPELLS],
        "end_date": [last if left else None for _, last, left in SPELLS],
        "fte": 1.0,
        "role": "worker",
    }
)


@pytest.mark.parametrize(
    ("year", "days", "leavers", "rate", "limits"),
    [
        ("2020-21", 1472, 0, 0.0, (0.0, 91.5328274874399)),
        ("2021-22", 1685, 2, 43.353115727003, (5.2502634414352, 156.606360275144)),
        ("2022-23", 1505, 3, 72.8073089700997, (15.0146174676158, 212.773853071321)),
    ],
)
def test_person_days_and_leavers_of_a_year_are_the_exposure_and_events_of_its_life_table(
    year, days, leavers, rate, limits
):
    table = wf.leaving.retention(records(assignments=STAFF), wf.financial_year(year)).frame
    # Each person's days are their last time in the table less their first: they add up from the counts alone.
    person_days = table.select(
        (pl.col("time") * (pl.col("left") + pl.col("censored") - pl.col("entered"))).sum()
    ).item()
    assert person_days == days
    assert table["left"].sum() == leavers
    years = person_days / DAYS_IN_A_YEAR
    assert 100 * leavers / years == pytest.approx(rate, abs=1e-9)
    sides = {"numerator": [float(leavers)], "denominator": [years]}
    row = measured(sides, "turnover", "average").frame.row(0, named=True)  # limits are exact where fewer than ten left
    assert (row["lower"], row["upper"]) == pytest.approx(limits, abs=1e-9)
