"""The canonical tables about posts: the funded establishment, vacancies, and what posts pay.

Promises: a schema class is its table's documentation; dates are inclusive at both ends; rules name what is wrong with a row and never
quote it. Refuses: nothing by itself; `workforce.sources` filters by these schemas.
"""

from typing import Final

import dataframely as dy
import polars as pl

from workforce.schemas.fields import LARGEST_PAY, amount, count, day, name, one_of, text

BY_GRADE: Final = "by grade"  # in place of a role: a scale that an employer has for everyone on the grade
OUTCOMES_OF_VACANCIES: Final = ("filled", "withdrawn", "unfilled")


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
