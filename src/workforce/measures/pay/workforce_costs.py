"""What leaving, agency cover and vacancies cost a year, in one table, as far as the area gives its unit costs."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Protocol

from workforce.errors import UsageError, did_you_mean
from workforce.measures.frame import as_by, measure, not_available
from workforce.measures.pay.pay_cost import agency_premium, leavers, vacancies_held
from workforce.periods import Period, as_periods
from workforce.records import Records
from workforce.results import MeasureTable, stacked
from workforce.sealed import number_given

_KEYS: Final = ("leaver", "agency_fte", "employed_fte")


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


@measure("assignments", "vacancies")
def year(
    records: Records,
    periods: Period | Sequence[Period],
    *,
    costs: UnitCosts | Mapping[str, float | None] | None = None,
    by: Sequence[str] | str = (),
) -> MeasureTable:
    """Cost of leavers replaced, agency premium and saving on vacancies held, in pounds, at the area's own unit costs.

    Parameters
    ----------
    records : Records
        The area's records; uses `assignments` and `vacancies`.
    periods : Period or sequence of Period
        For example ``wf.year_to("2023-03")``.
    costs : Costs or mapping, optional
        ``records.settings.costs``, or for example ``{"leaver": 9_500}``; without it, the unit costs of the settings. Leavers need
        `leaver`; vacancies held need `employed_fte`; the premium needs both `agency_fte` and `employed_fte`.
    by : sequence of str
        Columns to group by; any that both tables have.

    Returns
    -------
    MeasureTable
        Definitions as in `wf.costs.leavers`, `wf.costs.agency_premium` and `wf.costs.vacancies_held`, whose names hold the unit cost. A
        saving on vacancies is on pay alone, so the three do not add up to a cost.
        Marker ``x``: no unit cost is given, which is never counted as 0, or the table is not recorded.

    Raises
    ------
    UsageError
        Where a unit cost is not above 0, or a column of `by` is neither in the records nor in the schema of both tables.

    References
    ----------
    This project's measure book.

    Examples
    --------
    >>> from datetime import date
    >>> import polars as pl
    >>> from workforce.periods import month
    >>> staff = pl.DataFrame({"organisation": ["council"], "person_id": ["a"], "fte": [1.0], "start_date": [date(2020, 1, 1)],
    ...     "end_date": [date(2022, 12, 31)]})
    >>> table = year(Records(assignments=staff), month("2022-12"), costs={"leaver": 9_500})
    >>> table.frame.select("definition", "value", "marker").rows()
    [('agency_premium', None, 'x'), ('leavers_replaced at 9,500', 9500.0, None), ('vacancies_held', None, 'x')]
    """
    groups, spans = as_by(by), as_periods(periods)
    records.lacks(columns=groups)
    records.lacks(columns=groups, of="vacancies")
    leaver, agency, employed = _unit_costs(records, costs)
    tables = [
        leavers(records, spans, each=leaver, by=groups)
        if leaver is not None
        else _not_costed("leavers_replaced", spans, groups, "no unit cost of a leaver is given"),
        agency_premium(records, spans, agency_cost=agency, employed_cost=employed, by=groups)
        if agency is not None and employed is not None
        else _not_costed(
            "agency_premium",
            spans,
            groups,
            "unit costs of an agency and of an employed full-time equivalent are not both given",
        ),
        vacancies_held(records, spans, each=employed, by=groups)
        if employed is not None
        else _not_costed("vacancies_held", spans, groups, "no unit cost of an employed full-time equivalent is given"),
    ]
    return stacked(tables, sort=["measure", "definition", *groups, "period_start"])


def _unit_costs(records: Records, costs: UnitCosts | Mapping[str, float | None] | None) -> list[float | None]:
    """The unit costs in the order of their keys, read as the caller's texts and numbers are recorded: by iteration."""
    if costs is None:
        costs = records.settings.costs if records._settings is not None else {}
    try:
        # An iterator could be read only once, so that what it gave would not be recorded.
        pounds = dict(None if isinstance(costs, Iterator) else costs)  # type: ignore[arg-type]  # settings give pairs
    except (TypeError, ValueError):
        raise UsageError(
            "costs= takes unit costs by name", hint="use records.settings.costs, or a dict such as {{'leaver': 9500}}"
        ) from None
    for name in pounds:
        if name not in (*_KEYS, "source"):
            raise UsageError(
                '"{name}" is not a unit cost', where="costs=", hint=did_you_mean(str(name), _KEYS), name=str(name)
            )
    return [None if pounds.get(name) is None else number_given(pounds[name], "costs") for name in _KEYS]


def _not_costed(definition: str, periods: Sequence[Period], groups: Sequence[str], reason: str) -> MeasureTable:
    return not_available("cost", [definition], by=groups, when=periods, reason=reason)
