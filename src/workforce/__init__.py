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
from workforce.explain import MEASURE_GROUPS as _MEASURE_GROUPS
from workforce.explain import explain
from workforce.measures.bounds import bounds
from workforce.measures.combine import combine, side_by_side
from workforce.measures.difference import difference
from workforce.measures.turnover import widening
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
    year_ends,
    year_to,
    years_to,
)
from workforce.records import Records

if TYPE_CHECKING:
    from workforce import benchmark as benchmark
    from workforce import forecast as forecast
    from workforce import indicators as indicators
    from workforce import stats as stats
    from workforce.groups import absence as absence
    from workforce.groups import caseload as caseload
    from workforce.groups import casework as casework
    from workforce.groups import costs as costs
    from workforce.groups import counts as counts
    from workforce.groups import exits as exits
    from workforce.groups import leaving as leaving
    from workforce.groups import pay as pay
    from workforce.groups import recruitment as recruitment
    from workforce.groups import staffing as staffing
    from workforce.present import charts as chart
    from workforce.present import tables as tables
    from workforce.present import words as words
    from workforce.present.tables import table
    from workforce.sources.area import load_area
    from workforce.sources.published import load_official
    from workforce.sources.social_work_return import social_work_return

# What loads on first use: a public name and where it lives.
_LATER = {
    **{name: (f"workforce.groups.{name}", None) for name in _MEASURE_GROUPS},
    "benchmark": ("workforce.benchmark", None),
    "forecast": ("workforce.forecast", None),
    "indicators": ("workforce.indicators", None),
    "stats": ("workforce.stats", None),
    "chart": ("workforce.present.charts", None),
    "tables": ("workforce.present.tables", None),
    "words": ("workforce.present.words", None),
    "table": ("workforce.present.tables", "table"),
    "load_area": ("workforce.sources.area", "load_area"),
    "load_official": ("workforce.sources.published", "load_official"),
    "social_work_return": ("workforce.sources.social_work_return", "social_work_return"),
}

__all__ = [
    "Period",
    "Records",
    "Released",
    "WorkforceError",
    "absence",
    "academic_year",
    "benchmark",
    "bounds",
    "calendar_year",
    "caseload",
    "casework",
    "census_year",
    "chart",
    "combine",
    "costs",
    "counts",
    "difference",
    "exits",
    "explain",
    "financial_year",
    "forecast",
    "indicators",
    "leaving",
    "load_area",
    "load_official",
    "month",
    "month_ends",
    "months",
    "months_to",
    "pay",
    "recruitment",
    "release",
    "rolling_years",
    "side_by_side",
    "social_work_return",
    "span_to",
    "staffing",
    "stats",
    "table",
    "tables",
    "widening",
    "words",
    "year_ends",
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
