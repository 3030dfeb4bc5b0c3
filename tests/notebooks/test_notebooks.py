"""Stored notebooks hold no outputs (they could hold people) and are thin: parameters, then a call a cell."""

import ast
from pathlib import Path

import nbformat
import pytest

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))
LONGEST_CELL = 12
OWN_WORK = (ast.For, ast.While, ast.FunctionDef, ast.ClassDef)  # loops and functions belong into the library ...
ARITHMETIC = (
    ast.Add,
    ast.Sub,
    ast.Mult,
    ast.Div,
    ast.FloorDiv,
    ast.Mod,
    ast.Pow,
)  # ... and so does arithmetic; `|` joins mappings


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def notebook(request):
    return nbformat.read(request.param, as_version=4)


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def test_there_are_notebooks():
    assert NOTEBOOKS


def test_a_stored_notebook_is_valid(notebook):
    nbformat.validate(notebook)


def test_no_output_is_stored(notebook):
    assert [cell.outputs for cell in code_cells(notebook) if cell.outputs] == []
    assert {cell.execution_count for cell in code_cells(notebook)} <= {None}


def test_no_widget_state_and_no_attachment_is_stored(notebook):
    assert "widgets" not in notebook.metadata
    assert [cell for cell in notebook.cells if cell.get("attachments")] == []


def test_there_is_one_cell_of_parameters_and_it_comes_first(notebook):
    tagged = [i for i, cell in enumerate(code_cells(notebook)) if "parameters" in cell.metadata.get("tags", [])]
    assert tagged == [0]


def test_parameters_are_text_numbers_or_nothing(notebook):
    tree = ast.parse(code_cells(notebook)[0].source)
    assert all(isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) for node in tree.body)


def test_cells_are_short_and_call_the_library(notebook):
    for cell in code_cells(notebook):
        assert len(cell.source.splitlines()) <= LONGEST_CELL
        assert [
            type(node).__name__ for node in ast.walk(ast.parse(cell.source)) if isinstance(node, OWN_WORK + ARITHMETIC)
        ] == []


def test_the_first_cell_says_what_the_notebook_answers(notebook):
    first = notebook.cells[0]
    assert first.cell_type == "markdown"
    lines = [line for line in first.source.splitlines() if line.strip()]
    assert lines[0].startswith("# ")
    assert len(lines) > 1


def test_there_is_one_title(notebook):
    markdown = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    assert [line for line in markdown.splitlines() if line.startswith("# ")] == [
        notebook.cells[0].source.splitlines()[0]
    ]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_page_for_an_audience_says_once_what_was_withheld(path):
    source = "\n".join(cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code")
    releases = "rule=audience" in source and "wf.release(" in source
    assert source.count("wf.words.withheld_note(page)") == int(releases)
