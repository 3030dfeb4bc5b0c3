"""The area.toml of a written sample: it names the files that were written and says how to read them.

The organisations are in their order, and the same arguments give the same bytes.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from workforce.sample.area import Area
from workforce.sample.design import CASEWORK_ROLES, COUNTY, Member, common_roles
from workforce.sample.layouts import Layout
from workforce.sample.people import CORE

# What a partnership would have agreed. One question has no decision, so that a report can be seen to say so.
_AGREED: Final = """\

[[targets]]
measure = "turnover"
definition = "average"
value = 12.0
source = "fictional, agreed for the sample"

[[targets]]
measure = "timeliness"
definition = "dfe"
value = 60.0
source = "fictional, agreed for the sample"

[[targets]]
measure = "vacancy_rate"
definition = "establishment"
value = 6.0
source = "fictional, agreed for the sample"

[[targets]]
measure = "absence"
definition = "days_per_fte"
value = 9.0
source = "fictional, agreed for the sample"

[[targets]]
measure = "caseload"
definition = "dfe"
value = 25.0
source = "fictional, agreed for the sample"

[[targets]]
measure = "stability"
definition = "nhs"
value = 88.0
source = "fictional, agreed for the sample"

[[targets]]
measure = "agency_rate"
definition = "dfe_fte"
value = 1.5
source = "fictional, agreed for the sample"

[[targets]]
measure = "continuity"
definition = "changes"
value = 0.25
source = "fictional, agreed for the sample"

[[targets]]
measure = "training_uptake"
definition = "SEND awareness module completed"
value = 80.0
source = "fictional, agreed for the sample"

[[targets]]
measure = "parent_survey"
definition = "feels listened to"
value = 60.0
source = "fictional, agreed for the sample"

[[kpis]]
measure = "turnover"
definition = "average"
name = "Turnover of staff"
owner = "Chair of the workforce board"
amber = 2.0

[[kpis]]
measure = "stability"
definition = "nhs"
name = "Staff in post who were here a year ago"
owner = "Chair of the workforce board"
amber = 2.0

[[kpis]]
measure = "vacancy_rate"
definition = "establishment"
name = "Funded posts that nobody employed is in"
owner = "Directors of people, jointly"
amber = 1.0

[[kpis]]
measure = "agency_rate"
definition = "dfe_fte"
name = "Agency workers in each 100"
owner = "Directors of people, jointly"
amber = 0.5

[[kpis]]
measure = "absence"
definition = "days_per_fte"
name = "Working days lost to sickness"
owner = "Director of people, community NHS trust"
amber = 1.0

[[kpis]]
measure = "caseload"
definition = "dfe"
name = "Cases for each caseworker"
owner = "Assistant director, SEND"
amber = 2.5

[[kpis]]
measure = "timeliness"
definition = "dfe"
name = "EHC plans issued within 20 weeks"
owner = "Assistant director, SEND"
amber = 5.0

[[kpis]]
measure = "continuity"
definition = "changes"
name = "Changes of worker for a child in a year"
owner = "Assistant director, SEND"

[[kpis]]
measure = "training_uptake"
definition = "SEND awareness module completed"
name = "Schools' staff who completed the SEND awareness module"
owner = "Principal educational psychologist"
better = "higher"
amber = 10.0

[[kpis]]
measure = "parent_survey"
definition = "feels listened to"
name = "Parents who feel listened to"
owner = "Parent carer forum liaison lead"
better = "higher"
amber = 5.0

[[kpis]]
measure = "app_awareness"
definition = "has heard of the local offer app"
name = "Parents who have heard of the local offer app"
owner = "Local offer manager"
better = "higher"

[costs]
leaver = 9500
agency_fte = 78000
employed_fte = 51000
source = "fictional, agreed for the sample"

[[decisions]]
question = "keeping"
decision = "Whether to fund a retention offer for the staff groups that lose most in their first two years"
owner = "Chair of the workforce board"
due = 2023-06-30

[[decisions]]
question = "recruiting"
decision = "Whether the partners recruit caseworkers and therapists together, from one advertisement"
owner = "Directors of people, jointly"
due = 2023-06-30

[[decisions]]
question = "leaving"
decision = "Whether every partner asks leavers the same exit questions"
owner = "Director of people, county council"
due = 2023-07-31

[[decisions]]
question = "absence"
decision = "Where to place the second occupational health clinic"
owner = "Director of people, community NHS trust"
due = 2023-06-30

[[decisions]]
question = "casework"
decision = "How many SEND caseworkers to recruit to bring caseloads to the agreed limit"
owner = "Assistant director, SEND"
due = 2023-05-31

[[decisions]]
question = "pay"
decision = "Whether to regrade senior SEND caseworkers"
owner = "Director of children's services"
due = 2023-09-30"""


def area_toml(area: Area, layouts: Mapping[Member, Sequence[Layout]]) -> str:
    """The area.toml that reads the files back."""
    lines = [
        "# The sample partnership: a fictional local area, written by `workforce sample`. data/README.md says what is in it.",
        "[area]",
        _key("name", f"{COUNTY} local area (fictional)"),
        _key("slug", COUNTY.lower()),
        _key("month", f"{area.until:%Y-%m}"),
        _key("localities", list(area.localities)),
        _key("fictional", value=True),
        "",
        "[disclosure]",
        _key("audience", "board"),
        _key("group_size", 5),
        "",
        "[casework]",
        _key("caseload_limit", 25.0),
        _key("caseworker_roles", list(CASEWORK_ROLES)),
        _key("core_activities", list(CORE)),
        _key("weights", {"ehc_assessment": 1.5}),
        _AGREED.rstrip(),
        "",
        "[roles]",
        *[_key(_bare(role), titles) for role, titles in common_roles().items()],
    ]
    for member, begins in zip(area.members, area.records_from, strict=True):
        lines += [
            "",
            f"[organisations.{member.slug}]",
            _key("name", member.name),
            _key("kind", member.body.kind),
            _key("records_from", begins),
            _key("records_to", area.until),
            _key("id_scheme", member.body.id_scheme),
        ]
        for layout in layouts[member]:
            lines += ["", f"[[organisations.{member.slug}.files]]", *_file(member, layout)]
    return "\n".join(lines) + "\n"


def _file(member: Member, layout: Layout) -> list[str]:
    lines = [_key("path", f"{member.slug}/{layout.path}"), _key("table", layout.table)]
    options: dict[str, Any] = {"sheet": layout.sheet, "date_format": layout.date_format}
    options |= {"separator": layout.separator if layout.separator != "," else None}
    options |= {"encoding": layout.encoding if layout.encoding == "cp1252" else None}
    options |= {"numbers": layout.numbers if layout.numbers != "plain" else None}
    lines += [_key(name, value) for name, value in options.items() if value is not None]
    lines.append(_key("columns", layout.columns))
    if layout.constants:
        lines.append(_key("constants", layout.constants))
    lines += [
        _key(f"values.{column}", dict(zip(codes.values(), codes, strict=True)))
        for column, codes in layout.values.items()
    ]
    return lines


def _key(name: str, value: object) -> str:
    return f"{name} = {_value(value)}"


def _value(value: object) -> str:
    """A value as TOML; JSON's quotation of text is also TOML's.

    >>> _value({"Y": "true", "S&LT": "Speech"})
    '{ Y = true, "S&LT" = "Speech" }'
    """
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_bare(key)} = {_value(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(_value(item) for item in value) + "]"
    if isinstance(value, date):
        return value.isoformat()
    if value in ("true", "false"):
        return str(value)
    return json.dumps(value, ensure_ascii=False)


def _bare(key: str) -> str:
    plain = key.replace("_", "").replace("-", "")
    return key if plain.isascii() and plain.isalnum() else json.dumps(key, ensure_ascii=False)
