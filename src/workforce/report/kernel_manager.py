"""How a worker starts the kernel of one notebook: this very Python, whatever kernels are installed, from any folder.

Nothing that the kernel writes to its own standard error is shown, because it could hold data, and nothing is imported from the folder in
which the user works (`-P`).
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from traitlets import Bytes, Unicode
from traitlets.config import Config

from workforce.report.kernel import FIGURES, KEY_LENGTH, SIGNED
from workforce.report.lifetime import children

LONGEST_SOCKET_PATH: Final = (
    80  # a Unix socket's path holds 104 bytes on macOS, 108 on Linux; "-ipc-5" and a margin come off
)


class OwnInterpreter(AsyncKernelManager):
    """A kernel manager whose kernel is the interpreter that is running."""

    key = Bytes(help="The key with which the kernel signs what is shown.").tag(config=True)
    figures = Unicode(help="The folder to which the kernel hands the figures of its releases.").tag(config=True)

    @property
    def kernel_spec(self) -> KernelSpec:
        """The running interpreter, with warnings off: a newer library's deprecation notice is no part of a report."""
        argv = [sys.executable, "-P", "-W", "ignore", "-m", "workforce.report.kernel", "-f", "{connection_file}"]
        argv += [SIGNED] if self.key else []
        argv += [FIGURES + self.figures] if self.figures else []
        return KernelSpec(argv=argv, display_name="Python", language="python")

    async def start_kernel(self, **options: Any) -> None:  # type: ignore[override]  # noqa: ANN401  # as its parent does
        """Start the kernel with its key on standard input, and without a way to write to the user's terminal.

        What was read from a pipe is gone; a file or an environment variable could be read by a notebook, its own or another's. The pipe
        stays open as long as this process lives, so that the kernel sees when it ends.
        """
        self._hang_up()
        reading, self._pipe = os.pipe()
        try:
            os.write(self._pipe, len(self.key).to_bytes(KEY_LENGTH) + self.key)
            await super().start_kernel(**options, stdin=reading, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        except BaseException:
            self._hang_up()
            raise
        finally:
            os.close(reading)
        self._started = self.provisioner.pid  # type: ignore[union-attr]  # there is one after a start
        if self._started:
            children.add(self._started)

    async def _async_cleanup_resources(self, restart: bool = False) -> None:  # noqa: FBT001, FBT002  # as its parent does
        await super()._async_cleanup_resources(restart=restart)
        self._hang_up()

    def _hang_up(self) -> None:
        if self._pipe is not None:
            os.close(self._pipe)
            self._pipe = None
        if self._started is not None:
            children.discard(self._started)
            self._started = None

    _pipe: int | None = None
    _started: int | None = None


def kernel_config(folder: Path, name: str, key: bytes, figures: Path | None = None) -> Config:
    """The settings of one notebook's kernel, whose connection file and sockets are in a private folder.

    Parallel kernels race for free TCP ports, so they use sockets in the file system, except on Windows and where the path of temporary
    files is too long for one.

    Parameters
    ----------
    folder : Path
        The private folder.
    name : str
        The notebook's name.
    key : bytes
        The kernel signs with it.
    figures : Path, optional
        The private folder to which it hands the figures of its releases.

    Returns
    -------
    Config
        For papermill.
    """
    config = Config()
    config.NotebookClient.kernel_manager_class = OwnInterpreter
    config.NotebookClient.shutdown_kernel = "immediate"  # a kernel holds nothing worth saving
    config.OwnInterpreter.connection_file = str(folder / f"{name}.json")
    config.OwnInterpreter.key = key
    config.OwnInterpreter.figures = str(figures or "")
    fits = len(str(folder / name).encode()) <= LONGEST_SOCKET_PATH
    config.OwnInterpreter.transport = "ipc" if os.name == "posix" and fits else "tcp"
    return config
