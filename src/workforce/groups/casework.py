"""Deadlines, waits, backlog, flow, continuity of workers, plans and time."""

from workforce.measures.casework.backlog import backlog, backlog_age
from workforce.measures.casework.continuity import continuity
from workforce.measures.casework.flow import flow
from workforce.measures.casework.plans import plan_quality, plans_per_fte, plans_returned
from workforce.measures.casework.stages import advice, stages
from workforce.measures.casework.time_use import time_use
from workforce.measures.casework.timeliness import decisions, timeliness, timeliness_bands
from workforce.measures.casework.waits import time_to_plan, waiting
from workforce.measures.casework.worker_changes import worker_changes

__all__ = [
    "advice",
    "backlog",
    "backlog_age",
    "continuity",
    "decisions",
    "flow",
    "plan_quality",
    "plans_per_fte",
    "plans_returned",
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
