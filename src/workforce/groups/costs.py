"""What leaving, agency cover and vacancies cost, at unit costs that the area gives."""

from workforce.measures.costs import agency_premium, leavers, vacancies_held, year

__all__ = ["agency_premium", "leavers", "vacancies_held", "year"]


def __dir__() -> list[str]:
    return __all__
