"""NHS England's monthly sickness absence file: days lost and days available of each organisation.

One published figure for each organisation and month, and the system's and England's, from summed days (rates are never averaged), with
the number of organisations in their source. England is summed only where every system is in the file. Rows whose date, organisation or
figures cannot be read are refused.
Source: NHS England, NHS sickness absence rates: methodology (FTE calendar days lost / FTE calendar days available).
"""

from typing import Final

import polars as pl

from workforce.benchmark.authorities import ENGLAND, SYSTEMS
from workforce.errors import InputError
from workforce.sources.official import Reading, clean, marker, number, sift, stored, unreadable

KIND: Final = "NHS England sickness absence, monthly"
HEADER: Final = frozenset(
    {"date", "ics_code", "org_code", "fte_days_lost", "fte_days_available", "sickness_absence_rate_percent"}
)
NEEDED: Final = HEADER | {"org_name", "ics_name"}
FIGURES: Final = ("fte_days_lost", "fte_days_available", "sickness_absence_rate_percent")
ORGANISATIONS_OF_AN_EXCERPT: Final = 30  # of some 280; with more, every system has to be there
NO_SYSTEM: Final = "QZZ"  # special health authorities and other national bodies


def read(frame: pl.DataFrame, source_file: str) -> Reading:
    """Published sickness absence of the month's organisations, and the sums of systems and England."""
    day = clean("date").str.to_date("%d/%m/%Y", strict=False)
    organisations = frame.with_columns(period_end=day, unit_code=clean("org_code"))
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
        "unit_code",
        clean("org_name").alias("area_name"),
        pl.lit("organisation").alias("area_level"),
        pl.when(clean("ics_code") != NO_SYSTEM).then(clean("ics_code")).alias("part_of"),
        clean("ics_name").alias("system_name"),
        month.month_start().alias("period_start"),
        month.month_end().alias("period_end"),
        number("fte_days_lost").alias("numerator"),
        number("fte_days_available").alias("denominator"),
        number("sickness_absence_rate_percent").alias("value"),
        marker("sickness_absence_rate_percent").alias("marker"),
        marker("fte_days_lost").alias("numerator_marker"),
        marker("fte_days_available").alias("denominator_marker"),
    ).with_columns(
        source=pl.format(
            f"NHS England, NHS sickness absence rates, {{}} ({source_file})", pl.col("period_end").dt.strftime("%B %Y")
        )
    )
    systems = base.filter(pl.col("part_of").is_not_null()).with_columns(
        area_code="part_of", area_name="system_name", area_level=pl.lit("system")
    )
    missing = set(SYSTEMS) - set(base["part_of"].drop_nulls().to_list())
    if missing and base.height > ORGANISATIONS_OF_AN_EXCERPT:
        raise InputError(
            "the file ends early: organisations of {count} NHS systems are missing",
            where="{file}",
            hint="download it again, and add it as downloaded",
            count=len(missing),
            file=source_file,
        )
    england = (base.clear() if missing else base).with_columns(
        area_code=pl.lit(ENGLAND), area_name=pl.lit("England"), area_level=pl.lit("national")
    )
    rows = [base.drop("system_name", "unit_code"), _summed(systems), _summed(england)]
    figures = pl.concat(rows, how="diagonal").with_columns(
        measure=pl.lit("absence"), definition=pl.lit("nhs"), unit=pl.lit("%")
    )
    return Reading(KIND, len(frame), rules, figures=stored(figures))


def _summed(units: pl.DataFrame) -> pl.DataFrame:
    """Days summed over the organisations that have both sides."""
    has_both_sides = pl.col("numerator").is_not_null() & pl.col("denominator").is_not_null()
    return (
        units.filter(has_both_sides)
        .sort("unit_code")  # so that the sum has the same last digit whatever the order of the file
        .group_by("area_code", "area_name", "area_level", "period_start", "period_end", "source", maintain_order=True)
        .agg(pl.col("numerator").sum(), pl.col("denominator").sum(), organisations=pl.len())
        .with_columns(
            value=pl.when(pl.col("denominator") > 0).then(100 * pl.col("numerator") / pl.col("denominator")),
            source=pl.format("{}: sum of {} organisations", "source", "organisations"),
        )
        .with_columns(marker=pl.when(pl.col("value").is_null()).then(pl.lit("x")))
        .drop("organisations")
        .sort("area_code", "period_start")
    )
