"""One released table, as charts, tables and sentences see it, and the order and choice of its groups.

Anything that `wf.release` has not made is refused, and so are several tables at once, several measures in one chart, and groups that a
chart would lay over one another. Bands, grades and stages have an order of their own. Of more groups than a chart has room for, those with
most people are drawn; what is unknown and the smallest are left to its table, and the sentence under the chart says so.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

import polars as pl

from workforce.book import CurveWords, Definition, measure_book
from workforce.disclosure import ALL_TOGETHER, Released
from workforce.errors import DisclosureError, UsageError, did_you_mean
from workforce.forecast.simulate import AS_NOW
from workforce.measures.timeliness import STAGES
from workforce.periods import Period
from workforce.present.text.numbers import UNRECORDED, clean, listed, measure_name, plural, worded
from workforce.results import NOT_AVAILABLE, Curve, Incidence, MeasureTable, Result
from workforce.sealed import Provenance, Sealed, text_or_none

EVERYONE: Final = "All"
_FIGURES: Final = ("value", "lower", "upper")

# Groups that have an order of their own keep it wherever they are shown.
ORDERED: Final = ("band", "pay_quarter", "age_band", "tenure_band", "caseload_band", "grade", "stage", "scenario")
_NUMBER: Final = re.compile(r"\d+(?:\.\d+)?")
_BELOW: Final = re.compile(r"\b(up to|under|below|within|less than|fewer than)\b")
_ABOVE: Final = re.compile(r"\b(over|above|more|older|longer)\b")
Place = tuple[float, float, str]
MOST_PANELS: Final = 12  # a page holds six rows of two
_UNKNOWN: Final = ("unknown", "not known", "no quarters", UNRECORDED)
_SIZES: Final = (
    "people",
    "at_risk",
    "spells",
    "denominator",
)  # the size of a group: the first of these columns that the rows have
_NAMED: Final = 3  # at most this many groups are named; more are counted


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


def together(note: str) -> str:
    """What the one group of a table is called in which release put the organisations together; empty of another table."""
    return "All organisations" if ALL_TOGETHER in note else ""


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


def place(value: str | None, column: str) -> Place:
    """The place of a group in its column: its rank, then its name.

    >>> sorted(["13 to 26 weeks over", "over 52 weeks over", "up to 4 weeks over", "4 to 13 weeks over"], key=lambda b: place(b, "band"))
    ['up to 4 weeks over', '4 to 13 weeks over', '13 to 26 weeks over', 'over 52 weeks over']
    """
    name = value or ""
    if column == "stage":
        return float(STAGES.index(name.lower()) if name.lower() in STAGES else len(STAGES)), 0.0, name
    if column == "scenario":
        return float(name.lower() != AS_NOW.name), 0.0, name
    number = _NUMBER.search(name)
    if number is None:
        return float("inf"), 0.0, name
    before = name[: number.start()].lower()
    side = -1.0 if _BELOW.search(before) else 1.0 if _ABOVE.search(before) else 0.0
    return float(number[0]), side, name


def in_order(rows: Sequence[dict[str, Any]], columns: Sequence[str]) -> list[dict[str, Any]]:
    """Rows with the groups of some columns in their own order; a column without one keeps the order in which its groups came."""
    if not any(c in ORDERED for c in columns):
        return list(rows)
    first_places: dict[str, dict[Any, int]] = {c: {} for c in columns if c not in ORDERED}
    for row in rows:
        for column, places in first_places.items():
            places.setdefault(row[column], len(places))

    def key(row: dict[str, Any]) -> list[Any]:
        return [place(row[c], c) if c in ORDERED else first_places[c][row[c]] for c in columns]

    return sorted(rows, key=key)


def groups_with_room(table: View, most: int, *, always: Collection[str] = ()) -> tuple[View, str]:
    """Return the groups that a chart has room for, and a sentence on those that are left out.

    Parameters
    ----------
    table : View
        The rows of all groups.
    most : int
        How many groups the chart can draw.
    always : collection of str
        Groups that are drawn whatever their size, such as the one that is highlighted.

    Returns
    -------
    View
        The rows of the groups that are drawn.
    str
        The sentence; empty where all are drawn.
    """
    names = table.series
    if len(names) <= most:
        return table, ""
    left_out = smallest(sizes_of(table.frame), len(names) - most, always=always)
    fitting = table._with(table.frame.filter(~pl.col("series").is_in(left_out)))
    return fitting, left_out_sentence(left_out, len(names), plural(table.by or "group"))


def sizes_of(frame: pl.DataFrame, column: str = "series") -> dict[str, float]:
    """Return how many people each group has: the most in any of its rows; 0 where no row has a size."""
    names = [c for c in _SIZES if c in frame.columns]
    size = pl.coalesce(pl.col(c).cast(pl.Float64) for c in names) if names else pl.lit(0.0)
    return dict(frame.group_by(column).agg(size.max().fill_null(0.0)).sort(column).iter_rows())


def smallest(sizes: Mapping[str, float], count: int, *, always: Collection[str] = ()) -> list[str]:
    """Return the groups to leave out, what is unknown first.

    >>> smallest({"Coast": 40, "Hill": 12, "unknown": 90, "Vale": 8}, 2)
    ['unknown', 'Vale']
    >>> smallest({"Coast": 40, "Hill": 12, "Vale": 8}, 1, always=["Vale"])
    ['Hill']
    """
    may_go = [name for name in sizes if name not in always]
    return sorted(may_go, key=lambda name: (not _is_unknown(name), sizes[name], name))[:count]


def _is_unknown(name: str) -> bool:
    """Whether a group is the unknown one; the level of a covariate begins with the covariate's name."""
    return name.rpartition(": ")[2].lower() in _UNKNOWN


def left_out_sentence(left_out: Collection[str], total: int, groups: str) -> str:
    """Return which groups are not drawn.

    >>> left_out_sentence(["unknown", "Vale"], 6, "localities")
    '4 of 6 localities are drawn, those with most people; only the table has Vale and unknown.'
    >>> left_out_sentence(["unknown", "A", "B", "C", "D"], 17, "teams")
    '12 of 17 teams are drawn, those with most people; only the table has the 4 smallest and unknown.'
    """
    unknown = [clean(name) for name in left_out if _is_unknown(name)]
    small = sorted(clean(name) for name in left_out if not _is_unknown(name))
    first = small if len(small) <= _NAMED else [f"the {len(small)} smallest"]
    names = listed([*(first if small else []), *unknown])
    return f"{total - len(left_out)} of {total} {groups} are drawn, those with most people; only the table has {names}."
