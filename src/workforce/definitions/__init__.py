"""The measure book as data: what each figure means, whose rule it is, how its limits are made and how it rolls up.

Promises: `combine`, captions, alt texts, disclosure control and `explain` all read it, so what a report says about a figure and what the
code does with it cannot part. Refuses: unknown measures and definitions, with the nearest known name.
"""

from typing import Final

from workforce.definitions.absence import absence_definitions
from workforce.definitions.casework import casework_definitions
from workforce.definitions.comparison import standardised_definitions
from workforce.definitions.exits import exit_definitions
from workforce.definitions.leaving import leaving_definitions
from workforce.definitions.pay import pay_definitions
from workforce.definitions.pay_gaps import pay_gap_definitions
from workforce.definitions.recruitment import recruitment_definitions
from workforce.definitions.staffing import staffing_definitions, turnover_definitions
from workforce.definitions.terms import AS_EXPECTED, BOOK, COUNTED, Better, Definition, Kind, Rolls, Side
from workforce.errors import UsageError, did_you_mean

__all__ = [
    "AS_EXPECTED",
    "MEASURE_BOOK",
    "Better",
    "Definition",
    "Kind",
    "Rolls",
    "Side",
    "costed",
    "counted",
    "definition_of",
]

_CRUDE: Final = (
    *turnover_definitions(),
    *staffing_definitions(),
    *leaving_definitions(),
    *absence_definitions(),
    *casework_definitions(),
    *pay_definitions(),
    *pay_gap_definitions(),
    *recruitment_definitions(),
    *exit_definitions(),
)
MEASURE_BOOK: Final[dict[tuple[str, str], Definition]] = {
    (d.measure, d.definition): d for d in (*_CRUDE, *standardised_definitions(_CRUDE))
}


def definition_of(measure: str, definition: str) -> Definition:
    """Look a definition up in the book.

    >>> definition_of("turnover", "nhs").numerator.over_time
    'never'
    """
    found = MEASURE_BOOK.get((measure, definition))
    if found:
        return found
    names = sorted({m for m, _ in MEASURE_BOOK})
    if measure not in names:
        raise UsageError('no measure is called "{measure}"', hint=did_you_mean(measure, names), measure=measure)
    known = [d for m, d in MEASURE_BOOK if m == measure]
    raise UsageError(
        '{measure} has no definition "{definition}"',
        hint=did_you_mean(definition, known),
        measure=measure,
        definition=definition,
    )


def counted(
    measure: str, definition: str, unit: str, over_time: Rolls, *, out_of: bool, kind: Kind = "people"
) -> Definition:
    """Enter a measure that an organisation supplies already counted into the book, and return its definition.

    unit, over_time: as the rows of the table `counts` have them. out_of: whether there is a denominator. kind: what is counted; `posts`
    (anything with nobody behind it) passes disclosure control. Entered again, the newer entry holds. A percentage without what it is a
    percentage of never rolls up. Refused: a measure and definition that the book has by somebody else's rule.

    >>> counted("app_awareness", "has heard of it", "%", "sum", out_of=True).limits
    'Wilson'
    >>> definition_of("app_awareness", "has heard of it").scale
    100.0
    """
    share = unit.startswith("%")
    bare = share and not out_of
    side = Side(definition, kind, "never" if bare else "sum", "never" if bare else over_time)
    return _entered(
        Definition(
            measure,
            definition,
            definition,
            "count / out of" if out_of else "count",
            COUNTED,
            unit,
            side,
            Side(f"out of: {definition}", kind, side.over_groups, side.over_time) if out_of else None,
            "Wilson" if share and out_of else "none",
            public=kind not in ("people", "fte"),
        )
    )


def costed(definition: str, words: str, side: Side, each: float) -> Definition:
    """Enter a cost into the book: so many of something at a unit cost, which is part of the definition's name.

    The count stays the numerator, so that disclosure control rounds people and the cost follows from what is shown.

    >>> costed("leavers_replaced", "replacing those who left", Side("leavers", "people"), 12_000).definition
    'leavers_replaced at 12,000'
    """
    return _entered(
        Definition(
            "cost",
            f"{definition} at {each:,.10g}",
            f"{words}, at £{each:,.10g} each",
            f"{side.words} x £{each:,.10g}",
            f"{BOOK}; unit cost given by the area",
            "£",
            side,
            None,
            better="lower",
            public=side.kind == "posts",
            each=each,
        )
    )


def _entered(entry: Definition) -> Definition:
    key = (entry.measure, entry.definition)
    held = MEASURE_BOOK.get(key)
    if held is not None and held.source != entry.source:
        raise UsageError(
            "{measure} by {definition} is in the measure book by another rule",
            hint="give the organisation's own count a definition of its own",
            measure=entry.measure,
            definition=entry.definition,
        )
    MEASURE_BOOK[key] = entry
    return entry
