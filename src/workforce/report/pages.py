"""What every page of a report shares: the template, the marking line, the content-security policy.

Everything put into a page is escaped unless it came escaped from the library.
"""

from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path
from types import MappingProxyType
from typing import Final

import jinja2

from workforce.errors import WorkforceError

TEMPLATE: Final = Path(__file__).parent / "template"
POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:"
"""The second safeguard; escaping is the first."""

MARKINGS: Final = MappingProxyType(
    {
        "board": "small numbers are withheld and counts are rounded",
        "internal": "for a management meeting inside the organisations; not for circulation beyond them",
        "published": "official statistics only, as published",
    }
)
ANEW: Final = "; reports that were published before were not looked at"
DRAFT_MARK: Final = '<strong class="page-draft">Draft. </strong>'
"""The words of the template that publication takes away."""
SHOWN_UNDER: Final = MappingProxyType(
    {
        "board": frozenset({"board", "published", "notes", "settings"}),
        "internal": frozenset({"internal", "board", "published", "notes", "settings"}),
        "published": frozenset({"published", "notes", "settings"}),
    }
)
"""Which disclosure rules a figure may carry on a page of each rule: never one that withholds less. `notes` are sentences
on titles of roles, without a count of rows or people; `settings` are sentences of the area's own settings."""


class PageRefused(WorkforceError):  # noqa: N818  # named as the other errors are, by what happened
    """A page that may not be published as it is."""


@dataclass(frozen=True, slots=True)
class PageContext:
    """What a page says about itself: whose it is, for when, and the disclosure rule it was prepared under.

    draft: whether it is not published yet. anew: whether what was published before was not looked at.
    """

    subject: str
    period: str
    rule: str
    draft: bool = False
    anew: bool = False

    @property
    def marking(self) -> str:
        """The meaning of the rule, for the marking line.

        >>> PageContext("Somewhere", "March 2023", "board").marking
        'small numbers are withheld and counts are rounded'
        """
        return MARKINGS[self.rule] + (ANEW if self.anew else "")


def version_of(program: str) -> str:
    """The installed version of a program; empty where it has none, as in a clone that was never installed.

    >>> version_of("no-such-program")
    ''
    """
    try:
        return metadata.version(program)
    except metadata.PackageNotFoundError:
        return ""


@cache
def page_environment() -> jinja2.Environment:
    """The templates, with everything escaped by default and an unknown name an error."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATE), autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True
    )
    environment.globals |= {"policy": POLICY, "version": version_of("workforce")}
    return environment
