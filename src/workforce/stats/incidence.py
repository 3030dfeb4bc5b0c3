"""Incidence of competing endings: the share who have left by each time for each destination, and the share still there.

Those who leave on one day leave together, whatever their destination, so that the order of the rows changes no digit. At every time the
shares of all causes and the share still there add up to one. It is never one minus a curve that treats other destinations as censored:
that answers a question about a world without them. Variances are the infinitesimal jackknife's: what each spell moved the curve, squared
and added up.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from workforce.frames import Array, Frame, Whole, as_by, need
from workforce.results import Incidence
from workforce.stats.intervals import z_value
from workforce.stats.survival import CELLS_AT_LEAST, ROUNDING, added_up, checked_spells, coded, running

INCIDENCE_COLUMNS: Final = ("time", "cause", "at_risk", "left", "value", "standard_error", "lower", "upper")
PEOPLE_LEAVING: Final = ("people_at_risk", "people_left")  # beside sums of weights, which are not people
_FIGURES: Final = ("left", "value", "standard_error", "lower", "upper")
_SHOWN: Final = ("time", "cause", "value", "lower", "upper")


@dataclass(frozen=True, slots=True)
class Counts:
    """One row a group and time at which anyone left or was censored, and one at 0 that opens the group.

    begun, ended: for each spell, the last row no later than its entry, and the row of its exit. gone: leavers of each row by cause; the
    last column those censored. why: the column of each spell. late: whether anybody entered after 0. squares: at_risk, entered and gone of
    squared weights (themselves, where everyone counts once), and the squared weight of each spell (null there). people_at_risk,
    people_gone: at_risk and gone without weights.
    """

    group: Whole
    time: Array
    bounds: list[int]
    at_risk: Array
    entered: Array
    gone: Array
    begun: Whole
    ended: Whole
    why: Whole
    late: bool
    squares: "Squares"
    people_at_risk: Array
    people_gone: Array


@dataclass(frozen=True, slots=True)
class Squares:
    """Sums of squared weights: of those at risk, who entered and who went at each row; and the squared weight of each spell."""

    at_risk: Array
    entered: Array
    gone: Array
    spell: Array | None


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
    frame, entry, exit, cause, by, weight : as in `incidence_table`
        As in `incidence_table`.

    Returns
    -------
    polars.DataFrame
        by (as text), time (at which anyone left or was censored), cause, value (a proportion), its 95% limits (null where the value is 0
        or 1). Every group has rows for every cause, so that the shares can be stacked.

    References
    ----------
    Aalen & Johansen (1978), Scandinavian Journal of Statistics 5:141.

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
    groups = as_by(by, frame, reserved=(*INCIDENCE_COLUMNS, *PEOPLE_LEAVING))
    need(frame, [cause], what="the frame of spells")
    ended = "cause is known"
    with_event = frame.with_columns(pl.col(cause).is_not_null().alias(ended))
    spells = checked_spells(with_event, [*groups, cause], entry=entry, end=exit, event=ended, weight=weight)
    causes, why = _causes(spells[f"by_{len(groups)}"])
    labels, code = coded(spells, groups)
    code = np.zeros(len(spells), dtype=np.int64) if code is None else code
    counts = _counts(spells, code, len(labels), why, len(causes))
    figures = [_of_cause(counts, place) for place in range(len(causes))]
    figure_names = [*_FIGURES, *([PEOPLE_LEAVING[1]] if weight else [])]
    # One row a time and cause, in that order.
    columns = {
        name: np.array([f[name] for f in figures]).reshape(len(causes), len(counts.time)).T.ravel()
        for name in figure_names
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
    if cells <= max(CELLS_AT_LEAST, 8 * len(spells)):
        with_row = np.zeros(cells, dtype=np.bool_)
        with_row[end_key] = True
        with_row[opens] = True
        keys = np.flatnonzero(with_row)
        place = np.cumsum(with_row) - 1
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
    late, times = bool(entry.max(initial=0) > 0), time.astype(np.float64) if values is None else values[time]
    if "weight" not in spells.columns:
        squares = Squares(*people, None)
        return Counts(group, times, bounds, *people, begun, ended, why, late, squares, people[0], people[2])
    weight = spells["weight"].to_numpy()
    at_risk, entered, left = _summed(begun, cell, shape, weight)
    total = left.sum(axis=1)
    rounding = ROUNDING * np.repeat(np.add.reduceat(entered, bounds[:-1]), np.diff(bounds)) if len(keys) else total
    at_risk = np.where(np.abs(at_risk - total) <= rounding, total, np.maximum(at_risk, 0.0))
    squares = Squares(*_summed(begun, cell, shape, weight**2), weight**2)
    return Counts(group, times, bounds, at_risk, entered, left, begun, ended, why, late, squares, people[0], people[2])


def _summed(begun: Whole, cell: Whole, shape: tuple[int, int], weight: Array | None) -> tuple[Array, Array, Array]:
    """How many (or how much) were at risk at each row, entered there, and went there by cause."""
    entered = np.bincount(begun, weight, minlength=shape[0]).astype(np.float64, copy=False)
    left = np.bincount(cell, weight, minlength=shape[0] * shape[1]).reshape(shape).astype(np.float64, copy=False)
    net = entered - left.sum(axis=1)
    return np.cumsum(net) - net + 0.0, entered, left


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


def variance(counts: Counts, cause: int, value: Array, before: Array) -> Array:
    """The variance of the incidence of one cause at each row. value: the incidence; before: the share still there just before."""
    leavers = counts.gone[:, :-1].sum(axis=1)
    after = one_over(counts.at_risk - leavers)  # 0 where everybody left, as in Greenwood's sum
    share = one_over(counts.at_risk)
    expected = leavers * share * after
    over_all = running(np.add, expected, counts.bounds)
    over_cause = running(np.add, before * counts.gone[:, cause] * share**2 + value * expected, counts.bounds)
    # What leaving itself adds, beyond what was expected until then: to G, and to C by cause (the last column is of those censored).
    jumps_all = np.repeat(after[:, None], counts.gone.shape[1], axis=1)
    jumps_all[:, -1] = 0.0
    jumps = value[:, None] * jumps_all
    jumps[:, cause] += before * share
    entry = _at_entry(counts, over_cause, over_all)
    squares = _squares(counts, (jumps - over_cause[:, None], jumps_all - over_all[:, None]), entry)
    still = _still_at_risk(counts, over_cause, over_all, entry)
    cc, cg, gg = (running(np.add, ended, counts.bounds) + here for ended, here in zip(squares, still, strict=True))
    return np.asarray(cc - 2 * value * cg + value**2 * gg)


def one_over(number: Array) -> Array:
    """One over a number, and 0 where it is 0."""
    return np.divide(1.0, number, out=np.zeros_like(number), where=number > 0)


def _at_entry(counts: Counts, over_cause: Array, over_all: Array) -> Sequence[Array]:
    """By row and cause of exit, summed over the spells: C and G at their entry, and the squares and product of these."""
    if not counts.late:
        return [np.zeros_like(counts.gone)] * 5
    cell = counts.ended * counts.gone.shape[1] + counts.why
    values = (over_cause, over_all, over_cause**2, over_cause * over_all, over_all**2)
    spell_weights = counts.squares.spell
    at_entry = (v[counts.begun] if spell_weights is None else v[counts.begun] * spell_weights for v in values)
    return [added_up(cell, v, counts.gone.size).reshape(counts.gone.shape) for v in at_entry]


def _squares(counts: Counts, at_exit: tuple[Array, Array], entry: Sequence[Array]) -> Sequence[Array]:
    """By row, summed over the spells that end there: C squared, C times G, G squared."""
    (c, g), n = at_exit, counts.squares.gone
    c_in, g_in, cc_in, cg_in, gg_in = entry
    summed = (
        n * c**2 + 2 * c * c_in + cc_in,
        n * c * g + c * g_in + g * c_in + cg_in,
        n * g**2 + 2 * g * g_in + gg_in,
    )
    return [s.sum(axis=1) for s in summed]


def _still_at_risk(counts: Counts, over_cause: Array, over_all: Array, entry: Sequence[Array]) -> Sequence[Array]:
    """By row, summed over the spells that go on after it: C squared, C times G, G squared, so far."""
    squares = counts.squares
    here = squares.at_risk + squares.entered - squares.gone.sum(axis=1)
    values = (over_cause, over_all, over_cause**2, over_cause * over_all, over_all**2)
    c_in, g_in, cc_in, cg_in, gg_in = (
        running(np.add, squares.entered * v - out.sum(axis=1), counts.bounds)
        for v, out in zip(values, entry, strict=True)
    )
    c, g = over_cause, over_all
    return (
        here * c**2 - 2 * c * c_in + cc_in,
        here * c * g - c * g_in - g * c_in + cg_in,
        here * g**2 - 2 * g * g_in + gg_in,
    )
