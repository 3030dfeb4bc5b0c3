"""Time of this version beside an earlier one on the staffing, retention and casework benchmarks, in one run on the same data.

    python tests/benchmarks/versions.py OTHER_PYTHON [--scale 0.1] [--rounds 7] [task ...]

OTHER_PYTHON: the interpreter of an environment in which version 0.1 is installed. Each version runs in a process of its own on two threads,
on data that this version's generators write once; they take turns, and the median of the ratios pair by pair counts (at most 1.05). Exit
code 1 where a task is slower.
"""

# ruff: noqa: S603 - a benchmark starts its own processes

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

MOST = 1.05
TASKS = (
    "turnover",
    "nhs",
    "days_per_fte",
    "curve",
    "groups",
    "cox",
    "incidence",
    "caseload",
    "continuity",
    "timeliness",
    "retention",
)


def make(folder: Path, scale: float) -> None:
    """Write the data of every task: a nation's staff and absences, spells, and casework."""
    import casework
    import numpy as np
    import polars as pl
    import retention
    import staffing

    staffing.make(folder, scale, shuffled=False)
    for task in ("curve", "groups", "cox", "incidence"):
        columns = retention.drawn(task, scale)
        frame = pl.DataFrame(columns).with_columns(
            pl.col("entry", "exit").cast(pl.Int64), pl.col("event").cast(pl.Boolean)
        )
        words = pl.Series(["low", "middle", "high"])
        if task == "cox":
            frame = frame.with_columns(words.gather(frame[c]).alias(c) for c in retention.COVARIATES)
        if task == "groups":
            frame = frame.with_columns(group="team " + pl.col("group").cast(pl.String))
        if task == "incidence":
            causes = pl.Series([None, "nhs", "other_local_authority", "retirement"])
            frame = frame.with_columns(cause=causes.gather(frame["cause"]))
        frame.write_parquet(folder / f"{task}.parquet")
    held, cases, staff = casework.generated(int(casework.ALLOCATIONS * scale), np.random.default_rng(1))
    outcome = pl.lit("plan_issued")
    asked = cases.with_columns(case_type=pl.lit("ehc_assessment"), outcome=outcome, outcome_date="closed_date")
    held.with_columns(change_reason=pl.lit("worker_left")).write_parquet(folder / "allocations.parquet")
    asked.write_parquet(folder / "cases.parquet")
    staff.write_parquet(folder / "caseworkers.parquet")


def calls(folder: Path):
    """The tasks as calls of whichever version is installed; data that both hold in memory is read before the clock starts."""
    import polars as pl

    import workforce as wf

    new = hasattr(wf, "Records") and "staffing" in wf.__all__
    months = wf.months("2013-04", "2023-03")
    by = ["organisation", "locality"]
    spells = {task: pl.read_parquet(folder / f"{task}.parquet") for task in ("curve", "groups", "cox", "incidence")}
    held, cases, staff = (pl.read_parquet(folder / f"{n}.parquet") for n in ("allocations", "cases", "caseworkers"))
    days, observed = wf.month_ends("2023-03", 120), wf.Period(months[0].start, months[-1].end)
    covariates = [c for c in spells["cox"].columns if c not in ("entry", "exit", "event")]
    stats = wf.stats if new else wf

    def nation(measure, *given, **options):
        people, sick = (pl.scan_parquet(folder / f"{name}.parquet") for name in ("assignments", "absences"))
        if new:
            return measure(wf.Records(assignments=people, absences=sick), *given, **options)
        return measure(people, *((sick,) if options["definition"] != "average" else ()), *given, **options)

    def work(measure, names, *given, **options):
        frames = {"allocations": held, "cases": cases, "assignments": staff}
        if new:
            return measure(wf.Records(**frames), *given, **options)
        return measure(*(frames[name] for name in names), *given, **options)

    absence = wf.absence.rate if new else wf.absence
    of_casework = wf.casework if new else wf
    return {
        "turnover": lambda: nation(wf.staffing.turnover if new else wf.turnover, months, definition="average", by=by),
        "nhs": lambda: nation(absence, months, definition="nhs", by=by),
        "days_per_fte": lambda: nation(absence, months, definition="days_per_fte", by=by),
        "curve": lambda: stats.life_table(spells["curve"]),
        "groups": lambda: stats.life_table(spells["groups"], by="group"),
        "cox": lambda: stats.cox(spells["cox"], covariates=covariates),
        "incidence": lambda: stats.incidence(spells["incidence"]),
        "caseload": lambda: work(
            wf.caseload.per_fte if new else wf.caseload,
            ("allocations", "cases", "assignments"),
            days[:60],
            definition="dfe",
            by=by,
        ),
        "continuity": lambda: work(of_casework.continuity, ("allocations", "cases"), wf.years_to("2023-03", 5)),
        "timeliness": lambda: work(of_casework.timeliness, ("cases",), months),
        "retention": lambda: work(
            wf.leaving.retention if new else wf.retention, ("assignments",), observed, by=["locality"]
        ),
    }


def serve(folder: Path) -> None:
    """One version's process: run the task that each line names, and say how long it took."""
    tasks = calls(folder)
    for line in sys.stdin:
        begun = time.perf_counter()
        tasks[line.strip()]()
        print(json.dumps(time.perf_counter() - begun), flush=True)


def started(python: str, folder: Path) -> subprocess.Popen:
    """One version's process, waiting for its turn."""
    environment = {**os.environ, "POLARS_MAX_THREADS": "2", "PYTHONPATH": ""}
    command = [python, __file__, "--serve", str(folder), python]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)


def turn(process: subprocess.Popen, task: str) -> float:
    """The seconds that one turn took."""
    process.stdin.write(f"{task}\n")
    process.stdin.flush()
    return json.loads(process.stdout.readline())


def main() -> int:
    """Compare task by task, turn by turn."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("other")
    parser.add_argument("tasks", nargs="*", default=list(TASKS), metavar="task")
    parser.add_argument("--scale", type=float, default=0.1)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--data", type=Path, help="keeps the data there for the next run")
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        serve(given.serve)
        return 0
    with tempfile.TemporaryDirectory() as scratch:
        folder = given.data or Path(scratch)
        if not (folder / "caseworkers.parquet").exists():
            folder.mkdir(parents=True, exist_ok=True)
            make(folder, given.scale)
        ours, theirs = started(sys.executable, folder), started(given.other, folder)
        slower = 0
        for task in given.tasks:
            pairs = []
            for number in range(
                given.rounds + 1
            ):  # the first pair loads what the others find loaded, and does not count
                order = (ours, theirs) if number % 2 else (theirs, ours)
                seconds = {id(side): turn(side, task) for side in order}
                pairs.append((seconds[id(ours)], seconds[id(theirs)]))
            ratio = median(a / b for a, b in pairs[1:])
            slower += ratio > MOST
            mine, other = (median(pair[side] for pair in pairs[1:]) for side in (0, 1))
            print(f"{task:13} this {mine:6.2f} s  other {other:6.2f} s  ratio {ratio:.3f} (at most {MOST})", flush=True)
        for side in (ours, theirs):
            side.stdin.close()
            side.wait()
    return 1 if slower else 0


if __name__ == "__main__":
    sys.exit(main())
