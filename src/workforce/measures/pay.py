"""Pay position: what our staff are paid beside their own scale and beside what others offer for the same role.

Promises: everything is hourly, because councils work 37 hours and the NHS 37.5; scales count only on the days on which they are in force;
a role without a scale, and people without recorded pay, are shown as such and never dropped. Refuses: frames without the columns it needs.
This is the first form: basic pay only. Supplements (market and retention pay) are not in it yet; they are to stand apart and added.
"""

from collections.abc import Sequence
from datetime import date
from typing import Final

import polars as pl

from workforce.measures.frame import NOT_AVAILABLE, as_by, measure_table, need
from workforce.measures.presence import employed, observed, timeline
from workforce.periods import as_dates

WEEKS_IN_A_YEAR: Final = 52.143  # measure book: hourly pay = annual / 52.143 / full-time hours (NJC, NHS Employers)

Frame = pl.DataFrame | pl.LazyFrame
_SCALE: Final = {"scale_minimum": "minimum", "scale_midpoint": "midpoint", "scale_maximum": "maximum"}


def pay_position(
    assignments: Frame, pay_scales: Frame, on: date | Sequence[date], *, by: Sequence[str] | str = ()
) -> pl.DataFrame:
    """Hourly pay of our staff in each role, each body's scale for it, the compa-ratio, and the gap to the comparators' maximum.

    Definitions (measure book of this project), in pounds an hour unless said:
    `median`: of the basic pay of employed staff in post on the date, one row a person and organisation (the post with the largest FTE,
    then the earliest); `scale_minimum`, `scale_midpoint`, `scale_maximum`: of each body's scale points in force; `compa_ratio`: median
    pay / midpoint of the own scale; `gap_to_maximum`: (median maximum of the comparators - own maximum) / own maximum, in per cent.
    The own scale is the one whose `body` is the organisation's slug; comparators are all other bodies with a scale for the role.

    Returns a measure table grouped by `by`, then `role` (always: pay is compared within a role), then `body`: the employer in rows about
    people and gaps, whose scale it is in rows about scales. Only roles that somebody held on the date have rows. In `median` and
    `compa_ratio` the denominator is the people in the role and `people` those of them whose pay and hours are recorded, who stand
    behind the figure: the difference was left out. A body with a scale point without hours is left out, by name.
    Marker `x`: no recorded pay, no own scale, no comparator, or a date that the organisation's records do not cover.

    >>> from datetime import date
    >>> staff = pl.DataFrame({"organisation": "us", "person_id": ["A", "B"], "start_date": date(2022, 1, 1), "fte": 1.0, "role": "nurse",
    ...                       "annual_pay": [38585.82, 42444.40], "full_time_hours": 37.0})
    >>> scales = pl.DataFrame({"body": ["us", "us", "them"], "role": "nurse", "annual_pay": [38585.82, 42444.40, 46303.0],
    ...                        "full_time_hours": 37.0, "from_date": date(2022, 4, 1), "source": "fictional"})
    >>> pay_position(staff, scales, date(2023, 3, 31)).select("definition", "body", pl.col("value").round(2)).rows()[:4]
    [('compa_ratio', 'us', 1.0), ('gap_to_maximum', 'us', 9.09), ('median', 'us', 21.0), ('scale_maximum', 'them', 24.0)]
    """
    need(assignments, ["organisation", "person_id", "start_date", "fte", "role"], what="assignments")
    need(pay_scales, ["body", "role", "annual_pay", "from_date"], what="pay_scales")
    groups = as_by(by, assignments)
    groups = groups if "role" in groups else [*groups, "role"]
    tables = [
        measure_table(sides, "pay_position", definition, by=groups)
        for day in as_dates(on)
        for definition, sides in _sides(assignments, pay_scales, day, groups).items()
    ]
    order = ["measure", "definition", *groups, "body", "period_start"]
    return pl.concat(tables).sort(order, nulls_last=True)


def _sides(assignments: Frame, pay_scales: Frame, day: date, groups: Sequence[str]) -> dict[str, pl.DataFrame]:
    """What stands behind each definition on one day."""
    staff, scales = _staff(assignments, day, groups), _scales(pay_scales, day)
    beside_own = staff.join(scales, on=["body", "role"], how="left", maintain_order="left")
    gaps = beside_own.join(
        _comparators(staff, scales), on=["body", "role"], how="left", maintain_order="left"
    ).with_columns(
        value=100 * (pl.col("others_maximum") - pl.col("maximum")) / pl.col("maximum"),
        left_out=pl.col("left_out").fill_null([]),
    )
    paid = beside_own.with_columns(pl.when("covered").then(pl.col(c)) for c in ("people", "denominator", "median"))
    offered = staff.select(groups).unique().join(scales, on="role")
    sides = {
        "median": paid.with_columns(value="median"),
        "compa_ratio": paid.with_columns(value=pl.col("median") / pl.col("midpoint")),
        "gap_to_maximum": gaps.drop("people", "denominator"),
        **{definition: offered.with_columns(value=figure) for definition, figure in _SCALE.items()},
    }
    return {
        definition: frame.with_columns(
            period_start=pl.lit(day),
            period_end=pl.lit(day),
            marker=pl.when(pl.col("value").is_null()).then(pl.lit(NOT_AVAILABLE)),
        )
        for definition, frame in sides.items()
    }


def _staff(assignments: Frame, day: date, groups: Sequence[str]) -> pl.DataFrame:
    """Employed staff in post on the day by group and employer: how many, how many with recorded pay, and their median."""
    pay = ["annual_pay", "full_time_hours"]
    columns = [*groups, *(c for c in pay if c not in groups)]
    records = observed(assignments).select(
        body="organisation",
        covered=~((pl.col("observed_from") > day) | (pl.col("observed_to") < day)).fill_null(value=False),
    )
    return (
        timeline(employed(_with(assignments, pay), columns=columns), columns=columns)
        .filter((pl.col("first") <= day) & (pl.col("last") >= day))
        .with_columns(_hourly(), body="organisation")
        .group_by(*groups, "body")
        .agg(
            people=pl.col("hourly").count().cast(pl.Int64),
            denominator=pl.len().cast(pl.Float64),
            median=pl.col("hourly").median(),
        )
        .join(records, on="body", how="left")
        .sort(*groups, "body", nulls_last=True)
    )


def _scales(pay_scales: Frame, day: date) -> pl.DataFrame:
    """Each body's scale for each role on the day, by the hour: body, role, minimum, midpoint, maximum.

    Null where one of its points has no hours: without them it cannot be said which is the lowest and which the highest.
    """
    known = pl.col("hourly").is_not_null().all()
    return (
        _with(pay_scales, ["full_time_hours"], dates=["to_date"])
        .filter((pl.col("from_date") <= day) & (pl.col("to_date").is_null() | (pl.col("to_date") >= day)))
        .with_columns(_hourly())
        .group_by("body", "role")
        .agg(minimum=pl.when(known).then(pl.col("hourly").min()), maximum=pl.when(known).then(pl.col("hourly").max()))
        .with_columns(midpoint=(pl.col("minimum") + pl.col("maximum")) / 2)
        .sort("body", "role")
        .collect()
    )


def _comparators(staff: pl.DataFrame, scales: pl.DataFrame) -> pl.DataFrame:
    """The median of the other bodies' maxima for each employer and role, and the bodies that could not be counted."""
    return (
        staff.select("body", "role")
        .unique()
        .join(scales.select("role", other="body", maximum="maximum"), on="role")
        .filter(pl.col("other") != pl.col("body"))
        .group_by("body", "role")
        .agg(
            others_maximum=pl.col("maximum").median(),
            left_out=pl.col("other").filter(pl.col("maximum").is_null()).sort(),
        )
    )


def _hourly() -> pl.Expr:
    # Divided once, by a column: polars divides a column by a number in two ways, whose last bits depend on the order of the rows.
    return (pl.col("annual_pay") / (pl.col("full_time_hours") * WEEKS_IN_A_YEAR)).alias("hourly")


def _with(frame: Frame, numbers: Sequence[str], *, dates: Sequence[str] = ()) -> pl.LazyFrame:
    """The frame with optional columns that it lacks, as nulls."""
    known = frame.lazy().collect_schema().names()
    absent = {**dict.fromkeys(numbers, pl.Float64), **dict.fromkeys(dates, pl.Date)}
    return frame.lazy().with_columns(pl.lit(None, dtype).alias(c) for c, dtype in absent.items() if c not in known)
