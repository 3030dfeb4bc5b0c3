"""Reading official files: every cell as text, figures and their publishers' symbols apart.

A symbol is never a number and a number never a symbol; rows read = rows kept + rows refused, refusals counted by rule; files are
recognised by their content, not their names.
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
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
LARGEST_FILE: Final = 512_000_000  # bytes; the largest official file here has 160 MB
MOST_ROWS: Final = 10_000_000


class Stored(Published):
    """A published figure as it is kept: the canonical table, and what rolling up needs."""

    part_of = dy.String(nullable=True, description="code of the region or NHS system that the area lies in")
    numerator_marker = dy.String(nullable=True, description="the publisher's symbol in place of the numerator")
    denominator_marker = dy.String(nullable=True, description="the publisher's symbol in place of the denominator")
    unit = dy.String(min_length=1, description="%, cases per FTE, ...")


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
    """A file's first table with every cell as text; workbooks without a header row, their columns called column_0, column_1 ...

    CSV, workbook and Parquet are recognised by their first bytes.
    """
    where = path.name
    data = content_of(path, where)
    if data.startswith(b"PAR1"):
        frame = parquet_as_text(data, _flat_columns(data, where), where=where)
    elif data.startswith((b"PK", b"\xd0\xcf\x11\xe0")):
        sheet = sheet_as_text(data, sheet=None, where=where)
        frame = sheet.rename({name: f"column_{name}" for name in sheet.columns})
    else:
        frame = _csv(data, where)
    if frame.is_empty():
        raise InputError("the file has no rows", where="{place}", hint="download it again", place=where)
    # No figure and no symbol is an error of a workbook; what is not read is refused by its rule.
    return frame.with_columns(pl.all().replace(ERROR_CELL, NOT_READ))


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


def _csv(data: bytes, where: str) -> pl.DataFrame:
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
    read = with_header(text, separator=",", skip_rows=0, where=where)
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
    names = unique_names(read.headers)
    return frame.select(
        pl.col(column).replace("", None).alias(name) for column, name in zip(places, names, strict=True)
    )


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
        for c in ("part_of", "numerator_marker", "denominator_marker", "marker")
        if c not in frame.columns
    }
    return Stored.validate(frame.with_columns(**absent).select(columns), cast=True)
