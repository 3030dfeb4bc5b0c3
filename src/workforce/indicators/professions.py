"""Professions that hold cases: their caseloads, changes of worker and targets are never pooled.

A profession is a part that workers have in cases (`worker_role`: caseworker, social worker, therapist) together with their staff group, as
far as each is recorded; where neither is, every role is a profession of its own.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import polars as pl

from workforce.frames import eager
from workforce.records import Records

_WORKER: Final = ("organisation", "person_id")
_CASE: Final = ("organisation", "case_id")
_STAFF: Final = {"organisation": pl.String(), "person_id": pl.String(), "role": pl.String()}
_PART: Final = "worker_role"
_GROUP: Final = "staff_group"


@dataclass(frozen=True, slots=True)
class Profession:
    """Workers whose cases are counted together.

    Parameters
    ----------
    name : str
        As it is printed.
    roles : tuple of str
        Their roles.
    parts : frozenset of str
        The parts that they mostly have in cases; empty where none is recorded.
    shared : bool
        Whether workers of another profession have one of these parts.
    with_cases : bool
        Whether anybody in these roles ever held a case.
    """

    name: str
    roles: tuple[str, ...]
    parts: frozenset[str] = frozenset()
    shared: bool = False
    with_cases: bool = True


def professions(records: Records, roles: Sequence[str] = (), *, named: bool) -> list[Profession]:
    """Return the professions of those who hold cases in some roles.

    Parameters
    ----------
    records : Records
        The area's records; uses `allocations` and `assignments`.
    roles : sequence of str
        The roles to look at; without them, every role of somebody who ever held a case.
    named : bool
        Whether a KPI names these roles as one profession. They are then told apart by the part that they mostly have in cases, and not by
        their staff groups, which organisations call differently.

    Returns
    -------
    list of Profession
        By name; empty where no records say who holds cases.

    Examples
    --------
    >>> staff = pl.DataFrame({"organisation": "council", "person_id": ["a", "b"], "role": ["SEND caseworker", "Social worker"]})
    >>> held = pl.DataFrame({"organisation": "council", "case_id": ["1", "2"], "person_id": ["a", "b"],
    ...     "worker_role": ["caseworker", "social worker"]})
    >>> area = Records(assignments=staff, allocations=held)
    >>> [one.name for one in professions(area, named=False)]
    ['caseworker', 'social worker']
    >>> [one.name for one in professions(area, ["SEND caseworker"], named=True)]
    ['SEND caseworker']
    """
    if records.lacks("assignments"):
        return [] if roles else _of_worker_roles(records)
    by_role = _roles_with_cases(records)
    holding = frozenset(by_role["role"])
    elsewhere = by_role.filter(~pl.col("role").is_in(list(roles)))[_PART].to_list() if named else []
    if roles:
        by_role = by_role.filter(pl.col("role").is_in(list(roles)))
    if named:
        # A role of which no part is recorded goes with the others that are named with it.
        usual = next(iter(by_role[_PART].drop_nulls()), None)
        worker_role_of = dict(by_role.select("role", pl.col(_PART).fill_null(pl.lit(usual, pl.String))).iter_rows())
        keyed = [(role, worker_role_of.get(role, usual), None) for role in dict.fromkeys(roles)]
    else:
        keyed = [
            (role, worker_role, group or (None if worker_role else role))
            for role, worker_role, group in by_role.iter_rows()
        ]
    roles_of: dict[tuple[str | None, str | None], list[str]] = {}
    for role, worker_role, group in keyed:
        roles_of.setdefault((worker_role, group), []).append(role)
    candidates = (
        Profession(
            ", ".join(theirs) if named else group or worker_role or "",
            tuple(theirs),
            frozenset([worker_role] if worker_role else []),
            with_cases=not holding.isdisjoint(theirs),
        )
        for (worker_role, group), theirs in roles_of.items()
    )
    return _with_distinct_names(candidates, elsewhere)


def _with_distinct_names(candidates: Iterable[Profession], elsewhere: Iterable[str]) -> list[Profession]:
    """By name; two that share their name have their part in it. elsewhere: the parts of the roles that were not looked at."""
    listed = list(candidates)
    names = Counter(profession.name for profession in listed)
    professions_with = Counter([*(worker_role for p in listed for worker_role in p.parts), *elsewhere])
    renamed = (
        replace(
            profession,
            name=", ".join([profession.name, *(profession.parts if names[profession.name] > 1 else [])]),
            shared=any(professions_with[worker_role] > 1 for worker_role in profession.parts),
        )
        for profession in listed
    )
    return sorted(renamed, key=lambda profession: profession.name)


def _of_worker_roles(records: Records) -> list[Profession]:
    """Without a staff list: the parts that workers have in cases."""
    worker_roles = _with(records.allocations, _PART)[_PART].drop_nulls().unique().sort()
    return [Profession(worker_role, (), frozenset([worker_role])) for worker_role in worker_roles]


def _roles_with_cases(records: Records) -> pl.DataFrame:
    """Every role of somebody who ever held a case, with the part and the staff group that it mostly has."""
    schema = {"role": pl.String(), _PART: pl.String(), _GROUP: pl.String()}
    if records.lacks("assignments", "allocations"):
        return pl.DataFrame(schema=schema)
    staff, allocations = _with(records.assignments, _GROUP), _with(records.allocations, _PART)
    allocated = allocations.group_by(*_WORKER, _PART).agg(times=pl.len())
    posts = staff.filter(pl.col("role").is_not_null()).select(*_WORKER, "role", _GROUP).unique()
    of_roles = posts.join(allocated, on=list(_WORKER))
    roles = of_roles.select("role").unique()
    for column in (_PART, _GROUP):
        roles = roles.join(_most_frequent(of_roles, column), on="role", how="left")
    return roles.select(pl.col(c).cast(kind) for c, kind in schema.items()).sort("role")


def _with(frame: pl.DataFrame | pl.LazyFrame, column: str) -> pl.DataFrame:
    rows = eager(frame)
    return rows if column in rows.columns else rows.with_columns(pl.lit(None, pl.String).alias(column))


def _most_frequent(rows: pl.DataFrame, column: str) -> pl.DataFrame:
    """The most frequent value of a column for each role."""
    return (
        rows.filter(pl.col(column).is_not_null())
        .group_by("role", column)
        .agg(pl.col("times").sum())
        .sort("role", "times", column, descending=[False, True, False])
        .unique("role", keep="first", maintain_order=True)
        .select("role", column)
    )


def held_by(records: Records, profession: Profession) -> Records:
    """Return the records with the allocations to one profession, and the cases that it ever held.

    An allocation is the profession's where its worker ever had one of the roles and its part, if recorded, is the profession's; or where
    the staff list does not have the worker and the part is that of no other profession.

    Parameters
    ----------
    records : Records
        The area's records.
    profession : Profession
        As `professions` returns it.

    Returns
    -------
    Records
        New records; these stay as they are.

    Examples
    --------
    >>> staff = pl.DataFrame({"organisation": "council", "person_id": ["a", "b"], "role": ["SEND caseworker", "Social worker"]})
    >>> held = pl.DataFrame({"organisation": "council", "case_id": ["1", "2"], "person_id": ["a", "b"]})
    >>> area = Records(assignments=staff, allocations=held, cases=held.select("organisation", "case_id"))
    >>> held_by(area, Profession("SEND", ("SEND caseworker",))).cases["case_id"].to_list()
    ['1']
    """
    allocations = _with(records.allocations, _PART)
    staff = eager(records.assignments) if not records.lacks("assignments") else pl.DataFrame(schema=_STAFF)
    in_roles = staff.filter(pl.col("role").is_in(list(profession.roles))).select(_WORKER).unique()
    listed = staff.select(_WORKER).unique()
    flagged = allocations.join(
        in_roles.with_columns(of_roles=True), on=list(_WORKER), how="left", maintain_order="left"
    )
    flagged = flagged.join(listed.with_columns(listed=True), on=list(_WORKER), how="left", maintain_order="left")
    of_roles, of_staff = (pl.col(c).fill_null(value=False) for c in ("of_roles", "listed"))
    in_its_part = pl.col(_PART).is_in(list(profession.parts)).fill_null(value=False)
    its_own = of_roles & (in_its_part | pl.col(_PART).is_null()) if profession.parts else of_roles
    not_listed = ~of_staff & in_its_part if profession.parts and not profession.shared else pl.lit(value=False)
    their_allocations = flagged.filter(its_own | not_listed).drop("of_roles", "listed")
    cases = eager(records.cases).join(
        their_allocations.select(_CASE).unique(), on=list(_CASE), how="semi", maintain_order="left"
    )
    return records._with({"allocations": their_allocations.select(eager(records.allocations).columns), "cases": cases})
