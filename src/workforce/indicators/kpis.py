"""Key indicators: every figure of the partnership's list for one month, with the series that its signal is read from.

A figure and its series hold the same organisations throughout.
"""

from collections.abc import Sequence
from datetime import date
from typing import Final

import polars as pl

from workforce.book import measure_book
from workforce.book.constants import DAYS_IN_A_YEAR
from workforce.errors import UsageError
from workforce.frames import eager
from workforce.indicators.kpi_list import Agreed, Indicator, Listed, listed_by
from workforce.measures.counts import table as counts_table
from workforce.periods import Period, month_ends, months_to, shift, years_to
from workforce.periods import month as month_of
from workforce.records import Records
from workforce.results import A_YEAR, FIRST, NOT_AVAILABLE, REST, MeasureTable
from workforce.sealed import number_or_none
from workforce.stats.xmr import xmr

# Two and a half years, and five: enough points to be judged (13), and few enough to be about the organisation of today.
MONTHS: Final = 30
QUARTERS: Final = 20
YEARS: Final = 5
NO_RECORDS: Final = "no records"
NOT_LISTED: Final = "not worked out for this list"
AGREED: Final = ("weights", "limit")  # options of measures whose numbers the partnership agrees
_AS_LONG: Final = 3  # days: February and August are both months
_SURELY_SHOWN: Final = (
    20  # people on each side: more than any disclosure rule withholds, so that quarters need not be worked out
)
Step = MeasureTable | dict[str, MeasureTable]


def kpis(records: Records, month: str, agreed: Agreed | None = None) -> dict[str, Step]:
    """Measure every key indicator of the partnership's list for a reporting month, to be released with the rest of the page.

    Parameters
    ----------
    records : Records
        The area's records.
    month : str
        The reporting month, such as ``"2023-03"``.
    agreed : Settings, optional
        The list, the targets and who holds cases; without it, the settings of the records.

    Returns
    -------
    dict of str to MeasureTable or ladder
        By the name of the table, in the order of the list. An indicator without records has an empty table with the reason.

    Raises
    ------
    UsageError
        Where anything but records is given, or neither the caller nor the records have settings.

    Notes
    -----
    Definitions and sources are those of the measure book. A measure over a period has two tables: the year to the month with the year
    before, and, to be judged, 30 months (by quarter over five years where release would withhold more than a fifth of the months); on the
    target's scale where a month's figure has one, annualised where it needs to be. A measure on a day has 30 month-ends. A measure that
    only a year has (`three_or_more`), and a count as organisations supply it, has its own periods. Series carry the columns of `xmr`,
    judged against the agreed target, so that signals come from exact figures. A row of other organisations than the latest one's is `x`:
    two figures of one table are like for like.

    References
    ----------
    This project's measure book, and NHS England, Making Data Count (signals).

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> staff = pl.DataFrame({"organisation": ["council"], "person_id": ["a"], "fte": [1.0], "start_date": [date(2015, 1, 1)]})
    >>> listed = SimpleNamespace(measure="headcount", definition="in_post", owner="Director", name=None, better="higher", amber=0.0)
    >>> agreed = SimpleNamespace(kpis=[listed], casework=None, target_value=lambda measure, definition: 2.0)
    >>> tables = kpis(Records(assignments=staff), "2023-03", agreed)
    >>> tables["key indicator: headcount, in_post"].frame.select("period_end", "value", "variation", "assurance").row(-1)
    (datetime.date(2023, 3, 31), 1.0, 'no significant change', 'consistently misses the target')
    """
    if not isinstance(records, Records):
        raise UsageError(
            "a measure takes records first",
            where="kpis",
            hint="give what wf.load_area returned, or wf.Records(assignments=frame)",
        )
    agreed = agreed or records.settings
    tables: dict[str, Step] = {}
    for kpi in agreed.kpis:
        listed = listed_by(kpi.measure, kpi.definition)
        if listed is not None:
            tables |= _measured(records, month, agreed, kpi, listed)
        else:
            tables[figures_name(kpi)] = _judged(_counted(records, month, kpi), kpi, _target(kpi, agreed))
    return tables


def figures_name(kpi: Indicator) -> str:
    """Return the name of the table with an indicator's latest value."""
    return f"key indicator: {kpi.measure}, {kpi.definition}"


def series_name(kpi: Indicator) -> str:
    """Return the name of the table with an indicator's series, where it has one of its own."""
    return f"key indicator by month: {kpi.measure}, {kpi.definition}"


def _may_be_counted(kpi: Indicator) -> bool:
    return (kpi.measure, kpi.definition) not in measure_book().definitions


def _measured(records: Records, month: str, agreed: Agreed, kpi: Indicator, listed: Listed) -> dict[str, Step]:
    reason = records.lacks(*listed.needs)
    if reason:
        return {figures_name(kpi): _empty(records, kpi, reason)}
    recipe = listed.recipe
    until, target = shift(month, -recipe.lag), _target(kpi, agreed)
    from_settings = listed.agreed_options(agreed)  # read once: what is recorded is what is used
    options = {**recipe.options, **from_settings}
    agreed_options = {name: value for name, value in from_settings.items() if name in AGREED}

    def over(when: Sequence[Period] | Sequence[date]) -> MeasureTable:
        table = _alike(listed.call(records, when, **options).filter(pl.col("definition") == kpi.definition))
        # The constants of the list are the library's own; what the partnership agreed must be in the settings.
        return table._with(table.frame, _provenance=records._provenance.with_arguments(**agreed_options))

    if recipe.over == "days":
        return {figures_name(kpi): _judged(over(month_ends(until, MONTHS)), kpi, target)}
    if recipe.over == "years":
        return {figures_name(kpi): _judged(over(years_to(until, YEARS)), kpi, target)}
    series = {"by month": over(months_to(until, MONTHS))}
    if _has_few(series["by month"]):
        series["by quarter"] = over(_quarters_to(until, QUARTERS))
    if recipe.month == "annualised":
        series = {words: _annualised(table) for words, table in series.items()}
    if recipe.month == "own":
        target = None
    return {
        figures_name(kpi): over(years_to(until, 2)),
        series_name(kpi): {words: _judged(table, kpi, target) for words, table in series.items()},
    }


def _target(kpi: Indicator, agreed: Agreed) -> float | None:
    return number_or_none(agreed.target_value(kpi.measure, kpi.definition), "target")


def _counted(records: Records, month: str, kpi: Indicator) -> MeasureTable:
    """What organisations counted themselves, over its own periods up to the month's end."""
    if not _may_be_counted(kpi):
        return _empty(records, kpi, NOT_LISTED)
    if records.lacks("counts"):
        return _empty(records, kpi, NO_RECORDS)
    rows = eager(records.counts).filter(
        pl.col("measure") == kpi.measure,
        pl.col("definition") == kpi.definition,
        pl.col("period_end") <= month_of(month).end,
    )
    if rows.is_empty():
        return _empty(records, kpi, NO_RECORDS)
    return _alike(_side_by_side(counts_table(records._with({"counts": rows}), by=())))


def _side_by_side(table: MeasureTable) -> MeasureTable:
    """Rows as long as the latest that share no day with a later one: years to each month come down to separate years."""
    rows = table.frame.sort("period_end", "period_start").with_row_index("row").to_dicts()
    long = (rows[-1]["period_end"] - rows[-1]["period_start"]).days
    places, before = [], date.max
    for row in reversed(rows):
        days = (row["period_end"] - row["period_start"]).days
        if abs(days - long) <= _AS_LONG and row["period_end"] < before:
            places.append(row["row"])
            before = row["period_start"]
    return table._with(table.frame.sort("period_end", "period_start")[sorted(places)])


def _quarters_to(month: str, count: int) -> list[Period]:
    """The last so many stretches of three months up to a month, oldest first."""
    ends = [shift(month, -3 * back) for back in reversed(range(count))]
    return [Period(month_of(shift(end, -2)).start, month_of(end).end) for end in ends]


def _has_few(table: MeasureTable) -> bool:
    """Whether any row counts so few, on one side or on what is between the two, that it might be withheld."""
    counts = (pl.col("people"), pl.col("numerator"), pl.col("denominator") - pl.col("numerator"))
    below = [(count > 0) & (count < _SURELY_SHOWN) for count in counts]
    return bool(table.frame.select(pl.any_horizontal(below).any()).item())


def _alike(table: MeasureTable) -> MeasureTable:
    """The same rows, of which those that leave out others than the latest row does have no figure; none before the first figure."""
    frame = table.frame
    if frame.is_empty():
        return table
    left_out = [frozenset(names or ()) for names in frame["left_out"].to_list()]
    with_figure = frame["marker"][-1] is None
    differing = pl.Series([with_figure and names != left_out[-1] for names in left_out], dtype=pl.Boolean)
    figures = ("numerator", "denominator", "people", "value", "lower", "upper")
    comparable = frame.with_columns(
        *[pl.when(~differing).then(pl.col(c)).alias(c) for c in figures],
        method=pl.when(differing).then(pl.lit("none")).otherwise("method"),
        marker=pl.when(differing).then(pl.lit(NOT_AVAILABLE)).otherwise("marker"),
    )
    begun = comparable.with_row_index("row").filter(pl.col("value").is_not_null())["row"].min()
    return table._with(comparable[int(begun) :] if isinstance(begun, int) else comparable[-1:])


def _annualised(table: MeasureTable) -> MeasureTable:
    """Rates of a stretch as they would be over a year, which is what a target is set for."""
    days = (pl.col("period_end") - pl.col("period_start")).dt.total_days() + 1
    rates = [pl.col(c) * DAYS_IN_A_YEAR / days for c in ("value", "lower", "upper")]
    return table._with(table.frame.with_columns(*rates, unit=pl.col("unit") + A_YEAR))


def _judged(table: MeasureTable, kpi: Indicator, target: float | None) -> MeasureTable:
    return xmr(table, improvement=kpi.better, target=target)


def _empty(records: Records, kpi: Indicator, reason: str) -> MeasureTable:
    book = measure_book().definitions.get((kpi.measure, kpi.definition))
    frame = pl.DataFrame(schema={**dict.fromkeys(FIRST, pl.String()), **REST})
    # That there is nothing follows from the records, so that a page may show it.
    return MeasureTable(frame, [book] if book else [], reasons=[reason], _provenance=records._provenance)
