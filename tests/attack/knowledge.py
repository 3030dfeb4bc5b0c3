"""What an outsider knows of how published figures hang together, from the published method alone: one list, as data.

Each kind says which quantities it is about; `solve.py` makes equations and inequalities of them. An identity that does not hold in the
records shows itself: the system of a real report then has no solution, and the attacker says which printed numbers contradict it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Adds:
    """The groups that an attribute makes add up to the whole: every person, case or day has one value."""

    attribute: str
    quantities: tuple[str, ...] = ()  # all that a page lists by the attribute, where empty


@dataclass(frozen=True)
class Across:
    """The groups of all organisations add up to the same group of the area; a group that an organisation does not list is empty there."""

    attribute: str
    listed_completely: bool


@dataclass(frozen=True)
class Slices:
    """What happened in a period is what happened in its parts: periods that overlap are cut at each other's ends."""

    quantity: str


@dataclass(frozen=True)
class MeanOf:
    """A mean over a period is person-days over days, so that periods add up in person-days."""

    quantity: str


@dataclass(frozen=True)
class StockFlow:
    """Stock at the end = stock at the start + what came in - what went out."""

    stock: str
    inflow: str
    outflow: str


@dataclass(frozen=True)
class Bands:
    """The bands of an attribute add up to a total that is printed under another name."""

    total: str
    band: str
    attribute: str


@dataclass(frozen=True)
class Sum:
    """A quantity is others added up (1) or taken away (-1), in the same groups and period."""

    whole: str
    terms: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class AtMost:
    """A quantity is at most another of the same groups and period; where both are means, in each period."""

    less: str
    more: str
    where: str = ""  # the quantity at whose groups and periods this is said, if neither of the two is printed


@dataclass(frozen=True)
class StartsAs:
    """The opening of a period is the stock on the day before it."""

    opening: str
    stock: str


@dataclass(frozen=True)
class StillThere:
    """Those who stayed are among the stock at the close."""

    stayed: str
    stock: str


@dataclass(frozen=True)
class LostAtMost:
    """Those in post at the opening who are not there at the close have left in between."""

    opening: str
    stayed: str
    leavers: str


@dataclass(frozen=True)
class Complement:
    """In a closed group a share is printed only where the others are none or more than the rule's small number."""

    whole: str
    share: str


@dataclass(frozen=True)
class FromRate:
    """A printed rate over a denominator that changes slowly gives its numerator, also where neither side is printed."""


@dataclass(frozen=True)
class Overlap:
    """Parts that may overlap: the total is at least the largest part and at most their sum."""

    total: str
    part: str
    attribute: str


@dataclass(frozen=True)
class Within:
    """Groups that do not cover all: their sum is at most the whole."""

    whole: str
    part: str
    attribute: str


Identity = (
    Within
    | Overlap
    | Adds
    | Across
    | Slices
    | MeanOf
    | StockFlow
    | Bands
    | Sum
    | AtMost
    | StartsAs
    | StillThere
    | LostAtMost
    | Complement
    | FromRate
)

FLOWS = (
    "leavers",
    "leavers of the area",
    "resignations",
    "joiners",
    "working days lost",
    "calendar days lost",
    "calendar days available",
    "plans in time",
    "plans issued",
    "advice in time",
    "advice due",
    "cases received",
    "cases closed",
)
MEANS = ("mean headcount", "mean FTE")

IDENTITIES: tuple[Identity, ...] = (
    *(Slices(quantity) for quantity in FLOWS),
    *(MeanOf(quantity) for quantity in MEANS),
    Adds("organisation"),
    Adds(
        "staff group",
        (
            "leavers",
            "mean headcount",
            "working days lost",
            "calendar days lost",
            "mean FTE",
            "vacant FTE",
            "funded FTE",
        ),
    ),
    Adds("pay quarter", ("leavers", "mean headcount")),
    Adds("age band", ("leavers", "mean headcount")),
    Adds("tenure band", ("leavers", "mean headcount")),
    Adds("locality"),
    Adds("leaving reason"),
    Adds("leaving destination"),
    Adds("reason", ("working days lost",)),
    Across("staff group", listed_completely=True),
    Across("leaving reason", listed_completely=False),
    Across("locality", listed_completely=False),
    StockFlow("cases open", "cases received", "cases closed"),
    StockFlow("headcount", "joiners", "leavers"),
    Bands("overdue", "overdue by weeks", "band"),
    Bands("workers who hold cases", "workers in a band", "band"),
    Bands("interviewed", "interviewed for a reason", "reason"),
    Within("headcount", "people in the role", "role"),
    Overlap("rows refused", "rows refused by rule", "rule"),
    Adds("source", ("rows refused", "rows read")),
    Sum("funded FTE", (("in-post FTE", 1), ("vacant FTE", 1))),
    Sum("agency and in-post FTE", (("present FTE", 1), ("agency FTE", 1))),
    AtMost(
        "present FTE", "in-post FTE", where="agency and in-post FTE"
    ),  # those seconded out are in post and not present
    StartsAs("opening", "headcount"),
    StillThere("stayed", "headcount"),
    LostAtMost("opening", "stayed", "leavers"),
    Complement("opening", "stayed"),
    AtMost("stayed", "opening"),
    AtMost("mean FTE", "mean headcount"),
    AtMost("leavers of the area", "leavers"),
    AtMost("resignations", "leavers"),
    AtMost("plans in time", "plans issued"),
    AtMost("advice in time", "advice due"),
    AtMost("working days lost", "calendar days lost"),
    AtMost("workers over the limit", "workers who hold cases"),
    AtMost("interviewed", "leavers asked"),
    FromRate(),
)
