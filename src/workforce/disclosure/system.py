"""Everything that an outsider can set up from what is published: a number for each figure, its range, and the sums among them.

A figure that several tables show is one unknown number with the narrowest of their ranges. Which figures add up follows from the measure
book: over the groups of a column, over the parts of a period (cut wherever a period begins or ends), and by its `identities.toml`. A sum is
used where the exact figures obey it: figures of other staff, and restated ones, are other numbers.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import product

import numpy as np
import polars as pl

from workforce.book.identities import Quantity, added_columns, identities, in_sums, levels
from workforce.disclosure.figures import NEAR, dates_of, guard
from workforce.disclosure.rules import RULES

Row = tuple[str, int]
"""A table's name and the number of a row in it."""
Groups = frozenset[tuple[str, str]]
Dates = tuple[date, date]
Key = tuple[str, Groups, Dates]
Terms = tuple[tuple[float, int], ...]
"""Unknown numbers with their factors, which add up to zero."""


@dataclass(slots=True)
class Unknown:
    """A number as an outsider sees it.

    Parameters
    ----------
    least : float
        The least that it could be if it was withheld to protect another: who knows the rule knows that it is not small.
    exact : float or None
        What it is; None of a part of a period that no table shows.
    is_whole : bool
        Whether it counts people or cases.
    values : int
        How many values in a row have to stay possible; 0 where it needs no protection.
    off : float
        How far off a withheld sum of days or FTE has to stay, as a share of it.
    size : float
        How many people are behind it.
    rule : str or None
        The rule that it is shown under.
    ranges : dict of Row to (float, float)
        The rows that show it, or would, and between what it lies by each of them.
    low, high : float
        Between what it lies whatever the rows show.
    """

    low: float = 0.0
    high: float = np.inf
    least: float = 0.0
    exact: float | None = None
    is_whole: bool = True
    values: int = 0
    off: float = 0.0
    size: float = 0.0
    rule: str | None = None
    ranges: dict[Row, tuple[float, float]] = field(default_factory=dict)

    def range_by(self, rows: Iterable[Row]) -> tuple[float, float]:
        """Between what it lies by some of its rows; who knows of none knows that it is not small, where it is not."""
        ranges = [self.ranges[row] for row in rows]
        low = max([self.low, *(low for low, _ in ranges)] if ranges or not self.ranges else [self.low, self.least])
        return low, min([self.high, *(high for _, high in ranges)])

    @property
    def is_secret(self) -> bool:
        """Whether it has to stay unknown."""
        return self.values > 0 or self.off > 0


class System:
    """Unknown numbers and the sums among them, made by `system_of`."""

    def __init__(self) -> None:
        self.unknowns: list[Unknown] = []
        self.equations: dict[Terms, bool] = {}  # whether it is about parts of periods, which exact figures cannot tell
        self.by_key: dict[Key, list[int]] = defaultdict(list)
        self.keys: list[Key] = []

    def add(self, key: Key, unknown: Unknown) -> int:
        """Return the number of an unknown: of the one with this key and exact figure, if there is one already."""
        for number in self.by_key[key]:
            before = self.unknowns[number]
            if before.exact is not None and unknown.exact is not None and _is_same(before.exact, unknown.exact):
                before.values, before.off = max(before.values, unknown.values), max(before.off, unknown.off)
                before.ranges |= unknown.ranges
                return number
        self.unknowns.append(unknown)
        self.keys.append(key)
        self.by_key[key].append(len(self.unknowns) - 1)
        return len(self.unknowns) - 1

    def part(self, key: Key, *, is_whole: bool) -> int:
        """Return the number of a new unknown that no table shows; `key` says what it is a part of."""
        self.unknowns.append(Unknown(is_whole=is_whole))
        self.keys.append(key)
        return len(self.unknowns) - 1

    def equate(self, terms: Iterable[tuple[float, int]], *, of_parts: bool = False) -> None:
        """Add a sum that is zero."""
        factors: dict[int, float] = defaultdict(float)
        for factor, number in terms:
            factors[number] += factor
        equation = tuple(sorted((factor, number) for number, factor in factors.items() if factor))
        if equation:
            self.equations[equation] = of_parts

    def obeys(self, terms: Iterable[tuple[float, int]]) -> bool:
        """Whether exact figures add up to zero."""
        figures = [(factor, self.unknowns[number].exact) for factor, number in terms]
        if any(exact is None for _, exact in figures):
            return False
        largest = max(abs(exact or 0.0) for _, exact in figures)
        return abs(sum(factor * (exact or 0.0) for factor, exact in figures)) <= NEAR * max(largest, 1.0)


def system_of(figures: pl.DataFrame) -> System:
    """Set up what an outsider knows of figures that are published together.

    Parameters
    ----------
    figures : polars.DataFrame
        The figures of tables, as `figures_of` returns them.

    Returns
    -------
    System
        An unknown number for each figure, and the sums among them.
    """
    system = System()
    blocks: dict[str, list[_Block]] = defaultdict(list)
    adding_over_time: set[str] = set()
    for _, rows in figures.group_by("table", "block", maintain_order=True):
        block = _block(rows, system)
        blocks[block.quantity].append(block)
        if rows["over_time"][0]:
            adding_over_time.add(block.quantity)
    for blocks_of_quantity in blocks.values():
        _over_groups(system, blocks_of_quantity)
    _sums(system)
    _rests(system)
    _one_group(system)
    _over_time(system, adding_over_time)
    return _in_order(system)


def _in_order(system: System) -> System:
    """The same system, numbered in an order that does not depend on that of tables, rows or names."""

    def place(number: int) -> tuple[str, Dates, list[tuple[str, str]], float]:
        name, groups, dates = system.keys[number]
        exact = system.unknowns[number].exact
        return name, dates, sorted(groups), -1.0 if exact is None else exact

    order = sorted(range(len(system.keys)), key=place)
    numbers = {before: after for after, before in enumerate(order)}
    ordered = System()
    ordered.unknowns = [system.unknowns[number] for number in order]
    ordered.keys = [system.keys[number] for number in order]
    renumbered = {
        tuple(sorted((numbers[n], factor) for factor, n in terms)): of_parts
        for terms, of_parts in system.equations.items()
    }
    ordered.equations = {tuple((f, n) for n, f in terms): renumbered[terms] for terms in sorted(renumbered)}
    return ordered


@dataclass(frozen=True, slots=True)
class _Block:
    """The figures of one quantity in one table: its columns, and the unknown of each group and period."""

    quantity: str
    columns: frozenset[str]
    figures: Mapping[tuple[Groups, Dates], int]
    adds_over_groups: bool


def _block(rows: pl.DataFrame, system: System) -> _Block:
    """One side of one definition in one table, with its figures added to the unknowns of a system."""
    figures: dict[tuple[Groups, Dates], int] = {}
    for row in rows.iter_rows(named=True):
        groups = frozenset((column, value) for column, value in json.loads(row["groups"]))
        dates = row["start"], row["end"]
        unknown = Unknown(
            **{name: row[name] for name in ("least", "exact", "is_whole", "values", "off", "size", "rule")},
            low=-np.inf if row["least"] == -np.inf else 0.0,
        )
        unknown.ranges[row["table"], row["row"] if row["is_cell"] else -1 - row["row"]] = row["low"], row["high"]
        number = system.add((row["quantity"], groups, dates), unknown)
        figures[groups, dates] = number
        if row["others_of"] is not None:
            # A closed group is those who are counted and the others, whom this row is about.
            denominators, numerators = (system.by_key[name, groups, dates] for name in json.loads(row["others_of"]))
            for numerator, denominator in product(numerators, denominators):
                terms = [(1, numerator), (1, number), (-1, denominator)]
                if system.obeys(terms):
                    system.equate(terms)
    columns = frozenset(column for groups, _ in figures for column, _ in groups)
    return _Block(rows["quantity"][0], columns, figures, rows["over_groups"][0])


def _is_same(a: float, b: float) -> bool:
    """Whether two figures are the same but for rounding in binary."""
    return abs(a - b) <= NEAR * max(abs(a), abs(b), 1.0)


def _over_groups(system: System, blocks: Sequence[_Block]) -> None:
    """Add the sums over the groups of a column, for one quantity.

    A figure without a column is the sum of those with it. Two tables, by team and role and by team and band, have the figures by team in
    common: each of these is a sum of figures of either table, though no table shows it.
    """
    adding = [block for block in blocks if block.adds_over_groups]
    sets = {block.columns for block in adding}
    if blocks[0].quantity in in_sums():  # of a sum of the book the columns that a definition adds are no groups
        sets |= {block.columns - added_columns() for block in adding}
    if len({*sets, *(block.columns for block in blocks)}) < 2:  # noqa: PLR2004 - nothing to compare with
        return
    while len(with_common := sets | {a & b for a, b in product(sets, repeat=2)}) > len(sets):
        sets = with_common
    tables: dict[frozenset[str], list[Mapping[tuple[Groups, Dates], int]]] = defaultdict(list)
    for block in adding:
        tables[block.columns].append(block.figures)
    for columns in sorted(sets, key=lambda names: (-len(names), sorted(names))):
        coarser = [smaller for smaller in sets if smaller < columns]
        next_coarser = [smaller for smaller in coarser if not any(smaller < larger for larger in coarser)]
        for figures, smaller in product(tables[columns], next_coarser):
            tables[smaller].append(_margin(system, figures, smaller))


def _margin(
    system: System, figures: Mapping[tuple[Groups, Dates], int], columns: frozenset[str]
) -> dict[tuple[Groups, Dates], int]:
    """The sums of a table's figures over all but some columns, each added to the system as a number."""
    sums: dict[tuple[Groups, Dates], list[int]] = defaultdict(list)
    for (groups, period), number in figures.items():
        sums[frozenset(group for group in groups if group[0] in columns), period].append(number)
    margin: dict[tuple[Groups, Dates], int] = {}
    for (groups, period), addends in sums.items():
        exact = sum(system.unknowns[number].exact or 0.0 for number in addends)
        name = system.keys[addends[0]][0]
        is_whole = all(system.unknowns[number].is_whole for number in addends)
        total = system.add((name, groups, period), Unknown(exact=exact, is_whole=is_whole))
        margin[groups, period] = total
        system.equate([*((1.0, number) for number in addends), (-1.0, total)])
    return margin


def _one_group(system: System) -> None:
    """Equate each quantity that the book calls one group of a column of another with that group's figures."""
    for entry in identities().groups:
        for (name, groups, period), numbers in list(system.by_key.items()):
            if name != entry.of.name or (entry.column, entry.group) not in groups:
                continue
            without_group = entry.quantity.name, groups - {(entry.column, entry.group)}, period
            for a, b in product(numbers, system.by_key.get(without_group, [])):
                if system.obeys([(1, a), (-1, b)]):
                    system.equate([(1, a), (-1, b)])


def _sums(system: System) -> None:
    """The sums of the book, and what it says is no more than a sum: what such a sum has more is a number of its own."""
    book = identities()
    for entry, is_at_most in (*((entry, False) for entry in book.sums), *((entry, True) for entry in book.at_most)):
        terms = [(1, entry.whole), *((-sign, quantity) for sign, quantity in entry.parts)]
        # The periods of what happened within one; where all are levels, the days of the second.
        flows = [quantity for _, quantity in terms if not quantity.day and quantity.name not in levels()]
        leading = {quantity.name for quantity in flows} or {terms[1][1].name}
        keys = {(groups, period) for name, groups, period in system.by_key if name in leading}
        for groups, (start, end) in sorted(keys, key=lambda key: (key[1], sorted(key[0]))):
            candidates = [
                [
                    (factor, number)
                    for number in system.by_key.get((quantity.name, groups, dates_of(quantity, start, end)), [])
                ]
                for factor, quantity in terms
            ]
            absent = [n for n, numbers in enumerate(candidates) if not numbers]
            if absent:
                if len(absent) == 1 and not is_at_most and terms[absent[0]][1] in flows and len(flows) > 1:
                    _with_absent(system, terms, candidates, absent[0], (groups, (start, end)))
                continue
            for chosen in product(*candidates):
                if is_at_most and _excess(system, chosen) <= NEAR:
                    excess = system.part((f"more than {entry.whole.name}", groups, (start, end)), is_whole=False)
                    system.equate([*chosen, (1, excess)])
                    break
                if not is_at_most and system.obeys(chosen):
                    system.equate(chosen)
                    break


def _rests(system: System) -> None:
    """Add the differences that the book names: what one quantity has more than another is of people as well, and stays unknown where few.

    Then, for each column by which the first quantity is shown, that difference without what is nobody's.
    """
    for entry in identities().rests:
        people: dict[tuple[Groups, Dates], tuple[float, str | None]] = {}
        for (name, groups, period), numbers in list(system.by_key.items()):
            if name != entry.of.name:
                continue
            is_theirs = any(column not in entry.own for column, _ in groups)
            for number, less in zip(numbers, system.by_key.get((entry.less.name, groups, period), ()), strict=False):
                above, below = system.unknowns[number], system.unknowns[less]
                rule = above.rule or below.rule
                size = above.size - below.size
                if (
                    size <= 0
                ):  # who has left is behind neither, so that the people of the difference may be few all the same
                    size = min(above.size, RULES[rule].small if rule else above.size)
                people[groups, period] = size, rule
                guarded_people = (size, rule) if is_theirs else (0.0, None)
                _difference(system, ((1, number), (-1, less)), (entry.name, groups, period), guarded_people)
        for (groups, period), guarded_people in people.items():
            differences = system.by_key.get((entry.name, groups, period), [])
            for column in {column for names, _ in people for column, _ in names} - entry.own if differences else ():
                for nobodys in system.by_key.get((entry.of.name, groups | {(column, entry.nobody)}, period), [])[:1]:
                    terms = (1, differences[0]), (-1, nobodys)
                    _difference(system, terms, (entry.all_of_it, groups, period), guarded_people)


def _difference(
    system: System, terms: Sequence[tuple[int, int]], key: Key, guarded_people: tuple[float, str | None]
) -> None:
    """Add what one number has more than another, with how many people are behind it and the rule that guards it."""
    exact, (people, rule) = _excess(system, terms), guarded_people
    if not -NEAR <= exact < np.inf:
        return
    values, off = guard(exact, people, RULES[rule]) if rule in RULES else (0, 0.0)
    is_whole = all(system.unknowns[number].is_whole for _, number in terms)
    difference = Unknown(exact=max(exact, 0.0), is_whole=is_whole, values=values, off=off, size=max(people, 0.0))
    system.equate([*terms, (-1, system.add(key, difference))])


def _excess(system: System, terms: Iterable[tuple[int, int]]) -> float:
    """What exact figures add up to; infinite where one is not known."""
    figures = [(factor, system.unknowns[number].exact) for factor, number in terms]
    return sum(np.inf if exact is None else factor * exact for factor, exact in figures)


def _with_absent(
    system: System,
    terms: Sequence[tuple[int, Quantity]],
    candidates: list[list[tuple[int, int]]],
    absent: int,
    key: tuple[Groups, Dates],
) -> None:
    """A flow that no table shows for a period follows from the levels and the other flow: it may be the sum of others that are shown."""
    factor, quantity = terms[absent]
    chosen = [numbers[0] for n, numbers in enumerate(candidates) if n != absent]
    figure = -sum(f * (system.unknowns[number].exact or 0.0) for f, number in chosen) / factor
    if figure >= 0 and not system.by_key.get((quantity.name, *key)):
        number = system.add((quantity.name, *key), Unknown(exact=figure))
        system.equate([*chosen, (factor, number)])


def _over_time(system: System, quantities: set[str]) -> None:
    """Periods of one figure that overlap are sums of the same parts, cut wherever one of them begins or ends.

    Of a period that was restated there are several figures: each is a sum of parts with the others as they were restated as often.
    """
    series: dict[tuple[str, Groups], dict[Dates, list[int]]] = defaultdict(dict)
    for (name, groups, period), numbers in system.by_key.items():
        if name in quantities and numbers:
            series[name, groups][period] = numbers
    after = timedelta(days=1)
    for (name, groups), numbers_of in series.items():
        for periods in _overlapping(sorted(numbers_of)):
            cuts = sorted({start for start, _ in periods} | {end + after for _, end in periods})
            key = f"part of {name}", groups
            for version in range(max(len(numbers_of[period]) for period in periods) if len(periods) > 1 else 0):
                of_version = {period: numbers_of[period][: version + 1][-1] for period in periods}
                is_whole = all(system.unknowns[number].is_whole for number in of_version.values())
                segments = {day: system.part((*key, (day, day)), is_whole=is_whole) for day in cuts[:-1]}
                for (start, end), number in of_version.items():
                    inside = [(1.0, segment) for day, segment in segments.items() if start <= day <= end]
                    system.equate([*inside, (-1.0, number)], of_parts=True)


def _overlapping(periods: Sequence[Dates]) -> list[list[Dates]]:
    """Periods in clusters, of which no two overlap; sorted by their start."""
    clusters: list[list[Dates]] = []
    last = date.min
    for start, end in periods:
        if clusters and start <= last:
            clusters[-1].append((start, end))
        else:
            clusters.append([(start, end)])
        last = max(last, end)
    return clusters
