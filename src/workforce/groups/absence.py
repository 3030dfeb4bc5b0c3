"""Sickness absence: days lost, how often and how long people are absent, and which groups differ by more than chance."""

from workforce.measures.absence import rate
from workforce.measures.absence_funnel import funnel
from workforce.measures.absence_spells import spells

__all__ = ["funnel", "rate", "spells"]


def __dir__() -> list[str]:
    return __all__
