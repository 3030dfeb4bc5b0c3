"""Which groups differ from the whole by more than chance would explain, given their size.

Limits lie around the complete-case whole of each period, by the way that the measure varies: shares by the inverted Wilson limits, counts
over exposure by exact Poisson limits, ratios between people by those of as many equal clusters as have the variance between people. Where
groups differ by more than chance, that variance is added (DerSimonian and Laird), once outlying groups are winsorised: they do not widen
their own limits. Limits with it are never narrower than those without it.

Sources: OHID, Fingertips technical guidance (control limits); Spiegelhalter, Statistics in Medicine 24 (2005) 1185; Spiegelhalter et al.,
JRSS A 175 (2012) 1, sections 2 and 3; the NHS-R Community's FunnelPlotR, whose results for the method of the Care Quality Commission
(square roots, winsorised) this module reproduces. SHMI's logarithm is not used: with two to six events expected in each of twelve groups,
and no more variation than chance, it puts 0.4% to 1.4% of them outside its 99.8% limits, square roots 0.1% or fewer.
"""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from workforce.book import Definition
from workforce.book.constants import DAYS_IN_A_YEAR
from workforce.errors import UsageError
from workforce.frames import Array
from workforce.periods import Period
from workforce.results import A_YEAR, FIRST, LOW, PERIOD_COLUMNS, MeasureTable
from workforce.stats.intervals import Numbers, z_value

USUAL: Final = (0.95, 0.998)  # two and three standard deviations: OHID, Fingertips technical guidance
WITHIN: Final = "within the limits"
# The only rate of two sides that can be negative: more in post than funded.
BELOW_ZERO: Final = (("vacancy_rate", "establishment"),)
OWN_ERROR: Final = "_direct"  # the denominator of such a rate is the standard's and says nothing of the group's size
_HALVINGS: Final = 100  # of a bracket: far below the machine's precision
TAMED: Final = 0.1  # of the groups at each end: Spiegelhalter et al. (2012) and SHMI alike


def funnel(
    table: MeasureTable,
    *,
    limits: Sequence[float] = USUAL,
    overdispersion: bool = False,
    baseline: float | None = None,
) -> MeasureTable:
    """Compare each group of a measure table with the whole of its period, as a funnel plot does; use it before `release`.

    Parameters
    ----------
    table : MeasureTable
        One group a row, for each period by itself.
    limits : sequence of float
        Levels of the limits.
    overdispersion : bool
        Whether limits are widened where groups differ more than chance explains, by Spiegelhalter's additive model with a tenth of the
        groups winsorised at each end: rates on the square-root scale, shares on the arcsine scale, ratios between people on their own. They
        are never narrower than without it. With few groups that estimate is rough.
    baseline : float, optional
        The centre, in the measure's unit, in place of the whole.

    Returns
    -------
    MeasureTable
        The rows with the columns of the funnel added.

    Raises
    ------
    UsageError
        Where the measure has no known variation, such as FTE, or is no rate.

    Notes
    -----
    Added columns, in the measure's unit: `centre`, the whole of the rows that have both sides (or `baseline`, in the measure's unit);
    `lower_95`, `upper_95`, `lower_998`, `upper_998` (named after `limits`); and `position` in words: "within the limits", "above the 95%
    limits", "below the 99.8% limits", null where there is no figure or no limit. There are no limits around a centre of 0 (of a share, also
    100%), at which no group can be.

    Definition: OHID, Fingertips technical guidance. Shares: inverted Wilson limits. Rates over exposure and standardised ratios of
    counts: the counts that the exact Poisson limits of the expected count allow. Between people or workers (days lost, caseloads),
    because the days of one absence are not independent: exact Poisson limits of as many equal clusters as have the variance between
    people, pooled over the groups in proportion to size, so that a small team in which nobody happened to be ill is not taken for a steady
    one; where the records are at hand, ``wf.absence.funnel`` deals people out instead. Directly standardised rates: likewise, from each
    group's own variance. Values that can be negative: normal limits.

    References
    ----------
    OHID, Fingertips technical guidance (control limits); Spiegelhalter (2005), Statistics in Medicine 24:1185.

    Examples
    --------
    >>> from workforce.stats.rates import measure_table
    >>> sides = pl.DataFrame({"team": ["A", "B", "C"], "numerator": [40.0, 10.0, 10.0], "denominator": [100.0] * 3, "people": 100})
    >>> around = funnel(measure_table(sides, "turnover", "average", by=["team"]))
    >>> around = around.frame
    >>> around["centre"].item(0), around["position"].to_list()
    (20.0, ['above the 99.8% limits', 'below the 95% limits', 'below the 95% limits'])
    """
    if not isinstance(table, MeasureTable):
        raise UsageError("a funnel takes what a measure returned", where="funnel", hint="measure with by= first")
    levels = sorted(dict.fromkeys(limits))
    names = funnel_names(table, levels)
    frame = table.frame
    rows = frame.with_row_index("row_of_table")
    added_columns = []
    for of_definition in rows.partition_by([*FIRST, "unit"], maintain_order=True):
        book = table.definition(str(of_definition["measure"][0]), str(of_definition["definition"][0]))
        for of_period in of_definition.partition_by([*book.adds, *PERIOD_COLUMNS], maintain_order=True):
            added = _one_funnel(of_period, book, levels, baseline, overdispersion=overdispersion)
            added_columns.append(of_period.select("row_of_table").hstack(added.select(names)))
    if added_columns:
        frame = frame.hstack(pl.concat(added_columns).sort("row_of_table").select(names))
    else:
        empty = dict.fromkeys(names, pl.Float64) | {"position": pl.String}
        frame = frame.with_columns(pl.lit(None, dtype).alias(c) for c, dtype in empty.items())
    return table._with(
        frame,
        added=[*table.added, *names],
        _provenance=table._provenance.with_arguments(
            baseline=baseline, limits=None if tuple(limits) == USUAL else limits
        ),
    )


def funnel_names(table: MeasureTable, levels: Sequence[float]) -> list[str]:
    """Return the names of the columns that a funnel with limits of these levels adds to a table, which may not have them."""
    if not levels:
        raise UsageError("a funnel needs limits", where="limits=", hint="(0.95, 0.998) is usual")
    names = ["centre", *(f"{side}_{_name(level)}" for level in levels for side in ("lower", "upper")), "position"]
    clashing = [c for c in names if c in table.added]
    if clashing:
        raise UsageError(
            "the table already has {columns}", where="funnel", hint="start from the measure's table", columns=clashing
        )
    return names


def with_limits(rows: pl.DataFrame, centre: float, limits: dict[float, tuple[Array, Array]]) -> pl.DataFrame:
    """Return rows with what a funnel adds to them, from their centre and their lower and upper limits at each level (nan: none).

    >>> rows = pl.DataFrame({"value": [9.0, None]})
    >>> with_limits(rows, 5.0, {0.95: (np.array([2.0, np.nan]), np.array([8.0, np.nan]))}).rows()
    [(9.0, 5.0, 2.0, 8.0, 'above the 95% limits'), (None, 5.0, None, None, None)]
    """
    value = rows["value"].cast(pl.Float64).to_numpy()
    columns = {
        f"{name}_{_name(level)}": pl.Series(side)
        for level, sides in limits.items()
        for name, side in zip(("lower", "upper"), sides, strict=True)
    }
    return rows.with_columns(
        pl.lit(centre, pl.Float64).fill_nan(None).alias("centre"),
        **{name: side.fill_nan(None) for name, side in columns.items()},
        position=pl.Series(_positions(value, limits, list(limits)), dtype=pl.String),
    )


def may_be_negative(book: Definition) -> bool:
    """Return whether a value of this definition can be below zero: medians, gaps and changes can, of rates only one.

    Examples
    --------
    >>> from workforce.book import definition_of
    >>> may_be_negative(definition_of("absence", "days_per_fte")), may_be_negative(definition_of("vacancy_rate", "establishment"))
    (False, True)
    """
    return book.numerator is None or (book.measure, book.definition) in BELOW_ZERO


def share_limits(centre: float, size: Numbers, *, confidence: float) -> tuple[Array, Array]:
    """Return the limits of the share that a group of each size would show by chance: where its Wilson limits just reach the centre.

    Parameters
    ----------
    centre : float
        The share of the whole, 0 to 1.
    size : array of float
        The denominators of the groups.
    confidence : float
        Level of the limits.

    References
    ----------
    OHID, Fingertips technical guidance (control limits).

    Examples
    --------
    >>> low, high = share_limits(0.8, [100], confidence=0.95)
    >>> round(float(low[0]), 4), round(float(high[0]), 4)
    (0.7216, 0.8784)
    """
    with np.errstate(divide="ignore"):
        half = z_value(confidence) * np.sqrt(centre * (1 - centre) / np.asarray(size, dtype=np.float64))
    return np.maximum(centre - half, 0), np.minimum(centre + half, 1)


def count_limits(expected: Numbers, *, confidence: float) -> tuple[Array, Array]:
    """Return the counts whose exact Poisson limits just reach the expected count.

    An observed count beyond them differs by more than chance. The lower one is 0 where even no event would not be too few.

    Parameters
    ----------
    expected : array of float
        The expected counts of the groups.
    confidence : float
        Level of the limits.

    References
    ----------
    OHID, Fingertips technical guidance (control limits).

    Examples
    --------
    >>> [round(float(side[0]), 3) for side in count_limits([20.0], confidence=0.95)]
    [11.248, 29.706]
    """
    from scipy.special import gammainc, gammaincc

    e = np.asarray(expected, dtype=np.float64)
    tail = (1 - confidence) / 2
    low = _largest(lambda count: gammaincc(count + 1, e) < tail, e)
    return np.where(np.exp(-e) < tail, low, 0.0), _largest(lambda count: gammainc(count, e) > tail, e)


def _largest(holds: Callable[[Array], npt.NDArray[np.bool_]], expected: Array) -> Array:
    """The largest count for which something that holds at 0 still holds, by halving."""
    low, high = np.zeros_like(expected), expected + 20 * np.sqrt(expected) + 60
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        still = holds(middle)
        low, high = np.where(still, middle, low), np.where(still, high, middle)
    return low


def _name(level: float) -> str:
    """0.95 as 95, 0.998 as 998."""
    return f"{100 * level:.6g}".replace(".", "")


def _one_funnel(
    one: pl.DataFrame, book: Definition, levels: Sequence[float], baseline: float | None, *, overdispersion: bool
) -> pl.DataFrame:
    """The added columns of the groups of one definition and period."""
    if book.numerator is None or book.denominator is None:
        raise UsageError(
            "{measure} by {definition} is no rate",
            where="funnel",
            hint="a funnel needs both sides",
            measure=book.measure,
            definition=book.definition,
        )
    number = one["numerator"].cast(pl.Float64)
    low = (one["marker"] == LOW).fill_null(value=False) & number.is_null()
    count = number.to_frame("n").select(pl.when(low).then(0.0).otherwise("n")).to_series().to_numpy()
    size = one["denominator"].cast(pl.Float64).to_numpy()
    value = one["value"].cast(pl.Float64).to_numpy()
    scale = _scale(one, book)
    complete = ~np.isnan(count) & ~np.isnan(size)
    total = size[complete].sum()
    overall = float(count[complete].sum() / total * scale) if total > 0 else np.nan
    centre = overall if baseline is None else float(baseline)
    usable = complete & (np.nan_to_num(size) > 0) & ~np.isnan(value)
    error = np.full(len(one), np.nan)
    if book.limits not in ("Wilson", "Byar"):
        error = _standard_error(one, scale)
        if not book.definition.endswith(OWN_ERROR):
            error = _pooled(error, size, usable)
        usable &= ~np.isnan(error)
        if book.limits == "none" and not usable.any() and (~np.isnan(value)).any():
            raise UsageError(
                "nothing is known of how {measure} by {definition} varies by chance",
                where="funnel",
                hint="use a definition with limits, such as headcount instead of FTE",
                measure=book.measure,
                definition=book.definition,
            )
    edges = {level: (np.full(len(one), np.nan), np.full(len(one), np.nan)) for level in levels}
    if usable.any() and _can_vary(book, centre / scale):
        estimates = (centre / scale, count[usable], size[usable], error[usable] / scale)
        for level in levels:
            sides = _edges(book, estimates, level, overdispersion=overdispersion)
            edges[level] = tuple(_placed(side * scale, usable) for side in sides)  # type: ignore[assignment]
    return with_limits(one, centre, edges)


def _standard_error(one: pl.DataFrame, scale: float) -> Array:
    """Of each row's value: from the variance that the table has, else from its limits."""
    if "variance" in one.columns and one["variance"].is_not_null().any():
        error: Array = np.sqrt(one["variance"].cast(pl.Float64).to_numpy()) * scale
        return error
    width: Array = (one["upper"] - one["lower"]).cast(pl.Float64).to_numpy()
    return width / (2 * z_value())


def _can_vary(book: Definition, centre: float) -> bool:
    """Whether chance can put a group elsewhere than at the centre: at 0 nothing happens, and at 100% nothing else does."""
    return may_be_negative(book) or (centre != 0 and not (book.limits == "Wilson" and centre == 1))


def _pooled(error: Array, size: Array, usable: npt.NDArray[np.bool_]) -> Array:
    """Standard errors by size alone: the variance of a sum grows with the people, or days, that it is taken over."""
    estimated = usable & ~np.isnan(error)
    with np.errstate(divide="ignore", invalid="ignore"):
        per_size = ((error[estimated] * size[estimated]) ** 2).sum() / size[estimated].sum()
        return np.where(usable, np.sqrt(per_size / size), np.nan)


def _scale(one: pl.DataFrame, book: Definition) -> float:
    if not str(one["unit"][0]).endswith(A_YEAR):
        return book.scale
    return book.scale * DAYS_IN_A_YEAR / Period(one["period_start"][0], one["period_end"][0]).days


def _placed(side: Array, usable: npt.NDArray[np.bool_]) -> Array:
    column = np.full(len(usable), np.nan)
    column[usable] = side
    return column


def _edges(
    book: Definition, given: tuple[float, Array, Array, Array], level: float, *, overdispersion: bool
) -> tuple[Array, Array]:
    """Lower and upper limits as bare ratios (not in the unit) of the groups that have both sides."""
    centre, count, size, error = given
    z = z_value(level)
    if book.limits == "Wilson":
        if not 0 <= centre <= 1:
            raise UsageError("the centre of a share is between 0 and 100%", where="baseline=")
        plain = share_limits(centre, size, confidence=level)
        extra = _extra_of_shares(centre, count, size) if overdispersion else 0.0
        middle, half = np.arcsin(np.sqrt(centre)), z * np.sqrt(1 / (4 * size) + extra)
        wide = np.sin(np.maximum(middle - half, 0)) ** 2, np.sin(np.minimum(middle + half, np.pi / 2)) ** 2
    elif book.limits == "Byar":
        if centre < 0:
            raise UsageError("the centre of a rate is not negative", where="baseline=")
        expected = centre * size
        low, high = count_limits(expected, confidence=level)
        plain = low / size, high / size
        extra = _extra_of_counts(count, expected) if overdispersion else 0.0
        half = z * np.sqrt(1 / (4 * expected) + extra)
        wide = centre * np.maximum(1 - half, 0) ** 2, centre * (1 + half) ** 2
    else:
        plain = _between_units(book, centre, error, level)
        varying = error > 0
        extra = 0.0
        if overdispersion and varying.any():
            scores = winsorised((count / size - centre)[varying] / error[varying])
            extra = between_groups(scores, error[varying])
        wide = _between_units(book, centre, np.sqrt(error**2 + extra), level)
    # The approximations with the added variance are narrower in small groups than the exact limits without it.
    return (np.minimum(plain[0], wide[0]), np.maximum(plain[1], wide[1])) if extra else plain


def _between_units(book: Definition, centre: float, error: Array, level: float) -> tuple[Array, Array]:
    """Limits of ratios between people or workers: exact Poisson limits of as many equal clusters as have this mean and variance.

    A ratio that may be negative has normal limits.
    """
    if may_be_negative(book):
        half = z_value(level) * error
        return centre - half, centre + half
    if centre < 0:
        raise UsageError("the centre of a rate is not negative", where="baseline=")
    low, high = np.full_like(error, centre), np.full_like(error, centre)
    varying = error > 0
    cluster = error[varying] ** 2 / centre
    fewest_clusters, most_clusters = count_limits(centre / cluster, confidence=level)
    low[varying], high[varying] = (
        np.minimum(fewest_clusters * cluster, centre),
        np.maximum(most_clusters * cluster, centre),
    )
    return low, np.minimum(high, max(1.0, centre)) if book.unit.startswith("%") else high


def _extra_of_shares(centre: float, count: Array, size: Array) -> float:
    error = 1 / (2 * np.sqrt(size))
    scores = (np.arcsin(np.sqrt(count / size)) - np.arcsin(np.sqrt(centre))) / error
    return between_groups(winsorised(scores), error)


def _extra_of_counts(count: Array, expected: Array) -> float:
    error = 1 / (2 * np.sqrt(expected))
    return between_groups(winsorised((np.sqrt(count / expected) - 1) / error), error)


def _positions(value: Array, edges: dict[float, tuple[Array, Array]], levels: Sequence[float]) -> list[str | None]:
    words: list[str | None] = []
    for i, v in enumerate(value):
        low, high = (edges[levels[0]][side][i] for side in (0, 1))
        position = None if np.isnan(v) or np.isnan(low) or np.isnan(high) else WITHIN
        for level in levels:
            if position and v > edges[level][1][i]:
                position = f"above the {100 * level:.6g}% limits"
            if position and v < edges[level][0][i]:
                position = f"below the {100 * level:.6g}% limits"
        words.append(position)
    return words


def winsorised(scores: Array) -> Array:
    """Standardised distances with a tenth at each end drawn in to the tenth and ninetieth centiles.

    >>> winsorised(np.array([-9.0, -1.0, 0.0, 1.0, 9.0])).round(1).tolist()
    [-5.8, -1.0, 0.0, 1.0, 5.8]
    """
    return np.clip(scores, np.quantile(scores, TAMED), np.quantile(scores, 1 - TAMED))


def dispersion(scores: Array) -> float:
    """The dispersion ratio: the mean squared distance. 1 is chance alone.

    >>> dispersion(np.array([2.0, -2.0, np.nan]))
    4.0
    """
    return float(np.nanmean(scores**2)) if (~np.isnan(scores)).any() else 0.0


def between_groups(scores: Array, errors: Array) -> float:
    """The variance between groups, over and above their standard errors; 0 where chance explains their distances.

    >>> between_groups(np.array([2.0, -2.0]), np.array([1.0, 1.0]))
    7.0
    """
    used = ~np.isnan(scores)
    count, weights = int(used.sum()), 1 / errors[used] ** 2
    if count < 2:  # noqa: PLR2004 - one group does not differ from others
        return 0.0
    excess = count * dispersion(scores) - (count - 1)
    return max(0.0, float(excess / (weights.sum() - (weights**2).sum() / weights.sum())))
