"""Notices: what of the files was not refused but deserves a look, in sentences with counts and row numbers.

A notice is a phrase whose counts and row numbers are values, so that a page prints them by its rule (`disclosure/counts.py`); the analyst's
console has them exactly. It holds no cell, but for words of coded columns that at least as many rows share as the agreed group size. It is
about rows that can hardly be right, numbers and names that differ in writing only, rows that several files have, ends that are not known,
and extracts that end before the records do or begin after them: days without a row would count as days without an event.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from itertools import combinations
from json import dumps
from typing import Final

import polars as pl

from workforce.disclosure.counts import counted
from workforce.errors import Phrase
from workforce.periods import month
from workforce.records import NOTICES, TABLE_WORDS
from workforce.schemas import CASE_TYPES, CLOSED, DATED_OUTCOMES, ENDS, KEYS, LARGEST_FTE, STARTS, WORDS
from workforce.settings import Settings, SourceFile
from workforce.sources.mapping import FILE, ROW, Mapped, plain_form
from workforce.sources.unknown_ends import PERSON, latest_day, unknown_closings, unknown_outcomes

EXAMPLES: Final = 5  # row numbers shown for a rule or in a notice
_POST_KEY: Final = "team, locality, role, grade and first day"
_LONG: Final = 365  # days for which an absence is open before a notice says so
_LATE: Final = 300  # days between the beginning of the records and the first absence
# Years after the end of the records up to which an end is a date that may come: of a contract, or of a budget.
_YEARS_AHEAD: Final = 6
# The day of a row where a table has no first day.
_DAY: Final = STARTS | {
    "milestones": "received_date",
    "hours": "period_start",
    "exits": "leaving_date",
    "pay_items": "date",
    "counts": "period_start",
}
# What a row is called that adds up others; "total communication" is a way of working with children.
_TOTAL: Final = r"^((grand|sub|overall)_?)?totals?$|_totals?$|^sum$|^overall$"
_ALL_ROLES: Final = r"^all(_(roles|posts|staff))?$"
_NAMES: Final = ("role", "team", "locality", "grade", "staff_group")
_FEWEST_PARTS: Final = 2
_LARGE_BLOCK: Final = 0.4  # of an establishment, in one row of several
_FEWEST_ROWS: Final = 5
_TABLES_OF_EVENTS: Final = ("assignments", "absences", "cases", "vacancies")
_FEWEST_EVENTS: Final = 20  # distinct days; fewer say nothing of what gaps are usual
_USUAL: Final = 0.95  # share of the gaps between two days that are no longer than the usual one
_TIMES: Final = 10  # the usual gap
_SHORTEST: Final = 45  # days

# What is said of an organisation that has no value in a column at all, by table and column.
_ASSUMED: Final = {
    "assignments.employment": Phrase(
        "no row says who is employed, agency or bank: everybody is counted as an employee, and the agency rate is not available; where all "
        "are employees, say so with constants"
    ),
    "assignments.status": Phrase(
        "no row says who is seconded out, on a career break or on parental leave: everybody is counted as at work; where all are, say so "
        "with constants"
    ),
    "cases.child_id": Phrase("no row says whose the case is: each is counted as a child of its own"),
    "cases.closed_date": Phrase(
        "no row says when the case closed: a case without the date of an outcome is counted as open"
    ),
    "absences.end_date": Phrase("no row has an end: sickness absence is not available"),
    "vacancies.covered_by_agency_fte": Phrase(
        "no row says what agency workers cover: the cover of vacancies is not available"
    ),
}

Notice = tuple[str, str, str, str, str | None, str]


@dataclass(frozen=True, slots=True, repr=False)
class CheckedExtract:
    """A file that could be read, and whether it is used: its rows, and its people's numbers without leading zeros."""

    number: int
    organisation: str
    file: SourceFile
    rows: Mapped
    numbers: pl.DataFrame
    used: bool = True

    def notice(self, sentence: Phrase, paste: str | None = None) -> Notice:
        """A notice about this file."""
        stored = dumps(sentence.record(), ensure_ascii=False)
        return self.organisation, self.file.source, self.file.table, str(sentence), paste, stored


def notices(
    files: Sequence[CheckedExtract],
    tables: dict[str, pl.DataFrame],
    settings: Settings,
    *,
    without_end_dates: Collection[str] = (),
    unrecorded: Collection[tuple[str, str, str]] = (),
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
    unrecorded : collection of (str, str, str)
        Organisation, table and optional column where no row of the organisation has a value.

    Returns
    -------
    polars.DataFrame
        As `NOTICES`.
    """
    day = month(settings.area.month).end
    rows: list[Notice] = []
    used = [extract for extract in files if extract.used]
    respelled = set(_respelled_localities(tables.values())) - set(settings.area.localities)
    for extract in files:
        rows += _about_cells(extract, settings.disclosure.group_size)
        if not extract.used:
            continue
        kept_rows = tables[extract.file.table].filter(pl.col(FILE) == extract.number)
        if extract.file.table == "assignments":
            rows += _about_spells(extract, kept_rows)
        if extract.file.table == "posts" and (equal := kept_rows.select(KEYS["posts"]).is_duplicated().sum()):
            rows.append(
                extract.notice(
                    Phrase(
                        "{rows} rows are equal to another in {key}: each counts as posts of its own",
                        rows=counted(int(equal)),
                        key=_POST_KEY,
                    )
                )
            )
        if extract.file.table == "absences":
            rows += _about_absences(extract, kept_rows, settings, day)
        latest = latest_day(settings, extract.organisation)
        sentences = [
            *_unknown_end_sentences(extract.file.table, kept_rows, latest),
            *_implausible_sentences(extract.file.table, kept_rows, latest=latest, respelled=respelled),
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
    rows += _about_missing_columns(used, unrecorded)
    return pl.DataFrame(rows, schema=NOTICES, orient="row")


def _about_cells(extract: CheckedExtract, fewest: int) -> Iterator[Notice]:
    for column in extract.file.values:
        if column not in extract.file.columns:
            yield extract.notice(
                Phrase(
                    "values are mapped for {column}, which no column fills: add it to columns, or use constants",
                    column=column,
                ),
                f'columns.{column} = "their header"',
            )
    if extract.rows.open_marks:
        yield extract.notice(
            Phrase(
                "{rows} end dates are a day far ahead, such as 31-DEC-4712, and are read as open",
                rows=counted(extract.rows.open_marks),
            )
        )
    if extract.rows.two_digit_years:
        yield extract.notice(
            Phrase(
                "{rows} dates have a year of two digits; say which hundred years they are of",
                rows=counted(extract.rows.two_digit_years),
            ),
            "century = 1930",
        )
    for rule, paste in extract.rows.advice:
        yield extract.notice(Phrase("{rule}: another way of reading the file fits these cells", rule=rule), paste)
    for column, rows in extract.rows.rows_outside:
        # A word of fewer people could be about one of them.
        words = [(word, number) for of, word, number in extract.rows.words if of == column and number >= fewest]
        yield _about_words(extract, column, rows, words)


def _about_words(extract: CheckedExtract, column: str, rows: int, words: Sequence[tuple[str, int]]) -> Notice:
    """Words of a column that are in no list, with the line that maps the common ones; pasted as it is, the line changes nothing else."""
    place = (extract.file.table, column)
    listed = WORDS.get(place, ())
    closed = CLOSED.get(place, ())
    about = (
        Phrase("; measures look for {words}", words=listed)
        if listed
        else Phrase("; the column holds {words}", words=closed)
    )
    sentence = Phrase(
        "{rows} rows have a {column} that is in no list{about}", rows=counted(rows), column=column, about=about
    )
    if not words:
        return extract.notice(sentence)
    mapping = ", ".join(f"{_quoted(word)} = {_quoted(_nearest(word, closed))}" for word, _ in words)
    counts = Phrase("{count}", count=[number for _, number in words])
    return extract.notice(
        Phrase("{sentence}; words of several people ({counts})", sentence=sentence, counts=counts),
        f"values.{column} = {{ {mapping} }}",
    )


def _nearest(word: str, listed: Sequence[str]) -> str:
    """The word of a list that a word is most like, or the word itself.

    >>> _nearest("Agency worker", ("employed", "agency", "bank")), _nearest("Visiting", ("employed", "agency"))
    ('agency', 'Visiting')
    """
    bare = "_".join(word.lower().replace("-", " ").split())
    within = [entry for entry in listed if entry in bare]
    return next(iter(within or get_close_matches(bare, listed, n=1)), word)


def _quoted(word: str) -> str:
    r"""A text as TOML writes it: no character of a file acts on a terminal.

    >>> print(_quoted(f"the {chr(27)} one"))
    "the \u001b one"
    """
    return dumps(word).replace("\x7f", "\\u007f")


def _about_spells(extract: CheckedExtract, rows_kept: pl.DataFrame) -> Iterator[Notice]:
    rows = rows_kept.select(ROW, *PERSON, "start_date", "end_date")
    ended = rows.filter(pl.col("end_date") > pl.col("start_date"))
    starts = rows.join(ended, on=PERSON, how="semi").select(*PERSON, following="start_date")
    touching = ended.join(starts, left_on=[*PERSON, "end_date"], right_on=[*PERSON, "following"], how="semi")
    if touching.height:
        yield extract.notice(
            Phrase(
                "{rows} rows end on the day on which another row of the person begins{such_as}; if the file gives the day after "
                "the last day, say so",
                rows=counted(touching.height),
                such_as=_such_as(touching),
            ),
            'end_dates = "exclusive"',
        )
    open_rows = rows.filter(pl.col("end_date").is_null())
    repeated = open_rows.group_by(*PERSON, "start_date").len().filter(pl.col("len") > 1)
    if repeated.height:
        yield extract.notice(
            Phrase(
                "{people} people have several rows with one first day and no end: two posts, or one row for each monthly snapshot, "
                "which counts them twice",
                people=counted(repeated.height),
            )
        )


def _about_absences(extract: CheckedExtract, kept: pl.DataFrame, settings: Settings, day: date) -> Iterator[Notice]:
    long = kept.filter(pl.col("end_date").is_null(), pl.col("start_date") < day - pl.duration(days=_LONG))
    if long.height:
        yield extract.notice(
            Phrase(
                "{rows} absences have been open for more than a year on {day}{such_as}; if they ended, their ends are missing in "
                "the file",
                rows=counted(long.height),
                day=f"{day:%Y-%m-%d}",
                such_as=_such_as(long),
            )
        )
    since, first = settings.organisation(extract.organisation).records_from, kept["start_date"].min()
    if since and isinstance(first, date) and (first - since).days >= _LATE:
        yield extract.notice(
            Phrase(
                "the first absence is of {first}, and the organisation's records begin in {since}: months before it would count as "
                "months without sickness",
                first=f"{first:%Y-%m}",
                since=f"{since:%Y-%m}",
            ),
            f"records_from = {first:%Y-%m}-01",
        )


def _about_lost_zeros(extract: CheckedExtract, kept: pl.DataFrame, files: Sequence[CheckedExtract]) -> Iterator[Notice]:
    """Numbers that are in no staff list, and match exactly one staff number where leading zeros are left out of both."""
    lists = [f for f in files if f.file.table == "assignments" and f.organisation == extract.organisation]
    lost = extract.numbers.join(kept, on=ROW, how="anti")
    if not lists or lost.is_empty():
        return
    staff = pl.concat(
        [
            f.numbers.join(f.rows.accepted.select(ROW, "person_id"), on=ROW).select("person_id", "bare", "length")
            for f in lists
        ]
    ).unique()
    single = staff.filter(~pl.col("bare").is_duplicated())
    matching = lost.join(single.select("bare", full="length"), on="bare").filter(pl.col("length") != pl.col("full"))
    if matching.is_empty():
        return
    lengths = staff["length"].unique()
    yield extract.notice(
        Phrase(
            "{rows} rows are of people in no staff row, whose numbers would be a staff number with its leading zeros{such_as}; "
            "supply the file with numbers as text, or set how many digits they have",
            rows=counted(matching.height),
            such_as=_such_as(matching),
        ),
        f"id_digits = {lengths.item()}" if len(lengths) == 1 else None,
    )


def _about_numbers_alike(files: Sequence[CheckedExtract]) -> Iterator[Notice]:
    """People of the staff lists of an organisation whose numbers differ in capitals, leading zeros or commas only."""
    lists = [f for f in files if f.file.table == "assignments"]
    for organisation in dict.fromkeys(f.organisation for f in lists):
        of_body = [f for f in lists if f.organisation == organisation]
        people = pl.concat(
            [
                f.numbers.join(f.rows.accepted.select(ROW, "person_id"), on=ROW).select("person_id", "plain")
                for f in of_body
            ]
        ).unique()
        duplicates = people.filter(pl.col("plain").is_duplicated()).drop_nulls()
        if duplicates.height:
            yield of_body[0].notice(
                Phrase(
                    "{people} staff numbers differ from another in capitals, leading zeros or commas only: a person under two "
                    "numbers counts as two, of whom one leaves and one joins; write each number in one way, or set id_digits of the "
                    "file",
                    people=counted(duplicates.height),
                )
            )


def _about_too_much_work(
    files: Sequence[CheckedExtract], staff: pl.DataFrame, settings: Settings, day: date
) -> Iterator[Notice]:
    """People whose rows in one organisation add up to more than one person can work, on the reporting date."""
    open_rows = staff.filter(pl.col("start_date") <= day, (pl.col("end_date") >= day).fill_null(value=True))
    totals = open_rows.group_by(*PERSON).agg(pl.col("fte").sum(), pl.len())
    too_much = totals.filter(pl.col("len") > 1, pl.col("fte") > LARGEST_FTE)
    for organisation in settings.organisations:
        people = too_much.filter(organisation=organisation).height
        first = next((f for f in files if (f.organisation, f.file.table) == (organisation, "assignments")), None)
        if people and first is not None:
            yield first.notice(
                Phrase(
                    "{people} people have more than {largest} full-time equivalents on {day}, all their rows together: if a new row "
                    "begins when terms change, end the row before it",
                    people=counted(people),
                    largest=f"{LARGEST_FTE}",
                    day=f"{day:%Y-%m-%d}",
                )
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
                Phrase(
                    "{people} people have the same row in {file} of {organisation}: the area counts their posts twice; leave them "
                    "out of the list of the organisation that does not employ them",
                    people=counted(people),
                    file=lists[second].file.source,
                    organisation=second,
                )
            )


def _about_days_without_rows(
    files: Sequence[CheckedExtract], tables: dict[str, pl.DataFrame], settings: Settings
) -> Iterator[Notice]:
    """Tables of an organisation of which nothing begins at one end of its records for far longer than is usual."""
    noticed = set[tuple[str, str]]()
    for extract in files:
        place = (extract.organisation, extract.file.table)
        if extract.file.table not in _TABLES_OF_EVENTS or place in noticed:
            continue
        noticed.add(place)
        body = settings.organisation(extract.organisation)
        last = body.records_to or month(settings.area.month).end
        rows = tables[extract.file.table].filter(organisation=extract.organisation)
        for side, kind, event, usual in _long_gaps(rows, extract.file.table, body.records_from, last):
            words = TABLE_WORDS[extract.file.table] + (f" ({kind})" if kind in CASE_TYPES else "")
            until, key = (last, "records_to") if side == "after" else (body.records_from, "records_from")
            yield extract.notice(
                Phrase(
                    "{words}: nothing begins {side} {event}, and the records {verb} in {until}, where rows are usually at most "
                    "{usual:,} days apart: if rows are missing, supply them, or set {key} of the organisation; the days without "
                    "them count as days without {words}",
                    words=words,
                    side=side,
                    event=f"{event:%Y-%m}",
                    verb="end" if side == "after" else "begin",
                    until=f"{until:%Y-%m}",
                    usual=usual,
                    key=key,
                )
            )


def _about_rows_of_another_file(
    extract: CheckedExtract, kept_rows: pl.DataFrame, files: Sequence[CheckedExtract], table: pl.DataFrame
) -> Iterator[Notice]:
    """Rows that were left out because another file of the organisation has them, too."""
    same_table = [
        f
        for f in files
        if (f.organisation, f.file.table) == (extract.organisation, extract.file.table) and f.number != extract.number
    ]
    if not same_table or extract.rows.accepted.height == kept_rows.height:
        return
    keys = [key for key in KEYS[extract.file.table] if key in table.columns and key != ENDS.get(extract.file.table)]
    left_out = extract.rows.accepted.join(kept_rows, on=ROW, how="anti").with_columns(
        pl.lit(None, table.schema[key]).alias(key) for key in keys if key not in extract.rows.accepted.columns
    )
    for second_file in same_table:
        theirs = table.filter(pl.col(FILE) == second_file.number).select(keys)
        repeated = left_out.join(theirs, on=keys, how="semi", nulls_equal=True)
        if not repeated.height:
            continue
        rows = counted(repeated.height)
        yield extract.notice(
            Phrase(
                "{rows} rows are read once, because area.toml names the file twice: take one of the two entries out",
                rows=rows,
            )
            if second_file.file.source == extract.file.source
            else Phrase(
                "{rows} rows are in {file} too, and are read once{such_as}; if one of the two files holds all rows of the other, "
                "leave that one out",
                rows=rows,
                file=second_file.file.source,
                such_as=_such_as(repeated),
            )
        )


def _about_two_lists(files: Sequence[CheckedExtract], staff: pl.DataFrame, day: date) -> Iterator[Notice]:
    """People who are in post on the reporting date in two staff files of one organisation."""
    open_rows = staff.filter(pl.col("start_date") <= day, (pl.col("end_date") >= day).fill_null(value=True))
    lists = [f for f in files if f.file.table == "assignments"]
    for n, first in enumerate(lists):
        for second in lists[n + 1 :]:
            if second.organisation != first.organisation or second.file.source == first.file.source:
                continue
            mine, theirs = (open_rows.filter(pl.col(FILE) == f.number).select(PERSON).unique() for f in (first, second))
            in_both = mine.join(theirs, on=list(PERSON), how="semi").height
            if in_both:
                yield first.notice(
                    Phrase(
                        "{people} people are in post on {day} in {file} too: their FTE counts twice; keep one of the two files",
                        people=counted(in_both),
                        day=f"{day:%Y-%m-%d}",
                        file=second.file.source,
                    )
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
            Phrase(
                "no staff row has an end date{which}: leavers and turnover are not available; supply the rows of leavers, too",
                which=which,
            ),
            None if mapped else 'columns.end_date = "their header"',
        )


def _about_missing_columns(
    files: Sequence[CheckedExtract], unrecorded: Collection[tuple[str, str, str]]
) -> Iterator[Notice]:
    """What one organisation does not record: what is assumed in its place, and the tables that leave it out."""
    of_table: dict[tuple[str, str], list[CheckedExtract]] = {}
    for extract in files:
        of_table.setdefault((extract.organisation, extract.file.table), []).append(extract)
    bodies = {table: {body for body, name in of_table if name == table} for _, table in of_table}
    for (body, table), extracts in of_table.items():
        missing = [column for of, name, column in sorted(unrecorded) if (of, name) == (body, table)]
        for column in missing:
            if sentence := _ASSUMED.get(f"{table}.{column}"):
                mapped = any(column in extract.file.columns for extract in extracts)
                yield extracts[0].notice(sentence, None if mapped else f'columns.{column} = "their header"')
        # What nobody records is in no table by it, and each of these says so.
        groups = [c for c in _NAMES if c in missing and any((b, table, c) not in unrecorded for b in bodies[table])]
        if groups:
            yield extracts[0].notice(
                Phrase("no row has {columns}: results by {columns} leave this organisation out", columns=groups)
            )


def _implausible_sentences(
    table: str, kept: pl.DataFrame, *, latest: date, respelled: Collection[str] = ()
) -> Iterator[Phrase]:
    """Return what can hardly be right in the kept rows of a file.

    Parameters
    ----------
    table : str
        The table of the file.
    kept : polars.DataFrame
        Its kept rows, with their numbers as `row`.
    latest : date
        The last day that the organisation's records cover.
    respelled : collection of str
        Names of localities that `_respelled_localities` returned.

    Yields
    ------
    Phrase
        A sentence without its full stop.

    Examples
    --------
    >>> rows = pl.DataFrame({"row": [2, 3], "start_date": [date(2020, 1, 1), date(2032, 1, 1)], "end_date": [None, None]})
    >>> for sentence in _implausible_sentences("absences", rows, latest=date(2023, 3, 31)):
    ...     print(sentence)
    start_date is after 2023-03-31, beyond the records, in 1 rows (rows such as 3): they count in no period before it
    """
    yield from _about_days(table, kept, latest)
    if table == "posts":
        yield from _about_posts(kept.filter((pl.col("end_date") >= latest).fill_null(value=True)))
    if table == "counts":
        yield from _about_counts(kept)
    yield from _about_localities(kept, respelled)


def _about_days(table: str, kept: pl.DataFrame, latest: date) -> Iterator[Phrase]:
    column, end = _DAY.get(table, ""), ENDS.get(table, "")
    if column in kept.columns:
        late = kept.filter(pl.col(column) > latest)
        if late.height:
            yield Phrase(
                "{column} is after {day}, beyond the records, in {rows} rows{such_as}: they count in no period before it",
                column=column,
                day=f"{latest:%Y-%m-%d}",
                rows=counted(late.height),
                such_as=_such_as(late),
            )
    if end in kept.columns:
        # A contract and a budget have an end that is to come; what is over has none.
        years = _YEARS_AHEAD if table in ("assignments", "posts", "pay_scales") else 0
        late = kept.filter(pl.col(end) > pl.lit(latest).dt.offset_by(f"{years}y"))
        if late.height:
            yield Phrase(
                "{column} is {ahead}after {day}, beyond the records, in {rows} rows{such_as}: they count as open until then",
                column=end,
                ahead=Phrase("more than {years} years ", years=years) if years else "",
                day=f"{latest:%Y-%m-%d}",
                rows=counted(late.height),
                such_as=_such_as(late),
            )


def _about_posts(kept: pl.DataFrame) -> Iterator[Phrase]:
    names = [plain_form(pl.col(c)).str.contains(_TOTAL) for c in _NAMES if c in kept.columns]
    totals = kept.filter(pl.any_horizontal(*names, plain_form(pl.col("role")).str.contains(_ALL_ROLES)))
    if totals.height:
        yield Phrase(
            "{rows} rows are called a total{such_as}: they count as posts of their own; leave them out of the file",
            rows=counted(totals.height),
            such_as=_such_as(totals),
        )
    posts = kept.join(totals, on=ROW, how="anti")
    sums = posts.filter(pl.len() > _FEWEST_PARTS, _is_sum_of_others("funded_fte"))
    if sums.height:
        yield Phrase(
            "the funded_fte of {rows} rows is the sum of all other rows{such_as}: a total counts as posts of its own; leave it out "
            "of the file",
            rows=counted(sums.height),
            such_as=_such_as(sums),
        )
    large = posts.join(sums, on=ROW, how="anti").filter(
        pl.len() >= _FEWEST_ROWS, pl.col("funded_fte") > _LARGE_BLOCK * pl.col("funded_fte").sum()
    )
    if large.height:
        yield Phrase(
            "{rows} rows hold more than {share} of the funded FTE of the file{such_as}: check that they are posts and not a "
            "total",
            rows=counted(large.height),
            share=f"{_LARGE_BLOCK:.0%}",
            such_as=_such_as(large),
        )


def _about_counts(kept: pl.DataFrame) -> Iterator[Phrase]:
    numbers = [pl.col(c) for c in ("numerator", "denominator") if c in kept.columns]
    above = numbers[0] > numbers[-1]
    share = pl.col("unit").str.starts_with("%")
    impossible = kept.filter(share, pl.any_horizontal(above, *(number < 0 for number in numbers)))
    if impossible.height:
        yield Phrase(
            "{rows} rows have a negative count, or one above what it is counted out of{such_as}: they are not used",
            rows=counted(impossible.height),
            such_as=_such_as(impossible),
        )
    names = (
        kept.filter(plain_form(pl.col("locality")).str.contains(f"{_TOTAL}|^all$"))
        if "locality" in kept.columns
        else kept.clear()
    )
    if names.height:
        yield Phrase(
            "{rows} rows have a locality that is called a total{such_as}: they are added to the localities; leave the locality of a "
            "total empty",
            rows=counted(names.height),
            such_as=_such_as(names),
        )
    if "locality" not in kept.columns:
        return
    of_one = ["measure", "definition", "period_start", "period_end"]
    sums = kept.join(names, on=ROW, how="anti").filter(
        pl.col("locality").is_not_null(),
        (pl.len() > _FEWEST_PARTS).over(of_one),
        _is_sum_of_others("numerator").over(of_one),
    )
    if sums.height:
        yield Phrase(
            "the numerator of {rows} rows is the sum of all other localities{such_as}: a total is added to them; leave its locality "
            "empty",
            rows=counted(sums.height),
            such_as=_such_as(sums),
        )


def _is_sum_of_others(column: str) -> pl.Expr:
    total = pl.col(column).sum()
    return (pl.col(column) > 0) & ((2 * pl.col(column) - total).abs() < 1e-6 * total)


def _about_localities(kept: pl.DataFrame, respelled: Collection[str]) -> Iterator[Phrase]:
    if "locality" not in kept.columns:
        return
    names = kept.filter(pl.col("locality").is_in(list(respelled)))["locality"].n_unique()
    if names:
        yield Phrase(
            "{names:,} names of localities differ from another name of the area in capitals, spaces or hyphens alone, and count as "
            "different localities: list the area's names in localities of the area, and they are matched",
            names=names,
        )


def _respelled_localities(tables: Iterable[pl.DataFrame]) -> list[str]:
    """Return the names of localities that differ from another one in capitals, spaces or hyphens alone, in any table.

    Parameters
    ----------
    tables : iterable of polars.DataFrame
        The rows of all tables; names that the settings list are already the listed ones.

    Returns
    -------
    list of str
        All spellings, in alphabetical order.

    Examples
    --------
    >>> _respelled_localities([pl.DataFrame({"locality": ["North Vale", "South"]}), pl.DataFrame({"locality": ["north-vale"]})])
    ['North Vale', 'north-vale']
    """
    schema = {"locality": pl.String()}
    columns = [table.select("locality").drop_nulls() for table in tables if "locality" in table.columns]
    names = pl.concat([pl.DataFrame(schema=schema), *columns]).unique()
    return names.filter(plain_form(pl.col("locality")).is_duplicated())["locality"].sort().to_list()


def _undated(cases: pl.DataFrame) -> pl.DataFrame:
    """Cases of another outcome, which count as open because no date says otherwise."""
    if "outcome" not in cases.columns:
        return cases.clear()
    dates = [pl.col(c).is_null() for c in ("outcome_date", "closed_date") if c in cases.columns]
    ended = pl.col("outcome").is_not_null() & ~pl.col("outcome").is_in([*DATED_OUTCOMES, "unknown"])
    return cases.filter(ended, *dates)


def _unknown_end_sentences(table: str, kept: pl.DataFrame, latest: date) -> Iterator[Phrase]:
    """What a notice says of the rows of a file with an end that is not known.

    Parameters
    ----------
    table : str
        The table of the file.
    kept : polars.DataFrame
        Its kept rows.
    latest : date
        The last day that an outcome can be of.

    Yields
    ------
    Phrase
        A sentence without its full stop.
    """
    if table == "cases" and (rows := unknown_outcomes(kept, latest)).height:
        yield Phrase(
            "{rows} cases have an outcome ({outcomes}) without an outcome date within the records: they count in no period, and in "
            "the bounds of rates as ends that are not known",
            rows=counted(rows.height),
            outcomes=sorted(rows["outcome"].unique()),
        )
    if table == "cases" and (rows := _undated(kept)).height:
        yield Phrase(
            "{rows} cases have an outcome and neither an outcome date nor a closing date: they count as open; supply the dates",
            rows=counted(rows.height),
        )
    if table == "vacancies" and (rows := unknown_closings(kept)).height:
        yield Phrase(
            "{rows} vacancies were filled or withdrawn without a closing date: they count as open up to the last of their other "
            "dates, and after it in the bounds of rates as ends that are not known",
            rows=counted(rows.height),
        )


def _long_gaps(
    rows: pl.DataFrame, table: str, first: date | None, last: date
) -> Iterator[tuple[str, str | None, date, int]]:
    """At which ends of the records nothing begins (and of staff, nothing ends) for far longer than is usual.

    Parameters
    ----------
    rows : polars.DataFrame
        The rows of one organisation and table.
    table : str
        One of `_TABLES_OF_EVENTS`.
    first, last : date
        The days of the records; without a first day the beginning is not looked at.

    Yields
    ------
    tuple
        "before" or "after", the type of case (None in other tables), the day of the first or last event, and the usual gap in days.

    Examples
    --------
    >>> days = [date(2022, month, day) for month in range(1, 7) for day in (1, 8, 15, 22)]
    >>> rows = pl.DataFrame({"start_date": days, "end_date": days})
    >>> [(side, gap) for side, _, _, gap in _long_gaps(rows, "absences", date(2022, 1, 1), date(2022, 12, 31))]
    [('after', 10)]
    """
    kinds = rows["case_type"].unique().sort().to_list() if table == "cases" else [None]
    for kind in kinds:
        of_kind = rows if kind is None else rows.filter(case_type=kind)
        # Of staff both joining and leaving are events; of the rest an end can come long after the last beginning that was extracted.
        columns = (STARTS[table], ENDS[table]) if table == "assignments" else (STARTS[table],)
        events = pl.concat([of_kind[column].alias("day") for column in columns]).drop_nulls()
        days = events.filter((events <= last) & (events >= (first or date.min))).unique().sort()
        if len(days) < _FEWEST_EVENTS:
            continue
        begins, ends = days.to_list()[0], days.to_list()[-1]
        gaps = days.to_physical().diff().drop_nulls()
        usual = int(gaps.quantile(_USUAL, "higher") or 0)
        sides = [("after", ends, (last - ends).days)]
        if first is not None:
            sides.append(("before", begins, (begins - first).days))
        yield from ((side, kind, event, usual) for side, event, gap in sides if gap > max(_SHORTEST, _TIMES * usual))


def _such_as(rows: pl.DataFrame) -> Phrase:
    """The first row numbers, for the analyst who has the file: fewer than `EXAMPLES` of them would tell how many rows there are."""
    return Phrase(" (rows such as {examples})", examples=rows[ROW].sort().head(EXAMPLES).to_list())
