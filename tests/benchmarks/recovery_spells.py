"""The recovery of what is true of drawn spells: what areas cannot show, because no generated area has it.

Areas test the whole way from records of posts to a figure; spells test the tables alone, so that a figure amiss in areas and not here
has its cause in how stays are made. And they have small groups, a constant hazard, entry that does not depend on service, a covariate that
lowers the hazard beside one that raises it, and three destinations whose shares of all leavers are known.

Each sample has 600 stays in two pay groups and two sites, in whole days. Half are seen from their first day, half enter the records
within their first two years; all are seen for at most four years. The higher-paid leave at 1.5 times the rate of the others, and site
y's at 0.8 times; of leavers 50% go to another authority, 30% to the NHS, 20% retire.
"""

from typing import Final

import numpy as np
import polars as pl

import workforce as wf

difference, incidence, logrank = wf.stats.difference, wf.stats.incidence, wf.stats.logrank
life_table, median_stay = wf.stats.life_table, wf.stats.median_stay
restricted_mean, retained_at = wf.stats.restricted_mean, wf.stats.retained_at

STAYS: Final = 600
DAILY: Final = 1 / 1500  # hazard of the lower-paid at site x
RATIOS: Final = {"pay": 1.5, "site": 0.8}
CAUSES: Final = {"nhs": 0.3, "other_local_authority": 0.5, "retirement": 0.2}
YEAR, HORIZON, AT = 365, 1095, 730

Found = tuple[float, float | None, float | None]


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


def found(seed: int) -> tuple[dict[str, Found], dict[str, float]]:
    """Every figure of one sample with its limits, and the p-values of two tests of what is not so."""
    spells = drawn(np.random.default_rng(seed))
    table = life_table(spells, by="pay")
    shares, means = retained_at(table, AT), restricted_mean(table, HORIZON)
    figure = ("value", "lower", "upper")
    figures = {}
    for words, summary in ((f"retained at {AT}", shares), ("restricted mean", means), ("median", median_stay(table))):
        figures |= {f"{words}, {pay}": tuple(numbers) for pay, *numbers in summary.frame.select("pay", *figure).rows()}
    figures["difference retained"] = difference(shares).select(figure).row(0)
    figures["difference restricted mean"] = difference(means).select(figure).row(0)
    gone = incidence(spells.filter(pl.col("pay") == "lower")).filter(pl.col("time") <= AT)
    last = gone.group_by("cause").last().sort("cause")
    figures |= {f"incidence at {AT}, {c}": tuple(numbers) for c, *numbers in last.select("cause", *figure).rows()}
    logs = pl.col("hazard_ratio", "lower", "upper").log()
    both = wf.stats.cox(spells, covariates=["pay", "site"]).fit
    figures |= {f"log hazard ratio, {c}": tuple(numbers) for c, *numbers in both.table.select("covariate", logs).rows()}
    within = wf.stats.cox(spells, covariates="pay", strata="site").fit.table
    figures["log hazard ratio, pay, site a stratum"] = within.select(logs).row(0)
    persons = spells.with_row_index("person")
    robust = wf.stats.cox(persons, covariates=["pay", "site"], cluster="person").fit.table
    figures["log hazard ratio, pay, robust"] = robust.select(logs).row(0)
    return figures, {
        "log-rank, no difference": logrank(spells, by="nothing", strata="site").p_value,
        "proportional hazards, true": both.proportionality.filter(pl.col("covariate") == "global")["p_value"].item(),
    }
