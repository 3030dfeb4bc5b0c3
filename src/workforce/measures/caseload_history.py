"""Each caseworker's caseload as it was month by month, with their assignments, so that leaving can be compared with the load before it.

Rows are cut where the caseload changes, and nothing else about them does: every day of every row is there once, so that headcounts,
turnover and stays are what they were. A month carries the load at the end of the month before, because a cause comes first.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Final

import polars as pl

from workforce.errors import UsageError
from workforce.frames import eager
from workforce.measures.availability import measure
from workforce.measures.holders import WORKER, Casework, Snapshot
from workforce.measures.presence import OPEN, SPELL_START
from workforce.periods import Period, as_period
from workforce.records import Records
from workforce.sealed import number_given

CASELOAD_BANDS: Final = (15.0, 20.0, 25.0, 30.0)  # cases per FTE at which a band begins; below the first is a band too
NO_CASELOAD: Final = "no caseload"
NO_RECORD: Final = "no record of caseload"
_DIGITS: Final = 9  # a sum of FTE such as 0.1 + 0.7 is 0.8: what is smaller is rounding
# Names that no column of the records has.
_ROW, _FROM, _TO = "row number", "first day of the piece", "last day of the piece"
_ADDED: Final = ("caseload", "caseload_band", SPELL_START)


@measure("assignments", "allocations", "cases")
def with_history(
    records: Records,
    observed: Period | None = None,
    *,
    roles: Sequence[str],
    bands: Sequence[float] = CASELOAD_BANDS,
    weights: Mapping[str, float] | None = None,
    months_before: int = 1,
) -> Records:
    """The records with assignments cut by month, and the cases per FTE that each person carried at the end of the month before.

    As `wf.caseload.per_fte` by "dfe": open cases held on the day / FTE of the caseworkers' posts that the person is present in, all of
    them summed; agency workers too. It is the person's, whichever of their posts a row is of. Cases that stay in the name of someone who
    has left are in nobody's load. Band by pay or age before this, not after: a row's first day is no longer its spell's.

    Parameters
    ----------
    records : Records
        The area's records; uses `assignments`, `allocations` and `cases`.
    observed : Period, optional
        The months from its first day to its last are cut; without it those that the records cover.
    roles : sequence of str
        The roles of caseworkers (none: nobody has a caseload).
    bands : sequence of float
        Cases per FTE at which each band begins, from the second on.
    weights : mapping of str to float, optional
        What a case of each type weighs, as in `wf.caseload.per_fte`.
    months_before : int
        How many months before a month's first day the load is taken; 3 looks past the weeks of notice in which a leaver hands cases over.

    Returns
    -------
    Records
        The assignments have three more columns. `caseload`: cases per FTE; null where there is none or it is not recorded.
        `caseload_band`: the same as text, such as `under 15`, `15 to 19` (a load of 20 begins the next band, one of 19.5 does not) and
        `30 or more`; `no caseload` for staff in other roles, and for caseworkers away on secondment, career break or parental leave;
        `no record of caseload` for caseworkers' posts where the records cannot say: before the person was in such a post (so for most of a
        joiner's first month), before the organisation's records or its first allocation begin, outside the observed period, and where
        cases or allocations are not recorded. In a model of leaving each is a level of its own, so that nobody is lost from the other
        comparisons. `spell_start`: the first day of the row before it was cut, which tells the earlier of two posts.

    Raises
    ------
    UsageError
        Where the bands do not rise, the load is not taken before its month, or the assignments were cut before.

    References
    ----------
    This project's measure book, "caseload"; DfE, Children's social work workforce: methodology.

    Examples
    --------
    >>> from workforce.periods import month
    >>> staff = pl.DataFrame({"organisation": ["council"], "person_id": ["a"], "fte": [0.5], "role": ["caseworker"],
    ...     "start_date": [date(2023, 1, 9)]})
    >>> open_cases = pl.DataFrame({"organisation": ["council"] * 9, "case_id": list("abcdefghi"), "received_date": [date(2023, 1, 1)] * 9})
    >>> held = open_cases.select("organisation", "case_id", person_id=pl.lit("a"), start_date=pl.lit(date(2023, 1, 20)))
    >>> area = Records(assignments=staff, allocations=held, cases=open_cases)
    >>> loads = with_history(area, month("2023-02"), roles=["caseworker"]).assignments
    >>> loads.select("start_date", "caseload", "caseload_band").rows()[:2]   # at the end of January nine cases on half a post
    [(datetime.date(2023, 1, 9), None, 'no record of caseload'), (datetime.date(2023, 2, 1), 18.0, '15 to 19')]
    """
    staff = eager(records.assignments)
    _checked(staff, roles, bands, months_before)
    begins = [number_given(begin, "bands") for begin in bands]
    provenance = records._provenance.with_arguments(
        roles=roles,
        bands=bands if tuple(bands) != CASELOAD_BANDS else None,
        weights=weights,
        months_before=months_before if months_before != 1 else None,
    )
    if staff.is_empty():
        without = staff.with_columns(
            caseload=pl.lit(None, pl.Float64), caseload_band=pl.lit(None, pl.String), **{SPELL_START: "start_date"}
        )
        return records._with({"assignments": without}, _provenance=provenance)
    window = as_period(records.observed if observed is None else observed)
    casework = Casework.of(records.allocations, records.cases, staff, roles=roles, weights=weights)
    pieces = _in_pieces(staff, casework, window, begins, months_before)
    return records._with({"assignments": pieces}, _provenance=provenance)


def _in_pieces(
    staff: pl.DataFrame, casework: Casework, window: Period, bands: Sequence[float], months_before: int
) -> pl.DataFrame:
    """The assignments, cut where a load changes."""
    if "end_date" not in staff.columns:
        staff = staff.with_columns(end_date=pl.lit(None, pl.Date))
    rows = staff.with_row_index(_ROW)
    firsts = _first_days(window)
    loads = pl.concat([_loads(casework, begins, months_before) for begins in firsts[:-1]])
    pieces = _banded(_cut(rows, loads, firsts), loads, casework.roles or (), bands)
    same = pl.all_horizontal(pl.col(c).eq_missing(pl.col(c).shift(1)) for c in (_ROW, "caseload", "caseload_band"))
    merged = (
        pieces.with_columns(piece=(~same).fill_null(value=True).cum_sum())
        .group_by("piece", maintain_order=True)
        .agg(pl.col(_ROW, _FROM, "caseload", "caseload_band").first(), pl.col(_TO).last())
    )
    return (
        rows.join(merged.drop("piece"), on=_ROW, maintain_order="left_right")
        .with_columns(pl.col("start_date").alias(SPELL_START), start_date=_FROM, end_date=_TO)
        .select(*staff.columns, *_ADDED)
    )


def _checked(staff: pl.DataFrame, roles: Sequence[str], bands: Sequence[float], months_before: int) -> None:
    present_columns = [c for c in _ADDED if c in staff.columns]
    if present_columns:
        raise UsageError(
            'the assignments have a column "{column}" already',
            hint="give them as they were loaded",
            column=present_columns[0],
        )
    if isinstance(roles, str):
        raise UsageError("the roles of caseworkers are a list", where="roles=", hint='such as ["caseworker"]')
    if not bands or list(bands) != sorted(set(bands)) or bands[0] <= 0:
        raise UsageError("the bands of a caseload do not rise", where="bands=", hint="such as (15, 20, 25, 30)")
    if months_before < 1:
        raise UsageError(
            "a load is taken before the month that it stands for", where="months_before=", hint="1 or more"
        )


def _first_days(observed: Period) -> list[date]:
    """The first day of each month that the period touches, and of the month after."""
    number = observed.start.year * 12 + observed.start.month - 1
    last = observed.end.year * 12 + observed.end.month
    return [_first_day(n) for n in range(number, last + 1)]


def _first_day(months: int) -> date:
    return date(months // 12, months % 12 + 1, 1)


def _loads(casework: Casework, begins: date, months_before: int) -> pl.DataFrame:
    """What everyone in a caseworker's post carried at the end of an earlier month: organisation, person_id, month, caseload (or null)."""
    day = _first_day(begins.year * 12 + begins.month - months_before) - timedelta(days=1)
    shot = Snapshot.of(casework, day, [])
    silent = casework.unable(day, needs_allocations=True)
    begun = (
        casework.allocations.group_by("organisation")
        .agg(pl.col("start_date").min())
        .filter(pl.col("start_date") <= day)
    )
    # A worker who holds a case in two parts carries it once.
    cases_held = shot.held.unique(["case", *WORKER]).group_by(WORKER).agg(held=pl.col("weight").sum())
    return (
        shot.in_post.filter((pl.col("caseworker_fte") > 0) & ~pl.col("organisation").is_in(silent))
        .join(begun, on="organisation", how="semi")
        .join(cases_held, on=WORKER, how="left")
        .select(
            *WORKER,
            month=pl.lit(begins),
            caseload=pl.when(pl.col("present_fte") > 0).then(
                (pl.col("held").fill_null(0.0) / pl.col("present_fte")).round(_DIGITS)
            ),
        )
        .sort(WORKER)
    )


def _cut(numbered: pl.DataFrame, loads: pl.DataFrame, firsts: Sequence[date]) -> pl.DataFrame:
    """The rows of people with a load cut at the first days of months, the others whole: its number, person, role, days, month."""
    rows = numbered.select(_ROW, *WORKER, "role", first="start_date", last="end_date")
    inside = (pl.col(_FROM) > pl.col("first")) & (pl.col(_FROM) <= pl.col("last").fill_null(OPEN))
    cuts = rows.join(loads, on=WORKER, how="semi").join(pl.DataFrame({_FROM: firsts}), how="cross").filter(inside)
    following = pl.col(_FROM).shift(-1).over(_ROW, order_by=_FROM)
    return (
        pl.concat([rows.with_columns(pl.col("first").alias(_FROM)), cuts])
        .sort(_ROW, _FROM, nulls_last=True)
        .with_columns(pl.coalesce(following - pl.duration(days=1), "last").alias(_TO))
        .with_columns(
            month=pl.when(pl.col(_FROM).is_between(firsts[0], firsts[-1], closed="left")).then(
                pl.col(_FROM).dt.truncate("1mo")
            )
        )
    )


def _banded(pieces: pl.DataFrame, loads: pl.DataFrame, roles: Sequence[str], bands: Sequence[float]) -> pl.DataFrame:
    """The pieces with the load of their month, as a number and as a band."""
    in_words: pl.Expr = pl.lit(f"under {bands[0]:g}")
    for begin, name in zip(bands, _names(bands), strict=True):
        in_words = pl.when(pl.col("caseload") >= begin).then(pl.lit(name)).otherwise(in_words)
    carried = loads.with_columns(
        band=pl.when(pl.col("caseload").is_null()).then(pl.lit(NO_CASELOAD)).otherwise(in_words)
    )
    otherwise = pl.when(pl.col("role").is_in(list(roles))).then(pl.lit(NO_RECORD)).otherwise(pl.lit(NO_CASELOAD))
    return pieces.join(carried, on=[*WORKER, "month"], how="left", maintain_order="left").with_columns(
        caseload_band=pl.coalesce("band", otherwise)
    )


def _names(bands: Sequence[float]) -> list[str]:
    between = [f"{begin:g} to {after - 1:g}" if after - begin > 1 else f"{begin:g}" for begin, after in pairwise(bands)]
    return [*between, f"{bands[-1]:g} or more"]
