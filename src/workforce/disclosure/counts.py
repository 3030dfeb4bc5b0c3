"""Counts in texts and tables about files, such as rows refused, as a rule prints them.

They are no measures, so they do not pass through `release`; every such text takes its numbers from here.
"""

import json
from collections.abc import Sequence
from typing import Final

from workforce.disclosure.rules import RULES
from workforce.errors import Phrase

EXACT: Final = "analyst"
COUNT: Final = "count"
"""The name of a value in a phrase that counts rows or people, or of several such values."""
EXAMPLES: Final = "examples"
"""The name of a value in a phrase that gives row numbers: as many as there are rows, where there are few."""


def count_range(count: int, rule: str) -> tuple[int, int]:
    """Return between which numbers a count lies for a reader of what the rule prints.

    Parameters
    ----------
    count : int
        Rows or people.
    rule : str
        "board", "internal" or "analyst".

    Returns
    -------
    tuple of int
        The lowest and the highest count with the same printed form.

    Examples
    --------
    >>> [count_range(count, "board") for count in (0, 3, 8, 13)]
    [(0, 0), (1, 7), (8, 12), (13, 17)]
    """
    if rule == EXACT or count == 0:
        return count, count
    small, step = RULES[rule].small, RULES[rule].headcounts_to
    if count <= small:
        return 1, small
    if step is None:
        return count, count
    nearest = _nearest(count, step)
    return max(nearest - (step - 1) // 2, small + 1), nearest + step // 2


def _nearest(count: int, step: int) -> int:
    return step * ((2 * count + step) // (2 * step))


def _is_small(count: int, rule: str) -> bool:
    return rule != EXACT and 0 < count <= RULES[rule].small


def count_words(count: int, rule: str) -> str:
    """Return a count as a rule prints it.

    Parameters
    ----------
    count : int
        Rows or people.
    rule : str
        "board", "internal" or "analyst".

    Returns
    -------
    str
        Under `board` to the nearest 5, with 1 to 7 as such; under `internal` exact, with 1 to 4 as such.

    Examples
    --------
    >>> [count_words(count, "board") for count in (0, 3, 8, 1234)]
    ['0', '1 to 7', '10', '1,235']
    >>> [count_words(count, "internal") for count in (3, 8)]
    ['1 to 4', '8']
    """
    low, high = count_range(count, rule)
    if _is_small(count, rule):
        return f"{low} to {high}"
    return f"{count if low == high else _nearest(count, RULES[rule].headcounts_to or 1):,}"


def total_words(total: int, groups: Sequence[Sequence[int]], rule: str) -> str:
    """Return a total whose parts are printed, too, so that it tells nothing more of a small part than its own printed form.

    Parameters
    ----------
    total : int
        Over all groups.
    groups : sequence of sequence of int
        The parts of each group. They may overlap, as the rules that rows of a file broke: a group is at least its largest part, and at
        most the sum of its parts.
    rule : str
        "board", "internal" or "analyst".

    Returns
    -------
    str
        As `count_words`; where a part is small, the range that follows from the printed parts alone.

    Examples
    --------
    >>> total_words(31, [[20, 15]], "board"), total_words(12, [[9, 3]], "board"), total_words(3, [[3]], "board")
    ('30', '8 to 19', '1 to 7')
    """
    if not any(_is_small(count, rule) for group in groups for count in group):
        return count_words(total, rule)
    ranges = [[count_range(count, rule) for count in group if count] for group in groups]
    low = sum(max((lowest for lowest, _ in group), default=0) for group in ranges)
    high = sum(highest for group in ranges for _, highest in group)
    return f"{low:,} to {high:,}"


def counted(number: int) -> Phrase:
    """Return a count of rows or people for a phrase that a page may print.

    >>> str(Phrase("{rows} rows", rows=counted(1200)))
    '1,200 rows'
    """
    return Phrase("{count:,}", count=number)


def phrase_words(phrase: Phrase, rule: str) -> str:
    """Return a phrase with its counts as a rule prints them, and without its row numbers.

    Parameters
    ----------
    phrase : Phrase
        Its counts were made by `counted`; row numbers are values called `examples` of phrases within it.
    rule : str
        "board", "internal" or "analyst".

    Returns
    -------
    str
        The sentence.

    Examples
    --------
    >>> notice = Phrase("{rows} rows are late{such_as}", rows=counted(6), such_as=Phrase(" (rows such as {examples})", examples=[5, 9]))
    >>> phrase_words(notice, "board"), str(notice)
    ('1 to 7 rows are late', '6 rows are late (rows such as 5, 9)')
    """
    return str(_printed(phrase, rule))


def phrase_of_record(record: str) -> Phrase:
    """Return the phrase of which `json.dumps(phrase.record())` was stored."""
    return Phrase.from_record(json.loads(record))


def _printed(phrase: Phrase, rule: str) -> Phrase:
    if EXAMPLES in phrase.values:
        return Phrase("")
    values: dict[str, object] = {}
    for name, value in phrase.items:
        if name == COUNT:
            counts = value if isinstance(value, tuple) else (value,)
            return Phrase("{words}", words=[count_words(count, rule) for count in counts if isinstance(count, int)])
        if isinstance(value, Phrase):
            values[name] = _printed(value, rule)
        else:
            values[name] = value
    return phrase.with_values(**values)
