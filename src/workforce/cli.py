"""The command line: `workforce run | check | sample | lab | published`.

Promises: a fault ends in what, where and a hint in plain text, with the exit codes 0 done, 1 some notebooks failed, 2 the command line,
3 settings, 4 input data, 5 disclosure, 6 the environment. Refuses: to show a traceback unless asked with --debug: it could hold data.
"""

import signal
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from workforce.errors import EnvironmentFault, WorkforceError

app = typer.Typer(
    name="workforce",
    help="Workforce recruitment and retention reports for local-area SEND partnerships in England.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # its tracebacks show local variables, which can hold people
)
published = typer.Typer(no_args_is_help=True, help="The store of official figures.")
app.add_typer(published, name="published")

INTERRUPTED = 130  # what a shell reports for a program that was interrupted
TERMINATED = 143

AreaFile = Annotated[
    Path | None,
    typer.Argument(metavar="[AREA.toml]", help="The settings of the local area; the sample partnership if left out."),
]


def main() -> None:
    """Run the command line and leave with its exit code."""
    debug = "--debug" in sys.argv[1:]
    sys.argv[1:] = [word for word in sys.argv[1:] if word != "--debug"]
    signal.signal(signal.SIGTERM, _terminated)  # so that temporary folders go, also when a scheduler ends the run
    try:
        app()
    except WorkforceError as fault:
        _leave(str(fault), fault.exit_code)
    except SystemExit as left:
        if left.code == INTERRUPTED:  # typer turns the interruption into this code without a word
            _leave("Stopped. Nothing was published.", INTERRUPTED)
        raise
    except Exception as fault:
        if debug:
            raise
        # The text of an unforeseen error could hold data; its type does not.
        _leave(
            f"{type(fault).__name__}: this was not foreseen. Hint: run again with --debug to see where, and do not share what it shows.",
            1,
        )


def _leave(text: str, code: int) -> NoReturn:
    sys.stderr.write(text + "\n")
    raise SystemExit(code)


def _terminated(*_: object) -> NoReturn:
    raise SystemExit(TERMINATED)


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
    for name, failure in report.failures.items():
        typer.echo(f"{name}, {failure}" if failure.cell else f"{name}: {failure}", err=True)
    if report.failures:
        typer.echo("Hint: open the notebook with: workforce lab, and run it there to see more.", err=True)
    if not report.published:
        kept = " The last good report is still there." if report.index.exists() else ""
        typer.echo(f"No report was made: every notebook failed.{kept}", err=True)
    else:
        typer.echo(f"The report is at {report.index}")
    raise typer.Exit(report.exit_code)


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
