"""The disclosure rules as data: below how many people a figure is withheld, and what counts and pay are rounded to.

The group size of partners is in `book/constants.py`; the fewest leavers of a curve's level are in `curves.py`.
"""

from dataclasses import dataclass
from typing import Final

import polars as pl

from workforce.book.constants import GROUP_SIZE
from workforce.sealed import Provenance

WITHHELD: Final = "c"
MOST_WITHHELD: Final = 0.2  # measure book: beyond a fifth of the cells the report goes coarser
MARKERS: Final = {
    "c": "withheld, because few people are behind the figure",
    "x": "not available",
    "z": "not applicable",
    "low": "rounds to zero",
    "u": "not reliable enough to publish",
}
BLOCK: Final = 6  # midpoint-6 rounding of cumulative counts (OpenSAFELY documentation, "Midpoint 6 rounding")
# What pay is rounded to, by its unit. 100 pounds a year are 0.052 pounds an hour: 100 / 52.143 / 37. A place in a range goes with the ends
# of the range, which are public: finer than 5% it would give the median back to the penny.
PAY_STEPS: Final = {"£ an hour": 0.05, "% of the range": 5.0, "%": 0.1}
OTHER_PAY_STEP: Final = 0.01  # ratios and log points
WHOLE_STOCKS: Final = ("FTE", "cases")  # units of figures without sides that are rounded to whole numbers
STOCKS: Final = (*WHOLE_STOCKS, "cases per FTE")
# A sum of days or hours is withheld where one person makes up more than the first share of it, or two more than the second.
MOST_OF_ONE: Final = 0.85
MOST_OF_TWO: Final = 0.95
FEWEST_OF_PAY: Final = 5  # people behind a figure of pay, by any rule


@dataclass(frozen=True, slots=True)
class Rule:
    """What one rule of the measure book does.

    small: a count of people from 1 to this is withheld. headcounts_to: other headcounts are rounded to the nearest such number, and FTE,
    days and cases to whole numbers; None rounds nothing. rates_from, pay_from: the fewest people behind a rate, or behind pay.
    complements: whether a second figure is withheld where the first would be what is left of a sum. possible: how many values in a row
    of a withheld count have to stay possible for whoever adds and subtracts.
    """

    name: str
    words: str
    small: int
    headcounts_to: int | None
    rates_from: int
    pay_from: int
    complements: bool = True
    possible: int = 0


def _partner(group_size: int) -> Rule:
    """Counts as they are, from the group size that the partners agreed; pay from no smaller group than elsewhere."""
    words = f"exact counts at or above the agreed group size of {group_size}"
    return Rule("partner", words, group_size - 1, None, 0, max(group_size, FEWEST_OF_PAY), complements=False)


def _rule(name: str, *, small: int, headcounts_to: int | None, rates_from: int, pay_from: int, possible: int) -> Rule:
    """A rule with its words, which are made from its numbers."""
    rounding = "nothing rounded" if headcounts_to is None else f"headcounts rounded to {headcounts_to}"
    rates = f", rates from {rates_from} people" if rates_from else ""
    words = f"counts of 1 to {small} withheld, {rounding}{rates}"
    return Rule(name, words, small, headcounts_to, rates_from, pay_from, possible=possible)


RULES: Final = {
    "board": _rule("board", small=7, headcounts_to=5, rates_from=10, pay_from=10, possible=5),
    "internal": _rule("internal", small=4, headcounts_to=None, rates_from=0, pay_from=FEWEST_OF_PAY, possible=3),
    "partner": _partner(GROUP_SIZE),
}
PAGE_RULES: Final = ("board", "internal")
OPEN_RULES: Final = {
    "published": "official statistics, shown as published",
    "analyst": "Not for release: nothing is withheld",
}


def rule_of(name: str, provenance: Provenance) -> Rule:
    """Return one of `RULES` by its name, `partner` with the group size that the partners agreed.

    >>> rule_of("partner", Provenance(group_size=10)).small, rule_of("internal", Provenance(group_size=10)).small
    (9, 4)
    """
    return _partner(provenance.group_size or GROUP_SIZE) if name == "partner" else RULES[name]


HALF: Final = 0.5  # full-time equivalents are no whole numbers


def few(count: pl.Expr, rule: Rule) -> pl.Expr:
    """Whether a count of people, or of full-time equivalents, is one that the rule withholds; not where it is null."""
    return ((count > 0) & (count < rule.small + HALF)).fill_null(value=False)
