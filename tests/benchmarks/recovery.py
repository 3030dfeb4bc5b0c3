"""Recovery: do the 95% limits of each retention figure cover the truth in 95% of samples drawn with known hazards?

Run as: python tests/benchmarks/recovery.py [repetitions]   (2,000 when not given; the seed was fixed before the first run)
Each sample has 600 stays in two pay groups and two sites, in whole days. Half are seen from their first day, half enter the records
within their first two years; all are seen for at most four years. The higher-paid leave at 1.5 times the rate of the others, and site
y's at 0.8 times; of leavers 50% go to another authority, 30% to the NHS, 20% retire. A coverage is as it should be within three
binomial standard errors of 95%. Printed: figure, truth, coverage. Exit code 1 where one is not.
"""

import sys
from collections import Counter, defaultdict

import numpy as np
import polars as pl

from workforce.errors import InputError
from workforce.measures.cox import cox
from workforce.measures.differences import difference
from workforce.measures.incidence import incidence
from workforce.measures.life_table import life_table, median_stay, restricted_mean, retained_at
from workforce.measures.logrank import logrank

SEED = 20_260_401
REPETITIONS = 2_000
STAYS = 600
DAILY = 1 / 1500  # hazard of the lower-paid at site x
RATIOS = {"pay": 1.5, "site": 0.8}
CAUSES = {"nhs": 0.3, "other_local_authority": 0.5, "retirement": 0.2}
YEAR, HORIZON, AT = 365, 1095, 730


def drawn(rng: np.random.Generator) -> pl.DataFrame:
    """One sample. The hazard does not change with service, so that whoever enters late has as long to go as on the first day."""
    paid, site = rng.integers(0, 2, STAYS), rng.integers(0, 2, STAYS)
    entry = np.where(rng.random(STAYS) < 0.5, 0, rng.integers(0, 2 * YEAR, STAYS))
    rate = DAILY * RATIOS["pay"] ** paid * RATIOS["site"] ** site
    until_left = np.ceil(rng.exponential(1 / rate)).astype(np.int64)
    until_seen = rng.integers(YEAR, 4 * YEAR, STAYS)
    left = until_left <= until_seen
    cause = rng.choice(list(CAUSES), STAYS, p=list(CAUSES.values()))
    return pl.DataFrame(
        {
            "entry": entry,
            "exit": entry + np.minimum(until_left, until_seen),
            "event": left,
            "cause": pl.Series(cause).set(~pl.Series(left), None),
            "pay": np.array(["lower", "upper"])[paid],
            "site": np.array(["x", "y"])[site],
            "nothing": np.array(["a", "b"])[rng.integers(0, 2, STAYS)],
        }
    )


def stayed(pay: str, days: np.ndarray | float) -> np.ndarray:
    """The share of a pay group still there: half of it works at each site."""
    rate = DAILY * (RATIOS["pay"] if pay == "upper" else 1.0)
    return (np.exp(-rate * days) + np.exp(-rate * RATIOS["site"] * days)) / 2


def truths() -> dict[str, float]:
    days = np.arange(20_000)
    known = {f"median, {pay}": float(days[stayed(pay, days) <= 0.5][0]) for pay in ("lower", "upper")}
    known |= {f"retained at {AT}, {pay}": float(stayed(pay, AT)) for pay in ("lower", "upper")}
    known |= {f"restricted mean, {pay}": float(stayed(pay, np.arange(HORIZON)).sum()) for pay in ("lower", "upper")}
    known |= {f"incidence at {AT}, {c}": share * (1 - float(stayed("lower", AT))) for c, share in CAUSES.items()}
    known["difference retained"] = known[f"retained at {AT}, upper"] - known[f"retained at {AT}, lower"]
    known["difference restricted mean"] = known["restricted mean, upper"] - known["restricted mean, lower"]
    known |= {f"log hazard ratio, {c}": float(np.log(ratio)) for c, ratio in RATIOS.items()}
    known["log hazard ratio, pay, site a stratum"] = known["log hazard ratio, pay"]
    known["log hazard ratio, pay, robust"] = known["log hazard ratio, pay"]
    return known


def limits(spells: pl.DataFrame) -> dict[str, tuple[float | None, float | None]]:
    """The limits of every figure in one sample."""
    table = life_table(spells, by="pay")
    shares, means = retained_at(table, AT), restricted_mean(table, HORIZON)
    found = {}
    for words, summary in ((f"retained at {AT}", shares), ("restricted mean", means), ("median", median_stay(table))):
        found |= {f"{words}, {pay}": (low, high) for pay, low, high in summary.select("pay", "lower", "upper").rows()}
    found["difference retained"] = difference(shares).select("lower", "upper").row(0)
    found["difference restricted mean"] = difference(means).select("lower", "upper").row(0)
    gone = incidence(spells.filter(pl.col("pay") == "lower")).filter(pl.col("time") <= AT)
    last = gone.group_by("cause").last().sort("cause")
    found |= {f"incidence at {AT}, {c}": (low, high) for c, low, high in last.select("cause", "lower", "upper").rows()}
    both = cox(spells, covariates=["pay", "site"]).table
    found |= {
        f"log hazard ratio, {c}": tuple(np.log(ends)) for c, *ends in both.select("covariate", "lower", "upper").rows()
    }
    within = cox(spells, covariates="pay", strata="site").table
    found["log hazard ratio, pay, site a stratum"] = tuple(np.log(within.select("lower", "upper").row(0)))
    robust = cox(spells.with_row_index("person"), covariates=["pay", "site"], cluster="person").table
    found["log hazard ratio, pay, robust"] = tuple(np.log(robust.select("lower", "upper").row(0)))
    return found


def main(repetitions: int) -> int:
    rng, known = np.random.default_rng(SEED), truths()
    covered, unknown, tests = Counter(), Counter(), defaultdict(int)
    for _ in range(repetitions):
        spells = drawn(rng)
        for figure, (low, high) in limits(spells).items():
            # A median's upper limit that was not reached lies beyond what was seen.
            unknown[figure] += low is None
            covered[figure] += low is not None and low <= known[figure] <= (np.inf if high is None else high)
        try:
            tests["log-rank, no difference"] += logrank(spells, by="nothing", strata="site").p_value >= 0.05
            check = cox(spells, covariates=["pay", "site"]).proportionality
            tests["proportional hazards, true"] += (
                check.filter(pl.col("covariate") == "global")["p_value"].item() >= 0.05
            )
        except InputError:
            unknown["tests"] += 1
    allowed = 3 * np.sqrt(0.95 * 0.05 / repetitions)
    print(f"{repetitions} repetitions, seed {SEED}; as it should be: {0.95 - allowed:.4f} to {0.95 + allowed:.4f}")
    wrong = 0
    for figure, truth in known.items():
        share = covered[figure] / repetitions
        amiss = abs(share - 0.95) > allowed
        wrong += amiss
        print(f"{figure:40} truth {truth:10.4f}  covered {share:.4f}{'  AMISS' if amiss else ''}")
    for name, kept in tests.items():
        share = kept / repetitions
        amiss = abs(share - 0.95) > allowed
        wrong += amiss
        print(f"{name:40} not significant at 5%  {share:.4f}{'  AMISS' if amiss else ''}")
    if unknown.total():
        print(f"without a limit: {dict(unknown)}")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else REPETITIONS))
