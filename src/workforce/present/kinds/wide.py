"""Several definitions side by side: a row for each group or period, a column for each definition."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import polars as pl

from workforce.disclosure import LEFT_OUT, Released
from workforce.errors import UsageError
from workforce.periods import Period, written
from workforce.present.drawing.html_table import Table, _html_table
from workforce.present.groups import in_order
from workforce.present.kinds.measure_table import notes_of
from workforce.present.text.numbers import capital, count, label, printed
from workforce.present.text.sentences import in_place
from workforce.present.text.text import Text, titled
from workforce.present.view import UNRECORDED, groups_of, released_frame, rows_of, when, worded
from workforce.results import NOT_AVAILABLE
from workforce.sealed import text_or_none, texts_given

_START, _END = "period_start", "period_end"
_PERIOD: Final = "Period"
_TO: Final = "To"
_NOTHING: Final = {"value": None, "unit": "", "marker": None, "denominator": None}
_ABSENT: Final = {**_NOTHING, "marker": NOT_AVAILABLE}


def wide_table(
    released: Released,
    *,
    columns: Mapping[str, str],
    title: str | Text,
    people: str | None = None,
    periods: bool = False,
) -> Table | Text:
    """Draw a released measure table with its definitions as columns.

    Parameters
    ----------
    released : Released
        One released measure table.
    columns : mapping of definition to heading
        In order.
    title : str
        The caption.
    people : str, optional
        Heading of a column with the denominator of the first definition: how many people are behind it.
    periods : bool
        Show every period, the oldest first; without it, the latest only. Periods are identified by their last day, so that a value at the
        end of a year can be compared with those of the year.

    Returns
    -------
    Table or Text
        The table as HTML, with its caption and notes; a definition without a row is marked ``[x]``, and has no column where the table was
        made coarser or release left the definition out. A sentence where there is no number to show, with the reason.

    Raises
    ------
    DisclosureError
        Where the table was not released.
    UsageError
        Where the measure has no such definition, or a cell would have two values.

    Examples
    --------
    >>> from workforce.disclosure import release
    >>> from workforce.stats.rates import measure_table
    >>> from workforce.results import stacked
    >>> staff = {"role": ["SENCO"], "body": ["Trust"], "people": [20], "denominator": [20.0]}
    >>> parts = [measure_table(pl.DataFrame({**staff, "value": [v]}), "pay_position", d, by=["role"])
    ...     for d, v in (("median", 21.2), ("compa_ratio", 0.98))]
    >>> pay = release(stacked(parts), "internal")
    >>> shown = wide_table(pay, columns={"median": "Median", "compa_ratio": "Ratio"}, title="Pay")
    >>> "£21.20" in shown.html, "0.98" in shown.html
    (True, True)
    """
    released = released_frame(released)
    caption, provenance = titled(title, released)
    columns = texts_given(columns, "columns")
    people = text_or_none(people, "people")
    frame = released.frame if periods else released.frame.filter(_latest(released.frame))
    chosen = rows_of(released._narrowed(frame), list(columns))
    numbers = ["value", "denominator"] if people is not None else ["value"]
    if sentence := in_place(released, chosen.with_columns(value=pl.coalesce(*numbers)), title=title):
        return sentence
    by_definition = {d: frame.filter(pl.col("definition") == d) for d in columns}
    if released.note or any(reason.startswith(LEFT_OUT) for reason in released.result.reasons):
        by_definition = {d: rows for d, rows in by_definition.items() if not rows.is_empty()}
        people = people if next(iter(columns), None) in by_definition else None  # those behind the first definition
        columns = {d: heading for d, heading in columns.items() if d in by_definition}
    groups = _telling(list(by_definition.values()), groups_of(released), periods=periods)
    if any(subset.select(groups).is_duplicated().any() for subset in by_definition.values() if groups):
        raise UsageError(
            "several figures stand for one cell",
            where="{table}",
            hint="measure with fewer columns in by=",
            table=released.name,
        )
    ordered: Sequence[Mapping[str, Any]] = [{}]
    if groups:
        rows = pl.concat([subset.select(groups) for subset in by_definition.values()]).unique()
        ordered = in_order(rows.sort(*groups, nulls_last=True).to_dicts(), groups)
    cells = {label(g): [UNRECORDED if r[g] is None else worded(r[g], g) for r in ordered] for g in groups if g != _END}
    if _END in groups:
        cells |= _periods(ordered, pl.concat([subset.select(_START, _END) for subset in by_definition.values()]))
    keys = [tuple(r[g] for g in groups) for r in ordered]
    rows_by_key = {
        d: {tuple(r[g] for g in groups): r for r in subset.to_dicts()} for d, subset in by_definition.items()
    }
    if people is not None:
        first = [rows_by_key[next(iter(columns))].get(k, _NOTHING) for k in keys]
        cells[people] = [count(r["denominator"], r["marker"]) for r in first]
    for definition, heading in columns.items():
        column_rows = [rows_by_key[definition].get(k, _NOTHING if rows_by_key[definition] else _ABSENT) for k in keys]
        cells[heading] = [printed(r, r["unit"] or "") for r in column_rows]
    all_rows = pl.concat(list(by_definition.values()))
    numbers = [c for c in cells if c not in {label(g) for g in groups} | {_PERIOD, _TO}]
    return _html_table(
        cells,
        numbers=numbers,
        row_headers=len([c for c in cells if c not in numbers]),
        title=caption,
        notes=notes_of(
            all_rows,
            released.note,
            released.result.reasons,
            also=[] if all(rows_by_key.values()) else [NOT_AVAILABLE],
            rule=released.rule,
        ),
        rule=released.rule,
        provenance=provenance.with_arguments(columns=columns, people=people),
    )


def _latest(frame: pl.DataFrame) -> pl.Expr:
    is_single = frame[_END].n_unique() <= 1
    return pl.lit(value=True) if is_single else pl.col(_END) == pl.col(_END).max()


def _telling(tables: Sequence[pl.DataFrame], groups: Sequence[str], *, periods: bool) -> list[str]:
    """The columns that tell the rows of one definition apart; where there is one row only, the first that names it."""
    telling = [g for g in groups if any(rows[g].n_unique() > 1 for rows in tables)]
    if periods:
        return [*telling, _END]
    same = [g for g in groups if pl.concat([rows.select(g) for rows in tables])[g].n_unique() == 1]
    return telling or same[:1]


def _periods(rows: Sequence[Mapping[str, Any]], dates: pl.DataFrame) -> dict[str, list[str]]:
    """The periods as a column of their own: as they are, or by their last day where the figures of a row have different ones."""
    starts = dict(dates.group_by(_END).agg(pl.col(_START).unique()).iter_rows())
    if all(len(first_days) == 1 for first_days in starts.values()):
        periods = [Period(starts[r[_END]][0], r[_END]) for r in rows]
        return {_PERIOD: [capital(when(p).removeprefix("the ")) for p in periods]}
    return {_TO: [written(r[_END]) for r in rows]}
