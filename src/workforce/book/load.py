"""Read the measure book: one TOML file a topic, `sources.toml` and `words.toml`, into read-only objects, once, when first needed.

Texts quote a number of `constants.py` or a source by its name in braces. A key that the model lacks, or a value of another type, is refused
with its file and key.
"""

import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass, replace
from functools import cache
from pathlib import Path
from string import Formatter
from types import MappingProxyType, UnionType
from typing import Any, Final, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from workforce.book import constants
from workforce.book.model import AS_EXPECTED, Book, Column, CurveWords, Definition, Measure, Published, Recipe, Side
from workforce.errors import EnvironmentFault, UsageError, did_you_mean

FOLDER: Final = Path(__file__).parent
SOURCES: Final = "sources.toml"
WORDS: Final = "words.toml"
IDENTITIES: Final = "identities.toml"
"""Read by `identities.py`."""
CONSTANTS: Final[Mapping[str, int | float]] = {
    name.lower(): value for name, value in vars(constants).items() if name.isupper()
}
# Keys of a measure that its definitions share, unless they have their own.
_SHARED: Final = (
    "unit",
    "source",
    "limits",
    "adds",
    "better",
    "series",
    "public",
    "pay",
    "of_others",
    "simulated",
    "kpi",
    "curve",
)
_PAY_FUNCTIONS: Final = (
    "pay."  # a measure of these functions has to say whether it is pay: disclosure control depends on it
)
# Keys of a definition that say how it is shown, not what it means.
_SHOWN: Final = ("short", "curve", "kpi", "published")
_OF_A_MEASURE: Final = ("called", "subject", "functions", "records", "standardised")
_KINDS: Final[Mapping[type, str]] = {
    str: "a text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    list: "a list",
    dict: "a table",
}
Model = TypeVar("Model")


@cache
def measure_book() -> Book:
    """Return the measure book.

    >>> measure_book().definitions["turnover", "nhs"].numerator.over_time
    'never'
    """
    return read_book(FOLDER)


def definition_of(measure: str, definition: str) -> Definition:
    """Look a definition up in the book.

    >>> definition_of("stability", "nhs").limits
    'Wilson'
    """
    definitions = measure_book().definitions
    entry = definitions.get((measure, definition))
    if entry:
        return entry
    if measure not in measure_book().measures:
        raise UsageError(
            'no measure is called "{measure}"',
            hint=did_you_mean(measure, sorted(measure_book().measures)),
            measure=measure,
        )
    raise UsageError(
        '{measure} has no definition "{definition}"',
        hint=did_you_mean(definition, [d for m, d in definitions if m == measure]),
        measure=measure,
        definition=definition,
    )


def read_book(folder: Path) -> Book:
    """Read a measure book from a folder of TOML files.

    Parameters
    ----------
    folder : Path
        The folder.

    Returns
    -------
    Book
        The book; definitions in the order of the files and of what stands in them.

    Raises
    ------
    EnvironmentFault
        Where a file is missing, is no TOML, or has a key or value that the book does not know.
    """
    names: dict[str, str | int | float] = {**CONSTANTS}
    for name, text in _toml(folder / SOURCES).items():
        names[name] = _text(text, names, f"{SOURCES}, {name}")
    words = _filled(_toml(folder / WORDS), names, WORDS)
    _only(words, ("topics", "units", "columns", "curve"), WORDS)
    topics = _value(tuple[str, ...], words["topics"], f"{WORDS}, topics")
    contents = _Parts()
    for topic in topics:
        _read_topic(folder / f"{topic}.toml", names, contents)
    for path in folder.glob("*.toml"):
        if path.stem not in topics and path.name not in (SOURCES, WORDS, IDENTITIES):
            raise _wrong(f"{WORDS}, topics", f"{path.name} is not in the list")
    return Book(
        MappingProxyType(contents.topics),
        MappingProxyType(contents.measures),
        MappingProxyType(contents.definitions),
        MappingProxyType(contents.recipes),
        MappingProxyType(contents.curves),
        _made(CurveWords, words["curve"], f"{WORDS}, curve"),
        MappingProxyType(contents.published),
        MappingProxyType(contents.short),
        MappingProxyType(
            {unit: _value(int, value, f"{WORDS}, units.{unit}") for unit, value in words["units"].items()}
        ),
        MappingProxyType(
            {name: _made(Column, value, f"{WORDS}, columns.{name}") for name, value in words["columns"].items()}
        ),
    )


class _Parts:
    """What has been read so far."""

    def __init__(self) -> None:
        self.topics: dict[str, str] = {}
        self.measures: dict[str, Measure] = {}
        self.definitions: dict[tuple[str, str], Definition] = {}
        self.recipes: dict[tuple[str, str], Recipe] = {}
        self.curves: dict[tuple[str, str], CurveWords] = {}
        self.published: dict[tuple[str, str], Published] = {}
        self.short: dict[tuple[str, str], str] = {}


def _read_topic(path: Path, names: Mapping[str, str | float], parts: _Parts) -> None:
    content = _filled(_toml(path), names, path.name)
    parts.topics[path.stem] = _value(str, content.pop("topic", None), f"{path.name}, topic")
    for measure, table in content.items():
        where = f"{path.name}, {measure}"
        if measure in parts.measures:
            raise _wrong(where, "the measure is in another file too")
        entries = dict(_value(dict, table, where))
        of_measure = {key: entries.pop(key) for key in _OF_A_MEASURE if key in entries}
        shared = {key: entries.pop(key) for key in _SHARED if key in entries}
        of_pay = any(str(name).startswith(_PAY_FUNCTIONS) for name in of_measure.get("functions", []))
        if of_pay and "pay" not in shared:
            raise _wrong(
                f"{where}.pay", "it is missing: set pay = true, or false where nobody's pay follows from the figures"
            )
        to_standardise = _value(tuple[str, ...], of_measure.pop("standardised", []), f"{where}.standardised")
        parts.measures[measure] = _made(Measure, {"measure": measure, "topic": path.stem, **of_measure}, where)
        for definition, entry in entries.items():
            _read_definition(measure, definition, _value(dict, entry, f"{where}.{definition}"), shared, where, parts)
        for definition in to_standardise:
            crude = parts.definitions.get((measure, definition))
            if crude is None:
                raise _wrong(f"{where}.standardised", f"there is no definition {definition}")
            for form in _standardised(crude, str(names["standardised"])):
                parts.definitions[measure, form.definition] = form


def _read_definition(
    measure: str, definition: str, entry: dict[str, Any], shared: dict[str, Any], where: str, parts: _Parts
) -> None:
    key, where = (measure, definition), f"{where}.{definition}"
    full = {**shared, **entry}
    if "curve" in full:
        curve = {**shared.get("curve", {}), **entry.get("curve", {})}
        parts.curves[key] = _made(CurveWords, curve, f"{where}.curve")
    if "kpi" in full:
        parts.recipes[key] = _made(Recipe, full["kpi"], f"{where}.kpi")
    if "published" in full:
        parts.published[key] = _made(Published, full["published"], f"{where}.published")
    if "short" in full:
        parts.short[key] = _value(str, full["short"], f"{where}.short")
    sides = {"numerator": None, "denominator": None}
    meaning = {name: value for name, value in full.items() if name not in _SHOWN}
    parts.definitions[key] = _made(
        Definition, {"measure": measure, "definition": definition, **sides, **meaning}, where
    )


def _standardised(crude: Definition, source: str) -> tuple[Definition, Definition]:
    """Return what `standardise` makes of a rate: an indirect ratio and a direct rate.

    Parameters
    ----------
    crude : Definition
        The rate.
    source : str
        Whose method it is.
    """
    above, below = crude.numerator, crude.denominator
    if above is None or below is None:
        raise ValueError("a rate has two sides")
    between = crude.limits.endswith("between people")
    indirect = replace(
        crude,
        definition=f"{crude.definition}_indirect",
        words=f"{above.words} for each 100 that the standard's rates would give staff of the same mix",
        formula=f"{above.words} / sum over strata of (own {below.words} x the standard's rate)",
        source=f"{source} (indirect); crude: {crude.source}",
        unit=AS_EXPECTED,
        numerator=Side(above.words, above.kind, "never", "never"),
        denominator=Side(f"{above.words} expected at the standard's rates", "expected", "never", "never"),
        limits=crude.limits if between else "Byar",
        more_than=0.0,
    )
    direct = replace(
        crude,
        definition=f"{crude.definition}_direct",
        words=f"{crude.words}, had its staff the mix of the standard",
        formula=f"sum over strata of (own rate x the standard's {below.words}) / the standard's {below.words}",
        source=f"{source} (direct); crude: {crude.source}",
        numerator=Side(f"{above.words} that the standard would have at these rates", above.kind, "never", "never"),
        denominator=Side(f"{below.words} of the standard", below.kind, "never", "never"),
        # Limits by Dobson's method follow from the strata, not from the two sides: `standardise` adds them.
        limits=crude.limits if between else "none",
        more_than=0.0,
    )
    return indirect, direct


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise _wrong(path.name, "there is no such file") from None
    except tomllib.TOMLDecodeError as error:
        raise EnvironmentFault(
            "the measure book cannot be read: {reason}", where="{file}", file=path.name, reason=str(error)
        ) from None


def _wrong(where: str, reason: str) -> EnvironmentFault:
    return EnvironmentFault("the measure book is wrong: {reason}", where="{place}", place=where, reason=reason)


def _only(table: Mapping[str, Any], keys: tuple[str, ...], where: str) -> None:
    for key in keys:
        if key not in table:
            raise _wrong(f"{where}, {key}", "it is missing")
    for key in table:
        if key not in keys:
            raise _wrong(f"{where}, {key}", f"the key is not one of {', '.join(keys)}")


def names_in(text: str) -> Iterator[str]:
    """Yield the names that a text of the book quotes in braces.

    >>> list(names_in("within {plan_weeks} weeks"))
    ['plan_weeks']
    """
    return (name for _, name, _, _ in Formatter().parse(text) if name is not None)


def _text(text: object, names: Mapping[str, str | float], where: str) -> str:
    filled = _filled(text, names, where)
    return filled if isinstance(filled, str) else _value(str, text, where)


def _filled(value: Any, names: Mapping[str, str | float], where: str) -> Any:  # noqa: ANN401 - TOML holds anything
    """The same value with the numbers and sources that its texts quote; a text that is only a name becomes the number itself."""
    if isinstance(value, dict):
        return {key: _filled(inner, names, f"{where}, {key}") for key, inner in value.items()}
    if isinstance(value, list):
        return [_filled(inner, names, where) for inner in value]
    if not isinstance(value, str) or "{" not in value:
        return value
    for name in names_in(value):
        if name not in names:
            raise _wrong(where, f"{{{name}}} is neither a number nor a source; {did_you_mean(name, sorted(names))}")
    if value.startswith("{") and value.endswith("}") and value[1:-1] in names:
        return names[value[1:-1]]
    return value.format_map(names)


@cache
def _keys_of(model: Any) -> tuple[dict[str, Any], dict[str, Field[Any]]]:  # noqa: ANN401 - a class of the model
    return get_type_hints(model), {entry.name: entry for entry in fields(model)}


def _made(model: Callable[..., Model], table: object, where: str) -> Model:
    """An object of a frozen class from a TOML table, whose keys and types are exactly those of the class."""
    entries = dict(_value(dict, table, where))
    hints, required = _keys_of(model)
    for key in entries:
        if key not in required:
            raise _wrong(f"{where}.{key}", f"there is no such key; {did_you_mean(key, list(required))}")
    for name, entry in required.items():
        if name not in entries and entry.default is MISSING and entry.default_factory is MISSING:
            raise _wrong(f"{where}.{name}", "it is missing")
    return model(**{name: _value(hints[name], value, f"{where}.{name}") for name, value in entries.items()})


def _value(kind: Any, value: object, where: str) -> Any:  # noqa: ANN401 - whatever the class asks for
    """A TOML value as the type that the class asks for, which has to be exactly that type: no text becomes a number."""
    origin, options = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):  # a kind or None, which TOML cannot say
        return None if value is None else _value(options[0], value, where)
    if origin is Literal:
        if value not in options:
            raise _wrong(where, f"the value is not one of {', '.join(map(str, options))}")
        return value
    if origin is tuple:
        return _several(options, _value(list, value, where), where)
    if origin is not None:  # a mapping of options: texts, numbers and lists of texts as they are
        entries = _value(dict, value, where)
        return MappingProxyType({key: tuple(v) if isinstance(v, list) else v for key, v in entries.items()})
    if isinstance(kind, type) and is_dataclass(kind):
        return _made(kind, value, where)
    return _exactly(kind, value, where)


def _several(kinds: tuple[Any, ...], values: list[object], where: str) -> tuple[Any, ...]:
    kinds_of_values = kinds[:1] * len(values) if kinds[-1] is Ellipsis else kinds
    if len(kinds_of_values) != len(values):
        raise _wrong(where, f"expected {len(kinds_of_values)} values, got {len(values)}")
    return tuple(_value(kind, value, where) for kind, value in zip(kinds_of_values, values, strict=True))


def _exactly(kind: type, value: object, where: str) -> object:
    if kind is float and type(value) is int:
        return float(value)
    if type(value) is not kind:
        raise _wrong(where, f"expected {_KINDS[kind]}, got {_KINDS.get(type(value), 'nothing')}")
    return value
