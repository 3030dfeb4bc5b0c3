"""Faults of the machine in words: a full disk, no permission, too little memory. Each names what could not be done, and why."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from workforce.errors import EnvironmentFault, Phrase

FEWEST_FILES: Final = 64  # a run of one notebook opens about 70
LEAST_MEMORY: Final = (
    1_900_000_000  # bytes of addresses: the sample's data-quality page was made with 2.0 GB, and not with 1.6 GB
)
MEMORY: Final = Phrase("there is not enough memory")
REASONS: Final = {
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT), Phrase("the disk is full")),
    **dict.fromkeys((errno.EACCES, errno.EPERM), Phrase("no permission")),
    **dict.fromkeys((errno.EMFILE, errno.ENFILE), Phrase("too many files are open")),
    **dict.fromkeys((errno.EBUSY, errno.ETXTBSY), Phrase("another program is using it")),
    errno.EFBIG: Phrase("a file would be larger than this account may write"),
    errno.EROFS: Phrase("the disk is read-only"),
    errno.ENOMEM: MEMORY,
    errno.EAGAIN: Phrase("no more processes can be started"),
    errno.ENAMETOOLONG: Phrase("the path is too long"),
    errno.ELOOP: Phrase("its links lead round in a circle"),
    errno.ENOTDIR: Phrase("a part of its path is not a folder"),
    errno.ENOENT: Phrase("a file or folder is missing"),
    errno.EIO: Phrase("the disk or the network drive cannot be read or written (EIO)"),
    errno.EPIPE: Phrase("the program at the other end has ended"),
}


def reason_of(fault: OSError | MemoryError) -> Phrase:
    """Return why the system refused something, in words.

    Parameters
    ----------
    fault : OSError or MemoryError
        As it was raised; its text is not used, because it could hold data.

    Returns
    -------
    Phrase
        The reason; for a rare one the code of the system.

    Examples
    --------
    >>> str(reason_of(OSError(errno.EMFILE, "")))
    'too many files are open'
    >>> str(reason_of(OSError(errno.ESTALE, "")))
    'ESTALE'
    """
    if isinstance(fault, MemoryError):
        return MEMORY
    return REASONS.get(fault.errno or 0) or Phrase(
        "{code}", code=errno.errorcode.get(fault.errno or 0, type(fault).__name__)
    )


def machine_fault(
    fault: OSError | MemoryError, task: Phrase, *, place: Path | str | None = None, hint: Phrase | None = None
) -> EnvironmentFault:
    """Return the error for a task that the machine did not allow.

    Parameters
    ----------
    fault : OSError or MemoryError
        What was raised.
    task : Phrase
        What could not be done.
    place : Path or str, optional
        The file or folder that it was to be done with.
    hint : Phrase, optional
        What helps; for too little memory and too many files there is a hint that fits any task.

    Returns
    -------
    EnvironmentFault
        With exit code 6.

    Examples
    --------
    >>> print(machine_fault(MemoryError(), Phrase("the records could not be read")))
    the records could not be read: there is not enough memory. Hint: close other programs, use --workers 1, or raise ulimit -v.
    """
    advice = hint
    number = errno.ENOMEM if isinstance(fault, MemoryError) else fault.errno
    if number == errno.ENOMEM:
        advice = Phrase("close other programs, use --workers 1, or raise ulimit -v")
    elif number in {errno.EMFILE, errno.ENFILE}:
        advice = Phrase("close other programs, or raise the limit of open files (ulimit -n)")
    elif number == errno.EAGAIN:
        advice = Phrase("close other programs, or raise the limits of processes and memory (ulimit -u, ulimit -v)")
    return EnvironmentFault(
        "{task}: {reason}",
        where="{place}" if place else None,
        hint="{advice}" if advice else None,
        task=task,
        reason=reason_of(fault),
        place=place or "",
        advice=advice or "",
    )


def refused_by_machine(fault: BaseException) -> OSError | MemoryError | None:
    """Return what the system refused, where an exception says that it did; None for any other.

    Parameters
    ----------
    fault : BaseException
        As it was raised. Python itself raises `RuntimeError` where it cannot start a thread.

    Returns
    -------
    OSError or MemoryError, optional
        For `reason_of` and `machine_fault`.

    Examples
    --------
    >>> refused_by_machine(ValueError("no"))
    >>> str(reason_of(refused_by_machine(RuntimeError("can't start new thread"))))
    'no more processes can be started'
    """
    if isinstance(fault, OSError | MemoryError):
        return fault
    if type(fault) is RuntimeError and fault.args == ("can't start new thread",):
        return OSError(errno.EAGAIN, "")
    return None


def too_small_limit() -> OSError | MemoryError | None:
    """Return what this account lacks for a run by its limits, of open files or of memory; None where they suffice.

    What is refused within a library often arrives as something else: a module that is not found, lines of an allocator, or a wait without
    an end. So a run looks before it begins.
    """
    try:
        import resource  # not on Windows, which has no such limits
    except ImportError:
        return None
    if resource.getrlimit(resource.RLIMIT_NOFILE)[0] < FEWEST_FILES:
        return OSError(errno.EMFILE, "")
    memory = resource.getrlimit(resource.RLIMIT_AS)[0]
    return MemoryError() if memory != resource.RLIM_INFINITY and memory < LEAST_MEMORY else None


@contextmanager
def machine_faults(task: Phrase, *, place: Path | None = None, hint: Phrase | None = None) -> Iterator[None]:
    """Raise what the machine refuses within the block as an `EnvironmentFault` that names the task."""
    try:
        yield
    except (OSError, MemoryError, RuntimeError) as fault:
        refused = refused_by_machine(fault)
        if refused is None:
            raise
        raise machine_fault(refused, task, place=place, hint=hint) from fault


def temporary_hint() -> Phrase:
    """What helps where the folder of temporary files cannot be used."""
    return Phrase(
        "make room there, or set {variable} to another folder", variable="TEMP" if os.name == "nt" else "TMPDIR"
    )
