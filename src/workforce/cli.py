"""The command line: `workforce run | check | sample | lab | benchmark | official`.

A fault ends in what, where and a hint on one line, with the exit codes 0 done, 1 some notebooks failed, 2 the command line, 3 settings,
4 input data, 5 disclosure, 6 the environment, 128 and the number of the signal that ended it. No traceback is shown unless asked for with
--debug: it could hold data.
"""

import ctypes
import errno
import io
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any, Final, NoReturn, TextIO

import typer
from rich.console import Console

from workforce.errors import EnvironmentFault, Phrase, WorkforceError

if TYPE_CHECKING:
    from workforce.report.execute import Failure, Job
    from workforce.report.workers import Watch

ENDED_BY_SIGNAL: Final = 128
"""What a shell adds to a signal's number for a program that the signal ended."""

ENDING_SIGNALS: Final = ("SIGTERM", "SIGHUP")
"""From a scheduler, and from a terminal that is closed. Ctrl-C is Python's own `KeyboardInterrupt`."""

app = typer.Typer(
    name="workforce",
    help="Workforce recruitment and retention reports for local-area SEND partnerships in England.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # its tracebacks show local variables, which can hold people
)
official = typer.Typer(no_args_is_help=True, help="The store of official figures.")
app.add_typer(official, name="official")
app.add_typer(official, name="published", hidden=True)  # its name in version 0.1

AreaFile = Annotated[
    Path | None,
    typer.Argument(metavar="[AREA.toml]", help="The settings of the local area; the sample partnership if left out."),
]


def main() -> None:
    """Run the command line and leave with its exit code."""
    lasting_streams()
    exit_code_of_an_abort()
    end_in_order_on_signals()
    debug = "--debug" in sys.argv[1:]
    sys.argv[1:] = [word for word in sys.argv[1:] if word != "--debug"]
    try:
        app()
    except WorkforceError as fault:
        _leave(str(fault), fault.exit_code)
    except SystemExit as left:
        if isinstance(left.code, int) and left.code > ENDED_BY_SIGNAL:
            _leave("Stopped. Nothing was published.", left.code)
        raise
    except BaseException as fault:
        if debug or not isinstance(fault, Exception | _panic()):
            raise
        _leave(*_unforeseen(fault))


def _panic() -> type[BaseException]:
    """What polars raises where it cannot go on; it is no `Exception`."""
    from polars.exceptions import PanicException

    return PanicException


def _unforeseen(fault: BaseException) -> tuple[str, int]:
    """The message for an error that no command handles, and the exit code."""
    from workforce.report.faults import machine_fault, refused_by_machine, too_small_limit

    refused = refused_by_machine(fault)
    if refused is not None:
        place = refused.filename if isinstance(refused, OSError) and isinstance(refused.filename, str) else None
        error = machine_fault(refused, Phrase("the command could not go on"), place=place)
        return str(error), error.exit_code
    lacking = too_small_limit() if isinstance(fault, ImportError) else None
    if lacking is not None:
        error = machine_fault(lacking, Phrase("a library could not be loaded"))
        return str(error), error.exit_code
    if isinstance(fault, ImportError):
        error = EnvironmentFault(
            "a library could not be loaded: too little memory, or an installation that is not complete",
            hint="close other programs, or install workforce again",
        )
        return str(error), error.exit_code
    # The text of an unforeseen error could hold data; its type does not.
    text = "{}: this was not foreseen. Hint: run again with --debug to see where, and do not share what it shows."
    return text.format(type(fault).__name__), 1


def _leave(text: str, code: int) -> NoReturn:
    sys.stderr.write(text + "\n")
    raise SystemExit(code)


@app.command()
def run(
    area: AreaFile = None,
    month: Annotated[str | None, typer.Option(help='The reporting month, such as "2023-03".')] = None,
    audience: Annotated[str | None, typer.Option(help="The disclosure rule: board or internal.")] = None,
    out: Annotated[Path, typer.Option(help="The folder that reports are put into.")] = Path("outputs"),
    workers: Annotated[
        int | None, typer.Option(min=1, help="Notebooks run side by side; the processor's cores if left out.")
    ] = None,
    notebook: Annotated[list[str] | None, typer.Option(help="Run this notebook only; may be repeated.")] = None,
    organisation: Annotated[str | None, typer.Option(help="Make the pack of this organisation only.")] = None,
    local_authority: Annotated[str | None, typer.Option(help="The local authority, for official statistics.")] = None,
    store: Annotated[
        Path | None, typer.Option(help="A store of official figures; those that come with the library if left out.")
    ] = None,
    notebooks: Annotated[Path | None, typer.Option(help="A folder of your own notebooks.")] = None,
    cell_seconds: Annotated[int, typer.Option(min=1, help="Seconds that one cell may take.")] = 300,
    publish: Annotated[  # noqa: FBT002
        bool, typer.Option("--publish", help="Publish the report, too: it is a draft if left out.")
    ] = False,
    new_ledger: Annotated[  # noqa: FBT002
        bool, typer.Option("--new-ledger", help="Do without what was published before; the pages say so.")
    ] = False,
) -> None:
    """Make a report, a draft until it is published: run the notebooks and write their pages."""
    from workforce.report.faults import machine_fault, too_small_limit
    from workforce.report.index import notices_sentence
    from workforce.report.plan import Request, plan, report_of
    from workforce.report.run import publish_report, run_reports
    from workforce.shipped import shipped

    lacking = too_small_limit()
    if lacking is not None:
        raise machine_fault(lacking, Phrase("the notebooks could not be run"))
    order = plan(
        Request(
            area,
            month,
            audience,
            out,
            notebook or (),
            organisation,
            local_authority,
            store,
            notebooks,
            cell_seconds,
            new_ledger,
        )
    )
    with _bars(order.jobs, Console(stderr=True)) as watch:
        report = run_reports(order, workers=workers, watch=watch)
    for failure, names in _grouped(report.failures):
        typer.echo(f"{', '.join(names)}{', ' if failure.place else ': '}{failure}", err=True)
    if any(failure.exit_code != EnvironmentFault.exit_code for failure in report.failures.values()):
        typer.echo("Hint: open the notebook with: workforce lab, and run it there to see more.", err=True)
    if not report.published:
        earlier_report = " The last good report is still there." if report.index.exists() else ""
        typer.echo(f"No report was made: every notebook failed.{earlier_report}", err=True)
    else:
        notices = notices_sentence(order.notices)
        if notices:
            path = area or shipped("data", "sample", "area.toml")
            typer.echo(f"{notices}; they are listed by: workforce check {path}")
        typer.echo(f"The report is at {report.index}")
        if publish and not report.failures:
            publish_report(*report_of(area, month, audience, out))
            typer.echo("It is published.")
    raise typer.Exit(report.exit_code)


@app.command(name="publish")
def publish_draft(
    area: AreaFile = None,
    month: Annotated[str | None, typer.Option(help='The month of the report, such as "2023-03".')] = None,
    audience: Annotated[str | None, typer.Option(help="The disclosure rule: board or internal.")] = None,
    out: Annotated[Path, typer.Option(help="The folder that reports are put into.")] = Path("outputs"),
) -> None:
    """Publish a report that was made before: enter it into the ledger, and take the mark of a draft from its pages."""
    from workforce.report.plan import report_of
    from workforce.report.run import publish_report

    target, entry = report_of(area, month, audience, out)
    publish_report(target, entry)
    typer.echo(f"Published: {target}")


def _grouped(failures: "dict[str, Failure]") -> "list[tuple[Failure, list[str]]]":
    """Each failure with the pages that it ended: too little memory, say, is one line."""
    groups: dict[str, tuple[Failure, list[str]]] = {}
    for name, failure in failures.items():
        groups.setdefault(str(failure), (failure, []))[1].append(name)
    return list(groups.values())


@app.command()
def check(
    area: Annotated[Path, typer.Argument(metavar="AREA.toml", help="The settings of the local area.")],
    roles: Annotated[bool, typer.Option("--roles", help="Name every role outside the common list.")] = False,  # noqa: FBT002
) -> None:
    """Say what would be refused, and why, of all files at once. Nothing is written."""
    from workforce.errors import InputError
    from workforce.report.plan import refuse_month
    from workforce.sources.area import read_area
    from workforce.sources.quality import check_lines

    read = read_area(area)
    for line in check_lines(read.records, read.problems, roles=roles):
        typer.echo(line)
    faults = bool(read.problems) or read.stops
    try:
        refuse_month(read.records, read.records.settings.area.month)
    except InputError as fault:
        typer.echo(str(fault))
        faults = True
    _refuse_lost_output()
    if faults:
        raise typer.Exit(InputError.exit_code)


@app.command()
def sample(
    folder: Annotated[Path, typer.Argument(help="The folder to make.")],
    staff: Annotated[int, typer.Option(min=1, help="About how many people.")] = 1_500,
    organisations: Annotated[int, typer.Option(min=1, help="How many organisations.")] = 5,
    seed: Annotated[int, typer.Option(help="The same seed makes the same files.")] = 2023,
) -> None:
    """Make a fictional partnership, each organisation's files in its own layout."""
    from workforce.sample import write_sample

    path = write_sample(folder, staff=staff, organisations=organisations, seed=seed)
    typer.echo(f"The sample partnership is at {path}. Report on it with: workforce run {path}")


@app.command()
def lab(
    area: AreaFile = None,
    folder: Annotated[
        Path, typer.Option(help="Your folder of notebooks; those of the library that it lacks are copied into it.")
    ] = Path("notebooks"),
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="The port of JupyterLab; a free one if left out.")
    ] = None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Print the address, and open no browser.")] = False,  # noqa: FBT002
) -> None:
    """Open JupyterLab on the notebooks, with charts that need no network."""
    from workforce.report.lab import open_lab

    code = open_lab(folder, area=area, port=port, browser=not no_browser)
    if code > 0:
        raise EnvironmentFault("JupyterLab could not go on", hint="read what it says above")


@app.command()
def benchmark(
    local_authority: Annotated[
        str | None, typer.Option(help="Name or three-digit number of the local authority.")
    ] = None,
    all_: Annotated[  # noqa: FBT002
        bool, typer.Option("--all", help="A page for every authority of England, an index and a workbook.")
    ] = False,
    out: Annotated[Path, typer.Option(help="The folder that reports are put into.")] = Path("outputs"),
    store: Annotated[
        Path | None, typer.Option(help="A store of official figures; those that come with the library if left out.")
    ] = None,
    model: Annotated[str, typer.Option(help="The DfE's model of statistical neighbours: 2025 or 2021.")] = "2025",
    workers: Annotated[
        int | None, typer.Option(min=1, help="Pages made side by side; the processor's cores if left out.")
    ] = None,
) -> None:
    """Make pages from official statistics alone: of one local authority, or of all of England."""
    from workforce.errors import UsageError
    from workforce.report.atlas import atlas
    from workforce.report.atlas import benchmark as page_of

    if all_ == (local_authority is not None):
        raise UsageError("name one local authority, or all of them", hint='add --local-authority "Kent", or --all')
    if local_authority is not None:
        typer.echo(f"The page is at {page_of(local_authority, store=store, model=model, out=out)}")
    else:
        typer.echo(f"The atlas is at {atlas(store=store, model=model, out=out, workers=workers)}")


@official.command("add")
def add(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Official files, as downloaded.")],
    store: Annotated[
        Path,
        typer.Option(help="The store to add them to; a new one begins with the figures that come with the library."),
    ] = Path("official"),
) -> None:
    """Add official files to a store of official figures. A file that cannot be read does not stop the others."""
    from workforce.errors import InputError
    from workforce.shipped import shipped
    from workforce.sources.published import add_published

    faults = 0
    for row in add_published(files, store, base=shipped("data", "official")).iter_rows(named=True):
        if row["fault"]:
            faults += 1
            typer.echo(f"{row['source']}: nothing was read: {row['fault']}", err=True)
            continue
        refused = f", {row['rows_refused']:,} rows refused ({row['rules']})" if row["rows_refused"] else ""
        typer.echo(f"{row['source']}: {row['kind']}, {row['figures']:,} figures{refused}")
    typer.echo(
        f"The store is at {store}. Use it with: workforce run --notebook benchmark --local-authority NAME --store {store}"
    )
    if faults:
        raise typer.Exit(InputError.exit_code)


@official.command("list")
def list_(
    store: Annotated[
        Path | None, typer.Option(help="A store of official figures; those that come with the library if left out.")
    ] = None,
) -> None:
    """Say which official figures are at hand, of how many authorities, and how old they are."""
    from workforce.sources.published import contents_of, load_official

    for line in contents_of(load_official(store)):
        typer.echo(line)
    _refuse_lost_output()


@contextmanager
def _bars(jobs: "Sequence[Job]", console: Console) -> "Iterator[Watch]":
    """A progress bar for each notebook on a terminal, and nothing in a log file or a pipe; yields what moves them."""
    if not console.is_terminal:
        yield lambda _name, _done, _total: None
        return
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

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


# The command as a process: its signals, its standard streams, and how it ends where memory runs out.


def end_in_order_on_signals() -> None:
    """Leave by `SystemExit` on the signals that end a program, so that workers and temporary folders go.

    A signal that is ignored, as SIGHUP is under nohup, stays ignored.
    """
    for name in ENDING_SIGNALS:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _leave_on_signal)


def _leave_on_signal(number: int, _: FrameType | None) -> NoReturn:
    signal.signal(number, signal.SIG_IGN)  # the same again does not disturb the cleaning up
    raise SystemExit(ENDED_BY_SIGNAL + number)


def exit_code_of_an_abort() -> None:
    """Have an abort end the process with the exit code of a fault of the machine.

    Where memory runs out, polars writes one line and aborts; no `except` sees that. SIGABRT has number 6, and the C library's `_exit`,
    called with the number of the signal, leaves with that as exit code. Without it a shell reports 134, and may write a core file.
    """
    os.environ["RUST_BACKTRACE"] = "0"
    if os.name != "posix" or int(signal.SIGABRT) != EnvironmentFault.exit_code:
        return
    library = ctypes.CDLL(None)
    library.signal.argtypes = [ctypes.c_int, ctypes.c_void_p]
    library.signal.restype = ctypes.c_void_p
    library.signal(int(signal.SIGABRT), ctypes.cast(library._exit, ctypes.c_void_p))


def lasting_streams() -> None:
    """Let no standard stream end the work: not one that is closed, that nobody reads any more, or whose disk is full.

    The report is made all the same, and the exit code says what came of it.
    """
    _open_closed()
    sys.stdout = _lasting(sys.stdout, 1)
    sys.stderr = _lasting(sys.stderr, 2)


def _open_closed() -> None:
    """Open the null device in the place of closed streams, or the next file that is opened would be written to as one."""
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            while (opened := os.open(os.devnull, os.O_RDWR)) < descriptor:
                pass
            if opened > descriptor:
                os.dup2(opened, descriptor)
                os.close(opened)
            os.set_inheritable(descriptor, True)  # noqa: FBT003  # the interpreter's own


def _lasting(stream: TextIO | None, descriptor: int) -> TextIO:
    if stream is not None and (stream is not sys.__stdout__ and stream is not sys.__stderr__):
        return stream  # a test's own
    encoding = stream.encoding if stream is not None else "utf-8"
    terminal = stream is not None and stream.isatty()
    raw = io.BufferedWriter(_Lasting(descriptor, "w", closefd=False))
    return io.TextIOWrapper(raw, encoding, "backslashreplace", line_buffering=terminal or descriptor == 2)  # noqa: PLR2004


def _refuse_lost_output() -> None:
    """Refuse to end well where what was printed is the work, and could not be written; that nobody reads on is no fault."""
    from workforce.report.faults import machine_fault

    sys.stdout.flush()
    fault = _lost.get(1)
    if fault is not None and fault.errno != errno.EPIPE:
        raise machine_fault(fault, Phrase("the output could not be written"))


_lost: Final[dict[int, OSError]] = {}
"""Why something could not be written, by the number of the stream."""


class _Lasting(io.FileIO):
    """A stream that takes what cannot be written as written, and notes why it could not."""

    def write(self, content: Any, /) -> int:  # noqa: ANN401  # any object with bytes
        try:
            return super().write(content) or 0
        except OSError as fault:
            _lost.setdefault(self.fileno(), fault)
            return len(memoryview(content))
