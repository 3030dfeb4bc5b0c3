"""Direct and indirect standardisation against an independent program's test data.

The numbers: github.com/ukhsa-collaboration/PHEindicatormethods @ 093fd288 (v2.1.0), tests/testthat, testdata_DSR_ISR.xlsx; relative
tolerance 1e-7. All of them are read from ../shared/reference where it is there; those copied below always run.
"""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import workforce as wf
from builders import TRUTHS, make_area, measured
from workforce.stats.intervals import poisson
from workforce.stats.standardise import dobson

REFERENCE = Path(__file__).parents[3] / "shared" / "reference"
TOLERANCE = 1e-7
LEVELS = {"95_0": 0.95, "99_8": 0.998}

needs_files = pytest.mark.skipif(not REFERENCE.exists(), reason="the reference files are not beside the repository")


def book(name):
    read = json.loads((REFERENCE / f"{name}.json").read_text(encoding="utf-8"))
    assert read["tolerance"]["relative"] == TOLERANCE
    return read


def rate(frame, *by, count="count", size="pop"):
    """Events over people, in percent, as turnover has them."""
    sides = frame.select(*by, numerator=pl.col(count), denominator=pl.col(size), people=pl.col(size).cast(pl.Int64))
    return measured(sides, "turnover", "average", by=list(by))


def standard(frame, size, count=None):
    """The first area's rows: the standard is the same for each."""
    one = frame.filter(pl.col("area") == frame["area"][0])
    return rate(one.with_columns(no_count=pl.lit(None, pl.Float64)), "ageband", count=count or "no_count", size=size)


def close(found, expected, times):
    assert (found is None) == (expected is None)
    if expected is not None:
        assert found * times == pytest.approx(expected, rel=TOLERANCE)


def expected_of(rows, area, named=""):
    found = [r for r in rows if r["area"] == area and named in r["statistic"]]
    assert found
    return found


def standardise(table, reference, **options):
    return wf.stats.standardise(table, reference, **options).frame


@needs_files
def test_indirectly_standardised_ratios_and_their_limits():
    cases = book("phe_isr")
    areas = pl.DataFrame(cases["input"], infer_schema_length=None)
    ratios = standardise(rate(areas, "area", "ageband"), standard(areas, "refpop", "refcount"), strata=["ageband"])
    assert len(ratios) == 3
    for row in ratios.to_dicts():
        expected = [r for r in cases["expected"] if r["area"] == row["area"]]
        assert len(expected) == 4
        for e in expected:
            # The package writes the same ratio as a ratio, times 100, and as a rate: times the crude rate of the standard.
            times = (
                0.01
                if e["statistic"].endswith("x 1")
                else 1.0
                if e["statistic"].endswith("x 100")
                else e["ref_rate"] / 100
            )
            assert row["numerator"] == e["observed"]
            close(row["denominator"], e["expected"], 1)
            close(row["value"], e["value"], times)
            close(row["lower"], e["lower95_0cl"], times)
            close(row["upper"], e["upper95_0cl"], times)
            assert row["method"] == {"Byars": "Byar", "Exact": "exact"}[e["method"]]
            below, above = poisson([row["numerator"]], confidence=0.998)
            close(100 * below[0] / row["denominator"], e["lower99_8cl"], times)
            close(100 * above[0] / row["denominator"], e["upper99_8cl"], times)


def by_area(cases, key, size):
    areas = pl.DataFrame(cases[key], infer_schema_length=None)
    if "Age Band" in areas.columns:
        areas = areas.rename({"Age Band": "ageband"}).with_columns(area=pl.lit("testdata_1976"))
    crude = rate(areas, "area", "ageband")
    return areas, standardise(crude, standard(areas, size), strata=["ageband"], method="direct")


@needs_files
@pytest.mark.parametrize(("key", "size"), [("multiarea_input", "stdpop"), ("esp1976_input", "esp1976")])
def test_directly_standardised_rates_and_their_limits(key, size):
    cases = book("phe_dsr")
    areas, direct = by_area(cases, key, size)
    assert len(direct) == areas["area"].n_unique()
    for row in direct.to_dicts():
        own = areas.filter(pl.col("area") == row["area"])
        weight = (own[size] / own[size].sum() / own["pop"]).to_numpy()
        counts = own["count"].fill_null(0).to_numpy()
        for e in expected_of(cases["expected"], row["area"]):
            assert counts.sum() == e["total_count"]
            times = {"dsr per 10000": 1e2, "dsr per 100000": 1e3}.get(e["statistic"], 1.0)
            close(row["value"], e["value"], times)
            close(row["lower"], e["lower95_0cl"], times)
            close(row["upper"], e["upper95_0cl"], times)
            assert row["marker"] == (None if e["value"] else "x")
            if e["value"] and e["lower99_8cl"]:
                spread = (np.nan_to_num(weight) ** 2 * counts).sum()
                low, high = dobson([row["value"] / 100], [spread], [counts.sum()], confidence=0.998)
                close(100 * low[0], e["lower99_8cl"], times)
                close(100 * high[0], e["upper99_8cl"], times)


@needs_files
def test_limits_of_rates_where_one_person_has_several_events():
    cases = book("phe_dsr")
    areas = pl.DataFrame(cases["nonindependent_input"], infer_schema_length=None)
    seen = 0
    for (area,), own in areas.group_by("area", maintain_order=True):
        weight = np.array(cases["esp2013"]) / sum(cases["esp2013"]) / own["pop"].to_numpy()
        persons = sum(own[f"f{k}"].fill_null(0).to_numpy() * k**2 for k in (1, 2, 3, 4))
        events = sum(own[f"f{k}"].fill_null(0).to_numpy() * k for k in (1, 2, 3, 4))
        value, spread, total = (weight * events).sum(), (weight**2 * persons).sum(), events.sum()
        for e in expected_of(cases["expected"], area):
            seen += 1
            assert total == e["total_count"]
            for level, confidence in LEVELS.items():
                low, high = dobson([value], [spread], [total], confidence=confidence)
                close(None if np.isnan(low[0]) else low[0], e[f"lower{level}cl"], 1e5)
                close(None if np.isnan(high[0]) else high[0], e[f"upper{level}cl"], 1e5)
            if e["value"]:
                close(value, e["value"], 1e5)
    assert seen == 4


# testdata_1976: events, people and the European standard population of 1976 in thousands, by age band from 0-4 to 85-89
EVENTS = [127, 25, 18, 21, 12, 27, 48, 27, 29, 32, 32, 34, 45, 65, 38, 68, 74, 82]
PEOPLE = [636, 558, 609, 543, 384, 594, 669, 843, 660, 576, 606, 522, 426, 273, 300, 288, 153, 123]
STANDARD = [8, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 6, 5, 4, 3, 2, 1, 1]


def test_a_directly_standardised_rate_copied_from_the_test_data():
    bands = [f"{i:02}" for i in range(len(EVENTS))]
    own = pl.DataFrame({"area": "testdata_1976", "ageband": bands, "count": EVENTS, "pop": PEOPLE})
    mix = pl.DataFrame({"ageband": bands, "count": None, "pop": STANDARD}, schema_overrides={"count": pl.Float64})
    row = standardise(rate(own, "area", "ageband"), rate(mix, "ageband"), strata=["ageband"], method="direct").row(
        0, named=True
    )
    found = (1000 * row["value"], 1000 * row["lower"], 1000 * row["upper"])
    assert found == pytest.approx((8592.09758502237, 7991.1609314421, 9225.25388031832), rel=TOLERANCE)
    assert row["method"] == "Dobson"


@pytest.mark.parametrize(
    ("observed", "lower", "upper", "method"),
    [
        (895, 100.17147712554, 114.323328724989, "Byar"),
        (91, 8.7650401018294, 13.3665763284189, "Byar"),
        (9, 0.492338082509578, 2.04392145554997, "exact"),
    ],
)
def test_limits_of_indirect_ratios_copied_from_the_test_data(observed, lower, upper, method):
    """The expected number of each area is 835.883561231174: one stratum of so many, in a standard where everyone leaves."""
    own = pl.DataFrame({"area": ["one"], "ageband": ["all"], "count": [observed], "pop": [835.883561231174]})
    mix = pl.DataFrame({"ageband": ["all"], "count": [50.0], "pop": [50.0]})
    row = standardise(rate(own, "area", "ageband"), rate(mix, "ageband"), strata=["ageband"]).row(0, named=True)
    found = (row["value"], row["lower"], row["upper"])
    assert found == pytest.approx((100 * observed / 835.883561231174, lower, upper), rel=TOLERANCE)
    assert row["method"] == method


@pytest.mark.slow
@pytest.mark.parametrize("seed", [2023, 1, 2])
def test_the_sicker_locality_of_a_large_area_stands_outside_its_funnel_and_the_merely_older_one_inside(seed):
    """The truths are the generator's: the sicker locality has 1.35 times the absences at each age, the older one no more at any.

    With over-dispersion the sicker locality itself widens the limits (it is one of seven): there it is asked to stand above the 95% ones.
    """
    area, year = make_area(staff=20_000, seed=seed, casework=False), wf.year_to("2023-03")
    records = wf.Records(assignments=area.assignments, absences=area.absences).with_bands(
        year.start, tenure=None, pay=None
    )
    strata = ["age_band", "staff_group"]
    own = wf.absence.rate(records, year, definition="days_per_fte", by=["locality", *strata])
    whole = wf.absence.rate(records, year, definition="days_per_fte", by=strata)
    crude = wf.absence.rate(records, year, definition="days_per_fte", by=["locality"]).frame
    value = dict(crude.select("locality", "value").iter_rows())
    set_apart = (TRUTHS.sicker_locality, TRUTHS.older_locality, TRUTHS.six_staff_locality)
    others = sorted(v for name, v in value.items() if name not in set_apart)
    assert value[TRUTHS.older_locality] > others[-1]  # unadjusted, the older one looks sicker than the rest
    ratios = wf.stats.standardise(own, whole, strata=strata)
    for overdispersion in (False, True):
        around = wf.stats.funnel(ratios, overdispersion=overdispersion).frame
        stands = dict(around.select("locality", "position").iter_rows())
        above = ["above the 95% limits"] if overdispersion else []
        assert stands[TRUTHS.sicker_locality] in ["above the 99.8% limits", *above]
        assert "99.8%" not in stands[TRUTHS.older_locality]
        assert "above" not in stands[TRUTHS.older_locality]
