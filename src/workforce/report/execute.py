"""What a worker process does: run one notebook in memory, and turn it into its page.

It always ends in a `Finished`, whatever a cell does. What it says of a failure is the heading of its section, the cell's number and, for
an error of the library, its class and its fixed sentences with the values that may be printed; a traceback, a cell's source and the text or
class of any other error could hold data.
"""

import json
import logging
import os
import re
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final

from workforce.errors import EnvironmentFault, InputError, Phrase, WorkforceError
from workforce.report.faults import machine_fault, refused_by_machine
from workforce.report.kernel import OWN_ERROR, skip_slow_grammars
from workforce.report.notebooks import KERNEL, Value, heading_before, notebook_of, stored_number
from workforce.report.pages import PageContext
from workforce.report.permitted import Permitted, Setting, literals, message
from workforce.shipped import AREA_VARIABLE

if TYPE_CHECKING:  # nbformat is imported on first use
    from nbformat import NotebookNode

STARTS: Final = 3
"""How often a kernel is started before its notebook is given up."""

Progress = tuple[str, int, int]
"""A page's name, the cells that ran, and the cells there are."""

NO_MEMORY: Final = "it may have run out of memory"
OF_MACHINE: Final = {
    "MemoryError": "there was not enough memory",
    "ImportError": "a library could not be loaded: too little memory, or an installation that is not complete",
    "PanicException": f"a library stopped; {NO_MEMORY}",
}
"""The sentences for errors in a cell that the machine can cause."""

_worker = SimpleNamespace(watch=None, folder=None)


@dataclass(frozen=True, slots=True)
class Job:
    """One notebook to run.

    Parameters
    ----------
    name, title, about : str
        The page's name, its title, and what it answers.
    notebook : Path
        The file.
    parameters : mapping of name to value
        What the run gives the notebook.
    page : PageContext
        What the page says about itself.
    cell_seconds : int
        Seconds that a cell may take.
    settings : tuple of (path, value)
        The texts and numbers of the area's settings, which the page may print.
    files : frozenset of str
        Checksums of the records and official figures that the run read: the page may show no others.
    sha256 : str
        The notebook's checksum when the run was planned; empty where it was not.
    figures : Path, optional
        The private folder to which its page hands what it shows, so that the pages of a run can be looked at together.
    """

    name: str
    notebook: Path
    parameters: Mapping[str, Value]
    page: PageContext
    title: str = ""
    about: str = ""
    cell_seconds: int = 300
    settings: tuple[Setting, ...] = ()
    files: frozenset[str] = field(default_factory=frozenset)
    sha256: str = ""
    figures: Path | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """What may be said of a failure.

    Parameters
    ----------
    error : str
        The error's class if it is one of the library's, or of a few that say what happened to a process.
    text : str
        A safe text.
    cell : int, optional
        The number of the cell in the stored notebook, counted from 1.
    exit_code : int
        With which a run ends that fails for this reason alone.
    heading : str
        The heading of the section that the cell is in.

    Examples
    --------
    >>> print(Failure("InputError", "the records end in March.", 12, 4, "Are we keeping staff?"))
    Are we keeping staff?: the records end in March.
    """

    error: str
    text: str = ""
    cell: int | None = None
    exit_code: int = 1
    heading: str = ""

    def __str__(self) -> str:
        return f"{self.place}: {self.message}" if self.place else self.message

    @property
    def place(self) -> str:
        """The heading of the section; the number of the cell where no heading is above it."""
        return self.heading or (f"cell {self.cell}" if self.cell else "")

    @property
    def message(self) -> str:
        """The safe text; the class of the error where there is none."""
        return self.text or self.error


@dataclass(frozen=True, slots=True)
class Finished:
    """What came of a job: its page, or its failure."""

    job: Job
    seconds: float
    html: str = ""
    failure: Failure | None = None


def prepare(folder: Path, watch: Callable[[str, int, int], None]) -> None:
    """Make a fresh worker ready.

    Parameters
    ----------
    folder : Path
        The private folder for sockets and IPython's own files.
    watch : callable
        Told a page's name, the cells that ran, and the cells there are.
    """
    skip_slow_grammars()
    _worker.watch, _worker.folder = watch, folder
    logging.disable(logging.CRITICAL)  # nbclient logs cells; this process is ours alone
    os.environ["WORKFORCE_STATIC"] = "1"  # figures take their static form
    os.environ.pop(
        AREA_VARIABLE, None
    )  # a run opens the area that it was given, also when it is started from JupyterLab
    os.environ["IPYTHONDIR"] = str(folder / "ipython")  # no start-up files and no history of the user's


def execute(job: Job) -> Finished:
    """Run a notebook and make its page."""
    begun = time.monotonic()
    at: list[int] = []
    notebook = None
    permitted = Permitted()
    key = secrets.token_bytes(32)  # for this notebook and run only
    try:
        content = job.notebook.read_bytes()
        _refuse_changed(job, content)
        notebook = notebook_of(content, job.notebook.name)
        # As it was stored, and read before any of it runs.
        sources = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
        permitted = Permitted(literals(sources, job.parameters), job.settings, job.parameters, job.files)
        executed = _run(notebook, job, at, key)
        from workforce.report.export import to_page

        html, _ = to_page(executed, job.page, key=key, permitted=permitted)
        return Finished(job, time.monotonic() - begun, html=html)
    except Exception as error:  # noqa: BLE001  # whatever happened, the other notebooks go on
        failure = _failure(error, job, notebook, at, permitted)
        if notebook is not None and failure.cell is not None:
            failure = replace(failure, heading=heading_before(notebook, failure.cell))
        return Finished(job, time.monotonic() - begun, failure=failure)


def _refuse_changed(job: Job, content: bytes) -> None:
    """Refuse a notebook that is not as it was when the run was planned: another one could have written into it."""
    if job.sha256 and sha256(content).hexdigest() != job.sha256:
        raise InputError(
            "the notebook was changed during the run",
            where="{file}",
            hint="run again, and leave the notebooks as they are until it ends",
            file=job.notebook.name,
        )


def _run(notebook: "NotebookNode", job: Job, at: list[int], key: bytes) -> "NotebookNode":
    import papermill

    from workforce.report.kernel_manager import kernel_config

    total = sum(cell.cell_type == "code" for cell in notebook.cells)
    total += bool(job.parameters)  # papermill adds a cell for them
    done: list[int] = []

    def on_start(cell: Any, cell_index: int) -> None:  # noqa: ANN401, ARG001  # nbclient calls by these names
        at.append(cell_index - _injected_before(cell_index))

    def on_executed(cell: Any, cell_index: int, **_: Any) -> None:  # noqa: ANN401, ARG001
        done.append(cell_index)
        if _worker.watch is not None:
            _worker.watch(job.name, len(done), total)

    def _injected_before(index: int) -> int:
        return int(bool(job.parameters) and index > _parameters_cell(notebook))

    def _execute() -> "NotebookNode":
        executed: NotebookNode = papermill.execute_notebook(
            notebook,
            None,
            parameters=dict(job.parameters),
            kernel_name=KERNEL,
            language="python",
            progress_bar=False,
            execution_timeout=job.cell_seconds,
            config=kernel_config(_worker.folder, job.name, key, job.figures),
            on_cell_start=on_start,
            on_cell_executed=on_executed,
        )
        return executed

    executed = _started(_execute, at)
    # After a killed kernel papermill may call every cell completed: a cell that ran has a number from its kernel.
    for index, cell in enumerate(executed.cells):
        if cell.cell_type == "code" and cell.source.strip() and cell.execution_count is None:
            at.append(stored_number(executed, index) - 1)
            raise _NotRun
    return executed


def _started(run: "Callable[[], NotebookNode]", at: list[int]) -> "NotebookNode":
    """What a run returns, begun again where its kernel died before the first cell: another process took its TCP port first."""
    for _ in range(STARTS - 1):
        try:
            return run()
        except RuntimeError:
            if at:
                raise
    return run()


class _NotRun(Exception):  # noqa: N818  # it is reported as DeadKernelError
    """A cell that papermill called completed, and that no kernel ran."""


def _parameters_cell(notebook: "NotebookNode") -> int:
    return next((i for i, cell in enumerate(notebook.cells) if "parameters" in cell.metadata.get("tags", [])), -1)


def _failure(
    error: Exception, job: Job, notebook: "NotebookNode | None", at: list[int], permitted: Permitted
) -> Failure:
    """What may be said of an error."""
    cell = at[-1] + 1 if at else None
    kind = type(error).__name__
    if kind == "PapermillExecutionError":
        name = getattr(error, "ename", "")  # a notebook can choose it, so that only these names say something
        if name in OF_MACHINE:
            return Failure(name, OF_MACHINE[name], cell, EnvironmentFault.exit_code)
        return _of_library(error.traceback, cell, permitted) or Failure(  # type: ignore[attr-defined]
            "", "an error that the library did not raise", cell
        )
    if isinstance(error, WorkforceError):
        # An error of the export names its own cell; the last cell that ran has no part in it.
        exported = re.fullmatch(r"cell (\d+)", error.where or "")
        text = str(error).removeprefix(f"{error.where}: ") if exported else str(error)
        return Failure(kind, text, int(exported[1]) if exported else None, error.exit_code)
    if kind == "CellTimeoutError":
        return Failure(kind, f"the cell took longer than {job.cell_seconds} seconds", cell)
    return _of_machine(error, cell, started=notebook is not None) or Failure(
        kind, "" if notebook else "the notebook could not be started", cell
    )


def _of_machine(error: Exception, cell: int | None, *, started: bool) -> Failure | None:
    """The failure where the machine lacked something, such as memory or files; None for any other error."""
    code = EnvironmentFault.exit_code
    refused = refused_by_machine(error)
    if refused is not None:
        task = Phrase("the notebook could not be run") if started else Phrase("the notebook could not be read")
        return Failure(EnvironmentFault.__name__, str(machine_fault(refused, task)), cell, code)
    if isinstance(error, RuntimeError) and started and cell is None:
        return Failure("", f"the process that runs the notebook did not start; {NO_MEMORY}", exit_code=code)
    if type(error).__name__ in {"DeadKernelError", "_NotRun"}:
        return Failure("DeadKernelError", f"the process that ran the notebook died; {NO_MEMORY}", cell, code)
    return None


def _of_library(traceback: object, cell: int | None, permitted: Permitted) -> Failure | None:
    """The failure that a kernel described in place of a traceback; None for any other content, which a notebook can choose."""
    described = traceback[0] if isinstance(traceback, list) and len(traceback) == 1 else None
    if not isinstance(described, str) or not described.startswith(OWN_ERROR):
        return None
    try:
        error = WorkforceError.from_record(json.loads(described.removeprefix(OWN_ERROR)))
        return Failure(type(error).__name__, message(error, permitted), cell, error.exit_code)
    except Exception:  # noqa: BLE001  # a description that the library did not make
        return None
