"""The spread between people: nothing where everyone is alike, whatever the order of the sums."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workforce.measures.intervals import ratio_standard_error


def error_of(x, y):
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    return float(ratio_standard_error(len(x), (x * x).sum(), (x * y).sum(), (y * y).sum(), x.sum(), y.sum()))


@given(st.lists(st.floats(0.1, 366), min_size=2, max_size=40), st.floats(0.001, 260))
def test_where_everyone_has_the_same_rate_there_is_no_spread(exposure, rate):
    assert error_of([rate * days for days in exposure], exposure) == 0.0


@given(st.lists(st.tuples(st.integers(0, 200), st.integers(1, 366)), min_size=2, max_size=40))
def test_the_sums_give_what_the_residuals_give(people):
    x, y = (np.array(side, dtype=float) for side in zip(*people, strict=True))
    ratio = x.sum() / y.sum()
    n = len(people)
    plain = np.sqrt(n / (n - 1) * ((x - ratio * y) ** 2).sum()) / y.sum()
    assert error_of(x, y) == pytest.approx(plain, rel=1e-4, abs=1e-5)


def test_one_person_has_no_spread_to_tell():
    assert np.isnan(error_of([3], [10]))
