"""Is the caseload effect that a generated area documents found by the library, from allocations alone?

Seeds and limits (99.9%) were fixed before the first run.
"""

from datetime import date
from math import log

import numpy as np
import polars as pl
import pytest

import workforce as wf
from builders import CASEWORK_ROLES, TRUTHS, casework, made, make_area
from workforce import Period

NO_CASELOAD, NO_RECORD = "no caseload", "no record of caseload"
Z = 3.2905  # 99.9%, two-sided
STAFF = 6_000
STEP = log(TRUTHS.caseload_hazard_ratio) / TRUTHS.caseload_step  # in logs of the hazard, for one case per FTE more


@pytest.fixture(scope="module", params=[5, 2026])
def loaded(request):
    area = make_area(staff=STAFF, seed=request.param)
    observed = Period(area.since, area.until)
    banded = made(area).with_bands(area.until, age=None, tenure=None)
    return wf.caseload.with_history(banded, observed, roles=CASEWORK_ROLES), observed


def test_every_further_step_of_caseload_multiplies_leaving_by_its_truth(loaded):
    records, observed = loaded
    fit = wf.leaving.hazards(
        records,
        observed,
        covariates=["pay_quarter", "caseload"],
        strata=["staff_group", "organisation"],
        per={"caseload": TRUTHS.caseload_step},
    ).fit
    row = fit.table.row(by_predicate=pl.col("covariate") == "caseload", named=True)
    truth = log(TRUTHS.caseload_hazard_ratio)
    assert abs(row["coefficient"] - truth) < Z * row["standard_error"]
    assert row["coefficient"] > Z * row["standard_error"]


def test_bands_differ_as_their_mean_loads_do(loaded):
    records, observed = loaded
    within = (pl.min_horizontal("end_date", pl.lit(observed.end)) - pl.col("start_date")).dt.total_days() + 1
    mean = dict(
        records.assignments.filter(pl.col("caseload").is_not_null())
        .group_by("caseload_band")
        .agg((pl.col("caseload") * within).sum() / within.sum())
        .iter_rows()
    )
    fit = wf.leaving.hazards(
        records,
        observed,
        covariates=["pay_quarter", "caseload_band"],
        strata=["staff_group", "organisation"],
        references={"caseload_band": "20 to 24"},
    ).fit
    band = (pl.col("covariate") == "caseload_band") & ~pl.col("level").is_in([NO_CASELOAD, NO_RECORD])
    found = fit.table.filter(band)
    assert found["level"].to_list() == ["15 to 19", "25 to 29", "30 or more", "under 15"]
    for row in found.rows(named=True):
        truth = STEP * (mean[row["level"]] - mean["20 to 24"])
        assert abs(row["coefficient"] - truth) < Z * row["standard_error"], row


RATIO = 1.3  # for each case more, in what follows
FIRSTS = pl.date_range(pl.date(2021, 1, 1), pl.date(2023, 1, 1), "1mo", eager=True)
EDGES = FIRSTS.to_physical().to_numpy().astype(np.int64)  # days since 1970
TWO_YEARS = Period(date(2021, 1, 1), date(2022, 12, 31))


def fitted(load: np.ndarray, *, notice: int, seed: int, **options):
    """A model of leaving by caseload, of people who carry `load` (by person and month end, the first that of December).

    The hazard of a month is that of the load at the end of the month before. Leavers hand over their cases so many days before they go.
    """
    rng = np.random.default_rng(seed)
    people, months = load.shape[0], load.shape[1] - 1
    length = np.diff(EDGES)
    hazard = 0.0006 * RATIO ** load[:, :-1] * length
    gone = rng.exponential(size=people)[:, None] < np.cumsum(hazard, axis=1)
    left = gone.any(axis=1)
    month = np.where(left, gone.argmax(axis=1), months - 1)
    last = np.where(left, EDGES[month] + rng.integers(0, length[month]), EDGES[-1])
    until = np.where(left, last - notice, EDGES[-1])
    # A case is in someone's hands for some days about each month's end.
    who, end, case = np.nonzero(np.arange(load.max()) < load[:, :, None])
    begins, ends = EDGES[end] - 10, np.minimum(EDGES[end] + 10, until[who])
    held = pl.DataFrame({"who": who, "case": case, "begins": begins, "ends": ends}).filter(pl.col("ends") >= begins)
    allocations = held.select(
        organisation=pl.lit("council"),
        case_id=pl.format("{}-{}", "who", "case"),
        person_id=pl.col("who").cast(pl.String),
        start_date=pl.col("begins").cast(pl.Int32).cast(pl.Date),
        end_date=pl.col("ends").cast(pl.Int32).cast(pl.Date),
    )
    staff = pl.DataFrame({"person_id": np.arange(people), "ends": last, "left": left}).select(
        pl.col("person_id").cast(pl.String),
        organisation=pl.lit("council"),
        start_date=pl.lit(date(2020, 1, 1)),
        end_date=pl.when("left").then(pl.col("ends").cast(pl.Int32).cast(pl.Date)),
        fte=pl.lit(1.0),
        role=pl.lit("caseworker"),
    )
    cases = allocations.select("organisation", "case_id", received_date=pl.lit(date(2019, 1, 1))).unique()
    area = casework(allocations, cases, staff)
    records = wf.caseload.with_history(area, TWO_YEARS, roles=["caseworker"], bands=(2, 4), **options)
    by_band = {"covariates": "caseload_band", "references": {"caseload_band": "under 2"}}
    numeric, banded_too = (
        wf.leaving.hazards(records, TWO_YEARS, **how).fit for how in ({"covariates": "caseload"}, by_band)
    )
    return numeric.table.row(0, named=True), banded_too.table.filter(pl.col("level") != NO_RECORD).rows(named=True)


def test_loads_that_change_from_month_to_month_are_followed():
    load = np.random.default_rng(76).choice([1, 3, 5], (900, len(EDGES)))
    row, bands = fitted(load, notice=0, seed=77)
    assert abs(row["coefficient"] - log(RATIO)) < Z * row["standard_error"]
    assert row["coefficient"] > Z * row["standard_error"]
    for band, more in zip(bands, (2, 4), strict=True):
        assert abs(band["coefficient"] - more * log(RATIO)) < Z * band["standard_error"]


def test_where_leavers_hand_over_their_cases_weeks_before_an_earlier_load_is_asked_for():
    load = np.random.default_rng(78).choice([1, 3, 5], (900, 1)).repeat(len(EDGES), axis=1)
    row, _ = fitted(load, notice=15, seed=79, months_before=2)
    assert abs(row["coefficient"] - log(RATIO)) < Z * row["standard_error"]
    # A month before, those who go in its first half have no cases left: it looks as if that made them leave.
    misled, _ = fitted(load, notice=15, seed=79)
    assert misled["coefficient"] + Z * misled["standard_error"] < log(RATIO)
