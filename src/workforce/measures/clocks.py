"""Clocks of cases: what within so many weeks means, whose case it is, and what happened in each period.

Day 1 is the day of receipt, so within n weeks means no more than 7n - 1 days after it. A child who is known to two organisations is one
person behind a row. An organisation whose records do not cover a period leaves both sides and is named.
"""

from collections.abc import Sequence
from typing import Final

import polars as pl

from workforce.book.constants import DAYS_IN_A_WEEK
from workforce.errors import UsageError, did_you_mean
from workforce.frames import Frame, eager, need
from workforce.measures.presence import observed
from workforce.periods import Period
from workforce.records import Records
from workforce.results import NOT_AVAILABLE
from workforce.schemas import DATED_OUTCOMES, TABLES

ASSESSMENT: Final = "ehc_assessment"
REVIEW: Final = "annual_review"
TRANSFER: Final = "phase_transfer"
PLAN_ISSUED: Final = "plan_issued"
CHILD: Final = "child behind the case"
_OPTIONAL: Final[dict[str, pl.DataType]] = {
    "child_id": pl.String(),
    "closed_date": pl.Date(),
    "outcome": pl.String(),
    "outcome_date": pl.Date(),
    "exception": pl.Boolean(),
}


def allowed(weeks: int) -> int:
    """Days after receipt within which something happened within so many weeks.

    >>> allowed(20)
    139
    """
    return DAYS_IN_A_WEEK * weeks - 1


def not_recorded(records: Records, *tables: str, by: Sequence[str], of: Sequence[str]) -> str | None:
    """Why a measure has nothing to say: a table is not recorded, or a group column is in none of several tables.

    Parameters
    ----------
    records : Records
        The area's records.
    tables : str
        Tables that the measure cannot do without.
    by : sequence of str
        Columns to group by.
    of : sequence of str
        The tables that may have these columns.

    Returns
    -------
    str or None
        A sentence without its full stop; None where nothing is missing.

    Raises
    ------
    UsageError
        Where a column is in no schema and in no table.
    """
    frames = dict(records.tables())
    columns = {
        name: {*TABLES[name].column_names(), *(frames[name].lazy().collect_schema().names() if name in frames else ())}
        for name in of
    }
    reasons = []
    for column in by:
        having = [name for name in of if column in columns[name]]
        if not having:
            raise UsageError(
                'the records have no column "{column}"',
                where="by=",
                hint=did_you_mean(column, set().union(*columns.values())),
                column=column,
            )
        missing = [records.lacks(columns=[column], of=name) for name in having]
        reasons.append(missing[0] if all(missing) else None)
    return records.lacks(*tables) or next((reason for reason in reasons if reason), None)


def dated_cases(cases: Frame, case_type: str | None) -> pl.DataFrame:
    """Cases (of one type) with their optional columns, the child behind each, and `ended`: the outcome or the closing, the earlier.

    A case of which the records say that a plan was issued, say, and not when (or a day after their end), ended on a day that is not known:
    it is open on its first day, which is the last that its records prove.
    """
    needed = ["organisation", "case_id", "received_date", *([] if case_type is None else ["case_type"])]
    need(cases, needed, what="cases")
    frame = eager(cases)
    frame = frame.with_columns(pl.lit(None, dtype).alias(c) for c, dtype in _OPTIONAL.items() if c not in frame.columns)
    if case_type is not None:
        frame = frame.filter(pl.col("case_type") == case_type)
    within_records = (
        (pl.col("outcome_date") <= pl.col("observed_to")).fill_null(value=True)
        if "observed_to" in frame.columns
        else pl.lit(value=True)
    )
    case_key = pl.concat_str(
        "organisation", "case_id", separator="\x1f"
    )  # a case without a child's id is a child of its own
    return frame.with_columns(
        pl.coalesce("child_id", case_key).alias(CHILD),
        ended=pl.coalesce(
            pl.min_horizontal(pl.when(within_records).then("outcome_date"), "closed_date"),
            pl.when(pl.col("outcome").is_in(DATED_OUTCOMES)).then("received_date"),
            "outcome_date",
        ),
    )


def by_period(
    rows: pl.DataFrame,
    every: pl.DataFrame,
    periods: Sequence[Period],
    *,
    by: Sequence[str],
    inside: Sequence[pl.Expr],
    sides: dict[str, pl.Expr],
) -> pl.DataFrame:
    """Sides of each period and group, with marker and `left_out`.

    rows: organisation, `CHILD`, the columns of `by` and those that the sides need. every: the cases from which the rows came, for the
    organisations that could have some. inside: for each period, which rows are in it. sides: what is counted of them; `people` is the
    number of different children unless given.
    """
    groups = [f"group {place}" for place in range(len(by))]
    with_groups = rows.with_columns(pl.col(c).cast(pl.String).alias(g) for c, g in zip(by, groups, strict=True))
    group_columns = ["all", *groups]
    limits = observed(every)
    frames = []
    for period, in_period in zip(periods, inside, strict=True):
        unable = unable_in(limits, period)
        silent = pl.col("organisation").is_in(unable.implode())
        in_groups = with_groups.filter(in_period).with_columns(pl.lit(0).alias("all"))
        totals = in_groups.filter(~silent).group_by(group_columns).agg(**{"people": pl.col(CHILD).n_unique(), **sides})
        if by:
            answers = in_groups.group_by(group_columns).agg(
                able=(~silent).any(), out=pl.col("organisation").filter(silent).unique().sort()
            )
        else:  # the whole has a row whether or not anything happened
            answers = pl.DataFrame(
                {
                    "all": [0],
                    "able": [len(unable) < len(limits) or limits.is_empty()],
                    "out": [unable.sort().to_list()],
                },
                schema={"all": pl.Int32, "able": pl.Boolean, "out": pl.List(pl.String)},
            )
        figures = pl.col(*[c for c in totals.columns if c not in group_columns])
        frames.append(
            answers.join(totals, on=group_columns, how="left", nulls_equal=True)
            .with_columns(pl.when("able").then(figures.fill_null(0)))
            .with_columns(
                period_start=pl.lit(period.start),
                period_end=pl.lit(period.end),
                marker=pl.when(~pl.col("able")).then(pl.lit(NOT_AVAILABLE)),
                left_out=pl.lit([], pl.List(pl.String)) if "organisation" in by else pl.col("out"),
            )
            .drop("all", "able", "out")
        )
    return pl.concat(frames, how="vertical_relaxed").rename(dict(zip(groups, by, strict=True)))


def unable_in(limits: pl.DataFrame, period: Period) -> pl.Series:
    """Organisations whose records do not cover a period. limits: organisation, observed_from, observed_to."""
    outside = (pl.col("observed_from") > period.start) | (pl.col("observed_to") < period.end)
    return limits.filter(outside.fill_null(value=False))["organisation"]


def happened(day: str, periods: Sequence[Period]) -> list[pl.Expr]:
    """For each period, which rows have their day in it."""
    return [pl.col(day).is_between(p.start, p.end).fill_null(value=False) for p in periods]
