"""Processes that end with their parent, whatever ends it: a signal that nobody can catch, too little memory, a closed terminal."""

import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Final

PR_SET_PDEATHSIG: Final = 1
"""The option of Linux's prctl(2) that names the signal which a process gets when its parent ends."""


def end_with(parent: int) -> None:
    """Have the system kill this process when its parent ends; end now where it has ended already.

    On Linux the system does it, also while a long calculation runs. Elsewhere `when_closed` is what ends the process.

    Parameters
    ----------
    parent : int
        The number of the process that started this one.
    """
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    if os.name == "posix" and os.getppid() != parent:
        os._exit(1)


def when_closed(descriptor: int, then: Callable[[], None]) -> None:
    """Call a function as soon as nobody can write to a pipe any more.

    Parameters
    ----------
    descriptor : int
        The end of the pipe that is read. Its other end is open in the parent process alone, and closes with it.
    then : callable
        Called in a thread of its own.
    """

    def wait() -> None:
        try:
            while os.read(descriptor, 4096):
                pass
        except OSError:
            return  # the descriptor was closed in this process
        then()

    threading.Thread(target=wait, name="parent", daemon=True).start()


children: Final[set[int]] = set()
"""The numbers of processes that this one started, and that lead a process group each: its kernels."""


def kill_children() -> None:
    """Kill the kernels that this process started, and the processes that their notebooks started."""
    for child in [*children]:
        with suppress(OSError):
            if os.name == "posix":
                os.killpg(child, signal.SIGKILL)
            else:
                os.kill(child, signal.SIGTERM)
