"""Benchmark: caseload over ten years by month, organisation and locality, against the same in DuckDB SQL in one run.

    PYTHONPATH=src python tests/benchmarks/casework.py [allocations]

Three million allocations of one and a half million cases to ten thousand workers in five organisations. Both sides count, on each of 120
month-ends, the open cases held by workers present and the FTE of those workers, by the organisation and locality of the worker's main
post, a handover counted once. Their figures are compared first; then the times, and the most memory that the process ever held.
DuckDB is needed beside the project's own requirements (pip install duckdb). Exit code 1: the figures differ, ours was slower, or 2 GB were
passed.
"""

import resource
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import numpy as np
import polars as pl

import workforce as wf
from workforce import month_ends

ALLOCATIONS = 3_000_000
DAYS = month_ends("2023-03", 120)
FIRST = np.datetime64("2013-04-01")
LIMIT = 2 * 1024**3

SQL = """
with days as (select unnest($days)::date as day),
held as (
    select d.day, a.organisation, a.case_id, a.person_id,
           row_number() over (partition by d.day, a.organisation, a.case_id, a.worker_role order by a.start_date desc, a.person_id) as place
    from allocations a
    join cases c using (organisation, case_id)
    join days d on a.start_date <= d.day and (a.end_date is null or a.end_date >= d.day)
               and c.received_date <= d.day and (c.closed_date is null or c.closed_date >= d.day)
),
loads as (
    select day, organisation, person_id, count(distinct case_id) as cases from held where place = 1 group by all
),
posts as (
    select d.day, s.organisation, s.person_id, sum(s.fte) as fte,
           arg_max(s.locality, s.fte * 1e6 - epoch(s.start_date::timestamp) / 86400) as locality
    from assignments s join days d on s.start_date <= d.day and (s.end_date is null or s.end_date >= d.day)
    group by all
)
select p.organisation, p.locality, p.day, sum(l.cases)::double as numerator, sum(p.fte) as denominator
from loads l join posts p using (day, organisation, person_id)
group by all order by 1, 2, 3
"""


def generated(count, rng):
    """Allocations, cases and assignments whose cases are held by two workers after one another."""
    cases, workers = count // 2, 10_000
    span = len(DAYS) * 30
    organisation = rng.integers(0, 5, workers)
    names = np.array(["council", "nhs", "psychology", "schools", "icb"])
    staff = pl.DataFrame(
        {
            "organisation": names[organisation],
            "person_id": [f"W{n:06d}" for n in range(workers)],
            "start_date": FIRST - rng.integers(0, 2_000, workers),
            "end_date": FIRST + rng.integers(1_000, 2 * span, workers),
            "fte": rng.choice([0.5, 0.6, 0.8, 1.0], workers),
            "role": "caseworker",
            "locality": np.array([f"locality {n}" for n in range(7)])[rng.integers(0, 7, workers)],
        }
    )
    first = rng.integers(0, workers, cases)
    # The second holder is a colleague in the same organisation.
    order = np.argsort(organisation, kind="stable")
    place = np.empty(workers, dtype=np.int64)
    place[order] = np.arange(workers)
    edges = np.searchsorted(organisation[order], np.arange(6))
    low, high = edges[organisation[first]], edges[organisation[first] + 1]
    second = order[low + (place[first] - low + rng.integers(1, 50, cases)) % (high - low)]
    begin = rng.integers(-300, span, cases)
    length = rng.integers(20, 500, cases)
    ends = begin + length
    handover = begin + (length * rng.random(cases)).astype(np.int64)
    case_id = pl.select("K" + (pl.int_range(cases) + 10**7).cast(pl.String)).to_series()
    whose = pl.Series(names[organisation[first]])
    every = pl.DataFrame(
        {"organisation": whose, "case_id": case_id, "received_date": FIRST + begin, "closed_date": FIRST + ends}
    )
    ids = staff["person_id"]
    held = pl.concat(
        pl.DataFrame(
            {
                "organisation": whose,
                "case_id": case_id,
                "person_id": ids.gather(person),
                "start_date": FIRST + since,
                "end_date": FIRST + until,
                "worker_role": "caseworker",
            }
        )
        for person, since, until in ((first, begin, handover), (second, handover, ends))
    )
    dates = ("start_date", "end_date", "received_date", "closed_date")
    return tuple(f.with_columns(pl.col(c).cast(pl.Date) for c in dates if c in f.columns) for f in (held, every, staff))


def main(count):
    """Compare figures, times and memory."""
    allocations, cases, assignments = generated(count, np.random.default_rng(1))
    sys.stdout.write(
        f"{allocations.height:,} allocations, {cases.height:,} cases, {assignments.height:,} workers, {len(DAYS)} month-ends\n"
    )
    records = wf.Records(allocations=allocations, cases=cases, assignments=assignments)
    started = time.perf_counter()
    ours = wf.caseload.per_fte(records, DAYS, definition="dfe", by=["organisation", "locality"]).frame
    our_time = time.perf_counter() - started
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    connection = duckdb.connect()
    with TemporaryDirectory() as folder:  # its tables are loaded before its clock starts
        for name, frame in (("allocations", allocations), ("cases", cases), ("assignments", assignments)):
            frame.write_parquet(Path(folder) / f"{name}.parquet")
            connection.execute(f"create table {name} as select * from read_parquet('{folder}/{name}.parquet')")  # noqa: S608 - our names
    started = time.perf_counter()
    rows = connection.execute(SQL, {"days": [d.isoformat() for d in DAYS]}).fetchall()
    their_time = time.perf_counter() - started
    theirs = pl.DataFrame(rows, schema=["organisation", "locality", "day", "numerator", "denominator"], orient="row")
    both = ours.rename({"period_start": "day"}).join(
        theirs, on=["organisation", "locality", "day"], how="full", suffix=" sql"
    )
    differ = both.filter(
        pl.col("numerator").ne_missing(pl.col("numerator sql"))
        | ((pl.col("denominator") - pl.col("denominator sql")).abs() > 1e-6).fill_null(value=True)
    )
    sys.stdout.write(
        f"rows {ours.height:,}, differing {differ.height}; "
        f"workforce {our_time:.2f} s, DuckDB {their_time:.2f} s; at most {memory / 1024**3:.2f} GB\n"
    )
    return int(bool(differ.height) or our_time > their_time or memory > LIMIT)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if sys.argv[1:] else ALLOCATIONS))
