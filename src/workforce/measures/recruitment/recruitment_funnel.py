"""From applicants to people who are still in post: each step of recruitment as a share of the step before.

The steps up to a filled vacancy are of the same vacancies, those that record every step. The steps from joining on are of the staff
records, because no record says which vacancy somebody came through. Complete-case over all steps: an organisation that records a step for
none of its vacancies, or whose staff records do not cover the period, is in no step, and is named.
"""

from collections.abc import Sequence
from datetime import date
from typing import Final

import polars as pl

from workforce.measures.availability import no_end_dates, rolled_up
from workforce.measures.frame import NOT_AVAILABLE, as_by, measure, measure_table, not_available
from workforce.measures.recruitment.quality_of_hire import quality_of_hire
from workforce.measures.recruitment.vacancy_records import NO_COSTS, not_recorded, sound, within
from workforce.measures.staffing.turnover import joiners
from workforce.periods import Period, as_periods, period_frame
from workforce.records import Records
from workforce.results import MeasureTable, stacked

# step: what it counts, of what, and the people behind it (none behind offers and vacancies)
STEPS: Final[dict[str, tuple[str, str | None, str | None]]] = {
    "applied": ("applicants", None, "applicants"),
    "shortlisted": ("shortlisted", "applicants", "applicants"),
    "offered": ("offers", "shortlisted", "shortlisted"),
    "accepted": ("accepted", "offers", None),
    "filled": ("filled", "accepted", None),
    "joined": ("joined", None, "joined"),
    "six_months": ("six_months", "six_months_of", "six_months_of"),
    "twelve_months": ("twelve_months", "twelve_months_of", "twelve_months_of"),
}
_ROUND: Final = ("applicants", "shortlisted", "offers", "accepted", "filled")
NO_ROUND: Final = "no vacancy that closed in these days records its applicants, shortlist and offers"
_PERIOD: Final = ("period_start", "period_end")


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
    keys = [*units, *_PERIOD]
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
    recorded = rounds.select("organisation", *_PERIOD).unique()
    covered = came.filter(pl.col("marker").is_null()).select("organisation", *_PERIOD).unique()
    complete = recorded.join(covered, on=["organisation", *_PERIOD])
    return pl.struct("organisation", *_PERIOD).is_in(complete.to_struct().to_list())


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
