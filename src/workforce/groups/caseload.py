"""How many cases each worker holds."""

from workforce.measures.casework.caseload import distribution, per_fte
from workforce.measures.casework.caseload_history import with_history

__all__ = ["distribution", "per_fte", "with_history"]


def __dir__() -> list[str]:
    return __all__
