"""Posts and absence records as numbers: who, where, in which group, on which days.

An employee is a person in one organisation. The posts of each employee are cut so that shares of FTE hold on all their days; records of
absence that overlap or touch are made one. Days are whole numbers here (`date.toordinal`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Final, Self

import numpy as np
import numpy.typing as npt
import polars as pl

from workforce.periods import Period, working_days

Frame = pl.DataFrame | pl.LazyFrame
Whole = npt.NDArray[np.int64]
Real = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

ORDINAL_OF_1970: Final = 719_163  # date(1970, 1, 1).toordinal(): polars counts its dates from there
A_PERSON: Final = 1 << 32  # an employee and a day in one number, so that one sorted search finds both
UNKNOWN: Final = "unknown"
EMPLOYEE: Final = ("organisation", "person_id")


@dataclass(frozen=True, slots=True)
class Calendar:
    """How many working days lie before each day."""

    first: int
    counted: Whole

    @classmethod
    def over(cls, first: int, last: int) -> Self:
        """Count England's working days from one day to another."""
        days = pl.select(day=pl.int_range(first, last + 1, dtype=pl.Int32) - ORDINAL_OF_1970).select(
            pl.col("day").cast(pl.Date)
        )
        working = days.select(working_days("day", "day")).to_series().to_numpy()
        return cls(first, np.concatenate([[0], np.cumsum(working)]).astype(np.int64))

    def before(self, day: Whole) -> Whole:
        """Working days before a day."""
        days: Whole = self.counted[day - self.first]
        return days


@dataclass(frozen=True, slots=True)
class Posts:
    """Contracted spells, ordered by employee and start. An employee is a person in one organisation.

    share: of the employee's FTE on those days. alone: no spell of the employee shares a day with another.
    """

    employee: Whole
    organisation: Whole
    group: Whole
    start: Whole
    end: Whole
    fte: Real
    share: Real
    alone: Flags

    def take(self, rows: slice) -> Self:
        """Some of the rows."""
        return type(self)(*(getattr(self, f.name)[rows] for f in fields(self)))


@dataclass(frozen=True, slots=True)
class Absent:
    """Records of absence, ordered by employee and start. days_lost: not a number where none was recorded. order: of the reasons."""

    employee: Whole
    start: Whole
    end: Whole
    open: Flags
    days_lost: Real
    reason: Whole

    def of(self, employee: Whole) -> Self:
        """The records of a stretch of employees, as wide numbers."""
        # In the records' own type: numpy would widen the whole column to search it for a wider number.
        ends = np.array([employee[0], employee[-1] + 1], dtype=self.employee.dtype)
        rows = slice(*np.searchsorted(self.employee, ends))
        return type(self)(
            self.employee[rows].astype(np.int64),
            self.start[rows].astype(np.int64),
            self.end[rows].astype(np.int64),
            self.open[rows],
            self.days_lost[rows],
            self.reason[rows],
        )

    def reach(self, span: Period) -> tuple[int, int]:
        """First and last day that the records or a span of days touch, and the two days after."""
        first, last = span.start.toordinal(), span.end.toordinal()
        if len(self.start):
            first, last = min(first, int(self.start.min())), max(last, int(self.end.max()))
        return first, last + 2


@dataclass(frozen=True, slots=True)
class Absences:
    """Whole absences: records that overlap or touch made one. daily: what was recorded, for each day that it is spread over."""

    employee: Whole
    start: Whole
    end: Whole
    daily: Real
    reason: Whole


def joined(records: Absent, calendar: Calendar, *, with_reasons: bool) -> Absences:
    """Make records of one employee that overlap or touch (no working day between) one absence.

    Recorded days are kept where every record has them, none is open and none overlap: then their sum is spread evenly over the working
    days of the whole absence (over its calendar days where it has no working day). Otherwise the days are counted from the dates. The
    reason is that of the longest record; an open one is the longest; of equals the earliest, then the first in the alphabet.
    """
    if not len(records.employee):
        return Absences(records.employee, records.start, records.end, records.days_lost, records.reason)
    ends = np.maximum.accumulate(records.employee * A_PERSON + records.end)
    so_far = ends % A_PERSON
    same = np.concatenate([[False], records.employee[1:] == records.employee[:-1]])
    end_before = np.where(same, np.concatenate([[0], so_far[:-1]]), records.start)
    fresh = ~same | (calendar.before(records.start) > calendar.before(end_before + 1))
    overlaps = same & (records.start <= end_before)
    opening = np.flatnonzero(fresh)
    closing = np.append(opening[1:], len(fresh)) - 1
    start, end = records.start[opening], so_far[closing]
    usable = ~np.isnan(records.days_lost) & ~records.open & ~overlaps
    recorded = np.where(np.logical_and.reduceat(usable, opening), np.add.reduceat(records.days_lost, opening), np.nan)
    worked = calendar.before(end + 1) - calendar.before(start)
    daily = recorded / np.where(worked > 0, worked, end - start + 1)
    reason = records.reason[opening]
    if with_reasons:
        length = np.where(records.open, A_PERSON, records.end - records.start)
        number = np.cumsum(fresh) - 1
        ranked = np.lexsort((records.reason, records.start, -length, number))
        reason = records.reason[ranked[opening]]  # the ranking keeps each absence in its own stretch of rows
    return Absences(records.employee[opening], start, end, daily, reason)


@dataclass(frozen=True, slots=True)
class Staff:
    """Posts as numbers, and what the numbers stand for."""

    posts: Posts
    employees: pl.DataFrame
    organisations: list[str]
    labels: pl.DataFrame

    @classmethod
    def of(cls, spells: pl.DataFrame, groups: Sequence[str], span: Period) -> "Staff":
        """Number the employees, organisations and groups of the spells that touch a span of days, clipped to it."""
        own = [f"group {place}" for place in range(len(groups))]
        days = {c: ordinal(pl.col(c).clip(span.start, span.end)) for c in ("start_date", "end_date")}
        touching = spells.filter((pl.col("start_date") <= span.end) & (pl.col("end_date") >= span.start)).select(
            *EMPLOYEE,
            "fte",
            *[pl.col(c).cast(pl.String).alias(name) for c, name in zip(groups, own, strict=True)],
            **days,
        )
        labels = (
            touching.select(own).unique().sort(own, nulls_last=True).with_row_index("group number")
            if own
            else pl.DataFrame({"group number": [0]})
        )
        # Ordered by their ids once, people and organisations are runs of rows; from there on only numbers are compared.
        numbered = touching.sort(*EMPLOYEE, "start_date").with_columns(
            employee=pl.struct(EMPLOYEE).rle_id(),
            number=pl.col("organisation").rle_id(),
            **({} if own else {"group number": pl.lit(0)}),
        )
        employees = numbered.select(*EMPLOYEE, "employee").filter(pl.col("employee").is_first_distinct())
        names = employees["organisation"].unique(maintain_order=True).to_list()
        if own:
            numbered = numbered.join(labels, on=own, nulls_equal=True, maintain_order="left")
        ordered = numbered.select(
            "employee", "start_date", "end_date", "fte", organisation="number", group="group number"
        ).sort("employee", "start_date", "end_date", "group", "fte")
        return cls(_posts(ordered), employees, names, labels.rename(dict(zip(own, groups, strict=True))))


def ordinal(day: pl.Expr) -> pl.Expr:
    """A date as a whole number."""
    return day.to_physical().cast(pl.Int64) + ORDINAL_OF_1970


def _posts(ordered: pl.DataFrame) -> Posts:
    """Posts as arrays. Where an employee holds several at once they are cut so that the share of each is the same on all its days."""
    employee = ordered["employee"].cast(pl.Int64).to_numpy()
    starts, ends = (employee * A_PERSON + ordered[c].to_numpy() for c in ("start_date", "end_date"))
    met = np.flatnonzero(starts[1:] <= np.maximum.accumulate(ends)[:-1]) + 1
    alone = np.ones(int(employee[-1]) + 1 if len(employee) else 0, dtype=np.bool_)
    alone[employee[met]] = False
    posts = ordered.with_columns(alone=pl.Series(alone[employee], dtype=pl.Boolean), share=pl.lit(1.0))
    concurrent = posts.filter(~pl.col("alone"))
    if concurrent.height:
        edges = pl.concat(
            [concurrent.select("employee", day="start_date"), concurrent.select("employee", day=pl.col("end_date") + 1)]
        )
        pieces = (
            edges.unique()
            .sort("employee", "day")
            .with_columns(until=pl.col("day").shift(-1) - 1, next=pl.col("employee").shift(-1))
            .filter(pl.col("next") == pl.col("employee"))
        )
        cut = (
            concurrent.join(pieces, on="employee")
            .filter((pl.col("start_date") <= pl.col("day")) & (pl.col("end_date") >= pl.col("until")))
            .with_columns(start_date="day", end_date="until")
            .with_columns(hours=pl.col("fte").sum().over("employee", "start_date"))
            .with_columns(  # of posts without hours each has the same share
                share=pl.when(pl.col("hours") > 0)
                .then(pl.col("fte") / pl.col("hours"))
                .otherwise(1 / pl.len().over("employee", "start_date"))
            )
        )
        posts = pl.concat([posts.filter("alone"), cut.select(posts.columns)]).sort(
            "employee", "start_date", "end_date", "group", "fte"
        )
    columns = {f.name: f.name for f in fields(Posts)} | {"start": "start_date", "end": "end_date"}
    kinds = {"fte": pl.Float64(), "share": pl.Float64(), "alone": pl.Boolean()}
    return Posts(**{name: posts[c].cast(kinds.get(name, pl.Int64())).to_numpy() for name, c in columns.items()})


def records_of(
    absences: Frame, employees: pl.DataFrame, span: Period, *, with_reasons: bool, with_days: bool
) -> tuple[Absent, list[str]]:
    """The absence records of the staff as numbers, ordered by employee and start, and the reasons in the order of their numbers.

    employees: organisation, person_id, employee (their number).
    """
    frame = absences.lazy()
    columns = frame.collect_schema().names()
    end = pl.col("end_date") if "end_date" in columns else pl.lit(None, pl.Date)
    recorded = (
        pl.col("days_lost").cast(pl.Float64) if with_days and "days_lost" in columns else pl.lit(None, pl.Float64)
    )
    reason = (pl.col("reason").cast(pl.String) if "reason" in columns else pl.lit(None, pl.String)).fill_null(UNKNOWN)
    start = ordinal(pl.col("start_date"))
    rows = frame.select(
        *EMPLOYEE,
        start.alias("start"),
        # An open absence runs to the end of all that is asked for; beyond it nothing is counted.
        ordinal(end.fill_null(pl.max_horizontal("start_date", pl.lit(span.end)))).cast(pl.Int32).alias("end"),
        end.is_null().alias("open"),
        *([recorded.fill_null(float("nan")).alias("days_lost")] if with_days else []),
        *([reason.alias("reason")] if with_reasons else []),
    )
    known_staff = rows.join(employees.lazy(), on=EMPLOYEE)
    key = pl.col("employee").cast(pl.Int64) * A_PERSON + pl.col("start")
    ordered = (
        known_staff.select(pl.exclude(*EMPLOYEE, "employee", "start"), key=key).collect(engine="streaming").sort("key")
    )
    reasons = ordered["reason"].unique().sort().to_list() if with_reasons and ordered.height else [UNKNOWN]
    number = ordered["reason"].rank("dense").cast(pl.Int64).to_numpy() - 1 if with_reasons else None
    who_and_when = ordered["key"].to_numpy()
    return Absent(
        (who_and_when // A_PERSON).astype(np.int32),
        (who_and_when % A_PERSON).astype(np.int32),
        ordered["end"].to_numpy(),
        ordered["open"].to_numpy(),
        ordered["days_lost"].to_numpy() if with_days else np.broadcast_to(np.float64(np.nan), len(ordered)),
        number if number is not None else np.broadcast_to(np.int64(0), len(ordered)),
    ), reasons
