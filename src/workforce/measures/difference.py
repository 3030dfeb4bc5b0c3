"""Whether a figure rose or fell, and whether groups differ: two rows of one measure compared on their exact figures.

Each figure brings its own limits, so that one rule serves every measure. What chance alone could explain is never called a rise, and what
cannot be tested is called so: figures without limits, periods that share a day or differ in length, rows of other organisations.
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import polars as pl

from workforce.book import Definition
from workforce.errors import UsageError, did_you_mean
from workforce.frames import Array, Flags
from workforce.periods import Period
from workforce.results import A_YEAR, FIRST, PERIOD_COLUMNS, Differences, MeasureTable
from workforce.sealed import Provenance, number_or_none
from workforce.stats.differences import (
    LEVEL,
    Contrast,
    Estimates,
    corrected,
    counts_compared,
    difference_of,
    rate_p_value,
    ratio_of,
    remainder_of,
    share_p_value,
    shares_compared,
)
from workforce.stats.rates import measure_table

# Verdicts: a figure and the one before it.
ROSE: Final = "rose"
FELL: Final = "fell"
HIGHER: Final = "higher than before, which chance alone could explain"
LOWER: Final = "lower than before, which chance alone could explain"
SAME: Final = "about the same"
NOT_TESTED: Final = "not tested"
# A group and the others, and groups among themselves.
ABOVE: Final = "higher than the rest"
BELOW: Final = "lower than the rest"
ABOVE_BY_CHANCE: Final = "higher than the rest, which chance alone could explain"
BELOW_BY_CHANCE: Final = "lower than the rest, which chance alone could explain"
ALIKE: Final = "about the same as the rest"
DIFFER: Final = "they differ"
BY_CHANCE: Final = "they differ by what chance alone could explain"
UNCLEAR: Final = {ROSE: HIGHER, FELL: LOWER, ABOVE: ABOVE_BY_CHANCE, BELOW: BELOW_BY_CHANCE, DIFFER: BY_CHANCE}
"""What is left of a verdict where the test does not hold once it is corrected for how many there were."""

PERIOD: Final = "period"
THE_REST: Final = "the rest"
ONE_ANOTHER: Final = "one another"

# Why rows are not tested.
NO_FIGURE: Final = "a figure is missing"
NO_LIMITS: Final = "a figure has no limits"
OTHER_BODIES: Final = "the figures are not of the same organisations"
NO_WHOLE: Final = "the groups do not add up to a whole"
NOT_WITHIN: Final = "the group is not a part of the whole"
NOTHING_LEFT: Final = "nothing is left of the whole"

_SPLITS: Final = ("reason", "leaving_reason", "leaving_destination", "change_reason", "recorded")
"""Columns that say how something happened, not to whom: their rows share a denominator."""
PLACE, PLACE_COMPARED, _SERIES = "row of table", "row compared with", "series"  # no group is called so

_TESTED: Final = {
    "compared_with": pl.String(),
    "compared_start": pl.Date(),
    "compared_end": pl.Date(),
    **dict.fromkeys(("value", "compared_value", "difference", "lower", "upper"), pl.Float64()),
    **dict.fromkeys(("ratio", "ratio_lower", "ratio_upper"), pl.Float64()),
    "unit": pl.String(),
    "p_value": pl.Float64(),
    "verdict": pl.String(),
    "why": pl.String(),
}
_MONTHS: Final = 12


def difference(
    table: MeasureTable, *, over: str = PERIOD, whole: MeasureTable | None = None, material: float | None = None
) -> Differences:
    """Test whether the figures of a measure changed between periods, or differ between groups; use it before `release`.

    Parameters
    ----------
    table : MeasureTable
        What a measure returned.
    over : str
        "period": each row with that of the same days a year before or, where the table has none, with the latest earlier period of the
        same length that shares no day with it. Or a group column: whether its groups differ at all, and each group with the rest.
    whole : MeasureTable, optional
        The same measure of the area that contains the groups, without the column `over`: each group is compared with the area less
        itself.
    material : float, optional
        The share of the earlier figure that a change has to exceed to be worth a mention; without it what the area's settings say, or a
        twentieth.

    Returns
    -------
    Differences
        A row for each comparison, with the exact figures and their limits: the difference and the ratio to the figure that it is compared
        with, both with 95% limits, the p value, the verdict and, where it is "not tested", why. Over groups, the first row of each period
        is about all of them (`compared_with` is "one another"). Only verdicts can be released.

    Raises
    ------
    UsageError
        Where the table has no such column, or the whole is no whole of its groups.

    Notes
    -----
    "rose" and "fell": the 95% limits of the difference exclude none. "higher than before, which chance alone could explain": they do not,
    and the change is larger than `material`; else "about the same". Groups are called different where a test of all of them at once says
    so; a group is "higher than the rest" where, in addition, its own test holds when it is corrected for the number of groups
    (Bonferroni).

    Limits of a difference combine those of the two figures (MOVER); counts over exposure enter with mid-P limits, shares with limits
    wider by the square root of n / (n - 1), because the printed limits alone would call too few or too many changes. The test of all
    groups is chi-square on the counts of shares and of rates, by simulation where few events are expected; of other measures, Simes' test
    of the groups' own p values.

    References
    ----------
    Zou & Donner (2008), Statistics in Medicine 27:1693; Donner & Zou (2012), Statistical Methods in Medical Research 21:347; Newcombe
    (1998), Statistics in Medicine 17:873, method 10; Cohen & Yang (1994), Statistics in Medicine 13:2189; Simes (1986), Biometrika 73:751.

    Examples
    --------
    >>> from datetime import date
    >>> years = {"period_start": [date(2021, 4, 1), date(2022, 4, 1)], "period_end": [date(2022, 3, 31), date(2023, 3, 31)]}
    >>> sides = pl.DataFrame({**years, "numerator": [60.0, 90.0], "denominator": [500.0, 500.0], "people": 500})
    >>> changed = difference(measure_table(sides, "turnover", "average", by=[]))   # 12% to 18%
    >>> changed.frame.select("difference", pl.col("lower", "upper", "p_value").round(3), "verdict").row(0)
    (6.0, 1.204, 10.877, 0.014, 'rose')
    """
    if not isinstance(table, MeasureTable):
        raise UsageError("difference takes what a measure returned", where="difference", hint="measure first")
    size = number_or_none(material, "material")
    size = table._provenance.material if size is None else size
    if over == PERIOD:
        if whole is not None:
            raise UsageError("periods are not parts of a whole", where="whole=", hint="name a group column in over=")
        frame = period_differences(table, size)
    elif over not in table.groups:
        raise UsageError(
            'the table has no column "{column}"',
            where="over=",
            hint=did_you_mean(over, [PERIOD, *table.groups]),
            column=over,
        )
    elif whole is None:
        frame = group_differences(table, over, size)
    else:
        frame = _differences_from_whole(table, over, whole, size)
    sources = [table] if whole is None else [table, whole]
    return Differences(
        frame.drop(PLACE, PLACE_COMPARED),
        table.definitions,
        table.groups,
        table.reasons,
        table=table,
        over=over,
        _provenance=Provenance.of_all(source._provenance for source in sources).with_arguments(material=material),
    )


def period_differences(table: MeasureTable, material: float) -> pl.DataFrame:
    """Return the comparisons of each row with its period before, with the places of both rows in the table.

    Parameters
    ----------
    table : MeasureTable
        Exact rows.
    material : float
        The share of the earlier figure that a change has to exceed to be worth a mention.
    """
    rows = table.frame.with_row_index(PLACE)
    pairs = _period_pairs(rows, [*FIRST, "unit", *table.groups])
    after, before = rows[pairs[PLACE]], rows[pairs[PLACE_COMPARED]]
    why = _why_not(after, before, table)
    contrast = difference_of(_estimates(after), _estimates(before))
    verdicts = _verdicts(contrast, before["value"].to_numpy(), why, material, (ROSE, FELL, HIGHER, LOWER, SAME))
    words = [str(Period(start, end)) for start, end in before.select(PERIOD_COLUMNS).iter_rows()]
    return _as_rows(after, before, table, contrast, verdicts, why).with_columns(
        compared_with=pl.Series(words, dtype=pl.String),
        compared_start=before["period_start"],
        compared_end=before["period_end"],
    )


def group_differences(table: MeasureTable, over: str, material: float) -> pl.DataFrame:
    """Return for each period whether the groups of a column differ, and the comparison of each with the rest.

    Parameters
    ----------
    table : MeasureTable
        Exact rows.
    over : str
        The group column.
    material : float
        The share of the figure of the rest that a difference has to exceed to be worth a mention.
    """
    rows = table.frame.with_row_index(PLACE).filter(pl.col("value").is_not_null())
    keys = [c for c in (*FIRST, "unit", *table.groups, *PERIOD_COLUMNS) if c != over]
    rows = _numbered(rows, keys).filter(pl.len().over(_SERIES) > 1).sort(_SERIES, PLACE)
    limited = pl.col("lower").is_not_null() & pl.col("upper").is_not_null()
    tested = []
    for (measure, definition, unit), of_definition in rows.group_by(*FIRST, "unit", maintain_order=True):
        book = table.definition(str(measure), str(definition))
        if over in book.adds:
            continue
        # A group without limits is not a part of the rest of the others.
        amounts = {
            **{c: pl.when(limited).then(pl.col(c)).otherwise(0.0) for c in ("numerator", "denominator")},
            **{c: pl.when(limited).then(_square_of(c)).otherwise(0.0) for c in ("lower", "upper")},
        }
        added = of_definition.with_columns(
            (amount.sum().over(_SERIES) - amount).clip(lower_bound=0.0).alias(f"rest_{c}")
            for c, amount in amounts.items()
        )
        remainder = _rest_by_sums(added) if book.limits not in _EXACT else _rest_by_counts(added, book, str(unit))
        tested.append(_tested_groups(of_definition, remainder, table, book, over, material))
    return pl.concat(tested) if tested else _no_rows(rows, table)


def is_of_groups(book: Definition, over: str) -> bool:
    """Return whether the rows of a column are of different people or cases, so that both of their sides add up.

    Parameters
    ----------
    book : Definition
        The definition of the rows.
    over : str
        The group column.
    """
    sides = (book.numerator, book.denominator)
    return over not in (*book.adds, *_SPLITS) and all(side and side.over_groups == "sum" for side in sides)


_EXACT: Final = ("Wilson", "Byar")  # limits that follow from the two sides alone


def _period_pairs(rows: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    """Each row's place and that of the row it is compared with."""
    next_day = pl.col("period_end").dt.offset_by("1d")
    start = pl.col("period_start")
    months = (next_day.dt.year() - start.dt.year()).cast(pl.Int32) * _MONTHS + (
        next_day.dt.month().cast(pl.Int32) - start.dt.month()
    )
    days = (next_day - start).dt.total_days().cast(pl.Int32)
    dated = _numbered(rows.drop_nulls(PERIOD_COLUMNS), keys).select(
        PLACE,
        _SERIES,
        *FIRST,
        *PERIOD_COLUMNS,
        # A day is 0, whole months are their number, anything else is so many days.
        length=pl.when(days == 1).then(0).when(start.dt.day() == next_day.dt.day()).then(months).otherwise(-days),
        day_after=next_day,
    )
    once = dated.filter(~pl.struct(_SERIES, *PERIOD_COLUMNS).is_duplicated())
    a_day = pl.col("length") == 0
    earlier = once.select(
        _SERIES, "length", "period_end", start="period_start", end="day_after", **{PLACE_COMPARED: pl.col(PLACE)}
    )
    year_before = (
        once.with_columns(
            end=pl.col("day_after").dt.offset_by("-1y"),
        )
        .with_columns(start=pl.when(a_day).then(pl.col("end").dt.offset_by("-1d")).otherwise(start.dt.offset_by("-1y")))
        .join(earlier, on=[_SERIES, "length", "start", "end"], suffix="_before")
        .filter(pl.col("period_end_before") < start)
    )
    # Part of a year is compared with the same part of the year before wherever a table has both: seasons are no change.
    seasonal = year_before.select(*FIRST, "length").unique()
    without_year_before = once.join(seasonal, on=[*FIRST, "length"], how="anti")
    before = earlier.sort("period_end")
    previous = (
        without_year_before.with_columns(day_before=start.dt.offset_by("-1d"))
        .sort("day_before")
        .join_asof(
            before.select(_SERIES, "length", PLACE_COMPARED, last="period_end"),
            left_on="day_before",
            right_on="last",
            by=[_SERIES, "length"],
            check_sortedness=False,
        )
        .drop_nulls(PLACE_COMPARED)
    )
    return pl.concat([frame.select(PLACE, PLACE_COMPARED) for frame in (year_before, previous)]).sort(PLACE)


def _numbered(rows: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    """Rows with the number of their combination of keys, which may be null."""
    combinations = rows.select(keys).unique(maintain_order=True).with_row_index(_SERIES)
    return rows.join(combinations, on=list(keys), nulls_equal=True, maintain_order="left")


def _estimates(rows: pl.DataFrame) -> Estimates:
    """The figures of rows with the limits with which they enter a comparison: their own, of counts mid-P, of shares a little wider."""
    printed = Estimates.of(*(rows[c].cast(pl.Float64).to_numpy() for c in ("value", "lower", "upper")))
    if "method" not in rows.columns:
        return printed
    count, total = (rows[c].cast(pl.Float64).fill_null(float("nan")).to_numpy() for c in ("numerator", "denominator"))
    method = rows["method"].fill_null("none")
    is_count = method.is_in(("exact", "Byar")).to_numpy() & (count == np.rint(count))
    is_share = (method == "Wilson").to_numpy()
    counts = counts_compared(printed, np.where(is_count, count, 0.0))
    shares = shares_compared(printed, np.where(is_share, total, 2.0))
    return Estimates(
        printed.value,
        np.select([is_count, is_share], [counts.lower, shares.lower], printed.lower),
        np.select([is_count, is_share], [counts.upper, shares.upper], printed.upper),
    )


def _why_not(first: pl.DataFrame, second: pl.DataFrame, table: MeasureTable) -> list[str | None]:
    """Why each pair of rows is not tested; None where it is."""
    absent = _organisations_left_out(table)
    columns = ("value", "lower", "upper", "left_out", *PERIOD_COLUMNS)
    reasons: list[str | None] = []
    pairs = zip(first.select(FIRST).rows(), first.select(columns).rows(), second.select(columns).rows(), strict=True)
    for name, *pair in pairs:
        # Who is left out of both periods changes nothing, whether or not it has somebody in the group.
        always = frozenset.intersection(*(absent.get((*name, *row[4:]), frozenset()) for row in pair))
        bodies = {body for row in pair for body in row[3] or []}
        if any(row[0] is None for row in pair):
            reasons.append(NO_FIGURE)
        elif any(limit is None for row in pair for limit in row[1:3]):
            reasons.append(NO_LIMITS)
        elif bodies - always and set(pair[0][3] or []) != set(pair[1][3] or []):
            reasons.append(OTHER_BODIES)
        else:
            reasons.append(None)
    return reasons


def _organisations_left_out(table: MeasureTable) -> dict[tuple[Any, ...], frozenset[str]]:
    """The organisations that some row of each definition and period leaves out."""
    by_period = table.frame.group_by(*FIRST, *PERIOD_COLUMNS).agg(pl.col("left_out").explode().drop_nulls().unique())
    return {row[:4]: frozenset(row[4]) for row in by_period.iter_rows()}


def _verdicts(
    contrast: Contrast,
    compared: Array,
    why: Sequence[str | None],
    material: float,
    words: tuple[str, str, str, str, str],
    level: Array | float = LEVEL,
) -> list[str]:
    """The verdict of each comparison; words: up, down, up by chance, down by chance, about the same. level: what p has to be below."""
    up, down, up_by_chance, down_by_chance, same = words
    value = contrast.value
    tested = np.array([reason is None for reason in why], dtype=bool) & ~np.isnan(contrast.p_value)
    clear = tested & (contrast.p_value < level)
    large = np.abs(value) > material * np.abs(compared)
    chosen: list[str] = np.select(
        [~tested, clear & (value > 0), clear & (value < 0), large & (value > 0), large & (value < 0)],
        [NOT_TESTED, up, down, up_by_chance, down_by_chance],
        same,
    ).tolist()
    return chosen


def _as_rows(
    rows: pl.DataFrame,
    compared: pl.DataFrame,
    table: MeasureTable,
    contrast: Contrast,
    verdicts: Sequence[str],
    why: Sequence[str | None],
) -> pl.DataFrame:
    """Comparisons as rows with the columns of `Differences` and the places of their rows."""
    first, second = _estimates(rows), _estimates(compared)
    ratios = ratio_of(first, second)
    # A ratio means something where neither figure can be negative.
    positive = (np.fmin(first.lower, first.value) >= 0) & (np.fmin(second.lower, second.value) >= 0)

    def numbers(values: Array, *, where: Flags | bool = True) -> pl.Series:
        return pl.Series(np.where(np.asarray(where) & np.isfinite(values), values, np.nan)).fill_nan(None)

    frame = rows.select(PLACE, *FIRST, *table.groups, *PERIOD_COLUMNS, "unit").with_columns(
        compared[PLACE].alias(PLACE_COMPARED)
        if PLACE in compared.columns
        else pl.lit(None, pl.UInt32).alias(PLACE_COMPARED),
        compared_with=pl.lit(None, pl.String),
        compared_start=pl.lit(None, pl.Date),
        compared_end=pl.lit(None, pl.Date),
        value=rows["value"],
        compared_value=compared["value"],
        difference=numbers(contrast.value),
        lower=numbers(contrast.lower),
        upper=numbers(contrast.upper),
        ratio=numbers(ratios.value, where=positive),
        ratio_lower=numbers(ratios.lower, where=positive),
        ratio_upper=numbers(ratios.upper, where=positive),
        p_value=numbers(contrast.p_value),
        verdict=pl.Series(list(verdicts), dtype=pl.String),
        why=pl.Series(list(why), dtype=pl.String),
    )
    return frame.with_columns(p_value=pl.when(pl.col("why").is_null()).then("p_value")).select(
        PLACE, PLACE_COMPARED, *FIRST, *table.groups, *PERIOD_COLUMNS, *_TESTED
    )


def _no_rows(rows: pl.DataFrame, table: MeasureTable) -> pl.DataFrame:
    names = [PLACE, *FIRST, *table.groups, *PERIOD_COLUMNS]
    empty = rows.clear().select(names)
    return empty.select(PLACE, pl.lit(None, pl.UInt32).alias(PLACE_COMPARED), *names[1:]).with_columns(
        pl.lit(None, dtype).alias(c) for c, dtype in _TESTED.items()
    )


def _square_of(side: str) -> pl.Expr:
    """The square of the distance to a limit, weighted by the denominator: what adds up over groups."""
    return ((pl.col(side) - pl.col("value")) * pl.col("denominator")) ** 2


def _rest_by_counts(added: pl.DataFrame, book: Definition, unit: str) -> pl.DataFrame:
    """The rest of each group's whole as a row of the measure, with the limits of its own counts."""
    sides = added.select(
        pl.int_range(pl.len()).cast(pl.String).alias("row"),
        *PERIOD_COLUMNS,
        numerator="rest_numerator",
        denominator="rest_denominator",
        people=pl.lit(None, pl.Int64),
        **{c: pl.lit("all") for c in book.adds},
    )
    remainder = measure_table(
        sides, book.measure, book.definition, by=["row"], annualised=unit.endswith(A_YEAR), book=book
    ).frame
    return (
        sides.select("row")
        .join(remainder, on="row", maintain_order="left")
        .select("value", "lower", "upper", "numerator", "denominator", "method")
    )


def _rest_by_sums(added: pl.DataFrame) -> pl.DataFrame:
    """The same with limits from those of the other groups, whose distances add up as squares."""
    scale = pl.col("value") / (pl.col("numerator") / pl.col("denominator"))
    exposure = pl.col("rest_denominator")
    # All rows of one period have one scale; a group without events does not show it.
    common = pl.when((pl.col("numerator") > 0) & scale.is_finite()).then(scale).max().over(_SERIES).fill_null(0.0)
    return (
        added.with_columns(of_rest=pl.when(exposure > 0).then(pl.col("rest_numerator") / exposure * common))
        .with_columns(
            lower=pl.col("of_rest") - pl.col("rest_lower").sqrt() / exposure,
            upper=pl.col("of_rest") + pl.col("rest_upper").sqrt() / exposure,
        )
        .select(
            value="of_rest", lower="lower", upper="upper", numerator="rest_numerator", denominator="rest_denominator"
        )
    )


def _tested_groups(
    rows: pl.DataFrame, rest: pl.DataFrame, table: MeasureTable, book: Definition, over: str, material: float
) -> pl.DataFrame:
    """All comparisons of one definition: for each period one of all groups at once, then one of each group with the rest."""
    compared = rest.with_columns(rows["left_out"], *(rows[c] for c in PERIOD_COLUMNS))
    why = _why_not(rows, compared, table)
    if not is_of_groups(book, over):
        why = [reason or NO_WHOLE for reason in why]
    contrast = difference_of(_estimates(rows), _estimates(compared))
    p_values = np.where([reason is None for reason in why], contrast.p_value, np.nan)
    whole_p = np.full(len(rows), np.nan)
    groups = np.zeros(len(rows))
    whole_rows: list[dict[str, Any]] = []
    places = np.arange(len(rows))
    for of_period in np.split(places, np.flatnonzero(np.diff(rows[_SERIES].to_numpy())) + 1):
        p = _of_all(rows[of_period], book, p_values[of_period])
        whole_p[of_period], groups[of_period] = p, (~np.isnan(p_values[of_period])).sum()
        verdict = NOT_TESTED if np.isnan(p) else DIFFER if p < LEVEL else BY_CHANCE
        untested = next((reason for place in of_period if (reason := why[place])), NO_LIMITS)
        whole_rows.append(
            {
                "place": int(of_period[0]),
                "p_value": None if np.isnan(p) else p,
                "verdict": verdict,
                "why": untested if verdict == NOT_TESTED else None,
            }
        )
    # A group is named where all groups together differ, and its own test holds among so many.
    with np.errstate(invalid="ignore", divide="ignore"):
        level = np.where(whole_p < LEVEL, LEVEL / np.maximum(groups, 1), 0.0)
    # Of two groups each is the rest of the other: that is one test.
    level = np.where((groups == 2) & (whole_p < LEVEL), LEVEL, level)  # noqa: PLR2004
    words = (ABOVE, BELOW, ABOVE_BY_CHANCE, BELOW_BY_CHANCE, ALIKE)
    verdicts = _verdicts(contrast, compared["value"].to_numpy(), why, material, words, level)
    comparisons = _as_rows(rows, compared, table, contrast, verdicts, why).with_columns(
        compared_with=pl.lit(THE_REST), order=pl.Series(places * 2 + 1)
    )
    about_all = pl.DataFrame(
        whole_rows, schema={"place": pl.Int64(), "p_value": pl.Float64(), "verdict": pl.String(), "why": pl.String()}
    )
    figures = [c for c, dtype in _TESTED.items() if dtype == pl.Float64()]
    first = comparisons[about_all["place"]].with_columns(
        pl.lit(None, pl.String).alias(over),
        pl.lit(None, pl.UInt32).alias(PLACE),
        *[pl.lit(None, pl.Float64).alias(c) for c in figures],
        compared_with=pl.lit(ONE_ANOTHER),
        order=about_all["place"] * 2,
    )
    first = first.with_columns(about_all["p_value"], about_all["verdict"], about_all["why"])
    return pl.concat([first, comparisons]).sort("order").drop("order")


def _of_all(rows: pl.DataFrame, book: Definition, p_values: Array) -> float:
    """The p value of all groups at once."""
    tested = ~np.isnan(p_values)
    if tested.sum() < 2:  # noqa: PLR2004 - nothing to compare
        return float("nan")
    if tested.sum() > 2 and book.limits in _EXACT:  # noqa: PLR2004 - of two groups the difference itself is tested
        count, size = (rows[c].cast(pl.Float64).to_numpy() for c in ("numerator", "denominator"))
        if np.all(count == np.rint(count)):
            return share_p_value(count, np.rint(size)) if book.limits == "Wilson" else rate_p_value(count, size)
    # Simes (1986): the smallest of the p values as Benjamini and Hochberg correct them.
    return float(np.nanmin(corrected(p_values)))


def _differences_from_whole(table: MeasureTable, over: str, whole: MeasureTable, material: float) -> pl.DataFrame:
    """Each group compared with the whole less itself."""
    if over in whole.groups or set(whole.groups) != set(table.groups) - {over}:
        raise UsageError(
            "the whole has other columns than its groups have without {column}",
            where="whole=",
            hint="measure it with the same by=, without that column",
            column=over,
        )
    keys = [*FIRST, "unit", *whole.groups, *PERIOD_COLUMNS]
    columns = ["numerator", "denominator", "value", "lower", "upper", "left_out"]
    wholes = whole.frame.select(*keys, *[pl.col(c).alias(f"total_{c}") for c in columns]).unique(keys, keep="none")
    rows = (
        table.frame.with_row_index(PLACE)
        .join(wholes, on=keys, nulls_equal=True, maintain_order="left")
        .with_columns(share=pl.col("denominator") / pl.col("total_denominator"))
    )
    tested = []
    for (measure, definition, unit), of_definition in rows.group_by(*FIRST, "unit", maintain_order=True):
        book = table.definition(str(measure), str(definition))

        def remaining(side: str) -> pl.Expr:
            return pl.col(f"total_{side}") - pl.col(side)

        within = (
            (pl.col("numerator") <= pl.col("total_numerator"))
            & (pl.col("denominator") <= pl.col("total_denominator"))
            & (pl.lit(book.limits != "Wilson") | (remaining("numerator") <= remaining("denominator")))
            & ~pl.col("total_left_out").list.contains(pl.col(over)).fill_null(value=False)
        )
        nothing = pl.col("denominator") >= pl.col("total_denominator")
        missing = pl.any_horizontal(
            pl.col(c).is_null() for c in ("numerator", "denominator", "total_numerator", "total_denominator")
        )
        misfit = of_definition.select(
            pl.when(missing)
            .then(pl.lit(NO_FIGURE))
            .when(~within)
            .then(pl.lit(NOT_WITHIN))
            .when(nothing)
            .then(pl.lit(NOTHING_LEFT))
        ).to_series()
        whole_sides = of_definition.select(pl.col(f"total_{c}").alias(c) for c in ("value", "lower", "upper"))
        if book.limits in _EXACT:
            valid = pl.lit(misfit.is_null())
            ready = of_definition.with_columns(
                pl.when(valid).then(remaining(c)).alias(f"rest_{c}") for c in ("numerator", "denominator")
            )
            remainder = _rest_by_counts(ready, book, str(unit))
        else:
            left = remainder_of(
                _estimates(whole_sides), _estimates(of_definition), of_definition["share"].cast(pl.Float64).to_numpy()
            )
            remainder = pl.DataFrame({"value": left.value, "lower": left.lower, "upper": left.upper}).fill_nan(None)
            remainder = remainder.with_columns(
                denominator=of_definition["total_denominator"] - of_definition["denominator"]
            )
        compared = remainder.with_columns(of_definition["left_out"], *(of_definition[c] for c in PERIOD_COLUMNS))
        why = _why_not(of_definition, compared, table)
        none = None if is_of_groups(book, over) else NO_WHOLE
        why = [bad or reason or none for bad, reason in zip(misfit.to_list(), why, strict=True)]
        contrast = difference_of(_estimates(of_definition), _estimates(compared))
        words = (ABOVE, BELOW, ABOVE_BY_CHANCE, BELOW_BY_CHANCE, ALIKE)
        verdicts = _verdicts(contrast, _estimates(compared).value, why, material, words)
        tested.append(_as_rows(of_definition, compared, table, contrast, verdicts, why))
    if not tested:
        return _no_rows(rows, table)
    return pl.concat(tested).with_columns(compared_with=pl.lit(THE_REST))
