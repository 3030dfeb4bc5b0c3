"""Complementary withholding: a withheld figure must not be what is left when the others are taken from their sum.

Promises: after it no figure that a rule withheld for its few people follows by addition and subtraction from those that are shown, within
a table, across its margins, between a year and its months, or between the tables that are released together. What is withheld as well is
the smallest other figure of the sum. Sums are found in the figures themselves: where those of two tables add up to the same number, a
reader can subtract, whatever the tables are called. Refuses: nothing. Source: the complementary cell suppression of statistical offices
(Hundepool et al. 2012, Statistical Disclosure Control, ch. 4); withheld cells are tested by linear algebra, as there, without intervals.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations, product
from typing import Any, Final

import numpy as np
import polars as pl

from workforce.definitions import Definition, definition_of
from workforce.disclosure.rules import Rule
from workforce.measures.frame import FIRST, group_columns

_PERIOD: Final = ("period_start", "period_end")
_SAME: Final = 1e-9  # relative: two sums that are this close are one
_CAME, _HIDDEN, _SHOWN = "as it came", "is withheld", "shown by"  # no group is called so
_MISSING: Final = "\0"  # a group that has no name
_NO_ROOM: Final = 1e-7  # a withheld figure that can move by no more than this is known

Row = tuple[str, int]  # a table's name and the number of a row in it
Cell = tuple[Row, ...]  # one figure, and every row that shows it: the denominator beside each band is one figure
Sum = tuple[tuple[int, Cell], ...]  # figures that add up to nothing with these signs


@dataclass(frozen=True, slots=True)
class _Figures:
    """One side of one definition in one table: its group columns; and period, groups, figure, and the rows that show it."""

    columns: frozenset[str]
    frame: pl.DataFrame


def complements(
    exact: Mapping[str, pl.DataFrame], withheld: Mapping[str, pl.Series], rule: Rule
) -> dict[str, pl.Series]:
    """Which rows have to be withheld, beside those that are: for each table a Boolean for each row, the given ones included.

    exact: measure tables before release. withheld: for each of them the rows that the rule withholds for their few people. As well goes
    the figure with the fewest people that is in a sum with one that can be told, of its own table if there is one.

    >>> from workforce.disclosure.rules import RULES
    >>> from workforce.measures.frame import measure_table
    >>> counts = pl.DataFrame({"team": ["A", "B", "C"], "numerator": [3.0, 20.0, 40.0], "people": [3, 20, 40]})
    >>> by_team = measure_table(counts, "headcount", "in_post", by=["team"])
    >>> total = measure_table(counts.sum(), "headcount", "in_post", by=[])
    >>> few = {"by team": pl.Series([True, False, False]), "total": pl.Series([False])}
    >>> complements({"by team": by_team, "total": total}, few, RULES["internal"])["by team"].to_list()
    [True, True, False]
    """
    ordered = {name: _ordered(table, withheld[name]) for name, table in exact.items()}
    hidden = {(name, n) for name, table in ordered.items() for n in table[_HIDDEN].arg_true().to_list()}
    secret = set(hidden)
    people = {
        (name, n): count or 0 for name, table in ordered.items() for n, count in enumerate(table["people"].to_list())
    }
    families = _families({name: table.drop(_CAME, _HIDDEN) for name, table in ordered.items()}, rule)
    for sums in families:  # one figure that several tables show goes from all of them
        hidden.update(row for each in sums for _, cell in each if secret.intersection(cell) for row in cell)
    while told := [(sums, cell) for sums in families for cell in _follows(sums, hidden) if secret.intersection(cell)]:
        sums, cell = told[0]
        beside = _beside(cell, sums, hidden)
        if beside:
            of = {name for name, _ in cell}
            hidden.update(min(beside, key=partial(_cost, of=of, people=people)))
        else:  # only hidden figures tell it, such as two that can only both be 0
            secret.difference_update(cell)
    return {
        name: table.with_columns(hidden=pl.Series([(name, n) in hidden for n in range(len(table))], dtype=pl.Boolean))
        .sort(_CAME)
        .get_column("hidden")
        for name, table in ordered.items()
    }


def _cost(cell: Cell, of: set[str], people: Mapping[Row, int]) -> tuple[bool, bool, int, Cell]:
    """What is lost with a figure: first those of the same table, and of them the one with the fewest people, but for nobody's."""
    behind = people[cell[0]]
    return all(name not in of for name, _ in cell), behind == 0, behind, cell


def _ordered(table: pl.DataFrame, withheld: pl.Series) -> pl.DataFrame:
    """The rows in an order that does not depend on the order in which they came, with their place in it."""
    keys = [*FIRST, *group_columns(table), *_PERIOD]
    return table.with_columns(pl.int_range(pl.len()).alias(_CAME), withheld.alias(_HIDDEN)).sort(keys, nulls_last=True)


def _families(exact: Mapping[str, pl.DataFrame], rule: Rule) -> list[list[Sum]]:
    """The sums among figures of one measure and kind: whoever reads one can set it beside the others."""
    families: dict[tuple[str, str], list[_Figures]] = {}
    for name, table in exact.items():
        numbered = table.with_columns(pl.struct(name=pl.lit(name), row=pl.int_range(pl.len())).alias(_SHOWN))
        for (measure, definition), part in numbered.group_by(*FIRST, maintain_order=True):
            book = definition_of(str(measure), str(definition))
            for column, side in (("numerator", book.numerator), ("denominator", book.denominator)):
                # Headcounts that are rounded to five do not give a small one back.
                if side is not None and not (rule.headcounts_to is not None and side.kind == "people"):
                    families.setdefault((book.measure, side.kind), []).append(_figures(part, column, book))
    return [found for figures in families.values() if (found := _with_same_figures_as_one(_sums(figures)))]


def _figures(part: pl.DataFrame, column: str, book: Definition) -> _Figures:
    groups = [c for c in group_columns(part) if c != _SHOWN]
    for added in (c for c in book.adds if c in groups and column == "denominator"):
        rest = [*(c for c in groups if c != added), *_PERIOD]
        alike = part.group_by(rest).agg(pl.col(column).n_unique()).select((pl.col(column) <= 1).all()).item()
        groups = [c for c in groups if c != added] if alike else groups
    frame = (
        part.filter(pl.col(column).is_not_null())
        .with_columns(pl.col(c).cast(pl.String).fill_null(_MISSING) for c in groups)
        .group_by(*_PERIOD, *groups, maintain_order=True)
        .agg(figure=pl.col(column).first(), shown=_SHOWN)
    )
    return _Figures(frozenset(groups), frame)


def _sums(figures: Sequence[_Figures]) -> list[Sum]:
    """Every group and period for which two sets of figures have the same sum: over groups, and over the parts of a period."""
    found: dict[Sum, None] = {}
    for one, other in combinations(figures, 2):
        found |= dict.fromkeys(_over_groups(one, other))
    for one, other in product(figures, repeat=2):
        if one.columns == other.columns:
            found |= dict.fromkeys(_over_time(one, other))
    return list(found)


def _over_groups(one: _Figures, other: _Figures) -> list[Sum]:
    keys = [*_PERIOD, *sorted(one.columns & other.columns)]
    added = [
        side.frame.group_by(keys, maintain_order=True).agg(
            pl.col("figure").sum().alias(sign), pl.col("shown").alias(f"{sign}_shown")
        )
        for side, sign in ((one, "plus"), (other, "minus"))
    ]
    both = added[0].join(added[1], on=keys, how="inner", nulls_equal=True, maintain_order="left")
    return _equal(both)


def _over_time(one: _Figures, other: _Figures) -> list[Sum]:
    """A period and those that make it up, such as a year and its months."""
    groups = sorted(one.columns)
    parts = other.frame.rename(
        {"period_start": "part_start", "period_end": "part_end", "figure": "part", "shown": "part_shown"}
    )
    pairs = one.frame.join(parts, on=groups, how="inner") if groups else one.frame.join(parts, how="cross")
    within = (pl.col("part_start") >= pl.col("period_start")) & (pl.col("part_end") <= pl.col("period_end"))
    shorter = (pl.col("part_end") - pl.col("part_start")) < (pl.col("period_end") - pl.col("period_start"))
    length = (pl.col("period_end") - pl.col("period_start")).dt.total_days() + 1
    days = (pl.col("part_end") - pl.col("part_start")).dt.total_days() + 1
    made_up = (
        pairs.filter(within & shorter)
        .group_by(*_PERIOD, *groups, maintain_order=True)
        .agg(
            plus=pl.col("figure").first(),
            minus=pl.col("part").sum(),
            plus_shown=pl.col("shown").head(1),
            minus_shown=pl.col("part_shown"),
            whole=(days.sum() == length.first()) & ~pl.col("part_start").is_duplicated().any(),
        )
        .filter("whole")
    )
    return _equal(made_up)


def _equal(sides: pl.DataFrame) -> list[Sum]:
    """Where two sums are one, the figures of the first with +1 and those of the second with -1."""
    same = (pl.col("plus") != 0) & ((pl.col("plus") - pl.col("minus")).abs() <= _SAME * pl.col("plus").abs())
    return [
        tuple((sign, _cell(cell)) for name, sign in (("plus", 1), ("minus", -1)) for cell in row[f"{name}_shown"])
        for row in sides.filter(same).iter_rows(named=True)
    ]


def _with_same_figures_as_one(sums: Sequence[Sum]) -> list[Sum]:
    """The same sums, where a figure that several tables show is one cell with all of their rows."""
    alike: dict[Cell, Cell] = {}

    def found(cell: Cell) -> Cell:
        while alike.get(cell, cell) != cell:
            cell = alike[cell]
        return cell

    for each in sums:
        if len(each) == 2:  # noqa: PLR2004 - a figure on either side
            one, other = (found(cell) for _, cell in each)
            whole = tuple(sorted({*one, *other}))
            alike[one] = alike[other] = whole
    merged = [tuple((sign, found(cell)) for sign, cell in each) for each in sums]
    return list(dict.fromkeys(each for each in merged if len({cell for _, cell in each}) > 1 or len(each[0][1]) > 1))


def _cell(shown: Sequence[Mapping[str, Any]]) -> Cell:
    return tuple((row["name"], row["row"]) for row in shown)


def _follows(sums: Sequence[Sum], hidden: set[Row]) -> list[Cell]:
    """The hidden figures that the sums leave no room: whatever the others are, they can only be what they are."""
    unknown = sorted({cell for each in sums for _, cell in each if hidden.issuperset(cell)})
    if not unknown:
        return []
    place = {cell: n for n, cell in enumerate(unknown)}
    matrix = np.zeros((len(sums), len(unknown)))
    for line, each in enumerate(sums):
        for sign, cell in each:
            if cell in place:
                matrix[line, place[cell]] += sign
    matrix = np.unique(matrix[np.any(matrix != 0, axis=1)], axis=0)
    if not len(matrix):
        return []
    _, sizes, directions = np.linalg.svd(matrix)
    free = directions[
        int((sizes > _NO_ROOM).sum()) :
    ]  # the ways in which the unknown can move together and still add up
    moves = np.abs(free).max(axis=0, initial=0.0)
    return [cell for cell, most in zip(unknown, moves, strict=True) if most < _NO_ROOM]


def _beside(cell: Cell, sums: Sequence[Sum], hidden: set[Row]) -> set[Cell]:
    """The shown figures that can be withheld as well: of the sums with this one, else of those that other hidden figures follow from."""
    seen = [each for each in sums if any(not hidden.issuperset(other) for _, other in each)]
    near = [each for each in seen if any(other == cell for _, other in each)] or seen
    return {other for each in near for _, other in each if not hidden.issuperset(other)}
