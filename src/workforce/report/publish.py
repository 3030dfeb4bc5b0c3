"""Publication: all of a report at once, or none of it.

Pages are written next to their folder and put in its place in one step, so that a reader meets the last good report or the new one, whole.
What a user put into the folder stays. What a killed run left is put right when the next one starts.
"""

import ctypes
import errno
import hashlib
import os
import re
import secrets
import shutil
import signal
import stat
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Final

from workforce.errors import EnvironmentFault, Phrase
from workforce.private_files import FOLDER_MODE, is_private, write_file
from workforce.report.faults import machine_fault, machine_faults
from workforce.report.folders import dead_folders, lock_of, turn
from workforce.report.manifest import FILE, Manifest, Outcome, earlier_manifest, own_files, plain_bytes

STAGE: Final = re.compile(r"\.(?P<name>.+)-[0-9a-f]{8}(?P<before>-before)?")
"""The names of the hidden folders in which a report is made, and of those to which the report before is moved."""

GRACE: Final = 0.25
"""Seconds that the pages of the report before are left to a reader who has their folder open."""

MOMENT: Final = 0.5
"""Seconds without a report after which the run that moved it away is taken as dead."""

AT_FDCWD: Final = -100
RENAME_EXCHANGE: Final = 2
"""Of Linux's renameat2(2)."""

NOT_EXCHANGED: Final = frozenset({errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.EXDEV})
"""What a disk answers that cannot exchange two folders."""

LONGEST_PATH_SHOWN: Final = 300
NOT_WRITTEN: Final = Phrase("the report could not be written")
OTHER_FOLDER: Final = Phrase("choose another folder with --out")


@contextmanager
def staged(target: Path, *, private: bool = False) -> Iterator[Path]:
    """An empty folder next to the target, on the same disk, that is gone afterwards.

    What killed runs left there is put right first.

    Parameters
    ----------
    target : Path
        The folder of the report.
    private : bool
        Whether only its owner may enter the folder, and the report that takes its place.

    Yields
    ------
    Path
        Where to write the pages.

    Raises
    ------
    EnvironmentFault
        Where no report can be put there.
    """
    refuse_target(target)
    new_parents: list[Path] = []
    try:
        with writing(target):
            new_parents = [folder for folder in (target.parent, *target.parent.parents) if not folder.exists()]
            target.parent.mkdir(parents=True, exist_ok=True)
            with turn(target.parent):
                sweep(target.parent)
            refuse_other_folder(target)
            stage, lock = _new_stage(target, private=private)
            number = stage.lstat().st_ino
        try:
            yield stage
        finally:
            with suppress(OSError):
                if stage.lstat().st_ino == number:  # after an exchange this is the name of the report before
                    shutil.rmtree(stage, ignore_errors=True)
            if lock is not None:
                os.close(lock)
    finally:
        for folder in new_parents:  # innermost first; what holds a report is not empty and stays
            with suppress(OSError):
                folder.rmdir()


def _new_stage(target: Path, *, private: bool) -> tuple[Path, int | None]:
    """A stage that is locked while this run lives, where the disk has locks."""
    while True:
        stage = target.parent / f".{target.name}-{secrets.token_hex(4)}"
        stage.mkdir(mode=FOLDER_MODE if private else 0o777)
        lock = lock_of(stage)
        if stage.exists():  # or else another run swept it in the moment before it was locked
            return stage, lock
        if lock is not None:
            os.close(lock)


def writing(target: Path) -> AbstractContextManager[None]:
    """What the disk refuses within the block is a fault of writing the report.

    Parameters
    ----------
    target : Path
        The folder of the report.
    """
    hint = Phrase("make room or get permission there, or choose another folder with --out")
    if os.path.lexists(target):
        hint = Phrase("{hint}; the last good report is still there", hint=hint)
    return machine_faults(NOT_WRITTEN, place=target, hint=hint)


def refuse_target(target: Path) -> None:
    """Refuse a place where no report can be put, before any work. Nothing is made or changed.

    Parameters
    ----------
    target : Path
        The folder of the report, which need not exist.

    Raises
    ------
    EnvironmentFault
        Where it or a folder above it is a file or a device, a disk of its own, a circle of links, too long or not permitted.
    """
    try:
        place, status = _nearest(target)
    except OSError as fault:
        raise _no_report(fault, target) from fault
    if not stat.S_ISDIR(status.st_mode):
        raise _no_report(NotADirectoryError(errno.ENOTDIR, ""), place)
    if _is_long(target, place):
        raise _no_report(OSError(errno.ENAMETOOLONG, ""), place)
    if place == target and target.is_mount():
        raise _no_report(OSError(errno.EBUSY, ""), place)
    if not os.access(target.parent if place == target else place, os.W_OK | os.X_OK):
        raise _no_report(PermissionError(errno.EACCES, ""), place)


def _no_report(fault: OSError, place: Path) -> EnvironmentFault:
    place_shown = place if len(str(place)) <= LONGEST_PATH_SHOWN else None
    return machine_fault(fault, NOT_WRITTEN, place=place_shown, hint=OTHER_FOLDER)


def _nearest(target: Path) -> tuple[Path, os.stat_result]:
    """The target or the nearest thing above it that exists, and its status."""
    place = target
    while True:
        try:
            return place, place.stat()
        except (FileNotFoundError, NotADirectoryError):
            if place.is_symlink() or place == place.parent:  # a link to nothing
                raise
            place = place.parent


def _is_long(target: Path, place: Path) -> bool:
    """Whether the disk would not take a name of the report; `place` exists."""
    longest_name = os.pathconf(place, "PC_NAME_MAX") if hasattr(os, "pathconf") else 255
    names = [*target.parts[len(place.parts) :], f".{target.name}-00000000-before"]
    return any(len(os.fsencode(name)) > longest_name for name in names)


def refuse_other_folder(target: Path) -> None:
    """Refuse to take the place of a folder that holds something, but no report."""
    if target.exists() and earlier_manifest(target) is None and any(target.iterdir()):
        raise EnvironmentFault(
            "the folder holds files but no report",
            where="{folder}",
            hint="move them away, or choose another folder with --out",
            folder=target,
        )


def sweep(parent: Path) -> None:
    """Put right what killed runs left among the reports of an area.

    A report that was moved away for a new one that did not come is put back; what users had put beside a report goes to the new one; the
    rest is deleted. Folders of living runs, of other users and of other kinds, and links, are left.

    Parameters
    ----------
    parent : Path
        The folder of the reports.
    """
    for folder in sorted(parent.glob(".*-before")):
        match = STAGE.fullmatch(folder.name)
        if match and match["before"]:
            _put_back(folder, parent / match["name"])
    for folder, match in dead_folders(parent, STAGE):
        with suppress(OSError):
            if (folder / FILE).exists():
                put_away(folder, parent / match["name"])
            elif _is_unfinished(folder):
                shutil.rmtree(folder)


def _put_back(before: Path, target: Path) -> None:
    """Put a report back that was moved away for a new one that did not come."""
    if os.path.lexists(target) or before.is_symlink():
        return
    time.sleep(MOMENT)  # a living run is between its two renames for less than that
    with suppress(OSError):
        if not os.path.lexists(target):
            before.rename(target)


def _is_unfinished(folder: Path) -> bool:
    """Whether a folder holds nothing but pages, as a stage does before it has a manifest."""
    with os.scandir(folder) as entries:
        return all(entry.name.endswith(".html") and entry.is_file(follow_symlinks=False) for entry in entries)


def with_earlier(
    outcomes: Sequence[Outcome], target: Path, stage: Path, *, rule: str, stays: Callable[[str], bool]
) -> list[Outcome]:
    """Keep pages of the earlier report that this run did not make again, marked as such.

    A page is kept where its notebook failed (under another name, so that no old page passes for a new one), and where it was not asked for,
    if `stays` says so of its notebook. Only a page under the same rule, as it was written, is kept.
    """
    earlier = earlier_manifest(target)
    if earlier is None or earlier.rule != rule:
        return list(outcomes)
    before = {entry.name: entry for entry in earlier.notebooks if stays(entry.name) and _intact(entry, target)}
    names = {entry.name for entry in outcomes}
    pages = [
        _kept(entry, before.get(entry.name), target, stage, rule) if entry.outcome == "failed" else entry
        for entry in outcomes
    ]
    return pages + [
        _kept(entry, entry, target, stage, rule) for name, entry in sorted(before.items()) if name not in names
    ]


def _intact(one: Outcome, folder: Path) -> bool:
    if one.page is None:
        return False
    with suppress(OSError):
        return hashlib.sha256(plain_bytes(folder / Path(one.page.file).name)).hexdigest() == one.page.sha256
    return False


def _kept(now: Outcome, before: Outcome | None, target: Path, stage: Path, rule: str) -> Outcome:
    if before is None or before.page is None:
        return now
    if now is before:
        file, became = before.page.file, {} if before.outcome == "failed" else {"outcome": "kept", "seconds": 0.0}
    else:
        file, became = f"{now.name}-earlier.html", {}
    write_file(stage / file, plain_bytes(target / Path(before.page.file).name), private=is_private(rule))
    return now.model_copy(update={"page": before.page.model_copy(update={"file": file}), **became})


def publish(stage: Path, target: Path) -> None:
    """Put the staged report in the place of the earlier one, in one step.

    Parameters
    ----------
    stage : Path
        A folder with a whole report, on the same disk.
    target : Path
        The folder of the report.
    """
    _flush(stage)
    if not os.path.lexists(target):
        stage.rename(target)
    elif not stat.S_ISDIR(target.lstat().st_mode):  # put there during the run
        raise NotADirectoryError(errno.ENOTDIR, "")
    else:
        before = stage
        if not _exchanged(stage, target):
            before = stage.with_name(f"{stage.name}-before")
            target.rename(before)
            try:
                stage.rename(target)
            except OSError:
                before.rename(target)
                raise
        put_away(before, target)
    with suppress(OSError):
        _flush_entry(target.parent)


def _exchanged(stage: Path, target: Path) -> bool:
    """Whether two folders have changed places, in one step; False where the system or the disk cannot do that."""
    if sys.platform != "linux":
        return False
    renameat2 = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if renameat2 is None:  # a C library from before 2018
        return False
    if renameat2(AT_FDCWD, os.fsencode(stage), AT_FDCWD, os.fsencode(target), RENAME_EXCHANGE) == 0:
        return True
    number = ctypes.get_errno()
    if number in NOT_EXCHANGED:
        return False
    raise OSError(number, os.strerror(number))


def put_away(before: Path, target: Path) -> None:
    """Delete the report before; what users had put beside it, of whatever kind, is moved to the new one as it is.

    What cannot be moved stays where it is, with the report before, and is tried again when the next run starts. The new report is in its
    place already, so no fault here ends the run.

    Parameters
    ----------
    before : Path
        The folder of the report before.
    target : Path
        The folder of the new report.
    """
    manifest = earlier_manifest(before)
    report_files = own_files(manifest) if manifest else frozenset[str]()
    try:
        with os.scandir(before) as entries:
            user_files = [
                entry.name
                for entry in entries
                if not (entry.name in report_files and entry.is_file(follow_symlinks=False))
            ]
        for name in user_files:
            with suppress(OSError):
                (before / name).rename(_free(target, name))
        if any(os.path.lexists(before / name) for name in user_files):
            return
        time.sleep(GRACE)
        for name in sorted(
            report_files, key=lambda name: name == FILE
        ):  # last what tells its files from other people's
            with suppress(FileNotFoundError):
                (before / name).unlink()
        before.rmdir()
    except OSError:
        return


def _free(folder: Path, name: str) -> Path:
    """The path of a file in a folder, with a number before its ending where the name is taken.

    >>> _free(Path(__file__).parent, "publish.py").name
    'publish (2).py'
    """
    path, number = folder / name, 1
    while os.path.lexists(path):
        number += 1
        path = folder / f"{Path(name).stem} ({number}){Path(name).suffix}"
    return path


def _flush(folder: Path) -> None:
    """Have the disk write a staged report before it takes the place of the one before: power may fail."""
    for path in folder.iterdir():
        _flush_entry(path)
    with suppress(OSError):
        _flush_entry(folder)


def _flush_entry(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Let no signal that can be caught end the block: it takes less than a second, and afterwards the run is over."""
    names = [name for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {name: signal.signal(getattr(signal, name), signal.SIG_IGN) for name in names}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(getattr(signal, name), handler if handler is not None else signal.SIG_DFL)


def refuse_half(stage: Path, manifest: Manifest) -> None:
    """Check what was staged before it is published: every page that the manifest names is there, as written."""
    for entry in manifest.notebooks:
        if entry.page is not None and not _intact(entry, stage):
            raise OSError(errno.EIO, os.strerror(errno.EIO))
