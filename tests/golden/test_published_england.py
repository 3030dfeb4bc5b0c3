"""The readers against the figures that the publishers print for England (DfE and NHS England, as in the measure book)."""

import math
from datetime import date
from pathlib import Path

import polars as pl
import pytest

import workforce as wf
from builders import OfficialStore, add_published
from workforce.errors import UsageError

DATA = Path(__file__).parents[3] / "shared" / "data"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the full official files are not beside the project")


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> OfficialStore:
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


def _half_up(value: float) -> float:
    """To one decimal place as the DfE rounds, also where binary arithmetic leaves a half a hair below."""
    return math.floor(10 * value + 0.5 + 1e-9) / 10


def _england(table: pl.DataFrame, end: date) -> dict[str, object]:
    return table.filter((pl.col("area_level") == "national") & (pl.col("period_end") == end)).row(0, named=True)


# DfE, Children's social work workforce 2025: the rates printed for England.
@pytest.mark.parametrize(
    ("measure", "definition", "printed"),
    [
        ("turnover", "dfe_fte", 11.8),
        ("agency_rate", "dfe_fte", 13.0),
        ("vacancy_rate", "dfe", 14.2),
        ("caseload", "dfe", 15.2),
        ("absence", "dfe", 3.5),
    ],
)
def test_england_2025_follows_from_its_own_numerators_and_denominators(store, measure, definition, printed):
    row = _england(figures_of(store, measure, definition), date(2025, 9, 30))
    scale = 1 if measure == "caseload" else 100
    recomputed = _half_up(scale * row["numerator"] / row["denominator"])
    assert (row["value"], recomputed) == (printed, printed)


# DfE, Education, health and care plans 2024: with and without exceptions.
@pytest.mark.parametrize(("definition", "printed"), [("dfe", 45.9), ("dfe_without_exceptions", 46.4)])
def test_plans_within_20_weeks_in_2024(store, definition, printed):
    row = _england(figures_of(store, "timeliness", definition), date(2024, 12, 31))
    recomputed = _half_up(100 * row["numerator"] / row["denominator"])
    assert (row["value"], recomputed) == (printed, printed)


# A London borough, two of joint returns, one formed in a reform, the smallest of all.
@pytest.mark.parametrize(
    "area",
    ["Camden", "Kingston upon Thames", "West Northamptonshire", "Cumberland", "Isles of Scilly", "County Durham"],
)
def test_a_page_can_be_made_for_any_authority(store, area):
    for measure, definition in (("turnover", "dfe_fte"), ("caseload", "dfe"), ("timeliness", "dfe")):
        tables = wf.benchmark.page(store, measure=measure, definition=definition, area=area)
        levels = tables["latest"].frame["area_level"].to_list()
        assert levels == ["local_authority", "neighbours", "neighbours", "regional", "national"]
        assert all(table.frame["source"].null_count() == 0 for table in tables.values())
    assert len(wf.benchmark.nhs_by_organisation(store, area=area)) > 3


@pytest.mark.parametrize("area", ["Surrey", "Kingston upon Thames", "Cumberland", "Isles of Scilly"])
def test_nhs_figures_are_compared_with_england_and_the_only_system_of_an_authority(store, area):
    months = wf.benchmark.figures(store, "absence", "nhs", areas=["E92000001"])
    beside = wf.benchmark.compare(months, store, area=area).frame
    assert beside["england"].to_list() == months.frame["value"].to_list()
    assert beside["neighbours_with"].null_count() == len(months)
    assert beside["region_name"].null_count() == (len(months) if area == "Surrey" else 0)  # Surrey lies in two systems


@pytest.mark.parametrize("neighbours", ["2021", "2025"])
def test_devon_is_compared_by_either_model(store, neighbours):
    own = wf.benchmark.figures(store, "turnover", "dfe_fte", areas=["Devon"])
    last = wf.benchmark.compare(own, store, area="Devon", neighbours=neighbours).frame.row(-1, named=True)
    assert (last["neighbours_median"], last["neighbours_with"]) == ({"2021": 11.5, "2025": 10.4}[neighbours], 10)
    assert (last["england_rank"], last["england_ranked"], last["quartile"]) == (101, 148, "third quarter")


def test_a_council_that_was_abolished_has_its_figures_until_then_and_is_named_after(store):
    of = store.neighbours.filter((pl.col("model") == "2021") & (pl.col("neighbour_code") == "909"))[
        "area_name"
    ].to_list()
    assert of
    own = wf.benchmark.figures(store, "turnover", "dfe_fte", areas=[of[0]])
    table = wf.benchmark.compare(own, store, area=of[0], neighbours="2021").frame
    said = dict(table.select(pl.col("period_end").dt.year(), "neighbours_without").iter_rows())
    assert "Cumbria" not in (said[2022] or "")
    assert "Cumbria (abolished 31 March 2023)" in said[2024]


def test_every_joint_return_and_every_neighbour_of_today_is_found_in_the_last_year(store):
    last = store.published.filter(
        (pl.col("area_level") == "local_authority")
        & (pl.col("measure") == "turnover")
        & (pl.col("period_end") == date(2025, 9, 30))
    )
    found = {code for joint in last["area_code"].to_list() for code in joint.split(" / ")}
    assert set(_of_today(store)["neighbour_code"]) <= found


@pytest.mark.parametrize("council", ["Cumbria", "Northamptonshire", "Bournemouth", "Poole"])
def test_an_abolished_council_is_named_with_what_took_its_place(store, council):
    with pytest.raises(UsageError, match="was abolished on 31 March"):
        wf.benchmark.page(store, measure="turnover", definition="dfe_fte", area=council)


@pytest.mark.parametrize(
    ("first", "second", "model"),
    [
        ("sn_april_2021.xlsx", "New_Statistical_Neighbour_Groupings_April_2021.csv", "2021"),
        ("sn_may_2025.xlsx", "sn_model_2025_wide.csv", "2025"),
    ],
)
def test_workbook_and_wide_file_of_a_neighbour_model_agree(tmp_path, first, second, model):
    add_published([DATA / "lait" / first, DATA / "lait" / "la_code_list.xlsx"], tmp_path / "one")
    add_published([DATA / "dfe_context" / second], tmp_path / "two")
    ours = ["model", "area_code", "position", "neighbour_code"]
    one, two = (wf.load_official(tmp_path / name).neighbours for name in ("one", "two"))
    assert set(one["model"]) == {model}
    assert one.select(ours).equals(two.select(ours))
