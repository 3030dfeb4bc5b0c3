"""The sample as files, each organisation's in its own layout with a few bad rows, the area.toml that reads them, and a dictionary.

The same arguments and versions give the same bytes; nothing is overwritten unless asked.
"""

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

import polars as pl

from workforce.errors import EnvironmentFault, UsageError
from workforce.sample.area import Area, make_area
from workforce.sample.design import CASELOAD_LIMITS, CASEWORK_ROLES, COUNTY, TITLES, Member, common_roles
from workforce.sample.layouts import LAYOUTS, Layout
from workforce.sample.people import CORE
from workforce.schemas import KEYS, REQUIRED, TABLES

_ROWS_OF_A_SHEET: Final = 1_048_576
_WRITTEN: Final = datetime(2023, 4, 3, 9, 0)  # noqa: DTZ001 - stamped into workbooks, so that their bytes do not change
NO_SUCH_DAY: Final = "31/02/2022"
TWELVE: Final = 12.0


@dataclass(frozen=True, slots=True)
class Flaw:
    """So many bad rows of one kind in one file of one kind of organisation."""

    body: str
    path: str
    table: str
    rule: str
    rows: int = 1


FLAWS: Final = (
    Flaw("council", "staff.csv", "assignments", "a first day of 31/02/2022, which is no day"),
    Flaw("council", "staff.csv", "assignments", "an FTE of 12"),
    Flaw("council", "staff.csv", "assignments", "an end before the start"),
    Flaw("council", "staff.csv", "assignments", "the same row twice"),
    Flaw("council", "sickness.csv", "absences", "a first day of 31/02/2022, which is no day"),
    Flaw("council", "send_cases.csv", "cases", "closed before it was received"),
    Flaw("psychology", "staff.parquet", "assignments", "no start date"),
    Flaw("nhs", "esr_staff.csv", "assignments", "an FTE of 12"),
    Flaw("nhs", "esr_absence.csv", "absences", "an end before the start", 2),
    Flaw("nhs", "esr_absence.csv", "absences", "the same row twice"),
    Flaw("schools", "people.xlsx", "assignments", "an FTE of 12"),
)
_NEW_PERSON: Final = 9_990_001  # numbers that nobody has


def write_sample(
    folder: str | Path, *, staff: int = 1_500, organisations: int = 5, seed: int = 2023, overwrite: bool = False
) -> Path:
    """Write a sample partnership into a folder and return the path of its area.toml.

    Each organisation has a folder of its own. Some files hold a few bad rows on purpose (`FLAWS`). Refused: a folder
    that holds anything, unless `overwrite`, which empties the folder of the sample's own files first.
    """
    place = Path(folder)
    if place.exists() and not place.is_dir():
        raise UsageError("this is a file", where="{folder}", hint="give the name of a folder", folder=place)
    if place.is_dir() and any(place.iterdir()):
        if not overwrite:
            raise UsageError(
                "the folder is not empty", where="{folder}", hint="give the name of a new folder", folder=place
            )
        if not (place / "area.toml").exists():
            raise UsageError(
                "the folder holds other things than a sample",
                where="{folder}",
                hint="give the name of a new folder",
                folder=place,
            )
    area = make_area(staff=staff, organisations=organisations, seed=seed)
    plans = {member: _files(area, member) for member in area.members}
    try:
        for member, files in plans.items():
            home = place / member.slug
            if home.is_dir():
                shutil.rmtree(home)
            home.mkdir(parents=True)
            _write(home, files)
        (place / "area.toml").write_text(
            area_toml(area, {member: [layout for layout, _ in files] for member, files in plans.items()}),
            encoding="utf-8",
            newline="\n",
        )
    except OSError as error:
        raise EnvironmentFault(
            "the sample could not be written",
            where="{folder}",
            hint="{reason}" if error.strerror else None,
            folder=place,
            reason=error.strerror,
        ) from None
    return place / "area.toml"


def _files(area: Area, member: Member) -> list[tuple[Layout, pl.DataFrame]]:
    """Each file of an organisation that has rows, in its own words but still typed."""
    files = []
    for layout in LAYOUTS[member.body.slug]:
        rows = _rows(area, member, layout.table)
        for column, values in layout.only.items():
            rows = rows.filter(pl.col(column).is_in(values))
        if rows.height:
            rows = flawed(member.body.slug, layout.path, layout.table, rows) if member.block == 0 else rows
            if "role" in rows.columns:
                rows = rows.with_columns(pl.col("role").replace(TITLES[member.body.slug]))
            files.append((layout, _in_their_words(layout, rows)))
    return files


def _rows(area: Area, member: Member, table: str) -> pl.DataFrame:
    frame = area.frames[table]
    if table == "milestones":
        return frame.join(
            area.cases.filter(pl.col("organisation") == member.slug), on="case_id", how="semi", maintain_order="left"
        )
    if table == "pay_scales":
        # The lead council keeps the scales of all; further counties have none of their own.
        return frame if member.block == 0 else frame.clear()
    return frame.filter(pl.col("organisation") == member.slug)


def _in_their_words(layout: Layout, rows: pl.DataFrame) -> pl.DataFrame:
    """Their headers and codes; dates become text here where the file is text."""
    for column, codes in layout.values.items():
        rows = rows.with_columns(pl.col(column).cast(pl.String).replace(codes))
    text = layout.path.endswith(".csv")
    spelled = []
    for column, header in layout.columns.items():
        cell = pl.col(column)
        kind = rows.schema[column]
        if text and kind == pl.Date:
            shape = layout.date_format or "%Y-%m-%d"
            cell = cell.dt.strftime(shape)
            cell = cell.str.to_uppercase() if "%b" in shape else cell
            if "no_such_day" in rows.columns:
                cell = pl.when(pl.col("no_such_day") == column).then(pl.lit(NO_SUCH_DAY)).otherwise(cell)
        elif text and kind == pl.Float64:
            cell = _number(
                cell,
                pounds=layout.numbers == "currency" and column in ("annual_pay", "supplement"),
                grouped=layout.numbers != "plain",
            )
        spelled.append(cell.alias(header))
    return rows.select(spelled)


def _number(cell: pl.Expr, *, pounds: bool, grouped: bool) -> pl.Expr:
    """A number as these systems write it: 0.6, 37, 41,250, £41,250."""
    is_whole = cell == cell.round()
    text = pl.when(is_whole).then(cell.cast(pl.Int64, strict=False).cast(pl.String)).otherwise(cell.cast(pl.String))
    if grouped:
        text = text.str.replace(r"^(\d{1,3})(\d{3})$", "$1,$2")
    return pl.when(cell.is_not_null()).then(("£" + text) if pounds else text)


def _write(home: Path, files: Sequence[tuple[Layout, pl.DataFrame]]) -> None:
    books: dict[str, dict[str, pl.DataFrame]] = {}
    for layout, frame in files:
        if layout.sheet:
            books.setdefault(layout.path, {})[layout.sheet] = frame
        elif layout.path.endswith(".parquet"):
            frame.write_parquet(home / layout.path, compression="zstd", compression_level=19, statistics=False)
        else:
            (home / layout.path).write_bytes(frame.write_csv(separator=layout.separator).encode(layout.encoding))
    for path, sheets in books.items():
        _write_workbook(home / path, sheets)


def _write_workbook(path: Path, sheets: Mapping[str, pl.DataFrame]) -> None:
    from xlsxwriter import Workbook  # heavy, and needed only here

    if max(frame.height for frame in sheets.values()) >= _ROWS_OF_A_SHEET:
        raise UsageError(
            "a worksheet cannot hold so many rows", where="{file}", hint="ask for fewer staff", file=path.name
        )
    with Workbook(str(path), {"default_date_format": "dd/mm/yyyy"}) as book:
        book.set_properties({"created": _WRITTEN})
        bold = book.add_format({"bold": True})
        for name, frame in sheets.items():
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, frame.columns, bold)
            for column, header in enumerate(frame.columns):
                sheet.write_column(1, column, frame[header].to_list())
            sheet.freeze_panes(1, 0)


def flawed(body: str, path: str, table: str, frame: pl.DataFrame) -> pl.DataFrame:
    """The canonical rows of a file with its bad rows put in, spread over the file.

    A date that does not exist is a null here and a mark in the column `no_such_day` (the name of the column), for the writer to spell out.
    """
    mine = [flaw for flaw in FLAWS if (flaw.body, flaw.path, flaw.table) == (body, path, table)]
    if not mine or frame.is_empty():
        return frame
    frame = frame.with_columns(no_such_day=pl.lit(None, pl.String))
    number = 0
    for flaw in mine:
        for _ in range(flaw.rows):
            at = (number + 1) * frame.height // 14
            bad = _spoilt(frame.slice(at, 1), flaw.rule, number)
            frame = pl.concat([frame.head(at + 1), bad, frame.tail(frame.height - at - 1)])
            number += 1
    return frame


def _spoilt(row: pl.DataFrame, rule: str, number: int) -> pl.DataFrame:
    if rule == "the same row twice":
        return row
    # Of a new number, so that the row breaks the one rule and is not a duplicate as well.
    number_column = "case_id" if "case_id" in row.columns else "person_id"
    first = pl.lit(row[number_column].item()[:1])
    if "reason" not in row.columns:  # an absence keeps its person: it would otherwise be of nobody
        row = row.with_columns((first + pl.lit(str(_NEW_PERSON + number))).alias(number_column))
    end = "closed_date" if "case_id" in row.columns else "end_date"
    begin = "received_date" if "case_id" in row.columns else "start_date"
    if "31/02/2022" in rule:
        return row.with_columns(pl.lit(None, pl.Date).alias(begin), no_such_day=pl.lit(begin))
    if "FTE" in rule:
        return row.with_columns(fte=pl.lit(TWELVE))
    if rule == "no start date":
        return row.with_columns(start_date=pl.lit(None, pl.Date))
    return row.with_columns(pl.col(begin).dt.offset_by("-9d").alias(end))


def data_dictionary() -> str:
    """The canonical tables in Markdown: what a row is, each column's type and meaning, what identifies a row.

    >>> "| **start_date** | Date | first day of the spell |" in data_dictionary()
    True
    """
    return "\n\n".join(_table(name) for name in TABLES)


def _table(name: str) -> str:
    schema = TABLES[name]
    lines = [
        f"### {name}",
        "",
        (schema.__doc__ or "").strip().splitlines()[0],
        "",
        "| column | type | meaning |",
        "|---|---|---|",
    ]
    for column, kind in schema.columns().items():
        heading = f"**{column}**" if column in REQUIRED[name] else column
        lines.append(f"| {heading} | {kind.dtype} | {kind.description or ''} |")
    lines += ["", "One row for each " + ", ".join(KEYS[name]) + "."]
    return "\n".join(lines)


# The area.toml: it names the files that were written and says how to read them.

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
roles = ["SEND caseworker", "Senior SEND caseworker"]
value = 25.0
source = "fictional, agreed for the sample"

[[targets]]
measure = "caseload"
definition = "dfe"
roles = ["Children's social worker", "Senior social worker"]
value = 18.0
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
roles = ["SEND caseworker", "Senior SEND caseworker"]
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
name = "Funded posts without an employee"
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
roles = ["SEND caseworker", "Senior SEND caseworker"]
name = "Cases for each SEND caseworker"
owner = "Assistant director, SEND"
amber = 2.5

[[kpis]]
measure = "caseload"
definition = "dfe"
roles = ["Children's social worker", "Senior social worker"]
name = "Cases for each children's social worker"
owner = "Assistant director, social care"
amber = 2.0

[[kpis]]
measure = "timeliness"
definition = "dfe"
name = "EHC plans issued within 20 weeks"
owner = "Assistant director, SEND"
amber = 5.0

[[kpis]]
measure = "continuity"
definition = "changes"
roles = ["SEND caseworker", "Senior SEND caseworker"]
name = "Changes of SEND caseworker"
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

[costs]
leaver = 9500
agency_fte = 78000
employed_fte = 51000
source = "fictional, agreed for the sample"

[[scenarios]]
name = "Five more caseworkers"
recruit = 5

[[scenarios]]
name = "A retention offer that keeps a quarter of leavers"
retain = 0.25
cost = 60000

[[scenarios]]
name = "Advice to schools: a tenth fewer requests"
reduce_demand = 0.1
cost = 120000

[[scenarios]]
name = "A fifth less sickness"
cut_sickness = 0.2
cost = 40000

[[scenarios]]
name = "No agency cover"
end_agency = true

[[scenarios]]
name = "The oldest requests first"
late_first = true

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
        _key("caseload_limit", CASELOAD_LIMITS),
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
