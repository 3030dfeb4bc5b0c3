"""The identities of the measure book as data: which sides of which definitions count the same, add up, or bound one another.

`identities.toml` has them; disclosure control reads them, because whoever knows them can work out a withheld figure from those shown.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from operator import itemgetter
from types import MappingProxyType
from typing import Any, Final, Literal, Self, cast, get_args

from workforce.book.load import CONSTANTS, FOLDER, IDENTITIES, measure_book
from workforce.errors import EnvironmentFault

Day = Literal["", "opening", "close"]
Column = Literal["numerator", "denominator", "value"]
_REST: Final = itemgetter("of", "less", "own", "nobody")
INDIRECT: Final = "_indirect"
_TABLES: Final = ("same", "sums", "at_most", "rests", "groups")


@dataclass(frozen=True, slots=True)
class SideName:
    """One side of a definition, and which day of its period it is about, where it is a level of one day.

    Parameters
    ----------
    measure, definition : str
        The names of the definition.
    side : {"numerator", "denominator", "value"}
        Which side of it; the value of a count without sides.
    day : {"", "opening", "close"}
        The day before the period, or its last; empty for what happened within it.
    """

    measure: str
    definition: str
    side: Column = "numerator"
    day: Day = ""

    @classmethod
    def read(cls, text: str) -> Self:
        """Read a side as it is written in the file.

        >>> SideName.read("stability.nhs/denominator@opening")
        SideName(measure='stability', definition='nhs', side='denominator', day='opening')
        """
        side_text, _, day = text.partition("@")
        names, _, side = side_text.partition("/")
        measure, _, definition = names.partition(".")
        entry = measure_book().definitions.get((measure, definition))
        is_side = (side or "numerator") in get_args(Column) and day in get_args(Day)
        if entry is None or not is_side:
            raise _wrong(text)
        has_it = {"": entry.numerator, "denominator": entry.denominator, "value": entry.counts_as_value}
        if not has_it.get(side, entry.numerator):
            raise _wrong(text)
        return cls(measure, definition, cast("Column", side or "numerator"), cast("Day", day))

    @property
    def figure(self) -> tuple[str, str, str]:
        """Measure, definition and side, without the day."""
        return self.measure, self.definition, self.side


@dataclass(frozen=True, slots=True)
class Quantity:
    """What a side counts: a name that all sides have that count the same, and the day of the period that it is about."""

    name: str
    day: Day = ""


@dataclass(frozen=True, slots=True)
class Sum:
    """A quantity that is the sum of others, each with its sign; or, among `at_most`, no more than their sum."""

    whole: Quantity
    parts: tuple[tuple[int, Quantity], ...]


@dataclass(frozen=True, slots=True)
class OneGroup:
    """A quantity that is one group of a column of another."""

    quantity: Quantity
    of: Quantity
    column: str
    group: str


@dataclass(frozen=True, slots=True)
class Rest:
    """What a quantity has more than another, of people who are behind the one and not behind the other.

    Parameters
    ----------
    name : str
        The name of what is left.
    of, less : Quantity
        The two quantities.
    own : frozenset of str
        Columns that do not tell who the people are.
    nobody : str
        The group of what is nobody's, of every other column.
    """

    name: str
    of: Quantity
    less: Quantity
    own: frozenset[str]
    nobody: str

    @property
    def all_of_it(self) -> str:
        """The name of all that is somebody's."""
        return f"{self.name}, all of it"


@dataclass(frozen=True, slots=True)
class Identities:
    """All identities of the book; what is not named is a quantity of its own."""

    quantities: Mapping[tuple[str, str, str], Quantity]
    sums: tuple[Sum, ...]
    at_most: tuple[Sum, ...]
    rests: tuple[Rest, ...]
    groups: tuple[OneGroup, ...]

    def quantity(self, measure: str, definition: str, side: str) -> Quantity:
        """Return what a side counts.

        >>> book = identities()
        >>> book.quantity("turnover", "nhs", "numerator") == book.quantity("leavers", "left", "numerator")
        True
        """
        unnamed = Quantity(f"{measure}.{definition}/{side}")
        return self.quantities.get((measure, definition, side), unnamed)


@cache
def identities() -> Identities:
    """Return the identities of the book.

    Raises
    ------
    EnvironmentFault
        Where the file names a side that the book does not have.
    """
    content = tomllib.loads((FOLDER / IDENTITIES).read_text(encoding="utf-8"))
    if set(content) != set(_TABLES):
        raise _wrong(", ".join(sorted(set(content) ^ set(_TABLES))))
    quantities = _quantities(content["same"])

    def quantity_of(text: str) -> Quantity:
        side = SideName.read(text)
        quantity = quantities.get(side.figure, Quantity(f"{side.measure}.{side.definition}/{side.side}"))
        return Quantity(quantity.name, side.day or quantity.day)

    def signed(text: str) -> tuple[int, Quantity]:
        return (-1, quantity_of(text[1:])) if text.startswith("-") else (1, quantity_of(text))

    def one_group(quantity: Quantity, entry: Mapping[str, Any]) -> OneGroup:
        group = str(entry["group"]).format_map(CONSTANTS)
        return OneGroup(quantity, quantity_of(str(entry["of"])), str(entry["column"]), group)

    def sum_of(texts: Sequence[str]) -> Sum:
        total, *addends = texts
        return Sum(quantity_of(total), tuple(map(signed, addends)))

    rests = [
        Rest(name, quantity_of(of), quantity_of(less), frozenset(columns), nobody)
        for name, (of, less, columns, nobody) in ((n, _REST(entry)) for n, entry in content["rests"].items())
    ]
    groups = [(quantity_of(text), entry) for text, entry in content["groups"].items()]
    groups += [
        (Quantity(r.all_of_it), content["rests"][r.name]["is"]) for r in rests if "is" in content["rests"][r.name]
    ]
    return Identities(
        MappingProxyType(quantities),
        tuple(map(sum_of, content["sums"].values())),
        tuple(map(sum_of, content["at_most"].values())),
        tuple(rests),
        tuple(one_group(quantity, entry) for quantity, entry in groups),
    )


def _quantities(same: Mapping[str, Sequence[str]]) -> dict[tuple[str, str, str], Quantity]:
    """The quantities of the sides that count the same as others, by measure, definition and side; `same`: these sides by their name."""
    quantities: dict[tuple[str, str, str], Quantity] = {}
    for name, sides in same.items():
        for text in sides:
            side = SideName.read(text)
            if side.figure in quantities:
                raise _wrong(text)
            quantities[side.figure] = Quantity(name, side.day)
    # An indirectly standardised rate has the numerator of the crude rate.
    for measure, definition in measure_book().definitions:
        crude = (measure, definition.removesuffix(INDIRECT), "numerator")
        if definition.endswith(INDIRECT) and crude[:2] in measure_book().definitions:
            crude_numerator = Quantity(f"{measure}.{crude[1]}/numerator")
            quantities[measure, definition, "numerator"] = quantities.get(crude, crude_numerator)
    return quantities


@cache
def levels() -> frozenset[str]:
    """Return the names of the quantities that are levels of one day."""
    book = identities()
    quantities = [*book.quantities.values(), *(entry.whole for entry in book.sums)]
    return frozenset(quantity.name for quantity in quantities if quantity.day)


@cache
def in_sums() -> frozenset[str]:
    """Return the names of the quantities that are in a sum, a bound or a rest."""
    book = identities()
    sums = [
        quantity for entry in (*book.sums, *book.at_most) for quantity in (entry.whole, *(p for _, p in entry.parts))
    ]
    return frozenset(q.name for q in (*sums, *(q for entry in book.rests for q in (entry.of, entry.less))))


@cache
def added_columns() -> frozenset[str]:
    """Return the columns that definitions add of their own, such as bands."""
    return frozenset(column for entry in measure_book().definitions.values() for column in entry.adds)


def _wrong(text: str) -> EnvironmentFault:
    return EnvironmentFault(
        "the measure book cannot be read",
        where="{file}, {entry}",
        hint="install workforce again, or correct the file: it names a side that no definition has",
        file=IDENTITIES,
        entry=text,
    )
