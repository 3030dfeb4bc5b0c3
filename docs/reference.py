"""Pages that are written at each build: a page for each measure of the book and one for each group of `wf`."""

import ast
import inspect
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

from numpydoc.docscrape_sphinx import SphinxDocString

import workforce as wf
from workforce.book import Definition, Measure, Side, measure_book
from workforce.explain import GROUPS

if TYPE_CHECKING:
    from sphinx.application import Sphinx

HERE: Final = Path(__file__).parent
GENERATED: Final = HERE / "generated"
NOTEBOOKS: Final = HERE.parent / "notebooks"
ROLLS: Final = {
    "sum": "adds up",
    "mean": "is averaged by days",
    "never": "does not add up",
}
INTRODUCTION: Final = """\
Every measure by every definition: what it says, how it is computed, whose rule it is, how its limits are made and how it adds up. The pages
are made from the book itself, `src/workforce/book/`; `wf.explain` shows the same in Python."""
SHOWING: Final = (
    "table",
    "tables",
    "chart",
    "words",
)  # groups of presenters, after the groups of measures


def write_pages(_app: "Sphinx") -> None:
    """Write all generated pages anew."""
    shutil.rmtree(GENERATED, ignore_errors=True)
    for folder in ("book", "api"):
        (GENERATED / folder).mkdir(parents=True)
    _write_book()
    _write_reference()


# The measure book


def _write_book() -> None:
    book = measure_book()
    used = functions_of_notebooks()
    lines = [
        "# The measure book",
        "",
        INTRODUCTION,
        "",
    ]
    for topic, title in book.topics.items():
        measures = [m for m in book.measures.values() if m.topic == topic]
        lines += [
            f"## {_text(title)}",
            "",
            "| measure | definitions |",
            "|---|---|",
        ]
        for measure in measures:
            own = [
                d for d in book.definitions.values() if d.measure == measure.measure
            ]
            lines.append(
                f"| [{_text(_title(measure))}]({measure.measure}.md) | {', '.join(f'`{d.definition}`' for d in own)} |"
            )
            page = "\n".join(_measure_page(measure, own, used))
            (GENERATED / "book" / f"{measure.measure}.md").write_text(
                page, encoding="utf-8"
            )
        lines += ["", *_contents([m.measure for m in measures])]
    (GENERATED / "book" / "index.md").write_text("\n".join(lines), encoding="utf-8")


def _measure_page(
    measure: Measure, definitions: list[Definition], used: dict[str, list[str]]
) -> Iterator[str]:
    recipes = measure_book().recipes
    yield from (f"# {_text(_title(measure))}", "")
    functions = ", ".join(
        f"[`wf.{name}`](../api/{name.split('.')[0]}.rst)"
        for name in measure.functions
    )
    records = ", ".join(f"`{table}`" for table in measure.records)
    notebooks = sorted(
        {notebook for name in measure.functions for notebook in used.get(name, [])}
    )
    listed = [
        d.definition for d in definitions if (d.measure, d.definition) in recipes
    ]
    yield from ("| | |", "|---|---|", f"| name in tables | `{measure.measure}` |")
    yield f"| computed by | {functions or 'no function of its own'} |"
    yield f"| from the records | {records or 'none'} |"
    yield f"| shown in the notebooks | {', '.join(f'`{name}`' for name in notebooks) or 'none'} |"
    names = ", ".join(f"`{name}`" for name in listed)
    yield from (f"| can be a key indicator | {names or 'no'} |", "")
    for one in definitions:
        yield from (
            f"## `{one.definition}`",
            "",
            f"{_text(one.words[:1].upper() + one.words[1:])}.",
            "",
            "| | |",
            "|---|---|",
        )
        yield from (f"| {name} | {value} |" for name, value in _facts(one) if value)
        yield ""


def _facts(one: Definition) -> Iterator[tuple[str, str]]:
    yield "unit", _text(one.unit)
    yield "formula", f"`{one.formula}`".replace("|", r"\|")
    yield "numerator", _side(one.numerator)
    yield "denominator", _side(one.denominator)
    yield "95% limits", "none" if one.limits == "none" else _text(one.limits)
    yield "good", {"lower": "lower", "higher": "higher", None: ""}[one.better]
    yield (
        "not shown",
        f"where the denominator is {one.more_than:g} or less"
        if one.more_than
        else "",
    )
    yield (
        "disclosure control",
        "not needed: it is not about people" if one.public else "",
    )
    yield "source", _text(one.source)


def _side(side: Side | None) -> str:
    if side is None:
        return ""
    return f"{_text(side.words)}; over groups it {ROLLS[side.over_groups]}, over time it {ROLLS[side.over_time]}"


def _title(measure: Measure) -> str:
    """The name of a measure; with its name in tables where another is called the same."""
    alike = [
        one
        for one in measure_book().measures.values()
        if one.called == measure.called
    ]
    return (
        measure.called[:1].upper()
        + measure.called[1:]
        + (f" ({measure.measure})" if len(alike) > 1 else "")
    )


def functions_of_notebooks() -> dict[str, list[str]]:
    """The notebooks that call each function of `wf`, such as `staffing.turnover`."""
    used: dict[str, list[str]] = {}
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        source = "\n".join(
            "".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"
        )
        names = {
            ast.unparse(node)
            for node in ast.walk(ast.parse(source))
            if isinstance(node, ast.Attribute)
        }
        for name in names:
            if re.fullmatch(r"wf\.\w+\.\w+", name):
                used.setdefault(name.removeprefix("wf."), []).append(path.stem)
    return used


# The reference


def _write_reference() -> None:
    groups = [
        *GROUPS,
        *(name for name in SHOWING if inspect.ismodule(getattr(wf, name))),
    ]
    own = [name for name in wf.__all__ if not inspect.ismodule(getattr(wf, name))]
    lines = [
        "# Reference",
        "",
        "Everything that `import workforce as wf` offers, by group.",
        "",
        "| group | what it has |",
        "|---|---|",
    ]
    lines += [
        "| [`wf`](wf.rst) | records, periods, release and what rolls tables up |"
    ]
    lines += [
        f"| [`wf.{name}`]({name}.rst) | {_text(_first_line(getattr(wf, name)))} |"
        for name in groups
    ]
    lines += ["", *_contents(["wf", *groups])]
    api = GENERATED / "api"
    (api / "index.md").write_text("\n".join(lines), encoding="utf-8")
    (api / "wf.rst").write_text(_group_page("wf", wf, own), encoding="utf-8")
    for name in groups:
        module = getattr(wf, name)
        (api / f"{name}.rst").write_text(
            _group_page(f"wf.{name}", module, module.__all__), encoding="utf-8"
        )


def _group_page(title: str, module: ModuleType, names: list[str]) -> str:
    lines = [
        title,
        "=" * len(title),
        "",
        inspect.getdoc(module) or "" if title != "wf" else "",
        "",
    ]
    for name in names:
        lines += _entry(f"{title}.{name}", getattr(module, name))
    return "\n".join(lines) + "\n"


def _entry(path: str, thing: object) -> Iterator[str]:
    """The directive of a function, a class with its methods, or a value."""
    if inspect.isclass(thing):
        yield from _directive(
            "py:class", f"{path}{_signature(thing)}", _rendered(thing)
        )
        for name, member in public_members(thing):
            kind = "py:property" if isinstance(member, property) else "py:method"
            signature = (
                ""
                if isinstance(member, property)
                else _signature(getattr(thing, name))
            )
            yield from _directive(
                kind, f"{path}.{name}{signature}", _rendered(member)
            )
    elif callable(thing):
        yield from _directive(
            "py:function", f"{path}{_signature(thing)}", _rendered(thing)
        )
    else:
        yield from _directive("py:data", path, [f"``{thing!r}``"])


def public_members(kind: type) -> Iterator[tuple[str, Any]]:
    """The methods and properties that a class of this library defines under public names."""
    if not kind.__module__.startswith("workforce"):
        return
    for name, member in vars(kind).items():
        documented = isinstance(
            member, property | staticmethod | classmethod
        ) or inspect.isfunction(member)
        if documented and not name.startswith("_"):
            yield name, member


def is_called(thing: object) -> bool:
    """Whether a user calls it: protocols are not called, and some classes only the library makes (their arguments are ``*_, **__``)."""
    if getattr(thing, "_is_protocol", False):
        return False
    if not inspect.isclass(thing):
        return True
    try:
        names = list(inspect.signature(thing).parameters)
    except ValueError:  # a class of the standard library
        return True
    return not names or not all(name.startswith("_") for name in names)


def _directive(kind: str, head: str, body: list[str]) -> Iterator[str]:
    yield from (f".. {kind}:: {head}", "")
    yield from (f"   {line}" if line else "" for line in body)
    yield ""


def _signature(thing: Any) -> str:  # noqa: ANN401 - whatever can be called
    if not is_called(thing):
        return ""
    try:
        signature = inspect.signature(thing)
    except ValueError:  # a class of the standard library
        return ""
    bare = [
        one.replace(annotation=inspect.Parameter.empty)
        for one in signature.parameters.values()
        if one.name != "self"
    ]
    return str(
        signature.replace(
            parameters=bare, return_annotation=inspect.Signature.empty
        )
    )


def _rendered(thing: object) -> list[str]:
    return str(SphinxDocString(inspect.getdoc(thing) or "")).splitlines()


def _first_line(module: ModuleType) -> str:
    return (inspect.getdoc(module) or "").partition("\n")[0]


def _contents(pages: list[str]) -> list[str]:
    return ["```{toctree}", ":hidden:", ":maxdepth: 1", "", *pages, "```", ""]


def _text(words: str) -> str:
    """Words as text of a cell in markdown."""
    return re.sub(r"([\\`*_\[\]<>|$])", r"\\\1", words)
