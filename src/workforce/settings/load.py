"""Reading an area.toml into `Settings`, and what its tables must agree on with each other and with the canonical tables.

Unknown keys and contradictions are refused by file and key path (`organisations.council.files[0].columns`), with the nearest known name.
Texts hold key names, never their values. A file whose settings lack a required column is not used, like one that lacks it itself.
"""

import os
import re
import tomllib
from collections.abc import Hashable, Iterator, Sequence
from datetime import date
from difflib import get_close_matches
from hashlib import sha256
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any, Final, get_args

import polars as pl
from pydantic import BaseModel, ValidationError

from workforce.book import definition_of, measure_book
from workforce.errors import Phrase, SettingsError, UsageError, did_you_mean
from workforce.file_bytes import LARGEST_SETTINGS, NotReadError, bytes_of
from workforce.schemas import ENDS, TABLES
from workforce.settings.models import ENCODINGS, KINDS, Organisation, Settings, SourceFile

DEEPEST: Final = 20
"""Brackets within brackets that a settings file may have; those in use have four."""

_QUOTED: Final = re.compile(r'"(?:[^"\\]|\\.)*"|\'[^\']*\'')
_BRACKET: Final = re.compile(r"[\[\]{}]")
_WITHOUT_ROWS_ABOVE: Final = ("parquet", "xml")
# Filled from the settings of the organisation or from what was refused, so no file may claim them.
_FROM_SETTINGS: Final = {
    "organisation": "the organisation is the key above the file",
    "observed_from": "set records_from of the organisation",
    "observed_to": "set records_to of the organisation",
    "known_from": "it follows from the rows that are refused",
    "known_to": "it follows from the rows that are refused",
}
_REPEATED: Final = {
    "organisations": "two organisations have the same name",
    "decisions": "two decisions answer one question",
    "targets": "one measure has two targets",
    "kpis": "one measure is listed twice",
    "roles": "a role has two common names",
    "scenarios": "two scenarios have the same name, or one is called as things are now",
    "area.localities": "a locality is named twice",
}
_NO_KEYS: Final = ("[key]", "[number]", "[table]")  # steps of a fault's place that are no keys of the file
_SLIP: Final = 0.7  # a name this similar (difflib) to one of the measure book is a typing error
_A_DAY: Final = date(2021, 12, 31)  # day, month and year cannot be mistaken for each other


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
        _check_contradictions(settings)
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
        line = re.search(r"at line (\d+)", str(error))
        where = f"{name}, line {line[1]}" if line else f"{name}, at its end"
    except (ValueError, RecursionError):  # a number of thousands of digits, a date such as 31 February
        where = name
    # Raised here, outside the handler: the parser's own message can quote the line.
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
    steps = [step for step in first["loc"] if step not in _NO_KEYS]
    if {"constants", "values"} & set(steps) and first["type"].endswith("_type"):
        steps.pop()  # the name of the type that was tried, not a key
    key = next((str(s) for s in reversed(steps) if isinstance(s, str)), "")
    if first["type"] == "extra_forbidden":
        what, hint = Phrase("unknown key"), did_you_mean(key, _keys_of(steps[:-1]))
    elif first["type"] == "missing":
        what, hint = Phrase("this key is missing"), Phrase(_ADVICE.get(key, "add it"))
    elif first["type"] == "string_pattern_mismatch":
        what, hint = Phrase("this cannot be used"), Phrase(_ADVICE.get(key, _ADVICE["organisations"]))
    else:
        what = Phrase("{message}", message=first["msg"][:1].lower() + first["msg"][1:])
        hint = Phrase(_ADVICE.get(key, "see data/README.md for the keys of an area.toml"))
    return SettingsError(
        "{fault} (and {others} more to fix)" if len(faults) > 1 else "{fault}",
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
    path = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)
    return path.removeprefix(".")


def _keys_of(steps: list[int | str]) -> list[str]:
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
    return next((m for argument in get_args(annotation) if (m := _model_within(argument)) is not None), None)


def _check_contradictions(settings: Settings) -> None:
    """Raise a SettingsError for the first thing in the settings that cannot be."""
    name = settings.path.name
    _check_lists(settings, name)
    _check_roles(settings, name)
    for slug, body in settings.organisations.items():
        _check_organisation(body, f"{name}, organisations.{slug}")
        for position, file in enumerate(body.files):
            _check_file(file, settings.folder, f"{name}, organisations.{slug}.files[{position}]")
    if not any(body.files for body in settings.organisations.values()):
        raise SettingsError(
            "no organisation has a file",
            where="{name}, organisations",
            hint="add [[organisations.<slug>.files]]",
            name=name,
        )


def _check_lists(settings: Settings, name: str) -> None:
    # What an organisation counts itself is in the measure book only once its file is read.
    counts_itself = any(file.table == "counts" for body in settings.organisations.values() for file in body.files)
    in_the_book = measure_book().measures
    # Without the file, an indicator of which the settings say which way is better is listed as not recorded, unless its name is a slip.
    not_recorded = {
        k.measure for k in settings.kpis if k.better and not get_close_matches(k.measure, in_the_book, 1, _SLIP)
    }
    sought = [(f"targets[{n}]", t.measure, t.definition) for n, t in enumerate(settings.targets)]
    sought += [(f"kpis[{n}]", k.measure, k.definition) for n, k in enumerate(settings.kpis)]
    for key, measure, definition in sought:
        if measure not in in_the_book and (counts_itself or measure in not_recorded):
            continue
        try:
            definition_of(measure, definition)
        except UsageError as error:
            raise SettingsError(
                error.parts.what, where="{name}, {key}", hint=error.parts.hint, name=name, key=key
            ) from None
    _check_directions(settings, name)
    lists: dict[str, Sequence[Hashable]] = {
        "organisations": [body.name for body in settings.organisations.values()],
        "decisions": [decision.question for decision in settings.decisions],
        "roles": [title for titles in settings.roles.values() for title in titles] + list(settings.roles),
        "area.localities": list(settings.area.localities),
        "scenarios": ["as now", *(scenario.name for scenario in settings.scenarios)],
    }
    _check_listed_once("targets", [(t.measure, t.definition, frozenset(t.roles)) for t in settings.targets], name)
    _check_listed_once("kpis", [(kpi.measure, kpi.definition, frozenset(kpi.roles)) for kpi in settings.kpis], name)
    for key, entries in lists.items():
        if len(set(entries)) != len(entries):
            raise SettingsError(_REPEATED[key], where="{name}, {key}", hint="keep one of them", name=name, key=key)


def _check_listed_once(key: str, entries: Sequence[tuple[str, str, frozenset[str]]], name: str) -> None:
    """A measure and definition, of the same roles, is listed once: the second entry is named."""
    for position, (measure, definition, roles) in enumerate(entries):
        if (measure, definition, roles) in entries[:position]:
            raise SettingsError(
                _REPEATED[key],
                where="{name}, {key}[{position}]: {measure}, {definition}",
                hint="keep one of them",
                name=name,
                key=key,
                position=position,
                measure=measure,
                definition=definition,
            )


def _check_roles(settings: Settings, name: str) -> None:
    """A role that the common list gives another name would be found in no record."""
    common = settings.common_roles
    lists = {"casework.caseworker_roles": settings.casework.caseworker_roles}
    if isinstance(settings.casework.caseload_limit, dict):
        _check_limits(settings, name)
    lists |= {f"kpis[{n}].roles": kpi.roles for n, kpi in enumerate(settings.kpis)}
    lists |= {f"targets[{n}].roles": target.roles for n, target in enumerate(settings.targets)}
    for key, roles in lists.items():
        for position, role in enumerate(roles):
            if common.get(role, role) != role:
                raise SettingsError(
                    "this is an organisation's own name of a role, which records no longer have once they are read",
                    where="{name}, {key}[{position}]",
                    hint="write its common role, which is the key in [roles]",
                    name=name,
                    key=key,
                    position=position,
                )
    _check_professions(settings, name)


def _check_limits(settings: Settings, name: str) -> None:
    """A limit of a role that holds no cases would be nobody's; without caseworkers it waits for them."""
    limits = settings.casework.caseload_limit
    for role in limits if isinstance(limits, dict) and settings.casework.caseworker_roles else ():
        if role not in settings.casework.caseworker_roles:
            raise SettingsError(
                "caseload_limit names a role that is not under caseworker_roles",
                where="{name}, casework.caseload_limit",
                hint="add it to caseworker_roles, or write its common name",
                name=name,
            )


def _check_professions(settings: Settings, name: str) -> None:
    """Each target of a caseload or of changes of worker is of one profession, that of a KPI of its measure where there is any."""
    roles_of: dict[tuple[str, str], list[frozenset[str]]] = {}
    for position, kpi in enumerate(settings.kpis):
        key = (kpi.measure, kpi.definition)
        roles_of.setdefault(key, []).append(frozenset(kpi.roles))
        recipe = measure_book().recipes.get(key)
        if kpi.roles and not (recipe and recipe.by_profession):
            raise SettingsError(
                "this measure is not of single roles",
                where="{name}, kpis[{position}].roles",
                hint="remove roles; caseload, caseload_distribution and continuity have them",
                name=name,
                position=position,
            )
    for key, listed in roles_of.items():
        if len(listed) > 1 and frozenset() in listed:
            position = [(kpi.measure, kpi.definition, kpi.roles) for kpi in settings.kpis].index((*key, ()))
            raise SettingsError(
                "another KPI of this measure names roles, and this one does not",
                where="{name}, kpis[{position}]",
                hint='add roles = [...] to this one too, such as roles = ["SEND caseworker"]',
                name=name,
                position=position,
            )
    with_target = {(target.measure, target.definition, frozenset(target.roles)) for target in settings.targets}
    for position, target in enumerate(settings.targets):
        key = (target.measure, target.definition)
        listed = roles_of.get(key, [])
        # A target may stand without its indicator; one beside an indicator without a target was meant for it.
        without_target = [roles for roles in listed if (*key, roles) not in with_target]
        if target.roles and without_target and frozenset(target.roles) not in listed:
            raise SettingsError(
                "no KPI of this measure has these roles",
                where="{name}, targets[{position}].roles",
                hint="give the KPI and its target the same roles",
                name=name,
                position=position,
            )
        if not target.roles and len(listed) > 1:
            raise SettingsError(
                "several KPIs of this measure name roles, and its target does not say whose it is",
                where="{name}, targets[{position}]",
                hint="add the roles of one of them, and a target for each of the others that has one",
                name=name,
                position=position,
            )


def _check_directions(settings: Settings, name: str) -> None:
    """Every key indicator has a good side, and it is the measure book's where the book has one: a page must not call one rise both."""
    for position, kpi in enumerate(settings.kpis):
        book = measure_book().definitions.get((kpi.measure, kpi.definition))
        better = book.better if book else None
        if better is None and kpi.better is None:
            raise SettingsError(
                "the measure book does not say which way is better",
                where="{name}, kpis[{position}].better",
                hint='set better = "higher" or better = "lower" for this KPI',
                name=name,
                position=position,
            )
        if better is not None and kpi.better not in (None, better):
            raise SettingsError(
                "the measure book says that {better} is better",
                where="{name}, kpis[{position}].better",
                hint="remove it, or list another measure",
                better=better,
                name=name,
                position=position,
            )


def _check_organisation(body: Organisation, where: str) -> None:
    if body.records_from and body.records_to and body.records_to < body.records_from:
        raise SettingsError(
            "the records end before they begin",
            where="{place}.records_to",
            hint="give the first day, then the last",
            place=where,
        )


def _check_file(file: SourceFile, folder: Path, where: str) -> None:
    if file.kind not in KINDS:
        raise SettingsError(
            "this kind of file cannot be read",
            where="{place}.path",
            hint="use a file ending in .csv, .xlsx, .parquet or .xml",
            place=where,
        )
    if _leaves(file.path, folder):
        raise SettingsError(
            "the path leaves the folder of the settings",
            where="{place}.path",
            hint="put the file in a folder next to area.toml, and write its path with /",
            place=where,
        )
    if file.table not in TABLES:
        raise SettingsError(
            'there is no table "{table}"',
            where="{place}.table",
            hint=did_you_mean(file.table, list(TABLES)),
            table=file.table,
            place=where,
        )
    _check_options(file, where)
    _check_columns(file, where)
    _check_values(file, where)


def _leaves(path: str, folder: Path) -> bool:
    windows, posix = PureWindowsPath(path), PurePosixPath(path)
    if "\\" in path or "\0" in path or posix.is_absolute() or windows.drive or windows.root or ".." in posix.parts:
        return True
    root = Path(os.path.realpath(folder))
    return not Path(os.path.realpath(folder / path)).is_relative_to(root)  # a link can lead out, too


def _check_options(file: SourceFile, where: str) -> None:
    belongs = {"sheet": "xlsx", "encoding": "csv", "separator": "csv", "record": "xml"}
    for option, kind in belongs.items():
        if option in file.model_fields_set and file.kind != kind:
            raise SettingsError(
                "only .{kind} files have this",
                where="{place}.{option}",
                hint="remove it, or read a .{kind} file",
                kind=kind,
                place=where,
                option=option,
            )
    if file.kind in _WITHOUT_ROWS_ABOVE and file.skip_rows:
        raise SettingsError(
            "a .{kind} file has no rows before its header",
            where="{place}.skip_rows",
            hint="remove it",
            kind=file.kind,
            place=where,
        )
    if (
        file.end_dates == "exclusive"
        and file.table not in ENDS
        and "period_end" not in TABLES[file.table].column_names()
    ):
        raise SettingsError(
            "the table {table} has no end dates",
            where="{place}.end_dates",
            hint="remove it",
            table=file.table,
            place=where,
        )
    if file.kind == "xml" and file.record is None:
        raise SettingsError(
            "a .xml file needs the name of the element that is a row",
            where="{place}.record",
            hint='such as record = "CSWWWorker" for the social work return',
            place=where,
        )
    if file.kind == "csv" and (not file.separator.isascii() or file.separator in '"\r\n'):
        raise SettingsError(
            "this cannot separate cells", where="{place}.separator", hint='use "," or ";" or a tab, "\\t"', place=where
        )
    if file.codec is None:
        raise SettingsError(
            "this encoding is not read",
            where="{place}.encoding",
            hint="known: {encodings}",
            place=where,
            encodings=sorted(ENCODINGS),
        )
    try:
        read_back = pl.Series([_A_DAY.strftime(file.date_format)]).str.to_date(file.date_format, strict=False).item()
    except (pl.exceptions.PolarsError, ValueError):
        read_back = None
    if read_back != _A_DAY:
        raise SettingsError(
            "dates cannot be read in this form",
            where="{place}.date_format",
            hint="write day, month and year as %d, %m and %Y, such as %d/%m/%Y",
            place=where,
        )


def _check_columns(file: SourceFile, where: str) -> None:
    names = [c for c in TABLES[file.table].column_names() if c not in _FROM_SETTINGS]
    for key in ("columns", "values", "constants"):
        for column in getattr(file, key):
            if column in _FROM_SETTINGS:
                raise SettingsError(
                    "no file supplies this column",
                    where="{place}.{key}.{column}",
                    hint=_FROM_SETTINGS[column],
                    place=where,
                    key=key,
                    column=column,
                )
            if column not in names:
                raise SettingsError(
                    "the table {table} has no such column",
                    where="{place}.{key}.{column}",
                    hint=did_you_mean(column, names),
                    table=file.table,
                    place=where,
                    key=key,
                    column=column,
                )
    filled_twice = sorted(set(file.columns) & set(file.constants))
    if filled_twice:
        raise SettingsError(
            "columns and constants both fill {columns}",
            where="{place}.constants",
            hint="keep one of them",
            columns=filled_twice,
            place=where,
        )


def _check_values(file: SourceFile, where: str) -> None:
    for key, column, cells in _ours(file):
        accepts = TABLES[file.table].columns()[column].check
        if not isinstance(accepts, dict) or not cells:
            continue
        frame = pl.DataFrame({column: cells}, schema={column: pl.String}).filter(pl.col(column) != "")
        if not all(frame.select(rule(pl.col(column)).all()).item() for rule in accepts.values()):
            raise SettingsError(
                "not every value on the right is one that this column can hold",
                where="{place}.{key}.{column}",
                hint="the column holds: {description}",
                place=where,
                key=key,
                column=column,
                description=TABLES[file.table].columns()[column].description,
            )


def _ours(file: SourceFile) -> Iterator[tuple[str, str, list[str]]]:
    for column, mapping in file.values.items():
        yield "values", column, [str(cell) for cell in mapping.values()]
    for column, cell in file.constants.items():
        yield "constants", column, [str(cell)]
