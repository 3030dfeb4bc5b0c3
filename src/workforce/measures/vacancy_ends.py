"""How long a vacancy shows itself open where it was filled or withdrawn and no closing date says when."""

from collections.abc import Sequence

import polars as pl

from workforce.schemas import NO_LONGER_VACANT


def last_proven_day(columns: Sequence[str]) -> pl.Expr:
    """The last day on which a vacancy that was filled or withdrawn was still open, by its other dates; null for other vacancies.

    Parameters
    ----------
    columns : sequence of str
        Those that the vacancies have.

    Returns
    -------
    polars.Expr
        A date.

    Examples
    --------
    >>> from datetime import date
    >>> vacancy = pl.DataFrame({"opened_date": [date(2023, 1, 1)], "advertised_date": [date(2023, 1, 9)], "outcome": ["filled"]})
    >>> vacancy.select(last_proven_day(vacancy.columns)).item()
    datetime.date(2023, 1, 9)
    """
    if "outcome" not in columns:
        return pl.lit(None, pl.Date)
    days = [c for c in ("opened_date", "advertised_date", "offered_date") if c in columns]
    return pl.when(pl.col("outcome").is_in(NO_LONGER_VACANT)).then(pl.max_horizontal(days))
