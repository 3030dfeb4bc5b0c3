"""Complete-case roll-up over organisations, the moment a measure is made.

An organisation whose records do not cover a period leaves both sides of that period and is named in `left_out`; it is never counted as if
nothing had happened there.
"""

from collections.abc import Sequence

import polars as pl

from workforce.measures.frame import NOT_AVAILABLE, listed
from workforce.periods import Period, period_frame
from workforce.records import Records

_PERIOD = ("period_start", "period_end")


def rows_or_none(records: Records, table: str) -> pl.DataFrame | pl.LazyFrame:
    """A table of the records; where it is not recorded, one without rows that has every column.

    From a table without rows a measure gives rows with marker `x` in the groups of its other tables, by the names of the organisations.

    >>> rows_or_none(Records(vacancies=pl.DataFrame()), "vacancies").shape[0]
    0
    """
    return Records()._table(table) if records.lacks(table) else records._table(table)


def ungrouped(records: Records, table: str, groups: Sequence[str]) -> str | None:
    """Why the rows of a table cannot be grouped by some columns, or None; a table without rows is `rows_or_none`'s to answer for."""
    reason = records.lacks(columns=groups, of=table)
    return None if records.lacks(table) else reason


def without_end_dates(records: Records) -> list[str]:
    """Organisations that record no last day of any of their staff: who has left is in no records of theirs."""
    return sorted(records.without_end_dates)


def no_end_dates(records: Records) -> list[str]:
    """Why organisations have no leavers: a sentence without its full stop, where there are such."""
    names = records._settings.organisation_names if records._settings is not None else {}
    silent = [names.get(slug, slug) for slug in without_end_dates(records)]
    return [f"no end dates are recorded by {listed(silent)}"] if silent else []


def covered(
    sides: pl.DataFrame,
    observed: pl.DataFrame,
    periods: Sequence[Period],
    *,
    opening: bool = False,
    silent: Sequence[str] = (),
) -> pl.DataFrame:
    """Sides by organisation, with both null and marker `x` where the organisation's records do not cover the period.

    observed: organisation, observed_from, observed_to. opening: the measure also looks at the day before the period. Where nothing but
    the organisation groups the sides, an organisation with nobody to count has its row of zeros. silent: organisations whose records do
    not say what is counted.
    """
    figures = [c for c in ("numerator", "denominator", "people") if c in sides.columns]
    if set(sides.columns) <= {"organisation", "marker", *_PERIOD, *figures}:
        grid = observed.select("organisation").join(period_frame(periods), how="cross")
        sides = grid.join(sides, on=["organisation", *_PERIOD], how="left").with_columns(
            pl.col(c).fill_null(0) for c in figures
        )
    first = pl.col("period_start").dt.offset_by("-1d") if opening else pl.col("period_start")
    outside = (pl.col("observed_from") > first) | (pl.col("observed_to") < pl.col("period_end"))
    rows = sides.join(observed, on="organisation", how="left").with_columns(
        marker=pl.when(outside.fill_null(value=False) | pl.col("organisation").is_in(list(silent)))
        .then(pl.lit(NOT_AVAILABLE))
        .otherwise(pl.col("marker") if "marker" in sides.columns else pl.lit(None, pl.String))
    )
    return rows.with_columns(pl.when(pl.col("marker").is_null()).then(pl.col(c)) for c in figures).drop(
        "observed_from", "observed_to"
    )


def rolled_up(sides: pl.DataFrame, *, by: Sequence[str]) -> pl.DataFrame:
    """Sides by organisation and group, summed over organisations unless `by` names them; those with a marker leave both sides."""
    if "organisation" in by:
        return sides
    complete = pl.col("marker").is_null()
    figures = [c for c in ("numerator", "denominator", "people") if c in sides.columns]
    return (
        sides.group_by(*by, *_PERIOD)
        .agg(
            *[pl.when(complete.any()).then(pl.col(c).filter(complete).sum()).alias(c) for c in figures],
            marker=pl.when(~complete.any()).then(pl.lit(NOT_AVAILABLE)),
            left_out=pl.col("organisation").filter(~complete).unique().sort(),
        )
        .sort(*by, *_PERIOD, nulls_last=True)
    )
