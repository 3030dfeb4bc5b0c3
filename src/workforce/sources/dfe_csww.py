"""The DfE's children's social work workforce indicators: numerators and rates, England, regions, local authorities.

One published figure for each area, year and rate, with the two sides that the DfE divides and the rate exactly as published. Denominators
that the DfE forms from two published columns are formed here the same way. Rows whose year, area or figures cannot be read are refused.
Source: DfE, Children's social work workforce: methodology. Children's social workers only: no one publishes SEND caseworkers.
"""

from dataclasses import dataclass
from typing import Final

import polars as pl

from workforce.sources.dfe import AREA_COLUMNS, accepted_rows, figure_rows
from workforce.sources.official import Reading, marker, number, stored, unreadable, years_of

KIND: Final = "DfE children's social work workforce indicators"
HEADER: Final = frozenset(
    {"time_period", "geographic_level", "old_la_code", "inpost_fte", "turnover_rate_fte", "working_days_lost_fte"}
)
WORKING_DAYS: Final = 253  # working days of a year in the DfE's absence rate (CSWW methodology)
WORKING_DAYS_LEAP: Final = 254  # of a leap year (CSWW methodology)
YEARS_BETWEEN_LEAPS: Final = 4  # no century year lies in the series


@dataclass(frozen=True, slots=True)
class Rate:
    """One published rate and the published columns that it divides. `over_year`: the year to 30 September; otherwise that day."""

    measure: str
    definition: str
    value: str
    numerator: str
    denominator: tuple[str, ...]
    unit: str = "%"
    over_year: bool = False
    working_days: bool = False


RATES: Final = (
    Rate("turnover", "dfe_fte", "turnover_rate_fte", "leavers_fte", ("inpost_fte",), over_year=True),
    Rate("turnover", "dfe", "turnover_rate_headcount", "leavers_headcount", ("inpost_headcount",), over_year=True),
    Rate("agency_rate", "dfe_fte", "agency_rate_fte", "agency_fte", ("agency_fte", "inpost_fte")),
    Rate("agency_rate", "dfe", "agency_rate_headcount", "agency_headcount", ("agency_headcount", "inpost_headcount")),
    Rate("vacancy_rate", "dfe", "vacancy_rate_fte", "vacancy_fte", ("vacancy_fte", "inpost_fte")),
    Rate("vacancy_cover", "dfe", "vacancy_agency_cover_rate_fte", "agency_cover_fte", ("vacancy_fte",)),
    Rate("vacancy_cover", "dfe_of_agency", "agency_cover_rate_fte", "agency_cover_fte", ("agency_fte",)),
    Rate("caseload", "dfe", "caseload_fte", "cases", ("case_holders_fte",), unit="cases per FTE"),
    Rate(
        "absence",
        "dfe",
        "absence_rate_fte",
        "working_days_lost_fte",
        ("inpost_fte",),
        over_year=True,
        working_days=True,
    ),
)
FIGURES: Final = tuple(dict.fromkeys(c for r in RATES for c in (r.value, r.numerator, *r.denominator)))
NEEDED: Final = AREA_COLUMNS.union(FIGURES)


def read(frame: pl.DataFrame, source_file: str) -> Reading:
    """Published figures of the file: a row an area, year and rate.

    Area codes are the DfE's three-digit numbers (a joint return keeps its "314 / 318"), which outlive changes of the nine-character codes.
    """
    accepted, refused = accepted_rows(frame, source_file, unread=unreadable(FIGURES))
    source = f"DfE, Children's social work workforce, {years_of(accepted)} ({source_file})"
    tables = [_rows_of(accepted, rate) for rate in RATES]
    figures = stored(pl.concat(tables).with_columns(source=pl.lit(source)))
    return Reading(KIND, len(frame), refused, figures=figures)


def _rows_of(accepted: pl.DataFrame, rate: Rate) -> pl.DataFrame:
    """The rows of one rate, at the end of each September or over the year to it."""
    end = pl.date("year", 9, 30)
    leap = pl.col("year") % YEARS_BETWEEN_LEAPS == 0
    days = pl.when(leap).then(WORKING_DAYS_LEAP).otherwise(WORKING_DAYS) if rate.working_days else pl.lit(1)
    # The parts have one decimal place: what binary sums add beyond is noise, and is rounded away.
    below, symbol = _sum_of(rate.denominator)
    return figure_rows(
        accepted,
        (rate.measure, rate.definition),
        period=(pl.date(pl.col("year") - 1, 10, 1) if rate.over_year else end, end),
        unit=rate.unit,
        numerator=number(rate.numerator),
        denominator=(below * days).round(6),
        value=number(rate.value),
        marker=marker(rate.value),
        numerator_marker=marker(rate.numerator),
        denominator_marker=symbol,
    )


def _sum_of(columns: tuple[str, ...]) -> tuple[pl.Expr, pl.Expr]:
    """The sum of a denominator's columns and the symbol in its place; within a sum `low` counts as 0."""
    if len(columns) == 1:
        return number(columns[0]), marker(columns[0])
    values = [pl.when(marker(c) == "low").then(0.0).otherwise(number(c)) for c in columns]
    symbols = [pl.when(marker(c) != "low").then(marker(c)) for c in columns]
    total = values[0]
    for value in values[1:]:
        total = total + value
    return total, pl.coalesce(symbols)
