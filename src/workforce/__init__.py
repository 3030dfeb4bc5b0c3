"""Workforce recruitment and retention analytics for local-area SEND partnerships in England.

The public names, nothing else. Charts, tables and everything else that needs a heavy library load when they are first used.

>>> import workforce as wf
>>> wf.month("2023-03").days
31
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from workforce.disclosure import Released, release
from workforce.errors import WorkforceError
from workforce.explain import explain
from workforce.measures.absence import absence
from workforce.measures.bands import banded
from workforce.measures.caseload import caseload, caseload_distribution
from workforce.measures.combine import combine
from workforce.measures.compare import compare
from workforce.measures.counts import counts_table
from workforce.measures.exits import exit_reasons
from workforce.measures.funnel import funnel
from workforce.measures.headcount import headcount
from workforce.measures.life_table import (
    conditional_on,
    emptied_early,
    life_table,
    median_stay,
    restricted_mean,
    retained_at,
)
from workforce.measures.movements import first_year_leavers, movements
from workforce.measures.oaxaca import oaxaca
from workforce.measures.pay import pay_comparison, pay_position, unusable_pay
from workforce.measures.pay_cost import agency_premium, leavers_cost, vacancies_held
from workforce.measures.pay_gap import pay_gap
from workforce.measures.pipeline import retirement_pipeline
from workforce.measures.recruitment import quality_of_hire, recruitment, time_to_hire, vacancy_time
from workforce.measures.retention import retention
from workforce.measures.stability import stability
from workforce.measures.standardise import standardise
from workforce.measures.turnover import joiners, leavers, turnover
from workforce.measures.vacancies import agency_rate, vacancy_cover, vacancy_rate
from workforce.measures.widening import widening
from workforce.measures.xmr import xmr
from workforce.periods import (
    Period,
    academic_year,
    calendar_year,
    census_year,
    financial_year,
    month,
    month_ends,
    months,
    months_to,
    rolling_years,
    span_to,
    year_to,
    years_to,
)

if TYPE_CHECKING:
    from workforce.present import charts as chart
    from workforce.present import words as words
    from workforce.present.figure import Figure
    from workforce.present.tables import notes_table, table
    from workforce.present.wide import wide_table
    from workforce.sources.area import load_area
    from workforce.sources.published import add_published, load_published
    from workforce.sources.records import Records

# What loads on first use: a public name and where it lives.
_LATER = {
    "chart": ("workforce.present.charts", None),
    "words": ("workforce.present.words", None),
    "Figure": ("workforce.present.figure", "Figure"),
    "table": ("workforce.present.tables", "table"),
    "notes_table": ("workforce.present.tables", "notes_table"),
    "wide_table": ("workforce.present.wide", "wide_table"),
    "load_area": ("workforce.sources.area", "load_area"),
    "Records": ("workforce.sources.records", "Records"),
    "load_published": ("workforce.sources.published", "load_published"),
    "add_published": ("workforce.sources.published", "add_published"),
}

__all__ = [
    "Figure",
    "Period",
    "Records",
    "Released",
    "WorkforceError",
    "absence",
    "academic_year",
    "add_published",
    "agency_premium",
    "agency_rate",
    "banded",
    "calendar_year",
    "caseload",
    "caseload_distribution",
    "census_year",
    "chart",
    "combine",
    "compare",
    "conditional_on",
    "counts_table",
    "emptied_early",
    "exit_reasons",
    "explain",
    "financial_year",
    "first_year_leavers",
    "funnel",
    "headcount",
    "joiners",
    "leavers",
    "leavers_cost",
    "life_table",
    "load_area",
    "load_published",
    "median_stay",
    "month",
    "month_ends",
    "months",
    "months_to",
    "movements",
    "notes_table",
    "oaxaca",
    "pay_comparison",
    "pay_gap",
    "pay_position",
    "quality_of_hire",
    "recruitment",
    "release",
    "restricted_mean",
    "retained_at",
    "retention",
    "retirement_pipeline",
    "rolling_years",
    "span_to",
    "stability",
    "standardise",
    "table",
    "time_to_hire",
    "turnover",
    "unusable_pay",
    "vacancies_held",
    "vacancy_cover",
    "vacancy_rate",
    "vacancy_time",
    "wide_table",
    "widening",
    "words",
    "xmr",
    "year_to",
    "years_to",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a module's attribute can be anything
    if name not in _LATER:
        raise AttributeError(f"module 'workforce' has no attribute '{name}'")
    module, attribute = _LATER[name]
    loaded = import_module(module)
    return loaded if attribute is None else getattr(loaded, attribute)


def __dir__() -> list[str]:
    return __all__
