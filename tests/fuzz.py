"""Mutated input files, made from a seed, and a child process that checks them and makes a report of them within limits.

`python tests/fuzz.py FIRST LAST` tries the seeds of a range and prints those that break a rule; `mutant(seed)` makes one file again. Each
child runs `workforce check` and then `workforce run --notebook data_quality`, of which only the kernel is left out: the cells run in the
child itself. With `--command` both are run as they are installed, kernel and all, which takes seconds for each seed.
"""

import argparse
import ast
import csv
import io
import json
import os
import random
import re
import resource
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

MARK = "SECRETPERSON"
CELLS = ("P77", MARK, "Officer", "13/05/1980", "1980-05-13")  # of the staff lists
SECONDS = 20  # of processor time
LONGEST = 90  # seconds by the clock, on a machine that does other things too
MEMORY = 1_000_000_000
KINDS = ("csv", "xlsx", "parquet", "xml", "toml", "official", "key")
HEADER = ("No", "Start", "End", "FTE", "Job", "DOB", "Pay", "Team")
COLUMNS = dict(
    zip(("person_id", "start_date", "end_date", "fte", "role", "birth_date", "annual_pay", "team"), HEADER, strict=True)
)
SETTINGS = """[area]
name = "Anyshire"
slug = "anyshire"
month = "2023-03"
{area}
[organisations.council]
name = "Council"
kind = "council"
records_from = 2017-04-01
records_to = 2023-03-31
[[organisations.council.files]]
path = "staff.{ending}"
table = "assignments"
{options}
columns = {{ {columns} }}
"""
PARTNER = """
[organisations.trust]
name = "Trust"
kind = "nhs"
records_from = 2017-04-01
records_to = 2023-03-31
[[organisations.trust.files]]
path = "trust.csv"
table = "assignments"
date_format = "%d/%m/%Y"
columns = {{ {columns} }}
"""
TEXTS = (
    '"', '""', "\r", "\n", "\r\n", "\0", ",", ";", "\t", "'", "<", "&", "]]>", "{", "}", "[", "=", "\\", "\ufeff", "\uffff", "\ud7ff",
    "\x85", "\u2028", "\x1b[31m", "é", "😀", "NULL", "-",
    "4712-12-31", "31/12/9999", "01/01/+262142", "9" * 400, "1e999", "nan", "x" * 5_000,
    '"\n', '\n"', ',"', '",', "<!DOCTYPE a [<!ENTITY b 'c'>]>", "<a>" * 50, "&#x0;", "[" * 200, "a." * 200, "=1+1", " ", "\u00a0",
)  # fmt: skip
BYTES = (
    b"\xff",
    b"\x00",
    b"\x80",
    b"\xfe\xff",
    b"PK\x03\x04",
    b"PAR1",
    b"\xef\xbb\xbf",
    b"\xff\xff\xff\x7f",
    b"\xd0\xcf\x11\xe0",
)


@dataclass
class Mutant:
    """Files by their names, what is done with them, and how many rows an independent reading finds (None: it finds none)."""

    seed: int
    kind: str
    files: dict[str, bytes]
    arguments: tuple[str, ...] = ("run", "area.toml", "--notebook", "data_quality", "--workers", "1")
    count: int | None = None

    @property
    def of_area(self) -> bool:
        """Whether the files are those of an area, which `check` reads too."""
        return self.arguments[0] == "run"


@dataclass
class Outcome:
    """What came of one mutant: the exit codes of `run` and of `check`, what was printed, and the rows of each file that was read.

    page: what the report says: whether a file is not used, and how many of its notebooks failed.
    """

    code: int
    text: str
    seconds: float
    memory: int
    reads: list[tuple[str, int, int, int]] = field(default_factory=list)
    check: int | None = None
    page: dict[str, int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


def rows_of(chance: random.Random, people: int) -> list[tuple[object, ...]]:
    return [
        (
            f"P77{number:05}",
            date(2017 + chance.randrange(6), 1 + chance.randrange(12), 1 + chance.randrange(28)),
            None,
            chance.choice((1.0, 0.8, 0.5)),
            chance.choice(("Officer", "Manager", 'Officer, "senior"')),
            date(1980, 5, 13),
            30_000.0 + number,
            MARK,
        )
        for number in range(people)
    ]


def settings(ending: str, options: str = "", area: str = "fictional = true", *, partner: bool = False) -> bytes:
    columns = ", ".join(f'{ours} = "{theirs}"' for ours, theirs in COLUMNS.items())
    text = SETTINGS + PARTNER if partner else SETTINGS
    return text.format(ending=ending, options=options, columns=columns, area=area).encode()


def staff_list() -> bytes:
    """A staff list that nothing is wrong with."""
    plain = random.Random(1)  # noqa: S311
    rows = [HEADER, *([written(cell) for cell in row] for row in rows_of(plain, 12))]
    return "\n".join(",".join(f'"{cell}"' if "," not in cell else "Officer" for cell in row) for row in rows).encode()


def written(cell: object) -> str:
    return "" if cell is None else f"{cell:%d/%m/%Y}" if isinstance(cell, date) else str(cell)


def in_text(chance: random.Random, text: str, times: int) -> str:
    for _ in range(times):
        at, length = chance.randrange(len(text) + 1), chance.choice((0, 0, 1, 3, 20))
        piece = chance.choice((chance.choice(TEXTS), chance.choice(TEXTS), "", text[at : at + 200]))
        text = text[:at] + piece + text[at + length :]
    return text


def in_bytes(chance: random.Random, content: bytes, times: int) -> bytes:
    for _ in range(times):
        at = chance.randrange(len(content) + 1)
        way = chance.randrange(5)
        if way == 0:
            content = content[:at] + chance.choice(BYTES) + content[at:]
        elif way == 1:
            content = content[:at] + bytes([chance.randrange(256)]) + content[at + 1 :]
        elif way == 2:
            content = content[:at] + content[at + chance.choice((1, 4, 100)) :]
        elif way == 3:
            content = content[:at] if chance.random() < 0.3 else content[at:] + content[:at]
        else:
            content = content[:at] + content[at : at + 500] + content[at:]
    return content


def either(chance: random.Random, text: str) -> bytes:
    """A text with a few mutations of its characters, or of its bytes."""
    if chance.random() < 0.7:
        return in_text(chance, text, chance.choice((1, 1, 2, 5))).encode("utf-8", "surrogatepass")
    return in_bytes(chance, text.encode(), chance.choice((1, 2, 5)))


VALUES = (
    '""', '"x"', '" "', "0", "-1", "1e999", "nan", "true", "false", "[]", "{}", '["staff.csv"]', "2023-02-30", "2999-01-01", "1900-01-01",
    "2017-04-01", '"2023-13"', '"2016-01"', '"2031-01"', '"2020"', '"absences"', '"cases"', '"../staff.csv"', '"/dev/zero"', '"."',
    '"staff.xlsx"', '"trust.csv"', '"%Y"', '"%d/%m/%y"', '"council"', '"a/b"', '"' + "a" * 300 + '"', '"\\u0000"', '"\\u202e"', '"{name}"',
)  # fmt: skip
LINES = (
    "skip_rows = 1", "skip_rows = 99", 'separator = ";"', 'encoding = "utf-16"', 'numbers = "currency"', "century = 1930", "id_digits = 6",
    'end_dates = "exclusive"', 'nulls = ["1.0", ""]', 'sheet = "x"', 'values.fte = { "1.0" = "0.5" }', 'values.role = { "Officer" = "" }',
    'constants.team = "A"', 'constants.fte = "much"', "[refusals]\nshare = 0.0\nrows = 1", '[roles]\n"A" = ["Officer", "Manager"]',
    '[disclosure]\naudience = "internal"', "[casework]\ncaseload_limit = 0", "unknown = 1", "[organisations.empty]", "[targets.turnover]",
)  # fmt: skip


def in_values(chance: random.Random, text: str) -> str:
    """Settings with a few of their values exchanged, or lines added or taken out."""
    lines = text.splitlines()
    for _ in range(chance.choice((1, 1, 2))):
        at, way = chance.randrange(1, len(lines)), chance.randrange(4)
        if way == 0:
            lines.insert(at, chance.choice(LINES))
        elif way == 1:
            lines.pop(at)
        else:
            places = list(re.finditer(r'= ("[^"]*"|[\w-]+)', lines[at]))
            if places:
                place = chance.choice(places)
                lines[at] = lines[at][: place.start(1)] + chance.choice(VALUES) + lines[at][place.end(1) :]
    return "\n".join(lines) + "\n"


def mutated_csv(chance: random.Random) -> tuple[bytes, str, int | None]:
    to = io.StringIO(newline="")
    writer = csv.writer(to, lineterminator=chance.choice(("\n", "\r\n", "\r")), quoting=chance.choice((0, 1)))
    writer.writerows([HEADER, *([written(cell) for cell in row] for row in rows_of(chance, 12))])
    content = either(chance, to.getvalue())
    return content, 'date_format = "%d/%m/%Y"', count_csv(content)


def count_csv(content: bytes) -> int | None:
    """Rows after the header, as Python's reader counts them, without those at the end that have no text."""
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
        rows = list(csv.reader(text.splitlines(keepends=True) if text.isascii() else io.StringIO(text, newline="\n")))
    except (UnicodeError, csv.Error):
        return None
    while rows and not "".join(rows[-1]).strip():
        rows.pop()
    return len(rows) - 1 if rows else None


PARTS = ("xl/sharedStrings.xml", "xl/styles.xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels")
SHEET_TEXTS = (
    'r="A1"', "r='XFD1048576'", 'r="a2"', ' r=""', 't="s"', 't="e"', 't="b"', 't="d"', 't="inlineStr"', 's="1"', 's="99"',
    "<v>1000000000</v>", "<v>-5</v>", "<v>60</v>", "<v>1e400</v>", "<v>x</v>", "<v></v>", '<row r="9999999">', "<row>", "</row>",
    '<dimension ref="A1:XFD1048576"/>',
    "<v>2958466</v>", "<c/>", "<is><t>inline</t></is>",
)  # fmt: skip


def workbook(chance: random.Random) -> bytes:
    import xlsxwriter

    made = io.BytesIO()
    book = xlsxwriter.Workbook(made, {"in_memory": True})
    day = book.add_format({"num_format": "dd/mm/yyyy"})
    sheet = book.add_worksheet("Staff")
    sheet.write_row(0, 0, HEADER)
    for at, row in enumerate(rows_of(chance, 12), start=1):
        for column, cell in enumerate(row):
            if isinstance(cell, date):
                sheet.write_datetime(at, column, datetime(cell.year, cell.month, cell.day), day)  # noqa: DTZ001
            elif cell is not None:
                sheet.write(at, column, cell)
    book.close()
    return made.getvalue()


def in_xml(chance: random.Random, text: str) -> str:
    """The XML of a workbook with one mutation: of its characters, of an attribute, or of all its quotation marks or addresses."""
    way = chance.randrange(4)
    at = text.find(chance.choice(("<c ", "<v>", ' r="', "<row", ' s="', ' t="', '"')), chance.randrange(len(text)))
    if way == 0:
        return in_text(chance, text, 1)
    if way == 1 and at > 0:
        return text[:at] + chance.choice(SHEET_TEXTS) + text[at:]
    if way == 2 and at > 0:
        return text[:at] + " " + chance.choice(SHEET_TEXTS) + text[text.find(" ", at + 1) :]
    return text.replace('"', "'") if chance.random() < 0.5 else text.replace(' r="', ' q="')


def mutated_xlsx(chance: random.Random) -> tuple[bytes, str, int | None]:
    content, options = workbook(chance), 'date_format = "%d/%m/%Y"'
    if chance.random() < 0.25:
        return in_bytes(chance, content, chance.choice((1, 3))), options, None
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    name = chance.choice((*["xl/worksheets/sheet1.xml"] * 4, *PARTS))
    text = members[name].decode()
    for _ in range(chance.choice((1, 1, 2))):
        text = in_xml(chance, text)
    members[name] = text.encode("utf-8", "surrogatepass")
    if chance.random() < 0.1:
        members.pop(name)
    again = io.BytesIO()
    with zipfile.ZipFile(again, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, part in members.items():
            archive.writestr(member, part)
    return again.getvalue(), options, count_xlsx(members)


def count_xlsx(members: dict[str, bytes]) -> int | None:
    """Rows below the first as an ordinary XML parser finds them: to the last that has a cell with text."""
    try:
        tree = ET.fromstring(members["xl/worksheets/sheet1.xml"])  # noqa: S314 - written by this file
        texts = ET.fromstring(members["xl/sharedStrings.xml"])  # noqa: S314
    except (KeyError, ET.ParseError):
        return None
    shared = ["".join(part.itertext()) for part in texts.iter() if part.tag.rpartition("}")[2] == "si"]
    at = last = 0
    for row in tree.iter():
        if row.tag.rpartition("}")[2] == "row":
            number = row.get("r", "").strip()
            at = int(number) if number.isdigit() else at + 1
            if any(_has_text(cell, shared) for cell in row):
                last = at
    return last - 1


def _has_text(cell: ET.Element, shared: list[str]) -> bool:
    value = "".join(part.text or "" for part in cell.iter() if part.tag.rpartition("}")[2] in ("v", "t")).strip()
    if cell.get("t") == "s" and value.isdigit() and int(value) < len(shared):
        return bool(shared[int(value)].strip())
    return bool(value) or cell.get("t") == "e"


def mutated_parquet(chance: random.Random) -> tuple[bytes, str, int | None]:
    import polars as pl

    columns: dict[str, pl.Series] = {}
    for name, cells in zip(HEADER, zip(*rows_of(chance, 12), strict=True), strict=True):
        kind = chance.randrange(40)
        made = pl.Series(name, cells)
        if kind == 0:
            made = pl.Series(
                name, [chance.choice((-(2**31), 2**31 - 1, 0, 19_000)) for _ in cells], dtype=pl.Int32
            ).cast(pl.Date)
        elif kind == 1:
            unit, zone = (
                chance.choice(("ms", "us", "ns")),
                chance.choice((None, "UTC", "Europe/London", "Pacific/Apia")),
            )
            far = [chance.choice((-(2**63) + 1, 2**63 - 1, 0, 10**15)) for _ in cells]
            made = pl.Series(name, far, dtype=pl.Int64).cast(pl.Datetime(unit, zone))
        elif kind == 2:
            made = pl.Series(name, [chance.choice((float("nan"), float("inf"), 1e308, -0.0, 5.0)) for _ in cells])
        elif kind == 3:
            made = chance.choice(
                (
                    pl.Series(name, [[1]] * len(cells)),
                    pl.Series(name, [{"a": 1}] * len(cells)),
                    pl.Series(name, [None] * len(cells)),
                    pl.Series(name, [b"\xff"] * len(cells)),
                    pl.Series(name, [True] * len(cells)),
                    pl.Series(name, ["a"] * len(cells), dtype=pl.Categorical()),
                    pl.Series(name, [2**40] * len(cells), dtype=pl.Int64).cast(pl.Time),
                    pl.Series(name, [chance.choice((-(2**63) + 1, 2**63 - 1))] * len(cells), dtype=pl.Int64).cast(
                        pl.Duration("us")
                    ),
                )
            )
        columns[name] = made
    to = io.BytesIO()
    pl.DataFrame(columns).write_parquet(to, compression=chance.choice(("uncompressed", "snappy", "zstd")))
    if chance.random() < 0.5:
        return to.getvalue(), "", 12
    return in_bytes(chance, to.getvalue(), chance.choice((1, 1, 2))), "", None


def in_elements(chance: random.Random, text: str) -> str:
    """Well-formed XML with a few of its cells exchanged, left out or given twice."""
    for _ in range(chance.choice((1, 3, 6))):
        cells = list(re.finditer(r"<(\w+)>([^<>]*)</\1>", text))
        if not cells:
            break
        cell = chance.choice(cells)
        other = f"<{cell[1]}>{escape(''.join(c for c in chance.choice(TEXTS) if c.isprintable()))}</{cell[1]}>"
        text = (
            text[: cell.start()]
            + chance.choice((other, "", cell[0] * 2, "<Worker/>", f"<a>{other}</a>"))
            + text[cell.end() :]
        )
    return text


def mutated_xml(chance: random.Random) -> tuple[bytes, str, int | None]:
    people = (
        "".join(f"<{name}>{written(cell)}</{name}>" for name, cell in zip(HEADER, row, strict=True))
        for row in rows_of(chance, 12)
    )
    text = (
        "<?xml version='1.0'?>\n<Message>" + "\n".join(f"<Worker>{person}</Worker>" for person in people) + "</Message>"
    )
    content = (
        either(chance, text) if chance.random() < 0.5 else in_elements(chance, text).encode("utf-8", "surrogatepass")
    )
    try:
        tree = ET.fromstring(content)  # noqa: S314 - written by this file
        within = {part for one in tree.iter("Worker") for part in one.iter("Worker") if part is not one}
        count = len(list(tree.iter("Worker"))) - len(
            within
        )  # one within another is a cell of it, or the file is refused
    except (ET.ParseError, ValueError, LookupError):
        count = None
    return content, 'record = "Worker"\ndate_format = "%d/%m/%Y"', count


def mutant(seed: int) -> Mutant:
    """The mutated file of a seed, with whatever it needs about it."""
    chance = random.Random(seed)  # noqa: S311 - the same seed makes the same file
    kind = KINDS[seed % len(KINDS)]
    makers: dict[str, Callable[[random.Random], tuple[bytes, str, int | None]]] = {
        "csv": mutated_csv,
        "xlsx": mutated_xlsx,
        "parquet": mutated_parquet,
        "xml": mutated_xml,
    }
    # Half of the areas have a second organisation, of which nothing is wrong: a report is made without the file of the first.
    partner = bool(seed // len(KINDS) % 2)
    plain = 'date_format = "%d/%m/%Y"'
    others = {"trust.csv": staff_list()} if partner else {}
    if kind in makers:
        content, options, count = makers[kind](chance)
        files = {"area.toml": settings(kind, options, partner=partner), f"staff.{kind}": content} | others
        return Mutant(seed, kind, files, count=count)
    others["staff.csv"] = staff_list()
    if kind == "toml":
        text = settings("csv", plain, partner=partner).decode()
        content = in_values(chance, text).encode() if chance.random() < 0.6 else either(chance, text)
        return Mutant(seed, kind, {"area.toml": content} | others)
    if kind == "key":
        place = settings("csv", plain, area='key_file = "key.txt"', partner=partner)
        return Mutant(seed, kind, {"area.toml": place, "key.txt": in_bytes(chance, b"k" * 40, 3)} | others, count=12)
    return Mutant(seed, kind, {"official": official(chance)}, ("official", "add", "official", "--store", "store"))


NEIGHBOURS = ["LA num", "LA Name", *(f"{kind}{n}" for n in range(1, 11) for kind in ("SN", "SNP"))]
SICKNESS = """DATE,ICS_CODE,ICS_NAME,ORG_CODE,ORG_NAME,FTE_DAYS_LOST,FTE_DAYS_AVAILABLE,SICKNESS_ABSENCE_RATE_PERCENT
31/03/2023,QXX,A system,RAA,A trust,10,100,10
30/04/2023,QXX,A system,RAA,A trust,1,100,1
"""
OFFICIAL = (
    "Short Desc,Years,LA and Regions,Values,LA Number\nSEN_CASES_JAN,2023,Kingston,12.5,314\nSEN_CASES_JAN,2023,England,c,970\n",
    f"{','.join(NEIGHBOURS)}\n301,A{',302,close' * 10}\n",
    "LA Number,LA Name,Region,Type\n301,Barking,London,OLB\n302,Barnet,NA,OLB\n",
    SICKNESS,
)


def official(chance: random.Random) -> bytes:
    text = chance.choice(OFFICIAL)
    way = chance.random()
    if way < 0.6:
        return either(chance, text)
    import polars as pl

    frame = pl.read_csv(io.StringIO(text), infer_schema=chance.random() < 0.5)
    to = io.BytesIO()
    if way < 0.8:
        frame.write_parquet(to)
    else:
        frame.write_excel(to)
    return in_bytes(chance, to.getvalue(), chance.choice((0, 1, 2)))


def read(one: Mutant, folder: Path, *, command: bool = False) -> Outcome:
    """Check a mutant and make a report of it in a forked process, and say what rules were broken.

    command: run `workforce` as it is installed, with its workers and kernels, and not in the forked process.
    """
    inner = folder / "area"
    for place in (inner, folder / "tmp"):
        place.mkdir()
    for name, content in one.files.items():
        (inner / name).write_bytes(content)
    began = time.monotonic()
    child = os.fork()
    if not child:
        _read_here(one, folder, command=command)
    status, memory, seconds = _waited(child, began)
    text = (folder / "out.txt").read_text(encoding="utf-8", errors="replace")
    stated = folder / "stated.json"
    found: dict[str, Any] = json.loads(stated.read_text()) if stated.exists() else {}
    reads = [(str(source), *rows) for source, *rows in found.get("reads", [])]
    code = os.waitstatus_to_exitcode(status)
    outcome = Outcome(code, text, seconds, memory, reads, found.get("check"), _page(inner))
    outcome.faults = faults_of(one, outcome, inner)
    return outcome


def _page(inner: Path) -> dict[str, int]:
    """What the first page of a report says; nothing where there is no report."""
    pages = list((inner / "outputs").glob("*/*/index.html"))
    if len(pages) != 1:
        return {}
    manifest = json.loads((pages[0].parent / "manifest.json").read_text(encoding="utf-8"))
    shown = sum(
        page.read_text(encoding="utf-8").count(text)
        for page in pages[0].parent.glob("*.html")
        for text in ("P77", MARK)
    )
    records = _records(inner)
    shown += sum(record.read_text(encoding="utf-8").count(text) for record in records for text in CELLS)
    return {
        "not used": pages[0].read_text(encoding="utf-8").count("is not used"),
        "failed": sum(one["outcome"] == "failed" for one in manifest["notebooks"]),
        "cells": shown,
        "records": len(records),
    }


def _records(inner: Path) -> list[Path]:
    """The private records of the runs whose reports are there, which are kept beside the reports and nowhere else."""
    found = []
    for report in (page.parent for page in (inner / "outputs").glob("*/*/index.html")):
        rule = json.loads((report / "manifest.json").read_text(encoding="utf-8"))["rule"]
        start = f"{report.name}-{rule}-"
        places = (inner / "outputs-ledger" / report.parent.name).glob("*.json")
        found += [place for place in places if place.name.startswith(start) and place.is_file()]
    return found


def _read_here(one: Mutant, folder: Path, *, command: bool) -> None:
    """What the child does: the two commands, and then the counts of rows."""
    code = 99
    try:
        out = os.open(folder / "out.txt", os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
        os.dup2(out, 1)
        os.dup2(out, 2)
        os.chdir(folder / "area")
        os.environ["TMPDIR"], tempfile.tempdir = str(folder / "tmp"), None
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        stated: dict[str, Any] = {}
        if not command:
            _without_kernels(folder / "tmp")
        workforce = _installed if command else _in_this_process
        if one.of_area:
            stated["check"] = workforce(("check", "area.toml"))
        code = workforce(one.arguments)
        if one.of_area and code in (0, 1):
            from workforce.sources.area import read_area

            frame = read_area("area.toml").records.reads.frame
            stated["reads"] = frame.select("source", "rows_read", "rows_kept", "rows_refused").rows()
        (folder / "stated.json").write_text(json.dumps(stated))
    except BaseException as error:  # noqa: BLE001 - whatever it is, it is a finding
        os.write(2, f"\nTraceback: {type(error).__name__}\n".encode())
        code = 99
    os._exit(code)


def _installed(arguments: tuple[str, ...]) -> int:
    done = subprocess.run([sys.executable, "-P", "-m", "workforce", *arguments], check=False)  # noqa: S603 - our own command
    return done.returncode


def _in_this_process(arguments: tuple[str, ...]) -> int:
    from workforce import cli

    sys.argv = ["workforce", *arguments]
    try:
        cli.main()
    except SystemExit as left:
        return int(left.code or 0)
    finally:
        sys.stdout.flush()
    return 0


def _without_kernels(folder: Path) -> None:
    """Let the cells of a report run in this process: everything else of a run is as it is."""
    import secrets

    import papermill

    from workforce.report import execute, run

    key = secrets.token_bytes(32)
    execute.secrets.token_bytes = lambda _: key  # type: ignore[attr-defined]  # what the page asks the signature for
    execute._worker.folder = folder
    os.environ["WORKFORCE_STATIC"] = "1"

    def run_cells(notebook: Any, *_: object, parameters: dict[str, object], on_cell_start: Any, **__: object) -> Any:
        from nbformat.v4 import new_output

        from workforce import signature

        signature._sign_with(key)
        names: dict[str, object] = {}
        for index, cell in enumerate(notebook.cells):
            if cell.cell_type != "code":
                continue
            on_cell_start(cell, index)
            shown = _last_value(cell.source, names)
            if "parameters" in cell.metadata.get("tags", []):
                names.update(parameters)
            cell.execution_count = index + 1
            if shown is not None:
                data, metadata = shown._repr_mimebundle_(), {}
                cell.outputs = [new_output("execute_result", data, metadata=metadata, execution_count=index + 1)]
        return notebook

    papermill.execute_notebook = run_cells
    run.run_jobs = lambda jobs, **_: [execute.execute(job) for job in jobs]


def _last_value(source: str, names: dict[str, object]) -> Any:
    """Run a cell; the value of its last line where that is an expression."""
    parsed = ast.parse(source)
    last = parsed.body.pop() if parsed.body and isinstance(parsed.body[-1], ast.Expr) else None
    exec(compile(parsed, "cell", "exec"), names)  # noqa: S102 - a notebook of the project's own
    return eval(compile(ast.Expression(last.value), "cell", "eval"), names) if last else None  # noqa: S307


def _waited(child: int, began: float) -> tuple[int, int, float]:
    """The status of a child that has ended, its memory in bytes, and its seconds; one that waits for ever has taken `LONGEST`."""
    killed = False
    while True:
        done, status, usage = os.wait4(child, os.WNOHANG)
        if done:
            seconds = float(LONGEST) if killed else usage.ru_utime + usage.ru_stime
            return status, usage.ru_maxrss * 1_024, seconds
        if time.monotonic() - began > LONGEST and not killed:
            os.kill(child, signal.SIGKILL)
            killed = True
        time.sleep(0.01)


def faults_of(one: Mutant, outcome: Outcome, inner: Path) -> list[str]:
    """The rules that were broken; no fault is empty."""
    ours = set(one.files) | {
        "outputs",
        "store",
        *(f"store/{name}.parquet" for name in ("published", "neighbours", "areas")),
    }
    names = {str(path.relative_to(inner)) for path in inner.rglob("*")}
    ours |= {
        str(place.relative_to(inner))
        for record in _records(inner)
        for place in (record, *record.parent.glob("*.draft.parquet"), record.parent, record.parent.parent)
    }
    extra = {name for name in names - ours if not (one.of_area and name.startswith("outputs/"))}
    extra |= {f"in the temporary folder: {path.name}" for path in (inner.parent / "tmp").glob("*")}
    page, code = outcome.page, outcome.code
    rules = {
        f"longer than {SECONDS} s": outcome.seconds > SECONDS,
        f"exit code {code}": code not in (0, 1, 3, 4),
        "a traceback": any(word in outcome.text for word in ("Traceback", "not foreseen", "panicked")),
        "a cell in the text": MARK in outcome.text or "P77" in outcome.text,
        "a message of more than 2,000 characters": any(len(line) > 2_000 for line in outcome.text.splitlines()),
        "a control character": any(not c.isprintable() and c not in "\n\ufffd" for c in outcome.text),
        f"files written: {sorted(extra)}": bool(extra),
        f"memory of {outcome.memory:,}": outcome.memory > MEMORY,
        f"rows {outcome.reads}": any(rows != kept + refused for _, rows, kept, refused in outcome.reads),
    }
    if one.of_area:
        # 1 means that a file is not used, and that the first page says so; what fails for another reason has no excuse here.
        rules[f"run ended with {code}, and its page is {page}"] = page != _expected_page(code, page)
        # `check` ends with 4 wherever `run` does without a file, or cannot go on.
        rules[f"check ended with {outcome.check}, run with {code}"] = outcome.check != {1: 4}.get(code, code)
    reads = {source: rows for source, rows, _, _ in outcome.reads}
    if one.count is not None:
        mutated = next((name for name in one.files if name.startswith("staff.") and name in reads), None)
        rules[f"{reads.get(mutated or '')} rows read, {one.count} counted"] = (
            mutated is not None and reads[mutated] != one.count
        )
    return [rule for rule, broken in rules.items() if broken]


def _expected_page(code: int, page: dict[str, int]) -> dict[str, int]:
    if code not in (0, 1):
        return {}
    return {"not used": max(1, page.get("not used", 0)) if code else 0, "failed": 0, "cells": 0, "records": 1}


def main(seeds: Iterable[int], *, command: bool = False) -> int:
    """Try some seeds in this process, which has not used polars before it forks."""
    broken = 0
    codes: dict[tuple[str, int], int] = {}
    counted = 0
    for seed in seeds:
        with tempfile.TemporaryDirectory(prefix="fuzz-") as name:
            # Mutants are made in a process of their own: a forked child of a process that has used polars can hang.
            one = _made_apart(seed)
            outcome = read(one, Path(name), command=command)
            counted += bool(outcome.reads and one.count is not None)
        key = (KINDS[seed % len(KINDS)], outcome.code)
        codes[key] = codes.get(key, 0) + 1
        if outcome.faults:
            broken += 1
            print(f"seed {seed}, {key[0]}: {'; '.join(outcome.faults)}", flush=True)  # noqa: T201
    print(json.dumps({f"{kind} {code}": n for (kind, code), n in sorted(codes.items())} | {"counted": counted}))  # noqa: T201
    return broken


def _made_apart(seed: int) -> Mutant:
    import pickle

    near, far = os.pipe()
    child = os.fork()
    if not child:
        os.close(near)
        with os.fdopen(far, "wb") as pipe:
            pickle.dump(mutant(seed), pipe)
        os._exit(0)
    os.close(far)
    with os.fdopen(near, "rb") as pipe:
        made: Mutant = pickle.load(pipe)  # noqa: S301 - of the own child
    os.waitpid(child, 0)
    return made


if __name__ == "__main__":
    from workforce.report.kernel import skip_slow_grammars

    skip_slow_grammars()
    import papermill  # noqa: F401 - all of these are imported, and polars is not used, before a fork
    import polars as pl  # noqa: F401
    import xlsxwriter  # noqa: F401

    import workforce.cli
    import workforce.present.tables
    import workforce.report.export
    import workforce.report.plan
    import workforce.report.run
    import workforce.sources.area  # noqa: F401

    asked = argparse.ArgumentParser()
    asked.add_argument("first", type=int)
    asked.add_argument("last", type=int)
    asked.add_argument("--step", type=int, default=1)
    asked.add_argument("--command", action="store_true")
    given = asked.parse_args()
    sys.exit(min(main(range(given.first, given.last, given.step), command=given.command), 100))
