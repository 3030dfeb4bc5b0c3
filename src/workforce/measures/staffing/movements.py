"""Movements: who moved where inside the partnership, and who left in their first year.

Promises: a move is a change of a person's main post between two days in post (a gap of less than a full week is none); it is neither a
joiner nor a leaver of the partnership. Refuses: frames without the columns that are asked for.
"""

from collections.abc import Sequence
from typing import Final

import polars as pl

from workforce.measures.availability import covered, rolled_up
from workforce.measures.frame import as_by, measure_table
from workforce.measures.presence import employed, observed, timeline
from workforce.measures.staffing.turnover import leaving_stretches, within
from workforce.periods import Period, as_periods, period_frame

A_YEARS_SERVICE: Final = "1y"
_PERIOD = ("period_start", "period_end")
Frame = pl.DataFrame | pl.LazyFrame


def movements(assignments: Frame, periods: Period | Sequence[Period], *, between: str = "team") -> pl.DataFrame:
    """People who moved between teams (or roles, localities, organisations ...) in each period, a plain count by where from and where to.

    Definition: this project's measure book. between="organisation" follows people from one partner to another, which needs ids from one
    partnership key; any other column is followed within an organisation. The day of a move is its first day in the new post. Only moves
    that happened are rows.

    >>> from datetime import date
    >>> from workforce.periods import month
    >>> staff = pl.DataFrame({"organisation": ["council"] * 2, "person_id": ["a"] * 2, "fte": [1.0] * 2, "team": ["North", "South"],
    ...     "start_date": [date(2020, 1, 1), date(2023, 3, 6)], "end_date": [date(2023, 3, 3), None]})
    >>> movements(staff, month("2023-03")).select("moved_from", "moved_to", "value").row(0)
    ('North', 'South', 1.0)
    """
    several = as_periods(periods)
    as_by([between], assignments)
    across = between == "organisation"
    key = ["person_id"] if across else ["organisation", "person_id"]
    stretches = timeline(
        employed(assignments, columns=[] if across else [between]),
        columns=[] if across else [between],
        scope="area" if across else "organisation",
    )
    followed = stretches.sort(*key, "first").with_columns(
        moved_from=pl.col(between).shift(1).over(key), first_of_stay=pl.col("joined")
    )
    moves = followed.filter(
        ~pl.col("first_of_stay") & pl.col(between).ne_missing(pl.col("moved_from")).fill_null(value=False)
    ).with_columns(moved_to=pl.col(between))
    sides = (
        within(moves, several, "first")
        .group_by("moved_from", "moved_to", *_PERIOD)
        .agg(numerator=pl.len().cast(pl.Float64), people=pl.col("person_id").n_unique().cast(pl.Int64))
    )
    return measure_table(sides, "movements", "moved", by=())


def first_year_leavers(
    assignments: Frame, periods: Period | Sequence[Period], *, by: Sequence[str] = ()
) -> pl.DataFrame:
    """Of the people who left in each period, the share with less than a year's service, in percent.

    Definition: this project's measure book. Service runs from service_start where it is recorded, else from the first day of the stay, to
    the last day worked. Limits: Wilson.

    >>> from datetime import date
    >>> from workforce.periods import month
    >>> staff = pl.DataFrame({"organisation": ["council"] * 2, "person_id": ["a", "b"], "fte": [1.0] * 2,
    ...     "start_date": [date(2020, 1, 1), date(2022, 9, 1)], "end_date": [date(2023, 3, 3)] * 2})
    >>> first_year_leavers(staff, month("2023-03"))["value"].item()
    50.0
    """
    several, groups = as_periods(periods), as_by(by, assignments)
    known = assignments.lazy().collect_schema().names()
    service = ["service_start"] if "service_start" in known else []
    kept = [c for c in dict.fromkeys([*groups, *service]) if c != "organisation"]
    own = list(dict.fromkeys(["organisation", *groups]))
    stretches = timeline(employed(assignments, columns=kept), columns=kept)
    begun = pl.min_horizontal("began", *service)
    gone = leaving_stretches(stretches, several, reasons=None).with_columns(
        early=pl.col("last") < begun.dt.offset_by(A_YEARS_SERVICE)
    )
    counted = gone.group_by(*own, *_PERIOD).agg(
        numerator=pl.col("early").sum().cast(pl.Float64),
        denominator=pl.len().cast(pl.Float64),
        people=pl.len().cast(pl.Int64),
    )
    sides = (
        stretches.select(own)
        .unique()
        .join(period_frame(several), how="cross")
        .join(counted, on=[*own, *_PERIOD], how="left", nulls_equal=True)
        .with_columns(pl.col("numerator", "denominator", "people").fill_null(0))
    )
    rows = rolled_up(covered(sides, observed(assignments), several), by=groups)
    return measure_table(rows, "first_year_leavers", "share_of_leavers", by=groups)
