"""Months ahead: outlook under scenarios, queues, and what capacity would take."""

from workforce.measures.casework.outlook import outlook as outlook
from workforce.measures.casework.outlook import outlook_checked as outlook_checked
from workforce.measures.casework.outlook_past import outlook_past as outlook_past
from workforce.measures.casework.outlook_paths import AS_NOW as AS_NOW
from workforce.measures.casework.outlook_paths import Scenario as Scenario
from workforce.measures.casework.queue import Queue as Queue
from workforce.measures.casework.queue import queue as queue
from workforce.measures.casework.queue_cases import queue_of as queue_of
from workforce.measures.casework.queue_cases import capacity as capacity
from workforce.measures.casework.queue_cases import roles_holding as roles_holding

__all__ = [
    "AS_NOW",
    "Queue",
    "Scenario",
    "capacity",
    "outlook",
    "outlook_checked",
    "outlook_past",
    "queue",
    "queue_of",
    "roles_holding",
]


def __dir__() -> list[str]:
    return __all__
