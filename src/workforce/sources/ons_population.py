"""The Office for National Statistics' mid-year estimates of children aged 0 to 17, of England, regions and local authorities.

Education, health and care plans run to 25; no base for ages up to 25 is in the file, and a rate for each child of 0 to 17 says so.
Source: ONS, mid-year population estimates, in the layout of the DfE's open data.
"""

from typing import Final

import polars as pl

from workforce.sources.dfe import AREA_COLUMNS, accepted_rows, figure_rows
from workforce.sources.official import Reading, clean, marker, number, stored, unreadable, years_of

KIND: Final = "ONS population aged 0 to 17"
HEADER: Final = frozenset({"time_period", "old_la_code", "age_group", "population_estimate"})
NEEDED: Final = AREA_COLUMNS | HEADER
AGES: Final = "children aged 0 to 17 years"


def read(frame: pl.DataFrame, source_file: str) -> Reading:
    """Children at 30 June: a row an area and year."""
    column = "population_estimate"
    accepted, refused = accepted_rows(
        frame,
        source_file,
        unread=unreadable([column]),
        breakdowns=("age_group",),
        left_out={"left_out_age_group": clean("age_group").str.to_lowercase().ne_missing(pl.lit(AGES))},
    )
    source = f"ONS, mid-year population estimates, ages 0 to 17, {years_of(accepted)} ({source_file})"
    figures = figure_rows(
        accepted,
        ("children", "ons"),
        period=(pl.date("year", 6, 30), pl.date("year", 6, 30)),
        unit="children",
        numerator=number(column),
        denominator=pl.lit(None, pl.Float64),
        value=number(column),
        marker=marker(column),
        numerator_marker=marker(column),
        source=pl.lit(source),
    )
    return Reading(KIND, len(frame), refused, figures=stored(figures))
