"""Turnover, leavers and joiners: how many people go and come, against how many are in post.

A leaver counts in the group of the last main post, a joiner in that of the first; the last day worked is a day in post. Stays in a team, a
role or a staff group follow the spells there: of two posts at once each is in post in its own team, and is left when it is given up.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final, Literal

import numpy as np
import polars as pl

from workforce.book import definition_of
from workforce.book.constants import FULL_WEEK
from workforce.errors import UsageError
from workforce.frames import Frame, as_by
from workforce.measures.availability import (
    covered,
    listed,
    measure,
    no_end_dates,
    not_available,
    rolled_up,
    without_end_dates,
)
from workforce.measures.headcount import Basis, checked_basis, in_spells
from workforce.measures.presence import (
    ABSENT_FOR_DFE,
    GROUP,
    Scope,
    chains,
    checked_scope,
    employed,
    fte_on_day,
    levels_of,
    numbered,
    observed,
    ordinals,
    people_of,
    places,
    timeline,
    without_overlaps,
    written_out,
)
from workforce.periods import (
    Period,
    as_periods,
    month,
    months_to,
    period_frame,
    quarters_to,
    span_to,
    written,
    years_to,
)
from workforce.records import Records
from workforce.results import NOT_AVAILABLE, PERIOD_COLUMNS, MeasureTable
from workforce.schemas import LEAVING_REASONS
from workforce.stats.rates import measure_table

VOLUNTARY: Final = ("resignation",)
OTHER_REASONS: Final = "other_or_unknown_reasons"
PROVISIONAL: Final = "provisional"  # a column: from which day on a row's leavers may still come back within a full week
UNKNOWN_REASON: Final = "unknown"  # and what an empty cell is, where reasons are counted
WHOLE: Final = ("organisation", "area")  # scopes of which the end is the end of a job
_NEEDED: Final = ("organisation", "leaving_reason")  # of those who left, whatever they are grouped by
_WORDS: Final = {1: "for the year", 2: "over two years", 3: "over three years", 5: "over five years"}
_IN_CLASSES: Final = {
    1: "for the year, in two classes",
    2: "over two years, in two classes",
    3: "over three years, in two classes",
    5: "over five years, in two classes",
}
_QUARTERS, _YEARS = 20, 5  # of the longer steps of a series, which end with its last month


@measure("assignments")
def turnover(
    records: Records,
    periods: Period | Sequence[Period],
    *,
    definition: Literal["average", "nhs", "dfe"],
    by: Sequence[str] = (),
    basis: Basis = "headcount",
    scope: Scope = "organisation",
    reasons: Sequence[str] | Literal["voluntary"] | None = None,
    annualised: bool = False,
) -> MeasureTable:
    """Leavers in each period over those in post, in percent.

    Parameters
    ----------
    records : Records
        The area's records; uses `assignments`.
    periods : Period or sequence of Period
        For example ``wf.year_to("2023-03")``; whole years where the definition is `dfe`.
    definition : {"average", "nhs", "dfe"}
        `average`: leavers over the average of those in post on each day. `nhs`: leavers over the mean of those in post on the day before
        the period and on its last day. `dfe`: leavers in a year over those in post on its last day; people on secondment out or a career
        break count as leavers, and those who joined and left inside the year are left out. There is no default.
    by : sequence of str
        Columns to group by; any text column of `assignments`.
    basis : {"headcount", "fte"}
        With "fte" the name of the definition ends in `_fte`, and a leaver counts as the FTE of the last day.
    scope : {"organisation", "area", "team", "role", "staff_group"}
        What a person has to leave to count as a leaver; with "area" a transfer to a partner is no loss. With "team", "role" and
        "staff_group" people are in post, and leave, in each of them in which they hold a post: who gives up a second post in a team leaves
        that team, and who moves hours between two posts that both go on leaves neither.
    reasons : "voluntary" or sequence of str, optional
        Leavers of these reasons only; "voluntary" stands for resignations. An organisation of whose leavers no reason is known has marker
        ``x``; where some are not known, `bounds` says between which numbers the rate lies.
    annualised : bool
        Multiply the rate to a year of 365.25 days.

    Returns
    -------
    MeasureTable
        Numerator: leavers; denominator: people in post, or FTE; value in %, or % a year. A row for each group and period. Added column
        `provisional`: where the period has some of the last 7 days of the records, from which day on its leavers may still come back
        within a full week and then not have left.

    Raises
    ------
    UsageError
        Where a definition, scope or column is unknown, or the definition is `dfe` and a period is not a year.

    References
    ----------
    `average`: this project's measure book. `nhs`: NHS England, NHS workforce statistics. `dfe`: DfE, Children's social work workforce.

    Examples
    --------
    >>> from datetime import date
    >>> from workforce.periods import calendar_year
    >>> staff = pl.DataFrame({"organisation": ["council"] * 4, "person_id": list("abcd"), "fte": [1.0] * 4,
    ...     "start_date": [date(2020, 1, 1)] * 4, "end_date": [date(2022, 12, 31), None, None, None]})
    >>> year = calendar_year("2022")
    >>> turnover(Records(assignments=staff), year, definition="average").frame["value"].item()  # one of four, on the last day
    25.0
    """
    spans, groups = as_periods(periods), as_by(by)
    suffix = "_fte" if checked_basis(basis) == "fte" else ""
    book = definition_of("turnover", f"{definition}{suffix}")
    if definition == "dfe" and not all(p.is_a_year for p in spans):
        raise UsageError(
            "DfE's turnover is for a year", where="turnover", hint='use census_year("2021-22") or year_to("2023-03")'
        )
    columns = carried_columns(groups, checked_scope(scope), reasons)
    if reason := records.lacks("assignments", columns=columns):
        rows = not_available("turnover", [book.definition], by=groups, when=spans, reason=reason)
        return with_provisional(rows, records)
    assignments = records.assignments
    keys = list(dict.fromkeys(["organisation", *groups]))
    spells = employed(assignments, columns=columns, statuses_out=ABSENT_FOR_DFE if definition == "dfe" else ())
    stretches = timeline(spells, columns=columns, scope=scope)
    if suffix:  # FTE counts in the group of every post, people in that of the main post
        spells, labels = numbered(spells, keys)
        stretches = stretches.join(labels, on=keys, nulls_equal=True)
    else:
        stretches, labels = numbered(stretches, keys)
    needed = (*_NEEDED, scope)
    leaving = leaving_stretches(stretches.drop([c for c in groups if c not in needed]), spans, reasons=reasons)
    if definition == "dfe":
        leaving = leaving.filter(
            pl.col("began") < pl.col("period_start")
        )  # who joined and left inside the year is left out
    in_post = _in_post(
        in_spells(spells) if suffix else stretches, spans, definition, labels, weight="fte" if suffix else None
    )
    amounts = (
        fte_on_day(spells, leaving, day="last", by=[GROUP], scope=scope)
        if suffix
        else leaving.group_by(GROUP, *PERIOD_COLUMNS).agg(fte=pl.len())
    )
    present = stretches if scope in WHOLE else without_overlaps(stretches)
    people = pl.Series(people_of(present, labels.height, spans).ravel())
    sides = (
        in_post.with_columns(people=people)
        .join(amounts, on=[GROUP, *PERIOD_COLUMNS], how="left")
        .with_columns(numerator=pl.col("fte").fill_null(0).cast(pl.Float64))
        .drop("fte", GROUP)
    )
    unexplained = without_reasons(stretches, spans, reasons=reasons, scope=scope)
    sides = sides.join(unexplained, on=["organisation", *PERIOD_COLUMNS], how="left", maintain_order="left")
    silent = without_end_dates(records)
    sides = covered(sides, observed(assignments), spans, opening=definition == "nhs", silent=silent)
    table = measure_table(rolled_up(sides, by=groups), "turnover", book.definition, by=groups, annualised=annualised)
    table = table._with_reasons(*no_end_dates(records), *_no_reasons(unexplained, records))
    return with_provisional(table, records)


@measure("assignments")
def leavers(
    records: Records,
    periods: Period | Sequence[Period],
    *,
    by: Sequence[str] = (),
    scope: Scope = "organisation",
    reasons: Sequence[str] | Literal["voluntary"] | None = None,
) -> MeasureTable:
    """People whose stay in the scope ended in each period.

    Parameters
    ----------
    records : Records
        The area's records; uses `assignments`.
    periods : Period or sequence of Period
        For example ``wf.year_to("2023-03")``.
    by : sequence of str
        Columns to group by, `leaving_reason` and `leaving_destination` among them; a reason that was not recorded is `unknown`.
    scope : {"organisation", "area", "team", "role", "staff_group"}
        What a person has to leave to count as a leaver.
    reasons : "voluntary" or sequence of str, optional
        Leavers of these reasons only; "voluntary" stands for resignations.

    Returns
    -------
    MeasureTable
        Numerator: leavers; no denominator. A row for each group and period. Added column `provisional`, as in `turnover`.

    References
    ----------
    This project's measure book, "leavers".

    Examples
    --------
    >>> from datetime import date
    >>> from workforce.periods import month
    >>> staff = pl.DataFrame({"organisation": ["council"], "person_id": ["a"], "fte": [1.0], "start_date": [date(2020, 1, 1)],
    ...     "end_date": [date(2022, 12, 31)], "leaving_reason": [None]}, schema_overrides={"leaving_reason": pl.String})
    >>> table = leavers(Records(assignments=staff), month("2022-12"), by=["leaving_reason"])
    >>> table.frame.select("leaving_reason", "value").row(0)
    ('unknown', 1.0)
    """
    spans, groups = as_periods(periods), as_by(by)
    columns = carried_columns(groups, checked_scope(scope), reasons)
    if reason := records.lacks("assignments", columns=columns):
        return with_provisional(not_available("leavers", ["left"], by=groups, when=spans, reason=reason), records)
    assignments = records.assignments
    stretches = timeline(employed(assignments, columns=columns), columns=columns, scope=scope).with_columns(
        pl.col(c).fill_null(UNKNOWN_REASON) for c in groups if c.startswith("leaving_")
    )
    unexplained = without_reasons(stretches, spans, reasons=reasons, scope=scope)
    table = counted_events(
        leaving_stretches(stretches, spans, reasons=reasons),
        stretches,
        assignments,
        spans,
        groups,
        ("leavers", "left"),
        silent=without_end_dates(records),
        unexplained=unexplained,
    )
    return with_provisional(table._with_reasons(*no_end_dates(records), *_no_reasons(unexplained, records)), records)


@measure("assignments")
def joiners(
    records: Records,
    periods: Period | Sequence[Period],
    *,
    by: Sequence[str] = (),
    basis: Basis = "headcount",
    scope: Scope = "organisation",
) -> MeasureTable:
    """People (or their FTE on the first day) whose stay in the scope began in each period.

    Coming back within a full week is not joining.

    Parameters
    ----------
    records : Records
        The area's records; uses `assignments`.
    periods : Period or sequence of Period
        For example ``wf.year_to("2023-03")``.
    by : sequence of str
        Columns to group by; any text column of `assignments`.
    basis : {"headcount", "fte"}
        Whether people or full-time equivalents are counted.
    scope : {"organisation", "area", "team", "role", "staff_group"}
        What a person has to join to count as a joiner.

    Returns
    -------
    MeasureTable
        Numerator: joiners, or their FTE; no denominator. A row for each group and period.

    References
    ----------
    This project's measure book, "joiners".

    Examples
    --------
    >>> from datetime import date
    >>> from workforce.periods import month
    >>> staff = pl.DataFrame({"organisation": ["council"], "person_id": ["a"], "fte": [0.5], "start_date": [date(2022, 12, 1)]})
    >>> joiners(Records(assignments=staff), month("2022-12"), basis="fte").frame["value"].item()
    0.5
    """
    spans, groups = as_periods(periods), as_by(by)
    fte = checked_basis(basis) == "fte"
    name = "joined_fte" if fte else "joined"
    columns = carried_columns(groups, checked_scope(scope), None)
    if reason := records.lacks("assignments", columns=columns):
        return not_available("joiners", [name], by=groups, when=spans, reason=reason)
    assignments = records.assignments
    spells = employed(assignments, columns=columns)
    stretches = timeline(spells, columns=columns, scope=scope)
    arrivals = within(stretches.filter("joined"), spans, "first")
    keys = list(dict.fromkeys(["organisation", *groups]))
    amounts = fte_on_day(spells, arrivals, day="first", by=keys, scope=scope) if fte else None
    return counted_events(arrivals, stretches, assignments, spans, groups, ("joiners", name), amounts=amounts)


def with_provisional(table: MeasureTable, records: Records) -> MeasureTable:
    """A table of leavers with the column `provisional`: the first of the last 7 days of the records, where a row's period has any of them.

    The records of an organisation end with `observed_to`, else with the area's reporting month; of a caller's own frames without either no
    row is provisional. The column says nothing about people: it follows from the days of the records alone.
    """
    frame = table.frame.with_row_index("place")
    month_end = month(records._settings.area.month).end if records._settings is not None else None
    last_days = observed(records.assignments).select(
        body="organisation", final=pl.coalesce("observed_to", pl.lit(month_end, pl.Date))
    )
    last_days = last_days.with_columns(since=pl.col("final").dt.offset_by(f"-{FULL_WEEK - 1}d")).drop_nulls()
    in_row = ~pl.col("left_out").list.contains(pl.col("body"))
    if "organisation" in table.groups:
        in_row &= pl.col("organisation") == pl.col("body")
    marks = (
        frame.filter(pl.col("marker").is_null())
        .join_where(last_days, pl.col("period_end") >= pl.col("since"), pl.col("period_start") <= pl.col("final"))
        .filter(in_row)
        .group_by("place")
        .agg(pl.col("since").min())
    )
    words = {day: f"from {written(day)}" for day in marks["since"].unique()}
    with_marks = frame.join(marks, on="place", how="left", maintain_order="left").with_columns(
        pl.col("since").replace_strict(words, return_dtype=pl.String).alias(PROVISIONAL)
    )
    return table._with(with_marks.drop("place", "since"), added=[*table.added, PROVISIONAL])


def carried_columns(groups: Sequence[str], scope: str, reasons: Sequence[str] | str | None) -> list[str]:
    """The columns that a timeline must carry for a grouping, a scope and a choice of reasons."""
    if isinstance(reasons, str) and reasons != "voluntary":
        raise UsageError(
            '"{reason}" is not a choice of reasons',
            where="reasons=",
            hint='use "voluntary", or a list such as ["retirement"]',
            reason=reasons,
        )
    columns = [
        *groups,
        *([] if scope in ("organisation", "area") else [scope]),
        *([] if reasons is None else ["leaving_reason"]),
    ]
    return [c for c in dict.fromkeys(columns) if c != "organisation"]


def within(stretches: pl.DataFrame, periods: Sequence[Period], day: str) -> pl.DataFrame:
    """Stretches whose day falls in a period, once for each period it falls in (periods may overlap)."""
    on = ordinals(stretches[day])
    matches = []
    for chain in chains(sorted(set(periods))):
        starts, ends = ordinals(period_frame(chain)["period_start"]), ordinals(period_frame(chain)["period_end"])
        row, period = written_out(places(ends, on), places(starts, on + 1) - 1)
        matches.append(stretches[row].with_columns(period_frame(chain)[period]))
    return pl.concat(matches)


def leaving_stretches(
    stretches: pl.DataFrame, periods: Sequence[Period], *, reasons: Sequence[str] | str | None
) -> pl.DataFrame:
    """The last stretches of the stays that ended in each period: organisation, person_id, their columns, first, last, began."""
    leaving = stretches.filter("left")
    if reasons is not None:
        reason = pl.col("leaving_reason").fill_null(UNKNOWN_REASON)
        leaving = leaving.filter(reason.is_in(VOLUNTARY if reasons == "voluntary" else list(reasons)))
    return within(leaving, periods, "last")


def known_reasons_of(reasons: Sequence[str] | str) -> list[str]:
    """The words of which it is known whether they are among some reasons: those of the list, and the reasons themselves."""
    chosen = VOLUNTARY if reasons == "voluntary" else tuple(reasons)
    return [word for word in dict.fromkeys([*LEAVING_REASONS, *chosen]) if word != UNKNOWN_REASON or word in chosen]


def without_reasons(
    stretches: pl.DataFrame, periods: Sequence[Period], *, reasons: Sequence[str] | str | None, scope: str
) -> pl.DataFrame:
    """The organisations and periods with leavers of none of whom the reason is known, with marker `x`: 0 would be no answer.

    Who leaves a team or a role for another has no reason for leaving, which is not the same as an unknown one.
    """
    rows = leaving_stretches(stretches, periods, reasons=None)
    if reasons is None or scope not in WHOLE or (reasons != "voluntary" and UNKNOWN_REASON in reasons):
        rows = rows.clear()
    explained = pl.col("leaving_reason").is_in(known_reasons_of(reasons or ())).fill_null(value=False)
    explained = explained if "leaving_reason" in rows.columns else pl.lit(value=False)
    return (
        rows.group_by("organisation", *PERIOD_COLUMNS)
        .agg(explained=explained.any())
        .filter(~pl.col("explained"))
        .select("organisation", *PERIOD_COLUMNS, marker=pl.lit(NOT_AVAILABLE))
    )


def _no_reasons(unexplained: pl.DataFrame, records: Records) -> list[str]:
    """Whose leavers' reasons are not known: a sentence without its full stop, where there are such."""
    names = records._settings.organisation_names if records._settings is not None else {}
    bodies = [names.get(slug, slug) for slug in unexplained["organisation"].unique().sort()]
    return [f"no leaving reason is known of leavers of {listed(bodies)}"] if bodies else []


def _in_post(
    rows: pl.DataFrame, periods: Sequence[Period], definition: str, labels: pl.DataFrame, *, weight: str | None
) -> pl.DataFrame:
    """The denominator of each definition for every group and period: group number, keys..., period_start, period_end, denominator."""
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
    silent: Sequence[str] = (),
    unexplained: pl.DataFrame | None = None,
) -> MeasureTable:
    """A plain count of events as a measure table: every group that the records know, with every period."""
    keys = list(dict.fromkeys(["organisation", *groups]))
    of_row = [*keys, *PERIOD_COLUMNS]
    counts = events.group_by(of_row).agg(fte=pl.len(), people=pl.col("person_id").n_unique().cast(pl.Int64))
    amount = counts if amounts is None else amounts.join(counts.drop("fte"), on=of_row, how="left", nulls_equal=True)
    grid = (
        stretches.select(keys)
        .unique()
        .join(
            pl.DataFrame({"period_start": [p.start for p in periods], "period_end": [p.end for p in periods]}),
            how="cross",
        )
    )
    sides = (
        grid.join(amount, on=[*keys, *PERIOD_COLUMNS], how="left", nulls_equal=True)
        .with_columns(numerator=pl.col("fte").fill_null(0).cast(pl.Float64), people=pl.col("people").fill_null(0))
        .drop("fte")
    )
    if unexplained is not None:
        sides = sides.join(unexplained, on=["organisation", *PERIOD_COLUMNS], how="left", maintain_order="left")
    rows = rolled_up(covered(sides, observed(assignments), periods, silent=silent), by=groups)
    return measure_table(rows, *name, by=groups)


def widening(
    measure: Callable[..., MeasureTable],
    records: Records,
    *,
    month: str,
    years: Sequence[int] = (1, 3),
    months: int | None = None,
    **options: Any,  # noqa: ANN401 - whatever the measure takes
) -> dict[str, MeasureTable]:
    """One measure over the year that ends with a month, and over longer stretches that end with it, as a ladder for `release`.

    A turnover over more than a year is annualised, so that the steps have one scale. By leaving reason the last step has two classes:
    resignations, and all other reasons together with those that are not known. With `months`, a series that ends with the month: by
    month, by quarter over five years, and by year; under ``board``, `release` shows the finest of which a point counts 12 on average.

    Parameters
    ----------
    measure : function
        Any measure that takes records, then a period, for example ``wf.staffing.turnover``.
    records : Records
        The area's records.
    month : str
        The last month, for example "2023-03".
    years : sequence of int
        How many years each step covers.
    months : int, optional
        How many months a series has, in place of years= .
    **options
        Passed on to the measure.

    Returns
    -------
    dict of str to MeasureTable
        The steps from fine to coarse, by the words that a report has for them.

    Raises
    ------
    UsageError
        Where a step is less than a year, or a series less than a month.

    Examples
    --------
    >>> from datetime import date
    >>> import polars as pl
    >>> staff = pl.DataFrame({"organisation": ["council"], "person_id": ["a"], "fte": [1.0], "start_date": [date(2010, 1, 1)]})
    >>> list(widening(turnover, Records(assignments=staff), month="2023-03", definition="average"))
    ['for the year', 'over three years']
    >>> series = widening(turnover, Records(assignments=staff), month="2023-03", months=30, definition="average")
    >>> [(words, len(table)) for words, table in series.items()]
    [('by month', 30), ('by quarter', 20), ('by year', 5)]
    """
    if months is not None:
        longer = {"by quarter": quarters_to(month, _QUARTERS), "by year": years_to(month, _YEARS)}
        steps = {words: _recorded(measure(records, periods, **options)) for words, periods in longer.items()}
        return {"by month": measure(records, months_to(month, months), **options), **steps}
    if not years or min(years) < 1:
        raise UsageError("a ladder needs whole years", where="years=", hint="such as (1, 3)")
    steps = {}
    for count in sorted(set(years)):
        annualised = {"annualised": True} if measure is turnover and count > 1 else {}
        steps[_WORDS.get(count, f"over {count} years")] = measure(
            records, span_to(month, count), **options, **annualised
        )
        if "leaving_reason" in as_by(options.get("by", ())) and count == max(years):
            steps[_IN_CLASSES.get(count, f"over {count} years, in two classes")] = measure(
                _in_two_classes(records), span_to(month, count), **options, **annualised
            )
    return steps


def _recorded(series: MeasureTable) -> MeasureTable:
    """A series from its first period with a figure on; all of it where none has one."""
    end = pl.col("period_end")
    first = end.filter(pl.col("value").is_not_null()).min()
    return series.filter((end >= first).fill_null(value=True))


def _in_two_classes(records: Records) -> Records:
    """Records whose leaving reasons are resignation or any other, which is also that of whom an organisation that has reasons has none."""
    staff, reason = records.assignments, pl.col("leaving_reason")
    if "leaving_reason" not in staff.lazy().collect_schema().names():
        return records
    not_resigned = pl.when(reason.is_not_null().any().over("organisation")).then(pl.lit(OTHER_REASONS))
    classes = pl.when(reason.is_in(VOLUNTARY)).then(pl.lit(VOLUNTARY[0])).otherwise(not_resigned)
    return records._with({"assignments": staff.with_columns(leaving_reason=classes)})
