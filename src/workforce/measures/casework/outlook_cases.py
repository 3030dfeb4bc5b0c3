"""What the cases of an outlook are fitted to: how they come, how they close at each age, and which are open on the day.

Nothing after the window is used; a case counts in each month by its days open in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from workforce.measures.casework.clocks import CHILD
from workforce.measures.casework.outlook_levels import Level, level_of
from workforce.measures.casework.outlook_rates import Array, Rates
from workforce.periods import Period

OF_REQUESTS: Final = (0.0, 28.0, 56.0, 84.0, 98.0, 126.0, 140.0, 168.0, 210.0, 273.0, 364.0, np.inf)  # ages, in days
OF_OTHERS: Final = (0.0, 91.0, 182.0, 364.0, 728.0, np.inf)
_FOLLOWS: Final = 31  # days after a request has closed within which a child's new case is taken to have come of it


@dataclass(frozen=True, slots=True)
class Pool:
    """Cases that are looked at together.

    ages: of the open ones, in days since receipt. arriving: how many come a day, if the level is 1, and `arrivals` their level. closing:
    rates by age, and `pace` their level; usual: closures a day that these rates made of the cases there were, on average.
    """

    ages: Array
    arriving: float
    arrivals: Level
    closing: Rates
    pace: Level
    usual: float


@dataclass(frozen=True, slots=True)
class Pools:
    """Requests; cases that last as long as the child needs them, whatever the staff; and all others.

    followed, closed: requests that closed in the history, and those of them that a lasting case of the same child followed.
    """

    requests: Pool
    lasting: Pool
    others: Pool
    followed: float
    closed: float


def pools_of(
    cases: pl.DataFrame, months: Sequence[Period], staff: Array, case_type: str, lasting: Sequence[str]
) -> Pools:
    """Fit the three pools. cases: with `ended` and the child behind each. staff: FTE at work in each month over their mean."""
    kind = pl.col("case_type")
    stay = kind.is_in(list(lasting)) & (kind != case_type)
    requests, long = cases.filter(kind == case_type), cases.filter(stay)
    remaining = cases.filter((kind != case_type) & ~stay)
    follows = _following(requests, long, months)
    return Pools(
        _pool(requests, requests, months, OF_REQUESTS, staff),
        _pool(long, long.join(follows, on=["organisation", "case_id"], how="anti"), months, OF_OTHERS, None),
        _pool(remaining, remaining, months, OF_OTHERS, staff),
        float(len(follows)),
        float(len(_within(requests, "ended", months))),
    )


def _within(cases: pl.DataFrame, day: str, months: Sequence[Period]) -> pl.DataFrame:
    return cases.filter(pl.col(day).is_between(months[0].start, months[-1].end))


def _following(requests: pl.DataFrame, long: pl.DataFrame, months: Sequence[Period]) -> pl.DataFrame:
    """The lasting cases that began when a request for the same child had just closed: organisation, case_id."""
    closed = _within(requests, "ended", months).select("organisation", CHILD, day="ended")
    since = (pl.col("received_date") - pl.col("day")).dt.total_days()
    key = ["organisation", "case_id"]
    return (
        long.select(*key, CHILD, "received_date")
        .join(closed, on=["organisation", CHILD])
        .filter(since.is_between(0, _FOLLOWS))
        .select(key)
        .unique()
        .sort(key)
    )


def _pool(
    cases: pl.DataFrame, coming: pl.DataFrame, months: Sequence[Period], edges: tuple[float, ...], staff: Array | None
) -> Pool:
    on = months[-1].end
    still = cases.filter(pl.col("ended").is_null())
    ages = (
        still.select((pl.lit(on) - pl.col("received_date")).dt.total_days()).to_series().to_numpy().astype(np.float64)
    )
    events, days = _by_month(cases, months, edges)
    closing = Rates(edges, events.sum(axis=0), days.sum(axis=0))
    length = np.array([float(m.days) for m in months])
    calendar = np.array([m.end.month - 1 for m in months])
    arrivals = _counted(coming, "received_date", months)
    arriving = float(arrivals.sum() / length.sum())
    due = (days * closing.mean).sum(axis=1)
    return Pool(
        ages,
        arriving,
        level_of(arrivals, arriving * length, calendar),
        closing,
        level_of(events.sum(axis=1), due, calendar, staff=staff),
        float(due.sum() / length.sum()),
    )


def _starts(months: Sequence[Period]) -> npt.NDArray[np.int64]:
    return np.array([m.start.toordinal() for m in months] + [months[-1].end.toordinal() + 1])


def _ordinals(days: pl.Series, missing: int) -> npt.NDArray[np.int64]:
    numbers = days.cast(pl.Date).to_physical().cast(pl.Int64) + 719_163  # 1 January 1970 as date.toordinal has it
    return numbers.fill_null(missing).to_numpy()


def _counted(cases: pl.DataFrame, day: str, months: Sequence[Period]) -> Array:
    edges = _starts(months)
    counts, _ = np.histogram(_ordinals(_within(cases, day, months)[day], 0), bins=edges)
    return counts.astype(np.float64)


def _by_month(cases: pl.DataFrame, months: Sequence[Period], edges: tuple[float, ...]) -> tuple[Array, Array]:
    """Closings, and days open, in each month and band of age. A case is open from its receipt to the day it ends, that day included."""
    bounds = _starts(months)
    last_bound = int(bounds[-1])
    begun, ended = _ordinals(cases["received_date"], last_bound), _ordinals(cases["ended"], last_bound)
    low, high = np.array(edges[:-1]), np.array(edges[1:])
    events, days = (np.zeros((len(months), len(low))) for _ in range(2))
    for m, (first, after) in enumerate(pairwise(bounds.tolist())):
        open_then = (begun < after) & (ended >= first)
        since, until = (
            np.maximum(first - begun[open_then], 0),
            np.minimum(ended[open_then] + 1, after) - begun[open_then],
        )
        days[m] = np.clip(np.clip(until[:, None], low, high) - np.clip(since[:, None], low, high), 0, None).sum(axis=0)
        age = (ended - begun)[open_then & (ended < after)] + 1
        band = np.clip(np.searchsorted(np.array(edges), age, side="left") - 1, 0, len(low) - 1)
        events[m] = np.bincount(band, minlength=len(low))
    return events, days
