"""What leaving, agency cover and vacancies cost a year, as far as the area gives its unit costs.

Promises: one table with all that can be costed; what cannot be, because no unit cost was given, has a row marked `x` and is never 0.
Refuses: unit costs that are not above 0.
"""

from collections.abc import Sequence
from typing import Protocol

import polars as pl

from workforce.measures.frame import NOT_AVAILABLE, as_by, measure_table
from workforce.measures.pay.pay_cost import agency_premium, leavers_cost, vacancies_held
from workforce.periods import Period, as_periods, period_frame

Frame = pl.DataFrame | pl.LazyFrame


class UnitCosts(Protocol):
    """The area's own unit costs in pounds, as its settings have them; null where none is given."""

    @property
    def leaver(self) -> float | None:
        """Replacing one person who left."""

    @property
    def agency_fte(self) -> float | None:
        """One agency full-time equivalent for a year, with fees."""

    @property
    def employed_fte(self) -> float | None:
        """One employed full-time equivalent for a year, with employer's costs."""


def workforce_costs(
    assignments: Frame,
    vacancies: Frame,
    periods: Period | Sequence[Period],
    *,
    costs: UnitCosts,
    by: Sequence[str] | str = (),
) -> pl.DataFrame:
    """Cost of leavers replaced, agency premium and saving on vacancies held, in pounds, at the area's own unit costs.

    costs: `records.settings.costs`. A leaver needs `leaver`; vacancies held need `employed_fte`; the premium needs both `agency_fte` and
    `employed_fte`. Definitions as in `leavers_cost`, `agency_premium` and `vacancies_held`, whose names hold the unit cost; without it the
    name stands alone, in a row marked `x` for each period. A saving on vacancies is on pay alone, so the three do not add up to a cost.

    >>> from collections import namedtuple
    >>> from datetime import date
    >>> from workforce.periods import month
    >>> staff = pl.DataFrame({"organisation": ["council"], "person_id": ["a"], "fte": [1.0], "start_date": [date(2020, 1, 1)],
    ...     "end_date": [date(2022, 12, 31)]})
    >>> vacancies = pl.DataFrame({"opened_date": [date(2020, 1, 1)], "fte": [1.0]})
    >>> given = namedtuple("Costs", "leaver agency_fte employed_fte")(9500.0, None, None)
    >>> workforce_costs(staff, vacancies, month("2022-12"), costs=given).select("definition", "value", "marker").rows()
    [('agency_premium', None, 'x'), ('leavers_replaced at 9,500', 9500.0, None), ('vacancies_held', None, 'x')]
    """
    groups, several = as_by(by, assignments, vacancies), as_periods(periods)
    tables = [
        leavers_cost(assignments, several, each=costs.leaver, by=groups)
        if costs.leaver is not None
        else _not_costed("leavers_replaced", several, groups),
        agency_premium(assignments, several, agency_cost=costs.agency_fte, employed_cost=costs.employed_fte, by=groups)
        if costs.agency_fte is not None and costs.employed_fte is not None
        else _not_costed("agency_premium", several, groups),
        vacancies_held(vacancies, several, each=costs.employed_fte, by=groups)
        if costs.employed_fte is not None
        else _not_costed("vacancies_held", several, groups),
    ]
    return pl.concat(tables).sort("measure", "definition", *groups, "period_start", nulls_last=True)


def _not_costed(definition: str, periods: Sequence[Period], groups: Sequence[str]) -> pl.DataFrame:
    rows = period_frame(periods).with_columns(
        *[pl.lit(None, pl.String).alias(c) for c in groups], marker=pl.lit(NOT_AVAILABLE)
    )
    return measure_table(rows, "cost", definition, by=groups)
