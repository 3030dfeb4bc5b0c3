"""Why mean pay changed, or is apart in two groups: the part of who is in post, and the part of what similar staff are paid."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

import numpy as np
import polars as pl

from workforce.errors import UsageError
from workforce.frames import Array, as_by
from workforce.measures.availability import measure, not_available
from workforce.measures.pay import hourly_staff, nobody_compared, pay_not_recorded
from workforce.measures.pay_gap import DOMINANT
from workforce.periods import as_dates, written
from workforce.records import Records
from workforce.results import MeasureTable
from workforce.stats.change_parts import (
    LARGEST,
    MOST_COLUMNS,
    NO_PARTS,
    TOO_FEW,
    fewest_people,
    is_small,
    merged_cells,
    mix_and_rate,
    named,
    parts_given,
    parts_table,
    round_step,
    with_one_group,
)

BANDS: Final = ("age_band", "tenure_band")
LEAST_STEP: Final = 0.05
"""Pounds an hour: what pay is rounded to everywhere."""
_SIDES: Final = ("people", "numerator", "denominator", "squares", "pay_by_squares", "pay_squared_by_squares", LARGEST)


@measure("assignments", grouped_by=("mix", "between"))
def change_parts(
    records: Records, on: date | Sequence[date], *, mix: Sequence[str] | str, between: str | None = None
) -> MeasureTable:
    """Split the change of mean hourly pay for each full-time equivalent into a part of who is in post and a part of what they are paid.

    Parameters
    ----------
    records : Records
        The area's records; uses `assignments`.
    on : date or sequence of date
        Two days; or one, with `between`.
    mix : sequence of str
        The columns whose mix is told from pay: one, or two together. `age_band` and `tenure_band` are taken on each day, in the usual
        bands.
    between : str, optional
        A column of which the records have two groups, such as organisation; the second in the order of their names is compared with the
        first.

    Returns
    -------
    MeasureTable
        Measure `change_parts`, definition `hourly_pay`, in pounds an hour; rows and columns as of `wf.stats.change_parts`.
        Organisations whose records do not cover a day, or that have no usable pay on one, are in neither side, and named in `left_out`.
        Limits, 95%: by the delta method, with who is in post taken as it is and the variance of pay between people within each cell.
        Marker ``x``: one side has no pay, or fewer than ten people with it.

    Raises
    ------
    UsageError
        Where there are not two days, or two groups on one; or `mix` is not of one or two columns.

    Notes
    -----
    Hourly pay is basic pay and supplement of employed staff in post on the day, one row a person and organisation, weighted by FTE. Small
    cells merge as in `wf.stats.change_parts`. Most people are behind both days: the limits take the two sides as independent, and are
    wider than they need to be. Parts are given to a round step of no less than what one full-time equivalent's pay makes of any part,
    and of no less than 5 pence.

    References
    ----------
    Kitagawa (1955), JASA 50:1168; Das Gupta (1993), US Bureau of the Census P23-186.

    Examples
    --------
    >>> staff = pl.DataFrame({"organisation": "us", "person_id": [str(n) for n in range(80)], "fte": 1.0, "full_time_hours": 37.0,
    ...     "start_date": [date(2021, 1, 1)] * 40 + [date(2022, 6, 1)] * 40, "end_date": [date(2022, 5, 1)] * 40 + [None] * 40,
    ...     "grade": ["6"] * 20 + ["9"] * 20 + ["6"] * 10 + ["9"] * 30,
    ...     "annual_pay": [38585.82] * 20 + [57878.73] * 20 + [40515.11] * 10 + [59808.02] * 30})
    >>> parts = change_parts(Records(assignments=staff), [date(2022, 3, 31), date(2023, 3, 31)], mix="grade")
    >>> parts.frame.select("part", "value").rows()   # from 25 to 28.5: a quarter more at 10 pounds more; all paid 1 pound more
    [('change', 3.0), ('mix of grade', 2.0), ('rate', 1.0)]
    """
    columns, days = list(as_by(mix)), as_dates(on)
    if not 1 <= len(columns) <= MOST_COLUMNS:
        raise UsageError("mix= names one or two columns", where="mix=")
    if len(days) != (1 if between else MOST_COLUMNS):
        raise UsageError(
            "change_parts compares two days, or two groups of a column on one",
            where="on=",
            hint="give between= with one day",
        )
    groups = [*columns, *([between] if between else [])]
    recorded = [c for c in groups if c not in BANDS]
    if reason := records.lacks("assignments", columns=recorded) or pay_not_recorded(records):
        return _without_parts(days[-1], reason)
    staff = [_paid(records, day, groups) for day in days]
    absent = _left_out(staff)
    usable = pl.col("hourly").is_not_null() & (pl.col("fte") > 0) & ~pl.col("organisation").is_in(absent)
    sides = [frame.filter(usable) for frame in staff]
    against = written(days[0])
    if between:
        names = sides[0][between].cast(pl.String).drop_nulls().unique().sort().to_list()
        if len(names) != MOST_COLUMNS:
            raise UsageError(
                "between= takes a column of two groups", where="between=", hint="keep the records of two with .where()"
            )
        printed = dict(records._provenance.names) if between == "organisation" else {}
        against = " against ".join(printed.get(name, name) for name in reversed(names))
        sides = [sides[0].filter(pl.col(between).cast(pl.String) == name) for name in names]
    bodies = [_cells(frame, columns) for frame in sides]
    if is_small(bodies):
        return _without_parts(days[-1], nobody_compared(staff[-1], absent) or TOO_FEW, absent)
    label = {"against": against, "period_start": days[-1], "period_end": days[-1], "left_out": absent}
    rows, reasons = _rows(bodies, columns)
    return parts_table([{**label, **row} for row in rows], "hourly_pay")._with_reasons(*reasons)


def _without_parts(day: date, reason: str, absent: Sequence[str] = ()) -> MeasureTable:
    table = not_available("change_parts", ["hourly_pay"], by=[], when=day, reason=reason)
    return table._with(
        table.frame.with_columns(part=pl.lit(NO_PARTS["part"]), left_out=pl.lit(list(absent), pl.List(pl.String)))
    )


def _paid(records: Records, day: date, columns: Sequence[str]) -> pl.DataFrame:
    """Staff of a day with their pay, the FTE of the post that it is of, and the bands of that day where the mix is by one."""
    banded = records.with_bands(day, pay=None) if set(columns) & set(BANDS) else records
    return hourly_staff(banded.assignments, day, columns=[*columns, "fte"])


def _left_out(staff: Sequence[pl.DataFrame]) -> list[str]:
    """The organisations whose records do not cover a day, or that have no usable pay on one: they are in neither side."""
    everyone = set().union(*(frame["organisation"].unique().to_list() for frame in staff))
    usable = pl.col("covered") & pl.col("hourly").is_not_null()
    return sorted(everyone - set.intersection(*(set(frame.filter(usable)["organisation"]) for frame in staff)))


def _cells(staff: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
    """For each cell of the columns the sums behind its mean and behind the variance of that."""
    pay, fte = pl.col("hourly"), pl.col("fte")
    # Sorted first, so that the last bits of the sums do not depend on the order of the rows.
    return (
        staff.sort("hourly", "fte")
        .group_by([pl.col(c).cast(pl.String) for c in columns], maintain_order=True)
        .agg(
            people=pl.len(),
            numerator=(pay * fte).sum(),
            denominator=fte.sum(),
            squares=(fte**2).sum(),
            pay_by_squares=(pay * fte**2).sum(),
            pay_squared_by_squares=(pay**2 * fte**2).sum(),
            largest=(pay * fte).max(),
        )
        .sort(*columns, nulls_last=True)
    )


def _rows(bodies: Sequence[pl.DataFrame], columns: Sequence[str]) -> tuple[list[Mapping[str, Any]], list[str]]:
    """The parts, and why there are none, or not all."""
    cells = merged_cells(bodies, columns, _SIDES)
    size = [body["denominator"] for body in cells]
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = [np.nan_to_num(body["numerator"] / n) for body, n in zip(cells, size, strict=True)]
        variance = [_variance(body, m) for body, m in zip(cells, mean, strict=True)]
    split = mix_and_rate(size, mean, variance, named(columns))
    of_one = max(float((pay * share).max()) for pay, share in zip(mean, split.of_one, strict=True))
    # Where over half of a cell is one person's pay, the figure is that person's.
    dominated = any((body[LARGEST] > DOMINANT * body["numerator"]).any() for body in cells)
    people = 1 if dominated else fewest_people(cells)
    return with_one_group(parts_given(split, round_step(max(LEAST_STEP, of_one)), people=people), columns, cells)


def _variance(cells: dict[str, Array], mean: Array) -> Array:
    """Of the mean of each cell, weighted by FTE: the squares of what each person is off it."""
    people, size = cells["people"], cells["denominator"]
    off = cells["pay_squared_by_squares"] - 2 * mean * cells["pay_by_squares"] + mean**2 * cells["squares"]
    return np.where(people > 0, np.maximum(off, 0.0) / size**2 * people / (people - 1), 0.0)
