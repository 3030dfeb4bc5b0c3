"""`write_sample`: the sample partnership as files, each organisation's in its own layout, with the area.toml that reads them.

Promises: the same bytes for the same arguments and versions; nothing is overwritten unless asked. Refuses: a folder with something in it,
more rows than a worksheet holds, numbers that a sample cannot be made from.
"""

import shutil
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

import polars as pl

from workforce.errors import EnvironmentFault, UsageError
from workforce.sample.area import Area, make_area
from workforce.sample.design import Member
from workforce.sample.flaws import NO_SUCH_DAY, flawed
from workforce.sample.layout import Layout
from workforce.sample.layouts import LAYOUTS
from workforce.sample.titles import TITLES
from workforce.sample.toml import area_toml

_ROWS_OF_A_SHEET: Final = 1_048_576
_WRITTEN: Final = datetime(2023, 4, 3, 9, 0)  # noqa: DTZ001 - stamped into workbooks, so that their bytes do not change


def write_sample(
    folder: str | Path, *, staff: int = 1_500, organisations: int = 5, seed: int = 2023, overwrite: bool = False
) -> Path:
    """Write a sample partnership into a folder and return the path of its area.toml.

    Each organisation has a folder of its own. Some files hold a few bad rows on purpose (`workforce.sample.flaws`). Refused: a folder
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
        for column, kept in layout.only.items():
            rows = rows.filter(pl.col(column).is_in(kept))
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
    whole = cell == cell.round()
    shown = pl.when(whole).then(cell.cast(pl.Int64, strict=False).cast(pl.String)).otherwise(cell.cast(pl.String))
    if grouped:
        shown = shown.str.replace(r"^(\d{1,3})(\d{3})$", "$1,$2")
    return pl.when(cell.is_not_null()).then(("£" + shown) if pounds else shown)


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
