"""Publication: all of a report at once, or none of it.

Promises: pages are written beside their folder and put in its place by renaming, so a reader meets the last good report or the new one; no
temporary folder stays behind; a file that a user put into the folder stays. Refuses: a folder that holds something other than a report.
"""

import errno
import hashlib
import os
import secrets
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from workforce.errors import EnvironmentFault, Phrase
from workforce.report.manifest import Manifest, Outcome, earlier_manifest, own_files

FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
REFUSED: Final = frozenset({errno.EACCES, errno.EPERM, errno.EROFS, errno.EBUSY})


@contextmanager
def staged(target: Path) -> Iterator[Path]:
    """An empty folder beside the target, on the same disk, that is gone afterwards; a fault of the disk becomes an `EnvironmentFault`."""
    stage = target.parent / f".{target.name}-{secrets.token_hex(4)}"
    made: list[Path] = []
    try:
        made = [folder for folder in (target.parent, *target.parent.parents) if not folder.exists()]
        stage.mkdir(parents=True)
        refuse_other_folder(target)
        yield stage
    except OSError as fault:
        raise told(fault, target) from fault
    finally:
        shutil.rmtree(stage, ignore_errors=True)
        for folder in made:  # innermost first; what holds a report is not empty and stays
            with suppress(OSError):
                folder.rmdir()


def told(fault: OSError, target: Path) -> EnvironmentFault:
    """A fault of the disk, in words.

    >>> told(OSError(errno.ENOSPC, ""), Path("outputs")).what
    'the report could not be written: the disk is full'
    """
    if fault.errno in FULL:
        reason, advice = Phrase("the disk is full"), Phrase("make room, or choose another folder with --out")
    elif fault.errno in REFUSED:
        reason = Phrase("no permission")
        advice = Phrase("close its pages if they are open, or choose another folder with --out")
    else:
        reason = Phrase("{code}", code=errno.errorcode.get(fault.errno or 0, type(fault).__name__))
        advice = Phrase("choose another folder with --out")
    return EnvironmentFault(
        "the report could not be written: {reason}",
        where="{folder}",
        hint="{advice}; the last good report is still there" if target.exists() else "{advice}",
        reason=reason,
        folder=target,
        advice=advice,
    )


def refuse_other_folder(target: Path) -> None:
    """Refuse to take the place of a folder that holds something, but no report."""
    if target.exists() and earlier_manifest(target) is None and any(target.iterdir()):
        raise EnvironmentFault(
            "the folder holds files but no report",
            where="{folder}",
            hint="move them away, or choose another folder with --out",
            folder=target,
        )


def with_earlier(outcomes: Sequence[Outcome], target: Path, stage: Path, *, rule: str, whole: bool) -> list[Outcome]:
    """Keep pages of the earlier report that this run did not make again, marked as such.

    A page is kept where its notebook failed (under another name, so that no old page passes for a new one), and, where only part of the
    notebooks was asked for (`whole` is false), where it was not asked for. Only a page under the same rule, as it was written, is kept.
    """
    earlier = earlier_manifest(target)
    if earlier is None or earlier.rule != rule:
        return list(outcomes)
    before = {one.name: one for one in earlier.notebooks if _intact(one, target)}
    ours = {one.name for one in outcomes}
    kept = [_kept(one, before.get(one.name), target, stage) if one.outcome == "failed" else one for one in outcomes]
    if not whole:
        kept += [_kept(one, one, target, stage) for name, one in sorted(before.items()) if name not in ours]
    return kept


def _intact(one: Outcome, folder: Path) -> bool:
    if one.page is None:
        return False
    file = folder / Path(one.page.file).name
    return file.is_file() and hashlib.sha256(file.read_bytes()).hexdigest() == one.page.sha256


def _kept(now: Outcome, before: Outcome | None, target: Path, stage: Path) -> Outcome:
    if before is None or before.page is None:
        return now
    if now is before:
        file, became = before.page.file, {} if before.outcome == "failed" else {"outcome": "kept", "seconds": 0.0}
    else:
        file, became = f"{now.name}-earlier.html", {}
    shutil.copyfile(target / before.page.file, stage / file)
    return now.model_copy(update={"page": before.page.model_copy(update={"file": file}), **became})


def publish(stage: Path, target: Path) -> None:
    """Put the staged report in the place of the earlier one."""
    if not target.exists():
        stage.replace(target)
        return
    earlier = earlier_manifest(target)
    own = own_files(earlier) if earlier else frozenset[str]()
    for other in sorted(target.iterdir()):  # a PDF that someone made of a page, a note: it is theirs
        if other.name not in own and not (stage / other.name).exists():
            copy = shutil.copytree if other.is_dir() else shutil.copy2
            copy(other, stage / other.name)
    aside = stage.with_name(stage.name + "-before")
    target.replace(aside)
    try:
        stage.replace(target)
    except OSError:
        aside.replace(target)
        raise
    shutil.rmtree(aside, ignore_errors=True)


def refuse_half(stage: Path, manifest: Manifest) -> None:
    """Check what was staged before it is published: every page that the manifest names is there, as written."""
    for one in manifest.notebooks:
        if one.page is not None and not _intact(one, stage):
            raise OSError(errno.EIO, os.strerror(errno.EIO))
