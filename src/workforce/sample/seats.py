"""Seats: the funded posts of the sample, each with its organisation, job, place, pay rank, hours and caseload.

Promises: exactly a quarter of a staff group's seats stand in each pay quarter, and pay rises with the rank, so that quarters computed from
pay are the quarters that the generator used. One array per property, no loop over seats. Refuses: nothing.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from workforce.sample.design import JOBS, LOCALITIES, PAY, Member, localities, members
from workforce.sample.truths import BASELINE, CASELOAD_RATIO, CASELOAD_REFERENCE, CASELOAD_STEP, PAY_RATIOS

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
    fewest, most = (np.array([j.cases[side] if j.cases else 0 for j in JOBS])[job] for side in (0, -1))
    wanted = fewest + (rng.random(n) * (most - fewest + 1)).astype(np.int64)
    load = np.rint(wanted * fte) / fte  # a part-time post carries a whole number of cases, too
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
