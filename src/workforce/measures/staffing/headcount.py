"""Headcount: how many people, or full-time equivalents, are in post on a day.

Promises: one row per group and date; a person with several posts counts once, under the largest, then the earliest; seconded-out staff are
in post. Refuses: frames without the columns named in `by`, a basis other than headcount or fte.
"""

from collections.abc import Sequence
from datetime import date
from typing import Literal

import polars as pl

from workforce.errors import UsageError
from workforce.measures.availability import covered, rolled_up
from workforce.measures.frame import as_by, measure_table
from workforce.measures.presence import employed, level_and_days, observed, timeline
from workforce.periods import Period, as_dates

Basis = Literal["headcount", "fte"]


def headcount(
    assignments: pl.DataFrame | pl.LazyFrame,
    on: date | Sequence[date],
    *,
    by: Sequence[str] = (),
    basis: Basis = "headcount",
) -> pl.DataFrame:
    """People (or FTE) in post on each date, agency and bank staff outside.

    Definition: this project's measure book, "in post". `on`: a date or several. Unit: people, or FTE with basis="fte".

    >>> staff = pl.DataFrame({"organisation": ["council"] * 2, "person_id": ["a", "b"], "role": ["caseworker"] * 2, "fte": [1.0, 0.5],
    ...     "start_date": [date(2020, 1, 1), date(2023, 1, 1)], "end_date": [None, None]})
    >>> headcount(staff, date(2022, 12, 31))["value"].item()
    1.0
    """
    groups, days = as_by(by, assignments), as_dates(on)
    own = list(dict.fromkeys(["organisation", *groups]))
    fte = checked_basis(basis) == "fte"
    spells = employed(assignments, columns=groups)
    people = levels(timeline(spells, columns=groups), days, by=own).rename({"level": "people"})
    counted = levels(in_spells(spells), days, by=own, weight="fte") if fte else people.rename({"people": "level"})
    sides = counted.join(people, on=[*own, "day"], nulls_equal=True).select(
        *own, period_start="day", period_end="day", numerator="level", people=pl.col("people").cast(pl.Int64)
    )
    name = "in_post_fte" if fte else "in_post"
    return measure_table(
        rolled_up(covered(sides, observed(assignments), [Period(d, d) for d in days]), by=groups),
        "headcount",
        name,
        by=groups,
    )


def checked_basis(basis: str) -> str:
    """The basis of a count, or a refusal.

    >>> checked_basis("fte")
    'fte'
    """
    if basis not in ("headcount", "fte"):
        raise UsageError('"{basis}" is not a basis', hint='use "headcount" or "fte"', basis=basis)
    return basis


def in_spells(spells: pl.DataFrame) -> pl.DataFrame:
    """Spells under the names that `level_and_days` reads: first and last day."""
    return spells.rename({"start_date": "first", "end_date": "last"})


def levels(
    stretches: pl.DataFrame, days: Sequence[date], *, by: Sequence[str], weight: str | None = None
) -> pl.DataFrame:
    """How much was in post on each day, by group: by..., day, level."""
    queries = pl.DataFrame({"day": list(days)}, schema={"day": pl.Date})
    return level_and_days(stretches, queries, by=by, weight=weight).drop("days")
