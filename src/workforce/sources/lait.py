"""The DfE's Local Authority Interactive Tool: indicators, neighbour models and code list.

Its indicators on children with SEN, on the children's social care workforce, on their unit costs and on changes of social worker, as
`lait: <indicator>`, with values as published (the tool stores text like 20.100000000000001, read as 20.1); neighbours by model, nearest
first; areas by number. `lait_indicators.csv` lists what is read, from the tool's data dictionary. Indicators outside of it are left out and
counted; years that cannot be read, and the neighbours of an older model that the workbooks repeat under "Old SNs", are refused.
Source: DfE, Local Authority Interactive Tool (LAIT), with the data dictionary's year types.
"""

import csv
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

import polars as pl

from workforce.benchmark.authorities import numbers_by_name, plain_name, usual_names
from workforce.errors import InputError
from workforce.sources import dfe_sen2, tribunal
from workforce.sources.dfe import ALL_OF_ENGLAND, EXCERPT
from workforce.sources.official import (
    Areas,
    Neighbours,
    Reading,
    clean,
    marker,
    number,
    sift,
    stored,
    unreadable,
)

KIND_OF_INDICATORS: Final = "DfE LAIT indicators"
KIND_OF_NEIGHBOURS: Final = "DfE statistical neighbour model"
KIND_OF_CODES: Final = "DfE LAIT code list"
HEADER_OF_INDICATORS: Final = frozenset({"short desc", "years", "la and regions", "values", "la number"})
HEADER_OF_NEIGHBOURS: Final = frozenset({"la num", "la name", "sn1", "sn10"})
HEADER_OF_NEIGHBOURS_WIDE: Final = frozenset({"old_la_code", "la_name", "sn_1", "sn_10"})
# The DfE's benchmarking data has a column for each authority, with the names of its neighbours below.
HEADER_OF_NEIGHBOURS_BY_NAME: Final = frozenset({"kent", "devon", "leeds", "isles of scilly", "city of london"})
HEADER_OF_CODES: Final = frozenset({"la number", "la name", "region", "type"})
SEPTEMBER, CALENDAR, JANUARY, FINANCIAL, ACADEMIC = "september", "calendar", "january", "financial", "academic"
# A year as the tool writes it, with the year in which it ends: 2024, 2024 (prov), and financial years 2023-24, 2023-24 (OT) of outturn.
_YEAR: Final = r"^(\d{4})( \([a-zA-Z]+\))?$"
_YEARS: Final = r"^\d{4}-(\d{2})( \([a-zA-Z]+\))?$"
_FIRST_AFTER_BREAK: Final = {
    ("sen2", CALENDAR): (dfe_sen2.FIRST_COLLECTION_BY_CHILD - 1, dfe_sen2.BREAK),
    ("sen2", JANUARY): (dfe_sen2.FIRST_COLLECTION_BY_CHILD, dfe_sen2.BREAK),
    ("appeals", CALENDAR): (tribunal.FIRST_OF_NEW_COLLECTION, tribunal.BREAK),
}
_CLOSENESS: Final = r"close|^-?$"
_NEIGHBOUR: Final = re.compile(r"sn_?(\d+)")


@dataclass(frozen=True, slots=True)
class Indicator:
    """One indicator of the tool, from its data dictionary.

    Attributes
    ----------
    code, name : str
        Its short name in the file, and what it is.
    year : str
        The year type.
    unit : str
        The unit of its values.
    better : str
        "lower" or "higher", the direction that the DfE calls good; empty where it calls none.
    series_break : str
        Which break its series has: "sen2", "appeals" or none.
    """

    code: str
    name: str
    year: str
    unit: str
    better: str
    series_break: str


@cache
def indicators() -> MappingProxyType[str, Indicator]:
    """The indicators that are read, by code.

    >>> indicators()["SEN_TotSENSuP"].year
    'academic'
    """
    with (Path(__file__).parent / "lait_indicators.csv").open(encoding="utf-8", newline="") as file:
        rows = [Indicator(*row) for row in csv.reader(file)][1:]
    return MappingProxyType({row.code: row for row in rows})


# LAIT's own numbers of regions and England, and the national codes under which every other source has them.
REGIONS: Final = {
    "970": "E92000001",
    "980": "E12000001",
    "981": "E12000002",
    "982": "E12000003",
    "983": "E12000004",
    "984": "E12000005",
    "985": "E12000006",
    "986": "E12000007",
    "987": "E13000001",
    "988": "E13000002",
    "989": "E12000008",
    "990": "E12000009",
}
ENGLAND: Final = "970"
NEIGHBOURS_EACH: Final = 10
CUMBERLAND: Final = (
    "942"  # formed in April 2023: the model of April 2021 has no neighbours for it, that of May 2025 has
)
OLD_MODEL: Final = (
    "Old SNs:"  # heading in the workbooks above the neighbours that an older model gave to abolished councils
)


def read_indicators(frame: pl.DataFrame, source_file: str) -> Reading:
    """The tool's figures that the suite uses: a row an area, year and indicator."""
    listed = indicators()
    code = clean("la number").cast(pl.Float64, strict=False).cast(pl.Int64, strict=False).cast(pl.String)
    mine = frame.filter(pl.col("short desc").is_in(list(listed)))
    left_out = len(frame) - len(mine)
    years = clean("years")
    year = pl.coalesce(years.str.extract(_YEAR), pl.format("20{}", years.str.extract(_YEARS))).cast(
        pl.Int32, strict=False
    )
    coded = mine.with_columns(
        number=code,
        year=year,
        **{
            column: pl.col("short desc").replace_strict(
                {name: getattr(row, attribute) for name, row in listed.items()}, return_dtype=pl.String
            )
            for column, attribute in (("year_type", "year"), ("unit", "unit"), ("broken", "series_break"))
        },
    )
    accepted, rules = sift(
        coded,
        {
            "area_without_code": code.is_null(),
            "year_not_read": year.is_null() | ~year.is_between(2000, 2100),
            "figure_not_read": unreadable(["values"]),
            "duplicate": ~pl.struct("short desc", "year", "number").is_first_distinct(),
        },
    )
    if left_out:
        rules["left_out_indicator"] = left_out
    kind, last = pl.col("year_type"), pl.col("year")
    start = (
        pl.when(kind == SEPTEMBER)
        .then(pl.date(last - 1, 10, 1))
        .when(kind == FINANCIAL)
        .then(pl.date(last - 1, 4, 1))
        .when(kind == ACADEMIC)
        .then(pl.date(last - 1, 9, 1))
        .otherwise(pl.date("year", 1, 1))
    )
    end = (
        pl.when(kind == SEPTEMBER)
        .then(pl.date("year", 9, 30))
        .when(kind == FINANCIAL)
        .then(pl.date("year", 3, 31))
        .when(kind == ACADEMIC)
        .then(pl.date("year", 8, 31))
        .when(kind == JANUARY)
        .then(pl.date("year", 1, 31))
        .otherwise(pl.date("year", 12, 31))
    )
    breaks = pl.lit(None, pl.String)
    for (name, year_type), (first, why) in _FIRST_AFTER_BREAK.items():
        after = (pl.col("broken") == name) & (kind == year_type) & (last == first)
        breaks = pl.when(after).then(pl.lit(why)).otherwise(breaks)
    figures = accepted.select(
        pl.col("number").replace(REGIONS).alias("area_code"),
        clean("la and regions").alias("area_name"),
        pl.when(pl.col("number") == ENGLAND)
        .then(pl.lit("national"))
        .when(pl.col("number").is_in(list(REGIONS)))
        .then(pl.lit("regional"))
        .otherwise(pl.lit("local_authority"))
        .alias("area_level"),
        pl.format("lait: {}", "short desc").alias("measure"),
        pl.lit("lait").alias("definition"),
        start.alias("period_start"),
        end.alias("period_end"),
        pl.lit(None, pl.Float64).alias("numerator"),
        pl.lit(None, pl.Float64).alias("denominator"),
        number("values").round_sig_figs(12).alias("value"),
        marker("values").alias("marker"),
        pl.col("unit"),
        breaks.alias("series_break"),
        pl.lit(f"DfE, Local Authority Interactive Tool ({source_file})").alias("source"),
    )
    return Reading(KIND_OF_INDICATORS, len(frame), rules, figures=stored(figures))


def read_neighbours(frame: pl.DataFrame, source_file: str) -> Reading:
    """Ten statistical neighbours for each authority.

    The model is recognised by its content: the model of April 2021 has no neighbours for Cumberland, formed in 2023; that of May 2025 has.

    Parameters
    ----------
    frame : polars.DataFrame
        Text, under the file's headers, with the columns in the order of the file.
    source_file : str
        The file's name.

    Returns
    -------
    Reading
        Neighbours, nearest first.
    """
    columns = frame.columns
    places = {int(match[1]): place for place, c in enumerate(columns) if (match := _NEIGHBOUR.fullmatch(c))}
    wide = "old_la_code" in columns
    code, name = ("old_la_code", "la_name") if wide else ("la num", "la name")
    # A column without a name of its own follows the neighbour that it is about.
    pairs = [
        (columns[places[i]], f"sn_{i}p" if wide else columns[(places[i] + 1) % len(columns)])
        for i in range(1, NEIGHBOURS_EACH + 1)
        if i in places
    ]
    fits = all(
        c in columns and frame.select(clean(c).str.to_lowercase().str.contains(_CLOSENESS).all()).item()
        for _, c in pairs
    )
    if len(pairs) < NEIGHBOURS_EACH or not fits:
        raise InputError(
            "the neighbour model lacks columns, or has them in another order",
            where="{file}",
            hint="add it as downloaded: ten pairs SN1, SNP ...",
            file=source_file,
        )
    rows = frame.with_row_index("row")
    heading = rows.filter(clean(name) == OLD_MODEL)
    cut = heading["row"].min() if len(heading) else None
    older = pl.col("row") > cut if cut is not None else pl.lit(value=False)
    accepted, rules = sift(
        rows,
        {
            "heading": clean(name) == OLD_MODEL,
            "older_model": older,
            "area_without_code": ~clean(code).str.contains(r"^\d{3}$").fill_null(value=False),
            "no_neighbours": ~pl.all_horizontal(
                [clean(neighbour).str.contains(r"^\d{3}$").fill_null(value=False) for neighbour, _ in pairs]
            ),
            "duplicate": ~clean(code).is_first_distinct(),
        },
    )
    model, label = ("2025", "May 2025") if CUMBERLAND in accepted[code].to_list() else ("2021", "April 2021")
    authorities, neighbour_codes = (
        set(accepted[code].to_list()),
        {c for n, _ in pairs for c in accepted[n].str.strip_chars().to_list()},
    )
    if len(authorities) > EXCERPT and not neighbour_codes <= authorities:
        raise InputError(
            "the file ends early: {count} neighbours have no row of their own",
            where="{file}",
            hint="download it again, and add it as downloaded",
            count=len(neighbour_codes - authorities),
            file=source_file,
        )
    names = (
        rows.select(neighbour_code=clean(code), neighbour_name=clean(name))
        .drop_nulls()
        .unique("neighbour_code", keep="first")
    )
    long = pl.concat(
        accepted.select(
            pl.lit(model).alias("model"),
            clean(code).alias("area_code"),
            clean(name).alias("area_name"),
            pl.lit(i, pl.Int64).alias("position"),
            clean(neighbour).alias("neighbour_code"),
            clean(closeness).str.to_lowercase().alias("closeness"),
        )
        for i, (neighbour, closeness) in enumerate(pairs, start=1)
    )
    source = f"DfE, statistical neighbour model, {label} ({source_file})"
    with_names = long.join(names, on="neighbour_code", how="left").with_columns(source=pl.lit(source))
    table = Neighbours.validate(with_names.select(Neighbours.column_names()).sort("area_code", "position"))
    return Reading(f"{KIND_OF_NEIGHBOURS}, {label}", len(frame), rules, neighbours=table)


def read_neighbours_by_name(frame: pl.DataFrame, source_file: str) -> Reading:
    """Ten statistical neighbours for each authority, from a column an authority with their names, nearest first; closeness is not in it.

    Parameters
    ----------
    frame : polars.DataFrame
        Text, under the file's headers.
    source_file : str
        The file's name.

    Returns
    -------
    Reading
        Neighbours, nearest first.
    """
    numbers, usual = numbers_by_name(), usual_names()
    lists = {
        code: [numbers.get(plain_name(name)) for name in frame[column].to_list() if name and name.strip()]
        for column in frame.columns
        if (code := numbers.get(plain_name(column)))
    }
    incomplete = [code for code, nearest in lists.items() if len(nearest) != NEIGHBOURS_EACH or None in nearest]
    if incomplete or len(lists) < ALL_OF_ENGLAND:
        raise InputError(
            "the file ends early: {count} authorities have not ten neighbours that are known by name",
            where="{file}",
            hint="download it again, and add it as downloaded",
            count=len(incomplete) or ALL_OF_ENGLAND - len(lists),
            file=source_file,
        )
    model, label = ("2025", "May 2025") if CUMBERLAND in lists else ("2021", "April 2021")
    rows = [
        (model, code, usual[code], place, str(neighbour), usual[str(neighbour)], None)
        for code, nearest in lists.items()
        for place, neighbour in enumerate(nearest, start=1)
    ]
    columns = [name for name in Neighbours.column_names() if name != "source"]
    table = pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String()) | {"position": pl.Int64()}, orient="row")
    source = pl.lit(f"DfE, statistical neighbour model, {label} ({source_file})")
    listed = Neighbours.validate(table.with_columns(source=source).sort("area_code", "position"))
    return Reading(f"{KIND_OF_NEIGHBOURS}, {label}", len(frame), {}, neighbours=listed)


def read_codes(frame: pl.DataFrame, source_file: str) -> Reading:
    """The tool's list of authorities and regions with their numbers."""
    accepted, rules = sift(
        frame,
        {
            "area_without_code": clean("la number").is_null(),
            "duplicate": ~clean("la number").is_first_distinct(),
        },
    )
    listed = accepted.select(
        clean("la number").replace(REGIONS).alias("area_code"),
        clean("la name").alias("area_name"),
        clean("region").replace("NA", None).alias("region"),
        clean("type").replace("NA", None).alias("kind"),
        pl.lit(f"DfE, Local Authority Interactive Tool, code list ({source_file})").alias("source"),
    )
    return Reading(KIND_OF_CODES, len(frame), rules, areas=Areas.validate(listed.sort("area_code")))
