"""Data quality: which rows of each file were read, kept and refused under which rules, and what `workforce check` prints of them.

Rows read = rows kept + rows refused for every file, always. A row that breaks several rules is one refused row and counts under each of its
rules, so the rules of a file may add up to more than its refused rows. A notice is about what was not refused but deserves a look. Neither
holds a cell, but for words of coded columns that at least as many rows share as the agreed group size.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from itertools import combinations
from json import dumps
from typing import Final

import polars as pl

from workforce.errors import InputError
from workforce.periods import month
from workforce.records import NOTICES, ROW_REFUSED, TABLE_WORDS, Records
from workforce.roles import about_roles
from workforce.schemas import CASE_TYPES, CLOSED, ENDS, KEYS, LARGEST_FTE, WORDS
from workforce.settings import Settings, SourceFile
from workforce.sources.early_ends import TABLES_OF_EVENTS, long_gaps
from workforce.sources.implausible import implausible_sentences, respelled_localities
from workforce.sources.mapping import Mapped
from workforce.sources.unknown_ends import latest_day, unknown_end_sentences

EXAMPLES: Final = 5  # row numbers shown for a rule

# Rules that were broken. rows: rows that broke the rule (a row can break several rules). example_rows: the first row numbers.
# effect: what breaking the rule does to a row.
QUALITY: Final = pl.Schema(
    {
        "organisation": pl.String(),
        "source": pl.String(),
        "table": pl.String(),
        "rule": pl.String(),
        "rows": pl.Int64(),
        "example_rows": pl.String(),
        "effect": pl.String(),
    }
)
# What was read. rows_refused counts a row once, however many rules it broke: rows_read = rows_kept + rows_refused.
READS: Final = pl.Schema(
    {
        "organisation": pl.String(),
        "source": pl.String(),
        "table": pl.String(),
        "rows_read": pl.Int64(),
        "rows_kept": pl.Int64(),
        "rows_refused": pl.Int64(),
    }
)
REFUSALS: Final = pl.Schema({"file": pl.Int64(), "row": pl.Int64(), "rule": pl.String(), "effect": pl.String()})
_ROW: Final = "row"
_FILE: Final = "_file"
_PERSON: Final = ("organisation", "person_id")
_LONG: Final = 365  # days for which an absence is open before a notice says so
_LATE: Final = 300  # days between the beginning of the records and the first absence

_POST_KEY: Final = "team, locality, role, grade and first day"

Notice = tuple[str, str, str, str, str | None]
# What helps where a rule is broken, by what the rule's words contain.
_HINTS: Final = (
    ("not a date", "set date_format of this file, or map the texts in values"),
    ("not a number", "set numbers of this file, or map the texts in values"),
    ("not a whole number", "map the texts in values"),
    ("not yes or no", 'map the texts in values, such as values.exception = { "approved" = true }'),
    ("not a value that this column can hold", "map each of the file's words in values"),
    ("a date or number out of range", "look at the type of the column in what wrote the file"),
    ("an error of the workbook", "correct the formula, or export the column as values"),
    ("more cells than headers", "a separator inside a cell: export the file with quotation marks"),
    ("person not in assignments", "supply the staff rows of these people, too"),
    ("case not in cases", "supply the rows of these cases, too"),
    ("the row of its", "correct the row that was refused, and these are kept"),
    ("days lost", "map a column of working days; without days_lost they are counted from the dates"),
    ("before it was requested", "check which column is requested_date and which received_date"),
    ("end before start", "if the file gives the day after the last day, check end_dates of this file"),
    (
        "same key",
        "give rows that are not about the same thing numbers of their own; of the others, leave out the wrong one",
    ),
    ("missing", "ask for these cells: the table requires them"),
)


def quality_frames(
    files: pl.DataFrame, kept: pl.DataFrame, refusals: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The quality and the reads frame of a set of files.

    Parameters
    ----------
    files : polars.DataFrame
        file (a number), organisation, source, table, rows_read.
    kept : polars.DataFrame
        file, rows_kept.
    refusals : polars.DataFrame
        file, row, rule, effect: one row for every rule that a row broke.

    Returns
    -------
    tuple of polars.DataFrame
        Quality (`QUALITY`), the commonest rule of a file first, and reads (`READS`), in the order of the files.

    Examples
    --------
    >>> files = pl.DataFrame({"file": [0], "organisation": ["a"], "source": ["staff.csv"], "table": ["assignments"], "rows_read": [3]})
    >>> rules = {"rule": ["fte: missing", "grade: an error of the workbook"], "effect": [ROW_REFUSED, "cell not known"]}
    >>> refusals = pl.DataFrame({"file": [0, 0], "row": [4, 3], **rules})
    >>> quality, reads = quality_frames(files, pl.DataFrame({"file": [0], "rows_kept": [2]}), refusals)
    >>> reads.row(0)
    ('a', 'staff.csv', 'assignments', 3, 2, 1)
    >>> quality.select("rule", "rows", "example_rows").rows()
    [('fte: missing', 1, '4'), ('grade: an error of the workbook', 1, '3')]
    """
    refused = refusals.filter(effect=ROW_REFUSED).group_by("file").agg(rows_refused=pl.col("row").n_unique())
    reads = (
        files.join(kept, on="file", how="left")
        .join(refused, on="file", how="left")
        .sort("file")
        .with_columns(pl.col("rows_kept", "rows_refused").fill_null(0))
        .select(pl.col(name).cast(dtype) for name, dtype in READS.items())
    )
    quality = (
        refusals.unique()
        .group_by("file", "rule", "effect")
        .agg(rows=pl.len(), example_rows=pl.col("row").sort().head(EXAMPLES).cast(pl.String))
        .join(files, on="file", how="inner")
        .sort("file", "rows", "rule", "effect", descending=[False, True, False, False])
        .with_columns(pl.col("example_rows").list.join(", "))
        .select(pl.col(name).cast(dtype) for name, dtype in QUALITY.items())
    )
    return quality, reads


@dataclass(frozen=True, slots=True, repr=False)
class CheckedExtract:
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


def notices(
    files: Sequence[CheckedExtract],
    tables: dict[str, pl.DataFrame],
    settings: Settings,
    *,
    without_end_dates: Collection[str] = (),
) -> pl.DataFrame:
    """Everything that deserves a look in the files of an area, in the order of the files.

    Parameters
    ----------
    files : sequence of CheckedExtract
        Those that could be read.
    tables : dict of str to polars.DataFrame
        The rows that were kept, with the number of their file and their row.
    settings : Settings
        Of the area.
    without_end_dates : collection of str
        The organisations whose leavers are not available.

    Returns
    -------
    polars.DataFrame
        As `NOTICES`.
    """
    day = month(settings.area.month).end
    rows: list[Notice] = []
    used = [extract for extract in files if extract.used]
    respelled = set(respelled_localities(tables.values())) - set(settings.area.localities)
    for extract in files:
        rows += _about_cells(extract, settings.disclosure.group_size)
        if not extract.used:
            continue
        kept_rows = tables[extract.file.table].filter(pl.col(_FILE) == extract.number)
        if extract.file.table == "assignments":
            rows += _about_spells(extract, kept_rows)
        if extract.file.table == "posts" and (equal := kept_rows.select(KEYS["posts"]).is_duplicated().sum()):
            rows.append(
                extract.notice(f"{equal:,} rows are equal to another in {_POST_KEY}: each counts as posts of its own")
            )
        if extract.file.table == "absences":
            rows += _about_absences(extract, kept_rows, settings, day)
        latest = latest_day(settings, extract.organisation)
        sentences = [
            *unknown_end_sentences(extract.file.table, kept_rows, latest),
            *implausible_sentences(extract.file.table, kept_rows, latest=latest, respelled=respelled),
        ]
        rows += [extract.notice(sentence) for sentence in sentences]
        rows += _about_rows_of_another_file(extract, kept_rows, used, tables[extract.file.table])
        if extract.file.table in ("absences", "allocations", "pay_items"):
            rows += _about_lost_zeros(extract, kept_rows, used)
    rows += _about_numbers_alike(used)
    rows += _about_too_much_work(used, tables["assignments"], settings, day)
    rows += _about_shared_people(used, tables["assignments"], settings)
    rows += _about_days_without_rows(used, tables, settings)
    rows += _about_two_lists(used, tables["assignments"], day)
    rows += _about_missing_ends(used, tables["assignments"], without_end_dates)
    return pl.DataFrame(rows, schema=NOTICES, orient="row")


def _about_cells(extract: CheckedExtract, fewest: int) -> Iterator[Notice]:
    for column in extract.file.values:
        if column not in extract.file.columns:
            yield extract.notice(
                f"values are mapped for {column}, which no column fills: add it to columns, or use constants",
                f'columns.{column} = "their header"',
            )
    if extract.rows.open_marks:
        yield extract.notice(
            f"{extract.rows.open_marks:,} end dates are a day far ahead, such as 31-DEC-4712, and are read as open"
        )
    if extract.rows.two_digit_years:
        yield extract.notice(
            f"{extract.rows.two_digit_years:,} dates have a year of two digits; say which hundred years they are of",
            "century = 1930",
        )
    for rule, paste in extract.rows.advice:
        yield extract.notice(f"{rule}: another way of reading the file fits these cells", paste)
    for column, rows in extract.rows.rows_outside:
        # A word of fewer people could be about one of them.
        words = [(word, number) for of, word, number in extract.rows.words if of == column and number >= fewest]
        yield _about_words(extract, column, rows, words)


def _about_words(extract: CheckedExtract, column: str, rows: int, words: Sequence[tuple[str, int]]) -> Notice:
    """Words of a column that are in no list, with the line that maps the common ones; pasted as it is, the line changes nothing else."""
    place = (extract.file.table, column)
    listed = WORDS.get(place, ())
    closed = CLOSED.get(place, ())
    about = f"; measures look for {', '.join(listed)}" if listed else f"; the column holds {', '.join(closed)}"
    sentence = f"{rows:,} rows have a {column} that is in no list{about}"
    if not words:
        return extract.notice(sentence)
    mapping = ", ".join(f"{_quoted(word)} = {_quoted(_nearest(word, closed))}" for word, _ in words)
    counts = ", ".join(f"{number:,}" for _, number in words)
    return extract.notice(f"{sentence}; words of several people ({counts})", f"values.{column} = {{ {mapping} }}")


def _nearest(word: str, listed: Sequence[str]) -> str:
    """The word of a list that a word is most like, or the word itself.

    >>> _nearest("Agency worker", ("employed", "agency", "bank")), _nearest("Visiting", ("employed", "agency"))
    ('agency', 'Visiting')
    """
    bare = "_".join(word.lower().replace("-", " ").split())
    within = [each for each in listed if each in bare]
    return next(iter(within or get_close_matches(bare, listed, n=1)), word)


def _quoted(word: str) -> str:
    r"""A text as TOML writes it: no character of a file acts on a terminal.

    >>> print(_quoted(f"the {chr(27)} one"))
    "the \u001b one"
    """
    return dumps(word).replace("\x7f", "\\u007f")


def _about_spells(extract: CheckedExtract, rows_kept: pl.DataFrame) -> Iterator[Notice]:
    rows = rows_kept.select(_ROW, *_PERSON, "start_date", "end_date")
    ended = rows.filter(pl.col("end_date") > pl.col("start_date"))
    starts = rows.join(ended, on=_PERSON, how="semi").select(*_PERSON, following="start_date")
    touching = ended.join(starts, left_on=[*_PERSON, "end_date"], right_on=[*_PERSON, "following"], how="semi")
    if touching.height:
        yield extract.notice(
            f"{touching.height:,} rows end on the day on which another row of the person begins ({_such_as(touching)}); "
            "if the file gives the day after the last day, say so",
            'end_dates = "exclusive"',
        )
    open_rows = rows.filter(pl.col("end_date").is_null())
    repeated = open_rows.group_by(*_PERSON, "start_date").len().filter(pl.col("len") > 1)
    if repeated.height:
        yield extract.notice(
            f"{repeated.height:,} people have several rows with one first day and no end: two posts, or one row for each "
            "monthly snapshot, which counts them twice"
        )


def _about_absences(extract: CheckedExtract, kept: pl.DataFrame, settings: Settings, day: date) -> Iterator[Notice]:
    long = kept.filter(pl.col("end_date").is_null(), pl.col("start_date") < day - pl.duration(days=_LONG))
    if long.height:
        yield extract.notice(
            f"{long.height:,} absences have been open for more than a year on {day:%Y-%m-%d} ({_such_as(long)}); "
            "if they ended, their ends are missing in the file"
        )
    since, first = settings.organisation(extract.organisation).records_from, kept["start_date"].min()
    if since and isinstance(first, date) and (first - since).days >= _LATE:
        yield extract.notice(
            f"the first absence is of {first:%Y-%m}, and the organisation's records begin in {since:%Y-%m}: months before "
            "it would count as months without sickness",
            f"records_from = {first:%Y-%m}-01",
        )


def _about_lost_zeros(extract: CheckedExtract, kept: pl.DataFrame, files: Sequence[CheckedExtract]) -> Iterator[Notice]:
    """Numbers that are in no staff list, and match exactly one staff number where leading zeros are left out of both."""
    lists = [f for f in files if f.file.table == "assignments" and f.organisation == extract.organisation]
    lost = extract.numbers.join(kept, on=_ROW, how="anti")
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
    yield extract.notice(
        f"{matching.height:,} rows are of people in no staff row, whose numbers would be a staff number with its leading "
        f"zeros ({_such_as(matching)}); supply the file with numbers as text, or set how many digits they have",
        f"id_digits = {lengths.item()}" if len(lengths) == 1 else None,
    )


def _about_numbers_alike(files: Sequence[CheckedExtract]) -> Iterator[Notice]:
    """People of the staff lists of an organisation whose numbers differ in capitals, leading zeros or commas only."""
    lists = [f for f in files if f.file.table == "assignments"]
    for organisation in dict.fromkeys(f.organisation for f in lists):
        of_body = [f for f in lists if f.organisation == organisation]
        people = pl.concat(
            [
                f.numbers.join(f.rows.kept.select(_ROW, "person_id"), on=_ROW).select("person_id", "plain")
                for f in of_body
            ]
        ).unique()
        alike = people.filter(pl.col("plain").is_duplicated()).drop_nulls()
        if alike.height:
            yield of_body[0].notice(
                f"{alike.height:,} staff numbers differ from another in capitals, leading zeros or commas only: a person under two "
                "numbers counts as two, of whom one leaves and one joins; write each number in one way, or set id_digits of the file"
            )


def _about_too_much_work(
    files: Sequence[CheckedExtract], staff: pl.DataFrame, settings: Settings, day: date
) -> Iterator[Notice]:
    """People whose rows in one organisation add up to more than one person can work, on the reporting date."""
    open_rows = staff.filter(pl.col("start_date") <= day, (pl.col("end_date") >= day).fill_null(value=True))
    totals = open_rows.group_by(*_PERSON).agg(pl.col("fte").sum(), pl.len())
    too_much = totals.filter(pl.col("len") > 1, pl.col("fte") > LARGEST_FTE)
    for organisation in settings.organisations:
        people = too_much.filter(organisation=organisation).height
        first = next((f for f in files if (f.organisation, f.file.table) == (organisation, "assignments")), None)
        if people and first is not None:
            yield first.notice(
                f"{people:,} people have more than {LARGEST_FTE} full-time equivalents on {day:%Y-%m-%d}, all their rows together: if a "
                "new row begins when terms change, end the row before it"
            )


def _about_shared_people(files: Sequence[CheckedExtract], staff: pl.DataFrame, settings: Settings) -> Iterator[Notice]:
    """People with the same row in two organisations that share their numbers."""
    lists = {f.organisation: f for f in reversed(files) if f.file.table == "assignments"}
    row = ["person_id", "start_date", "end_date", "role", "fte"]
    slugs = [slug for slug in settings.organisations if slug in lists]
    for first, second in combinations(slugs, 2):
        mine, theirs = (staff.filter(organisation=slug).select(row).unique() for slug in (first, second))
        people = mine.join(theirs, on=row, how="semi", nulls_equal=True)["person_id"].n_unique()
        if people:
            yield lists[first].notice(
                f"{people:,} people have the same row in {lists[second].file.source} of {second}: the area counts their posts twice; "
                "leave them out of the list of the organisation that does not employ them"
            )


def _about_days_without_rows(
    files: Sequence[CheckedExtract], tables: dict[str, pl.DataFrame], settings: Settings
) -> Iterator[Notice]:
    """Tables of an organisation of which nothing begins at one end of its records for far longer than is usual."""
    noticed = set[tuple[str, str]]()
    for extract in files:
        place = (extract.organisation, extract.file.table)
        if extract.file.table not in TABLES_OF_EVENTS or place in noticed:
            continue
        noticed.add(place)
        body = settings.organisation(extract.organisation)
        last = body.records_to or month(settings.area.month).end
        rows = tables[extract.file.table].filter(organisation=extract.organisation)
        for side, kind, event, usual in long_gaps(rows, extract.file.table, body.records_from, last):
            words = TABLE_WORDS[extract.file.table] + (f" ({kind})" if kind in CASE_TYPES else "")
            until, key = (last, "records_to") if side == "after" else (body.records_from, "records_from")
            yield extract.notice(
                f"{words}: nothing begins {side} {event:%Y-%m}, and the records {'end' if side == 'after' else 'begin'} in "
                f"{until:%Y-%m}, where rows are usually at most {usual:,} days apart: if rows are missing, supply them, or set "
                f"{key} of the organisation; the days without them count as days without {words}"
            )


def _about_rows_of_another_file(
    extract: CheckedExtract, kept_rows: pl.DataFrame, files: Sequence[CheckedExtract], table: pl.DataFrame
) -> Iterator[Notice]:
    """Rows that were left out because another file of the organisation has them, too."""
    others = [
        f
        for f in files
        if (f.organisation, f.file.table) == (extract.organisation, extract.file.table) and f.number != extract.number
    ]
    if not others or extract.rows.kept.height == kept_rows.height:
        return
    keys = [key for key in KEYS[extract.file.table] if key in table.columns and key != ENDS.get(extract.file.table)]
    left_out = extract.rows.kept.join(kept_rows, on=_ROW, how="anti").with_columns(
        pl.lit(None, table.schema[key]).alias(key) for key in keys if key not in extract.rows.kept.columns
    )
    for other in others:
        theirs = table.filter(pl.col(_FILE) == other.number).select(keys)
        repeated = left_out.join(theirs, on=keys, how="semi", nulls_equal=True)
        if not repeated.height:
            continue
        rows = f"{repeated.height:,} rows"
        yield extract.notice(
            f"{rows} are read once, because area.toml names the file twice: take one of the two entries out"
            if other.file.source == extract.file.source
            else f"{rows} are in {other.file.source} too, and are read once ({_such_as(repeated)}); if one of the two files holds all "
            "rows of the other, leave that one out"
        )


def _about_two_lists(files: Sequence[CheckedExtract], staff: pl.DataFrame, day: date) -> Iterator[Notice]:
    """People who are in post on the reporting date in two staff files of one organisation."""
    open_rows = staff.filter(pl.col("start_date") <= day, (pl.col("end_date") >= day).fill_null(value=True))
    lists = [f for f in files if f.file.table == "assignments"]
    for n, first in enumerate(lists):
        for second in lists[n + 1 :]:
            if second.organisation != first.organisation or second.file.source == first.file.source:
                continue
            mine, theirs = (
                open_rows.filter(pl.col(_FILE) == f.number).select(_PERSON).unique() for f in (first, second)
            )
            in_both = mine.join(theirs, on=list(_PERSON), how="semi").height
            if in_both:
                yield first.notice(
                    f"{in_both:,} people are in post on {day:%Y-%m-%d} in {second.file.source} too: their FTE counts twice; keep "
                    "one of the two files"
                )


def _about_missing_ends(
    files: Sequence[CheckedExtract], staff: pl.DataFrame, without_end_dates: Collection[str]
) -> Iterator[Notice]:
    ahead = set(staff.filter(pl.col("end_date").is_not_null())["organisation"])
    noticed = set[str]()
    for extract in files:
        if extract.file.table != "assignments" or extract.organisation not in without_end_dates:
            continue
        if extract.organisation in noticed:
            continue
        noticed.add(extract.organisation)
        mapped = "end_date" in extract.file.columns
        which = " within the days of the records" if extract.organisation in ahead else ""
        yield extract.notice(
            f"no staff row has an end date{which}: leavers and turnover are not available; supply the rows of leavers, too",
            None if mapped else 'columns.end_date = "their header"',
        )


def _such_as(rows: pl.DataFrame) -> str:
    numbers: Iterable[int] = rows[_ROW].sort().head(EXAMPLES)
    return "rows such as " + ", ".join(str(number) for number in numbers)


def check_lines(records: Records, problems: Sequence[InputError], *, roles: bool = False) -> Iterator[str]:
    """Lines on every file, then on what `run` would not use, then on roles.

    Parameters
    ----------
    records : Records
        The area's records.
    problems : sequence of InputError
        What is wrong with the files that are not used.
    roles : bool
        Whether every role outside the common list is named.
    """
    place = ("organisation", "source", "table")
    reads = records._reads.with_columns(last=pl.struct(place).is_last_distinct())  # the same file may be named twice
    for row in reads.iter_rows(named=True):
        yield (
            f"{row['organisation']}, {row['source']}, {row['table']}: {row['rows_read']:,} rows read, "
            f"{row['rows_kept']:,} kept, {row['rows_refused']:,} refused"
        )
        if row["last"]:
            of_file = pl.all_horizontal(pl.col(c) == row[c] for c in place)
            yield from _broken_rules(records._quality.filter(of_file).unique(maintain_order=True))
            yield from _noticed(records._notices.filter(of_file).unique(maintain_order=True))
    yield from dict.fromkeys(f"Not used: {fault}" for fault in problems)
    yield from _about_roles(records, every=roles)


def _broken_rules(quality: pl.DataFrame) -> Iterator[str]:
    for row in quality.iter_rows(named=True):
        hint = next((f". Hint: {hint}" for words, hint in _HINTS if words in row["rule"]), "")
        yield f"  {row['rule']}: {row['rows']:,} rows, {row['effect']} (such as {row['example_rows']}){hint}"


def _noticed(frame: pl.DataFrame) -> Iterator[str]:
    for row in frame.iter_rows(named=True):
        yield f"  {row['notice']}"
        if row["paste"]:
            yield f"    in area.toml, for this file: {row['paste']}"


def _about_roles(records: Records, *, every: bool) -> Iterator[str]:
    staff, casework = records.assignments.lazy().collect(), records.settings.casework
    yield from about_roles(records.unmapped_roles, staff, casework.caseworker_roles, every=every)
