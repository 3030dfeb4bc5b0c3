"""Settings: one area.toml for each local area, read into a frozen, closed model.

Whatever `load_settings` returns can be worked with: every table, column, role of a file and path in it has been checked. Unknown keys and
contradictions are refused by file and key path (`organisations.council.files[0].columns`), with the nearest known name. Texts hold key
names, never what stands behind them.
"""

import re
import tomllib
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Final, get_args

from pydantic import BaseModel, Field, PrivateAttr, ValidationError

from workforce.errors import Phrase, SettingsError, UsageError, did_you_mean
from workforce.file_bytes import LARGEST_SETTINGS, NotReadError, bytes_of
from workforce.settings_checks import check_contradictions
from workforce.settings_models import (
    CLOSED,
    Area,
    Audience,
    Casework,
    Costs,
    Decision,
    Disclosure,
    Kpi,
    Name,
    Organisation,
    OrganisationKind,
    Question,
    Refusals,
    Slug,
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
    "Settings",
    "SourceFile",
    "Target",
    "key_path",
    "load_settings",
]


DEEPEST: Final = 20
"""Brackets within brackets that a settings file may have; those in use have four."""

_QUOTED: Final = re.compile(r'"(?:[^"\\]|\\.)*"|\'[^\']*\'')
_BRACKET: Final = re.compile(r"[\[\]{}]")


class Settings(BaseModel):
    """Everything an area.toml says. Made by `load_settings`.

    roles: the partnership's common list of roles, each with the organisations' own names of it.
    """

    model_config = CLOSED
    area: Area
    organisations: Annotated[dict[Slug, Organisation], Field(min_length=1)]
    disclosure: Disclosure = Disclosure()
    casework: Casework = Casework()
    refusals: Refusals = Refusals()
    targets: tuple[Target, ...] = ()
    decisions: tuple[Decision, ...] = ()
    kpis: tuple[Kpi, ...] = ()
    costs: Costs = Costs()
    roles: dict[Name, tuple[Name, ...]] = {}
    _path: Path = PrivateAttr(default=Path("area.toml"))
    _read: tuple[str, int] = PrivateAttr(default=("", 0))

    @property
    def path(self) -> Path:
        """The area.toml that was read."""
        return self._path

    @property
    def checksum(self) -> tuple[str, int]:
        """The SHA-256 and the size of the bytes that were read."""
        return self._read

    @property
    def folder(self) -> Path:
        """The folder that paths of files start from."""
        return self._path.parent

    @property
    def organisation_names(self) -> dict[str, str]:
        """Printed names by slug, in the order of the settings."""
        return {slug: body.name for slug, body in self.organisations.items()}

    def organisation(self, slug: str) -> Organisation:
        """One partner body by its slug."""
        if slug not in self.organisations:
            raise UsageError(
                'there is no organisation "{slug}"', hint=did_you_mean(slug, list(self.organisations)), slug=slug
            )
        return self.organisations[slug]

    def supplied_by(self, table: str) -> tuple[str, ...]:
        """The organisations that supply a table, so that a report can say who does not."""
        return tuple(s for s, body in self.organisations.items() if any(f.table == table for f in body.files))

    def target(self, measure: str, definition: str) -> Target | None:
        """The agreed target of a measure, or none."""
        return next((t for t in self.targets if (t.measure, t.definition) == (measure, definition)), None)

    def target_value(self, measure: str, definition: str) -> float | None:
        """The agreed target of a measure in its unit, or none where none was agreed."""
        found = self.target(measure, definition)
        return found.value if found else None

    def decision(self, question: Question) -> Decision | None:
        """The decision sought under a question, or none where none was set."""
        return next((d for d in self.decisions if d.question == question), None)

    @property
    def common_roles(self) -> dict[str, str]:
        """The common name of every role that has one, by the names that organisations use; a common name stands for itself."""
        return {title: role for role, titles in self.roles.items() for title in (role, *titles)}

    def id_scheme(self, slug: str) -> str:
        """The scheme that an organisation's numbers belong to."""
        return self.organisation(slug).id_scheme or slug

    def only(self, slug: str) -> "Settings":
        """The same settings with one organisation."""
        return self.model_copy(update={"organisations": {slug: self.organisation(slug)}})


def load_settings(path: str | Path) -> Settings:
    """Read and check an area.toml.

    >>> from workforce.errors import SettingsError
    >>> try:
    ...     load_settings("nowhere/area.toml")
    ... except SettingsError as error:
    ...     print(error)
    nowhere/area.toml: there is no such file. Hint: give the path of an area.toml.
    """
    place = Path(path)
    content = _content(place)
    try:
        settings = Settings.model_validate(_parsed(content, place.name))
    except ValidationError as error:
        problem = _first_fault(error, place.name)
    else:
        settings._read = (sha256(content).hexdigest(), len(content))
        settings._path = place
        check_contradictions(settings)
        return settings
    raise problem


def _content(place: Path) -> bytes:
    try:
        return bytes_of(place, most=LARGEST_SETTINGS)
    except NotReadError as error:
        fault, hint, missing = error.fault, error.hint, error.missing
    if missing or place.is_dir():
        hint = Phrase("give the path of an area.toml" if missing else "give the path of the area.toml in it")
        raise SettingsError("{fault}", where="{folder}", hint="{advice}", fault=fault, folder=place, advice=hint)
    raise SettingsError("{fault}", where="{file}", hint="{advice}", fault=fault, file=place.name, advice=hint)


def _parsed(content: bytes, name: str) -> dict[str, Any]:
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError:
        raise SettingsError("the file is not UTF-8 text", where="{file}", hint="save it as UTF-8", file=name) from None
    if _too_deep(text):
        raise SettingsError(
            "brackets are more than {most} deep",
            where="{file}",
            hint="look for an unclosed bracket; no setting needs so many",
            most=DEEPEST,
            file=name,
        )
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"at line (\d+)", str(error))
        where = f"{name}, line {found[1]}" if found else f"{name}, at its end"
    except (ValueError, RecursionError):  # a number of thousands of digits, a date such as 31 February
        where = name
    # Raised here, outside the handler: the parser's own message can quote what stands on the line.
    raise SettingsError(
        "this is not valid TOML",
        where="{place}",
        hint="look there, or on the line above, for an unclosed quotation mark or bracket, a key given twice, or text without quotes",
        place=where,
    )


def _too_deep(text: str) -> bool:
    """Whether brackets are open within each other, or keys joined by points, more than `DEEPEST` times; what is in a text counts too.

    >>> _too_deep("a = [[1], [2]]"), _too_deep("a = " + 40 * "["), _too_deep("a." * 40 + "b = 1")
    (False, True, True)
    """
    depth = 0
    for line in text.splitlines():
        if line.partition("=")[0].count(".") > DEEPEST and '"' not in line.partition("=")[0]:
            return True
        for bracket in _BRACKET.findall(_QUOTED.sub("", line)):
            depth = depth + 1 if bracket in "[{" else max(depth - 1, 0)
            if depth > DEEPEST:
                return True
    return False


_ADVICE: Final = {
    "month": 'write it as year and month, such as "2023-03"',
    "slug": "use small letters, digits, - and _",
    "organisations": "the name of an organisation's table is its slug: use small letters, digits, - and _",
    "records_from": "write a date without quotation marks, such as 2017-04-01",
    "records_to": "write a date without quotation marks, such as 2023-03-31",
    "due": "write a date without quotation marks, such as 2023-06-30",
    "separator": 'one character, such as ";"',
    "columns": 'our column = "their header", such as start_date = "Start"',
}


def _first_fault(error: ValidationError, name: str) -> SettingsError:
    """The first fault of a settings file by its key path; pydantic's `input`, which holds values, is never touched."""
    faults = error.errors(include_url=False, include_context=False, include_input=False)
    # A key with a typing error is unknown and, often, missing under its right name: the first says what to do.
    first = next((fault for fault in faults if fault["type"] == "extra_forbidden"), faults[0])
    steps = [step for step in first["loc"] if step != "[key]"]
    if {"constants", "values"} & set(steps) and first["type"].endswith("_type"):
        steps.pop()  # the name of the type that was tried, not a key
    key = next((str(s) for s in reversed(steps) if isinstance(s, str)), "")
    if first["type"] == "extra_forbidden":
        known = _known_keys(steps[:-1])
        what, hint = Phrase("unknown key"), did_you_mean(key, known)
    elif first["type"] == "missing":
        what, hint = Phrase("this key is missing"), Phrase(_ADVICE.get(key, "add it"))
    elif first["type"] == "string_pattern_mismatch":
        what, hint = Phrase("this cannot be used"), Phrase(_ADVICE.get(key, _ADVICE["organisations"]))
    else:
        what = Phrase("{message}", message=first["msg"][:1].lower() + first["msg"][1:])
        hint = Phrase(_ADVICE.get(key, "see data/README.md for the keys of an area.toml"))
    return SettingsError(
        "{fault} (and {others} more to mend)" if len(faults) > 1 else "{fault}",
        where="{name}, {key}",
        hint="{advice}",
        fault=what,
        others=len(faults) - 1,
        name=name,
        key=key_path(steps),
        advice=hint,
    )


def key_path(steps: list[int | str]) -> str:
    """A key path as it is written in messages.

    >>> key_path(["organisations", "council", "files", 0, "columns"])
    'organisations.council.files[0].columns'
    """
    written = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)
    return written.removeprefix(".")


def _known_keys(steps: list[int | str]) -> list[str]:
    """The keys that a table of the settings may have, found by walking the models along the path."""
    model: type[BaseModel] = Settings
    for step in steps:
        if isinstance(step, str) and step in model.model_fields:
            nested = _model_within(model.model_fields[step].annotation)
            model = nested or model
    return list(model.model_fields)


def _model_within(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((m for part in get_args(annotation) if (m := _model_within(part)) is not None), None)
