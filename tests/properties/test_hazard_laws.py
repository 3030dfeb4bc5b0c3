import numpy as np
import polars as pl
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import workforce as wf
from workforce.errors import InputError

incidence, logrank, hazard_table = wf.stats.incidence, wf.stats.logrank, wf.stats.hazard_table

SPELL = st.tuples(
    st.integers(0, 12),
    st.integers(1, 10),
    st.sampled_from(["nhs", "retirement", "agency", None]),
    st.sampled_from(["A", "B", "C"]),
)
MANY = st.lists(SPELL, min_size=1, max_size=40)


def life_table(frame, **options):
    return wf.stats.life_table(frame, **options).frame


def incidence_table(frame, **options):
    return wf.stats.incidence_table(frame, **options).frame


def cox(frame, **options):
    return wf.stats.cox(frame, **options).fit


def frame_of(spells: list[tuple[int, int, str | None, str]]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "entry": [entry for entry, _, _, _ in spells],
            "exit": [entry + stay for entry, stay, _, _ in spells],
            "cause": pl.Series([cause for _, _, cause, _ in spells], dtype=pl.String),
            "team": [team for _, _, _, team in spells],
        }
    ).with_columns(event=pl.col("cause").is_not_null())


@given(MANY)
def test_the_shares_of_all_causes_and_of_those_who_stayed_add_up_to_one(spells):
    frame = frame_of(spells)
    gone = incidence(frame, by="team").group_by("team", "time").agg(pl.col("value").sum()).sort("team", "time")
    stayed = life_table(frame, by="team").select("team", "time", stayed="value")
    both = gone.join(stayed, on=["team", "time"], how="left")
    assert (both["value"] + both["stayed"]).to_list() == pytest.approx([1.0] * len(both), abs=1e-12)


@given(MANY, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_changes_no_digit_of_an_incidence(spells, randomly):
    shuffled = list(spells)
    randomly.shuffle(shuffled)
    ours, theirs = incidence_table(frame_of(shuffled), by="team"), incidence_table(frame_of(spells), by="team")
    assert ours.drop("standard_error", "lower", "upper").equals(theirs.drop("standard_error", "lower", "upper"))
    assert ours["standard_error"].to_list() == pytest.approx(theirs["standard_error"].to_list(), abs=1e-7)


@given(MANY)
def test_an_incidence_never_falls_and_lies_within_its_limits(spells):
    table = incidence(frame_of(spells))
    for _, rows in table.group_by("cause"):
        assert rows.sort("time")["value"].diff().drop_nulls().ge(0).all()
    limited = table.drop_nulls()
    assert (limited["lower"] <= limited["value"]).all()
    assert (limited["value"] <= limited["upper"]).all()


@given(MANY)
def test_the_variance_of_an_incidence_is_the_sum_of_the_squares_of_what_each_spell_moves_it(spells):
    frame = frame_of(spells)
    table = incidence_table(frame)
    assume(len(table))
    # The derivative by each spell's weight, written out time by time.
    times = sorted(frame["exit"].unique())
    for cause in table["cause"].unique():
        moved, stayed, value = np.zeros(len(frame)), 1.0, 0.0
        by_stayed, squares = np.zeros(len(frame)), []
        for time in times:
            at_risk = (frame["entry"].to_numpy() < time) & (frame["exit"].to_numpy() >= time)
            left = at_risk & (frame["exit"].to_numpy() == time) & frame["event"].to_numpy()
            mine = left & (frame["cause"].fill_null("").to_numpy() == cause)
            y = at_risk.sum()
            of_cause, of_all = (mine - at_risk * mine.sum() / y) / y, (left - at_risk * left.sum() / y) / y
            moved = moved + by_stayed * mine.sum() / y + stayed * of_cause
            value += stayed * mine.sum() / y
            by_stayed = by_stayed * (1 - left.sum() / y) - stayed * of_all
            stayed *= 1 - left.sum() / y
            squares.append(float((moved**2).sum()) ** 0.5)
        assert table.filter(pl.col("cause") == cause)["standard_error"].to_list() == pytest.approx(squares, abs=1e-7)


@given(MANY)
def test_with_one_cause_the_incidence_is_what_the_curve_has_lost(spells):
    frame = frame_of(spells).with_columns(cause=pl.when("event").then(pl.lit("left")))
    both = incidence(frame).join(life_table(frame).select("time", stayed="value"), on="time")
    assert both["value"].to_list() == pytest.approx((1 - both["stayed"]).to_list(), abs=1e-12)


@given(MANY, st.randoms(use_true_random=False))
def test_observed_and_expected_add_up_to_the_same_and_the_order_changes_nothing(spells, randomly):
    frame = frame_of(spells)
    shuffled = list(spells)
    randomly.shuffle(shuffled)
    try:
        test = logrank(frame, by="team")
    except InputError:
        return
    assert test.table["observed"].sum() == pytest.approx(test.table["expected"].sum(), abs=1e-9) == frame["event"].sum()
    assert logrank(frame_of(shuffled), by="team").statistic == pytest.approx(test.statistic, rel=1e-9, abs=1e-12)


@given(MANY, st.lists(st.integers(0, 4), min_size=40, max_size=40))
def test_pooling_the_tables_is_pooling_the_people(spells, parting):
    frame = frame_of(spells)
    try:
        whole = cox(frame, covariates="team")
    except InputError:
        return
    parts = frame.with_columns(part=pl.Series(parting[: len(spells)])).partition_by("part")
    tables = [hazard_table(part, covariates="team") for part in parts]
    pooled = wf.stats.cox_from_tables(tables, covariates="team").fit
    for figure in ("coefficient", "standard_error"):
        ours, theirs = pooled.table[figure].drop_nulls(), whole.table[figure].drop_nulls()
        assert ours.to_list() == pytest.approx(theirs.to_list(), rel=1e-9, abs=1e-9)
    assert pooled.log_likelihood == pytest.approx(whole.log_likelihood, rel=1e-9)


@given(MANY, st.integers(1, 100))
def test_only_the_order_of_times_matters_to_hazard_ratios(spells, stretch):
    frame = frame_of(spells)
    try:
        fit = cox(frame, covariates="team")
    except InputError:
        return
    stretched = cox(frame.with_columns(pl.col("entry", "exit") * stretch), covariates="team")
    ours, theirs = stretched.table["coefficient"].drop_nulls(), fit.table["coefficient"].drop_nulls()
    assert ours.to_list() == pytest.approx(theirs.to_list(), rel=1e-9, abs=1e-9)
