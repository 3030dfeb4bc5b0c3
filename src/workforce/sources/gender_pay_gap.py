"""The gender pay gap service's file of all employers: the six statutory figures as each employer reported them.

One row for each employer; every employer is taken. Blank quarters (allowed where an employer had too few people) are marked `x`. Names of
responsible persons, addresses and links are never loaded. Rows without an employer's number or a due date, with figures that are neither
numbers nor blank, and an employer's second row for one date are refused.
Source: Gender pay gap service (gender-pay-gap.service.gov.uk), one file a reporting year; SI 2017/172, SI 2017/353.
"""

from typing import Final

import polars as pl

from workforce.sources.official import Reading, clean, marker, number, sift, stored, unreadable

KIND: Final = "Gender pay gap service, employers"
# Our definition of each figure. The service's "quartiles" are the regulations' quarters.
FIGURES: Final = {
    "mean": "diffmeanhourlypercent",
    "median": "diffmedianhourlypercent",
    "mean_bonus": "diffmeanbonuspercent",
    "median_bonus": "diffmedianbonuspercent",
    **{f"bonus_share_{people}": f"{sex}bonuspercent" for people, sex in (("men", "male"), ("women", "female"))},
    **{
        f"{quarter}_quarter_{people}": f"{sex}{column}quartile"
        for quarter, column in (
            ("lower", "lower"),
            ("lower_middle", "lowermiddle"),
            ("upper_middle", "uppermiddle"),
            ("upper", "top"),
        )
        for people, sex in (("men", "male"), ("women", "female"))
    },
}
HEADER: Final = frozenset({"employerid", "employername", "duedate", *FIGURES.values()})
TO_THE_SNAPSHOT: Final = (
    "-1y"  # figures are due within a year of the snapshot: 31 March (public authorities) or 5 April
)


def read(frame: pl.DataFrame, source_file: str) -> Reading:
    """Published pay gaps of the file: a row an employer and figure, dated on the snapshot; area_code is the service's employer number."""
    due = clean("duedate").str.slice(0, 10).str.to_date("%Y/%m/%d", strict=False)
    employers = frame.with_columns(due=due, area_code=clean("employerid"), area_name=_name(frame))
    accepted, rules = sift(
        employers,
        {
            "employer_without_number": pl.col("area_code").is_null(),
            "due_date_not_read": pl.col("due").is_null(),
            "figure_not_read": unreadable(list(FIGURES.values())),
            "duplicate": ~pl.struct("area_code", "due").is_first_distinct(),
        },
    )
    snapshot = pl.col("due").dt.offset_by(TO_THE_SNAPSHOT)
    tables = [
        accepted.select(
            "area_code",
            "area_name",
            pl.lit("organisation").alias("area_level"),
            pl.lit("pay_gap").alias("measure"),
            pl.lit(definition).alias("definition"),
            snapshot.alias("period_start"),
            snapshot.alias("period_end"),
            pl.lit(None, pl.Float64).alias("numerator"),
            pl.lit(None, pl.Float64).alias("denominator"),
            number(column).alias("value"),
            marker(column).alias("marker"),
            pl.lit("%").alias("unit"),
            pl.lit(f"Gender pay gap service, employers' reports ({source_file})").alias("source"),
        )
        for definition, column in FIGURES.items()
    ]
    return Reading(KIND, len(frame), rules, figures=stored(pl.concat(tables)))


def _name(frame: pl.DataFrame) -> pl.Expr:
    current = [clean("currentname")] if "currentname" in frame.columns else []
    return pl.coalesce(*current, clean("employername"))
