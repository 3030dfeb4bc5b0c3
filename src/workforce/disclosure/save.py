"""Write released results to a workbook, a CSV or a Parquet file, with their definitions, markers and notes."""

import json
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from workforce.disclosure.rules import MARKERS, OPEN_RULES, rule_of
from workforce.errors import DisclosureError, EnvironmentFault, UsageError
from workforce.private_files import is_private, write_file
from workforce.results import Result

if TYPE_CHECKING:
    from workforce.disclosure.released import Released

KINDS: Final = (".xlsx", ".csv", ".parquet")
_ACTS: Final = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet takes for the beginning of a formula
_LONGEST_NAME: Final = 31  # of a sheet, in Excel
_NOT_IN_A_NAME: Final = str.maketrans(dict.fromkeys("[]:*?/\\'", "-"))
_DEFINITION: Final = ("measure", "definition", "words", "formula", "source", "unit", "limits")


def save(released: "Released", path: str | Path) -> Path:
    """Write the tables of a release to a file, and return its path; see `Released.save`."""
    to = Path(path)
    if released.rule == "analyst":
        raise DisclosureError(
            'results of the rule "analyst" are not for release', hint='release them by "board" or "internal"'
        )
    if to.suffix not in KINDS:
        raise UsageError(
            "a release is saved as .xlsx, .csv or .parquet", where="{file}", hint="change the ending", file=to.name
        )
    try:
        write_file(to, _content(released, to.suffix), private=is_private(released.rule))
    except OSError as error:
        raise EnvironmentFault(
            "the file could not be written: {why}",
            where="{file}",
            hint="check the folder, and close the file if it is open",
            why=error.strerror or "no reason given",
            file=to,
        ) from error
    return to


def _content(released: "Released", kind: str) -> bytes:
    """The bytes of the file; made in memory, so that no copy of it lies elsewhere."""
    content = BytesIO()
    if kind == ".xlsx":
        _workbook(released, content)
    elif kind == ".csv":
        frame = _as_one(released)
        texts = [_harmless(c) for c, dtype in frame.schema.items() if dtype == pl.String]
        frame.with_columns(texts).write_csv(content)
    else:
        _as_one(released).write_parquet(content, metadata=_about(released))
    return content.getvalue()


def _rule_in_words(released: "Released") -> str:
    name = released.rule
    return OPEN_RULES[name] if name in OPEN_RULES else rule_of(name, released._provenance).words


def _definitions(result: Result) -> list[dict[str, str]]:
    return [{name: str(getattr(definition, name)) for name in _DEFINITION} for definition in result.definitions]


def _plain(frame: pl.DataFrame) -> pl.DataFrame:
    """Lists of organisations as one text, so that every cell is a text, a number or a date."""
    lists = [name for name, dtype in frame.schema.items() if isinstance(dtype, pl.List)]
    return frame.with_columns(pl.col(c).cast(pl.List(pl.String)).list.join("; ") for c in lists)


def _as_one(released: "Released") -> pl.DataFrame:
    """All rows of all tables, each with the name of its table, what its definition says, what its marker means and the table's note."""
    tables = []
    for name, result in released.results.items():
        frame = _plain(result.frame).select(pl.lit(name).alias("table"), pl.all())
        if result.definitions and "definition" in frame.columns:
            words = pl.DataFrame(_definitions(result)).select("measure", "definition", "words", "formula", "source")
            words = words.rename({"source": "source_of_definition"})
            frame = frame.join(words, on=["measure", "definition"], how="left", maintain_order="left")
        if "marker" in frame.columns:
            frame = frame.with_columns(marker_means=pl.col("marker").replace_strict(MARKERS, default=None))
        notes = " ".join(n for n in (released.notes.get(name, ""), *(f"{r}." for r in result.reasons)) if n)
        tables.append(frame.with_columns(rule=pl.lit(released.rule), note=pl.lit(notes or None, pl.String)))
    return (
        pl.concat(tables, how="diagonal_relaxed")
        if tables
        else pl.DataFrame({"table": []}, schema={"table": pl.String})
    )


def _harmless(column: str) -> pl.Expr:
    """Text that a spreadsheet does not take for a formula: an apostrophe before what would act."""
    text = pl.col(column)
    acts = pl.any_horizontal(text.str.starts_with(sign) for sign in _ACTS)
    return pl.when(acts).then(pl.concat_str(pl.lit("'"), text)).otherwise(text).alias(column)


def _about(released: "Released") -> dict[str, str]:
    tables = {
        name: {
            "definitions": _definitions(result),
            "note": released.notes.get(name, ""),
            "reasons": list(result.reasons),
        }
        for name, result in released.results.items()
    }
    about = {
        "rule": released.rule,
        "rule_in_words": _rule_in_words(released),
        "markers": MARKERS,
        "tables": tables,
    }
    return {"workforce": json.dumps(about, ensure_ascii=False, sort_keys=True)}


def _workbook(released: "Released", to: BytesIO) -> None:
    import xlsxwriter

    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(to, {**options, "in_memory": True}) as book:
        formats = {
            "head": book.add_format({"bold": True, "text_wrap": True, "valign": "top"}),
            "date": book.add_format({"num_format": "d mmm yyyy"}),
            "title": book.add_format({"bold": True, "font_size": 14}),
        }
        names = _sheet_names(released.results)
        cover = book.add_worksheet("Contents")
        cover.set_column(0, 2, 40)
        cover.write_string(0, 0, "Released figures", formats["title"])
        cover.write_string(1, 0, f"Rule {released.rule}: {_rule_in_words(released)}")
        for row, (marker, meaning) in enumerate(MARKERS.items(), start=2):
            cover.write_string(row, 0, f"[{marker}] {meaning}")
        first = 3 + len(MARKERS)
        for column, heading in enumerate(("Table", "Sheet", "Notes")):
            cover.write_string(first, column, heading, formats["head"])
        for row, (name, result) in enumerate(released.results.items(), start=first + 1):
            cover.write_string(row, 0, name)
            cover.write_url(row, 1, f"internal:'{names[name]}'!A1", string=names[name])
            notes = (released.notes.get(name, ""), *(f"{reason}." for reason in result.reasons))
            cover.write_string(row, 2, " ".join(note for note in notes if note))
        _write(book.add_worksheet("Definitions"), _all_definitions(released), formats)
        for name, result in released.results.items():
            _write(book.add_worksheet(names[name]), _plain(result.frame), formats)


def _all_definitions(released: "Released") -> pl.DataFrame:
    rows = [
        {"table": name, **definition}
        for name, result in released.results.items()
        for definition in _definitions(result)
    ]
    return pl.DataFrame(rows, schema=dict.fromkeys(("table", *_DEFINITION), pl.String))


def _sheet_names(results: Mapping[str, Result]) -> dict[str, str]:
    """A name for each table's sheet: at most 31 characters, none that Excel refuses, each once whatever its capitals."""
    names: dict[str, str] = {}
    used = {"contents", "definitions", "history"}
    for name in results:
        start = name.translate(_NOT_IN_A_NAME).strip() or "table"
        sheet, count = start[:_LONGEST_NAME], 1
        while sheet.lower() in used:
            count += 1
            end = f" {count}"
            sheet = f"{start[: _LONGEST_NAME - len(end)]}{end}"
        used.add(sheet.lower())
        names[name] = sheet
    return names


def _write(sheet: Any, frame: pl.DataFrame, formats: Mapping[str, Any]) -> None:  # noqa: ANN401 - xlsxwriter is untyped
    """A frame under its headings; a withheld cell is empty but for its marker's column."""
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, max(frame.width - 1, 0), 18)
    for column, name in enumerate(frame.columns):
        sheet.write_string(0, column, name, formats["head"])
        for row, value in enumerate(frame[name].to_list(), start=1):
            if value is None:
                continue
            if isinstance(value, str):
                sheet.write_string(row, column, value)
            elif isinstance(value, bool | int | float):
                sheet.write(row, column, value)
            else:
                sheet.write_datetime(row, column, value, formats["date"])
