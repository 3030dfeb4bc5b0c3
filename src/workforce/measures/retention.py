"""Retention: how long staff stay, in whole days of service, with those in post when records begin entering late.

A person already in post when records begin is at risk from the service they had then, not from their first day: those who left before
records began are in no records. Agency and bank staff are outside.
"""

from collections.abc import Sequence
from typing import Final, Literal

import polars as pl

from workforce.errors import InputError, Phrase, UsageError
from workforce.frames import Frame, as_by
from workforce.measures.availability import measure, no_end_dates, without_end_dates
from workforce.measures.presence import FTE_UNIT, employed, timeline
from workforce.measures.presence import observed as records_of
from workforce.periods import Period, as_periods
from workforce.records import Records
from workforce.results import Curve
from workforce.stats.life_table import IN_FTE, PRODUCT_LIMIT, life_table, named, weighted_curve

FTE: Final = "fte when the stay came under observation"  # a column of stays, where it is asked for
NOBODY_OBSERVED: Final = "no staff are under observation in the period"
_WITH_THE_EMPLOYER = ("organisation", "area")  # scopes in which recorded continuous service counts


@measure("assignments")
def retention(
    records: Records,
    observed: Period | None = None,
    *,
    by: Sequence[str] | str = (),
    scope: str = "organisation",
    basis: Literal["headcount", "fte"] = "headcount",
) -> Curve:
    """The share of staff still in service after so many days of it, as a life table that adds up over organisations.

    Time is whole days of service, ``exit = end_date + 1 - service_start`` (a first-day leaver stayed one day). What a stay is, and when it
    is observed, is described at `wf.leaving.spells`.

    Parameters
    ----------
    records : Records
        The area's records; uses `assignments`.
    observed : Period, optional
        The period of the records; all of them when not given.
    by : sequence of str
        Columns to group by; any text column of `assignments`.
    scope : {"organisation", "area", "team", "role", "staff_group"}
        What a person has to leave to count as having left.
    basis : {"headcount", "fte"}
        With "fte" each stay counts for the hours with which it came under observation (the FTE of all posts held then, as a share of full
        time), so that the curve is of hours of work kept. Its limits are between people and do not add up: `combine` leaves them out.

    Returns
    -------
    Curve
        measure, definition, then the columns of `wf.stats.life_table`, value as a proportion. Without rows, and with the reason, where
        staff or a column of `by` are not recorded.

    Raises
    ------
    UsageError
        Where a column, the scope or the basis is unknown, or `observed` is no period.
    InputError
        Where spells end before they start, or begin before their service does; they are counted, not quoted.

    References
    ----------
    Kaplan & Meier (1958), with delayed entry.

    Examples
    --------
    >>> from datetime import date
    >>> from workforce.periods import financial_year
    >>> staff = Records(assignments=pl.DataFrame({
    ...     "organisation": "council", "person_id": ["A", "B"], "fte": 1.0, "role": "officer",
    ...     "start_date": [date(2022, 4, 1), date(2021, 4, 1)],   # B had 365 days of service when records began
    ...     "end_date": [date(2022, 4, 1), None],                 # A left on the first day
    ... }))
    >>> curve = retention(staff, financial_year("2022-23"))
    >>> curve.frame.select("time", "entered", "at_risk", "left", "censored", "value").rows()
    [(0, 1.0, 0.0, 0.0, 0.0, 1.0), (1, 0.0, 1.0, 1.0, 0.0, 0.0), (365, 1.0, 0.0, 0.0, 0.0, 0.0), (730, 0.0, 1.0, 0.0, 1.0, 0.0)]
    """
    groups, weighing = as_by(by), in_hours(basis)
    reason = records.lacks("assignments", columns=[*groups, *_column_of(scope)])
    if reason:
        stays = no_stays(groups, weighing=weighing)
    else:
        stays = service_spells(
            followed(records), observed_days(records, observed), by=groups, scope=scope, weighing=weighing
        )
        reason = NOBODY_OBSERVED if stays.is_empty() and not no_end_dates(records) else None
    curve = weighted_curve(stays, by=groups, weight=FTE) if weighing else life_table(stays, by=groups)
    reasons = [*no_end_dates(records), *([reason] if reason else [])]
    return named(curve, "retention", IN_FTE if weighing else PRODUCT_LIMIT)._with_reasons(*reasons)


def observed_days(records: Records, observed: Period | None) -> Period:
    """Return the period in which staff are observed: the one that was given, or that of the records."""
    if observed is None:
        return records.observed
    periods = as_periods(observed)
    if len(periods) > 1:
        raise UsageError(
            "one period is needed, not several", where="observed=", hint='such as wf.span_to("2023-03", 5)'
        )
    return periods[0]


def no_stays(groups: Sequence[str], *texts: str, weighing: bool = False) -> pl.DataFrame:
    """Return stays of nobody, with text columns for groups and whatever else is asked for."""
    columns = {**dict.fromkeys((*groups, "person_id"), pl.String), "entry": pl.Int64, "exit": pl.Int64}
    weights = {FTE: pl.Float64} if weighing else {}
    return pl.DataFrame(schema={**columns, "event": pl.Boolean, **dict.fromkeys(texts, pl.String), **weights})


def _column_of(scope: str) -> list[str]:
    """The column of the records that a scope needs."""
    return [scope] if scope in ("team", "role", "staff_group") else []


def in_hours(basis: str) -> bool:
    """Whether a basis counts hours of work rather than people; any other word is refused."""
    if basis not in ("headcount", "fte"):
        raise UsageError('"{basis}" is not a basis', where="basis=", hint='"headcount" or "fte"', basis=basis)
    return basis == "fte"


@measure("assignments")
def spells(
    records: Records,
    observed: Period | None = None,
    *,
    by: Sequence[str] | str = (),
    scope: str = "organisation",
    changing: Sequence[str] | str = (),
    ending: str | None = None,
) -> pl.DataFrame:
    """Each stay of employed staff that was under observation, for an analyst's own models, such as those of lifelines. Not for release.

    A stay is a person's spells in the scope, each beginning no more than 7 days after the last end. Service begins with the earliest
    `service_start` in the stay, or its first day; a rehire after a longer gap is a new stay, and a `service_start` that reaches back into
    an earlier stay is not believed for it. In the scopes team, role and staff_group service is counted from the first day there. A stay
    that ended before records began, or begins after they end, is outside.

    Parameters
    ----------
    records : Records
        The area's records; uses `assignments`.
    observed : Period, optional
        The period of the records; all of them when not given. It is cut, for each organisation, to the days between `observed_from` and
        `observed_to` where the records have them; for the scope `area`, to the days on which all organisations' records are complete.
    by : sequence of str
        Columns of the first post of the stay inside the observed days (of several at once, the one with the largest FTE, then the
        earliest).
    scope : {"organisation", "area", "team", "role", "staff_group"}
        What a person has to leave to count as having left.
    changing : sequence of str
        Columns whose value may change during a stay. It then has a row for each stretch of days on the same values, one after the other
        (with the number of the `stay`): the next begins at the service at which the last ended, and only the last can end in leaving.
    ending : str, optional
        A column, such as leaving_destination, whose value on the last day of those who left is added (null for all others, and where it is
        not recorded).

    Returns
    -------
    polars.DataFrame
        by, person_id, (stay, changing,) entry, exit, event, (ending). entry: days of service when records begin, or 0; exit: days of
        service at the end of the last day, or at the end of the records for those still there; event: whether they left. Columns that are
        not recorded are null.

    Raises
    ------
    UsageError
        Where a column or the scope is unknown, or `observed` is no period.
    InputError
        Where spells end before they start, or begin before their service does; they are counted, not quoted.

    References
    ----------
    This project's measure book, "retention".

    Examples
    --------
    >>> from datetime import date
    >>> from workforce.periods import financial_year
    >>> staff = pl.DataFrame({"organisation": ["council"], "person_id": ["A"], "fte": [1.0], "start_date": [date(2021, 4, 1)]})
    >>> spells(Records(assignments=staff), financial_year("2022-23")).rows()
    [('A', 365, 730, False)]
    """
    groups, moving, last = as_by(by), as_by(changing), as_by([] if ending is None else ending)
    columns = list(dict.fromkeys([*groups, *moving, *last, *_column_of(scope)]))
    records.lacks(columns=columns)
    if records.lacks("assignments") and observed is None:
        return no_stays(groups, *(["stay", *moving] if moving else []), *last)
    staff = with_columns_of(records, columns)
    return service_spells(
        staff, observed_days(records, observed), by=groups, scope=scope, changing=moving, ending=ending
    )


def followed(records: Records) -> Frame:
    """Return the staff of the organisations that record when somebody leaves."""
    silent = without_end_dates(records)
    return records.assignments.filter(~pl.col("organisation").is_in(silent)) if silent else records.assignments


def with_columns_of(records: Records, columns: Sequence[str]) -> Frame:
    """Return the staff with null columns for those that the area does not record."""
    staff = followed(records)
    recorded = staff.lazy().collect_schema().names()
    return staff.with_columns(pl.lit(None, pl.String).alias(c) for c in columns if c not in recorded)


def service_spells(
    assignments: Frame,
    observed: Period,
    *,
    by: Sequence[str] | str = (),
    scope: str = "organisation",
    changing: Sequence[str] | str = (),
    ending: str | None = None,
    weighing: bool = False,
) -> pl.DataFrame:
    """Return what `spells` does, of assignments; weighing adds the FTE of all posts held when a stay came under observation (`FTE`)."""
    groups, moving = as_by(by, assignments), as_by(changing, assignments)
    last_words = as_by([] if ending is None else ending, assignments)
    as_by([*groups, *moving, *last_words], assignments)
    carried = list(dict.fromkeys([*groups, *moving, *last_words]))
    sound = _sound(assignments, carried, scope)
    if last_words:  # of two posts that end on one day either may say where the person went
        sound = sound.with_columns(pl.col(last_words).min().over("organisation", "person_id", "end_date"))
    stretches = timeline(sound, columns=[*carried, "service_start"], scope=scope).join(
        _windows(assignments, observed, scope), on="organisation", maintain_order="left"
    )
    if weighing:
        stretches = _with_hours(stretches, sound, scope)
    stays = stretches.group_by("stay", maintain_order=True).agg(
        pl.col("organisation", "person_id", "opens", "closes").first(),
        *[pl.col(c).filter(pl.col("last") >= pl.col("opens")).first().alias(f"by_{c}") for c in groups],
        *[pl.col(c).last().alias("ending") for c in last_words],
        *([pl.col(FTE).filter(pl.col("last") >= pl.col("opens")).first()] if weighing else []),
        first=pl.col("first").min(),
        last=pl.col("last").max(),
        joined=pl.col("joined").first(),
        left=pl.col("left").last(),
        longer_service=(pl.col("service_start").min() < pl.col("first").min()).fill_null(value=False),
        service_start=pl.min_horizontal(pl.col("first").min(), pl.col("service_start").min()),
    )
    # Of those who were there before anything is known of them nobody can say how long, unless the records do.
    stays = stays.filter(pl.col("joined") | (pl.col("longer_service") & pl.lit(scope in _WITH_THE_EMPLOYER)))
    within = (pl.col("last") >= pl.col("opens")) & (pl.col("first") <= pl.col("closes"))
    served = (
        _service_of_each_stay(stays, scope)
        .filter(within)
        .with_columns(ends=pl.col("last"), seen_from=pl.when("joined").then("service_start").otherwise("first"))
    )
    pieces = _pieces(served, stretches, moving).filter(within) if moving else served
    left = (pl.col("ends") <= pl.col("closes")) & pl.col("left")
    if weighing:  # a stay without hours (a career break) keeps no hours of work
        pieces = pieces.filter((pl.col(FTE) != 0).fill_null(value=True))
    return pieces.with_columns(event=left & (pl.col("last") == pl.col("ends"))).select(
        *[pl.col(f"by_{c}").alias(c) for c in groups],
        *([] if "person_id" in groups else ["person_id"]),
        *(["stay", *moving] if moving else []),
        entry=_days_of_service(pl.max_horizontal("opens", "first" if moving else "seen_from")),
        exit=_days_of_service(pl.min_horizontal("last", "closes")) + 1,
        event="event",
        **{c: pl.when("event").then("ending") for c in last_words},
        **({FTE: FTE} if weighing else {}),
    )


def _pieces(stays: pl.DataFrame, stretches: pl.DataFrame, moving: Sequence[str]) -> pl.DataFrame:
    """Each stay as the stretches of it on the same values of the moving columns; the first begins when service does."""
    same = pl.all_horizontal(*[pl.col(c).eq_missing(pl.col(c).shift(1)) for c in ("stay", *moving)])
    merged = (
        stretches.select("stay", *moving, "first", "last")
        .with_columns(piece=(~same).fill_null(value=True).cum_sum())
        .group_by("piece", maintain_order=True)
        .agg(pl.col("stay", *moving).first(), pl.col("first").min(), pl.col("last").max())
        .drop("piece")
    )
    return (
        stays.drop("first", "last")
        .join(merged, on="stay", maintain_order="left_right")
        .with_columns(first=pl.when(pl.col("stay").is_first_distinct()).then("seen_from").otherwise("first"))
    )


def _with_hours(stretches: pl.DataFrame, spells: pl.DataFrame, scope: str) -> pl.DataFrame:
    """Stretches with the FTE of all posts in the scope on their first day (the posts of a stretch are the same on all its days)."""
    key = ["person_id"] if scope == "area" else ["organisation", "person_id"]
    key += [] if scope in _WITH_THE_EMPLOYER else [scope]
    rows = stretches.with_row_index("stretch")
    on_the_day = (pl.col("start_date") <= pl.col("first")) & (pl.col("end_date") >= pl.col("first"))
    hours = (
        rows.select("stretch", *key, "first")
        .join(spells.select(*key, "start_date", "end_date", "fte"), on=key, nulls_equal=True)
        .filter(on_the_day)
        .group_by("stretch")
        .agg((pl.col("fte") * FTE_UNIT).round().cast(pl.Int64).sum().truediv(FTE_UNIT).alias(FTE))
    )
    return rows.join(hours, on="stretch", how="left", maintain_order="left").drop("stretch")


def _sound(assignments: Frame, groups: Sequence[str], scope: str) -> pl.DataFrame:
    """The spells of employed staff with the columns that are needed, or an error that counts those that cannot be."""
    recorded = assignments.lazy().collect_schema().names()
    within = [scope] if scope in ("team", "role", "staff_group") else []
    columns = [*groups, *as_by(within, assignments), *(c for c in ("service_start",) if c in recorded)]
    spells = employed(assignments, columns=columns)
    if "service_start" not in recorded:
        spells = spells.with_columns(service_start=pl.lit(None, pl.Date))
    faults = {
        "end before they start": pl.col("end_date") < pl.col("start_date"),
        "begin before the service that they are part of": pl.col("service_start") > pl.col("start_date"),
        "have no first day": pl.col("start_date").is_null(),
    }
    counts = spells.select(**{words: fault.sum() for words, fault in faults.items()}).row(0, named=True)
    problems = [
        Phrase("{count} of {rows} spells of employed staff {fault}", count=count, rows=len(spells), fault=fault)
        for fault, count in counts.items()
        if count
    ]
    if problems:
        raise InputError(
            "{problems}",
            where="assignments",
            hint="load_area refuses such rows and counts them",
            problems=problems,
        )
    return spells


def _windows(assignments: Frame, observed: Period, scope: str) -> pl.DataFrame:
    """The days on which each organisation's staff are under observation: organisation, opens, closes."""
    records = records_of(assignments)
    if scope == "area":  # where one organisation's records are missing, a transfer to it would look like a loss
        records = records.with_columns(pl.col("observed_from").max(), pl.col("observed_to").min())
    return records.select(
        "organisation",
        opens=pl.max_horizontal(pl.lit(observed.start), "observed_from"),
        closes=pl.min_horizontal(pl.lit(observed.end), "observed_to"),
    ).filter(pl.col("opens") <= pl.col("closes"))


def _service_of_each_stay(stays: pl.DataFrame, scope: str) -> pl.DataFrame:
    """Stays with the day from which their service is counted."""
    if scope not in _WITH_THE_EMPLOYER:
        return stays.with_columns(service_start=pl.col("first"))
    person = ["person_id"] if scope == "area" else ["organisation", "person_id"]
    before = pl.col("last").shift(1).over(person, order_by="first")
    return stays.with_columns(
        service_start=pl.when((pl.col("service_start") <= before).fill_null(value=False))
        .then(pl.col("first"))
        .otherwise("service_start")
    )


def _days_of_service(day: pl.Expr) -> pl.Expr:
    return (day - pl.col("service_start")).dt.total_days()
