"""Many periods and many stretches of days: which meets which, by their place in a row, without a row for each pair."""

import numpy as np
import numpy.typing as npt

from workforce.periods import Period

Whole = npt.NDArray[np.int64]


def chains(periods: list[Period]) -> list[list[Period]]:
    """Deal periods out into chains, in each of which starts and ends both rise.

    >>> from workforce.periods import months, year_to
    >>> [len(chain) for chain in chains([*months("2022-01", "2022-12"), year_to("2022-12")])]
    [12, 1]
    """
    dealt: list[list[Period]] = []
    for period in sorted(periods):
        for chain in dealt:
            if chain[-1].start < period.start and chain[-1].end < period.end:
                chain.append(period)
                break
        else:
            dealt.append([period])
    return dealt


def places(days: Whole, wanted: Whole) -> Whole:
    """The place of the first of the (rising) days that is not before each wanted day; read from a table, one entry for each day.

    >>> places(np.array([10, 20]), np.array([9, 10, 11, 21])).tolist()
    [0, 0, 1, 2]
    """
    if not len(days):
        return np.zeros(len(wanted), dtype=np.int64)
    low, high = int(days[0]), int(days[-1])
    table = np.searchsorted(days, np.arange(low, high + 2), "left")
    first: Whole = table[np.clip(wanted, low, high + 1) - low]
    return first


def written_out(first: Whole, last: Whole) -> tuple[Whole, Whole]:
    """Every place from first to last of each row: row numbers and places.

    >>> written_out(np.array([3, 5, 1]), np.array([4, 4, 1]))
    (array([0, 0, 2]), array([3, 4, 1]))
    """
    times = np.maximum(last - first + 1, 0)
    row = np.repeat(np.arange(len(times)), times)
    offset = np.arange(len(row)) - np.repeat(np.cumsum(times) - times, times)
    return row, first[row] + offset
