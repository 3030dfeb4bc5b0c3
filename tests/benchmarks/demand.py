"""Made areas whose cases arrive, queue in a team and are closed by the staff who are there: what the back-test scores the outlook on.

`area_with_demand(seed, last)` takes the staff of a made council (`make_area`, without its casework, in which a seat's next case comes
within days of the last) and makes the cases anew, week by week. Nothing here reads the outlook. What is drawn for each area, and what it
is drawn from, stands in `drawn_for`.

What these areas share with the outlook's assumptions
- a leaver's post is filled again, and a vacancy's hazard of being filled depends on how long it has been open;
- requests arrive at random, in months that vary more than chance, and close at rates that do not depend on one another;
- more staff at work close more requests, more of them to work on lets each staff member close more, and the two together keep step.

What the outlook does not know
- a caseworker's hazard of leaving depends on their pay and on what their seat carries (the made council's truths), not on service alone;
- caseworkers differ in speed, and cases of those who leave, are seconded or on parental leave go back to the queue of their team;
- a caseworker takes only so many requests: beyond that they wait in the queue, untouched, and the work on one begins when it is taken;
- how much slower the requests of a busy worker go is the area's own, and nobody works faster than so much;
- arrivals have a school year, and grow or shrink slowly, at a pace of the area's own;
- a plan follows from a request, and ends when the child leaves, mostly in the summer, however many staff there are.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import polars as pl

from workforce.sample import make_area

ROLES = ("SEND caseworker", "Senior SEND caseworker")
REQUEST, PLAN = 0, 1
KINDS = ("ehc_assessment", "ehc_plan")
AWAY = ("seconded_out", "parental_leave", "career_break")
NOBODY = -1
WEEK, YEAR = 7, 365.25
BURN_IN = 4 * 52  # weeks before the records, with the staff of their first day
SCHOOL_YEAR = np.array([1.02, 1.05, 1.15, 0.95, 1.10, 1.15, 1.08, 0.55, 0.90, 1.10, 1.10, 0.85])  # January to December
SUMMER = np.array([0.7, 0.7, 0.7, 0.7, 0.7, 0.7, 2.6, 2.6, 0.9, 0.7, 0.7, 0.7])  # when plans end
# Rate a week at which a request closes, by weeks since it was first taken: refusals at about six weeks, plans at twenty and after.
CLOSING_FROM = np.array([0, 4, 8, 14, 20, 40])
CLOSING = np.array([0.004, 0.055, 0.010, 0.105, 0.080, 0.060])
ISSUED = np.array([0.0, 0.0, 0.8, 0.8, 0.95, 0.95])  # of those that close then, the share with a plan
USUAL_WEEKS = 20.7  # that a request is open at these rates: the integral of its survival
FASTEST = 1.4  # times the usual rate, however few requests a worker has
NEVER_FULL = 20.0  # times the usual number of requests
ALIKE = 0.001  # coefficient of variation between workers who do not differ in speed
WAITING = 0.002  # rate a week at which requests are withdrawn while nobody works on them


@dataclass(frozen=True, slots=True)
class Drawn:
    """What is true of one area and drawn with its seed."""

    requests_a_year: float  # for each FTE, at the beginning of the records
    growth: float  # a year, on the log scale
    month_to_month: float  # coefficient of variation of the months' means
    season: float  # 0 none, 1 the school year as it stands above
    speed: float  # coefficient of variation between workers
    busier_is_slower: float  # elasticity of a request's rate to the requests that its worker has
    most_requests: float  # a worker takes, as a multiple of the usual number
    plan_years: float
    moved_in: float  # plans of children who moved in, for each request


def drawn_for(rng):
    """The truths of one area."""
    return Drawn(
        requests_a_year=rng.uniform(5.0, 8.0),
        growth=rng.normal(0.01, 0.03),
        month_to_month=rng.uniform(0.05, 0.20),
        season=rng.uniform(0.5, 1.2),
        speed=rng.uniform(0.15, 0.35),
        busier_is_slower=rng.uniform(0.2, 0.8),
        most_requests=rng.uniform(1.15, 1.6),
        plan_years=rng.uniform(3.5, 5.5),
        moved_in=rng.uniform(0.1, 0.2),
    )


@dataclass(frozen=True, slots=True)
class Staff:
    """Who is at work in which team with which FTE, by week."""

    ids: list[str]
    fte: np.ndarray  # persons x weeks
    team: np.ndarray  # persons x weeks

    @classmethod
    def of(cls, area, weeks):
        """Read the weeks' staff off the assignments: those in post at a week's beginning and not away."""
        rows = area.assignments.filter(
            pl.col("role").is_in(ROLES) & ~pl.col("status").is_in(AWAY).fill_null(value=False)
        )
        ids = rows["person_id"].unique().sort().to_list()
        teams = rows["team"].unique().sort().to_list()
        fte, team = np.zeros((len(ids), len(weeks))), np.zeros((len(ids), len(weeks)), dtype=np.int64)
        place = {who: at for at, who in enumerate(ids)}
        first = np.array([w.toordinal() for w in weeks])
        for who, where, start, end, part in rows.select("person_id", "team", "start_date", "end_date", "fte").rows():
            there = (first >= start.toordinal()) & (first <= (end.toordinal() if end else first[-1]))
            fte[place[who], there] += part
            team[place[who], there] = teams.index(where)
        return cls(ids, fte, team)


class Cases:
    """The cases of one area, an array each; those that are open are found by number."""

    def __init__(self, most):
        self.kind, self.team, self.child = (np.zeros(most, dtype=np.int64) for _ in range(3))
        self.begun = np.full(most, NOBODY)  # the day on which somebody first took it
        self.received, self.closed = np.zeros(most, dtype=np.int64), np.full(most, np.iinfo(np.int64).max)
        self.holder = np.full(most, NOBODY)
        self.plan_issued = np.zeros(most, dtype=bool)
        self.count = self.children = 0
        self.open = np.zeros(0, dtype=np.int64)
        self.taken = []  # case, person, day

    def add(self, kind, team, received, child=None):
        """New cases, open from their day of receipt; returns their numbers."""
        new = np.arange(self.count, self.count + len(received))
        self.kind[new], self.team[new], self.received[new] = kind, team, received
        if child is None:
            child = self.children + np.arange(len(new))
            self.children += len(new)
        self.child[new] = child
        self.count += len(new)
        self.open = np.concatenate([self.open, new])
        return new

    def take(self, cases, persons, day):
        """Allocate cases from a day on, or from their receipt if that is later."""
        self.holder[cases] = persons
        self.begun[cases] = np.where(self.begun[cases] == NOBODY, day, self.begun[cases])
        self.taken.append(np.stack([cases, persons, np.maximum(day, self.received[cases])]))


def area_with_demand(seed, last, *, years=6, follows_staff=True):
    """A made council of 400 staff with cases that queue, of so many years up to `last`.

    follows_staff: without it requests close at the rate of their age alone, however many staff there are: nobody is slower for having more
    of them, and nobody is full.
    """
    area = make_area(staff=400, organisations=1, years=years, seed=seed, until=last, casework=False)
    rng = np.random.default_rng([seed, 77])
    truths = drawn_for(rng)
    if not follows_staff:
        truths = replace(truths, busier_is_slower=0.0, most_requests=NEVER_FULL, speed=ALIKE)
    weeks = [area.since + timedelta(days=WEEK * n) for n in range((last - area.since).days // WEEK + 1)]
    staff = Staff.of(area, weeks)
    cases = _followed(staff, weeks, truths, rng)
    return replace(area, cases=_case_frame(cases, area, last), allocations=_allocation_frame(cases, staff, last))


def _followed(staff, weeks, truths, rng):
    teams = int(staff.team.max()) + 1
    mean_fte = float(staff.fte.sum(axis=0).mean())
    share = np.array([staff.fte[staff.team == t].sum() for t in range(teams)])
    share /= share.sum()
    a_week = truths.requests_a_year * mean_fte * WEEK / YEAR
    usual = a_week * USUAL_WEEKS / mean_fte  # requests open for each FTE
    speed = rng.gamma(truths.speed**-2, truths.speed**2, len(staff.ids))
    months = rng.gamma(truths.month_to_month**-2, truths.month_to_month**2, (len(weeks) + BURN_IN) // 4 + 2)
    season = 1 + truths.season * (SCHOOL_YEAR - 1)
    season /= season.mean()
    plan_rate = WEEK / (truths.plan_years * YEAR)
    cases = Cases(int(40 * truths.requests_a_year * mean_fte))
    begin = weeks[0].toordinal() - BURN_IN * WEEK
    plans = rng.poisson((0.62 + truths.moved_in) * a_week / plan_rate)
    cases.add(
        PLAN, rng.choice(teams, plans, p=share), begin - rng.exponential(WEEK / plan_rate, plans).astype(np.int64)
    )
    for step in range(len(weeks) + BURN_IN):
        day = begin + WEEK * step
        month = date.fromordinal(day).month - 1
        at = max(step - BURN_IN, 0)
        fte, team = staff.fte[:, at], staff.team[:, at]
        gone = cases.open[(cases.holder[cases.open] != NOBODY) & (fte[cases.holder[cases.open]] == 0)]
        cases.holder[gone] = NOBODY
        mean = a_week * season[month] * months[step // 4] * np.exp(truths.growth * at * WEEK / YEAR)
        came, moved_in = rng.poisson(mean), rng.poisson(mean * truths.moved_in)
        cases.add(REQUEST, rng.choice(teams, came, p=share), day + rng.integers(0, WEEK, came))
        cases.add(PLAN, rng.choice(teams, moved_in, p=share), day + rng.integers(0, WEEK, moved_in))
        _share_out(cases, fte, team, truths.most_requests * usual, day, rng)
        _close(cases, fte, speed, usual, truths.busier_is_slower, plan_rate * SUMMER[month], day, rng)
    return cases


def _share_out(cases, fte, team, most, day, rng):
    """Give the unheld cases of each team, oldest first, to its workers by the room they have; requests only up to the most they take."""
    waiting = cases.open[cases.holder[cases.open] == NOBODY]
    if not len(waiting):
        return
    held = cases.open[cases.holder[cases.open] != NOBODY]
    requests = np.bincount(cases.holder[held[cases.kind[held] == REQUEST]], minlength=len(fte))
    every = np.bincount(cases.holder[held], minlength=len(fte))
    for t in np.unique(cases.team[waiting]):
        there = np.flatnonzero((team == t) & (fte > 0))
        if not len(there):
            continue
        own = waiting[cases.team[waiting] == t]
        asked = own[cases.kind[own] == REQUEST]
        room = np.maximum(np.rint(most * fte[there]).astype(np.int64) - requests[there], 0)
        slots = rng.permutation(np.repeat(there, room))[: len(asked)]
        cases.take(asked[: len(slots)], slots, day)
        plans = own[cases.kind[own] == PLAN]
        lightest = fte[there] / (1 + every[there] / fte[there]) ** 2
        cases.take(plans, rng.choice(there, len(plans), p=lightest / lightest.sum()), day)


def _close(cases, fte, speed, usual, slower, plan_rate, day, rng):
    """Close requests that somebody works on, and plans whose time has come; a plan that was issued begins as a case of its own."""
    now = cases.open
    request, held = cases.kind[now] == REQUEST, cases.holder[now] != NOBODY
    holder = cases.holder[now]
    load = np.bincount(holder[request & held], minlength=len(fte)) / np.maximum(fte, 0.1)
    pace = speed * np.minimum((np.maximum(load, 0.1) / usual) ** -slower, FASTEST)
    weeks = np.maximum(day - cases.begun[now], 0) // WEEK
    base = CLOSING[np.searchsorted(CLOSING_FROM, weeks, side="right") - 1]
    rate = np.where(request, np.where(held, base * pace[holder], WAITING), plan_rate)
    closing = rng.random(len(now)) < -np.expm1(-rate)
    done = now[closing]
    cases.closed[done] = np.maximum(day + rng.integers(0, WEEK, len(done)), cases.received[done])
    chance = ISSUED[np.searchsorted(CLOSING_FROM, weeks[closing], side="right") - 1]
    issued = (request & held)[closing] & (rng.random(len(done)) < chance)
    cases.plan_issued[done[issued]] = True
    cases.open = now[~closing]
    made = done[issued]
    plan = cases.add(PLAN, cases.team[made], cases.closed[made] + 1, cases.child[made])
    cases.take(plan, cases.holder[made], day)


def _case_frame(cases, area, last):
    n = cases.count
    keep = np.flatnonzero((cases.closed[:n] >= area.since.toordinal()) & (cases.received[:n] <= last.toordinal()))
    still = cases.closed[keep] > last.toordinal()
    request = cases.kind[keep] == REQUEST
    outcome = np.where(request, np.where(cases.plan_issued[keep], "plan_issued", "no_plan"), "ceased")
    frame = pl.DataFrame(
        {
            "organisation": np.full(len(keep), area.members[0].slug),
            "case_id": [f"K{k}" for k in keep],
            "child_id": [f"C{k}" for k in cases.child[keep]],
            "case_type": np.array(KINDS)[cases.kind[keep]],
            "received_date": _days(cases.received[keep]),
            "closed_date": _days(np.where(still, 0, cases.closed[keep])),
            "outcome": outcome,
            "still": still,
            "observed_from": np.full(len(keep), np.datetime64(area.since)),
            "observed_to": np.full(len(keep), np.datetime64(last)),
        }
    )
    ended = pl.when(~pl.col("still"))
    return (
        frame.with_columns(
            closed_date=ended.then("closed_date"), outcome_date=ended.then("closed_date"), outcome=ended.then("outcome")
        )
        .drop("still")
        .with_columns(pl.col("observed_from", "observed_to").cast(pl.Date))
    )


def _allocation_frame(cases, staff, last):
    case, person, start = np.concatenate(cases.taken, axis=1)
    order = np.lexsort((start, case))
    case, person, start = case[order], person[order], start[order]
    following = np.append(
        np.where(case[1:] == case[:-1], start[1:] - 1, np.iinfo(np.int64).max), np.iinfo(np.int64).max
    )
    end = np.maximum(np.minimum(following, cases.closed[case]), start)
    known = start <= last.toordinal()
    case, person, start, end = case[known], person[known], start[known], end[known]
    still = end > last.toordinal()
    return (
        pl.DataFrame(
            {
                "organisation": np.full(len(case), "council"),
                "case_id": [f"K{k}" for k in case],
                "person_id": np.array(staff.ids)[person],
                "start_date": _days(start),
                "end_date": _days(np.where(still, 0, end)),
                "still": still,
            }
        )
        .with_columns(end_date=pl.when(~pl.col("still")).then("end_date"), worker_role=pl.lit("caseworker"))
        .drop("still")
    )


def _days(ordinals):
    return pl.Series((ordinals - date(1970, 1, 1).toordinal()).astype(np.int32)).cast(pl.Date)
