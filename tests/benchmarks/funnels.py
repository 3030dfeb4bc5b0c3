"""How often do funnels and one-sided limits point at something where only chance is at work?

Usage: python tests/benchmarks/funnels.py [absence] [counts] [hazards]
Prints what was measured beside what is asked, and ends with exit code 1 where something is missed. Seeds, designs and thresholds were
committed before the first run.
"""

import sys
import time
from collections.abc import Callable
from datetime import date, timedelta

import numpy as np
import polars as pl

import workforce as wf
from workforce.periods import financial_year
from workforce.stats.funnel import count_limits
from workforce.stats.rates import measure_table
from workforce.stats.redeal import dealt_limits

SEED = 20_261_127
TEAMS, SIZES, PAGES = 12, (6, 12, 25), 1_000
LEVEL = 0.998
ABSENCES = 1.4  # a person and year
LENGTHS = ((0.72, 1, 6), (0.20, 6, 27), (0.08, 28, 130))  # share, from, to calendar days: the sample's
HOURS = (1.0, 1.0, 0.8, 0.6, 0.5)  # full-time equivalents, equally likely
LONG_SHARE, LONG = 0.05, (30, 180)  # of people, and calendar days, in the design with long absences
LONG_PAGES = 200
SICKER, SICKER_PAGES = 2.0, 200  # one team's absences, for the power
RECORD_PAGES = 10  # made from records by wf.absence.funnel
MOST_PAGES = 4.0  # % of pages on which some of twelve like teams is outside the 99.8% limits

MEANS, COUNT_PAGES = (2.0, 6.0, 30.0), 400  # leavers expected of a team; teams differ in size by a factor of 4
MOST_TEAMS = 0.3  # % of like teams outside the 99.8% limits with over-dispersion

LEAVERS, TRIALS = (1.0, 2.0, 3.0, 3.5, 4.0, 5.0), 1_000  # expected of the level in which nobody may leave
OTHERS = 150  # people in the level that it is compared with; half of them leave
MOST_BELOW = (
    2.5 + 1.5
)  # % of trials in which nobody leaves and the upper limit is below the truth: 2.5% and three standard errors
PER_CENT = 100.0


def main(tasks: list[str]) -> int:
    """Run the tasks and return the exit code."""
    started = time.process_time()
    results = [ok for name, task in TASKS.items() if not tasks or name in tasks for ok in task()]
    print(f"{time.process_time() - started:.0f} s of processor time")
    return 0 if all(results) else 1


def days_of(
    rng: np.random.Generator, people: int, *, rate: np.ndarray | float = ABSENCES, long: bool = False
) -> np.ndarray:
    """Working days that each of some full-time people loses in a year, at most 253."""
    spells = rng.poisson(rate, people)
    person = np.repeat(np.arange(people), spells)
    band = rng.choice(len(LENGTHS), len(person), p=[share for share, _, _ in LENGTHS])
    first, last = (np.array([length[side] for length in LENGTHS])[band] for side in (1, 2))
    days = np.bincount(person, first + np.floor((last - first) * rng.random(len(person)) ** 2), minlength=people)
    if long:
        days += np.where(rng.random(people) < LONG_SHARE, rng.uniform(*LONG, people), 0.0)
    return np.minimum(np.round(days * 5 / 7), 253)


def absence() -> list[bool]:
    """Pages of twelve like teams on which some team is outside the limits, by dealing people out and by the table's variance."""
    print(
        f"absence, {TEAMS} like teams, % of pages with a team outside the 99.8% limits (asked: at most {MOST_PAGES:g})"
    )
    verdicts = []
    for people in SIZES:
        rng = np.random.default_rng([SEED, people])
        shares = {
            "dealt": _pages(rng, people, PAGES),
            "dealt, long absences": _pages(rng, people, LONG_PAGES, long=True),
        }
        by_table = _pages(rng, people, LONG_PAGES, judge=_outside_by_table)
        named = _named(rng, people)
        verdicts += [shares["dealt"] <= MOST_PAGES]
        print(
            f"  {people:3} people: {shares['dealt']:.1f} ({PAGES} pages); with long absences {shares['dealt, long absences']:.1f};"
            f" by the table's variance {by_table:.1f}; a team with {SICKER:g} times the absences is named on {named:.0f}%"
        )
    verdicts.append(_from_records())
    return verdicts


def _pages(
    rng: np.random.Generator,
    people: int,
    pages: int,
    *,
    long: bool = False,
    judge: "Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray] | None" = None,
) -> float:
    group = np.repeat(np.arange(TEAMS), people)
    outside = 0
    for _ in range(pages):
        fte = rng.choice(HOURS, len(group))
        days = days_of(rng, len(group), long=long) * fte
        outside += bool((judge or _outside)(days, fte, group).any())
    return PER_CENT * outside / pages


def _outside(days: np.ndarray, fte: np.ndarray, group: np.ndarray) -> np.ndarray:
    rates = np.bincount(group, days) / np.bincount(group, fte)
    ((low, high),) = dealt_limits(days, fte, group, np.zeros_like(group), [LEVEL])
    return (rates < low) | (rates > high)


def _outside_by_table(days: np.ndarray, fte: np.ndarray, group: np.ndarray) -> np.ndarray:
    x, y = np.bincount(group, days), np.bincount(group, fte)
    n = np.bincount(group)
    squares = np.bincount(group, (days - (x / y)[group] * fte) ** 2)
    sides = pl.DataFrame(
        {
            "team": [f"{team:02}" for team in range(TEAMS)],
            "numerator": x,
            "denominator": y,
            "people": n,
            "variance": n / (n - 1) * squares / y**2,
            "largest": 1.0,
            "units": 50.0,
        }
    )
    table = wf.stats.funnel(measure_table(sides, "absence", "days_per_fte", by=["team"]), limits=(LEVEL,))
    return table.frame["position"].str.contains("99.8%", literal=True).to_numpy()


def _named(rng: np.random.Generator, people: int) -> float:
    """How often a team with more absences than the other eleven is above the limits."""
    group = np.repeat(np.arange(TEAMS), people)
    times = np.where(group == 0, SICKER, 1.0)
    named = 0
    for _ in range(SICKER_PAGES):
        fte = rng.choice(HOURS, len(group))
        days = days_of(rng, len(group), rate=ABSENCES * times) * fte
        ((_, high),) = dealt_limits(days, fte, group, np.zeros_like(group), [LEVEL])
        named += days[group == 0].sum() / fte[group == 0].sum() > high[0]
    return PER_CENT * named / SICKER_PAGES


def _from_records() -> bool:
    """Whether the public function, from records, gives the limits of the same people dealt out directly."""
    rng = np.random.default_rng([SEED, 1])
    year, people = financial_year("2022-23"), 12
    group = np.repeat(np.arange(TEAMS), people)
    alike = True
    for _ in range(RECORD_PAGES):
        fte, length = rng.choice(HOURS, len(group)), rng.integers(0, 60, len(group)) * (rng.random(len(group)) < 0.5)
        ids = [f"p{n:04}" for n in rng.permutation(len(group))]
        staff = pl.DataFrame(
            {
                "organisation": "council",
                "person_id": ids,
                "fte": fte,
                "start_date": date(2020, 1, 1),
                "team": [f"{team:02}" for team in group],
            }
        )
        absent = np.flatnonzero(length)
        sick = pl.DataFrame(
            {
                "organisation": "council",
                "person_id": [ids[n] for n in absent],
                "start_date": date(2022, 6, 6),
                "end_date": [date(2022, 6, 6) + timedelta(days=int(length[n]) - 1) for n in absent],
            }
        )
        records = wf.Records(assignments=staff, absences=sick)
        table = wf.absence.funnel(records, year, definition="nhs", by="team", limits=(LEVEL,)).frame.sort("team")
        ((low, high),) = dealt_limits(length * fte, fte * year.days, group, np.zeros_like(group), [LEVEL])
        alike &= bool(
            np.allclose(table["lower_998"], PER_CENT * low) and np.allclose(table["upper_998"], PER_CENT * high)
        )
    print(f"  from records: {'the same limits' if alike else 'OTHER LIMITS'} on {RECORD_PAGES} pages")
    return alike


def counts() -> list[bool]:
    """Like teams outside the limits of a funnel of leavers with over-dispersion, and limits narrower than those without it."""
    print(
        f"leavers, {TEAMS} like teams, % of teams outside the 99.8% limits with over-dispersion (asked: at most {MOST_TEAMS:g})"
    )
    verdicts = []
    for mean in MEANS:
        rng = np.random.default_rng([SEED, int(mean)])
        outside = narrower = 0
        for _ in range(COUNT_PAGES):
            size = rng.uniform(0.4, 1.6, TEAMS)
            count = rng.poisson(size * mean).astype(float)
            sides = pl.DataFrame(
                {"team": [f"{t:02}" for t in range(TEAMS)], "numerator": count, "denominator": size, "people": 100}
            )
            table = wf.stats.funnel(
                measure_table(sides, "turnover", "average", by=["team"]), limits=(LEVEL,), overdispersion=True
            ).frame
            outside += table["position"].str.contains("99.8%", literal=True).sum()
            low, high = count_limits(size * count.sum() / size.sum(), confidence=LEVEL)
            drawn = table.select("lower_998", "upper_998").to_numpy().T * size / PER_CENT
            narrower += int(((drawn[0] > low + 1e-6) | (drawn[1] < high - 1e-6)).sum())
        share = PER_CENT * outside / (TEAMS * COUNT_PAGES)
        verdicts += [share <= MOST_TEAMS, narrower == 0]
        print(f"  {mean:3g} expected: {share:.2f}; narrower than without it: {narrower} of {TEAMS * COUNT_PAGES}")
    return verdicts


def hazards() -> list[bool]:
    """How often nobody of a level leaves and the upper limit of its hazard ratio is below the truth."""
    print(
        f"hazards, % of {TRIALS} trials in which nobody leaves and the limit is below the truth (asked: at most {MOST_BELOW:g})"
    )
    verdicts = []
    for leavers in LEAVERS:
        rng = np.random.default_rng([SEED, int(10 * leavers)])
        below = nobody = 0
        for _ in range(TRIALS):
            ratio = 0.5
            people = round(leavers / (1 - 0.5**ratio))  # each leaves within the time with this probability
            time_to_leave = np.concatenate(
                [rng.exponential(1 / np.log(2), OTHERS), rng.exponential(1 / np.log(2) / ratio, people)]
            )
            spells = pl.DataFrame(
                {
                    "entry": 0,
                    "exit": np.ceil(np.minimum(time_to_leave, 1.0) * 365).astype(int),
                    "event": time_to_leave < 1,
                    "level": ["usual"] * OTHERS + ["rare"] * people,
                }
            )
            if spells.filter(pl.col("level") == "rare")["event"].any():
                continue
            nobody += 1
            upper = wf.stats.cox(spells, covariates="level").frame.filter(pl.col("level") == "rare")["upper"].item()
            below += upper < ratio
        verdicts.append(PER_CENT * below / TRIALS <= MOST_BELOW)
        print(
            f"  {leavers:3g} leavers expected: nobody left in {PER_CENT * nobody / TRIALS:.1f}, below {PER_CENT * below / TRIALS:.1f}"
        )
    return verdicts


TASKS = {"absence": absence, "counts": counts, "hazards": hazards}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
