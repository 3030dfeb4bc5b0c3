"""Supply accounts: the outlook's bookkeeping against the teacher workforce model of the Department for Education, and a projection by hand.

Provenance: github.com/dfe-analytical-services/teacher-workforce-analysis-dashboard @ 47026d1, data/*.parquet (OGL v3); the three-grade
projection was computed with numpy as stock x transition matrix + joiners. The rule: closing = opening - leavers + joiners + residual, the
residual on a line of its own.
"""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import workforce as wf
from workforce.forecast.demand import Level, Pool, Pools, Rates
from workforce.forecast.fit import Fitted
from workforce.forecast.outlook import months_after, paths_of
from workforce.forecast.simulate import YEAR_TO_YEAR, simulate

AS_NOW, Scenario = wf.forecast.AS_NOW, wf.forecast.Scenario
REFERENCE = Path(__file__).parents[3] / "shared" / "reference" / "stock_flow.json"
INDICATORS = Path(__file__).parents[3] / "shared" / "data" / "dfe_csww" / "csww_indicators_2017_to_2025.csv"
P = np.array([[0.8, 0.06, 0.0], [0.0, 0.86, 0.04], [0.0, 0.0, 0.9]])
JOINERS = np.array([9.0, 1.0, 0.5])
FIFTH_YEAR = (43.3616, 25.042797743999998, 12.035342256)
LEAVERS_OF_YEAR_1 = 9.1


def rates(per_day, edges=(0.0, np.inf)):
    """A rate that is known for sure: very many events over very many days."""
    bands = len(edges) - 1
    return Rates(edges, np.full(bands, per_day * 1e12), np.full(bands, 1e12))


def never(edges=(0.0, np.inf)):
    bands = len(edges) - 1
    return Rates(edges, np.full(bands, -0.5 + 1e-9), np.full(bands, 1e12))


def pool(ages=(), a_day=0.0, closing=1e-9, staff_share=0.0, usual=1.0):
    return Pool(
        np.array(ages, dtype=float), a_day, Level.known(), rates(closing), Level.known(staff_share=staff_share), usual
    )


def fitted(staff=75, leaving=0.0, filling=0.0, arrivals=0, closing=0.0, open_ages=(), staff_share=0.0, usual=1.0):
    requests = pool(open_ages, arrivals / 365, closing or 1e-9, staff_share, usual)
    return Fitted(
        on=date(2023, 3, 31),
        days=365.0,
        staff_fte=np.ones(staff),
        staff_service=np.full(staff, 400.0),
        vacant_fte=np.zeros(0),
        vacant_days=np.zeros(0),
        vacant_covered=np.zeros(0, dtype=bool),
        leaving=rates(leaving) if leaving else never(),
        filling=rates(filling) if filling else never(),
        failing=never(),
        covered_days=0.0,
        vacancy_days=1e9,
        other_agency=0,
        agency_fte=1.0,
        agency_starts=0.0,
        agency_ending=rates(0.01),
        mean_fte=float(staff),
        absence_rate=0.05,
        cases=Pools(requests, pool(), pool(), 0.0, 0.0),
    )


def test_every_waterfall_and_flow_of_the_reference_adds_up_by_our_rule():
    if not REFERENCE.exists():
        pytest.skip("the reference file is not beside the project")
    found = json.loads(REFERENCE.read_text())
    for row in found["waterfall"]["rows"]:
        assert row["start"] + sum(row["drivers"].values()) == pytest.approx(
            row["end"], abs=found["waterfall"]["tolerance"]
        )
    for row in found["flows"]["rows"]:
        expected = row["opening"] * (1 - row["total_leaver_rate"]) + row["inflow"]
        assert row["closing"] - expected == pytest.approx(row["residual"], abs=1e-3)


def test_three_grades_five_years_on_in_the_reference():
    stock = np.array([40.0, 25.0, 10.0])
    assert (stock * (1 - P.sum(axis=1))).sum() == pytest.approx(LEAVERS_OF_YEAR_1)
    for _ in range(5):
        stock = stock @ P + JOINERS
    assert stock == pytest.approx(FIFTH_YEAR, abs=1e-9)


def test_a_workforce_that_loses_a_fixed_share_follows_the_projection_of_the_reference():
    # The reference's third grade without joiners: 90 in 100 stay each year. Ours leave at a rate per day that comes to the same.
    paths = simulate(
        fitted(staff=1_000, leaving=-np.log(0.9) / 365),
        AS_NOW,
        months_after(date(2023, 3, 31), 12),
        overdue_after=140,
        paths=200,
        seed=1,
    )
    assert paths.employed[:, -1].mean() == pytest.approx(1_000 * 0.9 ** (366 / 365), abs=3)  # a leap year ahead


def test_cases_that_come_and_close_at_fixed_rates_settle_where_theory_says():
    # Arrivals of 2 a day that close at 1/50 a day: the mean number open is 100 (an infinite-server queue).
    paths = simulate(
        fitted(arrivals=730, closing=1 / 50, open_ages=[10.0] * 100),
        AS_NOW,
        months_after(date(2023, 3, 31), 24),
        overdue_after=140,
        paths=400,
        seed=2,
    )
    assert paths.open_cases[:, -1].mean() == pytest.approx(100, abs=3)
    assert paths.overdue[:, -1].mean() == pytest.approx(100 * np.exp(-140 / 50), abs=0.8)


def test_a_year_s_turnover_differs_from_the_three_before_it_as_england_s_has():
    if not INDICATORS.exists():
        pytest.skip("the published file is not beside the project")
    england = (
        pl.read_csv(INDICATORS, infer_schema=False)
        .filter(pl.col("geographic_level") == "National")
        .sort("time_period")
        .select(pl.col("turnover_rate_fte").cast(pl.Float64))
        .to_series()
    )
    ratios = [england[n] / england[n - 3 : n].mean() for n in range(3, len(england))]
    assert np.sqrt(np.mean(np.log(ratios) ** 2)) == pytest.approx(YEAR_TO_YEAR, abs=0.005)


@pytest.mark.parametrize(("share", "ratio"), [(0.0, 1.0), (0.5, 1.1**0.5), (1.0, 1.1)])
def test_a_tenth_more_staff_close_as_many_more_as_closings_follow_them(share, ratio):
    # 100,000 open cases that close at 1/5,000 a day are 20 a day, as many as usual: at first the shares are all that differs.
    common = {"closing": 1 / 5_000, "open_ages": [500.0] * 100_000, "staff_share": share, "usual": 20.0}
    closed = {}
    for staff in (100, 110):
        area = replace(fitted(staff=staff, **common), mean_fte=100.0)
        paths = simulate(area, AS_NOW, months_after(date(2023, 3, 31), 1), overdue_after=140, paths=400, seed=4)
        closed[staff] = paths.closures[:, 0].mean()
    assert closed[100] == pytest.approx(20 * 30, rel=0.01)
    assert closed[110] / closed[100] == pytest.approx(ratio, rel=0.01)


def test_where_closings_follow_the_staff_alone_a_longer_queue_closes_no_faster():
    # Twice and four times as many open as the staff usually close from: with share 1 still 20 a day, with share 0 in proportion.
    for many, share, a_day in ((200_000, 1.0, 20), (400_000, 1.0, 20), (200_000, 0.0, 40)):
        area = fitted(closing=1 / 5_000, open_ages=[500.0] * many, staff_share=share, usual=20.0)
        paths = simulate(area, AS_NOW, months_after(date(2023, 3, 31), 1), overdue_after=140, paths=100, seed=5)
        assert paths.closures[:, 0].mean() == pytest.approx(a_day * 30, rel=0.02)


LEVERS = (
    AS_NOW,
    Scenario("recruit", recruit=3.5),
    Scenario("retain", retain=0.2),
    Scenario("reduce demand", reduce_demand=0.3),
    Scenario("cut sickness", cut_sickness=0.5),
    Scenario("end agency cover", end_agency=True),
    Scenario("all", recruit=3.5, retain=0.2, reduce_demand=0.3, cut_sickness=0.5, end_agency=True),
)


@pytest.mark.parametrize("scenario", LEVERS, ids=[s.name for s in LEVERS])
def test_every_path_keeps_its_accounts_under_every_scenario(scenario):
    area = fitted(staff=30, leaving=0.002, filling=0.01, arrivals=500, closing=0.01, open_ages=np.arange(0, 300, 3.0))
    # Plans that follow requests, and agency workers who cover vacancies and who are there beside them.
    plans = replace(area.cases, lasting=pool([900.0] * 50, 0.1, 1 / 1_000), followed=70.0, closed=100.0)
    area = replace(area, cases=plans, covered_days=4e8, other_agency=3, agency_starts=6.0)
    paths = paths_of(area, scenario, 12, paths=200, seed=3)
    for opening, came, went, stock in (
        (paths.employed, paths.joined, paths.left, paths.employed),
        (paths.agency, paths.agency_came, paths.agency_went, paths.agency),
        (paths.open_cases, paths.arrivals, paths.closures, paths.open_cases),
    ):
        assert np.allclose(opening[:, :-1] + came - went, stock[:, 1:], atol=1e-9)
        assert (stock > -1e-9).all()
        assert came.min() > -1e-9
        assert went.min() > -1e-9
    assert (paths.overdue <= paths.open_cases).all()
    assert paths.joined.sum() > 0
    assert paths.agency_went.sum() > 0
