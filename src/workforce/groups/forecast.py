"""Months ahead: outlook under scenarios, queues, and what capacity would take."""

from workforce.measures.casework.outlook import outlook, outlook_checked
from workforce.measures.casework.outlook_past import outlook_past
from workforce.measures.casework.outlook_paths import AS_NOW, Scenario
from workforce.measures.casework.queue import Queue, queue
from workforce.measures.casework.queue_cases import capacity, queue_of, roles_holding

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
