"""From applicants to people who are still in post: each step of recruitment as a share of the step before.

Promises: the steps up to a filled vacancy are of the same vacancies, those that record every step; the steps from joining on are of the
staff records, and stand beside them, because no record says which vacancy somebody came through. Complete-case over all steps: an
organisation that records a step for none of its vacancies, or whose staff records do not cover the period, is in no step, by name.
Refuses: frames without the columns it needs; vacancies whose dates or counts cannot be.
"""

from collections.abc import Sequence
from datetime import date
from typing import Final

import polars as pl

from workforce.measures.availability import rolled_up
from workforce.measures.frame import NOT_AVAILABLE, as_by, measure_table, need
from workforce.measures.recruitment.quality_of_hire import quality_of_hire
from workforce.measures.recruitment.vacancy_records import sound, within
from workforce.measures.staffing.turnover import joiners
from workforce.periods import Period, as_periods, period_frame

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
_PERIOD: Final = ("period_start", "period_end")
Frame = pl.DataFrame | pl.LazyFrame


def recruitment_funnel(
    vacancies: Frame,
    assignments: Frame,
    periods: Period | Sequence[Period],
    *,
    by: Sequence[str] | str = (),
    until: date | None = None,
) -> pl.DataFrame:
    """How many applied, were shortlisted, were offered a post and accepted, how many posts were filled, and who is still here.

    Definitions (measure book of this project). Of the vacancies closed in the period that record applicants, shortlist and offers:
    `applied`; `shortlisted` of those who applied; `offered`, offers made for each 100 shortlisted; `accepted`, offers not declined, of
    those made; `filled`, vacancies filled for each 100 offers accepted. Of the staff records: `joined`, people whose stay began in the
    period; `six_months` and `twelve_months`, those of them still here then (see `quality_of_hire` for who can be followed, and `until`).
    A period that ended a year before the records do follows all who joined. Numerators are the steps, in people, offers and vacancies;
    value is the share of the step before, in per cent. A vacancy that was filled although no offer was accepted does not record its
    offers and is left out. Limits: Wilson. Rows come by step.

    >>> vacancies = pl.DataFrame({"organisation": ["council"], "opened_date": [date(2022, 1, 1)], "closed_date": [date(2022, 2, 1)],
    ...     "outcome": ["filled"], "applicants": [10], "shortlisted": [4], "offers_made": [2], "offers_declined": [1]})
    >>> staff = pl.DataFrame({"organisation": ["council"], "person_id": ["a"], "fte": [1.0], "start_date": [date(2022, 2, 1)]})
    >>> table = recruitment_funnel(vacancies, staff, Period(date(2022, 1, 1), date(2022, 3, 31)), until=date(2023, 3, 31))
    >>> table.select("definition", "numerator", "value").rows()[:5]
    [('applied', 10.0, 10.0), ('shortlisted', 4.0, 40.0), ('offered', 2.0, 50.0), ('accepted', 1.0, 50.0), ('filled', 1.0, 100.0)]
    """
    several, groups = as_periods(periods), as_by(by, vacancies, assignments)
    need(vacancies, ["organisation"], what="vacancies")
    own = list(dict.fromkeys(["organisation", *groups]))
    keys = [*own, *_PERIOD]
    rounds = _rounds(sound(vacancies, own).with_columns(pl.col(own).cast(pl.String)), several)
    came = joiners(assignments, several, by=own)
    stayed = quality_of_hire(assignments, several, by=own, until=until)
    parts = [
        rounds.group_by(keys).agg(pl.col(_ROUND).sum()),
        came.select(*keys, joined="numerator"),
        *(
            stayed.filter(pl.col("definition") == step).select(
                *keys, pl.col("numerator").alias(step), pl.col("denominator").alias(f"{step}_of")
            )
            for step in ("six_months", "twelve_months")
        ),
    ]
    sums = pl.concat([part.select(own) for part in parts]).unique().join(period_frame(several), how="cross")
    for part in parts:
        sums = sums.join(part, on=keys, how="left", nulls_equal=True)
    counted = sums.with_columns(pl.exclude(keys).fill_null(0).cast(pl.Float64)).with_columns(
        marker=pl.when(~_usable(rounds, came)).then(pl.lit(NOT_AVAILABLE))
    )
    return pl.concat(_step(counted, step, keys, groups) for step in STEPS)


def _rounds(vacancies: pl.DataFrame, periods: Sequence[Period]) -> pl.DataFrame:
    """The vacancies closed in each period that record every step, with what they count."""
    accepted = pl.col("offers_made") - pl.col("offers_declined")
    filled = pl.col("outcome") == "filled"
    whole = (
        pl.all_horizontal(pl.col("applicants", "shortlisted", "offers_made", "offers_declined").is_not_null())
        & (pl.col("shortlisted") <= pl.col("applicants"))
        & (~filled | (accepted > 0))
    )
    closed = within(vacancies.filter(pl.col("outcome").is_not_null()), periods, "closed_date")
    return closed.filter(whole).with_columns(offers="offers_made", accepted=accepted, filled=filled)


def _usable(rounds: pl.DataFrame, came: pl.DataFrame) -> pl.Expr:
    """Whether a row's organisation records every step in its period, in vacancies and in staff records that cover it."""
    recorded = rounds.select("organisation", *_PERIOD).unique()
    watched = came.filter(pl.col("marker").is_null()).select("organisation", *_PERIOD).unique()
    both = recorded.join(watched, on=["organisation", *_PERIOD])
    return pl.struct("organisation", *_PERIOD).is_in(both.to_struct().to_list())


def _step(counted: pl.DataFrame, step: str, keys: Sequence[str], groups: Sequence[str]) -> pl.DataFrame:
    """One step as a measure table."""
    above, below, people = STEPS[step]
    figures = {
        "numerator": above,
        **({"denominator": below} if below else {}),
        **({"people": people} if people else {}),
    }
    shown = pl.col("marker").is_null()
    sides = counted.select(*keys, "marker", **{side: pl.when(shown).then(pl.col(c)) for side, c in figures.items()})
    whole = rolled_up(sides, by=groups)
    if step.endswith("_months"):  # nobody can be followed so far yet
        whole = whole.with_columns(
            marker=pl.col("marker").fill_null(pl.when(pl.col("denominator") == 0).then(pl.lit(NOT_AVAILABLE)))
        )
    return measure_table(whole, "recruitment_funnel", step, by=groups)
