"""What a page, and the message of a failed page, may print of the texts and numbers that a notebook passed to the library.

What is written in the notebook's code is read by the argument that it is passed as; the code is read and not run.
"""

import ast
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any, Final

from workforce.book import measure_book
from workforce.errors import Phrase, WorkforceError
from workforce.file_bytes import LARGEST_SETTINGS, bytes_of
from workforce.schemas import TABLES
from workforce.sealed import FILES
from workforce.settings import Costs

Constant = str | float
Setting = tuple[str, Constant]
"""A text or number of the settings, with the path of its key, such as `casework.caseload_limit`."""

_MOST: Final = 10_000  # values that one expression can have; a notebook with more is not one that people wrote
_KINDS: Final = ("Figure", "Table", "Text")
# Which numbers of the settings each argument may print. A text of the settings may be printed anywhere.
_NUMBERS: Final = {
    "target": ("targets.value", "casework.caseload_limit"),
    "costs": ("costs",),
    "each": ("costs",),
    "agency_cost": ("costs",),
    "employed_cost": ("costs",),
    "weights": ("casework.weights",),
    "limit": ("casework.caseload_limit",),
    **{lever: (f"scenarios.{lever}",) for lever in ("recruit", "retain", "reduce_demand", "cut_sickness", "cost")},
    "agreed": ("kpis.amber", "targets.value"),
}
# The names of unit costs are the library's own: an area that gives none has none of them in its settings.
_UNIT_COSTS: Final = frozenset(Costs.model_fields)


@dataclass(frozen=True, slots=True)
class Literals:
    """What is written in a notebook's code.

    Parameters
    ----------
    arguments : mapping of argument name to constants
        Texts and numbers passed as this argument of any call: in place, in a display such as `{"nhs": "NHS"}`, or by a name that was
        assigned them.
    positional : frozenset of str
        Texts passed to any call without a name. A text without a letter is left out: it could equal a count by accident.
    """

    arguments: Mapping[str, frozenset[Constant]] = field(default_factory=dict)
    positional: frozenset[str] = frozenset()

    def has(self, name: str, value: Constant) -> bool:
        """Whether a value is written as this argument.

        Examples
        --------
        >>> written = literals(["limit = 18.5", 'wf.chart.trend(page["caseload"], target=limit, title="Caseload")'])
        >>> written.has("target", 18.5), written.has("title", "Caseload"), written.has("target", 18.4), written.has("until", 18.5)
        (True, True, False, False)
        """
        return value in self.arguments.get(name, frozenset()) or value in self.positional


def literals(sources: Sequence[str], parameters: Mapping[str, object] | None = None) -> Literals:
    """Return what is written in the code cells of a notebook.

    Parameters
    ----------
    sources : sequence of str
        The code cells, in order. A cell that is not Python has nothing written in it.
    parameters : mapping of name to value, optional
        What the run gives the notebook's parameters.

    Examples
    --------
    >>> written = literals(['lost = "Leavers"', 'wf.wide_table(page["lost"], columns={"nhs": "NHS"}, title=f"{lost} by year")'])
    >>> sorted(written.arguments["columns"]), sorted(written.arguments["title"])
    (['NHS', 'nhs'], ['Leavers by year'])
    """
    trees = [tree for source in sources if (tree := _parsed(source)) is not None]
    names = _Names(trees, parameters or {})
    arguments: dict[str, set[Constant]] = {}
    positional: set[str] = set()
    for call in (node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call)):
        for keyword in call.keywords:
            if keyword.arg is not None:
                arguments.setdefault(keyword.arg, set()).update(names.constants(keyword.value))
            else:  # **options: the keys of a display are the names of arguments
                for name, value in names.pairs(keyword.value):
                    arguments.setdefault(name, set()).update(names.constants(value))
        for value in call.args:
            texts = (text for text in names.constants(value) if isinstance(text, str))
            positional.update(text for text in texts if any(letter.isalpha() for letter in text))
    return Literals({name: frozenset(values) for name, values in arguments.items()}, frozenset(positional))


def underscored(source: str) -> list[str]:
    r"""Return the names that begin with an underscore which a cell takes from a module or an object.

    >>> underscored("from workforce.sealed import _made\nfigure._spec\n_own = 1")
    ['_made', '_spec']
    """
    tree = _parsed(source)
    names: list[str] = []
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.Attribute) and node.attr.startswith("_"):
            names.append(node.attr)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            module = node.module or "" if isinstance(node, ast.ImportFrom) else ""
            for path in (module, *(alias.name for alias in node.names)):
                names += [step for step in path.split(".") if step.startswith("_") and step != "__future__"]
    return names


def _parsed(source: str) -> ast.Module | None:
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError):
        from IPython.core.inputtransformer2 import TransformerManager  # for IPython's own syntax, such as %time

    try:
        return ast.parse(TransformerManager().transform_cell(source))  # type: ignore[no-untyped-call]
    except (SyntaxError, ValueError):
        return None


class _Names:
    """The expressions that each name of a notebook is assigned, in whatever cell or function."""

    def __init__(self, trees: Sequence[ast.Module], parameters: Mapping[str, object]) -> None:
        self._assigned: dict[str, list[ast.expr]] = {
            name: [ast.Constant(value)] for name, value in parameters.items() if isinstance(value, str | int | float)
        }
        self._functions: dict[str, list[ast.arguments]] = {}
        nodes = [node for tree in trees for node in ast.walk(tree)]
        for node in nodes:
            self._read(node)
        for node in nodes:
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                self._bind(node, self._functions.get(node.func.id, []))

    def _read(self, node: ast.AST) -> None:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                self._assign(target, node.value)
        elif isinstance(node, ast.AugAssign | ast.NamedExpr | ast.AnnAssign) and node.value is not None:
            self._assign(node.target, node.value)
        elif isinstance(node, ast.For | ast.comprehension):
            self._assign_each(node.target, node.iter)
        elif isinstance(node, ast.FunctionDef):
            self._functions.setdefault(node.name, []).append(node.args)
            positional = [*node.args.posonlyargs, *node.args.args]
            defaults = node.args.defaults
            for argument, value in zip(positional[len(positional) - len(defaults) :], defaults, strict=True):
                self._add(argument.arg, value)
            for argument, default in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True):
                self._add(argument.arg, default)

    def _bind(self, call: ast.Call, functions: Sequence[ast.arguments]) -> None:
        """What a call of a function of the notebook gives its parameters."""
        for arguments in functions:
            names = [argument.arg for argument in (*arguments.posonlyargs, *arguments.args)]
            for name, value in zip(names, call.args, strict=False):
                self._add(name, value)
            for keyword in call.keywords:
                self._add(keyword.arg or "", keyword.value)

    def _add(self, name: str, value: ast.expr | None) -> None:
        if value is not None:
            self._assigned.setdefault(name, []).append(value)

    def _assign(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Name):
            self._add(target.id, value)
        elif isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name):  # titles["nhs"] = "NHS"
            self._add(target.value.id, value)
        elif isinstance(target, ast.Tuple | ast.List):
            if isinstance(value, ast.Tuple | ast.List) and len(value.elts) == len(target.elts):
                for inner_target, inner_value in zip(target.elts, value.elts, strict=True):
                    self._assign(inner_target, inner_value)
            else:
                self._assign_each(target, value)

    def _assign_each(self, target: ast.expr, values: ast.expr) -> None:
        """A target of a loop has each of the constants that are looped over."""
        for name in (node.id for node in ast.walk(target) if isinstance(node, ast.Name)):
            self._add(name, values)

    def constants(self, node: ast.expr) -> set[Constant]:
        """The texts and numbers that an expression can be, or hold."""
        return set(self._constants(node, frozenset()))

    def pairs(self, node: ast.expr, above: frozenset[str] = frozenset()) -> Iterator[tuple[str, ast.expr]]:
        """The keys, where they are texts, and the values of a display or of a name that was assigned one."""
        if isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(key.value, str):
                    yield key.value, value
                elif key is None:
                    yield from self.pairs(value, above)
        elif isinstance(node, ast.Name) and node.id not in above:
            for value in self._assigned.get(node.id, ()):
                yield from self.pairs(value, above | {node.id})

    def _constants(self, node: ast.AST | None, above: frozenset[str]) -> Iterator[Constant]:
        match node:
            case ast.Constant(value=str(text)):
                yield text
            case ast.Constant(value=int(number) | float(number)) if not isinstance(number, bool):
                yield float(number)
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int(number) | float(number))):
                yield -float(number)
            case ast.Name(id=name) if name not in above:
                for value in self._assigned.get(name, ()):
                    yield from self._constants(value, above | {name})
            case ast.JoinedStr(values=values):
                yield from self._joined(values, above)
            case _:
                for inner in _parts(node):
                    yield from self._constants(inner, above)
                if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
                    yield from self._joined([node.left, node.right], above)

    def _joined(self, pieces: Sequence[ast.expr], above: frozenset[str]) -> Iterator[str]:
        """The texts that pieces add up to: an f-string, or texts with + between them. Numbers are formatted by code, so they are none."""
        options: list[list[str]] = []
        combinations = 1
        for piece in pieces:
            plain = not isinstance(piece, ast.FormattedValue) or (piece.conversion == -1 and piece.format_spec is None)
            inner = piece.value if isinstance(piece, ast.FormattedValue) else piece
            texts = {text for text in self._constants(inner, above) if isinstance(text, str)} if plain else set()
            options.append(sorted(texts))
            combinations *= len(texts)
        if 0 < combinations <= _MOST:
            for combination in product(*options):
                yield "".join(combination)


def _parts(node: ast.AST | None) -> Sequence[ast.expr | None]:
    """The parts of a display, of a choice or of a sum; nothing of what only running the code would tell."""
    match node:
        case ast.Dict(keys=keys, values=values):
            return [*keys, *values]
        case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Set(elts=parts):
            return parts
        case ast.IfExp(body=left, orelse=right) | ast.BinOp(left=left, op=ast.BitOr() | ast.Add(), right=right):
            return [left, right]
        case ast.Subscript(value=value) | ast.Starred(value=value) | ast.NamedExpr(value=value):
            return [value]
        case ast.Call(func=ast.Attribute(value=value, attr="items" | "keys" | "values"), args=[], keywords=[]):
            return [value]  # what a loop goes over
    return []


def settings_of(path: Path) -> tuple[Setting, ...]:
    """Return every text, number and date of an area.toml, and the names of its keys, as texts."""
    return tuple(dict.fromkeys(_flat(tomllib.loads(bytes_of(path, most=LARGEST_SETTINGS).decode("utf-8-sig")), "")))


def _flat(value: object, path: str) -> Iterator[Setting]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield path, key.strip()
            yield from _flat(item, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for item in value:
            yield from _flat(item, path)
    elif isinstance(value, str):
        yield path, value.strip()  # as names of the settings are read
    elif isinstance(value, date):
        yield path, value.isoformat()
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield path, float(value)


@dataclass(frozen=True, slots=True)
class Permitted:
    """What is written in a notebook and in the settings, and what the run gave it.

    Parameters
    ----------
    literals : Literals
        The constants of the notebook's code.
    settings : sequence of (path, value)
        As `settings_of` returns them.
    parameters : mapping of name to value
        What the run gave the notebook.
    files : frozenset of str
        Checksums of the files that the run read.
    """

    literals: Literals = field(default_factory=Literals)
    settings: Sequence[Setting] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)
    files: frozenset[str] = frozenset()

    def may_print(self, name: str, value: Constant) -> bool:
        """Whether a page may print a text or number that was passed as an argument.

        Examples
        --------
        >>> permitted = Permitted(settings=[("casework.caseload_limit", 18.0), ("area.name", "Coast")])
        >>> permitted.may_print("target", 18.0), permitted.may_print("until", 18.0), permitted.may_print("title", "Coast")
        (True, False, True)
        """
        if name == FILES:
            return value in self.files
        if value == "" or self.literals.has(name, value):
            return True
        if isinstance(value, str):
            if name == "costs" and value in _UNIT_COSTS:
                return True
            # The words for a coarser table, and a unit, may be the library's own.
            return value in self._texts() or (name in ("steps", "unit") and value in _sentences())
        paths = _NUMBERS.get(name, ())
        return any(value == number and _under(path, paths) for path, number in self.settings) or any(
            isinstance(parameter, int | float) and not isinstance(parameter, bool) and value == parameter
            for parameter in self.parameters.values()
        )

    def in_messages(self, value: Constant) -> bool:
        """Whether the message of a failed page may hold a value: a text that is written somewhere, or a name of the library.

        A number is not printed: it could be a count.
        """
        if not isinstance(value, str):
            return False
        arguments = self.literals.arguments.values()
        return (
            value in self._texts()
            or value in _vocabulary()
            or value in self.literals.positional
            or any(value in constants for constants in arguments)
        )

    def _texts(self) -> set[str]:
        parameters = (value for value in self.parameters.values() if isinstance(value, str))
        return {value for _, value in self.settings if isinstance(value, str)} | set(parameters)


def _under(path: str, prefixes: Sequence[str]) -> bool:
    return any(path == prefix or path.startswith(f"{prefix}.") for prefix in prefixes)


@cache
def _vocabulary() -> frozenset[str]:
    """The names of measures, definitions, tables and columns, and the public names of the library."""
    import workforce

    columns = {name for table in TABLES.values() for name in table.column_names()}
    return frozenset(
        {*(name for key in measure_book().definitions for name in key), *TABLES, *columns, *workforce.__all__, *_KINDS}
    )


def message(error: WorkforceError, permitted: Permitted) -> str:
    """Return the text of an error that crossed from a notebook, with the values that may be printed.

    A sentence that is not a constant of the library's own code is left out: a notebook could have written it.

    Examples
    --------
    >>> from workforce.errors import UsageError
    >>> message(UsageError("{people} people left", people=3), Permitted())
    'an error of the library. Hint: open the notebook with: workforce lab, and run it there.'
    """
    what, where, hint = (phrase and Phrase.from_record(phrase) for phrase in error.record()["parts"])
    safe = WorkforceError(
        what if what and _is_ours(what) else "an error of the library",
        where=where if where and _is_ours(where) else None,
        hint=hint if hint and _is_ours(hint) else "open the notebook with: workforce lab, and run it there",
    )
    return safe.fixed(permitted.in_messages)


def _is_ours(phrase: Phrase) -> bool:
    values = [item for value in phrase.values.values() for item in (value if isinstance(value, tuple) else (value,))]
    return phrase.template in _sentences() and all(_is_ours(item) for item in values if isinstance(item, Phrase))


@cache
def _sentences() -> frozenset[str]:
    """Every text constant of the library's code."""
    package = Path(__file__).parent.parent
    trees = (ast.parse(path.read_text(encoding="utf-8")) for path in sorted(package.rglob("*.py")))
    constants = (node.value for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return frozenset(value for value in constants if isinstance(value, str))
