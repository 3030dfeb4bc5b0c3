"""Pay compared with scales and other employers, pay gaps and what goes with them."""

from workforce.measures.pay.oaxaca import oaxaca as oaxaca
from workforce.measures.pay.pay import pay_position as position
from workforce.measures.pay.pay import pay_comparison as comparison
from workforce.measures.pay.pay import unusable_pay as unusable
from workforce.measures.pay.pay_equity import pay_equity as equity
from workforce.measures.pay.pay_gap import pay_gap as gap

__all__ = ["comparison", "equity", "gap", "oaxaca", "position", "unusable"]


def __dir__() -> list[str]:
    return __all__
