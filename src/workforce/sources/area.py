"""One local area: from its area.toml to `Records`.

Promises: every file is read, checked and mapped; refused rows are counted by rule, and rows read = rows kept + rows refused for each file.
Ids become keyed pseudonyms before any row meets a row of another file. Nothing is written, and nothing personal stands in a message.
Refuses: an area of which one file cannot be read, or has no row left after refusals.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

import polars as pl

from workforce.errors import InputError, Phrase
from workforce.pseudonyms import ID_COLUMNS, Key, find_key, pseudonyms
from workforce.quality import REFUSALS, quality_frames
from workforce.records import Records
from workforce.schemas import KEYS, LATEST, TABLES
from workforce.sealed import Provenance
from workforce.settings import Settings, SourceFile, load_settings
from workforce.shipped import shipped
from workforce.sources.mapping import Mapped, mapped
from workforce.sources.reading import read_cells

# Two spells with start <= previous end + 7 days are one stay: a full week's gap breaks continuous employment (measure book).
GAP_IN_A_STAY: Final = 7
_FILE: Final = "_file"  # which file a row came from, while the rows of several meet
_ROW: Final = "row"
_MOST_RULES_TOLD: Final = 3


@dataclass(frozen=True, slots=True)
class _Source:
    """One file of one organisation, numbered in the order of the settings."""

    number: int
    organisation: str
    file: SourceFile


def load_area(path: str | Path = "") -> Records:
    """Read, check and return the records of a local area.

    path: its area.toml; without one, the sample partnership that comes with the library. Refused rows are left out and counted in
    `.quality` and `.reads`; a file that cannot be read, or of which no row is left, is an InputError.

    >>> load_area().settings.area.name
    'Wealdmere local area (fictional)'
    """
    records = check_area(path or shipped("data", "sample", "area.toml"))
    lost = records._reads.filter(pl.col("rows_kept") == 0)
    if not lost.is_empty():
        raise _nothing_left(lost.row(0, named=True), records._quality)
    return records


def check_area(path: str | Path) -> Records:
    """The same reading for a report on what would be refused: a file of which no row is left is no error here."""
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
    rows: dict[str, list[pl.DataFrame]] = {table: [] for table in TABLES}
    refusals, read, inputs = [], [], {settings.path.name: _input_of(settings.path)}
    for source in sources:
        one, count, taken = _read(source, settings, key)
        rows[source.file.table].append(one.kept.with_columns(pl.lit(source.number).alias(_FILE)))
        refusals.append(one.refusals.with_columns(file=pl.lit(source.number)))
        read.append((source.number, source.organisation, source.file.source, source.file.table, count))
        inputs[source.file.path] = taken
    joined = {table: _joined(table, frames) for table, frames in rows.items()}
    joined, across = _refused_across(joined, settings, sources)
    quality, reads = quality_frames(
        pl.DataFrame(read, schema=["file", "organisation", "source", "table", "rows_read"], orient="row"),
        pl.concat([frame.group_by(pl.col(_FILE).alias("file")).agg(rows_kept=pl.len()) for frame in joined.values()]),
        pl.concat(
            [part.select(pl.col(name).cast(dtype) for name, dtype in REFUSALS.items()) for part in [*refusals, *across]]
        ),
    )
    return Records(settings=settings)._with(
        {table: _finished(table, frame) for table, frame in joined.items()},
        _quality=quality,
        _reads=reads,
        _inputs=pl.DataFrame(
            [(name, *rest) for name, rest in inputs.items()], schema=["source", "sha256", "bytes"], orient="row"
        ),
        _key_origin=key.origin,
        _provenance=Provenance(loaded=True, names=frozenset(settings.organisation_names.items())).with_files(
            (name, checksum) for name, (checksum, _) in inputs.items()
        ),
    )


def _nothing_left(read: dict[str, object], quality: pl.DataFrame) -> InputError:
    """No row is left of a file: which rules refused them, and what to look at first."""
    own = quality.filter(
        pl.col("source") == read["source"],
        pl.col("table") == read["table"],
        pl.col("organisation") == read["organisation"],
    )
    rules = [
        Phrase("{rule} ({rows})", rule=rule, rows=count)
        for rule, count in own.select("rule", "rows").head(_MOST_RULES_TOLD).iter_rows()
    ]
    return InputError(
        "all {rows} rows for the table {table} were refused: {rules}",
        where="{organisation}, {source}",
        hint="look at columns, date_format, numbers and values of this file in area.toml",
        rows=read["rows_read"],
        table=read["table"],
        rules=rules,
        organisation=read["organisation"],
        source=read["source"],
    )


def _input_of(path: Path) -> tuple[str, int]:
    content = path.read_bytes()
    return sha256(content).hexdigest(), len(content)


def _read(source: _Source, settings: Settings, key: Key) -> tuple[Mapped, int, tuple[str, int]]:
    body = settings.organisation(source.organisation)
    cells = read_cells(
        settings.folder / source.file.path, source.file, where=f"{source.organisation}, {source.file.source}"
    )
    one = mapped(
        cells,
        source.file,
        organisation=source.organisation,
        filled={"observed_from": body.records_from, "observed_to": body.records_to},
        roles=settings.common_roles,
    )
    scheme = settings.id_scheme(source.organisation)
    ids = [
        pseudonyms(one.kept[column], key=key, scheme=scheme, kind=kind).alias(column)
        for column, kind in ID_COLUMNS.items()
        if column in one.kept.columns
    ]
    return Mapped(one.kept.with_columns(ids), one.refusals), cells.frame.height, (cells.sha256, cells.size)


def _joined(table: str, frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
    empty = pl.DataFrame(
        schema={
            _ROW: pl.Int64(),
            **{name: column.dtype for name, column in TABLES[table].columns().items()},
            _FILE: pl.Int32(),
        }
    )
    return pl.concat([empty, *frames], how="vertical")


def _refused_across(
    joined: dict[str, pl.DataFrame], settings: Settings, sources: Sequence[_Source]
) -> tuple[dict[str, pl.DataFrame], list[pl.DataFrame]]:
    """Refuse what only shows when rows meet: duplicates first, then people and cases that nobody knows."""
    left, refusals = {}, []
    for table, frame in joined.items():
        first = pl.struct(KEYS[table]).is_first_distinct()
        if "person_id" in KEYS[table]:
            first |= pl.col("person_id").is_null()  # exit interviews without a name are not one person's
        left[table] = frame.filter(first)
        refusals.append(_refused(frame.filter(~first), "duplicate of an earlier row"))
    with_staff = settings.supplied_by("assignments")
    for table in ("absences", "allocations", "pay_items"):
        frame = left[table]
        checked = frame.filter(pl.col("organisation").is_in(with_staff))
        unknown = checked.join(left["assignments"], on=["organisation", "person_id"], how="anti")
        left[table], refused = _without(frame, unknown, "person not in assignments")
        refusals.append(refused)
    with_cases = settings.supplied_by("cases")
    numbers = [source.number for source in sources if source.organisation in with_cases]
    for table in ("allocations", "milestones"):
        frame = left[table]
        # A case may be a partner's: organisations with one id scheme know each other's cases, and the others' can never match.
        unknown = frame.filter(pl.col(_FILE).is_in(numbers)).join(left["cases"], on="case_id", how="anti")
        left[table], refused = _without(frame, unknown, "case not in cases")
        refusals.append(refused)
    return left, refusals


def _refused(rows: pl.DataFrame, rule: str) -> pl.DataFrame:
    return rows.select(pl.col(_FILE).alias("file"), _ROW, rule=pl.lit(rule))


def _without(frame: pl.DataFrame, unknown: pl.DataFrame, rule: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    kept = frame.join(unknown, on=[_FILE, _ROW], how="anti", maintain_order="left")
    return kept, _refused(unknown, rule)


def _finished(table: str, frame: pl.DataFrame) -> pl.DataFrame:
    names = TABLES[table].column_names()
    rows = frame.sort(*KEYS[table], _FILE, _ROW, nulls_last=True).select(names)
    if table != "assignments":
        return rows
    return with_service_start(
        rows.with_columns(pl.col("employment").fill_null("employed"), pl.col("status").fill_null("active"))
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
    needed = ("organisation", "person_id", "employment", "start_date", "end_date", "service_start")
    person = ["organisation", "person_id", pl.col("employment").fill_null("employed")]
    spells = assignments.select(needed).with_row_index("at").sort("organisation", "person_id", "start_date", "at")
    latest_before = pl.col("end_date").fill_null(LATEST).cum_max().shift(1).over(person)  # an open spell goes on
    begins = (pl.col("start_date") > latest_before.dt.offset_by(f"{GAP_IN_A_STAY}d")).fill_null(value=True)
    stays = spells.with_columns(begins=begins).with_columns(stay=pl.col("begins").cum_sum().over(person))
    given = pl.col("service_start").cast(pl.Date)
    began = pl.min_horizontal(pl.col("start_date").min(), given.min()).over([*person, "stay"])
    filled = stays.select("at", service_start=pl.coalesce(given, began)).sort("at")
    return assignments.with_columns(filled["service_start"])
