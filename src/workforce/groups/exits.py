"""What leavers say when they are asked."""

from workforce.measures.recruitment.exits import coverage, reasons
from workforce.measures.recruitment.reasons_beside import beside_records

__all__ = ["beside_records", "coverage", "reasons"]


def __dir__() -> list[str]:
    return __all__
