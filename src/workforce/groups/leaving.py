"""How long staff stay, where leavers go, and who leaves sooner."""

from workforce.measures.leaving.hazards import leaving_incidence as incidence
from workforce.measures.leaving.hazards import compare_retention as compare
from workforce.measures.leaving.hazards import leaving_hazards as hazards
from workforce.measures.leaving.retention import retention as retention

__all__ = ["compare", "hazards", "incidence", "retention"]


def __dir__() -> list[str]:
    return __all__
