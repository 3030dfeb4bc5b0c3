"""Who leaves, where to, and how much sooner: the comparisons of retention, on assignments.

Promises: stays, service and the days under observation are those of `retention` (see `service_spells`), so that curves, incidences, tests
and hazard ratios speak of the same people. What says nothing (missing, "unknown", "prefer not to say") is no group: such stays are left
out of a comparison and counted. A ratio is of those who left, not a reason why: what was not recorded may lie behind it.
Refuses: what `retention`, `incidence`, `logrank` and `cox` refuse.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final, Literal

import polars as pl

from workforce.errors import InputError
from workforce.measures.compared import known_group
from workforce.measures.frame import as_by, eager
from workforce.measures.leaving.cox import FIT_TABLE, Fit, cox
from workforce.measures.leaving.incidence import incidence_table
from workforce.measures.leaving.life_names import named
from workforce.measures.leaving.logrank import Test, logrank
from workforce.measures.leaving.retention import FTE, in_hours, service_spells
from workforce.measures.presence import FULL_WEEK, spells_of
from workforce.periods import Period

UNKNOWN: Final = "unknown"
AALEN_JOHANSEN: Final = "aalen_johansen"
AGENCY: Final = "agency"  # measure book: permanent to agency is a leaver, destination agency
NOT_EMPLOYED: Final = ("agency", "bank")
_DESTINATION: Final = "leaving_destination"

Frame = pl.DataFrame | pl.LazyFrame


def leaving_incidence(
    assignments: Frame,
    observed: Period,
    *,
    cause: str = _DESTINATION,
    by: Sequence[str] | str = (),
    basis: Literal["headcount", "fte"] = "headcount",
) -> pl.DataFrame:
    """The share of staff who have left for each destination within so many days of service.

    Definition: Aalen & Johansen (1978) with delayed entry; stays and service as in `retention`. cause: a column of the records, such as
    leaving_destination or leaving_reason, read on the last day of the stay; where it says nothing the cause is `unknown`, never left
    out. Whoever goes on to agency or bank work with the organisation within a week left for `agency`, where no other destination is
    recorded. basis: with `fte` each stay counts for the hours with which it came under observation, as in `retention`; limits are then
    between people.
    Returns measure, definition, by..., time, cause, at_risk, left, value (a proportion), standard_error, lower, upper (with `fte` also
    people_at_risk and people_left). The shares of one time, and those who stayed, add up to one.

    >>> from datetime import date
    >>> from workforce.periods import financial_year
    >>> staff = pl.DataFrame({
    ...     "organisation": "council", "person_id": ["A", "B"], "fte": 1.0, "start_date": date(2022, 4, 1),
    ...     "end_date": [date(2022, 4, 10), None], "leaving_destination": ["nhs", None],
    ... })
    >>> leaving_incidence(staff, financial_year("2022-23")).select("time", "cause", "value").rows()
    [(10, 'nhs', 0.5), (365, 'nhs', 0.5)]
    """
    groups = as_by(by, assignments)
    as_by(cause, assignments)
    staff = eager(assignments).with_columns(known_group(cause).alias(cause))
    if cause == _DESTINATION:
        staff = _with_moves_to_agency_work(staff)
    weighing = in_hours(basis)
    spells = service_spells(staff, observed, by=groups, ending=cause, weighing=weighing)
    ended = spells.with_columns(pl.when("event").then(pl.col(cause).fill_null(UNKNOWN)).alias(cause))
    table = incidence_table(ended, cause=cause, by=groups, weight=FTE if weighing else None)
    return named(table, "leaving_incidence", AALEN_JOHANSEN + ("_fte" if weighing else ""))


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


def compare_retention(
    assignments: Frame, observed: Period, *, by: Sequence[str] | str, strata: Sequence[str] | str = ()
) -> Test:
    """Whether groups of staff leave at the same rate at each length of service: the log-rank test.

    Definition: Mantel (1966), hypergeometric variance, delayed entry; stays and groups as in `retention`. strata: compared only within
    each. Stays whose group says nothing are left out and counted in `left_out`.

    >>> from datetime import date
    >>> from workforce.periods import financial_year
    >>> staff = pl.DataFrame({
    ...     "organisation": "council", "person_id": ["A", "B"], "fte": 1.0, "start_date": date(2022, 4, 1),
    ...     "end_date": [date(2022, 4, 10), None], "team": ["north", "south"],
    ... })
    >>> compare_retention(staff, financial_year("2022-23"), by="team").table.rows()
    [('north', 1, 1.0, 0.5), ('south', 1, 0.0, 0.5)]
    """
    groups, layers = as_by(by, assignments), as_by(strata, assignments)
    spells = service_spells(assignments, observed, by=[*groups, *layers])
    return logrank(spells.with_columns(known_group(c).alias(c) for c in groups), by=groups, strata=layers)


def leaving_hazards(
    assignments: Frame,
    observed: Period,
    *,
    covariates: Sequence[str] | str,
    strata: Sequence[str] | str = (),
    references: Mapping[str, str] | None = None,
    per: Mapping[str, float] | None = None,
) -> Fit:
    """How many times as fast staff leave as others who are alike in the other covariates and have served as long.

    Definition: Cox (1972), Efron's handling of ties, delayed entry; time is days of service, so that length of service is allowed for.
    Covariates and strata take the value of the day: a stay is split where they change. Numbers enter as they are, text as levels
    against the first in sort order. Where someone has several stays, standard errors are robust, by person.
    Stretches on which a covariate says nothing are left out and counted in `left_out`; a covariate that says nothing about anybody is left
    out itself, and stands in the table without a figure. Look at `proportionality` first: where its p is
    small the ratio changed with service, and is an average. Caseload comes from `with_caseload`: `caseload_band` compares bands,
    `caseload` is a number that only caseworkers have, so that the others are left out. references, per: as in `cox`, such as
    {"caseload_band": "15 to 19"} and {"caseload": 5}. fte is that of the main post. There are no weights: see `cox`.

    >>> from datetime import date
    >>> from workforce.periods import financial_year
    >>> staff = pl.DataFrame({
    ...     "organisation": "council", "person_id": ["A", "B", "C"], "fte": 1.0, "start_date": date(2022, 4, 1),
    ...     "end_date": [date(2022, 4, 10), date(2022, 4, 20), None], "team": ["north", "south", "north"],
    ... })
    >>> fit = leaving_hazards(staff, financial_year("2022-23"), covariates="team")
    >>> fit.references, fit.table.select("level", pl.col("hazard_ratio").round(4)).rows()
    ({'team': 'north'}, [('south', 1.4142)])
    """
    own, layers = as_by(covariates, assignments), as_by(strata, assignments)
    spells = service_spells(assignments, observed, changing=[*own, *layers])
    texts = [c for c in own if not spells.schema[c].is_numeric()]
    spells = spells.with_columns(known_group(c).alias(c) for c in texts)
    several = spells["stay"].n_unique() > spells["person_id"].n_unique()
    silent = [c for c in own if spells[c].null_count() == len(spells)]
    if len(silent) == len(own):
        raise InputError(
            "no covariate is recorded for anybody", where="covariates=", hint="name one that the records have"
        )
    fit = cox(
        spells,
        covariates=[c for c in own if c not in silent],
        strata=layers,
        cluster="person_id" if several else None,
        references={c: level for c, level in (references or {}).items() if c not in silent},
        per={c: unit for c, unit in (per or {}).items() if c not in silent},
    )
    return _with_silent(fit, silent)


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
