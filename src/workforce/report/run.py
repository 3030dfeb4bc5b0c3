"""A run: run the planned notebooks side by side, and publish the report.

What fails is named and the rest is published; the last good report stays where nothing could be made.
"""

import os
import tempfile
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

import polars as pl

from workforce.errors import DisclosureError, Phrase
from workforce.private_files import is_private, write_file
from workforce.report.execute import Failure, Finished, Job
from workforce.report.faults import machine_faults, temporary_hint
from workforce.report.folders import private_folder, turn
from workforce.report.index import index_page
from workforce.report.ledger import ASSUMED, Entry, refuse_lost_ledger
from workforce.report.manifest import (
    FILE,
    INDEX,
    Manifest,
    earlier_manifest,
    now,
    outcome,
    plain_bytes,
    versions,
    written_page,
)
from workforce.report.pages import DRAFT_MARK
from workforce.report.publish import publish, refuse_half, staged, uninterrupted, with_earlier, writing
from workforce.report.record import InputFile, RowsRead, RunRecord, write_record
from workforce.report.together import Together, made_together
from workforce.report.workers import Watch, run_in_workers


@dataclass(frozen=True, slots=True)
class Order:
    """What to run and where to: the jobs, the folder of the report, what it says about itself, and the files that were read.

    `ledger` is the folder of private records, where there is one; `anew` does without what was published before.
    """

    jobs: Sequence[Job]
    target: Path
    area: str
    period: str
    rule: str
    inputs: Sequence[InputFile] = ()
    rows: Sequence[RowsRead] = ()
    ledger: Path | None = None
    all_pages: bool = True
    anew: bool = False
    not_used: Sequence[str] = ()
    notices: int = 0


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
    """Run the jobs and publish their pages with an index and a manifest; what is not for every reader goes to the private record.

    Parameters
    ----------
    order : Order
        What to run.
    workers : int, optional
        How many notebooks run side by side; by default the cores that this process may use.
    watch : callable, optional
        Is told of each cell that ran.

    Returns
    -------
    Report
        What came of the run.
    """
    started = now()
    private = is_private(order.rule)
    entry = Entry(order.ledger / order.target.parent.name, order.target.name, order.rule) if order.ledger else None
    if entry is not None and not order.anew:
        refuse_lost_ledger(entry, order.target.parent)
    with staged(order.target, private=private) as stage:
        with machine_faults(Phrase("the notebooks could not be run")), _temporary_folder() as folder:
            together = made_together(
                order.jobs,
                lambda jobs: run_jobs(jobs, workers=workers, watch=watch),
                {} if entry is None or order.anew else entry.published_before(),
                folder,
                _earlier_figures(order, entry),
            )
        failures = {result.job.name: result.failure for result in together.finished if result.failure}
        published = len(failures) < len(together.finished)
        with writing(order.target), turn(order.target.parent), uninterrupted():
            manifest = _manifest(order, together, stage, started)
            if published:
                write_file(stage / INDEX, index_page(manifest).encode(), private=private)
                write_file(stage / FILE, f"{manifest.model_dump_json(indent=2)}\n".encode(), private=private)
                refuse_half(stage, manifest)
                _record(order, manifest, entry, together.figures)
                publish(stage, order.target)
    return Report(order.target, manifest, failures, published)


def _manifest(order: Order, together: Together, stage: Path, started: datetime) -> Manifest:
    """Write the pages, and say what came of each notebook."""
    moment = now()
    outcomes = [
        outcome(
            result,
            None
            if result.failure
            else written_page(stage, f"{result.job.name}.html", result.html, moment, private=is_private(order.rule)),
        )
        for result in together.finished
    ]
    if any(result.failure is None for result in together.finished):
        outcomes = with_earlier(outcomes, order.target, stage, rule=order.rule, stays=_stays(order, together.unsafe))
    return Manifest(
        area=order.area,
        period=order.period,
        rule=order.rule,
        started=started,
        finished=now(),
        versions=versions(),
        files=len(order.inputs),
        notebooks=outcomes,
        anew=order.anew,
        not_used=list(order.not_used),
        notices=order.notices,
    )


def _stays(order: Order, unsafe: Collection[str] = ()) -> Callable[[str], bool]:
    """Whether the earlier page of a notebook stays where this run makes none: it was not asked for, or failed, but not for its figures."""
    asked_for = {job.name for job in order.jobs}
    return lambda name: name not in unsafe and (name in asked_for or not order.all_pages)


def _earlier_figures(order: Order, entry: Entry | None) -> pl.DataFrame | None:
    """The figures of earlier pages of this report that may stay."""
    figures = entry.draft() if entry else None
    manifest = earlier_manifest(order.target)
    if figures is None or manifest is None or manifest.rule != order.rule:
        return None
    stays = _stays(order)
    return figures.filter(
        pl.col("page").is_in([page.name for page in manifest.notebooks if page.page and stays(page.name)])
    )


def _record(order: Order, manifest: Manifest, entry: Entry | None, figures: pl.DataFrame) -> None:
    """Write the private record of the run, and its figures as a draft; without them nothing is published."""
    if order.ledger is None or entry is None:
        return
    record = RunRecord(
        area=manifest.area,
        period=manifest.period,
        rule=manifest.rule,
        started=manifest.started,
        finished=manifest.finished,
        versions=manifest.versions,
        inputs=list(order.inputs),
        rows=list(order.rows),
        pages={entry.page.file: entry.page.sha256 for entry in manifest.notebooks if entry.page},
    )
    hint = Phrase("make room or get permission there, or set ledger of [disclosure] in area.toml")
    with machine_faults(Phrase("the private record of the run could not be written"), place=order.ledger, hint=hint):
        write_record(order.ledger, (order.target.parent.name, order.target.name), record)
        if order.rule in ASSUMED:
            entry.write_draft(figures)


def publish_report(target: Path, entry: Entry) -> Manifest:
    """Publish a draft: enter its figures into the ledger, and take the mark of a draft from its pages.

    Parameters
    ----------
    target : Path
        The folder of the report.
    entry : Entry
        Its entry in the ledger.

    Returns
    -------
    Manifest
        That of the published report.

    Raises
    ------
    DisclosureError
        Where there is no report by this rule, or no draft of it, or its pages are not those that the run made.
    """
    draft = earlier_manifest(target)
    if draft is None or draft.rule != entry.rule:
        raise DisclosureError(
            "there is no report to publish",
            where="{report}, {rule}",
            hint="make it first with workforce run",
            report=entry.report,
            rule=entry.rule,
        )
    private, moment = is_private(entry.rule), now()
    with staged(target, private=private) as stage, writing(target), turn(target.parent), uninterrupted():
        entries = []
        for one in draft.notebooks:
            page = one.page
            if page is not None:
                html = plain_bytes(target / Path(page.file).name)
                if sha256(html).hexdigest() != page.sha256:
                    raise DisclosureError(
                        "a page is not as the run made it", where="{page}", hint="run again", page=page.file
                    )
                html = html.replace(DRAFT_MARK.encode(), b"")
                write_file(stage / page.file, html, private=private)
                page = page.model_copy(update={"sha256": sha256(html).hexdigest(), "bytes": len(html)})
            entries.append(one.model_copy(update={"page": page}))
        manifest = draft.model_copy(update={"notebooks": entries, "published": moment})
        write_file(stage / INDEX, index_page(manifest).encode(), private=private)
        write_file(stage / FILE, f"{manifest.model_dump_json(indent=2)}\n".encode(), private=private)
        refuse_half(stage, manifest)
        entry.publish(moment)
        publish(stage, target)
    return manifest


def run_jobs(jobs: Sequence[Job], *, workers: int | None = None, watch: Watch | None = None) -> list[Finished]:
    """Run notebooks in worker processes; results in the order of the jobs."""
    if not jobs:
        return []
    # A short private folder: sockets live there, whose paths must be short, and only this user may enter.
    with machine_faults(Phrase("the notebooks could not be run")), _temporary_folder() as folder:
        return run_in_workers(jobs, folder, max(1, min(workers or cores(), len(jobs))), watch)


@contextmanager
def _temporary_folder() -> Iterator[Path]:
    """A private folder; what the disk refuses of it is a fault of the temporary files."""
    task = Phrase("no temporary folder could be made")
    with ExitStack() as stack:
        with machine_faults(task, hint=temporary_hint()):
            place = Path(tempfile.gettempdir())
        with machine_faults(task, place=place, hint=temporary_hint()):
            folder = stack.enter_context(private_folder())
        yield folder


def cores() -> int:
    """The processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
