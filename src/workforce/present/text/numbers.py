"""Numbers, names and periods as people read them.

Numbers are rounded half up, with thousands separators; a missing value is its marker in brackets.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from workforce.book import measure_book
from workforce.periods import Period, written

MINUS: Final = "\N{MINUS SIGN}"
_OTHERWISE: Final = 1
_TENTH: Final = 0.1
_SHORT: Final = {"%": "%", "ratio": "", "ratio, 100 = as expected": "", "": ""}
_MONTHS_IN_A_QUARTER: Final = 3
UNRECORDED: Final = "not recorded"
# Columns that hold code words of the canonical tables.
CODED: Final = (
    "leaving_reason",
    "leaving_destination",
    "reason",
    "employment",
    "contract",
    "status",
    "case_type",
    "outcome",
    "change_reason",
    "stage",
    "part",
    "cause",
    "sex",
    "disability",
    "would_return",
)
_CODE_WORD: Final = re.compile(r"[a-z0-9]+(_[a-z0-9]+)*")
_SPELT: Final = {"nhs": "NHS", "ehc_assessment": "EHC assessment", "ehc_plan": "EHC plan", "cold_flu": "Cold or flu"}
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
# Characters that no XML may hold and that end the process of the chart renderer: half characters, and the last two of each plane.
NOT_DRAWN: Final = re.compile(
    "[\ud800-\udfff\ufdd0-\ufdef"
    + "".join(f"{chr(n + 0xFFFE)}{chr(n + 0xFFFF)}" for n in range(0, 0x110000, 0x10000))
    + "]"
)
REPLACEMENT: Final = "\ufffd"


def rounded(value: float, decimals: int) -> str:
    """A number rounded half up, with thousands separators and a true minus sign.

    >>> rounded(1234.5, 0), rounded(0.25, 1), rounded(-0.04, 1)
    ('1,235', '0.3', '0.0')
    """
    exact = Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    text = f"{abs(exact):,}"
    return MINUS + text if exact < 0 else text


def plain(value: float | None, unit: str, marker: str | None = None, step: float | None = None) -> str:
    """A figure without the words of its unit, as written in a table or at a bar; step: to which it is rounded, if not by its unit.

    A figure under half its last decimal, but not 0, is "<0.1": it must not read as none at all.

    >>> plain(12.0, "%", step=1.0), plain(12.5, "%", step=0.5)
    ('12%', '12.5%')
    >>> plain(12.345, "%"), plain(None, "%", "c"), plain(1234.0, "people"), plain(0.02, "%"), plain(18.4, "£ an hour")
    ('12.3%', '[c]', '1,234', '<0.1%', '£18.40')
    """
    if value is None:
        return f"[{marker}]" if marker else "no figure"
    # Full-time equivalents are whole numbers where a rule has rounded them, and are then not written as if they were not.
    decimals = 0 if unit == "FTE" and float(value).is_integer() else _decimals(unit, step)
    text = rounded(value, decimals)
    if value > 0 and decimals and not text.strip("0."):
        text = f"<{Decimal(1).scaleb(-decimals)}"
    if unit.startswith("£"):
        return text.replace(MINUS, f"{MINUS}£") if text.startswith(MINUS) else f"£{text}"
    return f"{text}%" if unit.startswith("%") else text


def _decimals(unit: str, step: float | None) -> int:
    """The decimals of a figure that is rounded to a step, else those of its unit."""
    if step is None:
        return measure_book().decimals.get(unit, _OTHERWISE)
    return 0 if step >= 1 else 1 if step >= _TENTH else 2


def number(value: float | None, unit: str, marker: str | None = None, step: float | None = None) -> str:
    """A figure with its unit, as written in a sentence.

    Parameters
    ----------
    value : float or None
        The value.
    unit : str
        Its unit.
    marker : str, optional
        The marker of the row, printed where there is no value.
    step : float, optional
        To what it is rounded, if not by its unit.

    Returns
    -------
    str
        The words.

    Examples
    --------
    >>> number(23.06, "cases per FTE"), number(1.0, "people"), number(18.4, "£ an hour"), number(None, "%", "c")
    ('23.1 cases per FTE', '1 person', '£18.40 an hour', '[c]')
    """
    text = plain(value, unit, marker, step)
    if value is None:
        return text
    if unit.startswith("£"):
        return f"{text}{unit[1:]}"
    if unit in _SHORT or unit.startswith("%"):
        return f"{text}{unit.removeprefix('%')}"
    if text == "1" and unit in ("people", "cases"):
        return "1 person" if unit == "people" else "1 case"
    return f"{text} {unit}"


def printed(row: Mapping[str, Any], unit: str) -> str:
    """The figure of a released row as written in a table or at a bar: a range where its counts allow no single figure.

    >>> printed({"value": 11.0, "marker": None, "printed_low": 8.0, "printed_high": 15.0, "printed_step": 1.0}, "%")
    '8% to 15%'
    >>> printed({"value": None, "marker": "c", "printed_low": 0.0, "printed_high": 8.0}, "%")
    'up to 8%'
    """
    low, high, step = row.get("printed_low"), row.get("printed_high"), row.get("printed_step")
    if high is None:
        return plain(row["value"], unit, row.get("marker"), step)
    highest = plain(high, unit, step=step or 1.0)
    return f"{plain(low, unit, step=step or 1.0)} to {highest}" if low else f"up to {highest}"


def printed_words(row: Mapping[str, Any], unit: str) -> str:
    """The same as written in a sentence, with its unit.

    >>> printed_words({"value": 1.3, "marker": None, "printed_low": 1.2, "printed_high": 1.4, "printed_step": 0.1}, "cases per FTE")
    '1.2 to 1.4 cases per FTE'
    """
    high, step = row.get("printed_high"), row.get("printed_step")
    if high is None:
        return number(row["value"], unit, row.get("marker"), step)
    words = printed(row, unit)
    return f"{words.removesuffix(plain(high, unit, step=step or 1.0))}{number(high, unit, step=step or 1.0)}"


def is_range(row: Mapping[str, Any]) -> bool:
    """Whether a released row prints a range in place of one figure."""
    return row.get("printed_high") is not None


def has_figure(row: Mapping[str, Any]) -> bool:
    """Whether a released row prints a figure or a range.

    >>> has_figure({"value": None, "printed_low": 1.0, "printed_high": 9.0}), has_figure({"value": None})
    (True, False)
    """
    return row["value"] is not None or is_range(row)


def span(rows: Sequence[Mapping[str, Any]], unit: str) -> tuple[str, str]:
    """The lowest and the highest that the printed figures of rows allow, as written in a table.

    >>> one = {"value": 11.0, "printed_low": 8.0, "printed_high": 15.0, "printed_step": 1.0}
    >>> span([one, {"value": 12.5, "printed_step": 0.5}], "%")
    ('8%', '15%')
    """

    def end(row: Mapping[str, Any], column: str) -> float:
        return float(row[column] if is_range(row) else row["value"])

    lowest = min(rows, key=lambda row: end(row, "printed_low"))
    highest = max(rows, key=lambda row: end(row, "printed_high"))
    return (
        plain(end(lowest, "printed_low"), unit, step=lowest.get("printed_step")),
        plain(end(highest, "printed_high"), unit, step=highest.get("printed_step")),
    )


def percent(value: float | None) -> str:
    """A percentage with one decimal.

    Parameters
    ----------
    value : float or None
        The percentage.

    Returns
    -------
    str
        The words.

    Examples
    --------
    >>> percent(12.25), percent(None)
    ('12.3%', 'no figure')
    """
    return plain(value, "%")


def count(value: float | None, marker: str | None = None, *, kind: str = "people") -> str:
    """One side of a rate: people and cases as whole numbers, anything else with one decimal unless it is whole.

    >>> count(1234.0), count(36.55, kind="fte"), count(36.0, kind="fte"), count(None, "c")
    ('1,234', '36.6', '36', '[c]')
    """
    if value is None:
        return f"[{marker}]" if marker else ""
    is_whole = float(value).is_integer()
    return rounded(value, 0 if is_whole else 1) if kind in ("people", "cases") or is_whole else rounded(value, 1)


def limits(lower: float | None, upper: float | None, unit: str, step: float | None = None) -> str:
    """The two limits of a figure, or the upper one alone where the lower is 0; empty where there are none. step: as of `plain`.

    >>> limits(11.24, 13.94, "%"), limits(0.0, 29.4, "%"), limits(None, None, "%")
    ('11.2 to 13.9', 'at most 29.4', '')
    """
    if lower is None or upper is None:
        return ""
    decimals = _decimals(unit, step)
    highest = rounded(upper, decimals)
    return f"at most {highest}" if lower == 0 else f"{rounded(lower, decimals)} to {highest}"


def limits_of(row: Mapping[str, Any], unit: str) -> str:
    """The two limits of a released row, as finely as its figure is printed; empty where there are none.

    >>> limits_of({"lower": 8.0, "upper": 15.0, "printed_step": 1.0}, "%")
    '8 to 15'
    """
    return limits(row["lower"], row["upper"], unit, row.get("printed_step"))


def listed(names: Sequence[str]) -> str:
    """Names as a list within a sentence.

    >>> listed(["A", "B", "C"]), listed(["A"]), listed([])
    ('A, B and C', 'A', '')
    """
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)


def plural(column: str) -> str:
    """What the groups of a column are called together.

    >>> plural("locality"), plural("staff_group")
    ('localities', 'staff groups')
    """
    entry = measure_book().columns.get(column)
    return entry.plural if entry and entry.plural else column.replace("_", " ") + "s"


def label(column: str) -> str:
    """A column's name as a heading.

    >>> label("staff_group")
    'Staff group'
    """
    entry = measure_book().columns.get(column)
    return capital(entry.label if entry and entry.label else column.replace("_", " "))


def measure_name(measure: str) -> str:
    """What a measure is called within a sentence.

    >>> measure_name("absence"), measure_name("turnover")
    ('sickness absence', 'turnover')
    """
    entry = measure_book().measures.get(measure)
    return entry.called if entry else measure.replace("_", " ")


def short_name(measure: str, definition: str) -> str:
    """What a definition is called within a chart of its measure.

    >>> short_name("pay_position", "scale_minimum"), short_name("queue", "target_queue")
    ('scale minimum', 'target queue')
    """
    return measure_book().short.get((measure, definition), definition.replace("_", " "))


def capital(text: str) -> str:
    """The same text with a capital first.

    >>> capital("turnover in the year"), capital("EHC plans")
    ('Turnover in the year', 'EHC plans')
    """
    return text[:1].upper() + text[1:]


def uncapital(text: str) -> str:
    """The same text with a small letter first, as within a sentence.

    >>> uncapital("Leaving reason")
    'leaving reason'
    """
    return text[:1].lower() + text[1:]


def clean(name: str) -> str:
    r"""A name on one line, without control characters; wherever it is written it is escaped as the text that it is.

    >>> clean(" A name \n on two lines "), clean("half \ud800") == "half \ufffd"
    ('A name   on two lines', True)
    """
    return _CONTROLS.sub(" ", NOT_DRAWN.sub(REPLACEMENT, name)).strip()


def worded(value: str | float, column: str) -> str:
    """A group's name as it is written in a report: code words become words with a capital, all else stays as it was recorded.

    A number, such as the time of a share that is read off a life table, is written without needless decimals.

    >>> worded("other_local_authority", "leaving_destination"), worded("career progression", "reason"), worded("Team_7", "team")
    ('Other local authority', 'Career progression', 'Team_7')
    >>> worded(1826.0, "time")
    '1,826'
    """
    name = clean(value if isinstance(value, str) else f"{value:,.10g}")
    if column not in CODED:
        return name
    return _SPELT.get(name, capital(name.replace("_", " ") if _CODE_WORD.fullmatch(name) else name))


def gap_in_words(row: dict[str, Any]) -> str:
    """Why a row has no figure, or the range that it has in its place; empty where it has one.

    >>> gap_in_words({"value": None, "marker": "c"}), gap_in_words({"value": 1.0, "marker": None})
    ('withheld', '')
    >>> gap_in_words({"value": None, "marker": "c", "unit": "%", "printed_low": 1.0, "printed_high": 9.0})
    '1% to 9%'
    """
    if row["value"] is not None:
        return ""
    if is_range(row):
        return printed(row, row["unit"])
    words = {
        "c": "withheld",
        "x": "not available",
        "z": "not applicable",
        "low": "close to zero",
        "u": "not reliable enough to publish",
    }
    return words.get(row["marker"] or "", "without a figure")


def when(period: Period) -> str:
    """A period within a sentence.

    >>> when(Period(date(2022, 4, 1), date(2023, 3, 31))), when(Period(date(2023, 3, 1), date(2023, 3, 31)))
    ('the year to March 2023', 'March 2023')
    >>> when(Period(date(2023, 1, 1), date(2023, 3, 31)))
    'the quarter to March 2023'
    """
    month_words = str(Period(period.end.replace(day=1), period.end))
    ends_a_month = " to " not in month_words
    if period.is_a_year:
        return f"the year to {month_words if ends_a_month else written(period.end)}"
    months = 12 * (period.end.year - period.start.year) + period.end.month - period.start.month + 1
    if period.start.day == 1 and ends_a_month and months == _MONTHS_IN_A_QUARTER:
        return f"the quarter to {month_words}"
    return str(period)


def preposition(period: Period) -> str:
    """`on` for a day, `in` for a month, quarter or year, `from` for any other stretch."""
    if period.start == period.end:
        return "on"
    words = when(period)
    return "from" if " to " in words and not words.startswith("the ") else "in"


def dated(period: Period) -> str:
    """A period with its preposition.

    >>> dated(Period(date(2023, 3, 1), date(2023, 3, 31))), dated(Period(date(2023, 3, 31), date(2023, 3, 31)))
    ('in March 2023', 'on 31 March 2023')
    """
    return f"{preposition(period)} {when(period)}"


def period_covered(periods: Sequence[Period]) -> str:
    """The stretch that several periods cover, in words; empty without periods."""
    if not periods:
        return ""
    if len(periods) == 1:
        return str(periods[0])
    first: date = min(p.start for p in periods)
    last: date = max(p.end for p in periods)
    return f"{written(first)} to {written(last)}"
