"""Time and memory of reading large files: each kind within 50 MB, with as many rows as fit, and some made to take more than they look.

    python tests/benchmarks/reading.py [workbook text ...]

Each file is read as the staff list of an area, in a process of its own. Asked: at most 1 GB of memory, whether it is read or refused, and
at most 20 seconds for files that are made to harm. The rows of the others are counted.
"""

import io
import json
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import polars as pl

MEMORY: Final = 1_000
SECONDS: Final = 20
LARGEST: Final = 50_000_000
COLUMNS: Final = ("person_id", "start_date", "end_date", "fte", "role", "team")
SETTINGS: Final = """[area]
name = "Anyshire"
slug = "anyshire"
month = "2023-03"
fictional = true
[organisations.council]
name = "Council"
kind = "council"
records_from = 2017-04-01
records_to = 2023-03-31
[[organisations.council.files]]
path = "staff.{ending}"
table = "assignments"
{options}
date_format = "%d/%m/%Y"
columns = {{ {columns} }}
"""
BOOK: Final = {
    "xl/workbook.xml": '<workbook xmlns:r="r"><sheets><sheet name="Staff" sheetId="1" r:id="a"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": '<Relationships><Relationship Id="a" Target="worksheets/sheet1.xml"/></Relationships>',
    "xl/styles.xml": '<styleSheet><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>',
}


def workbook(rows: int) -> bytes:
    """A sheet of so many people: a shared text for each number and role, a serial for each date."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in BOOK.items():
            archive.writestr(name, content)
        with archive.open("xl/sharedStrings.xml", "w") as texts:
            texts.write(b"<sst>")
            texts.write("".join(f"<si><t>{text}</t></si>" for text in (*COLUMNS, "Officer", "Manager")).encode())
            texts.write("".join(f"<si><t>P{number:07}</t></si>" for number in range(rows)).encode())
            texts.write(b"</sst>")
        with archive.open("xl/worksheets/sheet1.xml", "w") as sheet:
            head = "".join(f'<c r="{letter}1" t="s"><v>{at}</v></c>' for at, letter in enumerate("ABCDEF"))
            sheet.write(f'<worksheet><sheetData><row r="1">{head}</row>'.encode())
            for first in range(0, rows, 10_000):
                lines = (
                    f'<row r="{n + 2}"><c r="A{n + 2}" t="s"><v>{n + 8}</v></c><c r="B{n + 2}" s="1"><v>{43_000 + n % 1_500}</v></c>'
                    f'<c r="D{n + 2}"><v>0.{5 + n % 5}</v></c><c r="E{n + 2}" t="s"><v>{6 + n % 2}</v></c></row>'
                    for n in range(first, min(first + 10_000, rows))
                )
                sheet.write("".join(lines).encode())
            sheet.write(b"</sheetData></worksheet>")
    return made.getvalue()


def filled(head: str, line: Callable[[int], str], tail: str = "", *, most: int = 10**9) -> bytes:
    """As many lines as fit within the largest size."""

    def pieces() -> Iterator[bytes]:
        size, number = len(head) + len(tail), 0
        yield head.encode()
        while number < most:
            piece = "".join(line(n) for n in range(number, min(number + 10_000, most))).encode()
            size, number = size + len(piece), number + 10_000
            if size > LARGEST:
                break
            yield piece
        yield tail.encode()

    return b"".join(pieces())


def parquet(rows: int, team: str) -> bytes:
    """Columns of which every cell is the same: a few kilobytes for any number of rows."""
    to = io.BytesIO()
    cells = dict.fromkeys(COLUMNS, "x") | {"team": team}
    pl.select(**{name: pl.repeat(cell, rows) for name, cell in cells.items()}).write_parquet(to)
    return to.getvalue()


HEADER: Final = ",".join(COLUMNS) + "\n"
# What is read, its ending, what the settings say of it, and how many rows it has (None: it is made to harm, and may be refused).
FILES: Final[dict[str, tuple[str, str, int | None, Callable[[], bytes]]]] = {
    "workbook": ("xlsx", "", 1_000_000, lambda: workbook(1_000_000)),
    "text": ("csv", "", 1_700_000, lambda: filled(HEADER, lambda n: f"P{n:07},02/01/2023,,1,A,B\n", most=1_700_000)),
    "short rows": ("csv", "", None, lambda: filled(HEADER, lambda _: "a\n")),
    "empty rows": ("csv", "", None, lambda: filled(HEADER, lambda _: ",,,,,\n")),
    "wide rows": ("csv", "", None, lambda: filled(HEADER, lambda _: "1,1,1,1,1,1\n")),
    "wrong dates": ("csv", "", None, lambda: filled(HEADER, lambda n: f"P{n:07},2023-01-02,,1,A,B\n")),
    "wrong FTE": ("csv", "", None, lambda: filled(HEADER, lambda n: f"P{n:07},02/01/2023,,9,A,B\n")),
    "one cell more": ("csv", "", None, lambda: filled(HEADER, lambda n: f"P{n:07},02/01/2023,,1,A,B,C\n")),
    "equal people": ("csv", "", None, lambda: filled(HEADER, lambda _: "P0000001,02/01/2023,,1,A,B\n")),
    "equal rows": ("parquet", "", None, lambda: parquet(9_900_000, "x")),
    "equal long cells": ("parquet", "", None, lambda: parquet(200_000, "x" * 5_000)),
    "records": (
        "xml",
        'record = "W"',
        430_000,
        lambda: filled(
            "<M>",
            lambda n: (
                f"<W><person_id>P{n}</person_id><start_date>02/01/2023</start_date><fte>1</fte><role>A</role><team/><end_date/></W>"
            ),
            "</M>",
            most=430_000,
        ),
    ),
    "short records": ("xml", 'record = "W"', None, lambda: filled("<M>", lambda _: "<W><fte>1</fte></W>", "</M>")),
    "empty records": ("xml", 'record = "W"', None, lambda: filled("<M>", lambda _: "<W/>", "</M>")),
}


def read_here(path: str) -> None:
    """Read one area and say what came of it: the child's part."""
    from workforce.errors import WorkforceError
    from workforce.sources.area import read_area

    begun, rows, told = time.process_time(), 0, ""
    try:
        area = read_area(path)
        rows = sum(area.records.reads.frame["rows_read"])
        told = "; ".join(fault.what for fault in area.problems)
    except WorkforceError as fault:
        told = fault.what
    # Not the resource usage, which begins with the memory of the process that this one was started from.
    peak = next(line for line in Path("/proc/self/status").read_text("ascii").splitlines() if line.startswith("VmHWM"))
    memory = int(peak.split()[1]) * 1_024 / 1e6
    print(json.dumps({"rows": rows, "told": told, "memory": memory, "seconds": time.process_time() - begun}))


def main(wanted: list[str]) -> int:
    """Make each file, have it read, and print what it took."""
    missed = 0
    with tempfile.TemporaryDirectory(prefix="reading-") as name:
        for what, (ending, options, rows, make) in FILES.items():
            if wanted and what not in wanted:
                continue
            folder = Path(name) / what.replace(" ", "-")
            folder.mkdir()
            content = make()
            (folder / f"staff.{ending}").write_bytes(content)
            size = len(content) / 1e6
            del content
            columns = ", ".join(f'{column} = "{column}"' for column in COLUMNS)
            (folder / "area.toml").write_text(SETTINGS.format(ending=ending, options=options, columns=columns), "utf-8")
            command = [sys.executable, __file__, "--read", str(folder / "area.toml")]
            done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - this file
            if done.returncode:
                missed += 1
                print(f"{what}: ended with {done.returncode}: {done.stderr[-300:]}", flush=True)
                continue
            took = json.loads(done.stdout)
            good = took["memory"] <= MEMORY and (rows == took["rows"] if rows else took["seconds"] <= SECONDS)
            missed += not good
            print(
                f"{what}: {size:.1f} MB, {took['rows']:,} rows read, {took['memory']:.0f} MB, {took['seconds']:.1f} s"
                f"{', ' + took['told'] if took['told'] else ''}{'' if good else ': MISSED'}",
                flush=True,
            )
    return int(missed > 0)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--read"]:
        read_here(sys.argv[2])
    else:
        sys.exit(main(sys.argv[1:]))
