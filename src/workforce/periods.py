"""Periods as people write them, and England's working days.

A `Period` is inclusive at both ends; makers read the forms that boards use ("2023-03", "2022-23"). Working days are Monday to Friday less
England's bank holidays, counted by date.
"""

import re
from calendar import monthrange
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache

import holidays
import polars as pl

from workforce.errors import UsageError

_MONTHS_IN_A_YEAR = 12


@dataclass(frozen=True, order=True, slots=True)
class Period:
    """A stretch of days, inclusive at both ends.

    Parameters
    ----------
    start : date
        The first day.
    end : date
        The last day.

    Examples
    --------
    >>> Period(date(2023, 3, 1), date(2023, 3, 31)).days
    31
    """

    start: date
    end: date

    def __post_init__(self) -> None:
        if not (_is_date(self.start) and _is_date(self.end)):
            raise UsageError(
                "a period is made of two dates, the first day and the last",
                hint='use wf.month("2023-03"), wf.year_to("2023-03") or another maker of periods',
            )
        if self.end < self.start:
            raise UsageError("a period ends before it starts", hint="give the first day, then the last day")

    @property
    def days(self) -> int:
        """Calendar days in the period, both ends counted."""
        return (self.end - self.start).days + 1

    @property
    def day_before(self) -> date:
        """The day before the period: its opening position."""
        return self.start - timedelta(days=1)

    @property
    def is_a_year(self) -> bool:
        """Whether the period is twelve whole months."""
        return _year_on(self.start) == self.end + timedelta(days=1)

    def __str__(self) -> str:
        if self.start == self.end:
            return written(self.start)
        if self.start.day == 1 and self.end == _last_day(self.start.year, self.start.month):
            return f"{self.start:%B %Y}"
        return f"{written(self.start)} to {written(self.end)}"


def _is_date(value: object) -> bool:
    """Whether a value is a date without a time of day."""
    return isinstance(value, date) and not isinstance(value, datetime)


def written(day: date) -> str:
    """A date as it is written in a report.

    >>> written(date(2023, 3, 1))
    '1 March 2023'
    """
    return f"{day.day} {day:%B %Y}"


def _year_on(day: date) -> date:
    try:
        return day.replace(year=day.year + 1)
    except ValueError:  # 29 February: its year ends on 28 February
        return date(day.year + 1, 3, 1)


def _last_day(year: int, number: int) -> date:
    return date(year, number, monthrange(year, number)[1])


def _two_numbers(text: object) -> tuple[int, int] | None:
    """The two numbers of a text such as "2023-03", or None for anything else."""
    match = re.fullmatch(r"(\d{4})-(\d{2})", text) if isinstance(text, str) else None
    return (int(match[1]), int(match[2])) if match else None


def _year_and_month(text: object) -> tuple[int, int]:
    numbers = _two_numbers(text)
    if not numbers or not 1 <= numbers[1] <= _MONTHS_IN_A_YEAR:
        raise UsageError("a month could not be read", hint='write it as year and month, such as "2023-03"')
    return numbers


def _two_years(text: object) -> int:
    numbers = _two_numbers(text)
    if not numbers or numbers[1] != (numbers[0] + 1) % 100:
        raise UsageError("a year could not be read", hint='write it as two years, such as "2022-23"')
    return numbers[0]


def month(text: str) -> Period:
    """One calendar month.

    Parameters
    ----------
    text : str
        The month, such as "2023-03".

    Returns
    -------
    Period
        Both days inclusive.

    Raises
    ------
    UsageError
        Where the text is no month.

    Examples
    --------
    >>> month("2023-02").end
    datetime.date(2023, 2, 28)
    """
    year, number = _year_and_month(text)
    return Period(date(year, number, 1), _last_day(year, number))


def months(first: str, last: str) -> list[Period]:
    """Every calendar month from first to last.

    Parameters
    ----------
    first : str
        The first month, such as "2022-11".
    last : str
        The last.

    Returns
    -------
    list of Period
        Oldest first.

    Raises
    ------
    UsageError
        Where the text is no month.

    Examples
    --------
    >>> [str(m) for m in months("2022-11", "2023-01")]
    ['November 2022', 'December 2022', 'January 2023']
    """
    start, stop = _year_and_month(first), _year_and_month(last)
    if stop < start:
        raise UsageError("the last month is before the first", hint="give the earlier month first")
    count = (stop[0] - start[0]) * _MONTHS_IN_A_YEAR + stop[1] - start[1] + 1
    return [month(shift(first, step)) for step in range(count)]


def months_to(text: str, count: int) -> list[Period]:
    """The last so many calendar months up to a month, oldest first.

    Parameters
    ----------
    text : str
        The last month, such as "2023-03".
    count : int
        How many months.

    Returns
    -------
    list of Period
        Oldest first.

    Raises
    ------
    UsageError
        Where the text is no month, or the number is not 1 or more.

    Examples
    --------
    >>> [str(m) for m in months_to("2023-01", 2)]
    ['December 2022', 'January 2023']
    """
    return months(shift(text, 1 - count), text)


def shift(text: str, by: int) -> str:
    """The month so many months later (or, with a negative number, earlier).

    >>> shift("2023-03", -3)
    '2022-12'
    """
    year, number = _year_and_month(text)
    ordinal = year * _MONTHS_IN_A_YEAR + number - 1 + by
    return f"{ordinal // _MONTHS_IN_A_YEAR:04d}-{ordinal % _MONTHS_IN_A_YEAR + 1:02d}"


def year_to(text: str) -> Period:
    """The twelve months that end with a month.

    Parameters
    ----------
    text : str
        The last month, such as "2023-03".

    Returns
    -------
    Period
        Both days inclusive.

    Raises
    ------
    UsageError
        Where the text is no month.

    Examples
    --------
    >>> print(year_to("2023-03"))
    1 April 2022 to 31 March 2023
    """
    return Period(month(shift(text, 1 - _MONTHS_IN_A_YEAR)).start, month(text).end)


def rolling_years(text: str, count: int, *, years: int = 1) -> list[Period]:
    """The twelve months (or so many years) to each of the last so many months: overlapping, for a line that moves month by month.

    Parameters
    ----------
    text : str
        The last month, such as "2023-03".
    count : int
        How many months.
    years : int
        How many years each period has.

    Returns
    -------
    list of Period
        Oldest first.

    Raises
    ------
    UsageError
        Where the text is no month.

    Examples
    --------
    >>> [str(y) for y in rolling_years("2023-03", 2)]
    ['1 March 2022 to 28 February 2023', '1 April 2022 to 31 March 2023']
    """
    return [span_to(shift(text, -back), years) for back in reversed(range(count))]


def month_ends(text: str, count: int) -> list[date]:
    """The last day of each of the last so many months, oldest first.

    Parameters
    ----------
    text : str
        The last month, such as "2023-03".
    count : int
        How many months.

    Returns
    -------
    list of date
        Oldest first.

    Raises
    ------
    UsageError
        Where the text is no month.

    Examples
    --------
    >>> [str(day) for day in month_ends("2023-03", 2)]
    ['2023-02-28', '2023-03-31']
    """
    return [month(shift(text, -back)).end for back in reversed(range(count))]


def year_ends(text: str, count: int) -> list[date]:
    """The last day of each of the last so many years that end with a month, oldest first: how things stood when each was over.

    Parameters
    ----------
    text : str
        The last month, such as "2023-03".
    count : int
        How many years.

    Returns
    -------
    list of date
        Oldest first.

    Raises
    ------
    UsageError
        Where the text is no month.

    Examples
    --------
    >>> [str(day) for day in year_ends("2023-03", 2)]
    ['2022-03-31', '2023-03-31']
    """
    return [period.end for period in years_to(text, count)]


def span_to(text: str, years: int) -> Period:
    """So many years that end with a month, as one period.

    Parameters
    ----------
    text : str
        The last month, such as "2023-03".
    years : int
        How many years.

    Returns
    -------
    Period
        Both days inclusive.

    Raises
    ------
    UsageError
        Where the text is no month, or the number is not 1 or more.

    Examples
    --------
    >>> print(span_to("2023-03", 3))
    1 April 2020 to 31 March 2023
    """
    return Period(month(shift(text, 1 - _MONTHS_IN_A_YEAR * years)).start, month(text).end)


def years_to(text: str, count: int) -> list[Period]:
    """Whole years that end with a month, oldest first, each adjacent to the next.

    Parameters
    ----------
    text : str
        The last month, such as "2023-03".
    count : int
        How many years.

    Returns
    -------
    list of Period
        Oldest first.

    Raises
    ------
    UsageError
        Where the text is no month.

    Examples
    --------
    >>> [str(y.end) for y in years_to("2023-03", 2)]
    ['2022-03-31', '2023-03-31']
    """
    return [year_to(shift(text, -_MONTHS_IN_A_YEAR * back)) for back in reversed(range(count))]


def quarters_to(text: str, count: int) -> list[Period]:
    """The last so many stretches of three months up to a month, oldest first.

    >>> [str(quarter) for quarter in quarters_to("2023-02", 2)]
    ['1 September 2022 to 30 November 2022', '1 December 2022 to 28 February 2023']
    """
    ends = [shift(text, -3 * back) for back in reversed(range(count))]
    return [Period(month(shift(end, -2)).start, month(end).end) for end in ends]


def financial_year(text: str) -> Period:
    """1 April to 31 March.

    Parameters
    ----------
    text : str
        The two calendar years, such as "2022-23".

    Returns
    -------
    Period
        Both days inclusive.

    Raises
    ------
    UsageError
        Where the text is no such year.

    Examples
    --------
    >>> print(financial_year("2022-23"))
    1 April 2022 to 31 March 2023
    """
    year = _two_years(text)
    return Period(date(year, 4, 1), date(year + 1, 3, 31))


def census_year(text: str) -> Period:
    """1 October to 30 September: the year of the children's social work workforce census.

    Parameters
    ----------
    text : str
        The two calendar years, such as "2021-22".

    Returns
    -------
    Period
        Both days inclusive.

    Raises
    ------
    UsageError
        Where the text is no such year.

    Examples
    --------
    >>> print(census_year("2021-22"))
    1 October 2021 to 30 September 2022
    """
    year = _two_years(text)
    return Period(date(year, 10, 1), date(year + 1, 9, 30))


def academic_year(text: str) -> Period:
    """1 September to 31 August: schools.

    Parameters
    ----------
    text : str
        The two calendar years, such as "2022-23".

    Returns
    -------
    Period
        Both days inclusive.

    Raises
    ------
    UsageError
        Where the text is no such year.

    Examples
    --------
    >>> print(academic_year("2022-23"))
    1 September 2022 to 31 August 2023
    """
    year = _two_years(text)
    return Period(date(year, 9, 1), date(year + 1, 8, 31))


def calendar_year(text: str) -> Period:
    """1 January to 31 December: SEN2.

    Parameters
    ----------
    text : str
        The year, such as "2022".

    Returns
    -------
    Period
        Both days inclusive.

    Raises
    ------
    UsageError
        Where the text is no year.

    Examples
    --------
    >>> print(calendar_year("2022"))
    1 January 2022 to 31 December 2022
    """
    if not isinstance(text, str) or not re.fullmatch(r"\d{4}", text):
        raise UsageError("a calendar year could not be read", hint='write it as four digits, such as "2022"')
    return Period(date(int(text), 1, 1), date(int(text), 12, 31))


def as_periods(given: Period | Sequence[Period]) -> list[Period]:
    """One period or several, as a list without repeats, in order.

    >>> as_periods(date(2023, 3, 31))
    Traceback (most recent call last):
    workforce.errors.UsageError: a period is needed, not a date. Hint: use wf.month("2023-03") or another maker of periods.
    """
    values: list[object] = _several(given)
    periods = [value for value in values if isinstance(value, Period)]
    if not values or len(periods) < len(values):
        if any(isinstance(value, date) for value in values):
            raise UsageError(
                "a period is needed, not a date", hint='use wf.month("2023-03") or another maker of periods'
            )
        if any(isinstance(value, str) for value in values):
            raise UsageError("a period is needed, not text", hint='use wf.month("2023-03") or another maker of periods')
        raise UsageError("a period is needed", hint='use wf.month("2023-03") or another maker of periods')
    return sorted(set(periods))


def as_dates(given: date | Sequence[date]) -> list[date]:
    """One date or several, as a list without repeats, in order.

    >>> as_dates(month("2023-03"))
    Traceback (most recent call last):
    workforce.errors.UsageError: a date is needed, not a period. Hint: give a datetime.date, such as wf.month("2023-03").end.
    """
    values: list[object] = _several(given)
    dates = [value for value in values if isinstance(value, date) and not isinstance(value, datetime)]
    if not values or len(dates) < len(values):
        if any(isinstance(value, Period) for value in values):
            raise UsageError(
                "a date is needed, not a period", hint='give a datetime.date, such as wf.month("2023-03").end'
            )
        if any(isinstance(value, str) for value in values):
            raise UsageError("a date is needed, not text", hint='give a datetime.date, such as wf.month("2023-03").end')
        if any(isinstance(value, datetime) for value in values):
            raise UsageError("a date is needed, without a time of day", hint="use .date()")
        raise UsageError("a date is needed", hint='give a datetime.date, such as wf.month("2023-03").end')
    return sorted(set(dates))


def as_period(given: Period) -> Period:
    """One period, or a refusal with a sentence.

    >>> as_period(month("2023-03")).days
    31
    """
    periods = as_periods(given)
    if not isinstance(given, Period):
        raise UsageError("one period is needed", hint='use wf.year_to("2023-03") or another maker of periods')
    return periods[0]


def as_date(given: date) -> date:
    """One date, or a refusal.

    >>> as_date(date(2023, 3, 31))
    datetime.date(2023, 3, 31)
    """
    dates = as_dates(given)
    if not isinstance(given, date):
        raise UsageError("one date is needed, not several", hint='such as wf.month("2023-03").end')
    return dates[0]


def _several(given: object) -> list[object]:
    """The members of a sequence, or the thing itself where it is none."""
    return list(given) if isinstance(given, Iterable) and not isinstance(given, str) else [given]


@cache
def bank_holidays(first_year: int, last_year: int) -> tuple[date, ...]:
    """England's bank holidays, those on a weekend and their substitutes both listed (count working days by date).

    >>> date(2022, 9, 19) in bank_holidays(2022, 2022)   # the state funeral
    True
    """
    return tuple(sorted(holidays.country_holidays("GB", subdiv="ENG", years=range(first_year, last_year + 1))))


def working_days(first: str | pl.Expr, last: str | pl.Expr, *, years: tuple[int, int] = (1950, 2100)) -> pl.Expr:
    """Working days from a first to a last date, both counted, as a polars expression (null where either is null).

    Monday to Friday less England's bank holidays. 0 where last is before first.

    >>> pl.select(working_days(pl.lit(date(2022, 9, 16)), pl.lit(date(2022, 9, 20)))).item()   # Friday to Tuesday, a bank holiday between
    2
    """
    start = pl.col(first) if isinstance(first, str) else first
    stop = (pl.col(last) if isinstance(last, str) else last) + pl.duration(days=1)
    days = pl.business_day_count(start, stop.cast(pl.Date), holidays=bank_holidays(*years))
    return days.clip(lower_bound=0).cast(pl.Int64)


def period_frame(periods: Iterable[Period]) -> pl.DataFrame:
    """Periods as a frame: period_start, period_end."""
    spans = list(periods)
    return pl.DataFrame(
        {"period_start": [p.start for p in spans], "period_end": [p.end for p in spans]},
        schema={"period_start": pl.Date, "period_end": pl.Date},
    )
