"""How vacancies are filled, how long it takes, and who stays."""

from workforce.measures.recruitment.hiring_time import hiring_time
from workforce.measures.recruitment.quality_of_hire import quality_of_hire
from workforce.measures.recruitment.recruitment import endings, time_to_hire, vacancy_time
from workforce.measures.recruitment.recruitment_funnel import funnel

__all__ = ["endings", "funnel", "hiring_time", "quality_of_hire", "time_to_hire", "vacancy_time"]


def __dir__() -> list[str]:
    return __all__
