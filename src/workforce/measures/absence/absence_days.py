"""Days lost and days available, exact to the day, without a row for each day or for each month of a post.

No day is lost or counted twice, and the sums come out the same, bit for bit, on every run. A period that lies wholly inside a post costs
nothing of its own: it is stepped over with running sums. Only the periods in which a post begins or ends, and those that an absence
touches, are written out, for a few people at a time, so that memory does not grow with the number of periods. Days are whole numbers here
(`date.toordinal`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from workforce.measures.absence.absence_records import A_PERSON, Absences, Absent, Calendar, Posts, Real, Whole, joined
from workforce.measures.chains import places, written_out

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
    """Sums over employees for every group and period; what they lost, and how many lost any, for every reason too. y: exposure. x: lost."""

    people: Real
    y: Real
    yy: Real
    x: Real
    xx: Real
    xy: Real
    absent: Real

    @classmethod
    def empty(cls, groups: int, periods: int, reasons: int) -> Self:
        """Nothing counted yet."""
        cells, split = (groups, periods), (groups, periods, reasons)
        return cls(*(np.zeros(cells) for _ in range(3)), *(np.zeros(split) for _ in range(4)))


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


@dataclass(frozen=True, slots=True)
class Lost:
    """What was lost, in which period, under which post (its row), for which reason."""

    post: Whole
    period: Whole
    reason: Whole
    amount: Real


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
