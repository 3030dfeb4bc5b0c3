"""The sample partnership on paper: its county, bodies, jobs, titles and pay, and what is true of it by construction. All of it is invented.

Any number of organisations, by repeating the five kinds as further fictional counties. Nothing but the constants here decides how fast
people leave or fall ill, so that tests can ask whether the measures find them.
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
COUNTY: Final = "Wealdmere"
LOCALITIES: Final = {
    "Brackenstow": 0.24,
    SICKER_LOCALITY: 0.17,
    OLDER_LOCALITY: 0.17,
    "Eastmarl": 0.18,
    "Highmarl": 0.13,
    "Marlwick": 0.11,
    SIX_STAFF_LOCALITY: 0.0,  # its six staff are chosen among those in post on the last day
}
PARTNERSHIP: Final = "partnership"  # the id scheme of the organisations that share one staff number


@dataclass(frozen=True, slots=True)
class Body:
    """A kind of organisation: its share of the staff, and what is awkward about its records."""

    slug: str
    name: str
    kind: str
    share: float
    unknown_reasons: float  # share of leaving reasons that nobody recorded
    id_scheme: str = PARTNERSHIP
    records_begin_late: bool = False
    supplies_absences: bool = True
    interviews_leavers: bool = True
    supplies_pay_items: bool = False


BODIES: Final = (
    Body("council", "{county} County Council", "council", 0.44, 0.08, supplies_pay_items=True),
    Body("psychology", "{county} Educational Psychology Service", "council", 0.06, 0.05),
    Body("nhs", "{county} Community NHS Trust", "nhs", 0.27, 0.35, supplies_pay_items=True),
    Body(
        "schools",
        "{county} Schools Trust",
        "schools",
        0.17,
        0.10,
        id_scheme="schools",
        records_begin_late=True,
        interviews_leavers=False,
    ),
    Body("icb", "{county} Integrated Care Board", "icb", 0.06, 0.06, supplies_absences=False, interviews_leavers=False),
)


@dataclass(frozen=True, slots=True)
class Member:
    """One organisation of an area."""

    slug: str
    name: str
    body: Body
    block: int  # which county: 0 in an area of up to five organisations


@dataclass(frozen=True, slots=True)
class Job:
    """A role in one kind of organisation.

    share: of the organisation's posts. lowest, highest: where its pay lies in the staff group's range (0 to 1). cases: the lowest and the
    highest caseload, in cases per FTE, that its posts carry; empty where the role holds none. cover: how often an agency worker covers
    its vacancy.
    """

    body: str
    staff_group: str
    role: str
    grade: str
    share: float
    lowest: float
    highest: float
    teams: tuple[str, ...]
    cases: tuple[int, ...] = ()
    cover: float = 0.1
    applicants: float = 6.0


_SEND_TEAMS: Final = ("SEND casework north", "SEND casework south", "Annual reviews")
_SOCIAL_TEAMS: Final = ("Assessment", "Disabled children", "Family safeguarding", "Children in care")
_AREAS: Final = ("Area north", "Area south")
_SEND_LOADS: Final = (15, 35)
_SOCIAL_LOADS: Final = (10, 25)
_SLT, _OT, _PAEDIATRICS = "Speech and language therapy", "Occupational therapy", "Community paediatrics"
JOBS: Final = (
    Job("council", "SEND casework", "SEND caseworker", "G8", 0.10, 0.0, 0.75, _SEND_TEAMS, _SEND_LOADS, 0.4, 5),
    Job("council", "SEND casework", "Senior SEND caseworker", "G10", 0.035, 0.5, 1.0, _SEND_TEAMS, _SEND_LOADS, 0.3, 4),
    Job("council", "Social work", "Children's social worker", "G10", 0.17, 0.0, 0.7, _SOCIAL_TEAMS, _SOCIAL_LOADS, 0.7, 3),
    Job("council", "Social work", "Senior social worker", "G11", 0.06, 0.5, 0.95, _SOCIAL_TEAMS, _SOCIAL_LOADS, 0.6, 3),
    Job("council", "Social work", "Social work team manager", "G13", 0.025, 0.8, 1.0, _SOCIAL_TEAMS, (), 0.4, 4),
    Job("council", "Family support", "Family support worker", "G7", 0.36, 0.0, 1.0, ("Early help east", "Early help west")),
    Job("council", "Business support", "Business support officer", "G5", 0.25, 0.0, 1.0, ("SEND support", "Social work support")),
    Job("psychology", "Educational psychology", "Assistant educational psychologist", "EP-A", 0.20, 0.0, 0.35, _AREAS, (), 0.1, 9),
    Job("psychology", "Educational psychology", "Educational psychologist", "EP-M", 0.45, 0.25, 0.85, _AREAS, (), 0.3, 2),
    Job("psychology", "Educational psychology", "Senior educational psychologist", "EP-S", 0.15, 0.65, 1.0, _AREAS, (), 0.1, 2),
    Job("psychology", "Business support", "Business support officer", "G5", 0.20, 0.0, 1.0, ("Psychology support",)),
    Job("nhs", _SLT, "Speech and language therapist", "Band 5", 0.20, 0.0, 0.6, ("Early years", "School age"), (), 0.15, 4),
    Job("nhs", _SLT, "Specialist speech and language therapist", "Band 6", 0.15, 0.4, 1.0, ("Early years", "School age"), (), 0.15, 3),
    Job("nhs", _OT, "Occupational therapist", "Band 5", 0.17, 0.0, 0.6, ("Equipment", "School age"), (), 0.2, 4),
    Job("nhs", _OT, "Specialist occupational therapist", "Band 6", 0.11, 0.4, 1.0, ("Equipment", "School age"), (), 0.2, 3),
    Job("nhs", _PAEDIATRICS, "Children's community nurse", "Band 6", 0.25, 0.0, 0.7, ("Child development", "Complex needs"), (), 0.2, 5),
    Job("nhs", _PAEDIATRICS, "Community paediatrician", "Consultant", 0.12, 0.6, 1.0, ("Child development", "Complex needs"), (), 0.3, 2),
    Job("schools", "Special needs coordination", "SENCO", "MPS", 0.20, 0.0, 1.0, ("Primary", "Secondary"), (), 0.1, 5),
    Job("schools", "Classroom support", "Teaching assistant", "S2", 0.60, 0.0, 0.8, ("Primary", "Secondary"), (), 0.1, 8),
    Job("schools", "Classroom support", "Higher level teaching assistant", "S4", 0.20, 0.6, 1.0, ("Primary", "Secondary"), (), 0.05, 6),
    Job("icb", "Commissioning", "Commissioning officer", "Band 6", 0.55, 0.0, 0.7, ("All-age continuing care", "SEND and children")),
    Job("icb", "Commissioning", "Designated clinical officer", "Band 8a", 0.20, 0.6, 1.0, ("SEND and children",), (), 0.1, 2),
    Job("icb", "Commissioning", "Commissioning manager", "Band 7", 0.25, 0.4, 1.0, ("All-age continuing care", "SEND and children")),
)  # fmt: skip
SOCIAL_WORK: Final = "Social work"
SEND_CASEWORK: Final = "SEND casework"
THERAPIES: Final = (_SLT, _OT)
CASEWORK_ROLES: Final = tuple(job.role for job in JOBS if job.cases)
# Cases per FTE that the sample's partners have agreed for each role, as in the targets of its key indicators.
CASELOAD_LIMITS: Final = {role: 25.0 if "SEND" in role else 18.0 for role in CASEWORK_ROLES}
# Pounds a year, full time, from the bottom to the top of a staff group; and the hours of its full-time week. Fictional.
PAY: Final = {
    "SEND casework": (27_000, 41_000, 37.0),
    "Social work": (33_000, 58_000, 37.0),
    "Family support": (23_500, 31_500, 37.0),
    "Business support": (20_500, 27_500, 37.0),
    "Educational psychology": (30_000, 64_000, 37.0),
    _SLT: (27_000, 43_000, 37.5),
    _OT: (27_000, 43_000, 37.5),
    _PAEDIATRICS: (33_500, 112_000, 37.5),
    "Special needs coordination": (30_000, 52_000, 37.0),
    "Classroom support": (20_000, 27_000, 37.0),
    "Commissioning": (33_500, 57_000, 37.5),
}
# Between organisations people move into the first, from both; the other professions keep to themselves.
COORDINATION: Final = ("SEND casework", "Family support", "Business support", "Commissioning")
CLINICAL: Final = (_SLT, _OT, _PAEDIATRICS)
TITLES: Final[Mapping[str, Mapping[str, str]]] = {
    "council": {"SEND caseworker": "EHC plan coordinator", "Senior SEND caseworker": "Senior EHC plan coordinator"},
    "psychology": {"Business support officer": "Administrator"},
    "nhs": {"Children's community nurse": "Community children's nurse", "Speech and language therapist": "SLT"},
    "schools": {"SENCO": "Special educational needs coordinator"},
    "icb": {},
}
NOT_LISTED: Final = ("Commissioning officer",)  # so that the data-quality page has a role to list


def members(count: int) -> tuple[Member, ...]:
    """The organisations of an area: the five kinds in turn, a further county for every five.

    >>> [m.slug for m in members(6)]
    ['council', 'psychology', 'nhs', 'schools', 'icb', 'council-2']
    """
    bodies = []
    for index in range(count):
        block, body = index // len(BODIES), BODIES[index % len(BODIES)]
        suffix = f"-{block + 1}" if block else ""
        county = f"{COUNTY} {block + 1}" if block else COUNTY
        bodies.append(Member(body.slug + suffix, body.name.format(county=county), body, block))
    return tuple(bodies)


def localities(blocks: int) -> tuple[str, ...]:
    """The localities of so many counties, seven each, in order."""
    return tuple(f"{name} {block + 1}" if block else name for block in range(blocks) for name in LOCALITIES)


def common_roles() -> dict[str, list[str]]:
    """The common list of roles, each with the organisations' own names of it.

    >>> common_roles()["SENCO"]
    ['Special educational needs coordinator']
    """
    listed = [job.role for job in JOBS if job.role not in NOT_LISTED]
    return {
        role: sorted({titles[role] for titles in TITLES.values() if role in titles}) for role in dict.fromkeys(listed)
    }
