"""Who leaves, where to, and how much sooner: the comparisons of retention.

Stays, service and the days under observation are those of `retention` (see `wf.leaving.spells`), so that curves, incidences, tests and
hazard ratios are of the same people. What says nothing (missing, "unknown", "prefer not to say") is no group: such stays are left out of a
comparison and counted. A ratio is of those who left, not a reason why: what was not recorded may lie behind it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final, Literal

import polars as pl

from workforce.bands import UNKNOWN
from workforce.book import definition_of
from workforce.book.constants import FULL_WEEK
from workforce.errors import NotEstimable, UsageError
from workforce.frames import as_by, eager
from workforce.measures.availability import measure, no_end_dates
from workforce.measures.compared import known_group
from workforce.measures.presence import spells_of
from workforce.measures.retention import (
    FTE,
    NOBODY_OBSERVED,
    followed,
    in_hours,
    no_stays,
    observed_days,
    service_spells,
    with_columns_of,
)
from workforce.periods import Period
from workforce.records import Records
from workforce.results import NOT_AVAILABLE, Hazards, Incidence, Test
from workforce.stats.cox import FIT_TABLE, HAZARD_GROUPS, HAZARDS, Fit, fitted_to_spells, hazards_of
from workforce.stats.incidence import incidence_table
from workforce.stats.life_table import named
from workforce.stats.logrank import logrank, test_row

AALEN_JOHANSEN: Final = "aalen_johansen"
AGENCY: Final = "agency"  # measure book: permanent to agency is a leaver, destination agency
NOT_EMPLOYED: Final = ("agency", "bank")
_DESTINATION: Final = "leaving_destination"
_NOBODY_LEFT: Final = "nobody left in the period"
_CASELOADS: Final = ("caseload", "caseload_band")
_NO_COVARIATE: Final = "no covariate is recorded for anybody"


@measure("assignments")
def incidence(
    records: Records,
    observed: Period | None = None,
    *,
    cause: str = _DESTINATION,
    by: Sequence[str] | str = (),
    basis: Literal["headcount", "fte"] = "headcount",
) -> Incidence:
    """The share of staff who have left for each destination within so many days of service.

    Parameters
    ----------
    records : Records
        The area's records; uses `assignments`.
    observed : Period, optional
        The period of the records; all of them when not given.
    cause : str
        A column of `assignments`, such as leaving_destination or leaving_reason, read on the last day of the stay; where it says nothing
        the cause is `unknown`, never left out. Whoever goes on to agency or bank work with the organisation within a week left for
        `agency`, where no other destination is recorded.
    by : sequence of str
        Columns to group by; any text column of `assignments`.
    basis : {"headcount", "fte"}
        With "fte" each stay counts for the hours with which it came under observation, as in `retention`; limits are then between people.

    Returns
    -------
    Incidence
        measure, definition, by, time, cause, at_risk, left, value (a proportion), standard_error, lower, upper (with "fte" also
        people_at_risk and people_left). The shares of one time, and those who stayed, add up to one. Without rows, and with the reason,
        where staff, the cause or a column of `by` are not recorded.

    Raises
    ------
    UsageError
        Where a column or the basis is unknown, or `observed` is no period.
    InputError
        Where spells end before they start, or begin before their service does; they are counted, not quoted.

    References
    ----------
    Aalen & Johansen (1978), with delayed entry.

    Examples
    --------
    >>> from datetime import date
    >>> from workforce.periods import financial_year
    >>> staff = Records(assignments=pl.DataFrame({
    ...     "organisation": "council", "person_id": ["A", "B"], "fte": 1.0, "start_date": date(2022, 4, 1),
    ...     "end_date": [date(2022, 4, 10), None], "leaving_destination": ["nhs", None],
    ... }))
    >>> incidence(staff, financial_year("2022-23")).frame.select("time", "cause", "value").rows()
    [(10, 'nhs', 0.5), (365, 'nhs', 0.5)]
    """
    groups, weighing = as_by(by), in_hours(basis)
    as_by(cause)
    reason = records.lacks("assignments", columns=[*groups, cause])
    if reason:
        spells = no_stays(groups, cause, weighing=weighing)
    else:
        staff = eager(followed(records)).with_columns(known_group(cause).alias(cause))
        if cause == _DESTINATION:
            staff = _with_moves_to_agency_work(staff)
        days = observed_days(records, observed)
        spells = service_spells(staff, days, by=groups, ending=cause, weighing=weighing)
        reason = None if spells["event"].any() else _NOBODY_LEFT
        if spells.is_empty():
            reason = None if no_end_dates(records) else NOBODY_OBSERVED
    ended = spells.with_columns(pl.when("event").then(pl.col(cause).fill_null(UNKNOWN)).alias(cause))
    table = incidence_table(ended, cause=cause, by=groups, weight=FTE if weighing else None)
    shares = named(table, "leaving_incidence", AALEN_JOHANSEN + ("_fte" if weighing else ""))
    return shares._with_reasons(*no_end_dates(records), *([reason] if reason else []))


def _with_moves_to_agency_work(staff: pl.DataFrame) -> pl.DataFrame:
    """Assignments whose destination, where it is not recorded, is agency work when such a spell goes on from it."""
    if not {"end_date", "employment"} <= set(staff.columns):
        return staff
    key = ["organisation", "person_id", "end_date"]
    agency = spells_of(staff, NOT_EMPLOYED, columns=()).rename({"start_date": "began", "end_date": "ended"}).drop("fte")
    moved = (
        staff.filter(pl.col(_DESTINATION).is_null())
        .select(key)
        .join(agency, on=["organisation", "person_id"])
        .filter(
            ((pl.col("began") - pl.col("end_date")).dt.total_days() <= FULL_WEEK)
            & (pl.col("ended") > pl.col("end_date"))
        )
        .select(*key, moved=pl.lit(AGENCY))
        .unique()
    )
    return (
        staff.join(moved, on=key, how="left", maintain_order="left")
        .with_columns(pl.coalesce(_DESTINATION, "moved").alias(_DESTINATION))
        .drop("moved")
    )


@measure("assignments")
def compare(
    records: Records,
    observed: Period | None = None,
    *,
    by: Sequence[str] | str,
    strata: Sequence[str] | str = (),
) -> Test:
    """Whether groups of staff leave at the same rate at each length of service: the log-rank test.

    Parameters
    ----------
    records : Records
        The area's records; uses `assignments`.
    observed : Period, optional
        The period of the records; all of them when not given.
    by : sequence of str
        The groups; stays whose group says nothing are left out and counted.
    strata : sequence of str
        Groups are compared within each stratum only.

    Returns
    -------
    Test
        One row: test, statistic, df, p_value, left_out. Without figures, and with the reason, where staff or a column are not recorded, or
        where fewer than two groups were at risk when someone left.

    Raises
    ------
    UsageError
        Where a column is unknown, no group is named, or `observed` is no period.
    InputError
        Where spells end before they start, or begin before their service does; they are counted, not quoted.

    References
    ----------
    Mantel (1966), hypergeometric variance, with delayed entry.

    Examples
    --------
    >>> from datetime import date
    >>> from workforce.periods import financial_year
    >>> staff = Records(assignments=pl.DataFrame({
    ...     "organisation": "council", "person_id": ["A", "B"], "fte": 1.0, "start_date": date(2022, 4, 1),
    ...     "end_date": [date(2022, 4, 10), None], "team": ["north", "south"],
    ... }))
    >>> compare(staff, financial_year("2022-23"), by="team").table.rows()
    [('north', 1, 1.0, 0.5), ('south', 1, 0.0, 0.5)]
    """
    groups, layers = as_by(by), as_by(strata)
    as_by([*groups, *layers])
    book = definition_of("compare_retention", "log_rank")
    reason = records.lacks("assignments", columns=[*groups, *layers])
    if reason:
        return Test(test_row(layers), [book], groups, [reason])
    spells = service_spells(followed(records), observed_days(records, observed), by=[*groups, *layers])
    grouped = spells.with_columns(known_group(c).alias(c) for c in groups)
    try:
        test = logrank(grouped, by=groups, strata=layers)
    except NotEstimable as error:
        reasons = (
            [*no_end_dates(records)] or [NOBODY_OBSERVED] if spells.is_empty() else [*no_end_dates(records), error.what]
        )
        return Test(test_row(layers), [book], groups, reasons)
    return test._with(test.frame, definitions=[book], reasons=no_end_dates(records))


@measure("assignments")
def hazards(
    records: Records,
    observed: Period | None = None,
    *,
    covariates: Sequence[str] | str,
    strata: Sequence[str] | str = (),
    references: Mapping[str, str] | None = None,
    per: Mapping[str, float] | None = None,
) -> Hazards:
    """How many times as fast staff leave as others who are alike in the other covariates and have served as long.

    Time is days of service, so that length of service is allowed for. Where someone has several stays, standard errors are robust, by
    person. Look at the check of proportional hazards first: where its p is small the ratio changed with service, and is an average.

    Parameters
    ----------
    records : Records
        The area's records; uses `assignments`. Caseload comes from `wf.caseload.with_history`: `caseload_band` compares bands, `caseload`
        is a number that only caseworkers have, so that the others are left out.
    observed : Period, optional
        The period of the records; all of them when not given.
    covariates : sequence of str
        Columns that take the value of the day: a stay is split where they change. Numbers enter as they are, text as levels against the
        first in sort order; fte is that of the main post. Stretches on which a covariate says nothing are left out and counted in
        ``fit.left_out``; a covariate that says nothing about anybody, or is not recorded, is left out itself (marker ``x``).
    strata : sequence of str
        Columns of which each value has its own baseline.
    references : mapping of covariate to level, optional
        The level that its others are compared with.
    per : mapping of covariate to number, optional
        For a number, how much more of it the ratio is of, such as ``{"caseload": 5}``.

    Returns
    -------
    Hazards
        A row for each covariate and level; `fit` has the fitted model. Without figures, and with the reason, where staff, a stratum or all
        covariates are not recorded, or where the model cannot be fitted.

    Raises
    ------
    UsageError
        Where a column is unknown, `references` or `per` name no covariate of their kind, or `observed` is no period.
    InputError
        Where spells end before they start, or begin before their service does; they are counted, not quoted.

    References
    ----------
    Cox (1972), ties by Efron (1977), with delayed entry.

    Examples
    --------
    >>> from datetime import date
    >>> from workforce.periods import financial_year
    >>> staff = Records(assignments=pl.DataFrame({
    ...     "organisation": "council", "person_id": ["A", "B", "C"], "fte": 1.0, "start_date": date(2022, 4, 1),
    ...     "end_date": [date(2022, 4, 10), date(2022, 4, 20), None], "team": ["north", "south", "north"],
    ... }))
    >>> ratios = hazards(staff, financial_year("2022-23"), covariates="team")
    >>> ratios.frame.select("level", "reference", pl.col("hazard_ratio").round(4)).rows()
    [('north', True, 1.0), ('south', False, 1.4142)]
    """
    columns, layers = as_by(covariates), as_by(strata)
    as_by([*columns, *layers])
    if not columns:
        raise UsageError("a model needs a covariate", where="covariates=", hint="name one or more columns")
    book = definition_of("leaving_hazards", "cox")
    unrecorded = [*no_end_dates(records), *(why for c in columns if (why := _lacking(records, c)))]
    reason = records.lacks("assignments", columns=layers)
    if reason:
        return Hazards(_without_figures(columns), [book], HAZARD_GROUPS, [reason])
    staff = with_columns_of(records, columns)
    spells = service_spells(staff, observed_days(records, observed), changing=[*columns, *layers])
    texts = [c for c in columns if not spells.schema[c].is_numeric()]
    spells = spells.with_columns(known_group(c).alias(c) for c in texts)
    repeated = spells["stay"].n_unique() > spells["person_id"].n_unique()
    silent = [c for c in columns if spells[c].null_count() == len(spells)]
    if len(silent) == len(columns):
        nobody = no_end_dates(records) or [NOBODY_OBSERVED]
        reasons = nobody if spells.is_empty() else unrecorded or [_NO_COVARIATE]
        return Hazards(_without_figures(columns), [book], HAZARD_GROUPS, reasons)
    try:
        fit = fitted_to_spells(
            spells,
            covariates=[c for c in columns if c not in silent],
            strata=layers,
            cluster="person_id" if repeated else None,
            references={c: level for c, level in (references or {}).items() if c not in silent},
            per={c: unit for c, unit in (per or {}).items() if c not in silent},
        )
    except NotEstimable as error:
        return Hazards(_without_figures(columns), [book], HAZARD_GROUPS, [*unrecorded, error.what])
    return hazards_of(_with_silent(fit, silent), [book], unrecorded)


def _lacking(records: Records, covariate: str) -> str | None:
    """Why nothing is recorded of a covariate, or None; a caseload comes from cases and who held them."""
    reason = records.lacks(columns=[covariate])
    return reason and ((records.lacks("cases", "allocations") if covariate in _CASELOADS else None) or reason)


def _without_figures(covariates: Sequence[str]) -> pl.DataFrame:
    """The rows of a model that cannot be fitted: one for each covariate, with marker x."""
    rows = [{"covariate": c, "reference": False, "marker": NOT_AVAILABLE} for c in covariates]
    return pl.DataFrame(rows, schema=HAZARDS)


def _with_silent(fit: Fit, silent: Sequence[str]) -> Fit:
    """The fit with a row for each covariate that nothing is recorded of, without a figure."""
    rows = pl.DataFrame({"covariate": silent}, schema={"covariate": pl.String})
    absent = {c: dtype for c, dtype in FIT_TABLE.items() if c != "covariate"}
    return replace(
        fit,
        table=pl.concat([fit.table, rows.with_columns(pl.lit(None, dtype).alias(c) for c, dtype in absent.items())]),
        levels=pl.concat(
            [fit.levels, rows.with_columns(level=pl.lit(None, pl.String), spells=pl.lit(0), events=pl.lit(0))],
            how="vertical_relaxed",
        ),
    )
