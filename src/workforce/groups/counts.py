"""What organisations counted themselves."""

from workforce.measures.counts import table

__all__ = ["table"]


def __dir__() -> list[str]:
    return __all__
