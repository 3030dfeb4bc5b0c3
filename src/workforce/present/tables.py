"""Tables of released figures: the numbers beside every rate, in plain words.

Promises: text is escaped, headers have scopes, a marker stands in brackets where a figure is not shown, ids follow from
the content. The page's one stylesheet styles them (class `wf-table`): Great Tables repeats 8 KB of CSS with each table,
which is left out here. Refuses: frames that were not released; in `notes_table`, any column that could be about people.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import polars as pl

from workforce.definitions import MEASURE_BOOK, Definition
from workforce.disclosure import Released
from workforce.disclosure.hazards import is_hazards
from workforce.disclosure.incidences import is_incidence
from workforce.errors import DisclosureError, UsageError, did_you_mean
from workforce.measures.frame import added_columns
from workforce.periods import Period
from workforce.present.curve_table import curve_table
from workforce.present.grid import Table, drawn
from workforce.present.leaving import incidence_table
from workforce.present.numerals import capital, count, label, limits, listed, measure_name, plain
from workforce.present.order import in_order
from workforce.present.ratios import hazards_table
from workforce.present.view import EVERYONE, MARKERS, UNRECORDED, clean, groups_of, released_frame, view, worded

FIGURES: Final = ("period", "numerator", "denominator", "value", "limits", "people")
_ADDED_HEADINGS: Final = {
    "centre": "Centre",
    "lower_limit": "Lower limit",
    "upper_limit": "Upper limit",
    "special_cause": "Special cause",
    "assurance": "Against the target",
    "position": "Against the limits",
}
_NO_CAUSE: Final = "none"
_NOTES_TEXT: Final = (
    "organisation",
    "role",
    "source",
    "file",
    "table",
    "column",
    "rule",
    "example_rows",
    "measure",
    "definition",
    "words",
    "formula",
)
_WHOLE: Final = "all"  # how measures with several definitions name a column that does not apply
_NOTES_COUNTS: Final = ("rows", "rows_read", "rows_kept", "rows_refused", "count")


def table(
    released: Released,
    *,
    by: str | None = None,
    columns: Sequence[str] | None = None,
    definition: str | None = None,
    title: str | None = None,
    headings: Mapping[str, str] | None = None,
) -> Table:
    """A released measure table, or a released life table at whole years, as an HTML table.

    by: show this group column only (the others must not tell rows apart). columns: which of period, numerator,
    denominator, value, limits, people to show, and which of those that xmr, funnel or compare added (variation,
    special_cause, position ...); without it all of the first kind that hold anything but people. definition: one of
    several in the table. title: without it the table says what it measures. headings: a heading for some of the columns
    of figures, such as numerator = "In time" where the rows share no words of their own. Refuses frames that were not released
    (DisclosureError) and columns that are not there (UsageError).

    >>> from workforce.measures.frame import measure_table
    >>> sides = pl.DataFrame({"locality": ["Coast"], "numerator": [3.0], "denominator": [60.0], "people": [60]})
    >>> counts = measure_table(sides, "turnover", "nhs", by=["locality"])
    >>> shown = table(Released("internal", {"turnover": counts}))
    >>> "1.0 to 14.6" in shown.html, "5.0%" in shown.html
    (True, True)
    """
    given = released_frame(released)
    if is_incidence(given.frame):
        return incidence_table(given, by=by, title=title)
    if is_hazards(given.frame):
        return hazards_table(given, title=title)
    if "at_risk" in given.frame.columns:
        seen = view(given, by=by, definition=definition)
        return curve_table(seen, title=title, notes=notes_of(given.frame, given.note))
    frame = given.frame
    if definition is not None:
        known = frame["definition"].unique().sort().to_list()
        if definition not in known:
            raise UsageError(
                'the table has no definition "{definition}"',
                where="{table}",
                hint=did_you_mean(definition, known),
                definition=definition,
                table=given.name,
            )
        frame = frame.filter(pl.col("definition") == definition)
    if by is not None:
        _ = view(Released(given.rule, {given.name: frame}), by=by, definition=definition)  # refuses what it would hide
    groups = [by] if by is not None else _telling(frame, groups_of(frame))
    shown = _figures(frame, columns)
    cells = _cells(frame, groups, shown, headings or {})
    name = (_title(frame, given.name) + _only_period(frame, shown)) if title is None else title
    return drawn(
        cells,
        numbers=[c for c in cells if c not in {label(g) for g in groups} | {"Period", "Figure"} | _wordy(frame)],
        title=name,
        notes=notes_of(frame, given.note),
        rule=given.rule,
    )


def _figures(frame: pl.DataFrame, columns: Sequence[str] | None) -> list[str]:
    if columns is not None:
        known = [*FIGURES, *added_columns(frame)]
        for one in columns:
            if one not in known:
                raise UsageError(
                    'a table has no column "{name}"', where="columns=", hint=did_you_mean(one, known), name=one
                )
        return list(columns)
    return figures_of(frame)


def _telling(frame: pl.DataFrame, groups: list[str]) -> list[str]:
    """The group columns less those that say "all" in every row."""
    return [g for g in groups if frame[g].unique().to_list() != [_WHOLE]]


def figures_of(frame: pl.DataFrame) -> list[str]:
    """Which columns of figures a table shows unless it is told: those that hold anything, but people."""
    held = {
        "period": frame.select("period_start", "period_end").n_unique() > 1,
        "numerator": _held(frame, "numerator")
        and bool((frame["numerator"] != frame["value"]).any() or _held(frame, "denominator")),
        "denominator": _held(frame, "denominator"),
        "value": True,
        "limits": _held(frame, "lower"),
        "people": False,
    }
    return [c for c in FIGURES if held[c]]


def _only_period(frame: pl.DataFrame, shown: list[str]) -> str:
    """The one period of all rows, for a title over a table that does not show it in a column."""
    first = frame.select("period_start", "period_end").drop_nulls().head(1).rows()
    return f", {Period(*first[0])}" if first and "period" not in shown else ""


def _wordy(frame: pl.DataFrame) -> set[str]:
    """The headings of added columns that hold words."""
    return {_ADDED_HEADINGS.get(c, label(c)) for c in added_columns(frame) if frame.schema[c] == pl.String}


def _held(frame: pl.DataFrame, column: str) -> bool:
    return column in frame.columns and bool(frame[column].is_not_null().any())


def _books(frame: pl.DataFrame) -> list[Definition | None]:
    pairs = frame.select("measure", "definition").unique(maintain_order=True).rows()
    return [MEASURE_BOOK.get((m, d)) for m, d in pairs]


def _side(books: list[Definition | None], side: str) -> str:
    """The heading of a side: its words where all rows share them."""
    words = {getattr(b, side).words if b and getattr(b, side) else None for b in books}
    only = words.pop() if len(words) == 1 else None
    return capital(only) if only else side.capitalize()


def _cells(frame: pl.DataFrame, groups: list[str], shown: list[str], own: Mapping[str, str]) -> dict[str, list[str]]:
    # Figures of one definition stand together, whatever the order of their bands.
    rows = in_order(frame.to_dicts(), ["measure", "definition", *groups])
    books = _books(frame)
    units = frame["unit"].unique().to_list()
    unit = f" ({units[0]})" if len(units) == 1 and units[0] else ""
    names = frame["measure"].unique().to_list()
    cells: dict[str, list[str]] = {
        label(g): [worded(r[g], g) if r[g] is not None else UNRECORDED for r in rows] for g in groups
    }
    if len(books) > 1:
        cells["Figure"] = [_what(r) for r in rows]
    if not cells and "period" not in shown:
        cells["Group"] = [EVERYONE] * len(rows)
    only = books[0] if len(books) == 1 else None
    counted = only is not None and only.denominator is None and only.numerator is not None
    share = only is not None and only.is_pay and only.numerator is not None  # of people, beside a gap
    measured = "Share" if share else capital(measure_name(names[0])) if len(names) == 1 else "Value"
    value = _side(books, "numerator") if counted else f"{measured}{unit}"
    headings = {
        "period": "Period",
        "numerator": _side(books, "numerator"),
        "denominator": _side(books, "denominator"),
        "value": value,
        "limits": "95% limits",
        "people": "People",
        **{c: _ADDED_HEADINGS.get(c, label(c)) for c in added_columns(frame)},
    }
    if len({headings[c] for c in shown} | set(cells)) < len(shown) + len(cells):
        headings = {**headings, "numerator": "Numerator", "denominator": "Denominator", "value": "Value"}
    headings = {**headings, **own}
    for column in shown:
        cells[headings[column]] = [_cell(column, r) for r in rows]
    return cells


def _what(row: dict[str, Any]) -> str:
    book = MEASURE_BOOK.get((row["measure"], row["definition"]))
    return capital(book.words) if book else f"{capital(measure_name(row['measure']))} ({clean(row['definition'])})"


def _cell(column: str, row: dict[str, Any]) -> str:
    if column == "period":
        return str(Period(row["period_start"], row["period_end"])) if row["period_end"] and row["period_start"] else ""
    if column == "value":
        return plain(row["value"], row["unit"] or "", row["marker"])
    if column == "limits":
        return limits(row["lower"], row["upper"], row["unit"] or "")
    if column == "people":
        return count(row.get("people"), row["marker"])
    if column not in ("numerator", "denominator"):
        return _added_cell(column, row)
    book = MEASURE_BOOK.get((row["measure"], row["definition"]))
    side = getattr(book, column) if book else None
    return count(row[column], row["marker"], kind=side.kind if side else "other")


def _added_cell(column: str, row: dict[str, Any]) -> str:
    """What xmr, funnel or compare added to a row: words as they are, figures in the measure's unit."""
    held = row[column]
    if held is None:
        if row["value"] is None:
            return f"[{row['marker']}]" if row["marker"] else ""
        return _NO_CAUSE if column == "special_cause" and row["variation"] is not None else ""
    if isinstance(held, str):
        return capital(clean(held))
    return f"{held:,}" if isinstance(held, int) else plain(held, row["unit"] or "")


def _title(frame: pl.DataFrame, name: str) -> str:
    books = _books(frame)
    if len(books) == 1 and books[0]:
        return f"{capital(measure_name(books[0].measure))}: {books[0].words}"
    measures = frame["measure"].unique().sort().to_list()
    return capital(listed([measure_name(m) for m in measures]) or name.replace("_", " "))


def notes_of(frame: pl.DataFrame, note: str) -> list[str]:
    """What the markers of a table mean, and what was made coarser."""
    markers = frame["marker"].drop_nulls().unique().sort().to_list() if "marker" in frame.columns else []
    meanings = [f"[{m}] {MARKERS.get(m, 'marked by its publisher')}" for m in markers]
    return [s for s in (f"{'; '.join(meanings)}." if meanings else "", note) if s]


def notes_table(frame: pl.DataFrame, title: str) -> Table:
    """Counts that are about files and rules, not about people, as an HTML table: what was read and what was refused.

    Takes text columns organisation, role, source, file, table, column, rule, example_rows, measure, definition, words,
    formula and whole-number columns rows, rows_read, rows_kept, rows_refused, count. Refuses any other column
    (DisclosureError): what is about people goes through `release`.

    >>> print(notes_table(pl.DataFrame({"rule": ["end_before_start"], "rows": [2]}), "Refused").title)
    Refused
    """
    for name, dtype in frame.schema.items():
        if not (name in _NOTES_TEXT and dtype == pl.String) and not (name in _NOTES_COUNTS and dtype.is_integer()):
            raise DisclosureError(
                'a table of notes has no column "{name}" of type {dtype}',
                hint="what is about people goes through workforce.release",
                name=name,
                dtype=dtype,
            )
    cells = {
        label(name): [
            ("" if v is None else f"{v:,}") if frame[name].dtype.is_integer() else _worded(name, v)
            for v in frame[name].to_list()
        ]
        for name in frame.columns
    }
    numbers = [label(name) for name in frame.columns if frame[name].dtype.is_integer()]
    return drawn(cells, numbers=numbers, title=title, notes=[], rule="notes")


def _worded(column: str, value: str | None) -> str:
    if value is None:
        return ""
    return capital(clean(value).replace("_", " ")) if column == "rule" else clean(value)
