"""Pay position: what our staff are paid beside their own scale and beside what others offer for the same role.

Promises: everything is hourly, because councils work 37 hours and the NHS 37.5; supplements (market and retention pay) stand apart, and
added; scales count only on the days on which they are in force; a role without a scale, and people whose pay cannot be used, are shown as
such and never dropped (`unusable_pay` counts them by reason). Refuses: frames without the columns it needs.
"""

from collections.abc import Sequence
from datetime import date
from typing import Final

import polars as pl

from workforce.measures.availability import rolled_up
from workforce.measures.frame import NOT_AVAILABLE, as_by, measure_table, need
from workforce.measures.pay.hourly import FAULTS, hourly_staff
from workforce.measures.pay.scales import comparators, scales_in_force, scales_of_any_day
from workforce.periods import as_dates

Frame = pl.DataFrame | pl.LazyFrame
NO_SCALE: Final = "the role has no scale"
NOT_APPLICABLE: Final = "z"
SCALE_NOT_IN_FORCE: Final = "the role's scale is not in force on the date"
_SCALE: Final = {"scale_minimum": "minimum", "scale_midpoint": "midpoint", "scale_maximum": "maximum"}
_STAFF: Final = ("organisation", "person_id", "start_date", "fte", "role")


def pay_position(
    assignments: Frame, pay_scales: Frame, on: date | Sequence[date], *, by: Sequence[str] | str = ()
) -> pl.DataFrame:
    """Hourly pay of our staff in each role, each body's scale for it, the compa-ratio, and the gap to the comparators' maximum.

    Definitions (measure book of this project), in pounds an hour unless said:
    `median`: of the basic pay of employed staff in post on the date, one row a person and organisation (the post with the largest FTE,
    then the earliest); `median_with_supplement`: of basic pay and supplement together; `supplement`: the median supplement of those who
    have one; `supplement_share`: how many have one, in per cent; `scale_minimum`, `scale_midpoint`, `scale_maximum`: of each body's scale
    points in force; `compa_ratio`: median pay / midpoint of the own scale; `range_place`: (median pay - own minimum) / (own maximum - own
    minimum), in per cent; `gap_to_maximum`: (median maximum of the comparators - own maximum) / own maximum, in per cent.
    The own scale is the one whose `body` is the organisation's slug, for the role or, where it is given by grade ("by grade" in place of
    a role), for the grade that most of its staff in the role are on; comparators are all other bodies with a scale for the role.

    Returns a measure table grouped by `by`, then `role` (always: pay is compared within a role), then `body`: the employer in rows about
    people and gaps, whose scale it is in rows about scales. Only roles that somebody held on the date have rows. In figures about pay
    the denominator is the people in the role and `people` those of them whose pay is usable and stands behind the figure: the difference
    was left out (see `unusable_pay`); of `supplement` it is the fewer of those with and without one, if some are without. A body with a
    scale point without hours is left out, by name.
    Marker `x`: no usable pay, no own scale, no comparator, or a date that the organisation's records do not cover; `z`: nobody has a
    supplement.

    >>> from datetime import date
    >>> staff = pl.DataFrame({"organisation": "us", "person_id": ["A", "B"], "start_date": date(2022, 1, 1), "fte": 1.0, "role": "nurse",
    ...                       "annual_pay": [38585.82, 42444.40], "full_time_hours": 37.0})
    >>> scales = pl.DataFrame({"body": ["us", "us", "them"], "role": "nurse", "annual_pay": [38585.82, 42444.40, 46303.0],
    ...                        "full_time_hours": 37.0, "from_date": date(2022, 4, 1), "source": "fictional"})
    >>> pay_position(staff, scales, date(2023, 3, 31)).select("definition", "body", pl.col("value").round(2)).rows()[:3]
    [('compa_ratio', 'us', 1.0), ('gap_to_maximum', 'us', 9.09), ('median', 'us', 21.0)]
    """
    need(assignments, _STAFF, what="assignments")
    need(pay_scales, ["body", "role", "annual_pay", "from_date"], what="pay_scales")
    groups = _groups(by, assignments)
    tables = [
        measure_table(sides, "pay_position", definition, by=groups)
        for day in as_dates(on)
        for definition, sides in _sides(assignments, pay_scales, day, groups).items()
    ]
    order = ["measure", "definition", *groups, "body", "period_start"]
    return pl.concat(tables).sort(order, nulls_last=True)


def pay_comparison(
    assignments: Frame, pay_scales: Frame, on: date | Sequence[date], *, by: Sequence[str] | str = ()
) -> pl.DataFrame:
    """Who pays more for the same role, and by how much, in per cent of our own hourly rate; negative where they pay less.

    Definitions (measure book of this project): `minimum`, `midpoint`, `maximum`: (the other body's - our own) / our own, of the scales in
    force on the date, after hours. Rows: `by`, `role`, `body` (the employer), `beside` (each other body with a scale for the role). Only
    roles that somebody held on the date. Marker `x`: either scale is missing, or lacks the hours of a point.

    >>> staff = pl.DataFrame({"organisation": "us", "person_id": ["A"], "start_date": date(2022, 1, 1), "fte": 1.0, "role": "nurse"})
    >>> scales = pl.DataFrame({"body": ["us", "them"], "role": "nurse", "annual_pay": [37000.0, 37500.0], "full_time_hours": [37.0, 37.5],
    ...                        "from_date": date(2022, 4, 1), "source": "fictional"})
    >>> pay_comparison(staff, scales, date(2023, 3, 31)).select("definition", "beside", "value").row(0)   # £500 more, for longer hours
    ('maximum', 'them', 0.0)
    """
    need(assignments, _STAFF, what="assignments")
    need(pay_scales, ["body", "role", "annual_pay", "from_date"], what="pay_scales")
    groups = _groups(by, assignments)
    tables = []
    for day in as_dates(on):
        staff = _staff(assignments, day, groups)
        scales = scales_in_force(pay_scales, staff, day)
        own = _by_employer(staff, groups).select(*groups, "body")
        pairs = (
            own.join(scales, on=["body", "role"], how="left")
            .join(scales.rename({"body": "beside"}), on="role", suffix="_beside")
            .filter(pl.col("beside") != pl.col("body"))
        )
        for figure in ("minimum", "midpoint", "maximum"):
            value = 100 * (pl.col(f"{figure}_beside") - pl.col(figure)) / pl.col(figure)
            tables.append(
                measure_table(_dated(pairs.with_columns(value=value), day), "pay_comparison", figure, by=groups)
            )
    return pl.concat(tables).sort("measure", "definition", *groups, "body", "beside", "period_start", nulls_last=True)


def unusable_pay(
    assignments: Frame, pay_scales: Frame, on: date | Sequence[date], *, by: Sequence[str] | str = ()
) -> pl.DataFrame:
    """Of the employed staff in post on each date, those whose pay cannot be compared, in per cent, by reason.

    Reasons: no pay recorded; no full-time hours recorded; pay of 0 or less; pay of 25 times the median of all staff or more, or of a 25th
    of it or less (an entry in the wrong unit); the role has no scale of the employer; its scale has ended, or not begun, by the date.
    Nobody has two of the first five, and pay may be unusable for one of them and for a scale at once. by="role" lists the roles without
    a scale.

    >>> staff = pl.DataFrame({"organisation": "us", "person_id": ["A"], "start_date": date(2022, 1, 1), "fte": 1.0, "role": "nurse"})
    >>> scales = pl.DataFrame(schema={"body": pl.String, "role": pl.String, "annual_pay": pl.Float64, "from_date": pl.Date})
    >>> unusable_pay(staff, scales, date(2023, 3, 31)).filter(pl.col("value") > 0)["reason"].to_list()
    ['no pay recorded', 'the role has no scale']
    """
    need(assignments, _STAFF, what="assignments")
    need(pay_scales, ["body", "role", "annual_pay", "from_date"], what="pay_scales")
    groups, days = as_by(by, assignments), as_dates(on)
    own = list(dict.fromkeys(["organisation", *groups]))
    frames = []
    for day in days:
        in_post = _staff(assignments, day, list(dict.fromkeys([*groups, "role"])))
        ever = scales_of_any_day(pay_scales, in_post).with_columns(ever=pl.lit(value=True))
        now = scales_in_force(pay_scales, in_post, day).select(organisation="body", role="role", now=pl.lit(value=True))
        staff = in_post.join(ever, on=["organisation", "role"], how="left", maintain_order="left").join(
            now, on=["organisation", "role"], how="left", maintain_order="left"
        )
        reasons = {
            **{fault: pl.col("fault") == fault for fault in FAULTS},
            NO_SCALE: pl.col("ever").is_null(),
            SCALE_NOT_IN_FORCE: pl.col("ever").is_not_null() & pl.col("now").is_null(),
        }
        frames += [
            _dated(
                staff.group_by(own).agg(
                    numerator=found.fill_null(value=False).sum().cast(pl.Float64),
                    denominator=pl.len().cast(pl.Float64),
                    people=pl.len().cast(pl.Int64),
                    covered=pl.col("covered").all(),
                ),
                day,
            ).with_columns(
                *[pl.when("covered").then(pl.col(c)) for c in ("numerator", "denominator", "people")],
                marker=pl.when(~pl.col("covered")).then(pl.lit(NOT_AVAILABLE)),
                reason=pl.lit(reason),
            )
            for reason, found in reasons.items()
        ]
    sides = rolled_up(pl.concat(frames), by=[*groups, "reason"])
    return measure_table(sides, "unusable_pay", "people", by=groups)


def _groups(by: Sequence[str] | str, assignments: Frame) -> list[str]:
    groups = as_by(by, assignments)
    return groups if "role" in groups else [*groups, "role"]


def _staff(assignments: Frame, day: date, groups: Sequence[str]) -> pl.DataFrame:
    """Employed staff in post with their pay, their role among the groups, and their grade where the records have one."""
    known = assignments.lazy().collect_schema().names()
    return hourly_staff(
        assignments, day, columns=list(dict.fromkeys([*groups, *(["grade"] if "grade" in known else [])]))
    )


def _dated(frame: pl.DataFrame, day: date) -> pl.DataFrame:
    absent = pl.col("value").is_null() if "value" in frame.columns else pl.lit(value=False)
    said = pl.col("marker") if "marker" in frame.columns else pl.lit(None, pl.String)
    return frame.with_columns(
        period_start=pl.lit(day),
        period_end=pl.lit(day),
        marker=said.fill_null(pl.when(absent).then(pl.lit(NOT_AVAILABLE))),
    )


def _sides(assignments: Frame, pay_scales: Frame, day: date, groups: Sequence[str]) -> dict[str, pl.DataFrame]:
    """What stands behind each definition on one day."""
    in_post = _staff(assignments, day, groups)
    scales = scales_in_force(pay_scales, in_post, day)
    staff = _by_employer(in_post, groups)
    beside_own = staff.join(scales, on=["body", "role"], how="left", maintain_order="left")
    gaps = beside_own.join(
        comparators(staff, scales), on=["body", "role"], how="left", maintain_order="left"
    ).with_columns(
        value=100 * (pl.col("others_maximum") - pl.col("maximum")) / pl.col("maximum"),
        left_out=pl.col("left_out").fill_null([]),
    )
    paid = beside_own.with_columns(
        pl.when("covered").then(pl.col(c))
        for c in ("people", "denominator", "median", "with_supplement", "supplement", "have_one")
    )
    has_pay = pl.col("people") > 0
    without = pl.col("people") - pl.col("have_one")
    width = pl.col("maximum") - pl.col("minimum")
    offered = staff.select(groups).unique().join(scales, on="role")
    sides = {
        "median": paid.with_columns(value="median"),
        "median_with_supplement": paid.with_columns(value="with_supplement"),
        "supplement": paid.with_columns(
            value="supplement",
            # Beside how many are in the role, how many have a supplement tells how many have none.
            people=pl.when(has_pay & (without > 0)).then(pl.min_horizontal("have_one", without)).otherwise("have_one"),
            marker=pl.when(has_pay & (pl.col("have_one") == 0)).then(pl.lit(NOT_APPLICABLE)),
        ),
        "supplement_share": paid.with_columns(
            value=pl.when(has_pay).then(0.0), numerator=pl.col("have_one"), denominator=pl.col("people")
        ),
        "compa_ratio": paid.with_columns(value=pl.col("median") / pl.col("midpoint")),
        "range_place": paid.with_columns(
            value=pl.when(width > 0).then(100 * (pl.col("median") - pl.col("minimum")) / width)
        ),
        "gap_to_maximum": gaps.drop("people", "denominator"),
        **{definition: offered.with_columns(value=figure) for definition, figure in _SCALE.items()},
    }
    return {definition: _dated(frame, day) for definition, frame in sides.items()}


def _by_employer(staff: pl.DataFrame, groups: Sequence[str]) -> pl.DataFrame:
    """Staff by group and employer: how many, how many with usable pay, their medians, and who has a supplement."""
    supplement = pl.col("hourly_supplement").filter(pl.col("hourly_supplement") > 0)
    return (
        staff.with_columns(body="organisation")
        .group_by(*groups, "body")
        .agg(
            people=pl.col("hourly").count().cast(pl.Int64),
            denominator=pl.len().cast(pl.Float64),
            median=pl.col("basic").median(),
            with_supplement=pl.col("hourly").median(),
            supplement=supplement.median(),
            have_one=supplement.count().cast(pl.Int64),
            covered=pl.col("covered").all(),
        )
        .sort(*groups, "body", nulls_last=True)
    )
