"""Explain: what a measure means, by whose rule, from the measure book; and what is in a group of measures."""

from dataclasses import dataclass
from html import escape
from importlib import import_module
from inspect import getdoc
from types import ModuleType
from typing import Final

from workforce.book import Definition, Measure, Rolls, measure_book
from workforce.errors import UsageError, did_you_mean

MEASURE_GROUPS: Final = (
    "staffing",
    "leaving",
    "absence",
    "caseload",
    "casework",
    "pay",
    "recruitment",
    "exits",
    "costs",
    "counts",
)
"""The files of `workforce.groups`, in the order in which they are listed."""
GROUPS: Final = (*MEASURE_GROUPS, "indicators", "forecast", "benchmark", "stats")
_ROLLS: Final = {
    "sum": "adds up",
    "mean": "is averaged by days",
    "never": "does not add up",
}


@dataclass(frozen=True, slots=True)
class Explanation:
    """A measure and its definitions, to read in a notebook or a terminal."""

    measure: Measure
    definitions: tuple[Definition, ...]

    @property
    def _head(self) -> str:
        functions = ", ".join(f"wf.{name}" for name in self.measure.functions)
        title = "" if self.measure.called == self.measure.measure else f": {self.measure.called}"
        return f"{self.measure.measure}{title}, computed by {functions} from {', '.join(self.measure.records)}"

    def __str__(self) -> str:
        lines = [self._head]
        for d in self.definitions:
            lines += [f"  {d.definition}: {d.words} ({d.unit})"]
            lines += [f"    {name}: {text}" for name, text in _parts(d) if text]
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        heads = "".join(
            f"<th scope='col'>{word}</th>"
            for word in ("Definition", "What it says", "Unit", "Formula", "Better", "95% limits", "Roll-up", "Source")
        )
        rows = "".join(
            f"<tr><th scope='row'>{escape(d.definition)}</th>"
            + "".join(f"<td>{escape(text)}</td>" for text in (d.words, d.unit, *(text for _, text in _parts(d))))
            + "</tr>"
            for d in self.definitions
        )
        return (
            f"<table class='wf-table'><caption>{escape(self._head)}</caption>"
            f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
        )


def _parts(d: Definition) -> tuple[tuple[str, str], ...]:
    return (
        ("formula", d.formula),
        ("better", d.better or ""),
        ("limits", d.limits),
        ("roll-up", _rolling(d)),
        ("source", d.source),
    )


def _rolling(d: Definition) -> str:
    """How the sides add up over groups and over time, in words."""
    sides = [(word, side) for word, side in (("numerator", d.numerator), ("denominator", d.denominator)) if side]
    groups = _together([(word, side.over_groups) for word, side in sides])
    time = _together([(word, side.over_time) for word, side in sides])
    if groups == time:
        return f"{groups} over groups {'or' if groups == _ROLLS['never'] else 'and'} over time"
    return f"over groups {_of_it(groups)}; over time {_of_it(time)}"


def _together(ways: list[tuple[str, Rolls]]) -> str:
    alone = {how for _, how in ways} or {"never"}
    if len(alone) == 1:
        return _ROLLS[alone.pop()]
    return " and ".join(f"the {word} {_ROLLS[how]}" for word, how in ways)


def _of_it(way: str) -> str:
    return way if way.startswith("the ") else f"it {way}"


@dataclass(frozen=True, slots=True)
class Contents:
    """What is in a group, or which groups there are: a name and a line each."""

    title: str
    lines: tuple[tuple[str, str], ...]
    explained: Explanation | None = None  # the measure of the same name

    def __str__(self) -> str:
        width = max((len(name) for name, _ in self.lines), default=0)
        lines = [self.title, *(f"  {name:<{width}}  {line}" for name, line in self.lines)]
        return "\n".join([*lines, *([str(self.explained)] if self.explained else [])])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th scope='row'>{escape(name)}</th><td>{escape(line)}</td></tr>" for name, line in self.lines
        )
        contents = f"<table class='wf-table'><caption>{escape(self.title)}</caption><tbody>{rows}</tbody></table>"
        return contents + (self.explained._repr_html_() if self.explained else "")


def explain(topic: str = "") -> Explanation | Contents:
    """Say what a measure means, what is in a group of measures, or which groups there are.

    Parameters
    ----------
    topic : str
        A measure, such as ``"turnover"``: its definitions, formulas, units, limits, roll-up rules and sources, from the measure book. A
        group, such as ``"staffing"``: its functions, a line each. Without it, the groups.

    Returns
    -------
    Explanation or Contents
        To be read in a notebook or a terminal.

    Raises
    ------
    UsageError
        Where there is no such measure or group.

    Examples
    --------
    >>> [d.definition for d in explain("stability").definitions]
    ['nhs']
    >>> print(explain("counts"))
    wf.counts
      table  ...
    """
    if not topic:
        lines = ((f"wf.{name}", _first_line(_group(name))) for name in GROUPS)
        return Contents("Groups of measures", tuple(lines))
    if topic in GROUPS:
        group = _group(topic)
        lines = ((name, _first_line(getattr(group, name))) for name in group.__all__)
        return Contents(f"wf.{topic}", tuple(lines), _explanation(topic))
    explanation = _explanation(topic)
    if explanation is None:
        names = sorted({*measure_book().measures, *GROUPS})
        raise UsageError('no measure or group is called "{topic}"', hint=did_you_mean(topic, names), topic=topic)
    return explanation


def _explanation(topic: str) -> Explanation | None:
    measure = measure_book().measures.get(topic)
    if measure is None:
        return None
    return Explanation(measure, tuple(d for (name, _), d in measure_book().definitions.items() if name == topic))


def _group(name: str) -> ModuleType:
    """The functions of a group, as `wf.<name>` has them."""
    group: ModuleType = getattr(import_module("workforce"), name)
    return group


def _first_line(thing: object) -> str:
    return (getdoc(thing) or "").partition("\n")[0]
