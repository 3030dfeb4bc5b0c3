"""How many cases each worker holds."""

from workforce.measures.casework.caseload import caseload as per_fte
from workforce.measures.casework.caseload import caseload_distribution as distribution
from workforce.measures.casework.caseload_history import with_caseload as with_history

__all__ = ["distribution", "per_fte", "with_history"]


def __dir__() -> list[str]:
    return __all__
