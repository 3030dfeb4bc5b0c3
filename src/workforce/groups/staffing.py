"""Who is in post, who joins, leaves and moves, what is vacant."""

from workforce.measures.rolling.merging import smallest_together as smallest_together
from workforce.measures.staffing.headcount import headcount as headcount
from workforce.measures.staffing.movements import movements as movements
from workforce.measures.staffing.movements import first_year_leavers as first_year_leavers
from workforce.measures.staffing.pipeline import retirement_pipeline as retirement_pipeline
from workforce.measures.staffing.post_funnel import post_funnel as post_funnel
from workforce.measures.staffing.stability import stability as stability
from workforce.measures.staffing.turnover import turnover as turnover
from workforce.measures.staffing.turnover import leavers as leavers
from workforce.measures.staffing.turnover import joiners as joiners
from workforce.measures.staffing.vacancies import vacancy_rate as vacancy_rate
from workforce.measures.staffing.vacancies import vacancy_cover as vacancy_cover
from workforce.measures.staffing.vacancies import agency_rate as agency_rate

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
