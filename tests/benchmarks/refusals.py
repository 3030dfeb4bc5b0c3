"""Cells of the sample made unreadable: an optional one changes no table that does not use it, others move no rate beyond its bounds.

    python tests/benchmarks/refusals.py [--cells 2000] [--at-once 20]

So many cells are made unreadable in one reading, because reading takes seconds. Half of the readings take required cells and end dates of
staff, absences and cases; the other half cells of one optional column each. Files are used whatever they lose. It prints what moved too far
and ends with 1 where anything did.
"""

import argparse
import csv
import shutil
import sys
import tempfile
from pathlib import Path
from random import Random
from typing import Any, Final

import polars as pl

import workforce as wf
from workforce.settings import SourceFile, load_settings
from workforce.shipped import shipped

MONTH: Final = "2023-03"
REQUIRED: Final = {
    "assignments": ("person_id", "start_date", "end_date", "fte", "role"),
    "absences": ("person_id", "start_date", "end_date"),
    "cases": ("case_id", "case_type", "received_date"),
}
BLANKED: Final = ("person_id", "role", "case_id", "case_type")  # any text can be read: only a blank is nothing
OPTIONAL: Final = {
    "assignments": ("service_start", "annual_pay", "supplement", "full_time_hours", "birth_date"),
    "cases": ("exception",),
}
TOLERANCE: Final = 1e-9


def measured(records: wf.Records) -> dict[str, tuple[Any, frozenset[str]]]:
    """Tables by name, each with the optional columns that it uses."""
    year, years, end = wf.year_to(MONTH), wf.rolling_years(MONTH, 12), wf.month(MONTH).end
    by = ["organisation"]
    tables = {
        "turnover": (wf.staffing.turnover(records, years, definition="average"), ()),
        "turnover by organisation": (wf.staffing.turnover(records, year, definition="nhs", by=by), ()),
        "turnover by team": (wf.staffing.turnover(records, year, definition="average", by=["team"]), ()),
        "turnover in FTE": (wf.staffing.turnover(records, year, definition="average", by=by, basis="fte"), ()),
        "stability": (wf.staffing.stability(records, year, by=by), ()),
        "first-year leavers": (wf.staffing.first_year_leavers(records, year, by=by), ("service_start",)),
        "aged 55": (wf.staffing.retirement_pipeline(records, end, by=by), ("birth_date",)),
        "agency": (wf.staffing.agency_rate(records, end, by=by), ()),
        "vacancies": (wf.staffing.vacancy_rate(records, end, definition="establishment", by=by), ()),
        "sickness": (wf.absence.rate(records, years, definition="days_per_fte"), ()),
        "sickness by organisation": (wf.absence.rate(records, year, definition="nhs", by=by), ()),
        "plans in time": (wf.casework.timeliness(records, years), ()),
        "headcount": (wf.staffing.headcount(records, end, by=["role"]), ()),
        "pay": (wf.pay.position(records, end), ("annual_pay", "supplement", "full_time_hours", "service_start")),
    }
    return {name: (table, frozenset(used)) for name, (table, used) in tables.items()}


class Area:
    """A copy of the sample of which cells can be made unreadable."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.whole = Path(shipped("data", "sample", "area.toml")).parent
        self.restore()
        settings = load_settings(self.folder / "area.toml")
        self.files = [
            one
            for body in settings.organisations.values()
            for one in body.files
            if one.path.endswith(".csv") and one.table in REQUIRED
        ]

    def restore(self) -> None:
        """Put every file back as it is shipped; none is left out for what it loses."""
        shutil.copytree(self.whole, self.folder, dirs_exist_ok=True)
        area = self.folder / "area.toml"
        area.write_text(area.read_text(encoding="utf-8") + "\n[refusals]\nshare = 1.0\nrows = 1000000\n", "utf-8")

    def spoil(self, random: Random, file: SourceFile, columns: tuple[str, ...], cells: int) -> int:
        """Make cells of one file unreadable; return how many."""
        path = self.folder / file.path
        encoding = "utf-8-sig" if file.encoding == "utf-8" else file.encoding
        with path.open(encoding=encoding, newline="") as text:
            rows = list(csv.reader(text, delimiter=file.separator))
        places = {name: rows[0].index(header) for name, header in file.columns.items() if name in columns}
        if not places:
            return 0
        for number in random.sample(range(1, len(rows)), min(cells, len(rows) - 1)):
            name = random.choice(sorted(places))
            rows[number][places[name]] = "" if name in BLANKED else "??"
        with path.open("w", encoding=encoding, newline="") as text:
            csv.writer(text, delimiter=file.separator).writerows(rows)
        return min(cells, len(rows) - 1)

    def tables(self) -> tuple[wf.Records, dict[str, tuple[Any, frozenset[str]]]]:
        """The records as they are now, and the tables that are made of them."""
        records = wf.load_area(self.folder / "area.toml")
        return records, measured(records)


def beyond(true: pl.DataFrame, table: Any, records: wf.Records) -> int:
    """How many rates of whole files lie outside of the bounds that are given without the cells."""
    bounded = wf.bounds(table, records).frame
    keys = ["definition", *table.groups, "period_start", "period_end"]
    both = true.select(*keys, truth="value").join(bounded, on=keys, nulls_equal=True)
    below = pl.col("truth") < pl.col("lower_bound") - TOLERANCE
    return both.filter(below | (pl.col("truth") > pl.col("upper_bound") + TOLERANCE)).height


def main() -> int:
    """Run it and print what moved too far."""
    options = argparse.ArgumentParser()
    options.add_argument("--cells", type=int, default=2000)
    options.add_argument("--at-once", type=int, default=20)
    options.add_argument("--seed", type=int, default=1)
    asked = options.parse_args()
    random, cells, faults, compared, moved = Random(asked.seed), 0, 0, 0, 0  # noqa: S311 - no secret
    with tempfile.TemporaryDirectory() as folder:
        area = Area(Path(folder))
        _, true = area.tables()
        reading = 0
        while cells < asked.cells:
            area.restore()
            reading += 1
            optional = reading % 2 == 0
            file = random.choice([one for one in area.files if not optional or one.table in OPTIONAL])
            columns = (random.choice(OPTIONAL[file.table]),) if optional else REQUIRED[file.table]
            cells += area.spoil(random, file, columns, asked.at_once)
            records, tables = area.tables()
            for name, (table, used) in tables.items():
                before = true[name][0].frame
                compared += before.height
                moved += not before.equals(table.frame)
                wrong = 0
                if not optional:
                    wrong = beyond(before, table, records)
                elif not used & set(columns) and not before.equals(table.frame):
                    wrong = 1
                if wrong:
                    faults += wrong
                    print(f"{name}: {wrong} moved too far after {file.path}, {', '.join(columns)}", flush=True)
    print(f"{cells} cells in {reading} readings, {compared:,} rows compared, {moved} tables moved; {faults} too far")
    return int(faults > 0 or not moved)


if __name__ == "__main__":
    sys.exit(main())
