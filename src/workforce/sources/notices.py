"""What `check` says of files although nothing is refused: what a careful reader of the files would ask about.

A notice is a sentence with counts and row numbers; `paste` is the line for area.toml that answers it, where there is one. Neither holds a
cell, but for words of coded columns that at least as many rows share as the agreed group size.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from json import dumps
from typing import Final

import polars as pl

from workforce.periods import month
from workforce.quality import EXAMPLES
from workforce.records_notes import NOTICES
from workforce.schemas import WORDS
from workforce.settings import Settings, SourceFile
from workforce.sources.mapping import Mapped

_ROW: Final = "row"
_FILE: Final = "_file"
_PERSON: Final = ("organisation", "person_id")
_LONG: Final = 365  # days for which an absence is open before somebody should look at it
_LATE: Final = 300  # days between the beginning of the records and the first absence

Notice = tuple[str, str, str, str, str | None]


@dataclass(frozen=True, slots=True, repr=False)
class Taken:
    """A file that could be read, and whether it is used: its rows, and its people's numbers without leading zeros."""

    number: int
    organisation: str
    file: SourceFile
    rows: Mapped
    numbers: pl.DataFrame
    used: bool = True

    def notice(self, sentence: str, paste: str | None = None) -> Notice:
        """A notice about this file."""
        return self.organisation, self.file.source, self.file.table, sentence, paste


def notices(files: Sequence[Taken], tables: dict[str, pl.DataFrame], settings: Settings) -> pl.DataFrame:
    """Everything that is worth a look in the files of an area, in the order of the files.

    files: those that could be read. tables: the rows that were kept, with the number of their file and their row.
    """
    day = month(settings.area.month).end
    rows: list[Notice] = []
    used = [one for one in files if one.used]
    for one in files:
        rows += _about_cells(one, settings.disclosure.group_size)
        if not one.used:
            continue
        kept = tables[one.file.table].filter(pl.col(_FILE) == one.number)
        if one.file.table == "assignments":
            rows += _about_spells(one, kept)
        if one.file.table == "absences":
            rows += _about_absences(one, kept, settings, day)
        if one.file.table in ("absences", "allocations", "pay_items"):
            rows += _about_lost_zeros(one, kept, used)
    rows += _about_two_lists(used, tables["assignments"], day)
    rows += _about_missing_ends(used, tables["assignments"])
    return pl.DataFrame(rows, schema=NOTICES, orient="row")


def _about_cells(one: Taken, fewest: int) -> Iterator[Notice]:
    for column in one.file.values:
        if column not in one.file.columns:
            yield one.notice(
                f"values are mapped for {column}, which no column fills: add it to columns, or use constants",
                f'columns.{column} = "their header"',
            )
    if one.rows.open_marks:
        yield one.notice(
            f"{one.rows.open_marks:,} end dates are a day far ahead, such as 31-DEC-4712, and are read as open"
        )
    if one.rows.two_digit_years:
        yield one.notice(
            f"{one.rows.two_digit_years:,} dates have a year of two digits; say which hundred years they are of",
            "century = 1930",
        )
    for rule, paste in one.rows.advice:
        yield one.notice(f"{rule}: another way of reading the file fits these cells", paste)
    for column in dict.fromkeys(column for column, _, _ in one.rows.words):
        # A word of fewer people could be about one of them.
        words = [(word, number) for of, word, number in one.rows.words if of == column and number >= fewest]
        if words:
            yield _about_words(one, column, words)


def _about_words(one: Taken, column: str, words: Sequence[tuple[str, int]]) -> Notice:
    """Words of a column that are in no list, with the line that maps them."""
    listed = WORDS.get((one.file.table, column), ())
    counts = ", ".join(f"{number:,}" for _, number in words)
    about = f"; measures look for {', '.join(listed)}" if listed else ""
    mapping = ", ".join(f"{_quoted(word)} = {_quoted(word if listed else '')}" for word, _ in words)
    return one.notice(f"{column}: words that are in no list ({counts}){about}", f"values.{column} = {{ {mapping} }}")


def _quoted(word: str) -> str:
    r"""A text as TOML writes it: no character of a file acts on a terminal.

    >>> print(_quoted(f"the {chr(27)} one"))
    "the \u001b one"
    """
    return dumps(word).replace("\x7f", "\\u007f")


def _about_spells(one: Taken, kept: pl.DataFrame) -> Iterator[Notice]:
    rows = kept.select(_ROW, *_PERSON, "start_date", "end_date")
    ended = rows.filter(pl.col("end_date") > pl.col("start_date"))
    starts = rows.join(ended, on=_PERSON, how="semi").select(*_PERSON, following="start_date")
    touching = ended.join(starts, left_on=[*_PERSON, "end_date"], right_on=[*_PERSON, "following"], how="semi")
    if touching.height:
        yield one.notice(
            f"{touching.height:,} rows end on the day on which another row of the person begins ({_such_as(touching)}); "
            "if the file gives the day after the last day, say so",
            'end_dates = "exclusive"',
        )
    open_rows = rows.filter(pl.col("end_date").is_null())
    several = open_rows.group_by(*_PERSON, "start_date").len().filter(pl.col("len") > 1)
    if several.height:
        yield one.notice(
            f"{several.height:,} people have several rows with one first day and no end: two posts, or one row for each "
            "monthly snapshot, which counts them twice"
        )


def _about_absences(one: Taken, kept: pl.DataFrame, settings: Settings, day: date) -> Iterator[Notice]:
    long = kept.filter(pl.col("end_date").is_null(), pl.col("start_date") < day - pl.duration(days=_LONG))
    if long.height:
        yield one.notice(
            f"{long.height:,} absences have been open for more than a year on {day:%Y-%m-%d} ({_such_as(long)}); "
            "if they ended, their ends are missing in the file"
        )
    since, first = settings.organisation(one.organisation).records_from, kept["start_date"].min()
    if since and isinstance(first, date) and (first - since).days >= _LATE:
        yield one.notice(
            f"the first absence is of {first:%Y-%m}, and the organisation's records begin in {since:%Y-%m}: months before "
            "it would count as months without sickness",
            f"records_from = {first:%Y-%m}-01",
        )


def _about_lost_zeros(one: Taken, kept: pl.DataFrame, files: Sequence[Taken]) -> Iterator[Notice]:
    """Numbers that are in no staff list, and match exactly one staff number where leading zeros are left out of both."""
    lists = [f for f in files if f.file.table == "assignments" and f.organisation == one.organisation]
    lost = one.numbers.join(kept, on=_ROW, how="anti")
    if not lists or lost.is_empty():
        return
    staff = pl.concat(
        [
            f.numbers.join(f.rows.kept.select(_ROW, "person_id"), on=_ROW).select("person_id", "bare", "length")
            for f in lists
        ]
    ).unique()
    single = staff.filter(~pl.col("bare").is_duplicated())
    matching = lost.join(single.select("bare", full="length"), on="bare").filter(pl.col("length") != pl.col("full"))
    if matching.is_empty():
        return
    lengths = staff["length"].unique()
    yield one.notice(
        f"{matching.height:,} rows are of people in no staff row, whose numbers would be a staff number with its leading "
        f"zeros ({_such_as(matching)}); hand over the file with numbers as text, or say how many digits they have",
        f"id_digits = {lengths.item()}" if len(lengths) == 1 else None,
    )


def _about_two_lists(files: Sequence[Taken], staff: pl.DataFrame, day: date) -> Iterator[Notice]:
    """People who are in post on the reporting date in two staff files of one organisation."""
    open_rows = staff.filter(pl.col("start_date") <= day, (pl.col("end_date") >= day).fill_null(value=True))
    lists = [f for f in files if f.file.table == "assignments"]
    for n, one in enumerate(lists):
        for other in lists[n + 1 :]:
            if other.organisation != one.organisation or other.file.source == one.file.source:
                continue
            mine, theirs = (open_rows.filter(pl.col(_FILE) == f.number).select(_PERSON).unique() for f in (one, other))
            both = mine.join(theirs, on=list(_PERSON), how="semi").height
            if both:
                yield one.notice(
                    f"{both:,} people are in post on {day:%Y-%m-%d} in {other.file.source} too: their FTE counts twice; keep "
                    "one of the two files"
                )


def _about_missing_ends(files: Sequence[Taken], staff: pl.DataFrame) -> Iterator[Notice]:
    ended = set(staff.filter(pl.col("end_date").is_not_null())["organisation"])
    named = set[str]()
    for one in files:
        if one.file.table != "assignments" or one.organisation in ended | named:
            continue
        if one.rows.not_known.filter(column="end_date").height:
            continue
        named.add(one.organisation)
        mapped = "end_date" in one.file.columns
        yield one.notice(
            "no staff row has an end date: leavers and turnover are not available; hand over those who left, too",
            None if mapped else 'columns.end_date = "their header"',
        )


def _such_as(rows: pl.DataFrame) -> str:
    numbers: Iterable[int] = rows[_ROW].sort().head(EXAMPLES)
    return "rows such as " + ", ".join(str(number) for number in numbers)
