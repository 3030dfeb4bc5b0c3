"""What it costs: leavers replaced, agency cover over an employed post, vacancies held; at unit costs that the area gives.

Promises: no unit cost is assumed; the unit cost is part of the definition's name; the count behind a cost stays its numerator, so that
disclosure control rounds people and the cost follows from what is shown. Refuses: unit costs that are not above 0.
"""

from collections.abc import Sequence
from math import isfinite

import polars as pl

from workforce.definitions import Definition, Side, costed
from workforce.errors import UsageError
from workforce.measures.availability import covered, rolled_up
from workforce.measures.frame import as_by, measure_table
from workforce.measures.presence import level_and_days, observed, spells_of
from workforce.measures.recruitment.recruitment import vacant_days
from workforce.measures.staffing.headcount import in_spells
from workforce.measures.staffing.turnover import leavers
from workforce.periods import DAYS_IN_A_YEAR, Period, as_periods, period_frame

Frame = pl.DataFrame | pl.LazyFrame


def leavers_cost(
    assignments: Frame,
    periods: Period | Sequence[Period],
    *,
    each: float,
    by: Sequence[str] | str = (),
    scope: str = "organisation",
) -> pl.DataFrame:
    """What it costs to replace those who left in each period, in pounds: leavers x `each`.

    each: the area's own cost of replacing a leaver (advertising, agency cover in between, induction, time to full caseload). Leavers are
    those of `leavers`. The numerator is people; value is pounds. Adds up over groups and over time.

    >>> from datetime import date
    >>> from workforce.periods import month
    >>> staff = pl.DataFrame({"organisation": ["council"], "person_id": ["a"], "fte": [1.0], "start_date": [date(2020, 1, 1)],
    ...     "end_date": [date(2022, 12, 31)]})
    >>> leavers_cost(staff, month("2022-12"), each=9500).select("definition", "numerator", "value", "unit").row(0)
    ('leavers_replaced at 9,500', 1.0, 9500.0, '£')
    """
    groups = as_by(by, assignments)
    book = costed("leavers_replaced", "replacing those who left", Side("leavers", "people"), _above_0(each, "each"))
    gone = leavers(assignments, periods, by=groups, scope=scope)
    return _cost(gone, book, groups)


def agency_premium(
    assignments: Frame,
    periods: Period | Sequence[Period],
    *,
    agency_cost: float,
    employed_cost: float,
    by: Sequence[str] | str = (),
) -> pl.DataFrame:
    """What agency workers cost over employed staff in the same posts, in pounds: agency FTE-years x (agency_cost - employed_cost).

    agency_cost, employed_cost: pounds for a full-time equivalent for a year, with fees and with employer's costs. FTE-years are the FTE
    days in the period / 365.25. Negative where agency workers are the cheaper. `people`: the agency workers of the period.

    >>> from datetime import date
    >>> from workforce.periods import Period
    >>> staff = pl.DataFrame({"organisation": ["council"], "person_id": ["a"], "fte": [0.5], "start_date": [date(2020, 1, 1)],
    ...     "employment": ["agency"]})
    >>> four_years = Period(date(2020, 1, 1), date(2023, 12, 31))   # 1,461 days at half time: two years
    >>> agency_premium(staff, four_years, agency_cost=80_000, employed_cost=50_000)["value"].item()
    60000.0
    """
    groups, several = as_by(by, assignments), as_periods(periods)
    premium = _above_0(agency_cost, "agency_cost") - _above_0(employed_cost, "employed_cost")
    side = Side("agency FTE-years", "fte")
    book = costed("agency_premium", "agency workers over employed staff in the same posts", side, premium)
    own = list(dict.fromkeys(["organisation", *groups]))
    spells = spells_of(assignments, ("agency",), columns=groups)
    days = pl.DataFrame({"day": sorted({p.end for p in several} | {p.day_before for p in several})})
    read = level_and_days(in_spells(spells), days, by=own, weight="fte")
    within = (pl.col("start_date") <= pl.col("period_end")) & (pl.col("end_date") >= pl.col("period_start"))
    present = (
        spells.join(period_frame(several), how="cross")
        .filter(within)
        .group_by(*own, "period_start", "period_end")
        .agg(people=pl.struct("organisation", "person_id").n_unique().cast(pl.Int64))
    )
    frames = []
    for p in several:
        before = read.filter(pl.col("day") == p.day_before).select(*own, until="days")
        both = read.filter(pl.col("day") == p.end).join(before, on=own, nulls_equal=True)
        amount = (pl.col("days") - pl.col("until")) / DAYS_IN_A_YEAR
        frames.append(both.select(*own, period_start=pl.lit(p.start), period_end=pl.lit(p.end), numerator=amount))
    sides = (
        pl.concat(frames)
        .join(present, on=[*own, "period_start", "period_end"], how="left", nulls_equal=True)
        .with_columns(pl.col("people").fill_null(0))
    )
    rows = rolled_up(covered(sides, observed(assignments), several), by=groups)
    return _cost(rows, book, groups)


def vacancies_held(
    vacancies: Frame, periods: Period | Sequence[Period], *, each: float, by: Sequence[str] | str = ()
) -> pl.DataFrame:
    """What was not spent on posts that stood vacant without agency cover, in pounds: uncovered FTE-years x `each`.

    each: pounds for an employed full-time equivalent for a year, with employer's costs. It is a saving on pay alone: overtime, delay and
    the load on those who stay are not in it. Nobody is behind a vacant post.

    >>> from datetime import date
    >>> from workforce.periods import Period
    >>> vacancies = pl.DataFrame({"opened_date": [date(2020, 1, 1)], "fte": [1.0], "covered_by_agency_fte": [0.5]})
    >>> vacancies_held(vacancies, Period(date(2020, 1, 1), date(2023, 12, 31)), each=40_000)["value"].item()
    80000.0
    """
    groups, several = as_by(by, vacancies), as_periods(periods)
    side = Side("uncovered vacant FTE-years", "posts")
    book = costed("vacancies_held", "posts held vacant without cover (not spent)", side, _above_0(each, "each"))
    days = vacant_days(vacancies, several, by=groups)
    return _cost(days.with_columns(numerator=pl.col("uncovered") / DAYS_IN_A_YEAR), book, groups)


def _cost(sides: pl.DataFrame, book: Definition, groups: Sequence[str]) -> pl.DataFrame:
    columns = [c for c in ("numerator", "people", "marker", "left_out") if c in sides.columns]
    rows = sides.select(*groups, "period_start", "period_end", *columns)
    table = measure_table(rows, book.measure, book.definition, by=groups)
    return table.with_columns(value=pl.when(pl.col("marker").is_null()).then(pl.col("numerator") * book.each))


def _above_0(pounds: float, name: str) -> float:
    if not isfinite(pounds) or pounds <= 0:
        raise UsageError(
            "a unit cost is a number of pounds above 0", where="{name}=", hint="give the area's own figure", name=name
        )
    return float(pounds)
