"""Steps that follow one another, as bars in their own order: from funded post to person in post, from applicant to someone who stayed.

The bars are the counts behind each step, in the order asked for, never sorted; where a step is a share of the one before, the share stands
beside its bar; a withheld step keeps its place, and so does one that could not be counted.
"""

from collections.abc import Mapping
from typing import Any, Final

import polars as pl

from workforce.disclosure import Released
from workforce.errors import UsageError
from workforce.present.bars import bar_spec
from workforce.present.captions import caption
from workforce.present.figure import Figure, _figure
from workforce.present.in_place import in_place
from workforce.present.measure_tables import measure_table_drawn
from workforce.present.numerals import capital, count, measure_name, percent
from workforce.present.text import Text, _sentence
from workforce.present.view import View, book_of, gap_in_words, groups_of, preposition, released_frame, rows_of, when
from workforce.results import FIRST, NOT_AVAILABLE
from workforce.sealed import text_or_none, texts_given

_UNITS: Final = {"FTE": "FTE"}  # full-time equivalents stand on a scale of their own; all else is counted in people
_STEP: Final = "step"


def steps(
    released: Released, *, columns: Mapping[str, str], title: str | Text | None = None, source: str | None = None
) -> Figure | Text:
    """Several definitions of one released measure as bars, one a step, in the order asked for.

    The bars are the numerators; a step that is a share of the one before has the share with it.

    Parameters
    ----------
    released : Released
        One released measure table.
    columns : mapping of str to str
        For each definition the name of its step, in order.
    title : str or Text, optional
        Without it, the first and the last step.
    source : str, optional
        Whose data, for the caption.

    Returns
    -------
    Figure or Text
        The chart, its alternative text, its caption and its numbers as a table. A sentence where no step has a figure, with the reason.

    Raises
    ------
    DisclosureError
        Where the table was not released.
    UsageError
        Where the measure has no such definition.
    """
    columns, source = texts_given(columns, "columns"), text_or_none(source, "source")
    given = released_frame(released)
    chosen_rows = rows_of(given, list(columns))
    if sentence := in_place(given, chosen_rows.with_columns(value="numerator"), title=title):
        return sentence
    rows = _rows(given, chosen_rows, columns)
    unit = "FTE" if all(r["unit"] in _UNITS for r in rows) else "people"
    frame = pl.DataFrame(
        [
            {k: r[k] for k in ("series", "value", "lower", "upper", "marker", "left_out", "period_start", "period_end")}
            for r in rows
        ],
        schema_overrides={"value": pl.Float64, "lower": pl.Float64, "upper": pl.Float64, "marker": pl.String},
    )
    name = measure_name(str(given.frame["measure"][0]))
    seen = View._of(given, frame, by=_STEP, measure=name, unit=unit, book=None)
    order = pl.DataFrame({"definition": list(columns)})
    numbers = order.join(given.frame, on="definition", maintain_order="left").select(given.frame.columns)
    chosen = _title(seen, rows)
    return _figure(
        seen,
        title=title,
        chosen=chosen,
        spec=bar_spec(seen, rows),
        alt=_alt(seen, rows),
        caption=caption(seen, source=source),
        table=measure_table_drawn(given._narrowed(numbers), title=title or _sentence(chosen, seen)),
        columns=columns,
        source=source,
    )


def _rows(given: Released, kept: pl.DataFrame, columns: Mapping[str, str]) -> list[dict[str, Any]]:
    """The steps in order, each with what is drawn, how it is written and what stands beside it; kept: the rows of these steps."""
    if kept.select(FIRST).is_duplicated().any():
        groups = groups_of(given)
        raise UsageError(
            "steps are drawn of one group and one date or period",
            where="{table}",
            hint="measure without by={groups}",
            table=given.name,
            groups=groups,
        )
    if kept["measure"].n_unique() > 1 or (kept["unit"].is_in(list(_UNITS)).n_unique() > 1):
        raise UsageError(
            "these steps do not stand on one scale", where="{table}", hint="draw those of one measure", table=given.name
        )
    found = {r["definition"]: r for r in kept.to_dicts()}
    blank = {**dict.fromkeys(kept.columns), **_alike(kept), "marker": NOT_AVAILABLE}
    rows = {definition: found.get(definition, {**blank, "definition": definition}) for definition in columns}
    return [_drawn(given, rows[definition], name) for definition, name in columns.items()]


def _alike(kept: pl.DataFrame) -> dict[str, Any]:
    """What all steps share."""
    return kept.select("measure", "unit", "period_start", "period_end").row(0, named=True)


def _drawn(given: Released, row: dict[str, Any], name: str) -> dict[str, Any]:
    book = book_of(given.result, row["definition"])
    of = book.denominator.words if book is not None and book.denominator is not None else ""
    shares = bool(of) and row["value"] is not None
    kind = book.numerator.kind if book is not None and book.numerator is not None else "people"
    return {
        **row,
        "series": name,
        "value": row["numerator"],
        "lower": None,
        "upper": None,
        "shown": count(row["numerator"], row["marker"], kind=kind),
        "beside": f"({percent(row['value'])} of {of})" if shares else "",
    }


def _at(seen: View) -> str:
    period = seen.periods[-1] if seen.periods else None
    return f" {preposition(period)} {when(period)}" if period else ""


def _title(seen: View, rows: list[dict[str, Any]]) -> str:
    """The first and the last step that can be shown."""
    subject = f"{capital(seen.measure)}{_at(seen)}"
    known = [r for r in rows if r["value"] is not None]
    if not known:
        why = {gap_in_words(r) for r in rows}
        return f"{subject}: {why.pop() if len(why) == 1 else 'no figure can be shown'}"
    unit = " FTE" if seen.unit == "FTE" else ""
    said = [f"{r['shown']}{unit} {r['series'][:1].lower()}{r['series'][1:]}" for r in (known[0], known[-1])]
    return f"{subject}: {', '.join(dict.fromkeys(said))}"


def _alt(seen: View, rows: list[dict[str, Any]]) -> str:
    said = [
        f"{r['series']}: {r['shown'] if r['value'] is not None else gap_in_words(r)}{' ' + r['beside'] if r['beside'] else ''}"
        for r in rows
    ]
    return f"Bar chart of {seen.measure}{_at(seen)}, a bar for each step in order. {'; '.join(said)}."
