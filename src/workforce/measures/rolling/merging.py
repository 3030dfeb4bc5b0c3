"""Merging: small localities or teams put together with the next smallest, for `release` to choose where too much would be withheld.

Promises: every row is kept, and only the names in one column change; whoever was counted before is counted after. Refuses: columns that the
staff do not have.
"""

from datetime import date

import polars as pl

from workforce.measures.frame import as_by, eager
from workforce.measures.staffing.headcount import headcount


def smallest_together(
    assignments: pl.DataFrame | pl.LazyFrame, column: str, on: date, *, fewest: int = 10
) -> pl.DataFrame:
    """Assignments in which the groups of few people have one name together, and with the next smallest, until they are enough.

    column: locality, team, role ... fewest: the people in post on the day that a group needs to stand alone. The joint name lists the
    groups by size, smallest first. Groups that nobody is in on the day, and rows without a name, keep theirs. Definition: this project's
    measure book, "merged localities".

    >>> staff = pl.DataFrame({"organisation": ["council"] * 5, "person_id": list("abcde"), "start_date": [date(2020, 1, 1)] * 5,
    ...     "fte": [1.0] * 5, "locality": ["Hill", "Isle", "Lea", "Lea", "Hill"]})
    >>> smallest_together(staff, "locality", date(2023, 3, 31), fewest=2)["locality"].to_list()
    ['Isle and Hill', 'Isle and Hill', 'Lea', 'Lea', 'Isle and Hill']
    """
    as_by([column], assignments)
    counted = headcount(assignments, on, by=[column]).filter(pl.col(column).is_not_null() & (pl.col("people") > 0))
    by_size = counted.sort("people", column).select(column, "people")
    together: list[str] = []
    people = 0
    for name, count in by_size.iter_rows():
        if count >= fewest and (not together or people >= fewest):
            break
        together.append(name)
        people += count
    if len(together) < 2:  # noqa: PLR2004 - one alone has nobody to stand with
        return eager(assignments)
    joint = f"{', '.join(together[:-1])} and {together[-1]}"
    return eager(assignments).with_columns(pl.col(column).cast(pl.String).replace(dict.fromkeys(together, joint)))
