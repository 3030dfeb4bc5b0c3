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
from workforce.measures.absence_spells import absence_spells
from workforce.measures.backlog import backlog, backlog_age
from workforce.measures.bands import banded, service_at_leaving
from workforce.measures.caseload import caseload, caseload_distribution
from workforce.measures.caseload_history import with_caseload
from workforce.measures.combine import combine
from workforce.measures.compare import compare
from workforce.measures.continuity import continuity
from workforce.measures.counts import counts_table
from workforce.measures.cox import cox, cox_from_tables
from workforce.measures.cox_tables import hazard_table
from workforce.measures.differences import difference
from workforce.measures.exits import exit_reasons
from workforce.measures.flow import case_flow
from workforce.measures.funnel import funnel
from workforce.measures.hazards import compare_retention, leaving_hazards, leaving_incidence
from workforce.measures.headcount import headcount
from workforce.measures.hiring_time import hiring_time
from workforce.measures.incidence import incidence, incidence_table
from workforce.measures.kpis import kpi_tables
from workforce.measures.life_table import (
    conditional_on,
    emptied_early,
    life_table,
    median_stay,
    restricted_mean,
    retained_at,
)
from workforce.measures.logrank import logrank
from workforce.measures.merging import smallest_together
from workforce.measures.movements import first_year_leavers, movements
from workforce.measures.oaxaca import oaxaca
from workforce.measures.outlook import outlook, outlook_checked
from workforce.measures.outlook_past import outlook_past
from workforce.measures.outlook_paths import AS_NOW, Scenario
from workforce.measures.pay import pay_comparison, pay_position, unusable_pay
from workforce.measures.pay_cost import agency_premium, leavers_cost, vacancies_held
from workforce.measures.pay_equity import pay_equity
from workforce.measures.pay_gap import pay_gap
from workforce.measures.pipeline import retirement_pipeline
from workforce.measures.plans import plan_quality, plans_per_fte, plans_returned
from workforce.measures.post_funnel import post_funnel
from workforce.measures.quality_of_hire import quality_of_hire
from workforce.measures.queue import Queue, queue
from workforce.measures.queue_cases import capacity, queue_of, roles_holding
from workforce.measures.reasons_beside import reasons_beside
from workforce.measures.recruitment import recruitment, time_to_hire, vacancy_time
from workforce.measures.recruitment_funnel import recruitment_funnel
from workforce.measures.retention import retention
from workforce.measures.side_by_side import side_by_side
from workforce.measures.stability import stability
from workforce.measures.stages import advice_timeliness, stage_times
from workforce.measures.standardise import standardise
from workforce.measures.time_use import time_use
from workforce.measures.timeliness import decision_timeliness, timeliness, timeliness_bands
from workforce.measures.turnover import joiners, leavers, turnover
from workforce.measures.vacancies import agency_rate, vacancy_cover, vacancy_rate
from workforce.measures.waits import time_to_plan, waiting
from workforce.measures.widening import widening
from workforce.measures.worker_changes import worker_changes
from workforce.measures.workforce_costs import workforce_costs
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
    year_ends,
    year_to,
    years_to,
)

if TYPE_CHECKING:
    from workforce.present import charts as chart
    from workforce.present import words as words
    from workforce.present.cross import cross_table
    from workforce.present.figure import Figure
    from workforce.present.kpi_summary import kpi_summary
    from workforce.present.looks import looks_table
    from workforce.present.tables import notes_table, table
    from workforce.present.wide import wide_table
    from workforce.sources.area import load_area
    from workforce.sources.pay_scales import load_pay_scales
    from workforce.sources.published import add_published, load_published
    from workforce.sources.records import Records
    from workforce.sources.social_work_return import social_work_return

# What loads on first use: a public name and where it lives.
_LATER = {
    "chart": ("workforce.present.charts", None),
    "words": ("workforce.present.words", None),
    "Figure": ("workforce.present.figure", "Figure"),
    "cross_table": ("workforce.present.cross", "cross_table"),
    "looks_table": ("workforce.present.looks", "looks_table"),
    "kpi_summary": ("workforce.present.kpi_summary", "kpi_summary"),
    "table": ("workforce.present.tables", "table"),
    "notes_table": ("workforce.present.tables", "notes_table"),
    "wide_table": ("workforce.present.wide", "wide_table"),
    "load_area": ("workforce.sources.area", "load_area"),
    "Records": ("workforce.sources.records", "Records"),
    "social_work_return": ("workforce.sources.social_work_return", "social_work_return"),
    "load_pay_scales": ("workforce.sources.pay_scales", "load_pay_scales"),
    "load_published": ("workforce.sources.published", "load_published"),
    "add_published": ("workforce.sources.published", "add_published"),
}

__all__ = [
    "AS_NOW",
    "Figure",
    "Period",
    "Queue",
    "Records",
    "Released",
    "Scenario",
    "WorkforceError",
    "absence",
    "absence_spells",
    "academic_year",
    "add_published",
    "advice_timeliness",
    "agency_premium",
    "agency_rate",
    "backlog",
    "backlog_age",
    "banded",
    "calendar_year",
    "capacity",
    "case_flow",
    "caseload",
    "caseload_distribution",
    "census_year",
    "chart",
    "combine",
    "compare",
    "compare_retention",
    "conditional_on",
    "continuity",
    "counts_table",
    "cox",
    "cox_from_tables",
    "cross_table",
    "decision_timeliness",
    "difference",
    "emptied_early",
    "exit_reasons",
    "explain",
    "financial_year",
    "first_year_leavers",
    "funnel",
    "hazard_table",
    "headcount",
    "hiring_time",
    "incidence",
    "incidence_table",
    "joiners",
    "kpi_summary",
    "kpi_tables",
    "leavers",
    "leavers_cost",
    "leaving_hazards",
    "leaving_incidence",
    "life_table",
    "load_area",
    "load_pay_scales",
    "load_published",
    "logrank",
    "looks_table",
    "median_stay",
    "month",
    "month_ends",
    "months",
    "months_to",
    "movements",
    "notes_table",
    "oaxaca",
    "outlook",
    "outlook_checked",
    "outlook_past",
    "pay_comparison",
    "pay_equity",
    "pay_gap",
    "pay_position",
    "plan_quality",
    "plans_per_fte",
    "plans_returned",
    "post_funnel",
    "quality_of_hire",
    "queue",
    "queue_of",
    "reasons_beside",
    "recruitment",
    "recruitment_funnel",
    "release",
    "restricted_mean",
    "retained_at",
    "retention",
    "retirement_pipeline",
    "roles_holding",
    "rolling_years",
    "service_at_leaving",
    "side_by_side",
    "smallest_together",
    "social_work_return",
    "span_to",
    "stability",
    "stage_times",
    "standardise",
    "table",
    "time_to_hire",
    "time_to_plan",
    "time_use",
    "timeliness",
    "timeliness_bands",
    "turnover",
    "unusable_pay",
    "vacancies_held",
    "vacancy_cover",
    "vacancy_rate",
    "vacancy_time",
    "waiting",
    "wide_table",
    "widening",
    "with_caseload",
    "words",
    "worker_changes",
    "workforce_costs",
    "xmr",
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
