"""NHS England's monthly sickness absence file: days lost and days available of each organisation.

One published figure for each organisation and month, and the system's and England's, from summed days (rates are never averaged), with
the number of organisations in their source. Rows whose date, organisation or figures cannot be read are refused.
Source: NHS England, NHS sickness absence rates: methodology (FTE calendar days lost / FTE calendar days available).
"""

from typing import Final

import polars as pl

from workforce.benchmark.authorities import ENGLAND
from workforce.sources.official import Reading, clean, marker, number, sift, stored, unreadable

KIND: Final = "NHS England sickness absence, monthly"
HEADER: Final = frozenset(
    {"DATE", "ICS_CODE", "ORG_CODE", "FTE_DAYS_LOST", "FTE_DAYS_AVAILABLE", "SICKNESS_ABSENCE_RATE_PERCENT"}
)
FIGURES: Final = ("FTE_DAYS_LOST", "FTE_DAYS_AVAILABLE", "SICKNESS_ABSENCE_RATE_PERCENT")
NO_SYSTEM: Final = "QZZ"  # special health authorities and other national bodies


def read(frame: pl.DataFrame, source_file: str) -> Reading:
    """Published sickness absence of the month's organisations, and the sums of systems and England."""
    day = clean("DATE").str.to_date("%d/%m/%Y", strict=False)
    organisations = frame.with_columns(period_end=day, unit_code=clean("ORG_CODE"))
    accepted, rules = sift(
        organisations,
        {
            "date_not_read": day.is_null() | ~day.dt.year().is_between(2000, 2100),
            "organisation_without_code": pl.col("unit_code").is_null(),
            "figure_not_read": unreadable(FIGURES),
            "duplicate": ~pl.struct("period_end", "unit_code").is_first_distinct(),
        },
    )
    month = pl.col("period_end").dt
    base = accepted.select(
        pl.col("unit_code").alias("area_code"),
        clean("ORG_NAME").alias("area_name"),
        pl.lit("organisation").alias("area_level"),
        pl.when(clean("ICS_CODE") != NO_SYSTEM).then(clean("ICS_CODE")).alias("part_of"),
        clean("ICS_NAME").alias("system_name"),
        month.month_start().alias("period_start"),
        month.month_end().alias("period_end"),
        number("FTE_DAYS_LOST").alias("numerator"),
        number("FTE_DAYS_AVAILABLE").alias("denominator"),
        number("SICKNESS_ABSENCE_RATE_PERCENT").alias("value"),
        marker("SICKNESS_ABSENCE_RATE_PERCENT").alias("marker"),
        marker("FTE_DAYS_LOST").alias("numerator_marker"),
        marker("FTE_DAYS_AVAILABLE").alias("denominator_marker"),
    ).with_columns(
        source=pl.format(
            f"NHS England, NHS sickness absence rates, {{}} ({source_file})", pl.col("period_end").dt.strftime("%B %Y")
        )
    )
    systems = base.filter(pl.col("part_of").is_not_null()).with_columns(
        area_code="part_of", area_name="system_name", area_level=pl.lit("system")
    )
    england = base.with_columns(area_code=pl.lit(ENGLAND), area_name=pl.lit("England"), area_level=pl.lit("national"))
    rows = [base.drop("system_name"), _summed(systems), _summed(england)]
    figures = pl.concat(rows, how="diagonal").with_columns(
        measure=pl.lit("absence"), definition=pl.lit("nhs"), unit=pl.lit("%")
    )
    return Reading(KIND, len(frame), rules, figures=stored(figures))


def _summed(units: pl.DataFrame) -> pl.DataFrame:
    """Days summed over the organisations that have both sides."""
    has_both_sides = pl.col("numerator").is_not_null() & pl.col("denominator").is_not_null()
    return (
        units.filter(has_both_sides)
        .group_by("area_code", "area_name", "area_level", "period_start", "period_end", "source")
        .agg(pl.col("numerator").sum(), pl.col("denominator").sum(), organisations=pl.len())
        .with_columns(
            value=pl.when(pl.col("denominator") > 0).then(100 * pl.col("numerator") / pl.col("denominator")),
            source=pl.format("{}: sum of {} organisations", "source", "organisations"),
        )
        .with_columns(marker=pl.when(pl.col("value").is_null()).then(pl.lit("x")))
        .drop("organisations")
        .sort("area_code", "period_start")
    )
