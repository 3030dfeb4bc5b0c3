"""A run: run the planned notebooks side by side, and publish the report.

What fails is named and the rest is published; the last good report stays where nothing could be made.
"""

import multiprocessing
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.queues import SimpleQueue
from pathlib import Path

from workforce.report.execute import Failure, Finished, Job, Progress, execute, prepare
from workforce.report.index import index_page
from workforce.report.manifest import FILE, INDEX, InputFile, Manifest, now, outcome, versions, written_page
from workforce.report.publish import publish, refuse_half, staged, with_earlier

Watch = Callable[[str, int, int], None]
"""Told a page's name, how many of its cells ran, and how many there are."""


@dataclass(frozen=True, slots=True)
class Order:
    """What to run and where to: the jobs, the folder of the report, what it says about itself, and the files that were read."""

    jobs: Sequence[Job]
    target: Path
    area: str
    period: str
    rule: str
    inputs: Sequence[InputFile] = ()
    whole: bool = True
    not_used: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """What came of a run. `published` is false where every notebook failed: the folder is then as it was before."""

    folder: Path
    manifest: Manifest
    failures: dict[str, Failure]
    published: bool

    @property
    def index(self) -> Path:
        """The page to begin with."""
        return self.folder / INDEX

    @property
    def exit_code(self) -> int:
        """0 where all went well; 1 where some failed or a file is not used.

        Where nothing could be made it is the code that the failures agree on, or 1.
        """
        if not self.failures:
            return 1 if self.manifest.not_used else 0
        codes = {failure.exit_code for failure in self.failures.values()}
        return codes.pop() if len(codes) == 1 and not self.published else 1


def run_reports(order: Order, *, workers: int | None = None, watch: Watch | None = None) -> Report:
    """Run the jobs and publish their pages with an index and a manifest.

    workers: notebooks run side by side (default: the cores this process may use). watch: told of each cell that ran.
    """
    started = now()
    with staged(order.target) as stage:
        finished = run_jobs(order.jobs, workers=workers, watch=watch)
        made = now()
        outcomes = [
            outcome(one, None if one.failure else written_page(stage, f"{one.job.name}.html", one.html, made))
            for one in finished
        ]
        failures = {one.job.name: one.failure for one in finished if one.failure}
        published = len(failures) < len(finished)
        if published:
            outcomes = with_earlier(outcomes, order.target, stage, rule=order.rule, whole=order.whole)
        manifest = Manifest(
            area=order.area,
            period=order.period,
            rule=order.rule,
            started=started,
            finished=now(),
            versions=versions(),
            inputs=list(order.inputs),
            notebooks=outcomes,
            not_used=list(order.not_used),
        )
        if published:
            (stage / INDEX).write_text(index_page(manifest), encoding="utf-8")
            (stage / FILE).write_text(manifest.model_dump_json(indent=2) + "\n", encoding="utf-8")
            refuse_half(stage, manifest)
            publish(stage, order.target)
    return Report(order.target, manifest, failures, published)


def run_jobs(jobs: Sequence[Job], *, workers: int | None = None, watch: Watch | None = None) -> list[Finished]:
    """Run notebooks in worker processes; results in the order of the jobs."""
    context = multiprocessing.get_context("spawn")  # a fork of a process whose polars threads hold locks can hang
    queue: SimpleQueue[Progress] = context.SimpleQueue()
    # A short private folder: sockets live there, whose paths must be short, and only this user may enter.
    with tempfile.TemporaryDirectory(prefix="wf-", ignore_cleanup_errors=True) as folder:
        count = max(1, min(workers or cores(), len(jobs)))
        pool = ProcessPoolExecutor(count, mp_context=context, initializer=prepare, initargs=(queue, Path(folder)))
        with _ended(pool):
            futures = {pool.submit(execute, job): job for job in jobs}
            pending: set[Future[Finished]] = set(futures)
            while pending:
                _, pending = wait(pending, timeout=0.1, return_when=FIRST_COMPLETED)
                while not queue.empty():
                    name, done, total = queue.get()
                    if watch:
                        watch(name, done, total)
            results = [_result(future, job) for future, job in futures.items()]
    queue.close()
    return results


def cores() -> int:
    """The processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _result(future: Future[Finished], job: Job) -> Finished:
    try:
        return future.result()
    except BrokenProcessPool:
        return Finished(
            job, 0.0, failure=Failure("BrokenProcessPool", "a worker process died; it may have run out of memory")
        )


@contextmanager
def _ended(pool: ProcessPoolExecutor) -> Iterator[None]:
    """Whatever happens, the workers end; their kernels end with them."""
    others = {process.pid for process in multiprocessing.active_children()}
    try:
        yield
    except BaseException:
        for process in multiprocessing.active_children():
            if process.pid not in others:
                process.terminate()
        raise
    finally:
        pool.shutdown(cancel_futures=True)
