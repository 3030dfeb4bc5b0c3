"""What was withheld and rounded on a page, said once for all its figures, and how far off a printed rate can be."""

from collections.abc import Iterable

import polars as pl

from workforce.disclosure import Released
from workforce.disclosure.precision import HALF_POINT_OFF, WHOLE_PERCENT_OFF
from workforce.disclosure.rules import MARKERS, PAGE_RULES, RULES, WITHHELD
from workforce.present.text.text import Text, _sentence, checked


def explained(markers: Iterable[str], rule: str) -> list[str]:
    """Return the markers that a figure or table explains itself; what `[c]` means is said once for a page, by `withheld_note`.

    >>> explained(["c", "x"], "board"), explained(["c", "x"], "published")
    (['x'], ['c', 'x'])
    """
    return [marker for marker in markers if marker != WITHHELD or rule not in PAGE_RULES]


def withheld_note(page: Released) -> Text:
    """Return what `[c]` means, how counts are rounded, and how far off a printed rate can be: one note for a page.

    Parameters
    ----------
    page : Released
        Everything that was released for the page.

    Returns
    -------
    Text
        Up to three sentences.

    Raises
    ------
    DisclosureError
        Where the tables were not released.

    Examples
    --------
    >>> from workforce.disclosure import release
    >>> from workforce.stats.rates import measure_table
    >>> sides = pl.DataFrame({"team": ["A", "B"], "numerator": [12.0, 3.0], "denominator": [98.0, 60.0], "people": [98, 60]})
    >>> turnover = measure_table(sides, "turnover", "dfe", by=["team"])
    >>> note = withheld_note(release(turnover, "board")).text
    >>> print(note.replace(". ", "." + chr(10)))
    [c]: withheld, because few people are behind the figure (1 of 2 figures behind this page).
    Counts of people and cases are to the nearest 5, each rounded by itself, so they need not add up; rates follow from the printed counts.
    A rate in % is printed to half a point (at most 0.6 off), to a whole percent (at most 2 off) or as the range in which it lies.
    """
    checked(page, Released)
    results = page.results.values()
    frames = [result.frame for result in results if {"value", "marker"} <= set(result.frame.columns)]
    figures = sum(frame.height for frame in frames)
    withheld = sum(frame.filter(pl.col("marker") == WITHHELD).height for frame in frames)
    sentences = []
    if withheld:
        words = f"{withheld:,} of {figures:,} figure{'' if figures == 1 else 's'} behind this page"
        sentences.append(f"[{WITHHELD}]: {MARKERS[WITHHELD]} ({words}).")
    rule = RULES.get(page.rule)
    if rule is not None and rule.headcounts_to is None:
        sentences.append("No count is rounded.")
    elif rule is not None:
        sentences.append(
            f"Counts of people and cases are to the nearest {rule.headcounts_to}, each rounded by itself, so they need not add up; rates "
            "follow from the printed counts."
        )
        sentences.append(
            f"A rate in % is printed to half a point (at most {HALF_POINT_OFF:.1f} off), to a whole percent (at most "
            f"{WHOLE_PERCENT_OFF:.0f} off) or as the range in which it lies."
        )
    return _sentence(" ".join(sentences), page)
