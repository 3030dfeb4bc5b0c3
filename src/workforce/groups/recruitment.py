"""How vacancies are filled, how long it takes, and who stays."""

from workforce.measures.recruitment import endings, hiring_time, time_to_hire, vacancy_time
from workforce.measures.recruitment_funnel import funnel, quality_of_hire

__all__ = ["endings", "funnel", "hiring_time", "quality_of_hire", "time_to_hire", "vacancy_time"]


def __dir__() -> list[str]:
    return __all__
