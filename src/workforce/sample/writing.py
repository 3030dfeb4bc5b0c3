"""The sample as files, each organisation's in its own layout with a few bad rows, the area.toml that reads them, and a dictionary.

The same arguments and versions give the same bytes; nothing is overwritten unless asked.
"""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import polars as pl

from workforce.errors import EnvironmentFault, UsageError
from workforce.sample.area import Area, make_area
from workforce.sample.design import TITLES, Member
from workforce.sample.layouts import LAYOUTS, Layout
from workforce.sample.toml import area_toml
from workforce.schemas import KEYS, REQUIRED, TABLES

_ROWS_OF_A_SHEET: Final = 1_048_576
_WRITTEN: Final = datetime(2023, 4, 3, 9, 0)  # noqa: DTZ001 - stamped into workbooks, so that their bytes do not change
NO_SUCH_DAY: Final = "31/02/2022"
TWELVE: Final = 12.0


@dataclass(frozen=True, slots=True)
class Flaw:
    """So many bad rows of one kind in one file of one kind of organisation."""

    body: str
    path: str
    table: str
    rule: str
    rows: int = 1


FLAWS: Final = (
    Flaw("council", "staff.csv", "assignments", "a first day of 31/02/2022, which is no day"),
    Flaw("council", "staff.csv", "assignments", "an FTE of 12"),
    Flaw("council", "staff.csv", "assignments", "an end before the start"),
    Flaw("council", "staff.csv", "assignments", "the same row twice"),
    Flaw("council", "sickness.csv", "absences", "a first day of 31/02/2022, which is no day"),
    Flaw("council", "send_cases.csv", "cases", "closed before it was received"),
    Flaw("psychology", "staff.parquet", "assignments", "no start date"),
    Flaw("nhs", "esr_staff.csv", "assignments", "an FTE of 12"),
    Flaw("nhs", "esr_absence.csv", "absences", "an end before the start", 2),
    Flaw("nhs", "esr_absence.csv", "absences", "the same row twice"),
    Flaw("schools", "people.xlsx", "assignments", "an FTE of 12"),
)
_NEW_PERSON: Final = 9_990_001  # numbers that nobody has


def write_sample(
    folder: str | Path, *, staff: int = 1_500, organisations: int = 5, seed: int = 2023, overwrite: bool = False
) -> Path:
    """Write a sample partnership into a folder and return the path of its area.toml.

    Each organisation has a folder of its own. Some files hold a few bad rows on purpose (`FLAWS`). Refused: a folder
    that holds anything, unless `overwrite`, which empties the folder of the sample's own files first.
    """
    place = Path(folder)
    if place.exists() and not place.is_dir():
        raise UsageError("this is a file", where="{folder}", hint="give the name of a folder", folder=place)
    if place.is_dir() and any(place.iterdir()):
        if not overwrite:
            raise UsageError(
                "the folder is not empty", where="{folder}", hint="give the name of a new folder", folder=place
            )
        if not (place / "area.toml").exists():
            raise UsageError(
                "the folder holds other things than a sample",
                where="{folder}",
                hint="give the name of a new folder",
                folder=place,
            )
    area = make_area(staff=staff, organisations=organisations, seed=seed)
    plans = {member: _files(area, member) for member in area.members}
    try:
        for member, files in plans.items():
            home = place / member.slug
            if home.is_dir():
                shutil.rmtree(home)
            home.mkdir(parents=True)
            _write(home, files)
        (place / "area.toml").write_text(
            area_toml(area, {member: [layout for layout, _ in files] for member, files in plans.items()}),
            encoding="utf-8",
            newline="\n",
        )
    except OSError as error:
        raise EnvironmentFault(
            "the sample could not be written",
            where="{folder}",
            hint="{reason}" if error.strerror else None,
            folder=place,
            reason=error.strerror,
        ) from None
    return place / "area.toml"


def _files(area: Area, member: Member) -> list[tuple[Layout, pl.DataFrame]]:
    """Each file of an organisation that has rows, in its own words but still typed."""
    files = []
    for layout in LAYOUTS[member.body.slug]:
        rows = _rows(area, member, layout.table)
        for column, values in layout.only.items():
            rows = rows.filter(pl.col(column).is_in(values))
        if rows.height:
            rows = flawed(member.body.slug, layout.path, layout.table, rows) if member.block == 0 else rows
            if "role" in rows.columns:
                rows = rows.with_columns(pl.col("role").replace(TITLES[member.body.slug]))
            files.append((layout, _in_their_words(layout, rows)))
    return files


def _rows(area: Area, member: Member, table: str) -> pl.DataFrame:
    frame = area.frames[table]
    if table == "milestones":
        return frame.join(
            area.cases.filter(pl.col("organisation") == member.slug), on="case_id", how="semi", maintain_order="left"
        )
    if table == "pay_scales":
        # The lead council keeps the scales of all; further counties have none of their own.
        return frame if member.block == 0 else frame.clear()
    return frame.filter(pl.col("organisation") == member.slug)


def _in_their_words(layout: Layout, rows: pl.DataFrame) -> pl.DataFrame:
    """Their headers and codes; dates become text here where the file is text."""
    for column, codes in layout.values.items():
        rows = rows.with_columns(pl.col(column).cast(pl.String).replace(codes))
    text = layout.path.endswith(".csv")
    spelled = []
    for column, header in layout.columns.items():
        cell = pl.col(column)
        kind = rows.schema[column]
        if text and kind == pl.Date:
            shape = layout.date_format or "%Y-%m-%d"
            cell = cell.dt.strftime(shape)
            cell = cell.str.to_uppercase() if "%b" in shape else cell
            if "no_such_day" in rows.columns:
                cell = pl.when(pl.col("no_such_day") == column).then(pl.lit(NO_SUCH_DAY)).otherwise(cell)
        elif text and kind == pl.Float64:
            cell = _number(
                cell,
                pounds=layout.numbers == "currency" and column in ("annual_pay", "supplement"),
                grouped=layout.numbers != "plain",
            )
        spelled.append(cell.alias(header))
    return rows.select(spelled)


def _number(cell: pl.Expr, *, pounds: bool, grouped: bool) -> pl.Expr:
    """A number as these systems write it: 0.6, 37, 41,250, £41,250."""
    is_whole = cell == cell.round()
    text = pl.when(is_whole).then(cell.cast(pl.Int64, strict=False).cast(pl.String)).otherwise(cell.cast(pl.String))
    if grouped:
        text = text.str.replace(r"^(\d{1,3})(\d{3})$", "$1,$2")
    return pl.when(cell.is_not_null()).then(("£" + text) if pounds else text)


def _write(home: Path, files: Sequence[tuple[Layout, pl.DataFrame]]) -> None:
    books: dict[str, dict[str, pl.DataFrame]] = {}
    for layout, frame in files:
        if layout.sheet:
            books.setdefault(layout.path, {})[layout.sheet] = frame
        elif layout.path.endswith(".parquet"):
            frame.write_parquet(home / layout.path, compression="zstd", compression_level=19, statistics=False)
        else:
            (home / layout.path).write_bytes(frame.write_csv(separator=layout.separator).encode(layout.encoding))
    for path, sheets in books.items():
        _write_workbook(home / path, sheets)


def _write_workbook(path: Path, sheets: Mapping[str, pl.DataFrame]) -> None:
    from xlsxwriter import Workbook  # heavy, and needed only here

    if max(frame.height for frame in sheets.values()) >= _ROWS_OF_A_SHEET:
        raise UsageError(
            "a worksheet cannot hold so many rows", where="{file}", hint="ask for fewer staff", file=path.name
        )
    with Workbook(str(path), {"default_date_format": "dd/mm/yyyy"}) as book:
        book.set_properties({"created": _WRITTEN})
        bold = book.add_format({"bold": True})
        for name, frame in sheets.items():
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, frame.columns, bold)
            for column, header in enumerate(frame.columns):
                sheet.write_column(1, column, frame[header].to_list())
            sheet.freeze_panes(1, 0)


def flawed(body: str, path: str, table: str, frame: pl.DataFrame) -> pl.DataFrame:
    """The canonical rows of a file with its bad rows put in, spread over the file.

    A date that does not exist is a null here and a mark in the column `no_such_day` (the name of the column), for the writer to spell out.
    """
    mine = [flaw for flaw in FLAWS if (flaw.body, flaw.path, flaw.table) == (body, path, table)]
    if not mine or frame.is_empty():
        return frame
    frame = frame.with_columns(no_such_day=pl.lit(None, pl.String))
    number = 0
    for flaw in mine:
        for _ in range(flaw.rows):
            at = (number + 1) * frame.height // 14
            bad = _spoilt(frame.slice(at, 1), flaw.rule, number)
            frame = pl.concat([frame.head(at + 1), bad, frame.tail(frame.height - at - 1)])
            number += 1
    return frame


def _spoilt(row: pl.DataFrame, rule: str, number: int) -> pl.DataFrame:
    if rule == "the same row twice":
        return row
    # Of a new number, so that the row breaks the one rule and is not a duplicate as well.
    number_column = "case_id" if "case_id" in row.columns else "person_id"
    first = pl.lit(row[number_column].item()[:1])
    if "reason" not in row.columns:  # an absence keeps its person: it would otherwise be of nobody
        row = row.with_columns((first + pl.lit(str(_NEW_PERSON + number))).alias(number_column))
    end = "closed_date" if "case_id" in row.columns else "end_date"
    begin = "received_date" if "case_id" in row.columns else "start_date"
    if "31/02/2022" in rule:
        return row.with_columns(pl.lit(None, pl.Date).alias(begin), no_such_day=pl.lit(begin))
    if "FTE" in rule:
        return row.with_columns(fte=pl.lit(TWELVE))
    if rule == "no start date":
        return row.with_columns(start_date=pl.lit(None, pl.Date))
    return row.with_columns(pl.col(begin).dt.offset_by("-9d").alias(end))


def data_dictionary() -> str:
    """The canonical tables in Markdown: what a row is, each column's type and meaning, what identifies a row.

    >>> "| **start_date** | Date | first day of the spell |" in data_dictionary()
    True
    """
    return "\n\n".join(_table(name) for name in TABLES)


def _table(name: str) -> str:
    schema = TABLES[name]
    lines = [
        f"### {name}",
        "",
        (schema.__doc__ or "").strip().splitlines()[0],
        "",
        "| column | type | meaning |",
        "|---|---|---|",
    ]
    for column, kind in schema.columns().items():
        heading = f"**{column}**" if column in REQUIRED[name] else column
        lines.append(f"| {heading} | {kind.dtype} | {kind.description or ''} |")
    lines += ["", "One row for each " + ", ".join(KEYS[name]) + "."]
    return "\n".join(lines)
