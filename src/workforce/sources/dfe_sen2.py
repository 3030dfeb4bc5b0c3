"""The DfE's SEN2 figures on education, health and care plans issued within 20 weeks, with and without exceptions, by calendar year.

Two published figures for each area and year, with plans issued as denominator. Rows whose year, area or figures cannot be read are
refused; breakdowns by age, sex and ethnicity are left out and counted as such, because the canonical table has no place for them.
Source: DfE, Education, health and care plans: methodology.
"""

from typing import Final

import polars as pl

from workforce.sources.dfe_csww import with_area_and_year
from workforce.sources.official import Reading, clean, marker, number, sift, stored, unreadable, years_of

KIND: Final = "DfE SEN2 20-week timeliness"
HEADER: Final = frozenset(
    {"time_period", "old_la_code", "breakdown_topic", "plans_issued_den", "plans_issued_within_20_weeks"}
)
ALL_PLANS: Final = "All EHC plans issued"
# definition, value, numerator, denominator: columns of the file
SHARES: Final = (
    ("dfe", "pc_plans_issued_within_20_weeks", "plans_issued_within_20_weeks", "plans_issued_den"),
    ("dfe_without_exceptions", "PC_plans_issued_20_weeks_ex", "plans_issued_20_weeks_ex", "plans_issued_den_ex"),
)
FIGURES: Final = tuple(column for share in SHARES for column in share[1:])


def read(frame: pl.DataFrame, source_file: str) -> Reading:
    """Published timeliness of the file: a row an area, calendar year and definition."""
    areas = with_area_and_year(frame)
    level, year = pl.col("area_level"), pl.col("year")
    accepted, rules = sift(
        areas,
        {
            "left_out_breakdown": clean("breakdown_topic") != ALL_PLANS,
            "area_level_not_known": level.is_null(),
            "year_not_read": ~year.is_between(2000, 2100) | year.is_null(),
            "area_without_code": pl.col("area_code").is_null(),
            "figure_not_read": unreadable(FIGURES),
            "duplicate": ~pl.struct("year", "area_level", "area_code", clean("breakdown_topic")).is_first_distinct(),
        },
    )
    source = f"DfE, Education, health and care plans, {years_of(accepted)} ({source_file})"
    tables = [
        accepted.select(
            "area_code",
            "area_name",
            "area_level",
            "part_of",
            pl.lit("timeliness").alias("measure"),
            pl.lit(definition).alias("definition"),
            pl.date("year", 1, 1).alias("period_start"),
            pl.date("year", 12, 31).alias("period_end"),
            number(above).alias("numerator"),
            number(below).alias("denominator"),
            number(value).alias("value"),
            marker(value).alias("marker"),
            marker(above).alias("numerator_marker"),
            marker(below).alias("denominator_marker"),
            pl.lit("%").alias("unit"),
        )
        for definition, value, above, below in SHARES
    ]
    return Reading(KIND, len(frame), rules, figures=stored(pl.concat(tables).with_columns(source=pl.lit(source))))
