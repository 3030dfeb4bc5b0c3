"""Files that only their owner may read: what was made under a rule that is not for everyone, and private records of runs."""

import os
from pathlib import Path
from typing import Final

FILE_MODE: Final = 0o600
FOLDER_MODE: Final = 0o700
SHARED_RULES: Final = frozenset({"board", "published"})
"""The rules whose files have the modes that the account's umask gives; those of any other are for their owner alone."""


def is_private(rule: str) -> bool:
    """Whether what was made under a disclosure rule is for its owner alone.

    >>> [rule for rule in ("board", "internal", "partner", "published", "analyst") if is_private(rule)]
    ['internal', 'partner', 'analyst']
    """
    return rule not in SHARED_RULES


def write_file(path: Path, content: bytes, *, private: bool) -> None:
    """Write a file, in the place of one that is there.

    Parameters
    ----------
    path : Path
        Where to.
    content : bytes
        What.
    private : bool
        Whether only its owner may read it, from before the first byte is in it.
    """
    if not private:
        path.write_bytes(content)
        return
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, flags, FILE_MODE)
    with os.fdopen(descriptor, "wb") as file:
        if hasattr(os, "fchmod"):
            os.fchmod(descriptor, FILE_MODE)  # of a file that was there before
        file.write(content)


def make_folder(path: Path) -> None:
    """Make a folder that only its owner may enter, with those above it; one that is there stays as it is.

    Parameters
    ----------
    path : Path
        The folder.
    """
    for folder in reversed([path, *path.parents]):
        if not folder.exists():
            folder.mkdir(mode=FOLDER_MODE, exist_ok=True)
