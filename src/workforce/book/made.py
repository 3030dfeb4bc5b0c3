"""Definitions that are made for a result: figures of a life table, counts of an organisation, and costs at a unit cost.

They belong to the results computed under them; the measure book is not changed.
"""

from dataclasses import replace
from typing import Final

from workforce.book.load import definition_of, measure_book
from workforce.book.model import Definition, Kind, Limits, Rolls, Side
from workforce.errors import UsageError

_COUNTED: Final = "counted and defined by the organisation"
_FOLLOWED: Final[dict[Kind, str]] = {
    "people": "people followed",
    "fte": "people followed",
    "posts": "vacancies followed",
    "cases": "requests followed",
}


def summary_definition(curve: Definition | None, name: str, unit: str, until: float | None = None) -> Definition:
    """Return the definition of a figure that is read off a life table.

    Parameters
    ----------
    curve : Definition or None
        The definition of the life table; None for one of any frame.
    name : {"median", "restricted_mean", "share"}
        The figure.
    unit : str
        The unit of the figure.
    until : float, optional
        The horizon of a restricted mean.

    Examples
    --------
    >>> summary_definition(None, "median", "calendar days").words
    'first time at which the share still there is one half or less'
    """
    measure, suffix = (curve.measure, curve.definition.removeprefix("product_limit")) if curve else ("life_table", "")
    share = curve.words.replace(" after a given number of days", "") if curve else "share still there"
    kind: Kind = curve.denominator.kind if curve and curve.denominator else "people"
    horizon = f"{until:.10g}" if until is not None else ""
    kinds: dict[str, tuple[str, str, Limits]] = {
        "median": (
            f"first time at which the {share} is one half or less",
            "first time with a curve of 0.5 or less",
            "log-log",
        ),
        "restricted_mean": (
            f"mean time up to {horizon} {unit}, from the {share}",
            f"area under the curve from 0 to {horizon}",
            "normal",
        ),
        "share": (
            f"{share} after a given number of days" if curve else f"{share} after a time",
            "the curve at the time",
            "log-log",
        ),
    }
    words, formula, limits = kinds[name]
    return Definition(
        measure,
        f"{name}{f'_{horizon}' if horizon else ''}{suffix}",
        words,
        formula,
        curve.source if curve else definition_of("retention", "product_limit").source,
        unit,
        None,
        Side(_FOLLOWED.get(kind, "followed"), kind, "never", "never"),
        curve.limits if curve and kind == "fte" else limits,
        ("time",) if name == "share" else (),
        better=curve.better if curve else None,
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
        Where the measure book has the measure and definition by another rule.

    Examples
    --------
    >>> uptake = counted("app_awareness", "has heard of it", "%", "sum", out_of=True)
    >>> uptake.limits, uptake.scale
    ('Wilson', 100.0)
    """
    if (measure, definition) in measure_book().definitions:
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
        _COUNTED,
        unit,
        side,
        Side(f"out of: {definition}", kind, side.over_groups, side.over_time) if out_of else None,
        "Wilson" if share and out_of else "none",
        series="flow" if over_time == "sum" else "stock",
        public=kind not in ("people", "fte"),
        pay=measure.startswith("pay"),  # the rows of `counts` have no column for it
    )


def costed(definition: str, each: float) -> Definition:
    """Make the definition of a cost: so many of something at a unit cost, which is part of the definition's name.

    The count stays the numerator, so that disclosure control rounds people and the cost follows from what is shown.

    Parameters
    ----------
    definition : str
        What is costed, as the measure book has it.
    each : float
        The unit cost in pounds.

    Returns
    -------
    Definition
        It belongs to the results that are measured under it; the measure book is not changed.

    Examples
    --------
    >>> costed("leavers_replaced", 12_000).definition
    'leavers_replaced at 12,000'
    """
    entry = definition_of("cost", definition)
    if entry.numerator is None:
        raise ValueError("a cost has a count")
    return replace(
        entry,
        definition=f"{definition} at {each:,.10g}",
        words=f"{entry.words}, at £{each:,.10g} each",
        formula=f"{entry.numerator.words} x £{each:,.10g}",
        source=f"{entry.source}; unit cost given by the area",
        public=entry.numerator.kind == "posts",
        each=each,
    )
