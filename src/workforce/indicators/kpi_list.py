"""How each measure of a partnership's list of key indicators is computed: by the recipe that the measure book has for it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from workforce.book import Better, Recipe, measure_book
from workforce.measures import (
    absence,
    backlog,
    caseload,
    continuity,
    exits,
    headcount,
    movements,
    plans,
    recruitment,
    recruitment_funnel,
    timeliness,
    turnover,
    vacancies,
)
from workforce.periods import Period
from workforce.records import Records
from workforce.results import MeasureTable, stacked
from workforce.sealed import number_given, text_given


class Indicator(Protocol):
    """One line of the list: which figure, whose it is, how it is printed, which way is good, and how far off its target is amber."""

    @property
    def measure(self) -> str: ...  # noqa: D102
    @property
    def definition(self) -> str: ...  # noqa: D102
    @property
    def owner(self) -> str: ...  # noqa: D102
    @property
    def roles(self) -> Sequence[str]: ...  # noqa: D102
    @property
    def name(self) -> str | None: ...  # noqa: D102
    @property
    def better(self) -> Better | None: ...  # noqa: D102
    @property
    def amber(self) -> float: ...  # noqa: D102


class Caseloads(Protocol):
    """What was agreed about casework."""

    @property
    def caseload_limit(self) -> float | Mapping[str, float] | None: ...  # noqa: D102
    @property
    def caseworker_roles(self) -> Sequence[str]: ...  # noqa: D102
    @property
    def weights(self) -> Mapping[str, float]: ...  # noqa: D102


class Agreed(Protocol):
    """What the partnership agreed: its list, its targets, and who holds cases."""

    @property
    def kpis(self) -> Sequence[Indicator]: ...  # noqa: D102
    @property
    def casework(self) -> Caseloads: ...  # noqa: D102

    def target_value(self, measure: str, definition: str, roles: Sequence[str] = (), /) -> float | None:
        """The agreed target of a measure for some roles in its unit, or none."""


@dataclass(frozen=True, slots=True)
class Listed:
    """How one measure is computed for the list.

    Parameters
    ----------
    recipe : Recipe
        Over which periods, and with which options.
    call : callable
        The measure.
    needs : tuple of str
        The tables of the records without which there is no figure.
    takes_roles : bool
        Whether the measure itself takes the roles of a profession; else it is given the records of that profession.
    """

    recipe: Recipe
    call: Callable[..., MeasureTable]
    needs: tuple[str, ...]
    takes_roles: bool

    def agreed_options(self, agreed: Agreed) -> dict[str, Any]:
        """Return the options that the settings decide, each read once; roles: those of caseworkers, where a KPI names none."""
        return {name: value for name in self.recipe.agreed if (value := _AGREED[name](agreed)) is not None}


def _hiring(records: Records, periods: Sequence[Period]) -> MeasureTable:
    """Opened to offer accepted, of each period by itself."""
    return stacked(recruitment.hiring_time(records, period, stages=("hire",)) for period in periods)


_FUNCTIONS: Final[Mapping[str, Callable[..., MeasureTable]]] = {
    "absence": absence.rate,
    "advice_timeliness": timeliness.advice,
    "agency_rate": vacancies.agency_rate,
    "backlog": backlog.backlog,
    "backlog_age": backlog.backlog_age,
    "caseload": caseload.per_fte,
    "caseload_distribution": caseload.distribution,
    "continuity": continuity.continuity,
    "decision_timeliness": timeliness.decisions,
    "exit_reasons": exits.reasons,
    "first_year_leavers": movements.first_year_leavers,
    "headcount": headcount.headcount,
    "hiring_time": _hiring,
    "joiners": turnover.joiners,
    "leavers": turnover.leavers,
    "plan_quality": plans.plan_quality,
    "plans_returned": plans.plans_returned,
    "quality_of_hire": recruitment_funnel.quality_of_hire,
    "recruitment": recruitment.endings,
    "retirement_pipeline": headcount.retirement_pipeline,
    "stability": movements.stability,
    "timeliness": timeliness.timeliness,
    "turnover": turnover.turnover,
    "vacancy_cover": vacancies.vacancy_cover,
    "vacancy_rate": vacancies.vacancy_rate,
    "vacancy_time": recruitment.vacancy_time,
}


def _roles(agreed: Agreed) -> Sequence[str] | None:
    return agreed.casework.caseworker_roles or None


def _weights(agreed: Agreed) -> dict[str, float] | None:
    weights = dict(agreed.casework.weights)
    return {text_given(kind, "weights"): number_given(weight, "weights") for kind, weight in weights.items()} or None


def _limit(agreed: Agreed) -> float | dict[str, float] | None:
    return caseload.limit_given(agreed.casework.caseload_limit)


_AGREED: Final[Mapping[str, Callable[[Agreed], Any]]] = {"roles": _roles, "weights": _weights, "limit": _limit}


def listed_by(measure: str, definition: str) -> Listed | None:
    """Return how a definition is computed for the list; None where the measure book has no recipe for it.

    >>> listed_by("absence", "nhs").recipe.over, listed_by("queue", "load")
    ('months', None)
    """
    recipe = measure_book().recipes.get((measure, definition))
    if recipe is None:
        return None
    records = measure_book().measures[measure].records
    needs = tuple(name for name in records if name not in recipe.optional)
    return Listed(recipe, _FUNCTIONS[measure], needs, takes_roles=measure != "continuity")
