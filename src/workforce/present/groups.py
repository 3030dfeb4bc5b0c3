"""The groups of a chart or table: their order, and which of too many are drawn.

Bands, grades and stages have an order of their own. Of more groups than a chart has room for, those with most people are drawn; what is
unknown and the smallest are left to its table, and the sentence under the chart says so.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

import polars as pl

from workforce.measures.timeliness import STAGES
from workforce.present.text.numbers import listed, plural
from workforce.present.view import UNRECORDED, View, clean

# Groups that have an order of their own keep it wherever they are shown.
ORDERED: Final = ("band", "pay_quarter", "age_band", "tenure_band", "caseload_band", "grade", "stage")
_NUMBER: Final = re.compile(r"\d+(?:\.\d+)?")
_BELOW: Final = re.compile(r"\b(up to|under|below|within|less than|fewer than)\b")
_ABOVE: Final = re.compile(r"\b(over|above|more|older|longer)\b")
Place = tuple[float, float, str]
MOST_PANELS: Final = 12  # a page holds six rows of two
_UNKNOWN: Final = ("unknown", "not known", "no quarters", UNRECORDED)
_SIZES: Final = (
    "people",
    "at_risk",
    "spells",
    "denominator",
)  # the size of a group: the first of these columns that the rows have
_NAMED: Final = 3  # at most this many groups are named; more are counted


def place(value: str | None, column: str) -> Place:
    """The place of a group in its column: its rank, then its name.

    >>> sorted(["13 to 26 weeks over", "over 52 weeks over", "up to 4 weeks over", "4 to 13 weeks over"], key=lambda b: place(b, "band"))
    ['up to 4 weeks over', '4 to 13 weeks over', '13 to 26 weeks over', 'over 52 weeks over']
    """
    name = value or ""
    if column == "stage":
        return float(STAGES.index(name.lower()) if name.lower() in STAGES else len(STAGES)), 0.0, name
    number = _NUMBER.search(name)
    if number is None:
        return float("inf"), 0.0, name
    before = name[: number.start()].lower()
    side = -1.0 if _BELOW.search(before) else 1.0 if _ABOVE.search(before) else 0.0
    return float(number[0]), side, name


def in_order(rows: Sequence[dict[str, Any]], columns: Sequence[str]) -> list[dict[str, Any]]:
    """Rows with the groups of some columns in their own order; a column without one keeps the order in which its groups came."""
    if not any(c in ORDERED for c in columns):
        return list(rows)
    first_places: dict[str, dict[Any, int]] = {c: {} for c in columns if c not in ORDERED}
    for row in rows:
        for column, places in first_places.items():
            places.setdefault(row[column], len(places))

    def key(row: dict[str, Any]) -> list[Any]:
        return [place(row[c], c) if c in ORDERED else first_places[c][row[c]] for c in columns]

    return sorted(rows, key=key)


def groups_with_room(table: View, most: int, *, always: Collection[str] = ()) -> tuple[View, str]:
    """Return the groups that a chart has room for, and a sentence on those that are left out.

    Parameters
    ----------
    table : View
        The rows of all groups.
    most : int
        How many groups the chart can draw.
    always : collection of str
        Groups that are drawn whatever their size, such as the one that is highlighted.

    Returns
    -------
    View
        The rows of the groups that are drawn.
    str
        The sentence; empty where all are drawn.
    """
    names = table.series
    if len(names) <= most:
        return table, ""
    left_out = smallest(sizes_of(table.frame), len(names) - most, always=always)
    fitting = table._with(table.frame.filter(~pl.col("series").is_in(left_out)))
    return fitting, left_out_sentence(left_out, len(names), plural(table.by or "group"))


def sizes_of(frame: pl.DataFrame, column: str = "series") -> dict[str, float]:
    """Return how many people each group has: the most in any of its rows; 0 where no row has a size."""
    names = [c for c in _SIZES if c in frame.columns]
    size = pl.coalesce(pl.col(c).cast(pl.Float64) for c in names) if names else pl.lit(0.0)
    return dict(frame.group_by(column).agg(size.max().fill_null(0.0)).sort(column).iter_rows())


def smallest(sizes: Mapping[str, float], count: int, *, always: Collection[str] = ()) -> list[str]:
    """Return the groups to leave out, what is unknown first.

    >>> smallest({"Coast": 40, "Hill": 12, "unknown": 90, "Vale": 8}, 2)
    ['unknown', 'Vale']
    >>> smallest({"Coast": 40, "Hill": 12, "Vale": 8}, 1, always=["Vale"])
    ['Hill']
    """
    may_go = [name for name in sizes if name not in always]
    return sorted(may_go, key=lambda name: (not _is_unknown(name), sizes[name], name))[:count]


def _is_unknown(name: str) -> bool:
    """Whether a group is the unknown one; the level of a covariate begins with the covariate's name."""
    return name.rpartition(": ")[2].lower() in _UNKNOWN


def left_out_sentence(left_out: Collection[str], total: int, groups: str) -> str:
    """Return which groups are not drawn.

    >>> left_out_sentence(["unknown", "Vale"], 6, "localities")
    '4 of 6 localities are drawn, those with most people; only the table has Vale and unknown.'
    >>> left_out_sentence(["unknown", "A", "B", "C", "D"], 17, "teams")
    '12 of 17 teams are drawn, those with most people; only the table has the 4 smallest and unknown.'
    """
    unknown = [clean(name) for name in left_out if _is_unknown(name)]
    small = sorted(clean(name) for name in left_out if not _is_unknown(name))
    first = small if len(small) <= _NAMED else [f"the {len(small)} smallest"]
    names = listed([*(first if small else []), *unknown])
    return f"{total - len(left_out)} of {total} {groups} are drawn, those with most people; only the table has {names}."
