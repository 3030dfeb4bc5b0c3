"""Progress of a run on the terminal: a bar for each notebook.

Promises: bars on a terminal, silence anywhere else (a log file, a pipe). Refuses: nothing.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from workforce.report.execute import Job
from workforce.report.workers import Watch


@contextmanager
def bars(jobs: Sequence[Job], console: Console) -> Iterator[Watch]:
    """A bar for each job; what is yielded moves them."""
    if not console.is_terminal:
        yield lambda _name, _done, _total: None
        return
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.completed}/{task.total}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as progress:
        tasks = {job.name: progress.add_task(job.name, total=None, start=False) for job in jobs}

        def move(name: str, done: int, total: int) -> None:
            progress.start_task(tasks[name])
            progress.update(tasks[name], completed=done, total=total)

        yield move
