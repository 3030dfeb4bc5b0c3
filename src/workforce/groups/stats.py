"""Statistics of any frame: life tables, incidence, hazards, variation, funnels, standardisation."""

from workforce.measures.comparison.funnel import funnel
from workforce.measures.comparison.standardise import standardise
from workforce.measures.comparison.xmr import xmr
from workforce.measures.leaving.cox import cox, cox_from_tables
from workforce.measures.leaving.cox_tables import hazard_table
from workforce.measures.leaving.differences import difference
from workforce.measures.leaving.incidence import incidence, incidence_table
from workforce.measures.leaving.life_table import (
    conditional_on,
    emptied_early,
    life_table,
    median_stay,
    restricted_mean,
    retained_at,
)
from workforce.measures.leaving.logrank import logrank

__all__ = [
    "conditional_on",
    "cox",
    "cox_from_tables",
    "difference",
    "emptied_early",
    "funnel",
    "hazard_table",
    "incidence",
    "incidence_table",
    "life_table",
    "logrank",
    "median_stay",
    "restricted_mean",
    "retained_at",
    "standardise",
    "xmr",
]


def __dir__() -> list[str]:
    return __all__
