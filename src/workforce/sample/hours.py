"""Time recording: how the SEND caseworkers of a council spent their working hours, quarter by quarter.

Promises: the hours of a person in a quarter add up to their contracted hours of its weeks, but for rounding to half hours; nobody has hours
on days on which they were not in post. Refuses: nothing.
"""

from datetime import date
from typing import Final

import numpy as np
import polars as pl

from workforce.periods import months_to
from workforce.sample.design import SEND_CASEWORK
from workforce.sample.people import Workforce

# Share of the working time, by activity. The first three are what the sample partnership agreed to call core casework.
ACTIVITIES: Final = {
    "assessments and plans": 0.34,
    "annual reviews": 0.13,
    "contact with families": 0.12,
    "meetings": 0.15,
    "tribunals and complaints": 0.07,
    "administration": 0.15,
    "training and supervision": 0.04,
}
ACTIVITY_CODES: Final = {name: f"{number:02}" for number, name in enumerate(ACTIVITIES, 1)}  # as time sheets have them
CORE: Final = tuple(ACTIVITIES)[:3]
QUARTERS: Final = 8  # recorded in the last two years only
_CERTAIN: Final = 60.0  # how alike people's shares are: the sum of the weights of a Dirichlet law
_WEEKLY: Final = 37.0
_AT_LEAST: Final = 14  # days in the quarter; a shorter stay records nothing


def hours_frame(workforce: Workforce, until: date, rng: np.random.Generator) -> pl.DataFrame:
    """Hours by worker, quarter and activity: the table `hours`."""
    ends = [p.end for p in months_to(f"{until:%Y-%m}", 3 * QUARTERS)][2::3]
    starts = [p.start for p in months_to(f"{until:%Y-%m}", 3 * QUARTERS)][::3]
    quarters = pl.DataFrame({"period_start": starts, "period_end": ends})
    staff = workforce.assignments.filter(
        (pl.col("staff_group") == SEND_CASEWORK) & (pl.col("status") == "active") & (pl.col("employment") != "bank")
    )
    present = (
        staff.join(quarters, how="cross")
        .with_columns(
            first=pl.max_horizontal("start_date", "period_start"), last=pl.min_horizontal("end_date", "period_end")
        )
        .with_columns(days=(pl.col("last") - pl.col("first")).dt.total_days() + 1)
        .filter(pl.col("days") > 0)
        .sort("organisation", "person_id", "period_start", "start_date")
        .group_by("organisation", "person_id", "period_start", "period_end", "role", "team", maintain_order=True)
        .agg(worked=(pl.col("days") * pl.col("fte")).sum() / 7 * _WEEKLY, days=pl.col("days").sum())
        .filter(pl.col("days") >= _AT_LEAST)
    )
    shares = rng.dirichlet(np.array(list(ACTIVITIES.values())) * _CERTAIN, present.height)
    recorded = pl.DataFrame(shares, schema=list(ACTIVITIES), orient="row")
    return (
        pl.concat([present, recorded], how="horizontal")
        .unpivot(
            list(ACTIVITIES),
            index=["organisation", "person_id", "period_start", "period_end", "role", "team", "worked"],
            variable_name="activity",
            value_name="share",
        )
        .with_columns(hours=(pl.col("worked") * pl.col("share") * 2).round() / 2)
        .filter(pl.col("hours") > 0)
        .sort("organisation", "person_id", "period_start", "role", "team", "activity")
        .drop("worked", "share")
    )
