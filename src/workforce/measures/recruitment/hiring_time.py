"""Hiring time: the days within which half of all vacancies reach the end of a stage, and the share that reaches it within 60 and 90 days.

Promises: read off the curves of `time_to_hire`, so that vacancies still open count for as long as they have been open; a figure that the
records do not reach is marked `x`, never guessed. Refuses: an unknown stage; frames without the columns it needs.
"""

from collections.abc import Sequence
from typing import Final

import polars as pl

from workforce.measures.frame import NOT_AVAILABLE, as_by, measure_table
from workforce.measures.leaving.life_table import median_stay, retained_at
from workforce.measures.recruitment.recruitment import Stage, time_to_hire
from workforce.periods import Period

STAGE_NAMES: Final[dict[Stage, str]] = {
    "advertise": "1. Opened to advertised",
    "choose": "2. Advertised to offer accepted",
    "start": "3. Offer accepted to post filled",
    "hire": "Opened to offer accepted",
}
WITHIN: Final = (60, 90)
Frame = pl.DataFrame | pl.LazyFrame


def hiring_time(
    vacancies: Frame,
    observed: Period,
    *,
    by: Sequence[str] | str = (),
    stages: Sequence[Stage] = ("advertise", "choose", "start", "hire"),
) -> pl.DataFrame:
    """How many days each stage of hiring takes: `median`, and the share in per cent done `within_60` and `within_90` days.

    Definition: this project's measure book, from the life tables of `time_to_hire` (Kaplan & Meier, delayed entry; what is still open is
    censored, not dropped, and those given up count until they were). The median is the first day by which half are done; `x` where less
    than half are, or where nothing was followed that long. Limits: log-log, read off the curve. The denominator is the vacancies that were
    in the stage at any time; nobody is behind a vacancy, so `people` is null. Medians do not roll up: measure the whole instead.
    Returns by..., `stage` in words, in the order of hiring.

    >>> from datetime import date
    >>> vacancies = pl.DataFrame({"opened_date": [date(2023, 1, 1)] * 4, "outcome": ["filled", "filled", "filled", None],
    ...     "offered_date": [date(2023, 1, 10), date(2023, 2, 9), date(2023, 3, 11), None]})   # on days 10, 40 and 70
    >>> table = hiring_time(vacancies, Period(date(2023, 1, 1), date(2023, 3, 31)), stages=["hire"])
    >>> table.select("definition", "value").rows()
    [('median', 40.0), ('within_60', 50.0), ('within_90', 75.0)]
    """
    groups = as_by(by, vacancies)
    parts = []
    for stage in stages:
        table = time_to_hire(vacancies, observed, by=groups, stage=stage)
        entered = pl.col("entered").sum().alias("denominator")
        behind = table.group_by(groups).agg(entered) if groups else table.select(entered)
        for definition, read in _read_off(table).items():
            figures = read.join(behind, on=groups, nulls_equal=True) if groups else read.join(behind, how="cross")
            parts.append(_as_measure(figures, groups, definition, STAGE_NAMES[stage], observed))
    return pl.concat(parts).sort("measure", "definition", *groups, "stage", nulls_last=True)


def _read_off(table: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """By definition: the groups of a life table with value, lower and upper in the definition's unit."""
    found = {"median": median_stay(table)}
    done = {"value": 1 - pl.col("value"), "lower": 1 - pl.col("upper"), "upper": 1 - pl.col("lower")}
    for days in WITHIN:
        still_open = retained_at(table, days)
        found[f"within_{days}"] = still_open.with_columns(**{c: 100 * share for c, share in done.items()})
    return found


def _as_measure(
    figures: pl.DataFrame, groups: Sequence[str], definition: str, stage: str, observed: Period
) -> pl.DataFrame:
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
    return (
        measure_table(sides, "hiring_time", definition, by=groups)
        .with_columns(ordered.select(pl.when(pl.col("value").is_not_null()).then(pl.col("lower", "upper"))))
        .with_columns(method=pl.when(pl.col("lower").is_not_null()).then(pl.lit("log-log")).otherwise("method"))
    )
