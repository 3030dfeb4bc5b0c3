"""What leavers, agency cover and vacancies cost, at unit costs that the area gives: none is assumed.

The unit cost is part of the definition's name, and the count behind a cost stays its numerator, so that disclosure control rounds people
and the cost follows from what is shown.
"""

from collections.abc import Iterator, Mapping, Sequence
from math import isfinite
from typing import Final, Protocol

import polars as pl

from workforce.book import Definition
from workforce.book.constants import DAYS_IN_A_YEAR
from workforce.book.made import costed
from workforce.errors import UsageError, did_you_mean
from workforce.frames import as_by
from workforce.measures import turnover
from workforce.measures.availability import covered, measure, not_available, rolled_up
from workforce.measures.headcount import in_spells
from workforce.measures.presence import Scope, level_and_days, observed, spells_of
from workforce.measures.recruitment import vacant_days
from workforce.periods import Period, as_periods, period_frame
from workforce.records import Records
from workforce.results import NOT_AVAILABLE, MeasureTable, stacked
from workforce.sealed import number_given
from workforce.stats.rates import measure_table

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


@measure("assignments")
def leavers(
    records: Records,
    periods: Period | Sequence[Period],
    *,
    each: float,
    by: Sequence[str] | str = (),
    scope: Scope = "organisation",
) -> MeasureTable:
    """Cost of replacing those who left in each period, in pounds: leavers x `each`.

    Parameters
    ----------
    records : Records
        The area's records; uses `assignments`.
    periods : Period or sequence of Period
        For example ``wf.year_to("2023-03")``.
    each : float
        The area's own cost of replacing a leaver, in pounds: advertising, agency cover in between, induction, time to a full caseload.
    by : sequence of str
        Columns of `assignments` to group by.
    scope : {"organisation", "area", "team", "role", "staff_group"}
        What a person has to leave to count as having left, as in `wf.staffing.leavers`.

    Returns
    -------
    MeasureTable
        Numerator: leavers; value in pounds. It adds up over groups and over time.

    Raises
    ------
    UsageError
        Where the unit cost is not above 0, or a column of `by` is neither in the records nor in their schema.

    References
    ----------
    This project's measure book.

    Examples
    --------
    >>> from datetime import date
    >>> from workforce.periods import month
    >>> staff = pl.DataFrame({"organisation": ["council"], "person_id": ["a"], "fte": [1.0], "start_date": [date(2020, 1, 1)],
    ...     "end_date": [date(2022, 12, 31)]})
    >>> table = leavers(Records(assignments=staff), month("2022-12"), each=9500)
    >>> table.frame.select("definition", "numerator", "value", "unit").row(0)
    ('leavers_replaced at 9,500', 1.0, 9500.0, '£')
    """
    groups, spans = as_by(by), as_periods(periods)
    book = costed("leavers_replaced", _above_0(each, "each"))
    if reason := records.lacks("assignments", columns=groups):
        return _not_available(book, groups, spans, reason)
    left = turnover.leavers(records, spans, by=groups, scope=scope)
    return _cost(left.frame, book, groups)._with_reasons(*left.reasons)


@measure("assignments", needs=["assignments.employment"])
def agency_premium(
    records: Records,
    periods: Period | Sequence[Period],
    *,
    agency_cost: float,
    employed_cost: float,
    by: Sequence[str] | str = (),
) -> MeasureTable:
    """Cost of agency workers over employed staff in the same posts, in pounds: agency FTE-years x (agency_cost - employed_cost).

    Parameters
    ----------
    records : Records
        The area's records; uses `assignments` with the column `employment`.
    periods : Period or sequence of Period
        For example ``wf.year_to("2023-03")``.
    agency_cost, employed_cost : float
        Pounds for a full-time equivalent for a year, with fees and with employer's costs.
    by : sequence of str
        Columns of `assignments` to group by.

    Returns
    -------
    MeasureTable
        Numerator: agency FTE-years, the FTE days in the period / 365.25; people: the agency workers of the period; value in pounds,
        negative where agency workers are the cheaper.

    Raises
    ------
    UsageError
        Where a unit cost is not above 0, or a column of `by` is neither in the records nor in their schema.

    References
    ----------
    This project's measure book.

    Examples
    --------
    >>> from datetime import date
    >>> from workforce.periods import Period
    >>> staff = pl.DataFrame({"organisation": ["council"], "person_id": ["a"], "fte": [0.5], "start_date": [date(2020, 1, 1)],
    ...     "employment": ["agency"]})
    >>> four_years = Period(date(2020, 1, 1), date(2023, 12, 31))  # 1,461 days at half time: two years
    >>> table = agency_premium(Records(assignments=staff), four_years, agency_cost=80_000, employed_cost=50_000)
    >>> table.frame["value"].item()
    60000.0
    """
    groups, spans = as_by(by), as_periods(periods)
    premium = _above_0(agency_cost, "agency_cost") - _above_0(employed_cost, "employed_cost")
    book = costed("agency_premium", premium)
    if reason := records.lacks("assignments", columns=[*groups, "employment"]):
        return _not_available(book, groups, spans, reason)
    assignments = records.assignments
    keys = list(dict.fromkeys(["organisation", *groups]))
    spells = spells_of(assignments, ("agency",), columns=groups)
    days = pl.DataFrame({"day": sorted({p.end for p in spans} | {p.day_before for p in spans})})
    read = level_and_days(in_spells(spells), days, by=keys, weight="fte")
    within = (pl.col("start_date") <= pl.col("period_end")) & (pl.col("end_date") >= pl.col("period_start"))
    present = (
        spells.join(period_frame(spans), how="cross")
        .filter(within)
        .group_by(*keys, "period_start", "period_end")
        .agg(people=pl.struct("organisation", "person_id").n_unique().cast(pl.Int64))
    )
    frames = []
    for p in spans:
        before = read.filter(pl.col("day") == p.day_before).select(*keys, until="days")
        levels = read.filter(pl.col("day") == p.end).join(before, on=keys, nulls_equal=True)
        amount = (pl.col("days") - pl.col("until")) / DAYS_IN_A_YEAR
        frames.append(levels.select(*keys, period_start=pl.lit(p.start), period_end=pl.lit(p.end), numerator=amount))
    sides = (
        pl.concat(frames)
        .join(present, on=[*keys, "period_start", "period_end"], how="left", nulls_equal=True)
        .with_columns(pl.col("people").fill_null(0))
    )
    rows = rolled_up(covered(sides, observed(assignments), spans), by=groups)
    return _cost(rows, book, groups)


@measure("vacancies")
def vacancies_held(
    records: Records, periods: Period | Sequence[Period], *, each: float, by: Sequence[str] | str = ()
) -> MeasureTable:
    """Pay not spent on posts that were vacant without agency cover, in pounds: uncovered FTE-years x `each`.

    Parameters
    ----------
    records : Records
        The area's records; uses `vacancies`.
    periods : Period or sequence of Period
        For example ``wf.year_to("2023-03")``.
    each : float
        Pounds for an employed full-time equivalent for a year, with employer's costs.
    by : sequence of str
        Columns of `vacancies` to group by.

    Returns
    -------
    MeasureTable
        Numerator: uncovered vacant FTE-years; value in pounds. Nobody is behind a vacant post, so `people` is null. It is a saving on pay
        alone: overtime, delay and the load on those who stay are not in it.

    Raises
    ------
    UsageError
        Where the unit cost is not above 0, or a column of `by` is neither in the records nor in their schema.

    References
    ----------
    This project's measure book.

    Examples
    --------
    >>> from datetime import date
    >>> from workforce.periods import Period
    >>> vacancies = pl.DataFrame({"opened_date": [date(2020, 1, 1)], "fte": [1.0], "covered_by_agency_fte": [0.5]})
    >>> four_years = Period(date(2020, 1, 1), date(2023, 12, 31))
    >>> vacancies_held(Records(vacancies=vacancies), four_years, each=40_000).frame["value"].item()
    80000.0
    """
    groups, spans = as_by(by), as_periods(periods)
    book = costed("vacancies_held", _above_0(each, "each"))
    if reason := records.lacks("vacancies", columns=[*groups, "opened_date", "fte"], of="vacancies"):
        return _not_available(book, groups, spans, reason)
    days = vacant_days(records.vacancies, spans, by=groups)
    return _cost(days.with_columns(numerator=pl.col("uncovered") / DAYS_IN_A_YEAR), book, groups)


def _cost(sides: pl.DataFrame, book: Definition, groups: Sequence[str]) -> MeasureTable:
    columns = [c for c in ("numerator", "people", "marker", "left_out") if c in sides.columns]
    rows = sides.select(*groups, "period_start", "period_end", *columns)
    return measure_table(rows, book.measure, book.definition, by=groups, book=book)


def _not_available(book: Definition, groups: Sequence[str], periods: Sequence[Period], reason: str) -> MeasureTable:
    rows = period_frame(periods).with_columns(
        *[pl.lit(None, pl.String).alias(c) for c in groups], marker=pl.lit(NOT_AVAILABLE)
    )
    return measure_table(rows, book.measure, book.definition, by=groups, book=book)._with_reasons(reason)


def _above_0(pounds: float, name: str) -> float:
    cost = number_given(pounds, name)
    if not isfinite(cost) or cost <= 0:
        raise UsageError(
            "a unit cost is a number of pounds above 0", where="{name}=", hint="give the area's own figure", name=name
        )
    return cost


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
    leaver, agency, employed = unit_costs(records, costs)
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


def unit_costs(records: Records, costs: UnitCosts | Mapping[str, float | None] | None) -> list[float | None]:
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
