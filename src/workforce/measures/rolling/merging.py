"""Merging: small localities or teams put together with the next smallest, for `release` to choose where too much would be withheld."""

from datetime import date

import polars as pl

from workforce.measures.frame import as_by, measure
from workforce.measures.staffing.headcount import headcount
from workforce.periods import as_date
from workforce.records import Records


@measure("assignments")
def smallest_together(records: Records, column: str, on: date, *, fewest: int = 10) -> Records:
    """Records in which the groups of few people have one name together, and with the next smallest, until they are enough.

    The joint name lists the groups by size, smallest first. Every row stays; only the names in the column change, in every table that has
    it, so that whoever was counted before is counted after. Groups that nobody is in on the day, and rows without a name, keep theirs.

    Parameters
    ----------
    records : Records
        The area's records; counts the people of `assignments`.
    column : str
        For example "locality", "team" or "role".
    on : date
        The day on which people are counted.
    fewest : int
        The people that a group needs to stay by itself.

    Returns
    -------
    Records
        The same records with joint names; unchanged where no group is too small, or the column is not recorded.

    References
    ----------
    This project's measure book, "merged localities".

    Examples
    --------
    >>> staff = pl.DataFrame({"organisation": ["council"] * 5, "person_id": list("abcde"), "start_date": [date(2020, 1, 1)] * 5,
    ...     "fte": [1.0] * 5, "locality": ["Hill", "Isle", "Lea", "Lea", "Hill"]})
    >>> merged = smallest_together(Records(assignments=staff), "locality", date(2023, 3, 31), fewest=2)
    >>> merged.assignments["locality"].to_list()
    ['Isle and Hill', 'Isle and Hill', 'Lea', 'Lea', 'Isle and Hill']
    """
    day = as_date(on)
    if records.lacks("assignments", columns=as_by([column])):
        return records
    sizes = headcount(records, day, by=[column]).frame.filter(pl.col(column).is_not_null() & (pl.col("people") > 0))
    small: list[str] = []
    people = 0
    for name, count in sizes.sort("people", column).select(column, "people").iter_rows():
        if count >= fewest and (not small or people >= fewest):
            break
        small.append(name)
        people += count
    if len(small) < 2:  # noqa: PLR2004 - a group alone has none to be merged with
        return records
    joint = f"{', '.join(small[:-1])} and {small[-1]}"
    renamed = pl.col(column).cast(pl.String).replace(dict.fromkeys(small, joint))
    return records._with(
        {
            name: frame.with_columns(renamed)
            for name, frame in records.tables()
            if column in frame.lazy().collect_schema().names()
        }
    )
