"""What the parts of an area.toml must agree on with each other and with the canonical tables.

The first contradiction is told by its key path, with the nearest known word: unknown tables and columns, paths that leave the settings'
folder, options that do not belong to a kind of file. A file whose settings lack a required column is not used, as one that lacks it itself.
"""

import codecs
import os
from collections.abc import Hashable, Iterator, Sequence
from datetime import date
from difflib import get_close_matches
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING, Final

import polars as pl

from workforce.book import definition_of, measure_book
from workforce.errors import SettingsError, UsageError, did_you_mean
from workforce.schemas import ENDS, TABLES

if TYPE_CHECKING:
    from workforce.settings import Organisation, Settings, SourceFile

KINDS: Final = ("csv", "xlsx", "parquet", "xml")
_WITHOUT_ROWS_ABOVE: Final = ("parquet", "xml")
ENCODINGS: Final = ("utf-8", "utf-8-sig", "utf-16", "cp1252", "iso8859-1")
# Filled from the settings of the organisation or from what was refused, so no file may claim them.
FROM_SETTINGS: Final = {
    "organisation": "the organisation is the key that the file stands under",
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
    "area.localities": "a locality is named twice",
}
_SLIP: Final = (
    0.7  # how alike a name is to one of the measure book that is taken for a slip of the pen, as difflib counts
)
_A_DAY: Final = date(2021, 12, 31)  # day, month and year cannot be mistaken for each other


def check_contradictions(settings: "Settings") -> None:
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


def _check_lists(settings: "Settings", name: str) -> None:
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
        "targets": [(target.measure, target.definition) for target in settings.targets],
        "kpis": [(kpi.measure, kpi.definition) for kpi in settings.kpis],
        "roles": [title for titles in settings.roles.values() for title in titles] + list(settings.roles),
        "area.localities": list(settings.area.localities),
    }
    for key, entries in lists.items():
        if len(set(entries)) != len(entries):
            raise SettingsError(_REPEATED[key], where="{name}, {key}", hint="keep one of them", name=name, key=key)


def _check_roles(settings: "Settings", name: str) -> None:
    """A caseworker role that the common list gives another name would be found in no record."""
    common = settings.common_roles
    for position, role in enumerate(settings.casework.caseworker_roles):
        if common.get(role, role) != role:
            raise SettingsError(
                "this is an organisation's own name of a role, which records no longer have once they are read",
                where="{name}, casework.caseworker_roles[{position}]",
                hint="write the common role that it stands under in [roles]",
                name=name,
                position=position,
            )


def _check_directions(settings: "Settings", name: str) -> None:
    """Every key indicator has a good side, and it is the measure book's where the book has one: a page must not call one rise both."""
    for position, kpi in enumerate(settings.kpis):
        book = measure_book().definitions.get((kpi.measure, kpi.definition))
        known = book.better if book else None
        if known is None and kpi.better is None:
            raise SettingsError(
                "nobody says which way is good",
                where="{name}, kpis[{position}].better",
                hint='add better = "higher" or better = "lower"',
                name=name,
                position=position,
            )
        if known is not None and kpi.better not in (None, known):
            raise SettingsError(
                "the measure book has it that {known} is better",
                where="{name}, kpis[{position}].better",
                hint="remove it, or list another measure",
                known=known,
                name=name,
                position=position,
            )


def _check_organisation(body: "Organisation", where: str) -> None:
    if body.records_from and body.records_to and body.records_to < body.records_from:
        raise SettingsError(
            "the records end before they begin",
            where="{place}.records_to",
            hint="give the first day, then the last",
            place=where,
        )


def _check_file(file: "SourceFile", folder: Path, where: str) -> None:
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
            hint="put the file in a folder beside area.toml, and write its path with /",
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


def _check_options(file: "SourceFile", where: str) -> None:
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
    if encoding_of(file) is None:
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


def encoding_of(file: "SourceFile") -> str | None:
    """The encoding of a .csv file by its common name (latin-1 and iso-8859-1 are one), or none where it is not read."""
    try:
        known = codecs.lookup(file.encoding).name
    except (LookupError, ValueError):
        return None
    return known if known in ENCODINGS else None


def _check_columns(file: "SourceFile", where: str) -> None:
    known = [c for c in TABLES[file.table].column_names() if c not in FROM_SETTINGS]
    for key in ("columns", "values", "constants"):
        for column in getattr(file, key):
            if column in FROM_SETTINGS:
                raise SettingsError(
                    "no file supplies this column",
                    where="{place}.{key}.{column}",
                    hint=FROM_SETTINGS[column],
                    place=where,
                    key=key,
                    column=column,
                )
            if column not in known:
                raise SettingsError(
                    "the table {table} has no such column",
                    where="{place}.{key}.{column}",
                    hint=did_you_mean(column, known),
                    table=file.table,
                    place=where,
                    key=key,
                    column=column,
                )
    both = sorted(set(file.columns) & set(file.constants))
    if both:
        raise SettingsError(
            "columns and constants both fill {columns}",
            where="{place}.constants",
            hint="keep one of them",
            columns=both,
            place=where,
        )


def _check_values(file: "SourceFile", where: str) -> None:
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


def _ours(file: "SourceFile") -> Iterator[tuple[str, str, list[str]]]:
    for column, mapping in file.values.items():
        yield "values", column, [str(cell) for cell in mapping.values()]
    for column, cell in file.constants.items():
        yield "constants", column, [str(cell)]
