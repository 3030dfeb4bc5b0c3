"""Is a group's absence further from the area's than chance would put it? Answered by dealing the area's people out to its groups.

The days of each person stay in this module: what it returns has sums and limits of groups only.
"""

from collections.abc import Sequence
from typing import Final, Literal

import numpy as np
import polars as pl

from workforce.errors import UsageError
from workforce.frames import Array, as_by
from workforce.measures.absence import rate
from workforce.measures.absence_records import EMPLOYEE
from workforce.measures.availability import measure
from workforce.periods import Period
from workforce.records import Records
from workforce.results import PERIOD_COLUMNS, MeasureTable
from workforce.stats.funnel import USUAL, funnel_names, with_limits
from workforce.stats.funnel import funnel as plain_funnel
from workforce.stats.redeal import dealt_limits
from workforce.stats.standardise import standardise

_ROW: Final = "row_of_table"


@measure("assignments", "absences")
def funnel(
    records: Records,
    periods: Period | Sequence[Period],
    *,
    definition: Literal["days_per_fte", "nhs", "dfe", "schools_all", "schools_any", "schools_per_absentee"],
    by: Sequence[str] | str,
    strata: Sequence[str] | str = (),
    limits: Sequence[float] = USUAL,
) -> MeasureTable:
    """Compare the absence of each group with the whole area's, as a funnel plot does; use it before `release`.

    The limits are what chance alone would make of groups of these sizes: the area's people, each with all their days, are dealt out to the
    groups 20,000 times (always the same deals, so that a page does not change when it is made again). In small groups one long absence is
    most of the days, and limits from a standard error point at a group by chance far more often than they say.

    Parameters
    ----------
    records : Records
        The area's records; uses `assignments` and `absences`.
    periods : Period or sequence of Period
        For example ``wf.year_to("2023-03")``; each is a funnel of its own.
    definition : {"days_per_fte", "nhs", "dfe", "schools_all", "schools_any", "schools_per_absentee"}
        As in `rate`.
    by : sequence of str
        The groups; text columns of `assignments`, not `reason`.
    strata : sequence of str
        Columns whose mix is taken out, such as age_band and staff_group: the figure is then the indirectly standardised ratio (observed
        over expected; 100 is as expected), and people are dealt out within their stratum. Where a stratum has few people little is left
        to chance, and hardly any group can be outside the limits.
    limits : sequence of float
        Levels of the limits.

    Returns
    -------
    MeasureTable
        What `rate` or `wf.stats.standardise` returns, with the columns that `wf.stats.funnel` adds: `centre`, `lower_95`, `upper_95`,
        `lower_998`, `upper_998` (named after `limits`) and `position`. No limits where nobody was absent.

    Raises
    ------
    UsageError
        Where no group is named, a definition or column is unknown, or the definition cannot be standardised.

    Notes
    -----
    Whoever moves from one group to another is dealt out once for each. Without `strata` an older group may be outside the limits because it
    is older.

    References
    ----------
    Fisher (1935), The design of experiments, section 21 (the permutation test); OHID, Fingertips technical guidance (control limits).

    Examples
    --------
    >>> from datetime import date
    >>> from workforce.periods import month
    >>> people = [f"{n:02}" for n in range(20)]
    >>> staff = pl.DataFrame({"organisation": "council", "person_id": people, "fte": 1.0, "start_date": date(2020, 1, 1),
    ...     "team": ["north"] * 10 + ["south"] * 10})
    >>> sick = pl.DataFrame({"organisation": "council", "person_id": ["00"], "start_date": [date(2023, 3, 6)],
    ...     "end_date": [date(2023, 3, 17)]})   # one person, ten working days
    >>> table = funnel(Records(assignments=staff, absences=sick), month("2023-03"), definition="days_per_fte", by="team").frame
    >>> table.select("team", "value", "centre", pl.col("lower_998", "upper_998").round(3), "position").rows()
    [('north', 1.0, 0.5, 0.0, 1.0, 'within the limits'), ('south', 0.0, 0.5, 0.0, 1.0, 'within the limits')]
    """
    groups, layers, levels = as_by(by), as_by(strata), sorted(dict.fromkeys(limits))
    as_by([*groups, *layers])
    if not groups or "reason" in (*groups, *layers):
        raise UsageError("a funnel of absence compares groups of staff", where="by=", hint='such as by="locality"')
    if str(definition) == "schools":
        raise UsageError(
            "a funnel takes one definition", where="definition=", hint='such as "schools_all" or "schools_any"'
        )

    def measured(columns: Sequence[str]) -> MeasureTable:
        return rate(records, periods, definition=definition, by=columns)

    table = measured(groups)
    if layers:
        table = standardise(measured([*groups, *layers]), measured(layers), strata=layers)
    if table.frame.is_empty():  # nobody was in post
        return plain_funnel(table, limits=levels)
    names = funnel_names(table, levels)
    rows = table.frame.with_row_index(_ROW)
    people = measured(list(dict.fromkeys([*EMPLOYEE, *groups, *layers]))).frame
    dealt = people.filter(pl.col("denominator") > 0, pl.col("numerator").is_not_null()).join(
        rows.select(_ROW, *groups, *PERIOD_COLUMNS), on=[*groups, *PERIOD_COLUMNS], nulls_equal=True
    )
    scale = table.definitions[0].scale
    added = [
        with_limits(of_period.select(_ROW, "value"), *_limits(of_period, dealt, layers, levels, scale))
        for of_period in rows.partition_by(PERIOD_COLUMNS, maintain_order=True)
    ]
    frame = rows.join(pl.concat(added).drop("value"), on=_ROW, how="left", maintain_order="left").drop(_ROW)
    return table._with(frame, added=[*table.added, *names])


def _limits(
    rows: pl.DataFrame, people: pl.DataFrame, strata: Sequence[str], levels: Sequence[float], scale: float
) -> tuple[float, dict[float, tuple[Array, Array]]]:
    """The centre of one period, and at each level the limits of each of its rows, in the unit of the value; nan where there are none."""
    limits = {level: (np.full(len(rows), np.nan), np.full(len(rows), np.nan)) for level in levels}
    units = people.filter(pl.col(_ROW).is_in(rows[_ROW].implode()))
    if strata:
        expected = pl.col("numerator").sum().over(strata) / pl.col("denominator").sum().over(strata)
        units = units.with_columns(denominator=pl.col("denominator") * expected)
    amount, size = (units[c].to_numpy() for c in ("numerator", "denominator"))
    if not amount.sum():
        return np.nan, limits
    row, group = np.unique(units[_ROW].to_numpy(), return_inverse=True)
    stratum = units.select(pl.struct(strata).rank("dense") if strata else pl.lit(0)).to_series()
    place = np.searchsorted(rows[_ROW].to_numpy(), row)
    has_value = rows["value"].is_not_null().to_numpy()[place]
    dealt = dealt_limits(amount, size, group, np.broadcast_to(stratum.cast(pl.Int64).to_numpy(), len(units)), levels)
    for level, sides in zip(levels, dealt, strict=True):
        for limit, side in zip(limits[level], sides, strict=True):
            limit[place[has_value]] = side[has_value] * scale
    return float(amount.sum() / size.sum() * scale), limits
