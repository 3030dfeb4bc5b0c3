"""Does a large generated area hold the truths that the sample documents?

The estimators here are their own: stratified rate ratios (Mantel and Haenszel, with the variance of Greenland and Robins 1985), a
Nelson-Aalen sum and Poisson regression in numpy, and Cox from lifelines. None of them uses the library's measures. Limits are 99.9%, the
seed is fixed.
"""

from datetime import date
from itertools import pairwise

import numpy as np
import polars as pl
import pytest

from builders import CASEWORK_ROLES, TRUTHS, SampleArea, make_area

Z = 3.2905  # 99.9%, two-sided
YEAR = 365.25
STAFF = 40_000


@pytest.fixture(scope="module")
def area() -> SampleArea:
    return make_area(staff=STAFF, seed=2023)


@pytest.fixture(scope="module")
def stays(area: SampleArea) -> pl.DataFrame:
    """One row per stay with an organisation: entry and exit in days of service, whether it ended, pay quarter, caseload role."""
    staff = area.assignments.filter(pl.col("employment") == "employed")
    in_post = staff.filter(pl.col("end_date").is_null()).unique(
        ["organisation", "person_id"], keep="first", maintain_order=True
    )
    cuts = in_post.group_by("staff_group").agg(
        pl.col("annual_pay").quantile(q, "linear").alias(f"cut{n}") for n, q in enumerate((0.25, 0.5, 0.75))
    )
    key = ["organisation", "person_id", "service_start"]
    return (
        staff.sort("start_date")
        .group_by(*key, maintain_order=True)
        .agg(
            pl.col("staff_group", "role", "annual_pay", "locality", "birth_date", "observed_from", "fte").first(),
            last=pl.col("end_date").fill_null(date(2999, 1, 1)).max(),
        )
        .join(cuts, on="staff_group")
        .with_columns(
            quarter=sum((pl.col("annual_pay") > pl.col(f"cut{n}")).cast(pl.Int8) for n in range(3)),
            left=pl.col("last") <= area.until,
            stop=pl.min_horizontal("last", pl.lit(area.until)),
            begin=pl.max_horizontal("service_start", "observed_from"),
        )
        .with_columns(
            entry=(pl.col("begin") - pl.col("service_start")).dt.total_days(),
            exit=(pl.col("stop") - pl.col("service_start")).dt.total_days() + 1,
        )
        # In operational time t ** shape a Weibull hazard is constant, so that events over time give the hazard.
        .with_columns(
            time=(pl.col("exit") / YEAR) ** TRUTHS.leaving_shape - (pl.col("entry") / YEAR) ** TRUTHS.leaving_shape
        )
    )


def rate_ratio(frame: pl.DataFrame, exposed: pl.Expr, strata: list[str]) -> tuple[float, float, float]:
    """Ratio of events over time, exposed to not, within strata: estimate and 99.9% limits."""
    sides = frame.group_by(*strata).agg(
        a=pl.col("events").filter(exposed).sum(),
        b=pl.col("events").filter(~exposed).sum(),
        t1=pl.col("time").filter(exposed).sum(),
        t0=pl.col("time").filter(~exposed).sum(),
    )
    a, b, t1, t0 = (sides[c].to_numpy().astype(float) for c in ("a", "b", "t1", "t0"))
    a, b, t1, t0 = (side[t1 + t0 > 0] for side in (a, b, t1, t0))
    total = t1 + t0
    upper, lower = (a * t0 / total).sum(), (b * t1 / total).sum()
    spread = np.exp(Z * np.sqrt(((a + b) * t1 * t0 / total**2).sum() / (upper * lower)))
    ratio = upper / lower
    return ratio, ratio / spread, ratio * spread


def test_each_pay_quarter_leaves_by_its_hazard_ratio(stays: pl.DataFrame) -> None:
    without_cases = stays.filter(~pl.col("role").is_in(CASEWORK_ROLES)).with_columns(events=pl.col("left"))
    for quarter in (1, 2, 3):
        pair = without_cases.filter(pl.col("quarter").is_in([0, quarter]))
        ratio, lower, upper = rate_ratio(pair, pl.col("quarter") == quarter, ["staff_group"])
        assert lower < TRUTHS.pay_hazard_ratios[quarter] < upper, (quarter, ratio)
        assert lower > 1


def test_cox_with_delayed_entry_finds_the_pay_ratio_without_being_told_the_shape(stays: pl.DataFrame) -> None:
    import pandas as pd
    from lifelines import CoxPHFitter

    few = (
        stays.filter((pl.col("staff_group") == "Business support") & pl.col("quarter").is_in([0, 3]))
        .sort("person_id")
        .head(4_000)
    )
    columns = few.select("entry", "exit", "left", top=(pl.col("quarter") == 3).cast(pl.Float64))
    frame = pd.DataFrame(columns.to_dict(as_series=False))
    fit = CoxPHFitter(alpha=0.001).fit(frame, duration_col="exit", event_col="left", entry_col="entry")
    lower, upper = fit.confidence_intervals_.loc["top"]
    assert lower < np.log(TRUTHS.pay_hazard_ratios[3]) < upper
    assert lower > 0


def cumulative_hazard(frame: pl.DataFrame, years: float, *, delayed: bool) -> tuple[float, float]:
    """Nelson and Aalen's sum to a time, and its standard error; at risk at t are those with entry < t <= exit."""
    longest = int(frame["exit"].max())
    entry = frame["entry"].to_numpy() if delayed else np.zeros(frame.height, dtype=np.int64)
    ends = frame["exit"].to_numpy()
    events = np.bincount(ends[frame["left"].to_numpy()], minlength=longest + 1)
    entered, gone = np.bincount(entry, minlength=longest + 1), np.bincount(ends, minlength=longest + 1)
    at_risk = np.cumsum(entered)[:-1] - np.cumsum(gone)[:-1]  # at day t: entered before t, not gone before t
    events, at_risk = events[1:], np.maximum(at_risk, 1)
    until = round(years * YEAR)
    return float((events / at_risk)[:until].sum()), float(np.sqrt((events / at_risk**2)[:until].sum()))


@pytest.mark.parametrize("group", ["Family support", "Classroom support", "Speech and language therapy"])
@pytest.mark.parametrize("years", [1.0, 3.0, 8.0])
def test_the_lowest_quarter_leaves_by_the_documented_curve(stays: pl.DataFrame, group: str, years: float) -> None:
    lowest = stays.filter((pl.col("staff_group") == group) & (pl.col("quarter") == 0))
    truth = TRUTHS.leaving_baseline[group] * years**TRUTHS.leaving_shape
    found, error = cumulative_hazard(lowest, years, delayed=True)
    assert abs(found - truth) < Z * error


def test_ignoring_that_records_begin_late_gives_another_answer(stays: pl.DataFrame) -> None:
    lowest = stays.filter((pl.col("staff_group") == "Classroom support") & (pl.col("quarter") == 0))
    truth = TRUTHS.leaving_baseline["Classroom support"] * 3.0**TRUTHS.leaving_shape
    found, error = cumulative_hazard(lowest, 3.0, delayed=False)
    assert found + Z * error < truth


def test_every_further_step_of_caseload_multiplies_leaving(area: SampleArea, stays: pl.DataFrame) -> None:
    workers = stays.filter(pl.col("role").is_in(CASEWORK_ROLES))
    held = (
        area.allocations.select("organisation", "person_id", "start_date", "end_date")
        .join(workers, on=["organisation", "person_id"])
        .with_columns(
            first=pl.max_horizontal("start_date", "begin"),
            final=pl.min_horizontal(pl.col("end_date").fill_null(area.until), "stop"),
        )
        .with_columns(days=(pl.col("final") - pl.col("first")).dt.total_days() + 1)
        .filter(pl.col("days") > 0)
        .group_by("organisation", "person_id", "service_start")
        .agg(pl.col("days").sum())
    )
    loads = workers.join(held, on=["organisation", "person_id", "service_start"]).with_columns(
        load=pl.col("days") / (pl.col("exit") - pl.col("entry")) / pl.col("fte"), events=pl.col("left").cast(pl.Float64)
    )
    assert loads["load"].min() < 11
    assert loads["load"].max() > 34
    ratio, lower, upper = rate_ratio_for_a_step(loads, "load", TRUTHS.caseload_step, ["staff_group", "quarter"])
    assert lower < TRUTHS.caseload_hazard_ratio < upper, ratio
    assert lower > 1


def rate_ratio_for_a_step(
    frame: pl.DataFrame, column: str, step: float, strata: list[str]
) -> tuple[float, float, float]:
    """Poisson regression of events on a number within strata: the rate ratio for one step, and 99.9% limits.

    With a rate of its own for each stratum, the likelihood is that of where the events of a stratum fall, given how many there are.
    """
    stratum = frame.select(pl.struct(strata).rank("dense")).to_series().to_numpy() - 1
    number, time, events = (frame[c].to_numpy() for c in (column, "time", "events"))
    number = number / step
    cases = np.bincount(stratum, events)
    slope = 0.0
    for _ in range(30):
        weight = time * np.exp(slope * number)
        total, first, second = (np.bincount(stratum, weight * number**power) for power in (0, 1, 2))
        score = (events * number).sum() - (cases * first / total).sum()
        information = (cases * (second / total - (first / total) ** 2)).sum()
        slope += score / information
    half = Z / np.sqrt(information)
    return tuple(float(np.exp(slope + side * half)) for side in (0, -1, 1))


@pytest.fixture(scope="module")
def sickness(area: SampleArea, stays: pl.DataFrame) -> pl.DataFrame:
    """New absences and days at work, by locality, staff group and age band."""
    supplying = area.absences["organisation"].unique().implode()
    people = stays.filter(pl.col("organisation").is_in(supplying)).select(
        "organisation", "person_id", "service_start", "locality", "staff_group", "birth_date", "begin", "stop"
    )
    records = (
        area.absences.join(people, on=["organisation", "person_id"])
        .filter((pl.col("start_date") >= pl.col("begin")) & (pl.col("start_date") <= pl.col("stop")))
        .with_columns(final=pl.min_horizontal(pl.col("end_date").fill_null(date(2999, 1, 1)), "stop"))
        .sort("organisation", "person_id", "start_date")
        .with_columns(
            # A record that begins the day after another ends is the second piece of one absence.
            events=(
                (pl.col("start_date") - pl.col("final").shift(1).over("organisation", "person_id")).dt.total_days() != 1
            )
            .fill_null(value=True)
            .cast(pl.Int64),
            away=(pl.col("final") - pl.col("start_date")).dt.total_days() + 1,
        )
    )
    edges = [0, *TRUTHS.age_cuts, 120]
    parts = []
    for band, (young, old) in enumerate(pairwise(edges)):
        turns = [pl.col("birth_date") + pl.duration(days=round(age * YEAR)) for age in (young, old)]
        present = people.with_columns(
            time=(
                pl.min_horizontal(pl.col("stop") + pl.duration(days=1), turns[1]) - pl.max_horizontal("begin", turns[0])
            ).dt.total_days()
        ).filter(pl.col("time") > 0)
        absent = records.filter((pl.col("start_date") >= turns[0]) & (pl.col("start_date") < turns[1]))
        parts += [
            present.select("locality", "staff_group", "time", events=pl.lit(0, pl.Int64), band=pl.lit(band)),
            absent.select("locality", "staff_group", time=-pl.col("away"), events="events", band=pl.lit(band)),
        ]
    return pl.concat(parts, how="vertical_relaxed")


def test_the_sicker_locality_is_sicker_given_age_and_staff_group(sickness: pl.DataFrame) -> None:
    ratio, lower, upper = rate_ratio(sickness, pl.col("locality") == TRUTHS.sicker_locality, ["band", "staff_group"])
    assert lower < TRUTHS.sicker_absence_ratio < upper, ratio


def test_the_older_locality_looks_sicker_and_is_not(sickness: pl.DataFrame) -> None:
    others = sickness.filter(pl.col("locality") != TRUTHS.sicker_locality).with_columns(all=pl.lit(1))
    older = pl.col("locality") == TRUTHS.older_locality
    _, crude_lower, _ = rate_ratio(others, older, ["all"])
    ratio, lower, upper = rate_ratio(others, older, ["band", "staff_group"])
    assert crude_lower > 1.1
    assert lower < TRUTHS.older_absence_ratio < upper, ratio


def test_older_staff_are_ill_more_often_by_the_documented_ratios(sickness: pl.DataFrame) -> None:
    for band in (2, 3, 4):
        pair = sickness.filter(pl.col("band").is_in([1, band]))
        ratio, lower, upper = rate_ratio(pair, pl.col("band") == band, ["locality", "staff_group"])
        assert lower < TRUTHS.age_absence_ratios[band] < upper, (band, ratio)
