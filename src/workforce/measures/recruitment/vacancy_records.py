"""Vacancies as records: their dates in order, their counts in range, and which of them fall in a period."""

from collections.abc import Sequence
from typing import Final

import polars as pl

from workforce.errors import InputError, Phrase
from workforce.measures.frame import need
from workforce.periods import Period

DATES: Final = ("opened_date", "advertised_date", "offered_date", "closed_date")
ABSENT: Final = {
    **dict.fromkeys(DATES, pl.Date),
    "outcome": pl.String,
    **dict.fromkeys(("applicants", "shortlisted", "offers_made", "offers_declined"), pl.Int64),
    "cost": pl.Float64,
}
NO_COSTS: Final = "the cost of filling vacancies is not recorded"


def sound(vacancies: pl.DataFrame | pl.LazyFrame, columns: Sequence[str]) -> pl.DataFrame:
    """Vacancies with all their dates, counts and outcome, or an error that counts those that cannot be.

    columns: what is kept beside them. A column that the frame lacks is null.

    >>> from datetime import date
    >>> one = sound(pl.DataFrame({"opened_date": [date(2023, 1, 1)], "team": ["North"]}), ["team"])
    >>> one.select("team", "opened_date", "offers_made").row(0)
    ('North', datetime.date(2023, 1, 1), None)
    """
    need(vacancies, ["opened_date"], what="vacancies")
    columns_given = vacancies.lazy().collect_schema().names()
    complete = (
        vacancies.lazy()
        .with_columns(pl.lit(None, dtype).alias(c) for c, dtype in ABSENT.items() if c not in columns_given)
        .select(*dict.fromkeys([*columns, *ABSENT]))
        .collect()
    )
    wrong = {
        "have no opening date": pl.col("opened_date").is_null(),
        "were advertised, offered or closed before they opened": pl.any_horizontal(
            pl.col(c) < pl.col("opened_date") for c in DATES[1:]
        ),
        "were offered before they were advertised": pl.col("offered_date") < pl.col("advertised_date"),
        "closed before their offer was accepted": pl.col("closed_date") < pl.col("offered_date"),
        "had more offers declined than were made": pl.col("offers_declined") > pl.col("offers_made"),
    }
    counts = complete.select(**{words: fault.sum() for words, fault in wrong.items()}).row(0, named=True)
    problems = [
        Phrase("{count} of {rows} vacancies {fault}", count=count, rows=len(complete), fault=fault)
        for fault, count in counts.items()
        if count
    ]
    if problems:
        raise InputError(
            "{problems}",
            where="vacancies",
            hint="correct them at their source, or leave these vacancies out",
            problems=problems,
        )
    return complete


def not_recorded(vacancies: pl.DataFrame) -> list[str]:
    """Return what no vacancy records of those that `sound` returned, a sentence each without its full stop.

    >>> from datetime import date
    >>> not_recorded(sound(pl.DataFrame({"opened_date": [date(2023, 1, 1)], "applicants": [3], "shortlisted": [2]}), []))
    ['offers made and declined are not recorded', 'the cost of filling vacancies is not recorded']
    """
    sentences = {
        "applicants are not recorded": ("applicants",),
        "shortlisted applicants are not recorded": ("shortlisted",),
        "offers made and declined are not recorded": ("offers_made", "offers_declined"),
        NO_COSTS: ("cost",),
    }
    return [
        words
        for words, columns in sentences.items()
        if vacancies.filter(pl.all_horizontal(pl.col(columns).is_not_null())).is_empty()
    ]


def within(frame: pl.DataFrame, periods: Sequence[Period], day: str) -> pl.DataFrame:
    """Rows whose day falls in a period, once for each period that it falls in.

    >>> from datetime import date
    >>> from workforce.periods import month
    >>> closed = pl.DataFrame({"closed_date": [date(2023, 3, 10), date(2023, 4, 1)]})
    >>> within(closed, [month("2023-03")], "closed_date").select("closed_date", "period_end").rows()
    [(datetime.date(2023, 3, 10), datetime.date(2023, 3, 31))]
    """
    return pl.concat(
        frame.filter(pl.col(day).is_between(p.start, p.end)).with_columns(
            period_start=pl.lit(p.start), period_end=pl.lit(p.end)
        )
        for p in periods
    )
