"""Explain: what a measure means, by whose rule, from the measure book; and what is in a group of measures."""

from dataclasses import dataclass
from html import escape
from importlib import import_module
from inspect import getdoc
from typing import Final

from workforce.definitions import MEASURE_BOOK, Definition
from workforce.errors import UsageError, did_you_mean

GROUPS: Final = (
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
    "indicators",
    "forecast",
    "benchmark",
    "stats",
)
_ROLLS = {"sum": "adds up", "mean": "is averaged by days", "never": "never rolls up"}


@dataclass(frozen=True, slots=True)
class Explanation:
    """A measure's definitions, to read in a notebook or a terminal."""

    measure: str
    definitions: tuple[Definition, ...]

    def __str__(self) -> str:
        lines = [self.measure]
        for d in self.definitions:
            lines += [f"  {d.definition}: {d.words} ({d.unit})", f"    formula: {d.formula}", f"    source: {d.source}"]
            lines += [
                f"    limits: {d.limits}; {_rolling(d)}",
            ]
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th scope='row'>{escape(d.definition)}</th><td>{escape(d.words)}</td><td>{escape(d.formula)}</td>"
            f"<td>{escape(d.unit)}</td><td>{escape(d.limits)}</td><td>{escape(_rolling(d))}</td><td>{escape(d.source)}</td></tr>"
            for d in self.definitions
        )
        heads = "".join(
            f"<th scope='col'>{word}</th>"
            for word in ("Definition", "What it says", "Formula", "Unit", "Limits", "Roll-up", "Source")
        )
        return (
            f"<table class='wf-table'><caption>{escape(self.measure)}</caption>"
            f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
        )


def _rolling(d: Definition) -> str:
    sides = [(word, side) for word, side in (("numerator", d.numerator), ("denominator", d.denominator)) if side]
    if not sides:
        return "never rolls up"
    return "; ".join(
        f"over groups the {word} {_ROLLS[side.over_groups]}, over time it {_ROLLS[side.over_time]}"
        for word, side in sides
    )


@dataclass(frozen=True, slots=True)
class Contents:
    """What is in a group, or which groups there are: a name and a line each."""

    title: str
    lines: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        width = max((len(name) for name, _ in self.lines), default=0)
        return "\n".join([self.title, *(f"  {name:<{width}}  {line}" for name, line in self.lines)])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th scope='row'>{escape(name)}</th><td>{escape(line)}</td></tr>" for name, line in self.lines
        )
        return f"<table class='wf-table'><caption>{escape(self.title)}</caption><tbody>{rows}</tbody></table>"


def explain(topic: str = "") -> Explanation | Contents:
    """Say what a measure means, what is in a group of measures, or which groups there are.

    Parameters
    ----------
    topic : str
        A measure, such as ``"turnover"``: its definitions, formulas, units, limits, roll-up rules and sources, from the measure book. A
        group, such as ``"staffing"``: its functions, a line each. Without it, the groups.

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
        lines = ((f"wf.{name}", _first_line(import_module(f"workforce.groups.{name}"))) for name in GROUPS)
        return Contents("Groups of measures", tuple(lines))
    if topic in GROUPS:
        group = import_module(f"workforce.groups.{topic}")
        return Contents(f"wf.{topic}", tuple((name, _first_line(getattr(group, name))) for name in group.__all__))
    definitions = tuple(d for (name, _), d in MEASURE_BOOK.items() if name == topic)
    if not definitions:
        names = sorted({*(name for name, _ in MEASURE_BOOK), *GROUPS})
        raise UsageError('no measure or group is called "{topic}"', hint=did_you_mean(topic, names), topic=topic)
    return Explanation(topic, definitions)


def _first_line(thing: object) -> str:
    return (getdoc(thing) or "").partition("\n")[0]
