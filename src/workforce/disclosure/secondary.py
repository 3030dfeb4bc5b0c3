"""Secondary withholding: a withheld number must not be what is left when the others are subtracted from their sum.

After it no number that a rule withheld for its few people follows by addition and subtraction from those that are shown: within a table,
across its margins, between a year and its months, or between the tables that are released together.

Sums are looked for in the numbers themselves: where those of two tables add up to the same number for the same group and period, or those
of a year's months to the year's, a reader can subtract, whatever the tables are called. A number that several tables show is one cell. What
a definition counts beyond another (its `rest` in the measure book) is a cell too, although no table need show it.

Source: complementary cell suppression, Hundepool et al. (2012), Statistical Disclosure Control, ch. 4, without its intervals.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations, product
from typing import Any, Final

import numpy as np
import polars as pl

from workforce.book import Definition
from workforce.disclosure.rules import Rule, few
from workforce.results import FIRST, PERIOD_COLUMNS, SIDES, MeasureTable

_CAME, _HIDDEN = "as it came", "is withheld"  # no group is called so
_NO_ROOM: Final = 1e-7  # a withheld number that can move by no more than this is known
_SAME: Final = 1e-9  # relative: two sums that are this close are one
_SHOWN: Final = "shown by"  # no group is called so
_MISSING: Final = "\0"  # a group that has no name

Row = tuple[str, int]  # a table's name and the number of a row in it
Place = tuple[str, int, str]  # a row, and which of its sides
Cell = tuple[Place, ...]  # one figure, and every place that shows it: the denominator beside each band is one figure
Sum = tuple[tuple[int, Cell], ...]  # cells that add up to zero with these signs


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
    families, rests = _families_of_sums(
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
    of_people = pl.struct(FIRST).map_elements(partial(_is_of_people, measured), return_dtype=pl.Boolean)
    few_people = (
        few(pl.col("people"), rule) | pl.col("people").is_null() | (few(pl.col("denominator"), rule) & of_people)
    )
    rows = table.with_row_index("n").filter(_HIDDEN).with_columns(behind=few_people | pl.col("numerator").is_null())
    sides = [(SIDES[0], rows), (SIDES[1], rows.filter("behind"))]
    return [(name, n, side) for side, secret_rows in sides for n in secret_rows["n"].to_list()]


def _is_of_people(measured: MeasureTable, named: Mapping[str, str]) -> bool:
    side = measured.definition(named["measure"], named["definition"]).denominator
    return side is not None and (side.is_count or side.kind == "fte")


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
    keys = [*FIRST, *table.groups, *PERIOD_COLUMNS]
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


@dataclass(frozen=True, slots=True)
class _Figures:
    """One side of one definition in one table: its group columns; and period, groups, figure, and the rows that show it."""

    of: tuple[str, str, str]  # measure, definition, which side
    book: Definition
    columns: frozenset[str]
    frame: pl.DataFrame


def _families_of_sums(exact: Mapping[str, MeasureTable], rule: Rule) -> tuple[list[list[Sum]], dict[Place, Cell]]:
    """Return the sums among numbers of one measure and kind, and the rests among them.

    Parameters
    ----------
    exact : mapping of str to MeasureTable
        The measure tables of a page before release.
    rule : Rule
        The disclosure rule; where it rounds headcounts, sums of headcounts disclose nothing.

    Returns
    -------
    families : list of list of Sum
        For each measure and kind of side, sums of cells with their signs, each of which is zero.
    rests : dict of Place to Cell
        What a definition counts beyond another, as a place that no table shows, and the cell that it is a part of.

    Examples
    --------
    >>> from workforce.disclosure.rules import RULES
    >>> from workforce.stats.rates import measure_table
    >>> counts = pl.DataFrame({"team": ["A", "B"], "numerator": [3.0, 20.0], "people": [3, 20]})
    >>> tables = {
    ...     "by team": measure_table(counts, "headcount", "in_post", by=["team"]),
    ...     "total": measure_table(counts.sum(), "headcount", "in_post", by=[]),
    ... }
    >>> _families_of_sums(tables, RULES["internal"])[0][0][0]
    ((1, (('by team', 0, 'numerator'),)), (1, (('by team', 1, 'numerator'),)), (-1, (('total', 0, 'numerator'),)))
    """
    families: dict[tuple[str, str], list[_Figures]] = {}
    for name, table in exact.items():
        rows = table.frame.with_columns(pl.struct(name=pl.lit(name), row=pl.int_range(pl.len())).alias(_SHOWN))
        for (measure, definition), group in rows.group_by(*FIRST, maintain_order=True):
            book = table.definition(str(measure), str(definition))
            for column, side in zip(SIDES, (book.numerator, book.denominator), strict=True):
                # Nobody is behind posts and public figures; headcounts that are rounded to five do not give a small one back.
                # Cases are rounded, too, but a worker's own cases are many: what is left of a team's would tell them nearly.
                if side is None or book.public or side.kind in ("posts", "expected"):
                    continue
                if not (rule.headcounts_to is not None and side.kind == "people"):
                    families.setdefault((book.measure, side.kind), []).append(
                        _figures(group, table.groups, column, book)
                    )
    sums = {key: _sums(figures) for key, figures in families.items()}
    rests: dict[Place, Cell] = {}
    for key, figures in families.items():
        for total, component, shown_as in _with_rests(figures, families):
            equations, totals = _rests(total, component, shown_as, len(rests))
            rests |= totals
            sums[key] += [
                *equations,
                *(equation for figures_shown in shown_as for equation in sums.pop(_family(figures_shown), [])),
            ]
    return [equations for family in sums.values() if (equations := _with_same_figures_as_one(family))], rests


def _family(figures: _Figures) -> tuple[str, str]:
    side = figures.book.numerator
    return figures.of[0], side.kind if side else ""


def _with_rests(
    figures: Sequence[_Figures], families: Mapping[tuple[str, str], Sequence[_Figures]]
) -> list[tuple[_Figures, _Figures, list[_Figures]]]:
    """Two tables of which one counts what the other does and more, by the same groups; and the tables that show what is more."""
    pairs = []
    for total, component in product(figures, repeat=2):
        measure, _, column = total.of
        rest = total.book.rest
        if rest is None or column != "numerator" or component.of != (measure, rest.part, column):
            continue
        if component.columns == total.columns:
            candidates = [candidate for family in families.values() for candidate in family]
            shown_as = [candidate for candidate in candidates if candidate.of == (*(rest.shown_as or ("", "")), column)]
            pairs.append(
                (total, component, [candidate for candidate in shown_as if total.columns <= candidate.columns])
            )
    return pairs


def _rests(
    total: _Figures, component: _Figures, shown_as: Sequence[_Figures], number: int
) -> tuple[list[Sum], dict[Place, Cell]]:
    """What is left of each figure of a table when another's is taken from it, as a figure of its own: the sums, and whose rest each is."""
    keys = [*PERIOD_COLUMNS, *sorted(total.columns)]
    joined_sides = total.frame.join(component.frame, on=keys, suffix="_part", maintain_order="left")
    for n, side in enumerate(shown_as):
        added = side.frame.group_by(keys, maintain_order=True).agg(
            pl.col("figure").sum().alias(f"figure_{n}"), pl.col("shown").alias(f"shown_{n}")
        )
        joined_sides = joined_sides.join(added, on=keys, how="left", maintain_order="left")
    sums: list[Sum] = []
    rests: dict[Place, Cell] = {}
    for row in joined_sides.iter_rows(named=True):
        difference = row["figure"] - row["figure_part"]
        if abs(difference) <= _SAME * abs(row["figure"]):
            continue
        of = _cell(row["shown"])
        remainder = (of[0][0], -1 - number - len(rests), SIDES[0])  # a row that no table has
        rests[remainder] = of
        sums.append(((1, of), (-1, _cell(row["shown_part"])), (-1, (remainder,))))
        sums += [
            ((1, (remainder,)), *((-1, _cell(cell)) for cell in row[f"shown_{n}"]))
            for n in range(len(shown_as))
            if row[f"figure_{n}"] is not None and abs(row[f"figure_{n}"] - difference) <= _SAME * abs(difference)
        ]
    return sums, rests


def _figures(rows: pl.DataFrame, group_columns: Sequence[str], column: str, book: Definition) -> _Figures:
    groups = list(group_columns)
    for added in (c for c in book.adds if c in groups and column == "denominator"):
        keys = [*(c for c in groups if c != added), *PERIOD_COLUMNS]
        is_constant = rows.group_by(keys).agg(pl.col(column).n_unique()).select((pl.col(column) <= 1).all()).item()
        groups = [c for c in groups if c != added] if is_constant else groups
    frame = (
        rows.filter(pl.col(column).is_not_null())
        .with_columns(pl.col(c).cast(pl.String).fill_null(_MISSING) for c in groups)
        .group_by(*PERIOD_COLUMNS, *groups, maintain_order=True)
        .agg(figure=pl.col(column).first(), shown=pl.col(_SHOWN).struct.with_fields(side=pl.lit(column)))
    )
    return _Figures((book.measure, book.definition, column), book, frozenset(groups), frame)


def _sums(figures: Sequence[_Figures]) -> list[Sum]:
    """Every group and period for which two sets of figures have the same sum: over groups, and over the parts of a period."""
    equations: dict[Sum, None] = {}
    for left, right in combinations(figures, 2):
        equations |= dict.fromkeys(_over_groups(left, right))
    for left, right in product(figures, repeat=2):
        if left.columns == right.columns:
            equations |= dict.fromkeys(_over_time(left, right))
    return list(equations)


def _over_groups(left: _Figures, right: _Figures) -> list[Sum]:
    keys = [*PERIOD_COLUMNS, *sorted(left.columns & right.columns)]
    added = [
        side.frame.group_by(keys, maintain_order=True).agg(
            pl.col("figure").sum().alias(sign), pl.col("shown").alias(f"{sign}_shown")
        )
        for side, sign in ((left, "plus"), (right, "minus"))
    ]
    sides = added[0].join(added[1], on=keys, how="inner", nulls_equal=True, maintain_order="left")
    return _equal(sides)


def _over_time(total: _Figures, component: _Figures) -> list[Sum]:
    """A period and those that make it up, such as a year and its months."""
    groups = sorted(total.columns)
    components = component.frame.rename(
        {"period_start": "part_start", "period_end": "part_end", "figure": "part", "shown": "part_shown"}
    )
    pairs = (
        total.frame.join(components, on=groups, how="inner") if groups else total.frame.join(components, how="cross")
    )
    within = (pl.col("part_start") >= pl.col("period_start")) & (pl.col("part_end") <= pl.col("period_end"))
    shorter = (pl.col("part_end") - pl.col("part_start")) < (pl.col("period_end") - pl.col("period_start"))
    length = (pl.col("period_end") - pl.col("period_start")).dt.total_days() + 1
    days = (pl.col("part_end") - pl.col("part_start")).dt.total_days() + 1
    made_up = (
        pairs.filter(within & shorter)
        .group_by(*PERIOD_COLUMNS, *groups, maintain_order=True)
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
    merged_into: dict[Cell, Cell] = {}

    def merged_cell(cell: Cell) -> Cell:
        while merged_into.get(cell, cell) != cell:
            cell = merged_into[cell]
        return cell

    for equation in sums:
        if len(equation) == 2:  # noqa: PLR2004 - a figure on either side
            left, right = (merged_cell(cell) for _, cell in equation)
            union = tuple(sorted({*left, *right}))
            merged_into[left] = merged_into[right] = union
    merged = [tuple((sign, merged_cell(cell)) for sign, cell in equation) for equation in sums]
    return list(
        dict.fromkeys(
            equation for equation in merged if len({cell for _, cell in equation}) > 1 or len(equation[0][1]) > 1
        )
    )


def _cell(shown: Sequence[Mapping[str, Any]]) -> Cell:
    return tuple((row["name"], row["row"], row["side"]) for row in shown)
