"""Deadlines, waits, backlog, flow, continuity of workers, plans and time."""

from workforce.measures.backlog import backlog, backlog_age, flow, time_to_plan, waiting
from workforce.measures.continuity import continuity
from workforce.measures.lateness import lateness_by_stage
from workforce.measures.plans import plan_quality, plans_per_fte, plans_returned
from workforce.measures.time_use import time_use
from workforce.measures.timeliness import advice, decisions, stages, timeliness, timeliness_bands
from workforce.measures.worker_changes import worker_changes
from workforce.measures.year_clocks import phase_transfers, plans_reviewed, review_decisions, reviews_overdue

__all__ = [
    "advice",
    "backlog",
    "backlog_age",
    "continuity",
    "decisions",
    "flow",
    "lateness_by_stage",
    "phase_transfers",
    "plan_quality",
    "plans_per_fte",
    "plans_returned",
    "plans_reviewed",
    "review_decisions",
    "reviews_overdue",
    "stages",
    "time_to_plan",
    "time_use",
    "timeliness",
    "timeliness_bands",
    "waiting",
    "worker_changes",
]


def __dir__() -> list[str]:
    return __all__
