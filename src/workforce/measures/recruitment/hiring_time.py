"""Hiring time: the days within which half of all vacancies reach the end of a stage, and the share that does within 60 and 90 days.

Read off the curves of `time_to_hire`, so that vacancies still open count for as long as they have been open.
"""

from collections.abc import Sequence
from typing import Final

import polars as pl

from workforce.errors import UsageError, did_you_mean
from workforce.measures.frame import NOT_AVAILABLE, as_by, measure, measure_table, not_available
from workforce.measures.leaving.life_table import median_stay, retained_at
from workforce.measures.recruitment.recruitment import Stage, time_to_hire, why_not_followed
from workforce.periods import Period, as_period
from workforce.records import Records
from workforce.results import Curve, MeasureTable, stacked

STAGE_NAMES: Final[dict[Stage, str]] = {
    "advertise": "1. Opened to advertised",
    "choose": "2. Advertised to offer accepted",
    "start": "3. Offer accepted to post filled",
    "hire": "Opened to offer accepted",
}
WITHIN: Final = (60, 90)
_DEFINITIONS: Final = ("median", *(f"within_{days}" for days in WITHIN))


@measure("vacancies")
def hiring_time(
    records: Records,
    observed: Period | None = None,
    *,
    by: Sequence[str] | str = (),
    stages: Sequence[Stage] = ("advertise", "choose", "start", "hire"),
) -> MeasureTable:
    """Days that each stage of hiring takes: `median`, and the share in per cent done `within_60` and `within_90` days.

    Parameters
    ----------
    records : Records
        The area's records; uses `vacancies`.
    observed : Period, optional
        The days in which vacancies are followed; without it, those that the records cover.
    by : sequence of str
        Columns of `vacancies` to group by.
    stages : sequence of {"advertise", "choose", "start", "hire"}
        As in `wf.recruitment.time_to_hire`.

    Returns
    -------
    MeasureTable
        Groups: `by`, `stage` in words, in the order of hiring. The median is the first day by which half are done. Limits: log-log, read
        off the curve. The denominator is the vacancies that were in the stage at any time; nobody is behind a vacancy, so `people` is
        null. Medians do not roll up: measure the whole instead.
        Marker ``x``: less than half are done, or nothing was followed that long.

    Raises
    ------
    UsageError
        Where a stage is unknown, or a column of `by` is neither in the records nor in their schema.
    InputError
        Where dates are out of order or counts cannot be; it says how many.

    References
    ----------
    This project's measure book, from Kaplan & Meier (1958) with delayed entry: what is still open is censored, not dropped, and those given
    up count until they were.

    Examples
    --------
    >>> from datetime import date
    >>> vacancies = pl.DataFrame({"opened_date": [date(2023, 1, 1)] * 4, "outcome": ["filled", "filled", "filled", None],
    ...     "offered_date": [date(2023, 1, 10), date(2023, 2, 9), date(2023, 3, 11), None]})  # on days 10, 40 and 70
    >>> table = hiring_time(Records(vacancies=vacancies), Period(date(2023, 1, 1), date(2023, 3, 31)), stages=["hire"])
    >>> table.frame.select("definition", "value").rows()
    [('median', 40.0), ('within_60', 50.0), ('within_90', 75.0)]
    """
    groups, chosen = as_by(by), [stages] if isinstance(stages, str) else list(stages)
    for stage in chosen:
        if stage not in STAGE_NAMES:
            raise UsageError(
                '"{stage}" is not a stage of recruitment', hint=did_you_mean(stage, list(STAGE_NAMES)), stage=stage
            )
    reason = why_not_followed(records, observed, groups)
    if reason and observed is None:  # no row can say which days are meant
        x_rows = pl.DataFrame({"marker": [NOT_AVAILABLE]}).with_columns(
            pl.lit(None, pl.String).alias(c) for c in (*groups, "stage")
        )
        return stacked(measure_table(x_rows, "hiring_time", d, by=groups) for d in _DEFINITIONS)._with_reasons(reason)
    period = as_period(observed or records.observed)
    if reason:
        return not_available("hiring_time", _DEFINITIONS, by=groups, when=period, reason=reason)
    tables = []
    for stage in (one for one in STAGE_NAMES if one in chosen):
        curve = time_to_hire(records, period, by=groups, stage=stage)
        if curve.frame.is_empty():
            nothing = not_available("hiring_time", _DEFINITIONS, by=groups, when=period, reason=curve.reasons[0])
            tables.append(nothing._with(nothing.frame.with_columns(stage=pl.lit(STAGE_NAMES[stage]))))
            continue
        entered = pl.col("entered").sum().alias("denominator")
        entries = curve.frame.group_by(groups).agg(entered) if groups else curve.frame.select(entered)
        for definition, read in _read_off(curve).items():
            figures = read.join(entries, on=groups, nulls_equal=True) if groups else read.join(entries, how="cross")
            tables.append(_as_measure(figures, groups, definition, STAGE_NAMES[stage], period))
    return stacked(tables, sort=["measure", "definition", *groups, "stage"])


def _read_off(curve: Curve) -> dict[str, pl.DataFrame]:
    """By definition: the groups of a life table with value, lower and upper in the definition's unit."""
    columns = (*curve.groups, "value", "lower", "upper")
    figures = {"median": median_stay(curve).frame.select(columns)}
    done = {"value": 1 - pl.col("value"), "lower": 1 - pl.col("upper"), "upper": 1 - pl.col("lower")}
    for days in WITHIN:
        still_open = retained_at(curve, days).frame.select(columns)
        figures[f"within_{days}"] = still_open.with_columns(**{c: 100 * share for c, share in done.items()})
    return figures


def _as_measure(
    figures: pl.DataFrame, groups: Sequence[str], definition: str, stage: str, observed: Period
) -> MeasureTable:
    ordered = figures.sort(groups, nulls_last=True) if groups else figures
    sides = ordered.select(
        *groups,
        "denominator",
        "value",
        stage=pl.lit(stage),
        period_start=pl.lit(observed.start),
        period_end=pl.lit(observed.end),
        marker=pl.when(pl.col("value").is_null()).then(pl.lit(NOT_AVAILABLE)),
    )
    # The limits are the curve's own, which the two sides of a rate could not give; the rows are in one order.
    table = measure_table(sides, "hiring_time", definition, by=groups)
    return table._with(
        table.frame.with_columns(
            ordered.select(pl.when(pl.col("value").is_not_null()).then(pl.col("lower", "upper")))
        ).with_columns(method=pl.when(pl.col("lower").is_not_null()).then(pl.lit("log-log")).otherwise("method"))
    )
