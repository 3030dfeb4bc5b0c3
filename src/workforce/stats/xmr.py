"""XmR charts: whether a series varies as it always has, or something has changed.

Each group's own series is judged by the method of its kind (`xmr_signals`); a point has the first rule that it breaks, in the order of
Making Data Count. Fewer than 13 points, and series of few events, are drawn and not judged.

Source: NHS England, Making Data Count; the NHS-R Community's NHSRplotthedots, whose results the plain method reproduces.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import pairwise
from typing import Final, Literal, overload

import numpy as np
import polars as pl

from workforce.book import Definition
from workforce.errors import UsageError
from workforce.frames import Array, Flags, Whole
from workforce.periods import Period
from workforce.results import FIRST, MeasureTable
from workforce.stats import xmr_signals as signals
from workforce.stats.xmr_signals import Kind, Options, Signals

Direction = Literal["lower", "higher"]
Baseline = Period | int
Restart = date | Sequence[date]
RATE_DECIMALS: Final = 1  # of a stated rate in %, which is simulated to about so much
NEARLY_A_YEAR: Final = 350  # days; points closer together than this have seasons
LENGTHS: Final = {1: (28, 31), 3: (89, 93)}  # the days of a month and of a quarter, by their months
# How many points are taken together where events are few.
MONTHS: Final = signals.WIDTHS
QUARTERS: Final = (1, 2, 4)
_LONGER: Final = {3: ", by quarter", 6: ", by half-year", 12: ", by year"}
ADDED: Final = (
    "centre",
    "lower_limit",
    "upper_limit",
    "moving_range",
    "special_cause",
    "variation",
    "assurance",
    "season",
    "judged_against",
    "judged_value",
    "season_mean",
    "false_alarms",
    "stretch",
    "sets_limits",
)
_WORDS: Final = ("special_cause", "variation", "assurance", "season", "judged_against")
_TYPES: Final = dict.fromkeys(_WORDS, pl.String()) | {"stretch": pl.Int64(), "sets_limits": pl.Boolean()}
# Columns from which the exact value of a point follows, and what else does where a point is judged against others than the whole series.
EXACT: Final = ("moving_range", "judged_value", "season_mean")
LIMITS: Final = ("centre", "lower_limit", "upper_limit")
TOO_FEW: Final = "too few points to judge"
TOO_FEW_EVENTS: Final = "too few events to judge"
NO_FIGURE: Final = "left out: no figure"
NO_SPREAD: Final = "not judged: no spread to make limits of"
NO_POINT_BEFORE: Final = "not judged: no point before it"
UNJUDGED: Final = (TOO_FEW, TOO_FEW_EVENTS, NO_FIGURE, NO_SPREAD, NO_POINT_BEFORE)
ABOVE, BELOW = "above the upper limit", "below the lower limit"
COMMON: Final = "no significant change"
NOT_BY_SEASON: Final = "not judged against its season"
MEAN_OF_SERIES: Final = "the mean of the series"
POINT_BEFORE: Final = "the point before"
SAME_SEASON: Final = "the same part of other years"
POINT_BY_POINT: Final = (POINT_BEFORE, SAME_SEASON)
JUDGED_AGAINST: Final[dict[Kind, str]] = {
    "flow": MEAN_OF_SERIES,
    "plain": MEAN_OF_SERIES,
    "stock": POINT_BEFORE,
    "seasonal": SAME_SEASON,
}
_KINDS: Final[dict[str, Kind]] = {POINT_BEFORE: "stock", SAME_SEASON: "seasonal"}
_LINES: Final = {
    **dict.fromkeys(("centre", "lower", "upper", "figure"), pl.Float64()),
    "method": pl.String(),
    "longer": pl.String(),
    "stretch": pl.Int64(),
    "worked_out": pl.Boolean(),
}
_WHY: Final = {
    signals.FEW_POINTS: TOO_FEW,
    signals.FEW_EVENTS: TOO_FEW_EVENTS,
    signals.NO_SPREAD: NO_SPREAD,
    signals.NO_POINT_BEFORE: NO_POINT_BEFORE,
}


@dataclass(frozen=True, slots=True)
class _Judgement:
    """What the caller asks of every series."""

    better: Direction | None
    target: float | None
    baseline: Baseline | None
    restart: Restart | None
    kind: Kind | None
    options: Options


@overload
def xmr(
    table: MeasureTable,
    *,
    improvement: Direction | None = None,
    target: float | None = None,
    baseline: Baseline | None = None,
    restart: Restart | None = None,
    kind: Kind | None = None,
    screen: bool = True,
    run: Literal[7, 6] = 7,
) -> MeasureTable: ...


@overload
def xmr(
    table: Mapping[str, MeasureTable],
    *,
    improvement: Direction | None = None,
    target: float | None = None,
    baseline: Baseline | None = None,
    restart: Restart | None = None,
    kind: Kind | None = None,
    screen: bool = True,
    run: Literal[7, 6] = 7,
) -> dict[str, MeasureTable]: ...


def xmr(
    table: MeasureTable | Mapping[str, MeasureTable],
    *,
    improvement: Direction | None = None,
    target: float | None = None,
    baseline: Baseline | None = None,
    restart: Restart | None = None,
    kind: Kind | None = None,
    screen: bool = True,
    run: Literal[7, 6] = 7,
) -> MeasureTable | dict[str, MeasureTable]:
    """Judge each group's series of a measure table as an XmR chart does; use it before `release`.

    Parameters
    ----------
    table : MeasureTable, or mapping of words to MeasureTable
        Several periods that share no day; or a ladder of such series, as `wf.widening` makes it, of which each step is judged.
    improvement : {"lower", "higher"}, optional
        Which direction is better; without it, what the measure book says.
    target : float, optional
        In the measure's unit.
    baseline : Period or int, optional
        The period, or the number of first points (of each stretch), whose limits hold for the whole stretch.
    restart : date or dates, optional
        Dates at which limits restart, from the first period that starts on or after each (a known step change).
    kind : {"flow", "stock", "seasonal", "plain"}, optional
        The method; without it, that of the kind of series that the measure book states. ``"plain"``: as NHSRplotthedots, for any series.
    screen : bool
        Whether moving ranges over 3.267 times their mean are dropped once. They are not where nothing above zero would be left.
    run : {7, 6}
        How many points rising, falling or on one side are a special cause.

    Returns
    -------
    MeasureTable or dict of str to MeasureTable
        The rows with the columns of the chart added; of a ladder, those of each step.

    Raises
    ------
    UsageError
        Where periods overlap or come twice, or one target is given for several definitions.

    Notes
    -----
    A *flow* (events of each period) is compared with the mean of its series, within 2.66 mean moving ranges. Where fewer than 4 events come
    to a point, or as few clusters of events, months are judged by quarter, half-year or year, back from the last one. A *stock* (a level
    that carries over, such as a headcount) is compared with what the point before leads one to expect, because a stable stock leaves limits
    about its mean at every third or second last point; its changes have to be 2 or more as a mean square, else it too is judged by quarter
    ends. A *seasonal* series (sickness) is compared with the same part of other years, and the point before, from two years of points on.

    Added columns, in the measure's unit: `centre`, what a point is compared with; `lower_limit`, `upper_limit`, 2.66 mean moving ranges
    from it (not cut at 0); `moving_range`, to the point before; `judged_value`, what is compared: the value, or the mean of its quarter;
    `season_mean`, the mean of the point's part of the year; `false_alarms`, in %, how often the last point of a stable series of this kind,
    size and length has a special cause (null with a baseline or the plain method, for which it was not simulated); `stretch`, 0 and one
    more from each restart on; `sets_limits`, whether limits are worked out from the point (with a baseline, some). In words:
    `special_cause`, the first rule that the point breaks, or null: outside the limits, 7 rising or falling (not of stocks and seasonal
    series), 2 of 3 close to one limit (all three on that side), 7 on one side of the centre; `variation`: "better than expected", "worse
    than expected" ("higher", "lower" where no direction is better), "no significant change"; `assurance`, the target against the limits (of
    stocks and seasonal series, against those of the long run): "consistently hits the target", "consistently misses the target", "hit or
    miss", null without a target or a direction; `season`: "not judged against its season" where points are less than a year apart;
    `judged_against`: the method. A series that has never varied has "no significant change" and no limits.
    A row without a figure is left out, says so, and ends a run. Fewer than 13 points in a series, or 12 since a restart, get a centre and
    no limits: "too few points to judge"; too few events: "too few events to judge". Charts of the days between events (T, G: Benneyan 2001)
    are not drawn: they need the day of each event, and print the days on which single people left.

    References
    ----------
    NHS England, Making Data Count; NHS-R Community, NHSRplotthedots. Alwan & Roberts (1988), J Bus Econ Stat 6:87 (series that carry over).
    Benneyan (2001), Health Care Manag Sci 4:305 (small counts).

    Examples
    --------
    >>> from datetime import timedelta
    >>> days = [date(2022, 1, 31) + timedelta(days=30 * i) for i in range(13)]
    >>> from workforce.stats.rates import measure_table
    >>> counts = pl.DataFrame({"period_start": days, "period_end": days, "numerator": [4.0, 6.0] * 6 + [15.0]})
    >>> judged = xmr(measure_table(counts, "leavers", "left", by=[])).frame
    >>> judged["special_cause"].to_list()[-2:], judged["variation"].to_list()[-1], judged["judged_against"].to_list()[-1]
    ([None, 'above the upper limit'], 'higher than expected', 'the mean of the series')
    """
    if isinstance(table, Mapping):
        return {
            words: xmr(
                step,
                improvement=improvement,
                target=target,
                baseline=baseline,
                restart=restart,
                kind=kind,
                screen=screen,
                run=run,
            )
            for words, step in table.items()
        }
    if not isinstance(table, MeasureTable):
        raise UsageError("xmr takes what a measure returned", where="xmr", hint="measure several periods first")
    frame = table.frame
    _checked(table, improvement, target)
    if run not in (signals.RUN, signals.SHORT_RUN):
        raise UsageError("run= is 7 or 6", where="xmr", hint="Making Data Count has 7")
    if kind is not None and kind not in JUDGED_AGAINST:
        raise UsageError(
            "kind= is one of {kinds}",
            where="xmr",
            hint="leave it out for the measure book's",
            kinds=list(JUDGED_AGAINST),
        )
    keys = [*FIRST, "unit", *series_columns(table)]
    rows = frame.with_row_index("row_of_table").sort("period_start", "period_end")
    judged = []
    for series in rows.partition_by(keys, maintain_order=True):
        book = table.definition(str(series["measure"][0]), str(series["definition"][0]))
        request = _Judgement(
            improvement or book.better, target, baseline, restart, kind, Options(screen=screen, run=run)
        )
        judged.append(series.select("row_of_table").hstack(_series(series, book, request)))
    if judged:
        frame = frame.hstack(pl.concat(judged).sort("row_of_table").drop("row_of_table"))
    else:
        frame = frame.with_columns(pl.lit(None, _TYPES.get(c, pl.Float64())).alias(c) for c in ADDED)
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


@dataclass(frozen=True, slots=True)
class Points:
    """The figures of one series in time order, and what they are made of.

    Parameters
    ----------
    kind : {"flow", "stock", "seasonal", "plain"}
        The method that they are judged by.
    values, weights : array
        The figures, and what they are rates of.
    counts : array, optional
        The events behind them, where they are counted.
    starts, ends : list of date
        The periods.
    """

    kind: Kind
    values: Array
    counts: Array | None
    weights: Array
    starts: list[date]
    ends: list[date]

    @classmethod
    def of(cls, series: pl.DataFrame, book: Definition, kind: Kind | None = None) -> "Points":
        """Read the rows of one series, sorted by time."""
        starts, ends = series["period_start"].to_list(), series["period_end"].to_list()
        values = series["value"].cast(pl.Float64).fill_null(np.nan).to_numpy().copy()
        kind = kind or book.series or "plain"
        if kind == "seasonal" and _step(ends) >= NEARLY_A_YEAR:
            kind = "flow"  # whole years have no seasons
        return cls(kind, values, _counts(series, book, kind), _weights(series), starts, ends)

    @property
    def step(self) -> float:
        """The days from one point to the next."""
        return _step(self.ends)

    @property
    def months(self) -> int:
        """How many months a point has; 0 where it is neither a month nor a quarter."""
        return months_apart(self.ends)

    @property
    def widths(self) -> tuple[int, ...]:
        """How many points may be taken together."""
        return {1: MONTHS, 3: QUARTERS}.get(self.months, (1,))

    def judged(
        self, options: Options, *, inside: Flags, basis: Flags, fewest: int, widths: tuple[int, ...] | None = None
    ) -> Signals:
        """Judge one stretch; a period that is not in the table is a gap. widths: how many points may be taken together."""
        ends = [end for end, is_inside in zip(self.ends, inside, strict=True) if is_inside]
        places = _places(ends, self.months)
        shape = (1, int(places[-1]) + 1)

        def laid_out(array: Array) -> Array:
            row = np.full(shape, np.nan)
            row[0, places] = array[inside]
            return row

        limits_of = np.ones(shape, dtype=bool)
        limits_of[0, places] = basis[inside]
        if self.months:
            season_count = MONTHS[-1] // self.months
            seasons = (np.arange(shape[1]) + _month(ends[0]) // self.months) % season_count
        else:
            seasons = np.array([_month(end) % MONTHS[-1] for end in ends])
        judged = signals.judge(
            self.kind,
            laid_out(self.values),
            counts=None if self.counts is None else laid_out(self.counts),
            weights=laid_out(self.weights),
            seasons=seasons,
            basis=limits_of,
            fewest=fewest,
            widths=widths or self.widths,
            options=options,
        )
        return judged.at(places)


def _series(series: pl.DataFrame, book: Definition, request: _Judgement) -> pl.DataFrame:
    """The added columns of one series in time order."""
    points = Points.of(series, book, request.kind)
    if any(start <= end for start, end in zip(points.starts[1:], points.ends[:-1], strict=True)):
        raise UsageError(
            "periods overlap, or a group comes twice for one",
            where="xmr",
            hint="points that share days move together: use months, or years, that follow one another",
        )
    basis, stretch = _baseline(request, points.starts, points.ends, points.values)
    restarts = len(set(stretch.tolist())) > 1
    fewest_points = signals.FEWEST_SINCE if restarts else signals.FEWEST
    long = int(np.sum(~np.isnan(points.values))) >= signals.FEWEST
    rows = []
    for number in sorted(set(stretch.tolist())):
        inside = stretch == number
        judged = points.judged(request.options, inside=inside, basis=basis, fewest=fewest_points) if long else None
        columns = _columns(points, inside, judged, request)
        rows.append(columns.with_columns(stretch=pl.lit(number, pl.Int64), sets_limits=pl.Series(basis[inside])))
    by_season = (pl.col("judged_against") == SAME_SEASON).fill_null(value=False)
    unlike = pl.lit(points.step < NEARLY_A_YEAR) & ~by_season
    return pl.concat(rows).with_columns(season=pl.when(unlike).then(pl.lit(NOT_BY_SEASON))).select(ADDED)


def months_apart(ends: list[date]) -> int:
    """Return how many months lie between the points of a series: 1, 3, or 0 where they are neither months nor quarters.

    >>> months_apart([date(2023, 1, 31), date(2023, 2, 28), date(2023, 3, 31)])
    1
    """
    return next((months for months, (low, high) in LENGTHS.items() if low <= _step(ends) <= high), 0)


def lines_of(series: pl.DataFrame, book: Definition | None) -> pl.DataFrame:
    """Return the lines of a chart of one judged series, from nothing but the rows given: after release, the printed figures.

    Where the rows have the lines that the series was judged by, those. Where a point is judged against the point before it or its season,
    `release` leaves them out, because exact figures follow from them: the same method then works them out from the values of the rows. The
    verdicts stay those of the exact figures.

    Parameters
    ----------
    series : polars.DataFrame
        The rows of one series in time order, with what `xmr` added; a withheld row has none of it.
    book : Definition, optional
        The definition of the rows; without it nothing is worked out.

    Returns
    -------
    polars.DataFrame
        A row for each row: `centre` (of a seasonal series the mean of its part of the year), `lower`, `upper`; `figure`, what is compared
        with them where it is not the value itself; `method`, what the centre is, as in `judged_against`, null where it is the mean of a
        series that was not judged; `longer`, the longer period that is judged ("quarter"); `stretch`; `worked_out`, whether the lines are
        worked out here.
    """
    rows = series.with_columns(
        pl.col("stretch").cast(pl.Int64).forward_fill().backward_fill().fill_null(0),
        pl.col("sets_limits").cast(pl.Boolean).fill_null(value=True),
    )
    frames = [_lines_of_stretch(stretch, book) for stretch in rows.partition_by("stretch", maintain_order=True)]
    return pl.concat(frames) if frames else pl.DataFrame(schema=_LINES)


def _lines_of_stretch(rows: pl.DataFrame, book: Definition | None) -> pl.DataFrame:
    against = rows["judged_against"].drop_nulls()
    method, _, longer = str(against[0]).partition(", ") if len(against) else ("", "", "")
    months = next((n for n, words in _LONGER.items() if longer and words.endswith(longer)), 0)
    lines = rows.select(
        centre="season_mean" if method == SAME_SEASON else "centre",
        lower="lower_limit",
        upper="upper_limit",
        figure=pl.col("judged_value") if months else pl.lit(None, pl.Float64),
        method=pl.lit(method or None, pl.String),
        longer=pl.lit(longer.removeprefix("by ") or None, pl.String),
        stretch="stretch",
        worked_out=pl.lit(value=False),
    )
    if book is None or method not in POINT_BY_POINT or rows["upper_limit"].is_not_null().any():
        return lines
    points = replace(Points.of(rows, book, _KINDS[method]), counts=None)
    judged = points.judged(
        Options(),
        inside=np.ones(len(rows), dtype=bool),
        basis=rows["sets_limits"].to_numpy(),
        fewest=signals.FEWEST_SINCE,
        widths=(months // points.months,) if months and points.months else (1,),
    )
    if np.isnan(judged.upper).all():
        return lines
    columns = {
        "centre": judged.season if method == SAME_SEASON else judged.centre,
        "lower": judged.lower,
        "upper": judged.upper,
        **({"figure": np.where(np.isnan(judged.upper), np.nan, judged.figure)} if months else {}),
    }
    return lines.with_columns(
        *[pl.Series(name, array[0], pl.Float64).fill_nan(None) for name, array in columns.items()],
        worked_out=pl.lit(value=True),
    )


def _step(ends: list[date]) -> float:
    steps = [(later - earlier).days for earlier, later in pairwise(ends)]
    return float(np.median(steps)) if steps else float(NEARLY_A_YEAR)


def _month(day: date) -> int:
    return day.year * 12 + day.month - 1


def _places(ends: list[date], months: int) -> Whole:
    """The place of each period on a grid without gaps; of periods that are on no such grid, their order."""
    if not months:
        return np.arange(len(ends))
    numbers = np.array([_month(day) for day in ends])
    places = (numbers - numbers[0]) // months
    on_grid = len(set(places.tolist())) == len(places) and not ((numbers - numbers[0]) % months).any()
    return places if on_grid else np.arange(len(ends))


def _counts(series: pl.DataFrame, book: Definition, kind: Kind) -> Array | None:
    """The events behind each point; None where they are not counted."""
    above, below = pl.col("numerator"), pl.col("denominator")
    count = above
    if kind == "flow" and book.limits == "Wilson":
        count = pl.min_horizontal(above, below - above)  # of a share of nearly all, the others
    elif kind == "flow" and book.denominator is not None and book.denominator.over_time == "sum":
        count = pl.min_horizontal(above, below)  # pounds for each of a few hires are as few as the hires
    counts = series.select(count.cast(pl.Float64))
    return None if series["numerator"].null_count() == len(series) else counts.to_series().fill_null(np.nan).to_numpy()


def _weights(series: pl.DataFrame) -> Array:
    weights = series["denominator"].cast(pl.Float64)
    return (weights if weights.null_count() < len(weights) else weights.fill_null(1.0)).fill_null(np.nan).to_numpy()


def _baseline(request: _Judgement, starts: Sequence[date], ends: Sequence[date], values: Array) -> tuple[Flags, Whole]:
    """Which points the limits are worked out from, and which stretch each point is in."""
    stretch = np.zeros(len(values), dtype=np.int64)
    if request.restart is not None:
        changes = [request.restart] if isinstance(request.restart, date) else request.restart
        if not isinstance(changes, Sequence) or not all(
            isinstance(d, date) and not isinstance(d, datetime) for d in changes
        ):
            raise UsageError("restart= is a date or dates", where="xmr", hint="restart=[date(2022, 4, 1)]")
        stretch = np.array([sum(d <= start for d in set(changes)) for start in starts], dtype=np.int64)
    basis = np.ones(len(values), dtype=bool)
    if request.baseline is None:
        return basis, stretch
    for number in set(stretch.tolist()):
        inside = stretch == number
        first = _of_baseline(request.baseline, starts, ends, np.where(inside, values, np.nan))
        # A stretch that the period does not touch has its own limits.
        basis[inside] = first[inside] if (first & inside).any() else True
    return basis, stretch


def _of_baseline(baseline: Baseline, starts: Sequence[date], ends: Sequence[date], values: Array) -> Flags:
    if isinstance(baseline, Period):
        return np.array([baseline.start <= a and b <= baseline.end for a, b in zip(starts, ends, strict=True)])
    if isinstance(baseline, int) and not isinstance(baseline, bool) and baseline > 0:
        return np.asarray(np.cumsum(~np.isnan(values)) <= baseline)
    raise UsageError(
        "baseline= is a Period or a number of points", where="xmr", hint="restart=[date(2022, 4, 1)] restarts limits"
    )


def _columns(points: Points, inside: Flags, judged: Signals | None, request: _Judgement) -> pl.DataFrame:
    """The added columns of one stretch."""
    values = points.values[inside]
    judged = judged or Signals.nothing(values[None, :], signals.FEW_POINTS)
    why, rule, side = (array[0].tolist() for array in (judged.why, judged.rule, judged.side))
    codes = set(why) - {signals.NO_POINT_BEFORE}
    reason = next((_WHY[code] for code in codes if code in _WHY), None) if signals.JUDGED not in codes else None
    causes = [
        None if np.isnan(value) else _cause(broken, way, request.options.run)
        for value, broken, way in zip(values, rule, side, strict=True)
    ]
    variation = [
        NO_FIGURE if np.isnan(value) else _WHY.get(code) or _variation(way, request.better)
        for value, code, way in zip(values, why, side, strict=True)
    ]
    assurance = None
    if request.target is not None and request.better is not None:
        unknown = reason if np.isnan(judged.lowest[0]) else None
        assurance = unknown or _assurance(request.target, judged.lowest[0], judged.highest[0], request.better)
    has_limits = ~np.isnan(judged.upper[0])
    width = int(judged.width[0])
    method = JUDGED_AGAINST[points.kind] + (_LONGER[width * points.months] if width > 1 else "")
    return pl.DataFrame(
        {
            "centre": judged.centre[0],
            "lower_limit": judged.lower[0],
            "upper_limit": judged.upper[0],
            "moving_range": np.concatenate([[np.nan], np.abs(np.diff(values))]),
            "special_cause": pl.Series(causes, dtype=pl.String),
            "variation": pl.Series(variation, dtype=pl.String),
            "assurance": pl.Series([assurance] * len(values), dtype=pl.String),
            "judged_against": pl.Series([method if reason is None else None] * len(values), dtype=pl.String),
            "judged_value": np.where(has_limits, judged.figure[0], np.nan),
            "season_mean": judged.season[0],
            "false_alarms": np.full(len(values), np.round(100 * judged.false_alarms[0], RATE_DECIMALS)),
        }
    ).with_columns(pl.col(pl.Float64).fill_nan(None))


def _cause(rule: int, side: int, run: int) -> str | None:
    if rule == signals.OUTSIDE:
        return ABOVE if side > 0 else BELOW
    if rule == signals.TREND:
        return f"{run} points {'rising' if side > 0 else 'falling'}"
    if rule == signals.CLOSE:
        return f"2 of {signals.WINDOW} close to the {'upper' if side > 0 else 'lower'} limit"
    if rule == signals.ONE_SIDE:
        return f"{run} points {'above' if side > 0 else 'below'} the centre"
    return None


def _variation(side: int, better: Direction | None) -> str:
    """side: 1 where a special cause points up, -1 where it points down, 0 where there is none."""
    if side == 0:
        return COMMON
    if better is None:
        return "higher than expected" if side > 0 else "lower than expected"
    return "better than expected" if (side > 0) == (better == "higher") else "worse than expected"


def _assurance(target: float, lowest: float, highest: float, better: Direction) -> str:
    if lowest <= target <= highest:
        return "hit or miss"
    hits = (target < lowest) == (better == "higher")
    return "consistently hits the target" if hits else "consistently misses the target"
