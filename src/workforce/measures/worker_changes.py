"""What turnover does to continuity: how many children lose their worker with each caseworker who leaves.

A change of worker belongs to the one worker who was lost, under the post that they held, so that the changes of teams add up to those of
the whole.
"""

from collections.abc import Sequence
from typing import Final

import polars as pl

from workforce.frames import as_by, eager, need
from workforce.measures.availability import NO_ROLES, NOBODY_IN_ROLES, measure, not_available
from workforce.measures.clocks import CHILD, by_period, dated_cases, unable_in
from workforce.measures.continuity import (
    ABSENT,
    CHILDREN,
    LEFT,
    between_workers,
    caseloads,
    changes_of_worker,
    child_years,
    fewest,
    if_one_or_two,
    known_reasons,
    of_children,
    reasons_of_each,
    reasons_untold,
    workers_lost,
)
from workforce.measures.holders import WORKER
from workforce.measures.presence import OPEN, employed, observed, spells_of, timeline
from workforce.measures.turnover import leaving_stretches, turnover
from workforce.periods import Period, as_periods
from workforce.records import Records
from workforce.results import PERIOD_COLUMNS, MeasureTable, stacked
from workforce.stats.intervals import ratio_standard_error
from workforce.stats.rates import measure_table

HOLDERS: Final = ("employed", "agency", "bank")  # whoever can hold a case
NOT_TOLD: Final = "it is not recorded whether a child's worker changed because the worker left"
_WORKS: Final = "employment"
_IN_ROLES: Final = "has one of the roles"
_DEFINITIONS: Final = ("agency_left", "employee_left", "per_leaver", "rate", "worker_absent")


class _Work:
    """Changes and time held, each under the post of one worker in the roles, and those workers who left."""

    employee: Final = pl.col(_WORKS).fill_null("employed") == "employed"

    def __init__(self, held: pl.DataFrame, staff: pl.DataFrame, records: pl.DataFrame, groups: Sequence[str]) -> None:
        self._groups, self._records = list(groups), records
        columns = [c for c in dict.fromkeys([*groups, _IN_ROLES, _WORKS]) if c != "organisation"]
        posts = timeline(spells_of(staff, HOLDERS, columns=columns), columns=columns)
        in_roles = pl.col(_IN_ROLES) == "true"
        lost = changes_of_worker(held, ()).with_columns(
            given_up=pl.min_horizontal("until", "start_date"),
            organisation=pl.col("lost_from"),
            person_id=pl.col("lost"),
        )
        # The post of the worker who was lost: the last that had begun when they gave the case up.
        under = (
            lost.select(*WORKER, *[c for c in lost.columns if c not in (*WORKER, *columns)])
            .sort("given_up")
            .join_asof(
                posts.select(*WORKER, "first", *columns).sort("first"),
                left_on="given_up",
                right_on="first",
                by=list(WORKER),
                strategy="backward",
                check_sortedness=False,
            )
        )
        self._changes = under.filter(in_roles).sort(CHILD, "worker_role", "start_date", "lost", nulls_last=True)
        mine = held.select(*WORKER, CHILD, "closed_date", given="start_date", until="end_date").join(
            posts.filter(in_roles).select(*dict.fromkeys([*WORKER, "first", "last", *columns])), on=list(WORKER)
        )
        self._held = mine.with_columns(
            first=pl.max_horizontal("first", "given"), last=pl.min_horizontal("last", "until", "closed_date")
        ).filter(pl.col("first") <= pl.col("last"))
        columns_of_posts = [c for c in columns if c != _WORKS]
        self._employees = timeline(employed(staff, columns=columns_of_posts), columns=columns_of_posts).filter(in_roles)
        self._telling = held.filter(pl.col("change_reason").is_in(LEFT))["organisation"].unique()

    @property
    def tells_who_left(self) -> bool:
        """Whether any organisation records that a worker changed because one left."""
        return not self._telling.is_empty()

    def _by_period(
        self, rows: pl.DataFrame, periods: Sequence[Period], inside: Sequence[pl.Expr], sides: dict[str, pl.Expr]
    ) -> pl.DataFrame:
        return by_period(rows, self._records, periods, by=self._groups, inside=inside, sides=sides)

    def because(self, periods: Sequence[Period], reasons: Sequence[str], who: pl.Expr) -> pl.DataFrame:
        """Changes for a reason, of those from organisations that ever record it."""
        with_reason = pl.any_horizontal(pl.col("tells").list.contains(reason) for reason in reasons).fill_null(
            value=False
        )
        hit = (pl.col("why").is_in(list(reasons)) & who).fill_null(value=False) & with_reason
        sides = self._by_period(
            self._changes,
            periods,
            [pl.col("start_date").is_between(p.start, p.end) for p in periods],
            {
                "numerator": hit.sum(),
                "denominator": with_reason.sum(),
                "people": fewest(
                    CHILDREN,
                    workers_lost(with_reason),
                    if_one_or_two(workers_lost(hit)),
                    if_one_or_two(workers_lost(with_reason & ~hit)),
                ),
                "all changes": pl.len(),
            },
        )
        workers = reasons_of_each(self._changes.filter(with_reason), self._records, periods, self._groups, hit=hit)
        return known_reasons(between_workers(sides, workers, self._groups))

    def rate(self, periods: Sequence[Period]) -> pl.DataFrame:
        """Changes and the child-years of those who had a worker in the roles."""
        whose = list(dict.fromkeys(["organisation", *self._groups, CHILD]))
        frames, workers = [], []
        for period in periods:
            changes_then = self._changes.filter(pl.col("start_date").is_between(period.start, period.end))
            held_then = self._held.filter(
                (pl.col("first") <= period.end) & (pl.col("last") >= period.start)
            ).with_columns(
                first=pl.max_horizontal("first", pl.lit(period.start)),
                last=pl.min_horizontal("last", pl.lit(period.end)),
            )
            time = child_years(held_then, list(dict.fromkeys([*self._groups, CHILD])))
            changes_and_time = pl.concat(
                [
                    changes_then.select(*whose, "lost_from", "lost", x=1.0, y=0.0),
                    time.select(*whose, holder_from="organisation", holder="person_id", x=0.0, y="years"),
                ],
                how="diagonal_relaxed",
            )
            holders = pl.struct("holder_from", "holder").filter(pl.col("holder").is_not_null()).n_unique()
            sides = {
                "numerator": pl.col("x").sum(),
                "denominator": pl.col("y").sum(),
                "people": fewest(CHILDREN, holders, if_one_or_two(workers_lost(pl.col("x") > 0))),
            }
            frames.append(self._by_period(changes_and_time, [period], [pl.lit(value=True)], sides))
            workers.append(self._changes_of_each(changes_and_time, held_then, period))
        return between_workers(pl.concat(frames, how="vertical_relaxed"), pl.concat(workers), self._groups)

    def _changes_of_each(self, changes_and_time: pl.DataFrame, held: pl.DataFrame, period: Period) -> pl.DataFrame:
        """A row for each worker in the roles: changes after them, child-years with them, and their largest caseload."""
        # A post is of the worker's organisation, so that the changes and the time of one worker are in one organisation.
        silent = pl.col("organisation").is_in(unable_in(self._records, period).implode())
        worker = list(dict.fromkeys([*self._groups, *WORKER]))
        of_each = (
            changes_and_time.filter(~silent)
            .with_columns(person_id=pl.coalesce("lost", "holder"))
            .group_by(worker)
            .agg(pl.col("x", "y").sum())
        )
        return (
            of_each.join(caseloads(held, worker), on=worker, how="left", nulls_equal=True)
            .sort(worker, nulls_last=True)
            .select(
                *[pl.col(c).cast(pl.String) for c in self._groups],
                "x",
                "y",
                "caseload",
                period_start=pl.lit(period.start),
                period_end=pl.lit(period.end),
            )
        )

    def per_leaver(self, periods: Sequence[Period]) -> pl.DataFrame:
        """Changes because an employee left, and the employees who left; of organisations that record why a worker changed."""
        key = list(dict.fromkeys([*WORKER, *self._groups]))
        hit = pl.col("why").is_in(LEFT) & self.employee
        followed = [
            self._changes.filter(hit & pl.col("start_date").is_between(p.start, p.end))
            .select(*key, pl.lit(1.0).alias("x"), pl.lit(0.0).alias("y"))
            .with_columns(period_start=pl.lit(p.start), period_end=pl.lit(p.end))
            for p in periods
        ]
        leavers = leaving_stretches(self._employees, periods, reasons=None).select(
            *key, pl.lit(0.0).alias("x"), pl.lit(1.0).alias("y"), *PERIOD_COLUMNS
        )
        by_worker = (
            pl.concat([*followed, leavers])
            .group_by(*key, *PERIOD_COLUMNS)
            .agg(pl.col("x", "y").sum())
            .sort(*key, *PERIOD_COLUMNS, nulls_last=True)
        )
        x, y = pl.col("x"), pl.col("y")
        rows = by_period(
            by_worker.with_columns(pl.concat_str(WORKER, separator="\x1f").alias(CHILD)),
            _silenced(self._records, self._telling),
            periods,
            by=self._groups,
            inside=[(pl.col("period_start") == p.start) & (pl.col("period_end") == p.end) for p in periods],
            sides={
                "numerator": x.sum(),
                "denominator": y.sum(),
                # Without a leaver the changes are those after one of an earlier period, and may be one worker's caseload.
                "people": fewest(y.sum(), (x > 0).sum()),
                "units": pl.len(),
                "xx": (x * x).sum(),
                "xy": (x * y).sum(),
                "yy": (y * y).sum(),
            },
        )
        spread = [rows[c].fill_null(0) for c in ("units", "xx", "xy", "yy", "numerator", "denominator")]
        return rows.with_columns(variance=pl.Series(ratio_standard_error(*spread)) ** 2)


@measure("allocations", "cases", "assignments")
def worker_changes(
    records: Records,
    periods: Period | Sequence[Period],
    *,
    roles: Sequence[str],
    by: Sequence[str] = (),
    annualised: bool = False,
) -> MeasureTable:
    """Changes of worker with the turnover of the workers, and how many changes there were for each worker who left.

    A change counts on the day on which the next worker began, a leaver on the last day worked, so that over a short period the two may
    not be about the same people.

    Parameters
    ----------
    records : Records
        The area's records; uses `allocations`, `cases` and `assignments`.
    periods : Period or sequence of Period
        For example ``wf.year_to("2023-03")``.
    roles : sequence of str
        The roles of caseworkers; only workers in one of them are looked at.
    by : sequence of str
        Columns to group by: any column of `assignments`, read from the post that the lost worker held when they gave the case up (for
        child-years, on each day).
    annualised : bool
        Whether turnover is multiplied to a year.

    Returns
    -------
    MeasureTable
        Of the measure `turnover`, for the roles alone: `average`. Of `worker_changes`: `rate`, changes of worker / child-years with a
        worker in the roles; `employee_left`, `agency_left`, `worker_absent`, the share of those changes that came because an employee
        left, an agency or bank worker left, or the worker was absent, of the changes from organisations that ever record the reason
        (marker ``x`` where none does); `per_leaver`, changes because an employee left / employees who left. Limits: gamma, by worker, as
        in `continuity`; of `per_leaver` on the log scale, between leavers. people: the workers behind the figure, of `per_leaver` those
        who left; where one or two alone are behind the changes, or behind the others of a share, these (it would be their caseloads).

    References
    ----------
    This project's measure book, "worker_changes".

    Examples
    --------
    >>> from datetime import date
    >>> from workforce.periods import financial_year
    >>> staff = pl.DataFrame({"organisation": "council", "person_id": ["a", "b"], "fte": 1.0, "role": "caseworker",
    ...     "start_date": date(2020, 1, 1), "end_date": [date(2022, 8, 31), None]})
    >>> two = pl.DataFrame({"organisation": "council", "case_id": ["1", "2"], "child_id": ["c", "d"], "received_date": date(2022, 4, 1)})
    >>> held = pl.DataFrame({"organisation": "council", "case_id": ["1", "2", "1", "2"], "person_id": list("aabb"),
    ...     "worker_role": "caseworker", "start_date": [date(2022, 4, 1)] * 2 + [date(2022, 9, 5)] * 2,
    ...     "end_date": [date(2022, 8, 31)] * 2 + [None] * 2, "change_reason": ["worker_left"] * 2 + [None] * 2})
    >>> area = Records(allocations=held, cases=two, assignments=staff)
    >>> table = worker_changes(area, financial_year("2022-23"), roles=["caseworker"]).filter(pl.col("definition") == "per_leaver")
    >>> table.frame.select("numerator", "denominator", "value").row(0)   # two children, one leaver
    (2.0, 1.0, 2.0)
    """
    groups, spans = as_by(by), as_periods(periods)
    if reason := records.lacks("assignments", columns=groups):
        without_staff = not_available("turnover", ["average"], by=groups, when=spans, reason=reason)
        return stacked([without_staff, _no_changes(groups, spans, reason)])
    need(records.assignments, [*WORKER, "start_date", "fte", "role"], what="assignments")
    staff = eager(records.assignments).with_columns(pl.col("role").is_in(list(roles)).cast(pl.String).alias(_IN_ROLES))
    if not staff["role"].is_in(list(roles)).any():
        reason = NOBODY_IN_ROLES if roles else NO_ROLES
        nobody = not_available("turnover", ["average"], by=groups, when=spans, reason=reason)
        return stacked([nobody, _no_changes(groups, spans, reason)])
    if _WORKS not in staff.columns:
        staff = staff.with_columns(pl.lit("employed").alias(_WORKS))
    with_roles = records._with({"assignments": staff})
    turned = turnover(with_roles, spans, definition="average", by=[*groups, _IN_ROLES], annualised=annualised)
    in_roles = turned.filter(pl.col(_IN_ROLES) == "true")
    of_the_roles = in_roles._with(in_roles.frame.drop(_IN_ROLES), groups=groups)
    if reason := records.lacks("cases", "allocations"):
        return stacked([of_the_roles, _no_changes(groups, spans, reason)])
    need(records.allocations, [*WORKER, "case_id", "start_date"], what="allocations")
    dated = dated_cases(records.cases, None)
    allocated = of_children(eager(records.allocations), dated)
    work = _Work(allocated, staff, _answering(allocated, dated, staff), groups)
    sides = {
        "agency_left": work.because(spans, LEFT, ~work.employee),
        "employee_left": work.because(spans, LEFT, work.employee),
        "per_leaver": work.per_leaver(spans),
        "rate": work.rate(spans),
        "worker_absent": work.because(spans, ABSENT, pl.lit(value=True)),
    }
    changes = [
        measure_table(rows, "worker_changes", name, by=groups)._with_reasons(*reasons_untold(rows))
        for name, rows in sides.items()
    ]
    table = stacked([of_the_roles, *changes])
    return table if work.tells_who_left else table._with_reasons(NOT_TOLD)


def _no_changes(groups: Sequence[str], periods: Sequence[Period], reason: str) -> MeasureTable:
    return not_available("worker_changes", _DEFINITIONS, by=groups, when=periods, reason=reason)


def _answering(held: pl.DataFrame, cases: pl.DataFrame, staff: pl.DataFrame) -> pl.DataFrame:
    """For which days each organisation with workers in the roles can answer: organisation, observed_from, observed_to."""
    having = staff.filter(pl.col(_IN_ROLES) == "true")["organisation"].unique()
    days = pl.concat([observed(cases), observed(staff)]).group_by("organisation")
    covered = days.agg(pl.col("observed_from").max(), pl.col("observed_to").min()).sort("organisation")
    return _silenced(covered.filter(pl.col("organisation").is_in(having.implode())), held["organisation"].unique())


def _silenced(records: pl.DataFrame, able: pl.Series) -> pl.DataFrame:
    """Records in which organisations that cannot answer cover no day: theirs begin after all of them."""
    silent = ~pl.col("organisation").is_in(able.implode())
    return records.with_columns(observed_from=pl.when(silent).then(pl.lit(OPEN)).otherwise("observed_from"))
