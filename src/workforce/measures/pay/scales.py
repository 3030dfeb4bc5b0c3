"""Pay scales on a day, by the hour: whose scale for which role, and what the others offer at most.

A scale counts only on the days on which it is in force. Where the hours of a point are missing it has no figures, because it cannot be
said which point is the lowest. A scale given by grade (`BY_GRADE` in place of a role) is its employer's own for each role in which most of
that employer's staff are on the grade; a row that names the role goes before it.
"""

from datetime import date
from typing import Final

import polars as pl

from workforce.book.constants import WEEKS_IN_A_YEAR
from workforce.schemas import BY_GRADE

Frame = pl.DataFrame | pl.LazyFrame
_OPTIONAL: Final = {"grade": pl.String(), "full_time_hours": pl.Float64(), "to_date": pl.Date()}


def scales_in_force(pay_scales: Frame, staff: pl.DataFrame, day: date) -> pl.DataFrame:
    """Each body's scale for each role on the day: body, role, minimum, midpoint, maximum.

    staff: in post on the day, with organisation, role and, for scales by grade, grade.

    >>> scale = pl.DataFrame({"body": "nhs", "role": BY_GRADE, "grade": ["5", "5", "6"], "annual_pay": [19552.6, 39105.2, 58657.9],
    ...                       "full_time_hours": 37.5, "from_date": date(2022, 4, 1)})
    >>> staff = pl.DataFrame({"organisation": ["nhs"] * 3, "role": ["therapist"] * 3, "grade": ["5", "5", "6"]})
    >>> scales_in_force(scale, staff, date(2023, 3, 31)).select("role", pl.col("minimum", "maximum").round(1)).rows()
    [('therapist', 10.0, 20.0)]
    """
    hourly = pl.col("annual_pay") / (pl.col("full_time_hours") * WEEKS_IN_A_YEAR)
    complete = pl.col("hourly").is_not_null().all()
    in_force = _complete(pay_scales).filter(
        (pl.col("from_date") <= day) & (pl.col("to_date").is_null() | (pl.col("to_date") >= day))
    )
    return (
        _with_roles(in_force, staff)
        .with_columns(hourly=hourly)
        .group_by("body", "role")
        .agg(
            minimum=pl.when(complete).then(pl.col("hourly").min()),
            maximum=pl.when(complete).then(pl.col("hourly").max()),
        )
        .with_columns(midpoint=(pl.col("minimum") + pl.col("maximum")) / 2)
        .sort("body", "role")
    )


def scales_of_any_day(pay_scales: Frame, staff: pl.DataFrame) -> pl.DataFrame:
    """Which employer has, or had, or will have a scale for which role: organisation, role."""
    return _with_roles(_complete(pay_scales), staff).select(organisation="body", role="role").unique()


def comparators(staff: pl.DataFrame, scales: pl.DataFrame) -> pl.DataFrame:
    """The median of the other bodies' maxima for each employer (`body`) and role, and the bodies that could not be counted."""
    return (
        staff.select("body", "role")
        .unique()
        .join(scales.select("role", other="body", maximum="maximum"), on="role")
        .filter(pl.col("other") != pl.col("body"))
        .group_by("body", "role")
        .agg(
            others_maximum=pl.col("maximum").median(),
            left_out=pl.col("other").filter(pl.col("maximum").is_null()).sort(),
        )
    )


def _complete(pay_scales: Frame) -> pl.DataFrame:
    names = pay_scales.lazy().collect_schema().names()
    absent = [pl.lit(None, dtype).alias(c) for c, dtype in _OPTIONAL.items() if c not in names]
    return (
        pay_scales.lazy().with_columns(absent).select("body", "role", "annual_pay", "from_date", *_OPTIONAL).collect()
    )


def _with_roles(scales: pl.DataFrame, staff: pl.DataFrame) -> pl.DataFrame:
    """Scales by role; those by grade with the roles that they are for."""
    by_grade = pl.col("role").is_null() | (pl.col("role") == BY_GRADE)
    named, open_to_roles = scales.filter(~by_grade), scales.filter(by_grade).drop("role")
    if open_to_roles.is_empty() or "grade" not in staff.columns:
        return named
    # One miscoded person must not widen a scale, nor be seen in it: the grade of a role is the one that most of its staff are on.
    usual = (
        staff.select("organisation", pl.col("role", "grade").cast(pl.String))
        .drop_nulls()
        .group_by("organisation", "role", "grade")
        .len()
        .sort("organisation", "role", "len", "grade", descending=[False, False, True, False])
        .unique(["organisation", "role"], keep="first", maintain_order=True)
        .select("role", "grade", body="organisation")
        .join(named.select("body", "role").unique(), on=["body", "role"], how="anti", maintain_order="left")
    )
    return pl.concat([named, open_to_roles.join(usual, on=["body", "grade"]).select(named.columns)])
