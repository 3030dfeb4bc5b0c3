"""Tables of released measure tables: each rate with the numbers behind it; a marker in brackets where a number is not shown."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import polars as pl

from workforce.book import Definition
from workforce.disclosure import RULES, Released
from workforce.errors import UsageError, did_you_mean
from workforce.periods import Period
from workforce.present.shown import Table, Text, _html_table, titled
from workforce.present.text.numbers import (
    UNRECORDED,
    capital,
    clean,
    count,
    is_range,
    label,
    limits_of,
    listed,
    measure_name,
    plain,
    printed,
    worded,
)
from workforce.present.text.sentences import explained, marker_meaning, provisional_sentence
from workforce.present.view import EVERYONE, by_of, groups_of, in_order, released_frame, rows_of, together, view
from workforce.results import PRINTED, MeasureTable
from workforce.sealed import text_given, text_or_none, texts_given

FIGURES: Final = ("period", "numerator", "denominator", "value", "limits", "people")
_ADDED_HEADINGS: Final = {
    "centre": "Centre",
    "lower_limit": "Lower limit",
    "upper_limit": "Upper limit",
    "special_cause": "Special cause",
    "assurance": "Against the target",
    "position": "Against the limits",
    "lower_bound": "Lower bound",
    "upper_bound": "Upper bound",
    "refused": "Rows not read",
}
_NO_CAUSE: Final = "none"
_NOTHING: Final = "No figures"
_PERIOD_HEADING: Final = "Period"
_FIGURE_HEADING: Final = "Figure"  # which definition a row is of, where there are several
_EVERYONE_HEADING: Final = "Group"  # where there are no groups
_WHOLE: Final = "all"  # how measures with several definitions name a column that does not apply


def measure_table_drawn(
    released: Released,
    *,
    by: str | None = None,
    columns: Sequence[str] | None = None,
    definition: str | None = None,
    title: str | Text | None = None,
    headings: Mapping[str, str] | None = None,
) -> Table:
    """Draw one released measure table row by row; the arguments are those of `wf.table`."""
    released = released_frame(released)
    by, definition = by_of(released, by), text_or_none(definition, "definition")
    columns = None if columns is None else [text_given(column, "columns") for column in columns]
    headings = texts_given(headings or {}, "headings")
    frame = released.frame
    if definition is not None:
        frame = rows_of(released, [definition])
        released = released._narrowed(frame)
    if by is not None:
        _ = view(released, by=by, definition=definition)  # refuses what it would hide
    groups = [by] if by is not None else _telling(frame, groups_of(released))
    figure_columns = _figures(
        released, None if columns is None else [text_given(column, "columns") for column in columns]
    )
    cells = _cells(released, groups, figure_columns, headings)
    words, provenance = titled(title, released)
    row_headers = [c for c in cells if c in {*(label(g) for g in groups), _EVERYONE_HEADING, _FIGURE_HEADING}]
    return _html_table(
        cells,
        numbers=[c for c in cells if c not in {*row_headers, _PERIOD_HEADING, *_wordy(released)}],
        row_headers=max(len(row_headers), 1),
        title=words or _title(released) + _only_period(frame, figure_columns),
        notes=notes_of(frame, released.note, released.result.reasons, rule=released.rule),
        rule=released.rule,
        provenance=provenance.with_arguments(headings=headings),
    )


def _added(released: Released) -> tuple[str, ...]:
    result = released.result
    return tuple(c for c in result.added if c not in PRINTED) if isinstance(result, MeasureTable) else ()


def _figures(released: Released, columns: Sequence[str] | None) -> list[str]:
    if columns is not None:
        allowed = [*FIGURES, *_added(released)]
        for column in columns:
            if column not in allowed:
                raise UsageError(
                    'a table has no column "{name}"', where="columns=", hint=did_you_mean(column, allowed), name=column
                )
        return list(columns)
    return figures_of(released.frame)


def _telling(frame: pl.DataFrame, groups: list[str]) -> list[str]:
    """The group columns without those that are "all" in every row."""
    return [g for g in groups if frame[g].unique().to_list() != [_WHOLE]]


def figures_of(frame: pl.DataFrame) -> list[str]:
    """Which columns of figures a table shows by default: all that have a value, except people."""
    has_content = {
        "period": frame.select("period_start", "period_end").n_unique() > 1,
        "numerator": _held(frame, "numerator")
        and bool((frame["numerator"] != frame["value"]).any() or _held(frame, "denominator")),
        "denominator": _held(frame, "denominator"),
        "value": True,
        "limits": _held(frame, "lower"),
        "people": False,
    }
    return [c for c in FIGURES if has_content[c]]


def _only_period(frame: pl.DataFrame, figure_columns: list[str]) -> str:
    """The one period of all rows, for a title over a table that does not show it in a column."""
    first = frame.select("period_start", "period_end").drop_nulls().head(1).rows()
    return f", {Period(*first[0])}" if first and "period" not in figure_columns else ""


def _wordy(released: Released) -> set[str]:
    """The headings of added columns that hold words."""
    schema = released.frame.schema
    return {_ADDED_HEADINGS.get(c, label(c)) for c in _added(released) if schema[c] == pl.String}


def _held(frame: pl.DataFrame, column: str) -> bool:
    return column in frame.columns and bool(frame[column].is_not_null().any())


def _books(released: Released) -> list[Definition]:
    pairs = released.frame.select("measure", "definition").unique(maintain_order=True).rows()
    return [released.result.definition(m, d) for m, d in pairs]


def _side(books: list[Definition], side: str) -> str:
    """The heading of a side: its words where all rows share them."""
    words = {getattr(b, side).words if getattr(b, side) else None for b in books}
    shared = words.pop() if len(words) == 1 else None
    return capital(shared) if shared else side.capitalize()


def _cells(
    released: Released, groups: list[str], figure_columns: list[str], caller_headings: Mapping[str, str]
) -> dict[str, list[str]]:
    frame = released.frame
    # Figures of one definition are together, whatever the order of their bands.
    rows = in_order(frame.to_dicts(), ["measure", "definition", *groups])
    books = _books(released)
    units = frame["unit"].unique().to_list()
    unit = f" ({units[0]})" if len(units) == 1 and units[0] else ""
    names = frame["measure"].unique().to_list()
    cells: dict[str, list[str]] = {
        label(g): [worded(r[g], g) if r[g] is not None else UNRECORDED for r in rows] for g in groups
    }
    if len(books) > 1:
        cells[_FIGURE_HEADING] = [_what(released, r) for r in rows]
    if not cells and "period" not in figure_columns:
        cells[_EVERYONE_HEADING] = [together(released.note) or EVERYONE] * len(rows)
    single = books[0] if len(books) == 1 else None
    is_count = single is not None and single.denominator is None and single.numerator is not None
    share = single is not None and single.is_pay and single.numerator is not None  # of people, next to a pay gap
    measured = "Share" if share else capital(measure_name(names[0])) if len(names) == 1 else "Value"
    value = _side(books, "numerator") if is_count else f"{measured}{unit}"
    headings = {
        "period": _PERIOD_HEADING,
        "numerator": _side(books, "numerator"),
        "denominator": _side(books, "denominator"),
        "value": value,
        "limits": "95% limits",
        "people": "People",
        **{c: _ADDED_HEADINGS.get(c, label(c)) for c in _added(released)},
    }
    if len({headings[c] for c in figure_columns} | set(cells)) < len(figure_columns) + len(cells):
        headings = {**headings, "numerator": "Numerator", "denominator": "Denominator", "value": "Value"}
    headings = {**headings, **caller_headings}
    for column in figure_columns:
        if headings[column] in cells:
            raise UsageError(
                'two columns have the heading "{heading}"',
                where="headings=",
                hint="give each a heading of its own",
                heading=headings[column],
            )
        cells[headings[column]] = [_cell(released, column, r) for r in rows]
    return cells


def _what(released: Released, row: dict[str, Any]) -> str:
    return capital(clean(released.result.definition(row["measure"], row["definition"]).words))


def _cell(released: Released, column: str, row: dict[str, Any]) -> str:
    if column == "period":
        return str(Period(row["period_start"], row["period_end"])) if row["period_end"] and row["period_start"] else ""
    if column == "value":
        return printed(row, row["unit"] or "")
    if column == "limits":
        return limits_of(row, row["unit"] or "")
    if column == "people":
        return count(row.get("people"), row["marker"])
    return _side_cell(released, column, row) if column in ("numerator", "denominator") else _added_cell(column, row)


def _side_cell(released: Released, column: str, row: dict[str, Any]) -> str:
    """One side of a rate; of a small count whose rate is a range, between what it lies."""
    if column == "numerator" and row[column] is None and is_range(row):
        return f"1 to {RULES[released.rule].small}"
    side = getattr(released.result.definition(row["measure"], row["definition"]), column)
    return count(row[column], row["marker"], kind=side.kind if side else "other")


def _added_cell(column: str, row: dict[str, Any]) -> str:
    """What xmr, funnel or compare added to a row: words as they are, figures in the measure's unit."""
    value = row[column]
    if value is None:
        if row["value"] is None:
            return f"[{row['marker']}]" if row["marker"] else ""
        return _NO_CAUSE if column == "special_cause" and row["variation"] is not None else ""
    if isinstance(value, str):
        return capital(clean(value))
    return f"{value:,}" if isinstance(value, int) else plain(value, row["unit"] or "")


def _title(released: Released) -> str:
    books = _books(released)
    if len(books) == 1:
        return f"{capital(measure_name(books[0].measure))}: {books[0].words}"
    measures = sorted({d.measure for d in released.result.definitions})
    return capital(listed([measure_name(m) for m in measures])) or _NOTHING


def notes_of(
    frame: pl.DataFrame, note: str, reasons: Sequence[str] = (), also: Sequence[str] = (), *, rule: str
) -> list[str]:
    """What the markers of a table mean, why rows have no figure, and what was made coarser; also: markers that no row has.

    What was withheld is said once a page, under the rules of which a page is made.
    """
    markers = frame["marker"].drop_nulls().unique().to_list() if "marker" in frame.columns else []
    meanings = [marker_meaning(m) for m in explained(sorted({*markers, *also}), rule)]
    sentences = (f"{capital(reason)}." for reason in reasons)
    all_sentences = (f"{'; '.join(meanings)}." if meanings else "", *sentences, provisional_sentence(frame), note)
    return [s for s in all_sentences if s]
