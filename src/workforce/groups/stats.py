"""Statistics of any frame: life tables, incidence, hazards, variation, funnels, standardisation."""

from workforce.measures.comparison.funnel import funnel as funnel
from workforce.measures.comparison.standardise import standardise as standardise
from workforce.measures.comparison.xmr import xmr as xmr
from workforce.measures.leaving.cox import cox as cox
from workforce.measures.leaving.cox import cox_from_tables as cox_from_tables
from workforce.measures.leaving.cox_tables import hazard_table as hazard_table
from workforce.measures.leaving.differences import difference as difference
from workforce.measures.leaving.incidence import incidence as incidence
from workforce.measures.leaving.incidence import incidence_table as incidence_table
from workforce.measures.leaving.life_table import life_table as life_table
from workforce.measures.leaving.life_table import conditional_on as conditional_on
from workforce.measures.leaving.life_table import emptied_early as emptied_early
from workforce.measures.leaving.life_table import median_stay as median_stay
from workforce.measures.leaving.life_table import restricted_mean as restricted_mean
from workforce.measures.leaving.life_table import retained_at as retained_at
from workforce.measures.leaving.logrank import logrank as logrank

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
