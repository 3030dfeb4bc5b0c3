"""What each option would do to a queue by a date, in cases, weeks, posts and pounds; and the cheapest mix of them that clears it.

All by the paths of the outlook: the same random numbers for every option, so that what differs is what the option does.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np
import polars as pl

from workforce.book.constants import DAYS_IN_A_WEEK, DAYS_IN_A_YEAR
from workforce.errors import NotEstimable, UsageError
from workforce.forecast.capacity import (
    A_YEAR_AHEAD,
    NOT_HELD,
    queue_of,
    queued,
    roles_holding,
    waiting_at,
)
from workforce.forecast.clearing import HALF, INSIDE, MOST_POSTS, FurtherPosts, smallest
from workforce.forecast.fit import Fitted, fit
from workforce.forecast.outlook import NO_SICKNESS, ForecastSettings, checked_scenarios, months_after
from workforce.forecast.simulate import AS_NOW, STEPS, Scenario, StaffPaths
from workforce.measures.availability import measure
from workforce.measures.clocks import ASSESSMENT, CHILD
from workforce.measures.costs import UnitCosts, unit_costs
from workforce.periods import Period, as_period
from workforce.records import Records
from workforce.results import NOT_APPLICABLE, NOT_AVAILABLE, MeasureTable, stacked
from workforce.stats.rates import measure_table

FIGURES: Final = ("late", "cleared", "weeks", "posts", "load", "cost")
CHEAPEST: Final = "the cheapest mix"
NO_COST: Final = (
    "costs need [costs] leaver, agency_fte and employed_fte, and the cost of each option that is more than posts"
)
_LAST_STEPS: Final = 3 * STEPS  # of the load: the last three months
_POUNDS: Final = 1_000.0  # to which a cost is rounded: no simulation is as exact as a pound
_MOST_OPTIONS: Final = 8  # of which every mix is tried
USUAL: Final = (
    Scenario("Five more caseworkers", recruit=5),
    Scenario("A tenth fewer requests", reduce_demand=0.1),
)


def planned(records: Records) -> list[Scenario]:
    """Things as they are, and the options that the area's settings list under [[scenarios]]; without any, two usual ones.

    Parameters
    ----------
    records : Records
        The area's records.

    Returns
    -------
    list of Scenario
        For `outlook` and `options`.

    Examples
    --------
    >>> import workforce as wf
    >>> [scenario.name for scenario in planned(wf.load_area())][:2]
    ['as now', 'Five more caseworkers']
    """
    listed = records.settings.scenarios if records._settings is not None else ()
    return [AS_NOW, *(Scenario(**option.model_dump()) for option in listed)] if listed else [AS_NOW, *USUAL]


@measure("cases", "allocations", "assignments", "vacancies", "absences")
def options(
    records: Records,
    observed: Period,
    target_wait: float,
    scenarios: Sequence[Scenario] | None = None,
    *,
    roles: Sequence[str],
    months: int = A_YEAR_AHEAD,
    case_type: str = ASSESSMENT,
    after: int = 0,
    costs: UnitCosts | Mapping[str, float | None] | None = None,
    settings: ForecastSettings | None = None,
) -> MeasureTable:
    """What each scenario does to a queue by a date: cases left, chance that it is cleared, weeks, posts, load and pounds.

    Parameters
    ----------
    records : Records
        The area's records, as in `capacity`.
    observed, target_wait : Period, float
        As in `capacity`.
    scenarios : sequence of Scenario, optional
        With different names; without them, those of `planned`.
    roles, months, case_type, after : sequence of str, int, str, int
        As in `capacity`.
    costs : Costs or mapping, optional
        Unit costs in pounds, as in `wf.costs.year`; without them, those of the settings.
    settings : ForecastSettings, optional
        As in `outlook`.

    Returns
    -------
    MeasureTable
        The measure `option`, a row for each scenario and definition. `late`: cases in the queue at the end, the median path with the range
        of 95 in 100. `cleared`: paths at most at the target. `weeks`: to the first month's end at which half of the paths are; ``z`` where
        there is none. `posts`: further caseworkers in post at the end, in FTE, beyond things as they are. `load`: cases that come in for
        each that the staff could close, had they the usual number of cases, in the last three months. `cost`: of staff, agency cover,
        leavers replaced and the option itself over the months, beyond things as they are, to the nearest £1,000; ``x`` where a unit cost
        is not given. Marker ``x`` everywhere where the records do not suffice for an outlook.

    Raises
    ------
    UsageError
        As in `capacity` and `outlook`.

    References
    ----------
    This project's measure book, "option" and "outlook".

    Examples
    --------
    >>> import workforce as wf
    >>> area = wf.load_area()
    >>> table = options(area, wf.year_to("2023-03"), 4, roles=area.settings.casework.caseworker_roles, after=20, months=2,
    ...     settings=ForecastSettings(paths=100))
    >>> table.frame.filter(pl.col("scenario") == "as now").select("definition", "value").row(0)
    ('late', 32.0)
    """
    listed = checked_scenarios(planned(records) if scenarios is None else scenarios, months, None)
    question = _question(records, observed, target_wait, roles, months, case_type, after, settings)
    if isinstance(question, str):
        return _without(listed, observed, question)
    unit_pounds = unit_costs(records, costs)
    tables, reasons = [], []
    for scenario in listed:
        if question.fitted.absence_rate is None and scenario.cut_sickness:
            tables.append(_without([scenario], observed, NO_SICKNESS))
            reasons.append(NO_SICKNESS)
            continue
        pounds = [0.0] if scenario == AS_NOW else question.costs(scenario, unit_pounds, most=0)
        if not pounds:
            reasons.append(NO_COST)
        tables.append(question.rows(scenario.name, scenario, 0, pounds[0] if pounds else None))
    return stacked(tables)._with_reasons(*dict.fromkeys(reasons))


@measure("cases", "allocations", "assignments", "vacancies", "absences")
def cheapest(
    records: Records,
    observed: Period,
    target_wait: float,
    scenarios: Sequence[Scenario] | None = None,
    *,
    roles: Sequence[str],
    months: int = A_YEAR_AHEAD,
    case_type: str = ASSESSMENT,
    after: int = 0,
    most_posts: int = MOST_POSTS,
    costs: UnitCosts | Mapping[str, float | None] | None = None,
    settings: ForecastSettings | None = None,
) -> MeasureTable:
    """The cheapest mix of scenarios and further posts with which at least half of the paths clear a queue by a date.

    Every mix of the scenarios is looked at, with the smallest number of further posts that it needs. The levers of a mix add up: posts and
    costs are summed, shares of leavers, requests and sickness apply one after another.

    Parameters
    ----------
    records : Records
        The area's records, as in `capacity`.
    observed, target_wait : Period, float
        As in `capacity`.
    scenarios : sequence of Scenario, optional
        Up to 8 with different names; without them, those of `planned`. Those that are not costed take no part.
    roles, months, case_type, after, most_posts : sequence of str, int, str, int, int
        As in `capacity`.
    costs : Costs or mapping, optional
        As in `options`.
    settings : ForecastSettings, optional
        As in `outlook`.

    Returns
    -------
    MeasureTable
        As `options` returns it, for one scenario, whose name lists the mix. Marker ``z``: no mix clears the queue. Marker ``x``: there is
        nothing to cost it with, or the records do not suffice.

    Raises
    ------
    UsageError
        As in `options`, and where there are more than 8 scenarios.

    References
    ----------
    This project's measure book, "option".

    Examples
    --------
    >>> import workforce as wf
    >>> area = wf.load_area()
    >>> table = cheapest(area, wf.year_to("2023-03"), 4, [Scenario("Five more", recruit=5)], after=20, months=2, most_posts=2,
    ...     roles=area.settings.casework.caseworker_roles, settings=ForecastSettings(paths=100))
    >>> table.frame["marker"].unique().to_list()
    ['z']
    """
    given = checked_scenarios(planned(records) if scenarios is None else scenarios, months, None)
    listed = [scenario for scenario in given if scenario != AS_NOW]
    if len(listed) > _MOST_OPTIONS:
        raise UsageError("a mix is sought among up to 8 scenarios", where="scenarios=", hint="leave some out")
    question = _question(records, observed, target_wait, roles, months, case_type, after, settings)
    if isinstance(question, str):
        return _without([Scenario(CHEAPEST)], observed, question)
    pounds = unit_costs(records, costs)
    if None in pounds:
        return _without([Scenario(CHEAPEST)], observed, NO_COST)
    usable = [
        s for s in listed if _own_cost(s) is not None and not (s.cut_sickness and question.fitted.absence_rate is None)
    ]
    best = _search(question, usable, pounds, most_posts)
    if best is None:
        return _without(
            [Scenario(f"mix of these with up to {most_posts} further posts")], observed, None, NOT_APPLICABLE
        )
    scenario, posts, cost = best
    further = [f"{posts} further post{'s' if posts > 1 else ''}"] if posts else []
    named = [scenario.name] if scenario.name != AS_NOW.name or not posts else []
    return question.rows(f"{CHEAPEST}: {' + '.join([*named, *further])}", scenario, posts, cost, most=most_posts)


def _search(
    question: "_Question", listed: Sequence[Scenario], pounds: Sequence[float | None], most: int
) -> tuple[Scenario, int, float] | None:
    """The cheapest mix that clears the queue, the number of further posts in it, and its cost."""
    # One more of these never leaves more cases on any path: where all of them together do not clear the queue, no choice of them does.
    never_worse = [s for s in listed if not (s.retain or s.end_agency or s.late_first)]
    others = [s for s in listed if s not in never_worse]
    best: tuple[Scenario, int, float] | None = None
    for with_others in _choices(others):
        if not question.clears(together([*with_others, *never_worse]), most, most=most):
            continue
        for chosen in _choices(never_worse):
            mix = together([*with_others, *chosen])
            costs = question.costs(mix, pounds, most=most)
            # A post more costs more: no more of them than keep the mix cheaper than the best.
            affordable = sum(best is None or cost < best[2] for cost in costs) - 1
            posts = None if affordable < 0 else question.fewest_posts(mix, affordable, most=most)
            if posts is not None:
                best = (mix, posts, costs[posts])
    return best


def _choices(scenarios: Sequence[Scenario]) -> Iterator[tuple[Scenario, ...]]:
    """Every choice of some of the scenarios, the smallest first."""
    return (chosen for size in range(len(scenarios) + 1) for chosen in combinations(scenarios, size))


def together(scenarios: Sequence[Scenario]) -> Scenario:
    """Several scenarios at once, under their names.

    >>> both = together([Scenario("Two posts", recruit=2), Scenario("Half of leavers", retain=0.5), Scenario("A fifth", retain=0.2)])
    >>> both.name, both.recruit, both.retain
    ('Two posts + Half of leavers + A fifth', 2.0, 0.6)
    """

    def one_after_another(lever: str) -> float:
        return round(1 - float(np.prod([1 - getattr(s, lever) for s in scenarios])), 12)

    costs = [_own_cost(s) for s in scenarios]
    return Scenario(
        " + ".join(s.name for s in scenarios) or AS_NOW.name,
        recruit=sum(s.recruit for s in scenarios),
        retain=one_after_another("retain"),
        reduce_demand=one_after_another("reduce_demand"),
        cut_sickness=one_after_another("cut_sickness"),
        end_agency=any(s.end_agency for s in scenarios),
        late_first=any(s.late_first for s in scenarios),
        cost=None if None in costs else sum(c for c in costs if c is not None),
    )


def _own_cost(scenario: Scenario) -> float | None:
    """What a scenario costs a year besides pay: 0 where it is posts, agency cover or the order of work alone."""
    if scenario.cost is not None:
        return scenario.cost
    return None if scenario.retain or scenario.reduce_demand or scenario.cut_sickness else 0.0


def _question(
    records: Records,
    observed: Period,
    target_wait: float,
    roles: Sequence[str],
    months: int,
    case_type: str,
    after: int,
    settings: ForecastSettings | None,
) -> "_Question | str":
    """The queue with the model of its area, or why there is none."""
    as_period(observed)
    chosen = settings or ForecastSettings()
    if reason := records.lacks("cases", "allocations", "assignments") or records.lacks("vacancies"):
        return reason
    held_in = roles_holding(records, case_type, roles=roles)
    if not held_in:
        return NOT_HELD
    try:
        fitted = fit(
            records,
            roles=held_in,
            on=observed.end,
            history=chosen.history,
            case_type=case_type,
            lasting=[kind for kind in chosen.lasting if kind != case_type],
        )
        queue_now = queue_of(records, observed, target_wait, case_type=case_type, after=after)
    except NotEstimable as error:
        return error.what
    waiting = waiting_at(queued(records.cases, case_type, after), observed)[CHILD].n_unique()
    return _Question(
        fitted,
        months_after(observed.end, months),
        observed,
        queue_now.target_queue,
        float(DAYS_IN_A_WEEK * after),
        chosen.paths,
        chosen.seed,
        waiting,
        {},
    )


@dataclass(frozen=True, slots=True)
class _Question:
    """A queue, the model of its area, and the months by whose end it is to be cleared. children: who wait."""

    fitted: Fitted
    months: Sequence[Period]
    observed: Period
    target: float
    overdue_after: float
    paths: int
    seed: int
    children: int
    simulated_staff: dict[tuple[object, ...], FurtherPosts]

    def _of(self, scenario: Scenario, most: int) -> FurtherPosts:
        """The staff of a scenario with up to so many further posts: simulated once for all that differ in other levers."""
        levers = (scenario.recruit, scenario.retain, scenario.end_agency, most)
        if levers not in self.simulated_staff:
            self.simulated_staff[levers] = FurtherPosts(
                self.fitted,
                self.months,
                overdue_after=self.overdue_after,
                paths=self.paths,
                seed=self.seed,
                scenario=scenario,
                most=most,
            )
        return self.simulated_staff[levers]

    def clears(self, scenario: Scenario, posts: int, *, most: int) -> bool:
        """Whether at least half of the paths are at most at the target at the end."""
        late = self._of(scenario, most).requests(posts, scenario).late[:, -1]
        return bool((late <= self.target).sum() >= HALF * self.paths)

    def fewest_posts(self, scenario: Scenario, affordable: int, *, most: int) -> int | None:
        """The smallest number of further posts, up to those that can be afforded, with which the queue is cleared."""
        return smallest(affordable, lambda posts: self.clears(scenario, posts, most=most))

    def costs(self, scenario: Scenario, pounds: Sequence[float | None], *, most: int) -> list[float]:
        """Mean pounds over the months beyond things as they are, with 0, 1, ... further posts; none where something is not costed."""
        own = _own_cost(scenario)
        if own is None or None in pounds:
            return []
        with_posts, now = self._of(scenario, most), self._of(AS_NOW, 0)
        years = np.array([month.days for month in self.months]) / DAYS_IN_A_YEAR

        def pay(staff: StaffPaths) -> float:
            leaver, agency, employed = (cost or 0.0 for cost in pounds)
            fte_years = [((of[:, 1:] + of[:, :-1]) / 2 @ years).mean() for of in (staff.employed, staff.agency)]
            return float(fte_years[0] * employed + fte_years[1] * agency + staff.leavers.sum(axis=1).mean() * leaver)

        without = pay(with_posts.of_scenario) - pay(now.of_scenario) + own * float(years.sum())
        return [without + sum(map(pay, with_posts.further[:posts])) for posts in range(most + 1)]

    def rows(self, name: str, scenario: Scenario, posts: int, cost: float | None, *, most: int = 0) -> MeasureTable:
        """The rows of one scenario with so many further posts."""
        with_posts = self._of(scenario, most)
        staff, requests, now = (
            with_posts.staff(posts),
            with_posts.requests(posts, scenario),
            self._of(AS_NOW, 0).of_scenario,
        )
        late = requests.late[:, -1]
        cleared = (requests.late <= self.target).sum(axis=0) >= HALF * self.paths
        in_time = np.flatnonzero(cleared)
        days = [0, *((month.end - self.observed.end).days for month in self.months)]
        lower, median, upper = (float(np.quantile(late, share, method="weibull")) for share in INSIDE)
        more = staff.employed[:, -1] + staff.agency[:, -1] - now.employed[:, -1] - now.agency[:, -1]
        load = requests.came[:, -_LAST_STEPS:].sum(axis=1) / np.maximum(
            requests.could_close[:, -_LAST_STEPS:].sum(axis=1), 1e-9
        )
        values: dict[str, float | None] = {
            "late": median,
            "cleared": 100 * float((late <= self.target).mean()),
            "weeks": round(days[in_time[0]] / DAYS_IN_A_WEEK) if len(in_time) else None,
            "posts": round(float(np.median(more)), 1),
            "load": float(np.median(load)),
            "cost": None if cost is None else round(cost / _POUNDS) * _POUNDS,
        }
        people = len(self.fitted.staff_fte)
        behind = {"late": min(people, self.children) if self.children else people}
        absent = {"weeks": NOT_APPLICABLE, "cost": NOT_AVAILABLE}
        tables = []
        for figure in FIGURES:
            row = pl.DataFrame(
                {
                    "scenario": [name],
                    "value": [values[figure]],
                    "denominator": [float(people)],
                    "people": [behind.get(figure, people)],
                    "marker": [absent[figure] if values[figure] is None else None],
                },
                schema={
                    "scenario": pl.String,
                    "value": pl.Float64,
                    "denominator": pl.Float64,
                    "people": pl.Int64,
                    "marker": pl.String,
                },
            ).with_columns(period_start=pl.lit(self.observed.start), period_end=pl.lit(self.months[-1].end))
            tables.append(measure_table(row, "option", figure, by=[]))
        table = stacked(tables)
        of_late = pl.col("definition") == "late"
        frame = table.frame.with_columns(
            pl.when(of_late).then(pl.lit(value)).otherwise(pl.col(column)).alias(column)
            for column, value in (("lower", lower), ("upper", upper), ("method", "simulated"))
        )
        return table._with(frame)


def _without(
    scenarios: Sequence[Scenario], observed: Period, reason: str | None, marker: str = NOT_AVAILABLE
) -> MeasureTable:
    """Rows without figures, for each scenario."""
    names = [scenario.name for scenario in scenarios]
    row = pl.DataFrame({"scenario": names}).with_columns(
        marker=pl.lit(marker), period_start=pl.lit(observed.start), period_end=pl.lit(observed.end)
    )
    table = stacked(measure_table(row, "option", figure, by=[]) for figure in FIGURES)
    return table._with_reasons(reason) if reason else table
