"""Extracts that end before the records do, or begin after them: days without a row that would count as days without an event."""

from collections.abc import Iterator
from datetime import date
from typing import Final

import polars as pl

from workforce.schemas import ENDS, STARTS

TABLES_OF_EVENTS: Final = ("assignments", "absences", "cases", "vacancies")
FEWEST_EVENTS: Final = 20  # distinct days; fewer say nothing of what gaps are usual
USUAL: Final = 0.95  # share of the gaps between two days that are no longer than the usual one
TIMES: Final = 10  # the usual gap
SHORTEST: Final = 45  # days


def long_gaps(
    rows: pl.DataFrame, table: str, first: date | None, last: date
) -> Iterator[tuple[str, str | None, date, int]]:
    """At which ends of the records nothing begins (and of staff, nothing ends) for far longer than is usual.

    Parameters
    ----------
    rows : polars.DataFrame
        The rows of one organisation and table.
    table : str
        One of `TABLES_OF_EVENTS`.
    first, last : date
        The days of the records; without a first day the beginning is not looked at.

    Yields
    ------
    tuple
        "before" or "after", the type of case (None in other tables), the day of the first or last event, and the usual gap in days.

    Examples
    --------
    >>> days = [date(2022, month, day) for month in range(1, 7) for day in (1, 8, 15, 22)]
    >>> rows = pl.DataFrame({"start_date": days, "end_date": days})
    >>> [(side, gap) for side, _, _, gap in long_gaps(rows, "absences", date(2022, 1, 1), date(2022, 12, 31))]
    [('after', 10)]
    """
    kinds = rows["case_type"].unique().sort().to_list() if table == "cases" else [None]
    for kind in kinds:
        of_kind = rows if kind is None else rows.filter(case_type=kind)
        # Of staff both joining and leaving are events; of the rest an end can come long after the last beginning that was extracted.
        columns = (STARTS[table], ENDS[table]) if table == "assignments" else (STARTS[table],)
        events = pl.concat([of_kind[column].alias("day") for column in columns]).drop_nulls()
        days = events.filter((events <= last) & (events >= (first or date.min))).unique().sort()
        if len(days) < FEWEST_EVENTS:
            continue
        begins, ends = days.to_list()[0], days.to_list()[-1]
        gaps = days.to_physical().diff().drop_nulls()
        usual = int(gaps.quantile(USUAL, "higher") or 0)
        sides = [("after", ends, (last - ends).days)]
        if first is not None:
            sides.append(("before", begins, (begins - first).days))
        yield from ((side, kind, event, usual) for side, event, gap in sides if gap > max(SHORTEST, TIMES * usual))
