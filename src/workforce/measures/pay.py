"""Pay position: what staff are paid, compared with their own scale and with what other employers offer for the same role.

Everything is by the hour, because councils work 37 hours and the NHS 37.5. Supplements (market and retention pay) are shown apart, and
added; scales count only on the days on which they are in force. Nobody is dropped: whose pay cannot be used is counted by `unusable`.
"""

from collections.abc import Sequence
from datetime import date
from typing import Final

import polars as pl

from workforce.book.constants import WEEKS_IN_A_YEAR
from workforce.frames import Frame, as_by, need
from workforce.measures.availability import measure, not_available, rolled_up
from workforce.measures.presence import employed, observed, timeline
from workforce.periods import as_dates
from workforce.records import Records
from workforce.results import NOT_AVAILABLE, MeasureTable, stacked
from workforce.schemas import BY_GRADE
from workforce.stats.rates import measure_table

NO_SCALE: Final = "the role has no scale"
NOT_APPLICABLE: Final = "z"
SCALE_NOT_IN_FORCE: Final = "the role's scale is not in force on the date"
NO_OTHER_SCALE: Final = "no other employer's scale for these roles is in force on the date"
_SCALE: Final = {"scale_minimum": "minimum", "scale_midpoint": "midpoint", "scale_maximum": "maximum"}
_OF_PEOPLE: Final = ("median", "median_with_supplement", "supplement", "supplement_share")
_POSITION: Final = tuple(sorted((*_OF_PEOPLE, "compa_ratio", "range_place", "gap_to_maximum", *_SCALE)))
_ENDS: Final = ("maximum", "midpoint", "minimum")
_PAY_SCALES: Final = ("body", "role", "annual_pay", "from_date")
_OPTIONAL: Final = {"grade": pl.String(), "full_time_hours": pl.Float64(), "to_date": pl.Date()}
OUTLYING: Final = 25  # times the median of all, either way: a month, an hour or pence entered for a year in pounds
_NEARLY: Final = 1 - 1e-12  # 25 times, whatever the last bit of a division makes of it
NO_PAY: Final = "no pay recorded"
NO_HOURS: Final = "no full-time hours recorded"
NOTHING: Final = "pay of 0 or less"
TOO_HIGH: Final = f"pay of {OUTLYING} times the median or more"
TOO_LOW: Final = f"pay of a {OUTLYING}th of the median or less"
FAULTS: Final = (NO_PAY, NO_HOURS, NOTHING, TOO_HIGH, TOO_LOW)
NOBODY_IN_POST: Final = "no employed staff are in post on the date"
NOT_COVERED: Final = "no organisation's records cover the date"
_PAY: Final = ("annual_pay", "supplement", "full_time_hours")


@measure("assignments", "pay_scales")
def position(
    records: Records, on: date | Sequence[date], *, by: Sequence[str] | str = (), within: str = "role"
) -> MeasureTable:
    """Hourly pay of staff in each role, each body's scale for it, the compa-ratio, and the gap to other employers' maximum.

    Parameters
    ----------
    records : Records
        The area's records; uses `assignments` and, for all but what staff are paid, `pay_scales`.
    on : date or sequence of date
        The days on which pay is compared.
    by : sequence of str
        Columns of `assignments` to group by. `role` is always one of the groups: pay is compared within a role.
    within : str
        A column of `assignments` in place of the role, such as ``"staff_group"``, where few people are in each role. Scales are those of
        roles, so that only what staff are paid has rows.

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
    if within != "role":
        return _within(records, on, by, within)
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


def _within(records: Records, on: date | Sequence[date], by: Sequence[str] | str, column: str) -> MeasureTable:
    """What staff are paid within another column than the role, which then takes its place among the groups."""
    groups = [c for c in _groups(by) if c != "role"]
    if reason := records.lacks("assignments", columns=[*groups, column]):
        return not_available("pay_position", _OF_PEOPLE, by=[*groups, column], when=as_dates(on), reason=reason)
    grouped = records.assignments.lazy().with_columns(role=pl.col(column)).collect()
    table = position(records._with({"assignments": grouped, "pay_scales": records.pay_scales.clear()}), on, by=groups)
    paid = table.frame.filter(pl.col("definition").is_in(_OF_PEOPLE)).rename({"role": column})
    of_groups = [column if c == "role" else c for c in table.groups]
    return table._with(paid, groups=of_groups, reasons=[r for r in (pay_not_recorded(records),) if r])


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


def scales_in_force(pay_scales: Frame, staff: pl.DataFrame, day: date) -> pl.DataFrame:
    """Each body's scale for each role on the day: body, role, minimum, midpoint, maximum.

    staff: in post on the day, with organisation, role and, for scales by grade, grade.

    >>> scale = pl.DataFrame({"body": "nhs", "role": BY_GRADE, "grade": ["5", "5", "6"], "annual_pay": [19552.6, 39105.2, 58657.9],
    ...                       "full_time_hours": 37.5, "from_date": date(2022, 4, 1)})
    >>> staff = pl.DataFrame({"organisation": ["nhs"] * 3, "role": ["therapist"] * 3, "grade": ["5", "5", "6"]})
    >>> scales_in_force(scale, staff, date(2023, 3, 31)).select("role", pl.col("minimum", "maximum").round(1)).rows()
    [('therapist', 10.0, 20.0)]
    """
    hourly = pl.col("annual_pay") / (pl.col("full_time_hours") * WEEKS_IN_A_YEAR)
    complete = pl.col("hourly").is_not_null().all()
    in_force = _complete(pay_scales).filter(
        (pl.col("from_date") <= day) & (pl.col("to_date").is_null() | (pl.col("to_date") >= day))
    )
    return (
        _with_roles(in_force, staff)
        .with_columns(hourly=hourly)
        .group_by("body", "role")
        .agg(
            minimum=pl.when(complete).then(pl.col("hourly").min()),
            maximum=pl.when(complete).then(pl.col("hourly").max()),
        )
        .with_columns(midpoint=(pl.col("minimum") + pl.col("maximum")) / 2)
        .sort("body", "role")
    )


def scales_of_any_day(pay_scales: Frame, staff: pl.DataFrame) -> pl.DataFrame:
    """Which employer has, or had, or will have a scale for which role: organisation, role."""
    return _with_roles(_complete(pay_scales), staff).select(organisation="body", role="role").unique()


def comparators(staff: pl.DataFrame, scales: pl.DataFrame) -> pl.DataFrame:
    """The median of the other bodies' maxima for each employer (`body`) and role, and the bodies that could not be counted."""
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


def _complete(pay_scales: Frame) -> pl.DataFrame:
    names = pay_scales.lazy().collect_schema().names()
    absent = [pl.lit(None, dtype).alias(c) for c, dtype in _OPTIONAL.items() if c not in names]
    return (
        pay_scales.lazy().with_columns(absent).select("body", "role", "annual_pay", "from_date", *_OPTIONAL).collect()
    )


def _with_roles(scales: pl.DataFrame, staff: pl.DataFrame) -> pl.DataFrame:
    """Scales by role; those by grade with the roles that they are for."""
    by_grade = pl.col("role").is_null() | (pl.col("role") == BY_GRADE)
    with_role, open_to_roles = scales.filter(~by_grade), scales.filter(by_grade).drop("role")
    if open_to_roles.is_empty() or "grade" not in staff.columns:
        return with_role
    # One miscoded person must not widen a scale, nor be seen in it: the grade of a role is the one that most of its staff are on.
    usual = (
        staff.select("organisation", pl.col("role", "grade").cast(pl.String))
        .drop_nulls()
        .group_by("organisation", "role", "grade")
        .len()
        .sort("organisation", "role", "len", "grade", descending=[False, False, True, False])
        .unique(["organisation", "role"], keep="first", maintain_order=True)
        .select("role", "grade", body="organisation")
        .join(with_role.select("body", "role").unique(), on=["body", "role"], how="anti", maintain_order="left")
    )
    return pl.concat([with_role, open_to_roles.join(usual, on=["body", "grade"]).select(with_role.columns)])


def hourly_staff(assignments: Frame, day: date, *, columns: Sequence[str]) -> pl.DataFrame:
    """Employed staff in post on the day: organisation, person_id, the columns, basic, hourly_supplement, hourly, fault, covered.

    basic: annual pay / 52.143 / full-time hours; hourly_supplement: the same of the supplement (none recorded = none paid); hourly: both.
    All three are null where there is a `fault`, which says why; pay of 25 times the median of all staff of the frame in post on the day or
    more, or of a 25th of it or less, is an entry in the wrong unit. A person with several posts counts under the one with the largest
    FTE, then the earliest. covered: whether the organisation's records cover the day.

    >>> staff = pl.DataFrame({"organisation": ["us"] * 2, "person_id": ["A", "B"], "start_date": [date(2022, 1, 1)] * 2, "fte": [1.0] * 2,
    ...                       "annual_pay": [38585.82, 0.0], "full_time_hours": [37.0] * 2})
    >>> hourly_staff(staff, date(2023, 3, 31), columns=[]).select(pl.col("hourly").round(2), "fault").rows()
    [(20.0, None), (None, 'pay of 0 or less')]
    """
    carried = [c for c in dict.fromkeys([*columns, *_PAY]) if c not in ("organisation", "person_id")]
    recorded = assignments.lazy().collect_schema().names()
    ready = assignments.lazy().with_columns(pl.lit(None, pl.Float64).alias(c) for c in _PAY if c not in recorded)
    # A pay figure may itself be a column that is grouped by: it is then carried as it is, and used under a name of its own.
    in_post = timeline(employed(ready, columns=carried), columns=carried).filter(
        (pl.col("first") <= day) & (pl.col("last") >= day)
    )
    records = observed(assignments).select(
        "organisation",
        covered=~((pl.col("observed_from") > day) | (pl.col("observed_to") < day)).fill_null(value=False),
    )
    paid = in_post.with_columns(
        basic=_by_the_hour(pl.col("annual_pay")), extra=_by_the_hour(pl.col("supplement").fill_null(0.0))
    )
    usual = paid.filter(pl.col("basic") > 0)["basic"].median()
    sound = pl.col("fault").is_null()
    return (
        paid.with_columns(fault=_fault(usual if isinstance(usual, float) else 0.0))
        .with_columns(basic=pl.when(sound).then("basic"), extra=pl.when(sound).then("extra"))
        .with_columns(hourly=pl.col("basic") + pl.col("extra"))
        .join(records, on="organisation", how="left", maintain_order="left")
        .select(
            *dict.fromkeys(["organisation", "person_id", *columns]),
            "basic",
            pl.col("extra").alias("hourly_supplement"),
            "hourly",
            "fault",
            "covered",
        )
        .sort("organisation", "person_id")
    )


def pay_not_recorded(records: Records) -> str | None:
    """Return why no hourly pay can be worked out for anybody, as a sentence without its full stop, or None.

    A column in which every cell is empty is not recorded either: `load_area` gives every table all its columns.

    >>> pay_not_recorded(Records(assignments=pl.DataFrame({"annual_pay": [30_000.0], "full_time_hours": [None]})))
    'the full-time hours of staff are not recorded'
    """
    staff = records.assignments.lazy()
    columns = staff.collect_schema().names()
    sentences = {
        "annual_pay": "the annual pay of staff is not recorded",
        "full_time_hours": "the full-time hours of staff are not recorded",
    }
    counts = staff.select(pl.col(c).count() for c in sentences if c in columns).collect()
    return next((words for c, words in sentences.items() if c not in counts.columns or not counts[c].item()), None)


def nobody_compared(staff: pl.DataFrame, left_out: Sequence[str]) -> str | None:
    """Return why nobody of the staff in post on a day can be compared, as a sentence without its full stop, or None.

    staff: as `hourly_staff` returns them; left_out: the organisations whose records do not cover the day.
    """
    if staff.is_empty():
        return NOBODY_IN_POST
    covered = staff.filter(~pl.col("organisation").is_in(list(left_out)))
    return NOT_COVERED if covered.is_empty() else None


def _by_the_hour(pounds: pl.Expr) -> pl.Expr:
    # Divided once, by a column: polars divides a column by a number in two ways, whose last bits depend on the order of the rows.
    return pounds / (pl.col("full_time_hours") * WEEKS_IN_A_YEAR)


def _fault(usual: float) -> pl.Expr:
    return (
        pl.when(pl.col("annual_pay").is_null())
        .then(pl.lit(NO_PAY))
        .when(pl.col("annual_pay") <= 0)
        .then(pl.lit(NOTHING))
        .when((pl.col("full_time_hours") > 0).fill_null(value=False).not_())
        .then(pl.lit(NO_HOURS))
        .when(pl.col("basic") >= OUTLYING * usual * _NEARLY)
        .then(pl.lit(TOO_HIGH))
        .when(pl.col("basic") * OUTLYING * _NEARLY <= usual)
        .then(pl.lit(TOO_LOW))
    )
