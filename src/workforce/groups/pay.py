"""Pay compared with scales and other employers, pay gaps and what goes with them."""

from workforce.measures.pay import comparison, position, unusable
from workforce.measures.pay_equity import equity, oaxaca
from workforce.measures.pay_gap import gap
from workforce.measures.pay_parts import change_parts
from workforce.sources.pay_scales import load_scales

__all__ = ["change_parts", "comparison", "equity", "gap", "load_scales", "oaxaca", "position", "unusable"]


def __dir__() -> list[str]:
    return __all__
