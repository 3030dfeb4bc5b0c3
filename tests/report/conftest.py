"""Tiny notebooks and tiny orders, the report of the sample partnership, and Chromium with one font alone."""

import fcntl
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest

from workforce.report.check import check_page
from workforce.report.execute import Job
from workforce.report.pages import PageContext
from workforce.report.plan import Request, plan
from workforce.report.run import Order, run_reports

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
CHROMIUM_OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
FONT_FOLDERS = ["/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts"]
MORE_FONTS = os.environ.get("WORKFORCE_FONTS")  # a folder of fonts that are not installed


def font_files(start: str) -> dict[str, Path]:
    """The font files of this machine whose names begin so, by name."""
    folders = [Path(folder).expanduser() for folder in [*FONT_FOLDERS, *([MORE_FONTS] if MORE_FONTS else [])]]
    return {path.name: path for folder in folders for path in folder.rglob(f"{start}[-.]*tf")}


# The fonts that a page is tried in. Liberation Sans has the widths of Arial.
FONTS = {"DejaVu Sans": font_files("DejaVuSans"), "Liberation Sans": font_files("LiberationSans")}
# Debian's Chromium brings DejaVu Sans along: where the checks promise a browser, it has to be there.
REQUIRED = {"DejaVu Sans"} if os.environ.get("WORKFORCE_NEEDS_CHROMIUM") else set()
OTHER_NOTEBOOKS = ["absence", "caseloads", "pay", "recruitment", "retention", "turnover"]

PAGE = PageContext("Somewhere", "March 2023", "board")
_SHOW = "import workforce as wf\nwf.words.decision_sentence(None)"


@pytest.fixture
def notebook(tmp_path: Path) -> Callable[..., Path]:
    def write(name: str, *sources: str, parameters: str | None = None) -> Path:
        cells = [nbformat.v4.new_markdown_cell(f"# {name.title()}\n\nWhat {name} answers.")]
        if parameters is not None:
            cells.append(nbformat.v4.new_code_cell(parameters, metadata={"tags": ["parameters"]}))
        cells += [nbformat.v4.new_code_cell(source) for source in sources]
        path = tmp_path / "notebooks" / f"{name}.ipynb"
        path.parent.mkdir(exist_ok=True)
        nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
        return path

    return write


@pytest.fixture
def order(tmp_path: Path, notebook: Callable[..., Path]) -> Callable[..., Order]:
    def make(
        notebooks: dict[str, str], *, rule: str = "board", all_pages: bool = True, cell_seconds: int = 60
    ) -> Order:
        page = PageContext("Somewhere", "March 2023", rule)
        jobs = [
            Job(
                name,
                notebook(name, source),
                {},
                page,
                title=name.title(),
                about=f"What {name} answers.",
                cell_seconds=cell_seconds,
            )
            for name, source in notebooks.items()
        ]
        target = tmp_path / "outputs" / "somewhere" / "2023-03"
        return Order(jobs, target, "Somewhere", "March 2023", rule, all_pages=all_pages)

    return make


@pytest.fixture
def left_behind(tmp_path: Path) -> Callable[[], list[str]]:
    def look() -> list[str]:
        parent = tmp_path / "outputs" / "somewhere"
        return sorted(p.name for p in parent.iterdir() if p.name.startswith(".")) if parent.exists() else []

    return look


@pytest.fixture
def faults_of() -> Callable[[str], list[str]]:
    """What the check of a page finds in its text."""
    return check_page


@pytest.fixture
def shows() -> str:
    """A cell that ends in a sentence, as the library's do."""
    return _SHOW


@pytest.fixture
def area(tmp_path: Path) -> Path:
    """A local area of two organisations and four people, whose records cover 2022."""
    folder = tmp_path / "area"
    folder.mkdir()
    (folder / "staff.csv").write_text(
        "No,Start,End,FTE,Role\n1,2020-01-01,,1.0,Caseworker\n2,2022-02-01,2022-09-30,0.5,Caseworker\n"
    )
    mapped = 'columns = { person_id = "No", start_date = "Start", end_date = "End", fte = "FTE", role = "Role" }'
    mapped += '\nconstants = { employment = "employed", status = "active" }'
    bodies = "".join(
        f'[organisations.{slug}]\nname = "{name}"\nkind = "{kind}"\nrecords_from = 2022-01-01\nrecords_to = 2022-12-31\n'
        f'[[organisations.{slug}.files]]\npath = "staff.csv"\ntable = "assignments"\n{mapped}\n'
        for slug, name, kind in (("council", "The Council", "council"), ("trust", "The Trust", "nhs"))
    )
    (folder / "area.toml").write_text(
        f'[area]\nname = "Somewhere"\nslug = "somewhere"\nmonth = "2022-06"\nfictional = true\n{bodies}'
    )
    return folder / "area.toml"


@pytest.fixture
def folder(tmp_path: Path, notebook: Callable[..., Path]) -> Path:
    """Notebooks that take what the shipped ones take."""
    notebook("assessment", _SHOW, parameters='area = ""\nmonth = ""\naudience = "board"')
    notebook("organisation", _SHOW, parameters='area = ""\nmonth = ""\naudience = "board"\norganisation = None')
    notebook("data_quality", _SHOW, parameters='area = ""')
    notebook("benchmark", _SHOW, parameters='local_authority = None\nstore = ""')
    return tmp_path / "notebooks"


@pytest.fixture(scope="session")
def made_once(tmp_path_factory) -> Callable[..., Path]:
    """Make a report once in a test run, however many workers ask for it; the others wait for it."""
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if os.environ.get("PYTEST_XDIST_WORKER") else own

    def make(name: str, **request) -> Path:
        link = shared / name
        with (shared / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not link.exists():
                made = run_reports(plan(Request(out=shared / f"{name}-outputs", **request)))
                assert made.exit_code == 0, made.failures
                link.symlink_to(made.folder, target_is_directory=True)
        return link.resolve()

    return make


@pytest.fixture(scope="session")
def sample_report(made_once) -> Path:
    """The folder of the sample partnership's report, as `workforce run` makes it."""
    return made_once("sample-report")


@pytest.fixture(scope="session")
def sample_notebooks(made_once) -> Path:
    """The folder of the sample partnership's other pages: a notebook for each subject."""
    return made_once("sample-notebooks", notebooks=OTHER_NOTEBOOKS)


@pytest.fixture(scope="session")
def benchmark_report(made_once) -> Path:
    """The folder of the page of official figures of one authority."""
    return made_once("benchmark-report", notebooks=["benchmark"], local_authority="Devon")


@pytest.fixture(scope="module")
def chromium():
    """Chromium, to be launched."""
    sync_api = pytest.importorskip("playwright.sync_api")
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed")
    # For one module: while it is open, nothing else in this process can run an event loop.
    with sync_api.sync_playwright() as playwright:
        yield lambda **options: playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_OPTIONS, **options)


@pytest.fixture(scope="module")
def browser(chromium):
    """Chromium with the fonts of this machine."""
    opened = chromium()
    yield opened
    opened.close()


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(
            name, marks=pytest.mark.skipif(not files and name not in REQUIRED, reason=f"{name} is not installed")
        )
        for name, files in FONTS.items()
    ],
)
def browser_with_one_font(request, chromium, tmp_path_factory):
    """Chromium that finds one font and no other, once for each of FONTS that is installed."""
    assert FONTS[request.param], f"{request.param} is not installed"
    folder = tmp_path_factory.mktemp("font")
    for name, path in FONTS[request.param].items():
        (folder / name).symlink_to(path)
    settings = folder / "fonts.conf"
    settings.write_text(
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">'
        f"<fontconfig><dir>{folder}</dir><cachedir>{folder / 'cache'}</cachedir>"
        # How letters are drawn stays as it is on this machine.
        '<include ignore_missing="yes">/etc/fonts/conf.d</include></fontconfig>',
        encoding="utf-8",
    )
    opened = chromium(env={**os.environ, "FONTCONFIG_FILE": str(settings)})
    yield opened
    opened.close()
