"""Sickness absence: days lost, and how often and how long people are absent."""

from workforce.measures.absence import rate
from workforce.measures.absence_spells import spells

__all__ = ["rate", "spells"]


def __dir__() -> list[str]:
    return __all__
