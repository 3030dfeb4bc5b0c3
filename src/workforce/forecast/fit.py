"""The staff of an outlook: how fast caseworkers leave and are replaced, and who is in post; with their cases (`demand`).

Nothing after the day of the outlook is used, so that an outlook of a past month is the one that could have been made then.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from workforce.book.constants import DAYS_IN_A_YEAR
from workforce.errors import NotEstimable, UsageError
from workforce.forecast.demand import Pools, Rates, days_within, pools_of, rates_of, spell_days
from workforce.frames import Array, eager, need
from workforce.measures.absence import rate as sickness
from workforce.measures.clocks import dated_cases
from workforce.measures.holders import Casework, with_columns_absent
from workforce.measures.presence import observed
from workforce.measures.retention import service_spells
from workforce.periods import Period, month, shift
from workforce.records import Frame, Records
from workforce.schemas import last_proven_day

YEAR: Final = DAYS_IN_A_YEAR
SERVICE: Final = (
    0.0,
    0.5 * YEAR,
    YEAR,
    2 * YEAR,
    5 * YEAR,
    np.inf,
)  # days of service between which leaving has one rate
VACANT: Final = (0.0, 28.0, 56.0, 91.0, 182.0, np.inf)  # days vacant between which filling has one rate
EVER: Final = (0.0, np.inf)
LASTING: Final = ("ehc_plan",)  # cases that last as long as the child needs them, whatever the staff


@dataclass(frozen=True, slots=True)
class Fitted:
    """Where an area stands on the day, and its rates over the history. FTE arrays hold one figure for each person or post."""

    on: date
    days: float  # of the history
    staff_fte: Array
    staff_service: Array
    vacant_fte: Array
    vacant_days: Array
    vacant_covered: npt.NDArray[np.bool_]
    leaving: Rates
    filling: Rates
    failing: Rates
    covered_days: float
    vacancy_days: float
    other_agency: int  # agency workers other than those who cover a vacancy
    agency_fte: float  # of one agency worker
    agency_starts: float  # of the others, over the history
    agency_ending: Rates  # of the others
    mean_fte: float  # over the history, agency included
    absence_rate: float | None
    cases: Pools


def known_on(records: Records, on: date) -> dict[str, pl.DataFrame]:
    """The tables as they stood at the end of a day: what began later is not there, what ended later is open."""
    later: dict[str, tuple[str, dict[str, Sequence[str]]]] = {
        "assignments": ("start_date", {"end_date": ["leaving_reason", "leaving_destination"]}),
        "absences": ("start_date", {"end_date": ["days_lost"]}),
        "allocations": ("start_date", {"end_date": ["change_reason"]}),
        "vacancies": ("opened_date", {"closed_date": ["outcome"], "offered_date": []}),
        "cases": ("received_date", {"closed_date": ["outcome"], "outcome_date": ["outcome"]}),
    }
    tables = {}
    for name, (begins, ends) in later.items():
        frame = eager(getattr(records, name)).filter(pl.col(begins) <= on)
        for day, columns in ends.items():
            if day in frame.columns:
                later_than = (pl.col(day) > on).fill_null(value=False)
                hidden = [c for c in (*columns, day) if c in frame.columns]
                frame = frame.with_columns(pl.when(~later_than).then(pl.col(c)).alias(c) for c in hidden)
        tables[name] = frame
    return tables


def day_of_outlook(records: Records, roles: Sequence[str], on: date | None) -> date | None:
    """The day from which an outlook looks ahead: `on`, or the last day that the records of all organisations with such staff cover.

    Without any staff there is no such day.
    """
    assignments = eager(records.assignments)
    if on is not None or assignments.is_empty():
        return on
    staff = of_caseworkers(assignments, roles)
    day = observed(assignments if staff.is_empty() else staff)["observed_to"].min()
    if not isinstance(day, date):
        raise UsageError("the day of the outlook is not known", where="on=", hint="give the last day of the records")
    return day


def fit(
    records: Records,
    *,
    roles: Sequence[str],
    on: date | None,
    history: int,
    case_type: str,
    lasting: Sequence[str] = LASTING,
) -> Fitted:
    """Fit the rates of an outlook to the months of history that end with the day; `NotEstimable` where the records do not suffice."""
    day = day_of_outlook(records, roles, on)
    caseworkers = of_caseworkers(eager(records.assignments), roles)
    if caseworkers.is_empty() or day is None:
        raise NotEstimable(
            "nobody on record has had one of the roles of caseworkers",
            where="roles=",
            hint="give the roles of caseworkers as they are recorded",
        )
    tables = known_on(records, day)
    window = _window(observed(caseworkers), day, history)
    staff = of_caseworkers(tables["assignments"], roles)
    casework = Casework.of(tables["allocations"], tables["cases"], tables["assignments"], roles=roles)
    vacancies = with_columns_absent(tables["vacancies"], {"closed_date": pl.Date(), "outcome": pl.String()})
    closed = pl.coalesce("closed_date", last_proven_day(vacancies.collect_schema().names()))
    vacancies = vacancies.with_columns(closed_date=closed).filter(
        pl.col("role").is_in(list(roles)) & pl.col("organisation").is_in(staff["organisation"].implode())
    )
    cases = dated_cases(
        casework.cases.join(casework.kinds_of_others, on=["organisation", "case_type"], how="anti"), None
    )
    if vacancies.is_empty():
        raise NotEstimable("there are no vacancies in these roles", hint="an outlook is fitted to vacancies and cases")
    if cases.is_empty():
        raise NotEstimable("there are no cases of caseworkers", hint="an outlook is fitted to vacancies and cases")
    months = _months(window)
    usual = mean_fte(staff, window)
    if not usual > 0:
        raise NotEstimable("nobody was in one of the roles in the history", hint="look at a later day")
    at_work = np.array([mean_fte(staff, m) for m in months])
    pools = pools_of(cases, months, at_work / usual, case_type, lasting)
    return _fitted(staff, vacancies, tables["absences"], window, pools)


def _window(limits: pl.DataFrame, day: date, history: int) -> Period:
    first = month(shift(f"{day:%Y-%m}", 1 - history)).start
    begins = limits["observed_from"].max()
    return Period(max(first, begins) if isinstance(begins, date) else first, day)


def _months(window: Period) -> list[Period]:
    """The months of a window; its first and last may be parts of one."""
    count = (window.end.year - window.start.year) * 12 + window.end.month - window.start.month + 1
    calendar_months = [month(shift(f"{window.start:%Y-%m}", n)) for n in range(count)]
    return [Period(max(m.start, window.start), min(m.end, window.end)) for m in calendar_months]


def employment(staff: pl.DataFrame) -> pl.Expr:
    """Employed, agency or bank; employed where the records do not say."""
    return pl.col("employment").fill_null("employed") if "employment" in staff.columns else pl.lit("employed")


def _fitted(
    staff: pl.DataFrame,
    vacancies: pl.DataFrame,
    absences: pl.DataFrame,
    window: Period,
    pools: Pools,
) -> Fitted:
    on = window.end
    employed, agency = (staff.filter(employment(staff) == kind) for kind in ("employed", "agency"))
    spells = service_spells(employed, window, by=["organisation"])
    in_post_now = in_post(employed, on).join(
        spells.filter(~pl.col("event")).select("organisation", "person_id", "exit"), on=["organisation", "person_id"]
    )
    if in_post_now.is_empty():
        raise NotEstimable("nobody employed is in one of the roles on the day", hint="look at an earlier day")
    open_now = vacancies.filter(pl.col("closed_date").is_null())
    agency_now = in_post(agency, on)
    covered = _number(open_now, "covered_by_agency_fte") > 0
    vacant = days_within(vacancies, "opened_date", "closed_date", window)
    covered_days = float(vacant[_number(vacancies, "covered_by_agency_fte") > 0].sum())
    starts, ending = _other_agency(agency, vacancies, covered_days, window)
    return Fitted(
        on=on,
        days=float(window.days),
        staff_fte=in_post_now["fte"].to_numpy(),
        staff_service=in_post_now["exit"].to_numpy().astype(np.float64),
        vacant_fte=open_now["fte"].to_numpy(),
        vacant_days=open_now.select((pl.lit(on) - pl.col("opened_date")).dt.total_days())
        .to_series()
        .to_numpy()
        .astype(np.float64),
        vacant_covered=covered,
        leaving=rates_of(spells, SERVICE, "event"),
        filling=rates_of(_vacancy_spells(vacancies, window, ("filled",)), VACANT, "event"),
        failing=rates_of(_vacancy_spells(vacancies, window, ("unfilled", "withdrawn")), VACANT, "event"),
        covered_days=covered_days,
        vacancy_days=float(vacant.sum()),
        other_agency=max(len(agency_now) - int(covered.sum()), 0),
        agency_fte=_mean(agency_now) or _mean(agency) or 1.0,
        agency_starts=starts,
        agency_ending=ending,
        mean_fte=mean_fte(staff, window),
        absence_rate=absence_rate(employed, absences, window),
        cases=pools,
    )


def _other_agency(
    agency: pl.DataFrame, vacancies: pl.DataFrame, covered_days: float, window: Period
) -> tuple[float, Rates]:
    """Agency workers other than those who cover a vacancy: how many came, and how they go. A round that failed keeps its cover."""
    agency_rates = rates_of(spell_days(agency, "start_date", "end_date", window), EVER, "event")
    cover = vacancies.filter(pl.Series(_number(vacancies, "covered_by_agency_fte") > 0, dtype=pl.Boolean))
    opened, closed = (
        frame.filter(pl.col(day).is_between(window.start, window.end))
        for frame, day in ((cover, "opened_date"), (cover, "closed_date"))
    )
    filled = int((closed["outcome"] == "filled").sum())
    reopened = len(closed) - filled
    begun = int(agency["start_date"].is_between(window.start, window.end).sum())
    starts = max(begun - (len(opened) - reopened), 0)
    ends, days = (
        max(float(agency_rates.events.sum()) - filled, 0.0),
        max(float(agency_rates.days.sum()) - covered_days, 0.0),
    )
    # Half an event at the rate of all agency spells: where nobody else was there, they end like those who cover a vacancy.
    return float(starts), Rates(EVER, np.array([ends + 0.5]), np.array([days + 0.5 / float(agency_rates.mean[0])]))


def of_caseworkers(assignments: pl.DataFrame, roles: Sequence[str]) -> pl.DataFrame:
    """The spells of those who do casework in the roles: employed and agency staff, not the bank."""
    need(assignments, ["organisation", "person_id", "role", "fte", "start_date"], what="assignments")
    if "end_date" not in assignments.columns:
        assignments = assignments.with_columns(end_date=pl.lit(None, pl.Date))
    return assignments.filter(pl.col("role").is_in(list(roles)) & employment(assignments).is_in(["employed", "agency"]))


def in_post(spells: pl.DataFrame, day: date) -> pl.DataFrame:
    """The FTE of each person in post on a day: organisation, person_id, fte."""
    current = (pl.col("start_date") <= day) & (pl.col("end_date").is_null() | (pl.col("end_date") >= day))
    key = ["organisation", "person_id"]
    return spells.filter(current).group_by(key).agg(pl.col("fte").sum()).sort(key)


def _mean(people: pl.DataFrame) -> float:
    return float(people["fte"].to_numpy().mean()) if len(people) else 0.0


def _number(frame: pl.DataFrame, column: str) -> Array:
    return frame[column].fill_null(0.0).to_numpy() if column in frame.columns else np.zeros(len(frame))


def _vacancy_spells(vacancies: pl.DataFrame, window: Period, outcomes: Sequence[str]) -> pl.DataFrame:
    """A vacancy ends on its closing day by one of the outcomes; by another it is followed no further."""
    open_then = vacancies.filter(pl.col("closed_date").is_null() | (pl.col("closed_date") >= window.start))
    happened = open_then["outcome"].is_in(list(outcomes)).fill_null(value=False)
    return spell_days(open_then, "opened_date", "closed_date", window).with_columns(event=happened)


def mean_fte(spells: pl.DataFrame, window: Period) -> float:
    """Full-time equivalents in post on average over a period."""
    days = spells["fte"].to_numpy() * days_within(spells, "start_date", "end_date", window)
    return float(np.sort(days).sum() / window.days)  # sorted, so that equal records in any order give equal bytes


def absence_rate(employed: pl.DataFrame, absences: Frame, window: Period) -> float | None:
    """The share of their days that the staff lost to sickness; None where nobody records it."""
    of_these = eager(absences).filter(pl.col("organisation").is_in(employed["organisation"].implode()))
    if of_these.is_empty():
        return None
    measured = sickness(Records(assignments=employed, absences=of_these), window, definition="nhs").frame
    lost, available = measured["numerator"].item(), measured["denominator"].item()
    return None if not available else float(lost / available)
