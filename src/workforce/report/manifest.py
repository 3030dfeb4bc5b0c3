"""The record of a run, kept as manifest.json with its pages: which versions made which pages, what failed and where.

It is sent with them, so it holds no path of the machine that made it, of an error no text but the library's own sentences, and of the files
that were read neither a checksum nor a size nor a count of rows: those are in the private record of the run (`record.py`).
"""

import errno
import hashlib
import os
import stat
from datetime import UTC, datetime
from pathlib import Path
from platform import python_version
from typing import Any, Final, Literal

import polars as pl
from pydantic import BaseModel, Field, model_validator

from workforce.file_bytes import bytes_of
from workforce.private_files import write_file
from workforce.report.execute import Finished
from workforce.report.notebooks import Value
from workforce.report.pages import version_of
from workforce.report.record import InputFile

FILE: Final = "manifest.json"
INDEX: Final = "index.html"
LARGEST_OFFICIAL: Final = 512_000_000  # bytes of a file of official figures, as where they are read
PROGRAMS: Final = ("workforce", "polars", "altair", "vl-convert-python", "papermill", "nbconvert", "ipykernel")


class Page(BaseModel, frozen=True, extra="forbid", validate_by_name=True, serialize_by_alias=True):
    """A page as it was written: its name, SHA-256 and size, and when that was; `made` in the file."""

    file: str
    sha256: str
    bytes: int
    written_at: datetime = Field(validation_alias="made", serialization_alias="made")


class Outcome(BaseModel, frozen=True, extra="forbid"):
    """What came of one notebook. `kept` is a page of an earlier run that this run did not make again; a failed notebook may keep one."""

    name: str
    notebook: str
    title: str
    about: str
    parameters: dict[str, Value]
    outcome: Literal["published", "failed", "kept"]
    seconds: float
    cell: int | None = None
    heading: str | None = None
    error: str | None = None
    text: str | None = None
    page: Page | None = None


class Manifest(BaseModel, frozen=True, extra="forbid"):
    """A run: what it was asked for, how many files it read, what came of each notebook, and when it was published.

    anew: whether what was published before was not looked at.
    """

    format: Literal[2] = 2
    area: str
    period: str
    rule: str
    started: datetime
    finished: datetime
    versions: dict[str, str]
    files: int
    notebooks: list[Outcome]
    not_used: list[str] = []
    notices: int = 0
    published: datetime | None = None
    anew: bool = False

    @model_validator(mode="before")
    @classmethod
    def _from_the_first_format(cls, given: Any) -> Any:  # noqa: ANN401  # as pydantic hands it over
        """A manifest of the first format listed the files that were read."""
        if not isinstance(given, dict) or given.get("format") != 1 or not isinstance(given.get("inputs"), list):
            return given
        others = {name: value for name, value in given.items() if name != "inputs"}
        return others | {"format": 2, "files": len(given["inputs"])}

    @property
    def failed(self) -> list[Outcome]:
        """The notebooks that failed."""
        return [entry for entry in self.notebooks if entry.outcome == "failed"]


def now() -> datetime:
    """The time, in UTC, to the second."""
    return datetime.now(UTC).replace(microsecond=0)


def versions() -> dict[str, str]:
    """The versions of what makes a report.

    >>> sorted(versions())[:2]
    ['altair', 'ipykernel']
    """
    return {name: version_of(name) for name in PROGRAMS} | {"python": python_version()}


def inputs_read(frame: pl.DataFrame) -> list[InputFile]:
    """The files that were read, from a frame of source, sha256 and bytes; paths as area.toml gives them, of others the name.

    >>> inputs_read(pl.DataFrame({"source": ["/home/data/staff.csv"], "sha256": ["00"], "bytes": [2]}))[0].source
    'staff.csv'
    """
    rows = frame.select("source", "sha256", "bytes").sort("source", "sha256").iter_rows()
    return [InputFile(source=_told(source), sha256=sha256, bytes=size) for source, sha256, size in rows]


def file_read(path: Path) -> InputFile:
    """A file that is read, with its checksum."""
    content = bytes_of(path, most=LARGEST_OFFICIAL)
    return InputFile(source=path.name, sha256=hashlib.sha256(content).hexdigest(), bytes=len(content))


def _told(source: str) -> str:
    return Path(source).name if Path(source).is_absolute() else source


def written_page(folder: Path, file: str, html: str, moment: datetime, *, private: bool = False) -> Page:
    """Write a page, for its owner alone where it is private, and say what was written."""
    content = html.encode()
    write_file(folder / file, content, private=private)
    return Page(file=file, sha256=hashlib.sha256(content).hexdigest(), bytes=len(content), written_at=moment)


def outcome(finished: Finished, page: Page | None) -> Outcome:
    """What came of one notebook, for the manifest."""
    job, failure = finished.job, finished.failure
    paths = ("area", "store")  # only the name, not the folder
    return Outcome(
        name=job.name,
        notebook=job.notebook.name,
        title=job.title,
        about=job.about,
        parameters={k: Path(str(v)).name if k in paths else v for k, v in sorted(job.parameters.items())},
        outcome="failed" if failure else "published",
        seconds=round(finished.seconds, 2),
        cell=failure.cell if failure else None,
        heading=(failure.heading or None) if failure else None,
        error=(failure.error or None) if failure else None,
        text=(failure.text or None) if failure else None,
        page=page,
    )


def earlier_manifest(folder: Path) -> Manifest | None:
    """The manifest of the report in a folder; null where none can be read."""
    try:
        return Manifest.model_validate_json(plain_bytes(folder / FILE))
    except (OSError, ValueError):  # pydantic's ValidationError is a ValueError
        return None


def plain_bytes(path: Path) -> bytes:
    """The bytes of a file in the folder of a report; a link is not followed, and nothing is waited for."""
    descriptor = os.open(
        path, os.O_RDONLY | sum(getattr(os, flag, 0) for flag in ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY"))
    )
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        return file.read()


def own_files(manifest: Manifest) -> frozenset[str]:
    """The names of the files that a run wrote."""
    return frozenset({FILE, INDEX} | {entry.page.file for entry in manifest.notebooks if entry.page})
