"""Speed of retention, beside lifelines and (where Rscript is present) R's survival, in one run on the same spells.

Run as: python tests/benchmarks/retention.py [--scale 0.1] [--rounds 5] [task ...]   (tasks: curve groups cox incidence)
Each program runs in a process of its own, on data that it already holds in its own form. They take turns, a second or one call each a
round, so that whatever else the machine is doing slows all of them; medians count. Printed: the medians, the ratios with what is asked of
them, and the largest memory of ours. Exit code 1 where a ratio is missed at full scale.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Sequence
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
TURN = 1.0  # seconds: a turn is as many calls as fit into it, at least one, and their median (R's calls are longer)
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


def ours(task: str, columns: dict[str, np.ndarray]) -> Callable[[], object]:
    import polars as pl

    import workforce as wf

    frame = pl.DataFrame(columns).with_columns(pl.col("entry", "exit").cast(pl.Int64), pl.col("event").cast(pl.Boolean))
    words = pl.Series(["low", "middle", "high"])
    if task == "cox":
        frame = frame.with_columns(words.gather(frame[c]).alias(c) for c in COVARIATES)
    if task == "groups":
        frame = frame.with_columns(group="team " + pl.col("group").cast(pl.String))
    if task == "incidence":
        causes = pl.Series([None, "nhs", "other_local_authority", "retirement"])
        frame = frame.with_columns(cause=causes.gather(frame["cause"]))
    calls = {
        "curve": lambda: wf.stats.life_table(frame),
        "groups": lambda: wf.stats.life_table(frame, by="group"),
        "cox": lambda: wf.stats.cox(frame, covariates=COVARIATES),
        "incidence": lambda: wf.stats.incidence(frame),
    }
    calls[task]()  # the first call imports what the others find loaded
    return calls[task]


def lifelines(task: str, columns: dict[str, np.ndarray]) -> Callable[[], object]:
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

    return {"curve": curve, "groups": groups, "incidence": incidence}[task]


R_CALLS = {
    "curve": "survfit(Surv(entry, exit, event) ~ 1, conf.type = 'log-log')",
    "cox": "coxph(Surv(entry, exit, event) ~ factor(x0) + factor(x1) + factor(x2) + factor(x3) + factor(x4), ties = 'efron')",
}


def r_survival(task: str, columns: dict[str, np.ndarray], folder: Path) -> list[str]:
    """The command that answers every line with how long R took."""
    for name, values in columns.items():
        values.astype(np.int32).tofile(folder / name)
    reads = "\n".join(f"{c} <- readBin('{folder}/{c}', 'integer', {len(v)})" for c, v in columns.items())
    script = f"""suppressMessages(library(survival))
{reads}
asked <- file('stdin', 'r')
while (length(readLines(asked, 1))) cat('[', system.time({R_CALLS[task]})[['elapsed']], ', 0]\n')"""
    path = folder / "timed.R"
    path.write_text(script, encoding="utf-8")
    return ["Rscript", str(path)]


def answering(task: str, program: str, scale: float, folder: Path) -> None:
    """The process of one program: for every line it is given, a turn, and how long a call took (and the largest memory so far, in GB)."""
    import resource

    columns = drawn(task, scale)
    if program == "R":
        command = r_survival(task, columns, folder)
        os.execvp(command[0], command)  # noqa: S606 - this process becomes R
    call = {"ours": ours, "lifelines": lifelines}[program](task, columns)
    for _ in sys.stdin:
        taken: list[float] = []
        while sum(taken) < TURN:
            begun = time.perf_counter()
            call()
            taken.append(time.perf_counter() - begun)
        print(json.dumps([median(taken), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2]), flush=True)


def in_turn(task: str, programs: Sequence[str], scale: float, rounds: int) -> dict[str, list[list[float]]]:
    """What each program answers, round by round; nothing from one that does not finish."""
    with tempfile.TemporaryDirectory() as folder:
        started = {
            program: subprocess.Popen(  # noqa: S603
                [sys.executable, __file__, "--child", program, "--scale", str(scale), "--folder", folder, task],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for program in programs
        }
        answers: dict[str, list[list[float]]] = {program: [] for program in programs}
        for _ in range(rounds):
            for program, process in started.items():
                if process.poll() is None:
                    process.stdin.write("again\n")
                    process.stdin.flush()
                    said = process.stdout.readline()
                    answers[program] += [json.loads(said)] if said else []
        for process in started.values():
            process.communicate()
    return answers


def told(task: str, scale: float, rounds: int) -> int:
    """Run a task, print it, and say how many of its bounds were missed."""
    others = [name for about, name in ASKED if about == task and (name != "R" or shutil.which("Rscript"))]
    answers = in_turn(task, ["ours", *others], scale, rounds)
    mine, memory = median(seconds for seconds, _ in answers["ours"]), max(peak for _, peak in answers["ours"])
    print(f"{task}: {int(ROWS[task] * scale):,} spells; ours {mine:.3f} s, {memory:.2f} GB (asked: under {MEMORY})")
    missed = int(memory > MEMORY)
    for program in others:
        if not answers[program]:
            print(f"  {program}: did not finish")
            continue
        theirs, least = median(seconds for seconds, _ in answers[program]), ASKED[task, program]
        print(f"  {program} {theirs:.2f} s: {theirs / mine:.1f} times (asked: {least:g})", flush=True)
        missed += theirs / mine < least
    return missed


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("tasks", nargs="*", default=list(ROWS))
    asked.add_argument("--scale", type=float, default=1.0)
    asked.add_argument("--rounds", type=int, default=5)
    asked.add_argument("--child", choices=["ours", "lifelines", "R"])
    asked.add_argument("--folder", type=Path)
    given = asked.parse_args()
    if given.child:
        answering(given.tasks[0], given.child, given.scale, given.folder)
        return 0
    missed = sum(told(task, given.scale, given.rounds) for task in given.tasks)
    return int(bool(missed) and given.scale == 1)


if __name__ == "__main__":
    sys.exit(main())
