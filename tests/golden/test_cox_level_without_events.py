"""The limit of a level in which nobody left, against R and a likelihood that is written out here.

The numbers: R survival 3.5.3, coxph (Efron, delayed entry) with an offset; ../shared/reference/cox_level_without_events.json where it is
there. R's limit is where the log likelihood has fallen by 1.92. There, a level of which 1.9 leavers are expected has nobody leave in 15% of
samples, so that a limit of 95% would be too low six times as often as it says; ours is where it has fallen by 3.69, which leaves 2.5%. The
likelihood that gives R's figure to six digits gives ours at that fall.
"""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from scipy.optimize import brentq

import workforce as wf

REFERENCE = Path(__file__).parents[3] / "shared" / "reference" / "cox_level_without_events.json"
R_FALL, OUR_FALL = 3.841458820694124 / 2, -np.log(0.025)
R = 1e-6


@pytest.mark.skipif(not REFERENCE.exists(), reason="the reference file is not beside the repository")
@pytest.mark.parametrize("number", [0, 1])
def test_the_likelihood_is_that_of_r_and_the_limit_leaves_a_chance_of_two_and_a_half_per_cent(number):
    case = json.loads(REFERENCE.read_text(encoding="utf-8"))["cases"][number]
    entry, end, event, level = (np.array(case["input"][c]) for c in ("entry", "exit", "event", "x"))
    happened = event == 1

    def chance_that_nobody_of_the_level_leaves(log_ratio):
        chance = 1.0
        for day in np.unique(end[happened]):
            at_risk, leaving = (entry < day) & (end >= day), (end == day) & happened
            others, of_level = (at_risk & (level == 0)).sum(), (at_risk & (level == 1)).sum()
            for k in range(leaving.sum()):
                chance *= (others - k) / (others - k + of_level * np.exp(log_ratio))
        return chance

    def limit(fall):
        return brentq(lambda at: -np.log(chance_that_nobody_of_the_level_leaves(at)) - fall, -20, 20, xtol=1e-12)

    assert limit(R_FALL) == pytest.approx(case["expected"]["upper_log_hazard_ratio"], abs=R)
    spells = pl.DataFrame(
        {"entry": entry, "exit": end, "event": happened, "level": ["rare" if x else "usual" for x in level]}
    )
    fit = wf.stats.cox(spells, covariates="level").fit
    assert fit.log_likelihood == pytest.approx(case["expected"]["log_likelihood"], abs=R)
    assert fit.table["upper"].item() == pytest.approx(np.exp(limit(OUR_FALL)), rel=R)
    assert fit.table.select("hazard_ratio", "lower").row(0) == (None, 0.0)
