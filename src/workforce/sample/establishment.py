"""The other tables of the sample: funded posts, vacancies, exit interviews, pay items, pay scales and counts.

A vacancy is an empty seat, a post is a funded seat, an exit interview belongs to someone who left.
"""

from datetime import date
from typing import Final

import numpy as np
import polars as pl

from workforce.periods import years_to
from workforce.sample.design import JOBS, LOCALITIES, PAY, Member
from workforce.sample.people import Workforce, team_names
from workforce.sample.posts import Ints, Seats, as_days, named

SOURCE: Final = "fictional, made for the sample"
# Invented comparators of each kind of organisation, and how their pay stands to the sample's own: a level for the
# body times a level for some staff groups.
_COUNCILS: Final = {"Castlemarch County Council": 1.02, "Fennholt Council": 1.04, "Severby Borough Council": 0.98}
_TRUSTS: Final = {"Northwold Health Partnership": 1.0, "Fennholt Community Trust": 1.01, "Severby NHS Trust": 1.0}
_SCHOOLS: Final = {"Castlemarch Learning Trust": 1.01, "Three Rivers Schools Trust": 0.99}
_COMPARATORS: Final = {
    "council": _COUNCILS,
    "psychology": _COUNCILS,
    "nhs": _TRUSTS,
    "icb": _TRUSTS,
    "schools": _SCHOOLS,
}
_GROUP_LEVELS: Final = {
    "SEND casework": 1.06,
    "Educational psychology": 1.05,
    "Social work": 1.03,
    "Classroom support": 1.02,
}
_LAST_AWARD: Final = 1.04  # what the last pay award added
_POINTS: Final = 5
_FIRST_ROUND_FAILS: Final = 0.3
_DECLINED: Final = 0.18  # chance that an offer is declined
_ADVERTISING: Final = 450.0  # pounds
_EACH_SHORTLISTED: Final = 160.0
_LONG: Final = 75  # days: a vacancy this long may have had a failed round
_INTERVIEWED: Final = 0.45
_EXIT_REASONS: Final = (
    "pay",
    "workload",
    "career progression",
    "management",
    "flexible working",
    "relocation",
    "health",
    "other",
)
_EXIT_SHARES: Final = (0.15, 0.18, 0.18, 0.12, 0.12, 0.10, 0.07, 0.08)
_TOP_QUARTER, _OVER = 3, 25.0  # what turns an exit reason to career progression, or to workload


def post_frame(seats: Seats, seen_from: Ints) -> pl.DataFrame:
    """The funded establishment: seats added up by organisation, team, locality, role and grade."""
    frame = _seat_columns(seats, np.arange(seats.count)).with_columns(
        funded_fte=pl.Series(seats.fte), start_date=as_days(seen_from[seats.member])
    )
    keys = ["organisation", "team", "locality", "role", "staff_group", "grade", "start_date"]
    return (
        frame.group_by(keys)
        .agg(pl.col("funded_fte").sum().round(2))
        .sort(keys)
        .select("organisation", "team", "locality", "role", "staff_group", "grade", "funded_fte", "start_date")
        .with_columns(end_date=pl.lit(None, pl.Date))
    )


def vacancy_frame(workforce: Workforce, until: int, rng: np.random.Generator) -> pl.DataFrame:
    """Empty seats as vacancies; a long one may be two, because the first round failed or was withdrawn."""
    seats, stays, cover = workforce.seats, workforce.stays, workforce.cover
    left = np.flatnonzero(stays.end < until)
    covered = np.isin(left, cover.after)
    failed = (stays.next_start - stays.end)[left] > _LONG
    failed &= rng.random(len(left)) < _FIRST_ROUND_FAILS
    opened, closed = stays.end[left] + 1, stays.next_start[left] - 1
    middle = (opened + closed) // 2
    rows = np.concatenate([np.arange(len(left)), np.flatnonzero(failed & (middle < until))])
    second_round = np.arange(len(rows)) >= len(left)
    had_two = np.isin(rows, rows[second_round])
    first_round = had_two & ~second_round
    opened = np.where(second_round, middle[rows] + 1, opened[rows])
    closed = np.where(first_round, middle[rows], closed[rows])
    still_open = closed > until
    advertised = opened + rng.integers(2, 15, len(rows))
    # Accepted within the last third of the vacancy: the rest is notice.
    offered = np.maximum(advertised + 1, closed - (rng.random(len(rows)) * (closed - opened) / 3).astype(np.int64))
    offered = np.minimum(offered, closed)
    outcome = np.where(first_round, np.where(rng.random(len(rows)) < 0.25, 1, 2), 0)  # noqa: PLR2004 - a quarter are withdrawn
    seat = stays.seat[left[rows]]
    applicants = rng.poisson(np.array([j.applicants for j in JOBS])[seats.job[seat]] * np.where(first_round, 0.5, 1.0))
    applicants = np.maximum(applicants, outcome == 0)
    shortlisted = np.maximum(rng.binomial(applicants, 0.4), outcome == 0)
    numbers = rng.permutation(len(rows))
    return (
        _seat_columns(seats, seat)
        .with_columns(
            vacancy_id=pl.select("V" + (pl.lit(pl.Series(numbers)) + 10**6).cast(pl.String)).to_series(),
            fte=pl.Series(seats.fte[seat]),
            opened_date=as_days(opened),
            advertised_date=as_days(advertised, missing=advertised > np.minimum(closed, until)),
            offered_date=as_days(offered, missing=(offered > until) | (outcome > 0)),
            closed_date=as_days(closed, missing=still_open),
            outcome=named(["filled", "withdrawn", "unfilled"], outcome, missing=still_open),
            applicants=pl.Series(applicants.astype(np.int64)),
            shortlisted=pl.Series(shortlisted.astype(np.int64)),
            covered_by_agency_fte=pl.Series(np.where(covered[rows], seats.fte[seat], 0.0)),
        )
        .sort("organisation", "opened_date", "vacancy_id")
    )


def with_offers(vacancies: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Vacancies with the offers made and declined and, of the bodies that know it, what filling the post cost."""
    n = vacancies.height
    tempting = (vacancies["shortlisted"] > 0).to_numpy()
    accepted = vacancies["offered_date"].is_not_null().to_numpy()
    over = vacancies["advertised_date"].is_not_null().to_numpy() & (
        accepted | vacancies["outcome"].is_not_null().to_numpy()
    )
    declined = np.where(tempting & over, rng.geometric(1 - _DECLINED, n) - 1, 0)
    declined = np.minimum(declined, np.maximum(vacancies["shortlisted"].to_numpy() - accepted, 0))
    cost = np.rint((_ADVERTISING + _EACH_SHORTLISTED * vacancies["shortlisted"].to_numpy()) * rng.gamma(9.0, 1 / 9, n))
    costed = vacancies["organisation"].str.contains("^(council|nhs)").to_numpy() & over
    return vacancies.with_columns(
        offers_made=pl.Series((declined + accepted).astype(np.int64)),
        offers_declined=pl.Series(declined.astype(np.int64)),
        cost=pl.select(pl.when(pl.lit(pl.Series(costed))).then(pl.lit(pl.Series(cost)))).to_series(),
    )


def _seat_columns(seats: Seats, seat: Ints) -> pl.DataFrame:
    job = seats.job[seat]
    return pl.DataFrame(
        {
            "organisation": named([m.slug for m in seats.members], seats.member[seat]),
            "role": named([j.role for j in JOBS], job),
            "staff_group": named([j.staff_group for j in JOBS], job),
            "team": team_names(job, seats.team[seat]),
            "locality": named(list(seats.localities), seats.locality[seat]),
            "grade": named([j.grade for j in JOBS], job),
        }
    )


def exit_frame(workforce: Workforce, until: int, rng: np.random.Generator) -> pl.DataFrame:
    """Exit interviews of nearly half of those who left: the highly paid speak of careers, the overloaded of workload."""
    seats, stays = workforce.seats, workforce.stays
    interviewing = np.array([m.body.interviews_leavers for m in seats.members])[seats.member[stays.seat]]
    leavers = np.flatnonzero(interviewing & (stays.end <= until) & (rng.random(len(stays.seat)) < _INTERVIEWED))
    seat = stays.seat[leavers]
    reason = rng.choice(len(_EXIT_REASONS), len(leavers), p=_EXIT_SHARES)
    swayed = rng.random(len(leavers)) < 0.4  # noqa: PLR2004 - a share, named by its use
    reason[swayed & (seats.quarter[seat] == _TOP_QUARTER)] = _EXIT_REASONS.index("career progression")
    reason[swayed & (seats.load[seat] > _OVER)] = _EXIT_REASONS.index("workload")
    return pl.DataFrame(
        {
            "organisation": named([m.slug for m in seats.members], seats.member[seat]),
            "person_id": workforce.people.ids.gather(stays.person[leavers]),
            "leaving_date": as_days(stays.end[leavers]),
            "reason": named(list(_EXIT_REASONS), reason),
            "would_return": named(["yes", "no", "unknown"], rng.choice(3, len(leavers), p=[0.45, 0.30, 0.25])),
        }
    ).sort("organisation", "leaving_date", "person_id")


def pay_item_frame(workforce: Workforce, until: date, rng: np.random.Generator) -> pl.DataFrame:
    """Bonuses of some consultants, and who was not on full pay on the last day."""
    supplying = [m.slug for m in workforce.seats.members if m.body.supplies_pay_items]
    in_post = workforce.assignments.filter(
        pl.col("end_date").is_null() & (pl.col("employment") == "employed") & pl.col("organisation").is_in(supplying)
    ).unique(["organisation", "person_id"], keep="first", maintain_order=True)
    consultants = in_post.filter(pl.col("grade") == "Consultant")
    bonus = consultants.filter(pl.Series(rng.random(consultants.height) < 0.5)).select(  # noqa: PLR2004 - every second one
        "organisation", "person_id", kind=pl.lit("bonus"), amount=pl.lit(3_000.0), date=pl.lit(until)
    )
    away = in_post.filter(pl.col("status").is_in(["career_break", "parental_leave"])).select(
        "organisation", "person_id", kind=pl.lit("full_pay"), amount=pl.lit(0.0), date=pl.lit(until)
    )
    return pl.concat([bonus, away]).sort("organisation", "person_id", "kind")


def pay_scale_frame(members: tuple[Member, ...], until: date) -> pl.DataFrame:
    """Each organisation's own scales and the invented comparators', this year's and last year's, five points a role."""
    this_year = years_to(f"{until:%Y-%m}", 2)
    rows = []
    for job in JOBS:
        low, high, hours = PAY[job.staff_group]
        market = _GROUP_LEVELS.get(job.staff_group, 1.0)
        bodies = {m.slug: 1.0 for m in members if m.body.slug == job.body}
        bodies |= {body: level * market for body, level in _COMPARATORS[job.body].items()}
        for body, level in bodies.items():
            for year, award in zip(this_year, (1 / _LAST_AWARD, 1.0), strict=True):
                for point in range(_POINTS):
                    rank = job.lowest + (job.highest - job.lowest) * point / (_POINTS - 1)
                    pay = float(round((low + (high - low) * rank) * level * award))
                    last = None if year.end == until else year.end
                    rows.append((body, job.role, job.grade, str(point + 1), pay, hours, year.start, last, SOURCE))
    names = ("body", "role", "grade", "point", "annual_pay", "full_time_hours", "from_date", "to_date", "source")
    # A role that two of the organisations have stands once in a comparator's scale.
    frame = pl.DataFrame(list(dict.fromkeys(rows)), schema=list(names), orient="row")
    return frame.with_columns(pl.col("to_date").cast(pl.Date)).sort("body", "role", "grade", "from_date", "point")


# measure, definition, unit, out of (mean of a Poisson number) and the share who do, by year from the first to the last
_COUNTED: Final = (
    ("training_uptake", "SEND awareness module completed", "%", 220.0, (0.41, 0.46, 0.44, 0.55, 0.63, 0.71)),
    ("parent_survey", "feels listened to", "%", 90.0, (0.58, 0.57, 0.52, 0.49, 0.51, 0.54)),
    ("app_awareness", "has heard of the local offer app", "%", 90.0, (0.12, 0.19, 0.25, 0.34, 0.38, 0.45)),
)


def count_frame(
    members: tuple[Member, ...], localities: tuple[str, ...], years: int, until: date, rng: np.random.Generator
) -> pl.DataFrame:
    """What the councils count beside their staff: training uptake and two survey answers, by locality and year."""
    councils = [m for m in members if m.body.slug == "council"]
    rows = []
    for member in councils:
        first = len(LOCALITIES) * member.block
        surveyed = localities[first : first + len(LOCALITIES) - 1]  # the smallest locality is too small to be surveyed
        for measure, definition, unit, size, shares in _COUNTED:
            for index, year in enumerate(years_to(f"{until:%Y-%m}", years)):
                share = shares[min(index, len(shares) - 1)]
                out_of = rng.poisson(size, len(surveyed))
                answers = rng.binomial(out_of, share)
                rows += [
                    (
                        member.slug,
                        measure,
                        definition,
                        unit,
                        "sum",
                        year.start,
                        year.end,
                        place,
                        float(yes),
                        float(staff),
                    )
                    for place, yes, staff in zip(surveyed, answers, out_of, strict=True)
                ]
    names = ("organisation", "measure", "definition", "unit", "over_time", "period_start", "period_end", "locality")
    return pl.DataFrame(rows, schema=[*names, "numerator", "denominator"], orient="row").sort(
        "organisation", "measure", "period_start", "locality"
    )
