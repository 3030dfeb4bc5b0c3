"""Statistics of any frame: life tables, incidence, hazards, variation, funnels, standardisation."""

from workforce.stats.change_parts import change_parts, mix_and_rate
from workforce.stats.cox import cox, cox_from_tables
from workforce.stats.funnel import funnel
from workforce.stats.hazard_tables import hazard_table
from workforce.stats.incidence import incidence, incidence_table
from workforce.stats.life_summaries import difference, median_stay, restricted_mean, retained_at
from workforce.stats.life_table import conditional_on, emptied_early, life_table
from workforce.stats.logrank import logrank
from workforce.stats.standardise import standardise
from workforce.stats.xmr import xmr

__all__ = [
    "change_parts",
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
    "mix_and_rate",
    "restricted_mean",
    "retained_at",
    "standardise",
    "xmr",
]


def __dir__() -> list[str]:
    return __all__
