"""The private record of a run: which files it read, how large they were and how many of their rows were kept.

It is kept apart from the report, which is sent to others: checksums of small files can be undone by trying, and counts of rows are exact.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from pydantic import BaseModel

from workforce.private_files import make_folder, write_file

if TYPE_CHECKING:
    from workforce.records import Records

DEFAULT: Final = "{outputs}-ledger"
"""The folder of private records next to the folder of reports, where the settings name none."""


class InputFile(BaseModel, frozen=True, extra="forbid"):
    """A file that was read: its name, SHA-256 and size."""

    source: str
    sha256: str
    bytes: int


class RowsRead(BaseModel, frozen=True, extra="forbid"):
    """What was read of a file for one table."""

    organisation: str
    source: str
    table: str
    rows_read: int
    rows_kept: int
    rows_refused: int


class RunRecord(BaseModel, frozen=True, extra="forbid"):
    """A run: what it read, and the checksum of each page that it published."""

    format: Literal[1] = 1
    area: str
    period: str
    rule: str
    started: datetime
    finished: datetime
    versions: dict[str, str]
    inputs: list[InputFile]
    rows: list[RowsRead]
    pages: dict[str, str]


def rows_read(records: "Records") -> list[RowsRead]:
    """What was read of each file of an area."""
    return [RowsRead(**row) for row in records.reads.frame.iter_rows(named=True)]


def ledger_of(outputs: Path, setting: str | None, folder: Path) -> Path:
    """Return the folder of private records.

    Parameters
    ----------
    outputs : Path
        The folder that reports are put into.
    setting : str or None
        `ledger` of `[disclosure]`.
    folder : Path
        The folder of the settings, from which it is read.

    Examples
    --------
    >>> print(ledger_of(Path("/reports"), None, Path("/area")), ledger_of(Path("/reports"), "../private", Path("/area")))
    /reports-ledger /private
    """
    if setting is not None:
        return (folder / setting).resolve()
    place = outputs.resolve()
    return place.with_name(DEFAULT.format(outputs=place.name)) if place.name else place / "ledger"


def write_record(folder: Path, names: Sequence[str], record: RunRecord) -> Path:
    """Write the record of a run, and return its path.

    Parameters
    ----------
    folder : Path
        The folder of private records.
    names : sequence of str
        The area's folder and the beginning of the file's name.
    record : RunRecord
        What to write.

    Returns
    -------
    Path
        A file of its own, which only its owner may read.
    """
    *folders, name = names
    place = folder.joinpath(*folders)
    make_folder(place)
    path = place / f"{name}-{record.rule}-{record.started:%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}.json"
    write_file(path, f"{record.model_dump_json(indent=2)}\n".encode(), private=True)
    return path
