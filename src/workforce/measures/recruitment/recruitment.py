"""Recruitment: how long hiring takes, how often it ends in a hire and at what cost, and how long posts are vacant.

Vacancies that are still open are censored, not dropped, and those opened before the records began come in late. Vacancies carry no person:
their counts are of posts.
"""

from collections.abc import Sequence
from typing import Final, Literal

import polars as pl

from workforce.errors import UsageError, did_you_mean
from workforce.measures.availability import rolled_up
from workforce.measures.frame import NOT_AVAILABLE, as_by, measure, measure_table, need, not_available
from workforce.measures.leaving.life_names import PRODUCT_LIMIT, named
from workforce.measures.leaving.life_table import life_table
from workforce.measures.presence import OPEN
from workforce.measures.recruitment.vacancy_records import not_recorded, sound, within
from workforce.periods import DAYS_IN_A_YEAR, Period, as_period, as_periods, period_frame
from workforce.records import Records
from workforce.results import Curve, MeasureTable, stacked

DAYS_IN_A_MONTH: Final = DAYS_IN_A_YEAR / 12
# stage: the day it begins, the day it ends
STAGES: Final = {
    "hire": ("opened_date", "offered_date"),
    "advertise": ("opened_date", "advertised_date"),
    "choose": ("advertised_date", "offered_date"),
    "start": ("offered_date", "closed_date"),
}
NO_VACANCY: Final = "no vacancy was open in these days"
Stage = Literal["hire", "advertise", "choose", "start"]
Frame = pl.DataFrame | pl.LazyFrame
_SPELL: Final = {"entry": pl.Int64(), "exit": pl.Int64(), "event": pl.Boolean()}
_PERIOD: Final = ("period_start", "period_end")


@measure("vacancies")
def time_to_hire(
    records: Records, observed: Period | None = None, *, by: Sequence[str] | str = (), stage: Stage = "hire"
) -> Curve:
    """Share of vacancies still without an accepted offer after so many days, as a life table that adds up over organisations.

    Parameters
    ----------
    records : Records
        The area's records; uses `vacancies`.
    observed : Period, optional
        The days in which vacancies are followed; without it, those that the records cover.
    by : sequence of str
        Columns of `vacancies` to group by.
    stage : {"hire", "advertise", "choose", "start"}
        `hire`: opened to accepted offer; `advertise`: opened to advertised; `choose`: advertised to accepted offer; `start`: accepted offer
        to the last day vacant. A vacancy that did not reach the beginning of a stage is not in its table.

    Returns
    -------
    Curve
        The columns of `wf.stats.life_table`, value as a proportion. Without vacancies it has no rows, and a reason.

    Raises
    ------
    UsageError
        Where the stage is unknown, or a column of `by` is neither in the records nor in their schema.
    InputError
        Where dates are out of order or counts cannot be; it says how many.

    Notes
    -----
    Days are counted with both ends: an offer accepted on the day of opening took one day. Vacancies still open when `observed` ends are
    censored then; those withdrawn or closed unfilled, on their last day (the curve is of hiring as long as a post is recruited to; how many
    were given up is in `wf.recruitment.endings`). A vacancy opened before `observed` enters with the days it had already been open; one
    that ended before is outside. A filled vacancy without an offer date counts on its last day.

    References
    ----------
    Kaplan & Meier (1958), with delayed entry.

    Examples
    --------
    >>> from datetime import date
    >>> vacancies = pl.DataFrame({"opened_date": [date(2023, 1, 1), date(2023, 1, 2), date(2022, 12, 22)],
    ...     "offered_date": [date(2023, 1, 10), None, date(2023, 1, 5)], "closed_date": [date(2023, 1, 31), None, date(2023, 1, 9)],
    ...     "outcome": ["filled", None, "filled"]})
    >>> curve = time_to_hire(Records(vacancies=vacancies), Period(date(2023, 1, 1), date(2023, 3, 31)))
    >>> curve.frame.filter(pl.col("left") > 0).select("time", "at_risk", "left").rows()
    [(10, 2.0, 1.0), (15, 2.0, 1.0)]
    """
    groups = as_by(by)
    if stage not in STAGES:
        raise UsageError('"{stage}" is not a stage of recruitment', hint=did_you_mean(stage, list(STAGES)), stage=stage)
    reason = why_not_followed(records, observed, groups)
    if reason:
        spells = pl.DataFrame(schema={**dict.fromkeys(groups, pl.String), **_SPELL})
    else:
        spells = hiring_spells(records.vacancies, as_period(observed or records.observed), by=groups, stage=stage)
        reason = NO_VACANCY if spells.is_empty() else None
    definition = PRODUCT_LIMIT if stage == "hire" else f"{PRODUCT_LIMIT}_{stage}"
    curve = named(life_table(spells, by=groups), "time_to_hire", definition)
    return curve._with_reasons(reason) if reason else curve


def why_not_followed(records: Records, observed: Period | None, groups: Sequence[str]) -> str | None:
    """Why no vacancy can be followed, as a sentence without its full stop, or None. Without `observed` staff give the days."""
    if reason := records.lacks("vacancies", columns=[*groups, "opened_date"], of="vacancies"):
        return reason
    return records.lacks("assignments") if observed is None else None


def hiring_spells(
    vacancies: Frame, observed: Period, *, by: Sequence[str] | str = (), stage: Stage = "hire"
) -> pl.DataFrame:
    """Each vacancy's days in a stage that were under observation: by..., entry, exit, event. `time_to_hire` says how they are counted.

    >>> from datetime import date
    >>> vacancies = pl.DataFrame({"opened_date": [date(2022, 12, 22)], "offered_date": [date(2023, 1, 5)]})
    >>> hiring_spells(vacancies, Period(date(2023, 1, 1), date(2023, 3, 31))).rows()
    [(10, 15, True)]
    """
    groups = as_by(by, vacancies)
    begins, ends = STAGES[stage]
    opened = sound(vacancies, groups)
    filled = pl.col("outcome") == "filled"
    done = pl.col(ends) if stage != "start" else pl.when(filled).then("closed_date")
    if ends == "offered_date":
        done = pl.coalesce("offered_date", pl.when(filled).then("closed_date"))
    spells = (
        opened.filter(pl.col(begins).is_not_null())
        .with_columns(first=pl.col(begins), done=done)
        .with_columns(last=pl.coalesce("done", "closed_date").fill_null(OPEN))
        .filter((pl.col("last") >= observed.start) & (pl.col("first") <= observed.end))
    )
    followed_to = pl.min_horizontal("last", pl.lit(observed.end))
    return spells.select(
        *groups,
        entry=(pl.lit(observed.start) - pl.col("first")).dt.total_days().clip(lower_bound=0),
        exit=(followed_to - pl.col("first")).dt.total_days() + 1,
        event=(pl.col("done") <= observed.end).fill_null(value=False),
    )


@measure("vacancies")
def endings(records: Records, periods: Period | Sequence[Period], *, by: Sequence[str] | str = ()) -> MeasureTable:
    """How the vacancies closed in each period ended, how many people they drew, how offers were answered, and what it cost.

    Parameters
    ----------
    records : Records
        The area's records; uses `vacancies`.
    periods : Period or sequence of Period
        For example ``wf.year_to("2023-03")``.
    by : sequence of str
        Columns of `vacancies` to group by.

    Returns
    -------
    MeasureTable
        `people` is null where only posts and offers are counted (whoever declined an offer is in no record here); it is the applicants, or
        those shortlisted, where they are. Limits: Wilson for shares.
        Marker ``x``: an organisation that records none of what a figure needs; where it is one of several it is named in `left_out`.

    Raises
    ------
    UsageError
        Where a column of `by` is neither in the records nor in their schema.
    InputError
        Where dates are out of order or counts cannot be; it says how many.

    Notes
    -----
    `fill_rate`, `failed`, `withdrawn`: vacancies filled, closed unfilled (a failed round) and withdrawn, of those closed, in per cent.
    `offers_lost`: of those closed after an accepted offer, the ones not filled. `declined`: offers declined of the offers made, over
    vacancies that record both. `applicants`, `shortlisted`: people for each vacancy closed for which they were recorded. `cost_per_hire`:
    pounds spent on vacancies closed, failed rounds included, for each one filled, over those whose cost was recorded. A round that failed
    and was advertised again under the same number is one vacancy, and its first failure is not counted.

    References
    ----------
    This project's measure book.

    Examples
    --------
    >>> from datetime import date
    >>> vacancies = pl.DataFrame({"opened_date": [date(2023, 1, 1)] * 4, "closed_date": [date(2023, 2, 1)] * 4,
    ...     "outcome": ["filled", "filled", "filled", "unfilled"], "applicants": [3, 5, None, 1], "cost": [500.0, 700.0, None, 300.0]})
    >>> table = endings(Records(vacancies=vacancies), Period(date(2023, 1, 1), date(2023, 3, 31)))
    >>> table.frame.filter(pl.col("value") > 0).select("definition", "value").rows()
    [('applicants', 3.0), ('cost_per_hire', 750.0), ('failed', 25.0), ('fill_rate', 75.0)]
    """
    spans, groups = as_periods(periods), as_by(by)
    if reason := records.lacks("vacancies", columns=[*groups, "opened_date"], of="vacancies"):
        return not_available("recruitment", sorted(_sides()), by=groups, when=spans, reason=reason)
    organised = "organisation" in records.vacancies.lazy().collect_schema().names()
    keys = list(dict.fromkeys([*(["organisation"] if organised else []), *groups]))
    posts = sound(records.vacancies, keys)
    if reason := records.lacks(columns=["closed_date", "outcome"], of="vacancies"):
        return not_available("recruitment", sorted(_sides()), by=groups, when=spans, reason=reason)
    closed = within(posts.filter(pl.col("outcome").is_not_null()), spans, "closed_date")
    tables = []
    for definition, (above, below, recorded) in _sides().items():
        people = [above.alias("people")] if definition in ("applicants", "shortlisted") else []
        marker = pl.when(~recorded.any()).then(pl.lit(NOT_AVAILABLE)).alias("marker")
        sides = closed.group_by(*keys, *_PERIOD).agg(
            above.alias("numerator"), below.alias("denominator"), *people, marker
        )
        rows = _everywhere(sides, posts, keys, spans)
        if organised:
            rows = _everywhere(rolled_up(rows, by=groups), posts, groups, spans)
        tables.append(measure_table(rows, "recruitment", definition, by=groups))
    table = stacked(tables, sort=["measure", "definition", *groups, *_PERIOD])
    return table._with_reasons(*not_recorded(posts))


def _everywhere(
    sides: pl.DataFrame, vacancies: pl.DataFrame, groups: Sequence[str], periods: Sequence[Period]
) -> pl.DataFrame:
    """Sides for every group and period: 0 where no vacancy closed, null where nothing was recorded."""
    grid = period_frame(periods)
    if groups:
        grid = vacancies.select(groups).unique().join(grid, how="cross")
    figures = [c for c in ("numerator", "denominator", "people") if c in sides.columns]
    left_out = [pl.col("left_out").fill_null([])] if "left_out" in sides.columns else []
    available = pl.col("marker").is_null()
    return grid.join(sides, on=[*groups, *_PERIOD], how="left", nulls_equal=True).with_columns(
        *(pl.when(available).then(pl.col(c).cast(pl.Float64).fill_null(0.0)) for c in figures), *left_out
    )


def _sides() -> dict[str, tuple[pl.Expr, pl.Expr, pl.Expr]]:
    """The two sides of each definition over the vacancies closed, and whether a vacancy records what the definition needs."""
    outcome, offered = pl.col("outcome"), pl.col("offered_date").is_not_null()
    filled, always = outcome == "filled", outcome.is_not_null()
    answered = pl.col("offers_made").is_not_null() & pl.col("offers_declined").is_not_null()
    applied, chosen, costed = (pl.col(c).is_not_null() for c in ("applicants", "shortlisted", "cost"))
    return {
        "fill_rate": (filled.sum(), outcome.len(), always),
        "failed": ((outcome == "unfilled").sum(), outcome.len(), always),
        "withdrawn": ((outcome == "withdrawn").sum(), outcome.len(), always),
        "offers_lost": ((offered & ~filled).sum(), offered.sum(), always),
        "declined": (
            pl.col("offers_declined").filter(answered).sum(),
            pl.col("offers_made").filter(answered).sum(),
            answered,
        ),
        "applicants": (pl.col("applicants").sum(), applied.sum(), applied),
        "shortlisted": (pl.col("shortlisted").sum(), chosen.sum(), chosen),
        "cost_per_hire": (pl.col("cost").sum(), (filled & costed).sum(), costed),
    }


@measure("vacancies")
def vacancy_time(records: Records, periods: Period | Sequence[Period], *, by: Sequence[str] | str = ()) -> MeasureTable:
    """Months that posts were vacant in each period, in full-time equivalents: all (`open`), and without agency cover (`uncovered`).

    Parameters
    ----------
    records : Records
        The area's records; uses `vacancies`.
    periods : Period or sequence of Period
        For example ``wf.year_to("2023-03")``.
    by : sequence of str
        Columns of `vacancies` to group by.

    Returns
    -------
    MeasureTable
        A vacancy is open up to and with its closing date; a month is a twelfth of 365.25 days. Cover is the agency FTE that the vacancy
        names, for all of its time, and no more than the vacancy itself. Nobody is behind a vacancy, so `people` is null.

    Raises
    ------
    UsageError
        Where a column of `by` is neither in the records nor in their schema.
    InputError
        Where dates are out of order or counts cannot be; it says how many.

    References
    ----------
    This project's measure book.

    Examples
    --------
    >>> from datetime import date
    >>> vacancies = pl.DataFrame({"opened_date": [date(2022, 1, 1)], "closed_date": [date(2023, 6, 1)], "fte": [1.0],
    ...     "covered_by_agency_fte": [0.6]})
    >>> table = vacancy_time(Records(vacancies=vacancies), Period(date(2022, 4, 1), date(2023, 3, 31)))
    >>> table.frame.select("definition", pl.col("value").round(2)).rows()
    [('open', 11.99), ('uncovered', 4.8)]
    """
    spans, groups = as_periods(periods), as_by(by)
    definitions = ("open", "uncovered")
    if reason := records.lacks("vacancies", columns=[*groups, "opened_date", "fte"], of="vacancies"):
        return not_available("vacancy_time", definitions, by=groups, when=spans, reason=reason)
    days = vacant_days(records.vacancies, spans, by=groups)
    return stacked(
        measure_table(days.with_columns(numerator=pl.col(c) / DAYS_IN_A_MONTH), "vacancy_time", c, by=groups)
        for c in definitions
    )


def vacant_days(vacancies: Frame, periods: Sequence[Period], *, by: Sequence[str]) -> pl.DataFrame:
    """FTE days vacant in each period: by..., period_start, period_end, open, uncovered (less agency cover)."""
    need(vacancies, ["fte"], what="vacancies")
    cover = ["covered_by_agency_fte"] if "covered_by_agency_fte" in vacancies.lazy().collect_schema().names() else []
    posts = sound(vacancies, list(dict.fromkeys([*by, "fte", *cover])))
    covering = pl.min_horizontal(pl.col(c).fill_null(0.0) for c in (*cover, "fte")) if cover else pl.lit(0.0)
    first = pl.max_horizontal("opened_date", "period_start")
    last = pl.min_horizontal(pl.col("closed_date").fill_null(OPEN), "period_end")
    dated = posts.join(period_frame(periods), how="cross").with_columns(
        days=((last - first).dt.total_days() + 1).clip(lower_bound=0)
    )
    return (
        dated.group_by(*by, *_PERIOD)
        .agg(
            open=(pl.col("fte") * pl.col("days")).sum(),
            uncovered=((pl.col("fte") - covering) * pl.col("days")).sum(),
        )
        .sort(*by, *_PERIOD, nulls_last=True)
    )
