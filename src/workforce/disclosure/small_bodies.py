"""Small bodies: of few people a board sees financial years side by side, and no series that is renewed by the month.

A year to each month tells the months by subtraction, and the months of few people tell single events. Of an area, or an organisation, of
fewer than 150 people in post what is shown ends on 31 March, at most three years side by side; one figure of the whole may end at a later
quarter.
"""

from typing import Final

import polars as pl

from workforce.book.constants import SMALL_BODY
from workforce.results import FIRST, PERIOD_COLUMNS, Forecast, MeasureTable, Result, Summary

MOST_YEARS: Final = 3
OF_YEARS: Final = (
    f"under {SMALL_BODY} people are in post, so that figures are those of financial years, at most {MOST_YEARS} of them, "
    "and none by month or quarter"
)
_MARCH: Final = 3
_MONTHS_IN_A_QUARTER: Final = 3
NEARLY_A_YEAR: Final = 364  # days; a year is longer
_WHOLE_GROUPS: Final = ("profession",)  # columns that break no figure down: each profession has its figure for itself


def by_years(result: Result) -> Result:
    """Return a result of a small body with the rows that a board may see, and the reason where some are left out.

    Parameters
    ----------
    result : Result
        What a measure returned. Life tables, hazard ratios and tests are of all years together and pass as they are.

    Examples
    --------
    >>> from datetime import date
    >>> from workforce.stats.rates import measure_table
    >>> ends = [date(2022, 12, 31), date(2023, 1, 31), date(2023, 3, 31)]
    >>> sides = pl.DataFrame({"period_start": ends, "period_end": ends, "numerator": [60.0, 61.0, 62.0], "people": [60, 61, 62]})
    >>> by_years(measure_table(sides, "headcount", "in_post", by=[])).frame["period_end"].to_list()
    [datetime.date(2023, 3, 31)]
    """
    if not isinstance(result, MeasureTable) or isinstance(result, Summary | Forecast):
        return result
    frame = result.frame
    start, end = (pl.col(c) for c in PERIOD_COLUMNS)
    days = (end - start).dt.total_days() + 1
    is_year = (start == end) | (days > NEARLY_A_YEAR)
    in_march = is_year & _is_month_end(end) & (end.dt.month() == _MARCH)
    at_quarter = is_year & _is_month_end(end) & (end.dt.month() % _MONTHS_IN_A_QUARTER == 0)
    latest_years = end.rank("dense", descending=True).over([*FIRST, in_march]) <= MOST_YEARS
    allowed = in_march & latest_years
    if set(result.groups) <= set(_WHOLE_GROUPS):
        allowed |= at_quarter & (end == end.max().over(FIRST))
    years = frame.filter((allowed | end.is_null()).fill_null(value=True))
    if len(years) == len(frame):
        return result
    # Of rows that are left out nothing else is of interest.
    reasons = [*result.reasons, OF_YEARS] if len(years) else [OF_YEARS]
    return result._with(years, reasons=reasons)


def _is_month_end(day: pl.Expr) -> pl.Expr:
    return day.dt.offset_by("1d").dt.day() == 1
