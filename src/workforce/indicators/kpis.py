"""Key indicators: every figure of the partnership's list for one month, with the series that its signal is read from.

A figure and its series hold the same organisations throughout.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any, Final

import polars as pl

from workforce.book import measure_book
from workforce.book.constants import DAYS_IN_A_YEAR
from workforce.errors import UsageError
from workforce.frames import eager
from workforce.indicators.detection import Step, with_detection
from workforce.indicators.kpi_list import Agreed, Indicator, Listed, listed_by
from workforce.indicators.professions import held_by, professions
from workforce.measures.counts import table as counts_table
from workforce.measures.status import with_status
from workforce.periods import Period, month_ends, months_to, quarters_to, shift, years_to
from workforce.periods import month as month_of
from workforce.records import Records
from workforce.results import A_YEAR, FIRST, NOT_AVAILABLE, REST, SPREAD, MeasureTable
from workforce.sealed import number_given, number_or_none
from workforce.stats.xmr import xmr

# Two and a half years, and five: enough points to be judged (13), and few enough to be about the organisation of today.
MONTHS: Final = 30
QUARTERS: Final = 20
YEARS: Final = 5
NO_RECORDS: Final = "no records"
NOT_LISTED: Final = "not worked out for this list"
NOBODY_WITH_CASES: Final = "nobody in the roles of this indicator holds a case"
PROFESSION: Final = "profession"
_WHOSE: Final = " | "  # between an indicator and its profession in the name of a table
AGREED: Final = ("weights", "limit")  # options of measures whose numbers the partnership agrees
_AS_LONG: Final = 3  # days: February and August are both months
_SURELY_SHOWN: Final = (
    20  # people on each side: more than any disclosure rule withholds, so that longer steps need not be worked out
)


def kpis(records: Records, month: str, agreed: Agreed | None = None, *, detection: bool = False) -> dict[str, Step]:
    """Measure every key indicator of the partnership's list for a reporting month, to be released with the rest of the page.

    Parameters
    ----------
    records : Records
        The area's records.
    month : str
        The reporting month, such as ``"2023-03"``.
    agreed : Settings, optional
        The list, the targets and who holds cases; without it, the settings of the records.
    detection : bool
        Add to the latest point of each series that is judged how soon a lasting rise of a fifth is noticed (`months_to_notice`, in words)
        and how many false alarms there are (`false_alarms_a_year`). They are simulated, which takes seconds for each indicator.

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
    before, and, to be judged, 30 months (by quarter over five years, or by year, where release would withhold more than a fifth or, for a
    board, months count fewer than 12); on the target's scale where a month's figure has one, annualised where it needs to be. A measure
    on a day has 30 month-ends. A measure that only a year has (`three_or_more`), and a count as organisations supply it, has its own
    periods. Series carry the columns of `xmr`, judged against the agreed target, so that signals come from exact figures. A row of other
    organisations than the latest one's is `x`: two figures of one table are like for like. The latest figure has its `status` against the
    target, from exact figures too (`release` says "near the target" where the figure that it shows is on the other side). A caseload or
    changes of worker are of one profession: that of the roles that the KPI names, or else, in a table for each, of every profession that
    holds cases; a target counts only where there is one.

    References
    ----------
    This project's measure book, and NHS England, Making Data Count (signals).

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> staff = pl.DataFrame({"organisation": ["council"], "person_id": ["a"], "fte": [1.0], "start_date": [date(2015, 1, 1)]})
    >>> named = {"owner": "Director", "roles": (), "name": None, "better": "higher", "amber": 0.0}
    >>> listed = SimpleNamespace(measure="headcount", definition="in_post", **named)
    >>> agreed = SimpleNamespace(kpis=[listed], casework=None, target_value=lambda measure, definition: 2.0)
    >>> tables = kpis(Records(assignments=staff), "2023-03", agreed)
    >>> tables["key indicator: headcount, in_post"].frame.select("period_end", "value", "status").row(-1)
    (datetime.date(2023, 3, 31), 1.0, 'red')
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
            target = _target(kpi, agreed)
            tables[figures_name(kpi)] = _with_status(_judged(_counted(records, month, kpi), kpi, target), kpi, target)
    return with_detection(tables) if detection else tables


def figures_name(kpi: Indicator, profession: str = "") -> str:
    """Return the name of the table with an indicator's latest value; profession: whose it is, where nobody named the roles."""
    return f"key indicator: {_of_roles(kpi, profession)}"


def series_name(kpi: Indicator, profession: str = "") -> str:
    """Return the name of the table with an indicator's series, where it has one of its own."""
    return f"key indicator by month: {_of_roles(kpi, profession)}"


def _of_roles(kpi: Indicator, profession: str) -> str:
    words = ", ".join([kpi.measure, kpi.definition, *kpi.roles])
    return f"{words}{_WHOSE}{profession}" if profession else words


def professions_of(kpi: Indicator, tables: Collection[str]) -> list[str]:
    """Return the professions that an indicator has figures of, in the order of the tables; an empty text for one that was not split."""
    name = figures_name(kpi)
    return [
        table.removeprefix(name).removeprefix(_WHOSE)
        for table in tables
        if table.startswith((name + _WHOSE,)) or table == name
    ]


def _may_be_counted(kpi: Indicator) -> bool:
    return (kpi.measure, kpi.definition) not in measure_book().definitions


def _measured(records: Records, month: str, agreed: Agreed, kpi: Indicator, listed: Listed) -> dict[str, Step]:
    reason = records.lacks(*listed.needs)
    if reason:
        return {figures_name(kpi): _empty(records, kpi, reason)}
    options = listed.agreed_options(agreed)  # read once: what is recorded is what is used
    target = _target(kpi, agreed)
    if not listed.recipe.by_profession:
        return _tables(records, month, kpi, listed, options, target, figures_name(kpi), series_name(kpi))
    usual = options.pop("roles", ())
    if kpi.roles and (reason := records.lacks("assignments")):
        return {figures_name(kpi): _empty(records, kpi, reason)}
    split = professions(records, tuple(kpi.roles or usual), named=bool(kpi.roles))
    if kpi.roles and not any(profession.with_cases for profession in split):
        return {figures_name(kpi): _empty(records, kpi, NOBODY_WITH_CASES)}
    if not split:
        return _tables(records, month, kpi, listed, options, target, figures_name(kpi), series_name(kpi))
    tables: dict[str, Step] = {}
    alone = len(split) == 1
    for profession in split:
        name = "" if alone and kpi.roles else profession.name
        theirs, roles = (
            (records, {"roles": profession.roles}) if listed.takes_roles else (held_by(records, profession), {})
        )
        tables |= _tables(
            theirs,
            month,
            kpi,
            listed,
            options | roles,
            target if alone else None,  # of several professions together nothing was agreed
            figures_name(kpi, name),
            series_name(kpi, name),
            profession=profession.name,
        )
    return tables


def _tables(
    records: Records,
    month: str,
    kpi: Indicator,
    listed: Listed,
    from_settings: Mapping[str, Any],
    target: float | None,
    figures: str,
    series_of: str,
    *,
    profession: str = "",
) -> dict[str, Step]:
    """The tables of one indicator, by the names that they are to have; profession: whose they are."""
    recipe = listed.recipe
    until = shift(month, -recipe.lag)
    options = {**recipe.options, **from_settings}
    agreed_options = {name: value for name, value in from_settings.items() if name in AGREED}

    def over(when: Sequence[Period] | Sequence[date]) -> MeasureTable:
        table = _alike(listed.call(records, when, **options).filter(pl.col("definition") == kpi.definition))
        # The constants of the list are the library's own; what the partnership agreed must be in the settings.
        table = table._with(table.frame, _provenance=records._provenance.with_arguments(**agreed_options))
        return _of_profession(table, profession) if profession else table

    if recipe.over in ("days", "years"):
        when = month_ends(until, MONTHS) if recipe.over == "days" else years_to(until, YEARS)
        return {figures: _with_status(_judged(over(when), kpi, target), kpi, target)}
    series = {"by month": over(months_to(until, MONTHS))}
    if _has_few(series["by month"]):
        series["by quarter"] = over(quarters_to(until, QUARTERS))
        if _has_few(series["by quarter"]):
            series["by year"] = over(years_to(until, YEARS))
    if recipe.month == "annualised":
        series = {words: _annualised(table) for words, table in series.items()}
    on_scale = None if recipe.month == "own" else target
    return {
        figures: _with_status(over(years_to(until, 2)), kpi, target),
        series_of: {words: _judged(table, kpi, on_scale) for words, table in series.items()},
    }


def _of_profession(table: MeasureTable, profession: str) -> MeasureTable:
    """The rows under a group of their own, so that nothing takes them for the figure of everyone."""
    frame = table.frame.with_columns(pl.lit(profession).alias(PROFESSION))
    columns = [*FIRST, PROFESSION, *(c for c in table.frame.columns if c not in FIRST)]
    return table._with(frame.select(columns), groups=[PROFESSION, *table.groups])


def _with_status(table: MeasureTable, kpi: Indicator, target: float | None) -> MeasureTable:
    better = kpi.better or next((book.better for book in table.definitions), None)
    return with_status(table, target, number_given(kpi.amber, "kpis"), better)


def _target(kpi: Indicator, agreed: Agreed) -> float | None:
    roles = (tuple(kpi.roles),) if kpi.roles else ()
    return number_or_none(agreed.target_value(kpi.measure, kpi.definition, *roles), "target")


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
    spread = [c for c in SPREAD if c in table.added]
    figures = ("numerator", "denominator", "people", "value", "lower", "upper", *spread)
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
    years = days / DAYS_IN_A_YEAR
    rates = [pl.col(c) / years for c in ("value", "lower", "upper", "largest") if c in table.frame.columns]
    variance = [pl.col(c) / years**2 for c in ("variance",) if c in table.frame.columns]
    return table._with(table.frame.with_columns(*rates, *variance, unit=pl.col("unit") + A_YEAR))


def _judged(table: MeasureTable, kpi: Indicator, target: float | None) -> MeasureTable:
    return xmr(table, improvement=kpi.better, target=target)


def _empty(records: Records, kpi: Indicator, reason: str) -> MeasureTable:
    book = measure_book().definitions.get((kpi.measure, kpi.definition))
    frame = pl.DataFrame(schema={**dict.fromkeys(FIRST, pl.String()), **REST})
    # That there is nothing follows from the records, so that a page may show it.
    return MeasureTable(frame, [book] if book else [], reasons=[reason], _provenance=records._provenance)
