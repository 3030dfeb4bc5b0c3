"""Official figures beside an area."""

from workforce.measures.comparison.compare import compare as compare

__all__ = ["compare"]


def __dir__() -> list[str]:
    return __all__
