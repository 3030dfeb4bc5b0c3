"""Funnel limits, positions and over-dispersion against two independent programs.

The numbers: github.com/ukhsa-collaboration/PHEindicatormethods @ 093fd288 (v2.1.0), testdata_funnel_*.csv (from the Fingertips tool),
limits within 1e-5, positions exact; github.com/nhs-r-community/FunnelPlotR @ 9020d49 (v0.6.0), its functions run on R, limits within
1e-6. All are read from ../shared/reference where it is there; those copied below always run.
"""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import workforce as wf
from builders import measured
from workforce.stats.funnel import between_groups, count_limits, dispersion, share_limits, winsorised
from workforce.stats.intervals import exact_poisson, z_value

REFERENCE = Path(__file__).parents[3] / "shared" / "reference"
PHE, PLOT = 1e-5, 1e-6
POSITIONS = {
    "High (0.001)": "above the 99.8% limits",
    "High (0.025)": "above the 95% limits",
    "Low (0.001)": "below the 99.8% limits",
    "Low (0.025)": "below the 95% limits",
    "Not significant": "within the limits",
}
SIGMA = {"2s": 0.95, "3s": 0.998}

needs_files = pytest.mark.skipif(not REFERENCE.exists(), reason="the reference files are not beside the repository")


def read(name):
    return pl.read_csv(REFERENCE / f"{name}.csv", null_values=["NA"], infer_schema_length=None)


def book():
    return json.loads((REFERENCE / "funnelplotr.json").read_text(encoding="utf-8"))["overdispersion"]


def around(count, size, measure="turnover", definition="average", **options):
    sides = pl.DataFrame(
        {"team": [f"{i:04}" for i in range(len(count))], "numerator": count, "denominator": size, "people": 100}
    )
    return wf.stats.funnel(measured(sides, measure, definition, by=["team"]), **options).frame


@needs_files
def test_limits_of_shares_are_those_of_the_fingertips_tool():
    areas, lines = read("phe_funnel_proportion_input"), read("phe_funnel_proportion_limits")
    centre = areas["numerator"].sum() / areas["denominator"].sum()
    assert 100 * centre == pytest.approx(lines["baseline"][0], abs=PHE)
    for sigma, confidence in SIGMA.items():
        low, high = share_limits(centre, lines["population"].to_numpy(), confidence=confidence)
        assert (100 * low).tolist() == pytest.approx(lines[f"lower_{sigma}"].to_list(), abs=PHE)
        assert (100 * high).tolist() == pytest.approx(lines[f"upper_{sigma}"].to_list(), abs=PHE)


@needs_files
def test_positions_of_shares_are_those_of_the_fingertips_tool():
    areas = read("phe_funnel_proportion_input")
    found = around(areas["numerator"], areas["denominator"], "stability", "nhs")
    assert found["position"].to_list() == [POSITIONS[s] for s in areas["significance"]]


@needs_files
def test_limits_of_ratios_are_those_of_the_fingertips_tool():
    lines = read("phe_funnel_ratio_limits")
    observed = lines["observed_events"].cast(pl.Float64).to_numpy()
    for sigma, confidence in SIGMA.items():
        # The tool draws its lines the other way round: for a count, the expected numbers at which it would just be on a limit.
        highest, lowest = (lines[f"{side}_{sigma}_exp_events"].to_numpy() for side in ("lower", "upper"))
        # It finds them by halving until a step of 1e-7, which shows in the smallest (0.001000547 for 0.001000500).
        below, above = exact_poisson(observed, confidence=confidence)
        assert above.tolist() == pytest.approx(highest.tolist(), rel=PHE, abs=1e-7)
        assert below.tolist() == pytest.approx(lowest.tolist(), rel=PHE, abs=1e-7)
        low, high = count_limits(highest, confidence=confidence)[0], count_limits(lowest, confidence=confidence)[1]
        assert low.tolist() == pytest.approx(observed.tolist(), rel=PHE)
        assert high.tolist() == pytest.approx(observed.tolist(), rel=PHE)
        for side, limit, expected in (("lower", low, highest), ("upper", high, lowest)):
            assert (100 * limit / expected).tolist() == pytest.approx(lines[f"{side}_{sigma}_isr"].to_list(), rel=PHE)
            assert (limit / expected - 1).tolist() == pytest.approx(
                lines[f"{side}_{sigma}_count"].to_list(), rel=PHE, abs=PHE
            )


@needs_files
def test_positions_of_ratios_are_those_of_the_fingertips_tool():
    areas = read("phe_funnel_ratio_input")
    # A ratio of observed to expected counts, around as expected.
    found = around(areas["obs"], areas["expected"], "turnover", "average_indirect", baseline=100.0)
    assert found["position"].to_list() == [POSITIONS[s] for s in areas["significance"]]


@needs_files
def test_limits_of_rates_are_those_of_the_fingertips_tool():
    areas, lines = read("phe_funnel_rate_limits_input"), read("phe_funnel_rate_limits")
    centre = areas["ev"].sum() / (1e5 * areas["ev"] / areas["rate"]).sum()
    assert 1e5 * centre == pytest.approx(lines["baseline"][0], rel=PHE)
    events = lines["Events"].cast(pl.Float64).to_numpy()
    for sigma, confidence in SIGMA.items():
        for side, which in (("lower", 0), ("upper", 1)):
            people = lines[f"{side}_{sigma}_population_1_year"].to_numpy() * 3
            limit = count_limits(centre * people, confidence=confidence)[which]
            assert limit.tolist() == pytest.approx(events.tolist(), rel=PHE)
            assert (1e5 * limit / people).tolist() == pytest.approx(lines[f"{side}_{sigma}_limit"].to_list(), rel=PHE)


@needs_files
@pytest.mark.parametrize("per", ["100000", "100"])
@pytest.mark.parametrize("zero", ["with_0", "without_0"])
@pytest.mark.parametrize("kind", ["crude", "dsr"])
def test_positions_of_rates_are_those_of_the_fingertips_tool(kind, zero, per):
    areas = read("phe_funnel_rate_input").filter((pl.col("count") > 0) | pl.lit(zero == "with_0"))
    expected = areas[f"{kind}_per_{per}_{zero}"]
    # A directly standardised rate stands on the population that its count and rate imply; below ten events it has none, and no position.
    size = areas["pop"] if kind == "crude" else areas["count"] / areas["rate_dsr"]
    found = around(areas["count"], size)["position"]
    known = ~expected.str.starts_with("Not applicable")
    assert found.filter(known).to_list() == [POSITIONS[s] for s in expected.filter(known)]
    assert found.filter(~known).null_count() == (~known).sum()


def test_exact_limits_of_an_expected_count_are_those_of_funnelplotr():
    """FunnelPlotR takes the limits of the expected count as if it had been observed; ours are where an observed count is too far."""
    expected = np.array([15.0, 20.0, 30.0])
    for confidence, lower, upper in (
        (0.95, [0.5596924, 0.610826, 0.6746958], [1.649348, 1.544419, 1.427562]),
        (0.998, [0.386265, 0.4479107, 0.5289724], [2.082907, 1.902094, 1.702771]),
    ):
        below, above = exact_poisson(expected, confidence=confidence)
        assert (below / expected).tolist() == pytest.approx(lower, abs=PLOT)
        assert (above / expected).tolist() == pytest.approx(upper, abs=PLOT)
        low, high = count_limits(expected, confidence=confidence)
        assert (low < expected).all()
        assert (high > expected).all()


OBSERVED = [100, 150, 180, 80, 120, 225, 60, 33, 410, 95, 12, 140]
EXPECTED = [108, 112, 165, 95, 100, 220, 75, 50, 380, 60, 20, 139]


def test_overdispersed_limits_of_ratios_are_those_of_the_method_of_the_care_quality_commission():
    rows = around(OBSERVED, EXPECTED, "turnover", "average_indirect", baseline=100.0, overdispersion=True)
    roots = {c: (rows[c] / 100).sqrt().to_list() for c in ("lower_95", "upper_95", "lower_998", "upper_998")}
    assert roots["lower_95"][:3] == pytest.approx([0.822822213572454, 0.823720712852212, 0.831714248021922], abs=PLOT)
    assert roots["upper_95"][:3] == pytest.approx([1.17717778642755, 1.17627928714779, 1.16828575197808], abs=PLOT)
    assert roots["lower_998"][:3] == pytest.approx([0.720647692861925, 0.722064336854513, 0.734667567411075], abs=PLOT)
    assert roots["upper_998"][:3] == pytest.approx([1.27935230713807, 1.27793566314549, 1.26533243258893], abs=PLOT)


@needs_files
def test_the_square_root_method_with_winsorising_is_that_of_funnelplotr():
    case, given = book()["cqc_winsorised"], book()["ratio_input"]
    observed, expected = (np.array(given[side], dtype=float) for side in ("numerator", "denominator"))
    errors = 1 / (2 * np.sqrt(expected))
    scores = (np.sqrt(observed / expected) - 1) / errors
    assert scores.tolist() == pytest.approx(case["zscore"], abs=PLOT)
    used = winsorised(scores)
    assert used.tolist() == pytest.approx(case["wzscore"], abs=PLOT)
    assert dispersion(used) == pytest.approx(case["phi"], abs=PLOT)
    extra = between_groups(used, errors)
    assert extra == pytest.approx(case["tau2"], abs=PLOT)
    for confidence, name in ((0.95, "95"), (0.998, "998")):
        half = z_value(confidence) * np.sqrt(errors**2 + extra)
        assert (1 - half).tolist() == pytest.approx(case[f"od_ll{name}"], abs=PLOT)
        assert (1 + half).tolist() == pytest.approx(case[f"od_ul{name}"], abs=PLOT)
    rows = around(observed, expected, "turnover", "average_indirect", baseline=100.0, overdispersion=True)
    for ours, theirs in (("lower_95", "ll95"), ("upper_95", "ul95"), ("lower_998", "ll998"), ("upper_998", "ul998")):
        assert (rows[ours] / 100).sqrt().to_list() == pytest.approx(case[f"od_{theirs}"], abs=PLOT)


@needs_files
def test_overdispersed_limits_of_shares_are_those_of_funnelplotr():
    case, given = book()["proportion_winsorised"], book()["proportion_input"]
    count, size = (np.array(given[side], dtype=float) for side in ("numerator", "denominator"))
    centre, errors = count.sum() / size.sum(), 1 / (2 * np.sqrt(size))
    assert centre == pytest.approx(case["target"], abs=PLOT)
    scores = (np.arcsin(np.sqrt(count / size)) - np.arcsin(np.sqrt(centre))) / errors
    assert scores.tolist() == pytest.approx(case["zscore"], abs=PLOT)
    used = winsorised(scores)
    assert used.tolist() == pytest.approx(case["wzscore"], abs=PLOT)
    assert dispersion(used) == pytest.approx(case["phi"], abs=PLOT)
    assert between_groups(used, errors) == pytest.approx(case["tau2"], abs=PLOT)
    found = around(count, size, "stability", "nhs", overdispersion=True)
    for ours, theirs, edge in (
        ("lower_95", "ll95", 0.0),
        ("upper_95", "ul95", 1.0),
        ("lower_998", "ll998", 0.0),
        ("upper_998", "ul998", 1.0),
    ):
        limits = (found[ours] / 100).to_numpy().copy()
        # FunnelPlotR blanks a limit that the next row's does not narrow. It means its lines, which run from small to large; the case
        # was run on groups in no order, so some are blanked there. The same step, here only, gives the same numbers.
        blanked = limits[:-1] > limits[1:] if edge == 0 else limits[:-1] < limits[1:]
        limits[:-1][blanked] = edge
        # Its lower limits of three small groups are narrower than those without over-dispersion; ours are then the latter.
        plain = (around(count, size, "stability", "nhs")[ours] / 100).to_numpy()
        theirs_is_narrower = (np.array(case[f"od_{theirs}"]) - plain) * (1 if edge == 0 else -1) > PLOT
        assert theirs_is_narrower.sum() == {"lower_95": 1, "lower_998": 2}.get(ours, 0)
        expected = np.where(theirs_is_narrower, plain, case[f"od_{theirs}"])
        assert limits.tolist() == pytest.approx(expected.tolist(), abs=PLOT)
