"""Life tables with delayed entry: how long people stay, counted so that tables of several organisations add up.

At risk at t means entry < t <= exit. There is a row at every time at which someone enters, leaves or is censored, so that `entered`, `left`
and `censored` add up across organisations, `at_risk` follows from them and the curve is read off the sum. Where the risk set empties early
the product limit stays 0, as in R; a figure is null where it is undefined, never NaN. Curves whose people count by a weight, such as their
hours, have limits between people, which do not follow from the sums and do not add up.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Final, TypeVar

import numpy as np
import polars as pl

from workforce.book import Definition, definition_of
from workforce.errors import InputError, UsageError, did_you_mean
from workforce.frames import Frame, as_by, eager, need
from workforce.results import FIRST, Curve, Incidence, agreed_definitions
from workforce.sealed import Provenance
from workforce.stats.incidence import incidence_table
from workforce.stats.intervals import z_value
from workforce.stats.survival import COUNTS, LIFE_COLUMNS, bounds_of, checked_spells, coded, counted, with_curve

PRODUCT_LIMIT: Final = "product_limit"
# Counts of hours: their limits are between people, do not follow from the counts and do not add up.
IN_FTE: Final = f"{PRODUCT_LIMIT}_fte"
PEOPLE_COUNTS: Final = (
    "people_entered",
    "people_left",
    "people_censored",
)  # beside sums of weights, which are not people
Table = TypeVar("Table", Curve, Incidence)


def life_table(
    frame: Frame,
    *,
    entry: str | None = "entry",
    exit: str = "exit",  # noqa: A002 - the word of the field, and of the public interface
    event: str = "event",
    by: Sequence[str] | str = (),
    weight: str | None = None,
) -> Curve:
    """The share still there after each time, from spells that may have come under observation late.

    Parameters
    ----------
    frame : polars.DataFrame or LazyFrame
        One row a spell.
    entry : str or None
        The column of the time at which a spell came under observation; None: everyone from 0.
    exit : str
        The column of the time at which it ended or was last seen.
    event : str
        The column that is true (or 1) where it ended, false (or 0) where it still went on.
    by : sequence of str
        Columns to group by.
    weight : str, optional
        A column of weights above 0: a spell counts as so many of the same, in the limits too. Where weights are hours of work use
        ``wf.leaving.retention(basis="fte")``.

    Returns
    -------
    Curve
        by (as text), time (whole numbers stay whole), entered, at_risk, left, censored, value (a proportion), its 95% limits (null where
        the curve is 0 or 1) and marker; with a weight also people_entered, people_left and people_censored, because sums of weights do
        not say how many people are behind them. Fractional times tie only where they are equal.

    Raises
    ------
    UsageError
        Where a column is absent or of another kind.
    InputError
        Where times are missing, negative or not finite, spells end no later than they begin, events are not true/false or 0/1, or weights
        are not above 0; the spells are counted, not quoted.

    References
    ----------
    Kaplan & Meier (1958); Greenwood (1926); limits on the log-log scale (Kalbfleisch & Prentice 1980), as R's
    ``survfit(conf.type = "log-log")``, and with weights as ``survfit(weights =, robust = FALSE)``.

    Examples
    --------
    >>> spells = pl.DataFrame({"entry": [0, 0, 2], "exit": [2, 3, 5], "event": [True, False, True]})   # the third was not at risk at 2
    >>> life_table(spells).frame.select("time", "entered", "at_risk", "left", "censored", "value").rows()
    [(0, 2.0, 0.0, 0.0, 0.0, 1.0), (2, 1.0, 2.0, 1.0, 0.0, 0.5), (3, 0.0, 2.0, 0.0, 1.0, 0.5), (5, 0.0, 1.0, 1.0, 0.0, 0.0)]
    """
    groups = as_by(by, frame, reserved=(*LIFE_COLUMNS, *PEOPLE_COUNTS, *FIRST))
    spells = checked_spells(frame, groups, entry=entry, end=exit, event=event, weight=weight)
    labels, code = coded(spells, groups)
    counts = counted(spells, code, len(labels))
    table = with_curve(counts, ["code"])
    if weight is not None:  # the same spells, each once: a row for the same groups and times
        people = counted(spells.drop("weight"), code, len(labels)).select(COUNTS)
        table = pl.concat([table, people.rename(dict(zip(COUNTS, PEOPLE_COUNTS, strict=True)))], how="horizontal")
    names = labels.select(pl.nth(place + 1).alias(c) for place, c in enumerate(groups))
    rows = table.drop("code")
    return Curve(pl.concat([names[table["code"]], rows], how="horizontal") if groups else rows, (), groups)


def curve_of(counts: Frame, by: Sequence[str] | str = ()) -> pl.DataFrame:
    """The life table that follows from counts of who entered, left and was censored at each time; rows of one time are added.

    counts: by..., time, entered, left, censored; other columns are not looked at. Where more leave than were at risk (as counts that
    were rounded may say) the curve stops: from there value and limits are null with marker `x`.

    >>> counts = pl.DataFrame({"time": [0, 2], "entered": [4.0, 0.0], "left": [0.0, 1.0], "censored": [0.0, 0.0]})
    >>> curve_of(counts).select("time", "at_risk", "value").rows()
    [(0, 0.0, 1.0), (2, 4.0, 0.75)]
    """
    groups = as_by(by, counts, reserved=LIFE_COLUMNS)
    need(counts, ["time", *COUNTS], what="the frame of counts")
    summands = eager(counts).select(
        *[pl.col(c).cast(pl.String) for c in groups], "time", *[pl.col(c).cast(pl.Float64) for c in COUNTS]
    )
    unusable = summands.select(
        pl.any_horizontal(
            *[pl.col(c).is_null() | ~pl.col(c).is_finite() | (pl.col(c) < 0) for c in COUNTS], pl.col("time").is_null()
        ).sum()
    ).item()
    if unusable:
        raise InputError(
            "{bad} of {rows} rows of a life table have no usable counts",
            hint="add tables before they are released",
            bad=unusable,
            rows=len(summands),
        )
    ordered = summands.sort(*groups, "time", nulls_last=True, maintain_order=True)
    summed = ordered.group_by(*groups, "time", maintain_order=True).agg(pl.col(c).sum() for c in COUNTS)
    return with_curve(summed, groups)


def add_life_tables(tables: Curve | Iterable[Curve], *, over: Sequence[str] | str = ()) -> Curve:
    """One life table of everyone in the tables: their counts added, the curve read off the sum.

    over: the group columns that are added up, such as `organisation`; the others stay. Tables without a column `organisation` may
    still be added over it: each is then one organisation's. Adding is exact: pooling the tables is pooling the people. Tables that say
    what they are of are added measure by measure; those in FTE lose their limits, which are between people. Refused: tables grouped by
    different columns, columns that they lack, and released tables, whose counts are withheld.

    >>> one = life_table(pl.DataFrame({"entry": [0], "exit": [2], "event": [True]}))
    >>> two = life_table(pl.DataFrame({"entry": [0], "exit": [3], "event": [True]}))
    >>> add_life_tables([one, two], over="organisation").frame.select("time", "at_risk", "value").rows()
    [(0, 0.0, 1.0), (2, 2.0, 0.5), (3, 1.0, 0.0)]
    """
    curves = [tables] if isinstance(tables, Curve) else list(tables)
    if not curves:
        raise UsageError("no life table was given to add", hint="give one or more")
    keys, groups = life_keys(curves[0]), curves[0].groups
    if any(set(life_keys(curve)) != set(keys) or is_weighted(curve) != is_weighted(curves[0]) for curve in curves):
        raise UsageError(
            "life tables of different kinds, or grouped by different columns, do not add up",
            hint="make them with the same measure and by=",
        )
    dropped = [over] if isinstance(over, str) else list(over)
    for column in dropped:
        if column not in groups and column != "organisation":
            raise UsageError(
                'the life table has no column "{column}"',
                where="over=",
                hint=did_you_mean(column, groups),
                column=column,
            )
    left_over = [c for c in keys if c not in dropped]
    counts = [*COUNTS, *(PEOPLE_COUNTS if is_weighted(curves[0]) else ())]
    rows = [curve.frame.select(*left_over, "time", *counts) for curve in curves]
    return curves[0]._with(
        _added(pl.concat(rows, how="vertical_relaxed"), left_over),
        definitions=agreed_definitions(curves),
        groups=[c for c in groups if c not in dropped],
        reasons=[reason for curve in curves for reason in curve.reasons],
        _provenance=Provenance.of_all(curve._provenance for curve in curves),
    )


def _added(counts: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    """The life table that follows from counts, with those of people beside sums of weights."""
    curve = only_own_limits(curve_of(counts, keys), keys)
    if not set(PEOPLE_COUNTS) <= set(counts.columns):
        return curve
    people = counts.group_by(*keys, "time").agg(pl.col(c).sum() for c in PEOPLE_COUNTS)
    return curve.join(people, on=[*keys, "time"], how="left", nulls_equal=True, maintain_order="left")


def conditional_on(curve: Curve, start: float) -> Curve:
    """The life table of those who reached a time: the curve begins at 1 there; an event on that day is kept (as R's ``start.time``).

    Of use where few were at risk at first and the curve fell to 0 early.

    Parameters
    ----------
    curve : Curve
        What `wf.leaving.retention` or `wf.stats.life_table` returned.
    start : number
        The time, in the unit of the life table.

    Returns
    -------
    Curve
        Those at risk at the start count as entered just before it (the day before, where times are whole), so that conditional tables add
        up like others.

    Raises
    ------
    UsageError
        Where the time is negative or not finite, or something other than a life table is given.

    References
    ----------
    Tsai, Jewell & Wang (1987), Biometrika 74:883 (the product limit with delayed entry).

    Examples
    --------
    >>> spells = pl.DataFrame({"entry": [0, 0, 5, 5], "exit": [2, 3, 7, 9], "event": [True, True, True, False]})
    >>> conditional_on(life_table(spells), 5).frame.filter(pl.col("left") > 0).select("time", "value").row(0)
    (7, 0.5)
    """
    table, keys = life_rows(curve), life_keys(curve)
    checked_times([start])
    whole_times = table.schema["time"].is_integer()
    first = int(np.ceil(start)) if whole_times else start
    before = first - 1 if whole_times else float(np.nextafter(first, -np.inf))
    weighted = is_weighted(curve)
    counts = [*COUNTS, *(PEOPLE_COUNTS if weighted else ())]
    later = table.filter(pl.col("time") >= first).select(*keys, "time", *counts)
    reached = (
        table.filter(pl.col("time") < first)
        .group_by(keys or [pl.lit(0).alias("all")])
        .agg(
            pl.lit(before, table.schema["time"]).first().alias("time"),
            *_still_there(COUNTS),
            *(_still_there(PEOPLE_COUNTS) if weighted else ()),
        )
        .filter(pl.col("entered") > 0)
        .select(*keys, "time", *counts)
    )
    return curve._with(
        _added(pl.concat([reached, later], how="vertical_relaxed"), keys),
        _provenance=curve._provenance.with_arguments(start=start),
    )


def emptied_early(curve: Curve) -> pl.DataFrame:
    """Where a curve fell to 0 although people came under observation later, to be named wherever the curve is shown.

    Parameters
    ----------
    curve : Curve
        What `wf.leaving.retention` or `wf.stats.life_table` returned.

    Returns
    -------
    polars.DataFrame
        A row for each such group: by, time of the fall. Exact figures, for analysts.

    References
    ----------
    Tsai, Jewell & Wang (1987), Biometrika 74:883 (the product limit with delayed entry).

    Examples
    --------
    >>> spells = pl.DataFrame({"entry": [0, 0, 5, 5], "exit": [2, 3, 7, 9], "event": [True, True, True, False]})
    >>> emptied_early(life_table(spells)).rows()
    [(3,)]
    """
    fallen = [
        {**key, "time": rows.filter(pl.col("value") == 0)["time"][0]}
        for key, _, rows in each_curve(curve)
        if len(rows.filter((pl.col("value") == 0) & (pl.col("entered") > 0)))
    ]
    time = life_rows(curve).schema["time"]
    return pl.DataFrame(fallen, schema={**dict.fromkeys(curve.groups, pl.String), "time": time})


def _still_there(counts: Sequence[str]) -> list[pl.Expr]:
    """Those who had entered and not gone as entered, with nobody leaving or censored."""
    entered, left, censored = counts
    remaining = pl.col(entered).sum() - pl.col(left).sum() - pl.col(censored).sum()
    return [remaining.alias(entered), pl.lit(0.0).first().alias(left), pl.lit(0.0).first().alias(censored)]


def named(table: Table, measure: str, definition: str = PRODUCT_LIMIT) -> Table:
    """Return a life table, or incidences, with the names of its measure and definition in its first columns.

    Captions and titles follow from them, and tables of different measures are never added up as one.

    Parameters
    ----------
    table : Curve or Incidence
        One that does not say yet what it is of.
    measure, definition : str
        Names in the measure book.

    Raises
    ------
    UsageError
        Where the measure book has no such names.
    """
    book = definition_of(measure, definition)
    names = (pl.lit(measure).alias(FIRST[0]), pl.lit(definition).alias(FIRST[1]))
    return table._with(table.frame.select(*names, pl.all()), definitions=[book])


def life_rows(curve: Curve) -> pl.DataFrame:
    """Return the rows of a life table, or refuse anything else."""
    if not isinstance(curve, Curve):
        raise UsageError(
            "expected a life table, got something else",
            hint="give what wf.leaving.retention or wf.stats.life_table returned",
        )
    frame = curve.frame
    need(frame, LIFE_COLUMNS, what="the life table")
    return frame


def life_keys(curve: Curve) -> list[str]:
    """Return the columns that say which curve a row is of: the names of its measure, where it has them, and its groups."""
    return [*(c for c in FIRST if c in life_rows(curve).columns), *curve.groups]


def is_weighted(curve: Curve) -> bool:
    """Whether the counts of a life table are sums of weights, with the counts of people in further columns."""
    return set(PEOPLE_COUNTS) <= set(curve.frame.columns)


def in_fte(table: pl.DataFrame) -> bool:
    """Whether the counts of a table are hours of work, whose limits do not follow from them."""
    return FIRST[1] in table.columns and IN_FTE in table[FIRST[1]]


def each_curve(curve: Curve) -> Iterator[tuple[dict[str, object], Definition | None, pl.DataFrame]]:
    """Yield the group, the definition and the rows of each curve in order of time, groups in order."""
    keys = life_keys(curve)
    ordered = life_rows(curve).sort(*keys, "time", nulls_last=True)
    for first, end in pairwise(bounds_of(ordered, keys)):
        if first < end:
            book = None
            if curve.definitions:
                book = curve.definition(ordered[FIRST[0]][first], ordered[FIRST[1]][first])
            yield {c: ordered[c][first] for c in curve.groups}, book, ordered[first:end]


def only_own_limits(curve: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    """Return a curve that was read off counts, without limits where the counts are hours of work."""
    if FIRST[1] not in keys:
        return curve
    people = pl.col(FIRST[1]) != IN_FTE
    return curve.with_columns(pl.when(people).then(pl.col("lower", "upper")))


def weighted_curve(spells: pl.DataFrame, *, by: Sequence[str], weight: str) -> Curve:
    """The life table of spells (entry, exit, event) with weights, its limits those of R's `survfit(weights =, conf.type = "log-log")`.

    R's weights there are no counts.

    >>> spells = pl.DataFrame({"entry": [0, 0, 0], "exit": [1, 2, 2], "event": [True, False, False], "fte": [0.5, 1.0, 0.5]})
    >>> weighted_curve(spells, by=[], weight="fte").frame.select("time", "at_risk", "left", "value", pl.col("lower").round(4)).row(1)
    (1, 2.0, 0.5, 0.75, 0.0901)
    """
    curve = life_table(spells, by=by, weight=weight)
    table = curve.frame
    with_cause = spells.with_columns(cause=pl.when(pl.col("event").cast(pl.Boolean)).then(pl.lit("left")))
    left = incidence_table(with_cause, by=by, weight=weight).frame.select(
        *by, "time", stayed=1 - pl.col("value"), error="standard_error"
    )
    inside = (pl.col("stayed") > 0) & (pl.col("stayed") < 1)
    log_value = pl.col("stayed").log()
    spread = (z_value() * pl.col("error") / pl.col("stayed") / -log_value).exp()
    limits = left.select(
        *by,
        "time",
        lower=pl.when(inside).then((log_value * spread).exp()),
        upper=pl.when(inside).then((log_value / spread).exp()),
    )
    # The curve moves only where someone left; between such times everything stays as it was.
    carried = pl.col("lower", "upper").forward_fill()
    return curve._with(
        table.drop("lower", "upper")
        .join(limits, on=[*by, "time"], how="left", nulls_equal=True, maintain_order="left")
        .with_columns(carried.over(by) if by else carried)
        .with_columns(pl.when((pl.col("value") > 0) & (pl.col("value") < 1)).then(pl.col("lower", "upper")))
        .select(table.columns)
    )


def checked_times(times: float | Sequence[float]) -> list[float]:
    """Return times in order, each once; refuse those that cannot be."""
    numbers = [float(t) for t in ([times] if isinstance(times, int | float) else times)]
    if not numbers or not all(np.isfinite(t) and t >= 0 for t in numbers):
        raise UsageError(
            "a time is needed that is 0 or later and finite", hint="give it in the table's own unit, such as days"
        )
    return sorted(set(numbers))
