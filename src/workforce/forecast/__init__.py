"""Months ahead: outlook under scenarios, queues, and what capacity would take."""

from workforce.forecast.capacity import capacity, queue_of, roles_holding
from workforce.forecast.options import cheapest, options, planned
from workforce.forecast.outlook import ForecastSettings, outlook, outlook_checked, outlook_past
from workforce.forecast.queue import Queue, queue
from workforce.forecast.simulate import AS_NOW, Scenario

__all__ = [
    "AS_NOW",
    "ForecastSettings",
    "Queue",
    "Scenario",
    "capacity",
    "cheapest",
    "options",
    "outlook",
    "outlook_checked",
    "outlook_past",
    "planned",
    "queue",
    "queue_of",
    "roles_holding",
]


def __dir__() -> list[str]:
    return __all__
