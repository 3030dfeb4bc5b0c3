"""The canonical tables about cases: what came, where its time went, and who held it.

Promises: a schema class is its table's documentation; dates are inclusive at both ends; rules name what is wrong with a row and never
quote it. Refuses: nothing by itself; `workforce.sources` filters by these schemas.
"""

from typing import Final

import dataframely as dy
import polars as pl

from workforce.schemas.fields import day, name, text

CASE_TYPES: Final = ("ehc_assessment", "ehc_plan", "annual_review", "social_care", "therapy")
OUTCOMES_OF_CASES: Final = (
    "plan_issued",
    "request_refused",
    "no_plan",
    "withdrawn",
    "ceased",
    "moved_away",
    "needs_met",
    "stepped_down",
    "discharged",
    "other",
    "unknown",
)


class Cases(dy.Schema):
    """One row per case: a request, a plan, a review, a referral."""

    organisation = name("slug of the partner body")
    case_id = name("keyed pseudonym")
    child_id = text("keyed pseudonym")
    case_type = name("ehc_assessment, ehc_plan, annual_review, social_care, therapy, ...")
    locality = text("locality of the child")
    received_date = day("day of receipt: day 1 of every clock")
    closed_date = day("last day open; null while open", nullable=True)
    outcome = text("how it ended: plan_issued, request_refused, no_plan, withdrawn, ...")
    outcome_date = day("day of the outcome", nullable=True)
    exception = dy.Bool(nullable=True, description="a statutory exception applies")
    audit_grade = text("grade at audit")
    observed_from = day("first day for which the organisation's records are complete", nullable=True)
    observed_to = day("last day that the organisation's records cover", nullable=True)

    @dy.rule()
    def closed_before_received(cls) -> pl.Expr:
        """A case closes on or after its receipt."""
        return cls.closed_date.col >= cls.received_date.col

    @dy.rule()
    def outcome_before_received(cls) -> pl.Expr:
        """An outcome comes on or after receipt."""
        return cls.outcome_date.col >= cls.received_date.col


class Milestones(dy.Schema):
    """One row per stage of a case: where the time goes."""

    case_id = name("keyed pseudonym")
    stage = name("decision, advice, draft, final, ...")
    provider = text("educational psychology, health, social care, school")
    requested_date = day("asked for", nullable=True)
    due_date = day("due", nullable=True)
    received_date = day("received", nullable=True)


class Allocations(dy.Schema):
    """One row per spell of a worker on a case."""

    organisation = name("slug of the partner body")
    case_id = name("keyed pseudonym")
    person_id = name("keyed pseudonym of the worker")
    start_date = day("first day")
    end_date = day("last day; null while it goes on", nullable=True)
    worker_role = text("caseworker, social worker, key contact, ...")
    change_reason = text("why the worker changed")

    @dy.rule()
    def end_before_start(cls) -> pl.Expr:
        """An allocation ends on or after its first day."""
        return cls.end_date.col >= cls.start_date.col
