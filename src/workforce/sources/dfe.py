"""What files of the DfE have in common: areas, years, rules for rows, and whether a file holds all of England."""

from collections.abc import Mapping, Sequence
from typing import Final

import polars as pl

from workforce.errors import InputError
from workforce.sources.official import clean, sift

AREA_COLUMNS: Final = frozenset(
    {
        "time_period",
        "geographic_level",
        "country_code",
        "country_name",
        "region_code",
        "region_name",
        "old_la_code",
        "la_name",
    }
)
LEVELS: Final = {"national": "national", "regional": "regional", "local authority": "local_authority"}
EXCERPT: Final = 30
"""With so many authorities or fewer in every year, and not all regions, a file is an excerpt that somebody made, and is read as one."""

ALL_OF_ENGLAND: Final = 148
"""Authorities, at least, in a year of a file of all of England, which has 150 to 153 returns."""

REGIONS: Final = 9
_FEWER_THAN_IN_ANOTHER_YEAR: Final = 4  # authorities that a year may lack: formed later, or left out by the publisher
_FIRST_YEAR, _LAST_YEAR = 2000, 2100


def with_area_and_year(frame: pl.DataFrame) -> pl.DataFrame:
    """Add area_level, year, area_code, area_name and part_of; the year of an academic year is that in which it ends.

    >>> row = {"time_period": "202425", "geographic_level": "National", "country_code": "E92000001", "country_name": "England"}
    >>> columns = dict.fromkeys(("region_code", "region_name", "old_la_code", "la_name"), None)
    >>> with_area_and_year(pl.DataFrame({**row, **columns})).select("year", "area_code").row(0)
    (2025, 'E92000001')
    """
    level = clean("geographic_level").str.to_lowercase().replace_strict(LEVELS, default=None)
    period = clean("time_period")
    year = (
        pl.when(period.str.contains(r"^\d{6}$")).then(period.str.slice(0, 4).cast(pl.Int32, strict=False) + 1)
    ).otherwise(period.cast(pl.Int32, strict=False))
    return frame.with_columns(
        area_level=level,
        year=year,
        area_code=pl.coalesce(
            pl.when(level == "local_authority").then(clean("old_la_code")),
            pl.when(level == "regional").then(clean("region_code")),
            pl.when(level == "national").then(clean("country_code")),
        ),
        area_name=pl.coalesce(
            pl.when(level == "local_authority").then(clean("la_name")),
            pl.when(level == "regional").then(clean("region_name")),
            pl.when(level == "national").then(clean("country_name")),
        ),
        part_of=pl.when(level == "local_authority").then(clean("region_code")),
    )


def rules_of_rows() -> dict[str, pl.Expr]:
    """The rules that a row of any file breaks where its area or year cannot be read."""
    level, year = pl.col("area_level"), pl.col("year")
    return {
        "area_level_not_known": level.is_null(),
        "year_not_read": ~year.is_between(_FIRST_YEAR, _LAST_YEAR) | year.is_null(),
        "area_without_code": pl.col("area_code").is_null(),
    }


def repeated(*columns: str) -> pl.Expr:
    """Whether an area has a row already in the year, with the same in the other columns."""
    return ~pl.struct("year", "area_level", "area_code", *[clean(c) for c in columns]).is_first_distinct()


def accepted_rows(
    frame: pl.DataFrame,
    source_file: str,
    *,
    unread: pl.Expr,
    breakdowns: Sequence[str] = (),
    left_out: Mapping[str, pl.Expr] | None = None,
) -> tuple[pl.DataFrame, dict[str, int]]:
    """The rows of a file that can be read, with their area and year, and how many are refused by which rule.

    Parameters
    ----------
    frame : polars.DataFrame
        The file, all as text.
    source_file : str
        Its name, for messages.
    unread : polars.Expr
        Whether a figure of a row cannot be read.
    breakdowns : sequence of str
        Columns in which two rows of an area and year may differ.
    left_out : mapping of str to polars.Expr, optional
        Rules by which rows are left out before any other is looked at.

    Raises
    ------
    InputError
        Where the file ends early.
    """
    accepted, refused = sift(
        with_area_and_year(frame),
        {**(left_out or {}), **rules_of_rows(), "figure_not_read": unread, "duplicate": repeated(*breakdowns)},
    )
    refuse_incomplete(accepted, source_file)
    return accepted, refused


def figure_rows(
    accepted: pl.DataFrame, definition: tuple[str, str], *, period: tuple[pl.Expr, pl.Expr], unit: str, **sides: pl.Expr
) -> pl.DataFrame:
    """The rows of one published figure, as far as `stored` needs them: area, period and what else there is.

    Parameters
    ----------
    accepted : polars.DataFrame
        What `accepted_rows` returned.
    definition : tuple of str
        Its measure and definition.
    period : tuple of polars.Expr
        The first and the last day of each row's period.
    unit : str
        Its unit.
    sides : polars.Expr
        Its other columns by name: value, marker, numerator and so on.
    """
    measure, name = definition
    start, end = period
    return accepted.select(
        "area_code",
        "area_name",
        "area_level",
        "part_of",
        measure=pl.lit(measure),
        definition=pl.lit(name),
        period_start=start,
        period_end=end,
        unit=pl.lit(unit),
        **sides,
    )


def refuse_incomplete(accepted: pl.DataFrame, where: str) -> None:
    """Refuse a file in which a year has fewer authorities than all of England or than another year, or has lost England: it ends early.

    accepted: year, area_level, area_code of the rows that were read.
    """
    councils = pl.col("area_level") == "local_authority"
    years = accepted.group_by("year").agg(
        authorities=pl.col("area_code").filter(councils).n_unique(),
        nation=(pl.col("area_level") == "national").any(),
        regions=pl.col("area_code").filter(pl.col("area_level") == "regional").n_unique(),
    )
    if years.is_empty():
        return
    fullest = int(years["authorities"].max())  # type: ignore[arg-type]
    if fullest <= EXCERPT and not (years["regions"] >= REGIONS).any():
        return
    least = max(ALL_OF_ENGLAND, fullest - _FEWER_THAN_IN_ANOTHER_YEAR)
    short = years.filter(
        (pl.col("authorities") < least) | (~pl.col("nation") & pl.lit(bool(years["nation"].any())))
    ).sort("year")
    if short.is_empty():
        return
    year, authorities, _, _ = short.row(0)
    raise InputError(
        "the file ends early: {year} has {authorities} authorities, and England has about 150",
        where="{file}",
        hint="download it again, and add it as downloaded",
        year=year,
        authorities=authorities,
        file=where,
    )
