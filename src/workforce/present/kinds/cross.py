"""One number for each pair of two columns' groups, such as reasons in rows and lengths of service in columns."""

from collections.abc import Sequence

import polars as pl

from workforce.disclosure import Released
from workforce.errors import UsageError, did_you_mean
from workforce.present.drawing.html_table import Table, _html_table
from workforce.present.groups import in_order
from workforce.present.kinds.measure_table import notes_of
from workforce.present.text.numbers import count, label, listed, printed
from workforce.present.text.sentences import in_place
from workforce.present.text.text import Text, titled
from workforce.present.view import UNRECORDED, groups_of, released_frame, rows_of, worded
from workforce.sealed import text_given, text_or_none


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
    latest = pl.col("period_end").eq_missing(pl.col("period_end").max())
    frame = definition_rows.filter(latest)
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
