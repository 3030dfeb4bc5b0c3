"""A fictional local area of any size, in canonical frames, with its truths.

The same arguments give the same frames, and every frame passes its schema; an area too small for what the sample shows is refused.
"""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

import numpy as np
import polars as pl

from workforce.errors import UsageError
from workforce.periods import Period, years_to
from workforce.sample.absence import make_absences
from workforce.sample.casework import allocation_frame, case_frame, make_cases, milestone_frame, no_cases
from workforce.sample.design import LOCALITIES, SIX, TRUTHS, Member, Truths
from workforce.sample.establishment import (
    count_frame,
    exit_frame,
    pay_item_frame,
    pay_scale_frame,
    post_frame,
    vacancy_frame,
    with_offers,
)
from workforce.sample.people import Workforce, first_seen, hours_frame, make_workforce
from workforce.sample.posts import day_number, make_cover, make_seats, make_stays, six_seats
from workforce.schemas import TABLES

SMALLEST: Final = 20  # staff for each organisation
LAST_DAY: Final = date(2023, 3, 31)
_LATE_MONTHS: Final = 5  # of every twelve months of the records, those that the late organisation lacks at their start


@dataclass(frozen=True, slots=True)
class Area:
    """A made area: one frame for each canonical table, its organisations and localities, its first and last day, and what is true of it."""

    assignments: pl.DataFrame
    absences: pl.DataFrame
    cases: pl.DataFrame
    milestones: pl.DataFrame
    allocations: pl.DataFrame
    posts: pl.DataFrame
    vacancies: pl.DataFrame
    hours: pl.DataFrame
    exits: pl.DataFrame
    pay_items: pl.DataFrame
    pay_scales: pl.DataFrame
    counts: pl.DataFrame
    members: tuple[Member, ...]
    records_from: tuple[date, ...]  # one for each member
    localities: tuple[str, ...]
    since: date
    until: date
    truths: Truths = TRUTHS

    @property
    def frames(self) -> dict[str, pl.DataFrame]:
        """The canonical tables by name."""
        return {name: getattr(self, name) for name in TABLES}


def make_area(
    *,
    staff: int = 1_500,
    organisations: int = 5,
    years: int = 6,
    seed: int = 2023,
    until: date = LAST_DAY,
    casework: bool = True,
) -> Area:
    """A fictional area of about so many employed staff in post, with so many years of records up to the last day of a month.

    Organisations beyond five are further fictional counties of the same five kinds. The truths are those of `workforce.sample.design`,
    whatever the size. Without casework the tables of cases, allocations and milestones are empty, and the rest is the same: a nation's
    cases would fill the memory. Refused: fewer than 20 staff an organisation, no whole year, a last day that does not end its month.

    >>> area = make_area(staff=200, years=2)
    >>> area.assignments["organisation"].unique().sort().to_list()
    ['council', 'icb', 'nhs', 'psychology', 'schools']
    """
    periods = _checked(staff, organisations, years, until)
    since, first, last = periods[0].start, day_number(periods[0].start), day_number(until)
    late = day_number(_months_later(since, _LATE_MONTHS * years))
    # One stream of random numbers for each part: a change to one leaves the others as they were.
    draw = [np.random.default_rng([seed, stream]) for stream in range(11)]
    seats = make_seats(staff, organisations, draw[0])
    seen_from = first_seen(seats.members, first, late)
    stays = make_stays(seats, seen_from, first, last, draw[1])
    locality = seats.locality.copy()
    locality[six_seats(seats, stays, last, SIX, draw[2])] = list(LOCALITIES).index(TRUTHS.six_staff_locality)
    seats = replace(seats, locality=locality)
    workforce = make_workforce(seats, stays, make_cover(seats, stays, first, last, draw[3]), seen_from, last, draw[4])
    cases = make_cases(workforce, first, last, draw[5]) if casework else no_cases()
    scales = pay_scale_frame(seats.members, until)
    frames = {
        "assignments": workforce.assignments.sort("organisation", "person_id", "start_date", "role", "team", "fte"),
        "absences": make_absences(workforce, seen_from, last, draw[6]),
        "cases": case_frame(workforce, cases, seen_from, last, draw[7]),
        "milestones": milestone_frame(cases, last, draw[7]),
        "allocations": allocation_frame(workforce, cases, last, draw[7]),
        **_around(workforce, years, until, draw[8], draw[10]),
        "hours": hours_frame(workforce, until, draw[9]),
        "posts": post_frame(seats, seen_from),
        "pay_scales": scales,
    }
    begins = tuple(since if day == first else _months_later(since, _LATE_MONTHS * years) for day in seen_from.tolist())
    tables: dict[str, Any] = {name: _as_schema(name, frames.get(name, pl.DataFrame())) for name in TABLES}
    return Area(
        **tables,
        members=seats.members,
        records_from=begins,
        localities=seats.localities,
        since=since,
        until=until,
    )


def _around(
    workforce: Workforce, years: int, until: date, rng: np.random.Generator, offers: np.random.Generator
) -> dict[str, pl.DataFrame]:
    seats = workforce.seats
    return {
        "vacancies": with_offers(vacancy_frame(workforce, day_number(until), rng), offers),
        "exits": exit_frame(workforce, day_number(until), rng),
        "pay_items": pay_item_frame(workforce, until, rng),
        "counts": count_frame(seats.members, seats.localities, years, until, rng),
    }


def _checked(staff: int, organisations: int, years: int, until: date) -> list[Period]:
    if organisations < 1 or years < 1:
        raise UsageError(
            "a sample needs an organisation and a year of records", hint="give organisations and years from 1"
        )
    if staff < SMALLEST * organisations:
        raise UsageError(
            "{staff} staff are too few for {organisations} organisations",
            hint="give at least {smallest} staff",
            staff=staff,
            organisations=organisations,
            smallest=SMALLEST * organisations,
        )
    periods = years_to(f"{until:%Y-%m}", years)
    if periods[-1].end != until:
        raise UsageError("the last day of the sample does not end its month", hint="give the last day of a month")
    return periods


def _months_later(day: date, months: int) -> date:
    ordinal = day.year * 12 + day.month - 1 + months
    return date(ordinal // 12, ordinal % 12 + 1, 1)


def _as_schema(name: str, frame: pl.DataFrame) -> pl.DataFrame:
    """The columns of the schema, in its order and types; those that the sample does not fill are null."""
    types = {column: kind.dtype for column, kind in TABLES[name].columns().items()}
    if frame.is_empty():
        return pl.DataFrame(schema=types)
    return frame.select((pl.col(c) if c in frame.columns else pl.lit(None).alias(c)).cast(t) for c, t in types.items())
