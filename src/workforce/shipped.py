"""Where the files that come with the library are: the notebooks, the sample partnership and the extract of official figures.

They are found from any folder, whether the library was installed or runs from its clone.
"""

import os
from pathlib import Path
from typing import Final

from workforce.errors import EnvironmentFault

AREA_VARIABLE: Final = "WORKFORCE_AREA"
"""The environment variable with which `workforce lab AREA.toml` tells its notebooks which area to open."""


def shipped(*parts: str) -> Path:
    """The path of a shipped file or folder.

    >>> shipped("data", "sample", "area.toml").name
    'area.toml'
    """
    package = Path(__file__).parent
    for root in (package / "_shipped", package.parent.parent):
        path = root.joinpath(*parts)
        if path.exists():
            return path
    raise EnvironmentFault("the installation lacks {path}", hint="install workforce again", path="/".join(parts))


def area_to_open() -> Path:
    """The area.toml of a notebook that names none: that of `workforce lab AREA.toml`, else the sample partnership."""
    area = os.environ.get(AREA_VARIABLE)
    return Path(area) if area else shipped("data", "sample", "area.toml")
