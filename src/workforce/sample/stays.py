"""Stays: who sits in each seat, from when to when, and who covers it meanwhile.

Promises: each seat is a renewal process (a stay, a vacancy, a stay ...) that has run for a quarter of a century before the records begin,
so that those in post on the first day have the service that such staff would have; the law of a stay is the one in `truths`. A person comes
back, or moves to a partner, only by taking up a seat that stood empty anyway: the laws stay exact. Refuses: nothing.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from workforce.sample.design import CLINICAL, COORDINATION, JOBS, PARTNERSHIP
from workforce.sample.seats import YEAR, Flags, Floats, Ints, Seats
from workforce.sample.truths import SHAPE

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


def make_stays(seats: Seats, seen_from: Ints, first: int, until: int, rng: np.random.Generator) -> Stays:
    """Run every seat from long before the records to their last day.

    seen_from: the first day of each member's records. first, until: the first and last day of the area's records.
    """
    hazard = seats.hazard
    slow = np.array([_SLOW.get(job.staff_group, 1.0) for job in JOBS])[seats.job]
    seat = np.arange(seats.count)
    start = (first - _BURN_IN + rng.random(seats.count) * 4 * YEAR).astype(np.int64)
    found: list[tuple[Ints, Ints, Ints, Ints]] = []
    while len(seat):  # once per generation of occupants, all seats together
        years = (rng.exponential(size=len(seat)) / hazard[seat]) ** (1 / SHAPE)
        end = start + np.maximum(np.ceil(years * YEAR), 1).astype(np.int64) - 1
        wait = _SHORTEST_GAP + np.exp(rng.normal(np.log(_TYPICAL_GAP * slow[seat]), _GAP_SPREAD))
        following = end + 1 + wait.astype(np.int64)
        seen = end >= seen_from[seats.member[seat]]
        found.append((seat[seen], start[seen], end[seen], following[seen]))
        on = following <= until
        seat, start = seat[on], following[on]
    seat, start, end, following = (np.concatenate(part) for part in zip(*found, strict=True))
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
    beside = np.flatnonzero((seats.load > 0) & (rng.random(seats.count) < _SURGE))
    begin = rng.integers(first, until, len(beside))
    return Cover(
        np.concatenate([stays.seat[after], beside]),
        np.concatenate([start[after], begin]),
        np.concatenate([stays.next_start[after] - 1, begin + rng.integers(90, _SURGE_DAYS, len(beside))]),
        np.concatenate([after, np.full(len(beside), NOBODY)]),
        np.concatenate([person, fresh + len(after) + np.arange(len(beside))]),
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
