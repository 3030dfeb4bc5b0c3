"""Caseworkers in post, caseload and backlog some months ahead, as things are and under scenarios; and what happened, to compare with it.

Seeded, so that equal records give equal figures; the bands carry the uncertainty of the rates as well as chance; nothing after the day of
the outlook is used.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from workforce.book.constants import DAYS_IN_A_WEEK, PLAN_WEEKS
from workforce.errors import NotEstimable, UsageError
from workforce.forecast.fit import LASTING, Fitted, day_of_outlook, fit, in_post, of_caseworkers
from workforce.forecast.simulate import AS_NOW, Paths, Scenario, simulate
from workforce.frames import eager
from workforce.measures.availability import NOBODY_IN_ROLES, measure, not_available
from workforce.measures.clocks import ASSESSMENT, CHILD, dated_cases
from workforce.measures.holders import Casework
from workforce.measures.presence import observed
from workforce.periods import Period, as_dates, month, shift
from workforce.records import Records
from workforce.results import NOT_AVAILABLE, PERIOD_COLUMNS, Forecast, MeasureTable, stacked
from workforce.sealed import Options, text_given
from workforce.stats.rates import measure_table

LIKELY, SURELY = 0.80, 0.95  # of the paths, the shares inside the two bands
FIGURES: Final = ("backlog", "caseload", "fte")
_BANDS: Final = ("lower", "upper", "lower_80", "upper_80")
_ADDED: Final = ("lower_80", "upper_80")
NO_SICKNESS: Final = "sickness in these roles is not recorded"
MOST_MONTHS: Final = 60
LEAST_PATHS: Final = 100  # a 95% band needs some paths beyond each side

_CUTS: Final = ((1 - SURELY) / 2, (1 - LIKELY) / 2, 0.5, (1 + LIKELY) / 2, (1 + SURELY) / 2)
HAPPENED: Final = "what happened"  # the scenario of past figures


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastSettings(Options):
    """Which cases an outlook is of, how much history it is fitted to, and how it is simulated.

    Parameters
    ----------
    case_type : str
        The type of case of the requests, and of the backlog.
    lasting : sequence of str
        Types of case that last as long as the child needs them.
    weeks : int
        The deadline of a request, in weeks from receipt.
    history : int
        Months before the day that the rates are fitted to.
    paths : int
        Simulated paths, 100 or more.
    seed : int
        Seed of the simulation.

    Raises
    ------
    UsageError
        Where there are fewer than 100 paths, or less than a month of history.

    Examples
    --------
    >>> ForecastSettings(history=24).paths
    1000
    """

    case_type: str = ASSESSMENT
    lasting: Sequence[str] = LASTING
    weeks: int = PLAN_WEEKS
    history: int = 36
    paths: int = 1_000
    seed: int = 2023

    def __post_init__(self) -> None:
        object.__setattr__(self, "case_type", text_given(self.case_type, "case_type"))
        object.__setattr__(self, "lasting", tuple(text_given(kind, "lasting") for kind in self.lasting))
        if self.paths < LEAST_PATHS:
            raise UsageError("an outlook needs 100 paths or more", where="paths=", hint="1000 are usual")
        if self.history < 1:
            raise UsageError("an outlook needs a month of history", where="history=", hint="36 months are usual")

    def _arguments(self) -> dict[str, object]:
        """Return what the caller changed; a value as it stands in the library needs no source."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        usual = {field.name: field.default for field in fields(self)}
        return {name: value for name, value in values.items() if value != usual[name]}


@measure("assignments", "vacancies", "cases", "allocations", "absences")
def outlook(
    records: Records,
    months: int,
    scenarios: Sequence[Scenario] = (AS_NOW,),
    *,
    roles: Sequence[str],
    on: date | None = None,
    settings: ForecastSettings | None = None,
) -> Forecast:
    """Caseworkers in post, open cases per FTE and requests past their date at the end of each of the months after a day.

    Fitted to the months of history before the day: rates of leaving by length of service, with those in post when the history begins
    entering late; rates at which vacancies are filled, or a round fails, by how long they have been open (a filled vacancy closes when its
    new worker starts); agency cover; arrivals; rates of closing by the age of the case, for requests (`case_type`), for cases that last as
    long as the child needs them (`lasting`), and for all others. Arrivals and closings keep the level that they have reached, which wanders
    as it has wandered, and their season; how far closings follow the staff, and how far the number of cases, is learned from the history,
    and lasting cases follow neither.

    Assumed: every leaver's post is filled again; as many posts are funded as now; a lasting case follows a request as often as it did; a
    year's turnover differs from the history's as England's has.

    Parameters
    ----------
    records : Records
        The area's records, or one organisation's (``records.only(slug)``); uses `assignments`, `vacancies`, `cases`, `allocations` and
        `absences`.
    months : int
        How many months ahead, 1 to 60.
    scenarios : sequence of Scenario
        What is done; with different names.
    roles : sequence of str
        The roles of caseworkers.
    on : date, optional
        The day of the outlook; without it, the last day that the records of all organisations with such staff cover.
    settings : ForecastSettings, optional
        Which cases, how much history, and how many paths.

    Returns
    -------
    Forecast
        Definitions `fte`, `caseload` and `backlog`, a row for each scenario (column `scenario`) and month. value: the median path. lower,
        upper: 95 in 100 paths lie between; lower_80, upper_80: 80 in 100. denominator: staff in post on the day of the outlook; people:
        these, of the backlog the children whose requests are past their date on the day where they are fewer. Rows have marker ``x`` where
        the records do not suffice: without staff, vacancies or cases in the roles; under a scenario with less sickness, where nobody
        records sickness.

    Raises
    ------
    UsageError
        Where scenarios share a name or have a share outside 0 to 1, and where the day is neither given nor recorded.

    References
    ----------
    This project's measure book, "outlook".

    Examples
    --------
    >>> import workforce as wf
    >>> ahead = outlook(wf.load_area().only("council"), 2, roles=["SEND caseworker"], settings=ForecastSettings(paths=100))
    >>> ahead.frame.filter(pl.col("definition") == "fte")["period_end"].to_list()
    [datetime.date(2023, 4, 30), datetime.date(2023, 5, 31)]
    """
    chosen = settings or ForecastSettings()
    checked = checked_scenarios(scenarios, months, on)
    reason = next((lack for table in ("assignments", "vacancies", "cases") if (lack := records.lacks(table))), None)
    model: Fitted | None = None
    if reason is None:
        try:
            model = fit(
                records,
                roles=roles,
                on=on,
                history=chosen.history,
                case_type=chosen.case_type,
                lasting=chosen.lasting,
            )
        except NotEstimable as error:
            reason = error.what
    day = day_of_outlook(records, roles, on) if model is None else model.on
    ahead = [] if day is None else months_after(day, months)
    frames, reasons = [], [reason] if reason else []
    for scenario in checked:
        if model is None:
            frames.append(_without_figures(scenario, ahead))
        elif model.absence_rate is None and scenario.cut_sickness:
            frames.append(_without_figures(scenario, ahead))
            reasons.append(NO_SICKNESS)
        else:
            simulated = paths_of(model, scenario, months, weeks=chosen.weeks, paths=chosen.paths, seed=chosen.seed)
            frames.append(_rows(simulated, model, scenario, ahead))
    return _forecast(pl.concat(frames), reasons)


@measure("assignments", "vacancies", "cases", "allocations", "absences")
def outlook_checked(
    records: Records,
    months: int = 12,
    *,
    roles: Sequence[str],
    on: date,
    settings: ForecastSettings | None = None,
) -> Forecast:
    """The outlook that could have been made so many months before a day, to be compared with what has happened since (`outlook_past`).

    Parameters
    ----------
    records : Records
        The area's records, as in `outlook`.
    months : int
        How many months before the day the outlook is made.
    roles : sequence of str
        The roles of caseworkers.
    on : date
        The last day of a month, up to which it is recorded what happened.
    settings : ForecastSettings, optional
        As in `outlook`.

    Returns
    -------
    Forecast
        As `outlook` returns it, under the scenario "as now".

    Raises
    ------
    UsageError
        Where the day is not the last of its month.

    References
    ----------
    This project's measure book, "outlook".

    Examples
    --------
    >>> import workforce as wf
    >>> then = outlook_checked(wf.load_area().only("council"), 2, roles=["SEND caseworker"], on=date(2023, 3, 31),
    ...     settings=ForecastSettings(paths=100))
    >>> then.frame.filter(pl.col("definition") == "fte")["period_end"].to_list()
    [datetime.date(2023, 2, 28), datetime.date(2023, 3, 31)]
    """
    day = as_dates(on)[-1]
    if month(f"{day:%Y-%m}").end != day:
        raise UsageError("the day is not the last of its month", where="on=", hint="give the last day of a month")
    day_made = month(shift(f"{day:%Y-%m}", -months)).end
    return outlook(records, months, roles=roles, on=day_made, settings=settings)


def _forecast(rows: pl.DataFrame, reasons: Sequence[str]) -> Forecast:
    table = stacked(
        measure_table(rows.filter(pl.col("definition") == name).drop(_BANDS), "outlook", name, by=[])
        for name in FIGURES
    )
    keys = ["definition", "scenario", "period_end"]
    with_bands = table.frame.drop("lower", "upper", "method").join(
        rows.select(*keys, *_BANDS), on=keys, how="left", nulls_equal=True, maintain_order="left"
    )
    simulated = pl.when(pl.col("marker").is_null()).then(pl.lit("simulated")).otherwise(pl.lit("none"))
    frame = with_bands.with_columns(method=simulated).select(*table.frame.columns, *_ADDED)
    return Forecast(frame, table.definitions, table.groups, reasons, added=_ADDED)


def paths_of(
    fitted: Fitted, scenario: Scenario, months: int, *, weeks: int = PLAN_WEEKS, paths: int = 1_000, seed: int = 2023
) -> Paths:
    """The simulated paths behind an outlook, to check their accounts. The same seed serves every scenario."""
    ahead = months_after(fitted.on, months)
    return simulate(fitted, scenario, ahead, overdue_after=DAYS_IN_A_WEEK * weeks, paths=paths, seed=seed)


def months_after(day: date, count: int) -> list[Period]:
    """The stretches from the day after a day to the end of each of the next months; a day inside a month first ends that month.

    >>> [str(p.end) for p in months_after(date(2023, 3, 31), 2)]
    ['2023-04-30', '2023-05-31']
    """
    this = f"{day:%Y-%m}"
    first = 1 if month(this).end == day else 0
    ends = [month(shift(this, first + step)).end for step in range(count)]
    starts = [day, *ends[:-1]]
    return [Period(date.fromordinal(s.toordinal() + 1), e) for s, e in zip(starts, ends, strict=True)]


def _without_figures(scenario: Scenario, ahead: Sequence[Period]) -> pl.DataFrame:
    """Rows with marker x for each figure and month; one for each figure where the months are not known."""
    ends: list[date | None] = [period.end for period in ahead] or [None]
    rows = pl.DataFrame({"period_start": ends, "period_end": ends}, schema=dict.fromkeys(PERIOD_COLUMNS, pl.Date))
    return rows.join(pl.DataFrame({"definition": FIGURES}), how="cross").select(
        *PERIOD_COLUMNS,
        *[pl.lit(None, pl.Float64).alias(c) for c in ("value", *_BANDS)],
        "definition",
        scenario=pl.lit(scenario.name),
        denominator=pl.lit(None, pl.Float64),
        people=pl.lit(None, pl.Int64),
        marker=pl.lit(NOT_AVAILABLE),
    )


def _rows(paths: Paths, fitted: Fitted, scenario: Scenario, ahead: Sequence[Period]) -> pl.DataFrame:
    figures = {"backlog": paths.overdue.astype(np.float64), "caseload": paths.caseload, "fte": paths.fte}
    ends = [p.end for p in ahead]
    staff = len(fitted.staff_fte)
    late_now = int(paths.overdue[0, 0])
    frames = []
    for name, values in figures.items():
        lower, lower_80, middle, upper_80, upper = (_quantile(values[:, 1:], q) for q in _CUTS)
        frame = pl.DataFrame(
            {
                "period_start": ends,
                "period_end": ends,
                "value": middle,
                "lower": lower,
                "upper": upper,
                "lower_80": lower_80,
                "upper_80": upper_80,
            }
        ).with_columns(
            pl.col("value", "lower", "upper", "lower_80", "upper_80").fill_nan(None),
            definition=pl.lit(name),
            scenario=pl.lit(scenario.name),
            denominator=pl.lit(float(staff)),
            people=pl.lit(min(staff, late_now) if name == "backlog" and late_now else staff, pl.Int64),
            marker=pl.lit(None, pl.String),
        )
        frames.append(frame)
    return pl.concat(frames)


def _quantile(values: npt.NDArray[np.float64], share: float) -> npt.NDArray[np.float64]:
    # By rank / (paths + 1), so that a new path lies beyond the cut as often as its share says, however many paths there are.
    return np.quantile(values, share, axis=0, method="weibull")


def checked_scenarios(scenarios: Sequence[Scenario], months: int, on: date | None) -> list[Scenario]:
    """The scenarios, with different names and shares from 0 to 1; the months and the day are checked, too."""
    checked = list(scenarios)
    if not all(type(scenario) is Scenario for scenario in checked):
        raise UsageError(
            "a scenario is needed", where="scenarios=", hint='wf.forecast.Scenario("more posts", recruit=5)'
        )
    if not checked or len({s.name for s in checked}) != len(checked):
        raise UsageError(
            "scenarios need different names", where="scenarios=", hint='Scenario("five more posts", recruit=5)'
        )
    for scenario in checked:
        shares = (scenario.retain, scenario.reduce_demand, scenario.cut_sickness)
        if not all(0 <= share <= 1 for share in shares) or scenario.recruit < 0:
            raise UsageError(
                "a scenario has a share outside 0 to 1, or recruits fewer than 0",
                where="scenarios=",
                hint="0.2 is a fifth",
            )
    if not 1 <= months <= MOST_MONTHS:
        raise UsageError("an outlook has 1 to {most} months", where="months=", hint="12 is usual", most=MOST_MONTHS)
    if on is not None:
        as_dates(on)
    return checked


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
        absent = not_available("outlook", FIGURES, by=(), when=days, reason=reason or NOBODY_IN_ROLES)
        return absent._with(absent.frame.with_columns(scenario=pl.lit(HAPPENED)))
    casework = Casework.of(records.allocations, records.cases, records.assignments, roles=roles)
    cases = dated_cases(
        casework.cases.join(casework.kinds_of_others, on=["organisation", "case_type"], how="anti"), None
    )
    limits = observed(staff)
    reason = records.lacks("cases")
    figures = ("fte",) if reason else FIGURES
    figures_of_days = pl.concat(
        _on(day, staff, cases, limits, case_type, DAYS_IN_A_WEEK * weeks, figures) for day in days
    )
    table = stacked(
        measure_table(figures_of_days.filter(pl.col("definition") == name).drop("definition"), "outlook", name, by=[])
        for name in FIGURES
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
