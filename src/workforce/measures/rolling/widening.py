"""Widening: the same measure over longer and longer periods, for `release` to choose from."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from workforce.errors import UsageError
from workforce.measures.staffing.turnover import turnover
from workforce.periods import span_to
from workforce.records import Records
from workforce.results import MeasureTable

_WORDS: Final = {1: "for the year", 2: "over two years", 3: "over three years", 5: "over five years"}


def widening(
    measure: Callable[..., MeasureTable],
    records: Records,
    *,
    month: str,
    years: Sequence[int] = (1, 3),
    **options: Any,  # noqa: ANN401 - whatever the measure takes
) -> dict[str, MeasureTable]:
    """One measure over the year that ends with a month, and over longer stretches that end with it, as a ladder for `release`.

    A turnover over more than a year is annualised, so that the steps have one scale.

    Parameters
    ----------
    measure : function
        Any measure that takes records, then a period, for example ``wf.staffing.turnover``.
    records : Records
        The area's records.
    month : str
        The last month, for example "2023-03".
    years : sequence of int
        How many years each step covers.
    **options
        Passed on to the measure.

    Returns
    -------
    dict of str to MeasureTable
        The steps from fine to coarse, by the words that a report has for them.

    Raises
    ------
    UsageError
        Where a step is less than a year.

    Examples
    --------
    >>> from datetime import date
    >>> import polars as pl
    >>> staff = pl.DataFrame({"organisation": ["council"], "person_id": ["a"], "fte": [1.0], "start_date": [date(2010, 1, 1)]})
    >>> list(widening(turnover, Records(assignments=staff), month="2023-03", definition="average"))
    ['for the year', 'over three years']
    """
    if not years or min(years) < 1:
        raise UsageError("a ladder needs whole years", where="years=", hint="such as (1, 3)")
    steps = {}
    for count in sorted(set(years)):
        annualised = {"annualised": True} if measure is turnover and count > 1 else {}
        steps[_WORDS.get(count, f"over {count} years")] = measure(
            records, span_to(month, count), **options, **annualised
        )
    return steps
