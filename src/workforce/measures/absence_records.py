"""Posts and absence records as numbers: who, where, in which group, on which days.

An employee is a person in one organisation. The posts of each employee are cut so that shares of FTE hold on all their days; records of
absence that overlap or touch are made one. Days are whole numbers here (`date.toordinal`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Final, Self

import numpy as np
import numpy.typing as npt
import polars as pl

from workforce.frames import Flags, Frame, Whole
from workforce.measures.people_spread import Amounts
from workforce.measures.presence import places, written_out
from workforce.periods import Period, working_days

Real = npt.NDArray[np.float64]
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
        labels_of_groups = [f"group {place}" for place in range(len(groups))]
        days = {c: ordinal(pl.col(c).clip(span.start, span.end)) for c in ("start_date", "end_date")}
        touching = spells.filter((pl.col("start_date") <= span.end) & (pl.col("end_date") >= span.start)).select(
            *EMPLOYEE,
            "fte",
            *[pl.col(c).cast(pl.String).alias(name) for c, name in zip(groups, labels_of_groups, strict=True)],
            **days,
        )
        labels = (
            touching.select(labels_of_groups)
            .unique()
            .sort(labels_of_groups, nulls_last=True)
            .with_row_index("group number")
            if labels_of_groups
            else pl.DataFrame({"group number": [0]})
        )
        # Ordered by their ids once, people and organisations are runs of rows; from there on only numbers are compared.
        sorted_posts = touching.sort(*EMPLOYEE, "start_date").with_columns(
            employee=pl.struct(EMPLOYEE).rle_id(),
            number=pl.col("organisation").rle_id(),
            **({} if labels_of_groups else {"group number": pl.lit(0)}),
        )
        employees = sorted_posts.select(*EMPLOYEE, "employee").filter(pl.col("employee").is_first_distinct())
        names = employees["organisation"].unique(maintain_order=True).to_list()
        if labels_of_groups:
            sorted_posts = sorted_posts.join(labels, on=labels_of_groups, nulls_equal=True, maintain_order="left")
        ordered = sorted_posts.select(
            "employee", "start_date", "end_date", "fte", organisation="number", group="group number"
        ).sort("employee", "start_date", "end_date", "group", "fte")
        return cls(_posts(ordered), employees, names, labels.rename(dict(zip(labels_of_groups, groups, strict=True))))


POSTS_AT_A_TIME: Final = 25_000  # bounds memory: about 100 MB of working space, 500 MB for ten rolling years


@dataclass(frozen=True, slots=True)
class Chain:
    """Periods of which each begins and ends after the one before (months; rolling years), and what one FTE is exposed to in each.

    per_day: for each day in post. at_end: for being in post on the last day.
    """

    starts: Whole
    ends: Whole
    per_day: Real
    at_end: Real

    @property
    def days(self) -> Whole:
        """How many days each period has."""
        length: Whole = self.ends - self.starts + 1
        return length

    @property
    def whole(self) -> Real:
        """The exposure of one FTE in post throughout a period."""
        weight: Real = (self.ends - self.starts + 1) * self.per_day + self.at_end
        return weight

    def touched(self, start: Whole, end: Whole) -> tuple[Whole, Whole]:
        """First and last of the periods that share a day with a stretch of days."""
        return places(self.ends, start), places(self.starts, end + 1) - 1

    def inside(self, start: Whole, end: Whole) -> tuple[Whole, Whole]:
        """First and last of the periods that lie wholly inside a stretch of days."""
        return places(self.starts, start), places(self.ends, end + 1) - 1


@dataclass(slots=True)
class Sums:
    """Sums over employees for every group and period; what they lost, and how many lost any, for every reason too. y: exposure. x: lost.

    largest, second: the most that an employee lost, and the most that another did. amounts: what employees lost in all groups together.
    """

    people: Real
    y: Real
    yy: Real
    x: Real
    xx: Real
    xy: Real
    absent: Real
    largest: Real
    second: Real
    amounts: Amounts

    @classmethod
    def empty(cls, groups: int, periods: int, reasons: int) -> Self:
        """Nothing counted yet."""
        cells, split = (groups, periods), (groups, periods, reasons)
        people, y, yy = (np.zeros(cells) for _ in range(3))
        x, xx, xy, absent, largest, second = (np.zeros(split) for _ in range(6))
        return cls(people, y, yy, x, xx, xy, absent, largest, second, Amounts(periods * reasons))

    @property
    def area_largest(self) -> Real:
        """What the area's largest employee lost (the 99th percentile), for every period and reason."""
        largest: Real = self.amounts.largest().reshape(self.x.shape[1:])
        return largest


@dataclass(frozen=True, slots=True)
class Spans:
    """The periods that each post touches, and those that lie wholly inside it, among those for which records are complete."""

    first: Whole
    last: Whole
    whole_first: Whole
    whole_last: Whole

    @classmethod
    def of(cls, posts: Posts, chain: Chain, earliest: Whole, latest: Whole) -> Self:
        """earliest, latest: the first and last complete period for each post."""
        first, last = chain.touched(posts.start, posts.end)
        whole_first, whole_last = chain.inside(posts.start, posts.end)
        # Posts held at once are written out in every period, so that the person is one unit there.
        whole_last = np.where(posts.alone, np.minimum(whole_last, latest), -1)
        return cls(np.maximum(first, earliest), np.minimum(last, latest), np.maximum(whole_first, earliest), whole_last)


@dataclass(frozen=True, slots=True)
class Lost:
    """What was lost, in which period, under which post (its row), for which reason."""

    post: Whole
    period: Whole
    reason: Whole
    amount: Real


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


def count(
    posts: Posts,
    records: Absent,
    along: list[tuple[Chain, Whole, Whole]],
    shape: tuple[int, int],
    calendar: Calendar,
    *,
    working: bool,
) -> list[Sums]:
    """Sum exposure and days lost over people, for each chain of periods.

    along: each chain with the first and last period for which each organisation's records are complete. shape: groups and reasons.
    working: count working days (and use recorded ones) or calendar days.
    """
    groups, reasons = shape
    totals = [Sums.empty(groups, len(chain.starts), reasons) for chain, _, _ in along]
    for rows in batches(posts.employee):
        batch = posts.take(rows)
        absences = joined(records.of(batch.employee), calendar, with_reasons=reasons > 1)
        pairs = meetings(batch, absences)
        for (chain, first, last), sums in zip(along, totals, strict=True):
            spans = Spans.of(batch, chain, first[batch.organisation], last[batch.organisation])
            exposures = add_exposure(batch, chain, spans, sums)
            lost = _days_lost(batch, absences, pairs, chain, spans, calendar if working else None)
            add_lost(batch, lost, chain, spans, exposures, sums)
    return totals


def batches(employee: Whole) -> Iterator[slice]:
    """Stretches of rows that never part an employee."""
    changes = np.append(np.flatnonzero(employee[1:] != employee[:-1]) + 1, len(employee))
    begin = 0
    while begin < len(employee):
        stop = int(changes[min(int(np.searchsorted(changes, begin + POSTS_AT_A_TIME)), len(changes) - 1)])
        yield slice(begin, stop)
        begin = stop


def add_exposure(posts: Posts, chain: Chain, spans: Spans, sums: Sums) -> tuple[Whole, Real]:
    """Add each person's exposure; return what was written out, by person, group and period, in order."""
    groups, periods = sums.people.shape
    has_whole = spans.whole_first <= spans.whole_last
    throughout = np.flatnonzero(has_whole)
    fte, square = posts.fte[throughout], posts.fte[throughout] ** 2
    steps = (posts.group[throughout], spans.whole_first[throughout], spans.whole_last[throughout])
    present = running(*steps, np.ones(len(throughout)), (groups, periods))
    sums.people += present
    # Running sums of fractions leave dust where everyone has gone.
    sums.y += np.where(present > 0, running(*steps, fte, (groups, periods)), 0) * chain.whole
    sums.yy += np.where(present > 0, running(*steps, square, (groups, periods)), 0) * chain.whole**2
    before = written_out(spans.first, np.where(has_whole, spans.whole_first - 1, spans.last))
    after = written_out(np.where(has_whole, spans.whole_last + 1, spans.last + 1), spans.last)
    row, period = (np.concatenate(two) for two in zip(before, after, strict=True))
    until = np.minimum(posts.end[row], chain.ends[period])
    days = until - np.maximum(posts.start[row], chain.starts[period]) + 1
    weight = days * chain.per_day[period] + (until == chain.ends[period]) * chain.at_end[period]
    keys, exposure = summed(
        (posts.employee[row] * groups + posts.group[row]) * periods + period, posts.fte[row] * weight
    )
    cell = keys % (groups * periods)
    add_to(sums.people, cell, np.ones(len(keys)))
    add_to(sums.y, cell, exposure)
    add_to(sums.yy, cell, exposure**2)
    return keys, exposure


def meetings(posts: Posts, absences: Absences) -> tuple[Whole, Whole]:
    """Each absence with each post of the same employee that it meets: their row numbers."""
    starts = posts.employee * A_PERSON + posts.start
    ends = np.maximum.accumulate(posts.employee * A_PERSON + posts.end)
    first = np.searchsorted(ends, absences.employee * A_PERSON + absences.start, "left")
    last = np.searchsorted(starts, absences.employee * A_PERSON + absences.end, "right") - 1
    absence, post = written_out(first, last)
    met = (
        posts.end[post] >= absences.start[absence]
    )  # a short post may lie before the absence, inside the run of a longer one
    return absence[met], post[met]


def _days_lost(
    posts: Posts,
    absences: Absences,
    pairs: tuple[Whole, Whole],
    chain: Chain,
    spans: Spans,
    calendar: Calendar | None,
) -> Lost:
    """The days that each absence takes from each post in each period: working days where there is a calendar, else calendar days."""
    absence, post = pairs
    start = np.maximum(posts.start[post], absences.start[absence])
    end = np.minimum(posts.end[post], absences.end[absence])
    first, last = chain.touched(start, end)
    row, period = written_out(np.maximum(first, spans.first[post]), np.minimum(last, spans.last[post]))
    absence, post = absence[row], post[row]
    start, end = np.maximum(start[row], chain.starts[period]), np.minimum(end[row], chain.ends[period])
    days = (end - start + 1).astype(np.float64)
    if calendar is None:
        return Lost(post, period, absences.reason[absence], days * posts.fte[post])
    worked = (calendar.before(end + 1) - calendar.before(start)).astype(np.float64)
    daily = absences.daily[absence]
    none_worked = calendar.before(absences.end + 1) == calendar.before(absences.start)
    spread = np.where(none_worked[absence], days, worked) * posts.share[post]
    lost = np.where(np.isnan(daily), worked * posts.fte[post], spread * daily)
    return Lost(post, period, absences.reason[absence], lost)


def add_lost(posts: Posts, lost: Lost, chain: Chain, spans: Spans, written: tuple[Whole, Real], sums: Sums) -> None:
    """Add what each person lost, and its products with the person's exposure."""
    groups, periods, reasons = sums.x.shape
    post, period = lost.post, lost.period
    cell = ((posts.employee[post] * groups + posts.group[post]) * periods + period) * reasons + lost.reason
    keys, amount = summed(cell, lost.amount)
    people = keys // reasons
    inside = (spans.whole_first[post] <= period) & (period <= spans.whole_last[post])
    exposure = np.zeros(len(keys))
    exposure[np.searchsorted(keys, cell[inside])] = (posts.fte[post] * chain.whole[period])[inside]
    at = np.searchsorted(written[0], people)
    outside = at < len(written[0])
    outside[outside] = written[0][at[outside]] == people[outside]
    exposure[outside] = written[1][at[outside]]
    place = keys % (groups * periods * reasons)
    add_to(sums.x, place, amount)
    add_to(sums.xx, place, amount**2)
    add_to(sums.xy, place, amount * exposure)
    add_to(sums.absent, place, (amount > 0).astype(np.float64))
    _add_two_largest(sums.largest.reshape(-1), sums.second.reshape(-1), place, amount)
    sums.amounts.add(keys % (periods * reasons), amount)


def _add_two_largest(largest: Real, second: Real, place: Whole, amount: Real) -> None:
    """Take amounts, one for each person, into the two largest of each place, in place.

    >>> first, other = np.array([5.0, 0.0]), np.array([1.0, 0.0])
    >>> _add_two_largest(first, other, np.array([0, 1, 0]), np.array([3.0, 2.0, 4.0]))
    >>> first.tolist(), other.tolist()
    ([5.0, 2.0], [4.0, 0.0])
    """
    order = np.lexsort((amount, place))
    places, amounts = place[order], amount[order]
    last = np.append(places[1:] != places[:-1], True) if len(places) else np.zeros(0, dtype=bool)
    at = np.flatnonzero(last)
    highest = amounts[at]
    next_to_it = np.where((at > 0) & (places[at - 1] == places[at]), amounts[at - 1], 0.0)
    of_place = places[at]
    before = largest[of_place]
    largest[of_place] = np.maximum(before, highest)
    second[of_place] = np.maximum(np.minimum(before, highest), np.maximum(second[of_place], next_to_it))


def add_to(side: Real, cell: Whole, values: Real) -> None:
    """Add values to the cells of an array, in place."""
    side += np.bincount(cell, values, side.size).reshape(side.shape)


def running(line: Whole, first: Whole, last: Whole, weight: Real, shape: tuple[int, int]) -> Real:
    """Sum weights over every place from first to last of a line, by steps up and down and one running sum.

    >>> running(np.array([0, 0]), np.array([0, 1]), np.array([1, 2]), np.array([1.0, 0.5]), (1, 4))
    array([[1. , 1.5, 0.5, 0. ]])
    """
    lines, places = shape
    width = places + 1
    up = np.bincount(line * width + first, weight, lines * width)
    down = np.bincount(line * width + last + 1, weight, lines * width)
    total: Real = np.cumsum((up - down).reshape(lines, width), axis=1)[:, :-1]
    return total


def summed(keys: Whole, values: Real) -> tuple[Whole, Real]:
    """Values summed by key, in the order of the keys (a stable sort, so that equal data gives equal bits)."""
    if not len(keys):
        return keys, values
    order = np.argsort(keys, kind="stable")
    keys, values = keys[order], values[order]
    fresh = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]]))
    return keys[fresh], np.add.reduceat(values, fresh)
