"""Counts: what organisations supply already counted, as measure tables like any other.

Promises: the words, the unit and how a count rolls over time come from its rows and enter the measure book, so that `combine`, `xmr`,
`release` and captions treat it as they treat the rest. Whole-organisation rows and rows by locality are never added together. Refuses:
rows that disagree about a measure's unit or roll-up, a measure and definition that the book has by another rule.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import polars as pl

from workforce.definitions import Definition, Kind, Rolls, counted
from workforce.errors import InputError, UsageError, did_you_mean
from workforce.measures.frame import NOT_AVAILABLE, eager, measure_table, need

# By unit; else people, which is the careful way to be wrong. Nobody is behind the last: a board may know that three employers came.
KINDS: Final[dict[str, Kind]] = {
    "FTE": "fte",
    "cases": "cases",
    "days": "days",
    "hours": "days",
    **dict.fromkeys(("employers", "events", "schools", "sessions", "settings"), "posts"),
}
_ROLLS: Final[dict[str, Rolls]] = {"sum": "sum", "mean": "mean", "never": "never"}
_PERIOD: Final = ("period_start", "period_end")
_FIGURES: Final = ("numerator", "denominator")
_COLUMNS: Final = ("organisation", "measure", "definition", "unit", "over_time", *_PERIOD, "numerator")


def counts_table(
    counts: pl.DataFrame | pl.LazyFrame,
    *,
    by: Sequence[str] | str = ("organisation",),
    kinds: Mapping[str, Kind] | None = None,
) -> pl.DataFrame:
    """The canonical table `counts` as one measure table: a share where there is a denominator, else a plain count.

    Definitions are the organisation's own. by: `organisation`, `locality`, both or neither. With `locality` the rows that name one are
    shown; without it an organisation's own total is, where it gives one for the period, else the sum of its localities. Over organisations
    the roll-up is complete-case: one that counts a measure, but not for the period, is named in `left_out`. kinds: what a measure counts
    where it is not people and the unit (FTE, cases, days, employers, schools ...) does not say so: {"courses_run": "posts"} (`posts`
    stands for anything with nobody behind it and is not withheld).
    `people` is the denominator, or the count where there is none; null for what is not people. Limits: Wilson for shares of people.
    Marker `x`: no count, a denominator missing where other rows have one, or a share of more than all.

    >>> from datetime import date
    >>> rows = pl.DataFrame({"organisation": ["council"], "measure": ["training_uptake"], "definition": ["module completed"], "unit": ["%"],
    ...     "over_time": ["sum"], "period_start": [date(2022, 4, 1)], "period_end": [date(2023, 3, 31)],
    ...     "numerator": [30.0], "denominator": [40.0]})
    >>> counts_table(rows).select("organisation", "value", "people", "method").row(0)
    ('council', 75.0, 40, 'Wilson')
    """
    need(counts, _COLUMNS, what="counts")
    groups = [by] if isinstance(by, str) else list(by)
    for column in groups:
        if column not in ("organisation", "locality"):
            raise UsageError(
                'counts have no column "{column}"',
                where="by=",
                hint=did_you_mean(column, ["organisation", "locality"]),
                column=column,
            )
    held = eager(counts)
    absent = {c: d for c, d in (("locality", pl.String), ("denominator", pl.Float64)) if c not in held.columns}
    held = held.with_columns(pl.lit(None, d).alias(c) for c, d in absent.items())
    tables = []
    for (measure, definition), rows in held.group_by("measure", "definition", maintain_order=True):
        kind = (kinds or {}).get(str(measure)) or KINDS.get(str(rows["unit"].first()), "people")
        book = _book_of(rows, str(measure), str(definition), kind)
        tables.append(measure_table(_sides(rows, book, groups), book.measure, book.definition, by=groups))
    if not tables:
        raise UsageError("there are no counts", hint="leave the section out where no organisation supplies any")
    return pl.concat(tables).sort("measure", "definition", *groups, *_PERIOD, nulls_last=True)


def _book_of(rows: pl.DataFrame, measure: str, definition: str, kind: Kind) -> Definition:
    for column in ("unit", "over_time"):
        if rows[column].n_unique() > 1 or rows[column].null_count():
            raise InputError(
                'the rows of one measure disagree in "{column}", or lack it',
                where="counts, {measure}",
                hint="a measure and definition has one unit and rolls over time in one way; use two definitions",
                column=column,
                measure=measure,
            )
    over_time = str(rows["over_time"].first())
    if over_time not in _ROLLS:
        raise InputError(
            "over_time is none of sum, mean, never",
            where="counts, {measure}",
            hint="see data/README.md",
            measure=measure,
        )
    out_of = rows["denominator"].count() > 0
    return counted(measure, definition, str(rows["unit"].first()), _ROLLS[over_time], out_of=out_of, kind=kind)


def _sides(rows: pl.DataFrame, book: Definition, groups: Sequence[str]) -> pl.DataFrame:
    out_of = book.denominator is not None
    usable = pl.col("numerator").is_not_null()
    if out_of:
        usable &= pl.col("denominator").is_not_null()
    if book.limits == "Wilson":
        usable &= (pl.col("numerator") >= 0) & (pl.col("numerator") <= pl.col("denominator"))
    marked = rows.select(
        "organisation",
        "locality",
        *_PERIOD,
        *_FIGURES,
        usable=usable.fill_null(value=False),
        left_out=pl.lit([], pl.List(pl.String)),
    )
    local = marked.filter(pl.col("locality").is_not_null())
    if "locality" in groups:
        units = local
    else:
        whole = marked.filter(pl.col("locality").is_null()).drop("locality")
        summed = _summed(local, ["organisation"], "locality")
        units = pl.concat([whole, summed.join(whole, on=["organisation", *_PERIOD], how="anti").select(whole.columns)])
    if "organisation" not in groups:
        units = _summed(units, groups, "organisation")
    shown = pl.col("usable")
    behind = pl.col("denominator" if out_of else "numerator")
    # A percentage that came without its two counts says nothing of how many people it is of.
    of_people = book.numerator is not None and book.numerator.kind == "people" and (out_of or book.scale == 1)
    return units.with_columns(
        *[pl.when(shown).then(pl.col(c)) for c in _FIGURES],
        people=pl.when(shown).then(behind.round().cast(pl.Int64)) if of_people else pl.lit(None, pl.Int64),
        marker=pl.when(~shown).then(pl.lit(NOT_AVAILABLE)),
    )


def _summed(units: pl.DataFrame, stay: Sequence[str], over: str) -> pl.DataFrame:
    """Rows summed over a column, complete-case: who counts the measure at all is expected to have counted it in every period."""
    names = [*stay, over]
    grid = units.select(names).unique().join(units.select(_PERIOD).unique(), how="cross")
    kept = pl.col("usable").fill_null(value=False)
    return (
        grid.join(units, on=[*names, *_PERIOD], how="left", nulls_equal=True)
        .group_by(*stay, *_PERIOD)
        .agg(
            *[pl.when(kept.any()).then(pl.col(c).filter(kept).sum()) for c in _FIGURES],
            usable=kept.any(),
            without=pl.col(over).filter(~kept),
            before=pl.col("left_out")
            .filter(kept)
            .list.explode()
            .drop_nulls(),  # of a unit left out, its name says it all
        )
        .with_columns(left_out=pl.concat_list("without", "before").list.unique().list.sort())
        .drop("without", "before")
        .sort(*stay, *_PERIOD, nulls_last=True)
    )
