"""Plans within 20 weeks, made again from cases: every published count of the file becomes so many cases, which our measure counts.

Provenance: Department for Education, Education, health and care plans, timeliness_20_week.csv (calendar years 2019 to 2024, OGL v3), read
from `../shared/data` beside the project. The publisher rounds half up, with two of 651 ties rounded down: figures agree within 0.05.
"""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

import workforce as wf
from workforce import calendar_year

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


def cases_of(rows):
    """Cases whose counts are those of the rows: in time on day 140, late on day 141, with an exception if one way leaves them out."""
    in_time, in_time_ex = pl.col("plans_issued_within_20_weeks"), pl.col("plans_issued_within_20_weeks_ex")
    late, late_ex = pl.col("plans_issued_den") - in_time, pl.col("plans_issued_den_ex") - in_time_ex
    kinds = [
        (139, False, in_time_ex),
        (140, False, late_ex),
        (139, True, in_time - in_time_ex),
        (140, True, late - late_ex),
    ]
    counted = pl.concat(
        rows.select(
            "row",
            issued=pl.date(pl.col("time_period").cast(pl.Int32), 6, 30),
            days=pl.lit(days),
            exception=pl.lit(exception),
            times=times.cast(pl.UInt32),  # refuses a negative number of plans
        )
        for days, exception, times in kinds
    ).filter(pl.col("times") > 0)
    columns = ["row", "issued", "days", "exception"]
    return (
        counted.select(pl.col(columns).repeat_by("times"))
        .explode(columns)
        .with_row_index("case_id")
        .select(
            "row",
            "exception",
            pl.col("case_id").cast(pl.String),
            organisation=pl.lit("council"),
            case_type=pl.lit("ehc_assessment"),
            outcome=pl.lit("plan_issued"),
            received_date=pl.col("issued") - pl.duration(days=pl.col("days")),
            outcome_date=pl.col("issued"),
        )
    )


def test_every_published_row_with_both_counts_comes_out_both_ways(published):
    rows = published.filter(pl.all_horizontal(pl.col("plans_issued_den", "plans_issued_within_20_weeks").is_not_null()))
    assert rows.height == 12_133
    cases, years = cases_of(rows), [calendar_year(y) for y in sorted(rows["time_period"].unique())]
    ways = (
        ("include", "", "pc_plans_issued_within_20_weeks", 12_131),
        ("leave_out", "_ex", "PC_plans_issued_20_weeks_ex", 11_998),
    )
    for exceptions, suffix, printed, with_plans in ways:
        measured = wf.casework.timeliness(
            wf.Records(cases=cases), years, exceptions=exceptions, by=["row"]
        ).frame.with_columns(pl.col("row").cast(pl.UInt32))
        both = measured.join(rows, on="row")
        assert both.height == rows.filter(pl.col(f"plans_issued_den{suffix}") > 0).height == with_plans
        assert (both["numerator"] == both[f"plans_issued_within_20_weeks{suffix}"]).all()
        assert (both["denominator"] == both[f"plans_issued_den{suffix}"]).all()
        assert both[printed].null_count() == 0
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
    table = wf.casework.timeliness_bands(wf.Records(cases=cases), calendar_year("2024")).frame
    assert dict(table.select("band", "numerator").rows()) == {
        "within 20 weeks": bands[0],
        "over 20 weeks, within a year": bands[1],
        "over a year": bands[2],
    }
