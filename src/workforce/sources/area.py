"""One local area: from its area.toml to `Records`.

Every file is read, checked and mapped; rows read = rows kept + rows refused for each file. Ids become keyed pseudonyms before any row meets
a row of another file. A file that cannot be read, or that loses too many of its rows, is not used and named; the others are. Nothing is
written, and nothing personal is in a message.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import polars as pl

from workforce.errors import InputError, Phrase
from workforce.periods import month
from workforce.pseudonyms import ID_COLUMNS, Key, find_key, pseudonyms
from workforce.records import END_NOT_KNOWN, NOT_USED, REFUSED_ROWS, ROW_REFUSED, Records
from workforce.schemas import ENDS, KEYS, LATEST, REQUIRED, STARTS, TABLES
from workforce.sealed import Provenance
from workforce.settings import Settings, SourceFile, load_settings
from workforce.shipped import area_to_open
from workforce.sources.mapping import DUPLICATE, EMPTY_ROW, FILE, ROW, Mapped, mapped
from workforce.sources.notices import CheckedExtract, notices
from workforce.sources.quality import REFUSALS, quality_frames
from workforce.sources.reading import read_cells
from workforce.sources.unknown_ends import latest_day, unknown_closings, unknown_outcomes, with_known_days

# Two spells with start <= previous end + 7 days are one stay: a full week's gap breaks continuous employment (measure book).
GAP_IN_A_STAY: Final = 7
_BEYOND_EVERY_DAY: Final = 2**24  # more than there are days between any two dates
_PLACE: Final = pl.Schema({FILE: pl.Int32(), ROW: pl.Int64()})
_MOST_RULES_TOLD: Final = 3
CONFLICT: Final = "differs from an earlier row of the same key"
_NOT_KNOWN: Final = "_not_known"
_ENOUGH_ROWS: Final = 20  # of which none has a value in a column that a file gives: then it is not recorded
_WITHOUT_NUMBER: Final = ("posts",)  # tables whose rows have no number: several equal rows are several posts
# What two rows of a number must share, too, so that one of them can be an older state of the other.
_ALIKE: Final = {"cases": ("case_type", "received_date"), "vacancies": ("role", "fte", "opened_date")}
PERSON_REFUSED: Final = "the row of its person was refused"
CASE_REFUSED: Final = "the row of its case was refused"
FILE_NOT_USED: Final = "the file is not used"
# Tables that other tables are matched to: whether their files are used is decided first.
_FIRST: Final = ("assignments", "cases")


@dataclass(frozen=True, slots=True)
class _Source:
    """One file of one organisation, numbered in the order of the settings."""

    number: int
    organisation: str
    file: SourceFile

    @property
    def place(self) -> str:
        """How messages call the file."""
        return f"{self.organisation}, {self.file.source}"


@dataclass(frozen=True, slots=True, repr=False)
class _Extract:
    """What was read of one file: its rows, how many there were, its checksum and size, and its people's numbers in other forms."""

    source: _Source
    rows: Mapped
    count: int
    checksum: tuple[str, int]
    numbers: pl.DataFrame


@dataclass(slots=True)
class _Meeting:
    """The rows of all files that are used, after those of which only the meeting shows that they are refused."""

    tables: dict[str, pl.DataFrame]
    refusals: list[pl.DataFrame] = field(default_factory=list)
    refused: list[pl.DataFrame] = field(default_factory=list)

    def refuse(self, table: str, rows: pl.DataFrame, rule: pl.Expr) -> None:
        """Take rows out of a table under a rule."""
        self.tables[table] = self.tables[table].join(rows, on=[FILE, ROW], how="anti", maintain_order="left")
        faults = rows.select(pl.col(FILE).alias("file"), ROW, rule=rule, effect=pl.lit(ROW_REFUSED))
        self.refusals.append(faults.select(pl.col(name).cast(dtype) for name, dtype in REFUSALS.items()))


@dataclass(frozen=True, slots=True, repr=False)
class AreaRead:
    """An area's records, and what is wrong with the files that are not used. `stops`: no page can be made of the records."""

    records: Records
    problems: tuple[InputError, ...]
    stops: bool


def load_area(path: str | Path = "") -> Records:
    """Read, check and return the records of a local area.

    Parameters
    ----------
    path : str or Path
        Its area.toml; without one, the area that JupyterLab was opened on (``workforce lab AREA.toml``), else the sample partnership
        that comes with the library.

    Returns
    -------
    Records
        Refused rows are left out and counted in `.quality` and `.reads`. A file that cannot be read, or loses too many of its rows, is
        left out and named in `.not_used`.

    Raises
    ------
    SettingsError
        Where the area.toml cannot be used.
    InputError
        Where no row of staff, or no row at all, is left.

    Examples
    --------
    >>> load_area().settings.area.name
    'Wealdmere local area (fictional)'
    """
    area = read_area(path or area_to_open())
    if area.stops and area.problems:
        raise area.problems[0]
    return area.records


def read_area(path: str | Path) -> AreaRead:
    """Read an area's files, each with what is wrong with it."""
    settings = load_settings(path)
    key = find_key(
        fictional=settings.area.fictional,
        key_file=settings.folder / settings.area.key_file if settings.area.key_file else None,
    )
    sources = [
        _Source(number, slug, file)
        for number, (slug, file) in enumerate(
            (slug, file) for slug, body in settings.organisations.items() for file in body.files
        )
    ]
    extracts, unused = [], dict[int, InputError]()
    for source in sources:
        try:
            extracts.append(_read(source, settings, key))
        except InputError as fault:
            unused[source.number] = fault
    meeting, unused = _used(extracts, settings, sources, unused)
    refusals = _all_refusals(extracts, meeting, unused)
    quality, reads = quality_frames(
        pl.DataFrame(
            [
                (p.source.number, p.source.organisation, p.source.file.source, p.source.file.table, p.count)
                for p in extracts
            ],
            schema={
                "file": pl.Int64(),
                "organisation": pl.String(),
                "source": pl.String(),
                "table": pl.String(),
                "rows_read": pl.Int64(),
            },
            orient="row",
        ),
        pl.concat(
            [
                frame.group_by(pl.col(FILE).cast(pl.Int64).alias("file")).agg(rows_kept=pl.len())
                for frame in meeting.tables.values()
            ]
        ),
        refusals,
    )
    used = [extract for extract in extracts if extract.source.number not in unused]
    staff = meeting.tables["assignments"]
    refused_rows = _refused_rows(used, meeting, settings)
    inputs = {settings.path.name: settings.checksum} | {p.source.file.path: p.checksum for p in extracts}
    checked = [
        CheckedExtract(
            p.source.number, p.source.organisation, p.source.file, p.rows, p.numbers, p.source.number not in unused
        )
        for p in extracts
    ]
    names_staff = bool(settings.supplied_by("assignments"))
    nothing = staff.is_empty() if names_staff else all(frame.is_empty() for frame in meeting.tables.values())
    without_end_dates = _without_end_dates(staff, refused_rows, settings)
    unrecorded = _unrecorded(used, meeting.tables)
    noticed = notices(checked, meeting.tables, settings, without_end_dates=without_end_dates, unrecorded=unrecorded)
    # From here on only the finished tables are needed, and large files are not held twice.
    del extracts, used, checked, staff
    tables = {table: _finished(table, meeting.tables.pop(table)) for table in list(meeting.tables)}
    tables["assignments"] = with_service_start(
        with_known_days(
            tables["assignments"],
            _staff_in_doubt(refused_rows),
            _proofs(tables),
        ).with_columns(pl.col("employment").fill_null("employed"), pl.col("status").fill_null("active"))
    )
    records = Records(settings=settings)._with(
        tables,
        _quality=quality,
        _reads=reads,
        _inputs=pl.DataFrame(
            [(name, *checksum) for name, checksum in inputs.items()], schema=["source", "sha256", "bytes"], orient="row"
        ),
        _key_origin=key.origin,
        _provenance=Provenance(
            loaded=True,
            names=frozenset(settings.organisation_names.items()),
            material=settings.report.material,
            group_size=settings.disclosure.group_size,
        ).with_files((name, checksum) for name, (checksum, _) in inputs.items()),
        _refused_rows=refused_rows,
        _not_used=pl.DataFrame(
            [
                (s.file.source, s.file.table, s.organisation, _reason(unused[s.number]))
                for s in sources
                if s.number in unused
            ],
            schema=NOT_USED,
            orient="row",
        ),
        _notices=noticed,
        _unrecorded=unrecorded,
        _without_end_dates=without_end_dates,
    )
    # The first to be told is a staff list, where there is one: without it no page can be made.
    first = sorted(unused, key=lambda number: sources[number].file.table != "assignments")
    return AreaRead(records._sized(), tuple(unused[number] for number in first), stops=nothing)


def _read(source: _Source, settings: Settings, key: Key) -> _Extract:
    body = settings.organisation(source.organisation)
    _refuse_without_required(source)
    cells = read_cells(settings.folder / source.file.path, source.file, where=source.place, folder=settings.folder)
    rows_read = mapped(
        cells,
        source.file,
        organisation=source.organisation,
        filled={"observed_from": body.records_from, "observed_to": body.records_to},
        roles=settings.common_roles,
        localities=settings.area.localities,
    )
    scheme = settings.id_scheme(source.organisation)

    def hidden(frame: pl.DataFrame) -> pl.DataFrame:
        return frame.with_columns(
            pseudonyms(frame[column], key=key, scheme=scheme, kind=kind).alias(column)
            for column, kind in ID_COLUMNS.items()
            if column in frame.columns
        )

    numbers = pl.DataFrame(schema={ROW: pl.Int64(), "bare": pl.String(), "length": pl.UInt32(), "plain": pl.String()})
    if "person_id" in rows_read.accepted.columns:
        ids = rows_read.accepted["person_id"]
        with_zeros = ids.str.starts_with("0").fill_null(value=False).arg_true()
        bare = pseudonyms(ids.gather(with_zeros).str.strip_chars_start("0"), key=key, scheme=scheme, kind="person")
        lengths = ids.str.len_chars()
        plain_ids = ids.str.to_lowercase().str.replace_all(",", "", literal=True).str.strip_chars_start("0")
        in_other_form = (plain_ids != ids).fill_null(value=False)
        other_form = (in_other_form if source.file.table == "assignments" else in_other_form.clear()).arg_true()
        plain = pseudonyms(plain_ids.gather(other_form), key=key, scheme=scheme, kind="person")
    rows = replace(
        rows_read, accepted=hidden(_filled(rows_read.accepted, source.file.table)), refused=hidden(rows_read.refused)
    )
    if "person_id" in rows.accepted.columns:
        numbers = pl.DataFrame(
            {
                ROW: rows.accepted[ROW],
                "bare": rows.accepted["person_id"].clone().scatter(with_zeros, bare),
                "length": lengths,
                "plain": rows.accepted["person_id"].clone().scatter(other_form, plain),
            }
        )
    return _Extract(source, rows, cells.frame.height, (cells.sha256, cells.size), numbers)


def _refuse_without_required(source: _Source) -> None:
    """Refuse a file whose settings map no column to one that its table requires."""
    file = source.file
    missing = [c for c in REQUIRED[file.table] if c not in file.columns and c not in file.constants]
    if missing:
        raise InputError(
            "the settings name no column for {columns}, which the table {table} requires",
            where="{place}",
            hint='add {name} = "their header" to columns of this file in area.toml',
            columns=missing,
            table=file.table,
            place=source.place,
            name=missing[0],
        )


def _filled(kept: pl.DataFrame, table: str) -> pl.DataFrame:
    """Without the columns of text that nothing is in: they come back with the finished table, and take their room there once."""
    return kept.drop(
        name
        for name, dtype in kept.schema.items()
        if dtype == pl.String and name not in KEYS[table] and kept[name].null_count() == kept.height
    )


def _used(
    extracts: Sequence[_Extract], settings: Settings, sources: Sequence[_Source], unused: dict[int, InputError]
) -> tuple[_Meeting, dict[int, InputError]]:
    """The rows that are left when every file that loses too many of them is taken out, and why those files are not used."""
    while True:
        unused = unused | _with_their_tables(unused, sources)
        meeting = _met(
            [extract for extract in extracts if extract.source.number not in unused], settings, sources, unused
        )
        faults = {
            extract.source.number: fault
            for extract in extracts
            if extract.source.number not in unused and (fault := _lost_too_much(extract, meeting, settings)) is not None
        }
        if not faults:
            return meeting, unused
        # What is refused elsewhere because of a staff list or of cases is judged without them.
        first = {number: fault for number, fault in faults.items() if sources[number].file.table in _FIRST}
        unused = unused | (first or faults)


def _with_their_tables(unused: dict[int, InputError], sources: Sequence[_Source]) -> dict[int, InputError]:
    """The other files of a table of which one file is not used: a part of a table would be taken for the whole."""
    tables = {(sources[number].organisation, sources[number].file.table): number for number in unused}
    return {
        source.number: InputError(
            "another file of the same table is not used, and a part of it would be taken for the whole",
            where="{place}",
            hint="see {other}",
            place=source.place,
            other=sources[tables[source.organisation, source.file.table]].file.source,
        )
        for source in sources
        if source.number not in unused and (source.organisation, source.file.table) in tables
    }


def _lost_too_much(extract: _Extract, meeting: _Meeting, settings: Settings) -> InputError | None:
    """Why a file is not used, or None: too many of its rows, or of those that are open at the reporting date, are lost."""
    number, table = extract.source.number, extract.source.file.table
    refusals = pl.concat(
        [extract.rows.refusals.with_columns(file=pl.lit(number, pl.Int64)).select(REFUSALS.names()), *meeting.refusals]
    )
    refusals = refusals.filter(pl.col("file") == number)
    kept_rows = meeting.tables[table].filter(pl.col(FILE) == number)
    if kept_rows.is_empty():
        copies = refusals.filter(effect=ROW_REFUSED)["rule"].is_in([DUPLICATE, EMPTY_ROW])
        return None if len(copies) and copies.all() else _nothing_left(extract, refusals)
    lost = refusals.filter(
        pl.col("effect").is_in([ROW_REFUSED, END_NOT_KNOWN]), ~pl.col("rule").is_in([DUPLICATE, EMPTY_ROW])
    )
    limits, place = settings.refusals, extract.source.place
    rows = lost["row"].n_unique()
    empty = refusals.filter(rule=EMPTY_ROW).height
    if rows >= limits.rows and rows > limits.share * (extract.count - empty):
        return InputError(
            "more than {share}% of its rows cannot be used",
            where="{place}",
            hint="run workforce check, and look at columns, date_format, numbers and values of this file in area.toml",
            share=f"{100 * limits.share:.10g}",
            place=place,
        )
    if table in ENDS:
        day = month(settings.area.month).end
        start, end = pl.col(STARTS[table]), pl.col(ENDS[table])
        is_open = (start <= day).fill_null(value=True) & (end >= day).fill_null(value=True)
        unknown = extract.rows.not_known.filter(effect=END_NOT_KNOWN)[ROW].implode()
        lost_open = (
            extract.rows.refused.filter(is_open).height
            + kept_rows.filter(pl.col(ROW).is_in(unknown), start <= day).height
        )
        all_open = lost_open + kept_rows.filter(is_open, ~pl.col(ROW).is_in(unknown)).height
        if lost_open >= limits.rows and lost_open > limits.share * all_open:
            return InputError(
                "more than {share}% of its rows that are open on {day} cannot be used",
                where="{place}",
                hint="run workforce check, and look at columns, date_format, numbers and values of this file in area.toml",
                share=f"{100 * limits.share:.10g}",
                day=f"{day:%Y-%m-%d}",
                place=place,
            )
    return None


def _nothing_left(extract: _Extract, refusals: pl.DataFrame) -> InputError:
    """No row is left of a file: which rules refused them, and what to look at first."""
    by_rule = (
        refusals.filter(effect=ROW_REFUSED)
        .group_by("rule")
        .agg(rows=pl.col("row").n_unique())
        .sort("rows", "rule", descending=[True, False])
    )
    rules = [
        Phrase("{rule} ({rows})", rule=rule, rows=count) for rule, count in by_rule.head(_MOST_RULES_TOLD).iter_rows()
    ]
    return InputError(
        "all {rows} rows for the table {table} were refused: {rules}",
        where="{place}",
        hint="look at columns, date_format, numbers and values of this file in area.toml",
        rows=extract.count,
        table=extract.source.file.table,
        rules=rules,
        place=extract.source.place,
    )


def _reason(fault: InputError) -> str:
    """Why a file is not used, as a page may print it: without counts of rows."""
    return "none of its rows can be used" if "rows" in fault.values else fault.what


def _all_refusals(extracts: Sequence[_Extract], meeting: _Meeting, unused: dict[int, InputError]) -> pl.DataFrame:
    """file, row, rule, effect of everything; every row of a file that is not used is refused."""
    frames = [REFUSALS.to_frame(), *meeting.refusals]
    for extract in extracts:
        number = pl.lit(extract.source.number, pl.Int64).alias("file")
        frames.append(extract.rows.refusals.with_columns(number).select(REFUSALS.names()))
        if extract.source.number in unused:
            unused_rows = extract.rows.accepted.select(
                number, ROW, rule=pl.lit(FILE_NOT_USED), effect=pl.lit(ROW_REFUSED)
            )
            frames.append(unused_rows.select(REFUSALS.names()))
    return pl.concat(frames)


def _joined(table: str, frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
    schema = {
        ROW: pl.Int64(),
        **{name: column.dtype for name, column in TABLES[table].columns().items()},
        FILE: pl.Int32(),
    }
    present = {name for frame in frames for name in frame.columns} or set(schema)
    empty = pl.DataFrame(schema={name: dtype for name, dtype in schema.items() if name in present})
    return pl.concat([empty, *frames], how="diagonal")


def _met(
    extracts: Sequence[_Extract], settings: Settings, sources: Sequence[_Source], unused: dict[int, InputError]
) -> _Meeting:
    """Refuse what only shows when rows meet: duplicates first, then people and cases that are in no other table."""
    rows: dict[str, list[pl.DataFrame]] = {table: [] for table in TABLES}
    for extract in extracts:
        rows[extract.source.file.table].append(
            extract.rows.accepted.with_columns(pl.lit(extract.source.number).alias(FILE))
        )
    meeting = _Meeting({table: _joined(table, frames) for table, frames in rows.items()})
    for table in TABLES:
        _refuse_duplicates(meeting, table, extracts)
    refused = {table: _refused_of(extracts, table) for table in _FIRST}

    def supplied(table: str) -> list[str]:
        out = {sources[n].organisation for n in unused if sources[n].file.table == table}
        return [slug for slug in settings.supplied_by(table) if slug not in out]

    with_staff = supplied("assignments")
    for table in ("absences", "allocations", "pay_items"):
        checked = meeting.tables[table].filter(pl.col("organisation").is_in(with_staff))
        person = ["organisation", "person_id"]
        unknown = checked.join(meeting.tables["assignments"], on=person, how="anti", maintain_order="left")
        _refuse_unknown(
            meeting, table, unknown, refused["assignments"], person, PERSON_REFUSED, "person not in assignments"
        )
    with_cases = supplied("cases")
    numbers = [source.number for source in sources if source.organisation in with_cases]
    for table in ("allocations", "milestones"):
        # A case may be a partner's: organisations with one id scheme know each other's cases, and the others' can never match.
        checked = meeting.tables[table].filter(pl.col(FILE).is_in(numbers))
        unknown = checked.join(meeting.tables["cases"], on="case_id", how="anti", maintain_order="left")
        _refuse_unknown(meeting, table, unknown, refused["cases"], ["case_id"], CASE_REFUSED, "case not in cases")
    return meeting


def _refuse_duplicates(meeting: _Meeting, table: str, extracts: Sequence[_Extract]) -> None:
    """Refuse the second row of a key, and the open row of what another row closes.

    A row of whose key one cell is not known is no duplicate of another. Where two rows of one file differ, which of them is right is in
    doubt: that is another rule, and the row that is refused widens the bounds of rates.
    """
    keys = list(KEYS[table])
    _refuse_superseded(meeting, table, extracts)
    flagged = _with_not_known(meeting.tables[table], table, extracts, keys)
    if table in _WITHOUT_NUMBER:  # equal rows of one file are things of their own, and add up
        flagged = flagged.with_columns(_nth=pl.int_range(pl.len()).over(FILE, *keys))
        keys = [*keys, "_nth"]
    same_key = pl.struct(*keys, pl.when(pl.col(_NOT_KNOWN)).then(pl.struct(FILE, ROW)))
    first = same_key.is_first_distinct()
    if "person_id" in keys:
        first |= pl.col("person_id").is_null()  # exit interviews without a name are not one person's
    duplicates = flagged.filter(~first)
    if duplicates.is_empty():
        return
    compared = [c for c in TABLES[table].column_names() if c in flagged.columns and c not in keys]
    firsts = flagged.join(duplicates, on=[FILE, ROW], how="anti").filter(~pl.col(_NOT_KNOWN).fill_null(value=False))
    paired = duplicates.join(
        firsts.select(*keys, pl.col(FILE, *compared).name.suffix("_of_first")), on=keys, how="left", nulls_equal=True
    ).unique([FILE, ROW], keep="first", maintain_order=True)
    differs = pl.any_horizontal(pl.lit(value=False), *(pl.col(c).ne_missing(pl.col(f"{c}_of_first")) for c in compared))
    of_one_file = pl.col(FILE) == pl.col(f"{FILE}_of_first")
    # One advertisement can be for several posts: equal rows of its number may be one post or more.
    in_doubt = differs | (of_one_file & pl.lit(table == "vacancies"))
    meeting.refused.append(_as_refused_rows(paired.filter(in_doubt), table))
    meeting.refuse(table, paired, pl.when(differs & of_one_file).then(pl.lit(CONFLICT)).otherwise(pl.lit(DUPLICATE)))


def _refuse_superseded(meeting: _Meeting, table: str, extracts: Sequence[_Extract]) -> None:
    """Refuse the open row of a spell, an absence, a case or a vacancy that another row closes: it is of an older extract."""
    end, frame = ENDS.get(table), meeting.tables[table]
    if end is None or table in _WITHOUT_NUMBER or frame.is_empty():
        return
    identifying = [c for c in dict.fromkeys([*KEYS[table], *_ALIKE.get(table, ())]) if c != end]
    rows = _with_not_known(frame, table, extracts, [*identifying, end])
    rows = rows.filter(~pl.col(_NOT_KNOWN).fill_null(value=False)).drop(_NOT_KNOWN)
    closed = rows.filter(pl.col(end).is_not_null()).select(FILE, *identifying).unique()
    superseded = rows.filter(pl.col(end).is_null()).join(closed, on=identifying, how="semi", nulls_equal=True)
    if superseded.is_empty():
        return
    if table != "absences":  # a person has one absence at a time, but may have two such posts, of which one goes on
        of_one_file = superseded.join(closed, on=[FILE, *identifying], how="semi", nulls_equal=True)
        meeting.refused.append(_as_refused_rows(of_one_file, table))
    meeting.refuse(table, superseded, pl.lit(DUPLICATE))


def _with_not_known(
    frame: pl.DataFrame, table: str, extracts: Sequence[_Extract], columns: Sequence[str]
) -> pl.DataFrame:
    """Rows with whether a cell of some columns is not known."""
    places = [_PLACE.to_frame()] + [
        extract.rows.not_known.filter(pl.col("column").is_in(columns)).select(
            pl.lit(extract.source.number).cast(pl.Int32).alias(FILE), ROW
        )
        for extract in extracts
        if extract.source.file.table == table
    ]
    not_known = pl.concat(places).unique().with_columns(pl.lit(value=True).alias(_NOT_KNOWN))
    return frame.join(not_known, on=[FILE, ROW], how="left", maintain_order="left")


def _refuse_unknown(
    meeting: _Meeting,
    table: str,
    unknown: pl.DataFrame,
    refused: pl.DataFrame,
    on: list[str],
    because: str,
    otherwise: str,
) -> None:
    """Refuse rows about a person or a case that is in no kept row: because that row was refused, or because no file has it."""
    if unknown.is_empty():
        return
    refused_keys = refused.select(on).drop_nulls().unique().with_columns(_refused=True)
    flagged = unknown.join(refused_keys, on=on, how="left", maintain_order="left")
    meeting.refused.append(_as_refused_rows(unknown, table))
    meeting.refuse(table, flagged, pl.when(pl.col("_refused")).then(pl.lit(because)).otherwise(pl.lit(otherwise)))


def _refused_of(extracts: Sequence[_Extract], table: str) -> pl.DataFrame:
    schema = {"organisation": pl.String(), "person_id": pl.String(), "case_id": pl.String()}
    frames = [extract.rows.refused for extract in extracts if extract.source.file.table == table]
    columns = [[c for c in schema if c in frame.columns] for frame in frames]
    return pl.concat(
        [pl.DataFrame(schema=schema), *(f.select(c) for f, c in zip(frames, columns, strict=True))], how="diagonal"
    )


def _as_refused_rows(frame: pl.DataFrame, table: str, why: str = ROW_REFUSED) -> pl.DataFrame:
    """Rows in the columns of `REFUSED_ROWS`."""
    return frame.select(
        pl.lit(table).alias(name)
        if name == "table"
        else pl.lit(why).alias(name)
        if name == "why"
        else (pl.col(name) if name in frame.columns else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in REFUSED_ROWS.items()
    )


def _refused_rows(extracts: Sequence[_Extract], meeting: _Meeting, settings: Settings) -> pl.DataFrame:
    """What could be read of every refused row and of every kept row of unknown end."""
    frames = [REFUSED_ROWS.to_frame(), *meeting.refused]
    for extract in extracts:
        table, body = extract.source.file.table, pl.lit(extract.source.organisation).alias("organisation")
        frames.append(_as_refused_rows(extract.rows.refused.with_columns(body), table))
        rows = extract.rows.not_known.filter(effect=END_NOT_KNOWN)[ROW]
        if len(rows):
            kept_rows = meeting.tables[table].filter(
                pl.col(FILE) == extract.source.number, pl.col(ROW).is_in(rows.implode())
            )
            open_ended = kept_rows.with_columns(pl.lit(None, pl.Date).alias(ENDS[table]))
            frames.append(_as_refused_rows(open_ended, table, END_NOT_KNOWN))
        if table == "cases":
            rows_of_file = meeting.tables[table].filter(pl.col(FILE) == extract.source.number)
            latest = latest_day(settings, extract.source.organisation)
            frames.append(_as_refused_rows(unknown_outcomes(rows_of_file, latest), table, END_NOT_KNOWN))
    frames.append(_as_refused_rows(unknown_closings(meeting.tables["vacancies"]), "vacancies", END_NOT_KNOWN))
    return pl.concat(frames).sort(pl.all(), nulls_last=True)


def _staff_in_doubt(refused_rows: pl.DataFrame) -> pl.DataFrame:
    return refused_rows.filter(table="assignments", why=ROW_REFUSED)


def _proofs(tables: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """organisation, person_id, day: days on which a record other than a spell shows a person in post."""
    days = {
        "absences": pl.coalesce("end_date", "start_date"),
        "allocations": pl.coalesce("end_date", "start_date"),
        "hours": pl.col("period_start"),
        "pay_items": pl.col("date"),
    }
    return pl.concat([tables[t].select("organisation", "person_id", day=day) for t, day in days.items()])


def _without_end_dates(staff: pl.DataFrame, refused_rows: pl.DataFrame, settings: Settings) -> frozenset[str]:
    """The organisations with staff of whom no row, not even a refused one, ended within the records.

    An end that lies ahead, such as that of a fixed-term contract, does not show that leavers are recorded.
    """
    end = month(settings.area.month).end
    last_days = {slug: body.records_to or end for slug, body in settings.organisations.items()}
    past = pl.col("end_date") <= pl.col("organisation").replace_strict(last_days, return_dtype=pl.Date)
    ended = pl.concat(
        [
            staff.filter(past).select("organisation"),
            refused_rows.filter(pl.col("table") == "assignments", past | (pl.col("why") == END_NOT_KNOWN)).select(
                "organisation"
            ),
        ]
    )
    return frozenset(staff["organisation"].unique()) - frozenset(ended["organisation"].unique())


def _unrecorded(used: Sequence[_Extract], tables: dict[str, pl.DataFrame]) -> frozenset[tuple[str, str, str]]:
    """The organisations, tables and optional columns where the organisation has kept rows and none of them a value.

    Of a few rows all may be without one by chance, as a few absences that all go on: where a file gives the column, it takes more of them.
    """
    organisations = {extract.source.number: extract.source.organisation for extract in used}
    in_files = {
        (extract.source.organisation, extract.source.file.table, column)
        for extract in used
        for column in extract.source.file.columns
    }
    missing = set[tuple[str, str, str]]()
    for table, frame in tables.items():
        optional = [c for c in TABLES[table].column_names() if c not in ("organisation", *REQUIRED[table])]
        has_value = (
            (pl.col(c).is_not_null().any() if c in frame.columns else pl.lit(value=False)).alias(c) for c in optional
        )
        by_organisation = (
            frame.with_columns(body=pl.col(FILE).replace_strict(organisations, return_dtype=pl.String))
            .group_by("body")
            .agg(pl.len(), *has_value)
        )
        for body, rows, *recorded in by_organisation.iter_rows():
            without = {(body, table, c) for c, has in zip(optional, recorded, strict=True) if not has}
            missing |= without if rows >= _ENOUGH_ROWS else without - in_files
    return frozenset(missing)


def _finished(table: str, frame: pl.DataFrame) -> pl.DataFrame:
    return frame.sort(*KEYS[table], FILE, ROW, nulls_last=True).select(
        pl.col(name) if name in frame.columns else pl.lit(None, column.dtype).alias(name)
        for name, column in TABLES[table].columns().items()
    )


def with_service_start(assignments: pl.DataFrame) -> pl.DataFrame:
    """Fill `service_start` where the source has none: the first day of the person's stay that the spell belongs to.

    A stay is a person's spells in one organisation, each beginning no more than 7 days after the latest end before it; agency and bank
    spells make stays of their own, because permanent service does not begin with them. Where other spells of the stay have a
    service_start, the earliest counts if it is earlier.

    >>> from datetime import date
    >>> spells = pl.DataFrame({"organisation": ["a"] * 3, "person_id": ["p"] * 3, "employment": ["employed"] * 3,
    ...     "start_date": [date(2020, 1, 1), date(2021, 1, 8), date(2022, 1, 1)],
    ...     "end_date": [date(2021, 1, 1), date(2021, 6, 30), None], "service_start": [None] * 3})
    >>> with_service_start(spells)["service_start"].dt.year().to_list()     # the third spell follows half a year later
    [2020, 2020, 2022]
    """
    person = ["organisation", "person_id", "employment"]
    spells = (
        assignments.lazy()
        .select("organisation", "person_id", pl.col("employment").fill_null("employed"), "start_date", "end_date")
        .with_row_index("at")
        .sort(*person, "start_date", "at")
        .select(
            "at",
            start="start_date",
            other=pl.any_horizontal(pl.col(c).ne_missing(pl.col(c).shift()) for c in person)
            | (pl.int_range(pl.len()) == 0),
            end=pl.col("end_date").fill_null(LATEST).to_physical().cast(pl.Int64),  # an open spell goes on
        )
        .with_columns(who=pl.col("other").cum_sum().cast(pl.Int64) * _BEYOND_EVERY_DAY)
        # Everyone's days follow all days of those before: the latest end so far is then one of the person.
        .with_columns(latest_before=(pl.col("who") + pl.col("end")).cum_max().shift() - pl.col("who"))
        .with_columns(
            begins=pl.col("other")
            | (pl.col("start").to_physical().cast(pl.Int64) > pl.col("latest_before") + GAP_IN_A_STAY)
        )
        .select("at", stay=pl.col("begins").cum_sum(), began=pl.when("begins").then("start").forward_fill())
        .collect()
    )
    recorded = assignments["service_start"].cast(pl.Date)
    began = pl.col("began")
    if recorded.null_count() < recorded.len():
        spells = spells.with_columns(given=recorded.gather(spells["at"]))
        began = pl.coalesce("given", pl.min_horizontal("began", pl.col("given").min().over("stay")))
    filled = spells.select("at", service_start=began).sort("at")
    return assignments.with_columns(filled["service_start"])
