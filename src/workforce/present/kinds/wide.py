"""Tables with a column for each of several definitions (`wide_table`), or for each group of a second column (`cross_table`)."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import polars as pl

from workforce.disclosure import LEFT_OUT, Released
from workforce.errors import UsageError, did_you_mean
from workforce.periods import Period, written
from workforce.present.kinds.measure_table import notes_of
from workforce.present.shown import Table, Text, _html_table, titled
from workforce.present.text.numbers import UNRECORDED, capital, count, label, listed, printed, when, worded
from workforce.present.text.sentences import in_place
from workforce.present.view import groups_of, in_order, released_frame, rows_of
from workforce.results import NOT_AVAILABLE
from workforce.sealed import text_given, text_or_none, texts_given

_START, _END = "period_start", "period_end"
_LATEST: Final = pl.col(_END).eq_missing(pl.col(_END).max())
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
    frame = released.frame if periods else released.frame.filter(_LATEST)
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


def cross_table(
    released: Released,
    *,
    rows: str,
    across: str | Sequence[str],
    title: str | Text,
    definition: str | None = None,
    people: str | None = None,
) -> Table | Text:
    """Draw a released measure table with the groups of one column in rows and those of another in columns, for the latest period.

    A column without any number is left out and named under the table.

    Parameters
    ----------
    released : Released
        One released measure table.
    rows : str
        The group column in rows.
    across : str or sequence of str
        The group column in columns; of several, the first that the table has, because a table that `release` made coarser may have another.
    title : str
        The caption.
    definition : str, optional
        Needed only where the table has several.
    people : str, optional
        Name of a last row with the denominator of each column, where all its rows share it: how many people are behind their shares.

    Returns
    -------
    Table or Text
        The table as HTML, with its caption and notes. A sentence where there is no number to show, with the reason.

    Raises
    ------
    DisclosureError
        Where the table was not released.
    UsageError
        Where a column or definition is not there, or a cell would have two values.

    Examples
    --------
    >>> from workforce.disclosure import release
    >>> from workforce.stats.rates import measure_table
    >>> said = {"reason": ["pay", "workload"] * 2, "team": ["A", "A", "B", "B"], "recorded": ["all"] * 4, "denominator": [40.0] * 4}
    >>> leavers = pl.DataFrame({**said, "numerator": [10.0, 20.0, 30.0, 10.0], "people": [10, 20, 30, 10]})
    >>> reasons = release(measure_table(leavers, "exit_reasons", "share", by=["team"]), "internal")
    >>> shown = cross_table(reasons, rows="reason", across="team", title="Reasons")
    >>> "25.0%" in shown.html, "75.0%" in shown.html
    (True, True)
    """
    released = released_frame(released)
    caption, provenance = titled(title, released)
    people, rows, definition = (
        text_or_none(people, "people"),
        text_given(rows, "rows"),
        text_or_none(definition, "definition"),
    )
    candidates = [text_given(column, "across") for column in ([across] if isinstance(across, str) else across)]
    definition_rows = released.frame if definition is None else rows_of(released, [definition])
    frame = definition_rows.filter(_LATEST)
    numbers = ["value", "denominator"] if people is not None else ["value"]
    if sentence := in_place(released, frame.with_columns(value=pl.coalesce(*numbers)), title=title):
        return sentence
    groups = groups_of(released)
    over = next((column for column in candidates if column in groups), candidates[0])
    for name, column in (("rows=", rows), ("across=", over)):
        if column not in groups:
            raise UsageError(
                'the table has no group column "{column}"',
                where="{name}",
                hint=did_you_mean(column, groups or ["none"]),
                column=column,
                name=name,
            )
    frame = frame.with_columns(pl.col(rows, over).fill_null(UNRECORDED))
    if frame.select(rows, over).is_duplicated().any():
        raise UsageError(
            "several figures stand for one cell",
            where="{table}",
            hint="name one definition=, or measure with fewer columns in by=",
            table=released.name,
        )
    by_pair = {(r[rows], r[over]): r for r in frame.to_dicts()}
    down, along = (_ordered(frame, column) for column in (rows, over))
    cells = {label(rows): [worded(value, rows) for value in down] + ([people] if people else [])}
    empty = []
    for group in along:
        column_rows = [by_pair.get((value, group)) for value in down]
        if not any(r and r["value"] is not None for r in column_rows) and len(along) > 1:
            empty.append(worded(group, over))
            continue
        cells[worded(group, over)] = [printed(r, r["unit"] or "") if r else "" for r in column_rows]
        if people:
            cells[worded(group, over)].append(_behind(frame.filter(pl.col(over) == group)))
    shown_rows = frame.filter(
        ~pl.col(over).map_elements(lambda group: worded(group, over), return_dtype=pl.String).is_in(empty)
    )
    notes = [
        *notes_of(shown_rows, released.note, released.result.reasons, rule=released.rule),
        *([f"No figure can be shown for: {listed(empty)}."] if empty else []),
    ]
    headings = [c for c in cells if c != label(rows)]
    return _html_table(
        cells,
        numbers=headings,
        title=caption,
        notes=notes,
        rule=released.rule,
        provenance=provenance.with_arguments(people=people),
    )


def _ordered(frame: pl.DataFrame, column: str) -> list[str]:
    values = frame[column].unique().sort().to_list()
    return [row[column] for row in in_order([{column: value} for value in values], [column])]


def _behind(part: pl.DataFrame) -> str:
    """The denominator that the rows of a column share; its marker where it is withheld, nothing where they have several."""
    shared = part["denominator"].drop_nulls().unique().to_list()
    if len(shared) == 1:
        return count(shared[0])
    markers = part["marker"].drop_nulls().unique().to_list()
    return f"[{markers[0]}]" if not shared and len(markers) == 1 else ""
