"""Ends and days that are not known: what the records say of when a case, a vacancy or a person's time in post ended.

Cases and vacancies of which the records say how they ended, but not when, are kept as they are, and their rows count among those of unknown
end. A plan counts in the period of its outcome date, so that one without such a date, or with one after the end of the records, is in no
period; it could be in any between its other dates.

Of people, a refused row is no evidence: it makes no one a leaver or a joiner. Days that a refused row may cover, and that no kept row
covers, are not known; a person's records are complete on the days around the latest kept spell up to such a day.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Final

import polars as pl

from workforce.periods import month
from workforce.schemas import DATED_OUTCOMES, NO_LONGER_VACANT, last_proven_day
from workforce.settings import Settings

_A_YEAR: Final = 365
PERSON: Final = ("organisation", "person_id")
_SPELL: Final = ("start_date", "end_date")
Span = tuple[float, float]  # first and last day as numbers; infinite where it is open or could not be read
_EVER: Final = float("inf")


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
    is_dated = (pl.col("outcome_date") <= pl.col("observed_to").fill_null(latest)).fill_null(value=False)
    possible = pl.col("closed_date") <= pl.col("observed_to").fill_null(latest)
    return complete.filter(pl.col("outcome").is_in(DATED_OUTCOMES), ~is_dated).with_columns(
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
    not_closed = pl.col("closed_date").is_null() if "closed_date" in vacancies.columns else pl.lit(value=True)
    ended = pl.col("outcome").is_in(NO_LONGER_VACANT)
    return vacancies.filter(not_closed, ended).with_columns(opened_date=last_proven_day(vacancies.columns))


def with_known_days(staff: pl.DataFrame, refused: pl.DataFrame, proofs: pl.DataFrame) -> pl.DataFrame:
    """Fill `known_from` and `known_to`, and the ends of spells whose end is not known.

    Parameters
    ----------
    staff : polars.DataFrame
        Kept rows of `assignments`; those of unknown end have `end_date` and `known_to` on their own first day.
    refused : polars.DataFrame
        organisation, person_id, start_date, end_date of refused rows; null where a day is open or could not be read.
    proofs : polars.DataFrame
        organisation, person_id, day: days on which other records show a person in post.

    Returns
    -------
    polars.DataFrame
        The staff rows in the same order. A spell of unknown end lasts until the day before the person's next spell, else until the last
        proven day, else for its first day. `known_from` and `known_to` are the same on all rows of a person in an organisation; a person
        whose service began before the first spell is not known before it.

    Examples
    --------
    >>> day, other = date(2020, 1, 1), date(2021, 12, 31)
    >>> spell = {"organisation": ["a"], "person_id": ["p"], "start_date": [day], "end_date": [other]}
    >>> none = {"service_start": [None], "known_from": [None], "known_to": [None]}
    >>> staff = pl.DataFrame(spell | none).with_columns(pl.col("service_start", "known_from", "known_to").cast(pl.Date))
    >>> later = pl.DataFrame(spell | {"start_date": [date(2022, 1, 1)], "end_date": [None]})
    >>> nothing = pl.DataFrame(schema={"organisation": pl.String, "person_id": pl.String, "day": pl.Date})
    >>> with_known_days(staff, later, nothing)["known_to"].item()
    datetime.date(2021, 12, 31)
    """
    staff = _with_proven_ends(staff, proofs)
    ends = staff.filter(pl.col("known_to").is_not_null()).select(
        *PERSON, start_date=pl.col("end_date").dt.offset_by("1d"), end_date=pl.lit(None, pl.Date)
    )
    not_known = pl.concat([refused.select(*PERSON, pl.col(_SPELL).cast(pl.Date)), ends])
    days = _known_days(staff, not_known.filter(pl.col("person_id").is_not_null()))
    stated = staff.filter(pl.col("service_start").is_not_null()).select(PERSON).unique()
    service = (
        staff.join(stated, on=PERSON, how="semi")
        .group_by(PERSON)
        .agg(pl.col("start_date").min(), pl.col("service_start").min())
        .filter(pl.col("service_start") < pl.col("start_date"))
        .select(*PERSON, in_service=pl.col("start_date"))
    )
    no_day = pl.lit(None, pl.Date)
    if days.is_empty() and service.is_empty():
        return _with_days_in_area(staff.with_columns(known_from=no_day, known_to=no_day), not_known)
    with_bounds = (
        staff.drop("known_from", "known_to")
        .join(days, on=PERSON, how="left", maintain_order="left")
        .join(service, on=PERSON, how="left", maintain_order="left")
        .with_columns(known_from=pl.max_horizontal("known_from", "in_service"))
        .select(staff.columns)
    )
    return _with_days_in_area(with_bounds, not_known)


def _with_days_in_area(staff: pl.DataFrame, not_known: pl.DataFrame) -> pl.DataFrame:
    """Add what is known of people in all organisations together, where a row of another organisation than theirs was refused.

    To have gone to a partner whose row was refused is no leaving of the area, and what one organisation cannot tell another may.
    """
    elsewhere = not_known.join(staff.select(PERSON).unique(), on="person_id", suffix="_of_spell")
    people = elsewhere.filter(pl.col("organisation") != pl.col("organisation_of_spell")).select("person_id").unique()
    if people.is_empty():
        return staff
    area = pl.lit("area").alias("organisation")
    within, doubts = (frame.join(people, on="person_id", how="semi").with_columns(area) for frame in (staff, not_known))
    area_days = _known_days(within, doubts).select("person_id", since="known_from", until="known_to")
    return (
        staff.join(area_days, on="person_id", how="left", maintain_order="left")
        .with_columns(
            known_in_area_from=pl.max_horizontal(pl.col("known_from").max().over("person_id"), "since"),
            known_in_area_to=pl.min_horizontal(pl.col("known_to").min().over("person_id"), "until"),
        )
        .drop("since", "until")
    )


def _with_proven_ends(staff: pl.DataFrame, proofs: pl.DataFrame) -> pl.DataFrame:
    """The ends of spells whose end is not known (`known_to` is set): where the next spell begins, or the last proven day."""
    spells = staff.with_row_index("_spell")
    open_ended = spells.filter(pl.col("known_to").is_not_null())
    if open_ended.is_empty():
        return staff
    starts = staff.select(*PERSON, later="start_date")
    following = (
        open_ended.select("_spell", *PERSON, "start_date")
        .join(starts, on=PERSON)
        .filter(pl.col("later") > pl.col("start_date"))
        .group_by("_spell")
        .agg(next_day=pl.col("later").min().dt.offset_by("-1d"))
    )
    proven = (
        open_ended.select("_spell", *PERSON, "start_date")
        .join(proofs.drop_nulls(), on=PERSON)
        .filter(pl.col("day") >= pl.col("start_date"))
        .group_by("_spell")
        .agg(proven=pl.col("day").max())
    )
    ends = spells.join(following, on="_spell", how="left", maintain_order="left").join(
        proven, on="_spell", how="left", maintain_order="left"
    )
    last = pl.coalesce("next_day", "proven", "start_date")
    unknown = pl.col("known_to").is_not_null()
    return ends.with_columns(
        end_date=pl.when(unknown).then(last).otherwise("end_date"), known_to=pl.when(unknown).then(last)
    ).select(staff.columns)


def _known_days(staff: pl.DataFrame, not_known: pl.DataFrame) -> pl.DataFrame:
    """organisation, person_id, known_from, known_to of the people of whom some days are not known."""
    spells = staff.join(not_known, on=PERSON, how="semi").group_by(PERSON).agg(pl.col(_SPELL))
    doubts = not_known.group_by(PERSON).agg(doubt_from=pl.col("start_date"), doubt_to=pl.col("end_date"))
    rows = [
        (
            organisation,
            person,
            *known_between(list(zip(starts, ends, strict=True)), list(zip(since, until, strict=True))),
        )
        for organisation, person, starts, ends, since, until in spells.join(doubts, on=PERSON).iter_rows()
    ]
    schema = {"organisation": pl.String, "person_id": pl.String, "known_from": pl.Date, "known_to": pl.Date}
    return pl.DataFrame(rows, schema=schema, orient="row")


def known_between(
    spells: Iterable[tuple[date, date | None]], doubts: Iterable[tuple[date | None, date | None]]
) -> tuple[date | None, date | None]:
    """The first and the last day around the latest spell between which nothing is in doubt; null where there is no such bound.

    Parameters
    ----------
    spells : iterable of (first day, last day or None)
        Kept spells; None where a spell goes on.
    doubts : iterable of (first day or None, last day or None)
        Days that refused rows may cover; None where a day could not be read or the row goes on.

    Examples
    --------
    >>> spell = (date(2020, 1, 1), None)
    >>> known_between([spell], [(date(2018, 1, 1), date(2018, 12, 31))])
    (datetime.date(2019, 1, 1), None)
    >>> known_between([spell], [(date(2021, 1, 1), None)])  # a second post: the person is in post anyway
    (None, None)
    """
    kept_spells = sorted((start.toordinal(), end.toordinal() if end else _EVER) for start, end in spells)
    latest = kept_spells[-1][0]
    first, last = -_EVER, _EVER
    for since, until in _uncovered(
        ((since.toordinal() if since else -_EVER, until.toordinal() if until else _EVER) for since, until in doubts),
        kept_spells,
    ):
        if until < latest:
            first = max(first, until + 1)
        else:
            last = min(last, since - 1)
    return _day(first), _day(last)


def _uncovered(doubts: Iterable[Span], kept_spells: Sequence[Span]) -> list[Span]:
    """The days in doubt that no kept spell covers; `kept` is sorted."""
    left = []
    for start, end in doubts:
        since = start
        for first, last in kept_spells:
            if first > end:
                break
            if first > since:
                left.append((since, first - 1))
            since = max(since, last + 1)
        if since <= end and since < _EVER:
            left.append((since, end))
    return [(since, until) for since, until in left if since <= until]


def _day(number: float) -> date | None:
    return None if abs(number) == _EVER else date.fromordinal(int(number))
