"""The Office for National Statistics' mid-year estimates of children aged 0 to 17, of England, regions and local authorities.

Education, health and care plans run to 25; no base for ages up to 25 is in the file, and a rate for each child of 0 to 17 says so.
Source: ONS, mid-year population estimates, in the layout of the DfE's open data.
"""

from typing import Final

import polars as pl

from workforce.sources.dfe import AREA_COLUMNS, refuse_incomplete, repeated, rules_of_rows, with_area_and_year
from workforce.sources.official import Reading, clean, marker, number, sift, stored, unreadable, years_of

KIND: Final = "ONS population aged 0 to 17"
HEADER: Final = frozenset({"time_period", "old_la_code", "age_group", "population_estimate"})
NEEDED: Final = AREA_COLUMNS | HEADER
AGES: Final = "children aged 0 to 17 years"


def read(frame: pl.DataFrame, source_file: str) -> Reading:
    """Children at 30 June: a row an area and year."""
    accepted, rules = sift(
        with_area_and_year(frame),
        {
            "left_out_age_group": clean("age_group").str.to_lowercase().ne_missing(pl.lit(AGES)),
            **rules_of_rows(),
            "figure_not_read": unreadable(["population_estimate"]),
            "duplicate": repeated("age_group"),
        },
    )
    refuse_incomplete(accepted, source_file)
    figures = accepted.select(
        "area_code",
        "area_name",
        "area_level",
        "part_of",
        pl.lit("children").alias("measure"),
        pl.lit("ons").alias("definition"),
        pl.date("year", 6, 30).alias("period_start"),
        pl.date("year", 6, 30).alias("period_end"),
        number("population_estimate").alias("numerator"),
        pl.lit(None, pl.Float64).alias("denominator"),
        number("population_estimate").alias("value"),
        marker("population_estimate").alias("marker"),
        marker("population_estimate").alias("numerator_marker"),
        pl.lit("children").alias("unit"),
        pl.lit(f"ONS, mid-year population estimates, ages 0 to 17, {years_of(accepted)} ({source_file})").alias(
            "source"
        ),
    )
    return Reading(KIND, len(frame), rules, figures=stored(figures))
