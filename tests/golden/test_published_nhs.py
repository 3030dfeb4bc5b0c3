"""Every row of the NHS sickness absence files: the published rate from its days, and every roll-up from the sums."""

from pathlib import Path

import polars as pl
import pytest

import workforce as wf
from builders import OfficialStore, add_published, as_result, measured

FILES = sorted((Path(__file__).parents[3] / "shared" / "data" / "nhs_sickness_absence").glob("*.csv"))
pytestmark = pytest.mark.skipif(not FILES, reason="the full official files are not beside the project")
ROWS = 3_394
HALF_UNIT = 0.005  # rates are published to two decimal places


def figures_of(store: OfficialStore) -> pl.DataFrame:
    return wf.benchmark.figures(store, "absence", "nhs").frame


@pytest.fixture(scope="module")
def raw() -> pl.DataFrame:
    frame = pl.concat([pl.read_csv(file, infer_schema=False) for file in FILES])
    return frame.with_columns(
        period_end=pl.col("DATE").str.to_date("%d/%m/%Y"),
        lost=pl.col("FTE_DAYS_LOST").cast(pl.Float64),
        available=pl.col("FTE_DAYS_AVAILABLE").cast(pl.Float64),
        rate=pl.col("SICKNESS_ABSENCE_RATE_PERCENT").cast(pl.Float64),
    )


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> OfficialStore:
    folder = tmp_path_factory.mktemp("store")
    add_published(FILES, folder)
    return wf.load_official(folder)


def test_every_row_is_kept_with_both_sides_and_its_rate_as_published(store, raw):
    held = figures_of(store).filter(pl.col("area_level") == "organisation")
    assert len(held) == len(raw) == ROWS
    joined = held.join(raw, left_on=["area_code", "period_end"], right_on=["ORG_CODE", "period_end"], how="inner")
    assert len(joined) == ROWS
    same = (pl.col("numerator") == pl.col("lost")) & (pl.col("denominator") == pl.col("available"))
    assert joined.filter(~(same & (pl.col("value") == pl.col("rate")))).is_empty()


def test_every_published_rate_lies_in_what_its_days_give(store):
    held = figures_of(store).filter(pl.col("area_level") == "organisation")
    away = (100 * pl.col("numerator") / pl.col("denominator") - pl.col("value")).abs()
    assert held.filter(away > HALF_UNIT + 1e-9).is_empty()


def test_the_measure_makes_the_published_rate_of_every_row_from_its_days(raw):
    sides = raw.select(
        organisation="ORG_CODE",
        period_start=pl.col("period_end").dt.month_start(),
        period_end="period_end",
        numerator="lost",
        denominator="available",
    )
    made = measured(sides, "absence", "nhs", by=["organisation"]).frame.join(
        raw, left_on=["organisation", "period_end"], right_on=["ORG_CODE", "period_end"]
    )
    assert made["value"].null_count() == 0
    assert ((made["value"] - made["rate"]).abs() <= HALF_UNIT + 1e-9).sum() == ROWS


def test_combining_a_trusts_months_gives_its_year(store, raw):
    months = figures_of(store).filter(pl.col("area_code") == "RK9")
    by_code = as_result(months.drop("source", "area", "area_level"))
    year = wf.combine(by_code, over=("period",)).frame.row(0, named=True)
    days = raw.filter(pl.col("ORG_CODE") == "RK9").select(pl.col("lost", "available").sum()).row(0)
    assert (year["numerator"], year["denominator"]) == pytest.approx(days, rel=1e-12)
    assert year["value"] == pytest.approx(100 * days[0] / days[1])
