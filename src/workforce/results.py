"""The kinds of results: tables of rates, life tables, incidences, hazard ratios, forecasts and comparisons, each with its definitions.

A result keeps the definitions that it was computed under, so that nothing which another table does can change what it means.
"""

from collections.abc import Callable, Iterable, Sequence
from html import escape
from typing import Any, Final, NoReturn, Self

import polars as pl

from workforce.book import Definition
from workforce.errors import UsageError
from workforce.sealed import Provenance, text_given

PERIOD_COLUMNS: Final = ("period_start", "period_end")
FIRST: Final = ("measure", "definition")
SIDES: Final = ("numerator", "denominator")
REST: Final = {
    "period_start": pl.Date(),
    "period_end": pl.Date(),
    "numerator": pl.Float64(),
    "denominator": pl.Float64(),
    "people": pl.Int64(),
    "value": pl.Float64(),
    "lower": pl.Float64(),
    "upper": pl.Float64(),
    "unit": pl.String(),
    "method": pl.String(),
    "marker": pl.String(),
    "left_out": pl.List(pl.String()),
}
# What the limits of a ratio between people or workers rest on, exact: its variance, what the largest cluster adds to it, and how many
# units (people absent, workers) they come from. Tables of such ratios have these columns added; `combine` and tests need them.
SPREAD: Final = ("variance", "largest", "units")
# Whom a sum of days or hours rests on: how many people, and the shares of the one and of the two with the most, for disclosure control.
CONTRIBUTORS: Final = ("contributors", "top_share", "top_two_share")
# How a released rate is printed: as a range where its counts are rounded too coarsely for one figure, and to which step.
PRINTED: Final = ("printed_low", "printed_high", "printed_step")
EXACT_COLUMNS: Final = (*SPREAD, *CONTRIBUTORS)
NOT_AVAILABLE: Final = "x"
NOT_APPLICABLE: Final = "z"
A_YEAR: Final = " a year"  # what an annualised unit ends in
LOW: Final = "low"  # rounds to zero: counts as 0 in sums (DfE's symbol)


ROWS_SHOWN: Final = 10


class Result:
    """What a measure returned: a frame, the definitions behind it and its group columns. It cannot be changed.

    Parameters
    ----------
    frame : polars.DataFrame
        The rows.
    definitions : sequence of Definition
        The definitions that the rows were computed under.
    groups : sequence of str
        The columns that say which group a row is.
    reasons : sequence of str
        Why rows have marker ``x``, a sentence each without its full stop.
    """

    __slots__ = ("_definitions", "_frame", "_groups", "_provenance", "_reasons")

    _frame: pl.DataFrame
    _definitions: tuple[Definition, ...]
    _groups: tuple[str, ...]
    _reasons: tuple[str, ...]
    _provenance: Provenance

    def __init__(
        self,
        frame: pl.DataFrame,
        definitions: Sequence[Definition] = (),
        groups: Sequence[str] = (),
        reasons: Sequence[str] = (),
        *,
        _provenance: Provenance | None = None,
    ) -> None:
        if not isinstance(frame, pl.DataFrame):
            raise UsageError("a result is made from a polars DataFrame", hint="use what a measure returns")
        values = {
            "_frame": frame.clone(),
            "_definitions": tuple(dict.fromkeys(definitions)),
            "_groups": tuple(text_given(name, "by") for name in groups),
            "_reasons": tuple(dict.fromkeys(reasons)),
            "_provenance": _provenance or Provenance(),
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)

    @property
    def frame(self) -> pl.DataFrame:
        """The rows as a polars frame of the caller's own: changing it does not change the result."""
        return self._frame.clone()

    @property
    def definitions(self) -> tuple[Definition, ...]:
        """The definitions that the rows were computed under."""
        return self._definitions

    @property
    def groups(self) -> tuple[str, ...]:
        """The columns that say which group a row is."""
        return self._groups

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why rows have marker ``x``, a sentence each without its full stop."""
        return self._reasons

    @property
    def name(self) -> str:
        """The measure and its definitions in words, such as ``turnover (average)``."""
        measures = list(dict.fromkeys(d.measure for d in self._definitions))
        names = list(dict.fromkeys(d.definition for d in self._definitions))
        return f"{', '.join(measures)} ({', '.join(names)})" if measures else type(self).__name__

    def definition(self, measure: str, definition: str) -> Definition:
        """Return one of the definitions behind the rows."""
        for entry in self._definitions:
            if (entry.measure, entry.definition) == (measure, definition):
                return entry
        raise UsageError(
            "the result has no definition of {measure} by {definition}",
            hint="see .definitions",
            measure=measure,
            definition=definition,
        )

    def filter(self, *predicates: pl.Expr) -> Self:
        """Return the rows for which the polars expressions hold, with the same definitions."""
        return self._with(self._frame.filter(*predicates))

    def _with(self, frame: pl.DataFrame, **changes: Any) -> Self:  # noqa: ANN401 - whatever a kind of result has
        """Return the same result with another frame; changes: definitions, groups, reasons, _provenance and a kind's own."""
        return type(self)(frame, **{**self._parts(), **changes})

    def _with_reasons(self, *reasons: str) -> Self:
        return self._with(self._frame, reasons=[*self._reasons, *reasons])

    def _parts(self) -> dict[str, Any]:
        return {
            "definitions": self._definitions,
            "groups": self._groups,
            "reasons": self._reasons,
            "_provenance": self._provenance,
        }

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise UsageError("a result cannot be changed", hint="work on .frame, which is a copy")

    def __delattr__(self, name: str) -> NoReturn:
        raise UsageError("a result cannot be changed", hint="work on .frame, which is a copy")

    def __len__(self) -> int:
        return self._frame.height

    def __reduce__(self) -> tuple[Any, ...]:
        # Bytes can be edited on their way: what is unpickled no longer counts as read by load_area.
        arguments = {k: v for k, v in self._parts().items() if k != "_provenance"}
        return _unpickled, (type(self), self._frame, arguments)

    def __repr__(self) -> str:
        rows = "1 row" if len(self) == 1 else f"{len(self):,} rows"
        units = sorted({d.unit for d in self._definitions if d.unit})
        unit = f", in {' and '.join(units)}" if units else ""
        by = f" by {', '.join(self._groups)}" if self._groups else ""
        return f"{type(self).__name__}: {self.name}{by}{unit}, {rows}"

    def _repr_html_(self) -> str:
        head_rows = self._frame.head(ROWS_SHOWN)
        head = "".join(f'<th scope="col">{escape(c)}</th>' for c in head_rows.columns)
        rows = "".join(
            "<tr>" + "".join(f"<td>{escape('' if v is None else str(v))}</td>" for v in row) + "</tr>"
            for row in head_rows.iter_rows()
        )
        note = f"<p>{len(self) - len(head_rows):,} more rows in .frame</p>" if len(self) > len(head_rows) else ""
        why = "".join(f"<p>{escape(reason)}.</p>" for reason in self._reasons)
        words = "".join(f"<p>{escape(d.definition)}: {escape(d.words)}</p>" for d in self._definitions)
        return (
            f"<h4>{escape(repr(self))}</h4>{words}<table><thead><tr>{head}</tr></thead>"
            f"<tbody>{rows}</tbody></table>{note}{why}<p>Exact figures: not for release.</p>"
        )


def _unpickled(kind: type[Result], frame: pl.DataFrame, parts: dict[str, Any]) -> Result:
    return kind(frame, **parts)


class MeasureTable(Result):
    """A numerator over a denominator for each group and period, with the rate and its 95% limits.

    Parameters
    ----------
    added : sequence of str
        Columns after those of every measure table: what `xmr`, `funnel` or `compare` added, the spread behind limits between people, and
        whom sums of days rest on.
    """

    __slots__ = ("_added",)

    _added: tuple[str, ...]

    def __init__(
        self,
        frame: pl.DataFrame,
        definitions: Sequence[Definition] = (),
        groups: Sequence[str] = (),
        reasons: Sequence[str] = (),
        *,
        added: Sequence[str] = (),
        _provenance: Provenance | None = None,
    ) -> None:
        super().__init__(frame, definitions, groups, reasons, _provenance=_provenance)
        object.__setattr__(self, "_added", tuple(added))

    @property
    def added(self) -> tuple[str, ...]:
        """Columns that `xmr`, `funnel` or `compare` added, the spread behind limits between people or workers, and whom days rest on."""
        return self._added

    def _parts(self) -> dict[str, Any]:
        return {**super()._parts(), "added": self._added}


class Forecast(MeasureTable):
    """Figures of months ahead, a row for each scenario and month: the median path with its 80% and 95% bands."""

    __slots__ = ()


class Curve(Result):
    """A life table: the share still there after each time, with the counts that it follows from and that add up over organisations."""

    __slots__ = ()


class Summary(MeasureTable):
    """Figures read off a life table, such as the median stay, with their standard errors.

    `release` reads them again off the life table as the rule shows it, so that they never say more than the released curve does.

    Parameters
    ----------
    curve : Curve
        The life table.
    read : callable
        What reads the figures off a life table.
    """

    __slots__ = ("_curve", "_read")

    _curve: Curve
    _read: "Callable[[Curve], Summary]"

    def __init__(
        self,
        frame: pl.DataFrame,
        definitions: Sequence[Definition] = (),
        groups: Sequence[str] = (),
        reasons: Sequence[str] = (),
        *,
        curve: Curve,
        read: "Callable[[Curve], Summary]",
        added: Sequence[str] = ("standard_error",),
        _provenance: Provenance | None = None,
    ) -> None:
        super().__init__(frame, definitions, groups, reasons, added=added, _provenance=_provenance)
        object.__setattr__(self, "_curve", curve)
        object.__setattr__(self, "_read", read)

    @property
    def curve(self) -> Curve:
        """The life table that the figures were read off."""
        return self._curve

    def read_off(self, curve: Curve) -> "Summary":
        """Return the same figures of another life table."""
        return self._read(curve)

    def _parts(self) -> dict[str, Any]:
        return {**super()._parts(), "curve": self._curve, "read": self._read}


class Incidence(Result):
    """The share that has left for each cause after each time."""

    __slots__ = ()


class Hazards(Result):
    """Hazard ratios of a fitted model, a row for each covariate and level, with the spells and events behind it.

    Parameters
    ----------
    fit : object
        The fitted model, for analysts; a report shows only the released rows.
    """

    __slots__ = ("_fit",)

    _fit: Any

    def __init__(
        self,
        frame: pl.DataFrame,
        definitions: Sequence[Definition] = (),
        groups: Sequence[str] = (),
        reasons: Sequence[str] = (),
        *,
        fit: Any = None,  # noqa: ANN401 - workforce.stats.cox.Fit, of a layer above
        _provenance: Provenance | None = None,
    ) -> None:
        super().__init__(frame, definitions, groups, reasons, _provenance=_provenance)
        object.__setattr__(self, "_fit", fit)

    @property
    def fit(self) -> Any:  # noqa: ANN401 - as above
        """The fitted model: coefficients, checks and counts; None where it could not be fitted."""
        return self._fit

    def _parts(self) -> dict[str, Any]:
        return {**super()._parts(), "fit": self._fit}


class Test(Result):
    """A test by name, in one row: statistic, degrees of freedom, p value, and how many rows had no group.

    Parameters
    ----------
    table : polars.DataFrame
        The counts behind it, by group, for analysts; a report shows only the released row.
    """

    __test__ = False  # for pytest: not a case of its own
    __slots__ = ("_table",)

    _table: pl.DataFrame

    def __init__(
        self,
        frame: pl.DataFrame,
        definitions: Sequence[Definition] = (),
        groups: Sequence[str] = (),
        reasons: Sequence[str] = (),
        *,
        table: pl.DataFrame | None = None,
        _provenance: Provenance | None = None,
    ) -> None:
        super().__init__(frame, definitions, groups, reasons, _provenance=_provenance)
        object.__setattr__(self, "_table", pl.DataFrame() if table is None else table.clone())

    @property
    def name(self) -> str:
        """The name of the test."""
        return str(self._frame["test"].item())

    @property
    def statistic(self) -> float | None:
        """The test statistic; None where there is none."""
        number: float | None = self._frame["statistic"].item()
        return number

    @property
    def df(self) -> int | None:
        """Its degrees of freedom; None where there is none."""
        count: int | None = self._frame["df"].item()
        return count

    @property
    def p_value(self) -> float | None:
        """The p value; None where there is none."""
        number: float | None = self._frame["p_value"].item()
        return number

    @property
    def left_out(self) -> int | None:
        """How many rows had no group; None where that is withheld."""
        count: int | None = self._frame["left_out"].item()
        return count

    @property
    def table(self) -> pl.DataFrame:
        """The counts behind the test, by group."""
        return self._table.clone()

    def _parts(self) -> dict[str, Any]:
        return {**super()._parts(), "table": self._table}


class Differences(Result):
    """Figures compared with one another, a row for each comparison with its exact difference, limits, p value and verdict.

    `release` leaves the verdicts of what the rule shows, and no figure.

    Parameters
    ----------
    table : MeasureTable
        The rows that were compared.
    over : str
        What they were compared over: "period" or a group column.
    """

    __slots__ = ("_over", "_table")

    _table: MeasureTable
    _over: str

    def __init__(
        self,
        frame: pl.DataFrame,
        definitions: Sequence[Definition] = (),
        groups: Sequence[str] = (),
        reasons: Sequence[str] = (),
        *,
        table: MeasureTable,
        over: str,
        _provenance: Provenance | None = None,
    ) -> None:
        super().__init__(frame, definitions, groups, reasons, _provenance=_provenance)
        object.__setattr__(self, "_table", table)
        object.__setattr__(self, "_over", over)

    @property
    def table(self) -> MeasureTable:
        """The rows that were compared."""
        return self._table

    @property
    def over(self) -> str:
        """What they were compared over: "period" or a group column."""
        return self._over

    def _parts(self) -> dict[str, Any]:
        return {**super()._parts(), "table": self._table, "over": self._over}


def stacked(tables: Iterable[MeasureTable], *, sort: Sequence[str] = ()) -> MeasureTable:
    """Put the rows of several measure tables with the same columns under one another; added columns may differ.

    Parameters
    ----------
    tables : iterable of MeasureTable
        At least one.
    sort : sequence of str
        Columns to sort by, nulls last.

    Raises
    ------
    UsageError
        Without a table, or where two tables mean different things by one name.
    """
    stack = list(tables)
    if not stack:
        raise UsageError("there is no table to stack", hint="give one or more measure tables")
    first = stack[0]
    if len({tuple(c for c in table.frame.columns if c not in table.added) for table in stack}) > 1:
        raise UsageError("the tables have different columns", hint="measure each with the same by=")
    frame = pl.concat([table.frame for table in stack], how="diagonal")
    return first._with(
        frame.sort(*sort, nulls_last=True) if sort else frame,
        added=list(dict.fromkeys(c for table in stack for c in table.added)),
        definitions=agreed_definitions(stack),
        reasons=[reason for table in stack for reason in table.reasons],
        _provenance=Provenance.of_all(table._provenance for table in stack),
    )


def agreed_definitions(results: Iterable[Result]) -> tuple[Definition, ...]:
    """Return the definitions of several results, each once; refuse two meanings of one name."""
    book: dict[tuple[str, str], Definition] = {}
    for result in results:
        for definition in result.definitions:
            key = (definition.measure, definition.definition)
            if book.setdefault(key, definition) != definition:
                raise UsageError(
                    "two tables mean different things by {measure} ({definition})",
                    hint="give one of the counts another definition",
                    measure=definition.measure,
                    definition=definition.definition,
                )
    return tuple(book.values())
