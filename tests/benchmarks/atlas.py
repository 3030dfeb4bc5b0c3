"""Time and memory of the atlas of England: under 5 minutes and 2 GB on two idle cores, and linear in authorities.

    python tests/benchmarks/atlas.py [--sizes 38 76 153] [--workers 2]

Each size is made by a process of its own. Processor time is that of all its processes; memory is the most that the process and its workers
together had in use, looked at ten times a second. Linear: an authority more costs no more processor time than 1.25 times what it cost up
to the first size.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

MOST_SECONDS, MOST_MEGABYTES, MOST_GROWTH = 300, 2_000, 1.25
ENGLAND = 153
MAKE = """
import sys
from workforce.benchmark.glance import authorities_of_today
from workforce.report.atlas import atlas

if __name__ == "__main__":
    codes = [code for code, _, _ in authorities_of_today()]
    step = len(codes) / int(sys.argv[1])
    atlas(areas=[codes[int(i * step)] for i in range(int(sys.argv[1]))], out=sys.argv[2], workers=int(sys.argv[3]))
"""


def megabytes_of(group: int) -> float:
    """The resident memory of all processes of a process group; what they share is counted for each."""
    total = 0
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            if os.getpgid(int(status.parent.name)) == group:
                total += int(status.with_name("statm").read_text().split()[1])
        except (OSError, ValueError):
            continue
    return total * os.sysconf("SC_PAGE_SIZE") / 1e6


def made(size: int, workers: int) -> tuple[float, float, float]:
    """Seconds, processor seconds and megabytes of an atlas with so many pages."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "make.py"
        script.write_text(MAKE, encoding="utf-8")
        before, start, most = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic(), 0.0
        process = subprocess.Popen(  # noqa: S603  # this Python
            [sys.executable, str(script), str(size), folder, str(workers)], start_new_session=True
        )
        while process.poll() is None:
            most = max(most, megabytes_of(process.pid))
            time.sleep(0.1)
        if process.returncode:
            sys.exit(process.returncode)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.monotonic() - start, processor, most


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--sizes", type=int, nargs="+", default=[38, 76, ENGLAND])
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    start = made(1, options.workers)[1]
    missed, before = False, (1, start)
    first_cost = None
    for size in options.sizes:
        seconds, processor, memory = made(size, options.workers)
        cost = (processor - before[1]) / (size - before[0])
        first_cost = first_cost or cost
        print(
            f"{size} authorities: {seconds:.0f} s, {processor:.0f} s of processor time, {memory:,.0f} MB; "
            f"{cost:.2f} s of processor time for each authority more",
            flush=True,
        )
        missed |= memory > MOST_MEGABYTES or cost > MOST_GROWTH * first_cost
        missed |= size >= ENGLAND and seconds > MOST_SECONDS
        before = (size, processor)
    print("missed" if missed else "all that is asked")
    sys.exit(missed)


if __name__ == "__main__":
    main()
