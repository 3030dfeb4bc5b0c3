"""Reports of areas as `workforce run` publishes them, month after month: what the attacker of `attack/` gets to read."""

import subprocess
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from partial_areas import frames_of, written_from


@cache
def _publishes() -> bool:
    """Whether a run has to be told that it is a publication."""
    words = subprocess.run(
        [sys.executable, "-m", "workforce", "run", "--help"], capture_output=True, text=True, check=True
    )
    return "--publish" in words.stdout


def published(area: Path | None, months: Iterable[str], out: Path, audience: str = "board") -> list[Path]:
    """Make the reports of an area (the sample where it is None), in the order of the months, and return their folders."""
    folders = []
    for month in sorted(months):
        command = [sys.executable, "-m", "workforce", "run", *([str(area)] if area else [])]
        command += [
            "--month",
            month,
            "--audience",
            audience,
            "--out",
            str(out),
            *(["--publish"] if _publishes() else []),
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  # this interpreter
        (folder,) = out.glob(f"*/{month}")
        assert done.returncode in (0, 1), done.stderr
        folders.append(folder)
    return folders


def generated(staff: int, organisations: int, seed: int, folder: Path) -> Path:
    """Write a generated area, and return the path of its settings."""
    folder.mkdir(parents=True, exist_ok=True)
    return written_from(*frames_of(staff, organisations, seed)).write(folder)
