"""Counts: what organisations supply already counted, as measure tables like any other.

The words, the unit and how a count rolls up over time come from its rows and travel with the table, so that `combine`, `xmr`, `release` and
captions treat it as they treat the rest. Rows of whole organisations and rows by locality are never added together.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import polars as pl

from workforce.book import Definition, Kind, Rolls
from workforce.book.made import counted
from workforce.errors import InputError, UsageError, did_you_mean
from workforce.frames import as_by, eager, need
from workforce.measures.availability import measure
from workforce.records import Records
from workforce.results import FIRST, NOT_AVAILABLE, PERIOD_COLUMNS, REST, MeasureTable, stacked
from workforce.stats.rates import measure_table

# By unit; else people, which is the careful way to be wrong. Nobody is behind the last: a board may know that three employers came.
KINDS: Final[dict[str, Kind]] = {
    "FTE": "fte",
    "cases": "cases",
    "days": "days",
    "hours": "days",
    **dict.fromkeys(("employers", "events", "schools", "sessions", "settings"), "posts"),
}
_ROLLS: Final[dict[str, Rolls]] = {"sum": "sum", "mean": "mean", "never": "never"}
_FIGURES: Final = ("numerator", "denominator")
_NEVER_NEGATIVE: Final = ("people", *KINDS)  # units of things that are counted one by one, or measured
_BELOW_ZERO: Final = pl.any_horizontal(pl.col(c) < 0 for c in _FIGURES).fill_null(value=False)
_COLUMNS: Final = ("organisation", "measure", "definition", "unit", "over_time", *PERIOD_COLUMNS, "numerator")


@measure("counts")
def table(
    records: Records,
    *,
    by: Sequence[str] | str = ("organisation",),
    kinds: Mapping[str, Kind] | None = None,
) -> MeasureTable:
    """What organisations counted themselves as one measure table: a share where there is a denominator, else a plain count.

    Parameters
    ----------
    records : Records
        The area's records; uses `counts`.
    by : sequence of str
        `organisation`, `locality`, both or neither. With `locality` the rows that name one are shown; without it an organisation's own
        total is, where it gives one for the period, else the sum of its localities. Over organisations the roll-up is complete-case: one
        that counts a measure, but not for the period, is named in `left_out`.
    kinds : mapping of str to str, optional
        What a measure counts where it is not people and the unit (FTE, cases, days, employers, schools ...) does not say so:
        ``{"courses_run": "posts"}`` (`posts` stands for anything with nobody behind it and is not withheld).

    Returns
    -------
    MeasureTable
        The definitions are the organisations' own and belong to this table alone. `people` is the denominator, or the count where there is
        none; null for what is not people. Limits: Wilson for shares of people. Without any counts the table is empty and has a reason.
        Marker ``x``: no count, a denominator missing where other rows have one, a share of more than all, people or cases
        below 0, or no localities.

    Raises
    ------
    UsageError
        Where `by` names another column, or the measure book has a measure and definition by another rule.
    InputError
        Where the rows of one measure disagree about its unit or about how it rolls up over time.

    References
    ----------
    This project's measure book; what each count means is its organisation's definition.

    Examples
    --------
    >>> from datetime import date
    >>> rows = pl.DataFrame({"organisation": ["council"], "measure": ["training_uptake"], "definition": ["module completed"], "unit": ["%"],
    ...     "over_time": ["sum"], "period_start": [date(2022, 4, 1)], "period_end": [date(2023, 3, 31)],
    ...     "numerator": [30.0], "denominator": [40.0]})
    >>> table(Records(counts=rows)).frame.select("organisation", "value", "people", "method").row(0)
    ('council', 75.0, 40, 'Wilson')
    """
    groups = as_by(by)
    for column in groups:
        if column not in ("organisation", "locality"):
            raise UsageError(
                'counts have no column "{column}"',
                where="by=",
                hint=did_you_mean(column, ["organisation", "locality"]),
                column=column,
            )
    if reason := records.lacks("counts"):
        empty = pl.DataFrame(schema={**dict.fromkeys((*FIRST, *groups), pl.String()), **REST})
        return MeasureTable(empty, [], groups, [reason])
    need(records.counts, _COLUMNS, what="counts")
    counts = eager(records.counts)
    absent = {c: d for c, d in (("locality", pl.String), ("denominator", pl.Float64)) if c not in counts.columns}
    counts = counts.with_columns(pl.lit(None, d).alias(c) for c, d in absent.items())
    no_localities = "locality" in groups and counts["locality"].is_null().all()
    tables = []
    for (name, definition), rows in counts.group_by("measure", "definition", maintain_order=True):
        kind = (kinds or {}).get(str(name)) or KINDS.get(str(rows["unit"].first()), "people")
        book = _book_of(rows, str(name), str(definition), kind)
        sides = _without_localities(rows, groups) if no_localities else _sides(rows, book, groups)
        tables.append(measure_table(sides, book.measure, book.definition, by=groups, book=book))
    result = stacked(tables, sort=["measure", "definition", *groups, *PERIOD_COLUMNS])
    return result._with_reasons(
        *(["the locality of counts is not recorded"] if no_localities else []), *_impossible(counts)
    )


def _impossible(counts: pl.DataFrame) -> list[str]:
    """Why a count that is there is not used, a sentence each without its full stop."""
    share = pl.col("unit").str.starts_with("%") & pl.col("denominator").is_not_null()
    faults = {
        "a count above what it is counted out of is not used": share & (pl.col("numerator") > pl.col("denominator")),
        "a count below 0 is not used": (share | pl.col("unit").is_in(_NEVER_NEGATIVE)) & _BELOW_ZERO,
    }
    return [sentence for sentence, fault in faults.items() if counts.select(fault.fill_null(value=False).any()).item()]


def _without_localities(rows: pl.DataFrame, groups: Sequence[str]) -> pl.DataFrame:
    """A marked row for each period, and organisation where it is a group, of counts that name no locality."""
    return rows.select(*groups, *PERIOD_COLUMNS).unique().with_columns(marker=pl.lit(NOT_AVAILABLE))


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
        usable &= pl.col("numerator") <= pl.col("denominator")
    if book.limits == "Wilson" or book.unit in _NEVER_NEGATIVE:
        usable &= ~_BELOW_ZERO
    flagged = rows.select(
        "organisation",
        "locality",
        *PERIOD_COLUMNS,
        *_FIGURES,
        usable=usable.fill_null(value=False),
        left_out=pl.lit([], pl.List(pl.String)),
    )
    local = flagged.filter(pl.col("locality").is_not_null())
    if "locality" in groups:
        units = local
    else:
        totals = flagged.filter(pl.col("locality").is_null()).drop("locality")
        summed = _summed(local, ["organisation"], "locality")
        units = pl.concat(
            [totals, summed.join(totals, on=["organisation", *PERIOD_COLUMNS], how="anti").select(totals.columns)]
        )
    if "organisation" not in groups:
        units = _summed(units, groups, "organisation")
    has_counts = pl.col("usable")
    people = pl.col("denominator" if out_of else "numerator")
    # A percentage that came without its two counts says nothing of how many people it is of.
    of_people = book.numerator is not None and book.numerator.kind == "people" and (out_of or book.scale == 1)
    return units.with_columns(
        *[pl.when(has_counts).then(pl.col(c)) for c in _FIGURES],
        people=pl.when(has_counts).then(people.round().cast(pl.Int64)) if of_people else pl.lit(None, pl.Int64),
        marker=pl.when(~has_counts).then(pl.lit(NOT_AVAILABLE)),
    )


def _summed(units: pl.DataFrame, stay: Sequence[str], over: str) -> pl.DataFrame:
    """Rows summed over a column, complete-case: who counts the measure at all is expected to have counted it in every period."""
    names = [*stay, over]
    grid = units.select(names).unique().join(units.select(PERIOD_COLUMNS).unique(), how="cross")
    usable = pl.col("usable").fill_null(value=False)
    return (
        grid.join(units, on=[*names, *PERIOD_COLUMNS], how="left", nulls_equal=True)
        .group_by(*stay, *PERIOD_COLUMNS)
        .agg(
            *[pl.when(usable.any()).then(pl.col(c).filter(usable).sum()) for c in _FIGURES],
            usable=usable.any(),
            without=pl.col(over).filter(~usable),
            before=pl.col("left_out")
            .filter(usable)
            .list.explode()
            .drop_nulls(),  # of a unit left out, its name says it all
        )
        .with_columns(left_out=pl.concat_list("without", "before").list.unique().list.sort())
        .drop("without", "before")
        .sort(*stay, *PERIOD_COLUMNS, nulls_last=True)
    )
