"""Signals: how often does the last point of a stable series have a special cause, and is that what the chart states?

Run as: python tests/benchmarks/signals.py   (about three minutes on two processors)
20,000 series each of Poisson counts, of stocks that carry over, and of sickness with its season, at several lengths, are judged by the
arrays behind `wf.stats.xmr`; 30 of each also by `wf.stats.xmr` itself, which has to agree. The seed was chosen before the first run, and is
not that of `false_alarms.py`, which made the table of stated rates. Asked: of the series that are judged, the share with a signal at the
last point lies within a fifth of the stated rate, or half a point, whichever is larger, and is at most 5%. Exit code 1 where it is not.
"""

import sys
from collections.abc import Callable, Iterator

import numpy as np
import polars as pl

import workforce as wf
from workforce.stats.rates import measure_table
from workforce.stats.xmr_signals import JUDGED, Options, Signals, judge

SEED = 13_062_026
SERIES = 20_000
MONTHS = (24, 30, 60, 120)
MEANS = (1, 2, 4, 8, 30)
# Number present, months that each stays on average.
STOCKS = {"vacancies": (20, 4), "agency workers": (14, 8), "open cases": (180, 36)}
STAFF = (150, 1_500)
# Short absences that begin in a month for each person, their mean days, and how much more or less often they begin from April on.
SHORT, SHORT_DAYS = 0.11, 3.0
SEASON = (0.85, 0.85, 0.88, 1.0, 0.95, 0.92, 1.05, 1.08, 1.35, 1.3, 1.05, 0.95)
# The share of people in a long absence, the months that it lasts, and its working days a month.
LONG, LONG_MONTHS, LONG_DAYS = 0.013, 4.0, 21.0
FIFTH, HALF_A_POINT, MOST = 0.2, 0.005, 0.05
FEWEST_JUDGED = 500  # series, below which a share says nothing
CHECKED = 30  # series of each design that go through wf.stats.xmr
Draw = Callable[[np.random.Generator, int], np.ndarray]


def present(rng: np.random.Generator, mean: float, stay: float, months: int) -> np.ndarray:
    """Stable numbers of people who come at random and stay for exponential times: series x months."""
    staying = np.exp(-1 / stay)
    numbers = [rng.poisson(mean, SERIES)]
    for _ in range(months - 1):
        numbers.append(rng.binomial(numbers[-1], staying) + rng.poisson(mean * (1 - staying), SERIES))
    return np.stack(numbers, axis=1).astype(float)


def sickness(rng: np.random.Generator, staff: int, months: int) -> np.ndarray:
    """Working days lost a month for each of so many staff."""
    season = np.array(SEASON)[np.arange(months) % 12]
    spells = rng.poisson(staff * SHORT * season, (SERIES, months))
    short = np.where(spells > 0, rng.gamma(np.maximum(spells, 1), SHORT_DAYS), 0.0)
    return (short + LONG_DAYS * present(rng, staff * LONG, LONG_MONTHS, months)) / staff


def designs() -> Iterator[tuple[str, str, tuple[str, str], Draw]]:
    """Name, kind of series, a definition of that kind, and how to draw its series."""
    for mean in MEANS:
        yield (
            f"Poisson({mean})",
            "flow",
            ("leavers", "left"),
            lambda rng, months, mean=mean: rng.poisson(mean, (SERIES, months)).astype(float),
        )
    for name, (mean, stay) in STOCKS.items():
        yield (
            f"{name}, {mean} for {stay} months",
            "stock",
            ("headcount", "in_post"),
            lambda rng, months, mean=mean, stay=stay: present(rng, mean, stay, months),
        )
    for staff in STAFF:
        yield (
            f"sickness of {staff:,} staff",
            "seasonal",
            ("absence", "days_per_fte"),
            lambda rng, months, staff=staff: sickness(rng, staff, months),
        )


def agree(judged: Signals, values: np.ndarray, definition: tuple[str, str]) -> bool:
    """Whether `wf.stats.xmr` says of some series what the arrays say."""
    months = wf.months_to("2025-03", values.shape[1])
    shown = values[:CHECKED]
    frame = pl.DataFrame(
        {
            "team": np.repeat([f"{i:02d}" for i in range(len(shown))], len(months)),
            "period_start": [m.start for m in months] * len(shown),
            "period_end": [m.end for m in months] * len(shown),
            "numerator": shown.ravel(),
            "denominator": 1.0,
            "people": 100,
        }
    )
    table = wf.stats.xmr(measure_table(frame, *definition, by=["team"])).frame.sort("team", "period_end")
    last = table.group_by("team", maintain_order=True).last()
    has_signal = last["special_cause"].is_not_null().to_numpy()
    stated = last["false_alarms"].cast(pl.Float64).fill_null(np.nan).to_numpy()
    return bool(
        (has_signal == (judged.rule[:CHECKED, -1] > 0)).all()
        and np.allclose(stated, (100 * judged.false_alarms[:CHECKED]).round(1), equal_nan=True)
    )


def main() -> int:
    missed = 0
    print(f"{SERIES:,} series each, seed {SEED}; all in %")
    print(f"{'':36} {'months':>6} {'judged':>7} {'stated':>7} {'signal':>7}")
    for number, (name, kind, definition, draw) in enumerate(designs()):
        for months in MONTHS:
            values = draw(np.random.default_rng([SEED, number, months]), months)
            judged = judge(
                kind, values, counts=values, seasons=(np.arange(months) - months + 3) % 12, options=Options(last=True)
            )
            is_judged = judged.why[:, -1] == JUDGED
            signal, stated = judged.rule[:, -1] > 0, judged.false_alarms
            share, rate = (signal[is_judged].mean(), stated[is_judged].mean()) if is_judged.any() else (np.nan, np.nan)
            right = agree(judged, values, definition) and not signal[~is_judged].any()
            if is_judged.sum() >= FEWEST_JUDGED:
                right &= bool(abs(share - rate) <= max(FIFTH * rate, HALF_A_POINT) and share <= MOST)
            missed += not right
            figures = f"{100 * is_judged.mean():7.1f} {100 * rate:7.2f} {100 * share:7.2f}"
            print(f"{name:36} {months:6} {figures}{'' if right else '  MISSED'}", flush=True)
    print(f"missed: {missed}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
