"""Stability: how much of the workforce that opened a period was still there at its close."""

from collections.abc import Sequence

import polars as pl

from workforce.measures.availability import covered, no_end_dates, rolled_up, without_end_dates
from workforce.measures.frame import as_by, measure, measure_table, not_available
from workforce.measures.known import KNOWN_TO, known_in_area
from workforce.measures.presence import Scope, checked_scope, employed, observed, timeline
from workforce.measures.staffing.turnover import carried_columns
from workforce.periods import Period, as_periods
from workforce.records import Records
from workforce.results import MeasureTable


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
    before the period.

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
    known = known_in_area(spells) if scope == "area" else spells
    person = ["person_id"] if scope == "area" else ["organisation", "person_id"]
    same = ["person_id"] if scope == "area" else ["organisation", "person_id", *([scope] if scope in columns else [])]
    everyone = stretches.select(keys).unique()
    frames = []
    for period in spans:
        opening = stretches.filter((pl.col("first") <= period.day_before) & (pl.col("last") >= period.day_before))
        closing = (
            stretches.filter((pl.col("first") <= period.end) & (pl.col("last") >= period.end)).select(same).unique()
        )
        if KNOWN_TO in known.columns:  # whether they are still there cannot be said
            lost_sight = known.filter(pl.col(KNOWN_TO) < period.end).select(person)
            opening = opening.join(lost_sight, on=person, how="anti")
        stayed = opening.join(closing, on=same, how="semi", nulls_equal=True)
        counts = (
            everyone.join(opening.group_by(keys).agg(denominator=pl.len()), on=keys, how="left", nulls_equal=True)
            .join(stayed.group_by(keys).agg(numerator=pl.len()), on=keys, how="left", nulls_equal=True)
            .with_columns(pl.col("numerator", "denominator").fill_null(0).cast(pl.Float64))
            .with_columns(
                period_start=pl.lit(period.start),
                period_end=pl.lit(period.end),
                people=pl.col("denominator").cast(pl.Int64),
            )
        )
        frames.append(counts)
    silent = without_end_dates(records)
    sides = covered(pl.concat(frames), observed(assignments), spans, opening=True, silent=silent)
    table = measure_table(rolled_up(sides, by=groups), "stability", "nhs", by=groups)
    return table._with_reasons(*no_end_dates(records))
