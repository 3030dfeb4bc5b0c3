"""Plans within 20 weeks, made again from cases: every published count of the file becomes so many cases, which our measure counts.

Provenance: Department for Education, Education, health and care plans, timeliness_20_week.csv (calendar years 2019 to 2024, OGL v3), read
from `../shared/data` beside the project. The publisher rounds half up, with 3 of 651 ties rounded down: figures agree within 0.05.
"""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from workforce.measures.timeliness import timeliness, timeliness_bands
from workforce.periods import calendar_year

FILE = Path(__file__).parents[3] / "shared" / "data" / "dfe_sen2" / "timeliness_20_week.csv"
pytestmark = pytest.mark.skipif(not FILE.exists(), reason="the published file is not beside the project")
COUNTS = ("plans_issued_den", "plans_issued_within_20_weeks", "plans_issued_gt20weeks_ltYear", "plans_issued_gt_1_year")


@pytest.fixture(scope="module")
def published():
    numbers = [
        *COUNTS,
        *[f"{c}_ex" for c in COUNTS],
        "pc_plans_issued_within_20_weeks",
        "PC_plans_issued_20_weeks_ex",
    ]
    frame = pl.read_csv(FILE, infer_schema=False).rename(
        {"plans_issued_20_weeks_ex": "plans_issued_within_20_weeks_ex"}
    )
    return frame.with_row_index("row").with_columns(pl.col(c).cast(pl.Float64, strict=False) for c in numbers)


def cases_of(rows, den, within):
    """Cases whose counts are those of the rows: as many in time on day 140 as were in time, the rest on day 141."""
    year = pl.date(pl.col("time_period").cast(pl.Int32), 6, 30)
    counted = rows.select("row", issued=year, late=pl.col(den) - pl.col(within), prompt=pl.col(within))
    parts = [
        counted.select("row", "issued", days=pl.lit(days), times=pl.col(what).cast(pl.UInt32))
        .filter(pl.col("times") > 0)
        .select(pl.exclude("times").repeat_by("times"))
        .explode("row", "issued", "days")
        for what, days in (("prompt", 139), ("late", 140))
    ]
    return (
        pl.concat(parts)
        .with_row_index("case_id")
        .select(
            "row",
            pl.col("case_id").cast(pl.String),
            organisation=pl.lit("council"),
            case_type=pl.lit("ehc_assessment"),
            outcome=pl.lit("plan_issued"),
            received_date=pl.col("issued") - pl.duration(days=pl.col("days")),
            outcome_date=pl.col("issued"),
        )
    )


@pytest.mark.parametrize(
    ("suffix", "printed"), [("", "pc_plans_issued_within_20_weeks"), ("_ex", "PC_plans_issued_20_weeks_ex")]
)
def test_every_published_row_with_both_counts_comes_out(published, suffix, printed):
    den, within = f"plans_issued_den{suffix}", f"plans_issued_within_20_weeks{suffix}"
    rows = published.filter(pl.col(den).is_not_null() & pl.col(within).is_not_null() & (pl.col(den) > 0))
    # Breakdowns repeat the same plans many times over: local authorities and totals as cases, every row as a rate.
    rate = rows.with_columns(ours=100 * pl.col(within) / pl.col(den)).filter(pl.col(printed).is_not_null())
    assert rate.height > 4_000
    assert (rate["ours"] - rate[printed]).abs().max() <= 0.05 + 1e-9
    some = rows.filter(
        (pl.col("geographic_level") == "Local authority") & (pl.col("breakdown") == "All EHC plans issued")
    )
    assert some.height > 850
    years = [calendar_year(y) for y in sorted(some["time_period"].unique())]
    measured = timeliness(cases_of(some, den, within), years, by=["row"]).with_columns(pl.col("row").cast(pl.UInt32))
    both = measured.join(some, on="row")
    assert both.height == some.height
    assert (both["numerator"] == both[within]).all()
    assert (both["denominator"] == both[den]).all()
    assert (both["value"] - both[printed]).abs().max() <= 0.05 + 1e-9


def test_the_bands_of_england_in_2024(published):
    # 2024, England, exceptions included. The file's three bands are 64 plans short of its plans issued: ours are of those it places.
    row = published.filter(
        (pl.col("geographic_level") == "National")
        & (pl.col("time_period") == "2024")
        & (pl.col("breakdown") == "All EHC plans issued")
    ).row(0, named=True)
    issued, *bands = (int(row[c]) for c in COUNTS)
    assert issued - sum(bands) == 64
    day = date(2024, 12, 31)
    starts = [date(2024, 8, 14), date(2024, 8, 13), date(2023, 12, 31)]  # day 140, day 141, the anniversary
    parts = [
        pl.DataFrame({"received_date": [s]}).select(pl.all().repeat_by(n)).explode("received_date")
        for s, n in zip(starts, bands, strict=True)
    ]
    cases = (
        pl.concat(parts)
        .with_row_index("case_id")
        .with_columns(
            pl.col("case_id").cast(pl.String),
            organisation=pl.lit("council"),
            case_type=pl.lit("ehc_assessment"),
            outcome=pl.lit("plan_issued"),
            outcome_date=pl.lit(day),
        )
    )
    table = timeliness_bands(cases, calendar_year("2024"))
    assert dict(table.select("band", "numerator").rows()) == {
        "within 20 weeks": bands[0],
        "over 20 weeks, within a year": bands[1],
        "over a year": bands[2],
    }
