"""The figures of an outlook as they were: caseworkers in post, cases for each and requests past their date at the end of past days.

Promises: counted as the outlook counts where it starts from, so that the line of what happened meets the bands. Refuses: records without
anybody in the roles.
"""

from collections.abc import Sequence
from datetime import date
from typing import Final

import polars as pl

from workforce.errors import InputError
from workforce.measures.casework.clocks import ASSESSMENT, CHILD, WEEK, dated_cases
from workforce.measures.casework.holders import Casework
from workforce.measures.casework.outlook_fit import Tables, in_post, of_caseworkers
from workforce.measures.frame import NOT_AVAILABLE, measure_table
from workforce.measures.presence import observed
from workforce.periods import as_dates

HAPPENED: Final = "what happened"  # the scenario under which past figures stand


def outlook_past(
    records: Tables, on: date | Sequence[date], *, roles: Sequence[str], case_type: str = ASSESSMENT, weeks: int = 20
) -> pl.DataFrame:
    """Caseworkers in post (FTE, agency included), open cases for each FTE, and requests past their date, at the end of a day or days.

    Definitions (`fte`, `caseload`, `backlog`): those of `outlook`, this project's measure book, under the scenario "what happened". people:
    staff in post; of the backlog the children behind it. A day that an organisation's records do not cover has marker `x`. `caseload`
    with the definition `all` differs where someone gone from these roles still holds a case of another kind.

    >>> import workforce as wf
    >>> past = outlook_past(wf.load_area().only("council"), date(2023, 3, 31), roles=["SEND caseworker"])
    >>> past["definition"].to_list(), past["scenario"].unique().to_list()
    (['backlog', 'caseload', 'fte'], ['what happened'])
    """
    staff = of_caseworkers(records.assignments, roles)
    if staff.is_empty():
        raise InputError(
            "nobody has one of the roles", where="roles=", hint="give the roles of caseworkers as they are recorded"
        )
    casework = Casework.of(records.allocations, records.cases, records.assignments, roles=roles)
    cases = dated_cases(
        casework.cases.join(casework.kinds_of_others, on=["organisation", "case_type"], how="anti"), None
    )
    limits = observed(staff)
    rows = [_on(day, staff, cases, limits, case_type, WEEK * weeks) for day in as_dates(on)]
    every = pl.concat(rows)
    tables = [
        measure_table(every.filter(pl.col("definition") == name).drop("definition"), "outlook", name, by=[])
        for name in ("backlog", "caseload", "fte")
    ]
    return pl.concat(tables)


def _on(
    day: date, staff: pl.DataFrame, cases: pl.DataFrame, limits: pl.DataFrame, case_type: str, due: int
) -> pl.DataFrame:
    there = in_post(staff, day)
    still = (pl.col("received_date") <= day) & (pl.col("ended").is_null() | (pl.col("ended") > day))
    standing = cases.filter(still)
    late = standing.filter(
        (pl.col("case_type") == case_type) & ((pl.lit(day) - pl.col("received_date")).dt.total_days() >= due)
    )
    fte, people = float(there["fte"].sum()), len(there)
    outside = limits.filter((pl.col("observed_from") > day) | (pl.col("observed_to") < day))
    known = outside.is_empty()
    figures = {
        "backlog": (float(len(late)), late[CHILD].n_unique()),
        "caseload": (len(standing) / fte if fte > 0 else None, people),
        "fte": (fte, people),
    }
    return pl.DataFrame(
        [
            {
                "definition": name,
                "scenario": HAPPENED,
                "period_start": day,
                "period_end": day,
                "value": value if known else None,
                "denominator": float(people) if known else None,
                "people": behind if known else None,
                "marker": None if known else NOT_AVAILABLE,
            }
            for name, (value, behind) in figures.items()
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
