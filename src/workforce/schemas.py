"""The canonical tables: what every organisation's extract is turned into, and what every measure takes.

A schema class is its table's documentation. Dates are inclusive at both ends: `end_date` is the last day worked, and null while a spell
goes on. Rules name what is wrong with a row and never quote it; `workforce.sources` filters by these schemas.
"""

from collections.abc import Sequence
from datetime import date
from typing import Final

import dataframely as dy
import polars as pl

EARLIEST: Final = date(1940, 1, 1)  # no one in post began before; also catches years read as 0023
LATEST: Final = date(2100, 12, 31)
LARGEST_FTE: Final = 1.5  # measure book: 0 <= fte <= 1.5
LARGEST_PAY: Final = 1_000_000.0  # pounds a year: beyond it a salary is a typing error
EMPLOYMENT: Final = ("employed", "agency", "bank")
STATUS: Final = ("active", "seconded_out", "career_break", "parental_leave")
LEAVING_REASONS: Final = (
    "resignation",
    "retirement",
    "redundancy",
    "dismissal",
    "end_of_contract",
    "death",
    "other_role_in_the_authority",
    "other",
    "unknown",
)
BY_GRADE: Final = "by grade"  # in place of a role: a scale that an employer has for everyone on the grade
OUTCOMES_OF_VACANCIES: Final = ("filled", "withdrawn", "unfilled")
NO_LONGER_VACANT: Final = ("filled", "withdrawn")  # outcomes of which a vacancy is not open, whatever its closing date
DATED_OUTCOMES: Final = ("plan_issued", "no_plan", "request_refused")  # outcomes that count in the period of their day
CASE_TYPES: Final = ("ehc_assessment", "ehc_plan", "annual_review", "phase_transfer", "social_care", "therapy")
OVER_TIME: Final = ("sum", "mean", "never")
STAGES: Final = ("decision", "advice", "draft", "final", "returned")
KINDS_OF_PAY_ITEMS: Final = ("bonus", "full_pay", "hourly_pay")
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


def text(description: str) -> dy.String:
    """Any text, or none."""
    return dy.String(nullable=True, description=description)


def name(description: str) -> dy.String:
    """A text that has to be there."""
    return dy.String(min_length=1, description=description)


def day(description: str, *, nullable: bool = False) -> dy.Date:
    """A date within the lifetime of people in post."""
    return dy.Date(nullable=nullable, min=EARLIEST, max=LATEST, description=description)


def one_of(known: tuple[str, ...], description: str) -> dy.String:
    """One of a closed list of texts, or none."""
    return dy.String(nullable=True, check={"known_value": lambda c: c.is_in(known)}, description=description)


def amount(description: str, *, maximum: float | None = None, nullable: bool = True) -> dy.Float64:
    """A number of 0 or more."""
    return dy.Float64(nullable=nullable, min=0.0, max=maximum, description=description)


def count(description: str) -> dy.Int64:
    """A whole number of 0 or more, or none."""
    return dy.Int64(nullable=True, min=0, description=description)


# People: spells in post, absence, working time, exit interviews and pay items.


class Assignments(dy.Schema):
    """One row per person, per unbroken spell in one post on unchanged terms."""

    organisation = name("slug of the partner body")
    person_id = name("keyed pseudonym, never a payroll number")
    start_date = day("first day of the spell")
    end_date = day("last day worked; null while it goes on", nullable=True)
    service_start = day("start of continuous service with the organisation", nullable=True)
    fte = dy.Float64(min=0.0, max=LARGEST_FTE, description="contracted full-time equivalent; 0 on a career break, say")
    role = name("what the post is")
    staff_group = text("the occupational group: pay quarters are taken within it")
    grade = text("grade or band")
    team = text("team")
    locality = text("locality of the post")
    annual_pay = dy.Float64(
        nullable=True, min_exclusive=0.0, max=LARGEST_PAY, description="pounds a year, full-time equivalent"
    )
    supplement = amount("market or retention pay, pounds a year", maximum=LARGEST_PAY)
    full_time_hours = dy.Float64(nullable=True, min=20.0, max=48.0, description="hours of a full-time week: 37 or 37.5")
    employment = one_of(EMPLOYMENT, "employed, agency or bank")
    contract = text("permanent, fixed_term, ...")
    status = one_of(STATUS, "active, seconded_out, career_break or parental_leave")
    birth_date = day("date of birth", nullable=True)
    sex = text("as recorded")
    ethnicity = text("as recorded")
    disability = text("as recorded")
    leaving_reason = text("on a person's last spell only; resignation counts as voluntary")
    leaving_destination = text("on a person's last spell only")
    observed_from = day("first day for which the organisation's records are complete", nullable=True)
    observed_to = day("last day that the organisation's records cover", nullable=True)
    known_from = day(
        "first day on which the person's records are complete, where earlier rows were refused", nullable=True
    )
    known_to = day("last day on which the person's records are complete, where later rows were refused", nullable=True)

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

    organisation = name("slug of the partner body")
    person_id = name("keyed pseudonym")
    start_date = day("first day absent")
    end_date = day("last day absent; null while it goes on", nullable=True)
    reason = text("reason in common words")
    days_lost = amount("FTE working days lost, where the source records them")

    @dy.rule()
    def end_before_start(cls) -> pl.Expr:
        """An absence ends on or after its first day."""
        return cls.end_date.col >= cls.start_date.col

    @dy.rule()
    def days_lost_look_like_calendar_days(cls) -> pl.Expr:
        """No absence loses its rest days, too."""
        calendar, working = _days_of(cls)
        return (cls.days_lost.col != calendar) | (cls.days_lost.col <= working)

    @dy.rule()
    def more_days_lost_than_working_days(cls) -> pl.Expr:
        """An absence loses no more than the working days between its dates; a larger number may be of hours."""
        calendar, working = _days_of(cls)
        return (cls.days_lost.col == calendar) | (cls.days_lost.col <= working)


def _days_of(absence: Absences) -> tuple[pl.Expr, pl.Expr]:
    """Calendar days of an absence, and the most of them that a week of five days makes working days, at weekends, too."""
    first, last = absence.start_date.col, absence.end_date.col
    calendar = (last - first).dt.total_days() + 1
    # Business days are those of Monday to Friday; who works at weekends has five days in seven, too.
    weekdays = pl.business_day_count(first, pl.max_horizontal(first, last).dt.offset_by("1d"))
    return calendar, pl.max_horizontal(weekdays, (calendar * 5 / 7).ceil())


class Hours(dy.Schema):
    """One row per person, activity and stretch of days, from time recording. What is counted already goes into counts."""

    organisation = name("slug of the partner body")
    person_id = name("keyed pseudonym")
    activity = name("what the time went to, in the organisation's words or the area's")
    period_start = day("first day")
    period_end = day("last day")
    hours = dy.Float64(min_exclusive=0.0, description="hours worked on it")
    role = text("what the post is")
    team = text("team")
    locality = text("locality")

    @dy.rule()
    def end_before_start(cls) -> pl.Expr:
        """A stretch ends on or after its first day."""
        return cls.period_end.col >= cls.period_start.col

    @dy.rule()
    def more_hours_than_the_days_have(cls) -> pl.Expr:
        """A day has 24 hours."""
        return cls.hours.col <= 24 * ((cls.period_end.col - cls.period_start.col).dt.total_days() + 1)


class Exits(dy.Schema):
    """One row per exit interview. Free text is never loaded."""

    organisation = name("slug of the partner body")
    person_id = text("keyed pseudonym")
    leaving_date = day("last day worked")
    reason = name("main reason, from the organisation's list")
    would_return = text("yes, no or unknown")


class PayItems(dy.Schema):
    """What the statutory pay gap needs beyond basic pay."""

    organisation = name("slug of the partner body")
    person_id = name("keyed pseudonym")
    kind = name("bonus, full_pay, ...")
    amount = dy.Float64(description="pounds, or 1 and 0 for yes and no")
    date = day("the date it belongs to")


# Posts: the funded establishment, vacancies, and what posts pay.


class Posts(dy.Schema):
    """The funded establishment: one row per funded post or block of posts."""

    organisation = name("slug of the partner body")
    team = text("team")
    locality = text("locality")
    role = name("what the post is")
    staff_group = text("the occupational group")
    grade = text("grade or band")
    funded_fte = amount("funded full-time equivalents", nullable=False)
    start_date = day("funded from")
    end_date = day("funded to; null while it goes on", nullable=True)

    @dy.rule()
    def end_before_start(cls) -> pl.Expr:
        """Funding ends on or after its first day."""
        return cls.end_date.col >= cls.start_date.col


class Vacancies(dy.Schema):
    """One row per vacancy."""

    organisation = name("slug of the partner body")
    vacancy_id = name("the vacancy's number")
    role = name("what the post is")
    staff_group = text("the occupational group")
    team = text("team")
    locality = text("locality")
    grade = text("grade or band")
    fte = dy.Float64(min_exclusive=0.0, max=100.0, description="full-time equivalents vacant")
    opened_date = day("opened")
    advertised_date = day("advertised", nullable=True)
    offered_date = day("offer accepted", nullable=True)
    closed_date = day("closed; null while open", nullable=True)
    outcome = one_of(OUTCOMES_OF_VACANCIES, "filled, withdrawn or unfilled; null = open")
    applicants = count("applicants")
    shortlisted = count("shortlisted")
    covered_by_agency_fte = amount("agency cover, full-time equivalents")
    offers_made = count("offers made")
    offers_declined = count("offers that were declined")
    cost = amount("pounds spent on filling it: advertising, agencies' fees, assessment")

    @dy.rule()
    def closed_before_opened(cls) -> pl.Expr:
        """A vacancy closes on or after it opened."""
        return cls.closed_date.col >= cls.opened_date.col

    @dy.rule()
    def advertised_or_offered_before_opened(cls) -> pl.Expr:
        """A vacancy is advertised and offered from the day on which it opened."""
        return (cls.advertised_date.col >= cls.opened_date.col).fill_null(value=True) & (
            cls.offered_date.col >= cls.opened_date.col
        ).fill_null(value=True)

    @dy.rule()
    def offered_before_advertised(cls) -> pl.Expr:
        """An offer is accepted on or after the day of advertising."""
        return cls.offered_date.col >= cls.advertised_date.col

    @dy.rule()
    def closed_before_offer_was_accepted(cls) -> pl.Expr:
        """A vacancy with an accepted offer closes on or after that day."""
        return cls.closed_date.col >= cls.offered_date.col

    @dy.rule()
    def more_offers_declined_than_made(cls) -> pl.Expr:
        """Nobody declines an offer that was not made."""
        return cls.offers_declined.col <= cls.offers_made.col


class PayScales(dy.Schema):
    """Dated pay scales, each with its source."""

    body = name("whose scale it is; an organisation's slug for its own")
    role = name("what the post is")
    grade = text("grade or band")
    point = text("spine point")
    annual_pay = dy.Float64(min_exclusive=0.0, max=LARGEST_PAY, description="pounds a year, full time")
    full_time_hours = dy.Float64(nullable=True, min=20.0, max=48.0, description="hours of a full-time week")
    from_date = day("in force from")
    to_date = day("in force to; null while it goes on", nullable=True)
    source = name("where the figure is published")

    @dy.rule()
    def end_before_start(cls) -> pl.Expr:
        """A scale ends on or after its first day."""
        return cls.to_date.col >= cls.from_date.col


# Cases: what came, where its time went, and who held it.


class Cases(dy.Schema):
    """One row per case: a request, a plan, a review, a referral."""

    organisation = name("slug of the partner body")
    case_id = name("keyed pseudonym")
    child_id = text("keyed pseudonym")
    case_type = name("ehc_assessment, ehc_plan, annual_review, phase_transfer, social_care, therapy, ...")
    locality = text("locality of the child")
    received_date = day("day of receipt: day 1 of every clock; of an annual review the day of the meeting")
    closed_date = day("last day open; null while open", nullable=True)
    outcome = text("how it ended: plan_issued, request_refused, no_plan, withdrawn, ...")
    outcome_date = day("day of the outcome", nullable=True)
    deadline = day(
        "of a phase transfer, when the final plan is due: 15 February or, for post-16, 31 March", nullable=True
    )
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

    @dy.rule()
    def received_before_it_was_requested(cls) -> pl.Expr:
        """What was asked for comes on or after the day of asking."""
        return cls.received_date.col >= cls.requested_date.col


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


# Figures that arrive already counted: an organisation's own, and official statistics.


class Counts(dy.Schema):
    """Anything else that an organisation counts, already tidy."""

    organisation = name("slug of the partner body")
    measure = name("what")
    definition = name("by whose rule")
    unit = name("%, people, ...")
    over_time = one_of(OVER_TIME, "how it rolls over time")
    period_start = day("first day")
    period_end = day("last day")
    locality = text("locality")
    numerator = dy.Float64(nullable=True, description="the count")
    denominator = dy.Float64(nullable=True, description="out of")

    @dy.rule()
    def period_ends_before_it_begins(cls) -> pl.Expr:
        """A period ends on or after its first day."""
        return cls.period_end.col >= cls.period_start.col


class Published(dy.Schema):
    """Official statistics in one shape."""

    area_code = name("the publisher's code of the area or organisation")
    area_name = text("its name")
    area_level = name("national, regional, local_authority, organisation, system, neighbours")
    measure = name("what, by the measure book's name where it has one")
    definition = name("by whose rule")
    period_start = day("first day")
    period_end = day("last day")
    numerator = dy.Float64(nullable=True, description="as published")
    denominator = dy.Float64(nullable=True, description="as published")
    value = dy.Float64(nullable=True, description="as published")
    marker = text("the publisher's symbol where there is no figure: z x c low u")
    source = name("publisher, release, file")


TABLES: Final[dict[str, type[dy.Schema]]] = {
    "assignments": Assignments,
    "absences": Absences,
    "cases": Cases,
    "milestones": Milestones,
    "allocations": Allocations,
    "posts": Posts,
    "vacancies": Vacancies,
    "hours": Hours,
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
    "hours": ("organisation", "person_id", "activity", "period_start", "role", "team"),
    "exits": ("organisation", "person_id", "leaving_date"),
    "pay_items": ("organisation", "person_id", "kind", "date"),
    "pay_scales": ("body", "role", "grade", "point", "from_date"),
    "counts": ("organisation", "measure", "definition", "period_start", "period_end", "locality"),
}

# The first and the last day of what a row is about; a null last day means that it goes on.
STARTS: Final[dict[str, str]] = {
    "assignments": "start_date",
    "absences": "start_date",
    "cases": "received_date",
    "allocations": "start_date",
    "posts": "start_date",
    "vacancies": "opened_date",
    "pay_scales": "from_date",
}
ENDS: Final[dict[str, str]] = {
    "assignments": "end_date",
    "absences": "end_date",
    "cases": "closed_date",
    "allocations": "end_date",
    "posts": "end_date",
    "vacancies": "closed_date",
    "pay_scales": "to_date",
}

# Words of columns that hold no others.
CLOSED: Final[dict[tuple[str, str], tuple[str, ...]]] = {
    ("assignments", "employment"): EMPLOYMENT,
    ("assignments", "status"): STATUS,
    ("vacancies", "outcome"): OUTCOMES_OF_VACANCIES,
    ("counts", "over_time"): OVER_TIME,
}

# Words of open columns that measures count by, in whatever capitals they are written.
# Others are read as they are; `check` lists them, so that they can be mapped.
WORDS: Final[dict[tuple[str, str], tuple[str, ...]]] = {
    ("assignments", "leaving_reason"): LEAVING_REASONS,
    ("cases", "case_type"): CASE_TYPES,
    ("cases", "outcome"): OUTCOMES_OF_CASES,
    ("milestones", "stage"): STAGES,
    ("pay_items", "kind"): KINDS_OF_PAY_ITEMS,
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
    "hours": ("person_id", "activity", "period_start", "period_end", "hours"),
    "exits": ("leaving_date", "reason"),
    "pay_items": ("person_id", "kind", "amount", "date"),
    "pay_scales": ("body", "role", "annual_pay", "from_date", "source"),
    "counts": ("measure", "definition", "unit", "over_time", "period_start", "period_end", "numerator"),
}


def last_proven_day(columns: Sequence[str]) -> pl.Expr:
    """The last day on which a vacancy that was filled or withdrawn was still open, by its other dates; null for other vacancies.

    Parameters
    ----------
    columns : sequence of str
        Those that the vacancies have.

    Returns
    -------
    polars.Expr
        A date.

    Examples
    --------
    >>> vacancy = pl.DataFrame({"opened_date": [date(2023, 1, 1)], "advertised_date": [date(2023, 1, 9)], "outcome": ["filled"]})
    >>> vacancy.select(last_proven_day(vacancy.columns)).item()
    datetime.date(2023, 1, 9)
    """
    if "outcome" not in columns:
        return pl.lit(None, pl.Date)
    days = [c for c in ("opened_date", "advertised_date", "offered_date") if c in columns]
    return pl.when(pl.col("outcome").is_in(NO_LONGER_VACANT)).then(pl.max_horizontal(days))
