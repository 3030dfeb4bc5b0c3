"""Sentences about rows that could not be read: the range in which a rate could be."""

from typing import Any, Final

import polars as pl

from workforce.disclosure import Released
from workforce.disclosure.counts import count_words
from workforce.errors import DisclosureError
from workforce.measures.bounds import BOUNDS
from workforce.periods import Period
from workforce.present.text.numbers import capital, measure_name, number
from workforce.present.text.text import Text, _sentence
from workforce.present.view import dated, worded
from workforce.results import MeasureTable

_PRINTED_STEP: Final = 0.1


def bounds_sentence(shown: Released) -> Text:
    """Return which rates of the latest period could differ from what is printed because rows could not be read, and by how much.

    Parameters
    ----------
    shown : Released
        One or more released tables; those without bounds (`wf.bounds`) are skipped.

    Returns
    -------
    Text
        A sentence for each rate whose bounds differ by more than the step to which it is printed; nothing where there is none.

    Raises
    ------
    DisclosureError
        Where the tables were not released.

    Examples
    --------
    >>> from datetime import date
    >>> from workforce.disclosure import release
    >>> from workforce.stats.rates import measure_table
    >>> year = {"period_start": [date(2022, 4, 1)], "period_end": [date(2023, 3, 31)]}
    >>> sides = pl.DataFrame({"numerator": [40.0], "denominator": [400.0], "people": [440], **year})
    >>> table = measure_table(sides, "turnover", "nhs", by=[])
    >>> limits = table.frame.with_columns(lower_bound=9.9, upper_bound=10.8, refused=pl.lit(3, pl.Int64))
    >>> bounds_sentence(release(table._with(limits, added=BOUNDS), "internal")).text
    'Turnover in the year to March 2023: 10.0%. It could be between 9.9% and 10.8%, because 1 to 4 rows could not be read or lack a date.'
    """
    if not isinstance(shown, Released):
        raise DisclosureError(
            "a sentence is made from what was released", hint="use wf.release on what wf.bounds returned"
        )
    sentences = [
        _words(row, result, shown.rule)
        for result in shown.results.values()
        if isinstance(result, MeasureTable) and set(BOUNDS) <= set(result.added)
        for row in _apart(result.frame)
    ]
    return _sentence(" ".join(dict.fromkeys(sentences)), shown)


def _apart(frame: pl.DataFrame) -> list[dict[str, Any]]:
    """The rows of the latest period whose bounds differ by more than the printed step."""
    differs = (pl.col("upper_bound") - pl.col("lower_bound") > _PRINTED_STEP + 1e-9) & pl.col("value").is_not_null()
    return frame.filter((pl.col("period_end") == pl.col("period_end").max()) & differs).to_dicts()


def _words(row: dict[str, Any], result: MeasureTable, rule: str) -> str:
    """One rate in words: its value, and the range in which it could be."""
    groups = ", ".join(worded(row[c], c) for c in result.groups if row[c] is not None)
    period = Period(row["period_start"], row["period_end"])
    subject = f"{capital(measure_name(row['measure']))}{f' ({groups})' if groups else ''}"
    # Under `board` the release rounds the rows up and widens the bounds to fit; under `internal` few rows are "1 to 4".
    count = f"up to {row['refused']:,}" if rule == "board" else count_words(row["refused"], rule)
    rows = f"{count} rows could not be read or lack a date"
    value, lower, upper = (number(row[c], row["unit"] or "") for c in ("value", "lower_bound", "upper_bound"))
    return f"{subject} {dated(period)}: {value}. It could be between {lower} and {upper}, because {rows}."
