"""What a life table's curve is about, in words: staff in service, vacancies without an offer, requests without a plan."""

from dataclasses import dataclass
from typing import Final

from workforce.periods import DAYS_IN_A_YEAR

DAYS_IN_A_WEEK: Final = 7
_STEPS: Final = (1, 2, 5, 10, 20, 50, 100)  # of whole years or weeks, so that labels do not crowd


@dataclass(frozen=True, slots=True)
class CurveWords:
    """The words of one kind of curve. Times are days; they are told in whole units of the `unit`.

    who: whose curve it is, in the plural. still: what those on it still are, or lack. at_risk: the heading of the numbers under the axis.
    clock: what the units count, as the title of an axis. horizon: the latest unit of which a title speaks. spoken: the units read out in
    an alternative text. population: of whom, for a caption, with how those who came late were counted.
    """

    who: str
    still: str
    at_risk: str
    clock: str
    unit: str
    horizon: int
    spoken: tuple[int, ...]
    population: str
    late: str

    @property
    def days_in_a_unit(self) -> float:
        """How many days a unit has."""
        return DAYS_IN_A_YEAR if self.unit == "year" else DAYS_IN_A_WEEK

    def days(self, units: float) -> int:
        """Whole units in whole days: 20 weeks are 140.

        >>> IN_SERVICE.days(4), TO_PLAN.days(20)
        (1461, 140)
        """
        return int(units * self.days_in_a_unit)

    def after(self, units: int) -> str:
        """So many units in words.

        >>> IN_SERVICE.after(1), TO_PLAN.after(20)
        ('1 year', '20 weeks')
        """
        return f"{units} {self.unit}{'' if units == 1 else 's'}"

    def every(self, units: float, most: int) -> int:
        """The step between labels of which there should be at most so many.

        >>> IN_SERVICE.every(6, 10), TO_PLAN.every(64, 10)
        (1, 10)
        """
        return next((n for n in _STEPS if units / n <= most), _STEPS[-1])


_YEARS: Final = ("year", 5, (1, 2, 3, 4, 5))  # boards speak of five years
_QUARTER: Final = ("week", 12, (4, 8, 12))
_STATUTORY: Final = ("week", 20, (6, 12, 16, 20))  # Special Educational Needs and Disability Regulations 2014
_OPEN_BEFORE: Final = "those already open when the records begin count from the days they had been open then"
_STAFF: Final = "those in post when records began enter at the service they had then"

SOMEONE: Final = CurveWords(
    "those counted", "still there", "At risk", "Years", *_YEARS, "those counted", "those seen late enter late"
)
IN_SERVICE: Final = CurveWords(
    "staff", "still in service", "Staff at risk of leaving", "Years of service", *_YEARS, "staff in service", _STAFF
)
HOURS_IN_SERVICE: Final = CurveWords(
    "working hours",
    "still in service",
    "Staff at risk of leaving",
    "Years of service",
    *_YEARS,
    "staff in service, each by the hours of their posts (FTE)",
    _STAFF,
)
TO_PLAN: Final = CurveWords(
    "requests",
    "still without a plan",
    "Requests still open",
    "Weeks since the request",
    *_STATUTORY,
    "requests for an assessment",
    _OPEN_BEFORE,
)
_VACANCY: Final = ("vacancies", "still without an accepted offer", "Vacancies still open")
CURVES: Final = {
    ("retention", "product_limit"): IN_SERVICE,
    ("retention", "product_limit_fte"): HOURS_IN_SERVICE,
    ("leaving_incidence", "aalen_johansen"): IN_SERVICE,
    ("leaving_incidence", "aalen_johansen_fte"): HOURS_IN_SERVICE,
    ("time_to_plan", "product_limit"): TO_PLAN,
    ("time_to_outcome", "product_limit"): CurveWords(
        "requests",
        "still without an outcome",
        "Requests still open",
        "Weeks since the request",
        *_STATUTORY,
        "requests for an assessment",
        _OPEN_BEFORE,
    ),
    ("time_to_hire", "product_limit"): CurveWords(
        *_VACANCY, "Weeks since the vacancy opened", *_QUARTER, "vacancies", _OPEN_BEFORE
    ),
    ("time_to_hire", "product_limit_advertise"): CurveWords(
        "vacancies",
        "not yet advertised",
        "Vacancies not yet advertised",
        "Weeks since the vacancy opened",
        *_QUARTER,
        "vacancies",
        _OPEN_BEFORE,
    ),
    ("time_to_hire", "product_limit_choose"): CurveWords(
        *_VACANCY, "Weeks since the vacancy was advertised", *_QUARTER, "vacancies advertised", _OPEN_BEFORE
    ),
    ("time_to_hire", "product_limit_start"): CurveWords(
        "vacancies",
        "still vacant",
        "Vacancies waiting for somebody to start",
        "Weeks since an offer was accepted",
        *_QUARTER,
        "vacancies with an accepted offer",
        _OPEN_BEFORE,
    ),
}


def curve_words(measure: str, definition: str | None) -> CurveWords:
    """The words of a measure's curve; of a measure that has none of its own, the general ones.

    >>> curve_words("time_to_plan", "product_limit").still, curve_words("life table", None).still
    ('still without a plan', 'still there')
    """
    return CURVES.get((measure, definition or ""), SOMEONE)
