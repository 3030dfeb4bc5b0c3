"""Mapping: from the cells of one file to rows of a canonical table, and what is refused on the way.

Promises: every cell is cast strictly by the form that the settings declare; a row that cannot be cast, lacks a required value or breaks a
rule of its table is refused under each rule that it breaks, and the rest go on. Rules name columns and limits, never a cell. Refuses:
nothing as a whole; that is for whoever asked.
"""

import types
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Final, cast

import dataframely as dy
import polars as pl

from workforce.schemas import TABLES
from workforce.settings import SourceFile
from workforce.sources.reading import Cells
from workforce.sources.workbook import ERROR_CELL

ROLE: Final = "role"
_TYPED_DAY: Final = (
    r"^(\d{4}-\d{2}-\d{2}) \d{2}:\d{2}:\d{2}"  # how a typed date cell arrives; its time of day is not kept
)
_GROUPED: Final = r"^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$"  # 1,234.50, and not 12,34
_YES: Final = ("true", "1", "yes")
_NO: Final = ("false", "0", "no")
_NOT: Final = {
    pl.Date(): "not a date",
    pl.Float64(): "not a number",
    pl.Int64(): "not a whole number",
    pl.Boolean(): "not yes or no",
}
_WHOLE_ROW: Final = "*"


@dataclass(frozen=True, slots=True, repr=False)
class Mapped:
    """kept: row and all columns of the table. refusals: row, rule, one row for every rule that a row broke."""

    kept: pl.DataFrame
    refusals: pl.DataFrame

    def __repr__(self) -> str:
        return f"Mapped({self.kept.height} rows kept, {self.refusals['row'].n_unique()} refused)"


def mapped(
    cells: Cells, file: SourceFile, *, organisation: str, filled: dict[str, date | None], roles: dict[str, str]
) -> Mapped:
    """Turn cells into rows of the file's table.

    organisation: the slug that the rows get. filled: columns that the settings of the organisation fill. roles: the area's own names of
    roles by the organisations' names.
    """
    schema = TABLES[file.table]
    names = schema.column_names()
    text = _with_values(cells.frame, file)
    flawed = text.filter(pl.col("flaw").is_not_null())
    readable = _with_common_roles(
        text.filter(pl.col("flaw").is_null()).with_columns(
            *[pl.lit(_written(cell) or None, pl.String).alias(column) for column, cell in file.constants.items()]
        ),
        roles,
    )
    present = [c for c in names if c in file.columns or c in file.constants]
    parsed = readable.select("row", *[_parsed(c, schema.columns()[c].dtype, file, cells).alias(c) for c in present])
    uncast = _uncast(readable, parsed, present)
    complete = parsed.with_columns(
        *[pl.lit(None, schema.columns()[c].dtype).alias(c) for c in names if c not in parsed.columns]
    ).with_columns(
        *([pl.lit(organisation).alias("organisation")] if "organisation" in names else []),
        *[pl.lit(day, pl.Date).alias(column) for column, day in filled.items() if column in names],
    )
    broken = _broken_rules(complete, file.table, uncast)
    refusals = pl.concat(
        [
            flawed.select("row", column=pl.lit(_WHOLE_ROW), rule="flaw"),
            uncast,
            broken,
        ]
    ).select("row", "rule")
    kept = complete.join(refusals, on="row", how="anti").select("row", *names).sort("row")
    return Mapped(kept, refusals)


def _written(cell: object) -> str:
    """A value of the settings as the text of a cell: a date as a typed cell would give it."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, date):
        return f"{cell:%Y-%m-%d} 00:00:00"
    return str(cell).strip()


def _with_values(frame: pl.DataFrame, file: SourceFile) -> pl.DataFrame:
    """Replace their values by ours; a value that is not listed stays as it is."""
    exchanged = []
    for column, mapping in file.values.items():
        theirs = {their.strip(): _written(our) for their, our in mapping.items()}
        known = pl.col(column).fill_null("")  # an empty cell can be mapped, too: "" = "unknown"
        exchanged.append(known.replace(list(theirs), list(theirs.values())).replace("", None).alias(column))
    return frame.with_columns(exchanged)


def _with_common_roles(frame: pl.DataFrame, roles: dict[str, str]) -> pl.DataFrame:
    if not roles or ROLE not in frame.columns:
        return frame
    return frame.with_columns(pl.col(ROLE).replace(list(roles), list(roles.values())))


def _parsed(column: str, dtype: pl.DataType, file: SourceFile, cells: Cells) -> pl.Expr:
    """A column cast strictly: null where the text is not of its type."""
    text = pl.when(pl.col(column) != ERROR_CELL).then(pl.col(column))
    if dtype == pl.Date:
        declared = _day(text, file.date_format)
        if cells.typed_dates or column in file.values or column in file.constants:
            return pl.coalesce(_day(text.str.extract(_TYPED_DAY), "%Y-%m-%d"), declared)
        return declared
    if dtype == pl.Float64:
        number = _plain(text, file).cast(pl.Float64, strict=False)
        return pl.when(number.is_finite()).then(number)
    if dtype == pl.Int64:
        return _plain(text, file).cast(pl.Int64, strict=False)
    if dtype == pl.Boolean:
        word = text.str.to_lowercase()
        return pl.when(word.is_in(_YES)).then(pl.lit(value=True)).when(word.is_in(_NO)).then(pl.lit(value=False))
    return text


def _day(text: pl.Expr, form: str) -> pl.Expr:
    return text.str.to_date(form, strict=False)


def _plain(text: pl.Expr, file: SourceFile) -> pl.Expr:
    """A number without what the settings declare to stand in it: thousands separators, and with "currency" a pound sign, too."""
    if file.numbers == "plain":
        return text
    bare = text.str.replace(r"^([+-]?)\s*£\s*", "${1}") if file.numbers == "currency" else text
    return pl.when(bare.str.contains(_GROUPED)).then(bare.str.replace_all(",", "", literal=True)).otherwise(bare)


def _uncast(text: pl.DataFrame, parsed: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
    """row, column, rule for every cell that is there and could not be cast."""
    found = []
    for column in columns:
        lost = parsed[column].is_null() & text[column].is_not_null()
        if lost.any():
            error = text.filter(lost)[column] == ERROR_CELL
            fault = _NOT.get(parsed[column].dtype, "not text")
            found.append(
                text.filter(lost).select(
                    "row",
                    column=pl.lit(column),
                    rule=pl.when(error)
                    .then(pl.lit(f"{column}: an error of the workbook"))
                    .otherwise(pl.lit(f"{column}: {fault}")),
                )
            )
    return pl.concat(found) if found else _no_refusals()


def _no_refusals() -> pl.DataFrame:
    return pl.DataFrame(schema={"row": pl.Int64(), "column": pl.String(), "rule": pl.String()})


@cache
def _with_row(table: str) -> type[dy.Schema]:
    """The schema of a table with the row number carried along, so that refusals can say which rows."""
    schema = TABLES[table]
    made = types.new_class(f"{schema.__name__}Rows", (schema,), exec_body=lambda body: body.update(row=dy.Int64()))
    return cast("type[dy.Schema]", made)


def _broken_rules(frame: pl.DataFrame, table: str, uncast: pl.DataFrame) -> pl.DataFrame:
    """row, column, rule for every rule of the table that a row breaks; a cell that could not be cast is not also said to be missing."""
    _, failure = _with_row(table).filter(frame)
    if not len(failure):
        return _no_refusals()
    details = failure.details()
    found = []
    for name in failure.counts():
        column = name.split("|")[0] if "|" in name else _WHOLE_ROW
        rows = details.filter(pl.col(name) == "invalid").select(
            "row", column=pl.lit(column), rule=pl.lit(_in_words(table, name))
        )
        if name.endswith("|nullability"):
            rows = rows.join(uncast, on=["row", "column"], how="anti")
        found.append(rows)
    return pl.concat([_no_refusals(), *found])


def _in_words(table: str, rule: str) -> str:
    """A rule of dataframely in words.

    >>> _in_words("assignments", "fte|max"), _in_words("assignments", "end_before_start")
    ('fte: above 1.5', 'end before start')
    """
    column, _, kind = rule.partition("|")
    if not kind:
        return column.replace("_", " ")
    limits = TABLES[table].columns()[column]
    word = {
        "nullability": "missing",
        "min_length": "missing",
        "min": "before" if limits.dtype == pl.Date else "below",
        "max": "after" if limits.dtype == pl.Date else "above",
        "min_exclusive": "not above",
        "max_exclusive": "not below",
    }.get(kind)
    if word is None:
        return f"{column}: not a value that this column can hold"
    limit = getattr(limits, kind, None) if word != "missing" else None
    return (
        f"{column}: {word}"
        if limit is None
        else f"{column}: {word} {limit:,.10g}"
        if isinstance(limit, (int, float))
        else f"{column}: {word} {limit}"
    )
