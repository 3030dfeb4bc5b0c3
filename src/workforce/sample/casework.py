"""The cases that each caseworker's seat carries, who held them when, and where the time of an assessment goes.

A seat that is to carry L cases per FTE carries that many at all times but for a few days between two cases, so that the caseload effect on
leaving can be found from the allocations. When the worker leaves, a case waits, goes to agency cover, or stays by mistake with the leaver.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from workforce.book.constants import DAYS_IN_A_WEEK, DECISION_WEEKS, PLAN_WEEKS
from workforce.sample.design import JOBS, SEND_CASEWORK, SOCIAL_WORK, THERAPIES
from workforce.sample.people import Workforce
from workforce.sample.posts import NOBODY, Flags, Ints, as_days, named

ASSESSMENT, PLAN, SOCIAL, THERAPY = range(4)
CASE_TYPES: Final = ("ehc_assessment", "ehc_plan", "social_care", "therapy")
OUTCOMES: Final = (
    "plan_issued",
    "request_refused",
    "no_plan",
    "withdrawn",
    "ceased",
    "moved_away",
    "needs_met",
    "stepped_down",
    "discharged",
)
PLAN_ISSUED: Final = OUTCOMES.index("plan_issued")
_ROLES: Final = ("caseworker", "caseworker", "social worker", "therapist")
_BURN_IN: Final = 3_000  # days before the records at which the first cases of every seat begin
_PLAN_DAYS, _SOCIAL_DAYS, _THERAPY_DAYS = 1_100.0, 420.0, 240.0
_ASSESSMENTS: Final = (
    0.6  # of a SEND seat's new cases, those that are requests; the rest are plans of children who moved in
)
_REFUSED, _NO_PLAN, _WITHDRAWN = 0.20, 0.07, 0.03
_IN_TIME: Final = 0.55
_EXCEPTIONS: Final = 0.07
_THERAPY_SLOTS: Final = 4
_SHARED_CHILDREN: Final = 0.6  # of therapy referrals, those of children whom a SEND caseworker knows
_KEPT_BY_LEAVER: Final = 0.3  # of empty seats without cover, those whose cases stay in the leaver's name
_AUDITED: Final = 0.15
_GRADES: Final = ("outstanding", "good", "requires_improvement", "inadequate")
_SIX_WEEKS, _TWENTY_WEEKS = DAYS_IN_A_WEEK * DECISION_WEEKS, DAYS_IN_A_WEEK * PLAN_WEEKS
_STAGES_SINCE: Final = 730  # days: stage dates are recorded in the last two years only


@dataclass(frozen=True, slots=True)
class Cases:
    """Cases as arrays: the seat that carries each, its kind, child, first and last day, outcome."""

    seat: Ints
    kind: Ints
    child: Ints
    start: Ints
    end: Ints
    outcome: Ints
    exception: Flags


def make_cases(workforce: Workforce, first: int, until: int, rng: np.random.Generator) -> Cases:
    """Every seat's cases that were open on a day of the records."""
    seats = workforce.seats
    slots = np.rint(seats.load * seats.fte).astype(np.int64)
    slots[np.array([j.staff_group in THERAPIES for j in JOBS])[seats.job]] = _THERAPY_SLOTS
    seat = np.repeat(np.arange(seats.count), slots)
    group = np.array([_kind_of(j.staff_group) for j in JOBS])[seats.job[seat]]
    start = first - _BURN_IN + rng.integers(0, 400, len(seat))
    planned, child = np.zeros(len(seat), dtype=bool), np.zeros(len(seat), dtype=np.int64)
    children = 1
    batches: list[list[Ints]] = []
    while len(seat):  # once per generation of cases, all slots together
        request = (group == ASSESSMENT) & ~planned & (rng.random(len(seat)) < _ASSESSMENTS)
        kind = np.where(group == ASSESSMENT, np.where(request, ASSESSMENT, PLAN), group)
        child = np.where(planned, child, children + np.arange(len(seat)))
        children += len(seat)
        days, outcome, exception = _durations(kind, rng)
        end = start + days
        recorded = end >= first
        batches.append(
            [
                seat[recorded],
                kind[recorded],
                child[recorded],
                start[recorded],
                end[recorded],
                outcome[recorded],
                exception[recorded].astype(np.int64),
            ]
        )
        planned = (kind == ASSESSMENT) & (outcome == PLAN_ISSUED)
        following = end + 1 + np.where(planned, 0, rng.integers(0, 8, len(seat)))
        on = following <= until
        seat, group, start, planned, child = seat[on], group[on], following[on], planned[on], child[on]
    cases = np.concatenate([np.stack(columns) for columns in batches], axis=1)
    seat, kind, child, start, end, outcome, exceptional = cases[:, np.lexsort((cases[1], cases[3], cases[0]))]
    children_known = np.unique(child[kind <= PLAN])
    shared = (kind == THERAPY) & (rng.random(len(kind)) < _SHARED_CHILDREN)
    if len(children_known):
        child[shared] = rng.choice(children_known, int(shared.sum()))
    child = rng.permutation(int(child.max(initial=0)) + 1)[child]
    return Cases(seat, kind, child, start, end, outcome, exceptional.astype(bool))


def no_cases() -> Cases:
    """Cases where none are wanted."""
    none = np.zeros(0, dtype=np.int64)
    return Cases(none, none, none, none, none, none, none.astype(bool))


def _kind_of(staff_group: str) -> int:
    return {SEND_CASEWORK: ASSESSMENT, SOCIAL_WORK: SOCIAL}.get(staff_group, THERAPY)


def _durations(kind: Ints, rng: np.random.Generator) -> tuple[Ints, Ints, Flags]:
    """Days until the outcome, the outcome, and whether a statutory exception applies."""
    n = len(kind)
    means = np.array([0.0, _PLAN_DAYS, _SOCIAL_DAYS, _THERAPY_DAYS])
    days = 10 + rng.exponential(size=n) * means[kind]
    outcome = np.select(
        [kind == PLAN, kind == SOCIAL, kind == THERAPY],
        [rng.integers(4, 6, n), rng.integers(6, 8, n), np.full(n, OUTCOMES.index("discharged"))],
        PLAN_ISSUED,
    )
    request = kind == ASSESSMENT
    fate = rng.random(n)
    exception = request & (rng.random(n) < _EXCEPTIONS)
    prompt = rng.random(n) < _IN_TIME
    plan_days = (
        np.where(prompt, rng.integers(98, _TWENTY_WEEKS, n), _TWENTY_WEEKS + rng.exponential(size=n) * 75)
        + 45 * exception
    )
    edges = (_REFUSED, _REFUSED + _NO_PLAN, _REFUSED + _NO_PLAN + _WITHDRAWN)
    fates = [fate < edge for edge in edges]
    lengths = [rng.integers(24, 60, n), rng.integers(84, 125, n), rng.integers(5, 90, n)]
    days = np.where(request, np.select(fates, lengths, plan_days), days)
    outcome = np.where(request, np.select(fates, [1, 2, 3], PLAN_ISSUED), outcome)
    return days.astype(np.int64), outcome.astype(np.int64), exception


def case_frame(
    workforce: Workforce, cases: Cases, seen_from: Ints, until: int, rng: np.random.Generator
) -> pl.DataFrame:
    """The cases table."""
    seats = workforce.seats
    still_open = cases.end > until
    grade = rng.choice(len(_GRADES), len(cases.seat), p=[0.08, 0.47, 0.37, 0.08])
    audited = (cases.kind <= PLAN) & ~still_open & (rng.random(len(cases.seat)) < _AUDITED)
    not_request = cases.kind != ASSESSMENT
    return pl.DataFrame(
        {
            "organisation": named([m.slug for m in seats.members], seats.member[cases.seat]),
            "case_id": case_ids(cases),
            "child_id": pl.select("C" + (pl.lit(pl.Series(cases.child)) + 10**6).cast(pl.String)).to_series(),
            "case_type": named(list(CASE_TYPES), cases.kind),
            "locality": named(list(seats.localities), seats.locality[cases.seat]),
            "received_date": as_days(cases.start),
            "closed_date": as_days(cases.end, missing=still_open),
            "outcome": named(list(OUTCOMES), cases.outcome, missing=still_open),
            "outcome_date": as_days(cases.end, missing=still_open),
            "exception": pl.select(
                pl.when(~pl.lit(pl.Series(not_request))).then(pl.lit(pl.Series(cases.exception)))
            ).to_series(),
            "audit_grade": named(list(_GRADES), grade, missing=~audited),
            "observed_from": as_days(seen_from[seats.member[cases.seat]]),
            "observed_to": as_days(np.full(len(cases.seat), until)),
        }
    )


def case_ids(cases: Cases) -> pl.Series:
    """One number per case, in the order of the table."""
    return pl.select("K" + (pl.int_range(len(cases.seat), eager=False) + 10**6).cast(pl.String)).to_series()


def allocation_frame(workforce: Workforce, cases: Cases, until: int, rng: np.random.Generator) -> pl.DataFrame:
    """Who held which case when: the days of a case on a seat cut by the days of those who sat there."""
    seats, stays, cover = workforce.seats, workforce.stays, workforce.cover
    covered = np.isin(np.arange(len(stays.seat)), cover.after)
    keeps = ~covered & (stays.end <= until) & (rng.random(len(stays.seat)) < _KEPT_BY_LEAVER)
    covers = cover.after != NOBODY  # those beside the posts take no cases of their own
    holders = pl.DataFrame(
        {
            "seat": np.concatenate([stays.seat, cover.seat[covers]]),
            "person": np.concatenate([stays.person, cover.person[covers]]),
            "from": np.concatenate([stays.start, cover.start[covers]]),
            "to": np.concatenate([np.where(keeps, stays.next_start - 1, stays.end), cover.end[covers]]),
        }
    )
    allocated = (
        pl.DataFrame({"case": np.arange(len(cases.seat)), "seat": cases.seat, "start": cases.start, "end": cases.end})
        .join(holders, on="seat", how="inner")
        .filter((pl.col("from") <= pl.col("end")) & (pl.col("to") >= pl.col("start")) & (pl.col("from") <= until))
        .sort("case", "from", "to")
    )
    case, person = allocated["case"].to_numpy(), allocated["person"].to_numpy()
    start = np.maximum(allocated["start"].to_numpy(), allocated["from"].to_numpy())
    end = np.minimum(allocated["end"].to_numpy(), allocated["to"].to_numpy())
    worker_left = (end < allocated["end"].to_numpy()) & (end <= until)
    return pl.DataFrame(
        {
            "organisation": named([m.slug for m in seats.members], seats.member[cases.seat[case]]),
            "case_id": case_ids(cases).gather(case),
            "person_id": workforce.people.ids.gather(person),
            "start_date": as_days(start),
            "end_date": as_days(end, missing=end > until),
            "worker_role": named(list(_ROLES), cases.kind[case]),
            "change_reason": named(["worker_left"], np.zeros(len(case), dtype=np.int64), missing=~worker_left),
        }
    )


_PROVIDERS: Final = {
    "educational psychology": 0.42,
    "health": 0.55,
    "social care": 0.7,
    "school": 0.85,
}  # share within six weeks


def milestone_frame(cases: Cases, until: int, rng: np.random.Generator) -> pl.DataFrame:
    """Stages of the assessments received in the last two years: decision, advice by provider, draft, final."""
    request = np.flatnonzero((cases.kind == ASSESSMENT) & (cases.start > until - _STAGES_SINCE))
    n = len(request)
    start, end, outcome = cases.start[request], cases.end[request], cases.outcome[request]
    decided = np.where(
        outcome == OUTCOMES.index("request_refused"), end, start + np.minimum(rng.integers(20, 60, n), end - start)
    )
    onward = (outcome != OUTCOMES.index("request_refused")) & (decided <= until)
    final = onward & (outcome == PLAN_ISSUED)
    draft = np.maximum(end - rng.integers(15, 40, n), decided)
    stages: list[tuple[str, str | None, Flags, Ints, Ints, Ints]] = [
        ("decision", None, np.ones(n, dtype=bool), start, start + _SIX_WEEKS - 1, decided)
    ]
    for provider, prompt in _PROVIDERS.items():
        late = _SIX_WEEKS + (rng.exponential(size=n) * 30).astype(np.int64)
        days_taken = np.where(rng.random(n) < prompt, rng.integers(14, _SIX_WEEKS, n), late)
        decision = np.minimum(decided + days_taken, np.maximum(end, decided))
        stages.append(("advice", provider, onward, decided, decided + _SIX_WEEKS - 1, decision))
    stages += [
        ("draft", None, final & (draft <= until), decided, start + 16 * 7 - 1, draft),
        ("final", None, final & (draft <= until), draft, start + _TWENTY_WEEKS - 1, end),
    ]
    ids = case_ids(cases).gather(request)
    return pl.concat(
        pl.DataFrame(
            {
                "case_id": ids.filter(pl.Series(rows)),
                "stage": pl.Series([stage] * int(rows.sum()), dtype=pl.String),
                "provider": pl.Series([provider] * int(rows.sum()), dtype=pl.String),
                "requested_date": as_days(requested[rows]),
                "due_date": as_days(due[rows]),
                "received_date": as_days(done[rows], missing=done[rows] > until),
            }
        )
        for stage, provider, rows, requested, due, done in stages
    ).sort("case_id", "stage", "provider", nulls_last=False)
