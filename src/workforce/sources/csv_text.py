"""Text files with separators: which line is the header, and the mapped cells of every row, none lost.

polars reads the rows. Python's own reader counts them wherever the text holds a quotation mark, and reads them where the two disagree.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from workforce.errors import InputError

MOST_COLUMNS: Final = 2_000
LONGEST_HEADER: Final = 500
"""Characters of one header; a quotation mark that is not closed makes one of the rows of the file."""

BEYOND: Final = "beyond"
"""The column with what a row has in the place after its last header."""

BLANK: Final = "blank"
"""The column that says which rows have no cell with text."""

SHORTEST_ROW: Final = 16
"""Characters that a row has on average in a file of more than `MOST_SHORT_ROWS`: a number of a person and a date have more."""

MOST_SHORT_ROWS: Final = 1_000_000
_BATCH: Final = 50_000  # rows that Python's reader puts into one frame
_COMPARED: Final = 5_000  # rows of one line that the lines of a longer row are compared with
_UNREADABLE: Final = (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, ValueError)
_TOO_LONG: Final = "field larger than field limit"


@dataclass(frozen=True, slots=True, repr=False)
class CsvText:
    """A text of which the header has been read.

    Attributes
    ----------
    headers : tuple of str
        The cells of the header row.
    body : str
        The text below it, with line feeds as its only line ends and without empty lines at its end.
    lines_above : int
        Lines above the body.
    separator : str
        What separates cells.
    """

    headers: tuple[str, ...]
    body: str
    lines_above: int
    separator: str


class _Lines:
    """The lines of a text, one after the other, and how far they have been read."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.number = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        begin = self.position
        if begin >= len(self.text):
            raise StopIteration
        self.position = self.text.find("\n", begin) + 1 or len(self.text)
        self.number += 1
        return self.text[begin : self.position]


def with_header(text: str, *, separator: str, skip_rows: int, where: str) -> CsvText:
    r"""Return the text with its header read; every line end becomes a line feed, within quotation marks too.

    >>> read = with_header("Title\rNo,Name\r\n1,Ann\n", separator=",", skip_rows=1, where="a.csv")
    >>> read.headers, read.body, read.lines_above
    (('No', 'Name'), '1,Ann', 2)
    """
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = _Lines(text)
    fault = False
    headers: list[str] | None = None
    try:
        above = csv.reader(lines, delimiter=separator)
        for _ in range(skip_rows):
            next(above)
        headers = next(csv.reader(lines, delimiter=separator, strict=True))
    except StopIteration:
        pass
    except csv.Error:
        fault = True
    if headers is not None:
        fault = any(len(cell) > LONGEST_HEADER or ("\n" in cell and separator in cell) for cell in headers)
    if fault:
        raise InputError(
            "the header cannot be read: it has a quotation mark that is not closed, or not doubled",
            where="{place}",
            hint="correct the quotation marks in row {row}, or check separator, encoding and skip_rows",
            row=skip_rows + 1,
            place=where,
        )
    if headers is None:
        raise InputError("the file ends before its header", where="{place}", hint="check skip_rows", place=where)
    if len(headers) > MOST_COLUMNS:
        raise InputError(
            "the file has more than {most:,} columns",
            where="{place}",
            hint="export only the columns that are needed",
            most=MOST_COLUMNS,
            place=where,
        )
    return CsvText(tuple(headers), text[lines.position :].rstrip(), lines.number, separator)


def rows_of(read: CsvText, positions: Mapping[str, int], *, most: int, where: str) -> pl.DataFrame:
    """Return the cells of some columns as they stand, with `beyond` and `blank`; a row of the frame for every row of the text.

    Parameters
    ----------
    read : CsvText
        A text whose header has been read.
    positions : mapping of str to int
        The columns of the result by their places in the file.
    most : int
        The largest number of rows.
    where : str
        How messages call the file.

    Returns
    -------
    polars.DataFrame
        String columns, then `beyond` (String) and `blank` (Boolean).

    Raises
    ------
    InputError
        Where there are more rows, a quotation mark is not closed, or a cell holds what look like rows of the file.
    """
    positions = {**positions, BEYOND: len(read.headers)}
    quoted = '"' in read.body
    if quoted:
        rows, blank = _counted(read, most, where)
    else:
        rows, blank = read.body.count("\n") + 1 if read.body else 0, set()
    if rows > MOST_SHORT_ROWS and len(read.body) < rows * SHORTEST_ROW:
        raise InputError(
            "most rows of the file are empty, or hold next to nothing",
            where="{place}",
            hint="check the export, and separator",
            place=where,
        )
    if rows > most:
        raise InputError(
            "the file has more than {most:,} rows",
            where="{place}",
            hint="split it into several files",
            most=most,
            place=where,
        )
    frame = None if quoted and _stray_mark(read.separator).search(read.body) else _fast(read, positions)
    if frame is None or frame.height != rows:
        frame, blank = _slow(read, positions, where)
    elif not quoted:
        blank = _blank_lines(read, frame)
    marks = pl.Series(BLANK, [False], dtype=pl.Boolean).extend_constant(value=False, n=max(frame.height - 1, 0))
    return frame.with_columns(marks.head(frame.height).scatter(sorted(blank), values=True))


def _stray_mark(separator: str) -> re.Pattern[str]:
    """A quotation mark that neither opens nor closes a cell, and is not doubled."""
    delimiter = re.escape(separator)
    return re.compile(f'[^{delimiter}\n"]"[^{delimiter}\n"]')


def _counted(read: CsvText, most: int, where: str) -> tuple[int, set[int]]:
    """How many rows Python's reader finds, and which of them have no text; none where the text breaks the rules of quotation marks."""
    rows = 0
    blank: set[int] = set()
    lines = _Lines(read.body)
    usual, longer = (
        list[str](),
        list[tuple[int, str]](),
    )  # rows of one line, and of several with the number of their first line
    begin, number = 0, 0
    try:
        for record in csv.reader(lines, delimiter=read.separator, strict=True):
            if not "".join(record).strip():
                blank.add(rows)
            if lines.number > number + 1:
                longer.append((number, read.body[begin : lines.position]))
            elif len(usual) < _COMPARED:
                usual.append(read.body[begin : lines.position])
            begin, number = lines.position, lines.number
            rows += 1
            if rows > most:
                break
    except csv.Error:
        return 0, set()  # the strict reading says what is wrong, and where
    _refuse_rows_in_a_cell(read, usual, longer, where)
    return rows, blank


def _refuse_rows_in_a_cell(read: CsvText, usual: Sequence[str], longer: Sequence[tuple[int, str]], where: str) -> None:
    """Refuse a row with lines that look like rows of their own: a quotation mark that is closed in a later row makes one cell of them."""
    if not longer:
        return
    shapes: list[set[str]] = [set() for _ in read.headers]
    for line in usual:
        for column, cell in zip(shapes, line.rstrip("\n").split(read.separator), strict=False):
            column.add(_shape(cell))
    for number, text in longer:
        first, *within, last = text.rstrip("\n").split("\n")
        # The last line ends a cell that may well have begun in the first, such as a role in two lines, and the row goes on after it.
        complete = first.count(read.separator) >= len(read.headers) - 1
        doubtful = (*within, last) if complete else within if usual else ()
        if any(_like_a_row(line, read, shapes) for line in doubtful):
            raise InputError(
                "the record that begins in line {line} has a cell with lines that look like rows of the file",
                where="{place}",
                hint="it goes on to line {until}: close or double the quotation mark that opens the cell, "
                "or take the line ends out of it",
                line=read.lines_above + number + 1,
                until=read.lines_above + number + 2 + len(within),
                place=where,
            )


def _like_a_row(line: str, read: CsvText, shapes: Sequence[set[str]]) -> bool:
    """Whether a line has the cells of a row, and most of them look like others in their columns."""
    cells = line.split(read.separator)
    if len(cells) != len(read.headers):
        return False
    has_usual_shape = [
        not column or _shape(cell) in column
        for cell, column in zip(cells, shapes, strict=True)
        if cell.strip() and '"' not in cell
    ]
    return 2 * sum(has_usual_shape) > len(has_usual_shape)


def _shape(cell: str) -> str:
    """A cell with every number as 9 and every word as a.

    >>> _shape("P001 "), _shape("2023-03-31"), _shape("Team leader")
    ('a9', '9-9-9', 'a a')
    """
    return re.sub(r"[^\W\d_]+", "a", re.sub(r"\d+", "9", cell.strip()))


def _fast(read: CsvText, positions: Mapping[str, int]) -> pl.DataFrame | None:
    names = [f"column_{n}" for n in range(1, len(read.headers) + 2)]
    try:
        frame = pl.read_csv(
            io.BytesIO(read.body.encode()),
            has_header=False,
            separator=read.separator,
            schema=dict.fromkeys(names, pl.String()),
            columns=[names[place] for place in sorted(set(positions.values()))],
            truncate_ragged_lines=True,
            missing_columns="insert",
            extra_columns="ignore",
        )
    except _UNREADABLE:
        return None
    return frame.select(pl.col(names[place]).alias(column) for column, place in positions.items())


def _blank_lines(read: CsvText, frame: pl.DataFrame) -> set[int]:
    """Of the rows without a mapped cell, those whose whole line is empty."""
    candidates = set(
        frame.select(pl.all_horizontal(pl.all().str.strip_chars().fill_null("") == "").arg_true()).to_series()
    )
    if not candidates:
        return set()
    empty = str.maketrans("", "", read.separator)
    return {
        number
        for number, line in enumerate(_Lines(read.body))
        if number in candidates and not line.translate(empty).strip()
    }


def _slow(read: CsvText, positions: Mapping[str, int], where: str) -> tuple[pl.DataFrame, set[int]]:
    lines = _Lines(read.body)
    reader = csv.reader(lines, delimiter=read.separator, strict=True)
    places = list(positions.values())
    schema = dict.fromkeys(positions, pl.String())
    width = len(read.headers) + 1
    frames: list[pl.DataFrame] = [pl.DataFrame(schema=schema)]
    batch: list[tuple[str | None, ...]] = []
    blank: set[int] = set()
    rows, begins, fault = 0, 0, ""
    try:
        for record in reader:
            if not "".join(record).strip():
                blank.add(rows)
            cells: list[str | None] = [*record[:width], *[None] * (width - len(record))]
            batch.append(tuple(cells[place] for place in places))
            rows, begins = rows + 1, lines.number
            if len(batch) == _BATCH:
                frames.append(pl.DataFrame(batch, schema=schema, orient="row"))
                batch = []
    except csv.Error as error:
        fault = str(error)
    if fault:
        raise InputError(
            "the record that begins in line {line} has a cell that is too long"
            if fault.startswith(_TOO_LONG)
            else "the record that begins in line {line} has a quotation mark that is not closed, or not doubled",
            where="{place}",
            hint="open it in a spreadsheet and save it again as .csv",
            line=read.lines_above + begins + 1,
            place=where,
        )
    frames.append(pl.DataFrame(batch, schema=schema, orient="row"))
    return pl.concat(frames), blank
