"""Official figures compared with an area."""

from workforce.benchmark.compare import compare
from workforce.benchmark.glance import standings
from workforce.benchmark.official import figures
from workforce.benchmark.official import sickness_by_month as nhs_by_month
from workforce.benchmark.official import sickness_by_organisation as nhs_by_organisation
from workforce.benchmark.page import page

__all__ = ["compare", "figures", "nhs_by_month", "nhs_by_organisation", "page", "standings"]


def __dir__() -> list[str]:
    return __all__
