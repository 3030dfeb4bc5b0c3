"""Complementary withholding: a withheld number must not be what is left when the others are subtracted from their sum.

After it no number that a rule withheld for its few people follows by addition and subtraction from those that are shown: within a table,
across its margins, between a year and its months, or between the tables that are released together (`sums`).
Source: complementary cell suppression, Hundepool et al. (2012), Statistical Disclosure Control, ch. 4, without its intervals.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Final

import numpy as np
import polars as pl

from workforce.disclosure.rules import Rule
from workforce.disclosure.sums import SIDES, Cell, Place, Row, Sum, families_of_sums
from workforce.results import FIRST, MeasureTable

_PERIOD: Final = ("period_start", "period_end")
_CAME, _HIDDEN = "as it came", "is withheld"  # no group is called so
_NO_ROOM: Final = 1e-7  # a withheld number that can move by no more than this is known


def complements(
    exact: Mapping[str, MeasureTable], withheld: Mapping[str, pl.Series], rule: Rule
) -> dict[str, pl.Series]:
    """Return which rows have to be withheld, including those that already are.

    Parameters
    ----------
    exact : mapping of str to MeasureTable
        The measure tables of a page before release.
    withheld : mapping of str to polars.Series
        For each of them a Boolean for each row: whether the rule withholds it for its few people.
    rule : Rule
        The disclosure rule.

    Returns
    -------
    dict of str to polars.Series
        For each table a Boolean for each row. A number is withheld as well where another would follow without it: the one with the fewest
        people in a sum with that other, of the same table if there is one.

    References
    ----------
    Hundepool et al. (2012), Statistical Disclosure Control, ch. 4.

    Examples
    --------
    >>> from workforce.disclosure.rules import RULES
    >>> from workforce.stats.rates import measure_table
    >>> counts = pl.DataFrame({"team": ["A", "B", "C"], "numerator": [3.0, 20.0, 40.0], "people": [3, 20, 40]})
    >>> by_team = measure_table(counts, "headcount", "in_post", by=["team"])
    >>> total = measure_table(counts.sum(), "headcount", "in_post", by=[])
    >>> few = {"by team": pl.Series([True, False, False]), "total": pl.Series([False])}
    >>> complements({"by team": by_team, "total": total}, few, RULES["internal"])["by team"].to_list()
    [True, True, False]
    """
    ordered = {name: _ordered(table, withheld[name]) for name, table in exact.items()}
    hidden = _Hidden((name, n) for name, table in ordered.items() for n in table[_HIDDEN].arg_true().to_list())
    secret = {place for name, table in ordered.items() for place in _secrets(name, table, exact[name], rule)}
    size = {
        (name, n, side): (people or 0, figure or 0.0)
        for name, table in ordered.items()
        for side in SIDES
        for n, (people, figure) in enumerate(table.select("people", side).iter_rows())
    }
    families, rests = families_of_sums(
        {name: exact[name]._with(table.drop(_CAME, _HIDDEN)) for name, table in ordered.items()}, rule
    )
    # A remainder is never shown; it is kept secret where its total is withheld for few people.
    for remainder, total in rests.items():
        secret.update([remainder] if secret.intersection(total) else [])
        hidden.add(remainder)
    for sums in families:  # a number that several tables show is withheld in all of them
        hidden.update(place for equation in sums for _, cell in equation if secret.intersection(cell) for place in cell)
    while disclosed := [
        (sums, cell) for sums in families for cell in _follows(sums, hidden) if secret.intersection(cell)
    ]:
        sums, cell = disclosed[0]
        candidates = _candidates(cell, sums, hidden)
        if candidates:
            tables = {name for name, *_ in cell}
            hidden.update(min(candidates, key=partial(_cost, tables=tables, hidden=hidden, size=size)))
        else:  # it follows from hidden numbers alone, such as two that can only both be 0
            secret.difference_update(cell)
    return {
        name: table.with_columns(
            hidden=pl.Series([(name, n, SIDES[0]) in hidden for n in range(len(table))], dtype=pl.Boolean)
        )
        .sort(_CAME)
        .get_column("hidden")
        for name, table in ordered.items()
    }


class _Hidden(set[Place]):
    """The places that are not shown: a row goes with both of its sides."""

    def __init__(self, rows: Iterable[Row]) -> None:
        super().__init__((*row, side) for row in rows for side in SIDES)

    def update(self, *places: Iterable[Place]) -> None:
        super().update((name, n, side) for group in places for name, n, _ in group for side in SIDES)


def _secrets(name: str, table: pl.DataFrame, measured: MeasureTable, rule: Rule) -> list[Place]:
    """The numbers that are withheld for few people: the count of a row, and its denominator where that is of few people too.

    Two who left of forty who were asked: the two are secret; the forty are the denominator of every other reason.
    """

    def few(count: pl.Expr) -> pl.Expr:
        return ((count > 0) & (count < rule.small + 0.5)).fill_null(value=False)

    of_people = pl.struct(FIRST).map_elements(partial(_is_of_people, measured), return_dtype=pl.Boolean)
    few_people = few(pl.col("people")) | pl.col("people").is_null() | (few(pl.col("denominator")) & of_people)
    rows = table.with_row_index("n").filter(_HIDDEN).with_columns(behind=few_people | pl.col("numerator").is_null())
    sides = [(SIDES[0], rows), (SIDES[1], rows.filter("behind"))]
    return [(name, n, side) for side, secret_rows in sides for n in secret_rows["n"].to_list()]


def _is_of_people(measured: MeasureTable, named: Mapping[str, str]) -> bool:
    side = measured.definition(named["measure"], named["definition"]).denominator
    return side is not None and side.kind in ("people", "fte")


def _cost(
    cell: Cell, tables: set[str], hidden: set[Place], size: Mapping[Place, tuple[int, float]]
) -> tuple[bool, int, bool, int, float, Cell]:
    """What is lost with a number: those of the same table go first, then what takes fewest rows, then that of the fewest people.

    A zero goes last: whoever knows that it is zero has the other number.
    """
    people, figure = size[cell[0]]
    rows = {place[:2] for place in cell if place not in hidden}
    return all(name not in tables for name, *_ in cell), len(rows), not (people and figure), people, figure, cell


def _ordered(table: MeasureTable, withheld: pl.Series) -> pl.DataFrame:
    """The rows in an order that does not depend on the order in which they came, with their place in it."""
    keys = [*FIRST, *table.groups, *_PERIOD]
    return table.frame.with_columns(pl.int_range(pl.len()).alias(_CAME), withheld.alias(_HIDDEN)).sort(
        keys, nulls_last=True
    )


def _follows(sums: Sequence[Sum], hidden: set[Place]) -> list[Cell]:
    """The hidden numbers that have one possible value, whatever the other hidden numbers are."""
    unknown = sorted({cell for equation in sums for _, cell in equation if hidden.issuperset(cell)})
    if not unknown:
        return []
    place = {cell: n for n, cell in enumerate(unknown)}
    matrix = np.zeros((len(sums), len(unknown)))
    for line, equation in enumerate(sums):
        for sign, cell in equation:
            if cell in place:
                matrix[line, place[cell]] += sign
    matrix = np.unique(matrix[np.any(matrix != 0, axis=1)], axis=0)
    if not len(matrix):
        return []
    _, sizes, directions = np.linalg.svd(matrix)
    rank = int((sizes > _NO_ROOM).sum())
    free = directions[rank:]  # the ways in which the unknown can move together and still add up
    moves = np.abs(free).max(axis=0, initial=0.0)
    return [cell for cell, move in zip(unknown, moves, strict=True) if move < _NO_ROOM]


def _candidates(cell: Cell, sums: Sequence[Sum], hidden: set[Place]) -> set[Cell]:
    """The shown numbers that can be withheld as well: of the sums with this one, else of those with other hidden numbers."""
    open_sums = [equation for equation in sums if any(not hidden.issuperset(term) for _, term in equation)]
    own_sums = [equation for equation in open_sums if any(term == cell for _, term in equation)] or open_sums
    return {term for equation in own_sums for _, term in equation if not hidden.issuperset(term)}
