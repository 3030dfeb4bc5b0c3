"""Objects that only the library makes, and what they record about where their content came from.

A released table, a figure, a table and a sentence are sealed: they cannot be constructed, changed, subclassed or copied into something
else from outside. The seal is against mistakes and ordinary use; names that begin with an underscore are outside of it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from hashlib import sha256
from numbers import Real
from typing import Any, Final, NoReturn, Self

from workforce.errors import DisclosureError, UsageError

Argument = tuple[str, str | float]
MATERIAL: Final = 0.05
"""The share of a figure that a change has to exceed to be worth a mention, where the area sets none: a twentieth (measure book)."""
FILES: Final = "files"
"""As what argument records and official figures give the checksum of the files that they were read from."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where the content of a result or of a shown object came from.

    Parameters
    ----------
    loaded : bool
        Whether every record behind it was read by `load_area`, or is an official figure. Records that were built from frames are not.
    arguments : frozenset of (name, value)
        Texts and numbers that the caller passed and that a page would print, with the name of their argument: a title, a target, a limit.
        A published page accepts those that are written in the notebook or in the settings.
    official : bool
        Whether every figure is one of the official store, as published: the only ones that rule `published` takes.
    names : frozenset of (slug, name)
        The printed names of the organisations of the records, which `release` puts in the place of their slugs.
    material : float
        The share of a figure that a change has to exceed to be worth a mention.
    group_size : int or None
        The smallest group that the partners of the records agreed to exchange; of several records the largest.
    small : bool
        Whether any of the records are of a body of so few people that a board sees financial years of it, and no series.
    organisation : str or None
        The only organisation of the records, where they are of one.
    """

    loaded: bool = False
    arguments: frozenset[Argument] = field(default_factory=frozenset)
    names: frozenset[tuple[str, str]] = field(default_factory=frozenset)
    material: float = MATERIAL
    official: bool = False
    group_size: int | None = None
    small: bool = False
    organisation: str | None = None

    def with_arguments(self, **values: object) -> "Provenance":
        """Return the same provenance with further texts and numbers of the caller; None and booleans are nothing to print.

        A date or a period is none of them: which days are shown is the notebook's choice, like which results are.
        What is printed of a value must be worked out from `text_given`, `number_given` or `texts_given`, so that it is what is recorded.

        >>> sorted(Provenance().with_arguments(title="By team", target=None, columns={"nhs": "NHS"}).arguments)
        [('columns', 'NHS'), ('columns', 'nhs'), ('title', 'By team')]
        """
        return replace(self, arguments=self.arguments | frozenset(_flat(values.items())))

    def with_files(self, files: Iterable[tuple[str, str]]) -> "Provenance":
        """Return the same provenance with one checksum for all the files that were read: a name and the SHA-256 of each."""
        listed = "\n".join(f"{checksum} {name}" for name, checksum in sorted(files))
        return self.with_arguments(**{FILES: sha256(listed.encode()).hexdigest()})

    @staticmethod
    def of_all(parts: "Iterable[Provenance]") -> "Provenance":
        """Return the provenance of something made from several parts: loaded where all of them are."""
        provenances = list(parts)
        organisations = {provenance.organisation for provenance in provenances}
        return Provenance(
            loaded=bool(provenances) and all(provenance.loaded for provenance in provenances),
            arguments=frozenset().union(*(provenance.arguments for provenance in provenances)),
            names=frozenset().union(*(provenance.names for provenance in provenances)),
            official=bool(provenances) and all(provenance.official for provenance in provenances),
            material=next((p.material for p in provenances if p.material != MATERIAL), MATERIAL),
            group_size=max(
                (provenance.group_size for provenance in provenances if provenance.group_size), default=None
            ),
            small=any(provenance.small for provenance in provenances),
            organisation=organisations.pop() if len(organisations) == 1 else None,
        )


def text_given(value: object, name: str) -> str:
    """Return a text that a caller passed as a plain `str`, so that what is recorded is what is printed.

    A subclass of `str` could answer one thing when it is recorded and another when it is printed.

    >>> text_given("By team", "title")
    'By team'
    """
    if not isinstance(value, str):
        raise UsageError("{argument}= is a text", hint="write it in quotation marks", argument=name)
    return str.__str__(value)


def number_given(value: object, name: str) -> float:
    """Return a number that a caller passed as a plain `float`.

    >>> number_given(12, "target")
    12.0
    """
    if isinstance(value, bool) or not isinstance(value, Real | Decimal):
        raise UsageError("{argument}= is a number", hint="give a number, or leave it out", argument=name)
    return float(value)


def text_or_none(value: object, name: str) -> str | None:
    """Return an optional text that a caller passed as a plain `str`."""
    return None if value is None else text_given(value, name)


def number_or_none(value: object, name: str) -> float | None:
    """Return an optional number that a caller passed as a plain `float`."""
    return None if value is None else number_given(value, name)


def texts_given(values: object, name: str) -> dict[str, str]:
    """Return names and their words that a caller passed as a plain `dict` of its own.

    >>> texts_given({"nhs": "NHS"}, "columns")
    {'nhs': 'NHS'}
    """
    if not isinstance(values, Mapping):
        raise UsageError("{argument}= is a mapping of names to words", argument=name)
    return {text_given(key, name): text_given(words, name) for key, words in dict(values).items()}


class Options:
    """Base of the library's small classes of options that a caller makes and a page prints, such as a scenario of an outlook."""

    __slots__ = ()

    def _arguments(self) -> dict[str, object]:
        """Return the texts and numbers of the caller by the name of their argument."""
        raise NotImplementedError


def _flat(items: Iterable[tuple[str, object]]) -> Iterable[Argument]:
    for name, value in items:
        if isinstance(value, bool) or value is None:
            continue
        if isinstance(value, str):
            yield name, text_given(value, name)
        elif isinstance(value, Real | Decimal):
            yield name, number_given(value, name)
        elif isinstance(value, Options):
            yield from _flat(value._arguments().items())
        elif isinstance(value, Mapping):
            # As a dict reads it: a subclass could have other items than those that are printed.
            yield from _flat((name, item) for pair in dict(value).items() for item in pair)
        elif isinstance(value, Iterable):
            yield from _flat((name, item) for item in value)


class Sealed:
    """Base of the objects that only the library makes.

    >>> class Seal(Sealed):
    ...     __slots__ = ("words",)
    >>> Seal._made(words="a").words
    'a'
    >>> Seal("a")
    Traceback (most recent call last):
    workforce.errors.DisclosureError: a Seal is made by the library only. ...
    """

    __slots__ = ()

    def __init__(self, *_: object, **__: object) -> None:
        raise DisclosureError(
            "a {kind} is made by the library only",
            hint="release results with wf.release, then show them with wf.chart, wf.table or wf.words",
            kind=type(self).__name__,
        )

    def __init_subclass__(cls, **options: Any) -> None:  # noqa: ANN401 - whatever a class statement passes
        super().__init_subclass__(**options)
        library = cls.__module__.partition(".")[0] == __name__.partition(".")[0]
        if not library or any(
            base is not Sealed and issubclass(base, Sealed) and base.__slots__ for base in cls.__bases__
        ):
            raise DisclosureError("a sealed class cannot be subclassed")

    @classmethod
    def _made(cls, **values: object) -> Self:
        sealed = object.__new__(cls)
        for name, value in values.items():
            object.__setattr__(sealed, name, value)
        return sealed

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise DisclosureError(
            "a {kind} cannot be changed", hint="make a new one from a release", kind=type(self).__name__
        )

    def __delattr__(self, name: str) -> NoReturn:
        raise DisclosureError(
            "a {kind} cannot be changed", hint="make a new one from a release", kind=type(self).__name__
        )

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise DisclosureError("a {kind} cannot be pickled", hint="save it with .save(path)", kind=type(self).__name__)
