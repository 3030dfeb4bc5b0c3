"""From applicants to people who are still in post: each step of recruitment as a share of the step before.

The steps up to a filled vacancy are of the same vacancies, those that record every step. The steps from joining on are of the staff
records, because no record says which vacancy somebody came through. Complete-case over all steps: an organisation that records a step for
none of its vacancies, or whose staff records do not cover the period, is in no step, and is named.
"""

from collections.abc import Sequence
from datetime import date
from typing import Final

import polars as pl

from workforce.frames import as_by
from workforce.measures.availability import covered, measure, no_end_dates, not_available, rolled_up, without_end_dates
from workforce.measures.presence import OPEN, employed, observed, timeline
from workforce.measures.recruitment import NO_COSTS, not_recorded, sound, within
from workforce.measures.turnover import joiners
from workforce.periods import Period, as_periods, month, period_frame
from workforce.records import Records
from workforce.results import NOT_AVAILABLE, PERIOD_COLUMNS, MeasureTable, stacked
from workforce.stats.rates import measure_table

# step: what it counts, of what, and the people behind it (none behind offers and vacancies)
STEPS: Final[dict[str, tuple[str, str | None, str | None]]] = {
    "applied": ("applicants", None, "applicants"),
    "shortlisted": ("shortlisted", "applicants", "applicants"),
    "offered": ("offers", "shortlisted", "shortlisted"),
    "accepted": ("accepted", "offers", "offers"),
    "filled": ("filled", "accepted", "accepted"),
    "joined": ("joined", None, "joined"),
    "six_months": ("six_months", "six_months_of", "six_months_of"),
    "twelve_months": ("twelve_months", "twelve_months_of", "twelve_months_of"),
}
_ROUND: Final = ("applicants", "shortlisted", "offers", "accepted", "filled")
NO_ROUND: Final = "no vacancy that closed in these days records its applicants, shortlist and offers"
HORIZONS: Final = {"six_months": "6mo", "twelve_months": "12mo"}


@measure("vacancies", "assignments")
def funnel(
    records: Records,
    periods: Period | Sequence[Period],
    *,
    by: Sequence[str] | str = (),
    until: date | None = None,
) -> MeasureTable:
    """How many applied, were shortlisted, were offered a post and accepted, how many posts were filled, and who is still here.

    Parameters
    ----------
    records : Records
        The area's records; uses `vacancies` and `assignments`.
    periods : Period or sequence of Period
        For example ``wf.year_to("2022-03")``. A period that ended a year before the records do follows all who joined.
    by : sequence of str
        Columns to group by; any that both tables have.
    until : date, optional
        The last day to which joiners can be followed, as in `wf.recruitment.quality_of_hire`.

    Returns
    -------
    MeasureTable
        Rows in the order of the steps. Numerators are the steps, in people, offers and vacancies; value is the share of the step before,
        in per cent. Limits: Wilson.
        Marker ``x``: no organisation records every step, or nobody can be followed so far yet.

    Raises
    ------
    UsageError
        Where a column of `by` is neither in the records nor in the schema of both tables.
    InputError
        Where dates are out of order or counts cannot be; it says how many.

    Notes
    -----
    Of the vacancies closed in the period that record applicants, shortlist and offers: `applied`; `shortlisted` of those who applied;
    `offered`, offers made for each 100 shortlisted; `accepted`, offers not declined, of those made; `filled`, vacancies filled for each 100
    offers accepted. A vacancy that was filled although no offer was accepted does not record its offers and is left out.
    Of the staff records: `joined`, people whose stay began in the period; `six_months` and `twelve_months`, those of them still here then.

    References
    ----------
    This project's measure book.

    Examples
    --------
    >>> vacancies = pl.DataFrame({"organisation": ["council"], "opened_date": [date(2022, 1, 1)], "closed_date": [date(2022, 2, 1)],
    ...     "outcome": ["filled"], "applicants": [10], "shortlisted": [4], "offers_made": [2], "offers_declined": [1]})
    >>> staff = pl.DataFrame({"organisation": ["council"], "person_id": ["a"], "fte": [1.0], "start_date": [date(2022, 2, 1)]})
    >>> quarter = Period(date(2022, 1, 1), date(2022, 3, 31))
    >>> table = funnel(Records(vacancies=vacancies, assignments=staff), quarter, until=date(2023, 3, 31))
    >>> table.frame.select("definition", "numerator", "value").rows()[:5]
    [('applied', 10.0, 10.0), ('shortlisted', 4.0, 40.0), ('offered', 2.0, 50.0), ('accepted', 1.0, 50.0), ('filled', 1.0, 100.0)]
    """
    spans, groups = as_periods(periods), as_by(by)
    units = list(dict.fromkeys(["organisation", *groups]))
    needed = [*units, "opened_date", "closed_date", "outcome"]
    reason = records.lacks("vacancies", columns=needed, of="vacancies")
    if reason := records.lacks("assignments", columns=units) or reason:
        return not_available("recruitment_funnel", list(STEPS), by=groups, when=spans, reason=reason)
    keys = [*units, *PERIOD_COLUMNS]
    vacancies = sound(records.vacancies, units).with_columns(pl.col(units).cast(pl.String))
    rounds = _rounds(vacancies, spans)
    arrivals = joiners(records, spans, by=units).frame
    stayed = quality_of_hire(records, spans, by=units, until=until).frame
    steps = [
        rounds.group_by(keys).agg(pl.col(_ROUND).sum()),
        arrivals.select(*keys, joined="numerator"),
        *(
            stayed.filter(pl.col("definition") == step).select(
                *keys, pl.col("numerator").alias(step), pl.col("denominator").alias(f"{step}_of")
            )
            for step in ("six_months", "twelve_months")
        ),
    ]
    sums = pl.concat([step_sums.select(units) for step_sums in steps]).unique().join(period_frame(spans), how="cross")
    for step_sums in steps:
        sums = sums.join(step_sums, on=keys, how="left", nulls_equal=True)
    marked_sums = sums.with_columns(pl.exclude(keys).fill_null(0).cast(pl.Float64)).with_columns(
        marker=pl.when(~_usable(rounds, arrivals)).then(pl.lit(NOT_AVAILABLE))
    )
    table = stacked(_step(marked_sums, step, keys, groups) for step in STEPS)
    reasons = [words for words in not_recorded(vacancies) if words != NO_COSTS]
    return table._with_reasons(*no_end_dates(records), *(reasons or ([NO_ROUND] if rounds.is_empty() else [])))


def _rounds(vacancies: pl.DataFrame, periods: Sequence[Period]) -> pl.DataFrame:
    """The vacancies closed in each period that record every step, with what they count."""
    accepted = pl.col("offers_made") - pl.col("offers_declined")
    filled = pl.col("outcome") == "filled"
    complete = (
        pl.all_horizontal(pl.col("applicants", "shortlisted", "offers_made", "offers_declined").is_not_null())
        & (pl.col("shortlisted") <= pl.col("applicants"))
        & (~filled | (accepted > 0))
    )
    closed = within(vacancies.filter(pl.col("outcome").is_not_null()), periods, "closed_date")
    return closed.filter(complete).with_columns(offers="offers_made", accepted=accepted, filled=filled)


def _usable(rounds: pl.DataFrame, came: pl.DataFrame) -> pl.Expr:
    """Whether a row's organisation records every step in its period, in vacancies and in staff records that cover it."""
    recorded = rounds.select("organisation", *PERIOD_COLUMNS).unique()
    covered = came.filter(pl.col("marker").is_null()).select("organisation", *PERIOD_COLUMNS).unique()
    complete = recorded.join(covered, on=["organisation", *PERIOD_COLUMNS])
    return pl.struct("organisation", *PERIOD_COLUMNS).is_in(complete.to_struct().to_list())


def _step(counted: pl.DataFrame, step: str, keys: Sequence[str], groups: Sequence[str]) -> MeasureTable:
    """One step as a measure table."""
    above, below, people = STEPS[step]
    figures = {
        "numerator": above,
        **({"denominator": below} if below else {}),
        **({"people": people} if people else {}),
    }
    usable = pl.col("marker").is_null()
    sides = counted.select(*keys, "marker", **{side: pl.when(usable).then(pl.col(c)) for side, c in figures.items()})
    rows = rolled_up(sides, by=groups)
    if step.endswith("_months"):  # nobody can be followed so far yet
        nobody = pl.col("marker").is_null() & (pl.col("denominator") == 0)
        rows = rows.with_columns(
            *[pl.when(~nobody).then(pl.col(c)).alias(c) for c in figures],
            marker=pl.when(nobody).then(pl.lit(NOT_AVAILABLE)).otherwise("marker"),
        )
    return measure_table(rows, "recruitment_funnel", step, by=groups)


@measure("assignments")
def quality_of_hire(
    records: Records,
    periods: Period | Sequence[Period],
    *,
    by: Sequence[str] | str = (),
    until: date | None = None,
) -> MeasureTable:
    """Share of the people who joined in each period who are still here 6 and 12 months later, in %.

    Parameters
    ----------
    records : Records
        The area's records; uses `assignments`.
    periods : Period or sequence of Period
        For example ``wf.year_to("2023-03")``.
    by : sequence of str
        Columns of `assignments` to group by, with their values in the first post.
    until : date, optional
        The last day to which joiners can be followed, where the records do not say it.

    Returns
    -------
    MeasureTable
        Definitions `six_months` and `twelve_months`. Only joiners whose 6 (or 12) months lie within the records are on either side: up to
        `observed_to` of their organisation or `until`, the earlier; where neither is known, up to the end of the area's reporting month,
        and of records without settings up to the latest date of their organisation. A change of post is not leaving. Limits: Wilson.
        Marker ``x``: none of them can be followed so far yet, or the organisation's records do not cover the period.

    Raises
    ------
    UsageError
        Where a column of `by` is neither in the records nor in their schema.

    References
    ----------
    This project's measure book: the complement of leaving with less than so much service.

    Examples
    --------
    >>> staff = pl.DataFrame({"organisation": ["council"] * 2, "person_id": ["a", "b"], "fte": [1.0] * 2,
    ...     "start_date": [date(2022, 1, 10)] * 2, "end_date": [date(2022, 9, 30), None]})
    >>> january = Period(date(2022, 1, 1), date(2022, 1, 31))
    >>> table = quality_of_hire(Records(assignments=staff), january, until=date(2023, 3, 31))
    >>> table.frame.select("definition", "value").rows()
    [('six_months', 100.0), ('twelve_months', 50.0)]
    """
    spans, groups = as_periods(periods), as_by(by)
    if reason := records.lacks("assignments", columns=groups):
        return not_available("quality_of_hire", list(HORIZONS), by=groups, when=spans, reason=reason)
    assignments = records.assignments
    keys = list(dict.fromkeys(["organisation", *groups]))
    carried = [c for c in groups if c != "organisation"]
    stretches = timeline(employed(assignments, columns=carried), columns=carried)
    stays = (
        stretches.group_by("stay", maintain_order=True)
        .agg(
            pl.col("first").min(),
            pl.col("last").max(),
            pl.col("joined").first(),
            pl.col("left").last(),
            *[pl.col(c).first() for c in keys],
        )
        .join(_followed_to(stretches, records, until), on="organisation", maintain_order="left")
    )
    grid = stays.select(keys).unique().join(period_frame(spans), how="cross")
    tables = []
    for definition, later in HORIZONS.items():
        reached = pl.col("first").dt.offset_by(later).dt.offset_by("-1d")  # the last day that completes the months
        stayed = pl.col("last") > reached
        followed = within(stays.filter("joined"), spans, "first").filter(
            (reached <= pl.col("followed_to")) & (stayed | pl.col("left"))
        )
        sums = followed.group_by(*keys, *PERIOD_COLUMNS).agg(
            numerator=stayed.sum().cast(pl.Float64),
            denominator=pl.len().cast(pl.Float64),
            people=pl.len().cast(pl.Int64),
        )
        sides = grid.join(sums, on=[*keys, *PERIOD_COLUMNS], how="left", nulls_equal=True).with_columns(
            pl.col("numerator", "denominator", "people").fill_null(0)
        )
        of_organisations = covered(sides, observed(assignments), spans, silent=without_end_dates(records))
        rows = rolled_up(of_organisations, by=groups).with_columns(
            marker=pl.col("marker").fill_null(pl.when(pl.col("denominator") == 0).then(pl.lit(NOT_AVAILABLE)))
        )
        tables.append(measure_table(rows, "quality_of_hire", definition, by=groups))
    return stacked(tables)._with_reasons(*no_end_dates(records))


def _followed_to(stretches: pl.DataFrame, records: Records, until: date | None) -> pl.DataFrame:
    """Up to which day each organisation's joiners can be followed: organisation, followed_to."""
    # Without an end the records run to the reporting month, which no row decides: one that could not be read must not move it. What has
    # no settings runs at least to the latest date of the organisation's own rows; another's say nothing of it.
    settings = records._settings
    reported = month(settings.area.month).end if settings is not None else None
    dates = pl.concat([pl.col("first"), pl.col("last").filter(pl.col("last") < OPEN)])
    latest = stretches.group_by("organisation").agg(latest=dates.max())
    end = pl.min_horizontal(pl.col("observed_to"), pl.lit(until, pl.Date))
    return (
        observed(records.assignments)
        .join(latest, on="organisation", how="left", maintain_order="left")
        .select("organisation", followed_to=pl.coalesce(end, pl.lit(reported, pl.Date), "latest"))
    )
