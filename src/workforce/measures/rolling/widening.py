"""Widening: the same measure over longer and longer periods, for `release` to choose from.

Promises: the steps of a ladder from fine to coarse, named as the report will name them. Refuses: fewer than one year.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

import polars as pl

from workforce.errors import UsageError
from workforce.measures.staffing.turnover import turnover
from workforce.periods import span_to

_WORDS: Final = {1: "for the year", 2: "over two years", 3: "over three years", 5: "over five years"}


def widening(
    measure: Callable[..., pl.DataFrame],
    *frames: pl.DataFrame | pl.LazyFrame,
    month: str,
    years: Sequence[int] = (1, 3),
    **options: Any,  # noqa: ANN401 - whatever the measure takes
) -> dict[str, pl.DataFrame]:
    """One measure over the year that ends with a month, and over longer stretches that end with it, as a ladder for `release`.

    measure: any measure that takes frames, then a period. A turnover over more than a year is annualised, so that the steps stand on one
    scale. options: passed on to the measure.

    >>> from datetime import date
    >>> staff = pl.DataFrame({"organisation": ["council"], "person_id": ["a"], "fte": [1.0], "start_date": [date(2010, 1, 1)]})
    >>> list(widening(turnover, staff, month="2023-03", definition="average"))
    ['for the year', 'over three years']
    """
    if not years or min(years) < 1:
        raise UsageError("a ladder needs whole years", where="years=", hint="such as (1, 3)")
    steps = {}
    for count in sorted(set(years)):
        more = {"annualised": True} if measure is turnover and count > 1 else {}
        steps[_WORDS.get(count, f"over {count} years")] = measure(*frames, span_to(month, count), **options, **more)
    return steps
