"""What organisations call their jobs where it is not the common name, and the partnership's common list of roles.

Promises: one title for a role in an organisation, and no title that stands for two roles, so that reading the files gives back what was
made. Refuses: nothing.
"""

from collections.abc import Mapping
from typing import Final

from workforce.sample.design import JOBS

TITLES: Final[Mapping[str, Mapping[str, str]]] = {
    "council": {"SEND caseworker": "EHC plan coordinator", "Senior SEND caseworker": "Senior EHC plan coordinator"},
    "psychology": {"Business support officer": "Administrator"},
    "nhs": {"Children's community nurse": "Community children's nurse", "Speech and language therapist": "SLT"},
    "schools": {"SENCO": "Special educational needs coordinator"},
    "icb": {},
}
NOT_LISTED: Final = ("Commissioning officer",)  # so that the data-quality page has a role to list


def common_roles() -> dict[str, list[str]]:
    """The common list of roles, each with the organisations' own names of it.

    >>> common_roles()["SENCO"]
    ['Special educational needs coordinator']
    """
    listed = [job.role for job in JOBS if job.role not in NOT_LISTED]
    return {
        role: sorted({titles[role] for titles in TITLES.values() if role in titles}) for role in dict.fromkeys(listed)
    }
