"""Appeals to the SEND tribunal of each authority and calendar year, and the decisions that could have been appealed.

The table has titles above its header, a block of columns for each year, regions as headings, and totals of England at its end. Codes of
abolished authorities are left empty, and in the table of 2024 five codes stand beside another authority's name. Areas are found by name
(the counts fit the names), and by code only where a name is not known. A block "In development" of the last year is left out.
Source: HM Courts & Tribunals Service and DfE, SEND appeal rate, table 1, with its notes.
"""

import re
from typing import Final

import polars as pl

from workforce.benchmark.authorities import ENGLAND, numbers_by_name, plain_name
from workforce.errors import InputError
from workforce.sources.official import MISSING, Reading, clean, plain_header, stored

KIND: Final = "SEND tribunal appeals"
HEADER: Final = frozenset({"local authority", "la code"})
APPEALS, DECISIONS, RATE = "appeals registered", "total appealable decisions", "send tribunal appeal rate"
NONE: Final = "-"  # no appeal
FIRST_OF_NEW_COLLECTION: Final = 2023
BREAK: Final = "appealable decisions come from a new collection: the publisher asks for caution in comparing with earlier years (note 9)"
_TOTAL: Final = "england total"
_FOOTNOTES: Final = r"\d(,\d)*$"
_SYMBOLS: Final = {"..": "z", "~": "c", "x": "x"}  # not available because the authority did not exist; suppressed


def read(frame: pl.DataFrame, source_file: str) -> Reading:
    """Appeals registered, and appeals in % of appealable decisions: a row an authority and year, and England's."""
    columns = frame.columns
    labels = [plain_header(re.sub(r"(\d(,\d)*)$", "", str(cell or "").strip())) for cell in frame.row(0)]
    years = [int(name) if re.fullmatch(r"(19|20)\d\d", name) else None for name in columns]
    blocks = [
        (year, columns[place], columns[place + 1], columns[place + 2])
        for place, year in enumerate(years)
        if year is not None and tuple(labels[place : place + 3]) == (APPEALS, DECISIONS, RATE)
    ]
    name = clean("local authority").str.replace(_FOOTNOTES, "")
    areas = frame[1:].with_columns(area_name=name, area_code=clean("la code"), plain=name.str.to_lowercase())
    total = areas.filter(pl.col("plain") == _TOTAL)
    if not blocks or total.is_empty():
        raise InputError(
            "the file ends early: it has no total of England",
            where="{file}",
            hint="download it again, and add it as downloaded",
            file=source_file,
        )
    numbers = numbers_by_name()
    with_codes = areas.with_columns(
        area_code=pl.coalesce(
            pl.when(pl.col("plain") == _TOTAL).then(pl.lit(ENGLAND)),
            pl.col("area_name").map_elements(lambda n: numbers.get(plain_name(n)), return_dtype=pl.String),
            pl.when(pl.col("area_code").str.contains(r"^\d{3}$")).then("area_code"),
        ),
        area_level=pl.when(pl.col("plain") == _TOTAL).then(pl.lit("national")).otherwise(pl.lit("local_authority")),
    )
    accepted = with_codes.filter(pl.col("area_code").is_not_null())
    rules = {"heading_or_note": with_codes.height + 1 - accepted.height}
    source = f"HMCTS and DfE, SEND appeal rate, {blocks[0][0]} to {blocks[-1][0]} ({source_file})"
    tables = [table for block in blocks for table in _of_year(accepted, *block)]
    figures = pl.concat(tables).with_columns(source=pl.lit(source))
    existed = ~(pl.col("numerator").is_null() & pl.col("value").is_null() & (pl.col("numerator_marker") == "z"))
    return Reading(KIND, len(frame), rules, figures=stored(figures.filter(existed)))


def _of_year(accepted: pl.DataFrame, year: int, appeals: str, decisions: str, rate: str) -> list[pl.DataFrame]:
    """The count and the rate of one year."""
    common = [
        pl.col("area_code"),
        pl.when(pl.col("area_level") == "national").then(pl.lit("England")).otherwise("area_name").alias("area_name"),
        pl.col("area_level"),
        pl.lit("appeals").alias("measure"),
        pl.date(year, 1, 1).alias("period_start"),
        pl.date(year, 12, 31).alias("period_end"),
        pl.when(pl.lit(year == FIRST_OF_NEW_COLLECTION)).then(pl.lit(BREAK)).alias("series_break"),
    ]
    count = accepted.select(
        *common,
        pl.lit("hmcts").alias("definition"),
        _number(appeals).alias("numerator"),
        pl.lit(None, pl.Float64).alias("denominator"),
        _number(appeals).alias("value"),
        _symbol(appeals).alias("marker"),
        _symbol(appeals).alias("numerator_marker"),
        pl.lit(None, pl.String).alias("denominator_marker"),
        pl.lit("appeals").alias("unit"),
    )
    share = accepted.select(
        *common,
        pl.lit("hmcts_rate").alias("definition"),
        _number(appeals).alias("numerator"),
        _number(decisions).alias("denominator"),
        _number(rate).alias("value"),
        _symbol(rate).alias("marker"),
        _symbol(appeals).alias("numerator_marker"),
        _symbol(decisions).alias("denominator_marker"),
        pl.lit("%").alias("unit"),
    )
    return [count, share]


def _plain(column: str) -> pl.Expr:
    """A cell without thousands separators and the sign of a percentage; a dash is 0."""
    text = clean(column).str.replace_all(",", "").str.strip_suffix("%").str.strip_chars()
    return text.replace({NONE: "0"})


def _number(column: str) -> pl.Expr:
    value = _plain(column).cast(pl.Float64, strict=False)
    return pl.when(value.is_finite()).then(value)


def _symbol(column: str) -> pl.Expr:
    text = _plain(column)
    symbol = text.replace_strict(_SYMBOLS, default=MISSING, return_dtype=pl.String)
    return pl.when(_number(column).is_null()).then(symbol.fill_null(MISSING))
