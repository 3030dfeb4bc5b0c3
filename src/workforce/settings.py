"""Settings: one area.toml for each local area, read into a frozen, closed model.

Promises: whatever `load_settings` returns can be worked with: every table, column, role of a file and path in it has been checked, and
the columns that a table cannot do without are mapped. Refuses: unknown keys, with the nearest known one, and every contradiction, by file
and key path (`organisations.council.files[0].columns`). Texts hold key names, never what stands behind them.
"""

import re
import tomllib
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Final, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, StrictBool, StrictInt, StrictStr, ValidationError

from workforce.errors import SettingsError, UsageError, did_you_mean
from workforce.settings_checks import check_contradictions

Audience = Literal["board", "internal"]
Question = Literal["keeping", "leaving", "absence", "casework", "pay", "uncertainty"]
OrganisationKind = Literal["council", "nhs", "schools", "icb", "other"]
Numbers = Literal["plain", "thousands", "currency"]

# pydantic would take "12" for a number and 20170401 for a number of seconds since 1970; TOML has types of its own, so they are kept.
Amount = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Day = Annotated[date, Field(strict=True)]
Cell = StrictStr | StrictBool | StrictInt | Amount | Day
Name = Annotated[StrictStr, Field(min_length=1)]
Slug = Annotated[StrictStr, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")]

_CLOSED: Final = ConfigDict(extra="forbid", frozen=True)


class Area(BaseModel):
    """The local area: how it is printed, where its reports go, and the month that is reported when none is asked for."""

    model_config = _CLOSED
    name: Name
    slug: Slug
    month: Annotated[StrictStr, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")]
    localities: tuple[Name, ...] = ()
    local_authority: Name | None = None
    key_file: Name | None = None
    fictional: StrictBool = False


class Disclosure(BaseModel):
    """For whom a report is made unless told otherwise, and the group size agreed between the partners."""

    model_config = _CLOSED
    audience: Audience = "board"
    group_size: Annotated[StrictInt, Field(ge=2)] = 5


class Casework(BaseModel):
    """The agreed caseload limit (cases per FTE) and the roles that hold cases."""

    model_config = _CLOSED
    caseload_limit: Annotated[Amount, Field(gt=0)] | None = None
    caseworker_roles: tuple[Name, ...] = ()
    weights: dict[Name, Annotated[Amount, Field(ge=0)]] = {}


class Target(BaseModel):
    """An agreed target of one measure by one definition, in the measure's unit."""

    model_config = _CLOSED
    measure: Name
    definition: Name
    value: Amount
    source: Name | None = None


class Decision(BaseModel):
    """What the board is asked to decide under one question; the owner is a role, not a person."""

    model_config = _CLOSED
    question: Question
    decision: Name
    owner: Name
    due: Day


class SourceFile(BaseModel):
    """One file of an organisation, and how its columns and values become ours.

    columns: our column = their header. values: our column = {their value = ours}; an empty text on the right means "no value".
    constants: our column = one value for the whole file. numbers: how numbers are written, beyond 1234.5.
    """

    model_config = _CLOSED
    path: Name
    table: Name
    columns: dict[str, Name]
    values: dict[str, dict[str, Cell]] = {}
    constants: dict[str, Cell] = {}
    sheet: Name | None = None
    encoding: Name = "utf-8"
    separator: Annotated[StrictStr, Field(min_length=1, max_length=1)] = ","
    date_format: Name = "%Y-%m-%d"
    numbers: Numbers = "plain"
    skip_rows: Annotated[StrictInt, Field(ge=0)] = 0

    @property
    def kind(self) -> str:
        """What the file is, by its name: csv, xlsx or parquet."""
        return Path(self.path).suffix.lower().removeprefix(".")

    @property
    def source(self) -> str:
        """How messages and the data-quality page call the file."""
        return f"{self.path}, sheet {self.sheet}" if self.sheet else self.path


class Organisation(BaseModel):
    """A partner body, the days that its records cover, and its files.

    id_scheme: people and cases of two organisations are the same only where both name the same scheme; by default each has its own.
    """

    model_config = _CLOSED
    name: Name
    kind: OrganisationKind
    records_from: Day | None = None
    records_to: Day | None = None
    id_scheme: Name | None = None
    files: tuple[SourceFile, ...] = ()


class Settings(BaseModel):
    """Everything an area.toml says. Made by `load_settings`."""

    model_config = _CLOSED
    area: Area
    organisations: Annotated[dict[Slug, Organisation], Field(min_length=1)]
    disclosure: Disclosure = Disclosure()
    casework: Casework = Casework()
    targets: tuple[Target, ...] = ()
    decisions: tuple[Decision, ...] = ()
    roles: dict[str, Name] = {}
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
            raise UsageError(f'there is no organisation "{slug}"', hint=did_you_mean(slug, list(self.organisations)))
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
        settings._path = place  # noqa: SLF001 - kept out of the model's fields, so that no area.toml can set it
        check_contradictions(settings)
        return settings
    raise problem


def _parsed(place: Path) -> dict[str, Any]:
    if place.is_dir():
        raise SettingsError("this is a folder", where=str(place), hint="give the path of the area.toml in it")
    if not place.exists():
        raise SettingsError("there is no such file", where=str(place), hint="give the path of an area.toml")
    try:
        return tomllib.loads(place.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError:
        raise SettingsError("the file is not UTF-8 text", where=place.name, hint="save it as UTF-8") from None
    except OSError:
        raise SettingsError("the file cannot be opened", where=place.name, hint="check its permissions") from None
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"at line (\d+)", str(error))
        where = f"{place.name}, line {found[1]}" if found else f"{place.name}, at its end"
    # Raised here, outside the handler: the parser's own message can quote what stands on the line.
    raise SettingsError(
        "this is not valid TOML",
        where=where,
        hint="look there, or on the line above, for an unclosed quotation mark or bracket, a key given twice, or text without quotes",
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
    more = f" (and {len(faults) - 1} more to mend)" if len(faults) > 1 else ""
    key = next((str(s) for s in reversed(steps) if isinstance(s, str)), "")
    if first["type"] == "extra_forbidden":
        known = _known_keys(steps[:-1])
        what, hint = "unknown key", did_you_mean(key, known)
    elif first["type"] == "missing":
        what, hint = "this key is missing", _ADVICE.get(key, "add it")
    elif first["type"] == "string_pattern_mismatch":
        what, hint = "this cannot be used", _ADVICE.get(key, _ADVICE["organisations"])
    else:
        what, hint = (
            first["msg"][:1].lower() + first["msg"][1:],
            _ADVICE.get(key, "see data/README.md for the keys of an area.toml"),
        )
    return SettingsError(what + more, where=f"{name}, {key_path(steps)}", hint=hint)


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
