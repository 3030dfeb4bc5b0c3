"""Sickness absence: days lost, and how often and how long people are absent."""

from workforce.measures.absence.absence import rate
from workforce.measures.absence.absence_spells import spells

__all__ = ["rate", "spells"]


def __dir__() -> list[str]:
    return __all__
