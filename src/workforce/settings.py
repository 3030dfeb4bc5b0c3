"""Settings: one area.toml for each local area, read into a frozen, closed model.

Promises: whatever `load_settings` returns can be worked with: every table, column, role of a file and path in it has been checked, and
the columns that a table cannot do without are mapped. Refuses: unknown keys, with the nearest known one, and every contradiction, by file
and key path (`organisations.council.files[0].columns`). Texts hold key names, never what stands behind them.
"""

import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Final, get_args

from pydantic import BaseModel, Field, PrivateAttr, ValidationError

from workforce.errors import Phrase, SettingsError, UsageError, did_you_mean
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
    "Settings",
    "SourceFile",
    "Target",
    "key_path",
    "load_settings",
]


class Settings(BaseModel):
    """Everything an area.toml says. Made by `load_settings`.

    roles: the partnership's common list of roles, each with the organisations' own names of it.
    """

    model_config = CLOSED
    area: Area
    organisations: Annotated[dict[Slug, Organisation], Field(min_length=1)]
    disclosure: Disclosure = Disclosure()
    casework: Casework = Casework()
    targets: tuple[Target, ...] = ()
    decisions: tuple[Decision, ...] = ()
    kpis: tuple[Kpi, ...] = ()
    costs: Costs = Costs()
    roles: dict[Name, tuple[Name, ...]] = {}
    _path: Path = PrivateAttr(default=Path("area.toml"))

    @property
    def path(self) -> Path:
        """The area.toml that was read."""
        return self._path

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
    content = _parsed(place)
    try:
        settings = Settings.model_validate(content)
    except ValidationError as error:
        problem = _first_fault(error, place.name)
    else:
        settings._path = place
        check_contradictions(settings)
        return settings
    raise problem


def _parsed(place: Path) -> dict[str, Any]:
    if place.is_dir():
        raise SettingsError(
            "this is a folder", where="{folder}", hint="give the path of the area.toml in it", folder=place
        )
    if not place.exists():
        raise SettingsError(
            "there is no such file", where="{folder}", hint="give the path of an area.toml", folder=place
        )
    try:
        return tomllib.loads(place.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError:
        raise SettingsError(
            "the file is not UTF-8 text", where="{file}", hint="save it as UTF-8", file=place.name
        ) from None
    except OSError:
        raise SettingsError(
            "the file cannot be opened", where="{file}", hint="check its permissions", file=place.name
        ) from None
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"at line (\d+)", str(error))
        where = f"{place.name}, line {found[1]}" if found else f"{place.name}, at its end"
    # Raised here, outside the handler: the parser's own message can quote what stands on the line.
    raise SettingsError(
        "this is not valid TOML",
        where="{place}",
        hint="look there, or on the line above, for an unclosed quotation mark or bracket, a key given twice, or text without quotes",
        place=where,
    )


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
