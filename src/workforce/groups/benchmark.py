"""Official figures beside an area."""

from workforce.measures.comparison.compare import compare
from workforce.measures.comparison.comparison import page
from workforce.measures.comparison.nhs import sickness_by_month as nhs_by_month
from workforce.measures.comparison.nhs import sickness_by_organisation as nhs_by_organisation
from workforce.measures.comparison.official import figures

__all__ = ["compare", "figures", "nhs_by_month", "nhs_by_organisation", "page"]


def __dir__() -> list[str]:
    return __all__
