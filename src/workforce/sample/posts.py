"""The funded posts of the sample ("seats"), each with its job, place, pay rank, hours and caseload, and who sits in each from when to when.

Exactly a quarter of the seats of a staff group are in each pay quarter, and pay rises with the rank. Each seat is a renewal process (a
stay, a vacancy, a stay ...) that has run for a quarter of a century before the records begin, so that those in post on the first day have
the service that such staff would have. A person comes back, or moves to a partner, only by taking up a seat that was empty anyway: the law
of leaving stays exact.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from workforce.sample.design import (
    BASELINE,
    CASELOAD_RATIO,
    CASELOAD_REFERENCE,
    CASELOAD_STEP,
    CLINICAL,
    COORDINATION,
    JOBS,
    LOCALITIES,
    PARTNERSHIP,
    PAY,
    PAY_RATIOS,
    SHAPE,
    Member,
    localities,
    members,
)

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
EPOCH: Final = date(1970, 1, 1)
YEAR: Final = 365.25
_FILLED: Final = 0.955  # share of seats with somebody in post; the rest are vacant on any one day
_FULL_TIME: Final = (0.5, 0.6, 0.8, 1.0)
_FULL_TIME_SHARES: Final = (0.12, 0.16, 0.17, 0.55)
_CASEWORK_FTE: Final = (0.6, 0.8, 1.0)
_CASEWORK_SHARES: Final = (0.15, 0.20, 0.65)


@dataclass(frozen=True, slots=True)
class Seats:
    """The funded posts, one array per property; `member`, `job` and `locality` are indices."""

    members: tuple[Member, ...]
    localities: tuple[str, ...]
    member: Ints
    job: Ints
    locality: Ints
    team: Ints
    rank: Floats  # where the pay lies in the staff group's range, 0 to 1
    quarter: Ints  # pay quarter within the staff group, 0 to 3
    fte: Floats
    load: Floats  # cases per FTE; 0 where the role holds none
    pay: Ints
    supplement: Ints

    @property
    def count(self) -> int:
        """How many seats there are."""
        return len(self.member)

    @property
    def hazard(self) -> Floats:
        """Cumulative hazard of leaving in the first year of service, by the truths."""
        group = np.array([BASELINE[job.staff_group] for job in JOBS])[self.job]
        steps = np.where(self.load > 0, (self.load - CASELOAD_REFERENCE) / CASELOAD_STEP, 0.0)
        hazard: Floats = group * np.array(PAY_RATIOS)[self.quarter] * CASELOAD_RATIO**steps
        return hazard


_BURN_IN: Final = 25 * YEAR
_SHORTEST_GAP: Final = 8  # a full week and a day: a successor never looks like the same unbroken stay
_TYPICAL_GAP: Final = 50.0  # days, the median above the shortest
_GAP_SPREAD: Final = 0.6
_SLOW: Final = {"Social work": 3.0, "SEND casework": 2.2, "Educational psychology": 2.0, "Community paediatrics": 1.5}
_RETURNS: Final = 0.04  # of vacancies, those filled by the person who left
_TRANSFERS: Final = 0.12  # of vacancies, those open to a partner's leaver of the same week
_BREAK: Final = 7  # start <= previous end + 7 days is one stay (measure book)
_WORTH_COVERING: Final = 35  # days: agencies do not cover less
_CONVERTS: Final = 0.10  # of agency workers, those who take the post
_SURGE: Final = 0.12  # agency workers beside the posts, over the years of the records, for each caseworker's seat
_SURGE_DAYS: Final = 500
NOBODY: Final = -1


@dataclass(frozen=True, slots=True)
class Stays:
    """Stays in seats that the records show, sorted by seat and start. `end` may lie beyond the last day; `next_start` likewise."""

    seat: Ints
    start: Ints
    end: Ints
    next_start: Ints  # when the seat's next occupant starts
    before: Ints  # index of the same person's stay before this one, or NOBODY
    person: Ints


@dataclass(frozen=True, slots=True)
class Cover:
    """Agency workers in empty seats. `after`: the stay that left the seat empty; NOBODY for a worker beside the seat's occupant."""

    seat: Ints
    start: Ints
    end: Ints
    after: Ints
    person: Ints


def day_number(day: date) -> int:
    """Days since 1 January 1970: the form in which the generator does its sums.

    >>> day_number(date(1970, 1, 2))
    1
    """
    return (day - EPOCH).days


def as_days(numbers: Ints, *, missing: Flags | None = None) -> pl.Series:
    """Day numbers as dates, null where missing."""
    days = pl.Series(numbers.astype(np.int32)).cast(pl.Date)
    if missing is None:
        return days
    return pl.select(pl.when(~pl.lit(pl.Series(missing))).then(pl.lit(days))).to_series()


def named(names: tuple[str, ...] | list[str], index: Ints, *, missing: Flags | None = None) -> pl.Series:
    """Names by index, null where missing."""
    text = pl.Series(list(names), dtype=pl.String).gather(pl.Series(np.where(index < 0, 0, index)))
    if missing is None:
        return text
    return pl.select(pl.when(~pl.lit(pl.Series(missing))).then(pl.lit(text))).to_series()


def make_seats(staff: int, organisations: int, rng: np.random.Generator) -> Seats:
    """Seats for about so many staff in post."""
    bodies = members(organisations)
    shares = np.array([m.body.share for m in bodies])
    counts = _shared_out(round(staff / _FILLED), shares)
    member = np.repeat(np.arange(len(bodies)), counts)
    job = np.concatenate([_jobs_of(body, int(n)) for body, n in zip(bodies, counts, strict=True)])
    n = len(member)
    weights = np.array(list(LOCALITIES.values()))
    within = rng.choice(len(weights), size=n, p=weights / weights.sum())
    block = np.array([m.block for m in bodies])[member]
    team = (rng.random(n) * np.array([len(j.teams) for j in JOBS])[job]).astype(np.int64)
    lowest, highest = (np.array([getattr(j, side) for j in JOBS]) for side in ("lowest", "highest"))
    rank = lowest[job] + rng.random(n) * (highest - lowest)[job]
    group = np.array([list(PAY).index(j.staff_group) for j in JOBS])[job]
    bottom, top = (np.array([scale[side] for scale in PAY.values()], dtype=float) for side in (0, 1))
    holds = np.array([bool(j.cases) for j in JOBS])[job]
    fte = np.where(
        holds, rng.choice(_CASEWORK_FTE, n, p=_CASEWORK_SHARES), rng.choice(_FULL_TIME, n, p=_FULL_TIME_SHARES)
    )
    least_cases, most_cases = (np.array([j.cases[side] if j.cases else 0 for j in JOBS])[job] for side in (0, -1))
    cases = least_cases + (rng.random(n) * (most_cases - least_cases + 1)).astype(np.int64)
    load = np.rint(cases * fte) / fte  # a part-time post carries a whole number of cases, too
    supplemented = np.isin(group, [list(PAY).index(g) for g in ("Social work", "Educational psychology")])
    return Seats(
        members=bodies,
        localities=localities(1 + int(block.max())),
        member=member,
        job=job,
        locality=block * len(LOCALITIES) + within,
        team=team,
        rank=rank,
        quarter=_quarters(group, rank),
        fte=fte,
        load=load,
        pay=np.rint(bottom[group] + (top - bottom)[group] * rank).astype(np.int64),
        supplement=np.where(supplemented & (rng.random(n) < 0.4), 3_000, 0),  # noqa: PLR2004 - four in ten of these posts
    )


def _shared_out(total: int, shares: Floats) -> Ints:
    """Whole numbers that add up to the total, in proportion, by cumulative rounding."""
    edges = np.rint(np.concatenate([[0.0], np.cumsum(shares) / shares.sum()]) * total).astype(np.int64)
    counts: Ints = np.diff(edges)
    return counts


def _jobs_of(body: Member, seats: int) -> Ints:
    mine = [index for index, job in enumerate(JOBS) if job.body == body.body.slug]
    jobs: Ints = np.repeat(mine, _shared_out(seats, np.array([JOBS[index].share for index in mine])))
    return jobs


def _quarters(group: Ints, rank: Floats) -> Ints:
    order = np.lexsort((rank, group))
    size = np.bincount(group)
    first = np.concatenate([[0], np.cumsum(size)])[:-1]
    place = np.empty(len(group), dtype=np.int64)
    place[order] = np.arange(len(group)) - first[group[order]]
    quarters: Ints = place * 4 // size[group]
    return quarters


def make_stays(seats: Seats, seen_from: Ints, first: int, until: int, rng: np.random.Generator) -> Stays:
    """Run every seat from long before the records to their last day.

    seen_from: the first day of each member's records. first, until: the first and last day of the area's records.
    """
    hazard = seats.hazard
    slow = np.array([_SLOW.get(job.staff_group, 1.0) for job in JOBS])[seats.job]
    seat = np.arange(seats.count)
    start = (first - _BURN_IN + rng.random(seats.count) * 4 * YEAR).astype(np.int64)
    batches: list[tuple[Ints, Ints, Ints, Ints]] = []
    while len(seat):  # once per generation of occupants, all seats together
        years = (rng.exponential(size=len(seat)) / hazard[seat]) ** (1 / SHAPE)
        end = start + np.maximum(np.ceil(years * YEAR), 1).astype(np.int64) - 1
        wait = _SHORTEST_GAP + np.exp(rng.normal(np.log(_TYPICAL_GAP * slow[seat]), _GAP_SPREAD))
        following = end + 1 + wait.astype(np.int64)
        recorded = end >= seen_from[seats.member[seat]]
        batches.append((seat[recorded], start[recorded], end[recorded], following[recorded]))
        on = following <= until
        seat, start = seat[on], following[on]
    seat, start, end, following = (np.concatenate(columns) for columns in zip(*batches, strict=True))
    order = np.lexsort((start, seat))
    seat, start, end, following = seat[order], start[order], end[order], following[order]
    before = _linked(seats, seat, start, end, until, rng)
    root = np.where(before == NOBODY, np.arange(len(seat)), before)
    while not np.array_equal(root[root], root):  # jump to each chain's first stay
        root = root[root]
    return Stays(seat, start, end, following, before, np.unique(root, return_inverse=True)[1].astype(np.int64))


def _linked(seats: Seats, seat: Ints, start: Ints, end: Ints, until: int, rng: np.random.Generator) -> Ints:
    """Which stays are of a person seen before: back in the same seat, or over from a partner within the week."""
    before = np.full(len(seat), NOBODY)
    same_seat = np.concatenate([[False], seat[1:] == seat[:-1]])
    back = same_seat & (rng.random(len(seat)) < _RETURNS)
    before[back] = np.flatnonzero(back) - 1
    partner = np.array([m.body.id_scheme == PARTNERSHIP for m in seats.members])[seats.member[seat]]
    group = [job.staff_group for job in JOBS]
    into = np.isin(group, COORDINATION)[seats.job[seat]]
    out_of = np.isin(group, COORDINATION + CLINICAL)[seats.job[seat]]
    leaves = partner & out_of & (end <= until)
    leaves[before[back]] = False
    arrives = partner & into & (before == NOBODY) & same_seat & (rng.random(len(seat)) < _TRANSFERS)
    block = np.array([m.block for m in seats.members])[seats.member[seat]]
    frame = pl.DataFrame({"stay": np.arange(len(seat)), "county": block, "member": seats.member[seat]})
    joins = frame.with_columns(day=pl.Series(start)).filter(pl.Series(arrives)).sort("day", "stay")
    exits = frame.with_columns(day=pl.Series(end + 1)).filter(pl.Series(leaves)).sort("day", "stay")
    matched = (
        joins.join_asof(
            exits,
            on="day",
            by="county",
            strategy="backward",
            tolerance=_BREAK - 1,
            suffix="_left",
            check_sortedness=False,
        )
        .filter(pl.col("stay_left").is_not_null() & (pl.col("member") != pl.col("member_left")))
        .unique("stay_left", keep="first", maintain_order=True)
    )
    before[matched["stay"].to_numpy()] = matched["stay_left"].to_numpy()
    return before


def make_cover(seats: Seats, stays: Stays, first: int, until: int, rng: np.random.Generator) -> Cover:
    """Agency workers who cover empty seats, some of whom then take the post, and a few who come on top in casework."""
    often = np.array([job.cover for job in JOBS])[seats.job[stays.seat]]
    gap = stays.next_start - stays.end - 1
    start = stays.end + 1 + rng.integers(3, 15, len(gap))
    after = np.flatnonzero((gap > _WORTH_COVERING) & (rng.random(len(gap)) < often) & (start <= until))
    fresh = int(stays.person.max()) + 1
    person = np.arange(fresh, fresh + len(after))
    following = after + 1  # stays are sorted by seat and start, and the seat is empty until the next one
    inside = np.minimum(following, len(gap) - 1)
    converts = (following < len(gap)) & (stays.seat[inside] == stays.seat[after])
    converts &= (stays.before[inside] == NOBODY) & (rng.random(len(after)) < _CONVERTS)
    person[converts] = stays.person[inside[converts]]
    surges = np.flatnonzero((seats.load > 0) & (rng.random(seats.count) < _SURGE))
    begin = rng.integers(first, until, len(surges))
    return Cover(
        np.concatenate([stays.seat[after], surges]),
        np.concatenate([start[after], begin]),
        np.concatenate([stays.next_start[after] - 1, begin + rng.integers(90, _SURGE_DAYS, len(surges))]),
        np.concatenate([after, np.full(len(surges), NOBODY)]),
        np.concatenate([person, fresh + len(after) + np.arange(len(surges))]),
    )


def six_seats(seats: Seats, stays: Stays, until: int, count: int, rng: np.random.Generator) -> Ints:
    """Seats of the first county's council and NHS trust that are filled on the last day, as many as asked for (or as there are)."""
    in_first = np.array([m.block == 0 and m.body.slug in ("council", "nhs") for m in seats.members])
    filled: Flags = (stays.start <= until) & (stays.end >= until)
    open_to = stays.seat[filled & in_first[seats.member[stays.seat]]]
    return rng.choice(open_to, size=min(count, len(open_to)), replace=False).astype(np.int64)


def years_between(earlier: Ints, later: Ints) -> Floats:
    """Years from one day number to another."""
    years: Floats = (later - earlier) / YEAR
    return years
