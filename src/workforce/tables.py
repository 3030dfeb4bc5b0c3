"""The canonical tables: what every organisation's extract is turned into, and what every measure takes.

Promises: a schema class is its table's documentation; dates are inclusive at both ends (`end_date` is the last day worked; null = still
open). Rules name what is wrong with a row and never quote it. Refuses: nothing by itself; `workforce.sources` filters by these schemas.
"""

from datetime import date
from typing import Final

import dataframely as dy
import polars as pl

EARLIEST: Final = date(1940, 1, 1)  # no one in post began before; also catches years read as 0023
LATEST: Final = date(2100, 12, 31)
LARGEST_FTE: Final = 1.5  # measure book: 0 < fte <= 1.5
LARGEST_PAY: Final = 1_000_000.0  # pounds a year: beyond it a salary is a typing error

EMPLOYMENT: Final = ("employed", "agency", "bank")
STATUS: Final = ("active", "seconded_out", "career_break", "parental_leave")
OUTCOMES_OF_VACANCIES: Final = ("filled", "withdrawn", "unfilled")


def _text(description: str) -> dy.String:
    return dy.String(nullable=True, description=description)


def _name(description: str) -> dy.String:
    return dy.String(min_length=1, description=description)


def _day(description: str, *, nullable: bool = False) -> dy.Date:
    return dy.Date(nullable=nullable, min=EARLIEST, max=LATEST, description=description)


def _one_of(known: tuple[str, ...], description: str) -> dy.String:
    return dy.String(nullable=True, check={"known_value": lambda c: c.is_in(known)}, description=description)


def _amount(description: str, *, maximum: float | None = None, nullable: bool = True) -> dy.Float64:
    return dy.Float64(nullable=nullable, min=0.0, max=maximum, description=description)


class Assignments(dy.Schema):
    """One row per person, per unbroken spell in one post on unchanged terms."""

    organisation = _name("slug of the partner body")
    person_id = _name("keyed pseudonym, never a payroll number")
    start_date = _day("first day of the spell")
    end_date = _day("last day worked; null while it goes on", nullable=True)
    service_start = _day("start of continuous service with the organisation", nullable=True)
    fte = dy.Float64(min_exclusive=0.0, max=LARGEST_FTE, description="contracted full-time equivalent")
    role = _name("what the post is")
    staff_group = _text("the occupational group: pay quarters are taken within it")
    grade = _text("grade or band")
    team = _text("team")
    locality = _text("locality of the post")
    annual_pay = dy.Float64(
        nullable=True, min_exclusive=0.0, max=LARGEST_PAY, description="pounds a year, full-time equivalent"
    )
    supplement = _amount("market or retention pay, pounds a year", maximum=LARGEST_PAY)
    full_time_hours = dy.Float64(nullable=True, min=20.0, max=48.0, description="hours of a full-time week: 37 or 37.5")
    employment = _one_of(EMPLOYMENT, "employed, agency or bank")
    contract = _text("permanent, fixed_term, ...")
    status = _one_of(STATUS, "active, seconded_out, career_break or parental_leave")
    birth_date = _day("date of birth", nullable=True)
    sex = _text("as recorded")
    ethnicity = _text("as recorded")
    disability = _text("as recorded")
    leaving_reason = _text("on a person's last spell only")
    leaving_destination = _text("on a person's last spell only")
    observed_from = _day("first day for which the organisation's records are complete", nullable=True)
    observed_to = _day("last day that the organisation's records cover", nullable=True)

    @dy.rule()
    def end_before_start(cls) -> pl.Expr:
        """A spell ends on or after its first day."""
        return cls.end_date.col >= cls.start_date.col

    @dy.rule()
    def service_begins_after_spell(cls) -> pl.Expr:
        """Continuous service begins no later than the spell."""
        return cls.service_start.col <= cls.start_date.col

    @dy.rule()
    def born_after_starting(cls) -> pl.Expr:
        """A person is at least 14 on their first day."""
        return cls.birth_date.col.dt.offset_by("14y") <= cls.start_date.col


class Absences(dy.Schema):
    """One row per record of sickness absence."""

    organisation = _name("slug of the partner body")
    person_id = _name("keyed pseudonym")
    start_date = _day("first day absent")
    end_date = _day("last day absent; null while it goes on", nullable=True)
    reason = _text("reason in common words")
    days_lost = _amount("FTE working days lost, where the source records them")

    @dy.rule()
    def end_before_start(cls) -> pl.Expr:
        """An absence ends on or after its first day."""
        return cls.end_date.col >= cls.start_date.col


class Cases(dy.Schema):
    """One row per case: a request, a plan, a review, a referral."""

    organisation = _name("slug of the partner body")
    case_id = _name("keyed pseudonym")
    child_id = _text("keyed pseudonym")
    case_type = _name("ehc_assessment, ehc_plan, annual_review, social_care, therapy, ...")
    locality = _text("locality of the child")
    received_date = _day("day of receipt: day 1 of every clock")
    closed_date = _day("last day open; null while open", nullable=True)
    outcome = _text("how it ended")
    outcome_date = _day("day of the outcome", nullable=True)
    exception = dy.Bool(nullable=True, description="a statutory exception applies")
    audit_grade = _text("grade at audit")
    observed_from = _day("first day for which the organisation's records are complete", nullable=True)
    observed_to = _day("last day that the organisation's records cover", nullable=True)

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

    case_id = _name("keyed pseudonym")
    stage = _name("decision, advice, draft, final, ...")
    provider = _text("educational psychology, health, social care, school")
    requested_date = _day("asked for", nullable=True)
    due_date = _day("due", nullable=True)
    received_date = _day("received", nullable=True)


class Allocations(dy.Schema):
    """One row per spell of a worker on a case."""

    organisation = _name("slug of the partner body")
    case_id = _name("keyed pseudonym")
    person_id = _name("keyed pseudonym of the worker")
    start_date = _day("first day")
    end_date = _day("last day; null while it goes on", nullable=True)
    worker_role = _text("caseworker, social worker, key contact, ...")
    change_reason = _text("why the worker changed")

    @dy.rule()
    def end_before_start(cls) -> pl.Expr:
        """An allocation ends on or after its first day."""
        return cls.end_date.col >= cls.start_date.col


class Posts(dy.Schema):
    """The funded establishment: one row per funded post or block of posts."""

    organisation = _name("slug of the partner body")
    team = _text("team")
    locality = _text("locality")
    role = _name("what the post is")
    staff_group = _text("the occupational group")
    grade = _text("grade or band")
    funded_fte = _amount("funded full-time equivalents", nullable=False)
    start_date = _day("funded from")
    end_date = _day("funded to; null while it goes on", nullable=True)

    @dy.rule()
    def end_before_start(cls) -> pl.Expr:
        """Funding ends on or after its first day."""
        return cls.end_date.col >= cls.start_date.col


class Vacancies(dy.Schema):
    """One row per vacancy."""

    organisation = _name("slug of the partner body")
    vacancy_id = _name("the vacancy's number")
    role = _name("what the post is")
    staff_group = _text("the occupational group")
    team = _text("team")
    locality = _text("locality")
    grade = _text("grade or band")
    fte = dy.Float64(min_exclusive=0.0, max=100.0, description="full-time equivalents vacant")
    opened_date = _day("opened")
    advertised_date = _day("advertised", nullable=True)
    offered_date = _day("offer accepted", nullable=True)
    closed_date = _day("closed; null while open", nullable=True)
    outcome = _one_of(OUTCOMES_OF_VACANCIES, "filled, withdrawn or unfilled; null = open")
    applicants = dy.Int64(nullable=True, min=0, description="applicants")
    shortlisted = dy.Int64(nullable=True, min=0, description="shortlisted")
    covered_by_agency_fte = _amount("agency cover, full-time equivalents")

    @dy.rule()
    def closed_before_opened(cls) -> pl.Expr:
        """A vacancy closes on or after it opened."""
        return cls.closed_date.col >= cls.opened_date.col


class Exits(dy.Schema):
    """One row per exit interview. Free text is never loaded."""

    organisation = _name("slug of the partner body")
    person_id = _text("keyed pseudonym")
    leaving_date = _day("last day worked")
    reason = _name("main reason, from the organisation's list")
    would_return = _text("yes, no or unknown")


class PayItems(dy.Schema):
    """What the statutory pay gap needs beyond basic pay."""

    organisation = _name("slug of the partner body")
    person_id = _name("keyed pseudonym")
    kind = _name("bonus, full_pay, ...")
    amount = dy.Float64(description="pounds, or 1 and 0 for yes and no")
    date = _day("the date it belongs to")


class PayScales(dy.Schema):
    """Dated pay scales, each with its source."""

    body = _name("whose scale it is; an organisation's slug for its own")
    role = _name("what the post is")
    grade = _text("grade or band")
    point = _text("spine point")
    annual_pay = dy.Float64(min_exclusive=0.0, max=LARGEST_PAY, description="pounds a year, full time")
    full_time_hours = dy.Float64(nullable=True, min=20.0, max=48.0, description="hours of a full-time week")
    from_date = _day("in force from")
    to_date = _day("in force to; null while it goes on", nullable=True)
    source = _name("where the figure is published")

    @dy.rule()
    def end_before_start(cls) -> pl.Expr:
        """A scale ends on or after its first day."""
        return cls.to_date.col >= cls.from_date.col


class Counts(dy.Schema):
    """Anything else that an organisation counts, already tidy."""

    organisation = _name("slug of the partner body")
    measure = _name("what")
    definition = _name("by whose rule")
    unit = _name("%, people, ...")
    over_time = _one_of(("sum", "mean", "never"), "how it rolls over time")
    period_start = _day("first day")
    period_end = _day("last day")
    locality = _text("locality")
    numerator = dy.Float64(nullable=True, description="the count")
    denominator = dy.Float64(nullable=True, description="out of")


class Published(dy.Schema):
    """Official statistics in one shape."""

    area_code = _name("the publisher's code of the area or organisation")
    area_name = _text("its name")
    area_level = _name("national, regional, local_authority, organisation, system, neighbours")
    measure = _name("what, by the measure book's name where it has one")
    definition = _name("by whose rule")
    period_start = _day("first day")
    period_end = _day("last day")
    numerator = dy.Float64(nullable=True, description="as published")
    denominator = dy.Float64(nullable=True, description="as published")
    value = dy.Float64(nullable=True, description="as published")
    marker = _text("the publisher's symbol where there is no figure: z x c low u")
    source = _name("publisher, release, file")


TABLES: Final[dict[str, type[dy.Schema]]] = {
    "assignments": Assignments,
    "absences": Absences,
    "cases": Cases,
    "milestones": Milestones,
    "allocations": Allocations,
    "posts": Posts,
    "vacancies": Vacancies,
    "exits": Exits,
    "pay_items": PayItems,
    "pay_scales": PayScales,
    "counts": Counts,
}

# What identifies a row. A row whose key was seen before in the same table is a duplicate, and the second is refused.
KEYS: Final[dict[str, tuple[str, ...]]] = {
    "assignments": ("organisation", "person_id", "start_date", "role", "team", "fte"),
    "absences": ("organisation", "person_id", "start_date", "end_date", "reason"),
    "cases": ("organisation", "case_id"),
    "milestones": ("case_id", "stage", "provider"),
    "allocations": ("organisation", "case_id", "person_id", "start_date", "worker_role"),
    "posts": ("organisation", "team", "locality", "role", "grade", "start_date"),
    "vacancies": ("organisation", "vacancy_id"),
    "exits": ("organisation", "person_id", "leaving_date"),
    "pay_items": ("organisation", "person_id", "kind", "date"),
    "pay_scales": ("body", "role", "grade", "point", "from_date"),
    "counts": ("organisation", "measure", "definition", "period_start", "period_end", "locality"),
}

# Columns that an extract must supply; `organisation` comes from the settings. Every other column may be absent.
REQUIRED: Final[dict[str, tuple[str, ...]]] = {
    "assignments": ("person_id", "start_date", "fte", "role"),
    "absences": ("person_id", "start_date"),
    "cases": ("case_id", "case_type", "received_date"),
    "milestones": ("case_id", "stage"),
    "allocations": ("case_id", "person_id", "start_date"),
    "posts": ("role", "funded_fte", "start_date"),
    "vacancies": ("vacancy_id", "role", "fte", "opened_date"),
    "exits": ("leaving_date", "reason"),
    "pay_items": ("person_id", "kind", "amount", "date"),
    "pay_scales": ("body", "role", "annual_pay", "from_date", "source"),
    "counts": ("measure", "definition", "unit", "over_time", "period_start", "period_end", "numerator"),
}
