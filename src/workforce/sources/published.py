"""The store of official figures: a folder that any official file can be added to, as downloaded.

Files are recognised by their headers; the same file twice changes nothing; a newer file replaces the rows it repeats; each table of the
store is replaced whole or not at all.
"""

import io
import os
import tempfile
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Final

import dataframely as dy
import polars as pl

from workforce.benchmark.authorities import JOINT
from workforce.benchmark.official import OfficialStore
from workforce.errors import EnvironmentFault, InputError, UsageError
from workforce.sealed import Provenance
from workforce.shipped import shipped
from workforce.sources import dfe_csww, dfe_sen2, gender_pay_gap, lait, nhs_sickness
from workforce.sources.official import Areas, Neighbours, Reading, Stored, as_text, content_of, unique_names

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
KINDS: Final[tuple[tuple[str, frozenset[str], Reader], ...]] = (
    (dfe_csww.KIND, dfe_csww.HEADER, dfe_csww.read),
    (dfe_sen2.KIND, dfe_sen2.HEADER, dfe_sen2.read),
    (nhs_sickness.KIND, nhs_sickness.HEADER, nhs_sickness.read),
    (lait.KIND_OF_INDICATORS, lait.HEADER_OF_INDICATORS, lait.read_indicators),
    (lait.KIND_OF_NEIGHBOURS, lait.HEADER_OF_NEIGHBOURS, lait.read_neighbours),
    (lait.KIND_OF_NEIGHBOURS, lait.HEADER_OF_NEIGHBOURS_WIDE, lait.read_neighbours),
    (lait.KIND_OF_CODES, lait.HEADER_OF_CODES, lait.read_codes),
    (gender_pay_gap.KIND, gender_pay_gap.HEADER, gender_pay_gap.read),
)
ROWS_BEFORE_A_HEADER: Final = 10  # DfE workbooks have two lines of letters and numbers above it
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
}


def add_published(files: Sequence[Path | str], store: Path | str) -> pl.DataFrame:
    """Add official files, as downloaded, to a store; the folder is made where it is not there.

    Returns a row a file: source (file name), kind, rows_read = rows_kept + rows_refused, rules (refused rows by rule, as text) and figures
    (rows that it gave to the store). All files are read before anything is written.

    >>> add_published([], "store")
    Traceback (most recent call last):
    workforce.errors.UsageError: no file was given. Hint: name one or more official files, as downloaded.
    """
    paths = [Path(f) for f in files]
    if not paths:
        raise UsageError("no file was given", hint="name one or more official files, as downloaded")
    readings = [(path, recognise(path)) for path in paths]
    folder = Path(store)
    official = load_official(folder) if _is_store(folder) else _empty()
    write_store(
        _store(
            _joined("published", official.published, [r.figures for _, r in readings]),
            _joined("neighbours", official.neighbours, [r.neighbours for _, r in readings]),
            _joined("areas", official.areas, [r.areas for _, r in readings]),
        ),
        folder,
    )
    return pl.DataFrame([_line(path, reading) for path, reading in readings], schema=READS, orient="row")


def recognise(path: Path) -> Reading:
    """Read one official file, its kind told by its header."""
    frame = as_text(path)
    for attempt in _with_header(frame):
        for kind, header, reader in KINDS:
            if header <= set(attempt.columns):
                return _read(kind, reader, attempt, path.name)
    kinds = "; ".join(dict.fromkeys(kind for kind, _, _ in KINDS))
    raise InputError(
        "the file is not an official file that the library reads",
        where="{file}",
        hint="known: {known}",
        file=path.name,
        known=kinds,
    )


def _read(kind: str, reader: Reader, frame: pl.DataFrame, file: str) -> Reading:
    try:
        return reader(frame, file)
    except _UNREADABLE:
        pass
    # Raised here, outside the handler: the texts of these errors can quote cells.
    raise InputError(
        "the file has the header of {kind}, and could not be read",
        where="{file}",
        hint="add it as downloaded",
        kind=kind,
        file=file,
    )


def _with_header(frame: pl.DataFrame) -> list[pl.DataFrame]:
    """The frame as it is, and, for a workbook, with each of its first rows as header."""
    attempts = [frame]
    if frame.columns and frame.columns[0] == "column_0":  # read without a header
        attempts += [
            frame[row + 1 :].rename(dict(zip(frame.columns, unique_names(frame.row(row)), strict=True)))
            for row in range(min(ROWS_BEFORE_A_HEADER, len(frame)))
        ]
    return attempts


def load_official(store: Path | str | None = None) -> OfficialStore:
    """Official figures from a store; those that come with the library when none is named (None or "").

    Parameters
    ----------
    store : str or Path, optional
        The folder of a store that `workforce published add` made.

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
    >>> load_official().neighbours.filter(pl.col("model") == "2025")["neighbour_name"].to_list()[:2]
    ['East Sussex', 'Dorset']
    """
    folder = Path(store) if store else shipped("data", "published")
    if not _is_store(folder):
        raise InputError(
            "the folder holds no official figures",
            where="{folder}",
            hint="make a store with: workforce published add FILE, or leave the store out for the figures that come with the library",
            folder=folder.name,
        )
    contents = {name: _content(folder, name) for name in SCHEMAS}
    files = [(path.name, sha256(data).hexdigest()) for path, data in contents.values() if data]
    provenance = Provenance(loaded=True, official=True).with_files(files)
    tables = (_table(folder, name, path, data) for name, (path, data) in contents.items())
    return _store(*tables, provenance=provenance)


def _content(folder: Path, name: str) -> tuple[Path, bytes]:
    """The file of one table and its bytes, read once; none where the store has no such table."""
    paths = [folder / f"{name}.{ending}" for ending in ("parquet", "csv")]
    path = next((path for path in paths if path.exists()), paths[0])
    return path, content_of(path, f"{folder.name}, {path.name}") if path.exists() else b""


def _store(
    published: pl.DataFrame, neighbours: pl.DataFrame, areas: pl.DataFrame, *, provenance: Provenance | None = None
) -> OfficialStore:
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
            return schema.validate(pl.read_parquet(io.BytesIO(data)))
        return schema.validate(pl.read_csv(io.BytesIO(data), schema=schema.create_empty().schema))
    except _UNREADABLE:
        pass
    raise InputError(
        "the store could not be read", where="{folder}, {name}", hint="make it anew", folder=folder.name, name=name
    )


def _empty() -> OfficialStore:
    return _store(*(schema.create_empty() for schema in SCHEMAS.values()))


def _joined(name: str, present: pl.DataFrame, added: Sequence[pl.DataFrame | None]) -> pl.DataFrame:
    """What was held and what is new; where both have a row, the newer, whole."""
    frames = [present, *(frame for frame in added if frame is not None)]
    keys = list(KEYS[name])
    return pl.concat(frames).unique(keys, keep="last", maintain_order=True).sort(keys)


def _line(path: Path, reading: Reading) -> tuple[str, str, int, int, int, str, int]:
    gave = [f for f in (reading.figures, reading.neighbours, reading.areas) if f is not None]
    rules = "; ".join(f"{rule}: {count}" for rule, count in sorted(reading.rules.items()))
    rows_kept = reading.rows_read - reading.rows_refused
    return path.name, reading.kind, reading.rows_read, rows_kept, reading.rows_refused, rules, sum(len(f) for f in gave)


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
                frame.write_parquet(new) if form == "parquet" else frame.write_csv(new)
            for new in sorted(Path(temporary).iterdir()):
                os.replace(new, target / new.name)  # noqa: PTH105 - atomic within one folder
    except OSError as error:
        raise EnvironmentFault(
            "the store could not be written", where="{file}", hint="check space and permission", file=target.name
        ) from error


def extract(store: OfficialStore, local_authority: str) -> OfficialStore:
    """The figures of one authority, its statistical neighbours by every model held, its region, England, and the NHS round it.

    Of the NHS: the organisations of the authority's systems, those systems and England. This makes the extract that the library ships.
    LAIT's indicators are left out: they repeat the sources that are in.
    """
    # Names and boundaries are part of the benchmark; only this function of the sources needs them.
    from workforce.benchmark.authorities import find_authority, systems_of

    authority = find_authority(store.published, store.neighbours, local_authority)
    code, level = pl.col("area_code"), pl.col("area_level")
    neighbours = store.neighbours.filter(code == authority.code)
    codes = [authority.code, *neighbours["neighbour_code"].unique().sort().to_list()]
    systems = systems_of(authority)
    councils = code.str.split(JOINT).list.eval(pl.element().is_in(codes)).list.any()
    ours = store.published.filter(~pl.col("measure").str.starts_with("lait: "))
    regions = ours.filter((level == "local_authority") & (code == authority.code))["part_of"].unique().to_list()
    figures = ours.filter(
        ((level == "local_authority") & councils)
        | ((level == "regional") & code.is_in(regions))
        | ((level == "organisation") & pl.col("part_of").is_in(systems))
        | ((level == "system") & code.is_in(systems))
        | (level == "national")
    )
    return _store(figures.sort(list(KEYS["published"])), neighbours, store.areas.clear(), provenance=store._provenance)
