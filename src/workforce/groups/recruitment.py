"""How vacancies are filled, how long it takes, and who stays."""

from workforce.measures.recruitment.hiring_time import hiring_time as hiring_time
from workforce.measures.recruitment.quality_of_hire import quality_of_hire as quality_of_hire
from workforce.measures.recruitment.recruitment import recruitment as endings
from workforce.measures.recruitment.recruitment import vacancy_time as vacancy_time
from workforce.measures.recruitment.recruitment import time_to_hire as time_to_hire
from workforce.measures.recruitment.recruitment_funnel import recruitment_funnel as funnel

__all__ = ["endings", "funnel", "hiring_time", "quality_of_hire", "time_to_hire", "vacancy_time"]


def __dir__() -> list[str]:
    return __all__
