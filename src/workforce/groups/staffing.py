"""Who is in post, who joins, leaves and moves, what is vacant."""

from workforce.measures.rolling.merging import smallest_together
from workforce.measures.staffing.headcount import headcount
from workforce.measures.staffing.movements import first_year_leavers, movements
from workforce.measures.staffing.pipeline import retirement_pipeline
from workforce.measures.staffing.post_funnel import post_funnel
from workforce.measures.staffing.stability import stability
from workforce.measures.staffing.turnover import joiners, leavers, turnover
from workforce.measures.staffing.vacancies import agency_rate, vacancy_cover, vacancy_rate

__all__ = [
    "agency_rate",
    "first_year_leavers",
    "headcount",
    "joiners",
    "leavers",
    "movements",
    "post_funnel",
    "retirement_pipeline",
    "smallest_together",
    "stability",
    "turnover",
    "vacancy_cover",
    "vacancy_rate",
]


def __dir__() -> list[str]:
    return __all__
