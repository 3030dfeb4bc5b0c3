"""The measure book: what each figure means, whose rule it is, how its limits are made, how it rolls up, and what it is called.

One TOML file a topic. Nothing is ever written into it: a definition that is made for an area's own counts or unit costs travels with its
results.
"""

from workforce.book.load import definition_of, measure_book
from workforce.book.model import AS_EXPECTED, Better, CurveWords, Definition, Kind, Measure, Recipe, Rolls, Side

__all__ = [
    "AS_EXPECTED",
    "Better",
    "CurveWords",
    "Definition",
    "Kind",
    "Measure",
    "Recipe",
    "Rolls",
    "Side",
    "definition_of",
    "measure_book",
]
