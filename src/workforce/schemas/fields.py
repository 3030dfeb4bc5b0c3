"""The kinds of column that canonical tables are made of, and the limits of what a cell may hold.

Promises: rules name what is wrong with a cell and never quote it. Refuses: nothing by itself.
"""

from datetime import date
from typing import Final

import dataframely as dy

EARLIEST: Final = date(1940, 1, 1)  # no one in post began before; also catches years read as 0023
LATEST: Final = date(2100, 12, 31)
LARGEST_FTE: Final = 1.5  # measure book: 0 <= fte <= 1.5
LARGEST_PAY: Final = 1_000_000.0  # pounds a year: beyond it a salary is a typing error


def text(description: str) -> dy.String:
    """Any text, or none."""
    return dy.String(nullable=True, description=description)


def name(description: str) -> dy.String:
    """A text that has to be there."""
    return dy.String(min_length=1, description=description)


def day(description: str, *, nullable: bool = False) -> dy.Date:
    """A date that somebody alive could have to do with."""
    return dy.Date(nullable=nullable, min=EARLIEST, max=LATEST, description=description)


def one_of(known: tuple[str, ...], description: str) -> dy.String:
    """One of a closed list of texts, or none."""
    return dy.String(nullable=True, check={"known_value": lambda c: c.is_in(known)}, description=description)


def amount(description: str, *, maximum: float | None = None, nullable: bool = True) -> dy.Float64:
    """A number of 0 or more."""
    return dy.Float64(nullable=nullable, min=0.0, max=maximum, description=description)


def count(description: str) -> dy.Int64:
    """A whole number of 0 or more, or none."""
    return dy.Int64(nullable=True, min=0, description=description)
