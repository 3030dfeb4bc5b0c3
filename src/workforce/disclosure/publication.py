"""What the pages of one run show together: each call of `release` hands its figures to the run, and withholds what the run found as well.

Outside of a run nothing is handed over: a call of `release` then looks at its own tables only.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Final

import polars as pl

from workforce.private_files import make_folder, write_file

FURTHER: Final = "further.json"
_run = SimpleNamespace(folder=None, calls=0)


@dataclass(frozen=True, slots=True)
class Further:
    """What has to be withheld of the tables of one call, because of other pages.

    Parameters
    ----------
    rows : mapping of str to frozenset of str
        By table, the keys of rows.
    left_out : frozenset of str
        Tables of which nothing may be shown.
    """

    rows: Mapping[str, frozenset[str]] = field(default_factory=dict)
    left_out: frozenset[str] = frozenset()


def begin(folder: Path) -> None:
    """Hand the figures of every further release of this process over to a run.

    Parameters
    ----------
    folder : Path
        The private folder of the page, in which the run may have written what to withhold as well.
    """
    _run.folder, _run.calls = folder, 0


def next_call() -> Further | None:
    """Return what the run found for the next call of `release`; None outside of a run."""
    if _run.folder is None:
        return None
    _run.calls += 1
    path = _run.folder / FURTHER
    call = json.loads(path.read_text(encoding="utf-8")).get(str(_run.calls)) if path.exists() else None
    if call is None:
        return Further()
    return Further({table: frozenset(keys) for table, keys in call["rows"].items()}, frozenset(call["left_out"]))


def hand_over(figures: pl.DataFrame) -> None:
    """Hand the figures of the call that `next_call` counted over to the run."""
    make_folder(_run.folder)
    write_file(_run.folder / f"{_run.calls}.parquet", as_parquet(figures), private=True)


def handed_over(folder: Path) -> dict[int, pl.DataFrame]:
    """Return what a page handed over: by the number of the call its figures."""
    paths = sorted(folder.glob("*.parquet")) if folder.exists() else []
    return {int(path.stem): pl.read_parquet(path) for path in paths}


def write_further(folder: Path, further: Mapping[int, Further]) -> None:
    """Write what each call of a page has to withhold as well, and take away what it handed over before."""
    for path in folder.glob("*.parquet"):
        path.unlink()
    content = {
        str(call): {"rows": {t: sorted(keys) for t, keys in tables.rows.items()}, "left_out": sorted(tables.left_out)}
        for call, tables in further.items()
    }
    write_file(folder / FURTHER, json.dumps(content).encode(), private=True)


def as_parquet(frame: pl.DataFrame) -> bytes:
    """Return the bytes of a frame as Parquet."""
    from io import BytesIO

    content = BytesIO()
    frame.write_parquet(content)
    return content.getvalue()
