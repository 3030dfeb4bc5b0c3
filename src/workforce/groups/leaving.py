"""How long staff stay, where leavers go, and who leaves sooner."""

from workforce.measures.hazards import compare, hazards, incidence
from workforce.measures.retention import retention, spells

__all__ = ["compare", "hazards", "incidence", "retention", "spells"]


def __dir__() -> list[str]:
    return __all__
