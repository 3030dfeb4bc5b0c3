"""One released table, as charts, tables and sentences see it.

Anything that `wf.release` has not made is refused, and so are several tables at once, several measures in one chart, and groups that a
chart would lay over one another.
"""

import re
from collections.abc import Sequence
from datetime import date
from typing import Any, Final

import polars as pl

from workforce.book import CurveWords, Definition, measure_book
from workforce.disclosure import ALL_TOGETHER, Released
from workforce.errors import DisclosureError, UsageError, did_you_mean
from workforce.periods import Period, written
from workforce.present.text.numbers import capital, is_range, listed, measure_name, printed
from workforce.results import NOT_AVAILABLE, Curve, Incidence, MeasureTable, Result
from workforce.sealed import Provenance, Sealed, text_or_none

EVERYONE: Final = "All"
_FIGURES: Final = ("value", "lower", "upper")
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
    "cause",
    "sex",
    "disability",
    "would_return",
)
_CODE_WORD: Final = re.compile(r"[a-z0-9]+(_[a-z0-9]+)*")
_SPELT: Final = {"nhs": "NHS", "ehc_assessment": "EHC assessment", "ehc_plan": "EHC plan", "cold_flu": "Cold or flu"}
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
# Characters that no XML may hold and that end the process of the chart renderer: half characters, and the last two of each plane.
_NOT_DRAWN: Final = re.compile(
    "[\ud800-\udfff\ufdd0-\ufdef"
    + "".join(f"{chr(n + 0xFFFE)}{chr(n + 0xFFFF)}" for n in range(0, 0x110000, 0x10000))
    + "]"
)
_REPLACEMENT: Final = "\ufffd"


class View(Sealed):
    """One measure of one released table, sorted, with the column that distinguishes its groups. Only the library makes one.

    Attributes
    ----------
    by : str or None
        The column behind the groups' names, or None where there is one group.
    measure, unit : str
        What is measured, and in what.
    book : Definition or None
        The definition of the rows.
    rule : str
        The disclosure rule that was applied.
    note : str
        How the table was made coarser.
    groups : tuple of str
        The columns that identify the group of a row.
    sources : tuple of str
        The sources of the figures, where the rows name them.
    kind : type of Result
        The kind of result behind it.
    reasons : tuple of str
        Why rows have marker ``x``.
    added : tuple of str
        The columns that `xmr`, `funnel` or `compare` added to a measure table.
    """

    __slots__ = (
        "_frame",
        "_provenance",
        "_verdicts",
        "added",
        "book",
        "by",
        "groups",
        "kind",
        "measure",
        "note",
        "reasons",
        "rule",
        "sources",
        "unit",
    )

    _frame: pl.DataFrame
    _provenance: Provenance
    _verdicts: pl.DataFrame
    added: tuple[str, ...]
    by: str | None
    groups: tuple[str, ...]
    measure: str
    unit: str
    book: Definition | None
    rule: str
    note: str
    sources: tuple[str, ...]
    kind: type[Result]
    reasons: tuple[str, ...]

    @classmethod
    def _of(
        cls,
        released: Released,
        frame: pl.DataFrame,
        *,
        by: str | None,
        measure: str,
        unit: str,
        book: Definition | None,
        sources: Sequence[str] = (),
    ) -> "View":
        """Return a view of one released table; frame: its rows with `series`, the group's name as text."""
        return cls._made(
            _frame=frame,
            _provenance=released._provenance,
            _verdicts=released.verdicts,
            by=by,
            measure=measure,
            unit=unit,
            book=book,
            rule=released.rule,
            note=released.note,
            groups=tuple(groups_of(released)),
            sources=tuple(sources),
            kind=type(released.result),
            added=released.result.added if isinstance(released.result, MeasureTable) else (),
            reasons=released.result.reasons,
        )

    @property
    def frame(self) -> pl.DataFrame:
        """The released columns and `series`, the group's name as text, as a copy."""
        return self._frame.clone()

    @property
    def verdicts(self) -> pl.DataFrame:
        """What tests say of changes and differences, as a copy; see `Released.verdicts`."""
        return self._verdicts.clone()

    @property
    def series(self) -> list[str]:
        """The groups, in order of their names."""
        return self.frame["series"].unique().sort().to_list()

    @property
    def periods(self) -> list[Period]:
        """The periods, oldest first; none where the rows have none. A life table is refused: it has times instead."""
        if self.is_life_table:
            raise UsageError("a life table has times, not periods", hint="use chart.retention")
        pairs = self.frame.select("period_start", "period_end").drop_nulls().unique().rows()
        return sorted((Period(a, b) for a, b in pairs), key=lambda p: (p.end, p.start))

    @property
    def called(self) -> str:
        """What the measure is called within a sentence; figures that were standardised say so."""
        standardised = self.book is not None and self.book.definition.endswith(("_indirect", "_direct"))
        return f"standardised {measure_name(self.measure)}" if standardised else measure_name(self.measure)

    @property
    def curve(self) -> CurveWords:
        """The words of a life table's curve."""
        book = measure_book()
        return book.curves.get((self.measure, self.book.definition if self.book else ""), book.any_curve)

    @property
    def is_life_table(self) -> bool:
        """Whether it has times of a life table rather than periods."""
        return issubclass(self.kind, Curve | Incidence)

    @property
    def is_measure_table(self) -> bool:
        """Whether it is a measure table, whose rows have periods, methods and who was left out."""
        return issubclass(self.kind, MeasureTable)

    def rows(self) -> list[dict[str, Any]]:
        """The rows, each as a dictionary."""
        return self.frame.to_dicts()

    @property
    def left_out(self) -> list[str]:
        """The units, or months, that are missing from some figure because one side of the rate is."""
        return left_out_of(self.frame)

    def at(self, period: Period) -> "View":
        """The same view of one period."""
        return self._with(self.frame.filter(pl.col("period_start") == period.start, pl.col("period_end") == period.end))

    def of_period(self, period: Period | None) -> "View":
        """The same view of the period that was asked for, or of the latest."""
        periods = self.periods
        if period is not None and period not in periods:
            raise UsageError(
                "the table does not hold that period", where="period=", hint="leave it out for the latest one"
            )
        return self.at(period or periods[-1]) if periods else self

    def row(self, period: Period, name: str | None = None) -> dict[str, Any]:
        """The row of one period, and of one group; without one, a row of figures that are not available."""
        rows = (self if name is None else self.of(name)).at(period).rows()
        return rows[0] if rows else {**dict.fromkeys((*self.frame.columns, *_FIGURES)), "marker": NOT_AVAILABLE}

    def of(self, name: str) -> "View":
        """The same view of one group."""
        return self._with(self.frame.filter(pl.col("series") == name))

    def _with(self, frame: pl.DataFrame, **changes: object) -> "View":
        """Return the same view of other rows; changes: other parts."""
        return View._made(**{**{name: getattr(self, name) for name in View.__slots__}, "_frame": frame, **changes})


def left_out_of(rows: pl.DataFrame) -> list[str]:
    """The organisations, or months, that are left out of some row."""
    return sorted({name for names in rows["left_out"].drop_nulls().to_list() for name in names if name})


def released_frame(released: object) -> Released:
    """What was given, if it is one released table; anything else is refused."""
    if isinstance(released, Released):
        _ = released.name  # refuses several tables
        return released
    raise DisclosureError(
        "a frame was given that has not been released",
        hint='use wf.release(table, rule="board") and show what it returns',
    )


def groups_of(released: Released) -> list[str]:
    """The columns that identify the group of a row."""
    return [c for c in released.result.groups if c != "source"]


def by_of(table: Released, by: str | None) -> str | None:
    """The column that the caller named; None for organisations that release put together."""
    by = text_or_none(by, "by")
    return None if by == "organisation" and by not in table.result.groups and ALL_TOGETHER in table.note else by


def view(released: object, *, by: str | None = None, definition: str | None = None) -> View:
    """Look at one measure of one released table.

    by: the column that distinguishes the groups; needed only where there are several. definition: needed only where the
    table holds several.
    """
    table = released_frame(released)
    by, definition = by_of(table, by), text_or_none(definition, "definition")
    result, frame = table.result, table.frame
    if not isinstance(result, MeasureTable | Curve):
        raise UsageError(
            "expected a measure table or a life table, got another result",
            where="{table}",
            hint="use wf.table, or the chart of its kind",
            table=table.name,
        )
    is_curve = isinstance(result, Curve)
    measure, book, unit = table.name, None, "%" if is_curve else ""
    if result.definitions:  # a life table of any frame has no definition
        frame = _one_definition(table, definition)
        if not frame.is_empty():
            measure = frame["measure"][0]
            unit = unit if is_curve else frame["unit"][0] or ""
            book = result.definition(measure, frame["definition"][0])
        elif book := book_of(result, definition):
            measure, unit = book.measure, unit or book.unit
    chosen = _grouping(frame, groups_of(table), by, where=table.name)
    name = (
        pl.lit(EVERYONE)
        if chosen is None
        else pl.col(chosen)
        .cast(pl.String)
        .map_elements(lambda value: worded(value, chosen), return_dtype=pl.String)
        .fill_null(UNRECORDED)
    )
    rows = frame.with_columns(series=name)
    keys = ["series", "time"] if is_curve else ["series", "period_end", "period_start"]
    if rows.select(keys).is_duplicated().any():
        raise UsageError(
            "several rows stand for one group and period",
            where="{table}",
            hint="name the column to draw with by=; the table has {groups}",
            table=table.name,
            groups=listed(groups_of(table)) or "no groups",
        )
    sources = frame["source"].drop_nulls().unique().sort().to_list() if "source" in result.groups else []
    return View._of(table, rows.sort(keys), by=chosen, measure=measure, unit=unit, book=book, sources=sources)


def book_of(result: Result, definition: str | None) -> Definition | None:
    """The definition of a result that has no rows: the one that was named, or its only one."""
    matching = [d for d in result.definitions if definition in (None, d.definition)]
    if matching:
        return matching[0] if len(matching) == 1 else None
    measures = dict.fromkeys(d.measure for d in result.definitions)
    definitions = measure_book().definitions
    return next((definitions[m, definition] for m in measures if definition and (m, definition) in definitions), None)


def rows_of(released: Released, definitions: Sequence[str]) -> pl.DataFrame:
    """The rows of some definitions.

    A definition that the measure has and the table has not is no mistake: its figure could not be made. Any other is the caller's mistake.
    """
    frame = released.frame
    present = frame["definition"].unique().sort().to_list()
    for definition in definitions:
        if (
            definition not in present
            and (present or released.result.definitions)
            and not book_of(released.result, definition)
        ):
            raise UsageError(
                'the table has no definition "{definition}"',
                where="{table}",
                hint=did_you_mean(definition, present),
                definition=definition,
                table=released.name,
            )
    return frame.filter(pl.col("definition").is_in(list(definitions)))


def _one_definition(released: Released, definition: str | None) -> pl.DataFrame:
    """The rows of one measure by one definition."""
    frame = released.frame if definition is None else rows_of(released, [definition])
    if frame.select("measure", "definition").n_unique() > 1:
        raise UsageError(
            "the table holds several definitions: {definitions}",
            where="{place}",
            hint="choose one with definition=, or use wf.table",
            definitions=listed(frame["definition"].unique().sort().to_list()),
            place=released.name,
        )
    return frame


def _grouping(frame: pl.DataFrame, groups: list[str], by: str | None, *, where: str) -> str | None:
    """The column that distinguishes groups: the one that was named, else the only one that does."""
    if by is not None:
        if by not in groups:
            raise UsageError(
                'the table has no group column "{by}"',
                where="{place}",
                hint=did_you_mean(by, groups) if groups else "leave by= out",
                by=by,
                place=where,
            )
        return by
    telling = [c for c in groups if frame[c].n_unique() > 1]
    if len(telling) > 1:
        raise UsageError(
            "the groups differ in {columns}",
            where="{place}",
            hint="name the column to draw with by=",
            columns=listed(telling),
            place=where,
        )
    if telling:
        return telling[0]
    # One group only: its name is still worth showing.
    return groups[0] if len(groups) == 1 and not frame.is_empty() else None


def view_of(shown: Released | View, by: str | None, definition: str | None) -> View:
    """The view of a released table, or the view that was given."""
    return shown if isinstance(shown, View) else view(shown, by=by, definition=definition)


def clean(name: str) -> str:
    r"""A name on one line, without control characters; wherever it is written it is escaped as the text that it is.

    >>> clean(" A name \n on two lines "), clean("half \ud800") == "half \ufffd"
    ('A name   on two lines', True)
    """
    return _CONTROLS.sub(" ", _NOT_DRAWN.sub(_REPLACEMENT, name)).strip()


def drawable(spec: Any) -> Any:  # noqa: ANN401 - JSON
    r"""A chart's specification without characters that the renderer cannot draw.

    >>> drawable({"title": "half \ud800", "values": [1, None]})["values"]
    [1, None]
    """
    if isinstance(spec, dict):
        return {drawable(key): drawable(value) for key, value in spec.items()}
    if isinstance(spec, list | tuple):
        return [drawable(value) for value in spec]
    return _NOT_DRAWN.sub(_REPLACEMENT, spec) if isinstance(spec, str) else spec


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


def beyond(row: dict[str, Any], level: str) -> int:
    """Whether a row of a funnel lies above (1) or below (-1) the limits of a level ("95", "998"), or between them (0).

    Judgements made before release apply; limits and figures that were rounded since are not judged again.

    >>> beyond({"value": 9.0, "position": "above the 95% limits"}, "95"), beyond({"value": 9.0, "position": "above the 95% limits"}, "998")
    (1, 0)
    """
    if row["value"] is None:
        return 0
    position: str | None = row.get("position")
    if position is not None:
        outer = "99.8" in position or level == "95"
        return outer * (int(position.startswith("above")) - int(position.startswith("below")))
    low, high = row[f"lower_{level}"], row[f"upper_{level}"]
    return int(high is not None and row["value"] > high) - int(low is not None and row["value"] < low)


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


def span(periods: Sequence[Period]) -> str:
    """The stretch that several periods cover, in words; empty without periods."""
    if not periods:
        return ""
    if len(periods) == 1:
        return str(periods[0])
    first: date = min(p.start for p in periods)
    last: date = max(p.end for p in periods)
    return f"{written(first)} to {written(last)}"
