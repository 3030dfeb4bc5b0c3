"""The order of groups that have one of their own: bands by their numbers, stages as they follow one another.

Promises: everything else stays in the order in which it came. Refuses: nothing.
"""

import re
from collections.abc import Sequence
from typing import Any, Final

from workforce.measures.timeliness import STAGES

# Groups that have an order of their own keep it wherever they are shown.
ORDERED: Final = ("band", "pay_quarter", "age_band", "tenure_band", "caseload_band", "grade", "stage")
_NUMBER: Final = re.compile(r"\d+(?:\.\d+)?")
_BELOW: Final = re.compile(r"\b(up to|under|below|within|less than|fewer than)\b")
_ABOVE: Final = re.compile(r"\b(over|above|more|older|longer)\b")

Place = tuple[float, float, str]


def place(value: str | None, column: str) -> Place:
    """Where a group stands among the others of its column: its rank, then its name.

    >>> sorted(["13 to 26 weeks over", "over 52 weeks over", "up to 4 weeks over", "4 to 13 weeks over"], key=lambda b: place(b, "band"))
    ['up to 4 weeks over', '4 to 13 weeks over', '13 to 26 weeks over', 'over 52 weeks over']
    """
    name = value or ""
    if column == "stage":
        return float(STAGES.index(name.lower()) if name.lower() in STAGES else len(STAGES)), 0.0, name
    found = _NUMBER.search(name)
    if found is None:
        return float("inf"), 0.0, name
    before = name[: found.start()].lower()
    side = -1.0 if _BELOW.search(before) else 1.0 if _ABOVE.search(before) else 0.0
    return float(found[0]), side, name


def in_order(rows: Sequence[dict[str, Any]], columns: Sequence[str]) -> list[dict[str, Any]]:
    """Rows with the groups of some columns in their own order; a column without one keeps the order in which its groups came."""
    if not any(c in ORDERED for c in columns):
        return list(rows)
    came: dict[str, dict[Any, int]] = {c: {} for c in columns if c not in ORDERED}
    for row in rows:
        for column, seen in came.items():
            seen.setdefault(row[column], len(seen))

    def key(row: dict[str, Any]) -> list[Any]:
        return [place(row[c], c) if c in ORDERED else came[c][row[c]] for c in columns]

    return sorted(rows, key=key)
