"""Tiny notebooks and tiny orders: what the runner does is tested without a local area."""

from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest

from workforce.report.execute import Job
from workforce.report.pages import PageContext
from workforce.report.run import Order

PAGE = PageContext("Somewhere", "March 2023", "board")
_SHOW = "class Said:\n    def _repr_html_(self):\n        return '<p class=\"wf-text\">Words.</p>'\nSaid()"


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
    def make(notebooks: dict[str, str], *, rule: str = "board", whole: bool = True, cell_seconds: int = 60) -> Order:
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
        return Order(jobs, target, "Somewhere", "March 2023", rule, whole=whole)

    return make


@pytest.fixture
def left_behind(tmp_path: Path) -> Callable[[], list[str]]:
    def look() -> list[str]:
        parent = tmp_path / "outputs" / "somewhere"
        return sorted(p.name for p in parent.iterdir() if p.name.startswith(".")) if parent.exists() else []

    return look


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
