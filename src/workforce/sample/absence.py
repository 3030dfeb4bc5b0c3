"""Sickness absence: records whose rate depends on age, staff group, season and one truly sicker locality, and on nothing else.

Absences of a person begin as a Poisson process of the time at work (none begins during another), so that records begun per day at work
estimate the truths exactly; how long an absence lasts depends on none of them.
"""

from typing import Final

import numpy as np
import polars as pl

from workforce.periods import bank_holidays
from workforce.sample.design import (
    ABSENCES_A_YEAR,
    AGE_CUTS,
    AGE_RATIOS,
    JOBS,
    SEASON_RATIOS,
    SICKER_LOCALITY,
    SICKER_RATIO,
)
from workforce.sample.people import Workforce
from workforce.sample.posts import EPOCH, YEAR, Ints, as_days, named

_REASONS: Final = {
    "cold_flu": 0.27,
    "stress": 0.17,
    "stomach": 0.14,
    "musculoskeletal": 0.09,
    "back": 0.06,
    "headache": 0.07,
    "respiratory": 0.05,
    "infection": 0.06,
    "injury": 0.03,
    "other": 0.03,
    "unknown": 0.03,
}
_LENGTHS: Final = ((0.72, 1, 6), (0.20, 6, 27), (0.08, 28, 130))  # share, from, to calendar days
_SPLIT: Final = 0.03  # recorded in two pieces that touch
_NEVER_CLOSED: Final = 0.5  # of absences cut short by leaving
_SATURDAY: Final = 5


def make_absences(workforce: Workforce, seen_from: Ints, until: int, rng: np.random.Generator) -> pl.DataFrame:
    """The absence records of employed staff, in organisations that supply them, within their records."""
    seats, stays = workforce.seats, workforce.stays
    supplies = np.array([m.body.supplies_absences for m in seats.members])[seats.member[stays.seat]]
    stay = np.flatnonzero(supplies & (stays.start <= until))
    seat = stays.seat[stay]
    stop = np.minimum(stays.end[stay], until)
    sicker = np.array([name.startswith(SICKER_LOCALITY) for name in seats.localities])[seats.locality[seat]]
    rate = np.array([ABSENCES_A_YEAR[j.staff_group] for j in JOBS])[seats.job[seat]] * np.where(
        sicker, SICKER_RATIO, 1.0
    )
    fastest = rate * max(AGE_RATIOS) * max(SEASON_RATIOS) / YEAR
    born = workforce.people.born[stays.person[stay]]
    clock = np.maximum(stays.start[stay], seen_from[seats.member[seat]]).astype(float)
    going = np.arange(len(stay))
    absences: list[tuple[Ints, Ints, Ints]] = []
    while len(
        going
    ):  # once per candidate absence, all people together; candidates beyond the true rate are thinned out
        clock[going] += rng.exponential(size=len(going)) / fastest[going]
        going = going[clock[going] < stop[going] + 1]
        begin = clock[going].astype(np.int64)
        weekday = (begin + 3) % 7  # 1 January 1970 was a Thursday; nobody is absent first on a weekend
        begin += np.where(weekday >= _SATURDAY, 7 - weekday, 0)
        age = (begin - born[going]) / YEAR
        month = begin.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) % 12
        likely = np.array(AGE_RATIOS)[np.searchsorted(AGE_CUTS, age, side="right")] * np.array(SEASON_RATIOS)[month]
        real = (rng.random(len(going)) * max(AGE_RATIOS) * max(SEASON_RATIOS) < likely) & (begin <= stop[going])
        ill, begin = going[real], begin[real]
        end = begin + _lengths(len(ill), rng) - 1
        absences.append((ill, begin, end))
        clock[ill] = np.minimum(end, stop[ill] + 1) + 1.0
    ill, begin, end = (np.concatenate(arrays) for arrays in zip(*absences, strict=True))
    order = np.lexsort((begin, ill))
    ill, begin, end = ill[order], begin[order], end[order]
    return _records(workforce, stay[ill], begin, end, until, rng)


def _lengths(count: int, rng: np.random.Generator) -> Ints:
    kind = rng.choice(len(_LENGTHS), count, p=[share for share, _, _ in _LENGTHS])
    shortest, longest = (np.array([band[side] for band in _LENGTHS]) for side in (1, 2))
    # Within a band short absences are the commoner: the square of a uniform number leans to its lower end.
    lengths: Ints = shortest[kind] + ((longest - shortest)[kind] * rng.random(count) ** 2).astype(np.int64)
    return lengths


def _records(
    workforce: Workforce, stay: Ints, begin: Ints, end: Ints, until: int, rng: np.random.Generator
) -> pl.DataFrame:
    """Absences as the organisations record them: cut at leaving, some in two pieces, some open."""
    seats, stays = workforce.seats, workforce.stays
    leaves = stays.end[stay]
    forgotten = (end >= leaves) & (leaves <= until) & (rng.random(len(stay)) < _NEVER_CLOSED)
    end = np.minimum(end, leaves)
    reason = rng.choice(len(_REASONS), len(stay), p=np.array(list(_REASONS.values())))
    in_two = (end - begin > 3) & (end <= until) & (rng.random(len(stay)) < _SPLIT)  # noqa: PLR2004 - long enough for two
    middle = (begin + end) // 2
    rows = np.concatenate([np.arange(len(stay)), np.flatnonzero(in_two)])
    second = np.arange(len(rows)) >= len(stay)
    first_day = np.where(second, middle[rows] + 1, begin[rows])
    last_day = np.where(in_two[rows] & ~second, middle[rows], end[rows])
    still_open = (last_day > until) | (forgotten[rows] & (last_day == end[rows]))
    seat = seats.member[stays.seat[stay[rows]]]
    counts_days = np.array([m.body.slug == "schools" for m in seats.members])[seat] & ~still_open
    years = (EPOCH.year + int(begin.min() // YEAR) - 1, EPOCH.year + int(until // YEAR) + 1)
    days = [np.datetime64(day) for day in bank_holidays(*years)]
    worked = np.busday_count(first_day.astype("datetime64[D]"), (last_day + 1).astype("datetime64[D]"), holidays=days)
    lost = np.round(worked * seats.fte[stays.seat[stay[rows]]], 2)
    return (
        pl.DataFrame(
            {
                "organisation": named([m.slug for m in seats.members], seat),
                "person_id": workforce.people.ids.gather(stays.person[stay[rows]]),
                "start_date": as_days(first_day),
                "end_date": as_days(last_day, missing=still_open),
                "reason": named(list(_REASONS), reason[rows]),
            }
        )
        .with_columns(days_lost=pl.when(pl.lit(pl.Series(counts_days))).then(pl.lit(pl.Series(lost))))
        .sort("organisation", "person_id", "start_date")
    )
