"""The words of the measure book: what a side and a definition are, and the sources that definitions name.

Promises: data only. Refuses: nothing.
"""

from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

Rolls = Literal["sum", "mean", "never"]
# Nobody is behind vacant posts or a calculation.
Kind = Literal["people", "fte", "days", "hours", "cases", "posts", "expected"]
Limits = Literal["Wilson", "Byar", "between people", "between workers", "log-log", "normal", "none"]
Better = Literal["lower", "higher"]


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a rate: what it counts, in what, and how it rolls up. called: the same in a word, where its kind's does not do."""

    words: str
    kind: Kind
    over_groups: Rolls = "sum"
    over_time: Rolls = "sum"
    called: str = ""


class Rest(NamedTuple):
    """What a definition counts beyond another of its measure: `part`. The rest may be a few people's own, and must not be told either.

    shown_as: the measure and definition whose rows show the rest, if any does.
    """

    part: str
    shown_as: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Definition:
    """One measure by one body's rule.

    A null `denominator` makes it a plain count; a null `numerator` a median, whose denominator is the number of people behind it.
    `public`: the figures are about scales or areas, not about people, so that disclosure control lets them pass.
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
    public: bool = False
    more_than: float = 0.0  # the denominator that a rate needs to exceed to be shown
    each: float = 1.0  # of a plain count: what one counts for in the unit (pounds a leaver)
    rest: Rest | None = None

    @property
    def is_pay(self) -> bool:
        """Whether the figure is somebody's pay, which disclosure control guards more closely."""
        return self.measure.startswith("pay") and not self.public

    @property
    def scale(self) -> float:
        """What the ratio is multiplied by to stand in its unit."""
        return 100.0 if self.unit.startswith("%") or self.unit == AS_EXPECTED else 1.0


AS_EXPECTED: Final = "ratio, 100 = as expected"  # the unit of an indirectly standardised ratio
BOOK: Final = "measure book of this project"
DFE: Final = "DfE, Children's social work workforce: methodology"
NHS: Final = "NHS England, NHS workforce statistics: methodology"
NHS_ABSENCE: Final = "NHS England, NHS sickness absence rates: methodology"
SCHOOLS: Final = "DfE, School workforce in England: methodology"
SEN2 = "DfE, Education, health and care plans: methodology"
STANDARDISED: Final = "OHID, Public health technical guide: standardisation"
SEND_CODE: Final = "Special Educational Needs and Disability Regulations 2014, regulation"
NHS_WAITS: Final = "NHS England, Community health services waiting lists"
QUEUE: Final = "Fong et al. (2022), Understanding waiting list pressures, doi:10.1101/2022.08.23.22279117"
GPG: Final = "Equality Act 2010 (Gender Pay Gap Information) Regulations 2017, SI 2017/172 and SI 2017/353"
OAXACA: Final = "Oaxaca (1973), Blinder (1973); pooled coefficients and normalised categories: Jann (2008), Yun (2005)"
WELCH: Final = "measure book of this project; limits: Welch (1947), Satterthwaite (1946)"
COUNTED: Final = "counted and defined by the organisation"
POINT: Final[Rolls] = "never"
