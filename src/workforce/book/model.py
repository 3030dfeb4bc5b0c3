"""What the measure book consists of: definitions with their sides, and how each is named, listed, drawn and published."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from workforce.book.constants import DAYS_IN_A_WEEK, DAYS_IN_A_YEAR

Rolls = Literal["sum", "mean", "never"]
# Nobody is behind vacant posts or a calculation.
Kind = Literal["people", "fte", "days", "hours", "cases", "posts", "expected"]
Limits = Literal[
    "Wilson",
    "Byar",
    "gamma, between people",
    "gamma, by worker",
    "log t, between workers",
    "between people",
    "log-log",
    "normal",
    "none",
]
Better = Literal["lower", "higher"]
# Each is one person's, or of one child: a small number of them is as telling as a small number of people.
COUNTED: Final = ("people", "cases")
# How a point of a series depends on the points before it: events of its own period; a level that carries over; a part of the year.
Series = Literal["flow", "stock", "seasonal"]
AS_EXPECTED: Final = "ratio, 100 = as expected"  # the unit of an indirectly standardised ratio
_STEPS: Final = (1, 2, 5, 10, 20, 50, 100)  # of whole years or weeks, so that labels do not crowd


@dataclass(frozen=True, slots=True)
class Side:
    """The numerator or denominator of a rate.

    Parameters
    ----------
    words : str
        What is counted.
    kind : str
        The kind of unit that it is counted in.
    over_groups, over_time : {"sum", "mean", "never"}
        How it rolls up.
    called : str
        The same in a word, where the word of its kind does not do.
    """

    words: str
    kind: Kind
    over_groups: Rolls = "sum"
    over_time: Rolls = "sum"
    called: str = ""

    @property
    def is_count(self) -> bool:
        """Whether people, children, cases, requests, plans or offers are counted, so that disclosure control rounds and withholds them."""
        return self.kind in COUNTED


@dataclass(frozen=True, slots=True)
class Definition:
    """One measure by one body's rule.

    Without a denominator it is a plain count; without a numerator a median, whose denominator is the number of people behind it.

    Parameters
    ----------
    measure, definition : str
        Its two names.
    words, formula, source : str
        What it says, how it is computed, and whose rule it is.
    unit : str
        The unit of the value.
    numerator, denominator : Side or None
        What is divided by what.
    limits : str
        How the 95% limits are computed.
    adds : tuple of str
        The columns that it adds to the groups.
    better : {"lower", "higher"}, optional
        Which direction is good, where one is.
    series : {"flow", "stock", "seasonal"}, optional
        What kind of series its figures make over time: `xmr` judges each kind by a method of its own. None where they make no series.
    public : bool
        Whether the figures are about scales or areas, not about people, so that disclosure control lets them pass.
    more_than : float
        The denominator that a rate needs to exceed to be shown.
    each : float
        Of a plain count, what one counts for in the unit: pounds for each leaver.
    pay : bool
        Whether it is about people's pay; the book says it of every measure that `wf.pay` computes.
    of_others : bool
        Whether the denominator is an average, or a number on another day, so that the numerator is no part of it.
    simulated : bool
        Whether the value is of simulated paths, so that it counts nobody.
    """

    measure: str
    definition: str
    words: str
    formula: str
    source: str
    unit: str
    numerator: Side | None
    denominator: Side | None
    limits: Limits = "none"
    adds: tuple[str, ...] = ()
    better: Better | None = None
    series: Series | None = None
    public: bool = False
    more_than: float = 0.0
    each: float = 1.0
    pay: bool = False
    of_others: bool = False
    simulated: bool = False

    @property
    def is_pay(self) -> bool:
        """Whether the figure is somebody's pay, which disclosure control guards more closely."""
        return self.pay and not self.public

    @property
    def counts_as_value(self) -> bool:
        """Whether it has no numerator, and its value counts cases: the past of an outlook."""
        return self.numerator is None and self.unit == "cases" and not self.public and not self.simulated

    @property
    def is_closed(self) -> bool:
        """Whether the numerator is a part of the denominator, so that what is left of it is a number of people, too: not of an average."""
        above, below = self.numerator, self.denominator
        if above is None or below is None or not (above.is_count and above.kind == below.kind):
            return False
        return self.unit == "%" and not self.of_others

    @property
    def scale(self) -> float:
        """What the ratio is multiplied by to be in its unit."""
        return 100.0 if self.unit.startswith("%") or self.unit == AS_EXPECTED else 1.0


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a definition is computed for the partnership's list of key indicators.

    Parameters
    ----------
    over : {"years", "months", "days"}
        The years to the month; the year to the month, and months that can be judged; or month ends.
    month : {"same", "annualised", "own"}
        Whether a month's value is on the scale of a year's, is once it is annualised, or is on a scale of its own, so that no target
        applies to it.
    lag : int
        Months after a period before its value is known.
    optional : tuple of str
        The tables of the measure that may be absent.
    options : mapping of str
        Options of the function, as they are.
    agreed : tuple of str
        Options that the partnership's settings decide.
    """

    over: Literal["years", "months", "days"]
    month: Literal["same", "annualised", "own"] = "same"
    lag: int = 0
    optional: tuple[str, ...] = ()
    options: Mapping[str, str | int | tuple[str, ...]] = field(default_factory=dict)
    agreed: tuple[Literal["roles", "weights", "limit"], ...] = ()

    @property
    def by_profession(self) -> bool:
        """Whether it is a figure of one profession, and never of several together."""
        return "roles" in self.agreed


@dataclass(frozen=True, slots=True)
class Published:
    """The published figures of a definition.

    Parameters
    ----------
    covers : str
        What they are about.
    better : {"lower", "higher"}, optional
        The direction that their publisher calls good, where this book leaves it open.
    listed_as : str
        Its name in the list of figures on a page about one authority; without one it is not in the list.
    """

    covers: str
    better: Better | None = None
    listed_as: str = ""


@dataclass(frozen=True, slots=True)
class CurveWords:
    """The words of a life table's chart. Times are days, written in whole units.

    Parameters
    ----------
    who : str
        Whose curve it is, in the plural.
    still : str
        What those on it still are, or lack.
    at_risk : str
        The heading of the numbers under the axis.
    clock : str
        What the units count: the title of the axis.
    unit : {"year", "week"}
        The unit of time.
    horizon : int
        The latest unit that a title names.
    spoken : tuple of int
        The units that an alternative text reads out.
    population, late : str
        Of whom, for a caption, and how those who came late were counted.
    """

    who: str
    still: str
    at_risk: str
    clock: str
    unit: Literal["year", "week"]
    horizon: int
    spoken: tuple[int, ...]
    population: str
    late: str

    @property
    def days_in_a_unit(self) -> float:
        """How many days a unit has."""
        return DAYS_IN_A_YEAR if self.unit == "year" else DAYS_IN_A_WEEK

    def days(self, units: float) -> int:
        """Return whole units in whole days: 20 weeks are 140, 4 years 1,461."""
        return int(units * self.days_in_a_unit)

    def after(self, units: int) -> str:
        """Return a number of units in words: ``1 year``, ``20 weeks``."""
        return f"{units} {self.unit}{'' if units == 1 else 's'}"

    def every(self, units: float, most: int) -> int:
        """Return the step between labels of which there should be at most so many: over 64 weeks, every 10th."""
        return next((step for step in _STEPS if units / step <= most), _STEPS[-1])


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure: its name, where it is computed, and what it reads.

    Parameters
    ----------
    measure : str
        Its name in result tables.
    called : str
        Its name within a sentence.
    subject : str
        The same as the subject of a sentence in the singular, where `called` is not.
    topic : str
        The file of the book.
    functions : tuple of str
        The functions of `wf` that compute it.
    records : tuple of str
        The tables of the records that it reads.
    """

    measure: str
    called: str
    topic: str
    functions: tuple[str, ...]
    records: tuple[str, ...]
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A group column: its heading, and what its groups are called together, where the name of the column does not say.

    private: whether it says of a person what others do not know, so that a table in which nearly all are in one group tells it of each.
    """

    label: str = ""
    plural: str = ""
    private: bool = False


@dataclass(frozen=True, slots=True)
class Book:
    """The measure book; every mapping is read-only, those by two names by measure and definition."""

    topics: Mapping[str, str]
    measures: Mapping[str, Measure]
    definitions: Mapping[tuple[str, str], Definition]
    recipes: Mapping[tuple[str, str], Recipe]
    curves: Mapping[tuple[str, str], CurveWords]
    any_curve: CurveWords  # the words of a life table of any frame
    published: Mapping[tuple[str, str], Published]
    short: Mapping[tuple[str, str], str]  # names of definitions within a chart
    decimals: Mapping[str, int]  # by unit
    columns: Mapping[str, Column]
