"""Limits against an independent program's test data.

The numbers: github.com/ukhsa-collaboration/PHEindicatormethods @ 093fd288 (v2.1.0), tests/testthat, testdata_Byars_Wilson.xlsx,
testdata_Rate.xlsx, testdata_Proportion.xlsx; relative tolerance 1e-7. All of them are read from ../shared/reference where it is there;
those copied below always run.
"""

import json
import math
from pathlib import Path

import pytest

from workforce.stats.intervals import byar, poisson, wilson

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
