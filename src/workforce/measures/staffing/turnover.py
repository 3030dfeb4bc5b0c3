"""Turnover, leavers and joiners: how many people go and come, against how many are there.

Promises: one row per group and period, rolled up by `combine` as the measure book says; a leaver is counted in the group of their last main
post, a joiner in that of their first; the last day worked is a day in post. Refuses: a turnover without a definition, DfE's for a period
that is not a year, frames without the columns named in `by`.
"""

from collections.abc import Sequence
from typing import Final, Literal

import numpy as np
import polars as pl

from workforce.definitions import definition_of
from workforce.errors import UsageError
from workforce.measures.availability import covered, rolled_up
from workforce.measures.chains import chains, places, written_out
from workforce.measures.frame import as_by, measure_table, need
from workforce.measures.presence import (
    ABSENT_FOR_DFE,
    GROUP,
    employed,
    fte_on_day,
    levels_of,
    numbered,
    observed,
    ordinals,
    people_of,
    timeline,
)
from workforce.measures.staffing.headcount import Basis, checked_basis, in_spells
from workforce.periods import Period, as_periods, period_frame

VOLUNTARY: Final = ("resignation",)
Frame = pl.DataFrame | pl.LazyFrame
_PERIOD = ("period_start", "period_end")


def turnover(
    assignments: Frame,
    periods: Period | Sequence[Period],
    *,
    definition: Literal["average", "nhs", "dfe"],
    by: Sequence[str] = (),
    basis: Basis = "headcount",
    scope: str = "organisation",
    reasons: Sequence[str] | Literal["voluntary"] | None = None,
    annualised: bool = False,
) -> pl.DataFrame:
    """Leavers in each period over those in post, in percent.

    Definitions (none is the default): `average`, leavers / (person-days in post / days), this project's measure book; `nhs`, leavers / mean
    of the headcount on the day before the period and on its last day, NHS England workforce statistics; `dfe`, leavers in a year / in post
    on its last day, DfE children's social work workforce: secondment out and career breaks are leavers, and anyone who joined and left
    inside the year is left out. With basis="fte" the definition's name ends in `_fte` and a leaver counts as the FTE of the last day.

    scope: what is left: organisation, area (a transfer to a partner is not a loss), team, role or staff_group. reasons: "voluntary" keeps
    resignations; a list keeps those reasons. annualised: multiplied to a year of 365.25 days.

    >>> from datetime import date
    >>> from workforce.periods import calendar_year
    >>> staff = pl.DataFrame({"organisation": ["council"] * 4, "person_id": list("abcd"), "fte": [1.0] * 4,
    ...     "start_date": [date(2020, 1, 1)] * 4, "end_date": [date(2022, 12, 31), None, None, None]})
    >>> turnover(staff, calendar_year("2022"), definition="average")["value"].item()   # one of four, who stayed to the last day
    25.0
    """
    several, groups = as_periods(periods), as_by(by, assignments)
    suffix = "_fte" if checked_basis(basis) == "fte" else ""
    book = definition_of("turnover", f"{definition}{suffix}")
    if definition == "dfe" and not all(p.is_a_year for p in several):
        raise UsageError(
            "DfE's turnover is for a year", where="turnover", hint='use census_year("2021-22") or year_to("2023-03")'
        )
    own = list(dict.fromkeys(["organisation", *groups]))
    spells = employed(
        assignments,
        columns=kept_columns(groups, scope, reasons),
        statuses_out=ABSENT_FOR_DFE if definition == "dfe" else (),
    )
    stretches = timeline(spells, columns=kept_columns(groups, scope, reasons), scope=scope)
    if suffix:  # FTE counts in the group of every post, people in that of the main post
        spells, labels = numbered(spells, own)
        stretches = stretches.join(labels, on=own, nulls_equal=True)
    else:
        stretches, labels = numbered(stretches, own)
    gone = leaving_stretches(stretches.drop([c for c in groups if c != "organisation"]), several, reasons=reasons)
    if definition == "dfe":
        gone = gone.filter(pl.col("began") < pl.col("period_start"))  # who joined and left inside the year is left out
    in_post = _in_post(
        in_spells(spells) if suffix else stretches, several, definition, labels, weight="fte" if suffix else None
    )
    counted = (
        fte_on_day(spells, gone, day="last", by=[GROUP]) if suffix else gone.group_by(GROUP, *_PERIOD).agg(fte=pl.len())
    )
    people = pl.Series(people_of(stretches, labels.height, several).ravel())
    sides = (
        in_post.with_columns(people=people)
        .join(counted, on=[GROUP, *_PERIOD], how="left")
        .with_columns(numerator=pl.col("fte").fill_null(0).cast(pl.Float64))
        .drop("fte", GROUP)
    )
    rows = rolled_up(covered(sides, observed(assignments), several, opening=definition == "nhs"), by=groups)
    return measure_table(rows, "turnover", book.definition, by=groups, annualised=annualised)


def leavers(
    assignments: Frame,
    periods: Period | Sequence[Period],
    *,
    by: Sequence[str] = (),
    scope: str = "organisation",
    reasons: Sequence[str] | Literal["voluntary"] | None = None,
) -> pl.DataFrame:
    """People whose stay in the scope ended in each period, a plain count. `by` may name leaving_reason or leaving_destination.

    Definition: this project's measure book. A reason that was not recorded is shown as `unknown`, never left out.

    >>> from datetime import date
    >>> from workforce.periods import month
    >>> staff = pl.DataFrame({"organisation": ["council"], "person_id": ["a"], "fte": [1.0], "start_date": [date(2020, 1, 1)],
    ...     "end_date": [date(2022, 12, 31)], "leaving_reason": [None]}, schema_overrides={"leaving_reason": pl.String})
    >>> leavers(staff, month("2022-12"), by=["leaving_reason"]).select("leaving_reason", "value").row(0)
    ('unknown', 1.0)
    """
    several, groups = as_periods(periods), as_by(by, assignments)
    kept = kept_columns(groups, scope, reasons)
    stretches = timeline(employed(assignments, columns=kept), columns=kept, scope=scope).with_columns(
        pl.col(c).fill_null("unknown") for c in groups if c.startswith("leaving_")
    )
    return counted_events(
        leaving_stretches(stretches, several, reasons=reasons),
        stretches,
        assignments,
        several,
        groups,
        ("leavers", "left"),
    )


def joiners(
    assignments: Frame,
    periods: Period | Sequence[Period],
    *,
    by: Sequence[str] = (),
    basis: Basis = "headcount",
    scope: str = "organisation",
) -> pl.DataFrame:
    """People (or their FTE on the first day) whose stay in the scope began in each period, a plain count.

    Definition: this project's measure book. Coming back within a full week is not joining.

    >>> from datetime import date
    >>> from workforce.periods import month
    >>> staff = pl.DataFrame({"organisation": ["council"], "person_id": ["a"], "fte": [0.5], "start_date": [date(2022, 12, 1)]})
    >>> joiners(staff, month("2022-12"), basis="fte")["value"].item()
    0.5
    """
    several, groups = as_periods(periods), as_by(by, assignments)
    kept = kept_columns(groups, scope, None)
    spells = employed(assignments, columns=kept)
    stretches = timeline(spells, columns=kept, scope=scope)
    came = within(stretches.filter("joined"), several, "first")
    if checked_basis(basis) == "headcount":
        return counted_events(came, stretches, assignments, several, groups, ("joiners", "joined"))
    own = list(dict.fromkeys(["organisation", *groups]))
    amounts = fte_on_day(spells, came, day="first", by=own)
    return counted_events(came, stretches, assignments, several, groups, ("joiners", "joined_fte"), amounts=amounts)


def kept_columns(groups: Sequence[str], scope: str, reasons: Sequence[str] | str | None) -> list[str]:
    """The columns that a timeline must carry for a grouping, a scope and a choice of reasons."""
    wanted = [
        *groups,
        *([] if scope in ("organisation", "area") else [scope]),
        *(["leaving_reason"] if reasons else []),
    ]
    return [c for c in dict.fromkeys(wanted) if c != "organisation"]


def within(stretches: pl.DataFrame, periods: Sequence[Period], day: str) -> pl.DataFrame:
    """Stretches whose day falls in a period, once for each period it falls in (periods may overlap)."""
    on = ordinals(stretches[day])
    found = []
    for chain in chains(sorted(set(periods))):
        starts, ends = ordinals(period_frame(chain)["period_start"]), ordinals(period_frame(chain)["period_end"])
        row, period = written_out(places(ends, on), places(starts, on + 1) - 1)
        found.append(stretches[row].with_columns(period_frame(chain)[period]))
    return pl.concat(found)


def leaving_stretches(
    stretches: pl.DataFrame, periods: Sequence[Period], *, reasons: Sequence[str] | str | None
) -> pl.DataFrame:
    """The last stretches of the stays that ended in each period: organisation, person_id, their columns, first, last, began."""
    gone = stretches.filter("left")
    if reasons is not None:
        need(gone, ["leaving_reason"], what="assignments")
        gone = gone.filter(pl.col("leaving_reason").is_in(VOLUNTARY if reasons == "voluntary" else list(reasons)))
    return within(gone, periods, "last")


def _in_post(
    rows: pl.DataFrame, periods: Sequence[Period], definition: str, labels: pl.DataFrame, *, weight: str | None
) -> pl.DataFrame:
    """The denominator of each definition for every group and period: group number, own..., period_start, period_end, denominator."""
    frame = period_frame(periods)
    starts, ends = ordinals(frame["period_start"]), ordinals(frame["period_end"])
    days = np.unique(np.concatenate([starts - 1, ends]))
    level, until = levels_of(rows, labels.height, days, weight=weight)
    opening, closing = places(days, starts - 1), places(days, ends)
    size = {
        "average": (until[:, closing] - until[:, opening]) / (ends - starts + 1),
        "nhs": (level[:, opening] + level[:, closing]) / 2,
        "dfe": level[:, closing],
    }[definition]
    return labels.join(frame, how="cross", maintain_order="left_right").with_columns(
        denominator=pl.Series(size.ravel())
    )


def counted_events(
    events: pl.DataFrame,
    stretches: pl.DataFrame,
    assignments: Frame,
    periods: Sequence[Period],
    groups: Sequence[str],
    name: tuple[str, str],
    *,
    amounts: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """A plain count of events as a measure table: every group that the records know, with every period."""
    own = list(dict.fromkeys(["organisation", *groups]))
    counted = events.group_by(*own, *_PERIOD).agg(people=pl.len().cast(pl.Int64))
    amount = (
        counted.with_columns(fte="people")
        if amounts is None
        else amounts.join(counted, on=[*own, *_PERIOD], how="left", nulls_equal=True)
    )
    grid = (
        stretches.select(own)
        .unique()
        .join(
            pl.DataFrame({"period_start": [p.start for p in periods], "period_end": [p.end for p in periods]}),
            how="cross",
        )
    )
    sides = (
        grid.join(amount, on=[*own, *_PERIOD], how="left", nulls_equal=True)
        .with_columns(numerator=pl.col("fte").fill_null(0).cast(pl.Float64), people=pl.col("people").fill_null(0))
        .drop("fte")
    )
    return measure_table(rolled_up(covered(sides, observed(assignments), periods), by=groups), *name, by=groups)
