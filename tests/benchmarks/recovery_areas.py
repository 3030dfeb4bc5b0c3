"""The recovery of what is true of generated areas: the retention of their staff by the generator's law, and what is found in one area.

The law (`workforce.sample.TRUTHS`): of people in a staff group without cases and in a pay quarter, a share exp(-h t ** shape) is still
there after t years, h being the baseline of the group times the ratio of the quarter. A generated stay ends on the day in which its time
runs out, so that the share after a whole number of days is exactly this one. Where the leavers of schools go is drawn from fixed shares,
those apart who retire: who that is follows from how old people are when they join. Not allowed for, as it moves a truth by less than a
thousandth of itself: one in 25 comes back to the seat they left, a little older.

An area has five organisations. Everybody in post when records begin enters with the service they had then; the schools' records begin two
and a half years after the others'. Pay quarters are those of `banded`, as an analyst would make them, on the last day: one person in a
hundred lands in a quarter next to the one that the generator used.
"""

from typing import Final

import numpy as np
import polars as pl
from scipy.stats import norm

import workforce as wf
from workforce.bands import QUARTERS
from workforce.sample import TRUTHS, make_area
from workforce.sample.design import CASEWORK_ROLES, LOCALITIES
from workforce.sample.people import _AGES, _DESTINATION_SHARES, _DESTINATIONS, _OLDEST, _RETIRES_FROM, _YOUNGEST

STAFF: Final = 5_000
SUPPORT, SCHOOLS = "Family support", "Classroom support"
LOWEST, HIGHEST = QUARTERS[0], QUARTERS[-1]
AFTER: Final = {365: "1 year", 730: "2 years", 1826: "5 years"}
AT, HORIZON = 730, 1826
SHOWN: Final = (
    "education",
    "other_sector",
    "unknown",
)  # the destinations to which more than a handful of an area's leavers go
YEAR: Final = 365.25

Found = tuple[float, float | None, float | None]


def still_there(group: str, quarter: str, days: np.ndarray) -> np.ndarray:
    """The share of a staff group and pay quarter that is still there after so many days of service, by the generator's law."""
    hazard = TRUTHS.leaving_baseline[group] * TRUTHS.pay_hazard_ratios[QUARTERS.index(quarter)]
    return np.exp(-hazard * (days / YEAR) ** TRUTHS.leaving_shape)


def retiring(served: np.ndarray) -> np.ndarray:
    """The share of leavers who retire, by days served: those of 58 and over do with a chance that grows with their age."""
    normal = norm.ppf((np.arange(4_000) + 0.5) / 4_000)
    older = LOCALITIES[TRUTHS.older_locality]
    share = np.zeros(len(served))
    for weight, mean in ((1 - older, _AGES[0]), (older, _AGES[0] + TRUTHS.older_by_years)):
        age = np.clip(mean + _AGES[1] * normal, _YOUNGEST, _OLDEST)[:, None] + served / YEAR
        chance = np.where(age >= _RETIRES_FROM, np.clip((age - _RETIRES_FROM + 2) / 8, 0.0, 0.95), 0.0)
        share += weight * chance.mean(axis=0)
    return share


def truths() -> dict[str, float]:
    days = np.arange(40_000)
    known = {}
    for group, quarter in ((SUPPORT, LOWEST), (SUPPORT, HIGHEST), (SCHOOLS, LOWEST), (SCHOOLS, HIGHEST)):
        cell, share = f"{group}, {quarter[:2]}", still_there(group, quarter, days)
        known |= {f"retained, {words}, {cell}": float(share[time]) for time, words in AFTER.items()}
        known[f"median, {cell}"] = float(days[share <= 0.5][0])
        known[f"mean within 5 years, {cell}"] = float(share[:HORIZON].sum())
    for words in ("retained, 2 years", "mean within 5 years"):
        known[f"difference, {words}, {SUPPORT}"] = known[f"{words}, {SUPPORT}, Q4"] - known[f"{words}, {SUPPORT}, Q1"]
    share = still_there(SCHOOLS, HIGHEST, days[: AT + 1])
    elsewhere = (-np.diff(share) * (1 - retiring(days[:AT]))).sum()
    chances = dict(zip(_DESTINATIONS, _DESTINATION_SHARES["schools"], strict=True))
    known |= {f"incidence, 2 years, {SCHOOLS}, Q4, {cause}": float(chances[cause] * elsewhere) for cause in SHOWN}
    known |= {
        f"log hazard ratio, {quarter[:2]}": float(np.log(ratio))
        for quarter, ratio in list(zip(QUARTERS, TRUTHS.pay_hazard_ratios, strict=True))[1:]
    }
    return known


def found(seed: int) -> tuple[dict[str, Found], dict[str, float]]:
    """What the measures say of one generated area: figures with their limits, and the p-values of two tests of what is not so."""
    area = make_area(staff=STAFF, organisations=5, years=6, seed=seed, casework=False)
    observed = wf.Period(area.since, area.until)
    # How fast people with cases leave depends on how many, too: their groups mix many hazards.
    casework = area.assignments.filter(pl.col("role").is_in(CASEWORK_ROLES))["staff_group"].unique()
    others = area.assignments.filter(~pl.col("staff_group").is_in(casework.implode()))
    staff = wf.Records(assignments=others).with_bands(area.until, age=None, tenure=None)
    figures = _staying(staff, observed)
    schools = staff.where(pl.col("staff_group") == SCHOOLS)
    gone = (
        wf.leaving.incidence(schools, observed, by="pay_quarter")
        .frame.filter((pl.col("pay_quarter") == HIGHEST) & (pl.col("time") <= AT))
        .group_by("cause", maintain_order=True)
        .last()
    )
    for cause, *figure in gone.filter(pl.col("cause").is_in(SHOWN)).select("cause", "value", "lower", "upper").rows():
        figures[f"incidence, 2 years, {SCHOOLS}, Q4, {cause}"] = tuple(figure)
    fit = wf.leaving.hazards(staff, observed, covariates="pay_quarter", strata="staff_group").fit
    for level, *figure in fit.table.select("level", pl.col("hazard_ratio", "lower", "upper").log()).rows():
        figures[f"log hazard ratio, {level[:2]}"] = tuple(figure)
    sexes = wf.leaving.compare(staff, observed, by="sex", strata=["staff_group", "pay_quarter"])
    proportional = fit.proportionality.filter(pl.col("covariate") == "global")["p_value"].item()
    return figures, {"log-rank, no difference": sexes.p_value, "proportional hazards, true": proportional}


def _staying(staff: wf.Records, observed: wf.Period) -> dict[str, Found]:
    """Figures read off the curves of each staff group and pay quarter."""
    figures = {}
    for group in (SUPPORT, SCHOOLS):
        curve = wf.leaving.retention(staff.where(pl.col("staff_group") == group), observed, by="pay_quarter")
        shares, means = wf.stats.retained_at(curve, list(AFTER)), wf.stats.restricted_mean(curve, HORIZON)
        named = [
            *((f"retained, {AFTER[int(t)]}", rows) for (t,), rows in shares.frame.group_by("time")),
            ("mean within 5 years", means.frame),
            ("median", wf.stats.median_stay(curve).frame),
        ]
        figures |= {
            f"{words}, {group}, {quarter[:2]}": tuple(figure)
            for words, rows in named
            for quarter, *figure in rows.select("pay_quarter", "value", "lower", "upper").rows()
        }
        if group == SUPPORT:
            for words, summary in (
                ("retained, 2 years", shares.filter(pl.col("time") == AT)),
                ("mean within 5 years", means),
            ):
                highest = wf.stats.difference(summary).filter(pl.col("pay_quarter") == HIGHEST)
                figures[f"difference, {words}, {SUPPORT}"] = highest.select("value", "lower", "upper").row(0)
    return figures
