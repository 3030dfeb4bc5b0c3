"""What leaving, agency cover and vacancies cost, at unit costs that the area gives."""

from workforce.measures.pay.pay_cost import leavers_cost as leavers
from workforce.measures.pay.pay_cost import agency_premium as agency_premium
from workforce.measures.pay.pay_cost import vacancies_held as vacancies_held
from workforce.measures.pay.workforce_costs import workforce_costs as year

__all__ = ["agency_premium", "leavers", "vacancies_held", "year"]


def __dir__() -> list[str]:
    return __all__
