"""Limits and signals of XmR charts for arrays: a row for each series, a column for each point in time order, nan where there is no figure.

The kinds of series, and how each is judged:

- ``flow``: events of each point's own period. Limits from the mean and the mean moving range. Where the events of a point are fewer than
  `FEW` on average, points are taken together by 3, 6 or 12, from the last one backwards.
- ``stock``: a level that carries over. Each point against what the point before it leads one to expect (residuals of an autoregression of
  order 1), because limits about the mean are far too narrow for it (Alwan & Roberts 1988, J Bus Econ Stat 6:87).
- ``seasonal``: each point against the same part of other years, and the point before it, on a square root scale where nothing is below 0.
- ``plain``: limits from the mean and the mean moving range, whatever the series.

The share of stable series whose last point has a signal is in `xmr_false_alarms`, which was made by simulation.
"""

from dataclasses import dataclass, fields
from typing import Final, Literal, Self

import numpy as np
import numpy.typing as npt

from workforce.frames import Array, Flags, Whole
from workforce.stats import xmr_false_alarms as stated

Kind = Literal["flow", "stock", "seasonal", "plain"]
FEWEST: Final = 13  # points that a series needs before anything is claimed of it: this project's measure book
FEWEST_SINCE: Final = 12  # points that limits need since they last started: NHSRplotthedots warns below
FEW: Final = 4.0  # events a point on average, below which a flow is judged over longer periods: measure book
# Changes of a stock from point to point, as a mean square: events in and out. With 0.7 of them one stable stock in seven has a signal.
FEW_CHANGES: Final = 2.0
CLUSTERED: Final = (
    0.5  # a flow that varies as one of less than half its events would: its events come several at a time
)
FEW_SPELLS: Final = (
    2.0  # a seasonal series that varies as one of fewer events a point: a long absence is a signal by itself
)
SEASONS_NEED: Final = 2  # points of the same part of the year
REACH: Final = 2.66  # limits in mean moving ranges: 3 / 1.128, the mean range of two normal values (Shewhart)
RANGE_OF_TWO: Final = 1.128  # the mean range of two normal values in standard deviations
SCREEN: Final = 3.267  # a moving range over so many means is screened out once (Making Data Count)
RUN: Final = 7  # points that rise, fall or lie on one side: Making Data Count
SHORT_RUN: Final = 6  # the same with fewer points, as some boards have it
WINDOW: Final = 3  # 2 of so many points close to a limit: Making Data Count
WIDTHS: Final = (1, 3, 6, 12)  # points of a month that are taken together: a month, a quarter, half a year, a year
NO_RULE, OUTSIDE, TREND, CLOSE, ONE_SIDE = range(5)
JUDGED, FEW_POINTS, FEW_EVENTS, CONSTANT, NO_SPREAD, NO_POINT_BEFORE = range(6)
_SAME: Final = 1e-12  # relative: differences below it are the machine's


@dataclass(frozen=True, slots=True)
class Options:
    """How limits and rules are read.

    Parameters
    ----------
    screen : bool
        Whether moving ranges over 3.267 times their mean are dropped once.
    run : {7, 6}
        Points that make a run.
    last : bool
        Whether rules are read at the last point only, which is all that a simulation needs.
    """

    screen: bool = True
    run: int = RUN
    last: bool = False


@dataclass(frozen=True, slots=True)
class Signals:
    """What is known of each point (arrays of series x points) and of each series.

    Parameters
    ----------
    figure : array
        What is compared with the limits: the value, or that of the longer period that the point is in.
    centre, lower, upper : array
        Centre and limits; nan where there are none.
    rule, side : array
        The first rule that a point breaks, and the way it points: 1, -1, or 0 for none.
    why : array
        `JUDGED`, or why a point is not judged.
    season : array
        The mean of the point's part of the year; nan where seasons are not taken into account.
    lowest, highest : array
        Of each series: the range within which it lies in the long run, with which a target is compared.
    width : array
        Of each series: how many points are judged together.
    false_alarms : array
        Of each series: the share of stable series of its kind, size and length whose last point has a signal; nan where not simulated.
    carry : array
        Of each series: the share of a difference that carries over to the next point, as estimated; 0 where it is not asked.
    """

    figure: Array
    centre: Array
    lower: Array
    upper: Array
    rule: Whole
    side: Whole
    why: Whole
    season: Array
    lowest: Array
    highest: Array
    width: Whole
    false_alarms: Array
    carry: Array

    @classmethod
    def nothing(cls, values: Array, why: int) -> Self:
        """Return what is known of series that are not judged: the mean of each as its centre.

        >>> Signals.nothing(np.array([[1.0, 3.0]]), FEW_POINTS).centre.tolist()
        [[2.0, 2.0]]
        """
        empty, zeros = np.full(values.shape, np.nan), np.zeros(values.shape, dtype=np.int64)
        centre = np.repeat(_mean(values)[:, None], values.shape[1], axis=1)
        by_series = np.full(len(values), np.nan)
        return cls(
            figure=values.copy(),
            centre=centre,
            lower=empty,
            upper=empty.copy(),
            rule=zeros,
            side=zeros.copy(),
            why=np.full(values.shape, why, dtype=np.int64),
            season=empty.copy(),
            lowest=by_series,
            highest=by_series.copy(),
            width=np.ones(len(values), dtype=np.int64),
            false_alarms=by_series.copy(),
            carry=np.zeros(len(values)),
        )

    def at(self, places: Whole) -> "Signals":
        """Return what is known of some of the points."""
        picked = {entry.name: getattr(self, entry.name) for entry in fields(self)}
        return Signals(**{name: array if array.ndim == 1 else array[:, places] for name, array in picked.items()})

    def put(self, rows: Flags, judged: "Signals") -> None:
        """Replace what is known of some series."""
        for entry in fields(self):
            getattr(self, entry.name)[rows] = getattr(judged, entry.name)


def judge(
    kind: Kind,
    values: Array,
    *,
    counts: Array | None = None,
    weights: Array | None = None,
    seasons: Whole | None = None,
    basis: Flags | None = None,
    fewest: int = FEWEST,
    widths: tuple[int, ...] = WIDTHS,
    options: Options | None = None,
) -> Signals:
    """Judge series of one kind.

    Parameters
    ----------
    kind : {"flow", "stock", "seasonal", "plain"}
        The kind of series.
    values : array
        Series x points; nan where there is no figure.
    counts : array, optional
        The events of each point (of a share: the fewer of those with and without), or the number in a stock. Without them nothing is asked
        about how few they are.
    weights : array, optional
        What a value is a rate of: the weights with which points are taken together.
    seasons : array, optional
        Which part of the year each point is, as whole numbers from 0; only for ``seasonal``.
    basis : array, optional
        Which points limits are worked out from; without it, all.
    fewest : int
        Points needed.
    widths : tuple of int
        How many points are taken together where events are few, beginning with 1: months by quarter, half-year and year.
    options : Options, optional
        How limits and rules are read.

    Returns
    -------
    Signals
        For all points and series.

    Examples
    --------
    >>> steady = np.array([[9.0, 11.0] * 7 + [30.0]])
    >>> judged = judge("flow", steady, counts=steady)
    >>> judged.side[0, -1], judged.rule[0, -1] == OUTSIDE, judged.upper[0, -1].round(1)
    (np.int64(1), np.True_, np.float64(16.7))
    """
    options = options or Options()
    basis = np.ones(values.shape, dtype=bool) if basis is None else basis
    has_figure = ~np.isnan(values)
    result = Signals.nothing(values, FEW_POINTS)
    constant = has_figure.any(axis=1) & _constant(values)
    enough = (has_figure.sum(axis=1) >= fewest) & ((has_figure & basis).sum(axis=1) >= FEWEST_SINCE)
    undecided = enough & ~constant
    _put_constant(result, enough & constant, values)
    if kind == "seasonal":
        _judge_seasonal(result, undecided, values, seasons, basis, options)
        return result
    for width in widths if kind != "plain" and counts is not None else widths[:1]:
        blocks = _blocks(kind, values, counts, weights, basis, width)
        figures = ~np.isnan(blocks.values)
        long = (figures.sum(axis=1) >= fewest) & ((figures & blocks.basis).sum(axis=1) >= FEWEST_SINCE)
        events = _events(kind, blocks) if counts is not None and kind != "plain" else np.full(len(values), np.nan)
        rare = events < (FEW_CHANGES if kind == "stock" else FEW)  # nan, not counted, is not few
        chosen = undecided & long & ~rare
        if chosen.any():
            chart = _carried if kind == "stock" else _level
            judged = chart(blocks.values[chosen], blocks.basis[chosen], options)
            judged.why[_constant(judged.figure)] = CONSTANT
            _put_range(judged)
            judged = _rated(judged, kind, events[chosen], blocks.basis[chosen], options)
            result.put(chosen, _spread_over(judged, width, values.shape[1]))
        undecided &= ~chosen
        if not undecided.any():
            break
    result.why[undecided] = FEW_EVENTS
    return result


def false_alarms(kind: Kind, events: Array, points: Array, carry: Array, run: int) -> Array:
    """Return the share of stable series whose last point has a signal, from the table made by simulation.

    Parameters
    ----------
    kind : {"flow", "stock", "seasonal"}
        The kind of series.
    events : array
        Events of a point on average; of a stock, the mean square of its changes. nan, not known, is taken as many.
    points : array
        Points of each series.
    carry : array
        The share of a stock or season's difference that carries over to the next point, as estimated.
    run : {7, 6}
        Points that make a run.

    Examples
    --------
    >>> one = np.ones(1)
    >>> bool(0.01 < false_alarms("flow", 10 * one, 30 * one, 0 * one, 7)[0] < 0.03)
    True
    """
    table = np.array(stated.RATES[kind, run])  # carry-over x events x points
    grids = (stated.CARRY[kind], np.log(stated.EVENTS[kind]), np.log(stated.POINTS[kind]))
    many = np.where(np.isnan(events), stated.EVENTS[kind][-1], np.maximum(events, 1e-9))
    places = (np.nan_to_num(carry), np.log(many), np.log(np.maximum(points, 1)))
    total = np.zeros(len(points))
    sides = [_between(np.array(grid), place) for grid, place in zip(grids, places, strict=True)]
    for corner in range(8):
        picked = [side[corner >> axis & 1] for axis, side in enumerate(sides)]
        total += table[picked[0][0], picked[1][0], picked[2][0]] * picked[0][1] * picked[1][1] * picked[2][1]
    return total


def _between(grid: Array, place: Array) -> tuple[tuple[Whole, Array], tuple[Whole, Array]]:
    """The two grid points about each place, and the weight of each; a place off the grid is at its end."""
    if len(grid) == 1:
        first = np.zeros(len(place), dtype=np.int64)
        return (first, np.ones(len(place))), (first, np.zeros(len(place)))
    inside = np.clip(place, grid[0], grid[-1])
    low = np.clip(np.searchsorted(grid, inside, side="right") - 1, 0, len(grid) - 2)
    share = (inside - grid[low]) / (grid[low + 1] - grid[low])
    return (low, 1 - share), (low + 1, share)


@dataclass(frozen=True, slots=True)
class _Blocks:
    values: Array
    counts: Array | None
    basis: Flags


def _blocks(
    kind: Kind, values: Array, counts: Array | None, weights: Array | None, basis: Flags, width: int
) -> _Blocks:
    """Points taken together from the last one backwards; of a stock, the last of each. One without a figure leaves its block without."""
    if width == 1:
        return _Blocks(values, counts, basis)
    first = values.shape[1] % width

    def folded(array: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
        return array[:, first:].reshape(len(array), -1, width)

    if kind == "stock":
        last = slice(first + width - 1, None, width)
        return _Blocks(values[:, last], None if counts is None else counts[:, last], basis[:, last])
    weight = np.ones(values.shape) if weights is None else np.where(np.isnan(values), np.nan, weights)
    total = folded(weight).sum(axis=2)
    with np.errstate(invalid="ignore", divide="ignore"):
        means = folded(values * weight).sum(axis=2) / total
    return _Blocks(means, None if counts is None else folded(counts).sum(axis=2), folded(~basis).sum(axis=2) == 0)


def _events(kind: Kind, blocks: _Blocks) -> Array:
    """How many events a point rests on: of a flow, on average; of a stock, its changes as a mean square."""
    if blocks.counts is None:
        return np.full(len(blocks.values), np.nan)
    counts = np.where(blocks.basis, blocks.counts, np.nan)
    if kind == "stock":
        return _mean(np.diff(counts, axis=1) ** 2)
    mean = _mean(counts)
    as_if = _as_if(np.where(blocks.basis, blocks.values, np.nan))
    return np.where(as_if < CLUSTERED * mean, as_if, mean)


def _as_if(values: Array) -> Array:
    """How many independent events a point would have to vary as much; from moving ranges, which a step of the level leaves alone."""
    spread = _mean(np.abs(np.diff(values, axis=1))) / RANGE_OF_TWO
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((_mean(values) / spread) ** 2)


def _constant(values: Array) -> Flags:
    figures = ~np.isnan(values)
    high = np.where(figures, values, -np.inf).max(axis=1)
    low = np.where(figures, values, np.inf).min(axis=1)
    with np.errstate(invalid="ignore"):
        return np.asarray(high - low <= _SAME * np.maximum(np.abs(high), np.abs(low)))


def _put_constant(result: Signals, rows: Flags, values: Array) -> None:
    """A series that has never varied has not changed, and has no spread to make limits of."""
    result.why[rows] = CONSTANT
    result.lowest[rows] = result.highest[rows] = _mean(values[rows])


def _put_range(judged: Signals) -> None:
    """Where points are too regular for limits, the range in which they have been takes the place of the long-run range."""
    rows = (judged.why == NO_SPREAD).sum(axis=1) > 0
    figures = judged.figure[rows]
    judged.lowest[rows] = np.where(np.isnan(figures), np.inf, figures).min(axis=1)
    judged.highest[rows] = np.where(np.isnan(figures), -np.inf, figures).max(axis=1)


def _mean(values: Array) -> Array:
    """The mean of each row over what has a figure; nan where nothing has."""
    count = (~np.isnan(values)).sum(axis=1)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.nansum(values, axis=1) / np.where(count, count, np.nan))


def _half_width(residuals: Array, basis: Flags, *, screen: bool) -> Array:
    """How far limits lie from the centre: never 0, because ranges are not screened out where nothing above zero would be left."""
    ranges = np.abs(np.diff(np.where(basis, residuals, np.nan), axis=1))
    mean = _mean(ranges)
    if screen:
        with np.errstate(invalid="ignore"):
            screened = _mean(np.where(ranges <= SCREEN * mean[:, None] * (1 + _SAME), ranges, np.nan))
            mean = np.where(screened > _SAME * mean, screened, mean)
    return REACH * np.where(mean > 0, mean, np.nan)


def _level(values: Array, basis: Flags, options: Options) -> Signals:
    """Each point against the mean of its series."""
    centre = _mean(np.where(basis, values, np.nan))
    half = _half_width(values, basis, screen=options.screen)
    same = _SAME * np.maximum(np.nanmax(np.abs(values), axis=1), np.abs(centre))
    half = np.where(half > same, half, np.nan)
    result = Signals.nothing(values, JUDGED)
    result.centre[:] = centre[:, None]
    result.lower[:], result.upper[:] = (centre - half)[:, None], (centre + half)[:, None]
    result.lowest[:], result.highest[:] = centre - half, centre + half
    result.rule[:], result.side[:] = _rules(values - centre[:, None], half, same, options, steps_of=values)
    result.why[np.isnan(half)] = NO_SPREAD
    return result


@dataclass(frozen=True, slots=True)
class _Carried:
    """Each point less what the one before leads one to expect of it; nan for the first, and after a gap."""

    residuals: Array
    carry: Array
    half: Array
    same: Array
    mean: Array


def _residuals(values: Array, basis: Flags, options: Options) -> _Carried:
    before, after = values[:, :-1], values[:, 1:]
    used = basis[:, :-1] & basis[:, 1:] & ~np.isnan(before) & ~np.isnan(after)
    pairs = np.maximum(used.sum(axis=1), 1)
    before_mean, after_mean = (_mean(np.where(used, side, np.nan))[:, None] for side in (before, after))
    earlier, later = before - before_mean, after - after_mean
    squares = np.where(used, earlier**2, 0.0).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        slope = np.where(squares > 0, np.where(used, earlier * later, 0.0).sum(axis=1) / squares, 0.0)
    # Least squares take too little to carry over in short series: Kendall (1954), Biometrika 41:403.
    carry = np.clip(slope + (1 + 3 * slope) / pairs, 0.0, 1.0)
    residuals = np.full(values.shape, np.nan)
    residuals[:, 1:] = later - carry[:, None] * earlier
    same = _SAME * np.nanmax(np.abs(values), axis=1)
    half = _half_width(residuals, basis, screen=options.screen)
    half = np.where(half > same, half, np.nan)
    return _Carried(residuals, carry, half, same, _mean(np.where(basis, values, np.nan)))


def _wander(carried: _Carried, points: Array) -> Array:
    """How much wider the long-run spread is than that of the residuals; of a series that only wanders, over its own length."""
    with np.errstate(divide="ignore"):
        return np.minimum(1 / np.sqrt(1 - carried.carry**2), np.sqrt(points))


def _carried(values: Array, basis: Flags, options: Options) -> Signals:
    """Each point against what the point before it leads one to expect."""
    carried = _residuals(values, basis, options)
    result = Signals.nothing(values, JUDGED)
    result.centre[:] = values - carried.residuals
    result.lower[:] = result.centre - carried.half[:, None]
    result.upper[:] = result.centre + carried.half[:, None]
    reach = carried.half * _wander(carried, (~np.isnan(values)).sum(axis=1))
    result.lowest[:], result.highest[:] = carried.mean - reach, carried.mean + reach
    result.rule[:], result.side[:] = _rules(carried.residuals, carried.half, carried.same, options)
    result.why[np.isnan(carried.residuals)] = NO_POINT_BEFORE
    result.why[np.isnan(carried.half)] = NO_SPREAD
    result.carry[:] = carried.carry
    return result


def _judge_seasonal(
    result: Signals, rows: Flags, values: Array, seasons: Whole | None, basis: Flags, options: Options
) -> None:
    if seasons is None:
        raise ValueError("a seasonal series needs the part of the year of each point")
    events = _as_if(np.where(basis, values, np.nan))
    empty = rows & (events < FEW_SPELLS)
    result.why[empty] = FEW_EVENTS
    rows = rows & ~empty
    used = basis & ~np.isnan(values)
    season_count = int(seasons.max()) + 1
    numbers = np.stack([used[:, seasons == season].sum(axis=1) for season in range(season_count)], axis=1)
    # Two of every part of the year, or the season would be the point itself.
    rows = rows & (numbers >= SEASONS_NEED).all(axis=1) if season_count > 1 else rows & False
    if rows.any():
        judged = _seasonal(values[rows], seasons, basis[rows], numbers[rows], options)
        _put_range(judged)
        result.put(rows, _rated(judged, "seasonal", events[rows], basis[rows], options))


def _seasonal(values: Array, seasons: Whole, basis: Flags, numbers: Whole, options: Options) -> Signals:
    """Each point against the same part of other years, and the point before it.

    A point is in the mean of its own part of the year, so that it varies less about it the fewer years there are: by 1 - 1/k of k years.
    """
    with np.errstate(invalid="ignore"):
        below_zero = (values < 0).sum(axis=1)[:, None] > 0
    scaled = np.where(below_zero, values, np.sqrt(np.abs(values)))
    means = np.stack(
        [_mean(np.where(basis, scaled, np.nan)[:, seasons == number]) for number in range(numbers.shape[1])], axis=1
    )
    season, years = means[:, seasons], numbers[:, seasons]
    shrunk = np.sqrt(np.where(basis, 1 - 1 / years, 1 + 1 / years))
    standard = (scaled - season) / shrunk
    carried = _residuals(standard, basis, options)
    expected = season + shrunk * (standard - carried.residuals)
    half = shrunk * carried.half[:, None]

    def unscaled(array: Array, zero: Flags = below_zero) -> Array:
        return np.where(zero, array, np.maximum(array, 0.0) ** 2)

    result = Signals.nothing(values, JUDGED)
    result.centre[:], result.season[:] = unscaled(expected), unscaled(season)
    result.lower[:], result.upper[:] = unscaled(expected - half), unscaled(expected + half)
    reach = carried.half * _wander(carried, (~np.isnan(values)).sum(axis=1))
    unscaled_series = below_zero[:, 0]
    result.lowest[:] = unscaled(means.min(axis=1) - reach, unscaled_series)
    result.highest[:] = unscaled(means.max(axis=1) + reach, unscaled_series)
    same = np.maximum(carried.same, _SAME * np.nanmax(np.abs(scaled), axis=1))
    result.rule[:], result.side[:] = _rules(carried.residuals, carried.half, same, options)
    result.why[np.isnan(carried.residuals)] = NO_POINT_BEFORE
    result.why[np.isnan(carried.half) | (carried.half <= same)] = NO_SPREAD
    result.carry[:] = carried.carry
    return result


def _rated(judged: Signals, kind: Kind, events: Array, basis: Flags, options: Options) -> Signals:
    """The same with its stated rate, where limits are worked out from all points, as in the simulation."""
    if kind != "plain":
        points = (~np.isnan(judged.figure)).sum(axis=1).astype(float)
        rates = false_alarms(kind, events, points, judged.carry, options.run)
        judged.false_alarms[:] = np.where(basis.all(axis=1), rates, np.nan)
    return judged


def _spread_over(judged: Signals, width: int, points: int) -> Signals:
    """What is known of each block, given to each of its points; points before the first block are not judged."""
    if width == 1:
        return judged
    first = points - judged.figure.shape[1] * width
    result = Signals.nothing(np.full((len(judged.figure), points), np.nan), FEW_EVENTS)
    for entry in fields(judged):
        of_blocks, of_points = getattr(judged, entry.name), getattr(result, entry.name)
        if of_blocks.ndim == 1:
            of_points[:] = of_blocks
        else:
            of_points[:, first:] = np.repeat(of_blocks, width, axis=1)
    result.centre[:, :first] = result.centre[:, first : first + 1]
    result.width[:] = width
    return result


def _rules(
    away: Array, half: Array, same: Array, options: Options, *, steps_of: Array | None = None
) -> tuple[Whole, Whole]:
    """The first rule that each point breaks, and the way it points.

    away: how far each point is from its centre; half: how far the limits are; steps_of: the values whose rises and falls count, where a
    trend is a rule.
    """
    run, points, tail = options.run, away.shape[1], slice(-options.run if options.last else None, None)
    width, same, away = half[:, None], same[:, None], away[:, tail]
    with np.errstate(invalid="ignore"):
        side = np.nan_to_num(np.where(np.abs(away) <= same, 0.0, np.sign(away)))
        outside = np.abs(away) > width + same
        close = ~outside & (np.abs(away) > 2 * width / 3 + same)
    one_side = _marked(np.abs(_sums(side, run)) == run, run, side)
    window = (_sums(close.astype(float), WINDOW) >= WINDOW - 1) & (np.abs(_sums(side, WINDOW)) == WINDOW)
    two_of_three = np.where(close, _marked(window, WINDOW, side), 0.0)
    trend = np.zeros(away.shape)
    if steps_of is not None:
        with np.errstate(invalid="ignore"):
            step = np.diff(steps_of[:, tail], axis=1)
            step = np.nan_to_num(np.where(np.abs(step) <= same, 0.0, np.sign(step)))
        # Seven points rise by six steps; the step into the first of them does not matter.
        sums = _sums(step, run - 1)
        trend = _marked(np.abs(sums) == run - 1, run, np.sign(sums), by_window=True, points=away.shape[1])
    has_limits = ~np.isnan(width) & ~np.isnan(away)
    # A trend crosses the centre: it is good or bad by where it goes, whichever side its points are on.
    ways = (np.where(outside, side, 0.0), trend, two_of_three, one_side)
    rule, way = np.zeros(away.shape, dtype=np.int64), np.zeros(away.shape, dtype=np.int64)
    for number, direction in reversed(list(enumerate(ways, start=OUTSIDE))):
        broken = has_limits & (direction != 0)
        rule, way = np.where(broken, number, rule), np.where(broken, direction, way).astype(np.int64)
    ahead = ((0, 0), (points - away.shape[1], 0))
    return np.pad(rule, ahead), np.pad(way, ahead)


def _sums(array: Array, length: int) -> Array:
    """Sums over every window of so many columns."""
    if array.shape[1] < length:
        return np.zeros((len(array), 0))
    total = np.cumsum(np.pad(array, ((0, 0), (1, 0))), axis=1)
    return np.asarray(total[:, length:] - total[:, :-length])


def _marked(hit: Flags, length: int, ways: Array, *, by_window: bool = False, points: int | None = None) -> Array:
    """The way of each point that is in a window with a hit: the point's own, or the window's."""
    ways_of_points = np.zeros((len(hit), points or ways.shape[1]))
    count = hit.shape[1]
    for place in range(length):
        points_at = ways_of_points[:, place : place + count]
        points_at[:] = np.where(hit, ways if by_window else ways[:, place : place + count], points_at)
    return ways_of_points
