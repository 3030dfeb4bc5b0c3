"""The tables of an area.toml: one frozen, closed model for each, and `Settings`, which holds them all.

TOML's own types are kept, and an unknown key is an error.
"""

import codecs
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    PrivateAttr,
    StrictBool,
    StrictInt,
    StrictStr,
    StringConstraints,
    Tag,
)

from workforce.book.constants import GROUP_SIZE
from workforce.errors import UsageError, did_you_mean
from workforce.sealed import MATERIAL

Audience = Literal["board", "internal"]
Question = Literal["keeping", "recruiting", "leaving", "absence", "casework", "pay", "uncertainty"]
OrganisationKind = Literal["council", "nhs", "schools", "icb", "other"]
Numbers = Literal["plain", "thousands", "currency"]
Better = Literal["higher", "lower"]
EndDates = Literal["inclusive", "exclusive"]

# pydantic would take "12" for a number and 20170401 for a number of seconds since 1970; TOML has types of its own, so they are kept.
Amount = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Limit = Annotated[Amount, Field(gt=0)]
Day = Annotated[date, Field(strict=True)]
Cell = StrictStr | StrictBool | StrictInt | Amount | Day
Name = Annotated[
    StrictStr, StringConstraints(strip_whitespace=True, min_length=1)
]  # a blank at its end is no part of it
_ONE, _BY_ROLE = "[number]", "[table]"
# Which of the two it is decides what is wrong with it; no key can be called like the tags.
Limits = Annotated[
    Annotated[Limit, Tag(_ONE)] | Annotated[dict[Name, Limit], Tag(_BY_ROLE)],
    Discriminator(lambda value: _BY_ROLE if isinstance(value, dict) else _ONE),
]
Slug = Annotated[StrictStr, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")]

CLOSED: Final = ConfigDict(extra="forbid", frozen=True)
KINDS: Final = ("csv", "xlsx", "parquet", "xml")
ENCODINGS: Final = ("utf-8", "utf-8-sig", "utf-16", "cp1252", "iso8859-1")


class Area(BaseModel):
    """The local area: how it is printed, where its reports go, and the month that is reported when none is asked for."""

    model_config = CLOSED
    name: Name
    slug: Slug
    month: Annotated[StrictStr, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")]
    localities: tuple[Name, ...] = ()
    local_authority: Name | None = None
    key_file: Name | None = None
    fictional: StrictBool = False


class Disclosure(BaseModel):
    """For whom a report is made unless told otherwise, the group size agreed between the partners, and the folder of private records.

    Attributes
    ----------
    audience
        "board" or "internal".
    group_size
        People.
    ledger
        A folder, as seen from the settings; without it one next to the folder of reports.
    """

    model_config = CLOSED
    audience: Audience = "board"
    group_size: Annotated[StrictInt, Field(ge=2)] = GROUP_SIZE
    ledger: Name | None = None


class Casework(BaseModel):
    """The agreed caseload limit, the roles that hold cases, and the activities that are core casework.

    Attributes
    ----------
    caseload_limit
        Cases per FTE: one number for every role, or a number for each role that has one, such as ``{ "SEND caseworker" = 25 }``.
    caseworker_roles
        Common names of roles.
    weights
        What a case of each type counts for; a type that is not named counts 1.
    core_activities
        As the table `hours` names them.
    """

    model_config = CLOSED
    caseload_limit: Limits | None = None
    caseworker_roles: tuple[Name, ...] = ()
    weights: dict[Name, Annotated[Amount, Field(ge=0)]] = {}
    core_activities: tuple[Name, ...] = ()

    @property
    def shared_limit(self) -> float | None:
        """The limit of every caseworker role, which a chart of all of them may draw; None where their limits differ or one has none.

        >>> Casework(caseload_limit=25.0).shared_limit, Casework(caseload_limit={"SEND caseworker": 25.0}).shared_limit
        (25.0, None)
        """
        return self.limit_for(self.caseworker_roles)

    def limit_for(self, roles: Sequence[str]) -> float | None:
        """The limit that all of some roles share; None where their limits differ or one has none.

        >>> limits = Casework(caseload_limit={"SEND caseworker": 25.0, "Social worker": 18.0})
        >>> limits.limit_for(["SEND caseworker"]), limits.limit_for(["SEND caseworker", "Social worker"])
        (25.0, None)
        """
        if not isinstance(self.caseload_limit, dict):
            return self.caseload_limit
        limits = {self.caseload_limit.get(role) for role in roles}
        return limits.pop() if len(limits) == 1 else None


class Refusals(BaseModel):
    """How much of a file may be refused: a file that loses more than this share of its rows, and at least so many, is not used."""

    model_config = CLOSED
    share: Annotated[Amount, Field(ge=0, le=1)] = 0.02
    rows: Annotated[StrictInt, Field(ge=1)] = 5


class Report(BaseModel):
    """What a report mentions: a change of less than this share of the earlier figure is none that is worth a mention."""

    model_config = CLOSED
    material: Annotated[Amount, Field(ge=0, lt=1)] = MATERIAL


class Target(BaseModel):
    """An agreed target of one measure by one definition, in the measure's unit; `roles` are those of the KPI that it is for."""

    model_config = CLOSED
    measure: Name
    definition: Name
    value: Amount
    source: Name | None = None
    roles: tuple[Name, ...] = ()


class Kpi(BaseModel):
    """One line of the partnership's list of key indicators.

    Its target is the one under [[targets]] for the same measure, definition and roles; without one, the target that names no roles.

    Attributes
    ----------
    measure, definition
        As in the measure book, or of the organisations' own counts.
    roles
        Common names of the roles that a caseload or changes of worker are about: one profession, with its own target and owner. Without
        them the KPI has a line for each profession that holds cases, and its target and owner count only where there is one profession.
    owner
        A role, not a person.
    name
        As printed; without it the measure book's words.
    better
        Which way is good; needed where the measure book does not say.
    amber
        How far on the wrong side of the target is amber and not yet red, in the measure's unit.
    """

    model_config = CLOSED
    measure: Name
    definition: Name
    owner: Name
    roles: tuple[Name, ...] = ()
    name: Name | None = None
    better: Better | None = None
    amber: Annotated[Amount, Field(ge=0)] = 0.0


class Costs(BaseModel):
    """The area's own unit costs, in pounds; what is not given is not costed, because nothing is assumed.

    Attributes
    ----------
    leaver
        Replacing one.
    agency_fte, employed_fte
        One full-time equivalent for a year, with fees or employer's costs.
    source
        Where the costs come from, as printed.
    """

    model_config = CLOSED
    leaver: Annotated[Amount, Field(gt=0)] | None = None
    agency_fte: Annotated[Amount, Field(gt=0)] | None = None
    employed_fte: Annotated[Amount, Field(gt=0)] | None = None
    source: Name | None = None


Share = Annotated[Amount, Field(ge=0, le=1)]


class ScenarioPlan(BaseModel):
    """Something that could be done about a queue; the levers are those of `wf.forecast.Scenario`.

    Attributes
    ----------
    name
        As printed.
    recruit
        Further posts, in FTE.
    retain, reduce_demand, cut_sickness
        The share of leavers who stay instead, of requests that do not come, of sickness that is avoided.
    end_agency, late_first
        Whether agency cover ends; whether the oldest requests are closed first.
    cost
        Pounds a year besides the pay of staff; what is not given is not costed.
    """

    model_config = CLOSED
    name: Name
    recruit: Annotated[Amount, Field(ge=0)] = 0.0
    retain: Share = 0.0
    reduce_demand: Share = 0.0
    cut_sickness: Share = 0.0
    end_agency: StrictBool = False
    late_first: StrictBool = False
    cost: Annotated[Amount, Field(ge=0)] | None = None


class Decision(BaseModel):
    """What the board is asked to decide under one question; the owner is a role, not a person."""

    model_config = CLOSED
    question: Question
    decision: Name
    owner: Name
    due: Day


class SourceFile(BaseModel):
    """One file of an organisation, and how its columns and values become ours.

    Attributes
    ----------
    path, table
        The file, from the folder of area.toml, and the canonical table that it fills.
    columns
        Our column = their header.
    values
        Our column = {their value = ours}; an empty text on the right means "no value".
    constants
        Our column = one value for the whole file.
    sheet
        Of a workbook; the first sheet where none is named.
    record
        Of a .xml file, the element that is a row; the headers are then the elements in it.
    encoding, separator
        Of a .csv file.
    date_format, numbers
        How dates are written, and how numbers are written beyond 1234.5.
    skip_rows
        Rows before the header.
    nulls
        Texts that mean "no value", in addition to the common ones (NULL, N/A, #N/A, -).
    end_dates
        "exclusive" where the file gives the day after the last day.
    century
        The first year that two digits can mean (1930: from 1930 to 2029).
    id_digits
        How many digits the numbers of people and cases have; those that lost their leading zeros get them back.
    """

    model_config = CLOSED
    path: Name
    table: Name
    columns: dict[str, Name]
    values: dict[str, dict[str, Cell]] = {}
    constants: dict[str, Cell] = {}
    sheet: Name | None = None
    record: Name | None = None
    encoding: Name = "utf-8"
    separator: Annotated[StrictStr, Field(min_length=1, max_length=1)] = ","
    date_format: Name = "%Y-%m-%d"
    numbers: Numbers = "plain"
    skip_rows: Annotated[StrictInt, Field(ge=0)] = 0
    nulls: tuple[Name, ...] = ()
    end_dates: EndDates = "inclusive"
    century: Annotated[StrictInt, Field(ge=1900, le=2000)] | None = None
    id_digits: Annotated[StrictInt, Field(ge=1, le=20)] | None = None

    @property
    def kind(self) -> str:
        """What the file is, by its name: csv, xlsx, parquet or xml."""
        return Path(self.path).suffix.lower().removeprefix(".")

    @property
    def codec(self) -> str | None:
        """The encoding of a .csv file by its common name (latin-1 and iso-8859-1 are one), or none where it is not read."""
        try:
            name = codecs.lookup(self.encoding).name
        except (LookupError, ValueError):
            return None
        return name if name in ENCODINGS else None

    @property
    def source(self) -> str:
        """How messages and the data-quality page call the file."""
        return f"{self.path}, sheet {self.sheet}" if self.sheet else self.path


class Organisation(BaseModel):
    """A partner body, the days that its records cover, and its files.

    Attributes
    ----------
    name, kind
        As printed, and what kind of body it is.
    records_from, records_to
        The first and the last day that its records cover.
    id_scheme
        People and cases of two organisations are the same only where both name the same scheme; by default each has its own.
    files
        Its files.
    """

    model_config = CLOSED
    name: Name
    kind: OrganisationKind
    records_from: Day | None = None
    records_to: Day | None = None
    id_scheme: Name | None = None
    files: tuple[SourceFile, ...] = ()


class Settings(BaseModel):
    """Everything an area.toml says. Made by `load_settings`.

    Attributes
    ----------
    area, organisations, disclosure, casework, refusals, report, costs
        The tables of the same names; organisations by their slugs.
    targets, decisions, kpis, scenarios
        The lists of the same names.
    roles
        The partnership's common list of roles, each with the organisations' own names of it.
    """

    model_config = CLOSED
    area: Area
    organisations: Annotated[dict[Slug, Organisation], Field(min_length=1)]
    disclosure: Disclosure = Disclosure()
    casework: Casework = Casework()
    refusals: Refusals = Refusals()
    report: Report = Report()
    targets: tuple[Target, ...] = ()
    decisions: tuple[Decision, ...] = ()
    kpis: tuple[Kpi, ...] = ()
    scenarios: tuple[ScenarioPlan, ...] = ()
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

    def target(self, measure: str, definition: str, roles: Sequence[str] = ()) -> Target | None:
        """The agreed target of a measure for some roles, in any order, or none; the target that names no roles is for any."""
        targets = {frozenset(t.roles): t for t in self.targets if (t.measure, t.definition) == (measure, definition)}
        return targets.get(frozenset(roles)) or targets.get(frozenset())

    def target_value(self, measure: str, definition: str, roles: Sequence[str] = ()) -> float | None:
        """The agreed target of a measure in its unit, or none where none was agreed."""
        target = self.target(measure, definition, roles)
        return target.value if target else None

    def decision(self, question: Question) -> Decision | None:
        """The decision sought under a question, or none where none was set."""
        return next((d for d in self.decisions if d.question == question), None)

    @property
    def common_roles(self) -> dict[str, str]:
        """The common name of every role that has one, by the names that organisations use, and by itself."""
        return {title: role for role, titles in self.roles.items() for title in (role, *titles)}

    def id_scheme(self, slug: str) -> str:
        """The scheme that an organisation's numbers belong to."""
        return self.organisation(slug).id_scheme or slug

    def only(self, slug: str) -> "Settings":
        """The same settings with one organisation."""
        return self.model_copy(update={"organisations": {slug: self.organisation(slug)}})
