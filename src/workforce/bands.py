"""Bands: age, tenure and pay quarter as text columns that any measure can group by; what cannot be banded is `unknown`."""

from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import Final, Literal

import polars as pl

from workforce.errors import UsageError

AGES: Final = (25, 35, 45, 55)
TENURES: Final = (1, 2, 5, 10)
QUARTERS: Final = ("Q1 (lowest paid)", "Q2", "Q3", "Q4 (highest paid)")
UNKNOWN: Final = "unknown"


def banded(
    assignments: pl.DataFrame | pl.LazyFrame,
    on: date,
    *,
    age: Sequence[int] | None = AGES,
    tenure: Sequence[int] | None = TENURES,
    pay: Literal["quarter"] | None = "quarter",
) -> pl.DataFrame:
    """The assignments with age_band, tenure_band and pay_quarter as on a date; None leaves a band out.

    Ages and tenures are completed years on the date. Pay quarters are taken within the staff group: the cut points are the quartiles of
    full-time-equivalent annual pay among its employed staff in post on the date, one post a person (the largest FTE, then the earliest);
    every row of the group is placed by them, so that someone who left before is placed among those who stayed. Definition: this project's
    measure book. Pay at a cut point belongs to the lower quarter.

    >>> staff = pl.DataFrame({"organisation": ["council"] * 4, "person_id": list("abcd"), "fte": [1.0] * 4, "staff_group": ["SEND"] * 4,
    ...     "start_date": [date(2020, 1, 1)] * 4, "annual_pay": [20e3, 30e3, 40e3, 50e3]})
    >>> banded(staff, date(2023, 3, 31), age=None, tenure=None)["pay_quarter"].to_list()
    ['Q1 (lowest paid)', 'Q2', 'Q3', 'Q4 (highest paid)']
    """
    frame = _with_columns(assignments, birth_date=pl.Date, annual_pay=pl.Float64, staff_group=pl.String)
    if age is not None:
        frame = frame.with_columns(age_band=_band(completed_years("birth_date", on), age, "under {}", "{} and over"))
    if tenure is not None:
        begun = pl.coalesce("service_start", "start_date") if "service_start" in frame.columns else pl.col("start_date")
        bands = _band(completed_years(begun, on), tenure, "under {} years", "{} years and over")
        frame = frame.with_columns(tenure_band=bands)
    if pay is not None:
        frame = _with_pay_quarter(frame, on)
    return frame


def service_at_leaving(assignments: pl.DataFrame | pl.LazyFrame, *, tenure: Sequence[int] = TENURES) -> pl.DataFrame:
    """The assignments with tenure_band as on the last day of each spell: for comparisons of leavers, and only for those.

    A band taken on one date would give those who left before it years that they never served. A spell that goes on has the band of the
    last day that its records cover (`observed_to`, else the latest date in the frame). Definition: this project's measure book,
    completed years from `service_start` (else the spell's first day) to the last day.

    >>> staff = pl.DataFrame({"start_date": [date(2018, 1, 1)] * 2, "end_date": [date(2018, 12, 31), date(2021, 1, 1)]})
    >>> service_at_leaving(staff)["tenure_band"].to_list()
    ['under 1 year', '2 to 4 years']
    """
    frame = _with_columns(assignments, end_date=pl.Date)
    begun = pl.coalesce("service_start", "start_date") if "service_start" in frame.columns else pl.col("start_date")
    latest = pl.max_horizontal(pl.col("start_date").max(), pl.col("end_date").max())
    seen_to = pl.coalesce("observed_to", latest) if "observed_to" in frame.columns else latest
    years = completed_years(begun, pl.coalesce(pl.col("end_date"), seen_to))
    return frame.with_columns(tenure_band=_band(years, tenure, "under {} years", "{} years and over"))


def _with_columns(assignments: pl.DataFrame | pl.LazyFrame, **columns: type[pl.DataType]) -> pl.DataFrame:
    """The frame in memory, with null where a column that bands need is not recorded."""
    frame = assignments.collect() if isinstance(assignments, pl.LazyFrame) else assignments
    return frame.with_columns(pl.lit(None, dtype).alias(c) for c, dtype in columns.items() if c not in frame.columns)


def completed_years(column: str | pl.Expr, on: date | pl.Expr) -> pl.Expr:
    """Completed years from a date column to a date: the anniversary decides, not a count of days.

    >>> people = pl.DataFrame({"born": [date(2000, 3, 31), date(2000, 4, 1)]})
    >>> people.select(completed_years("born", date(2023, 3, 31))).to_series().to_list()
    [23, 22]
    """
    start = pl.col(column) if isinstance(column, str) else column
    until = pl.lit(on) if isinstance(on, date) else on
    still_to_come = _in_the_year(start) > _in_the_year(until)
    return (until.dt.year() - start.dt.year() - still_to_come.cast(pl.Int32)).cast(pl.Int32)


def _in_the_year(day: pl.Expr) -> pl.Expr:
    """A date's place in its year."""
    return day.dt.month().cast(pl.Int32) * 100 + day.dt.day().cast(pl.Int32)


def _band(years: pl.Expr, cuts: Sequence[int], lowest: str, highest: str) -> pl.Expr:
    ordered = list(cuts)
    if not ordered or ordered != sorted(set(ordered)):
        raise UsageError(
            "cut points must rise", where="with_bands", hint="give whole years in order, such as (25, 35, 45)"
        )
    names = [_one_year(lowest.format(ordered[0]))]
    suffix = " years" if "years" in lowest else ""
    for low, high in pairwise(ordered):
        names.append(_one_year(f"{low} to {high - 1}{suffix}" if high - low > 1 else f"{low}{suffix}"))
    names.append(highest.format(ordered[-1]))
    text: pl.Expr = pl.lit(names[-1])
    for cut, name in zip(reversed(ordered), reversed(names[:-1]), strict=True):
        text = pl.when(years < cut).then(pl.lit(name)).otherwise(text)
    return pl.when(years.is_null()).then(pl.lit(UNKNOWN)).otherwise(text)


def _one_year(words: str) -> str:
    """The singular where the words are of one year."""
    return words.removesuffix("s") if words in ("under 1 years", "1 years") else words


def _with_pay_quarter(frame: pl.DataFrame, on: date) -> pl.DataFrame:
    in_post = pl.col("start_date") <= on
    if "end_date" in frame.columns:
        in_post &= pl.col("end_date").fill_null(on) >= on
    if "employment" in frame.columns:
        in_post &= pl.col("employment").fill_null("employed") == "employed"
    cuts = (
        frame.filter(in_post & pl.col("annual_pay").is_not_null())
        .sort(
            "fte",
            "start_date",
            "role" if "role" in frame.columns else "annual_pay",
            "annual_pay",
            descending=[True, False, False, False],
        )
        .unique(subset=["organisation", "person_id"], keep="first", maintain_order=True)
        .group_by("staff_group")
        .agg(pl.col("annual_pay").quantile(q, interpolation="linear").alias(f"_cut_{q}") for q in (0.25, 0.5, 0.75))
    )
    pay = pl.col("annual_pay")
    quarter = (
        pl.when(pay.is_null() | pl.col("_cut_0.5").is_null() | pl.col("staff_group").is_null())
        .then(pl.lit(UNKNOWN))
        .when(pay <= pl.col("_cut_0.25"))
        .then(pl.lit(QUARTERS[0]))
        .when(pay <= pl.col("_cut_0.5"))
        .then(pl.lit(QUARTERS[1]))
        .when(pay <= pl.col("_cut_0.75"))
        .then(pl.lit(QUARTERS[2]))
        .otherwise(pl.lit(QUARTERS[3]))
    )
    placed = frame.join(cuts, on="staff_group", how="left", maintain_order="left").with_columns(pay_quarter=quarter)
    return placed.drop("_cut_0.25", "_cut_0.5", "_cut_0.75")
