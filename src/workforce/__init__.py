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
from workforce.measures.absence.absence import absence
from workforce.measures.absence.absence_spells import absence_spells
from workforce.measures.bands import banded, service_at_leaving
from workforce.measures.casework.backlog import backlog, backlog_age
from workforce.measures.casework.caseload import caseload, caseload_distribution
from workforce.measures.casework.caseload_history import with_caseload
from workforce.measures.casework.continuity import continuity
from workforce.measures.casework.flow import case_flow
from workforce.measures.casework.outlook import outlook, outlook_checked
from workforce.measures.casework.outlook_past import outlook_past
from workforce.measures.casework.outlook_paths import AS_NOW, Scenario
from workforce.measures.casework.plans import plan_quality, plans_per_fte, plans_returned
from workforce.measures.casework.queue import Queue, queue
from workforce.measures.casework.queue_cases import capacity, queue_of, roles_holding
from workforce.measures.casework.stages import advice_timeliness, stage_times
from workforce.measures.casework.time_use import time_use
from workforce.measures.casework.timeliness import decision_timeliness, timeliness, timeliness_bands
from workforce.measures.casework.waits import time_to_plan, waiting
from workforce.measures.casework.worker_changes import worker_changes
from workforce.measures.comparison.compare import compare
from workforce.measures.comparison.funnel import funnel
from workforce.measures.comparison.standardise import standardise
from workforce.measures.comparison.xmr import xmr
from workforce.measures.indicators.counts import counts_table
from workforce.measures.indicators.kpis import kpi_tables
from workforce.measures.leaving.cox import cox, cox_from_tables
from workforce.measures.leaving.cox_tables import hazard_table
from workforce.measures.leaving.differences import difference
from workforce.measures.leaving.hazards import compare_retention, leaving_hazards, leaving_incidence
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
from workforce.measures.leaving.retention import retention
from workforce.measures.pay.oaxaca import oaxaca
from workforce.measures.pay.pay import pay_comparison, pay_position, unusable_pay
from workforce.measures.pay.pay_cost import agency_premium, leavers_cost, vacancies_held
from workforce.measures.pay.pay_equity import pay_equity
from workforce.measures.pay.pay_gap import pay_gap
from workforce.measures.pay.workforce_costs import workforce_costs
from workforce.measures.recruitment.exits import exit_reasons
from workforce.measures.recruitment.hiring_time import hiring_time
from workforce.measures.recruitment.quality_of_hire import quality_of_hire
from workforce.measures.recruitment.reasons_beside import reasons_beside
from workforce.measures.recruitment.recruitment import recruitment, time_to_hire, vacancy_time
from workforce.measures.recruitment.recruitment_funnel import recruitment_funnel
from workforce.measures.rolling.combine import combine
from workforce.measures.rolling.merging import smallest_together
from workforce.measures.rolling.side_by_side import side_by_side
from workforce.measures.rolling.widening import widening
from workforce.measures.staffing.headcount import headcount
from workforce.measures.staffing.movements import first_year_leavers, movements
from workforce.measures.staffing.pipeline import retirement_pipeline
from workforce.measures.staffing.post_funnel import post_funnel
from workforce.measures.staffing.stability import stability
from workforce.measures.staffing.turnover import joiners, leavers, turnover
from workforce.measures.staffing.vacancies import agency_rate, vacancy_cover, vacancy_rate
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
