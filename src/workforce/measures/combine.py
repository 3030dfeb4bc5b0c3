"""Measure tables rolled up over organisations, other groups or time, without a personal record; and several tables side by side.

Both sides roll up as their definition says and the rate is recomputed; a unit that lacks one side leaves both and is named in `left_out`.
Limits come from the rolled-up counts, or from the parts where the people are disjoint; otherwise they are null and `method` says why.
"""

from collections.abc import Callable, Sequence
from typing import Final, overload

import polars as pl

from workforce.book import Definition, Side, measure_book
from workforce.errors import UsageError, did_you_mean
from workforce.periods import written
from workforce.results import (
    A_YEAR,
    CONTRIBUTORS,
    EXACT_COLUMNS,
    FIRST,
    LOW,
    NOT_AVAILABLE,
    PERIOD_COLUMNS,
    REST,
    SPREAD,
    Curve,
    MeasureTable,
    agreed_definitions,
)
from workforce.sealed import Provenance
from workforce.stats.intervals import z_value
from workforce.stats.rates import FEWEST_UNITS, OF_THE_AREA, WITHOUT_LIMITS, contributors_of_parts, measure_table

Roll = Callable[[MeasureTable, Definition, str], MeasureTable]
WHOLE: Final = "all"  # in a column that only another definition adds


@overload
def combine(*tables: MeasureTable, over: Sequence[str] | str = ("organisation",)) -> MeasureTable: ...


@overload
def combine(*tables: Curve, over: Sequence[str] | str = ("organisation",)) -> Curve: ...


def combine(*tables: MeasureTable | Curve, over: Sequence[str] | str = ("organisation",)) -> MeasureTable | Curve:
    """Roll measure tables, or life tables, up over group columns or over time.

    Complete-case: a unit that lacks one side of a rate leaves both, by name. How each side rolls up over groups and over time is part of
    its definition; an average over time is weighted by days. Limits between people or workers over organisations, whose people differ,
    combine the variances of the parts with weights d_i / D (denominators); over other groups, and over time, where the same people may come
    again, there are none.

    Parameters
    ----------
    *tables : MeasureTable or Curve
        What measures returned, all of one kind and with the same ``by=``.
    over : sequence of str
        The group columns that are added up, or ("period",) for time.

    Returns
    -------
    MeasureTable or Curve
        The rolled-up rows, under the same definitions.

    Raises
    ------
    UsageError
        Where a definition never rolls up (medians, most figures of a day over time), the periods overlap or leave a gap, a unit comes
        twice, or two tables mean different things by one name.

    References
    ----------
    This project's measure book: the rule by which DfE's regional and national figures come out.

    Examples
    --------
    >>> sides = pl.DataFrame({"organisation": ["a", "b"], "numerator": [5.0, None], "denominator": [50.0, 100.0], "people": [50, 100]})
    >>> combine(measure_table(sides, "stability", "nhs", by=["organisation"])).frame.select("value", "left_out").row(0)
    (10.0, ['b'])
    """
    if not tables:
        raise UsageError("there is nothing to combine", hint="give one or more measure tables")
    columns = [over] if isinstance(over, str) else list(over)
    curves = [table for table in tables if isinstance(table, Curve)]
    measured = [table for table in tables if isinstance(table, MeasureTable)]
    if len(curves) == len(tables):
        from workforce.stats.life_table import add_life_tables

        return add_life_tables(curves, over=columns)
    if len(measured) < len(tables):
        raise UsageError(
            "combine takes measure tables, or life tables", hint="give what the measures returned, all of one kind"
        )
    rows = _concatenated(measured)
    if "period" in columns:
        if len(columns) > 1:
            raise UsageError(
                "groups and time roll up one after the other",
                hint='combine over organisations first, then over=("period",)',
            )
        return _each_definition(rows, _over_time)
    for column in columns:
        if column not in rows.groups:
            raise UsageError(
                'the tables have no column "{column}"',
                where="over=",
                hint=did_you_mean(column, rows.groups or ["none"]),
                column=column,
            )
    return _each_definition(rows, lambda table, book, unit: _over_groups(table, book, unit, columns))


def _concatenated(tables: Sequence[MeasureTable]) -> MeasureTable:
    """The rows of all tables; what `xmr`, `funnel` or `compare` added does not roll up, the spread between people does."""
    first = tables[0]
    if any(set(table.groups) != set(first.groups) for table in tables):
        raise UsageError("the tables have different group columns", hint="measure each with the same by=")
    columns = [c for c in first.frame.columns if c not in first.added]
    frames = [table.frame.select(*columns, *(c for c in EXACT_COLUMNS if c in table.added)) for table in tables]
    frame = pl.concat(frames, how="diagonal")
    without = [pl.lit(None, pl.Float64).alias(c) for c in EXACT_COLUMNS if c not in frame.columns]
    return MeasureTable(
        frame.with_columns(without).select(*columns, *EXACT_COLUMNS),
        agreed_definitions(tables),
        first.groups,
        # Whether there are limits is told anew of the whole.
        [reason for table in tables for reason in table.reasons if reason not in WITHOUT_LIMITS.values()],
        added=EXACT_COLUMNS,
        _provenance=Provenance.of_all(table._provenance for table in tables),
    )


def _each_definition(whole: MeasureTable, roll: Roll) -> MeasureTable:
    rolled = []
    for (measure, definition, unit), rows in whole.frame.group_by("measure", "definition", "unit", maintain_order=True):
        book = whole.definition(str(measure), str(definition))
        if book.numerator is None:
            raise UsageError(
                "{measure} by {definition} is not a rate and never rolls up",
                hint="combine the distribution, or measure the whole",
                measure=measure,
                definition=definition,
            )
        rolled.append(roll(whole._with(rows), book, str(unit)))
    if not rolled:
        return whole
    groups = list(dict.fromkeys(c for table in rolled for c in table.groups))
    frame = pl.concat([table.frame for table in rolled], how="diagonal")
    return whole._with(
        frame.sort(*FIRST, *rolled[0].groups, *PERIOD_COLUMNS, nulls_last=True),
        groups=groups,
        added=list(dict.fromkeys(c for table in rolled for c in table.added)),
        reasons=[*whole.reasons, *(reason for table in rolled for reason in table.reasons)],
    )


def _complete(book: Definition) -> pl.Expr:
    """Whether a row has what its definition needs. `low` has both sides: it stands for a number that rounds to 0."""
    sides = [c for c, side in (("numerator", book.numerator), ("denominator", book.denominator)) if side is not None]
    return pl.all_horizontal(pl.col(c).is_not_null() for c in sides)


def _low_as_zero(rows: pl.DataFrame) -> pl.DataFrame:
    low = pl.col("marker") == LOW
    return rows.with_columns(numerator=pl.when(low & pl.col("numerator").is_null()).then(0.0).otherwise("numerator"))


def _over_groups(table: MeasureTable, book: Definition, unit: str, over: Sequence[str]) -> MeasureTable:
    for side in (book.numerator, book.denominator):
        if side is not None and side.over_groups == "never":
            raise UsageError(
                "{measure} by {definition} never rolls up over groups",
                hint="measure the whole instead",
                measure=book.measure,
                definition=book.definition,
            )
    if book.measure == "absence" and "reason" in over:
        raise UsageError("absence by reason does not roll up over reasons", hint="measure absence without by=reason")
    rows = table.frame
    stay = [c for c in table.groups if c not in over]
    repeated = rows.select(*over, *stay, *PERIOD_COLUMNS).is_duplicated().any()
    if repeated:
        raise UsageError(
            "a unit comes twice for one period",
            where="{measure}, {definition}",
            hint="give each table once",
            measure=book.measure,
            definition=book.definition,
        )
    ready = _low_as_zero(rows).with_columns(
        complete=_complete(book),
        unit_name=pl.concat_str([pl.col(c).fill_null("unknown") for c in over], separator=" / "),
        variance=_variance(book),
    )
    complete = pl.col("complete")
    disjoint = list(over) == ["organisation"]
    rolled = ready.group_by(*stay, *PERIOD_COLUMNS).agg(
        *[_sum_of(c, side, complete) for c, side in (("numerator", book.numerator), ("denominator", book.denominator))],
        people=pl.when(complete.any()).then(pl.col("people").filter(complete).sum()),
        **_spread_of_parts(book),
        **contributors_of_parts(complete),
        marker=pl.when(~complete.any()).then(pl.col("marker").drop_nulls().first().fill_null(NOT_AVAILABLE)),
        now_out=pl.col("unit_name").filter(~complete),
        already_out=pl.col("left_out").explode().drop_nulls(),
    )
    return _finished(rolled, book, unit, stay, why="none (people may be in several groups)", limits=disjoint)


def _variance(book: Definition) -> pl.Expr:
    """The variance of each row's bare ratio; of limits that are normal it follows from their width."""
    if book.limits in FEWEST_UNITS:
        return pl.col("variance")
    return ((pl.col("upper") - pl.col("lower")) / (2 * z_value()) / book.scale) ** 2


def _spread_of_parts(book: Definition) -> dict[str, pl.Expr]:
    """The spread of parts whose people differ: variances with weights (d_i / D) squared, null where that of a part is unknown.

    The largest cluster is the largest of all parts. Units add up; of limits by t they are what the degrees of freedom amount to
    (Satterthwaite 1946).
    """
    counts = pl.col("complete") & (pl.col("denominator") > 0)
    size, variance, units = (pl.col(c).filter(counts) for c in ("denominator", "variance", "units"))
    weighted = variance * (size / size.sum()) ** 2
    amount = units.sum()
    if book.limits.startswith("log t"):
        amount = weighted.sum() ** 2 / (weighted**2 / (units - 1)).sum() + 1
    return {
        "variance": pl.when(variance.is_not_null().all() & counts.any()).then(weighted.sum()),
        "largest": (pl.col("largest") * pl.col("denominator")).filter(counts).max() / size.sum(),
        "units": amount,
        "spread_of_area": (pl.col("method") == OF_THE_AREA).any(),
    }


def _sum_of(column: str, side: Side | None, complete: pl.Expr) -> pl.Expr:
    total = pl.col(column).filter(complete).sum()
    return (pl.when(complete.any()).then(total) if side is not None else pl.lit(None, pl.Float64)).alias(column)


def _over_time(table: MeasureTable, book: Definition, unit: str) -> MeasureTable:
    for side in (book.numerator, book.denominator):
        if side is not None and side.over_time == "never":
            raise UsageError(
                "{measure} by {definition} never rolls up over time",
                hint="measure the longer period itself, or use another definition",
                measure=book.measure,
                definition=book.definition,
            )
    stay = table.groups
    ordered = (
        _low_as_zero(table.frame)
        .sort(*stay, *PERIOD_COLUMNS, nulls_last=True)
        .with_columns(
            step=(pl.col("period_start") - pl.col("period_end").shift(1).over(stay or pl.lit(1))).dt.total_days(),
            days=((pl.col("period_end") - pl.col("period_start")).dt.total_days() + 1).cast(pl.Float64),
            complete=_complete(book),
        )
    )
    if (ordered["step"] < 1).any():
        raise UsageError(
            "the periods overlap",
            where="{measure}, {definition}",
            hint="combine months, or years, that do not share a day",
            measure=book.measure,
            definition=book.definition,
        )
    if (ordered["step"] > 1).any():
        raise UsageError(
            "the periods leave a gap",
            where="{measure}, {definition}",
            hint="give every period between the first and the last",
            measure=book.measure,
            definition=book.definition,
        )
    all_complete = pl.col("complete").all()

    def rolled(column: str, rolls: str) -> pl.Expr:
        weight = pl.col("days") / pl.col("days").sum() if rolls == "mean" else pl.lit(1.0)
        return pl.when(all_complete).then((pl.col(column) * weight).sum()).alias(column)

    sides = [
        rolled(c, side.over_time) if side is not None else pl.lit(None, pl.Float64).alias(c)
        for c, side in (("numerator", book.numerator), ("denominator", book.denominator))
    ]
    period_words = pl.col("period_start").map_elements(lambda d: f"from {written(d)}", return_dtype=pl.String)
    out = ordered.group_by(stay or [pl.lit(1).alias("all")]).agg(
        *sides,
        pl.col("period_start").min(),
        pl.col("period_end").max(),
        people=pl.when(all_complete).then(
            pl.col("people").max()
        ),  # at least so many different people: the same ones come every month
        # Nobody makes up more of the whole than of the month of which they make up most.
        **{c: pl.when(all_complete).then(pl.col(c).max()) for c in CONTRIBUTORS},
        marker=pl.when(~all_complete).then(pl.lit(NOT_AVAILABLE)),
        now_out=period_words.filter(~pl.col("complete")),
        already_out=pl.col("left_out").explode().drop_nulls(),
    )
    return _finished(out, book, unit, stay, why="none (the same people over time)", limits=False)


def _finished(
    rolled: pl.DataFrame, book: Definition, unit: str, stay: Sequence[str], *, why: str, limits: bool
) -> MeasureTable:
    between = book.limits in FEWEST_UNITS or book.limits.startswith("between")
    ready = rolled.with_columns(left_out=pl.concat_list("now_out", "already_out").list.unique().list.sort())
    disjoint = between and limits
    ready = (
        ready.with_columns(standard_error=pl.col("variance").sqrt()) if disjoint else ready.drop(SPREAD, strict=False)
    )
    by = [c for c in stay if c not in book.adds]
    table = measure_table(ready, book.measure, book.definition, by=by, annualised=unit.endswith(A_YEAR), book=book)
    if not between or limits:
        return table
    # The method says why: it is not for want of people.
    return table._with(table.frame.with_columns(method=pl.lit(why)), reasons=[])


def side_by_side(*tables: MeasureTable, definitions: Sequence[str]) -> MeasureTable:
    """The rows of some definitions of several measure tables, as one measure table for `wf.tables.wide`.

    The rows stay as they are: no ratio or difference is taken. A column that only some of the definitions add (a band) says "all" in the
    rows of the others.

    Parameters
    ----------
    *tables : MeasureTable
        What measures returned, all with the same ``by=``.
    definitions : sequence of str
        The definitions whose rows are taken.

    Returns
    -------
    MeasureTable
        The rows, table by table.

    Raises
    ------
    UsageError
        Where no measure of the tables has a definition, two have a figure of one name, or the tables are grouped by different columns.

    Examples
    --------
    >>> one = {"period_start": None, "period_end": None, "numerator": [3.0], "denominator": [10.0], "people": [10]}
    >>> from workforce.stats.rates import measure_table
    >>> tables = [measure_table(pl.DataFrame(one), m, d, by=[]) for m, d in (("plan_quality", "audited"), ("plans_returned", "returned"))]
    >>> side_by_side(*tables, definitions=["audited", "returned"]).frame.select("definition", "value").rows()
    [('audited', 30.0), ('returned', 30.0)]
    """
    if not tables or not all(isinstance(table, MeasureTable) for table in tables):
        raise UsageError("side_by_side takes measure tables", hint="give what the measures returned")
    chosen = [table.filter(pl.col("definition").is_in(list(definitions))) for table in tables]
    pairs = [pair for table in tables for pair in table.frame.select(FIRST).unique(maintain_order=True).rows()]
    names = [definition for _, definition in pairs]
    measures = {measure for measure, _ in pairs} | {book.measure for table in tables for book in table.definitions}
    # A table without records has none of the rows that it would have.
    possible = {*names, *(entry.definition for (m, _), entry in measure_book().definitions.items() if m in measures)}
    for definition in definitions:
        if possible and definition not in possible:
            raise UsageError(
                'no table has a definition "{definition}"',
                where="definitions=",
                hint=did_you_mean(definition, sorted(possible)),
                definition=definition,
            )
        if names.count(definition) > 1:
            raise UsageError(
                'two tables have figures called "{definition}"',
                where="definitions=",
                hint="show them one by one",
                definition=definition,
            )
    books = agreed_definitions(chosen)
    adds = {c for table in tables for book in table.definitions for c in book.adds}
    groups = [[c for c in table.groups if c not in adds] for table in chosen]
    if any(set(columns) != set(groups[0]) for columns in groups):
        raise UsageError("the tables have different group columns", hint="measure each with the same by=")
    columns = list(dict.fromkeys([*groups[0], *(c for table in chosen for c in table.groups)]))
    rows = pl.concat(
        frame.with_columns(pl.lit(WHOLE).alias(c) for c in columns if c not in frame.columns).select(
            *FIRST, *columns, *REST
        )
        for frame in (table.frame for table in chosen)
    )
    return MeasureTable(
        rows,
        [book for book in books if book.definition in definitions],
        columns,
        [reason for table in chosen for reason in table.reasons],
        _provenance=Provenance.of_all(table._provenance for table in chosen),
    )
