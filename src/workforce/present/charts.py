"""The charts: each takes one released table and returns a `Figure`.

A chart draws only the released columns that it needs; title, alternative text and caption are written from the data.
"""

from workforce.present.kinds.bars import bars, steps
from workforce.present.kinds.flow import flow
from workforce.present.kinds.funnel import funnel
from workforce.present.kinds.hazards import forest
from workforce.present.kinds.incidence import incidence
from workforce.present.kinds.outlook import outlook
from workforce.present.kinds.pay import pay_ranges
from workforce.present.kinds.retention import retention
from workforce.present.kinds.trend import trend
from workforce.present.kinds.xmr import xmr

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
