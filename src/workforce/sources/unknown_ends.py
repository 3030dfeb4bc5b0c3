"""Cases and vacancies of which the records say how they ended, but not when: their rows count among those of unknown end.

They are kept as they are. A plan counts in the period of its outcome date, so that one without such a date, or with one after the end of
the records, is in no period; it could be in any between its other dates.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

import polars as pl

from workforce.periods import month
from workforce.schemas import DATED_OUTCOMES, NO_LONGER_VACANT
from workforce.settings import Settings

_A_YEAR: Final = 365


def latest_day(settings: Settings, organisation: str) -> date:
    """The last day that a record of an organisation can be of: what its settings say, else a year after the reporting month.

    Parameters
    ----------
    settings : Settings
        Of the area.
    organisation : str
        The slug of the organisation.

    Returns
    -------
    datetime.date
        The day.
    """
    day = month(settings.area.month).end
    return settings.organisation(organisation).records_to or day + timedelta(days=_A_YEAR)


def unknown_outcomes(cases: pl.DataFrame, latest: date) -> pl.DataFrame:
    """Cases that ended by an outcome that counts in the period of its day, of which that day is not known.

    Parameters
    ----------
    cases : polars.DataFrame
        Kept rows of `cases`.
    latest : date
        The last day that an outcome can be of, where the organisation's settings do not say up to when its records go.

    Returns
    -------
    polars.DataFrame
        Those rows, without an outcome date and without a closing date after the end of the records.

    Examples
    --------
    >>> day = date(2022, 5, 2)
    >>> cases = pl.DataFrame({"outcome": ["plan_issued", "plan_issued", "withdrawn"], "outcome_date": [None, day, None],
    ...     "closed_date": [None, day, None], "observed_to": [day] * 3}, schema_overrides={"closed_date": pl.Date})
    >>> unknown_outcomes(cases, day).height
    1
    """
    columns = ("outcome", "outcome_date", "closed_date", "observed_to")
    complete = cases.with_columns(pl.lit(None).alias(c) for c in columns if c not in cases.columns)
    known = (pl.col("outcome_date") <= pl.col("observed_to").fill_null(latest)).fill_null(value=False)
    possible = pl.col("closed_date") <= pl.col("observed_to").fill_null(latest)
    return complete.filter(pl.col("outcome").is_in(DATED_OUTCOMES), ~known).with_columns(
        outcome_date=pl.lit(None, pl.Date), closed_date=pl.when(possible).then("closed_date").cast(pl.Date)
    )


def unknown_closings(vacancies: pl.DataFrame) -> pl.DataFrame:
    """Vacancies that were filled or withdrawn, of which no closing date says when.

    Parameters
    ----------
    vacancies : polars.DataFrame
        Kept rows of `vacancies`.

    Returns
    -------
    polars.DataFrame
        Those rows, opened on the last day on which their other dates show them open: what is not known is what came after it.

    Examples
    --------
    >>> vacancies = pl.DataFrame({"opened_date": [date(2022, 5, 2)] * 2, "outcome": ["filled", None]})
    >>> unknown_closings(vacancies).height
    1
    """
    if "outcome" not in vacancies.columns:
        return vacancies.clear()
    days = [c for c in ("opened_date", "advertised_date", "offered_date") if c in vacancies.columns]
    not_closed = pl.col("closed_date").is_null() if "closed_date" in vacancies.columns else pl.lit(value=True)
    ended = pl.col("outcome").is_in(NO_LONGER_VACANT)
    return vacancies.filter(not_closed, ended).with_columns(opened_date=pl.max_horizontal(days))


def _undated(cases: pl.DataFrame) -> pl.DataFrame:
    """Cases of another outcome, which count as open because no date says otherwise."""
    if "outcome" not in cases.columns:
        return cases.clear()
    dates = [pl.col(c).is_null() for c in ("outcome_date", "closed_date") if c in cases.columns]
    ended = pl.col("outcome").is_not_null() & ~pl.col("outcome").is_in([*DATED_OUTCOMES, "unknown"])
    return cases.filter(ended, *dates)


def unknown_end_sentences(table: str, kept: pl.DataFrame, latest: date) -> Iterator[str]:
    """What a notice says of the rows of a file with an end that is not known.

    Parameters
    ----------
    table : str
        The table of the file.
    kept : polars.DataFrame
        Its kept rows.
    latest : date
        The last day that an outcome can be of.

    Yields
    ------
    str
        A sentence without its full stop.
    """
    if table == "cases" and (rows := unknown_outcomes(kept, latest)).height:
        outcomes = ", ".join(sorted(rows["outcome"].unique()))
        yield (
            f"{rows.height:,} cases have an outcome ({outcomes}) without an outcome date within the records: they count in no "
            "period, and in the bounds of rates as ends that are not known"
        )
    if table == "cases" and (rows := _undated(kept)).height:
        yield (
            f"{rows.height:,} cases have an outcome and neither an outcome date nor a closing date: they count as open; supply the "
            "dates"
        )
    if table == "vacancies" and (rows := unknown_closings(kept)).height:
        yield (
            f"{rows.height:,} vacancies were filled or withdrawn without a closing date: they count as open up to the last of their "
            "other dates, and after it in the bounds of rates as ends that are not known"
        )
