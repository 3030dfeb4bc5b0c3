"""Levels of an outlook: how far a flow runs above what was expected, how it wanders, its season, and whether it follows staff or cases."""

import numpy as np
import pytest

from workforce.forecast.demand import _AT_FIRST, DISPERSIONS, STAFF_SHARES, WANDERINGS, Level, _filtered, level_of

CALENDAR = np.arange(36) % 12


def mean_of(level, values):
    return float((level.weight * values).sum())


@pytest.mark.parametrize(("dispersion", "wandering"), [(1.0, 0.0), (1.5, 0.02), (4.0, 0.04)])
def test_the_filter_says_what_the_joint_normal_law_says(dispersion, wandering):
    rng = np.random.default_rng(1)
    expected = rng.uniform(5, 60, 24)
    counts = rng.poisson(expected * 1.2).astype(float)
    mean, variance, likelihood = _filtered(counts, expected[None, :], np.array([dispersion]), np.array([wandering]))

    months = np.arange(1, 25)
    level = _AT_FIRST**2 + wandering**2 * np.minimum.outer(months, months)
    total = level + np.diag(dispersion / expected)
    off = counts / expected - 1
    _, size = np.linalg.slogdet(total)
    joint = -0.5 * (size + off @ np.linalg.solve(total, off)) - np.log(expected).sum()
    assert likelihood[0] == pytest.approx(joint, rel=1e-10)
    assert mean[0] == pytest.approx(1 + level[-1] @ np.linalg.solve(total, off), rel=1e-10)
    assert variance[0] == pytest.approx(level[-1, -1] - level[-1] @ np.linalg.solve(total, level[-1]), rel=1e-9)


def test_a_month_in_which_nothing_was_expected_tells_nothing():
    counts, expected = np.array([10.0, 0.0, 12.0]), np.array([10.0, 0.0, 10.0])
    with_gap = _filtered(counts, expected[None, :], np.ones(1), np.zeros(1))
    without = _filtered(counts[[0, 2]], expected[None, [0, 2]], np.ones(1), np.zeros(1))
    assert np.allclose(with_gap, without)


@pytest.mark.parametrize("share", [0.0, 0.75])
def test_how_far_a_flow_follows_the_staff_is_found(share):
    rng = np.random.default_rng(2)
    expected = 400 * np.linspace(0.6, 1.6, 36)
    staff = 1 + 0.15 * np.sin(np.arange(36))
    counts = rng.poisson(expected ** (1 - share) * (staff * expected.mean()) ** share).astype(float)
    level = level_of(counts, expected, CALENDAR, staff=staff)
    assert mean_of(level, level.staff_share) == pytest.approx(share, abs=0.1)


def test_a_flow_that_staff_do_not_move_follows_them_in_no_path():
    level = level_of(np.full(36, 30.0), np.full(36, 30.0), CALENDAR)
    assert set(level.staff_share) == {0.0}
    assert set(level_of(np.full(36, 30.0), np.full(36, 30.0), CALENDAR, staff=np.ones(36)).staff_share) == set(
        STAFF_SHARES
    )


def test_a_level_that_has_moved_is_where_it_has_moved_to():
    moved = np.concatenate([np.full(18, 100.0), np.full(18, 130.0)])
    level = level_of(moved, np.full(36, 115.0), CALENDAR)
    assert mean_of(level, level.mean) == pytest.approx(130 / 115, abs=0.03)
    assert mean_of(level, level.wandering) > np.mean(WANDERINGS)


def test_a_season_is_found_and_chance_is_not_taken_for_one():
    rng = np.random.default_rng(3)
    wave = 1 + 0.3 * np.sin(np.arange(12) / 12 * 2 * np.pi)
    strong = level_of(rng.poisson(200 * wave[CALENDAR]).astype(float), np.full(36, 200.0), CALENDAR)
    assert strong.season == pytest.approx(wave, abs=0.1)
    calm = [level_of(rng.poisson(20, 36).astype(float), np.full(36, 20.0), CALENDAR).season for _ in range(40)]
    assert np.abs(np.array(calm) - 1).mean() < 0.5 / np.sqrt(
        3 * 20
    )  # less than half of what the raw means would wander


def test_a_season_stands_in_the_order_of_the_calendar_wherever_the_history_begins():
    wave = 1 + 0.3 * np.sin(np.arange(12) / 12 * 2 * np.pi)
    for first in (0, 3, 9):
        calendar = (np.arange(36) + first) % 12
        level = level_of(500 * wave[calendar], np.full(36, 500.0), calendar)
        assert level.season == pytest.approx(wave, abs=0.01)


def test_a_year_of_history_tells_no_season():
    level = level_of(np.arange(1.0, 21.0), np.full(20, 10.0), CALENDAR[:20])
    assert set(level.season) == {1.0}
    assert set(level.season_spread) == {0.0}


def test_every_combination_is_drawn_as_often_as_it_is_likely():
    level = level_of(np.full(36, 30.0), np.full(36, 30.0), CALENDAR)
    assert len(level.weight) == len(DISPERSIONS) * len(WANDERINGS)
    drawn = level.drawn(20_000, np.random.default_rng(4))
    for value in WANDERINGS:
        assert (drawn.wandering == value).mean() == pytest.approx(
            level.weight[level.wandering == value].sum(), abs=0.015
        )


def test_a_level_that_is_known_is_drawn_as_it_is():
    drawn = Level.known(staff_share=0.5).drawn(10, np.random.default_rng(5))
    assert set(drawn.level) == {1.0}
    assert set(drawn.staff_share) == {0.5}
    drawn.wander(12.0, np.random.default_rng(6))
    assert set(drawn.level) == {1.0}
