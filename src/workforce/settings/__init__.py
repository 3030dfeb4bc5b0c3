"""Settings: one area.toml for each local area, read into a frozen, closed model.

Whatever `load_settings` returns can be worked with: every table, column, role of a file and path in it has been checked.
"""

from workforce.settings.load import load_settings
from workforce.settings.models import (
    Area,
    Audience,
    Casework,
    Costs,
    Decision,
    Disclosure,
    Kpi,
    Organisation,
    OrganisationKind,
    Question,
    Refusals,
    Report,
    Settings,
    SourceFile,
    Target,
)

__all__ = [
    "Area",
    "Audience",
    "Casework",
    "Costs",
    "Decision",
    "Disclosure",
    "Kpi",
    "Organisation",
    "OrganisationKind",
    "Question",
    "Refusals",
    "Report",
    "Settings",
    "SourceFile",
    "Target",
    "load_settings",
]
