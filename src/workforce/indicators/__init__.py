"""The partnership's key indicators, with their targets and signals."""

from workforce.indicators.kpis import kpis

__all__ = ["kpis"]


def __dir__() -> list[str]:
    return __all__
