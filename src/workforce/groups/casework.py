"""Deadlines, waits, backlog, flow, continuity of workers, plans and time."""

from workforce.measures.casework.backlog import backlog as backlog
from workforce.measures.casework.backlog import backlog_age as backlog_age
from workforce.measures.casework.continuity import continuity as continuity
from workforce.measures.casework.flow import case_flow as flow
from workforce.measures.casework.plans import plan_quality as plan_quality
from workforce.measures.casework.plans import plans_returned as plans_returned
from workforce.measures.casework.plans import plans_per_fte as plans_per_fte
from workforce.measures.casework.stages import advice_timeliness as advice
from workforce.measures.casework.stages import stage_times as stages
from workforce.measures.casework.time_use import time_use as time_use
from workforce.measures.casework.timeliness import timeliness as timeliness
from workforce.measures.casework.timeliness import timeliness_bands as timeliness_bands
from workforce.measures.casework.timeliness import decision_timeliness as decisions
from workforce.measures.casework.waits import waiting as waiting
from workforce.measures.casework.waits import time_to_plan as time_to_plan
from workforce.measures.casework.worker_changes import worker_changes as worker_changes

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
