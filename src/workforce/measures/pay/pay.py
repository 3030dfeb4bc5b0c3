"""Pay position: what staff are paid, compared with their own scale and with what other employers offer for the same role.

Everything is by the hour, because councils work 37 hours and the NHS 37.5. Supplements (market and retention pay) are shown apart, and
added; scales count only on the days on which they are in force. Nobody is dropped: whose pay cannot be used is counted by `unusable`.
"""

from collections.abc import Sequence
from datetime import date
from typing import Final

import polars as pl

from workforce.measures.availability import rolled_up
from workforce.measures.frame import NOT_AVAILABLE, as_by, measure, measure_table, need, not_available
from workforce.measures.pay.hourly import FAULTS, NOBODY_IN_POST, hourly_staff, pay_not_recorded
from workforce.measures.pay.scales import comparators, scales_in_force, scales_of_any_day
from workforce.periods import as_dates
from workforce.records import Records
from workforce.results import MeasureTable, stacked

Frame = pl.DataFrame | pl.LazyFrame
NO_SCALE: Final = "the role has no scale"
NOT_APPLICABLE: Final = "z"
SCALE_NOT_IN_FORCE: Final = "the role's scale is not in force on the date"
NO_OTHER_SCALE: Final = "no other employer's scale for these roles is in force on the date"
_SCALE: Final = {"scale_minimum": "minimum", "scale_midpoint": "midpoint", "scale_maximum": "maximum"}
_OF_PEOPLE: Final = ("median", "median_with_supplement", "supplement", "supplement_share")
_POSITION: Final = tuple(sorted((*_OF_PEOPLE, "compa_ratio", "range_place", "gap_to_maximum", *_SCALE)))
_ENDS: Final = ("maximum", "midpoint", "minimum")
_PAY_SCALES: Final = ("body", "role", "annual_pay", "from_date")


@measure("assignments", "pay_scales")
def position(records: Records, on: date | Sequence[date], *, by: Sequence[str] | str = ()) -> MeasureTable:
    """Hourly pay of staff in each role, each body's scale for it, the compa-ratio, and the gap to other employers' maximum.

    Parameters
    ----------
    records : Records
        The area's records; uses `assignments` and, for all but what staff are paid, `pay_scales`.
    on : date or sequence of date
        The days on which pay is compared.
    by : sequence of str
        Columns of `assignments` to group by. `role` is always one of the groups: pay is compared within a role.

    Returns
    -------
    MeasureTable
        Groups: `by`, `role`, then `body`: the employer in rows about people and gaps, whose scale it is in rows about scales. Only roles
        that somebody held on the date have rows. In figures about pay the denominator is the people in the role, and `people` those of
        them whose pay is usable and is behind the figure; of `supplement` it is the fewer of those with and without one, if some are
        without. A body with a scale point without hours is left out, by name.
        Marker ``x``: no usable pay, no scale of the employer, no other employer's scale, or a date that the organisation's records do not
        cover; ``z``: nobody has a supplement.

    Raises
    ------
    UsageError
        Where a column of `by` is neither in the records nor in their schema.

    Notes
    -----
    In pounds an hour unless said otherwise. `median`: of the basic pay of employed staff in post on the date, one row a person and
    organisation (the post with the largest FTE, then the earliest). `median_with_supplement`: of basic pay and supplement together.
    `supplement`: the median supplement of those who have one. `supplement_share`: how many have one, in per cent. `scale_minimum`,
    `scale_midpoint`, `scale_maximum`: of each body's scale points in force. `compa_ratio`: median pay / midpoint of the employer's own
    scale. `range_place`: (median pay - own minimum) / (own maximum - own minimum), in per cent. `gap_to_maximum`: (median maximum of the
    comparators - own maximum) / own maximum, in per cent.
    An employer's own scale is the one whose `body` is the organisation's slug, for the role or, where it is given by grade ("by grade" in
    place of a role), for the grade that most of its staff in the role are on. Comparators are all other bodies with a scale for the role.

    References
    ----------
    This project's measure book.

    Examples
    --------
    >>> staff = pl.DataFrame({"organisation": "us", "person_id": ["A", "B"], "start_date": date(2022, 1, 1), "fte": 1.0, "role": "nurse",
    ...                       "annual_pay": [38585.82, 42444.40], "full_time_hours": 37.0})
    >>> scales = pl.DataFrame({"body": ["us", "us", "them"], "role": "nurse", "annual_pay": [38585.82, 42444.40, 46303.0],
    ...                        "full_time_hours": 37.0, "from_date": date(2022, 4, 1), "source": "fictional"})
    >>> table = position(Records(assignments=staff, pay_scales=scales), date(2023, 3, 31))
    >>> table.frame.select("definition", "body", pl.col("value").round(2)).rows()[:3]
    [('compa_ratio', 'us', 1.0), ('gap_to_maximum', 'us', 9.09), ('median', 'us', 21.0)]
    """
    groups, days = _groups(by), as_dates(on)
    if reason := records.lacks("assignments", columns=groups):
        return not_available("pay_position", _POSITION, by=groups, when=days, reason=reason)
    assignments, pay_scales = records.assignments, records.pay_scales
    need(pay_scales, _PAY_SCALES, what="pay_scales")
    no_scales = records.lacks("pay_scales")
    tables = []
    for day in days:
        sides = _sides(assignments, pay_scales, day, groups)
        if sides["median"].is_empty():
            tables.append(not_available("pay_position", _POSITION, by=groups, when=day, reason=NOBODY_IN_POST))
            continue
        if no_scales:
            tables.append(not_available("pay_position", tuple(_SCALE), by=groups, when=day, reason=no_scales))
        tables += [
            measure_table(frame, "pay_position", definition, by=groups)
            for definition, frame in sides.items()
            if not (no_scales and definition in _SCALE)
        ]
    table = stacked(tables, sort=["measure", "definition", *groups, "body", "period_start"])
    return table._with_reasons(*(reason for reason in (pay_not_recorded(records),) if reason))


@measure("assignments", "pay_scales")
def comparison(records: Records, on: date | Sequence[date], *, by: Sequence[str] | str = ()) -> MeasureTable:
    """Difference between another employer's scale and the own one for the same role, in % of the own hourly rate.

    Parameters
    ----------
    records : Records
        The area's records; uses `assignments` and `pay_scales`.
    on : date or sequence of date
        The days on which scales are compared.
    by : sequence of str
        Columns of `assignments` to group by; `role` is always one of them.

    Returns
    -------
    MeasureTable
        Definitions `minimum`, `midpoint`, `maximum`: (the other body's - the own) / the own, after hours; negative where the other
        employer pays less. Groups: `by`, `role`, `body` (the employer), `beside` (each other body with a scale for the role). Only roles
        that somebody held on the date have rows.
        Marker ``x``: either scale is missing, or lacks the hours of a point.

    Raises
    ------
    UsageError
        Where a column of `by` is neither in the records nor in their schema.

    References
    ----------
    This project's measure book.

    Examples
    --------
    >>> staff = pl.DataFrame({"organisation": "us", "person_id": ["A"], "start_date": date(2022, 1, 1), "fte": 1.0, "role": "nurse"})
    >>> scales = pl.DataFrame({"body": ["us", "them"], "role": "nurse", "annual_pay": [37000.0, 37500.0], "full_time_hours": [37.0, 37.5],
    ...                        "from_date": date(2022, 4, 1), "source": "fictional"})
    >>> table = comparison(Records(assignments=staff, pay_scales=scales), date(2023, 3, 31))
    >>> table.frame.select("definition", "beside", "value").row(0)  # £500 more, for longer hours
    ('maximum', 'them', 0.0)
    """
    groups, days = _groups(by), as_dates(on)
    if reason := records.lacks("assignments", "pay_scales", columns=groups):
        return not_available("pay_comparison", _ENDS, by=groups, when=days, reason=reason)
    assignments, pay_scales = records.assignments, records.pay_scales
    need(pay_scales, _PAY_SCALES, what="pay_scales")
    tables = []
    for day in days:
        staff = _staff(assignments, day, groups)
        scales = scales_in_force(pay_scales, staff, day)
        employers = _by_employer(staff, groups).select(*groups, "body")
        pairs = (
            employers.join(scales, on=["body", "role"], how="left")
            .join(scales.rename({"body": "beside"}), on="role", suffix="_beside")
            .filter(pl.col("beside") != pl.col("body"))
        )
        if pairs.is_empty():
            reason = NOBODY_IN_POST if staff.is_empty() else NO_OTHER_SCALE
            tables.append(not_available("pay_comparison", _ENDS, by=groups, when=day, reason=reason))
            continue
        for figure in _ENDS:
            value = 100 * (pl.col(f"{figure}_beside") - pl.col(figure)) / pl.col(figure)
            tables.append(
                measure_table(_dated(pairs.with_columns(value=value), day), "pay_comparison", figure, by=groups)
            )
    return stacked(tables, sort=["measure", "definition", *groups, "body", "beside", "period_start"])


@measure("assignments", "pay_scales")
def unusable(records: Records, on: date | Sequence[date], *, by: Sequence[str] | str = ()) -> MeasureTable:
    """Share of the employed staff in post on each date whose pay cannot be compared, in %, by reason.

    Parameters
    ----------
    records : Records
        The area's records; uses `assignments` and `pay_scales`. Without pay scales every role is one without a scale.
    on : date or sequence of date
        The days on which staff are counted.
    by : sequence of str
        Columns of `assignments` to group by; by="role" lists the roles without a scale.

    Returns
    -------
    MeasureTable
        Groups: `by`, then `reason`: no pay recorded; no full-time hours recorded; pay of 0 or less; pay of 25 times the median of all
        staff or more, or of a 25th of it or less (an entry in the wrong unit); the role has no scale of the employer; its scale has
        ended, or not begun, by the date. Nobody has two of the first five; pay may be unusable for one of them and for a scale at once.
        Numerator: people with the reason; denominator: people in post; value in %.

    Raises
    ------
    UsageError
        Where a column of `by` is neither in the records nor in their schema.

    References
    ----------
    This project's measure book.

    Examples
    --------
    >>> staff = pl.DataFrame({"organisation": "us", "person_id": ["A"], "start_date": date(2022, 1, 1), "fte": 1.0, "role": "nurse"})
    >>> table = unusable(Records(assignments=staff), date(2023, 3, 31))
    >>> table.frame.filter(pl.col("value") > 0)["reason"].to_list()
    ['no pay recorded', 'the role has no scale']
    """
    groups, days = as_by(by), as_dates(on)
    if reason := records.lacks("assignments", columns=[*groups, "role"]):
        return not_available("unusable_pay", ["people"], by=groups, when=days, reason=reason)
    assignments, pay_scales = records.assignments, records.pay_scales
    need(pay_scales, _PAY_SCALES, what="pay_scales")
    keys = list(dict.fromkeys(["organisation", *groups]))
    frames, tables = [], []
    for day in days:
        in_post = _staff(assignments, day, list(dict.fromkeys([*groups, "role"])))
        if in_post.is_empty():
            tables.append(not_available("unusable_pay", ["people"], by=groups, when=day, reason=NOBODY_IN_POST))
            continue
        ever = scales_of_any_day(pay_scales, in_post).with_columns(ever=pl.lit(value=True))
        in_force = scales_in_force(pay_scales, in_post, day).select(
            organisation="body", role="role", now=pl.lit(value=True)
        )
        staff = in_post.join(ever, on=["organisation", "role"], how="left", maintain_order="left").join(
            in_force, on=["organisation", "role"], how="left", maintain_order="left"
        )
        reasons = {
            **{fault: pl.col("fault") == fault for fault in FAULTS},
            NO_SCALE: pl.col("ever").is_null(),
            SCALE_NOT_IN_FORCE: pl.col("ever").is_not_null() & pl.col("now").is_null(),
        }
        frames += [
            _dated(
                staff.group_by(keys).agg(
                    numerator=with_reason.fill_null(value=False).sum().cast(pl.Float64),
                    denominator=pl.len().cast(pl.Float64),
                    people=pl.len().cast(pl.Int64),
                    covered=pl.col("covered").all(),
                ),
                day,
            ).with_columns(
                *[pl.when("covered").then(pl.col(c)) for c in ("numerator", "denominator", "people")],
                marker=pl.when(~pl.col("covered")).then(pl.lit(NOT_AVAILABLE)),
                reason=pl.lit(words),
            )
            for words, with_reason in reasons.items()
        ]
    if frames:
        sides = rolled_up(pl.concat(frames), by=[*groups, "reason"])
        tables.append(measure_table(sides, "unusable_pay", "people", by=groups))
    table = stacked(tables, sort=["measure", "definition", *groups, "reason", "period_start", "period_end"])
    return table._with_reasons(
        *(reason for reason in (pay_not_recorded(records), records.lacks("pay_scales")) if reason)
    )


def _groups(by: Sequence[str] | str) -> list[str]:
    groups = as_by(by)
    return groups if "role" in groups else [*groups, "role"]


def _staff(assignments: Frame, day: date, groups: Sequence[str]) -> pl.DataFrame:
    """Employed staff in post with their pay, their role among the groups, and their grade where the records have one."""
    columns = assignments.lazy().collect_schema().names()
    grade = ["grade"] if "grade" in columns else []
    return hourly_staff(assignments, day, columns=list(dict.fromkeys([*groups, *grade])))


def _dated(frame: pl.DataFrame, day: date) -> pl.DataFrame:
    absent = pl.col("value").is_null() if "value" in frame.columns else pl.lit(value=False)
    marker = pl.col("marker") if "marker" in frame.columns else pl.lit(None, pl.String)
    return frame.with_columns(
        period_start=pl.lit(day),
        period_end=pl.lit(day),
        marker=marker.fill_null(pl.when(absent).then(pl.lit(NOT_AVAILABLE))),
    )


def _sides(assignments: Frame, pay_scales: Frame, day: date, groups: Sequence[str]) -> dict[str, pl.DataFrame]:
    """What stands behind each definition on one day."""
    in_post = _staff(assignments, day, groups)
    scales = scales_in_force(pay_scales, in_post, day)
    staff = _by_employer(in_post, groups)
    with_own_scale = staff.join(scales, on=["body", "role"], how="left", maintain_order="left")
    gaps = with_own_scale.join(
        comparators(staff, scales), on=["body", "role"], how="left", maintain_order="left"
    ).with_columns(
        value=100 * (pl.col("others_maximum") - pl.col("maximum")) / pl.col("maximum"),
        left_out=pl.col("left_out").fill_null([]),
    )
    paid = with_own_scale.with_columns(
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
            # With the number of people in the role, the number of those with a supplement tells how many have none.
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
