"""How many cases each worker holds."""

from workforce.measures.caseload import distribution, per_fte
from workforce.measures.caseload_history import with_history

__all__ = ["distribution", "per_fte", "with_history"]


def __dir__() -> list[str]:
    return __all__
