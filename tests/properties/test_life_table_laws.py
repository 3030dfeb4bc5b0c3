import warnings
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import workforce as wf
from builders import records

SPELL = st.tuples(st.integers(0, 12), st.integers(1, 10), st.booleans(), st.sampled_from(["A", "B", None]))
MANY_SPELLS = st.lists(SPELL, min_size=1, max_size=40)
FIGURES = ["entered", "at_risk", "left", "censored", "value", "lower", "upper"]


def life_table(frame: pl.DataFrame, **options) -> pl.DataFrame:
    return wf.stats.life_table(frame, **options).frame


def frame_of(spells: list[tuple[int, int, bool, str | None]]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "entry": [entry for entry, _, _, _ in spells],
            "exit": [entry + stay for entry, stay, _, _ in spells],
            "event": [event for _, _, event, _ in spells],
            "team": pl.Series([team for _, _, _, team in spells], dtype=pl.String),
        }
    )


@given(MANY_SPELLS, st.lists(st.integers(0, 4), min_size=40, max_size=40))
def test_the_tables_of_any_parting_add_up_to_the_table_of_the_whole(spells, parting):
    whole = frame_of(spells)
    parts = whole.with_columns(organisation=pl.Series(parting[: len(spells)]))
    tables = [wf.stats.life_table(part, by="team") for part in parts.partition_by("organisation")]
    assert wf.combine(*tables).frame.equals(life_table(whole, by="team"))
    by_both = wf.stats.life_table(parts, by=["organisation", "team"])
    assert wf.combine(by_both, over=["organisation", "team"]).frame.equals(life_table(whole))


@given(MANY_SPELLS, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_changes_nothing(spells, randomly):
    shuffled = list(spells)
    randomly.shuffle(shuffled)
    assert life_table(frame_of(shuffled), by="team").equals(life_table(frame_of(spells), by="team"))


@given(MANY_SPELLS)
def test_the_curve_never_rises_and_stays_between_nought_and_one_within_its_limits(spells):
    table = life_table(frame_of(spells))
    value = table["value"].to_numpy()
    assert np.all(np.diff(value) <= 0)
    assert 0 <= value.min() <= value.max() <= 1
    limited = table.drop_nulls("lower")
    assert (limited["lower"] < limited["value"]).all()
    assert (limited["value"] < limited["upper"]).all()
    assert limited["upper"].is_null().sum() == 0
    assert table.filter(pl.col("lower").is_null())["value"].is_in([0.0, 1.0]).all()


@given(MANY_SPELLS)
def test_at_risk_are_those_who_had_entered_before_and_had_not_gone(spells):
    frame = frame_of(spells)
    for time, at_risk in life_table(frame).select("time", "at_risk").rows():
        assert at_risk == len(frame.filter((pl.col("entry") < time) & (pl.col("exit") >= time)))


@given(MANY_SPELLS)
def test_everyone_who_entered_left_or_was_censored(spells):
    table = life_table(frame_of(spells))
    assert table["entered"].sum() == len(spells) == table["left"].sum() + table["censored"].sum()


@given(MANY_SPELLS)
def test_whole_times_counted_into_bins_and_fractional_ones_sorted_give_the_same(spells):
    whole = frame_of(spells)
    sorted_instead = whole.with_columns(pl.col("entry", "exit").cast(pl.Float64))
    assert life_table(sorted_instead, by="team").drop("time").equals(life_table(whole, by="team").drop("time"))


@given(MANY_SPELLS, st.integers(1, 15))
def test_the_curve_is_the_share_that_reached_a_time_times_the_curve_of_those_who_did(spells, start):
    table = wf.stats.life_table(frame_of(spells))
    after = wf.stats.conditional_on(table, start).frame
    reached = wf.stats.retained_at(table, start - 1).frame["value"].item()
    later = table.frame.filter(pl.col("time") >= start)
    assert later["value"].to_list() == pytest.approx(
        [(1.0 if reached is None else reached) * share for share in after.filter(pl.col("time") >= start)["value"]]
    )


@given(MANY_SPELLS, st.booleans())
def test_the_curve_is_that_of_lifelines(spells, late):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from lifelines import KaplanMeierFitter

        # One person stays throughout: lifelines refuses data whose risk set empties early.
        given_spells = [(0, 40, False, None), *(s if late else (0, *s[1:]) for s in spells)]
        frame = frame_of(given_spells)
        entry = frame["entry"].to_numpy() if late else None
        fitted = KaplanMeierFitter().fit(frame["exit"].to_numpy(), frame["event"].to_numpy(), entry=entry)
    ours = life_table(frame)
    assert ours["value"].to_list() == pytest.approx(fitted.predict(ours["time"].to_list()).to_list(), abs=1e-9)
    exits = ours.filter(pl.col("left") + pl.col("censored") > 0)
    theirs = fitted.event_table.loc[exits["time"].to_list()]
    assert (exits["left"].to_numpy() == theirs["observed"].to_numpy()).all()
    assert (exits["censored"].to_numpy() == theirs["censored"].to_numpy()).all()


DAY = st.integers(0, 900)


@given(st.lists(st.tuples(DAY, st.integers(0, 500), st.integers(0, 400)), min_size=1, max_size=12), DAY)
def test_nobody_is_counted_at_risk_before_records_begin(stays, opening):
    first = date(2018, 1, 1)
    staff = pl.DataFrame(
        {
            "organisation": "council",
            "person_id": [f"P{row}" for row in range(len(stays))],
            "start_date": [first + timedelta(days=start) for start, _, _ in stays],
            "end_date": [first + timedelta(days=start + length) for start, length, _ in stays],
            "service_start": [first + timedelta(days=start - before) for start, _, before in stays],
            "fte": 1.0,
            "role": "worker",
        }
    )
    opens, closes = first + timedelta(days=opening), first + timedelta(days=opening + 364)
    table = wf.leaving.retention(records(assignments=staff), wf.Period(opens, closes)).frame
    observed = 0
    for row in staff.filter((pl.col("end_date") >= opens) & (pl.col("start_date") <= closes)).rows(named=True):
        came = max(opens, row["service_start"])
        observed += (min(row["end_date"], closes) - came).days + 1
    person_days = (pl.col("time") * (pl.col("left") + pl.col("censored") - pl.col("entered"))).sum()
    assert table.select(person_days).item() == observed
