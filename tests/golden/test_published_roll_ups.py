"""Every rate of the social work census against what it was made of, within what rounding allows: its own two sides, and its authorities.

12,990 cells have both sides. Each local authority's rate lies in the interval that its sides allow; of the regional and national ones 37 do
not, because one side holds an authority that lacks the other: they stand below with that authority. 971 regional and national cells have
authorities behind them. 932 lie in the interval that rounded inputs allow; the other 39 are peculiarities of the published file and stand
below by name (measure book: two authorities of 2025 are in the totals but not in the rows; `x` sometimes stays in a denominator). Both
lists are closed both ways: a cell that begins to agree must leave them.
"""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

import workforce as wf
from builders import OfficialStore, add_published, roll_up
from workforce.benchmark.authorities import SYSTEMS
from workforce.benchmark.official import half_up
from workforce.sources.dfe_csww import RATES, Rate

DATA = Path(__file__).parents[3] / "shared" / "data"
FILE = DATA / "dfe_csww" / "csww_indicators_2017_to_2025.csv"
pytestmark = pytest.mark.skipif(not FILE.is_file(), reason="the full official files are not beside the project")
HALF_UNIT = 0.05  # figures are published to one decimal place
CELLS, WITHIN = 971, 932
WITH_BOTH_SIDES = 12_990

# Regional and national rates that their own published sides do not give: the authority that is in one side only, and its year. The rate
# itself leaves the authority out of both (complete case), but for three that are also in X_IN_THE_DENOMINATOR.
IN_ONE_SIDE_ONLY = {
    ("Gateshead", 2022): {  # leavers not available
        ("turnover", "dfe_fte", "North East"),
        ("turnover", "dfe_fte", "England"),
        ("turnover", "dfe", "North East"),
        ("turnover", "dfe", "England"),
    },
    ("Sunderland", 2024): {  # leavers (FTE) not available
        ("turnover", "dfe_fte", "North East"),
        ("turnover", "dfe_fte", "England"),
    },
    ("Birmingham", 2024): {  # agency workers, their cover of vacancies, and days lost: `u`, too unreliable to publish
        ("agency_rate", "dfe_fte", "West Midlands"),
        ("agency_rate", "dfe_fte", "England"),
        ("agency_rate", "dfe", "West Midlands"),
        ("agency_rate", "dfe", "England"),
        ("vacancy_cover", "dfe", "West Midlands"),
        ("vacancy_cover", "dfe", "England"),
        ("vacancy_cover", "dfe_of_agency", "West Midlands"),
        ("vacancy_cover", "dfe_of_agency", "England"),
        ("absence", "dfe", "West Midlands"),
        ("absence", "dfe", "England"),
    },
    ("Sutton", 2023): {  # agency FTE not available
        ("agency_rate", "dfe_fte", "Outer London"),
        ("agency_rate", "dfe_fte", "London"),
        ("agency_rate", "dfe_fte", "England"),
        ("vacancy_cover", "dfe_of_agency", "Outer London"),
        ("vacancy_cover", "dfe_of_agency", "London"),
        ("vacancy_cover", "dfe_of_agency", "England"),
    },
    ("Redbridge", 2018): {  # agency cover of vacancies not available
        ("vacancy_cover", "dfe", "Outer London"),
        ("vacancy_cover", "dfe", "London"),
        ("vacancy_cover", "dfe", "England"),
    },
    ("Kingston upon Thames / Richmond upon Thames", 2017): {  # agency cover of vacancies not available
        ("vacancy_cover", "dfe", "Outer London"),
        ("vacancy_cover", "dfe", "London"),
        ("vacancy_cover", "dfe_of_agency", "Outer London"),
        ("vacancy_cover", "dfe_of_agency", "London"),
    },
    ("Surrey", 2017): {  # agency cover of vacancies not available
        ("vacancy_cover", "dfe", "South East"),
        ("vacancy_cover", "dfe", "England"),
        ("vacancy_cover", "dfe_of_agency", "South East"),
        ("vacancy_cover", "dfe_of_agency", "England"),
    },
    ("Sefton", 2023): {("absence", "dfe", "North West")},  # days lost
    ("Cambridgeshire", 2023): {("absence", "dfe", "East of England"), ("absence", "dfe", "England")},  # days lost
    ("Bristol, City of", 2024): {("absence", "dfe", "South West")},  # days lost
}

# Kensington and Chelsea and Westminster are `x` in every row of 2025 and in the totals.
NOT_IN_THE_ROWS = {
    ("turnover", "dfe_fte", "Inner London", 2025),
    ("turnover", "dfe", "Inner London", 2025),
    ("turnover", "dfe", "London", 2025),
    ("agency_rate", "dfe", "Inner London", 2025),
    ("agency_rate", "dfe", "London", 2025),
    ("vacancy_rate", "dfe", "Inner London", 2025),
    ("vacancy_rate", "dfe", "London", 2025),
    ("caseload", "dfe", "England", 2025),
    ("caseload", "dfe", "Inner London", 2025),
    ("caseload", "dfe", "London", 2025),
    ("absence", "dfe", "Inner London", 2025),
    ("absence", "dfe", "London", 2025),
}
# Kensington and Chelsea and Westminster have `x` or `u` as agency FTE, and their staff in post stay in the denominator (in 2025 see above).
X_IN_THE_DENOMINATOR = {
    ("agency_rate", "dfe_fte", area, year)
    for area in ("Inner London", "London", "England")
    for year in (2021, 2022, 2023, 2024, 2025)
} - {("agency_rate", "dfe_fte", "England", 2021)}
# The same two have no agency cover, and their vacancies stay in the denominator.
X_IN_VACANCIES = {
    ("vacancy_cover", "dfe", area, year) for area in ("Inner London", "London") for year in (2021, 2022, 2023)
}
# Portsmouth has `x` as leavers, and Redbridge as agency cover: their other side stays in the denominator.
X_ELSEWHERE = {
    ("turnover", "dfe_fte", "South East", 2021),
    ("vacancy_cover", "dfe_of_agency", "England", 2018),
    ("vacancy_cover", "dfe_of_agency", "London", 2018),
    ("vacancy_cover", "dfe_of_agency", "Outer London", 2018),
}
# A figure that the rows withhold (North Somerset `c`) or call unreliable (Birmingham `u`): the published rate is not that of the others.
WITHHELD = {
    ("absence", "dfe", "South West", 2017),
    ("absence", "dfe", "South West", 2018),
    ("caseload", "dfe", "West Midlands", 2024),
}
EXCEPTIONS = NOT_IN_THE_ROWS | X_IN_THE_DENOMINATOR | X_IN_VACANCIES | X_ELSEWHERE | WITHHELD


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> OfficialStore:
    folder = tmp_path_factory.mktemp("store")
    add_published([FILE], folder)
    return wf.load_official(folder)


def _half_units(rate: Rate) -> tuple[float, float]:
    """By how much rounding moves each side of one authority: counts not at all, FTE and days by half a tenth for each column."""
    if rate.value.endswith("headcount"):
        return 0.0, 0.0
    days = 254 if rate.working_days else 1  # the most: 253 but in a leap year
    above = 0.0 if rate.numerator == "cases" else HALF_UNIT
    return above, HALF_UNIT * len(rate.denominator) * days


def _within(rate: Rate, numerator: str, denominator: str, units: pl.Expr) -> pl.Expr:
    above, below = _half_units(rate)
    scale = 1 if rate.unit == "cases per FTE" else 100
    least = scale * (pl.col(numerator) - above * units).clip(lower_bound=0) / (pl.col(denominator) + below * units)
    most_below = pl.col(denominator) - below * units
    most = (
        pl.when(most_below > 0).then(scale * (pl.col(numerator) + above * units) / most_below).otherwise(float("inf"))
    )
    reach = HALF_UNIT + 1e-9
    return (least <= pl.col("value") + reach) & (most >= pl.col("value") - reach)


def _rows_of(store: OfficialStore, rate: Rate) -> pl.DataFrame:
    """The rates that have both sides; a rate of `low` is below half a tenth and is tested as 0, and a numerator of `low` counts as 0."""
    rows = store.published.filter((pl.col("measure") == rate.measure) & (pl.col("definition") == rate.definition))
    assert len(rows) == 1463
    both = pl.all_horizontal(pl.col("value", "numerator", "denominator").is_not_null())
    return rows.with_columns(
        value=pl.when(pl.col("marker") == "low").then(0.0).otherwise("value"),
        numerator=pl.when(pl.col("numerator_marker") == "low").then(0.0).otherwise("numerator"),
        has_both=both,
    ).filter(both)


def test_regional_and_national_rates_follow_from_their_own_sides_but_for_37_with_a_named_authority_in_one_side(store):
    cells, outside = 0, set()
    for rate in RATES:
        rows = _rows_of(store, rate)
        cells += rows["has_both"].sum()
        missed = rows.filter(
            pl.col("area_level").is_in(["regional", "national"])
            & ~_within(rate, "numerator", "denominator", pl.lit(1.0))
        )
        outside |= {
            (rate.measure, rate.definition, area, end.year)
            for area, end in missed.select("area_name", "period_end").rows()
        }
    assert cells == WITH_BOTH_SIDES
    assert outside == {(*cell, year) for (_, year), named in IN_ONE_SIDE_ONLY.items() for cell in named}
    assert len(outside) == 37


@pytest.mark.parametrize(("authority", "year"), IN_ONE_SIDE_ONLY)
def test_the_authority_that_is_in_one_side_only_leaves_both_in_the_roll_up(store, authority, year):
    for measure, definition, area in IN_ONE_SIDE_ONLY[authority, year]:
        to = "england" if area == "England" else "region"
        here = (pl.col("area") == area) & (pl.col("period_end").dt.year() == year)
        row = roll_up(store.published, measure, definition, to=to).filter(here).row(0, named=True)
        assert authority in row["left_out"]


def test_regional_and_national_rates_are_complete_case_roll_ups_but_for_a_named_list(store):
    cells, outside = 0, set()
    for rate in RATES:
        key = (rate.measure, rate.definition)
        up = pl.concat([roll_up(store.published, *key, to=to) for to in ("region", "england")])
        printed = wf.benchmark.figures(store, *key).frame.filter(
            pl.col("area_level").is_in(["regional", "national"]) & pl.col("value").is_not_null()
        )
        joined = printed.join(up, on=["area_code", "period_start", "period_end"], how="left", suffix="_rolled")
        ok = _within(rate, "numerator_rolled", "denominator_rolled", pl.col("units"))
        cells += len(joined)
        missed = joined.filter(~ok.fill_null(value=False))
        outside |= {(*key, area, end.year) for area, end in missed.select("area", "period_end").rows()}
    assert cells == CELLS
    assert outside == EXCEPTIONS
    assert cells - len(outside) == WITHIN


@pytest.mark.parametrize("rate", RATES, ids=lambda rate: rate.value)
def test_each_local_authoritys_rate_lies_in_the_interval_that_its_rounded_components_allow(store, rate):
    rows = _rows_of(store, rate).filter(pl.col("area_level") == "local_authority")
    outside = rows.filter(~_within(rate, "numerator", "denominator", pl.lit(1.0)))
    assert outside.select("area_name", "period_end", "numerator", "denominator", "value").rows() == []


# All official files: sums of units against the publishers' totals, the extract that is shipped, and the NHS systems


@pytest.fixture(scope="module")
def whole_store(tmp_path_factory) -> OfficialStore:
    folder = tmp_path_factory.mktemp("store")
    add_published(
        [
            DATA / "dfe_csww" / "csww_indicators_2017_to_2025.csv",
            DATA / "dfe_sen2" / "timeliness_20_week.csv",
            DATA / "lait" / "sn_may_2025.xlsx",
            DATA / "lait" / "sn_april_2021.xlsx",
            *sorted((DATA / "nhs_sickness_absence").glob("*.csv")),
        ],
        folder,
    )
    return wf.load_official(folder)


def figures_of(store: OfficialStore, measure: str, definition: str, **options) -> pl.DataFrame:
    return wf.benchmark.figures(store, measure, definition, **options).frame


def _of_today(store: OfficialStore) -> pl.DataFrame:
    return store.neighbours.filter(pl.col("model") == "2025")


def _england(table: pl.DataFrame, end: date) -> dict[str, object]:
    return table.filter((pl.col("area_level") == "national") & (pl.col("period_end") == end)).row(0, named=True)


# NHS England, sickness absence rates: April and December 2024, from the organisations' days.
@pytest.mark.parametrize(("end", "printed"), [(date(2024, 4, 30), 4.764), (date(2024, 12, 31), 5.745)])
def test_nhs_england_comes_from_summed_days_of_organisations(whole_store, end, printed):
    summed = _england(roll_up(whole_store.published, "absence", "nhs", to="england"), end)
    in_store = _england(figures_of(whole_store, "absence", "nhs"), end)
    assert round(summed["value"], 3) == printed
    assert summed["value"] == pytest.approx(in_store["value"], rel=1e-12)


@pytest.mark.parametrize("system", ["Devon", "West Yorkshire"])
def test_systems_in_the_store_are_the_sums_of_their_organisations(whole_store, system):
    summed = roll_up(whole_store.published, "absence", "nhs", to="system").filter(pl.col("area") == system)
    kept = figures_of(whole_store, "absence", "nhs").filter(
        (pl.col("area") == system) & (pl.col("area_level") == "system")
    )
    assert summed["value"].to_list() == pytest.approx(kept["value"].to_list(), rel=1e-12)
    assert len(summed) == 12


# Measure book: North East 2024 turnover, published 14.0 (naive 12.58); West Midlands 2024 agency cover of vacancies, 69.2 (naive 53.15).
@pytest.mark.parametrize(
    ("measure", "definition", "region", "exact", "naive", "printed", "without"),
    [
        ("turnover", "dfe_fte", "North East", 13.96, 12.58, 14.0, ["Sunderland"]),
        ("vacancy_cover", "dfe", "West Midlands", 69.22, 53.15, 69.2, ["Birmingham"]),
    ],
)
def test_regional_roll_ups_are_complete_case(whole_store, measure, definition, region, exact, naive, printed, without):
    here = (pl.col("area") == region) & (pl.col("period_end") == date(2024, 9, 30))
    rolled = roll_up(whole_store.published, measure, definition).filter(here)
    published = figures_of(whole_store, measure, definition).filter(here & (pl.col("area_level") == "regional"))
    assert round(rolled["value"].item(), 2) == exact
    assert rolled["left_out"].item().to_list() == without
    assert rolled.select(half_up(pl.col("value"), 1)).item() == published["value"].item() == printed
    row = published.row(0, named=True)  # the region's own totals hold authorities that lack the other side
    assert round(100 * row["numerator"] / row["denominator"], 2) == naive


def test_the_systems_cover_the_authorities_of_the_neighbour_model_and_the_nhs_files(whole_store):
    held = whole_store.published.filter(pl.col("area_level") == "system")["area_code"].unique()
    assert set(SYSTEMS) == set(held)
    assert set(" ".join(SYSTEMS.values()).split()) == set(_of_today(whole_store)["area_code"])


NOBODYS = "QZZ"  # special health authorities and other national bodies lie in no system


@pytest.fixture(scope="module")
def trusts() -> pl.DataFrame:
    """The days of every trust and month, as published."""
    frame = pl.concat(
        [pl.read_csv(file, infer_schema=False) for file in sorted((DATA / "nhs_sickness_absence").glob("*.csv"))]
    )
    return frame.with_columns(
        period_end=pl.col("DATE").str.to_date("%d/%m/%Y"),
        lost=pl.col("FTE_DAYS_LOST").cast(pl.Float64),
        available=pl.col("FTE_DAYS_AVAILABLE").cast(pl.Float64),
        rate=pl.col("SICKNESS_ABSENCE_RATE_PERCENT").cast(pl.Float64),
    )


@pytest.mark.parametrize(("to", "key"), [("system", "ICS_CODE"), ("england", None)])
def test_systems_and_england_are_the_sums_of_their_organisations(whole_store, trusts, to, key):
    units = trusts if key is None else trusts.filter(pl.col(key) != NOBODYS)
    code = pl.lit("E92000001") if key is None else pl.col(key)
    sums = units.group_by(area_code=code, period_end="period_end").agg(pl.col("lost", "available").sum())
    level = "national" if key is None else "system"
    for table in (
        roll_up(whole_store.published, "absence", "nhs", to=to),
        figures_of(whole_store, "absence", "nhs").filter(pl.col("area_level") == level),
    ):
        joined = table.join(sums, on=["area_code", "period_end"], how="full", coalesce=True)
        assert len(joined) == len(sums) == (12 if key is None else 12 * 42)
        off = (pl.col("numerator") / pl.col("lost") - 1).abs() + (pl.col("denominator") / pl.col("available") - 1).abs()
        assert joined.select(off.max()).item() < 1e-12
        assert joined.select((pl.col("value") - 100 * pl.col("lost") / pl.col("available")).abs().max()).item() < 1e-9


# SEN2's totals hold authorities that the rows withhold, or whose plans in time are not available: unlike CSWW, no complete case.
IN_THE_TOTALS_ONLY = {
    ("London", 2022): ["Havering", "Tower Hamlets"],
    ("South East", 2022): ["West Berkshire"],
    ("England", 2022): ["Havering", "Norfolk", "Tower Hamlets", "West Berkshire"],
    ("London", 2023): ["Hackney"],
    ("England", 2023): ["Hackney"],
    ("London", 2024): ["Lewisham"],
    ("England", 2024): ["Lewisham"],
}


@pytest.mark.parametrize("definition", ["dfe", "dfe_without_exceptions"])
def test_regions_and_england_are_the_sums_of_their_authorities_but_for_a_named_list(whole_store, definition):
    up = pl.concat([roll_up(whole_store.published, "timeliness", definition, to=to) for to in ("region", "england")])
    totals = wf.benchmark.figures(whole_store, "timeliness", definition).frame.filter(
        pl.col("area_level").is_in(["regional", "national"])
    )
    joined = totals.join(up, on=["area_code", "period_end"], suffix="_summed")
    assert len(joined) == 60
    same = (pl.col("numerator") == pl.col("numerator_summed")) & (pl.col("denominator") == pl.col("denominator_summed"))
    missed = joined.filter(~same).select("area", "period_end", "left_out_summed").rows()
    assert {(area, end.year): names for area, end, names in missed} == IN_THE_TOTALS_ONLY
