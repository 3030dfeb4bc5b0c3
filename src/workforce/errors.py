"""Errors made of fixed sentences and named values, so that a page can print the sentence without the values.

A sentence (a template such as ``'no measure is called "{measure}"'``) is a constant of the library. What a caller or a file brought along
is a value of it. Texts hold file, sheet, column and row numbers, rule names and counts; a cell's value never.
"""

import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from numbers import Integral, Real
from string import Formatter
from typing import Any, ClassVar, Final, NamedTuple, Self, Union

LONGEST: Final = 2_000
"""The most characters that the text of an error has."""

LEFT_OUT: Final = "..."
"""Printed in place of a value that is not shown, and of the end of a text that is too long."""

Plain = str | int | float
Value = Union[Plain, "Phrase", tuple[Plain, ...], tuple["Phrase", ...]]

_UNPRINTABLE: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode categories of control and format characters, half characters, and line and paragraph separators."""


@dataclass(frozen=True, slots=True, init=False)
class Phrase:
    """A fixed sentence with named values, for a part of an error that is worded elsewhere than at its `raise`.

    Parameters
    ----------
    template : str
        A text with placeholders as in `str.format`: names only, with a format specification where one is needed.
    **values : str, number, Phrase, or sequence of these
        The value of each placeholder. Names are joined by commas, phrases by semicolons. Anything else is taken as text.

    Examples
    --------
    >>> str(Phrase("{rows:,} of {file}", rows=12345, file="staff.csv"))
    '12,345 of staff.csv'
    >>> str(Phrase("known: {names}", names=["nhs", "dfe"]))
    'known: nhs, dfe'
    """

    template: str
    items: tuple[tuple[str, Value], ...]

    def __init__(self, template: str, /, **values: object) -> None:
        object.__setattr__(self, "template", str(template))
        object.__setattr__(self, "items", tuple((name, _value(value)) for name, value in values.items()))

    @property
    def values(self) -> dict[str, Value]:
        """The values by name."""
        return dict(self.items)

    def __str__(self) -> str:
        return self.fixed(lambda _: True)

    def fixed(self, allowed: Callable[[Plain], bool]) -> str:
        """Return the sentence with the allowed values only.

        Parameters
        ----------
        allowed : callable
            Takes a text or a number and returns whether it may be printed. A list is printed where all its names may be.

        Returns
        -------
        str
            The sentence, with ``...`` for each value that may not be printed.

        Examples
        --------
        >>> Phrase('no measure is called "{measure}" in {year}', measure="Ann", year=2024).fixed(lambda value: value == 2024)
        'no measure is called "..." in 2024'
        """
        values = self.values
        try:
            pieces = list(Formatter().parse(self.template))
        except ValueError:  # not a template: somebody's own text with a lone brace
            return _printable(self.template)
        text = ""
        for literal, name, spec, conversion in pieces:
            text += literal
            if name is not None and name in values:
                text += _filled(values[name], spec or "", conversion, allowed)
            elif name is not None:
                text += "{" + name + "}"
        return _printable(text)

    def with_values(self, **values: object) -> "Phrase":
        """Return the same sentence with other values."""
        return Phrase(self.template, **values)

    def record(self) -> dict[str, Any]:
        """Return the template and its values as JSON can hold them."""
        return {"template": self.template, "values": {name: _recorded(value) for name, value in self.items}}

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Self:
        """Return the phrase that `record` described."""
        return cls(str(record["template"]), **{str(name): _restored(value) for name, value in record["values"].items()})


class Parts(NamedTuple):
    """The three parts of an error, to be passed on to another error."""

    what: Phrase
    where: Phrase | None
    hint: Phrase | None


class WorkforceError(Exception):
    """An error that a user can act on.

    Parameters
    ----------
    what : str or Phrase
        The fault in one sentence: a fixed template.
    where : str or Phrase, optional
        File, sheet, column, rows, or the key path of a setting: a template too.
    hint : str or Phrase, optional
        What to do next: a template too.
    **values : str, number, Phrase, or sequence of these
        The values of the placeholders in all three, as `Phrase` takes them.

    Examples
    --------
    >>> error = InputError(
    ...     "{bad} dates could not be read", where="{file}, column start", hint="set date_format", bad=2, file="staff.csv"
    ... )
    >>> print(error)
    staff.csv, column start: 2 dates could not be read. Hint: set date_format.
    >>> error.what
    '2 dates could not be read'
    >>> error.values
    {'bad': 2, 'file': 'staff.csv'}
    >>> print(error.fixed(lambda value: value == "staff.csv"))
    staff.csv, column start: ... dates could not be read. Hint: set date_format.
    """

    exit_code: ClassVar[int] = 1

    def __init__(
        self,
        what: str | Phrase,
        *,
        where: str | Phrase | None = None,
        hint: str | Phrase | None = None,
        **values: object,
    ) -> None:
        self._parts = Parts(
            what=_phrase(what, values),
            where=_phrase(where, values) if where else None,
            hint=_phrase(hint, values) if hint else None,
        )
        super().__init__(str(self))

    @property
    def parts(self) -> Parts:
        """What, where and hint as phrases."""
        return self._parts

    @property
    def what(self) -> str:
        """The fault, with its values."""
        return self._texts()[0]

    @property
    def where(self) -> str | None:
        """The place, with its values."""
        return self._texts()[1] or None

    @property
    def hint(self) -> str | None:
        """What to do next, with its values."""
        return self._texts()[2] or None

    @property
    def template(self) -> tuple[str, str | None, str | None]:
        """The templates of what, where and hint."""
        what, where, hint = (phrase.template if phrase else None for phrase in self._parts)
        return what or "", where, hint

    @property
    def values(self) -> dict[str, Value]:
        """The values of all three templates by name."""
        return {name: value for phrase in self._parts if phrase for name, value in phrase.items}

    def fixed(self, allowed: Callable[[Plain], bool]) -> str:
        """Return the text with the allowed values only, and ``...`` for the others.

        Parameters
        ----------
        allowed : callable
            Takes a text or a number and returns whether it may be printed.

        Returns
        -------
        str
            One line of at most 2,000 characters.
        """
        what, where, hint = self._texts(allowed)
        place = f"{where}: " if where else ""
        advice = f" Hint: {hint}{'' if hint.endswith(('?', LEFT_OUT)) else '.'}" if hint else ""
        return f"{place}{what}{'' if what.endswith(LEFT_OUT) else '.'}{advice}"

    def __str__(self) -> str:
        return self.fixed(lambda _: True)

    def _texts(self, allowed: Callable[[Plain], bool] = lambda _: True) -> tuple[str, str, str]:
        what, where, hint = (phrase.fixed(allowed) if phrase else "" for phrase in self._parts)
        return _fitted((_undotted(what), where, _undotted(hint)))

    def record(self) -> dict[str, Any]:
        """Return the name of the class and the three parts as JSON can hold them.

        Returns
        -------
        dict
            Texts and numbers only.

        Examples
        --------
        >>> again = WorkforceError.from_record(UsageError('no area is called "{area}"', area="Nowhere").record())
        >>> again
        UsageError('no area is called "Nowhere".')
        """
        return {"kind": type(self).__name__, "parts": [phrase.record() if phrase else None for phrase in self._parts]}

    @staticmethod
    def from_record(record: Mapping[str, Any]) -> "WorkforceError":
        """Return the error that `record` described; a class that is not the library's becomes `WorkforceError`.

        Parameters
        ----------
        record : mapping
            What `record` returned.

        Returns
        -------
        WorkforceError
            Of the class that it names.
        """
        kinds = {
            kind.__name__: kind for kind in WorkforceError.__subclasses__() if kind.__module__.startswith("workforce.")
        }
        what, where, hint = (phrase and Phrase.from_record(phrase) for phrase in record["parts"])
        return kinds.get(record["kind"], WorkforceError)(what, where=where, hint=hint)

    def __reduce__(self) -> tuple[object, ...]:
        # Errors cross from worker processes to the runner, so they must survive pickling with all three parts.
        return (_rebuilt, (type(self), *self._parts))


def _rebuilt(kind: type[WorkforceError], what: Phrase, where: Phrase | None, hint: Phrase | None) -> WorkforceError:
    return kind(what, where=where, hint=hint)


class UsageError(WorkforceError):
    """A call, or a command line, that does not make sense."""

    exit_code = 2


class SettingsError(WorkforceError):
    """An area.toml that cannot be used."""

    exit_code = 3


class InputError(WorkforceError):
    """Input data that cannot be used."""

    exit_code = 4


class NotEstimable(InputError):  # noqa: N818 - not a fault of the data: they do not say
    """A model or a test that the data do not support, such as one of a single group or without anyone who left."""


class DisclosureError(WorkforceError):
    """An attempt to show what has not been released."""

    exit_code = 5


class EnvironmentFault(WorkforceError):  # noqa: N818 - EnvironmentError is Python's own
    """The machine lacks something: a full folder, a missing program, no permission."""

    exit_code = 6


def did_you_mean(word: str, known: Iterable[str]) -> Phrase:
    """Return a hint that names the nearest known word, or lists them all.

    Parameters
    ----------
    word : str
        What was given.
    known : iterable of str
        What could have been given.

    Returns
    -------
    Phrase
        To be given as the hint of an error.

    Examples
    --------
    >>> str(did_you_mean("tunover", ["turnover", "stability"]))
    'did you mean "turnover"?'
    >>> str(did_you_mean("x", ["turnover", "stability"]))
    'known: stability, turnover'
    """
    names = sorted(known)
    matches = get_close_matches(word, names, n=1)
    return Phrase('did you mean "{nearest}"?', nearest=matches[0]) if matches else Phrase("known: {names}", names=names)


def _value(given: object) -> Value:
    if isinstance(given, Phrase):
        return given
    if isinstance(given, list | tuple):
        items = given[:LONGEST]
        if any(isinstance(item, Phrase) for item in items):
            return tuple(item if isinstance(item, Phrase) else Phrase("{text}", text=item) for item in items)
        return tuple(_plain(item) for item in items)
    return _plain(given)


def _plain(given: object) -> Plain:
    if isinstance(given, Integral):
        return int(given)
    if isinstance(given, Real):
        return float(given)
    return f"{given}"[:LONGEST]


def _filled(value: Value, spec: str, conversion: str | None, allowed: Callable[[Plain], bool]) -> str:
    if isinstance(value, Phrase):
        return value.fixed(allowed)
    if isinstance(value, tuple):
        if any(isinstance(item, Phrase) for item in value):
            return "; ".join(item.fixed(allowed) for item in value if isinstance(item, Phrase))
        names = [item for item in value if not isinstance(item, Phrase)]
        return ", ".join(str(item) for item in names) if all(allowed(item) for item in names) else LEFT_OUT
    if not allowed(value):
        return LEFT_OUT
    try:
        return format(repr(value) if conversion == "r" else value, spec)
    except ValueError:  # a format for numbers and a text, or a number of thousands of digits
        return LEFT_OUT


def _phrase(part: str | Phrase, values: Mapping[str, object]) -> Phrase:
    """The part of an error with those of its values that are named in it."""
    if isinstance(part, Phrase):
        return part
    try:
        names = {name for _, name, _, _ in Formatter().parse(part)}
    except ValueError:
        names = set()
    return Phrase(part, **{name: value for name, value in values.items() if name in names})


def _printable(text: str) -> str:
    return "".join(" " if unicodedata.category(c) in _UNPRINTABLE else c for c in text)


def _undotted(text: str) -> str:
    return text if text.endswith(LEFT_OUT) else text.rstrip(".")


def _fitted(parts: tuple[str, str, str]) -> tuple[str, str, str]:
    """Return the parts, the longest cut so that the whole error has at most `LONGEST` characters."""
    room = LONGEST - len(": ") - len(". Hint: .")
    if sum(map(len, parts)) <= room:
        return parts
    limit = room
    for texts_left, shorter in zip((3, 2, 1), sorted(map(len, parts)), strict=True):
        limit = room // texts_left  # what each of those that are left may have
        if shorter > limit:
            break
        room -= shorter
    what, where, hint = (text if len(text) <= limit else text[: limit - len(LEFT_OUT)] + LEFT_OUT for text in parts)
    return what, where, hint


def _recorded(value: Value) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, tuple):
        return [_recorded(item) for item in value]
    return value.record() if isinstance(value, Phrase) else value


def _restored(value: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, list):
        return [_restored(item) for item in value]
    return Phrase.from_record(value) if isinstance(value, dict) else value
