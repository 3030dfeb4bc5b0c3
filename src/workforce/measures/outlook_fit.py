"""What an outlook is fitted to: how fast caseworkers leave and are replaced, how fast cases come and close, and where things stand.

Promises: nothing after the day of the outlook is looked at, so that an outlook of a past month is the one that could have been made then.
Every rate carries its count and its exposure, so that the paths vary by how little is known. Refuses: records without anybody in the
roles, without vacancies in them, without cases.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt
import polars as pl

from workforce.errors import InputError, UsageError
from workforce.measures.absence import absence
from workforce.measures.clocks import dated_cases
from workforce.measures.holders import Casework
from workforce.measures.presence import observed
from workforce.measures.retention import service_spells
from workforce.periods import Period, month, shift

Array = npt.NDArray[np.float64]
YEAR: Final = 365.25
SERVICE: Final = (
    0.0,
    0.5 * YEAR,
    YEAR,
    2 * YEAR,
    5 * YEAR,
    np.inf,
)  # days of service between which leaving has one rate
VACANT: Final = (0.0, 28.0, 56.0, 91.0, 182.0, np.inf)  # days vacant between which filling has one rate
OF_REQUESTS: Final = (0.0, 28.0, 56.0, 84.0, 98.0, 126.0, 140.0, 168.0, 210.0, 273.0, 364.0, np.inf)  # ages, in days
OF_OTHERS: Final = (0.0, 91.0, 182.0, 364.0, 728.0, np.inf)


class Tables(Protocol):
    """What an outlook needs of records: canonical tables (`Records`, or a made area)."""

    @property
    def assignments(self) -> pl.DataFrame: ...  # noqa: D102
    @property
    def absences(self) -> pl.DataFrame: ...  # noqa: D102
    @property
    def cases(self) -> pl.DataFrame: ...  # noqa: D102
    @property
    def allocations(self) -> pl.DataFrame: ...  # noqa: D102
    @property
    def vacancies(self) -> pl.DataFrame: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Rates:
    """Events and days at risk in each band of time: a piecewise constant hazard that knows how sure it is."""

    edges: tuple[float, ...]
    events: Array
    days: Array

    def drawn(self, paths: int, rng: np.random.Generator) -> Array:
        """A hazard per day for each path and band: gamma, with half an event at the rate of all bands together added to each.

        The half event keeps a band in which nothing happened from never letting anything happen, without making the whole faster.
        """
        pooled = max(float(self.events.sum()), 0.5) / max(float(self.days.sum()), 1.0)
        return rng.gamma(self.events + 0.5, 1.0, (paths, len(self.events))) / (self.days + 0.5 / pooled)


@dataclass(frozen=True, slots=True)
class Pool:
    """Cases that are looked at together: how old the open ones are (days since receipt), how many came, and how they close."""

    ages: Array
    arrivals: int
    dispersion: float  # variance over mean of the monthly arrivals, never below 1
    closing: Rates


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
    other_agency: int  # agency workers beside those who cover a vacancy
    agency_fte: float  # of one agency worker
    agency_starts: float  # of the others, over the history
    agency_ending: Rates
    mean_fte: float  # over the history, agency included
    absence_rate: float | None
    requests: Pool
    others: Pool


def known_on(records: Tables, on: date) -> dict[str, pl.DataFrame]:
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
        frame: pl.DataFrame = getattr(records, name)
        frame = frame.filter(pl.col(begins) <= on)
        for day, told in ends.items():
            if day in frame.columns:
                unknown = (pl.col(day) > on).fill_null(value=False)
                hidden = [c for c in (*told, day) if c in frame.columns]
                frame = frame.with_columns(pl.when(~unknown).then(pl.col(c)).alias(c) for c in hidden)
        tables[name] = frame
    return tables


def fit(records: Tables, *, roles: Sequence[str], on: date | None, history: int, case_type: str) -> Fitted:
    """Fit the rates of an outlook to the months of history that end with the day."""
    every = records.assignments.filter(pl.col("role").is_in(list(roles)))
    if every.is_empty():
        raise InputError(
            "nobody has one of the roles", where="roles=", hint="give the roles of caseworkers as they are recorded"
        )
    limits = observed(every)
    day = on if on is not None else limits["observed_to"].min()
    if not isinstance(day, date):
        raise UsageError("the day of the outlook is not known", where="on=", hint="give the last day of the records")
    tables = known_on(records, day)
    window = _window(limits, day, history)
    staff = tables["assignments"].filter(pl.col("role").is_in(list(roles)))
    casework = Casework.of(tables["allocations"], tables["cases"], tables["assignments"], roles=roles)
    vacancies = tables["vacancies"].filter(
        pl.col("role").is_in(list(roles)) & pl.col("organisation").is_in(staff["organisation"].implode())
    )
    cases = dated_cases(
        casework.cases.join(casework.kinds_of_others, on=["organisation", "case_type"], how="anti"), None
    )
    for frame, what in ((vacancies, "vacancies in these roles"), (cases, "cases of caseworkers")):
        if frame.is_empty():
            raise InputError(f"the records have no {what}", where="outlook", hint="an outlook is fitted to both")
    return _fitted(staff, vacancies, cases, tables["absences"], window, case_type)


def _window(limits: pl.DataFrame, day: date, history: int) -> Period:
    if history < 1:
        raise UsageError("an outlook needs a month of history", where="history=", hint="36 months are usual")
    first = month(shift(f"{day:%Y-%m}", 1 - history)).start
    begins = limits["observed_from"].max()
    return Period(max(first, begins) if isinstance(begins, date) else first, day)


def _fitted(
    staff: pl.DataFrame,
    vacancies: pl.DataFrame,
    cases: pl.DataFrame,
    absences: pl.DataFrame,
    window: Period,
    case_type: str,
) -> Fitted:
    on = window.end
    kind = pl.col("employment").fill_null("employed") if "employment" in staff.columns else pl.lit("employed")
    employed, agency = staff.filter(kind == "employed"), staff.filter(kind == "agency")
    spells = service_spells(employed, window, by=["organisation"])
    now = _in_post(employed, on).join(
        spells.filter(~pl.col("event")).select("organisation", "person_id", "exit"), on=["organisation", "person_id"]
    )
    if now.is_empty():
        raise InputError(
            "nobody employed is in one of the roles on the day", where="roles=", hint="look at an earlier day"
        )
    open_now = vacancies.filter(pl.col("closed_date").is_null())
    agency_now = _in_post(agency, on)
    covered = _number(open_now, "covered_by_agency_fte") > 0
    vacant = _days_within(vacancies, "opened_date", "closed_date", window)
    covered_days = float(vacant[_number(vacancies, "covered_by_agency_fte") > 0].sum())
    ending = _rates(_spell_days(agency, "start_date", "end_date", window), (0.0, np.inf), "event")
    # Agency workers beside those who cover a vacancy: as many as were there on average come for as many as go.
    beside = max(float(ending.days.sum()) - covered_days, 0.0)
    return Fitted(
        on=on,
        days=float(window.days),
        staff_fte=now["fte"].to_numpy(),
        staff_service=now["exit"].to_numpy().astype(np.float64),
        vacant_fte=open_now["fte"].to_numpy(),
        vacant_days=open_now.select((pl.lit(on) - pl.col("opened_date")).dt.total_days())
        .to_series()
        .to_numpy()
        .astype(np.float64),
        vacant_covered=covered,
        leaving=_rates(spells, SERVICE, "event"),
        filling=_rates(_vacancy_spells(vacancies, window, ("filled",)), VACANT, "event"),
        failing=_rates(_vacancy_spells(vacancies, window, ("unfilled", "withdrawn")), VACANT, "event"),
        covered_days=covered_days,
        vacancy_days=float(vacant.sum()),
        other_agency=max(len(agency_now) - int(covered.sum()), 0),
        agency_fte=_mean(agency_now) or _mean(agency) or 1.0,
        agency_starts=beside * float(ending.events.sum()) / max(float(ending.days.sum()), 1.0),
        agency_ending=ending,
        mean_fte=_mean_fte(pl.concat([employed, agency]), window),
        absence_rate=_absence_rate(employed, absences, window),
        requests=_pool(cases.filter(pl.col("case_type") == case_type), window, OF_REQUESTS),
        others=_pool(cases.filter(pl.col("case_type") != case_type), window, OF_OTHERS),
    )


def _in_post(spells: pl.DataFrame, day: date) -> pl.DataFrame:
    """The FTE of each person in post on a day: organisation, person_id, fte."""
    there = (pl.col("start_date") <= day) & (pl.col("end_date").is_null() | (pl.col("end_date") >= day))
    key = ["organisation", "person_id"]
    return spells.filter(there).group_by(key).agg(pl.col("fte").sum()).sort(key)


def _mean(people: pl.DataFrame) -> float:
    return float(people["fte"].to_numpy().mean()) if len(people) else 0.0


def _number(frame: pl.DataFrame, column: str) -> Array:
    return frame[column].fill_null(0.0).to_numpy() if column in frame.columns else np.zeros(len(frame))


def _spell_days(frame: pl.DataFrame, begin: str, end: str, window: Period) -> pl.DataFrame:
    """Spells inside the window as days since their beginning: entry, exit, event (ended inside)."""
    seen = frame.filter(pl.col(end).is_null() | (pl.col(end) >= window.start))
    last = pl.min_horizontal(pl.col(end), pl.lit(window.end))
    return seen.select(
        entry=(pl.lit(window.start) - pl.col(begin)).dt.total_days().clip(lower_bound=0),
        exit=(last - pl.col(begin)).dt.total_days() + 1,
        event=pl.col(end).is_not_null(),
    )


def _vacancy_spells(vacancies: pl.DataFrame, window: Period, outcomes: Sequence[str]) -> pl.DataFrame:
    """A vacancy ends on its closing day by one of the outcomes; by another it is followed no further."""
    seen = vacancies.filter(pl.col("closed_date").is_null() | (pl.col("closed_date") >= window.start))
    happened = seen["outcome"].is_in(list(outcomes)).fill_null(value=False)
    return _spell_days(seen, "opened_date", "closed_date", window).with_columns(event=happened)


def _days_within(frame: pl.DataFrame, begin: str, end: str, window: Period) -> Array:
    first = pl.max_horizontal(pl.col(begin), pl.lit(window.start))
    last = pl.min_horizontal(pl.col(end), pl.lit(window.end))
    days = frame.select(((last - first).dt.total_days() + 1).clip(lower_bound=0)).to_series()
    return days.to_numpy().astype(np.float64)


def _rates(spells: pl.DataFrame, edges: tuple[float, ...], event: str) -> Rates:
    begun, ended = (spells[c].to_numpy().astype(np.float64) for c in ("entry", "exit"))
    happened = spells[event].to_numpy()
    low, high = np.array(edges[:-1]), np.array(edges[1:])
    days = np.clip(ended[:, None], low, high) - np.clip(begun[:, None], low, high)
    band = np.searchsorted(np.array(edges), ended[happened], side="left") - 1
    events = np.bincount(np.clip(band, 0, len(low) - 1), minlength=len(low)).astype(np.float64)
    return Rates(edges, events, days.sum(axis=0))


def _mean_fte(spells: pl.DataFrame, window: Period) -> float:
    return float(
        (spells["fte"].to_numpy() * _days_within(spells, "start_date", "end_date", window)).sum() / window.days
    )


def _absence_rate(employed: pl.DataFrame, absences: pl.DataFrame, window: Period) -> float | None:
    """The share of their days that the staff lost to sickness; None where nobody records it."""
    recorded = absences.filter(pl.col("organisation").is_in(employed["organisation"].implode()))
    if recorded.is_empty():
        return None
    found = absence(employed, recorded, window, definition="nhs")
    lost, available = found["numerator"].item(), found["denominator"].item()
    return None if not available else float(lost / available)


def _pool(cases: pl.DataFrame, window: Period, edges: tuple[float, ...]) -> Pool:
    spells = _spell_days(cases, "received_date", "ended", window)
    still = cases.filter(pl.col("ended").is_null())
    ages = still.select((pl.lit(window.end) - pl.col("received_date")).dt.total_days()).to_series()
    came = cases.filter(pl.col("received_date") >= window.start)
    counts = np.bincount(
        came.select((pl.lit(window.end) - pl.col("received_date")).dt.total_days() // 30).to_series().to_numpy(),
        minlength=max(window.days // 30, 1),
    )[: max(window.days // 30, 1)]
    dispersion = float(counts.var(ddof=1) / counts.mean()) if len(counts) > 1 and counts.mean() > 0 else 1.0
    return Pool(ages.to_numpy().astype(np.float64), len(came), max(dispersion, 1.0), _rates(spells, edges, "event"))
