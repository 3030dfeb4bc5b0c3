"""Counting spells and reading curves off the counts: large frames are taken in parts, which must not be seen in the result."""

import numpy as np
import polars as pl
import pytest

import workforce as wf
from workforce.measures.leaving import product_limit, spells
from workforce.measures.leaving.life_table import curve_of


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
    monkeypatch.setattr(product_limit, "_ROWS", rows)
    assert life_table(many, by="team", weight=weight).equals(together)


@pytest.mark.parametrize("rows", [1, 32_768])
def test_a_curve_that_has_to_stop_stops_in_its_own_group_only(rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(product_limit, "_ROWS", rows)
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
    monkeypatch.setattr(spells, "_BLOCK", 7)
    in_blocks = life_table(many, weight=weight)
    assert in_blocks.drop("value", "lower", "upper").equals(together.drop("value", "lower", "upper")) or weight
    for column in ("entered", "at_risk", "left", "censored", "value", "lower", "upper"):
        np.testing.assert_allclose(in_blocks[column].to_numpy(), together[column].to_numpy(), rtol=1e-12)


@pytest.mark.parametrize("columns", [["team"], ["team", "event"], ["entry"], ["entry", "team", "exit"]])
def test_rows_are_numbered_alike_in_long_and_short_frames(
    many: pl.DataFrame, columns: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    labels, number = spells.numbered(many.select(columns))
    assert labels[number].equals(many.select(columns))
    assert labels.equals(many.select(columns).unique().sort(columns, nulls_last=True))
    monkeypatch.setattr(spells, "_BLOCK", 0)
    long_labels, long_number = spells.numbered(many.select(columns))
    assert long_labels.equals(labels)
    assert long_number.tolist() == number.tolist()
