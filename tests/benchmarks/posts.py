"""Is the number of posts that `capacity` names the smallest with which half of the outlook's paths clear the queue?

    PYTHONPATH=src python tests/benchmarks/posts.py [--areas 100] [--first 91000]

Each area (its own seed; `demand.py`) is asked how many further posts bring its requests past their date down to the target by a year
after its last day. The target wait goes from 32 to 192 weeks, so that some queues are cleared by few posts, some by many and
some by none. The answer is compared with the whole outlook simulated again under each number of posts from 0 to the most, path by path:
the smallest number with at least half of the paths at the target must be the one that was named; where there is none, none may be
named. Exit code 1 where one differs. The seeds 91,000 to 91,099 were fixed before the first run.
"""

import argparse
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from datetime import date

from backtest import ROLES, records_of
from demand import area_with_demand

import workforce as wf
from workforce.forecast.fit import fit
from workforce.forecast.outlook import paths_of

AREAS, FIRST, MOST, PATHS = 100, 91_000, 12, 200
LAST = date(2023, 3, 31)
YEAR = wf.year_to("2023-03")
WAITS = (32, 48, 64, 96, 128, 192)  # after a first run with 1 to 32 weeks, of which no queue was cleared


def compared(seed):
    """The number of posts of one area by `capacity`, and by trying each."""
    records = records_of(area_with_demand(seed, LAST))
    target_wait = WAITS[seed % len(WAITS)]
    settings = wf.forecast.ForecastSettings(paths=PATHS, seed=seed)
    options = {"roles": ROLES, "after": 20, "months": 12, "most_posts": MOST, "settings": settings}
    table = wf.forecast.capacity(records, YEAR, target_wait, **options).frame
    figures = dict(table.select("definition", "value").rows())
    roles = wf.forecast.roles_holding(records, roles=ROLES)
    fitted = fit(records, roles=roles, on=LAST, history=settings.history, case_type="ehc_assessment")
    cleared = []
    for posts in range(MOST + 1):
        more = wf.forecast.Scenario("more", recruit=posts)
        ends = paths_of(fitted, more, 12, paths=PATHS, seed=seed).overdue[:, -1]
        cleared.append(int((ends <= figures["target_queue"]).sum()))
    enough = [posts for posts, paths in enumerate(cleared) if 2 * paths >= PATHS]
    smallest = enough[0] if enough else None
    shares = (
        round(figures["cleared"] * PATHS / 100),
        None if figures["cleared_with_one_fewer"] is None else round(figures["cleared_with_one_fewer"] * PATHS / 100),
    )
    tried = (cleared[MOST if smallest is None else smallest], cleared[smallest - 1] if smallest else None)
    return seed, figures["posts"], smallest, shares == tried


def main(areas, first):
    """Compare the areas and print how many agree."""
    started = time.perf_counter()
    with ProcessPoolExecutor(2) as pool:
        found = list(pool.map(compared, range(first, first + areas), chunksize=5))
    wrong = [(seed, named, smallest) for seed, named, smallest, same in found if named != smallest or not same]
    counts = Counter("none" if smallest is None else int(smallest) for _, _, smallest, _ in found)
    print(f"{areas} areas: {areas - len(wrong)} agree; posts named: {dict(sorted(counts.items(), key=str))}")
    for seed, named, smallest in wrong:
        print(f"  seed {seed}: named {named}, smallest {smallest}")
    print(f"{time.perf_counter() - started:.0f} s")
    return 1 if wrong else 0


if __name__ == "__main__":
    options = argparse.ArgumentParser(description="Is the number of posts the smallest that clears the queue?")
    options.add_argument("--areas", type=int, default=AREAS)
    options.add_argument("--first", type=int, default=FIRST, help="the first seed")
    given = options.parse_args()
    sys.exit(main(given.areas, given.first))
