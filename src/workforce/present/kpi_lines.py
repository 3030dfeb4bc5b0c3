"""The lines of the list of key indicators, as they may be shown: figure, year before, target, red, amber or green.

Red, amber and green follow from the value and the target as they are printed.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, Literal

from workforce.book import Better
from workforce.disclosure import Released
from workforce.disclosure.rules import MOST_WITHHELD, WITHHELD
from workforce.errors import UsageError
from workforce.indicators.kpi_list import Agreed, Indicator
from workforce.indicators.kpis import NO_RECORDS, figures_name, series_name
from workforce.periods import Period
from workforce.present.numerals import MINUS, capital, measure_name, plain
from workforce.present.view import clean
from workforce.sealed import number_given, number_or_none, text_given, text_or_none

Rag = Literal["red", "amber", "green", "no target", "not shown"]
Row = dict[str, Any]
_DIRECTIONS: Final[tuple[Better, ...]] = ("higher", "lower")
_LEAP_DAYS: Final = 1  # February, and so a year, may be a day longer than a year before


@dataclass(frozen=True, slots=True)
class Line:
    """One indicator. now, before: the rows of the latest figure and of a year before. series: what its signal was read from, oldest first.

    name: short, as sentences have it. words: what it says, where the name does not. why: why there is no figure at all; empty where there
    is a row, withheld or not. note: how the series was made coarser. sides: the kinds of the two sides. given: what was agreed, as given.
    """

    name: str
    words: str
    owner: str
    better: Better
    unit: str
    target: float | None
    amber: float
    now: Row | None
    before: Row | None
    series: tuple[Row, ...]
    why: str
    note: str
    sides: tuple[str, str]
    given: tuple[str | float, ...]

    @property
    def shown(self) -> bool:
        """Whether there is a figure."""
        return bool(self.now is not None and self.now["value"] is not None)

    @property
    def traced(self) -> bool:
        """Whether so few points of the series are withheld that a line, and what was read from it, may stand for the whole.

        Beyond a fifth the points that are left mislead (of a small team the months in which nobody left), and words about limits that were
        worked out from the others would say what those are.
        """
        withheld = len([row for row in self.series if row["marker"] == WITHHELD])
        return withheld <= MOST_WITHHELD * len(self.series)

    @property
    def marker(self) -> str:
        """What stands in place of a figure that is not shown."""
        return plain(None, self.unit, self.now["marker"] if self.now else "x")

    @property
    def rag(self) -> Rag:
        """Red, amber or green."""
        return rag(self.now["value"] if self.now else None, self.target, self.amber, better=self.better, unit=self.unit)


def lines_of(page: Released, agreed: Agreed) -> list[Line]:
    """Every indicator of the list, in its order, from the released tables of the page."""
    kpis = [_listed(kpi, agreed) for kpi in agreed.kpis]
    unnamed = [kpi.measure for kpi in kpis if not kpi.name]
    return [_line(page, kpi, alone=unnamed.count(kpi.measure) == 1) for kpi in kpis]


@dataclass(frozen=True, slots=True)
class _Listed:
    """An indicator of the list, read once, so that what is recorded as given is what is printed."""

    measure: str
    definition: str
    owner: str
    name: str | None
    better: Better | None
    amber: float
    target: float | None

    @property
    def given(self) -> tuple[str | float, ...]:
        texts = (self.measure, self.definition, self.owner, self.name, self.better)
        numbers = (self.target, self.amber) if self.target is not None and self.amber else (self.target,)
        return tuple(one for one in (*texts, *numbers) if one is not None)


def _listed(kpi: Indicator, agreed: Agreed) -> _Listed:
    measure, definition = text_given(kpi.measure, "kpis"), text_given(kpi.definition, "kpis")
    better = kpi.better
    return _Listed(
        measure,
        definition,
        text_given(kpi.owner, "kpis"),
        text_or_none(kpi.name, "kpis"),
        next((direction for direction in _DIRECTIONS if direction == better), None),
        number_given(kpi.amber, "kpis"),
        number_or_none(agreed.target_value(measure, definition), "targets"),
    )


def _line(page: Released, kpi: _Listed, *, alone: bool) -> Line:
    """One indicator; alone: no other without a name of its own is of its measure, so that the measure's name will do."""
    name = figures_name(kpi)
    if name not in page.tables:
        raise UsageError(
            "an indicator has no table on this page",
            where="{measure}, {definition}",
            hint="release what wf.indicators.kpis returned together with the page",
            measure=kpi.measure,
            definition=kpi.definition,
        )
    rows = page.tables[name].sort("period_end", "period_start").to_dicts()
    beside = page.tables.get(series_name(kpi), page.tables[name])
    series = beside.sort("period_end", "period_start").to_dicts()
    if series and "variation" not in series[0]:
        raise UsageError(
            "the series of an indicator was not judged",
            where="{measure}, {definition}",
            hint="use wf.indicators.kpis, and release what it returns",
            measure=kpi.measure,
            definition=kpi.definition,
        )
    now = rows[-1] if rows else None
    book = next(
        (d for d in page.results[name].definitions if (d.measure, d.definition) == (kpi.measure, kpi.definition)), None
    )
    better = kpi.better or (book.better if book else None)
    if better is None:
        raise UsageError(
            "nothing says which way is better for an indicator",
            where="{measure}, {definition}",
            hint='set better = "higher" or "lower" for this KPI',
            measure=kpi.measure,
            definition=kpi.definition,
        )
    kinds = [side.kind if side else "other" for side in ((book.numerator, book.denominator) if book else (None, None))]
    unit = clean((now["unit"] or "") if now else book.unit if book else "")
    words = clean(book.words if book else kpi.definition)
    called = clean(kpi.name or capital(measure_name(kpi.measure)))
    return Line(
        name=called if kpi.name or alone else f"{called}: {words}",
        words=(words if alone else "") if not kpi.name else f"in {unit}" if unit and not unit.startswith("%") else "",
        owner=clean(kpi.owner),
        better=better,
        unit=unit,
        target=kpi.target,
        amber=kpi.amber,
        now=now,
        before=_a_year_before(now, rows),
        series=tuple(series),
        why="" if now else clean(next(iter(page.results[name].reasons), NO_RECORDS)),
        note=page.notes.get(series_name(kpi), ""),
        sides=(kinds[0], kinds[1]),
        given=kpi.given,
    )


def _a_year_before(now: Row | None, rows: list[Row]) -> Row | None:
    """The row of the same stretch a year earlier."""
    if now is None:
        return None
    days = (now["period_end"] - now["period_start"]).days
    for row in rows:
        same = (row["period_end"].year + 1, row["period_end"].month) == (
            now["period_end"].year,
            now["period_end"].month,
        )
        if same and abs((row["period_end"] - row["period_start"]).days - days) <= _LEAP_DAYS:
            return row
    return None


def as_printed(value: float, unit: str) -> Decimal:
    """A figure as it stands on the page; "<0.1" is half of that.

    >>> as_printed(12.04, "%"), as_printed(0.02, "%"), as_printed(-1234.5, "people")
    (Decimal('12.0'), Decimal('0.05'), Decimal('-1235'))
    """
    text = plain(value, unit).replace(MINUS, "-").replace(",", "").replace("£", "").removesuffix("%")
    return Decimal(text.removeprefix("<")) / 2 if text.startswith("<") else Decimal(text)


def printed_target(target: float, unit: str) -> str:
    """A target as it stands on the page: like a figure, or with as many decimals as it was agreed with, where it has more.

    >>> printed_target(12.0, "%"), printed_target(12.25, "%")
    ('12.0%', '12.25%')
    """
    text = plain(target, unit)
    if not text.startswith("<") and as_printed(target, unit) == Decimal(repr(float(target))):
        return text
    exact = f"{abs(Decimal(repr(float(target)))):,f}"
    sign = MINUS if target < 0 else ""
    return f"{sign}{'£' if unit.startswith('£') else ''}{exact}{'%' if unit.startswith('%') else ''}"


def amber_edge(target: float, amber: float, better: Better) -> float:
    """The last figure that is amber and not yet red.

    >>> amber_edge(12.0, 2.1, "lower"), amber_edge(60.0, 5.0, "higher")
    (14.1, 55.0)
    """
    exact, width = Decimal(repr(float(target))), Decimal(repr(float(amber)))
    return float(exact + width if better == "lower" else exact - width)


def rag(value: float | None, target: float | None, amber: float, *, better: Better, unit: str) -> Rag:
    """Red, amber or green, of the figure as it is printed against the target as it is printed.

    Green: on the target or on its good side. Amber: on its bad side by no more than `amber`. Red: beyond. The figure that is shown is
    judged and not the exact one behind it: "12.0% against 12.0%: red" would be read as an error, and a colour that knew more than the
    figure beside it would tell what rounding hides. Without a figure there is no colour.

    >>> rag(12.04, 12.0, 2.0, better="lower", unit="%"), rag(14.0, 12.0, 2.0, better="lower", unit="%")
    ('green', 'amber')
    >>> rag(14.06, 12.0, 2.0, better="lower", unit="%"), rag(None, 12.0, 2.0, better="lower", unit="%")
    ('red', 'not shown')
    """
    if value is None:
        return "not shown"
    if target is None:
        return "no target"
    beyond = as_printed(value, unit) - Decimal(repr(float(target)))
    off = beyond if better == "lower" else -beyond
    if off <= 0:
        return "green"
    return "amber" if off <= Decimal(repr(float(amber))) else "red"


def period_of(row: Row) -> Period:
    """The period of a row."""
    return Period(row["period_start"], row["period_end"])
