"""XmR charts: whether a series varies as it always has, or something has changed.

Each group's own series has a centre and limits; a point has the first rule that it breaks, in the order of Making Data Count. Fewer than 13
points, and series that are mostly zeros, are drawn and not judged.

Source: NHS England, Making Data Count; the NHS-R Community's NHSRplotthedots, whose results this module reproduces.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
import polars as pl

from workforce.book import Definition
from workforce.errors import UsageError
from workforce.frames import Array
from workforce.periods import Period
from workforce.results import FIRST, MeasureTable

Direction = Literal["lower", "higher"]
Baseline = Period | int | date | Sequence[date]
FEWEST: Final = 13  # points that a series needs before anything is claimed of it: this project's measure book
FEWEST_SINCE: Final = 12  # points that limits need since they last started: NHSRplotthedots warns below
# Shewhart's rules take a point to be as likely above the centre as below. Where half of the points are 0, seven of them in a row are no
# rarer than seven heads, and any event stands outside limits made of zeros: on steady counts drawn at random with a mean of 0.25 these
# rules mark half of all points, at 0.5 one in seven, at 0.69 (half of them 0) one in twelve, at 10 one in 25. "Zero counts contain no
# real information": Wheeler (2011), Working with rare events, Quality Digest.
MOSTLY_EMPTY: Final = 0.5
NEARLY_A_YEAR: Final = 350  # days; points closer together than this have seasons
ADDED: Final = (
    "centre",
    "lower_limit",
    "upper_limit",
    "moving_range",
    "special_cause",
    "variation",
    "assurance",
    "season",
)
TOO_FEW: Final = "too few points to judge"
TOO_FEW_EVENTS: Final = "too few events to judge"
NO_FIGURE: Final = "left out: no figure"
UNJUDGED: Final = (TOO_FEW, TOO_FEW_EVENTS, NO_FIGURE)
COMMON: Final = "no significant change"
NOT_BY_SEASON: Final = "not judged against its season"
REACH: Final = 2.66  # limits in mean moving ranges: 3 / 1.128, the mean range of two normal values (Shewhart)
SCREEN: Final = 3.267  # a moving range over so many means is screened out once (Making Data Count)
RUN: Final = 7  # points that rise, fall or lie on one side: Making Data Count
WINDOW: Final = 3  # 2 of so many points close to a limit: Making Data Count
_SAME: Final = 1e-12  # relative: differences below it are the machine's


@dataclass(frozen=True, slots=True)
class Limits:
    """Centre and limits of one stretch of a series; limits are nan where there are too few points."""

    centre: float
    lower: float
    upper: float


def xmr(
    table: MeasureTable,
    *,
    improvement: Direction | None = None,
    target: float | None = None,
    baseline: Baseline | None = None,
    screen: bool = True,
) -> MeasureTable:
    """Judge each group's series of a measure table as an XmR chart does; use it before `release`.

    Parameters
    ----------
    table : MeasureTable
        Several periods that share no day.
    improvement : {"lower", "higher"}, optional
        Which direction is better; without it, what the measure book says.
    target : float, optional
        In the measure's unit.
    baseline : date, dates, Period or int, optional
        Dates at which limits restart, from the first period that starts on or after each (a known step change); or a Period, or a number
        of first points, whose limits hold for the whole series.
    screen : bool
        Whether moving ranges over 3.267 times their mean are dropped once.

    Returns
    -------
    MeasureTable
        The rows with the columns of the chart added.

    Raises
    ------
    UsageError
        Where periods overlap or come twice, or one target is given for several definitions.

    Notes
    -----
    NHS England, Making Data Count, as NHSRplotthedots computes it. Added columns, in the measure's unit: `centre`, the mean;
    `lower_limit`, `upper_limit`, 2.66 mean moving ranges from it (not cut at 0), after ranges over 3.267 times their mean are dropped
    once (screen=False keeps them); `moving_range`, to the point before. In words: `special_cause`, the first rule that the point breaks,
    or null: outside the limits, 7 rising or falling, 2 of 3 close to one limit (all three on that side), 7 on one side of the centre;
    `variation`: "better than expected", "worse than expected" ("higher", "lower" where no direction is better), "no significant change";
    `assurance`, the target against the limits: "consistently hits the target", "consistently misses the target", "hit or miss", null
    without a target or a direction; `season`: "not judged against its season" where points are less than a year apart. Winter sickness
    is a special cause to these rules: a month's own mean over few years would hold the very point it judges, so none is taken out.
    A row without a figure is left out, says so, and ends a run. Fewer than 13 points in
    a series, or 12 since a restart, get a centre and no limits: "too few points to judge". So does a series, or a stretch of it, of which
    half of the points or more, but not all, count nobody and nothing (or, of a share, everybody): "too few events to judge".

    References
    ----------
    NHS England, Making Data Count; NHS-R Community, NHSRplotthedots.

    Examples
    --------
    >>> from datetime import timedelta
    >>> days = [date(2022, 1, 31) + timedelta(days=30 * i) for i in range(13)]
    >>> from workforce.stats.rates import measure_table
    >>> counts = pl.DataFrame({"period_start": days, "period_end": days, "numerator": [4.0, 6.0] * 6 + [15.0]})
    >>> judged = xmr(measure_table(counts, "headcount", "in_post", by=[]))
    >>> judged = judged.frame
    >>> judged["special_cause"].to_list()[-2:], judged["variation"].to_list()[-1]
    ([None, 'above the upper limit'], 'higher than expected')
    """
    if not isinstance(table, MeasureTable):
        raise UsageError("xmr takes what a measure returned", where="xmr", hint="measure several periods first")
    frame = table.frame
    _checked(table, improvement, target)
    keys = [*FIRST, "unit", *series_columns(table)]
    rows = frame.with_row_index("row_of_table").sort("period_start", "period_end")
    judged = []
    for series in rows.partition_by(keys, maintain_order=True):
        book = table.definition(str(series["measure"][0]), str(series["definition"][0]))
        columns = _series(series, book, improvement or book.better, target, baseline, screen=screen)
        judged.append(series.select("row_of_table").hstack(columns))
    if judged:
        frame = frame.hstack(pl.concat(judged).sort("row_of_table").drop("row_of_table"))
    else:
        words = dict.fromkeys(ADDED[4:], pl.String)
        frame = frame.with_columns(pl.lit(None, words.get(c, pl.Float64)).alias(c) for c in ADDED)
    return table._with(frame, added=[*table.added, *ADDED], _provenance=table._provenance.with_arguments(target=target))


def series_columns(table: MeasureTable) -> list[str]:
    """Return the columns that tell the series of a measure table apart: its groups without the source of each number.

    Examples
    --------
    >>> from workforce.stats.rates import measure_table
    >>> series_columns(measure_table(pl.DataFrame({"team": ["A"], "numerator": [1.0]}), "leavers", "left", by=["team"]))
    ['team']
    """
    return [c for c in table.groups if c != "source"]


def _checked(table: MeasureTable, improvement: object, target: float | None) -> None:
    frame = table.frame
    clashing = [c for c in ADDED if c in table.added]
    if clashing:
        raise UsageError(
            "the table already has {columns}", where="xmr", hint="start from the measure's table", columns=clashing
        )
    if improvement not in (None, "lower", "higher"):
        raise UsageError('improvement= is "lower" or "higher"', where="xmr", hint="leave it out for the measure book's")
    if target is not None and frame.select(*FIRST, "unit").n_unique() > 1:
        raise UsageError("one target for several definitions", where="xmr", hint="judge each definition by itself")
    if frame["period_start"].is_null().any() or frame["period_end"].is_null().any():
        raise UsageError("a series needs periods", where="xmr", hint="measure several periods, or dates")


def _series(
    series: pl.DataFrame,
    book: Definition,
    better: Direction | None,
    target: float | None,
    baseline: Baseline | None,
    *,
    screen: bool,
) -> pl.DataFrame:
    """The added columns of one series in time order."""
    starts, ends = series["period_start"].to_list(), series["period_end"].to_list()
    if any(start <= end for start, end in zip(starts[1:], ends[:-1], strict=True)):
        raise UsageError(
            "periods overlap, or a group comes twice for one",
            where="xmr",
            hint="points that share days move together: use months, or years, that follow one another",
        )
    values = series["value"].cast(pl.Float64).fill_null(np.nan).to_numpy().copy()
    basis, stretch = _baseline(baseline, starts, ends, values)
    nobody, everybody = _at_an_end(series, book)
    rows: list[pl.DataFrame] = []
    for number in range(int(stretch.max()) + 1):
        inside = stretch == number
        if inside.any():
            enough = np.sum(~np.isnan(values)) >= FEWEST and np.sum(~np.isnan(values[inside & basis])) >= FEWEST_SINCE
            limits = limits_of(values[inside & basis] if enough else values[inside], screen=screen)
            used = inside & basis & ~np.isnan(values)
            why = TOO_FEW if not enough else TOO_FEW_EVENTS if _mostly(nobody[used], everybody[used]) else None
            limits = Limits(limits.centre, np.nan, np.nan) if why else limits
            rows.append(_stretch(values[inside], limits, better, target, unjudged=why))
    steps = [(later - earlier).days for earlier, later in pairwise(ends)]
    seasonal = bool(steps) and float(np.median(steps)) < NEARLY_A_YEAR
    return pl.concat(rows).with_columns(season=pl.lit(NOT_BY_SEASON if seasonal else None, pl.String))


def _baseline(
    baseline: Baseline | None, starts: Sequence[date], ends: Sequence[date], values: Array
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.int64]]:
    """Which points the limits are worked out from, and which stretch each point is in."""
    everything, single = np.ones(len(values), dtype=bool), np.zeros(len(values), dtype=np.int64)
    if baseline is None:
        return everything, single
    if isinstance(baseline, Period):
        within = [baseline.start <= a and b <= baseline.end for a, b in zip(starts, ends, strict=True)]
        return np.array(within), single
    if isinstance(baseline, int) and not isinstance(baseline, bool) and baseline > 0:
        return np.cumsum(~np.isnan(values)) <= baseline, single
    changes = [baseline] if isinstance(baseline, date) else baseline
    if isinstance(changes, Sequence) and all(isinstance(d, date) and not isinstance(d, datetime) for d in changes):
        return everything, np.array([sum(d <= start for d in set(changes)) for start in starts])
    raise UsageError(
        "baseline= is dates, a Period or a number of points", where="xmr", hint="baseline=[date(2022, 4, 1)] restarts"
    )


def _at_an_end(series: pl.DataFrame, book: Definition) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Which points of a series count nobody, and which, of a share, everybody."""
    nobody = (series["numerator"] == 0).fill_null(value=False)
    everybody = (series["numerator"] == series["denominator"]).fill_null(value=False) & (book.limits == "Wilson")
    return nobody.to_numpy(), everybody.to_numpy()


def _mostly(*ends: npt.NDArray[np.bool_]) -> bool:
    """Whether half of the points or more lie at one end; a series that never leaves it has not changed, and needs no more to say so."""
    return any(len(points) and points.mean() >= MOSTLY_EMPTY and not points.all() for points in ends)


def _stretch(
    values: Array, limits: Limits, better: Direction | None, target: float | None, *, unjudged: str | None = None
) -> pl.DataFrame:
    count = len(values)
    judged = not np.isnan(limits.upper)
    why = unjudged or TOO_FEW
    causes = special_causes(values, limits) if judged else [("", 0)] * count
    words = [
        NO_FIGURE if np.isnan(value) else _variation(side, better) if judged else why
        for value, (_, side) in zip(values, causes, strict=True)
    ]
    assurance = None
    if target is not None and better is not None:
        assurance = _assurance(target, limits, better) if judged else why
    return pl.DataFrame(
        {
            "centre": np.full(count, limits.centre),
            "lower_limit": np.full(count, limits.lower),
            "upper_limit": np.full(count, limits.upper),
            "moving_range": np.concatenate([[np.nan], np.abs(np.diff(values))]),
            "special_cause": pl.Series([cause or None for cause, _ in causes], dtype=pl.String),
            "variation": pl.Series(words, dtype=pl.String),
            "assurance": pl.Series([assurance] * count, dtype=pl.String),
        }
    ).with_columns(pl.col(pl.Float64).fill_nan(None))


def _variation(side: int, better: Direction | None) -> str:
    """side: 1 where a special cause points up, -1 where it points down, 0 where there is none."""
    if side == 0:
        return COMMON
    if better is None:
        return "higher than expected" if side > 0 else "lower than expected"
    return "better than expected" if (side > 0) == (better == "higher") else "worse than expected"


def _assurance(target: float, limits: Limits, better: Direction) -> str:
    if limits.lower <= target <= limits.upper:
        return "hit or miss"
    hits = (target < limits.lower) == (better == "higher")
    return "consistently hits the target" if hits else "consistently misses the target"


def limits_of(values: Array, *, screen: bool = True) -> Limits:
    """Centre and limits of values in time order; nan is a gap, across which there is no moving range.

    >>> limits_of(np.array([4.0, 6.0, 4.0, 6.0]))
    Limits(centre=5.0, lower=-0.32..., upper=10.32...)
    """
    present = values[~np.isnan(values)]
    if not len(present):
        return Limits(np.nan, np.nan, np.nan)
    centre = float(present.mean())
    ranges = np.abs(np.diff(values))
    ranges = ranges[~np.isnan(ranges)]
    if not len(ranges):
        return Limits(centre, np.nan, np.nan)
    if screen:
        ranges = ranges[ranges <= SCREEN * ranges.mean() * (1 + _SAME)]
    return Limits(centre, centre - REACH * float(ranges.mean()), centre + REACH * float(ranges.mean()))


def special_causes(values: Array, limits: Limits) -> list[tuple[str, int]]:
    """For each point the first rule that it breaks, and which way it points; ("", 0) where it breaks none.

    >>> special_causes(np.array([4.0, 6.0, 11.0]), Limits(5.0, 0.0, 10.0))
    [('', 0), ('', 0), ('above the upper limit', 1)]
    """
    same = _SAME * max(float(np.nanmax(np.abs(values))), abs(limits.centre))
    third = (limits.upper - limits.centre) / 3
    with np.errstate(invalid="ignore"):
        away = values - limits.centre
        side = np.where(np.abs(away) <= same, 0, np.sign(away))  # nan, a gap, is on neither side
        outside = np.abs(away) > limits.upper - limits.centre + same
        close = ~outside & (np.abs(away) > 2 * third + same)
        step = np.concatenate([[0.0], np.diff(values)])
        step = np.where(np.abs(step) <= same, 0.0, np.sign(step))
    one_side, trend, two_of_three = (np.zeros(len(values)) for _ in range(3))
    for i in range(len(values)):
        run = slice(i, i + RUN)
        if len(side[run]) == RUN and abs(np.nansum(side[run])) == RUN:
            one_side[run] = side[i]
        # Seven points rise by six steps; the step into the first of them does not matter.
        if len(side[run]) == RUN and abs(np.nansum(step[i + 1 : i + RUN])) == RUN - 1:
            trend[run] = step[i + 1]
        window = slice(i, i + WINDOW)
        if close[window].sum() >= WINDOW - 1 and abs(np.nansum(side[window])) == WINDOW:
            two_of_three[window] = np.where(close[window], side[i], two_of_three[window])
    causes = []
    for i in range(len(values)):
        way = int(np.nan_to_num(side[i]))
        if outside[i]:
            causes.append(("above the upper limit" if way > 0 else "below the lower limit", way))
        elif trend[i]:
            # A trend crosses the centre: it is good or bad by where it goes, whichever side its points are on.
            causes.append((f"{RUN} points {'rising' if trend[i] > 0 else 'falling'}", int(trend[i])))
        elif two_of_three[i]:
            causes.append((f"2 of {WINDOW} close to the {'upper' if way > 0 else 'lower'} limit", way))
        elif one_side[i]:
            causes.append((f"{RUN} points {'above' if way > 0 else 'below'} the centre", way))
        else:
            causes.append(("", 0))
    return causes
