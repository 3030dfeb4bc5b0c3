"""The measure book as data: what each figure means, whose rule it is, how its limits are made and how it rolls up.

Nothing is ever written into it: a definition that is made up for an area's own counts or unit costs travels with its results.
"""

from collections.abc import Mapping
from types import MappingProxyType
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
MEASURE_BOOK: Final[Mapping[tuple[str, str], Definition]] = MappingProxyType(
    {(d.measure, d.definition): d for d in (*_CRUDE, *standardised_definitions(_CRUDE))}
)


def definition_of(measure: str, definition: str) -> Definition:
    """Look a definition up in the book.

    >>> definition_of("turnover", "nhs").numerator.over_time
    'never'
    """
    entry = MEASURE_BOOK.get((measure, definition))
    if entry:
        return entry
    names = sorted({m for m, _ in MEASURE_BOOK})
    if measure not in names:
        raise UsageError('no measure is called "{measure}"', hint=did_you_mean(measure, names), measure=measure)
    definitions = [d for m, d in MEASURE_BOOK if m == measure]
    raise UsageError(
        '{measure} has no definition "{definition}"',
        hint=did_you_mean(definition, definitions),
        measure=measure,
        definition=definition,
    )


def counted(
    measure: str, definition: str, unit: str, over_time: Rolls, *, out_of: bool, kind: Kind = "people"
) -> Definition:
    """Make the definition of a measure that an organisation supplies already counted.

    Parameters
    ----------
    measure, definition : str
        Names, in the organisation's own words.
    unit : str
        As the rows of the table `counts` have it.
    over_time : {"sum", "mean", "never"}
        How the count rolls up over time. A percentage without what it is a percentage of never does.
    out_of : bool
        Whether there is a denominator.
    kind : str
        What is counted; `posts` (anything with nobody behind it) passes disclosure control.

    Returns
    -------
    Definition
        It belongs to the results that are measured under it; the measure book is not changed.

    Raises
    ------
    UsageError
        Where the measure book has the measure and definition by somebody else's rule.

    Examples
    --------
    >>> uptake = counted("app_awareness", "has heard of it", "%", "sum", out_of=True)
    >>> uptake.limits, uptake.scale
    ('Wilson', 100.0)
    """
    if (measure, definition) in MEASURE_BOOK:
        raise UsageError(
            "{measure} by {definition} is in the measure book by another rule",
            hint="give the organisation's own count a definition of its own",
            measure=measure,
            definition=definition,
        )
    share = unit.startswith("%")
    bare = share and not out_of
    side = Side(definition, kind, "never" if bare else "sum", "never" if bare else over_time)
    return Definition(
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


def costed(definition: str, words: str, side: Side, each: float) -> Definition:
    """Make the definition of a cost: so many of something at a unit cost, which is part of the definition's name.

    The count stays the numerator, so that disclosure control rounds people and the cost follows from what is shown.

    Parameters
    ----------
    definition, words : str
        What is costed, as a name and in words.
    side : Side
        What is counted.
    each : float
        The unit cost in pounds.

    Returns
    -------
    Definition
        It belongs to the results that are measured under it; the measure book is not changed.

    Examples
    --------
    >>> costed("leavers_replaced", "replacing those who left", Side("leavers", "people"), 12_000).definition
    'leavers_replaced at 12,000'
    """
    return Definition(
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
