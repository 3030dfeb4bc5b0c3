"""Folders of a run: the private one for sockets, locks that end with their process, and what a killed run left behind.

A folder of a run is locked as long as its process lives. Only a folder that bears the marks of a run, belongs to this user and can be
locked is that of a run that is dead. Links are not followed.
"""

import os
import re
import secrets
import shutil
import stat
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

PREFIX: Final = "wf-"  # short, because the path of a socket is
PRIVATE: Final = re.compile(r"wf-[0-9a-f]{8}")
LOCK: Final = "run.lock"
"""The file in a private folder that its run keeps locked."""

UNFINISHED: Final = 3_600
"""Seconds after which an empty private folder is taken as left by a run that was killed before it made its lock."""

PATIENCE: Final = 10.0
"""Seconds to wait for another run that publishes into the same folder."""


@contextmanager
def private_folder() -> Iterator[Path]:
    """A folder that this user alone may enter, among the temporary files; it is gone afterwards. Those of dead runs go first."""
    parent = Path(tempfile.gettempdir())
    sweep_private(parent)
    folder, lock = _made(parent)
    try:
        yield folder
    finally:
        _removed(folder)
        os.close(lock)


def _made(parent: Path) -> tuple[Path, int]:
    while True:
        folder = parent / f"{PREFIX}{secrets.token_hex(4)}"
        with suppress(
            FileExistsError, FileNotFoundError
        ):  # the name is taken; or a sweep took the folder for a dead run's
            folder.mkdir(mode=0o700)
            try:
                lock = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_EXCL | _NOT_FOLLOWED, 0o600)
            except FileNotFoundError:
                continue
            except OSError:
                folder.rmdir()
                raise
            locked(lock)
            if (folder / LOCK).exists():
                return folder, lock
            os.close(lock)


def _removed(folder: Path) -> None:
    """Delete a folder; a process that is ending may still write into it."""
    for _ in range(5):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
        time.sleep(0.1)


def sweep_private(parent: Path) -> None:
    """Delete the private folders of dead runs.

    Parameters
    ----------
    parent : Path
        The folder of temporary files.
    """
    for folder in _folders(parent):
        if not PRIVATE.fullmatch(folder.name):
            continue
        with suppress(OSError):
            lock = os.open(folder / LOCK, os.O_RDWR | _NOT_FOLLOWED)
            try:
                if locked(lock):
                    shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(lock)
            continue
        with suppress(OSError):
            if time.time() - folder.lstat().st_mtime > UNFINISHED:
                folder.rmdir()  # an empty one only


def dead_folders(parent: Path, pattern: re.Pattern[str]) -> Iterator[tuple[Path, re.Match[str]]]:
    """The folders with certain names that no living run has locked; each is locked while it is dealt with.

    Parameters
    ----------
    parent : Path
        Where to look.
    pattern : re.Pattern
        What the whole name has to match.

    Yields
    ------
    (Path, re.Match)
        The folder, and its name's match.
    """
    for folder in _folders(parent):
        match = pattern.fullmatch(folder.name)
        if match is None:
            continue
        lock = lock_of(folder)
        if lock is not None:
            try:
                yield folder, match
            finally:
                os.close(lock)


def lock_of(folder: Path) -> int | None:
    """Lock a folder for as long as this process lives or the returned descriptor is open; None where another has it, or nobody can."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | _NOT_FOLLOWED | getattr(os, "O_DIRECTORY", 0))
    except OSError:
        return None
    with suppress(OSError):
        same = os.path.samestat(os.fstat(descriptor), folder.lstat())
        if same and locked(descriptor):
            return descriptor
    os.close(descriptor)
    return None


@contextmanager
def turn(folder: Path) -> Iterator[None]:
    """Wait, for a while, until no other run publishes into a folder. Where the disk has no locks nothing is waited for."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:  # Windows opens no folders
        yield
        return
    try:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            try:
                _lock(descriptor)
            except BlockingIOError:
                time.sleep(0.05)
            else:
                break
        yield
    finally:
        os.close(descriptor)


def locked(descriptor: int) -> bool:
    """Whether this process now has the lock of an open file or folder; the lock ends with the process."""
    try:
        return _lock(descriptor)
    except OSError:
        return False


def _lock(descriptor: int) -> bool:
    """Lock an open file or folder; False where there are no locks. Raises `BlockingIOError` where another process has it."""
    if sys.platform == "win32":
        return False
    import fcntl

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise
    except OSError:
        return False
    return True


def _folders(parent: Path) -> list[Path]:
    """The folders of this user within another; no links."""
    try:
        with os.scandir(parent) as entries:
            return [Path(entry.path) for entry in sorted(entries, key=lambda entry: entry.name) if _is_own(entry)]
    except OSError:
        return []


def _is_own(entry: "os.DirEntry[str]") -> bool:
    try:
        status = entry.stat(follow_symlinks=False)
    except OSError:
        return False
    return stat.S_ISDIR(status.st_mode) and (sys.platform == "win32" or status.st_uid == os.geteuid())


_NOT_FOLLOWED: Final = getattr(os, "O_NOFOLLOW", 0)
