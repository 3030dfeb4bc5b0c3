"""The command line: `workforce run | check | sample | lab | published`.

A fault ends in what, where and a hint on one line, with the exit codes 0 done, 1 some notebooks failed, 2 the command line, 3 settings,
4 input data, 5 disclosure, 6 the environment, 128 and the number of the signal that ended it. No traceback is shown unless asked for with
--debug: it could hold data.
"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from rich.console import Console

from workforce.errors import EnvironmentFault, Phrase, WorkforceError
from workforce.process import ENDED_BY_SIGNAL, end_in_order_on_signals, exit_code_of_an_abort, lasting_streams

if TYPE_CHECKING:
    from workforce.report.execute import Failure

app = typer.Typer(
    name="workforce",
    help="Workforce recruitment and retention reports for local-area SEND partnerships in England.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # its tracebacks show local variables, which can hold people
)
published = typer.Typer(no_args_is_help=True, help="The store of official figures.")
app.add_typer(published, name="published")

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
    """What is said of an error that no command answers for, and the exit code."""
    from workforce.report.faults import machine_fault, refused_by_machine

    refused = refused_by_machine(fault)
    if refused is not None:
        place = refused.filename if isinstance(refused, OSError) and isinstance(refused.filename, str) else None
        error = machine_fault(refused, Phrase("the command could not go on"), place=place)
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
) -> None:
    """Make a report: run the notebooks and publish their pages."""
    from workforce.report.plan import Request, plan
    from workforce.report.progress import bars
    from workforce.report.run import run_reports

    order = plan(
        Request(
            area, month, audience, out, notebook or (), organisation, local_authority, store, notebooks, cell_seconds
        )
    )
    with bars(order.jobs, Console(stderr=True)) as watch:
        report = run_reports(order, workers=workers, watch=watch)
    for failure, names in _grouped(report.failures):
        typer.echo(f"{', '.join(names)}{', ' if failure.place else ': '}{failure}", err=True)
    if any(failure.exit_code != EnvironmentFault.exit_code for failure in report.failures.values()):
        typer.echo("Hint: open the notebook with: workforce lab, and run it there to see more.", err=True)
    if not report.published:
        kept = " The last good report is still there." if report.index.exists() else ""
        typer.echo(f"No report was made: every notebook failed.{kept}", err=True)
    else:
        typer.echo(f"The report is at {report.index}")
    raise typer.Exit(report.exit_code)


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
    from workforce.sources.checked import check_lines

    read = read_area(area)
    for line in check_lines(read, roles=roles):
        typer.echo(line)
    faults = bool(read.problems) or read.stops
    try:
        refuse_month(read.records, read.records.settings.area.month)
    except InputError as fault:
        typer.echo(str(fault))
        faults = True
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


@published.command("add")
def add(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Official files, as downloaded.")],
    store: Annotated[Path, typer.Option(help="The store to add them to.")] = Path("published"),
) -> None:
    """Add official files to a store of official figures."""
    from workforce.sources.published import add_published

    for row in add_published(files, store).iter_rows(named=True):
        refused = f", {row['rows_refused']:,} rows refused ({row['rules']})" if row["rows_refused"] else ""
        typer.echo(f"{row['source']}: {row['kind']}, {row['figures']:,} figures{refused}")
    typer.echo(
        f"The store is at {store}. Use it with: workforce run --notebook benchmark --local-authority NAME --store {store}"
    )
