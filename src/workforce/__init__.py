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
from workforce.measures.combine import combine
from workforce.measures.headcount import headcount
from workforce.measures.life_table import conditional_on, life_table, median_stay, restricted_mean, retained_at
from workforce.measures.stability import stability
from workforce.measures.turnover import joiners, leavers, turnover
from workforce.periods import (
    Period,
    academic_year,
    calendar_year,
    census_year,
    financial_year,
    month,
    months,
    rolling_years,
    year_to,
    years_to,
)

if TYPE_CHECKING:
    from workforce.present import charts as chart
    from workforce.present import words as words
    from workforce.present.figure import Figure
    from workforce.present.tables import notes_table, table
    from workforce.sources.area import load_area
    from workforce.sources.published import add_published, load_published
    from workforce.sources.records import Records

# What loads on first use: a public name and where it lives.
_LATER = {
    "caseload": ("workforce.measures.caseload", "caseload"),
    "caseload_distribution": ("workforce.measures.caseload", "caseload_distribution"),
    "pay_position": ("workforce.measures.pay", "pay_position"),
    "retention": ("workforce.measures.retention", "retention"),
    "chart": ("workforce.present.charts", None),
    "words": ("workforce.present.words", None),
    "Figure": ("workforce.present.figure", "Figure"),
    "table": ("workforce.present.tables", "table"),
    "notes_table": ("workforce.present.tables", "notes_table"),
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
    "banded",
    "calendar_year",
    "caseload",
    "caseload_distribution",
    "census_year",
    "chart",
    "combine",
    "conditional_on",
    "explain",
    "financial_year",
    "headcount",
    "joiners",
    "leavers",
    "life_table",
    "load_area",
    "load_published",
    "median_stay",
    "month",
    "months",
    "notes_table",
    "pay_position",
    "release",
    "restricted_mean",
    "retained_at",
    "retention",
    "rolling_years",
    "stability",
    "table",
    "turnover",
    "words",
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
