"""Who moved where inside the partnership, which leavers had less than a year's service, and who stayed through a period."""

from collections.abc import Sequence
from typing import Final

import polars as pl

from workforce.frames import as_by
from workforce.measures.availability import covered, measure, no_end_dates, not_available, rolled_up, without_end_dates
from workforce.measures.presence import (
    KNOWN_TO,
    Scope,
    checked_scope,
    columns_of_a_stay,
    employed,
    known_in_area,
    observed,
    timeline,
)
from workforce.measures.turnover import carried_columns, leaving_stretches, with_provisional, within
from workforce.periods import Period, as_periods, period_frame
from workforce.records import Records
from workforce.results import PERIOD_COLUMNS, MeasureTable
from workforce.stats.rates import measure_table

A_YEARS_SERVICE: Final = "1y"


@measure("assignments", grouped_by=["between"])
def movements(records: Records, periods: Period | Sequence[Period], *, between: str = "team") -> MeasureTable:
    """People who moved between teams (or roles, localities, organisations ...) in each period, by where from and where to.

    A move is a change of a person's main post between two days in post; a gap of less than a full week is none. It is neither a leaver
    nor a joiner of the partnership. Moving hours between two posts that both go on may move the main post, and leaves neither team. The
    day of a move is its first day in the new post. Only moves that happened are rows.

    Parameters
    ----------
    records : Records
        The area's records; uses `assignments`.
    periods : Period or sequence of Period
        For example ``wf.year_to("2023-03")``.
    between : str
        The column whose changes are moves. "organisation" follows people from one partner to another, which needs ids from one
        partnership key; any other column is followed within an organisation.

    Returns
    -------
    MeasureTable
        Numerator: people who moved; no denominator. Groups: moved_from, moved_to.

    References
    ----------
    This project's measure book, "movements".

    Examples
    --------
    >>> from datetime import date
    >>> from workforce.periods import month
    >>> staff = pl.DataFrame({"organisation": ["council"] * 2, "person_id": ["a"] * 2, "fte": [1.0] * 2, "team": ["North", "South"],
    ...     "start_date": [date(2020, 1, 1), date(2023, 3, 6)], "end_date": [date(2023, 3, 3), None]})
    >>> movements(Records(assignments=staff), month("2023-03")).frame.select("moved_from", "moved_to", "value").row(0)
    ('North', 'South', 1.0)
    """
    spans = as_periods(periods)
    if reason := records.lacks("assignments", columns=as_by([between])):
        return not_available("movements", ["moved"], by=(), when=spans, reason=reason)
    across = between == "organisation"
    key = ["person_id"] if across else ["organisation", "person_id"]
    stretches = timeline(
        employed(records.assignments, columns=[] if across else [between]),
        columns=[] if across else [between],
        scope="area" if across else "organisation",
    )
    ordered = stretches.sort(*key, "first").with_columns(
        moved_from=pl.col(between).shift(1).over(key), first_of_stay=pl.col("stay").is_first_distinct()
    )
    moves = ordered.filter(
        ~pl.col("first_of_stay") & pl.col(between).ne_missing(pl.col("moved_from")).fill_null(value=False)
    ).with_columns(moved_to=pl.col(between))
    sides = (
        within(moves, spans, "first")
        .group_by("moved_from", "moved_to", *PERIOD_COLUMNS)
        .agg(numerator=pl.len().cast(pl.Float64), people=pl.col("person_id").n_unique().cast(pl.Int64))
    )
    return measure_table(sides, "movements", "moved", by=())


@measure("assignments")
def first_year_leavers(records: Records, periods: Period | Sequence[Period], *, by: Sequence[str] = ()) -> MeasureTable:
    """Of the people who left in each period, the share with less than a year's service, in percent.

    Service runs from `service_start` where it is recorded, else from the first day of the stay, to the last day worked.

    Parameters
    ----------
    records : Records
        The area's records; uses `assignments`.
    periods : Period or sequence of Period
        For example ``wf.year_to("2023-03")``.
    by : sequence of str
        Columns to group by; any text column of `assignments`.

    Returns
    -------
    MeasureTable
        Numerator: leavers with less than a year's service; denominator: leavers; value in %. Limits: Wilson, 95%. Added column
        `provisional`, as in `wf.staffing.turnover`.

    References
    ----------
    This project's measure book, "first-year leavers".

    Examples
    --------
    >>> from datetime import date
    >>> from workforce.periods import month
    >>> staff = pl.DataFrame({"organisation": ["council"] * 2, "person_id": ["a", "b"], "fte": [1.0] * 2,
    ...     "start_date": [date(2020, 1, 1), date(2022, 9, 1)], "end_date": [date(2023, 3, 3)] * 2})
    >>> first_year_leavers(Records(assignments=staff), month("2023-03")).frame["value"].item()
    50.0
    """
    spans, groups = as_periods(periods), as_by(by)
    if reason := records.lacks("assignments", columns=groups):
        rows = not_available("first_year_leavers", ["share_of_leavers"], by=groups, when=spans, reason=reason)
        return with_provisional(rows, records)
    assignments = records.assignments
    service = ["service_start"] if "service_start" in assignments.lazy().collect_schema().names() else []
    columns = [c for c in dict.fromkeys([*groups, *service]) if c != "organisation"]
    keys = list(dict.fromkeys(["organisation", *groups]))
    stretches = timeline(employed(assignments, columns=columns), columns=columns)
    begun = pl.min_horizontal("began", *service)
    # Who was there before anything is known of them has served for longer than the records tell, unless these say since when.
    since_unknown = ~pl.col("joined").first().over("stay") & (begun >= pl.col("began"))
    leavers = (
        leaving_stretches(stretches.with_columns(since_unknown=since_unknown), spans, reasons=None)
        .with_columns(early=pl.col("last") < begun.dt.offset_by(A_YEARS_SERVICE))
        .filter(~(pl.col("early") & pl.col("since_unknown")))
    )
    counts = leavers.group_by(*keys, *PERIOD_COLUMNS).agg(
        numerator=pl.col("early").sum().cast(pl.Float64),
        denominator=pl.len().cast(pl.Float64),
        people=pl.len().cast(pl.Int64),
    )
    sides = (
        stretches.select(keys)
        .unique()
        .join(period_frame(spans), how="cross")
        .join(counts, on=[*keys, *PERIOD_COLUMNS], how="left", nulls_equal=True)
        .with_columns(pl.col("numerator", "denominator", "people").fill_null(0))
    )
    sides = covered(sides, observed(assignments), spans, silent=without_end_dates(records))
    table = measure_table(rolled_up(sides, by=groups), "first_year_leavers", "share_of_leavers", by=groups)
    return with_provisional(table._with_reasons(*no_end_dates(records)), records)


@measure("assignments")
def stability(
    records: Records,
    periods: Period | Sequence[Period],
    *,
    by: Sequence[str] = (),
    scope: Scope = "organisation",
) -> MeasureTable:
    """Share of the people in post when a period opens who are in post when it closes, in percent.

    Someone who leaves and returns within the period counts as staying. People count in the group of the post that they held on the day
    before the period; in the scopes team, role and staff_group, once in each of them in which they held a post.

    Parameters
    ----------
    records : Records
        The area's records; uses `assignments`.
    periods : Period or sequence of Period
        For example ``wf.year_to("2023-03")``.
    by : sequence of str
        Columns to group by; any text column of `assignments`.
    scope : {"organisation", "area", "team", "role", "staff_group"}
        What a person has to leave to count as having left.

    Returns
    -------
    MeasureTable
        Numerator: people in post in the same scope on the last day; denominator: people in post on the day before the period; value in
        %. Limits: Wilson, 95%. Rows of an organisation whose records do not cover the period have marker ``x``.

    References
    ----------
    NHS England, NHS workforce statistics, "stability index".

    Examples
    --------
    >>> from datetime import date
    >>> from workforce.periods import month
    >>> staff = pl.DataFrame({"organisation": ["council"] * 4, "person_id": list("abcd"), "fte": [1.0] * 4,
    ...     "start_date": [date(2020, 1, 1)] * 4, "end_date": [date(2023, 3, 9), None, None, None]})
    >>> stability(Records(assignments=staff), month("2023-03")).frame["value"].item()  # one of four left
    75.0
    """
    spans, groups = as_periods(periods), as_by(by)
    columns = carried_columns(groups, checked_scope(scope), None)
    if reason := records.lacks("assignments", columns=columns):
        return not_available("stability", ["nhs"], by=groups, when=spans, reason=reason)
    assignments = records.assignments
    keys = list(dict.fromkeys(["organisation", *groups]))
    spells = employed(assignments, columns=columns)
    stretches = timeline(spells, columns=columns, scope=scope)
    spells_known = known_in_area(spells) if scope == "area" else spells
    same = columns_of_a_stay(scope)
    person = same[:2]
    everyone = stretches.select(keys).unique()
    opening_counts = [pl.len().alias("denominator"), pl.col("person_id").n_unique().cast(pl.Int64).alias("people")]
    frames = []
    for period in spans:
        opening = stretches.filter((pl.col("first") <= period.day_before) & (pl.col("last") >= period.day_before))
        closing = (
            stretches.filter((pl.col("first") <= period.end) & (pl.col("last") >= period.end)).select(same).unique()
        )
        if KNOWN_TO in spells_known.columns:  # whether they are still there cannot be said
            lost_sight = spells_known.filter(pl.col(KNOWN_TO) < period.end).select(person)
            opening = opening.join(lost_sight, on=person, how="anti")
        stayed = opening.join(closing, on=same, how="semi", nulls_equal=True)
        counts = (
            everyone.join(opening.group_by(keys).agg(opening_counts), on=keys, how="left", nulls_equal=True)
            .join(stayed.group_by(keys).agg(numerator=pl.len()), on=keys, how="left", nulls_equal=True)
            .with_columns(
                pl.col("numerator", "denominator").fill_null(0).cast(pl.Float64), pl.col("people").fill_null(0)
            )
            .with_columns(
                period_start=pl.lit(period.start),
                period_end=pl.lit(period.end),
            )
        )
        frames.append(counts)
    silent = without_end_dates(records)
    sides = covered(pl.concat(frames), observed(assignments), spans, opening=True, silent=silent)
    table = measure_table(rolled_up(sides, by=groups), "stability", "nhs", by=groups)
    return table._with_reasons(*no_end_dates(records))
