"""Counts that a proportional-hazards model is fitted from, and the risk sets that follow from them.

The partial likelihood depends on the data only through how many of each covariate pattern were at risk and left at each time at which
someone left. Those numbers add up: the tables of several organisations, added, are the table of all their people. They hold counts and
covariate values, no person.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from workforce.errors import InputError, UsageError
from workforce.frames import Array, Frame, Whole, as_by, need
from workforce.stats.survival import COUNTS, LIFE_COLUMNS, added_up, bounds_of, checked_spells, counted, numbered

_DENSE_CELLS: Final = 4_000_000  # times x patterns, in all strata together, are held as matrices up to here ...
_DENSE_CELLS_A_ROW: Final = 8  # ... or up to so many for each row of counts
_ONE_THREAD: Final = 250_000  # multiplications: OpenBLAS takes more threads from 262,144


@dataclass(frozen=True, slots=True)
class Named:
    """The columns of a model: its covariates and its strata."""

    covariates: list[str]
    strata: list[str]


@dataclass(frozen=True, slots=True)
class Patterns:
    """Spells by covariate pattern: the patterns (strata and covariates), the spells used with the number of theirs, and the counts."""

    labels: pl.DataFrame
    spells: pl.DataFrame
    code: Whole
    used: pl.Series
    counts: pl.DataFrame

    @property
    def left_out(self) -> int:
        """Spells with a missing covariate."""
        return len(self.used) - int(self.used.sum())


@dataclass(frozen=True, slots=True)
class RiskSets:
    """The risk sets of one stratum: at each time at which someone left, how many of each pattern were at risk and left.

    codes: the patterns. Where times x patterns are many, `at_risk` is null and the changes are kept instead: at the place `at` among
    the times (how many of them are no later) the pattern `of` changes by `change`; likewise the leavers. Efron takes the risk set of a
    time as often as it has leavers (`takes`), each time less a further `share` of them, one time after the other from `first`.
    """

    codes: Whole
    times: Array
    leavers: Array
    at: Whole
    of: Whole
    change: Array
    gone_at: Whole
    gone_of: Whole
    gone: Array
    at_risk: Array | None
    left: Array | None
    takes: Whole
    first: Whole
    share: Array

    def over_risk(self, values: Array) -> Array:
        """At each time, the sum of the patterns' values over those at risk."""
        if self.at_risk is not None:
            return _product(self.at_risk, values)
        return np.cumsum(_gathered(self.at, self.change[:, None] * values[self.of], len(self.times) + 1), axis=0)[:-1]

    def over_left(self, values: Array) -> Array:
        """At each time, the sum of the patterns' values over those who left."""
        if self.left is not None:
            return _product(self.left, values)
        return _gathered(self.gone_at, self.gone[:, None] * values[self.gone_of], len(self.times))

    def risk_over_time(self, values: Array) -> Array:
        """For each row of values of the times and each pattern: their sum over the times at which it was at risk, person by person."""
        if self.at_risk is not None:
            return np.asarray(np.einsum("rt,tp->rp", values, self.at_risk))
        # Someone who enters at a place is at risk from there on.
        ahead = np.concatenate([np.cumsum(values[:, ::-1], axis=1)[:, ::-1], np.zeros((len(values), 1))], axis=1)
        return np.stack([added_up(self.of, self.change * row[self.at], len(self.codes)) for row in ahead])

    def left_over_time(self, values: Array) -> Array:
        """For each row of values of the times and each pattern: their sum over its leavers."""
        if self.left is not None:
            return np.asarray(np.einsum("rt,tp->rp", values, self.left))
        return np.stack([added_up(self.gone_of, self.gone * row[self.gone_at], len(self.codes)) for row in values])


def hazard_table(
    frame: Frame,
    *,
    entry: str | None = "entry",
    exit: str = "exit",  # noqa: A002 - the word of the field, and of the public interface
    event: str = "event",
    covariates: Sequence[str] | str,
    strata: Sequence[str] | str = (),
) -> pl.DataFrame:
    """How many of each covariate pattern entered, left and were censored at each time: what `cox_from_tables` takes, and it adds up.

    Parameters
    ----------
    frame : polars.DataFrame or LazyFrame
        One row a spell.
    entry, exit, event : str
        As in `life_table`.
    covariates, strata : sequence of str
        As in `cox`.

    Returns
    -------
    polars.DataFrame
        strata (as text), covariates (numbers as Float64, all else as text), time, entered, left, censored. Spells with a missing covariate
        are not counted. Exact counts, for analysts.

    Raises
    ------
    UsageError
        Where a column is absent or of another kind.
    InputError
        Where spells cannot be, or numbers are not finite.

    References
    ----------
    Cox (1972), JRSS B 34:187; ties: Efron (1977), JASA 72:557.

    Examples
    --------
    >>> spells = pl.DataFrame({"entry": [0, 0, 1], "exit": [2, 3, 3], "event": [True, False, True], "pay": ["b", "b", "a"]})
    >>> hazard_table(spells, covariates="pay").rows()
    [('a', 1, 1.0, 0.0, 0.0), ('a', 3, 0.0, 1.0, 0.0), ('b', 0, 2.0, 0.0, 0.0), ('b', 2, 0.0, 1.0, 0.0), ('b', 3, 0.0, 0.0, 1.0)]
    """
    columns = names_of(frame, covariates, strata)
    patterns = patterns_of(frame, columns, entry=entry, end=exit, event=event)
    counts = patterns.counts
    labels = patterns.labels[counts["code"]]
    return pl.concat([labels, counts.drop("code")], how="horizontal")


def names_of(frame: Frame, covariates: Sequence[str] | str, strata: Sequence[str] | str) -> Named:
    """The columns of a model, checked: at least one covariate, none twice, none with a name of the table's own."""
    covariate_columns, layers = as_by(covariates, frame), as_by(strata, frame)
    as_by([*covariate_columns, *layers], frame)
    if not covariate_columns:
        raise UsageError("a model needs a covariate", where="covariates=", hint="name one or more columns")
    clashing = [c for c in (*covariate_columns, *layers) if c in (*LIFE_COLUMNS, "code")]
    if clashing:
        raise UsageError(
            'a covariate or stratum may not be called "{column}"',
            hint="rename it: the table has its own",
            column=clashing[0],
        )
    return Named(covariate_columns, layers)


def patterns_of(frame: Frame, named: Named, *, entry: str | None, end: str, event: str) -> Patterns:
    """The spells of a frame by covariate pattern, checked."""
    columns = [*named.strata, *named.covariates]
    spells = checked_spells(frame, columns, entry=entry, end=end, event=event)
    code_columns = [f"by_{place}" for place in range(len(columns))]
    values = spells.select(
        pl.col(c)
        .cast(pl.Float64 if place >= len(named.strata) and spells.schema[c].is_numeric() else pl.String)
        .alias(name)
        for place, (c, name) in enumerate(zip(code_columns, columns, strict=True))
    )
    endless = [
        c for c in named.covariates if values.schema[c].is_float() and not values[c].drop_nulls().is_finite().all()
    ]
    if endless:
        raise InputError(
            'the covariate "{covariate}" has numbers that are not finite',
            hint="null where a value is missing",
            covariate=endless[0],
        )
    used = values.select(pl.all_horizontal(pl.col(c).is_not_null() for c in named.covariates)).to_series()
    if not used.all():
        values, spells = values.filter(used), spells.filter(used)
    labels, code = numbered(values)
    spells = spells.select("entry", "exit", "event")
    return Patterns(labels, spells, code, used, counted(spells, code, max(len(labels), 1)))


def patterns_of_tables(
    tables: pl.DataFrame | Sequence[pl.DataFrame], named: Named
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The patterns of added tables, and their counts by number of the pattern and time."""
    columns = [*named.strata, *named.covariates]
    frames = [tables] if isinstance(tables, pl.DataFrame) else list(tables)
    for table in frames:
        need(table, [*columns, "time", *COUNTS], what="the table of counts")
    rows = pl.concat([p.select(*columns, "time", *COUNTS) for p in frames], how="vertical_relaxed")
    odd = rows.select(
        pl.any_horizontal(
            pl.col("time", *named.covariates).is_null(),
            *[(pl.col(c).is_null() | (pl.col(c) < 0) | (pl.col(c) != pl.col(c).round())) for c in COUNTS],
        ).sum()
    ).item()
    if odd:
        raise InputError(
            "{bad} of {rows} rows of counts are not whole numbers of spells",
            hint="make the tables with hazard_table, and add them before anything is rounded",
            bad=odd,
            rows=len(rows),
        )
    labels, code = numbered(rows.select(columns))
    summed = rows.select(pl.Series("code", code), "time", *[pl.col(c).cast(pl.Float64) for c in COUNTS])
    return labels, summed.group_by("code", "time").agg(pl.col(c).sum() for c in COUNTS).sort("code", "time")


def risk_sets(labels: pl.DataFrame, counts: pl.DataFrame, strata: Sequence[str]) -> list[RiskSets]:
    """The risk sets of each stratum in which someone left. labels: the patterns, sorted by stratum; counts: by code and time."""
    bounds = bounds_of(labels, strata)
    code, time, left = (counts[c].to_numpy() for c in ("code", "time", "left"))
    change = (counts["entered"] - counts["left"] - counts["censored"]).to_numpy()
    edges = np.searchsorted(code, bounds).tolist()
    strata_sets = []
    for (first, end), (begin, stop) in zip(pairwise(bounds), pairwise(edges), strict=True):
        rows = slice(begin, stop)
        if left[rows].any():
            strata_sets.append(
                _of_stratum(
                    np.arange(first, end), code[rows] - first, time[rows], change[rows], left[rows], len(counts)
                )
            )
    return strata_sets


def _of_stratum(codes: Whole, of: Whole, time: Array | Whole, change: Array, left: Array, rows_in_all: int) -> RiskSets:
    happened = left > 0
    times, at = _places_among(time, happened)
    gone_at, gone_of, leaving = at[happened] - 1, of[happened], left[happened]
    shape = (len(times) + 1, len(codes))
    cells = shape[0] * shape[1]
    at_risk, leavers = None, None
    if cells <= max(_DENSE_CELLS * len(of) / rows_in_all, _DENSE_CELLS_A_ROW * len(of)):
        at_risk = np.cumsum(added_up(at * shape[1] + of, change, cells).reshape(shape), axis=0)[:-1]
        leavers = added_up(gone_at * shape[1] + gone_of, leaving, cells).reshape(shape)[:-1]
    total = added_up(gone_at, leaving, len(times))
    takes = total.astype(np.int64)
    first = np.concatenate([[0], np.cumsum(takes)[:-1]])
    share = (np.arange(takes.sum()) - np.repeat(first, takes)) / np.repeat(total, takes)
    return RiskSets(
        codes, times, total, at, of, change, gone_at, gone_of, leaving, at_risk, leavers, takes, first, share
    )


def _places_among(time: Array | Whole, happened: npt.NDArray[np.bool_]) -> tuple[Array, Whole]:
    """The times at which someone left, and for each row how many of them are no later than its own."""
    latest = int(time.max())
    if np.issubdtype(time.dtype, np.integer) and latest < _DENSE_CELLS:
        with_event = np.zeros(latest + 1, dtype=np.int64)
        with_event[time[happened]] = 1
        return np.flatnonzero(with_event).astype(np.float64), np.cumsum(with_event)[time]
    times = np.unique(time[happened])
    return times.astype(np.float64), np.searchsorted(times, time, side="right").astype(np.int64)


def _product(many: Array, few: Array) -> Array:
    """The product of a tall matrix and a small one, in blocks of rows that the linear algebra library does on one thread.

    Waking its threads for each of many small products costs more than they save, and several times as much on a busy machine.
    """
    step = max(1, _ONE_THREAD // max(1, few.size))
    return np.concatenate([many[first : first + step] @ few for first in range(0, len(many), step)])


def _gathered(at: Whole, values: Array, length: int) -> Array:
    """Rows of values added up by place."""
    return np.stack([added_up(at, column, length) for column in values.T], axis=1)
