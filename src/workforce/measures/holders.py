"""Who holds which case on a day, and who is in post to hold one.

In each part (`worker_role`) of a case there is one holder, the one who took it last (of equals the first by person_id), so that a handover
counts once; each worker is under one main post, the largest FTE, then the earliest. Where the roles of caseworkers are named, an
organisation in which nobody ever had one of them has no part in the measure, and a case that only others hold is another service's.

Groups travel as the columns `all`, `group 0`, `group 1`, ..., so that none can be taken for a column of the records.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import isfinite
from typing import Final

import polars as pl

from workforce.errors import UsageError
from workforce.frames import Frame, eager, need
from workforce.measures.clocks import REVIEW, TRANSFER
from workforce.measures.presence import KNOWN_FROM, KNOWN_TO, observed, within_known
from workforce.records import Records

AWAY: Final = ("seconded_out", "career_break", "parental_leave")  # in post, but not at work on cases
NOT_ALLOCATED: Final = "not allocated"
WORKER: Final = ("organisation", "person_id")
CASE: Final = ("organisation", "case_id")
_OF_A_CASE: Final = ("organisation", "locality")  # the groups that a case has of its own
_KIND: Final = ("organisation", "case_type")
_REFUSED: Final = {"organisation": pl.String(), "case_id": pl.String(), "start_date": pl.Date(), "end_date": pl.Date()}
OF_A_PLAN: Final = (REVIEW, TRANSFER)  # kinds of case that are work on a plan
_MOSTLY: Final = 0.5  # of a kind's allocations: from this share on, an unheld case of the kind is one for caseworkers


@dataclass(frozen=True, slots=True)
class Casework:
    """Allocations, cases and assignments with their optional columns, and the days that each organisation's records cover.

    allocations: those of a case on record, with its dates and `weight` (1 unless weights were given), sorted by case (a number) and
    part, who took it last first: so that looking at a day is one pass, without sorting. recorded: the organisations that keep records
    of cases, of staff and of allocations. roles: the roles of caseworkers, where they were named. caseworkers: with roles,
    every worker (organisation, person_id) and whether they ever had one. kinds: with roles, the kinds of case (organisation, case_type)
    that others mostly hold. partly_known: workers of whom nothing is known outside of some days (known_from, known_to).
    refused: allocations that could not be read (organisation, case_id, start_date, end_date).
    """

    allocations: pl.DataFrame
    cases: pl.DataFrame
    assignments: pl.DataFrame
    covered: pl.DataFrame
    recorded: tuple[frozenset[str], frozenset[str], frozenset[str]]
    roles: tuple[str, ...] | None
    caseworkers: pl.DataFrame
    kinds_of_others: pl.DataFrame
    partly_known: pl.DataFrame
    refused: pl.DataFrame

    @classmethod
    def of(
        cls,
        allocations: Frame,
        cases: Frame,
        assignments: Frame,
        *,
        roles: Sequence[str] | None = None,
        weights: Mapping[str, float] | None = None,
        refused: pl.DataFrame | None = None,
    ) -> "Casework":
        """Check the three frames; the caller's own are not changed. refused: what `refused_allocations` returns."""
        need(allocations, [*CASE, "person_id", "start_date"], what="allocations")
        need(cases, [*CASE, "received_date"], what="cases")
        need(assignments, [*WORKER, "start_date", "fte", "role"], what="assignments")
        holdings = with_columns_absent(eager(allocations), {"end_date": pl.Date(), "worker_role": pl.String()})
        dated = with_columns_absent(eager(cases), {"closed_date": pl.Date(), "case_type": pl.String()}).with_row_index(
            "case"
        )
        staff = with_columns_absent(eager(within_known(assignments)), {"end_date": pl.Date(), "status": pl.String()})
        partly_known = _partly_known(staff)
        refused = pl.DataFrame(schema=dict(_REFUSED)) if refused is None else refused
        covered = observed(assignments)
        dated = _of_workers(dated, holdings).with_columns(weight=_weight(weights))
        if roles is None:
            nobody = staff.clear().select(*WORKER, caseworker=pl.lit(value=False))
            recorded = _recorded(dated, staff, holdings)
            kinds = dated.clear().select(_KIND)
            ordered = _in_order(holdings, dated)
            return cls(ordered, dated, staff, covered, recorded, None, nobody, kinds, partly_known, refused)
        workers = staff.group_by(WORKER).agg(caseworker=pl.col("role").is_in(list(roles)).any()).sort(WORKER)
        # Who sent no staff records cannot be told to have no caseworkers: they stay, and are named as unable to answer.
        without = workers.group_by("organisation").agg(pl.col("caseworker").any()).filter(~pl.col("caseworker"))
        outside = pl.col("organisation").is_in(without["organisation"].implode())
        holdings, dated, staff, covered = (f.filter(~outside) for f in (holdings, dated, staff, covered))
        recorded, other_kinds = _recorded(dated, staff, holdings), _kinds_of_others(holdings, dated, workers)
        ordered = _in_order(holdings, dated)
        return cls(ordered, dated, staff, covered, recorded, tuple(roles), workers, other_kinds, partly_known, refused)

    @property
    def applies(self) -> bool:
        """Whether any organisation has a part in the measure."""
        return self.roles is None or not (self.cases.is_empty() and self.assignments.is_empty())

    def unable(self, day: date, *, needs_allocations: bool) -> list[str]:
        """Organisations that record no cases, no staff or (where needed) no allocations, or whose records do not cover the day."""
        recorded = self.recorded if needs_allocations else self.recorded[:2]
        outside = self.covered.filter((pl.col("observed_from") > day) | (pl.col("observed_to") < day))
        organisations = frozenset().union(*recorded)
        return sorted(organisations.difference(frozenset.intersection(*recorded)).union(outside["organisation"]))


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One day.

    cases: open cases, under their own groups. held: one row for each open case (its number) and part: its holder, since when, its weight.
    in_post: one row for each worker in post, under their main post: present (at work on cases), caseworker_fte (in caseworkers' posts,
    present or not), present_fte (in the posts looked at, where present).
    """

    cases: pl.DataFrame
    held: pl.DataFrame
    in_post: pl.DataFrame
    groups: list[str]

    @classmethod
    def of(cls, casework: Casework, day: date, by: Sequence[str]) -> "Snapshot":
        """Look at one day. Without roles, the posts of caseworkers are the main posts of those who hold a case."""
        names = [f"group {place}" for place in range(len(by))]
        open_on_day = (pl.col("received_date") <= day) & (
            pl.col("closed_date").is_null() | (pl.col("closed_date") >= day)
        )
        of_its_own = [c in casework.cases.columns and c in _OF_A_CASE for c in by]
        cases = casework.cases.filter(open_on_day).select(
            "case",
            *CASE,
            "case_type",
            "weight",
            pl.lit(0).alias("all"),
            *[
                (pl.col(c).cast(pl.String) if has_group else pl.lit(NOT_ALLOCATED)).alias(name)
                for c, name, has_group in zip(by, names, of_its_own, strict=True)
            ],
        )
        current = (pl.col("start_date") <= day) & (pl.col("end_date").is_null() | (pl.col("end_date") >= day))
        taken_on = casework.allocations.filter(current & open_on_day)
        repeated = (pl.col("case") == pl.col("case").shift(1)) & pl.col("worker_role").eq_missing(
            pl.col("worker_role").shift(1)
        )
        holdings = taken_on.filter(~repeated.fill_null(value=False)).select(
            "case", *WORKER, "weight", since="start_date"
        )
        posts = casework.assignments.filter(current).select(
            *WORKER,
            "start_date",
            "fte",
            "role",
            pl.lit(0).alias("all"),
            *[pl.col(c).cast(pl.String).alias(name) for c, name in zip(by, names, strict=True)],
            present=~pl.col("status").fill_null("active").is_in(AWAY),
        )
        groups = ["all", *names]
        if casework.roles is not None:
            cases = cases.filter(_caseworkers_own(cases, holdings, casework))
        in_post = _in_post(posts, holdings, groups, casework.roles)
        return cls(_without_unknown_holders(cases, holdings, in_post, casework, day), holdings, in_post, groups)

    def answering(self, rows: pl.DataFrame, unable: Sequence[str]) -> pl.DataFrame:
        """Every group of the rows: whether any organisation in it can answer (`able`), and which cannot (`left_out`)."""
        silent = pl.col("organisation").is_in(list(unable))
        answers = rows.group_by(self.groups).agg(
            able=(~silent).any(), left_out=pl.col("organisation").filter(silent).unique().sort()
        )
        if answers.is_empty() and len(self.groups) == 1:  # the whole has a row for every day, with or without cases
            return pl.DataFrame(
                {"all": [0], "able": [True], "left_out": [[]]},
                schema={"all": pl.Int32, "able": pl.Boolean, "left_out": pl.List(pl.String)},
            )
        return answers

    def first_holders(self, sick: pl.DataFrame | None = None) -> pl.DataFrame:
        """Every open case once: with someone present before someone away before someone gone, then with who took it last.

        sick: organisation, person_id of those who are not at work although nothing in their post says so. Returns organisation, case_id,
        weight, person_id (null: not allocated), in_post, sick, present (in post and at work), and the groups: of the holder's main post,
        or the case's own where nobody in post holds it.
        """
        theirs = [f"{c} of the holder" for c in self.groups]
        posts_held = self.in_post.with_columns(in_post=pl.lit(value=True))
        missing = None if sick is None else sick.select(WORKER).unique().with_columns(sick=pl.lit(value=True))
        holdings = self.held.join(posts_held, on=WORKER, how="left")
        holders = (
            (holdings.with_columns(sick=False) if missing is None else holdings.join(missing, on=WORKER, how="left"))
            .with_columns(pl.col("in_post", "present", "sick").fill_null(value=False))
            .with_columns(pl.col("present") & ~pl.col("sick"))
            .sort("present", "in_post", "since", "person_id", descending=[True, True, True, False])
            .unique(subset="case", keep="first", maintain_order=True)
            .select(
                "case",
                "person_id",
                "in_post",
                "sick",
                "present",
                *[pl.col(c).alias(name) for c, name in zip(self.groups, theirs, strict=True)],
            )
        )
        return (
            self.cases.join(holders, on="case", how="left")
            .with_columns(pl.col("in_post", "sick", "present").fill_null(value=False))
            .with_columns(
                pl.when("in_post").then(pl.col(name)).otherwise(pl.col(c)).alias(c)
                for c, name in zip(self.groups, theirs, strict=True)
            )
            .drop(theirs)
            .sort(*CASE)
        )


def refused_allocations(records: Records) -> pl.DataFrame:
    """Return the allocations that could not be read, as far as their case could: organisation, case_id, start_date, end_date."""
    of_cases = (pl.col("table") == "allocations") & pl.col("case_id").is_not_null()
    return records._refused_rows.filter(of_cases).select(list(_REFUSED))


def _partly_known(staff: pl.DataFrame) -> pl.DataFrame:
    edges = with_columns_absent(staff, {KNOWN_FROM: pl.Date(), KNOWN_TO: pl.Date()})
    restricted = pl.col(KNOWN_FROM).is_not_null() | pl.col(KNOWN_TO).is_not_null()
    return edges.filter(restricted).select(*WORKER, KNOWN_FROM, KNOWN_TO).unique()


def _without_unknown_holders(
    cases: pl.DataFrame, holdings: pl.DataFrame, in_post: pl.DataFrame, casework: Casework, day: date
) -> pl.DataFrame:
    """Cases less those of which a row that could not be read may be the holder's, or the allocation's, and that nobody in post holds."""
    if casework.partly_known.is_empty() and casework.refused.is_empty():
        return cases
    unknown = ((pl.col(KNOWN_FROM) > day) | (pl.col(KNOWN_TO) < day)).fill_null(value=False)
    theirs = holdings.join(casework.partly_known.filter(unknown), on=WORKER, how="semi").select("case")
    outside = ((pl.col("start_date") > day) | (pl.col("end_date") < day)).fill_null(value=False)
    refused = cases.join(casework.refused.filter(~outside), on=CASE, how="semi").select("case")
    of_those_in_post = holdings.join(in_post, on=WORKER, how="semi").select("case")
    doubtful = pl.concat([theirs, refused]).join(of_those_in_post, on="case", how="anti")
    return cases.join(doubtful, on="case", how="anti", maintain_order="left")


def _weight(weights: Mapping[str, float] | None) -> pl.Expr:
    if not weights:
        return pl.lit(1.0)
    if not all(isfinite(w) and w >= 0 for w in weights.values()):
        raise UsageError(
            "a weight of a case type is not a number of 0 or more",
            where="weights=",
            hint='such as {{"ehc_assessment": 2.5}}',
        )
    return pl.col("case_type").replace_strict(dict(weights), default=1.0, return_dtype=pl.Float64)


def _recorded(*frames: pl.DataFrame) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    cases, staff, holdings = (frozenset(frame["organisation"].unique().to_list()) for frame in frames)
    return cases, staff, holdings


def _in_order(allocations: pl.DataFrame, cases: pl.DataFrame) -> pl.DataFrame:
    """Allocations of the cases on record by case and part, who took it last first (of equals the first by person_id)."""
    on_record = cases.select("case", *CASE, "received_date", "closed_date", "weight")
    return (
        allocations.select(*CASE, "person_id", "start_date", "end_date", "worker_role")
        .join(on_record, on=CASE)
        .drop("case_id")
        .sort("case", "worker_role", "start_date", "person_id", descending=[False, False, True, False], nulls_last=True)
    )


def _of_workers(cases: pl.DataFrame, allocations: pl.DataFrame) -> pl.DataFrame:
    """The cases without the kinds of `OF_A_PLAN` of organisations that give none of the kind to a worker: the plan itself is the case."""
    kinds_given = allocations.select(CASE).join(cases.select(*CASE, "case_type"), on=CASE).select(_KIND).unique()
    given = cases.join(
        kinds_given.with_columns(is_given=pl.lit(value=True)), on=_KIND, how="left", maintain_order="left"
    )
    return cases.filter(~cases["case_type"].is_in(OF_A_PLAN).fill_null(value=False) | given["is_given"].is_not_null())


def _kinds_of_others(allocations: pl.DataFrame, cases: pl.DataFrame, workers: pl.DataFrame) -> pl.DataFrame:
    """The kinds of case that are mostly allocated to people who never had a caseworker's role: organisation, case_type."""
    return (
        allocations.select(*CASE, "person_id")
        .join(cases.select(*CASE, "case_type"), on=CASE)
        .join(workers, on=WORKER)
        .group_by(_KIND)
        .agg(share=pl.col("caseworker").mean())
        .filter(pl.col("share") < _MOSTLY)
        .select(_KIND)
        .sort(_KIND)
    )


def _caseworkers_own(cases: pl.DataFrame, held: pl.DataFrame, casework: Casework) -> pl.Series:
    """Which open cases are caseworkers': held by someone who had one of the roles; or held by nobody known, and of a kind they hold."""
    holders = held.join(casework.caseworkers, on=WORKER).group_by("case").agg(theirs=pl.col("caseworker").any())
    kinds = casework.kinds_of_others.with_columns(of_others=pl.lit(value=True))
    with_reasons = cases.join(holders, on="case", how="left", maintain_order="left").join(
        kinds, on=_KIND, how="left", maintain_order="left"
    )
    return with_reasons.select(pl.col("theirs").fill_null(pl.col("of_others").is_null())).to_series()


def _in_post(
    posts: pl.DataFrame, held: pl.DataFrame, groups: Sequence[str], roles: Sequence[str] | None
) -> pl.DataFrame:
    largest = ["fte", "start_date", "role", *groups]
    falling = [True, *[False] * (len(largest) - 1)]
    if roles is None:
        holding = posts.join(held, on=WORKER, how="semi").sort(largest, descending=falling, nulls_last=True)
        caseworking = pl.col("role").is_in(
            holding.unique(subset=WORKER, keep="first", maintain_order=True)["role"].unique().implode()
        )
        looked_at = pl.lit(value=True)
    else:
        caseworking = pl.col("role").is_in(list(roles))
        looked_at = caseworking
    return (
        posts.with_columns(caseworking=caseworking, looked_at=looked_at)
        .sort("caseworking", "present", *largest, descending=[True, True, *falling], nulls_last=True)
        .group_by(WORKER, maintain_order=True)
        .agg(
            *[pl.col(c).first() for c in groups],
            present=pl.col("present").any(),
            caseworker_fte=pl.col("fte").filter("caseworking").sum(),
            present_fte=pl.col("fte").filter(pl.col("looked_at") & pl.col("present")).sum(),
        )
        .sort(WORKER)
    )


def with_columns_absent(frame: pl.DataFrame, optional: Mapping[str, pl.DataType]) -> pl.DataFrame:
    """The frame with columns of nulls for optional columns that it lacks."""
    return frame.with_columns(pl.lit(None, dtype).alias(c) for c, dtype in optional.items() if c not in frame.columns)
