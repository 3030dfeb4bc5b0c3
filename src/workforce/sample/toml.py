"""The area.toml of a written sample: it names the files that were written and says how to read them.

Promises: valid TOML in the order of the organisations, the same bytes each time. Refuses: nothing.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from workforce.sample.area import Area
from workforce.sample.design import CASEWORK_ROLES, COUNTY, Member
from workforce.sample.layout import Layout

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

[[decisions]]
question = "keeping"
decision = "Whether to fund a retention offer for the staff groups that lose most in their first two years"
owner = "Chair of the workforce board"
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
        _AGREED.rstrip(),
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
