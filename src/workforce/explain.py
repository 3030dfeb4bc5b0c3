"""Explain: what a measure means, by whose rule, from the measure book.

Promises: every word comes from `definitions.py`, which the code itself reads. Refuses: unknown measures, with the nearest known name.
"""

from dataclasses import dataclass
from html import escape

from workforce.definitions import MEASURE_BOOK, Definition
from workforce.errors import UsageError, did_you_mean

# What is measured by a function of another name.
_ELSEWHERE = {"time_to_outcome": 'time_to_plan(..., until="outcome")'}
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
                f"    example: rows of wf.{_ELSEWHERE.get(self.measure, f'{self.measure}(...)')} with definition {d.definition}",
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


def explain(measure: str) -> Explanation:
    """Definitions, formulas, units, limits, roll-up rules and sources of a measure, from the measure book.

    >>> [d.definition for d in explain("stability").definitions]
    ['nhs']
    """
    found = tuple(d for (name, _), d in MEASURE_BOOK.items() if name == measure)
    if not found:
        names = sorted({name for name, _ in MEASURE_BOOK})
        raise UsageError('no measure is called "{measure}"', hint=did_you_mean(measure, names), measure=measure)
    return Explanation(measure, found)
