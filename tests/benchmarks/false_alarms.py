"""Makes the table of stated false-alarm rates of `xmr`: how often the last point of a stable series has a special cause.

Run as: python tests/benchmarks/false_alarms.py   (about five minutes on two processors; writes src/workforce/stats/xmr_false_alarms.py)
A flow is Poisson. A stock is the number present where people come at random and stay for exponential times; the mean square of its changes
is given, and its series are sorted by the share that `xmr` estimates to carry over, which is all that it has to go by. A seasonal series
is normal on the square root scale, with a share that carries over, sorted likewise. The seeds are not those of `signals.py`.
"""

from pathlib import Path

import numpy as np

from workforce.stats.xmr_signals import FEW_CHANGES, RUN, SHORT_RUN, Options, judge

SEED = 41_300
SERIES = 40_000  # of each cell
FEWEST_SERIES = 1_000  # a cell of fewer takes the rate of the nearest carry-over
TARGET = Path(__file__).parents[2] / "src" / "workforce" / "stats" / "xmr_false_alarms.py"
RUNS = (RUN, SHORT_RUN)
EVENTS = {
    "flow": (4.0, 6.0, 10.0, 20.0, 60.0, 300.0),
    "stock": (FEW_CHANGES, 3.0, 4.0, 8.0, 20.0, 100.0),
    "seasonal": (1.0,),
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


def carried(rng: np.random.Generator, share: float, points: int, series: int) -> np.ndarray:
    """Normal differences of which a share carries over, of variance 1: series x points."""
    noise = rng.standard_normal((series, points))
    for point in range(1, points):
        noise[:, point] = share * noise[:, point - 1] + np.sqrt(1 - share**2) * noise[:, point]
    return noise


def drawn(rng: np.random.Generator, kind: str, events: float, points: int) -> np.ndarray:
    if kind == "flow":
        return rng.poisson(events, (SERIES, points)).astype(float)
    if kind == "stock":
        each = SERIES // len(STAYS)
        return np.concatenate(
            [stock(rng, events / (2 * (1 - np.exp(-1 / stay))), stay, points, each) for stay in STAYS]
        )
    each = SERIES // len(CARRIED)
    return np.concatenate([(10 + carried(rng, share, points, each)) ** 2 for share in CARRIED])


def rates(kind: str, run: int) -> list[list[list[float]]]:
    """Carry-over x events x points."""
    table = np.full((len(CARRY[kind]), len(EVENTS[kind]), len(POINTS[kind])), np.nan)
    edges = (np.array(CARRY[kind])[1:] + np.array(CARRY[kind])[:-1]) / 2
    for event, events in enumerate(EVENTS[kind]):
        for place, points in enumerate(POINTS[kind]):
            rng = np.random.default_rng([SEED, sorted(EVENTS).index(kind), event, points])
            values = drawn(rng, kind, events, points)
            # What is asked of counts is left out: a cell holds all series of its size.
            judged = judge(
                "plain" if kind == "flow" else kind,
                values,
                seasons=np.arange(points) % 12 if kind == "seasonal" else None,
                options=Options(run=run, last=True),
            )
            cell = np.digitize(judged.carry, edges)
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
    for kind in EVENTS:
        for run in RUNS:
            lines.append(f"({kind!r}, {run}): {text_of(rates(kind, run))},")
            print(f"{kind}, run of {run}: made", flush=True)
    TARGET.write_text("\n".join([*lines, "}", ""]), encoding="utf-8")
    print(f"written: {TARGET.name}; format it with ruff")


if __name__ == "__main__":
    main()
