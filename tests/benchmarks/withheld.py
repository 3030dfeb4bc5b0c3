"""How much of what boards of small areas are handed is withheld: rows of tables that hold `[c]`, page by page.

`python tests/benchmarks/withheld.py [--area AREA.toml,MONTH ...] [--tables]` makes the assessment and the packs of the organisations of
generated areas (three organisations; staff and seeds are below), of the sample and of areas by their path, in this process and without a
kernel. --tables also prints the tables of which more than a fifth of the rows hold `[c]`.

Asked: at most 1.5% of the rows of the sample and 10% of those of areas of 60 to 200 staff.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from partial_areas import MONTH, SAMPLE, STANDARD, frames_of, run_page, slugs_of, withheld_rows, written_from

AREAS = ((60, 1), (120, 1), (200, 1))  # staff, and the seed of the generator
ORGANISATIONS = 3
ASKED = {"generated": 10.0, "sample": 1.5}
MOST_OF_A_TABLE = 0.2


def rows_of(settings: Path, month: str = MONTH) -> Iterator[tuple[str, str, int, int]]:
    """The page, caption, rows and rows with `[c]` of each table of the assessment and the packs of an area."""
    for name in STANDARD:
        for slug in slugs_of(settings) if name == "organisation" else [None]:
            page = run_page(name, {"area": str(settings), "month": month, "organisation": slug})
            assert not page.errors, page.errors
            for cell in page.cells:
                for caption, rows, withheld in withheld_rows(cell.html):
                    yield page.name, caption, rows, withheld


def report(name: str, settings: Path, asked: float | None, *, tables: bool, month: str = MONTH) -> bool:
    """Print one line of figures; whether there is no more `[c]` than is asked."""
    found = list(rows_of(settings, month))
    rows, withheld = sum(t[2] for t in found), sum(t[3] for t in found)
    mostly = [t for t in found if t[3] > MOST_OF_A_TABLE * t[2]]
    share = 100 * withheld / max(rows, 1)
    limit = f" (asked: at most {asked}%)" if asked is not None else ""
    sys.stdout.write(
        f"{name}: {withheld} of {rows} rows in {len(found)} tables, {share:.1f}%{limit}; over a fifth: {len(mostly)} tables\n"
    )
    for page, caption, of_table, hidden in mostly if tables else ():
        sys.stdout.write(f"  {page}: {hidden} of {of_table}: {caption[:90]}\n")
    sys.stdout.flush()
    return asked is None or share <= asked


def main() -> int:
    """Print the shares, and return 1 where more is withheld than is asked."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--area", action="append", default=[], help="path of an area.toml and its month, with a comma")
    parser.add_argument("--tables", action="store_true", help="print the tables of which more than a fifth is withheld")
    given = parser.parse_args()
    os.environ["WORKFORCE_STATIC"] = "1"  # figures take their static form
    fine = []
    for staff, seed in AREAS:
        with tempfile.TemporaryDirectory() as folder:
            settings = written_from(*frames_of(staff, ORGANISATIONS, seed)).write(Path(folder))
            fine.append(report(f"{staff} staff", settings, ASKED["generated"], tables=given.tables))
    fine.append(report("sample", SAMPLE / "area.toml", ASKED["sample"], tables=given.tables))
    for area in given.area:
        path, _, month = area.partition(",")
        report(Path(path).parent.name, Path(path), None, tables=given.tables, month=month or MONTH)
    return int(not all(fine))


if __name__ == "__main__":
    sys.exit(main())
