"""Reading official files: every cell as text, figures and their publishers' symbols apart.

Promises: a symbol is never a number and a number never a symbol; rows read = rows kept + rows refused, refusals counted by rule; files are
told by their content, not their names. Refuses: files that cannot be read, workbooks that would unpack to more than a limit.
"""

import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import dataframely as dy
import polars as pl

from workforce.errors import InputError
from workforce.schemas import Published

# Symbols of the DfE and the NHS in place of a figure: not applicable, not available, suppressed, rounds to 0, low reliability, missing.
SYMBOLS: Final = ("z", "x", "c", "low", "u", "-", ":", "..", "~", "k")
MISSING: Final = "x"  # what an empty cell and LAIT's "-" mean: not available
LARGEST_WORKBOOK: Final = 200_000_000  # bytes unpacked; official workbooks here unpack to 1 MB
JOINT: Final = " / "


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
    """A file's first table with every cell as text; workbooks without a header row, as their columns come.

    CSV, workbook and Parquet are told apart by their first bytes. A Parquet file keeps its own types.
    """
    where = path.name
    try:
        with path.open("rb") as file:
            start = file.read(4)
    except OSError as error:
        raise InputError("the file could not be opened", where="{place}", hint="check the path", place=where) from error
    if not start:
        raise InputError("the file is empty", where="{place}", hint="download it again", place=where)
    try:
        if start == b"PAR1":
            return pl.read_parquet(path)
        if start[:2] == b"PK":
            return _workbook(path)
        return pl.read_csv(path, infer_schema=False)
    except (pl.exceptions.PolarsError, zipfile.BadZipFile, OSError, UnicodeError) as error:
        raise InputError(
            "the file could not be read as CSV, workbook or Parquet",
            where="{place}",
            hint="add it as downloaded",
            place=where,
        ) from error


def _workbook(path: Path) -> pl.DataFrame:
    with zipfile.ZipFile(path) as archive:
        unpacked = sum(member.file_size for member in archive.infolist())
    if unpacked > LARGEST_WORKBOOK:
        raise InputError(
            "the workbook would unpack to more than 200 MB", where="{file}", hint="add it as downloaded", file=path.name
        )
    import fastexcel

    try:
        return pl.read_excel(path, infer_schema_length=0, has_header=False)
    except fastexcel.FastExcelError as error:
        raise InputError(
            "the workbook could not be read", where="{file}", hint="add it as downloaded", file=path.name
        ) from error


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
    named = [pl.when(expr.fill_null(value=False)).then(pl.lit(name)).otherwise(None) for name, expr in rules.items()]
    broken = pl.coalesce([*named, pl.lit(None, pl.String)])
    marked = frame.with_columns(broken_rule=broken)
    refused = marked.filter(pl.col("broken_rule").is_not_null())["broken_rule"].value_counts().sort("broken_rule")
    kept = marked.filter(pl.col("broken_rule").is_null()).drop("broken_rule")
    return kept, dict(refused.iter_rows())


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
