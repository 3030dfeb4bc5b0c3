"""What the layout of a file is, and the words that several organisations share. The same data writes the files and area.toml.

Promises: `values` says their code for each of our words, one to one, so that reading the file gives back what was made. Refuses: nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal


@dataclass(frozen=True, slots=True)
class Layout:
    """One file (or sheet) of an organisation.

    columns: our column -> their header, in the order of the file. values: our column -> {our value: their code}. only: our column -> the
    values that this file holds, where a table is spread over several files. sorted_by: our columns in whose order their system exports.
    """

    path: str
    table: str
    columns: Mapping[str, str]
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    only: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    sheet: str | None = None
    date_format: str | None = None
    separator: str = ","
    encoding: Literal["utf-8", "utf-8-sig", "cp1252"] = "utf-8"
    numbers: Literal["plain", "thousands", "currency"] = "plain"


SEX: Final = {"female": "F", "male": "M"}
REASONS_IN_WORDS: Final = {
    "resignation": "Resigned",
    "retirement": "Retired",
    "redundancy": "Redundancy",
    "dismissal": "Dismissed",
    "end_of_contract": "End of contract",
    "death": "Death in service",
    "other": "Other reason",
    "unknown": "Not recorded",
}
DESTINATIONS_IN_WORDS: Final = {
    "other_local_authority": "Another council",
    "nhs": "NHS",
    "agency": "Agency work",
    "other_sector": "Private or voluntary sector",
    "education": "School or college",
    "retirement": "Retirement",
    "unknown": "Not known",
}
VACANCIES: Final = {
    "vacancy_id": "Vacancy ref",
    "role": "Job title",
    "staff_group": "Job family",
    "team": "Team",
    "locality": "Area",
    "grade": "Grade",
    "fte": "FTE",
    "opened_date": "Post vacant from",
    "advertised_date": "Advertised",
    "offered_date": "Offer accepted",
    "closed_date": "Closed",
    "outcome": "Result",
    "applicants": "Applications",
    "shortlisted": "Shortlisted",
    "covered_by_agency_fte": "Agency cover FTE",
    "offers_made": "Offers",
    "offers_declined": "Offers declined",
}
COSTED: Final = {**VACANCIES, "cost": "Recruitment cost"}  # some know what filling a post cost them
POSTS: Final = {
    "role": "Job title",
    "staff_group": "Job family",
    "team": "Team",
    "locality": "Area",
    "grade": "Grade",
    "funded_fte": "Budgeted FTE",
    "start_date": "Funded from",
}
RESULTS: Final = {"outcome": {"filled": "Appointed", "withdrawn": "Withdrawn", "unfilled": "No appointment"}}
