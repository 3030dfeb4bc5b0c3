"""What a worker process does: run one notebook in memory, and turn it into its page.

Promises: always ends in a `Finished`, whatever a cell does; what it tells of a failure is the cell's number, the error's type and, for an
error of the library, its text. Refuses: to pass on a traceback, a cell's source, or the text of any other error: they could hold data.
"""

import logging
import os
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing.queues import SimpleQueue
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NoReturn

from workforce.errors import WorkforceError
from workforce.report.kernel import OWN_ERROR, skip_slow_grammars
from workforce.report.notebooks import KERNEL, Value, read_notebook, stored_number
from workforce.report.pages import PageContext

if TYPE_CHECKING:  # nbformat is imported on first use
    from nbformat import NotebookNode

Progress = tuple[str, int, int]
"""A page's name, the cells that ran, and the cells there are."""

_worker = SimpleNamespace(queue=None, folder=None)


@dataclass(frozen=True, slots=True)
class Job:
    """One notebook to run: the page's name, the file, its parameters, what the page says about itself, and seconds a cell may take."""

    name: str
    notebook: Path
    parameters: Mapping[str, Value]
    page: PageContext
    title: str = ""
    about: str = ""
    cell_seconds: int = 300


@dataclass(frozen=True, slots=True)
class Failure:
    """What may be told of a failure: the stored number of the cell, the error's type, and a text that holds no data."""

    error: str
    text: str = ""
    cell: int | None = None
    exit_code: int = 1

    def __str__(self) -> str:
        place = f"cell {self.cell}: " if self.cell else ""
        return f"{place}{self.error}" + (f": {self.text}" if self.text else "")


@dataclass(frozen=True, slots=True)
class Finished:
    """What came of a job: its page, or its failure."""

    job: Job
    seconds: float
    html: str = ""
    failure: Failure | None = None


def prepare(queue: "SimpleQueue[Progress]", folder: Path) -> None:
    """Make a fresh worker ready: where progress goes, and the private folder for sockets and IPython's own files."""
    skip_slow_grammars()
    _worker.queue, _worker.folder = queue, folder
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the runner hears Ctrl-C and ends its workers
    signal.signal(signal.SIGTERM, _end)
    logging.disable(logging.CRITICAL)  # nbclient logs cells; this process is ours alone
    os.environ["WORKFORCE_STATIC"] = "1"  # figures take their static form
    os.environ["IPYTHONDIR"] = str(folder / "ipython")  # no start-up files and no history of the user's


def _end(*_: object) -> NoReturn:
    raise SystemExit  # so that nbclient ends its kernel on the way out


def execute(job: Job) -> Finished:
    """Run a notebook and make its page."""
    begun = time.monotonic()
    at: list[int] = []
    notebook = None
    try:
        notebook = read_notebook(job.notebook)
        executed = _run(notebook, job, at)
        from workforce.report.export import to_page

        html, _ = to_page(executed, job.page)
        return Finished(job, time.monotonic() - begun, html=html)
    except Exception as error:  # noqa: BLE001  # whatever happened, the other notebooks go on
        return Finished(job, time.monotonic() - begun, failure=_told(error, job, notebook, at))


def _run(notebook: "NotebookNode", job: Job, at: list[int]) -> "NotebookNode":
    import papermill

    from workforce.report.kernel_manager import kernel_config

    total = sum(cell.cell_type == "code" for cell in notebook.cells)
    total += bool(job.parameters)  # papermill adds a cell for them
    done: list[int] = []

    def on_start(cell: Any, cell_index: int) -> None:  # noqa: ANN401, ARG001  # nbclient calls by these names
        at.append(cell_index - _injected_before(cell_index))

    def on_executed(cell: Any, cell_index: int, **_: Any) -> None:  # noqa: ANN401, ARG001
        done.append(cell_index)
        if _worker.queue is not None:
            _worker.queue.put((job.name, len(done), total))

    def _injected_before(index: int) -> int:
        return int(bool(job.parameters) and index > _parameters_cell(notebook))

    executed: NotebookNode = papermill.execute_notebook(
        notebook,
        None,
        parameters=dict(job.parameters),
        kernel_name=KERNEL,
        language="python",
        progress_bar=False,
        execution_timeout=job.cell_seconds,
        config=kernel_config(_worker.folder, job.name),
        on_cell_start=on_start,
        on_cell_executed=on_executed,
    )
    # After a killed kernel papermill may call every cell completed: a cell that ran has a number from its kernel.
    for index, cell in enumerate(executed.cells):
        if cell.cell_type == "code" and cell.source.strip() and cell.execution_count is None:
            at.append(stored_number(executed, index) - 1)
            raise _NotRun
    return executed


class _NotRun(Exception):  # noqa: N818  # it is told as DeadKernelError
    """A cell that papermill called completed, and that no kernel ran."""


def _parameters_cell(notebook: "NotebookNode") -> int:
    return next((i for i, cell in enumerate(notebook.cells) if "parameters" in cell.metadata.get("tags", [])), -1)


def _told(error: Exception, job: Job, notebook: "NotebookNode | None", at: list[int]) -> Failure:
    """What may be told of an error."""
    cell = at[-1] + 1 if at else None
    kind = type(error).__name__
    if kind == "PapermillExecutionError":
        own = OWN_ERROR in error.traceback  # type: ignore[attr-defined]
        return Failure(error.ename, error.evalue if own else "", cell, _exit_code(error.ename) if own else 1)  # type: ignore[attr-defined]
    if isinstance(error, WorkforceError):
        # An error of the export names its own cell; the last cell that ran has no part in it.
        return Failure(kind, str(error), None, error.exit_code)
    if kind == "CellTimeoutError":
        return Failure(kind, f"the cell took longer than {job.cell_seconds} seconds", cell)
    if kind in {"DeadKernelError", "_NotRun"}:
        return Failure("DeadKernelError", "the process that ran the notebook died; it may have run out of memory", cell)
    return Failure(kind, "" if notebook else "the notebook could not be started", cell)


def _exit_code(name: str) -> int:
    return next((kind.exit_code for kind in WorkforceError.__subclasses__() if kind.__name__ == name), 1)
