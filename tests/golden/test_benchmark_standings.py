"""Every number of every authority's page, computed again from the publishers' files by plain Python: 153 authorities and 25 indicators.

Published numbers have to be those of the file. Medians, ranks, quarters, changes, figures by head and by plan are worked out here in
another way than in the library: from dictionaries of the files' cells, as fractions.
"""

import csv
import math
import re
from collections import defaultdict
from fractions import Fraction
from functools import cache
from pathlib import Path
from statistics import median

import polars as pl
import pytest

import workforce as wf
from builders import drawn_lines

DATA = Path(__file__).parents[3] / "shared" / "data"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the full official files are not beside the project")
CSWW = "dfe_csww/csww_indicators_2017_to_2025.csv"
SEN2, SEN2_2025 = "dfe_sen2", "dfe_sen2_2025"
POPULATION, PLANS = "ons_population/mid_year_0_to_17_2012_to_2024.csv", f"{SEN2_2025}/caseload.csv"
APPEALS = "appeals"
# In the order of the page: file, column, last year, better; what it is for each 10,000 or 1,000 of, and of how many years before.
INDICATORS = [
    (CSWW, "turnover_rate_fte", 2025, "lower", None),
    (CSWW, "vacancy_rate_fte", 2025, "lower", None),
    (CSWW, "agency_rate_fte", 2025, "lower", None),
    (CSWW, "vacancy_agency_cover_rate_fte", 2025, "higher", None),
    (CSWW, "caseload_fte", 2025, "lower", None),
    (CSWW, "absence_rate_fte", 2025, "lower", None),
    ("lait", "Stability_SocialWorker", 2024, "lower", None),
    (f"{SEN2}/timeliness_20_week.csv", "pc_plans_issued_within_20_weeks", 2024, "higher", None),
    (f"{SEN2}/timeliness_20_week.csv", "PC_plans_issued_20_weeks_ex", 2024, "higher", None),
    (f"{SEN2}/requests.csv", "requests_received_in_year", 2024, None, ("children", 0)),
    (f"{SEN2}/requests.csv", "request_not_assess_pc", 2024, None, None),
    (f"{SEN2}/requests.csv", "request_outcome_six_weeks_pc", 2024, None, None),
    (f"{SEN2_2025}/assessments.csv", "assess_issued_pc", 2024, None, None),
    (f"{SEN2_2025}/newplans.csv", "new_ehc_plans", 2024, None, ("children", 0)),
    (f"{SEN2_2025}/newplans.csv", "mainstream_total_pc", 2024, None, None),
    (PLANS, "ehcplans", 2025, None, ("children", -1)),
    (PLANS, "mainstream_total_pc", 2025, None, None),
    (PLANS, "special_total_pc", 2025, None, None),
    (f"{SEN2}/requests.csv", "requests_received_in_year", 2024, None, ("plans", 0)),
    (f"{SEN2_2025}/newplans.csv", "new_ehc_plans", 2024, None, ("plans", 0)),
    (f"{SEN2_2025}/annual_reviews.csv", "pc_decsion_4weeks", 2024, None, None),
    (APPEALS, 2, 2024, "lower", None),
    (APPEALS, 0, 2024, None, ("plans", 0)),
    ("lait", "SEN_TotStat", 2025, None, None),
    ("lait", "SEN_TotSENSuP", 2025, None, None),
]
CODE = {"National": "country_code", "Regional": "region_code", "Local authority": "old_la_code"}
TOOL = {
    "970": "E92000001",
    **{str(980 + i): f"E1200000{i + 1}" for i in range(7)},
    "989": "E12000008",
    "990": "E12000009",
}


@cache
def rows(file: str) -> list[dict[str, str]]:
    with (DATA / file).open(encoding="utf-8-sig", newline="") as text:
        header, *body = csv.reader(text)
    return [
        r for r in (dict(zip(header, b, strict=True)) for b in body) if r.get("breakdown") == r.get("breakdown_topic")
    ]


def number(cell: str) -> Fraction | None:
    if cell == "low":
        return Fraction(0)
    return Fraction(cell) if re.fullmatch(r"-?\d+(\.\d+)?", cell) else None


@cache
def cells(file: str, column) -> dict[tuple[str, int], Fraction | None]:
    """The figures of a column by code and year."""
    if file == "lait":
        raw = pl.read_parquet(DATA / "lait" / "bds_long_0.parquet").filter(pl.col("Short Desc") == column)
        return {
            (TOOL.get(str(int(code)), str(int(code))), int(year)): number(f"{float(value):.12g}")
            if value != "-"
            else None
            for code, year, value in raw.select("LA Number", "Years", "Values").iter_rows()
        }
    if file == APPEALS:
        return appeals(column)
    found = {}
    for row in rows(file):
        period = row["time_period"]
        year = int(f"20{period[4:]}") if len(period) == 6 else int(period)
        found[row[CODE[row["geographic_level"]]], year] = number(row[column])
    return found


def appeals(place: int) -> dict[tuple[str, int], Fraction | None]:
    """Appeals (0) or their rate (2) by the authority that the row names."""
    numbers = {row["la_name"]: row["old_la_code"] for row in rows(f"{SEN2}/requests.csv")} | {
        "Durham": "840",
        "Kingston Upon Hull, City of": "810",
        "Herefordshire": "884",
    }
    with (DATA / SEN2_2025 / "tribunal_appeals_2014_2024.csv").open(encoding="utf-8-sig", newline="") as text:
        table = list(csv.reader(text))
    found = {}
    for row in table[6:]:
        name = re.sub(r"\d(,\d)*$", "", row[0]).strip()
        code = "E92000001" if name == "England Total" else numbers.get(name)
        for start, cell in enumerate(table[3]):
            if code and cell.startswith("20"):
                text = row[start + place].strip().replace(",", "").rstrip("%")
                found[code, int(cell)] = Fraction(0) if text == "-" else number(text)
    return found


def figure(indicator, code: str, year: int) -> Fraction | None:
    file, column, _, _, base = indicator
    value = cells(file, column).get((code, year))
    if base is None or value is None:
        return value
    kind, earlier = base
    of = cells(POPULATION, "population_estimate") if kind == "children" else cells(PLANS, "ehcplans")
    below = of.get((code, year + earlier))
    return value / below * (10_000 if kind == "children" else 1_000) if below else None


def printed(value: Fraction) -> Fraction:
    return Fraction(math.floor(10 * value + Fraction(1, 2)), 10)


@pytest.fixture(scope="module")
def today() -> dict[str, str]:
    return {
        r["old_la_code"]: r["region_code"] for r in rows(PLANS) if r["time_period"] == "202425" and r["old_la_code"]
    }


@pytest.fixture(scope="module")
def near() -> dict[str, list[str]]:
    with (DATA / "dfe_context" / "sn_model_2025_wide.csv").open(encoding="utf-8-sig", newline="") as text:
        return {r["old_la_code"]: [r[f"SN_{i}"] for i in range(1, 11)] for r in csv.DictReader(text)}


@pytest.fixture(scope="module")
def table() -> dict[tuple[str, int], dict]:
    standings = wf.benchmark.standings(wf.load_official())
    return {(row["area_code"], row["place"]): row for row in standings.iter_rows(named=True)}


@pytest.mark.parametrize("place", range(len(INDICATORS)))
def test_every_number_of_every_authority_is_that_of_the_files(table, today, near, place):
    indicator = INDICATORS[place]
    file, column, year, better, _ = indicator
    returns = {code for code, of_year in cells(file, column) if of_year == year and not code.startswith("E")}
    unit = {member: code for code in returns for member in code.split(" / ")}
    values = {
        code: v
        for code in returns
        if (v := figure(indicator, code, year)) is not None and set(code.split(" / ")) & set(today)
    }
    assert len(today) == 153
    sign = -1 if better == "higher" else 1
    for code, region in today.items():
        row = table[code, place]
        own = unit.get(code)
        value = values.get(own)
        assert row["value"] == (None if value is None else pytest.approx(float(value), rel=1e-12)), (code, row)
        peers = {unit.get(n) for n in near[code]} - {own, None}
        theirs = [values[p] for p in sorted(peers) if p in values]
        assert row["median"] == (pytest.approx(float(median(theirs)), abs=1e-9) if theirs else None), (code, row)
        assert row["neighbours_with"] == sum(unit.get(n) in values and unit.get(n) != own for n in near[code])
        if value is None:
            assert (row["rank"], row["change"]) == (None, None)
            assert row["marker"]
        else:
            ahead = sum(sign * printed(v) < sign * printed(value) for v in values.values())
            assert (row["rank"], row["ranked"]) == (ahead + 1, len(values)), (code, row)
            ends = ("best", "worst") if better else ("lowest", "highest")
            quarter = ahead * 4 // len(values)
            assert row["quarter"].split()[0] == (ends[0], "second", "third", ends[1])[quarter]
            before = figure(indicator, own, year - 1)
            assert row["change"] == (None if before is None else pytest.approx(float(value - before), abs=1e-9)), (
                code,
                row,
            )
        england = figure(indicator, "E92000001", year)
        assert row["england"] == (None if england is None else pytest.approx(float(england), rel=1e-12))
        regions = [r["region_code"] for r in rows(CSWW) if own == r["old_la_code"] and r["time_period"] == str(year)]
        parent = regions[0] if file == CSWW and regions else region
        of_region = figure(indicator, parent, year)
        assert row["region"] == (None if of_region is None else pytest.approx(float(of_region), rel=1e-12)), (code, row)


DRAWN = [0, 1, 2, 7, 9, 15]  # places of the indicators that are drawn over time
REGION_OF_RETURN = "E13"  # Inner and Outer London, which only the workforce figures have apart


def check_lines(code: str, region: str, frames: list[pl.DataFrame], near: list[str]) -> int:
    """Compare every point of the lines of an authority's page with the files; return how many there are."""
    points = 0
    for place, frame in zip(DRAWN, frames, strict=True):
        indicator = INDICATORS[place]
        file, column, *_ = indicator
        drawn = {
            (level, end.year): value
            for level, end, value in frame.select("area_level", "period_end", "value").iter_rows()
        }
        assert len(drawn) == len(frame)
        divided = {r["region_code"] for r in rows(file) if code in r["old_la_code"].split(" / ")}
        parent = next((r for r in sorted(divided) if r.startswith(REGION_OF_RETURN)), region)
        for year in sorted({year for _, year in cells(file, column)}):
            unit = {
                member: returned
                for returned, of_year in cells(file, column)
                if of_year == year and not returned.startswith("E")
                for member in returned.split(" / ")
            }
            own = unit.get(code)
            peers = {unit[n] for n in near if n in unit} - {own}
            theirs = [v for p in sorted(peers) if (v := figure(indicator, p, year)) is not None]
            expected = {
                "local_authority": figure(indicator, own, year) if own else None,
                "neighbours": median(theirs) if theirs else None,
                "regional": figure(indicator, parent, year),
                "national": figure(indicator, "E92000001", year),
            }
            for level, value in expected.items():
                mine = drawn.pop((level, year), None)
                assert mine == (None if value is None else pytest.approx(float(value), rel=1e-9)), (code, place, level)
                points += 1
        assert not drawn, (code, place)
    return points


def test_every_point_of_the_lines_over_time_is_that_of_the_files(today, near):
    some = [*sorted(today)[::15], "318", "420", "810", "940", "942"]
    official = wf.load_official()
    for code, frames in drawn_lines(official, some):
        assert check_lines(code, today[code], frames, near[code]) == 4 * (3 * 9 + 2 * 6 + 7)


@pytest.mark.more
def test_every_point_of_the_lines_of_every_authority_is_that_of_the_files(today, near):
    compared = [
        check_lines(code, today[code], frames, near[code]) for code, frames in drawn_lines(wf.load_official(), today)
    ]
    assert len(compared) == 153


# City of London 2024: 17 of 20 decisions within 4 weeks of a review, where the neighbours' median is 45.15%; no outside program is needed.
def test_the_chance_of_a_share_is_the_exact_binomial(table):
    row = table["201", 20]
    n, x, p = 20, 17, row["median"] / 100
    above = sum(math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(x, n + 1))
    assert (row["numerator"], row["denominator"]) == (17.0, 20.0)
    assert row["p"] == pytest.approx(2 * above, rel=1e-9)


# City of London 2025: 26 plans of 847 children, where the neighbours' median would give 48.8.
def test_the_chance_of_a_count_is_the_exact_poisson(table):
    row = table["201", 15]
    mean = 847 * row["median"] / 10_000
    below = sum(math.exp(-mean) * mean**k / math.factorial(k) for k in range(27))
    assert row["p"] == pytest.approx(2 * below, rel=1e-9)


def test_more_than_chance_is_corrected_for_all_that_is_tested_of_an_authority(table):
    by_authority = defaultdict(list)
    for (code, _), row in table.items():
        if row["p"] is not None:
            by_authority[code].append(row)
        else:
            assert row["difference"] == "not tested"
    for tested in by_authority.values():
        ordered = sorted(tested, key=lambda row: row["p"])
        last = max((i for i, row in enumerate(ordered, 1) if row["p"] <= 0.05 * i / len(ordered)), default=0)
        for i, row in enumerate(ordered, 1):
            side = "higher" if row["value"] > row["median"] else "lower"
            assert row["difference"] == (side if i <= last else "not shown")
    assert len(by_authority) == 153


@pytest.mark.parametrize(
    ("area", "together"),
    [
        ("Richmond upon Thames", "Kingston upon Thames / Richmond upon Thames"),
        ("North Northamptonshire", "North Northamptonshire / West Northamptonshire"),
        ("Cumberland", None),
    ],
)
def test_a_figure_of_a_joint_return_says_whose_it_is(table, area, together):
    row = next(row for row in table.values() if row["area_name"] == area and row["place"] == 0)
    assert row["returned_with"] == together
