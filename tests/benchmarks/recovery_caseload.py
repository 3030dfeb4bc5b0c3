"""The recovery of the effect of caseload on leaving, from generated areas with their cases: what is true, and what is found in one area.

By the generator's law people leave `TRUTHS.caseload_hazard_ratio` times as fast for every further `caseload_step` cases per FTE, times
the ratio of their pay quarter. The load of a post is known from its allocations only, month by month, as an area's would be; between two
cases a post is without for up to a week, so that what is measured is a little less than what the generator reckons with.
"""

from typing import Final

import numpy as np
import polars as pl

import workforce as wf
from workforce.bands import QUARTERS
from workforce.sample import TRUTHS, make_area
from workforce.sample.design import CASEWORK_ROLES

STAFF: Final = 1_500  # of one council: about 500 caseworkers and social workers
STEP: Final = f"log hazard ratio, {TRUTHS.caseload_step:g} cases per FTE more"

Found = tuple[float, float | None, float | None]


def truths() -> dict[str, float]:
    quarters = list(zip(QUARTERS, TRUTHS.pay_hazard_ratios, strict=True))[1:]
    known = {f"log hazard ratio, {quarter[:2]}, caseload alike": float(np.log(ratio)) for quarter, ratio in quarters}
    return {STEP: float(np.log(TRUTHS.caseload_hazard_ratio)), **known}


def found(seed: int) -> tuple[dict[str, Found], dict[str, float]]:
    """The hazard ratios of one area with their limits, and the p-value of a test of what is not so."""
    area = make_area(staff=STAFF, organisations=1, years=6, seed=seed)
    observed = wf.Period(area.since, area.until)
    # Pay quarters are of the whole staff group; only those of its roles that hold cases have a caseload.
    records = wf.Records(assignments=area.assignments, allocations=area.allocations, cases=area.cases)
    banded = records.with_bands(area.until, age=None, tenure=None).assignments
    of_caseworkers = wf.Records(
        assignments=banded.filter(pl.col("role").is_in(CASEWORK_ROLES)), allocations=area.allocations, cases=area.cases
    )
    staff = wf.caseload.with_history(of_caseworkers, observed, roles=CASEWORK_ROLES)
    fit = wf.leaving.hazards(
        staff,
        observed,
        covariates=["pay_quarter", "caseload"],
        strata="staff_group",
        per={"caseload": TRUTHS.caseload_step},
    ).fit
    logs = fit.table.select("covariate", "level", pl.col("hazard_ratio", "lower", "upper").log())
    figures = {
        STEP if covariate == "caseload" else f"log hazard ratio, {level[:2]}, caseload alike": tuple(figure)
        for covariate, level, *figure in logs.rows()
    }
    proportional = fit.proportionality.filter(pl.col("covariate") == "global")["p_value"].item()
    return figures, {"proportional hazards, true": proportional}
