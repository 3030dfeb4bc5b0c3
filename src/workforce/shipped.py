"""Where the files that come with the library are: the notebooks, the sample partnership and the extract of official figures.

Promises: works from any folder, whether the library was installed or runs from its clone. Refuses: an installation without them.
"""

from pathlib import Path

from workforce.errors import EnvironmentFault


def shipped(*parts: str) -> Path:
    """The path of a shipped file or folder.

    >>> shipped("data", "sample", "area.toml").name
    'area.toml'
    """
    package = Path(__file__).parent
    for root in (package / "_shipped", package.parent.parent):
        found = root.joinpath(*parts)
        if found.exists():
            return found
    raise EnvironmentFault("the installation lacks {path}", hint="install workforce again", path="/".join(parts))
