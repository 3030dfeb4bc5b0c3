"""Speed of monthly turnover and absence for a nation, beside the same work in DuckDB's SQL, in one run on the same Parquet files.

Run as: python tests/benchmarks/staffing.py [--data FOLDER] [--scale 0.1] [--repeats 5] [--shuffled] [turnover nhs days_per_fte]
A nation: 1.5 million assignments and 13 million absences of 190 organisations over 10 years, from the sample generator. Each side runs in
a process of its own on two threads, reads the Parquet files anew every time, and takes its turn; the median of its repeats counts. Checked:
that both give the same numerators, denominators and people for every organisation, locality and month; ratio of ours to DuckDB at most 1;
peak memory of ours under 2 GB; twice the rows at most 2.2 times the time. Exit code 1 where one is missed at full scale.
--data keeps the files there for the next run; without it they are made in a temporary folder. --shuffled: rows in no order.
"""

# ruff: noqa: S603 - a benchmark starts its own processes

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from statistics import median
from unittest.mock import patch

STAFF = 477_000  # in post at any time: 1.5 million assignments over ten years
ORGANISATIONS = 190
YEARS = 10
TIMES_AS_ILL = (
    2.13  # the sample's people give 6.5 million absences; a nation has 13 million: every rate is raised by this
)
FIRST, LAST, AFTER = date(2013, 4, 1), date(2023, 3, 31), date(2023, 4, 1)
BY = ["organisation", "locality"]
TASKS = ("turnover", "nhs", "days_per_fte")
RATIO, MEMORY, DOUBLING = 1.0, 2.0, 2.2
THREADS = 2


def make(folder: Path, scale: float, *, shuffled: bool) -> None:
    """Write a nation's assignments and absences as Parquet, in the generator's order (by organisation, person and start) or in none."""
    from workforce.sample import absence, make_area

    rates = {group: rate * TIMES_AS_ILL for group, rate in absence.ABSENCES_A_YEAR.items()}
    with patch.object(absence, "ABSENCES_A_YEAR", rates):
        area = make_area(
            staff=round(STAFF * scale), organisations=ORGANISATIONS, years=YEARS, until=LAST, casework=False
        )
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("absences", "assignments"):  # assignments last: their presence says that the folder is whole
        frame = getattr(area, name)
        (frame.sample(fraction=1, shuffle=True, seed=1) if shuffled else frame).write_parquet(
            folder / f"{name}.parquet"
        )


def ours(task: str, folder: Path, kept: Path | None):
    """Measure once; kept: where the figures go, after the clock has stopped."""
    import polars as pl

    import workforce as wf

    begun = time.perf_counter()
    staff, sick = (pl.scan_parquet(folder / f"{name}.parquet") for name in ("assignments", "absences"))
    records, months = wf.Records(assignments=staff, absences=sick), wf.months("2013-04", "2023-03")
    if task == "turnover":
        table = wf.staffing.turnover(records, months, definition="average", by=BY)
    else:
        table = wf.absence.rate(records, months, definition=task, by=BY)
    taken = time.perf_counter() - begun
    if kept:
        table.frame.select(*BY, "period_start", "numerator", "denominator", "people").write_parquet(kept)
    return taken


def theirs(task: str, folder: Path, kept: Path | None):
    """The same in DuckDB."""
    import duckdb
    from staffing_sql import QUERIES

    from workforce.periods import bank_holidays

    free = bank_holidays(FIRST.year - 30, LAST.year + 5)
    con = duckdb.connect()
    con.execute(f"SET threads = {THREADS}")
    con.execute("SET preserve_insertion_order = false")
    con.execute("CREATE TABLE bank_holidays (day DATE)")
    con.executemany("INSERT INTO bank_holidays VALUES (?)", [[day] for day in free])
    query = QUERIES[task].format(
        assignments=folder / "assignments.parquet",
        absences=folder / "absences.parquet",
        first=FIRST,
        last=LAST,
        after=AFTER,
    )
    begun = time.perf_counter()
    con.execute(f"CREATE TABLE result AS {query}")
    taken = time.perf_counter() - begun
    if kept:
        con.execute(f"COPY result TO '{kept}' (FORMAT parquet)")
    con.close()
    return taken


def serve(side: str, task: str, folder: Path) -> None:
    """One side's process: measure once for every line that comes in, and say how long it took and the peak of memory so far."""
    for line in sys.stdin:
        taken = (ours if side == "ours" else theirs)(task, folder, Path(line.strip()) if line.strip() else None)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2  # Linux counts in kB
        print(json.dumps({"seconds": taken, "peak": peak}), flush=True)


class Side:
    """A process that waits for its turn."""

    def __init__(self, side: str, task: str, folder: Path) -> None:
        environment = {**os.environ, "POLARS_MAX_THREADS": str(THREADS)}
        command = [sys.executable, __file__, "--serve", side, "--data", str(folder), task]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )
        self.seconds: list[float] = []
        self.peak = 0.0

    def turn(self, kept: Path | str = "") -> float:
        self.process.stdin.write(f"{kept}\n")
        self.process.stdin.flush()
        said = json.loads(self.process.stdout.readline())
        self.peak = said["peak"]
        return said["seconds"]

    def end(self) -> None:
        self.process.stdin.close()
        self.process.wait()


def differences(one: Path, other: Path) -> str:
    """How two tables of figures differ, in words; empty where they agree. A group without anybody in a month may have no row."""
    import polars as pl

    ours, theirs = pl.read_parquet(one), pl.read_parquet(other)
    keys = [*BY, "period_start"]
    both = theirs.join(ours, on=keys, how="full", coalesce=True, nulls_equal=True, suffix="_ours")
    if both.height > theirs.height:
        return f"{both.height - theirs.height} rows are only ours"
    nobody = pl.col("people_ours").is_null() & (pl.col("people") == 0)
    for side in ("numerator", "denominator", "people"):
        a, b = pl.col(side), pl.when(nobody).then(0).otherwise(pl.col(f"{side}_ours"))
        near = ((a - b).abs() <= 1e-6 + 1e-9 * a.abs()).fill_null(value=False) | (a.is_null() & b.is_null())
        if wrong := both.filter(~near).height:
            return f"differ in {side} in {wrong} of {both.height} rows"
    return ""


def compare(task: str, whole: Path, half: Path, repeats: int, scratch: Path) -> bool:
    """Time one task on both sides and on half the rows, turn by turn."""
    sides = {"ours": Side("ours", task, whole), "DuckDB": Side("duckdb", task, whole), "half": Side("ours", task, half)}
    results = {name: scratch / f"{task} {name}.parquet" for name in sides}
    for name, side in sides.items():  # not timed: imports, and the files come into the system's cache
        side.turn(results[name])
    for _ in range(repeats):
        for side in sides.values():
            side.seconds.append(side.turn())
    for side in sides.values():
        side.end()
    found = {name: median(side.seconds) for name, side in sides.items()}
    wrong = differences(results["ours"], results["DuckDB"])
    ratio, doubling, peak = found["ours"] / found["DuckDB"], found["ours"] / found["half"], sides["ours"].peak
    print(
        f"{task:13} ours {found['ours']:6.2f} s  DuckDB {found['DuckDB']:6.2f} s  ratio {ratio:.2f} (at most {RATIO})  "
        f"peak {peak:.2f} GB (DuckDB {sides['DuckDB'].peak:.2f}; under {MEMORY})  twice the rows {doubling:.2f} (at most {DOUBLING})  "
        f"figures {wrong or 'agree'}"
    )
    for name, side in sides.items():
        print(f"{'':13} {name}: {', '.join(f'{s:.2f}' for s in side.seconds)}")
    return not wrong and ratio <= RATIO and peak < MEMORY and doubling <= DOUBLING


def main() -> int:
    """Make what is missing, compare, and say whether all was met."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tasks", nargs="*", default=list(TASKS), metavar="task")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--shuffled", action="store_true")
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    parser.add_argument("--make", type=float, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        serve(given.serve, given.tasks[0], given.data)
        return 0
    if given.make:
        make(given.data, given.make, shuffled=given.shuffled)
        return 0
    with tempfile.TemporaryDirectory() as scratch:
        shares, order = (given.scale, given.scale / 2), ["--shuffled"] if given.shuffled else []
        folders = [(given.data or Path(scratch)) / f"nation-{share:g}{''.join(order)}" for share in shares]
        for folder, share in zip(folders, shares, strict=True):
            if not (folder / "assignments.parquet").exists():
                # In a process of its own, so that the memory it takes is not counted as ours.
                command = [sys.executable, __file__, "--make", str(share), "--data", str(folder), *order]
                subprocess.run(command, check=True)
        met = [compare(task, *folders, given.repeats, Path(scratch)) for task in given.tasks]
    return 0 if all(met) or given.scale < 1 else 1


if __name__ == "__main__":
    sys.exit(main())
