"""What leavers say when they are asked."""

from workforce.measures.exits import beside_records, coverage, reasons

__all__ = ["beside_records", "coverage", "reasons"]


def __dir__() -> list[str]:
    return __all__
