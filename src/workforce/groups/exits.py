"""What leavers say when they are asked."""

from workforce.measures.recruitment.exits import exit_reasons as reasons
from workforce.measures.recruitment.reasons_beside import reasons_beside as beside_records

__all__ = ["beside_records", "reasons"]


def __dir__() -> list[str]:
    return __all__
