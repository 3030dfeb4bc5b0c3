"""The bytes of a file, read once: regular files only, up to a size, and not through a link that leaves a folder."""

import os
import stat
from pathlib import Path
from typing import BinaryIO, Final

from workforce.errors import Phrase

LARGEST_SETTINGS: Final = 1_000_000
"""Bytes of an area.toml, and of a file with the partnership's key."""

_PIECE: Final = 16_000_000  # bytes a read
_FLAGS: Final = os.O_RDONLY | sum(getattr(os, flag, 0) for flag in ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY"))


class NotReadError(Exception):
    """A file that is not read, with the sentence that says why and the hint; whoever asked for it makes an error of its own kind."""

    def __init__(self, fault: Phrase, hint: Phrase, *, missing: bool = False) -> None:
        self.fault = fault
        self.hint = hint
        self.missing = missing
        super().__init__(str(fault))


def bytes_of(path: Path, *, most: int, folder: Path | None = None) -> bytes:
    """Return the bytes of a regular file.

    Parameters
    ----------
    path : Path
        The file.
    most : int
        The largest size in bytes.
    folder : Path, optional
        A folder that the file has to be in, also after links are followed.

    Returns
    -------
    bytes
        What was in the file when it was opened.

    Raises
    ------
    NotReadError
        Where there is no such file, it is no regular file, is too large, leads out of the folder or may not be read.

    Examples
    --------
    >>> bytes_of(Path("/dev/null"), most=10)
    Traceback (most recent call last):
    workforce.file_bytes.NotReadError: this is a device or a pipe, not a file
    """
    try:
        place = Path(os.path.realpath(path))
        if folder is not None and not place.is_relative_to(os.path.realpath(folder)):
            raise NotReadError(
                Phrase("the path leads out of the folder of the settings"),
                Phrase("put the file itself, not a link to it, next to area.toml"),
            )
        _check_kind(os.stat(place).st_mode)  # noqa: PTH116 - before it is opened: opening a pipe waits for its other end
        # The links were followed above; one that was put there since then is not followed.
        handle = os.open(place, _FLAGS)
        with os.fdopen(handle, "rb") as file:
            status = os.fstat(file.fileno())
            _check_kind(status.st_mode)
            return _pieces(file, status.st_size, most)
    except FileNotFoundError:
        raise NotReadError(
            Phrase("there is no such file"), Phrase("check its name and its folder"), missing=True
        ) from None
    except (OSError, ValueError):
        raise NotReadError(
            Phrase("the file cannot be opened"), Phrase("check its name and permissions, and that no program holds it")
        ) from None


def _check_kind(mode: int) -> None:
    if stat.S_ISDIR(mode):
        raise NotReadError(Phrase("this is a folder"), Phrase("give the path of a file"))
    if not stat.S_ISREG(mode):
        raise NotReadError(
            Phrase("this is a device or a pipe, not a file"), Phrase("save its content in a file, and name that")
        )


def _pieces(file: BinaryIO, size: int, most: int) -> bytes:
    """Read to the end of the file, which may have grown since its size was asked for."""
    pieces: list[bytes] = []
    length = 0
    while length <= most and size <= most:
        piece = file.read(min(_PIECE, most + 1 - length))
        if not piece:
            return b"".join(pieces)
        pieces.append(piece)
        length += len(piece)
    raise NotReadError(
        Phrase("the file is larger than {megabytes} MB", megabytes=most // 1_000_000),
        Phrase("split it into several files"),
    )
