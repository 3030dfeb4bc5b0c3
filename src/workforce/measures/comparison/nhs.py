"""Sickness in the NHS organisations round a local authority, from the published days.

Every rate is summed days lost over summed days available; a month or organisation without both sides leaves both, by name.
"""

from typing import Final

import polars as pl

from workforce.book import definition_of
from workforce.errors import UsageError
from workforce.measures.comparison.areas import find_authority, systems_of
from workforce.measures.comparison.official import Official, _table, figures_of, published_table, shaped
from workforce.results import MeasureTable

MEASURE: Final = ("absence", "nhs")
MONTHS_IN_A_YEAR: Final = 12


def sickness_by_month(official: Official, *, area: str, system: str = "") -> MeasureTable:
    """NHS sickness absence by month in the systems round a local authority, beside England: FTE days lost / FTE days available, %.

    Definition: NHS England, sickness absence rates. system: code or name of a system, when not those of the authority.
    """
    table = published_table(official.published, *MEASURE)
    wanted = _systems(official, area, system)
    level = pl.col("area_level")
    rows = table.filter(((level == "system") & pl.col("area_code").is_in(wanted)) | (level == "national")).with_columns(
        area=pl.when(level == "system").then(pl.format("{} (NHS system)", "area")).otherwise("area"),
        source=_source(table),
    )
    return _table(rows, official)


def sickness_by_organisation(official: Official, *, area: str, system: str = "") -> MeasureTable:
    """NHS sickness absence of each organisation round a local authority over the last twelve months that are published, highest first.

    One row an organisation, then its systems, then England, each from days summed over the months. An organisation that did not report
    every month has the months it reported and says so in `left_out`.
    """
    wanted = _systems(official, area, system)
    rows = figures_of(official.published, *MEASURE)
    months = rows["period_start"].unique().sort().tail(MONTHS_IN_A_YEAR)
    level = pl.col("area_level")
    ours = rows.filter(
        pl.col("period_start").is_in(months.implode())
        & (
            ((level == "organisation") & pl.col("part_of").is_in(wanted))
            | ((level == "system") & pl.col("area_code").is_in(wanted))
            | (level == "national")
        )
    ).filter(pl.col("numerator").is_not_null() & pl.col("denominator").is_not_null())
    scale = definition_of(*MEASURE).scale
    every = months.to_list()
    summed = (
        ours.group_by("area_code", "area_level")
        .agg(
            area=pl.col("area_name").sort_by("period_start").last(),
            numerator=pl.col("numerator").sum(),
            denominator=pl.col("denominator").sum(),
            reported=pl.col("period_start").unique(),
        )
        .with_columns(
            value=pl.when(pl.col("denominator") > 0).then(pl.col("numerator") / pl.col("denominator") * scale),
            period_start=pl.lit(every[0]),
            period_end=pl.lit(rows["period_end"].max(), pl.Date),
            left_out=pl.col("reported").map_elements(
                lambda had: [f"{m:%B %Y}" for m in every if m not in set(had)], return_dtype=pl.List(pl.String)
            ),
            source=_source(ours),
            area=pl.when(pl.col("area_level") == "system").then(pl.format("{} (NHS system)", "area")).otherwise("area"),
            marker=pl.lit(None, pl.String),
            order=pl.col("area_level").replace_strict(
                {"organisation": 0, "system": 1, "national": 2}, return_dtype=pl.Int8
            ),
        )
        .sort("order", "value", "area_code", descending=[False, True, False], nulls_last=True)
    )
    return _table(shaped(summed, *MEASURE), official)


def _source(rows: pl.DataFrame) -> pl.Expr:
    """One source for figures that come from a file a month."""
    first, last = (day.strftime("%B %Y") for day in (rows["period_end"].sort()[0], rows["period_end"].sort()[-1]))
    return pl.lit(f"NHS England, NHS sickness absence rates, {first} to {last}; systems and England from summed days")


def _systems(official: Official, area: str, system: str) -> list[str]:
    rows = figures_of(official.published, *MEASURE)
    held = rows.filter(pl.col("area_level") == "system").select("area_code", "area_name").unique().sort("area_name")
    if system:
        wanted = held.filter((pl.col("area_code") == system) | (pl.col("area_name") == system))["area_code"].to_list()
        known = ", ".join(held["area_name"].to_list())
        if not wanted:
            raise UsageError(
                'no NHS system is called "{system}" in the figures at hand',
                hint="systems: {known}",
                system=system,
                known=known,
            )
        return wanted
    authority = find_authority(official.published, official.neighbours, area)
    wanted = [code for code in systems_of(authority) if code in held["area_code"].to_list()]
    if not wanted:
        raise UsageError(
            "the figures at hand have no NHS system round {authority}",
            hint="add the monthly files with: workforce published add FILE, or name a system",
            authority=authority.name,
        )
    return wanted
