"""Makes the table of stated false-alarm rates of `xmr`: how often the last point of a stable series has a special cause.

Run as: python tests/benchmarks/false_alarms.py [flow] [stock] [seasonal]   (about two minutes on two idle processors)
Writes src/workforce/stats/xmr_false_alarms.py; a kind that is not named keeps its rates.
A flow is Poisson. A stock is the number present where people come at random and stay for exponential times; the mean square of its changes
is given, and its series are sorted by the share that `xmr` estimates to carry over, which is all that it has to go by. A seasonal series
is made of Poisson numbers of which a share carries over, and is sorted likewise; its size is that of as many independent events as would
vary as much from point to point. The seeds are not those of `signals.py`.
"""

import sys
from pathlib import Path

import numpy as np

from workforce.stats import xmr_false_alarms as stated
from workforce.stats.xmr_signals import FEW_CHANGES, FEW_SPELLS, JUDGED, RUN, SHORT_RUN, Options, judge

SEED = 41_300
SERIES = 40_000  # of each cell
FEWEST_SERIES = 1_000  # a cell of fewer takes the rate of the nearest carry-over
TARGET = Path(__file__).parents[2] / "src" / "workforce" / "stats" / "xmr_false_alarms.py"
RUNS = (RUN, SHORT_RUN)
EVENTS = {
    "flow": (4.0, 6.0, 10.0, 20.0, 60.0, 300.0),
    "stock": (FEW_CHANGES, 3.0, 4.0, 8.0, 20.0, 100.0),
    "seasonal": (FEW_SPELLS, 5.0, 10.0, 20.0, 50.0, 300.0),
}
POINTS = {
    "flow": (13, 18, 24, 30, 36, 48, 60, 120),
    "stock": (13, 18, 24, 30, 36, 48, 60, 120),
    "seasonal": (24, 27, 30, 33, 36, 48, 60, 120),
}
CARRY = {"flow": (0.0,), "stock": (0.5, 0.7, 0.8, 0.9, 1.0), "seasonal": (0.0, 0.2, 0.4, 0.6, 0.8)}
STAYS = (1.5, 3, 6, 12, 24, 48, 96)  # points that somebody stays in a stock on average
CARRIED = (0.0, 0.2, 0.4, 0.6, 0.8)  # of the difference from the season


def stock(rng: np.random.Generator, mean: float, stay: float, points: int, series: int) -> np.ndarray:
    """Stable numbers present: series x points."""
    staying = np.exp(-1 / stay)
    numbers = [rng.poisson(mean, series)]
    for _ in range(points - 1):
        numbers.append(rng.binomial(numbers[-1], staying) + rng.poisson(mean * (1 - staying), series))
    return np.stack(numbers, axis=1).astype(float)


def drawn(rng: np.random.Generator, kind: str, events: float, points: int) -> np.ndarray:
    if kind == "flow":
        return rng.poisson(events, (SERIES, points)).astype(float)
    if kind == "stock":
        each = SERIES // len(STAYS)
        return np.concatenate(
            [stock(rng, events / (2 * (1 - np.exp(-1 / stay))), stay, points, each) for stay in STAYS]
        )
    each = SERIES // len(CARRIED)
    # A number of which much carries over varies little from point to point: it looks as if it were made of more events.
    return np.concatenate(
        [stock(rng, events * (1 - share), -1 / np.log(max(share, 1e-9)), points, each) for share in CARRIED]
    )


def rates(kind: str, run: int) -> list[list[list[float]]]:
    """Carry-over x events x points."""
    table = np.full((len(CARRY[kind]), len(EVENTS[kind]), len(POINTS[kind])), np.nan)
    edges = (np.array(CARRY[kind])[1:] + np.array(CARRY[kind])[:-1]) / 2
    for event, events in enumerate(EVENTS[kind]):
        for place, points in enumerate(POINTS[kind]):
            rng = np.random.default_rng([SEED, sorted(EVENTS).index(kind), event, points])
            values = drawn(rng, kind, events, points)
            # What is asked of counts is left out: a cell of flows or stocks holds all series of its size.
            judged = judge(
                "plain" if kind == "flow" else kind,
                values,
                seasons=np.arange(points) % 12 if kind == "seasonal" else None,
                options=Options(run=run, last=True),
            )
            cell = np.where(judged.why[:, -1] == JUDGED, np.digitize(judged.carry, edges), -1)
            signal = judged.rule[:, -1] > 0
            for carry in range(len(CARRY[kind])):
                if (cell == carry).sum() >= FEWEST_SERIES:
                    table[carry, event, place] = signal[cell == carry].mean()
            _fill(table[:, event, place])
    return table.round(4).tolist()


def _fill(column: np.ndarray) -> None:
    """Give cells of few series the rate of the nearest that has enough."""
    filled = np.flatnonzero(~np.isnan(column))
    for place in np.flatnonzero(np.isnan(column)):
        column[place] = column[filled[np.argmin(np.abs(filled - place))]]


def text_of(value: object) -> str:
    """Nested tuples, one innermost a line."""
    if isinstance(value, list | tuple) and value and isinstance(value[0], list | tuple):
        return "(\n" + "".join(f"{text_of(inner)},\n" for inner in value) + ")"
    return repr(tuple(value)) if isinstance(value, list | tuple) else repr(value)


def main() -> None:
    lines = [
        '"""How often the last point of a stable series has a special cause, by kind of series, its size, length and what carries over.',
        "",
        "Made by `python tests/benchmarks/false_alarms.py`; not to be edited.",
        '"""',
        "",
        "from typing import Final",
        "",
        "# Events of a point on average; of a stock, the mean square of its changes.",
        f"EVENTS: Final[dict[str, tuple[float, ...]]] = {EVENTS!r}",
        f"POINTS: Final[dict[str, tuple[int, ...]]] = {POINTS!r}",
        "# The share of a difference that is estimated to carry over to the next point.",
        f"CARRY: Final[dict[str, tuple[float, ...]]] = {CARRY!r}",
        "# By kind and points that make a run: carry-over x events x points.",
        "RATES: Final[dict[tuple[str, int], tuple[tuple[tuple[float, ...], ...], ...]]] = {",
    ]
    kinds = sys.argv[1:] or list(EVENTS)
    for kind in EVENTS:
        for run in RUNS:
            table = rates(kind, run) if kind in kinds else stated.RATES[kind, run]
            lines.append(f"({kind!r}, {run}): {text_of(table)},")
            print(f"{kind}, run of {run}: {'made' if kind in kinds else 'as it was'}", flush=True)
    TARGET.write_text("\n".join([*lines, "}", ""]), encoding="utf-8")
    print(f"written: {TARGET.name}; format it with ruff")


if __name__ == "__main__":
    main()
