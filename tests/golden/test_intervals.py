"""Limits against an independent program's test data.

The numbers: github.com/ukhsa-collaboration/PHEindicatormethods @ 093fd288 (v2.1.0), tests/testthat, testdata_Byars_Wilson.xlsx,
testdata_Rate.xlsx, testdata_Proportion.xlsx; relative tolerance 1e-7. All of them are read from ../shared/reference where it is there;
those copied below always run.
"""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import chi2
from scipy.stats import gamma as gamma_distribution
from scipy.stats import t as student

from workforce.stats.intervals import byar, exact_poisson, gamma, log_t, poisson, wilson

REFERENCE = Path(__file__).parents[3] / "shared" / "reference"
TOLERANCE = 1e-7
CONFIDENCE = {"95%": 0.95, "99.8%": 0.998}


def read(name, *keys):
    path = REFERENCE / f"{name}.json"
    if not path.exists():
        return [pytest.param(None, marks=pytest.mark.skip(reason=f"{name}.json is not beside the repository"))]
    book = json.loads(path.read_text(encoding="utf-8"))
    assert book["tolerance"]["relative"] == TOLERANCE
    return [row for key in keys for row in book[key]]


def close(found, expected):
    """A limit that is missing there is missing here, or at least never a number below 0."""
    if expected is None:
        assert math.isnan(found)
    else:
        assert found == pytest.approx(expected, rel=TOLERANCE)


# testdata_Byars_Wilson.xlsx: count, confidence, lower, upper
@pytest.mark.parametrize(
    ("count", "confidence", "lower", "upper"),
    [
        (65, 0.95, 50.1631877104595, 82.8491385459398),
        (1045, 0.95, 982.593201807333, 1110.33121298565),
        (1, 0.95, 0.0130721329015044, 5.56375558247526),
        (10, 0.998, 2.91631837469569, 24.1937249278805),
        (1, 0.998, None, 9.36218021790836),
    ],
)
def test_byar_gives_the_published_limits(count, confidence, lower, upper):
    below, above = byar([count], confidence=confidence)
    close(below[0], lower)
    close(above[0], upper)


# testdata_Byars_Wilson.xlsx: events, people, confidence, lower, upper
@pytest.mark.parametrize(
    ("count", "total", "confidence", "lower", "upper"),
    [
        (65, 100, 0.95, 0.55254443296888, 0.736357517569025),
        (1045, 5000, 0.998, 0.191793817990152, 0.227315629025258),
        (0.445, 1, 0.95, 0.0438174477205882, 0.933462127697916),
    ],
)
def test_wilson_gives_the_published_limits(count, total, confidence, lower, upper):
    below, above = wilson([count], [total], confidence=confidence)
    close(below[0], lower)
    close(above[0], upper)


# testdata_Rate.xlsx: count, over, limits per 100; exact below ten events, Byar from ten
@pytest.mark.parametrize(
    ("count", "total", "lower", "upper"),
    [
        (1, 100, 0.0253178079842899, 5.5716433909389),
        (5, 100, 1.62348639011842, 11.6683320793227),
        (20, 100, 12.2114288348759, 30.8898803691971),
        (9856, 12345, 78.2694905897676, 81.4300165427214),
    ],
)
def test_a_rate_takes_exact_limits_below_ten_events_and_byar_from_ten(count, total, lower, upper):
    below, above = poisson([count])
    close(below[0] / total * 100, lower)
    close(above[0] / total * 100, upper)


@pytest.mark.parametrize("row", read("phe_byars_wilson", "byars"))
def test_every_byar_limit_of_the_reference(row):
    below, above = byar([row["x"]], confidence=CONFIDENCE[row["confidence"]])
    close(below[0], row["lowercl"])
    close(above[0], row["uppercl"])


@pytest.mark.parametrize("row", read("phe_byars_wilson", "wilson"))
def test_every_wilson_limit_of_the_reference(row):
    below, above = wilson([row["x"]], [row["n"]], confidence=CONFIDENCE[row["confidence"]])
    close(below[0], row["lowercl"])
    close(above[0], row["uppercl"])


@pytest.mark.parametrize("row", read("phe_rates", "rows"))
@pytest.mark.parametrize(("confidence", "name"), [(0.95, "95_0"), (0.998, "99_8")])
def test_every_rate_of_the_reference(row, confidence, name):
    below, above = poisson([row["Numerator"]], confidence=confidence)
    scale = row["multiplier"] / row["Denominator"]
    close(row["Numerator"] * scale, row["value"])
    close(below[0] * scale, row[f"lower{name}cl"])
    close(above[0] * scale, row[f"upper{name}cl"])


@pytest.mark.parametrize("row", read("phe_rates", "missing_rows"))
@pytest.mark.parametrize(("confidence", "name"), [(0.95, "95_0"), (0.998, "99_8")])
def test_every_rate_without_a_side_is_missing_not_zero(row, confidence, name):
    sides = [math.nan if row[side] is None else row[side] for side in ("Numerator", "Denominator")]
    below, above = poisson([sides[0]], confidence=confidence)
    close(sides[0] / sides[1], row["value"])
    close(below[0] / sides[1], row[f"lower{name}cl"])
    close(above[0] / sides[1], row[f"upper{name}cl"])


@pytest.mark.parametrize("row", read("phe_proportions", "rows"))
@pytest.mark.parametrize(("confidence", "name"), [(0.95, "95_0"), (0.998, "99_8")])
def test_every_proportion_of_the_reference(row, confidence, name):
    below, above = wilson([row["Numerator"]], [row["Denominator"]], confidence=confidence)
    close(row["Numerator"] / row["Denominator"] * row["multiplier"], row["value"])
    close(below[0] * row["multiplier"], row[f"lower{name}cl"])
    close(above[0] * row["multiplier"], row[f"upper{name}cl"])


# Fay & Feuer (1997), Table II: children with Down's syndrome and births by the mother's age, fifth child or later and all; Michigan, 1950
# to 1964. The limits by the formula of the paper, from scipy's own distributions.
CASES = np.array([0, 8, 63, 112, 262, 295])
BIRTHS = np.array([327, 30666, 123419, 149919, 104088, 34392])
ALL_BIRTHS = np.array([319933, 931318, 786511, 488235, 237863, 61313])


@pytest.mark.parametrize("confidence", [0.95, 0.998])
def test_gamma_limits_are_those_of_the_paper(confidence):
    weights = ALL_BIRTHS / ALL_BIRTHS.sum() / BIRTHS
    rate, variance, largest = (weights * CASES).sum(), (weights**2 * CASES).sum(), weights.max()
    tail = (1 - confidence) / 2
    below = variance / (2 * rate) * chi2.ppf(tail, 2 * rate**2 / variance)
    more, wider = rate + largest, variance + largest**2
    above = gamma_distribution.ppf(1 - tail, more**2 / wider, scale=wider / more)
    lower, upper = gamma(rate, variance, largest, confidence=confidence)
    assert (lower[0], upper[0]) == (pytest.approx(below, rel=1e-10), pytest.approx(above, rel=1e-10))


@pytest.mark.parametrize("confidence", [0.95, 0.998])
def test_gamma_limits_of_events_that_come_alone_are_the_exact_limits(confidence):
    counts, exposure = np.array([0.0, 1, 2, 7, 40, 1000]), 250.0
    lower, upper = gamma(counts / exposure, counts / exposure**2, 1 / exposure, confidence=confidence)
    below, above = exact_poisson(counts, confidence=confidence)
    assert (lower * exposure).tolist() == pytest.approx(below.tolist(), rel=1e-9)
    assert (upper * exposure).tolist() == pytest.approx(above.tolist(), rel=1e-9)


def test_gamma_limits_need_the_largest_cluster():
    lower, upper = gamma([0.0, 1.0, 1.0], [0.0, 0.5, np.nan], [0.0, np.nan, 0.5])
    assert np.isnan(lower).all()
    assert np.isnan(upper).all()


@pytest.mark.parametrize(("units", "confidence"), [(2, 0.95), (5, 0.95), (20, 0.99), (6.5, 0.95)])
def test_limits_on_the_log_scale_are_those_of_students_t(units, confidence):
    lower, upper = log_t(20.0, 9.0, units, confidence=confidence)
    times = math.exp(student.ppf(0.5 + confidence / 2, units - 1) * 3 / 20)
    assert (lower[0], upper[0]) == (pytest.approx(20 / times, rel=1e-9), pytest.approx(20 * times, rel=1e-9))


@pytest.mark.parametrize(("ratio", "variance", "units"), [(20, 9, 1), (0, 9, 5), (20, 0, 5), (20, np.nan, 5)])
def test_there_are_no_limits_on_the_log_scale_where_the_spread_is_not_known(ratio, variance, units):
    lower, upper = log_t(ratio, variance, units)
    assert math.isnan(lower[0])
    assert math.isnan(upper[0])
