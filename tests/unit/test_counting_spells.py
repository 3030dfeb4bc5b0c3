"""Counts of spells, curves, tests and models: large frames are taken in parts, which must not be seen in the result."""

from importlib import import_module

import numpy as np
import polars as pl
import pytest

import workforce as wf
from builders import spells_at_random
from workforce.stats import hazard_tables, survival
from workforce.stats.life_table import curve_of

THREE = pl.DataFrame({"entry": [0, 0, 2], "exit": [2, 3, 5], "event": [True, False, True]})
FOUR = pl.DataFrame({"entry": 0, "exit": [1, 2, 3, 4], "event": True, "team": ["A", "A", "B", "B"]})


def life_table(frame: pl.DataFrame, **options: str | None) -> pl.DataFrame:
    return wf.stats.life_table(frame, **options).frame


@pytest.fixture
def many() -> pl.DataFrame:
    rng = np.random.default_rng(7)
    entry = rng.integers(0, 3, 400)
    return pl.DataFrame(
        {
            "team": rng.choice(["north", "south", "west", None], 400),
            "entry": entry,
            "exit": entry + rng.integers(1, 4, 400),
            "event": rng.random(400) < 0.5,
            "hours": rng.random(400) + 0.1,
        }
    )


@pytest.mark.parametrize("weight", [None, "hours"])
@pytest.mark.parametrize("rows", [1, 5, 12])
def test_groups_taken_some_at_a_time_have_the_curves_of_all_at_once(
    many: pl.DataFrame, weight: str | None, rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    together = life_table(many, by="team", weight=weight)
    monkeypatch.setattr(survival, "_ROWS", rows)
    assert life_table(many, by="team", weight=weight).equals(together)


@pytest.mark.parametrize("rows", [1, 32_768])
def test_a_curve_that_has_to_stop_stops_in_its_own_group_only(rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(survival, "_ROWS", rows)
    counts = pl.DataFrame(
        {
            "team": ["north", "north", "north", "south", "south"],
            "time": [0, 1, 2, 0, 1],
            "entered": [2.0, 0.0, 0.0, 2.0, 0.0],
            "left": [0.0, 3.0, 1.0, 0.0, 1.0],  # three of two
            "censored": [0.0, 0.0, 0.0, 0.0, 1.0],
        }
    )
    assert curve_of(counts, "team").select("team", "value", "marker").rows() == [
        ("north", 1.0, None),
        ("north", None, "x"),
        ("north", None, "x"),
        ("south", 1.0, None),
        ("south", 0.5, None),
    ]


@pytest.mark.parametrize("weight", [None, "hours"])
def test_spells_counted_in_blocks_are_counted_once_each(
    many: pl.DataFrame, weight: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    together = life_table(many, weight=weight)
    monkeypatch.setattr(survival, "_BLOCK", 7)
    in_blocks = life_table(many, weight=weight)
    assert in_blocks.drop("value", "lower", "upper").equals(together.drop("value", "lower", "upper")) or weight
    for column in ("entered", "at_risk", "left", "censored", "value", "lower", "upper"):
        np.testing.assert_allclose(in_blocks[column].to_numpy(), together[column].to_numpy(), rtol=1e-12)


@pytest.mark.parametrize("columns", [["team"], ["team", "event"], ["entry"], ["entry", "team", "exit"]])
def test_rows_are_numbered_alike_in_long_and_short_frames(
    many: pl.DataFrame, columns: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    labels, number = survival.numbered(many.select(columns))
    assert labels[number].equals(many.select(columns))
    assert labels.equals(many.select(columns).unique().sort(columns, nulls_last=True))
    monkeypatch.setattr(survival, "_BLOCK", 0)
    long_labels, long_number = survival.numbered(many.select(columns))
    assert long_labels.equals(labels)
    assert long_number.tolist() == number.tolist()


# Tests and models


def test_counts_of_one_time_in_several_rows_are_one_row() -> None:
    counts = life_table(THREE).select("time", "entered", "left", "censored")
    assert curve_of(pl.concat([counts, counts])).equals(life_table(pl.concat([THREE, THREE])))


def test_rounded_counts_that_cannot_be_stop_the_curve_and_say_so() -> None:
    counts = pl.DataFrame(
        {"time": [0, 1, 2], "entered": [5.0, 0.0, 0.0], "left": [0.0, 5.0, 5.0], "censored": [0.0] * 3}
    )
    table = curve_of(counts.with_columns(pl.when(pl.col("time") == 1).then(3.0).otherwise("left").alias("left")))
    assert table.select("at_risk", "value", "marker").rows() == [(0.0, 1.0, None), (5.0, 0.4, None), (2.0, None, "x")]


def test_many_groups_and_times_are_looked_at_in_parts_with_the_same_result(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = wf.stats.logrank(FOUR, by="team")
    monkeypatch.setattr(import_module("workforce.stats.logrank"), "_CELLS", 2)  # as an attribute it is the function
    assert wf.stats.logrank(FOUR, by="team").statistic == pytest.approx(whole.statistic, rel=1e-12)


def test_matrices_and_changes_give_the_same_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = spells_at_random(300)
    model = {"covariates": ["pay", "age"], "strata": "site"}
    dense = wf.stats.cox(frame, **model).fit
    monkeypatch.setattr(hazard_tables, "_DENSE_CELLS", 0)
    monkeypatch.setattr(hazard_tables, "_DENSE_CELLS_A_ROW", 0)
    sparse = wf.stats.cox(frame.with_columns(pl.col("entry", "exit").cast(pl.Float64)), **model).fit
    for figure in ("coefficient", "standard_error"):
        assert sparse.table[figure].to_list() == pytest.approx(dense.table[figure].to_list(), rel=1e-10)
    assert sparse.proportionality["statistic"].to_list() == pytest.approx(
        dense.proportionality["statistic"].to_list(), rel=1e-9
    )
