"""Rates of an outlook: how often something happens at each length of time, and how sure that is.

Every rate carries its count and its exposure, so that the paths vary by how uncertain it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from workforce.periods import Period

Array = npt.NDArray[np.float64]
_HALF: float = 0.5  # an event: what is added so that nothing is taken to be impossible


@dataclass(frozen=True, slots=True)
class Rates:
    """Events and days at risk in each band of time: a piecewise constant hazard that knows how sure it is."""

    edges: tuple[float, ...]
    events: Array
    days: Array

    @property
    def _pooled(self) -> float:
        return max(float(self.events.sum()), _HALF) / max(float(self.days.sum()), 1.0)

    @property
    def mean(self) -> Array:
        """The hazard per day in each band, half an event at the rate of all bands together added to each."""
        mean: Array = (self.events + _HALF) / (self.days + _HALF / self._pooled)
        return mean

    def drawn(self, paths: int, rng: np.random.Generator) -> Array:
        """A hazard per day for each path and band: gamma about the mean.

        The half event keeps a band in which nothing happened from never letting anything happen, without making the whole faster.
        """
        return rng.gamma(self.events + _HALF, 1.0, (paths, len(self.events))) / (self.days + _HALF / self._pooled)

    def shaped(self, paths: int, rng: np.random.Generator) -> Array:
        """The same, scaled so that each path's rates make as many events of the days at risk as there were.

        For use with a `Level`, which knows how sure the whole is.
        """
        rates = self.drawn(paths, rng)
        events = (rates * self.days).sum(axis=1, keepdims=True)
        shaped: Array = rates * (float((self.mean * self.days).sum()) / np.maximum(events, 1e-12))
        return shaped if self.days.sum() > 0 else rates


def rates_of(spells: pl.DataFrame, edges: tuple[float, ...], event: str) -> Rates:
    """Rates by band of spells with entry, exit (days) and whether each ended in the event."""
    begun, ended = (spells[c].to_numpy().astype(np.float64) for c in ("entry", "exit"))
    happened = spells[event].to_numpy()
    low, high = np.array(edges[:-1]), np.array(edges[1:])
    days = np.clip(ended[:, None], low, high) - np.clip(begun[:, None], low, high)
    band = np.searchsorted(np.array(edges), ended[happened], side="left") - 1
    events = np.bincount(np.clip(band, 0, len(low) - 1), minlength=len(low)).astype(np.float64)
    return Rates(edges, events, days.sum(axis=0))


def spell_days(frame: pl.DataFrame, begin: str, end: str, window: Period) -> pl.DataFrame:
    """Spells inside the window as days since their beginning: entry, exit, event (ended inside)."""
    under_observation = frame.filter(pl.col(end).is_null() | (pl.col(end) >= window.start))
    last = pl.min_horizontal(pl.col(end), pl.lit(window.end))
    return under_observation.select(
        entry=(pl.lit(window.start) - pl.col(begin)).dt.total_days().clip(lower_bound=0),
        exit=(last - pl.col(begin)).dt.total_days() + 1,
        event=pl.col(end).is_not_null(),
    )


def days_within(frame: pl.DataFrame, begin: str, end: str, window: Period) -> Array:
    """The days of each spell inside the window."""
    first = pl.max_horizontal(pl.col(begin), pl.lit(window.start))
    last = pl.min_horizontal(pl.col(end), pl.lit(window.end))
    days = frame.select(((last - first).dt.total_days() + 1).clip(lower_bound=0)).to_series()
    return days.to_numpy().astype(np.float64)


def band_of(edges: Sequence[float], days: Array) -> npt.NDArray[np.int64]:
    """The band in which so many days fall.

    >>> band_of((0.0, 28.0, np.inf), np.array([27.9, 28.0])).tolist()
    [0, 1]
    """
    band: npt.NDArray[np.int64] = np.clip(np.searchsorted(np.array(edges), days, side="right") - 1, 0, len(edges) - 2)
    return band


def chance(rate: Array, days: float) -> Array:
    """The chance that something at a rate per day happens within so many days."""
    return -np.expm1(-rate * days)
