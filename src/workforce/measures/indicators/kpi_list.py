"""How each measure of a partnership's list of key indicators is computed: by the recipe that the measure book has for it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from workforce.book import Recipe, measure_book
from workforce.measures.absence import absence
from workforce.measures.casework import backlog, caseload, continuity, plans, stages, timeliness
from workforce.measures.indicators.kpi_needs import Agreed
from workforce.measures.recruitment import exits, hiring_time, quality_of_hire, recruitment
from workforce.measures.staffing import headcount, movements, pipeline, stability, turnover, vacancies
from workforce.periods import Period
from workforce.records import Records
from workforce.results import MeasureTable, stacked
from workforce.sealed import number_given, number_or_none, text_given


def _hiring(records: Records, periods: Sequence[Period]) -> MeasureTable:
    """Opened to offer accepted, of each period by itself."""
    return stacked(hiring_time.hiring_time(records, period, stages=("hire",)) for period in periods)


_FUNCTIONS: Final[Mapping[str, Callable[..., MeasureTable]]] = {
    "absence": absence.rate,
    "advice_timeliness": stages.advice,
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
    "quality_of_hire": quality_of_hire.quality_of_hire,
    "recruitment": recruitment.endings,
    "retirement_pipeline": pipeline.retirement_pipeline,
    "stability": stability.stability,
    "timeliness": timeliness.timeliness,
    "turnover": turnover.turnover,
    "vacancy_cover": vacancies.vacancy_cover,
    "vacancy_rate": vacancies.vacancy_rate,
    "vacancy_time": recruitment.vacancy_time,
}


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
    """

    recipe: Recipe
    call: Callable[..., MeasureTable]
    needs: tuple[str, ...]

    def agreed_options(self, agreed: Agreed) -> dict[str, Any]:
        """Return the options that the partnership's settings decide, each read once."""
        return {name: value for name in self.recipe.agreed if (value := _AGREED[name](agreed)) is not None}


def _roles(agreed: Agreed) -> Sequence[str] | None:
    return agreed.casework.caseworker_roles or None


def _weights(agreed: Agreed) -> dict[str, float] | None:
    weights = dict(agreed.casework.weights)
    return {text_given(kind, "weights"): number_given(weight, "weights") for kind, weight in weights.items()} or None


def _limit(agreed: Agreed) -> float | None:
    return number_or_none(agreed.casework.caseload_limit, "limit") or None


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
    return Listed(recipe, _FUNCTIONS[measure], tuple(name for name in records if name not in recipe.optional))
