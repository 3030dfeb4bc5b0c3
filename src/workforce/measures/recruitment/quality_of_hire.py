"""Quality of hire: whether those who joined are still here. Only those are counted whom the records follow for long enough."""

from collections.abc import Sequence
from datetime import date
from typing import Final

import polars as pl

from workforce.measures.availability import covered, no_end_dates, rolled_up, without_end_dates
from workforce.measures.frame import NOT_AVAILABLE, as_by, measure, measure_table, not_available
from workforce.measures.presence import OPEN, employed, observed, timeline
from workforce.measures.recruitment.vacancy_records import within
from workforce.periods import Period, as_periods, month, period_frame
from workforce.records import Records
from workforce.results import MeasureTable, stacked

HORIZONS: Final = {"six_months": "6mo", "twelve_months": "12mo"}
Frame = pl.DataFrame | pl.LazyFrame
_PERIOD: Final = ("period_start", "period_end")


@measure("assignments")
def quality_of_hire(
    records: Records,
    periods: Period | Sequence[Period],
    *,
    by: Sequence[str] | str = (),
    until: date | None = None,
) -> MeasureTable:
    """Share of the people who joined in each period who are still here 6 and 12 months later, in %.

    Parameters
    ----------
    records : Records
        The area's records; uses `assignments`.
    periods : Period or sequence of Period
        For example ``wf.year_to("2023-03")``.
    by : sequence of str
        Columns of `assignments` to group by, with their values in the first post.
    until : date, optional
        The last day to which joiners can be followed, where the records do not say it.

    Returns
    -------
    MeasureTable
        Definitions `six_months` and `twelve_months`. Only joiners whose 6 (or 12) months lie within the records are on either side: up to
        `observed_to` of their organisation or `until`, the earlier; where neither is known, up to the end of the area's reporting month,
        and of records without settings up to the latest date of their organisation. A change of post is not leaving. Limits: Wilson.
        Marker ``x``: none of them can be followed so far yet, or the organisation's records do not cover the period.

    Raises
    ------
    UsageError
        Where a column of `by` is neither in the records nor in their schema.

    References
    ----------
    This project's measure book: the complement of leaving with less than so much service.

    Examples
    --------
    >>> staff = pl.DataFrame({"organisation": ["council"] * 2, "person_id": ["a", "b"], "fte": [1.0] * 2,
    ...     "start_date": [date(2022, 1, 10)] * 2, "end_date": [date(2022, 9, 30), None]})
    >>> january = Period(date(2022, 1, 1), date(2022, 1, 31))
    >>> table = quality_of_hire(Records(assignments=staff), january, until=date(2023, 3, 31))
    >>> table.frame.select("definition", "value").rows()
    [('six_months', 100.0), ('twelve_months', 50.0)]
    """
    spans, groups = as_periods(periods), as_by(by)
    if reason := records.lacks("assignments", columns=groups):
        return not_available("quality_of_hire", list(HORIZONS), by=groups, when=spans, reason=reason)
    assignments = records.assignments
    keys = list(dict.fromkeys(["organisation", *groups]))
    carried = [c for c in groups if c != "organisation"]
    stretches = timeline(employed(assignments, columns=carried), columns=carried)
    stays = (
        stretches.group_by("stay", maintain_order=True)
        .agg(
            pl.col("first").min(),
            pl.col("last").max(),
            pl.col("joined").first(),
            pl.col("left").last(),
            *[pl.col(c).first() for c in keys],
        )
        .join(_followed_to(stretches, records, until), on="organisation", maintain_order="left")
    )
    grid = stays.select(keys).unique().join(period_frame(spans), how="cross")
    tables = []
    for definition, later in HORIZONS.items():
        reached = pl.col("first").dt.offset_by(later).dt.offset_by("-1d")  # the last day that completes the months
        stayed = pl.col("last") > reached
        followed = within(stays.filter("joined"), spans, "first").filter(
            (reached <= pl.col("followed_to")) & (stayed | pl.col("left"))
        )
        sums = followed.group_by(*keys, *_PERIOD).agg(
            numerator=stayed.sum().cast(pl.Float64),
            denominator=pl.len().cast(pl.Float64),
            people=pl.len().cast(pl.Int64),
        )
        sides = grid.join(sums, on=[*keys, *_PERIOD], how="left", nulls_equal=True).with_columns(
            pl.col("numerator", "denominator", "people").fill_null(0)
        )
        of_organisations = covered(sides, observed(assignments), spans, silent=without_end_dates(records))
        rows = rolled_up(of_organisations, by=groups).with_columns(
            marker=pl.col("marker").fill_null(pl.when(pl.col("denominator") == 0).then(pl.lit(NOT_AVAILABLE)))
        )
        tables.append(measure_table(rows, "quality_of_hire", definition, by=groups))
    return stacked(tables)._with_reasons(*no_end_dates(records))


def _followed_to(stretches: pl.DataFrame, records: Records, until: date | None) -> pl.DataFrame:
    """Up to which day each organisation's joiners can be followed: organisation, followed_to."""
    # Without an end the records run to the reporting month, which no row decides: one that could not be read must not move it. What has
    # no settings runs at least to the latest date of the organisation's own rows; another's say nothing of it.
    settings = records._settings
    reported = month(settings.area.month).end if settings is not None else None
    dates = pl.concat([pl.col("first"), pl.col("last").filter(pl.col("last") < OPEN)])
    latest = stretches.group_by("organisation").agg(latest=dates.max())
    end = pl.min_horizontal(pl.col("observed_to"), pl.lit(until, pl.Date))
    return (
        observed(records.assignments)
        .join(latest, on="organisation", how="left", maintain_order="left")
        .select("organisation", followed_to=pl.coalesce(end, pl.lit(reported, pl.Date), "latest"))
    )
