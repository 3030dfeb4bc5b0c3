"""Caseload: open cases against the full-time equivalents who hold them, how evenly they are spread, and which nobody in post holds.

A case is open from the day of receipt to the day it closes, both counted; where two workers in the same part hold a case on a day, the one
who took it last holds it, so that a handover counts once and workers' caseloads add up to the cases held. An organisation whose records
cannot answer leaves both sides and is named.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Final, Literal

import numpy as np
import polars as pl

from workforce.book import definition_of
from workforce.book.constants import LONG_ABSENCE_DAYS
from workforce.errors import UsageError
from workforce.frames import Frame, as_by, eager, need
from workforce.measures.availability import measure, not_available
from workforce.measures.holders import NOT_ALLOCATED, WORKER, Casework, Snapshot, refused_allocations
from workforce.periods import as_dates, working_days
from workforce.records import Records
from workforce.results import NOT_AVAILABLE, MeasureTable, stacked
from workforce.sealed import number_given, number_or_none, text_given
from workforce.stats.intervals import ratio_standard_error
from workforce.stats.rates import measure_table

NOT_APPLICABLE: Final = "z"
BANDS: Final = (1.0, 10.0, 15.0, 20.0, 25.0, 30.0)  # cases per FTE at which each band begins
# Of four or five workers who happen to have like caseloads, the spread says too little: limits of a team rest on half of the area's
# variance at least, where the area has so many workers (covered at 4 workers of the sample: 0.98 in place of 0.92).
_LEAST_OF_AREA: Final = 0.5
_WORKERS_OF_AREA: Final = 10
_FEW_APART: Final = 2  # workers of whom each could tell the other's caseload from their sum
NO_LIMIT: Final = "no limit of caseloads is set: caseload_limit under [casework]"
NO_LIMIT_OF_ROLES: Final = "no limit of caseloads is set for some of these roles: caseload_limit under [casework]"
_OVER_AGREED: Final = "over the agreed limit"
LIMIT: Final = 25.0  # cases per FTE, where an area has agreed no other

_WITHOUT_HOLDERS: Final = ("cases", "assignments")
GONE: Final = "held by someone who has gone"
ABSENT: Final = "held by someone away"
SICK: Final = "held by someone long sick"


@dataclass(frozen=True, slots=True)
class Absent:
    """Who has been absent for four weeks or more by a day (organisation, person_id), and which organisations record absence at all."""

    workers: pl.DataFrame
    recording: tuple[str, ...]

    @classmethod
    def on(cls, day: date, absences: Frame) -> "Absent":
        """Look at one day. Records of a person that overlap or touch (no working day between) are one absence; one without an end runs on.

        >>> notes = pl.DataFrame({"organisation": "council", "person_id": ["a", "a", "b"],
        ...     "start_date": [date(2023, 3, 1), date(2023, 3, 20), date(2023, 3, 20)], "end_date": [date(2023, 3, 17), None, None]})
        >>> Absent.on(date(2023, 3, 31), notes).workers["person_id"].to_list()   # from 1 March but for a weekend
        ['a']
        """
        need(absences, [*WORKER, "start_date"], what="absences")
        records = eager(absences)
        end = pl.col("end_date") if "end_date" in records.columns else pl.lit(None, pl.Date)
        begun = (
            records.filter(pl.col("start_date") <= day)
            .select(*WORKER, first="start_date", last=pl.min_horizontal(end, pl.lit(day)))
            .sort(*WORKER, "first", "last")
        )
        reached = pl.col("last").cum_max().shift(1).over(WORKER)
        between = working_days(reached + pl.duration(days=1), pl.col("first") - pl.duration(days=1))
        pieces = begun.with_columns(place=(between > 0).fill_null(value=True).cum_sum().over(WORKER))
        spells = pieces.group_by(*WORKER, "place").agg(pl.col("first").min(), pl.col("last").max())
        long = (pl.col("last") == day) & (pl.col("first") <= day - timedelta(days=LONG_ABSENCE_DAYS - 1))
        workers = spells.filter(long).select(WORKER).unique().sort(WORKER)
        return cls(workers, tuple(records["organisation"].unique().sort()))


@measure(
    "allocations",
    "cases",
    "assignments",
    by_definition={"all": _WITHOUT_HOLDERS, "all_weighted": _WITHOUT_HOLDERS},
)
def per_fte(
    records: Records,
    on: date | Sequence[date],
    *,
    definition: Literal["dfe", "all"],
    by: Sequence[str] = (),
    roles: Sequence[str] | None = None,
    weights: Mapping[str, float] | None = None,
) -> MeasureTable:
    """Open cases for each full-time equivalent on a day or days. Agency workers count on both sides.

    Parameters
    ----------
    records : Records
        The area's records; uses `cases`, `assignments` and `allocations` ("all" with `roles` can do without allocations).
    on : date or sequence of date
        The day, or days.
    definition : {"dfe", "all"}
        "dfe": cases held on the day by workers present / FTE of those workers (a worker with one case or more and FTE above 0); someone
        seconded out, on a career break or on parental leave is not present. "all": all open cases, whoever holds them, each once / FTE of
        all caseworkers in post.
    by : sequence of str
        Columns to group by: any column of `assignments`, read from the worker's main post (the largest FTE, then the earliest); by "all"
        a case that nobody in post holds is under its own organisation or locality, else under `not allocated`.
    roles : sequence of str, optional
        The roles of caseworkers; without them, every role in which someone holds a case on the day. With them, "dfe" looks at these posts
        alone; an organisation in which nobody ever had one of them is not part of the measure (where none is, marker ``z``); and "all"
        counts the cases of caseworkers: those held by someone who ever had one of the roles, and those that nobody on record holds,
        unless their kind (`case_type`) is mostly allocated to others there. A case held by two people in different parts (a key contact,
        a social worker) is in the caseload of both by "dfe".
    weights : mapping of str to float, optional
        What a case of each type weighs, one case where none is given; the definition is then `dfe_weighted` or `all_weighted`.

    Returns
    -------
    MeasureTable
        Value in cases per FTE; limits between workers, on the log scale with t, from the group's variance or half of that of all groups
        together, whichever is larger (cases that no caseworker holds are taken as they are); none for one worker alone. people: the
        workers; of "all", where one or two workers who are not at work hold cases, these, because their caseloads are what the two
        definitions differ by.

    Raises
    ------
    UsageError
        Where the definition is unknown, or a weight is not a number of 0 or more.

    References
    ----------
    DfE, Children's social work workforce: methodology ("dfe"); this project's measure book, "caseload".

    Examples
    --------
    >>> staff = pl.DataFrame({"organisation": ["council"] * 2, "person_id": ["a", "b"], "fte": [1.0, 0.5], "role": ["caseworker"] * 2,
    ...     "start_date": [date(2020, 1, 1)] * 2})
    >>> open_cases = pl.DataFrame({"organisation": ["council"] * 4, "case_id": list("wxyz"), "received_date": [date(2023, 1, 1)] * 4})
    >>> held = pl.DataFrame({"organisation": ["council"] * 3, "case_id": list("wxy"), "person_id": ["a"] * 3,
    ...     "start_date": [date(2023, 1, 2)] * 3})
    >>> area = Records(assignments=staff, cases=open_cases, allocations=held)
    >>> per_fte(area, date(2023, 3, 31), definition="dfe").frame["value"].item()   # three cases, one full-timer
    3.0
    >>> round(per_fte(area, date(2023, 3, 31), definition="all").frame["value"].item(), 2)   # four cases, two caseworkers
    2.67
    """
    name = _named(definition, weights)
    definition_of("caseload", name)
    groups, days = as_by(by), as_dates(on)
    holders_known = definition == "all" and roles is not None
    tables = ("assignments", "cases") if holders_known else ("assignments", "cases", "allocations")
    if reason := records.lacks(*tables, columns=groups):
        return not_available("caseload", [name], by=groups, when=days, reason=reason)
    casework = Casework.of(
        records.allocations,
        records.cases,
        records.assignments,
        roles=roles,
        weights=weights,
        refused=refused_allocations(records),
    )
    frames = []
    for day in days:
        shot = Snapshot.of(casework, day, groups)
        unable = casework.unable(day, needs_allocations=definition == "dfe")
        if definition == "dfe":
            sides = _rates(_by_worker_present(shot, unable), shot, unable)
        else:
            rows, absent = _by_caseworker(shot)
            sides = _guarded(_rates(rows, shot, unable), absent, shot.groups)
        frames.append(_on(day, sides, groups, casework))
    return measure_table(pl.concat(frames), "caseload", name, by=groups)


@measure("allocations", "cases", "assignments")
def distribution(
    records: Records,
    on: date | Sequence[date],
    *,
    by: Sequence[str] = (),
    limit: float | Mapping[str, float] | None = LIMIT,
    bands: Sequence[float] = BANDS,
    roles: Sequence[str] | None = None,
    weights: Mapping[str, float] | None = None,
    long_sick: bool = False,
) -> MeasureTable:
    """How cases are spread: workers in each band of cases per FTE, workers over the agreed limit, and cases that nobody present holds.

    Parameters
    ----------
    records : Records
        The area's records; uses `allocations`, `cases` and `assignments`, with `long_sick` also `absences`.
    on : date or sequence of date
        The day, or days.
    by : sequence of str
        Columns to group by, as in `per_fte`.
    limit : float or mapping of role to float, or None
        The agreed limit, in cases per FTE; with a mapping each worker has that of the role of their main post, and workers of a role that
        it does not name are not counted by `over_limit` (a group of no others has marker ``z``). None where the area has agreed none, so
        that nobody is over it (marker ``x``).
    bands : sequence of float
        Cases per FTE at which each band begins, rising.
    roles : sequence of str, optional
        The roles of caseworkers, as in `per_fte`.
    weights : mapping of str to float, optional
        What a case of each type weighs. The first two definitions are then `workers_weighted` and `over_limit_weighted`, by weighted cases
        per FTE; unheld cases are still counted one by one.
    long_sick : bool
        Whether cases held by someone long sick (absent, by that day, for four weeks or more) are a band of their own. An organisation that
        records no absence leaves that band and is named.

    Returns
    -------
    MeasureTable
        Three definitions, told apart by the column `band` too. `workers`: share of the workers present who hold cases with so many for
        each FTE, in % (every band, empty ones too; 9.5 cases per FTE are in "1 to 9"). `over_limit`: the share with more than `limit`, in
        %. `unheld`: a count of open cases, each once: not allocated, held by someone who has gone, held by someone away (seconded out, on
        a career break or on parental leave), held by someone long sick. Limits: Wilson, 95%.

    Raises
    ------
    UsageError
        Where the bands do not rise, or a weight is not a number of 0 or more.

    References
    ----------
    This project's measure book, "caseload_distribution".

    Examples
    --------
    >>> staff = pl.DataFrame({"organisation": ["council"], "person_id": ["a"], "fte": [0.5], "role": ["caseworker"],
    ...     "start_date": [date(2020, 1, 1)]})
    >>> open_cases = pl.DataFrame({"organisation": ["council"] * 7, "case_id": list("tuvwxyz"), "received_date": [date(2023, 1, 1)] * 7})
    >>> held = pl.DataFrame({"organisation": ["council"] * 6, "case_id": list("tuvwxy"), "person_id": ["a"] * 6,
    ...     "start_date": [date(2023, 1, 2)] * 6})
    >>> spread = distribution(Records(assignments=staff, cases=open_cases, allocations=held), date(2023, 3, 31))
    >>> rows = spread.frame.filter(pl.col("numerator") > 0)
    >>> rows.select("definition", "band", "value").rows()   # six cases on half a post, one not allocated
    [('unheld', 'not allocated', 1.0), ('workers', '10 to 14', 100.0)]
    """
    if list(bands) != sorted(set(bands)) or not bands:
        raise UsageError(
            "the bands of a caseload do not rise",
            where="bands=",
            hint="give where each band begins, such as (1, 10, 20)",
        )
    groups, days = as_by(by), as_dates(on)
    begins, agreed = [number_given(begin, "bands") for begin in bands], limit_given(limit)
    names = _names_of(begins)
    over = f"over {agreed:g}" if isinstance(agreed, float) else _OVER_AGREED
    by_workers, beyond_limit = _named("workers", weights), _named("over_limit", weights)
    frames: dict[str, list[pl.DataFrame]] = {by_workers: [], beyond_limit: [], "unheld": []}
    if reason := records.lacks("assignments", "cases", "allocations", columns=groups):
        return not_available("caseload_distribution", list(frames), by=groups, when=days, reason=reason)
    casework = Casework.of(
        records.allocations,
        records.cases,
        records.assignments,
        roles=roles,
        weights=weights,
        refused=refused_allocations(records),
    )
    for day in days:
        shot, unable = Snapshot.of(casework, day, groups), casework.unable(day, needs_allocations=True)
        away = Absent.on(day, records.absences) if long_sick else None
        workers = _by_worker_present(shot, unable).with_columns(load=pl.col("x") / pl.col("y"))
        banded = workers.with_columns(band=_band(begins, names))
        frames[by_workers].append(_on(day, _shares(banded, names, shot, unable), groups, casework))
        if isinstance(agreed, dict):
            by_role = Snapshot.of(casework, day, [*groups, "role"])
            sides = _over_limits(_by_worker_present(by_role, unable), agreed, shot, unable)
            frames[beyond_limit].append(_on(day, sides, groups, casework))
        elif agreed is not None:
            beyond = workers.with_columns(band=pl.when(pl.col("load") > agreed).then(pl.lit(over)))
            frames[beyond_limit].append(_on(day, _shares(beyond, [over], shot, unable), groups, casework))
        frames["unheld"].append(_on(day, unheld(shot, unable, away), groups, casework))
    tables = [
        measure_table(pl.concat(rows), "caseload_distribution", name, by=groups)
        if rows
        else not_available("caseload_distribution", [name], by=groups, when=days, reason=NO_LIMIT)
        for name, rows in frames.items()
    ]
    table = stacked(tables, sort=["definition", *groups, "band", "period_start"])
    reasons = [reason] if long_sick and (reason := records.lacks("absences")) else []
    if isinstance(agreed, dict) and casework.applies:
        without_limit = table.frame.filter(
            (pl.col("definition") == beyond_limit) & (pl.col("marker") == NOT_APPLICABLE)
        )
        has_all = set(roles or ()) <= set(agreed) and without_limit.is_empty()
        reasons += [] if has_all else [NO_LIMIT_OF_ROLES]
    return table._with_reasons(*reasons) if reasons else table


def limit_given(limit: object) -> float | dict[str, float] | None:
    """The limit that a caller or the settings give: one number, or a number for each role, as a plain `dict` of its own; None without one.

    >>> limit_given(25), limit_given({"SEND caseworker": 25}), limit_given({})
    (25.0, {'SEND caseworker': 25.0}, None)
    """
    if isinstance(limit, Mapping):
        return {text_given(role, "limit"): number_given(cases, "limit") for role, cases in dict(limit).items()} or None
    return number_or_none(limit, "limit")


def _over_limits(
    workers: pl.DataFrame, limits: Mapping[str, float], shot: Snapshot, unable: Sequence[str]
) -> pl.DataFrame:
    """Workers over the limit of their role, over all workers of whose role there is one; workers: grouped by role last."""
    role = f"group {len(shot.groups) - 1}"
    limited = workers.with_columns(
        limit=pl.col(role).replace_strict(dict(limits), default=None, return_dtype=pl.Float64),
        is_silent=pl.col("person_id").is_null(),
    )
    judged = limited.filter(pl.col("limit").is_not_null() | pl.col("is_silent")).with_columns(
        band=pl.when(pl.col("x") / pl.col("y") > pl.col("limit")).then(pl.lit(_OVER_AGREED))
    )
    sides = _shares(judged, [_OVER_AGREED], shot, unable)
    without = limited.join(sides, on=shot.groups, how="anti", nulls_equal=True).select(shot.groups).unique()
    # A group of which no role has a limit is able to answer, but there is nothing to be over.
    added = without.with_columns(
        able=pl.lit(value=True), left_out=pl.lit([], pl.List(pl.String)), band=pl.lit(_OVER_AGREED)
    )
    return pl.concat([sides.with_columns(is_limited=pl.lit(value=True)), added], how="diagonal_relaxed").with_columns(
        pl.col("is_limited").fill_null(value=False)
    )


def _named(definition: str, weights: Mapping[str, float] | None) -> str:
    return f"{definition}_weighted" if weights else definition


def _names_of(bands: Sequence[float]) -> list[str]:
    return [*[f"{begin:g} to {after - 1:g}" for begin, after in pairwise(bands)], f"{bands[-1]:g} or more"]


def _band(bands: Sequence[float], names: Sequence[str]) -> pl.Expr:
    """The last band that begins at or below the load; anything below the second band is in the first."""
    band = pl.lit(names[0])
    for begin, name in zip(bands[1:], names[1:], strict=True):
        band = pl.when(pl.col("load") >= begin).then(pl.lit(name)).otherwise(band)
    return band


def _by_worker_present(shot: Snapshot, unable: Sequence[str]) -> pl.DataFrame:
    """One row for each worker present who holds cases: x cases, y FTE; and the groups of organisations that cannot answer."""
    # A worker who holds a case in two parts carries it once.
    carried = shot.held.unique(["case", *WORKER]).group_by(WORKER).agg(x=pl.col("weight").sum())
    rows = shot.in_post.filter(pl.col("present_fte") > 0).join(carried, on=WORKER)
    silent = shot.cases.filter(pl.col("organisation").is_in(unable)).join(rows, on="organisation", how="anti")
    return pl.concat(
        [
            rows.select(*WORKER, *shot.groups, "x", y="present_fte").sort(WORKER),
            silent.select("organisation", *shot.groups).unique().sort("organisation", *shot.groups),
        ],
        how="diagonal",
    )


def _by_caseworker(shot: Snapshot) -> tuple[pl.DataFrame, pl.DataFrame]:
    """One row for each caseworker in post (x cases, perhaps none; y FTE), and for each holder, or group, of cases that none holds.

    And for each group of cases how many holders `dfe` does not count, because they are not at work.
    """
    key = [*WORKER, *shot.groups]
    holdings = shot.first_holders()
    x = (
        holdings.with_columns(person_id=pl.when("in_post").then("person_id"))
        .group_by(key)
        .agg(x=pl.col("weight").sum())
    )
    y = shot.in_post.filter(pl.col("caseworker_fte") > 0).select(*key, y="caseworker_fte")
    rows = (
        y.join(x, on=key, how="full", coalesce=True, nulls_equal=True)
        .with_columns(pl.col("x", "y").fill_null(0.0))
        .sort(key)
    )
    at_work = shot.in_post.filter(pl.col("present_fte") > 0)
    absent = holdings.filter(pl.col("person_id").is_not_null()).join(at_work, on=WORKER, how="anti")
    return rows, absent.group_by(shot.groups).agg(apart=pl.struct(WORKER).n_unique().cast(pl.Int64))


def _rates(rows: pl.DataFrame, shot: Snapshot, unable: Sequence[str]) -> pl.DataFrame:
    """Both sides for each group, with the variance of their ratio between workers."""
    able = rows.filter(~pl.col("organisation").is_in(unable))
    worker = pl.col("y") > 0
    x, y = pl.col("x").filter(worker), pl.col("y").filter(worker)
    sums = able.group_by(shot.groups).agg(
        numerator=pl.col("x").sum(),
        denominator=pl.col("y").sum(),
        people=worker.sum().cast(pl.Int64),
        x=x.sum(),
        xx=(x * x).sum(),
        xy=(x * y).sum(),
        yy=(y * y).sum(),
    )
    sides = (
        shot.answering(rows, unable)
        .join(sums, on=shot.groups, how="left", nulls_equal=True)
        .sort(shot.groups, nulls_last=True)
    )
    filled = sides.with_columns(
        pl.when("able").then(pl.col(c).fill_null(0)) for c in ("numerator", "denominator", "people")
    )
    spread = [filled[c].fill_null(0) for c in ("people", "xx", "xy", "yy", "x", "denominator")]
    of_group = ratio_standard_error(*spread) ** 2
    with np.errstate(divide="ignore", invalid="ignore"):
        least = (
            _LEAST_OF_AREA * _between_workers_of_area(filled) * filled["yy"].fill_null(0) / filled["denominator"] ** 2
        )
    return filled.with_columns(
        variance=pl.Series(np.fmax(of_group, least.to_numpy())), units=pl.col("people").cast(pl.Float64)
    )


def _between_workers_of_area(sides: pl.DataFrame) -> float:
    """The variance of cases between workers of all groups together, for each FTE squared; 0 where they are too few to tell."""
    columns = ("people", "xx", "xy", "yy", "x", "denominator")
    people, xx, xy, yy, x, y = (float(sides[c].cast(pl.Float64).sum()) for c in columns)
    if people < _WORKERS_OF_AREA:
        return 0.0
    error = float(ratio_standard_error(people, xx, xy, yy, x, y))
    return (error * y) ** 2 / yy


def _guarded(sides: pl.DataFrame, apart: pl.DataFrame, groups: Sequence[str]) -> pl.DataFrame:
    """What `all` counts and `dfe` does not are the cases of those who are not at work: of one or two of them, their own caseloads."""
    few_apart = pl.col("apart").is_between(1, _FEW_APART).fill_null(value=False) & pl.col("people").is_not_null()
    return sides.join(apart, on=list(groups), how="left", nulls_equal=True, maintain_order="left").with_columns(
        people=pl.when(few_apart).then("apart").otherwise("people")
    )


def _shares(workers: pl.DataFrame, labels: Sequence[str], shot: Snapshot, unable: Sequence[str]) -> pl.DataFrame:
    """Workers with each label, over all workers of the group; labels without a worker too."""
    able = workers.filter(~pl.col("organisation").is_in(unable))
    inside = able.group_by(*shot.groups, "band").agg(numerator=pl.len().cast(pl.Float64))
    totals = able.group_by(shot.groups).agg(people=pl.len().cast(pl.Int64))
    return (
        shot.answering(workers, unable)
        .join(totals, on=shot.groups, how="left", nulls_equal=True)
        .join(pl.DataFrame({"band": labels}), how="cross")
        .join(inside, on=[*shot.groups, "band"], how="left", nulls_equal=True)
        .with_columns(denominator=pl.col("people").cast(pl.Float64))
        .with_columns(pl.when("able").then(pl.col(c).fill_null(0)) for c in ("numerator", "denominator", "people"))
    )


def _on(day: date, sides: pl.DataFrame, by: Sequence[str], casework: Casework) -> pl.DataFrame:
    """Sides as a measure table takes them: a group that cannot answer has marker `x`; `left_out` names who left a group that can."""
    if not casework.applies:  # nobody anywhere ever had one of the roles
        figures = [c for c in ("numerator", "denominator", "people") if c in sides.columns]
        sides = sides.with_columns(pl.lit(None, sides.schema[c]).alias(c) for c in figures)
    names = {f"group {place}": c for place, c in enumerate(by)}
    is_limited = pl.col("is_limited") if "is_limited" in sides.columns else pl.lit(value=True)
    left_out = pl.lit([], pl.List(pl.String)) if "organisation" in by else pl.col("left_out")
    return (
        sides.with_columns(
            marker=pl.when(~pl.col("able")).then(pl.lit(NOT_AVAILABLE)).when(~is_limited).then(pl.lit(NOT_APPLICABLE))
            if casework.applies
            else pl.lit(NOT_APPLICABLE),
            left_out=left_out,
            period_start=pl.lit(day),
            period_end=pl.lit(day),
        )
        .select(
            *names,
            *[c for c in ("band", "denominator", "variance", "units") if c in sides.columns],
            "numerator",
            "people",
            "marker",
            "left_out",
            "period_start",
            "period_end",
        )
        .rename(names)
    )


def unheld(shot: Snapshot, unable: Sequence[str], absent: Absent | None) -> pl.DataFrame:
    """Open cases that nobody at work holds, by why; people are those whose names still stand against them."""
    why = (
        pl.when(pl.col("person_id").is_null())
        .then(pl.lit(NOT_ALLOCATED))
        .when(~pl.col("in_post"))
        .then(pl.lit(GONE))
        .when(~pl.col("present"))
        .then(pl.when("sick").then(pl.lit(SICK)).otherwise(pl.lit(ABSENT)))
    )
    cases = shot.first_holders(absent.workers if absent else None).with_columns(band=why)
    rows = [_counted(cases, shot, unable, [NOT_ALLOCATED, GONE, ABSENT])]
    if absent:  # who records no absence cannot tell that nobody is
        silent = cases["organisation"].unique().filter(~cases["organisation"].unique().is_in(list(absent.recording)))
        rows.append(_counted(cases, shot, sorted({*unable, *silent}), [SICK]))
    return pl.concat(rows)


def _counted(cases: pl.DataFrame, shot: Snapshot, unable: Sequence[str], bands: Sequence[str]) -> pl.DataFrame:
    counts = (
        cases.filter(~pl.col("organisation").is_in(list(unable)))
        .group_by(*shot.groups, "band")
        .agg(
            numerator=pl.len().cast(pl.Float64),
            people=pl.struct(WORKER).filter(pl.col("person_id").is_not_null()).n_unique().cast(pl.Int64),
        )
    )
    return (
        shot.answering(cases, unable)
        .join(pl.DataFrame({"band": bands}), how="cross")
        .join(counts, on=[*shot.groups, "band"], how="left", nulls_equal=True)
        .with_columns(pl.when("able").then(pl.col(c).fill_null(0)) for c in ("numerator", "people"))
    )
