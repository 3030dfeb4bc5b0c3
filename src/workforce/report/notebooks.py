"""Stored notebooks: reading one, the parameters it declares, and the numbers of its cells.

Whatever a notebook says about kernels, it runs in this Python.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from workforce.errors import InputError, Phrase, UsageError, did_you_mean
from workforce.file_bytes import NotReadError, bytes_of
from workforce.report.kernel import skip_slow_grammars

if TYPE_CHECKING:  # nbformat is imported on first use
    from nbformat import NotebookNode

KERNEL: Final = "python3"
LARGEST_NOTEBOOK: Final = 50_000_000
"""Bytes of a stored notebook, whose outputs are empty."""

LONGEST_HEADING: Final = 120
"""Characters of a heading in a message."""

Value = str | int | float | bool  # a date is given as text, for papermill writes values into source code


@dataclass(frozen=True, slots=True)
class Stored:
    """A notebook file: its parameters (with the default's source code), its title and what it answers."""

    path: Path
    parameters: Mapping[str, str]
    title: str
    about: str

    @property
    def name(self) -> str:
        """The name a notebook is asked for by.

        >>> Stored(Path("notebooks/benchmark.ipynb"), {}, "", "").name
        'benchmark'
        """
        return self.path.stem


def read_notebook(path: Path) -> "NotebookNode":
    """A notebook file as a node, whose kernel is this Python."""
    try:
        content = bytes_of(path, most=LARGEST_NOTEBOOK)
    except NotReadError as fault:
        raise InputError(
            "{fault}", where="{file}", hint="{advice}", fault=fault.fault, file=path.name, advice=fault.hint
        ) from fault
    return notebook_of(content, path.name)


def notebook_of(content: bytes, name: str) -> "NotebookNode":
    """The bytes of a notebook file as a node, whose kernel is this Python."""
    skip_slow_grammars()
    import nbformat

    try:
        node: NotebookNode = nbformat.reads(content.decode("utf-8"), as_version=4)  # type: ignore[no-untyped-call]
    except (ValueError, nbformat.ValidationError) as fault:
        raise InputError(
            "the notebook could not be read", where="{file}", hint="give a Jupyter notebook (.ipynb)", file=name
        ) from fault
    node.metadata["kernelspec"] = {"name": KERNEL, "display_name": "Python 3", "language": "python"}
    return node


def stored(path: Path) -> Stored:
    """What a notebook file says about itself, read by papermill, without running it."""
    node = read_notebook(path)
    import papermill

    from workforce.report.markdown import opening

    declared = papermill.inspect_notebook(node)
    first = next((cell.source for cell in node.cells if cell.cell_type == "markdown"), "")
    title, about = opening(first)
    return Stored(path, {name: parameter["default"] for name, parameter in declared.items()}, title or path.stem, about)


def refuse_parameters(notebook: Stored, given: Mapping[str, Value]) -> None:
    """Refuse values that a notebook does not know, values that are not text or numbers, and a parameter left without a value.

    A parameter whose default is `None` must be given.

    >>> refuse_parameters(Stored(Path("pay.ipynb"), {"area": "None"}, "", ""), {"aera": "area.toml"})
    Traceback (most recent call last):
    workforce.errors.UsageError: pay: no parameter "aera" in this notebook. Hint: did you mean "area"?
    """
    for name, value in given.items():
        if name not in notebook.parameters:
            raise UsageError(
                'no parameter "{name}" in this notebook',
                where="{notebook}",
                hint=did_you_mean(name, list(notebook.parameters))
                if notebook.parameters
                else 'tag a cell "parameters"',
                name=name,
                notebook=notebook.name,
            )
        if not isinstance(value, Value):
            raise UsageError(
                'parameter "{name}" is not text',
                where="{notebook}",
                hint='give a date as text, such as "2023-03"',
                name=name,
                notebook=notebook.name,
            )
    missing = sorted(name for name, default in notebook.parameters.items() if default == "None" and name not in given)
    if missing:
        raise UsageError(
            'no value for parameter "{name}"',
            where="{notebook}",
            hint="give {names}",
            name=missing[0],
            notebook=notebook.name,
            names=missing,
        )


def stored_number(notebook: "NotebookNode", index: int) -> int:
    """The number of a cell as it is stored, counted from 1: the cell that papermill injects is not counted."""
    before = notebook.cells[: index + 1]
    return sum("injected-parameters" not in cell.metadata.get("tags", []) for cell in before)


def heading_before(notebook: "NotebookNode", number: int) -> str:
    """The last heading above a cell of a stored notebook, as plain text on one line; empty where there is none.

    Parameters
    ----------
    notebook : NotebookNode
        As it is stored.
    number : int
        The number of the cell, counted from 1.

    Returns
    -------
    str
        At most 120 characters.
    """
    from workforce.report.markdown import PageRenderer

    renderer = PageRenderer()
    for cell in notebook.cells[: number - 1]:
        if cell.cell_type == "markdown":
            renderer.render(cell.source)
    heading = renderer.headings[-1].text if renderer.headings else ""
    return str(Phrase("{heading}", heading=heading[:LONGEST_HEADING]))
