"""What was withheld and rounded on a page, said once for all its figures, and how far off a printed rate can be."""

import math
from collections.abc import Iterable
from typing import Final

import polars as pl

from workforce.book import Definition
from workforce.disclosure import Released
from workforce.disclosure.rules import MARKERS, RULES, WITHHELD, Rule
from workforce.present.text.text import Text, _sentence, checked
from workforce.results import MeasureTable

_PAGES: Final = ("board", "internal")
_TO_FIVE: Final = ("people",)
"""The kinds of units whose counts are rounded like headcounts; others are rounded to whole numbers."""
_UNIT: Final = "%"


def explained(markers: Iterable[str], rule: str) -> list[str]:
    """Return the markers that a figure or table explains itself; what `[c]` means is said once for a page, by `withheld_note`.

    >>> explained(["c", "x"], "board"), explained(["c", "x"], "published")
    (['x'], ['c', 'x'])
    """
    return [marker for marker in markers if marker != WITHHELD or rule not in _PAGES]


def withheld_note(page: Released) -> Text:
    """Return what `[c]` means, how counts are rounded, and how far off a printed rate can be: one note for a page.

    Parameters
    ----------
    page : Released
        Everything that was released for the page.

    Returns
    -------
    Text
        Up to three sentences. The last is about the rate in % whose two printed counts leave it the most room.

    Raises
    ------
    DisclosureError
        Where the tables were not released.

    Examples
    --------
    >>> from workforce.disclosure import release
    >>> from workforce.stats.rates import measure_table
    >>> sides = pl.DataFrame({"team": ["A", "B"], "numerator": [12.0, 3.0], "denominator": [98.0, 60.0], "people": [98, 60]})
    >>> turnover = measure_table(sides, "turnover", "dfe", by=["team"])
    >>> note = withheld_note(release(turnover, "board")).text
    >>> print(note.replace(". ", "." + chr(10)))
    [c]: withheld, because few people are behind the figure (1 of 2 figures behind this page).
    Counts of people are to the nearest 5, each rounded by itself, so they need not add up; rates follow from the printed counts.
    A rate can be off by up to 2.9 percentage points: the one that is printed from 10 of 100.
    """
    checked(page, Released)
    results = page.results.values()
    frames = [result.frame for result in results if {"value", "marker"} <= set(result.frame.columns)]
    figures = sum(frame.height for frame in frames)
    withheld = sum(frame.filter(pl.col("marker") == WITHHELD).height for frame in frames)
    sentences = []
    if withheld:
        words = f"{withheld:,} of {figures:,} figure{'' if figures == 1 else 's'} behind this page"
        sentences.append(f"[{WITHHELD}]: {MARKERS[WITHHELD]} ({words}).")
    rule = RULES.get(page.rule)
    if rule is not None and rule.headcounts_to is None:
        sentences.append("No count is rounded.")
    elif rule is not None:
        sentences.append(
            f"Counts of people are to the nearest {rule.headcounts_to}, each rounded by itself, so they need not add up; rates follow "
            "from the printed counts."
        )
        sentences += _how_far_off(page, rule)
    return _sentence(" ".join(sentences), page)


def _how_far_off(page: Released, rule: Rule) -> list[str]:
    """The sentence on the rate that its printed counts leave the most room; none where no rate is printed."""
    rates = [
        _with_room(rows, result.definition(str(measure), str(definition)), rule)
        for result in page.results.values()
        if isinstance(result, MeasureTable)
        for (measure, definition), rows in result.frame.group_by("measure", "definition", maintain_order=True)
    ]
    rows = pl.concat([frame for frame in rates if frame.height] or [_NO_RATES])
    if rows.is_empty():
        return []
    row = rows.sort("room", "denominator", descending=[True, False]).row(0, named=True)
    room = math.ceil(10 * row["room"] - 1e-9) / 10
    printed = f"{row['numerator']:,.0f} of {row['denominator']:,.0f}"
    return [f"A rate can be off by up to {room:.1f} percentage points: the one that is printed from {printed}."]


_NO_RATES: Final = pl.DataFrame(schema={"numerator": pl.Float64(), "denominator": pl.Float64(), "room": pl.Float64()})


def _with_room(rows: pl.DataFrame, definition: Definition, rule: Rule) -> pl.DataFrame:
    """Printed rates in % with `room`, how far the exact one can lie from each: (n - a) / (d + b) to (n + a) / (d - b)."""
    numerator, denominator = definition.numerator, definition.denominator
    if numerator is None or denominator is None:
        return _NO_RATES
    top, bottom, value = (pl.col(name).cast(pl.Float64) for name in ("numerator", "denominator", "value"))
    # 0 is printed where the exact count is 0.
    above = pl.when(top > 0).then(_half_step(numerator.kind, rule)).otherwise(0.0)
    below = _half_step(denominator.kind, rule)
    scale = pl.when(top > 0).then(value * bottom / top).otherwise(definition.scale)
    low, high = scale * (top - above).clip(0) / (bottom + below), scale * (top + above) / (bottom - below)
    return rows.filter(value.is_not_null(), pl.col("unit").str.starts_with(_UNIT), bottom > below).select(
        numerator=top, denominator=bottom, room=pl.max_horizontal(value - low, high - value)
    )


def _half_step(kind: str, rule: Rule) -> float:
    """Half of the step to which a count of a kind of unit is rounded."""
    step = (rule.headcounts_to or 0) if kind in _TO_FIVE else 1
    return step / 2
