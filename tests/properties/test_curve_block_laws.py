"""What is released of curves, counted again from the spells: each step on the grid, six leavers for each, ten at risk at each time."""

import numpy as np
import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import workforce as wf

GRID = 30
CAUSES = ["nhs", "retirement", "other_sector"]
FEW_EACH = "others, of few people each"
DRAWN = st.tuples(st.integers(0, 2**32 - 1), st.integers(9, 250), st.sampled_from([60, 400, 2000]), st.booleans())
ruled = pytest.mark.parametrize("rule", ["board", "internal"])
fifty = settings(max_examples=50, deadline=None)


def spells_of(drawn: tuple[int, int, int, bool]) -> pl.DataFrame:
    """So many spells of such a mean length, some of them entering late; weights and causes are drawn as well."""
    seed, people, mean, late = drawn
    random = np.random.default_rng(seed)
    entry = (
        np.where(random.random(people) < 0.4, 0, random.integers(0, mean, people)) if late else np.zeros(people, int)
    )
    left = random.random(people) < random.choice([0.2, 0.7, 1.0])
    why = random.choice(len(CAUSES), people, p=[0.7, 0.05, 0.25])
    return pl.DataFrame(
        {
            "entry": entry,
            "exit": entry
            + 1
            + random.exponential(mean, people).astype(int) // random.choice([1, 20]) * random.choice([1, 20]),
            "event": left,
            "cause": pl.Series(
                [CAUSES[n] if gone else None for n, gone in zip(why, left, strict=True)], dtype=pl.String
            ),
            "weight": random.choice([0.2, 0.5, 1.0], people),
        }
    )


def leavers_by(spells: pl.DataFrame, day: int) -> int:
    return len(spells.filter(pl.col("event"), pl.col("exit") <= day))


def at_risk_on(spells: pl.DataFrame, day: int) -> int:
    return len(spells.filter(pl.col("entry") < day, pl.col("exit") >= day))


def shown_of(exact, rule):
    frame = wf.release(exact, rule).frame
    assume(len(frame) > 0 and frame["value"].null_count() == 0)  # one that is withheld has one row, and says nothing
    return frame


@ruled
@fifty
@given(DRAWN)
def test_each_step_of_a_curve_is_on_the_grid_and_of_six_leavers_and_each_time_has_ten_at_risk(rule, drawn):
    spells = spells_of(drawn)
    shown = shown_of(wf.stats.life_table(spells), rule)
    assert (shown["time"] % GRID == 0).all()
    last = 0
    for time in shown.filter(pl.col("left") > 0)["time"]:
        assert leavers_by(spells, time) - leavers_by(spells, last) >= 6
        last = time
    for time, at_risk in shown.filter(pl.col("time") > 0).select("time", "at_risk").rows():
        assert at_risk >= 10
        assert at_risk_on(spells, time) >= 10


@ruled
@fifty
@given(DRAWN)
def test_a_curve_falls_only_where_a_block_is_full_and_its_leavers_are_as_near_as_its_docstring_says(rule, drawn):
    spells = spells_of(drawn)
    shown = shown_of(wf.stats.life_table(spells), rule)
    assert (shown["value"].diff().fill_null(0) <= 0).all()
    fallen = shown.filter(pl.col("value").diff().fill_null(0) < 0)
    assert fallen["time"].to_list() == shown.filter(pl.col("left") > 0)["time"].to_list()
    assert len(fallen) > 0
    for time, left in shown.select("time", pl.col("left").cum_sum()).rows():
        assert -7 <= left - leavers_by(spells, time) <= 3
    assert shown["value"].min() > 0


@ruled
@fifty
@given(DRAWN)
def test_a_curve_by_weight_steps_where_that_of_its_people_does(rule, drawn):
    spells = spells_of(drawn)
    people = shown_of(wf.stats.life_table(spells), rule)
    weighted = shown_of(wf.stats.life_table(spells, weight="weight"), rule)
    counts = ["time", "entered", "at_risk", "left", "censored"]
    assert weighted.select(counts).equals(people.select(counts))
    fallen = weighted.filter(pl.col("value").diff().fill_null(0) != 0)["time"].to_list()
    assert set(fallen) <= set(people.filter(pl.col("left") > 0)["time"])


@ruled
@fifty
@given(DRAWN)
def test_the_order_of_the_spells_changes_nothing_that_is_shown(rule, drawn):
    spells = spells_of(drawn)
    shuffled = spells.sample(fraction=1, shuffle=True, seed=drawn[0])
    for made in (wf.stats.life_table, wf.stats.incidence_table):
        assert wf.release(made(shuffled), rule).frame.equals(wf.release(made(spells), rule).frame)


@ruled
@fifty
@given(DRAWN)
def test_each_step_of_a_cause_is_on_the_grid_and_of_six_leavers_for_it(rule, drawn):
    spells = spells_of(drawn)
    shown = shown_of(wf.stats.incidence_table(spells), rule)
    assert (shown["time"] % GRID == 0).all()
    separate = [c for c in shown["cause"].unique() if c != FEW_EACH]
    for cause in shown["cause"].unique():
        of_cause = pl.col("cause") == cause if cause != FEW_EACH else ~pl.col("cause").is_in(separate)
        own = spells.filter(pl.col("event"), of_cause)
        last = 0
        for time in shown.filter(pl.col("cause") == cause, pl.col("left") > 0)["time"]:
            assert leavers_by(own, time) - leavers_by(own, last) >= 6
            last = time
    by_time = shown.group_by("time", maintain_order=True).agg(pl.col("value").sum())["value"]
    assert by_time.max() < 1
    assert (by_time.diff().fill_null(0) >= 0).all()


@ruled
@fifty
@given(DRAWN)
def test_no_incidence_is_shown_where_fewer_than_ten_are_at_risk(rule, drawn):
    spells = spells_of((*drawn[:3], False))
    shown = shown_of(wf.stats.incidence_table(spells), rule)
    assert shown["at_risk"].drop_nulls().min() >= 10
    for time in shown["time"].unique():
        assert at_risk_on(spells, time) >= 10


@fifty
@given(DRAWN)
def test_of_one_cause_an_incidence_is_the_curve_of_its_printed_counts_with_greenwoods_error(drawn):
    spells = spells_of(drawn).with_columns(cause=pl.when("event").then(pl.lit("nhs")))
    steps = shown_of(wf.stats.incidence_table(spells), "internal").filter(pl.col("left") > 0)
    still_there = (1 - pl.col("left") / pl.col("at_risk")).cum_prod()
    spread = (pl.col("left") / (pl.col("at_risk") * (pl.col("at_risk") - pl.col("left")))).cum_sum()
    expected = steps.select(value=1 - still_there, standard_error=still_there * spread.sqrt())
    assert steps["value"].to_list() == pytest.approx(expected["value"].to_list())
    printed = steps["standard_error"].to_list()  # two figures
    assert printed == pytest.approx(expected["standard_error"].to_list(), rel=0.05)


@ruled
@fifty
@given(DRAWN)
def test_a_share_or_a_median_that_is_shown_is_that_of_the_curve_that_is_shown(rule, drawn):
    exact = wf.stats.life_table(spells_of(drawn))
    shown = shown_of(exact, rule)
    for time, value in wf.release(wf.stats.retained_at(exact, [45, 365]), rule).frame.select("time", "value").rows():
        reached = shown.filter(pl.col("time") <= time)["value"][-1]
        assert value in (None, reached)
        assert (value is None) == (reached == 1 or shown["time"].max() < time)  # up to five may have left before a step
    median = wf.release(wf.stats.median_stay(exact), rule).frame["value"].item()
    assert median is None or median % GRID == 0


@pytest.mark.parametrize("rule", ["partner", "analyst"])
def test_partners_and_the_analyst_see_exact_curves(rule):
    exact = wf.stats.life_table(spells_of((1, 200, 400, True)))
    assert wf.release(exact, rule).frame.equals(exact.frame)


def test_the_shares_of_the_sample_after_one_two_and_three_years_are_within_two_points():
    area = wf.load_area()
    exact = wf.leaving.retention(area, area.observed)
    shown = wf.stats.retained_at(wf.release(exact).result, [365, 730, 1095]).frame["value"]
    points_off = 100 * (shown - wf.stats.retained_at(exact, [365, 730, 1095]).frame["value"])
    assert points_off.abs().max() < 2
    assert points_off.mean() > -0.5  # steps come late: too high rather than too low
