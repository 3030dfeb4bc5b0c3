"""The charts: each takes one released table and returns a `Figure`.

A chart draws only the released columns that it needs; title, alternative text and caption are written from the data.
"""

from workforce.present.bars import bars
from workforce.present.flow import flow
from workforce.present.forest import forest
from workforce.present.funnel import funnel
from workforce.present.incidence import incidence
from workforce.present.outlook import outlook
from workforce.present.pay_ranges import pay_ranges
from workforce.present.retention import retention
from workforce.present.step_bars import steps
from workforce.present.trend import trend
from workforce.present.xmr import xmr

__all__ = [
    "bars",
    "flow",
    "forest",
    "funnel",
    "incidence",
    "outlook",
    "pay_ranges",
    "retention",
    "steps",
    "trend",
    "xmr",
]


def __dir__() -> list[str]:
    return __all__
