"""Speed of retention, beside lifelines and (where Rscript is present) R's survival, in one run on the same spells.

Run as: python tests/benchmarks/retention.py [--scale 0.1] [--repeats 5] [task ...]   (tasks: curve groups cox incidence)
Each program runs in a process of its own, on data that it already holds in its own form; the median of its repeats counts. Printed: the
medians, the ratios with what is asked of them, and the largest memory of ours. Exit code 1 where a ratio is missed at full scale.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path
from statistics import median

import numpy as np

SEED = 20_260_401
ROWS = {"curve": 10_000_000, "groups": 1_000_000, "cox": 1_000_000, "incidence": 1_000_000}
ASKED = {
    ("curve", "lifelines"): 2.5,
    ("curve", "R"): 60.0,
    ("groups", "lifelines"): 25.0,
    ("cox", "R"): 30.0,
    ("incidence", "lifelines"): 30.0,
}
OTHERS_REPEATS = 5  # no more: the others may take seconds to minutes
LONG = 60.0  # seconds: what takes longer is not repeated
MEMORY = 1.5  # GB
COVARIATES = [f"x{place}" for place in range(5)]
COEFFICIENTS = np.array([0.1, -0.15, 0.05, 0.2, -0.1])


def drawn(task: str, scale: float) -> dict[str, np.ndarray]:
    """Spells in whole days, entered late: the same for every program."""
    rng, rows = np.random.default_rng(SEED), int(ROWS[task] * scale)
    levels = rng.integers(0, 3, (rows, 5), dtype=np.int8) if task == "cox" else np.zeros((rows, 5), dtype=np.int8)
    # Four in ten are seen from their first day: where nobody is, small groups lose all they have at once, and lifelines refuses them.
    entry = np.where(rng.random(rows) < 0.4, 0, rng.integers(0, 1500, rows)).astype(np.int32)
    until_left = np.ceil(rng.exponential(2500 / np.exp(levels @ COEFFICIENTS))).astype(np.int32)
    until_seen = rng.integers(1, 2000, rows, dtype=np.int32)
    event = until_left <= until_seen
    columns = {"entry": entry, "exit": entry + np.minimum(until_left, until_seen), "event": event.astype(np.int32)}
    if task == "groups":
        columns["group"] = rng.integers(0, 600, rows, dtype=np.int32)
    if task == "cox":
        columns |= {name: levels[:, place].astype(np.int32) for place, name in enumerate(COVARIATES)}
    if task == "incidence":
        columns["cause"] = np.where(event, rng.integers(1, 4, rows), 0).astype(np.int32)
    return columns


def timed(call, repeats: int) -> list[float]:
    taken = []
    for _ in range(repeats):
        begun = time.perf_counter()
        call()
        taken.append(time.perf_counter() - begun)
        if sum(taken) > LONG:
            break
    return taken


def ours(task: str, columns: dict[str, np.ndarray], repeats: int) -> list[float]:
    import polars as pl

    import workforce.measures.cox as cox_file
    import workforce.measures.incidence as incidence_file
    import workforce.measures.life_table as life_file

    frame = pl.DataFrame(columns).with_columns(pl.col("entry", "exit").cast(pl.Int64), pl.col("event").cast(pl.Boolean))
    words = pl.Series(["low", "middle", "high"])
    if task == "cox":
        frame = frame.with_columns(words.gather(frame[c]).alias(c) for c in COVARIATES)
    if task == "groups":
        frame = frame.with_columns("team " + pl.col("group").cast(pl.String).alias("group"))
    if task == "incidence":
        causes = pl.Series([None, "nhs", "other_local_authority", "retirement"])
        frame = frame.with_columns(cause=causes.gather(frame["cause"]))
    calls = {
        "curve": lambda: life_file.life_table(frame),
        "groups": lambda: life_file.life_table(frame, by="group"),
        "cox": lambda: cox_file.cox(frame, covariates=COVARIATES),
        "incidence": lambda: incidence_file.incidence(frame),
    }
    calls[task]()  # the first call imports what the others find loaded
    return timed(calls[task], repeats)


def lifelines(task: str, columns: dict[str, np.ndarray], repeats: int) -> list[float]:
    warnings.simplefilter("ignore")
    from lifelines import AalenJohansenFitter, KaplanMeierFitter

    entry, end, event = columns["entry"], columns["exit"], columns["event"]

    def curve(rows=slice(None)):
        KaplanMeierFitter().fit(end[rows], event[rows], entry=entry[rows])

    def groups():
        order = np.argsort(columns["group"], kind="stable")
        for rows in np.split(order, np.flatnonzero(np.diff(columns["group"][order])) + 1):
            curve(rows)

    def incidence():
        for cause in (1, 2, 3):
            AalenJohansenFitter(calculate_variance=True, seed=1).fit(end, columns["cause"], cause, entry=entry)

    return timed({"curve": curve, "groups": groups, "incidence": incidence}[task], repeats)


R_CALLS = {
    "curve": "survfit(Surv(entry, exit, event) ~ 1, conf.type = 'log-log')",
    "cox": "coxph(Surv(entry, exit, event) ~ factor(x0) + factor(x1) + factor(x2) + factor(x3) + factor(x4), ties = 'efron')",
}


def r_survival(task: str, columns: dict[str, np.ndarray], repeats: int) -> list[float]:
    with tempfile.TemporaryDirectory() as folder:
        for name, values in columns.items():
            values.astype(np.int32).tofile(Path(folder) / name)
        reads = "\n".join(f"{c} <- readBin('{folder}/{c}', 'integer', {len(v)})" for c, v in columns.items())
        script = f"""suppressMessages(library(survival))
{reads}
for (i in seq_len({repeats})) cat(system.time({R_CALLS[task]})[['elapsed']], '\\n')"""
        path = Path(folder) / "timed.R"
        path.write_text(script, encoding="utf-8")
        said = subprocess.run(["Rscript", str(path)], capture_output=True, text=True, check=True).stdout  # noqa: S603, S607
    return [float(line) for line in said.split()]


PROGRAMS = {"ours": ours, "lifelines": lifelines, "R": r_survival}


def in_its_own_process(task: str, program: str, scale: float, repeats: int) -> dict[str, object]:
    command = [sys.executable, __file__, "--child", program, "--scale", str(scale), "--repeats", str(repeats), task]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        return {"seconds": [], "memory": 0.0}
    return json.loads(done.stdout.splitlines()[-1])


def child(task: str, program: str, scale: float, repeats: int) -> None:
    import resource

    seconds = PROGRAMS[program](task, drawn(task, scale), repeats)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    print(json.dumps({"seconds": seconds, "memory": peak}))


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("tasks", nargs="*", default=list(ROWS))
    asked.add_argument("--scale", type=float, default=1.0)
    asked.add_argument("--repeats", type=int, default=5)
    asked.add_argument("--child", choices=list(PROGRAMS))
    given = asked.parse_args()
    if given.child:
        child(given.tasks[0], given.child, given.scale, given.repeats)
        return 0
    missed = 0
    for task in given.tasks:
        own = in_its_own_process(task, "ours", given.scale, given.repeats)
        mine = median(own["seconds"])
        print(
            f"{task}: {int(ROWS[task] * given.scale):,} spells; ours {mine:.3f} s, {own['memory']:.2f} GB (asked: under {MEMORY})"
        )
        missed += own["memory"] > MEMORY
        for program in (name for about, name in ASKED if about == task):
            if program == "R" and shutil.which("Rscript") is None:
                continue
            theirs = in_its_own_process(task, program, given.scale, min(OTHERS_REPEATS, given.repeats))["seconds"]
            if not theirs:
                print(f"  {program}: did not finish")
                continue
            ratio, least = median(theirs) / mine, ASKED[task, program]
            print(
                f"  {program} {median(theirs):.2f} s: {ratio:.1f} times (asked: {least:g})",
                flush=True,
            )
            missed += ratio < least
    return int(bool(missed) and given.scale == 1)


if __name__ == "__main__":
    sys.exit(main())
