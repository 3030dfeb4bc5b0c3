"""How a worker starts the kernel of one notebook: this very Python, whatever kernels are installed, from any folder.

Nothing that the kernel writes to its own standard error is shown, because it could hold data, and nothing is imported from the folder in
which the user stands (`-P`).
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from traitlets import Unicode
from traitlets.config import Config

from workforce.report.kernel import KEY

LONGEST_SOCKET_PATH: Final = (
    80  # a Unix socket's path holds 104 bytes on macOS, 108 on Linux; "-ipc-5" and a margin come off
)


class OwnInterpreter(AsyncKernelManager):
    """A kernel manager whose kernel is the interpreter that is running."""

    key_file = Unicode(help="File with the key that signs what is shown; the kernel removes it.").tag(config=True)

    @property
    def kernel_spec(self) -> KernelSpec:
        """This interpreter, with warnings off: a newer library's deprecation notice is no part of a report."""
        argv = [sys.executable, "-P", "-W", "ignore", "-m", "workforce.report.kernel", "-f", "{connection_file}"]
        argv += [KEY, self.key_file] if self.key_file else []
        return KernelSpec(argv=argv, display_name="Python", language="python")

    async def start_kernel(self, **options: Any) -> None:  # type: ignore[override]  # noqa: ANN401  # as its parent does
        """Start the kernel without a way to write to the user's terminal."""
        await super().start_kernel(**options, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def kernel_config(folder: Path, name: str, key: bytes) -> Config:
    """The settings of one notebook's kernel, whose key, connection file and sockets lie in a private folder.

    Parallel kernels race for free TCP ports, so they speak through sockets in the file system, save on Windows and where the path of
    temporary files is too long for one.
    """
    config = Config()
    config.NotebookClient.kernel_manager_class = OwnInterpreter
    config.NotebookClient.shutdown_kernel = "immediate"  # a kernel holds nothing worth saving
    config.OwnInterpreter.connection_file = str(folder / f"{name}.json")
    key_file = folder / f"{name}.key"
    key_file.write_bytes(
        key
    )  # only this user may enter the folder, and the kernel removes the file before the first cell
    config.OwnInterpreter.key_file = str(key_file)
    fits = len(str(folder / name).encode()) <= LONGEST_SOCKET_PATH
    config.OwnInterpreter.transport = "ipc" if os.name == "posix" and fits else "tcp"
    return config
