"""Headcount: how many people, or full-time equivalents, are in post on a day."""

from collections.abc import Sequence
from datetime import date
from typing import Literal

import polars as pl

from workforce.errors import UsageError
from workforce.measures.availability import covered, rolled_up
from workforce.measures.frame import as_by, measure, measure_table, not_available
from workforce.measures.presence import employed, level_and_days, observed, timeline
from workforce.periods import Period, as_dates
from workforce.records import Records
from workforce.results import MeasureTable

Basis = Literal["headcount", "fte"]


@measure("assignments")
def headcount(
    records: Records,
    on: date | Sequence[date],
    *,
    by: Sequence[str] = (),
    basis: Basis = "headcount",
) -> MeasureTable:
    """People (or FTE) in post on each date, without agency and bank staff.

    A person with several posts counts once, under the post with the largest FTE, then the earliest. Staff who are seconded out are in
    post.

    Parameters
    ----------
    records : Records
        The area's records; uses `assignments`.
    on : date or sequence of date
        The days, for example ``wf.month("2023-03").end``.
    by : sequence of str
        Columns to group by; any text column of `assignments`.
    basis : {"headcount", "fte"}
        Whether people or full-time equivalents are counted.

    Returns
    -------
    MeasureTable
        Numerator: people, or FTE; no denominator. A row for each group and date.

    References
    ----------
    This project's measure book, "in post".

    Examples
    --------
    >>> staff = pl.DataFrame({"organisation": ["council"] * 2, "person_id": ["a", "b"], "fte": [1.0, 0.5],
    ...     "start_date": [date(2020, 1, 1), date(2023, 1, 1)]})
    >>> headcount(Records(assignments=staff), date(2022, 12, 31)).frame["value"].item()
    1.0
    """
    groups, days = as_by(by), as_dates(on)
    fte = checked_basis(basis) == "fte"
    name = "in_post_fte" if fte else "in_post"
    if reason := records.lacks("assignments", columns=groups):
        return not_available("headcount", [name], by=groups, when=days, reason=reason)
    assignments = records.assignments
    keys = list(dict.fromkeys(["organisation", *groups]))
    spells = employed(assignments, columns=groups)
    people = levels(timeline(spells, columns=groups), days, by=keys).rename({"level": "people"})
    amounts = levels(in_spells(spells), days, by=keys, weight="fte") if fte else people.rename({"people": "level"})
    sides = amounts.join(people, on=[*keys, "day"], nulls_equal=True).select(
        *keys, period_start="day", period_end="day", numerator="level", people=pl.col("people").cast(pl.Int64)
    )
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
