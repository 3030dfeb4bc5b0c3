"""The canonical tables: what every organisation's extract is turned into, and what every measure takes.

Promises: a schema class is its table's documentation; dates are inclusive at both ends (`end_date` is the last day worked; null = still
open). Rules name what is wrong with a row and never quote it. Refuses: nothing by itself; `workforce.sources` filters by these schemas.
"""

from typing import Final

import dataframely as dy

from workforce.schemas.casework import CASE_TYPES, OUTCOMES_OF_CASES, Allocations, Cases, Milestones
from workforce.schemas.fields import EARLIEST, LARGEST_FTE, LARGEST_PAY, LATEST
from workforce.schemas.figures import Counts, Published
from workforce.schemas.people import EMPLOYMENT, LEAVING_REASONS, STATUS, Absences, Assignments, Exits, Hours, PayItems
from workforce.schemas.posts import BY_GRADE, OUTCOMES_OF_VACANCIES, PayScales, Posts, Vacancies

__all__ = [
    "BY_GRADE",
    "EARLIEST",
    "EMPLOYMENT",
    "ENDS",
    "KEYS",
    "LARGEST_FTE",
    "LARGEST_PAY",
    "LATEST",
    "OUTCOMES_OF_VACANCIES",
    "REQUIRED",
    "STARTS",
    "STATUS",
    "TABLES",
    "WORDS",
    "Absences",
    "Allocations",
    "Assignments",
    "Cases",
    "Counts",
    "Exits",
    "Hours",
    "Milestones",
    "PayItems",
    "PayScales",
    "Posts",
    "Published",
    "Vacancies",
]

TABLES: Final[dict[str, type[dy.Schema]]] = {
    "assignments": Assignments,
    "absences": Absences,
    "cases": Cases,
    "milestones": Milestones,
    "allocations": Allocations,
    "posts": Posts,
    "vacancies": Vacancies,
    "hours": Hours,
    "exits": Exits,
    "pay_items": PayItems,
    "pay_scales": PayScales,
    "counts": Counts,
}

# What identifies a row. A row whose key was seen before in the same table is a duplicate, and the second is refused.
KEYS: Final[dict[str, tuple[str, ...]]] = {
    "assignments": ("organisation", "person_id", "start_date", "role", "team", "fte"),
    "absences": ("organisation", "person_id", "start_date", "end_date", "reason"),
    "cases": ("organisation", "case_id"),
    "milestones": ("case_id", "stage", "provider"),
    "allocations": ("organisation", "case_id", "person_id", "start_date", "worker_role"),
    "posts": ("organisation", "team", "locality", "role", "grade", "start_date"),
    "vacancies": ("organisation", "vacancy_id"),
    "hours": ("organisation", "person_id", "activity", "period_start", "role", "team"),
    "exits": ("organisation", "person_id", "leaving_date"),
    "pay_items": ("organisation", "person_id", "kind", "date"),
    "pay_scales": ("body", "role", "grade", "point", "from_date"),
    "counts": ("organisation", "measure", "definition", "period_start", "period_end", "locality"),
}

# The first and the last day of what a row is about; a null last day means that it goes on.
STARTS: Final[dict[str, str]] = {
    "assignments": "start_date",
    "absences": "start_date",
    "cases": "received_date",
    "allocations": "start_date",
    "posts": "start_date",
    "vacancies": "opened_date",
    "pay_scales": "from_date",
}
ENDS: Final[dict[str, str]] = {
    "assignments": "end_date",
    "absences": "end_date",
    "cases": "closed_date",
    "allocations": "end_date",
    "posts": "end_date",
    "vacancies": "closed_date",
    "pay_scales": "to_date",
}

# Words of open columns that measures count by. Others are read as they are; `check` lists them, so that they can be mapped.
WORDS: Final[dict[tuple[str, str], tuple[str, ...]]] = {
    ("assignments", "leaving_reason"): LEAVING_REASONS,
    ("cases", "case_type"): CASE_TYPES,
    ("cases", "outcome"): OUTCOMES_OF_CASES,
}

# Columns that an extract must supply; `organisation` comes from the settings. Every other column may be absent.
REQUIRED: Final[dict[str, tuple[str, ...]]] = {
    "assignments": ("person_id", "start_date", "fte", "role"),
    "absences": ("person_id", "start_date"),
    "cases": ("case_id", "case_type", "received_date"),
    "milestones": ("case_id", "stage"),
    "allocations": ("case_id", "person_id", "start_date"),
    "posts": ("role", "funded_fte", "start_date"),
    "vacancies": ("vacancy_id", "role", "fte", "opened_date"),
    "hours": ("person_id", "activity", "period_start", "period_end", "hours"),
    "exits": ("leaving_date", "reason"),
    "pay_items": ("person_id", "kind", "amount", "date"),
    "pay_scales": ("body", "role", "annual_pay", "from_date", "source"),
    "counts": ("measure", "definition", "unit", "over_time", "period_start", "period_end", "numerator"),
}
