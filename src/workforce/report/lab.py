"""JupyterLab on the user's own copy of the notebooks, offline: no news, no look for updates, no list of extensions.

What a user changed in the folder is never overwritten.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from workforce.errors import EnvironmentFault
from workforce.settings import load_settings
from workforce.shipped import AREA_VARIABLE, shipped

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


def lab_command(
    folder: Path, *, area: Path | None = None, port: int | None = None, browser: bool = True
) -> tuple[list[str], dict[str, str]]:
    """The command that starts JupyterLab on a folder, and its environment, in which its kernels find the path of the area."""
    command = [sys.executable, "-m", "jupyterlab", *OFFLINE, f"--ServerApp.root_dir={folder.resolve()}"]
    if port is not None:  # another port than the one asked for would not be the one that is forwarded
        command += [f"--ServerApp.port={port}", "--ServerApp.port_retries=0"]
    if not browser:
        command.append("--no-browser")
    dropped = ("WORKFORCE_STATIC", AREA_VARIABLE)
    environment = {name: value for name, value in os.environ.items() if name not in dropped}
    before = environment.get("JUPYTER_CONFIG_PATH")
    environment["JUPYTER_CONFIG_PATH"] = str(CONFIG) if before is None else f"{CONFIG}{os.pathsep}{before}"
    if area is not None:
        environment[AREA_VARIABLE] = str(area.resolve())
    return command, environment


def open_lab(folder: Path, *, area: Path | None = None, port: int | None = None, browser: bool = True) -> int:
    """Copy the notebooks and start JupyterLab on them; returns its exit code when the user stops it.

    The settings of the area are read first, so that a mistake in them is reported before JupyterLab opens.
    """
    if area is not None:
        load_settings(area)
    copy_notebooks(folder)
    command, environment = lab_command(folder, area=area, port=port, browser=browser)
    return subprocess.run(command, env=environment, check=False).returncode  # noqa: S603  # our own interpreter and arguments
