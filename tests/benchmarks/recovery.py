"""Recovery: do the 95% limits of each retention figure cover the truth in 95% of repetitions, where the hazards are known?

Run as: python tests/benchmarks/recovery.py [--repetitions 2000] [areas] [caseload] [spells]   (about half an hour on two processors)
areas: generated areas, measured from their assignments; caseload: generated areas with their cases; spells: drawn spells, for what areas
cannot show. recovery_areas.py, recovery_caseload.py and recovery_spells.py say what is true of each, and why. The seeds follow from one
number, chosen before the first run. A coverage is as it should be within three binomial standard errors of 95%. Printed: figure, truth,
the mean of what was found, the share covered, and where limits are symmetrical the mean of the standard errors over the spread of what was
found. Exit code 1 where a coverage is amiss.
"""

import argparse
import multiprocessing
import os
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from importlib import import_module
from types import ModuleType

import numpy as np

SEED = 2026
REPETITIONS = 2_000
PROCESSES = 2
SYMMETRICAL = ("mean within", "restricted mean", "difference", "log hazard ratio")
CHANCE = 0.95
Z = 1.959963984540054


def part_of(name: str) -> ModuleType:
    return import_module(f"recovery_{name}")


def found_in(name: str, seed: int) -> tuple[dict, dict]:
    """One repetition, in a process of its own."""
    return part_of(name).found(seed)


def all_found(part: str, seeds: Sequence[int]) -> tuple[list[dict], list[dict]]:
    # Each process counts on one thread: two of them fill two processors. A fork of threads that polars has started may hang.
    os.environ["POLARS_MAX_THREADS"] = os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"
    with ProcessPoolExecutor(PROCESSES, mp_context=multiprocessing.get_context("spawn")) as pool:
        both = list(pool.map(found_in, [part] * len(seeds), seeds, chunksize=10))
    return [figures for figures, _ in both], [tests for _, tests in both]


def told(part: str, repetitions: int, seed: int) -> int:
    """Run a part, print it, and say how many coverages were amiss."""
    figures, tests = all_found(part, np.random.SeedSequence(seed).generate_state(repetitions).tolist())
    allowed = 3 * np.sqrt(CHANCE * (1 - CHANCE) / repetitions)
    print(
        f"{part}: {repetitions} repetitions, seed {seed}; as it should be: {CHANCE - allowed:.4f} to {CHANCE + allowed:.4f}"
    )
    wrong = 0
    for figure, truth in part_of(part).truths().items():
        # A figure that could not be found has no limits, and covers nothing. An upper limit of a median that was not reached lies beyond
        # what was seen.
        values, lower, upper = np.array([one.get(figure, (None,) * 3) for one in figures], dtype=float).T
        reached = np.where(np.isnan(upper), np.inf, upper) if figure.startswith("median") else upper
        share = float(np.mean((lower <= truth) & (truth <= reached)))
        amiss = abs(share - CHANCE) > allowed
        wrong += amiss
        shown = f"{figure:52} truth {truth:10.4f}  found {np.nanmean(values):10.4f}  covered {share:.4f}"
        if figure.startswith(SYMMETRICAL):
            shown += f"  error/spread {np.nanmean(upper - lower) / 2 / Z / np.nanstd(values):.3f}"
        if np.isnan(lower).any():
            shown += f"  without limits {np.isnan(lower).mean():.4f}"
        print(shown + ("  AMISS" if amiss else ""))
    for name in tests[0]:
        share = float(np.mean([one[name] >= 1 - CHANCE for one in tests]))
        amiss = abs(share - CHANCE) > allowed
        wrong += amiss
        print(f"{name:52} not significant at 5% in {share:.4f}{'  AMISS' if amiss else ''}", flush=True)
    return wrong


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("parts", nargs="*", default=["areas", "caseload", "spells"])
    asked.add_argument("--repetitions", type=int, default=REPETITIONS)
    asked.add_argument("--seed", type=int, default=SEED)
    given = asked.parse_args()
    return int(sum(told(part, given.repetitions, given.seed) for part in given.parts) > 0)


if __name__ == "__main__":
    sys.exit(main())
