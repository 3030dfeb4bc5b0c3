"""The command as a process: its signals, its standard streams, and how it ends where memory runs out."""

import ctypes
import io
import os
import signal
import sys
from types import FrameType
from typing import Any, Final, NoReturn, TextIO

from workforce.errors import EnvironmentFault

ENDED_BY_SIGNAL: Final = 128
"""What a shell adds to a signal's number for a program that the signal ended."""

ENDING_SIGNALS: Final = ("SIGTERM", "SIGHUP")
"""From a scheduler, and from a terminal that is closed. Ctrl-C is Python's own `KeyboardInterrupt`."""


def end_in_order_on_signals() -> None:
    """Leave by `SystemExit` on the signals that end a program, so that workers and temporary folders go.

    A signal that is ignored, as SIGHUP is under nohup, stays ignored.
    """
    for name in ENDING_SIGNALS:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _leave)


def _leave(number: int, _: FrameType | None) -> NoReturn:
    signal.signal(number, signal.SIG_IGN)  # the same again does not disturb the cleaning up
    raise SystemExit(ENDED_BY_SIGNAL + number)


def exit_code_of_an_abort() -> None:
    """Have an abort end the process with the exit code of a fault of the machine.

    Where memory runs out, polars writes one line and aborts; no `except` sees that. SIGABRT has number 6, and the C library's `_exit`,
    called with the number of the signal, leaves with that as exit code. Without it a shell reports 134, and may write a core file.
    """
    os.environ["RUST_BACKTRACE"] = "0"
    if os.name != "posix" or int(signal.SIGABRT) != EnvironmentFault.exit_code:
        return
    library = ctypes.CDLL(None)
    library.signal.argtypes = [ctypes.c_int, ctypes.c_void_p]
    library.signal.restype = ctypes.c_void_p
    library.signal(int(signal.SIGABRT), ctypes.cast(library._exit, ctypes.c_void_p))


def lasting_streams() -> None:
    """Let no standard stream end the work: not one that is closed, that nobody reads any more, or whose disk is full.

    The report is made all the same, and the exit code says what came of it.
    """
    _open_closed()
    sys.stdout = _lasting(sys.stdout, 1)
    sys.stderr = _lasting(sys.stderr, 2)


def _open_closed() -> None:
    """Open the null device in the place of closed streams, or the next file that is opened would be written to as one."""
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            while (opened := os.open(os.devnull, os.O_RDWR)) < descriptor:
                pass
            if opened > descriptor:
                os.dup2(opened, descriptor)
                os.close(opened)
            os.set_inheritable(descriptor, True)  # noqa: FBT003  # the interpreter's own


def _lasting(stream: TextIO | None, descriptor: int) -> TextIO:
    if stream is not None and (stream is not sys.__stdout__ and stream is not sys.__stderr__):
        return stream  # a test's own
    encoding = stream.encoding if stream is not None else "utf-8"
    terminal = stream is not None and stream.isatty()
    raw = io.BufferedWriter(_Lasting(descriptor, "w", closefd=False))
    return io.TextIOWrapper(raw, encoding, "backslashreplace", line_buffering=terminal or descriptor == 2)  # noqa: PLR2004


class _Lasting(io.FileIO):
    """A stream that takes what cannot be written as written."""

    def write(self, content: Any, /) -> int:  # noqa: ANN401  # any object with bytes
        try:
            return super().write(content) or 0
        except OSError:
            return len(memoryview(content))
