"""Reading official files: every cell as text, figures and their publishers' symbols apart.

A symbol is never a number and a number never a symbol; rows read = rows kept + rows refused, refusals counted by rule; files are
recognised by their content, not their names.
"""

import csv
import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Final

import dataframely as dy
import polars as pl

from workforce.errors import InputError, Phrase
from workforce.file_bytes import NotReadError, bytes_of
from workforce.schemas import Published
from workforce.sources.csv_text import BEYOND, rows_of, with_header
from workforce.sources.parquet import is_nested, parquet_as_text, parquet_columns
from workforce.sources.workbook import ERROR_CELL, sheet_as_text

# Symbols of the DfE and the NHS in place of a figure: not applicable, not available, suppressed, rounds to 0, low reliability, missing.
SYMBOLS: Final = ("z", "x", "c", "low", "u", "-", ":", "..", "~", "k")
MISSING: Final = "x"  # what an empty cell and LAIT's "-" mean: not available
NOT_READ: Final = "not read"  # in place of a cell that shows an error
ROWS_BEFORE_A_HEADER: Final = (
    10  # DfE workbooks have two lines of letters and numbers above it, tables of appeals three lines of titles
)
OPEN_LICENCE: Final = "Open Government Licence v3.0"
# Names of a column in other releases. SEN2, release of 2026: explore-education-statistics.service.gov.uk, data set "Number of annual
# reviews of EHC plans".
ALIASES: Final = tuple(
    (re.compile(pattern), column)
    for pattern, column in (
        (r"review_expected_\d{4}", "review_expected"),
        (r"review_not_expected_\d{4}", "review_not_expected"),
        (r"decision_4_weeks", "number_decsion_4weeks"),
        (r"decision_over_4_weeks", "number_decision_gt_4weeks"),
    )
)
_START: Final = 200_000  # characters of a text in which its header is looked for
LARGEST_FILE: Final = 512_000_000  # bytes; the largest official file here has 160 MB
MOST_ROWS: Final = 10_000_000


class Stored(Published):
    """A published figure as it is kept: the canonical table, and what rolling up needs."""

    part_of = dy.String(nullable=True, description="code of the region or NHS system that the area lies in")
    numerator_marker = dy.String(nullable=True, description="the publisher's symbol in place of the numerator")
    denominator_marker = dy.String(nullable=True, description="the publisher's symbol in place of the denominator")
    unit = dy.String(min_length=1, description="%, cases per FTE, ...")
    release = dy.String(nullable=True, description="the publisher's release, or the years that the file covers")
    licence = dy.String(nullable=True, description="under which the publisher lets others use it")
    series_break = dy.String(
        nullable=True,
        description="in the first period after a break in the series: why earlier ones are not comparable",
    )


ADDED_LATER: Final = ("release", "licence", "series_break")
"""Columns that a store of version 0.1 lacks."""


class Neighbours(dy.Schema):
    """Statistical neighbours, a row an authority and neighbour."""

    model = dy.String(min_length=1, description="year of the model: 2021, 2025")
    area_code = dy.String(min_length=1, description="three-digit number of the authority")
    area_name = dy.String(nullable=True, description="its name")
    position = dy.Int64(min=1, description="1 is the nearest")
    neighbour_code = dy.String(min_length=1, description="three-digit number of the neighbour")
    neighbour_name = dy.String(nullable=True, description="its name")
    closeness = dy.String(nullable=True, description="extremely close, very close, close, somewhat close, not close")
    source = dy.String(min_length=1, description="publisher, release, file")


class Areas(dy.Schema):
    """The publisher's list of authorities."""

    area_code = dy.String(min_length=1, description="three-digit number")
    area_name = dy.String(nullable=True, description="its name")
    region = dy.String(nullable=True, description="region, as the list has it")
    kind = dy.String(nullable=True, description="SC county, UA unitary, MD metropolitan, ILB and OLB London")
    source = dy.String(min_length=1, description="publisher, release, file")


@dataclass(frozen=True, slots=True)
class Reading:
    """What one official file gave. `rules` counts the refused rows by the first rule that they broke."""

    kind: str
    rows_read: int
    rules: Mapping[str, int] = field(default_factory=dict)
    figures: pl.DataFrame | None = None
    neighbours: pl.DataFrame | None = None
    areas: pl.DataFrame | None = None

    @property
    def rows_refused(self) -> int:
        """Rows that did not enter the store."""
        return sum(self.rules.values())


def as_text(path: Path) -> pl.DataFrame:
    """A file's first table with every cell as text, under its first row; of a workbook, with the columns column_0, column_1 ..."""
    return tables_of(path)[0].frame()


@dataclass(frozen=True, slots=True)
class Table:
    """A file's table under one row that may be its header: the headers as they are called here, and what reads the cells as text."""

    headers: tuple[str, ...]
    frame: Callable[[], pl.DataFrame]


def tables_of(path: Path) -> list[Table]:
    """A file's table under each row that may be its header, the first row first; titles may stand above a header.

    CSV, workbook and Parquet are recognised by their first bytes. A workbook comes first without a header, its columns called column_0 ...
    """
    where = path.name
    data = content_of(path, where)
    if data.startswith(b"PAR1"):
        frame = parquet_as_text(data, _flat_columns(data, where), where=where)
        return [_under(frame, frame.columns, where)]
    if data.startswith((b"PK", b"\xd0\xcf\x11\xe0")):
        sheet = sheet_as_text(data, sheet=None, where=where)
        cells = _checked(sheet.rename({name: f"column_{name}" for name in sheet.columns}), where)
        below = [
            _under(cells[row + 1 :], cells.row(row), where) for row in range(min(ROWS_BEFORE_A_HEADER, len(cells)))
        ]
        return [Table(tuple(cells.columns), lambda: cells), *below]
    text = _decoded(data, where)
    return [Table(_headers(row), partial(_csv, text, skip, where)) for skip, row in enumerate(_first_rows(text))]


def _under(frame: pl.DataFrame, headers: Sequence[str | None], where: str) -> Table:
    names = _headers(headers)
    return Table(names, lambda: _checked(frame.rename(dict(zip(frame.columns, names, strict=True))), where))


def _headers(cells: Sequence[str | None]) -> tuple[str, ...]:
    return tuple(unique_names([plain_header(cell) for cell in cells]))


def _first_rows(text: str) -> list[list[str]]:
    """The rows of a text that may be its header; of one that cannot be taken apart, an empty row, so that reading it says why."""
    start = text[:_START].replace("\r\n", "\n").replace("\r", "\n")
    try:
        return list(islice(csv.reader(io.StringIO(start)), ROWS_BEFORE_A_HEADER)) or [[]]
    except csv.Error:
        return [[]]


def _checked(frame: pl.DataFrame, where: str) -> pl.DataFrame:
    if frame.is_empty():
        raise InputError("the file has no rows", where="{place}", hint="download it again", place=where)
    # No figure and no symbol is an error of a workbook; what is not read is refused by its rule.
    return frame.with_columns(pl.all().replace(ERROR_CELL, NOT_READ))


def plain_header(header: str | None) -> str:
    """A header without what differs between releases: case, blanks, footnotes, and names that one release has for a column of another.

    >>> plain_header("PC_plans_issued_20_weeks_ex "), plain_header("review_expected_2025"), plain_header("SEND Tribunal Appeal Rate2,9")
    ('pc_plans_issued_20_weeks_ex', 'review_expected', 'send tribunal appeal rate')
    """
    name = " ".join((header or "").split()).casefold()
    name = re.sub(r"(?<=[a-z])\d(,\d)*$", "", name) if " " in name else name
    for pattern, column in ALIASES:
        if pattern.fullmatch(name):
            return column
    return name


def content_of(path: Path, where: str) -> bytes:
    """The bytes of an official file."""
    try:
        data = bytes_of(path, most=LARGEST_FILE)
    except NotReadError as error:
        fault, hint = error.fault, error.hint
    else:
        if data.strip():
            return data
        fault, hint = Phrase("the file is empty"), Phrase("download it again")
    raise InputError("{fault}", where="{place}", hint="{advice}", fault=fault, place=where, advice=hint)


def _flat_columns(data: bytes, where: str) -> list[str]:
    names = parquet_columns(data, most=MOST_ROWS, where=where)
    schema = pl.read_parquet_schema(io.BytesIO(data))
    return [name for name in names if not is_nested(schema[name])]


def _decoded(data: bytes, where: str) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeError:
        text = ""
    if not text or "\0" in text:
        raise InputError(
            "the file could not be read as CSV, workbook or Parquet",
            where="{place}",
            hint="add it as downloaded",
            place=where,
        )
    if not text.endswith(("\n", "\r")):  # every publisher ends the last line; a download that broke off does not
        raise InputError(
            "the file ends in the middle of a line",
            where="{place}",
            hint="download it again, and add it as downloaded",
            place=where,
        )
    return text


def _csv(text: str, skip: int, where: str) -> pl.DataFrame:
    read = with_header(text, separator=",", skip_rows=skip, where=where)
    places = {f"mapped {place}": place for place in range(len(read.headers))}
    frame = rows_of(read, places, most=MOST_ROWS, where=where)
    shifted = frame.filter(pl.col(BEYOND).str.strip_chars() != "").height
    if shifted:
        raise InputError(
            "{rows:,} rows have more cells than the header",
            where="{place}",
            hint="add it as downloaded",
            rows=shifted,
            place=where,
        )
    names = _headers(read.headers)
    cells = frame.select(
        pl.col(column).replace("", None).alias(name) for column, name in zip(places, names, strict=True)
    )
    return _checked(cells, where)


def unique_names(headers: Sequence[str | None]) -> list[str]:
    """Names of columns, one for each header: the header where it is the first of its kind, else with its place.

    >>> unique_names(["year", None, "year", "year_2"])
    ['year', 'column_1', 'year_2', 'year_2_3']
    """
    names: dict[str, None] = {}
    for place, header in enumerate(headers):
        name = (header or "").strip() or f"column_{place}"
        while name in names:
            name = f"{name}_{place}"
        names[name] = None
    return list(names)


def clean(column: str) -> pl.Expr:
    """A cell's text without blanks round it; null where nothing is left."""
    return pl.col(column).cast(pl.String).str.strip_chars().replace("", None)


def number(column: str) -> pl.Expr:
    """A cell as a number; null where it is none (nan and inf are none)."""
    cast = clean(column).cast(pl.Float64, strict=False)
    return pl.when(cast.is_finite()).then(cast)


def marker(column: str) -> pl.Expr:
    """The symbol in a cell that holds no number; an empty cell and a dash are "x", not available."""
    text = clean(column)
    return pl.when(number(column).is_null()).then(text.replace("-", MISSING).fill_null(MISSING))


def unreadable(columns: Sequence[str]) -> pl.Expr:
    """Whether any of the cells holds neither a number nor a known symbol."""
    return pl.any_horizontal(
        [
            number(c).is_null() & clean(c).is_not_null() & ~clean(c).is_in(SYMBOLS).fill_null(value=False)
            for c in columns
        ]
    )


def sift(frame: pl.DataFrame, rules: Mapping[str, pl.Expr]) -> tuple[pl.DataFrame, dict[str, int]]:
    """Part rows kept from rows refused; a row that breaks several rules counts under the first.

    >>> kept, counts = sift(pl.DataFrame({"a": [1, -1, None]}), {"missing": pl.col("a").is_null(), "negative": pl.col("a") < 0})
    >>> kept["a"].to_list(), counts
    ([1], {'missing': 1, 'negative': 1})
    """
    broken_rules = [
        pl.when(expr.fill_null(value=False)).then(pl.lit(name)).otherwise(None) for name, expr in rules.items()
    ]
    broken = pl.coalesce([*broken_rules, pl.lit(None, pl.String)])
    judged = frame.with_columns(broken_rule=broken)
    refused = judged.filter(pl.col("broken_rule").is_not_null())["broken_rule"].value_counts().sort("broken_rule")
    accepted = judged.filter(pl.col("broken_rule").is_null()).drop("broken_rule")
    return accepted, dict(refused.iter_rows())


def years_of(frame: pl.DataFrame) -> str:
    """The first and last of the column `year`, for a source's words."""
    years = frame["year"].sort().to_list()
    return f"{years[0]} to {years[-1]}" if years else "no year"


def stored(frame: pl.DataFrame) -> pl.DataFrame:
    """Rows in the columns of the store, types checked, nothing dropped."""
    columns = Stored.column_names()
    absent = {
        c: pl.lit(None)
        for c in ("part_of", "numerator_marker", "denominator_marker", "marker", *ADDED_LATER)
        if c not in frame.columns
    }
    return Stored.validate(frame.with_columns(**absent).select(columns), cast=True)
