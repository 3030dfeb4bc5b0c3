"""The canonical tables about people: their spells in post, absence, working time, exit interviews and pay items.

Promises: a schema class is its table's documentation; dates are inclusive at both ends; rules name what is wrong with a row and never
quote it. Refuses: nothing by itself; `workforce.sources` filters by these schemas.
"""

from typing import Final

import dataframely as dy
import polars as pl

from workforce.schemas.fields import LARGEST_FTE, LARGEST_PAY, amount, day, name, one_of, text

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
