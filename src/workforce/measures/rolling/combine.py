"""Combine: rolling measure tables up, over organisations, other groups or time, without a personal record.

Promises: both sides roll up as the measure book says and the rate is recomputed; a unit that lacks one side leaves both and is named in
`left_out`. Limits come from the rolled-up counts, or from the parts where the people are disjoint; else they are null and `method` says
why. Refuses: what never rolls up, medians, periods that overlap or leave a gap.
"""

from collections.abc import Callable, Sequence
from typing import Final

import polars as pl

from workforce.definitions import Definition, Side, definition_of
from workforce.errors import UsageError, did_you_mean
from workforce.measures.frame import A_YEAR, FIRST, NOT_AVAILABLE, REST, group_columns, measure_table
from workforce.measures.intervals import z_value
from workforce.periods import written

LIFE_TABLE: Final = ("time", "entered", "left", "censored")
LOW: Final = "low"  # rounds to zero: counts as 0 in sums (DfE's symbol)
_PERIOD = ("period_start", "period_end")
Roll = Callable[[pl.DataFrame, Definition, str], pl.DataFrame]


def combine(*tables: pl.DataFrame, over: Sequence[str] = ("organisation",)) -> pl.DataFrame:
    """Roll measure tables (or life tables) up over group columns, or with over=("period",) over time.

    Complete-case, this project's measure book: the rule by which DfE's regional and national figures come out. over_groups and over_time of
    each definition decide; `mean` over time is weighted by days. Limits of a "between people" ratio over organisations combine the
    variances of the parts with weights d_i / D.

    >>> sides = pl.DataFrame({"organisation": ["a", "b"], "numerator": [5.0, None], "denominator": [50.0, 100.0], "people": [50, 100]})
    >>> combine(measure_table(sides, "stability", "nhs", by=["organisation"])).select("value", "left_out").row(0)
    (10.0, ['b'])
    """
    if not tables:
        raise UsageError("there is nothing to combine", hint="give one or more measure tables")
    wanted = [over] if isinstance(over, str) else list(over)
    if all(set(LIFE_TABLE) <= set(t.columns) for t in tables):
        from workforce.measures.leaving.life_table import add_life_tables

        return add_life_tables(tables, over=wanted)
    whole = _concatenated(tables)
    if "period" in wanted:
        if len(wanted) > 1:
            raise UsageError(
                "groups and time roll up one after the other",
                hint='combine over organisations first, then over=("period",)',
            )
        return _each_definition(whole, _over_time)
    groups = group_columns(whole)
    for column in wanted:
        if column not in groups:
            raise UsageError(
                'the tables have no column "{column}"',
                where="over=",
                hint=did_you_mean(column, groups or ["none"]),
                column=column,
            )
    return _each_definition(whole, lambda part, book, unit: _over_groups(part, book, unit, wanted))


def _concatenated(tables: Sequence[pl.DataFrame]) -> pl.DataFrame:
    for table in tables:
        lacking = [c for c in (*FIRST, *REST) if c not in table.columns]
        if lacking:
            raise UsageError(
                "this is not a measure table: it lacks {columns}",
                hint="combine takes what the measures return",
                columns=lacking,
            )
        if set(group_columns(table)) != set(group_columns(tables[0])):
            raise UsageError("the tables have different group columns", hint="measure each with the same by=")
    return pl.concat([t.select(tables[0].columns) for t in tables])


def _each_definition(whole: pl.DataFrame, roll: Roll) -> pl.DataFrame:
    parts = []
    for (measure, definition, unit), part in whole.group_by("measure", "definition", "unit", maintain_order=True):
        book = definition_of(str(measure), str(definition))
        if book.numerator is None:
            raise UsageError(
                "{measure} by {definition} is not a rate and never rolls up",
                hint="combine the distribution, or measure the whole",
                measure=measure,
                definition=definition,
            )
        parts.append(roll(part, book, str(unit)))
    if not parts:
        return whole
    return pl.concat(parts, how="diagonal").sort(*FIRST, *group_columns(parts[0]), *_PERIOD, nulls_last=True)


def _complete(book: Definition) -> pl.Expr:
    """Whether a row has what its definition needs. `low` has both sides: it stands for a number that rounds to 0."""
    sides = [c for c, side in (("numerator", book.numerator), ("denominator", book.denominator)) if side is not None]
    return pl.all_horizontal(pl.col(c).is_not_null() for c in sides)


def _low_as_zero(part: pl.DataFrame) -> pl.DataFrame:
    low = pl.col("marker") == LOW
    return part.with_columns(numerator=pl.when(low & pl.col("numerator").is_null()).then(0.0).otherwise("numerator"))


def _over_groups(part: pl.DataFrame, book: Definition, unit: str, over: Sequence[str]) -> pl.DataFrame:
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
    stay = [c for c in group_columns(part) if c not in over]
    repeated = part.select(*over, *stay, *_PERIOD).is_duplicated().any()
    if repeated:
        raise UsageError(
            "a unit comes twice for one period",
            where="{measure}, {definition}",
            hint="give each table once",
            measure=book.measure,
            definition=book.definition,
        )
    ready = _low_as_zero(part).with_columns(
        complete=_complete(book),
        unit_name=pl.concat_str([pl.col(c).fill_null("unknown") for c in over], separator=" / "),
        error=(pl.col("upper") - pl.col("lower")) / (2 * z_value()),
    )
    kept = pl.col("complete")
    disjoint = list(over) == ["organisation"]
    error = pl.when((pl.col("error").is_not_null() | ~kept | (pl.col("denominator") == 0)).all() & kept.any()).then(
        ((pl.col("error") * pl.col("denominator")).filter(kept) ** 2).sum().sqrt()
        / pl.col("denominator").filter(kept).sum()
    )
    rolled = ready.group_by(*stay, *_PERIOD).agg(
        *[_sum_of(c, side, kept) for c, side in (("numerator", book.numerator), ("denominator", book.denominator))],
        people=pl.when(kept.any()).then(pl.col("people").filter(kept).sum()),
        error=error,
        marker=pl.when(~kept.any()).then(pl.col("marker").drop_nulls().first().fill_null(NOT_AVAILABLE)),
        now_out=pl.col("unit_name").filter(~kept),
        already_out=pl.col("left_out").explode().drop_nulls(),
    )
    return _finished(rolled, book, unit, stay, why="none (people may be in several groups)", limits=disjoint)


def _sum_of(column: str, side: Side | None, kept: pl.Expr) -> pl.Expr:
    total = pl.col(column).filter(kept).sum()
    return (pl.when(kept.any()).then(total) if side is not None else pl.lit(None, pl.Float64)).alias(column)


def _over_time(part: pl.DataFrame, book: Definition, unit: str) -> pl.DataFrame:
    for side in (book.numerator, book.denominator):
        if side is not None and side.over_time == "never":
            raise UsageError(
                "{measure} by {definition} never rolls up over time",
                hint="measure the longer period itself, or use another definition",
                measure=book.measure,
                definition=book.definition,
            )
    stay = group_columns(part)
    ordered = (
        _low_as_zero(part)
        .sort(*stay, *_PERIOD, nulls_last=True)
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
    whole = pl.col("complete").all()

    def rolled(column: str, rolls: str) -> pl.Expr:
        weight = pl.col("days") / pl.col("days").sum() if rolls == "mean" else pl.lit(1.0)
        return pl.when(whole).then((pl.col(column) * weight).sum()).alias(column)

    sides = [
        rolled(c, side.over_time) if side is not None else pl.lit(None, pl.Float64).alias(c)
        for c, side in (("numerator", book.numerator), ("denominator", book.denominator))
    ]
    named = pl.col("period_start").map_elements(lambda d: f"from {written(d)}", return_dtype=pl.String)
    out = ordered.group_by(stay or [pl.lit(1).alias("all")]).agg(
        *sides,
        pl.col("period_start").min(),
        pl.col("period_end").max(),
        people=pl.when(whole).then(
            pl.col("people").max()
        ),  # at least so many different people: the same ones come every month
        error=pl.lit(None, pl.Float64),
        marker=pl.when(~whole).then(pl.lit(NOT_AVAILABLE)),
        now_out=named.filter(~pl.col("complete")),
        already_out=pl.col("left_out").explode().drop_nulls(),
    )
    return _finished(out, book, unit, stay, why="none (the same people over time)", limits=False)


def _finished(
    rolled: pl.DataFrame, book: Definition, unit: str, stay: Sequence[str], *, why: str, limits: bool
) -> pl.DataFrame:
    between = book.limits.startswith("between")
    ready = rolled.with_columns(
        left_out=pl.concat_list("now_out", "already_out").list.unique().list.sort(),
        standard_error=pl.col("error") / book.scale if between and limits else pl.lit(None, pl.Float64),
    )
    by = [c for c in stay if c not in book.adds]
    table = measure_table(ready, book.measure, book.definition, by=by, annualised=unit.endswith(A_YEAR))
    if not between or limits:
        return table
    return table.with_columns(method=pl.lit(why))
