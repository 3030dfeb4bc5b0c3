"""The figures of released tables as an outsider sees them: for each printed or withheld number what it counts, and between what it lies.

They are plain rows, so that those of several pages, and of pages that were published before, can be looked at together.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

import numpy as np
import polars as pl

from workforce.book import Definition, Side
from workforce.book.identities import Quantity, identities, levels
from workforce.disclosure.rules import HALF, WITHHELD, Rule, few
from workforce.results import FIRST, PERIOD_COLUMNS, SIDES, Forecast, MeasureTable

NEAR: Final = 1e-6  # two figures that are this close, relative to their size, are one
_MISSING: Final = "\0"  # a group that has no name
_PRINTED_EXACT: Final = 0.05  # half of the step to which a rule that rounds nothing prints days and FTE
_UNCERTAIN: Final = 0.15  # how far off a sum of days or FTE that is withheld has to stay, as a share of it
_UNCERTAIN_OF_TWO: Final = 0.5  # the same of the cases of one or two workers, whose own they are
_TWO: Final = 2
_UNGUARDED: Final = ("posts", "expected")  # nobody is behind them

SCHEMA: Final[Mapping[str, Any]] = {
    "table": pl.String,
    "row": pl.Int64,  # its number in the table
    "key": pl.String,  # what identifies it: measure, definition, groups and period
    "block": pl.Int64,  # which side of which definition of the table
    "quantity": pl.String,
    "groups": pl.String,  # pairs of column and value, as JSON
    "start": pl.Date,
    "end": pl.Date,
    "exact": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "least": pl.Float64,  # what it could be at least, were it withheld to protect another
    "is_whole": pl.Boolean,
    "values": pl.Int64,  # how many values in a row have to stay possible; 0 where it needs no protection
    "off": pl.Float64,  # how far off a withheld sum of days or FTE has to stay, as a share of it
    "size": pl.Float64,  # how many people are behind it
    "over_groups": pl.Boolean,
    "over_time": pl.Boolean,
    "is_cell": pl.Boolean,  # whether a row of the table shows it, or would
    "second": pl.Boolean,  # whether its row is withheld to protect another
    "others_of": pl.String,  # of what is left of a closed group: the whole and the part, as JSON
    "rule": pl.String,  # the rule that it is shown under; null where what follows from it is another rule's affair
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A table as it was measured and as it is shown, row for row.

    Parameters
    ----------
    exact, shown : MeasureTable
        Before and after release.
    rule : Rule
        The rule that it is shown under.
    second : polars.Series
        Which rows are withheld to protect others.
    """

    exact: MeasureTable
    shown: MeasureTable
    rule: Rule
    second: pl.Series


def figures_of(tables: Mapping[str, Shown]) -> pl.DataFrame:
    """Return the figures of tables.

    Parameters
    ----------
    tables : mapping of str to Shown
        The tables by name.

    Returns
    -------
    polars.DataFrame
        A row for each side of each row that is not of official figures, with the columns of `SCHEMA`.

    Examples
    --------
    >>> from workforce.disclosure.primary import released_rows
    >>> from workforce.disclosure.rules import RULES
    >>> from workforce.stats.rates import measure_table
    >>> counts = pl.DataFrame({"team": ["A", "B"], "numerator": [3.0, 22.0], "people": [3, 22]})
    >>> exact = measure_table(counts, "headcount", "in_post", by=["team"])
    >>> shown = exact._with(released_rows(exact, exact.definitions[0], RULES["board"]).select(exact.frame.columns))
    >>> by_team = Shown(exact, shown, RULES["board"], pl.Series([False, False]))
    >>> figures_of({"by team": by_team}).select("groups", "low", "high", "values").rows()
    [('[["team", "A"]]', 1.0, 7.0, 5), ('[["team", "B"]]', 18.0, 22.0, 0)]
    """
    rows: list[dict[str, Any]] = []
    for name, table in tables.items():
        block = 0
        for (measure, definition), exact in table.exact.frame.with_row_index("row").group_by(
            *FIRST, maintain_order=True
        ):
            book = table.exact.definition(str(measure), str(definition))
            if book.public:
                continue
            released = table.shown.frame[exact["row"].to_list()]
            figures_of_sides: dict[str, list[dict[str, Any]]] = {}
            sides = [(SIDES[0], book.numerator), (SIDES[1], book.denominator)]
            if book.counts_as_value and not isinstance(table.exact, Forecast):
                sides[0] = ("value", Side(book.words, "cases", "never", "never"))
            for column, side in sides:
                if side is not None and not exact[column].is_null().all():
                    figures_of_sides[column] = _side(table, exact, released, (column, side, book))
            if book.is_closed and len(figures_of_sides) == len(SIDES):
                figures_of_sides["others"] = _uncounted(figures_of_sides, table.rule)
            for figures in figures_of_sides.values():
                rows += [{"table": name, "block": block, **figure} for figure in figures]
                block += 1
    return pl.DataFrame(rows, schema=SCHEMA)


def row_keys(table: MeasureTable) -> pl.Series:
    """Return what identifies each row of a table: its measure, definition, groups and period, as JSON.

    >>> from workforce.stats.rates import measure_table
    >>> counts = pl.DataFrame({"team": ["A"], "numerator": [3.0], "people": [3]})
    >>> row_keys(measure_table(counts, "headcount", "in_post", by=["team"])).item()
    '["headcount", "in_post", "A", "None", "None"]'
    """
    columns = [*FIRST, *table.groups, *PERIOD_COLUMNS]
    return pl.Series(
        [json.dumps([str(entry) for entry in row]) for row in table.frame.select(columns).rows()], dtype=pl.String
    )


def _group_columns(table: Shown, exact: pl.DataFrame, column: str, book: Definition) -> list[str]:
    """The columns that the groups of one side are of: a denominator that is the same in all bands is not broken down by them."""
    columns = [c for c in table.exact.groups if c in exact.columns]
    for added in (c for c in book.adds if c in columns and column == "denominator"):
        without = [c for c in columns if c != added]
        numbers_of_group = exact.group_by([*without, *PERIOD_COLUMNS]).agg(pl.col(column).n_unique())
        is_constant = numbers_of_group.select((pl.col(column) <= 1).all()).item()
        columns = without if is_constant else columns
    return columns


def _side(
    table: Shown, exact: pl.DataFrame, released: pl.DataFrame, what: tuple[str, Side, Definition]
) -> list[dict[str, Any]]:
    """The figures of one side of one definition, a row for each row of its table that has a figure.

    Parameters
    ----------
    table : Shown
        The table.
    exact, released : polars.DataFrame
        Its rows of this definition, before and after release; the first with the number of each row.
    what : tuple
        The column of the side, the side and its definition.
    """
    column, side, book = what
    quantity = identities().quantity(book.measure, book.definition, column)
    columns = _group_columns(table, exact, column, book)
    keys = row_keys(table.exact)[exact["row"].to_list()]
    provenance = table.exact._provenance
    organisation = dict(provenance.names).get(provenance.organisation or "", provenance.organisation)
    fixed = [("organisation", organisation)] if organisation and "organisation" not in columns else []
    over_time = side.over_time == "sum" and quantity.name not in levels()
    second = table.second[exact["row"].to_list()]
    is_few = (released["marker"] == WITHHELD).fill_null(value=False) & ~second
    if side.is_count:
        # The cases of few workers. How many are in a group is no secret where its row is withheld for others.
        is_few &= exact.select(few(pl.col("people"), table.rule)).to_series() & (side.kind == "cases")
    # What is nobody's is no worker's own, whosever name still stands against some of it.
    nobody = next((entry.nobody for entry in identities().rests if entry.of.name == quantity.name), None)
    cells = zip(
        exact.select(columns).iter_rows() if columns else [()] * len(exact),
        exact.select(*PERIOD_COLUMNS).iter_rows(),
        exact["row"],
        exact[column],
        released[column],
        exact["people"].fill_null(0),
        is_few,
        second,
        keys,
        strict=True,
    )
    figures = []
    for groups, (start, end), row, figure, printed, people, of_few, is_second, key in cells:
        if figure is None:
            continue
        pairs = [(c, _MISSING if g is None else str(g)) for c, g in zip(columns, groups, strict=True)]
        day, last = dates_of(quantity, start or date.min, end or date.min)
        figures.append(
            {
                "row": row,
                "key": key,
                "quantity": quantity.name,
                "groups": json.dumps(sorted([*pairs, *fixed])),
                "start": day,
                "end": last,
                "size": float(people),
                "over_groups": side.over_groups == "sum",
                "over_time": over_time,
                "is_cell": True,
                "second": is_second,
                "others_of": None,
                "rule": table.rule.name,
                **_seen_by_outsider(
                    float(figure), printed, (side, people), table.rule, is_few=of_few and nobody not in groups
                ),
            }
        )
    return figures


def _seen_by_outsider(
    figure: float, printed: float | None, of: tuple[Side, int], rule: Rule, *, is_few: bool
) -> dict[str, Any]:
    """A figure of a side and so many people as an outsider sees it, who knows the rule and what each mark is for.

    `printed` is what is shown of it, None where it is withheld; `is_few` says whether that is because few people are behind it.
    """
    side, people = of
    is_whole = side.is_count and abs(figure - round(figure)) < NEAR
    low, high, least, values, off = 0.0, np.inf, 0.0, 0, 0.0
    half = rule.headcounts_to / 2 if rule.headcounts_to and side.is_count else HALF
    if not rule.headcounts_to:
        half = 0.0 if side.is_count else _PRINTED_EXACT
    if side.kind in _UNGUARDED:
        low = least = -np.inf  # posts that are short can be fewer than none
    elif is_whole and figure > rule.small:
        least = rule.small + 1.0
    if printed is not None:
        if side.is_count and printed == 0:
            high = 0.0 if is_whole else half
        elif is_whole:
            low = max(float(np.ceil(printed - half)), least)
            high = float(np.ceil(printed + half)) - (1 if half else 0)
        else:
            low, high = max(printed - half, low), printed + half
    elif is_whole and 0 < figure < rule.small + HALF:
        low, high, values = 1.0, float(rule.small), rule.possible
    elif is_few and side.kind not in _UNGUARDED and figure > 0:
        off = _far_off(people) if side.is_count else _UNCERTAIN
    elif least:
        low = least
    exact = float(round(figure)) if is_whole else figure
    return {
        "exact": exact,
        "low": low,
        "high": high,
        "least": least,
        "is_whole": is_whole,
        "values": values,
        "off": off,
    }


def _far_off(people: float) -> float:
    """How far off the cases of so few workers have to stay, as a share of them: the sum of three or more is nobody's own caseload."""
    return _UNCERTAIN_OF_TWO if people <= _TWO else 0.0


def guard(cases: float, people: float, rule: Rule) -> tuple[int, float]:
    """Return how many values in a row cases of so many workers have to keep, or how far off they have to stay as a share of them.

    >>> from workforce.disclosure.rules import RULES
    >>> guard(3, 1, RULES["board"]), guard(40, 2, RULES["board"]), guard(40, 3, RULES["board"]), guard(3, 8, RULES["board"])
    ((5, 0.0), (0, 0.5), (0, 0.0), (0, 0.0))
    """
    if not 0 < people < rule.small + HALF or cases <= 0:
        return 0, 0.0
    return (rule.possible, 0.0) if cases < rule.small + HALF else (0, _far_off(people))


def _uncounted(sides: Mapping[str, list[dict[str, Any]]], rule: Rule) -> list[dict[str, Any]]:
    """The people of each closed group who are not counted, such as those who stay: where they are few, the row is withheld for them too."""
    denominators = {figure["row"]: figure for figure in sides[SIDES[1]]}
    figures = []
    for numerator in sides[SIDES[0]]:
        denominator = denominators.get(numerator["row"])
        if denominator is None or numerator["groups"] != denominator["groups"]:
            continue
        if not (numerator["is_whole"] and denominator["is_whole"]) or numerator["quantity"] == denominator["quantity"]:
            continue
        uncounted = denominator["exact"] - numerator["exact"]
        if uncounted < 0:
            continue
        is_withheld = numerator["values"] > 0 or numerator["high"] == np.inf
        is_few = is_withheld and 0 < uncounted < rule.small + HALF
        figures.append(
            {
                **numerator,
                "quantity": f"others than {numerator['quantity']}",
                "others_of": json.dumps([denominator["quantity"], numerator["quantity"]]),
                "exact": uncounted,
                "size": uncounted,
                "low": 1.0 if is_few else 0.0,
                "high": float(rule.small) if is_few else np.inf,
                "least": 0.0,
                "off": 0.0,
                "values": rule.possible if is_few else 0,
                "is_cell": False,
            }
        )
    return figures


def dates_of(quantity: Quantity, start: date, end: date) -> tuple[date, date]:
    """The period that a figure is about, or twice the day of a level."""
    if quantity.name not in levels():
        return start, end
    day = start - timedelta(days=1) if quantity.day == "opening" and start > date.min else end
    return day, day
