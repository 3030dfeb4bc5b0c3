"""The measure book: what each figure means, whose rule it is, how its limits are made, how it rolls up, and what it is called.

One TOML file a topic: a table for each measure, and in it one for each definition. What is said of the measure holds for each definition
that does not say otherwise. The keys are the fields of the classes in `model.py`: `Measure`, `Definition`, `Recipe` (``kpi``; a definition
that has one can be listed as a key indicator), `CurveWords` (``curve``) and `Published`. `sources.toml` names sources, `words.toml` the
order of the topics, decimals by unit and headings of columns; `constants.py` has the numbers that a law or a method sets.

Nothing is ever written into it: a definition that is made for an area's own counts or unit costs (`made.py`) travels with its results.
"""

from workforce.book.load import definition_of, measure_book
from workforce.book.model import AS_EXPECTED, Better, CurveWords, Definition, Kind, Measure, Recipe, Rolls, Series, Side

__all__ = [
    "AS_EXPECTED",
    "Better",
    "CurveWords",
    "Definition",
    "Kind",
    "Measure",
    "Recipe",
    "Rolls",
    "Series",
    "Side",
    "definition_of",
    "measure_book",
]
