"""How long the audit takes, and what it takes away.

    python tests/benchmarks/audit.py [--large] [--sample] [--months 2] [--optimum]

Tables by team, place and role with all their margins, of random counts of which about a tenth are small: seconds for a release and how many
second figures it withholds, under both rules; with `--large` up to 17,000 figures. `--sample` publishes months of the sample by `workforce
run --publish` and says how long each took and which share of the non-zero rows was withheld beyond the rule. `--optimum` compares small
two-way tables with the fewest figures that protect all small ones.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

sys.path.insert(0, str(Path(__file__).parents[1]))

import workforce as wf
from builders import measured, withheld_rows_stay
from properties.test_audit_laws import against_the_optimum

ON = date(2023, 3, 31)
MARGINS = (
    ("team", "place", "role"),
    ("team", "place"),
    ("team", "role"),
    ("place", "role"),
    ("team",),
    ("place",),
    ("role",),
    (),
)
SEED = 1
OF_EACH_SIZE = 25


def tables(teams: int, places: int, roles: int) -> dict:
    """Random counts and all their margins."""
    random = np.random.default_rng(SEED)
    rows = [
        (f"team {t}", f"place {p}", f"role {r}", float(random.poisson(25 * random.gamma(1, 1))))
        for t in range(teams)
        for p in range(places)
        for r in range(roles)
    ]
    cells = pl.DataFrame(rows, schema=["team", "place", "role", "numerator"], orient="row").with_columns(
        people=pl.col("numerator").cast(pl.Int64), period_start=pl.lit(ON), period_end=pl.lit(ON)
    )
    days = ["period_start", "period_end"]
    return {
        str(by): measured(
            cells.group_by([*by, *days], maintain_order=True).agg(pl.col("numerator", "people").sum()),
            "headcount",
            "in_post",
            by=list(by),
        )
        for by in MARGINS
    }


def timed(sizes: tuple[int, int, int], rule: str) -> None:
    """Print how long one release takes."""
    of_size = tables(*sizes)
    figures = sum(len(table) for table in of_size.values())
    begun = time.perf_counter()
    with withheld_rows_stay():
        page = wf.release(of_size, rule)
    seconds = time.perf_counter() - begun
    withheld = sum(int((frame["marker"] == "c").sum()) for frame in page.tables.values())
    most = 7 if rule == "board" else 4
    small = sum(table.frame.filter(pl.col("numerator").is_between(1, most)).height for table in of_size.values())
    left_out = sum(frame.is_empty() for frame in page.tables.values())
    print(
        f"{figures:,} figures under {rule}: {seconds:.1f} s, {small} small, {withheld - small} more withheld, {left_out} tables left out"
    )


def published(months: list[str]) -> None:
    """Print how long the sample takes month after month, and what the audit takes away."""
    with tempfile.TemporaryDirectory() as folder:
        for rule in ("board", "internal"):
            for month in months:
                begun = time.perf_counter()
                words = [sys.executable, "-m", "workforce", "run", "--publish", "--month", month, "--audience", rule]
                done = subprocess.run([*words, "--out", folder], capture_output=True, text=True, check=False)  # noqa: S603
                seconds = time.perf_counter() - begun
                (path,) = Path(f"{folder}-ledger").rglob(f"{month}.{rule}.parquet")
                cells = pl.read_parquet(path).filter(pl.col("is_cell") & (pl.col("exact") > 0))
                rows = cells.group_by("table", "row").agg(pl.col("second").any())
                second = int(rows["second"].sum())
                print(
                    f"{month} {rule}: {seconds:.0f} s, exit {done.returncode}, {second} of {len(rows)} non-zero rows beyond the rule"
                )


def against_fewest() -> None:
    """Print how many figures the audit takes away from small tables, and the fewest that protect all small ones."""
    audited, fewest = against_the_optimum(OF_EACH_SIZE)
    print(
        f"{len(audited)} tables: {sum(audited)} more withheld, {sum(fewest)} at least, {sum(audited) / sum(fewest):.3f} times"
    )


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--large", action="store_true")
    parser.add_argument("--sample", action="store_true")
    parser.add_argument("--months", type=int, default=2)
    parser.add_argument("--optimum", action="store_true")
    chosen = parser.parse_args()
    if chosen.optimum:
        against_fewest()
        return
    wf.release(tables(2, 2, 2), "board")  # libraries load when first used
    for sizes in ((5, 10, 8), (10, 10, 12), *(((10, 20, 20), (20, 30, 24)) if chosen.large else ())):
        for rule in ("internal", "board"):
            timed(sizes, rule)
    if chosen.sample:
        published([f"2023-{month:02}" for month in range(4 - chosen.months, 4)])


if __name__ == "__main__":
    main()
