"""The assignments of those who sit in the seats, of agency and bank workers, and the hours that caseworkers recorded.

A stay may be cut into several spells (new hours, another team, a secondment, the same terms again, a few days' break) but a cut never
lengthens or shortens it. The recorded hours of a person in a quarter add up to their contracted hours, but for rounding to half hours.
Nobody has a name; ids are drawn at random.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import polars as pl

from workforce.periods import months_to
from workforce.sample.design import JOBS, OLDER_BY_YEARS, OLDER_LOCALITY, PAY, SEND_CASEWORK, Member
from workforce.sample.posts import NOBODY, YEAR, Cover, Flags, Floats, Ints, Seats, Stays, as_days, named, years_between

_CUTS: Final = ("none", "fte", "team", "same terms", "short break", "seconded_out", "parental_leave", "career_break")
_CUT_SHARES: Final = (0.66, 0.10, 0.08, 0.03, 0.03, 0.04, 0.05, 0.01)
_ROOM: Final = 240  # days of records that a stay needs before it is cut
_MARGIN: Final = 35  # days that a cut keeps from either end
_AWAY: Final = (120, 365)  # days of a secondment, a parental leave or a career break
_BREAK: Final = (2, 6)  # days out: less than a full week, so one stay
_SECOND_POST: Final = 0.05
_SECOND_FTE: Final = 0.4
_BANK: Final = 0.05  # bank workers for each seat of the NHS trust
_AGES: Final = (36.0, 10.0)  # mean and standard deviation on joining
_YOUNGEST, _OLDEST, _LAST_AGE = 20.0, 60.0, 67.0
_RETIRES_FROM: Final = 58.0
_SEXES = {"female": 0.84, "male": 0.16}
_ETHNICITIES = {"white": 0.84, "asian": 0.06, "black": 0.05, "mixed": 0.02, "other": 0.01, "unknown": 0.02}
_DISABILITIES = {"no": 0.85, "yes": 0.06, "unknown": 0.09}
_REASONS = ("resignation", "retirement", "redundancy", "dismissal", "end_of_contract", "death", "other", "unknown")
_REASON_SHARES: Final = (0.82, 0.0, 0.03, 0.02, 0.06, 0.003, 0.067, 0.0)
_DESTINATIONS = ("other_local_authority", "nhs", "agency", "other_sector", "education", "retirement", "unknown")
_DESTINATION_SHARES: Final = {
    "council": (0.38, 0.06, 0.12, 0.22, 0.08, 0.0, 0.14),
    "psychology": (0.42, 0.05, 0.08, 0.25, 0.10, 0.0, 0.10),
    "nhs": (0.06, 0.44, 0.05, 0.14, 0.05, 0.0, 0.26),
    "schools": (0.08, 0.04, 0.03, 0.32, 0.43, 0.0, 0.10),
    "icb": (0.14, 0.46, 0.06, 0.22, 0.02, 0.0, 0.10),
}
_GOES_TO: Final = {"council": 0, "psychology": 0, "nhs": 1, "icb": 1, "schools": 4}


@dataclass(frozen=True, slots=True)
class People:
    """The persons behind the stays: ids by organisation scheme, and the day of birth as a day number."""

    ids: pl.Series
    born: Ints


@dataclass(frozen=True, slots=True)
class Workforce:
    """Seats, who sat in them, and the frame that says so. `reason`: index of the leaving reason of each stay."""

    seats: Seats
    stays: Stays
    cover: Cover
    people: People
    assignments: pl.DataFrame


# Share of the working time, by activity. The first three are what the sample partnership agreed to call core casework.
ACTIVITIES: Final = {
    "assessments and plans": 0.34,
    "annual reviews": 0.13,
    "contact with families": 0.12,
    "meetings": 0.15,
    "tribunals and complaints": 0.07,
    "administration": 0.15,
    "training and supervision": 0.04,
}
ACTIVITY_CODES: Final = {name: f"{number:02}" for number, name in enumerate(ACTIVITIES, 1)}  # as time sheets have them
CORE: Final = tuple(ACTIVITIES)[:3]
QUARTERS: Final = 8  # recorded in the last two years only
_CERTAIN: Final = 60.0  # how alike people's shares are: the sum of the weights of a Dirichlet law
_WEEKLY: Final = 37.0
_AT_LEAST: Final = 14  # days in the quarter; a shorter stay records nothing


def make_people(seats: Seats, stays: Stays, cover: Cover, until: int, extra: int, rng: np.random.Generator) -> People:
    """Ids and birthdays for everyone; `extra` persons beyond those of stays and cover (the bank)."""
    person = np.concatenate([stays.person, cover.person])
    first, last = np.concatenate([stays.start, cover.start]), np.minimum(np.concatenate([stays.end, cover.end]), until)
    seat = np.concatenate([stays.seat, cover.seat])
    count = int(person.max()) + 1 + extra
    joining, left = np.full(count, until), np.zeros(count, dtype=np.int64)
    np.minimum.at(joining, person, first)
    np.maximum.at(left, person, last)
    home = np.zeros(count, dtype=np.int64)
    home[person[::-1]] = seat[::-1]  # the first row of a person stands
    older = np.array([name.startswith(OLDER_LOCALITY) for name in seats.localities])[seats.locality[home]]
    age = np.clip(rng.normal(_AGES[0] + OLDER_BY_YEARS * older, _AGES[1]), _YOUNGEST, _OLDEST)
    age = np.maximum(np.minimum(age, _LAST_AGE - years_between(joining, left)), _YOUNGEST - 2)
    number = rng.permutation(count)
    own_scheme = np.array([m.body.id_scheme for m in seats.members])[seats.member[home]] == "schools"
    ids = pl.select(
        pl.when(pl.lit(pl.Series(own_scheme))).then(pl.lit("S")).otherwise(pl.lit("W"))
        + (pl.lit(pl.Series(number)) + 10**6).cast(pl.String)
    ).to_series()
    return People(ids, (joining - age * YEAR).astype(np.int64))


def make_workforce(
    seats: Seats, stays: Stays, cover: Cover, seen_from: Ints, until: int, rng: np.random.Generator
) -> Workforce:
    """The assignments of the whole area: employed staff, second posts, agency and bank workers."""
    bank_seats = rng.permutation(np.flatnonzero(np.array([m.body.slug == "nhs" for m in seats.members])[seats.member]))
    bank_seats = bank_seats[: int(len(bank_seats) * _BANK)]
    people = make_people(seats, stays, cover, until, len(bank_seats), rng)
    spells = _spells(seats, stays, seen_from, until, rng)
    reasons, destinations = _leaving(seats, stays, people, until, rng)
    of = spells["stay"].to_numpy()
    last = spells["last"].to_numpy()
    fixed = pl.Series(rng.random(len(stays.seat)) < 0.1)  # noqa: PLR2004 - one in ten is on a fixed term
    contract = pl.select(pl.when(pl.lit(fixed)).then(pl.lit("fixed_term")).otherwise(pl.lit("permanent"))).to_series()
    employed = _rows(
        seats, people, stays.seat[of], stays.person[of], spells["start"].to_numpy(), spells["end"].to_numpy(), until
    ).with_columns(
        service_start=as_days(stays.start[of]),
        fte=spells["fte"],
        team=spells["team"],
        status=spells["status"],
        employment=pl.lit("employed"),
        contract=contract.gather(of),
        leaving_reason=pl.when(pl.lit(last)).then(reasons.gather(of)),
        leaving_destination=pl.when(pl.lit(last)).then(destinations.gather(of)),
    )
    agency = _rows(seats, people, cover.seat, cover.person, cover.start, cover.end, until).with_columns(
        employment=pl.lit("agency"),
        contract=pl.lit("temporary"),
        annual_pay=pl.lit(None, pl.Float64),
        supplement=pl.lit(None, pl.Float64),
    )
    started = until - rng.integers(30, 1_500, len(bank_seats))
    bank_person = len(people.ids) - 1 - np.arange(len(bank_seats))
    bank = _rows(
        seats, people, bank_seats, bank_person, started, started + rng.integers(200, 2_000, len(bank_seats)), until
    ).with_columns(employment=pl.lit("bank"), contract=pl.lit("bank"), fte=pl.lit(0.2))
    frame = pl.concat([employed, agency, bank], how="diagonal")
    observed = as_days(seen_from)
    whose = pl.DataFrame(
        {
            "organisation": [m.slug for m in seats.members],
            "observed_from": observed,
            "observed_to": as_days(np.full(len(observed), until)),
        }
    )
    frame = frame.join(whose, on="organisation", how="left").filter(
        pl.col("end_date").fill_null(pl.col("observed_to")) >= pl.col("observed_from")
    )
    return Workforce(seats, stays, cover, people, _with_person_columns(frame, rng))


def _rows(seats: Seats, people: People, seat: Ints, person: Ints, start: Ints, end: Ints, until: int) -> pl.DataFrame:
    """Spells in seats, with what the seat and the person bring."""
    job = seats.job[seat]
    hours = [PAY[j.staff_group][2] for j in JOBS]
    return pl.DataFrame(
        {
            "organisation": named([m.slug for m in seats.members], seats.member[seat]),
            "person_id": people.ids.gather(person),
            "start_date": as_days(start),
            "end_date": as_days(end, missing=end > until),
            "service_start": as_days(start),
            "fte": seats.fte[seat],
            "role": named([j.role for j in JOBS], job),
            "staff_group": named([j.staff_group for j in JOBS], job),
            "grade": named([j.grade for j in JOBS], job),
            "team": team_names(job, seats.team[seat]),
            "locality": named(list(seats.localities), seats.locality[seat]),
            "annual_pay": seats.pay[seat].astype(float),
            "supplement": seats.supplement[seat].astype(float),
            "full_time_hours": np.array(hours)[job],
            "status": np.full(len(seat), "active"),
            "birth_date": as_days(people.born[person]),
        }
    )


def team_names(job: Ints, team: Ints) -> pl.Series:
    """The names of teams by job and number."""
    widest = max(len(j.teams) for j in JOBS)
    flat = [j.teams[k % len(j.teams)] for j in JOBS for k in range(widest)]
    return named(flat, job * widest + team)


def _spells(seats: Seats, stays: Stays, seen_from: Ints, until: int, rng: np.random.Generator) -> pl.DataFrame:
    """Stays cut into spells: stay, start, end, fte, team, status, and whether the spell is the stay's last."""
    n = len(stays.seat)
    seat = stays.seat
    body = np.array([m.body.slug for m in seats.members])[seats.member[seat]]
    begin = np.maximum(stays.start, seen_from[seats.member[seat]]) + _MARGIN
    close = np.minimum(stays.end, until) - _MARGIN
    cut = rng.choice(len(_CUTS), n, p=_CUT_SHARES)
    cut[close - begin < _ROOM] = 0
    # Hours change neither for caseworkers (their cases per FTE are a truth) nor in schools (whose records count FTE days lost).
    cut[(cut == _CUTS.index("fte")) & ((seats.load[seat] > 0) | (body == "schools"))] = 0
    first = begin + (rng.random(n) * np.maximum(close - begin - 1, 1)).astype(np.int64)
    away = cut >= _CUTS.index("seconded_out")
    back = np.where(away, np.minimum(first + rng.integers(*_AWAY, size=n), stays.end + 1), stays.end + 1)
    pause = np.where(cut == _CUTS.index("short break"), rng.integers(_BREAK[0], _BREAK[1] + 1, n), 0)
    split, second = cut > 0, (cut == 0) & (seats.fte[seat] == 1) & (seats.load[seat] == 0) & (body != "schools")
    second &= rng.random(n) < _SECOND_POST
    fte, teams = seats.fte[seat], np.array([len(j.teams) for j in JOBS])[seats.job[seat]]
    new_fte = np.where(cut == _CUTS.index("fte"), np.where(fte == 1, 0.6, 1.0), fte)
    new_team = np.where(cut == _CUTS.index("team"), (seats.team[seat] + 1) % teams, seats.team[seat])
    moved = (seats.team[seat] + 1) % teams
    stay = np.arange(n)

    def part(
        rows: Flags, start: Ints, end: Ints, of_fte: Floats, team: Ints, status: Ints, *, last: Flags
    ) -> pl.DataFrame:
        return pl.DataFrame(
            {
                "stay": stay[rows],
                "start": start[rows],
                "end": end[rows],
                "fte": of_fte[rows],
                "team": team_names(seats.job[seat][rows], team[rows]),
                "status": named(["active", *_CUTS[_CUTS.index("seconded_out") :]], status[rows]),
                "last": last[rows],
            }
        )

    active = np.zeros(n, dtype=np.int64)
    status = np.where(away, cut - _CUTS.index("seconded_out") + 1, 0)
    returns = away & (back <= stays.end)
    main_fte, half = np.where(second, 1 - _SECOND_FTE, fte), np.full(n, _SECOND_FTE)
    second_start = np.minimum(stays.start + rng.integers(0, 400, n), np.minimum(stays.end, until))
    spells = pl.concat(
        [
            part(
                stay >= 0,
                stays.start,
                np.where(split, first - 1, stays.end),
                main_fte,
                seats.team[seat],
                active,
                last=~split,
            ),
            part(
                split, first + pause, np.where(returns, back - 1, stays.end), new_fte, new_team, status, last=~returns
            ),
            part(returns, back, stays.end, new_fte, new_team, active, last=returns),
            part(second, second_start, stays.end, half, moved, active, last=second),
        ]
    )
    # Who is away on the last day comes back after it: that spell is not on record yet.
    return spells.filter(pl.col("start") <= until).sort("stay", "start", "fte", "end")


def _leaving(
    seats: Seats, stays: Stays, people: People, until: int, rng: np.random.Generator
) -> tuple[pl.Series, pl.Series]:
    """Why and whither, for each stay that has ended."""
    n = len(stays.seat)
    body = [m.body for m in seats.members]
    member = seats.member[stays.seat]
    reason = rng.choice(len(_REASONS), n, p=_REASON_SHARES)
    age = years_between(people.born[stays.person], stays.end)
    retires = (age >= _RETIRES_FROM) & (rng.random(n) < np.clip((age - _RETIRES_FROM + 2) / 8, 0.0, 0.95))
    reason[retires] = _REASONS.index("retirement")
    hidden = rng.random(n) < np.array([b.unknown_reasons for b in body])[member]
    cumulative = np.cumsum([_DESTINATION_SHARES[b.slug] for b in body], axis=1)[member]
    destination = (rng.random(n)[:, None] > cumulative).sum(axis=1).clip(0, len(_DESTINATIONS) - 1)
    destination[retires] = _DESTINATIONS.index("retirement")
    moved_on = np.flatnonzero(stays.before != NOBODY)
    to_partner = moved_on[member[moved_on] != member[stays.before[moved_on]]]
    left = stays.before[to_partner]
    reason[left] = _REASONS.index("resignation")
    destination[left] = np.array([_GOES_TO[b.slug] for b in body])[member[to_partner]]
    hidden[left] = False
    reason[hidden] = _REASONS.index("unknown")
    open_still = stays.end > until
    return named(list(_REASONS), reason, missing=open_still), named(
        list(_DESTINATIONS), destination, missing=open_still
    )


def _with_person_columns(frame: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Sex, ethnicity and disability as recorded: the same for a person in every row."""
    persons = frame.select(pl.col("person_id").unique().sort())
    columns = {
        column: named(list(shares), rng.choice(len(shares), persons.height, p=np.array(list(shares.values()))))
        for column, shares in (("sex", _SEXES), ("ethnicity", _ETHNICITIES), ("disability", _DISABILITIES))
    }
    return frame.join(persons.with_columns(**columns), on="person_id", how="left", maintain_order="left")


def first_seen(members: tuple[Member, ...], first: int, late: int) -> Ints:
    """The first day of each member's records."""
    return np.array([late if m.body.records_begin_late else first for m in members])


def hours_frame(workforce: Workforce, until: date, rng: np.random.Generator) -> pl.DataFrame:
    """Hours by worker, quarter and activity: the table `hours`."""
    ends = [p.end for p in months_to(f"{until:%Y-%m}", 3 * QUARTERS)][2::3]
    starts = [p.start for p in months_to(f"{until:%Y-%m}", 3 * QUARTERS)][::3]
    quarters = pl.DataFrame({"period_start": starts, "period_end": ends})
    staff = workforce.assignments.filter(
        (pl.col("staff_group") == SEND_CASEWORK) & (pl.col("status") == "active") & (pl.col("employment") != "bank")
    )
    present = (
        staff.join(quarters, how="cross")
        .with_columns(
            first=pl.max_horizontal("start_date", "period_start"), last=pl.min_horizontal("end_date", "period_end")
        )
        .with_columns(days=(pl.col("last") - pl.col("first")).dt.total_days() + 1)
        .filter(pl.col("days") > 0)
        .sort("organisation", "person_id", "period_start", "start_date")
        .group_by("organisation", "person_id", "period_start", "period_end", "role", "team", maintain_order=True)
        .agg(worked=(pl.col("days") * pl.col("fte")).sum() / 7 * _WEEKLY, days=pl.col("days").sum())
        .filter(pl.col("days") >= _AT_LEAST)
    )
    shares = rng.dirichlet(np.array(list(ACTIVITIES.values())) * _CERTAIN, present.height)
    recorded = pl.DataFrame(shares, schema=list(ACTIVITIES), orient="row")
    return (
        pl.concat([present, recorded], how="horizontal")
        .unpivot(
            list(ACTIVITIES),
            index=["organisation", "person_id", "period_start", "period_end", "role", "team", "worked"],
            variable_name="activity",
            value_name="share",
        )
        .with_columns(hours=(pl.col("worked") * pl.col("share") * 2).round() / 2)
        .filter(pl.col("hours") > 0)
        .sort("organisation", "person_id", "period_start", "role", "team", "activity")
        .drop("worked", "share")
    )
