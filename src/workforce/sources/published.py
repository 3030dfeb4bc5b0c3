"""The store of official figures: a folder that any official file can be added to, as downloaded.

Files are recognised by their headers; the same file twice changes nothing; a newer file replaces the rows it repeats; each table of the
store is replaced whole or not at all.
"""

import io
import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Final

import dataframely as dy
import polars as pl

from workforce.benchmark.compare import MODELS
from workforce.benchmark.official import OfficialStore
from workforce.errors import EnvironmentFault, InputError, UsageError
from workforce.periods import written
from workforce.sealed import Provenance
from workforce.shipped import shipped
from workforce.sources import dfe_csww, dfe_sen2, gender_pay_gap, lait, nhs_sickness, ons_population, tribunal
from workforce.sources.dfe import AREA_COLUMNS
from workforce.sources.official import (
    ADDED_LATER,
    OPEN_LICENCE,
    Areas,
    Neighbours,
    Reading,
    Stored,
    Table,
    content_of,
    tables_of,
)

Reader = Callable[[pl.DataFrame, str], Reading]
# What polars and dataframely end with where a file has its kind's header and cells of another kind; a panic is no `Exception`.
_UNREADABLE: Final = (
    pl.exceptions.PolarsError,
    pl.exceptions.PanicException,
    dy.exc.ValidationError,
    dy.exc.SchemaError,
    ValueError,
    ArithmeticError,
)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of official file: the headers by which it is recognised, those without which it cannot be read, and what reads it."""

    name: str
    sign: frozenset[str]
    read: Reader
    needed: frozenset[str] = frozenset()


KINDS: Final = (
    Kind(dfe_csww.KIND, dfe_csww.HEADER, dfe_csww.read, dfe_csww.NEEDED),
    *(
        Kind(dfe_sen2.kind_of(topic), topic.sign, partial(dfe_sen2.read_topic, topic), topic.needed)
        for topic in dfe_sen2.TOPICS
    ),
    Kind(dfe_sen2.KIND_OF_OFFICERS, dfe_sen2.HEADER_OF_OFFICERS, dfe_sen2.read_officers, AREA_COLUMNS),
    Kind(dfe_sen2.KIND_OF_TRANSFERS, dfe_sen2.HEADER_OF_TRANSFERS, dfe_sen2.read_transfers, AREA_COLUMNS),
    Kind(tribunal.KIND, tribunal.HEADER, tribunal.read),
    Kind(ons_population.KIND, ons_population.HEADER, ons_population.read, ons_population.NEEDED),
    Kind(nhs_sickness.KIND, nhs_sickness.HEADER, nhs_sickness.read, nhs_sickness.NEEDED),
    Kind(lait.KIND_OF_INDICATORS, lait.HEADER_OF_INDICATORS, lait.read_indicators),
    Kind(lait.KIND_OF_NEIGHBOURS, lait.HEADER_OF_NEIGHBOURS, lait.read_neighbours),
    Kind(lait.KIND_OF_NEIGHBOURS, lait.HEADER_OF_NEIGHBOURS_WIDE, lait.read_neighbours),
    Kind(lait.KIND_OF_NEIGHBOURS, lait.HEADER_OF_NEIGHBOURS_BY_NAME, lait.read_neighbours_by_name),
    Kind(lait.KIND_OF_CODES, lait.HEADER_OF_CODES, lait.read_codes),
    Kind(gender_pay_gap.KIND, gender_pay_gap.HEADER, gender_pay_gap.read),
)
KEYS: Final = {
    "published": ("measure", "definition", "area_level", "area_code", "period_start", "period_end"),
    "neighbours": ("model", "area_code", "position"),
    "areas": ("area_code",),
}
SCHEMAS: Final = {"published": Stored, "neighbours": Neighbours, "areas": Areas}
READS: Final = {
    "source": pl.String(),
    "kind": pl.String(),
    "rows_read": pl.Int64(),
    "rows_kept": pl.Int64(),
    "rows_refused": pl.Int64(),
    "rules": pl.String(),
    "figures": pl.Int64(),
    "fault": pl.String(),
}


def add_published(files: Sequence[Path | str], store: Path | str, *, base: Path | str | None = None) -> pl.DataFrame:
    """Add official files, as downloaded, to a store; the folder is made where it is not there.

    Parameters
    ----------
    files : sequence of Path or str
        Official files, as downloaded.
    store : Path or str
        The folder.
    base : Path or str, optional
        The store that a new store begins with; empty without it. `shipped("data", "official")` are the figures that come with the library.

    Returns
    -------
    polars.DataFrame
        A row a file: source (file name), kind, rows_read = rows_kept + rows_refused, rules (refused rows by rule, as text), figures (rows
        that it gave to the store), and fault (why nothing was read from it). A file with a fault does not stop the others.

    Raises
    ------
    InputError
        Where no file could be read; it names all of them. The store is as it was.

    Examples
    --------
    >>> add_published([], "store")
    Traceback (most recent call last):
    workforce.errors.UsageError: no file was given. Hint: name one or more official files, as downloaded.
    """
    paths = [Path(f) for f in files]
    if not paths:
        raise UsageError("no file was given", hint="name one or more official files, as downloaded")
    readings, faults = list[tuple[Path, Reading]](), list[tuple[Path, InputError]]()
    for path in paths:
        try:
            readings.append((path, recognise(path)))
        except InputError as fault:
            faults.append((path, fault))
    if not readings:
        if len(faults) == 1:
            raise faults[0][1]
        raise InputError(
            "no figure was read: {faults}",
            hint="add official files, as downloaded; known: {known}",
            faults="; ".join(f"{path.name}: {fault.what}" for path, fault in faults),
            known=known_kinds(),
        )
    folder = Path(store)
    begin = folder if _is_store(folder) else base
    official = load_official(begin) if begin is not None else _empty()
    write_store(
        store_of(
            joined("published", [official.published, *(r.figures for _, r in readings if r.figures is not None)]),
            joined(
                "neighbours", [official.neighbours, *(r.neighbours for _, r in readings if r.neighbours is not None)]
            ),
            joined("areas", [official.areas, *(r.areas for _, r in readings if r.areas is not None)]),
        ),
        folder,
    )
    lines = {path: _line(path, reading) for path, reading in readings}
    for path, error in faults:
        lines[path] = (path.name, None, 0, 0, 0, "", 0, f"{error.what}; {error.hint}" if error.hint else error.what)
    return pl.DataFrame([lines[path] for path in dict.fromkeys(paths)], schema=READS, orient="row")


def known_kinds() -> str:
    """The kinds of files that are read, for a message."""
    return "; ".join(dict.fromkeys(kind.name for kind in KINDS))


def recognise(path: Path) -> Reading:
    """Read one official file, its kind told by its header, which may stand below titles."""
    tables = tables_of(path)
    for table in tables:
        for kind in KINDS:
            if kind.sign <= set(table.headers):
                return _read(kind, table, path.name)
    tables[0].frame()  # which says what is wrong with the file itself
    raise InputError(
        "the file is not an official file that the library reads",
        where="{file}",
        hint="known: {known}",
        file=path.name,
        known=known_kinds(),
    )


def _read(kind: Kind, table: Table, file: str) -> Reading:
    missing = sorted(kind.needed - set(table.headers))
    if missing:
        raise InputError(
            "the file has the header of {kind}, but lacks {columns}",
            where="{file}",
            hint="add it as downloaded; a release with other columns needs a newer version of the library",
            kind=kind.name,
            columns=missing,
            file=file,
        )
    frame = table.frame()
    try:
        return _with_figures(kind.read(frame, file), kind, file)
    except _UNREADABLE:
        pass
    # Raised here, outside the handler: the texts of these errors can quote cells.
    raise InputError(
        "the file has the header of {kind}, and could not be read",
        where="{file}",
        hint="add it as downloaded",
        kind=kind.name,
        file=file,
    )


def _with_figures(reading: Reading, kind: Kind, file: str) -> Reading:
    """The reading with the licence and years of its figures; a file of a known kind that gave none is refused."""
    tables = [t for t in (reading.figures, reading.neighbours, reading.areas) if t is not None]
    values = [t for t in tables if "value" not in t.columns or t["value"].is_not_null().any()]
    if not any(len(t) for t in values):
        raise InputError(
            "no figure could be read from the file: {kind}, {rows:,} rows, {rules}",
            where="{file}",
            hint="download it again, and add it as downloaded",
            kind=kind.name,
            rows=reading.rows_read,
            rules=_rules(reading) or "none of them with a figure",
            file=file,
        )
    if reading.figures is None:
        return reading
    years = reading.figures["period_end"].dt.year()
    covered = pl.format("{} to {}", pl.lit(years.min()), pl.lit(years.max()))
    figures = reading.figures.with_columns(
        release=pl.coalesce("release", covered), licence=pl.coalesce("licence", pl.lit(OPEN_LICENCE))
    )
    return replace(reading, figures=figures)


def load_official(store: Path | str | None = None) -> OfficialStore:
    """Official figures from a store; those that come with the library when none is named (None or "").

    Parameters
    ----------
    store : str or Path, optional
        The folder of a store that `workforce official add` made.

    Returns
    -------
    OfficialStore
        What `wf.benchmark` takes.

    Raises
    ------
    InputError
        Where the store cannot be read.

    Examples
    --------
    >>> load_official().neighbours.filter(model="2025", area_code="878")["neighbour_name"].to_list()[:2]
    ['East Sussex', 'Dorset']
    """
    folder = Path(store) if store else shipped("data", "official")
    if not _is_store(folder):
        raise InputError(
            "the folder holds no official figures",
            where="{folder}",
            hint="make a store with: workforce official add FILE, or leave the store out for the figures that come with the library",
            folder=folder.name,
        )
    contents = {name: _content(folder, name) for name in SCHEMAS}
    files = [(path.name, sha256(data).hexdigest()) for path, data in contents.values() if data]
    provenance = Provenance(loaded=True, official=True).with_files(files)
    tables = (_table(folder, name, path, data) for name, (path, data) in contents.items())
    return store_of(*tables, provenance=provenance)


def contents_of(store: OfficialStore, *, today: date | None = None) -> list[str]:
    """Which figures a store has: a line a measure and definition, with its periods, authorities, age in months and release.

    Parameters
    ----------
    store : OfficialStore
        What `load_official` returned.
    today : date, optional
        The day from which the age is counted; today without it.

    Returns
    -------
    list of str
        The lines, first the figures with a definition in the measure book, then how many indicators of the Interactive Tool there are.

    Examples
    --------
    >>> [line for line in contents_of(load_official(), today=date(2026, 1, 31)) if line.startswith("turnover (dfe_fte)")]
    ["turnover (dfe_fte): to 30 September 2025, 4 months old; 9 periods, 156 authorities; Children's social work workforce, ... 2025"]
    """
    figures = store.published
    day = today or datetime.now(tz=UTC).date()
    tool = pl.col("definition") == "lait"
    listed = (
        figures.filter(~tool)
        .sort("period_end", maintain_order=True)
        .group_by("measure", "definition")
        .agg(
            last=pl.col("period_end").max(),
            periods=pl.struct("period_start", "period_end").n_unique(),
            authorities=pl.col("area_code").filter(pl.col("area_level") == "local_authority").n_unique(),
            release=pl.col("release").last(),
        )
        .sort("measure", "definition")
    )
    lines = []
    for measure, definition, last, periods, authorities, release in listed.iter_rows():
        months = max(0, 12 * (day.year - last.year) + day.month - last.month)
        lines.append(
            f"{measure} ({definition}): to {written(last)}, {months} month{'' if months == 1 else 's'} old; "
            f"{periods} period{'' if periods == 1 else 's'}, {authorities} authorities; {release or 'release not known'}"
        )
    indicators = figures.filter(tool)
    if len(indicators):
        newest = indicators["period_end"].max()
        lines.append(
            f"Local Authority Interactive Tool: {indicators['measure'].n_unique()} indicators, the newest to {written(newest)}"  # type: ignore[arg-type]
        )
    models = ", ".join(MODELS.get(model, model) for model in store.neighbours["model"].unique().sort().to_list())
    lines.append(f"statistical neighbours: {models or 'no model'}")
    return lines


def _content(folder: Path, name: str) -> tuple[Path, bytes]:
    """The file of one table and its bytes, read once; none where the store has no such table."""
    paths = [folder / f"{name}.{ending}" for ending in ("parquet", "csv")]
    path = next((path for path in paths if path.exists()), paths[0])
    return path, content_of(path, f"{folder.name}, {path.name}") if path.exists() else b""


def store_of(
    published: pl.DataFrame, neighbours: pl.DataFrame, areas: pl.DataFrame, *, provenance: Provenance | None = None
) -> OfficialStore:
    """Official figures as a store in memory."""
    return OfficialStore._made(
        _published=published, _neighbours=neighbours, _areas=areas, _provenance=provenance or Provenance()
    )


def _is_store(folder: Path) -> bool:
    return any((folder / f"published.{ending}").is_file() for ending in ("parquet", "csv"))


def _table(folder: Path, name: str, path: Path, data: bytes) -> pl.DataFrame:
    schema = SCHEMAS[name]
    if not data:
        return schema.create_empty()
    try:
        if path.suffix == ".parquet":
            frame = pl.read_parquet(io.BytesIO(data))
        else:
            frame = pl.read_csv(io.BytesIO(data), schema_overrides=schema.create_empty().schema)
        absent = {c: pl.lit(None, pl.String) for c in ADDED_LATER if name == "published" and c not in frame.columns}
        return schema.validate(frame.with_columns(**absent).select(schema.column_names()))
    except _UNREADABLE:
        pass
    raise InputError(
        "the store could not be read", where="{folder}, {name}", hint="make it anew", folder=folder.name, name=name
    )


def _empty() -> OfficialStore:
    return store_of(*(schema.create_empty() for schema in SCHEMAS.values()))


def joined(name: str, frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Tables of one name as one; where several have a row, the last one's, whole."""
    keys = list(KEYS[name])
    return pl.concat([SCHEMAS[name].create_empty(), *frames]).unique(keys, keep="last", maintain_order=True).sort(keys)


def _rules(reading: Reading) -> str:
    return "; ".join(f"{rule}: {count}" for rule, count in sorted(reading.rules.items()))


def _line(path: Path, reading: Reading) -> tuple[str, str | None, int, int, int, str, int, str | None]:
    figures = sum(len(f) for f in (reading.figures, reading.neighbours, reading.areas) if f is not None)
    rows_kept = reading.rows_read - reading.rows_refused
    return path.name, reading.kind, reading.rows_read, rows_kept, reading.rows_refused, _rules(reading), figures, None


def write_store(store: OfficialStore, folder: Path | str, *, form: str = "parquet") -> None:
    """Write a store, each file replaced whole; form is parquet, or csv for an extract that people read."""
    if form not in ("parquet", "csv"):
        raise UsageError("a store is written as parquet or csv", hint='form="parquet"')
    target = Path(folder)
    try:
        target.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target, prefix=".new-") as temporary:
            for name in SCHEMAS:
                frame: pl.DataFrame = getattr(store, name)
                if form == "csv" and frame.is_empty():
                    continue
                new = Path(temporary) / f"{name}.{form}"
                frame.write_parquet(
                    new, compression="zstd", compression_level=19
                ) if form == "parquet" else frame.write_csv(new)
            for new in sorted(Path(temporary).iterdir()):
                os.replace(new, target / new.name)  # noqa: PTH105 - atomic within one folder
    except OSError as error:
        raise EnvironmentFault(
            "the store could not be written", where="{file}", hint="check space and permission", file=target.name
        ) from error
