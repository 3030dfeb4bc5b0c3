"""The figures of an outlook as they were: caseworkers in post, cases for each and requests past their date at the end of past days.

Counted as the outlook counts where it starts from, so that the line of what happened meets the bands.
"""

from collections.abc import Sequence
from datetime import date
from typing import Final

import polars as pl

from workforce.book.constants import DAYS_IN_A_WEEK, PLAN_WEEKS
from workforce.measures.casework.clocks import ASSESSMENT, CHILD, dated_cases
from workforce.measures.casework.holders import Casework
from workforce.measures.casework.outlook_fit import NOBODY_IN_ROLES, in_post, of_caseworkers
from workforce.measures.frame import NOT_AVAILABLE, eager, measure, measure_table, not_available
from workforce.measures.presence import observed
from workforce.periods import as_dates
from workforce.records import Records
from workforce.results import MeasureTable, stacked

HAPPENED: Final = "what happened"  # the scenario of past figures
_FIGURES: Final = ("backlog", "caseload", "fte")


@measure("assignments", "cases", "allocations")
def outlook_past(
    records: Records,
    on: date | Sequence[date],
    *,
    roles: Sequence[str],
    case_type: str = ASSESSMENT,
    weeks: int = PLAN_WEEKS,
) -> MeasureTable:
    """Caseworkers in post (FTE, agency included), open cases for each FTE, and requests past their date, at the end of a day or days.

    Parameters
    ----------
    records : Records
        The area's records; uses `assignments`, `cases` and `allocations` (the number of staff can do with assignments alone).
    on : date or sequence of date
        The day, or days.
    roles : sequence of str
        The roles of caseworkers.
    case_type : str
        The type of case of the backlog.
    weeks : int
        The deadline of such a case, in weeks from receipt.

    Returns
    -------
    MeasureTable
        The definitions `fte`, `caseload` and `backlog` of `outlook`, with the scenario "what happened". people: staff in post; of the
        backlog the children behind it. A day that an organisation's records do not cover has marker ``x``. `caseload` differs from
        `wf.caseload.per_fte` by "all" where someone gone from these roles still holds a case of another kind.

    References
    ----------
    This project's measure book, "outlook".

    Examples
    --------
    >>> import workforce as wf
    >>> past = outlook_past(wf.load_area().only("council"), date(2023, 3, 31), roles=["SEND caseworker"]).frame
    >>> past["definition"].to_list(), past["scenario"].unique().to_list()
    (['backlog', 'caseload', 'fte'], ['what happened'])
    """
    days = as_dates(on)
    reason = records.lacks("assignments")
    staff = pl.DataFrame() if reason else of_caseworkers(eager(records.assignments), roles)
    if reason or staff.is_empty():
        absent = not_available("outlook", _FIGURES, by=(), when=days, reason=reason or NOBODY_IN_ROLES)
        return absent._with(absent.frame.with_columns(scenario=pl.lit(HAPPENED)))
    casework = Casework.of(records.allocations, records.cases, records.assignments, roles=roles)
    cases = dated_cases(
        casework.cases.join(casework.kinds_of_others, on=["organisation", "case_type"], how="anti"), None
    )
    limits = observed(staff)
    reason = records.lacks("cases")
    figures = ("fte",) if reason else _FIGURES
    figures_of_days = pl.concat(
        _on(day, staff, cases, limits, case_type, DAYS_IN_A_WEEK * weeks, figures) for day in days
    )
    table = stacked(
        measure_table(figures_of_days.filter(pl.col("definition") == name).drop("definition"), "outlook", name, by=[])
        for name in _FIGURES
    )
    return table._with_reasons(reason) if reason else table


def _on(
    day: date,
    staff: pl.DataFrame,
    cases: pl.DataFrame,
    limits: pl.DataFrame,
    case_type: str,
    due: int,
    recorded: Sequence[str],
) -> pl.DataFrame:
    present = in_post(staff, day)
    still = (pl.col("received_date") <= day) & (pl.col("ended").is_null() | (pl.col("ended") > day))
    open_cases = cases.filter(still)
    late = open_cases.filter(
        (pl.col("case_type") == case_type) & ((pl.lit(day) - pl.col("received_date")).dt.total_days() >= due)
    )
    fte, people = float(present["fte"].sum()), len(present)
    outside = limits.filter((pl.col("observed_from") > day) | (pl.col("observed_to") < day))
    available = set(recorded) if outside.is_empty() else set()
    figures = {
        "backlog": (float(len(late)), late[CHILD].n_unique()),
        "caseload": (len(open_cases) / fte if fte > 0 else None, people),
        "fte": (fte, people),
    }
    return pl.DataFrame(
        [
            {
                "definition": name,
                "scenario": HAPPENED,
                "period_start": day,
                "period_end": day,
                "value": value if name in available else None,
                "denominator": float(people) if name in available else None,
                "people": people_behind if name in available else None,
                "marker": None if name in available else NOT_AVAILABLE,
            }
            for name, (value, people_behind) in figures.items()
        ],
        schema={
            "definition": pl.String,
            "scenario": pl.String,
            "period_start": pl.Date,
            "period_end": pl.Date,
            "value": pl.Float64,
            "denominator": pl.Float64,
            "people": pl.Int64,
            "marker": pl.String,
        },
    )
