"""Continuity: how often a child's worker changes, over all cases, roles and organisations that the child has.

A change is counted from the child's side: another worker in the same role, whichever case or organisation brought them. A first worker is
no change, and neither is the same worker on another case.
"""

from collections.abc import Sequence
from typing import Final

import polars as pl

from workforce.book.constants import DAYS_IN_A_YEAR
from workforce.frames import as_by, eager, need
from workforce.measures.availability import measure, not_available
from workforce.measures.clocks import CHILD, by_period, dated_cases, happened, not_recorded, unable_in
from workforce.measures.presence import observed
from workforce.periods import Period, as_periods
from workforce.records import Records
from workforce.results import NOT_AVAILABLE, PERIOD_COLUMNS, MeasureTable, stacked
from workforce.stats.intervals import ratio_standard_error
from workforce.stats.rates import measure_table

LEFT: Final = ("worker_left",)
ABSENT: Final = ("worker_absent",)
MANY: Final = 3  # workers in one role within 12 months (measure book)
_ENOUGH: Final = 3  # workers behind a sum, from which on nobody in it can tell another's part
CHILDREN: Final = pl.col(CHILD).n_unique()
_CASE: Final = ("organisation", "case_id")
_LOST: Final = ("lost_from", "lost")
_DEFINITIONS: Final = ("changes", "three_or_more", "worker_absent", "worker_left")
NO_REASONS: Final = "this reason for a change of worker is not recorded"


@measure("allocations", "cases")
def continuity(records: Records, periods: Period | Sequence[Period], *, by: Sequence[str] = ()) -> MeasureTable:
    """Changes of a child's worker, and why.

    A child's workers in one role (`worker_role`) are taken in the order in which they took a case of the child, whichever case or
    organisation; a worker other than the one before is a change, on the first day. A child is `child_id`; a case without one is a child of
    its own.

    Parameters
    ----------
    records : Records
        The area's records; uses `allocations` and `cases`.
    periods : Period or sequence of Period
        For example ``wf.year_to("2023-03")``.
    by : sequence of str
        Columns to group by: any column of `allocations` or of `cases`. Each group is measured by itself, so that a child known to two is
        in both, and groups never roll up.

    Returns
    -------
    MeasureTable
        Four definitions. `changes`: changes of worker in the period / child-years with an open case, in changes per child per year.
        `three_or_more`: of the children who had a worker in the 12 months to the period's end, those who had three or more in one role, in
        %. `worker_left`, `worker_absent`: changes whose earlier allocation ended for that reason (`change_reason`) / changes from
        organisations that ever record that reason, in %; marker ``x`` where none does, because a reason that nobody records is not a
        reason that never occurs. Limits: gamma, by worker, since a worker who leaves brings a change to all their children on one day;
        none where fewer than 8 workers (of a share: workers lost; of three or more: workers last lost, or present) are behind it. people:
        different children; where one or two workers alone are behind the changes (or, of a share, behind either side of it), these
        workers: the changes after one leaver are that worker's caseload, and of two each could tell the other's.

    References
    ----------
    This project's measure book, "continuity".

    Examples
    --------
    >>> from datetime import date
    >>> from workforce.periods import financial_year
    >>> child = pl.DataFrame({"organisation": ["council"], "case_id": ["1"], "child_id": ["c"], "received_date": [date(2022, 4, 1)]})
    >>> held = pl.DataFrame({"organisation": "council", "case_id": "1", "person_id": ["a", "b"], "worker_role": "caseworker",
    ...     "start_date": [date(2022, 4, 1), date(2022, 9, 1)], "change_reason": ["worker_left", None]})
    >>> area = Records(allocations=held, cases=child)
    >>> continuity(area, financial_year("2022-23")).frame.select("definition", "numerator", "people").rows()
    [('changes', 1.0, 1), ('three_or_more', 0.0, 1), ('worker_absent', None, None), ('worker_left', 1.0, 1)]
    """
    groups, spans = as_by(by), as_periods(periods)
    if reason := not_recorded(records, "cases", "allocations", by=groups, of=("allocations", "cases")):
        return not_available("continuity", _DEFINITIONS, by=groups, when=spans, reason=reason)
    need(records.allocations, [*_CASE, "person_id", "start_date"], what="allocations")
    dated = dated_cases(records.cases, None)
    allocated = of_children(eager(records.allocations), dated)
    changes = changes_of_worker(allocated, groups)
    sides = {
        "changes": _rates(changes, _with_group(dated, allocated, groups), allocated, dated, spans, groups),
        "three_or_more": _many(allocated, dated, spans, groups),
        "worker_absent": _because(changes, dated, spans, groups, ABSENT),
        "worker_left": _because(changes, dated, spans, groups, LEFT),
    }
    return stacked(
        measure_table(rows, "continuity", name, by=groups)._with_reasons(*reasons_untold(rows))
        for name, rows in sides.items()
    )


def of_children(allocations: pl.DataFrame, cases: pl.DataFrame) -> pl.DataFrame:
    """Allocations with the child, the columns of their case, and the reasons for changes that their organisation ever records."""
    optional = {"end_date": pl.Date(), "worker_role": pl.String(), "change_reason": pl.String()}
    absent = {c: pl.lit(None, dtype) for c, dtype in optional.items() if c not in allocations.columns}
    allocated = allocations.with_columns(**absent)
    columns = [c for c in cases.columns if c in _CASE or c not in allocated.columns]
    telling = allocated.group_by("organisation").agg(tells=pl.col("change_reason").unique())
    return allocated.join(telling, on="organisation", how="left").join(cases.select(columns), on=_CASE)


def changes_of_worker(held: pl.DataFrame, groups: Sequence[str]) -> pl.DataFrame:
    """Allocations that brought a child another worker in a role, with who was lost (`lost`, `lost_from`), until when, and `why`."""
    whose = list(dict.fromkeys([*groups, CHILD, "worker_role"]))
    # Of two who took a case of the child on one day, the one whose allocation ends first came first.
    ordered = held.sort(*whose, "start_date", "end_date", "person_id", "case_id", nulls_last=True)
    same = pl.all_horizontal(pl.col(c).eq_missing(pl.col(c).shift(1)) for c in whose) & (pl.int_range(pl.len()) > 0)
    return ordered.with_columns(
        changed=same & (pl.col("person_id") != pl.col("person_id").shift(1)),
        lost=pl.col("person_id").shift(1),
        lost_from=pl.col("organisation").shift(1),
        until=pl.col("end_date").shift(1),
        why=pl.col("change_reason").shift(1),
        tells=pl.col("tells").shift(1),
    ).filter("changed")


def workers_lost(which: pl.Expr) -> pl.Expr:
    """How many different workers were lost in some of the changes."""
    return pl.struct(_LOST).filter(which).n_unique()


def if_one_or_two(workers: pl.Expr) -> pl.Expr:
    """The number of workers where a sum over them is no more than their own caseloads; 0 where it is of three or more."""
    return pl.when(workers < _ENOUGH).then(workers).otherwise(0)


def fewest(*people: pl.Expr) -> pl.Expr:
    """The smallest of several numbers of people that is not 0: who could be told from the figure."""
    return pl.min_horizontal(pl.when(n > 0).then(n) for n in people).fill_null(0).cast(pl.Int64)


def _with_group(cases: pl.DataFrame, held: pl.DataFrame, groups: Sequence[str]) -> pl.DataFrame:
    """Cases with the groups that the allocations give them: a case held in two roles is in both."""
    of_allocations = [c for c in groups if c not in cases.columns]
    if not of_allocations:
        return cases
    return cases.join(held.select(*_CASE, *of_allocations).unique(), on=_CASE)


def between_workers(sides: pl.DataFrame, workers: pl.DataFrame, groups: Sequence[str]) -> pl.DataFrame:
    """Sides with the spread between workers: variance and largest of the ratio of their two sides, and units, the number of workers.

    All children of a worker who leaves change on one day, so that workers vary, not children. workers: a row for each worker of a group and
    period, with x (of the numerator), y (of the denominator) and caseload (how much one change of fortune adds to the numerator).

    >>> sides = pl.DataFrame({"period_start": None, "period_end": None, "numerator": [20.0], "denominator": [40.0]})
    >>> two = pl.DataFrame({"period_start": None, "period_end": None, "x": [20.0, 0.0], "y": [20.0, 20.0], "caseload": 20})
    >>> between_workers(sides, two, []).select("variance", "largest", "units").row(0)   # 0.5, plus or minus 0.5
    (0.25, 0.5, 2)
    """
    x, y = pl.col("x"), pl.col("y")
    keys = [*groups, *PERIOD_COLUMNS]
    sums = workers.group_by(keys).agg(
        units=pl.len().cast(pl.Int64),
        worker_x=x.sum(),
        worker_y=y.sum(),
        xx=(x * x).sum(),
        xy=(x * y).sum(),
        yy=(y * y).sum(),
        largest=pl.max_horizontal("caseload", "x").max(),
    )
    with_sums = sides.join(sums, on=keys, how="left", nulls_equal=True, maintain_order="left")
    spread = [with_sums[c].fill_null(0) for c in ("units", "xx", "xy", "yy", "worker_x", "worker_y")]
    # Children without a worker are in the denominator and bring no variance.
    error = pl.Series(ratio_standard_error(*spread)) * with_sums["worker_y"] / with_sums["denominator"]
    return with_sums.with_columns(
        variance=error**2, largest=pl.col("largest") / pl.col("denominator"), units=pl.col("units").fill_null(0)
    )


def caseloads(stretches: pl.DataFrame, whose: Sequence[str]) -> pl.DataFrame:
    """The most children that each worker held at once, from stretches of days (first, last, and the child): columns of whose, caseload.

    >>> from datetime import date
    >>> held = {"worker": "a", CHILD: ["c", "d", "e"], "first": [date(2022, 1, day) for day in (1, 3, 6)],
    ...     "last": [date(2022, 1, day) for day in (5, 9, 9)]}
    >>> caseloads(pl.DataFrame(held), ["worker"]).row(0)
    ('a', 2)
    """
    begun = stretches.select(*whose, day="first", step=pl.lit(1))
    ended = stretches.select(*whose, day=pl.col("last") + pl.duration(days=1), step=pl.lit(-1))
    steps = pl.concat([begun, ended]).sort(*whose, "day", "step", nulls_last=True)
    at_once = steps.with_columns(pl.col("step").cum_sum().over(whose))
    return at_once.group_by(whose).agg(caseload=pl.col("step").max())


def _rates(
    changes: pl.DataFrame,
    cases: pl.DataFrame,
    held: pl.DataFrame,
    every: pl.DataFrame,
    periods: Sequence[Period],
    groups: Sequence[str],
) -> pl.DataFrame:
    frames, workers = [], []
    for period in periods:
        whose = list(dict.fromkeys(["organisation", *groups, CHILD]))
        open_days = _open_days(cases, period, groups)
        changes_then = changes.filter(pl.col("start_date").is_between(period.start, period.end))
        changes_and_time = pl.concat(
            [changes_then.select(*whose, *_LOST, x=1.0, y=0.0), open_days.select(*whose, x=0.0, y="years")],
            how="diagonal_relaxed",
        )
        frames.append(
            by_period(
                changes_and_time,
                every,
                [period],
                by=groups,
                inside=[pl.lit(value=True)],
                sides={
                    "numerator": pl.col("x").sum(),
                    "denominator": pl.col("y").sum(),
                    "people": fewest(CHILDREN, if_one_or_two(workers_lost(pl.col("x") > 0))),
                },
            )
        )
        workers.append(_changes_of_each(changes_then, held, every, period, groups))
    return between_workers(pl.concat(frames, how="vertical_relaxed"), pl.concat(workers), groups)


def _changes_of_each(
    changes: pl.DataFrame, held: pl.DataFrame, every: pl.DataFrame, period: Period, groups: Sequence[str]
) -> pl.DataFrame:
    """A row for each worker of a group with children in the period: changes after them, child-years with them, their largest caseload."""
    stretches = held.with_columns(
        worker_from="organisation",
        worker="person_id",
        first=pl.max_horizontal("start_date", pl.lit(period.start)),
        last=pl.min_horizontal("end_date", "closed_date", pl.lit(period.end)),
    ).filter(pl.col("first") <= pl.col("last"))
    worker = [*groups, "worker_from", "worker"]
    silent = pl.col("organisation").is_in(unable_in(observed(every), period).implode())
    with_worker = stretches.filter(~silent)
    days = (pl.col("last") - pl.col("first")).dt.total_days() + 1
    time = with_worker.group_by(worker).agg(y=(days / DAYS_IN_A_YEAR).sum())
    lost = changes.filter(~silent).with_columns(worker_from="lost_from", worker="lost")
    changed = lost.group_by(worker).agg(x=pl.len().cast(pl.Float64))
    return (
        time.join(changed, on=worker, how="full", coalesce=True, nulls_equal=True)
        .join(caseloads(with_worker, worker), on=worker, how="left", nulls_equal=True)
        .sort(worker, nulls_last=True)
        .select(
            *[pl.col(c).cast(pl.String) for c in groups],
            pl.col("x", "y").fill_null(0.0),
            "caseload",
            period_start=pl.lit(period.start),
            period_end=pl.lit(period.end),
        )
    )


def _open_days(cases: pl.DataFrame, period: Period, groups: Sequence[str]) -> pl.DataFrame:
    """Years of the period in which each child had an open case: organisation, groups, child, years."""
    open_then = (pl.col("received_date") <= period.end) & (
        pl.col("closed_date").is_null() | (pl.col("closed_date") >= period.start)
    )
    within = cases.filter(open_then).with_columns(
        first=pl.max_horizontal("received_date", pl.lit(period.start)),
        last=pl.min_horizontal(pl.col("closed_date"), pl.lit(period.end)),
    )
    return child_years(within, list(dict.fromkeys([*groups, CHILD])))


def child_years(stretches: pl.DataFrame, whose: Sequence[str]) -> pl.DataFrame:
    """Stretches of days (first, last) with the `years` that each adds to its child's time: days that two share count once.

    >>> from datetime import date
    >>> both = {"organisation": "us", CHILD: "c", "first": [date(2022, 1, 1), date(2022, 1, 3)], "last": date(2022, 1, 4)}
    >>> two = pl.DataFrame(both)
    >>> (child_years(two, [CHILD])["years"] * DAYS_IN_A_YEAR).round(6).to_list()
    [4.0, 0.0]
    """
    ordered = stretches.sort(*whose, "first", "last", "organisation", nulls_last=True)
    reached = pl.col("last").cum_max().shift(1).over(whose)
    fresh = pl.max_horizontal("first", (reached + pl.duration(days=1)).cast(pl.Date))
    days = (pl.col("last") - fresh).dt.total_days() + 1
    return ordered.with_columns(years=days.clip(lower_bound=0) / DAYS_IN_A_YEAR)


def _many(held: pl.DataFrame, every: pl.DataFrame, periods: Sequence[Period], groups: Sequence[str]) -> pl.DataFrame:
    child_in_group = list(dict.fromkeys([*groups, CHILD]))
    frames, workers = [], []
    for period in periods:
        # 12 months to the period's end, whatever the period: otherwise a longer period would have more children with three.
        since = pl.lit(period.end).dt.offset_by("1d").dt.offset_by("-1y")
        current = held.filter(
            (pl.col("start_date") <= period.end) & (pl.col("end_date").is_null() | (pl.col("end_date") >= since))
        )
        silent = pl.col("organisation").is_in(unable_in(observed(every), period).implode())
        current = current.with_columns(silent=silent)
        whose = [*child_in_group, "silent"]
        in_role = [*whose, *(["worker_role"] if "worker_role" not in child_in_group else [])]
        three_or_more = pl.col("person_id").n_unique().over(in_role) >= MANY
        children = current.with_columns(several=three_or_more).with_columns(
            several=pl.col("several").any().over(whose), first=pl.int_range(pl.len()).over(whose) == 0
        )
        once = pl.col("first")
        workers.append(_children_of_each(current.with_columns(several=three_or_more), whose, in_role, period, groups))
        frames.append(
            by_period(
                children,
                every,
                [period],
                by=groups,
                inside=[pl.lit(value=True)],
                sides={"numerator": (once & pl.col("several")).sum(), "denominator": once.sum()},
            )
        )
    return between_workers(pl.concat(frames, how="vertical_relaxed"), pl.concat(workers), groups)


def _children_of_each(
    allocations: pl.DataFrame, child: Sequence[str], in_role: Sequence[str], period: Period, groups: Sequence[str]
) -> pl.DataFrame:
    """A row for each worker: children (y) whose last change was from them, or who have had none but them, and those with three (x)."""
    worker = ["organisation", "person_id"]
    ordered = allocations.filter(~pl.col("silent")).sort(*in_role, "start_date", "end_date", *worker, nulls_last=True)
    same = pl.all_horizontal(pl.col(c).eq_missing(pl.col(c).shift(-1)) for c in in_role) & (
        pl.int_range(pl.len()) < pl.len() - 1
    )
    another = pl.any_horizontal(pl.col(c) != pl.col(c).shift(-1) for c in worker)
    of_children = (
        ordered.with_columns(followed=(same & another).fill_null(value=False))
        .sort(*child, "followed", "start_date", *worker, nulls_last=True)
        .group_by(child, maintain_order=True)
        .agg(pl.col(*[c for c in worker if c not in child]).last(), x=pl.col("several").any().cast(pl.Float64))
    )
    workers = of_children.group_by(*dict.fromkeys([*groups, *worker])).agg(
        pl.col("x").sum(), y=pl.len().cast(pl.Float64)
    )
    return workers.sort(*dict.fromkeys([*groups, *worker]), nulls_last=True).select(
        *[pl.col(c).cast(pl.String) for c in groups],
        "x",
        "y",
        caseload="y",
        period_start=pl.lit(period.start),
        period_end=pl.lit(period.end),
    )


def _because(
    changes: pl.DataFrame, every: pl.DataFrame, periods: Sequence[Period], groups: Sequence[str], reasons: Sequence[str]
) -> pl.DataFrame:
    with_reason = pl.any_horizontal(pl.col("tells").list.contains(reason) for reason in reasons).fill_null(value=False)
    for_reason = pl.col("why").is_in(list(reasons)).fill_null(value=False)
    sides = by_period(
        changes,
        every,
        periods,
        by=groups,
        inside=happened("start_date", periods),
        sides={
            "numerator": (for_reason & with_reason).sum(),
            "denominator": with_reason.sum(),
            "people": fewest(
                CHILDREN,
                if_one_or_two(workers_lost(for_reason & with_reason)),
                if_one_or_two(workers_lost(~for_reason & with_reason)),
            ),
            "all changes": pl.len(),
        },
    )
    workers = reasons_of_each(changes.filter(with_reason), every, periods, groups, hit=for_reason)
    return known_reasons(between_workers(sides, workers, groups))


def reasons_of_each(
    changes: pl.DataFrame, every: pl.DataFrame, periods: Sequence[Period], groups: Sequence[str], *, hit: pl.Expr
) -> pl.DataFrame:
    """A row for each worker lost in a period: changes after them (y, and caseload), and those of the reason (x)."""
    frames = []
    for period in periods:
        silent = pl.col("organisation").is_in(unable_in(observed(every), period).implode())
        changes_then = changes.filter(~silent & pl.col("start_date").is_between(period.start, period.end))
        workers = changes_then.group_by(*dict.fromkeys([*groups, *_LOST])).agg(
            x=hit.sum().cast(pl.Float64), y=pl.len().cast(pl.Float64)
        )
        frames.append(
            workers.sort(*dict.fromkeys([*groups, *_LOST]), nulls_last=True).select(
                *[pl.col(c).cast(pl.String) for c in groups],
                "x",
                "y",
                caseload="y",
                period_start=pl.lit(period.start),
                period_end=pl.lit(period.end),
            )
        )
    return pl.concat(frames)


def reasons_untold(sides: pl.DataFrame) -> list[str]:
    """Why some sides have no figure although their organisations can answer: nobody records the reason for a change."""
    if "all changes" not in sides.columns:
        return []
    untold = (pl.col("marker") == NOT_AVAILABLE) & (pl.col("all changes") > 0)
    return [NO_REASONS] if sides.select(untold.fill_null(value=False).any()).item() else []


def known_reasons(sides: pl.DataFrame) -> pl.DataFrame:
    """Where nobody ever records a reason, nothing is known of it: not available, rather than 0 of 0."""
    untold = (pl.col("denominator") == 0) & (pl.col("all changes") > 0)
    return sides.with_columns(
        *[pl.when(~untold).then(pl.col(c)).alias(c) for c in ("numerator", "denominator", "people")],
        marker=pl.when(untold).then(pl.lit(NOT_AVAILABLE)).otherwise("marker"),
    )
