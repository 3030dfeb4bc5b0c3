"""Recruitment: how long hiring takes, how often it ends in a hire, how long posts stand empty, and whether those hired stay.

Promises: vacancies that are still open are censored, not dropped, and those opened before the records began come in late; a vacancy that
nobody filled is counted as such. Rates are of the vacancies closed in a period. Refuses: dates out of order, which it counts unquoted;
an unknown stage; frames without the columns it needs. Vacancies carry no person: their counts are of posts.
"""

from collections.abc import Sequence
from datetime import date
from typing import Final, Literal

import polars as pl

from workforce.errors import InputError, UsageError, did_you_mean
from workforce.measures.availability import covered, rolled_up
from workforce.measures.frame import NOT_AVAILABLE, as_by, measure_table, need
from workforce.measures.life_table import life_table
from workforce.measures.presence import OPEN, employed, timeline
from workforce.measures.presence import observed as records_of
from workforce.periods import DAYS_IN_A_YEAR, Period, as_periods, period_frame

DAYS_IN_A_MONTH: Final = DAYS_IN_A_YEAR / 12
# stage: the day it begins, the day it ends
STAGES: Final = {
    "hire": ("opened_date", "offered_date"),
    "advertise": ("opened_date", "advertised_date"),
    "choose": ("advertised_date", "offered_date"),
    "start": ("offered_date", "closed_date"),
}
HORIZONS: Final = {"six_months": "6mo", "twelve_months": "12mo"}
Stage = Literal["hire", "advertise", "choose", "start"]
Frame = pl.DataFrame | pl.LazyFrame
_PERIOD: Final = ("period_start", "period_end")
_DATES: Final = ("opened_date", "advertised_date", "offered_date", "closed_date")


def time_to_hire(
    vacancies: Frame, observed: Period, *, by: Sequence[str] | str = (), stage: Stage = "hire"
) -> pl.DataFrame:
    """The share of vacancies still without an accepted offer after so many days, as a life table that adds up over organisations.

    Definition: Kaplan & Meier (1958) with delayed entry. Days are counted with both ends: an offer accepted on the day of opening took one
    day. Vacancies still open when `observed` ends are censored then; those withdrawn or closed unfilled, on their last day (the curve is of
    hiring as long as a post is recruited to; how many were given up is in `recruitment`). A vacancy opened before `observed` enters with
    the days it had already been open; one that ended before is outside. A filled vacancy without an offer date counts on its last day.
    stage: `hire`, opened to accepted offer; `advertise`, opened to advertised; `choose`, advertised to accepted offer; `start`, accepted
    offer to the last day vacant. A vacancy that did not reach the beginning of a stage is not in its table.
    Returns the columns of `life_table`, value as a proportion.

    >>> vacancies = pl.DataFrame({"opened_date": [date(2023, 1, 1), date(2023, 1, 2), date(2022, 12, 22)],
    ...     "offered_date": [date(2023, 1, 10), None, date(2023, 1, 5)], "closed_date": [date(2023, 1, 31), None, date(2023, 1, 9)],
    ...     "outcome": ["filled", None, "filled"]})
    >>> table = time_to_hire(vacancies, Period(date(2023, 1, 1), date(2023, 3, 31)))
    >>> table.filter(pl.col("left") > 0).select("time", "at_risk", "left").rows()
    [(10, 2.0, 1.0), (15, 2.0, 1.0)]
    """
    groups = as_by(by, vacancies)
    return life_table(hiring_spells(vacancies, observed, by=groups, stage=stage), by=groups)


def hiring_spells(
    vacancies: Frame, observed: Period, *, by: Sequence[str] | str = (), stage: Stage = "hire"
) -> pl.DataFrame:
    """Each vacancy's days in a stage that were under observation: by..., entry, exit, event. What they are is said at `time_to_hire`.

    >>> vacancies = pl.DataFrame({"opened_date": [date(2022, 12, 22)], "offered_date": [date(2023, 1, 5)]})
    >>> hiring_spells(vacancies, Period(date(2023, 1, 1), date(2023, 3, 31))).rows()
    [(10, 15, True)]
    """
    if stage not in STAGES:
        raise UsageError(f'"{stage}" is not a stage of recruitment', hint=did_you_mean(stage, list(STAGES)))
    groups = as_by(by, vacancies)
    begins, ends = STAGES[stage]
    opened = _sound(vacancies, groups)
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
    seen_to = pl.min_horizontal("last", pl.lit(observed.end))
    return spells.select(
        *groups,
        entry=(pl.lit(observed.start) - pl.col("first")).dt.total_days().clip(lower_bound=0),
        exit=(seen_to - pl.col("first")).dt.total_days() + 1,
        event=(pl.col("done") <= observed.end).fill_null(value=False),
    )


def recruitment(vacancies: Frame, periods: Period | Sequence[Period], *, by: Sequence[str] | str = ()) -> pl.DataFrame:
    """How the vacancies closed in each period ended, and how many people they drew.

    Definitions (measure book of this project): `fill_rate`, `failed`, `withdrawn`: vacancies filled, closed unfilled (a failed round) and
    withdrawn, of those closed, in per cent; `offers_lost`: of those closed after an accepted offer, the ones not filled; `applicants`,
    `shortlisted`: people for each vacancy closed for which they were recorded. Limits: Wilson for shares. A round that failed and was
    advertised again under the same number is one vacancy, and its first failure is not seen. `people` is null where only posts are
    counted; it is the applicants, or those shortlisted, where they are.

    >>> vacancies = pl.DataFrame({"opened_date": [date(2023, 1, 1)] * 4, "closed_date": [date(2023, 2, 1)] * 4,
    ...     "outcome": ["filled", "filled", "filled", "unfilled"], "applicants": [3, 5, None, 1]})
    >>> recruitment(vacancies, Period(date(2023, 1, 1), date(2023, 3, 31))).filter(pl.col("value") > 0).select("definition", "value").rows()
    [('applicants', 3.0), ('failed', 25.0), ('fill_rate', 75.0)]
    """
    several, groups = as_periods(periods), as_by(by, vacancies)
    held = _sound(vacancies, groups)
    closed = _within(held.filter(pl.col("outcome").is_not_null()), several, "closed_date")
    every, offered = pl.col("outcome").is_not_null(), pl.col("offered_date").is_not_null()
    shares = {
        "fill_rate": (pl.col("outcome") == "filled", every),
        "failed": (pl.col("outcome") == "unfilled", every),
        "withdrawn": (pl.col("outcome") == "withdrawn", every),
        "offers_lost": (offered & (pl.col("outcome") != "filled"), offered),
    }
    grid = held.select(groups).unique().join(period_frame(several), how="cross") if groups else period_frame(several)
    keys = [*groups, *_PERIOD]
    tables = []
    for definition, (hit, base) in shares.items():
        sides = closed.group_by(keys).agg(numerator=(hit & base).sum(), denominator=base.sum())
        tables.append(_filled(grid, sides, keys, ["numerator", "denominator"], "recruitment", definition))
    for definition in ("applicants", "shortlisted"):
        number = pl.col(definition)
        sides = closed.group_by(keys).agg(numerator=number.sum(), denominator=number.count(), people=number.sum())
        tables.append(_filled(grid, sides, keys, ["numerator", "denominator", "people"], "recruitment", definition))
    return pl.concat(tables).sort("measure", "definition", *groups, *_PERIOD, nulls_last=True)


def vacancy_time(vacancies: Frame, periods: Period | Sequence[Period], *, by: Sequence[str] | str = ()) -> pl.DataFrame:
    """Months that posts stood vacant in each period, in full-time equivalents: all (`open`), and without agency cover (`uncovered`).

    Definition: this project's measure book. A vacancy is open up to and with its closing date; a month is a twelfth of 365.25 days. Cover
    is the agency FTE that the vacancy names, for all of its time, and no more than the vacancy itself.

    >>> vacancies = pl.DataFrame({"opened_date": [date(2022, 1, 1)], "closed_date": [date(2023, 6, 1)], "fte": [1.0],
    ...     "covered_by_agency_fte": [0.6]})
    >>> vacancy_time(vacancies, Period(date(2022, 4, 1), date(2023, 3, 31))).select("definition", pl.col("value").round(2)).rows()
    [('open', 11.99), ('uncovered', 4.8)]
    """
    several, groups = as_periods(periods), as_by(by, vacancies)
    days = vacant_days(vacancies, several, by=groups)
    return pl.concat(
        measure_table(days.with_columns(numerator=pl.col(c) / DAYS_IN_A_MONTH), "vacancy_time", c, by=groups)
        for c in ("open", "uncovered")
    )


def vacant_days(vacancies: Frame, periods: Sequence[Period], *, by: Sequence[str]) -> pl.DataFrame:
    """FTE days vacant in each period: by..., period_start, period_end, open, uncovered (less agency cover)."""
    need(vacancies, ["fte"], what="vacancies")
    cover = ["covered_by_agency_fte"] if "covered_by_agency_fte" in vacancies.lazy().collect_schema().names() else []
    held = _sound(vacancies, list(dict.fromkeys([*by, "fte", *cover])))
    covering = pl.min_horizontal(pl.col(c).fill_null(0.0) for c in (*cover, "fte")) if cover else pl.lit(0.0)
    first = pl.max_horizontal("opened_date", "period_start")
    last = pl.min_horizontal(pl.col("closed_date").fill_null(OPEN), "period_end")
    dated = held.join(period_frame(periods), how="cross").with_columns(
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


def quality_of_hire(
    assignments: Frame,
    periods: Period | Sequence[Period],
    *,
    by: Sequence[str] | str = (),
    until: date | None = None,
) -> pl.DataFrame:
    """Of the people who joined in each period, the share still here 6 and 12 months later, in per cent.

    Definition: this project's measure book; the complement of leaving with less than so much service. Only joiners whose 6 (or 12) months
    lie within the records are on either side: up to `observed_to` of their organisation or `until`, the earlier; where neither is known,
    up to the latest date in the frame. Marker `x`: none of them can be followed so far yet. A change of post is not leaving. `by` takes the
    values of the first post. Limits: Wilson.

    >>> staff = pl.DataFrame({"organisation": ["council"] * 2, "person_id": ["a", "b"], "fte": [1.0] * 2,
    ...     "start_date": [date(2022, 1, 10)] * 2, "end_date": [date(2022, 9, 30), None]})
    >>> quality_of_hire(staff, Period(date(2022, 1, 1), date(2022, 1, 31)), until=date(2023, 3, 31)).select("definition", "value").rows()
    [('six_months', 100.0), ('twelve_months', 50.0)]
    """
    several, groups = as_periods(periods), as_by(by, assignments)
    own = list(dict.fromkeys(["organisation", *groups]))
    carried = [c for c in groups if c != "organisation"]
    stretches = timeline(employed(assignments, columns=carried), columns=carried)
    stays = (
        stretches.with_columns(stay=pl.col("joined").cum_sum())
        .group_by("stay", maintain_order=True)
        .agg(pl.col("first").min(), pl.col("last").max(), *[pl.col(c).first() for c in own])
        .join(_followed_to(stretches, assignments, until), on="organisation", maintain_order="left")
    )
    grid = stays.select(own).unique().join(period_frame(several), how="cross")
    tables = []
    for definition, later in HORIZONS.items():
        reached = pl.col("first").dt.offset_by(later).dt.offset_by("-1d")  # the last day that completes the months
        known = _within(stays, several, "first").filter(reached <= pl.col("followed_to"))
        counted = known.group_by(*own, *_PERIOD).agg(
            numerator=(pl.col("last") > reached).sum().cast(pl.Float64),
            denominator=pl.len().cast(pl.Float64),
            people=pl.len().cast(pl.Int64),
        )
        sides = grid.join(counted, on=[*own, *_PERIOD], how="left", nulls_equal=True).with_columns(
            pl.col("numerator", "denominator", "people").fill_null(0)
        )
        whole = rolled_up(covered(sides, records_of(assignments), several), by=groups).with_columns(
            marker=pl.col("marker").fill_null(pl.when(pl.col("denominator") == 0).then(pl.lit(NOT_AVAILABLE)))
        )
        tables.append(measure_table(whole, "quality_of_hire", definition, by=groups))
    return pl.concat(tables)


def _followed_to(stretches: pl.DataFrame, assignments: Frame, until: date | None) -> pl.DataFrame:
    """Up to which day each organisation's joiners can be followed: organisation, followed_to."""
    # Nobody is seen after the records end, and without an end the records run at least to the latest date that they hold.
    latest = stretches.select(pl.concat([pl.col("first"), pl.col("last").filter(pl.col("last") < OPEN)]).max()).item()
    end = pl.min_horizontal(pl.col("observed_to"), pl.lit(until, pl.Date))
    return records_of(assignments).select("organisation", followed_to=end.fill_null(latest))


def _sound(vacancies: Frame, columns: Sequence[str]) -> pl.DataFrame:
    """Vacancies with all their dates and outcome, or an error that counts those whose dates are out of order."""
    need(vacancies, ["opened_date"], what="vacancies")
    known = vacancies.lazy().collect_schema().names()
    absent = {
        **dict.fromkeys(_DATES, pl.Date),
        "outcome": pl.String,
        "applicants": pl.Int64,
        "shortlisted": pl.Int64,
    }
    held = (
        vacancies.lazy()
        .with_columns(pl.lit(None, dtype).alias(c) for c, dtype in absent.items() if c not in known)
        .select(*dict.fromkeys([*columns, *absent]))
        .collect()
    )
    wrong = {
        "have no opening date": pl.col("opened_date").is_null(),
        "were advertised, offered or closed before they opened": pl.any_horizontal(
            pl.col(c) < pl.col("opened_date") for c in _DATES[1:]
        ),
        "were offered before they were advertised": pl.col("offered_date") < pl.col("advertised_date"),
        "closed before their offer was accepted": pl.col("closed_date") < pl.col("offered_date"),
    }
    found = held.select(**{words: fault.sum() for words, fault in wrong.items()}).row(0, named=True)
    said = [f"{count} of {len(held)} vacancies {words}" for words, count in found.items() if count]
    if said:
        raise InputError(
            "; ".join(said), where="vacancies", hint="correct the dates at their source, or leave them out"
        )
    return held


def _within(frame: pl.DataFrame, periods: Sequence[Period], day: str) -> pl.DataFrame:
    """Rows whose day falls in a period, once for each period that it falls in."""
    return pl.concat(
        frame.filter(pl.col(day).is_between(p.start, p.end)).with_columns(
            period_start=pl.lit(p.start), period_end=pl.lit(p.end)
        )
        for p in periods
    )


def _filled(
    grid: pl.DataFrame, sides: pl.DataFrame, keys: Sequence[str], figures: Sequence[str], measure: str, definition: str
) -> pl.DataFrame:
    rows = grid.join(sides, on=list(keys), how="left", nulls_equal=True).with_columns(
        pl.col(c).fill_null(0) for c in figures
    )
    floats = rows.with_columns(pl.col("numerator", "denominator").cast(pl.Float64))
    return measure_table(floats, measure, definition, by=[c for c in keys if c not in _PERIOD])
