"""Conventions of the life table, worked by hand and by R 4.2.2 with survival 3.5.3.

Numbers copied from the reference files km_left_truncated_tiny, km_left_truncated_empty_risk_set, km_entry_equals_event,
km_median_convention and km_start_time_convention (data made for these cases; fractions of the first checked by hand).
"""

import polars as pl
import pytest

import workforce as wf
from workforce.errors import InputError

life_table, conditional_on, emptied_early = wf.stats.life_table, wf.stats.conditional_on, wf.stats.emptied_early

TINY = pl.DataFrame(
    {"entry": [0, 0, 2, 1, 3, 5, 4, 8], "exit": [2, 3, 5, 5, 8, 6, 9, 12], "event": [1, 0, 1, 1, 0, 1, 1, 1]}
)
EMPTYING = pl.DataFrame({"entry": [0, 0, 5, 5], "exit": [2, 3, 7, 9], "event": [1, 1, 1, 0]})
STARTING = pl.DataFrame({"entry": [0, 0, 0, 1, 2], "exit": [3, 5, 6, 7, 8], "event": [1, 1, 0, 1, 1]})


def median_stay(curve) -> pl.DataFrame:
    return wf.stats.median_stay(curve).frame


def as_r_prints(curve) -> list[tuple[float | None, ...]]:
    """R has no rows for times at which people only enter."""
    seen = curve.frame.filter((pl.col("left") > 0) | (pl.col("censored") > 0))
    return seen.select("time", "at_risk", "left", "censored", "value", "lower", "upper").rows()


def assert_rows(curve, expected: list[tuple[float | None, ...]]) -> None:
    rows = as_r_prints(curve)
    assert len(rows) == len(expected)
    for ours, theirs in zip(rows, expected, strict=True):
        assert [v is None for v in ours] == [v is None for v in theirs]
        assert [v for v in ours if v is not None] == pytest.approx([v for v in theirs if v is not None], abs=1e-9)


def test_someone_who_enters_at_a_time_is_not_at_risk_of_an_event_at_it():
    assert_rows(
        life_table(TINY),
        [
            (2, 3, 1, 0, 0.666666666666667, 0.0540734267865168, 0.945206387272047),
            (3, 3, 0, 1, 0.666666666666667, 0.0540734267865168, 0.945206387272047),
            (5, 4, 2, 0, 0.333333333333333, 0.030957132259235, 0.706587479089116),
            (6, 3, 1, 0, 0.222222222222222, 0.0170915636068999, 0.573528054858243),
            (8, 2, 0, 1, 0.222222222222222, 0.0170915636068999, 0.573528054858243),
            (9, 2, 1, 0, 0.111111111111111, 0.00384794781909022, 0.41967487206839),
            (12, 1, 1, 0, 0.0, None, None),
        ],
    )


def test_the_median_of_eight_spells_and_its_limits():
    assert median_stay(life_table(TINY)).select("value", "lower", "upper").rows() == [(5.0, 2.0, 9.0)]


def test_where_the_risk_set_empties_the_product_limit_stays_at_nought_and_is_never_nan():
    table = life_table(EMPTYING)
    assert_rows(
        table,
        [
            (2, 2, 1, 0, 0.5, 0.00598308763914576, 0.910410084836737),
            (3, 1, 1, 0, 0.0, None, None),
            (7, 2, 1, 0, 0.0, None, None),
            (9, 1, 0, 1, 0.0, None, None),
        ],
    )
    assert not any(table.frame.select(pl.col("value", "lower", "upper").is_nan().any()).row(0))
    assert emptied_early(table)["time"].to_list() == [3]


def test_a_spell_of_no_length_is_refused_and_the_rest_is_right_without_it():
    spells = pl.DataFrame({"entry": [1, 0, 0], "exit": [1, 2, 3], "event": [1, 0, 1]})
    with pytest.raises(InputError, match="1 of 3 spells end no later than they begin"):
        life_table(spells)
    assert_rows(life_table(spells[1:]), [(2, 2, 0, 1, 1.0, None, None), (3, 1, 1, 0, 0.0, None, None)])


def test_the_median_is_the_first_time_at_one_half_not_the_middle_of_a_flat_stretch():
    four = pl.DataFrame({"entry": [0] * 4, "exit": [1, 2, 3, 4], "event": [1] * 4})
    assert median_stay(life_table(four))["value"].item() == 2.0  # R's mid-point would be 2.5


def test_an_event_on_the_day_that_a_conditional_curve_starts_is_kept():
    assert_rows(
        conditional_on(life_table(STARTING), 3),
        [
            (3, 5, 1, 0, 0.8, 0.203809263267639, 0.969179788866743),
            (5, 4, 1, 0, 0.6, 0.125730182994431, 0.881756407393532),
            (6, 3, 0, 1, 0.6, 0.125730182994431, 0.881756407393532),
            (7, 2, 1, 0, 0.3, 0.0123015294254161, 0.719218020810415),
            (8, 1, 1, 0, 0.0, None, None),
        ],
    )


def test_a_conditional_curve_from_just_after_an_event_leaves_the_event_out():
    assert_rows(
        conditional_on(life_table(STARTING), 3.5),
        [
            (5, 4, 1, 0, 0.75, 0.127946917595146, 0.960548642285078),
            (6, 3, 0, 1, 0.75, 0.127946917595146, 0.960548642285078),
            (7, 2, 1, 0, 0.375, 0.0109711215748446, 0.808001072481343),
            (8, 1, 1, 0, 0.0, None, None),
        ],
    )
