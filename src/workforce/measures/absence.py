"""Sickness absence: days lost against days, or staff, that there were.

Exact to the day for part-time staff, several posts at once, overlapping and open absences and bank holidays. An organisation that records
no absence, or none for the period, leaves both sides and is named.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Final, Literal

import numpy as np
import polars as pl

from workforce.book import definition_of
from workforce.book.constants import FEWEST_DAYS_AVAILABLE, WORKING_DAYS_OF_A_LEAP_YEAR, WORKING_DAYS_OF_A_YEAR
from workforce.errors import UsageError
from workforce.frames import Frame, Whole, as_by, need
from workforce.measures.absence_records import (
    EMPLOYEE,
    UNKNOWN,
    Calendar,
    Chain,
    Real,
    Staff,
    Sums,
    count,
    ordinal,
    records_of,
    running,
)
from workforce.measures.availability import measure, not_available, rows_or_none
from workforce.measures.people_spread import spread_between_people
from workforce.measures.presence import ABSENT_FOR_DFE, chains, employed, observed
from workforce.periods import Period, as_periods
from workforce.records import Records
from workforce.results import CONTRIBUTORS, NOT_AVAILABLE, MeasureTable, stacked
from workforce.stats.rates import measure_table

TOO_FEW_DAYS: Final = "the NHS shows no rate for 330 days of work available or fewer"
SCHOOLS: Final = ("schools_all", "schools_any", "schools_per_absentee")  # what `schools` stands for
_LEAP_DAY: Final = 29


@measure("assignments", "absences", needs=["absences.end_date"])
def rate(
    records: Records,
    periods: Period | Sequence[Period],
    *,
    definition: Literal["days_per_fte", "nhs", "dfe", "schools", "schools_all", "schools_any", "schools_per_absentee"],
    by: Sequence[str] = (),
) -> MeasureTable:
    """Days lost to sickness in each period.

    Employed staff only. An absence counts on the days that a post of the person in that organisation covers, with the FTE and in the
    group of that post; an open one runs on. Records of a person that overlap or touch (no working day between) are one absence, with the
    reason of the longest. `days_lost`, where every record of a finished absence has it and none overlap, replaces the computed working
    days: spread evenly over the working days of the absence, shared between posts by FTE. `nhs` is always computed from dates.

    Parameters
    ----------
    records : Records
        The area's records; uses `assignments` and `absences`.
    periods : Period or sequence of Period
        For example ``wf.months("2022-04", "2023-03")``; whole years where the definition is `dfe`.
    definition : {"days_per_fte", "nhs", "dfe", "schools", "schools_all", "schools_any", "schools_per_absentee"}
        `days_per_fte`: FTE working days lost over mean FTE in post. `nhs`: FTE calendar days lost over FTE calendar days available in
        percent; the rate has marker ``x`` at 330 days available or fewer, its two sides stay for roll-ups. `dfe`: working days lost in a
        year over FTE in post on its last day times 253 days (254 where the year contains 29 February) in percent; staff seconded out or
        on a career break are not in post. `schools`: three rows, each of which may be asked for alone: `schools_any`, staff who lost any
        day over all who were in post at any time in percent; `schools_per_absentee`, FTE working days lost over staff who lost any;
        `schools_all`, FTE working days lost over all who were in post. There is no default.
    by : sequence of str
        Columns to group by: text columns of `assignments`, and `reason`. Days lost by reason, `unknown` among them, are over the staff of
        the whole group.

    Returns
    -------
    MeasureTable
        Numerator: days lost (`schools_any`: people); denominator: FTE, days or people. Limits: gamma, between people (a person in two
        organisations is two, so that tables of organisations add up), with the area's spread where a group is small (method "gamma, area's
        spread") and none where fewer than 10 people of the area were absent; Wilson for `schools_any`. The area is all the staff of the
        records that are given. An organisation without any row in `absences` does not record it: it leaves both sides, by name, as does
        one whose records do not cover the period.

    Raises
    ------
    UsageError
        Where a definition or column is unknown, or the definition is `dfe` and a period is not a year.

    References
    ----------
    Limits: Fay & Feuer (1997), Statistics in Medicine 16:791. `days_per_fte`: this project's measure book. `nhs`: NHS England, NHS
    sickness absence rates. `dfe`: DfE, Children's social work workforce. `schools`: DfE, School workforce in England.

    Examples
    --------
    >>> from workforce.periods import month
    >>> staff = pl.DataFrame({"organisation": ["council"] * 2, "person_id": ["a", "b"], "fte": [1.0, 0.5],
    ...     "start_date": [date(2020, 1, 1)] * 2})
    >>> sick = pl.DataFrame({"organisation": ["council"], "person_id": ["b"], "start_date": [date(2023, 3, 6)],
    ...     "end_date": [date(2023, 3, 10)]})  # Monday to Friday
    >>> table = rate(Records(assignments=staff, absences=sick), month("2023-03"), definition="days_per_fte")
    >>> table.frame.select("numerator", "denominator").row(0)
    (2.5, 1.5)
    """
    definitions = SCHOOLS if definition == "schools" else (definition,)
    for name in definitions:
        definition_of("absence", name)
    spans, columns = as_periods(periods), as_by(by)
    groups = [c for c in columns if c != "reason"]
    if definition == "dfe" and not all(p.is_a_year for p in spans):
        raise UsageError(
            "DfE's absence is for a year", where="absence", hint='use census_year("2021-22") or year_to("2023-03")'
        )
    if reason := records.lacks("assignments", columns=groups):
        return not_available("absence", definitions, by=columns, when=spans, reason=reason)
    assignments, absences = records.assignments, rows_or_none(records, "absences")
    reason = records.lacks("absences")
    need(absences, [*EMPLOYEE, "start_date"], what="absences")
    span = Period(spans[0].start, max(p.end for p in spans))
    away = ABSENT_FOR_DFE if definition == "dfe" else ()
    staff = Staff.of(employed(assignments, columns=groups, statuses_out=away), groups, span)
    working = definition != "nhs"
    records_of_staff, reasons = records_of(
        absences, staff.employees, span, with_reasons="reason" in columns, with_days=working
    )
    complete = complete_for(assignments, absences, staff.organisations)
    dealt = chains(spans)
    along = [_along(chain, definition, complete) for chain in dealt]
    shape = (len(staff.labels), len(reasons))
    calendar = Calendar.over(*records_of_staff.reach(span))
    totals = count(staff.posts, records_of_staff, along, shape, calendar, working=working)
    absent = [left_out_of(staff, limits) for limits in along]
    whys = [reason] if reason else []
    tables = []
    for name in definitions:
        sides = pl.concat(
            laid_out(chain, staff, left_out, sums.people, {"reason": reasons}, _figures(sums, name, limits[0].days))
            for chain, limits, left_out, sums in zip(dealt, along, absent, totals, strict=True)
        )
        if "reason" in columns:
            happened = sides.filter(pl.col("numerator") > 0)["reason"].unique().to_list() or [UNKNOWN]
            sides = sides.filter(pl.col("reason").is_in(happened))
        if name == "nhs":
            too_few = pl.col("denominator") <= FEWEST_DAYS_AVAILABLE
            if not reason and sides.select((too_few & pl.col("marker").is_null()).any()).item():
                whys.append(TOO_FEW_DAYS)
            sides = sides.with_columns(marker=pl.when(too_few).then(pl.lit(NOT_AVAILABLE)).otherwise("marker"))
        tables.append(measure_table(unrecorded(sides) if reason else sides, "absence", name, by=columns))
    table = stacked(tables)
    return table._with_reasons(*whys)


def unrecorded(sides: pl.DataFrame) -> pl.DataFrame:
    """Sides without a figure, those of a period in which nobody was in post among them: nothing is recorded."""
    return sides.with_columns(pl.lit(None).alias(c) for c in ("numerator", "denominator", "people")).with_columns(
        marker=pl.lit(NOT_AVAILABLE)
    )


def _along(periods: Sequence[Period], definition: str, complete: tuple[Whole, Whole]) -> tuple[Chain, Whole, Whole]:
    """A chain of periods with its exposure, and the first and last that each organisation's records cover whole."""
    starts = np.array([p.start.toordinal() for p in periods], dtype=np.int64)
    ends = np.array([p.end.toordinal() for p in periods], dtype=np.int64)
    nothing = np.zeros(len(periods))
    if definition == "nhs":
        chain = Chain(starts, ends, nothing + 1, nothing)
    elif definition == "dfe":
        chain = Chain(starts, ends, nothing, np.array([_days_of(p) for p in periods], dtype=np.float64))
    else:
        chain = Chain(starts, ends, 1 / (ends - starts + 1), nothing)
    return chain, *covered_whole(chain, complete)


def covered_whole(chain: Chain, complete: tuple[Whole, Whole]) -> tuple[Whole, Whole]:
    """The first and last of the periods that lie wholly in the days for which each organisation's records are complete."""
    first = np.searchsorted(chain.starts, complete[0], "left")
    return first, np.searchsorted(chain.ends, complete[1], "right") - 1


def _figures(sums: Sums, definition: str, days: Whole) -> dict[str, Real]:
    """The two sides by one definition, the people behind them and their spread: for every group, period and reason."""
    people, x = sums.people[:, :, None], sums.x
    if definition == "schools_any":
        return {"numerator": sums.absent, "denominator": people, "people": people}
    if definition == "schools_per_absentee":  # the staff who lost any day, each with an exposure of 1
        n, y, yy, xy = sums.absent, sums.absent, sums.absent, x
    elif definition == "schools_all":
        n, y, yy, xy = people, people, people, x
    else:
        n, y, yy, xy = people, sums.y[:, :, None], sums.yy[:, :, None], sums.xy
    spread = spread_between_people(
        {"n": n, "x": x, "y": y, "xx": sums.xx, "xy": xy, "yy": yy, "absent": sums.absent, "largest": sums.largest},
        sums.area_largest,
        days,
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        of_amount = (sums.absent, sums.largest / x, (sums.largest + sums.second) / x)
    return {"numerator": x, "denominator": y, "people": n, **spread, **dict(zip(CONTRIBUTORS, of_amount, strict=True))}


def _days_of(year: Period) -> int:
    ends_of_february = [date(y, 3, 1) - timedelta(days=1) for y in (year.start.year, year.end.year)]
    leap = any(day.day == _LEAP_DAY and year.start <= day <= year.end for day in ends_of_february)
    return WORKING_DAYS_OF_A_LEAP_YEAR if leap else WORKING_DAYS_OF_A_YEAR


def complete_for(assignments: Frame, absences: Frame, organisations: Sequence[str]) -> tuple[Whole, Whole]:
    """First and last day for which each organisation's records are complete; none at all where it records no absence."""
    recording = absences.lazy().select("organisation").unique().collect(engine="streaming")["organisation"]
    limits = (
        pl.DataFrame({"organisation": organisations}, schema={"organisation": pl.String})
        .join(observed(assignments), on="organisation", how="left", maintain_order="left")
        .with_columns(records=pl.col("organisation").is_in(recording.implode()))
        .select(
            first=pl.when("records")
            .then(ordinal(pl.col("observed_from")).fill_null(date.min.toordinal()))
            .otherwise(date.max.toordinal()),
            last=pl.when("records")
            .then(ordinal(pl.col("observed_to")).fill_null(date.max.toordinal()))
            .otherwise(date.min.toordinal()),
        )
    )
    return limits["first"].to_numpy(), limits["last"].to_numpy()


def left_out_of(staff: Staff, along: tuple[Chain, Whole, Whole]) -> pl.DataFrame:
    """Organisations with staff in a group and period that their records do not cover: group number, period, left_out."""
    chain, earliest, latest = along
    posts, groups, periods = staff.posts, len(staff.labels), len(chain.starts)
    limited = (earliest > 0) | (latest < periods - 1)
    rows = np.flatnonzero(limited[posts.organisation])
    pairs, line = np.unique(posts.organisation[rows] * groups + posts.group[rows], return_inverse=True)
    first, last = chain.touched(posts.start[rows], posts.end[rows])
    touched = running(line, first, last, np.ones(len(rows)), (len(pairs), periods))
    pair, period = np.nonzero(np.rint(touched) > 0)
    organisation, group = np.divmod(pairs[pair], groups)
    outside = (period < earliest[organisation]) | (period > latest[organisation])
    pairs_out = pl.DataFrame({"group number": group[outside], "period": period[outside]}).with_columns(
        left_out=pl.Series(staff.organisations, dtype=pl.String).gather(organisation[outside])
    )
    return pairs_out.group_by("group number", "period").agg(pl.col("left_out").sort())


def laid_out(
    periods: Sequence[Period],
    staff: Staff,
    left_out: pl.DataFrame,
    present: Real,
    split: Mapping[str, Sequence[str]],
    figures: Mapping[str, Real],
) -> pl.DataFrame:
    """Figures as sides of a measure table: every group and period with people present, and every one for which staff were left out.

    present: people for every group and period. split: the column that the last axis of the figures runs along, and its values. figures:
    for every group, period and value. Where the groups name the organisation, each row says for itself that it is not available.
    """
    ((column, values),) = split.items()
    shape = (*present.shape, len(values))
    people = np.rint(present).astype(np.int64)
    laid = people > 0
    laid[left_out["group number"].to_numpy(), left_out["period"].to_numpy()] = True
    if staff.labels.width == 1:  # the whole: a row for every period, with or without staff
        laid[:] = True
    group, period = (np.repeat(place, len(values)) for place in np.nonzero(laid))
    value = np.tile(np.arange(len(values)), int(laid.sum()))
    frame = pl.DataFrame(
        {
            "group number": group,
            "period": period,
            **{name: np.broadcast_to(of, shape)[group, period, value] for name, of in figures.items()},
        }
    ).with_columns(
        pl.Series(values, dtype=pl.String).gather(value).alias(column),
        period_start=pl.Series([p.start for p in periods], dtype=pl.Date).gather(period),
        period_end=pl.Series([p.end for p in periods], dtype=pl.Date).gather(period),
        present=people[group, period],
    )
    nobody = pl.col("left_out").is_not_null() & (pl.col("present") == 0)
    names = pl.col("left_out").fill_null([])
    return (
        frame.join(left_out, on=["group number", "period"], how="left")
        .with_columns(
            marker=pl.when(nobody).then(pl.lit(NOT_AVAILABLE)),
            left_out=pl.lit([], pl.List(pl.String)) if "organisation" in staff.labels.columns else names,
        )
        .with_columns(pl.when(pl.col("marker").is_null()).then(pl.col(c)) for c in figures)
        .join(staff.labels.with_columns(pl.col("group number").cast(pl.Int64)), on="group number")
    )
