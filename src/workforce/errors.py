"""Errors that say what, where and what to do, and never a person's data.

Promises: every error a user can cause is a `WorkforceError` with the exit code of the command line. Texts hold file, sheet, column and
row numbers, rule names and counts; a cell's value never.
"""

from difflib import get_close_matches
from typing import ClassVar


class WorkforceError(Exception):
    """An error a user can act on.

    what: the fault in one sentence. where: file, sheet, column, rows, or the key path of a setting. hint: what to do next.

    >>> print(InputError("2 dates could not be read", where="staff.csv, column start, rows 14, 212", hint="set date_format"))
    staff.csv, column start, rows 14, 212: 2 dates could not be read. Hint: set date_format.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, what: str, *, where: str | None = None, hint: str | None = None) -> None:
        self.what = what.rstrip(".")
        self.where = where
        self.hint = hint.rstrip(".") if hint else None
        super().__init__(str(self))

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        advice = f" Hint: {self.hint}{'' if self.hint.endswith('?') else '.'}" if self.hint else ""
        return f"{place}{self.what}.{advice}"

    def __reduce__(self) -> tuple[object, ...]:
        # Errors cross from worker processes to the runner, so they must survive pickling with all three parts.
        return (_rebuilt, (type(self), self.what, self.where, self.hint))


def _rebuilt(kind: type[WorkforceError], what: str, where: str | None, hint: str | None) -> WorkforceError:
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


class DisclosureError(WorkforceError):
    """An attempt to show what has not been released."""

    exit_code = 5


class EnvironmentFault(WorkforceError):  # noqa: N818 - EnvironmentError is Python's own
    """The machine lacks something: a full folder, a missing program, no permission."""

    exit_code = 6


def did_you_mean(word: str, known: list[str] | tuple[str, ...]) -> str:
    """Return a hint that names the nearest known word, or lists them all.

    >>> did_you_mean("tunover", ["turnover", "stability"])
    'did you mean "turnover"?'
    >>> did_you_mean("x", ["turnover", "stability"])
    'known: stability, turnover'
    """
    near = get_close_matches(word, known, n=1)
    return f'did you mean "{near[0]}"?' if near else "known: " + ", ".join(sorted(known))
