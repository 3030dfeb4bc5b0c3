"""What a page, and the message of a failed page, may print of the texts and numbers that a notebook passed to the library."""

import ast
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final

from workforce.book import measure_book
from workforce.errors import Phrase, WorkforceError
from workforce.file_bytes import LARGEST_SETTINGS, bytes_of
from workforce.report.literals import Constant, Literals
from workforce.schemas import TABLES
from workforce.sealed import FILES
from workforce.settings import Costs

Setting = tuple[str, Constant]
"""A text or number of the settings, with the path of its key, such as `casework.caseload_limit`."""

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
    "agreed": ("kpis.amber", "targets.value"),
}
# The names of unit costs are the library's own: an area that gives none has none of them in its settings.
_UNIT_COSTS: Final = frozenset(Costs.model_fields)


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
