"""Recruitment: how long hiring takes, how often it ends in a hire and at what cost, and how long posts are vacant.

Vacancies that are still open are censored, not dropped, and those opened before the records began come in late. Vacancies carry no person:
their counts are of posts.
"""

from collections.abc import Sequence
from typing import Final, Literal

import polars as pl

from workforce.book.constants import DAYS_IN_A_YEAR
from workforce.errors import InputError, Phrase, UsageError, did_you_mean
from workforce.frames import Frame, as_by, need
from workforce.measures.availability import measure, not_available, rolled_up
from workforce.measures.presence import OPEN
from workforce.periods import Period, as_period, as_periods, period_frame
from workforce.records import Records
from workforce.results import NOT_AVAILABLE, PERIOD_COLUMNS, Curve, MeasureTable, stacked
from workforce.schemas import last_proven_day
from workforce.stats.life_summaries import median_stay, retained_at
from workforce.stats.life_table import PRODUCT_LIMIT, life_table, named
from workforce.stats.rates import measure_table

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
_SPELL: Final = {"entry": pl.Int64(), "exit": pl.Int64(), "event": pl.Boolean()}
DATES: Final = ("opened_date", "advertised_date", "offered_date", "closed_date")
ABSENT: Final = {
    **dict.fromkeys(DATES, pl.Date),
    "outcome": pl.String,
    **dict.fromkeys(("applicants", "shortlisted", "offers_made", "offers_declined"), pl.Int64),
    "cost": pl.Float64,
}
NO_COSTS: Final = "the cost of filling vacancies is not recorded"
STAGE_NAMES: Final[dict[Stage, str]] = {
    "advertise": "1. Opened to advertised",
    "choose": "2. Advertised to offer accepted",
    "start": "3. Offer accepted to post filled",
    "hire": "Opened to offer accepted",
}
WITHIN: Final = (60, 90)
_DEFINITIONS: Final = ("median", *(f"within_{days}" for days in WITHIN))


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
        .with_columns(last=pl.coalesce("done", "closed_date", last_proven_day(opened.columns), pl.lit(OPEN)))
        .filter((pl.col("last") >= observed.start) & (pl.col("first") <= observed.end))
    )
    followed_to = pl.min_horizontal("last", pl.lit(observed.end))
    return spells.select(
        *groups,
        entry=(pl.lit(observed.start) - pl.col("first")).dt.total_days().clip(lower_bound=0),
        exit=(followed_to - pl.col("first")).dt.total_days() + 1,
        event=(pl.col("done") <= observed.end).fill_null(value=False),
    )


@measure("vacancies", needs=["vacancies.outcome"])
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
        people_of = {"applicants": above, "shortlisted": above, "declined": below}  # an offer is made to a person
        people = [people_of[definition].alias("people")] if definition in people_of else []
        marker = pl.when(~recorded.any()).then(pl.lit(NOT_AVAILABLE)).alias("marker")
        sides = closed.group_by(*keys, *PERIOD_COLUMNS).agg(
            above.alias("numerator"), below.alias("denominator"), *people, marker
        )
        rows = _everywhere(sides, posts, keys, spans)
        if organised:
            rows = _everywhere(rolled_up(rows, by=groups), posts, groups, spans)
        tables.append(measure_table(rows, "recruitment", definition, by=groups))
    table = stacked(tables, sort=["measure", "definition", *groups, *PERIOD_COLUMNS])
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
    return grid.join(sides, on=[*groups, *PERIOD_COLUMNS], how="left", nulls_equal=True).with_columns(
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
    last = pl.min_horizontal(pl.coalesce("closed_date", last_proven_day(posts.columns), pl.lit(OPEN)), "period_end")
    dated = posts.join(period_frame(periods), how="cross").with_columns(
        days=((last - first).dt.total_days() + 1).clip(lower_bound=0)
    )
    return (
        dated.group_by(*by, *PERIOD_COLUMNS)
        .agg(
            open=(pl.col("fte") * pl.col("days")).sum(),
            uncovered=((pl.col("fte") - covering) * pl.col("days")).sum(),
        )
        .sort(*by, *PERIOD_COLUMNS, nulls_last=True)
    )


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


@measure("vacancies")
def hiring_time(
    records: Records,
    observed: Period | None = None,
    *,
    by: Sequence[str] | str = (),
    stages: Sequence[Stage] = ("advertise", "choose", "start", "hire"),
) -> MeasureTable:
    """Days that each stage of hiring takes: `median`, and the share in per cent done `within_60` and `within_90` days.

    Parameters
    ----------
    records : Records
        The area's records; uses `vacancies`.
    observed : Period, optional
        The days in which vacancies are followed; without it, those that the records cover.
    by : sequence of str
        Columns of `vacancies` to group by.
    stages : sequence of {"advertise", "choose", "start", "hire"}
        As in `wf.recruitment.time_to_hire`.

    Returns
    -------
    MeasureTable
        Groups: `by`, `stage` in words, in the order of hiring. The median is the first day by which half are done. Limits: log-log, read
        off the curve. The denominator is the vacancies that were in the stage at any time; nobody is behind a vacancy, so `people` is
        null. Medians do not roll up: measure the whole instead.
        Marker ``x``: less than half are done, or nothing was followed that long.

    Raises
    ------
    UsageError
        Where a stage is unknown, or a column of `by` is neither in the records nor in their schema.
    InputError
        Where dates are out of order or counts cannot be; it says how many.

    References
    ----------
    This project's measure book, from Kaplan & Meier (1958) with delayed entry: what is still open is censored, not dropped, and those given
    up count until they were.

    Examples
    --------
    >>> from datetime import date
    >>> vacancies = pl.DataFrame({"opened_date": [date(2023, 1, 1)] * 4, "outcome": ["filled", "filled", "filled", None],
    ...     "offered_date": [date(2023, 1, 10), date(2023, 2, 9), date(2023, 3, 11), None]})  # on days 10, 40 and 70
    >>> table = hiring_time(Records(vacancies=vacancies), Period(date(2023, 1, 1), date(2023, 3, 31)), stages=["hire"])
    >>> table.frame.select("definition", "value").rows()
    [('median', 40.0), ('within_60', 50.0), ('within_90', 75.0)]
    """
    groups, chosen = as_by(by), [stages] if isinstance(stages, str) else list(stages)
    for stage in chosen:
        if stage not in STAGE_NAMES:
            raise UsageError(
                '"{stage}" is not a stage of recruitment', hint=did_you_mean(stage, list(STAGE_NAMES)), stage=stage
            )
    reason = why_not_followed(records, observed, groups)
    if reason and observed is None:  # no row can say which days are meant
        x_rows = pl.DataFrame({"marker": [NOT_AVAILABLE]}).with_columns(
            pl.lit(None, pl.String).alias(c) for c in (*groups, "stage")
        )
        return stacked(measure_table(x_rows, "hiring_time", d, by=groups) for d in _DEFINITIONS)._with_reasons(reason)
    period = as_period(observed or records.observed)
    if reason:
        return not_available("hiring_time", _DEFINITIONS, by=groups, when=period, reason=reason)
    tables = []
    for stage in (name for name in STAGE_NAMES if name in chosen):
        curve = time_to_hire(records, period, by=groups, stage=stage)
        if curve.frame.is_empty():
            nothing = not_available("hiring_time", _DEFINITIONS, by=groups, when=period, reason=curve.reasons[0])
            tables.append(nothing._with(nothing.frame.with_columns(stage=pl.lit(STAGE_NAMES[stage]))))
            continue
        entered = pl.col("entered").sum().alias("denominator")
        entries = curve.frame.group_by(groups).agg(entered) if groups else curve.frame.select(entered)
        for definition, read in _read_off(curve).items():
            figures = read.join(entries, on=groups, nulls_equal=True) if groups else read.join(entries, how="cross")
            tables.append(_as_measure(figures, groups, definition, STAGE_NAMES[stage], period))
    return stacked(tables, sort=["measure", "definition", *groups, "stage"])


def _read_off(curve: Curve) -> dict[str, pl.DataFrame]:
    """By definition: the groups of a life table with value, lower and upper in the definition's unit."""
    columns = (*curve.groups, "value", "lower", "upper")
    figures = {"median": median_stay(curve).frame.select(columns)}
    done = {"value": 1 - pl.col("value"), "lower": 1 - pl.col("upper"), "upper": 1 - pl.col("lower")}
    for days in WITHIN:
        still_open = retained_at(curve, days).frame.select(columns)
        figures[f"within_{days}"] = still_open.with_columns(**{c: 100 * share for c, share in done.items()})
    return figures


def _as_measure(
    figures: pl.DataFrame, groups: Sequence[str], definition: str, stage: str, observed: Period
) -> MeasureTable:
    ordered = figures.sort(groups, nulls_last=True) if groups else figures
    sides = ordered.select(
        *groups,
        "denominator",
        "value",
        stage=pl.lit(stage),
        period_start=pl.lit(observed.start),
        period_end=pl.lit(observed.end),
        marker=pl.when(pl.col("value").is_null()).then(pl.lit(NOT_AVAILABLE)),
    )
    # The limits are the curve's own, which the two sides of a rate could not give; the rows are in one order.
    table = measure_table(sides, "hiring_time", definition, by=groups)
    return table._with(
        table.frame.with_columns(
            ordered.select(pl.when(pl.col("value").is_not_null()).then(pl.col("lower", "upper")))
        ).with_columns(method=pl.when(pl.col("lower").is_not_null()).then(pl.lit("log-log")).otherwise("method"))
    )
