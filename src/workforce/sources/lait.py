"""The DfE's Local Authority Interactive Tool: indicators, neighbour models and code list.

The indicators on social workers and on SEND casework, as `lait: <indicator>`, with values as published (the tool stores text like
20.100000000000001, read as 20.1); neighbours by model, nearest first; areas by number. Indicators outside the suite are left out and
counted; years that cannot be read, and the neighbours of an older model that the workbooks repeat under "Old SNs", are refused.
Source: DfE, Local Authority Interactive Tool (LAIT), with the data dictionary's year types.
"""

from typing import Final

import polars as pl

from workforce.errors import InputError
from workforce.sources.official import Areas, Neighbours, Reading, clean, marker, number, sift, stored, unreadable

KIND_OF_INDICATORS: Final = "DfE LAIT indicators"
KIND_OF_NEIGHBOURS: Final = "DfE statistical neighbour model"
KIND_OF_CODES: Final = "DfE LAIT code list"
HEADER_OF_INDICATORS: Final = frozenset({"Short Desc", "Years", "LA and Regions", "Values", "LA Number"})
HEADER_OF_NEIGHBOURS: Final = frozenset({"LA num", "LA Name", "SN1", "SN10"})
HEADER_OF_NEIGHBOURS_WIDE: Final = frozenset({"old_la_code", "la_name", "SN_1", "SN_10"})
HEADER_OF_CODES: Final = frozenset({"LA Number", "LA Name", "Region", "Type"})

# Indicators of use to the suite, each with its year type (data dictionary) and its unit. The other 417 of the tool are left out.
SEPTEMBER, CALENDAR, JANUARY, FINANCIAL = "september", "calendar", "january", "financial"
INDICATORS: Final[dict[str, tuple[str, str]]] = {
    "Work_Force_NoSW": (SEPTEMBER, "FTE"),
    "Work_Force_Vac_Rate": (SEPTEMBER, "%"),
    "Work_Force_TO_Rate": (SEPTEMBER, "%"),
    "Work_Force_Agecy_Rate": (SEPTEMBER, "%"),
    "Work_Force_AgencyCover": (SEPTEMBER, "%"),
    "Vacancies_cover": (SEPTEMBER, "%"),
    "Work_Force_SWAbsence": (SEPTEMBER, "%"),
    "Work_Force_Num_CaseHeld": (SEPTEMBER, "cases"),
    "Work_Force_AvgNumCase_SW": (SEPTEMBER, "cases per FTE"),
    "Social_Work_Starters": (SEPTEMBER, "FTE"),
    "Social_Work_Leavers": (SEPTEMBER, "FTE"),
    "Social_Work_Caseholders_%": (SEPTEMBER, "%"),
    "Stability_SocialWorker": (FINANCIAL, "%"),
    "SEN_INIT_REQ": (CALENDAR, "requests"),
    "SEN_EHC_All_20wks": (CALENDAR, "%"),
    "SEN_EHC_Excpt_20wks": (CALENDAR, "%"),
    "SEN_CASES_JAN": (JANUARY, "cases"),
}
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
    code = pl.col("LA Number").cast(pl.Float64, strict=False).cast(pl.Int64, strict=False).cast(pl.String)
    mine = frame.filter(pl.col("Short Desc").is_in(list(INDICATORS)))
    left_out = len(frame) - len(mine)
    year = clean("Years").str.extract(r"^(\d{4})$").cast(pl.Int32, strict=False)
    kind = pl.col("Short Desc").replace_strict({k: v[0] for k, v in INDICATORS.items()}, return_dtype=pl.String)
    coded = mine.with_columns(number=code, year=year, year_type=kind)
    accepted, rules = sift(
        coded,
        {
            "area_without_code": code.is_null(),
            "year_not_read": year.is_null() | ~year.is_between(2000, 2100),
            "figure_not_read": unreadable(["Values"]),
            "duplicate": ~pl.struct("Short Desc", "year", "number").is_first_distinct(),
        },
    )
    if left_out:
        rules["left_out_indicator"] = left_out
    start = (
        pl.when(pl.col("year_type") == SEPTEMBER)
        .then(pl.date(pl.col("year") - 1, 10, 1))
        .when(pl.col("year_type") == FINANCIAL)
        .then(pl.date(pl.col("year") - 1, 4, 1))
        .otherwise(pl.date("year", 1, 1))
    )
    end = (
        pl.when(pl.col("year_type") == SEPTEMBER)
        .then(pl.date("year", 9, 30))
        .when(pl.col("year_type") == FINANCIAL)
        .then(pl.date("year", 3, 31))
        .when(pl.col("year_type") == JANUARY)
        .then(pl.date("year", 1, 31))
        .otherwise(pl.date("year", 12, 31))
    )
    figures = accepted.select(
        pl.col("number").replace(REGIONS).alias("area_code"),
        clean("LA and Regions").alias("area_name"),
        pl.when(pl.col("number") == ENGLAND)
        .then(pl.lit("national"))
        .when(pl.col("number").is_in(list(REGIONS)))
        .then(pl.lit("regional"))
        .otherwise(pl.lit("local_authority"))
        .alias("area_level"),
        pl.format("lait: {}", "Short Desc").alias("measure"),
        pl.lit("lait").alias("definition"),
        start.alias("period_start"),
        end.alias("period_end"),
        pl.lit(None, pl.Float64).alias("numerator"),
        pl.lit(None, pl.Float64).alias("denominator"),
        number("Values").round_sig_figs(12).alias("value"),
        marker("Values").alias("marker"),
        pl.col("Short Desc")
        .replace_strict({k: v[1] for k, v in INDICATORS.items()}, return_dtype=pl.String)
        .alias("unit"),
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
    first = next((i for i, c in enumerate(columns) if c in ("SN1", "SN_1")), None)
    if first is None or len(columns) < first + 2 * NEIGHBOURS_EACH:
        raise InputError(
            "the neighbour model lacks columns",
            where="{file}",
            hint="add it as downloaded: ten pairs SN1, SNP ...",
            file=source_file,
        )
    code, name = columns[0], columns[1]
    rows = frame.with_row_index("row")
    heading = rows.filter(clean(name) == OLD_MODEL)
    cut = heading["row"].min() if len(heading) else None
    older = pl.col("row") > cut if cut is not None else pl.lit(value=False)
    pairs = [(columns[first + 2 * i], columns[first + 2 * i + 1]) for i in range(NEIGHBOURS_EACH)]
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


def read_codes(frame: pl.DataFrame, source_file: str) -> Reading:
    """The tool's list of authorities and regions with their numbers."""
    accepted, rules = sift(
        frame,
        {
            "area_without_code": clean("LA Number").is_null(),
            "duplicate": ~clean("LA Number").is_first_distinct(),
        },
    )
    listed = accepted.select(
        clean("LA Number").replace(REGIONS).alias("area_code"),
        clean("LA Name").alias("area_name"),
        clean("Region").replace("NA", None).alias("region"),
        clean("Type").replace("NA", None).alias("kind"),
        pl.lit(f"DfE, Local Authority Interactive Tool, code list ({source_file})").alias("source"),
    )
    return Reading(KIND_OF_CODES, len(frame), rules, areas=Areas.validate(listed.sort("area_code")))
