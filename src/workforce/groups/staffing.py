"""Who is in post, who joins, leaves and moves, what is vacant."""

from workforce.measures.headcount import (
    headcount,
    people_in_area,
    rare_names_together,
    retirement_pipeline,
    smallest_together,
)
from workforce.measures.movements import first_year_leavers, movements, stability
from workforce.measures.turnover import joiners, leavers, turnover
from workforce.measures.vacancies import agency_rate, post_funnel, vacancy_cover, vacancy_rate

__all__ = [
    "agency_rate",
    "first_year_leavers",
    "headcount",
    "joiners",
    "leavers",
    "movements",
    "people_in_area",
    "post_funnel",
    "rare_names_together",
    "retirement_pipeline",
    "smallest_together",
    "stability",
    "turnover",
    "vacancy_cover",
    "vacancy_rate",
]


def __dir__() -> list[str]:
    return __all__
