"""XmR against the NHS-R Community's NHSRplotthedots.

The numbers: github.com/nhs-r-community/NHSRplotthedots @ 050b07d (v0.2.2), ptd_spc_standard and ptd_calculate_point_type run on R 4.2.2;
limits within 1e-9, labels exact. All eleven cases are read from ../shared/reference where it is there; those copied below always run.
"""

import json
from datetime import date
from pathlib import Path

import polars as pl
import pytest

import workforce as wf
from builders import measured

FILE = Path(__file__).parents[3] / "shared" / "reference" / "xmr_plotthedots.json"
CAUSES = {
    "Common Cause": None,
    "Above UCL": "above the upper limit",
    "Below LCL": "below the lower limit",
    "7 Point Trend (Increasing)": "7 points rising",
    "7 Point Trend (Decreasing)": "7 points falling",
    "2 in 3 Above CL": "2 of 3 close to the upper limit",
    "2 in 3 Below CL": "2 of 3 close to the lower limit",
    "7 Points Above CL": "7 points above the centre",
    "7 Points Below CL": "7 points below the centre",
}
VARIATION = {
    "common_cause": "no significant change",
    "special_cause_improvement": "better than expected",
    "special_cause_concern": "worse than expected",
    "special_cause_neutral_high": "higher than expected",
    "special_cause_neutral_low": "lower than expected",
}
ASSURANCE = {
    None: None,
    "consistent_pass": "consistently hits the target",
    "consistent_fail": "consistently misses the target",
    "inconsistent": "hit or miss",
}
DIRECTION = {"increase": "higher", "decrease": "lower", "neutral": None}


def cases():
    if not FILE.exists():
        return [pytest.param(None, marks=pytest.mark.skip(reason="xmr_plotthedots.json is not beside the repository"))]
    book = json.loads(FILE.read_text(encoding="utf-8"))
    assert book["tolerance"] == {"limits": 1e-09, "labels": "exact"}
    return [pytest.param(case, id=case["name"]) for case in book["cases"]]


def months(count):
    return [date(2015 + i // 12, i % 12 + 1, 1) for i in range(count)]


def series(values):
    """A count without a better direction in the measure book, so that the case decides."""
    on = months(len(values))
    sides = pl.DataFrame({"period_start": on, "period_end": on, "numerator": [float(v) for v in values]})
    return measured(sides, "headcount", "in_post")


def xmr(table, **options):
    """The plain method: the package knows no kinds of series."""
    return wf.stats.xmr(table, kind="plain", **options).frame


@pytest.mark.parametrize("case", cases())
def test_every_point_is_judged_as_the_package_judges_it(case):
    given, expected = case["input"], case["expected"]
    on = months(len(given["value"]))
    restart = None
    if given["rebase_flag"]:
        restart = [day for day, restarts in zip(on, given["rebase_flag"], strict=True) if restarts]
    judged = xmr(
        series(given["value"]),
        improvement=DIRECTION[given["improvement_direction"]],
        target=given["target"],
        baseline=given["fix_after_n_points"],
        restart=restart,
        screen=given["screen_outliers"],
    )
    for ours, theirs in (("centre", "mean"), ("lower_limit", "lpl"), ("upper_limit", "upl")):
        assert judged[ours].to_list() == pytest.approx(expected[theirs], abs=1e-9)
    assert judged["special_cause"].to_list() == [CAUSES[c] for c in expected["special_cause_type"]]
    assert judged["variation"].to_list() == [VARIATION[p] for p in expected["point_type"]]
    assert judged["variation"][-1] == VARIATION[expected["last_point_variation"]]
    assert judged["assurance"][-1] == ASSURANCE[expected["assurance"]]


def test_two_of_three_on_opposite_sides_are_common_cause():
    judged = xmr(series([1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 5.5, -5.5]))
    assert judged.select("centre", "lower_limit", "upper_limit").row(0) == pytest.approx((0.0, -6.175, 6.175), abs=1e-9)
    assert judged["special_cause"].null_count() == 16


def test_a_point_outside_the_limits_does_not_count_as_close_to_them():
    values = [
        10,
        10.4,
        9.7,
        10.2,
        9.9,
        10.1,
        9.8,
        10.3,
        10,
        9.6,
        10.2,
        10.1,
        11.4,
        11.3,
        10.6,
        10,
        9.9,
        10.2,
        9.8,
        10.1,
    ]
    judged = xmr(series(values), improvement="higher")
    assert judged.select("centre", "lower_limit", "upper_limit").row(0) == pytest.approx(
        (10.18, 9.046, 11.314), abs=1e-9
    )
    assert judged["special_cause"].to_list() == [None] * 12 + ["above the upper limit"] + [None] * 7


def test_a_rising_trend_is_good_or_bad_by_where_it_goes_even_below_the_centre():
    values = [5, 6, 5, 7, 6, 5, 6, 7, 6, 5, 6, 5, 7, 8, 9, 10, 11, 12, 13, 6, 5, 6, 7, 6]
    judged = xmr(series(values), improvement="higher")
    assert judged["lower_limit"][0] == pytest.approx(4.13984848484849, abs=1e-9)
    assert judged["special_cause"].to_list()[9:17] == [
        "2 of 3 close to the lower limit",
        "7 points below the centre",
        *["7 points rising"] * 4,
        *["above the upper limit"] * 2,
    ]
    assert judged["variation"].to_list()[10:13] == ["worse than expected", *["better than expected"] * 2]
