"""Incidence of competing endings: the share who have left by each time for each destination, and what is left stayed.

Those who leave on one day leave together, whatever their destination, so that the order of the rows changes no digit. At every time the
shares of all causes and the share still there add up to one. It is never one minus a curve that treats other destinations as censored:
that answers a question about a world without them.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from workforce.errors import UsageError
from workforce.measures.frame import as_by, need
from workforce.measures.intervals import z_value
from workforce.measures.leaving.influence import Counts, Squares, one_over, variance
from workforce.measures.leaving.product_limit import running
from workforce.measures.leaving.spells import checked_spells, coded
from workforce.results import Incidence

INCIDENCE_COLUMNS: Final = ("time", "cause", "at_risk", "left", "value", "standard_error", "lower", "upper")
PEOPLE_LEAVING: Final = ("people_at_risk", "people_left")  # beside sums of weights, which are not people
_FIGURES: Final = ("left", "value", "standard_error", "lower", "upper")
_SHOWN: Final = ("time", "cause", "value", "lower", "upper")
_ROUNDING: Final = 1e-10  # sums of weights: a remainder below this share of all who entered is rounding, not a person
_CELLS_AT_LEAST: Final = 4_000_000  # groups x times are looked up in a table up to here, or eight for each spell

Frame = pl.DataFrame | pl.LazyFrame
Array = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]


def incidence(
    frame: Frame,
    *,
    entry: str | None = "entry",
    exit: str = "exit",  # noqa: A002 - the word of the field, and of the public interface
    cause: str = "cause",
    by: Sequence[str] | str = (),
    weight: str | None = None,
) -> pl.DataFrame:
    """The share that has left for each cause after each time, as a plain frame without the counts; `incidence_table` can be released.

    Parameters
    ----------
    frame, entry, exit, cause, by, weight
        As in `incidence_table`.

    Returns
    -------
    polars.DataFrame
        by (as text), time (at which anyone left or was censored), cause, value (a proportion), its 95% limits (null where the value is 0
        or 1). Every group has rows for every cause, so that the shares can be stacked.

    Examples
    --------
    >>> spells = pl.DataFrame({"entry": [0, 0, 0, 0], "exit": [1, 1, 2, 3], "cause": ["NHS", "retired", None, "NHS"]})
    >>> incidence(spells).select("time", "cause", "value").rows()
    [(1, 'NHS', 0.25), (1, 'retired', 0.25), (2, 'NHS', 0.25), (2, 'retired', 0.25), (3, 'NHS', 0.75), (3, 'retired', 0.25)]
    """
    table = incidence_table(frame, entry=entry, exit=exit, cause=cause, by=by, weight=weight)
    return table.frame.select(*table.groups, *_SHOWN)


def incidence_table(
    frame: Frame,
    *,
    entry: str | None = "entry",
    exit: str = "exit",  # noqa: A002 - the word of the field, and of the public interface
    cause: str = "cause",
    by: Sequence[str] | str = (),
    weight: str | None = None,
) -> Incidence:
    """The share that has left for each cause after each time, from spells that may have come under observation late.

    Parameters
    ----------
    frame : polars.DataFrame or LazyFrame
        One row a spell.
    entry : str or None
        The column of the time at which a spell came under observation; None: everyone from 0.
    exit : str
        The column of the time at which it ended or was last seen.
    cause : str
        The column that says why it ended, null where it still went on (censored).
    by : sequence of str
        Columns to group by.
    weight : str, optional
        A column of weights above 0.

    Returns
    -------
    Incidence
        by (as text), time (at which anyone left or was censored), cause, at_risk (of all causes), left (for the cause), value (a
        proportion), standard_error, and 95% limits (null where the value is 0 or 1); with a weight, at_risk and left are sums of it, and
        people_at_risk and people_left say how many they were.

    Raises
    ------
    UsageError
        Where a column is absent or of another kind.
    InputError
        Where times are missing, negative or not finite, or spells end no later than they begin; the spells are counted, not quoted.

    References
    ----------
    Aalen & Johansen (1978); limits on the log-log scale from the infinitesimal jackknife, spell by spell, as R's
    ``survfit(Surv(entry, exit, cause) ~ 1, id =, weights =, conf.type = "log-log")`` prints them: with weights they are between the
    spells, however much each of them counts for.

    Examples
    --------
    >>> spells = pl.DataFrame({"entry": [0, 0, 1], "exit": [2, 3, 3], "cause": ["NHS", None, "NHS"]})
    >>> incidence_table(spells).frame.select("time", "at_risk", "left", "value").row(0)
    (2, 3.0, 1.0, 0.333...)
    """
    groups = as_by(by, frame)
    taken = [c for c in groups if c in (*INCIDENCE_COLUMNS, *PEOPLE_LEAVING)]
    if taken:
        raise UsageError(
            'a group column may not be called "{column}"',
            where="by=",
            hint="rename it: the table has its own",
            column=taken[0],
        )
    need(frame, [cause], what="the frame of spells")
    ended = "cause is known"
    marked = frame.with_columns(pl.col(cause).is_not_null().alias(ended))
    spells = checked_spells(marked, [*groups, cause], entry=entry, end=exit, event=ended, weight=weight)
    causes, why = _causes(spells[f"by_{len(groups)}"])
    labels, code = coded(spells, groups)
    code = np.zeros(len(spells), dtype=np.int64) if code is None else code
    counts = _counts(spells, code, len(labels), why, len(causes))
    figures = [_of_cause(counts, place) for place in range(len(causes))]
    shown = [*_FIGURES, *([PEOPLE_LEAVING[1]] if weight else [])]
    # One row a time and cause, in that order.
    columns = {
        name: np.array([f[name] for f in figures]).reshape(len(causes), len(counts.time)).T.ravel() for name in shown
    }
    group, time, at_risk, people = (
        np.repeat(v, len(causes)) for v in (counts.group, counts.time, counts.at_risk, counts.people_at_risk)
    )
    rows = pl.DataFrame({"time": time, "at_risk": at_risk, PEOPLE_LEAVING[0]: people, **columns}).select(
        pl.col("time").cast(spells.schema["exit"]),
        pl.Series("cause", causes * len(counts.time), pl.String),
        "at_risk",
        *(pl.col(c).cast(pl.Float64).fill_nan(None) for c in _FIGURES),
        *([pl.col(c).cast(pl.Float64) for c in PEOPLE_LEAVING] if weight else []),
    )
    names = labels[group].select(pl.nth(place + 1).alias(c) for place, c in enumerate(groups))
    opening = pl.Series(time == 0)  # the rows at 0 only open each group
    table = pl.concat([names, rows], how="horizontal") if groups else rows
    return Incidence(table.filter(~opening), (), groups)


def _causes(column: pl.Series) -> tuple[list[str], Whole]:
    """The causes as text, sorted, and for each spell the place of its cause (censored spells come last)."""
    texts = column.cast(pl.String)
    causes = texts.drop_nulls().unique().sort()
    why = texts.cast(pl.Enum(causes)).to_physical().cast(pl.Int64).fill_null(len(causes))
    return causes.to_list(), why.to_numpy()


def _counts(spells: pl.DataFrame, code: Whole, number_of_groups: int, why: Whole, number_of_causes: int) -> Counts:
    entry, end = spells["entry"].to_numpy(), spells["exit"].to_numpy()
    if spells.schema["exit"].is_integer():
        values = None
        width = int(end.max(initial=0)) + 1
    else:  # times by their place among all times, 0 first
        values = np.unique(np.concatenate([[0.0], entry, end]))
        entry, end, width = np.searchsorted(values, entry), np.searchsorted(values, end), len(values)
    begin_key, end_key = code * width + entry, code * width + end
    opens = np.arange(number_of_groups, dtype=np.int64) * width
    cells = number_of_groups * width
    if cells <= max(_CELLS_AT_LEAST, 8 * len(spells)):
        there = np.zeros(cells, dtype=np.bool_)
        there[end_key] = True
        there[opens] = True
        keys = np.flatnonzero(there)
        place = np.cumsum(there) - 1
        begun, ended = place[begin_key], place[end_key]
    else:
        keys = np.unique(np.concatenate([opens, end_key]))
        begun, ended = np.searchsorted(keys, begin_key, side="right") - 1, np.searchsorted(keys, end_key)
    columns = number_of_causes + 1
    cell = ended * columns + why
    shape = (len(keys), columns)
    group, time = np.divmod(keys, width)
    bounds = [*np.searchsorted(keys, opens).tolist(), len(keys)]
    people = _summed(begun, cell, shape, None)
    late, shown = bool(entry.max(initial=0) > 0), time.astype(np.float64) if values is None else values[time]
    if "weight" not in spells.columns:
        squares = Squares(*people, None)
        return Counts(group, shown, bounds, *people, begun, ended, why, late, squares, people[0], people[2])
    weight = spells["weight"].to_numpy()
    at_risk, entered, gone = _summed(begun, cell, shape, weight)
    total = gone.sum(axis=1)
    rounding = _ROUNDING * np.repeat(np.add.reduceat(entered, bounds[:-1]), np.diff(bounds)) if len(keys) else total
    at_risk = np.where(np.abs(at_risk - total) <= rounding, total, np.maximum(at_risk, 0.0))
    squares = Squares(*_summed(begun, cell, shape, weight**2), weight**2)
    return Counts(group, shown, bounds, at_risk, entered, gone, begun, ended, why, late, squares, people[0], people[2])


def _summed(begun: Whole, cell: Whole, shape: tuple[int, int], weight: Array | None) -> tuple[Array, Array, Array]:
    """How many (or how much) were at risk at each row, entered there, and went there by cause."""
    entered = np.bincount(begun, weight, minlength=shape[0]).astype(np.float64, copy=False)
    gone = np.bincount(cell, weight, minlength=shape[0] * shape[1]).reshape(shape).astype(np.float64, copy=False)
    net = entered - gone.sum(axis=1)
    return np.cumsum(net) - net + 0.0, entered, gone


def _of_cause(counts: Counts, cause: int) -> dict[str, Array]:
    """Value, standard error and limits of one cause at each row."""
    left = counts.gone[:, :-1].sum(axis=1)
    mine = counts.gone[:, cause]
    share = one_over(counts.at_risk)
    stayed = running(np.multiply, np.where(counts.at_risk > 0, (counts.at_risk - left) * share, 1.0), counts.bounds)
    before = np.concatenate([[1.0], stayed[:-1]])
    before[counts.bounds[:-1]] = 1.0
    value = running(np.add, before * mine * share, counts.bounds)
    error = np.sqrt(np.maximum(variance(counts, cause, value, before), 0.0))
    inside = (value > 0) & (value < 1)
    log_value = np.log(value, where=inside, out=np.full_like(value, np.nan))
    with np.errstate(invalid="ignore", over="ignore"):
        spread = np.exp(z_value() * error / (value * -log_value))
        lower, upper = np.exp(log_value * spread), np.exp(log_value / spread)
    figures = {"left": mine, "value": value, "standard_error": error, "lower": lower, "upper": upper}
    return {**figures, PEOPLE_LEAVING[1]: counts.people_gone[:, cause]}
