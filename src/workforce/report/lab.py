"""JupyterLab on the user's own copy of the notebooks.

Promises: nothing that a user changed is overwritten; Lab asks nothing of the network (no news, no look for updates, no list of extensions).
Refuses: a folder that cannot be written to.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from workforce.errors import EnvironmentFault
from workforce.shipped import shipped

# Documented under "Announcements" and "Extensions" in JupyterLab's user guide; labconfig/page_config.json turns the plugins off.
OFFLINE: Final = (
    "--LabApp.news_url=None",
    "--LabApp.check_for_updates_class=jupyterlab.handlers.announcements.NeverCheckForUpdate",
    "--LabApp.extension_manager=readonly",
)
CONFIG: Final = Path(__file__).parent / "lab"


def copy_notebooks(folder: Path) -> list[str]:
    """Copy the notebooks that come with the library into a folder; returns the names of those copied. What is there stays as it is."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        new = [path for path in sorted(shipped("notebooks").glob("*.ipynb")) if not (folder / path.name).exists()]
        for path in new:
            shutil.copyfile(path, folder / path.name)
    except OSError as fault:
        raise EnvironmentFault(
            "the notebooks could not be copied", where="{folder}", hint="choose another folder", folder=folder
        ) from fault
    return [path.name for path in new]


def lab_command(folder: Path) -> tuple[list[str], dict[str, str]]:
    """The command that starts JupyterLab on a folder, and its environment."""
    before = os.environ.get("JUPYTER_CONFIG_PATH")
    paths = str(CONFIG) if before is None else f"{CONFIG}{os.pathsep}{before}"
    environment = {k: v for k, v in os.environ.items() if k != "WORKFORCE_STATIC"} | {"JUPYTER_CONFIG_PATH": paths}
    return [sys.executable, "-m", "jupyterlab", *OFFLINE, f"--ServerApp.root_dir={folder.resolve()}"], environment


def open_lab(folder: Path) -> int:
    """Copy the notebooks and start JupyterLab on them; returns its exit code when the user stops it."""
    copy_notebooks(folder)
    command, environment = lab_command(folder)
    return subprocess.run(command, env=environment, check=False).returncode  # noqa: S603  # our own interpreter and arguments
