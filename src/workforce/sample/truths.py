"""What is true of the sample partnership by construction, so that tests can ask whether the measures find it.

Promises: the generator reads these constants and nothing else decides how fast people leave or fall ill. Refuses: nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

# Leaving: the cumulative hazard after t years of service is baseline x pay ratio x caseload ratio x t ** SHAPE (a Weibull law: the
# ratios are proportional at every length of service, and the first year loses more than the second, as in real staff).
SHAPE: Final = 0.85
BASELINE: Final[Mapping[str, float]] = MappingProxyType(
    {
        "SEND casework": 0.15,
        "Social work": 0.15,
        "Family support": 0.13,
        "Business support": 0.12,
        "Educational psychology": 0.12,
        "Speech and language therapy": 0.12,
        "Occupational therapy": 0.13,
        "Community paediatrics": 0.11,
        "Special needs coordination": 0.10,
        "Classroom support": 0.16,
        "Commissioning": 0.13,
    }
)
PAY_RATIOS: Final = (1.0, 1.15, 1.4, 1.8)  # lowest to highest pay quarter of the staff group
CASELOAD_RATIO: Final = 1.2  # for every CASELOAD_STEP cases per FTE above CASELOAD_REFERENCE (below it, as much less)
CASELOAD_STEP: Final = 5.0
CASELOAD_REFERENCE: Final = 20.0

# Sickness: new absences a year of a person under 35 who is at work, by staff group, times age, locality and season.
SICKER_LOCALITY: Final = "Saltreach"
SICKER_RATIO: Final = 1.35
OLDER_LOCALITY: Final = "Corfen Vale"
OLDER_BY_YEARS: Final = 11.0  # mean age on joining, above that of the other localities
SIX_STAFF_LOCALITY: Final = "Gannet Isle"
SIX: Final = 6
AGE_CUTS: Final = (25, 35, 45, 55)
AGE_RATIOS: Final = (1.0, 1.0, 1.1, 1.35, 1.7)
SEASON_RATIOS: Final = (1.3, 1.25, 1.05, 0.95, 0.9, 0.85, 0.8, 0.8, 0.95, 1.0, 1.1, 1.25)  # January to December
ABSENCES_A_YEAR: Final[Mapping[str, float]] = MappingProxyType(
    {
        "SEND casework": 1.2,
        "Social work": 1.2,
        "Family support": 1.3,
        "Business support": 1.1,
        "Educational psychology": 0.8,
        "Speech and language therapy": 1.0,
        "Occupational therapy": 1.0,
        "Community paediatrics": 0.8,
        "Special needs coordination": 0.9,
        "Classroom support": 1.5,
        "Commissioning": 0.9,
    }
)


@dataclass(frozen=True, slots=True)
class Truths:
    """The generator's constants under names that explain them; `TRUTHS` holds them as they are used.

    leaving_shape: the Weibull shape in years of service. leaving_baseline: the cumulative hazard of the first year, by staff group, for
    the lowest pay quarter at the reference caseload. pay_hazard_ratios: lowest to highest pay quarter within the staff group.
    caseload_hazard_ratio: for each further `caseload_step` cases per FTE of a caseworker. sicker_absence_ratio: how many times as many
    absences begin in `sicker_locality`, given age and staff group. `older_locality` has the same risk given age.
    """

    leaving_shape: float = SHAPE
    leaving_baseline: Mapping[str, float] = field(default_factory=lambda: BASELINE)
    pay_hazard_ratios: tuple[float, ...] = PAY_RATIOS
    caseload_hazard_ratio: float = CASELOAD_RATIO
    caseload_step: float = CASELOAD_STEP
    caseload_reference: float = CASELOAD_REFERENCE
    sicker_locality: str = SICKER_LOCALITY
    sicker_absence_ratio: float = SICKER_RATIO
    older_locality: str = OLDER_LOCALITY
    older_absence_ratio: float = 1.0
    older_by_years: float = OLDER_BY_YEARS
    six_staff_locality: str = SIX_STAFF_LOCALITY
    age_cuts: tuple[int, ...] = AGE_CUTS
    age_absence_ratios: tuple[float, ...] = AGE_RATIOS
    absences_a_year: Mapping[str, float] = field(default_factory=lambda: ABSENCES_A_YEAR)


TRUTHS: Final = Truths()
