"""The log-rank test: do groups leave at the same rate at every length of service.

Risk sets allow for delayed entry, and the variance is hypergeometric, which is right where several leave on one day.
"""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from workforce.errors import NotEstimable, UsageError
from workforce.frames import Array, Frame, as_by
from workforce.results import Test
from workforce.stats.hazard_tables import RiskSets, risk_sets
from workforce.stats.survival import added_up, checked_spells, counted, numbered

# The row of a `Test`.
TEST: Final = {"test": pl.String, "statistic": pl.Float64, "df": pl.Int64, "p_value": pl.Float64, "left_out": pl.Int64}
_COUNTED: Final = ("spells", "observed", "expected")
_SAME: Final = 1e-9  # a direction of the scaled variance below it is only rounding
_CELLS: Final = 2_000_000  # times x groups that are looked at in one go


def logrank(
    frame: Frame,
    *,
    entry: str | None = "entry",
    exit: str = "exit",  # noqa: A002 - the word of the field, and of the public interface
    event: str = "event",
    by: Sequence[str] | str,
    strata: Sequence[str] | str = (),
) -> Test:
    """Whether groups leave at the same rate: a chi-squared statistic with one degree of freedom less than there are groups.

    Parameters
    ----------
    frame : polars.DataFrame or LazyFrame
        One row a spell.
    entry, exit, event : str
        As in `life_table`.
    by : sequence of str
        The groups. Spells whose group is not recorded are left out and counted.
    strata : sequence of str
        Groups are compared within each stratum only, and the differences added up.

    Returns
    -------
    Test
        One row: test, statistic, df, p_value, left_out; `table` has by, spells, observed (who left) and expected (who would have, were all
        rates the same).

    Raises
    ------
    UsageError
        Where there are no groups, or a column is absent.
    InputError
        Where spells cannot be, or fewer than two groups were at risk when someone left (`NotEstimable`).

    References
    ----------
    Mantel (1966); Peto & Peto (1972). With nobody late it is R's ``survdiff``; with delayed entry the Cochran-Mantel-Haenszel test over the
    tables of the event times.

    Examples
    --------
    >>> spells = pl.DataFrame({"entry": 0, "exit": [1, 2, 3, 4], "event": True, "team": ["A", "A", "B", "B"]})
    >>> test = logrank(spells, by="team")
    >>> test.name, test.df, test.table.rows()   # A expects 2/4 at 1 and 1/3 at 2
    ('log-rank test', 1, [('A', 2, 2.0, 0.833...), ('B', 2, 2.0, 3.166...)])
    >>> round(test.statistic, 4)   # (2 - 5/6) squared over 1/4 + 2/9
    2.8824
    """
    groups, layers = as_by(by, frame, reserved=_COUNTED), as_by(strata, frame)
    as_by([*groups, *layers], frame)
    if not groups:
        raise UsageError("a test compares groups", where="by=", hint="name one or more columns")
    columns = [*layers, *groups]
    spells = checked_spells(frame, columns, entry=entry, end=exit, event=event)
    group_columns = spells.select(pl.col(f"by_{place}").cast(pl.String).alias(c) for place, c in enumerate(columns))
    has_group = group_columns.select(pl.all_horizontal(pl.col(c).is_not_null() for c in groups)).to_series()
    group_columns, spells = group_columns.filter(has_group), spells.filter(has_group)
    cells, code = numbered(group_columns)
    names, group_of = numbered(cells.select(groups))
    observed, expected, variance = _compared(
        risk_sets(cells, counted(spells, code, max(len(cells), 1)), layers), group_of, len(names)
    )
    statistic, df = _statistic(observed, expected, variance)
    from scipy.special import chdtrc

    number = np.bincount(group_of[code], minlength=len(names))
    table = names.with_columns(spells=pl.Series(number, dtype=pl.Int64), observed=observed, expected=expected)
    row = {
        "statistic": statistic,
        "df": df,
        "p_value": float(chdtrc(df, statistic)),
        "left_out": len(has_group) - len(group_columns),
    }
    return Test(test_row(layers, **row), groups=groups, table=table)


def test_row(strata: Sequence[str], **figures: float | None) -> pl.DataFrame:
    """Return the row of a test; figures that are not given are null."""
    name = "log-rank test" + (f", stratified by {' and '.join(strata)}" if strata else "")
    return pl.DataFrame([{"test": name, **figures}], schema=TEST)


def _compared(sets: Sequence[RiskSets], group_of: npt.NDArray[np.int64], number: int) -> tuple[Array, Array, Array]:
    """Leavers of each group, those expected, and the variance of the difference, over all strata."""
    observed, expected, variance = np.zeros(number), np.zeros(number), np.zeros((number, number))
    for stratum in sets:
        groups = group_of[stratum.codes]  # within a stratum each group is one cell
        np.add.at(observed, groups[stratum.gone_of], stratum.gone)
        for place, at_risk in _at_risk(stratum):
            left, total = stratum.leavers[place], at_risk.sum(axis=1)
            expected[groups] += (left / total) @ at_risk
            spread = np.divide(left * (total - left), total**2 * (total - 1), out=np.zeros_like(total), where=total > 1)
            variance[groups, groups] += (spread * total) @ at_risk
            variance[np.ix_(groups, groups)] -= at_risk.T @ (spread[:, None] * at_risk)
    return observed, expected, variance


def _at_risk(one: RiskSets) -> Iterator[tuple[slice, Array]]:
    """How many of each cell were at risk at each time, some times at once."""
    width = len(one.codes)
    step = max(1, _CELLS // width)
    order = np.argsort(one.at, kind="stable")
    at, of, change = one.at[order], one.of[order], one.change[order]
    carried = np.zeros(width)
    for first in range(0, len(one.times), step):
        end = min(first + step, len(one.times))
        begin, stop = np.searchsorted(at, [first, end])
        cell = (at[begin:stop] - first) * width + of[begin:stop]
        changes = added_up(cell, change[begin:stop], (end - first) * width).reshape(-1, width)
        changes[0] += carried
        at_risk = np.cumsum(changes, axis=0)
        carried = at_risk[-1]
        yield slice(first, end), at_risk


def _statistic(observed: Array, expected: Array, variance: Array) -> tuple[float, int]:
    compared = np.flatnonzero(expected > 0)
    if len(compared) < 2:  # noqa: PLR2004 - it takes two to compare
        raise NotEstimable(
            "fewer than two groups were at risk when someone left", hint="compare larger groups, or a longer period"
        )
    independent = compared[1:]  # the differences add up to nought, so one of them says nothing
    difference, scale = (observed - expected)[independent], np.sqrt(np.diag(variance)[independent])
    scale = np.where(scale > 0, scale, 1.0)
    # Groups that never stand in one stratum are not compared with one another: each set of them takes a degree of freedom.
    scaled = variance[np.ix_(independent, independent)] / np.outer(scale, scale)
    solved, _, rank, _ = np.linalg.lstsq(scaled, difference / scale, rcond=_SAME)
    if rank == 0:
        raise NotEstimable(
            "no two groups were at risk together when someone left", hint="compare larger groups, or fewer strata"
        )
    return float(difference / scale @ solved), int(rank)
